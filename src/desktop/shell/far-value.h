/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figure at the end of a row. The focus is on the row, whose name is its title alone: who does
 * not see the figure hears it as the row's description. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

void far_value_set (GtkLabel     *label,
                    const char   *text);
void far_value_add (AdwActionRow *row,
                    const char   *text,
                    gboolean      strong);

G_END_DECLS
