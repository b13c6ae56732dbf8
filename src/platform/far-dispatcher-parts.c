/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarDispatcher: its making, what it is asked for, and what it tells. Calls and instances are
 * far-dispatcher.c's. */
#include "platform/far-dispatcher-private.h"

#include "platform/far-standby.h"

static void
add_function (FarDispatcher *self, const FarTemplateFunction *spec)
{
  FarFunction *function = far_function_new (self, spec);

  if (spec->reserved_concurrency > 0)
    {
      guint rest = self->unreserved_max - MIN (self->unreserved_max,
                                               (guint) spec->reserved_concurrency);

      self->unreserved_max = MAX (rest, FAR_CONCURRENCY_UNRESERVED_MIN);
    }
  g_ptr_array_add (self->functions, function);
  g_hash_table_insert (self->by_name, spec->name, function);
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
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->unreserved_max = FAR_CONCURRENCY_ACCOUNT;
  self->standby = far_standby_new (self);
  for (i = 0; i < far_template_n_functions (tmpl); i++)
    add_function (self, far_template_get_function (tmpl, i));
  return self;
}

void
far_dispatcher_free (FarDispatcher *self)
{
  g_assert (self->n_instances == 0);

  far_loop_disarm (self->loop, &self->idle_deadline);
  far_standby_free (self->standby);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->functions);
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

const char *
far_dispatcher_get_data_dir (FarDispatcher *self)
{
  return self->data_dir;
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
    .function = function->spec->name,
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
    .function = function != NULL ? function->spec->name : NULL,
    .text = text,
  };

  self->hooks.annotation (&annotation, self->user_data);
}
