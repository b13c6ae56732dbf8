/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels and grid of a chart, appended to the snapshot its picture is made from. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/charts/far-axis.h"
#include "desktop/charts/far-chart-paint.h"
#include "desktop/far-format.h"

G_BEGIN_DECLS

/* Between a label and what it labels, in pixels. */
#define FAR_CHART_LABEL_SPACING 8

typedef char *(*FarChartFormatFunc) (double   value,
                                     gpointer user_data);

PangoLayout *far_chart_create_label (GtkWidget           *widget,
                                     const char          *text);
void         far_chart_append_label (GtkSnapshot         *snapshot,
                                     PangoLayout         *layout,
                                     double               x,
                                     double               y,
                                     const GdkRGBA       *color);
void         far_chart_get_ink      (GtkWidget           *widget,
                                     GdkRGBA             *ret_text,
                                     GdkRGBA             *ret_grid);
int          far_chart_line_height  (GtkWidget           *widget);
void         far_chart_paint_values (GtkWidget           *widget,
                                     GtkSnapshot         *snapshot,
                                     FarChartFrame       *frame,
                                     const FarValueAxis  *axis,
                                     FarChartFormatFunc   format,
                                     gpointer             user_data);
void         far_chart_paint_times  (GtkWidget           *widget,
                                     GtkSnapshot         *snapshot,
                                     const FarChartFrame *frame,
                                     GTimeZone           *zone);
void         far_chart_paint_note   (GtkWidget           *widget,
                                     GtkSnapshot         *snapshot,
                                     const FarChartFrame *frame,
                                     const char          *text);

G_END_DECLS
