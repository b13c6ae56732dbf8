/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One alarm: how it is, its rule, its history; switched on and off, changed, tested, removed. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_ALARM_VIEW (far_alarm_view_get_type ())
G_DECLARE_FINAL_TYPE (FarAlarmView, far_alarm_view, FAR, ALARM_VIEW, AdwBin)

/* Signal "gone" (): the alarm was removed. */
void far_alarm_view_show (FarAlarmView *self,
                          FarSession   *session,
                          FarAlarmItem *item);

G_END_DECLS
