/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns heat maps of a Prometheus API: the increase of each bucket within each step, less that of
 * the bucket below. As fine as the histogram's own limits, as exact as increase(). Main thread. */
#include "sources/far-prometheus-private.h"

#include <math.h>

#include "sources/far-histogram.h"

/* Cumulative counts: a row a limit, a column a step; NaN where there is no sample. */
typedef struct {
  double  limit;
  double *counts;
} Row;

static void
row_clear (gpointer data)
{
  g_free (((Row *) data)->counts);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  double x = ((const Row *) a)->limit, y = ((const Row *) b)->limit;

  return (x > y) - (x < y);
}

/* A sample is evaluated at its step's end. */
static void
place (const FarPromSeries *one, const FarSourceHeat *heat, double share, double *counts)
{
  guint k;

  for (k = 0; k < one->points->len; k++)
    {
      const FarPromPoint *point = &g_array_index (one->points, FarPromPoint, k);
      gint64 offset = point->time_us - heat->from_us - heat->step_us;

      if (offset >= 0 && offset % heat->step_us == 0 &&
          offset / heat->step_us < heat->n_columns && isfinite (point->value))
        counts[offset / heat->step_us] = MAX (point->value, 0) * share;
    }
}

static GArray *
collect_rows (FarPromBatch *batch, const FarSourceHeat *heat)
{
  GPtrArray *found = far_prom_batch_find (batch, FAR_PROM_BUCKETS);
  double share = (double) heat->step_us / G_USEC_PER_SEC / (double) batch->window_s;
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (Row));
  guint i, k;

  g_array_set_clear_func (rows, row_clear);
  for (i = 0; found != NULL && i < found->len && rows->len < FAR_HISTOGRAM_BUCKETS_MAX; i++)
    {
      const FarPromSeries *one = g_ptr_array_index (found, i);
      Row row = { .limit = one->le };

      if (isnan (one->le) ||
          (batch->function != NULL && g_strcmp0 (one->function, batch->function) != 0))
        continue;
      row.counts = g_new (double, heat->n_columns);
      for (k = 0; k < heat->n_columns; k++)
        row.counts[k] = NAN;
      place (one, heat, share, row.counts);
      g_array_append_val (rows, row);
    }
  g_array_sort (rows, compare_rows);
  return rows;
}

/* Counts of a column: each limit's less the one below; a limit without a sample adds nothing. The
 * whole is known if how many there were is. */
static void
fill_column (FarSourceHeat *heat, const GArray *rows, guint column)
{
  double *counts = heat->counts + (gsize) column * heat->n_rows;
  gboolean known = !isnan (g_array_index (rows, Row, rows->len - 1).counts[column]);
  double below = 0;
  guint i;

  for (i = 0; i < rows->len; i++)
    {
      double upto = g_array_index (rows, Row, i).counts[column];

      counts[i] = !known ? NAN : isnan (upto) ? 0 : MAX (upto - below, 0);
      if (!isnan (upto))
        below = MAX (below, upto);
    }
}

static void
fill (FarSourceHeat *heat, const GArray *rows, double us_per_unit)
{
  guint i;

  heat->n_rows = rows->len;
  heat->edges = g_new0 (double, rows->len + 1);
  heat->counts = g_new0 (double, (gsize) MAX (rows->len, 1) * heat->n_columns);
  for (i = 0; i < rows->len; i++)
    heat->edges[i + 1] = g_array_index (rows, Row, i).limit * us_per_unit;
  heat->open_top = rows->len > 0 && !isfinite (heat->edges[rows->len]);
  if (heat->open_top)
    heat->edges[rows->len] = MAX (2 * heat->edges[rows->len - 1], 1);
  for (i = 0; i < heat->n_columns && rows->len > 0; i++)
    fill_column (heat, rows, i);
}

static void
heat_done (FarPromBatch *batch)
{
  FarPrometheus *self = batch->self;
  FarSourceHeat *heat = g_new0 (FarSourceHeat, 1);
  g_autoptr (GArray) rows = NULL;

  heat->step_us = batch->step_us;
  heat->from_us = batch->from_us - batch->from_us % batch->step_us;
  heat->now_us = far_source_now_us (FAR_SOURCE (self));
  heat->n_columns = (guint) ((batch->to_us - heat->from_us + batch->step_us - 1) /
                             batch->step_us);
  rows = collect_rows (batch, heat);
  fill (heat, rows, self->profile.us_per_unit);
  g_task_return_pointer (batch->task, heat, (GDestroyNotify) far_source_heat_free);
}

void
far_prometheus_heat (FarSource *source, const FarSourceSeriesQuery *query, GTask *task)
{
  FarPrometheus *self = FAR_PROMETHEUS (source);
  gint64 step_s = query->step_us / G_USEC_PER_SEC;
  gint64 start = (query->from_us - query->from_us % query->step_us) / G_USEC_PER_SEC + step_s;
  gint64 end = MIN ((query->to_us + query->step_us - 1) / query->step_us * step_s,
                    far_prometheus_now_s (self) + step_s);
  FarPromBatch *batch;

  if (self->profile.terms[FAR_PROM_BUCKETS][0] == NULL)
    {
      g_task_return_error (task, far_source_error (source, FAR_SOURCE_ERROR_UNSUPPORTED,
                                                   "the profile “%s” has no histogram, of which "
                                                   "heat maps are made", self->profile.name));
      g_object_unref (task);
      return;
    }
  batch = far_prom_batch_new (self, task, heat_done);
  batch->function = g_strdup (query->function);
  batch->from_us = query->from_us;
  batch->to_us = query->to_us;
  batch->step_us = query->step_us;
  batch->window_s = MAX (step_s, 2 * self->interval_s);
  if (start <= end)
    far_prom_batch_ask (batch, FAR_PROM_BUCKETS,
                        far_prom_query (&self->profile, FAR_PROM_BUCKETS, query->function,
                                        batch->window_s, query->function == NULL),
                        start, end, step_s);
  far_prom_batch_release (batch);
}
