/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An HTTP API event (payload format 2.0) with types. The event is checked strictly as JSON; what
 * functions ask for is copied out of it once, at construction, so that the getters cannot fail. No
 * tree: it would cost more than most functions do. Thread: any. */
#include "lambda/far-lambda-private.h"

#include <string.h>

/* "headers", "queryStringParameters", "pathParameters" */
typedef enum { OF_HEADERS, OF_QUERY, OF_PATH } Of;

typedef struct {
  Of          of;
  const char *name;
  const char *value;
} Parameter;

struct _FarLambdaRequest {
  char       *texts;      /* all strings below, each with its NUL; none is longer than its JSON */
  char       *next;       /* what is free of it */
  GArray     *parameters; /* Parameter */
  const char *method;
  const char *path;
  const char *route_key;
  const char *raw_query;
  const char *source_ip;
  const char *body;
  gsize       body_len;
  guint8     *decoded;    /* the body, where it was base64; NUL behind it */
  JsonNode   *json;
};

/* Values of the event before they are copied; none where there is no text. */
typedef struct {
  FarJsonSpan version;
  FarJsonSpan http;
  FarJsonSpan body;
  FarJsonSpan is_base64;
} Spans;

/* NULL where it is no string. */
static const char *
take_string (FarLambdaRequest *self,
             FarJsonSpan       value,
             gsize            *ret_n_bytes)
{
  const char *text = self->next;
  gssize n_bytes = value.text != NULL ? far_json_copy_string (value, self->next) : -1;

  if (n_bytes < 0)
    return NULL;
  self->next += n_bytes + 1;
  if (ret_n_bytes != NULL)
    *ret_n_bytes = (gsize) n_bytes;
  return text;
}

static void
take_parameters (FarLambdaRequest *self,
                 Of                of,
                 FarJsonSpan       object)
{
  FarJsonSpan name, value;

  while (far_json_walk (&object, &name, &value))
    {
      Parameter parameter = { .of = of };

      parameter.name = take_string (self, name, NULL);
      parameter.value = take_string (self, value, NULL);
      if (parameter.value != NULL)
        g_array_append_val (self->parameters, parameter);
    }
}

static const char *
find_parameter (FarLambdaRequest *self,
                Of                of,
                const char       *name)
{
  for (guint i = 0; i < self->parameters->len; i++)
    {
      const Parameter *parameter = &g_array_index (self->parameters, Parameter, i);

      if (parameter->of == of && strcmp (parameter->name, name) == 0)
        return parameter->value;
    }
  return NULL;
}

/* Its member http. */
static void
take_context (Spans       *spans,
              FarJsonSpan  object)
{
  FarJsonSpan name, value;

  while (far_json_walk (&object, &name, &value))
    if (far_json_span_is (name, "http") && value.text[0] == '{')
      spans->http = value;
}

static void
take_http (FarLambdaRequest *self,
           FarJsonSpan       object)
{
  FarJsonSpan name, value;

  while (far_json_walk (&object, &name, &value))
    if (far_json_span_is (name, "method"))
      self->method = take_string (self, value, NULL);
    else if (far_json_span_is (name, "sourceIp"))
      self->source_ip = take_string (self, value, NULL);
}

static void
take_event (FarLambdaRequest *self,
            Spans            *spans,
            FarJsonSpan       event)
{
  FarJsonSpan name, value;

  while (far_json_walk (&event, &name, &value))
    if (far_json_span_is (name, "version"))
      spans->version = value;
    else if (far_json_span_is (name, "requestContext"))
      take_context (spans, value);
    else if (far_json_span_is (name, "body"))
      spans->body = value;
    else if (far_json_span_is (name, "isBase64Encoded"))
      spans->is_base64 = value;
    else if (far_json_span_is (name, "rawPath"))
      self->path = take_string (self, value, NULL);
    else if (far_json_span_is (name, "routeKey"))
      self->route_key = take_string (self, value, NULL);
    else if (far_json_span_is (name, "rawQueryString"))
      self->raw_query = take_string (self, value, NULL);
    else if (far_json_span_is (name, "headers"))
      take_parameters (self, OF_HEADERS, value);
    else if (far_json_span_is (name, "queryStringParameters"))
      take_parameters (self, OF_QUERY, value);
    else if (far_json_span_is (name, "pathParameters"))
      take_parameters (self, OF_PATH, value);
}

/* GLib's decoder skips what is not base64; here that is an error. */
static gboolean
decode_base64 (FarLambdaRequest *self)
{
  if (self->body_len % 4 != 0 ||
      strspn (self->body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") !=
        self->body_len)
    return FALSE;
  if (self->body_len == 0)
    return TRUE;
  self->decoded = g_base64_decode (self->body, &self->body_len);
  self->decoded = g_realloc (self->decoded, self->body_len + 1);
  self->decoded[self->body_len] = '\0';
  self->body = (const char *) self->decoded;
  return TRUE;
}

static gboolean
refuse (GError     **error,
        const char  *why)
{
  g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT, why);
  return FALSE;
}

static gboolean
take_body (FarLambdaRequest *self,
           const Spans      *spans,
           GError          **error)
{
  char first = spans->is_base64.text != NULL ? spans->is_base64.text[0] : 'n';

  self->body = take_string (self, spans->body, &self->body_len);
  if (self->body == NULL)
    self->body = "";
  if (first == 't')
    return decode_base64 (self) || refuse (error, "The event's body is not base64 as it claims");
  return first == 'f' || first == 'n' || /* false or null */
         refuse (error, "The event's isBase64Encoded is neither true nor false");
}

FarLambdaRequest *
far_lambda_request_new (const char  *event,
                        gsize        n_bytes,
                        GError     **error)
{
  g_autoptr (FarLambdaRequest) self = NULL;
  Spans spans = { { NULL, 0 } };

  if (!far_json_check (event, n_bytes, FAR_LAMBDA_EVENT_MAX, error))
    return NULL;
  self = g_new0 (FarLambdaRequest, 1);
  self->texts = self->next = g_malloc (n_bytes + 1);
  self->parameters = g_array_new (FALSE, FALSE, sizeof (Parameter));
  take_event (self, &spans, (FarJsonSpan) { event, n_bytes });
  if (spans.http.text == NULL || !far_json_span_is (spans.version, "2.0"))
    return NULL;

  take_http (self, spans.http);
  if (self->method == NULL || self->path == NULL)
    {
      refuse (error, "The event has no method or no path");
      return NULL;
    }
  if (!take_body (self, &spans, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
far_lambda_request_free (FarLambdaRequest *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->json, json_node_unref);
  g_array_unref (self->parameters);
  g_free (self->decoded);
  g_free (self->texts);
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
  return find_parameter (self, OF_PATH, name);
}

const char *
far_lambda_request_get_query (FarLambdaRequest *self,
                              const char       *name)
{
  return find_parameter (self, OF_QUERY, name);
}

const char *
far_lambda_request_get_header (FarLambdaRequest *self,
                               const char       *name)
{
  return find_parameter (self, OF_HEADERS, name);
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
  return self->body;
}

JsonObject *
far_lambda_request_get_json (FarLambdaRequest *self,
                             GError          **error)
{
  if (self->json == NULL)
    self->json = far_json_parse_object (self->body, self->body_len,
                                        FAR_LAMBDA_EVENT_MAX, error);
  return self->json ? json_node_get_object (self->json) : NULL;
}
