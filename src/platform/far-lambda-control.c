/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarLambdaControl: which operation a request is, and the way of its answer. Operations are one
 * function each, in the files beside this one. */
#include "platform/far-lambda-control.h"

#include <string.h>

#include "platform/far-lambda-private.h"
#include "platform/far-routes.h"

#define FUNCTIONS "/2015-03-31/functions"
#define SOURCES "/2015-03-31/event-source-mappings"
#define QUERY_PAIRS_MAX 32

static const struct {
  const char      *method;
  const char      *path;
  FarLambdaHandler handler;
} operations[] = {
  { "GET", FUNCTIONS, far_lambda_list_functions },
  { "GET", FUNCTIONS "/", far_lambda_list_functions },
  { "POST", FUNCTIONS, far_lambda_create_function },
  { "POST", FUNCTIONS "/", far_lambda_create_function },
  { "GET", FUNCTIONS "/{name}", far_lambda_get_function },
  { "DELETE", FUNCTIONS "/{name}", far_lambda_delete_function },
  { "GET", FUNCTIONS "/{name}/configuration", far_lambda_get_config },
  { "PUT", FUNCTIONS "/{name}/configuration", far_lambda_update_config },
  { "PUT", FUNCTIONS "/{name}/code", far_lambda_update_code },
  { "GET", FUNCTIONS "/{name}/versions", far_lambda_list_versions },
  { "GET", "/2016-08-19/account-settings", far_lambda_get_account },
  { "GET", "/2016-08-19/account-settings/", far_lambda_get_account },
  { "PUT", "/2017-10-31/functions/{name}/concurrency", far_lambda_put_concurrency },
  { "DELETE", "/2017-10-31/functions/{name}/concurrency", far_lambda_delete_concurrency },
  { "GET", "/2019-09-30/functions/{name}/concurrency", far_lambda_get_concurrency },
  { "PUT", "/2019-09-30/functions/{name}/provisioned-concurrency", far_lambda_put_provisioned },
  { "GET", "/2019-09-30/functions/{name}/provisioned-concurrency", far_lambda_get_provisioned },
  { "DELETE", "/2019-09-30/functions/{name}/provisioned-concurrency",
    far_lambda_delete_provisioned },
  { "PUT", "/2019-09-25/functions/{name}/event-invoke-config", far_lambda_put_async },
  { "POST", "/2019-09-25/functions/{name}/event-invoke-config", far_lambda_update_async },
  { "GET", "/2019-09-25/functions/{name}/event-invoke-config", far_lambda_get_async },
  { "DELETE", "/2019-09-25/functions/{name}/event-invoke-config", far_lambda_delete_async },
  { "GET", "/2019-09-25/functions/{name}/event-invoke-config/list", far_lambda_list_async },
  { "POST", SOURCES, far_lambda_create_source },
  { "POST", SOURCES "/", far_lambda_create_source },
  { "GET", SOURCES, far_lambda_list_sources },
  { "GET", SOURCES "/", far_lambda_list_sources },
  { "GET", SOURCES "/{uuid}", far_lambda_get_source },
  { "PUT", SOURCES "/{uuid}", far_lambda_update_source },
  { "DELETE", SOURCES "/{uuid}", far_lambda_delete_source },
  { "POST", "/2021-10-31/functions/{name}/url", far_lambda_create_url },
  { "PUT", "/2021-10-31/functions/{name}/url", far_lambda_update_url },
  { "GET", "/2021-10-31/functions/{name}/url", far_lambda_get_url },
  { "DELETE", "/2021-10-31/functions/{name}/url", far_lambda_delete_url },
  { "GET", "/2021-10-31/functions/{name}/urls", far_lambda_list_urls },
};

void
far_lambda_error_body (guint status, const char *message, GString *body)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "Type", status < 500 ? "User" : "Service");
  /* Operations of different ages want it in either spelling. */
  far_json_add_string (&writer, "Message", message);
  far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  g_string_append_len (body, writer.text->str, writer.text->len);
}

char *
far_lambda_query_value (const char *query, const char *name)
{
  g_auto (GStrv) pairs = g_strsplit (query, "&", QUERY_PAIRS_MAX);
  gsize n = strlen (name);
  guint i;

  for (i = 0; pairs[i] != NULL; i++)
    if (strncmp (pairs[i], name, n) == 0 && pairs[i][n] == '=')
      {
        char *value = g_strdup (pairs[i] + n + 1);

        if (!far_uri_unescape (value, TRUE))
          g_clear_pointer (&value, g_free);
        return value;
      }
  return NULL;
}

/* What is not ASCII stands in strings only; line ends stand between tokens only. */
char *
far_lambda_to_ascii (const char *json, gssize n_bytes)
{
  const char *end = json + (n_bytes >= 0 ? (gsize) n_bytes : strlen (json));
  GString *text = g_string_sized_new ((gsize) (end - json) + 1);
  const char *at = json;

  while (at < end)
    {
      gunichar c = g_utf8_get_char (at);

      if (c == '\r' || c == '\n' || c == '\t')
        g_string_append_c (text, ' ');
      else if (c < 0x80)
        g_string_append_c (text, (char) c);
      else if (c < 0x10000)
        g_string_append_printf (text, "\\u%04x", c);
      else
        g_string_append_printf (text, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                                0xdc00 + ((c - 0x10000) & 0x3ff));
      at = g_utf8_next_char (at);
    }
  return g_string_free (text, FALSE);
}

/* ---- One operation ---- */

static void
op_free (FarLambdaOp *op)
{
  if (op->control != NULL)
    g_queue_unlink (&op->control->ops, &op->link);
  if (op->root != NULL)
    json_node_unref (op->root);
  json_object_unref (op->body);
  g_free (op->name);
  g_free (op->query);
  g_free (op->text);
  g_free (op);
}

static void
tell (FarLambdaOp *op, guint status, const char *type, const char *body, gsize n_body)
{
  if (op->control != NULL)
    op->answer (status, type, body, n_body, op->user_data);
  op_free (op);
}

void
far_lambda_op_answer (FarLambdaOp *op, guint status, FarJsonWriter *writer)
{
  tell (op, status, NULL, writer->text->str, writer->text->len);
}

void
far_lambda_op_empty (FarLambdaOp *op)
{
  tell (op, 204, NULL, "", 0);
}

void
far_lambda_op_error (FarLambdaOp *op, guint status, const char *type, const char *format, ...)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  far_lambda_error_body (status, message, body);
  tell (op, status, type, body->str, body->len);
}

void
far_lambda_op_keep (FarLambdaOp *op, guint status, FarJsonWriter *writer)
{
  op->status = status;
  if (writer != NULL)
    op->text = far_json_writer_steal (writer, &op->n_text);
}

void
far_lambda_op_stored (gpointer data, const GError *error)
{
  FarLambdaOp *op = data;

  if (error == NULL)
    tell (op, op->status, NULL, op->text != NULL ? op->text : "", op->n_text);
  else
    far_lambda_op_error (op, 500, "ServiceException", "The change is in force, but could not be "
                         "written to disk, and is lost with the next stop: %s", error->message);
}

FarFunction *
far_lambda_op_function (FarLambdaOp *op)
{
  FarFunction *function
      = far_lambda_find_function (op->control->dispatcher, op->name, op->query);
  g_autofree char *message = NULL;
  const char *type;
  guint status;

  if (function != NULL)
    return function;
  status = far_lambda_explain_name (op->name, op->query, &type, &message);
  far_lambda_op_error (op, status, type, "%s", message);
  return NULL;
}

gint64
far_lambda_op_now_us (FarLambdaOp *op)
{
  return far_clock_now_us (far_dispatcher_get_clock (op->control->dispatcher));
}

/* ---- Requests ---- */

static gboolean
read_body (FarLambdaOp *op, const FarLambdaRequest *request)
{
  g_autoptr (GError) error = NULL;

  if (request->n_body == 0)
    {
      op->body = json_object_new ();
      return TRUE;
    }
  op->root = far_json_parse_object (request->body, request->n_body, FAR_LAMBDA_CONTROL_BODY_MAX,
                                    &error);
  op->body = op->root != NULL ? json_object_ref (json_node_get_object (op->root))
                              : json_object_new ();
  if (op->root != NULL)
    return TRUE;
  far_lambda_op_error (op, 400, "InvalidRequestContentException",
                       "Could not parse request body into json: %s", error->message);
  return FALSE;
}

void
far_lambda_control_handle (FarLambdaControl *self, const FarLambdaRequest *request,
                           FarLambdaAnswer answer, gpointer user_data)
{
  g_auto (FarRouteMatch) match = { 0 };
  FarLambdaOp *op = g_new0 (FarLambdaOp, 1);
  FarLambdaHandler handler = NULL;
  guint i;

  op->control = self;
  op->answer = answer;
  op->user_data = user_data;
  op->link.data = op;
  op->query = g_strdup (request->query);
  g_queue_push_tail_link (&self->ops, &op->link);
  if (far_routes_match (self->routes, request->method, request->path, &match) == FAR_ROUTE_FOUND)
    {
      i = GPOINTER_TO_UINT (match.route->data) - 1;
      handler = operations[i].handler;
      op->name = match.route->names[0] != NULL ? g_strdup (match.values[0]) : NULL;
    }
  if (handler == NULL)
    {
      op->body = json_object_new ();
      far_lambda_op_error (op, 404, "UnknownOperationException",
                           "There is no operation %s %s here.", request->method, request->path);
    }
  else if (self->ops.length > FAR_LAMBDA_OPERATIONS_MAX)
    {
      op->body = json_object_new ();
      far_lambda_op_error (op, 429, "TooManyRequestsException", "Rate exceeded");
    }
  else if (read_body (op, request))
    handler (op);
}

FarLambdaControl *
far_lambda_control_new (FarDispatcher *dispatcher, FarRegistry *registry, FarQueues *queues,
                        FarEventSources *sources, const char *lambda_url)
{
  FarLambdaControl *self = g_new0 (FarLambdaControl, 1);
  guint i;

  self->dispatcher = dispatcher;
  self->registry = registry;
  self->queues = queues;
  self->sources = sources;
  self->lambda_url = g_strdup (lambda_url);
  self->routes = far_routes_new ();
  for (i = 0; i < G_N_ELEMENTS (operations); i++)
    far_routes_add (self->routes, operations[i].method, operations[i].path,
                    GUINT_TO_POINTER (i + 1));
  return self;
}

void
far_lambda_control_free (FarLambdaControl *self)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&self->ops)) != NULL)
    ((FarLambdaOp *) link->data)->control = NULL;
  far_routes_free (self->routes);
  g_free (self->lambda_url);
  g_free (self);
}
