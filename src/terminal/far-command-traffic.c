/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl traffic: simulated readers, run by the platform; here they are only started, watched
 * and, on Ctrl+C, stopped. */
#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

#include "terminal/far-traffic-run.h"

#define ASSUMPTIONS_RESOURCE "/io/github/farthing/readers/assumptions.ini"

static int
show_assumptions (void)
{
  g_autoptr (GBytes) bytes
      = g_resources_lookup_data (ASSUMPTIONS_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize n;
  const char *text;

  g_assert (bytes != NULL);
  text = g_bytes_get_data (bytes, &n);
  fwrite (text, 1, n, stdout);
  return FAR_EXIT_OK;
}

static void
print_report (FarTerminal *self, const FarTraffic *t)
{
  g_auto (FarJsonWriter) w = { 0 };
  g_autofree char *p50 = far_terminal_duration (t->p50_us);
  g_autofree char *p99 = far_terminal_duration (t->p99_us);

  if (!self->json)
    {
      printf ("%" G_GINT64_FORMAT " readers came: %" G_GINT64_FORMAT " pledged (%" G_GINT64_FORMAT
              " new), %" G_GINT64_FORMAT " watched an ad, %" G_GINT64_FORMAT " left, %"
              G_GINT64_FORMAT " took a refund\n",
              t->arrivals, t->pledges, t->acknowledged, t->ads, t->left, t->refunds);
      printf ("%" G_GINT64_FORMAT " errors, %" G_GINT64_FORMAT " throttled; answers took %s "
              "(median), %s (p99)\n", t->errors, t->throttles, p50, p99);
      if (t->first_error[0] != '\0')
        {
          g_autofree char *first = far_terminal_clean (t->first_error);

          printf ("The first error: %s\n", first);
        }
      return;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_int (&w, "arrivals", t->arrivals);
  far_json_add_int (&w, "pledges", t->pledges);
  far_json_add_int (&w, "ads", t->ads);
  far_json_add_int (&w, "left", t->left);
  far_json_add_int (&w, "refunds", t->refunds);
  far_json_add_int (&w, "errors", t->errors);
  far_json_add_int (&w, "throttles", t->throttles);
  far_json_add_int (&w, "acknowledged", t->acknowledged);
  far_json_add_int (&w, "p50_us", t->p50_us);
  far_json_add_int (&w, "p99_us", t->p99_us);
  if (t->first_error[0] != '\0')
    far_json_add_string (&w, "first_error", t->first_error);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

int
far_command_traffic (FarTerminal *self, int argc, char **argv)
{
  FarTrafficPlan plan = { .readers_per_second = 5, .duration_s = 60, .seed = 1 };
  gboolean assumptions = FALSE;
  const GOptionEntry entries[] = {
    { "readers-per-second", 0, 0, G_OPTION_ARG_DOUBLE, &plan.readers_per_second,
      "How many come (default: 5)", "R" },
    { "duration", 0, 0, G_OPTION_ARG_INT, &plan.duration_s, "Seconds (default: 60)", "S" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &plan.seed, "The same seed, the same readers", "N" },
    { "assumptions", 0, 0, G_OPTION_ARG_NONE, &assumptions,
      "Only show what they are assumed to be like", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTraffic) report = NULL;
  int code;

  if (!far_terminal_parse (self, far_command_find ("traffic"), entries, &argc, &argv, &code))
    return code;
  if (assumptions)
    return show_assumptions ();
  if (!far_traffic_plan_check (&plan, &error))
    return far_terminal_usage ("%s", error->message);
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  report = far_traffic_run (self, &plan, &error);
  if (report == NULL)
    return far_terminal_fail (error);
  print_report (self, report);
  return report->errors == 0 ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}
