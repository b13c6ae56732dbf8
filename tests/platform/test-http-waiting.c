/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients who ask for large answers and do not read them: what waits for them is bounded, who comes
 * beyond that is told so, small answers still go, and there is room again when one has left. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http-fixture.h"

#define LARGE (16 * 1024 * 1024) /* more than the kernel takes over */
#define N_KEPT 2
#define DEADLINE_US (60 * G_USEC_PER_SEC)
#define RECEIVE_BYTES 4096

typedef struct {
  HttpFixture http;
  char       *large;
  guint       n_handled;
} Fixture;

static const char *
error_type (guint status)
{
  return status == 503 ? "ServiceUnavailable" : "Other";
}

static void
handler (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  Fixture *f = user_data;
  gboolean large = strcmp (far_http_request_get_path (request), "/large") == 0;

  f->n_handled++;
  far_http_request_respond (request, 200,
                            far_http_response_new_static (f->large, large ? LARGE : 5));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  const FarHttpServerOptions options = {
    .handler = handler,
    .error_body = http_error_body,
    .error_type = error_type,
    .user_data = f,
    .connections_max = 64,
    .idle_timeout_s = 600,
    .body_timeout_s = 600,
    .waiting_max = N_KEPT * LARGE,
    .connection_memory = 32 * 1024,
  };

  f->large = g_strnfill (LARGE, 'x');
  http_fixture_init (&f->http, &options, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  http_fixture_clear (&f->http);
  g_free (f->large);
}

/* Asks, and waits until that was handled. Returns: the connection, of which nothing was read. */
static int
ask (Fixture *f, const char *path)
{
  g_autofree char *text = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\n"
                                           "Connection: close\r\n\r\n", path);
  int fd = http_connect (f->http.port, RECEIVE_BYTES);
  guint n_before = f->n_handled;

  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, (ssize_t) strlen (text));
  while (f->n_handled == n_before)
    g_main_context_iteration (NULL, TRUE);
  return fd;
}

/* Reads a short answer to its end, or a long one's beginning. */
static char *
read_some (int fd)
{
  g_autoptr (GString) answer = g_string_new (NULL);
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;
  char buffer[RECEIVE_BYTES];
  ssize_t n;

  do
    {
      g_main_context_iteration (NULL, FALSE);
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0)
        g_string_append_len (answer, buffer, n);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
    }
  while (n != 0 && answer->len < RECEIVE_BYTES);
  close (fd);
  return g_strdup (answer->str);
}

static gboolean
is_refused (const char *answer)
{
  if (g_str_has_prefix (answer, "HTTP/1.1 200 "))
    return FALSE;
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 503 "));
  g_assert_nonnull (strstr (answer, "\r\nContent-Type: application/json\r\n"));
  g_assert_nonnull (strstr (answer, "\r\nRetry-After: 1\r\n"));
  g_assert_nonnull (strstr (answer, "\r\nx-amzn-ErrorType: ServiceUnavailable\r\n"));
  g_assert_nonnull (strstr (answer, "\r\n\r\n{\"status\":503,\"message\":\"More answers wait"));
  return TRUE;
}

static void
test_bounded (Fixture *f, gconstpointer data)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;
  int kept[N_KEPT];
  gboolean refused = TRUE;
  guint i;

  for (i = 0; i < N_KEPT; i++)
    kept[i] = ask (f, "/large");
  for (i = 0; i < 3; i++)
    {
      g_autofree char *large = read_some (ask (f, "/large"));
      g_autofree char *small = read_some (ask (f, "/small"));

      g_assert_true (is_refused (large));
      g_assert_true (g_str_has_suffix (small, "\r\n\r\nxxxxx"));
    }
  close (kept[0]);
  while (refused && g_get_monotonic_time () < deadline_us)
    {
      g_autofree char *large = read_some (ask (f, "/large"));

      refused = is_refused (large);
    }
  g_assert_false (refused);
  close (kept[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/http-waiting/bounded", Fixture, NULL, set_up, test_bounded, tear_down);
  return g_test_run ();
}
