/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarLambdaApi: who may ask, which operation it is, and answers as the service words them: errors
 * carry x-amzn-errortype and {"Type","Message"}, every answer x-amzn-RequestId. */
#include "platform/far-lambda-api.h"

#include <string.h>
#include <unistd.h>

#include "base/far-json.h"
#include "net/far-sigv4.h"
#include "platform/far-invoke.h"
#include "platform/far-lambda-config.h"
#include "platform/far-routes.h"

struct _FarLambdaApi {
  FarDispatcher   *dispatcher;
  FarAsyncQueue   *queue;
  FarCredentials   credentials;
  FarHttpServer   *server;
  FarHttpEndpoint *endpoint;
};

static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]", NULL };

#define FUNCTIONS_PATH "/2015-03-31/functions"
#define ACCOUNT_PATH "/2016-08-19/account-settings"

static void
error_body (guint status, const char *message, GString *body)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "Type", status < 500 ? "User" : "Service");
  far_json_add_string (&writer, "Message", message);
  far_json_end_object (&writer);
  g_string_append_len (body, writer.text->str, writer.text->len);
}

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

  error_body (status, message, body);
  response = far_http_response_new_copy (body->str, body->len);
  far_id_init_random (&id);
  add_id (response, &id);
  far_http_response_add_header (response, "Content-Type", "application/json");
  far_http_response_add_header (response, "x-amzn-ErrorType", type);
  far_http_request_respond (request, status, response);
}

static void
answer_json (FarHttpRequest *request, FarJsonWriter *writer)
{
  gsize n;
  char *text = far_json_writer_steal (writer, &n);
  FarHttpResponse *response = far_http_response_new_take (text, n);
  FarId id;

  far_id_init_random (&id);
  add_id (response, &id);
  far_http_response_add_header (response, "Content-Type", "application/json");
  far_http_request_respond (request, 200, response);
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
  *ret_context = g_strndup (text, n);
  /* Line ends can stand between tokens only. */
  g_strdelimit (*ret_context, "\r\n\t", ' ');
  return TRUE;
}

static void
invoke (FarLambdaApi *self, FarHttpRequest *request, const char *name)
{
  const char *type = far_http_request_get_header (request, "X-Amz-Invocation-Type");
  const char *log = far_http_request_get_header (request, "X-Amz-Log-Type");
  g_autofree char *client_context = NULL;
  g_autoptr (GBytes) payload = NULL;
  FarInvokeRequest wanted = {
    .function = name,
    .trace = far_http_request_get_header (request, "X-Amzn-Trace-Id"),
    .arrival_us = far_http_request_get_arrival_us (request),
  };
  gsize n;
  char *body;

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
  far_invoke (self->dispatcher, self->queue, &wanted, on_invoked, request);
}

/* "name", "account:function:name" or a whole ARN, each with ":$LATEST" or without. Returns:
 * (transfer full) (nullable): the name */
static char *
parse_name (char *text, const char *qualifier)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 10);
  guint n = g_strv_length (parts);
  guint at = 0;

  if (n >= 7 && strcmp (parts[0], "arn") == 0 && strcmp (parts[2], "lambda") == 0
      && strcmp (parts[5], "function") == 0)
    at = 6;
  else if (n >= 3 && strcmp (parts[1], "function") == 0)
    at = 2;
  if (n > at + 2 || n <= at)
    return NULL;
  if (n == at + 2 && strcmp (parts[at + 1], "$LATEST") != 0)
    return NULL;
  if (qualifier != NULL && strcmp (qualifier, "$LATEST") != 0)
    return NULL;
  return g_strdup (parts[at]);
}

/* Of a query, unescaped. Returns: (transfer full) (nullable) */
static char *
query_value (const char *query, const char *name)
{
  g_auto (GStrv) pairs = g_strsplit (query, "&", 32);
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

static void
list (FarLambdaApi *self, FarHttpRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "Functions");
  for (i = 0; i < far_dispatcher_n_functions (self->dispatcher); i++)
    far_lambda_config_add (&writer, NULL, far_dispatcher_nth (self->dispatcher, i));
  far_json_end_array (&writer);
  far_json_add_null (&writer, "NextMarker");
  far_json_end_object (&writer);
  answer_json (request, &writer);
}

static void
get (FarLambdaApi *self, FarHttpRequest *request, FarFunction *function, gboolean only_config)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  if (only_config)
    far_lambda_config_add (&writer, NULL, function);
  else
    far_lambda_config_add_function (&writer, function);
  answer_json (request, &writer);
}

/* rest: behind FUNCTIONS_PATH "/" */
static void
handle_function (FarLambdaApi *self, FarHttpRequest *request, const char *rest)
{
  const char *method = far_http_request_get_method (request);
  g_autofree char *qualifier = query_value (far_http_request_get_query (request), "Qualifier");
  g_autofree char *encoded = g_strndup (rest, strcspn (rest, "/"));
  const char *operation = rest + strlen (encoded);
  g_autofree char *name = NULL;
  FarFunction *function = NULL;

  if (far_uri_unescape (encoded, FALSE))
    name = parse_name (encoded, qualifier);
  if (name != NULL)
    function = far_dispatcher_find (self->dispatcher, name);
  if (function == NULL)
    {
      g_autofree char *text
          = g_strdup_printf ("Function not found: arn:aws:lambda:%s:%s:function:%s",
                             FAR_AWS_REGION, FAR_AWS_ACCOUNT, encoded);

      answer_error (request, 404, "ResourceNotFoundException", text);
    }
  else if (strcmp (operation, "/invocations") == 0 && strcmp (method, "POST") == 0)
    invoke (self, request, name);
  else if (strcmp (operation, "") == 0 && strcmp (method, "GET") == 0)
    get (self, request, function, FALSE);
  else if (strcmp (operation, "/configuration") == 0 && strcmp (method, "GET") == 0)
    get (self, request, function, TRUE);
  else
    answer_error (request, 404, "UnknownOperationException",
                  "This operation is not known here.");
}

static void
handler (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  FarLambdaApi *self = user_data;
  const char *path = far_http_request_get_path (request);
  gboolean is_get = strcmp (far_http_request_get_method (request), "GET") == 0;

  if (!authenticate (self, request))
    return;
  if (is_get && (strcmp (path, FUNCTIONS_PATH) == 0 || strcmp (path, FUNCTIONS_PATH "/") == 0))
    list (self, request);
  else if (g_str_has_prefix (path, FUNCTIONS_PATH "/"))
    handle_function (self, request, path + strlen (FUNCTIONS_PATH "/"));
  else if (is_get && g_str_has_prefix (path, ACCOUNT_PATH)
           && strspn (path + strlen (ACCOUNT_PATH), "/") == strlen (path + strlen (ACCOUNT_PATH)))
    {
      g_auto (FarJsonWriter) writer = { 0 };

      far_json_writer_init (&writer);
      far_lambda_config_add_account (&writer, self->dispatcher);
      answer_json (request, &writer);
    }
  else
    answer_error (request, 404, "UnknownOperationException",
                  "This operation is not known here.");
}

FarLambdaApi *
far_lambda_api_new (FarLoop *loop, FarDispatcher *dispatcher, FarAsyncQueue *queue,
                    FarCredentials *credentials, int listen_fd, GError **error)
{
  FarLambdaApi *self = g_new0 (FarLambdaApi, 1);
  const FarHttpServerOptions options = {
    .handler = handler,
    .error_body = error_body,
    .user_data = self,
    .body_max = FAR_LAMBDA_BODY_MAX,
    .connections_max = FAR_LAMBDA_CONNECTIONS_MAX,
    .idle_timeout_s = FAR_LAMBDA_IDLE_TIMEOUT_S,
    .body_timeout_s = FAR_LAMBDA_BODY_TIMEOUT_S,
    .connection_memory = FAR_LAMBDA_CONNECTION_MEMORY,
  };

  self->dispatcher = dispatcher;
  self->queue = queue;
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
