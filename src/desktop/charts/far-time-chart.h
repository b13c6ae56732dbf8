/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plot with its title and its legend, whose values follow the cursor. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/charts/far-chart-cursor.h"
#include "desktop/charts/far-chart-paint.h"
#include "desktop/charts/far-chart-series.h"

G_BEGIN_DECLS

#define FAR_TYPE_TIME_CHART (far_time_chart_get_type ())
G_DECLARE_FINAL_TYPE (FarTimeChart, far_time_chart, FAR, TIME_CHART, GtkWidget)

void far_time_chart_set_cursor (FarTimeChart   *self,
                                FarChartCursor *cursor);
void far_time_chart_add_series (FarTimeChart   *self,
                                FarChartSeries *series,
                                FarChartStyle   style,
                                gboolean        filled);
void far_time_chart_clear      (FarTimeChart   *self);
void far_time_chart_set_range  (FarTimeChart   *self,
                                gint64          from_us,
                                gint64          to_us);

void far_time_chart_set_marks  (FarTimeChart   *self,
                                GPtrArray      *marks);

G_END_DECLS
