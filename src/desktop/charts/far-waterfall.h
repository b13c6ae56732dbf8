/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the spans of a trace stand in its waterfall. Pure; any thread. */
#pragma once

#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

#define FAR_WATERFALL_NONE (-1)

typedef struct {
  const FarSpanInfo *span;   /* of the trace */
  int      parent;           /* row of its parent; FAR_WATERFALL_NONE */
  int      first_child;      /* row of its first child, which is the next one; or NONE */
  guint    depth;            /* 0 = a root */
  double   from;             /* of the whole extent, 0 to 1 */
  double   to;               /* at least from */
  gint64   own_us;           /* of its time, what no child covers */
  gint64   skew_us;          /* begins so long before its parent; 0 */
  gboolean is_orphan;        /* names a parent that is not here */
} FarWaterfallRow;

typedef struct {
  FarTraceInfo    *trace;
  gint64           from_us;
  gint64           to_us;    /* above from_us */
  guint            n_rows;
  FarWaterfallRow *rows;     /* parents before their children, children by their beginning */
  guint            n_errors;
  guint            n_orphans;
  guint            n_skewed;
} FarWaterfall;
FAR_DECLARE_RC_BOXED (FarWaterfall, far_waterfall)
#define FAR_TYPE_WATERFALL (far_waterfall_get_type ())

FarWaterfall *far_waterfall_new (FarTraceInfo *trace);

G_END_DECLS
