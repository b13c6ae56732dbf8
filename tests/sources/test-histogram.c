/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of fixed buckets: the estimate of PromQL, the band, and what cannot be said. */
#include "sources/far-histogram.h"

#include <math.h>

#include "base/far-random.h"

static void
test_interpolates (void)
{
  /* 10 up to 0.1, 30 more up to 0.5, 60 more up to 1. */
  FarBucket buckets[] = { { INFINITY, 100 }, { 1, 100 }, { 0.1, 10 }, { 0.5, 40 } };
  FarQuantile quantile;

  g_assert_true (far_histogram_quantile (buckets, 4, 0.5, &quantile));
  g_assert_cmpfloat_with_epsilon (quantile.value, 0.5 + 0.5 * 10 / 60, 1e-12);
  g_assert_cmpfloat (quantile.low, ==, 0.5);
  g_assert_cmpfloat (quantile.high, ==, 1);
}

static void
test_under_the_first (void)
{
  FarBucket buckets[] = { { 0.005, 99 }, { 0.01, 100 }, { INFINITY, 100 } };
  FarQuantile quantile;

  g_assert_true (far_histogram_quantile (buckets, 3, 0.5, &quantile));
  g_assert_true (isnan (quantile.low));
  g_assert_cmpfloat (quantile.high, ==, 0.005);
  g_assert_cmpfloat (quantile.value, <, 0.005);
}

static void
test_over_the_last (void)
{
  FarBucket buckets[] = { { 1, 10 }, { 10, 20 }, { INFINITY, 100 } };
  FarQuantile quantile;

  g_assert_true (far_histogram_quantile (buckets, 3, 0.99, &quantile));
  g_assert_cmpfloat (quantile.value, ==, 10);
  g_assert_cmpfloat (quantile.low, ==, 10);
  g_assert_true (isnan (quantile.high));
}

static void
test_cannot_say (void)
{
  FarBucket empty[] = { { 1, 0 }, { INFINITY, 0 } };
  FarBucket endless[] = { { INFINITY, 5 } };
  FarBucket without_end[] = { { 1, 5 }, { 2, 7 } };
  FarBucket unknown[] = { { 1, NAN }, { INFINITY, NAN } };
  FarQuantile quantile = { 42, 42, 42 };

  g_assert_false (far_histogram_quantile (NULL, 0, 0.5, &quantile));
  g_assert_false (far_histogram_quantile (empty, 2, 0.5, &quantile));
  g_assert_false (far_histogram_quantile (endless, 1, 0.5, &quantile));
  g_assert_false (far_histogram_quantile (without_end, 2, 0.5, &quantile));
  g_assert_false (far_histogram_quantile (unknown, 2, 0.5, &quantile));
  g_assert_cmpfloat (quantile.value, ==, 42);
}

/* Buckets that were scraped apart, in any order, some twice. */
static void
test_untidy (void)
{
  FarBucket buckets[] = { { 0.5, 39.5 }, { INFINITY, 100 }, { 0.1, 10 }, { 1, 39.2 },
                          { 0.1, 30 } };
  FarQuantile quantile;

  g_assert_true (far_histogram_quantile (buckets, 5, 0.5, &quantile));
  g_assert_cmpfloat (quantile.value, ==, 1);
  g_assert_true (isnan (quantile.high));
}

/* Whatever the samples, the true quantile lies in the band. */
static void
test_band_holds_the_truth (void)
{
  static const double limits[] = { 1, 2, 5, 10, 20, 50, 100, INFINITY };
  FarRng rng;
  guint round, i, j;

  far_rng_init (&rng, 7, 1);
  for (round = 0; round < 200; round++)
    {
      FarBucket buckets[G_N_ELEMENTS (limits)];
      guint n = 1 + far_rng_below (&rng, 300);
      g_autofree double *samples = g_new (double, n);
      double q = far_rng_unit (&rng);
      FarQuantile quantile;
      guint below_low = 0, upto_high = 0;

      for (i = 0; i < n; i++)
        samples[i] = far_rng_exponential (&rng, 30);
      for (j = 0; j < G_N_ELEMENTS (limits); j++)
        {
          buckets[j] = (FarBucket){ limits[j], 0 };
          for (i = 0; i < n; i++)
            buckets[j].count += samples[i] <= limits[j];
        }
      g_assert_true (far_histogram_quantile (buckets, G_N_ELEMENTS (limits), q, &quantile));
      for (i = 0; i < n; i++)
        {
          below_low += !isnan (quantile.low) && samples[i] <= quantile.low;
          upto_high += isnan (quantile.high) || samples[i] <= quantile.high;
        }
      g_assert_cmpfloat (below_low, <=, q * n);
      g_assert_cmpfloat (upto_high, >=, q * n);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/histogram/interpolates", test_interpolates);
  g_test_add_func ("/histogram/under-the-first", test_under_the_first);
  g_test_add_func ("/histogram/over-the-last", test_over_the_last);
  g_test_add_func ("/histogram/cannot-say", test_cannot_say);
  g_test_add_func ("/histogram/untidy", test_untidy);
  g_test_add_func ("/histogram/band-holds-the-truth", test_band_holds_the_truth);
  return g_test_run ();
}
