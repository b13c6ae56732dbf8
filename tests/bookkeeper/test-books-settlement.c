/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tabs.due, charge.begin, charge.finish, write-off: what is final when, and what a refund does
 * before, while and after a charge. */
#include "books-world.h"

#define READER(n) world_reader (n)
#define PLEDGE "{'command':'pledge','key':'%s','reader':'%s','property':'news','article':'%s'," \
               "'price_micros':'%u','currency':'USD'}"
#define REFUND "{'command':'refund','key':'%s','reader':'%s','property':'news','article':'%s'}"
#define BEGIN "{'command':'charge.begin','key':'%s','tab':'%s'}"
#define FINISH "{'command':'charge.finish','intent':'%s','outcome':'%s'}"
#define DUE "{'command':'tabs.due'}"
#define MONTH (31 * WORLD_DAY)

static void
pledge (World *world, guint reader, const char *article, guint price_micros)
{
  g_autoptr (JsonNode) answer = world_ask (world, PLEDGE, article, READER (reader), article,
                                           price_micros);

  g_assert_cmpint (answer_micros (answer, "moved_micros"), ==, price_micros);
}

static void
set_method (World *world, guint reader, const char *key)
{
  g_autoptr (JsonNode) answer = world_ask (world, "{'command':'method.set','key':'%s',"
                                           "'reader':'%s','customer':'cus_1',"
                                           "'payment_method':'pm_1'}", key, READER (reader));

  g_assert_true (answer_bool (answer, "method"));
}

/* The only due tab, or NULL. */
static char *
due_tab (World *world)
{
  g_autoptr (JsonNode) due = world_ask (world, DUE);
  JsonArray *tabs = json_object_get_array_member (json_node_get_object (due), "tabs");

  if (json_array_get_length (tabs) == 0)
    return NULL;
  g_assert_cmpuint (json_array_get_length (tabs), ==, 1);
  return g_strdup (json_object_get_string_member (json_array_get_object_element (tabs, 0), "tab"));
}

static guint
n_open_charges (World *world)
{
  g_autoptr (JsonNode) due = world_ask (world, DUE);

  return json_array_get_length (json_object_get_array_member (json_node_get_object (due),
                                                              "open"));
}

static char *
begin (World *world, const char *key, gint64 expected_micros)
{
  g_autofree char *tab = due_tab (world);
  g_autoptr (JsonNode) answer = NULL;

  g_assert_nonnull (tab);
  answer = world_ask (world, BEGIN, key, tab);
  g_assert_cmpint (answer_micros (answer, "amount_micros"), ==, expected_micros);
  return g_strdup (answer_text (answer, "intent"));
}

static void
finish (World *world, const char *intent, const char *outcome, const char *state)
{
  g_autoptr (JsonNode) answer = world_ask (world, FINISH, intent, outcome);

  g_assert_cmpstr (answer_text (answer, "state"), ==, state);
}

static void
expect_earnings (World *world, gint64 estimated, gint64 final, gint64 fee, gint64 refund,
                 gint64 write_off)
{
  g_autoptr (JsonNode) earnings = world_earnings (world);

  g_assert_cmpint (answer_micros (earnings, "estimated_micros"), ==, estimated);
  g_assert_cmpint (answer_micros (earnings, "final_micros"), ==, final);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, estimated + final);
  g_assert_cmpint (answer_micros (earnings, "fee_micros"), ==, fee);
  g_assert_cmpint (answer_micros (earnings, "refund_micros"), ==, refund);
  g_assert_cmpint (answer_micros (earnings, "write_off_micros"), ==, write_off);
}

static void
expect_wallet (World *world, guint reader, gint64 tab, gint64 wallet)
{
  g_autoptr (JsonNode) answer = world_ask (world, "{'command':'wallet','reader':'%s',"
                                           "'property':'news'}", READER (reader));

  g_assert_cmpint (answer_micros (answer, "tab_micros"), ==, tab);
  g_assert_cmpint (answer_micros (answer, "wallet_micros"), ==, wallet);
}

static void
test_threshold (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *tab = NULL, *intent = NULL, *none = NULL;
  g_autoptr (JsonNode) begun = NULL, same = NULL, done = NULL, again = NULL, due = NULL;
  JsonObject *entry;

  world_furnish (world, 0);
  set_method (world, 1, "m");
  pledge (world, 1, "a1", 2500000);
  g_assert_null (none = due_tab (world));
  pledge (world, 1, "a2", 2533333);
  due = world_ask (world, DUE);
  entry = json_array_get_object_element (
    json_object_get_array_member (json_node_get_object (due), "tabs"), 0);
  g_assert_cmpstr (json_object_get_string_member (entry, "reason"), ==, "threshold");
  g_assert_cmpstr (json_object_get_string_member (entry, "amount_micros"), ==, "5030000");
  g_assert_cmpint (json_object_get_int_member (entry, "items"), ==, 2);
  tab = due_tab (world);

  begun = world_ask (world, BEGIN, "c1", tab);
  same = world_ask (world, BEGIN, "c1", tab);
  g_assert_true (json_node_equal (begun, same));
  g_assert_cmpstr (answer_text (begun, "payment_method"), ==, "pm_1");
  g_assert_cmpint (answer_micros (begun, "amount_micros"), ==, 5030000);
  world_refused (world, "charge_in_flight", BEGIN, "c2", tab);
  g_assert_cmpuint (n_open_charges (world), ==, 1);
  g_assert_null (none = due_tab (world));
  /* A pledge is estimated, never payable, until the charge has succeeded. */
  expect_earnings (world, 3523333, 0, 1510000, 0, 0);

  intent = g_strdup (answer_text (begun, "intent"));
  finish (world, intent, "unknown", "unknown");
  finish (world, intent, "unknown", "unknown");
  g_assert_cmpuint (n_open_charges (world), ==, 1);
  expect_earnings (world, 3523333, 0, 1510000, 0, 0);
  done = world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'succeeded',"
                    "'provider_id':'pi_1','fee_micros':'175870'}", intent);
  g_assert_cmpint (answer_micros (done, "to_wallet_micros"), ==, 0);
  again = world_ask (world, FINISH, intent, "succeeded");
  g_assert_true (json_node_equal (done, again));
  world_refused (world, "conflict", FINISH, intent, "failed");
  finish (world, intent, "unknown", "succeeded");
  g_assert_cmpuint (n_open_charges (world), ==, 0);
  /* 3,333 micros stay on the tab and estimated: 2,333 of them are the publisher's. */
  expect_wallet (world, 1, 3333, 0);
  expect_earnings (world, 2333, 3521000, 1510000, 0, 0);
  world_refused (world, "unknown_intent", FINISH, "00000000000000000000000000000000", "failed");
  world_refused (world, "unknown_tab", BEGIN, "c9", "00000000000000000000000000000000");
  world_refused (world, "bad_request", FINISH, intent, "begun");
}

/* The rest of an item is settled by the next charge, and the shares add up to the same. */
static void
test_rest_is_settled_later (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *first = NULL, *second = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m");
  /* 6,672 of the second item are left, and its parts' own splits would round the other way. */
  pledge (world, 1, "a1", 33338);
  pledge (world, 1, "a2", 5033334);
  first = begin (world, "c1", 5060000);
  finish (world, first, "succeeded", "succeeded");
  pledge (world, 1, "a3", 5003328);
  second = begin (world, "c2", 5010000);
  finish (world, second, "succeeded", "succeeded");
  expect_wallet (world, 1, 0, 0);
  expect_earnings (world, 0, 23337 + 3523334 + 3502330, 10001 + 1510000 + 1500998, 0, 0);
}

static void
test_month (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *none = NULL, *small = NULL, *intent = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m");
  set_method (world, 2, "m");
  pledge (world, 1, "a1", 500000);
  pledge (world, 2, "a1", 499999);
  g_assert_null (none = due_tab (world));
  world_advance (world, MONTH);
  intent = begin (world, "c1", 500000); /* the other is under the provider's minimum */
  finish (world, intent, "succeeded", "succeeded");
  g_assert_null (small = due_tab (world));
}

/* A publisher's own least charge: kept for what is due, for what a reader asks to pay and for what
 * fills a wallet; the provider's is gone below by who says so only, and the highest counts. */
static void
test_least_charge (void)
{
#define LEAST "{'command':'property.ensure','property':'%s','currency':'USD','terms':" \
              "{'least_charge_micros':'%d'%s}}"
#define OWN ",'least_charge_own_risk':true"
#define TOPUP "{'command':'checkout.begin','key':'%s','reader':'%s','property':'news'," \
              "'kind':'topup','amount_micros':'%d'}"
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *none = NULL, *intent = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m");
  set_method (world, 2, "m");
  world_refused (world, "bad_request", LEAST, "news", 499999, "");
  world_refused (world, "bad_request", LEAST, "news", 499999, ",'least_charge_own_risk':false");
  world_refused (world, "bad_request", LEAST, "news", 20000001, ""); /* tab_cap_micros */
  json_node_unref (world_ask (world, LEAST, "news", 1000000, ""));
  pledge (world, 1, "a1", 999999);
  world_refused (world, "under_minimum", "{'command':'tab.pay','key':'p','reader':'%s','property':"
                 "'news'}", READER (1));
  world_advance (world, MONTH);
  g_assert_null (none = due_tab (world));
  world_refused (world, "under_minimum", TOPUP, "t1", READER (1), 990000);
  json_node_unref (world_ask (world, TOPUP, "t2", READER (1), 1000000));
  pledge (world, 1, "a2", 1);
  world_advance (world, MONTH);
  intent = begin (world, "c1", 1000000);
  finish (world, intent, "succeeded", "succeeded");

  /* Less than the provider's, at their own risk; but not as long as another one has its own. */
  json_node_unref (world_ask (world, LEAST, "news", 200000, OWN));
  json_node_unref (world_ask (world, LEAST, "blog", 0, ""));
  pledge (world, 2, "b1", 300000);
  world_advance (world, MONTH);
  g_assert_null (none = due_tab (world));
  json_node_unref (world_ask (world, LEAST, "blog", 100000, OWN));
  g_free (intent);
  intent = begin (world, "c2", 300000);
  finish (world, intent, "succeeded", "succeeded");
  /* 0: the provider's again. */
  json_node_unref (world_ask (world, LEAST, "news", 0, ""));
  world_refused (world, "under_minimum", TOPUP, "t3", READER (2), 490000);
#undef LEAST
#undef OWN
#undef TOPUP
}

static void
test_no_method (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) terms = NULL;
  g_autofree char *none = NULL;

  world_furnish (world, 0);
  terms = world_ask (world, "{'command':'property.ensure','property':'news','currency':'USD',"
                     "'terms':{'reader_cap_micros':'9000000'}}");
  pledge (world, 1, "a1", 6000000);
  g_assert_null (none = due_tab (world));
  set_method (world, 1, "m");
  g_assert_nonnull (none = due_tab (world));
}

/* Refunds before, while and after a charge. */
static void
test_refund_and_charge (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *intent = NULL;
  g_autoptr (JsonNode) before = NULL, meanwhile = NULL, after = NULL, done = NULL, spent = NULL;
  g_autoptr (JsonNode) back = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m");
  pledge (world, 1, "a0", 1000000);
  before = world_ask (world, REFUND, "r0", READER (1), "a0");
  pledge (world, 1, "a1", 2000000);
  pledge (world, 1, "a2", 2000000);
  pledge (world, 1, "a3", 2000000);
  intent = begin (world, "c1", 6000000);

  meanwhile = world_ask (world, REFUND, "r1", READER (1), "a2");
  g_assert_cmpint (answer_micros (meanwhile, "to_tab_micros"), ==, 2000000);
  expect_wallet (world, 1, 4000000, 0);
  expect_earnings (world, 2800000, 0, 1200000, 700000 + 1400000, 0);

  done = world_ask (world, FINISH, intent, "succeeded");
  g_assert_cmpint (answer_micros (done, "to_wallet_micros"), ==, 2000000);
  expect_wallet (world, 1, 0, 2000000);
  expect_earnings (world, 0, 2800000, 1200000, 700000 + 1400000, 0);

  after = world_ask (world, REFUND, "r2", READER (1), "a1");
  g_assert_cmpint (answer_micros (after, "to_wallet_micros"), ==, 2000000);
  expect_wallet (world, 1, 0, 4000000);
  expect_earnings (world, 0, 1400000, 600000, 700000 + 2800000, 0);

  /* A wallet that holds the price pays first, and what it paid is final at once. */
  spent = world_ask (world, PLEDGE, "k9", READER (1), "a9", 3000000u);
  g_assert_cmpstr (answer_text (spent, "paid_from"), ==, "wallet");
  expect_wallet (world, 1, 0, 1000000);
  expect_earnings (world, 0, 3500000, 1500000, 700000 + 2800000, 0);
  back = world_ask (world, REFUND, "r9", READER (1), "a9");
  g_assert_cmpint (answer_micros (back, "to_wallet_micros"), ==, 3000000);
  expect_wallet (world, 1, 0, 4000000);
}

/* An item of which a part was charged: refunded from both sides. */
static void
test_refund_of_part (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *intent = NULL;
  g_autoptr (JsonNode) refund = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m");
  pledge (world, 1, "a1", 5033333);
  intent = begin (world, "c1", 5030000);
  finish (world, intent, "succeeded", "succeeded");
  refund = world_ask (world, REFUND, "r1", READER (1), "a1");
  g_assert_cmpint (answer_micros (refund, "refunded_micros"), ==, 5033333);
  g_assert_cmpint (answer_micros (refund, "to_tab_micros"), ==, 3333);
  g_assert_cmpint (answer_micros (refund, "to_wallet_micros"), ==, 5030000);
  expect_wallet (world, 1, 0, 5030000);
  expect_earnings (world, 0, 0, 0, 3523333, 0);
}

/* The same where the rest's own split would round the other way: 0.7 × 5,026,662 and 0.7 × 6,672
 * both round down, their sum rounds up. */
static void
test_refund_of_part_rounds (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *intent = NULL;
  g_autoptr (JsonNode) refund = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m");
  pledge (world, 1, "a1", 33338);
  pledge (world, 1, "a2", 5033334);
  expect_earnings (world, 23337 + 3523334, 0, 10001 + 1510000, 0, 0);
  intent = begin (world, "c1", 5060000);
  finish (world, intent, "succeeded", "succeeded");
  expect_earnings (world, 4671, 23337 + 3518663, 10001 + 1510000, 0, 0);
  refund = world_ask (world, REFUND, "r1", READER (1), "a2");
  g_assert_cmpint (answer_micros (refund, "to_tab_micros"), ==, 6672);
  expect_earnings (world, 0, 23337, 10001, 3523334, 0);
}

static void
test_failure_and_write_off (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *first = NULL, *second = NULL, *third = NULL, *none = NULL, *tab = NULL;
  g_autoptr (JsonNode) entitled = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m1");
  pledge (world, 1, "a1", 5033333);
  tab = due_tab (world);
  first = begin (world, "c1", 5030000);
  finish (world, first, "failed", "failed");
  /* Not at once again: after 1, 3, 7 days. */
  g_assert_null (none = due_tab (world));
  world_refused (world, "nothing_due", BEGIN, "c2", tab);
  world_advance (world, WORLD_DAY + WORLD_SECOND);
  second = begin (world, "c3", 5030000);
  finish (world, second, "failed", "failed");
  world_advance (world, 2 * WORLD_DAY);
  g_assert_null (none = due_tab (world));
  /* A new method is a new chance. */
  set_method (world, 1, "m2");
  third = begin (world, "c4", 5030000);
  /* In flight on day 60: waited for. */
  world_advance (world, 60 * WORLD_DAY);
  world_sweep (world);
  expect_earnings (world, 3523333, 0, 1510000, 0, 0);
  finish (world, third, "failed", "failed");
  world_sweep (world);
  expect_earnings (world, 0, 0, 0, 0, 3523333);
  expect_wallet (world, 1, 0, 0);
  entitled = world_ask (world, "{'command':'entitlement','reader':'%s','property':'news',"
                        "'article':'a1'}", READER (1));
  g_assert_true (answer_bool (entitled, "entitled"));
  world_refused (world, "window_over", REFUND, "r", READER (1), "a1");
}

static void
test_success_forgives (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *first = NULL, *second = NULL;

  world_furnish (world, 0);
  set_method (world, 1, "m1");
  pledge (world, 1, "a1", 5000000);
  first = begin (world, "c1", 5000000);
  finish (world, first, "failed", "failed");
  world_advance (world, WORLD_DAY + WORLD_SECOND);
  second = begin (world, "c2", 5000000);
  finish (world, second, "succeeded", "succeeded");
  pledge (world, 1, "a2", 4000000);
  world_advance (world, 90 * WORLD_DAY);
  world_sweep (world);
  expect_earnings (world, 2800000, 3500000, 2700000, 0, 0);
}

static void
test_item_limit (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *intent = NULL;

  world_furnish (world, 0);
  world->check = FALSE;
  set_method (world, 1, "m");
  for (guint i = 0; i < FAR_BOOKS_TAB_ITEMS_MAX; i++)
    {
      g_autofree char *article = g_strdup_printf ("a%u", i);

      pledge (world, 1, article, 2501);
    }
  world_refused (world, "exposure_limit", PLEDGE, "k", READER (1), "last", 2501u);
  world->check = TRUE;
  /* All of them in one charge. */
  intent = begin (world, "c1", 5000000);
  finish (world, intent, "succeeded", "succeeded");
  expect_wallet (world, 1, 2000, 0);
  pledge (world, 1, "last", 2501);
}

static void
test_currencies (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  static const struct { const char *currency; gint64 price, charge; } cases[] = {
    { "JPY", 700999999, 700000000 }, { "KWD", 2019999, 2010000 }, { "EUR", 5009999, 5000000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *currency = cases[i].currency;
      g_autoptr (JsonNode) property = NULL, paid = NULL, wallet = NULL;
      g_autofree char *intent = NULL;

      property = world_ask (world, "{'command':'property.ensure','property':'p-%s',"
                            "'currency':'%s','terms':{'fee_bps':1000}}", currency, currency);
      set_method (world, 1, currency);
      paid = world_ask (world, "{'command':'pledge','key':'%s','reader':'%s',"
                        "'property':'p-%s','article':'a','price_micros':'%"
                        G_GINT64_FORMAT "','currency':'%s'}",
                        currency, READER (1), currency, cases[i].price, currency);
      g_assert_cmpint (answer_micros (paid, "tab_micros"), ==, cases[i].price);
      intent = begin (world, currency, cases[i].charge);
      finish (world, intent, "succeeded", "succeeded");
      wallet = world_ask (world, "{'command':'wallet','reader':'%s','property':'p-%s'}",
                          READER (1), currency);
      g_assert_cmpint (answer_micros (wallet, "tab_micros"), ==,
                       cases[i].price - cases[i].charge);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settlement/threshold", test_threshold);
  g_test_add_func ("/settlement/rest-is-settled-later", test_rest_is_settled_later);
  g_test_add_func ("/settlement/month", test_month);
  g_test_add_func ("/settlement/least-charge", test_least_charge);
  g_test_add_func ("/settlement/no-method", test_no_method);
  g_test_add_func ("/settlement/refund-and-charge", test_refund_and_charge);
  g_test_add_func ("/settlement/refund-of-part", test_refund_of_part);
  g_test_add_func ("/settlement/refund-of-part-rounds", test_refund_of_part_rounds);
  g_test_add_func ("/settlement/failure-and-write-off", test_failure_and_write_off);
  g_test_add_func ("/settlement/success-forgives", test_success_forgives);
  g_test_add_func ("/settlement/item-limit", test_item_limit);
  g_test_add_func ("/settlement/currencies", test_currencies);
  return g_test_run ();
}
