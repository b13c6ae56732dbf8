/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces: spans that follow from records and notes, the search by id, lists, and that a database of
 * the version before has none of it and takes it. */
#include "far-test-telemetry.h"

#include <string.h>

#include "base/far-trace.h"
#include "telemetry/far-notes.h"
#include "telemetry/far-telemetry-db.h"

static FarTrace *
ask_trace (Fixture *fixture, const FarId *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  FarTrace *trace;

  far_telemetry_trace_async (fixture->telemetry, id, NULL, keep_result, &result);
  trace = far_telemetry_trace_finish (fixture->telemetry, wait_result (&result), &error);
  g_assert_no_error (error);
  return trace;
}

static GArray *
ask_traces (Fixture *fixture, const FarTraceQuery *query)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GArray *found;

  far_telemetry_traces_async (fixture->telemetry, query, NULL, keep_result, &result);
  found = far_telemetry_traces_finish (fixture->telemetry, wait_result (&result), &error);
  g_assert_no_error (error);
  return found;
}

static FarSpan *
find_span (FarTrace *trace, const char *function, const char *kind)
{
  guint i;

  for (i = 0; i < trace->spans->len; i++)
    {
      FarSpan *span = g_ptr_array_index (trace->spans, i);

      if (strcmp (span->kind, kind) == 0 && g_strcmp0 (span->function, function) == 0)
        return span;
    }
  g_error ("no span %s of %s", kind, function);
}

static const char caller_notes[] =
  "a:article=the-ferry;s:00000000000000aa,bookkeeper,100,400,1,pledge;"
  "s:00000000000000bb,call,600,99999999,2,GET%20%2Fprovider";

/* settle calls provider, inside a trace of foreign_id (or of our own making). */
static void
record_pair (Fixture *fixture, const FarId *trace_id)
{
  FarInvocation callee = make_record (fixture, "provider", FAR_INVOCATION_FUNCTION_ERROR, 500);
  FarInvocation caller;

  advance (fixture, 2000);
  caller = make_record (fixture, "settle", FAR_INVOCATION_OK, 5000);
  caller.notes = caller_notes;
  caller.trace_id = callee.trace_id = *trace_id;
  callee.parent_span = 0xbb;
  caller.cold = TRUE;
  caller.start_us = 2000;
  caller.init_us = 1500;
  caller.spawn_us = 900;
  caller.arrival_us -= 1750;
  far_telemetry_record (fixture->telemetry, &callee);
  far_telemetry_record (fixture->telemetry, &caller);
}

static void
check_pair (FarTrace *trace)
{
  FarSpan *caller = find_span (trace, "settle", "gateway");
  FarSpan *handler = find_span (trace, "settle", "handler");
  FarSpan *told = find_span (trace, "settle", "bookkeeper");
  FarSpan *call = find_span (trace, "settle", "call");
  FarSpan *cold = find_span (trace, "settle", "cold");
  FarSpan *spawn = find_span (trace, "settle", "spawn");
  FarSpan *callee = find_span (trace, "provider", "gateway");
  guint i, j;

  g_assert_true (trace->complete);
  g_assert_cmpuint (caller->parent, ==, 0);
  g_assert_cmpuint (handler->parent, ==, caller->id);
  g_assert_cmpuint (told->parent, ==, handler->id);
  g_assert_cmpint (told->start_us, ==, handler->start_us + 100);
  g_assert_cmpint (told->duration_us, ==, 400);
  g_assert_cmpstr (told->name, ==, "pledge");
  /* Longer than the handler ran: cut. */
  g_assert_cmpint (call->duration_us, ==, 4400);
  g_assert_cmpint (call->status, ==, FAR_SPAN_ERROR);
  g_assert_cmpuint (callee->parent, ==, call->id);
  g_assert_cmpint (callee->status, ==, FAR_SPAN_ERROR);
  g_assert_cmpint (cold->start_us, ==, caller->start_us + 30);
  g_assert_cmpint (spawn->duration_us, ==, 900);
  g_assert_nonnull (strstr (caller->attributes, "\"app.article\":\"the-ferry\""));
  /* Parents first. */
  for (i = 0; i < trace->spans->len; i++)
    {
      FarSpan *span = g_ptr_array_index (trace->spans, i);

      for (j = 0; j < i && span->parent != 0; j++)
        if (((FarSpan *) g_ptr_array_index (trace->spans, j))->id == span->parent)
          break;
      g_assert_true (span->parent == 0 || j < i);
    }
}

static void
test_trace (gconstpointer data)
{
  gboolean foreign = GPOINTER_TO_INT (data);
  Fixture fixture;
  FarId id;
  guint i;

  fixture_init (&fixture);
  for (i = 0; i < 50; i++)
    {
      advance (&fixture, SECONDS (1));
      record_one (&fixture, "settle", FAR_INVOCATION_OK, 10);
    }
  if (foreign)
    far_id_parse ("4bf92f3577b34da6a3ce929d0e0e4736", &id);
  else
    far_trace_init_root (&id, far_clock_now_us (fixture.clock));
  record_pair (&fixture, &id);
  advance (&fixture, SECONDS (100));
  record_one (&fixture, "settle", FAR_INVOCATION_OK, 10);
  for (i = 0; i < 2; i++)
    {
      FarTrace *trace = ask_trace (&fixture, &id);

      check_pair (trace);
      far_trace_free (trace);
      /* The same after a restart. */
      far_telemetry_close (fixture.telemetry);
      fixture_open (&fixture);
    }
  id.bytes[15] ^= 1;
  {
    g_autoptr (FarTrace) none = ask_trace (&fixture, &id);

    g_assert_cmpuint (none->spans->len, ==, 0);
  }
  fixture_clear (&fixture);
}

static void
test_list (void)
{
  FarTraceQuery any = { .limit = 10 }, failed = { .limit = 10, .errors_only = TRUE };
  FarTraceQuery one = { .limit = 10, .function = "provider" };
  g_autoptr (GArray) all = NULL;
  g_autoptr (GArray) errors = NULL;
  g_autoptr (GArray) providers = NULL;
  FarTraceSummary *summary;
  Fixture fixture;
  FarId id;

  fixture_init (&fixture);
  far_trace_init_root (&id, far_clock_now_us (fixture.clock));
  record_pair (&fixture, &id);
  advance (&fixture, SECONDS (5));
  {
    FarInvocation alone = make_record (&fixture, "content", FAR_INVOCATION_OK, 100);

    far_trace_init_root (&alone.trace_id, far_clock_now_us (fixture.clock));
    far_telemetry_record (fixture.telemetry, &alone);
  }
  all = ask_traces (&fixture, &any);
  g_assert_cmpuint (all->len, ==, 2);
  g_assert_cmpstr (g_array_index (all, FarTraceSummary, 0).function, ==, "content");
  summary = &g_array_index (all, FarTraceSummary, 1);
  g_assert_cmpstr (summary->function, ==, "settle");
  g_assert_cmpuint (summary->invocations, ==, 2);
  g_assert_cmpuint (summary->errors, ==, 1);
  g_assert_cmpint (far_id_compare (&summary->trace_id, &id), ==, 0);
  errors = ask_traces (&fixture, &failed);
  g_assert_cmpuint (errors->len, ==, 1);
  providers = ask_traces (&fixture, &one);
  g_assert_cmpuint (providers->len, ==, 1);
  g_assert_cmpuint (g_array_index (providers, FarTraceSummary, 0).invocations, ==, 2);
  fixture_clear (&fixture);
}

/* A loop of parents, spans that are their own: everything is there once. */
static void
test_loop (void)
{
  g_autoptr (FarTrace) trace = NULL;
  Fixture fixture;
  FarInvocation a, b;
  FarId id;

  fixture_init (&fixture);
  far_trace_init_root (&id, far_clock_now_us (fixture.clock));
  a = make_record (&fixture, "a", FAR_INVOCATION_OK, 10);
  b = make_record (&fixture, "b", FAR_INVOCATION_OK, 10);
  a.trace_id = b.trace_id = id;
  a.parent_span = far_trace_span_of (&b.request_id);
  b.parent_span = far_trace_span_of (&a.request_id);
  far_telemetry_record (fixture.telemetry, &a);
  far_telemetry_record (fixture.telemetry, &b);
  trace = ask_trace (&fixture, &id);
  g_assert_cmpuint (trace->spans->len, ==, 8);
  fixture_clear (&fixture);
}

static void
test_notes (void)
{
  static const char *const bad[] = {
    "", ";", "a:", "a:b", "a:B=c", "a:b=", "a:b=%00", "a:b=%ff", "a:b=%1b%5b", "a:b=c;",
    "a:b=c;a:b=d",
    "s:1,call,0,0,0,x", "s:0000000000000000,call,0,0,0,x", "s:00000000000000aa,call,-1,0,0,x",
    "s:00000000000000aa,call,0,0,3,x", "s:00000000000000aa,call,0,99999999999999,1,x",
    "s:00000000000000aa,call,0,0,0", "s:00000000000000aa,CALL,0,0,0,x", "x:a=b",
    "a:a=1;a:b=1;a:c=1;a:d=1;a:e=1",
  };
  Fixture fixture;
  FarInvocationQuery query = { .limit = 10 };
  FarInvocation record;
  FarNotes notes;
  GArray *rows;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (far_notes_parse (bad[i], &notes));
  g_assert_true (far_notes_parse (caller_notes, &notes));
  g_assert_cmpstr (far_notes_attribute (&notes, "article"), ==, "the-ferry");
  g_assert_cmpstr (notes.spans[1].name, ==, "GET /provider");

  /* What is no note is not kept; the record is. */
  fixture_init (&fixture);
  record = make_record (&fixture, "a", FAR_INVOCATION_OK, 10);
  record.notes = "\x1b[31m";
  far_telemetry_record (fixture.telemetry, &record);
  record.notes = caller_notes;
  far_telemetry_record (fixture.telemetry, &record);
  rows = ask_invocations (&fixture, &query);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpstr (g_array_index (rows, FarInvocation, 0).notes, ==, caller_notes);
  g_assert_null (g_array_index (rows, FarInvocation, 1).notes);
  g_array_unref (rows);
  fixture_clear (&fixture);
}

/* A database as version 1 made it, with a row: it is upgraded, and the row is still answered. */
static void
test_upgrade (void)
{
  const char *const first[] = { far_telemetry_db_migrations[0], NULL };
  const FarDbOptions options = {
    .mode = FAR_DB_MODE_CREATE,
    .application_id = FAR_TELEMETRY_APPLICATION_ID,
    .migrations = first,
  };
  g_autoptr (GError) error = NULL;
  FarInvocationQuery query = { .limit = 10, .outcomes = FAR_OUTCOME_MASK (FAR_INVOCATION_CRASH) };
  g_autofree char *path = NULL;
  Fixture fixture;
  GArray *rows;
  FarDb *db;
  guint i;

  fixture_init (&fixture);
  g_clear_pointer (&fixture.telemetry, far_telemetry_close);
  path = fixture_file (&fixture, "");
  g_unlink (path);
  db = far_db_open (path, &options, &error);
  g_assert_no_error (error);
  g_assert_true (far_db_exec (db,
    "INSERT INTO name VALUES (1, 0, 'old');"
    "INSERT INTO invocation VALUES (1767225600000000, 0, 1, 3, x'00', NULL, 1, 2, 0, 70, 4, 128, "
    "0, 1, 0, 0, 0);"
    "INSERT INTO annotation VALUES (1, 1767225600000000, 'deploy', 0, 'a deploy')", &error));
  far_db_close (db);
  for (i = 0; i < 2; i++)
    {
      fixture_open (&fixture);
      rows = ask_invocations (&fixture, &query);
      g_assert_cmpuint (rows->len, ==, 1);
      g_assert_cmpint (g_array_index (rows, FarInvocation, 0).duration_us, ==, 70);
      g_assert_cmpuint (g_array_index (rows, FarInvocation, 0).parent_span, ==, 0);
      g_array_unref (rows);
      g_clear_pointer (&fixture.telemetry, far_telemetry_close);
    }
  fixture_open (&fixture);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/traces/own", GINT_TO_POINTER (FALSE), test_trace);
  g_test_add_data_func ("/traces/foreign", GINT_TO_POINTER (TRUE), test_trace);
  g_test_add_func ("/traces/list", test_list);
  g_test_add_func ("/traces/loop", test_loop);
  g_test_add_func ("/traces/notes", test_notes);
  g_test_add_func ("/traces/upgrade", test_upgrade);
  return g_test_run ();
}
