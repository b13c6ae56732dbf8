/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a session begins and ends: the platform is started or joined, and stopped if it was started
 * here. Main thread. */
#include "farthing-config.h"

#include "desktop/far-session-private.h"

#include <glib/gi18n.h>

#define TICK_MS 1000

static void
launched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformClient) client = NULL;

  client = far_launcher_run_finish (FAR_LAUNCHER (source), result, &error);
  if (client != NULL)
    far_session_set_client (self, client);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    far_deployment_set_state (self->deployment, FAR_DEPLOYMENT_FAILED, error->message);
}

/* Joins the platform or starts it; also after it was lost, or had failed. */
void
far_session_start (FarSession *self)
{
  g_return_if_fail (FAR_IS_SESSION (self));

  far_session_set_client (self, NULL);
  far_deployment_set_state (self->deployment, FAR_DEPLOYMENT_STARTING,
                            _("Functions, gateway and ledger come up on this computer."));
  if (self->tick_id == 0)
    self->tick_id = g_timeout_add (TICK_MS, far_session_tick, self);
  far_launcher_run_async (self->launcher, self->cancellable, launched_cb, g_object_ref (self));
}

static void
launcher_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (far_launcher_stop_finish (FAR_LAUNCHER (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * far_session_stop_async:
 * @keep_running: whether a platform that this session has started may go on
 *
 * Gives up all calls and stops what this session has started; what it had only joined is left
 * alone in any case.
 */
void
far_session_stop_async (FarSession *self, gboolean keep_running, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task;

  g_return_if_fail (FAR_IS_SESSION (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->tick_id, g_source_remove);
  far_session_set_client (self, NULL);
  if (keep_running)
    far_launcher_disown (self->launcher);
  task = g_task_new (self, NULL, callback, user_data);
  far_launcher_stop_async (self->launcher, NULL, launcher_stopped_cb, task);
}

gboolean
far_session_stop_finish (FarSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Returns: the folder of the platform itself, which names its ledger too */
const char *
far_session_get_data_dir (FarSession *self)
{
  g_return_val_if_fail (FAR_IS_SESSION (self), NULL);

  return far_launcher_get_data_dir (self->launcher);
}
