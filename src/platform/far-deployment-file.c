/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns DATA/deployments.json: what is watched, without any secret. Written whole, by renaming. */
#include "platform/far-deployment-file.h"

#include "base/far-json.h"

#define FILE_NAME "deployments.json"
#define FILE_MAX (1024 * 1024)
#define TEXT_MAX 1024

static char *
file_path (FarDeployments *self)
{
  return g_build_filename (self->data_dir, FILE_NAME, NULL);
}

static gboolean
read_settings (JsonObject *object, GHashTable *settings, GError **error)
{
  g_autoptr (GList) members = json_object_get_members (object);
  GList *link;

  for (link = members; link != NULL; link = link->next)
    {
      const char *value;

      if (!far_json_get_string (object, link->data, TEXT_MAX, &value, error))
        return FALSE;
      g_hash_table_insert (settings, g_strdup (link->data), g_strdup (value));
    }
  return TRUE;
}

static gboolean
read_secret_names (JsonObject *object, FarDeployment *deployment, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, "secrets", FAR_SECRETS_MAX, &array, error))
    return FALSE;
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        g_ptr_array_add (names, g_strdup (json_node_get_string (node)));
    }
  g_ptr_array_add (names, NULL);
  g_strfreev (deployment->secret_names);
  deployment->secret_names = g_strdupv ((char **) names->pdata);
  return TRUE;
}

static gboolean
read_one (FarDeployments *self, JsonNode *node, GError **error)
{
  g_autoptr (GHashTable) settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                           g_free);
  g_autoptr (FarDeployment) deployment = NULL;
  FarDeploymentRequest request = { .settings = settings };
  JsonObject *object, *members;
  gint64 added_us;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_FILE, "an entry is no object");
      return FALSE;
    }
  object = json_node_get_object (node);
  if (!far_json_get_string (object, "id", FAR_DEPLOYMENT_ID_MAX, &request.id, error) ||
      !far_json_get_string (object, "kind", TEXT_MAX, &request.kind, error) ||
      !far_json_get_string (object, "name", FAR_DEPLOYMENT_NAME_MAX, &request.name, error) ||
      !far_json_get_string (object, "money", TEXT_MAX, &request.money, error) ||
      !far_json_get_int (object, "added_us", 0, G_MAXINT64, &added_us, error) ||
      !far_json_get_object (object, "settings", &members, error) ||
      !read_settings (members, settings, error))
    return FALSE;
  deployment = far_deployment_new (self, &request, added_us);
  if (!read_secret_names (object, deployment, error))
    return FALSE;
  g_ptr_array_add (self->list, g_steal_pointer (&deployment));
  return TRUE;
}

static gboolean
read_all (FarDeployments *self, const char *text, gsize length, GError **error)
{
  g_autoptr (JsonNode) root = far_json_parse_object (text, length, FILE_MAX, error);
  JsonArray *array;
  guint i;

  if (root == NULL || !far_json_get_array (json_node_get_object (root), "deployments",
                                           FAR_DEPLOYMENTS_MAX, &array, error))
    return FALSE;
  for (i = 0; i < json_array_get_length (array); i++)
    if (!read_one (self, json_array_get_element (array, i), error))
      return FALSE;
  return TRUE;
}

gboolean
far_deployments_file_read (FarDeployments *self, GError **error)
{
  g_autofree char *path = file_path (self);
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &why))
    {
      if (g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
    }
  else if (read_all (self, text, length, &why))
    return TRUE;
  g_set_error (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_FILE,
               "The list of deployments %s cannot be read: %s; mend it, or move it away to begin "
               "with none", path, why->message);
  return FALSE;
}

static void
write_one (FarJsonWriter *writer, FarDeployment *deployment)
{
  GHashTableIter iter;
  gpointer name, value;
  guint i;

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "id", deployment->id);
  far_json_add_string (writer, "kind", deployment->kind);
  far_json_add_string (writer, "name", deployment->name);
  far_json_add_string (writer, "money", deployment->money);
  far_json_add_int (writer, "added_us", deployment->added_us);
  far_json_begin_object (writer, "settings");
  g_hash_table_iter_init (&iter, deployment->settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    far_json_add_string (writer, name, value);
  far_json_end_object (writer);
  far_json_begin_array (writer, "secrets");
  for (i = 0; deployment->secret_names[i] != NULL; i++)
    far_json_add_string (writer, NULL, deployment->secret_names[i]);
  far_json_end_array (writer);
  far_json_end_object (writer);
}

gboolean
far_deployments_file_write (FarDeployments *self, GError **error)
{
  g_autofree char *path = file_path (self);
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) why = NULL;
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "deployments");
  for (i = 0; i < self->list->len; i++)
    write_one (&writer, g_ptr_array_index (self->list, i));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  if (g_file_set_contents_full (path, writer.text->str, (gssize) writer.text->len,
                                G_FILE_SET_CONTENTS_CONSISTENT, 0600, &why))
    return TRUE;
  g_set_error (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_FILE,
               "The list of deployments cannot be written to %s: %s", path, why->message);
  return FALSE;
}
