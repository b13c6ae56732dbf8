/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed requests: the base as RFC 9421 writes it, everything that must break a signature, and
 * fields that must not be taken. The key is that of RFC 9421, B.1.4. */
#include "net/far-http-signature.h"

#include <string.h>

#include "base/far-id.h"
#include "base/far-random.h"

#define NOW_S G_GINT64_CONSTANT (1618884473)
#define NOW_US (NOW_S * 1000000)
#define KEYID "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb"
#define DIGEST "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"

static guint8 private_key[FAR_ED25519_KEY_LEN];
static guint8 public_key[FAR_ED25519_KEY_LEN];

static const FarHttpSignable post = {
  .method = "POST", .path = "/foo", .query = "param=Value&Pet=dog",
  .body = "{\"hello\": \"world\"}", .n_body = 18,
};

static const FarHttpSignable get = { .method = "GET", .path = "/foo" };

static gboolean
verify (const FarHttpSignable        *request,
        const FarHttpSignatureFields *fields,
        gint64                        now_us,
        FarHttpSignatureError         expected)
{
  char keyid[FAR_HTTP_KEYID_LEN + 1] = "untouched";
  g_autoptr (GError) error = NULL;

  if (far_http_signature_verify (request, fields, now_us, keyid, &error))
    {
      g_assert_no_error (error);
      g_assert_cmpstr (keyid, ==, KEYID);
      return TRUE;
    }
  g_assert_cmpstr (keyid, ==, "untouched");
  g_assert_error (error, FAR_HTTP_SIGNATURE_ERROR, (int) expected);
  return FALSE;
}

/* Signs any text as Signature, so that the fields below fail for their own reason only. */
static char *
sign_text (const char *base)
{
  guint8 signature[FAR_ED25519_SIGNATURE_LEN];
  g_autofree char *encoded = NULL;

  far_ed25519_sign (private_key, public_key, base, strlen (base), signature);
  encoded = g_base64_encode (signature, sizeof signature);
  return g_strconcat ("sig=:", encoded, ":", NULL);
}

/* The base written out by hand from the RFC, not by the code under test. */
static void
test_base (void)
{
  g_autoptr (FarHttpSignatureFields) fields =
    far_http_signature_sign (&post, private_key, public_key, NOW_US + 999999);
  g_autofree char *expected = sign_text (
    "\"@method\": POST\n"
    "\"@path\": /foo\n"
    "\"@query\": ?param=Value&Pet=dog\n"
    "\"content-digest\": " DIGEST "\n"
    "\"@signature-params\": (\"@method\" \"@path\" \"@query\" \"content-digest\")"
    ";created=1618884473;keyid=\"" KEYID "\";alg=\"ed25519\"");

  g_assert_cmpstr (fields->signature_input, ==,
                   "sig=(\"@method\" \"@path\" \"@query\" \"content-digest\")"
                   ";created=1618884473;keyid=\"" KEYID "\";alg=\"ed25519\"");
  g_assert_cmpstr (fields->content_digest, ==, DIGEST);
  g_assert_cmpstr (fields->signature, ==, expected);
  g_assert_true (verify (&post, fields, NOW_US, 0));
}

static void
test_base_without_body (void)
{
  g_autoptr (FarHttpSignatureFields) fields =
    far_http_signature_sign (&get, private_key, public_key, NOW_US);
  g_autofree char *expected = sign_text (
    "\"@method\": GET\n"
    "\"@path\": /foo\n"
    "\"@query\": ?\n"
    "\"@signature-params\": (\"@method\" \"@path\" \"@query\")"
    ";created=1618884473;keyid=\"" KEYID "\";alg=\"ed25519\"");
  FarHttpSignable empty_query = get;

  g_assert_null (fields->content_digest);
  g_assert_cmpstr (fields->signature, ==, expected);
  empty_query.query = "";
  g_assert_true (verify (&get, fields, NOW_US, 0));
  g_assert_true (verify (&empty_query, fields, NOW_US, 0));
}

static void
test_window (void)
{
  g_autoptr (FarHttpSignatureFields) fields =
    far_http_signature_sign (&get, private_key, public_key, NOW_US);
  const gint64 window_us = FAR_HTTP_SIGNATURE_WINDOW_S * G_GINT64_CONSTANT (1000000);

  g_assert_true (verify (&get, fields, NOW_US - window_us, 0));
  g_assert_true (verify (&get, fields, NOW_US + window_us, 0));
  g_assert_false (verify (&get, fields, NOW_US - window_us - 1000000,
                          FAR_HTTP_SIGNATURE_ERROR_TIME));
  g_assert_false (verify (&get, fields, NOW_US + window_us + 1000000,
                          FAR_HTTP_SIGNATURE_ERROR_TIME));
}

static void
test_other_request (void)
{
  g_autoptr (FarHttpSignatureFields) fields =
    far_http_signature_sign (&post, private_key, public_key, NOW_US);
  FarHttpSignable other;

  other = post;
  other.method = "PUT";
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_INVALID));
  other = post;
  other.path = "/fo";
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_INVALID));
  other = post;
  other.query = "param=Value&Pet=cat";
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_INVALID));
  other = post;
  other.query = NULL;
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_INVALID));
  other = post;
  other.body = "{\"hello\": \"World\"}";
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_DIGEST));
  other = post;
  other.n_body = 17;
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_DIGEST));
  other = post;
  other.n_body = 0;
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_DIGEST));
  g_assert_true (verify (&post, fields, NOW_US, 0));
}

/* A line break smuggled into a value must not pass for another line of the base. */
static void
test_line_break (void)
{
  FarHttpSignable one = { .method = "GET", .path = "/a\n\"@query\": ?b" };
  FarHttpSignable other = { .method = "GET", .path = "/a", .query = "b\n\"@query\": ?" };
  g_autoptr (FarHttpSignatureFields) fields =
    far_http_signature_sign (&one, private_key, public_key, NOW_US);

  /* Both are requests that no HTTP server hands on; the verifier refuses to judge them. */
  g_assert_false (verify (&one, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_SYNTAX));
  g_assert_false (verify (&other, fields, NOW_US, FAR_HTTP_SIGNATURE_ERROR_SYNTAX));
}

static void
test_missing_fields (void)
{
  g_autoptr (FarHttpSignatureFields) fields =
    far_http_signature_sign (&post, private_key, public_key, NOW_US);
  FarHttpSignatureFields partial;

  partial = *fields;
  partial.signature_input = NULL;
  g_assert_false (verify (&post, &partial, NOW_US, FAR_HTTP_SIGNATURE_ERROR_MISSING));
  partial = *fields;
  partial.signature = NULL;
  g_assert_false (verify (&post, &partial, NOW_US, FAR_HTTP_SIGNATURE_ERROR_MISSING));
  partial = *fields;
  partial.content_digest = NULL;
  g_assert_false (verify (&post, &partial, NOW_US, FAR_HTTP_SIGNATURE_ERROR_COVERAGE));
}

#define PARAMETERS ";created=1618884473;keyid=\"" KEYID "\";alg=\"ed25519\""
#define COVERED "(\"@method\" \"@path\" \"@query\")"

/* Rightly signed by the key over just these parameters, and still not to be taken. */
static void
test_input_refused (void)
{
  static const struct { const char *parameters; FarHttpSignatureError code; } cases[] = {
    { "(\"@method\" \"@path\")" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_COVERAGE },
    { "()" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_COVERAGE },
    { "(\"@method\" \"@path\" \"@query\" \"date\")" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_COVERAGE },
    { "(\"@method\" \"@path\" \"@query\" \"content-digest\")" PARAMETERS,
      FAR_HTTP_SIGNATURE_ERROR_COVERAGE },
    { "(\"@method\" \"@path\" \"@query\" \"@query\")" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { "(\"@method\"  \"@path\" \"@query\")" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { "( \"@method\" \"@path\" \"@query\")" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { "(\"@method\" \"@path\" \"@query\"" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { "(\"@method\";req \"@path\" \"@query\")" PARAMETERS, FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED, FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";keyid=\"" KEYID "\";alg=\"ed25519\"", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";created=1618884473;alg=\"ed25519\"", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";created=1618884473;keyid=\"" KEYID "\"", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";created=1618884473;keyid=\"" KEYID "\";alg=\"rsa-v1_5-sha256\"",
      FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED PARAMETERS ";created=1618884473", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED PARAMETERS ";keyid=\"" KEYID "\"", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED PARAMETERS ";alg=\"ed25519\"", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED PARAMETERS ";foo=1", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED PARAMETERS ", sig2=()", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED PARAMETERS " ", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";created=-1;keyid=\"" KEYID "\";alg=\"ed25519\"", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";created=9999999999999999;keyid=\"" KEYID "\";alg=\"ed25519\"",
      FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";created=1618884473;keyid=\"26B40B8F93FFF3D897112F7EBC582B232DBD72517D082FE83CFB30DD"
      "CE43D1BB\";alg=\"ed25519\"", FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED ";created=1618884473;keyid=\"26b4\";alg=\"ed25519\"",
      FAR_HTTP_SIGNATURE_ERROR_SYNTAX },
    { COVERED PARAMETERS ";expires=1618884472", FAR_HTTP_SIGNATURE_ERROR_TIME },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *input = g_strconcat ("sig=", cases[i].parameters, NULL);
      g_autofree char *base = g_strconcat ("\"@method\": GET\n\"@path\": /foo\n\"@query\": ?\n"
                                           "\"@signature-params\": ", cases[i].parameters, NULL);
      g_autofree char *signature = sign_text (base);
      FarHttpSignatureFields fields = { input, signature, NULL };

      g_test_message ("%s", input);
      g_assert_false (verify (&get, &fields, NOW_US, cases[i].code));
    }
}

/* What the profile leaves open: another order, expires, nonce and tag. */
static void
test_input_accepted (void)
{
  static const char parameters[] =
    "(\"@query\" \"@path\" \"@method\");alg=\"ed25519\";nonce=\"n\";keyid=\"" KEYID "\";tag=\"t\""
    ";created=1618884473;expires=1618884473";
  g_autofree char *input = g_strconcat ("sig=", parameters, NULL);
  g_autofree char *base = g_strconcat ("\"@query\": ?\n\"@path\": /foo\n\"@method\": GET\n"
                                       "\"@signature-params\": ", parameters, NULL);
  g_autofree char *signature = sign_text (base);
  FarHttpSignatureFields fields = { input, signature, NULL };

  g_assert_true (verify (&get, &fields, NOW_US, 0));
}

static void
test_signature_refused (void)
{
  static const char *const texts[] = {
    "", "sig=", "sig=::", "sig=:AAAA:", "sig1=:AAAA:", "sig=:AAAA",
    "sig=:!!!!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAA==:",
  };
  g_autoptr (FarHttpSignatureFields) fields =
    far_http_signature_sign (&get, private_key, public_key, NOW_US);
  g_autofree char *bare = g_strndup (fields->signature, strlen (fields->signature) - 1);
  g_autofree char *other_bits = g_strdup (fields->signature);
  FarHttpSignatureFields altered = *fields;
  /* The last digit before "==" has four unused bits: another text for the same 64 bytes. */
  char *last = other_bits + strlen (other_bits) - 4;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      altered.signature = texts[i];
      g_assert_false (verify (&get, &altered, NOW_US, FAR_HTTP_SIGNATURE_ERROR_SYNTAX));
    }
  altered.signature = bare;
  g_assert_false (verify (&get, &altered, NOW_US, FAR_HTTP_SIGNATURE_ERROR_SYNTAX));
  *last = *last == 'A' ? 'B' : *last == 'Q' ? 'R' : *last == 'g' ? 'h' : 'x';
  altered.signature = other_bits;
  g_assert_false (verify (&get, &altered, NOW_US, FAR_HTTP_SIGNATURE_ERROR_SYNTAX));
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *keyid = NULL;

  g_test_init (&argc, &argv, NULL);
  g_assert_true (far_hex_decode ("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5",
                                 private_key, sizeof private_key));
  far_ed25519_public (private_key, public_key);
  keyid = far_hex_encode (public_key, sizeof public_key);
  g_assert_cmpstr (keyid, ==, KEYID);

  g_test_add_func ("/net/http-signature/base", test_base);
  g_test_add_func ("/net/http-signature/base-without-body", test_base_without_body);
  g_test_add_func ("/net/http-signature/window", test_window);
  g_test_add_func ("/net/http-signature/other-request", test_other_request);
  g_test_add_func ("/net/http-signature/line-break", test_line_break);
  g_test_add_func ("/net/http-signature/missing-fields", test_missing_fields);
  g_test_add_func ("/net/http-signature/input-refused", test_input_refused);
  g_test_add_func ("/net/http-signature/input-accepted", test_input_accepted);
  g_test_add_func ("/net/http-signature/signature-refused", test_signature_refused);
  return g_test_run ();
}
