/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http-fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

void
http_error_body (guint status, const char *message, GString *body)
{
  g_string_append_printf (body, "{\"status\":%u,\"message\":\"%s\"}", status, message);
}

guint16
http_fixture_listen (FarHttpEndpoint *endpoint)
{
  g_autoptr (GError) error = NULL;
  guint16 port;
  int fd = far_http_listen_tcp ("127.0.0.1", 0, &port, &error);

  g_assert_no_error (error);
  far_http_endpoint_listen (endpoint, fd, &error);
  g_assert_no_error (error);
  return port;
}

void
http_fixture_init (HttpFixture *self, const FarHttpServerOptions *options, gpointer endpoint_data)
{
  static const char *const hosts[] = { "127.0.0.1", "localhost", NULL };
  g_autoptr (GError) error = NULL;

  self->loop = far_loop_new (NULL, &error);
  g_assert_no_error (error);
  self->server = far_http_server_new (self->loop, options, &error);
  g_assert_no_error (error);
  self->endpoint = far_http_endpoint_new (self->server, hosts, endpoint_data);
  self->port = http_fixture_listen (self->endpoint);
}

void
http_fixture_clear (HttpFixture *self)
{
  far_http_server_free (self->server);
  far_loop_free (self->loop);
}

int
http_connect (guint16 port, int receive_bytes)
{
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons (port),
                               .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (receive_bytes > 0)
    g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes),
                     ==, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &where, sizeof where), ==, 0);
  return fd;
}
