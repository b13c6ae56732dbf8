/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl traces: the newest, or one as a waterfall. */
#include <stdio.h>
#include <string.h>

#include "client/far-telemetry-types.h"
#include "terminal/far-asking.h"
#include "terminal/far-range.h"

#define BAR_COLUMNS 40
#define NAME_COLUMNS 44
#define LIMIT_DEFAULT 20
#define LIMIT_MAX 1000

static void
print_list (FarTerminal *self, const FarAsking *asking, GPtrArray *traces)
{
  static const char *const titles[] = { "TIME", "TRACE", "DURATION", "CALLS", "FAILED", "WHAT",
                                        NULL };
  FarTable *table = far_table_new ("llrrrl", titles);
  guint i;

  for (i = 0; i < traces->len; i++)
    {
      const FarTraceHead *head = g_ptr_array_index (traces, i);
      g_autofree char *name = far_terminal_clean (head->name);
      g_autofree char *function = far_terminal_clean (head->function);

      far_table_add (table, far_range_format_time (head->start_us, asking->now_us, asking->zone),
                     far_terminal_clean (head->trace_id), far_terminal_duration (head->duration_us),
                     g_strdup_printf ("%" G_GINT64_FORMAT, head->invocations),
                     g_strdup_printf ("%" G_GINT64_FORMAT, head->errors),
                     g_strdup_printf ("%s  %s", name, function));
    }
  far_table_print (table, self);
}

/* Where a span lies in its trace: at least one cell, however short. */
static char *
draw_bar (const FarTraceInfo *trace, const FarSpanInfo *span)
{
  GString *bar = g_string_new (NULL);
  double all = MAX (trace->duration_us, 1);
  int from = (int) ((double) (span->start_us - trace->start_us) * BAR_COLUMNS / all);
  int to = (int) ((double) (span->start_us + span->duration_us - trace->start_us) * BAR_COLUMNS /
                  all);
  int i;

  from = CLAMP (from, 0, BAR_COLUMNS - 1);
  to = CLAMP (to, from + 1, BAR_COLUMNS);
  for (i = 0; i < BAR_COLUMNS; i++)
    g_string_append (bar, i < from || i >= to ? "·" : strcmp (span->status, "error") == 0 ? "▓"
                                                                                          : "█");
  return g_string_free (bar, FALSE);
}

static char *
span_name (const FarSpanInfo *span)
{
  g_autofree char *name = far_terminal_clean (span->name);
  g_autofree char *function = far_terminal_clean (span->function);
  gboolean root = *span->request_id != '\0' || strcmp (span->kind, "remote") == 0;
  gboolean named = strcmp (span->kind, "bookkeeper") == 0 || strcmp (span->kind, "call") == 0;
  g_autofree char *text = NULL;

  if (root && *function != '\0' && strcmp (name, function) != 0)
    text = g_strdup_printf ("%s  %s", name, function);
  else
    text = named ? g_strdup_printf ("%s %s", span->kind, name) : g_strdup (name);
  return g_strdup_printf ("%*s%s", (int) MIN (span->depth, 10) * 2, "", text);
}

static void
print_trace (FarTerminal *self, const FarTraceInfo *trace)
{
  guint i;

  for (i = 0; i < trace->n_spans; i++)
    {
      const FarSpanInfo *span = &trace->spans[i];
      g_autofree char *name = span_name (span);
      g_autofree char *fitted = far_terminal_fit (name, NAME_COLUMNS, FAR_COLUMN_LEFT);
      g_autofree char *bar = draw_bar (trace, span);
      g_autofree char *took = far_terminal_duration (span->duration_us);
      gboolean failed = strcmp (span->status, "error") == 0;

      if (self->plain)
        printf ("%s\t%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT "\t%s\n", name,
                span->start_us - trace->start_us, span->duration_us, span->status);
      else
        printf ("%s %s %s%s\n", fitted, bar, took, failed ? "  failed" : "");
    }
  if (!trace->complete)
    far_terminal_say (self, "There are more spans than are shown");
}

static int
show_one (FarTerminal *self, const FarAsking *asking, const char *id)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/v1/traces/", escaped, NULL);
  g_autofree char *url = far_platform_url (path, "deployment", asking->deployment, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (self, url, &error);
  g_autoptr (FarTraceInfo) trace = NULL;

  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  trace = far_trace_info_parse (json_node_get_object (node), &error);
  if (trace == NULL)
    return far_terminal_fail (error);
  print_trace (self, trace);
  return FAR_EXIT_OK;
}

int
far_command_traces (FarTerminal *self, int argc, char **argv)
{
  g_auto (FarAsking) asking = { 0 };
  g_autofree char *function = NULL;
  g_autofree char *slower = NULL;
  g_autofree char *slower_us = NULL;
  g_autofree char *limit_text = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GPtrArray) traces = NULL;
  gboolean errors = FALSE;
  int limit = LIMIT_DEFAULT, slower_ms = 0;
  const GOptionEntry entries[] = {
    FAR_ASKING_ENTRIES (asking),
    { "function", 0, 0, G_OPTION_ARG_STRING, &function, "In which it took part", "NAME" },
    { "errors", 0, 0, G_OPTION_ARG_NONE, &errors, "Only with an invocation that failed", NULL },
    { "slower", 0, 0, G_OPTION_ARG_INT, &slower_ms, "Only with one that took longer", "MS" },
    { "lines", 'n', 0, G_OPTION_ARG_INT, &limit, "How many (20)", "N" },
    G_OPTION_ENTRY_NULL
  };
  int code;

  if (!far_terminal_parse (self, far_command_find ("traces"), entries, &argc, &argv, &code))
    return code;
  if (argc > 2)
    return far_terminal_usage ("give one trace id, or none for a list");
  if (limit < 1 || limit > LIMIT_MAX || slower_ms < 0)
    return far_terminal_usage ("--lines must be from 1 to %d, --slower above 0", LIMIT_MAX);
  code = far_asking_open (&asking, self, "1h");
  if (code != FAR_EXIT_OK)
    return code;
  if (argc == 2)
    return show_one (self, &asking, argv[1]);
  limit_text = g_strdup_printf ("%d", limit);
  slower_us = slower_ms > 0 ? g_strdup_printf ("%d000", slower_ms) : NULL;
  url = far_platform_url ("/v1/traces", "deployment", asking.deployment, "function", function,
                          "from_us", asking.from_text, "to_us", asking.to_text, "errors",
                          errors ? "1" : NULL, "duration_min_us", slower_us, "limit", limit_text,
                          NULL);
  node = far_asking_get (self, url, &error);
  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  traces = far_trace_heads_parse (json_node_get_object (node), &error);
  if (traces == NULL)
    return far_terminal_fail (error);
  print_list (self, &asking, traces);
  return FAR_EXIT_OK;
}
