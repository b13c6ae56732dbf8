/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters and the latency histogram of simulated readers. A bucket's value is its upper edge, so
 * that a quantile never flatters. */
#include "readers/far-visit-report.h"

#include <stdarg.h>

#include "base/far-json.h"

#define STEP_BITS 6
G_STATIC_ASSERT (1 << STEP_BITS == FAR_LATENCY_STEPS);

static guint
bucket_of (guint64 value)
{
  guint octave;

  if (value < FAR_LATENCY_STEPS)
    return value;
  octave = g_bit_storage (value) - 1 - STEP_BITS; /* 0 for 64–127 */
  if (octave >= FAR_LATENCY_OCTAVES - 1)
    return FAR_LATENCY_STEPS * FAR_LATENCY_OCTAVES - 1;
  return (octave + 1) * FAR_LATENCY_STEPS + ((value >> octave) & (FAR_LATENCY_STEPS - 1));
}

static gint64
upper_edge (guint bucket)
{
  guint octave = bucket / FAR_LATENCY_STEPS;

  if (octave == 0)
    return bucket;
  octave--;
  return (((gint64) FAR_LATENCY_STEPS + bucket % FAR_LATENCY_STEPS + 1) << octave) - 1;
}

void
far_visit_report_add_latency (FarVisitReport *self, gint64 latency_us)
{
  self->requests++;
  self->latency[bucket_of (MAX (latency_us, 0))]++;
}

gint64
far_visit_report_quantile_us (const FarVisitReport *self, double quantile)
{
  guint64 rank;
  guint64 seen = 0;
  guint i;

  if (self->requests == 0)
    return 0;
  rank = (guint64) (quantile * (double) (self->requests - 1));
  for (i = 0; i < G_N_ELEMENTS (self->latency); i++)
    {
      seen += self->latency[i];
      if (seen > rank)
        return upper_edge (i);
    }
  g_assert_not_reached ();
}

void
far_visit_report_add_error (FarVisitReport *self, const char *format, ...)
{
  va_list args;

  if (self->errors++ > 0)
    return;
  va_start (args, format);
  g_vsnprintf (self->first_error, sizeof self->first_error, format, args);
  va_end (args);
}

char *
far_visit_report_to_json (const FarVisitReport *self, const char *type, guint open)
{
  g_auto (FarJsonWriter) w = { 0 };
  gsize n;

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "type", type);
  far_json_add_int (&w, "arrivals", self->arrivals);
  far_json_add_int (&w, "pledges", self->pledges);
  far_json_add_int (&w, "ads", self->ads);
  far_json_add_int (&w, "left", self->left);
  far_json_add_int (&w, "refunds", self->refunds);
  far_json_add_int (&w, "errors", self->errors);
  far_json_add_int (&w, "throttles", self->throttles);
  far_json_add_int (&w, "acknowledged", self->acknowledged);
  far_json_add_int (&w, "p50_us", far_visit_report_quantile_us (self, 0.5));
  far_json_add_int (&w, "p99_us", far_visit_report_quantile_us (self, 0.99));
  far_json_add_int (&w, "requests", self->requests);
  far_json_add_int (&w, "returned", self->returned);
  far_json_add_int (&w, "unfilled", self->unfilled);
  far_json_add_int (&w, "shed", self->shed);
  far_json_add_int (&w, "open", open);
  far_json_add_micros (&w, "acknowledged_micros", self->acknowledged_micros);
  if (self->first_error[0] != '\0')
    far_json_add_string (&w, "first_error", self->first_error);
  else
    far_json_add_null (&w, "first_error");
  far_json_end_object (&w);
  return far_json_writer_steal (&w, &n);
}
