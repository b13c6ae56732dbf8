/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the tiers. Thread: any; no state. */
#include "sandbox/far-isolation.h"

static const char *const names[] = { "none", "flatpak", "full" };

const char *
far_isolation_to_string (FarIsolation isolation)
{
  g_return_val_if_fail ((guint) isolation < G_N_ELEMENTS (names), "none");

  return names[isolation];
}

gboolean
far_isolation_parse (const char   *text,
                     FarIsolation *ret_isolation)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_strcmp0 (text, names[i]) == 0)
        {
          *ret_isolation = i;
          return TRUE;
        }
    }
  return FALSE;
}
