/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client against a server of libsoup's in the same loop: over TCP and over a Unix socket, with
 * caps, deadlines, cancelling, redirects and lines. Nothing here waits for a time to pass but the
 * deadline test, whose server never answers. */
#include "net/far-http-client.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#define BIG_BYTES (300 * 1000)

typedef struct {
  SoupServer *server;
  FarHttpClient *client;
  char *origin;
  char *folder;      /* of the Unix socket */
  char *socket_path;
  guint n_requests;
  SoupServerMessage *held; /* of "/never" and "/lines/open" */
  GAsyncResult *result;
} Fixture;

static void
reply_text (SoupServerMessage *message,
            guint              status,
            const char        *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, text, strlen (text));
}

/* "METHOD PATH?QUERY type=… x=… body" */
static void
reply_echo (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  GUri *uri = soup_server_message_get_uri (message);
  const char *type = soup_message_headers_get_one (headers, "Content-Type");
  const char *extra = soup_message_headers_get_list (headers, "X-Extra");
  g_autofree char *text = g_strdup_printf (
    "%s %s?%s type=%s x=%s %.*s", soup_server_message_get_method (message), g_uri_get_path (uri),
    g_uri_get_query (uri) != NULL ? g_uri_get_query (uri) : "", type != NULL ? type : "-",
    extra != NULL ? extra : "-", (int) body->length, body->data != NULL ? body->data : "");

  soup_message_headers_append (soup_server_message_get_response_headers (message), "X-Answer",
                               "yes");
  reply_text (message, 200, text);
}

static void
reply_redirect (SoupServerMessage *message,
                guint              status,
                const char        *location)
{
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Location",
                               location);
  soup_server_message_set_status (message, status, NULL);
}

static void
reply_big (SoupServerMessage *message)
{
  char *big = g_strnfill (BIG_BYTES, 'x');

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, big, BIG_BYTES);
}

static void
reply_line_too_long (SoupServerMessage *message)
{
  char *line = g_strnfill (FAR_HTTP_LINE_MAX + 100000, 'x');

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, line, strlen (line));
}

static void
hold (Fixture           *fixture,
      SoupServerMessage *message,
      gboolean           with_head)
{
  g_assert_null (fixture->held);
  fixture->held = g_object_ref (message);
  if (with_head)
    {
      soup_server_message_set_status (message, 200, NULL);
      soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                         SOUP_ENCODING_CHUNKED);
      soup_message_body_append (soup_server_message_get_response_body (message),
                                SOUP_MEMORY_STATIC, "{\"seq\":1}\n", 10);
      soup_server_message_unpause (message);
    }
  else
    soup_server_message_pause (message);
}

static void
handle (SoupServer        *server,
        SoupServerMessage *message,
        const char        *path,
        GHashTable        *query,
        gpointer           user_data)
{
  Fixture *fixture = user_data;

  fixture->n_requests++;
  if (g_str_has_prefix (path, "/echo"))
    reply_echo (message);
  else if (strcmp (path, "/big") == 0)
    reply_big (message);
  else if (strcmp (path, "/error") == 0)
    reply_text (message, 503, "busy");
  else if (strcmp (path, "/never") == 0)
    hold (fixture, message, FALSE);
  else if (strcmp (path, "/to-echo") == 0)
    reply_redirect (message, 302, "/echo?from=redirect");
  else if (strcmp (path, "/circle") == 0)
    reply_redirect (message, 307, "/circle");
  else if (strcmp (path, "/abroad") == 0)
    reply_redirect (message, 301, "http://localhost:9/echo");
  else if (strcmp (path, "/nowhere") == 0)
    soup_server_message_set_status (message, 302, NULL);
  else if (strcmp (path, "/lines") == 0)
    reply_text (message, 200, "one\r\n\ntwo\nthr\xc3\xa9" "e\nlast");
  else if (strcmp (path, "/lines/open") == 0)
    hold (fixture, message, TRUE);
  else if (strcmp (path, "/lines/long") == 0)
    reply_line_too_long (message);
  else
    reply_text (message, 404, "no such path");
}

static void
set_up (Fixture       *fixture,
        gconstpointer  over_unix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  GSList *uris;

  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, handle, fixture, NULL);
  if (over_unix)
    {
      fixture->folder = g_dir_make_tmp ("far-http-XXXXXX", &error);
      g_assert_no_error (error);
      fixture->socket_path = g_build_filename (fixture->folder, "http.sock", NULL);
      address = g_unix_socket_address_new (fixture->socket_path);
      soup_server_listen (fixture->server, address, 0, &error);
      g_assert_no_error (error);
      fixture->origin = g_strdup ("");
      fixture->client = far_http_client_new_unix (fixture->socket_path);
      return;
    }
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture->server);
  fixture->origin = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  fixture->client = far_http_client_new (4);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  over_unix)
{
  g_clear_object (&fixture->held);
  g_assert_null (fixture->result);
  g_assert_finalize_object (fixture->client);
  soup_server_disconnect (fixture->server);
  g_clear_object (&fixture->server);
  if (fixture->socket_path != NULL)
    {
      g_unlink (fixture->socket_path);
      g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
    }
  g_free (fixture->socket_path);
  g_free (fixture->folder);
  g_free (fixture->origin);
}

static void
take_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (fixture->result);
  fixture->result = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (Fixture *fixture)
{
  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&fixture->result);
}

static FarHttpReply *
send_call (Fixture      *fixture,
           FarHttpCall  *call,
           const char   *path,
           GError      **error)
{
  g_autofree char *url = g_strconcat (fixture->origin, path, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  call->url = url;
  if (call->method == NULL)
    call->method = "GET";
  far_http_client_send_async (fixture->client, call, NULL, take_result, fixture);
  result = wait_for_result (fixture);
  return far_http_client_send_finish (fixture->client, result, error);
}

static FarHttpReply *
send_ok (Fixture     *fixture,
         FarHttpCall *call,
         const char  *path)
{
  g_autoptr (GError) error = NULL;
  FarHttpReply *reply = send_call (fixture, call, path, &error);

  g_assert_no_error (error);
  return reply;
}

static void
assert_body (FarHttpReply *reply,
             const char   *expected)
{
  gsize n_bytes;
  const char *data = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);

  g_assert_cmpmem (data, n_bytes, expected, strlen (expected));
}

static void
assert_fails (Fixture            *fixture,
              FarHttpCall         call,
              const char         *path,
              FarHttpClientError  expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (send_call (fixture, &call, path, &error));
  g_assert_error (error, FAR_HTTP_CLIENT_ERROR, (int) expected);
}

static void
test_echo (Fixture       *fixture,
           gconstpointer  data)
{
  static const char *const headers[] = { "X-Extra", "1", "X-Extra", "2", NULL };
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"a\":1}", 7);
  FarHttpCall get = { .headers = headers };
  FarHttpCall post = { .method = "POST", .body = body };
  FarHttpCall form = { .method = "PUT", .body = body, .content_type = "text/x-form" };
  g_autoptr (FarHttpReply) first = send_ok (fixture, &get, "/echo?a=b%20c");
  g_autoptr (FarHttpReply) second = send_ok (fixture, &post, "/echo");
  g_autoptr (FarHttpReply) third = send_ok (fixture, &form, "/echo");

  g_assert_cmpuint (far_http_reply_get_status (first), ==, 200);
  g_assert_cmpstr (far_http_reply_get_header (first, "x-answer"), ==, "yes");
  g_assert_null (far_http_reply_get_header (first, "x-none"));
  assert_body (first, "GET /echo?a=b%20c type=- x=1, 2 ");
  assert_body (second, "POST /echo? type=application/json x=- {\"a\":1}");
  assert_body (third, "PUT /echo? type=text/x-form x=- {\"a\":1}");
}

/* An answer is an answer, whatever its status. */
static void
test_status (Fixture       *fixture,
             gconstpointer  data)
{
  FarHttpCall call = { NULL, };
  g_autoptr (FarHttpReply) busy = send_ok (fixture, &call, "/error");
  g_autoptr (FarHttpReply) missing = send_ok (fixture, &call, "/none");

  g_assert_cmpuint (far_http_reply_get_status (busy), ==, 503);
  assert_body (busy, "busy");
  g_assert_cmpuint (far_http_reply_get_status (missing), ==, 404);
}

static void
test_cap (Fixture       *fixture,
          gconstpointer  data)
{
  FarHttpCall exact = { .reply_max = BIG_BYTES };
  FarHttpCall less = { .reply_max = BIG_BYTES - 1 };
  g_autoptr (FarHttpReply) reply = send_ok (fixture, &exact, "/big");

  g_assert_cmpuint (g_bytes_get_size (far_http_reply_get_body (reply)), ==, BIG_BYTES);
  assert_fails (fixture, less, "/big", FAR_HTTP_CLIENT_ERROR_SIZE);
  /* The client is as good as before. */
  g_clear_pointer (&reply, far_http_reply_free);
  reply = send_ok (fixture, &exact, "/big");
  g_assert_cmpuint (g_bytes_get_size (far_http_reply_get_body (reply)), ==, BIG_BYTES);
}

static void
test_deadline (Fixture       *fixture,
               gconstpointer  data)
{
  FarHttpCall call = { .timeout_us = 20000 };

  assert_fails (fixture, call, "/never", FAR_HTTP_CLIENT_ERROR_TIMEOUT);
}

static void
test_cancel (Fixture       *fixture,
             gconstpointer  data)
{
  g_autofree char *url = g_strconcat (fixture->origin, "/never", NULL);
  FarHttpCall call = { .method = "GET", .url = url };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  far_http_client_send_async (fixture->client, &call, cancellable, take_result, fixture);
  while (fixture->held == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (fixture->result);
  g_cancellable_cancel (cancellable);
  result = wait_for_result (fixture);
  g_assert_null (far_http_client_send_finish (fixture->client, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_redirects (Fixture       *fixture,
                gconstpointer  data)
{
  FarHttpCall stay = { NULL, };
  FarHttpCall follow = { .follow = TRUE };
  g_autoptr (FarHttpReply) not_followed = send_ok (fixture, &stay, "/to-echo");
  g_autoptr (FarHttpReply) followed = send_ok (fixture, &follow, "/to-echo");

  g_assert_cmpuint (far_http_reply_get_status (not_followed), ==, 302);
  g_assert_cmpuint (far_http_reply_get_status (followed), ==, 200);
  assert_body (followed, "GET /echo?from=redirect type=- x=- ");

  fixture->n_requests = 0;
  assert_fails (fixture, follow, "/circle", FAR_HTTP_CLIENT_ERROR_REDIRECT);
  g_assert_cmpuint (fixture->n_requests, ==, FAR_HTTP_REDIRECTS_MAX + 1);
  assert_fails (fixture, follow, "/abroad", FAR_HTTP_CLIENT_ERROR_REDIRECT);
  assert_fails (fixture, follow, "/nowhere", FAR_HTTP_CLIENT_ERROR_REDIRECT);
}

static void
test_nobody (Fixture       *fixture,
             gconstpointer  data)
{
  FarHttpCall call = { NULL, };

  soup_server_disconnect (fixture->server);
  assert_fails (fixture, call, "/echo", FAR_HTTP_CLIENT_ERROR_CONNECT);
  if (fixture->socket_path == NULL)
    return;
  g_unlink (fixture->socket_path);
  assert_fails (fixture, call, "/echo", FAR_HTTP_CLIENT_ERROR_CONNECT);
}

static void
test_url (Fixture       *fixture,
          gconstpointer  data)
{
  static const char *const urls[] = { "", "/path", "file:///etc/passwd", "ftp://x/", "http://",
                                      "javascript:alert(1)" };

  g_free (fixture->origin);
  fixture->origin = g_strdup ("");
  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++)
    assert_fails (fixture, (FarHttpCall) { NULL, }, urls[i], FAR_HTTP_CLIENT_ERROR_URL);
}

/* ---- Lines ---- */

static FarHttpLines *
open_lines (Fixture    *fixture,
            const char *path)
{
  g_autofree char *url = g_strconcat (fixture->origin, path, NULL);
  FarHttpCall call = { .method = "GET", .url = url };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  FarHttpLines *lines;

  far_http_client_open_lines_async (fixture->client, &call, NULL, take_result, fixture);
  result = wait_for_result (fixture);
  lines = far_http_client_open_lines_finish (fixture->client, result, &error);
  g_assert_no_error (error);
  return lines;
}

static char *
next_line (Fixture       *fixture,
           FarHttpLines  *lines,
           gsize         *ret_length,
           GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  far_http_lines_next_async (lines, NULL, take_result, fixture);
  result = wait_for_result (fixture);
  return far_http_lines_next_finish (lines, result, ret_length, error);
}

static void
test_lines (Fixture       *fixture,
            gconstpointer  data)
{
  static const char *const expected[] = { "one", "", "two", "thr\xc3\xa9" "e", "last", NULL };
  FarHttpLines *lines = open_lines (fixture, "/lines");

  g_assert_cmpuint (far_http_lines_get_status (lines), ==, 200);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize length = 0;
      g_autofree char *line = next_line (fixture, lines, &length, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (line, ==, expected[i]);
      if (line != NULL)
        g_assert_cmpuint (length, ==, strlen (expected[i]));
    }
  g_assert_null (next_line (fixture, lines, NULL, NULL));
  g_assert_finalize_object (lines);
}

/* Lines come as they are written, not when the answer ends; and a stream can be left in the middle
 * by cancelling or by dropping it. */
static void
test_lines_open (Fixture       *fixture,
                 gconstpointer  data)
{
  FarHttpLines *lines = open_lines (fixture, "/lines/open");
  g_autofree char *first = next_line (fixture, lines, NULL, NULL);
  g_autofree char *second = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (first, ==, "{\"seq\":1}");
  far_http_lines_next_async (lines, NULL, take_result, fixture);
  g_assert_null (fixture->result);
  soup_message_body_append (soup_server_message_get_response_body (fixture->held),
                            SOUP_MEMORY_STATIC, "{\"seq\":2}\n", 10);
  soup_server_message_unpause (fixture->held);
  result = wait_for_result (fixture);
  second = far_http_lines_next_finish (lines, result, NULL, NULL);
  g_assert_cmpstr (second, ==, "{\"seq\":2}");
  g_clear_object (&result);

  far_http_lines_next_async (lines, cancellable, take_result, fixture);
  g_cancellable_cancel (cancellable);
  result = wait_for_result (fixture);
  g_assert_null (far_http_lines_next_finish (lines, result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&result);
  g_assert_finalize_object (lines);
}

static void
test_lines_long (Fixture       *fixture,
                 gconstpointer  data)
{
  FarHttpLines *lines = open_lines (fixture, "/lines/long");
  g_autoptr (GError) error = NULL;

  g_assert_null (next_line (fixture, lines, NULL, &error));
  g_assert_error (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_SIZE);
  g_assert_finalize_object (lines);
}

static void
test_lines_error (Fixture       *fixture,
                  gconstpointer  data)
{
  FarHttpLines *lines = open_lines (fixture, "/error");
  g_autofree char *body = NULL;

  g_assert_cmpuint (far_http_lines_get_status (lines), ==, 503);
  body = next_line (fixture, lines, NULL, NULL);
  g_assert_cmpstr (body, ==, "busy");
  g_assert_finalize_object (lines);
}

#define ADD(name, over_unix, function) \
  g_test_add ("/net/http-client/" name, Fixture, GINT_TO_POINTER (over_unix), set_up, function, \
              tear_down)
#define ADD_BOTH(name, function) \
  ADD ("tcp/" name, FALSE, function); \
  ADD ("unix/" name, TRUE, function)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_BOTH ("echo", test_echo);
  ADD_BOTH ("status", test_status);
  ADD_BOTH ("cap", test_cap);
  ADD_BOTH ("deadline", test_deadline);
  ADD_BOTH ("cancel", test_cancel);
  ADD_BOTH ("nobody", test_nobody);
  ADD ("redirects", FALSE, test_redirects);
  ADD ("url", FALSE, test_url);
  ADD_BOTH ("lines/whole", test_lines);
  ADD_BOTH ("lines/open", test_lines_open);
  ADD ("lines/long", FALSE, test_lines_long);
  ADD ("lines/error", FALSE, test_lines_error);
  return g_test_run ();
}
