/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much telemetry a second, how many bytes an invocation, how long a question takes. One JSON
 * object a line. The records are those of a day: twelve functions, 24 hours, latencies drawn from a
 * lognormal distribution. */
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/far-random.h"
#include "base/far-trace.h"
#include "telemetry/far-heatmap.h"
#include "telemetry/far-query.h"

#define T0 (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC) /* 2026-01-01 */
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define N_DEFAULT 1000000
#define BLOCK 8192
#define N_FUNCTIONS 12
#define RUNS 5

typedef struct {
  char         *dir;
  FarClock     *clock; /* of what happens */
  FarClock     *told;  /* the store's: a block of records is drawn ahead of it */
  FarTelemetry *telemetry;
  FarRng        rng;
  FarId         some_trace; /* of the first records */
  char          names[N_FUNCTIONS][16];
} Bench;

static void
bench_open (Bench *self)
{
  g_autoptr (GError) error = NULL;

  self->telemetry = far_telemetry_open (self->dir, self->told, &error);
  if (self->telemetry == NULL)
    g_error ("%s", error->message);
}

static FarInvocation
draw (Bench *self)
{
  guint i = far_rng_below (&self->rng, N_FUNCTIONS);
  FarInvocation record = {
    .function = self->names[i],
    .version = "$LATEST",
    .route = "GET /articles/{id}",
    .queue_us = 20 + far_rng_below (&self->rng, 20),
    .start_us = 100 + far_rng_below (&self->rng, 400),
    .duration_us = (gint64) exp (7.0 + 0.2 * i + 0.6 * far_rng_normal (&self->rng)),
    .overhead_us = 20 + far_rng_below (&self->rng, 40),
    .memory_mb = 128,
    .memory_max_kb = 3800 + far_rng_below (&self->rng, 400),
    .concurrency = 1 + far_rng_below (&self->rng, 8),
    .cold = far_rng_below (&self->rng, 200) == 0,
    .outcome = far_rng_below (&self->rng, 300) == 0 ? FAR_INVOCATION_FUNCTION_ERROR
                                                     : FAR_INVOCATION_OK,
  };

  far_id_init (&record.request_id, self->clock);
  far_trace_init_root (&record.trace_id, far_clock_now_us (self->clock));
  if (self->some_trace.bytes[0] == 0)
    self->some_trace = record.trace_id;
  record.arrival_us = far_clock_now_us (self->clock) - record.start_us - record.duration_us -
                      record.overhead_us;
  if (record.cold)
    record.init_us = 900;
  return record;
}

static gint64
file_size (Bench *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  GStatBuf status;

  return g_stat (path, &status) == 0 ? status.st_size : 0;
}

/* lines: of each invocation. */
static void
ingest (Bench *self, const char *name, guint n, guint lines)
{
  static const char text[] = "served article the-ferry-that-never-left in 12 blocks";
  gint64 step_us = DAY_US / n, begin, recording_us = 0;
  g_autofree FarInvocation *block = g_new (FarInvocation, BLOCK);
  guint done, i, l;
  double seconds = 0;

  for (done = 0; done < n; done += BLOCK)
    {
      guint size = MIN (BLOCK, n - done);

      /* Drawing is not what is measured. */
      for (i = 0; i < size; i++)
        {
          g_assert (far_clock_advance (self->clock, step_us, NULL));
          block[i] = draw (self);
        }
      begin = g_get_monotonic_time ();
      for (i = 0; i < size; i++)
        {
          FarTelemetryLine line = { block[i].function, block[i].request_id,
                                    far_invocation_end_us (&block[i]), FAR_LOG_INFO, text,
                                    sizeof text - 1 };

          g_assert (far_clock_advance (self->told, step_us, NULL));
          for (l = 0; l < lines; l++)
            far_telemetry_log (self->telemetry, &line);
          far_telemetry_record (self->telemetry, &block[i]);
        }
      recording_us += g_get_monotonic_time () - begin;
      if (!far_telemetry_flush (self->telemetry, NULL))
        g_error ("the telemetry cannot be written");
      seconds += (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
    }
  g_assert (far_telemetry_n_dropped (self->telemetry) == 0);
  printf ("{\"name\":\"%s\",\"invocations\":%u,\"log_lines\":%u,\"per_second\":%.0f,"
          "\"record_ns\":%.0f}\n", name, n, n * lines, n / seconds,
          (double) recording_us * 1000 / n);
}

static void
keep (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
print_times (const char *name, guint n_results, gint64 *times)
{
  qsort (times, RUNS, sizeof *times, compare_times);
  printf ("{\"name\":\"%s\",\"results\":%u,\"p50_ms\":%.2f,\"max_ms\":%.2f}\n", name, n_results,
          (double) times[RUNS / 2] / 1000, (double) times[RUNS - 1] / 1000);
}

static void
ask_series (Bench *self, const char *name, const char *function, gint64 from_us, gint64 to_us,
            gint64 step_us)
{
  FarSeriesQuery query = { function, from_us, to_us, step_us };
  gint64 times[RUNS];
  guint run, n_points = 0;

  for (run = 0; run < RUNS; run++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (FarSeries) series = NULL;
      gint64 begin = g_get_monotonic_time ();
      guint i;

      far_telemetry_series_async (self->telemetry, &query, NULL, keep, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      series = far_telemetry_series_finish (self->telemetry, result, NULL);
      g_assert (series != NULL);
      for (i = 0; i < series->n_points; i++)
        far_aggregate_metric (&series->points[i], FAR_METRIC_P99);
      times[run] = g_get_monotonic_time () - begin;
      n_points = series->n_points;
    }
  print_times (name, n_points, times);
}

static FarSummary *
summarise (Bench *self, const FarSummaryQuery *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  FarSummary *summary;

  far_telemetry_summary_async (self->telemetry, query, NULL, keep, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  summary = far_telemetry_summary_finish (self->telemetry, result, NULL);
  g_assert (summary != NULL);
  return summary;
}

static FarSeries *
read_series (Bench *self, const FarSeriesQuery *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  FarSeries *series;

  far_telemetry_series_async (self->telemetry, query, NULL, keep, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  series = far_telemetry_series_finish (self->telemetry, result, NULL);
  g_assert (series != NULL);
  return series;
}

/* What the Overview asks: a chart of all functions together at the pixels it has, and the table of
 * functions beside the range before. */
static void
ask_overview (Bench *self, const char *name, gint64 from_us, gint64 to_us)
{
  gint64 times[RUNS];
  guint run, n_points = 0;

  for (run = 0; run < RUNS; run++)
    {
      gint64 begin = g_get_monotonic_time ();
      FarSeriesQuery chart = { NULL, from_us, to_us, far_query_step_for (from_us, to_us, 400) };
      FarSummaryQuery table = { NULL, from_us, to_us, FAR_GROUP_FUNCTION };
      g_autoptr (FarSeries) series = read_series (self, &chart);
      g_autoptr (FarSummary) now = summarise (self, &table);
      g_autoptr (FarSummary) before = NULL;
      guint i;

      table.from_us = MAX (from_us - (to_us - from_us), 1);
      table.to_us = from_us;
      before = summarise (self, &table);
      for (i = 0; i < series->n_points; i++)
        far_aggregate_metric (&series->points[i], FAR_METRIC_P99);
      times[run] = g_get_monotonic_time () - begin;
      n_points = series->n_points;
    }
  print_times (name, n_points, times);
}

static void
ask_heatmap (Bench *self, const char *name, gint64 from_us, gint64 to_us)
{
  gint64 times[RUNS];
  guint run, n_cells = 0;

  for (run = 0; run < RUNS; run++)
    {
      gint64 begin = g_get_monotonic_time ();
      FarSeriesQuery query = { NULL, from_us, to_us, far_query_step_for (from_us, to_us, 400) };
      g_autoptr (FarSeries) series = read_series (self, &query);
      g_auto (FarHeatmap) map = { 0 };

      far_heatmap_init (&map, series, 64, FALSE);
      times[run] = g_get_monotonic_time () - begin;
      n_cells = map.n_columns * map.n_rows;
    }
  print_times (name, n_cells, times);
}

static void
ask_trace (Bench *self, const FarId *trace_id)
{
  gint64 times[RUNS];
  guint run, n_spans = 0;

  for (run = 0; run < RUNS; run++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (FarTrace) trace = NULL;
      gint64 begin = g_get_monotonic_time ();

      far_telemetry_trace_async (self->telemetry, trace_id, NULL, keep, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      trace = far_telemetry_trace_finish (self->telemetry, result, NULL);
      g_assert (trace != NULL && trace->spans->len > 0);
      times[run] = g_get_monotonic_time () - begin;
      n_spans = trace->spans->len;
    }
  print_times ("telemetry-trace-by-id", n_spans, times);
}

/* From the wish to give up a question over all rows until it has ended. */
static void
cancel_raw (Bench *self, gint64 from_us, gint64 to_us)
{
  FarSummaryQuery query = { NULL, from_us, to_us, FAR_GROUP_ROUTE };
  gint64 times[RUNS];
  guint run;

  for (run = 0; run < RUNS; run++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      gint64 begin;

      far_telemetry_summary_async (self->telemetry, &query, cancellable, keep, &result);
      /* It has begun once the thread has had the time. */
      for (begin = g_get_monotonic_time (); g_get_monotonic_time () - begin < 20000;)
        g_main_context_iteration (NULL, FALSE);
      begin = g_get_monotonic_time ();
      g_cancellable_cancel (cancellable);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      far_summary_free (far_telemetry_summary_finish (self->telemetry, result, NULL));
      times[run] = g_get_monotonic_time () - begin;
    }
  print_times ("telemetry-cancel-raw", 0, times);
}

static void
ask_invocations (Bench *self, const char *name, const FarInvocationQuery *query)
{
  gint64 times[RUNS];
  guint run, n_rows = 0;

  for (run = 0; run < RUNS; run++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GArray) rows = NULL;
      gint64 begin = g_get_monotonic_time ();

      far_telemetry_invocations_async (self->telemetry, query, NULL, keep, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      rows = far_telemetry_invocations_finish (self->telemetry, result, NULL);
      g_assert (rows != NULL);
      times[run] = g_get_monotonic_time () - begin;
      n_rows = rows->len;
    }
  print_times (name, n_rows, times);
}

/* The day of the ingest, and the year around it. */
static void
ask_all (Bench *self)
{
  gint64 end_us = T0 + DAY_US, start_us = T0;
  FarInvocationQuery newest = { .limit = 100 };
  FarInvocationQuery failed = { .outcomes = FAR_OUTCOME_MASK_ERRORS, .limit = 1000 };
  FarInvocationQuery slow = { .duration_min_us = 40000, .limit = 1000 };
  /* An area of a day's heat map: an hour, and the slowest percent of it. */
  FarInvocationQuery area = { .from_us = start_us + DAY_US / 3,
                              .to_us = start_us + DAY_US / 3 + DAY_US / 24,
                              .duration_min_us = 30000, .duration_max_us = 300000,
                              .limit = 1000 };
  FarInvocationQuery hour = { .function = self->names[3], .from_us = start_us + DAY_US / 2,
                              .to_us = start_us + DAY_US / 2 + DAY_US / 24, .limit = 10000 };

  ask_overview (self, "telemetry-overview-day", start_us, end_us);
  ask_overview (self, "telemetry-overview-year", start_us, start_us + 365 * DAY_US);
  ask_heatmap (self, "telemetry-heatmap-day", start_us, end_us);
  ask_heatmap (self, "telemetry-heatmap-year", start_us, start_us + 365 * DAY_US);
  ask_trace (self, &self->some_trace);
  cancel_raw (self, start_us, end_us);
  ask_series (self, "telemetry-2-min-by-second", NULL, end_us - 120 * G_USEC_PER_SEC, end_us,
              G_USEC_PER_SEC);
  ask_series (self, "telemetry-hour-by-10-s", NULL, end_us - DAY_US / 24, end_us,
              10 * G_USEC_PER_SEC);
  ask_series (self, "telemetry-day-by-5-min", NULL, start_us, end_us, 300 * G_USEC_PER_SEC);
  ask_series (self, "telemetry-day-by-5-min-one-function", self->names[3], start_us, end_us,
              300 * G_USEC_PER_SEC);
  ask_series (self, "telemetry-day-by-minute-raw", NULL, start_us, end_us, 60 * G_USEC_PER_SEC);
  ask_series (self, "telemetry-month-by-hour", NULL, start_us, start_us + 30 * DAY_US,
              DAY_US / 24);
  ask_series (self, "telemetry-year-by-day", NULL, start_us, start_us + 365 * DAY_US, DAY_US);
  ask_invocations (self, "telemetry-newest-100", &newest);
  ask_invocations (self, "telemetry-errors-1000", &failed);
  ask_invocations (self, "telemetry-slow-1000", &slow);
  ask_invocations (self, "telemetry-function-hour", &hour);
  ask_invocations (self, "telemetry-drill-down-area", &area);
}

/* A year of history at the coarse levels: one record in every hour and function is enough to make
 * the rows that a year's overview reads. */
static void
add_history (Bench *self)
{
  guint hours = 364 * 24, h, f;

  for (h = 0; h < hours; h++)
    {
      g_assert (far_clock_advance (self->clock, DAY_US / 24, NULL));
      g_assert (far_clock_advance (self->told, DAY_US / 24, NULL));
      for (f = 0; f < N_FUNCTIONS; f++)
        {
          FarInvocation record = draw (self);

          record.function = self->names[f];
          far_telemetry_record (self->telemetry, &record);
        }
      if (h % 500 == 0)
        far_telemetry_flush (self->telemetry, NULL);
    }
  far_telemetry_flush (self->telemetry, NULL);
}

static void
remove_files (Bench *self)
{
  static const char *const names[] = { "telemetry.db", "telemetry.db-wal", "telemetry.db-shm" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->dir, names[i], NULL);

      g_unlink (path);
    }
}

int
main (int argc, char **argv)
{
  guint n = argc > 1 ? (guint) g_ascii_strtoull (argv[1], NULL, 10) : N_DEFAULT;
  g_autofree char *top = g_dir_make_tmp ("far-bench-XXXXXX", NULL);
  Bench self = { .clock = far_clock_new_manual (T0), .told = far_clock_new_manual (T0) };
  FarRetention retention = FAR_RETENTION_DEFAULT;
  guint i;

  g_assert (top != NULL && n > 0);
  self.dir = g_build_filename (top, "telemetry", NULL);
  far_rng_init (&self.rng, 1, 1);
  for (i = 0; i < N_FUNCTIONS; i++)
    g_snprintf (self.names[i], sizeof self.names[i], "function%u", i);
  bench_open (&self);
  ingest (&self, "telemetry-ingest", n, 0);
  far_telemetry_close (self.telemetry);
  printf ("{\"name\":\"telemetry-size\",\"invocations\":%u,\"bytes_each\":%.1f}\n", n,
          (double) file_size (&self, "telemetry.db") / n);
  bench_open (&self);
  retention.raw_us = retention.fine_us = retention.hour_us = 1000 * DAY_US;
  far_telemetry_set_retention (self.telemetry, &retention);
  add_history (&self);
  ask_all (&self);
  ingest (&self, "telemetry-ingest-with-logs", n / 5, 2);
  far_telemetry_close (self.telemetry);
  remove_files (&self);
  g_rmdir (self.dir);
  g_rmdir (top);
  far_clock_unref (self.clock);
  far_clock_unref (self.told);
  g_free (self.dir);
  return EXIT_SUCCESS;
}
