/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters seen from time to time: shares, resets, gaps, bounds. */
#include "sources/far-counter-log.h"

#include <math.h>

#define S G_USEC_PER_SEC
#define GAP (60 * (gint64) S)

static void
test_shares (void)
{
  FarCounterLog log;
  double points[3] = { 0 };
  guint i;

  far_counter_log_init (&log, GAP);
  for (i = 0; i <= 12; i++)
    far_counter_log_add (&log, i * 15 * (gint64) S, 100 + 3.0 * i);
  far_counter_log_series (&log, 0, 60 * (gint64) S, 1000 * (gint64) S, points, 3);
  for (i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (points[i], 12, 1e-9);
  far_counter_log_clear (&log);
}

static void
test_reset (void)
{
  FarCounterLog log;
  double point = 0;

  far_counter_log_init (&log, GAP);
  far_counter_log_add (&log, 0, 100);
  far_counter_log_add (&log, 20 * (gint64) S, 110);
  far_counter_log_add (&log, 40 * (gint64) S, 4);
  far_counter_log_add (&log, 60 * (gint64) S, 9);
  far_counter_log_series (&log, 0, 60 * (gint64) S, 1000 * (gint64) S, &point, 1);
  g_assert_cmpfloat_with_epsilon (point, 10 + 4 + 5, 1e-9);
  far_counter_log_clear (&log);
}

/* What happened while nobody looked is known in sum, and not when: it is drawn as nothing. */
static void
test_gap (void)
{
  FarCounterLog log;
  double points[5] = { 0 };

  far_counter_log_init (&log, GAP);
  far_counter_log_add (&log, 0, 0);
  far_counter_log_add (&log, 60 * (gint64) S, 6);
  far_counter_log_add (&log, 200 * (gint64) S, 600);
  far_counter_log_add (&log, 240 * (gint64) S, 604);
  far_counter_log_add (&log, 300 * (gint64) S, 610);
  far_counter_log_series (&log, 0, 60 * (gint64) S, 1000 * (gint64) S, points, 5);
  g_assert_cmpfloat (points[0], ==, 6);
  g_assert_true (isnan (points[1]));
  g_assert_true (isnan (points[2]));
  g_assert_true (isnan (points[3])); /* two thirds of it were seen */
  g_assert_cmpfloat (points[4], ==, 6);
  far_counter_log_clear (&log);
}

static void
test_odd (void)
{
  FarCounterLog log;
  double points[2] = { 0 };
  guint i;

  far_counter_log_init (&log, GAP);
  far_counter_log_series (&log, 0, S, 10 * (gint64) S, points, 2);
  g_assert_true (isnan (points[0]) && isnan (points[1]));
  far_counter_log_add (&log, 10 * (gint64) S, 5);
  far_counter_log_add (&log, 10 * (gint64) S, 7);
  far_counter_log_add (&log, 5 * (gint64) S, 7);
  far_counter_log_add (&log, 20 * (gint64) S, NAN);
  far_counter_log_add (&log, 20 * (gint64) S, INFINITY);
  far_counter_log_add (&log, 20 * (gint64) S, -1);
  g_assert_cmpuint (log.seen->len, ==, 1);
  for (i = 0; i < 3 * FAR_COUNTER_LOG_MAX; i++)
    far_counter_log_add (&log, (100 + i) * (gint64) S, i);
  g_assert_cmpuint (log.seen->len, <=, FAR_COUNTER_LOG_MAX);
  far_counter_log_clear (&log);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/counter-log/shares", test_shares);
  g_test_add_func ("/counter-log/reset", test_reset);
  g_test_add_func ("/counter-log/gap", test_gap);
  g_test_add_func ("/counter-log/odd", test_odd);
  return g_test_run ();
}
