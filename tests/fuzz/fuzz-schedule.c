/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a schedule: refused, or one whose firings come in order. */
#include "fuzz-driver.h"

#include "platform/far-schedule.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSchedule) schedule = NULL;
  gint64 time = 0;
  guint i;

  if (!g_utf8_validate (text, -1, NULL))
    return 0;
  schedule = far_schedule_parse (text, &error);
  g_assert ((schedule == NULL) == (error != NULL));
  for (i = 0; schedule != NULL && i < 8 && time != G_MAXINT64; i++)
    {
      gint64 next = far_schedule_next (schedule, 0, time);

      g_assert (next > time);
      g_assert (next == G_MAXINT64 || next % (60 * G_GINT64_CONSTANT (1000000)) == 0);
      time = next;
    }
  return 0;
}
