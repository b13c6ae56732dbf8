/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API's client against a server of canned answers, and its parser against every way
 * of cutting them. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lambda/far-http-head.h"
#include "lambda/far-lambda-private.h"
#include "lambda/far-runtime-client.h"

#define NEXT_HEAD \
  "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8\r\n" \
  "lambda-runtime-deadline-ms:  1542409706888 \r\n" \
  "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:1:function:x\r\n" \
  "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1\r\n"

/* Reads one request and sends pieces of an answer, in a thread. */
typedef struct {
  int         fd;
  const char *answer;
  gsize       piece;
  gsize       expected; /* bytes of the request; the rest stays unread */
  const char *second;   /* nullable: the answer to a second request */
  char        request[4096];
} Server;

static gpointer
serve (gpointer data)
{
  Server *self = data;
  gsize length = strlen (self->answer);
  gsize got = 0;

  while (got < self->expected && got < sizeof self->request - 1)
    {
      gssize n_bytes = recv (self->fd, self->request + got, self->expected - got, 0);

      if (n_bytes <= 0)
        break;
      got += n_bytes;
    }
  for (gsize at = 0; at < length; at += self->piece)
    if (send (self->fd, self->answer + at, MIN (self->piece, length - at), MSG_NOSIGNAL) < 0)
      break;
  if (self->second != NULL)
    {
      char request[256];

      /* It fits one read: the client has sent it in one go. */
      g_assert_cmpint (recv (self->fd, request, sizeof request, 0), >, 0);
      g_assert_true (g_str_has_prefix (request, "GET /2018-06-01/runtime/invocation/next "));
      g_assert_cmpint (send (self->fd, self->second, strlen (self->second), MSG_NOSIGNAL), >, 0);
    }
  shutdown (self->fd, SHUT_WR);
  return NULL;
}

static const char next_request[] =
  "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\n"
  "User-Agent: farthing\r\n\r\n";

static gboolean
run_next (const char           *answer,
          gsize                 piece,
          FarRuntimeClient    **ret_client,
          FarRuntimeInvocation *ret,
          GError              **error)
{
  Server server = { .answer = answer, .piece = piece, .expected = strlen (next_request) };
  GThread *thread;
  gboolean ok;
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  server.fd = ends[1];
  thread = g_thread_new ("server", serve, &server);
  *ret_client = far_runtime_client_new_for_fd (ends[0]);
  ok = far_runtime_client_next (*ret_client, ret, error);
  g_thread_join (thread);
  g_assert_cmpstr (server.request, ==, next_request);
  close (ends[1]);
  return ok;
}

static void
check_next (const char *answer,
            const char *event)
{
  for (gsize piece = 1; piece < 40; piece += 3)
    {
      g_autoptr (FarRuntimeClient) client = NULL;
      g_autoptr (GError) error = NULL;
      FarRuntimeInvocation next;

      g_assert_true (run_next (answer, piece, &client, &next, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (next.request_id, ==, "8476a536-e9f4-11e8");
      g_assert_cmpint (next.deadline_ms, ==, 1542409706888);
      g_assert_cmpstr (next.function_arn, ==, "arn:aws:lambda:us-east-1:1:function:x");
      g_assert_cmpstr (next.trace_id, ==, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1");
      g_assert_null (next.client_context);
      g_assert_cmpstr (next.event, ==, event);
      g_assert_cmpuint (next.n_bytes, ==, strlen (event));
    }
}

static void
test_next (void)
{
  check_next (NEXT_HEAD "Content-Length: 7\r\n\r\n{\"a\":1}", "{\"a\":1}");
  check_next (NEXT_HEAD "Content-Length: 0\r\n\r\n", "");
  check_next (NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "");
  check_next (NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\n"
              "3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\n\r\n",
              "{\"a\":1}");
  check_next (NEXT_HEAD "Transfer-Encoding: Chunked\r\n\r\n00A\r\n0123456789\r\n1\r\nx\r\n0\r\n"
              "A-Trailer: 1\r\n\r\n", "0123456789x");
}

/* The buffer moves while a long body comes; what the head said must not move with it. */
static void
test_next_long (void)
{
  g_autofree char *event = g_strnfill (1024 * 1024, 'e');
  g_autofree char *answer = g_strdup_printf (NEXT_HEAD "Content-Length: %zu\r\n\r\n%s",
                                             strlen (event), event);
  g_autoptr (FarRuntimeClient) client = NULL;
  g_autoptr (GError) error = NULL;
  FarRuntimeInvocation next;

  g_assert_true (run_next (answer, 4096, &client, &next, &error));
  g_assert_cmpstr (next.request_id, ==, "8476a536-e9f4-11e8");
  g_assert_cmpstr (next.function_arn, ==, "arn:aws:lambda:us-east-1:1:function:x");
  g_assert_cmpstr (next.event, ==, event);
}

static void
test_next_refused (void)
{
  static const struct {
    const char     *answer;
    FarLambdaError  code;
  } cases[] = {
    { "", FAR_LAMBDA_ERROR_CLOSED },
    { "HTTP/1.1 200 OK\r\n", FAR_LAMBDA_ERROR_CLOSED },
    { NEXT_HEAD "Content-Length: 7\r\n\r\n{\"a\"", FAR_LAMBDA_ERROR_CLOSED },
    { NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"", FAR_LAMBDA_ERROR_CLOSED },
    { "HTTP/1.0 200 OK\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { "HTTP/1.1 2x0 OK\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { "HTTP/1.1 2000 OK\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { "\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "no colon\r\nContent-Length: 0\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "bad name: x\r\nContent-Length: 0\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "A: b\nC: d\r\nContent-Length: 0\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Content-Length: -1\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Content-Length: 7x\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Content-Length: 99999999999\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
      FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Transfer-Encoding: gzip\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nLambda-Runtime-Deadline-Ms: 1\r\nContent-Length: 0\r\n\r\n",
      FAR_LAMBDA_ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a/../b\r\n"
      "Lambda-Runtime-Deadline-Ms: 1\r\nContent-Length: 0\r\n\r\n", FAR_LAMBDA_ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nContent-Length: 0\r\n\r\n",
      FAR_LAMBDA_ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\n"
      "Lambda-Runtime-Deadline-Ms: soon\r\nContent-Length: 0\r\n\r\n",
      FAR_LAMBDA_ERROR_PROTOCOL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize piece = 1; piece < 64; piece += 31)
      {
        g_autoptr (FarRuntimeClient) client = NULL;
        g_autoptr (GError) error = NULL;
        FarRuntimeInvocation next = { .request_id = "untouched" };

        g_test_message ("case %u", i);
        g_assert_false (run_next (cases[i].answer, piece, &client, &next, &error));
        g_assert_error (error, FAR_LAMBDA_ERROR, (int) cases[i].code);
        g_assert_cmpstr (next.request_id, ==, "untouched");
      }
}

/* What comes along with an answer and is not part of it was not asked for. */
static void
test_next_trailing (void)
{
  static const char *const answers[] = {
    NEXT_HEAD "Content-Length: 1\r\n\r\nxy",
    NEXT_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore",
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (FarRuntimeClient) client = NULL;
      g_autoptr (GError) error = NULL;
      FarRuntimeInvocation next;

      g_assert_false (run_next (answers[i], 4096, &client, &next, &error));
      g_assert_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_PROTOCOL);
    }
}

static void
test_head_too_long (void)
{
  g_autoptr (GString) answer = g_string_new (NEXT_HEAD "X: ");
  g_autoptr (FarRuntimeClient) client = NULL;
  g_autoptr (GError) error = NULL;
  FarRuntimeInvocation next;

  while (answer->len < FAR_RUNTIME_HEAD_MAX + 10000)
    g_string_append_c (answer, 'x');
  g_assert_false (run_next (answer->str, 9999, &client, &next, &error));
  g_assert_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_PROTOCOL);
}

/* A response over an inherited stream asks for the next event as well. second: (nullable): what a
 * request for the next event alone is answered with. */
static void
check_response (const char *answer,
                const char *second,
                int         expected_code)
{
  static const char expected[] =
    "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: localhost\r\n"
    "User-Agent: farthing\r\nContent-Type: application/json\r\nFarthing-Then: next\r\n"
    "Content-Length: 7\r\n\r\n{\"b\":2}";
  Server server = { .answer = answer, .piece = 7, .expected = strlen (expected),
                    .second = second };
  g_autoptr (FarRuntimeClient) client = NULL;
  g_autoptr (GError) error = NULL;
  FarRuntimeInvocation next = { NULL };
  GThread *thread;
  gboolean ok;
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  server.fd = ends[1];
  thread = g_thread_new ("server", serve, &server);
  client = far_runtime_client_new_for_fd (ends[0]);
  g_assert_true (far_runtime_client_respond (client, "id-1", "{\"b\":2}", 7, NULL, &error));
  ok = far_runtime_client_next (client, &next, &error);
  g_thread_join (thread);
  g_assert_cmpstr (server.request, ==, expected);
  close (ends[1]);
  if (expected_code < 0)
    {
      g_assert_no_error (error);
      g_assert_cmpstr (next.event, ==, "{\"a\":1}");
    }
  else
    g_assert_error (error, FAR_LAMBDA_ERROR, expected_code);
  g_assert_true (ok == (expected_code < 0));
}

static void
check_failure (const char *answer,
               const char *expected_request,
               const char *id,
               int         expected_code)
{
  Server server = { .answer = answer, .piece = 7, .expected = strlen (expected_request) };
  g_autoptr (FarRuntimeClient) client = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;
  gboolean ok;
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  server.fd = ends[1];
  thread = g_thread_new ("server", serve, &server);
  client = far_runtime_client_new_for_fd (ends[0]);
  ok = far_runtime_client_fail (client, id, "Function.Kind", "a \"reason\"", NULL, &error);
  g_thread_join (thread);
  g_assert_cmpstr (server.request, ==, expected_request);
  close (ends[1]);
  if (expected_code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, FAR_LAMBDA_ERROR, expected_code);
  g_assert_true (ok == (expected_code < 0));
}

#define ACCEPTED "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
#define FAILURE_BODY \
  "{\"errorMessage\":\"a \\\"reason\\\"\",\"errorType\":\"Function.Kind\",\"stackTrace\":[]}"

static void
test_posts (void)
{
  static const char next[] = NEXT_HEAD "Content-Length: 7\r\n\r\n{\"a\":1}";
  static const char failure_of[] =
    "POST /2018-06-01/runtime/%s/error HTTP/1.1\r\nHost: localhost\r\nUser-Agent: farthing\r\n"
    "Content-Type: application/vnd.aws.lambda.error+json\r\n"
    "Lambda-Runtime-Function-Error-Type: Function.Kind\r\nContent-Length: %zu\r\n\r\n%s";
  const gsize length = strlen (FAILURE_BODY);
  g_autofree char *failure = g_strdup_printf (failure_of, "invocation/id-1", length, FAILURE_BODY);
  g_autofree char *init = g_strdup_printf (failure_of, "init", length, FAILURE_BODY);

  check_failure (ACCEPTED, failure, "id-1", -1);
  check_failure (ACCEPTED, init, NULL, -1);
  check_failure ("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", failure, "id-1",
                 FAR_LAMBDA_ERROR_PROTOCOL);
  check_failure ("", failure, "id-1", FAR_LAMBDA_ERROR_CLOSED);
  check_response (next, NULL, -1);
  check_response (ACCEPTED, next, -1);
  /* Too large: booked by the platform, and the instance goes on. */
  check_response ("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}", next, -1);
  check_response ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL,
                  FAR_LAMBDA_ERROR_PROTOCOL);
  check_response ("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", NULL,
                  FAR_LAMBDA_ERROR_PROTOCOL);
  check_response ("", NULL, FAR_LAMBDA_ERROR_CLOSED);
}

/* The variable that runtimes show a function its trace in: the newest, for as many as there are,
 * and at no cost in memory that lasts. */
static void
test_trace_variable (void)
{
  g_autofree char *too_long = g_strnfill (5000, 'x');
  gsize before = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *header = g_strdup_printf ("Root=1-%08x-0123456789abcdef01234567", i);

      far_lambda_trace_begin (header);
      g_assert_cmpstr (getenv ("_X_AMZN_TRACE_ID"), ==, header);
      if (i == 100)
        before = mallinfo2 ().uordblks;
    }
  g_assert_cmpuint (mallinfo2 ().uordblks, <, before + 100 * 1024);
  far_lambda_trace_begin (NULL);
  g_assert_null (getenv ("_X_AMZN_TRACE_ID"));
  far_lambda_trace_begin (too_long);
  g_assert_null (getenv ("_X_AMZN_TRACE_ID"));
  far_lambda_trace_begin ("Root=1-00000001-0123456789abcdef01234567");
  g_assert_cmpstr (getenv ("_X_AMZN_TRACE_ID"), ==, "Root=1-00000001-0123456789abcdef01234567");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runtime-client/next", test_next);
  g_test_add_func ("/runtime-client/next-long", test_next_long);
  g_test_add_func ("/runtime-client/next-refused", test_next_refused);
  g_test_add_func ("/runtime-client/next-trailing", test_next_trailing);
  g_test_add_func ("/runtime-client/head-too-long", test_head_too_long);
  g_test_add_func ("/runtime-client/posts", test_posts);
  g_test_add_func ("/runtime-client/trace-variable", test_trace_variable);
  return g_test_run ();
}
