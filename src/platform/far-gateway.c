/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarGateway: routes, the way of one request, errors in API Gateway's words.
 *
 * 400 path no route can have, 404 no route, 413 too large, 429 throttled (with Retry-After), 502
 * the function failed or answered what is no response, 503 no instance could be had, or what the
 * function needs is not set up yet (in its own words: WithoutSecrets of the template). */
#include "platform/far-gateway.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-json.h"
#include "platform/far-gateway-answer.h"
#include "platform/far-gateway-event.h"
#include "platform/far-routes.h"
#include "platform/far-stream-answer.h"

struct _FarGateway {
  FarDispatcher   *dispatcher;
  FarClock        *clock;
  FarRoutes       *routes;
  FarHttpServer   *server;
  FarHttpEndpoint *outside;
  FarHttpEndpoint *inside; /* functions that call routes */
};

static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]", NULL };

static void
error_body (guint status, const char *message, GString *body)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  g_string_append_len (body, writer.text->str, writer.text->len);
}

static void
answer_error (FarHttpRequest *request, guint status, const char *json)
{
  FarHttpResponse *response = far_http_response_new_static (json, strlen (json));

  far_http_response_add_header (response, "Content-Type", "application/json");
  if (status == 429 || status == 503)
    far_http_response_add_header (response, "Retry-After", "1");
  far_http_request_respond (request, status, response);
}

/* What the operator has to do is in the function's log, and nobody else's to know. */
static gboolean
answer_not_set_up (FarCall *call, FarHttpRequest *request)
{
  const char *body = call->function->spec->without_secrets;
  FarHttpResponse *response;

  if (call->outcome != FAR_INVOCATION_INIT_ERROR || !call->function->lacks_secret || body == NULL)
    return FALSE;
  response = far_http_response_new_copy (body, strlen (body));
  far_http_response_add_header (response, "Content-Type", "application/json");
  far_http_request_respond (request, 503, response);
  return TRUE;
}

static void
on_done (FarCall *call, gpointer user_data)
{
  FarHttpRequest *request = user_data;
  FarHttpResponse *response;
  char id[FAR_UUID_LEN + 1];
  guint status;

  if (call->outcome == FAR_INVOCATION_THROTTLE)
    {
      answer_error (request, 429, "{\"message\":\"Too Many Requests\"}");
      return;
    }
  if (call->outcome == FAR_INVOCATION_INIT_ERROR
      && g_strcmp0 (call->error_type, "ServiceException") == 0)
    {
      answer_error (request, 503, "{\"message\":\"Service Unavailable\"}");
      return;
    }
  if (answer_not_set_up (call, request))
    return;
  response = call->outcome == FAR_INVOCATION_OK
                 ? far_gateway_answer (g_steal_pointer (&call->payload), call->n_payload, &status)
                 : NULL;
  if (response == NULL)
    {
      answer_error (request, 502, "{\"message\":\"Internal Server Error\"}");
      return;
    }
  far_id_to_uuid (&call->request_id, id);
  far_http_response_add_header (response, "Apigw-Requestid", id);
  far_http_request_respond (request, status, response);
}

void
far_gateway_forward (FarDispatcher *dispatcher, FarFunction *function, FarHttpRequest *request,
                     const FarRouteMatch *match, const char *path, gboolean stream)
{
  const char *trace = far_http_request_get_header (request, "traceparent");
  char id[FAR_UUID_LEN + 1];
  FarCall *call;

  if (trace == NULL)
    trace = far_http_request_get_header (request, "X-Amzn-Trace-Id");
  call = far_call_new (function, far_dispatcher_get_clock (dispatcher), NULL, match->route->key,
                       trace, far_http_request_get_arrival_us (request), on_done, request);
  far_id_to_uuid (&call->request_id, id);
  call->sink = stream ? &far_stream_answer_sink : NULL;
  call->event = far_gateway_event_new (request, match, path, id, call->wall_us);
  /* In JSON a byte of the body can be six. */
  if (g_bytes_get_size (call->event) > FAR_PAYLOAD_SYNC_MAX)
    {
      call->answered = TRUE; /* below */
      far_call_free (call);
      answer_error (request, 413, "{\"message\":\"Request Entity Too Large\"}");
      return;
    }
  far_dispatcher_submit (dispatcher, call);
}

static void
handler (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  FarGateway *self = user_data;
  g_auto (FarRouteMatch) match = { 0 };

  switch (far_routes_match (self->routes, far_http_request_get_method (request),
                            far_http_request_get_path (request), &match))
    {
    case FAR_ROUTE_BAD_PATH:
      answer_error (request, 400,
                    "{\"message\":\"The path has dot segments, broken escapes or too many "
                    "segments.\"}");
      return;
    case FAR_ROUTE_NOT_FOUND:
      answer_error (request, 404, "{\"message\":\"Not Found\"}");
      return;
    case FAR_ROUTE_FOUND:
    default:
      break;
    }
  far_gateway_forward (self->dispatcher, match.route->data, request, &match,
                       far_http_request_get_path (request), TRUE);
}

static gboolean
add_routes (FarGateway *self, FarTemplate *tmpl, GError **error)
{
  guint i;
  guint j;

  for (i = 0; i < far_template_n_functions (tmpl); i++)
    {
      const FarTemplateFunction *spec = far_template_get_function (tmpl, i);

      for (j = 0; j < spec->events->len; j++)
        {
          const FarTemplateEvent *event = g_ptr_array_index (spec->events, j);

          if (event->kind != FAR_TEMPLATE_EVENT_HTTP)
            continue;
          if (!far_routes_add (self->routes, event->method, event->path,
                               far_dispatcher_find (self->dispatcher, spec->name)))
            {
              g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_TEMPLATE,
                           "%s: the route %s %s of %s leads to another function already",
                           far_template_get_path (tmpl), event->method, event->path, spec->name);
              return FALSE;
            }
        }
    }
  return TRUE;
}

FarGateway *
far_gateway_new (FarLoop *loop, FarDispatcher *dispatcher, FarTemplate *tmpl, int listen_fd,
                 GError **error)
{
  g_autoptr (FarGateway) self = g_new0 (FarGateway, 1);
  const FarHttpServerOptions options = {
    .handler = handler,
    .error_body = error_body,
    .user_data = self,
    .body_max = FAR_GATEWAY_BODY_MAX,
    .connections_max = FAR_GATEWAY_CONNECTIONS_MAX,
    .idle_timeout_s = FAR_GATEWAY_IDLE_TIMEOUT_S,
    .body_timeout_s = FAR_GATEWAY_BODY_TIMEOUT_S,
    .connection_memory = FAR_GATEWAY_CONNECTION_MEMORY,
  };

  self->dispatcher = dispatcher;
  self->clock = far_clock_ref (far_dispatcher_get_clock (dispatcher));
  self->routes = far_routes_new ();
  self->server = far_http_server_new (loop, &options, error);
  if (self->server == NULL || !add_routes (self, tmpl, error))
    {
      close (listen_fd);
      return NULL;
    }
  self->inside = far_http_endpoint_new (self->server, NULL, self);
  self->outside = far_http_endpoint_new (self->server, hosts, self);
  if (!far_http_endpoint_listen (self->outside, listen_fd, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
far_gateway_free (FarGateway *self)
{
  g_clear_pointer (&self->server, far_http_server_free);
  far_routes_free (self->routes);
  far_clock_unref (self->clock);
  g_free (self);
}

void
far_gateway_quiesce (FarGateway *self)
{
  far_http_endpoint_quiesce (self->outside);
}

int
far_gateway_connect (FarGateway *self, GError **error)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_START,
                   "No connection to the gateway can be made: %s", g_strerror (errno));
      return -1;
    }
  if (!far_http_endpoint_adopt (self->inside, fds[0], error))
    {
      close (fds[1]);
      return -1;
    }
  return fds[1];
}
