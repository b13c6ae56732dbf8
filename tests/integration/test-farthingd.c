/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real farthingd with real sandboxes: start, routes, errors, limits, Lambda's API, the end. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/far-json.h"
#include "daemon.h"

#define FRESH_INSTANCES 1000

static Daemon *daemon_now;

static Reply *
get (const char *target)
{
  g_autofree char *url = url_of (daemon_now->gateway, target);

  return http_get (url);
}

static void
assert_reply (Reply *reply, guint status, const char *contains)
{
  if (reply->status != status || strstr (reply->body, contains) == NULL)
    {
      g_autofree char *errors = daemon_errors (daemon_now);

      g_error ("Expected %u … %s, got %u «%s»; farthingd said: %s", status, contains,
               reply->status, reply->body, errors);
    }
}

static void
assert_get (const char *target, guint status, const char *contains)
{
  g_autoptr (Reply) reply = get (target);

  assert_reply (reply, status, contains);
}

static void
test_ready (void)
{
  g_autofree char *credentials = g_build_filename (daemon_now->dir, "credentials", NULL);
  g_autofree char *url = url_of (daemon_now->metrics, "/metrics");
  g_autoptr (Reply) metrics = http_get (url);
  GStatBuf info;

  g_assert_cmpint (g_stat (credentials, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (daemon_now->dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpuint (metrics->status, ==, 200);
  g_assert_true (g_str_equal (daemon_now->isolation, "full")
                 || g_str_equal (daemon_now->isolation, "flatpak")
                 || g_str_equal (daemon_now->isolation, "none"));
}

/* A second one on the same folder says so and stops. */
static void
test_locked (void)
{
  g_autofree char *program
      = g_build_filename (g_getenv ("FARTHING_BUILD_ROOT"), "src/platform/farthingd", NULL);
  const char *argv[] = { program, "--data-dir", daemon_now->dir, "--port", "0", "--template",
                         daemon_now->template_path, NULL };
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_autofree char *pid = g_strdup_printf ("process %d", daemon_now->pid);
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &out, &err, &status,
                               NULL));
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 1);
  g_assert_cmpstr (out, ==, "");
  g_assert_nonnull (strstr (err, "Another farthingd"));
  g_assert_nonnull (strstr (err, pid));
  assert_get ("/", 200, "GET /");
}

static void
test_routes (void)
{
  g_autofree char *url = url_of (daemon_now->gateway, "/echo/a%20b?x=1&x=2");
  g_autoptr (Reply) post = http_send ("POST", url, "Content-Type: text/plain\r\n", "h\"i", 3);
  g_autoptr (Reply) binary
      = http_send ("PUT", url, "Content-Type: application/octet-stream\r\n", "\x80\xff", 2);

  assert_get ("/", 200, "\"route\":\"GET /\"");
  assert_get ("/echo/x?q", 200, "\"query\":\"q\"");
  assert_get ("/plain/x", 200, "\"route\":\"GET /plain/{what}\"");
  assert_get ("/rest/a/b/c", 200, "\"route\":\"GET /rest/{proxy+}\"");
  assert_reply (post, 200, "\"body\":\"h\\\"i\"");
  g_assert_cmpstr (g_hash_table_lookup (post->headers, "content-type"), ==, "application/json");
  g_assert_nonnull (g_hash_table_lookup (post->headers, "apigw-requestid"));
  assert_reply (binary, 200, "\"path\":\"/echo/a%20b\"");
}

static void
test_bad_requests (void)
{
  g_autofree char *url = url_of (daemon_now->gateway, "/echo/x");
  g_autofree char *large = g_malloc0 (50 * 1000 * 1000);
  g_autoptr (Reply) evil = http_send ("GET", url, "Host: evil.example\r\n", NULL, 0);
  g_autoptr (Reply) origin = http_send ("GET", url, "Origin: https://evil.example\r\n", NULL, 0);
  g_autoptr (Reply) heavy = http_send ("POST", url, NULL, large, 50 * 1000 * 1000);
  g_autoptr (Reply) good = NULL;

  assert_reply (evil, 403, "{\"message\":\"The Host header");
  assert_reply (origin, 403, "another origin");
  assert_reply (heavy, 413, "{\"message\":\"");
  assert_get ("/nowhere", 404, "{\"message\":\"Not Found\"}");
  assert_get ("/echo/..", 400, "dot segments");
  assert_get ("/echo/%2e%2e/x", 400, "dot segments");
  assert_get ("/echo/%zz", 400, "broken escapes");
  assert_get ("/rest/a/../../etc/passwd", 400, "dot segments");
  good = get ("/echo/x");
  assert_reply (good, 200, "/echo/x");
}

/* 6 MB each way. */
static void
test_large_body (void)
{
  g_autofree char *url = url_of (daemon_now->gateway, "/plain/x");
  g_autofree char *event = g_strnfill (4 * 1024 * 1024, '7');
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", event);
  g_autoptr (Reply) reply
      = lambda_send (daemon_now, "POST", "/2015-03-31/functions/Plain/invocations", NULL, quoted);

  g_assert_cmpuint (reply->status, ==, 200);
  if (reply->n_body != strlen (quoted))
    g_error ("%.*s", (int) MIN (reply->n_body, 400), reply->body);
  g_assert_true (memcmp (reply->body, quoted, reply->n_body) == 0);
}

/* Each failure is its caller's alone: the next request is served. */
static void
test_failures (void)
{
  static const char *const whats[] = { "/echo/error", "/echo/crash", "/echo/exit", "/echo/hang",
                                       "/plain/crash", "/plain/exit" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (whats); i++)
    {
      assert_get (whats[i], 502, "{\"message\":\"Internal Server Error\"}");
      assert_get ("/echo/next", 200, "/echo/next");
    }
}

static gpointer
hang_main (gpointer data)
{
  return get ("/one/hang");
}

/* Of two calls that hang for a second one has the only place. A machine that starts the second
 * thread a second late gets another try. */
static void
test_throttle (void)
{
  gboolean throttled = FALSE;
  guint i;

  for (i = 0; i < 10 && !throttled; i++)
    {
      GThread *thread = g_thread_new ("hang", hang_main, NULL);
      g_autoptr (Reply) mine = get ("/one/hang");
      g_autoptr (Reply) other = g_thread_join (thread);
      Reply *refused = mine->status == 429 ? mine : other;

      throttled = refused->status == 429;
      assert_reply (refused == mine ? other : mine, 502, "Internal Server Error");
      if (throttled)
        g_assert_cmpstr (g_hash_table_lookup (refused->headers, "retry-after"), ==, "1");
    }
  g_assert_true (throttled);
  /* One caller's requests in a row never get in each other's way. */
  for (i = 0; i < 50; i++)
    assert_get ("/one/x", 200, "/one/x");
}

typedef struct {
  GMutex      mutex;
  GHashTable *seen;    /* ids */
  guint       n_fresh; /* instances, each counted at its first call */
} Ids;

static gpointer
ids_main (gpointer data)
{
  Ids *ids = data;
  gboolean enough = FALSE;

  while (!enough)
    {
      /* An instance ends soon after its first call: with bad luck within another's. */
      g_autoptr (Reply) reply = get ("/cold/once");
      g_autoptr (JsonNode) root = NULL;
      JsonArray *found;
      guint i;

      if (reply->status == 502)
        continue;
      assert_reply (reply, 200, "\"ids\":");
      root = far_json_parse_object (reply->body, reply->n_body, FAR_JSON_SIZE_MAX, NULL);
      found = json_object_get_array_member (json_node_get_object (root), "ids");
      g_mutex_lock (&ids->mutex);
      for (i = 0; i < json_array_get_length (found); i++)
        g_assert_true (g_hash_table_add (ids->seen,
                                         g_strdup (json_array_get_string_element (found, i))));
      if (json_object_get_int_member (json_node_get_object (root), "calls") == 1)
        ids->n_fresh++;
      enough = ids->n_fresh >= FRESH_INSTANCES;
      g_mutex_unlock (&ids->mutex);
    }
  return NULL;
}

/* All of them come from one fork server, and share what it had drawn before. */
static void
test_ids (void)
{
  Ids ids = { .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  GThread *threads[8];
  guint i;

  g_mutex_init (&ids.mutex);
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("ids", ids_main, &ids);
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (g_hash_table_size (ids.seen), >=, 3 * FRESH_INSTANCES);
  g_mutex_clear (&ids.mutex);
  g_hash_table_unref (ids.seen);
}

static void
test_lambda_unsigned (void)
{
  g_autofree char *url
      = url_of (daemon_now->lambda, "/2015-03-31/functions/Echo/invocations");
  g_autofree char *secret = g_steal_pointer (&daemon_now->secret_key);
  g_autoptr (Reply) none = http_send ("POST", url, NULL, "{}", 2);
  g_autoptr (Reply) wrong = NULL;

  assert_reply (none, 403, "\"Message\"");
  g_assert_cmpstr (g_hash_table_lookup (none->headers, "x-amzn-errortype"), ==,
                   "MissingAuthenticationTokenException");
  daemon_now->secret_key = g_strdup ("wrong");
  wrong = lambda_send (daemon_now, "POST", "/2015-03-31/functions/Echo/invocations", NULL, "{}");
  assert_reply (wrong, 403, "\"Message\"");
  g_assert_cmpstr (g_hash_table_lookup (wrong->headers, "x-amzn-errortype"), ==,
                   "InvalidSignatureException");
  g_free (daemon_now->secret_key);
  daemon_now->secret_key = g_steal_pointer (&secret);
}

static void
test_lambda_invoke (void)
{
  g_autoptr (Reply) tail = lambda_send (daemon_now, "POST",
                                        "/2015-03-31/functions/Echo%3A%24LATEST/invocations",
                                        "X-Amz-Log-Type: Tail\r\n", "{\"a\":[1,2]}");
  g_autoptr (Reply) dry = lambda_send (daemon_now, "POST",
                                       "/2015-03-31/functions/Echo/invocations",
                                       "X-Amz-Invocation-Type: DryRun\r\n", "{}");
  g_autoptr (Reply) event = lambda_send (daemon_now, "POST",
                                         "/2015-03-31/functions/Echo/invocations",
                                         "X-Amz-Invocation-Type: Event\r\n", "{}");
  g_autoptr (Reply) broken = lambda_send (daemon_now, "POST",
                                          "/2015-03-31/functions/Echo/invocations", NULL, "{");
  g_autoptr (Reply) nobody = lambda_send (daemon_now, "POST",
                                          "/2015-03-31/functions/No/invocations", NULL, "{}");
  g_autoptr (Reply) version = lambda_send (
      daemon_now, "POST", "/2015-03-31/functions/Echo/invocations?Qualifier=7", NULL, "{}");
  g_autofree char *log = NULL;
  gsize n;

  assert_reply (tail, 200, "{\"a\":[1,2]}");
  g_assert_cmpstr (g_hash_table_lookup (tail->headers, "x-amz-executed-version"), ==, "$LATEST");
  log = (char *) g_base64_decode (g_hash_table_lookup (tail->headers, "x-amz-log-result"), &n);
  g_assert_nonnull (strstr (log, "START RequestId: "));
  g_assert_nonnull (strstr (log, "event of 11 bytes\n"));
  g_assert_nonnull (strstr (log, "REPORT RequestId: "));
  assert_reply (dry, 204, "");
  assert_reply (event, 202, "");
  assert_reply (broken, 400, "Could not parse request body into json");
  assert_reply (nobody, 404, "Function not found");
  assert_reply (version, 404, "Function not found");
}

static void
test_lambda_control_plane (void)
{
  g_autoptr (Reply) list = lambda_send (daemon_now, "GET", "/2015-03-31/functions/", NULL, NULL);
  g_autoptr (Reply) one = lambda_send (daemon_now, "GET", "/2015-03-31/functions/One", NULL, NULL);
  g_autoptr (Reply) account
      = lambda_send (daemon_now, "GET", "/2016-08-19/account-settings", NULL, NULL);

  assert_reply (list, 200, "\"FunctionName\":\"Plain\"");
  g_assert_true (far_json_check (list->body, list->n_body, FAR_JSON_SIZE_MAX, NULL));
  assert_reply (one, 200, "\"ReservedConcurrentExecutions\":1");
  assert_reply (account, 200, "\"UnreservedConcurrentExecutions\":1099");
}

/* Credentials outlive a restart; a graceful stop leaves no process and no listener. */
static void
test_stop_and_restart (void)
{
  g_autofree char *key = g_strdup (daemon_now->access_key);
  g_autofree char *url = url_of (daemon_now->gateway, "/");
  g_autoptr (Reply) after = NULL;

  assert_get ("/", 200, "GET /");
  daemon_stop (daemon_now);
  after = http_get (url);
  g_assert_cmpuint (after->status, ==, 0);
  daemon_restart (daemon_now);
  g_assert_cmpstr (daemon_now->access_key, ==, key);
  assert_get ("/", 200, "GET /");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  daemon_now = daemon_start (NULL);
  g_test_add_func ("/farthingd/ready", test_ready);
  g_test_add_func ("/farthingd/locked", test_locked);
  g_test_add_func ("/farthingd/routes", test_routes);
  g_test_add_func ("/farthingd/bad-requests", test_bad_requests);
  g_test_add_func ("/farthingd/large-body", test_large_body);
  g_test_add_func ("/farthingd/failures", test_failures);
  g_test_add_func ("/farthingd/throttle", test_throttle);
  g_test_add_func ("/farthingd/ids", test_ids);
  g_test_add_func ("/farthingd/lambda-unsigned", test_lambda_unsigned);
  g_test_add_func ("/farthingd/lambda-invoke", test_lambda_invoke);
  g_test_add_func ("/farthingd/lambda-control-plane", test_lambda_control_plane);
  g_test_add_func ("/farthingd/stop-and-restart", test_stop_and_restart);
  result = g_test_run ();
  daemon_free (daemon_now);
  return result;
}
