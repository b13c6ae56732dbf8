/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a stored sketch: refused, or a sketch that is written as the same bytes and whose
 * quantiles lie between its limits. */
#include "fuzz-driver.h"

#include <string.h>

#include "telemetry/far-sketch.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (FarSketch) sketch = FAR_SKETCH_INIT, twice = FAR_SKETCH_INIT;
  g_autoptr (GByteArray) bytes = NULL;
  double q;

  if (!far_sketch_deserialize (&sketch, data, size, NULL))
    return 0;
  bytes = g_byte_array_new ();
  far_sketch_serialize (&sketch, bytes);
  g_assert (bytes->len == size && memcmp (bytes->data, data, size) == 0);
  if (sketch.count == 0)
    return 0;
  for (q = 0; q <= 1; q += 0.125)
    {
      double value = far_sketch_quantile (&sketch, q);

      g_assert (value >= (double) sketch.min && value <= (double) sketch.max);
    }
  if (sketch.count < G_GUINT64_CONSTANT (1) << 46)
    {
      far_sketch_merge (&twice, &sketch);
      far_sketch_merge (&twice, &sketch);
      g_assert (twice.count == 2 * sketch.count && twice.n_bins == sketch.n_bins);
    }
  return 0;
}
