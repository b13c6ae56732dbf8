/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pledge, refund, wallet, earnings, and the three functions of ads: what they ask of the books, and
 * what they refuse before asking anything. */
#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"
#include "function-harness.h"
#include "functions/far-publication.h"

#define ROPE "three-strands"
#define VIEW "0123456789abcdef0123456789abcdef"

static Harness *
new_harness (const FarLambdaFunction *function)
{
  g_autofree char *folder = harness_demo ();

  return harness_new (function, folder, -1);
}

static void
assert_member (JsonObject *object,
               const char *name,
               const char *value)
{
  g_assert_cmpstr (json_object_get_string_member_with_default (object, name, "(none)"), ==, value);
}

static void
test_pledge (void)
{
  g_autoptr (Harness) harness = new_harness (&far_pledge_function);
  g_autofree char *reader = harness_reader (5);
  HarnessRequest request = {
    .method = "POST", .path = "/pledges", .signer = 5,
    .body = "{\"article\":\"" ROPE "\",\"price_micros\":\"50000\",\"key\":\"k-1\"}",
  };
  g_autoptr (HarnessAnswer) answer = NULL;
  JsonObject *asked;

  harness_expect (harness, "{\"ok\":true,\"moved_micros\":\"50000\",\"tab_micros\":\"50000\","
                           "\"existing\":false}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 200);
  assert_member (json_node_get_object (answer->json), "moved_micros", "50000");
  g_assert_false (json_object_has_member (json_node_get_object (answer->json), "ok"));
  asked = harness_asked (harness, 0);
  assert_member (asked, "command", "pledge");
  assert_member (asked, "key", "k-1");
  assert_member (asked, "reader", reader);
  assert_member (asked, "property", "ropewalk");
  assert_member (asked, "article", ROPE);
  assert_member (asked, "price_micros", "50000");
  assert_member (asked, "currency", "USD");
}

/* An article that becomes one of the archive at midnight: the old price holds a while for who was
 * shown it, the new one at once for everybody. */
static void
test_price_of_age (void)
{
  static const struct {
    gint64      after_us; /* midnight of 2031-03-09, 1826 days after the article's date */
    const char *price;
    const char *changed; /* to this; NULL: taken */
  } cases[] = {
    { -1, "50000", NULL },
    { -1, "20000", "50000" },
    { 0, "20000", NULL },
    { 0, "50000", NULL },
    { 15 * G_TIME_SPAN_MINUTE - 1, "50000", NULL },
    { 15 * G_TIME_SPAN_MINUTE, "50000", "20000" },
  };
  const gint64 midnight_us = G_GINT64_CONSTANT (1930780800) * G_USEC_PER_SEC;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Harness) harness = new_harness (&far_pledge_function);
      FarClock *clock = harness_clock (harness);
      g_autofree char *body = g_strdup_printf ("{\"article\":\"slow-bread\","
                                               "\"price_micros\":\"%s\",\"key\":\"k\"}",
                                               cases[i].price);
      HarnessRequest request = { .method = "POST", .path = "/pledges", .signer = 5, .body = body };
      g_autoptr (HarnessAnswer) answer = NULL;
      JsonObject *error;

      g_assert_true (far_clock_advance (clock, midnight_us + cases[i].after_us -
                                                 far_clock_now_us (clock), NULL));
      if (cases[i].changed == NULL)
        harness_expect (harness, "{\"ok\":true,\"moved_micros\":\"1\",\"tab_micros\":\"1\","
                                 "\"existing\":false}");
      answer = harness_call (harness, &request);
      g_assert_cmpuint (answer->status, ==, cases[i].changed != NULL ? 409 : 200);
      if (cases[i].changed == NULL)
        {
          assert_member (harness_asked (harness, 0), "price_micros", cases[i].price);
          continue;
        }
      error = json_object_get_object_member (json_node_get_object (answer->json), "error");
      assert_member (error, "price_micros", cases[i].changed);
    }
}

/* What a client says of the price guards against a change and decides nothing. */
static void
test_price (void)
{
  static const char *const prices[] = { "49999", "50001", "1", "0", "9000000000000000" };
  g_autoptr (Harness) harness = new_harness (&far_pledge_function);

  for (guint i = 0; i < G_N_ELEMENTS (prices); i++)
    {
      g_autofree char *body =
        g_strdup_printf ("{\"article\":\"" ROPE "\",\"price_micros\":\"%s\",\"key\":\"k\"}",
                         prices[i]);
      HarnessRequest request = { .method = "POST", .path = "/pledges", .signer = 5, .body = body };
      g_autoptr (HarnessAnswer) answer = harness_call (harness, &request);
      JsonObject *error;

      g_assert_cmpuint (answer->status, ==, 409);
      g_assert_cmpstr (harness_answer_code (answer), ==, "price_changed");
      error = json_object_get_object_member (json_node_get_object (answer->json), "error");
      assert_member (error, "price_micros", "50000");
    }
  g_assert_cmpuint (harness_n_asked (harness), ==, 0);
}

static void
test_bad_bodies (void)
{
  static const struct {
    const FarLambdaFunction *function;
    const char *path, *body, *message;
    guint status;
  } cases[] = {
    { &far_pledge_function, "/pledges", "", "", 400 },
    { &far_pledge_function, "/pledges", "{", "", 400 },
    { &far_pledge_function, "/pledges", "[]", "", 400 },
    { &far_pledge_function, "/pledges", "{\"article\":\"x\",\"article\":\"y\"}", "", 400 },
    { &far_pledge_function, "/pledges", "{\"article\":\"" ROPE "\",\"price_micros\":\"50000\"}",
      "key", 400 },
    { &far_pledge_function, "/pledges",
      "{\"article\":\"" ROPE "\",\"price_micros\":50000,\"key\":\"k\"}", "price_micros", 400 },
    { &far_pledge_function, "/pledges",
      "{\"article\":\"" ROPE "\",\"price_micros\":\"-50000\",\"key\":\"k\"}", "price_micros", 400 },
    { &far_pledge_function, "/pledges",
      "{\"article\":\"" ROPE "\",\"price_micros\":\"50000\",\"key\":\"k\",\"reader\":\"me\"}",
      "“reader” is not a member", 400 },
    { &far_pledge_function, "/pledges",
      "{\"article\":\"nothing\",\"price_micros\":\"50000\",\"key\":\"k\"}", "no article", 404 },
    { &far_refund_function, "/refunds", "{\"article\":\"" ROPE "\"}", "key", 400 },
    { &far_refund_function, "/refunds", "{\"article\":7,\"key\":\"k\"}", "article", 400 },
    { &far_ad_decision_function, "/ads/decisions", "{\"article\":\"nothing\",\"key\":\"k\"}",
      "no article", 404 },
    { &far_ad_decision_function, "/ads/decisions",
      "{\"article\":\"" ROPE "\",\"key\":\"k\",\"price\":\"1\"}", "“price” is not a member", 400 },
    { &far_ad_events_function, "/ads/events", "{\"event\":\"start\"}", "view", 400 },
    { &far_ad_events_function, "/ads/events",
      "{\"view\":\"" VIEW "\",\"event\":\"start\",\"visible_ms\":-1}", "visible_ms", 400 },
    { &far_ad_events_function, "/ads/events",
      "{\"view\":\"" VIEW "\",\"event\":\"start\",\"muted\":\"no\"}", "muted", 400 },
    { &far_cashier_function, "/wallet/methods", "{\"key\":\"k\"}", "method", 400 },
    { &far_cashier_function, "/wallet/methods",
      "{\"method\":\"4242424242424242\",\"key\":\"k\"}", "never sent", 400 },
    { &far_cashier_function, "/wallet/topups", "{\"key\":\"k\"}", "amount_micros", 400 },
    { &far_cashier_function, "/wallet/topups", "{\"key\":\"k\",\"amount_micros\":\"0\"}",
      "more than nothing", 400 },
    { &far_cashier_function, "/wallet/topups", "{\"key\":\"k\",\"amount_micros\":\"-5\"}",
      "amount_micros", 400 },
    { &far_cashier_function, "/wallet/setups", "{\"key\":\"k\",\"card\":\"4242\"}",
      "“card” is not a member", 400 },
    { &far_cashier_function, "/wallet/deletion", "{}", "key", 400 },
    { &far_wallet_function, "/wallet/caps", "{\"key\":\"k\",\"day_micros\":5}", "day_micros",
      400 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Harness) harness = new_harness (cases[i].function);
      HarnessRequest request = { .method = "POST", .path = cases[i].path, .signer = 5,
                                 .body = cases[i].body };
      g_autoptr (HarnessAnswer) answer = harness_call (harness, &request);

      if (answer->status != cases[i].status ||
          strstr (harness_answer_message (answer), cases[i].message) == NULL)
        g_error ("case %u: %u “%s”", i, answer->status, harness_answer_message (answer));
      g_assert_cmpuint (harness_n_asked (harness), ==, 0);
    }
}

/* Nobody acts for a reader who did not sign exactly this. */
static void
test_unsigned (void)
{
  static const struct {
    const FarLambdaFunction *function;
    const char *method, *body;
  } cases[] = {
    { &far_pledge_function, "POST",
      "{\"article\":\"" ROPE "\",\"price_micros\":\"50000\",\"key\":\"k-1\"}" },
    { &far_refund_function, "POST", "{\"article\":\"" ROPE "\",\"key\":\"k-1\"}" },
    { &far_wallet_function, "GET", NULL },
    { &far_wallet_function, "POST", "{\"day_micros\":\"1\",\"key\":\"k-1\"}" },
    { &far_cashier_function, "POST", "{\"method\":\"pm_card_visa\",\"key\":\"k-1\"}" },
    { &far_ad_decision_function, "POST", "{\"article\":\"" ROPE "\",\"key\":\"k-1\"}" },
    { &far_ad_creative_function, "GET", NULL },
    { &far_ad_events_function, "POST", "{\"view\":\"" VIEW "\",\"event\":\"start\"}" },
    { &far_entitlement_function, "GET", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Harness) harness = new_harness (cases[i].function);
      HarnessRequest request = { .method = cases[i].method, .path = "/x", .body = cases[i].body };
      g_autoptr (HarnessAnswer) answer = harness_call (harness, &request);

      g_assert_cmpuint (answer->status, ==, 401);
      g_assert_cmpstr (harness_answer_code (answer), ==, "signature_required");
      g_clear_pointer (&answer, harness_answer_free);

      request.signer = 5;
      request.signed_path = "/y";
      answer = harness_call (harness, &request);
      g_assert_cmpuint (answer->status, ==, 401);
      g_assert_cmpstr (harness_answer_code (answer), ==, "signature_invalid");
      g_clear_pointer (&answer, harness_answer_free);

      if (cases[i].body != NULL)
        {
          request.signed_path = NULL;
          request.tamper = TRUE;
          answer = harness_call (harness, &request);
          g_assert_cmpuint (answer->status, ==, 401);
          g_assert_cmpstr (harness_answer_code (answer), ==, "digest_mismatch");
        }
      g_assert_cmpuint (harness_n_asked (harness), ==, 0);
    }
}

/* The bookkeeper's refusals keep their code, their reason and their status. */
static void
test_refusals (void)
{
  static const struct {
    const char *answer, *code;
    guint status;
  } cases[] = {
    { "{\"error\":{\"code\":\"payment_method_required\",\"message\":\"add one\"}}",
      "payment_method_required", 402 },
    { "{\"error\":{\"code\":\"idempotency_mismatch\",\"message\":\"other content\"}}",
      "idempotency_mismatch", 422 },
    { "{\"error\":{\"code\":\"unknown\",\"message\":\"ask again\"}}", "unknown", 503 },
    { "{\"error\":{\"code\":\"busy\",\"message\":\"ask again\"}}", "busy", 503 },
    { NULL, "unknown", 503 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Harness) harness = new_harness (&far_pledge_function);
      HarnessRequest request = {
        .method = "POST", .path = "/pledges", .signer = 5,
        .body = "{\"article\":\"" ROPE "\",\"price_micros\":\"50000\",\"key\":\"k-1\"}",
      };
      g_autoptr (HarnessAnswer) answer = NULL;

      harness_expect (harness, cases[i].answer);
      answer = harness_call (harness, &request);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
      g_assert_cmpstr (harness_answer_code (answer), ==, cases[i].code);
      g_assert_cmpuint (strlen (harness_answer_message (answer)), >, 2);
      if (cases[i].status == 503)
        g_assert_cmpstr (harness_answer_header (answer, "retry-after"), ==, "1");
    }
}

#define INNER "The database /home/somebody/money/ledger.db: no such column: secret_micros"

/* What fails inside is told by a code and a sentence that helps. Its text, which may hold a path or
 * SQL, is the log's alone. */
static void
test_inner_failures (void)
{
  static const char *const answers[] = {
    "{\"error\":{\"code\":\"internal\",\"message\":\"" INNER "\"}}",
    "{\"error\":{\"code\":\"not_allowed\",\"message\":\"" INNER "\"}}",
    "{\"error\":{\"code\":\"unknown\",\"message\":\"" INNER "\"}}",
    "{\"error\":{\"code\":\"no_such_code\",\"message\":\"" INNER "\"}}",
  };
  static const struct {
    const FarLambdaFunction *function;
    const char *method, *path, *parameter, *body;
  } cases[] = {
    { &far_pledge_function, "POST", "/pledges", NULL,
      "{\"article\":\"" ROPE "\",\"price_micros\":\"50000\",\"key\":\"k\"}" },
    { &far_refund_function, "POST", "/refunds", NULL, "{\"article\":\"" ROPE "\",\"key\":\"k\"}" },
    { &far_wallet_function, "GET", "/wallet", NULL, NULL },
    { &far_wallet_function, "GET", "/wallet/history", NULL, NULL },
    { &far_wallet_function, "GET", "/wallet/export", NULL, NULL },
    { &far_wallet_function, "POST", "/wallet/caps", NULL, "{\"key\":\"k\"}" },
    { &far_cashier_function, "POST", "/wallet/setups", NULL, "{\"key\":\"k\"}" },
    { &far_cashier_function, "POST", "/wallet/refunds", NULL, "{\"key\":\"k\"}" },
    { &far_cashier_function, "POST", "/wallet/deletion", NULL, "{\"key\":\"k\"}" },
    { &far_cashier_function, "POST", "/tab/payments", NULL, "{\"key\":\"k\"}" },
    { &far_entitlement_function, "GET", "/entitlements", "article", NULL },
    { &far_offer_function, "GET", "/offers", "article", NULL },
    { &far_content_function, "GET", "/articles", "id", NULL },
    { &far_ad_decision_function, "POST", "/ads/decisions", NULL,
      "{\"article\":\"" ROPE "\",\"key\":\"k\"}" },
    { &far_ad_events_function, "POST", "/ads/events", NULL,
      "{\"view\":\"" VIEW "\",\"event\":\"start\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint k = 0; k < G_N_ELEMENTS (answers); k++)
      {
        g_autoptr (Harness) harness = new_harness (cases[i].function);
        HarnessRequest request = { .method = cases[i].method, .path = cases[i].path, .signer = 5,
                                   .parameter = cases[i].parameter, .value = ROPE,
                                   .body = cases[i].body };
        g_autoptr (HarnessAnswer) answer = NULL;
        g_autofree char *logs = NULL;

        harness_expect (harness, answers[k]);
        answer = harness_call (harness, &request);
        g_assert_null (strstr (answer->raw, "/home/"));
        g_assert_null (strstr (answer->raw, "column"));
        g_assert_null (strstr (answer->raw, "database"));
        if (cases[i].function != &far_content_function) /* which gives the free part, and says so */
          {
            g_assert_cmpuint (answer->status, >=, 500);
            g_assert_cmpuint (strlen (harness_answer_message (answer)), >, 20);
          }
        logs = harness_logs (harness);
        g_assert_nonnull (strstr (logs, "no such column"));
      }
}

static void
test_refund (void)
{
  g_autoptr (Harness) harness = new_harness (&far_refund_function);
  HarnessRequest request = { .method = "POST", .path = "/refunds", .signer = 5,
                             .body = "{\"article\":\"gone-from-the-site\",\"key\":\"k-2\"}" };
  g_autoptr (HarnessAnswer) answer = NULL;

  harness_expect (harness, "{\"ok\":true,\"refunded_micros\":\"50000\",\"text_until\":\"leave\"}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 200);
  assert_member (harness_asked (harness, 0), "article", "gone-from-the-site");
  assert_member (harness_asked (harness, 0), "key", "k-2");
}

static void
test_earnings (void)
{
  g_autoptr (Harness) harness = new_harness (&far_earnings_function);
  static const char *const bad[] = { NULL, "", "Bearer", "Bearer ", "Basic abc", "abc" };
  HarnessRequest request = { .method = "GET", .path = "/earnings", .header = "authorization" };
  g_autoptr (HarnessAnswer) answer = NULL;
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "sesame", -1);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      request.header = bad[i] != NULL ? "authorization" : NULL;
      request.header_value = bad[i];
      answer = harness_call (harness, &request);
      g_assert_cmpuint (answer->status, ==, 401);
      g_assert_cmpstr (harness_answer_code (answer), ==, "unauthorized");
      g_assert_cmpstr (harness_answer_header (answer, "www-authenticate"), ==, "Bearer");
      g_clear_pointer (&answer, harness_answer_free);
    }
  g_assert_cmpuint (harness_n_asked (harness), ==, 0);

  request.header = "authorization";
  request.header_value = "Bearer sesame";
  request.query = "days=0";
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 400);
  g_clear_pointer (&answer, harness_answer_free);

  request.query = "days=7";
  harness_expect (harness, "{\"ok\":true,\"currency\":\"USD\",\"publisher_micros\":\"35000\"}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 200);
  assert_member (harness_asked (harness, 0), "token", hash);
  g_assert_cmpint (json_object_get_int_member (harness_asked (harness, 0), "days"), ==, 7);
  g_assert_null (strstr (answer->raw, "sesame"));
}

/* Workshop: the downhill film bids 17,000, the spare parts 11,500, the tin 9,000; floor 2,000. The
 * increment is 0.01 CPM, 10 micros a view. */
static void
test_auction (void)
{
  static const struct {
    const char *campaign, *creative, *price_micros;
  } wanted[] = {
    { "pennywhistle-downhill", "pennywhistle-downhill.webm", "11510" },
    { "pennywhistle-spare-parts", "pennywhistle-spare-parts.png", "9010" },
    { "brackwater-tin", "brackwater-tin.png", "2000" },
  };
  g_autoptr (Harness) harness = new_harness (&far_ad_decision_function);
  HarnessRequest request = { .method = "POST", .path = "/ads/decisions", .signer = 5,
                             .body = "{\"article\":\"" ROPE "\",\"key\":\"k-3\"}" };
  g_autoptr (HarnessAnswer) answer = NULL;
  JsonObject *decision;
  JsonArray *candidates;

  harness_expect (harness, "{\"ok\":true,\"view\":\"" VIEW "\","
                           "\"campaign\":\"pennywhistle-downhill\","
                           "\"creative\":\"pennywhistle-downhill.webm\",\"duration_ms\":2900,"
                           "\"price_micros\":\"11510\",\"expires_us\":77}");
  answer = harness_call (harness, &request);
  candidates = json_object_get_array_member (harness_asked (harness, 0), "candidates");
  g_assert_cmpuint (json_array_get_length (candidates), ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      JsonObject *candidate = json_array_get_object_element (candidates, i);

      assert_member (candidate, "campaign", wanted[i].campaign);
      assert_member (candidate, "creative", wanted[i].creative);
      assert_member (candidate, "price_micros", wanted[i].price_micros);
      g_assert_cmpint (json_object_get_int_member (candidate, "total_bytes"), >, 1000);
    }
  decision = json_node_get_object (answer->json);
  assert_member (decision, "view", VIEW);
  assert_member (decision, "advertiser", "Pennywhistle Bicycles");
  assert_member (decision, "media_type", "video/webm");
  assert_member (decision, "landing_url", "https://pennywhistle.example/downhill");
}

/* No fill is said at once, with a way on; unknown campaigns are told to the books first. */
static void
test_no_fill (void)
{
  g_autoptr (Harness) harness = new_harness (&far_ad_decision_function);
  HarnessRequest request = { .method = "POST", .path = "/ads/decisions", .signer = 5,
                             .body = "{\"article\":\"" ROPE "\",\"key\":\"k-3\"}" };
  g_autoptr (HarnessAnswer) answer = NULL;
  JsonArray *campaigns;

  harness_expect (harness, "{\"error\":{\"code\":\"unknown_campaign\",\"message\":\"who?\"}}");
  harness_expect (harness, "{\"ok\":true,\"created\":false,\"changed\":false}");
  harness_expect (harness, "{\"ok\":true,\"created\":4,\"funded_micros\":\"200000000\"}");
  harness_expect (harness, "{\"ok\":true,\"view\":null,\"reason\":\"frequency_cap\"}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_nonnull (strstr (answer->body, "a pledge still opens this article"));
  campaigns = json_object_get_array_member (harness_asked (harness, 2), "campaigns");
  g_assert_cmpuint (json_array_get_length (campaigns), ==, 4);
  assert_member (json_array_get_object_element (campaigns, 0), "budget_micros", "5000000000");
  assert_member (harness_asked (harness, 3), "key", "k-3");
}

static void
test_creative (void)
{
  g_autoptr (Harness) harness = new_harness (&far_ad_creative_function);
  g_autofree char *demo = harness_demo ();
  g_autofree char *path = g_build_filename (demo, "media", "brackwater-tin.png", NULL);
  g_autofree char *file = NULL;
  HarnessRequest request = { .method = "GET", .path = "/ads/creatives/" VIEW, .signer = 5,
                             .parameter = "view", .value = VIEW };
  g_autoptr (HarnessAnswer) answer = NULL;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &file, &n_bytes, NULL));
  harness_expect (harness, "{\"ok\":true,\"campaign\":\"brackwater-tin\","
                           "\"creative\":\"brackwater-tin.png\",\"state\":\"reserved\"}");
  harness_expect (harness, "{\"ok\":true,\"fetched_bytes\":1,\"total_bytes\":1}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (harness_answer_header (answer, "content-type"), ==, "image/png");
  g_assert_cmpmem (answer->body, answer->n_body, file, n_bytes);
  assert_member (harness_asked (harness, 1), "command", "view.fetched");
  g_assert_cmpint (json_object_get_int_member (harness_asked (harness, 1), "bytes"), ==, n_bytes);
  g_clear_pointer (&answer, harness_answer_free);

  /* Not sent, not counted. */
  harness_expect (harness, "{\"error\":{\"code\":\"unknown_view\",\"message\":\"none of yours\"}}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 404);
  g_clear_pointer (&answer, harness_answer_free);

  /* Counted, or not sent. */
  harness_expect (harness, "{\"ok\":true,\"campaign\":\"brackwater-tin\","
                           "\"creative\":\"brackwater-tin.png\",\"state\":\"abandoned\"}");
  harness_expect (harness, "{\"error\":{\"code\":\"view_closed\",\"message\":\"it is over\"}}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 409);
  g_assert_cmpuint (answer->n_body, <, 200);
}

static void
test_events (void)
{
  g_autoptr (Harness) harness = new_harness (&far_ad_events_function);
  HarnessRequest request = {
    .method = "POST", .path = "/ads/events", .signer = 5,
    .body = "{\"view\":\"" VIEW "\",\"event\":\"complete\",\"visible_ms\":2900,\"muted\":true}",
  };
  g_autoptr (HarnessAnswer) answer = NULL;
  JsonObject *asked;

  harness_expect (harness, "{\"error\":{\"code\":\"too_soon\",\"message\":\"wait 900 ms\"}}");
  answer = harness_call (harness, &request);
  g_assert_cmpuint (answer->status, ==, 409);
  g_assert_cmpstr (harness_answer_code (answer), ==, "too_soon");
  asked = harness_asked (harness, 0);
  assert_member (asked, "command", "view.event");
  assert_member (asked, "event", "complete");
  g_assert_cmpint (json_object_get_int_member (asked, "visible_ms"), ==, 2900);
  g_assert_true (json_object_get_boolean_member (asked, "muted"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("PROVIDER_KEY", "sk_test_of_the_tests", TRUE);
  g_test_add_func ("/buying/pledge", test_pledge);
  g_test_add_func ("/buying/price", test_price);
  g_test_add_func ("/buying/price-of-age", test_price_of_age);
  g_test_add_func ("/buying/bad-bodies", test_bad_bodies);
  g_test_add_func ("/buying/unsigned", test_unsigned);
  g_test_add_func ("/buying/refusals", test_refusals);
  g_test_add_func ("/buying/inner-failures", test_inner_failures);
  g_test_add_func ("/buying/refund", test_refund);
  g_test_add_func ("/buying/earnings", test_earnings);
  g_test_add_func ("/buying/auction", test_auction);
  g_test_add_func ("/buying/no-fill", test_no_fill);
  g_test_add_func ("/buying/creative", test_creative);
  g_test_add_func ("/buying/events", test_events);
  return g_test_run ();
}
