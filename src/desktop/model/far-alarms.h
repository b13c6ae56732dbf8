/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The alarms of the platform, as they are now. They are the platform's own whichever deployment is
 * shown. */
#pragma once

#include "client/far-platform-client.h"
#include "desktop/model/far-alarm-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_ALARMS (far_alarms_get_type ())
G_DECLARE_FINAL_TYPE (FarAlarms, far_alarms, FAR, ALARMS, GObject)

/* Property "raised" (guint, notified): how many are. Signals: "turned" (FarAlarmItem): an alarm was
 * raised, or one that was raised is not any longer; "listed" (): the list was read. */

FarAlarms         *far_alarms_new         (void);
void               far_alarms_set_client  (FarAlarms         *self,
                                           FarPlatformClient *client);
FarPlatformClient *far_alarms_get_client  (FarAlarms         *self);
void               far_alarms_refresh     (FarAlarms         *self);
GListModel        *far_alarms_get_list    (FarAlarms         *self);
GPtrArray         *far_alarms_get_metrics (FarAlarms         *self);
gboolean           far_alarms_are_known   (FarAlarms         *self);
FarAlarmItem      *far_alarms_find        (FarAlarms         *self,
                                           const char        *id);

G_END_DECLS
