/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthing-readers: simulated readers as a process of their own, so that they compete with the
 * platform for the processor as real ones would not for its memory. Prints NDJSON on stdout: one
 * `progress` line a second, and one `report` at the end. Ends after its time, on SIGTERM or SIGINT
 * (with a report), or when nobody reads its output any more. */
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>

#include "base/far-json.h"
#include "readers/far-arrivals.h"

#define EXIT_USAGE 64
#define EXIT_UNAVAILABLE 69
#define DRAIN_S 30

typedef struct {
  GMainLoop      *loop;
  FarAssumptions  assumptions;
  FarVisitReport  report;
  FarVisitContext context;
  FarArrivals    *arrivals;
  FarReaderTraits visitor; /* who fetches the catalogue */
  char           *gateway;
  char           *assumptions_path;
  double          rate;
  int             duration_s;
  gint64          seed;
  gboolean        print_assumptions;
  gboolean        stopping;
  int             exit_status;
} App;

static gboolean
print_line (App *app, const char *type)
{
  g_autofree char *line
      = far_visit_report_to_json (&app->report, type,
                                  app->arrivals != NULL ? far_arrivals_open (app->arrivals) : 0);

  return printf ("%s\n", line) > 0 && fflush (stdout) == 0;
}

static gboolean
on_second (gpointer user_data)
{
  App *app = user_data;

  if (!print_line (app, "progress"))
    g_main_loop_quit (app->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_drained (gpointer user_data)
{
  App *app = user_data;

  g_main_loop_quit (app->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_drain_late (gpointer user_data)
{
  App *app = user_data;
  guint open = far_arrivals_open (app->arrivals);

  while (open-- > 0)
    far_visit_report_add_error (&app->report, "a visit was not over %d s after the last arrival",
                                DRAIN_S);
  g_main_loop_quit (app->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_stop (gpointer user_data)
{
  App *app = user_data;

  if (app->stopping)
    return G_SOURCE_CONTINUE;
  app->stopping = TRUE;
  if (app->arrivals == NULL)
    {
      g_main_loop_quit (app->loop);
      return G_SOURCE_CONTINUE;
    }
  g_timeout_add_seconds (DRAIN_S, on_drain_late, app);
  far_arrivals_stop (app->arrivals, on_drained, app);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time_over (gpointer user_data)
{
  on_stop (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_catalogue (guint status, JsonObject *object, gsize n_bytes, gpointer user_data)
{
  App *app = user_data;
  JsonArray *articles = NULL;
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;
  guint i;

  if (status == 200 && object != NULL
      && far_json_get_array (object, "articles", FAR_ARRIVALS_ARTICLES_MAX, &articles, NULL))
    for (i = 0; i < json_array_get_length (articles); i++)
      {
        JsonNode *node = json_array_get_element (articles, i);
        const char *id = NULL;

        if (JSON_NODE_HOLDS_OBJECT (node)
            && far_json_get_string (json_node_get_object (node), "id", 128, &id, NULL)
            && strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen (id))
          g_strv_builder_add (ids, id);
      }
  list = g_strv_builder_end (ids);
  if (list[0] == NULL)
    {
      g_printerr ("farthing-readers: %s/articles has no articles (status %u): is a publication "
                  "running there?\n", app->gateway, status);
      app->exit_status = EXIT_UNAVAILABLE;
      g_main_loop_quit (app->loop);
      return;
    }
  /* The catalogue was for us, not for a reader. */
  memset (&app->report, 0, sizeof app->report);
  app->arrivals = far_arrivals_new (&app->context, (const char *const *) list, app->rate,
                                    (guint64) app->seed);
  if (app->duration_s > 0)
    g_timeout_add_seconds (app->duration_s, on_time_over, app);
}

static gboolean
parse (App *app, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "gateway", 0, 0, G_OPTION_ARG_STRING, &app->gateway, "The publication", "URL" },
    { "readers-per-second", 0, 0, G_OPTION_ARG_DOUBLE, &app->rate, "Arrivals a second", "R" },
    { "duration", 0, 0, G_OPTION_ARG_INT, &app->duration_s, "Seconds; 0: until stopped", "S" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &app->seed, "The same seed, the same readers", "N" },
    { "assumptions", 0, 0, G_OPTION_ARG_FILENAME, &app->assumptions_path,
      "Instead of the bundled ones", "FILE" },
    { "print-assumptions", 0, 0, G_OPTION_ARG_NONE, &app->print_assumptions,
      "Show the bundled assumptions", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) options = g_option_context_new ("- simulated readers");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, argc, argv, &error))
    g_printerr ("farthing-readers: %s\n", error->message);
  else if (app->print_assumptions)
    return TRUE;
  else if (app->gateway == NULL)
    g_printerr ("farthing-readers: --gateway URL is needed\n");
  else if (!(app->rate > 0 && app->rate <= FAR_ARRIVALS_RATE_MAX))
    g_printerr ("farthing-readers: --readers-per-second must be above 0 and at most %g\n",
                FAR_ARRIVALS_RATE_MAX);
  else if (app->duration_s < 0)
    g_printerr ("farthing-readers: --duration cannot be negative\n");
  else if (!far_assumptions_load (&app->assumptions, app->assumptions_path, &error))
    g_printerr ("farthing-readers: %s\n", error->message);
  else
    return TRUE;
  return FALSE;
}

static void
run (App *app, FarClock *clock)
{
  guint sources[3];
  guint i;

  app->context = (FarVisitContext) {
    .assumptions = &app->assumptions,
    .http = far_reader_http_new (app->gateway, clock, &app->report),
    .report = &app->report,
    .clock = clock,
  };
  if (app->context.http == NULL)
    {
      g_printerr ("farthing-readers: “%s” is not a URL\n", app->gateway);
      app->exit_status = EXIT_USAGE;
      return;
    }
  app->loop = g_main_loop_new (NULL, FALSE);
  sources[0] = g_unix_signal_add (SIGTERM, on_stop, app);
  sources[1] = g_unix_signal_add (SIGINT, on_stop, app);
  sources[2] = g_timeout_add_seconds (1, on_second, app);
  far_reader_traits_draw (&app->visitor, &app->assumptions, (guint64) app->seed, G_MAXUINT64);
  far_reader_http_send (app->context.http, &app->visitor, "GET", "/articles", NULL,
                        g_get_monotonic_time (), on_catalogue, app);
  g_main_loop_run (app->loop);
  if (app->exit_status == 0)
    print_line (app, "report");
  for (i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  far_reader_http_free (app->context.http);
  while (g_main_context_iteration (NULL, FALSE))
    continue; /* what was cancelled frees itself */
  g_clear_pointer (&app->arrivals, far_arrivals_free);
  g_main_loop_unref (app->loop);
}

int
main (int argc, char **argv)
{
  g_autofree App *app = g_new0 (App, 1);
  g_autoptr (FarClock) clock = NULL;
  g_autoptr (GError) error = NULL;

  prctl (PR_SET_PDEATHSIG, SIGTERM);
  signal (SIGPIPE, SIG_IGN);
  app->rate = 1;
  if (!parse (app, &argc, &argv))
    app->exit_status = EXIT_USAGE;
  else if (app->print_assumptions)
    {
      g_autofree char *text = far_assumptions_bundled_text ();

      fputs (text, stdout);
    }
  else
    {
      clock = far_clock_new_from_env (&error);
      if (clock != NULL)
        run (app, clock);
      else
        {
          g_printerr ("farthing-readers: %s\n", error->message);
          app->exit_status = EXIT_USAGE;
        }
    }
  g_free (app->gateway);
  g_free (app->assumptions_path);
  return app->exit_status;
}
