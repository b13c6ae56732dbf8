/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the making of heat maps. A sketch has 64 buckets a doubling; a row takes 64, 32, … or one of
 * them, the finest that gives no more rows than wanted; and whole doublings together if that is
 * still too many. Zero, which lies below every doubling, goes into the lowest row. */
#include "telemetry/far-heatmap.h"

#include <math.h>

/* Rows a doubling, or doublings a row. */
typedef struct {
  int first; /* row number of the lowest */
  int last;
  double rows_per_doubling;
} Scale;

static int
row_of (double value, double rows_per_doubling)
{
  return value < 1 ? 0 : (int) floor (log2 (value) * rows_per_doubling);
}

/* In the middle of the bucket, where rounding cannot move it into the next row. */
static double
bin_value (double low, double high)
{
  return low <= 0 ? 0 : sqrt (low * high);
}

static const FarSketch *
sketch_of (const FarAggregate *point, gboolean cold)
{
  return cold ? &point->cold : &point->duration;
}

static gboolean
find_ends (const FarSeries *series, gboolean cold, double *ret_low, double *ret_high)
{
  gboolean any = FALSE;
  guint i;

  for (i = 0; i < series->n_points; i++)
    {
      const FarSketch *sketch = sketch_of (&series->points[i], cold);
      double low, high, value;
      guint64 count;
      guint n = far_sketch_n_bins (sketch);

      if (n == 0)
        continue;
      far_sketch_get_bin (sketch, 0, &low, &high, &count);
      value = bin_value (low, high);
      *ret_low = any ? MIN (*ret_low, value) : value;
      far_sketch_get_bin (sketch, n - 1, &low, &high, &count);
      value = bin_value (low, high);
      *ret_high = any ? MAX (*ret_high, value) : value;
      any = TRUE;
    }
  return any;
}

static Scale
choose_scale (double low, double high, guint rows_max)
{
  Scale scale = { 0, 0, 1 << FAR_SKETCH_SCALE };

  for (;; scale.rows_per_doubling /= 2)
    {
      scale.first = row_of (low, scale.rows_per_doubling);
      scale.last = row_of (high, scale.rows_per_doubling);
      if ((guint) (scale.last - scale.first) < rows_max)
        return scale;
    }
}

void
far_heatmap_init (FarHeatmap *self, const FarSeries *series, guint rows_max, gboolean cold)
{
  double low = 0, high = 0;
  Scale scale;
  guint i, b;

  *self = (FarHeatmap) { .n_columns = series->n_points };
  if (!find_ends (series, cold, &low, &high))
    {
      self->edges = g_new0 (double, 1);
      self->counts = g_new0 (guint64, 1);
      return;
    }
  scale = choose_scale (low, high, CLAMP (rows_max, 2, FAR_HEATMAP_ROWS_MAX));
  self->n_rows = (guint) (scale.last - scale.first) + 1;
  self->edges = g_new (double, self->n_rows + 1);
  for (i = 0; i <= self->n_rows; i++)
    self->edges[i] = exp2 ((scale.first + (int) i) / scale.rows_per_doubling);
  if (scale.first == 0)
    self->edges[0] = 0;
  self->counts = g_new0 (guint64, (gsize) self->n_columns * self->n_rows);
  for (i = 0; i < series->n_points; i++)
    {
      const FarSketch *sketch = sketch_of (&series->points[i], cold);

      for (b = 0; b < far_sketch_n_bins (sketch); b++)
        {
          double bin_low, bin_high;
          guint64 count, *cell;

          far_sketch_get_bin (sketch, b, &bin_low, &bin_high, &count);
          cell = &self->counts[(gsize) i * self->n_rows +
                               (guint) (row_of (bin_value (bin_low, bin_high),
                                                scale.rows_per_doubling) - scale.first)];
          *cell += count;
          self->max = MAX (self->max, *cell);
          self->n += count;
        }
    }
}

void
far_heatmap_clear (FarHeatmap *self)
{
  g_clear_pointer (&self->edges, g_free);
  g_clear_pointer (&self->counts, g_free);
}
