/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarDispatcher: admission, the pool of idle instances, starts, and the ends of calls. */
#include "platform/far-dispatcher-private.h"

#include <string.h>

#include "platform/far-faults.h"
#include "platform/far-standby.h"
#include "platform/far-worker.h"
#include "sandbox/far-plan.h"

static void
changed (FarDispatcher *self)
{
  self->hooks.changed (self->user_data);
}

void
far_dispatcher_answer (FarDispatcher *self, FarCall *call)
{
  if (call->answered)
    return;
  call->answered = TRUE;
  /* First: the caller's next request must find its place free. */
  far_admission_release (self, call);
  call->done (call, call->user_data);
}

void
far_dispatcher_finish (FarDispatcher *self, FarCall *call)
{
  FarFunction *function = call->function;
  FarFunctionState *state = &function->state;
  FarInvocation record;

  g_assert (call->answered && call->worker == NULL);

  if (call->outcome == FAR_INVOCATION_THROTTLE)
    state->throttles++;
  else
    {
      state->invocations++;
      self->n_invocations++;
      state->errors += call->outcome != FAR_INVOCATION_OK;
      state->cold_starts += call->cold;
    }
  self->n_calls--;
  function->n_calls--;
  far_call_to_record (call, &record);
  self->hooks.invocation (&record, self->user_data);
  far_loop_disarm (self->loop, &call->deadline);
  far_call_free (call);
  far_dispatcher_settle (function);
}

void
far_dispatcher_refuse (FarDispatcher *self, FarCall *call)
{
  call->ended_us = g_get_monotonic_time ();
  far_loop_disarm (self->loop, &call->deadline);
  far_dispatcher_answer (self, call);
  far_dispatcher_finish (self, call);
}

static void
refuse_throttled (FarDispatcher *self, FarCall *call, const char *reason)
{
  call->reason = reason;
  far_call_set_error (call, FAR_INVOCATION_THROTTLE, "TooManyRequestsException", FALSE,
                      "Rate Exceeded.");
  far_dispatcher_refuse (self, call);
}

/* Lambda's word for an init that was not reported by the runtime itself. */
static const char *
init_error_type (const char *text)
{
  if (strstr (text, FAR_PLAN_NO_PROGRAM) != NULL)
    return "Runtime.InvalidEntrypoint";
  if (g_str_has_prefix (text, "Runtime exited"))
    return "Runtime.ExitError";
  if (g_str_has_prefix (text, "Task timed out"))
    return "Sandbox.Timedout";
  return "Runtime.InitError";
}

static void
refuse_init (FarDispatcher *self, FarCall *call, const char *text)
{
  const char *json = call->function->init_error;

  /* Nothing of the function ran that could have said so. */
  if (call->function->lacks_secret)
    far_dispatcher_log (self, call->function, call, FAR_LOG_ERROR, text, strlen (text));
  if (json != NULL && json[0] == '{')
    {
      far_call_set_error (call, FAR_INVOCATION_INIT_ERROR, "Runtime.InitError", FALSE, "%s", "");
      g_free (call->payload);
      call->payload = g_strdup (json);
      call->n_payload = strlen (json);
    }
  else
    far_call_set_error (call, FAR_INVOCATION_INIT_ERROR,
                        init_error_type (json != NULL ? json : text), TRUE, "%s",
                        json != NULL ? json : text);
  far_dispatcher_refuse (self, call);
}

void
far_dispatcher_sandbox_failed (FarDispatcher *self, FarFunction *function, const char *text)
{
  FarCall *call;

  far_dispatcher_annotate (self, function, "sandbox_failed", text);
  while ((call = g_queue_peek_head (&function->pending)) != NULL)
    {
      g_queue_unlink (&function->pending, &call->link);
      refuse_init (self, call, text);
    }
  changed (self);
}

static void
evict (FarDispatcher *self, FarWorker *worker)
{
  g_queue_unlink (&self->all_idle, &worker->all_idle);
  g_queue_unlink (&worker->function->idle, &worker->idle_link);
  worker->function->state.idle--;
  far_worker_kill (worker);
}

static gboolean
is_provisioned (FarWorker *worker)
{
  return worker->function->state.instances <= worker->function->spec->provisioned;
}

void
far_dispatcher_worker_broken (FarDispatcher *self, FarWorker *worker)
{
  if (worker->state == FAR_WORKER_IDLE)
    evict (self, worker);
  else
    far_worker_kill (worker);
}

/* Makes room for one more process. */
static void
evict_oldest (FarDispatcher *self)
{
  GList *link = self->all_idle.tail;

  while (link != NULL && is_provisioned (link->data))
    link = link->prev;
  if (link != NULL)
    evict (self, link->data);
}

gboolean
far_dispatcher_start_worker (FarDispatcher *self, FarFunction *function, GError **error)
{
  FarWorker *worker;

  if (!far_function_ensure_sandbox (function, self->spawner, error))
    return FALSE;
  if (self->n_instances >= FAR_INSTANCES_MAX)
    evict_oldest (self);
  worker = far_worker_start (function, error);
  if (worker == NULL)
    return FALSE;
  g_queue_push_head_link (&function->workers, &worker->link);
  function->state.instances++;
  function->state.starting++;
  self->n_instances++;
  changed (self);
  return TRUE;
}

/* One start for each call that waits, beyond those that n_free instances will take; not all at
 * once: on a busy machine that would only keep the instances there are from being free. */
static void
start_beyond (FarFunction *function, guint n_free)
{
  FarDispatcher *self = function->dispatcher;

  while (function->state.starting < FAR_STARTS_MAX
         && function->state.starting + n_free < function->pending.length)
    {
      g_autoptr (GError) error = NULL;
      FarCall *call = g_queue_peek_tail (&function->pending);

      if (!far_admission_start (function))
        {
          g_queue_unlink (&function->pending, &call->link);
          refuse_throttled (self, call, "ConcurrentInvocationLimitExceeded");
          continue;
        }
      if (far_dispatcher_start_worker (self, function, &error))
        {
          if (call->chosen_us == 0)
            call->chosen_us = g_get_monotonic_time ();
          continue;
        }
      if (g_error_matches (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_BOOKKEEPER)
          || g_error_matches (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE))
        return; /* far_dispatcher_wake() follows, or the call's deadline */
      g_queue_unlink (&function->pending, &call->link);
      if (g_error_matches (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_BUSY))
        refuse_throttled (self, call, "ConcurrentInvocationLimitExceeded");
      else
        refuse_init (self, call, error->message);
    }
}

static void
on_soon_free (gpointer user_data)
{
  start_beyond (user_data, 0);
}

/* An instance that has answered is free as soon as it asks again, which is quicker than any start;
 * unless it has more to do behind its answer. */
void
far_dispatcher_start_pending (FarFunction *function)
{
  FarDispatcher *self = function->dispatcher;

  start_beyond (function, function->n_answered);
  if (function->state.starting < function->pending.length && function->n_answered > 0
      && function->soon_free.index == 0)
    far_loop_arm (self->loop, &function->soon_free, g_get_monotonic_time () + FAR_SOON_FREE_US,
                  on_soon_free, function);
}

void
far_dispatcher_sandbox_gone (FarDispatcher *self, FarFunction *function, gint64 again_us)
{
  far_loop_arm (self->loop, &function->soon_free, MAX (again_us, g_get_monotonic_time ()),
                on_soon_free, function);
}

static void
on_queue_deadline (gpointer user_data)
{
  FarCall *call = user_data;
  FarFunction *function = call->function;

  g_queue_unlink (&function->pending, &call->link);
  far_call_set_error (call, FAR_INVOCATION_INIT_ERROR, "ServiceException", TRUE,
                      "No instance was ready within %d s", FAR_QUEUE_TIMEOUT_S);
  far_dispatcher_refuse (function->dispatcher, call);
}

static void
refuse_stopping (FarDispatcher *self, FarCall *call)
{
  far_call_set_error (call, FAR_INVOCATION_INIT_ERROR, "ServiceException", FALSE,
                      "The platform is stopping.");
  far_dispatcher_refuse (self, call);
}

static void
refuse_faulty (FarDispatcher *self, FarCall *call, FarFaultKind fault)
{
  if (fault == FAR_FAULT_THROTTLE)
    {
      refuse_throttled (self, call, "CallerRateLimitExceeded");
      return;
    }
  far_call_set_error (call, FAR_INVOCATION_INIT_ERROR, "ServiceException", FALSE,
                      "An outage was injected here; farthingctl faults lists them.");
  far_dispatcher_refuse (self, call);
}

void
far_dispatcher_submit (FarDispatcher *self, FarCall *call)
{
  FarFunction *function = call->function;
  FarFaultKind fault;
  const char *reason;
  FarWorker *worker;

  self->n_calls++;
  function->n_calls++;
  if (self->stopping)
    {
      refuse_stopping (self, call);
      return;
    }
  if (far_faults_refuse (self->faults, call, &fault))
    {
      refuse_faulty (self, call, fault);
      return;
    }
  reason = far_admission_admit (self, call);
  if (reason != NULL)
    {
      refuse_throttled (self, call, reason);
      return;
    }

  worker = g_queue_peek_head (&function->idle);
  if (worker != NULL)
    {
      g_queue_unlink (&function->idle, &worker->idle_link);
      g_queue_unlink (&self->all_idle, &worker->all_idle);
      function->state.idle--;
      far_worker_enter (worker, call);
      return;
    }
  g_queue_push_tail_link (&function->pending, &call->link);
  far_loop_arm (self->loop, &call->deadline,
                g_get_monotonic_time () + FAR_QUEUE_TIMEOUT_S * G_USEC_PER_SEC,
                on_queue_deadline, call);
  far_dispatcher_start_pending (function);
}

static void
on_idle_deadline (gpointer user_data)
{
  FarDispatcher *self = user_data;
  gint64 limit_us = g_get_monotonic_time () - FAR_IDLE_TIMEOUT_S * G_USEC_PER_SEC;
  FarWorker *oldest;

  while ((oldest = g_queue_peek_tail (&self->all_idle)) != NULL)
    {
      if (oldest->idle_since_us > limit_us)
        {
          far_loop_arm (self->loop, &self->idle_deadline,
                        oldest->idle_since_us + FAR_IDLE_TIMEOUT_S * G_USEC_PER_SEC,
                        on_idle_deadline, self);
          return;
        }
      if (!is_provisioned (oldest))
        {
          evict (self, oldest);
          continue;
        }
      g_queue_unlink (&self->all_idle, &oldest->all_idle);
      oldest->idle_since_us = g_get_monotonic_time ();
      g_queue_push_head_link (&self->all_idle, &oldest->all_idle);
    }
}

void
far_dispatcher_worker_idle (FarDispatcher *self, FarWorker *worker)
{
  FarFunction *function = worker->function;
  FarCall *call;

  if (!worker->ready)
    function->state.starting--;
  worker->ready = TRUE;
  if (worker->retired)
    {
      far_worker_kill (worker);
      far_dispatcher_start_pending (function);
      return;
    }
  call = g_queue_peek_head (&function->pending);
  if (call != NULL)
    {
      g_queue_unlink (&function->pending, &call->link);
      far_worker_enter (worker, call);
      far_dispatcher_start_pending (function);
      return;
    }
  worker->idle_since_us = g_get_monotonic_time ();
  g_queue_push_head_link (&function->idle, &worker->idle_link);
  g_queue_push_head_link (&self->all_idle, &worker->all_idle);
  function->state.idle++;
  far_dispatcher_fill (function);
  if (self->idle_deadline.index == 0)
    far_loop_arm (self->loop, &self->idle_deadline,
                  worker->idle_since_us + FAR_IDLE_TIMEOUT_S * G_USEC_PER_SEC, on_idle_deadline,
                  self);
}

static void
on_refill (gpointer user_data)
{
  far_dispatcher_fill (user_data);
}

void
far_dispatcher_worker_gone (FarDispatcher *self, FarWorker *worker, const char *why)
{
  FarFunction *function = worker->function;
  FarCall *call;

  g_queue_unlink (&function->workers, &worker->link);
  function->state.instances--;
  self->n_instances--;
  if (worker->state == FAR_WORKER_IDLE)
    {
      g_queue_unlink (&function->idle, &worker->idle_link);
      g_queue_unlink (&self->all_idle, &worker->all_idle);
      function->state.idle--;
    }
  if (!worker->ready)
    {
      /* It was started for a call, and that call ends with it; unless it never came to be the
       * function's. */
      function->state.starting--;
      function->alone = worker->adopting;
      call = g_queue_peek_head (&function->pending);
      if (call != NULL && function->pending.length > function->state.starting
          && self->spawner != NULL && !worker->retired && !worker->adopting)
        {
          g_queue_unlink (&function->pending, &call->link);
          call->init_us = g_get_monotonic_time () - worker->ordered_us;
          refuse_init (self, call, why);
        }
    }
  far_function_reap (function);
  far_dispatcher_start_pending (function);
  if (function->spec->provisioned > 0)
    far_loop_arm (self->loop, &function->refill,
                  g_get_monotonic_time () + FAR_REFILL_S * G_USEC_PER_SEC, on_refill, function);
  changed (self);
  far_dispatcher_settle (function);
}

void
far_dispatcher_retire_all (FarDispatcher *self, FarFunction *function)
{
  GList *link;

  for (link = function->workers.head; link != NULL; link = link->next)
    ((FarWorker *) link->data)->retired = TRUE;
  while (function->idle.head != NULL)
    evict (self, function->idle.head->data);
}

void
far_dispatcher_retire (FarDispatcher *self, const char *service)
{
  guint i;
  guint j;

  for (i = 0; i < self->functions->len; i++)
    {
      FarFunction *function = g_ptr_array_index (self->functions, i);

      for (j = 0; j < function->spec->services->len; j++)
        if (strcmp (((FarTemplateService *) g_ptr_array_index (function->spec->services, j))->name,
                    service) == 0)
          break;
      if (j < function->spec->services->len)
        far_dispatcher_retire_all (self, function);
    }
}

void
far_dispatcher_wake (FarDispatcher *self)
{
  guint i;

  for (i = 0; i < self->functions->len; i++)
    {
      far_dispatcher_start_pending (g_ptr_array_index (self->functions, i));
      far_dispatcher_fill (g_ptr_array_index (self->functions, i));
    }
}

void
far_dispatcher_attach (FarDispatcher *self, FarSpawner *spawner)
{
  guint i;

  g_assert (self->spawner == NULL);
  self->spawner = spawner;
  far_standby_attach (self->standby, spawner);
  for (i = 0; i < self->functions->len; i++)
    {
      FarFunction *function = g_ptr_array_index (self->functions, i);
      g_autoptr (GError) error = NULL;

      function->retry_us = 0;
      if (!far_function_ensure_sandbox (function, spawner, &error))
        far_dispatcher_sandbox_failed (self, function, error->message);
      far_dispatcher_start_pending (function);
      far_dispatcher_fill (function);
    }
}

static void
abandon (FarFunction *function)
{
  far_function_forget_sandbox (function);
  while (function->workers.head != NULL)
    far_worker_abandon (function->workers.head->data);
}

void
far_dispatcher_detach (FarDispatcher *self)
{
  guint i;

  self->spawner = NULL;
  far_standby_detach (self->standby);
  for (i = 0; i < self->functions->len; i++)
    abandon (g_ptr_array_index (self->functions, i));
  for (i = 0; i < self->leaving->len; i++)
    abandon (g_ptr_array_index (self->leaving, i));
}

void
far_dispatcher_stop (FarDispatcher *self)
{
  guint i;

  self->stopping = TRUE;
  for (i = 0; i < self->functions->len; i++)
    {
      FarFunction *function = g_ptr_array_index (self->functions, i);
      FarCall *call;

      while ((call = g_queue_peek_head (&function->pending)) != NULL)
        {
          g_queue_unlink (&function->pending, &call->link);
          refuse_stopping (self, call);
        }
    }
}

