/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed requests over small pools of connections. A cancellable of the whole object ends what is
 * under way: its callbacks then find the owner gone and only free themselves.
 *
 * Each time something ends, a SoupSession looks at every connection for every message it holds, by
 * a system call: with hundreds of both it does nothing else. So there are many sessions of a few
 * connections each, and what exceeds them waits here. A request is signed when it leaves, as a
 * signature is good for minutes only. */
#include "readers/far-reader-http.h"

#include <libsoup/soup.h>
#include <string.h>

#include "base/far-json.h"
#include "net/far-http-signature.h"

#define ANSWER_JSON_MAX (1024 * 1024)

#define POOLS 32
#define POOL_CONNECTIONS (FAR_READER_CONNECTIONS_MAX / POOLS)

typedef struct {
  SoupSession *session;
  guint        n_sent; /* without an answer yet */
} Pool;

struct _FarReaderHttp {
  Pool            pools[POOLS];
  GUri           *base;
  FarClock       *clock;
  FarVisitReport *report;
  GCancellable   *cancellable;
  GQueue          waiting; /* Exchange, oldest first */
};

typedef struct {
  FarReaderHttp  *owner; /* not to be touched once cancelled */
  GCancellable   *cancellable;
  const FarReaderTraits *traits;
  const char     *method;
  char           *target;
  char           *body;    /* (nullable) */
  Pool           *pool;    /* NULL while it waits, as message */
  SoupMessage    *message;
  gint64          asked_us;
  FarReaderAnswer answer;
  gpointer        user_data;
  gint64          due_us;
} Exchange;

FarReaderHttp *
far_reader_http_new (const char *gateway, FarClock *clock, FarVisitReport *report)
{
  FarReaderHttp *self;
  GUri *base = g_uri_parse (gateway, G_URI_FLAGS_NONE, NULL);
  guint i;

  if (base == NULL)
    return NULL;
  self = g_new0 (FarReaderHttp, 1);
  self->base = base;
  self->clock = far_clock_ref (clock);
  self->report = report;
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
  for (i = 0; i < POOLS; i++)
    {
      self->pools[i].session = soup_session_new_with_options (
        "max-conns", POOL_CONNECTIONS,
        "max-conns-per-host", POOL_CONNECTIONS,
        "timeout", FAR_READER_TIMEOUT_S,
        "user-agent", "farthing-readers",
        NULL);
      /* Readers keep no cookies, and the gateway sends nothing compressed. */
      soup_session_remove_feature_by_type (self->pools[i].session, SOUP_TYPE_CONTENT_DECODER);
    }
  return self;
}

static void
exchange_free (Exchange *exchange)
{
  g_clear_object (&exchange->message);
  g_free (exchange->target);
  g_free (exchange->body);
  g_clear_object (&exchange->cancellable);
  g_free (exchange);
}

void
far_reader_http_free (FarReaderHttp *self)
{
  guint i;

  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) exchange_free);
  for (i = 0; i < POOLS; i++)
    {
      soup_session_abort (self->pools[i].session);
      g_clear_object (&self->pools[i].session);
    }
  g_clear_object (&self->cancellable);
  g_uri_unref (self->base);
  far_clock_unref (self->clock);
  g_free (self);
}

static void
add_signature (FarReaderHttp *self, const FarReaderTraits *traits, SoupMessage *message,
               const char *target, const char *body)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  const char *mark = strchr (target, '?');
  g_autofree char *path = mark != NULL ? g_strndup (target, mark - target) : g_strdup (target);
  FarHttpSignable request = {
    .method = soup_message_get_method (message),
    .path = path,
    .query = mark != NULL ? mark + 1 : NULL,
    .body = body,
    .n_body = body != NULL ? strlen (body) : 0,
  };
  g_autoptr (FarHttpSignatureFields) fields
      = far_http_signature_sign (&request, traits->private_key, traits->public_key,
                                 far_clock_now_us (self->clock));

  soup_message_headers_replace (headers, "Signature-Input", fields->signature_input);
  soup_message_headers_replace (headers, "Signature", fields->signature);
  if (fields->content_digest != NULL)
    soup_message_headers_replace (headers, "Content-Digest", fields->content_digest);
}

static void on_answer (GObject *source, GAsyncResult *result, gpointer user_data);

static void
send_now (FarReaderHttp *self, Pool *pool, Exchange *exchange)
{
  g_autoptr (GUri) uri
      = g_uri_parse_relative (self->base, exchange->target, G_URI_FLAGS_ENCODED, NULL);

  g_assert (uri != NULL); /* targets are made of ids the server gave, and checked there */
  exchange->message = soup_message_new_from_uri (exchange->method, uri);
  add_signature (self, exchange->traits, exchange->message, exchange->target, exchange->body);
  if (exchange->body != NULL)
    {
      gsize n = strlen (exchange->body);
      g_autoptr (GBytes) bytes = g_bytes_new_take (g_steal_pointer (&exchange->body), n);

      soup_message_set_request_body_from_bytes (exchange->message, "application/json", bytes);
    }
  exchange->pool = pool;
  pool->n_sent++;
  soup_session_send_and_read_async (pool->session, exchange->message, G_PRIORITY_DEFAULT,
                                    self->cancellable, on_answer, exchange);
}

/* Nobody waits longer for a place than for an answer. */
static gboolean
give_up (gpointer user_data)
{
  Exchange *exchange = user_data;

  if (!g_cancellable_is_cancelled (exchange->cancellable))
    exchange->answer (0, NULL, 0, exchange->user_data);
  exchange_free (exchange);
  return G_SOURCE_REMOVE;
}

/* The pool with most room. Returns: (nullable) */
static Pool *
find_pool (FarReaderHttp *self)
{
  Pool *best = &self->pools[0];
  guint i;

  for (i = 1; i < POOLS; i++)
    if (self->pools[i].n_sent < best->n_sent)
      best = &self->pools[i];
  return best->n_sent < POOL_CONNECTIONS ? best : NULL;
}

static void
send_waiting (FarReaderHttp *self)
{
  Exchange *exchange;
  Pool *pool;

  while ((pool = find_pool (self)) != NULL
         && (exchange = g_queue_pop_head (&self->waiting)) != NULL)
    if (g_get_monotonic_time () - exchange->asked_us > FAR_READER_TIMEOUT_S * G_USEC_PER_SEC)
      g_idle_add_full (G_PRIORITY_DEFAULT, give_up, exchange, NULL);
    else
      send_now (self, pool, exchange);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Exchange *exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes
      = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_autoptr (JsonNode) node = NULL;
  const char *type;
  gsize n = 0;
  guint status = 0;

  if (g_cancellable_is_cancelled (exchange->cancellable))
    {
      exchange_free (exchange);
      return;
    }
  exchange->pool->n_sent--;
  send_waiting (exchange->owner);
  far_visit_report_add_latency (exchange->owner->report,
                                g_get_monotonic_time () - exchange->due_us);
  if (bytes != NULL)
    {
      const char *data = g_bytes_get_data (bytes, &n);

      status = soup_message_get_status (exchange->message);
      type = soup_message_headers_get_content_type (
        soup_message_get_response_headers (exchange->message), NULL);
      if (n > 0 && g_strcmp0 (type, "application/json") == 0)
        node = far_json_parse_object (data, n, ANSWER_JSON_MAX, NULL);
    }
  exchange->answer (status, node != NULL ? json_node_get_object (node) : NULL, n,
                    exchange->user_data);
  exchange_free (exchange);
}

void
far_reader_http_send (FarReaderHttp *self, const FarReaderTraits *traits, const char *method,
                      const char *target, char *body, gint64 due_us, FarReaderAnswer answer,
                      gpointer user_data)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->owner = self;
  exchange->cancellable = g_object_ref (self->cancellable);
  exchange->traits = traits;
  exchange->method = method;
  exchange->target = g_strdup (target);
  exchange->body = body;
  exchange->asked_us = g_get_monotonic_time ();
  exchange->answer = answer;
  exchange->user_data = user_data;
  exchange->due_us = due_us;
  g_queue_push_tail (&self->waiting, exchange);
  send_waiting (self);
}
