/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture of what stands beside it in words: not said, for it has been said. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

GtkWidget *far_icon_new (const char *icon_name);

G_END_DECLS
