/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A heat map: how many invocations took how long, over time. Columns are the points of a series,
 * rows are the buckets of its sketches put together, so that every count is exact and a row's
 * limits are those of buckets. No state; any thread. */
#pragma once

#include "telemetry/far-query.h"

G_BEGIN_DECLS

#define FAR_HEATMAP_ROWS_MAX 256

typedef struct {
  guint    n_columns;
  guint    n_rows;
  double  *edges;  /* n_rows + 1, µs, ascending; row i is [edges[i], edges[i + 1]) */
  guint64 *counts; /* n_columns × n_rows, a column after the other, the shortest first */
  guint64  max;    /* of counts */
  guint64  n;      /* of them all */
} FarHeatmap;

/* rows_max: at least 2. cold: of cold starts' time to the handler instead of the handler's. */
void far_heatmap_init  (FarHeatmap *self, const FarSeries *series, guint rows_max, gboolean cold);
void far_heatmap_clear (FarHeatmap *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarHeatmap, far_heatmap_clear)

G_END_DECLS
