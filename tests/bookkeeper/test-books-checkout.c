/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Visits to the provider's page, paying the tab, refunds of the wallet. After each command the
 * books are checked against the journal. */
#include "books-world.h"

#define READER(n) world_reader (n)
#define NO_CHECKOUT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PAYBACK "{'command':'wallet.refund.begin','key':'%s','reader':'%s','property':'news'}"

static void
test_topup (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *checkout = NULL;
  g_autoptr (JsonNode) page = NULL, slow = NULL, done = NULL, again = NULL, late = NULL;
  g_autoptr (JsonNode) got = NULL, paid = NULL, open = NULL, none = NULL;

  world_furnish (world, 0);
  checkout = world_begin_topup (world, 1, 5000000, "t");
  page = world_ask (world, "{'command':'checkout.session','checkout':'%s','session':'cs_1',"
                    "'url':'http://x/y'}", checkout);
  world_refused (world, "conflict", "{'command':'checkout.session','checkout':'%s',"
                 "'session':'cs_2','url':'http://x/z'}", checkout);
  got = world_ask (world, "{'command':'checkout.get','reader':'%s','checkout':'%s'}", READER (1),
                   checkout);
  g_assert_cmpstr (answer_text (got, "url"), ==, "http://x/y");
  world_refused (world, "unknown_checkout", "{'command':'checkout.get','reader':'%s',"
                 "'checkout':'%s'}", READER (2), checkout);
  open = world_ask (world, "{'command':'checkouts.open'}");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (
                      json_node_get_object (open), "checkouts")), ==, 1);

  slow = world_finish_topup (world, checkout, "processing");
  g_assert_cmpint (answer_micros (slow, "wallet_micros"), ==, 0);
  done = world_finish_topup (world, checkout, "succeeded");
  g_assert_cmpint (answer_micros (done, "wallet_micros"), ==, 5000000);
  /* Told again, late, and out of order: once. */
  again = world_finish_topup (world, checkout, "succeeded");
  g_assert_cmpint (answer_micros (again, "wallet_micros"), ==, 5000000);
  late = world_finish_topup (world, checkout, "expired");
  g_assert_cmpstr (answer_text (late, "state"), ==, "succeeded");
  g_assert_cmpint (answer_micros (late, "wallet_micros"), ==, 5000000);
  none = world_ask (world, "{'command':'checkouts.open'}");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (
                      json_node_get_object (none), "checkouts")), ==, 0);

  /* A wallet pays at once: no tab, no method asked for, and the money is final. */
  paid = world_pledge (world, 1, "a1", "k1");
  g_assert_cmpstr (answer_text (paid, "paid_from"), ==, "wallet");
  g_assert_cmpint (answer_micros (paid, "wallet_micros"), ==, 4950000);
  g_assert_cmpint (answer_micros (paid, "tab_micros"), ==, 0);
}

/* A payment that arrives after all is booked; one that failed is not. */
static void
test_topup_late (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autoptr (JsonNode) expired = NULL, after_all = NULL, failed = NULL;

  world_furnish (world, 0);
  one = world_begin_topup (world, 1, 5000000, "a");
  expired = world_finish_topup (world, one, "expired");
  after_all = world_finish_topup (world, one, "succeeded");
  g_assert_cmpint (answer_micros (after_all, "wallet_micros"), ==, 5000000);
  two = world_begin_topup (world, 2, 5000000, "b");
  failed = world_finish_topup (world, two, "failed");
  g_assert_cmpint (answer_micros (failed, "wallet_micros"), ==, 0);
}

static void
test_topup_refused (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  static const char begin[] = "{'command':'checkout.begin','key':'%s','reader':'%s',"
                              "'property':'news','kind':'%s'%s}";
  char key[8];

  world_furnish (world, 0);
  world_refused (world, "under_minimum", begin, "a", READER (1), "topup", "");
  world_refused (world, "under_minimum", begin, "b", READER (1), "topup",
                 ",'amount_micros':'499999'");
  world_refused (world, "bad_request", begin, "c", READER (1), "topup",
                 ",'amount_micros':'500001'");
  world_refused (world, "exposure_limit", begin, "d", READER (1), "topup",
                 ",'amount_micros':'200010000'");
  world_refused (world, "bad_request", begin, "e", READER (1), "topup", ",'amount_micros':'-5'");
  world_refused (world, "bad_request", begin, "f", READER (1), "topup", ",'amount_micros':'0'");
  world_refused (world, "bad_request", begin, "g", READER (1), "setup",
                 ",'amount_micros':'5000000'");
  world_refused (world, "bad_request", begin, "h", READER (1), "gift", "");
  world_refused (world, "unknown_checkout", "{'command':'checkout.finish','checkout':'%s',"
                 "'outcome':'succeeded'}", NO_CHECKOUT);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *id = NULL;

      g_snprintf (key, sizeof key, "k%u", i);
      id = world_begin_topup (world, 1, 5000000, key);
    }
  world_refused (world, "exposure_limit", begin, "many", READER (1), "topup",
                 ",'amount_micros':'5000000'");
}

static void
test_setup_and_pay (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) begun = NULL, done = NULL, paid = NULL, told = NULL, finished = NULL;
  g_autoptr (JsonNode) wallet = NULL;
  g_autofree char *again = NULL;
  g_autoptr (JsonNode) big = NULL;
  const char *checkout;

  world_furnish (world, 0);
  big = world_ask (world, "{'command':'pledge','key':'p','reader':'%s','property':'news',"
                   "'article':'a1','price_micros':'600000','currency':'USD'}", READER (1));
  world_refused (world, "payment_method_required", "{'command':'tab.pay','key':'t0',"
                 "'reader':'%s','property':'news'}", READER (1));
  begun = world_ask (world, "{'command':'checkout.begin','key':'s','reader':'%s',"
                     "'property':'news','kind':'setup'}", READER (1));
  checkout = answer_text (begun, "checkout");
  world_refused (world, "bad_request", "{'command':'checkout.finish','checkout':'%s',"
                 "'outcome':'succeeded'}", checkout);
  done = world_ask (world, "{'command':'checkout.finish','checkout':'%s','outcome':'succeeded',"
                    "'customer':'cus_1','payment_method':'pm_1'}", checkout);
  g_assert_true (answer_bool (done, "method"));
  g_assert_nonnull (answer_text (done, "chargeable_tab"));

  /* Adding a method pays at once what has reached the least charge. */
  paid = world_ask (world, "{'command':'charge.begin','key':'c','tab':'%s','asked':true}",
                    answer_text (done, "chargeable_tab"));
  g_assert_cmpint (answer_micros (paid, "amount_micros"), ==, 600000);
  world_refused (world, "charge_in_flight", "{'command':'tab.pay','key':'t1','reader':'%s',"
                 "'property':'news'}", READER (1));
  /* A reader is told what readers can do. */
  again = g_strdup_printf ("{\"command\":\"tab.pay\",\"key\":\"t1\",\"reader\":\"%s\","
                           "\"property\":\"news\"}", READER (1));
  told = world_ask_as (world, "test", FAR_COMMANDS_ALL, again);
  g_assert_cmpstr (json_object_get_string_member (
                     json_object_get_object_member (json_node_get_object (told), "error"),
                     "message"), ==,
                   "a charge of this tab is on its way; look again in a minute");
  finished = world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'succeeded',"
                        "'provider_id':'pi_9','fee_micros':'317400'}",
                        answer_text (paid, "intent"));
  world_refused (world, "nothing_due", "{'command':'tab.pay','key':'t2','reader':'%s',"
                 "'property':'news'}", READER (1));
  wallet = world_wallet (world, 1);
  g_assert_cmpstr (json_object_get_string_member (world_part (wallet, "charge"), "state"), ==,
                   "succeeded");
  g_assert_cmpint (answer_int (wallet, "due_us"), ==, 0);
}

static void
test_under_minimum (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) pledge = NULL, method = NULL, wallet = NULL;

  world_furnish (world, 0);
  pledge = world_pledge (world, 1, "a1", "k1");
  method = world_ask (world, "{'command':'method.set','key':'m','reader':'%s',"
                      "'customer':'cus_1','payment_method':'pm_1'}", READER (1));
  world_refused (world, "under_minimum", "{'command':'tab.pay','key':'t','reader':'%s',"
                 "'property':'news'}", READER (1));
  wallet = world_wallet (world, 1);
  g_assert_cmpint (answer_micros (wallet, "tab_micros"), ==, 50000);
  g_assert_cmpint (answer_micros (wallet, "minimum_micros"), ==, 500000);
  g_assert_cmpint (answer_micros (wallet, "threshold_micros"), ==, 5000000);
  g_assert_cmpint (answer_int (wallet, "due_us"), ==, G_GINT64_CONSTANT (1796083200000000));
}

/* Where a charge stands, and where the bank wants the reader. */
static void
test_charge_reason (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) big = NULL, method = NULL, begun = NULL, unknown = NULL, asks = NULL;
  g_autoptr (JsonNode) waits = NULL, failed = NULL, after = NULL;
  JsonObject *charge;

  world_furnish (world, 0);
  big = world_ask (world, "{'command':'pledge','key':'p','reader':'%s','property':'news',"
                   "'article':'a1','price_micros':'600000','currency':'USD'}", READER (1));
  method = world_ask (world, "{'command':'method.set','key':'m','reader':'%s',"
                      "'customer':'cus_1','payment_method':'pm_1'}", READER (1));
  begun = world_ask (world, "{'command':'tab.pay','key':'t','reader':'%s','property':'news'}",
                     READER (1));
  unknown = world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'unknown',"
                       "'reason':'timeout'}", answer_text (begun, "intent"));
  asks = world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'unknown',"
                    "'reason':'requires_action','action_url':'http://bank/1'}",
                    answer_text (begun, "intent"));
  waits = world_wallet (world, 1);
  charge = world_part (waits, "charge");
  g_assert_cmpstr (json_object_get_string_member (charge, "url"), ==, "http://bank/1");
  g_assert_cmpstr (json_object_get_string_member (charge, "reason"), ==, "requires_action");
  failed = world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'failed',"
                      "'reason':'card_declined'}", answer_text (begun, "intent"));
  after = world_wallet (world, 1);
  charge = world_part (after, "charge");
  g_assert_cmpstr (json_object_get_string_member (charge, "reason"), ==, "card_declined");
  g_assert_true (json_object_get_null_member (charge, "url"));
}

static void
test_payback (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) begun = NULL, again = NULL, unknown = NULL, done = NULL, failed = NULL;
  g_autoptr (JsonNode) late = NULL, twice = NULL, wallet = NULL, spent = NULL, rest = NULL;
  g_autoptr (JsonNode) open = NULL;

  world_furnish (world, 0);
  world_refused (world, "wallet_empty", PAYBACK, "w0", READER (1));
  world_top_up (world, 1, 5000000, "t1");
  world_advance (world, WORLD_SECOND);
  world_top_up (world, 1, 2000000, "t2");
  spent = world_pledge (world, 1, "a1", "k1");
  wallet = world_wallet (world, 1);
  g_assert_cmpint (answer_micros (wallet, "wallet_refundable_micros"), ==, 6950000);

  /* The newest payment first; the money is out of the wallet before anybody is asked. */
  begun = world_ask (world, PAYBACK, "w1", READER (1));
  g_assert_cmpuint (json_array_get_length (world_refunds (begun)), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (
                     json_array_get_object_element (world_refunds (begun), 0), "amount_micros"),
                   ==, "2000000");
  g_assert_cmpstr (json_object_get_string_member (
                     json_array_get_object_element (world_refunds (begun), 1), "amount_micros"),
                   ==, "4950000");
  again = world_ask (world, PAYBACK, "w1", READER (1));
  g_assert_true (json_node_equal (begun, again));
  world_refused (world, "wallet_empty", PAYBACK, "w2", READER (1));
  open = world_ask (world, "{'command':'refunds.open'}");
  g_assert_cmpuint (json_array_get_length (world_refunds (open)), ==, 2);

  unknown = world_end_refund (world, begun, 0, "unknown");
  g_assert_cmpint (answer_micros (unknown, "wallet_micros"), ==, 0);
  done = world_end_refund (world, begun, 0, "succeeded");
  g_assert_cmpstr (answer_text (done, "state"), ==, "succeeded");
  failed = world_end_refund (world, begun, 1, "failed");
  g_assert_cmpint (answer_micros (failed, "wallet_micros"), ==, 4950000);
  twice = world_end_refund (world, begun, 1, "failed");
  g_assert_cmpint (answer_micros (twice, "wallet_micros"), ==, 4950000);
  /* Banks fail refunds long after they were said to have succeeded. */
  late = world_end_refund (world, begun, 0, "failed");
  g_assert_cmpint (answer_micros (late, "wallet_micros"), ==, 6950000);
  rest = world_ask (world, PAYBACK, "w3", READER (1));
  g_assert_cmpuint (json_array_get_length (world_refunds (rest)), ==, 2);
  world_refused (world, "unknown_refund", "{'command':'wallet.refund.finish','refund':'%s',"
                 "'outcome':'failed'}", NO_CHECKOUT);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/checkout/topup", test_topup);
  g_test_add_func ("/books/checkout/topup-late", test_topup_late);
  g_test_add_func ("/books/checkout/topup-refused", test_topup_refused);
  g_test_add_func ("/books/checkout/setup-and-pay", test_setup_and_pay);
  g_test_add_func ("/books/checkout/under-minimum", test_under_minimum);
  g_test_add_func ("/books/checkout/charge-reason", test_charge_reason);
  g_test_add_func ("/books/checkout/payback", test_payback);
  return g_test_run ();
}
