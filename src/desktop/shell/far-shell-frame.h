/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between libadwaita's two ways to fold: the widget that holds sidebar and content.
 * far-shell-leaflet.c or far-shell-split.c implements it; far-shell.c alone calls it. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Called as (shell) when the frame has folded or unfolded, or shows the other of the two. */
typedef void (*FarShellFrameFunc) (gpointer shell);

GtkWidget *far_shell_frame_new              (FarShellFrameFunc folded_changed,
                                             FarShellFrameFunc show_content_changed,
                                             gpointer          shell);
void       far_shell_frame_set_sidebar      (GtkWidget        *frame,
                                             GtkWidget        *sidebar);
void       far_shell_frame_set_content      (GtkWidget        *frame,
                                             GtkWidget        *content);
gboolean   far_shell_frame_get_folded       (GtkWidget        *frame);
gboolean   far_shell_frame_get_show_content (GtkWidget        *frame);
void       far_shell_frame_set_show_content (GtkWidget        *frame,
                                             gboolean          show_content);

G_END_DECLS
