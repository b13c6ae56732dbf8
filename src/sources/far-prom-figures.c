/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how answers of a Prometheus API become functions and series: which sample belongs to which
 * point, what is zero and what is a gap, and quantiles from buckets. Main thread. */
#include "sources/far-prometheus-private.h"

#include <math.h>
#include <string.h>

#include "sources/far-histogram.h"

#define LATENCY_US (G_GINT64_CONSTANT (30) * G_USEC_PER_SEC) /* VictoriaMetrics' offset */
#define MB_MS_PER_GB_S (1024.0 * 1000.0)

/* ---- Functions ---- */

/* NULL: none of those that were asked for, or one too many. */
static FarSourceFunction *
need_function (FarPromBatch *batch, GHashTable *table, const char *name)
{
  FarSourceFunction *function;

  if (name == NULL || *name == '\0' ||
      (batch->function != NULL && strcmp (batch->function, name) != 0))
    return NULL;
  function = g_hash_table_lookup (table, name);
  if (function == NULL && g_hash_table_size (table) < FAR_SOURCE_FUNCTIONS_MAX)
    {
      function = far_source_function_new (name);
      g_hash_table_insert (table, function->name, function);
    }
  return function;
}

static double
first_value (const FarPromSeries *series)
{
  return series->points->len > 0 ? g_array_index (series->points, FarPromPoint, 0).value : NAN;
}

static const struct { FarPromRole role; FarMetric metric; double scale; } counted[] = {
  { FAR_PROM_INVOCATIONS, FAR_METRIC_INVOCATIONS, 1 },
  { FAR_PROM_ERRORS, FAR_METRIC_ERRORS, 1 },
  { FAR_PROM_THROTTLES, FAR_METRIC_THROTTLES, 1 },
  { FAR_PROM_COLD_STARTS, FAR_METRIC_COLD_STARTS, 1 },
  { FAR_PROM_GB_S, FAR_METRIC_MB_MS, MB_MS_PER_GB_S },
  { FAR_PROM_CONCURRENCY, FAR_METRIC_CONCURRENCY, 1 },
};

static const struct { FarMetric metric; double q; } quantiles[] = {
  { FAR_METRIC_P50, 0.5 }, { FAR_METRIC_P90, 0.9 }, { FAR_METRIC_P99, 0.99 },
};

static void
collect_counts (FarPromBatch *batch, GHashTable *table)
{
  const FarPromProfile *profile = &batch->self->profile;
  GHashTableIter iter;
  gpointer value;
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (counted); i++)
    {
      GPtrArray *series = far_prom_batch_find (batch, counted[i].role);

      for (j = 0; series != NULL && j < series->len; j++)
        {
          const FarPromSeries *one = g_ptr_array_index (series, j);
          FarSourceFunction *function = need_function (batch, table, one->function);

          if (function != NULL)
            function->values[counted[i].metric] = first_value (one) * counted[i].scale;
        }
      if ((profile->zero & (1u << counted[i].role)) == 0)
        continue;
      g_hash_table_iter_init (&iter, table);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          FarSourceFunction *function = value;

          if (isnan (function->values[counted[i].metric]) &&
              !isnan (function->values[FAR_METRIC_INVOCATIONS]))
            function->values[counted[i].metric] = 0;
        }
    }
}

/* The buckets of one function at one instant. */
static guint
collect_buckets (GPtrArray *series, const char *function, FarBucket *buckets)
{
  guint n = 0, i;

  for (i = 0; i < series->len && n < FAR_HISTOGRAM_BUCKETS_MAX; i++)
    {
      const FarPromSeries *one = g_ptr_array_index (series, i);

      if (!isnan (one->le) && g_strcmp0 (one->function, function) == 0)
        buckets[n++] = (FarBucket){ one->le, first_value (one) };
    }
  return n;
}

static void
collect_quantiles (FarPromBatch *batch, GHashTable *table)
{
  GPtrArray *series = far_prom_batch_find (batch, FAR_PROM_BUCKETS);
  double scale = batch->self->profile.us_per_unit;
  FarBucket buckets[FAR_HISTOGRAM_BUCKETS_MAX];
  GHashTableIter iter;
  gpointer value;
  guint i;

  if (series == NULL)
    return;
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      FarSourceFunction *function = value;
      guint n = collect_buckets (series, function->name, buckets);

      for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
        {
          FarQuantile quantile;

          if (!far_histogram_quantile (buckets, n, quantiles[i].q, &quantile))
            continue;
          function->values[quantiles[i].metric] = quantile.value * scale;
          function->low[quantiles[i].metric] = quantile.low * scale;
          function->high[quantiles[i].metric] = quantile.high * scale;
        }
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(FarSourceFunction *const *) a)->name, (*(FarSourceFunction *const *) b)->name);
}

static void
functions_done (FarPromBatch *batch)
{
  g_autoptr (GHashTable) table = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_function_free);
  GPtrArray *instances = far_prom_batch_find (batch, FAR_PROM_INSTANCES);
  GPtrArray *named = far_prom_batch_find (batch, FAR_PROM_N_ROLES);
  GHashTableIter iter;
  gpointer value;
  guint i;

  for (i = 0; named != NULL && i < named->len; i++)
    need_function (batch, table, ((FarPromSeries *) g_ptr_array_index (named, i))->function);
  for (i = 0; instances != NULL && i < instances->len; i++)
    {
      const FarPromSeries *one = g_ptr_array_index (instances, i);
      FarSourceFunction *function = need_function (batch, table, one->function);
      double n = first_value (one);

      if (function != NULL && n >= 0 && n < 1e9)
        function->instances = (gint64) n;
    }
  collect_counts (batch, table);
  collect_quantiles (batch, table);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (found, value);
  g_ptr_array_sort (found, compare_names);
  g_task_return_pointer (batch->task, found, (GDestroyNotify) g_ptr_array_unref);
}

void
far_prometheus_functions (FarSource *source, const char *function, gint64 from_us, gint64 to_us,
                          GTask *task)
{
  FarPrometheus *self = FAR_PROMETHEUS (source);
  FarPromBatch *batch = far_prom_batch_new (self, task, functions_done);
  gint64 end = MIN (to_us / G_USEC_PER_SEC, far_prometheus_now_s (self));
  gint64 window = MAX ((to_us - from_us) / G_USEC_PER_SEC, 2 * self->interval_s);
  guint role;

  batch->function = g_strdup (function);
  for (role = 0; role < FAR_PROM_INSTANCES; role++)
    far_prom_batch_ask (batch, (int) role,
                        far_prom_query (&self->profile, role, function, window, FALSE), 0, end, 0);
  /* Those alive now, not at most; where that is not told, at least which functions there are. */
  if (self->profile.terms[FAR_PROM_INSTANCES][0] != NULL)
    far_prom_batch_ask (batch, FAR_PROM_INSTANCES,
                        far_prom_query_gauge (&self->profile, FAR_PROM_INSTANCES), 0, end, 0);
  else
    far_prom_batch_ask (batch, FAR_PROM_N_ROLES,
                        far_prom_query_functions (&self->profile, window), 0, end, 0);
  far_prom_batch_release (batch);
}

/* ---- Series ---- */

/* Which point a sample belongs to: it is evaluated at the point's end. */
static gboolean
point_index (const FarSourceSeries *series, gint64 time_us, guint *ret_index)
{
  gint64 offset = time_us - series->from_us - series->step_us;

  if (offset < 0 || offset % series->step_us != 0 ||
      offset / series->step_us >= series->n_points)
    return FALSE;
  *ret_index = (guint) (offset / series->step_us);
  return TRUE;
}

static void
place_counts (FarPromBatch *batch, FarSourceSeries *series)
{
  double share = (double) series->step_us / G_USEC_PER_SEC / (double) batch->window_s;
  guint i, j, k, index;

  for (i = 0; i < G_N_ELEMENTS (counted); i++)
    {
      GPtrArray *found = far_prom_batch_find (batch, counted[i].role);
      double *values = series->values[counted[i].metric];
      gboolean gauge = counted[i].role == FAR_PROM_CONCURRENCY;

      for (j = 0; values != NULL && found != NULL && j < found->len; j++)
        {
          const FarPromSeries *one = g_ptr_array_index (found, j);

          if (batch->function != NULL && g_strcmp0 (one->function, batch->function) != 0)
            continue;
          for (k = 0; k < one->points->len; k++)
            {
              const FarPromPoint *point = &g_array_index (one->points, FarPromPoint, k);

              if (point_index (series, point->time_us, &index) && isfinite (point->value))
                values[index] = MAX (point->value, 0) * counted[i].scale * (gauge ? 1 : share);
            }
        }
    }
}

static void
fill_zeros (FarPromBatch *batch, FarSourceSeries *series)
{
  const double *n = series->values[FAR_METRIC_INVOCATIONS];
  guint i, k;

  for (i = 0; i < G_N_ELEMENTS (counted); i++)
    {
      double *values = series->values[counted[i].metric];

      if (values == NULL || (batch->self->profile.zero & (1u << counted[i].role)) == 0)
        continue;
      for (k = 0; k < series->n_points; k++)
        if (isnan (values[k]) && !isnan (n[k]))
          values[k] = 0;
    }
}

/* One row a bucket, one column a point; NaN where a bucket has no sample. */
typedef struct {
  double *limits;
  double *counts;
  guint   n_rows;
} BucketTable;

static void
bucket_table_clear (BucketTable *table)
{
  g_free (table->limits);
  g_free (table->counts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BucketTable, bucket_table_clear)

static void
bucket_table_fill (BucketTable *table, GPtrArray *found, const char *function,
                   const FarSourceSeries *series)
{
  guint n_rows = MIN (found->len, FAR_HISTOGRAM_BUCKETS_MAX);
  guint i, k, index;

  table->limits = g_new0 (double, n_rows);
  table->counts = g_new (double, (gsize) n_rows * series->n_points);
  for (i = 0; i < n_rows * series->n_points; i++)
    table->counts[i] = NAN;
  for (i = 0; i < found->len && table->n_rows < n_rows; i++)
    {
      const FarPromSeries *one = g_ptr_array_index (found, i);
      double *row = table->counts + (gsize) table->n_rows * series->n_points;

      if (isnan (one->le) || (function != NULL && g_strcmp0 (one->function, function) != 0))
        continue;
      table->limits[table->n_rows++] = one->le;
      for (k = 0; k < one->points->len; k++)
        {
          const FarPromPoint *point = &g_array_index (one->points, FarPromPoint, k);

          if (point_index (series, point->time_us, &index))
            row[index] = point->value;
        }
    }
}

static void
place_quantiles (FarPromBatch *batch, FarSourceSeries *series)
{
  GPtrArray *found = far_prom_batch_find (batch, FAR_PROM_BUCKETS);
  double scale = batch->self->profile.us_per_unit;
  g_auto (BucketTable) table = { 0 };
  FarBucket buckets[FAR_HISTOGRAM_BUCKETS_MAX];
  guint k, i;

  if (found == NULL)
    return;
  bucket_table_fill (&table, found, batch->function, series);
  for (k = 0; k < series->n_points; k++)
    for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
      {
        FarMetric metric = quantiles[i].metric;
        FarQuantile quantile;
        guint row;

        for (row = 0; row < table.n_rows; row++)
          buckets[row] = (FarBucket){ table.limits[row],
                                      table.counts[(gsize) row * series->n_points + k] };
        if (series->values[metric] == NULL ||
            !far_histogram_quantile (buckets, table.n_rows, quantiles[i].q, &quantile))
          continue;
        series->values[metric][k] = quantile.value * scale;
        series->low[metric][k] = quantile.low * scale;
        series->high[metric][k] = quantile.high * scale;
      }
}

static void
series_done (FarPromBatch *batch)
{
  FarPrometheus *self = batch->self;
  gint64 now_us = far_source_now_us (FAR_SOURCE (self));
  guint mask = (batch->metrics | FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS)) &
               far_prom_profile_metrics (&self->profile);
  FarSourceSeries *series;

  if ((mask & FAR_METRIC_MASK (FAR_METRIC_COST)) != 0)
    mask |= FAR_METRIC_MASK (FAR_METRIC_MB_MS);
  series = far_source_series_new (batch->from_us, batch->to_us, batch->step_us, now_us, mask);
  place_counts (batch, series);
  fill_zeros (batch, series);
  place_quantiles (batch, series);
  series->provisional_from_us = now_us - LATENCY_US - 2 * self->interval_s * G_USEC_PER_SEC;
  series->provisional_from_us -= (series->provisional_from_us - series->from_us) % series->step_us;
  g_task_return_pointer (batch->task, series, (GDestroyNotify) far_source_series_free);
}

void
far_prometheus_series (FarSource *source, const FarSourceSeriesQuery *query, GTask *task)
{
  FarPrometheus *self = FAR_PROMETHEUS (source);
  FarPromBatch *batch = far_prom_batch_new (self, task, series_done);
  gint64 step_s = query->step_us / G_USEC_PER_SEC;
  gint64 from_us = query->from_us - query->from_us % query->step_us;
  gint64 start = from_us / G_USEC_PER_SEC + step_s;
  gint64 end = MIN ((query->to_us + query->step_us - 1) / query->step_us * step_s,
                    far_prometheus_now_s (self) + step_s);
  guint wanted = query->metrics | FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS);
  guint role;

  batch->function = g_strdup (query->function);
  batch->metrics = query->metrics;
  batch->from_us = query->from_us;
  batch->to_us = query->to_us;
  batch->step_us = query->step_us;
  batch->window_s = MAX (step_s, 2 * self->interval_s);
  for (role = 0; role < FAR_PROM_N_ROLES && start <= end; role++)
    if ((far_prom_role_metrics (&self->profile, role) & wanted) != 0)
      far_prom_batch_ask (batch, (int) role,
                          far_prom_query (&self->profile, role, query->function,
                                          batch->window_s, query->function == NULL),
                          start, end, step_s);
  far_prom_batch_release (batch);
}
