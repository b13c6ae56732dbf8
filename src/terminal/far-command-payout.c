/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl payout: what publishers may be paid, files for the bank, and what the bank did. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-money-call.h"

typedef struct {
  char *publisher;
  char *legal_name;
  char *iban;
  char *bic;
  char *threshold;
  char *format;
  char *reason;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->publisher);
  g_free (options->legal_name);
  g_free (options->iban);
  g_free (options->bic);
  g_free (options->threshold);
  g_free (options->format);
  g_free (options->reason);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
add_text (JsonObject *fields, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (fields, name, value);
}

static void
add_key (JsonObject *fields)
{
  g_autofree char *key = far_market_client_new_key ();

  json_object_set_string_member (fields, "key", key);
}

/* ---- what is there ---- */

static int
run_publishers (FarTerminal *self)
{
  const char *const titles[] = { "PUBLISHER", "PROPERTY", "ON ACCOUNT", "HELD", "PAYABLE", "FROM",
                                 "ON ITS WAY", "PAID OUT", "", "ACCOUNT", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = far_terminal_publishers (self, &error);
  FarTable *table;

  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_terminal_print_answer (answer);
      return FAR_EXIT_OK;
    }
  table = far_table_new ("llrrrrrrll", titles);
  for (guint i = 0; i < far_answer_length (answer, "publishers"); i++)
    {
      JsonObject *publisher = far_answer_nth (answer, "publishers", i);

      for (guint j = 0; j < far_answer_length (publisher, "properties"); j++)
        {
          JsonObject *property = far_answer_nth (publisher, "properties", j);
          const char *currency = far_answer_text (property, "currency");

          far_table_add (table, g_strdup (far_answer_text (publisher, "publisher")),
                         g_strdup (far_answer_text (property, "property")),
                         far_answer_amount (property, "balance_micros", currency),
                         far_answer_amount (property, "held_micros", currency),
                         far_answer_amount (property, "payable_micros", currency),
                         far_answer_amount (property, "threshold_micros", currency),
                         far_answer_amount (property, "in_payout_micros", currency),
                         far_answer_amount (property, "paid_out_micros", currency),
                         g_strdup (currency), g_strdup (far_answer_text (publisher, "account")));
        }
    }
  far_table_print (table, self);
  return FAR_EXIT_OK;
}

static int
run_list (FarTerminal *self, const Options *options)
{
  const char *const titles[] = { "PAYOUT", "PUBLISHER", "AMOUNT", "", "STATE", "MADE", "ACCOUNT",
                                 "BATCH", "NOTE", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  JsonObject *fields = json_object_new ();
  FarTable *table;

  add_text (fields, "publisher", options->publisher);
  answer = far_terminal_figures (self, "payout.list", fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_terminal_print_answer (answer);
      return FAR_EXIT_OK;
    }
  if (far_answer_length (answer, "payouts") == 0)
    {
      puts ("No payout was prepared yet: farthingctl payout prepare");
      return FAR_EXIT_OK;
    }
  table = far_table_new ("llrllllll", titles);
  for (guint i = 0; i < far_answer_length (answer, "payouts"); i++)
    {
      JsonObject *payout = far_answer_nth (answer, "payouts", i);
      const char *currency = far_answer_text (payout, "currency");

      far_table_add (table, g_strdup (far_answer_text (payout, "payout")),
                     g_strdup (far_answer_text (payout, "publisher")),
                     far_answer_amount (payout, "amount_micros", currency), g_strdup (currency),
                     g_strdup (far_answer_text (payout, "state")),
                     far_answer_time (payout, "made_us"),
                     g_strdup (far_answer_text (payout, "account")),
                     g_strdup (far_answer_text (payout, "batch")),
                     far_terminal_clean (far_answer_text (payout, "note")));
    }
  far_table_print (table, self);
  return FAR_EXIT_OK;
}

/* ---- accounts ---- */

static int
run_account (FarTerminal *self, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autofree char *threshold = NULL;
  JsonObject *fields;
  gint64 micros;

  if (options->publisher == NULL && (options->legal_name == NULL || options->iban == NULL))
    return far_terminal_usage ("say who pays: --legal-name NAME --iban IBAN; or whom: --publisher "
                               "NAME and what changes");
  fields = json_object_new ();
  add_text (fields, "publisher", options->publisher);
  add_text (fields, "legal_name", options->legal_name);
  add_text (fields, "iban", options->iban);
  add_text (fields, "bic", options->bic);
  if (options->threshold != NULL)
    {
      if (!far_micros_parse_decimal (options->threshold, &micros, &error))
        {
          json_object_unref (fields);
          return far_terminal_usage ("--threshold: %s", error->message);
        }
      threshold = far_micros_to_wire (micros);
      add_text (fields, "threshold_micros", threshold);
    }
  answer = far_terminal_money (self, options->publisher != NULL ? "publisher.set" : "house.set",
                               fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    {
      const char *legal_name = far_answer_text (answer, "legal_name");
      const char *account = far_answer_text (answer, "account");

      printf ("%s %s: %s\n", options->publisher != NULL ? "Paid to" : "Paid from",
              *legal_name != '\0' ? legal_name : "(no --legal-name yet)",
              *account != '\0' ? account : "(no --iban yet)");
    }
  return FAR_EXIT_OK;
}

/* ---- prepare, export, paid, failed ---- */

static const char *
skip_reason (const char *reason)
{
  static const char *const reasons[][2] = {
    { "below_threshold", "less than its threshold, of farthingctl payout publishers" },
    { "no_account", "its account is not known: farthingctl payout account --publisher …" },
    { "negative", "it owes us" },
    { "in_payout", "a payout is on its way" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (strcmp (reasons[i][0], reason) == 0)
      return reasons[i][1];
  return reason;
}

static int
run_prepare (FarTerminal *self, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  JsonObject *fields = json_object_new ();

  add_key (fields);
  add_text (fields, "publisher", options->publisher);
  answer = far_terminal_figures (self, "payout.prepare", fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_terminal_print_answer (answer);
      return FAR_EXIT_OK;
    }
  for (guint i = 0; i < far_answer_length (answer, "batches"); i++)
    {
      JsonObject *batch = far_answer_nth (answer, "batches", i);
      const char *currency = far_answer_text (batch, "currency");
      g_autofree char *amount = far_answer_amount (batch, "amount_micros", currency);

      printf ("Batch %s: %" G_GINT64_FORMAT " %s, %s %s\n", far_answer_text (batch, "batch"),
              far_answer_int (batch, "payouts"),
              far_answer_int (batch, "payouts") == 1 ? "payout" : "payouts", amount, currency);
    }
  for (guint i = 0; i < far_answer_length (answer, "skipped"); i++)
    {
      JsonObject *skipped = far_answer_nth (answer, "skipped", i);
      const char *currency = far_answer_text (skipped, "currency");
      g_autofree char *amount = far_answer_amount (skipped, "payable_micros", currency);

      printf ("Not %s: %s (%s %s is payable)\n", far_answer_text (skipped, "publisher"),
              skip_reason (far_answer_text (skipped, "reason")), amount, currency);
    }
  if (far_answer_length (answer, "batches") + far_answer_length (answer, "skipped") == 0)
    puts ("Nobody is to be paid: there is no property of that kind.");
  return FAR_EXIT_OK;
}

static void
print_file_json (const char *batch, const char *format, const GString *text)
{
  g_auto (FarJsonWriter) w = { 0 };

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "batch", batch);
  far_json_add_string (&w, "format", format);
  far_json_add_string (&w, "text", text->str);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

/* The whole file or nothing goes to stdout: half of one must not reach a bank. */
static int
run_export (FarTerminal *self, const char *batch, const char *format)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 offset = 0;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonObject) slice = NULL;
      JsonObject *fields = json_object_new ();

      add_text (fields, "batch", batch);
      add_text (fields, "format", format);
      json_object_set_int_member (fields, "offset", offset);
      slice = far_terminal_figures (self, "payout.export", fields, &error);
      if (slice == NULL)
        return far_terminal_fail (error);
      g_string_append (text, far_answer_text (slice, "text"));
      if (json_object_get_null_member (slice, "next_offset"))
        break;
      offset = far_answer_int (slice, "next_offset");
    }
  if (self->json)
    print_file_json (batch, format, text);
  else
    fputs (text->str, stdout);
  return FAR_EXIT_OK;
}

static int
run_end (FarTerminal *self, const char *payout, const char *command, const char *name,
         const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  JsonObject *fields = json_object_new ();

  add_key (fields);
  add_text (fields, "payout", payout);
  add_text (fields, name, text);
  answer = far_terminal_figures (self, command, fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    {
      const char *currency = far_answer_text (answer, "currency");
      g_autofree char *amount = far_answer_amount (answer, "amount_micros", currency);

      printf ("%s %s: %s\n", amount, currency, far_answer_text (answer, "state"));
    }
  return FAR_EXIT_OK;
}

static int
run (FarTerminal *self, int argc, char **argv, const Options *options)
{
  const char *what = argc > 1 ? argv[1] : "list";

  if (argc <= 2 && strcmp (what, "list") == 0)
    return run_list (self, options);
  if (argc == 2 && strcmp (what, "publishers") == 0)
    return run_publishers (self);
  if (argc == 2 && strcmp (what, "account") == 0)
    return run_account (self, options);
  if (argc == 2 && strcmp (what, "prepare") == 0)
    return run_prepare (self, options);
  if (argc == 3 && strcmp (what, "export") == 0)
    return run_export (self, argv[2], options->format != NULL ? options->format : "pain.001");
  if (argc == 3 && strcmp (what, "paid") == 0)
    return run_end (self, argv[2], "payout.paid", "reference", options->reason);
  if (argc == 3 && strcmp (what, "failed") == 0)
    return run_end (self, argv[2], "payout.failed", "reason",
                    options->reason != NULL ? options->reason : "refused by the bank");
  return far_terminal_usage ("payout list | publishers | account | prepare | export BATCH | "
                             "paid PAYOUT | failed PAYOUT");
}

int
far_command_payout (FarTerminal *self, int argc, char **argv)
{
  g_auto (Options) o = { 0 };
  const GOptionEntry entries[] = {
    { "publisher", 0, 0, G_OPTION_ARG_STRING, &o.publisher, "Only this one", "NAME" },
    { "legal-name", 0, 0, G_OPTION_ARG_STRING, &o.legal_name, "account: as the bank knows it",
      "NAME" },
    { "iban", 0, 0, G_OPTION_ARG_STRING, &o.iban, "account: where the money goes", "IBAN" },
    { "bic", 0, 0, G_OPTION_ARG_STRING, &o.bic, "account: its bank", "BIC" },
    { "threshold", 0, 0, G_OPTION_ARG_STRING, &o.threshold,
      "account: paid from this on (what 20 US dollars are worth)", "AMOUNT" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o.format, "export: pain.001 (default) or csv", "F" },
    { "note", 0, 0, G_OPTION_ARG_STRING, &o.reason, "paid: the bank's reference; failed: why",
      "TEXT" },
    G_OPTION_ENTRY_NULL
  };
  int code;

  if (!far_terminal_parse (self, far_command_find ("payout"), entries, &argc, &argv, &code))
    return code;
  return run (self, argc, argv, &o);
}
