/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help, in a window of its own. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_HELP_WINDOW (far_help_window_get_type ())
G_DECLARE_FINAL_TYPE (FarHelpWindow, far_help_window, FAR, HELP_WINDOW, AdwWindow)

GtkWidget *far_help_window_new  (GtkWindow     *parent);
void       far_help_window_show (FarHelpWindow *self,
                                 const char    *page);

G_END_DECLS
