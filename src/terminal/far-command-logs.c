/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl logs: what functions wrote, searched and followed. What they wrote is data: no byte
 * of it reaches the terminal that could drive it. */
#include <stdio.h>
#include <string.h>

#include "client/far-telemetry-types.h"
#include "terminal/far-asking.h"
#include "terminal/far-logs.h"

#define LINES_DEFAULT 200
#define LINES_MAX 1000 /* what the platform gives at once */
#define CONTAINS_MAX 256

typedef struct {
  char    *contains;
  char    *level;
  char    *request;
  int      lines; /* -1 = not said */
  gboolean follow;
  gboolean quiet;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->contains);
  g_free (self->level);
  g_free (self->request);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
print_json (const FarLogLine *line, const char *time)
{
  g_auto (FarJsonWriter) w = { 0 };

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "time", time);
  far_json_add_string (&w, "function", line->function);
  far_json_add_string (&w, "request_id", line->request_id);
  far_json_add_string (&w, "level", line->level);
  far_json_add_string (&w, "message", line->message);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

void
far_logs_print_line (FarLogLine *line, gpointer user_data)
{
  FarTerminal *self = user_data;
  g_autofree char *time = far_time_to_rfc3339 (line->time_us);
  g_autofree char *function = far_terminal_clean (line->function);
  g_autofree char *request = far_terminal_clean (line->request_id);
  g_autofree char *message = far_terminal_clean (line->message);
  gboolean bad = strcmp (line->level, "error") == 0 || strcmp (line->level, "fatal") == 0 ||
                 strcmp (line->level, "warn") == 0;

  g_strdelimit (message, "\n\t", ' ');
  if (self->json)
    print_json (line, time);
  else if (self->plain)
    printf ("%s\t%s\t%s\t%s\t%s\n", time, function, request, line->level, message);
  else
    printf ("%.23sZ  %-12s %.8s  %s%s%s\n", time, function, request,
            bad && self->colour ? "\033[31m" : "", message, bad && self->colour ? "\033[0m" : "");
  fflush (stdout);
}

typedef struct {
  FarTerminal *terminal;
  guint        n_lines;
} Output;

static void
on_line (FarLogLine *line, gpointer user_data)
{
  Output *output = user_data;

  output->n_lines++;
  far_logs_print_line (line, output->terminal);
}

static char *
make_url (const FarAsking *asking, const Options *options, const char *function)
{
  int n = options->lines >= 0 ? options->lines : LINES_DEFAULT;
  g_autofree char *limit = g_strdup_printf ("%d", n);

  return far_platform_url ("/v1/logs", "deployment", asking->deployment, "function", function,
                           "limit", limit, "follow", options->follow ? "1" : NULL, "contains",
                           options->contains, "level", options->level, "request_id",
                           options->request, "platform", options->quiet ? "0" : NULL, "from_us",
                           asking->from != NULL ? asking->from_text : NULL, "to_us",
                           asking->to != NULL ? asking->to_text : NULL, NULL);
}

static int
check (const FarAsking *asking, const Options *options)
{
  if (options->lines < -1 || options->lines > LINES_MAX)
    return far_terminal_usage ("--lines must be from 0 to %d", LINES_MAX);
  if (options->follow && asking->to != NULL)
    return far_terminal_usage ("--follow has no end: leave --to out");
  if (options->contains != NULL && strlen (options->contains) > CONTAINS_MAX)
    return far_terminal_usage ("--contains takes at most %d bytes", CONTAINS_MAX);
  return FAR_EXIT_OK;
}

int
far_command_logs (FarTerminal *self, int argc, char **argv)
{
  g_auto (FarAsking) asking = { 0 };
  g_auto (Options) options = { .lines = -1 };
  const GOptionEntry entries[] = {
    FAR_ASKING_ENTRIES (asking),
    { "follow", 'f', 0, G_OPTION_ARG_NONE, &options.follow, "Go on as it comes", NULL },
    { "lines", 'n', 0, G_OPTION_ARG_INT, &options.lines, "The newest so many (200)", "N" },
    { "contains", 0, 0, G_OPTION_ARG_STRING, &options.contains,
      "Lines with this text, in any case (of AWS in just this case)", "TEXT" },
    { "level", 0, 0, G_OPTION_ARG_STRING, &options.level,
      "At least: trace, debug, info, warn, error, fatal", "LEVEL" },
    { "request", 0, 0, G_OPTION_ARG_STRING, &options.request,
      "Of one invocation, by its whole id (--json shows it)", "ID" },
    { "no-platform", 0, 0, G_OPTION_ARG_NONE, &options.quiet, "Without START, END and REPORT",
      NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  Output output = { .terminal = self };
  int code;

  if (!far_terminal_parse (self, far_command_find ("logs"), entries, &argc, &argv, &code))
    return code;
  if (argc > 2)
    return far_terminal_usage ("name one function, or none for all of them");
  code = check (&asking, &options);
  if (code == FAR_EXIT_OK)
    code = far_asking_open (&asking, self, "1h");
  if (code != FAR_EXIT_OK)
    return code;
  url = make_url (&asking, &options, argc == 2 ? argv[1] : NULL);
  far_platform_client_read_log_url_async (self->platform, url, on_line, &output, NULL,
                                          far_wait_done, &wait);
  if (!far_platform_client_read_logs_finish (self->platform, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  if (output.n_lines == 0 && !options.follow)
    far_terminal_say (self, "No line matches");
  return FAR_EXIT_OK;
}
