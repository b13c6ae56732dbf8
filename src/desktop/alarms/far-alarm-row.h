/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One alarm in the list: its name, what it is about, and how it is. */
#pragma once

#include <adwaita.h>

#include "desktop/model/far-alarm-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_ALARM_ROW (far_alarm_row_get_type ())
G_DECLARE_FINAL_TYPE (FarAlarmRow, far_alarm_row, FAR, ALARM_ROW, AdwActionRow)

GtkWidget    *far_alarm_row_new      (FarAlarmItem *item);
FarAlarmItem *far_alarm_row_get_item (FarAlarmRow  *self);

G_END_DECLS
