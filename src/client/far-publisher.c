/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call shape: ask one of the two, and hand the answer's object to the call's parser. */
#include "client/far-publisher.h"

#include "client/far-client-private.h"
#include "client/far-market-private.h"
#include "client/far-platform-private.h"

struct _FarPublisher
{
  GObject parent_instance;

  FarMarketClient   *market;     /* or NULL: */
  char              *token_path;
  FarPlatformClient *platform;
  char              *id;
};

G_DEFINE_FINAL_TYPE (FarPublisher, far_publisher, G_TYPE_OBJECT)

/* How to make what was asked for of an answer, and how to let go of it. */
typedef struct {
  FarMarketParse parse;
  GDestroyNotify free;
} Made;

static void
far_publisher_finalize (GObject *object)
{
  FarPublisher *self = FAR_PUBLISHER (object);

  g_clear_object (&self->market);
  g_clear_object (&self->platform);
  g_free (self->token_path);
  g_free (self->id);

  G_OBJECT_CLASS (far_publisher_parent_class)->finalize (object);
}

static void
far_publisher_class_init (FarPublisherClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_publisher_finalize;
}

static void
far_publisher_init (FarPublisher *self)
{
}

FarPublisher *
far_publisher_new (FarMarketClient *market, const char *token_path)
{
  FarPublisher *self;

  g_return_val_if_fail (FAR_IS_MARKET_CLIENT (market) && token_path != NULL, NULL);

  self = g_object_new (FAR_TYPE_PUBLISHER, NULL);
  self->market = g_object_ref (market);
  self->token_path = g_strdup (token_path);
  return self;
}

FarPublisher *
far_publisher_new_watched (FarPlatformClient *platform, const char *id)
{
  FarPublisher *self;

  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (platform) && id != NULL, NULL);

  self = g_object_new (FAR_TYPE_PUBLISHER, NULL);
  self->platform = g_object_ref (platform);
  self->id = g_strdup (id);
  return self;
}

static void
take_answer (GTask *task, JsonObject *object, GError *error)
{
  const Made *made = g_task_get_task_data (task);
  gpointer result = object != NULL ? made->parse (object, &error) : NULL;

  if (result != NULL)
    g_task_return_pointer (task, result, made->free);
  else
    g_task_return_error (task, object != NULL ? far_client_error_protocol (error) : error);
  g_clear_pointer (&object, json_object_unref);
  g_object_unref (task);
}

static void
on_market (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  JsonObject *object = g_task_propagate_pointer (G_TASK (result), &error);

  take_answer (user_data, object, error);
}

static void
on_platform (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  JsonObject *object = far_call_finish (FAR_PLATFORM_CLIENT (source), result, &error);

  take_answer (user_data, object, error);
}

static gpointer
keep_object (FarPlatformClient *client, JsonObject *object, GError **error)
{
  return json_object_ref (object);
}

/* own: path and query at the market; watched: below the deployment at the platform. */
static void
ask (FarPublisher *self, const char *own, const char *watched, FarMarketParse parse,
     GDestroyNotify destroy, GTask *task)
{
  Made *made = g_new0 (Made, 1);
  g_autofree char *escaped = NULL;
  g_autofree char *url = NULL;
  FarHttpCall call = { .method = "GET", .idempotent = TRUE, .reply_max = FAR_ANSWER_MAX };

  *made = (Made) { parse, destroy };
  g_task_set_task_data (task, made, g_free);
  if (self->market != NULL)
    {
      far_market_client_call_publisher (self->market, ask, own, self->token_path,
                                        far_market_take_object,
                                        (GDestroyNotify) json_object_unref,
                                        g_task_get_cancellable (task), on_market, task);
      return;
    }
  escaped = g_uri_escape_string (self->id, NULL, FALSE);
  url = g_strdup_printf ("/v1/deployments/%s/%s", escaped, watched);
  call.url = url;
  far_call_start (self->platform, &call, keep_object, (GDestroyNotify) json_object_unref,
                  g_task_get_cancellable (task), on_platform, task, ask);
}

void
far_publisher_load_earnings_async (FarPublisher *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (FAR_IS_PUBLISHER (self));

  ask (self, "/earnings", "earnings", FAR_MARKET_PARSE (far_market_parse_earnings),
       (GDestroyNotify) far_earnings_unref, g_task_new (self, cancellable, callback, user_data));
}

void
far_publisher_load_payouts_async (FarPublisher *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (FAR_IS_PUBLISHER (self));

  ask (self, "/payouts", "payouts", FAR_MARKET_PARSE (far_payouts_parse),
       (GDestroyNotify) g_ptr_array_unref, g_task_new (self, cancellable, callback, user_data));
}

void
far_publisher_load_traces_async (FarPublisher *self, const char *article, guint limit,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autofree char *escaped = NULL;
  g_autofree char *own = NULL;
  g_autofree char *watched = NULL;

  g_return_if_fail (FAR_IS_PUBLISHER (self));
  g_return_if_fail (article != NULL && limit >= 1 && limit <= FAR_TRACES_MAX);

  escaped = g_uri_escape_string (article, NULL, FALSE);
  own = g_strdup_printf ("/earnings/trace?article=%s&limit=%u", escaped, limit);
  watched = g_strdup_printf ("trace?article=%s&limit=%u", escaped, limit);
  ask (self, own, watched, FAR_MARKET_PARSE (far_traces_parse),
       (GDestroyNotify) g_ptr_array_unref, g_task_new (self, cancellable, callback, user_data));
}

void
far_publisher_load_statement_async (FarPublisher *self, const char *month,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autofree char *own = NULL;
  g_autofree char *watched = NULL;

  g_return_if_fail (FAR_IS_PUBLISHER (self) && month != NULL);

  own = g_strconcat ("/statements/", month, NULL);
  watched = g_strconcat ("statement?month=", month, NULL);
  ask (self, own, watched, FAR_MARKET_PARSE (far_statement_to_csv), g_free,
       g_task_new (self, cancellable, callback, user_data));
}

#define DEFINE_FINISH(Type, name) \
  Type * \
  far_publisher_load_##name##_finish (FarPublisher *self, GAsyncResult *result, GError **error) \
  { \
    g_return_val_if_fail (g_task_is_valid (result, self), NULL); \
    return g_task_propagate_pointer (G_TASK (result), error); \
  }

DEFINE_FINISH (FarEarnings, earnings)
DEFINE_FINISH (GPtrArray, payouts)
DEFINE_FINISH (GPtrArray, traces)
DEFINE_FINISH (char, statement)

/* ---- of the market alone ---- */

void
far_market_client_get_earnings_async (FarMarketClient *self, const char *token_path,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_return_if_fail (FAR_IS_MARKET_CLIENT (self) && token_path != NULL);

  far_market_client_call_publisher (self, far_market_client_get_earnings_async, "/earnings",
                                    token_path, FAR_MARKET_PARSE (far_market_parse_earnings),
                                    (GDestroyNotify) far_earnings_unref, cancellable, callback,
                                    user_data);
}

FarEarnings *
far_market_client_get_earnings_finish (FarMarketClient *self, GAsyncResult *result,
                                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
