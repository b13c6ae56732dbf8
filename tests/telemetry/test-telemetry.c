/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The telemetry as a whole: what is counted at once, what is stored, what survives a restart, what
 * is dropped and said to be, what retention takes away. */
#include "far-test-telemetry.h"

#include <string.h>

#include "store/far-db.h"

static void
test_counts_at_once (void)
{
  Fixture fixture;
  FarInvocation cold;
  const FarAggregate *content;
  g_auto (FarAggregate) all = FAR_AGGREGATE_INIT;

  fixture_init (&fixture);
  g_assert_null (far_telemetry_peek (fixture.telemetry, "content"));
  record_one (&fixture, "content", FAR_INVOCATION_OK, 1500);
  record_one (&fixture, "content", FAR_INVOCATION_TIMEOUT, 3000000);
  record_one (&fixture, "content", FAR_INVOCATION_THROTTLE, 0);
  record_one (&fixture, "pledge", FAR_INVOCATION_CRASH, 900);
  cold = make_record (&fixture, "content", FAR_INVOCATION_OK, 2000);
  cold.cold = TRUE;
  cold.start_us = 2900;
  cold.init_us = 2500;
  far_telemetry_record (fixture.telemetry, &cold);

  content = far_telemetry_peek (fixture.telemetry, "content");
  g_assert_cmpuint (far_aggregate_invocations (content), ==, 3);
  g_assert_cmpuint (far_aggregate_errors (content), ==, 1);
  g_assert_cmpuint (far_aggregate_throttles (content), ==, 1);
  g_assert_cmpuint (content->cold_starts, ==, 1);
  g_assert_cmpuint (content->mb_ms, ==, 128 * (2 + 3000 + 5));
  g_assert_cmpint (content->cold.max, ==, 2900);
  g_assert_cmpuint (content->duration.count, ==, 3);
  far_telemetry_total (fixture.telemetry, NULL, &all);
  g_assert_cmpuint (far_aggregate_invocations (&all), ==, 4);
  g_assert_cmpuint (far_telemetry_n_invocations (fixture.telemetry), ==, 4);
  g_assert_cmpuint (far_telemetry_n_dropped (fixture.telemetry), ==, 0);
  fixture_clear (&fixture);
}

static void
test_restart (void)
{
  Fixture fixture;
  g_auto (FarAggregate) before = FAR_AGGREGATE_INIT, after = FAR_AGGREGATE_INIT;
  FarRng rng;
  guint i, round;

  fixture_init (&fixture);
  far_rng_init (&rng, 7, 7);
  for (round = 0; round < 3; round++)
    {
      for (i = 0; i < 500; i++)
        {
          advance (&fixture, SECONDS (1 + far_rng_below (&rng, 1000)));
          record_one (&fixture, i % 3 == 0 ? "a" : "b",
                      far_rng_below (&rng, FAR_INVOCATION_N_OUTCOMES),
                      far_rng_below (&rng, 100000));
        }
      far_aggregate_reset (&before);
      far_aggregate_reset (&after);
      far_telemetry_total (fixture.telemetry, NULL, &before);
      g_assert_cmpuint (before.duration.count, >, 300 * round);
      far_telemetry_close (fixture.telemetry);
      fixture_open (&fixture);
      far_telemetry_total (fixture.telemetry, NULL, &after);
      g_assert_cmpmem (before.outcomes, sizeof before.outcomes, after.outcomes,
                       sizeof after.outcomes);
      g_assert_true (far_sketch_equal (&before.duration, &after.duration));
      g_assert_true (far_sketch_equal (&before.cold, &after.cold));
      g_assert_cmpuint (before.mb_ms, ==, after.mb_ms);
      g_assert_cmpuint (far_telemetry_n_invocations (fixture.telemetry), ==,
                        far_aggregate_invocations (&before));
    }
  fixture_clear (&fixture);
}

static void
test_invocations (void)
{
  Fixture fixture;
  FarInvocationQuery query = { .limit = 100 };
  FarInvocation record, *got;
  GArray *rows;
  guint i;

  fixture_init (&fixture);
  for (i = 0; i < 50; i++)
    {
      if (i % 5 != 0)
        advance (&fixture, 3);
      record_one (&fixture, i % 2 == 0 ? "a" : "b",
                  i % 10 == 3 ? FAR_INVOCATION_FUNCTION_ERROR : FAR_INVOCATION_OK, 100 * i);
    }
  record = make_record (&fixture, "c", FAR_INVOCATION_CRASH, 77);
  record.error_type = "Runtime.ExitError";
  record.cold = TRUE;
  record.init_us = 200;
  record.route = NULL;
  record.concurrency = 9;
  far_id_init_random (&record.trace_id);
  far_telemetry_record (fixture.telemetry, &record);

  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 51);
  got = &g_array_index (rows, FarInvocation, 0);
  g_assert_cmpstr (got->function, ==, "c");
  g_assert_cmpstr (got->error_type, ==, "Runtime.ExitError");
  g_assert_cmpstr (got->version, ==, "$LATEST");
  g_assert_null (got->route);
  g_assert_cmpint (got->arrival_us, ==, record.arrival_us);
  g_assert_cmpint (got->start_us, ==, record.start_us);
  g_assert_cmpint (got->init_us, ==, 200);
  g_assert_cmpint (got->duration_us, ==, 77);
  g_assert_cmpuint (got->concurrency, ==, 9);
  g_assert_true (got->cold);
  g_assert_cmpint (got->outcome, ==, FAR_INVOCATION_CRASH);
  g_assert_cmpint (far_id_compare (&got->request_id, &record.request_id), ==, 0);
  g_assert_cmpint (far_id_compare (&got->trace_id, &record.trace_id), ==, 0);
  for (i = 1; i < rows->len; i++)
    g_assert_cmpint (far_invocation_end_us (&g_array_index (rows, FarInvocation, i)), <=,
                     far_invocation_end_us (&g_array_index (rows, FarInvocation, i - 1)));
  g_array_unref (rows);

  query.outcomes = FAR_OUTCOME_MASK_ERRORS;
  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 6);
  g_array_unref (rows);
  query.function = "a";
  query.outcomes = 0;
  query.limit = 7;
  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 7);
  g_assert_cmpint (g_array_index (rows, FarInvocation, 0).duration_us, ==, 4800);
  g_array_unref (rows);
  query.function = "nobody";
  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 0);
  g_array_unref (rows);
  query.function = NULL;
  query.request_id = record.request_id;
  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 1);
  g_array_unref (rows);
  fixture_clear (&fixture);
}

static void
add_line (Fixture *fixture, const FarId *id, FarLogLevel level, const char *text)
{
  FarTelemetryLine line = { .function = "content", .level = level, .message = text,
                            .n_bytes = strlen (text) };

  if (id != NULL)
    line.request_id = *id;
  line.time_us = far_clock_now_us (fixture->clock);
  far_telemetry_log (fixture->telemetry, &line);
}

static void
test_logs (void)
{
  static const char *const expected[] = { "START RequestId: ", "reading the article",
                                          "ERROR nothing here", "END RequestId: ",
                                          "REPORT RequestId: " };
  Fixture fixture;
  FarLogQuery query = { .limit = 100, .platform = TRUE };
  FarInvocation record;
  g_autofree char *large = g_strnfill (FAR_TELEMETRY_LOG_LINE_MAX + 100, 'x');
  GPtrArray *lines;
  guint i;

  fixture_init (&fixture);
  record = make_record (&fixture, "content", FAR_INVOCATION_OK, 1000);
  record.arrival_us = far_clock_now_us (fixture.clock);
  advance (&fixture, 600);
  add_line (&fixture, &record.request_id, FAR_LOG_INFO, "reading the article");
  add_line (&fixture, &record.request_id, FAR_LOG_ERROR, "ERROR nothing here");
  advance (&fixture, 690);
  far_telemetry_record (fixture.telemetry, &record);

  lines = ask_logs (&fixture, &query);
  g_assert_cmpuint (lines->len, ==, G_N_ELEMENTS (expected));
  for (i = 0; i < lines->len; i++)
    {
      const FarLogRecord *line = g_ptr_array_index (lines, i);

      g_assert_true (g_str_has_prefix (line->message, expected[i]));
      g_assert_cmpint (far_id_compare (&line->request_id, &record.request_id), ==, 0);
    }
  g_ptr_array_unref (lines);

  query.contains = "NOTHING";
  lines = ask_logs (&fixture, &query);
  g_assert_cmpuint (lines->len, ==, 1);
  g_ptr_array_unref (lines);
  query.contains = NULL;
  query.platform = FALSE;
  query.level_min = FAR_LOG_WARN;
  lines = ask_logs (&fixture, &query);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpint (((FarLogRecord *) lines->pdata[0])->level, ==, FAR_LOG_ERROR);
  g_ptr_array_unref (lines);

  /* Whatever a function prints is kept as text, bounded and valid. */
  add_line (&fixture, NULL, FAR_LOG_FATAL, "a\xff\x1b[2J");
  add_line (&fixture, NULL, FAR_LOG_FATAL, large);
  query.level_min = FAR_LOG_FATAL;
  lines = ask_logs (&fixture, &query);
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_cmpstr (((FarLogRecord *) lines->pdata[0])->message, ==, "a\xef\xbf\xbd\x1b[2J");
  g_assert_cmpuint (strlen (((FarLogRecord *) lines->pdata[1])->message), ==,
                    FAR_TELEMETRY_LOG_LINE_MAX);
  g_ptr_array_unref (lines);
  fixture_clear (&fixture);
}

static void
test_levels (void)
{
  static const struct { const char *line; FarLogLevel level; } cases[] = {
    { "", FAR_LOG_INFO },
    { "hello", FAR_LOG_INFO },
    { "ERROR no such article", FAR_LOG_ERROR },
    { "error: no such article", FAR_LOG_ERROR },
    { "[warn] slow", FAR_LOG_WARN },
    { "<debug> x", FAR_LOG_DEBUG },
    { "WARNING: slow", FAR_LOG_WARN },
    { "Error handling began", FAR_LOG_INFO },
    { "ERRORS: 0", FAR_LOG_INFO },
    { "{\"level\":\"fatal\",\"msg\":1}", FAR_LOG_FATAL },
    { "{\"level\":", FAR_LOG_INFO },
    { "TRACE", FAR_LOG_TRACE },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (far_log_level_of_line (cases[i].line, strlen (cases[i].line)), ==,
                     cases[i].level);
}

/* The database is held by somebody else: nothing waits for it, and what does not fit is counted,
 * at once and after a restart. */
static void
test_overload (void)
{
  const guint n_extra = 1000;
  Fixture fixture;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  FarTelemetryDropped dropped, kept;
  FarInvocationQuery query = { .limit = 1 };
  GArray *rows;
  sqlite3 *other;
  guint n;

  fixture_init (&fixture);
  g_assert_true (far_telemetry_flush (fixture.telemetry, &error));
  path = fixture_file (&fixture, "");
  g_assert_cmpint (sqlite3_open (path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  /* One batch may be in the writer's hands, one in the queue. */
  for (n = 0; n < 2 * FAR_TELEMETRY_PENDING_MAX + n_extra; n++)
    record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
  far_telemetry_get_dropped (fixture.telemetry, &dropped);
  g_assert_cmpuint (dropped.records, >=, n_extra);
  g_assert_cmpuint (far_telemetry_n_invocations (fixture.telemetry), ==, n);
  g_assert_cmpint (sqlite3_exec (other, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (other), ==, SQLITE_OK);
  g_assert_true (far_telemetry_flush (fixture.telemetry, &error));
  g_assert_no_error (error);
  record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
  n++;
  g_assert_true (far_telemetry_flush (fixture.telemetry, &error));
  far_telemetry_get_dropped (fixture.telemetry, &dropped);
  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 1);
  g_array_unref (rows);
  far_telemetry_close (fixture.telemetry);
  fixture_open (&fixture);
  far_telemetry_get_dropped (fixture.telemetry, &kept);
  g_assert_cmpuint (kept.records, ==, dropped.records);
  g_assert_cmpuint (far_telemetry_n_invocations (fixture.telemetry), ==, n - dropped.records);
  fixture_clear (&fixture);
}

static void
test_retention (void)
{
  Fixture fixture;
  FarRetention retention = FAR_RETENTION_DEFAULT;
  FarInvocationQuery query = { .limit = FAR_QUERY_ROWS_MAX };
  g_auto (FarAggregate) all = FAR_AGGREGATE_INIT;
  g_autoptr (FarSeries) series = NULL;
  GArray *rows;
  guint i;

  fixture_init (&fixture);
  for (i = 0; i < 100; i++)
    {
      advance (&fixture, SECONDS (3600));
      record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
    }
  g_assert_true (far_telemetry_flush (fixture.telemetry, NULL));
  retention.raw_us = SECONDS (10 * 3600 + 1);
  retention.hour_us = SECONDS (24 * 3600);
  far_telemetry_set_retention (fixture.telemetry, &retention);
  far_telemetry_close (fixture.telemetry);
  /* Expiry is due with the first write after a start. */
  fixture_open (&fixture);
  far_telemetry_set_retention (fixture.telemetry, &retention);
  record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
  do
    {
      far_telemetry_flush (fixture.telemetry, NULL);
      rows = ask_invocations (&fixture, &query);
      i = rows->len;
      g_array_unref (rows);
      record_one (&fixture, "a", FAR_INVOCATION_THROTTLE, 0);
    }
  while (i > 100);
  query.to_us = far_clock_now_us (fixture.clock);
  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 10);
  g_array_unref (rows);
  far_telemetry_total (fixture.telemetry, NULL, &all);
  g_assert_cmpuint (far_aggregate_invocations (&all), ==, 101);

  /* By the minute nothing is known from before; by the day everything is. */
  series = ask_series (&fixture, NULL, T0 + SECONDS (3600), T0 + SECONDS (3700), SECONDS (10));
  for (i = 0; i < series->n_points; i++)
    g_assert_false (series->known[i]);
  g_clear_pointer (&series, far_series_free);
  series = ask_series (&fixture, NULL, T0, T0 + SECONDS (86400), SECONDS (86400));
  g_assert_true (series->known[0]);
  g_assert_cmpuint (far_aggregate_invocations (&series->points[0]), ==, 23);
  fixture_clear (&fixture);
}

/* What the database takes, in bytes, as the writer counts them. */
static gint64
used_bytes (Fixture *fixture)
{
  static const char *const pragmas[] = { "PRAGMA page_count", "PRAGMA freelist_count",
                                         "PRAGMA page_size" };
  g_autofree char *path = fixture_file (fixture, "");
  gint64 values[G_N_ELEMENTS (pragmas)];
  sqlite3 *other;
  guint i;

  g_assert_cmpint (sqlite3_open (path, &other), ==, SQLITE_OK);
  for (i = 0; i < G_N_ELEMENTS (pragmas); i++)
    {
      sqlite3_stmt *statement;

      g_assert_cmpint (sqlite3_prepare_v2 (other, pragmas[i], -1, &statement, NULL), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
      values[i] = sqlite3_column_int64 (statement, 0);
      sqlite3_finalize (statement);
    }
  sqlite3_close (other);
  return (values[0] - values[1]) * values[2];
}

/* n records and as many lines, a second apart each. */
static void
fill (Fixture *fixture, guint n)
{
  guint i;

  for (i = 0; i < n; i++)
    {
      advance (fixture, SECONDS (1));
      record_one (fixture, "content", FAR_INVOCATION_OK, 1000 + i % 5000);
      add_line (fixture, NULL, FAR_LOG_INFO, "one of very many lines that nobody will ever read");
    }
  g_assert_true (far_telemetry_flush (fixture->telemetry, NULL));
}

/* Above its size the oldest rows and lines go; what was counted of them stays, and what is not
 * there any more is not known rather than zero. */
static void
test_size_max (void)
{
  const gint64 size_max = 1024 * 1024;
  FarRetention retention = FAR_RETENTION_DEFAULT;
  FarInvocationQuery oldest = { .after = -1, .limit = 1 }, newest = { .limit = 1 };
  FarLogQuery lines = { .limit = 10 };
  g_auto (FarAggregate) all = FAR_AGGREGATE_INIT;
  g_autoptr (FarSeries) series = NULL;
  g_autoptr (GPtrArray) found = NULL;
  Fixture fixture;
  GArray *rows;
  guint i, n = 0, round;

  fixture_init (&fixture);
  retention.size_max = size_max;
  for (round = 0; round < 2; round++, n += 20000)
    {
      fill (&fixture, 20000);
      g_assert_true (round > 0 || used_bytes (&fixture) > 2 * size_max);
      far_telemetry_close (fixture.telemetry);
      /* Expiry is due with the first write after a start, and goes on until there is room. */
      fixture_open (&fixture);
      far_telemetry_set_retention (fixture.telemetry, &retention);
      for (i = 0; i < 50 && used_bytes (&fixture) > size_max; i++, n++)
        fill (&fixture, 1);
      g_assert_cmpint (used_bytes (&fixture), <=, size_max);
    }
  rows = ask_invocations (&fixture, &oldest);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpint (g_array_index (rows, FarInvocation, 0).arrival_us, >, T0 + SECONDS (15000));
  g_array_unref (rows);
  rows = ask_invocations (&fixture, &newest);
  g_assert_cmpint (g_array_index (rows, FarInvocation, 0).arrival_us, >, T0 + SECONDS (n - 1));
  g_array_unref (rows);
  found = ask_logs (&fixture, &lines);
  g_assert_cmpuint (found->len, ==, 10);
  far_telemetry_total (fixture.telemetry, NULL, &all);
  g_assert_cmpuint (far_aggregate_invocations (&all), ==, n);
  g_assert_cmpuint (far_telemetry_n_dropped (fixture.telemetry), ==, 0);
  series = ask_series (&fixture, NULL, T0 + SECONDS (600), T0 + SECONDS (700), SECONDS (10));
  for (i = 0; i < series->n_points; i++)
    g_assert_false (series->known[i]);
  g_clear_pointer (&series, far_series_free);
  series = ask_series (&fixture, NULL, T0 + SECONDS (600), T0 + SECONDS (1200), SECONDS (300));
  g_assert_true (series->known[0]);
  g_assert_cmpuint (far_aggregate_invocations (&series->points[0]), ==, 300);
  fixture_clear (&fixture);
}

/* Lines have an age of their own. */
static void
test_log_age (void)
{
  FarRetention retention = FAR_RETENTION_DEFAULT;
  FarInvocationQuery every = { .limit = FAR_QUERY_ROWS_MAX };
  FarLogQuery query = { .limit = 1000 };
  Fixture fixture;
  GPtrArray *lines;
  GArray *rows;

  fixture_init (&fixture);
  fill (&fixture, 200);
  far_telemetry_close (fixture.telemetry);
  fixture_open (&fixture);
  retention.log_us = SECONDS (50);
  far_telemetry_set_retention (fixture.telemetry, &retention);
  fill (&fixture, 1);
  fill (&fixture, 1); /* the first has been taken away behind it */
  lines = ask_logs (&fixture, &query);
  g_assert_cmpuint (lines->len, <=, 52);
  g_assert_cmpuint (lines->len, >=, 49);
  g_ptr_array_unref (lines);
  rows = ask_invocations (&fixture, &every);
  g_assert_cmpuint (rows->len, ==, 202);
  g_array_unref (rows);
  fixture_clear (&fixture);
}

static void
test_size (void)
{
  const guint n = 20000;
  Fixture fixture;
  g_autofree char *path = NULL;
  GStatBuf status;
  guint i;

  fixture_init (&fixture);
  for (i = 0; i < n; i++)
    {
      FarInvocation record;

      advance (&fixture, 900);
      record = make_record (&fixture, i % 7 < 4 ? "content" : "pledge", FAR_INVOCATION_OK,
                            1000 + i % 5000);
      far_id_init_random (&record.trace_id);
      far_telemetry_record (fixture.telemetry, &record);
      if (i % 5000 == 0)
        g_assert_true (far_telemetry_flush (fixture.telemetry, NULL));
    }
  path = fixture_file (&fixture, "");
  g_clear_pointer (&fixture.telemetry, far_telemetry_close);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_test_message ("%.1f bytes an invocation", (double) status.st_size / n);
  g_assert_cmpint (status.st_size, <=, 130 * n);
  fixture_clear (&fixture);
}

static void
test_corrupt (void)
{
  static const char *const contents[] = { "not a database at all, only some text\n", "" };
  Fixture fixture;
  g_autofree char *path = NULL;
  guint i;

  fixture_init (&fixture);
  path = fixture_file (&fixture, "");
  g_clear_pointer (&fixture.telemetry, far_telemetry_close);
  for (i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      g_assert_true (g_file_set_contents (path, contents[i], -1, NULL));
      g_assert_null (far_telemetry_open (fixture.dir, fixture.clock, &error));
      g_assert_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_DATABASE);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, contents[i]);
    }
  fixture_clear (&fixture);
}

typedef struct {
  guint records;
  guint lines;
  guint annotations;
} Heard;

static void
hear_record (const FarInvocation *invocation, gpointer user_data)
{
  ((Heard *) user_data)->records++;
}

static void
hear_line (const FarTelemetryLine *line, gpointer user_data)
{
  ((Heard *) user_data)->lines++;
}

static void
hear_annotation (const FarAnnotation *annotation, gpointer user_data)
{
  ((Heard *) user_data)->annotations++;
}

static void
test_listener (void)
{
  FarTelemetryListener listener = { hear_record, hear_line, hear_annotation };
  FarAnnotation annotation = { T0, "instance_crash", "content", "content: killed by signal 11" };
  const FarAnnotationQuery query = { .limit = 10 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) annotations = NULL;
  const FarAnnotationRecord *record;
  Heard heard = { 0, 0, 0 };
  Fixture fixture;

  fixture_init (&fixture);
  far_telemetry_set_listener (fixture.telemetry, &listener, &heard);
  record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
  add_line (&fixture, NULL, FAR_LOG_INFO, "x");
  far_telemetry_annotate (fixture.telemetry, &annotation);
  far_telemetry_set_listener (fixture.telemetry, NULL, NULL);
  record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
  g_assert_cmpuint (heard.records, ==, 1);
  g_assert_cmpuint (heard.lines, ==, 1);
  g_assert_cmpuint (heard.annotations, ==, 1);

  far_telemetry_annotations_async (fixture.telemetry, &query, NULL, keep_result, &result);
  annotations = far_telemetry_annotations_finish (fixture.telemetry, wait_result (&result), NULL);
  g_assert_cmpuint (annotations->len, ==, 1);
  record = g_ptr_array_index (annotations, 0);
  g_assert_cmpstr (record->kind, ==, "instance_crash");
  g_assert_cmpstr (record->function, ==, "content");
  g_assert_cmpint (record->time_us, ==, T0);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/telemetry/counts-at-once", test_counts_at_once);
  g_test_add_func ("/telemetry/restart", test_restart);
  g_test_add_func ("/telemetry/invocations", test_invocations);
  g_test_add_func ("/telemetry/logs", test_logs);
  g_test_add_func ("/telemetry/levels", test_levels);
  g_test_add_func ("/telemetry/overload", test_overload);
  g_test_add_func ("/telemetry/retention", test_retention);
  g_test_add_func ("/telemetry/size", test_size);
  g_test_add_func ("/telemetry/size-max", test_size_max);
  g_test_add_func ("/telemetry/log-age", test_log_age);
  g_test_add_func ("/telemetry/corrupt", test_corrupt);
  g_test_add_func ("/telemetry/listener", test_listener);
  return g_test_run ();
}
