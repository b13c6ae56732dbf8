/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's list prices in integers, against worked examples. */
#include "telemetry/far-price.h"

#define NOW (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)
#define CENT (FAR_PICODOLLARS_PER_USD / 100)

/* 512 MB, 3 M calls of 1 s: $18.33 for computing and $0.40 for requests after the free tier. */
static void
test_month (void)
{
  const FarPrice *price = far_price_at (NOW);
  gint64 compute, requests;

  far_price_month (price, G_GUINT64_CONSTANT (3000000) * 1000 * 512, 3000000, TRUE, &compute,
                   &requests);
  g_assert_cmpint ((compute + CENT / 2) / CENT, ==, 1833);
  g_assert_cmpint (requests, ==, 40 * CENT);
  far_price_month (price, G_GUINT64_CONSTANT (3000000) * 1000 * 512, 3000000, FALSE, &compute,
                   &requests);
  /* 1.5 million GB-s × $0.0000166667 */
  g_assert_cmpint (compute, ==, G_GINT64_CONSTANT (1500000) * 16666700);
  g_assert_cmpint (requests, ==, 60 * CENT);
  far_price_month (price, 0, 0, TRUE, &compute, NULL);
  g_assert_cmpint (compute, ==, 0);
}

static void
test_tiers (void)
{
  const FarPrice *price = far_price_at (NOW);
  const guint64 gb_s = 1024 * 1000;
  gint64 compute;

  /* 16 billion GB-s: 6 at the first price, 9 at the second, 1 at the third. */
  far_price_month (price, G_GUINT64_CONSTANT (16000000000) * gb_s, 0, FALSE, &compute, NULL);
  g_assert_cmpint (compute / CENT, ==,
                   G_GINT64_CONSTANT (10000020) + 13500000 + 1333340);
}

static void
test_cost (void)
{
  const FarPrice *price = far_price_at (NOW);

  /* 128 MB for 1 ms is 1/8000 GB-s; a request is $0.20 / 10⁶. */
  g_assert_cmpint (far_price_cost (price, 128, 0), ==, 16666700 / 8000);
  g_assert_cmpint (far_price_cost (price, 0, 1), ==, 200000);
  /* Rounded once: 1,000 calls are not 1,000 times one call rounded down. */
  g_assert_cmpint (far_price_cost (price, 128000, 0), ==, 16666700 / 8);
  g_assert_cmpint (far_price_cost (price, 1, 1), ==, 200016);
  g_assert_cmpint (far_price_cost (price, G_MAXUINT64, G_MAXUINT64), ==, G_MAXINT64);
}

static void
test_dates (void)
{
  g_assert_nonnull (far_price_at (0));
  g_assert_true (far_price_at (0) == far_price_at (-1));
  g_assert_cmpstr (far_price_get_since (far_price_at (NOW)), ==, "2022-08-01");
  g_assert_true (g_str_has_prefix (far_price_get_source (far_price_at (NOW)), "https://"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/price/month", test_month);
  g_test_add_func ("/price/tiers", test_tiers);
  g_test_add_func ("/price/cost", test_cost);
  g_test_add_func ("/price/dates", test_dates);
  return g_test_run ();
}
