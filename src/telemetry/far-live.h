/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counters in memory: all time by function, and one aggregate a second and function for the
 * last minutes, so that a change is seen at once and a chart of now needs no database.
 *
 * A record counts in the second in which its answer was sent. Times are those of the passed-in
 * clock: seconds that a jump of the clock left behind are forgotten. Owning thread only. */
#pragma once

#include "telemetry/far-aggregate.h"

G_BEGIN_DECLS

/* Always reaches back to the last multiple of five minutes. */
#define FAR_LIVE_SECONDS 320

typedef struct _FarLive FarLive;

FarLive *far_live_new   (void);
void     far_live_free  (FarLive *self);

/* id: the function's number in FarNames. */
void     far_live_add   (FarLive *self, guint id, const FarInvocation *invocation);
/* Adds what an earlier run counted. */
void     far_live_restore (FarLive *self, guint id, const FarAggregate *aggregate);

/* All time; NULL for a function never seen. */
const FarAggregate *far_live_total (FarLive *self, guint id);
/* Rises with each record and restart of that function; 0 for one never seen. */
guint64             far_live_serial (FarLive *self, guint id);
/* One above the highest id seen. */
guint               far_live_end   (FarLive *self);

/* Adds what ended in the last window_s seconds up to now_us, this second included; window_s is at
 * most FAR_LIVE_SECONDS - 20. id 0: all together. The default window costs next to nothing. */
#define FAR_LIVE_WINDOW_S 300
void     far_live_window (FarLive *self, guint id, gint64 now_us, guint window_s,
                          FarAggregate *ret_aggregate);

/* Adds the seconds in [from_us, to_us), both whole seconds, of one function, or of all with id 0,
 * to points: point i takes the seconds of [base_us + i·step_us, base_us + (i+1)·step_us). */
void     far_live_collect (FarLive *self, guint id, gint64 from_us, gint64 to_us, gint64 base_us,
                           gint64 step_us, FarAggregate *points, guint n_points);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarLive, far_live_free)

G_END_DECLS
