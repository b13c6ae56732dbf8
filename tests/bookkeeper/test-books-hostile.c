/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests from somebody who wants to break the books: valid ones with bytes flipped, cut, doubled
 * and spliced, by seed. Every one is answered with valid JSON, nothing crashes, and the books add
 * up all the way.
 *
 *   FARTHING_HOSTILE=N  how many requests (default 20000) */
#include "books-world.h"

#include <string.h>

#include "base/far-frame.h"
#include "base/far-random.h"

#define REQUESTS_DEFAULT 20000
#define ROUND 250
#define READER "0000000000000000000000000000000000000000000000000000000000000001"
#define ID "01234567012345670123456701234567"

static const char *const seeds[] = {
  "{\"command\":\"pledge\",\"key\":\"k1\",\"reader\":\"" READER "\",\"property\":\"news\","
  "\"article\":\"a1\",\"price_micros\":\"50000\",\"currency\":\"USD\"}",
  "{\"command\":\"refund\",\"key\":\"k2\",\"reader\":\"" READER "\",\"property\":\"news\","
  "\"article\":\"a1\"}",
  "{\"command\":\"wallet\",\"reader\":\"" READER "\",\"property\":\"news\"}",
  "{\"command\":\"entitlement\",\"reader\":\"" READER "\",\"property\":\"news\","
  "\"article\":\"a1\"}",
  "{\"command\":\"method.set\",\"key\":\"k3\",\"reader\":\"" READER "\",\"customer\":\"cus_1\","
  "\"payment_method\":\"pm_1\"}",
  "{\"command\":\"view.reserve\",\"key\":\"k4\",\"reader\":\"" READER "\",\"property\":\"news\","
  "\"article\":\"a2\",\"candidates\":[{\"campaign\":\"tea\",\"creative\":\"t\","
  "\"duration_ms\":4000,\"total_bytes\":10,\"price_micros\":\"900\"}]}",
  "{\"command\":\"view.event\",\"reader\":\"" READER "\",\"view\":\"" ID "\",\"event\":\"start\","
  "\"visible_ms\":5,\"muted\":false}",
  "{\"command\":\"view.fetched\",\"reader\":\"" READER "\",\"view\":\"" ID "\",\"bytes\":10}",
  "{\"command\":\"view.get\",\"reader\":\"" READER "\",\"view\":\"" ID "\"}",
  "{\"command\":\"campaign.ensure\",\"campaigns\":[{\"campaign\":\"tea\",\"advertiser\":\"leaf\","
  "\"currency\":\"USD\",\"budget_micros\":\"100000\",\"frequency_cap\":3}]}",
  "{\"command\":\"property.ensure\",\"property\":\"news\",\"currency\":\"USD\",\"terms\":{"
  "\"fee_bps\":3000,\"free_limit\":\"2\",\"free_type\":\"count\",\"refund_window_s\":60}}",
  "{\"command\":\"tabs.due\",\"limit\":5}",
  "{\"command\":\"charge.begin\",\"key\":\"k5\",\"tab\":\"" ID "\"}",
  "{\"command\":\"charge.finish\",\"intent\":\"" ID "\",\"outcome\":\"succeeded\","
  "\"fee_micros\":\"1\"}",
  "{\"command\":\"earnings\",\"token\":\"" READER "\",\"property\":\"news\",\"days\":2}",
  "{\"command\":\"ledger.status\"}",
  "{\"command\":\"ledger.verify\"}",
  "{\"command\":\"checkout.begin\",\"key\":\"k6\",\"reader\":\"" READER "\","
  "\"property\":\"news\",\"kind\":\"topup\",\"amount_micros\":\"5000000\"}",
  "{\"command\":\"checkout.begin\",\"key\":\"k7\",\"reader\":\"" READER "\","
  "\"property\":\"news\",\"kind\":\"setup\"}",
  "{\"command\":\"checkout.session\",\"checkout\":\"" ID "\",\"session\":\"cs\","
  "\"url\":\"https://p\"}",
  "{\"command\":\"checkout.get\",\"reader\":\"" READER "\",\"checkout\":\"" ID "\"}",
  "{\"command\":\"checkout.finish\",\"checkout\":\"" ID "\",\"outcome\":\"succeeded\","
  "\"provider_id\":\"pi_1\",\"fee_micros\":\"1\",\"fee_currency\":\"EUR\"}",
  "{\"command\":\"checkouts.open\",\"before_us\":5}",
  "{\"command\":\"wallet.refund.begin\",\"key\":\"k8\",\"reader\":\"" READER "\","
  "\"property\":\"news\"}",
  "{\"command\":\"wallet.refund.finish\",\"refund\":\"" ID "\",\"outcome\":\"failed\"}",
  "{\"command\":\"refunds.open\"}",
  "{\"command\":\"tab.pay\",\"key\":\"k9\",\"reader\":\"" READER "\","
  "\"property\":\"news\"}",
  "{\"command\":\"caps.set\",\"key\":\"ka\",\"reader\":\"" READER "\","
  "\"property\":\"news\",\"day_micros\":\"90000\",\"month_micros\":\"0\"}",
  "{\"command\":\"history\",\"reader\":\"" READER "\",\"property\":\"news\",\"limit\":3,"
  "\"before\":\"1.0\"}",
  "{\"command\":\"reader.export\",\"reader\":\"" READER "\",\"section\":\"pledges\","
  "\"after\":1}",
  "{\"command\":\"reader.delete\",\"reader\":\"" READER "\",\"confirm\":false}",
  "{\"command\":\"dispute.apply\",\"dispute\":\"dp\",\"payment\":\"pi_1\","
  "\"status\":\"opened\",\"amount_micros\":\"5\",\"fee_micros\":\"7\"}",
  "{\"command\":\"publisher.set\",\"publisher\":\"news\",\"legal_name\":\"N\","
  "\"iban\":\"DE89370400440532013000\",\"threshold_micros\":\"0\"}",
  "{\"command\":\"publisher.list\",\"offset\":0}",
  "{\"command\":\"house.set\",\"legal_name\":\"H\",\"iban\":\"DE89370400440532013000\"}",
  "{\"command\":\"payout.prepare\",\"key\":\"kb\",\"currency\":\"USD\"}",
  "{\"command\":\"payout.export\",\"batch\":\"" ID "\",\"format\":\"csv\",\"offset\":0}",
  "{\"command\":\"payout.paid\",\"key\":\"kc\",\"payout\":\"" ID "\","
  "\"reference\":\"r\"}",
  "{\"command\":\"payout.failed\",\"key\":\"kd\",\"payout\":\"" ID "\","
  "\"reason\":\"no\"}",
  "{\"command\":\"payout.list\",\"token\":\"" READER "\",\"property\":\"news\"}",
  "{\"command\":\"token.create\",\"hash\":\"" READER "\",\"role\":\"publisher\","
  "\"scope\":\"property:news\",\"label\":\"l\"}",
  "{\"command\":\"token.revoke\",\"token\":\"0000000000000000\"}",
  "{\"command\":\"trace\",\"token\":\"" READER "\",\"property\":\"news\","
  "\"article\":\"a1\",\"limit\":2}",
  "{\"command\":\"statement\",\"token\":\"" READER "\",\"month\":\"2026-11\","
  "\"currency\":\"USD\"}",
  "{\"command\":\"earnings.articles\",\"token\":\"" READER "\",\"property\":\"news\","
  "\"from_us\":1,\"to_us\":2}",
  "{\"command\":\"receipts\",\"reader\":\"" READER "\",\"property\":\"news\","
  "\"article\":\"a1\"}",
  "{\"command\":\"ledger.checkpoint\",\"from\":1}",
  "{\"command\":\"ledger.health\"}",
};

/* What often breaks something. */
static const char *const tokens[] = {
  "-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e308",
  "9000000000000000", "null", "true", "[]", "{}", "\"\"", "\\u0000", "\\ud800", "'", "\"; DROP",
  "\xf0\x9f\x92\xb8", "\xc0\x80", "EUR", "property:news", "JPY", "a2", "k1", "tea", "00",
  "complete", "failed",
};

static void
mutate (FarRng *rng, GString *text)
{
  guint at = far_rng_below (rng, (guint32) text->len);
  guint length = 1 + far_rng_below (rng, 12);
  guint n = MIN (length, (guint) text->len - at);
  const char *other = seeds[far_rng_below (rng, G_N_ELEMENTS (seeds))];
  g_autofree char *piece = g_strndup (text->str + at, n);

  switch (far_rng_below (rng, 8))
    {
    case 0:
      text->str[at] ^= (char) (1 << far_rng_below (rng, 7));
      if (text->str[at] == '\0')
        text->str[at] = '0';
      break;
    case 1:
      g_string_erase (text, at, n);
      break;
    case 2:
      g_string_insert (text, at, piece);
      break;
    case 3:
      g_string_insert (text, at, tokens[far_rng_below (rng, G_N_ELEMENTS (tokens))]);
      break;
    case 4:
      g_string_truncate (text, at + 1);
      g_string_append (text, other + far_rng_below (rng, (guint32) strlen (other)));
      break;
    case 5:
      text->str[at] = (char) ('0' + far_rng_below (rng, 10));
      break;
    case 6: /* a whole value for another */
      if (strchr (text->str + at, ':') != NULL)
        {
          gsize from = (gsize) (strchr (text->str + at, ':') - text->str) + 1;

          g_string_erase (text, (gssize) from, (gssize) strcspn (text->str + from, ",}"));
          g_string_insert (text, (gssize) from,
                           tokens[far_rng_below (rng, G_N_ELEMENTS (tokens))]);
        }
      break;
    default: /* as it is, again */
      break;
    }
  if (text->len == 0)
    g_string_append_c (text, '{');
}

static gboolean
ask (World *world, const GString *request)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;
  gsize n;

  answer = far_books_execute (world->books, "hostile", FAR_COMMANDS_ALL, request->str, request->len,
                              &n, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, <=, FAR_FRAME_MAX);
  node = far_json_parse_object (answer, n, FAR_FRAME_MAX, &error);
  if (error != NULL)
    g_error ("%s → %s: %s", request->str, answer, error->message);
  object = json_node_get_object (node);
  g_assert_true (json_object_has_member (object, "ok") != json_object_has_member (object, "error"));
  if (json_object_has_member (object, "ok"))
    return TRUE;
  object = json_object_get_object_member (object, "error");
  g_assert_cmpstr (json_object_get_string_member (object, "code"), !=, "internal");
  return FALSE;
}

static void
test_hostile (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (GError) error = NULL;
  const char *asked = g_getenv ("FARTHING_HOSTILE");
  guint64 n_requests = REQUESTS_DEFAULT;
  guint n_ok = 0;
  FarRng rng;

  if (asked != NULL)
    g_assert_true (g_ascii_string_to_unsigned (asked, 10, 1, G_MAXUINT32, &n_requests, NULL));
  world_furnish (world, 1000000);
  far_rng_init (&rng, 1, 1);
  for (guint64 i = 0; i < n_requests; i += ROUND)
    {
      g_assert_true (far_books_begin (world->books, &error));
      for (guint j = 0; j < ROUND; j++)
        {
          g_autoptr (GString) request =
            g_string_new (seeds[far_rng_below (&rng, G_N_ELEMENTS (seeds))]);

          for (guint k = far_rng_below (&rng, 4); k > 0; k--)
            mutate (&rng, request);
          n_ok += ask (world, request);
        }
      g_assert_true (far_books_sweep (world->books, &error));
      g_assert_true (far_books_commit (world->books, &error));
      g_assert_true (far_books_check (world->books, &error));
      g_assert_no_error (error);
      world_advance (world, (1 + far_rng_below (&rng, 7200)) * WORLD_SECOND);
    }
  g_test_message ("%u of %u were taken", n_ok, (guint) n_requests);
  g_assert_cmpuint (n_ok, >, n_requests / 20);
  g_assert_cmpuint (n_ok, <, n_requests * 19 / 20);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/hostile", test_hostile);
  return g_test_run ();
}
