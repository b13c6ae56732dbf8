/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the queue of webhooks and their tries.
 *
 * The id stays the same over all tries, so that a receiver can tell a second delivery from a second
 * event; timestamp and signature are of each try. Redirects are not followed. */
#include "platform/far-webhook.h"

#include <errno.h>
#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"
#include "base/far-random.h"
#include "net/far-http-client.h"

#define SECRET_PREFIX "whsec_"
#define SECRET_LEN 32
#define REPLY_MAX 16384

static const guint waits_s[FAR_WEBHOOK_TRIES_MAX - 1] = { 5, 30, 120, 600, 3600 };

typedef struct {
  FarWebhooks *owner; /* NULL once it has gone */
  char        *url;
  char        *body;
  char         id[FAR_ID_HEX_LEN + 5]; /* "msg_…" */
  guint        tries;
  guint        timer;
} Message;

struct _FarWebhooks {
  FarClock        *clock;
  FarHttpClient   *http;
  GCancellable    *closing;
  GPtrArray       *messages; /* (element-type Message) */
  guint8           secret[SECRET_LEN];
  FarWebhookFailed failed;
  gpointer         user_data;
  gboolean         hurry;
};

static void
message_free (Message *message)
{
  g_clear_handle_id (&message->timer, g_source_remove);
  g_free (message->url);
  g_free (message->body);
  g_free (message);
}

static gboolean
read_secret (FarWebhooks *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree guchar *decoded = NULL;
  gsize n_bytes = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      g_autofree char *encoded = NULL;

      far_random_bytes (self->secret, SECRET_LEN);
      encoded = g_base64_encode (self->secret, SECRET_LEN);
      text = g_strconcat (SECRET_PREFIX, encoded, "\n", NULL);
      return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
    }
  g_strchomp (text);
  if (g_str_has_prefix (text, SECRET_PREFIX))
    decoded = g_base64_decode (text + strlen (SECRET_PREFIX), &n_bytes);
  if (n_bytes == SECRET_LEN)
    {
      memcpy (self->secret, decoded, SECRET_LEN);
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "%s is no webhook secret; remove it, and a new one is made", path);
  return FALSE;
}

FarWebhooks *
far_webhooks_new (const char *secret_path, FarClock *clock, FarWebhookFailed failed,
                  gpointer user_data, GError **error)
{
  FarWebhooks *self = g_new0 (FarWebhooks, 1);

  self->clock = far_clock_ref (clock);
  self->http = far_http_client_new (8);
  self->closing = g_cancellable_new ();
  self->messages = g_ptr_array_new ();
  self->failed = failed;
  self->user_data = user_data;
  if (read_secret (self, secret_path, error))
    return self;
  far_webhooks_free (self);
  return NULL;
}

void
far_webhooks_free (FarWebhooks *self)
{
  guint i;

  if (self == NULL)
    return;
  g_cancellable_cancel (self->closing);
  for (i = 0; i < self->messages->len; i++)
    {
      Message *message = g_ptr_array_index (self->messages, i);

      message->owner = NULL;
      /* One that is under way is freed by its answer. */
      if (message->timer != 0)
        message_free (message);
    }
  g_ptr_array_unref (self->messages);
  g_object_unref (self->http);
  g_object_unref (self->closing);
  far_clock_unref (self->clock);
  g_free (self);
}

static void
end_message (Message *message, const char *why)
{
  FarWebhooks *self = message->owner;

  g_ptr_array_remove_fast (self->messages, message);
  if (why != NULL && self->failed != NULL)
    self->failed (message->url, why, self->user_data);
  message_free (message);
}

static void try_message (Message *message);

static gboolean
on_timer (gpointer user_data)
{
  Message *message = user_data;

  message->timer = 0;
  try_message (message);
  return G_SOURCE_REMOVE;
}

static void
try_later (Message *message, const char *why)
{
  guint wait_s;

  if (message->tries >= FAR_WEBHOOK_TRIES_MAX)
    {
      end_message (message, why);
      return;
    }
  wait_s = waits_s[message->tries - 1];
  message->timer = g_timeout_add (message->owner->hurry ? wait_s : wait_s * 1000, on_timer,
                                  message);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Message *message = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply = far_http_client_send_finish (FAR_HTTP_CLIENT (source), result,
                                                                &error);
  guint status = reply != NULL ? far_http_reply_get_status (reply) : 0;
  g_autofree char *why = NULL;

  if (message->owner == NULL)
    {
      message_free (message);
      return;
    }
  if (status / 100 == 2)
    {
      end_message (message, NULL);
      return;
    }
  why = reply != NULL ? g_strdup_printf ("it answered %u", status) : g_strdup (error->message);
  /* 410: the receiver wants no more; an address that is not allowed stays so. */
  if (status == 410 ||
      g_error_matches (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_ADDRESS))
    end_message (message, why);
  else
    try_later (message, why);
}

static char *
sign (FarWebhooks *self, const Message *message, const char *timestamp)
{
  g_autofree char *signed_text = g_strdup_printf ("%s.%s.%s", message->id, timestamp,
                                                  message->body);
  g_autofree char *encoded = NULL;
  guint8 digest[FAR_SHA256_LEN];

  far_hmac_sha256 (self->secret, SECRET_LEN, signed_text, strlen (signed_text), digest);
  encoded = g_base64_encode (digest, sizeof digest);
  return g_strconcat ("v1,", encoded, NULL);
}

static void
try_message (Message *message)
{
  FarWebhooks *self = message->owner;
  g_autofree char *timestamp = g_strdup_printf ("%" G_GINT64_FORMAT,
                                                far_clock_now_us (self->clock) / G_USEC_PER_SEC);
  g_autofree char *signature = sign (self, message, timestamp);
  g_autoptr (GBytes) body = g_bytes_new (message->body, strlen (message->body));
  const char *const headers[] = { "webhook-id", message->id, "webhook-timestamp", timestamp,
                                  "webhook-signature", signature, NULL };
  const FarHttpCall call = {
    .method = "POST",
    .url = message->url,
    .headers = headers,
    .body = body,
    .reply_max = REPLY_MAX,
    .timeout_us = FAR_WEBHOOK_TIMEOUT_US,
    .addresses = FAR_ADDRESS_PUBLIC_OR_LOOPBACK,
  };

  message->tries++;
  far_http_client_send_async (self->http, &call, self->closing, on_reply, message);
}

gboolean
far_webhooks_send (FarWebhooks *self, const char *url, const char *body)
{
  char hex[FAR_ID_HEX_LEN + 1];
  Message *message;
  FarId id;

  if (self->messages->len >= FAR_WEBHOOKS_MAX)
    return FALSE;
  message = g_new0 (Message, 1);
  message->owner = self;
  message->url = g_strdup (url);
  message->body = g_strdup (body);
  far_id_init (&id, self->clock);
  far_id_to_hex (&id, hex);
  g_snprintf (message->id, sizeof message->id, "msg_%s", hex);
  g_ptr_array_add (self->messages, message);
  try_message (message);
  return TRUE;
}

guint
far_webhooks_n_waiting (FarWebhooks *self)
{
  return self->messages->len;
}

void
far_webhooks_set_hurry (FarWebhooks *self, gboolean hurry)
{
  self->hurry = hurry;
}
