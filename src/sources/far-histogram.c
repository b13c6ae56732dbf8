/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the order of buckets and the interpolation between them. No state; any thread. */
#include "sources/far-histogram.h"

#include <math.h>
#include <stdlib.h>

static int
compare_limits (gconstpointer a, gconstpointer b)
{
  double x = ((const FarBucket *) a)->limit;
  double y = ((const FarBucket *) b)->limit;

  return x < y ? -1 : x > y;
}

/* Rates of buckets that were scraped apart may fall a little from one to the next. */
static guint
tidy_buckets (FarBucket *buckets, guint n)
{
  guint kept = 0, i;

  qsort (buckets, n, sizeof *buckets, compare_limits);
  for (i = 0; i < n; i++)
    {
      if (isnan (buckets[i].limit) || isnan (buckets[i].count))
        continue;
      if (kept > 0 && buckets[kept - 1].limit == buckets[i].limit)
        buckets[kept - 1].count += buckets[i].count;
      else
        buckets[kept++] = buckets[i];
    }
  for (i = 1; i < kept; i++)
    buckets[i].count = MAX (buckets[i].count, buckets[i - 1].count);
  return kept;
}

gboolean
far_histogram_quantile (FarBucket *buckets, guint n_buckets, double q, FarQuantile *ret_quantile)
{
  guint n = n_buckets > 0 ? tidy_buckets (buckets, n_buckets) : 0;
  double rank, before, below;
  guint i = 0;

  if (n < 2 || !isinf (buckets[n - 1].limit) || !(buckets[n - 1].count > 0) ||
      isinf (buckets[n - 1].count))
    return FALSE;
  rank = CLAMP (q, 0, 1) * buckets[n - 1].count;
  while (i < n - 1 && buckets[i].count < rank)
    i++;
  if (i == n - 1)
    {
      *ret_quantile = (FarQuantile){ buckets[n - 2].limit, buckets[n - 2].limit, NAN };
      return TRUE;
    }
  before = i > 0 ? buckets[i - 1].limit : 0;
  below = i > 0 ? buckets[i - 1].count : 0;
  if (i == 0 && buckets[0].limit <= 0)
    {
      *ret_quantile = (FarQuantile){ buckets[0].limit, NAN, buckets[0].limit };
      return TRUE;
    }
  ret_quantile->value = before;
  if (buckets[i].count > below)
    ret_quantile->value += (buckets[i].limit - before) * (rank - below) /
                           (buckets[i].count - below);
  ret_quantile->low = i > 0 ? before : NAN;
  ret_quantile->high = buckets[i].limit;
  return TRUE;
}
