/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joining or starting a farthingd.
 *
 * Joining means that /v1/status is answered on the data directory's control socket. Otherwise
 * farthingd is started in a session of its own, so that a Ctrl+C meant for us does not reach it,
 * with its stdout as a pipe: the first line is its ready line, an end of file before it is its
 * failure, and what it then said on stderr is the error. Its stderr goes to a log file in the data
 * directory, which outlives us.
 *
 * Two starters at once: the second farthingd says that the directory is taken and ends; then the
 * launcher joins the first. */
#include "client/far-launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/far-paths.h"
#include "client/far-client-private.h"

#define PROGRAM "farthingd"
#define LOG_NAME "farthingd.log"
#define LOG_TAIL_MAX 2000
#define READY_LINE_MAX 8192
#define DEFAULT_PORT 8787
#define JOIN_AGAIN_MS 100

struct _FarLauncher {
  GObject      parent_instance;
  char        *data_dir;
  char        *template_path;
  char        *money; /* nullable */
  char        *socket_path;
  int          port;
  gboolean     test_clock;
  gboolean     may_start;
  GSubprocess *process; /* (nullable): what was started here */
  gboolean     started;
};

G_DEFINE_FINAL_TYPE (FarLauncher, far_launcher, G_TYPE_OBJECT)

typedef struct {
  FarPlatformClient *client;
  GDataInputStream  *output;
  GCancellable      *outer; /* (nullable): the caller's */
  gulong             outer_id;
  GCancellable      *inner; /* pulled by the caller's and by the time-out */
  guint              timeout_id;
  guint              retry_id;
  gboolean           any_port;
  gboolean           timed_out;
  gboolean           other_starts; /* another farthingd was quicker */
  goffset            log_start;
  gint64             deadline_us;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  g_cancellable_disconnect (run->outer, run->outer_id);
  g_clear_object (&run->outer);
  g_clear_object (&run->client);
  g_clear_object (&run->output);
  g_clear_object (&run->inner);
  g_clear_handle_id (&run->timeout_id, g_source_remove);
  g_clear_handle_id (&run->retry_id, g_source_remove);
  g_free (run);
}

static void
far_launcher_finalize (GObject *object)
{
  FarLauncher *self = FAR_LAUNCHER (object);

  g_clear_object (&self->process);
  g_free (self->data_dir);
  g_free (self->template_path);
  g_free (self->money);
  g_free (self->socket_path);
  G_OBJECT_CLASS (far_launcher_parent_class)->finalize (object);
}

static void
far_launcher_class_init (FarLauncherClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_launcher_finalize;
}

static void
far_launcher_init (FarLauncher *self)
{
}

FarLauncher *
far_launcher_new (const FarLaunchOptions *options)
{
  FarLauncher *self = g_object_new (FAR_TYPE_LAUNCHER, NULL);

  /* One name for one folder: what is remembered of its ledger is found by it. */
  self->data_dir = options->data_dir != NULL ? g_canonicalize_filename (options->data_dir, NULL)
                                             : far_paths_default_data_dir ();
  self->template_path = g_strdup (options->template_path);
  self->port = options->port;
  self->test_clock = options->test_clock;
  self->money = g_strdup (options->money);
  self->may_start = options->start;
  self->socket_path = far_paths_find_control_socket (self->data_dir);
  return self;
}

gboolean
far_launcher_get_started (FarLauncher *self)
{
  g_return_val_if_fail (FAR_IS_LAUNCHER (self), FALSE);

  return self->started;
}

const char *
far_launcher_get_data_dir (FarLauncher *self)
{
  g_return_val_if_fail (FAR_IS_LAUNCHER (self), NULL);

  return self->data_dir;
}

/* ---- starting ---- */

static void join (GTask *task);
static gboolean spawn (GTask *task, gboolean any_port);

static char *
find_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *beside = folder != NULL ? g_build_filename (folder, PROGRAM, NULL) : NULL;
  g_autofree char *in_libexec = NULL;

  if (beside != NULL && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  in_libexec = far_paths_find_libexec (PROGRAM, NULL);
  return in_libexec != NULL ? g_steal_pointer (&in_libexec) : g_find_program_in_path (PROGRAM);
}

/* What farthingd has written to its log since it was started, for an error message. */
static char *
log_tail (FarLauncher *self, goffset start)
{
  g_autofree char *path = g_build_filename (self->data_dir, LOG_NAME, NULL);
  g_autofree char *text = NULL;
  const char *tail;
  gsize n = 0;

  if (!g_file_get_contents (path, &text, &n, NULL) || (goffset) n <= start)
    return g_strdup ("it said nothing");
  tail = text + start;
  if (strlen (tail) > LOG_TAIL_MAX)
    tail = text + n - LOG_TAIL_MAX;
  return g_strstrip (g_utf8_make_valid (tail, -1));
}

static void
on_ready_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarLauncher *self = g_task_get_source_object (task);
  Run *run = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source),
                                                                result, NULL, &error);
  g_autofree char *said = NULL;

  g_clear_handle_id (&run->timeout_id, g_source_remove);
  if (line != NULL && line[0] == '{')
    {
      self->started = TRUE;
      g_task_return_pointer (task, far_platform_client_new (self->socket_path), g_object_unref);
      return;
    }
  far_launcher_stop_now (self);
  g_clear_object (&self->process);
  if (g_task_return_error_if_cancelled (task))
    return;
  said = log_tail (self, run->log_start);
  /* Somebody else was quicker: join theirs. */
  if (strstr (said, "Another farthingd") != NULL)
    {
      self->may_start = FALSE;
      run->other_starts = TRUE;
      join (g_steal_pointer (&task));
      return;
    }
  if (self->port == -1 && !run->any_port && strstr (said, "in use") != NULL)
    {
      spawn (g_steal_pointer (&task), TRUE);
      return;
    }
  g_task_return_new_error (task, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH, "%s: %s",
                           run->timed_out ? "farthingd was not ready in time"
                                          : "farthingd did not start", said);
}

static gboolean
on_launch_timeout (gpointer user_data)
{
  Run *run = g_task_get_task_data (user_data);

  run->timeout_id = 0;
  run->timed_out = TRUE;
  g_cancellable_cancel (run->inner);
  return G_SOURCE_REMOVE;
}

static void
child_setup (gpointer user_data)
{
  setsid ();
}

/* Appended to, never truncated: a farthingd that runs here already writes to the same file. */
static int
open_log (FarLauncher *self, goffset *ret_size, GError **error)
{
  g_autofree char *path = g_build_filename (self->data_dir, LOG_NAME, NULL);
  struct stat info;
  int fd;

  if (g_mkdir_with_parents (self->data_dir, 0700) != 0)
    {
      g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH,
                   "The data directory %s cannot be made: %s", self->data_dir,
                   g_strerror (errno));
      return -1;
    }
  fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd >= 0 && fstat (fd, &info) == 0)
    {
      *ret_size = info.st_size;
      return fd;
    }
  g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH, "%s cannot be written: %s", path,
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static GSubprocess *
launch (FarLauncher *self, gboolean any_port, goffset *ret_log_start, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *program = find_program ();
  int port = self->port == -1 ? (any_port ? 0 : DEFAULT_PORT) : self->port;
  int log_fd;

  if (program == NULL)
    {
      g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH,
                   "farthingd is not installed beside this program or in PATH");
      return NULL;
    }
  log_fd = open_log (self, ret_log_start, error);
  if (log_fd < 0)
    return NULL;
  g_subprocess_launcher_take_stderr_fd (launcher, log_fd);
  g_subprocess_launcher_set_child_setup (launcher, child_setup, NULL, NULL);
  g_ptr_array_add (argv, g_steal_pointer (&program));
  g_ptr_array_add (argv, g_strdup ("--data-dir"));
  g_ptr_array_add (argv, g_strdup (self->data_dir));
  /* Nobody else brings it back. */
  g_ptr_array_add (argv, g_strdup ("--guard"));
  g_ptr_array_add (argv, g_strdup ("--port"));
  g_ptr_array_add (argv, g_strdup_printf ("%d", port));
  if (self->template_path != NULL)
    {
      g_ptr_array_add (argv, g_strdup ("--template"));
      g_ptr_array_add (argv, g_strdup (self->template_path));
    }
  if (self->test_clock)
    g_ptr_array_add (argv, g_strdup ("--test-clock"));
  if (self->money != NULL)
    {
      g_ptr_array_add (argv, g_strdup ("--money"));
      g_ptr_array_add (argv, g_strdup (self->money));
    }
  g_ptr_array_add (argv, NULL);
  return g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, error);
}

/* Takes the task over. */
static gboolean
spawn (GTask *task, gboolean any_port)
{
  FarLauncher *self = g_task_get_source_object (task);
  Run *run = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  run->any_port = any_port;
  self->process = launch (self, any_port, &run->log_start, &error);
  if (self->process == NULL)
    {
      if (error->domain != FAR_CLIENT_ERROR)
        g_task_return_new_error (task, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH,
                                 "farthingd could not be started: %s", error->message);
      else
        g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return FALSE;
    }
  g_clear_object (&run->output);
  run->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  g_clear_handle_id (&run->timeout_id, g_source_remove);
  run->timeout_id = g_timeout_add_seconds (FAR_LAUNCH_TIMEOUT_S, on_launch_timeout, task);
  g_data_input_stream_read_line_async (run->output, G_PRIORITY_DEFAULT, run->inner, on_ready_line,
                                       task);
  return TRUE;
}

/* ---- joining ---- */

static gboolean
on_join_again (gpointer user_data)
{
  Run *run = g_task_get_task_data (user_data);

  run->retry_id = 0;
  join (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_status (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarLauncher *self = g_task_get_source_object (task);
  Run *run = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformStatus) status = far_platform_client_load_status_finish (
    FAR_PLATFORM_CLIENT (source), result, &error);

  if (status != NULL)
    g_task_return_pointer (task, g_steal_pointer (&run->client), g_object_unref);
  else if (!g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (self->may_start)
    spawn (g_steal_pointer (&task), FALSE);
  else if (run->other_starts && g_get_monotonic_time () < run->deadline_us)
    {
      /* The one that was quicker is not ready yet. */
      run->retry_id = g_timeout_add (JOIN_AGAIN_MS, on_join_again, g_steal_pointer (&task));
    }
  else
    g_task_return_new_error (task, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING,
                             "No platform runs on %s", self->data_dir);
}

/* Takes the task over. */
static void
join (GTask *task)
{
  FarLauncher *self = g_task_get_source_object (task);
  Run *run = g_task_get_task_data (task);

  if (run->client == NULL)
    run->client = far_platform_client_new (self->socket_path);
  far_platform_client_load_status_async (run->client, run->inner, on_status, task);
}

static void
on_outer_cancelled (GCancellable *outer, gpointer inner)
{
  g_cancellable_cancel (inner);
}

void
far_launcher_run_async (FarLauncher *self, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;
  Run *run;

  g_return_if_fail (FAR_IS_LAUNCHER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  run = g_new0 (Run, 1);
  run->inner = g_cancellable_new ();
  if (cancellable != NULL)
    {
      run->outer = g_object_ref (cancellable);
      run->outer_id = g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled),
                                             g_object_ref (run->inner), g_object_unref);
    }
  run->deadline_us = g_get_monotonic_time () + FAR_LAUNCH_TIMEOUT_S * G_USEC_PER_SEC;
  g_task_set_task_data (task, run, run_free);
  join (task);
}

FarPlatformClient *
far_launcher_run_finish (FarLauncher *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- the end ---- */

void
far_launcher_disown (FarLauncher *self)
{
  g_return_if_fail (FAR_IS_LAUNCHER (self));

  self->started = FALSE;
  g_clear_object (&self->process);
}

void
far_launcher_stop_now (FarLauncher *self)
{
  g_return_if_fail (FAR_IS_LAUNCHER (self));

  if (self->process != NULL)
    g_subprocess_send_signal (self->process, SIGTERM);
}

static gboolean
on_stop_timeout (gpointer user_data)
{
  GTask *task = user_data;
  FarLauncher *self = g_task_get_source_object (task);
  const char *pid = g_subprocess_get_identifier (self->process);

  /* The guard and the one that it guards, a session of their own; what is below dies with them. */
  g_task_set_task_data (task, NULL, NULL);
  if (pid != NULL)
    kill (-(pid_t) g_ascii_strtoll (pid, NULL, 10), SIGKILL);
  return G_SOURCE_REMOVE;
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarLauncher *self = g_task_get_source_object (task);
  guint timeout_id = GPOINTER_TO_UINT (g_task_get_task_data (task));
  g_autoptr (GError) error = NULL;

  if (timeout_id != 0)
    g_source_remove (timeout_id);
  if (!g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  self->started = FALSE;
  g_clear_object (&self->process);
  g_task_return_boolean (task, TRUE);
}

void
far_launcher_stop_async (FarLauncher *self, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;
  guint timeout_id;

  g_return_if_fail (FAR_IS_LAUNCHER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  if (self->process == NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  timeout_id = g_timeout_add_seconds (FAR_STOP_TIMEOUT_S, on_stop_timeout, task);
  g_task_set_task_data (task, GUINT_TO_POINTER (timeout_id), NULL);
  far_launcher_stop_now (self);
  g_subprocess_wait_async (self->process, cancellable, on_stopped, task);
}

gboolean
far_launcher_stop_finish (FarLauncher *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
