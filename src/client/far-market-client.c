/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of the market API. Each is one exchange: sign, send, and hand the answer's object to the
 * parser the call was made with. Nothing is retried here: whoever holds the idempotency key
 * decides. */
#include "client/far-market-client.h"

#include <errno.h>
#include <string.h>

#include "client/far-client-private.h"
#include "client/far-market-private.h"
#include "net/far-http-signature.h"

#define CONNECTIONS_MAX 16
#define HEADERS_MAX 12
#define PARSE FAR_MARKET_PARSE
#define TOKEN_BYTES_MAX 512

struct _FarMarketClient {
  GObject        parent_instance;
  FarHttpClient *http;
  FarReaderKey  *key; /* (nullable) */
  FarClock      *clock;
  char          *gateway;
};

G_DEFINE_FINAL_TYPE (FarMarketClient, far_market_client, G_TYPE_OBJECT)

typedef struct {
  FarMarketParse parse;
  GDestroyNotify free;
  char          *media_type; /* of a download */
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_free (call->media_type);
  g_free (call);
}

static void
far_market_client_finalize (GObject *object)
{
  FarMarketClient *self = FAR_MARKET_CLIENT (object);

  g_clear_object (&self->http);
  g_clear_pointer (&self->key, far_reader_key_free);
  g_clear_pointer (&self->clock, far_clock_unref);
  g_free (self->gateway);
  G_OBJECT_CLASS (far_market_client_parent_class)->finalize (object);
}

static void
far_market_client_class_init (FarMarketClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_market_client_finalize;
}

static void
far_market_client_init (FarMarketClient *self)
{
}

FarMarketClient *
far_market_client_new (const char *gateway, FarReaderKey *key, FarClock *clock)
{
  FarMarketClient *self;

  g_return_val_if_fail (gateway != NULL, NULL);

  self = g_object_new (FAR_TYPE_MARKET_CLIENT, NULL);
  self->http = far_http_client_new (CONNECTIONS_MAX);
  self->key = key;
  self->clock = clock != NULL ? far_clock_ref (clock) : far_clock_new_system ();
  self->gateway = g_strdup (gateway);
  if (g_str_has_suffix (self->gateway, "/"))
    self->gateway[strlen (self->gateway) - 1] = '\0';
  return self;
}

gboolean
far_market_client_trust (FarMarketClient *self, const char *ca_file, GError **error)
{
  const FarHttpTrust trust = { .ca_file = ca_file };
  g_autoptr (FarHttpClient) http = NULL;

  g_return_val_if_fail (FAR_IS_MARKET_CLIENT (self) && ca_file != NULL, FALSE);

  http = far_http_client_new_trusting (CONNECTIONS_MAX, &trust, error);
  return http != NULL && g_set_object (&self->http, http);
}

const char *
far_market_client_get_gateway (FarMarketClient *self)
{
  g_return_val_if_fail (FAR_IS_MARKET_CLIENT (self), NULL);

  return self->gateway;
}

const char *
far_market_client_get_reader (FarMarketClient *self)
{
  g_return_val_if_fail (FAR_IS_MARKET_CLIENT (self), NULL);

  return self->key != NULL ? self->key->id : "";
}

/* ---- one exchange ---- */

/* Sends a request: signed if there is a device key, with the bearer token instead if one is given.
 * target: path and query, escaped. body: (nullable) (transfer full) */
static void
exchange (FarMarketClient *self, const char *method, const char *target, char *body,
          const char *bearer, gsize reply_max, GAsyncReadyCallback on_reply, GTask *task)
{
  g_autofree char *url = g_strconcat (self->gateway, target, NULL);
  g_auto (GStrv) parts = g_strsplit (target, "?", 2);
  g_autoptr (FarHttpSignatureFields) fields = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *headers[HEADERS_MAX] = { NULL };
  FarHttpSignable request = {
    .method = method,
    .path = parts[0],
    .query = parts[1],
    .body = body,
    .n_body = body != NULL ? strlen (body) : 0,
  };
  FarHttpCall call = {
    .method = method,
    .url = url,
    .headers = headers,
    .reply_max = reply_max,
    .idempotent = TRUE, /* what moves money carries a key, and an ad's event may be repeated */
  };
  guint n = 0;

  if (bearer != NULL)
    {
      headers[n++] = "Authorization";
      headers[n++] = bearer;
    }
  else if (self->key != NULL)
    {
      fields = far_http_signature_sign (&request, self->key->private_key, self->key->public_key,
                                        far_clock_now_us (self->clock));
      headers[n++] = "Signature-Input";
      headers[n++] = fields->signature_input;
      headers[n++] = "Signature";
      headers[n++] = fields->signature;
      if (fields->content_digest != NULL)
        {
          headers[n++] = "Content-Digest";
          headers[n++] = fields->content_digest;
        }
    }
  if (body != NULL)
    call.body = bytes = g_bytes_new_take (body, strlen (body));
  far_http_client_send_async (self->http, &call, g_task_get_cancellable (task), on_reply, task);
}

static void
on_object (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_client_take_object (FAR_HTTP_CLIENT (source), result, &error);
  gpointer parsed;

  if (node == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  parsed = call->parse (json_node_get_object (node), &error);
  if (parsed != NULL)
    g_task_return_pointer (task, parsed, call->free);
  else
    g_task_return_error (task, far_client_error_protocol (error));
}

static GTask *
task_new (FarMarketClient *self, gpointer tag, FarMarketParse parse, GDestroyNotify destroy,
          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  call->parse = parse;
  call->free = destroy;
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, call, call_free);
  return task;
}

static char *
target_of (const char *prefix, const char *segment)
{
  g_autofree char *escaped = g_uri_escape_string (segment, NULL, FALSE);

  return g_strconcat (prefix, escaped, NULL);
}

void
far_market_client_call_object (FarMarketClient *self, gpointer tag, const char *method,
                               const char *target, char *body, FarMarketParse parse,
                               GDestroyNotify destroy, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  exchange (self, method, target, body, NULL, 0, on_object,
            task_new (self, tag, parse, destroy, cancellable, callback, user_data));
}

/* A call that is a GET and an object. */
static void
get (FarMarketClient *self, gpointer tag, const char *target, FarMarketParse parse,
     GDestroyNotify destroy, GCancellable *cancellable, GAsyncReadyCallback callback,
     gpointer user_data)
{
  exchange (self, "GET", target, NULL, NULL, 0, on_object,
            task_new (self, tag, parse, destroy, cancellable, callback, user_data));
}

/* ---- articles ---- */

void
far_market_client_list_articles_async (FarMarketClient *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));

  get (self, far_market_client_list_articles_async, "/articles", PARSE (far_market_parse_articles),
       (GDestroyNotify) g_ptr_array_unref, cancellable, callback, user_data);
}

void
far_market_client_get_article_async (FarMarketClient *self, const char *article,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autofree char *target = NULL;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (article != NULL);

  target = target_of ("/articles/", article);
  get (self, far_market_client_get_article_async, target, PARSE (far_market_parse_article),
       (GDestroyNotify) far_article_unref, cancellable, callback, user_data);
}

void
far_market_client_get_offer_async (FarMarketClient *self, const char *article,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autofree char *target = NULL;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (article != NULL);

  target = target_of ("/offers/", article);
  get (self, far_market_client_get_offer_async, target, PARSE (far_market_parse_offer),
       (GDestroyNotify) far_offer_unref, cancellable, callback, user_data);
}

void
far_market_client_get_entitlement_async (FarMarketClient *self, const char *article,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  g_autofree char *target = NULL;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (article != NULL);

  target = target_of ("/entitlements/", article);
  get (self, far_market_client_get_entitlement_async, target,
       PARSE (far_market_parse_entitlement), (GDestroyNotify) far_entitlement_unref, cancellable,
       callback, user_data);
}

void
far_market_client_get_wallet_async (FarMarketClient *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));

  get (self, far_market_client_get_wallet_async, "/wallet", PARSE (far_market_parse_wallet),
       (GDestroyNotify) far_wallet_unref, cancellable, callback, user_data);
}

/* ---- what moves money ---- */

static void
begin_body (FarJsonWriter *writer)
{
  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
}

static char *
end_body (FarJsonWriter *writer)
{
  gsize n;

  far_json_end_object (writer);
  return far_json_writer_steal (writer, &n);
}

void
far_market_client_pledge_async (FarMarketClient *self, const char *article, gint64 price_micros,
                                const char *key, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_auto (FarJsonWriter) w = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (article != NULL && key != NULL);

  begin_body (&w);
  far_json_add_string (&w, "article", article);
  far_json_add_micros (&w, "price_micros", price_micros);
  far_json_add_string (&w, "key", key);
  exchange (self, "POST", "/pledges", end_body (&w), NULL, 0, on_object,
            task_new (self, far_market_client_pledge_async, PARSE (far_market_parse_pledge),
                      (GDestroyNotify) far_pledge_unref, cancellable, callback, user_data));
}

void
far_market_client_decide_ad_async (FarMarketClient *self, const char *article, const char *key,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_auto (FarJsonWriter) w = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (article != NULL && key != NULL);

  begin_body (&w);
  far_json_add_string (&w, "article", article);
  far_json_add_string (&w, "key", key);
  exchange (self, "POST", "/ads/decisions", end_body (&w), NULL, 0, on_object,
            task_new (self, far_market_client_decide_ad_async,
                      PARSE (far_market_parse_ad_decision),
                      (GDestroyNotify) far_ad_decision_unref, cancellable, callback, user_data));
}

void
far_market_client_send_ad_event_async (FarMarketClient *self, const char *view, const char *event,
                                       gint64 visible_ms, gboolean muted,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_auto (FarJsonWriter) w = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (view != NULL && event != NULL);

  begin_body (&w);
  far_json_add_string (&w, "view", view);
  far_json_add_string (&w, "event", event);
  far_json_add_int (&w, "visible_ms", visible_ms);
  far_json_add_bool (&w, "muted", muted);
  exchange (self, "POST", "/ads/events", end_body (&w), NULL, 0, on_object,
            task_new (self, far_market_client_send_ad_event_async,
                      PARSE (far_market_parse_ad_progress),
                      (GDestroyNotify) far_ad_progress_unref, cancellable, callback, user_data));
}

void
far_market_client_refund_async (FarMarketClient *self, const char *article, const char *key,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_auto (FarJsonWriter) w = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (article != NULL && key != NULL);

  begin_body (&w);
  far_json_add_string (&w, "article", article);
  far_json_add_string (&w, "key", key);
  exchange (self, "POST", "/refunds", end_body (&w), NULL, 0, on_object,
            task_new (self, far_market_client_refund_async, PARSE (far_market_parse_refund),
                      (GDestroyNotify) far_refund_unref, cancellable, callback, user_data));
}

static void
on_method_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_client_take_object (FAR_HTTP_CLIENT (source), result, &error);

  if (node == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

void
far_market_client_add_method_async (FarMarketClient *self, const char *method, const char *key,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_auto (FarJsonWriter) w = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (method != NULL && key != NULL);

  begin_body (&w);
  far_json_add_string (&w, "method", method);
  far_json_add_string (&w, "key", key);
  exchange (self, "POST", "/wallet/methods", end_body (&w), NULL, 0, on_method_added,
            task_new (self, far_market_client_add_method_async, NULL, NULL, cancellable, callback,
                      user_data));
}

/* ---- bytes ---- */

static void
on_media (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply
      = far_client_take_reply (FAR_HTTP_CLIENT (source), result, &error);

  if (reply == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_bytes_ref (far_http_reply_get_body (reply)),
                           (GDestroyNotify) g_bytes_unref);
}

void
far_market_client_call_bytes (FarMarketClient *self, gpointer tag, const char *target,
                              gsize reply_max, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  exchange (self, "GET", target, NULL, NULL, reply_max, on_media,
            task_new (self, tag, NULL, NULL, cancellable, callback, user_data));
}

void
far_market_client_get_media_async (FarMarketClient *self, const char *path,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (path != NULL);

  task = task_new (self, far_market_client_get_media_async, NULL, NULL, cancellable, callback,
                   user_data);
  /* The path is the server's word: only ever below this gateway. */
  if (path[0] != '/' || path[1] == '/' || strpbrk (path, "?#\\ \t\r\n") != NULL)
    {
      g_task_return_new_error (task, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
                               "“%s” is not the path of a picture", path);
      g_object_unref (task);
      return;
    }
  exchange (self, "GET", path, NULL, NULL, FAR_PICTURE_BYTES_MAX, on_media, task);
}

static GFile *
write_creative (GBytes *bytes, const char *media_type, GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "farthing", "ads", NULL);
  const char *suffix = strcmp (media_type, "video/webm") == 0   ? "webm"
                       : strcmp (media_type, "image/png") == 0  ? "png"
                       : strcmp (media_type, "image/jpeg") == 0 ? "jpg" : "bin";
  g_autofree char *key = far_market_client_new_key ();
  g_autofree char *name = g_strdup_printf ("%s.%s", key, suffix);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gsize n;
  const char *data = g_bytes_get_data (bytes, &n);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
                   "The ad cannot be kept in %s: %s", folder, g_strerror (errno));
      return NULL;
    }
  if (!g_file_set_contents_full (path, data, n, G_FILE_SET_CONTENTS_NONE, 0600, error))
    return NULL;
  return g_file_new_for_path (path);
}

static void
on_creative (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply
      = far_client_take_reply (FAR_HTTP_CLIENT (source), result, &error);
  GFile *file;

  if (reply == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  file = write_creative (far_http_reply_get_body (reply), call->media_type, &error);
  if (file != NULL)
    g_task_return_pointer (task, file, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
far_market_client_download_creative_async (FarMarketClient *self, const char *view,
                                           const char *media_type, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *target = NULL;
  GTask *task;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (view != NULL && media_type != NULL);

  target = target_of ("/ads/creatives/", view);
  task = task_new (self, far_market_client_download_creative_async, NULL, NULL, cancellable,
                   callback, user_data);
  ((Call *) g_task_get_task_data (task))->media_type = g_strdup (media_type);
  exchange (self, "GET", target, NULL, NULL, FAR_CREATIVE_BYTES_MAX, on_creative, task);
}

/* ---- the publisher ---- */

void
far_market_client_call_publisher (FarMarketClient *self, gpointer tag, const char *target,
                                  const char *token_path, FarMarketParse parse,
                                  GDestroyNotify destroy, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token = NULL;
  g_autofree char *bearer = NULL;
  gsize n = 0;
  GTask *task;

  task = task_new (self, tag, parse, destroy, cancellable, callback, user_data);
  if (!g_file_get_contents (token_path, &token, &n, &error) || n > TOKEN_BYTES_MAX)
    {
      g_task_return_new_error (task, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_UNAUTHORIZED,
                               "The publisher's token cannot be read: %s",
                               error != NULL ? error->message : "the file is too large");
      g_object_unref (task);
    }
  else
    {
      bearer = g_strconcat ("Bearer ", g_strstrip (token), NULL);
      exchange (self, "GET", target, NULL, bearer, 0, on_object, task);
      far_secret_wipe (bearer, strlen (bearer));
    }
  if (token != NULL)
    far_secret_wipe (token, n);
}

/* ---- the other ends ---- */

#define DEFINE_FINISH(Type, name) \
  Type * \
  far_market_client_##name##_finish (FarMarketClient *self, GAsyncResult *result, GError **error) \
  { \
    g_return_val_if_fail (g_task_is_valid (result, self), NULL); \
    return g_task_propagate_pointer (G_TASK (result), error); \
  }

DEFINE_FINISH (GPtrArray, list_articles)
DEFINE_FINISH (FarArticle, get_article)
DEFINE_FINISH (FarOffer, get_offer)
DEFINE_FINISH (FarPledge, pledge)
DEFINE_FINISH (FarAdDecision, decide_ad)
DEFINE_FINISH (GFile, download_creative)
DEFINE_FINISH (FarAdProgress, send_ad_event)
DEFINE_FINISH (FarEntitlement, get_entitlement)
DEFINE_FINISH (FarRefund, refund)
DEFINE_FINISH (FarWallet, get_wallet)
DEFINE_FINISH (GBytes, get_media)

gboolean
far_market_client_add_method_finish (FarMarketClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
