/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small HTTP/1.1 client over a stream (see the header). The head of the answer is parsed by the
 * function library's strict parser; a body has a Content-Length or comes in chunks. */
#include "functions/far-gateway-client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lambda/far-http-head.h"
#include "lambda/far-lambda.h"

G_DEFINE_QUARK (far-gateway-error-quark, far_gateway_error)

struct _FarGatewayClient {
  int      fd;    /* -1: not connected */
  gboolean given; /* for tests: cannot be connected again */
};

typedef struct {
  int         fd;
  gint64      deadline_us; /* monotonic */
  GString    *buffer;      /* what has arrived and was not taken */
  FarHttpHead head;
} Exchange;

FarGatewayClient *
far_gateway_client_new (void)
{
  FarGatewayClient *self = g_new0 (FarGatewayClient, 1);

  self->fd = -1;
  return self;
}

FarGatewayClient *
far_gateway_client_new_for_fd (int fd)
{
  FarGatewayClient *self = far_gateway_client_new ();

  self->fd = fd;
  self->given = TRUE;
  return self;
}

static void
disconnect (FarGatewayClient *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

void
far_gateway_client_free (FarGatewayClient *self)
{
  if (self == NULL)
    return;
  disconnect (self);
  g_free (self);
}

static gboolean
connect_service (FarGatewayClient  *self,
                 GError           **error)
{
  g_autoptr (GError) reason = NULL;

  if (self->fd >= 0)
    return TRUE;
  if (!self->given)
    self->fd = far_lambda_service_fd ("gateway", &reason);
  if (self->fd >= 0)
    return TRUE;
  g_set_error (error, FAR_GATEWAY_ERROR, FAR_GATEWAY_ERROR_UNAVAILABLE, "No gateway: %s",
               reason != NULL ? reason->message : "the connection was closed");
  return FALSE;
}

static gboolean
unknown (GError     **error,
         const char  *what)
{
  g_set_error (error, FAR_GATEWAY_ERROR, FAR_GATEWAY_ERROR_UNKNOWN,
               "The gateway's answer is unknown: %s; ask again with the same key", what);
  return FALSE;
}

/* Waits until the stream is ready for that, at most until the deadline. */
static gboolean
wait_for (Exchange *exchange,
          short     events)
{
  for (;;)
    {
      struct pollfd item = { .fd = exchange->fd, .events = events };
      gint64 left_us = exchange->deadline_us - g_get_monotonic_time ();
      int n;

      if (left_us <= 0)
        return FALSE;
      n = poll (&item, 1, MIN (left_us / 1000 + 1, G_MAXINT));
      if (n > 0)
        return TRUE;
      if (n < 0 && errno != EINTR)
        return FALSE;
    }
}

static gboolean
send_all (Exchange    *exchange,
          const char  *data,
          gsize        n_bytes,
          GError     **error)
{
  while (n_bytes > 0)
    {
      gssize sent;

      if (!wait_for (exchange, POLLOUT))
        return unknown (error, "it took no more of the request");
      sent = send (exchange->fd, data, n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EINTR && errno != EAGAIN)
        return unknown (error, g_strerror (errno));
      data += MAX (sent, 0);
      n_bytes -= MAX (sent, 0);
    }
  return TRUE;
}

static gboolean
receive (Exchange  *exchange,
         GError   **error)
{
  char bytes[16 * 1024];
  gssize n;

  do
    {
      if (!wait_for (exchange, POLLIN))
        return unknown (error, "none came in time");
      n = recv (exchange->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    }
  while (n < 0 && (errno == EINTR || errno == EAGAIN));
  if (n <= 0)
    return unknown (error, n == 0 ? "the connection was closed" : g_strerror (errno));
  g_string_append_len (exchange->buffer, bytes, n);
  return TRUE;
}

/* Reads the head into ret_text, which the parsed head borrows from. */
static gboolean
receive_head (Exchange  *exchange,
              char     **ret_text,
              GError   **error)
{
  for (;;)
    {
      const char *end = strstr (exchange->buffer->str, "\r\n\r\n");
      gsize length;

      if (end == NULL && exchange->buffer->len > FAR_GATEWAY_HEAD_MAX)
        return unknown (error, "its head is too long");
      if (end == NULL)
        {
          if (!receive (exchange, error))
            return FALSE;
          continue;
        }
      length = end + 4 - exchange->buffer->str;
      *ret_text = g_strndup (exchange->buffer->str, length);
      g_string_erase (exchange->buffer, 0, length);
      if (!far_http_head_parse (&exchange->head, *ret_text, length, NULL))
        return unknown (error, "its head is malformed");
      return TRUE;
    }
}

static gboolean
receive_chunks (Exchange  *exchange,
                GString   *body,
                GError   **error)
{
  FarHttpChunks chunks = { 0 };

  for (;;)
    {
      g_autofree char *out = g_malloc (exchange->buffer->len + 1);
      gsize taken, decoded;

      if (!far_http_chunks_decode (&chunks, exchange->buffer->str, exchange->buffer->len, out,
                                   &taken, &decoded, NULL))
        return unknown (error, "its chunks are malformed");
      g_string_append_len (body, out, decoded);
      g_string_erase (exchange->buffer, 0, taken);
      if (body->len > FAR_GATEWAY_BODY_MAX)
        return unknown (error, "its body is too large");
      if (chunks.done)
        return TRUE;
      if (!receive (exchange, error))
        return FALSE;
    }
}

static gboolean
receive_body (Exchange  *exchange,
              GString   *body,
              GError   **error)
{
  const char *length = far_http_head_get (&exchange->head, "content-length");
  guint64 n_bytes = 0;

  if (far_http_head_is_chunked (&exchange->head))
    return receive_chunks (exchange, body, error);
  if (exchange->head.status == 204)
    return TRUE;
  if (length == NULL ||
      !g_ascii_string_to_unsigned (length, 10, 0, FAR_GATEWAY_BODY_MAX, &n_bytes, NULL))
    return unknown (error, "it says no length that can be taken");
  while (exchange->buffer->len < n_bytes)
    if (!receive (exchange, error))
      return FALSE;
  g_string_append_len (body, exchange->buffer->str, n_bytes);
  g_string_erase (exchange->buffer, 0, n_bytes);
  return TRUE;
}

static GString *
call (FarGatewayClient         *self,
      const FarGatewayRequest  *request,
      guint64                   span_id,
      gint64                    timeout_us,
      guint                    *ret_status,
      GError                  **error)
{
  g_autoptr (GString) head = g_string_new (NULL);
  g_autoptr (GString) buffer = g_string_new (NULL);
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *head_text = NULL;
  char traceparent[FAR_TRACEPARENT_LEN + 1];
  Exchange exchange;

  if (!connect_service (self, error))
    return NULL;
  exchange = (Exchange){ .fd = self->fd,
                         .deadline_us = g_get_monotonic_time () + timeout_us,
                         .buffer = buffer };
  g_string_append_printf (head, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", request->method,
                          request->path, request->host != NULL ? request->host : "localhost",
                          request->headers != NULL ? request->headers : "");
  if (far_lambda_get_traceparent (span_id, traceparent))
    g_string_append_printf (head, "traceparent: %s\r\n", traceparent);
  if (request->body != NULL)
    g_string_append_printf (head, "Content-Length: %" G_GSIZE_FORMAT "\r\n", request->n_body);
  g_string_append (head, "\r\n");
  if (!send_all (&exchange, head->str, head->len, error) ||
      (request->body != NULL && !send_all (&exchange, request->body, request->n_body, error)) ||
      !receive_head (&exchange, &head_text, error) || !receive_body (&exchange, body, error))
    {
      disconnect (self);
      return NULL;
    }
  if (buffer->len > 0 || !far_http_head_keeps_alive (&exchange.head))
    disconnect (self);
  *ret_status = exchange.head.status;
  return g_steal_pointer (&body);
}

GString *
far_gateway_client_call (FarGatewayClient         *self,
                         const FarGatewayRequest  *request,
                         gint64                    timeout_us,
                         guint                    *ret_status,
                         GError                  **error)
{
  g_autofree char *name = NULL;
  FarLambdaSpan span;
  GString *body;

  g_return_val_if_fail (self != NULL && request != NULL && ret_status != NULL, NULL);
  g_return_val_if_fail (request->path[0] == '/', NULL);

  far_lambda_span_begin (&span, "call");
  body = call (self, request, span.id, timeout_us, ret_status, error);
  name = g_strdup_printf ("%s %.*s", request->method, (int) strcspn (request->path, "?"),
                          request->path);
  far_lambda_span_end (&span, name, body != NULL && *ret_status < 500 ? FAR_LAMBDA_SPAN_OK
                                                                      : FAR_LAMBDA_SPAN_ERROR);
  return body;
}
