/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which keys do what. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

GtkWidget *far_shortcuts_window_new (GtkWindow      *parent,
                                     GtkApplication *application);

G_END_DECLS
