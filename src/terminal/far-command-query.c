/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl query: figures of a range, in groups, beside another range, or over time; farthingctl
 * export: a view as a file. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "client/far-telemetry-types.h"
#include "terminal/far-asking.h"
#include "terminal/far-export-push.h"
#include "terminal/far-query-margin.h"
#include "terminal/far-range.h"

#define PIXELS_DEFAULT 60
#define SAID_MAX 4096
#define BAND_SHOWN 0.05 /* of the value */

typedef struct {
  char *group;
  char *sort;
  char *compare; /* how long before */
  char *series;  /* metrics */
  char *usd;
  gboolean margin;
  gboolean prices;
  int   top;
  int   points;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->group);
  g_free (self->sort);
  g_free (self->compare);
  g_free (self->series);
  g_free (self->usd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static char *
number (gint64 value)
{
  return value < 0 ? g_strdup ("–") : g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

static char *
percent (gint64 ppm)
{
  return ppm < 0 ? g_strdup ("–")
                 : g_strdup_printf ("%" G_GINT64_FORMAT ".%02d %%", ppm / 10000,
                                    (int) (ppm / 100 % 100));
}

/* The value, or between which two it is where that can be seen. */
static char *
quantile (const FarQuantile *q)
{
  return far_terminal_band (q->known ? q->value : -1, q->low, q->high);
}

/* "+12 %" of two values; "–" where there is nothing to compare. */
static char *
change (gboolean known, gint64 before, gint64 now)
{
  gint64 tenths;

  if (!known || before <= 0 || now < 0)
    return g_strdup ("–");
  tenths = (gint64) llround (((double) now - (double) before) * 1000 / (double) before);
  return g_strdup_printf ("%s%" G_GINT64_FORMAT ".%d %%", tenths < 0 ? "−" : "+",
                          ABS (tenths) / 10, (int) (ABS (tenths) % 10));
}

static void
add_row (FarTable *table, char *name, const FarFigures *f, const FarFigures *before)
{
  far_table_add (table, name, number (f->invocations), percent (f->error_ppm),
                 number (f->throttles), percent (f->cold_ppm), quantile (&f->p50_us),
                 quantile (&f->p90_us), quantile (&f->p99_us), number (f->n),
                 f->cost_picodollars < 0 ? g_strdup ("–")
                                         : far_terminal_picodollars (f->cost_picodollars),
                 change (before != NULL, before != NULL ? before->invocations : 0, f->invocations),
                 change (before != NULL && before->p99_us.known && f->p99_us.known,
                         before != NULL ? before->p99_us.value : 0, f->p99_us.value));
}

static void
print_summary (FarTerminal *self, const FarAsking *asking, const FarSummaryInfo *summary,
               gboolean exact)
{
  static const char *const titles[] = { "", "INVOCATIONS", "FAILED", "THROTTLED", "COLD", "P50",
                                        "P90", "P99", "N", "COST", "Δ INVOCATIONS", "Δ P99",
                                        NULL };
  FarTable *table = far_table_new ("lrrrrrrrrrrr", titles);
  g_autofree char *from = far_range_format_time (summary->from_us, asking->now_us, asking->zone);
  g_autofree char *to = far_range_format_time (summary->to_us, asking->now_us, asking->zone);
  guint i;

  for (i = 0; i < summary->n_groups; i++)
    {
      const FarFiguresGroup *group = &summary->groups[i];
      g_autofree char *key = far_terminal_clean (group->key);
      g_autofree char *function = far_terminal_clean (group->function);

      add_row (table, *function != '\0' ? g_strdup_printf ("%s %s", function, key)
                                        : g_strdup (key),
               &group->figures, group->has_baseline ? &group->baseline : NULL);
    }
  add_row (table, g_strdup ("all together"), &summary->total,
           summary->has_baseline ? &summary->baseline : NULL);
  far_table_print (table, self);
  far_terminal_say (self, exact ? "%s to %s; percentiles are exact to 0.55 %%"
                                : "%s to %s; percentiles are as exact as the system they come from",
                    from, to);
}

/* Nothing is known of it: it says why. */
static void
say_why (FarTerminal *self, const char *deployment)
{
  g_autofree char *url = far_platform_url ("/v1/status", "deployment", deployment, NULL);
  g_autoptr (JsonNode) node = far_asking_get (self, url, NULL);
  g_autofree char *why = NULL;
  JsonObject *source = NULL;
  const char *message = NULL;

  if (node != NULL)
    far_json_get_object (json_node_get_object (node), "source", &source, NULL);
  if (source != NULL && far_json_has (source, "message"))
    far_json_get_string (source, "message", SAID_MAX, &message, NULL);
  why = far_terminal_clean (message != NULL ? message : "");
  if (*why != '\0')
    far_terminal_say (self, "%s", why);
}

static int
summarise (FarTerminal *self, const FarAsking *asking, const Options *options,
           const char *function)
{
  gint64 before_us = options->compare != NULL ? far_range_parse_duration (options->compare) : 0;
  g_autofree char *top = options->top > 0 ? g_strdup_printf ("%d", options->top) : NULL;
  g_autofree char *compare_from = NULL;
  g_autofree char *compare_to = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (FarSummaryInfo) summary = NULL;

  if (before_us < 0)
    return far_terminal_usage ("--compare takes a duration: 1d is the same time yesterday");
  if (before_us > 0)
    {
      compare_from = g_strdup_printf ("%" G_GINT64_FORMAT, MAX (asking->from_us - before_us, 0));
      compare_to = g_strdup_printf ("%" G_GINT64_FORMAT, MAX (asking->to_us - before_us, 1));
    }
  url = far_platform_url ("/v1/summary", "deployment", asking->deployment, "function", function,
                          "from_us", asking->from_text, "to_us", asking->to_text, "group",
                          options->group != NULL ? options->group : "function", "sort",
                          options->sort, "limit", top, "compare_from_us", compare_from,
                          "compare_to_us", compare_to, NULL);
  node = far_asking_get (self, url, &error);
  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  summary = far_summary_info_parse (json_node_get_object (node), &error);
  if (summary == NULL)
    return far_terminal_fail (error);
  /* What comes from single records has no source to name. */
  print_summary (self, asking, summary,
                 !json_object_has_member (json_node_get_object (node), "source"));
  if (asking->deployment != NULL && summary->total.invocations < 0)
    say_why (self, asking->deployment);
  return FAR_EXIT_OK;
}

/* No more than is known: "<5000" and "5000..10000" of a percentile with a wide band. */
static void
print_point (const FarSeries *series, guint i)
{
  double value = series->points[i];
  double low = series->low != NULL && series->high != NULL ? series->low[i] : NAN;
  double high = series->low != NULL && series->high != NULL ? series->high[i] : NAN;

  if (isnan (value))
    printf ("\t–");
  else if ((isnan (low) && isnan (high)) || high - low <= BAND_SHOWN * fmax (value, 1))
    printf ("\t%.0f", value);
  else if (isnan (low) || low <= 0)
    printf ("\t<%.0f", high);
  else if (isnan (high))
    printf ("\t>%.0f", low);
  else
    printf ("\t%.0f..%.0f", low, high);
}

/* A row a point, a column a metric. */
static void
print_series (const FarAsking *asking, const FarSeriesSet *set)
{
  guint i, s;

  printf ("time");
  for (s = 0; s < set->n_series; s++)
    printf ("\t%s", set->series[s].metric);
  printf ("\tn\n");
  for (i = 0; i < set->n_points; i++)
    {
      g_autofree char *time = far_range_format_time (set->from_us + i * set->step_us,
                                                     asking->now_us, asking->zone);

      printf ("%s", time);
      for (s = 0; s < set->n_series; s++)
        print_point (&set->series[s], i);
      if (isnan (set->n[i]))
        printf ("\t–\n");
      else
        printf ("\t%.0f\n", set->n[i]);
    }
}

static int
show_series (FarTerminal *self, const FarAsking *asking, const Options *options,
             const char *function)
{
  g_autofree char *pixels = g_strdup_printf ("%d", options->points);
  g_autofree char *url = far_platform_url ("/v1/series", "deployment", asking->deployment,
                                           "function", function, "metrics", options->series,
                                           "from_us", asking->from_text, "to_us", asking->to_text,
                                           "pixels", pixels, "bands", "1", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (self, url, &error);
  g_autoptr (FarSeriesSet) set = NULL;

  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  set = far_series_set_parse (json_node_get_object (node), &error);
  if (set == NULL)
    return far_terminal_fail (error);
  print_series (asking, set);
  return FAR_EXIT_OK;
}

int
far_command_query (FarTerminal *self, int argc, char **argv)
{
  g_auto (FarAsking) asking = { 0 };
  g_auto (Options) options = { .points = PIXELS_DEFAULT };
  const GOptionEntry entries[] = {
    FAR_ASKING_ENTRIES (asking),
    { "by", 0, 0, G_OPTION_ARG_STRING, &options.group,
      "function, version, article, route, outcome or error_type", "GROUP" },
    { "sort", 0, 0, G_OPTION_ARG_STRING, &options.sort, "The highest of this first", "METRIC" },
    { "top", 0, 0, G_OPTION_ARG_INT, &options.top, "So many only", "N" },
    { "compare", 0, 0, G_OPTION_ARG_STRING, &options.compare,
      "Beside the same range so long before: 1d", "DURATION" },
    { "series", 0, 0, G_OPTION_ARG_STRING, &options.series, "Over time: p99_us,invocations",
      "METRICS" },
    { "margin", 0, 0, G_OPTION_ARG_NONE, &options.margin,
      "What was earned less what it cost, --by article or function", NULL },
    { "usd", 0, 0, G_OPTION_ARG_STRING, &options.usd,
      "With --margin: what a dollar costs, if money is in another currency", "AMOUNT" },
    { "prices", 0, 0, G_OPTION_ARG_NONE, &options.prices, "The price tables that costs come from",
      NULL },
    { "points", 0, 0, G_OPTION_ARG_INT, &options.points, "Of a series, at most (60)", "N" },
    G_OPTION_ENTRY_NULL
  };
  int code;

  if (!far_terminal_parse (self, far_command_find ("query"), entries, &argc, &argv, &code))
    return code;
  if (argc > 2)
    return far_terminal_usage ("name one function, or none for all of them");
  if (options.points < 2 || options.points > 4096 || options.top < 0)
    return far_terminal_usage ("--points must be from 2 to 4096, --top above 0");
  if (options.margin && (argc > 1 || options.series != NULL || options.compare != NULL))
    return far_terminal_usage ("--margin takes a range, --by, --top and --usd; no function, series "
                               "or comparison");
  code = far_asking_open (&asking, self, options.margin ? "24h" : "1h");
  if (code != FAR_EXIT_OK)
    return code;
  if (options.prices)
    return far_query_prices (self);
  if (options.margin)
    return far_query_margin (self, &asking, options.group, options.top, options.usd);
  return options.series != NULL
    ? show_series (self, &asking, &options, argc == 2 ? argv[1] : NULL)
    : summarise (self, &asking, &options, argc == 2 ? argv[1] : NULL);
}

/* ---- export ---- */

static int
write_file (FarTerminal *self, const char *path, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  if (path == NULL || strcmp (path, "-") == 0)
    return fwrite (data, 1, length, stdout) == length && fflush (stdout) == 0 ? FAR_EXIT_OK
                                                                              : FAR_EXIT_FAILED;
  if (!g_file_set_contents (path, data, (gssize) length, &error))
    {
      g_printerr ("farthingctl: %s\n", error->message);
      return FAR_EXIT_CANT_CREATE;
    }
  far_terminal_say (self, "Wrote %s, %" G_GSIZE_FORMAT " bytes", path, length);
  return FAR_EXIT_OK;
}

int
far_command_export (FarTerminal *self, int argc, char **argv)
{
  g_auto (FarAsking) asking = { 0 };
  g_auto (FarExportPushOptions) push = { 0 };
  g_autofree char *format = NULL;
  g_autofree char *output = NULL;
  g_autofree char *function = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (FarWait) wait = { 0 };
  const GOptionEntry entries[] = {
    FAR_ASKING_ENTRIES (asking),
    { "format", 0, 0, G_OPTION_ARG_STRING, &format,
      "html, csv or json (html for an overview, else csv)", "FORMAT" },
    { "function", 0, 0, G_OPTION_ARG_STRING, &function, "Of this one only", "NAME" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Where to (the standard output)", "FILE" },
    FAR_EXPORT_PUSH_ENTRIES (push),
    G_OPTION_ENTRY_NULL
  };
  int code;

  if (!far_terminal_parse (self, far_command_find ("export"), entries, &argc, &argv, &code))
    return code;
  if (argc > 1 && argc <= 3 && strcmp (argv[1], "push") == 0)
    return far_export_push (self, &push, argc == 3 ? argv[2] : NULL);
  if (argc > 2)
    return far_terminal_usage ("name one view: overview, series, functions or invocations; or push "
                               "with a URL, with off, or alone");
  code = far_asking_open (&asking, self, "1d");
  if (code != FAR_EXIT_OK)
    return code;
  url = far_platform_url ("/v1/export", "deployment", asking.deployment, "view",
                          argc == 2 ? argv[1] : NULL, "format",
                          format == NULL && self->json ? "json" : format, "function", function,
                          "from_us", asking.from_text, "to_us", asking.to_text, "zone",
                          g_time_zone_get_identifier (asking.zone), NULL);
  far_platform_client_fetch_async (self->platform, url, NULL, far_wait_done, &wait);
  bytes = far_platform_client_fetch_finish (self->platform, far_wait_for (&wait), &error);
  return bytes != NULL ? write_file (self, output, bytes) : far_terminal_fail (error);
}
