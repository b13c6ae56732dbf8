/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl up, down, clock: the platform's life. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/far-paths.h"
#include "terminal/far-terminal.h"

#define ADVANCE_DAYS_MAX 3660
/* Held by farthingd until its databases are closed. */
#define LOCK_NAME "farthingd.lock"
#define END_MAX_S 60
#define END_POLL_MS 20

static void
print_where (FarTerminal *self, FarPlatformStatus *status, gboolean started)
{
  g_auto (FarJsonWriter) w = { 0 };

  if (!self->json)
    {
      g_autofree char *title = far_terminal_clean (status->publication_title);

      printf ("%s %s at %s, with %s money\n", title[0] != '\0' ? title : "The platform",
              started ? "now runs" : "was running already", status->gateway, status->money);
      return;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_bool (&w, "started", started);
  far_json_add_string (&w, "state", status->state);
  far_json_add_string (&w, "gateway", status->gateway);
  far_json_add_string (&w, "lambda", status->lambda);
  far_json_add_string (&w, "metrics", status->metrics);
  far_json_add_string (&w, "control", status->control);
  far_json_add_string (&w, "money", status->money);
  far_json_add_int (&w, "pid", status->pid);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

/* FALSE: told. The demo's template has the test provider in it, which is none for live money. */
static gboolean
check_money (FarTerminal *self)
{
  g_autofree char *demo = far_paths_default_template ();
  g_autofree char *folder = g_path_get_dirname (demo);

  if (self->money == NULL || strcmp (self->money, "test") == 0 ||
      (strcmp (self->money, "live") == 0 && self->template_path != NULL))
    return TRUE;
  if (strcmp (self->money, "live") == 0)
    far_terminal_usage ("live money needs a publication of your own: copy %s, say in its live.yaml "
                        "where readers reach you (PUBLIC_URL), and give --template "
                        "COPY/live.yaml; each step: farthingctl golive --help", folder);
  else
    far_terminal_usage ("--money is test or live");
  return FALSE;
}

/* What runs already may hold the other kind. */
static int
refuse_other_money (FarTerminal *self, const char *held)
{
  g_autoptr (GError) error = NULL;

  g_set_error (&error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_CONFLICT,
               "What runs in %s holds %s money, and always will. %s money begins in a data "
               "directory of its own: --data-dir DIR", self->data_dir, held,
               strcmp (self->money, "live") == 0 ? "Live" : "Test");
  return far_terminal_fail (error);
}

int
far_command_up (FarTerminal *self, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "money", 0, 0, G_OPTION_ARG_STRING, &self->money,
      "What its books hold, test or live: said each time, for it never changes [test]", "KIND" },
    { "template", 0, 0, G_OPTION_ARG_FILENAME, &self->template_path,
      "A SAM template instead of the demo", "FILE" },
    { "port", 0, 0, G_OPTION_ARG_INT, &self->port, "Of the gateway; 0: any free one", "P" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  gboolean started;
  int code;

  if (!far_terminal_parse (self, far_command_find ("up"), entries, &argc, &argv, &code))
    return code;
  if (argc > 1)
    return far_terminal_usage ("up takes no names, only options; see farthingctl up --help");
  if (self->port < -1 || self->port > 65533)
    return far_terminal_usage ("--port must be from 0 to 65533");
  if (!check_money (self))
    return FAR_EXIT_USAGE;
  if (far_terminal_connect (self, TRUE, &error) == NULL
      || (status = far_terminal_status (self, &error)) == NULL)
    return far_terminal_fail (error);
  started = far_launcher_get_started (self->launcher);
  far_launcher_disown (self->launcher);
  if (self->money != NULL && g_strcmp0 (self->money, status->money) != 0)
    return refuse_other_money (self, status->money);
  print_where (self, status, started);
  if (!started && (self->template_path != NULL || self->port >= 0))
    far_terminal_say (self, "What runs already keeps its template and port; to change them, first: "
                            "farthingctl down");
  if (g_strcmp0 (status->money, "live") == 0)
    far_terminal_say (self, "What is still missing before readers come: farthingctl golive");
  return FAR_EXIT_OK;
}

/* Whether nobody works on the data any more; FALSE after END_MAX_S. */
static gboolean
wait_for_end (const char *data_dir)
{
  g_autofree char *path = g_build_filename (data_dir, LOCK_NAME, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ended = fd < 0; /* it went together with its folder */

  for (guint waited_ms = 0; !ended && waited_ms < END_MAX_S * 1000; waited_ms += END_POLL_MS)
    {
      ended = flock (fd, LOCK_SH | LOCK_NB) == 0;
      if (!ended)
        g_usleep (END_POLL_MS * 1000);
    }
  if (fd >= 0)
    close (fd);
  return ended;
}

int
far_command_down (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("down"), NULL, &argc, &argv, &code))
    return code;
  if (argc > 1)
    return far_terminal_usage ("down takes no names: it stops the platform as a whole");
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    {
      if (!g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING))
        return far_terminal_fail (error);
      if (self->json)
        printf ("{\"stopped\":false}\n");
      far_terminal_say (self, "Nothing is running in %s.", self->data_dir);
      return FAR_EXIT_OK;
    }
  far_platform_client_shutdown_async (self->platform, NULL, far_wait_done, &wait);
  if (!far_platform_client_shutdown_finish (self->platform, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  if (!wait_for_end (self->data_dir))
    {
      g_set_error (&error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_TIMEOUT,
                   "It was told to stop and has not ended after %d s: calls may be in flight, "
                   "so do not copy or move %s yet", END_MAX_S, self->data_dir);
      return far_terminal_fail (error);
    }
  if (self->json)
    printf ("{\"stopped\":true}\n");
  far_terminal_say (self, "Stopped.");
  return FAR_EXIT_OK;
}

/* "90s", "15m", "2h", "1d" → µs; 0 if it is none. */
static gint64
parse_duration (const char *text)
{
  const struct {
    const char *unit;
    gint64 seconds;
  } units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
  char *end = NULL;
  guint64 n = g_ascii_strtoull (text, &end, 10);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (units); i++)
    if (end != text && g_ascii_isdigit (text[0]) && strcmp (end, units[i].unit) == 0
        && n <= (guint64) ADVANCE_DAYS_MAX * 86400 / units[i].seconds)
      return (gint64) n * units[i].seconds * G_USEC_PER_SEC;
  return 0;
}

int
far_command_clock (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  gint64 delta_us;
  int code;

  if (!far_terminal_parse (self, far_command_find ("clock"), NULL, &argc, &argv, &code))
    return code;
  if (argc != 3 || strcmp (argv[1], "advance") != 0)
    return far_terminal_usage ("say how far: farthingctl clock advance 1d");
  delta_us = parse_duration (argv[2]);
  if (delta_us <= 0)
    return far_terminal_usage ("“%s” is not a duration; say 90s, 15m, 2h or 1d (at most %d days)",
                               argv[2], ADVANCE_DAYS_MAX);
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  far_platform_client_advance_clock_async (self->platform, delta_us, NULL, far_wait_done, &wait);
  if (!far_platform_client_advance_clock_finish (self->platform, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  if (self->json)
    printf ("{\"advanced_us\":%" G_GINT64_FORMAT "}\n", delta_us);
  else
    printf ("The platform's clock is %s further.\n", argv[2]);
  return FAR_EXIT_OK;
}
