/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarMetrics: one path, one method. */
#include "platform/far-metrics.h"

#include <string.h>
#include <unistd.h>

struct _FarMetrics {
  FarHttpServer *server;
  FarMetricsText text;
  gpointer       user_data;
};

static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]", NULL };

static void
error_body (guint status, const char *message, GString *body)
{
  /* The messages are the HTTP server's own: nothing in them needs an escape. */
  g_string_append_printf (body, "{\"message\":\"%s\"}", message);
}

static void
handler (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  FarMetrics *self = user_data;
  GString *text = g_string_new (NULL);
  FarHttpResponse *response;
  gboolean known = strcmp (far_http_request_get_path (request), "/metrics") == 0;
  gboolean get = strcmp (far_http_request_get_method (request), "GET") == 0;
  gsize n;

  if (!known || !get)
    error_body (0, known ? "Only GET is answered here." : "There is only /metrics here.", text);
  else if (self->text != NULL)
    self->text (text, self->user_data);
  n = text->len;
  response = far_http_response_new_take (g_string_free (text, FALSE), n);
  far_http_response_add_header (response, "Content-Type",
                                known && get ? "text/plain; version=0.0.4; charset=utf-8"
                                             : "application/json");
  far_http_request_respond (request, !known ? 404 : get ? 200 : 405, response);
}

FarMetrics *
far_metrics_new (FarLoop *loop, int listen_fd, GError **error)
{
  FarMetrics *self = g_new0 (FarMetrics, 1);
  FarHttpEndpoint *endpoint;
  const FarHttpServerOptions options = {
    .handler = handler,
    .error_body = error_body,
    .user_data = self,
    .body_max = 0,
    .connections_max = FAR_METRICS_CONNECTIONS_MAX,
    .idle_timeout_s = FAR_METRICS_TIMEOUT_S,
    .body_timeout_s = FAR_METRICS_TIMEOUT_S,
    .connection_memory = FAR_HTTP_HEAD_MAX * 2,
  };

  self->server = far_http_server_new (loop, &options, error);
  if (self->server == NULL)
    {
      close (listen_fd);
      g_free (self);
      return NULL;
    }
  endpoint = far_http_endpoint_new (self->server, hosts, self);
  if (!far_http_endpoint_listen (endpoint, listen_fd, error))
    g_clear_pointer (&self, far_metrics_free);
  return self;
}

void
far_metrics_free (FarMetrics *self)
{
  far_http_server_free (self->server);
  g_free (self);
}

void
far_metrics_set_text (FarMetrics *self, FarMetricsText text, gpointer user_data)
{
  self->text = text;
  self->user_data = user_data;
}
