/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the alarms: their file and evaluation (far-alarms.c), changes of rules
 * (far-alarms-rules.c), figures (far-alarm-figures.c). */
#pragma once

#include "platform/far-alarms.h"

G_BEGIN_DECLS

#define FAR_ALARMS_DROPS 32 /* samples of the counter of drops, over five minutes */

/* What is known of the platform; a gauge that was never reported is no data. */
typedef struct {
  gboolean known[FAR_GAUGE_N];
  gint64   values[FAR_GAUGE_N];
  struct { gint64 time_us; guint64 n; } drops[FAR_ALARMS_DROPS]; /* by time; a ring */
  guint    n_drops;
  gint64   degraded_since_us; /* 0 = it is running */
} FarGauges;

/* Measures what is measured here. */
void     far_gauges_measure (FarGauges *self, const char *data_dir, FarPlatform *platform,
                             FarTelemetry *telemetry, gint64 now_us);

/* A metric's value for an alarm, from what was added up over its window. FALSE: no data. */
gboolean far_alarm_read_aggregate (const FarAggregate *aggregate, const char *metric,
                                   gint64 *ret_value, guint64 *ret_n);

typedef struct {
  FarAlarms *owner; /* NULL once it has gone */
  FarAlarm  *alarm;
  /* Of a window that needs the database: the last answer. */
  gint64     asked_us;
  gboolean   asking;
  gboolean   removed; /* while asking */
  gboolean   has_value;
  gint64     value;
  guint64    n;
} FarAlarmEntry;

struct _FarAlarms {
  char            *path;
  char            *secret_path;
  FarPlatform     *platform;
  FarTelemetry    *telemetry;
  FarClock        *clock;
  GPtrArray       *entries; /* (element-type FarAlarmEntry) */
  FarGauges        gauges;
  FarWebhooks     *webhooks;
  GCancellable    *closing;
  guint            timer;
  FarAlarmsChanged changed;
  gpointer         user_data;
};

/* NULL if there is none. */
FarAlarmEntry *far_alarms_find_entry (FarAlarms *self, const char *id);
/* Takes rule's members. */
FarAlarmEntry *far_alarms_add_entry  (FarAlarms *self, FarAlarmRule *rule);
/* It is off the list already. */
void           far_alarm_entry_drop  (FarAlarmEntry *entry);
gboolean       far_alarms_save       (FarAlarms *self, GError **error);
void           far_alarms_send_webhook (FarAlarms *self, const FarAlarm *alarm, const char *type,
                                        FarAlarmState from);

G_END_DECLS
