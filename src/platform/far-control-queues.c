/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answers about queues, and the control plane of Lambda's API for whoever may use the
 * socket: the same operations that the Lambda listener takes signed. */
#include "platform/far-control-private.h"

#include <string.h>

#include "platform/far-lambda-control.h"
#include "platform/far-queue.h"

#define PEEK_DEFAULT 10
#define PEEK_MAX 100
#define BODY_SHOWN_MAX 4096 /* bytes of a message in a list */
#define METHOD_MAX 8

/* ---- Queues ---- */

static FarQueue *
queue_of (FarControlRequest *request, const char *name)
{
  FarQueue *queue = far_queues_find (far_platform_get_queues (request->control->platform), name);

  if (queue == NULL)
    far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_queue",
                       "There is no queue “%s”; GET /v1/queues lists them", name);
  return queue;
}

static void
add_queue (FarJsonWriter *writer, FarQueue *queue)
{
  const FarQueueSpec *spec = far_queue_get_spec (queue);
  guint n = far_queue_n_messages (queue);
  guint n_visible = far_queue_n_visible (queue);

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "name", spec->name);
  far_json_add_string (writer, "arn", far_queue_get_arn (queue));
  far_json_add_int (writer, "messages", n);
  far_json_add_int (writer, "visible", n_visible);
  far_json_add_int (writer, "visibility_s", spec->visibility_s);
  far_json_add_int (writer, "retention_s", spec->retention_s);
  far_json_add_int (writer, "delay_s", spec->delay_s);
  far_json_add_string (writer, "dead_letter", spec->dead_letter);
  far_json_add_int (writer, "receives_max", spec->receives_max);
  far_json_end_object (writer);
}

void
far_control_get_queues (FarControlRequest *request)
{
  FarQueues *queues = far_platform_get_queues (request->control->platform);
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "queues");
  for (i = 0; i < far_queues_n (queues); i++)
    add_queue (&writer, far_queues_nth (queues, i));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

static void
add_message (FarJsonWriter *writer, const FarMessage *message)
{
  char id[FAR_UUID_LEN + 1];
  gsize n = message->n_body;

  far_id_to_uuid (&message->id, id);
  if (n > BODY_SHOWN_MAX)
    n = (gsize) (g_utf8_find_prev_char (message->body, message->body + BODY_SHOWN_MAX)
                 - message->body);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "id", id);
  far_json_add_string_len (writer, "body", message->body, n);
  far_json_add_int (writer, "bytes", (gint64) message->n_body);
  if (message->attributes != NULL)
    far_json_add_raw (writer, "attributes", message->attributes, -1);
  else
    far_json_add_null (writer, "attributes");
  far_json_add_int (writer, "sent_us", message->sent_us);
  far_json_add_int (writer, "visible_us", message->visible_us);
  far_json_add_int (writer, "received", message->n_received);
  far_json_end_object (writer);
}

void
far_control_get_messages (FarControlRequest *request)
{
  FarQueue *queue = queue_of (request, request->name);
  g_auto (FarJsonWriter) writer = { 0 };
  const FarMessage *message;
  gint64 limit;
  guint i;

  if (queue == NULL
      || !far_control_query_int (request, "limit", 1, PEEK_MAX, PEEK_DEFAULT, &limit))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "messages");
  for (i = 0; i < limit && (message = far_queue_peek (queue, i)) != NULL; i++)
    add_message (&writer, message);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

typedef struct {
  FarControlRequest *request;
  FarId              id;
} Sending;

static void
on_sent (gpointer data, const GError *error)
{
  g_autofree Sending *sending = data;
  FarControlRequest *request = sending->request;
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  if (request->control == NULL)
    far_control_request_free (request);
  else if (error != NULL)
    far_control_error (request, SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal",
                       "The message could not be written to disk: %s", error->message);
  else
    {
      far_json_begin_object (&writer, NULL);
      far_control_add_uuid (&writer, "id", &sending->id);
      far_json_end_object (&writer);
      far_control_answer (request, SOUP_STATUS_OK, &writer);
    }
}

void
far_control_send_message (FarControlRequest *request)
{
  FarQueue *queue = queue_of (request, request->name);
  g_autofree char *attributes = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *object, *plain = NULL;
  const char *body = NULL;
  gint64 delay_s = -1;
  Sending *sending;

  if (queue == NULL)
    return; /* and the request is answered, and gone */
  object = json_node_get_object (request->body);
  if (!far_json_get_string (object, "body", FAR_QUEUE_MESSAGE_MAX, &body, &error)
      || (far_json_has (object, "delay_s")
          && !far_json_get_int (object, "delay_s", 0, FAR_QUEUE_DELAY_MAX_S, &delay_s, &error))
      || (far_json_has (object, "attributes")
          && (!far_json_get_object (object, "attributes", &plain, &error)
              || (attributes = far_queue_attributes (plain, &error)) == NULL)))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
      return;
    }
  sending = g_new0 (Sending, 1);
  sending->request = request;
  if (far_queue_send (queue, body, strlen (body), attributes, (int) delay_s, &sending->id, on_sent,
                      sending, &error))
    {
      far_control_request_pause (request);
      return;
    }
  g_free (sending);
  far_control_error (request,
                     error->code == FAR_QUEUE_ERROR_FULL ? SOUP_STATUS_SERVICE_UNAVAILABLE
                                                         : SOUP_STATUS_BAD_REQUEST,
                     error->code == FAR_QUEUE_ERROR_FULL ? "busy" : "bad_request", "%s",
                     error->message);
}

static void
answer_count (FarControlRequest *request, const char *name, guint n)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, name, n);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_purge_messages (FarControlRequest *request)
{
  FarQueue *queue = queue_of (request, request->name);

  if (queue != NULL)
    answer_count (request, "purged", far_queue_purge (queue));
}

/* Where a queue of dead letters has its own from; NULL if that is not one queue. */
static FarQueue *
source_of (FarQueues *queues, FarQueue *dead)
{
  FarQueue *found = NULL;
  guint i;

  for (i = 0; i < far_queues_n (queues); i++)
    {
      FarQueue *queue = far_queues_nth (queues, i);

      if (g_strcmp0 (far_queue_get_spec (queue)->dead_letter, far_queue_get_spec (dead)->name) != 0)
        continue;
      if (found != NULL)
        return NULL;
      found = queue;
    }
  return found;
}

void
far_control_redrive_messages (FarControlRequest *request)
{
  FarQueues *queues = far_platform_get_queues (request->control->platform);
  FarQueue *queue = queue_of (request, request->name);
  const char *to = NULL;
  JsonObject *object;
  FarQueue *target;

  if (queue == NULL)
    return;
  object = json_node_get_object (request->body);
  if (far_json_has (object, "to") && !far_json_get_string (object, "to", 256, &to, NULL))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "to must be the name of a queue");
      return;
    }
  target = to != NULL ? queue_of (request, to) : source_of (queues, queue);
  if (to != NULL && target == NULL)
    return;
  if (target == NULL || target == queue)
    far_control_error (request, SOUP_STATUS_CONFLICT, "no_source",
                       "%s is not the dead letter queue of exactly one other queue; say where its "
                       "messages are to go (to)", request->name);
  else
    answer_count (request, "moved", far_queue_redrive (queue, target, FAR_QUEUE_MESSAGES_MAX));
}

/* ---- Lambda's control plane ---- */

static void
on_controlled (guint status, const char *error_type, const char *body, gsize n_body,
               gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  if (request->control == NULL)
    {
      far_control_request_free (request);
      return;
    }
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "status", status);
  far_json_add_string (&writer, "error_type", error_type);
  if (n_body > 0)
    far_json_add_raw (&writer, "body", body, (gssize) n_body);
  else
    far_json_add_null (&writer, "body");
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_lambda (FarControlRequest *request)
{
  SoupMessageBody *body = soup_server_message_get_request_body (request->msg);
  const char *method = g_hash_table_lookup (request->query, "method");
  const char *path = g_hash_table_lookup (request->query, "path");
  const char *query = path != NULL ? strchr (path, '?') : NULL;
  g_autofree char *alone = query != NULL ? g_strndup (path, query - path) : g_strdup (path);
  const FarLambdaRequest wanted = {
    .method = method,
    .path = alone,
    .query = query != NULL ? query + 1 : "",
    .body = body->data,
    .n_body = (gsize) body->length,
  };

  if (path == NULL || *path != '/' || method == NULL || strlen (method) > METHOD_MAX)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "Name the operation by method and path: "
                         "method=GET&path=/2015-03-31/functions");
      return;
    }
  far_control_request_pause (request);
  far_lambda_control_handle (far_platform_get_lambda (request->control->platform), &wanted,
                             on_controlled, request);
}
