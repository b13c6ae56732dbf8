/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarLambdaApi: who may ask, which operation it is, and answers as the service words them: errors
 * carry x-amzn-errortype and {"Type","Message"}, every answer x-amzn-RequestId. */
#include "platform/far-lambda-api.h"

#include <string.h>
#include <unistd.h>

#include "base/far-json.h"
#include "net/far-sigv4.h"
#include "platform/far-cors.h"
#include "platform/far-function-url.h"
#include "platform/far-invoke.h"
#include "platform/far-lambda-stream.h"
#include "platform/far-routes.h"

struct _FarLambdaApi {
  FarDispatcher   *dispatcher;
  FarAsyncQueue   *queue;
  FarLambdaControl *control;
  FarCredentials   credentials;
  FarHttpServer   *server;
  FarHttpEndpoint *endpoint;
};

static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]", NULL };

#define FUNCTIONS_PATH "/2015-03-31/functions"
#define STREAM_PATH "/2021-11-15/functions"

static void
add_id (FarHttpResponse *response, const FarId *id)
{
  char text[FAR_UUID_LEN + 1];

  far_id_to_uuid (id, text);
  far_http_response_add_header (response, "x-amzn-RequestId", text);
}

static void
answer_error (FarHttpRequest *request, guint status, const char *type, const char *message)
{
  g_autoptr (GString) body = g_string_new (NULL);
  FarHttpResponse *response;
  FarId id;

  far_lambda_error_body (status, message, body);
  response = far_http_response_new_copy (body->str, body->len);
  far_id_init_random (&id);
  add_id (response, &id);
  far_http_response_add_header (response, "Content-Type", "application/json");
  far_http_response_add_header (response, "x-amzn-ErrorType", type);
  far_http_request_respond (request, status, response);
}

/* FALSE: it has been answered. */
static gboolean
authenticate (FarLambdaApi *self, FarHttpRequest *request)
{
  static const FarSigv4Scope scope = { FAR_AWS_REGION, "lambda" };
  FarSigv4Header headers[FAR_HTTP_HEADERS_MAX];
  const FarSigv4Credentials credentials = {
    .access_key_id = self->credentials.access_key_id,
    .secret_access_key = self->credentials.secret_access_key,
  };
  FarSigv4Request signed_request = {
    .method = far_http_request_get_method (request),
    .path = far_http_request_get_path (request),
    .query = far_http_request_get_query (request),
    .headers = headers,
    .n_headers = far_http_request_n_headers (request),
  };
  g_autoptr (GError) error = NULL;
  const char *type = "InvalidSignatureException";
  guint i;

  for (i = 0; i < signed_request.n_headers; i++)
    far_http_request_nth_header (request, i, &headers[i].name, &headers[i].value);
  signed_request.body = far_http_request_get_body (request, &signed_request.n_body);
  if (far_sigv4_verify (&signed_request, &credentials, &scope,
                        far_clock_now_us (far_dispatcher_get_clock (self->dispatcher)), &error))
    return TRUE;
  if (g_error_matches (error, FAR_SIGV4_ERROR, FAR_SIGV4_ERROR_MISSING))
    type = "MissingAuthenticationTokenException";
  else if (g_error_matches (error, FAR_SIGV4_ERROR, FAR_SIGV4_ERROR_INCOMPLETE))
    type = "IncompleteSignatureException";
  else if (g_error_matches (error, FAR_SIGV4_ERROR, FAR_SIGV4_ERROR_UNKNOWN_KEY))
    type = "UnrecognizedClientException";
  answer_error (request, 403, type, error->message);
  return FALSE;
}

static void
on_invoked (const FarInvokeResult *result, gpointer user_data)
{
  FarHttpRequest *request = user_data;
  FarHttpResponse *response
      = far_http_response_new_copy (result->payload, result->n_payload);

  add_id (response, result->request_id);
  if (result->n_payload > 0)
    far_http_response_add_header (response, "Content-Type", "application/json");
  if (result->status == 200)
    far_http_response_add_header (response, "X-Amz-Executed-Version", "$LATEST");
  if (result->function_error != NULL)
    far_http_response_add_header (response, "X-Amz-Function-Error", result->function_error);
  if (result->error_type != NULL)
    far_http_response_add_header (response, "x-amzn-ErrorType", result->error_type);
  if (result->status == 429)
    far_http_response_add_header (response, "Retry-After", "1");
  if (result->log_tail != NULL)
    {
      g_autofree char *encoded
          = g_base64_encode ((const guchar *) result->log_tail, result->n_log_tail);

      far_http_response_add_header (response, "X-Amz-Log-Result", encoded);
    }
  far_http_request_respond (request, result->status, response);
}

/* base64 of JSON → JSON on one line. FALSE: it has been answered. */
static gboolean
take_client_context (FarHttpRequest *request, char **ret_context)
{
  const char *encoded = far_http_request_get_header (request, "X-Amz-Client-Context");
  g_autofree char *text = NULL;
  gsize n;

  if (encoded == NULL)
    return TRUE;
  if (strlen (encoded) <= FAR_LAMBDA_CLIENT_CONTEXT_MAX)
    text = (char *) g_base64_decode (encoded, &n);
  if (text == NULL || !far_json_check (text, n, FAR_LAMBDA_CLIENT_CONTEXT_MAX, NULL))
    {
      answer_error (request, 400, "InvalidRequestContentException",
                    "Client context must be a valid Base64-encoded JSON object of at most 3583 "
                    "bytes.");
      return FALSE;
    }
  *ret_context = far_lambda_to_ascii (text, (gssize) n);
  return TRUE;
}

static void
invoke (FarLambdaApi *self, FarHttpRequest *request, const char *name, gboolean stream)
{
  const char *type = far_http_request_get_header (request, "X-Amz-Invocation-Type");
  const char *log = far_http_request_get_header (request, "X-Amz-Log-Type");
  g_autofree char *client_context = NULL;
  g_autoptr (GBytes) payload = NULL;
  FarInvokeRequest wanted = {
    .function = name,
    .trace = far_http_request_get_header (request, "traceparent"),
    .arrival_us = far_http_request_get_arrival_us (request),
  };
  gsize n;
  char *body;

  if (wanted.trace == NULL)
    wanted.trace = far_http_request_get_header (request, "X-Amzn-Trace-Id");
  if (type == NULL || strcmp (type, "RequestResponse") == 0)
    wanted.type = FAR_INVOKE_REQUEST_RESPONSE;
  else if (strcmp (type, "Event") == 0)
    wanted.type = FAR_INVOKE_EVENT;
  else if (strcmp (type, "DryRun") == 0)
    wanted.type = FAR_INVOKE_DRY_RUN;
  else
    {
      answer_error (request, 400, "InvalidParameterValueException",
                    "X-Amz-Invocation-Type must be RequestResponse, Event or DryRun.");
      return;
    }
  if (!take_client_context (request, &client_context))
    return;
  wanted.client_context = client_context;
  wanted.want_tail = log != NULL && strcmp (log, "Tail") == 0;
  body = far_http_request_steal_body (request, &n);
  payload = g_bytes_new_take (body, n);
  wanted.payload = payload;
  if (stream && wanted.type == FAR_INVOKE_REQUEST_RESPONSE)
    far_lambda_stream_invoke (self->dispatcher, self->queue, &wanted, request, on_invoked);
  else
    far_invoke (self->dispatcher, self->queue, &wanted, on_invoked, request);
}

/* FALSE: it is not this operation. */
static gboolean
is_invoke (const char *path, const char *prefix, const char *suffix, char **ret_name)
{
  gsize n;

  if (!g_str_has_prefix (path, prefix))
    return FALSE;
  path += strlen (prefix);
  n = strcspn (path, "/");
  if (n == 0 || strcmp (path + n, suffix) != 0)
    return FALSE;
  *ret_name = g_strndup (path, n);
  return TRUE;
}

static void
handle_invoke (FarLambdaApi *self, FarHttpRequest *request, char *encoded, gboolean stream)
{
  const char *query = far_http_request_get_query (request);
  FarFunction *function = far_uri_unescape (encoded, FALSE)
                              ? far_lambda_find_function (self->dispatcher, encoded, query)
                              : NULL;
  g_autofree char *message = NULL;
  const char *type;
  guint status;

  if (function != NULL)
    {
      invoke (self, request, function->name, stream);
      return;
    }
  status = far_lambda_explain_name (encoded, query, &type, &message);
  answer_error (request, status, type, message);
}

static void
handle_url (FarLambdaApi *self, FarHttpRequest *request)
{
  const char *origin = far_http_request_get_header (request, "Origin");
  const char *rest;
  FarFunction *function = far_function_url_find (self->dispatcher,
                                                 far_http_request_get_path (request), &rest);
  const char *cors = function != NULL ? function->spec->url.cors : NULL;

  /* Before any signature: a browser asks first, and reads refusals too. */
  if (cors != NULL && far_cors_preflight (cors, request))
    return;
  if (cors != NULL && origin != NULL && far_cors_allows (cors, origin))
    far_cors_add (cors, origin, request);
  if (function == NULL)
    answer_error (request, 404, "ResourceNotFoundException", "No function has this URL.");
  else if (!function->spec->url.iam || authenticate (self, request))
    far_function_url_handle (self->dispatcher, function, rest, request);
}

static void
on_controlled (guint status, const char *error_type, const char *body, gsize n_body,
               gpointer user_data)
{
  FarHttpRequest *request = user_data;
  FarHttpResponse *response = far_http_response_new_copy (body, n_body);
  FarId id;

  far_id_init_random (&id);
  add_id (response, &id);
  if (n_body > 0)
    far_http_response_add_header (response, "Content-Type", "application/json");
  if (error_type != NULL)
    far_http_response_add_header (response, "x-amzn-ErrorType", error_type);
  if (status == 429)
    far_http_response_add_header (response, "Retry-After", "1");
  far_http_request_respond (request, status, response);
}

static void
handler (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  FarLambdaApi *self = user_data;
  g_autofree char *name = NULL;
  FarLambdaRequest wanted = {
    .method = far_http_request_get_method (request),
    .path = far_http_request_get_path (request),
    .query = far_http_request_get_query (request),
  };

  if (g_str_has_prefix (wanted.path, FAR_FUNCTION_URL_PREFIX))
    {
      handle_url (self, request);
      return;
    }
  if (!authenticate (self, request))
    return;
  if (strcmp (wanted.method, "POST") == 0
      && (is_invoke (wanted.path, FUNCTIONS_PATH "/", "/invocations", &name)
          || is_invoke (wanted.path, STREAM_PATH "/", "/response-streaming-invocations", &name)))
    {
      handle_invoke (self, request, name, g_str_has_prefix (wanted.path, STREAM_PATH));
      return;
    }
  wanted.body = far_http_request_get_body (request, &wanted.n_body);
  far_lambda_control_handle (self->control, &wanted, on_controlled, request);
}

/* Pages of another origin may ask where a function URL's configuration says so. */
static gboolean
takes_origin (const char *path, const char *origin, gpointer user_data)
{
  FarLambdaApi *self = user_data;
  const char *rest;
  FarFunction *function = far_function_url_find (self->dispatcher, path, &rest);

  return function != NULL && function->spec->url.cors != NULL
         && far_cors_allows (function->spec->url.cors, origin);
}

/* Of what the server refuses by itself. */
static const char *
error_type (guint status)
{
  switch (status)
    {
    case 403:
      return "AccessDeniedException";
    case 413:
      return "RequestTooLargeException";
    case 503:
      return "ServiceUnavailable";
    default:
      return "InvalidRequestContentException";
    }
}

/* Only what uploads code may be that large. */
static gsize
body_limit (const char *method, const char *path)
{
  if (g_str_has_suffix (path, "/code") || strcmp (path, FUNCTIONS_PATH) == 0
      || strcmp (path, FUNCTIONS_PATH "/") == 0)
    return FAR_LAMBDA_CONTROL_BODY_MAX;
  return FAR_LAMBDA_BODY_MAX;
}

FarLambdaApi *
far_lambda_api_new (FarLoop *loop, FarDispatcher *dispatcher, FarAsyncQueue *queue,
                    FarLambdaControl *control, FarCredentials *credentials, int listen_fd,
                    GError **error)
{
  FarLambdaApi *self = g_new0 (FarLambdaApi, 1);
  const FarHttpServerOptions options = {
    .handler = handler,
    .error_body = far_lambda_error_body,
    .error_type = error_type,
    .user_data = self,
    .body_max = FAR_LAMBDA_CONTROL_BODY_MAX,
    .body_limit = body_limit,
    .takes_origin = takes_origin,
    .connections_max = FAR_LAMBDA_CONNECTIONS_MAX,
    .idle_timeout_s = FAR_LAMBDA_IDLE_TIMEOUT_S,
    .body_timeout_s = FAR_LAMBDA_BODY_TIMEOUT_S,
    .connection_memory = FAR_LAMBDA_CONNECTION_MEMORY,
  };

  self->dispatcher = dispatcher;
  self->queue = queue;
  self->control = control;
  self->credentials = *credentials;
  *credentials = (FarCredentials){ NULL };
  self->server = far_http_server_new (loop, &options, error);
  if (self->server == NULL)
    {
      close (listen_fd);
      far_lambda_api_free (self);
      return NULL;
    }
  self->endpoint = far_http_endpoint_new (self->server, hosts, self);
  if (!far_http_endpoint_listen (self->endpoint, listen_fd, error))
    g_clear_pointer (&self, far_lambda_api_free);
  return self;
}

void
far_lambda_api_free (FarLambdaApi *self)
{
  g_clear_pointer (&self->server, far_http_server_free);
  far_credentials_clear (&self->credentials);
  g_free (self);
}

void
far_lambda_api_quiesce (FarLambdaApi *self)
{
  far_http_endpoint_quiesce (self->endpoint);
}

const char *
far_lambda_api_get_credentials_path (FarLambdaApi *self)
{
  return self->credentials.path;
}
