/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SigV4 against AWS's own vectors (FARTHING_VECTORS), against botocore where Python has it, and
 * against itself with everything altered in turn. */
#include "net/far-sigv4.h"

#include <string.h>

#include "base/far-clock.h"
#include "base/far-json.h"

#define NOW_US (G_GINT64_CONSTANT (1440938160) * 1000000) /* 2015-08-30T12:36:00Z */
#define HEADERS_MAX 12
#define BOTOCORE_PYTHON "/usr/bin/python3"

static const FarSigv4Credentials example = {
  "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL,
};

/* A request read from text; owns what its strings point to. */
typedef struct {
  FarSigv4Request request;
  FarSigv4Header headers[HEADERS_MAX];
  GPtrArray *strings;
} Parsed;

static char *
keep (Parsed *parsed,
      char   *text)
{
  g_ptr_array_add (parsed->strings, text);
  return text;
}

static void
add_header (Parsed     *parsed,
            const char *name,
            const char *value)
{
  g_assert_cmpuint (parsed->request.n_headers, <, HEADERS_MAX);
  parsed->headers[parsed->request.n_headers++] = (FarSigv4Header) {
    keep (parsed, g_strdup (name)), keep (parsed, g_strdup (value)),
  };
}

static void
parsed_clear (Parsed *parsed)
{
  g_clear_pointer (&parsed->strings, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parsed, parsed_clear)

/* "GET /path?query HTTP/1.1", header lines, and a body behind an empty line. A path may
 * hold spaces. */
static void
parse_request (Parsed     *parsed,
               const char *text)
{
  const char *body = strstr (text, "\n\n");
  g_autofree char *head = body != NULL ? g_strndup (text, (gsize) (body - text)) : g_strdup (text);
  g_auto (GStrv) lines = g_strsplit (head, "\n", -1);
  char *target = strchr (lines[0], ' ') + 1;
  char *question;

  memset (parsed, 0, sizeof *parsed);
  parsed->strings = g_ptr_array_new_with_free_func (g_free);
  parsed->request.headers = parsed->headers;
  parsed->request.method = keep (parsed, g_strndup (lines[0], (gsize) (target - lines[0]) - 1));
  *strrchr (target, ' ') = '\0';
  question = strchr (target, '?');
  if (question != NULL)
    {
      *question = '\0';
      parsed->request.query = keep (parsed, g_strdup (question + 1));
    }
  parsed->request.path = keep (parsed, g_strdup (target));
  for (gsize i = 1; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      char *colon = strchr (lines[i], ':');

      *colon = '\0';
      add_header (parsed, lines[i], colon + 1);
    }
  if (body != NULL && body[2] != '\0')
    {
      parsed->request.body = keep (parsed, g_strdup (body + 2));
      parsed->request.n_body = strlen (body + 2);
    }
}

static void
assert_verdict (const FarSigv4Request     *request,
                const FarSigv4Credentials *credentials,
                const FarSigv4Scope       *scope,
                gint64                     now_us,
                int                        expected)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = far_sigv4_verify (request, credentials, scope, now_us, &error);

  if (expected < 0)
    {
      g_assert_no_error (error);
      g_assert_true (ok);
      return;
    }
  g_assert_false (ok);
  g_assert_error (error, FAR_SIGV4_ERROR, expected);
}

/* ---- AWS's vectors ---- */

static char *
read_vector (const char *folder,
             const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
assert_vector (const char *folder,
               const char *name,
               const char *actual)
{
  g_autofree char *expected = read_vector (folder, name);

  g_assert_cmpstr (actual, ==, expected);
}

static void
check_vector (const char *folder)
{
  g_autofree char *context_text = read_vector (folder, "context.json");
  g_autofree char *request_text = read_vector (folder, "request.txt");
  g_autofree char *expected_signature = read_vector (folder, "header-signature.txt");
  g_autofree char *expected_query_signature = read_vector (folder, "query-signature.txt");
  g_autofree char *signed_text = read_vector (folder, "header-signed-request.txt");
  g_autofree char *signed_query_text = read_vector (folder, "query-signed-request.txt");
  g_autoptr (JsonNode) root =
    far_json_parse_object (context_text, strlen (context_text), 4096, NULL);
  JsonObject *context = json_node_get_object (root);
  JsonObject *keys = json_object_get_object_member (context, "credentials");
  FarSigv4Credentials credentials = {
    json_object_get_string_member (keys, "access_key_id"),
    json_object_get_string_member (keys, "secret_access_key"),
    far_json_has (keys, "token") ? json_object_get_string_member (keys, "token") : NULL,
  };
  FarSigv4Scope scope = {
    json_object_get_string_member (context, "region"),
    json_object_get_string_member (context, "service"),
  };
  gint64 expires = json_object_get_int_member (context, "expiration_in_seconds");
  g_auto (Parsed) plain = { { NULL, }, };
  g_auto (Parsed) hashed = { { NULL, }, };
  g_auto (Parsed) with_header = { { NULL, }, };
  g_auto (Parsed) with_query = { { NULL, }, };
  g_autofree char *canonical = NULL;
  g_autofree char *authorization = NULL;
  g_autofree char *query = NULL;
  gint64 now_us;

  g_assert_true (far_time_parse_rfc3339 (json_object_get_string_member (context, "timestamp"),
                                         &now_us));
  parse_request (&plain, request_text);
  parse_request (&hashed, request_text);
  if (json_object_get_boolean_member (context, "sign_body"))
    {
      g_autofree char *hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, plain.request.body,
                                                           plain.request.n_body);
      add_header (&hashed, "x-amz-content-sha256", hash);
    }

  canonical = far_sigv4_canonical_request (&hashed.request, &credentials, now_us);
  assert_vector (folder, "header-canonical-request.txt", canonical);
  authorization = far_sigv4_sign (&hashed.request, &credentials, &scope, now_us);
  g_assert_true (g_str_has_suffix (authorization, expected_signature));
  g_assert_nonnull (strstr (signed_text, authorization));

  query = far_sigv4_presign (&plain.request, &credentials, &scope, now_us, (guint) expires);
  g_assert_true (g_str_has_suffix (query, expected_query_signature));

  /* What AWS signed passes, and with our own query too. */
  parse_request (&with_header, signed_text);
  assert_verdict (&with_header.request, &credentials, &scope, now_us, -1);
  parse_request (&with_query, signed_query_text);
  assert_verdict (&with_query.request, &credentials, &scope, now_us, -1);
  plain.request.query = query;
  assert_verdict (&plain.request, &credentials, &scope, now_us, -1);
}

static void
test_vectors (void)
{
  const char *vectors = g_getenv ("FARTHING_VECTORS");
  g_autofree char *folder = g_build_filename (vectors != NULL ? vectors : "", "sigv4", NULL);
  g_autoptr (GDir) cases = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n_checked = 0;

  if (vectors == NULL || cases == NULL)
    {
      g_test_skip ("AWS's vectors are not there; set FARTHING_VECTORS to their folder");
      return;
    }
  while ((name = g_dir_read_name (cases)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_IS_DIR))
        continue;
      g_test_message ("%s", name);
      check_vector (path);
      n_checked++;
    }
  g_assert_cmpuint (n_checked, >=, 8);
}

/* ---- Ours: a signed Lambda call, whole and altered ---- */

#define LAMBDA_PATH \
  "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A0%3Afunction%3Aoffer/invocations"

static const FarSigv4Scope lambda_scope = { "us-east-1", "lambda" };

static const char lambda_request[] =
  "POST " LAMBDA_PATH "?Qualifier=%24LATEST&b=2&a=x%20y HTTP/1.1\n"
  "Host:127.0.0.1:8788\n"
  "X-Amz-Invocation-Type:RequestResponse\n"
  "User-Agent:test\n"
  "\n"
  "{\"a\":1}";

static void
sign_lambda (Parsed *parsed)
{
  g_autofree char *authorization = NULL;
  char date[FAR_SIGV4_DATE_LEN + 1];

  parse_request (parsed, lambda_request);
  authorization = far_sigv4_sign (&parsed->request, &example, &lambda_scope, NOW_US);
  far_sigv4_format_date (NOW_US, date);
  add_header (parsed, "X-Amz-Date", date);
  add_header (parsed, "Authorization", authorization);
}

static void
replace_header (Parsed     *parsed,
                const char *name,
                const char *value)
{
  for (gsize i = 0; i < parsed->request.n_headers; i++)
    if (g_ascii_strcasecmp (parsed->headers[i].name, name) == 0)
      parsed->headers[i].value = value;
}

static void
test_canonical_path (void)
{
  static const struct { const char *path, *canonical; } cases[] = {
    { "/", "/" }, { "", "/" }, { "//a///b", "/a/b" }, { "/a/./b/../c", "/a/c" }, { "/a/..", "/" },
    { "/../..", "/" }, { "/a/b/", "/a/b/" }, { "/a/.", "/a/" }, { "/a%3Ab", "/a%253Ab" },
    { "/-._~", "/-._~" }, { "/a:b", "/a%3Ab" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FarSigv4Header host = { "Host", "h" };
      FarSigv4Request request = { .method = "GET", .path = cases[i].path, .headers = &host,
                                  .n_headers = 1 };
      g_autofree char *canonical = far_sigv4_canonical_request (&request, &example, NOW_US);
      g_auto (GStrv) lines = g_strsplit (canonical, "\n", -1);

      g_assert_cmpstr (lines[1], ==, cases[i].canonical);
    }
}

static void
test_canonical_query (void)
{
  static const struct { const char *query, *canonical; } cases[] = {
    { NULL, "" }, { "", "" }, { "b=2&a=1", "a=1&b=2" }, { "a=2&a=1", "a=1&a=2" }, { "a", "a=" },
    { "a=%7e%20", "a=~%20" }, { "a-b=1&a=2", "a=2&a-b=1" }, { "a=b=c", "a=b%3Dc" },
    { "A=1&a=1&B=1", "A=1&B=1&a=1" }, { "a=1&&b=2", "a=1&b=2" }, { "a=+", "a=%2B" },
    { "%61=1", "a=1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FarSigv4Header host = { "Host", "h" };
      FarSigv4Request request = { .method = "GET", .path = "/", .query = cases[i].query,
                                  .headers = &host, .n_headers = 1 };
      g_autofree char *canonical = far_sigv4_canonical_request (&request, &example, NOW_US);
      g_auto (GStrv) lines = g_strsplit (canonical, "\n", -1);

      g_assert_cmpstr (lines[2], ==, cases[i].canonical);
    }
}

static void
test_round_trip (void)
{
  const FarSigv4Scope any_region = { NULL, "lambda" };
  const FarSigv4Scope other_region = { "eu-west-1", "lambda" };
  const FarSigv4Scope other_service = { "us-east-1", "monitoring" };
  const FarSigv4Credentials other_secret = { example.access_key_id, "other", NULL };
  const FarSigv4Credentials other_key = { "AKIDOTHER", example.secret_access_key, NULL };
  const FarSigv4Credentials with_token = { example.access_key_id, example.secret_access_key, "t" };
  g_auto (Parsed) call = { { NULL, }, };
  g_autofree char *key = NULL;

  sign_lambda (&call);
  key = far_sigv4_get_access_key (&call.request);
  g_assert_cmpstr (key, ==, "AKIDEXAMPLE");
  assert_verdict (&call.request, &example, &lambda_scope, NOW_US, -1);
  assert_verdict (&call.request, &example, &any_region, NOW_US, -1);
  assert_verdict (&call.request, &example, &other_region, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
  assert_verdict (&call.request, &example, &other_service, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
  assert_verdict (&call.request, &other_secret, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
  assert_verdict (&call.request, &other_key, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_UNKNOWN_KEY);
  assert_verdict (&call.request, &with_token, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_UNKNOWN_KEY);
}

static void
test_altered (void)
{
  static const struct { const char *header, *value; } headers[] = {
    { "Host", "evil.example" }, { "X-Amz-Invocation-Type", "Event" },
  };
  g_auto (Parsed) call = { { NULL, }, };
  FarSigv4Request altered;

  sign_lambda (&call);
  altered = call.request;
  altered.method = "PUT";
  assert_verdict (&altered, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
  altered = call.request;
  altered.path = "/2015-03-31/functions/pledge/invocations";
  assert_verdict (&altered, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
  altered = call.request;
  altered.query = "Qualifier=1&b=2&a=x%20y";
  assert_verdict (&altered, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
  altered = call.request;
  altered.body = "{\"a\":2}";
  assert_verdict (&altered, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
  altered = call.request;
  altered.n_body = 0;
  assert_verdict (&altered, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISMATCH);

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_auto (Parsed) other = { { NULL, }, };

      sign_lambda (&other);
      replace_header (&other, headers[i].header, headers[i].value);
      assert_verdict (&other.request, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISMATCH);
    }
  /* What is not signed may change on the way; what begins with x-amz- may not come new. */
  replace_header (&call, "User-Agent", "test");
  add_header (&call, "Accept", "*/*");
  assert_verdict (&call.request, &example, &lambda_scope, NOW_US, -1);
  add_header (&call, "X-Amz-Log-Type", "Tail");
  assert_verdict (&call.request, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_INCOMPLETE);
}

static void
test_window (void)
{
  const gint64 second_us = 1000000;
  g_auto (Parsed) call = { { NULL, }, };
  g_auto (Parsed) presigned = { { NULL, }, };
  g_autofree char *query = NULL;

  sign_lambda (&call);
  assert_verdict (&call.request, &example, &lambda_scope, NOW_US + 300 * second_us, -1);
  assert_verdict (&call.request, &example, &lambda_scope, NOW_US - 300 * second_us, -1);
  assert_verdict (&call.request, &example, &lambda_scope, NOW_US + 301 * second_us,
                  FAR_SIGV4_ERROR_EXPIRED);
  assert_verdict (&call.request, &example, &lambda_scope, NOW_US - 301 * second_us,
                  FAR_SIGV4_ERROR_EXPIRED);

  parse_request (&presigned, lambda_request);
  query = far_sigv4_presign (&presigned.request, &example, &lambda_scope, NOW_US, 3600);
  presigned.request.query = query;
  assert_verdict (&presigned.request, &example, &lambda_scope, NOW_US + 3600 * second_us, -1);
  assert_verdict (&presigned.request, &example, &lambda_scope, NOW_US + 3601 * second_us,
                  FAR_SIGV4_ERROR_EXPIRED);
}

static void
test_malformed (void)
{
  static const struct { const char *authorization; FarSigv4Error code; } cases[] = {
    { "Basic abc", FAR_SIGV4_ERROR_INCOMPLETE },
    { "", FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256", FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256 ", FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE", FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_request, "
      "SignedHeaders=host;x-amz-date", FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda, "
      "SignedHeaders=host, Signature=00", FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150831/us-east-1/lambda/aws4_request, "
      "SignedHeaders=host;x-amz-date;x-amz-invocation-type, Signature=00",
      FAR_SIGV4_ERROR_MISMATCH },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_request, "
      "SignedHeaders=x-amz-date;x-amz-invocation-type, Signature=00", FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_request, "
      "SignedHeaders=host;x-amz-date;x-amz-invocation-type;gone, Signature=00",
      FAR_SIGV4_ERROR_INCOMPLETE },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_request, "
      "SignedHeaders=host;x-amz-date;x-amz-invocation-type, Signature=00",
      FAR_SIGV4_ERROR_MISMATCH },
    { "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_request, "
      "SignedHeaders=host;x-amz-date;x-amz-invocation-type, Signature=00, Extra=1",
      FAR_SIGV4_ERROR_INCOMPLETE },
  };
  g_auto (Parsed) call = { { NULL, }, };
  g_auto (Parsed) plain = { { NULL, }, };
  FarSigv4Request bad_escape;

  parse_request (&plain, lambda_request);
  assert_verdict (&plain.request, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_MISSING);
  g_assert_null (far_sigv4_get_access_key (&plain.request));

  sign_lambda (&call);
  bad_escape = call.request;
  bad_escape.query = "a=%zz";
  assert_verdict (&bad_escape, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_INCOMPLETE);
  bad_escape.query = "X-Amz-Signature=1";
  assert_verdict (&bad_escape, &example, &lambda_scope, NOW_US, FAR_SIGV4_ERROR_INCOMPLETE);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      replace_header (&call, "Authorization", cases[i].authorization);
      assert_verdict (&call.request, &example, &lambda_scope, NOW_US, (int) cases[i].code);
    }
}

static void
test_malformed_date (void)
{
  static const char *const dates[] = { "", "20150830", "20150830T123600", "20151330T123600Z",
                                       "2015-08-30T12:36:00Z", "20150830 123600Z" };

  for (gsize i = 0; i < G_N_ELEMENTS (dates); i++)
    {
      g_auto (Parsed) call = { { NULL, }, };
      g_autoptr (GError) error = NULL;

      sign_lambda (&call);
      replace_header (&call, "X-Amz-Date", dates[i]);
      g_assert_false (far_sigv4_verify (&call.request, &example, &lambda_scope, NOW_US, &error));
      g_assert_true (error->code == FAR_SIGV4_ERROR_INCOMPLETE ||
                     error->code == FAR_SIGV4_ERROR_MISMATCH);
    }
}

/* ---- An implementation that is not ours ---- */

static const char botocore_script[] =
  "import json, sys\n"
  "from botocore.auth import SigV4Auth, SigV4QueryAuth\n"
  "from botocore.awsrequest import AWSRequest\n"
  "from botocore.credentials import Credentials\n"
  "url = 'http://127.0.0.1:8788" LAMBDA_PATH "?b=2&a=x%20y'\n"
  "for token in (None, 'a+token/='):\n"
  "  for auth in (SigV4Auth, SigV4QueryAuth):\n"
  "    body = '{\"a\":1}' if auth is SigV4Auth else ''\n" /* it moves bodies to queries */
  "    r = AWSRequest(method='POST', url=url, data=body.encode(),\n"
  "                   headers={'X-Amz-Invocation-Type': 'Event', 'X-Spaced': 'a   b '})\n"
  "    auth(Credentials('AKIDEXAMPLE', 's3cret', token), 'lambda', 'eu-north-1').add_auth(r)\n"
  "    p = r.prepare()\n"
  "    print(json.dumps({'url': p.url, 'token': token, 'body': body, 'headers': {\n"
  "      k: v.decode() if isinstance(v, bytes) else v for k, v in p.headers.items()}}))\n";

static void
check_botocore_line (const char *line)
{
  g_autoptr (JsonNode) root = far_json_parse_object (line, strlen (line), 65536, NULL);
  JsonObject *object = json_node_get_object (root);
  JsonObject *headers = json_object_get_object_member (object, "headers");
  const char *url = json_object_get_string_member (object, "url");
  const char *target = strchr (url + strlen ("http://"), '/');
  g_autofree char *text = g_strdup_printf ("POST %s HTTP/1.1\nHost:127.0.0.1:8788\n\n%s", target,
                                           json_object_get_string_member (object, "body"));
  FarSigv4Credentials credentials = {
    "AKIDEXAMPLE", "s3cret",
    far_json_has (object, "token") ? json_object_get_string_member (object, "token") : NULL,
  };
  const FarSigv4Scope scope = { "eu-north-1", "lambda" };
  g_auto (Parsed) parsed = { { NULL, }, };
  JsonObjectIter members;
  const char *name;
  JsonNode *value;

  parse_request (&parsed, text);
  json_object_iter_init (&members, headers);
  while (json_object_iter_next (&members, &name, &value))
    add_header (&parsed, name, json_node_get_string (value));
  assert_verdict (&parsed.request, &credentials, &scope, g_get_real_time (), -1);
  parsed.request.method = "PUT";
  assert_verdict (&parsed.request, &credentials, &scope, g_get_real_time (),
                  FAR_SIGV4_ERROR_MISMATCH);
}

static void
test_botocore (void)
{
  const char *const probe[] = { BOTOCORE_PYTHON, "-c", "import botocore", NULL };
  const char *const script[] = { BOTOCORE_PYTHON, "-c", botocore_script, NULL };
  g_autofree char *output = NULL;
  g_auto (GStrv) lines = NULL;
  int status = -1;

  if (!g_spawn_sync (NULL, (char **) probe, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                     NULL, &status, NULL) || status != 0)
    {
      g_test_skip (BOTOCORE_PYTHON " has no botocore; install python3-botocore");
      return;
    }
  g_assert_true (g_spawn_sync (NULL, (char **) script, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output,
                               NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  lines = g_strsplit (g_strchomp (output), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  for (gsize i = 0; lines[i] != NULL; i++)
    check_botocore_line (lines[i]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/sigv4/vectors", test_vectors);
  g_test_add_func ("/net/sigv4/canonical-path", test_canonical_path);
  g_test_add_func ("/net/sigv4/canonical-query", test_canonical_query);
  g_test_add_func ("/net/sigv4/round-trip", test_round_trip);
  g_test_add_func ("/net/sigv4/altered", test_altered);
  g_test_add_func ("/net/sigv4/window", test_window);
  g_test_add_func ("/net/sigv4/malformed", test_malformed);
  g_test_add_func ("/net/sigv4/malformed-date", test_malformed_date);
  g_test_add_func ("/net/sigv4/botocore", test_botocore);
  return g_test_run ();
}
