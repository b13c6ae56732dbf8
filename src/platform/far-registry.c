/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarRegistry. A document of the store is {"template": revision, "function": spec}; template is the
 * revision of the template's own function when it was written, "" for functions that the API made.
 * Code that nobody uses any more is removed at the next start: instances may still run from it. */
#include "platform/far-registry.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/far-id.h"
#include "base/far-json.h"
#include "platform/far-code-archive.h"
#include "platform/far-function-document.h"


struct _FarRegistry {
  FarDispatcher    *dispatcher;
  FarPlatformStore *store;
  FarTemplate      *tmpl;
  char             *code_root;
};

static void
revision_in_template (FarRegistry *self, const char *name, char ret_uuid[FAR_UUID_LEN + 1])
{
  const FarTemplateFunction *spec = far_template_find_function (self->tmpl, name);

  ret_uuid[0] = '\0';
  if (spec != NULL)
    far_function_document_revision (spec, ret_uuid);
}

static void
put (FarRegistry *self, const FarTemplateFunction *spec, FarStoreDone done, gpointer user_data)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autofree char *document = far_function_document_write (spec);
  char revision[FAR_UUID_LEN + 1];

  revision_in_template (self, spec->name, revision);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "template", revision);
  far_json_add_raw (&writer, "function", document, -1);
  far_json_end_object (&writer);
  far_platform_store_put (self->store, FAR_REGISTRY_KIND, spec->name, writer.text->str, done,
                          user_data);
}

/* ---- Load ---- */

static gboolean
is_used (FarRegistry *self, const char *path)
{
  guint i;

  for (i = 0; i < far_dispatcher_n_functions (self->dispatcher); i++)
    if (strcmp (far_dispatcher_nth (self->dispatcher, i)->spec->code_dir, path) == 0)
      return TRUE;
  return FALSE;
}

static void
remove_unused_code (FarRegistry *self)
{
  g_autoptr (GDir) functions = g_dir_open (self->code_root, 0, NULL);
  const char *name;

  while (functions != NULL && (name = g_dir_read_name (functions)) != NULL)
    {
      g_autofree char *folder = g_build_filename (self->code_root, name, NULL);
      g_autoptr (GDir) versions = g_dir_open (folder, 0, NULL);
      const char *version;

      while (versions != NULL && (version = g_dir_read_name (versions)) != NULL)
        {
          g_autofree char *path = g_build_filename (folder, version, NULL);

          if (!is_used (self, path))
            far_code_archive_remove (path);
        }
      g_rmdir (folder); /* only where it is empty */
    }
}

/* One that cannot be read is told and left as it is. */
static gboolean
take_document (const char *key, const char *json, gpointer user_data, GError **error)
{
  FarRegistry *self = user_data;
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) root
      = far_json_parse_object (json, strlen (json), FAR_FUNCTION_DOCUMENT_MAX, &why);
  g_autoptr (FarTemplateFunction) spec = NULL;
  g_autofree char *document = NULL;
  FarFunction *function = far_dispatcher_find (self->dispatcher, key);
  JsonObject *object = NULL;
  const char *revision = NULL;
  char now[FAR_UUID_LEN + 1];

  if (root != NULL
      && far_json_get_string (json_node_get_object (root), "template", FAR_UUID_LEN, &revision,
                              &why)
      && far_json_get_object (json_node_get_object (root), "function", &object, &why))
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
      g_auto (FarJsonWriter) writer = { 0 };

      far_json_writer_init (&writer);
      far_json_add_node (&writer, NULL, node);
      document = far_json_writer_steal (&writer, NULL);
    }
  revision_in_template (self, key, now);
  if (document != NULL && strcmp (revision, now) == 0)
    spec = far_function_document_read (document, function != NULL ? function->spec : NULL, &why);
  if (spec != NULL && strcmp (spec->name, key) == 0)
    {
      if (function != NULL)
        far_dispatcher_update (self->dispatcher, function, g_steal_pointer (&spec), FALSE);
      else
        far_dispatcher_add (self->dispatcher, spec);
    }
  else if (why != NULL)
    {
      g_autofree char *text = g_strdup_printf ("The function %s cannot be read back: %s", key,
                                               why->message);

      far_dispatcher_annotate (self->dispatcher, NULL, "function_lost", text);
    }
  return TRUE;
}

FarRegistry *
far_registry_new (FarDispatcher *dispatcher, FarPlatformStore *store, FarTemplate *tmpl,
                  const char *data_dir, GError **error)
{
  FarRegistry *self = g_new0 (FarRegistry, 1);

  self->dispatcher = dispatcher;
  self->store = store;
  self->tmpl = tmpl;
  self->code_root = g_build_filename (data_dir, FAR_REGISTRY_CODE_DIR, NULL);
  if (!far_platform_store_each (store, FAR_REGISTRY_KIND, take_document, self, error))
    g_clear_pointer (&self, far_registry_free);
  else
    remove_unused_code (self);
  return self;
}

void
far_registry_free (FarRegistry *self)
{
  g_free (self->code_root);
  g_free (self);
}

/* ---- Changes ---- */

FarFunction *
far_registry_create (FarRegistry *self, FarTemplateFunction *spec, FarStoreDone done,
                     gpointer user_data)
{
  g_autoptr (FarTemplateFunction) taken = spec;
  FarFunction *function;

  taken->made = TRUE;
  function = far_dispatcher_add (self->dispatcher, taken);
  if (function != NULL)
    put (self, taken, done, user_data);
  return function;
}

void
far_registry_update (FarRegistry *self, FarFunction *function, FarTemplateFunction *spec,
                     gboolean renew, FarStoreDone done, gpointer user_data)
{
  far_dispatcher_update (self->dispatcher, function, spec, renew);
  put (self, spec, done, user_data);
}

void
far_registry_delete (FarRegistry *self, FarFunction *function, FarStoreDone done,
                     gpointer user_data)
{
  g_autofree char *name = g_strdup (function->name);

  far_dispatcher_remove (self->dispatcher, function);
  far_platform_store_put (self->store, FAR_REGISTRY_KIND, name, NULL, done, user_data);
}

char *
far_registry_code_root (FarRegistry *self, const char *function)
{
  return g_build_filename (self->code_root, function, NULL);
}
