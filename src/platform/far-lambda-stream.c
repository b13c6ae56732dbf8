/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One streamed answer. Invariant: request is set until the head has been sent, stream from then
 * on. What cannot be run has no stream: it is answered as Invoke answers it. */
#include "platform/far-lambda-stream.h"

#include "base/far-json.h"
#include "net/far-event-stream.h"

typedef struct {
  FarHttpRequest   *request;
  FarHttpStream    *stream;
  FarInvokeCallback refused;
} Answer;

static void
send_head (Answer *self, const FarId *request_id)
{
  FarHttpResponse *response = far_http_response_new_stream (&self->stream);
  char id[FAR_UUID_LEN + 1];

  far_id_to_uuid (request_id, id);
  far_http_response_add_header (response, "Content-Type", FAR_EVENT_STREAM_TYPE);
  far_http_response_add_header (response, "X-Amz-Executed-Version", "$LATEST");
  far_http_response_add_header (response, "x-amzn-RequestId", id);
  far_http_request_respond_stream (g_steal_pointer (&self->request), 200, response, self->stream);
}

static void
send_frame (Answer *self, const char *event, const char *type, const char *data, gsize n_bytes)
{
  const FarEventStreamHeader headers[] = {
    { ":message-type", "event" },
    { ":event-type", event },
    { ":content-type", type },
  };
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  far_event_stream_append (frame, headers, G_N_ELEMENTS (headers), data, n_bytes);
  far_http_stream_write (self->stream, (const char *) frame->data, frame->len);
}

static void
on_part (const FarId *request_id, const char *data, gsize n_bytes, gpointer user_data)
{
  Answer *self = user_data;
  gsize at;

  if (self->stream == NULL)
    send_head (self, request_id);
  for (at = 0; at < n_bytes; at += FAR_LAMBDA_CHUNK_MAX)
    send_frame (self, "PayloadChunk", "application/octet-stream", data + at,
                MIN (n_bytes - at, FAR_LAMBDA_CHUNK_MAX));
}

static void
send_complete (Answer *self, const FarInvokeResult *result)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (result->function_error != NULL)
    {
      far_json_add_string (&writer, "ErrorCode", result->function_error);
      far_json_add_string_len (&writer, "ErrorDetails", result->payload,
                               MIN (result->n_payload, FAR_LAMBDA_ERROR_DETAILS_MAX));
    }
  if (result->log_tail != NULL)
    {
      g_autofree char *log
          = g_base64_encode ((const guchar *) result->log_tail, result->n_log_tail);

      far_json_add_string (&writer, "LogResult", log);
    }
  far_json_end_object (&writer);
  send_frame (self, "InvokeComplete", "application/json", writer.text->str, writer.text->len);
}

static void
on_invoked (const FarInvokeResult *result, gpointer user_data)
{
  g_autofree Answer *self = user_data;

  if (result->status != 200)
    {
      self->refused (result, self->request);
      return;
    }
  if (self->stream == NULL && result->function_error == NULL)
    on_part (result->request_id, result->payload, result->n_payload, self);
  if (self->stream == NULL)
    send_head (self, result->request_id);
  send_complete (self, result);
  far_http_stream_end (self->stream, TRUE);
}

void
far_lambda_stream_invoke (FarDispatcher *dispatcher, FarAsyncQueue *queue,
                          FarInvokeRequest *wanted, FarHttpRequest *request,
                          FarInvokeCallback refused)
{
  Answer *self = g_new0 (Answer, 1);

  self->request = request;
  self->refused = refused;
  wanted->part = on_part;
  far_invoke (dispatcher, queue, wanted, on_invoked, self);
}
