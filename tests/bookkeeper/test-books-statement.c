/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a publisher is told: statements that add up, where a reader's five cents went; whom it is
 * told to: tokens; and books of the version before publishers. The books are checked after every
 * command (books-world.h). */
#include <string.h>

#include <sqlite3.h>

#include "books-press.h"

/* ---- statements ---- */

static gint64
line_micros (JsonNode *statement, const char *side, const char *kind)
{
  JsonArray *lines = json_object_get_array_member (
    json_object_get_object_member (object (statement), side), "lines");

  for (guint i = 0; i < json_array_get_length (lines); i++)
    {
      JsonObject *line = json_array_get_object_element (lines, i);

      if (strcmp (json_object_get_string_member (line, "kind"), kind) == 0)
        return micros_of (line, "micros");
    }
  return 0;
}

/* Opening, lines and closing add up; so do the books. */
static void
check_statement (JsonNode *statement)
{
  static const char *const sides[] = { "estimated", "final", "fee_estimated", "fee_final" };
  gint64 opening = 0, debits = 0, credits = 0, closing = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      JsonObject *side = json_object_get_object_member (object (statement), sides[i]);
      JsonArray *lines = json_object_get_array_member (side, "lines");
      gint64 sum = micros_of (side, "opening_micros");

      for (guint j = 0; j < json_array_get_length (lines); j++)
        sum += micros_of (json_array_get_object_element (lines, j), "micros");
      g_assert_cmpint (sum, ==, micros_of (side, "closing_micros"));
    }
  if (!json_object_has_member (object (statement), "books"))
    return;
  for (guint i = 0; i < length (statement, "books"); i++)
    {
      JsonObject *line = nth (statement, "books", i);

      g_assert_cmpint (micros_of (line, "opening_micros") + micros_of (line, "credits_micros") -
                       micros_of (line, "debits_micros"), ==, micros_of (line, "closing_micros"));
      opening += micros_of (line, "opening_micros");
      debits += micros_of (line, "debits_micros");
      credits += micros_of (line, "credits_micros");
      closing += micros_of (line, "closing_micros");
    }
  g_assert_cmpint (opening, ==, 0);
  g_assert_cmpint (closing, ==, 0);
  g_assert_cmpint (debits, ==, credits);
}

static JsonNode *
statement_of (World *world, const char *month, const char *more)
{
  JsonNode *statement = world_ask (world, "{'command':'statement','token':'%s','month':'%s'%s}",
                                   world->token_hash, month, more);

  check_statement (statement);
  return statement;
}

/* Two months (the world begins on 23 November 2026). */
static void
test_statement (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *batch = NULL, *payout = NULL;
  g_autoptr (JsonNode) october = NULL, november = NULL, december = NULL, blog = NULL;
  JsonObject *summary;

  set_accounts (world);
  pay (world, 1, "news", "a", 10033333);
  pay (world, 2, "blog", "b", 5030000);
  done (world_ask (world, PLEDGE, "o", world_reader (4), "news", "a", (gint64) 50000));
  done (world_watch (world, 5, "a", "w"));
  done (world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'news',"
                   "'article':'a'}", world_reader (4)));
  world_advance (world, 10 * WORLD_DAY); /* 3 December */
  batch = prepare (world, "p", 11560000);
  payout = payout_of (world, batch);
  done (world_ask (world, "{'command':'payout.paid','key':'k','payout':'%s'}", payout));
  pay (world, 3, "news", "z", 6000000);

  october = statement_of (world, "2026-10", "");
  g_assert_cmpint (line_micros (october, "estimated", "pledges"), ==, 0);
  november = statement_of (world, "2026-11", "");
  g_assert_true (answer_bool (november, "complete"));
  g_assert_cmpint (line_micros (november, "estimated", "pledges"), ==,
                   7023333 + 4527000 + 35000);
  g_assert_cmpint (line_micros (november, "estimated", "settled"), ==, -(7021000 + 4527000));
  g_assert_cmpint (line_micros (november, "final", "settled"), ==, 7021000 + 4527000);
  g_assert_cmpint (line_micros (november, "estimated", "refunds"), ==, -35000);
  g_assert_cmpint (line_micros (november, "final", "ads"), ==, 14000);
  g_assert_cmpint (line_micros (november, "fee_final", "ads"), ==, 6000);
  summary = json_object_get_object_member (object (november), "summary");
  g_assert_cmpint (micros_of (summary, "gross_micros"), ==,
                   10033333 + 5030000 + 50000 + 20000);
  g_assert_cmpint (micros_of (summary, "gross_micros"), ==,
                   micros_of (summary, "taken_back_micros") + micros_of (summary, "fee_micros") +
                   micros_of (summary, "net_micros"));
  g_assert_cmpint (micros_of (summary, "net_micros"), ==, 7023333 + 4527000 + 14000);

  december = statement_of (world, "2026-12", "");
  g_assert_false (answer_bool (december, "complete"));
  g_assert_cmpint (line_micros (december, "final", "payouts"), ==, -11560000);
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (
                     object (december), "final"), "opening_micros"), ==,
                   json_object_get_string_member (json_object_get_object_member (
                     object (november), "final"), "closing_micros"));
  blog = statement_of (world, "2026-11", ",'property':'blog'");
  g_assert_false (json_object_has_member (object (blog), "books"));
  g_assert_cmpint (line_micros (blog, "final", "settled"), ==, 4527000);

  world_refused (world, "bad_request", "{'command':'statement','token':'%s','month':'2026-13'}",
                 world->token_hash);
  world_refused (world, "unknown_property", "{'command':'statement','token':'%s','month':'2026-11',"
                 "'property':'none'}", world->token_hash);
  world_refused (world, "unauthorized", "{'command':'statement','month':'2026-11'}");
}

/* ---- what each article earned in a stretch of time ---- */

#define RANGE "{'command':'earnings.articles','token':'%s','from_us':%" G_GINT64_FORMAT \
  ",'to_us':%" G_GINT64_FORMAT "%s}"

/* Days that touch each other add up to all of it, and all of it is what the earnings say. */
static void
test_articles (void)
{
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) first = NULL, second = NULL, all = NULL, blog = NULL;
  gint64 middle_us = WORLD_START_US + WORLD_DAY / 2;

  pay (world, 1, "news", "a", 10033333);
  pay (world, 2, "blog", "b", 5030000);
  done (world_ask (world, PLEDGE, "o", world_reader (4), "news", "a", (gint64) 50000));
  done (world_watch (world, 5, "c", "w"));
  world_advance (world, WORLD_DAY * 3 / 4);
  done (world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'news',"
                   "'article':'a'}", world_reader (4)));
  pay (world, 3, "news", "a", 6000000);

  first = world_ask (world, RANGE, world->token_hash, (gint64) 0, middle_us, "");
  g_assert_cmpuint (length (first, "articles"), ==, 3);
  g_assert_cmpstr (json_object_get_string_member (nth (first, "articles", 0), "article"), ==, "a");
  g_assert_cmpint (micros_of (nth (first, "articles", 0), "net_micros"), ==, 7023333 + 35000);
  g_assert_cmpint (micros_of (nth (first, "articles", 0), "fee_micros"), ==, 3010000 + 15000);
  g_assert_cmpint (micros_of (nth (first, "articles", 1), "net_micros"), ==, 4527000);
  g_assert_cmpint (micros_of (nth (first, "articles", 2), "ad_micros"), ==, 14000);
  g_assert_cmpstr (answer_text (first, "currency"), ==, "USD");

  /* The refund is of the second day, though the pledge was of the first. */
  second = world_ask (world, RANGE, world->token_hash, middle_us, WORLD_START_US + 2 * WORLD_DAY,
                      "");
  g_assert_cmpuint (length (second, "articles"), ==, 1);
  g_assert_cmpint (micros_of (nth (second, "articles", 0), "refund_micros"), ==, 35000);
  g_assert_cmpint (micros_of (nth (second, "articles", 0), "net_micros"), ==, 4200000 - 35000);

  all = world_ask (world, "{'command':'earnings.articles','token':'%s'}", world->token_hash);
  g_assert_cmpint (micros_of (world_part (all, "total"), "net_micros"), ==,
                   micros_of (world_part (first, "total"), "net_micros") +
                   micros_of (world_part (second, "total"), "net_micros"));
  g_assert_cmpint (micros_of (world_part (all, "total"), "net_micros"), ==,
                   earning (world, "news", "publisher_micros") +
                   earning (world, "blog", "publisher_micros"));
  blog = world_ask (world, RANGE, world->token_hash, (gint64) 0, middle_us, ",'property':'blog'");
  g_assert_cmpuint (length (blog, "articles"), ==, 1);
  g_assert_cmpint (answer_int (all, "n_articles"), ==, 3);
  g_assert_true (json_object_get_null_member (object (all), "next_offset"));
  world_refused (world, "unauthorized", "{'command':'earnings.articles'}");
  world_refused (world, "unknown_property", "{'command':'earnings.articles','token':'%s',"
                 "'property':'none'}", world->token_hash);
}

/* ---- where did my five cents go ---- */

static gint64
step_micros (JsonObject *pledge, const char *kind, const char *to)
{
  JsonArray *steps = json_object_get_array_member (pledge, "steps");
  gint64 sum = 0;

  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);

      if (strcmp (json_object_get_string_member (step, "kind"), kind) == 0 &&
          (to == NULL || strcmp (json_object_get_string_member (step, "to"), to) == 0))
        sum += micros_of (step, "micros");
    }
  return sum;
}

static JsonNode *
trace (World *world, const char *article)
{
  return world_ask (world, "{'command':'trace','token':'%s','property':'blog','article':'%s'}",
                    world->token_hash, article);
}

static void
test_trace (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *batch = NULL, *payout = NULL, *pledge_id = NULL, *transfer_id = NULL;
  g_autoptr (JsonNode) first = NULL, second = NULL, by_transfer = NULL, by_pledge = NULL;
  JsonObject *pledge;

  set_accounts (world);
  pay (world, 1, "blog", "b", 10003333);
  pay (world, 2, "blog", "c", 5033333);
  batch = prepare (world, "p", 13520000);
  payout = payout_of (world, batch);
  done (world_ask (world, "{'command':'payout.paid','key':'k','payout':'%s'}", payout));

  first = trace (world, "b");
  pledge = nth (first, "pledges", 0);
  g_assert_cmpint (micros_of (pledge, "price_micros"), ==, 10003333);
  g_assert_cmpint (step_micros (pledge, "pledged", NULL), ==, 10003333);
  g_assert_cmpint (step_micros (pledge, "pledged", "fee"), ==, 1000333);
  g_assert_cmpint (step_micros (pledge, "settled", "publisher"), ==, 9000000);
  g_assert_cmpint (step_micros (pledge, "paid_out", "publisher"), ==, 9000000);
  /* First in, first out: what was too little for a cent is of the last one. 3,333 of the first
   * charge stayed on the tab. */
  second = trace (world, "c");
  pledge = nth (second, "pledges", 0);
  g_assert_cmpint (step_micros (pledge, "settled", "publisher"), ==, 4527000);
  g_assert_cmpint (step_micros (pledge, "paid_out", "publisher") +
                   step_micros (pledge, "on_account", "publisher"), ==, 4527000);
  g_assert_cmpint (step_micros (pledge, "on_account", "publisher"), >, 0);

  pledge_id = g_strdup (json_object_get_string_member (pledge, "pledge"));
  transfer_id = g_strdup (json_object_get_string_member (
    json_array_get_object_element (json_object_get_array_member (pledge, "steps"), 0),
    "transfer"));
  by_pledge = world_ask (world, "{'command':'trace','token':'%s','property':'blog','pledge':'%s'}",
                         world->token_hash, pledge_id);
  by_transfer = world_ask (world, "{'command':'trace','token':'%s','property':'blog','transfer':"
                           "'%s'}", world->token_hash, transfer_id);
  g_assert_true (json_node_equal (by_pledge, by_transfer));
  world_refused (world, "not_found", "{'command':'trace','token':'%s','property':'news','pledge':"
                 "'%s'}", world->token_hash, pledge_id);
}

/* What was given back is not on account, and a payout that failed took nothing: what is told of a
 * share comes to the share, and to what the account holds. */
static void
test_trace_back (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *batch = NULL, *payout = NULL, *again = NULL;
  g_autoptr (JsonNode) refunded = NULL, waiting = NULL, failed = NULL;
  JsonObject *pledge;

  set_accounts (world);
  done (world_ask (world, "{'command':'property.ensure','property':'blog','currency':'USD',"
                   "'publisher':'news','terms':{'fee_bps':1000,'fee_receiver':'us'}}"));
  pay (world, 1, "blog", "b", 10000000);
  pay (world, 2, "blog", "c", 15000000);
  done (world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'blog',"
                   "'article':'b'}", world_reader (1)));
  refunded = trace (world, "b");
  pledge = nth (refunded, "pledges", 0);
  g_assert_cmpint (step_micros (pledge, "settled", "publisher"), ==, 9000000);
  g_assert_cmpint (step_micros (pledge, "refunded", "publisher"), ==, 9000000);
  g_assert_cmpint (step_micros (pledge, "on_account", NULL), ==, 0);
  g_assert_cmpint (step_micros (pledge, "paid_out", NULL), ==, 0);

  world_advance (world, 2 * WORLD_DAY);
  batch = prepare (world, "p", 13500000);
  payout = payout_of (world, batch);
  waiting = trace (world, "c");
  g_assert_cmpint (step_micros (nth (waiting, "pledges", 0), "paid_out", NULL), ==, 13500000);
  done (world_ask (world, "{'command':'payout.failed','key':'f','payout':'%s','reason':'gone'}",
                   payout));
  failed = trace (world, "c");
  pledge = nth (failed, "pledges", 0);
  g_assert_cmpint (step_micros (pledge, "paid_out", NULL), ==, 0);
  g_assert_cmpint (step_micros (pledge, "on_account", NULL), ==, 13500000);
  /* Later money is not behind what came back. */
  pay (world, 3, "blog", "d", 10000000);
  world_advance (world, 2 * WORLD_DAY);
  again = prepare (world, "q", 22500000);
  for (const char *article = "cd"; *article != '\0'; article++)
    {
      const char name[] = { *article, '\0' };
      g_autoptr (JsonNode) told = trace (world, name);

      pledge = nth (told, "pledges", 0);
      g_assert_cmpint (step_micros (pledge, "paid_out", NULL), ==,
                       step_micros (pledge, "settled", "publisher"));
      g_assert_cmpint (step_micros (pledge, "on_account", NULL), ==, 0);
    }
}

/* A dispute takes from both sides, and one that is won gives back to both. */
static void
test_trace_dispute (void)
{
#define APPLY "{'command':'dispute.apply','dispute':'dp','payment':'pi_1-blog-b','status':'%s'," \
              "'amount_micros':'10000000'}"
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) taken = NULL, won = NULL;
  JsonObject *pledge;

  pay (world, 1, "blog", "b", 10000000);
  done (world_ask (world, APPLY, "opened"));
  taken = trace (world, "b");
  pledge = nth (taken, "pledges", 0);
  g_assert_cmpint (step_micros (pledge, "disputed", "publisher"), ==, 9000000);
  g_assert_cmpint (step_micros (pledge, "disputed", "fee"), ==, 1000000);
  g_assert_cmpint (step_micros (pledge, "dispute_won", NULL), ==, 0);
  g_assert_cmpint (step_micros (pledge, "on_account", NULL), ==, 0);
  done (world_ask (world, APPLY, "won"));
  won = trace (world, "b");
  pledge = nth (won, "pledges", 0);
  g_assert_cmpint (step_micros (pledge, "disputed", NULL), ==, 10000000);
  g_assert_cmpint (step_micros (pledge, "dispute_won", "publisher"), ==, 9000000);
  g_assert_cmpint (step_micros (pledge, "dispute_won", "fee"), ==, 1000000);
  g_assert_cmpint (step_micros (pledge, "on_account", NULL), ==, 9000000);
  g_assert_cmpint (step_micros (pledge, "balanced_others_refunds", NULL), ==, 0);
#undef APPLY
}

/* ---- why there is no statement ---- */

static void
refused_with (World *world, const char *more, const char *code, const char *says)
{
  g_autofree char *json = g_strdup_printf ("{\"command\":\"statement\",\"token\":\"%s\","
                                           "\"month\":\"2026-11\"%s}", world->token_hash, more);
  g_autoptr (JsonNode) answer = world_ask_as (world, "test", FAR_COMMANDS_ALL, json);
  JsonObject *error = json_object_get_object_member (object (answer), "error");

  g_assert_nonnull (error);
  g_assert_cmpstr (json_object_get_string_member (error, "code"), ==, code);
  g_assert_cmpstr (json_object_get_string_member (error, "message"), ==, says);
}

/* Each cause has its own sentence; a currency in which nothing was booked yet is stated: zeros. */
static void
test_no_statement (void)
{
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) empty = NULL;

  refused_with (world, ",\"currency\":\"XYZ\"", "bad_request",
                "\"currency\" must be the code of a currency by ISO 4217, such as USD");
  refused_with (world, ",\"currency\":\"JPY\"", "not_found",
                "JPY is not used here; these books are kept in USD");
  refused_with (world, ",\"property\":\"blog\",\"currency\":\"JPY\"", "not_found",
                "\"blog\" has no books in JPY; it has USD");
  done (world_ask (world, "{'command':'publisher.set','publisher':'lone','legal_name':'L'}"));
  refused_with (world, ",\"publisher\":\"lone\"", "not_found",
                "\"lone\" has no property yet, and so no books");
  done (world_ask (world, "{'command':'property.ensure','property':'yen','currency':'JPY',"
                   "'terms':{}}"));
  empty = statement_of (world, "2026-11", ",'currency':'JPY'");
  g_assert_cmpint (micros_of (json_object_get_object_member (object (empty), "summary"),
                              "gross_micros"), ==, 0);
  /* A payout is as particular about names. */
  world_refused (world, "unknown_publisher",
                 "{'command':'payout.prepare','key':'k','publisher':'nobody'}");
}

/* ---- tokens ---- */

static void
test_tokens (void)
{
  static const char hash[] = "aa00000000000000000000000000000000000000000000000000000000000001";
  static const char other[] = "bb00000000000000000000000000000000000000000000000000000000000002";
  g_autoptr (World) world = new_world ();
  g_autoptr (JsonNode) list = NULL;

#define EARNINGS "{'command':'earnings','token':'%s','property':'%s'}"
#define CREATE "{'command':'token.create','hash':'%s','role':'%s','scope':'%s','label':'l'%s}"
  world_refused (world, "unauthorized", EARNINGS, hash, "blog");
  done (world_ask (world, CREATE, hash, "publisher", "blog", ""));
  done (world_ask (world, EARNINGS, hash, "blog"));
  world_refused (world, "unauthorized", EARNINGS, hash, "news");
  world_refused (world, "unauthorized", "{'command':'statement','token':'%s','month':'2026-11'}",
                 hash);
  world_refused (world, "unauthorized", EARNINGS, hash, "nobody");
  world_refused (world, "conflict", CREATE, hash, "publisher", "*", "");
  world_refused (world, "bad_request", CREATE, other, "root", "*", "");
  world_refused (world, "bad_request", CREATE, other, "operator", "blog", "");
  world_refused (world, "bad_request", CREATE, other, "publisher", "*", ",'expires_us':5");
  /* A role is not another one, and a publisher's name is a scope too. */
  done (world_ask (world, CREATE, other, "advertiser", "*", ""));
  world_refused (world, "unauthorized", EARNINGS, other, "blog");
  done (world_ask (world, "{'command':'token.revoke','token':'aa00000000000000'}"));
  world_refused (world, "unauthorized", EARNINGS, hash, "blog");
  world_refused (world, "not_found", "{'command':'token.revoke','token':'cc00000000000000'}");
  list = world_ask (world, "{'command':'token.list'}");
  g_assert_cmpuint (length (list, "tokens"), ==, 3);
  for (guint i = 0; i < 3; i++)
    if (strcmp (json_object_get_string_member (nth (list, "tokens", i), "label"),
                "publisher.token") == 0)
      world_refused (world, "conflict", "{'command':'token.revoke','token':'%s'}",
                     json_object_get_string_member (nth (list, "tokens", i), "token"));
  /* The operator needs none, and no function is the operator. */
  {
    g_autoptr (JsonNode) operator_s = world_ask_as (world, ":operator", FAR_COMMANDS_ALL,
      "{\"command\":\"earnings\",\"property\":\"blog\"}");
    g_autoptr (JsonNode) function_s = world_ask_as (world, "operator", FAR_COMMANDS_ALL,
      "{\"command\":\"earnings\",\"property\":\"blog\"}");

    g_assert_true (json_object_has_member (object (operator_s), "ok"));
    g_assert_true (json_object_has_member (object (function_s), "error"));
  }
}

static void
test_expiring_token (void)
{
  static const char hash[] = "aa00000000000000000000000000000000000000000000000000000000000001";
  g_autoptr (World) world = new_world ();
  g_autofree char *expires = g_strdup_printf (",'expires_us':%" G_GINT64_FORMAT,
                                              WORLD_START_US + WORLD_DAY);

  done (world_ask (world, CREATE, hash, "publisher", "news", expires));
  done (world_ask (world, EARNINGS, hash, "blog")); /* by its publisher's name */
  world_advance (world, WORLD_DAY);
  world_refused (world, "unauthorized", EARNINGS, hash, "blog");
}

/* ---- books of the version before ---- */

static void
sql (sqlite3 *db, const char *text)
{
  char *message = NULL;

  if (sqlite3_exec (db, text, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", text, message);
}

/* A charge whose end nobody told, and payouts that are not what the journal has on its way. */
static void
test_health (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *path = g_build_filename (world->dir, "money", "ledger.db", NULL);
  g_autofree char *batch = NULL;
  g_autoptr (JsonNode) calm = NULL, due = NULL, begun = NULL, waiting = NULL, apart = NULL;
  sqlite3 *db;

  set_accounts (world);
  pay (world, 1, "blog", "b", 12000000);
  batch = prepare (world, "p", 10800000);
  calm = world_ask (world, "{'command':'ledger.health'}");
  g_assert_cmpint (answer_int (calm, "payments_waiting"), ==, 0);
  g_assert_cmpint (answer_micros (calm, "payout_mismatch_micros"), ==, 0);

  done (world_ask (world, PLEDGE, "n", world_reader (1), "blog", "c", (gint64) 9000000));
  due = world_ask (world, "{'command':'tabs.due'}");
  begun = world_ask (world, "{'command':'charge.begin','key':'n','tab':'%s'}",
                     json_object_get_string_member (nth (due, "tabs", 0), "tab"));
  world_advance (world, 1000 * WORLD_SECOND);
  waiting = world_ask (world, "{'command':'ledger.health'}");
  g_assert_cmpint (answer_int (waiting, "payments_waiting"), ==, 1);
  g_assert_cmpint (answer_int (waiting, "oldest_age_us"), >=, 999 * WORLD_SECOND);
  done (world_ask (world, "{'command':'charge.finish','intent':'%s','outcome':'failed',"
                   "'reason':'declined'}", answer_text (begun, "intent")));

  world->check = FALSE;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sql (db, "UPDATE payouts SET amount_micros = amount_micros - 7");
  sqlite3_close (db);
  apart = world_ask (world, "{'command':'ledger.health'}");
  g_assert_cmpint (answer_int (apart, "payments_waiting"), ==, 0);
  g_assert_cmpint (answer_micros (apart, "payout_mismatch_micros"), ==, 7);
}

static void
test_migration (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *path = g_build_filename (world->dir, "money", "ledger.db", NULL);
  g_autoptr (JsonNode) list = NULL;
  sqlite3 *db;

  world_furnish (world, 1000000);
  done (world_pledge (world, 1, "a", "k"));
  far_books_close (g_steal_pointer (&world->books));
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sql (db, "PRAGMA foreign_keys = OFF; BEGIN;"
       "CREATE TABLE tokens (hash BLOB PRIMARY KEY CHECK (length (hash) = 32),"
       "  role TEXT NOT NULL CHECK (role IN ('publisher')), made_us INTEGER NOT NULL,"
       "  revoked_us INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
       "INSERT INTO tokens SELECT hash, role, made_us, revoked_us FROM access_tokens;"
       "DROP TABLE access_tokens; DROP TABLE dispute_items; DROP TABLE disputes;"
       "DROP TABLE payout_items; DROP TABLE payouts; DROP TABLE payout_batches; DROP TABLE house;"
       "DROP TABLE house_notes; DROP TABLE property_publishers; DROP TABLE publishers;"
       "DROP INDEX entitlements_refundable; DROP INDEX charges_of_provider;"
       "DELETE FROM ledger_module WHERE name = 'publishing'; COMMIT");
  sqlite3_close (db);

  world_reopen_as (world, FAR_LEDGER_MONEY_TEST);
  list = world_ask (world, "{'command':'publisher.list'}");
  g_assert_cmpstr (json_object_get_string_member (nth (list, "publishers", 0), "publisher"), ==,
                   "news");
  g_assert_cmpint (earning (world, "news", "estimated_micros"), ==, 35000); /* the old token */
  done (world_pledge (world, 2, "a", "k2"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/statement/months", test_statement);
  g_test_add_func ("/books/statement/articles", test_articles);
  g_test_add_func ("/books/statement/trace", test_trace);
  g_test_add_func ("/books/statement/trace-back", test_trace_back);
  g_test_add_func ("/books/statement/trace-dispute", test_trace_dispute);
  g_test_add_func ("/books/statement/none", test_no_statement);
  g_test_add_func ("/books/statement/tokens", test_tokens);
  g_test_add_func ("/books/statement/expiring-token", test_expiring_token);
  g_test_add_func ("/books/statement/health", test_health);
  g_test_add_func ("/books/statement/migration", test_migration);
  return g_test_run ();
}
