/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The load of http-load.h from a command line: PORT TARGET CONNECTIONS SECONDS [REQUESTS]. Prints
 * one JSON object. */
#include <stdio.h>

#include "http-load.h"

static guint64
argument (char **argv, int index, guint64 max)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (argv[index], 10, 0, max, &value, NULL))
    g_error ("Usage: %s PORT TARGET CONNECTIONS SECONDS [REQUESTS]", argv[0]);
  return value;
}

int
main (int argc, char **argv)
{
  g_autoptr (HttpLoad) load = NULL;

  if (argc < 5)
    g_error ("Usage: %s PORT TARGET CONNECTIONS SECONDS [REQUESTS]", argv[0]);
  load = http_load_run ((guint16) argument (argv, 1, G_MAXUINT16), argv[2],
                        (guint) argument (argv, 3, 4096),
                        argc > 5 ? argument (argv, 5, 1U << 30) : 0,
                        (gint64) argument (argv, 4, 3600) * G_USEC_PER_SEC);
  printf ("{\"requests\":%" G_GUINT64_FORMAT ",\"failed\":%" G_GUINT64_FORMAT
          ",\"requests_per_second\":%" G_GUINT64_FORMAT ",\"p50_us\":%" G_GINT64_FORMAT
          ",\"p99_us\":%" G_GINT64_FORMAT "}\n", load->n_requests, load->n_failed,
          load->n_requests * G_USEC_PER_SEC / (guint64) MAX (load->taken_us, 1),
          http_load_percentile (load->latencies, 500), http_load_percentile (load->latencies, 990));
  return load->n_failed > 0;
}
