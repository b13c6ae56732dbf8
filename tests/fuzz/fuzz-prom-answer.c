/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the answer of a Prometheus API: read or refused with a reason; and whatever buckets
 * are read from it, a quantile lies in its band. */
#include "fuzz-driver.h"

#include <math.h>

#include "sources/far-histogram.h"
#include "sources/far-prom-answer.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = far_prom_answer_parse ((const char *) data, size, "function",
                                                       &error);
  FarBucket buckets[FAR_HISTOGRAM_BUCKETS_MAX];
  FarQuantile quantile;
  guint n = 0, i;

  g_assert_true ((found == NULL) == (error != NULL));
  for (i = 0; found != NULL && i < found->len && n < G_N_ELEMENTS (buckets); i++)
    {
      const FarPromSeries *one = g_ptr_array_index (found, i);

      g_assert_true (one->function == NULL || g_utf8_validate (one->function, -1, NULL));
      if (one->points->len > 0)
        buckets[n++] = (FarBucket){ one->le, g_array_index (one->points, FarPromPoint, 0).value };
    }
  if (far_histogram_quantile (buckets, n, 0.9, &quantile))
    {
      g_assert_true (isnan (quantile.low) || quantile.low <= quantile.value);
      g_assert_true (isnan (quantile.high) || quantile.value <= quantile.high);
    }
  return 0;
}
