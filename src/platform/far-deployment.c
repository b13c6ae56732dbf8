/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the list of deployments and the watch over each: secrets, source, probe, and again. */
#include "platform/far-deployment-file.h"

#include <string.h>

#define PROBE_INTERVAL_US (G_GINT64_CONSTANT (15) * G_USEC_PER_SEC)
#define PROBE_INTERVAL_PAID_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)

G_DEFINE_QUARK (far-deployment-error-quark, far_deployment_error)

const char *
far_deployment_state_to_string (FarDeploymentState state)
{
  static const char *const names[] = { "new", "ok", "stale", "failing" };

  g_return_val_if_fail (state < G_N_ELEMENTS (names), NULL);

  return names[state];
}

FarDeploymentState
far_deployment_get_state (FarDeployment *self, gint64 now_us)
{
  gint64 fresh_us = MAX (FAR_DEPLOYMENT_STALE_US, 3 * self->interval_us);

  if (self->failing)
    return FAR_DEPLOYMENT_FAILING;
  if (!self->asked)
    return FAR_DEPLOYMENT_NEW;
  if (self->sample_us == 0 || now_us - self->sample_us > fresh_us)
    return FAR_DEPLOYMENT_STALE;
  return FAR_DEPLOYMENT_OK;
}

/* ---- One ---- */

static GHashTable *
copy_table (GHashTable *table)
{
  GHashTable *copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer name, value;

  if (table == NULL)
    return copy;
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (copy, g_strdup (name), g_strdup (value));
  return copy;
}

static char **
names_of (GHashTable *table)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  if (table != NULL)
    {
      g_hash_table_iter_init (&iter, table);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

FarDeployment *
far_deployment_new (FarDeployments *owner, const FarDeploymentRequest *request, gint64 added_us)
{
  FarDeployment *self = g_new0 (FarDeployment, 1);

  self->ref_count = 1;
  self->owner = owner;
  self->id = g_strdup (request->id);
  self->kind = g_strdup (request->kind);
  self->name = g_strdup (request->name != NULL ? request->name : request->id);
  self->money = g_strdup (request->money != NULL ? request->money : "none");
  self->added_us = added_us;
  self->settings = copy_table (request->settings);
  self->secret_names = names_of (request->secrets);
  self->cancellable = g_cancellable_new ();
  self->interval_us = PROBE_INTERVAL_US;
  return self;
}

FarDeployment *
far_deployment_ref (FarDeployment *self)
{
  self->ref_count++;
  return self;
}

void
far_deployment_unref (FarDeployment *self)
{
  if (--self->ref_count > 0)
    return;
  g_clear_object (&self->source);
  g_clear_pointer (&self->telemetry, far_telemetry_close);
  g_clear_pointer (&self->spans, g_hash_table_unref);
  if (self->forget_in != NULL)
    far_deployment_pull_forget (self->forget_in, self->id);
  g_free (self->forget_in);
  g_object_unref (self->cancellable);
  g_hash_table_unref (self->settings);
  g_strfreev (self->secret_names);
  g_free (self->id);
  g_free (self->kind);
  g_free (self->name);
  g_free (self->money);
  g_free (self->message);
  g_free (self);
}

void
far_deployment_stop (FarDeployment *self)
{
  far_deployment_pull_stop (self);
  self->owner = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_cancellable_cancel (self->cancellable);
}

static void
tell (FarDeployment *self)
{
  if (self->owner != NULL && self->owner->changed != NULL)
    self->owner->changed (self->owner->changed_data);
}

void
far_deployment_set_failing (FarDeployment *self, const char *message)
{
  self->asked = TRUE;
  self->failing = TRUE;
  g_free (self->message);
  self->message = g_strdup (message);
  tell (self);
}

static gboolean on_timer (gpointer user_data);

static void
schedule (FarDeployment *self)
{
  if (self->owner != NULL && self->timer == 0)
    self->timer = g_timeout_add ((guint) (self->interval_us / 1000), on_timer, self);
}

static void
take_probe (FarDeployment *self, FarSourceProbe *probe)
{
  guint i;

  self->asked = TRUE;
  self->failing = FALSE;
  self->sample_us = MAX (self->sample_us, probe->sample_us);
  self->n_functions = probe->n_functions;
  self->skew_us = probe->skew_us;
  g_clear_pointer (&self->message, g_free);
  for (i = 0; i < probe->checks->len && self->message == NULL; i++)
    {
      const FarSourceCheck *check = g_ptr_array_index (probe->checks, i);

      if (!check->ok)
        self->message = g_strdup_printf ("%s: %s", self->id, check->message);
    }
  if (self->message == NULL && ABS (probe->skew_us) > FAR_SOURCE_SKEW_US_MAX)
    self->message = g_strdup_printf ("%s: its clock is %" G_GINT64_FORMAT " s %s ours", self->id,
                                     ABS (probe->skew_us) / G_USEC_PER_SEC,
                                     probe->skew_us > 0 ? "ahead of" : "behind");
}

static void
on_probed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarDeployment) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSourceProbe) probe = far_source_probe_finish (FAR_SOURCE (source), result, &error);

  if (self->owner == NULL)
    return;
  if (probe != NULL)
    {
      take_probe (self, probe);
      far_deployment_pull_probed (self);
      tell (self);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    far_deployment_set_failing (self, error->message);
  schedule (self);
}

static gboolean
on_timer (gpointer user_data)
{
  FarDeployment *self = user_data;

  self->timer = 0;
  far_source_probe_async (self->source, self->cancellable, on_probed, far_deployment_ref (self));
  return G_SOURCE_REMOVE;
}

void
far_deployment_poke (FarDeployment *self)
{
  if (self->timer == 0 || self->source == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  on_timer (self);
}

static FarSource *
make_source (FarDeployments *self, const char *id, const char *kind, GHashTable *settings,
             GHashTable *secrets, GError **error)
{
  g_autofree char *state = far_deployment_state_path (self->data_dir, id);
  FarSourceConfig config = { .kind = kind, .id = id, .settings = settings, .secrets = secrets,
                             .clock = self->clock, .state_path = state };

  return far_source_new (&config, error);
}

static void
on_secrets (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarDeployment) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) secrets = NULL;
  FarSourceAbilities abilities;
  gint64 spent, budget;

  if (self->owner == NULL)
    return;
  secrets = far_secrets_read_finish (self->owner->secrets, result, &error);
  if (secrets != NULL)
    self->source = make_source (self->owner, self->id, self->kind, self->settings, secrets, &error);
  if (self->source == NULL)
    {
      far_deployment_set_failing (self, error->message);
      return;
    }
  if (far_source_get_cost (self->source, &spent, &budget))
    self->interval_us = PROBE_INTERVAL_PAID_US;
  on_timer (self);
  far_source_describe (self->source, &abilities);
  if (far_source_tell (self->source, 0))
    far_deployment_otlp_start (self);
  else if (abilities.records)
    far_deployment_pull_start (self);
}

void
far_deployment_start (FarDeployment *self)
{
  far_secrets_read_async (self->owner->secrets, self->id,
                          (const char *const *) self->secret_names, self->cancellable, on_secrets,
                          far_deployment_ref (self));
}

/* ---- All ---- */

static void
end_one (gpointer data)
{
  FarDeployment *deployment = data;

  far_deployment_stop (deployment);
  far_deployment_unref (deployment);
}

FarDeployments *
far_deployments_new (const char *data_dir, FarClock *clock, GError **error)
{
  FarDeployments *self = g_new0 (FarDeployments, 1);
  guint i;

  self->data_dir = g_strdup (data_dir);
  self->clock = far_clock_ref (clock);
  self->secrets = far_secrets_new (data_dir);
  self->list = g_ptr_array_new_with_free_func (end_one);
  self->adding = g_ptr_array_new ();
  if (!far_deployments_file_read (self, error))
    {
      far_deployments_free (self);
      return NULL;
    }
  for (i = 0; i < self->list->len; i++)
    far_deployment_start (g_ptr_array_index (self->list, i));
  return self;
}

void
far_deployments_free (FarDeployments *self)
{
  if (self == NULL)
    return;
  self->changed = NULL;
  g_ptr_array_foreach (self->adding, (GFunc) (void (*) (void)) far_deployment_stop, NULL);
  g_ptr_array_unref (self->adding);
  g_ptr_array_unref (self->list);
  far_secrets_free (self->secrets);
  far_clock_unref (self->clock);
  g_free (self->data_dir);
  g_free (self);
}

void
far_deployments_set_listener (FarDeployments *self, FarDeploymentsChanged changed,
                              gpointer user_data)
{
  self->changed = changed;
  self->changed_data = user_data;
}

guint
far_deployments_n (FarDeployments *self)
{
  return self->list->len;
}

FarDeployment *
far_deployments_nth (FarDeployments *self, guint index)
{
  return g_ptr_array_index (self->list, index);
}

static gboolean
find_index (FarDeployments *self, const char *id, guint *ret_index)
{
  for (*ret_index = 0; *ret_index < self->list->len; (*ret_index)++)
    if (strcmp (far_deployments_nth (self, *ret_index)->id, id) == 0)
      return TRUE;
  return FALSE;
}

FarDeployment *
far_deployments_find (FarDeployments *self, const char *id)
{
  guint index;

  return find_index (self, id, &index) ? far_deployments_nth (self, index) : NULL;
}

static gboolean
is_id (const char *text)
{
  const char *p;

  if (text == NULL || !g_ascii_isalnum (*text) || strlen (text) > FAR_DEPLOYMENT_ID_MAX)
    return FALSE;
  for (p = text; *p != '\0'; p++)
    if (!g_ascii_islower (*p) && !g_ascii_isdigit (*p) && *p != '-')
      return FALSE;
  return strcmp (text, FAR_DEPLOYMENT_LOCAL) != 0;
}

FarSource *
far_deployments_try (FarDeployments *self, const FarDeploymentRequest *request, GError **error)
{
  if (is_id (request->id))
    return make_source (self, request->id, request->kind, request->settings, request->secrets,
                        error);
  g_set_error (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_ID,
               "“%.64s” cannot be a deployment's id; take up to %d small letters, digits and "
               "hyphens, and not “" FAR_DEPLOYMENT_LOCAL "”",
               request->id != NULL ? request->id : "", FAR_DEPLOYMENT_ID_MAX);
  return NULL;
}

static gboolean
has_room (FarDeployments *self, const char *id, GError **error)
{
  if (far_deployments_find (self, id) != NULL)
    g_set_error (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_EXISTS,
                 "There is a deployment “%s” already; remove it first, or take another id", id);
  else if (self->list->len >= FAR_DEPLOYMENTS_MAX)
    g_set_error (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_FULL,
                 "%d deployments are watched already; remove one first", FAR_DEPLOYMENTS_MAX);
  else
    return TRUE;
  return FALSE;
}

/* Kept once its secrets are: a deployment without them would only fail. */
static void
on_kept (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarDeployment *deployment = g_task_get_task_data (task);
  FarDeployments *self = deployment->owner;
  GError *error = NULL;

  if (self == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The platform stops");
      return;
    }
  g_ptr_array_remove (self->adding, deployment);
  if (!far_secrets_keep_finish (self->secrets, result, &error) ||
      !has_room (self, deployment->id, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_add (self->list, far_deployment_ref (deployment));
  if (!far_deployments_file_write (self, &error))
    {
      g_ptr_array_remove (self->list, deployment);
      g_task_return_error (task, error);
      return;
    }
  far_deployment_start (deployment);
  tell (deployment);
  g_task_return_pointer (task, deployment, NULL);
}

void
far_deployments_add_async (FarDeployments *self, const FarDeploymentRequest *request,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (FarSource) source = NULL;
  GError *error = NULL;
  FarDeployment *deployment;

  source = far_deployments_try (self, request, &error);
  if (source == NULL || !has_room (self, request->id, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  deployment = far_deployment_new (self, request, far_clock_now_us (self->clock));
  g_task_set_task_data (task, deployment, (GDestroyNotify) far_deployment_unref);
  g_ptr_array_add (self->adding, deployment);
  far_secrets_keep_async (self->secrets, request->id, request->secrets, NULL, on_kept, task);
}

FarDeployment *
far_deployments_add_finish (FarDeployments *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
far_deployments_remove (FarDeployments *self, const char *id, GError **error)
{
  g_autoptr (FarDeployment) deployment = NULL;
  guint index;

  if (!find_index (self, id, &index))
    return FALSE;
  deployment = far_deployment_ref (far_deployments_nth (self, index));
  deployment->forget_in = g_strdup (self->data_dir);
  g_ptr_array_remove_index (self->list, index);
  far_secrets_forget (self->secrets, id, (const char *const *) deployment->secret_names);
  if (self->changed != NULL)
    self->changed (self->changed_data);
  return far_deployments_file_write (self, error);
}
