/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The adaptive frame of the window: a sidebar beside the content, or, when the window is narrow,
 * one of the two at a time.
 *
 * One interface over two frames, chosen when the program is built: far-shell-leaflet.c below
 * libadwaita 1.4, far-shell-split.c from there on. Nothing else in the program knows which. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_SHELL (far_shell_get_type ())
G_DECLARE_FINAL_TYPE (FarShell, far_shell, FAR, SHELL, AdwBin)

/* Properties: "sidebar" and "content" (GtkWidget), "folded" (read-only, notified), and
 * "show-content" (which of the two is on top while folded). */
gboolean far_shell_get_folded       (FarShell *self);
gboolean far_shell_get_show_content (FarShell *self);
void     far_shell_set_show_content (FarShell *self,
                                     gboolean  show_content);

G_END_DECLS
