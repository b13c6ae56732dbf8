/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the query thread and the kinds of questions it runs. */
#pragma once

#include "telemetry/far-query.h"
#include "telemetry/far-telemetry-private.h"

G_BEGIN_DECLS

/* Runs on the query thread, with its connection. Sets ret_result, or error and returns FALSE. */
typedef gboolean (*FarQueryRun) (FarDb *db, FarNames *names, gpointer query, gpointer *ret_result,
                                 GError **error);

/* Takes query. free_result frees what run returns. */
void     far_query_start  (FarTelemetry *telemetry, gpointer source_tag, FarQueryRun run,
                           gpointer query, GDestroyNotify free_query, GDestroyNotify free_result,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
gpointer far_query_finish (GAsyncResult *result, gpointer source_tag, GError **error);

/* The columns of an invocation row that far_query_read_row() takes, from column 0. */
#define FAR_QUERY_ROW_COLUMNS \
  "at, late, function, flags, request, trace, queue_us, start_us, init_us, duration_us," \
  " overhead_us, memory_mb, memory_kb, concurrency, version, route, error_type, parent," \
  " spawn_us "
#define FAR_QUERY_ROW_N_COLUMNS 19
void     far_query_read_row (FarStatement *statement, FarRow *ret_row);

/* Since when a level of rollups (its period), or single rows (0), are complete; 0 = always were. */
gboolean far_query_find_kept (FarDb *db, gint64 period_s, gint64 *ret_kept_us, GError **error);
/* The rollups of all functions together: their number (0 = none), and since when they are there. */
gboolean far_query_find_all (FarDb *db, FarNames *names, guint *ret_scope, gint64 *ret_from_us,
                             GError **error);
/* Turns the order round. */
void     far_query_reverse  (GPtrArray *array);
/* Invocations as asked for, without notes; function: its number, 0 = all.
 * Returns: (transfer full) (nullable) (element-type FarInvocation) */
GArray  *far_query_invocations (FarDb *db, FarNames *names, const FarInvocationQuery *query,
                                guint function, GError **error);
/* Reads the note of the invocation stored under `at`. ret_notes: (transfer full) (nullable) */
gboolean far_query_read_note (FarDb *db, gint64 at, char **ret_notes, GError **error);

/* A range above it is answered from rollups where that is possible. */
#define FAR_QUERY_ROWS_RANGE_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define FAR_QUERY_DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* How far a row's `at` may lie behind the instant it stands for. */
#define FAR_QUERY_LATE_US G_USEC_PER_SEC

G_END_DECLS
