/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window: sidebar, pages, toasts. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_WINDOW (far_window_get_type ())
G_DECLARE_FINAL_TYPE (FarWindow, far_window, FAR, WINDOW, AdwApplicationWindow)

GtkWidget *far_window_new       (GtkApplication *application,
                                 FarSession     *session);
void       far_window_add_toast (FarWindow      *self,
                                 const char     *text);
void       far_window_show_page (FarWindow      *self,
                                 const char     *name);
void       far_window_open      (FarWindow      *self,
                                 const char     *name,
                                 const char     *id);

G_END_DECLS
