/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated readers: runs farthing-readers as a child and keeps its latest report.
 *
 * One run at a time; a new one replaces the one that goes on. Nothing of the child's output is
 * trusted beyond being a JSON object of bounded size. Thread: the main context's. */
#pragma once

#include <gio/gio.h>

#include "base/far-clock.h"
#include "base/far-json.h"

G_BEGIN_DECLS

#define FAR_TRAFFIC_ERROR (far_traffic_error_quark ())
GQuark far_traffic_error_quark (void);
typedef enum {
  FAR_TRAFFIC_ERROR_START,
} FarTrafficError;

#define FAR_TRAFFIC_READERS_MAX 1000.0  /* a second */
#define FAR_TRAFFIC_DURATION_MAX_S (7 * 86400)
#define FAR_TRAFFIC_LINE_MAX (16 * 1024)
#define FAR_TRAFFIC_STOP_S 45           /* for open visits to end; then it is killed */

typedef struct _FarTraffic FarTraffic;

typedef struct {
  double  readers_per_second; /* > 0 */
  gint64  duration_s;         /* 0 = until stopped */
  guint64 seed;
} FarTrafficOptions;

/* changed: called when a run starts, reports or ends. */
FarTraffic *far_traffic_new   (void (*changed) (FarTraffic *traffic, gpointer user_data),
                               gpointer user_data);
/* Kills what runs. */
void        far_traffic_free  (FarTraffic *self);

/* gateway: its URL. clock_path: (nullable): the test clock's file. */
gboolean    far_traffic_start (FarTraffic *self, const FarTrafficOptions *options,
                               const char *gateway, const char *clock_path, GError **error);
/* No more arrivals: visits that are open end, and with them the run. Nothing happens if none
 * runs. */
void        far_traffic_stop  (FarTraffic *self);

/* TRUE until the child has ended. */
gboolean    far_traffic_is_running  (FarTraffic *self);
gboolean    far_traffic_is_stopping (FarTraffic *self);
/* Of the run that goes on; 0 without one. */
double      far_traffic_get_readers_per_second (FarTraffic *self);
/* The latest report, an object without "type"; NULL before the first.
 * Returns: (transfer none) (nullable) */
JsonNode   *far_traffic_get_report  (FarTraffic *self);
/* Why the last run ended badly; NULL if it did not. */
const char *far_traffic_get_problem (FarTraffic *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTraffic, far_traffic_free)

G_END_DECLS
