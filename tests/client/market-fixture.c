/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fixture (see the header). */
#include "market-fixture.h"

#include <string.h>

#include "net/far-http-signature.h"

void
market_fixture_set_up (MarketFixture *fixture,
                       gconstpointer  unsigned_client)
{
  static const guint8 seed[FAR_ED25519_KEY_LEN] = { 7, };
  FarReaderKey *key = unsigned_client ? NULL : far_reader_key_new_from_seed (seed);

  fixture->server = fake_server_new_tcp ();
  fixture->clock = far_clock_new_manual (NOW_US);
  fixture->client = far_market_client_new (fake_server_get_url (fixture->server), key,
                                           fixture->clock);
}

void
market_fixture_tear_down (MarketFixture *fixture,
                          gconstpointer  data)
{
  g_assert_finalize_object (fixture->client);
  far_clock_unref (fixture->clock);
  fake_server_free (fixture->server);
}

void
expect (MarketFixture *fixture,
        const char    *method,
        const char    *target,
        const char    *answer)
{
  fake_server_queue (fixture->server, method, target, 200, answer);
}

void
assert_signed (MarketFixture *fixture)
{
  const FakeRequest *last = fake_server_get_last (fixture->server);
  g_auto (GStrv) parts = g_strsplit (last->target, "?", 2);
  gsize n_body;
  FarHttpSignable request = {
    .method = last->method, .path = parts[0], .query = parts[1],
    .body = g_bytes_get_data (last->body, &n_body),
  };
  FarHttpSignatureFields fields = {
    g_hash_table_lookup (last->headers, "signature-input"),
    g_hash_table_lookup (last->headers, "signature"),
    g_hash_table_lookup (last->headers, "content-digest"),
  };
  char keyid[FAR_HTTP_KEYID_LEN + 1];
  g_autoptr (GError) error = NULL;

  request.n_body = n_body;
  g_assert_true (far_http_signature_verify (&request, &fields, NOW_US, keyid, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (keyid, ==, far_market_client_get_reader (fixture->client));
}

void
assert_body (MarketFixture *fixture,
             const char    *expected)
{
  gsize n_bytes;
  const char *body = g_bytes_get_data (fake_server_get_last (fixture->server)->body, &n_bytes);

  g_assert_cmpmem (body, n_bytes, expected, strlen (expected));
}
