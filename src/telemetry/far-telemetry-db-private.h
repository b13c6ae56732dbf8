/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between writing (far-telemetry-db.c) and deleting (far-telemetry-expire.c). The writer's
 * thread. */
#pragma once

#include "telemetry/far-rollup.h"
#include "telemetry/far-telemetry-db.h"

G_BEGIN_DECLS

struct _FarTelemetryDb {
  FarDb      *db;
  FarNames   *names;
  FarRollups *rollups;
  guint       names_stored; /* numbers below it are in the database */
  gint64      last_at;      /* of an invocation */
  gint64      highest_at;   /* ever */
  gint64      last_log_at;
  gint64      last_span_at;
  gint64      rows_from_us; /* invocations are complete since; 0 = always were */
  FarTelemetryDropped dropped; /* as stored */
  const FarBatch *batch;   /* whose transaction is open */
  guint       n_written;   /* of its items, in the order of its parts */
  guint       names_end;
};

/* Sets one number, in the open transaction or one of its own. */
gboolean far_telemetry_db_set (FarTelemetryDb *self, FarTelemetryState key, gint64 value,
                                       GError **error);

G_END_DECLS
