/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dispatcher, instances and Runtime API together, with instances that this test plays itself: over
 * its end of a channel it speaks the API, byte for byte. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake-spawner.h"
#include "platform/far-async-queue.h"
#include "platform/far-dispatcher.h"
#include "platform/far-invoke.h"
#include "platform/far-runtime-api.h"

static const char template_text[] =
  "AWSTemplateFormatVersion: '2010-09-09'\n"
  "Transform: AWS::Serverless-2016-10-31\n"
  "Resources:\n"
  "  Echo:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties: {CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 1}\n"
  "  Two:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties:\n"
  "      CodeUri: .\n"
  "      Handler: bootstrap\n"
  "      Runtime: provided.al2023\n"
  "      Timeout: 30\n"
  "      ReservedConcurrentExecutions: 2\n"
  "  Closed:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties:\n"
  "      CodeUri: .\n"
  "      Handler: bootstrap\n"
  "      Runtime: provided.al2023\n"
  "      ReservedConcurrentExecutions: 0\n";

typedef struct {
  FarLoop       *loop;
  FarClock      *clock;
  FarTemplate   *tmpl;
  FarSpawner    *spawner;
  FarHttpServer *runtime;
  FarDispatcher *dispatcher;
  FarAsyncQueue *queue;
  GArray        *records;
  GString       *error_types; /* of the records, each with a space behind */
  GPtrArray     *lines;
} Fixture;

typedef struct {
  gboolean done;
  guint    status;
  char    *function_error;
  char    *reason;
  char    *payload;
  char    *tail;
} Answer;

static void
answer_clear (Answer *self)
{
  g_free (self->function_error);
  g_free (self->reason);
  g_free (self->payload);
  g_free (self->tail);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
on_invocation (const FarInvocation *record, gpointer user_data)
{
  Fixture *f = user_data;

  g_array_append_val (f->records, *record);
  g_string_append_printf (f->error_types, "%s ", record->error_type ? record->error_type : "-");
}

static void
on_log_line (const FarTelemetryLine *line, gpointer user_data)
{
  static const FarId none;
  Fixture *f = user_data;

  g_ptr_array_add (f->lines,
                   g_strdup_printf ("%s%s", far_id_compare (&line->request_id, &none) ? "" : "?",
                                    line->message));
}

static void
on_annotation (const FarAnnotation *annotation, gpointer user_data)
{
}

static void
on_changed (gpointer user_data)
{
}

static int
open_service (FarFunction *function, const FarTemplateService *service, gpointer user_data,
              GError **error)
{
  g_assert_not_reached ();
}

static const FarDispatcherHooks hooks = { open_service, on_invocation, on_log_line, on_annotation,
                                          on_changed };

static void
set_up (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  f->records = g_array_new (FALSE, FALSE, sizeof (FarInvocation));
  f->error_types = g_string_new (NULL);
  f->lines = g_ptr_array_new_with_free_func (g_free);
  f->clock = far_clock_new_manual (G_GINT64_CONSTANT (1700000000000000));
  f->tmpl = far_template_parse (template_text, strlen (template_text), "test", "/tmp", &error);
  g_assert_no_error (error);
  f->loop = far_loop_new (NULL, &error);
  g_assert_no_error (error);
  f->spawner = far_spawner_new (f->loop, NULL, NULL, NULL);
  f->runtime = far_runtime_api_new (f->loop, &error);
  g_assert_no_error (error);
  f->dispatcher = far_dispatcher_new (f->loop, f->clock, f->tmpl, -1, &hooks, f);
  f->queue = far_async_queue_new (f->loop, f->dispatcher);
  far_dispatcher_set_runtime (f->dispatcher, f->runtime);
  far_dispatcher_attach (f->dispatcher, f->spawner);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  far_dispatcher_stop (f->dispatcher);
  far_dispatcher_detach (f->dispatcher);
  far_async_queue_free (f->queue);
  far_dispatcher_free (f->dispatcher);
  far_http_server_free (f->runtime);
  far_spawner_free (f->spawner);
  far_loop_free (f->loop);
  far_template_unref (f->tmpl);
  far_clock_unref (f->clock);
  g_array_unref (f->records);
  g_string_free (f->error_types, TRUE);
  g_ptr_array_unref (f->lines);
  fake_reset ();
}

static void
on_answer (const FarInvokeResult *result, gpointer user_data)
{
  Answer *self = user_data;

  g_assert_false (self->done);
  self->done = TRUE;
  self->status = result->status;
  self->function_error = g_strdup (result->function_error);
  self->reason = g_strdup (result->reason);
  self->payload = g_strndup (result->payload, result->n_payload);
  self->tail = g_strndup (result->log_tail, result->n_log_tail);
}

static void
invoke (Fixture *f, const char *function, FarInvokeType type, const char *event, Answer *answer)
{
  g_autoptr (GBytes) payload = g_bytes_new_static (event, strlen (event));
  const FarInvokeRequest request = { .function = function, .type = type, .payload = payload,
                                     .want_tail = TRUE };

  far_invoke (f->dispatcher, f->queue, &request, on_answer, answer);
}

static void
spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
send_text (guint index, const char *text)
{
  g_assert_cmpint (send (fake_fd (index), text, strlen (text), MSG_NOSIGNAL), ==,
                   (ssize_t) strlen (text));
}

/* One whole response; runs the loop until it is there. */
static char *
receive (guint index)
{
  g_autoptr (GString) text = g_string_new (NULL);
  struct pollfd readable = { .fd = fake_fd (index), .events = POLLIN };
  char buffer[65536];
  const char *end;
  const char *length;

  for (;;)
    {
      spin ();
      if (poll (&readable, 1, 20) == 1)
        {
          ssize_t n = recv (fake_fd (index), buffer, sizeof buffer, MSG_DONTWAIT);

          g_assert_cmpint (n, >, 0);
          g_string_append_len (text, buffer, n);
        }
      end = strstr (text->str, "\r\n\r\n");
      length = strstr (text->str, "Content-Length: ");
      if (end != NULL && length != NULL
          && text->len >= (gsize) (end + 4 - text->str) + g_ascii_strtoull (length + 16, NULL, 10))
        return g_strdup (text->str);
    }
}

static void
ask_next (guint index)
{
  send_text (index, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: r\r\n\r\n");
  spin ();
}

static char *
header_of (const char *response, const char *name)
{
  g_autofree char *needle = g_strdup_printf ("\r\n%s: ", name);
  const char *at = strstr (response, needle);

  g_assert_nonnull (at);
  at += strlen (needle);
  return g_strndup (at, strcspn (at, "\r"));
}

static void
post (guint index, const char *path, const char *headers, const char *body)
{
  g_autofree char *text = g_strdup_printf ("POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: r\r\n%s"
                                           "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                                           path, headers, strlen (body), body);

  send_text (index, text);
}

static void
assert_status (const char *response, const char *status, const char *contains)
{
  if (strncmp (response + 9, status, 3) != 0 || strstr (response, contains) == NULL)
    g_error ("Expected %s … %s, got «%s»", status, contains, response);
}

/* Takes the event the instance was given, answers it, and asks for the next. */
static void
serve (guint index, const char *expected_event, const char *answer)
{
  g_autofree char *event = receive (index);
  g_autofree char *id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  g_autofree char *path = g_strdup_printf ("invocation/%s/response", id);
  g_autofree char *accepted = NULL;

  assert_status (event, "200", expected_event);
  post (index, path, "", answer);
  accepted = receive (index);
  assert_status (accepted, "202", "OK");
  ask_next (index);
}

static void
test_cold_and_warm (Fixture *f, gconstpointer data)
{
  g_auto (Answer) first = { 0 };
  g_auto (Answer) second = { 0 };
  const FarInvocation *record;

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{\"n\":1}", &first);
  g_assert_cmpuint (fake_n_instances (), ==, 1);
  ask_next (0);
  serve (0, "{\"n\":1}", "[1]");
  g_assert_true (first.done);
  g_assert_cmpstr (first.payload, ==, "[1]");
  g_assert_cmpuint (first.status, ==, 200);
  g_assert_null (first.function_error);
  g_assert_nonnull (strstr (first.tail, "START RequestId: "));
  g_assert_nonnull (strstr (first.tail, "REPORT RequestId: "));

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{\"n\":2}", &second);
  serve (0, "{\"n\":2}", "[2]");
  g_assert_cmpstr (second.payload, ==, "[2]");
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

static void
test_runtime_headers (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *event = NULL;
  g_autofree char *deadline = NULL;
  g_autofree char *arn = NULL;
  g_autofree char *trace = NULL;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "{}", &answer);
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

/* The instance that was idle last is taken; others can go. */
static void
test_newest_idle_first (Fixture *f, gconstpointer data)
{
  g_auto (Answer) a = { 0 };
  g_auto (Answer) b = { 0 };
  g_auto (Answer) c = { 0 };

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", &a);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", &b);
  g_assert_cmpuint (fake_n_instances (), ==, 2);
  ask_next (0);
  ask_next (1);
  serve (1, "2", "\"two\"");
  serve (0, "1", "\"one\"");
  spin ();
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "3", &c);
  serve (0, "3", "\"three\"");
  g_assert_cmpstr (c.payload, ==, "\"three\"");
}

/* Whoever is free first takes the oldest call, also when another start was meant for it. */
static void
test_pending_is_taken_by_first_free (Fixture *f, gconstpointer data)
{
  g_auto (Answer) a = { 0 };
  g_auto (Answer) b = { 0 };

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", &a);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", &b);
  ask_next (1);
  serve (1, "1", "\"x\"");
  serve (1, "2", "\"y\"");
  g_assert_cmpstr (a.payload, ==, "\"x\"");
  g_assert_cmpstr (b.payload, ==, "\"y\"");
  ask_next (0);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.idle, ==, 2);
}

static void
test_throttles (Fixture *f, gconstpointer data)
{
  g_auto (Answer) a = { 0 };
  g_auto (Answer) b = { 0 };
  g_auto (Answer) c = { 0 };
  g_auto (Answer) closed = { 0 };
  g_auto (Answer) refused = { 0 };

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", &a);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", &b);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "3", &c);
  g_assert_true (c.done);
  g_assert_cmpuint (c.status, ==, 429);
  g_assert_cmpstr (c.reason, ==, "ReservedFunctionConcurrentInvocationLimitExceeded");
  g_assert_cmpuint (fake_n_instances (), ==, 2);
  invoke (f, "Closed", FAR_INVOKE_REQUEST_RESPONSE, "1", &closed);
  g_assert_cmpuint (closed.status, ==, 429);
  fake_refuse (FAR_SPAWNER_ERROR_BUSY, TRUE);
  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "1", &refused);
  g_assert_cmpuint (refused.status, ==, 429);
  g_assert_cmpstr (refused.reason, ==, "ConcurrentInvocationLimitExceeded");
  g_assert_cmpuint (f->records->len, ==, 3);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.throttles, ==, 1);
  g_assert_cmpuint (far_dispatcher_n_in_flight (f->dispatcher), ==, 2);
}

static void
test_function_error (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *event = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;
  g_autofree char *accepted = NULL;

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", &answer);
  ask_next (0);
  event = receive (0);
  id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  path = g_strdup_printf ("invocation/%s/error", id);
  post (0, path, "Lambda-Runtime-Function-Error-Type: Shop.Closed\r\n",
        "{\"errorMessage\":\"closed\",\"errorType\":\"Shop.Closed\"}");
  accepted = receive (0);
  assert_status (accepted, "202", "OK");
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpstr (answer.function_error, ==, "Unhandled");
  g_assert_cmpstr (answer.payload, ==, "{\"errorMessage\":\"closed\",\"errorType\":\"Shop.Closed\"}");
  g_assert_cmpuint (f->records->len, ==, 0); /* it is over when the instance asks again */
  ask_next (0);
  g_assert_cmpuint (f->records->len, ==, 1);
  g_assert_cmpstr (f->error_types->str, ==, "Shop.Closed ");
}

static void
test_nonconforming (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
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

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "{}", &answer);
  ask_next (0);
  event = receive (0);
  id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  path = g_strdup_printf ("invocation/%s/response", id);
  /* A second /next before the answer. */
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
  g_assert_true (answer.done);
}

static void
test_oversize (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *event = NULL;
  g_autofree char *id = NULL;
  g_autofree char *head = NULL;
  g_autofree char *refused = NULL;
  g_autofree char *block = g_malloc0 (65536);
  gsize left = FAR_PAYLOAD_SYNC_MAX + 1;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "{}", &answer);
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
  g_assert_cmpstr (answer.function_error, ==, "Unhandled");
  g_assert_nonnull (strstr (answer.payload, "Function.ResponseSizeTooLarge"));
  /* The instance lives on. */
  ask_next (0);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Two")->state.idle, ==, 1);
}

static void
test_timeout (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", &answer);
  ask_next (0);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (fake_was_killed (0));
  g_assert_cmpstr (answer.function_error, ==, "Unhandled");
  g_assert_true (g_regex_match_simple ("^\\{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":"
                                       "\"RequestId: [0-9a-f-]{36} Error: Task timed out after "
                                       "1.00 seconds\"\\}$", answer.payload, 0, 0));
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
      g_auto (Answer) answer = { 0 };

      invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", &answer);
      ask_next (i);
      fake_log (i, "last words without an end");
      fake_end (i, cases[i].status);
      g_assert_true (answer.done);
      g_assert_nonnull (strstr (answer.payload, "\"errorType\":\"Runtime.ExitError\""));
      g_assert_nonnull (strstr (answer.payload, cases[i].text));
      g_assert_nonnull (strstr (answer.tail, "last words without an end"));
    }
  g_assert_cmpuint (f->records->len, ==, 3);
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).outcome, ==,
                   FAR_INVOCATION_CRASH);
  g_assert_cmpuint (far_dispatcher_n_in_flight (f->dispatcher), ==, 0);
}

static void
test_init_failures (Fixture *f, gconstpointer data)
{
  g_auto (Answer) crashed = { 0 };
  g_auto (Answer) told = { 0 };
  g_auto (Answer) waiting = { 0 };
  g_autofree char *accepted = NULL;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", &crashed);
  fake_end (0, 1 << 8);
  g_assert_cmpstr (crashed.function_error, ==, "Unhandled");
  g_assert_nonnull (strstr (crashed.payload, "exit status 1"));

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", &told);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", &waiting);
  post (1, "init/error", "", "{\"errorMessage\":\"no table\",\"errorType\":\"Init.Table\"}");
  accepted = receive (1);
  assert_status (accepted, "202", "OK");
  fake_end (1, 1 << 8);
  g_assert_cmpstr (told.payload, ==, "{\"errorMessage\":\"no table\",\"errorType\":\"Init.Table\"}");
  /* The other start still serves the other call. */
  g_assert_false (waiting.done);
  ask_next (2);
  serve (2, "2", "2");
  g_assert_true (waiting.done);
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).outcome, ==,
                   FAR_INVOCATION_INIT_ERROR);
}

static void
test_log_lines (Fixture *f, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *long_line = g_strnfill (40000, 'x');

  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{}", &answer);
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
  g_assert_nonnull (strstr (answer.tail, "after\n"));
}

/* Retries after one and two minutes, with the same id, then given up. */
static void
test_async_retries (Fixture *f, gconstpointer data)
{
  static const gint64 waits_s[] = { 0, 60, 120 };
  g_auto (Answer) accepted = { 0 };
  g_autofree char *first_id = NULL;
  guint i;

  invoke (f, "Two", FAR_INVOKE_EVENT, "{\"a\":1}", &accepted);
  g_assert_cmpuint (accepted.status, ==, 202);
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
  g_auto (Answer) unknown = { 0 };
  g_auto (Answer) broken = { 0 };
  g_auto (Answer) large = { 0 };
  g_auto (Answer) dry = { 0 };
  g_autofree char *text = g_strnfill (FAR_PAYLOAD_ASYNC_MAX + 1, '1');

  invoke (f, "Nobody", FAR_INVOKE_REQUEST_RESPONSE, "{}", &unknown);
  g_assert_cmpuint (unknown.status, ==, 404);
  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "{\"a\":}", &broken);
  g_assert_cmpuint (broken.status, ==, 400);
  g_assert_nonnull (strstr (broken.payload, "Could not parse request body into json"));
  invoke (f, "Echo", FAR_INVOKE_EVENT, text, &large);
  g_assert_cmpuint (large.status, ==, 413);
  invoke (f, "Echo", FAR_INVOKE_DRY_RUN, "{}", &dry);
  g_assert_cmpuint (dry.status, ==, 204);
  g_assert_cmpuint (fake_n_instances (), ==, 0);
}

static void
test_stop (Fixture *f, gconstpointer data)
{
  g_auto (Answer) running = { 0 };
  g_auto (Answer) pending = { 0 };
  g_auto (Answer) late = { 0 };

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", &running);
  ask_next (0);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", &pending);
  far_dispatcher_stop (f->dispatcher);
  g_assert_cmpuint (pending.status, ==, 500);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "3", &late);
  g_assert_cmpuint (late.status, ==, 500);
  g_assert_false (running.done);
  serve (0, "1", "1");
  g_assert_cmpuint (running.status, ==, 200);
  g_assert_cmpuint (far_dispatcher_n_in_flight (f->dispatcher), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/dispatcher/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("cold-and-warm", test_cold_and_warm);
  ADD ("runtime-headers", test_runtime_headers);
  ADD ("newest-idle-first", test_newest_idle_first);
  ADD ("pending-first-free", test_pending_is_taken_by_first_free);
  ADD ("throttles", test_throttles);
  ADD ("function-error", test_function_error);
  ADD ("nonconforming", test_nonconforming);
  ADD ("oversize", test_oversize);
  ADD ("timeout", test_timeout);
  ADD ("crash", test_crash);
  ADD ("init-failures", test_init_failures);
  ADD ("log-lines", test_log_lines);
  ADD ("async-retries", test_async_retries);
  ADD ("api-errors", test_api_errors);
  ADD ("stop", test_stop);
  return g_test_run ();
}
