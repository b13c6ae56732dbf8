/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The market API's client against a fake gateway: what is asked is signed, and what is answered
 * becomes the structs that pages bind to. */
#include "market-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "net/far-http-signature.h"

#define HEAD \
  "\"id\":\"owls\",\"title\":\"Owls\",\"author\":\"A. Tawny\",\"date\":\"2026-03-14\"," \
  "\"category\":\"nature\",\"summary\":\"At night\",\"picture\":\"/media/owl.png\"," \
  "\"picture_alt\":\"An owl\",\"price_micros\":\"50000\",\"currency\":\"USD\""

static void
test_articles (MarketFixture *fixture,
               gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) articles = NULL;
  FarArticleSummary *owls;

  expect (fixture, "GET", "/articles", "{\"articles\":[{" HEAD ",\"words\":9}],\"more\":1}");
  far_market_client_list_articles_async (fixture->client, NULL, fake_take_result,
                                         &fixture->result);
  result = fake_wait (&fixture->result);
  articles = far_market_client_list_articles_finish (fixture->client, result, NULL);
  g_assert_cmpuint (articles->len, ==, 1);
  owls = g_ptr_array_index (articles, 0);
  g_assert_cmpstr (owls->id, ==, "owls");
  g_assert_cmpstr (owls->author, ==, "A. Tawny");
  g_assert_cmpstr (owls->picture, ==, "/media/owl.png");
  g_assert_cmpint (owls->price_micros, ==, 50000);
  assert_signed (fixture);
}

static FarArticle *
get_article (MarketFixture *fixture,
             const char  *id,
             GError     **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  far_market_client_get_article_async (fixture->client, id, NULL, fake_take_result,
                                       &fixture->result);
  result = fake_wait (&fixture->result);
  return far_market_client_get_article_finish (fixture->client, result, error);
}

static FarBlock *
nth_block (GPtrArray *blocks,
           guint      index)
{
  g_assert_cmpuint (index, <, blocks->len);
  return g_ptr_array_index (blocks, index);
}

static void
test_article (MarketFixture *fixture,
              gconstpointer  data)
{
  g_autoptr (FarArticle) article = NULL;

  expect (fixture, "GET", "/articles/owls",
          "{" HEAD ",\"entitled\":true,\"by\":\"pledge\",\"free\":["
          "{\"kind\":\"text\",\"text\":\"a <b> & über\",\"spans\":["
          "{\"start\":8,\"length\":4,\"style\":\"strong\"}]},"
          "{\"kind\":\"heading\",\"level\":2,\"text\":\"Two\"}],"
          "\"body\":[{\"kind\":\"list\",\"ordered\":false,\"items\":[{\"text\":\"one\"},"
          "{\"text\":\"two\"}]},{\"kind\":\"quote\",\"text\":\"said\"},"
          "{\"kind\":\"picture\",\"picture\":\"/media/x.png\",\"text\":\"A picture\"},"
          "{\"kind\":\"of a newer server\",\"text\":\"words\"}]}");
  article = get_article (fixture, "owls", NULL);
  g_assert_true (article->entitled);
  g_assert_cmpuint (article->free_blocks->len, ==, 2);
  g_assert_cmpstr (nth_block (article->free_blocks, 0)->text, ==, "a <b> & über");
  g_assert_cmpstr (nth_block (article->free_blocks, 0)->markup, ==,
                   "a &lt;b&gt; &amp; <b>über</b>");
  g_assert_cmpint (nth_block (article->free_blocks, 1)->kind, ==, FAR_BLOCK_HEADING);
  g_assert_cmpint (nth_block (article->free_blocks, 1)->level, ==, 2);
  g_assert_cmpuint (article->paid_blocks->len, ==, 5);
  g_assert_cmpint (nth_block (article->paid_blocks, 1)->kind, ==, FAR_BLOCK_LIST_ITEM);
  g_assert_cmpint (nth_block (article->paid_blocks, 2)->kind, ==, FAR_BLOCK_QUOTE);
  g_assert_cmpstr (nth_block (article->paid_blocks, 3)->picture, ==, "/media/x.png");
  g_assert_cmpint (nth_block (article->paid_blocks, 4)->kind, ==, FAR_BLOCK_PARAGRAPH);
  g_assert_cmpint (article->text_bytes, ==, strlen ("a <b> & überTwoonetwosaidA picturewords"));
}

/* Whatever a server sends, markup stays balanced, escaped, and links only to the web. */
static void
test_markup (MarketFixture *fixture,
             gconstpointer  data)
{
  static const struct { const char *spans, *markup; } cases[] = {
    { "[{\"start\":0,\"length\":2,\"style\":\"emphasis\"}]", "<i>ab</i>&lt;d" },
    { "[{\"start\":0,\"length\":4,\"style\":\"code\"}]", "<tt>ab&lt;d</tt>" },
    { "[{\"start\":0,\"length\":5,\"style\":\"code\"}]", "ab&lt;d" },
    { "[{\"start\":-1,\"length\":2,\"style\":\"code\"}]", "ab&lt;d" },
    { "[{\"start\":4,\"length\":1,\"style\":\"code\"}]", "ab&lt;d" },
    { "[{\"start\":1,\"length\":0,\"style\":\"code\"}]", "ab&lt;d" },
    { "[{\"start\":9223372036854775807,\"length\":9223372036854775807,\"style\":\"code\"}]",
      "ab&lt;d" },
    { "[{\"start\":0,\"length\":3,\"style\":\"strong\"},"
      "{\"start\":1,\"length\":3,\"style\":\"code\"}]", "<b>ab&lt;</b>d" },
    { "[{\"start\":0,\"length\":1,\"style\":\"script\"}]", "ab&lt;d" },
    { "[5,null,{}]", "ab&lt;d" },
    { "[{\"start\":0,\"length\":1,\"style\":\"link\",\"url\":\"https://x/?a=1&b=\\\"2\\\"\"}]",
      "<a href=\"https://x/?a=1&amp;b=&quot;2&quot;\">a</a>b&lt;d" },
    { "[{\"start\":0,\"length\":1,\"style\":\"link\",\"url\":\"javascript:alert(1)\"}]",
      "ab&lt;d" },
    { "[{\"start\":0,\"length\":1,\"style\":\"link\",\"url\":\"file:///etc/passwd\"}]",
      "ab&lt;d" },
    { "[{\"start\":0,\"length\":1,\"style\":\"link\"}]", "ab&lt;d" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = g_strdup_printf (
        "{" HEAD ",\"entitled\":false,\"free\":[{\"kind\":\"text\",\"text\":\"ab<d\","
        "\"spans\":%s}]}", cases[i].spans);

      expect (fixture, "GET", "/articles/owls", answer);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (FarArticle) article = get_article (fixture, "owls", NULL);

      g_assert_cmpstr (nth_block (article->free_blocks, 0)->markup, ==, cases[i].markup);
      g_assert_cmpuint (article->paid_blocks->len, ==, 0);
    }
}

/* Names go into paths as one segment, whatever they hold. */
static void
test_escaped (MarketFixture *fixture,
              gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fake_server_queue (fixture->server, "GET", "/articles/..%2F..%2Fx%3Fy%23z", 404,
                     "{\"error\":{\"code\":\"unknown_article\",\"message\":\"No\"}}");
  g_assert_null (get_article (fixture, "../../x?y#z", &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_FOUND);
  g_assert_cmpstr (far_client_error_get_code (error), ==, "unknown_article");
  assert_signed (fixture);
}

static void
test_incomplete (MarketFixture *fixture,
                 gconstpointer  data)
{
  static const char *const answers[] = {
    "{}", "{" HEAD "}", "{" HEAD ",\"entitled\":true,\"free\":[]}",
    "{" HEAD ",\"entitled\":\"no\",\"free\":[]}",
    "{" HEAD ",\"entitled\":false,\"free\":[{\"kind\":\"text\"}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    expect (fixture, "GET", "/articles/owls", answers[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (get_article (fixture, "owls", &error));
      g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
    }
}

static void
test_offer (MarketFixture *fixture,
            gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarOffer) offer = NULL;

  expect (fixture, "GET", "/offers/owls",
          "{\"entitled\":false,\"article\":\"owls\",\"title\":\"Owls\",\"currency\":\"USD\","
          "\"price_micros\":\"50000\",\"pledge\":true,\"refund_window_us\":86400000000,"
          "\"ad\":true,\"ad_duration_ms\":15000,\"tab_micros\":\"100000\","
          "\"method_required\":false}");
  far_market_client_get_offer_async (fixture->client, "owls", NULL, fake_take_result,
                                     &fixture->result);
  result = fake_wait (&fixture->result);
  offer = far_market_client_get_offer_finish (fixture->client, result, NULL);
  g_assert_true (offer->pledge && offer->ad && !offer->method_required);
  g_assert_cmpint (offer->price_micros, ==, 50000);
  g_assert_cmpint (offer->tab_micros, ==, 100000);
  g_assert_cmpint (offer->ad_duration_ms, ==, 15000);
  g_assert_cmpint (offer->refund_window_us, ==, G_GINT64_CONSTANT (86400000000));
}

static void
test_pledge (MarketFixture *fixture,
             gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarPledge) pledge = NULL;

  expect (fixture, "POST", "/pledges",
          "{\"ok\":true,\"moved_micros\":\"50000\",\"tab_micros\":\"50000\","
          "\"wallet_micros\":\"0\",\"existing\":false,\"paid_from\":\"tab\",\"entitlement\":"
          "{\"article\":\"owls\",\"by\":\"pledge\",\"since_us\":5,\"refundable_until_us\":9}}");
  far_market_client_pledge_async (fixture->client, "owls", 50000, "key-1", NULL, fake_take_result,
                                  &fixture->result);
  result = fake_wait (&fixture->result);
  pledge = far_market_client_pledge_finish (fixture->client, result, NULL);
  assert_body (fixture, "{\"article\":\"owls\",\"price_micros\":\"50000\",\"key\":\"key-1\"}");
  assert_signed (fixture);
  g_assert_cmpint (pledge->moved_micros, ==, 50000);
  g_assert_false (pledge->existing);
  g_assert_true (pledge->entitlement->entitled);
  g_assert_cmpstr (pledge->entitlement->by, ==, "pledge");
  g_assert_cmpint (pledge->entitlement->refundable_until_us, ==, 9);
}

static void
test_pledge_refused (MarketFixture *fixture,
                     gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fake_server_queue (fixture->server, "POST", "/pledges", 402,
                     "{\"error\":{\"code\":\"payment_method_required\",\"message\":\"Add a payment "
                     "method\"}}");
  far_market_client_pledge_async (fixture->client, "owls", 50000, "key-1", NULL, fake_take_result,
                                  &fixture->result);
  result = fake_wait (&fixture->result);
  g_assert_null (far_market_client_pledge_finish (fixture->client, result, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PAYMENT);
  g_assert_cmpstr (far_client_error_get_code (error), ==, "payment_method_required");
  g_assert_cmpstr (error->message, ==, "Add a payment method");
}

static void
test_ad (MarketFixture *fixture,
         gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarAdDecision) decision = NULL;
  g_autoptr (FarAdDecision) none = NULL;
  g_autoptr (FarAdProgress) progress = NULL;

  expect (fixture, "POST", "/ads/decisions",
          "{\"view\":\"0123456789abcdef0123456789abcdef\",\"campaign\":\"c\","
          "\"advertiser\":\"Pond & Sons\",\"title\":\"Boots\",\"landing_url\":\"https://x/\","
          "\"media_type\":\"video/webm\",\"total_bytes\":5,\"duration_ms\":15000,"
          "\"price_micros\":\"20000\",\"currency\":\"USD\",\"expires_us\":7}");
  expect (fixture, "POST", "/ads/decisions", "{\"view\":null,\"reason\":\"no_budget\"}");
  expect (fixture, "POST", "/ads/events",
          "{\"state\":\"midpoint\",\"entitled\":false,\"wait_ms\":3000,"
          "\"publisher_micros\":\"0\"}");

  far_market_client_decide_ad_async (fixture->client, "owls", "k", NULL, fake_take_result,
                                     &fixture->result);
  result = fake_wait (&fixture->result);
  decision = far_market_client_decide_ad_finish (fixture->client, result, NULL);
  assert_body (fixture, "{\"article\":\"owls\",\"key\":\"k\"}");
  g_assert_cmpstr (decision->view, ==, "0123456789abcdef0123456789abcdef");
  g_assert_cmpstr (decision->media_type, ==, "video/webm");
  g_assert_cmpint (decision->duration_ms, ==, 15000);
  g_assert_cmpint (decision->price_micros, ==, 20000);
  g_clear_object (&result);

  far_market_client_decide_ad_async (fixture->client, "owls", "k2", NULL, fake_take_result,
                                     &fixture->result);
  result = fake_wait (&fixture->result);
  none = far_market_client_decide_ad_finish (fixture->client, result, NULL);
  g_assert_cmpstr (none->view, ==, "");
  g_assert_cmpstr (none->reason, ==, "no_budget");
  g_clear_object (&result);

  far_market_client_send_ad_event_async (fixture->client, decision->view, "midpoint", 7500, TRUE,
                                         NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  progress = far_market_client_send_ad_event_finish (fixture->client, result, NULL);
  assert_body (fixture, "{\"view\":\"0123456789abcdef0123456789abcdef\",\"event\":\"midpoint\","
                        "\"visible_ms\":7500,\"muted\":true}");
  assert_signed (fixture);
  g_assert_cmpstr (progress->state, ==, "midpoint");
  g_assert_cmpint (progress->wait_ms, ==, 3000);
}

static void
test_creative (MarketFixture *fixture,
               gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GFile) file = NULL;
  g_autofree char *contents = NULL;
  struct stat status;

  expect (fixture, "GET", "/ads/creatives/abc", "the bytes of a film");
  far_market_client_download_creative_async (fixture->client, "abc", "video/webm", NULL,
                                             fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  file = far_market_client_download_creative_finish (fixture->client, result, NULL);
  g_assert_true (g_str_has_suffix (g_file_peek_path (file), ".webm"));
  g_assert_true (g_file_get_contents (g_file_peek_path (file), &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "the bytes of a film");
  g_assert_cmpint (g_stat (g_file_peek_path (file), &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_unlink (g_file_peek_path (file)), ==, 0);
}

static void
test_media (MarketFixture *fixture,
            gconstpointer  data)
{
  static const char *const bad[] = { "", "media/x", "//evil.example/x", "http://evil.example/x",
                                     "/media/x y", "/media/x?y", "/media\\x", "/m\r\nX: y" };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) bytes = NULL;

  expect (fixture, "GET", "/media/owl.png", "pixels");
  far_market_client_get_media_async (fixture->client, "/media/owl.png", NULL, fake_take_result,
                                     &fixture->result);
  result = fake_wait (&fixture->result);
  bytes = far_market_client_get_media_finish (fixture->client, result, NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "pixels", 6);
  g_clear_object (&result);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      far_market_client_get_media_async (fixture->client, bad[i], NULL, fake_take_result,
                                         &fixture->result);
      result = fake_wait (&fixture->result);
      g_assert_null (far_market_client_get_media_finish (fixture->client, result, &error));
      g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL);
      g_clear_object (&result);
    }
  g_assert_cmpuint (fake_server_n_requests (fixture->server), ==, 1);
}

static void
test_wallet (MarketFixture *fixture,
             gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarWallet) wallet = NULL;
  g_autoptr (FarRefund) refund = NULL;
  g_autoptr (FarEntitlement) entitlement = NULL;
  FarWalletEntry *entry;

  expect (fixture, "GET", "/wallet",
          "{\"currency\":\"USD\",\"tab_micros\":\"50000\",\"wallet_micros\":\"0\",\"pledges\":1,"
          "\"free_type\":\"count\",\"free_limit\":\"2\",\"method\":false,"
          "\"method_required\":false,\"cap_micros\":\"1000000\",\"history\":["
          "{\"time_us\":5,\"article\":null,\"kind\":\"charge\",\"amount_micros\":\"50000\"}]}");
  expect (fixture, "POST", "/refunds",
          "{\"refunded_micros\":\"50000\",\"to_tab_micros\":\"50000\",\"to_wallet_micros\":\"0\","
          "\"tab_micros\":\"0\",\"wallet_micros\":\"0\",\"text_until\":\"leave\"}");
  expect (fixture, "GET", "/entitlements/owls", "{\"entitled\":false}");
  expect (fixture, "POST", "/wallet/methods", "{\"method\":true}");

  far_market_client_get_wallet_async (fixture->client, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  wallet = far_market_client_get_wallet_finish (fixture->client, result, NULL);
  g_assert_cmpint (wallet->tab_micros, ==, 50000);
  g_assert_cmpint (wallet->free_limit, ==, 2);
  g_assert_cmpuint (wallet->history->len, ==, 1);
  entry = g_ptr_array_index (wallet->history, 0);
  g_assert_cmpstr (entry->kind, ==, "charge");
  g_assert_cmpstr (entry->article, ==, "");
  g_clear_object (&result);

  far_market_client_refund_async (fixture->client, "owls", "r", NULL, fake_take_result,
                                  &fixture->result);
  result = fake_wait (&fixture->result);
  refund = far_market_client_refund_finish (fixture->client, result, NULL);
  g_assert_cmpint (refund->refunded_micros, ==, 50000);
  g_clear_object (&result);

  far_market_client_get_entitlement_async (fixture->client, "owls", NULL, fake_take_result,
                                           &fixture->result);
  result = fake_wait (&fixture->result);
  entitlement = far_market_client_get_entitlement_finish (fixture->client, result, NULL);
  g_assert_false (entitlement->entitled);
  g_assert_cmpstr (entitlement->by, ==, "");
  g_clear_object (&result);

  far_market_client_add_method_async (fixture->client, "pm_card_visa", "m", NULL,
                                      fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  g_assert_true (far_market_client_add_method_finish (fixture->client, result, NULL));
  assert_body (fixture, "{\"method\":\"pm_card_visa\",\"key\":\"m\"}");
}

static FarEarnings *
get_earnings (MarketFixture *fixture,
              const char  *token_path,
              GError     **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  far_market_client_get_earnings_async (fixture->client, token_path, NULL, fake_take_result,
                                        &fixture->result);
  result = fake_wait (&fixture->result);
  return far_market_client_get_earnings_finish (fixture->client, result, error);
}

static void
test_earnings (MarketFixture *fixture,
               gconstpointer  data)
{
  g_autofree char *folder = g_dir_make_tmp ("far-token-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "publisher.token", NULL);
  const FakeRequest *last = fake_server_get_last (fixture->server);
  g_autoptr (FarEarnings) earnings = NULL;
  g_autoptr (GError) error = NULL;

  expect (fixture, "GET", "/earnings",
          "{\"currency\":\"USD\",\"publisher_micros\":\"-5\",\"pay_micros\":\"50000\","
          "\"ad_micros\":\"16000\",\"fee_micros\":\"0\",\"refund_micros\":\"50000\","
          "\"write_off_micros\":\"16005\",\"estimated_micros\":\"-5\",\"final_micros\":\"0\","
          "\"as_of_us\":9,\"pledges\":1,\"views\":1,\"refunds\":1,"
          "\"articles\":[{\"article\":\"owls\",\"pay_micros\":\"50000\",\"ad_micros\":\"16000\","
          "\"refund_micros\":\"50000\",\"pledges\":1,\"views\":1,\"refunds\":1}],"
          "\"days\":[{\"day\":\"2026-11-23\",\"pay_micros\":\"50000\",\"ad_micros\":\"0\","
          "\"refund_micros\":\"0\",\"pledges\":1,\"views\":0,\"refunds\":0}],"
          "\"hours\":[{\"hour_us\":3600000000,\"pay_micros\":\"0\",\"ad_micros\":\"16000\","
          "\"refund_micros\":\"0\",\"pledges\":0,\"views\":1,\"refunds\":0}]}");

  g_assert_null (get_earnings (fixture, path, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_UNAUTHORIZED);
  g_assert_cmpuint (fake_server_n_requests (fixture->server), ==, 0);

  g_assert_true (g_file_set_contents (path, "s3cret\n", -1, NULL));
  earnings = get_earnings (fixture, path, NULL);
  g_assert_cmpstr (g_hash_table_lookup (last->headers, "authorization"), ==, "Bearer s3cret");
  g_assert_null (g_hash_table_lookup (last->headers, "signature"));
  g_assert_cmpint (earnings->publisher_micros, ==, -5);
  g_assert_cmpint (earnings->ad_micros, ==, 16000);
  g_assert_cmpint (earnings->as_of_us, ==, 9);
  g_assert_cmpstr (((FarEarningsRow *) earnings->articles->pdata[0])->label, ==, "owls");
  g_assert_cmpstr (((FarEarningsRow *) earnings->days->pdata[0])->label, ==, "2026-11-23");
  g_assert_cmpint (((FarEarningsRow *) earnings->hours->pdata[0])->time_us, ==, 3600000000);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* Without a key nothing is signed. */
static void
test_unsigned (MarketFixture *fixture,
               gconstpointer  data)
{
  const FakeRequest *last = fake_server_get_last (fixture->server);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) articles = NULL;

  expect (fixture, "GET", "/articles", "{\"articles\":[]}");
  g_assert_cmpstr (far_market_client_get_reader (fixture->client), ==, "");
  far_market_client_list_articles_async (fixture->client, NULL, fake_take_result,
                                         &fixture->result);
  result = fake_wait (&fixture->result);
  articles = far_market_client_list_articles_finish (fixture->client, result, NULL);
  g_assert_cmpuint (articles->len, ==, 0);
  g_assert_null (g_hash_table_lookup (last->headers, "signature"));
}

static void
remove_cache (const char *cache)
{
  g_autofree char *ads = g_build_filename (cache, "farthing", "ads", NULL);
  g_autofree char *farthing = g_build_filename (cache, "farthing", NULL);

  g_rmdir (ads);
  g_rmdir (farthing);
  g_rmdir (cache);
}

#define ADD(name, unsigned_client, function) \
  g_test_add ("/client/market/" name, MarketFixture, GINT_TO_POINTER (unsigned_client), \
              market_fixture_set_up, function, market_fixture_tear_down)

int
main (int    argc,
      char **argv)
{
  g_autofree char *cache = g_dir_make_tmp ("far-market-client-XXXXXX", NULL);
  int status;

  /* Creatives are kept in the user's cache: one of the test's own. (GLib's own isolation of tests
   * leaks.) */
  g_assert_nonnull (cache);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("articles", FALSE, test_articles);
  ADD ("article", FALSE, test_article);
  ADD ("markup", FALSE, test_markup);
  ADD ("escaped", FALSE, test_escaped);
  ADD ("incomplete", FALSE, test_incomplete);
  ADD ("offer", FALSE, test_offer);
  ADD ("pledge", FALSE, test_pledge);
  ADD ("pledge-refused", FALSE, test_pledge_refused);
  ADD ("ad", FALSE, test_ad);
  ADD ("creative", FALSE, test_creative);
  ADD ("media", FALSE, test_media);
  ADD ("wallet", FALSE, test_wallet);
  ADD ("earnings", FALSE, test_earnings);
  ADD ("unsigned", TRUE, test_unsigned);
  status = g_test_run ();
  remove_cache (cache);
  return status;
}
