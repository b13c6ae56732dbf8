/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the records cost an invocation: two farthingds, one of which records nothing
 * (FARTHING_RECORDS=off, which is for this), at half of what the other can take. Rounds alternate,
 * so that whatever else the machine does falls on both; the figure is the ratio within this run,
 * and the limit is 1.05. One JSON object. */
#include <stdio.h>
#include <string.h>

#include "base/far-json.h"
#include "daemon.h"
#include "http-load.h"

#define CONNECTIONS 16
#define TARGET "/echo/lean"
#define WARM_UP 3000
#define FULL_US (3 * G_USEC_PER_SEC)
#define ROUND_US (1 * G_USEC_PER_SEC)
#define ROUNDS 24

typedef struct {
  guint16 port;
  GArray *latencies; /* gint64 µs, of all rounds */
  GArray *medians;   /* gint64 µs, of each */
  guint64 n_failed;
} Side;

static void
side_init (Side *side, Daemon *daemon)
{
  HttpLoad *load;

  side->port = (guint16) g_ascii_strtoull (strrchr (daemon->gateway, ':') + 1, NULL, 10);
  side->latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  side->medians = g_array_new (FALSE, FALSE, sizeof (gint64));
  load = http_load_run (side->port, TARGET, CONNECTIONS, WARM_UP, 0);
  http_load_free (load);
}

static void
side_round (Side *side, guint requests_per_second)
{
  g_autoptr (HttpLoad) load = http_load_paced (side->port, TARGET, CONNECTIONS,
                                               requests_per_second, ROUND_US);
  gint64 median = http_load_percentile (load->latencies, 500);

  g_array_append_vals (side->latencies, load->latencies->data, load->latencies->len);
  g_array_append_val (side->medians, median);
  side->n_failed += load->n_failed;
}

/* The median of the rounds' medians: one round that was disturbed says nothing. */
static gint64
side_end (Side *side)
{
  http_load_sort (side->latencies);
  http_load_sort (side->medians);
  return http_load_percentile (side->medians, 500);
}

static void
side_clear (Side *side)
{
  g_array_unref (side->latencies);
  g_array_unref (side->medians);
}

static void
print (const Side *on, const Side *off, gint64 on_us, gint64 off_us, guint rate)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "name", "records-overhead");
  far_json_add_int (&writer, "requests_per_second", rate);
  far_json_add_int (&writer, "samples", on->latencies->len + off->latencies->len);
  far_json_add_int (&writer, "failed", (gint64) (on->n_failed + off->n_failed));
  far_json_add_int (&writer, "p50_us_with", on_us);
  far_json_add_int (&writer, "p50_us_without", off_us);
  far_json_add_int (&writer, "p99_us_with", http_load_percentile (on->latencies, 990));
  far_json_add_int (&writer, "p99_us_without", http_load_percentile (off->latencies, 990));
  far_json_add_double (&writer, "ratio", (double) on_us / (double) MAX (off_us, 1));
  far_json_add_double (&writer, "limit", 1.05);
  far_json_end_object (&writer);
  printf ("%s\n", writer.text->str);
}

int
main (int argc, char **argv)
{
  g_autoptr (Daemon) with = daemon_start (NULL);
  g_autoptr (Daemon) without = NULL;
  g_autoptr (HttpLoad) full = NULL;
  gint64 on_us, off_us;
  Side on = { 0 }, off = { 0 };
  guint rate, i;

  g_setenv ("FARTHING_RECORDS", "off", TRUE);
  without = daemon_start (NULL);
  side_init (&on, with);
  side_init (&off, without);
  full = http_load_run (on.port, TARGET, CONNECTIONS, 0, FULL_US);
  rate = (guint) (full->n_requests * G_USEC_PER_SEC / (guint64) MAX (full->taken_us, 1) / 2);
  for (i = 0; i < ROUNDS; i++)
    {
      side_round (i % 2 == 0 ? &on : &off, MAX (rate, 1));
      side_round (i % 2 == 0 ? &off : &on, MAX (rate, 1));
    }
  on_us = side_end (&on);
  off_us = side_end (&off);
  print (&on, &off, on_us, off_us, rate);
  side_clear (&on);
  side_clear (&off);
  return 0;
}
