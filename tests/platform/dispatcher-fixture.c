/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fixture of the tests and fuzz targets that play instances. */
#include "dispatcher-fixture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "platform/far-code-archive.h"
#include "platform/far-runtime-api.h"

static const char template_text[] =
  "AWSTemplateFormatVersion: '2010-09-09'\n"
  "Transform: AWS::Serverless-2016-10-31\n"
  "Resources:\n"
  "  Echo:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties: {CodeUri: f/, Handler: bootstrap, Runtime: provided.al2023, Timeout: 60}\n"
  "  Two:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties:\n"
  "      CodeUri: f/\n"
  "      Handler: bootstrap\n"
  "      Runtime: provided.al2023\n"
  "      Timeout: 30\n"
  "      ReservedConcurrentExecutions: 2\n"
  "  Shop:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties:\n"
  "      CodeUri: f/\n"
  "      Handler: bootstrap\n"
  "      Runtime: provided.al2023\n"
  "      Timeout: 30\n"
  "      Events:\n"
  "        Root: {Type: HttpApi, Properties: {Path: /, Method: GET}}\n"
  "        Shop: {Type: HttpApi, Properties: {Path: '/shop/{item}', Method: POST}}\n"
  "  Closed:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties:\n"
  "      CodeUri: f/\n"
  "      Handler: bootstrap\n"
  "      Runtime: provided.al2023\n"
  "      ReservedConcurrentExecutions: 0\n"
  "  Brief:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Metadata: {Farthing: {ForkServer: true}}\n"
  "    Properties: {CodeUri: f/, Handler: bootstrap, Runtime: provided.al2023, Timeout: 1}\n";

#define DEADLINE_US (60 * G_TIME_SPAN_SECOND)

const FarRuntimeFrame ask_frame = { .kind = FAR_RUNTIME_NEXT };

static void
answer_free (gpointer data)
{
  Answer *self = data;

  g_free (self->function_error);
  g_free (self->reason);
  g_free (self->payload);
  g_free (self->tail);
  g_free (self);
}

Answer *
answer_new (Fixture *f)
{
  g_ptr_array_add (f->answers, g_new0 (Answer, 1));
  return g_ptr_array_index (f->answers, f->answers->len - 1);
}

static void
on_invocation (const FarInvocation *record, gpointer user_data)
{
  Fixture *f = user_data;

  g_array_append_val (f->records, *record);
  g_string_append_printf (f->error_types, "%s ", record->error_type ? record->error_type : "-");
  g_string_append_printf (f->told, "%s ", record->notes ? record->notes : "-");
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
  g_ptr_array_add (((Fixture *) user_data)->notes,
                   g_strdup_printf ("%s %s: %s", annotation->kind,
                                    annotation->function != NULL ? annotation->function : "-",
                                    annotation->text));
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

void
fixture_set_up (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  f->records = g_array_new (FALSE, FALSE, sizeof (FarInvocation));
  f->error_types = g_string_new (NULL);
  f->told = g_string_new (NULL);
  f->lines = g_ptr_array_new_with_free_func (g_free);
  f->notes = g_ptr_array_new_with_free_func (g_free);
  f->answers = g_ptr_array_new_with_free_func (answer_free);
  f->clock = far_clock_new_manual (G_GINT64_CONSTANT (1700000000000000));
  f->tmpl = far_template_parse (template_text, strlen (template_text), "test", "/tmp", &error);
  g_assert_no_error (error);
  f->loop = far_loop_new (NULL, &error);
  g_assert_no_error (error);
  f->spawner = far_spawner_new (f->loop, NULL, NULL, NULL);
  f->runtime = far_runtime_api_new (f->loop, &error);
  g_assert_no_error (error);
  f->dispatcher = far_dispatcher_new (f->loop, f->clock, f->tmpl, "/tmp", -1, &hooks, f);
  f->dir = g_dir_make_tmp ("farthing-test-XXXXXX", &error);
  g_assert_no_error (error);
  f->store = far_platform_store_open (f->loop, f->dir, &error);
  g_assert_no_error (error);
  f->queues = far_queues_new (f->store, f->clock);
  f->queue = far_async_queue_new (f->loop, f->dispatcher, f->store, f->queues);
  far_dispatcher_set_runtime (f->dispatcher, f->runtime);
  far_dispatcher_attach (f->dispatcher, f->spawner);
}

void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  far_dispatcher_stop (f->dispatcher);
  far_dispatcher_detach (f->dispatcher);
  far_platform_store_flush (f->store);
  far_async_queue_free (f->queue);
  far_queues_free (f->queues);
  far_platform_store_close (f->store);
  far_code_archive_remove (f->dir);
  g_free (f->dir);
  far_dispatcher_free (f->dispatcher);
  far_http_server_free (f->runtime);
  far_spawner_free (f->spawner);
  far_loop_free (f->loop);
  far_template_unref (f->tmpl);
  far_clock_unref (f->clock);
  g_array_unref (f->records);
  g_string_free (f->error_types, TRUE);
  g_string_free (f->told, TRUE);
  g_ptr_array_unref (f->lines);
  g_ptr_array_unref (f->notes);
  g_ptr_array_unref (f->answers);
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

void
invoke (Fixture *f, const char *function, FarInvokeType type, const char *event, Answer *answer)
{
  g_autoptr (GBytes) payload = g_bytes_new_static (event, strlen (event));
  const FarInvokeRequest request = { .function = function, .type = type, .payload = payload,
                                     .want_tail = TRUE };

  far_invoke (f->dispatcher, f->queue, &request, on_answer, answer);
}

void
settle (Fixture *f)
{
  spin ();
  while (far_platform_store_n_pending (f->store) > 0)
    g_main_context_iteration (NULL, TRUE);
  spin ();
}

void
spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
send_text (guint index, const char *text)
{
  g_assert_cmpint (send (fake_fd (index), text, strlen (text), MSG_NOSIGNAL), ==,
                   (ssize_t) strlen (text));
}

char *
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

void
ask_next (guint index)
{
  send_text (index, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: r\r\n\r\n");
  spin ();
}

char *
header_of (const char *response, const char *name)
{
  g_autofree char *needle = g_strdup_printf ("\r\n%s: ", name);
  const char *at = strstr (response, needle);

  g_assert_nonnull (at);
  at += strlen (needle);
  return g_strndup (at, strcspn (at, "\r"));
}

void
post (guint index, const char *path, const char *headers, const char *body)
{
  g_autofree char *text = g_strdup_printf ("POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: r\r\n%s"
                                           "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                                           path, headers, strlen (body), body);

  send_text (index, text);
}

void
assert_status (const char *response, const char *status, const char *contains)
{
  if (strncmp (response + 9, status, 3) != 0 || strstr (response, contains) == NULL)
    g_error ("Expected %s … %s, got «%s»", status, contains, response);
}

void
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

GByteArray *
frame_bytes (const FarRuntimeFrame *frame)
{
  guint8 header[FAR_RUNTIME_FRAME_HEADER];
  struct iovec vector[FAR_RUNTIME_FRAME_PARTS];
  guint n_parts = far_runtime_frame_pack (frame, header, vector);
  GByteArray *bytes = g_byte_array_new ();
  guint i;

  for (i = 0; i < n_parts; i++)
    g_byte_array_append (bytes, vector[i].iov_base, (guint) vector[i].iov_len);
  return bytes;
}

/* What recv(2) and send(2) have said, or else the loop's turn. Returns: the bytes. */
static gsize
moved (guint index, short events, ssize_t n_bytes, gint64 deadline_us)
{
  struct pollfd ready = { .fd = fake_fd (index), .events = events };

  if (n_bytes > 0)
    return (gsize) n_bytes;
  if (n_bytes == 0 || (errno != EAGAIN && errno != EINTR))
    g_error ("Instance %u: its channel ended", index);
  if (g_get_monotonic_time () > deadline_us)
    g_error ("Instance %u waited too long", index);
  spin ();
  poll (&ready, 1, 20);
  return 0;
}

void
send_bytes (guint index, const guint8 *data, gsize n_bytes)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;
  gsize at = 0;

  while (at < n_bytes)
    at += moved (index, POLLOUT,
                 send (fake_fd (index), data + at, n_bytes - at, MSG_NOSIGNAL | MSG_DONTWAIT),
                 deadline_us);
}

void
send_frame (guint index, const FarRuntimeFrame *frame)
{
  g_autoptr (GByteArray) bytes = frame_bytes (frame);

  send_bytes (index, bytes->data, bytes->len);
}

void
ask_next_frame (guint index)
{
  send_frame (index, &ask_frame);
  spin ();
}

static void
fill (guint index, GByteArray *bytes, gsize n_bytes)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;
  gsize at = bytes->len;

  spin ();
  g_byte_array_set_size (bytes, (guint) n_bytes);
  while (at < n_bytes)
    at += moved (index, POLLIN, recv (fake_fd (index), bytes->data + at, n_bytes - at,
                                      MSG_DONTWAIT), deadline_us);
}

GByteArray *
receive_frame (guint index, FarRuntimeFrame *ret_frame)
{
  GByteArray *bytes = g_byte_array_new ();
  GError *error = NULL;
  gsize n_bytes;

  fill (index, bytes, FAR_RUNTIME_FRAME_HEADER);
  n_bytes = far_runtime_frame_length (bytes->data, &error);
  g_assert_no_error (error);
  fill (index, bytes, n_bytes);
  far_runtime_frame_parse (bytes->data, n_bytes, ret_frame, &error);
  g_assert_no_error (error);
  return bytes;
}

void
serve_frame (guint index, const char *answer)
{
  FarRuntimeFrame event;
  g_autoptr (GByteArray) bytes = receive_frame (index, &event);
  const FarRuntimeFrame frame = { .kind = FAR_RUNTIME_RESPONSE, .id = event.id, .payload = answer,
                                  .n_payload = strlen (answer) };

  g_assert_cmpint (event.kind, ==, FAR_RUNTIME_EVENT);
  send_frame (index, &frame);
  spin ();
}

Answer *
call_of (Fixture *f, const char *function, const char *event)
{
  Answer *answer = answer_new (f);

  invoke (f, function, FAR_INVOKE_REQUEST_RESPONSE, event, answer);
  return answer;
}

char *
take_event_frame (guint index, const char *expected)
{
  FarRuntimeFrame frame;
  g_autoptr (GByteArray) bytes = receive_frame (index, &frame);

  g_assert_cmpint (frame.kind, ==, FAR_RUNTIME_EVENT);
  g_assert_cmpmem (frame.payload, frame.n_payload, expected, strlen (expected));
  return g_strdup (frame.id);
}

void
assert_status_frame (guint index, gint64 expected)
{
  FarRuntimeFrame frame;
  g_autoptr (GByteArray) bytes = receive_frame (index, &frame);

  g_assert_cmpint (frame.kind, ==, FAR_RUNTIME_STATUS);
  g_assert_cmpint (frame.number, ==, expected);
  g_assert_cmpuint (bytes->len, ==, FAR_RUNTIME_FRAME_HEADER);
}

void
assert_silent (guint index)
{
  char byte;

  spin ();
  g_assert_cmpint (recv (fake_fd (index), &byte, 1, MSG_DONTWAIT), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
}

FarRuntimeFrame
response_to (const char *id, const char *payload)
{
  return (FarRuntimeFrame) { .kind = FAR_RUNTIME_RESPONSE, .id = id, .payload = payload,
                             .n_payload = strlen (payload) };
}

void
respond_frame (guint index, const char *id, const char *payload)
{
  const FarRuntimeFrame frame = response_to (id, payload);

  send_frame (index, &frame);
  spin ();
}

void
append_frame (GByteArray *bytes, const FarRuntimeFrame *frame)
{
  g_autoptr (GByteArray) more = frame_bytes (frame);

  g_byte_array_append (bytes, more->data, more->len);
}
