/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summaries, heat maps and windows against a plain list of the same records: every count must be
 * the same, every quantile within the sketch's error, wherever the range begins and ends. */
#include "far-test-telemetry.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-heatmap.h"

#define N_RECORDS 4000
#define HOURS 60

typedef struct {
  gint64   end_us;
  gint64   duration_us;
  guint    function;
  gboolean failed;
  gboolean second_version;
} Plain;

static const char *const functions[] = { "content", "pledge", "settle" };
static Plain plain[N_RECORDS];

static FarSummary *
ask_summary (Fixture *fixture, const FarSummaryQuery *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  FarSummary *summary;

  far_telemetry_summary_async (fixture->telemetry, query, NULL, keep_result, &result);
  summary = far_telemetry_summary_finish (fixture->telemetry, wait_result (&result), &error);
  g_assert_no_error (error);
  return summary;
}

static void
fill (Fixture *fixture)
{
  FarRng rng;
  guint i;

  far_rng_init (&rng, 7, 1);
  for (i = 0; i < N_RECORDS; i++)
    {
      FarInvocation record;
      Plain *one = &plain[i];

      advance (fixture, SECONDS (3600) * HOURS / N_RECORDS + far_rng_below (&rng, 1000));
      one->function = far_rng_below (&rng, G_N_ELEMENTS (functions));
      one->duration_us = 1 + (gint64) exp (6 + 1.5 * far_rng_normal (&rng));
      one->failed = far_rng_below (&rng, 20) == 0;
      one->second_version = i > N_RECORDS / 2;
      record = make_record (fixture, functions[one->function],
                            one->failed ? FAR_INVOCATION_CRASH : FAR_INVOCATION_OK,
                            one->duration_us);
      record.version = one->second_version ? "2" : "1";
      record.route = i % 3 == 0 ? NULL : "GET /articles/{id}";
      record.notes = i % 4 == 0 ? "a:article=the-ferry" : NULL;
      one->end_us = far_invocation_end_us (&record);
      far_telemetry_record (fixture->telemetry, &record);
    }
}

static gboolean
is_in (const Plain *one, const FarSummary *summary, int function)
{
  return one->end_us >= summary->from_us && one->end_us < summary->to_us &&
         (function < 0 || one->function == (guint) function);
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
check_aggregate (const FarSummary *summary, const FarAggregate *aggregate, int function)
{
  g_autoptr (GArray) durations = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint64 failed = 0;
  guint i;

  for (i = 0; i < N_RECORDS; i++)
    if (is_in (&plain[i], summary, function))
      {
        g_array_append_val (durations, plain[i].duration_us);
        failed += plain[i].failed;
      }
  g_assert_cmpuint (far_aggregate_invocations (aggregate), ==, durations->len);
  g_assert_cmpuint (far_aggregate_errors (aggregate), ==, failed);
  if (durations->len == 0)
    return;
  g_array_sort (durations, compare_numbers);
  {
    double truth = (double) g_array_index (durations, gint64,
                                           (guint) floor (0.9 * (durations->len - 1)));
    double low, high, p90 = far_aggregate_metric (aggregate, FAR_METRIC_P90);

    g_assert_cmpfloat (fabs (p90 - truth), <=, truth * 0.01 + 0.5);
    g_assert_true (far_aggregate_metric_band (aggregate, FAR_METRIC_P90, &low, &high));
    g_assert_cmpfloat (low, <=, truth);
    g_assert_cmpfloat (high, >=, truth);
  }
  g_assert_cmpint (aggregate->duration.min, ==, g_array_index (durations, gint64, 0));
  g_assert_cmpint (aggregate->duration.max, ==,
                   g_array_index (durations, gint64, durations->len - 1));
}

static void
check_groups (const FarSummary *summary, FarGroup group)
{
  guint64 n = 0;
  guint i, f;

  for (i = 0; i < summary->groups->len; i++)
    {
      const FarSummaryGroup *one = g_ptr_array_index (summary->groups, i);

      n += far_aggregate_invocations (&one->aggregate);
      for (f = 0; group == FAR_GROUP_FUNCTION && f < G_N_ELEMENTS (functions); f++)
        if (strcmp (one->key, functions[f]) == 0)
          check_aggregate (summary, &one->aggregate, (int) f);
    }
  if (group != FAR_GROUP_NONE && group != FAR_GROUP_ARTICLE)
    g_assert_cmpuint (n, ==, far_aggregate_invocations (&summary->total));
}

static void
test_ranges (void)
{
  Fixture fixture;
  FarRng rng;
  guint i;

  fixture_init (&fixture);
  fill (&fixture);
  far_rng_init (&rng, 11, 1);
  for (i = 0; i < 120; i++)
    {
      FarSummaryQuery query = { .group = (FarGroup) (i % FAR_GROUP_N) };
      g_autoptr (FarSummary) summary = NULL;
      int function = i % 5 == 0 ? (int) (i % 3) : -1;

      query.function = function >= 0 ? functions[function] : NULL;
      query.from_us = T0 + SECONDS (far_rng_below (&rng, 3600 * HOURS)) +
                      far_rng_below (&rng, 1000000);
      query.to_us = query.from_us + 1 +
                    (i % 2 == 0 ? SECONDS (far_rng_below (&rng, 3600))
                                : SECONDS (far_rng_below (&rng, 3600 * HOURS)));
      summary = ask_summary (&fixture, &query);
      g_assert_cmpint (summary->from_us, <=, query.from_us);
      g_assert_cmpint (summary->to_us, >=, query.to_us);
      check_aggregate (summary, &summary->total, function);
      check_groups (summary, query.group);
    }
  fixture_clear (&fixture);
}

/* What groups are called, and that a version and an article keep to their function. */
static void
test_keys (void)
{
  FarSummaryQuery query = { .from_us = T0, .to_us = T0 + SECONDS (3600) * (HOURS + 1) };
  static const guint n_groups[FAR_GROUP_N] = { 0, 3, 6, 3, 2, 2, 1 };
  static const char *const first[FAR_GROUP_N] = { NULL, "content", "1", "the-ferry", "(none)",
                                                  "crash", "(none)" };
  Fixture fixture;
  guint i;

  fixture_init (&fixture);
  fill (&fixture);
  for (i = 0; i < FAR_GROUP_N; i++)
    {
      g_autoptr (FarSummary) summary = NULL;
      const FarSummaryGroup *group;

      query.group = (FarGroup) i;
      summary = ask_summary (&fixture, &query);
      g_assert_cmpuint (summary->groups->len, ==, n_groups[i]);
      if (n_groups[i] == 0)
        continue;
      group = g_ptr_array_index (summary->groups, 0);
      g_assert_cmpstr (group->key, ==, first[i]);
      g_assert_cmpstr (group->function, ==,
                       i == FAR_GROUP_VERSION || i == FAR_GROUP_ARTICLE ? "content" : NULL);
    }
  query.group = FAR_GROUP_VERSION;
  query.function = "pledge";
  {
    g_autoptr (FarSummary) summary = ask_summary (&fixture, &query);
    const FarSummaryGroup *old = g_ptr_array_index (summary->groups, 0);
    guint64 n = 0;

    for (i = 0; i < N_RECORDS; i++)
      n += plain[i].function == 1 && !plain[i].second_version;
    g_assert_cmpuint (summary->groups->len, ==, 2);
    g_assert_cmpuint (far_aggregate_invocations (&old->aggregate), ==, n);
  }
  fixture_clear (&fixture);
}

/* What is older than the fine rollups is rounded to hours, and nothing is lost or added. */
static void
test_old (void)
{
  FarRetention retention = FAR_RETENTION_DEFAULT;
  FarSummaryQuery query = { .from_us = T0 + SECONDS (100), .to_us = T0 + SECONDS (7900) };
  g_autoptr (FarSummary) summary = NULL;
  Fixture fixture;

  fixture_init (&fixture);
  fill (&fixture);
  g_assert_true (far_telemetry_flush (fixture.telemetry, NULL));
  far_telemetry_close (fixture.telemetry);
  fixture_open (&fixture);
  retention.raw_us = retention.fine_us = SECONDS (3600);
  far_telemetry_set_retention (fixture.telemetry, &retention);
  do
    {
      g_clear_pointer (&summary, far_summary_free);
      record_one (&fixture, "content", FAR_INVOCATION_THROTTLE, 0);
      g_assert_true (far_telemetry_flush (fixture.telemetry, NULL));
      summary = ask_summary (&fixture, &query);
    }
  while (summary->from_us != T0);
  g_assert_cmpint (summary->to_us, ==, T0 + SECONDS (3 * 3600));
  check_aggregate (summary, &summary->total, -1);
  fixture_clear (&fixture);
}

static void
test_heatmap (void)
{
  static const guint rows[] = { 2, 7, 24, 48, 200 };
  g_autoptr (FarSeries) series = NULL;
  Fixture fixture;
  guint i, r, column;

  fixture_init (&fixture);
  fill (&fixture);
  series = ask_series (&fixture, NULL, T0, T0 + SECONDS (3600 * HOURS), SECONDS (3600));
  for (r = 0; r < G_N_ELEMENTS (rows); r++)
    {
      g_auto (FarHeatmap) map = { 0 };
      guint64 n = 0;

      far_heatmap_init (&map, series, rows[r], FALSE);
      g_assert_cmpuint (map.n_rows, >, 0);
      g_assert_cmpuint (map.n_rows, <=, rows[r]);
      for (i = 0; i < map.n_rows; i++)
        g_assert_cmpfloat (map.edges[i], <, map.edges[i + 1]);
      for (column = 0; column < map.n_columns; column++)
        for (i = 0; i < map.n_rows; i++)
          {
            guint64 truth = 0, lower = 0, k;
            guint64 count = map.counts[(gsize) column * map.n_rows + i];

            n += count;
            if (column % 10 != 0 || rows[r] > 24)
              continue;
            /* A sample within the sketch's error of an edge may be on either side of it. */
            for (k = 0; k < N_RECORDS; k++)
              if (plain[k].end_us >= T0 + SECONDS (3600) * column &&
                  plain[k].end_us < T0 + SECONDS (3600) * (column + 1))
                {
                  double duration = (double) plain[k].duration_us;

                  truth += duration >= map.edges[i] * 0.98 && duration < map.edges[i + 1] * 1.02;
                  lower += duration >= map.edges[i] * 1.02 && duration < map.edges[i + 1] * 0.98;
                }
            g_assert_cmpuint (count, <=, truth);
            g_assert_cmpuint (count, >=, lower);
          }
      g_assert_cmpuint (n, ==, map.n);
    }
  fixture_clear (&fixture);
}

static void
test_empty_heatmap (void)
{
  g_autoptr (FarSeries) series = NULL;
  g_auto (FarHeatmap) map = { 0 };
  Fixture fixture;

  fixture_init (&fixture);
  series = ask_series (&fixture, NULL, T0, T0 + SECONDS (100), SECONDS (10));
  far_heatmap_init (&map, series, 10, FALSE);
  g_assert_cmpuint (map.n_rows, ==, 0);
  g_clear_pointer (&series, far_series_free);
  far_heatmap_clear (&map);
  record_one (&fixture, "a", FAR_INVOCATION_OK, 0);
  record_one (&fixture, "a", FAR_INVOCATION_OK, G_MAXINT32);
  series = ask_series (&fixture, NULL, T0, T0 + SECONDS (100), SECONDS (10));
  far_heatmap_init (&map, series, 10, FALSE);
  g_assert_cmpuint (map.n, ==, 2);
  g_assert_cmpfloat (map.edges[0], ==, 0);
  fixture_clear (&fixture);
}

/* The last five minutes, kept up as the clock goes on, against asking anew each time. */
static void
test_window (void)
{
  Fixture fixture;
  FarRng rng;
  guint i, w;
  gint64 ends[600];
  static const guint windows[] = { 1, 60, 299, 300 };

  fixture_init (&fixture);
  far_rng_init (&rng, 3, 1);
  for (i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      FarInvocation record;

      advance (&fixture, far_rng_below (&rng, 3000000));
      record = make_record (&fixture, "a", FAR_INVOCATION_OK, 10);
      /* Some are late. */
      if (far_rng_below (&rng, 4) == 0)
        record.arrival_us -= far_rng_below (&rng, 5000000);
      ends[i] = far_invocation_end_us (&record);
      far_telemetry_record (fixture.telemetry, &record);
      for (w = 0; w < G_N_ELEMENTS (windows); w++)
        {
          g_auto (FarAggregate) recent = FAR_AGGREGATE_INIT;
          gint64 now_s = far_clock_now_us (fixture.clock) / G_USEC_PER_SEC;
          guint64 truth = 0;
          guint k;

          for (k = 0; k <= i; k++)
            truth += ends[k] / G_USEC_PER_SEC > now_s - windows[w];
          far_telemetry_recent (fixture.telemetry, "a", windows[w], &recent);
          g_assert_cmpuint (far_aggregate_invocations (&recent), ==, truth);
        }
    }
  advance (&fixture, SECONDS (1000));
  {
    g_auto (FarAggregate) recent = FAR_AGGREGATE_INIT;

    far_telemetry_recent (fixture.telemetry, NULL, 300, &recent);
    g_assert_true (far_aggregate_is_empty (&recent));
  }
  fixture_clear (&fixture);
}

static void
test_steps (void)
{
  gint64 range_s;
  guint pixels;

  for (range_s = 1; range_s < 20 * 366 * 86400; range_s = range_s * 3 + 7)
    for (pixels = 2; pixels < 4000; pixels = pixels * 2 + 1)
      {
        gint64 step_us = far_query_step_for (T0 + 17, T0 + 17 + SECONDS (range_s), pixels);
        gint64 n = (SECONDS (range_s) + 17) / step_us + 1;

        g_assert_cmpint (step_us % G_USEC_PER_SEC, ==, 0);
        g_assert_cmpint (n, <=, MAX (pixels, 2));
        if (range_s > 3600)
          g_assert_cmpint (step_us % SECONDS (300), ==, 0);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/summary/ranges", test_ranges);
  g_test_add_func ("/summary/keys", test_keys);
  g_test_add_func ("/summary/old", test_old);
  g_test_add_func ("/heatmap/counts", test_heatmap);
  g_test_add_func ("/heatmap/empty", test_empty_heatmap);
  g_test_add_func ("/window", test_window);
  g_test_add_func ("/steps", test_steps);
  return g_test_run ();
}
