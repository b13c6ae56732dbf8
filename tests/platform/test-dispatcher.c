/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which call goes to which instance, admission, time-outs, crashes, retries, the stop. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "dispatcher-fixture.h"

static void
test_cold_and_warm (Fixture *f, gconstpointer data)
{
  Answer *first = answer_new (f);
  Answer *second = answer_new (f);
  const FarInvocation *record;

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{\"n\":1}", first);
  g_assert_cmpuint (fake_n_instances (), ==, 1);
  ask_next (0);
  serve (0, "{\"n\":1}", "[1]");
  g_assert_true (first->done);
  g_assert_cmpstr (first->payload, ==, "[1]");
  g_assert_cmpuint (first->status, ==, 200);
  g_assert_null (first->function_error);
  g_assert_nonnull (strstr (first->tail, "START RequestId: "));
  g_assert_nonnull (strstr (first->tail, "REPORT RequestId: "));

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{\"n\":2}", second);
  serve (0, "{\"n\":2}", "[2]");
  g_assert_cmpstr (second->payload, ==, "[2]");
  g_assert_cmpuint (fake_n_instances (), ==, 1);

  g_assert_cmpuint (f->records->len, ==, 2);
  record = &g_array_index (f->records, FarInvocation, 0);
  g_assert_true (record->cold);
  g_assert_cmpint (record->init_us, >, 0);
  g_assert_cmpint (record->start_us, >=, record->init_us);
  g_assert_cmpuint (record->memory_max_kb, ==, 2048);
  g_assert_cmpint (record->outcome, ==, FAR_INVOCATION_OK);
  record = &g_array_index (f->records, FarInvocation, 1);
  g_assert_false (record->cold);
  g_assert_cmpint (record->init_us, ==, 0);
}

/* The instance that was idle last is taken; others can go. */
static void
test_newest_idle_first (Fixture *f, gconstpointer data)
{
  Answer *a = answer_new (f);
  Answer *b = answer_new (f);
  Answer *c = answer_new (f);

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", a);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", b);
  g_assert_cmpuint (fake_n_instances (), ==, 2);
  ask_next (0);
  ask_next (1);
  serve (1, "2", "\"two\"");
  serve (0, "1", "\"one\"");
  spin ();
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "3", c);
  serve (0, "3", "\"three\"");
  g_assert_cmpstr (c->payload, ==, "\"three\"");
}

/* Whoever is free first takes the oldest call, also when another start was meant for it. */
static void
test_pending_is_taken_by_first_free (Fixture *f, gconstpointer data)
{
  Answer *a = answer_new (f);
  Answer *b = answer_new (f);

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", a);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", b);
  ask_next (1);
  serve (1, "1", "\"x\"");
  serve (1, "2", "\"y\"");
  g_assert_cmpstr (a->payload, ==, "\"x\"");
  g_assert_cmpstr (b->payload, ==, "\"y\"");
  ask_next (0);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.idle, ==, 2);
}

static void
test_throttles (Fixture *f, gconstpointer data)
{
  Answer *a = answer_new (f);
  Answer *b = answer_new (f);
  Answer *c = answer_new (f);
  Answer *closed = answer_new (f);
  Answer *refused = answer_new (f);

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", a);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", b);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "3", c);
  g_assert_true (c->done);
  g_assert_cmpuint (c->status, ==, 429);
  g_assert_cmpstr (c->reason, ==, "ReservedFunctionConcurrentInvocationLimitExceeded");
  g_assert_cmpuint (fake_n_instances (), ==, 2);
  invoke (f, "Closed", FAR_INVOKE_REQUEST_RESPONSE, "1", closed);
  g_assert_cmpuint (closed->status, ==, 429);
  fake_refuse (FAR_SPAWNER_ERROR_BUSY, TRUE);
  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "1", refused);
  g_assert_cmpuint (refused->status, ==, 429);
  g_assert_cmpstr (refused->reason, ==, "ConcurrentInvocationLimitExceeded");
  g_assert_cmpuint (f->records->len, ==, 3);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.throttles, ==, 1);
  g_assert_cmpuint (far_dispatcher_n_calls (f->dispatcher), ==, 2);
}

static void
test_timeout (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);

  invoke (f, "Brief", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  ask_next (0);
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (fake_was_killed (0));
  g_assert_cmpstr (answer->function_error, ==, "Unhandled");
  g_assert_true (g_regex_match_simple ("^\\{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":"
                                       "\"RequestId: [0-9a-f-]{36} Error: Task timed out after "
                                       "1.00 seconds\"\\}$", answer->payload, 0, 0));
  g_assert_cmpstr (f->error_types->str, ==, "Sandbox.Timedout ");
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).outcome, ==,
                   FAR_INVOCATION_TIMEOUT);
  fake_end (0, SIGKILL);
  g_assert_cmpuint (far_dispatcher_n_instances (f->dispatcher), ==, 0);
  g_assert_cmpuint (f->records->len, ==, 1);
}

static void
test_crash (Fixture *f, gconstpointer data)
{
  static const struct { int status; const char *text; } cases[] = {
    { SIGSEGV, "Runtime exited with error: signal: segmentation fault" },
    { 7 << 8, "Runtime exited with error: exit status 7" },
    { 0, "Runtime exited without providing a reason" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Answer *answer = answer_new (f);

      invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
      ask_next (i);
      fake_log (i, "last words without an end");
      fake_end (i, cases[i].status);
      g_assert_true (answer->done);
      g_assert_nonnull (strstr (answer->payload, "\"errorType\":\"Runtime.ExitError\""));
      g_assert_nonnull (strstr (answer->payload, cases[i].text));
      g_assert_nonnull (strstr (answer->tail, "last words without an end"));
    }
  g_assert_cmpuint (f->records->len, ==, 3);
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).outcome, ==,
                   FAR_INVOCATION_CRASH);
  g_assert_cmpuint (far_dispatcher_n_calls (f->dispatcher), ==, 0);
}

/* Retries after one and two minutes, with the same id, then given up. */
static void
test_async_retries (Fixture *f, gconstpointer data)
{
  static const gint64 waits_s[] = { 0, 60, 120 };
  Answer *accepted = answer_new (f);
  g_autofree char *first_id = NULL;
  guint i;

  invoke (f, "Two", FAR_INVOKE_EVENT, "{\"a\":1}", accepted);
  g_assert_false (accepted->done); /* not before it is on the disk */
  settle (f);
  g_assert_cmpuint (accepted->status, ==, 202);
  spin ();
  ask_next (0);
  for (i = 0; i < G_N_ELEMENTS (waits_s); i++)
    {
      g_autofree char *event = NULL;
      g_autofree char *id = NULL;
      g_autofree char *path = NULL;
      g_autofree char *answer = NULL;

      if (waits_s[i] > 0)
        {
          far_clock_advance (f->clock, waits_s[i] * G_USEC_PER_SEC - 1, NULL);
          far_async_queue_wake (f->queue);
          spin ();
          g_assert_cmpuint (f->records->len, ==, i);
          far_clock_advance (f->clock, 1, NULL);
          far_async_queue_wake (f->queue);
        }
      event = receive (0);
      assert_status (event, "200", "{\"a\":1}");
      id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
      if (first_id == NULL)
        first_id = g_strdup (id);
      g_assert_cmpstr (id, ==, first_id);
      path = g_strdup_printf ("invocation/%s/error", id);
      post (0, path, "", "{}");
      answer = receive (0);
      ask_next (0);
    }
  g_assert_cmpuint (f->records->len, ==, 3);
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 0);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.async_queued, ==, 0);
}

static void
test_api_errors (Fixture *f, gconstpointer data)
{
  Answer *unknown = answer_new (f);
  Answer *broken = answer_new (f);
  Answer *large = answer_new (f);
  Answer *dry = answer_new (f);
  g_autofree char *text = g_strnfill (FAR_PAYLOAD_ASYNC_MAX + 1, '1');

  invoke (f, "Nobody", FAR_INVOKE_REQUEST_RESPONSE, "{}", unknown);
  g_assert_cmpuint (unknown->status, ==, 404);
  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{\"a\":}", broken);
  g_assert_cmpuint (broken->status, ==, 400);
  g_assert_nonnull (strstr (broken->payload, "Could not parse request body into json"));
  invoke (f, "Echo", FAR_INVOKE_EVENT, text, large);
  g_assert_cmpuint (large->status, ==, 413);
  invoke (f, "Echo", FAR_INVOKE_DRY_RUN, "{}", dry);
  g_assert_cmpuint (dry->status, ==, 204);
  g_assert_cmpuint (fake_n_instances (), ==, 0);
}

static void
test_stop (Fixture *f, gconstpointer data)
{
  Answer *running = answer_new (f);
  Answer *pending = answer_new (f);
  Answer *late = answer_new (f);

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", running);
  ask_next (0);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", pending);
  far_dispatcher_stop (f->dispatcher);
  g_assert_cmpuint (pending->status, ==, 500);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "3", late);
  g_assert_cmpuint (late->status, ==, 500);
  g_assert_false (running->done);
  serve (0, "1", "1");
  g_assert_cmpuint (running->status, ==, 200);
  g_assert_cmpuint (far_dispatcher_n_calls (f->dispatcher), ==, 0);
}

/* Its sandbox was killed while a call waited: the call gets an instance of the next one. */
static void
test_sandbox_gone (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);

  fake_refuse (FAR_SPAWNER_ERROR_GONE, TRUE);
  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  g_assert_cmpuint (fake_n_instances (), ==, 0);
  g_assert_false (answer->done);
  fake_refuse (FAR_SPAWNER_ERROR_GONE, FALSE);
  fake_end_sandbox (0, FAR_SPAWNER_ERROR_GONE);
  while (fake_n_instances () == 0)
    g_main_context_iteration (NULL, TRUE);
  ask_next (0);
  serve (0, "{}", "1");
  g_assert_cmpstr (answer->payload, ==, "1");
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).start_us, <,
                   FAR_QUEUE_TIMEOUT_S * G_USEC_PER_SEC);
}

/* Ten at a time; each that is ready lets another begin. */
static void
test_starts_in_turn (Fixture *f, gconstpointer data)
{
  guint i;

  for (i = 0; i < 2 * FAR_STARTS_MAX; i++)
    invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer_new (f));
  g_assert_cmpuint (fake_n_instances (), ==, FAR_STARTS_MAX);
  for (i = 0; i < FAR_STARTS_MAX; i++)
    ask_next (i);
  g_assert_cmpuint (fake_n_instances (), ==, 2 * FAR_STARTS_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/dispatcher/cold-and-warm", test_cold_and_warm);
  ADD ("/dispatcher/newest-idle-first", test_newest_idle_first);
  ADD ("/dispatcher/pending-first-free", test_pending_is_taken_by_first_free);
  ADD ("/dispatcher/throttles", test_throttles);
  ADD ("/dispatcher/timeout", test_timeout);
  ADD ("/dispatcher/crash", test_crash);
  ADD ("/dispatcher/async-retries", test_async_retries);
  ADD ("/dispatcher/api-errors", test_api_errors);
  ADD ("/dispatcher/stop", test_stop);
  ADD ("/dispatcher/sandbox-gone", test_sandbox_gone);
  ADD ("/dispatcher/starts-in-turn", test_starts_in_turn);
  return g_test_run ();
}
