/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What GtkColumnView leaves to be wished for in tables of figures. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void far_table_align_titles (GtkColumnView     *table,
                             const char *const *right_aligned);

double far_table_get_digit_width (GtkColumnView *table);

G_END_DECLS
