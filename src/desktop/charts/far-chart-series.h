/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of a time chart: evenly spaced samples, NaN where nothing is known. Main thread. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* More than a day of seconds, ten times over; what a chart is asked to show at once. */
#define FAR_CHART_SAMPLES_MAX (1024 * 1024)
#define FAR_CHART_COLUMNS_MAX 16384

#define FAR_TYPE_CHART_SERIES (far_chart_series_get_type ())
G_DECLARE_FINAL_TYPE (FarChartSeries, far_chart_series, FAR, CHART_SERIES, GObject)

/**
 * FarChartVertex:
 * @time_us: the sample's own time
 * @value: the sample's own value
 * @starts: whether the line has to be lifted before this vertex, because a sample is missing
 *   between it and the one before
 */
typedef struct {
  gint64   time_us;
  double   value;
  gboolean starts;
} FarChartVertex;

typedef struct {
  guint  n_samples;
  guint  n_missing;
  double min;
  double max;
  double last; /* NaN if the newest sample is missing */
  double low;  /* its band; NaN where it is known exactly */
  double high;
} FarChartSummary;

FarChartSeries *far_chart_series_new           (const char      *title);
const char     *far_chart_series_get_title     (FarChartSeries  *self);
void            far_chart_series_set_samples   (FarChartSeries  *self,
                                                gint64           from_us,
                                                gint64           step_us,
                                                const double    *values,
                                                guint            n_values);
guint           far_chart_series_get_n_samples (FarChartSeries  *self);
gint64          far_chart_series_get_step      (FarChartSeries  *self);
void            far_chart_series_get_extent    (FarChartSeries  *self,
                                                gint64          *ret_from_us,
                                                gint64          *ret_to_us);
void            far_chart_series_set_band      (FarChartSeries  *self,
                                                const double    *low,
                                                const double    *high);
double          far_chart_series_value_at      (FarChartSeries  *self,
                                                gint64           time_us);
void            far_chart_series_band_at       (FarChartSeries  *self,
                                                gint64           time_us,
                                                double          *ret_low,
                                                double          *ret_high);
gboolean        far_chart_series_has_band      (FarChartSeries  *self);
void            far_chart_series_summarize     (FarChartSeries  *self,
                                                gint64           from_us,
                                                gint64           to_us,
                                                FarChartSummary *ret_summary);
void            far_chart_series_reduce        (FarChartSeries  *self,
                                                gint64           from_us,
                                                gint64           to_us,
                                                guint            n_columns,
                                                GArray          *ret_vertices);

G_END_DECLS
