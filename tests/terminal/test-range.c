/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges as people write them, and that nothing else is taken for one. */
#include "terminal/far-range.h"

#define NOW G_GINT64_CONSTANT (1767261600000000) /* 2026-01-01 10:00 UTC */
#define S ((gint64) G_USEC_PER_SEC)

static void
test_durations (void)
{
  static const char *const bad[] = { "", "s", "0s", "-1h", "1", "1x", "1hh", "1.5h", " 1h",
                                     "9999999999s", "999999d" };
  guint i;

  g_assert_cmpint (far_range_parse_duration ("90s"), ==, 90 * S);
  g_assert_cmpint (far_range_parse_duration ("15m"), ==, 900 * S);
  g_assert_cmpint (far_range_parse_duration ("2h"), ==, 7200 * S);
  g_assert_cmpint (far_range_parse_duration ("1d"), ==, 86400 * S);
  g_assert_cmpint (far_range_parse_duration ("2w"), ==, 2 * 7 * 86400 * S);
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (far_range_parse_duration (bad[i]), ==, -1);
}

static void
check (const char *text, const char *zone_name, gint64 expected)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  gint64 time_us = -1;

  g_assert_nonnull (zone);
  g_assert_true (far_range_parse_time (text, NOW, zone, &time_us));
  g_assert_cmpint (time_us, ==, expected);
}

static void
test_times (void)
{
  static const char *const bad[] = { "", "tomorrow", "2026-13-01", "2026-1-1", "10:00",
                                     "yesterday " };
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  gint64 time_us;
  guint i;

  check ("now", "UTC", NOW);
  check ("2h", "UTC", NOW - 7200 * S);
  check ("today", "UTC", NOW - 36000 * S);
  check ("yesterday", "UTC", NOW - (36000 + 86400) * S);
  check ("today", "+02:00", NOW - 12 * 3600 * S);
  check ("2025-12-31", "UTC", NOW - (36000 + 86400) * S);
  check ("2026-01-01T09:00:00Z", "+05:00", NOW - 3600 * S);
  check ("100w", "UTC", NOW - 700 * 86400 * S);
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (far_range_parse_time (bad[i], NOW, utc, &time_us));
}

static void
test_format (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("+01:00");
  g_autofree char *near = far_range_format_time (NOW + 1234, NOW, zone);
  g_autofree char *far = far_range_format_time (NOW - (gint64) 86400 * S, NOW, zone);

  g_assert_cmpstr (near, ==, "11:00:00.001");
  g_assert_cmpstr (far, ==, "2025-12-31 11:00:00.000");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/range/durations", test_durations);
  g_test_add_func ("/range/times", test_times);
  g_test_add_func ("/range/format", test_format);
  return g_test_run ();
}
