/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moment that all linked charts point at. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define FAR_CHART_CURSOR_NONE (-1)

#define FAR_TYPE_CHART_CURSOR (far_chart_cursor_get_type ())
G_DECLARE_FINAL_TYPE (FarChartCursor, far_chart_cursor, FAR, CHART_CURSOR, GObject)

FarChartCursor *far_chart_cursor_new      (void);
gint64          far_chart_cursor_get_time (FarChartCursor *self);
void            far_chart_cursor_set_time (FarChartCursor *self,
                                           gint64          time_us);

G_END_DECLS
