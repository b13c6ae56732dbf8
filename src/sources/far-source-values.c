/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the plain structs that sources answer with: made, freed. No state; any thread. */
#include "sources/far-source-private.h"

#include <math.h>
#include <string.h>

const char *
far_exactness_to_string (FarExactness exactness)
{
  static const char *const names[] = { "none", "sketch", "bucket", "provider" };

  g_return_val_if_fail (exactness < G_N_ELEMENTS (names), NULL);

  return names[exactness];
}

void
far_source_check_free (FarSourceCheck *check)
{
  g_free (check->what);
  g_free (check->message);
  g_free (check);
}

FarSourceProbe *
far_source_probe_new (void)
{
  FarSourceProbe *probe = g_new0 (FarSourceProbe, 1);

  probe->checks = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_check_free);
  return probe;
}

void
far_source_probe_free (FarSourceProbe *probe)
{
  g_ptr_array_unref (probe->checks);
  g_free (probe);
}

void
far_source_probe_add (FarSourceProbe *probe, const char *what, gboolean ok, gint64 took_us,
                      const char *format, ...)
{
  FarSourceCheck *check = g_new0 (FarSourceCheck, 1);
  va_list args;

  check->what = g_strdup (what);
  check->ok = ok;
  check->took_us = took_us;
  va_start (args, format);
  check->message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (probe->checks, check);
}

FarSourceFunction *
far_source_function_new (const char *name)
{
  FarSourceFunction *function = g_new0 (FarSourceFunction, 1);
  guint i;

  function->name = g_strdup (name);
  function->instances = -1;
  for (i = 0; i < FAR_METRIC_N; i++)
    function->values[i] = function->low[i] = function->high[i] = NAN;
  return function;
}

void
far_source_function_free (FarSourceFunction *function)
{
  g_free (function->name);
  g_free (function->runtime);
  g_free (function);
}

static double *
unknown_points (guint n)
{
  double *points = g_new (double, n);
  guint i;

  for (i = 0; i < n; i++)
    points[i] = NAN;
  return points;
}

static gboolean
is_quantile (guint metric)
{
  return metric == FAR_METRIC_P50 || metric == FAR_METRIC_P90 || metric == FAR_METRIC_P99;
}

FarSourceSeries *
far_source_series_new (gint64 from_us, gint64 to_us, gint64 step_us, gint64 now_us, guint metrics)
{
  FarSourceSeries *series = g_new0 (FarSourceSeries, 1);
  gint64 n;
  guint i;

  g_return_val_if_fail (step_us > 0 && to_us >= from_us, series);

  series->from_us = from_us - from_us % step_us;
  n = (to_us - series->from_us + step_us - 1) / step_us;
  series->n_points = (guint) CLAMP (n, 1, FAR_SOURCE_POINTS_MAX);
  series->step_us = step_us;
  series->now_us = now_us;
  series->reported = metrics;
  series->provisional_from_us = G_MAXINT64;
  for (i = 0; i < FAR_METRIC_N; i++)
    {
      if ((metrics & FAR_METRIC_MASK (i)) == 0)
        continue;
      series->values[i] = unknown_points (series->n_points);
      if (is_quantile (i))
        {
          series->low[i] = unknown_points (series->n_points);
          series->high[i] = unknown_points (series->n_points);
        }
    }
  return series;
}

void
far_source_series_free (FarSourceSeries *series)
{
  guint i;

  for (i = 0; i < FAR_METRIC_N; i++)
    {
      g_free (series->values[i]);
      g_free (series->low[i]);
      g_free (series->high[i]);
    }
  g_free (series);
}

void
far_source_heat_free (FarSourceHeat *heat)
{
  g_free (heat->edges);
  g_free (heat->counts);
  g_free (heat);
}

void
far_source_log_line_free (FarSourceLogLine *line)
{
  g_free (line->function);
  g_free (line->message);
  g_free (line);
}

gboolean
far_source_log_line_contains (const FarSourceLogLine *line, const char *folded)
{
  g_autofree char *message = NULL;

  if (folded == NULL)
    return TRUE;
  message = g_ascii_strdown (line->message, -1);
  return strstr (message, folded) != NULL;
}

void
far_source_invoked_free (FarSourceInvoked *invoked)
{
  g_free (invoked->function_error);
  g_free (invoked->request_id);
  g_clear_pointer (&invoked->payload, g_bytes_unref);
  g_free (invoked);
}

FarSourceBatch *
far_source_batch_new (void)
{
  FarSourceBatch *batch = g_new0 (FarSourceBatch, 1);

  batch->records = g_array_new (FALSE, TRUE, sizeof (FarInvocation));
  batch->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_log_line_free);
  batch->strings = g_string_chunk_new (4096);
  return batch;
}

void
far_source_batch_free (FarSourceBatch *batch)
{
  g_array_unref (batch->records);
  g_ptr_array_unref (batch->lines);
  g_string_chunk_free (batch->strings);
  g_free (batch->cursor);
  g_free (batch);
}
