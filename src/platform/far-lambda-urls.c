/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on function URLs. */
#include <string.h>

#include "platform/far-cors.h"
#include "platform/far-function-url.h"
#include "platform/far-lambda-private.h"

static const char *const members[] = { "AuthType", "Cors", "InvokeMode", NULL };

static void
add_url (FarJsonWriter *writer, const char *name, FarLambdaOp *op, FarFunction *function,
         gboolean whole)
{
  const FarTemplateUrl *url = &function->spec->url;
  g_autofree char *text = far_function_url_format (op->control->lambda_url, function->name);

  far_json_begin_object (writer, name);
  far_json_add_string (writer, "FunctionUrl", text);
  far_json_add_string (writer, "FunctionArn", function->arn);
  far_json_add_string (writer, "AuthType", url->iam ? "AWS_IAM" : "NONE");
  if (url->cors != NULL)
    far_json_add_raw (writer, "Cors", url->cors, -1);
  far_json_add_string (writer, "InvokeMode", url->stream ? "RESPONSE_STREAM" : "BUFFERED");
  far_lambda_add_time (writer, "CreationTime", url->created_us);
  if (whole)
    far_lambda_add_time (writer, "LastModifiedTime", url->modified_us);
  far_json_end_object (writer);
}

static gboolean
check_there (FarLambdaOp *op, FarFunction *function)
{
  if (function->spec->url.set)
    return TRUE;
  far_lambda_op_error (op, 404, "ResourceNotFoundException",
                       "The resource you requested does not exist.");
  return FALSE;
}

static void
url_clear (FarTemplateUrl *url)
{
  g_clear_pointer (&url->cors, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarTemplateUrl, url_clear)

/* An empty one ends it. */
static gboolean
read_cors (FarLambdaOp *op, FarTemplateUrl *url)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  if (!far_lambda_read_object (op, op->body, "Cors", &object))
    return FALSE;
  if (object == NULL)
    return TRUE;
  g_clear_pointer (&url->cors, g_free);
  if (json_object_get_size (object) > 0)
    url->cors = far_cors_read (object, &error);
  if (error != NULL)
    far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value at "
                         "'cors' failed to satisfy constraint: %s", error->message);
  return error == NULL;
}

static gboolean
read_url (FarLambdaOp *op, FarTemplateUrl *url, gboolean *ret_has_auth)
{
  static const char *const auths[] = { "NONE", "AWS_IAM", NULL };
  static const char *const modes[] = { "BUFFERED", "RESPONSE_STREAM", NULL };
  guint auth = url->iam;
  guint mode = url->stream;

  if (!far_lambda_read_only (op, members)
      || !far_lambda_read_word (op, op->body, "AuthType", auths, &auth)
      || !far_lambda_read_word (op, op->body, "InvokeMode", modes, &mode)
      || !read_cors (op, url))
    return FALSE;
  *ret_has_auth = far_lambda_has (op, "AuthType");
  url->iam = auth == 1;
  url->stream = mode == 1;
  return TRUE;
}

/* Takes what url has. */
static void
store (FarLambdaOp *op, FarFunction *function, FarTemplateUrl *url)
{
  FarTemplateFunction *spec = far_template_function_copy (function->spec);

  url_clear (&spec->url);
  spec->url = *url;
  url->cors = NULL;
  far_registry_update (op->control->registry, function, spec, FALSE, far_lambda_op_stored, op);
}

void
far_lambda_create_url (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };
  g_auto (FarTemplateUrl) url = { .set = TRUE };
  gboolean has_auth;

  if (function == NULL || !read_url (op, &url, &has_auth))
    return;
  if (!has_auth)
    {
      far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value "
                           "null at 'authType' failed to satisfy constraint: Member must not be "
                           "null");
      return;
    }
  if (function->spec->url.set)
    {
      far_lambda_op_error (op, 409, "ResourceConflictException",
                           "FunctionUrlConfig exists for this Lambda function");
      return;
    }
  url.created_us = url.modified_us = far_lambda_op_now_us (op);
  store (op, function, &url);
  far_json_writer_init (&writer);
  add_url (&writer, NULL, op, function, FALSE);
  far_lambda_op_keep (op, 201, &writer);
}

void
far_lambda_update_url (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };
  g_auto (FarTemplateUrl) url = { .set = TRUE };
  gboolean has_auth;

  if (function == NULL || !check_there (op, function))
    return;
  url = function->spec->url;
  url.cors = g_strdup (url.cors);
  if (!read_url (op, &url, &has_auth))
    return;
  url.modified_us = far_lambda_op_now_us (op);
  store (op, function, &url);
  far_json_writer_init (&writer);
  add_url (&writer, NULL, op, function, TRUE);
  far_lambda_op_keep (op, 200, &writer);
}

void
far_lambda_get_url (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };

  if (function == NULL || !check_there (op, function))
    return;
  far_json_writer_init (&writer);
  add_url (&writer, NULL, op, function, TRUE);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_list_urls (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };

  if (function == NULL)
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "FunctionUrlConfigs");
  if (function->spec->url.set)
    add_url (&writer, NULL, op, function, TRUE);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_delete_url (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  FarTemplateUrl none = { .set = FALSE };

  if (function == NULL || !check_there (op, function))
    return;
  far_lambda_op_keep (op, 204, NULL);
  store (op, function, &none);
}
