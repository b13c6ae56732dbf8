/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series against a plain list of everything recorded: at every step, across the seam between memory
 * and database, across restarts and jumps of the clock, nothing counts twice or not at all. */
#include "far-test-telemetry.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-live.h"
#include "telemetry/far-query-private.h"

typedef struct {
  const char *function;
  FarInvocation record;
} Kept;

static const char *const functions[] = { "content", "pledge", "offer" };

static void
check_series (Fixture *fixture, GArray *kept, const char *function, gint64 from_us, gint64 to_us,
              gint64 step_us)
{
  g_autoptr (FarSeries) series = ask_series (fixture, function, from_us, to_us, step_us);
  g_autofree FarAggregate *expected = g_new0 (FarAggregate, series->n_points);
  guint i;

  g_assert_cmpint (series->step_us, ==, step_us);
  g_assert_cmpint (series->from_us % step_us, ==, 0);
  g_assert_cmpint (series->from_us, <=, from_us);
  g_assert_cmpint (series->from_us + series->n_points * step_us, >=, to_us);
  for (i = 0; i < kept->len; i++)
    {
      const FarInvocation *record = &g_array_index (kept, FarInvocation, i);
      gint64 at = far_invocation_end_us (record) - series->from_us;

      if (at >= 0 && at / step_us < series->n_points &&
          (function == NULL || strcmp (function, record->function) == 0))
        far_aggregate_add (&expected[at / step_us], record);
    }
  for (i = 0; i < series->n_points; i++)
    {
      g_assert_cmpmem (expected[i].outcomes, sizeof expected[i].outcomes,
                       series->points[i].outcomes, sizeof series->points[i].outcomes);
      g_assert_true (far_sketch_equal (&expected[i].duration, &series->points[i].duration));
      g_assert_true (far_sketch_equal (&expected[i].cold, &series->points[i].cold));
      g_assert_cmpuint (expected[i].mb_ms, ==, series->points[i].mb_ms);
      g_assert_cmpuint (expected[i].concurrency_max, ==, series->points[i].concurrency_max);
      if (!far_aggregate_is_empty (&expected[i]))
        g_assert_true (series->known[i]);
      far_aggregate_clear (&expected[i]);
    }
}

static void
check_all_steps (Fixture *fixture, GArray *kept, FarRng *rng)
{
  static const gint64 steps_s[] = { 1, 2, 7, 60, 300, 600, 3600, 7200, 86400, 450 };
  gint64 now = far_clock_now_us (fixture->clock);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (steps_s); i++)
    {
      gint64 step = SECONDS (steps_s[i]);
      gint64 from = MAX (now - (gint64) far_rng_below (rng, 400) * step, SECONDS (1));
      gint64 to = MAX (from + step, now + (gint64) far_rng_below (rng, 20) * step);
      const char *function = far_rng_below (rng, 2) == 0
        ? NULL : functions[far_rng_below (rng, G_N_ELEMENTS (functions))];

      check_series (fixture, kept, function, from, to, step);
    }
}

static void
test_against_list (void)
{
  static const gint64 pauses_us[] = { 0, 1, 999, 400000, SECONDS (1), SECONDS (40), SECONDS (299),
                                      SECONDS (4000), SECONDS (90000) };
  g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (FarInvocation));
  Fixture fixture;
  FarRng rng;
  guint i;

  fixture_init (&fixture);
  far_rng_init (&rng, 20260101, 5);
  advance (&fixture, SECONDS (10));
  for (i = 0; i < 6000; i++)
    {
      guint pause = far_rng_below (&rng, 100);
      FarInvocation record;

      if (pause < 97)
        advance (&fixture, pauses_us[far_rng_below (&rng, 4)] + 1);
      else
        advance (&fixture, pauses_us[far_rng_below (&rng, G_N_ELEMENTS (pauses_us))] + 1);
      record = make_record (&fixture, functions[far_rng_below (&rng, 3)],
                            far_rng_below (&rng, FAR_INVOCATION_N_OUTCOMES),
                            far_rng_below (&rng, 2000000));
      record.concurrency = far_rng_below (&rng, 20);
      record.cold = far_rng_below (&rng, 10) == 0;
      record.start_us = far_rng_below (&rng, 5000);
      /* Some answers are told late, some of them with the same instant as others. */
      if (far_rng_below (&rng, 4) == 0)
        record.arrival_us -= far_rng_below (&rng, 3000000);
      far_telemetry_record (fixture.telemetry, &record);
      g_array_append_val (kept, record);
      if (i % 400 == 399)
        check_all_steps (&fixture, kept, &rng);
      if (i % 1500 == 1499)
        {
          far_telemetry_close (fixture.telemetry);
          fixture_open (&fixture);
          /* The strings of the list are literals and outlive the telemetry. */
          check_all_steps (&fixture, kept, &rng);
        }
    }
  fixture_clear (&fixture);
}

/* A point is null while no platform ran, zero while one ran and nothing came. */
static void
test_missing_is_not_zero (void)
{
  static const gboolean known[] = { FALSE, TRUE, TRUE, FALSE, FALSE, TRUE, TRUE, FALSE };
  static const gint64 steps_s[] = { 60, 300, 3600 };
  guint s, i;

  for (s = 0; s < G_N_ELEMENTS (steps_s); s++)
    {
      gint64 step = SECONDS (steps_s[s]);
      g_autoptr (FarSeries) series = NULL;
      Fixture fixture;

      fixture_init (&fixture);
      advance (&fixture, step / 2);
      record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
      advance (&fixture, step);
      far_telemetry_close (fixture.telemetry);
      advance (&fixture, 3 * step);
      fixture_open (&fixture);
      advance (&fixture, step);
      series = ask_series (&fixture, "a", T0 - step, T0 + 7 * step, step);
      g_assert_cmpuint (series->n_points, ==, G_N_ELEMENTS (known));
      for (i = 0; i < series->n_points; i++)
        g_assert_cmpint (series->known[i], ==, known[i]);
      g_assert_cmpfloat (far_aggregate_metric (&series->points[1], FAR_METRIC_INVOCATIONS), ==, 1);
      g_assert_cmpfloat (far_aggregate_metric (&series->points[2], FAR_METRIC_INVOCATIONS), ==, 0);
      g_assert_true (isnan (far_aggregate_metric (&series->points[2], FAR_METRIC_P99)));
      fixture_clear (&fixture);
    }
}

static void
test_refused (void)
{
  static const FarSeriesQuery bad[] = {
    { NULL, T0, T0 + SECONDS (10), 0 },
    { NULL, T0, T0 + SECONDS (10), 1500000 },
    { NULL, T0, T0 + SECONDS (10), -SECONDS (1) },
    { NULL, T0, T0, SECONDS (1) },
    { NULL, T0 + 1, T0, SECONDS (1) },
    { NULL, -1, T0, SECONDS (1) },
    { NULL, 0, G_MAXINT64, SECONDS (1) },
    { NULL, T0, T0 + SECONDS (FAR_QUERY_POINTS_MAX), SECONDS (1) },
    { NULL, T0, T0 + SECONDS (10), G_MAXINT64 - G_MAXINT64 % SECONDS (1) },
  };
  Fixture fixture;
  guint i;

  fixture_init (&fixture);
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      far_telemetry_series_async (fixture.telemetry, &bad[i], NULL, keep_result, &result);
      g_assert_null (far_telemetry_series_finish (fixture.telemetry, wait_result (&result),
                                                  &error));
      g_assert_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_QUERY);
    }
  fixture_clear (&fixture);
}

static void
test_cancelled (void)
{
  FarSeriesQuery query = { NULL, T0, T0 + SECONDS (10), SECONDS (1) };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  fixture_init (&fixture);
  g_cancellable_cancel (cancellable);
  far_telemetry_series_async (fixture.telemetry, &query, cancellable, keep_result, &result);
  g_assert_null (far_telemetry_series_finish (fixture.telemetry, wait_result (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  fixture_clear (&fixture);
}

/* A question that never ends by itself; query: an int that is set once it runs. */
static gboolean
run_endless (FarDb *db, FarNames *names, gpointer query, gpointer *ret_result, GError **error)
{
  gint64 n;

  g_atomic_int_set ((int *) query, TRUE);
  return far_db_query_int (db, "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
                           "SELECT max (x) FROM c", &n, error);
}

static void
start_endless (Fixture *fixture, GCancellable *cancellable, GAsyncResult **result)
{
  int runs = FALSE;

  far_query_start (fixture->telemetry, start_endless, run_endless, &runs, NULL, NULL, cancellable,
                   keep_result, result);
  while (!g_atomic_int_get (&runs))
    g_thread_yield ();
}

/* What runs is interrupted, wherever it is, and the next question is answered; so is what runs when
 * the telemetry is closed. */
static void
test_interrupted (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL, second = NULL;
  g_autoptr (FarSeries) series = NULL;
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  fixture_init (&fixture);
  start_endless (&fixture, cancellable, &first);
  g_cancellable_cancel (cancellable);
  g_assert_null (far_query_finish (wait_result (&first), start_endless, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
  series = ask_series (&fixture, NULL, T0 - SECONDS (5), T0 + SECONDS (5), SECONDS (1));
  g_assert_cmpuint (series->n_points, ==, 10);
  start_endless (&fixture, NULL, &second);
  fixture_clear (&fixture);
  g_assert_null (far_query_finish (wait_result (&second), start_endless, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The system's clock is set back by an hour: what happens from then on is seen at once, not when
 * the hour has come round again. */
static void
test_clock_set_back (void)
{
  g_autoptr (FarLive) live = far_live_new ();
  g_auto (FarAggregate) point = FAR_AGGREGATE_INIT;
  FarInvocation record = { .function = "a", .duration_us = 10 };
  gint64 back_us = T0 - SECONDS (3600);
  guint i;

  for (i = 0; i < 2 * FAR_LIVE_SECONDS; i++)
    {
      record.arrival_us = T0 + SECONDS (i);
      far_live_add (live, 1, &record);
    }
  record.arrival_us = back_us;
  far_live_add (live, 1, &record);
  far_live_collect (live, 1, back_us, back_us + SECONDS (1), back_us, SECONDS (1), &point, 1);
  g_assert_cmpuint (far_aggregate_invocations (&point), ==, 1);
  g_assert_cmpuint (far_aggregate_invocations (far_live_total (live, 1)), ==,
                    2 * FAR_LIVE_SECONDS + 1);
}

/* Kept in memory, the last minutes are answered and the rest is not known. */
static void
test_in_memory (void)
{
  Fixture fixture = { .clock = far_clock_new_manual (T0) };
  g_autoptr (FarSeries) series = NULL;

  fixture_open (&fixture);
  advance (&fixture, SECONDS (5));
  record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
  series = ask_series (&fixture, NULL, T0 - SECONDS (2), T0 + SECONDS (8), SECONDS (1));
  g_assert_false (series->known[1]);
  g_assert_true (series->known[2]);
  g_assert_true (series->known[7]);
  g_assert_false (series->known[8]);
  g_assert_cmpuint (far_aggregate_invocations (&series->points[7]), ==, 1);
  far_telemetry_close (fixture.telemetry);
  far_clock_unref (fixture.clock);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/series/against-list", test_against_list);
  g_test_add_func ("/series/missing-is-not-zero", test_missing_is_not_zero);
  g_test_add_func ("/series/refused", test_refused);
  g_test_add_func ("/series/cancelled", test_cancelled);
  g_test_add_func ("/series/interrupted", test_interrupted);
  g_test_add_func ("/series/clock-set-back", test_clock_set_back);
  g_test_add_func ("/series/in-memory", test_in_memory);
  return g_test_run ();
}
