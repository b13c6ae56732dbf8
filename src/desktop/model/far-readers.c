/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says what the platform reports, never what was only asked for. The rate is kept in the settings;
 * readers that run already are started anew when it has come to rest, because dragging a slider
 * must not restart them at every pixel. */
#include "desktop/model/far-readers.h"

#include "base/far-random.h"

#define SETTLE_MS 400

struct _FarReaders
{
  GObject parent_instance;

  GSettings         *settings;
  FarPlatformClient *client;
  gulong             traffic_id;
  GCancellable      *cancellable;
  guint              settle_id;
};

enum { CHANGED, PROBLEM, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarReaders, far_readers, G_TYPE_OBJECT)

static void
traffic_cb (FarReaders *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
far_readers_dispose (GObject *object)
{
  FarReaders *self = FAR_READERS (object);

  far_readers_set_client (self, NULL);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (far_readers_parent_class)->dispose (object);
}

static void
far_readers_class_init (FarReadersClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_readers_dispose;

  signals[CHANGED] =
    g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] =
    g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
far_readers_init (FarReaders *self)
{
}

/**
 * far_readers_new:
 * @settings: of the application's schema
 */
FarReaders *
far_readers_new (GSettings *settings)
{
  FarReaders *self = g_object_new (FAR_TYPE_READERS, NULL);

  self->settings = g_object_ref (settings);
  return self;
}

/**
 * far_readers_set_client:
 * @client: (nullable): whose readers they are
 */
void
far_readers_set_client (FarReaders *self, FarPlatformClient *client)
{
  g_return_if_fail (FAR_IS_READERS (self));

  if (self->client != NULL)
    g_clear_signal_handler (&self->traffic_id, self->client);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_set_object (&self->client, client);
  if (client != NULL)
    {
      self->cancellable = g_cancellable_new ();
      self->traffic_id = g_signal_connect_swapped (client, "notify::traffic",
                                                   G_CALLBACK (traffic_cb), self);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Returns: (transfer none) (nullable): NULL while nothing is known */
FarTraffic *
far_readers_get_traffic (FarReaders *self)
{
  g_return_val_if_fail (FAR_IS_READERS (self), NULL);

  return self->client != NULL ? far_platform_client_get_traffic (self->client) : NULL;
}

gboolean
far_readers_get_running (FarReaders *self)
{
  FarTraffic *traffic = far_readers_get_traffic (self);

  return traffic != NULL && traffic->running;
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarReaders) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTraffic) traffic = NULL;

  traffic = far_platform_client_traffic_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (traffic == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[PROBLEM], 0, error);
}

/* They go on until they are stopped; each start is another crowd. */
void
far_readers_start (FarReaders *self)
{
  guint32 seed;

  g_return_if_fail (FAR_IS_READERS (self));

  g_clear_handle_id (&self->settle_id, g_source_remove);
  if (self->client == NULL)
    return;
  far_random_bytes (&seed, sizeof seed);
  far_platform_client_start_traffic_async (self->client, far_readers_get_rate (self), 0, seed,
                                           self->cancellable, done_cb, g_object_ref (self));
}

void
far_readers_stop (FarReaders *self)
{
  g_return_if_fail (FAR_IS_READERS (self));

  g_clear_handle_id (&self->settle_id, g_source_remove);
  if (self->client != NULL)
    far_platform_client_stop_traffic_async (self->client, self->cancellable, done_cb,
                                            g_object_ref (self));
}

/* Returns: how many arrive a second, on average */
int
far_readers_get_rate (FarReaders *self)
{
  g_return_val_if_fail (FAR_IS_READERS (self), 1);

  return g_settings_get_int (self->settings, "readers-per-second");
}

static gboolean
settled_cb (gpointer user_data)
{
  FarReaders *self = user_data;

  self->settle_id = 0;
  if (far_readers_get_running (self))
    far_readers_start (self);
  return G_SOURCE_REMOVE;
}

/**
 * far_readers_set_rate:
 * @per_second: within the range of the settings
 */
void
far_readers_set_rate (FarReaders *self, int per_second)
{
  g_return_if_fail (FAR_IS_READERS (self));

  if (per_second == far_readers_get_rate (self))
    return;
  g_settings_set_int (self->settings, "readers-per-second", per_second);
  g_clear_handle_id (&self->settle_id, g_source_remove);
  self->settle_id = g_timeout_add (SETTLE_MS, settled_cb, self);
}
