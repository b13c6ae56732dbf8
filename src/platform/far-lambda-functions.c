/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on functions: list, create, get, configuration, code, delete. Uploaded code is decoded
 * and unpacked on a thread of its own; what the thread needs is in its Upload. */
#include <string.h>

#include "base/far-crypto.h"
#include "platform/far-code-archive.h"
#include "platform/far-function-document.h"
#include "platform/far-lambda-config.h"
#include "platform/far-lambda-private.h"

#define NAME_MAX_LEN 64

static const char *const create_members[] = {
  "FunctionName", "Runtime", "Role", "Handler", "Code", "Description", "Timeout", "MemorySize",
  "Publish", "PackageType", "DeadLetterConfig", "Environment", "TracingConfig", "Architectures",
  "EphemeralStorage", "SnapStart", "LoggingConfig", NULL,
};
static const char *const config_members[] = {
  "FunctionName", "Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize",
  "DeadLetterConfig", "Environment", "TracingConfig", "RevisionId", "EphemeralStorage", "SnapStart",
  "LoggingConfig", NULL,
};
static const char *const code_members[] = {
  "FunctionName", "ZipFile", "Publish", "DryRun", "RevisionId", "Architectures", NULL,
};

typedef struct {
  FarLambdaOp         *op;
  FarTemplateFunction *spec;  /* of the function to be made; NULL: its code is updated */
  char                *name;
  const char          *zip;   /* base64; the operation's */
  char                *root;  /* "" : only a look */
  char                *dir;
  char                *sha256;
  gsize                n_zip;
} Upload;

static void
upload_free (gpointer data)
{
  Upload *upload = data;

  g_clear_pointer (&upload->spec, far_template_function_free);
  g_free (upload->name);
  g_free (upload->root);
  g_free (upload->dir);
  g_free (upload->sha256);
  g_free (upload);
}

static void
upload_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Upload *upload = data;
  g_autofree guchar *zip = NULL;
  g_autofree char *hex = NULL;
  guint8 digest[FAR_SHA256_LEN];
  GError *error = NULL;
  gboolean good;

  zip = g_base64_decode (upload->zip, &upload->n_zip);
  far_sha256 (zip, upload->n_zip, digest);
  upload->sha256 = g_base64_encode (digest, sizeof digest);
  hex = far_hex_encode (digest, FAR_ID_LEN);
  if (upload->root != NULL)
    {
      upload->dir = g_build_filename (upload->root, hex, NULL);
      good = far_code_archive_unpack (zip, upload->n_zip, upload->dir, &error);
    }
  else
    good = far_code_archive_check (zip, upload->n_zip, &error);
  if (good)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
answer_config (FarLambdaOp *op, guint status, FarFunction *function, gboolean keep)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_lambda_config_add (&writer, NULL, function);
  if (keep)
    far_lambda_op_keep (op, status, &writer);
  else
    far_lambda_op_answer (op, status, &writer);
}

static void
set_code (FarLambdaOp *op, FarTemplateFunction *spec, Upload *upload)
{
  g_free (spec->code_dir);
  spec->code_dir = g_steal_pointer (&upload->dir);
  g_free (spec->code_sha256);
  spec->code_sha256 = g_steal_pointer (&upload->sha256);
  spec->code_size = (gint64) upload->n_zip;
  spec->modified_us = far_lambda_op_now_us (op);
}

static void
finish_create (FarLambdaOp *op, Upload *upload)
{
  FarRegistry *registry = op->control->registry;
  FarFunction *function;

  if (far_dispatcher_find (op->control->dispatcher, upload->name) != NULL)
    {
      far_lambda_op_error (op, 409, "ResourceConflictException", "Function already exist: %s",
                           upload->name);
      return;
    }
  if (far_dispatcher_n_functions (op->control->dispatcher) >= FAR_FUNCTIONS_MAX)
    {
      far_lambda_op_error (op, 400, "CodeStorageExceededException",
                           "There are %d functions already; delete one", FAR_FUNCTIONS_MAX);
      return;
    }
  set_code (op, upload->spec, upload);
  function = far_registry_create (registry, g_steal_pointer (&upload->spec), far_lambda_op_stored,
                                  op);
  answer_config (op, 201, function, TRUE);
}

static void
finish_update (FarLambdaOp *op, Upload *upload)
{
  FarFunction *function = far_dispatcher_find (op->control->dispatcher, upload->name);
  FarTemplateFunction *spec;

  if (function == NULL)
    {
      far_lambda_op_error (op, 404, "ResourceNotFoundException", "Function not found: %s",
                           upload->name);
      return;
    }
  if (upload->root == NULL)
    {
      answer_config (op, 200, function, FALSE);
      return;
    }
  spec = far_template_function_copy (function->spec);
  set_code (op, spec, upload);
  far_registry_update (op->control->registry, function, spec, TRUE, far_lambda_op_stored, op);
  answer_config (op, 200, function, TRUE);
}

static void
refuse_code (FarLambdaOp *op, const GError *error)
{
  if (error->code == FAR_CODE_ERROR_IO)
    far_lambda_op_error (op, 500, "ServiceException", "%s", error->message);
  else if (error->code == FAR_CODE_ERROR_ZIP_SIZE)
    far_lambda_op_error (op, 413, "RequestEntityTooLargeException", "%s", error->message);
  else
    far_lambda_op_error (op, 400, "InvalidParameterValueException", "%s", error->message);
}

static void
on_uploaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Upload *upload = g_task_get_task_data (G_TASK (result));
  FarLambdaOp *op = upload->op;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    refuse_code (op, error);
  else if (op->control == NULL)
    far_lambda_op_stored (op, NULL); /* nobody is there to be told */
  else if (upload->spec != NULL)
    finish_create (op, upload);
  else
    finish_update (op, upload);
}

/* object: with the member ZipFile. spec: (transfer full) (nullable). */
static void
upload (FarLambdaOp *op, JsonObject *object, const char *name, FarTemplateFunction *spec,
        gboolean only_look)
{
  g_autoptr (GTask) task = NULL;
  Upload *data;
  const char *zip = NULL;

  if (!far_json_get_string (object, "ZipFile", FAR_LAMBDA_CONTROL_BODY_MAX, &zip, NULL)
      || *zip == '\0')
    {
      g_clear_pointer (&spec, far_template_function_free);
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "Please provide a source for function code: a ZipFile; code in S3 or "
                           "in an image is not run by this platform.");
      return;
    }
  data = g_new0 (Upload, 1);
  data->op = op;
  data->spec = spec;
  data->name = g_strdup (name);
  data->zip = zip;
  if (!only_look)
    data->root = far_registry_code_root (op->control->registry, name);
  task = g_task_new (NULL, NULL, on_uploaded, NULL);
  g_task_set_task_data (task, data, upload_free);
  g_task_run_in_thread (task, upload_thread);
}

/* ---- Reading ---- */

void
far_lambda_list_functions (FarLambdaOp *op)
{
  FarDispatcher *dispatcher = op->control->dispatcher;
  g_auto (FarJsonWriter) writer = { 0 };
  guint n = far_dispatcher_n_functions (dispatcher);
  guint first;
  guint max;
  guint i;

  if (!far_lambda_read_page (op, &first, &max))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "Functions");
  for (i = first; i < n && i - first < max; i++)
    far_lambda_config_add (&writer, NULL, far_dispatcher_nth (dispatcher, i));
  far_json_end_array (&writer);
  if (i < n)
    {
      g_autofree char *marker = g_strdup_printf ("%u", i);

      far_json_add_string (&writer, "NextMarker", marker);
    }
  else
    far_json_add_null (&writer, "NextMarker");
  far_json_end_object (&writer);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_get_function (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };

  if (function == NULL)
    return;
  far_json_writer_init (&writer);
  far_lambda_config_add_function (&writer, function);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_get_config (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);

  if (function != NULL)
    answer_config (op, 200, function, FALSE);
}

void
far_lambda_list_versions (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };

  if (function == NULL)
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "Versions");
  far_lambda_config_add (&writer, NULL, function);
  far_json_end_array (&writer);
  far_json_add_null (&writer, "NextMarker");
  far_json_end_object (&writer);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_get_account (FarLambdaOp *op)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_lambda_config_add_account (&writer, op->control->dispatcher);
  far_lambda_op_answer (op, 200, &writer);
}

/* ---- Changing ---- */

/* Versions are not kept: what would make one is refused. */
static gboolean
check_publish (FarLambdaOp *op)
{
  gboolean publish = FALSE;

  if (!far_lambda_read_bool (op, op->body, "Publish", &publish))
    return FALSE;
  if (publish)
    far_lambda_op_error (op, 400, "InvalidParameterValueException",
                         "This platform keeps no versions; leave Publish out");
  return !publish;
}

static gboolean
check_revision (FarLambdaOp *op, FarFunction *function)
{
  g_autofree char *wanted = NULL;
  char revision[FAR_UUID_LEN + 1];

  if (!far_lambda_read_text (op, op->body, "RevisionId", 256, &wanted))
    return FALSE;
  far_function_document_revision (function->spec, revision);
  if (wanted == NULL || strcmp (wanted, revision) == 0)
    return TRUE;
  far_lambda_op_error (op, 412, "PreconditionFailedException",
                       "The RevisionId provided does not match the latest RevisionId. Call the "
                       "GetFunction/GetAlias API to retrieve the latest RevisionId");
  return FALSE;
}

static gboolean
is_name (const char *name)
{
  const char *at = name;

  while (g_ascii_isalnum (*at) || *at == '-' || *at == '_')
    at++;
  return *at == '\0' && at > name && at - name <= NAME_MAX_LEN;
}

static gboolean
check_needed (FarLambdaOp *op, const char *name)
{
  if (far_lambda_has (op, name))
    return TRUE;
  far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value null at "
                       "'%s' failed to satisfy constraint: Member must not be null", name);
  return FALSE;
}

void
far_lambda_create_function (FarLambdaOp *op)
{
  g_autoptr (FarTemplateFunction) spec = far_template_function_new ();
  g_autofree char *qualifier = NULL;
  g_autofree char *text = NULL;
  JsonObject *code;

  if (!check_needed (op, "FunctionName") || !check_needed (op, "Role")
      || !check_needed (op, "Code") || !check_needed (op, "Runtime")
      || !check_needed (op, "Handler") || !far_lambda_read_only (op, create_members)
      || !check_publish (op) || !far_lambda_read_text (op, op->body, "FunctionName", 170, &text)
      || !far_lambda_read_object (op, op->body, "Code", &code))
    return;
  spec->name = text != NULL ? far_lambda_parse_name (text, &qualifier) : NULL;
  if (spec->name != NULL && strlen (spec->name) > NAME_MAX_LEN)
    {
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "1 validation error detected: Value '%s' at 'functionName' failed to "
                           "satisfy constraint: Member must have length less than or equal to %d",
                           spec->name, NAME_MAX_LEN);
      return;
    }
  if (spec->name == NULL || qualifier != NULL || !is_name (spec->name))
    {
      far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value at "
                           "'functionName' failed to satisfy constraint: Member must have 1 to %d "
                           "letters, digits, - and _", NAME_MAX_LEN);
      return;
    }
  if (!far_lambda_read_spec (op, spec))
    return;
  if (far_dispatcher_find (op->control->dispatcher, spec->name) != NULL)
    {
      far_lambda_op_error (op, 409, "ResourceConflictException", "Function already exist: %s",
                           spec->name);
      return;
    }
  g_free (text);
  text = g_strdup (spec->name);
  upload (op, code, text, g_steal_pointer (&spec), FALSE);
}

void
far_lambda_update_config (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_autoptr (FarTemplateFunction) spec = NULL;

  if (function == NULL || !far_lambda_read_only (op, config_members)
      || !check_revision (op, function))
    return;
  spec = far_template_function_copy (function->spec);
  if (!far_lambda_read_spec (op, spec))
    return;
  spec->modified_us = far_lambda_op_now_us (op);
  far_registry_update (op->control->registry, function, g_steal_pointer (&spec), TRUE,
                       far_lambda_op_stored, op);
  answer_config (op, 200, function, TRUE);
}

void
far_lambda_update_code (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  gboolean dry = FALSE;

  if (function == NULL || !far_lambda_read_only (op, code_members) || !check_publish (op)
      || !check_revision (op, function) || !far_lambda_read_bool (op, op->body, "DryRun", &dry))
    return;
  upload (op, op->body, function->name, NULL, dry);
}

void
far_lambda_delete_function (FarLambdaOp *op)
{
  g_autofree char *asked = far_lambda_query_value (op->query, "Qualifier");
  g_autofree char *own = NULL;
  g_autofree char *name = far_lambda_parse_name (op->name, &own);
  FarFunction *function = far_lambda_op_function (op);

  if (function == NULL)
    return;
  if (asked != NULL || own != NULL)
    {
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "%s of %s cannot be deleted without the function; leave the qualifier "
                           "out to delete both", asked != NULL ? asked : own, name);
      return;
    }
  if (!function->spec->made)
    {
      far_lambda_op_error (op, 409, "ResourceConflictException",
                           "%s stands in the template that this platform runs; remove it there",
                           function->name);
      return;
    }
  far_lambda_op_keep (op, 204, NULL);
  far_registry_delete (op->control->registry, function, far_lambda_op_stored, op);
}
