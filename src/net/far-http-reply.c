/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns an answer that the client has read to its end. The client's thread. */
#include "net/far-http-reply-private.h"

struct _FarHttpReply {
  SoupMessage *message;
  GBytes *body;
};

FarHttpReply *
far_http_reply_new (SoupMessage *message,
                    GBytes      *body)
{
  FarHttpReply *reply = g_new0 (FarHttpReply, 1);

  reply->message = g_object_ref (message);
  reply->body = body;
  return reply;
}

/**
 * far_http_reply_get_status:
 * @reply: an answer
 *
 * Returns: its HTTP status
 */
guint
far_http_reply_get_status (FarHttpReply *reply)
{
  return soup_message_get_status (reply->message);
}

/**
 * far_http_reply_get_header:
 * @reply: an answer
 * @name: of a header field, in any case
 *
 * Returns: (transfer none) (nullable): its value
 */
const char *
far_http_reply_get_header (FarHttpReply *reply,
                           const char   *name)
{
  return soup_message_headers_get_one (soup_message_get_response_headers (reply->message), name);
}

/**
 * far_http_reply_get_body:
 * @reply: an answer
 *
 * Returns: (transfer none): its body
 */
GBytes *
far_http_reply_get_body (FarHttpReply *reply)
{
  return reply->body;
}

/**
 * far_http_reply_free:
 * @reply: (transfer full): an answer
 */
void
far_http_reply_free (FarHttpReply *reply)
{
  g_return_if_fail (reply != NULL);

  g_clear_object (&reply->message);
  g_clear_pointer (&reply->body, g_bytes_unref);
  g_free (reply);
}

/**
 * far_http_parse_date:
 * @text: a date as HTTP writes it
 * @ret_time_us: (out): since the Unix epoch; untouched on failure
 *
 * Returns: whether it is one
 */
gboolean
far_http_parse_date (const char *text,
                     gint64     *ret_time_us)
{
  g_autoptr (GDateTime) date = soup_date_time_new_from_http_string (text);

  if (date == NULL)
    return FALSE;
  *ret_time_us = g_date_time_to_unix (date) * G_USEC_PER_SEC;
  return TRUE;
}
