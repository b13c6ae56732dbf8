/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the operator's way to the books: a command of the bookkeeper's as an HTTP request. The
 * platform knows nothing of money: it passes on what is asked and what is answered, of the commands
 * that are listed here. Each request has a connection and a thread of its own, as some commands
 * read the whole journal. */
#include "platform/far-control-private.h"

#include <string.h>
#include <unistd.h>

#include "base/far-frame.h"

#define PRINCIPAL ":operator" /* which no function can be called */
#define VERIFY "ledger.verify"

/* What the operator may ask by /v1/money/{command}. */
static const char *const commands[] = {
  "earnings", "earnings.articles", "house.get", "house.set", "ledger.backup",
  "ledger.checkpoint", "ledger.health", "ledger.rotate_key", "ledger.status",
  "payout.export", "payout.failed", "payout.list", "payout.paid", "payout.prepare",
  "publisher.list", "publisher.set", "statement", "token.create", "token.list", "token.revoke",
  "trace",
};

typedef struct {
  int   fd;
  char *question;
} Exchange;

static void
exchange_free (gpointer data)
{
  Exchange *exchange = data;

  close (exchange->fd);
  g_free (exchange->question);
  g_free (exchange);
}

/* One frame out, one in. */
static void
exchange_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const gint64 timeout_us = (gint64) FAR_CONTROL_VERIFY_TIMEOUT_S * G_USEC_PER_SEC;
  Exchange *exchange = task_data;
  GError *error = NULL;
  char *answer = NULL;

  if (far_frame_write (exchange->fd, exchange->question, strlen (exchange->question), timeout_us,
                       &error))
    answer = far_frame_read (exchange->fd, NULL, timeout_us, &error);
  if (answer != NULL)
    g_task_return_pointer (task, answer, g_free);
  else
    g_task_return_error (task, error);
}

static guint
status_of (const char *code)
{
  static const struct { const char *code; guint status; } known[] = {
    { "bad_request", SOUP_STATUS_BAD_REQUEST },
    { "unauthorized", SOUP_STATUS_UNAUTHORIZED },
    { "not_allowed", SOUP_STATUS_FORBIDDEN },
    { "not_found", SOUP_STATUS_NOT_FOUND },
    { "busy", SOUP_STATUS_SERVICE_UNAVAILABLE },
    { "unknown", SOUP_STATUS_SERVICE_UNAVAILABLE },
    { "internal", SOUP_STATUS_INTERNAL_SERVER_ERROR },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].code, code) == 0)
      return known[i].status;
  return g_str_has_prefix (code, "unknown_") ? SOUP_STATUS_NOT_FOUND : SOUP_STATUS_CONFLICT;
}

static void
answer_refusal (FarControlRequest *request, JsonObject *answer)
{
  JsonObject *refusal = NULL;
  const char *code = "internal";
  const char *message = "?";

  if (far_json_get_object (answer, "error", &refusal, NULL))
    {
      far_json_get_string (refusal, "code", 64, &code, NULL);
      far_json_get_string (refusal, "message", FAR_FRAME_MAX, &message, NULL);
    }
  far_control_error (request, status_of (code), code, "%s", message);
}

/* Only a verdict says which row is the first bad one: the alarm about the ledger hears of it. */
static void
report_verdict (FarControl *control, JsonObject *answer)
{
  gboolean ok;

  if (control->alarms != NULL && json_object_has_member (answer, "first_bad") &&
      far_json_get_bool (answer, "ok", &ok, NULL))
    far_alarms_report (control->alarms, FAR_GAUGE_LEDGER_BROKEN, ok ? 0 : 1);
}

static void
on_exchanged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = far_control_books_answer (result, &error);

  if (request->control == NULL)
    {
      far_control_request_free (request);
      return;
    }
  if (answer == NULL)
    far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "bookkeeper_unavailable",
                       "The bookkeeper did not answer (%s); try again", error->message);
  else if (far_json_has (json_node_get_object (answer), "error"))
    answer_refusal (request, json_node_get_object (answer));
  else
    {
      report_verdict (request->control, json_node_get_object (answer));
      far_json_writer_init (&writer);
      far_json_add_node (&writer, NULL, answer);
      far_control_answer (request, SOUP_STATUS_OK, &writer);
    }
}

static char *
make_question (const char *command, JsonNode *body)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GList) members = NULL;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "command", command);
  if (body != NULL)
    members = json_object_get_members (json_node_get_object (body));
  for (const GList *l = members; l != NULL; l = l->next)
    if (strcmp (l->data, "command") != 0)
      far_json_add_node (&writer, l->data,
                         json_object_get_member (json_node_get_object (body), l->data));
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

gboolean
far_control_books_ask (FarControl *control, const char *command, JsonNode *fields,
                       GAsyncReadyCallback callback, gpointer user_data, GError **error)
{
  const char *const granted[] = { command, NULL };
  g_autofree char *question = make_question (command, fields);
  g_autoptr (GTask) task = NULL;
  Exchange *exchange;
  int fd;

  if (strlen (question) > FAR_FRAME_MAX)
    {
      g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE,
                   "The command has more than %d bytes", FAR_FRAME_MAX);
      return FALSE;
    }
  fd = far_platform_connect_bookkeeper (control->platform, PRINCIPAL, granted, error);
  if (fd < 0)
    return FALSE;
  exchange = g_new0 (Exchange, 1);
  exchange->fd = fd;
  exchange->question = g_steal_pointer (&question);
  task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_task_data (task, exchange, exchange_free);
  g_task_run_in_thread (task, exchange_thread);
  return TRUE;
}

JsonNode *
far_control_books_answer (GAsyncResult *result, GError **error)
{
  g_autofree char *text = g_task_propagate_pointer (G_TASK (result), error);

  return text != NULL ? far_json_parse_object (text, strlen (text), FAR_FRAME_MAX, error) : NULL;
}

/* command: a constant. */
static void
ask (FarControlRequest *request, const char *command)
{
  g_autoptr (GError) error = NULL;

  if (far_control_books_ask (request->control, command, request->body, on_exchanged, request,
                             &error))
    far_control_request_pause (request);
  else if (g_error_matches (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE))
    far_control_error (request, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "bad_request", "%s",
                       error->message);
  else
    far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "bookkeeper_unavailable", "%s",
                       error->message);
}

void
far_control_verify_ledger (FarControlRequest *request)
{
  ask (request, VERIFY);
}

/* What whoever watches from elsewhere may know: the last signed checkpoint, and that it continues
 * the one of `from` rows. */
void
far_control_get_journal (FarControlRequest *request)
{
  JsonObject *body;
  gint64 from;

  if (!far_control_query_int (request, "from", 0, G_MAXINT64, 0, &from))
    return;
  body = json_object_new ();
  if (from > 0)
    json_object_set_int_member (body, "from", from);
  request->body = json_node_init_object (json_node_alloc (), body);
  json_object_unref (body);
  ask (request, "ledger.checkpoint");
}

void
far_control_money (FarControlRequest *request)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i], request->name) == 0)
      {
        ask (request, commands[i]);
        return;
      }
  far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_command",
                     "“%s” is no command that an operator can give", request->name);
}

void
far_control_ledger_progress (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };
  const char *what;
  gint64 rows, total;

  far_platform_get_progress (request->control->platform, &what, &rows, &total);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "what", what);
  far_json_add_int (&writer, "rows", rows);
  far_json_add_int (&writer, "total", total);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}
