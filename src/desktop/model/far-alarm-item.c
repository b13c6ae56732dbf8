/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The info is replaced as a whole. */
#include "desktop/model/far-alarm-item.h"

#include <string.h>

struct _FarAlarmItem
{
  GObject parent_instance;

  FarAlarmInfo *info;
};

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarAlarmItem, far_alarm_item, G_TYPE_OBJECT)

static void
far_alarm_item_finalize (GObject *object)
{
  g_clear_pointer (&FAR_ALARM_ITEM (object)->info, far_alarm_info_unref);

  G_OBJECT_CLASS (far_alarm_item_parent_class)->finalize (object);
}

static void
far_alarm_item_class_init (FarAlarmItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_alarm_item_finalize;

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_alarm_item_init (FarAlarmItem *self)
{
}

FarAlarmItem *
far_alarm_item_new (FarAlarmInfo *info)
{
  FarAlarmItem *self = g_object_new (FAR_TYPE_ALARM_ITEM, NULL);

  self->info = far_alarm_info_ref (info);
  return self;
}

/* Returns: (transfer none): until the next change */
const FarAlarmInfo *
far_alarm_item_get_info (FarAlarmItem *self)
{
  g_return_val_if_fail (FAR_IS_ALARM_ITEM (self), NULL);

  return self->info;
}

/**
 * far_alarm_item_set_info:
 * @info: of the same id
 */
void
far_alarm_item_set_info (FarAlarmItem *self, FarAlarmInfo *info)
{
  g_return_if_fail (FAR_IS_ALARM_ITEM (self));
  g_return_if_fail (g_str_equal (self->info->id, info->id));

  far_alarm_info_ref (info);
  far_alarm_info_unref (self->info);
  self->info = info;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Returns: whether it is switched on and raised */
gboolean
far_alarm_item_is_raised (FarAlarmItem *self)
{
  g_return_val_if_fail (FAR_IS_ALARM_ITEM (self), FALSE);

  return self->info->enabled && g_str_equal (self->info->state, "alarm");
}

/* Raised, without data, as it should be, switched off. */
static int
rank (const FarAlarmInfo *info)
{
  if (!info->enabled)
    return 3;
  if (g_str_equal (info->state, "alarm"))
    return 0;
  return g_str_equal (info->state, "no_data") ? 1 : 2;
}

/* A GCompareDataFunc: what needs attention first, then by name. */
int
far_alarm_item_compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const FarAlarmInfo *left = FAR_ALARM_ITEM ((gpointer) a)->info;
  const FarAlarmInfo *right = FAR_ALARM_ITEM ((gpointer) b)->info;

  if (rank (left) != rank (right))
    return rank (left) - rank (right);
  return g_utf8_collate (left->name, right->name);
}
