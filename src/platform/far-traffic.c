/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the child that simulates readers.
 *
 * A Run is the child and what reads its output; it outlives being replaced until the child has
 * ended, but only the current run may change what is shown. */
#include "platform/far-traffic.h"

#include <signal.h>
#include <string.h>

#include "base/far-paths.h"

typedef struct {
  FarTraffic        *traffic; /* NULL once it was replaced or the owner has gone */
  GSubprocess       *child;
  GDataInputStream  *lines;
  GCancellable      *cancellable;
  guint              kill_timer;
  guint              n_pending; /* callbacks to come */
  double             readers_per_second;
} Run;

struct _FarTraffic {
  void   (*changed) (FarTraffic *traffic, gpointer user_data);
  gpointer user_data;
  Run     *run; /* nullable */
  JsonNode *report;
  char     *problem;
};

G_DEFINE_QUARK (far-traffic-error-quark, far_traffic_error)

static void
tell (FarTraffic *self)
{
  if (self->changed != NULL)
    self->changed (self, self->user_data);
}

/* Its last line and its end may be told in either order: the run is over after both. */
static void
run_over (Run *run)
{
  FarTraffic *self = run->traffic;

  if (self == NULL)
    return;
  self->run = NULL;
  g_clear_pointer (&self->problem, g_free);
  if (g_subprocess_get_if_signaled (run->child) &&
      g_subprocess_get_term_sig (run->child) != SIGTERM)
    self->problem = g_strdup_printf ("farthing-readers was killed by signal %d",
                                     g_subprocess_get_term_sig (run->child));
  else if (g_subprocess_get_if_exited (run->child) &&
           g_subprocess_get_exit_status (run->child) != 0)
    self->problem = g_strdup_printf ("farthing-readers ended with status %d; see farthingd's "
                                     "messages", g_subprocess_get_exit_status (run->child));
  tell (self);
}

static void
run_release (Run *run)
{
  if (--run->n_pending > 0)
    return;
  run_over (run);
  g_clear_handle_id (&run->kill_timer, g_source_remove);
  g_object_unref (run->lines);
  g_object_unref (run->child);
  g_object_unref (run->cancellable);
  g_free (run);
}

/* A line of the child: an object whose "type" is progress or report. */
static void
take_line (FarTraffic *self, const char *line, gsize length)
{
  g_autoptr (JsonNode) node = far_json_parse_object (line, length, FAR_TRAFFIC_LINE_MAX, NULL);
  JsonObject *object;
  const char *type;

  if (node == NULL)
    return;
  object = json_node_get_object (node);
  if (!far_json_get_string (object, "type", 32, &type, NULL) ||
      (strcmp (type, "progress") != 0 && strcmp (type, "report") != 0))
    return;
  json_object_remove_member (object, "type");
  g_clear_pointer (&self->report, json_node_unref);
  self->report = g_steal_pointer (&node);
  tell (self);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  gsize length;
  g_autofree char *line = g_data_input_stream_read_line_finish (run->lines, result, &length, NULL);

  if (line == NULL)
    {
      run_release (run);
      return;
    }
  if (run->traffic != NULL && length <= FAR_TRAFFIC_LINE_MAX)
    take_line (run->traffic, line, length);
  g_data_input_stream_read_line_async (run->lines, G_PRIORITY_DEFAULT, run->cancellable, on_line,
                                       run);
}

static void
on_exited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;

  g_subprocess_wait_finish (run->child, result, NULL);
  run_release (run);
}

static gboolean
on_kill_timer (gpointer user_data)
{
  Run *run = user_data;

  run->kill_timer = 0;
  g_subprocess_force_exit (run->child);
  return G_SOURCE_REMOVE;
}

static void
run_stop (Run *run)
{
  if (run->kill_timer != 0)
    return;
  g_subprocess_send_signal (run->child, SIGTERM);
  run->kill_timer = g_timeout_add_seconds (FAR_TRAFFIC_STOP_S, on_kill_timer, run);
}

FarTraffic *
far_traffic_new (void (*changed) (FarTraffic *traffic, gpointer user_data), gpointer user_data)
{
  FarTraffic *self = g_new0 (FarTraffic, 1);

  self->changed = changed;
  self->user_data = user_data;
  return self;
}

void
far_traffic_free (FarTraffic *self)
{
  if (self == NULL)
    return;
  if (self->run != NULL)
    {
      Run *run = self->run;

      run->traffic = NULL;
      g_cancellable_cancel (run->cancellable);
      g_clear_handle_id (&run->kill_timer, g_source_remove);
      /* Nothing of a simulated reader is worth waiting for. */
      g_subprocess_force_exit (run->child);
    }
  g_clear_pointer (&self->report, json_node_unref);
  g_free (self->problem);
  g_free (self);
}

static GSubprocess *
spawn (const FarTrafficOptions *options, const char *gateway, const char *clock_path,
       GError **error)
{
  g_autofree char *program = far_paths_find_libexec ("farthing-readers", error);
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autofree char *duration = g_strdup_printf ("%" G_GINT64_FORMAT, options->duration_s);
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, options->seed);
  char rate[G_ASCII_DTOSTR_BUF_SIZE];

  if (program == NULL)
    return NULL;
  g_ascii_formatd (rate, sizeof rate, "%.6g", options->readers_per_second);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  if (clock_path != NULL)
    g_subprocess_launcher_setenv (launcher, FAR_CLOCK_ENV, clock_path, TRUE);
  return g_subprocess_launcher_spawn (launcher, error, program, "--gateway", gateway,
                                      "--readers-per-second", rate, "--duration", duration,
                                      "--seed", seed, NULL);
}

gboolean
far_traffic_start (FarTraffic *self, const FarTrafficOptions *options, const char *gateway,
                   const char *clock_path, GError **error)
{
  g_autoptr (GError) spawn_error = NULL;
  GSubprocess *child;
  Run *run;

  g_return_val_if_fail (options->readers_per_second > 0, FALSE);

  child = spawn (options, gateway, clock_path, &spawn_error);
  if (child == NULL)
    {
      g_set_error (error, FAR_TRAFFIC_ERROR, FAR_TRAFFIC_ERROR_START,
                   "Simulated readers cannot be started: %s", spawn_error->message);
      return FALSE;
    }
  if (self->run != NULL)
    {
      self->run->traffic = NULL;
      run_stop (self->run);
    }
  run = g_new0 (Run, 1);
  run->traffic = self;
  run->child = child;
  run->cancellable = g_cancellable_new ();
  run->readers_per_second = options->readers_per_second;
  run->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  /* A line that does not fit the buffer grows it: the child is a program of ours. */
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (run->lines),
                                           FAR_TRAFFIC_LINE_MAX);
  run->n_pending = 2;
  self->run = run;
  g_clear_pointer (&self->report, json_node_unref);
  g_clear_pointer (&self->problem, g_free);
  g_data_input_stream_read_line_async (run->lines, G_PRIORITY_DEFAULT, run->cancellable, on_line,
                                       run);
  g_subprocess_wait_async (child, NULL, on_exited, run);
  tell (self);
  return TRUE;
}

void
far_traffic_stop (FarTraffic *self)
{
  if (self->run == NULL || self->run->kill_timer != 0)
    return;
  run_stop (self->run);
  tell (self);
}

gboolean
far_traffic_is_running (FarTraffic *self)
{
  return self->run != NULL;
}

gboolean
far_traffic_is_stopping (FarTraffic *self)
{
  return self->run != NULL && self->run->kill_timer != 0;
}

double
far_traffic_get_readers_per_second (FarTraffic *self)
{
  return self->run != NULL ? self->run->readers_per_second : 0;
}

JsonNode *
far_traffic_get_report (FarTraffic *self)
{
  return self->report;
}

const char *
far_traffic_get_problem (FarTraffic *self)
{
  return self->problem;
}
