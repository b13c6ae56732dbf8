/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publisher's side: payouts and their files, negative balances, disputes. The books are checked
 * after every command (books-world.h). */
#include <string.h>

#include "books-press.h"

#define IBAN "DE89370400440532013000"

static void
expect_skipped (World *world, const char *key, const char *reason)
{
  g_autoptr (JsonNode) answer = world_ask (world, "{'command':'payout.prepare','key':'%s'}", key);

  g_assert_cmpuint (length (answer, "batches"), ==, 0);
  g_assert_cmpstr (json_object_get_string_member (nth (answer, "skipped", 0), "reason"), ==,
                   reason);
}

/* ---- payouts ---- */

static void
test_payouts (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *batch = NULL, *payout = NULL, *second = NULL, *third = NULL;
  g_autoptr (JsonNode) paid = NULL, again = NULL;

  expect_skipped (world, "p0", "below_threshold");
  pay (world, 1, "news", "a", 10033333);   /* 7,021,000 final, inside the window of a refund */
  pay (world, 2, "blog", "b", 5030000);    /* 4,527,000 final, no window */
  g_assert_cmpint (earning (world, "news", "held_micros"), ==, 7021000);
  g_assert_cmpint (earning (world, "news", "payable_micros"), ==, 0);
  set_accounts (world);
  expect_skipped (world, "p1", "below_threshold");
  world_advance (world, 2 * WORLD_DAY);
  /* 7,021,000 + 4,527,000, whole cents; the rest stays. */
  batch = prepare (world, "p2", 11540000);
  expect_skipped (world, "p3", "in_payout");
  payout = payout_of (world, batch);
  g_assert_cmpint (earning (world, "news", "in_payout_micros") +
                   earning (world, "blog", "in_payout_micros"), ==, 11540000);
  g_assert_cmpint (earning (world, "news", "final_micros"), ==, 7021000);

  paid = world_ask (world, "{'command':'payout.paid','key':'k1','payout':'%s','reference':"
                    "'statement 47'}", payout);
  g_assert_cmpstr (answer_text (paid, "state"), ==, "paid");
  again = world_ask (world, "{'command':'payout.paid','key':'k2','payout':'%s'}", payout);
  g_assert_cmpstr (answer_text (again, "state"), ==, "paid");
  world_refused (world, "conflict", "{'command':'payout.failed','key':'k3','payout':'%s',"
                 "'reason':'no'}", payout);
  g_assert_cmpint (earning (world, "news", "paid_out_micros") +
                   earning (world, "blog", "paid_out_micros"), ==, 11540000);

  /* One that the bank refuses comes back to where it was from. */
  pay (world, 3, "blog", "c", 10000000);
  second = prepare (world, "p4", 9000000);
  g_free (payout);
  payout = payout_of (world, second);
  done (world_ask (world, "{'command':'payout.failed','key':'k4','payout':'%s',"
                   "'reason':'Account closed – sorry'}", payout));
  g_assert_cmpint (earning (world, "blog", "in_payout_micros"), ==, 0);
  g_free (payout);
  third = prepare (world, "p5", 9000000);
  payout = payout_of (world, third);
  world_refused (world, "unknown_payout", "{'command':'payout.paid','key':'k9','payout':"
                 "'00000000000000000000000000000000'}");
}

/* What was refunded or disputed after it was paid out is carried forward. */
static void
test_negative (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *batch = NULL, *payout = NULL, *next = NULL;

  set_accounts (world);
  done (world_ask (world, "{'command':'property.ensure','property':'blog','currency':'USD',"
                   "'publisher':'news','terms':{'fee_bps':1000,'refund_window_s':31536000}}"));
  pay (world, 1, "blog", "b", 10000000);
  expect_skipped (world, "p1", "below_threshold"); /* held */
  done (world_ask (world, "{'command':'property.ensure','property':'blog','currency':'USD',"
                   "'publisher':'news','terms':{'fee_bps':1000,'refund_window_s':0}}"));
  pay (world, 2, "blog", "c", 10000000);
  batch = prepare (world, "p2", 9000000);
  payout = payout_of (world, batch);
  done (world_ask (world, "{'command':'payout.paid','key':'k1','payout':'%s'}", payout));
  /* Both want it back, one by the bank: 18 of 18 are gone, and 9 of them were there. */
  done (world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'blog',"
                   "'article':'b'}", world_reader (1)));
  done (world_ask (world, "{'command':'dispute.apply','dispute':'dp_1','payment':'pi_2-blog-c',"
                   "'status':'opened','amount_micros':'10000000','fee_micros':'15000000'}"));
  g_assert_cmpint (earning (world, "blog", "balance_micros"), ==, -9000000);
  g_assert_cmpint (earning (world, "blog", "disputed_micros"), ==, 9000000);
  expect_skipped (world, "p3", "negative");
  /* What the sister property earns is lowered by it. */
  pay (world, 3, "news", "x", 15000000);
  pay (world, 4, "news", "x", 15000000); /* 21 together */
  world_advance (world, 2 * WORLD_DAY);
  next = prepare (world, "p4", 12000000);
}

static char *
export (World *world, const char *batch, const char *format)
{
  GString *text = g_string_new (NULL);
  gint64 offset = 0;

  for (;;)
    {
      g_autoptr (JsonNode) slice =
        world_ask (world, "{'command':'payout.export','batch':'%s','format':'%s','offset':%"
                   G_GINT64_FORMAT "}", batch, format, offset);

      g_string_append (text, answer_text (slice, "text"));
      if (json_object_get_null_member (object (slice), "next_offset"))
        {
          g_assert_cmpint (answer_int (slice, "total"), ==, (gint64) text->len);
          return g_string_free (text, FALSE);
        }
      offset = answer_int (slice, "next_offset");
      g_assert_cmpint (offset, ==, (gint64) text->len);
    }
}

static void
test_export (void)
{
  g_autoptr (World) world = new_world ();
  g_autofree char *batch = NULL, *xml = NULL, *same = NULL, *csv = NULL;
  g_autoptr (JsonNode) list = NULL;

  pay (world, 1, "blog", "b", 10000000);
  done (world_ask (world, "{'command':'publisher.set','publisher':'news','legal_name':'=cmd|calc',"
                   "'iban':'" IBAN "'}"));
  world_refused (world, "bad_account", "{'command':'publisher.set','publisher':'news','iban':"
                 "'DE89370400440532013001'}");
  done (world_ask (world, "{'command':'publisher.set','publisher':'news','threshold_micros':"
                   "'1000000'}"));
  batch = prepare (world, "p1", 9000000);
  world_refused (world, "bad_account", "{'command':'payout.export','batch':'%s','format':'csv'}",
                 batch);
  set_accounts (world); /* a payout keeps the account of its day */
  xml = export (world, batch, "pain.001");
  g_assert_nonnull (strstr (xml, "<InstdAmt Ccy=\"USD\">9.00</InstdAmt>"));
  g_assert_nonnull (strstr (xml, "<IBAN>" IBAN "</IBAN>"));
  g_assert_nonnull (strstr (xml, "<Nm>.cmd.calc</Nm>"));
  world_advance (world, WORLD_DAY);
  same = export (world, batch, "pain.001");
  g_assert_cmpstr (xml, ==, same);
  csv = export (world, batch, "csv");
  /* No bank is to take these for money. */
  g_assert_nonnull (strstr (xml, "<Ustrd>TEST MONEY, not to be paid. Farthing, news, earnings"));
  g_assert_nonnull (strstr (csv, "\"TEST MONEY, not to be paid. Farthing, news, earnings"));
  g_assert_nonnull (strstr (csv, "\"'=cmd|calc\""));
  world_refused (world, "bad_request", "{'command':'payout.export','batch':'%s','format':'xls'}",
                 batch);
  world_refused (world, "unknown_batch", "{'command':'payout.export','batch':"
                 "'00000000000000000000000000000000','format':'csv'}");
  list = world_ask (world, "{'command':'payout.list','token':'%s'}", world->token_hash);
  g_assert_cmpstr (json_object_get_string_member (nth (list, "payouts", 0), "state"), ==,
                   "exported");
  g_assert_cmpstr (json_object_get_string_member (nth (list, "payouts", 0), "account"), ==,
                   "DE89 … 3000");
}

/* ---- disputes ---- */

static void
apply (World *world, const char *dispute, const char *status, const char *expected)
{
  g_autoptr (JsonNode) answer =
    world_ask (world, "{'command':'dispute.apply','dispute':'%s','payment':'pi_1-blog-b','status':"
               "'%s','amount_micros':'10000000','fee_micros':'15000000'}", dispute, status);

  g_assert_cmpstr (answer_text (answer, "state"), ==, expected);
}

static void
test_disputes (void)
{
  static const char *const orders[][4] = {
    { "opened", "won" }, { "opened", "opened", "lost", "lost" }, { "won", "opened" },
    { "lost", "opened" }, { "opened", "won", "opened", "won" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (World) world = new_world ();
      gboolean won = FALSE;

      pay (world, 1, "blog", "b", 10000000);
      for (guint j = 0; j < 4 && orders[i][j] != NULL; j++)
        {
          won |= strcmp (orders[i][j], "won") == 0;
          apply (world, "dp", orders[i][j],
                 won ? "won" : i == 3 || (i == 1 && j >= 2) ? "lost" : orders[i][j]);
          g_assert_cmpint (earning (world, "blog", "balance_micros"), ==, won ? 9000000 : 0);
        }
      world_refused (world, "conflict", "{'command':'dispute.apply','dispute':'dp','payment':"
                     "'pi_1-blog-b','status':'%s','amount_micros':'1'}", won ? "lost" : "won");
      world_refused (world, "unknown_intent", "{'command':'dispute.apply','dispute':'dq','payment':"
                     "'pi_none','status':'opened','amount_micros':'1'}");
    }
}

/* A refund of what was charged is in the wallet: the dispute takes that, as far as it holds. */
static void
test_disputed_wallet (void)
{
  for (guint spent = 0; spent < 2; spent++)
    {
      g_autoptr (World) world = new_world ();
      g_autoptr (JsonNode) answer = NULL;

      done (world_ask (world, "{'command':'property.ensure','property':'blog','currency':'USD',"
                       "'publisher':'news','terms':{'fee_bps':1000}}"));
      pay (world, 1, "blog", "b", 10000000);
      done (world_ask (world, "{'command':'refund','key':'r','reader':'%s','property':'blog',"
                       "'article':'b'}", world_reader (1)));
      if (spent)
        done (world_ask (world, PLEDGE, "s", world_reader (1), "blog", "other",
                         (gint64) 4000000));
      answer = world_ask (world, "{'command':'dispute.apply','dispute':'dp','payment':"
                          "'pi_1-blog-b','status':'opened','amount_micros':'10000000'}");
      g_assert_cmpint (answer_micros (answer, "wallet_micros"), ==, spent ? 6000000 : 10000000);
      g_assert_cmpint (answer_micros (answer, "loss_micros"), ==, spent ? 4000000 : 0);
      apply (world, "dp", "won", "won");
    }
}

static void
test_no_refund_of_a_dispute (void)
{
  g_autoptr (World) world = new_world ();

  done (world_ask (world, "{'command':'property.ensure','property':'blog','currency':'USD',"
                   "'publisher':'news','terms':{'fee_bps':1000}}"));
  pay (world, 1, "blog", "b", 10000000);
  apply (world, "dp", "opened", "opened");
  world_refused (world, "not_refundable", "{'command':'refund','key':'r','reader':'%s',"
                 "'property':'blog','article':'b'}", world_reader (1));
  apply (world, "dp", "won", "won");
  done (world_ask (world, "{'command':'refund','key':'r2','reader':'%s','property':'blog',"
                   "'article':'b'}", world_reader (1)));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/publishing/payouts", test_payouts);
  g_test_add_func ("/books/publishing/negative", test_negative);
  g_test_add_func ("/books/publishing/export", test_export);
  g_test_add_func ("/books/publishing/disputes", test_disputes);
  g_test_add_func ("/books/publishing/disputed-wallet", test_disputed_wallet);
  g_test_add_func ("/books/publishing/no-refund-of-a-dispute", test_no_refund_of_a_dispute);
  return g_test_run ();
}
