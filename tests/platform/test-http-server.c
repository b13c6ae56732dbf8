/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarHttpServer against raw sockets: what is served, what is refused and with which words, what is
 * cut off. The client is a thread with blocking calls; the server runs in this one. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http-fixture.h"

#define STREAM_PART 65536

/* Short times are for what has to be cut off; everything else has as long as the machine needs. */
typedef struct {
  guint timeout_s;
  guint endpoint_max;
} Limits;

static const Limits patient = { 60, 0 }, brief = { 1, 0 }, crowded = { 60, 4 };

typedef struct {
  HttpFixture      http;
  FarHttpRequest  *held;
  FarHttpEndpoint *closing; /* nullable: closed when a head for /closing has come */
  guint            n_handled;
  FarLoopTask      task;
} Fixture;

static void
answer_held (gpointer user_data)
{
  Fixture *f = user_data;
  FarHttpRequest *request = g_steal_pointer (&f->held);

  far_http_request_respond_json (request, 200, g_strdup ("{\"held\":true}"), 13);
}

static void
close_endpoint (gpointer user_data)
{
  far_http_endpoint_close (user_data);
}

static gboolean
begin (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  Fixture *f = user_data;

  if (strcmp (far_http_request_get_path (request), "/closing") == 0)
    far_loop_defer (f->http.loop, &f->task, close_endpoint, f->closing);
  return FALSE;
}

/* As many parts as the query says, all at once. */
static void
answer_stream (FarHttpRequest *request)
{
  g_autofree char *part = g_strnfill (STREAM_PART, 'x');
  guint64 n = g_ascii_strtoull (far_http_request_get_query (request), NULL, 10);
  FarHttpStream *stream;
  FarHttpResponse *response = far_http_response_new_stream (&stream);

  far_http_request_respond_stream (request, 200, response, stream);
  while (n-- > 0)
    far_http_stream_write (stream, part, STREAM_PART);
  far_http_stream_end (stream, TRUE);
}

static void
handler (FarHttpRequest *request, gpointer endpoint_data, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GString) text = g_string_new (NULL);
  const char *trailer;
  const char *body;
  gsize n;

  g_assert_true (endpoint_data == f);
  f->n_handled++;
  if (strcmp (far_http_request_get_path (request), "/closing") == 0)
    return; /* goes with its endpoint */
  if (strcmp (far_http_request_get_path (request), "/held") == 0)
    {
      f->held = request;
      far_loop_defer (f->http.loop, &f->task, answer_held, f);
      return;
    }
  if (strcmp (far_http_request_get_path (request), "/stream") == 0)
    {
      answer_stream (request);
      return;
    }
  if (strcmp (far_http_request_get_path (request), "/drop") == 0)
    {
      far_http_request_drop (request);
      return;
    }
  body = far_http_request_get_body (request, &n);
  trailer = far_http_request_get_trailer (request, "X-Trailer");
  g_string_append_printf (text, "%s %s ?%s [%" G_GSIZE_FORMAT "] %s",
                          far_http_request_get_method (request),
                          far_http_request_get_path (request),
                          far_http_request_get_query (request), n, trailer ? trailer : "-");
  if (n < 100)
    g_string_append_printf (text, " <%s>", body);
  n = text->len;
  far_http_request_respond (request, 200,
                            far_http_response_new_take (g_strdup (text->str), n));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  const Limits *limits = data;
  const FarHttpServerOptions options = {
    .handler = handler,
    .begin = begin,
    .error_body = http_error_body,
    .user_data = f,
    .body_max = 100000,
    .connections_max = 8,
    .endpoint_max = limits->endpoint_max,
    .idle_timeout_s = limits->timeout_s,
    .body_timeout_s = limits->timeout_s,
    .waiting_max = 10 * STREAM_PART,
    .connection_memory = 32 * 1024,
  };

  http_fixture_init (&f->http, &options, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  http_fixture_clear (&f->http);
}

typedef struct {
  guint16     port;
  int         fd; /* -1: connect */
  const char *text;
  gsize       n_bytes;
  gsize       n_filler; /* bytes sent behind text */
  GString    *answer;
  gint        done;
} Client;

static gpointer
client_main (gpointer data)
{
  Client *client = data;
  g_autofree char *filler = g_malloc0 (65536);
  char buffer[65536];
  gsize left = client->n_filler;
  ssize_t n;

  if (client->fd < 0)
    client->fd = http_connect (client->port, 0);
  if (client->n_bytes > 0)
    g_assert_cmpint (send (client->fd, client->text, client->n_bytes, MSG_NOSIGNAL), ==,
                     (ssize_t) client->n_bytes);
  while (left > 0)
    {
      n = send (client->fd, filler, MIN (left, 65536), MSG_NOSIGNAL);
      if (n <= 0)
        break;
      left -= n;
    }
  while ((n = recv (client->fd, buffer, sizeof buffer, 0)) > 0)
    g_string_append_len (client->answer, buffer, n);
  close (client->fd);
  g_atomic_int_set (&client->done, 1);
  g_main_context_wakeup (NULL);
  return NULL;
}

/* Sends text and a filler, and reads until the server closes. */
static char *
talk (Fixture *f, int fd, const char *text, gsize n_filler)
{
  Client client = { .port = f->http.port, .fd = fd, .text = text, .n_bytes = strlen (text),
                    .n_filler = n_filler, .answer = g_string_new (NULL) };
  GThread *thread = g_thread_new ("client", client_main, &client);

  while (!g_atomic_int_get (&client.done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  return g_string_free (client.answer, FALSE);
}

static void
assert_answer (Fixture *f, const char *text, gsize n_filler, const char *status,
               const char *contains)
{
  g_autofree char *answer = talk (f, -1, text, n_filler);

  if (!g_str_has_prefix (answer, status) || strstr (answer, contains) == NULL)
    g_error ("For «%s» came «%s», not «%s … %s»", text, answer, status, contains);
}

static void
test_serves (Fixture *f, gconstpointer data)
{
  assert_answer (f, "GET /a%2fb/%41?x=1&y=%20 HTTP/1.1\r\nHost: localhost\r\n"
                    "Connection: close\r\n\r\n", 0,
                 "HTTP/1.1 200 ", "GET /a%2fb/%41 ?x=1&y=%20 [0] -");
  assert_answer (f, "POST /p HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Length: 5\r\n"
                    "Connection: close\r\n\r\nhello", 0,
                 "HTTP/1.1 200 ", "POST /p ? [5] - <hello>");
  assert_answer (f, "POST /p HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    "Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n", 0,
                 "HTTP/1.1 200 ", "POST /p ? [5] t <abcde>");
  assert_answer (f, "GET /held HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 0,
                 "HTTP/1.1 200 ", "{\"held\":true}");
}

/* What waits of streams is bounded: one that would be too much is cut, and makes room. */
static void
test_streams (Fixture *f, gconstpointer data)
{
  guint i;

  for (i = 0; i < 3; i++)
    {
      g_autofree char *whole = talk (f, -1, "GET /stream?10 HTTP/1.1\r\nHost: localhost\r\n"
                                            "Connection: close\r\n\r\n", 0);
      g_autofree char *cut = talk (f, -1, "GET /stream?11 HTTP/1.1\r\n"
                                          "Host: localhost\r\n\r\n", 0);

      g_assert_true (g_str_has_suffix (whole, "x\r\n0\r\n\r\n"));
      g_assert_cmpuint (strlen (whole), >, 10 * STREAM_PART);
      g_assert_false (g_str_has_suffix (cut, "\r\n0\r\n\r\n"));
    }
}

static void
test_pipelined (Fixture *f, gconstpointer data)
{
  g_autofree char *answer
      = talk (f, -1, "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                     "GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n"
                     "GET /3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 0);
  const char *one = strstr (answer, "GET /1 ");
  const char *two = strstr (answer, "{\"held\":true}");
  const char *three = strstr (answer, "GET /3 ");

  g_assert_true (one != NULL && two != NULL && three != NULL);
  g_assert_true (one < two && two < three);
}

static void
test_drop (Fixture *f, gconstpointer data)
{
  g_autofree char *answer = talk (f, -1, "GET /drop HTTP/1.1\r\nHost: localhost\r\n\r\n", 0);

  g_assert_cmpstr (answer, ==, "");
  g_assert_cmpuint (f->n_handled, ==, 1);
}

/* The words that go past the library are a whole answer, too. */
static void
test_raw_answer (Fixture *f, gconstpointer data)
{
  g_autofree char *answer = talk (f, -1, "GET / HTTP/1.1\r\nHost: loc", 0);

  g_assert_true (g_regex_match_simple ("^HTTP/1\\.1 408 [A-Za-z ]+\r\n"
                                       "Content-Type: application/json\r\n"
                                       "Connection: close\r\nContent-Length: [0-9]+\r\n\r\n"
                                       "\\{\"status\":408,\"message\":\"[^\"]+\"\\}$",
                                       answer, G_REGEX_RAW, 0));
}

static const struct { const char *text, *status, *contains; } refusals[] = {
  { "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 403 ", "no host" },
  { "GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", "HTTP/1.1 403 ", "no host" },
  { "GET / HTTP/1.1\r\nHost: localhost:80x\r\n\r\n", "HTTP/1.1 403 ", "no host" },
  { "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 400 ",
    "one Host" },
  /* libmicrohttpd from 1.0 on refuses this one itself, in words of its own. */
  { "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "Host" },
  { "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n", "HTTP/1.1 403 ",
    "another origin" },
  { "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", "HTTP/1.1 403 ",
    "another origin" },
  { "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    "0\r\n\r\n", "HTTP/1.1 400 ", "ambiguous" },
  { "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "HTTP/1.1 400 ", "ambiguous" },
  { "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 501 ", "chunked" },
  { "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length : 4\r\n\r\nabcd", "HTTP/1.1 400 ",
    "characters" },
  { "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x01z\r\n\r\n", "HTTP/1.1 400 ", "characters" },
  { "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 400 ", "not a path" },
  { "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 400 ", "not a path" },
  { "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n", "HTTP/1.1 413 ",
    "larger" },
  { "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n",
    "HTTP/1.1 413 ", "larger" },
  /* What the library would answer in HTML. */
  { "\x16\x03\x01\x02", "HTTP/1.1 400 ", "\"message\":\"This is no HTTP" },
  { "hello\r\n\r\n", "HTTP/1.1 400 ", "\"message\":\"This is no HTTP" },
  { "GET\r\n\r\n", "HTTP/1.1 400 ", "\"status\":400" },
  { "GET /\r\n\r\n", "HTTP/1.1 400 ", "no version" },
  { "GET  HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "no target" },
  { "GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 505 ", "\"status\":505" },
  { "GET / HTTP/1.1\r\nHost localhost\r\n\r\n", "HTTP/1.1 400 ", "no colon" },
  { "\r\n\r\n\r\n\r\n\r\n\r\n", "HTTP/1.1 400 ", "\"status\":400" },
};

static void
test_refuses (Fixture *f, gconstpointer data)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (refusals); i++)
    assert_answer (f, refusals[i].text, 0, refusals[i].status, refusals[i].contains);
  g_assert_cmpuint (f->n_handled, ==, 0);
}

/* What stops half-way, wherever that is. */
static void
test_half_sent (Fixture *f, gconstpointer data)
{
  static const char *const begun[] = {
    "", "GET / HTTP/1.1\r\nHost: loc",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1000000\r\nabc",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (begun); i++)
    assert_answer (f, begun[i], 0, "HTTP/1.1 408 ", "in time");
  g_assert_cmpuint (f->n_handled, ==, 0);
}

/* Who has nothing more to say is not waited for, but told; the time limit is a minute. */
static void
test_ended (Fixture *f, gconstpointer data)
{
  static const char begun[] = "GET / HTTP/1.1\r\nHost: loc";
  g_autofree char *answer = NULL;
  int fd = http_connect (f->http.port, 0);

  g_assert_cmpint (send (fd, begun, strlen (begun), MSG_NOSIGNAL), ==, (ssize_t) strlen (begun));
  g_assert_cmpint (shutdown (fd, SHUT_WR), ==, 0);
  answer = talk (f, fd, "", 0);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 400 "));
  g_assert_nonnull (strstr (answer, "ended before"));
}

/* The answer must reach a client that goes on sending, and must not cost memory. */
static void
test_large (Fixture *f, gconstpointer data)
{
  assert_answer (f, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n",
                 50000000, "HTTP/1.1 413 ", "\"status\":413");
  assert_answer (f, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "2faf080\r\n", 50000000, "HTTP/1.1 413 ", "\"status\":413");
  assert_answer (f, "POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    "Content-Length: 100000\r\n\r\n", 100000, "HTTP/1.1 200 ", "[100000]");
  g_assert_cmpuint (f->n_handled, ==, 1);
}

/* Behind a good request, too, what is no HTTP ends its connection, with an error or without a
 * word; nothing behind it is served. */
static void
test_kept (Fixture *f, gconstpointer data)
{
  static const char good[] = "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  static const char *const bad[] = {
    "hello\r\n\r\n", "GET / HTTP/1.1\r\nHost localhost\r\n\r\n", "GET / HTTP/9\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *text = g_strconcat (good, bad[i], good, NULL);
      g_autofree char *answer = talk (f, -1, text, 0);
      const char *second = strstr (answer + 1, "HTTP/1.1 ");

      g_assert_nonnull (strstr (answer, "GET /1 "));
      g_assert_true (second == NULL || second[9] == '4' || second[9] == '5');
      g_assert_true (second == NULL || strstr (second + 1, "HTTP/1.1 ") == NULL);
      g_assert_cmpuint (f->n_handled, ==, i + 1);
    }
}

static void
test_heads (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) many = g_string_new ("GET / HTTP/1.1\r\nHost: localhost\r\n");
  g_autoptr (GString) wide = g_string_new ("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
  g_autoptr (GString) path = g_string_new ("GET /");
  guint i;

  for (i = 0; i < FAR_HTTP_HEADERS_MAX; i++)
    g_string_append_printf (many, "X%u: 1\r\n", i);
  g_string_append (many, "\r\n");
  assert_answer (f, many->str, 0, "HTTP/1.1 431 ", "too many headers");
  for (i = 0; i < FAR_HTTP_HEAD_MAX; i++)
    g_string_append_c (wide, 'x');
  g_string_append (wide, "\r\n\r\n");
  assert_answer (f, wide->str, 0, "HTTP/1.1 431 ", "\"status\":431");
  for (i = 0; i < FAR_HTTP_TARGET_MAX; i++)
    g_string_append_c (path, 'x');
  g_string_append (path, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert_answer (f, path->str, 0, "HTTP/1.1 414 ", "longer");
}

static void
test_adopted (Fixture *f, gconstpointer data)
{
  FarHttpEndpoint *endpoint = far_http_endpoint_new (f->http.server, NULL, f);
  g_autofree char *answer = NULL;
  GError *error = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  far_http_endpoint_adopt (endpoint, fds[0], &error);
  g_assert_no_error (error);
  answer = talk (f, fds[1], "GET /x HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n", 0);
  g_assert_nonnull (strstr (answer, "GET /x "));
  far_http_endpoint_close (endpoint);
}

/* Held or half-sent, a request ends with its endpoint, and nobody has to answer it. */
static void
test_closed_endpoint (Fixture *f, gconstpointer data)
{
  static const char *const texts[] = {
    "GET /closing HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /closing HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *answer = NULL;
      GError *error = NULL;
      int fds[2];

      f->closing = far_http_endpoint_new (f->http.server, NULL, f);
      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
      far_http_endpoint_adopt (f->closing, fds[0], &error);
      g_assert_no_error (error);
      answer = talk (f, fds[1], texts[i], 0);
      g_assert_cmpstr (answer, ==, "");
      g_assert_cmpuint (f->n_handled, ==, 1); /* the first */
    }
}

/* With every place taken by a silent client the next one waits, and is served once they are cut. */
static void
test_connection_cap (Fixture *f, gconstpointer data)
{
  g_autofree char *answer = NULL;
  int fds[8];
  guint i;

  for (i = 0; i < 8; i++)
    fds[i] = http_connect (f->http.port, 0);
  while (far_http_server_n_connections (f->http.server) < 8)
    g_main_context_iteration (NULL, TRUE);
  answer = talk (f, -1, "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 0);
  g_assert_nonnull (strstr (answer, "GET /x "));
  for (i = 0; i < 8; i++)
    close (fds[i]);
}

/* Sends a byte a millisecond behind text, which would never end. Returns: what came back */
static char *
drip (Fixture *f, const char *text)
{
  GString *answer = g_string_new (NULL);
  int fd = http_connect (f->http.port, 0);
  ssize_t n;

  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, (ssize_t) strlen (text));
  do
    {
      char buffer[4096];

      while (g_main_context_iteration (NULL, FALSE))
        ;
      poll (NULL, 0, 1);
      send (fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT); /* cut off or not */
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0)
        g_string_append_len (answer, buffer, n);
    }
  while (n > 0 || (n < 0 && errno == EAGAIN));
  close (fd);
  return g_string_free (answer, FALSE);
}

/* Time counts from a request's beginning, whatever still comes. */
static void
test_slow (Fixture *f, gconstpointer data)
{
  static const char *const begun[] = {
    "GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n",
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (begun); i++)
    {
      g_autofree char *answer = drip (f, begun[i]);

      /* Bytes that cross the end of a body may reset the connection, and its last words with it. */
      g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 408 ") || (i > 0 && answer[0] == '\0'));
    }
  g_assert_cmpuint (f->n_handled, ==, 0);
}

/* Of what may stand open at one endpoint, half-sent requests are a part; others do not wait. */
static void
test_endpoint_cap (Fixture *f, gconstpointer data)
{
  static const char whole[] = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  FarHttpEndpoint *endpoint = far_http_endpoint_new (f->http.server, NULL, f);
  g_autofree char *refused = NULL;
  g_autofree char *served = NULL;
  guint16 others = f->http.port;
  int fds[4];
  guint i;

  f->http.port = http_fixture_listen (endpoint);
  for (i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = http_connect (f->http.port, 0);
      g_assert_cmpint (send (fds[i], "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL), ==, 16);
    }
  refused = talk (f, -1, whole, 0);
  g_assert_cmpstr (refused, ==, "");
  g_assert_cmpuint (far_http_server_n_connections (f->http.server), ==, 0);
  f->http.port = others;
  served = talk (f, -1, whole, 0);
  g_assert_nonnull (strstr (served, "GET /x "));
  for (i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  far_http_endpoint_close (endpoint);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD_WITH(path, limits, func) g_test_add (path, Fixture, &limits, set_up, func, tear_down)
#define ADD(path, func) ADD_WITH (path, patient, func)
  ADD ("/http-server/serves", test_serves);
  ADD ("/http-server/streams", test_streams);
  ADD ("/http-server/pipelined", test_pipelined);
  ADD ("/http-server/drop", test_drop);
  ADD_WITH ("/http-server/raw-answer", brief, test_raw_answer);
  ADD ("/http-server/refuses", test_refuses);
  ADD_WITH ("/http-server/half-sent", brief, test_half_sent);
  ADD ("/http-server/ended", test_ended);
  ADD ("/http-server/large", test_large);
  ADD ("/http-server/kept", test_kept);
  ADD ("/http-server/heads", test_heads);
  ADD ("/http-server/adopted", test_adopted);
  ADD ("/http-server/closed-endpoint", test_closed_endpoint);
  ADD_WITH ("/http-server/connection-cap", brief, test_connection_cap);
  ADD_WITH ("/http-server/slow", brief, test_slow);
  ADD_WITH ("/http-server/endpoint-cap", crowded, test_endpoint_cap);
  return g_test_run ();
}
