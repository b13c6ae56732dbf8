/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl statement, and earnings --trace: a month as an accountant reads it, and where the
 * money of one pledge went. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-money-call.h"

/* ---- statement ---- */

/* "2026-11" */
static gboolean
is_month (const char *text)
{
  const char *digits = "0123456789";

  return strlen (text) == strlen ("2026-11") && strspn (text, digits) == 4 && text[4] == '-' &&
         strspn (text + 5, digits) == 2 && strcmp (text + 5, "01") >= 0 &&
         strcmp (text + 5, "12") <= 0;
}

static void
print_line (const char *what, gint64 micros, gint64 n)
{
  g_autofree char *amount = far_answer_exact (micros);

  if (n >= 0)
    printf ("  %-26s %18s  (%" G_GINT64_FORMAT ")\n", what, amount, n);
  else
    printf ("  %-26s %18s\n", what, amount);
}

static const char *
line_title (const char *kind)
{
  static const struct { const char *kind; const char *title; } titles[] = {
    { "pledges", "pledged by readers" },      { "refunds", "refunded to readers" },
    { "write_offs", "written off" },          { "settled", "settled by charges" },
    { "wallet", "paid from wallets" },        { "ads", "from ads" },
    { "disputes", "taken back by disputes" }, { "disputes_won", "disputes won" },
    { "payouts", "paid out" },                { "payouts_failed", "payouts that failed" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (strcmp (titles[i].kind, kind) == 0)
      return titles[i].title;
  return kind;
}

static void
print_side (JsonObject *statement, const char *name, const char *title)
{
  JsonObject *side = json_object_get_object_member (statement, name);

  printf ("\n%s\n", title);
  print_line ("at the beginning", far_answer_micros (side, "opening_micros"), -1);
  for (guint i = 0; i < far_answer_length (side, "lines"); i++)
    {
      JsonObject *line = far_answer_nth (side, "lines", i);

      print_line (line_title (far_answer_text (line, "kind")), far_answer_micros (line, "micros"),
                  far_answer_int (line, "n"));
    }
  print_line ("at the end", far_answer_micros (side, "closing_micros"), -1);
}

/* "1.430000 Dr": on which side an account stands. */
static char *
side_of (gint64 credit_micros)
{
  g_autofree char *amount = far_answer_exact (credit_micros < 0 ? -credit_micros : credit_micros);

  return g_strconcat (amount, credit_micros == 0 ? "   " : credit_micros < 0 ? " Dr" : " Cr", NULL);
}

static const char *
account_title (const char *kind)
{
  static const struct { const char *kind; const char *title; } titles[] = {
    { "reader_wallet", "readers' wallets" },
    { "reader_tab", "readers' tabs, owed to us" },
    { "publisher_estimated", "publishers, estimated" },
    { "fee_estimated", "fees, estimated" },
    { "advertiser_funds", "advertisers' funds" },
    { "campaign_budget", "campaigns' budgets" },
    { "seat_receivable", "advertising seats, owed to us" },
    { "tax_payable", "taxes, owed by us" },
    { "publisher_payable", "publishers, final, owed by us" },
    { "provider_clearing", "with the payment provider" },
    { "payout_clearing", "payouts on their way" },
    { "bank", "bank" },
    { "fee_earned", "fees earned" },
    { "provider_fees", "the provider's fees" },
    { "dispute_loss", "lost by disputes" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (strcmp (titles[i].kind, kind) == 0)
      return titles[i].title;
  return kind;
}

static gboolean
is_empty (JsonObject *kind)
{
  return far_answer_micros (kind, "opening_micros") == 0 &&
         far_answer_micros (kind, "debits_micros") == 0 &&
         far_answer_micros (kind, "credits_micros") == 0;
}

static void
print_books (FarTerminal *self, JsonObject *statement)
{
  const char *const titles[] = { "ACCOUNTS", "BEGINNING", "DEBITS", "CREDITS", "END", NULL };
  gint64 opening = 0, debits = 0, credits = 0, closing = 0;
  guint n = far_answer_length (statement, "books"), first = 0;
  FarTable *table;

  while (first < n && is_empty (far_answer_nth (statement, "books", first)))
    first++;
  if (first == n)
    {
      if (n > 0)
        printf ("\nNothing had been booked in %s by the end of this month.\n",
                far_answer_text (statement, "currency"));
      return;
    }
  puts ("\nThe books (Dr: owed to us, held or spent; Cr: owed by us or earned)");
  table = far_table_new ("lrrrr", titles);
  for (guint i = first; i < n; i++)
    {
      JsonObject *kind = far_answer_nth (statement, "books", i);
      gint64 opens = far_answer_micros (kind, "opening_micros");
      gint64 debit = far_answer_micros (kind, "debits_micros");
      gint64 credit = far_answer_micros (kind, "credits_micros");

      if (is_empty (kind))
        continue;
      opening += opens;
      debits += debit;
      credits += credit;
      closing += far_answer_micros (kind, "closing_micros");
      far_table_add (table, g_strdup (account_title (far_answer_text (kind, "account"))),
                     side_of (opens), far_answer_exact (debit), far_answer_exact (credit),
                     side_of (far_answer_micros (kind, "closing_micros")));
    }
  far_table_add (table, g_strdup ("together"), side_of (opening), far_answer_exact (debits),
                 far_answer_exact (credits), side_of (closing));
  far_table_print (table, self);
}

static void
print_statement (FarTerminal *self, JsonObject *statement)
{
  static const struct { const char *name; const char *title; int sign; } rows[] = {
    { "gross_micros", "pledges, wallets and ads", 1 },
    { "taken_back_micros", "less what was taken back", -1 },
    { "fee_micros", "less fees", -1 },
    { "net_micros", "= net, to the publisher", 1 },
  };
  const char *currency = far_answer_text (statement, "currency");
  const char *property = far_answer_text (statement, "property");
  const char *publisher = far_answer_text (statement, "publisher");
  JsonObject *summary = json_object_get_object_member (statement, "summary");

  printf ("Statement of %s, %s, %s (%s money%s)\n", far_answer_text (statement, "month"),
          *property != '\0' ? property : *publisher != '\0' ? publisher : "the whole books",
          currency, far_answer_text (statement, "money"),
          json_object_get_boolean_member (statement, "complete") ? "" : "; the month is not over");
  puts ("\nFrom gross to net");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    print_line (rows[i].title, rows[i].sign * far_answer_micros (summary, rows[i].name), -1);
  print_line ("paid out in this month", far_answer_micros (summary, "paid_out_micros"), -1);
  print_side (statement, "estimated", "Publisher, estimated (pledged, not yet charged)");
  print_side (statement, "final", "Publisher, final");
  print_side (statement, "fee_estimated", "Fee, estimated");
  print_side (statement, "fee_final", "Fee, final");
  print_books (self, statement);
}

int
far_command_statement (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *month = NULL, *publisher = NULL, *property = NULL, *currency = NULL;
  const GOptionEntry entries[] = {
    { "month", 0, 0, G_OPTION_ARG_STRING, &month, "Which month (this one)", "2026-11" },
    { "publisher", 0, 0, G_OPTION_ARG_STRING, &publisher, "Only of this publisher", "NAME" },
    { "property", 0, 0, G_OPTION_ARG_STRING, &property, "Only of this property", "NAME" },
    { "currency", 0, 0, G_OPTION_ARG_STRING, &currency, "Which, where there are several", "CODE" },
    G_OPTION_ENTRY_NULL
  };
  const struct { const char *name; char **value; } names[] = {
    { "month", &month }, { "publisher", &publisher }, { "property", &property },
    { "currency", &currency },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  g_autoptr (JsonObject) answer = NULL;
  JsonObject *fields;
  int code;

  if (!far_terminal_parse (self, far_command_find ("statement"), entries, &argc, &argv, &code))
    return code;
  if (argc > 1)
    return far_terminal_usage ("statement takes options only; see farthingctl statement --help");
  if (month != NULL && !is_month (month))
    return far_terminal_usage ("--month is a year and a month, as 2026-11");
  if (month == NULL)
    {
      if (far_terminal_connect (self, FALSE, &error) == NULL ||
          (status = far_terminal_status (self, &error)) == NULL)
        return far_terminal_fail (error);
      month = far_time_to_rfc3339 (status->now_us);
      month[strlen ("2026-11")] = '\0';
    }
  fields = json_object_new ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (*names[i].value != NULL)
      json_object_set_string_member (fields, names[i].name, *names[i].value);
  answer = far_terminal_figures (self, "statement", fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    print_statement (self, answer);
  return FAR_EXIT_OK;
}

/* ---- trace ---- */

static const char *
step_title (const char *kind)
{
  static const struct { const char *kind; const char *title; } titles[] = {
    { "pledged", "pledged on the reader's tab" }, { "paid_from_wallet", "paid from the wallet" },
    { "settled", "settled: final" },              { "refunded", "refunded" },
    { "written_off", "written off" },             { "disputed", "taken back by a dispute" },
    { "dispute_won", "given back: dispute won" },
    { "paid_out", "paid out" },                   { "on_account", "on account, not paid out yet" },
    { "balanced_others_refunds", "balanced others' refunds" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (strcmp (titles[i].kind, kind) == 0)
      return titles[i].title;
  return kind;
}

static void
print_step (JsonObject *step, const char *currency)
{
  const char *kind = far_answer_text (step, "kind");
  const char *payout = far_answer_text (step, "payout");
  g_autofree char *time = far_answer_time (step, "time_us");

  if (strcmp (kind, "charged") == 0)
    {
      g_autofree char *amount = far_answer_amount (step, "charge_micros", currency);

      printf ("  %s  charged with the tab          %14s\n", time, amount);
      return;
    }
  {
    g_autofree char *amount = far_answer_amount (step, "micros", currency);

    printf ("  %s  %-29s %14s  %s%s%s\n", time, step_title (kind), amount,
            strcmp (far_answer_text (step, "to"), "fee") == 0 ? "fee" : "publisher",
            *payout != '\0' ? ", payout " : "", payout);
  }
}

static void
print_pledge (JsonObject *pledge)
{
  const char *currency = far_answer_text (pledge, "currency");
  g_autofree char *price = far_answer_amount (pledge, "price_micros", currency);
  g_autofree char *share = far_answer_amount (pledge, "publisher_micros", currency);
  g_autofree char *fee = far_answer_amount (pledge, "fee_micros", currency);

  printf ("%s %s for “%s” (%s)\n  pledge %s\n  %s to the publisher, %s to %s\n", price, currency,
          far_answer_text (pledge, "article"), far_answer_text (pledge, "state"),
          far_answer_text (pledge, "pledge"), share, fee,
          far_answer_text (pledge, "fee_receiver"));
  for (guint i = 0; i < far_answer_length (pledge, "steps"); i++)
    print_step (far_answer_nth (pledge, "steps", i), currency);
  putchar ('\n');
}

static gboolean
is_id (const char *text)
{
  gsize n = strspn (text, "0123456789abcdef");

  return n == 32 && text[n] == '\0';
}

/* The only property, where none is named. */
static char *
find_property (FarTerminal *self, GError **error)
{
  g_autoptr (JsonObject) list = far_terminal_publishers (self, error);
  char *found = NULL;

  for (guint i = 0; list != NULL && i < far_answer_length (list, "publishers"); i++)
    {
      JsonObject *publisher = far_answer_nth (list, "publishers", i);

      for (guint j = 0; j < far_answer_length (publisher, "properties"); j++)
        {
          if (found != NULL)
            {
              g_free (found);
              g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                                   "there are several properties: say --property NAME");
              return NULL;
            }
          found = g_strdup (far_answer_text (far_answer_nth (publisher, "properties", j),
                                             "property"));
        }
    }
  if (list != NULL && found == NULL)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                         "the books know no property yet: nothing was sold");
  return found;
}

/* An id is a pledge's or a transfer's. */
static JsonObject *
ask_trace (FarTerminal *self, const char *property, const char *what, GError **error)
{
  static const char *const names[] = { "pledge", "transfer" };
  JsonObject *answer = NULL;

  if (!is_id (what))
    {
      JsonObject *fields = json_object_new ();

      json_object_set_string_member (fields, "property", property);
      json_object_set_string_member (fields, "article", what);
      return far_terminal_figures (self, "trace", fields, error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (names) && answer == NULL; i++)
    {
      JsonObject *fields = json_object_new ();

      g_clear_error (error);
      json_object_set_string_member (fields, "property", property);
      json_object_set_string_member (fields, names[i], what);
      answer = far_terminal_figures (self, "trace", fields, error);
      if (answer == NULL && !g_error_matches (*error, FAR_CLIENT_ERROR,
                                              FAR_CLIENT_ERROR_NOT_FOUND))
        return NULL;
    }
  return answer;
}

int
far_terminal_trace (FarTerminal *self, const char *what, const char *property)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = property != NULL ? g_strdup (property) : find_property (self, &error);
  g_autoptr (JsonObject) answer = NULL;

  if (found == NULL || (answer = ask_trace (self, found, what, &error)) == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    for (guint i = 0; i < far_answer_length (answer, "pledges"); i++)
      print_pledge (far_answer_nth (answer, "pledges", i));
  return FAR_EXIT_OK;
}
