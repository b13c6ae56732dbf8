/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ticks of the value axis are 1, 2, 2.5 or 5 times a power of ten apart and begin at zero, so that
 * the height of a line can be compared between charts. Ticks of the time axis fall on round local
 * times: a tick is never "12:03:07". */
#include "desktop/charts/far-axis.h"

#include <math.h>

static const gint64 time_steps_s[] = {
  1, 2, 5, 10, 15, 30,
  60, 120, 300, 600, 900, 1800,
  3600, 7200, 10800, 21600, 43200,
  86400, 2 * 86400, 7 * 86400, 14 * 86400, 28 * 86400, 91 * 86400, 364 * 86400,
};

static double
round_step (double at_least, gboolean whole_numbers)
{
  double power = pow (10, floor (log10 (at_least)));
  double digit = at_least / power;

  /* The tolerance keeps 0.1 + 0.2 from asking for the next step up. */
  if (digit <= 1 + 1e-9)
    return power;
  if (digit <= 2 + 1e-9)
    return 2 * power;
  if (digit <= 2.5 + 1e-9 && (!whole_numbers || power >= 10))
    return 2.5 * power;
  if (digit <= 5 + 1e-9)
    return 5 * power;
  return 10 * power;
}

/**
 * far_value_axis_init:
 * @max: the largest value to show; what is not finite or not above zero counts as 1
 * @n_ticks_max: at least 2, how many ticks there is room for
 * @whole_numbers: whether half a unit makes no sense (two and a half invocations)
 */
void
far_value_axis_init (FarValueAxis *axis, double max, guint n_ticks_max, gboolean whole_numbers)
{
  g_return_if_fail (axis != NULL);
  g_return_if_fail (n_ticks_max >= 2 && n_ticks_max <= FAR_AXIS_TICKS_MAX);

  if (!isfinite (max) || max <= 0)
    max = 1;

  axis->low = 0;
  axis->step = round_step (max / (n_ticks_max - 1), whole_numbers);
  if (whole_numbers)
    axis->step = fmax (axis->step, 1);
  axis->n_ticks = (guint) ceil (max / axis->step - 1e-9) + 1;
  axis->high = axis->step * (axis->n_ticks - 1);
  g_assert (axis->n_ticks >= 2 && axis->n_ticks <= n_ticks_max);
}

static gint64
offset_of_zone_us (GTimeZone *zone, gint64 time_us)
{
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, time_us / G_USEC_PER_SEC);

  return g_time_zone_get_offset (zone, interval) * (gint64) G_USEC_PER_SEC;
}

static gint64
floor_to (gint64 value, gint64 step)
{
  gint64 rest = value % step;

  return value - (rest < 0 ? rest + step : rest);
}

/**
 * far_time_axis_init:
 * @from_us: left edge, µs since the epoch
 * @to_us: right edge, > @from_us
 * @n_ticks_max: at least 1, how many ticks there is room for
 * @zone: where the reader is
 */
void
far_time_axis_init (FarTimeAxis *axis, gint64 from_us, gint64 to_us, guint n_ticks_max,
                    GTimeZone *zone)
{
  gint64 zone_us = offset_of_zone_us (zone, to_us);
  gint64 tick_us;

  g_return_if_fail (to_us > from_us);
  g_return_if_fail (n_ticks_max >= 1 && n_ticks_max <= FAR_AXIS_TICKS_MAX);

  axis->step_us = time_steps_s[G_N_ELEMENTS (time_steps_s) - 1] * G_USEC_PER_SEC;
  for (guint i = 0; i < G_N_ELEMENTS (time_steps_s); i++)
    {
      gint64 step_us = time_steps_s[i] * G_USEC_PER_SEC;

      if ((to_us - from_us) / step_us < n_ticks_max)
        {
          axis->step_us = step_us;
          break;
        }
    }

  axis->n_ticks = 0;
  tick_us = floor_to (from_us + zone_us - 1, axis->step_us) + axis->step_us - zone_us;
  for (; tick_us <= to_us && axis->n_ticks < n_ticks_max; tick_us += axis->step_us)
    axis->ticks_us[axis->n_ticks++] = tick_us;
}

/**
 * far_time_axis_format:
 * @index: below the number of ticks
 *
 * Returns: (transfer full): the tick's label, as fine as the ticks are apart
 */
char *
far_time_axis_format (const FarTimeAxis *axis, guint index, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;
  const char *format;

  g_return_val_if_fail (index < axis->n_ticks, NULL);

  utc = g_date_time_new_from_unix_utc (axis->ticks_us[index] / G_USEC_PER_SEC);
  local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  if (local == NULL)
    return g_strdup ("");

  if (axis->step_us < 60 * G_USEC_PER_SEC)
    format = "%H:%M:%S";
  else if (axis->step_us < 86400 * (gint64) G_USEC_PER_SEC)
    format = "%H:%M";
  else
    format = "%-e %b";
  return g_date_time_format (local, format);
}
