/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a client says to the gateway on one connection, before it is gone. What becomes
 * an event is one that can be parsed, what is answered is HTTP, and who comes next is served. */
#include "fuzz-driver.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-json.h"
#include "dispatcher-fixture.h"
#include "http-fixture.h"
#include "platform/far-gateway.h"

#define DEADLINE_S 60 /* only waited for when something is broken */
#define PATIENCE_MS 1

static Fixture fixture;
static FarGateway *gateway;
static guint16 port;

static void
clean_up (void)
{
  far_dispatcher_detach (fixture.dispatcher);
  far_gateway_free (gateway);
  fixture_tear_down (&fixture, NULL);
}

static void
set_up (void)
{
  int fd = far_http_listen_tcp ("127.0.0.1", 0, &port, NULL);

  g_assert_cmpint (fd, >=, 0);
  fixture_set_up (&fixture, NULL);
  gateway = far_gateway_new (fixture.loop, fixture.dispatcher, fixture.tmpl, fd, NULL);
  g_assert_nonnull (gateway);
  atexit (clean_up);
}

static gboolean
has_something (int fd, int patience_ms)
{
  struct pollfd readable = { .fd = fd, .events = POLLIN };

  return poll (&readable, 1, patience_ms) == 1;
}

/* Instances answer every event that there is for them. */
static void
play (void)
{
  static const char answer[] = "{\"statusCode\":200,\"body\":\"bread\"}";
  static guint n_asked;

  for (; n_asked < fake_n_instances (); n_asked++)
    ask_next (n_asked);
  for (guint i = 0; i < n_asked; i++)
    while (has_something (fake_fd (i), 0))
      {
        g_autofree char *event = receive (i);
        g_autofree char *id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
        g_autofree char *path = g_strdup_printf ("invocation/%s/response", id);
        const char *body = strstr (event, "\r\n\r\n") + 4;
        g_autofree char *taken = NULL;

        g_assert_true (far_json_check (body, strlen (body), FAR_JSON_SIZE_MAX, NULL));
        post (i, path, "", answer);
        taken = receive (i);
        ask_next (i);
      }
}

/* Says it, hears what comes at once, and is gone, with whatever was under way. */
static void
disturb (const char *text, gsize n_bytes)
{
  const struct linger at_once = { .l_onoff = 1 };
  int fd = http_connect (port, 0);
  char buffer[64];
  ssize_t n;

  send (fd, text, n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  spin ();
  play ();
  spin ();
  n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
  g_assert_true (n <= 0 || memcmp (buffer, "HTTP/1.1 ", MIN (n, 9)) == 0);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), ==, 0);
  close (fd);
  spin ();
}

static void
ask_for_bread (void)
{
  static const char text[] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  g_autoptr (GString) said = g_string_new (NULL);
  int fd = http_connect (port, 0);
  char buffer[1024];
  ssize_t n = 1;

  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, (ssize_t) strlen (text));
  while (n > 0)
    {
      spin ();
      play ();
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      if (!has_something (fd, PATIENCE_MS))
        continue;
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0)
        g_string_append_len (said, buffer, n);
    }
  close (fd);
  g_assert_true (g_str_has_prefix (said->str, "HTTP/1.1 200 "));
  g_assert_true (g_str_has_suffix (said->str, "\r\n\r\nbread"));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (gateway == NULL)
    set_up ();
  disturb ((const char *) data, size);
  ask_for_bread ();
  return 0;
}
