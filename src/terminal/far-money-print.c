/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences and objects of a reader's money (see the header). What a server sent is cleaned before
 * it reaches a terminal. */
#include "terminal/far-money-print.h"

#include <stdio.h>
#include <string.h>

/* A sentence with one amount in it. */
static void
say_amount (const char *format_before, gint64 micros, const char *currency, const char *after)
{
  g_autofree char *shown = far_micros_to_display (micros, currency);

  printf ("%s%s%s\n", format_before, shown, after);
}

static void
say_clean (const char *before, const char *text, const char *after)
{
  g_autofree char *clean = far_terminal_clean (text);

  printf ("%s%s%s\n", before, clean, after);
}

static char *
day_of (gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d") : g_strdup ("–");
}

/* ---- charges ---- */

/* Why a charge has not brought its money, in words. */
static const char *
reason_text (const char *reason)
{
  static const char *const texts[][2] = {
    { "insufficient_funds", "the card has insufficient funds" },
    { "authentication_required", "the bank wants you to confirm it: pay it yourself" },
    { "requires_action", "your bank wants to see you" },
    { "processing", "the bank is still deciding" },
    { "timeout", "the payment provider did not answer; it is asked again" },
    { "fee_pending", "it is paid, and being booked" },
    { "expired_card", "the card has expired" },
    { "canceled", "it was cancelled" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i][0], reason) == 0)
      return texts[i][1];
  return "the card was declined";
}

static void
print_charge (const FarCharge *charge, const char *currency)
{
  g_autofree char *amount = far_micros_to_display (charge->amount_micros, currency);

  if (strcmp (charge->state, "succeeded") == 0)
    printf ("%s was charged.\n", amount);
  else if (strcmp (charge->state, "failed") == 0)
    printf ("%s could not be charged: %s.\n", amount, reason_text (charge->reason));
  else
    printf ("%s is being charged: %s.\n", amount, reason_text (charge->reason));
  if (*charge->url != '\0')
    say_clean ("Open this page to go on: ", charge->url, "");
}

static void
add_charge (FarJsonWriter *w, const FarCharge *charge)
{
  if (charge == NULL)
    {
      far_json_add_null (w, "charge");
      return;
    }
  far_json_begin_object (w, "charge");
  far_json_add_string (w, "state", charge->state);
  far_json_add_micros (w, "amount_micros", charge->amount_micros);
  far_json_add_int (w, "time_us", charge->time_us);
  far_json_add_string (w, "reason", *charge->reason != '\0' ? charge->reason : NULL);
  far_json_add_string (w, "url", *charge->url != '\0' ? charge->url : NULL);
  far_json_end_object (w);
}

static void
begin (FarJsonWriter *w, const char *reader)
{
  far_json_writer_init (w);
  far_json_begin_object (w, NULL);
  far_json_add_string (w, "reader", reader);
}

static void
end (FarJsonWriter *w)
{
  far_json_end_object (w);
  far_terminal_print_json (w);
}

/* ---- tab ---- */

void
far_money_print_tab (const FarWallet *wallet, gint64 now_us)
{
  g_autofree char *due = day_of (wallet->due_us);

  if (wallet->tab_micros == 0)
    puts ("Nothing is owed.");
  else
    say_amount ("Owed: ", wallet->tab_micros, wallet->currency, ".");
  if (wallet->tab_micros > 0 && !wallet->method)
    puts ("There is no payment method to charge; farthingctl wallet method adds one.");
  else if (wallet->tab_micros > 0)
    {
      g_autofree char *threshold = far_micros_to_display (wallet->threshold_micros,
                                                          wallet->currency);

      /* What was due, and too little, waits for the least that is charged. */
      if (wallet->tab_micros < wallet->minimum_micros && wallet->due_us <= now_us)
        say_amount ("It is carried forward, and charged when it comes to ", wallet->minimum_micros,
                    wallet->currency, ".");
      else if (wallet->due_us <= now_us)
        puts ("It is charged within the next minutes.");
      else
        printf ("It is charged at %s, or from %s on.\n", threshold, due);
      if (wallet->tab_micros < wallet->minimum_micros && wallet->due_us > now_us)
        say_amount ("Less than ", wallet->minimum_micros, wallet->currency,
                    " is not charged, but carried forward.");
    }
  if (wallet->charge != NULL && strcmp (wallet->charge->state, "succeeded") != 0)
    print_charge (wallet->charge, wallet->currency);
}

void
far_money_print_tab_json (const FarWallet *wallet, const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_string (&w, "currency", wallet->currency);
  far_json_add_micros (&w, "tab_micros", wallet->tab_micros);
  far_json_add_micros (&w, "minimum_micros", wallet->minimum_micros);
  far_json_add_micros (&w, "threshold_micros", wallet->threshold_micros);
  far_json_add_int (&w, "due_us", wallet->due_us);
  far_json_add_bool (&w, "method", wallet->method);
  add_charge (&w, wallet->charge);
  end (&w);
}

void
far_money_print_payment (const FarTabPayment *payment, const char *currency)
{
  if (payment->charge != NULL)
    print_charge (payment->charge, currency);
  else
    puts ("There was nothing to charge.");
  say_amount ("Left on the tab: ", payment->tab_micros, currency, ".");
}

void
far_money_print_payment_json (const FarTabPayment *payment, const char *currency,
                              const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_string (&w, "currency", currency);
  add_charge (&w, payment->charge);
  far_json_add_micros (&w, "tab_micros", payment->tab_micros);
  far_json_add_micros (&w, "wallet_micros", payment->wallet_micros);
  end (&w);
}

/* ---- wallet ---- */

void
far_money_print_wallet (const FarWallet *wallet, gint64 now_us)
{
  if (strcmp (wallet->money, "test") == 0)
    puts ("This is test money.");
  say_amount ("In the wallet: ", wallet->wallet_micros, wallet->currency, ".");
  if (wallet->wallet_micros > 0)
    say_amount ("Of it can go back to where it came from: ", wallet->refundable_micros,
                wallet->currency, ".");
  puts (wallet->method ? "A payment method is on file." : "No payment method is on file.");
  far_money_print_tab (wallet, now_us);
  if (wallet->caps != NULL)
    far_money_print_caps (wallet->caps, wallet->currency);
}

static void
add_caps (FarJsonWriter *w, const FarCaps *caps)
{
  far_json_begin_object (w, "caps");
  if (caps->day_micros >= 0)
    far_json_add_micros (w, "day_micros", caps->day_micros);
  else
    far_json_add_null (w, "day_micros");
  if (caps->month_micros >= 0)
    far_json_add_micros (w, "month_micros", caps->month_micros);
  else
    far_json_add_null (w, "month_micros");
  far_json_add_micros (w, "day_spent_micros", caps->day_spent_micros);
  far_json_add_micros (w, "month_spent_micros", caps->month_spent_micros);
  far_json_end_object (w);
}

void
far_money_print_wallet_json (const FarWallet *wallet, const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_string (&w, "money", wallet->money);
  far_json_add_string (&w, "currency", wallet->currency);
  far_json_add_micros (&w, "wallet_micros", wallet->wallet_micros);
  far_json_add_micros (&w, "refundable_micros", wallet->refundable_micros);
  far_json_add_micros (&w, "tab_micros", wallet->tab_micros);
  far_json_add_micros (&w, "minimum_micros", wallet->minimum_micros);
  far_json_add_micros (&w, "threshold_micros", wallet->threshold_micros);
  far_json_add_int (&w, "due_us", wallet->due_us);
  far_json_add_bool (&w, "method", wallet->method);
  far_json_add_bool (&w, "method_required", wallet->method_required);
  far_json_add_int (&w, "pledges", wallet->pledges);
  if (wallet->caps != NULL)
    add_caps (&w, wallet->caps);
  add_charge (&w, wallet->charge);
  end (&w);
}

/* ---- checkouts, refunds, caps ---- */

void
far_money_print_checkout (const FarCheckout *checkout)
{
  gboolean setup = strcmp (checkout->kind, "setup") == 0;

  if (*checkout->url != '\0')
    {
      say_clean ("Open this page: ", checkout->url, "");
      say_clean ("Afterwards ask how it went: farthingctl wallet visit ", checkout->checkout, "");
      return;
    }
  if (strcmp (checkout->state, "succeeded") == 0 && setup)
    puts ("The payment method is saved.");
  else if (strcmp (checkout->state, "succeeded") == 0)
    {
      say_amount ("Paid in: ", checkout->amount_micros, checkout->currency, ".");
      say_amount ("In the wallet: ", checkout->wallet_micros, checkout->currency, ".");
    }
  else if (strcmp (checkout->state, "failed") == 0)
    puts ("It failed; nothing was paid or saved.");
  else if (strcmp (checkout->state, "expired") == 0)
    puts ("The page has expired; nothing was paid or saved.");
  else
    say_clean ("The bank is still deciding. Ask again: farthingctl wallet visit ",
               checkout->checkout, "");
  if (checkout->charge != NULL)
    print_charge (checkout->charge, checkout->currency);
}

void
far_money_print_checkout_json (const FarCheckout *checkout, const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_string (&w, "checkout", checkout->checkout);
  far_json_add_string (&w, "kind", checkout->kind);
  far_json_add_string (&w, "state", checkout->state);
  far_json_add_string (&w, "url", *checkout->url != '\0' ? checkout->url : NULL);
  far_json_add_int (&w, "expires_us", checkout->expires_us);
  far_json_add_micros (&w, "amount_micros", checkout->amount_micros);
  far_json_add_string (&w, "currency", checkout->currency);
  far_json_add_bool (&w, "method", checkout->method);
  far_json_add_micros (&w, "tab_micros", checkout->tab_micros);
  far_json_add_micros (&w, "wallet_micros", checkout->wallet_micros);
  add_charge (&w, checkout->charge);
  end (&w);
}

void
far_money_print_refund (const FarWalletRefund *refund, const char *currency)
{
  if (refund->refunded_micros > 0)
    say_amount ("Went back: ", refund->refunded_micros, currency, ".");
  if (refund->pending_micros > 0)
    say_amount ("On its way back, as fast as the bank is: ", refund->pending_micros, currency, ".");
  if (refund->failed_micros > 0)
    say_amount ("Refused by the bank, and in the wallet again: ", refund->failed_micros, currency,
                ".");
  say_amount ("In the wallet: ", refund->wallet_micros, currency, ".");
}

void
far_money_print_refund_json (const FarWalletRefund *refund, const char *currency,
                             const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_string (&w, "currency", currency);
  far_json_add_micros (&w, "refunded_micros", refund->refunded_micros);
  far_json_add_micros (&w, "pending_micros", refund->pending_micros);
  far_json_add_micros (&w, "failed_micros", refund->failed_micros);
  far_json_add_micros (&w, "wallet_micros", refund->wallet_micros);
  end (&w);
}

static void
print_cap (const char *what, gint64 cap_micros, gint64 spent_micros, const char *currency)
{
  g_autofree char *spent = far_micros_to_display (spent_micros, currency);
  g_autofree char *cap = cap_micros >= 0 ? far_micros_to_display (cap_micros, currency) : NULL;

  if (cap != NULL)
    printf ("%s: %s of at most %s.\n", what, spent, cap);
  else
    printf ("%s: %s, without a limit.\n", what, spent);
}

void
far_money_print_caps (const FarCaps *caps, const char *currency)
{
  print_cap ("Pledged today", caps->day_micros, caps->day_spent_micros, currency);
  print_cap ("Pledged this month", caps->month_micros, caps->month_spent_micros, currency);
}

void
far_money_print_caps_json (const FarCaps *caps, const char *currency, const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_string (&w, "currency", currency);
  add_caps (&w, caps);
  end (&w);
}

/* ---- history and deletion ---- */

static const char *
kind_text (const char *kind)
{
  static const char *const texts[][2] = {
    { "pledge", "pledged" },
    { "ad", "an ad was watched" },
    { "refund", "taken back" },
    { "charge", "charged" },
    { "write_off", "written off" },
    { "topup", "paid into the wallet" },
    { "wallet_refund", "out of the wallet" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i][0], kind) == 0)
      return texts[i][1];
  return "moved";
}

static void
add_entry (FarJsonWriter *w, const FarWalletEntry *entry)
{
  far_json_begin_object (w, NULL);
  far_json_add_int (w, "time_us", entry->time_us);
  far_json_add_string (w, "kind", entry->kind);
  far_json_add_string (w, "article", *entry->article != '\0' ? entry->article : NULL);
  far_json_add_micros (w, "amount_micros", entry->amount_micros);
  far_json_end_object (w);
}

void
far_money_print_history (FarTerminal *terminal, GPtrArray *pages, const char *currency,
                         const char *reader)
{
  static const char *const titles[] = { "WHEN", "WHAT", "AMOUNT", "ARTICLE", NULL };
  FarTable *table = terminal->json ? NULL : far_table_new ("llrl", titles);
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_string (&w, "currency", currency);
  far_json_begin_array (&w, "entries");
  for (guint i = 0; i < pages->len; i++)
    {
      const FarHistory *page = g_ptr_array_index (pages, i);

      for (guint n = 0; n < page->entries->len; n++)
        {
          const FarWalletEntry *entry = g_ptr_array_index (page->entries, n);

          add_entry (&w, entry);
          if (table != NULL)
            far_table_add (table, far_terminal_time (entry->time_us),
                           g_strdup (kind_text (entry->kind)),
                           far_micros_to_display (entry->amount_micros, currency),
                           far_terminal_clean (entry->article));
        }
    }
  far_json_end_array (&w);
  if (table != NULL)
    far_table_print (table, terminal);
  else
    end (&w);
}

void
far_money_print_deletion (const FarDeletion *deletion)
{
  puts ("Erased:");
  for (guint i = 0; i < deletion->erased->len; i++)
    say_clean ("  ", g_ptr_array_index (deletion->erased, i), ".");
  puts ("Kept, and why:");
  for (guint i = 0; i < deletion->kept->len; i++)
    say_clean ("  ", g_ptr_array_index (deletion->kept, i), ".");
}

static void
add_sentences (FarJsonWriter *w, const char *name, GPtrArray *sentences)
{
  far_json_begin_array (w, name);
  for (guint i = 0; i < sentences->len; i++)
    far_json_add_string (w, NULL, g_ptr_array_index (sentences, i));
  far_json_end_array (w);
}

void
far_money_print_deletion_json (const FarDeletion *deletion, const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };

  begin (&w, reader);
  far_json_add_bool (&w, "deleted", TRUE);
  add_sentences (&w, "erased", deletion->erased);
  add_sentences (&w, "kept", deletion->kept);
  end (&w);
}

/* ---- the publisher ---- */

void
far_money_print_earnings_json (const FarEarnings *e)
{
  g_auto (FarJsonWriter) w = { 0 };

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "currency", e->currency);
  far_json_add_micros (&w, "publisher_micros", e->publisher_micros);
  far_json_add_micros (&w, "pay_micros", e->pay_micros);
  far_json_add_micros (&w, "ad_micros", e->ad_micros);
  far_json_add_micros (&w, "fee_micros", e->fee_micros);
  far_json_add_micros (&w, "refund_micros", e->refund_micros);
  far_json_add_micros (&w, "estimated_micros", e->estimated_micros);
  far_json_add_micros (&w, "final_micros", e->final_micros);
  far_json_add_time (&w, "as_of", e->as_of_us);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}
