/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollups: one stored aggregate a function and period, at three levels that are filled side by
 * side, so that no level waits for another and an unfinished period is as fresh as the last batch.
 *
 * FarRollups is the writer's side: it holds the aggregates that the current batches touch and
 * writes those that changed within the writer's transaction. Private to the room; the thread of
 * the database. */
#pragma once

#include "store/far-db.h"
#include "telemetry/far-aggregate.h"

G_BEGIN_DECLS

#define FAR_ROLLUP_N_LEVELS 3
#define FAR_ROLLUP_KEEP_S 60 /* how long a period that has passed is held */

extern const gint64 far_rollup_periods_s[FAR_ROLLUP_N_LEVELS]; /* 300, 3600, 86400 */

typedef struct _FarRollups FarRollups;

FarRollups *far_rollups_new    (FarDb *db);
void        far_rollups_free   (FarRollups *self);
gboolean    far_rollups_add    (FarRollups *self, guint function, const FarInvocation *invocation,
                                GError **error);
/* Adds to a scope's rollups, which are kept by the hour and the day. */
gboolean    far_rollups_add_scope (FarRollups *self, guint scope, const FarInvocation *invocation,
                                   GError **error);
/* Writes what changed since the last time. In a transaction. */
gboolean    far_rollups_write  (FarRollups *self, GError **error);
/* After a rollback: what is held may not be what is stored. */
void        far_rollups_forget (FarRollups *self);

/* Steps through the periods [from_s, to_s) of a level and function. Stops when visit is FALSE. */
typedef gboolean (*FarRollupVisit) (gint64 start_s, const FarAggregate *aggregate,
                                    gpointer user_data);
gboolean    far_rollup_read    (FarDb *db, gint64 period_s, guint function, gint64 from_s,
                                gint64 to_s, FarRollupVisit visit, gpointer user_data,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarRollups, far_rollups_free)

G_END_DECLS
