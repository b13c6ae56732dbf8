/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a fault's delay: refused, or one that is written as it was read and never draws
 * beyond its bounds. */
#include "fuzz-driver.h"

#include "platform/far-fault.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *written = NULL;
  g_autoptr (GError) error = NULL;
  FarFaultDelay delay, again;
  FarRng rng;

  if (!far_fault_delay_parse (text, &delay, &error))
    {
      g_assert (error != NULL);
      return 0;
    }
  written = far_fault_delay_to_string (&delay);
  g_assert (far_fault_delay_parse (written, &again, NULL));
  g_assert (again.shape == delay.shape && again.a_us == delay.a_us && again.b_us == delay.b_us);
  far_rng_init (&rng, 1, 1);
  for (guint i = 0; i < 16; i++)
    {
      gint64 us = far_fault_delay_draw (&delay, &rng);

      g_assert (us >= 0 && us <= FAR_FAULT_DELAY_MAX_US);
    }
  return 0;
}
