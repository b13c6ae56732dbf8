/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API as an instance sees it: headers, what does not conform, errors, log lines. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "dispatcher-fixture.h"

static void
test_runtime_headers (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);
  g_autofree char *event = NULL;
  g_autofree char *deadline = NULL;
  g_autofree char *arn = NULL;
  g_autofree char *trace = NULL;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  ask_next (0);
  event = receive (0);
  deadline = header_of (event, "Lambda-Runtime-Deadline-Ms");
  arn = header_of (event, "Lambda-Runtime-Invoked-Function-Arn");
  trace = header_of (event, "Lambda-Runtime-Trace-Id");
  g_assert_cmpstr (deadline, ==, "1700000030000");
  g_assert_cmpstr (arn, ==, "arn:aws:lambda:us-east-1:000000000000:function:Two");
  g_assert_true (g_regex_match_simple ("^Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};"
                                       "Sampled=1$", trace, 0, 0));
}

static void
test_function_error (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);
  g_autofree char *event = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;
  g_autofree char *accepted = NULL;

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  ask_next (0);
  event = receive (0);
  id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  path = g_strdup_printf ("invocation/%s/error", id);
  post (0, path, "Lambda-Runtime-Function-Error-Type: Shop.Closed\r\n",
        "{\"errorMessage\":\"closed\",\"errorType\":\"Shop.Closed\"}");
  accepted = receive (0);
  assert_status (accepted, "202", "OK");
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer->function_error, ==, "Unhandled");
  g_assert_cmpstr (answer->payload, ==,
                   "{\"errorMessage\":\"closed\",\"errorType\":\"Shop.Closed\"}");
  g_assert_cmpuint (f->records->len, ==, 0); /* it is over when the instance asks again */
  ask_next (0);
  g_assert_cmpuint (f->records->len, ==, 1);
  g_assert_cmpstr (f->error_types->str, ==, "Shop.Closed ");
}

static void
test_nonconforming (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);
  g_autofree char *event = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;
  guint i;
  struct { const char *path; const char *status; const char *contains; } cases[] = {
    { "invocation/00000000-0000-0000-0000-000000000000/response", "400", "InvalidRequestID" },
    { "invocation/x/response", "400", "InvalidRequestID" },
    { "invocation/x/other", "404", "InvalidPath" },
    { "init/error", "403", "InvalidStateTransition" },
    { "elsewhere", "405", "InvalidPath" },
    { NULL, "202", "OK" },
    { NULL, "403", "InvalidStateTransition" }, /* the second answer */
  };

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  ask_next (0);
  event = receive (0);
  id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  path = g_strdup_printf ("invocation/%s/response", id);
  /* A second /next before the answer-> */
  ask_next (0);
  {
    g_autofree char *refused = receive (0);

    assert_status (refused, "403", "InvalidStateTransition");
  }
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *response = NULL;

      post (0, cases[i].path != NULL ? cases[i].path : path, "", "{}");
      response = receive (0);
      assert_status (response, cases[i].status, cases[i].contains);
    }
  g_assert_true (answer->done);
}

static void
test_oversize (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);
  g_autofree char *event = NULL;
  g_autofree char *id = NULL;
  g_autofree char *head = NULL;
  g_autofree char *refused = NULL;
  g_autofree char *block = g_malloc0 (65536);
  gsize left = FAR_PAYLOAD_SYNC_MAX + 1;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  ask_next (0);
  event = receive (0);
  id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  head = g_strdup_printf ("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\n"
                          "Host: r\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n", id, left);
  send_text (0, head);
  while (left > 0)
    {
      ssize_t n = send (fake_fd (0), block, MIN (left, 65536), MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n > 0)
        left -= n;
      spin ();
    }
  refused = receive (0);
  assert_status (refused, "413", "RequestEntityTooLarge");
  g_assert_cmpstr (answer->function_error, ==, "Unhandled");
  g_assert_nonnull (strstr (answer->payload, "Function.ResponseSizeTooLarge"));
  /* The instance lives on. */
  ask_next (0);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.idle, ==, 1);
}

static void
test_init_failures (Fixture *f, gconstpointer data)
{
  Answer *crashed = answer_new (f);
  Answer *told = answer_new (f);
  Answer *waiting = answer_new (f);
  g_autofree char *accepted = NULL;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", crashed);
  fake_end (0, 1 << 8);
  g_assert_cmpstr (crashed->function_error, ==, "Unhandled");
  g_assert_nonnull (strstr (crashed->payload, "exit status 1"));
  g_assert_nonnull (strstr (crashed->payload, "Runtime.ExitError"));

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", told);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", waiting);
  post (1, "init/error", "", "{\"errorMessage\":\"no table\",\"errorType\":\"Init.Table\"}");
  accepted = receive (1);
  assert_status (accepted, "202", "OK");
  fake_end (1, 1 << 8);
  g_assert_cmpstr (told->payload, ==,
                   "{\"errorMessage\":\"no table\",\"errorType\":\"Init.Table\"}");
  /* The other start still serves the other call. */
  g_assert_false (waiting->done);
  ask_next (2);
  serve (2, "2", "2");
  g_assert_true (waiting->done);
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).outcome, ==,
                   FAR_INVOCATION_INIT_ERROR);
}

static void
test_log_lines (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);
  g_autofree char *long_line = g_strnfill (40000, 'x');

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", answer);
  fake_log (0, "from init\n");
  ask_next (0);
  fake_log (0, "one\n\ntw");
  spin ();
  fake_log (0, "o\r\n");
  fake_log (0, long_line);
  spin ();
  fake_log (0, "\nafter\n");
  serve (0, "{}", "1");
  fake_log (0, "between\n");
  spin ();
  g_assert_cmpuint (f->lines->len, ==, 6);
  g_assert_cmpstr (g_ptr_array_index (f->lines, 0), ==, "?from init");
  g_assert_cmpstr (g_ptr_array_index (f->lines, 1), ==, "one");
  g_assert_cmpstr (g_ptr_array_index (f->lines, 2), ==, "two");
  g_assert_cmpuint (strlen (g_ptr_array_index (f->lines, 3)), ==, FAR_LOG_LINE_MAX);
  g_assert_cmpstr (g_ptr_array_index (f->lines, 4), ==, "after");
  g_assert_cmpstr (g_ptr_array_index (f->lines, 5), ==, "?between");
  g_assert_nonnull (strstr (answer->tail, "after\n"));
}

/* One message answers and asks: the answer to it is the next event. */
static void
test_response_then_next (Fixture *f, gconstpointer data)
{
  Answer *one = answer_new (f);
  Answer *two = answer_new (f);
  g_autofree char *event = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;
  g_autofree char *next = NULL;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", one);
  ask_next (0);
  event = receive (0);
  id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  path = g_strdup_printf ("invocation/%s/response", id);
  post (0, path, "Farthing-Then: next\r\n", "\"one\"");
  spin ();
  g_assert_cmpstr (one->payload, ==, "\"one\"");
  g_assert_cmpuint (f->records->len, ==, 1);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.idle, ==, 1);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", two);
  next = receive (0);
  assert_status (next, "200", "\r\n\r\n2");
  g_assert_cmpuint (fake_n_instances (), ==, 1);
}

/* What a caller that takes parts has seen. */
typedef struct {
  GString *seen; /* "[type]part|part|" */
  gboolean done;
  FarInvocationOutcome outcome;
  char    *payload;
} Parts;

static void
on_begin (FarCall *call, const char *content_type, gpointer user_data)
{
  g_string_append_printf (((Parts *) user_data)->seen, "[%s]", content_type);
}

static void
on_part (FarCall *call, const char *text, gsize n_bytes, gpointer user_data)
{
  g_string_append_len (((Parts *) user_data)->seen, text, n_bytes);
  g_string_append_c (((Parts *) user_data)->seen, '|');
}

static void
on_parts_done (FarCall *call, gpointer user_data)
{
  Parts *parts = user_data;

  parts->done = TRUE;
  parts->outcome = call->outcome;
  g_assert_true (call->streaming);
  parts->payload = g_steal_pointer (&call->payload);
}

static const FarCallSink parts_sink = { on_begin, on_part };

static void
parts_clear (Parts *parts)
{
  g_string_free (parts->seen, TRUE);
  g_free (parts->payload);
  memset (parts, 0, sizeof *parts);
  parts->seen = g_string_new (NULL);
}

/* Has instance 0 take one event for parts, and begin to answer it. */
static void
begin_stream (Fixture *f, Parts *parts)
{
  FarFunction *function = far_dispatcher_find (f->dispatcher, "Two");
  g_autoptr (GBytes) event = g_bytes_new_static ("1", 1);
  g_autofree char *request = NULL;
  g_autofree char *id = NULL;
  g_autofree char *head = NULL;
  FarCall *call = far_call_new (function, f->clock, event, NULL, NULL, 0, on_parts_done, parts);

  call->sink = &parts_sink;
  far_dispatcher_submit (f->dispatcher, call);
  ask_next (0);
  request = receive (0);
  id = header_of (request, "Lambda-Runtime-Aws-Request-Id");
  head = g_strdup_printf ("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: r\r\n"
                          "Content-Type: text/x\r\nTransfer-Encoding: chunked\r\n"
                          "Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n", id);
  send_text (0, head);
  send_text (0, "3\r\none\r\n");
  spin ();
  g_assert_cmpstr (parts->seen->str, ==, "[text/x]one|");
  g_assert_false (parts->done);
}

static void
test_streaming (Fixture *f, gconstpointer data)
{
  Parts parts = { .seen = g_string_new (NULL) };
  g_autofree char *whole = NULL;
  g_autofree char *failed = NULL;

  begin_stream (f, &parts);
  send_text (0, "3\r\ntwo\r\n0\r\n\r\n");
  whole = receive (0);
  assert_status (whole, "202", "OK");
  g_assert_cmpstr (parts.seen->str, ==, "[text/x]one|two|");
  g_assert_true (parts.done);
  g_assert_cmpint (parts.outcome, ==, FAR_INVOCATION_OK);

  parts_clear (&parts);
  begin_stream (f, &parts);
  /* {"errorType":"Late"} */
  send_text (0, "0\r\nLambda-Runtime-Function-Error-Type: Late\r\n"
                "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJMYXRlIn0=\r\n\r\n");
  failed = receive (0);
  assert_status (failed, "202", "OK");
  g_assert_true (parts.done);
  g_assert_cmpint (parts.outcome, ==, FAR_INVOCATION_FUNCTION_ERROR);
  g_assert_cmpstr (parts.payload, ==, "{\"errorType\":\"Late\"}");

  /* An instance that dies in the middle of it. */
  parts_clear (&parts);
  begin_stream (f, &parts);
  fake_end (0, SIGKILL);
  g_assert_true (parts.done);
  g_assert_cmpint (parts.outcome, ==, FAR_INVOCATION_CRASH);
  parts_clear (&parts);
  g_string_free (parts.seen, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/runtime-api/runtime-headers", test_runtime_headers);
  ADD ("/runtime-api/function-error", test_function_error);
  ADD ("/runtime-api/nonconforming", test_nonconforming);
  ADD ("/runtime-api/oversize", test_oversize);
  ADD ("/runtime-api/init-failures", test_init_failures);
  ADD ("/runtime-api/log-lines", test_log_lines);
  ADD ("/runtime-api/response-then-next", test_response_then_next);
  ADD ("/runtime-api/streaming", test_streaming);
  return g_test_run ();
}
