/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The alarms of a farthingd: rules kept in a file, evaluated every few seconds against the
 * telemetry and against figures of the platform itself (disk, write-ahead logs, what the books
 * say), and told when they change: as an annotation, to whoever listens, and to a webhook.
 *
 * A figure of the platform that nobody reports is no data, never zero. Thread: the main
 * context's. */
#pragma once

#include "platform/far-platform.h"
#include "platform/far-webhook.h"
#include "telemetry/far-alarm.h"

G_BEGIN_DECLS

#define FAR_ALARMS_ERROR (far_alarms_error_quark ())
GQuark far_alarms_error_quark (void);
typedef enum {
  FAR_ALARMS_ERROR_RULE,    /* no such metric or function, or the webhook's address is not taken */
  FAR_ALARMS_ERROR_EXISTS,  /* the id is taken */
  FAR_ALARMS_ERROR_BUILTIN, /* this one stays; it can be disabled */
  FAR_ALARMS_ERROR_FILE,
} FarAlarmsError;

#define FAR_ALARMS_MAX 200
#define FAR_ALARMS_INTERVAL_MS 2000
#define FAR_ALARMS_LONG_INTERVAL_S 30 /* for windows that need the database */

/* Figures of the platform that others report, see far_alarms_report(). */
typedef enum {
  FAR_GAUGE_DISK_FREE_BYTES, /* these three are measured here */
  FAR_GAUGE_DISK_FREE_PPM,
  FAR_GAUGE_WAL_BYTES,       /* the largest write-ahead log below the data directory */
  FAR_GAUGE_TELEMETRY_DROPPED, /* in the last five minutes */
  FAR_GAUGE_ASYNC_QUEUED,
  FAR_GAUGE_DEGRADED_S,      /* how long not everything has been running */
  FAR_GAUGE_WEBHOOK_AGE_S,   /* of the oldest payment of which no notice said its end */
  FAR_GAUGE_DEAD_LETTERS,
  FAR_GAUGE_PAYOUT_MISMATCH, /* micros between the payouts on their way and the journal */
  FAR_GAUGE_LEDGER_BROKEN,   /* 1 = the log did not verify the last time */
} FarGauge;
#define FAR_GAUGE_N 10

typedef struct {
  const char *name;
  const char *unit;        /* "us" "ppm" "bytes" "micros" "count" "s" "kb" "mb_ms" "picodollars" */
  const char *description;
  gboolean    system;      /* not of functions */
} FarAlarmMetric;

typedef struct _FarAlarms FarAlarms;

typedef void (*FarAlarmsChanged) (const FarAlarm *alarm, FarAlarmState from, gpointer user_data);

/* dir: where the rules and the webhook's secret are kept. Both must outlive it. */
FarAlarms *far_alarms_new      (const char *dir, FarPlatform *platform, FarTelemetry *telemetry,
                                GError **error);
void       far_alarms_free     (FarAlarms *self);
void       far_alarms_observe  (FarAlarms *self, FarAlarmsChanged changed, gpointer user_data);

guint      far_alarms_n        (FarAlarms *self);
/* Returns: (transfer none) */
const FarAlarm *far_alarms_nth (FarAlarms *self, guint index);
/* Returns: (transfer none) (nullable) */
const FarAlarm *far_alarms_find (FarAlarms *self, const char *id);
guint      far_alarms_n_metrics (void);
const FarAlarmMetric *far_alarms_nth_metric (guint index);
/* NULL for an unknown one. */
const FarAlarmMetric *far_alarms_find_metric (const char *name);
const char *far_alarms_secret_path (FarAlarms *self);

/* Both take rule's members. Without an id one is made. Returns: (transfer none) */
const FarAlarm *far_alarms_add (FarAlarms *self, FarAlarmRule *rule, GError **error);
/* A builtin one keeps its name, metric and function. */
const FarAlarm *far_alarms_replace (FarAlarms *self, FarAlarmRule *rule, GError **error);
gboolean   far_alarms_remove   (FarAlarms *self, const char *id, GError **error);
/* Sends the webhook of an alarm a message that says it is a test. FALSE if it has none, or too many
 * are waiting. */
gboolean   far_alarms_test     (FarAlarms *self, const char *id);

void       far_alarms_report   (FarAlarms *self, FarGauge gauge, gint64 value);
/* It cannot be had: no data. */
void       far_alarms_forget   (FarAlarms *self, FarGauge gauge);
/* Now, instead of at the next interval. */
void       far_alarms_evaluate (FarAlarms *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarAlarms, far_alarms_free)

G_END_DECLS
