/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds an attack by name and runs it. Thread: any one. */
#include "attacks.h"

#include <errno.h>
#include <string.h>

#include "attacks-private.h"

gboolean
verdict (gboolean    got_through,
         GString    *detail,
         const char *what)
{
  g_string_append_printf (detail, "%s: %s", what,
                          got_through ? "worked" : g_strerror (errno));
  return got_through;
}

int
number (const char *argument)
{
  return g_ascii_strtoll (argument, NULL, 10);
}

gboolean
attack_run (const char *name,
            const char *argument,
            GString    *detail)
{
  static const Attack *const tables[] = { attacks_reach, attacks_kernel, attacks_exhaust };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const Attack *attack = tables[i]; attack->name; attack++)
      if (strcmp (attack->name, name) == 0)
        {
          errno = 0;
          return attack->run (argument, detail);
        }
  g_error ("No attack is called %s", name);
}
