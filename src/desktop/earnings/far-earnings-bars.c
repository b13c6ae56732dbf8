/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger counts hours and days by UTC and leaves out those without a posting; here they get
 * their place. What is still to come is marked, because nothing is known of it. Main thread. */
#include "farthing-config.h"

#include "desktop/earnings/far-earnings-bars.h"

#include "base/far-clock.h"
#include "desktop/far-format.h"

#define HOUR_US (3600 * (gint64) G_USEC_PER_SEC)
#define DAY_US (24 * HOUR_US)
#define HOURS_A_DAY 24
/* Length of "2026-11-23". */
#define ISO_DAY_LENGTH 10

static void
clear_bar (gpointer data)
{
  FarBar *bar = data;

  g_clear_pointer (&bar->label, g_free);
}

static char *
format_hour (gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);

  return g_date_time_format (local, "%H:%M");
}

static void
add_hours (GArray *bars, const FarEarnings *earnings)
{
  gint64 day_us = earnings->as_of_us / DAY_US * DAY_US;

  for (guint i = 0; i < HOURS_A_DAY; i++)
    {
      gint64 hour_us = day_us + i * HOUR_US;
      FarBar bar = { .label = format_hour (hour_us), .ahead = hour_us > earnings->as_of_us };

      for (guint j = 0; j < earnings->hours->len; j++)
        {
          const FarEarningsRow *row = g_ptr_array_index (earnings->hours, j);

          if (row->time_us != hour_us)
            continue;
          bar.pay_micros = row->pay_micros;
          bar.ad_micros = row->ad_micros;
        }
      g_array_append_val (bars, bar);
    }
}

static void
add_days (GArray *bars, const FarEarnings *earnings, guint n_days)
{
  gint64 today_us = earnings->as_of_us / DAY_US * DAY_US;

  for (guint i = 0; i < n_days; i++)
    {
      g_autofree char *day = far_time_to_rfc3339 (today_us - (n_days - 1 - i) * DAY_US);
      FarBar bar = { 0 };

      day[ISO_DAY_LENGTH] = '\0';
      bar.label = far_format_day (day, 0);
      for (guint j = 0; j < earnings->days->len; j++)
        {
          const FarEarningsRow *row = g_ptr_array_index (earnings->days, j);

          if (g_strcmp0 (row->label, day) != 0)
            continue;
          bar.pay_micros = row->pay_micros;
          bar.ad_micros = row->ad_micros;
        }
      g_array_append_val (bars, bar);
    }
}

/* Returns: whether the bars of @range are hours of the day, rather than days */
gboolean
far_earnings_bars_are_hours (FarRange range)
{
  return far_range_get_length (range) <= DAY_US;
}

/**
 * far_earnings_bars_new:
 * @range: up to a day: the hours of the day of the reading; else its days, up to that one
 *
 * Returns: (transfer full) (element-type FarBar): oldest first
 */
GArray *
far_earnings_bars_new (const FarEarnings *earnings, FarRange range)
{
  GArray *bars = g_array_new (FALSE, FALSE, sizeof (FarBar));

  g_array_set_clear_func (bars, clear_bar);
  g_return_val_if_fail (earnings != NULL, bars);

  if (far_earnings_bars_are_hours (range))
    add_hours (bars, earnings);
  else
    add_days (bars, earnings, (guint) (far_range_get_length (range) / DAY_US));
  return bars;
}
