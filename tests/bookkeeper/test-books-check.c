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
};

/* A reader with a pledge, one refunded, an ad watched, one being watched, one charge. */
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
  done = world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'succeeded'}",
                    answer_text (begun, "intent"));
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
