/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingd: the platform as a program. Options, the ready line, signals, records, the end.
 *
 * Prints one JSON line on stdout when it is ready (see ARCHITECTURE.md) and nothing else there;
 * everything for people goes to stderr. Exits 0 after SIGTERM or SIGINT, 1 when it cannot start or
 * go on, 2 for wrong options. Under systemd (Type=notify) it says READY=1 and STOPPING=1, and is
 * started again by it; --guard is for those who have no service manager (far-guard.h). */
#include "farthing-config.h"

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/far-json.h"
#include "base/far-paths.h"
#include "base/far-turns.h"
#include "platform/far-control.h"
#include "platform/far-data-lock.h"
#include "platform/far-figures.h"
#include "platform/far-platform.h"
#include "platform/far-queue.h"
#include "telemetry/far-telemetry.h"

#define DEFAULT_PORT 8787
/* A thousand instances of four descriptors each, and their callers. */
#define DESCRIPTORS_WANTED 16384

typedef struct {
  GMainLoop    *main_loop;
  FarPlatform  *platform;
  FarTelemetry *telemetry;
  FarScheduler *scheduler;
  FarControl   *control;
  FarDeployments *deployments;
  FarAlarms    *alarms;
  guint         dead_letters; /* the timer that counts them */
  gboolean      ready_told;
  gboolean      failed;
} Daemon;

static void
notify_service_manager (const char *text)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un where = { .sun_family = AF_UNIX };
  socklen_t n;
  int fd;

  if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen (path) >= sizeof where.sun_path)
    return;
  memcpy (where.sun_path, path, strlen (path));
  n = offsetof (struct sockaddr_un, sun_path) + strlen (path);
  if (path[0] == '@')
    where.sun_path[0] = '\0';
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  /* A manager that does not listen is its own affair. */
  if (sendto (fd, text, strlen (text), MSG_NOSIGNAL, (struct sockaddr *) &where, n) < 0)
    g_printerr ("farthingd: the service manager cannot be told: %s\n", g_strerror (errno));
  close (fd);
}

static void
tell_ready (Daemon *self)
{
  g_auto (FarJsonWriter) writer = { 0 };
  FarPlatformStatus status;

  far_platform_get_status (self->platform, &status);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "gateway", status.gateway_url);
  far_json_add_string (&writer, "lambda", status.lambda_url);
  far_json_add_string (&writer, "metrics", status.metrics_url);
  far_json_add_string (&writer, "control", status.control_path);
  far_json_add_string (&writer, "credentials", status.credentials_path);
  far_json_add_string (&writer, "publisher_token", status.publisher_token_path);
  if (self->control != NULL && far_control_get_url (self->control) != NULL)
    far_json_add_string (&writer, "listen", far_control_get_url (self->control));
  far_json_add_string (&writer, "isolation", status.isolation);
  far_json_add_int (&writer, "pid", getpid ());
  far_json_end_object (&writer);
  printf ("%s\n", writer.text->str);
  fflush (stdout);
  notify_service_manager ("READY=1");
}

static void
on_state (gpointer user_data)
{
  Daemon *self = user_data;
  FarPlatformStatus status;

  if (self->ready_told || self->platform == NULL)
    return;
  far_platform_get_status (self->platform, &status);
  if (status.state != FAR_PLATFORM_RUNNING)
    return;
  self->ready_told = TRUE;
  tell_ready (self);
}

static void
on_invocation (const FarInvocation *record, gpointer user_data)
{
  far_telemetry_record (((Daemon *) user_data)->telemetry, record);
}

static void
on_log_line (const FarTelemetryLine *line, gpointer user_data)
{
  far_telemetry_log (((Daemon *) user_data)->telemetry, line);
}

static void
on_annotation (const FarAnnotation *annotation, gpointer user_data)
{
  g_printerr ("farthingd: %s\n", annotation->text);
  far_telemetry_annotate (((Daemon *) user_data)->telemetry, annotation);
}

static const FarPlatformObserver observer = {
  .invocation = on_invocation,
  .log_line = on_log_line,
  .annotation = on_annotation,
  .state = on_state,
};

static void
on_metrics (GString *text, gpointer user_data)
{
  Daemon *self = user_data;

  far_figures_append (text, self->platform, self->telemetry);
}

static void
on_stopped (FarPlatform *platform, gpointer user_data)
{
  Daemon *self = user_data;

  if (far_platform_get_failure (platform) != NULL)
    {
      g_printerr ("farthingd: %s\n", far_platform_get_failure (platform));
      self->failed = TRUE;
    }
  g_main_loop_quit (self->main_loop);
}

static gboolean
on_signal (gpointer user_data)
{
  Daemon *self = user_data;

  notify_service_manager ("STOPPING=1");
  if (self->control != NULL)
    far_control_drain (self->control);
  far_platform_request_stop (self->platform);
  return G_SOURCE_CONTINUE;
}

static void
raise_limits (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_WANTED)
    return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? DESCRIPTORS_WANTED
                                                   : MIN (limit.rlim_max, DESCRIPTORS_WANTED);
  setrlimit (RLIMIT_NOFILE, &limit);
}

/* Absolute, there, and only ours. */
static char *
open_data_dir (const char *given, GError **error)
{
  g_autofree char *wanted = given != NULL ? g_canonicalize_filename (given, NULL)
                                          : far_paths_default_data_dir ();
  char *resolved;

  if (g_mkdir_with_parents (wanted, 0700) != 0 || chmod (wanted, 0700) != 0)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                   "The data directory %s cannot be made: %s", wanted, g_strerror (errno));
      return NULL;
    }
  resolved = realpath (wanted, NULL);
  if (resolved == NULL)
    g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START, "%s cannot be resolved: %s",
                 wanted, g_strerror (errno));
  return resolved;
}

/* Messages in the queues that functions and queues give up to. No data without such a queue. */
static gboolean
on_count_dead_letters (gpointer user_data)
{
  Daemon *self = user_data;
  FarQueues *queues = far_platform_get_queues (self->platform);
  FarTemplate *tmpl = far_platform_get_template (self->platform);
  g_autoptr (GHashTable) dead = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer queue;
  gint64 n = 0;
  guint i;

  for (i = 0; i < far_template_n_functions (tmpl); i++)
    {
      const char *arn = far_template_get_function (tmpl, i)->dead_letter;

      if (arn != NULL && far_queues_find (queues, arn) != NULL)
        g_hash_table_add (dead, far_queues_find (queues, arn));
    }
  for (i = 0; i < far_queues_n (queues); i++)
    {
      const FarQueueSpec *spec = far_queue_get_spec (far_queues_nth (queues, i));

      if (spec->dead_letter != NULL && far_queues_find (queues, spec->dead_letter) != NULL)
        g_hash_table_add (dead, far_queues_find (queues, spec->dead_letter));
    }
  g_hash_table_iter_init (&iter, dead);
  while (g_hash_table_iter_next (&iter, &queue, NULL))
    n += far_queue_n_messages (queue);
  if (g_hash_table_size (dead) > 0)
    far_alarms_report (self->alarms, FAR_GAUGE_DEAD_LETTERS, n);
  return G_SOURCE_CONTINUE;
}

/* What stands around the platform: its memory, its schedules, its control socket. */
static gboolean
open_faces (Daemon *self, const char *data_dir, const FarControlListen *listen, GError **error)
{
  g_autofree char *telemetry_dir = g_build_filename (data_dir, "telemetry", NULL);
  FarPlatformStatus status;

  self->telemetry = far_telemetry_open (telemetry_dir, far_platform_get_clock (self->platform),
                                        error);
  if (self->telemetry == NULL)
    return FALSE;
  far_platform_get_status (self->platform, &status);
  self->scheduler = far_scheduler_new (self->platform);
  self->control = far_control_new (self->platform, self->telemetry, self->scheduler,
                                   status.control_path, error);
  if (self->control == NULL || !far_control_open (self->control, data_dir, listen, error))
    return FALSE;
  self->alarms = far_alarms_new (telemetry_dir, self->platform, self->telemetry, error);
  if (self->alarms == NULL)
    return FALSE;
  far_control_set_alarms (self->control, self->alarms);
  self->dead_letters = g_timeout_add (FAR_ALARMS_INTERVAL_MS, on_count_dead_letters, self);
  self->deployments = far_deployments_new (data_dir, far_platform_get_clock (self->platform),
                                           error);
  if (self->deployments == NULL)
    return FALSE;
  far_control_set_deployments (self->control, self->deployments);
  far_platform_set_metrics (self->platform, on_metrics, self);
  return TRUE;
}

/* What is begun anew where it is not there. The books are not: far_books_open() refuses. */
static const struct {
  const char *path;
  const char *lost;
} begun_anew[] = {
  { "telemetry/telemetry.db", "the figures, traces and logs" },
  { "platform/platform.db", "the functions made through the API, queues and accepted events" },
};

/* Returns: a bit for each that is missing although a farthingd ran on the folder before. One that
 * could not start, as for want of a port, has not: it comes to the books after all else. */
static guint
find_missing (const char *data_dir)
{
  g_autofree char *books = g_build_filename (data_dir, "money", NULL);
  guint missing = 0;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (begun_anew); i++)
    {
      g_autofree char *path = g_build_filename (data_dir, begun_anew[i].path, NULL);

      if (g_file_test (books, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_EXISTS))
        missing |= 1u << i;
    }
  return missing;
}

static void
tell_missing (Daemon *self, const char *data_dir, guint missing)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (begun_anew); i++)
    {
      g_autofree char *text = g_strdup_printf (
        "%s is not there, though %s was used before: a new one was begun, without %s of before; if "
        "there is a copy, stop the platform and put it back", begun_anew[i].path, data_dir,
        begun_anew[i].lost);
      FarAnnotation annotation = {
        .time_us = far_clock_now_us (far_platform_get_clock (self->platform)),
        .kind = "database_missing",
        .text = text,
        .subject = begun_anew[i].path,
      };

      if ((missing & 1u << i) != 0)
        on_annotation (&annotation, self);
    }
}

static int
run (const FarPlatformOptions *options, const FarControlListen *listen)
{
  g_autoptr (GError) error = NULL;
  Daemon self = { 0 };
  guint missing = find_missing (options->data_dir);
  int lock_fd;

  self.main_loop = g_main_loop_new (NULL, FALSE);
  self.platform = far_platform_new (options, on_stopped, &self, &error);
  if (self.platform != NULL && open_faces (&self, options->data_dir, listen, &error))
    {
      tell_missing (&self, options->data_dir, missing);
      far_platform_observe (self.platform, &observer, &self);
      g_unix_signal_add (SIGTERM, on_signal, &self);
      g_unix_signal_add (SIGINT, on_signal, &self);
      on_state (&self);
      g_main_loop_run (self.main_loop);
    }
  else
    {
      g_printerr ("farthingd: %s\n", error->message);
      self.failed = TRUE;
    }
  g_clear_handle_id (&self.dead_letters, g_source_remove);
  if (self.control != NULL)
    far_control_flush (self.control);
  g_clear_pointer (&self.control, far_control_free);
  g_clear_pointer (&self.alarms, far_alarms_free);
  g_clear_pointer (&self.deployments, far_deployments_free);
  g_clear_pointer (&self.scheduler, far_scheduler_free);
  /* Whoever gets the lock next finds every database closed. */
  lock_fd = self.platform != NULL ? far_platform_dup_lock (self.platform) : -1;
  g_clear_pointer (&self.platform, far_platform_free);
  g_clear_pointer (&self.telemetry, far_telemetry_close);
  if (lock_fd >= 0)
    close (lock_fd);
  g_main_loop_unref (self.main_loop);
  return self.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- Options ---- */

typedef struct {
  char    *data_dir;
  char    *template_path;
  int      port;
  gboolean test_clock;
  gboolean guard;
  gboolean version;
  char    *money;
  char    *listen;
  char    *tls_cert;
  char    *tls_key;
  char   **proxies;
} Given;

static void
given_clear (Given *given)
{
  g_free (given->data_dir);
  g_free (given->template_path);
  g_free (given->money);
  g_free (given->listen);
  g_free (given->tls_cert);
  g_free (given->tls_key);
  g_strfreev (given->proxies);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Given, given_clear)

static gboolean
parse (Given *given, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &given->data_dir,
      "Where everything is kept ($XDG_DATA_HOME/farthing)", "DIR" },
    { "port", 0, 0, G_OPTION_ARG_INT, &given->port,
      "Gateway; Lambda API and metrics on the next two; 0 takes free ones (8787)", "PORT" },
    { "template", 0, 0, G_OPTION_ARG_FILENAME, &given->template_path,
      "The SAM template to run (the demo publication)", "FILE" },
    { "test-clock", 0, 0, G_OPTION_ARG_NONE, &given->test_clock,
      "One clock for all processes, which “farthingctl clock advance” moves", NULL },
    { "money", 0, 0, G_OPTION_ARG_STRING, &given->money,
      "What the books hold, test or live: said when they begin, and the same ever after (test)",
      "KIND" },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &given->listen,
      "Answer the control API over the network too, for tokens of “farthingctl token”",
      "ADDR:PORT" },
    { "tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &given->tls_cert,
      "Certificate for --listen, PEM; needed unless on loopback", "FILE" },
    { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &given->tls_key, "Its private key, PEM", "FILE" },
    { "trusted-proxy", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given->proxies,
      "A proxy whose X-Forwarded-For counts; may be given more than once", "ADDR[/BITS]" },
    { "guard", 0, 0, G_OPTION_ARG_NONE, &given->guard,
      "Start again at once when killed, on the same ports; where no service manager does", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &given->version, "Print the version and exit", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Runs functions behind AWS Lambda's public APIs on this "
                                         "machine.");
  g_option_context_add_main_entries (context, entries, NULL);
  /* Only the character set, for what is said to people: numbers stay as they are. */
  setlocale (LC_CTYPE, "");
  if (!g_option_context_parse (context, argc, argv, &error))
    g_printerr ("farthingd: %s; see --help\n", error->message);
  else if (*argc > 1)
    g_printerr ("farthingd: takes no arguments; see --help\n");
  else if (given->port < 0 || given->port > G_MAXUINT16 - 2)
    g_printerr ("farthingd: --port must be 0 to 65533\n");
  else if (given->money != NULL && strcmp (given->money, "test") != 0 &&
           strcmp (given->money, "live") != 0)
    g_printerr ("farthingd: --money must be test or live\n");
  else if (given->test_clock && g_strcmp0 (given->money, "live") == 0)
    g_printerr ("farthingd: live money is not kept on a test clock\n");
  else if (given->listen == NULL && (given->tls_cert != NULL || given->tls_key != NULL ||
                                     given->proxies != NULL))
    g_printerr ("farthingd: --tls-cert, --tls-key and --trusted-proxy go with --listen\n");
  else
    return TRUE;
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_auto (Given) given = { .port = DEFAULT_PORT };
  g_autofree char *data_dir = NULL;
  g_autofree char *template_path = NULL;
  g_autoptr (GError) error = NULL;
  FarPlatformOptions options;
  FarControlListen listen;
  FarGuard guard;
  int status;

  if (!parse (&given, &argc, &argv))
    return 2;
  if (given.version)
    {
      printf ("farthingd %s\n", FAR_VERSION);
      return EXIT_SUCCESS;
    }
  signal (SIGPIPE, SIG_IGN);
  umask (077);
  if (given.guard && !far_guard_start (&guard, &status))
    return status;
  raise_limits ();
  /* Every call passes this thread several times, and other calls' instances have the processors. */
  far_turns_make_short (getpriority (PRIO_PROCESS, 0));
  data_dir = open_data_dir (given.data_dir, &error);
  if (data_dir == NULL)
    {
      g_printerr ("farthingd: %s\n", error->message);
      return EXIT_FAILURE;
    }
  template_path = given.template_path != NULL
                    ? g_canonicalize_filename (given.template_path, NULL)
                    : far_paths_default_template ();
  options = (FarPlatformOptions){ data_dir, template_path, (guint16) given.port,
                                  given.test_clock, g_strcmp0 (given.money, "live") == 0,
                                  given.guard ? &guard : NULL };
  listen = (FarControlListen){ given.listen, given.tls_cert, given.tls_key,
                               (const char *const *) given.proxies };
  return run (&options, given.listen != NULL ? &listen : NULL);
}
