/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desktop/charts/far-axis.h"

#include <math.h>

#include "base/far-random.h"

#define ROUNDS 2000

/* 1, 2, 2.5 or 5 times a power of ten. */
static gboolean
is_round (double step)
{
  double digit = step / pow (10, floor (log10 (step) + 1e-9));

  return fabs (digit - 1) < 1e-6 || fabs (digit - 2) < 1e-6 || fabs (digit - 2.5) < 1e-6 ||
         fabs (digit - 5) < 1e-6;
}

static void
test_values (void)
{
  FarRng rng;

  far_rng_init (&rng, 7, 1);
  for (guint i = 0; i < ROUNDS; i++)
    {
      double max = pow (10, far_rng_unit (&rng) * 18 - 6);
      guint n_ticks_max = 2 + far_rng_below (&rng, FAR_AXIS_TICKS_MAX - 1);
      FarValueAxis axis;

      far_value_axis_init (&axis, max, n_ticks_max, FALSE);
      g_assert_true (is_round (axis.step));
      g_assert_cmpuint (axis.n_ticks, <=, n_ticks_max);
      g_assert_cmpfloat (axis.low, ==, 0);
      g_assert_cmpfloat (axis.high, >=, max * (1 - 1e-9));
      g_assert_cmpfloat (axis.high - axis.step, <, max);
    }
}

static void
test_values_that_are_none (void)
{
  const double odd[] = { 0, -3, NAN, INFINITY };
  FarValueAxis axis;

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      far_value_axis_init (&axis, odd[i], 5, FALSE);
      g_assert_cmpfloat (axis.high, ==, 1);
    }
  far_value_axis_init (&axis, 2, 8, TRUE);
  g_assert_cmpfloat (axis.step, ==, 1);
  far_value_axis_init (&axis, 9, 5, TRUE); /* no two and a half of what is counted */
  g_assert_cmpfloat (axis.step, ==, 5);
  far_value_axis_init (&axis, 9, 5, FALSE);
  g_assert_cmpfloat (axis.step, ==, 2.5);
  far_value_axis_init (&axis, 90, 5, TRUE);
  g_assert_cmpfloat (axis.step, ==, 25);
  far_value_axis_init (&axis, 0.3, 8, TRUE);
  g_assert_cmpfloat (axis.high, ==, 1);
}

static void
test_times (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Asia/Kolkata");
  FarRng rng;

  g_assert_nonnull (zone);
  far_rng_init (&rng, 8, 1);
  for (guint i = 0; i < ROUNDS; i++)
    {
      gint64 from_us = G_GINT64_CONSTANT (1700000000000000) + far_rng_next (&rng);
      gint64 span_us = (gint64) pow (10, 6 + far_rng_unit (&rng) * 7);
      guint n_ticks_max = 1 + far_rng_below (&rng, 12);
      FarTimeAxis axis;

      far_time_axis_init (&axis, from_us, from_us + span_us, n_ticks_max, zone);
      g_assert_cmpuint (axis.n_ticks, <=, n_ticks_max);
      for (guint tick = 0; tick < axis.n_ticks; tick++)
        {
          /* 5 h 30 min east of Greenwich: round times there, not here. */
          gint64 local_us = axis.ticks_us[tick] + 19800 * (gint64) G_USEC_PER_SEC;

          g_assert_cmpint (axis.ticks_us[tick], >=, from_us);
          g_assert_cmpint (axis.ticks_us[tick], <=, from_us + span_us);
          g_assert_cmpint (local_us % axis.step_us, ==, 0);
          if (tick > 0)
            g_assert_cmpint (axis.ticks_us[tick] - axis.ticks_us[tick - 1], ==, axis.step_us);
        }
      if (n_ticks_max > 2)
        g_assert_cmpuint (axis.n_ticks, >, 0);
    }
}

static void
test_labels (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  const gint64 noon_us = G_GINT64_CONSTANT (1795521600000000); /* 2026-11-24 12:00:00 UTC */
  g_autofree char *seconds = NULL;
  g_autofree char *minutes = NULL;
  g_autofree char *days = NULL;
  FarTimeAxis axis;

  far_time_axis_init (&axis, noon_us, noon_us + 50 * G_USEC_PER_SEC, 6, zone);
  seconds = far_time_axis_format (&axis, 1, zone);
  g_assert_cmpstr (seconds, ==, "12:00:10");
  far_time_axis_init (&axis, noon_us, noon_us + 3600 * (gint64) G_USEC_PER_SEC, 5, zone);
  minutes = far_time_axis_format (&axis, 1, zone);
  g_assert_cmpstr (minutes, ==, "12:15");
  far_time_axis_init (&axis, noon_us, noon_us + 5 * 86400 * (gint64) G_USEC_PER_SEC, 6, zone);
  days = far_time_axis_format (&axis, 0, zone);
  g_assert_cmpstr (days, ==, "25 Nov");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/axis/values", test_values);
  g_test_add_func ("/axis/values-that-are-none", test_values_that_are_none);
  g_test_add_func ("/axis/times", test_times);
  g_test_add_func ("/axis/labels", test_labels);
  return g_test_run ();
}
