/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the sharing out of a counter's steps over time. No state but the caller's. */
#include "sources/far-counter-log.h"

#include <math.h>

#define SEEN_ENOUGH 0.9

void
far_counter_log_init (FarCounterLog *self, gint64 gap_us)
{
  self->seen = g_array_new (FALSE, FALSE, sizeof (FarCounterSeen));
  self->gap_us = gap_us;
}

void
far_counter_log_clear (FarCounterLog *self)
{
  g_clear_pointer (&self->seen, g_array_unref);
}

void
far_counter_log_add (FarCounterLog *self, gint64 time_us, double value)
{
  FarCounterSeen seen = { time_us, value };

  if (!(value >= 0) || isinf (value) ||
      (self->seen->len > 0 &&
       time_us <= g_array_index (self->seen, FarCounterSeen, self->seen->len - 1).time_us))
    return;
  if (self->seen->len >= FAR_COUNTER_LOG_MAX)
    g_array_remove_range (self->seen, 0, FAR_COUNTER_LOG_MAX / 8);
  g_array_append_val (self->seen, seen);
}

/* What lies between two sightings, over the points that it touches. */
static void
share_out (const FarCounterSeen *a, const FarCounterSeen *b, gint64 from_us, gint64 step_us,
           double *points, double *covered, guint n_points)
{
  double delta = b->value >= a->value ? b->value - a->value : b->value;
  double length = (double) (b->time_us - a->time_us);
  gint64 first = MAX (a->time_us - from_us, 0) / step_us;
  gint64 k;

  for (k = first; k < n_points && from_us + k * step_us < b->time_us; k++)
    {
      gint64 start = MAX (a->time_us, from_us + k * step_us);
      gint64 end = MIN (b->time_us, from_us + (k + 1) * step_us);

      if (end <= start)
        continue;
      points[k] += delta * (double) (end - start) / length;
      covered[k] += (double) (end - start);
    }
}

void
far_counter_log_series (const FarCounterLog *self, gint64 from_us, gint64 step_us, gint64 now_us,
                        double *points, guint n_points)
{
  g_autofree double *counted = g_new0 (double, n_points);
  g_autofree double *covered = g_new0 (double, n_points);
  guint i;

  for (i = 1; i < self->seen->len; i++)
    {
      const FarCounterSeen *a = &g_array_index (self->seen, FarCounterSeen, i - 1);
      const FarCounterSeen *b = &g_array_index (self->seen, FarCounterSeen, i);

      if (b->time_us - a->time_us <= self->gap_us && b->time_us > from_us)
        share_out (a, b, from_us, step_us, counted, covered, n_points);
    }
  for (i = 0; i < n_points; i++)
    {
      gint64 start = from_us + i * step_us;
      /* The last sighting is some time ago by now. */
      gint64 passed = MIN (step_us, now_us - self->gap_us - start);

      if (covered[i] <= 0 || covered[i] < SEEN_ENOUGH * (double) passed)
        points[i] = NAN;
      else
        points[i] += counted[i];
    }
}
