/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Typed requests and responses of HTTP API events, and the addresses of services. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "lambda/far-lambda-private.h"

static const char full_event[] =
  "{\"version\":\"2.0\",\"routeKey\":\"POST /articles/{id}\",\"rawPath\":\"/articles/a%20b\","
  "\"rawQueryString\":\"x=1&y=\",\"headers\":{\"content-type\":\"text/plain\",\"x-many\":\"1,2\"},"
  "\"queryStringParameters\":{\"x\":\"1\",\"y\":\"\"},\"pathParameters\":{\"id\":\"a b\"},"
  "\"requestContext\":{\"http\":{\"method\":\"POST\",\"path\":\"/articles/a%20b\","
  "\"sourceIp\":\"127.0.0.1\"}},\"body\":\"aGVsbG8A\",\"isBase64Encoded\":true}";

static FarLambdaRequest *
parse (const char *text,
       GError    **error)
{
  return far_lambda_request_new (text, strlen (text), error);
}

static void
test_request (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarLambdaRequest) request = parse (full_event, &error);
  const char *body;
  gsize n_bytes;

  g_assert_no_error (error);
  g_assert_cmpstr (far_lambda_request_get_method (request), ==, "POST");
  g_assert_cmpstr (far_lambda_request_get_path (request), ==, "/articles/a%20b");
  g_assert_cmpstr (far_lambda_request_get_route_key (request), ==, "POST /articles/{id}");
  g_assert_cmpstr (far_lambda_request_get_raw_query (request), ==, "x=1&y=");
  g_assert_cmpstr (far_lambda_request_get_path_parameter (request, "id"), ==, "a b");
  g_assert_null (far_lambda_request_get_path_parameter (request, "other"));
  g_assert_cmpstr (far_lambda_request_get_query (request, "x"), ==, "1");
  g_assert_cmpstr (far_lambda_request_get_query (request, "y"), ==, "");
  g_assert_null (far_lambda_request_get_query (request, "z"));
  g_assert_cmpstr (far_lambda_request_get_header (request, "x-many"), ==, "1,2");
  g_assert_null (far_lambda_request_get_header (request, "cookie"));
  g_assert_cmpstr (far_lambda_request_get_source_ip (request), ==, "127.0.0.1");
  body = far_lambda_request_get_body (request, &n_bytes);
  g_assert_cmpmem (body, n_bytes, "hello\0", 6);
  g_assert_cmpint (body[n_bytes], ==, '\0');
}

static void
test_request_least (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarLambdaRequest) request =
    parse ("{\"version\":\"2.0\",\"rawPath\":\"/\",\"requestContext\":{\"http\":"
           "{\"method\":\"GET\"}},\"body\":null,\"headers\":null}", &error);
  gsize n_bytes = 1;

  g_assert_no_error (error);
  g_assert_cmpstr (far_lambda_request_get_raw_query (request), ==, "");
  g_assert_cmpstr (far_lambda_request_get_route_key (request), ==, "");
  g_assert_null (far_lambda_request_get_header (request, "host"));
  g_assert_cmpstr (far_lambda_request_get_body (request, &n_bytes), ==, "");
  g_assert_cmpuint (n_bytes, ==, 0);
  g_assert_null (far_lambda_request_get_json (request, &error));
  g_assert_nonnull (error);
}

static void
test_request_refused (void)
{
  static const char *const events[] = {
    "{\"version\":\"2.0\",\"rawPath\":\"/\",\"requestContext\":{\"http\":{}}}",
    "{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
    "{\"version\":\"2.0\",\"rawPath\":7,\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
    "{\"version\":\"2.0\",\"rawPath\":\"/\",\"requestContext\":{\"http\":{\"method\":\"GET\"}},"
    "\"isBase64Encoded\":\"yes\"}",
    "{\"version\":\"2.0\",\"rawPath\":\"/\",\"requestContext\":{\"http\":{\"method\":\"GET\"}},"
    "\"isBase64Encoded\":true,\"body\":\"a\"}",
    "{\"version\":\"2.0\",\"rawPath\":\"/\",\"requestContext\":{\"http\":{\"method\":\"GET\"}},"
    "\"isBase64Encoded\":true,\"body\":\"a$b=\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (events[i], &error));
      g_assert_nonnull (error);
    }
}

static void
test_not_http (void)
{
  static const char *const events[] = {
    "{}", "{\"version\":\"1.0\",\"requestContext\":{\"http\":{}}}", "{\"version\":\"2.0\"}",
    "{\"version\":\"2.0\",\"requestContext\":[]}",
    "{\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\",\"detail\":{}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (events[i], &error));
      g_assert_no_error (error);
    }
}

static void
check_response (FarLambdaResponse *response,
                const char        *expected)
{
  g_autoptr (GString) result = g_string_new (NULL);

  far_lambda_response_write (response, result);
  g_assert_cmpstr (result->str, ==, expected);
  far_lambda_response_free (response);
}

static void
test_response (void)
{
  FarLambdaResponse *response = far_lambda_response_new ();
  g_auto (FarJsonWriter) writer = { NULL };

  check_response (response, "{\"statusCode\":200,\"headers\":{},\"isBase64Encoded\":false,"
                            "\"body\":\"\"}");

  response = far_lambda_response_new ();
  far_lambda_response_set_status (response, 201);
  far_lambda_response_set_header (response, "X-One", "1");
  far_lambda_response_set_header (response, "x-ONE", "2");
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "a", "\"");
  far_json_end_object (&writer);
  far_lambda_response_set_json (response, &writer);
  check_response (response, "{\"statusCode\":201,\"headers\":{\"x-one\":\"2\",\"content-type\":"
                            "\"application/json\"},\"isBase64Encoded\":false,"
                            "\"body\":\"{\\\"a\\\":\\\"\\\\\\\"\\\"}\"}");

  response = far_lambda_response_new ();
  far_lambda_response_set_bytes (response, "image/png", (const guint8 *) "\x89PNG\0", 5);
  check_response (response, "{\"statusCode\":200,\"headers\":{\"content-type\":\"image/png\"},"
                            "\"isBase64Encoded\":true,\"body\":\"iVBORwA=\"}");

  response = far_lambda_response_new ();
  far_lambda_response_set_error (response, 402, "payment_method_required", "a %s", "reason");
  check_response (response, "{\"statusCode\":402,\"headers\":{\"content-type\":"
                            "\"application/json\"},\"isBase64Encoded\":false,\"body\":"
                            "\"{\\\"error\\\":{\\\"code\\\":\\\"payment_method_required\\\","
                            "\\\"message\\\":\\\"a reason\\\"}}\"}");
}

/* A header that would end its line early is refused as the programming error it is. */
static void
test_response_header_injection (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (FarLambdaResponse) response = far_lambda_response_new ();

      far_lambda_response_set_header (response, "x", "1\r\nset-cookie: y");
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*strpbrk*");
}

static void
test_services (void)
{
  g_autofree char *folder = g_dir_make_tmp ("far-services-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *unix_address = g_strconcat ("unix:", path, NULL);
  g_autofree char *fd_address = NULL;
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autoptr (GError) error = NULL;
  int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char byte = 0;
  int ends[2];
  int fd;

  g_assert_cmpint (far_lambda_service_fd ("book-keeper", &error), ==, -1);
  g_assert_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_SERVICE);
  g_assert_nonnull (strstr (error->message, "FARTHING_SERVICE_BOOK_KEEPER"));
  g_clear_error (&error);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_no_errno (bind (listener, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (listener, 1));
  g_setenv ("FARTHING_SERVICE_BOOK_KEEPER", unix_address, TRUE);
  fd = far_lambda_service_fd ("book-keeper", &error);
  g_assert_no_error (error);
  close (fd);
  close (listener);
  fd = far_lambda_service_fd ("book-keeper", &error);
  g_assert_cmpint (fd, ==, -1);
  g_assert_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_SERVICE);
  g_clear_error (&error);
  g_unlink (path);
  g_rmdir (folder);

  /* An inherited stream can be taken more than once, and stays. */
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  fd_address = g_strdup_printf ("fd:%d", ends[0]);
  g_setenv ("FARTHING_SERVICE_BOOK_KEEPER", fd_address, TRUE);
  for (int i = 0; i < 2; i++)
    {
      fd = far_lambda_service_fd ("book-keeper", &error);
      g_assert_no_error (error);
      g_assert_cmpint (fd, !=, ends[0]);
      g_assert_cmpint (write (fd, "x", 1), ==, 1);
      g_assert_cmpint (read (ends[1], &byte, 1), ==, 1);
      close (fd);
    }
  close (ends[0]);
  close (ends[1]);

  g_setenv ("FARTHING_SERVICE_BOOK_KEEPER", "fd:x", TRUE);
  g_assert_cmpint (far_lambda_service_fd ("book-keeper", NULL), ==, -1);
  g_setenv ("FARTHING_SERVICE_BOOK_KEEPER", "nonsense", TRUE);
  g_assert_cmpint (far_lambda_service_fd ("book-keeper", NULL), ==, -1);
}

static void
test_stores (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (far_lambda_store_path ("publication", &error));
  g_assert_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_SERVICE);
  g_setenv ("FARTHING_STORE_PUBLICATION", "/mnt/publication", TRUE);
  g_assert_cmpstr (far_lambda_store_path ("publication", NULL), ==, "/mnt/publication");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lambda/request", test_request);
  g_test_add_func ("/lambda/request-least", test_request_least);
  g_test_add_func ("/lambda/request-refused", test_request_refused);
  g_test_add_func ("/lambda/not-http", test_not_http);
  g_test_add_func ("/lambda/response", test_response);
  g_test_add_func ("/lambda/response-header-injection", test_response_header_injection);
  g_test_add_func ("/lambda/services", test_services);
  g_test_add_func ("/lambda/stores", test_stores);
  return g_test_run ();
}
