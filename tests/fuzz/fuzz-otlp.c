/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an OTLP body: what is taken is bounded, whole, and can be written and read again. */
#include "fuzz-driver.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-otlp.h"

static void
try_traces (const char *data, size_t size)
{
  guint rejected = 0;
  g_autoptr (GPtrArray) spans = far_otlp_parse_traces (data, size, &rejected, NULL);
  g_autoptr (GPtrArray) again = NULL;
  g_autofree char *text = NULL;

  if (spans == NULL)
    return;
  g_assert_cmpuint (spans->len, <=, FAR_OTLP_SPANS_MAX);
  text = far_otlp_write_traces (spans);
  again = far_otlp_parse_traces (text, strlen (text), &rejected, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->len, ==, spans->len);
}

static void
try_metrics (const char *data, size_t size)
{
  guint rejected = 0, i, b;
  g_autoptr (GPtrArray) points = far_otlp_parse_metrics (data, size, &rejected, NULL);

  for (i = 0; points != NULL && i < points->len; i++)
    {
      const FarOtlpPoint *point = g_ptr_array_index (points, i);
      double low, high;

      for (b = 1; b < point->n_buckets; b++)
        g_assert_true (point->limits[b] >= point->limits[b - 1]);
      if (far_otlp_point_quantile (point, 0.99, &low, &high))
        g_assert_false (isnan (low) || isnan (high));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  try_traces ((const char *) data, size);
  try_metrics ((const char *) data, size);
  return 0;
}
