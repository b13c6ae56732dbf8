/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Life of a session: starting → live ⇄ lost, or failed; far_session_start() begins again from any
 * of them. Once a second, while live, the status is read (the age of the last sample counts from
 * its answer) and every watched feed is refreshed.
 *
 * Every call under way holds a reference and is given up by far_session_stop_async(). Main
 * thread. */
#include "farthing-config.h"

#include "desktop/far-session-private.h"

#include <glib/gi18n.h>

/* A tick is a second. */
#define HAPPENINGS_TICKS 3

enum { PROP_0, PROP_CLIENT, PROP_MARKET, PROP_COST, PROP_REMOTE, PROP_RANGE, N_PROPS };
enum { PROBLEM, NOTICE, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarSession, far_session, G_TYPE_OBJECT)

static void
sampled (FarSession *self)
{
  far_deployment_set_sample (self->deployment, far_session_now_us (self), g_get_monotonic_time ());
}

static void
refresh_feed (gpointer feed, gpointer user_data)
{
  FarSession *self = user_data;

  far_feed_set_range (feed, self->range);
  far_feed_refresh (feed, self->client, far_session_now_us (self));
}

static void
make_market (FarSession *self, FarPlatformStatus *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarReaderKey) key = NULL;
  g_autoptr (FarPublisher) publisher = NULL;
  g_autoptr (FarClock) clock = NULL;

  if (self->market != NULL &&
      g_strcmp0 (far_market_client_get_gateway (self->market), status->gateway) == 0)
    return;

  clock = far_platform_status_open_clock (status, far_launcher_get_data_dir (self->launcher), NULL);
  if (clock != NULL)
    {
      far_clock_unref (self->clock);
      self->clock = g_steal_pointer (&clock);
    }
  key = far_reader_key_load (far_launcher_get_data_dir (self->launcher), FAR_READER_NAME_DEFAULT,
                             &error);
  if (key == NULL)
    far_session_report (self, _("The reader’s key cannot be used"), error);
  g_clear_object (&self->market);
  self->market = far_market_client_new (status->gateway, g_steal_pointer (&key), self->clock);
  g_clear_object (&self->media);
  self->media = far_media_cache_new (self->market);
  publisher = far_publisher_new (self->market, status->publisher_token);
  far_books_set_source (self->books, self->client, publisher);
  far_purse_set_market (self->purse, self->market);
  far_catalog_load (self->catalog, self->market);
  far_event_log_expect_readers (self->log, status->traffic_running);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MARKET]);
}

static void
status_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarSession) self = user_data;
  g_autoptr (FarPlatformStatus) status = NULL;

  status = far_platform_client_load_status_finish (FAR_PLATFORM_CLIENT (source), result, NULL);
  if (FAR_PLATFORM_CLIENT (source) != self->client)
    return;
  self->asking = FALSE;
  /* Without an answer the figures grow old, and the title says so; a lost connection is the event
   * stream's to tell. */
  if (status == NULL || far_watch_list_is_remote (self->watched))
    return;

  sampled (self);
  if (g_strcmp0 (status->state, "running") != 0)
    return;
  far_deployment_set_identity (self->deployment, status->publication_title,
                               _("the platform on this computer"), status->money);
  far_deployment_set_isolation (self->deployment, status->isolation, status->isolation_detail);
  make_market (self, status);
  if (far_deployment_get_state (self->deployment) != FAR_DEPLOYMENT_LIVE &&
      far_platform_client_get_connected (self->client))
    {
      far_deployment_set_state (self->deployment, FAR_DEPLOYMENT_LIVE, NULL);
      g_ptr_array_foreach (self->feeds, refresh_feed, self);
    }
}

static void
ask_status (FarSession *self)
{
  if (self->client == NULL || self->asking)
    return;
  self->asking = TRUE;
  far_platform_client_load_status_async (self->client, self->cancellable, status_loaded_cb,
                                         g_object_ref (self));
}

/* Only for charts that are on screen. */
static void
ask_happenings (FarSession *self)
{
  if (self->client != NULL && self->feeds->len > 0)
    far_happenings_refresh (self->happenings, self->client,
                            far_session_now_us (self) - far_range_get_length (self->range));
}

gboolean
far_session_tick (gpointer user_data)
{
  FarSession *self = user_data;

  if (self->client == NULL || !far_platform_client_get_connected (self->client))
    return G_SOURCE_CONTINUE;
  far_watch_list_tick (self->watched);
  far_ledger_watch_tick (self->ledgers, far_watch_list_get_all (self->watched));
  ask_status (self);
  if (far_deployment_get_state (self->deployment) == FAR_DEPLOYMENT_LIVE)
    g_ptr_array_foreach (self->feeds, refresh_feed, self);
  if (self->n_ticks++ % HAPPENINGS_TICKS == 0)
    ask_happenings (self);
  return G_SOURCE_CONTINUE;
}

static void
connected_cb (FarSession *self)
{
  if (far_platform_client_get_connected (self->client))
    ask_status (self);
  else if (far_deployment_get_state (self->deployment) == FAR_DEPLOYMENT_LIVE)
    far_deployment_set_state (self->deployment, FAR_DEPLOYMENT_LOST, NULL);
}

/* What nobody reports is not zero. */
static void
add_figure (gint64 *sum, gint64 figure)
{
  if (figure != FAR_FIGURE_UNKNOWN)
    *sum = MAX (*sum, 0) + figure;
}

static void
functions_changed_cb (FarSession *self)
{
  GListModel *functions = far_platform_client_get_functions (self->client);
  gboolean remote = far_watch_list_is_remote (self->watched);
  gint64 now_us = far_session_now_us (self);
  gint64 invocations = FAR_FIGURE_UNKNOWN;
  gint64 cost_picodollars = FAR_FIGURE_UNKNOWN;

  for (guint i = 0; i < g_list_model_get_n_items (functions); i++)
    {
      g_autoptr (FarFunctionInfo) function = g_list_model_get_item (functions, i);

      add_figure (&invocations, far_function_info_get_figures (function)->invocations);
      add_figure (&cost_picodollars, far_function_info_get_figures (function)->cost_picodollars);
      if (!remote)
        far_event_log_take_function (self->log, function, now_us);
    }
  self->invocations = invocations;
  if (!remote)
    sampled (self);
  if (cost_picodollars == self->cost_picodollars)
    return;
  self->cost_picodollars = cost_picodollars;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COST]);
}

static void
readers_changed_cb (FarSession *self)
{
  FarTraffic *traffic = far_readers_get_traffic (self->readers);

  if (traffic != NULL)
    far_event_log_take_traffic (self->log, traffic, far_session_now_us (self));
}

static void
readers_problem_cb (FarSession *self, const GError *error)
{
  far_session_report (self, _("The simulated readers did not obey"), error);
}

/* The wallet and the articles are the platform's own. */
static void
drop_market (FarSession *self)
{
  far_books_set_source (self->books, NULL, NULL);
  far_purse_set_market (self->purse, NULL);
  g_clear_object (&self->market);
  g_clear_object (&self->media);
}

/* All figures are of another deployment from now on. */
static void
chosen_cb (FarSession *self)
{
  drop_market (self);
  far_books_forget (self->books);
  if (far_watch_list_is_remote (self->watched))
    {
      g_autoptr (FarPublisher) publisher =
        far_publisher_new_watched (self->client, far_watch_list_get_chosen (self->watched));

      far_books_set_source (self->books, NULL, publisher);
    }
  else
    ask_status (self);
  self->invocations = self->cost_picodollars = FAR_FIGURE_UNKNOWN;
  far_event_log_forget (self->log);
  far_happenings_forget (self->happenings);
  g_ptr_array_foreach (self->feeds, (GFunc) (void (*) (void)) far_feed_forget, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REMOTE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COST]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MARKET]);
  g_ptr_array_foreach (self->feeds, refresh_feed, self);
}

void
far_session_set_client (FarSession *self, FarPlatformClient *client)
{
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->client, self);
      far_platform_client_unwatch (self->client);
      far_readers_set_client (self->readers, NULL);
      far_watch_list_set_client (self->watched, NULL);
      far_alarms_set_client (self->alarms, NULL);
      far_happenings_forget (self->happenings);
      far_ledger_watch_set_client (self->ledgers, NULL);
      drop_market (self);
      far_event_log_forget (self->log);
    }
  self->asking = FALSE;
  if (!g_set_object (&self->client, client))
    return;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MARKET]);
  if (client == NULL)
    return;

  g_signal_connect_swapped (client, "notify::connected", G_CALLBACK (connected_cb), self);
  g_signal_connect_swapped (client, "functions-changed", G_CALLBACK (functions_changed_cb), self);
  far_readers_set_client (self->readers, client);
  far_watch_list_set_client (self->watched, client);
  far_alarms_set_client (self->alarms, client);
  far_ledger_watch_set_client (self->ledgers, client);
  far_platform_client_watch (client);
  ask_status (self);
}

static void
far_session_dispose (GObject *object)
{
  FarSession *self = FAR_SESSION (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->tick_id, g_source_remove);
  far_session_set_client (self, NULL);

  G_OBJECT_CLASS (far_session_parent_class)->dispose (object);
}

static void
far_session_finalize (GObject *object)
{
  FarSession *self = FAR_SESSION (object);

  g_clear_pointer (&self->feeds, g_ptr_array_unref);
  g_clear_object (&self->log);
  g_clear_object (&self->books);
  g_clear_object (&self->purse);
  g_clear_object (&self->watched);
  g_clear_object (&self->alarms);
  g_clear_object (&self->happenings);
  g_clear_object (&self->ledgers);
  g_clear_object (&self->readers);
  g_clear_object (&self->catalog);
  g_clear_object (&self->deployment);
  g_clear_object (&self->launcher);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->clock, far_clock_unref);

  G_OBJECT_CLASS (far_session_parent_class)->finalize (object);
}

static void
far_session_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarSession *self = FAR_SESSION (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_MARKET:
      g_value_set_object (value, self->market);
      break;
    case PROP_COST:
      g_value_set_int64 (value, self->cost_picodollars);
      break;
    case PROP_REMOTE:
      g_value_set_boolean (value, far_watch_list_is_remote (self->watched));
      break;
    case PROP_RANGE:
      g_value_set_uint (value, self->range);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_session_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_RANGE:
      far_session_set_range (FAR_SESSION (object), (FarRange) g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_session_class_init (FarSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = far_session_dispose;
  object_class->finalize = far_session_finalize;
  object_class->get_property = far_session_get_property;
  object_class->set_property = far_session_set_property;

  properties[PROP_CLIENT] =
    g_param_spec_object ("client", NULL, NULL, FAR_TYPE_PLATFORM_CLIENT,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_MARKET] =
    g_param_spec_object ("market", NULL, NULL, FAR_TYPE_MARKET_CLIENT,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_COST] =
    g_param_spec_int64 ("cost", NULL, NULL, -1, G_MAXINT64, 0,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_REMOTE] =
    g_param_spec_boolean ("remote", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_RANGE] =
    g_param_spec_uint ("range", NULL, NULL, 0, FAR_N_RANGES - 1, FAR_RANGE_MINUTES,
                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[PROBLEM] =
    g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[NOTICE] =
    g_signal_new ("notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
books_changed_cb (FarSession *self)
{
  if (far_books_get_earnings (self->books) == NULL)
    return;
  far_event_log_take_earnings (self->log, far_books_get_earnings (self->books),
                               far_session_now_us (self));
}

static void
books_problem_cb (FarSession *self, const GError *error)
{
  far_session_report (self, _("The ledger cannot be read"), error);
}

static void
watched_problem_cb (FarSession *self, const GError *error)
{
  far_session_report (self, _("The deployment is still watched"), error);
}

static void
ledgers_changed_cb (FarSession *self)
{
  far_deployment_set_alarm (self->deployment, far_ledger_watch_get_alarm (self->ledgers));
}

static void
ledger_replaced_cb (FarSession *self, const char *name)
{
  /* Translators: %s is the name of a deployment */
  g_autofree char *text = g_strdup_printf (_("%s has another ledger of test money than before"),
                                           name);

  g_signal_emit (self, signals[NOTICE], 0, text);
}

static void
purse_notice_cb (FarSession *self, const char *text)
{
  g_signal_emit (self, signals[NOTICE], 0, text);
}

static void
far_session_init (FarSession *self)
{
  self->invocations = self->cost_picodollars = FAR_FIGURE_UNKNOWN;
  self->cancellable = g_cancellable_new ();
  self->deployment = far_deployment_new ();
  self->books = far_books_new ();
  self->catalog = far_catalog_new ();
  self->purse = far_purse_new ();
  self->watched = far_watch_list_new (self->deployment);
  self->alarms = far_alarms_new ();
  self->happenings = far_happenings_new ();
  g_signal_connect_object (self->watched, "chosen", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watched, "problem", G_CALLBACK (watched_problem_cb), self,
                           G_CONNECT_SWAPPED);
  self->log = far_event_log_new (self->deployment);
  self->feeds = g_ptr_array_new_with_free_func (g_object_unref);
  self->clock = far_clock_new_system (); /* until a platform's is known */
  g_signal_connect_object (self->books, "changed", G_CALLBACK (books_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->purse, "problem", G_CALLBACK (far_session_report), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->purse, "notice", G_CALLBACK (purse_notice_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->books, "problem", G_CALLBACK (books_problem_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * far_session_new:
 * @data_dir: (nullable): the deployment's folder; NULL for the user's own
 * @settings: of the application's schema
 */
FarSession *
far_session_new (const char *data_dir, GSettings *settings)
{
  FarSession *self = g_object_new (FAR_TYPE_SESSION, NULL);
  FarLaunchOptions options = { .data_dir = data_dir, .port = -1, .start = TRUE };

  self->readers = far_readers_new (settings);
  g_signal_connect_object (self->readers, "changed", G_CALLBACK (readers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->readers, "problem", G_CALLBACK (readers_problem_cb), self,
                           G_CONNECT_SWAPPED);
  self->launcher = far_launcher_new (&options);
  self->ledgers = far_ledger_watch_new (far_launcher_get_data_dir (self->launcher));
  g_signal_connect_object (self->ledgers, "changed", G_CALLBACK (ledgers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->ledgers, "replaced", G_CALLBACK (ledger_replaced_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/* What a session holds is its own; (nullable) only what needs a platform that answers: client,
 * market and media. */
#define DEFINE_GET(Type, name) \
  Type * \
  far_session_get_##name (FarSession *self) \
  { \
    g_return_val_if_fail (FAR_IS_SESSION (self), NULL); \
    return self->name; \
  }

DEFINE_GET (FarDeployment, deployment)
DEFINE_GET (FarBooks, books)
DEFINE_GET (FarPlatformClient, client)
DEFINE_GET (FarMarketClient, market)
DEFINE_GET (FarPurse, purse)
DEFINE_GET (FarWatchList, watched)
DEFINE_GET (FarAlarms, alarms)
DEFINE_GET (FarHappenings, happenings)
DEFINE_GET (FarLedgerWatch, ledgers)
DEFINE_GET (FarReaders, readers)
DEFINE_GET (FarCatalog, catalog)
DEFINE_GET (FarMediaCache, media)

/* Returns: µs since the epoch by the deployment's clock */
gint64
far_session_now_us (FarSession *self)
{
  g_return_val_if_fail (FAR_IS_SESSION (self), 0);

  return far_clock_now_us (self->clock);
}

/**
 * far_session_report:
 * @action: what failed, in the user's language
 * @error: why; nothing is said of what was only given up
 *
 * Tells the user.
 */
void
far_session_report (FarSession *self, const char *action, const GError *error)
{
  g_autofree char *text = NULL;

  g_return_if_fail (FAR_IS_SESSION (self));

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* Translators: what failed, and why */
  text = g_strdup_printf (_("%s: %s"), action, error->message);
  g_signal_emit (self, signals[PROBLEM], 0, text);
}

/* Returns: the time range of all pages */
FarRange
far_session_get_range (FarSession *self)
{
  g_return_val_if_fail (FAR_IS_SESSION (self), FAR_RANGE_MINUTES);

  return self->range;
}

/**
 * far_session_set_range:
 * @range: for all pages; feeds that are watched are refreshed at once
 */
void
far_session_set_range (FarSession *self, FarRange range)
{
  g_return_if_fail (FAR_IS_SESSION (self));
  g_return_if_fail (range < FAR_N_RANGES);

  if (self->range == range)
    return;
  self->range = range;
  far_watch_list_set_range (self->watched, range);
  if (self->client != NULL)
    g_ptr_array_foreach (self->feeds, refresh_feed, self);
  ask_happenings (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RANGE]);
}

/**
 * far_session_watch:
 * @feed: refreshed from now on, at once and then every second
 */
void
far_session_watch (FarSession *self, FarFeed *feed)
{
  g_return_if_fail (FAR_IS_SESSION (self));
  g_return_if_fail (FAR_IS_FEED (feed));

  if (!g_ptr_array_find (self->feeds, feed, NULL))
    g_ptr_array_add (self->feeds, g_object_ref (feed));
  if (self->client != NULL &&
      far_deployment_get_state (self->deployment) == FAR_DEPLOYMENT_LIVE)
    refresh_feed (feed, self);
}

void
far_session_unwatch (FarSession *self, FarFeed *feed)
{
  g_return_if_fail (FAR_IS_SESSION (self));
  g_return_if_fail (FAR_IS_FEED (feed));

  far_feed_cancel (feed);
  g_ptr_array_remove_fast (self->feeds, feed);
}

/* Returns: how often all functions together were invoked since the deployment was made */
gint64
far_session_get_invocations (FarSession *self)
{
  g_return_val_if_fail (FAR_IS_SESSION (self), 0);

  return self->invocations;
}

/* Returns: picodollars since the deployment was made, all functions together */
gint64
far_session_get_cost (FarSession *self)
{
  g_return_val_if_fail (FAR_IS_SESSION (self), 0);

  return self->cost_picodollars;
}
