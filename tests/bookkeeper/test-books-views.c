/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Campaigns and views: reservation, order, time, bytes, one completion, expiry, caps, budgets. */
#include "books-world.h"

#include "store/far-db.h"

#define READER(n) world_reader (n)
#define RESERVE "{'command':'view.reserve','key':'%s','reader':'%s','property':'news'," \
                "'article':'%s','candidates':[%s]}"
#define TEA "{'campaign':'tea','creative':'t','duration_ms':4000,'total_bytes':1000," \
            "'price_micros':'20000'}"
#define SHOE "{'campaign':'shoe','creative':'s','duration_ms':4000,'total_bytes':1000," \
             "'price_micros':'15000'}"
#define EVENT "{'command':'view.event','reader':'%s','view':'%s','event':'%s'}"
#define FETCHED "{'command':'view.fetched','reader':'%s','view':'%s','bytes':%u}"

static char *
reserve (World *world, guint reader, const char *article, const char *key)
{
  g_autoptr (JsonNode) answer = world_ask (world, RESERVE, key, READER (reader), article, TEA);

  return g_strdup (answer_text (answer, "view"));
}

static void
event (World *world, guint reader, const char *view, const char *name)
{
  g_autoptr (JsonNode) answer = world_ask (world, EVENT, READER (reader), view, name);

  g_assert_true (answer_bool (answer, "ok"));
}

static void
fetch (World *world, guint reader, const char *view, guint n_bytes)
{
  g_autoptr (JsonNode) answer = world_ask (world, FETCHED, READER (reader), view, n_bytes);

  g_assert_cmpint (answer_int (answer, "total_bytes"), ==, 1000);
}

static void
test_watch (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) done = NULL, earnings = NULL, again = NULL, entitled = NULL, view = NULL;
  g_autoptr (JsonNode) reserved = NULL, same = NULL;

  world_furnish (world, 1000000);
  done = world_watch (world, 1, "a1", "k1");
  g_assert_cmpstr (answer_text (done, "state"), ==, "completed");
  g_assert_true (answer_bool (done, "entitled"));
  g_assert_cmpint (answer_micros (done, "publisher_micros"), ==, 14000);
  entitled = world_ask (world, "{'command':'entitlement','reader':'%s','property':'news',"
                        "'article':'a1'}", READER (1));
  g_assert_cmpstr (answer_text (entitled, "by"), ==, "ad");
  g_assert_cmpint (answer_int (entitled, "refundable_until_us"), ==, 0);
  earnings = world_earnings (world);
  g_assert_cmpint (answer_micros (earnings, "ad_micros"), ==, 14000);
  g_assert_cmpint (answer_micros (earnings, "final_micros"), ==, 14000);
  g_assert_cmpint (answer_micros (earnings, "fee_micros"), ==, 6000);
  g_assert_cmpint (answer_int (earnings, "views"), ==, 1);
  /* Once more the reader need not watch, and a pledge finds it open. */
  world_refused (world, "already_entitled", RESERVE, "k2", READER (1), "a1", TEA);
  again = world_pledge (world, 1, "a1", "k3");
  g_assert_true (answer_bool (again, "existing"));
  /* The same key, the same view. */
  reserved = world_ask (world, RESERVE, "k4", READER (2), "a1", TEA);
  same = world_ask (world, RESERVE, "k4", READER (2), "a1", SHOE);
  g_assert_true (json_node_equal (reserved, same));
  view = world_ask (world, "{'command':'view.get','reader':'%s','view':'%s'}", READER (2),
                    answer_text (reserved, "view"));
  g_assert_cmpstr (answer_text (view, "creative"), ==, "t");
  g_assert_cmpstr (answer_text (view, "state"), ==, "reserved");
}

static void
test_wrong_events (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *view = NULL;
  g_autoptr (JsonNode) done = NULL, repeated = NULL, earnings = NULL, started = NULL;

  world_furnish (world, 1000000);
  view = reserve (world, 1, "a1", "k1");
  world_refused (world, "unknown_view", EVENT, READER (2), view, "start");
  world_refused (world, "unknown_view", FETCHED, READER (2), view, 1000);
  world_refused (world, "unknown_view", "{'command':'view.get','reader':'%s','view':'%s'}",
                 READER (2), view);
  world_refused (world, "unknown_view", EVENT, READER (1), "00000000000000000000000000000000",
                 "start");
  world_refused (world, "bad_request", EVENT, READER (1), view, "skip");
  world_refused (world, "out_of_order", EVENT, READER (1), view, "complete");
  started = world_ask (world, EVENT, READER (1), view, "start");
  /* 4 s: a quarter less 250 ms + 5 %. */
  g_assert_cmpint (answer_int (started, "wait_ms"), ==, 550);
  g_assert_false (answer_bool (started, "entitled"));
  world_refused (world, "too_soon", EVENT, READER (1), view, "firstQuartile");
  for (guint i = 0; i < 3; i++)
    {
      static const char *const names[] = { "firstQuartile", "midpoint", "thirdQuartile" };

      world_advance (world, WORLD_SECOND);
      event (world, 1, view, names[i]);
    }
  world_refused (world, "too_soon", EVENT, READER (1), view, "complete");
  world_advance (world, WORLD_SECOND);
  world_refused (world, "not_fetched", EVENT, READER (1), view, "complete");
  fetch (world, 1, view, 999);
  world_refused (world, "not_fetched", EVENT, READER (1), view, "complete");
  fetch (world, 1, view, 5000);
  done = world_ask (world, EVENT, READER (1), view, "complete");
  g_assert_true (answer_bool (done, "entitled"));
  /* One completion, one payment; the event may be repeated. */
  repeated = world_ask (world, EVENT, READER (1), view, "complete");
  g_assert_true (json_node_equal (done, repeated));
  world_refused (world, "view_closed", EVENT, READER (1), view, "start");
  world_refused (world, "view_closed", EVENT, READER (1), view, "abandon");
  earnings = world_earnings (world);
  g_assert_cmpint (answer_micros (earnings, "ad_micros"), ==, 14000);
}

static void
test_budget (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *one = NULL, *two = NULL, *four = NULL, *five = NULL;
  g_autoptr (JsonNode) three = NULL, none = NULL, six = NULL, more = NULL, seven = NULL;

  world_furnish (world, 40000); /* two views */
  one = reserve (world, 1, "a1", "k");
  two = reserve (world, 2, "a1", "k");
  three = world_ask (world, RESERVE, "k", READER (3), "a1", TEA);
  g_assert_null (answer_text (three, "view"));
  g_assert_cmpstr (answer_text (three, "reason"), ==, "no_budget");
  none = world_ask (world, RESERVE, "k", READER (4), "a1", "");
  g_assert_cmpstr (answer_text (none, "reason"), ==, "no_candidates");

  /* Left: its money is there for another one at once. */
  event (world, 1, one, "abandon");
  event (world, 1, one, "abandon");
  world_refused (world, "view_closed", EVENT, READER (1), one, "start");
  four = reserve (world, 5, "a1", "k");
  g_assert_nonnull (four);
  /* Asked again for the same article: the older view is closed, its money used for the newer. */
  five = reserve (world, 5, "a1", "k2");
  g_assert_nonnull (five);
  g_assert_cmpstr (four, !=, five);
  world_refused (world, "view_closed", EVENT, READER (5), four, "start");

  /* A budget that grew is topped up; one that shrank stays. */
  more = world_ask (world, "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                    "'advertiser':'leaf','currency':'USD','budget_micros':'60000'}]}");
  g_assert_cmpint (answer_micros (more, "funded_micros"), ==, 20000);
  six = world_ask (world, RESERVE, "k", READER (6), "a1", TEA);
  g_assert_nonnull (answer_text (six, "view"));
  g_clear_pointer (&more, json_node_unref);
  more = world_ask (world, "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                    "'advertiser':'leaf','currency':'USD','budget_micros':'10000'}]}");
  g_assert_cmpint (answer_micros (more, "funded_micros"), ==, 0);
  seven = world_ask (world, RESERVE, "k", READER (7), "a1", TEA);
  g_assert_null (answer_text (seven, "view"));
}

/* A budget that holds the publisher's share and not the fee holds nothing: both or none. */
static void
test_budget_for_half (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) first = NULL, second = NULL, third = NULL;

  world_furnish (world, 35000);
  first = world_ask (world, RESERVE, "k", READER (1), "a1", TEA);
  g_assert_nonnull (answer_text (first, "view"));
  second = world_ask (world, RESERVE, "k", READER (2), "a1", TEA);
  g_assert_cmpstr (answer_text (second, "reason"), ==, "no_budget");
  third = world_ask (world, RESERVE, "k", READER (3), "a1",
                     "{'campaign':'tea','creative':'t','duration_ms':4000,'total_bytes':1000,"
                     "'price_micros':'15000'}");
  g_assert_nonnull (answer_text (third, "view"));
}

/* A refusal undoes what its command had done before: the older view that it closed is open. */
static void
test_refusal_undoes (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *view = NULL;
  g_autoptr (JsonNode) campaign = NULL;

  world_furnish (world, 1000000);
  view = reserve (world, 1, "a1", "k1");
  world_refused (world, "unknown_campaign", RESERVE, "k2", READER (1), "a1", SHOE);
  event (world, 1, view, "start");
  world_refused (world, "wrong_currency", "{'command':'campaign.ensure','campaigns':[{"
                 "'campaign':'shoe','advertiser':'sole','currency':'USD','budget_micros':'9'},{"
                 "'campaign':'tea','advertiser':'leaf','currency':'EUR','budget_micros':'9'}]}");
  world_refused (world, "unknown_campaign", RESERVE, "k2", READER (1), "a1", SHOE);
  campaign = world_ask (world, "{'command':'campaign.ensure','campaigns':[{'campaign':'shoe',"
                        "'advertiser':'sole','currency':'USD','budget_micros':'9'}]}");
  g_assert_cmpint (answer_int (campaign, "created"), ==, 1);
}

/* The second candidate wins where the first has no money; the unknown one is an error that leaves
 * nothing reserved. */
static void
test_candidates (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) shoe = NULL, first = NULL, second = NULL, third = NULL, fourth = NULL;

  world_furnish (world, 20000);
  world_refused (world, "unknown_campaign", RESERVE, "k", READER (1), "a1", SHOE);
  first = world_ask (world, RESERVE, "k0", READER (9), "a1", TEA);
  world_refused (world, "unknown_campaign", RESERVE, "k", READER (1), "a1", TEA "," SHOE);
  shoe = world_ask (world, "{'command':'campaign.ensure','campaigns':[{'campaign':'shoe',"
                    "'advertiser':'sole','currency':'USD','budget_micros':'30000'},"
                    "{'campaign':'euro','advertiser':'sole','currency':'EUR',"
                    "'budget_micros':'30000'}]}");
  g_assert_cmpint (answer_int (shoe, "created"), ==, 2);
  /* unknown_campaign is not final for its key. */
  second = world_ask (world, RESERVE, "k", READER (1), "a1", TEA "," SHOE);
  g_assert_cmpstr (answer_text (second, "campaign"), ==, "shoe");
  g_assert_cmpint (answer_micros (second, "price_micros"), ==, 15000);
  third = world_ask (world, RESERVE, "k", READER (2), "a1", TEA "," SHOE);
  g_assert_cmpstr (answer_text (third, "campaign"), ==, "shoe");
  fourth = world_ask (world, RESERVE, "k", READER (3), "a1", TEA "," SHOE);
  g_assert_null (answer_text (fourth, "view"));
  world_refused (world, "wrong_currency", RESERVE, "k", READER (4), "a1",
                 "{'campaign':'euro','creative':'e','duration_ms':4000,'total_bytes':1,"
                 "'price_micros':'1'}");
}

static void
test_expiry (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *one = NULL, *two = NULL, *three = NULL;

  world_furnish (world, 20000);
  one = reserve (world, 1, "a1", "k");
  fetch (world, 1, one, 1000);
  event (world, 1, one, "start");
  /* Every row takes a microsecond of ledger time at least, so not to the microsecond here. */
  world_advance (world, 124 * WORLD_SECOND - 1000);
  event (world, 1, one, "firstQuartile");
  world_advance (world, 2000);
  /* Also before any sweep has run. */
  world_refused (world, "view_expired", EVENT, READER (1), one, "midpoint");
  world_refused (world, "view_expired", FETCHED, READER (1), one, 1);
  world_sweep (world);
  world_refused (world, "view_expired", EVENT, READER (1), one, "midpoint");
  /* The ledger lets go a second later; then the money is there again. */
  world_advance (world, WORLD_SECOND);
  world_sweep (world);
  two = reserve (world, 2, "a1", "k");
  g_assert_nonnull (two);
  /* One that ran out without a sweep does not hold up the same reader's next view. */
  world_advance (world, 200 * WORLD_SECOND);
  three = reserve (world, 2, "a1", "k2");
  world_sweep (world);
  if (three == NULL) /* its money had not been swept back yet */
    three = reserve (world, 2, "a1", "k3");
  g_assert_nonnull (three);
}

static gint64
count (World *world, const char *sql)
{
  gint64 n;

  g_assert_true (far_db_query_int (far_ledger_db (far_books_ledger (world->books)), sql, &n, NULL));
  return n;
}

static void
test_frequency (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) capped = NULL, other = NULL, midnight = NULL, campaign = NULL;

  world_furnish (world, 1000000);
  campaign = world_ask (world, "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                        "'advertiser':'leaf','currency':'USD','budget_micros':'1000000',"
                        "'frequency_cap':2}]}");
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *article = g_strdup_printf ("a%u", i);
      g_autoptr (JsonNode) done = world_watch (world, 1, article, article);

      g_assert_true (answer_bool (done, "entitled"));
    }
  capped = world_ask (world, RESERVE, "k", READER (1), "a9", TEA);
  g_assert_cmpstr (answer_text (capped, "reason"), ==, "frequency_cap");
  other = world_ask (world, RESERVE, "k", READER (2), "a9", TEA);
  g_assert_nonnull (answer_text (other, "view"));
  /* It is noon; the next day has a new key and new counters, and those of this day are gone. */
  g_assert_cmpint (count (world, "SELECT count (*) FROM frequency"), ==, 2);
  g_assert_cmpint (count (world, "SELECT count (*) FROM frequency_days"), ==, 1);
  world_advance (world, WORLD_DAY / 2);
  world_sweep (world);
  g_assert_cmpint (count (world, "SELECT count (*) FROM frequency"), ==, 0);
  g_assert_cmpint (count (world, "SELECT count (*) FROM frequency_days"), ==, 0);
  midnight = world_ask (world, RESERVE, "k2", READER (1), "a9", TEA);
  g_assert_nonnull (answer_text (midnight, "view"));
}

static void
test_too_many (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *again = NULL;

  world_furnish (world, 1000000);
  for (guint i = 0; i < FAR_BOOKS_OPEN_VIEWS_MAX; i++)
    {
      g_autofree char *article = g_strdup_printf ("a%u", i);
      g_autofree char *view = reserve (world, 1, article, article);

      g_assert_nonnull (view);
    }
  world_refused (world, "too_many_views", RESERVE, "k", READER (1), "a9", TEA);
  again = reserve (world, 1, "a0", "k2");
  g_assert_nonnull (again);
}

/* A pledge while the ad runs: one entitlement, both are paid for, since both happened; after a
 * refund of the pledge the article is closed. */
static void
test_pledge_meanwhile (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *view = NULL;
  g_autoptr (JsonNode) pledge = NULL, done = NULL, earnings = NULL, refund = NULL;
  static const char *const names[] = { "start", "firstQuartile", "midpoint", "thirdQuartile" };

  world_furnish (world, 1000000);
  view = reserve (world, 1, "a1", "k1");
  fetch (world, 1, view, 1000);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      event (world, 1, view, names[i]);
      world_advance (world, WORLD_SECOND);
    }
  pledge = world_pledge (world, 1, "a1", "k2");
  done = world_ask (world, EVENT, READER (1), view, "complete");
  g_assert_true (answer_bool (done, "entitled"));
  earnings = world_earnings (world);
  g_assert_cmpint (answer_micros (earnings, "publisher_micros"), ==, 35000 + 14000);
  refund = world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'news',"
                      "'article':'a1'}", READER (1));
  g_assert_cmpint (answer_micros (refund, "refunded_micros"), ==, 50000);
}

static void
test_client_report (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *view = NULL;
  g_autoptr (JsonNode) started = NULL;

  world_furnish (world, 1000000);
  view = reserve (world, 1, "a1", "k1");
  started = world_ask (world, "{'command':'view.event','reader':'%s','view':'%s','event':'start',"
                       "'visible_ms':86400000,'muted':true}", READER (1), view);
  /* Whatever the client says of itself, the next quarter still takes its time. */
  g_assert_cmpint (answer_int (started, "wait_ms"), ==, 550);
  world_refused (world, "bad_request", "{'command':'view.event','reader':'%s','view':'%s',"
                 "'event':'start','visible_ms':-1}", READER (1), view);
}

static void
test_live_money (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_LIVE);
  g_autoptr (JsonNode) status = NULL;

  world_furnish (world, 0);
  world_refused (world, "live_money", "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                 "'advertiser':'leaf','currency':'USD','budget_micros':'1'}]}");
  status = world_ask (world, "{'command':'ledger.status'}");
  g_assert_cmpstr (answer_text (status, "money"), ==, "live");
}

static void
test_ensure_bounds (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) same = NULL, changed = NULL, huge = NULL;

  world_furnish (world, 1000);
  same = world_ask (world, "{'command':'property.ensure','property':'news','currency':'USD',"
                    "'terms':{'fee_bps':3000,'fee_receiver':'The network'}}");
  g_assert_false (answer_bool (same, "created"));
  g_assert_false (answer_bool (same, "changed"));
  changed = world_ask (world, "{'command':'property.ensure','property':'news','currency':'USD',"
                       "'terms':{'fee_bps':2999,'fee_receiver':'The network'}}");
  g_assert_true (answer_bool (changed, "changed"));
  world_refused (world, "wrong_currency", "{'command':'property.ensure','property':'news',"
                 "'currency':'EUR','terms':{}}");
  world_refused (world, "bad_request", "{'command':'property.ensure','property':'news',"
                 "'currency':'USD','terms':{'free_type':'often'}}");
  world_refused (world, "bad_request", "{'command':'property.ensure','property':'news',"
                 "'currency':'USD','terms':{'free_limit':'1001'}}");
  world_refused (world, "bad_request", "{'command':'property.ensure','property':'news',"
                 "'currency':'USD','terms':{'fee_bps':10001}}");
  world_refused (world, "conflict", "{'command':'campaign.ensure','campaigns':[{'campaign':'tea',"
                 "'advertiser':'rival','currency':'USD','budget_micros':'1'}]}");
  world_refused (world, "wrong_currency", "{'command':'campaign.ensure','campaigns':[{"
                 "'campaign':'tea','advertiser':'leaf','currency':'EUR','budget_micros':'1'}]}");
  /* Sums that leave int64 are refused as such. */
  for (guint i = 0; i < 1024; i++)
    {
      huge = world_ask (world, "{'command':'campaign.ensure','campaigns':[{'campaign':'c%u',"
                        "'advertiser':'leaf','currency':'USD',"
                        "'budget_micros':'9000000000000000'}]}", i);
      g_clear_pointer (&huge, json_node_unref);
    }
  world_refused (world, "overflow", "{'command':'campaign.ensure','campaigns':[{'campaign':'last',"
                 "'advertiser':'leaf','currency':'USD','budget_micros':'9000000000000000'}]}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/views/watch", test_watch);
  g_test_add_func ("/views/wrong-events", test_wrong_events);
  g_test_add_func ("/views/budget", test_budget);
  g_test_add_func ("/views/budget-for-half", test_budget_for_half);
  g_test_add_func ("/views/refusal-undoes", test_refusal_undoes);
  g_test_add_func ("/views/candidates", test_candidates);
  g_test_add_func ("/views/expiry", test_expiry);
  g_test_add_func ("/views/frequency", test_frequency);
  g_test_add_func ("/views/too-many", test_too_many);
  g_test_add_func ("/views/pledge-meanwhile", test_pledge_meanwhile);
  g_test_add_func ("/views/client-report", test_client_report);
  g_test_add_func ("/views/live-money", test_live_money);
  g_test_add_func ("/views/ensure-bounds", test_ensure_bounds);
  return g_test_run ();
}
