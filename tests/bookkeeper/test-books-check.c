/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check of the tables against the journal sees every tampering it is there for: each is made on
 * books that are in order, found, named, and undone. */
#include "books-world.h"

#include <string.h>

#include "store/far-db.h"

#define READER(n) world_reader (n)

static const struct { const char *sql, *words; } tampers[] = {
  { "UPDATE tabs SET open_micros = open_micros + 1 WHERE n_open > 0", "tab 1" },
  { "UPDATE pledges SET price_micros = price_micros + 10 WHERE state = 0", "tab 1" },
  { "UPDATE pledges SET fee_bps = 2000 WHERE state = 0", "estimated" },
  { "UPDATE pledges SET state = 2 WHERE pledge = 1", "neither pledged nor watched" },
  { "UPDATE pledges SET reader = 2 WHERE pledge = 1", "neither pledged nor watched" },
  { "UPDATE pledges SET article = 'a9' WHERE pledge = 1", "neither pledged nor watched" },
  { "UPDATE pledges SET settled_micros = price_micros - 1 WHERE state = 0", "tab 1" },
  { "UPDATE entitlements SET ended_us = 5 WHERE by = 0 AND ended_us = 0", "though its pledge" },
  { "DELETE FROM entitlements WHERE by = 0 AND ended_us = 0", "without its entitlement" },
  { "DELETE FROM entitlements WHERE by = 2", "opened nothing" },
  { "INSERT INTO entitlements (reader, property, article, by, view, since_us,"
    " refundable_until_us) SELECT 1, 1, 'free', 2, view, 1, 0 FROM views WHERE state < 5",
    "neither pledged nor watched" },
  { "UPDATE entitlements SET ended_us = 0 WHERE ended_us > 0", "neither pledged nor watched" },
  { "UPDATE earnings_articles SET pay_micros = pay_micros + 1 WHERE article = 'a1'", "\"a1\"" },
  { "UPDATE earnings_articles SET ad_micros = ad_micros + 1 WHERE article = 'a3'", "\"a3\"" },
  { "UPDATE earnings_articles SET refund_micros = refund_micros - 1 WHERE article = 'a2'",
    "\"a2\"" },
  { "UPDATE earnings_articles SET fee_micros = fee_micros - 1 WHERE article = 'a2'", "\"a2\"" },
  { "DELETE FROM earnings_articles WHERE article = 'a3'", "no figures" },
  { "INSERT INTO earnings_articles VALUES (1, 'ghost', 5, 0, 0, 0, 0, 1, 0, 0)", "\"ghost\"" },
  { "UPDATE earnings_hours SET pay_micros = pay_micros + 1", "hours" },
  { "UPDATE views SET price_micros = price_micros - 1 WHERE state = 5", "payable" },
  { "UPDATE views SET state = 8 WHERE state = 5", "neither pledged nor watched" },
  { "UPDATE views SET state = 6 WHERE state < 5", "reserved" },
  { "UPDATE views SET price_micros = price_micros + 1 WHERE state < 5", "reserved" },
  { "UPDATE campaigns SET funded_micros = funded_micros + 1", "\"tea\"" },
  { "UPDATE tabs SET wallet = (SELECT id FROM tabs WHERE tab = 1) WHERE tab = 2", "wallet" },
  { "UPDATE charges SET to_wallet_micros = 1 WHERE state = 2", "wallet" },
  { "DELETE FROM charge_items", "sum of its items" },
  /* Pages, top-ups, refunds to cards. */
  { "UPDATE checkouts SET amount_micros = amount_micros + 10000 WHERE state = 2", "wallet" },
  { "UPDATE checkouts SET state = 3, fee_micros = 0 WHERE state = 2", "wallet" },
  { "UPDATE checkouts SET refunded_micros = 0 WHERE refunded_micros > 0", "refund" },
  { "UPDATE wallet_refunds SET state = 3 WHERE state = 2", "refunds went back" },
  { "UPDATE wallet_refunds SET amount_micros = amount_micros - 10000", "refunds went back" },
  { "DELETE FROM wallet_refunds", "refunds went back" },
  { "UPDATE charges SET amount_micros = amount_micros - 10000 WHERE state = 2",
    "sum of its items" },
  { "UPDATE charges SET fee_micros = fee_micros + 1 WHERE state = 2", "fee" },
  { "UPDATE checkouts SET fee_micros = fee_micros + 1 WHERE state = 2", "fee" },
  /* Publishers. */
  { "UPDATE payouts SET amount_micros = amount_micros - 10000 WHERE state = 1", "payout" },
  { "UPDATE payouts SET state = 2 WHERE state = 0", "payable" },
  { "UPDATE payouts SET state = 1 WHERE state = 0", "payouts" },
  { "UPDATE payout_items SET amount_micros = amount_micros + 1", "payable" },
  { "DELETE FROM payout_items", "payable" },
  { "UPDATE disputes SET state = 1 WHERE state = 0", "payable" },
  { "UPDATE disputes SET amount_micros = amount_micros + 10000", "disput" },
  { "UPDATE disputes SET loss_micros = loss_micros + 1, wallet_micros = wallet_micros", "disput" },
  { "UPDATE disputes SET fee_micros = fee_micros + 1", "disput" },
  { "DELETE FROM dispute_items", "payable" },
  { "UPDATE dispute_items SET publisher_micros = publisher_micros + 1", "payable" },
  { "UPDATE campaigns SET currency = 'EUR'", "bank" },
  { "UPDATE house_accounts SET id = (SELECT id FROM tabs WHERE tab = 1) WHERE kind ="
    " (SELECT min (kind) FROM house_accounts)", "" },
};

static JsonNode *
ask_operator (World *world, const char *json)
{
  g_autofree char *request = g_strdelimit (g_strdup (json), "'", '"');

  return world_ask_as (world, ":operator", FAR_COMMANDS_ALL, request);
}

/* A top-up of which a part went back to the card; a payout that was paid and one on its way; a
 * charge whose bank has taken it back. */
static void
furnish_office (World *world)
{
  static const char *const requests[] = {
    "{'command':'publisher.set','publisher':'news','legal_name':'News',"
    "'iban':'DE89370400440532013000','threshold_micros':'1000000'}",
    "{'command':'payout.prepare','key':'p1'}",
    "{'command':'payout.prepare','key':'p2'}",
  };
  g_autoptr (JsonNode) spent = NULL, back = NULL, ended = NULL, dispute = NULL, list = NULL;
  g_autoptr (JsonNode) paid = NULL, more = NULL;
  g_autofree char *pay = NULL;

  world_top_up (world, 3, 5000000, "t");
  spent = world_pledge (world, 3, "a6", "k6");
  back = world_ask (world, "{'command':'wallet.refund.begin','key':'w','reader':'%s',"
                    "'property':'news'}", READER (3));
  ended = world_end_refund (world, back, 0, "succeeded");
  world_advance (world, 2 * WORLD_DAY);
  json_node_unref (ask_operator (world, requests[0]));
  json_node_unref (ask_operator (world, requests[1]));
  list = ask_operator (world, "{'command':'payout.list','publisher':'news'}");
  pay = g_strdup_printf ("{'command':'payout.paid','key':'d','payout':'%s'}",
                         json_object_get_string_member (
                           json_array_get_object_element (
                             json_object_get_array_member (json_node_get_object (list),
                                                           "payouts"), 0), "payout"));
  paid = ask_operator (world, pay);
  g_assert_cmpstr (answer_text (paid, "state"), ==, "paid");
  world_top_up (world, 4, 5000000, "t4");
  more = world_ask (world, "{'command':'pledge','key':'k7','reader':'%s','property':'news',"
                    "'article':'a7','price_micros':'4000000','currency':'USD'}", READER (4));
  world_advance (world, 2 * WORLD_DAY);
  json_node_unref (ask_operator (world, requests[2]));
  dispute = world_ask (world, "{'command':'dispute.apply','dispute':'dp','payment':'pi_1',"
                       "'status':'opened','amount_micros':'6000000','fee_micros':'15000000'}");
  g_assert_cmpstr (answer_text (dispute, "state"), ==, "opened");
}

/* A reader with a pledge, one refunded, an ad watched, one being watched, one charge; and the
 * office. */
static World *
furnished (void)
{
  World *world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) one = NULL, two = NULL, refund = NULL, ad = NULL, open = NULL;
  g_autoptr (JsonNode) method = NULL, big = NULL, due = NULL, begun = NULL, done = NULL;
  JsonArray *tabs;

  world_furnish (world, 1000000);
  one = world_pledge (world, 1, "a1", "k1");
  two = world_pledge (world, 1, "a2", "k2");
  refund = world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'news',"
                      "'article':'a2'}", READER (1));
  ad = world_watch (world, 1, "a3", "k3");
  open = world_ask (world, "{'command':'view.reserve','key':'k4','reader':'%s','property':'news',"
                    "'article':'a4','candidates':[{'campaign':'tea','creative':'t',"
                    "'duration_ms':4000,'total_bytes':10,'price_micros':'700'}]}", READER (1));
  method = world_ask (world, "{'command':'method.set','key':'m','reader':'%s','customer':'c',"
                      "'payment_method':'p'}", READER (2));
  big = world_ask (world, "{'command':'pledge','key':'k','reader':'%s','property':'news',"
                   "'article':'a5','price_micros':'6000000','currency':'USD'}", READER (2));
  due = world_ask (world, "{'command':'tabs.due'}");
  tabs = json_object_get_array_member (json_node_get_object (due), "tabs");
  begun = world_ask (world, "{'command':'charge.begin','key':'c','tab':'%s'}",
                     json_object_get_string_member (json_array_get_object_element (tabs, 0),
                                                    "tab"));
  done = world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'succeeded',"
                    "'provider_id':'pi_1','fee_micros':'329000'}", answer_text (begun, "intent"));
  furnish_office (world);
  return world;
}

static void
test_tampering (void)
{
  g_autoptr (World) world = furnished ();
  FarDb *db = far_ledger_db (far_books_ledger (world->books));

  for (gsize i = 0; i < G_N_ELEMENTS (tampers); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (far_books_begin (world->books, &error));
      g_assert_true (far_db_exec (db, tampers[i].sql, &error));
      g_assert_no_error (error);
      if (far_books_check (world->books, &error))
        g_error ("not seen: %s", tampers[i].sql);
      if (!g_error_matches (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_IMBALANCE) ||
          strstr (error->message, tampers[i].words) == NULL)
        g_error ("%s: \"%s\" does not say \"%s\"", tampers[i].sql, error->message,
                 tampers[i].words);
      g_clear_error (&error);
      far_books_rollback (world->books);
      g_assert_true (far_books_check (world->books, &error));
      g_assert_no_error (error);
    }
}

/* What the schema itself refuses. */
static void
test_schema (void)
{
  static const char *const refused[] = {
    "UPDATE tabs SET open_micros = -1",
    "UPDATE pledges SET settled_micros = price_micros + 1",
    "UPDATE pledges SET settled_micros = -1",
    "UPDATE pledges SET state = 1 WHERE state = 0",
    "UPDATE pledges SET price_micros = 0",
    "UPDATE pledges SET price_micros = '50000x'",
    "UPDATE pledges SET state = 9",
    "INSERT INTO entitlements (reader, property, article, by, pledge, since_us,"
    " refundable_until_us) SELECT reader, property, article, by, 2, since_us, 0 FROM entitlements"
    " WHERE by = 0 AND ended_us = 0",
    "UPDATE entitlements SET by = 2 WHERE by = 0",
    "UPDATE entitlements SET view = 1 WHERE by = 0",
    "UPDATE entitlements SET refundable_until_us = 1 WHERE by = 2",
    "UPDATE views SET fetched_bytes = total_bytes + 1",
    "UPDATE views SET state = 5 WHERE state = 0",
    "INSERT INTO charges (intent, tab, amount_micros, state, customer, payment_method, begun_us)"
    " VALUES (randomblob (16), 1, 5, 0, 'c', 'p', 1), (randomblob (16), 1, 5, 1, 'c', 'p', 1)",
    "UPDATE readers SET customer = NULL WHERE customer IS NOT NULL",
    "INSERT INTO answers (scope, body, text, time_us) VALUES (x'00', zeroblob (32), '', 1)",
    "INSERT INTO access_tokens (hash, role, scope, label, made_us)"
    " VALUES (zeroblob (32), 'king', '*', 'x', 1)",
    "UPDATE properties SET fee_bps = 10001",
  };
  g_autoptr (World) world = furnished ();
  FarDb *db = far_ledger_db (far_books_ledger (world->books));

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (far_books_begin (world->books, &error));
      if (far_db_exec (db, refused[i], &error))
        g_error ("not refused: %s", refused[i]);
      g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_CONSTRAINT);
      far_books_rollback (world->books);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/check/tampering", test_tampering);
  g_test_add_func ("/books/check/schema", test_schema);
  return g_test_run ();
}
