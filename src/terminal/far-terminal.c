/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way from a command to the platform, and from an error to an exit code. */
#include "terminal/far-terminal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/far-paths.h"

void
far_wait_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarWait *wait = user_data;

  g_assert (wait->result == NULL);
  wait->result = g_object_ref (result);
}

GAsyncResult *
far_wait_for (FarWait *wait)
{
  while (wait->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return wait->result;
}

void
far_wait_clear (FarWait *wait)
{
  g_clear_object (&wait->result);
}

void
far_terminal_say (FarTerminal *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (self->json)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "%s\n", text);
}

FarPlatformClient *
far_terminal_connect (FarTerminal *self, gboolean start, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  FarLaunchOptions options = {
    .data_dir = self->data_dir,
    .template_path = self->template_path,
    .port = self->port,
    .money = self->money,
    .start = start,
  };

  if (self->platform != NULL)
    return self->platform;
  if (start)
    {
      g_autofree char *socket = far_paths_find_control_socket (self->data_dir);

      if (!g_file_test (socket, G_FILE_TEST_EXISTS))
        far_terminal_say (self, "Starting the publication in %s …", self->data_dir);
    }
  self->launcher = far_launcher_new (&options);
  far_launcher_run_async (self->launcher, NULL, far_wait_done, &wait);
  self->platform = far_launcher_run_finish (self->launcher, far_wait_for (&wait), error);
  return self->platform;
}

FarPlatformStatus *
far_terminal_status (FarTerminal *self, GError **error)
{
  g_auto (FarWait) wait = { 0 };

  g_return_val_if_fail (self->platform != NULL, NULL);
  far_platform_client_load_status_async (self->platform, NULL, far_wait_done, &wait);
  return far_platform_client_load_status_finish (self->platform, far_wait_for (&wait), error);
}

gint64
far_terminal_now_us (FarTerminal *self)
{
  g_autoptr (FarPlatformStatus) status = far_terminal_status (self, NULL);

  return status != NULL ? status->now_us : g_get_real_time ();
}

FarMarketClient *
far_terminal_market (FarTerminal *self, const char *reader, GError **error)
{
  g_autoptr (FarPlatformStatus) status = far_terminal_status (self, error);
  g_autoptr (FarReaderKey) key = NULL;
  g_autoptr (FarClock) clock = NULL;

  if (status == NULL)
    return NULL;
  if (reader != NULL)
    {
      key = far_reader_key_load (self->data_dir, reader, error);
      if (key == NULL)
        return NULL;
    }
  clock = far_platform_status_open_clock (status, self->data_dir, error);
  if (clock == NULL)
    return NULL;
  return far_market_client_new (status->gateway, g_steal_pointer (&key), clock);
}

void
far_terminal_leave (FarTerminal *self)
{
  g_clear_object (&self->platform);
  if (self->launcher != NULL && far_launcher_get_started (self->launcher))
    {
      g_auto (FarWait) wait = { 0 };
      g_autoptr (GError) error = NULL;

      far_launcher_stop_async (self->launcher, NULL, far_wait_done, &wait);
      if (!far_launcher_stop_finish (self->launcher, far_wait_for (&wait), &error))
        fprintf (stderr, "farthingctl: the platform did not stop: %s\n", error->message);
    }
  g_clear_object (&self->launcher);
}

static int
exit_code (const GError *error)
{
  if (error->domain != FAR_CLIENT_ERROR)
    return FAR_EXIT_FAILED;
  switch ((FarClientError) error->code)
    {
    case FAR_CLIENT_ERROR_NOT_RUNNING:
    case FAR_CLIENT_ERROR_LAUNCH:
      return FAR_EXIT_UNAVAILABLE;
    case FAR_CLIENT_ERROR_TIMEOUT:
    case FAR_CLIENT_ERROR_THROTTLED:
      return FAR_EXIT_TEMPORARY;
    case FAR_CLIENT_ERROR_PROTOCOL:
    case FAR_CLIENT_ERROR_SERVER:
      return FAR_EXIT_SOFTWARE;
    case FAR_CLIENT_ERROR_BAD_REQUEST:
      return FAR_EXIT_DATA;
    case FAR_CLIENT_ERROR_UNAUTHORIZED:
      return FAR_EXIT_PERMISSION;
    case FAR_CLIENT_ERROR_NOT_FOUND:
      return FAR_EXIT_NO_INPUT;
    case FAR_CLIENT_ERROR_CONFLICT:
    case FAR_CLIENT_ERROR_PAYMENT:
    default:
      return FAR_EXIT_FAILED;
    }
}

/* Of a deployment: it does not answer as it should, or has nothing of this to report. No function
 * here failed. */
static gboolean
is_of_deployment (const GError *error)
{
  static const char *const codes[] = { "deployment_failed", "not_reported", "not_ready", "budget",
                                       NULL };
  const char *code = error->domain == FAR_CLIENT_ERROR ? far_client_error_get_code (error) : NULL;

  return code != NULL && g_strv_contains (codes, code);
}

/* The control API tells its clients where to look; here that is a command. */
static char *
in_our_words (const char *message)
{
  static const char *const words[][2] = {
    { "GET /v1/functions", "farthingctl functions" },
    { "GET /v1/secrets", "farthingctl secret" },
    { "GET /v1/queues", "farthingctl queue" },
    { "GET /v1/faults", "farthingctl faults" },
    { "GET /v1/alarms", "farthingctl alarms" },
    { "GET /v1/deployments", "farthingctl connect list" },
    { "GET /articles lists", "farthingctl articles lists" },
    { "publisher.list names", "farthingctl payout publishers names" },
    { " (property.ensure)", "" },
  };
  g_autofree char *clean = far_terminal_clean (message);
  g_autoptr (GString) text = g_string_new (clean);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (words); i++)
    g_string_replace (text, words[i][0], words[i][1], 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

int
far_terminal_fail (const GError *error)
{
  g_autofree char *message = in_our_words (error->message);

  fprintf (stderr, "farthingctl: %s\n", message);
  if (g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING))
    fputs ("Start a publication with: farthingctl up\n", stderr);
  if (is_of_deployment (error))
    {
      fputs ("What it reports, and how it is: farthingctl connect show\n", stderr);
      return FAR_EXIT_UNAVAILABLE;
    }
  /* The platform's own troubles say why themselves. */
  if (g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_SERVER) &&
      g_strcmp0 (far_client_error_get_code (error), "internal") != 0)
    fputs ("A function failed. Why is told by: farthingctl logs\n"
           "and, if it ends as soon as it starts, in farthingd.log in the data directory\n",
           stderr);
  return exit_code (error);
}

int
far_terminal_usage (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "farthingctl: %s\n", text);
  return FAR_EXIT_USAGE;
}
