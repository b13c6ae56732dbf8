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

/* The attack suite (tests/sandbox/test-attacks.c) tries each of these; its rows say from which tier
 * on an attack fails. */
const char *
far_isolation_gaps (FarIsolation isolation)
{
  switch (isolation)
    {
    case FAR_ISOLATION_NONE:
      return "a hostile function can read and write the user's files, see and signal the user's "
             "processes, have its memory once for each process that it makes, and fill /tmp";
    case FAR_ISOLATION_FLATPAK:
      return "a hostile function can signal the user's processes, make as many of its own as the "
             "user may, each with its memory, and fill /tmp; one without ForkServer can connect to "
             "ports and sockets of this machine";
    case FAR_ISOLATION_FULL:
    default:
      return "";
    }
}
