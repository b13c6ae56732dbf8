/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The telemetry database, the writer's side: schema, batches, totals, retention.
 *
 * One FarTelemetryDb belongs to the writer once it is opened, one thread at a time. Readers open
 * their own connection with far_telemetry_db_open_reader(). Private to the room. */
#pragma once

#include "store/far-db.h"
#include "telemetry/far-live.h"
#include "telemetry/far-row.h"

G_BEGIN_DECLS

#define FAR_TELEMETRY_EXPIRE_ROWS_MAX 5000 /* in one transaction */

/* Keys of the table state; stored, so never renumbered. */
typedef enum {
  FAR_STATE_DROPPED_RECORDS = 0,
  FAR_STATE_DROPPED_LINES = 1,
  FAR_STATE_DROPPED_ANNOTATIONS = 2,
  FAR_STATE_ROWS_FROM_US = 3, /* older single invocations have been deleted */
  FAR_STATE_FINE_FROM_US = 4, /* older five-minute rollups */
  FAR_STATE_HOURS_FROM_US = 5,
  FAR_STATE_DROPPED_SPANS = 7,
  FAR_STATE_HIGHEST_AT = 8,   /* of all invocations that ever were, also of deleted ones */
  FAR_STATE_ALL_FROM_US = 6,  /* since when there are rollups of all functions together */
} FarTelemetryState;

typedef struct _FarTelemetryDb FarTelemetryDb;

#define FAR_TELEMETRY_APPLICATION_ID FAR_DB_APPLICATION_ID ('F', 't', 'l', 'm')
/* NULL-terminated: see FarDbOptions. */
extern const char *const far_telemetry_db_migrations[];

/* Creates or migrates; fills names with the stored ones. */
FarTelemetryDb *far_telemetry_db_open  (const char *path, FarNames *names, GError **error);
void            far_telemetry_db_close (FarTelemetryDb *self);
FarDb          *far_telemetry_db_open_reader (const char *path, GError **error);

/* Adds what is stored to live, by function, and reads the counts of what was dropped. */
gboolean        far_telemetry_db_restore (FarTelemetryDb *self, FarLive *live, gint64 now_us,
                                          FarTelemetryDropped *ret_dropped, GError **error);

/* One transaction: new names, rows, lines, annotations, the rollups they change, the counts of
 * what was dropped, and that the platform was alive until now. All or nothing: where one of these
 * fails, nothing of the batch is there, and the next one may begin.
 *
 * batch is borrowed until the end. write takes the next n_items of it and says whether that was all
 * of it; then comes commit. */
gboolean        far_telemetry_db_begin  (FarTelemetryDb *self, const FarBatch *batch,
                                         GError **error);
gboolean        far_telemetry_db_write  (FarTelemetryDb *self, guint n_items, gboolean *ret_all,
                                         GError **error);
gboolean        far_telemetry_db_commit (FarTelemetryDb *self, const FarTelemetryDropped *dropped,
                                         gint64 session_us, gint64 now_us, GError **error);

/* Deletes a bounded part of what is too old or too much. ret_more: call again soon. */
gboolean        far_telemetry_db_expire (FarTelemetryDb *self, const FarRetention *retention,
                                         gint64 now_us, gboolean *ret_more, GError **error);

/* Since when single invocations are complete; 0 = always were. The writer's thread. */
gint64          far_telemetry_db_get_rows_from_us (const FarTelemetryDb *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTelemetryDb, far_telemetry_db_close)

G_END_DECLS
