/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The series behind a page's charts: of one function, or of all together, over the last while. */
#pragma once

#include "client/far-platform-client.h"
#include "desktop/charts/far-chart-series.h"
#include "desktop/model/far-range.h"

G_BEGIN_DECLS

typedef enum {
  FAR_METRIC_INVOCATIONS, /* a second */
  FAR_METRIC_ERRORS,      /* a second */
  FAR_METRIC_THROTTLES,   /* a second */
  FAR_METRIC_COLD_STARTS, /* a second */
  FAR_METRIC_P50,         /* µs */
  FAR_METRIC_P99,         /* µs */
  FAR_METRIC_CONCURRENCY, /* invocations at once */
  FAR_METRIC_COST,        /* picodollars a second */
} FarMetric;
#define FAR_N_METRICS 8

/* "The last minute" is so long, in seconds. */
#define FAR_FEED_WINDOW_MIN_S 50
#define FAR_FEED_WINDOW_MAX_S 70

#define FAR_TYPE_FEED (far_feed_get_type ())
G_DECLARE_FINAL_TYPE (FarFeed, far_feed, FAR, FEED, GObject)

FarFeed        *far_feed_new           (const char        *function);
const char     *far_feed_get_function  (FarFeed           *self);
FarChartSeries *far_feed_get_series    (FarFeed           *self,
                                        FarMetric          metric);
double          far_feed_get_figure    (FarFeed           *self,
                                        FarMetric          metric);
char           *far_feed_format_duration (FarFeed         *self,
                                          FarMetric        metric);
double          far_feed_get_n         (FarFeed           *self);
gint64          far_feed_choose_window (gint64             now_us,
                                        gint64            *ret_from_us);
FarRange        far_feed_get_range     (FarFeed           *self);
void            far_feed_set_range     (FarFeed           *self,
                                        FarRange           range);
gboolean        far_feed_get_extent    (FarFeed           *self,
                                        gint64            *ret_from_us,
                                        gint64            *ret_to_us);
void            far_feed_refresh       (FarFeed           *self,
                                        FarPlatformClient *client,
                                        gint64             now_us);
void            far_feed_cancel        (FarFeed           *self);
void            far_feed_forget        (FarFeed           *self);
void            far_feed_apply         (FarFeed           *self,
                                        FarSeriesSet      *set);
void            far_feed_apply_window  (FarFeed           *self,
                                        FarSeriesSet      *set);

G_END_DECLS
