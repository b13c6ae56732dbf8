/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's list prices in integers, against worked examples. */
#include <string.h>

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

/* What stands in data/prices.ini, and which of it holds when. */
static void
test_dates (void)
{
  const FarPrice *old = far_price_at (G_GINT64_CONSTANT (1640995200) * G_USEC_PER_SEC);
  guint i;

  g_assert_cmpstr (far_price_at (NOW)->since, ==, "2022-08-01");
  g_assert_cmpstr (old->since, ==, "2020-12-01");
  g_assert_cmpuint (old->n_tiers, ==, 1);
  g_assert_true (far_price_at (0) == old && far_price_at (-1) == old);
  /* The very µs of a change. */
  g_assert_true (far_price_at (G_GINT64_CONSTANT (1659312000) * G_USEC_PER_SEC - 1) == old);
  g_assert_true (far_price_at (G_GINT64_CONSTANT (1659312000) * G_USEC_PER_SEC) ==
                 far_price_at (NOW));
  for (i = 0; i < far_price_n (); i++)
    {
      const FarPrice *price = far_price_nth (i);

      g_assert_true (g_str_has_prefix (price->source, "https://"));
      g_assert_true (far_price_find (price->region, price->architecture, price->since_us) ==
                     price);
    }
}

static void
test_regions (void)
{
  const FarPrice *arm = far_price_find ("us-east-1", "arm64", NOW);

  g_assert_cmpint (far_price_cost (arm, 1024 * 1000, 0), ==, 13333400);
  g_assert_cmpint (far_price_cost (far_price_find ("af-south-1", "x86_64", NOW), 1024 * 1000, 0),
                   ==, 22100000);
  g_assert_null (far_price_find ("mars-north-1", "x86_64", NOW));
  g_assert_null (far_price_find ("us-east-1", "riscv64", NOW));
}

/* A GB kept ready for an hour, that ran for a minute in 100 requests. */
static void
test_provisioned (void)
{
  const guint64 gb_s = 1024 * 1000;

  g_assert_cmpint (far_price_provisioned (far_price_at (NOW), 3600 * gb_s, 60 * gb_s, 100), ==,
                   G_GINT64_CONSTANT (3600) * 4166700 + 60 * 9722200 + 100 * 200000);
  g_assert_cmpint (far_price_provisioned (far_price_find ("af-south-1", "x86_64", NOW), 1, 1, 1),
                   ==, -1);
}

static void
test_file (void)
{
  static const char good[] = "[r/a/2026-01-01]\nrequests=5\ntiers=10:3;0:2;\nfree=1;2;\n"
                             "source=https://x.example/\nread=2026-01-02\n";
  static const char *const bad[][2] = {
    { "2026-01-01", "2026-13-01" }, { "[r/a/", "[r/" },   { "requests=5", "requests=five" },
    { "10:3;0:2;", "10:3;" },       { "10:3;0:2;", "" },  { "0:2;", "0:-2;" },
    { "free=1;2;", "free=1;" },     { "https", "http" },  { "read=2026", "read=soon" },
    { "10:3;0:2;", "1:1;2:1;3:1;0:1;" },
  };
  g_autoptr (GPtrArray) prices = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  prices = far_prices_parse (good, strlen (good), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (prices->len, ==, 1);
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto (GStrv) parts = g_strsplit (good, bad[i][0], 2);
      g_autofree char *text = g_strjoinv (bad[i][1], parts);
      g_autoptr (GError) refused = NULL;

      g_assert_cmpuint (g_strv_length (parts), ==, 2);
      g_assert_null (far_prices_parse (text, strlen (text), &refused));
      g_assert_error (refused, FAR_PRICE_ERROR, FAR_PRICE_ERROR_FILE);
    }
  g_assert_null (far_prices_parse ("", 0, NULL));
  g_assert_null (far_prices_parse ("no group", 8, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/price/month", test_month);
  g_test_add_func ("/price/tiers", test_tiers);
  g_test_add_func ("/price/cost", test_cost);
  g_test_add_func ("/price/dates", test_dates);
  g_test_add_func ("/price/regions", test_regions);
  g_test_add_func ("/price/provisioned", test_provisioned);
  g_test_add_func ("/price/file", test_file);
  return g_test_run ();
}
