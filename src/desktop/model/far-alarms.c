/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list is read when the platform is joined, after the connection was lost, and when somebody
 * looks; changes of state come with the event stream. What "turned" is told by comparing with what
 * was known before, so that a change that was missed meanwhile is told too, and one that had been
 * there before the platform was joined is not. Main thread. */
#include "desktop/model/far-alarms.h"

#include "desktop/model/far-inquiry.h"

struct _FarAlarms
{
  GObject parent_instance;

  FarPlatformClient *client;
  FarInquiry         inquiry;
  GListStore        *items;   /* of FarAlarmItem */
  GPtrArray         *metrics; /* of FarAlarmMetricInfo */
  gboolean           known;
  guint              n_raised;
};

enum { PROP_0, PROP_RAISED, N_PROPS };
enum { TURNED, LISTED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarAlarms, far_alarms, G_TYPE_OBJECT)

static FarAlarmItem *
nth (FarAlarms *self, guint i)
{
  return g_list_model_get_item (G_LIST_MODEL (self->items), i);
}

static void
count_raised (FarAlarms *self)
{
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->items)); i++)
    {
      g_autoptr (FarAlarmItem) item = nth (self, i);

      n += far_alarm_item_is_raised (item);
    }
  if (n == self->n_raised)
    return;
  self->n_raised = n;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RAISED]);
}

/* Returns: (transfer full): the row, or NULL if there was none */
static FarAlarmItem *
update (FarAlarms *self, FarAlarmInfo *info)
{
  g_autoptr (FarAlarmItem) item = far_alarms_find (self, info->id);
  gboolean was_raised;

  if (item == NULL)
    return NULL;
  was_raised = far_alarm_item_is_raised (item);
  far_alarm_item_set_info (item, info);
  if (was_raised != far_alarm_item_is_raised (item))
    g_signal_emit (self, signals[TURNED], 0, item);
  return g_steal_pointer (&item);
}

static void
remove_others (FarAlarms *self, GPtrArray *infos)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->items)); i-- > 0;)
    {
      g_autoptr (FarAlarmItem) item = nth (self, i);
      const char *id = far_alarm_item_get_info (item)->id;
      gboolean found = FALSE;

      for (guint j = 0; j < infos->len && !found; j++)
        found = g_str_equal (id, ((const FarAlarmInfo *) g_ptr_array_index (infos, j))->id);
      if (!found)
        g_list_store_remove (self->items, i);
    }
}

static void
listed_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarAlarms *self = owner;
  g_autoptr (GPtrArray) infos = answer != NULL ? far_alarms_parse (answer, NULL) : NULL;
  g_autoptr (GPtrArray) metrics = answer != NULL ? far_alarm_metrics_parse (answer, NULL) : NULL;

  if (infos == NULL || metrics == NULL)
    return;
  remove_others (self, infos);
  for (guint i = 0; i < infos->len; i++)
    {
      FarAlarmInfo *info = g_ptr_array_index (infos, i);
      g_autoptr (FarAlarmItem) item = update (self, info);

      if (item == NULL)
        {
          item = far_alarm_item_new (info);
          g_list_store_append (self->items, item);
          /* One that is new to us since we know the others. */
          if (self->known && far_alarm_item_is_raised (item))
            g_signal_emit (self, signals[TURNED], 0, item);
        }
    }
  g_clear_pointer (&self->metrics, g_ptr_array_unref);
  self->metrics = g_steal_pointer (&metrics);
  self->known = TRUE;
  count_raised (self);
  g_signal_emit (self, signals[LISTED], 0);
}

static void
alarm_cb (FarAlarms *self, FarAlarmInfo *info)
{
  g_autoptr (FarAlarmItem) item = update (self, info);

  if (item != NULL)
    count_raised (self);
  else
    far_alarms_refresh (self);
}

static void
connected_cb (FarAlarms *self)
{
  if (far_platform_client_get_connected (self->client))
    far_alarms_refresh (self);
}

static void
far_alarms_dispose (GObject *object)
{
  FarAlarms *self = FAR_ALARMS (object);

  far_alarms_set_client (self, NULL);
  g_clear_object (&self->items);
  g_clear_pointer (&self->metrics, g_ptr_array_unref);

  G_OBJECT_CLASS (far_alarms_parent_class)->dispose (object);
}

static void
far_alarms_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_RAISED:
      g_value_set_uint (value, FAR_ALARMS (object)->n_raised);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_alarms_class_init (FarAlarmsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = far_alarms_dispose;
  object_class->get_property = far_alarms_get_property;

  properties[PROP_RAISED] =
    g_param_spec_uint ("raised", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[TURNED] = g_signal_new ("turned", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 1, FAR_TYPE_ALARM_ITEM);
  signals[LISTED] = g_signal_new ("listed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_alarms_init (FarAlarms *self)
{
  self->items = g_list_store_new (FAR_TYPE_ALARM_ITEM);
  self->metrics = g_ptr_array_new ();
}

FarAlarms *
far_alarms_new (void)
{
  return g_object_new (FAR_TYPE_ALARMS, NULL);
}

/**
 * far_alarms_set_client:
 * @client: (nullable): of the platform whose alarms these are from now on; what is known stays, in
 *   case it is the same one that has come back
 */
void
far_alarms_set_client (FarAlarms *self, FarPlatformClient *client)
{
  g_return_if_fail (FAR_IS_ALARMS (self));

  if (self->client == client)
    return;
  far_inquiry_cancel (&self->inquiry);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, client);
  if (client == NULL)
    return;
  g_signal_connect_swapped (client, "alarm", G_CALLBACK (alarm_cb), self);
  g_signal_connect_swapped (client, "notify::connected", G_CALLBACK (connected_cb), self);
  connected_cb (self);
}

/* Returns: (transfer none) (nullable) */
FarPlatformClient *
far_alarms_get_client (FarAlarms *self)
{
  g_return_val_if_fail (FAR_IS_ALARMS (self), NULL);

  return self->client;
}

/* Reads the list anew. */
void
far_alarms_refresh (FarAlarms *self)
{
  g_return_if_fail (FAR_IS_ALARMS (self));

  if (self->client != NULL)
    far_inquiry_send (&self->inquiry, self, self->client, "GET", "/v1/alarms", NULL, listed_cb);
}

/* Returns: (transfer none): of FarAlarmItem */
GListModel *
far_alarms_get_list (FarAlarms *self)
{
  g_return_val_if_fail (FAR_IS_ALARMS (self), NULL);

  return G_LIST_MODEL (self->items);
}

/* Returns: (transfer none) (element-type FarAlarmMetricInfo): what an alarm can be about */
GPtrArray *
far_alarms_get_metrics (FarAlarms *self)
{
  g_return_val_if_fail (FAR_IS_ALARMS (self), NULL);

  return self->metrics;
}

/* Returns: whether the list was read at least once */
gboolean
far_alarms_are_known (FarAlarms *self)
{
  g_return_val_if_fail (FAR_IS_ALARMS (self), FALSE);

  return self->known;
}

/* Returns: (transfer full) (nullable) */
FarAlarmItem *
far_alarms_find (FarAlarms *self, const char *id)
{
  g_return_val_if_fail (FAR_IS_ALARMS (self), NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->items)); i++)
    {
      g_autoptr (FarAlarmItem) item = nth (self, i);

      if (g_strcmp0 (far_alarm_item_get_info (item)->id, id) == 0)
        return g_steal_pointer (&item);
    }
  return NULL;
}
