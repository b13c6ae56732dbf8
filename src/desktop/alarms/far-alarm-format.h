/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alarms in words, and limits as people type them. */
#pragma once

#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

const char *far_alarm_metric_get_title (const char         *metric);
char       *far_alarm_format_value     (const char         *unit,
                                        gint64              value);
char       *far_alarm_format_span      (gint64              seconds);
const char *far_alarm_get_state_title  (const FarAlarmInfo *info);
char       *far_alarm_describe         (const FarAlarmInfo *info);
char       *far_alarm_format_name      (const FarAlarmInfo *info);
char       *far_alarm_describe_state   (const FarAlarmInfo *info,
                                        gint64              now_us);
const char *far_alarm_get_icon_name    (const FarAlarmInfo *info);
const char *far_alarm_get_css_class    (const FarAlarmInfo *info);

const char *far_alarm_get_input_unit   (const char         *unit);
char       *far_alarm_to_input         (const char         *unit,
                                        gint64              value);
gboolean    far_alarm_parse_input      (const char         *unit,
                                        const char         *text,
                                        gint64             *ret_value);

G_END_DECLS
