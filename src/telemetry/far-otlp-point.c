/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns a point of a metric that came in. */
#include "telemetry/far-otlp.h"

#include <math.h>

void
far_otlp_point_free (FarOtlpPoint *point)
{
  g_free (point->service);
  g_free (point->name);
  g_free (point->unit);
  g_free (point->attributes);
  g_free (point->limits);
  g_free (point->counts);
  g_free (point);
}

gboolean
far_otlp_point_quantile (const FarOtlpPoint *point, double q, double *ret_low, double *ret_high)
{
  guint64 rank, seen = 0;
  guint i;

  if (point->count == 0 || point->n_buckets == 0)
    return FALSE;
  rank = (guint64) (q * (double) (point->count - 1));
  for (i = 0; i + 1 < point->n_buckets && seen + point->counts[i] <= rank; i++)
    seen += point->counts[i];
  *ret_low = i > 0 ? point->limits[i - 1] : isnan (point->min) ? 0 : point->min;
  *ret_high = point->limits[i];
  if (isinf (*ret_high) && !isnan (point->max))
    *ret_high = point->max;
  return TRUE;
}
