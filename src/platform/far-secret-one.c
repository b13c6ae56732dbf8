/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One secret is in one place: what goes to the Secret Service leaves the file, for the file is read
 * first; what the Secret Service does not take goes to the file, with what is there. */
#include "platform/far-secret-one.h"

#include <glib/gstdio.h>
#include <string.h>

#include "platform/far-deployment-secrets-private.h"

static GTask *
task_new (FarSecrets *self, const char *id, const char *name, GCancellable *cancellable,
          GAsyncReadyCallback callback, gpointer user_data)
{
  const char *const names[] = { name, NULL };

  return far_secrets_task_new (self, id, names, cancellable, callback, user_data);
}

/* The file with the secret of this name changed; text: (nullable): without it. */
static gboolean
change_file (FarSecretsWork *work, const char *text, GError **error)
{
  const char *name = work->names[0];
  g_autoptr (GHashTable) kept = far_secrets_table_new ();
  g_autofree char *path = far_secrets_file_of (work->secrets, work->id);

  if (!far_secrets_read_file (work->secrets, work->id, kept, error))
    return FALSE;
  if (text == NULL && !g_hash_table_remove (kept, name))
    return TRUE;
  if (text != NULL)
    g_hash_table_replace (kept, g_strdup (name), g_strdup (text));
  if (g_hash_table_size (kept) > FAR_SECRETS_FILE_MAX)
    {
      g_set_error (error, FAR_SECRETS_ERROR, FAR_SECRETS_ERROR_KEEP,
                   "%s holds %d secrets already; remove one first", path, FAR_SECRETS_FILE_MAX);
      return FALSE;
    }
  if (g_hash_table_size (kept) > 0)
    return far_secrets_keep_file (work->secrets, work->id, kept, error);
  g_unlink (path);
  return TRUE;
}

/* ---- Put ---- */

static void
put_in_file (GTask *task)
{
  FarSecretsWork *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (change_file (work, g_hash_table_lookup (work->texts, work->names[0]), &error))
    g_task_return_pointer (task, (gpointer) FAR_SECRET_PLACE_FILE, NULL);
  else
    g_task_return_error (task, error);
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  /* A session without a Secret Service is a headless host. */
  if (!secret_password_store_finish (result, NULL))
    put_in_file (task);
  else if (change_file (g_task_get_task_data (task), NULL, &error))
    g_task_return_pointer (task, (gpointer) FAR_SECRET_PLACE_KEYRING, NULL);
  else
    g_task_return_error (task, error);
}

void
far_secret_put_async (FarSecrets *self, const char *id, const char *name, const char *text,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, id, name, cancellable, callback, user_data);
  g_autofree char *label = g_strdup_printf ("Farthing: %s of %s", name, id);
  FarSecretsWork *work = g_task_get_task_data (task);

  g_hash_table_insert (work->texts, g_strdup (name), g_strdup (text));
  if (self->service)
    secret_password_store (&far_secrets_schema, SECRET_COLLECTION_DEFAULT, label, text,
                           cancellable, on_stored, g_object_ref (task), "data-dir",
                           self->data_dir, "deployment", id, "name", name, NULL);
  else
    put_in_file (task);
}

const char *
far_secret_put_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Drop ---- */

/* What is left of that name, locked or not. */
static void
on_left (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarSecretsWork *work = g_task_get_task_data (task);
  GList *left = secret_password_search_finish (result, NULL);

  if (left != NULL)
    g_task_return_new_error (task, FAR_SECRETS_ERROR, FAR_SECRETS_ERROR_LOCKED,
                             "“%s” is still in the keyring, which is locked: unlock it, and remove "
                             "the secret again", work->names[0]);
  else
    g_task_return_boolean (task, TRUE);
  g_list_free_full (left, g_object_unref);
}

/* "Remove unlocked items" is what libsecret's description of clear says: of a locked keyring it
 * takes nothing, and tells that like a keyring that had nothing (FALSE, and no error). */
static void
on_cleared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarSecretsWork *work = g_task_get_task_data (task);

  if (secret_password_clear_finish (result, NULL))
    g_task_return_boolean (task, TRUE);
  else
    secret_password_search (&far_secrets_schema, SECRET_SEARCH_ALL, g_task_get_cancellable (task),
                            on_left, g_object_ref (task), "data-dir", work->secrets->data_dir,
                            "deployment", work->id, "name", work->names[0], NULL);
}

void
far_secret_drop_async (FarSecrets *self, const char *id, const char *name,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, id, name, cancellable, callback, user_data);
  GError *error = NULL;

  if (!change_file (g_task_get_task_data (task), NULL, &error))
    g_task_return_error (task, error);
  else if (self->service)
    secret_password_clear (&far_secrets_schema, cancellable, on_cleared, g_object_ref (task),
                           "data-dir", self->data_dir, "deployment", id, "name", name, NULL);
  else
    g_task_return_boolean (task, TRUE);
}

gboolean
far_secret_drop_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- List ---- */

static char *
credential_prefix (const char *id)
{
  return g_strdup_printf ("farthing.%s.", id);
}

gboolean
far_secret_is_credential (const char *id, const char *name)
{
  const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *prefix = credential_prefix (id);
  g_autofree char *file = g_strconcat (prefix, name, NULL);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, file, NULL) : NULL;

  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The Secret Service's are known already: the file goes before them, credentials before both. */
static void
finish_list (GTask *task, GHashTable *places)
{
  FarSecretsWork *work = g_task_get_task_data (task);
  const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *prefix = credential_prefix (work->id);
  g_autoptr (GHashTable) kept = far_secrets_table_new ();
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  GError *error = NULL;
  GHashTableIter iter;
  gpointer key;
  const char *name;

  if (!far_secrets_read_file (work->secrets, work->id, kept, &error))
    {
      g_hash_table_unref (places);
      g_task_return_error (task, error);
      return;
    }
  g_hash_table_iter_init (&iter, kept);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_replace (places, g_strdup (key), (gpointer) FAR_SECRET_PLACE_FILE);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, prefix))
      g_hash_table_replace (places, g_strdup (name + strlen (prefix)),
                            (gpointer) FAR_SECRET_PLACE_CREDENTIAL);
  g_task_return_pointer (task, places, (GDestroyNotify) g_hash_table_unref);
}

static GHashTable *
new_places (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GHashTable *places = new_places ();
  GList *items = secret_password_search_finish (result, NULL);

  for (GList *link = items; link != NULL; link = link->next)
    {
      g_autoptr (GHashTable) attributes = secret_retrievable_get_attributes (link->data);
      const char *name = g_hash_table_lookup (attributes, "name");

      if (name != NULL)
        g_hash_table_replace (places, g_strdup (name), (gpointer) FAR_SECRET_PLACE_KEYRING);
    }
  g_list_free_full (items, g_object_unref);
  finish_list (task, places);
}

void
far_secret_list_async (FarSecrets *self, const char *id, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, id, NULL, cancellable, callback, user_data);

  if (self->service)
    secret_password_search (&far_secrets_schema, SECRET_SEARCH_ALL, cancellable, on_searched,
                            g_object_ref (task), "data-dir", self->data_dir, "deployment", id,
                            NULL);
  else
    finish_list (task, new_places ());
}

GHashTable *
far_secret_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
