/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desktop/reader/far-ad-clock.h"

#define FRAME_US 16667

/* Plays to the end in frames; the events must come in VAST's order, each at its quarter. */
static void
test_order (void)
{
  static const char *const order[] = {
    "start", "firstQuartile", "midpoint", "thirdQuartile", "complete",
  };
  const gint64 duration_us = 15 * G_USEC_PER_SEC;
  FarAdClock clock;
  guint n = 0;

  far_ad_clock_init (&clock, duration_us);
  while (n < G_N_ELEMENTS (order))
    {
      const char *event = far_ad_clock_next_event (&clock);

      if (event != NULL)
        {
          g_assert_cmpstr (event, ==, order[n]);
          g_assert_cmpint (clock.seen_us, >=, duration_us * n / 4);
          g_assert_cmpint (clock.seen_us, <, duration_us * n / 4 + FRAME_US + 1);
          far_ad_clock_sent (&clock);
          n++;
          continue;
        }
      g_assert_cmpint (clock.seen_us, <, duration_us);
      far_ad_clock_advance (&clock, FRAME_US);
    }
  g_assert_null (far_ad_clock_next_event (&clock));
  g_assert_cmpfloat (far_ad_clock_get_progress (&clock), ==, 1);
  g_assert_cmpint (far_ad_clock_get_seconds_left (&clock), ==, 0);
}

/* An event that was not taken stays due, and the later ones wait behind it. */
static void
test_retry (void)
{
  FarAdClock clock;

  far_ad_clock_init (&clock, G_USEC_PER_SEC);
  g_assert_cmpstr (far_ad_clock_next_event (&clock), ==, "start");
  for (guint i = 0; i < 100; i++)
    far_ad_clock_advance (&clock, FRAME_US);
  g_assert_cmpstr (far_ad_clock_next_event (&clock), ==, "start");
  far_ad_clock_sent (&clock);
  g_assert_cmpstr (far_ad_clock_next_event (&clock), ==, "firstQuartile");
}

/* A machine that slept for an hour has not shown an ad for an hour. */
static void
test_pause (void)
{
  FarAdClock clock;

  far_ad_clock_init (&clock, 10 * G_USEC_PER_SEC);
  far_ad_clock_sent (&clock);
  far_ad_clock_advance (&clock, 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpint (clock.seen_us, <=, G_USEC_PER_SEC);
  g_assert_null (far_ad_clock_next_event (&clock));
  g_assert_cmpint (far_ad_clock_get_seconds_left (&clock), ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ad-clock/order", test_order);
  g_test_add_func ("/ad-clock/retry", test_retry);
  g_test_add_func ("/ad-clock/pause", test_pause);
  return g_test_run ();
}
