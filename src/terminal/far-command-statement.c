/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl statement, and earnings --trace: a month as an accountant reads it, and where the
 * money of one pledge went. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-connect.h"
#include "terminal/far-money-call.h"

/* ---- statement ---- */

/* To the micro, with the points below each other. */
static char *
exact (gint64 micros)
{
  const guint64 magnitude = micros < 0 ? -(guint64) micros : (guint64) micros;

  return g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT, micros < 0 ? "-" : "",
                          magnitude / FAR_MICROS_PER_UNIT, magnitude % FAR_MICROS_PER_UNIT);
}

static void
print_line (const char *what, gint64 micros, gint64 n)
{
  g_autofree char *amount = exact (micros);

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

static void
print_books (FarTerminal *self, JsonObject *statement)
{
  const char *const titles[] = { "ACCOUNTS", "NUMBER", "BEGINNING", "DEBITS", "CREDITS", "END",
                                 NULL };
  gint64 opening = 0, debits = 0, credits = 0, closing = 0;
  FarTable *table;

  if (far_answer_length (statement, "books") == 0)
    return;
  puts ("\nThe books (credits less debits)");
  table = far_table_new ("lrrrrr", titles);
  for (guint i = 0; i < far_answer_length (statement, "books"); i++)
    {
      JsonObject *kind = far_answer_nth (statement, "books", i);

      opening += far_answer_micros (kind, "opening_micros");
      debits += far_answer_micros (kind, "debits_micros");
      credits += far_answer_micros (kind, "credits_micros");
      closing += far_answer_micros (kind, "closing_micros");
      far_table_add (table, g_strdup (far_answer_text (kind, "account")),
                     g_strdup_printf ("%" G_GINT64_FORMAT, far_answer_int (kind, "accounts")),
                     exact (far_answer_micros (kind, "opening_micros")),
                     exact (far_answer_micros (kind, "debits_micros")),
                     exact (far_answer_micros (kind, "credits_micros")),
                     exact (far_answer_micros (kind, "closing_micros")));
    }
  far_table_add (table, g_strdup ("together"), g_strdup (""),
                 exact (opening), exact (debits), exact (credits), exact (closing));
  far_table_print (table, self);
}

static void
print_statement (FarTerminal *self, JsonObject *statement)
{
  static const struct { const char *name; const char *title; } rows[] = {
    { "gross_micros", "gross" },          { "taken_back_micros", "less what was taken back" },
    { "fee_micros", "less fees" },        { "net_micros", "net, to the publisher" },
    { "paid_out_micros", "paid out" },
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
    print_line (rows[i].title, far_answer_micros (summary, rows[i].name), -1);
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
  g_autoptr (FarClock) clock = NULL;
  g_autoptr (JsonObject) answer = NULL;
  JsonObject *fields;
  int code;

  if (!far_terminal_parse (self, far_command_find ("statement"), entries, &argc, &argv, &code))
    return code;
  if (argc > 1)
    return far_terminal_usage ("statement takes options only; see farthingctl statement --help");
  if (month == NULL)
    {
      clock = far_clock_new_from_env (&error);
      if (clock == NULL)
        return far_terminal_fail (error);
      month = far_time_to_rfc3339 (far_clock_now_us (clock));
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
  return far_terminal_end_with_ledger (self, NULL, FAR_EXIT_OK);
}

/* ---- trace ---- */

static const char *
step_title (const char *kind)
{
  static const struct { const char *kind; const char *title; } titles[] = {
    { "pledged", "pledged on the reader's tab" }, { "paid_from_wallet", "paid from the wallet" },
    { "settled", "settled: final" },              { "refunded", "refunded" },
    { "written_off", "written off" },             { "disputed", "taken back by a dispute" },
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
  g_autoptr (JsonObject) list = far_terminal_figures (self, "publisher.list", NULL, error);
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
  return far_terminal_end_with_ledger (self, NULL, FAR_EXIT_OK);
}
