/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For the telemetry's tests: a folder that goes away, a clock that stands still, records drawn from
 * a seed, and questions that wait for their answer. */
#pragma once

#include <glib/gstdio.h>

#include "base/far-random.h"
#include "telemetry/far-query.h"

#define T0 (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC) /* 2026-01-01 */
#define SECONDS(n) ((gint64) (n) * G_USEC_PER_SEC)

typedef struct {
  char         *dir;
  FarClock     *clock;
  FarTelemetry *telemetry;
} Fixture;

static inline void
fixture_open (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->telemetry = far_telemetry_open (fixture->dir, fixture->clock, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->telemetry);
}

static inline void
fixture_init (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *top = g_dir_make_tmp ("far-telemetry-XXXXXX", &error);

  g_assert_no_error (error);
  fixture->dir = g_build_filename (top, "telemetry", NULL);
  fixture->clock = far_clock_new_manual (T0);
  fixture_open (fixture);
}

static inline char *
fixture_file (Fixture *fixture, const char *suffix)
{
  g_autofree char *name = g_strconcat ("telemetry.db", suffix, NULL);

  return g_build_filename (fixture->dir, name, NULL);
}

static inline void
fixture_clear (Fixture *fixture)
{
  g_autofree char *top = g_path_get_dirname (fixture->dir);
  static const char *const suffixes[] = { "", "-wal", "-shm" };
  guint i;

  g_clear_pointer (&fixture->telemetry, far_telemetry_close);
  for (i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = fixture_file (fixture, suffixes[i]);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_assert_cmpint (g_rmdir (top), ==, 0);
  g_clear_pointer (&fixture->clock, far_clock_unref);
  g_clear_pointer (&fixture->dir, g_free);
}

static inline void
advance (Fixture *fixture, gint64 delta_us)
{
  g_assert_true (far_clock_advance (fixture->clock, delta_us, NULL));
}

/* One that ends now. */
static inline FarInvocation
make_record (Fixture *fixture, const char *function, FarInvocationOutcome outcome,
             gint64 duration_us)
{
  FarInvocation record = {
    .function = function,
    .version = "$LATEST",
    .route = "GET /articles/{id}",
    .queue_us = 30,
    .start_us = 250,
    .duration_us = outcome == FAR_INVOCATION_THROTTLE ? 0 : duration_us,
    .overhead_us = 40,
    .memory_mb = 128,
    .memory_max_kb = 4000,
    .concurrency = 1,
    .outcome = outcome,
  };

  record.arrival_us = far_clock_now_us (fixture->clock) - record.start_us - record.duration_us -
                      record.overhead_us;
  far_id_init (&record.request_id, fixture->clock);
  return record;
}

static inline void
record_one (Fixture *fixture, const char *function, FarInvocationOutcome outcome,
            gint64 duration_us)
{
  FarInvocation record = make_record (fixture, function, outcome, duration_us);

  far_telemetry_record (fixture->telemetry, &record);
}

static inline void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **ret_result = user_data;

  *ret_result = g_object_ref (result);
}

static inline GAsyncResult *
wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static inline FarSeries *
ask_series (Fixture *fixture, const char *function, gint64 from_us, gint64 to_us, gint64 step_us)
{
  FarSeriesQuery query = { function, from_us, to_us, step_us };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  FarSeries *series;

  far_telemetry_series_async (fixture->telemetry, &query, NULL, keep_result, &result);
  series = far_telemetry_series_finish (fixture->telemetry, wait_result (&result), &error);
  g_assert_no_error (error);
  return series;
}

static inline GArray *
ask_invocations (Fixture *fixture, const FarInvocationQuery *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GArray *rows;

  far_telemetry_invocations_async (fixture->telemetry, query, NULL, keep_result, &result);
  rows = far_telemetry_invocations_finish (fixture->telemetry, wait_result (&result), &error);
  g_assert_no_error (error);
  return rows;
}

static inline GPtrArray *
ask_logs (Fixture *fixture, const FarLogQuery *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *lines;

  far_telemetry_logs_async (fixture->telemetry, query, NULL, keep_result, &result);
  lines = far_telemetry_logs_finish (fixture->telemetry, wait_result (&result), &error);
  g_assert_no_error (error);
  return lines;
}
