/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pledge, entitlement, refund, wallet, method.set: what they answer, what they book, what they
 * refuse. */
#include "books-world.h"

#define READER(n) world_reader (n)

static void
test_pledge (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) first = NULL, again = NULL, other_tab = NULL, earnings = NULL;
  g_autoptr (JsonNode) entitled = NULL, not_entitled = NULL;
  JsonObject *entitlement;

  world_furnish (world, 0);
  first = world_pledge (world, 1, "a1", "k1");
  g_assert_cmpint (answer_micros (first, "moved_micros"), ==, 50000);
  g_assert_cmpint (answer_micros (first, "tab_micros"), ==, 50000);
  g_assert_false (answer_bool (first, "existing"));
  g_assert_cmpstr (answer_text (first, "paid_from"), ==, "tab");
  entitlement = json_object_get_object_member (json_node_get_object (first), "entitlement");
  g_assert_cmpstr (json_object_get_string_member (entitlement, "by"), ==, "pledge");
  g_assert_cmpint (json_object_get_int_member (entitlement, "refundable_until_us"), ==,
                   json_object_get_int_member (entitlement, "since_us") + WORLD_DAY);

  /* A double click: the same key, the same answer, nothing moved. */
  again = world_pledge (world, 1, "a1", "k1");
  g_assert_true (json_node_equal (first, again));
  /* Two tabs: another key, one entitlement. */
  other_tab = world_pledge (world, 1, "a1", "k2");
  g_assert_true (answer_bool (other_tab, "existing"));
  g_assert_cmpint (answer_micros (other_tab, "moved_micros"), ==, 0);
  g_assert_cmpint (answer_micros (other_tab, "tab_micros"), ==, 50000);
  g_assert_null (answer_text (other_tab, "paid_from"));

  earnings = world_earnings (world);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, 35000);
  g_assert_cmpint (answer_micros (earnings, "pay_micros"), ==, 35000);
  g_assert_cmpint (answer_micros (earnings, "fee_micros"), ==, 15000);
  g_assert_cmpint (answer_micros (earnings, "estimated_micros"), ==, 35000);
  g_assert_cmpint (answer_micros (earnings, "final_micros"), ==, 0);
  g_assert_cmpint (answer_int (earnings, "pledges"), ==, 1);

  entitled = world_ask (world, "{'command':'entitlement','reader':'%s','property':'news',"
                        "'article':'a1'}", READER (1));
  g_assert_true (answer_bool (entitled, "entitled"));
  g_assert_cmpstr (answer_text (entitled, "by"), ==, "pledge");
  not_entitled = world_ask (world, "{'command':'entitlement','reader':'%s','property':'news',"
                            "'article':'a1'}", READER (2));
  g_assert_false (answer_bool (not_entitled, "entitled"));
  world_refused (world, "unknown_property", "{'command':'entitlement','reader':'%s',"
                 "'property':'other','article':'a1'}", READER (1));
}

#define PLEDGE "{'command':'pledge','key':'%s','reader':'%s','property':'%s','article':'%s'," \
               "'price_micros':'%s','currency':'%s'}"

static void
test_pledge_refused (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) one = NULL, two = NULL, ad = NULL, method = NULL, three = NULL;
  g_autoptr (JsonNode) earnings = NULL;

  world_furnish (world, 1000000);
  world_refused (world, "unknown_property", PLEDGE, "k", READER (1), "other", "a", "50000", "USD");
  world_refused (world, "wrong_currency", PLEDGE, "k", READER (1), "news", "a", "50000", "EUR");
  one = world_pledge (world, 1, "a1", "k1");
  world_refused (world, "idempotency_mismatch", PLEDGE, "k1", READER (1), "news", "a1", "50001",
                 "USD");
  world_refused (world, "idempotency_mismatch", PLEDGE, "k1", READER (1), "news", "a2", "50000",
                 "USD");
  two = world_pledge (world, 1, "a2", "k2");
  world_refused (world, "payment_method_required", PLEDGE, "k3", READER (1), "news", "a3", "50000",
                 "USD");
  /* Ads do not count and still work. */
  ad = world_watch (world, 1, "a4", "k4");
  g_assert_true (answer_bool (ad, "entitled"));
  /* A refusal is final for its key, so that a late copy cannot move money. */
  method = world_ask (world, "{'command':'method.set','key':'m','reader':'%s','customer':'cus_1',"
                      "'payment_method':'pm_1'}", READER (1));
  world_refused (world, "payment_method_required", PLEDGE, "k3", READER (1), "news", "a3", "50000",
                 "USD");
  three = world_pledge (world, 1, "a3", "k5");
  g_assert_cmpint (answer_micros (three, "tab_micros"), ==, 150000);

  earnings = world_earnings (world);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, 3 * 35000 + 14000);
  g_assert_cmpint (answer_micros (earnings, "ad_micros"), ==, 14000);
  g_assert_cmpint (answer_micros (earnings, "final_micros"), ==, 14000);
}

/* The same key of two readers, two commands and two principals is three keys. */
static void
test_key_scope (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) one = NULL, two = NULL, refund = NULL, other = NULL;
  g_autofree char *json = NULL;

  world_furnish (world, 0);
  one = world_pledge (world, 1, "a1", "k");
  two = world_pledge (world, 2, "a2", "k");
  g_assert_false (answer_bool (two, "existing"));
  refund = world_ask (world, "{'command':'refund','key':'k','reader':'%s','property':'news',"
                      "'article':'a1'}", READER (1));
  g_assert_cmpint (answer_micros (refund, "refunded_micros"), ==, 50000);
  json = g_strdelimit (g_strdup_printf (PLEDGE, "k", READER (2), "news", "a3", "50000", "USD"),
                       "'", '"');
  other = world_ask_as (world, "another", FAR_COMMANDS_ALL, json);
  g_assert_cmpint (answer_micros (other, "moved_micros"), ==, 50000);
}

/* The answer of a key outlives a restart, and 30 days later the key is new. */
static void
test_key_kept (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) one = NULL, again = NULL, refund = NULL, late = NULL;

  world_furnish (world, 0);
  one = world_pledge (world, 1, "a1", "k");
  refund = world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'news',"
                      "'article':'a1'}", READER (1));
  world_reopen (world);
  again = world_pledge (world, 1, "a1", "k");
  g_assert_true (json_node_equal (one, again));
  world_advance (world, 30 * WORLD_DAY - WORLD_SECOND);
  world_sweep (world);
  g_clear_pointer (&again, json_node_unref);
  again = world_pledge (world, 1, "a1", "k");
  g_assert_true (json_node_equal (one, again));
  world_advance (world, 2 * WORLD_SECOND);
  world_sweep (world);
  late = world_pledge (world, 1, "a1", "k");
  g_assert_cmpint (answer_micros (late, "moved_micros"), ==, 50000);
}

#define REFUND "{'command':'refund','key':'%s','reader':'%s','property':'news','article':'%s'}"

static void
test_refund (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) one = NULL, two = NULL, refund = NULL, again = NULL, earnings = NULL;
  g_autoptr (JsonNode) ad = NULL, entitled = NULL;

  world_furnish (world, 1000000);
  one = world_pledge (world, 1, "a1", "k1");
  world_refused (world, "not_entitled", REFUND, "r0", READER (2), "a1");
  world_refused (world, "not_entitled", REFUND, "r0", READER (1), "a2");
  refund = world_ask (world, REFUND, "r1", READER (1), "a1");
  g_assert_cmpint (answer_micros (refund, "refunded_micros"), ==, 50000);
  g_assert_cmpint (answer_micros (refund, "to_tab_micros"), ==, 50000);
  g_assert_cmpint (answer_micros (refund, "to_wallet_micros"), ==, 0);
  g_assert_cmpint (answer_micros (refund, "tab_micros"), ==, 0);
  g_assert_cmpstr (answer_text (refund, "text_until"), ==, "leave");
  again = world_ask (world, REFUND, "r1", READER (1), "a1");
  g_assert_true (json_node_equal (refund, again));
  world_refused (world, "not_entitled", REFUND, "r2", READER (1), "a1");
  entitled = world_ask (world, "{'command':'entitlement','reader':'%s','property':'news',"
                        "'article':'a1'}", READER (1));
  g_assert_false (answer_bool (entitled, "entitled"));

  earnings = world_earnings (world);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, 0);
  g_assert_cmpint (answer_micros (earnings, "fee_micros"), ==, 0);
  g_assert_cmpint (answer_micros (earnings, "pay_micros"), ==, 35000);
  g_assert_cmpint (answer_micros (earnings, "refund_micros"), ==, 35000);

  /* Then pledge again; the window's last moment counts, the next one does not. */
  two = world_pledge (world, 1, "a1", "k2");
  g_assert_cmpint (answer_micros (two, "moved_micros"), ==, 50000);
  ad = world_watch (world, 1, "a2", "k3");
  world_refused (world, "not_refundable", REFUND, "r3", READER (1), "a2");
  world_advance (world, WORLD_DAY);
  world_refused (world, "window_over", REFUND, "r4", READER (1), "a1");
}

static void
test_refund_odd_amount (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) one = NULL, refund = NULL, before = NULL, after = NULL;

  world_furnish (world, 0);
  one = world_ask (world, PLEDGE, "k", READER (1), "news", "odd", "33333", "USD");
  before = world_earnings (world);
  g_assert_cmpint (answer_micros (before, "publisher_micros"), ==, 23333);
  g_assert_cmpint (answer_micros (before, "fee_micros"), ==, 10000);
  refund = world_ask (world, REFUND, "r", READER (1), "odd");
  g_assert_cmpint (answer_micros (refund, "refunded_micros"), ==, 33333);
  after = world_earnings (world);
  g_assert_cmpint (answer_micros (after, "publisher_micros"), ==, 0);
  g_assert_cmpint (answer_micros (after, "fee_micros"), ==, 0);
}

static void
test_refund_limit (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) next_day = NULL;

  world_furnish (world, 0);
  for (guint i = 0; i < 11; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%u", i);
      g_autoptr (JsonNode) pledge = world_pledge (world, 1, "a", key);
      g_autoptr (JsonNode) refund = NULL;

      if (i < 10)
        refund = world_ask (world, REFUND, key, READER (1), "a");
      else
        world_refused (world, "refund_limit", REFUND, key, READER (1), "a");
    }
  world_advance (world, WORLD_DAY / 2);
  next_day = world_ask (world, REFUND, "k", READER (1), "a");
}

static void
test_caps (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) property = NULL, one = NULL, two = NULL, three = NULL, method = NULL;
  g_autoptr (JsonNode) four = NULL, ensure = NULL, next_hour = NULL;

  /* 1,000 free pledges, but no more than 0.12 owed without and 0.20 with a method; 0.17 an hour. */
  property = world_ask (world, "{'command':'property.ensure','property':'news','currency':'USD',"
                        "'terms':{'free_limit':'1000','reader_cap_micros':'120000',"
                        "'tab_cap_micros':'200000','hour_cap_micros':'170000'}}");
  one = world_pledge (world, 1, "a1", "k1");
  two = world_pledge (world, 1, "a2", "k2");
  world_refused (world, "payment_method_required", PLEDGE, "k3", READER (1), "news", "a3", "50000",
                 "USD");
  three = world_pledge (world, 2, "a1", "k1");
  /* 150,000 of this hour's 170,000 are taken. */
  world_refused (world, "exposure_limit", PLEDGE, "k1", READER (3), "news", "a1", "50000", "USD");
  method = world_ask (world, "{'command':'method.set','key':'m','reader':'%s','customer':'cus_1',"
                      "'payment_method':'pm_1'}", READER (1));
  four = world_ask (world, PLEDGE, "k4", READER (1), "news", "a4", "100000", "USD");
  g_assert_cmpint (answer_micros (four, "tab_micros"), ==, 200000);
  world_refused (world, "exposure_limit", PLEDGE, "k5", READER (1), "news", "a5", "1", "USD");
  world_advance (world, 3600 * WORLD_SECOND);
  next_hour = world_pledge (world, 3, "a1", "k2");

  /* By amount instead: 120,000 may be pledged, whatever the number. */
  ensure = world_ask (world, "{'command':'property.ensure','property':'news','currency':'USD',"
                      "'terms':{'free_type':'amount','free_limit':'60000'}}");
  g_assert_true (answer_bool (ensure, "changed"));
  world_refused (world, "payment_method_required", PLEDGE, "k4", READER (3), "news", "a2", "10001",
                 "USD");
  g_clear_pointer (&one, json_node_unref);
  one = world_ask (world, PLEDGE, "k5", READER (3), "news", "a2", "10000", "USD");
}

static void
test_wallet (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) empty = NULL, wallet = NULL, one = NULL, two = NULL, refund = NULL;
  g_autoptr (JsonNode) ad = NULL;
  JsonArray *history;
  static const char *const kinds[] = { "ad", "refund", "pledge", "pledge" };

  world_furnish (world, 1000000);
  empty = world_ask (world, "{'command':'wallet','reader':'%s','property':'news'}", READER (1));
  g_assert_cmpint (answer_micros (empty, "tab_micros"), ==, 0);
  g_assert_cmpint (answer_int (empty, "pledges"), ==, 0);
  g_assert_cmpstr (answer_text (empty, "free_limit"), ==, "2");
  g_assert_false (answer_bool (empty, "method_required"));

  one = world_pledge (world, 1, "a1", "k1");
  world_advance (world, WORLD_SECOND);
  two = world_pledge (world, 1, "a2", "k2");
  world_advance (world, WORLD_SECOND);
  refund = world_ask (world, REFUND, "r1", READER (1), "a1");
  world_advance (world, WORLD_SECOND);
  ad = world_watch (world, 1, "a3", "k3");
  wallet = world_ask (world, "{'command':'wallet','reader':'%s','property':'news'}", READER (1));
  g_assert_cmpint (answer_micros (wallet, "tab_micros"), ==, 50000);
  g_assert_cmpint (answer_int (wallet, "pledges"), ==, 1);
  g_assert_cmpstr (answer_text (wallet, "free_type"), ==, "count");
  g_assert_false (answer_bool (wallet, "method"));
  g_assert_cmpint (answer_micros (wallet, "cap_micros"), ==, 1000000);
  history = json_object_get_array_member (json_node_get_object (wallet), "history");
  g_assert_cmpuint (json_array_get_length (history), ==, G_N_ELEMENTS (kinds));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (history, i),
                                                    "kind"), ==, kinds[i]);
}

/* Every property keeps its own count, the reader's tab is one. */
static void
test_two_properties (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) second = NULL, one = NULL, other = NULL, earnings = NULL;

  world_furnish (world, 0);
  second = world_ask (world, "{'command':'property.ensure','property':'weekly','currency':'USD',"
                      "'terms':{}}");
  one = world_pledge (world, 1, "a1", "k1");
  other = world_ask (world, PLEDGE, "k2", READER (1), "weekly", "a1", "70000", "USD");
  g_assert_false (answer_bool (other, "existing"));
  g_assert_cmpint (answer_micros (other, "tab_micros"), ==, 120000);
  earnings = world_ask (world, "{'command':'earnings','token':'%s','property':'weekly'}",
                        world->token_hash);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, 70000);
  g_assert_cmpint (answer_micros (earnings, "fee_micros"), ==, 0);
}

static void
test_earnings (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) one = NULL, two = NULL, ad = NULL, refund = NULL, earnings = NULL;
  g_autoptr (JsonNode) later = NULL;
  g_autofree char *wrong = g_strdup (world->token_hash);
  JsonObject *object, *article;
  JsonArray *days;

  world_furnish (world, 1000000);
  one = world_pledge (world, 1, "a1", "k1");
  world_advance (world, WORLD_DAY);
  two = world_pledge (world, 2, "a1", "k1");
  ad = world_watch (world, 3, "a2", "k1");
  refund = world_ask (world, REFUND, "r1", READER (2), "a1");
  earnings = world_earnings (world);
  object = json_node_get_object (earnings);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, 35000 + 14000);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==,
                   answer_micros (earnings, "pay_micros") + answer_micros (earnings, "ad_micros") -
                     answer_micros (earnings, "refund_micros") -
                     answer_micros (earnings, "write_off_micros"));
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==,
                   answer_micros (earnings, "estimated_micros") +
                     answer_micros (earnings, "final_micros"));
  g_assert_cmpint (answer_micros (earnings, "fee_micros"), ==, 15000 + 6000);
  article = json_array_get_object_element (json_object_get_array_member (object, "articles"), 0);
  g_assert_cmpstr (json_object_get_string_member (article, "article"), ==, "a1");
  g_assert_cmpint (json_object_get_int_member (article, "pledges"), ==, 2);
  days = json_object_get_array_member (object, "days");
  g_assert_cmpuint (json_array_get_length (days), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (days, 0), "day"),
                   ==, "2026-11-23");
  g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (days, 1), "day"),
                   ==, "2026-11-24");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "hours")), ==, 1);
  later = world_ask (world, "{'command':'earnings','token':'%s','property':'news','days':1}",
                     world->token_hash);
  days = json_object_get_array_member (json_node_get_object (later), "days");
  g_assert_cmpuint (json_array_get_length (days), ==, 1);

  wrong[0] = wrong[0] == '0' ? '1' : '0';
  world_refused (world, "unauthorized", "{'command':'earnings','token':'%s','property':'news'}",
                 wrong);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/pledge", test_pledge);
  g_test_add_func ("/books/pledge-refused", test_pledge_refused);
  g_test_add_func ("/books/key-scope", test_key_scope);
  g_test_add_func ("/books/key-kept", test_key_kept);
  g_test_add_func ("/books/refund", test_refund);
  g_test_add_func ("/books/refund-odd-amount", test_refund_odd_amount);
  g_test_add_func ("/books/refund-limit", test_refund_limit);
  g_test_add_func ("/books/caps", test_caps);
  g_test_add_func ("/books/wallet", test_wallet);
  g_test_add_func ("/books/two-properties", test_two_properties);
  g_test_add_func ("/books/earnings", test_earnings);
  return g_test_run ();
}
