/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One answer: its prelude while that is not whole, then its stream. Invariant: request is set until
 * the head has been sent, stream from then on. */
#include "platform/far-stream-answer.h"

#include <string.h>

#include "platform/far-gateway-answer.h"

#define PRELUDE_TYPE "application/vnd.awslambda.http-integration-response"
#define PRELUDE_END 8 /* NUL bytes */

typedef struct {
  FarHttpRequest *request;
  FarHttpStream  *stream;
  GByteArray     *prelude; /* NULL: there is none, or it is behind us */
  char           *type;
  char            id[FAR_UUID_LEN + 1];
  gboolean        failed;  /* its prelude is broken: answered, the rest is dropped */
} Answer;

static void
answer_free (Answer *self)
{
  if (self->prelude != NULL)
    g_byte_array_unref (self->prelude);
  g_free (self->type);
  g_free (self);
}

static void
fail (Answer *self)
{
  static const char text[] = "{\"message\":\"Internal Server Error\"}";

  self->failed = TRUE;
  far_http_request_respond_json (g_steal_pointer (&self->request), 502, g_strdup (text),
                                 strlen (text));
}

/* Takes response. */
static void
send_head (Answer *self, guint status, FarHttpResponse *response)
{
  far_http_response_add_header (response, "Apigw-Requestid", self->id);
  far_http_request_respond_stream (g_steal_pointer (&self->request), status, response,
                                   self->stream);
}

static void
send_plain_head (Answer *self)
{
  FarHttpResponse *response = far_http_response_new_stream (&self->stream);

  if (!far_http_response_add_header (response, "Content-Type",
                                     self->type != NULL ? self->type : "application/octet-stream"))
    far_http_response_add_header (response, "Content-Type", "application/octet-stream");
  send_head (self, 200, response);
}

/* The prelude is whole: n_bytes of it, before the NULs. */
static void
send_prelude_head (Answer *self, gsize n_bytes)
{
  g_autofree char *text = g_strndup ((const char *) self->prelude->data, n_bytes);
  guint status;
  FarHttpResponse *response = far_gateway_answer_stream (text, n_bytes, &status, &self->stream);

  if (response == NULL)
    fail (self);
  else
    send_head (self, status, response);
}

static void
take_prelude (Answer *self, const char *data, gsize n_bytes)
{
  static const char nul[PRELUDE_END] = { 0 };
  gsize searched = self->prelude->len;
  const guint8 *end;
  gsize at;

  g_byte_array_append (self->prelude, (const guint8 *) data, n_bytes);
  searched -= MIN (searched, PRELUDE_END - 1);
  end = memmem (self->prelude->data + searched, self->prelude->len - searched, nul, PRELUDE_END);
  at = end != NULL ? (gsize) (end - self->prelude->data) : self->prelude->len;
  if (at > FAR_STREAM_PRELUDE_MAX)
    fail (self);
  else if (end != NULL)
    {
      g_autoptr (GByteArray) prelude = NULL;

      send_prelude_head (self, at);
      prelude = g_steal_pointer (&self->prelude);
      at += PRELUDE_END;
      if (self->stream != NULL)
        far_http_stream_write (self->stream, (const char *) prelude->data + at, prelude->len - at);
    }
}

static void
on_done (FarCall *call, gpointer user_data)
{
  Answer *self = user_data;

  if (self->request != NULL && (self->prelude != NULL || call->outcome != FAR_INVOCATION_OK))
    fail (self);
  else if (self->request != NULL)
    send_plain_head (self);
  if (self->stream != NULL)
    far_http_stream_end (self->stream, call->outcome == FAR_INVOCATION_OK);
  answer_free (self);
}

static void
on_begin (FarCall *call, const char *content_type, gpointer user_data)
{
  Answer *self = g_new0 (Answer, 1);

  self->request = user_data;
  self->type = g_strdup (content_type);
  if (content_type != NULL && g_ascii_strcasecmp (content_type, PRELUDE_TYPE) == 0)
    self->prelude = g_byte_array_new ();
  far_id_to_uuid (&call->request_id, self->id);
  call->user_data = self;
  call->done = on_done;
}

static void
on_part (FarCall *call, const char *data, gsize n_bytes, gpointer user_data)
{
  Answer *self = user_data;

  if (self->failed)
    return;
  if (self->prelude != NULL)
    {
      take_prelude (self, data, n_bytes);
      return;
    }
  if (self->request != NULL)
    send_plain_head (self);
  far_http_stream_write (self->stream, data, n_bytes);
}

const FarCallSink far_stream_answer_sink = { on_begin, on_part };
