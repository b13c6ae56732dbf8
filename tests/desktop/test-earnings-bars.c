/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "desktop/earnings/far-earnings-bars.h"

/* 2026-11-23 07:31 UTC */
#define AS_OF_US (G_GINT64_CONSTANT (1795419060) * G_USEC_PER_SEC)
#define HOUR_US (3600 * (gint64) G_USEC_PER_SEC)

static FarEarningsRow *
row_new (const char *label, gint64 time_us, gint64 pay_micros)
{
  FarEarningsRow *row = g_new0 (FarEarningsRow, 1);

  row->label = g_strdup (label);
  row->time_us = time_us;
  row->pay_micros = pay_micros;
  return row;
}

static void
row_free (gpointer data)
{
  FarEarningsRow *row = data;

  g_free (row->label);
  g_free (row);
}

static void
set_up (FarEarnings *earnings)
{
  *earnings = (FarEarnings) { .as_of_us = AS_OF_US };
  earnings->hours = g_ptr_array_new_with_free_func (row_free);
  earnings->days = g_ptr_array_new_with_free_func (row_free);
  g_ptr_array_add (earnings->hours, row_new ("", AS_OF_US / HOUR_US * HOUR_US, 40000));
  g_ptr_array_add (earnings->days, row_new ("2026-11-20", 0, 7));
  g_ptr_array_add (earnings->days, row_new ("2026-11-23", 0, 9));
}

static void
test_hours (void)
{
  FarEarnings earnings;
  g_autoptr (GArray) bars = NULL;

  set_up (&earnings);
  bars = far_earnings_bars_new (&earnings, FAR_RANGE_HOUR);
  g_assert_cmpuint (bars->len, ==, 24);
  for (guint i = 0; i < bars->len; i++)
    {
      const FarBar *bar = &g_array_index (bars, FarBar, i);

      g_assert_cmpint (bar->pay_micros, ==, i == 7 ? 40000 : 0);
      g_assert_cmpint (bar->ahead, ==, i > 7);
    }
  g_assert_cmpstr (g_array_index (bars, FarBar, 7).label, ==, "07:00");
  g_ptr_array_unref (earnings.hours);
  g_ptr_array_unref (earnings.days);
}

static void
test_days (void)
{
  FarEarnings earnings;
  g_autoptr (GArray) week = NULL;
  g_autoptr (GArray) month = NULL;

  set_up (&earnings);
  week = far_earnings_bars_new (&earnings, FAR_RANGE_WEEK);
  g_assert_cmpuint (week->len, ==, 7);
  g_assert_cmpint (g_array_index (week, FarBar, 3).pay_micros, ==, 7);
  g_assert_cmpint (g_array_index (week, FarBar, 6).pay_micros, ==, 9);
  g_assert_cmpint (g_array_index (week, FarBar, 5).pay_micros, ==, 0);
  g_assert_false (g_array_index (week, FarBar, 5).ahead);
  month = far_earnings_bars_new (&earnings, FAR_RANGE_MONTH);
  g_assert_cmpuint (month->len, ==, 30);
  g_assert_cmpint (g_array_index (month, FarBar, 29).pay_micros, ==, 9);
  g_ptr_array_unref (earnings.hours);
  g_ptr_array_unref (earnings.days);
}

static void
test_ranges (void)
{
  for (guint i = 0; i < FAR_N_RANGES; i++)
    {
      g_assert_cmpint (far_range_get_length ((FarRange) i) % far_range_get_step ((FarRange) i), ==,
                       0);
      g_assert_nonnull (far_range_get_title ((FarRange) i));
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/earnings-bars/hours", test_hours);
  g_test_add_func ("/earnings-bars/days", test_days);
  g_test_add_func ("/earnings-bars/ranges", test_ranges);
  return g_test_run ();
}
