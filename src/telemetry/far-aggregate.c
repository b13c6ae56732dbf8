/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns adding up invocations and reading metrics off the sum. */
#include "telemetry/far-aggregate.h"

#include <math.h>
#include <string.h>

static const char *const metric_names[FAR_METRIC_N] = {
  [FAR_METRIC_INVOCATIONS] = "invocations",
  [FAR_METRIC_ERRORS] = "errors",
  [FAR_METRIC_THROTTLES] = "throttles",
  [FAR_METRIC_COLD_STARTS] = "cold_starts",
  [FAR_METRIC_P50] = "p50_us",
  [FAR_METRIC_P90] = "p90_us",
  [FAR_METRIC_P99] = "p99_us",
  [FAR_METRIC_COLD_P50] = "cold_p50_us",
  [FAR_METRIC_COLD_P99] = "cold_p99_us",
  [FAR_METRIC_CONCURRENCY] = "concurrency",
  [FAR_METRIC_MEMORY_MAX] = "memory_max_kb",
  [FAR_METRIC_MB_MS] = "mb_ms",
  [FAR_METRIC_COST] = "cost_picodollars",
  [FAR_METRIC_MEAN] = "mean_us",
  [FAR_METRIC_MIN] = "min_us",
  [FAR_METRIC_MAX] = "max_us",
  [FAR_METRIC_COLD_N] = "cold_n",
  [FAR_METRIC_ERROR_PPM] = "error_ppm",
  [FAR_METRIC_COLD_PPM] = "cold_ppm",
  [FAR_METRIC_THROTTLE_PPM] = "throttle_ppm",
};

void
far_aggregate_init (FarAggregate *self)
{
  memset (self, 0, sizeof *self);
}

void
far_aggregate_clear (FarAggregate *self)
{
  far_sketch_clear (&self->duration);
  far_sketch_clear (&self->cold);
  far_aggregate_init (self);
}

void
far_aggregate_reset (FarAggregate *self)
{
  memset (self->outcomes, 0, sizeof self->outcomes);
  self->cold_starts = 0;
  self->mb_ms = 0;
  self->concurrency_max = 0;
  self->memory_max_kb = 0;
  far_sketch_reset (&self->duration);
  far_sketch_reset (&self->cold);
}

void
far_aggregate_add (FarAggregate *self, const FarInvocation *invocation)
{
  g_return_if_fail ((guint) invocation->outcome < FAR_INVOCATION_N_OUTCOMES);

  self->outcomes[invocation->outcome]++;
  self->concurrency_max = MAX (self->concurrency_max, invocation->concurrency);
  if (invocation->outcome == FAR_INVOCATION_THROTTLE)
    return;
  self->mb_ms += (guint64) far_invocation_mb_ms (invocation);
  self->memory_max_kb = MAX (self->memory_max_kb, invocation->memory_max_kb);
  far_sketch_add (&self->duration, invocation->duration_us);
  if (invocation->cold)
    {
      self->cold_starts++;
      far_sketch_add (&self->cold, invocation->start_us);
    }
}

void
far_aggregate_merge (FarAggregate *self, const FarAggregate *other)
{
  guint i;

  for (i = 0; i < FAR_INVOCATION_N_OUTCOMES; i++)
    self->outcomes[i] += other->outcomes[i];
  self->cold_starts += other->cold_starts;
  self->mb_ms += other->mb_ms;
  self->concurrency_max = MAX (self->concurrency_max, other->concurrency_max);
  self->memory_max_kb = MAX (self->memory_max_kb, other->memory_max_kb);
  far_sketch_merge (&self->duration, &other->duration);
  far_sketch_merge (&self->cold, &other->cold);
}

gboolean
far_aggregate_is_empty (const FarAggregate *self)
{
  return far_aggregate_invocations (self) == 0 && far_aggregate_throttles (self) == 0;
}

guint64
far_aggregate_invocations (const FarAggregate *self)
{
  return self->outcomes[FAR_INVOCATION_OK] + far_aggregate_errors (self);
}

guint64
far_aggregate_errors (const FarAggregate *self)
{
  return self->outcomes[FAR_INVOCATION_FUNCTION_ERROR] +
         self->outcomes[FAR_INVOCATION_TIMEOUT] + self->outcomes[FAR_INVOCATION_CRASH] +
         self->outcomes[FAR_INVOCATION_INIT_ERROR];
}

guint64
far_aggregate_throttles (const FarAggregate *self)
{
  return self->outcomes[FAR_INVOCATION_THROTTLE];
}

const char *
far_metric_to_string (FarMetric metric)
{
  g_return_val_if_fail ((guint) metric < FAR_METRIC_N, NULL);

  return metric_names[metric];
}

gboolean
far_metric_from_string (const char *text, FarMetric *ret_metric)
{
  guint i;

  for (i = 0; i < FAR_METRIC_N; i++)
    {
      if (g_strcmp0 (text, metric_names[i]) == 0)
        {
          *ret_metric = i;
          return TRUE;
        }
    }
  return FALSE;
}

/* Millionths of all; nothing of nothing is not a number. */
static double
share_ppm (guint64 part, guint64 all)
{
  return all == 0 ? NAN : (double) part * 1e6 / (double) all;
}

static gboolean
quantile_of (FarMetric metric, double *ret_q, gboolean *ret_cold)
{
  static const struct { FarMetric metric; double q; gboolean cold; } quantiles[] = {
    { FAR_METRIC_P50, 0.50, FALSE },     { FAR_METRIC_P90, 0.90, FALSE },
    { FAR_METRIC_P99, 0.99, FALSE },     { FAR_METRIC_COLD_P50, 0.50, TRUE },
    { FAR_METRIC_COLD_P99, 0.99, TRUE },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
    if (quantiles[i].metric == metric)
      {
        *ret_q = quantiles[i].q;
        *ret_cold = quantiles[i].cold;
        return TRUE;
      }
  return FALSE;
}

gboolean
far_aggregate_metric_band (const FarAggregate *self, FarMetric metric, double *ret_low,
                           double *ret_high)
{
  gboolean cold;
  double q;

  return quantile_of (metric, &q, &cold) &&
         far_sketch_quantile_band (cold ? &self->cold : &self->duration, q, ret_low, ret_high);
}

double
far_aggregate_metric (const FarAggregate *self, FarMetric metric)
{
  gboolean cold;
  double q;

  switch (metric)
    {
    case FAR_METRIC_INVOCATIONS:
      return (double) far_aggregate_invocations (self);
    case FAR_METRIC_ERRORS:
      return (double) far_aggregate_errors (self);
    case FAR_METRIC_THROTTLES:
      return (double) far_aggregate_throttles (self);
    case FAR_METRIC_COLD_STARTS:
      return (double) self->cold_starts;
    case FAR_METRIC_P50:
    case FAR_METRIC_P90:
    case FAR_METRIC_P99:
    case FAR_METRIC_COLD_P50:
    case FAR_METRIC_COLD_P99:
      quantile_of (metric, &q, &cold);
      return far_sketch_quantile (cold ? &self->cold : &self->duration, q);
    case FAR_METRIC_CONCURRENCY:
      return far_aggregate_is_empty (self) ? 0 : (double) self->concurrency_max;
    case FAR_METRIC_MEMORY_MAX:
      return self->memory_max_kb == 0 ? NAN : (double) self->memory_max_kb;
    case FAR_METRIC_MB_MS:
      return (double) self->mb_ms;
    case FAR_METRIC_MEAN:
      return self->duration.count == 0 ? NAN : far_sketch_mean (&self->duration);
    case FAR_METRIC_MIN:
      return self->duration.count == 0 ? NAN : (double) self->duration.min;
    case FAR_METRIC_MAX:
      return self->duration.count == 0 ? NAN : (double) self->duration.max;
    case FAR_METRIC_COLD_N:
      return (double) self->cold.count;
    case FAR_METRIC_ERROR_PPM:
      return share_ppm (far_aggregate_errors (self), far_aggregate_invocations (self));
    case FAR_METRIC_COLD_PPM:
      return share_ppm (self->cold_starts, far_aggregate_invocations (self));
    case FAR_METRIC_THROTTLE_PPM:
      return share_ppm (far_aggregate_throttles (self),
                        far_aggregate_throttles (self) + far_aggregate_invocations (self));
    case FAR_METRIC_COST:
    default:
      g_return_val_if_reached (NAN);
    }
}
