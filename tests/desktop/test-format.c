/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desktop/far-format.h"

#include <gtk/gtk.h>
#include <locale.h>
#include <math.h>

#define CHECK(expression, text) \
  G_STMT_START { \
    g_autofree char *got = (expression); \
    g_assert_cmpstr (got, ==, text); \
  } G_STMT_END

static void
test_unknown (void)
{
  for (FarUnit unit = FAR_UNIT_COUNT; unit <= FAR_UNIT_COST; unit++)
    CHECK (far_format_value (unit, NAN), "—");
  CHECK (far_format_duration (-1), "—");
  CHECK (far_format_age (-1), "never");
}

static void
test_rate (void)
{
  CHECK (far_format_rate (0), "0/s");
  CHECK (far_format_rate (0.05), "0.05/s");
  CHECK (far_format_rate (1.5), "1.5/s");
  CHECK (far_format_rate (12.34), "12.3/s");
  CHECK (far_format_rate (1234), "1234/s");
  CHECK (far_format_rate (9.999), "10/s");
  CHECK (far_format_value (FAR_UNIT_COUNT, 15), "15");
}

static void
test_duration (void)
{
  CHECK (far_format_duration (0), "0 µs");
  CHECK (far_format_duration (999), "999 µs");
  CHECK (far_format_duration (1000), "1 ms");
  CHECK (far_format_duration (25300), "25.3 ms");
  CHECK (far_format_duration (2480000), "2.48 s");
  CHECK (far_format_duration (125e6), "2 min 5 s");
}

/* No more is said than is known. */
static void
test_band (void)
{
  CHECK (far_format_band (4200, NAN, NAN), "4.2 ms");
  CHECK (far_format_band (4200, 4180, 4220), "4.2 ms");
  CHECK (far_format_band (2500, 0, 5000), "< 5 ms");
  CHECK (far_format_band (2500, NAN, 5000), "< 5 ms"); /* as the platform says it */
  CHECK (far_format_band (20e6, 10e6, NAN), "> 10 s");
  CHECK (far_format_band (7500, 5000, 10000), "5 ms – 10 ms");
  CHECK (far_format_band (20e6, 10e6, INFINITY), "> 10 s");
  CHECK (far_format_band (NAN, 0, 5000), "—");
  CHECK (far_format_band (-1, 0, 5000), "—");
}

static void
test_fraction (void)
{
  CHECK (far_format_fraction (0), "0%");
  CHECK (far_format_fraction (1), "100%");
  CHECK (far_format_fraction (0.0001), "<0.1%");
  CHECK (far_format_fraction (0.0123), "1.2%");
}

static void
test_cost (void)
{
  CHECK (far_format_cost (0), "$0.00");
  CHECK (far_format_cost (1), "$0.000000000001");
  CHECK (far_format_cost (20833), "$0.0000000208");
  CHECK (far_format_cost (G_GINT64_CONSTANT (1500000000000)), "$1.50");
  CHECK (far_format_cost (G_GINT64_CONSTANT (1999999999999)), "$1.99");
  CHECK (far_format_cost (G_GINT64_CONSTANT (4213000000)), "$0.00421");
  CHECK (far_format_cost (G_GINT64_CONSTANT (100000000000)), "$0.10");
}

/* Nothing but the locale's point, or a point, stands between digits: "1,000" may be one, or a
 * thousand. */
static void
test_money (void)
{
  gint64 micros = 7;

  CHECK (far_format_money (2500001, "EUR"), "€2.500001");
  CHECK (far_format_money (50000, "USD"), "5 ¢");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  CHECK (far_format_money (50000, "USD"), "\xe2\x81\xa6" "5 ¢" "\xe2\x81\xa9");
  CHECK (far_format_isolated (g_strdup ("−$5")), "\xe2\x81\xa6" "−$5" "\xe2\x81\xa9");
  CHECK (far_format_money_input (500000, "USD"), "0.50");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  CHECK (far_format_money_input (500000, "USD"), "0.50");
  g_assert_true (far_format_parse_money (" 2.5 ", &micros));
  g_assert_cmpint (micros, ==, 2500000);
  g_assert_false (far_format_parse_money ("1,000", &micros));
  g_assert_false (far_format_parse_money ("-1", &micros));
  g_assert_false (far_format_parse_money ("", &micros));
  g_assert_cmpint (micros, ==, 2500000);
}

static void
test_age (void)
{
  CHECK (far_format_age (999999), "just now");
  CHECK (far_format_age (59 * G_USEC_PER_SEC), "59 s ago");
  CHECK (far_format_age (60 * G_USEC_PER_SEC), "1 min ago");
  CHECK (far_format_age (86400 * (gint64) G_USEC_PER_SEC), "1 day ago");
  CHECK (far_format_age (3 * 86400 * (gint64) G_USEC_PER_SEC), "3 days ago");
}

static void
test_moment (void)
{
  const gint64 noon_us = G_GINT64_CONSTANT (1795521600000000); /* 2026-11-24 12:00:00 UTC */

  CHECK (far_format_clock (noon_us), "12:00:00");
  CHECK (far_format_moment (noon_us, noon_us + G_USEC_PER_SEC), "12:00:00");
  CHECK (far_format_moment (noon_us, noon_us + 86400 * (gint64) G_USEC_PER_SEC), "24 Nov, 12:00");
  CHECK (far_format_day ("2026-11-03", 0), "3 Nov");
  CHECK (far_format_day ("2026-11-03", noon_us), "3 Nov");
  CHECK (far_format_day ("2025-11-03", noon_us), "3 Nov 2025");
  CHECK (far_format_day ("someday", noon_us), "someday");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/format/unknown", test_unknown);
  g_test_add_func ("/format/rate", test_rate);
  g_test_add_func ("/format/duration", test_duration);
  g_test_add_func ("/format/band", test_band);
  g_test_add_func ("/format/fraction", test_fraction);
  g_test_add_func ("/format/cost", test_cost);
  g_test_add_func ("/format/money", test_money);
  g_test_add_func ("/format/age", test_age);
  g_test_add_func ("/format/moment", test_moment);
  return g_test_run ();
}
