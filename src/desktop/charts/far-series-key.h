/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry of a legend: the line's own look, its name, and its value. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/charts/far-chart-paint.h"

G_BEGIN_DECLS

#define FAR_TYPE_SERIES_KEY (far_series_key_get_type ())
G_DECLARE_FINAL_TYPE (FarSeriesKey, far_series_key, FAR, SERIES_KEY, GtkWidget)

GtkWidget *far_series_key_new       (const char   *title,
                                     FarChartStyle style);
void       far_series_key_set_value (FarSeriesKey *self,
                                     const char   *value);

G_END_DECLS
