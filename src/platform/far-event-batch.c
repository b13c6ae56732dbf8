/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the two formats between queues and functions. No state. */
#include "platform/far-event-batch.h"

#include <string.h>

#define REGION "us-east-1"
#define SENDER "AIDAFARTHINGFARTHING0"

static void
add_millis (FarJsonWriter *writer, const char *name, gint64 time_us)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, time_us / 1000);

  far_json_add_string (writer, name, text);
}

static void
add_message (FarJsonWriter *writer, const FarMessage *message, const char *arn)
{
  g_autofree char *md5
      = g_compute_checksum_for_string (G_CHECKSUM_MD5, message->body, (gssize) message->n_body);
  g_autofree char *count = g_strdup_printf ("%u", message->n_received);
  g_autofree char *receipt = NULL;
  char id[FAR_UUID_LEN + 1];

  far_id_to_uuid (&message->id, id);
  receipt = g_strdup_printf ("%s#%u", id, message->n_received);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "messageId", id);
  far_json_add_string (writer, "receiptHandle", receipt);
  far_json_add_string_len (writer, "body", message->body, message->n_body);
  far_json_begin_object (writer, "attributes");
  far_json_add_string (writer, "ApproximateReceiveCount", count);
  add_millis (writer, "SentTimestamp", message->sent_us);
  far_json_add_string (writer, "SenderId", SENDER);
  add_millis (writer, "ApproximateFirstReceiveTimestamp", message->first_received_us);
  far_json_end_object (writer);
  if (message->attributes != NULL)
    far_json_add_raw (writer, "messageAttributes", message->attributes, -1);
  else
    {
      far_json_begin_object (writer, "messageAttributes");
      far_json_end_object (writer);
    }
  far_json_add_string (writer, "md5OfBody", md5);
  far_json_add_string (writer, "eventSource", "aws:sqs");
  far_json_add_string (writer, "eventSourceARN", arn);
  far_json_add_string (writer, "awsRegion", REGION);
  far_json_end_object (writer);
}

char *
far_event_batch_build (GPtrArray *messages, const char *arn, gsize *ret_length)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "Records");
  for (i = 0; i < messages->len; i++)
    add_message (&writer, messages->pdata[i], arn);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, ret_length);
}

/* One entry of the list. */
static gboolean
take_failure (JsonNode *node, const FarId *ids, guint n_ids, gboolean *ret_failed)
{
  const char *text = NULL;
  FarId id;
  guint i;

  if (!JSON_NODE_HOLDS_OBJECT (node)
      || !far_json_get_string (json_node_get_object (node), "itemIdentifier", FAR_UUID_LEN, &text,
                               NULL)
      || !far_id_parse (text, &id))
    return FALSE;
  for (i = 0; i < n_ids; i++)
    if (far_id_compare (&ids[i], &id) == 0)
      {
        ret_failed[i] = TRUE;
        return TRUE;
      }
  return FALSE;
}

gboolean
far_event_batch_failures (const char *payload, gsize n_payload, const FarId *ids, guint n_ids,
                          gboolean *ret_failed)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;
  JsonArray *failures;
  guint i;

  memset (ret_failed, 0, n_ids * sizeof *ret_failed);
  if (n_payload == 0)
    return TRUE;
  root = far_json_parse (payload, n_payload, FAR_JSON_SIZE_MAX, NULL);
  if (root == NULL)
    return FALSE;
  if (JSON_NODE_HOLDS_NULL (root))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  object = json_node_get_object (root);
  if (!far_json_has (object, "batchItemFailures"))
    return TRUE;
  if (!far_json_get_array (object, "batchItemFailures", FAR_EVENT_BATCH_MAX, &failures, NULL))
    return FALSE;
  for (i = 0; i < json_array_get_length (failures); i++)
    if (!take_failure (json_array_get_element (failures, i), ids, n_ids, ret_failed))
      return FALSE;
  return TRUE;
}
