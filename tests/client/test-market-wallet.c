/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls about the reader's own money: what is asked, and what the answers become. */
#include "market-fixture.h"

#define CHARGE "{\"state\":\"failed\",\"amount_micros\":\"5000000\",\"time_us\":7,"             \
               "\"reason\":\"declined\",\"url\":null}"
#define CAPS "\"caps\":{\"day_micros\":null,\"month_micros\":\"0\",\"day_spent_micros\":\"1\","  \
             "\"month_spent_micros\":\"2\"}"

/* The answers that older publications do not give have their nothing. */
static void
test_whole_wallet (MarketFixture *fixture,
                   gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarWallet) wallet = NULL;

  expect (fixture, "GET", "/wallet",
          "{\"currency\":\"JPY\",\"tab_micros\":\"50000000\",\"wallet_micros\":\"3\",\"pledges\":1,"
          "\"free_type\":\"count\",\"free_limit\":\"2\",\"method\":true,\"method_required\":false,"
          "\"cap_micros\":\"4\",\"minimum_micros\":\"50000000\",\"threshold_micros\":\"6\","
          "\"due_us\":8,\"wallet_refundable_micros\":\"3\",\"money\":\"test\"," CAPS ","
          "\"charge\":" CHARGE ",\"history\":[]}");
  far_market_client_get_wallet_async (fixture->client, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  wallet = far_market_client_get_wallet_finish (fixture->client, result, NULL);
  g_assert_cmpint (wallet->minimum_micros, ==, 50000000);
  g_assert_cmpint (wallet->due_us, ==, 8);
  g_assert_cmpint (wallet->refundable_micros, ==, 3);
  g_assert_cmpstr (wallet->money, ==, "test");
  g_assert_cmpint (wallet->caps->day_micros, ==, -1);
  g_assert_cmpint (wallet->caps->month_micros, ==, 0);
  g_assert_cmpint (wallet->caps->month_spent_micros, ==, 2);
  g_assert_cmpstr (wallet->charge->state, ==, "failed");
  g_assert_cmpstr (wallet->charge->url, ==, "");
}

static void
test_paying (MarketFixture *fixture,
             gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarCheckout) checkout = NULL;
  g_autoptr (FarCheckout) over = NULL;
  g_autoptr (FarTabPayment) payment = NULL;
  g_autoptr (FarWalletRefund) refund = NULL;

  expect (fixture, "POST", "/wallet/topups",
          "{\"checkout\":\"aa\",\"kind\":\"topup\",\"state\":\"open\",\"url\":\"http://x/y\","
          "\"expires_us\":9,\"amount_micros\":\"5000000\",\"currency\":\"USD\"}");
  expect (fixture, "GET", "/wallet/checkouts/aa",
          "{\"checkout\":\"aa\",\"kind\":\"setup\",\"state\":\"succeeded\",\"method\":true,"
          "\"charge\":" CHARGE "}");
  expect (fixture, "POST", "/tab/payments",
          "{\"charge\":null,\"tab_micros\":\"1\",\"wallet_micros\":\"2\"}");
  expect (fixture, "POST", "/wallet/refunds",
          "{\"refunded_micros\":\"1\",\"pending_micros\":\"2\",\"failed_micros\":\"3\","
          "\"wallet_micros\":\"4\",\"parts\":[]}");

  far_market_client_begin_topup_async (fixture->client, 5000000, "t", NULL, fake_take_result,
                                       &fixture->result);
  result = fake_wait (&fixture->result);
  checkout = far_market_client_begin_topup_finish (fixture->client, result, NULL);
  g_assert_cmpstr (checkout->url, ==, "http://x/y");
  assert_body (fixture, "{\"key\":\"t\",\"amount_micros\":\"5000000\"}");
  assert_signed (fixture);
  g_clear_object (&result);

  far_market_client_get_checkout_async (fixture->client, "aa", NULL, fake_take_result,
                                        &fixture->result);
  result = fake_wait (&fixture->result);
  over = far_market_client_get_checkout_finish (fixture->client, result, NULL);
  g_assert_true (over->method);
  g_assert_cmpstr (over->url, ==, "");
  g_assert_cmpstr (over->charge->reason, ==, "declined");
  g_clear_object (&result);

  far_market_client_pay_tab_async (fixture->client, "p", NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  payment = far_market_client_pay_tab_finish (fixture->client, result, NULL);
  g_assert_null (payment->charge);
  g_clear_object (&result);

  far_market_client_refund_wallet_async (fixture->client, "r", NULL, fake_take_result,
                                         &fixture->result);
  result = fake_wait (&fixture->result);
  refund = far_market_client_refund_wallet_finish (fixture->client, result, NULL);
  g_assert_cmpint (refund->pending_micros, ==, 2);
}

static void
test_caps_and_history (MarketFixture *fixture,
                       gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarCaps) caps = NULL;
  g_autoptr (FarHistory) history = NULL;
  g_autoptr (FarDeletion) deletion = NULL;
  g_autoptr (GBytes) bytes = NULL;

  expect (fixture, "POST", "/wallet/caps", "{" CAPS "}");
  expect (fixture, "GET", "/wallet/history?limit=20&before=5.1",
          "{\"entries\":[{\"time_us\":5,\"article\":\"owls\",\"kind\":\"pledge\","
          "\"amount_micros\":\"50000\"}],\"next\":null}");
  expect (fixture, "GET", "/wallet/export", "{\"reader\":\"me\"}");
  expect (fixture, "POST", "/wallet/deletion",
          "{\"erased\":[\"a\"],\"kept\":[{\"what\":\"b\",\"why\":\"c\"}]}");

  far_market_client_set_caps_async (fixture->client, -1, 0, "c", NULL, fake_take_result,
                                    &fixture->result);
  result = fake_wait (&fixture->result);
  caps = far_market_client_set_caps_finish (fixture->client, result, NULL);
  g_assert_cmpint (caps->day_spent_micros, ==, 1);
  assert_body (fixture, "{\"key\":\"c\",\"month_micros\":\"0\"}");
  g_clear_object (&result);

  far_market_client_get_history_async (fixture->client, "5.1", 20, NULL, fake_take_result,
                                       &fixture->result);
  result = fake_wait (&fixture->result);
  history = far_market_client_get_history_finish (fixture->client, result, NULL);
  g_assert_cmpuint (history->entries->len, ==, 1);
  g_assert_cmpstr (history->next, ==, "");
  assert_signed (fixture);
  g_clear_object (&result);

  far_market_client_export_async (fixture->client, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  bytes = far_market_client_export_finish (fixture->client, result, NULL);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 15);
  g_clear_object (&result);

  far_market_client_delete_reader_async (fixture->client, "d", NULL, fake_take_result,
                                         &fixture->result);
  result = fake_wait (&fixture->result);
  deletion = far_market_client_delete_reader_finish (fixture->client, result, NULL);
  g_assert_cmpstr (g_ptr_array_index (deletion->kept, 0), ==, "b: c");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) \
  g_test_add ("/market-wallet/" name, MarketFixture, NULL, market_fixture_set_up, test, \
              market_fixture_tear_down)
  ADD ("whole", test_whole_wallet);
  ADD ("paying", test_paying);
  ADD ("caps-and-history", test_caps_and_history);
  return g_test_run ();
}
