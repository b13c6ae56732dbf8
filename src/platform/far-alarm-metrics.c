/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the list of what an alarm can be about. No state. */
#include "platform/far-alarms.h"

#include <string.h>

/* The system's first, in the order of FarGauge. */
static const FarAlarmMetric metrics[] = {
  { "disk_free_bytes", "bytes", "Free space where the data directory lies", TRUE },
  { "disk_free_ppm", "ppm", "Share of that file system that is free", TRUE },
  { "wal_bytes", "bytes", "The largest write-ahead log of a database", TRUE },
  { "telemetry_dropped", "count", "Records and lines dropped in the last five minutes", TRUE },
  { "async_queued", "count", "Events accepted and not yet done", TRUE },
  { "degraded_s", "s", "How long a helper program has been missing", TRUE },
  { "webhook_age_s", "s", "Age of the oldest payment whose end no notice told", TRUE },
  { "dead_letters", "count", "Events that failed for good", TRUE },
  { "payout_mismatch_micros", "micros", "By how much payouts and journal are apart", TRUE },
  { "ledger_broken", "count", "1 if the ledger's log did not verify", TRUE },
  { "invocations", "count", "Invocations in the window", FALSE },
  { "errors", "count", "Invocations that did not succeed", FALSE },
  { "error_ppm", "ppm", "Share of invocations that did not succeed", FALSE },
  { "throttles", "count", "Requests refused for lack of concurrency", FALSE },
  { "throttle_ppm", "ppm", "Share of requests refused", FALSE },
  { "cold_starts", "count", "Invocations that waited for a new instance", FALSE },
  { "cold_ppm", "ppm", "Share of invocations that waited for a new instance", FALSE },
  { "p50_us", "us", "Median time in the handler", FALSE },
  { "p90_us", "us", "90th percentile of the time in the handler", FALSE },
  { "p99_us", "us", "99th percentile of the time in the handler", FALSE },
  { "cold_p50_us", "us", "Median time to the handler of cold starts", FALSE },
  { "cold_p99_us", "us", "99th percentile of it", FALSE },
  { "mean_us", "us", "Mean time in the handler", FALSE },
  { "max_us", "us", "Longest time in the handler", FALSE },
  { "concurrency", "count", "Highest number in flight", FALSE },
  { "memory_max_kb", "kb", "Highest memory measured", FALSE },
  { "mb_ms", "mb_ms", "Billed time × configured memory", FALSE },
};

guint
far_alarms_n_metrics (void)
{
  return G_N_ELEMENTS (metrics);
}

const FarAlarmMetric *
far_alarms_nth_metric (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (metrics), NULL);

  return &metrics[index];
}

const FarAlarmMetric *
far_alarms_find_metric (const char *name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (metrics); i++)
    if (g_strcmp0 (metrics[i].name, name) == 0)
      return &metrics[i];
  return NULL;
}
