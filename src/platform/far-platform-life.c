/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarPlatform from its start to its end: lock, template, spawner, listeners, bookkeeper; helper
 * programs that die are started again; a stop lets calls finish.
 *
 * State: STARTING until spawner and bookkeeper are there, then RUNNING; DEGRADED while one of them
 * is missing; STOPPING for good. */
#include "platform/far-platform-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/far-paths.h"
#include "platform/far-data-lock.h"
#include "platform/far-runtime-api.h"
#include "platform/far-faults.h"
#include "platform/far-http-listener.h"

#define ADDRESS "127.0.0.1"

#define NOTIFY(self, member, ...)                                                             \
  G_STMT_START                                                                                \
  {                                                                                           \
    guint notify_i;                                                                           \
    for (notify_i = 0; notify_i < FAR_PLATFORM_OBSERVERS_MAX; notify_i++)                      \
      if ((self)->observers[notify_i].observer != NULL                                        \
          && (self)->observers[notify_i].observer->member != NULL)                            \
        (self)->observers[notify_i].observer->member (                                        \
            __VA_ARGS__ __VA_OPT__ (, ) (self)->observers[notify_i].user_data);               \
  }                                                                                           \
  G_STMT_END

static void on_spawner_restart (gpointer user_data);

static void
annotate (FarPlatform *self, const char *kind, const char *text)
{
  far_dispatcher_annotate (self->dispatcher, NULL, kind, text);
}

static void
update_state (FarPlatform *self)
{
  gboolean whole = self->spawner != NULL
                   && (self->bookkeeper == NULL
                       || far_bookkeeper_link_is_ready (self->bookkeeper));

  if (self->state == FAR_PLATFORM_STOPPING)
    return;
  if (self->bookkeeper != NULL)
    far_faults_set_live (far_dispatcher_get_faults (self->dispatcher),
                         g_strcmp0 (far_bookkeeper_link_get_money (self->bookkeeper), "live") == 0);
  if (whole)
    self->state = FAR_PLATFORM_RUNNING;
  else if (self->state == FAR_PLATFORM_RUNNING)
    self->state = FAR_PLATFORM_DEGRADED;
  NOTIFY (self, state);
}

static void
on_stopped (gpointer user_data)
{
  FarPlatform *self = user_data;

  far_loop_disarm (self->loop, &self->stop_deadline);
  far_loop_cancel (self->loop, &self->stop_task);
  self->stopped (self, self->stopped_data);
}

static void
check_stopped (FarPlatform *self)
{
  if (self->state == FAR_PLATFORM_STOPPING && self->stop_deadline.index != 0
      && far_dispatcher_n_calls (self->dispatcher) == 0)
    far_loop_defer (self->loop, &self->stop_task, on_stopped, self);
}

void
far_platform_request_stop (FarPlatform *self)
{
  if (self->state == FAR_PLATFORM_STOPPING)
    return;
  self->state = FAR_PLATFORM_STOPPING;
  far_gateway_quiesce (self->gateway);
  far_lambda_api_quiesce (self->lambda);
  far_event_sources_stop (self->sources);
  far_dispatcher_stop (self->dispatcher);
  far_loop_arm (self->loop, &self->stop_deadline,
                g_get_monotonic_time () + FAR_PLATFORM_STOP_S * G_USEC_PER_SEC, on_stopped, self);
  NOTIFY (self, state);
  check_stopped (self);
}

static int
open_service (FarFunction *function, const FarTemplateService *service, gpointer user_data,
              GError **error)
{
  FarPlatform *self = user_data;

  if (strcmp (service->name, "gateway") == 0)
    return far_gateway_connect (self->gateway, error);
  if (strcmp (service->name, "bookkeeper") == 0 && self->bookkeeper != NULL)
    return far_bookkeeper_link_connect (self->bookkeeper, function->spec->name,
                                        (const char *const *) service->commands, error);
  g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_TEMPLATE,
               "%s asks for a service “%s”; there are “bookkeeper” and “gateway”",
               function->spec->name, service->name);
  return -1;
}

static void
on_invocation (const FarInvocation *record, gpointer user_data)
{
  FarPlatform *self = user_data;

  NOTIFY (self, invocation, record);
  check_stopped (self);
}

static void
on_log_line (const FarTelemetryLine *line, gpointer user_data)
{
  NOTIFY ((FarPlatform *) user_data, log_line, line);
}

static void
on_annotation (const FarAnnotation *annotation, gpointer user_data)
{
  NOTIFY ((FarPlatform *) user_data, annotation, annotation);
}

static void
on_changed (gpointer user_data)
{
  NOTIFY ((FarPlatform *) user_data, state);
}

static const FarDispatcherHooks hooks = {
  .open_service = open_service,
  .invocation = on_invocation,
  .log_line = on_log_line,
  .annotation = on_annotation,
  .changed = on_changed,
};

static void
plan_spawner_restart (FarPlatform *self)
{
  far_loop_arm (self->loop, &self->spawner_restart,
                g_get_monotonic_time () + self->spawner_restart_ms * G_TIME_SPAN_MILLISECOND,
                on_spawner_restart, self);
  self->spawner_restart_ms = MIN (2 * self->spawner_restart_ms, FAR_SPAWNER_RESTART_MAX_MS);
}

static void
on_spawner_gone (FarSpawner *spawner, gpointer user_data)
{
  FarPlatform *self = user_data;

  self->spawner = NULL;
  far_dispatcher_detach (self->dispatcher);
  far_spawner_free (spawner);
  annotate (self, "spawner_restart", "farthing-spawner ended and is started again");
  plan_spawner_restart (self);
  update_state (self);
}

static gboolean
start_spawner (FarPlatform *self, GError **error)
{
  self->spawner = far_spawner_new (self->loop, on_spawner_gone, self, error);
  if (self->spawner == NULL)
    return FALSE;
  self->isolation = far_spawner_get_isolation (self->spawner);
  g_free (self->isolation_notes);
  self->isolation_notes = g_strdup (far_spawner_get_notes (self->spawner));
  return TRUE;
}

static void
on_spawner_restart (gpointer user_data)
{
  FarPlatform *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!start_spawner (self, &error))
    {
      annotate (self, "spawner_restart", error->message);
      plan_spawner_restart (self);
      return;
    }
  self->spawner_restart_ms = FAR_SPAWNER_RESTART_MS;
  far_dispatcher_attach (self->dispatcher, self->spawner);
  update_state (self);
}

static void
on_bookkeeper_ready (FarBookkeeperLink *link, gpointer user_data)
{
  FarPlatform *self = user_data;

  update_state (self);
  far_dispatcher_wake (self->dispatcher);
}

static void
on_bookkeeper_gone (FarBookkeeperLink *link, const char *why, gpointer user_data)
{
  FarPlatform *self = user_data;

  annotate (self, "bookkeeper_restart", why);
  far_dispatcher_retire (self->dispatcher, "bookkeeper");
  if (self->state == FAR_PLATFORM_STARTING && far_bookkeeper_link_get_failure (link) != NULL)
    {
      self->failure = g_strdup (why);
      self->state = FAR_PLATFORM_STOPPING;
      far_loop_defer (self->loop, &self->stop_task, on_stopped, self);
      return;
    }
  update_state (self);
}

static void
on_journal (FarBookkeeperLink *link, gint64 transfers, gpointer user_data)
{
  NOTIFY ((FarPlatform *) user_data, journal, transfers);
}

static const FarBookkeeperLinkEvents link_events = { on_bookkeeper_ready, on_bookkeeper_gone,
                                                     on_journal };

static gboolean
uses_bookkeeper (FarTemplate *tmpl)
{
  guint i;
  guint j;

  for (i = 0; i < far_template_n_functions (tmpl); i++)
    {
      const FarTemplateFunction *spec = far_template_get_function (tmpl, i);

      for (j = 0; j < spec->services->len; j++)
        if (strcmp (((FarTemplateService *) g_ptr_array_index (spec->services, j))->name,
                    "bookkeeper") == 0)
          return TRUE;
    }
  return FALSE;
}

/* The clock's file is there for every process: by path for the bookkeeper and the readers, by
 * descriptor for functions, which may not move it. */
static gboolean
open_clock (FarPlatform *self, gboolean test, GError **error)
{
  g_autofree char *path = g_build_filename (self->data_dir, FAR_CLOCK_FILE, NULL);

  if (!test)
    {
      g_unsetenv (FAR_CLOCK_ENV);
      self->clock = far_clock_new_system ();
      return TRUE;
    }
  self->clock = far_clock_new_shared (path, error);
  if (self->clock == NULL)
    return FALSE;
  self->clock_fd = far_clock_share (self->clock, error);
  g_setenv (FAR_CLOCK_ENV, path, TRUE);
  return self->clock_fd >= 0;
}

/* index: of the port, where ports are given, and of what a guard has kept. */
static int
listen_on (const FarPlatformOptions *options, guint index, char **ret_url, GError **error)
{
  int fd = options->guard != NULL ? far_guard_take (options->guard, index) : -1;
  guint16 actual = fd >= 0 ? far_http_listener_port (fd) : 0;

  if (fd < 0)
    {
      fd = far_http_listen_tcp (ADDRESS, options->port > 0 ? options->port + index : 0, &actual,
                                error);
      if (fd >= 0 && options->guard != NULL)
        far_guard_keep (options->guard, index, fd);
    }
  if (fd >= 0)
    *ret_url = g_strdup_printf ("http://%s:%u", ADDRESS, actual);
  return fd;
}

static gboolean
open_faces (FarPlatform *self, const FarPlatformOptions *options, GError **error)
{
  g_auto (FarCredentials) credentials = { NULL };
  int fd;

  if (!far_credentials_load (&credentials, self->data_dir, error))
    return FALSE;
  fd = listen_on (options, 0, &self->gateway_url, error);
  if (fd < 0)
    return FALSE;
  self->gateway = far_gateway_new (self->loop, self->dispatcher, self->tmpl, fd, error);
  if (self->gateway == NULL)
    return FALSE;
  fd = listen_on (options, 1, &self->lambda_url, error);
  if (fd < 0)
    return FALSE;
  self->control = far_lambda_control_new (self->dispatcher, self->registry, self->queues,
                                          self->sources, self->lambda_url);
  self->lambda = far_lambda_api_new (self->loop, self->dispatcher, self->queue, self->control,
                                     &credentials, fd, error);
  if (self->lambda == NULL)
    return FALSE;
  fd = listen_on (options, 2, &self->metrics_url, error);
  if (fd < 0)
    return FALSE;
  self->metrics = far_metrics_new (self->loop, fd, error);
  return self->metrics != NULL;
}

/* Those of the template; live money ends them as soon as it is known. */
static void
add_faults (FarPlatform *self)
{
  guint i;

  for (i = 0; i < far_template_n_faults (self->tmpl); i++)
    {
      g_autoptr (GError) error = NULL;

      if (far_faults_add (far_dispatcher_get_faults (self->dispatcher),
                          far_template_get_fault (self->tmpl, i), &error) == 0)
        annotate (self, "fault", error->message);
    }
}

static gboolean
open_all (FarPlatform *self, const FarPlatformOptions *options, GError **error)
{
  g_autofree char *runtime_dir = far_paths_runtime_dir (self->data_dir);

  self->lock_fd = far_data_lock_take (self->data_dir, error);
  if (self->lock_fd < 0 || !far_paths_ensure_private_dir (runtime_dir, error)
      || !open_clock (self, options->test_clock, error))
    return FALSE;
  self->tmpl = far_template_load (options->template_path, error);
  if (self->tmpl == NULL)
    return FALSE;
  self->control_path = far_paths_control_socket (self->data_dir);
  self->started_us = far_clock_now_us (self->clock);
  self->loop = far_loop_new (NULL, error);
  if (self->loop == NULL || !start_spawner (self, error))
    return FALSE;
  self->dispatcher = far_dispatcher_new (self->loop, self->clock, self->tmpl, self->data_dir,
                                         self->clock_fd, &hooks, self);
  if (!far_platform_open_data (self, error))
    return FALSE;
  self->runtime = far_runtime_api_new (self->loop, error);
  if (self->runtime == NULL)
    return FALSE;
  far_dispatcher_set_runtime (self->dispatcher, self->runtime);
  if (!open_faces (self, options, error))
    return FALSE;
  if (uses_bookkeeper (self->tmpl))
    {
      self->bookkeeper = far_bookkeeper_link_new (self->loop, self->data_dir, options->live,
                                                  &link_events, self, error);
      if (self->bookkeeper == NULL)
        return FALSE;
    }
  far_dispatcher_attach (self->dispatcher, self->spawner);
  add_faults (self);
  update_state (self);
  return TRUE;
}

FarPlatform *
far_platform_new (const FarPlatformOptions *options, FarPlatformStopped stopped,
                  gpointer user_data, GError **error)
{
  FarPlatform *self = g_new0 (FarPlatform, 1);

  g_return_val_if_fail (g_path_is_absolute (options->data_dir), NULL);

  self->clock_fd = self->lock_fd = -1;
  self->data_dir = g_strdup (options->data_dir);
  self->spawner_restart_ms = FAR_SPAWNER_RESTART_MS;
  self->stopped = stopped;
  self->stopped_data = user_data;
  if (open_all (self, options, error))
    return self;
  far_platform_free (self);
  return NULL;
}

/* Everything that has a call or an instance goes first, while there is still somebody to tell. */
int
far_platform_dup_lock (FarPlatform *self)
{
  return self->lock_fd >= 0 ? fcntl (self->lock_fd, F_DUPFD_CLOEXEC, 0) : -1;
}

void
far_platform_free (FarPlatform *self)
{
  memset (self->observers, 0, sizeof self->observers);
  self->state = FAR_PLATFORM_STOPPING;
  if (self->loop != NULL)
    {
      far_loop_disarm (self->loop, &self->spawner_restart);
      far_loop_disarm (self->loop, &self->stop_deadline);
      far_loop_cancel (self->loop, &self->stop_task);
    }
  if (self->dispatcher != NULL)
    far_dispatcher_stop (self->dispatcher);
  g_clear_pointer (&self->spawner, far_spawner_free);
  if (self->dispatcher != NULL)
    far_dispatcher_detach (self->dispatcher);
  /* Who waits for the disk is told while he is there. */
  if (self->store != NULL)
    far_platform_store_flush (self->store);
  g_clear_pointer (&self->gateway, far_gateway_free);
  g_clear_pointer (&self->lambda, far_lambda_api_free);
  g_clear_pointer (&self->control, far_lambda_control_free);
  g_clear_pointer (&self->metrics, far_metrics_free);
  g_clear_pointer (&self->runtime, far_http_server_free);
  far_platform_close_data (self);
  g_clear_pointer (&self->dispatcher, far_dispatcher_free);
  g_clear_pointer (&self->bookkeeper, far_bookkeeper_link_free);
  g_clear_pointer (&self->loop, far_loop_free);
  g_clear_pointer (&self->tmpl, far_template_unref);
  g_clear_pointer (&self->clock, far_clock_unref);
  if (self->clock_fd >= 0)
    close (self->clock_fd);
  if (self->lock_fd >= 0)
    {
      g_autofree char *runtime_dir = far_paths_runtime_dir (self->data_dir);

      /* Its sockets have gone; whatever else is there keeps it. */
      rmdir (runtime_dir);
      close (self->lock_fd);
    }
  g_free (self->data_dir);
  g_free (self->isolation_notes);
  g_free (self->gateway_url);
  g_free (self->lambda_url);
  g_free (self->metrics_url);
  g_free (self->control_path);
  g_free (self->failure);
  g_free (self);
}
