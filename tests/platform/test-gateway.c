/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gateway byte for byte: a request as the function gets it (payload format 2.0), and what the
 * function posts as the client gets it. The instance is played by this test. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-json.h"
#include "dispatcher-fixture.h"
#include "platform/far-gateway.h"

typedef struct {
  Fixture     base;
  FarGateway *gateway;
  guint16     port;
} Gateway;

static void
set_up (Gateway *g, gconstpointer data)
{
  GError *error = NULL;
  int fd;

  fixture_set_up (&g->base, data);
  fd = far_http_listen_tcp ("127.0.0.1", 0, &g->port, &error);
  g_assert_no_error (error);
  g->gateway = far_gateway_new (g->base.loop, g->base.dispatcher, g->base.tmpl, fd, &error);
  g_assert_no_error (error);
}

static void
tear_down (Gateway *g, gconstpointer data)
{
  /* Calls are answered while there is a gateway to take the answers. */
  far_dispatcher_detach (g->base.dispatcher);
  far_gateway_free (g->gateway);
  fixture_tear_down (&g->base, data);
}

static int
send_request (Gateway *g, const char *text)
{
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons (g->port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  where.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_no_errno (connect (fd, (struct sockaddr *) &where, sizeof where));
  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, (ssize_t) strlen (text));
  return fd;
}

/* Until the gateway closes. */
static GString *
read_answer (int fd)
{
  GString *text = g_string_new (NULL);
  struct pollfd readable = { .fd = fd, .events = POLLIN };
  char buffer[65536];

  for (;;)
    {
      ssize_t n;

      spin ();
      if (poll (&readable, 1, 20) != 1)
        continue;
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n <= 0)
        break;
      g_string_append_len (text, buffer, n);
    }
  close (fd);
  return text;
}

static void
wait_for_instance (void)
{
  while (fake_n_instances () == 0)
    g_main_context_iteration (NULL, TRUE);
}

static JsonObject *
member (JsonObject *object, const char *name)
{
  g_assert_true (json_object_has_member (object, name));
  return json_object_get_object_member (object, name);
}

#define assert_member(object, name, value) \
  g_assert_cmpstr (json_object_get_string_member (object, name), ==, value)

static JsonNode *
take_event (Gateway *g, const char *request, int *ret_fd)
{
  g_autofree char *event = NULL;
  JsonNode *node;

  *ret_fd = send_request (g, request);
  wait_for_instance ();
  ask_next (0);
  event = receive (0);
  node = far_json_parse_object (strstr (event, "\r\n\r\n") + 4,
                                strlen (strstr (event, "\r\n\r\n") + 4), FAR_JSON_SIZE_MAX, NULL);
  g_assert_nonnull (node);
  return node;
}

static void
test_event (Gateway *g, gconstpointer data)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *event;
  JsonObject *part;
  JsonArray *cookies;
  int fd;

  node = take_event (g,
                     "POST /shop/caf%C3%A9%2Fau?x=1&y=a%20b&x=2&z&=q&bad=%zz HTTP/1.1\r\n"
                     "Host: localhost:80\r\nX-One: 1\r\nx-ONE: 2\r\nUser-Agent: tester\r\n"
                     "Cookie: a=1; b=2\r\nCookie: c=3\r\nContent-Type: application/json\r\n"
                     "Content-Length: 10\r\nConnection: close\r\n\r\n{\"a\":\"\\n\"}", &fd);
  event = json_node_get_object (node);
  assert_member (event, "version", "2.0");
  assert_member (event, "routeKey", "POST /shop/{item}");
  assert_member (event, "rawPath", "/shop/caf%C3%A9%2Fau");
  assert_member (event, "rawQueryString", "x=1&y=a%20b&x=2&z&=q&bad=%zz");
  assert_member (event, "body", "{\"a\":\"\\n\"}");
  g_assert_false (json_object_get_boolean_member (event, "isBase64Encoded"));
  part = member (event, "headers");
  assert_member (part, "x-one", "1,2");
  assert_member (part, "host", "localhost:80");
  g_assert_false (json_object_has_member (part, "cookie"));
  cookies = json_object_get_array_member (event, "cookies");
  g_assert_cmpuint (json_array_get_length (cookies), ==, 3);
  g_assert_cmpstr (json_array_get_string_element (cookies, 1), ==, "b=2");
  part = member (event, "queryStringParameters");
  assert_member (part, "x", "1,2");
  assert_member (part, "y", "a b");
  assert_member (part, "z", "");
  assert_member (member (event, "pathParameters"), "item", "café/au");
  part = member (event, "requestContext");
  assert_member (part, "stage", "$default");
  g_assert_true (g_regex_match_simple ("^14/Nov/2023:22:1[0-9]:[0-9]{2} \\+0000$",
                                       json_object_get_string_member (part, "time"), 0, 0));
  part = member (part, "http");
  assert_member (part, "method", "POST");
  assert_member (part, "sourceIp", "127.0.0.1");
  assert_member (part, "userAgent", "tester");
  close (fd);
}

static void
test_binary_body (Gateway *g, gconstpointer data)
{
  static const char *const heads[] = {
    "Content-Type: image/png\r\n", "Content-Type: text/plain\r\n", "",
  };
  const guint at = GPOINTER_TO_UINT (data);
  g_autofree char *request = g_strdup_printf ("POST /shop/x HTTP/1.1\r\nHost: localhost\r\n%s"
                                              "Content-Length: 3\r\n\r\n\xff\xfe" "a", heads[at]);
  g_autoptr (JsonNode) node = NULL;
  int fd;

  node = take_event (g, request, &fd);
  /* Also what calls itself text, where it is none. */
  assert_member (json_node_get_object (node), "body", "//5h");
  g_assert_true (json_object_get_boolean_member (json_node_get_object (node), "isBase64Encoded"));
  close (fd);
}

typedef struct {
  const char *payload;
  const char *status;  /* and what else begins the answer */
  const char *header;  /* nullable; a whole line */
  const char *body;
} Case;

static const Case cases[] = {
  { "{\"statusCode\":201,\"headers\":{\"X-A\":\"b\",\"x-n\":7,\"x-t\":true},\"body\":\"hi\"}",
    "HTTP/1.1 201 ", "X-A: b", "hi" },
  { "{\"statusCode\":200,\"cookies\":[\"a=1\",\"b=2; Path=/\"],\"body\":\"\"}", "HTTP/1.1 200 ",
    "Set-Cookie: b=2; Path=/", "" },
  { " { \"body\" : \"aGk=\" , \"isBase64Encoded\" : true , \"statusCode\" : 200 } ",
    "HTTP/1.1 200 ", "Content-Length: 2", "hi" },
  { "{\"statusCode\":200,\"body\":\"a\\u00e9\\ud83d\\ude00\\n\"}", "HTTP/1.1 200 ",
    "Content-Type: text/plain;charset=utf-8", "aé😀\n" },
  { "{\"statusCode\":404,\"body\":null,\"headers\":null,\"cookies\":null}", "HTTP/1.1 404 ",
    "Content-Length: 0", "" },
  { "{\"other\":{\"statusCode\":[1,{\"a\":\"}\"}]},\"statusCode\":200,\"body\":\"x\"}",
    "HTTP/1.1 200 ", NULL, "x" },
  /* The connection is the gateway's. */
  { "{\"statusCode\":200,\"headers\":{\"Content-Length\":\"999\",\"Transfer-Encoding\":\"x\"},"
    "\"body\":\"x\"}", "HTTP/1.1 200 ", "Content-Length: 1", "x" },
  /* JSON without a status is the body. */
  { "{\"hello\":[1,2]}", "HTTP/1.1 200 ", "Content-Type: application/json", "{\"hello\":[1,2]}" },
  { "[{\"statusCode\":500}]", "HTTP/1.1 200 ", "Content-Type: application/json",
    "[{\"statusCode\":500}]" },
  { "\"Hello from Lambda!\"", "HTTP/1.1 200 ", "Content-Type: application/json",
    "Hello from Lambda!" },
  { "null", "HTTP/1.1 200 ", NULL, "null" },
  { "12.5e3", "HTTP/1.1 200 ", NULL, "12.5e3" },
  { "", "HTTP/1.1 200 ", "Content-Length: 0", "" },
  /* Valid, though no reader of ours would take it: it is passed on. */
  { "{\"n\":18446744073709551616,\"n\":1e999}", "HTTP/1.1 200 ", NULL,
    "{\"n\":18446744073709551616,\"n\":1e999}" },
  { "{\"statusCode\":200,\"body\":\"1\",\"statusCode\":201,\"\\ud83d\":0,"
    "\"body\":\"cut \\ud83d\\u0041\"}", "HTTP/1.1 201 ", NULL, "cut \357\277\275A" },
#define BAD(payload) { payload, "HTTP/1.1 502 ", NULL, "{\"message\":\"Internal Server Error\"}" }
  BAD ("{"), BAD ("{\"statusCode\":200,}"), BAD ("nope"), BAD ("{\"statusCode\":200} x"),
  BAD ("{\"statusCode\":\"200\"}"), BAD ("{\"statusCode\":99}"), BAD ("{\"statusCode\":600}"),
  BAD ("{\"statusCode\":200.5}"), BAD ("{\"statusCode\":18446744073709551616}"),
  BAD ("{\"statusCode\":200,\"body\":{}}"), BAD ("{\"statusCode\":200,\"headers\":[]}"),
  BAD ("{\"statusCode\":200,\"headers\":{\"a\":[]}}"), BAD ("{\"statusCode\":200,\"cookies\":{}}"),
  BAD ("{\"statusCode\":200,\"headers\":{\"a\":\"b\\r\\nX-Evil: 1\"}}"),
  BAD ("{\"statusCode\":200,\"headers\":{\"a b\\n\":\"c\"}}"),
  BAD ("{\"statusCode\":200,\"isBase64Encoded\":\"yes\"}"),
  BAD ("{\"statusCode\":200,\"body\":\"\xff\"}"),
};

static void
test_answer (Gateway *g, gconstpointer data)
{
  const Case *now = &cases[GPOINTER_TO_UINT (data)];
  int fd = send_request (g, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  g_autofree char *line = now->header != NULL ? g_strdup_printf ("\r\n%s\r\n", now->header) : NULL;
  g_autoptr (GString) answer = NULL;

  wait_for_instance ();
  ask_next (0);
  serve (0, "", now->payload);
  answer = read_answer (fd);
  if (!g_str_has_prefix (answer->str, now->status)
      || g_strcmp0 (strstr (answer->str, "\r\n\r\n") + 4, now->body) != 0
      || (line != NULL && strstr (answer->str, line) == NULL)
      || strstr (answer->str, "X-Evil") != NULL)
    g_error ("For «%s» came «%s»", now->payload, answer->str);
}

static void
test_large_head (Gateway *g, gconstpointer data)
{
  g_autofree char *value = g_strnfill (FAR_HTTP_RESPONSE_HEAD_MAX, 'v');
  g_autofree char *payload = g_strdup_printf ("{\"statusCode\":200,\"headers\":{\"a\":\"%s\"}}",
                                              value);
  int fd = send_request (g, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  g_autoptr (GString) answer = NULL;

  wait_for_instance ();
  ask_next (0);
  serve (0, "", payload);
  answer = read_answer (fd);
  g_assert_true (g_str_has_prefix (answer->str, "HTTP/1.1 502 "));
}

/* Every cut of a good response is an answer of some kind, and the instance goes on. */
static void
test_cut_answers (Gateway *g, gconstpointer data)
{
  static const char whole[] = "{\"statusCode\":200,\"headers\":{\"a\":\"b\"},\"cookies\":[\"c\"],"
                              "\"isBase64Encoded\":false,\"body\":\"\\u00e9\"}";
  gsize n;

  for (n = 1; n < strlen (whole); n++)
    {
      g_autofree char *payload = g_strndup (whole, n);
      g_autoptr (GString) answer = NULL;
      int fd = send_request (g, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

      if (n == 1)
        {
          wait_for_instance ();
          ask_next (0);
        }
      serve (0, "", payload);
      answer = read_answer (fd);
      g_assert_true (g_str_has_prefix (answer->str, "HTTP/1.1 502 "));
    }
  g_assert_cmpuint (fake_n_instances (), ==, 1);
}

/* Each byte of such a body is six in an event. */
static void
check_large_event (Gateway *g, gsize n_body, const char *expected)
{
  g_autofree char *body = g_strnfill (n_body, '\x01');
  g_autofree char *head = g_strdup_printf ("POST /shop/x HTTP/1.1\r\nHost: localhost\r\n"
                                           "Content-Type: text/plain\r\nConnection: close\r\n"
                                           "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n", n_body);
  int fd = send_request (g, head);
  struct pollfd writable = { .fd = fd, .events = POLLOUT };
  g_autoptr (GString) answer = NULL;
  gsize at = 0;

  while (at < n_body)
    {
      ssize_t n = send (fd, body + at, n_body - at, MSG_NOSIGNAL | MSG_DONTWAIT);

      at += (gsize) MAX (n, 0);
      spin ();
      if (n < 0)
        poll (&writable, 1, 20);
    }
  if (g_str_has_prefix (expected, "HTTP/1.1 200"))
    {
      wait_for_instance ();
      ask_next_frame (0);
      serve_frame (0, "\"hi\"");
    }
  answer = read_answer (fd);
  g_assert_true (g_str_has_prefix (answer->str, expected));
}

static void
test_large_events (Gateway *g, gconstpointer data)
{
  static const char refused[] = "HTTP/1.1 413 ";

  check_large_event (g, 3 * 1024 * 1024, refused);
  check_large_event (g, FAR_GATEWAY_BODY_MAX, refused);
  check_large_event (g, FAR_PAYLOAD_SYNC_MAX / 6, refused);
  g_assert_cmpuint (fake_n_instances (), ==, 0);
  g_assert_cmpuint (g->base.records->len, ==, 0);
  check_large_event (g, FAR_PAYLOAD_SYNC_MAX / 6 - 1024, "HTTP/1.1 200 ");
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, NULL);
#define ADD_GATEWAY(path, data, func) g_test_add (path, Gateway, data, set_up, func, tear_down)
  ADD_GATEWAY ("/gateway/event", NULL, test_event);
  for (i = 0; i < 3; i++)
    {
      g_autofree char *path = g_strdup_printf ("/gateway/binary-body/%u", i);

      ADD_GATEWAY (path, GUINT_TO_POINTER (i), test_binary_body);
    }
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/gateway/answer/%u", i);

      ADD_GATEWAY (path, GUINT_TO_POINTER (i), test_answer);
    }
  ADD_GATEWAY ("/gateway/large-head", NULL, test_large_head);
  ADD_GATEWAY ("/gateway/cut-answers", NULL, test_cut_answers);
  ADD_GATEWAY ("/gateway/large-events", NULL, test_large_events);
  return g_test_run ();
}
