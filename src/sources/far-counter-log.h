/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A counter as it was seen from time to time, and what it counted between two instants.
 *
 * For systems that tell only how many there were so far. A value below the one before is a reset:
 * the counter began again at zero. Between two sightings that lie too far apart nobody knows when
 * anything happened: that is a gap, not a rate. Bounded; the oldest sightings go first. Not
 * thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_COUNTER_LOG_MAX 2880 /* 12 hours at 15 s */

typedef struct {
  GArray *seen;       /* (element-type FarCounterSeen), by time */
  gint64  gap_us;     /* sightings further apart than this have a gap between */
} FarCounterLog;

typedef struct {
  gint64 time_us;
  double value;
} FarCounterSeen;

void far_counter_log_init   (FarCounterLog *self, gint64 gap_us);
void far_counter_log_clear  (FarCounterLog *self);
/* A sighting not later than the last one is left out (a clock that was set back). */
void far_counter_log_add    (FarCounterLog *self, gint64 time_us, double value);
/* Adds to points what was counted in each step; NaN where less than nine tenths of it were seen
 * (of what has passed, for the step that goes on). */
void far_counter_log_series (const FarCounterLog *self, gint64 from_us, gint64 step_us,
                             gint64 now_us, double *points, guint n_points);

G_END_DECLS
