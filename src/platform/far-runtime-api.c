/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API's requests and their answers, word for word as the public runtime interface
 * emulator gives them: next 200; response, error and init/error 202; a state that does not allow
 * it 403 InvalidStateTransition; an unknown id 400 InvalidRequestID; too large 413
 * RequestEntityTooLarge.
 *
 * One thing is our own: a response with "Farthing-Then: next" is also the request for the next
 * event, and is answered with that instead of 202: half the messages of a call, and half the times
 * an instance is woken. Who does not send it sees nothing of it.
 *
 * A response in streaming mode goes on as it comes to a caller that takes it so (FarCallSink); to
 * any other, once it is whole. Its error trailers make it a function error. */
#include "platform/far-runtime-api.h"

#include <string.h>

#include "platform/far-worker.h"

#define PREFIX "/2018-06-01/runtime/"
/* Our own bootstraps, before they know their function. */
#define STANDBY "/farthing/standby"
#define INVOCATION "invocation/"

static void
error_body (guint status, const char *message, GString *body)
{
  /* The messages are the HTTP server's own: nothing in them needs an escape. */
  g_string_append_printf (body, "{\"errorMessage\":\"%s\",\"errorType\":\"%s\"}", message,
                          status == 413 ? "RequestEntityTooLarge" : "InvalidRequest");
}

static void
answer (FarHttpRequest *request, guint status, const char *json)
{
  FarHttpResponse *response = far_http_response_new_static (json, strlen (json));

  far_http_response_add_header (response, "Content-Type", "application/json");
  far_http_request_respond (request, status, response);
}

static void
answer_accepted (FarHttpRequest *request)
{
  answer (request, 202, "{\"status\":\"OK\"}");
}

static void
answer_state (FarHttpRequest *request)
{
  answer (request, 403,
          "{\"errorMessage\":\"State transition is not allowed: one event at a time, one answer "
          "each.\",\"errorType\":\"InvalidStateTransition\"}");
}

static gboolean
wants_next (FarHttpRequest *request)
{
  return g_strcmp0 (far_http_request_get_header (request, "Farthing-Then"), "next") == 0;
}

static gboolean
is_streaming (FarHttpRequest *request)
{
  const char *mode = far_http_request_get_header (request, "Lambda-Runtime-Function-Response-Mode");

  return mode != NULL && g_ascii_strcasecmp (mode, "streaming") == 0;
}

static void
take_oversize (FarWorker *worker, FarHttpRequest *request)
{
  far_worker_take_oversize (worker);
  answer (request, 413,
          "{\"errorMessage\":\"Exceeded maximum allowed payload size (6291456 bytes).\","
          "\"errorType\":\"RequestEntityTooLarge\"}");
}

/* The trailers of a response that failed after its first byte. TRUE if there were. */
static gboolean
take_failure (FarWorker *worker, FarHttpRequest *request)
{
  const char *type = far_http_request_get_trailer (request, "Lambda-Runtime-Function-Error-Type");
  const char *body = far_http_request_get_trailer (request, "Lambda-Runtime-Function-Error-Body");
  gsize n_payload = 2;
  char *payload;

  if (type == NULL)
    return FALSE;
  payload = body != NULL ? (char *) g_base64_decode (body, &n_payload) : g_strdup ("{}");
  far_worker_take_error (worker, type, payload, n_payload);
  return TRUE;
}

static void
handle_response (FarWorker *worker, FarHttpRequest *request)
{
  gsize n_payload;
  char *payload = far_http_request_steal_body (request, &n_payload);
  gsize n_all = worker->call->streaming ? worker->call->n_streamed : n_payload;

  if (n_all > (worker->call->streaming ? FAR_PAYLOAD_STREAM_MAX : FAR_PAYLOAD_SYNC_MAX))
    {
      g_free (payload);
      take_oversize (worker, request);
      return;
    }
  if (is_streaming (request) && take_failure (worker, request))
    g_free (payload);
  else
    far_worker_take_response (worker, payload, n_payload);
  if (!wants_next (request))
    answer_accepted (request);
  else if (!far_worker_take_next (worker, request))
    answer_state (request);
}

static void
handle_error (FarWorker *worker, FarHttpRequest *request)
{
  gsize n_payload;
  char *payload = far_http_request_steal_body (request, &n_payload);
  const char *type = far_http_request_get_header (request, "Lambda-Runtime-Function-Error-Type");

  if (n_payload > FAR_PAYLOAD_SYNC_MAX)
    {
      g_free (payload);
      far_worker_take_oversize (worker);
    }
  else
    far_worker_take_error (worker, type, payload, n_payload);
  answer_accepted (request);
}

/* rest: "<id>/response" or "<id>/error" */
static void
handle_outcome (FarWorker *worker, FarHttpRequest *request, const char *rest)
{
  const char *slash = strchr (rest, '/');
  gboolean is_response;

  if (slash == NULL || (strcmp (slash, "/response") != 0 && strcmp (slash, "/error") != 0))
    {
      answer (request, 404,
              "{\"errorMessage\":\"No such path.\",\"errorType\":\"InvalidPath\"}");
      return;
    }
  is_response = strcmp (slash, "/response") == 0;
  if (!far_worker_is_current (worker, rest, slash - rest))
    answer (request, 400,
            "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}");
  else if (worker->state != FAR_WORKER_BUSY)
    answer_state (request);
  else
    {
      far_worker_take_notes (worker, far_http_request_get_header (request, "Farthing-Notes"));
      if (is_response)
        handle_response (worker, request);
      else
        handle_error (worker, request);
    }
}

static void
handle_init_error (FarWorker *worker, FarHttpRequest *request)
{
  const char *type = far_http_request_get_header (request, "Lambda-Runtime-Function-Error-Type");
  gsize n_payload;
  const char *payload = far_http_request_get_body (request, &n_payload);

  if (worker->state != FAR_WORKER_STARTING || worker->function == NULL)
    {
      answer_state (request);
      return;
    }
  far_worker_take_init_error (worker, type, payload, n_payload);
  answer_accepted (request);
}

/* The caller takes a streamed response as it comes. */
static gboolean
begin (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  FarWorker *worker = endpoint_data;
  const char *path = far_http_request_get_path (request);
  const char *rest = path + strlen (PREFIX INVOCATION);

  if (!is_streaming (request) || !g_str_has_prefix (path, PREFIX INVOCATION) ||
      !g_str_has_suffix (path, "/response") ||
      !far_worker_is_current (worker, rest, strlen (rest) - strlen ("/response")))
    return FALSE;
  return far_worker_begin_stream (worker, far_http_request_get_header (request, "Content-Type"));
}

static void
part (FarHttpRequest *request, const char *data, gsize n_bytes, gpointer endpoint_data,
      gpointer user_data)
{
  far_worker_take_part (endpoint_data, data, n_bytes);
}

static void
handler (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  FarWorker *worker = endpoint_data;
  const char *path = far_http_request_get_path (request);
  const char *method = far_http_request_get_method (request);
  gboolean is_get = strcmp (method, "GET") == 0;
  gboolean is_post = strcmp (method, "POST") == 0;

  if (strcmp (path, STANDBY) == 0 && is_get)
    {
      if (!far_worker_take_standby (worker, request))
        answer_state (request);
      return;
    }
  path = g_str_has_prefix (path, PREFIX) ? path + strlen (PREFIX) : "";
  if (strcmp (path, INVOCATION "next") == 0 && is_get)
    {
      if (!far_worker_take_next (worker, request))
        answer_state (request);
    }
  else if (strcmp (path, "init/error") == 0 && is_post)
    handle_init_error (worker, request);
  else if (g_str_has_prefix (path, INVOCATION) && is_post)
    handle_outcome (worker, request, path + strlen (INVOCATION));
  else
    answer (request, path[0] == '\0' ? 404 : 405,
            "{\"errorMessage\":\"No such path and method.\",\"errorType\":\"InvalidPath\"}");
}

FarHttpServer *
far_runtime_api_new (FarLoop *loop, GError **error)
{
  const FarHttpServerOptions options = {
    .handler = handler,
    .begin = begin,
    .part = part,
    .error_body = error_body,
    .body_max = FAR_RUNTIME_BODY_MAX,
    .connections_max = FAR_RUNTIME_CONNECTIONS_MAX,
    .endpoint_max = FAR_RUNTIME_INSTANCE_CONNECTIONS_MAX,
    .waiting_max = G_MAXSIZE, /* events, which were admitted */
    .connection_memory = FAR_RUNTIME_CONNECTION_MEMORY,
  };

  return far_http_server_new (loop, &options, error);
}
