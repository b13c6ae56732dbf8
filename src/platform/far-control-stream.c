/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns one streamed answer.
 *
 * libsoup writes a chunked body as chunks are appended and stops at the end of what there is;
 * unpausing goes on. The backlog is what was appended and not yet written to the socket, of which
 * the kernel holds a further part. Freed when the message is over. */
#include "platform/far-control-stream.h"

#include <string.h>

struct _FarControlStream {
  SoupServerMessage     *msg;
  FarControlStreamClosed closed;
  gpointer               user_data;
  gsize                  backlog;
  gboolean               ended;
};

static void
on_wrote (SoupServerMessage *msg, guint n_bytes, gpointer user_data)
{
  FarControlStream *self = user_data;

  self->backlog -= MIN (self->backlog, n_bytes);
}

/* Finished, or cut off with its connection: whichever is told first. */
static void
on_over (SoupServerMessage *msg, gpointer user_data)
{
  FarControlStream *self = user_data;

  g_signal_handlers_disconnect_by_data (msg, self);
  self->closed (self, self->user_data);
  g_object_unref (self->msg);
  g_free (self);
}

FarControlStream *
far_control_stream_new (SoupServerMessage *msg, FarControlStreamClosed closed, gpointer user_data)
{
  FarControlStream *self = g_new0 (FarControlStream, 1);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);

  self->msg = g_object_ref (msg);
  self->closed = closed;
  self->user_data = user_data;
  soup_server_message_set_status (msg, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_replace (headers, "Content-Type", "application/x-ndjson");
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_body_set_accumulate (soup_server_message_get_response_body (msg), FALSE);
  g_signal_connect (msg, "wrote-body-data", G_CALLBACK (on_wrote), self);
  g_signal_connect (msg, "finished", G_CALLBACK (on_over), self);
  g_signal_connect (msg, "disconnected", G_CALLBACK (on_over), self);
  return self;
}

static void
append (FarControlStream *self, const char *line, gsize n_bytes)
{
  SoupMessageBody *body = soup_server_message_get_response_body (self->msg);
  char *text = g_malloc (n_bytes + 1);

  memcpy (text, line, n_bytes);
  text[n_bytes] = '\n';
  soup_message_body_append_take (body, (guchar *) text, n_bytes + 1);
  self->backlog += n_bytes + 1;
  soup_server_message_unpause (self->msg);
}

gboolean
far_control_stream_send (FarControlStream *self, const char *line, gsize n_bytes)
{
  static const char last[] = "{\"type\":\"dropped\",\"message\":\"You read too slowly and were let "
                             "go; connect again with ?after= and the last seq you have\"}";

  if (self->ended)
    return FALSE;
  if (self->backlog + n_bytes + 1 <= FAR_CONTROL_STREAM_BACKLOG_MAX)
    {
      append (self, line, n_bytes);
      return TRUE;
    }
  append (self, last, strlen (last));
  far_control_stream_end (self);
  return FALSE;
}

void
far_control_stream_end (FarControlStream *self)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  soup_message_body_complete (soup_server_message_get_response_body (self->msg));
  soup_server_message_unpause (self->msg);
}
