/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarFunction: from its spec's words to a prepared sandbox, and from one spec to the next. */
#include "platform/far-function.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/far-dispatcher.h"
#include "platform/far-standby.h"

/* Without closing the sandbox: it may have gone with its spawner. */
static void
old_free (gpointer data)
{
  FarFunctionOld *old = data;

  far_log_pipe_drain (old->log, TRUE);
  far_log_pipe_free (old->log);
  g_free (old);
}

FarFunction *
far_function_new (FarDispatcher *dispatcher, const FarTemplateFunction *spec)
{
  FarFunction *self = g_new0 (FarFunction, 1);
  guint i;

  self->dispatcher = dispatcher;
  self->spec = far_template_function_copy (spec);
  self->state.spec = self->spec;
  self->name = g_strdup (spec->name);
  self->old = g_ptr_array_new_with_free_func (old_free);
  self->arn = g_strdup_printf ("arn:aws:lambda:%s:%s:function:%s", FAR_AWS_REGION,
                               FAR_AWS_ACCOUNT, spec->name);
  for (i = 0; i < spec->events->len; i++)
    {
      const FarTemplateEvent *event = g_ptr_array_index (spec->events, i);

      if (event->kind == FAR_TEMPLATE_EVENT_HTTP)
        self->state.n_routes++;
    }
  return self;
}

void
far_function_free (FarFunction *self)
{
  g_assert (self->workers.length == 0 && self->pending.length == 0);

  far_function_forget_sandbox (self);
  g_ptr_array_unref (self->old);
  far_loop_disarm (far_dispatcher_get_loop (self->dispatcher), &self->soon_free);
  g_strfreev (self->environment);
  far_loop_disarm (far_dispatcher_get_loop (self->dispatcher), &self->refill);
  far_loop_cancel (far_dispatcher_get_loop (self->dispatcher), &self->reap);
  far_loop_cancel (far_dispatcher_get_loop (self->dispatcher), &self->left);
  g_free (self->init_error);
  g_free (self->arn);
  g_free (self->name);
  far_template_function_free (self->spec);
  g_free (self);
}

void
far_function_set_init_error (FarFunction *self, const char *text)
{
  g_free (self->init_error);
  self->init_error = g_strdup (text);
}

void
far_function_renew_sandbox (FarFunction *self)
{
  FarFunctionOld *old;

  self->retry_us = 0;
  g_clear_pointer (&self->init_error, g_free);
  if (self->sandbox == NULL)
    return;
  old = g_new0 (FarFunctionOld, 1);
  old->sandbox = g_steal_pointer (&self->sandbox);
  old->log = g_steal_pointer (&self->log);
  g_ptr_array_add (self->old, old);
  far_function_reap (self);
}

static void
close_old (FarFunction *self, gboolean all)
{
  guint i = self->old->len;

  while (i-- > 0)
    {
      FarFunctionOld *old = g_ptr_array_index (self->old, i);

      if (!all && far_sandbox_get_n_instances (old->sandbox) > 0)
        continue;
      far_sandbox_close (old->sandbox);
      g_ptr_array_remove_index_fast (self->old, i);
    }
}

void
far_function_close_old (FarFunction *self)
{
  close_old (self, TRUE);
}

static void
reap (gpointer user_data)
{
  close_old (user_data, FALSE);
}

void
far_function_reap (FarFunction *self)
{
  if (self->old->len > 0)
    far_loop_defer (far_dispatcher_get_loop (self->dispatcher), &self->reap, reap, self);
}

void
far_function_forget_sandbox (FarFunction *self)
{
  g_ptr_array_set_size (self->old, 0);
  self->sandbox = NULL;
  if (self->log != NULL)
    far_log_pipe_drain (self->log, TRUE);
  g_clear_pointer (&self->log, far_log_pipe_free);
}

static void
on_log_line (const char *text, gsize n_bytes, gpointer user_data)
{
  FarFunction *self = user_data;

  far_dispatcher_log (self->dispatcher, self, NULL, far_log_level_of_line (text, n_bytes), text,
                      n_bytes);
}

static void
on_ended (FarSandbox *sandbox, const GError *error, gpointer user_data)
{
  FarFunction *self = user_data;
  gint64 again_us = self->retry_us;
  guint i;

  for (i = 0; i < self->old->len; i++)
    if (((FarFunctionOld *) g_ptr_array_index (self->old, i))->sandbox == sandbox)
      {
        far_sandbox_close (sandbox);
        g_ptr_array_remove_index_fast (self->old, i);
        return;
      }
  if (self->sandbox == sandbox)
    {
      self->sandbox = NULL;
      far_log_pipe_drain (self->log, TRUE);
      g_clear_pointer (&self->log, far_log_pipe_free);
    }
  self->retry_us = g_get_monotonic_time () + FAR_SANDBOX_RETRY_S * G_USEC_PER_SEC;
  if (g_error_matches (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE))
    {
      far_dispatcher_sandbox_gone (self->dispatcher, self, again_us);
      return;
    }
  far_function_set_init_error (self, error->message);
  far_dispatcher_sandbox_failed (self->dispatcher, self, error->message);
}

static const FarSandboxEvents events = { NULL, on_ended };

/* Its interpreter, where Lambda would bring one. FALSE: it is not here. */
static gboolean
add_interpreter (FarFunction *self, FarSandboxSpec *sandbox, GError **error)
{
  const FarInterpreter *interpreter;

  if (!far_interpreters_is_managed (self->spec->runtime))
    return TRUE;
  interpreter = far_standby_find_interpreter (far_dispatcher_get_standby (self->dispatcher),
                                              self->spec->runtime, error);
  if (interpreter == NULL)
    return FALSE;
  sandbox->execution_env = self->spec->runtime;
  sandbox->command = (const char *const *) interpreter->command;
  sandbox->runtime_dir = interpreter->runtime_dir;
  sandbox->lang_dir = interpreter->lang_dir;
  return TRUE;
}

static FarSandbox *
prepare (FarFunction *self, FarSpawner *spawner, int log_fd, GError **error)
{
  const char *data_dir = far_dispatcher_get_data_dir (self->dispatcher);
  g_auto (GStrv) own = g_new0 (char *, FAR_SANDBOX_STORES_MAX + 1);
  g_auto (GStrv) environment = NULL;
  const FarTemplateFunction *spec = self->spec;
  FarSandboxStore stores[FAR_SANDBOX_STORES_MAX];
  const char *services[FAR_SANDBOX_SERVICES_MAX + 1] = { NULL };
  FarSandboxSpec sandbox = {
    .function = spec->name,
    .code_dir = spec->code_dir,
    .handler = spec->handler,
    .memory_mb = spec->memory_mb,
    .tmp_mb = spec->tmp_mb,
    .instances_max = FAR_INSTANCES_MAX,
    .fork_server = spec->fork_server,
    .provisioned = spec->provisioned > 0,
    .egress = spec->egress != NULL && spec->egress[0] != NULL && !spec->fork_server,
    .services = services,
    .stores = stores,
    .n_stores = spec->stores->len,
    .clock_fd = far_dispatcher_get_clock_fd (self->dispatcher),
    .log_fd = log_fd,
  };
  guint i;

  g_assert (spec->stores->len <= FAR_SANDBOX_STORES_MAX);
  g_assert (spec->services->len <= FAR_SANDBOX_SERVICES_MAX);

  for (i = 0; i < spec->services->len; i++)
    services[i] = ((FarTemplateService *) g_ptr_array_index (spec->services, i))->name;
  for (i = 0; i < spec->stores->len; i++)
    {
      const FarTemplateStore *store = g_ptr_array_index (spec->stores, i);

      stores[i] = (FarSandboxStore){ store->name, store->path, store->mount, store->writable };
      if (!store->writable)
        continue;
      own[i] = g_build_filename (data_dir, "stores", store->name, NULL);
      stores[i].host_path = own[i];
      if (g_mkdir_with_parents (own[i], 0700) != 0)
        {
          g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                       "The store %s cannot be made: %s", own[i], g_strerror (errno));
          return NULL;
        }
    }
  if (!add_interpreter (self, &sandbox, error))
    return NULL;
  environment = far_dispatcher_resolve_secrets (self->dispatcher, (const char *const *) spec->env,
                                                error);
  self->lacks_secret = environment == NULL;
  if (environment == NULL)
    return NULL;
  sandbox.environment = (const char *const *) environment;
  g_strfreev (self->environment);
  self->environment = far_sandbox_environment (&sandbox, far_spawner_get_isolation (spawner));
  return far_spawner_prepare (spawner, &sandbox, &events, self, error);
}

/* A fork server goes on with what it has read; what is executed for each instance does not. */
static gboolean
code_has_changed (FarFunction *self)
{
  FarCodeLook now;

  if (!self->spec->fork_server)
    return FALSE;
  far_code_look (self->spec->code_dir, &now);
  return far_code_look_is_newer (&now, &self->code);
}

static void
look_at_code (FarFunction *self)
{
  g_autofree char *text = NULL;

  if (!self->spec->fork_server)
    return;
  far_code_look (self->spec->code_dir, &self->code);
  if (self->code.whole)
    return;
  text = g_strdup_printf ("There are more than %d files in %s, or its folders are too deep: edits "
                          "of the others are noticed by farthingctl watch only",
                          FAR_CODE_LOOK_MAX, self->spec->code_dir);
  far_dispatcher_log (self->dispatcher, self, NULL, FAR_LOG_WARN, text, strlen (text));
}

gboolean
far_function_ensure_sandbox (FarFunction *self, FarSpawner *spawner, GError **error)
{
  int log_fd = -1;

  if (self->sandbox != NULL && code_has_changed (self))
    far_function_renew_sandbox (self);

  if (self->sandbox != NULL)
    return TRUE;
  if (spawner == NULL)
    {
      g_set_error_literal (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_BOOKKEEPER,
                           "farthing-spawner is being restarted; try again");
      return FALSE;
    }
  if (self->init_error != NULL && g_get_monotonic_time () < self->retry_us)
    {
      g_set_error_literal (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START, self->init_error);
      return FALSE;
    }
  g_clear_pointer (&self->init_error, g_free);
  self->log = far_log_pipe_new (far_dispatcher_get_loop (self->dispatcher), on_log_line, self,
                                &log_fd, error);
  if (self->log == NULL)
    return FALSE;
  look_at_code (self);
  self->sandbox = prepare (self, spawner, log_fd, error);
  close (log_fd);
  if (self->sandbox == NULL)
    {
      g_clear_pointer (&self->log, far_log_pipe_free);
      self->retry_us = g_get_monotonic_time () + FAR_SANDBOX_RETRY_S * G_USEC_PER_SEC;
    }
  return self->sandbox != NULL;
}
