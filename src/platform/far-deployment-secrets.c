/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the places of secrets. The Secret Service is asked without blocking, one secret after the
 * other; files are a few bytes and read at once. */
#include "platform/far-deployment-secrets-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/far-crypto.h"
#include "base/far-json.h"

#define FOLDER "secrets"
#define FILE_MAX 32768

G_DEFINE_QUARK (far-secrets-error-quark, far_secrets_error)

const SecretSchema far_secrets_schema = {
  "io.github.farthing.Deployment", SECRET_SCHEMA_NONE,
  {
    { "data-dir", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "deployment", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "name", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { NULL, 0 },
  },
};

static void
wipe (gpointer text)
{
  far_secret_wipe (text, strlen (text));
  g_free (text);
}

static gboolean
has_session_bus (void)
{
  g_autofree char *socket = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  return g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL ||
         (g_getenv ("XDG_RUNTIME_DIR") != NULL && g_file_test (socket, G_FILE_TEST_EXISTS));
}

FarSecrets *
far_secrets_new (const char *data_dir)
{
  FarSecrets *self = g_rc_box_new0 (FarSecrets);

  self->data_dir = g_strdup (data_dir);
  self->folder = g_build_filename (data_dir, FOLDER, NULL);
  self->service = g_strcmp0 (g_getenv ("FARTHING_SECRETS"), "file") != 0 && has_session_bus ();
  return self;
}

static void
clear_secrets (gpointer data)
{
  FarSecrets *self = data;

  g_free (self->data_dir);
  g_free (self->folder);
}

/* What is under way holds it a little longer. */
void
far_secrets_free (FarSecrets *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, clear_secrets);
}

/* ---- Files ---- */

char *
far_secrets_file_of (FarSecrets *self, const char *id)
{
  return g_build_filename (self->folder, id, NULL);
}

gboolean
far_secrets_keep_file (FarSecrets *self, const char *id, GHashTable *secrets, GError **error)
{
  g_autofree char *path = far_secrets_file_of (self, id);
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) file_error = NULL;
  GHashTableIter iter;
  gpointer name, value;
  gboolean ok;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &name, &value))
    far_json_add_string (&writer, name, value);
  far_json_end_object (&writer);
  ok = g_mkdir_with_parents (self->folder, 0700) == 0 &&
       g_file_set_contents_full (path, writer.text->str, (gssize) writer.text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &file_error);
  memset (writer.text->str, 0, writer.text->len);
  if (!ok)
    g_set_error (error, FAR_SECRETS_ERROR, FAR_SECRETS_ERROR_KEEP,
                 "The secrets of %s cannot be kept in %s: %s", id, path,
                 file_error != NULL ? file_error->message : g_strerror (errno));
  return ok;
}

gboolean
far_secrets_read_file (FarSecrets *self, const char *id, GHashTable *found, GError **error)
{
  g_autofree char *path = far_secrets_file_of (self, id);
  g_autofree char *text = NULL;
  g_autoptr (GError) read_error = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GList) members = NULL;
  GStatBuf status;
  gsize length;
  GList *link;

  if (g_stat (path, &status) != 0)
    return TRUE;
  if ((status.st_mode & 077) != 0)
    {
      g_set_error (error, FAR_SECRETS_ERROR, FAR_SECRETS_ERROR_READ,
                   "%s may be read by others; make it 0600, and change the secrets in it", path);
      return FALSE;
    }
  if (g_file_get_contents (path, &text, &length, &read_error))
    root = far_json_parse_object (text, length, FILE_MAX, &read_error);
  if (text != NULL)
    memset (text, 0, length);
  if (root == NULL)
    {
      g_set_error (error, FAR_SECRETS_ERROR, FAR_SECRETS_ERROR_READ, "%s cannot be read: %s", path,
                   read_error->message);
      return FALSE;
    }
  members = json_object_get_members (json_node_get_object (root));
  for (link = members; link != NULL; link = link->next)
    {
      const char *value;

      if (far_json_get_string (json_node_get_object (root), link->data, FAR_SECRET_MAX, &value,
                               NULL))
        g_hash_table_replace (found, g_strdup (link->data), g_strdup (value));
    }
  return TRUE;
}

static void
read_credentials (const char *id, const char *const *names, GHashTable *found)
{
  const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  guint i;

  for (i = 0; folder != NULL && names[i] != NULL; i++)
    {
      g_autofree char *file = g_strdup_printf ("farthing.%s.%s", id, names[i]);
      g_autofree char *path = g_build_filename (folder, file, NULL);
      g_autofree char *text = NULL;
      gsize length;

      if (g_file_get_contents (path, &text, &length, NULL) && length <= FAR_SECRET_MAX)
        g_hash_table_replace (found, g_strdup (names[i]), g_strdup (g_strchomp (text)));
    }
}

/* ---- One after the other ---- */

static void
work_free (gpointer data)
{
  FarSecretsWork *work = data;

  far_secrets_free (work->secrets);
  g_free (work->id);
  g_strfreev (work->names);
  g_hash_table_unref (work->texts);
  g_free (work);
}

GTask *
far_secrets_task_new (FarSecrets *self, const char *id, const char *const *names,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  FarSecretsWork *work = g_new0 (FarSecretsWork, 1);

  work->secrets = g_rc_box_acquire (self);
  work->id = g_strdup (id);
  work->names = g_strdupv ((char **) names);
  work->texts = far_secrets_table_new ();
  g_task_set_task_data (task, work, work_free);
  return task;
}

GHashTable *
far_secrets_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
}

static void keep_next (GTask *task);

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarSecretsWork *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (secret_password_store_finish (result, NULL))
    {
      work->next++;
      keep_next (task);
    }
  /* A session without a Secret Service is a headless host. */
  else if (far_secrets_keep_file (work->secrets, work->id, work->texts, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
keep_next (GTask *task)
{
  FarSecretsWork *work = g_task_get_task_data (task);
  const char *name = work->names[work->next];
  g_autofree char *label = NULL;

  if (name == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  label = g_strdup_printf ("Farthing: %s of %s", name, work->id);
  secret_password_store (&far_secrets_schema, SECRET_COLLECTION_DEFAULT, label,
                         g_hash_table_lookup (work->texts, name), g_task_get_cancellable (task),
                         on_kept, g_object_ref (task),
                         "data-dir", work->secrets->data_dir, "deployment", work->id,
                         "name", name, NULL);
}

static char **
sorted_names (GHashTable *secrets)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (secrets), (GCompareFunc) strcmp);
  GPtrArray *names = g_ptr_array_new ();
  GList *link;

  for (link = keys; link != NULL; link = link->next)
    g_ptr_array_add (names, g_strdup (link->data));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

void
far_secrets_keep_async (FarSecrets *self, const char *id, GHashTable *secrets,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_auto (GStrv) names = sorted_names (secrets);
  g_autoptr (GTask) task = far_secrets_task_new (self, id, (const char *const *) names,
                                                 cancellable, callback, user_data);
  FarSecretsWork *work = g_task_get_task_data (task);
  GHashTableIter iter;
  gpointer name, value;
  GError *error = NULL;

  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (work->texts, g_strdup (name), g_strdup (value));
  if (self->service)
    keep_next (task);
  else if (work->names[0] == NULL || far_secrets_keep_file (self, id, secrets, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

gboolean
far_secrets_keep_finish (FarSecrets *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void read_next (GTask *task);

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarSecretsWork *work = g_task_get_task_data (task);
  char *text = secret_password_lookup_finish (result, NULL);

  if (text != NULL)
    {
      g_hash_table_replace (work->texts, g_strdup (work->names[work->next]), g_strdup (text));
      secret_password_free (text);
    }
  work->next++;
  read_next (task);
}

static void
read_next (GTask *task)
{
  FarSecretsWork *work = g_task_get_task_data (task);
  const char *name = work->names[work->next];

  while (name != NULL && g_hash_table_contains (work->texts, name))
    name = work->names[++work->next];
  if (name == NULL)
    {
      g_task_return_pointer (task, g_hash_table_ref (work->texts),
                             (GDestroyNotify) g_hash_table_unref);
      return;
    }
  if (!work->secrets->service)
    {
      g_task_return_new_error (task, FAR_SECRETS_ERROR, FAR_SECRETS_ERROR_READ,
                               "The secret “%s” is not there any more; add the deployment again",
                               name);
      return;
    }
  secret_password_lookup (&far_secrets_schema, g_task_get_cancellable (task), on_read,
                          g_object_ref (task), "data-dir", work->secrets->data_dir,
                          "deployment", work->id, "name", name, NULL);
}

void
far_secrets_read_async (FarSecrets *self, const char *id, const char *const *names,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = far_secrets_task_new (self, id, names, cancellable, callback,
                                                 user_data);
  FarSecretsWork *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (!far_secrets_read_file (self, id, work->texts, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  read_credentials (id, names, work->texts);
  read_next (task);
}

GHashTable *
far_secrets_read_finish (FarSecrets *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

char *
far_secrets_peek (FarSecrets *self, const char *id, const char *name, GError **error)
{
  g_autoptr (GHashTable) found = far_secrets_table_new ();
  const char *const names[] = { name, NULL };

  if (!far_secrets_read_file (self, id, found, error))
    return NULL;
  read_credentials (id, names, found);
  return g_strdup (g_hash_table_lookup (found, name));
}

gboolean
far_secrets_has_service (FarSecrets *self)
{
  return self->service;
}

void
far_secrets_forget (FarSecrets *self, const char *id, const char *const *names)
{
  g_autofree char *path = far_secrets_file_of (self, id);
  guint i;

  g_unlink (path);
  for (i = 0; self->service && names[i] != NULL; i++)
    secret_password_clear (&far_secrets_schema, NULL, NULL, NULL, "data-dir", self->data_dir,
                           "deployment", id, "name", names[i], NULL);
}
