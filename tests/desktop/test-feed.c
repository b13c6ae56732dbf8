/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desktop/model/far-feed.h"

#include <math.h>

#include "base/far-json.h"

#define FROM_US G_GINT64_CONSTANT (1795521600000000)
#define STEP_US (5 * (gint64) G_USEC_PER_SEC)

/* The whole window lies in the past, ends a short time ago, and begins at a multiple of itself. */
static void
test_window (void)
{
  gint64 worst_lag_us = 0;

  for (gint64 second = 0; second < 7200; second++)
    {
      gint64 now_us = FROM_US + second * G_USEC_PER_SEC + 123456;
      gint64 from_us;
      gint64 step_us = far_feed_choose_window (now_us, &from_us);

      g_assert_cmpint (step_us, >=, FAR_FEED_WINDOW_MIN_S * G_USEC_PER_SEC);
      g_assert_cmpint (step_us, <=, FAR_FEED_WINDOW_MAX_S * G_USEC_PER_SEC);
      g_assert_cmpint (from_us % step_us, ==, 0);
      g_assert_cmpint (from_us + step_us, <=, now_us);
      worst_lag_us = MAX (worst_lag_us, now_us - from_us - step_us);
    }
  g_assert_cmpint (worst_lag_us, <, 20 * G_USEC_PER_SEC);
}

static FarSeriesSet *
new_set (const char *function, const char *metric, const double *points, guint n_points)
{
  FarSeriesSet *set = g_rc_box_new0 (FarSeriesSet);

  set->from_us = FROM_US;
  set->step_us = STEP_US;
  set->n_points = n_points;
  set->n_series = 1;
  set->series = g_new0 (FarSeries, 1);
  set->series[0].function = g_strdup (function);
  set->series[0].metric = g_strdup (metric);
  set->series[0].points = g_memdup2 (points, n_points * sizeof (double));
  return set;
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_apply (void)
{
  FarFeed *feed = far_feed_new ("Content");
  const double counts[] = { 10, NAN, 0 };
  g_autoptr (FarSeriesSet) set = new_set ("Content", "invocations", counts, 3);
  g_autoptr (FarSeriesSet) other = new_set ("Media", "invocations", counts, 3);
  FarChartSeries *series = far_feed_get_series (feed, FAR_METRIC_INVOCATIONS);
  gint64 from_us;
  gint64 to_us;
  guint n = 0;

  g_signal_connect_swapped (feed, "updated", G_CALLBACK (count_cb), &n);
  g_assert_false (far_feed_get_extent (feed, &from_us, &to_us));
  far_feed_apply (feed, set);
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (far_feed_get_extent (feed, &from_us, &to_us));
  g_assert_cmpint (to_us - from_us, ==, 3 * STEP_US);

  /* Counts become rates, at the end of their step; missing stays missing, zero zero. */
  g_assert_true (far_chart_series_value_at (series, FROM_US + STEP_US) == 2);
  g_assert_true (isnan (far_chart_series_value_at (series, FROM_US + 2 * STEP_US)));
  g_assert_true (far_chart_series_value_at (series, FROM_US + 3 * STEP_US) == 0);
  g_assert_cmpuint (far_chart_series_get_n_samples (far_feed_get_series (feed, FAR_METRIC_P99)),
                    ==, 0);

  /* An answer about something else empties the series: nothing stale is left. */
  far_feed_apply (feed, other);
  g_assert_cmpuint (far_chart_series_get_n_samples (series), ==, 0);
  g_assert_finalize_object (feed);
}

static void
test_figures (void)
{
  FarFeed *feed = far_feed_new (NULL);
  const double counts[] = { 600, 3 };
  g_autoptr (FarSeriesSet) set = new_set ("", "invocations", counts, 2);

  set->step_us = 60 * G_USEC_PER_SEC;
  g_assert_true (isnan (far_feed_get_n (feed)));
  far_feed_apply_window (feed, set);
  g_assert_true (far_feed_get_n (feed) == 600);
  g_assert_true (far_feed_get_figure (feed, FAR_METRIC_INVOCATIONS) == 10);
  g_assert_true (isnan (far_feed_get_figure (feed, FAR_METRIC_P50)));
  g_assert_finalize_object (feed);
}

/* A percentile that is only known to lie under the first bucket is shown as that, in the figure of
 * the last minute and in the chart. */
static void
test_bands (void)
{
  static const char answer[] =
    "{\"from_us\":1795521600000000,\"step_us\":60000000,\"now_us\":1795521720000000,"
    "\"n\":[5,5],\"series\":[{\"function\":null,\"metric\":\"p50_us\",\"points\":[2500,20000000],"
    "\"low\":[null,10000000],\"high\":[5000,null]}]}";
  FarFeed *feed = far_feed_new (NULL);
  FarChartSeries *series = far_feed_get_series (feed, FAR_METRIC_P50);
  g_autoptr (JsonNode) node = far_json_parse_object (answer, sizeof answer - 1, 4096, NULL);
  g_autoptr (FarSeriesSet) set = far_series_set_parse (json_node_get_object (node), NULL);
  g_autofree char *text = NULL;
  double low, high;

  far_feed_apply_window (feed, set);
  text = far_feed_format_duration (feed, FAR_METRIC_P50);
  g_assert_cmpstr (text, ==, "< 5 ms");
  far_feed_apply (feed, set);
  g_assert_true (far_chart_series_has_band (series));
  far_chart_series_band_at (series, set->from_us + set->step_us, &low, &high);
  g_assert_true (low == 0 && high == 5000);
  far_chart_series_band_at (series, set->from_us + 2 * set->step_us, &low, &high);
  g_assert_true (low == 10000000 && isinf (high));
  g_assert_finalize_object (feed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feed/window", test_window);
  g_test_add_func ("/feed/apply", test_apply);
  g_test_add_func ("/feed/figures", test_figures);
  g_test_add_func ("/feed/bands", test_bands);
  return g_test_run ();
}
