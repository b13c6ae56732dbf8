/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asked for again every LIST_TICKS; while a deployment other than the platform itself is shown, its
 * functions too, because the event stream tells of the platform's own only: of the chosen time
 * range, and the longer it is, the less often. What is shown of it
 * (name, kind of money, age of the newest sample) is put into the FarDeployment that all pages look
 * at. A deployment that is removed while it is shown gives way to the platform itself. Main
 * thread. */
#include "farthing-config.h"

#include "desktop/model/far-watch-list.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

/* A tick is a second. */
#define LIST_TICKS 3
#define FUNCTIONS_TICKS 2
#define FUNCTIONS_TICKS_MAX 60
#define ASKS_PER_STEP 10

struct _FarWatchList
{
  GObject parent_instance;

  FarDeployment     *deployment;
  FarPlatformClient *client;
  GCancellable      *cancellable;
  GPtrArray         *all; /* of FarDeploymentInfo */
  char              *chosen;
  FarRange           range;
  FarRange           counted; /* of which the functions' figures are */
  gboolean           loading;
  GCancellable      *loading_functions; /* nullable */
  guint              n_ticks;
  guint              n_waited; /* ticks since functions were asked for */
};

enum { CHANGED, CHOSEN, PROBLEM, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarWatchList, far_watch_list, G_TYPE_OBJECT)

static void
far_watch_list_dispose (GObject *object)
{
  FarWatchList *self = FAR_WATCH_LIST (object);

  far_watch_list_set_client (self, NULL);
  g_clear_object (&self->deployment);

  G_OBJECT_CLASS (far_watch_list_parent_class)->dispose (object);
}

static void
far_watch_list_finalize (GObject *object)
{
  FarWatchList *self = FAR_WATCH_LIST (object);

  g_ptr_array_unref (self->all);
  g_free (self->chosen);

  G_OBJECT_CLASS (far_watch_list_parent_class)->finalize (object);
}

static void
far_watch_list_class_init (FarWatchListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_watch_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = far_watch_list_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
far_watch_list_init (FarWatchList *self)
{
  self->all = g_ptr_array_new_with_free_func ((GDestroyNotify) far_deployment_info_unref);
  self->chosen = g_strdup (FAR_WATCH_LIST_LOCAL);
}

/**
 * far_watch_list_new:
 * @deployment: what the pages look at
 */
FarWatchList *
far_watch_list_new (FarDeployment *deployment)
{
  FarWatchList *self = g_object_new (FAR_TYPE_WATCH_LIST, NULL);

  self->deployment = g_object_ref (deployment);
  return self;
}

static FarDeploymentInfo *
find (FarWatchList *self, const char *id)
{
  for (guint i = 0; i < self->all->len; i++)
    {
      FarDeploymentInfo *info = g_ptr_array_index (self->all, i);

      if (g_str_equal (info->id, id))
        return info;
    }
  return NULL;
}

/* Puts what is known of the chosen one where the pages look. */
static void
show (FarWatchList *self)
{
  FarDeploymentInfo *info = find (self, self->chosen);
  gint64 monotonic_us = g_get_monotonic_time ();

  if (info == NULL || !far_watch_list_is_remote (self))
    return;
  far_deployment_set_identity (self->deployment, info->name, info->url,
                               g_str_equal (info->money, "none") ? NULL : info->money);
  far_deployment_set_isolation (self->deployment, NULL, NULL);
  /* Whether a sample is too old depends on how often there is one; the platform knows. */
  far_deployment_set_stale_after (self->deployment,
                                  g_str_equal (info->state, "ok") ? G_MAXINT64 : 0);
  if (info->age_us >= 0)
    far_deployment_set_sample (self->deployment, info->sample_us, monotonic_us - info->age_us);
  else
    far_deployment_set_sample (self->deployment, 0, monotonic_us);
  if (g_str_equal (info->state, "failing"))
    far_deployment_set_state (self->deployment, FAR_DEPLOYMENT_LOST,
                              far_format_reason (info->id, info->message));
  else
    far_deployment_set_state (self->deployment, FAR_DEPLOYMENT_LIVE, NULL);
}

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarWatchList) self = user_data;
  g_autoptr (GPtrArray) all = NULL;

  all = far_platform_client_load_deployments_finish (FAR_PLATFORM_CLIENT (source), result, NULL);
  if ((gpointer) source != self->client)
    return;
  self->loading = FALSE;
  if (all == NULL)
    return;
  g_ptr_array_unref (self->all);
  self->all = g_steal_pointer (&all);
  if (find (self, self->chosen) == NULL)
    far_watch_list_choose (self, FAR_WATCH_LIST_LOCAL);
  show (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Asks at once. */
void
far_watch_list_refresh (FarWatchList *self)
{
  g_return_if_fail (FAR_IS_WATCH_LIST (self));

  if (self->client == NULL || self->loading)
    return;
  self->loading = TRUE;
  far_platform_client_load_deployments_async (self->client, self->cancellable, list_cb,
                                              g_object_ref (self));
}

typedef struct
{
  FarWatchList *self;
  GCancellable *cancellable;
  FarRange      range;
} Asked;

static void
functions_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  g_autoptr (FarWatchList) self = asked->self;
  g_autoptr (GCancellable) cancellable = asked->cancellable;
  gboolean loaded;

  /* Where it fails the figures grow old, and the title says so. */
  loaded = far_platform_client_load_functions_finish (FAR_PLATFORM_CLIENT (source), result, NULL);
  if (cancellable != self->loading_functions)
    return;
  g_clear_object (&self->loading_functions);
  if (loaded)
    self->counted = asked->range;
}

static void
give_up_functions (FarWatchList *self)
{
  if (self->loading_functions != NULL)
    g_cancellable_cancel (self->loading_functions);
  g_clear_object (&self->loading_functions);
}

/* One answer at a time; what single records add up to has no range. */
static void
load_functions (FarWatchList *self)
{
  FarDeploymentInfo *info = find (self, self->chosen);
  gint64 window_s = far_range_get_length (self->range) / G_USEC_PER_SEC;
  Asked *asked;

  if (self->loading_functions != NULL)
    return;
  self->n_waited = 0;
  self->loading_functions = g_cancellable_new ();
  asked = g_new (Asked, 1);
  asked->self = g_object_ref (self);
  asked->cancellable = g_object_ref (self->loading_functions);
  asked->range = self->range;
  far_platform_client_load_functions_async (self->client,
                                            info == NULL || info->records ? 0 : window_s, 0,
                                            self->loading_functions, functions_cb, asked);
}

static guint
ticks_between (FarWatchList *self)
{
  FarDeploymentInfo *info = find (self, self->chosen);
  gint64 ticks = far_range_get_step (self->range) / G_USEC_PER_SEC / ASKS_PER_STEP;

  if (info == NULL || info->records)
    return FUNCTIONS_TICKS;
  return (guint) CLAMP (ticks, FUNCTIONS_TICKS, FUNCTIONS_TICKS_MAX);
}

/* A second has passed. */
void
far_watch_list_tick (FarWatchList *self)
{
  g_return_if_fail (FAR_IS_WATCH_LIST (self));

  if (self->client == NULL)
    return;
  if (self->n_ticks % LIST_TICKS == 0)
    far_watch_list_refresh (self);
  if (far_watch_list_is_remote (self) && ++self->n_waited >= ticks_between (self))
    load_functions (self);
  self->n_ticks++;
}

/**
 * far_watch_list_set_client:
 * @client: (nullable): the platform that watches
 */
void
far_watch_list_set_client (FarWatchList *self, FarPlatformClient *client)
{
  g_return_if_fail (FAR_IS_WATCH_LIST (self));

  if (self->client == client)
    return;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_set_object (&self->client, client);
  g_ptr_array_set_size (self->all, 0);
  g_free (self->chosen);
  self->chosen = g_strdup (FAR_WATCH_LIST_LOCAL);
  far_deployment_set_stale_after (self->deployment, FAR_DEPLOYMENT_STALE_US);
  self->loading = FALSE;
  give_up_functions (self);
  self->n_ticks = 0;
  if (client != NULL)
    self->cancellable = g_cancellable_new ();
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Returns: (element-type FarDeploymentInfo): empty until they are known */
GPtrArray *
far_watch_list_get_all (FarWatchList *self)
{
  g_return_val_if_fail (FAR_IS_WATCH_LIST (self), NULL);

  return self->all;
}

/* Returns: (transfer none) (nullable): what is known of the one that is shown, if it is another
 *   than the platform itself */
FarDeploymentInfo *
far_watch_list_get_shown (FarWatchList *self)
{
  g_return_val_if_fail (FAR_IS_WATCH_LIST (self), NULL);

  return far_watch_list_is_remote (self) ? find (self, self->chosen) : NULL;
}

/* Returns: the id of the one that is shown */
const char *
far_watch_list_get_chosen (FarWatchList *self)
{
  g_return_val_if_fail (FAR_IS_WATCH_LIST (self), NULL);

  return self->chosen;
}

/* Returns: whether the one that is shown is not the platform itself */
gboolean
far_watch_list_is_remote (FarWatchList *self)
{
  g_return_val_if_fail (FAR_IS_WATCH_LIST (self), FALSE);

  return g_strcmp0 (self->chosen, FAR_WATCH_LIST_LOCAL) != 0;
}

/**
 * far_watch_list_choose:
 * @id: which is shown from now on
 */
void
far_watch_list_choose (FarWatchList *self, const char *id)
{
  g_return_if_fail (FAR_IS_WATCH_LIST (self));
  g_return_if_fail (id != NULL);

  if (self->client == NULL || g_str_equal (self->chosen, id))
    return;
  g_free (self->chosen);
  self->chosen = g_strdup (id);
  give_up_functions (self);
  far_deployment_set_stale_after (self->deployment, FAR_DEPLOYMENT_STALE_US);
  far_platform_client_set_deployment (self->client, id);
  show (self);
  load_functions (self);
  g_signal_emit (self, signals[CHOSEN], 0);
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * far_watch_list_set_range:
 * @range: of which the functions' figures are from now on; asks at once
 */
void
far_watch_list_set_range (FarWatchList *self, FarRange range)
{
  g_return_if_fail (FAR_IS_WATCH_LIST (self));
  g_return_if_fail (range < FAR_N_RANGES);

  self->range = range;
  if (self->client == NULL || !far_watch_list_is_remote (self))
    return;
  give_up_functions (self);
  load_functions (self);
}

/* Returns: of which the figures are that functions have now, where they are of a range */
FarRange
far_watch_list_get_counted (FarWatchList *self)
{
  g_return_val_if_fail (FAR_IS_WATCH_LIST (self), FAR_RANGE_MINUTES);

  return self->counted;
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarWatchList) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!far_platform_client_remove_deployment_finish (FAR_PLATFORM_CLIENT (source), result,
                                                     &error) &&
      (gpointer) source == self->client)
    g_signal_emit (self, signals[PROBLEM], 0, error);
  far_watch_list_refresh (self);
}

/**
 * far_watch_list_remove:
 * @id: which is not watched any longer
 */
void
far_watch_list_remove (FarWatchList *self, const char *id)
{
  g_return_if_fail (FAR_IS_WATCH_LIST (self));
  g_return_if_fail (id != NULL);

  if (self->client == NULL)
    return;
  if (g_str_equal (self->chosen, id))
    far_watch_list_choose (self, FAR_WATCH_LIST_LOCAL);
  far_platform_client_remove_deployment_async (self->client, id, self->cancellable, removed_cb,
                                               g_object_ref (self));
}
