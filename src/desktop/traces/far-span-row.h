/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One span of a waterfall: its name, indented as deep as it is nested, and a bar in the time of the
 * whole trace. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/traces/far-span-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_SPAN_ROW (far_span_row_get_type ())
G_DECLARE_FINAL_TYPE (FarSpanRow, far_span_row, FAR, SPAN_ROW, GtkWidget)

GtkWidget *far_span_row_new      (void);
void       far_span_row_set_item (FarSpanRow  *self,
                                  FarSpanItem *item);

G_END_DECLS
