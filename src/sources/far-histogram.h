/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A quantile of a histogram of fixed buckets, and how much of it is known.
 *
 * The estimate is that of PromQL's histogram_quantile(): linear inside the bucket. The truth is
 * only known to lie in the bucket, which is the band. Under the first limit there is nothing but
 * "less than it"; over the last finite one nothing but "more". No state; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_HISTOGRAM_BUCKETS_MAX 256

/* Cumulative: how many were ≤ limit. limit may be +∞. */
typedef struct {
  double limit;
  double count;
} FarBucket;

typedef struct {
  double value;
  double low;  /* NaN: open, the truth is under high */
  double high; /* NaN: open, the truth is over low */
} FarQuantile;

/* Sorts buckets by limit; puts those of one limit together; counts that fall are lifted. FALSE if
 * there are no samples, or no bucket without end, which alone says how many there are. */
gboolean far_histogram_quantile (FarBucket *buckets, guint n_buckets, double q,
                                 FarQuantile *ret_quantile);

G_END_DECLS
