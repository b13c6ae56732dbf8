/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API: what it answers, what it refuses and why, and that its description is true. */
#include "control-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "base/far-json.h"
#include "platform/far-control-routes.h"
#include "platform/far-yaml.h"

static void
test_status (void)
{
  g_auto (Answer) answer = { 0 };
  JsonObject *status, *publication;
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  fixture_record (&fixture, "content", FAR_INVOCATION_OK, 1000);
  fixture_record (&fixture, "content", FAR_INVOCATION_THROTTLE, 0);
  fake_platform_get_state (fixture.platform, "content")->instances = 3;
  ask (&fixture, "GET", "/v1/status", NULL, 200, &answer);
  status = answer_object (&answer);
  g_assert_cmpstr (json_object_get_string_member (status, "state"), ==, "running");
  g_assert_cmpint (json_object_get_int_member (status, "functions"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (status, "instances"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (status, "invocations"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (status, "dropped"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (status, "now_us"), ==, T0);
  g_assert_cmpint (json_object_get_int_member (status, "pid"), ==, getpid ());
  g_assert_true (json_object_get_null_member (status, "transfers"));
  publication = json_object_get_object_member (status, "publication");
  g_assert_cmpstr (json_object_get_string_member (publication, "title"), ==,
                   "The Evening Courier");
  fixture_clear (&fixture);
}

static void
test_functions (void)
{
  g_auto (Answer) answer = { 0 };
  JsonArray *functions;
  JsonObject *content, *settle;
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  fixture_record (&fixture, "content", FAR_INVOCATION_OK, 1000);
  fixture_record (&fixture, "content", FAR_INVOCATION_CRASH, 3000);
  fake_platform_get_state (fixture.platform, "content")->in_flight = 2;
  ask (&fixture, "GET", "/v1/functions", NULL, 200, &answer);
  functions = json_object_get_array_member (answer_object (&answer), "functions");
  g_assert_cmpuint (json_array_get_length (functions), ==, 2);
  content = json_array_get_object_element (functions, 0);
  g_assert_cmpstr (json_object_get_string_member (content, "name"), ==, "content");
  g_assert_cmpint (json_object_get_int_member (content, "memory_mb"), ==, 256);
  g_assert_cmpint (json_object_get_int_member (content, "timeout_s"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (content, "invocations"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (content, "errors"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (content, "concurrency"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (content, "p99_us"), ==, 1000);
  g_assert_cmpint (json_object_get_int_member (content, "mb_ms"), ==, 4 * 256);
  /* 4 ms × 256 MB = 1/1000 GB-s at 16,666,700, and two requests at 200,000. */
  g_assert_cmpint (json_object_get_int_member (content, "cost_picodollars"), ==, 416666);
  g_assert_true (json_object_get_null_member (content, "reserved_concurrency"));
  settle = json_array_get_object_element (functions, 1);
  g_assert_cmpint (json_object_get_int_member (settle, "reserved_concurrency"), ==, 1);
  g_assert_true (json_object_get_null_member (settle, "p50_us"));
  fixture_clear (&fixture);
}

static void
test_past (void)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *path = g_strdup_printf (
    "/v1/series?function=content&metrics=invocations,p99_us,cost_picodollars&step_us=1000000"
    "&from_us=%" G_GINT64_FORMAT "&to_us=%" G_GINT64_FORMAT, T0 - 2000000, T0 + 4000000);
  JsonObject *series;
  JsonArray *points;
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  g_assert_true (far_clock_advance (fixture.clock, 1500000, NULL));
  fixture_record (&fixture, "content", FAR_INVOCATION_OK, 1000);
  fixture_record (&fixture, "content", FAR_INVOCATION_TIMEOUT, 64);
  fixture_record (&fixture, "settle", FAR_INVOCATION_OK, 7);
  g_assert_true (far_clock_advance (fixture.clock, 1000000, NULL));
  ask (&fixture, "GET", path, NULL, 200, &answer);
  g_assert_cmpint (json_object_get_int_member (answer_object (&answer), "from_us"), ==,
                   T0 - 2000000);
  points = json_object_get_array_member (answer_object (&answer), "series");
  g_assert_cmpuint (json_array_get_length (points), ==, 3);
  series = json_array_get_object_element (points, 0);
  g_assert_cmpstr (json_object_get_string_member (series, "metric"), ==, "invocations");
  points = json_object_get_array_member (series, "points");
  g_assert_cmpuint (json_array_get_length (points), ==, 6);
  g_assert_true (json_array_get_null_element (points, 1));
  g_assert_cmpint (json_array_get_int_element (points, 2), ==, 0);
  g_assert_cmpint (json_array_get_int_element (points, 3), ==, 2);
  g_assert_cmpint (json_array_get_int_element (points, 4), ==, 0);
  g_assert_true (json_array_get_null_element (points, 5));
  points = json_object_get_array_member (answer_object (&answer), "n");
  g_assert_cmpint (json_array_get_int_element (points, 3), ==, 2);

  ask (&fixture, "GET", "/v1/invocations?outcome=error", NULL, 200, &answer);
  points = json_object_get_array_member (answer_object (&answer), "invocations");
  g_assert_cmpuint (json_array_get_length (points), ==, 1);
  series = json_array_get_object_element (points, 0);
  g_assert_cmpstr (json_object_get_string_member (series, "outcome"), ==, "timeout");
  g_assert_cmpint (json_object_get_int_member (series, "duration_us"), ==, 64);
  ask (&fixture, "GET", "/v1/invocations?limit=2", NULL, 200, &answer);
  points = json_object_get_array_member (answer_object (&answer), "invocations");
  g_assert_cmpuint (json_array_get_length (points), ==, 2);
  fixture_clear (&fixture);
}

#define JSON_TYPE "Content-Type: application/json\r\n"
static const struct {
  const char *method;
  const char *path;
  const char *headers;
  const char *body;
  guint       status;
  const char *code;
} refusals[] = {
  { "GET", "/", NULL, NULL, 404, "not_found" },
  { "GET", "/v1/status/", NULL, NULL, 404, "not_found" },
  { "GET", "/v1//status", NULL, NULL, 404, "not_found" },
  { "GET", "/v1/status/..", NULL, NULL, 404, "not_found" },
  { "GET", "/v1%2fstatus", NULL, NULL, 404, "not_found" },
  { "POST", "/v1/functions//invocations", NULL, NULL, 404, "not_found" },
  { "DELETE", "/v1/status", NULL, NULL, 405, "method_not_allowed" },
  { "GET", "/v1/functions/content/invocations", NULL, NULL, 405, "method_not_allowed" },
  { "GET", "/v1/status?x=1", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/events?after=1&after=2", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/events?after=-1", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/events?after=1e3", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/series?step_us=999999", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/series?step_us=1500000", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/series?from_us=5&to_us=5", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/series?from_us=0", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/series?metrics=p50_us,fame", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/series?function=nobody", NULL, NULL, 404, "unknown_function" },
  { "GET", "/v1/invocations?outcome=great", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/invocations?limit=0", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/invocations?limit=1001", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/invocations?request_id=7", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/logs?follow=yes", NULL, NULL, 400, "bad_request" },
  { "GET", "/v1/logs?level=loud", NULL, NULL, 400, "bad_request" },
  { "PUT", "/v1/traffic", NULL, NULL, 400, "bad_request" },
  { "PUT", "/v1/traffic", JSON_TYPE, "[]", 400, "bad_request" },
  { "PUT", "/v1/traffic", JSON_TYPE, "{\"readers_per_second\":0}", 400, "bad_request" },
  { "PUT", "/v1/traffic", JSON_TYPE, "{\"readers_per_second\":1e9}", 400, "bad_request" },
  { "PUT", "/v1/traffic", JSON_TYPE, "{\"readers_per_second\":\"1\"}", 400, "bad_request" },
  { "PUT", "/v1/traffic", JSON_TYPE, "{\"readers_per_second\":1,\"seed\":-1}", 400,
    "bad_request" },
  { "PUT", "/v1/traffic", JSON_TYPE, "{\"a\":1,\"a\":2}", 400, "bad_request" },
  { "POST", "/v1/clock", JSON_TYPE, "{\"advance_us\":0}", 400, "bad_request" },
  { "POST", "/v1/clock", JSON_TYPE, "{}", 400, "bad_request" },
  { "POST", "/v1/functions/content/invocations", JSON_TYPE, "{'a':1}", 400, "bad_request" },
  { "POST", "/v1/functions/content/invocations?type=Now", JSON_TYPE, "{}", 400,
    "bad_request" },
  { "POST", "/v1/shutdown", JSON_TYPE, "{}", 413, "too_large" },
  /* What a page in a browser can send without being asked. */
  { "POST", "/v1/shutdown", "Origin: https://evil.example\r\n", NULL, 403,
    "not_for_browsers" },
  { "GET", "/v1/status", "Sec-Fetch-Site: cross-site\r\n", NULL, 403, "not_for_browsers" },
  { "POST", "/v1/functions/content/invocations", "Content-Type: text/plain\r\n", "{}", 415,
    "not_json" },
  { "PUT", "/v1/traffic", "Content-Type: application/x-www-form-urlencoded\r\n", "a=1", 415,
    "not_json" },
  { "POST", "/v1/clock", "Transfer-Encoding: chunked\r\n" JSON_TYPE, "0\r\n\r\n", 400,
    "ambiguous_length" },
};

static void
test_refused (void)
{
  Fixture fixture = { 0 };
  guint i;

  fixture_init (&fixture, NULL);
  for (i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_auto (Answer) answer = { 0 };

      ask_raw (&fixture, refusals[i].method, refusals[i].path, refusals[i].headers,
               refusals[i].body,
               refusals[i].body != NULL ? strlen (refusals[i].body) : 0, &answer);
      if (answer.status != refusals[i].status)
        g_test_message ("%s %s: %s", refusals[i].method, refusals[i].path, answer.body);
      g_assert_cmpuint (answer.status, ==, refusals[i].status);
      g_assert_cmpstr (answer_code (&answer), ==, refusals[i].code);
    }
  g_assert_false (fake_platform_was_stopped (fixture.platform));
  g_assert_cmpint (far_clock_now_us (fixture.clock), ==, T0);
  g_assert_cmpuint (fake_platform_get_invokes (fixture.platform)->len, ==, 0);
  fixture_clear (&fixture);
}

static void
test_too_large (void)
{
  const gsize n = 20 * 1024 * 1024;
  g_autofree char *body = g_strnfill (n, ' ');
  g_autofree char *chunk = g_strnfill (1024 * 1024, ' ');
  g_auto (Answer) answer = { 0 };
  g_auto (Client) client = { 0 };
  static const char head[] = "POST /v1/functions/content/invocations HTTP/1.1\r\nHost: x\r\n"
                             JSON_TYPE "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  Fixture fixture = { 0 };
  guint i;

  fixture_init (&fixture, NULL);
  ask_raw (&fixture, "POST", "/v1/functions/content/invocations", JSON_TYPE, body, n, &answer);
  g_assert_cmpuint (answer.status, ==, 413);

  client_open (&client, &fixture);
  client_send (&client, head, strlen (head));
  for (i = 0; i < 20; i++)
    {
      client_send (&client, "100000\r\n", 8);
      client_send (&client, chunk, 1024 * 1024);
      client_send (&client, "\r\n", 2);
    }
  client_send (&client, "0\r\n\r\n", 5);
  client_wait_closed (&client);
  g_assert_true (g_str_has_prefix (client.bytes->str, "HTTP/1.1 413"));
  g_assert_cmpuint (fake_platform_get_invokes (fixture.platform)->len, ==, 0);
  fixture_clear (&fixture);
}

static gboolean
was_invoked (gpointer user_data)
{
  return fake_platform_get_invokes (((Fixture *) user_data)->platform)->len > 0;
}

static void
post_event (Fixture *fixture, Client *client, const char *function, const char *type,
            const char *event)
{
  g_autofree char *text = g_strdup_printf (
    "POST /v1/functions/%s/invocations?type=%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    JSON_TYPE "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", function, type, strlen (event),
    event);

  client_open (client, fixture);
  client_send (client, text, strlen (text));
  run_until ("an invocation", was_invoked, fixture);
}

static void
test_invoke (void)
{
  g_auto (Client) first = { 0 }, second = { 0 }, lost = { 0 }, gone = { 0 };
  FakeInvoke *invoke;
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  post_event (&fixture, &first, "content", "RequestResponse", "{\"a\": [1]}");
  invoke = g_ptr_array_index (fake_platform_get_invokes (fixture.platform), 0);
  g_assert_cmpstr (invoke->function, ==, "content");
  g_assert_cmpstr (invoke->payload, ==, "{\"a\": [1]}");
  g_assert_cmpint (invoke->type, ==, FAR_INVOKE_REQUEST_RESPONSE);
  g_assert_null (invoke->route);
  fake_platform_answer (fixture.platform, 200, "{\"b\":\"\\u001b[31m\"}");
  client_wait_closed (&first);
  g_assert_nonnull (strstr (first.bytes->str,
                            "\"payload\":\"{\\\"b\\\":\\\"\\\\u001b[31m\\\"}\""));
  g_assert_nonnull (strstr (first.bytes->str, "\"log\":\"a\\u001bline\\n\""));

  post_event (&fixture, &second, "nobody", "Event", "1");
  invoke = g_ptr_array_index (fake_platform_get_invokes (fixture.platform), 0);
  g_assert_cmpint (invoke->type, ==, FAR_INVOKE_EVENT);
  fake_platform_answer (fixture.platform, 404, "{}");
  client_wait_closed (&second);
  g_assert_true (g_str_has_prefix (second.bytes->str, "HTTP/1.1 404"));

  /* A client that leaves before the answer takes nobody with it. */
  post_event (&fixture, &lost, "content", "DryRun", "{}");
  client_clear (&lost);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fake_platform_answer (fixture.platform, 204, "");

  /* Nor does a control API that leaves before the answer; fixture_clear() answers. */
  post_event (&fixture, &gone, "content", "RequestResponse", "{}");
  fixture_clear (&fixture);
}

typedef struct {
  int  fd;
  char *question;
  const char *answer;
} Bookkeeper;

static gpointer
bookkeeper_main (gpointer user_data)
{
  Bookkeeper *self = user_data;

  self->question = far_frame_read (self->fd, NULL, DEADLINE_S * G_USEC_PER_SEC, NULL);
  if (self->answer != NULL)
    g_assert_true (far_frame_write (self->fd, self->answer, strlen (self->answer),
                                    DEADLINE_S * G_USEC_PER_SEC, NULL));
  close (self->fd);
  return NULL;
}

static void
ask_verify (Fixture *fixture, const char *says, guint status, Answer *answer)
{
  Bookkeeper bookkeeper = { .answer = says };
  GThread *thread;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  bookkeeper.fd = pair[0];
  fake_platform_set_bookkeeper (fixture->platform, pair[1]);
  thread = g_thread_new ("bookkeeper", bookkeeper_main, &bookkeeper);
  ask (fixture, "POST", "/v1/ledger/verify", NULL, status, answer);
  g_thread_join (thread);
  g_assert_cmpstr (bookkeeper.question, ==, "{\"command\":\"ledger.verify\"}");
  g_free (bookkeeper.question);
}

static void
test_verify (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  ask_verify (&fixture, "{\"ok\":false,\"transfers\":7,\"root\":\"ab\",\"checkpoints\":1,"
              "\"first_bad\":3}", 200, &answer);
  g_assert_false (json_object_get_boolean_member (answer_object (&answer), "ok"));
  g_assert_cmpint (json_object_get_int_member (answer_object (&answer), "first_bad"), ==, 3);
  ask_verify (&fixture, "{\"error\":{\"code\":\"internal\",\"message\":\"no disk\"}}", 500,
              &answer);
  g_assert_nonnull (strstr (answer.body, "no disk"));
  ask_verify (&fixture, "not JSON", 503, &answer);
  ask_verify (&fixture, NULL, 503, &answer);
  ask (&fixture, "POST", "/v1/ledger/verify", NULL, 503, &answer);
  g_assert_cmpstr (answer_code (&answer), ==, "bookkeeper_unavailable");
  fixture_clear (&fixture);
}

static void
test_clock (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  ask (&fixture, "POST", "/v1/clock", "{\"advance_us\":61000000}", 200, &answer);
  g_assert_cmpint (json_object_get_int_member (answer_object (&answer), "now_us"), ==,
                   T0 + 61000000);
  /* The schedule that came due has fired. */
  g_assert_cmpuint (fake_platform_get_invokes (fixture.platform)->len, ==, 1);
  fixture_clear (&fixture);

  fixture_init (&fixture, far_clock_new_system ());
  ask (&fixture, "POST", "/v1/clock", "{\"advance_us\":1}", 409, &answer);
  g_assert_cmpstr (answer_code (&answer), ==, "no_test_clock");
  fixture_clear (&fixture);
}

static gboolean
was_stopped (gpointer user_data)
{
  return fake_platform_was_stopped (((Fixture *) user_data)->platform);
}

static void
test_shutdown (void)
{
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };

  fixture_init (&fixture, NULL);
  ask (&fixture, "POST", "/v1/shutdown", NULL, 202, &answer);
  run_until ("the stop", was_stopped, &fixture);
  fixture_clear (&fixture);
}

/* Every route and parameter is described, and nothing else is. */
static void
test_described (void)
{
  g_auto (Answer) answer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarYamlNode) root = NULL;
  FarYamlNode *paths, *shared;
  Fixture fixture = { 0 };
  guint i, j, n_described = 0;

  fixture_init (&fixture, NULL);
  ask (&fixture, "GET", "/v1/market.yaml", NULL, 200, &answer);
  root = far_yaml_parse (answer.body, answer.length, "market.yaml", &error);
  g_assert_no_error (error);
  g_clear_pointer (&root, far_yaml_free);
  ask (&fixture, "GET", "/v1/openapi.yaml", NULL, 200, &answer);
  root = far_yaml_parse (answer.body, answer.length, "control.yaml", &error);
  g_assert_no_error (error);
  paths = far_yaml_get (root, "paths");
  shared = far_yaml_get (far_yaml_get (root, "components"), "parameters");
  for (i = 0; i < far_yaml_n (paths); i++)
    n_described += far_yaml_n (far_yaml_value (paths, i));
  g_assert_cmpuint (n_described, ==, far_control_n_routes ());
  for (i = 0; i < far_control_n_routes (); i++)
    {
      const FarControlRoute *route = far_control_nth_route (i);
      g_autofree char *method = g_ascii_strdown (route->method, -1);
      FarYamlNode *operation = far_yaml_get (far_yaml_get (paths, route->path), method);
      FarYamlNode *parameters = far_yaml_get (operation, "parameters");
      guint n_query = 0;

      g_assert_nonnull (operation);
      g_assert_cmpint (far_yaml_get (operation, "requestBody") != NULL, ==,
                       route->body != FAR_CONTROL_BODY_NONE);
      for (j = 0; parameters != NULL && j < far_yaml_n (parameters); j++)
        {
          FarYamlNode *parameter = far_yaml_item (parameters, j);
          FarYamlNode *ref = far_yaml_get (parameter, "$ref");

          if (ref != NULL)
            parameter = far_yaml_get (shared, strrchr (ref->text, '/') + 1);
          if (strcmp (far_yaml_get (parameter, "in")->text, "query") != 0)
            continue;
          n_query++;
          g_assert_true (g_strv_contains (route->query, far_yaml_get (parameter, "name")->text));
        }
      g_assert_cmpuint (n_query, ==, g_strv_length ((char **) route->query));
    }
  fixture_clear (&fixture);
}

/* Whatever comes in, the next request is answered. */
static void
test_garbage (void)
{
  static const char *const garbage[] = {
    "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00",
    "GET /v1/status HTTP/1.1\r\n", "POST /v1/clock HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "POST /v1/clock HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Content-Length: 100\r\n\r\n{",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    "GET http://x/v1/status HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD /v1/status HTTP/1.1\r\nHost: x\r\n"
    "\r\n", "GET /v1/events?after=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
  };
  g_auto (Answer) answer = { 0 };
  Fixture fixture = { 0 };
  guint i;

  fixture_init (&fixture, NULL);
  for (i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_auto (Client) client = { 0 };

      client_open (&client, &fixture);
      client_send (&client, garbage[i], strlen (garbage[i]));
      ask (&fixture, "GET", "/v1/status", NULL, 200, &answer);
    }
  fixture_clear (&fixture);
}

/* From the network, a request must come whole in its time, however lively it drips in. */
static void
test_drip (void)
{
  static const char begun[] = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: ";
  const FarControlListen listen = { .address = "127.0.0.1:0", .head_s = 1 };
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  g_auto (Answer) answer = { 0 };
  g_autoptr (GError) error = NULL;
  Fixture fixture = { 0 };
  const char *port;
  char buffer[256];
  gssize n;
  int fd;

  fixture_init (&fixture, NULL);
  far_control_open (fixture.control, fixture.dir, &listen, &error);
  g_assert_no_error (error);
  port = strrchr (far_control_get_url (fixture.control), ':') + 1;
  where.sin_port = htons ((guint16) g_ascii_strtoull (port, NULL, 10));
  fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &where, sizeof where), ==, 0);
  g_assert_cmpint (send (fd, begun, strlen (begun), MSG_NOSIGNAL), ==, (gssize) strlen (begun));
  do
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      poll (NULL, 0, 1);
      send (fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
    }
  while (n > 0 || (n < 0 && errno == EAGAIN));
  close (fd);
  ask (&fixture, "GET", "/v1/status", NULL, 200, &answer);
  fixture_clear (&fixture);
}

/* Another user is not answered, even where the socket's mode would let it in. */
/* Who does not ask for the end of the connection is told of it. */
static void
test_one_answer (void)
{
  static const char text[] = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
  Fixture fixture;
  g_auto (Client) client = { 0 };

  fixture_init (&fixture, NULL);
  client_open (&client, &fixture);
  client_send (&client, text, strlen (text));
  client_wait_closed (&client);
  g_assert_nonnull (strstr (client.bytes->str, "\r\nConnection: close\r\n"));
  fixture_clear (&fixture);
}

static void
test_other_user (void)
{
  static const char request[] = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
  Fixture fixture = { 0 };
  int pair[2], status = -1;
  char byte;
  pid_t child;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can become somebody else");
      return;
    }
  fixture_init (&fixture, NULL);
  g_assert_cmpint (g_chmod (fixture.dir, 0755), ==, 0);
  g_assert_cmpint (g_chmod (fixture.socket_path, 0666), ==, 0);
  g_assert_cmpint (pipe (pair), ==, 0);
  child = fork ();
  if (child == 0)
    {
      Client client = { 0 };
      gssize n;

      if (setgid (65534) != 0 || setuid (65534) != 0)
        _exit (2);
      client_open (&client, &fixture);
      if (send (client.fd, request, strlen (request), MSG_NOSIGNAL) < 0)
        _exit (0);
      /* Until the parent has had every chance to answer. */
      if (write (pair[1], "x", 1) != 1)
        _exit (2);
      do
        n = recv (client.fd, &byte, 1, 0);
      while (n < 0 && errno == EAGAIN);
      _exit (n > 0 ? 1 : 0);
    }
  g_assert_cmpint (read (pair[0], &byte, 1), ==, 1);
  while (waitpid (child, &status, WNOHANG) == 0)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  close (pair[0]);
  close (pair[1]);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/status", test_status);
  g_test_add_func ("/control/functions", test_functions);
  g_test_add_func ("/control/past", test_past);
  g_test_add_func ("/control/refused", test_refused);
  g_test_add_func ("/control/too-large", test_too_large);
  g_test_add_func ("/control/invoke", test_invoke);
  g_test_add_func ("/control/verify", test_verify);
  g_test_add_func ("/control/clock", test_clock);
  g_test_add_func ("/control/shutdown", test_shutdown);
  g_test_add_func ("/control/described", test_described);
  g_test_add_func ("/control/garbage", test_garbage);
  g_test_add_func ("/control/drip", test_drip);
  g_test_add_func ("/control/one-answer", test_one_answer);
  g_test_add_func ("/control/other-user", test_other_user);
  return g_test_run ();
}
