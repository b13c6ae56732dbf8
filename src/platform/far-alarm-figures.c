/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the figures that alarms are about: what the platform measures of itself, and what an
 * aggregate says. */
#include "platform/far-alarms-private.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/statvfs.h>

#define DROPS_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)
#define FILES_MAX 1000
#define PPM 1000000

static void
set (FarGauges *self, FarGauge gauge, gint64 value)
{
  self->known[gauge] = TRUE;
  self->values[gauge] = value;
}

static void
measure_disk (FarGauges *self, const char *data_dir)
{
  struct statvfs status;

  self->known[FAR_GAUGE_DISK_FREE_BYTES] = self->known[FAR_GAUGE_DISK_FREE_PPM] = FALSE;
  if (statvfs (data_dir, &status) != 0 || status.f_blocks == 0)
    return;
  set (self, FAR_GAUGE_DISK_FREE_BYTES, (gint64) (status.f_bavail * status.f_frsize));
  set (self, FAR_GAUGE_DISK_FREE_PPM, (gint64) ((double) status.f_bavail * PPM /
                                                (double) status.f_blocks));
}

/* The largest "…-wal" of a folder and, one level down, of its folders. */
static gint64
largest_wal (const char *path, guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  gint64 largest = 0;
  const char *name;
  guint n = 0;

  while (dir != NULL && n++ < FILES_MAX && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      GStatBuf status;

      if (g_lstat (child, &status) != 0)
        continue;
      if (S_ISDIR (status.st_mode) && depth > 0)
        largest = MAX (largest, largest_wal (child, depth - 1));
      else if (S_ISREG (status.st_mode) && g_str_has_suffix (name, "-wal"))
        largest = MAX (largest, status.st_size);
    }
  return largest;
}

/* Against the oldest count of the last five minutes. */
static void
measure_drops (FarGauges *self, FarTelemetry *telemetry, gint64 now_us)
{
  guint64 n = far_telemetry_n_dropped (telemetry), oldest = n;
  guint newest = (self->n_drops + FAR_ALARMS_DROPS - 1) % FAR_ALARMS_DROPS, i;

  if (self->n_drops == 0 ||
      now_us - self->drops[newest].time_us >= DROPS_US / (FAR_ALARMS_DROPS - 2) ||
      now_us < self->drops[newest].time_us)
    {
      self->drops[self->n_drops % FAR_ALARMS_DROPS].time_us = now_us;
      self->drops[self->n_drops % FAR_ALARMS_DROPS].n = n;
      self->n_drops++;
    }
  for (i = 0; i < MIN (self->n_drops, FAR_ALARMS_DROPS); i++)
    if (now_us - self->drops[i].time_us <= DROPS_US)
      oldest = MIN (oldest, self->drops[i].n);
  set (self, FAR_GAUGE_TELEMETRY_DROPPED, (gint64) (n - oldest));
}

static void
add_queued (const FarFunctionState *state, gpointer user_data)
{
  *(gint64 *) user_data += state->async_queued;
}

static void
measure_platform (FarGauges *self, FarPlatform *platform, gint64 now_us)
{
  FarPlatformStatus status;
  gint64 queued = 0;

  far_platform_foreach_function (platform, add_queued, &queued);
  set (self, FAR_GAUGE_ASYNC_QUEUED, queued);
  far_platform_get_status (platform, &status);
  if (status.state != FAR_PLATFORM_DEGRADED)
    self->degraded_since_us = 0;
  else if (self->degraded_since_us == 0)
    self->degraded_since_us = now_us;
  set (self, FAR_GAUGE_DEGRADED_S, self->degraded_since_us == 0
                                     ? 0 : (now_us - self->degraded_since_us) / G_USEC_PER_SEC);
}

void
far_gauges_measure (FarGauges *self, const char *data_dir, FarPlatform *platform,
                    FarTelemetry *telemetry, gint64 now_us)
{
  measure_disk (self, data_dir);
  set (self, FAR_GAUGE_WAL_BYTES, largest_wal (data_dir, 2));
  measure_drops (self, telemetry, now_us);
  measure_platform (self, platform, now_us);
}

static guint64
samples_of (const FarAggregate *aggregate, FarMetric metric)
{
  double low, high;

  if (metric == FAR_METRIC_COLD_P50 || metric == FAR_METRIC_COLD_P99)
    return aggregate->cold.count;
  if (metric == FAR_METRIC_THROTTLE_PPM)
    return far_aggregate_invocations (aggregate) + far_aggregate_throttles (aggregate);
  if (far_aggregate_metric_band (aggregate, metric, &low, &high))
    return aggregate->duration.count;
  return far_aggregate_invocations (aggregate);
}

gboolean
far_alarm_read_aggregate (const FarAggregate *aggregate, const char *name, gint64 *ret_value,
                          guint64 *ret_n)
{
  FarMetric metric;
  double value;

  if (!far_metric_from_string (name, &metric) || metric == FAR_METRIC_COST)
    return FALSE;
  value = far_aggregate_metric (aggregate, metric);
  *ret_n = samples_of (aggregate, metric);
  if (isnan (value))
    return FALSE;
  *ret_value = (gint64) llround (value);
  return TRUE;
}
