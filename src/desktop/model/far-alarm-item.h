/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One alarm in a list model, for as long as the platform has it. */
#pragma once

#include <glib-object.h>

#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_ALARM_ITEM (far_alarm_item_get_type ())
G_DECLARE_FINAL_TYPE (FarAlarmItem, far_alarm_item, FAR, ALARM_ITEM, GObject)

/* Signal "changed" (): there is something new to say of it. */
FarAlarmItem       *far_alarm_item_new       (FarAlarmInfo *info);
const FarAlarmInfo *far_alarm_item_get_info  (FarAlarmItem *self);
void                far_alarm_item_set_info  (FarAlarmItem *self,
                                              FarAlarmInfo *info);
gboolean            far_alarm_item_is_raised (FarAlarmItem *self);
int                 far_alarm_item_compare   (gconstpointer a,
                                              gconstpointer b,
                                              gpointer      user_data);

G_END_DECLS
