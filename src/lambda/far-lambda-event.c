/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An HTTP API event (payload format 2.0) with types. The event has been parsed strictly; here its
 * members are checked once, at construction, so that the getters cannot fail. Borrows everything
 * from the event but the decoded body. Thread: any. */
#include "lambda/far-lambda-private.h"

#include <string.h>

struct _FarLambdaRequest {
  JsonObject *event; /* owned */
  JsonObject *headers;
  JsonObject *query;
  JsonObject *path_parameters;
  const char *method;
  const char *path;
  const char *route_key;
  const char *raw_query;
  const char *source_ip;
  guint8     *body; /* NUL behind it */
  gsize       body_len;
  JsonNode   *json;
};

static const char *
optional_string (JsonObject *object,
                 const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static JsonObject *
optional_object (JsonObject *object,
                 const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

gboolean
far_lambda_request_accepts (JsonObject *event)
{
  return g_strcmp0 (optional_string (event, "version"), "2.0") == 0 &&
         optional_object (optional_object (event, "requestContext"), "http") != NULL;
}

/* GLib's decoder skips what is not base64; here that is an error. */
static gboolean
decode_base64 (FarLambdaRequest *self,
               const char       *text)
{
  gsize length = strlen (text);

  if (length % 4 != 0 ||
      strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != length)
    return FALSE;
  self->body = length == 0 ? g_malloc0 (1) : g_base64_decode (text, &self->body_len);
  self->body = g_realloc (self->body, self->body_len + 1);
  self->body[self->body_len] = '\0';
  return TRUE;
}

static gboolean
take_body (FarLambdaRequest *self,
           GError          **error)
{
  const char *body = optional_string (self->event, "body");
  gboolean base64 = FALSE;

  if (far_json_has (self->event, "isBase64Encoded") &&
      !far_json_get_bool (self->event, "isBase64Encoded", &base64, error))
    return FALSE;
  if (body == NULL)
    body = "";
  if (!base64)
    {
      self->body_len = strlen (body);
      self->body = g_memdup2 (body, self->body_len + 1);
      return TRUE;
    }
  if (decode_base64 (self, body))
    return TRUE;
  g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT,
                       "The event's body is not base64 as it claims");
  return FALSE;
}

FarLambdaRequest *
far_lambda_request_new (JsonObject *event,
                        GError    **error)
{
  g_autoptr (FarLambdaRequest) self = g_new0 (FarLambdaRequest, 1);
  JsonObject *http = optional_object (optional_object (event, "requestContext"), "http");

  self->event = json_object_ref (event);
  self->headers = optional_object (event, "headers");
  self->query = optional_object (event, "queryStringParameters");
  self->path_parameters = optional_object (event, "pathParameters");
  self->method = optional_string (http, "method");
  self->source_ip = optional_string (http, "sourceIp");
  self->path = optional_string (event, "rawPath");
  self->route_key = optional_string (event, "routeKey");
  self->raw_query = optional_string (event, "rawQueryString");
  if (self->method == NULL || self->path == NULL)
    {
      g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT,
                           "The event has no method or no path");
      return NULL;
    }
  if (!take_body (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
far_lambda_request_free (FarLambdaRequest *self)
{
  if (self == NULL)
    return;
  json_object_unref (self->event);
  g_clear_pointer (&self->json, json_node_unref);
  g_free (self->body);
  g_free (self);
}

const char *
far_lambda_request_get_method (FarLambdaRequest *self)
{
  return self->method;
}

const char *
far_lambda_request_get_path (FarLambdaRequest *self)
{
  return self->path;
}

const char *
far_lambda_request_get_route_key (FarLambdaRequest *self)
{
  return self->route_key ? self->route_key : "";
}

const char *
far_lambda_request_get_raw_query (FarLambdaRequest *self)
{
  return self->raw_query ? self->raw_query : "";
}

const char *
far_lambda_request_get_path_parameter (FarLambdaRequest *self,
                                       const char       *name)
{
  return optional_string (self->path_parameters, name);
}

const char *
far_lambda_request_get_query (FarLambdaRequest *self,
                              const char       *name)
{
  return optional_string (self->query, name);
}

const char *
far_lambda_request_get_header (FarLambdaRequest *self,
                               const char       *name)
{
  return optional_string (self->headers, name);
}

const char *
far_lambda_request_get_source_ip (FarLambdaRequest *self)
{
  return self->source_ip ? self->source_ip : "";
}

const char *
far_lambda_request_get_body (FarLambdaRequest *self,
                             gsize            *ret_n_bytes)
{
  if (ret_n_bytes)
    *ret_n_bytes = self->body_len;
  return (const char *) self->body;
}

JsonObject *
far_lambda_request_get_json (FarLambdaRequest *self,
                             GError          **error)
{
  if (self->json == NULL)
    self->json = far_json_parse_object ((const char *) self->body, self->body_len,
                                        FAR_LAMBDA_EVENT_MAX, error);
  return self->json ? json_node_get_object (self->json) : NULL;
}

JsonObject *
far_lambda_request_get_event (FarLambdaRequest *self)
{
  return self->event;
}
