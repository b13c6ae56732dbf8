/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what is passed through to a deployment and back: logs, money, invocations. */
#include "platform/far-control-private.h"

#include <string.h>

#include "platform/far-deployment-file.h"

#define TRACE_DEFAULT 10
#define TRACE_MAX 50
#define LOGS_WINDOW_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

/* ---- Logs ---- */

/* What a source cannot filter is left out here. */
static gboolean
is_wanted (FarControlRequest *request, const FarSourceLogLine *line)
{
  const char *level = g_hash_table_lookup (request->query, "level");
  const char *platform = g_hash_table_lookup (request->query, "platform");
  static const FarId none;
  FarLogLevel level_min = FAR_LOG_TRACE;
  FarId id;

  if (level != NULL && far_log_level_from_string (level, &level_min) && line->level < level_min)
    return FALSE;
  if (g_strcmp0 (platform, "0") == 0 && line->level == FAR_LOG_PLATFORM)
    return FALSE;
  return !far_control_query_id (request, "request_id", &id) || far_id_compare (&id, &none) == 0 ||
         far_id_compare (&id, &line->request_id) == 0;
}

static void
on_logs (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = far_source_logs_finish (FAR_SOURCE (object), result, &error);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  guint i;

  if (!far_control_take (request, lines != NULL, g_steal_pointer (&error)))
    return;
  for (i = 0; i < lines->len; i++)
    {
      const FarSourceLogLine *line = g_ptr_array_index (lines, i);
      g_auto (FarJsonWriter) writer = { 0 };

      if (!is_wanted (request, line))
        continue;
      far_json_writer_init (&writer);
      far_json_begin_object (&writer, NULL);
      far_json_add_time (&writer, "time", line->time_us);
      far_json_add_string (&writer, "function", line->function);
      far_control_add_uuid (&writer, "request_id", &line->request_id);
      far_json_add_string (&writer, "level", far_log_level_to_string (line->level));
      far_json_add_string (&writer, "message", line->message);
      far_json_end_object (&writer);
      g_string_append_len (text, writer.text->str, (gssize) writer.text->len);
      g_string_append_c (text, '\n');
    }
  bytes = g_bytes_new (text->str, text->len);
  far_control_text (request, "application/x-ndjson", bytes);
}

void
far_control_remote_logs (FarControlRequest *request)
{
  FarSourceLogQuery query = { .function = g_hash_table_lookup (request->query, "function"),
                              .contains = g_hash_table_lookup (request->query, "contains") };
  gint64 now_us = far_clock_now_us (request->control->clock);
  const char *level = g_hash_table_lookup (request->query, "level");
  FarLogLevel level_min;
  gboolean follow;
  gint64 limit;
  FarId id;

  if (level != NULL && !far_log_level_from_string (level, &level_min))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "There is no level “%s”; /v1/openapi.yaml lists them", level);
      return;
    }
  if (!far_control_remote_is_ready (request) ||
      !far_control_query_id (request, "request_id", &id) ||
      !far_control_query_bool (request, "follow", FALSE, &follow) ||
      !far_control_query_int (request, "to_us", 0, FAR_CONTROL_TIME_MAX_US, now_us, &query.to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (now_us - LOGS_WINDOW_US, 0),
                              &query.from_us) ||
      !far_control_query_int (request, "limit", 1, FAR_CONTROL_LIMIT_MAX, 100, &limit))
    return;
  if (follow)
    {
      far_control_error (request, SOUP_STATUS_NOT_IMPLEMENTED, "not_reported",
                         "%s: logs of a deployment of the kind %s cannot be followed; ask again "
                         "with from_us", request->deployment->id, request->deployment->kind);
      return;
    }
  query.limit = (guint) limit;
  far_control_request_pause (request);
  far_source_logs_async (request->deployment->source, &query, request->cancellable, on_logs,
                         request);
}

/* ---- Money ----
 *
 * Passed on as it came: whoever asked verifies it, because only they know what they saw before. */

static void
on_money (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = far_source_money_finish (FAR_SOURCE (object), result, &error);

  if (!far_control_take (request, root != NULL, g_steal_pointer (&error)))
    return;
  far_json_writer_init (&writer);
  far_json_add_node (&writer, NULL, root);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_remote_money (FarControlRequest *request, FarSourceMoney what, const char *query)
{
  if (!far_control_remote_is_ready (request))
    return;
  far_control_request_pause (request);
  far_source_money_async (request->deployment->source, what, query, request->cancellable,
                          on_money, request);
}

/* Of the deployment that the path names. */
static void
ask_money (FarControlRequest *request, FarSourceMoney what, const char *query)
{
  FarDeployment *deployment = request->control->deployments != NULL
    ? far_deployments_find (request->control->deployments, request->name) : NULL;

  if (deployment == NULL)
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_deployment",
                         "There is no deployment “%s”; GET /v1/deployments lists them",
                         request->name);
      return;
    }
  request->deployment = far_deployment_ref (deployment);
  far_control_remote_money (request, what, query);
}

void
far_control_remote_earnings (FarControlRequest *request)
{
  ask_money (request, FAR_SOURCE_EARNINGS, NULL);
}

void
far_control_remote_journal (FarControlRequest *request)
{
  g_autofree char *query = NULL;
  gint64 from;

  if (!far_control_query_int (request, "from", 0, G_MAXINT64, 0, &from))
    return;
  query = g_strdup_printf ("from=%" G_GINT64_FORMAT, from);
  ask_money (request, FAR_SOURCE_JOURNAL, query);
}

void
far_control_remote_payouts (FarControlRequest *request)
{
  ask_money (request, FAR_SOURCE_PAYOUTS, NULL);
}

void
far_control_remote_trace (FarControlRequest *request)
{
  static const char *const names[] = { "pledge", "transfer", "article" };
  g_autoptr (GString) query = g_string_new (NULL);
  gint64 limit;

  if (!far_control_query_int (request, "limit", 1, TRACE_MAX, TRACE_DEFAULT, &limit))
    return;
  g_string_printf (query, "limit=%" G_GINT64_FORMAT, limit);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = g_hash_table_lookup (request->query, names[i]);

      if (value == NULL)
        continue;
      g_string_append_printf (query, "&%s=", names[i]);
      g_string_append_uri_escaped (query, value, NULL, FALSE);
    }
  ask_money (request, FAR_SOURCE_TRACE, query->str);
}

static gboolean
is_month (const char *text)
{
  static const char form[] = "0000-00";

  for (guint i = 0; i < sizeof form; i++)
    if (form[i] == '0' ? !g_ascii_isdigit (text[i]) : text[i] != form[i])
      return FALSE;
  return TRUE;
}

void
far_control_remote_statement (FarControlRequest *request)
{
  const char *month = g_hash_table_lookup (request->query, "month");

  if (month == NULL || !is_month (month))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "Say which month the statement is of: month=2026-11");
      return;
    }
  ask_money (request, FAR_SOURCE_STATEMENT, month);
}

/* ---- Invoke ---- */

static void
on_invoked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSourceInvoked) invoked = far_source_invoke_finish (FAR_SOURCE (object), result,
                                                                   &error);
  const char *payload;
  gsize n_bytes;

  far_json_writer_init (&writer);
  if (!far_control_take (request, invoked != NULL, g_steal_pointer (&error)))
    return;
  payload = g_bytes_get_data (invoked->payload, &n_bytes);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "status", invoked->status);
  far_json_add_string (&writer, "function_error", invoked->function_error);
  far_json_add_null (&writer, "error_type");
  far_json_add_null (&writer, "reason");
  far_json_add_string_len (&writer, "payload", payload != NULL ? payload : "", n_bytes);
  far_json_add_string (&writer, "log", "");
  far_json_add_string (&writer, "request_id", invoked->request_id);
  far_control_add_source (&writer, request);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_remote_invoke (FarControlRequest *request)
{
  SoupMessageBody *body = soup_server_message_get_request_body (request->msg);
  const char *type = g_hash_table_lookup (request->query, "type");
  g_autoptr (GBytes) payload = NULL;
  gboolean async = g_strcmp0 (type, "Event") == 0;

  if (!far_control_remote_is_ready (request))
    return;
  if (type != NULL && !async && strcmp (type, "RequestResponse") != 0)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "%s: a deployment is invoked with RequestResponse or Event",
                         request->deployment->id);
      return;
    }
  payload = body->length > 0 ? g_bytes_new (body->data, (gsize) body->length)
                             : g_bytes_new_static ("{}", 2);
  far_control_request_pause (request);
  far_source_invoke_async (request->deployment->source, request->name, payload, async,
                           request->cancellable, on_invoked, request);
}
