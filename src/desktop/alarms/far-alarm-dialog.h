/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an alarm is added or changed. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_ALARM_DIALOG (far_alarm_dialog_get_type ())
G_DECLARE_FINAL_TYPE (FarAlarmDialog, far_alarm_dialog, FAR, ALARM_DIALOG, AdwWindow)

GtkWidget *far_alarm_dialog_new (GtkWindow    *parent,
                                 FarSession   *session,
                                 FarAlarmItem *item);

G_END_DECLS
