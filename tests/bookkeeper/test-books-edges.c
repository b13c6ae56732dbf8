/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where two rules meet: failures of a tab that was cleared, refunds and disputes of one payment,
 * names that two parties share, fees in another currency than the payment, lists longer than one
 * answer. The books are checked after every command (books-world.h). */
#include <string.h>

#include <sqlite3.h>

#include "books-press.h"

#define BEGIN "{'command':'charge.begin','key':'%s','tab':'%s'}"
#define FINISH "{'command':'charge.finish','intent':'%s','outcome':'%s','provider_id':'%s'%s}"
#define DISPUTE "{'command':'dispute.apply','dispute':'%s','payment':'%s','status':'%s'," \
                "'amount_micros':'%u'%s}"
#define REFUND "{'command':'refund','key':'%s','reader':'%s','property':'news','article':'%s'}"

/* Begins the charge of the only tab that is due, and ends it. */
static JsonNode *
charge (World *world, const char *key, const char *outcome, const char *more)
{
  g_autoptr (JsonNode) due = world_ask (world, "{'command':'tabs.due'}");
  g_autoptr (JsonNode) begun = NULL;

  g_assert_cmpuint (length (due, "tabs"), ==, 1);
  begun = world_ask (world, BEGIN, key, json_object_get_string_member (nth (due, "tabs", 0),
                                                                       "tab"));
  return world_ask (world, FINISH, answer_text (begun, "intent"), outcome, key, more);
}

static void
save_method (World *world, guint reader, const char *key)
{
  done (world_ask (world, "{'command':'method.set','key':'%s','reader':'%s','customer':'c',"
                   "'payment_method':'pm'}", key, world_reader (reader)));
}

/* The 60 days of a failure end with what had failed: what is pledged later is not written off. */
static void
test_cleared_tab (void)
{
  g_autoptr (World) world = new_world ();
  gint64 pay_micros;

  save_method (world, 1, "m");
  done (world_ask (world, PLEDGE, "k1", world_reader (1), "news", "a", (gint64) 6000000));
  done (charge (world, "c1", "failed", ",'reason':'declined'"));
  done (world_ask (world, REFUND, "r1", world_reader (1), "a"));
  world_advance (world, 59 * WORLD_DAY);
  done (world_ask (world, PLEDGE, "k2", world_reader (1), "news", "b", (gint64) 1000000));
  world_advance (world, 2 * WORLD_DAY);
  world_sweep (world);
  pay_micros = earning (world, "news", "estimated_micros");
  g_assert_cmpint (pay_micros, ==, 700000);
  g_assert_cmpint (earning (world, "news", "write_off_micros"), ==, 0);

  /* The same where the refund came while the charge was on its way. */
  done (world_ask (world, PLEDGE, "k3", world_reader (1), "news", "c", (gint64) 6000000));
  {
    g_autoptr (JsonNode) due = world_ask (world, "{'command':'tabs.due'}");
    g_autoptr (JsonNode) begun =
      world_ask (world, BEGIN, "c2", json_object_get_string_member (nth (due, "tabs", 0), "tab"));

    done (world_ask (world, REFUND, "r3", world_reader (1), "c"));
    world_advance (world, WORLD_DAY / 2);
    done (world_ask (world, FINISH, answer_text (begun, "intent"), "failed", "pi", ""));
  }
  g_assert_cmpint (earning (world, "news", "write_off_micros"), ==, 0);
}

/* A card that was declined secures no more: nobody reads on it for what it never pays. */
static void
test_declined_card (void)
{
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) wallet = NULL, after = NULL;

  save_method (world, 1, "m");
  done (world_ask (world, PLEDGE, "k1", world_reader (1), "news", "a", (gint64) 6000000));
  done (charge (world, "c1", "failed", ",'reason':'declined'"));
  wallet = world_wallet (world, 1);
  g_assert_true (answer_bool (wallet, "method"));
  g_assert_true (answer_bool (wallet, "method_required"));
  world_refused (world, "payment_method_required", PLEDGE, "k2", world_reader (1), "news", "b",
                 (gint64) 50000);
  world_advance (world, WORLD_SECOND);
  save_method (world, 1, "m2");
  done (world_ask (world, PLEDGE, "k3", world_reader (1), "news", "b", (gint64) 50000));
  done (charge (world, "c2", "succeeded", ""));
  after = world_wallet (world, 1);
  g_assert_false (answer_bool (after, "method_required"));
}

/* An amount that the provider finds too small is carried forward, never counted as a failure. */
static void
test_too_small (void)
{
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) none = NULL, wallet = NULL;

  save_method (world, 1, "m");
  done (world_ask (world, PLEDGE, "k1", world_reader (1), "news", "a", (gint64) 6000000));
  done (charge (world, "c1", "failed", ",'reason':'amount_too_small'"));
  none = world_ask (world, "{'command':'tabs.due'}");
  g_assert_cmpuint (length (none, "tabs"), ==, 0);
  world_advance (world, 61 * WORLD_DAY);
  world_sweep (world);
  g_assert_cmpint (earning (world, "news", "write_off_micros"), ==, 0);
  done (charge (world, "c2", "succeeded", ",'fee_micros':'0'"));
  g_assert_cmpint (earning (world, "news", "final_micros"), ==, 4200000);
  wallet = world_wallet (world, 1);
  g_assert_cmpint (answer_micros (wallet, "tab_micros"), ==, 0);
}

/* A charge that was given up and is paid after all is the reader's money: in the wallet once, back
 * to the card if they like, or taken back by their bank. */
static void
test_paid_after_all (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *intent = NULL;
  g_autoptr (JsonNode) begun = NULL, late = NULL, again = NULL, wallet = NULL, taken = NULL;

  save_method (world, 1, "m");
  done (world_ask (world, PLEDGE, "k1", world_reader (1), "news", "a", (gint64) 6000000));
  {
    g_autoptr (JsonNode) due = world_ask (world, "{'command':'tabs.due'}");

    begun = world_ask (world, BEGIN, "c1", json_object_get_string_member (nth (due, "tabs", 0),
                                                                          "tab"));
    intent = g_strdup (answer_text (begun, "intent"));
  }
  done (world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'failed'}", intent));
  world_refused (world, "bad_request", "{'command':'charge.finish','intent':'%s','outcome':"
                 "'succeeded'}", intent);
  late = world_ask (world, FINISH, intent, "succeeded", "pi_1", ",'fee_micros':'474000'");
  g_assert_cmpstr (answer_text (late, "state"), ==, "succeeded");
  g_assert_cmpint (answer_micros (late, "to_wallet_micros"), ==, 6000000);
  again = world_ask (world, FINISH, intent, "succeeded", "pi_1", ",'fee_micros':'474000'");
  g_assert_true (json_node_equal (late, again));
  done (world_ask (world, FINISH, intent, "failed", "pi_1", ""));
  wallet = world_wallet (world, 1);
  g_assert_cmpint (answer_micros (wallet, "wallet_micros"), ==, 6000000);
  g_assert_cmpint (answer_micros (wallet, "wallet_refundable_micros"), ==, 6000000);
  g_assert_cmpint (answer_micros (wallet, "tab_micros"), ==, 6000000);
  taken = world_ask (world, DISPUTE, "dp", "pi_1", "lost", 6000000u, "");
  g_assert_cmpint (answer_micros (taken, "wallet_micros"), ==, 6000000);
}

/* ---- disputes ---- */

/* What a bank is taking back is not offered to the card as well. */
static void
test_no_payback_of_a_dispute (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *first = NULL;
  g_autoptr (JsonNode) begun = NULL, wallet = NULL, again = NULL, in = NULL, back = NULL;
  g_autofree char *payment = NULL;

  world_top_up (world, 1, 5000000, "t1");
  first = world_begin_topup (world, 1, 5000000, "t2");
  done (world_finish_topup (world, first, "succeeded"));
  payment = g_strdup_printf ("pi_%.4s", first + 28);
  done (world_ask (world, DISPUTE, "dp", payment, "opened", 5000000u, ""));
  wallet = world_wallet (world, 1);
  g_assert_cmpint (answer_micros (wallet, "wallet_micros"), ==, 5000000);
  g_assert_cmpint (answer_micros (wallet, "wallet_refundable_micros"), ==, 5000000);
  begun = world_ask (world, "{'command':'wallet.refund.begin','key':'b','reader':'%s',"
                     "'property':'news'}", world_reader (1));
  g_assert_cmpuint (json_array_get_length (world_refunds (begun)), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (nth (begun, "refunds", 0), "payment"), !=,
                   payment);
  /* Once it is won, that payment can go back too. */
  done (world_ask (world, DISPUTE, "dp", payment, "won", 5000000u, ""));
  again = world_ask (world, "{'command':'wallet.refund.begin','key':'c','reader':'%s',"
                     "'property':'news'}", world_reader (1));
  g_assert_cmpstr (json_object_get_string_member (nth (again, "refunds", 0), "payment"), ==,
                   payment);
  /* Money that went both ways is what the checklist of going live asks for. */
  in = world_ask (world, "{'command':'ledger.health'}");
  g_assert_true (answer_bool (in, "paid_in"));
  g_assert_false (answer_bool (in, "paid_back"));
  done (world_end_refund (world, again, 0, "succeeded"));
  back = world_ask (world, "{'command':'ledger.health'}");
  g_assert_true (answer_bool (back, "paid_back"));
}

/* A payment that is taken back in two parts: each micro once, whichever is won. */
static void
test_two_disputes (void)
{
  for (guint won = 0; won < 3; won++)
    {
      g_autoptr (World) world = new_world ();
      g_autoptr (JsonNode) rest = NULL;
      gint64 whole_micros;

      pay (world, 1, "blog", "b", 10003333);
      whole_micros = earning (world, "blog", "balance_micros");
      done (world_ask (world, DISPUTE, "dp1", "pi_1-blog-b", "opened", 4000001u, ""));
      rest = world_ask (world, DISPUTE, "dp2", "pi_1-blog-b", "opened", 10000000u, "");
      g_assert_cmpint (answer_micros (rest, "amount_micros"), ==, 5999999);
      g_assert_cmpint (earning (world, "blog", "balance_micros"), ==, 0);
      world_refused (world, "conflict", DISPUTE, "dp3", "pi_1-blog-b", "opened", 1u, "");
      if (won == 0)
        continue;
      done (world_ask (world, DISPUTE, won == 1 ? "dp1" : "dp2", "pi_1-blog-b", "won", 1u, ""));
      g_assert_cmpint (earning (world, "blog", "balance_micros"), >, 0);
      done (world_ask (world, DISPUTE, won == 1 ? "dp2" : "dp1", "pi_1-blog-b", "won", 1u, ""));
      g_assert_cmpint (earning (world, "blog", "balance_micros"), ==, whole_micros);
    }
}

/* ---- whose figures ---- */

#define HASH "aa00000000000000000000000000000000000000000000000000000000000001"
#define CREATE "{'command':'token.create','hash':'%s','role':'publisher','scope':'%s','label':'l'}"
#define EARNINGS "{'command':'earnings','token':'%s','property':'%s'}"

/* Whoever may see one property sees its own part of payouts and charges, and no sister's. */
static void
test_property_alone (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *batch = NULL;
  g_autoptr (JsonNode) list = NULL, trace = NULL, all = NULL;
  JsonArray *steps;

  set_accounts (world);
  done (world_ask (world, CREATE, HASH, "blog"));
  save_method (world, 1, "m");
  done (world_ask (world, PLEDGE, "k1", world_reader (1), "blog", "b", (gint64) 10000000));
  done (world_ask (world, PLEDGE, "k2", world_reader (1), "news", "a", (gint64) 3000000));
  done (charge (world, "c1", "succeeded", ",'fee_micros':'400000'"));
  world_advance (world, 2 * WORLD_DAY);
  batch = prepare (world, "p", 9000000 + 2100000);

  list = world_ask (world, "{'command':'payout.list','token':'" HASH "','property':'blog'}");
  g_assert_cmpuint (length (list, "payouts"), ==, 1);
  g_assert_cmpint (micros_of (nth (list, "payouts", 0), "amount_micros"), ==, 9000000);
  world_refused (world, "unauthorized", "{'command':'payout.list','token':'" HASH "',"
                 "'property':'news'}");
  world_refused (world, "unauthorized", "{'command':'payout.list','token':'" HASH "',"
                 "'publisher':'news'}");
  world_refused (world, "unauthorized", "{'command':'payout.list','token':'" HASH "'}");
  world_refused (world, "unauthorized", "{'command':'statement','token':'" HASH "','month':"
                 "'2026-11','publisher':'news'}");
  all = world_ask (world, "{'command':'payout.list','token':'%s','publisher':'news'}",
                   world->token_hash);
  g_assert_cmpint (micros_of (nth (all, "payouts", 0), "amount_micros"), ==, 11100000);

  trace = world_ask (world, "{'command':'trace','token':'" HASH "','property':'blog','article':"
                     "'b'}");
  steps = json_object_get_array_member (nth (trace, "pledges", 0), "steps");
  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);

      if (strcmp (json_object_get_string_member (step, "kind"), "charged") == 0)
        g_assert_cmpint (micros_of (step, "charge_micros"), ==, 10000000);
    }
}

/* A name that a publisher and somebody else's property share opens neither. */
static void
test_shared_name (void)
{
  static const char other[] = "bb00000000000000000000000000000000000000000000000000000000000002";
  static const char third[] = "cc00000000000000000000000000000000000000000000000000000000000003";
  g_autoptr (World) world = new_world ();

  done (world_ask (world, CREATE, HASH, "daily"));
  done (world_ask (world, CREATE, other, "property:daily"));
  done (world_ask (world, CREATE, third, "publisher:daily"));
  done (world_ask (world, "{'command':'property.ensure','property':'daily','currency':'USD',"
                   "'publisher':'news','terms':{}}"));
  done (world_ask (world, EARNINGS, HASH, "daily"));
  done (world_ask (world, "{'command':'property.ensure','property':'weekly','currency':'USD',"
                   "'publisher':'daily','terms':{}}"));
  world_refused (world, "unauthorized", EARNINGS, HASH, "daily");
  world_refused (world, "unauthorized", EARNINGS, HASH, "weekly");
  done (world_ask (world, EARNINGS, other, "daily"));
  world_refused (world, "unauthorized", EARNINGS, other, "weekly");
  done (world_ask (world, EARNINGS, third, "weekly"));
  world_refused (world, "unauthorized", EARNINGS, third, "daily");
}

/* ---- currencies ---- */

/* 20 dollars, 2,000 yen, 6.4 dinars: never 20 yen. */
static void
test_thresholds (void)
{
  static const struct { const char *currency; gint64 micros; } cases[] = {
    { "USD", 20000000 }, { "EUR", 20000000 }, { "JPY", G_GINT64_CONSTANT (2000000000) },
    { "KWD", 6400000 },
  };
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) list = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      done (world_ask (world, "{'command':'property.ensure','property':'p%u','currency':'%s',"
                       "'publisher':'all','terms':{}}", i, cases[i].currency));
      {
        g_autofree char *name = g_strdup_printf ("p%u", i);

        g_assert_cmpint (earning (world, name, "threshold_micros"), ==, cases[i].micros);
      }
    }
  list = world_ask (world, "{'command':'publisher.list'}");
  g_assert_cmpuint (length (list, "publishers"), ==, 2);
  done (world_ask (world, "{'command':'publisher.set','publisher':'all','threshold_micros':"
                   "'5000000'}"));
  g_assert_cmpint (earning (world, "p2", "threshold_micros"), ==, 5000000);
}

/* What the house has on accounts of a kind and currency, by the trial balance. */
static gint64
balance_of (World *world, const char *currency, const char *kind)
{
  g_autoptr (JsonNode) statement =
    world_ask (world, "{'command':'statement','token':'%s','month':'2026-11','currency':'%s'}",
               world->token_hash, currency);

  for (guint i = 0; i < length (statement, "books"); i++)
    if (strcmp (json_object_get_string_member (nth (statement, "books", i), "account"), kind) == 0)
      return micros_of (nth (statement, "books", i), "closing_micros");
  return 0;
}

/* An account kept in dollars is paid in yen: the provider's fee is of dollars, and stays so. */
static void
test_fee_of_another_currency (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *checkout = NULL;

  save_method (world, 1, "m");
  done (world_ask (world, PLEDGE, "k1", world_reader (1), "news", "a", (gint64) 6000000));
  done (charge (world, "pi_1", "succeeded", ",'fee_micros':'474000','fee_currency':'EUR'"));
  g_assert_cmpint (balance_of (world, "USD", "provider_fees"), ==, 0);
  g_assert_cmpint (balance_of (world, "USD", "provider_clearing"), ==, -6000000);
  g_assert_cmpint (balance_of (world, "EUR", "provider_fees"), ==, -474000);
  g_assert_cmpint (balance_of (world, "EUR", "provider_clearing"), ==, 474000);
  world_refused (world, "not_found", "{'command':'statement','token':'%s','month':'2026-11',"
                 "'currency':'CHF'}", world->token_hash);

  done (world_ask (world, DISPUTE, "dp", "pi_1", "opened", 6000000u,
                   ",'fee_micros':'15000000','fee_currency':'EUR'"));
  g_assert_cmpint (balance_of (world, "EUR", "dispute_loss"), ==, -15000000);
  world_refused (world, "wrong_currency", DISPUTE, "dp", "pi_1", "lost", 6000000u,
                 ",'fee_micros':'16000000','fee_currency':'USD'");
  done (world_ask (world, DISPUTE, "dp", "pi_1", "won", 6000000u,
                   ",'fee_micros':'15000000','fee_currency':'EUR'"));
  g_assert_cmpint (balance_of (world, "USD", "dispute_loss"), ==, 0);

  checkout = world_begin_topup (world, 2, 5000000, "t");
  done (world_ask (world, "{'command':'checkout.finish','checkout':'%s','outcome':'succeeded',"
                   "'provider_id':'pi_t','fee_micros':'100000','fee_currency':'EUR'}", checkout));
  g_assert_cmpint (balance_of (world, "EUR", "provider_fees"), ==, -574000);
  world_refused (world, "bad_request", FINISH, "00000000000000000000000000000000", "succeeded",
                 "pi", ",'fee_currency':'DOLLAR'");
}

/* Who goes is told what stays, each currency for itself. */
static void
test_left_of_two_currencies (void)
{
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) gone = NULL, rest = NULL;

  done (world_ask (world, "{'command':'property.ensure','property':'tokyo','currency':'JPY',"
                   "'terms':{}}"));
  world_top_up (world, 1, 5000000, "t1");
  done (world_ask (world, PLEDGE, "k1", world_reader (1), "news", "a", (gint64) 4999999));
  {
    g_autoptr (JsonNode) begun =
      world_ask (world, "{'command':'checkout.begin','key':'j','reader':'%s','property':'tokyo',"
                 "'kind':'topup','amount_micros':'500000000'}", world_reader (1));

    done (world_ask (world, "{'command':'checkout.finish','checkout':'%s','outcome':'succeeded',"
                     "'provider_id':'pi_j'}", answer_text (begun, "checkout")));
    done (world_ask (world, "{'command':'pledge','key':'k2','reader':'%s','property':'tokyo',"
                     "'article':'a','price_micros':'499999998','currency':'JPY'}",
                     world_reader (1)));
  }
  world_advance (world, 2 * WORLD_DAY);
  gone = world_ask (world, "{'command':'reader.delete','reader':'%s','confirm':true}",
                    world_reader (1));
  g_assert_cmpuint (length (gone, "left"), ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (micros_of (nth (gone, "left", i), "amount_micros"), ==,
                     strcmp (json_object_get_string_member (nth (gone, "left", i), "currency"),
                             "USD") == 0 ? 1 : 2);
}

/* Of somebody who was forgotten the books learn nothing again, whatever arrives late. */
static void
test_forgotten_meanwhile (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *path = g_build_filename (world->dir, "money", "ledger.db", NULL);
  g_autoptr (JsonNode) begun = NULL, late = NULL;
  sqlite3_stmt *count;
  sqlite3 *db;

  begun = world_ask (world, "{'command':'checkout.begin','key':'k','reader':'%s','property':'news',"
                     "'kind':'setup'}", world_reader (1));
  done (world_ask (world, "{'command':'checkout.session','checkout':'%s','session':'cs','url':"
                   "'https://pay'}", answer_text (begun, "checkout")));
  done (world_ask (world, "{'command':'reader.delete','reader':'%s','confirm':true}",
                   world_reader (1)));
  late = world_ask (world, "{'command':'checkout.finish','checkout':'%s','outcome':'succeeded',"
                    "'customer':'cus_person','payment_method':'pm_person'}",
                    answer_text (begun, "checkout"));
  g_assert_cmpstr (answer_text (late, "state"), ==, "expired");
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, "SELECT (SELECT count (*) FROM readers"
                                       " WHERE customer IS NOT NULL) + (SELECT count (*) FROM"
                                       " checkouts WHERE customer IS NOT NULL)", -1, &count,
                                       NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (count), ==, SQLITE_ROW);
  g_assert_cmpint (sqlite3_column_int (count, 0), ==, 0);
  sqlite3_finalize (count);
  sqlite3_close (db);
}

/* ---- long lists ---- */

/* More charges wait than are told at once: in some minutes each is told. */
static void
test_in_turn (void)
{
  g_autoptr (World) world = new_world ();
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  world->check = FALSE; /* 90 readers, and nothing that only this test does */
  for (guint i = 1; i <= 90; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%u", i);
      g_autoptr (JsonNode) due = NULL;

      save_method (world, i, key);
      done (world_ask (world, PLEDGE, key, world_reader (i), "news", "a", (gint64) 6000000));
      due = world_ask (world, "{'command':'tabs.due'}");
      done (world_ask (world, BEGIN, key, json_object_get_string_member (nth (due, "tabs", 0),
                                                                         "tab")));
    }
  for (guint minute = 0; minute < 10; minute++)
    {
      g_autoptr (JsonNode) due = world_ask (world, "{'command':'tabs.due'}");

      g_assert_cmpuint (length (due, "open"), <=, 40);
      for (guint i = 0; i < length (due, "open"); i++)
        g_hash_table_add (told, g_strdup (json_object_get_string_member (nth (due, "open", i),
                                                                         "intent")));
      world_advance (world, 60 * WORLD_SECOND);
    }
  g_assert_cmpuint (g_hash_table_size (told), ==, 90);
}

/* A list that is longer than an answer comes in pages; nothing is left out, and nobody ends. */
static void
test_many_publishers (void)
{
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) skipped = NULL;
  g_autofree char *stem = g_strnfill (110, 'x');
  gint64 offset = 0;
  guint n = 0;

  world->check = FALSE; /* as above */
  for (guint i = 0; i < 250; i++)
    done (world_ask (world, "{'command':'property.ensure','property':'%s%u','currency':'USD',"
                     "'publisher_name':'%s','terms':{}}", stem, i,
                     "Seventy letters of a publishers name as long as a bank takes it at all"));
  do
    {
      g_autoptr (JsonNode) page = world_ask (world, "{'command':'publisher.list','offset':%d}",
                                             (int) offset);

      for (guint i = 0; i < length (page, "publishers"); i++)
        n += json_array_get_length (json_object_get_array_member (nth (page, "publishers", i),
                                                                  "properties"));
      offset = json_object_get_null_member (object (page), "next_offset")
                 ? 0 : answer_int (page, "next_offset");
    }
  while (offset > 0);
  g_assert_cmpuint (n, ==, 252);
  skipped = world_ask (world, "{'command':'payout.prepare','key':'p'}");
  g_assert_cmpuint (length (skipped, "skipped"), >, 20);
}

/* ---- books of the version before ---- */

/* Fees of before are of the payment's own currency. */
static void
test_migration (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *path = g_build_filename (world->dir, "money", "ledger.db", NULL);
  char *message = NULL;
  sqlite3 *db;

  pay (world, 1, "blog", "b", 10000000);
  done (world_ask (world, DISPUTE, "dp", "pi_1-blog-b", "opened", 10000000u,
                   ",'fee_micros':'15000000'"));
  far_books_close (g_steal_pointer (&world->books));
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, "BEGIN; ALTER TABLE charges DROP COLUMN fee_currency;"
                    "ALTER TABLE checkouts DROP COLUMN fee_currency;"
                    "ALTER TABLE disputes DROP COLUMN fee_currency;"
                    "DROP TABLE answers_before;"
                    "DROP INDEX properties_least;"
                    "ALTER TABLE properties DROP COLUMN least_charge_micros;"
                    "UPDATE ledger_module SET version = iif (name = 'bookkeeper', 2, 1)"
                    " WHERE name IN ('bookkeeper', 'publishing'); COMMIT", NULL, NULL, &message) !=
      SQLITE_OK)
    g_error ("%s", message);
  sqlite3_close (db);

  world_reopen_as (world, FAR_LEDGER_MONEY_TEST);
  done (world_ask (world, DISPUTE, "dp", "pi_1-blog-b", "won", 10000000u, ""));
  g_assert_cmpint (balance_of (world, "USD", "provider_fees"), ==, -400000);
  g_assert_cmpint (balance_of (world, "USD", "dispute_loss"), ==, -15000000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/edges/cleared-tab", test_cleared_tab);
  g_test_add_func ("/books/edges/declined-card", test_declined_card);
  g_test_add_func ("/books/edges/too-small", test_too_small);
  g_test_add_func ("/books/edges/paid-after-all", test_paid_after_all);
  g_test_add_func ("/books/edges/no-payback-of-a-dispute", test_no_payback_of_a_dispute);
  g_test_add_func ("/books/edges/two-disputes", test_two_disputes);
  g_test_add_func ("/books/edges/property-alone", test_property_alone);
  g_test_add_func ("/books/edges/shared-name", test_shared_name);
  g_test_add_func ("/books/edges/thresholds", test_thresholds);
  g_test_add_func ("/books/edges/fee-of-another-currency", test_fee_of_another_currency);
  g_test_add_func ("/books/edges/left-of-two-currencies", test_left_of_two_currencies);
  g_test_add_func ("/books/edges/forgotten-meanwhile", test_forgotten_meanwhile);
  g_test_add_func ("/books/edges/in-turn", test_in_turn);
  g_test_add_func ("/books/edges/many-publishers", test_many_publishers);
  g_test_add_func ("/books/edges/migration", test_migration);
  return g_test_run ();
}
