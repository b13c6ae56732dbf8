/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the platform is asked to watch: the body of POST and PUT /v1/alarms. Strings are
 * borrowed. */
#pragma once

#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;
  const char *metric;
  const char *function; /* "" = all together */
  const char *compare;  /* "above", "below" */
  const char *no_data;
  const char *webhook;  /* "" = none */
  gint64      window_s;
  gint64      threshold;
  gint64      clear;    /* threshold: no hysteresis */
  gint64      for_s;
  gint64      clear_for_s;
  gint64      n_min;
  gboolean    enabled;
} FarAlarmRule;

void    far_alarm_rule_init    (FarAlarmRule       *self,
                                const FarAlarmInfo *info);
GBytes *far_alarm_rule_to_json (const FarAlarmRule *self);

G_END_DECLS
