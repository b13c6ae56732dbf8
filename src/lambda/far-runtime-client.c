/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API (2018-06-01) as a client: GET next, POST response, POST error; the same in frames
 * where the platform has said that it takes them (far-runtime-channel.h).
 *
 * One connection, one request at a time, kept alive. Over TCP a connection that the other side has
 * closed between two requests is opened again; an inherited stream cannot be, and its end is the
 * order to leave. The platform is trusted, yet everything is bounded, and an answer that is not
 * understood to the letter ends the instance rather than being guessed at.
 *
 * Thread: one. Memory: a buffer that shrinks back after a large event. */
#include "lambda/far-runtime-client.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "base/far-json.h"
#include "lambda/far-http-head.h"
#include "lambda/far-lambda-private.h"
#include "lambda/far-runtime-channel.h"

#define API "/2018-06-01/runtime/"
#define KEPT_BUFFER_MAX (64 * 1024)

struct _FarRuntimeClient {
  FarRuntimeChannel *channel; /* nullable: then nothing of what follows but asked is used */
  int             fd;
  char           *address;   /* NULL: an inherited stream */
  GByteArray     *buffer;    /* one whole answer */
  GString        *head_text; /* its head, which what follows points into */
  FarHttpHead     head;
  gsize           body_at;
  gsize           body_len;
  gboolean        asked;     /* a response was sent whose answer is the next event */
};

FarRuntimeClient *
far_runtime_client_new_for_fd (int fd)
{
  FarRuntimeClient *self = g_new0 (FarRuntimeClient, 1);

  self->fd = fd;
  self->buffer = g_byte_array_new ();
  self->head_text = g_string_new (NULL);
  return self;
}

FarRuntimeClient *
far_runtime_client_new_for_address (const char *address)
{
  FarRuntimeClient *self = far_runtime_client_new_for_fd (-1);

  self->address = g_strdup (address);
  return self;
}

FarRuntimeClient *
far_runtime_client_new_for_channel (int fd)
{
  FarRuntimeClient *self = far_runtime_client_new_for_fd (-1);

  self->channel = far_runtime_channel_new (fd);
  return self;
}

static void
disconnect (FarRuntimeClient *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

void
far_runtime_client_free (FarRuntimeClient *self)
{
  if (self == NULL)
    return;
  disconnect (self);
  far_runtime_channel_free (self->channel);
  g_free (self->address);
  g_byte_array_unref (self->buffer);
  g_string_free (self->head_text, TRUE);
  g_free (self);
}

static gboolean
protocol_error (GError    **error,
                const char *what)
{
  g_set_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_PROTOCOL, "Runtime API: %s", what);
  return FALSE;
}

static gboolean
ensure_connected (FarRuntimeClient *self,
                  GError          **error)
{
  if (self->fd >= 0)
    return TRUE;
  if (self->address == NULL)
    {
      errno = EPIPE;
      return far_lambda_socket_error (error, "inherited stream");
    }
  self->fd = far_lambda_connect_tcp (self->address, error);
  return self->fd >= 0;
}

/* Head and body in one go where the socket takes them. */
static gboolean
send_request (FarRuntimeClient *self,
              const char       *head,
              const char       *body,
              gsize             n_bytes,
              GError          **error)
{
  struct iovec vector[2] = {
    { (void *) head, strlen (head) },
    { (void *) body, n_bytes },
  };

  return far_lambda_send_all (self->fd, vector, n_bytes > 0 ? 2 : 1, error);
}

static gboolean
receive_head (FarRuntimeClient *self,
              GError          **error)
{
  gsize searched = 0;

  g_byte_array_set_size (self->buffer, 0);
  for (;;)
    {
      const char *end = self->buffer->len > searched
        ? g_strstr_len ((char *) self->buffer->data + searched, self->buffer->len - searched,
                        "\r\n\r\n")
        : NULL;

      if (end != NULL)
        {
          self->body_at = end + 4 - (char *) self->buffer->data;
          /* In a place of its own: the buffer moves when a long body comes. */
          g_string_truncate (self->head_text, 0);
          g_string_append_len (self->head_text, (char *) self->buffer->data, self->body_at);
          return far_http_head_parse (&self->head, self->head_text->str, self->body_at, error);
        }
      if (self->buffer->len >= FAR_RUNTIME_HEAD_MAX)
        return protocol_error (error, "the head of an answer is too long");
      searched = self->buffer->len > 3 ? self->buffer->len - 3 : 0;
      if (!far_lambda_receive_more (self->fd, self->buffer, 4096, error))
        return FALSE;
    }
}

static gboolean
receive_sized_body (FarRuntimeClient *self,
                    gsize             n_bytes,
                    GError          **error)
{
  while (self->buffer->len < self->body_at + n_bytes)
    if (!far_lambda_receive_more (self->fd, self->buffer,
                                  self->body_at + n_bytes - self->buffer->len, error))
      return FALSE;
  if (self->buffer->len != self->body_at + n_bytes)
    return protocol_error (error, "more bytes than announced");
  self->body_len = n_bytes;
  return TRUE;
}

/* Chunks are put together in place: what is decoded always ends before what is not. */
static gboolean
receive_chunked_body (FarRuntimeClient *self,
                      GError          **error)
{
  FarHttpChunks chunks = { 0 };
  gsize at = self->body_at;

  self->body_len = 0;
  for (;;)
    {
      char *data = (char *) self->buffer->data;
      gsize taken = 0, decoded = 0;

      if (!far_http_chunks_decode (&chunks, data + at, self->buffer->len - at,
                                   data + self->body_at + self->body_len, &taken, &decoded, error))
        return FALSE;
      at += taken;
      self->body_len += decoded;
      if (chunks.done)
        return at == self->buffer->len || protocol_error (error, "bytes behind the last chunk");
      if (self->body_len > FAR_RUNTIME_BODY_MAX || at > 2 * FAR_RUNTIME_BODY_MAX)
        return protocol_error (error, "an event is too long");
      if (!far_lambda_receive_more (self->fd, self->buffer, 16 * 1024, error))
        return FALSE;
    }
}

static gboolean
receive_answer (FarRuntimeClient *self,
                GError          **error)
{
  const char *length;
  guint64 n_bytes;

  if (!receive_head (self, error))
    return FALSE;
  if (far_http_head_is_chunked (&self->head))
    return receive_chunked_body (self, error);
  length = far_http_head_get (&self->head, "content-length");
  if (length == NULL)
    return protocol_error (error, "an answer has no length");
  if (!g_ascii_string_to_unsigned (length, 10, 0, FAR_RUNTIME_BODY_MAX, &n_bytes, NULL))
    return protocol_error (error, "an event is too long");
  return receive_sized_body (self, n_bytes, error);
}

static gboolean
finish_exchange (FarRuntimeClient *self,
                 GError          **error)
{
  if (!receive_answer (self, error))
    {
      disconnect (self);
      return FALSE;
    }
  /* One NUL behind the body, for those who want text. */
  g_byte_array_set_size (self->buffer, self->body_at + self->body_len + 1);
  self->buffer->data[self->body_at + self->body_len] = '\0';
  if (self->address != NULL && !far_http_head_keeps_alive (&self->head))
    disconnect (self);
  return TRUE;
}

static gboolean
exchange_once (FarRuntimeClient *self,
               const char       *head,
               const char       *body,
               gsize             n_bytes,
               GError          **error)
{
  if (!ensure_connected (self, error))
    return FALSE;
  if (send_request (self, head, body, n_bytes, error))
    return finish_exchange (self, error);
  disconnect (self);
  return FALSE;
}

/* A kept TCP connection may have been closed since; nothing of this request was seen then. */
static gboolean
exchange (FarRuntimeClient *self,
          const char       *head,
          const char       *body,
          gsize             n_bytes,
          GError          **error)
{
  g_autoptr (GError) local = NULL;
  gboolean kept = self->fd >= 0 && self->address != NULL;

  if (exchange_once (self, head, body, n_bytes, &local))
    return TRUE;
  if (kept && g_error_matches (local, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_CLOSED))
    return exchange_once (self, head, body, n_bytes, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static const char *
host (FarRuntimeClient *self)
{
  return self->address ? self->address : "localhost";
}

/* It becomes part of a path. */
static gboolean
id_is_plain (const char *id)
{
  return id != NULL && id[0] != '\0' && strlen (id) <= 128 &&
         strspn (id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
           strlen (id);
}

static void
shrink (FarRuntimeClient *self)
{
  if (self->buffer->len <= KEPT_BUFFER_MAX)
    return;
  g_byte_array_unref (self->buffer);
  self->buffer = g_byte_array_new ();
}

/* 413 has been booked as the function's error by the platform; the instance goes on. */
static gboolean
is_taken (FarRuntimeClient *self)
{
  return self->head.status == 202 || self->head.status == 413;
}

static gboolean
ask_next (FarRuntimeClient *self,
          GError          **error)
{
  g_autofree char *head = g_strdup_printf ("GET " API "invocation/next HTTP/1.1\r\n"
                                           "Host: %s\r\nUser-Agent: farthing\r\n\r\n",
                                           host (self));

  if (!exchange (self, head, NULL, 0, error))
    return FALSE;
  return self->head.status == 200 || protocol_error (error, "next was not answered with 200");
}

static gboolean
send_frame (FarRuntimeClient      *self,
            const FarRuntimeFrame *frame,
            GError               **error)
{
  self->asked = far_runtime_channel_send (self->channel, frame, error);
  return self->asked;
}

static gboolean
receive_event (FarRuntimeClient *self,
               FarRuntimeFrame  *frame,
               GError          **error)
{
  static const FarRuntimeFrame ask = { .kind = FAR_RUNTIME_NEXT };

  if ((!self->asked && !send_frame (self, &ask, error)) ||
      !far_runtime_channel_receive (self->channel, frame, error))
    return FALSE;
  /* Too large: it has been booked as the function's error, and the instance goes on. */
  if (frame->kind == FAR_RUNTIME_STATUS && frame->number == 413 &&
      (!send_frame (self, &ask, error) ||
       !far_runtime_channel_receive (self->channel, frame, error)))
    return FALSE;
  self->asked = FALSE;
  if (frame->kind == FAR_RUNTIME_EVENT)
    return TRUE;
  return protocol_error (error, "what was said was not answered with an event");
}

static gboolean
next_on_channel (FarRuntimeClient     *self,
                 FarRuntimeInvocation *ret,
                 GError              **error)
{
  FarRuntimeFrame frame;

  if (!receive_event (self, &frame, error))
    return FALSE;
  if (!id_is_plain (frame.id))
    return protocol_error (error, "an invocation has no usable request id");
  if (frame.number < 0 || frame.number > G_MAXINT64 / 1000)
    return protocol_error (error, "an invocation has no usable deadline");
  ret->request_id = frame.id;
  ret->function_arn = frame.name != NULL ? frame.name : "";
  ret->trace_id = frame.note;
  ret->client_context = frame.context;
  ret->deadline_ms = frame.number;
  ret->event = frame.payload;
  ret->n_bytes = frame.n_payload;
  return TRUE;
}

gboolean
far_runtime_client_next (FarRuntimeClient     *self,
                         FarRuntimeInvocation *ret,
                         GError              **error)
{
  gboolean asked = self->asked;
  const char *deadline;
  FarRuntimeInvocation next;

  if (self->channel != NULL)
    return next_on_channel (self, ret, error);
  shrink (self);
  self->asked = FALSE;
  if (asked && !finish_exchange (self, error))
    return FALSE;
  /* Without an event that was the answer to the response alone. */
  if (asked && self->head.status != 200 && !is_taken (self))
    return protocol_error (error, "a result was not answered with 202");
  if ((!asked || self->head.status != 200) && !ask_next (self, error))
    return FALSE;
  next.request_id = far_http_head_get (&self->head, "lambda-runtime-aws-request-id");
  next.function_arn = far_http_head_get (&self->head, "lambda-runtime-invoked-function-arn");
  next.trace_id = far_http_head_get (&self->head, "lambda-runtime-trace-id");
  next.client_context = far_http_head_get (&self->head, "lambda-runtime-client-context");
  deadline = far_http_head_get (&self->head, "lambda-runtime-deadline-ms");
  if (!id_is_plain (next.request_id))
    return protocol_error (error, "an invocation has no usable request id");
  if (deadline == NULL ||
      !g_ascii_string_to_signed (deadline, 10, 0, G_MAXINT64 / 1000, &next.deadline_ms, NULL))
    return protocol_error (error, "an invocation has no usable deadline");
  if (next.function_arn == NULL)
    next.function_arn = "";
  next.event = (char *) self->buffer->data + self->body_at;
  next.n_bytes = self->body_len;
  *ret = next;
  return TRUE;
}

static gboolean
post (FarRuntimeClient *self,
      const char       *head,
      const char       *body,
      gsize             n_bytes,
      GError          **error)
{
  if (!exchange (self, head, body, n_bytes, error))
    return FALSE;
  if (!is_taken (self))
    return protocol_error (error, "a result was not answered with 202");
  return TRUE;
}

static char *
note_header (FarRuntimeClient *self,
             const char       *notes)
{
  if (notes == NULL || self->address != NULL)
    return g_strdup ("");
  return g_strdup_printf ("Farthing-Notes: %s\r\n", notes);
}

/* One that is too large is told by its size. */
static void
set_payload (FarRuntimeFrame *frame,
             const char      *payload,
             gsize            n_bytes)
{
  if (n_bytes > FAR_RUNTIME_FRAME_PAYLOAD_MAX)
    {
      frame->number = (gint64) n_bytes;
      return;
    }
  frame->payload = payload;
  frame->n_payload = n_bytes;
}

static gboolean
respond_on_channel (FarRuntimeClient *self,
                    const char       *request_id,
                    const char       *body,
                    gsize             n_bytes,
                    const char       *notes,
                    GError          **error)
{
  FarRuntimeFrame frame = { .kind = FAR_RUNTIME_RESPONSE, .id = request_id, .note = notes };

  set_payload (&frame, body, n_bytes);
  return send_frame (self, &frame, error);
}

gboolean
far_runtime_client_respond (FarRuntimeClient *self,
                            const char       *request_id,
                            const char       *body,
                            gsize             n_bytes,
                            const char       *notes,
                            GError          **error)
{
  g_autofree char *note = NULL;
  g_autofree char *head = NULL;

  g_return_val_if_fail (id_is_plain (request_id), FALSE);

  if (self->channel != NULL)
    return respond_on_channel (self, request_id, body, n_bytes, notes, error);
  note = note_header (self, notes);
  head = g_strdup_printf ("POST " API "invocation/%s/response HTTP/1.1\r\nHost: %s\r\n"
                          "User-Agent: farthing\r\nContent-Type: application/json\r\n%s%s"
                          "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                          request_id, host (self),
                          self->address == NULL ? "Farthing-Then: next\r\n" : "", note, n_bytes);
  if (self->address != NULL)
    return post (self, head, body, n_bytes, error);
  /* An inherited stream leads to Farthing, which answers this with the next event. */
  self->asked = ensure_connected (self, error) && send_request (self, head, body, n_bytes, error);
  return self->asked;
}

/* Asks for the next event as well, but for the init error, which the platform is to have taken
 * before this process ends. */
static gboolean
fail_on_channel (FarRuntimeClient *self,
                 const char       *request_id,
                 const char       *type,
                 const char       *notes,
                 const char       *body,
                 gsize             n_bytes,
                 GError          **error)
{
  FarRuntimeFrame frame = { .kind = request_id ? FAR_RUNTIME_ERROR : FAR_RUNTIME_INIT_ERROR,
                            .id = request_id, .name = type, .note = notes };

  set_payload (&frame, body, n_bytes);
  if (request_id != NULL)
    return send_frame (self, &frame, error);
  if (!far_runtime_channel_send (self->channel, &frame, error) ||
      !far_runtime_channel_receive (self->channel, &frame, error))
    return FALSE;
  return (frame.kind == FAR_RUNTIME_STATUS && frame.number == 202) ||
         protocol_error (error, "an init error was not taken");
}

/* Returns: (transfer full): an error as Lambda's runtimes write it. */
static char *
write_failure (const char *type,
               const char *message,
               gsize      *ret_n_bytes)
{
  g_auto (FarJsonWriter) writer = { NULL };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "errorMessage", message);
  far_json_add_string (&writer, "errorType", type);
  far_json_begin_array (&writer, "stackTrace");
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, ret_n_bytes);
}

gboolean
far_runtime_client_fail (FarRuntimeClient *self,
                         const char       *request_id,
                         const char       *type,
                         const char       *message,
                         const char       *notes,
                         GError          **error)
{
  g_autofree char *note = NULL;
  g_autofree char *path = NULL;
  g_autofree char *head = NULL;
  g_autofree char *body = NULL;
  gsize n_bytes;

  g_return_val_if_fail (request_id == NULL || id_is_plain (request_id), FALSE);

  body = write_failure (type, message, &n_bytes);
  if (self->channel != NULL)
    return fail_on_channel (self, request_id, type, notes, body, n_bytes, error);
  note = note_header (self, notes);
  path = request_id ? g_strdup_printf ("invocation/%s", request_id) : g_strdup ("init");
  head = g_strdup_printf ("POST " API "%s/error HTTP/1.1\r\nHost: %s\r\nUser-Agent: farthing\r\n"
                          "Content-Type: application/vnd.aws.lambda.error+json\r\n"
                          "Lambda-Runtime-Function-Error-Type: %s\r\n%s"
                          "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                          path, host (self), type, note, n_bytes);
  return post (self, head, body, n_bytes, error);
}
