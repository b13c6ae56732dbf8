/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of many invocations together: counts by outcome, MB·ms, and sketches of latency.
 *
 * The same struct at every level: a second, five minutes, an hour, a day, for ever. Adding two is
 * exact and their order does not matter, so that a level can always be made from a finer one; a
 * percentile is never made from percentiles. Not thread-safe. */
#pragma once

#include "telemetry/far-invocation.h"
#include "telemetry/far-sketch.h"

G_BEGIN_DECLS

typedef struct {
  guint64   outcomes[FAR_INVOCATION_N_OUTCOMES];
  guint64   cold_starts;
  guint64   mb_ms;           /* billed */
  guint64   concurrency_max;
  guint64   memory_max_kb;   /* 0 = not measured */
  FarSketch duration;        /* µs in the handler; throttles are not in it */
  FarSketch cold;            /* µs from arrival to the handler, of cold starts */
} FarAggregate;

#define FAR_AGGREGATE_INIT { .outcomes = { 0 } }

void     far_aggregate_init        (FarAggregate *self);
void     far_aggregate_clear       (FarAggregate *self);
/* Empties it and keeps the sketches' memory. */
void     far_aggregate_reset       (FarAggregate *self);
void     far_aggregate_add         (FarAggregate *self, const FarInvocation *invocation);
void     far_aggregate_merge       (FarAggregate *self, const FarAggregate *other);
gboolean far_aggregate_is_empty    (const FarAggregate *self);

/* Throttles are not invocations. */
guint64  far_aggregate_invocations (const FarAggregate *self);
/* Of the invocations, those that did not succeed. */
guint64  far_aggregate_errors      (const FarAggregate *self);
guint64  far_aggregate_throttles   (const FarAggregate *self);

typedef enum {
  FAR_METRIC_INVOCATIONS,
  FAR_METRIC_ERRORS,
  FAR_METRIC_THROTTLES,
  FAR_METRIC_COLD_STARTS,
  FAR_METRIC_P50,
  FAR_METRIC_P90,
  FAR_METRIC_P99,
  FAR_METRIC_COLD_P50,
  FAR_METRIC_COLD_P99,
  FAR_METRIC_CONCURRENCY, /* the highest seen */
  FAR_METRIC_MEMORY_MAX,
  FAR_METRIC_MB_MS,
  FAR_METRIC_COST,        /* picodollars; needs a price, see far_price_cost() */
  FAR_METRIC_MEAN,
  FAR_METRIC_MIN,
  FAR_METRIC_MAX,
  FAR_METRIC_COLD_N,      /* samples of the cold quantiles */
  FAR_METRIC_ERROR_PPM,   /* errors of invocations, in millionths */
  FAR_METRIC_COLD_PPM,    /* cold starts of invocations */
  FAR_METRIC_THROTTLE_PPM, /* throttles of requests, which are invocations and throttles */
} FarMetric;
#define FAR_METRIC_N 20

/* "invocations" … "p50_us", "cold_p50_us", "memory_max_kb", "mb_ms", "cost_picodollars" */
const char *far_metric_to_string   (FarMetric metric);
gboolean    far_metric_from_string (const char *text, FarMetric *ret_metric);
/* NaN where there is nothing to measure: quantiles and memory without samples. Not for
 * FAR_METRIC_COST. */
double      far_aggregate_metric   (const FarAggregate *self, FarMetric metric);

/* Between what the truth lies for a quantile; FALSE for other metrics and without samples. */
gboolean    far_aggregate_metric_band (const FarAggregate *self, FarMetric metric,
                                       double *ret_low, double *ret_high);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarAggregate, far_aggregate_clear)

G_END_DECLS
