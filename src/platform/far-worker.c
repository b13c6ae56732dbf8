/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarWorker: starts an instance with its descriptors, and ends it. Its calls are
 * far-worker-call.c's. */
#include "platform/far-worker.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-json.h"
#include "platform/far-egress.h"
#include "platform/far-runtime-stream.h"
#include "platform/far-standby.h"
#include "sandbox/far-plan.h"

#define EXIT_TEXT_MAX 64
#define INIT_OVERDUE "Task timed out after " G_STRINGIFY (FAR_INIT_TIMEOUT_S) ".00 seconds"

void
far_worker_set_state (FarWorker *self, FarWorkerState state)
{
  if (self->function != NULL)
    {
      self->function->n_answered += state == FAR_WORKER_ANSWERED;
      self->function->n_answered -= self->state == FAR_WORKER_ANSWERED;
    }
  self->state = state;
}

static FarDispatcher *
dispatcher_of (FarWorker *self)
{
  return self->dispatcher;
}

static void
on_log_line (const char *text, gsize n_bytes, gpointer user_data)
{
  FarWorker *self = user_data;

  if (self->call != NULL)
    far_call_add_tail (self->call, text, n_bytes);
  if (self->function != NULL)
    far_dispatcher_log (dispatcher_of (self), self->function, self->call,
                        far_log_level_of_line (text, n_bytes), text, n_bytes);
}

/* In Lambda's words. */
static void
describe_exit (const FarInstanceExit *status, char *ret_text, gsize size)
{
  static const struct { int number; const char *name; } signals[] = {
    { SIGKILL, "killed" }, { SIGSEGV, "segmentation fault" }, { SIGABRT, "aborted" },
    { SIGTERM, "terminated" }, { SIGBUS, "bus error" }, { SIGILL, "illegal instruction" },
    { SIGFPE, "floating point exception" }, { SIGSYS, "bad system call" },
    { SIGPIPE, "broken pipe" },
  };
  guint i;

  if (WIFEXITED (status->wait_status) && WEXITSTATUS (status->wait_status) == 0)
    {
      g_strlcpy (ret_text, "Runtime exited without providing a reason", size);
      return;
    }
  if (WIFEXITED (status->wait_status))
    {
      g_snprintf (ret_text, size, "Runtime exited with error: exit status %d",
                  WEXITSTATUS (status->wait_status));
      return;
    }
  for (i = 0; i < G_N_ELEMENTS (signals); i++)
    if (WTERMSIG (status->wait_status) == signals[i].number)
      {
        g_snprintf (ret_text, size, "Runtime exited with error: signal: %s", signals[i].name);
        return;
      }
  g_snprintf (ret_text, size, "Runtime exited with error: signal: %d",
              WTERMSIG (status->wait_status));
}

/* The call is over with its process. */
static void
fail_call (FarWorker *self, const FarInstanceExit *status, const char *text)
{
  FarCall *call = g_steal_pointer (&self->call);

  call->worker = NULL;
  far_loop_disarm (far_dispatcher_get_loop (dispatcher_of (self)), &call->deadline);
  call->ended_us = g_get_monotonic_time ();
  call->memory_max_kb = status->max_rss_bytes / 1024;
  if (!call->answered)
    {
      call->responded_us = call->ended_us;
      far_call_set_error (call, FAR_INVOCATION_CRASH,
                          status->out_of_memory ? "Runtime.OutOfMemory" : "Runtime.ExitError",
                          TRUE, "%s", text);
    }
  far_dispatcher_answer (dispatcher_of (self), call);
  far_dispatcher_finish (dispatcher_of (self), call);
}

static void
free_worker (FarWorker *self)
{
  far_loop_disarm (far_dispatcher_get_loop (dispatcher_of (self)), &self->deadline);
  far_loop_disarm (far_dispatcher_get_loop (dispatcher_of (self)), &self->fault);
  far_egress_free (self->egress);
  far_runtime_stream_free (self->stream);
  far_http_endpoint_close (self->endpoint);
  far_log_pipe_free (self->log);
  g_free (self);
}

static void
on_exited (FarInstance *instance, const FarInstanceExit *status, gpointer user_data)
{
  FarWorker *self = user_data;
  FarDispatcher *dispatcher = dispatcher_of (self);
  FarWorkerState state = self->state;
  char text[EXIT_TEXT_MAX];

  describe_exit (status, text, sizeof text);
  far_log_pipe_drain (self->log, TRUE);
  if (self->function == NULL)
    {
      far_standby_worker_gone (far_dispatcher_get_standby (dispatcher), self,
                               status->reason != NULL ? status->reason : text);
      free_worker (self);
      return;
    }
  if (self->call != NULL)
    fail_call (self, status, text);
  if (state != FAR_WORKER_DYING && !self->retired)
    {
      g_autofree char *note = g_strdup_printf ("An instance of %s ended%s: %s%s",
                                               self->function->spec->name,
                                               self->adopting ? " as it was handed over" : "",
                                               status->reason != NULL ? status->reason : text,
                                               status->out_of_memory ? " (out of memory)" : "");

      far_dispatcher_annotate (dispatcher, self->function, "instance_crash", note);
    }
  if (state == FAR_WORKER_ANSWERED)
    self->function->n_answered--;
  far_dispatcher_worker_gone (dispatcher, self, status->reason != NULL ? status->reason
                                                : self->overdue       ? INIT_OVERDUE
                                                                      : text);
  free_worker (self);
}

/* Opens its way out, if its function was granted one; for good, so that there is no other. */
static void
open_egress (FarWorker *self)
{
  int fd = self->function != NULL ? far_instance_take_egress (self->instance) : -1;

  if (fd < 0)
    return;
  if (self->function->spec->egress == NULL)
    close (fd);
  else
    self->egress = far_egress_new (self->function, fd, NULL);
}

static void
on_started (FarInstance *instance, int listen_fd, gpointer user_data)
{
  FarWorker *self = user_data;
  g_autoptr (GError) error = NULL;

  self->spawn_us = g_get_monotonic_time () - self->ordered_us;
  if (listen_fd >= 0 && !far_http_endpoint_listen (self->endpoint, listen_fd, &error))
    {
      far_dispatcher_annotate (dispatcher_of (self), self->function, "instance_crash",
                               error->message);
      far_worker_kill (self);
    }
  open_egress (self);
}

static void
on_init_deadline (gpointer user_data)
{
  FarWorker *self = user_data;
  g_autofree char *note = g_strdup_printf ("An instance of %s did not ask for its first event "
                                           "within %d s and was killed",
                                           self->function != NULL ? self->function->spec->name
                                                                  : "what stands by",
                                           FAR_INIT_TIMEOUT_S);

  self->overdue = TRUE;
  far_dispatcher_annotate (dispatcher_of (self), self->function, "instance_crash", note);
  far_worker_kill (self);
}

void
far_worker_abandon (FarWorker *self)
{
  const FarInstanceExit status = { .wait_status = SIGKILL };

  on_exited (self->instance, &status, self);
}

/* Code and stores are in their places: tells it which function it is. */
static void
on_adopted (FarInstance *instance, gpointer user_data)
{
  static const char *const proxies[] = { "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy" };
  FarWorker *self = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  char *text;
  gsize n_bytes;

  if (self->state != FAR_WORKER_STARTING || self->next == NULL)
    return;
  self->adopting = FALSE;
  self->spawn_us = g_get_monotonic_time () - self->ordered_us;
  open_egress (self);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "environment");
  for (guint i = 0; self->function->environment[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (self->function->environment[i], "=", 2);

      far_json_add_string (&writer, parts[0], parts[1]);
    }
  for (guint i = 0; self->egress != NULL && i < G_N_ELEMENTS (proxies); i++)
    far_json_add_string (&writer, proxies[i],
                         "http://127.0.0.1:" G_STRINGIFY (FAR_PLAN_EGRESS_PORT));
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &n_bytes);
  self->asking = FALSE;
  far_http_request_respond_json (g_steal_pointer (&self->next), 200, text, n_bytes);
}

static const FarInstanceEvents instance_events = { on_started, on_exited, on_adopted };

static void
close_all (FarInstanceFds *fds, guint n_services)
{
  guint i;

  if (fds->runtime >= 0)
    close (fds->runtime);
  if (fds->log >= 0)
    close (fds->log);
  for (i = 0; i < n_services; i++)
    close (fds->services[i]);
}

/* Descriptors of a new instance; the platform's ends go to endpoint and log. */
static gboolean
open_fds (FarWorker *self, FarInstanceFds *fds, GError **error)
{
  const FarTemplateFunction *spec = self->function != NULL ? self->function->spec : NULL;
  FarDispatcher *dispatcher = dispatcher_of (self);
  guint i = 0;

  fds->runtime = fds->log = -1;
  self->log = far_log_pipe_new (far_dispatcher_get_loop (dispatcher), on_log_line, self, &fds->log,
                                error);
  if (self->log == NULL)
    return FALSE;
  for (i = 0; spec != NULL && i < spec->services->len; i++)
    {
      fds->services[i] = far_dispatcher_open_service (dispatcher, self->function,
                                                      g_ptr_array_index (spec->services, i), error);
      if (fds->services[i] < 0)
        {
          close_all (fds, i);
          return FALSE;
        }
    }
  if (spec != NULL && spec->fork_server)
    {
      int pair[2];

      if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        {
          g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                       "No runtime channel can be made: %s", g_strerror (errno));
          close_all (fds, i);
          return FALSE;
        }
      fds->runtime = pair[1];
      self->stream = far_runtime_stream_new (self, pair[0], error);
      if (self->stream == NULL)
        {
          close_all (fds, i);
          return FALSE;
        }
    }
  return TRUE;
}

static void
arm_init (FarWorker *self)
{
  self->ordered_us = g_get_monotonic_time ();
  far_loop_arm (far_dispatcher_get_loop (dispatcher_of (self)), &self->deadline,
                self->ordered_us + FAR_INIT_TIMEOUT_S * G_USEC_PER_SEC, on_init_deadline, self);
}

/* function: (nullable) */
static FarWorker *
start_in (FarDispatcher *dispatcher, FarFunction *function, FarSandbox *sandbox, GError **error)
{
  FarWorker *self = g_new0 (FarWorker, 1);
  FarInstanceFds fds;

  self->dispatcher = dispatcher;
  self->function = function;
  self->fresh = TRUE;
  self->state = FAR_WORKER_STARTING;
  self->link.data = self->idle_link.data = self->all_idle.data = self;
  self->endpoint = far_http_endpoint_new (far_dispatcher_get_runtime (dispatcher), NULL, self);
  if (open_fds (self, &fds, error))
    self->instance = far_sandbox_start_instance (sandbox, &fds, &instance_events, self, error);
  if (self->instance == NULL)
    {
      far_runtime_stream_free (self->stream);
      far_http_endpoint_close (self->endpoint);
      g_clear_pointer (&self->log, far_log_pipe_free);
      g_free (self);
      return NULL;
    }
  arm_init (self);
  return self;
}

FarWorker *
far_worker_start_standby (FarDispatcher *dispatcher, FarSandbox *sandbox, GError **error)
{
  return start_in (dispatcher, NULL, sandbox, error);
}

gboolean
far_worker_take_standby (FarWorker *self, FarHttpRequest *request)
{
  FarDispatcher *dispatcher = dispatcher_of (self);

  if (self->function != NULL || self->asking || self->state != FAR_WORKER_STARTING)
    return FALSE;
  self->next = request;
  self->asking = TRUE;
  far_loop_disarm (far_dispatcher_get_loop (dispatcher), &self->deadline);
  far_instance_set_busy (self->instance, FALSE);
  far_standby_worker_ready (far_dispatcher_get_standby (dispatcher), self);
  return TRUE;
}

/* Returns: NULL if none stands by, or it cannot be had. */
static FarWorker *
adopt (FarFunction *function)
{
  FarWorker *self = NULL;

  if (!function->alone)
    self = far_standby_take (far_dispatcher_get_standby (function->dispatcher), function);
  function->alone = FALSE;
  if (self == NULL)
    return NULL;
  if (!far_instance_adopt (self->instance, function->sandbox, NULL))
    {
      far_worker_kill (self);
      return NULL;
    }
  self->function = function;
  self->adopting = TRUE;
  self->spawn_us = 0;
  far_instance_set_busy (self->instance, TRUE);
  arm_init (self);
  return self;
}

FarWorker *
far_worker_start (FarFunction *function, GError **error)
{
  FarWorker *self;

  g_assert (function->sandbox != NULL);

  self = adopt (function);
  return self != NULL ? self : start_in (function->dispatcher, function, function->sandbox, error);
}

void
far_worker_kill (FarWorker *self)
{
  if (self->state == FAR_WORKER_DYING)
    return;
  far_loop_disarm (far_dispatcher_get_loop (dispatcher_of (self)), &self->deadline);
  far_loop_disarm (far_dispatcher_get_loop (dispatcher_of (self)), &self->fault);
  /* One that was never ready has failed, and the call that it was started for with it. */
  if (self->call == NULL && self->ready)
    self->retired = TRUE;
  far_worker_set_state (self, FAR_WORKER_DYING);
  self->asking = FALSE;
  self->next = NULL; /* goes with the endpoint */
  far_instance_kill (self->instance);
}
