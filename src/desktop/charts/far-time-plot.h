/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines over time with axes, grid and the linked cursor. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/charts/far-chart-cursor.h"
#include "desktop/charts/far-chart-paint.h"
#include "desktop/charts/far-chart-series.h"
#include "desktop/far-format.h"

G_BEGIN_DECLS

#define FAR_TIME_PLOT_SERIES_MAX 4

#define FAR_TYPE_TIME_PLOT (far_time_plot_get_type ())
G_DECLARE_FINAL_TYPE (FarTimePlot, far_time_plot, FAR, TIME_PLOT, GtkWidget)

GtkWidget *far_time_plot_new        (void);
void       far_time_plot_set_title  (FarTimePlot    *self,
                                     const char     *title);
void       far_time_plot_set_unit   (FarTimePlot    *self,
                                     FarUnit         unit);
void       far_time_plot_set_cursor (FarTimePlot    *self,
                                     FarChartCursor *cursor);
void       far_time_plot_add_series (FarTimePlot    *self,
                                     FarChartSeries *series,
                                     FarChartStyle   style,
                                     gboolean        filled);
void       far_time_plot_clear      (FarTimePlot    *self);
void       far_time_plot_set_range  (FarTimePlot    *self,
                                     gint64          from_us,
                                     gint64          to_us);
char      *far_time_plot_describe   (FarTimePlot    *self);

void       far_time_plot_set_marks  (FarTimePlot    *self,
                                     GPtrArray      *marks);

G_END_DECLS
