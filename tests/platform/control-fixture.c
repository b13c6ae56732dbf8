/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A control API over a fake platform, and its client. */
#include "control-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/far-json.h"

static const char template_text[] =
  "Transform: AWS::Serverless-2016-10-31\n"
  "Description: The Evening Courier\n"
  "Globals: {Function: {CodeUri: f/, Handler: bootstrap, Runtime: provided.al2023}}\n"
  "Resources:\n"
  "  content:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Properties: {MemorySize: 256}\n"
  "  settle:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Properties:\n"
  "      ReservedConcurrentExecutions: 1\n"
  "      Events:\n"
  "        Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}\n"
  "        Noon: {Type: Schedule, Properties: {Schedule: cron(0 12 * * ? *), Input: '[1]'}}\n";

void
run_until (const char *what, Condition condition, gpointer user_data)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;

  while (!condition (user_data))
    {
      if (g_get_monotonic_time () > end)
        g_error ("waited %d s for %s", DEADLINE_S, what);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (200);
    }
}

void
fixture_start_control (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->control = far_control_new (self->platform, self->telemetry, self->scheduler,
                                   self->socket_path, &error);
  g_assert_no_error (error);
}

void
fixture_init (Fixture *self, FarClock *clock)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *telemetry_dir = NULL;

  self->dir = g_dir_make_tmp ("far-control-XXXXXX", &error);
  g_assert_no_error (error);
  self->socket_path = g_build_filename (self->dir, "control.sock", NULL);
  telemetry_dir = g_build_filename (self->dir, "telemetry", NULL);
  self->clock = clock != NULL ? clock : far_clock_new_manual (T0);
  self->platform = fake_platform_new (self->clock, template_text);
  self->telemetry = far_telemetry_open (telemetry_dir, self->clock, &error);
  g_assert_no_error (error);
  self->scheduler = far_scheduler_new (self->platform);
  fixture_start_control (self);
}

void
fixture_clear (Fixture *self)
{
  static const char *const files[] = { "telemetry/telemetry.db", "telemetry/telemetry.db-wal",
                                       "telemetry/telemetry.db-shm", "control.sock" };
  guint i;

  g_clear_pointer (&self->control, far_control_free);
  g_assert_false (g_file_test (self->socket_path, G_FILE_TEST_EXISTS));
  g_clear_pointer (&self->scheduler, far_scheduler_free);
  /* Calls that were under way are answered to nobody. */
  while (fake_platform_get_invokes (self->platform)->len > 0)
    fake_platform_answer (self->platform, 200, "null");
  g_clear_pointer (&self->telemetry, far_telemetry_close);
  /* What was left to idle callbacks. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_pointer (&self->platform, fake_platform_free);
  for (i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (self->dir, files[i], NULL);

      g_unlink (path);
    }
  {
    g_autofree char *telemetry_dir = g_build_filename (self->dir, "telemetry", NULL);

    g_assert_cmpint (g_rmdir (telemetry_dir), ==, 0);
  }
  g_assert_cmpint (g_rmdir (self->dir), ==, 0);
  g_clear_pointer (&self->clock, far_clock_unref);
  g_clear_pointer (&self->socket_path, g_free);
  g_clear_pointer (&self->dir, g_free);
}

void
fixture_record (Fixture *self, const char *function, FarInvocationOutcome outcome,
                gint64 duration_us)
{
  FarInvocation record = { .function = function, .version = "$LATEST", .start_us = 200,
                           .duration_us = duration_us, .overhead_us = 50, .memory_mb = 256,
                           .memory_max_kb = 5000, .concurrency = 1, .outcome = outcome };

  record.arrival_us = far_clock_now_us (self->clock) - 250 - duration_us;
  far_id_init (&record.request_id, self->clock);
  far_telemetry_record (self->telemetry, &record);
}

void
fixture_log (Fixture *self, const char *function, const char *message)
{
  FarTelemetryLine line = { .function = function, .level = FAR_LOG_INFO, .message = message,
                            .n_bytes = strlen (message) };

  line.time_us = far_clock_now_us (self->clock);
  far_telemetry_log (self->telemetry, &line);
}

/* ---- Clients ---- */

void
client_open (Client *client, Fixture *self)
{
  struct sockaddr_un where = { .sun_family = AF_UNIX };

  g_assert_cmpuint (strlen (self->socket_path), <, sizeof where.sun_path);
  memcpy (where.sun_path, self->socket_path, strlen (self->socket_path));
  client->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (client->fd, >=, 0);
  g_assert_cmpint (connect (client->fd, (struct sockaddr *) &where, sizeof where), ==, 0);
  g_assert_cmpint (fcntl (client->fd, F_SETFL, O_NONBLOCK), ==, 0);
  client->bytes = g_string_new (NULL);
  client->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  client->closed = FALSE;
  client->parsed = 0;
}

typedef struct {
  Client     *client;
  const char *text;
  gsize       left;
} Sending;

static gboolean
send_some (gpointer user_data)
{
  Sending *sending = user_data;
  gssize n = send (sending->client->fd, sending->text, sending->left, MSG_NOSIGNAL);

  if (n < 0 && errno == EAGAIN)
    return FALSE;
  /* An early refusal may close before everything is sent. */
  if (n < 0)
    return TRUE;
  sending->text += n;
  sending->left -= (gsize) n;
  return sending->left == 0;
}

void
client_send (Client *client, const char *text, gsize n_bytes)
{
  Sending sending = { client, text, n_bytes };

  run_until ("a request to be taken", send_some, &sending);
}

void
client_get (Client *client, Fixture *self, const char *path)
{
  g_autofree char *text = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);

  client_open (client, self);
  client_send (client, text, strlen (text));
}

/* Lines of a chunked body: those that begin like an object; the sizes of chunks do not. */
static void
parse_lines (Client *client)
{
  for (;;)
    {
      const char *line = client->bytes->str + client->parsed;
      const char *end = memchr (line, '\n', client->bytes->len - client->parsed);
      g_autoptr (GError) error = NULL;
      JsonNode *node;

      if (end == NULL)
        return;
      client->parsed += (gsize) (end - line) + 1;
      if (*line != '{')
        continue;
      node = far_json_parse_object (line, (gsize) (end - line), 1 << 20, &error);
      g_assert_no_error (error);
      g_ptr_array_add (client->lines, node);
    }
}

void
client_poll (Client *client)
{
  char buffer[16384];
  gssize n;

  while (!client->closed)
    {
      n = recv (client->fd, buffer, sizeof buffer, 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        break;
      if (n <= 0)
        client->closed = TRUE;
      else
        g_string_append_len (client->bytes, buffer, n);
    }
  parse_lines (client);
}

typedef struct {
  Client *client;
  guint   n;
} Waiting;

static gboolean
has_lines (gpointer user_data)
{
  Waiting *waiting = user_data;

  client_poll (waiting->client);
  return waiting->client->lines->len >= waiting->n;
}

void
client_wait_lines (Client *client, guint n)
{
  Waiting waiting = { client, n };

  run_until ("lines", has_lines, &waiting);
}

static gboolean
is_closed (gpointer user_data)
{
  Client *client = user_data;

  client_poll (client);
  return client->closed || g_str_has_suffix (client->bytes->str, "\r\n0\r\n\r\n");
}

void
client_wait_closed (Client *client)
{
  run_until ("the end of a stream", is_closed, client);
}

JsonObject *
client_line (Client *client, guint index)
{
  g_assert_cmpuint (index, <, client->lines->len);
  return json_node_get_object (g_ptr_array_index (client->lines, index));
}

const char *
client_type (Client *client, guint index)
{
  return json_object_get_string_member (client_line (client, index), "type");
}

gint64
client_seq (Client *client, guint index)
{
  return json_object_get_int_member (client_line (client, index), "seq");
}

void
client_clear (Client *client)
{
  if (client->bytes == NULL)
    return;
  close (client->fd);
  g_string_free (client->bytes, TRUE);
  g_ptr_array_unref (client->lines);
  client->bytes = NULL;
}

/* ---- Requests ---- */

void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->head, g_free);
  g_clear_pointer (&answer->body, g_free);
  g_clear_pointer (&answer->json, json_node_unref);
}

static char *
join_chunks (const char *text, gsize *ret_length)
{
  GString *body = g_string_new (NULL);
  char *end;
  gsize size;

  while ((size = g_ascii_strtoull (text, &end, 16)) > 0)
    {
      g_assert_true (g_str_has_prefix (end, "\r\n"));
      g_string_append_len (body, end + 2, (gssize) size);
      text = end + 2 + size + 2;
    }
  *ret_length = body->len;
  return g_string_free (body, FALSE);
}

static void
parse_answer (const GString *bytes, Answer *answer)
{
  const char *split = strstr (bytes->str, "\r\n\r\n");

  g_assert_nonnull (split);
  g_assert_true (g_str_has_prefix (bytes->str, "HTTP/1.1 "));
  answer->status = (guint) g_ascii_strtoull (bytes->str + 9, NULL, 10);
  answer->head = g_strndup (bytes->str, (gsize) (split - bytes->str));
  if (strstr (answer->head, "Transfer-Encoding: chunked") != NULL)
    answer->body = join_chunks (split + 4, &answer->length);
  else
    {
      answer->length = bytes->len - (gsize) (split + 4 - bytes->str);
      answer->body = g_strndup (split + 4, answer->length);
    }
  answer->json = far_json_parse (answer->body, answer->length, 1 << 24, NULL);
}

void
ask_raw (Fixture *self, const char *method, const char *path, const char *headers,
         const char *body, gsize n_bytes, Answer *answer)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (Client) client = { 0 };

  g_string_printf (text, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", method,
                   path, headers != NULL ? headers : "");
  if (body != NULL)
    g_string_append_printf (text, "Content-Length: %" G_GSIZE_FORMAT "\r\n", n_bytes);
  g_string_append (text, "\r\n");
  if (body != NULL)
    g_string_append_len (text, body, (gssize) n_bytes);
  client_open (&client, self);
  client_send (&client, text->str, text->len);
  client_wait_closed (&client);
  parse_answer (client.bytes, answer);
}

void
ask (Fixture *self, const char *method, const char *path, const char *body, guint status,
     Answer *answer)
{
  answer_clear (answer);
  ask_raw (self, method, path, body != NULL ? "Content-Type: application/json\r\n" : NULL, body,
           body != NULL ? strlen (body) : 0, answer);
  if (answer->status != status)
    g_test_message ("%s %s: %s", method, path, answer->body);
  g_assert_cmpuint (answer->status, ==, status);
}

JsonObject *
answer_object (Answer *answer)
{
  g_assert_true (answer->json != NULL && JSON_NODE_HOLDS_OBJECT (answer->json));
  return json_node_get_object (answer->json);
}

const char *
answer_code (Answer *answer)
{
  JsonObject *error = json_object_get_object_member (answer_object (answer), "error");

  g_assert_cmpstr (json_object_get_string_member (error, "message"), !=, "");
  return json_object_get_string_member (error, "code");
}
