/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The documents that destinations and dead letters get, as AWS's developer guide has them. Pure. */
#include "base/far-json.h"
#include "platform/far-async-private.h"

/* Of the error's text in a dead letter's attributes. */
#define ERROR_TEXT_MAX 1024

static const char *
condition_of (FarAsyncEnd end)
{
  switch (end)
    {
    case FAR_ASYNC_SUCCESS:
      return "Success";
    case FAR_ASYNC_TOO_OLD:
      return "EventAgeExceeded";
    case FAR_ASYNC_RETRIES_EXHAUSTED:
    default:
      return "RetriesExhausted";
    }
}

/* A payload as JSON; what is none, as a string. */
static void
add_payload (FarJsonWriter *writer, const char *name, const char *data, gsize n_bytes)
{
  if (far_json_check_grammar (data, n_bytes, NULL))
    far_json_add_raw (writer, name, data, (gssize) n_bytes);
  else
    far_json_add_string_len (writer, name, data, n_bytes);
}

char *
far_async_record (const FarAsyncPending *event, const FarFunction *function, FarAsyncEnd end,
                  const FarCall *call, gint64 now_us)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *arn = g_strconcat (function->arn, ":$LATEST", NULL);
  g_autofree char *time = far_time_to_rfc3339 (now_us);
  g_autofree char *millis = g_strdup_printf ("%.23sZ", time);
  char id[FAR_UUID_LEN + 1];
  gboolean ran = call != NULL && call->entered_us > 0;
  gsize n_bytes;
  const char *data = g_bytes_get_data (event->payload, &n_bytes);

  far_id_to_uuid (&event->request_id, id);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "version", "1.0");
  far_json_add_string (&writer, "timestamp", millis);
  far_json_begin_object (&writer, "requestContext");
  far_json_add_string (&writer, "requestId", id);
  far_json_add_string (&writer, "functionArn", arn);
  far_json_add_string (&writer, "condition", condition_of (end));
  far_json_add_int (&writer, "approximateInvokeCount", event->n_invoked);
  far_json_end_object (&writer);
  add_payload (&writer, "requestPayload", data, n_bytes);
  if (ran)
    {
      far_json_begin_object (&writer, "responseContext");
      far_json_add_int (&writer, "statusCode", 200);
      far_json_add_string (&writer, "executedVersion", "$LATEST");
      if (call->outcome != FAR_INVOCATION_OK)
        far_json_add_string (&writer, "functionError", "Unhandled");
      far_json_end_object (&writer);
      if (call->payload != NULL)
        add_payload (&writer, "responsePayload", call->payload, call->n_payload);
      else
        far_json_add_null (&writer, "responsePayload");
    }
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

/* What the error says of itself; of other payloads, their beginning. Returns: (transfer full) */
static char *
error_text (const char *payload, gsize n_payload)
{
  FarJsonSpan rest = { payload, n_payload };
  FarJsonSpan name, value;

  if (far_json_check_grammar (payload, n_payload, NULL))
    while (far_json_walk (&rest, &name, &value))
      {
        g_autofree char *text = NULL;

        if (!far_json_span_is (name, "errorMessage"))
          continue;
        text = g_malloc (value.n_bytes + 1);
        if (far_json_copy_string (value, text) >= 0)
          return g_utf8_make_valid (text, (gssize) MIN (strlen (text), ERROR_TEXT_MAX));
      }
  return g_utf8_make_valid (payload, (gssize) MIN (n_payload, ERROR_TEXT_MAX));
}

char *
far_async_dead_letter_attributes (const FarAsyncPending *event, const FarCall *call)
{
  g_autoptr (JsonObject) plain = json_object_new ();
  g_autofree char *text = NULL;
  char id[FAR_UUID_LEN + 1];
  gboolean ran = call != NULL && call->entered_us > 0;

  far_id_to_uuid (&event->request_id, id);
  json_object_set_string_member (plain, "RequestID", id);
  json_object_set_int_member (plain, "ErrorCode", ran ? 200 : 429);
  if (call != NULL && call->payload != NULL && call->n_payload > 0)
    text = error_text (call->payload, call->n_payload);
  json_object_set_string_member (plain, "ErrorMessage",
                                 text != NULL ? text : "The event was never run");
  return far_queue_attributes (plain, NULL);
}
