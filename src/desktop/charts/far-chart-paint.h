/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all charts draw alike: colours from the theme, and lines as render nodes that are made when
 * figures change and only replayed while drawing. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/charts/far-chart-series.h"

G_BEGIN_DECLS

/* A colour and a dash (or hatching) each, so that colour is never the only signal. */
typedef enum {
  FAR_CHART_STYLE_FIRST,
  FAR_CHART_STYLE_SECOND,
  FAR_CHART_STYLE_THIRD,
  FAR_CHART_STYLE_ERROR,
  FAR_CHART_STYLE_PAY,
  FAR_CHART_STYLE_AD,
} FarChartStyle;

/* How times and values become points. */
typedef struct {
  graphene_rect_t area;
  gint64          from_us;
  gint64          to_us;
  double          low;
  double          high;
} FarChartFrame;

double far_chart_frame_x    (const FarChartFrame   *frame,
                             gint64                 time_us);
double far_chart_frame_y    (const FarChartFrame   *frame,
                             double                 value);
void   far_chart_get_color  (GtkWidget             *widget,
                             FarChartStyle          style,
                             GdkRGBA               *ret_color);
void   far_chart_paint_band (GtkSnapshot           *snapshot,
                             const FarChartFrame   *frame,
                             FarChartSeries        *series,
                             const GdkRGBA         *color);
void   far_chart_paint_line (GtkSnapshot           *snapshot,
                             const FarChartFrame   *frame,
                             GArray                *vertices,
                             FarChartStyle          style,
                             const GdkRGBA         *color,
                             gboolean               filled);
void   far_chart_paint_key  (GtkSnapshot           *snapshot,
                             const graphene_rect_t *area,
                             FarChartStyle          style,
                             const GdkRGBA         *color);
void   far_chart_paint_bar  (GtkSnapshot           *snapshot,
                             const graphene_rect_t *area,
                             FarChartStyle          style,
                             const GdkRGBA         *color);

G_END_DECLS
