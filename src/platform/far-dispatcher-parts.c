/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarDispatcher: its making, what it is asked for, and what it tells. Calls and instances are
 * far-dispatcher.c's. */
#include "platform/far-dispatcher-private.h"

#include <string.h>

#include "platform/far-faults.h"
#include "platform/far-standby.h"

static void
on_refill (gpointer user_data)
{
  far_dispatcher_fill (user_data);
}

FarFunction *
far_dispatcher_add (FarDispatcher *self, const FarTemplateFunction *spec)
{
  FarFunction *function;

  if (self->functions->len >= FAR_FUNCTIONS_MAX || far_dispatcher_find (self, spec->name) != NULL)
    return NULL;
  function = far_function_new (self, spec);
  g_ptr_array_add (self->functions, function);
  g_hash_table_insert (self->by_name, function->name, function);
  far_admission_recount (self);
  far_dispatcher_fill (function);
  return function;
}

void
far_dispatcher_update (FarDispatcher *self, FarFunction *function, FarTemplateFunction *spec,
                       gboolean renew)
{
  FarTemplateFunction *before = function->spec;

  g_return_if_fail (strcmp (spec->name, function->name) == 0);

  function->spec = spec;
  function->state.spec = spec;
  far_template_function_free (before);
  far_admission_recount (self);
  if (renew)
    far_dispatcher_reload (self, function);
  else
    far_dispatcher_fill (function);
}

void
far_dispatcher_reload (FarDispatcher *self, FarFunction *function)
{
  far_dispatcher_retire_all (self, function);
  far_function_renew_sandbox (function);
  far_dispatcher_start_pending (function);
  far_dispatcher_fill (function);
}

void
far_dispatcher_remove (FarDispatcher *self, FarFunction *function)
{
  guint index;
  FarCall *call;

  g_return_if_fail (!function->leaving);

  g_hash_table_remove (self->by_name, function->name);
  g_ptr_array_find (self->functions, function, &index);
  g_ptr_array_steal_index (self->functions, index);
  g_ptr_array_add (self->leaving, function);
  function->spec->provisioned = 0;
  far_admission_recount (self);
  function->n_calls++; /* not while this goes on */
  while ((call = g_queue_peek_head (&function->pending)) != NULL)
    {
      g_queue_unlink (&function->pending, &call->link);
      far_call_set_error (call, FAR_INVOCATION_INIT_ERROR, "ServiceException", TRUE,
                          "The function was deleted");
      far_dispatcher_refuse (self, call);
    }
  far_dispatcher_retire_all (self, function);
  far_function_renew_sandbox (function);
  function->n_calls--;
  function->leaving = TRUE;
  far_dispatcher_settle (function);
}

static void
on_left (gpointer user_data)
{
  FarFunction *function = user_data;

  far_function_close_old (function);
  g_ptr_array_remove_fast (function->dispatcher->leaving, function);
}

void
far_dispatcher_settle (FarFunction *function)
{
  FarDispatcher *self = function->dispatcher;

  if (function->leaving && function->n_calls == 0 && function->workers.length == 0)
    far_loop_defer (self->loop, &function->left, on_left, function);
}

void
far_dispatcher_fill (FarFunction *function)
{
  FarDispatcher *self = function->dispatcher;

  if (self->spawner == NULL || self->stopping)
    return;
  while (function->state.instances < function->spec->provisioned
         && function->state.starting < FAR_STARTS_MAX)
    {
      g_autoptr (GError) error = NULL;

      if (far_dispatcher_start_worker (self, function, &error))
        continue;
      far_loop_arm (self->loop, &function->refill,
                    g_get_monotonic_time () + FAR_REFILL_S * G_USEC_PER_SEC, on_refill, function);
      return;
    }
}

static void
on_fault_note (const char *function, const char *text, gpointer user_data)
{
  FarDispatcher *self = user_data;
  FarFunction *known = function != NULL ? far_dispatcher_find (self, function) : NULL;

  far_dispatcher_annotate (self, known, "fault", text);
}

FarDispatcher *
far_dispatcher_new (FarLoop *loop, FarClock *clock, FarTemplate *tmpl,
                    const char *data_dir, int clock_fd, const FarDispatcherHooks *hooks,
                    gpointer user_data)
{
  FarDispatcher *self = g_new0 (FarDispatcher, 1);
  guint i;

  self->loop = loop;
  self->clock = far_clock_ref (clock);
  self->tmpl = far_template_ref (tmpl);
  self->data_dir = g_strdup (data_dir);
  self->clock_fd = clock_fd;
  self->hooks = *hooks;
  self->user_data = user_data;
  self->functions = g_ptr_array_new_with_free_func ((GDestroyNotify) far_function_free);
  self->leaving = g_ptr_array_new_with_free_func ((GDestroyNotify) far_function_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->standby = far_standby_new (self);
  self->account_max = self->unreserved_max = far_template_get_account_concurrency (tmpl);
  self->faults = far_faults_new (loop, on_fault_note, self);
  self->secrets = far_local_secrets_new (data_dir);
  for (i = 0; i < far_template_n_functions (tmpl); i++)
    {
      const FarTemplateFunction *spec = far_template_get_function (tmpl, i);
      g_auto (GStrv) ahead = NULL;

      /* Asked for ahead of the first call: a keyring takes its time. */
      ahead = far_local_secrets_resolve (self->secrets, (const char *const *) spec->env, NULL);
      far_dispatcher_add (self, spec);
    }
  return self;
}

void
far_dispatcher_free (FarDispatcher *self)
{
  g_assert (self->n_instances == 0);

  far_loop_disarm (self->loop, &self->idle_deadline);
  far_standby_free (self->standby);
  far_faults_free (self->faults);
  far_local_secrets_free (self->secrets);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->functions);
  g_ptr_array_unref (self->leaving);
  far_template_unref (self->tmpl);
  far_clock_unref (self->clock);
  g_free (self->data_dir);
  g_free (self);
}

void
far_dispatcher_set_runtime (FarDispatcher *self, FarHttpServer *runtime)
{
  self->runtime = runtime;
}

FarFunction *
far_dispatcher_find (FarDispatcher *self, const char *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

guint
far_dispatcher_n_functions (FarDispatcher *self)
{
  return self->functions->len;
}

FarFunction *
far_dispatcher_nth (FarDispatcher *self, guint index)
{
  return g_ptr_array_index (self->functions, index);
}

guint
far_dispatcher_n_instances (FarDispatcher *self)
{
  return self->n_instances;
}

guint
far_dispatcher_n_calls (FarDispatcher *self)
{
  return self->n_calls;
}

guint64
far_dispatcher_n_invocations (FarDispatcher *self)
{
  return self->n_invocations;
}

guint
far_dispatcher_get_account_max (FarDispatcher *self)
{
  return self->account_max;
}

guint
far_dispatcher_get_unreserved_max (FarDispatcher *self)
{
  return self->unreserved_max;
}

FarLoop *
far_dispatcher_get_loop (FarDispatcher *self)
{
  return self->loop;
}

FarClock *
far_dispatcher_get_clock (FarDispatcher *self)
{
  return self->clock;
}

FarHttpServer *
far_dispatcher_get_runtime (FarDispatcher *self)
{
  return self->runtime;
}

FarLocalSecrets *
far_dispatcher_get_secrets (FarDispatcher *self)
{
  return self->secrets;
}

char **
far_dispatcher_resolve_secrets (FarDispatcher *self, const char *const *environment,
                                GError **error)
{
  return far_local_secrets_resolve (self->secrets, environment, error);
}

const char *
far_dispatcher_get_data_dir (FarDispatcher *self)
{
  return self->data_dir;
}

FarFaults *
far_dispatcher_get_faults (FarDispatcher *self)
{
  return self->faults;
}

FarStandby *
far_dispatcher_get_standby (FarDispatcher *self)
{
  return self->standby;
}

int
far_dispatcher_get_clock_fd (FarDispatcher *self)
{
  return self->clock_fd;
}

int
far_dispatcher_open_service (FarDispatcher *self, FarFunction *function,
                             const FarTemplateService *service, GError **error)
{
  return self->hooks.open_service (function, service, self->user_data, error);
}

void
far_dispatcher_log (FarDispatcher *self, FarFunction *function, FarCall *call, FarLogLevel level,
                    const char *text, gsize n_bytes)
{
  FarTelemetryLine line = {
    .function = function->name,
    .time_us = far_clock_now_us (self->clock),
    .level = level,
    .message = text,
    .n_bytes = n_bytes,
  };

  if (call != NULL)
    line.request_id = call->request_id;
  self->hooks.log_line (&line, self->user_data);
}

void
far_dispatcher_annotate (FarDispatcher *self, FarFunction *function, const char *kind,
                         const char *text)
{
  const FarAnnotation annotation = {
    .time_us = far_clock_now_us (self->clock),
    .kind = kind,
    .function = function != NULL ? function->name : NULL,
    .text = text,
  };

  self->hooks.annotation (&annotation, self->user_data);
}
