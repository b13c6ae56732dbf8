/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one preferences window. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_PREFERENCES_WINDOW (far_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (FarPreferencesWindow, far_preferences_window, FAR, PREFERENCES_WINDOW,
                      AdwPreferencesWindow)

GtkWidget *far_preferences_window_new (GtkWindow *parent,
                                       GSettings *settings);

G_END_DECLS
