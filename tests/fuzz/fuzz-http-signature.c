/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any request with any signature fields: seven lines (method, path, query, Signature-Input,
 * Signature, Content-Digest, and the body to the end). What is accepted must be refused as soon as
 * any part of what is signed differs. */
#include "fuzz-driver.h"

#include <string.h>

#include "base/far-id.h"
#include "net/far-http-signature.h"

#define NOW_US (G_GINT64_CONSTANT (1618884473) * 1000000)
#define N_LINES 7

static const char *
line_or_null (char **lines, guint n_lines, guint index)
{
  return index < n_lines && *lines[index] != '\0' ? lines[index] : NULL;
}

static void
refuse (FarHttpSignable request, const FarHttpSignatureFields *fields, gint64 now_us)
{
  char keyid[FAR_HTTP_KEYID_LEN + 1];

  g_assert_false (far_http_signature_verify (&request, fields, now_us, keyid, NULL));
}

static void
alter (const FarHttpSignable *request, const FarHttpSignatureFields *fields)
{
  g_autofree char *body = g_strconcat (request->body, "x", NULL);
  FarHttpSignable other;

  other = *request;
  other.method = "OTHER";
  refuse (other, fields, NOW_US);
  other = *request;
  other.path = "/somewhere/else";
  refuse (other, fields, NOW_US);
  other = *request;
  other.query = "something=else";
  refuse (other, fields, NOW_US);
  other = *request;
  other.body = body;
  other.n_body = strlen (body);
  refuse (other, fields, NOW_US);
  refuse (*request, fields, NOW_US + G_GINT64_CONSTANT (601000000));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", N_LINES);
  guint n = g_strv_length (lines);
  FarHttpSignable request = {
    .method = n > 0 ? lines[0] : "", .path = n > 1 ? lines[1] : "",
    .query = line_or_null (lines, n, 2), .body = n > 6 ? lines[6] : "",
  };
  FarHttpSignatureFields fields = {
    line_or_null (lines, n, 3), line_or_null (lines, n, 4), line_or_null (lines, n, 5),
  };
  char keyid[FAR_HTTP_KEYID_LEN + 1] = "untouched";
  guint8 key[FAR_ED25519_KEY_LEN];
  g_autoptr (GError) error = NULL;

  request.n_body = strlen (request.body);
  if (!far_http_signature_verify (&request, &fields, NOW_US, keyid, &error))
    {
      g_assert_true (error->domain == FAR_HTTP_SIGNATURE_ERROR);
      g_assert_cmpstr (keyid, ==, "untouched");
      return 0;
    }
  g_assert_true (far_hex_decode (keyid, key, sizeof key));
  alter (&request, &fields);
  return 0;
}
