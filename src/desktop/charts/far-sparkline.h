/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line the size of a word: the shape of the recent past, without axes. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/charts/far-chart-series.h"

G_BEGIN_DECLS

#define FAR_TYPE_SPARKLINE (far_sparkline_get_type ())
G_DECLARE_FINAL_TYPE (FarSparkline, far_sparkline, FAR, SPARKLINE, GtkWidget)

GtkWidget *far_sparkline_new        (void);
void       far_sparkline_set_series (FarSparkline   *self,
                                     FarChartSeries *series);

G_END_DECLS
