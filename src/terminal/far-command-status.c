/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl status, functions: what runs, and how it does. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-asking.h"
#include "terminal/far-range.h"

/* A template without a publication and its books is a platform, too. */
static void
print_title (FarPlatformStatus *status)
{
  g_autofree char *title = far_terminal_clean (status->publication_title);

  printf ("%s is %s", title[0] != '\0' ? title : "The platform", status->state);
  if (strcmp (status->money, "test") == 0 || strcmp (status->money, "live") == 0)
    printf (", with %s money", status->money);
  printf ("\n");
}

int
far_command_status (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  g_auto (FarJsonWriter) w = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("status"), NULL, &argc, &argv, &code))
    return code;
  if (far_terminal_connect (self, FALSE, &error) == NULL
      || (status = far_terminal_status (self, &error)) == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "state", status->state);
      far_json_add_string (&w, "isolation", status->isolation);
      far_json_add_string (&w, "isolation_detail", status->isolation_detail);
      far_json_add_string (&w, "gateway", status->gateway);
      far_json_add_string (&w, "lambda", status->lambda);
      far_json_add_string (&w, "metrics", status->metrics);
      far_json_add_string (&w, "control", status->control);
      far_json_add_int (&w, "functions", status->functions);
      far_json_add_int (&w, "instances", status->instances);
      far_json_add_int (&w, "invocations", status->invocations);
      far_json_add_int (&w, "dropped", status->dropped);
      far_json_add_string (&w, "telemetry_problem",
                           status->telemetry_problem[0] != '\0' ? status->telemetry_problem : NULL);
      far_json_add_string (&w, "money", status->money);
      far_json_add_int (&w, "pid", status->pid);
      far_json_add_time (&w, "started", status->started_us);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
      return FAR_EXIT_OK;
    }
  print_title (status);
  printf ("  gateway      %s\n", status->gateway);
  printf ("  Lambda API   %s\n", status->lambda);
  printf ("  metrics      %s\n", status->metrics);
  printf ("  isolation    %s\n", status->isolation);
  if (status->isolation_detail[0] != '\0')
    {
      g_autofree char *detail = far_terminal_clean (status->isolation_detail);

      printf ("               %s\n", detail);
    }
  printf ("  functions    %" G_GINT64_FORMAT ", with %" G_GINT64_FORMAT " instances\n",
          status->functions, status->instances);
  printf ("  invocations  %" G_GINT64_FORMAT "\n", status->invocations);
  if (status->dropped > 0)
    printf ("  telemetry    %" G_GINT64_FORMAT " records and lines were dropped under load\n",
            status->dropped);
  if (status->telemetry_problem[0] != '\0')
    {
      g_autofree char *problem = far_terminal_clean (status->telemetry_problem);

      printf ("  telemetry    %s\n", problem);
    }
  if (status->traffic_running)
    printf ("  readers      %g simulated ones a second\n", status->traffic_readers_per_second);
  return FAR_EXIT_OK;
}

/* ---- functions ---- */

typedef enum {
  SORT_NAME,
  SORT_INVOCATIONS,
  SORT_ERRORS,
  SORT_COLD,
  SORT_P50,
  SORT_P99,
  SORT_COST,
} Sort;

static const char *const sort_names[]
    = { "name", "invocations", "errors", "cold", "p50", "p99", "cost", NULL };

static gint64
sort_figure (const FarFunctionFigures *f, Sort sort)
{
  switch (sort)
    {
    case SORT_INVOCATIONS: return f->invocations;
    case SORT_ERRORS: return f->errors;
    case SORT_COLD: return f->cold_starts;
    case SORT_P50: return f->p50_us;
    case SORT_P99: return f->p99_us;
    case SORT_COST: return f->cost_picodollars;
    case SORT_NAME:
    default: return 0;
    }
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  FarFunctionInfo *x = *(FarFunctionInfo *const *) a, *y = *(FarFunctionInfo *const *) b;
  Sort sort = *(Sort *) user_data;
  gint64 p = sort_figure (far_function_info_get_figures (x), sort);
  gint64 q = sort_figure (far_function_info_get_figures (y), sort);

  if (p != q)
    return p > q ? -1 : 1;
  return strcmp (far_function_info_get_name (x), far_function_info_get_name (y));
}

/* What is not known, or not reported, is not a number. */
static void
add_figure (FarJsonWriter *w, const char *name, gint64 figure)
{
  if (figure != FAR_FIGURE_UNKNOWN)
    far_json_add_int (w, name, figure);
  else
    far_json_add_null (w, name);
}

static void
print_functions_json (GPtrArray *functions)
{
  g_auto (FarJsonWriter) w = { 0 };
  guint i;

  far_json_writer_init (&w);
  far_json_begin_array (&w, NULL);
  for (i = 0; i < functions->len; i++)
    {
      FarFunctionInfo *info = g_ptr_array_index (functions, i);
      const FarFunctionFigures *f = far_function_info_get_figures (info);

      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "name", far_function_info_get_name (info));
      far_json_add_string (&w, "runtime", far_function_info_get_runtime (info));
      add_figure (&w, "memory_mb", f->memory_mb);
      add_figure (&w, "timeout_s", f->timeout_s);
      add_figure (&w, "invocations", f->invocations);
      add_figure (&w, "errors", f->errors);
      add_figure (&w, "throttles", f->throttles);
      add_figure (&w, "cold_starts", f->cold_starts);
      add_figure (&w, "p50_us", f->p50_us);
      add_figure (&w, "p90_us", f->p90_us);
      add_figure (&w, "p99_us", f->p99_us);
      add_figure (&w, "concurrency", f->concurrency);
      add_figure (&w, "mb_ms", f->mb_ms);
      if (f->cost_picodollars != FAR_FIGURE_UNKNOWN)
        far_json_add_micros (&w, "cost_picodollars", f->cost_picodollars);
      else
        far_json_add_null (&w, "cost_picodollars");
      far_json_end_object (&w);
    }
  far_json_end_array (&w);
  far_terminal_print_json (&w);
}

static char *
number (gint64 figure)
{
  return figure != FAR_FIGURE_UNKNOWN ? g_strdup_printf ("%" G_GINT64_FORMAT, figure)
                                      : g_strdup ("–");
}

/* Where there is a band, no more than is known. */
static char *
percentile (const FarFunctionFigures *f, gint64 us, gint64 low_us, gint64 high_us)
{
  if (f->invocations == 0)
    us = FAR_FIGURE_UNKNOWN;
  if (low_us == FAR_FIGURE_UNKNOWN && high_us == FAR_FIGURE_UNKNOWN)
    return far_terminal_duration (us);
  return far_terminal_band (us, low_us != FAR_FIGURE_UNKNOWN ? low_us : G_MININT64,
                            high_us != FAR_FIGURE_UNKNOWN ? high_us : G_MAXINT64);
}

static void
print_functions (FarTerminal *self, GPtrArray *functions)
{
  const char *const titles[] = { "FUNCTION", "INVOCATIONS", "ERRORS", "THROTTLED", "COLD", "P50",
                                 "P99", "AT ONCE", "COST" };
  FarTable *table = far_table_new ("lrrrrrrrr", titles);
  guint i;

  for (i = 0; i < functions->len; i++)
    {
      FarFunctionInfo *info = g_ptr_array_index (functions, i);
      const FarFunctionFigures *f = far_function_info_get_figures (info);

      far_table_add (table, far_terminal_clean (far_function_info_get_name (info)),
                     number (f->invocations), number (f->errors), number (f->throttles),
                     number (f->cold_starts),
                     percentile (f, f->p50_us, f->p50_low_us, f->p50_high_us),
                     percentile (f, f->p99_us, f->p99_low_us, f->p99_high_us),
                     number (f->concurrency),
                     f->cost_picodollars != FAR_FIGURE_UNKNOWN
                       ? far_terminal_picodollars (f->cost_picodollars) : g_strdup ("–"));
    }
  far_table_print (table, self);
}

/* asking: (nullable): of a deployment */
static GPtrArray *
load_functions (FarTerminal *self, const FarAsking *asking, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  GListModel *list = far_platform_client_get_functions (self->platform);
  g_autoptr (GPtrArray) functions = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 window_s = 0, to_us = 0;
  guint i;

  if (asking != NULL)
    {
      far_platform_client_set_deployment (self->platform, asking->deployment);
      window_s = MAX ((asking->to_us - asking->from_us) / G_USEC_PER_SEC, 1);
      to_us = asking->to_us;
    }
  far_platform_client_load_functions_async (self->platform, window_s, to_us, NULL, far_wait_done,
                                            &wait);
  if (!far_platform_client_load_functions_finish (self->platform, far_wait_for (&wait), error))
    return NULL;
  for (i = 0; i < g_list_model_get_n_items (list); i++)
    g_ptr_array_add (functions, g_list_model_get_item (list, i));
  return g_steal_pointer (&functions);
}

static int
list_functions (FarTerminal *self, FarAsking *asking, Sort sort)
{
  gboolean remote = asking->deployment != NULL && strcmp (asking->deployment, "local") != 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) functions = NULL;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  int code;

  if (!remote && (asking->from != NULL || asking->to != NULL))
    return far_terminal_usage ("functions of this machine are counted from the beginning; --from "
                               "and --to are for a --deployment, and “farthingctl query” has any "
                               "range");
  code = far_asking_open (asking, self, "1h");
  if (code != FAR_EXIT_OK)
    return code;
  functions = load_functions (self, remote ? asking : NULL, &error);
  if (functions == NULL)
    return far_terminal_fail (error);
  g_ptr_array_sort_with_data (functions, compare, &sort);
  if (self->json)
    {
      print_functions_json (functions);
      return FAR_EXIT_OK;
    }
  print_functions (self, functions);
  if (!remote)
    return FAR_EXIT_OK;
  if (far_platform_client_get_window (self->platform) == 0)
    {
      far_terminal_say (self, "%s: counts of single records, from the beginning",
                        asking->deployment);
      return FAR_EXIT_OK;
    }
  from = far_range_format_time (asking->from_us, asking->now_us, asking->zone);
  to = far_range_format_time (asking->to_us, asking->now_us, asking->zone);
  far_terminal_say (self, "%s, %s to %s; – is not reported", asking->deployment, from, to);
  return FAR_EXIT_OK;
}

int
far_command_functions (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *sort_name = NULL;
  g_autofree char *zip = NULL;
  g_autofree char *runtime = NULL;
  g_autofree char *handler = NULL;
  g_autofree char *description = NULL;
  g_auto (GStrv) env = NULL;
  FarDeployOptions deploy = { 0 };
  g_auto (FarAsking) asking = { 0 };
  const GOptionEntry entries[] = {
    FAR_ASKING_ENTRIES (asking),
    { "sort", 0, 0, G_OPTION_ARG_STRING, &sort_name,
      "name, invocations, errors, cold, p50, p99 or cost", "BY" },
    { "zip", 0, 0, G_OPTION_ARG_FILENAME, &zip, "deploy: the code", "FILE" },
    { "runtime", 0, 0, G_OPTION_ARG_STRING, &runtime, "deploy: provided.al2023, nodejs22.x, …",
      "NAME" },
    { "handler", 0, 0, G_OPTION_ARG_STRING, &handler, "deploy: what of the code to call", "NAME" },
    { "description", 0, 0, G_OPTION_ARG_STRING, &description, "deploy: a line for people", "TEXT" },
    { "memory", 0, 0, G_OPTION_ARG_INT, &deploy.memory_mb, "deploy: 128 to 10240 MB", "MB" },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &deploy.timeout_s, "deploy: 1 to 900 s", "S" },
    { "env", 0, 0, G_OPTION_ARG_STRING_ARRAY, &env, "deploy: a variable; repeats, replaces all",
      "NAME=VALUE" },
    G_OPTION_ENTRY_NULL
  };
  Sort sort = SORT_NAME;
  int code;

  if (!far_terminal_parse (self, far_command_find ("functions"), entries, &argc, &argv, &code))
    return code;
  if (argc > 1 && strcmp (argv[1], "list") != 0)
    {
      deploy.zip = zip;
      deploy.runtime = runtime;
      deploy.handler = handler;
      deploy.description = description;
      deploy.env = env;
      return far_functions_change (self, argc - 1, argv + 1, &deploy);
    }
  if (sort_name != NULL)
    {
      if (!g_strv_contains (sort_names, sort_name))
        return far_terminal_usage ("--sort takes name, invocations, errors, cold, p50, p99 or "
                                   "cost, not “%s”", sort_name);
      while (strcmp (sort_names[sort], sort_name) != 0)
        sort++;
    }
  return list_functions (self, &asking, sort);
}
