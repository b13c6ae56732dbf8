/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the format of the documents of kind "function": one object, members in the order of the
 * struct, those that are empty left out. */
#include "platform/far-function-document.h"

#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"
#include "base/far-json.h"

#define TEXT_MAX 8192

typedef enum { TEXT, UINT, INT, TIME, BOOL } Kind;

typedef struct {
  const char *name;
  Kind        kind;
  gsize       offset;
} Member;

#define MEMBER(name, kind, field) { name, kind, G_STRUCT_OFFSET (FarTemplateFunction, field) }

static const Member members[] = {
  MEMBER ("name", TEXT, name),
  MEMBER ("description", TEXT, description),
  MEMBER ("alias", TEXT, alias),
  MEMBER ("code_dir", TEXT, code_dir),
  MEMBER ("handler", TEXT, handler),
  MEMBER ("runtime", TEXT, runtime),
  MEMBER ("memory_mb", UINT, memory_mb),
  MEMBER ("tmp_mb", UINT, tmp_mb),
  MEMBER ("timeout_s", UINT, timeout_s),
  MEMBER ("reserved_concurrency", INT, reserved_concurrency),
  MEMBER ("provisioned", UINT, provisioned),
  MEMBER ("async", BOOL, async.set),
  MEMBER ("async_retries", INT, async.retries),
  MEMBER ("async_age_s", INT, async.age_s),
  MEMBER ("async_on_success", TEXT, async.on_success),
  MEMBER ("async_on_failure", TEXT, async.on_failure),
  MEMBER ("async_modified_us", TIME, async.modified_us),
  MEMBER ("url", BOOL, url.set),
  MEMBER ("url_iam", BOOL, url.iam),
  MEMBER ("url_stream", BOOL, url.stream),
  MEMBER ("url_cors", TEXT, url.cors),
  MEMBER ("url_created_us", TIME, url.created_us),
  MEMBER ("url_modified_us", TIME, url.modified_us),
  MEMBER ("dead_letter", TEXT, dead_letter),
  MEMBER ("made", BOOL, made),
  MEMBER ("role", TEXT, role),
  MEMBER ("code_sha256", TEXT, code_sha256),
  MEMBER ("code_size", TIME, code_size),
  MEMBER ("modified_us", TIME, modified_us),
};

char *
far_function_document_write (const FarTemplateFunction *function)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  for (i = 0; i < G_N_ELEMENTS (members); i++)
    {
      const Member *member = &members[i];
      const void *field = G_STRUCT_MEMBER_P (function, member->offset);

      if (member->kind == TEXT && *(char *const *) field != NULL)
        far_json_add_string (&writer, member->name, *(char *const *) field);
      else if (member->kind == UINT)
        far_json_add_int (&writer, member->name, *(const guint *) field);
      else if (member->kind == INT)
        far_json_add_int (&writer, member->name, *(const int *) field);
      else if (member->kind == TIME)
        far_json_add_int (&writer, member->name, *(const gint64 *) field);
      else if (member->kind == BOOL)
        far_json_add_bool (&writer, member->name, *(const gboolean *) field);
    }
  far_json_begin_array (&writer, "env");
  for (i = 0; function->env != NULL && function->env[i] != NULL; i++)
    far_json_add_string (&writer, NULL, function->env[i]);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

static gboolean
read_member (JsonObject *object, const Member *member, FarTemplateFunction *function,
             GError **error)
{
  void *field = G_STRUCT_MEMBER_P (function, member->offset);
  const char *text;
  gint64 value;

  if (!far_json_has (object, member->name))
    {
      if (member->kind == TEXT)
        g_clear_pointer ((char **) field, g_free);
      return TRUE;
    }
  if (member->kind == TEXT)
    {
      if (!far_json_get_string (object, member->name, TEXT_MAX, &text, error))
        return FALSE;
      g_free (*(char **) field);
      *(char **) field = g_strdup (text);
      return TRUE;
    }
  if (member->kind == BOOL)
    return far_json_get_bool (object, member->name, field, error);
  if (!far_json_get_int (object, member->name, member->kind == INT ? -1 : 0,
                         member->kind == TIME ? G_MAXINT64 : G_MAXINT, &value, error))
    return FALSE;
  if (member->kind == TIME)
    *(gint64 *) field = value;
  else
    *(int *) field = (int) value; /* a guint within an int's bounds, too */
  return TRUE;
}

FarTemplateFunction *
far_function_document_read (const char *json, const FarTemplateFunction *base, GError **error)
{
  g_autoptr (FarTemplateFunction) function
      = base != NULL ? far_template_function_copy (base) : far_template_function_new ();
  g_autoptr (JsonNode) root
      = far_json_parse_object (json, strlen (json), FAR_FUNCTION_DOCUMENT_MAX, error);
  JsonObject *object;
  JsonArray *env;
  guint i;

  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  for (i = 0; i < G_N_ELEMENTS (members); i++)
    if (!read_member (object, &members[i], function, error))
      return NULL;
  if (!far_json_get_array (object, "env", FAR_TEMPLATE_ENV_BYTES_MAX, &env, error))
    return NULL;
  g_strfreev (function->env);
  function->env = g_new0 (char *, json_array_get_length (env) + 1);
  for (i = 0; i < json_array_get_length (env); i++)
    function->env[i] = g_strdup (json_array_get_string_element (env, i));
  if (function->name == NULL || function->code_dir == NULL || function->handler == NULL
      || function->runtime == NULL)
    {
      g_set_error_literal (error, FAR_JSON_ERROR, FAR_JSON_ERROR_MISSING,
                           "The document has no name, code_dir, handler or runtime");
      return NULL;
    }
  return g_steal_pointer (&function);
}

void
far_function_document_revision (const FarTemplateFunction *function, char ret_uuid[37])
{
  g_autofree char *text = far_function_document_write (function);
  guint8 digest[FAR_SHA256_LEN];
  FarId id;

  far_sha256 (text, strlen (text), digest);
  memcpy (id.bytes, digest, FAR_ID_LEN);
  far_id_to_uuid (&id, ret_uuid);
}
