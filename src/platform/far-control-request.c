/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns one request of the control API: its answer, now or later, and its parameters.
 *
 * A request that waits for something notices that its client has gone: its socket is watched for a
 * hang-up, and the cancellable ends what is being done for it. When the control API goes away
 * first, what still waits is cut off from it (control is NULL) and is freed by its own callback. */
#include "platform/far-control-private.h"

#include <glib-unix.h>
#include <string.h>

#include "platform/far-deployment-file.h"

void
far_control_request_free (FarControlRequest *request)
{
  if (request->control != NULL)
    g_hash_table_remove (request->control->requests, request);
  if (request->hangup != NULL)
    {
      g_source_destroy (request->hangup);
      g_source_unref (request->hangup);
    }
  g_clear_pointer (&request->deployment, far_deployment_unref);
  g_clear_pointer (&request->query, g_hash_table_unref);
  g_clear_pointer (&request->body, json_node_unref);
  g_object_unref (request->cancellable);
  g_object_unref (request->msg);
  g_free (request->name);
  g_free (request);
}

static void
on_sent (SoupServerMessage *msg, gpointer user_data)
{
  (*(guint *) user_data)--;
}

static void
release_count (gpointer data, GClosure *closure)
{
  g_rc_box_release (data);
}

/* Sent, or nobody there any more: either way it is finished, perhaps after the control API. */
static void
count_until_sent (FarControlRequest *request)
{
  guint *n_unsent;

  if (request->control == NULL)
    return;
  n_unsent = g_rc_box_acquire (request->control->n_unsent);
  (*n_unsent)++;
  g_signal_connect_data (request->msg, "finished", G_CALLBACK (on_sent), n_unsent, release_count,
                         G_CONNECT_DEFAULT);
}

static void
respond (FarControlRequest *request, guint status, const char *type, char *text, gsize length)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (request->msg);

  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_server_message_set_status (request->msg, status, NULL);
  soup_server_message_set_response (request->msg, type, SOUP_MEMORY_TAKE, text, length);
  count_until_sent (request);
  if (request->paused)
    soup_server_message_unpause (request->msg);
  far_control_request_free (request);
}

void
far_control_answer (FarControlRequest *request, guint status, FarJsonWriter *writer)
{
  gsize length;
  char *text = far_json_writer_steal (writer, &length);

  respond (request, status, "application/json", text, length);
}

void
far_control_error (FarControlRequest *request, guint status, const char *code,
                   const char *format, ...)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "error");
  far_json_add_string (&writer, "code", code);
  far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, status, &writer);
}

void
far_control_text (FarControlRequest *request, const char *content_type, GBytes *text)
{
  gsize length;
  const char *data = g_bytes_get_data (text, &length);

  respond (request, SOUP_STATUS_OK, content_type, g_memdup2 (data, length), length);
}

void
far_control_failed (FarControlRequest *request, GError *error)
{
  g_autoptr (GError) taken = error;

  if (request->deployment != NULL && taken->domain != FAR_TELEMETRY_ERROR)
    far_control_remote_failed (request, g_steal_pointer (&taken));
  else if (g_error_matches (taken, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_QUERY))
    far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", taken->message);
  else if (g_error_matches (taken, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_BUSY))
    far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "busy", "%s", taken->message);
  else if (g_error_matches (taken, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "cancelled", "%s",
                       taken->message);
  else
    far_control_error (request, SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "%s",
                       taken->message);
}

static gboolean
on_hangup (gint fd, GIOCondition condition, gpointer user_data)
{
  FarControlRequest *request = user_data;

  g_cancellable_cancel (request->cancellable);
  if (request->stream != NULL)
    far_control_stream_end (request->stream);
  return G_SOURCE_REMOVE;
}

/* Poll reports a hang-up whether or not it is asked for; data that waits does not wake it. */
static void
watch_hangup (FarControlRequest *request)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (request->msg);
  GSocketConnection *connection = g_object_get_data (G_OBJECT (remote), "far-connection");
  GSocket *socket = g_socket_connection_get_socket (connection);

  request->hangup = g_unix_fd_source_new (g_socket_get_fd (socket), G_IO_HUP | G_IO_ERR);
  g_source_set_callback (request->hangup, G_SOURCE_FUNC (on_hangup), request, NULL);
  g_source_attach (request->hangup, g_main_context_get_thread_default ());
}

void
far_control_request_pause (FarControlRequest *request)
{
  request->paused = TRUE;
  watch_hangup (request);
  soup_server_message_pause (request->msg);
}

FarControlStream *
far_control_request_stream (FarControlRequest *request, FarControlStreamClosed closed,
                            gpointer user_data)
{
  if (request->control->n_streams >= FAR_CONTROL_STREAMS_MAX)
    {
      far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "busy",
                         "%d streams are open already; close one and try again",
                         FAR_CONTROL_STREAMS_MAX);
      return NULL;
    }
  if (request->hangup == NULL)
    watch_hangup (request);
  request->stream = far_control_stream_new (request->msg, closed, user_data);
  return request->stream;
}

gboolean
far_control_query_int (FarControlRequest *request, const char *name, gint64 min, gint64 max,
                       gint64 otherwise, gint64 *ret_value)
{
  const char *text = g_hash_table_lookup (request->query, name);

  *ret_value = otherwise;
  if (text == NULL || (g_ascii_isdigit (*text) &&
                       g_ascii_string_to_signed (text, 10, min, max, ret_value, NULL)))
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "%s is “%s”; send a whole number from %" G_GINT64_FORMAT " to %"
                     G_GINT64_FORMAT, name, text, min, max);
  return FALSE;
}

gboolean
far_control_query_range (FarControlRequest *request, gint64 *ret_from_us, gint64 *ret_to_us)
{
  return far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US, 0, ret_from_us) &&
         far_control_query_int (request, "to_us", 0, FAR_CONTROL_TIME_MAX_US, 0, ret_to_us);
}

gboolean
far_control_take (FarControlRequest *request, gboolean ok, GError *error)
{
  if (request->control != NULL && ok)
    return TRUE;
  if (request->control != NULL)
    {
      far_control_failed (request, error);
      return FALSE;
    }
  g_clear_error (&error);
  far_control_request_free (request);
  return FALSE;
}

gboolean
far_control_query_bool (FarControlRequest *request, const char *name, gboolean otherwise,
                        gboolean *ret_value)
{
  const char *text = g_hash_table_lookup (request->query, name);

  *ret_value = otherwise;
  if (text == NULL)
    return TRUE;
  *ret_value = strcmp (text, "1") == 0;
  if (*ret_value || strcmp (text, "0") == 0)
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "%s is “%s”; send 1 or 0", name, text);
  return FALSE;
}

gboolean
far_control_query_function (FarControlRequest *request, const char **ret_name)
{
  const char *name = g_hash_table_lookup (request->query, "function");
  FarFunctionState state;

  *ret_name = name != NULL && *name != '\0' ? name : NULL;
  if (*ret_name == NULL || request->deployment != NULL ||
      far_platform_get_function (request->control->platform, name, &state) ||
      far_telemetry_peek (request->telemetry, name) != NULL)
    return TRUE;
  far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_function",
                     "There is no function “%s”; GET /v1/functions lists them", name);
  return FALSE;
}

gboolean
far_control_query_id (FarControlRequest *request, const char *name, FarId *ret_id)
{
  const char *text = g_hash_table_lookup (request->query, name);

  memset (ret_id, 0, sizeof *ret_id);
  if (text == NULL || far_id_parse (text, ret_id))
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "%s is “%s”, which is no id; send 32 hex digits or a UUID", name, text);
  return FALSE;
}
