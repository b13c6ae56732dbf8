/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl connect show: what a deployment reports, how exactly, what it cannot report and why,
 * and what asking it costs. Every word of it may be another system's. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-connect.h"

/* text: taken; nothing is printed of an empty one */
static void
print_fact (const char *title, char *text)
{
  g_autofree char *taken = text;
  g_autofree char *clean = far_terminal_clean (taken);

  if (*clean != '\0')
    printf ("  %-12s %s\n", title, g_strdelimit (clean, "\n\t", ' '));
}

static const char *
describe_quantiles (const char *quantiles)
{
  static const struct { const char *name, *text; } known[] = {
    { "sketch", "of single records, exact to 0.55 %" },
    { "bucket", "as fine as the buckets of the source: the truth lies in the range that is shown" },
    { "provider", "the provider's own; they cannot be put together over functions" },
    { "none", "not reported" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].name, quantiles) == 0)
      return known[i].text;
  return quantiles;
}

static char *
describe_cost (const FarDeploymentInfo *info)
{
  g_autofree char *cost = far_terminal_picodollars (info->cost_picodollars);
  g_autofree char *budget = far_terminal_picodollars (info->budget_picodollars);

  return g_strdup_printf ("has cost %s of %s this month", cost, budget);
}

static void
print_info (const FarDeploymentInfo *info)
{
  g_autofree char *age = far_connect_age (info);
  g_autofree char *heading = g_strdup_printf ("%s, %s %s", info->name, info->kind, info->url);
  g_autofree char *clean = far_terminal_clean (heading);
  guint i;

  printf ("%s\n", g_strchomp (clean));
  print_fact ("state", g_strdup_printf ("%s, newest sample: %s", info->state, age));
  print_fact ("wrong", g_strdup (info->message));
  print_fact ("money", g_strdup (info->money));
  print_fact ("functions", g_strdup_printf ("%" G_GINT64_FORMAT, info->functions));
  print_fact ("reports", g_strjoinv (" ", info->reports));
  print_fact ("counts", g_strdup (info->counts));
  print_fact ("percentiles", g_strdup (describe_quantiles (info->quantiles)));
  for (i = 0; i < info->missing->len; i++)
    {
      const FarDeploymentGap *gap = g_ptr_array_index (info->missing, i);

      print_fact (i == 0 ? "not reported" : "", g_strdup_printf ("%s: %s", gap->what, gap->reason));
    }
  if (strcmp (info->kind, "local") != 0)
    print_fact ("silence", g_strdup (info->cursor ? "is caught up, each sample once"
                                                  : "leaves a gap"));
  if (info->cost_picodollars >= 0)
    print_fact ("asking", describe_cost (info));
}

int
far_connect_show (FarTerminal *self, const char *id)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  guint i;

  far_platform_client_load_deployments_async (self->platform, NULL, far_wait_done, &wait);
  list = far_platform_client_load_deployments_finish (self->platform, far_wait_for (&wait),
                                                      &error);
  if (list == NULL)
    return far_terminal_fail (error);
  for (i = 0; i < list->len; i++)
    {
      const FarDeploymentInfo *info = g_ptr_array_index (list, i);
      g_auto (FarJsonWriter) w = { 0 };

      if (strcmp (info->id, id) != 0)
        continue;
      far_json_writer_init (&w);
      far_connect_add_info (&w, info);
      if (self->json)
        far_terminal_print_json (&w);
      else
        print_info (info);
      return FAR_EXIT_OK;
    }
  fprintf (stderr, "farthingctl: There is no deployment “%s”; farthingctl connect list names "
           "them\n", id);
  return FAR_EXIT_NO_INPUT;
}
