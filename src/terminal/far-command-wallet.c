/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl wallet: a reader's own money and what the books hold on them. Amounts are typed as
 * people write them ("5.00") in the currency of the publication; with --json they are micros. What
 * moves money makes a key of its own for each run. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-money-print.h"

#define HISTORY_DEFAULT 20
#define HISTORY_MAX 100

typedef struct {
  FarTerminal     *terminal;
  FarMarketClient *market;
  char           **operands; /* behind the word that says what to do; NULL-terminated */
  char            *reader;
  char            *outcome;
  char            *day;
  char            *month;
  int              limit;
  gboolean         yes;
} Wallet;

/* ---- status ---- */

static FarWallet *
load_wallet (Wallet *self, GError **error)
{
  g_auto (FarWait) wait = { 0 };

  far_market_client_get_wallet_async (self->market, NULL, far_wait_done, &wait);
  return far_market_client_get_wallet_finish (self->market, far_wait_for (&wait), error);
}

static int
run_status (Wallet *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = load_wallet (self, &error);

  if (wallet == NULL)
    return far_terminal_fail (error);
  if (self->terminal->json)
    far_money_print_wallet_json (wallet, self->reader);
  else
    far_money_print_wallet (wallet, far_terminal_now_us (self->terminal));
  return FAR_EXIT_OK;
}

/* An amount as typed, in micros of the publication's currency; no less than least. */
static gboolean
parse_amount (const char *text, gint64 least, gint64 *ret_micros)
{
  g_autoptr (GError) error = NULL;

  if (far_micros_parse_decimal (text, ret_micros, &error) && *ret_micros >= least)
    return TRUE;
  far_terminal_usage ("“%s” is no amount; write 5 or 0.50", text);
  return FALSE;
}

/* ---- the provider's page ---- */

static FarCheckout *
ask_checkout (Wallet *self, const char *id, GError **error)
{
  g_auto (FarWait) wait = { 0 };

  far_market_client_get_checkout_async (self->market, id, NULL, far_wait_done, &wait);
  return far_market_client_get_checkout_finish (self->market, far_wait_for (&wait), error);
}

/* What became of a visit, as far as is known. Returns: the exit code */
static int
end_visit (Wallet *self, const FarCheckout *checkout)
{
  if (self->terminal->json)
    far_money_print_checkout_json (checkout, self->reader);
  else
    far_money_print_checkout (checkout);
  return strcmp (checkout->state, "failed") == 0 || strcmp (checkout->state, "expired") == 0
             ? FAR_EXIT_FAILED
             : FAR_EXIT_OK;
}

/* The buttons of the test provider's page. */
static const char *const outcomes[] = { "succeeds", "authenticate", "processing", "declines",
                                        "insufficient_funds", "times_out", "disputed",
                                        "refund_fails", "cancel", "yes", "no", NULL };

/* Where money is a test, the page's buttons can be pressed from here. A page that took nothing
 * stays open. */
static int
press (Wallet *self, const FarCheckout *checkout)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarCheckout) after = NULL;

  far_market_client_press_test_page_async (self->market, checkout->url, self->outcome, NULL,
                                           far_wait_done, &wait);
  if (!far_market_client_press_test_page_finish (self->market, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  after = ask_checkout (self, checkout->checkout, &error);
  if (after != NULL && strcmp (after->state, "open") == 0)
    far_terminal_say (self->terminal, "“%s” was pressed: nothing is paid or saved so far, and "
                                      "the page is still open.", self->outcome);
  return after != NULL ? end_visit (self, after) : far_terminal_fail (error);
}

static int
visit (Wallet *self, FarCheckout *checkout, GError *error)
{
  if (checkout == NULL)
    return far_terminal_fail (error);
  if (self->outcome != NULL && *checkout->url != '\0')
    return press (self, checkout);
  return end_visit (self, checkout);
}

static int
run_top_up (Wallet *self)
{
  g_auto (FarWait) wait = { 0 };
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FarCheckout) checkout = NULL;
  gint64 amount_micros;

  if (self->operands[0] == NULL)
    return far_terminal_usage ("say how much: farthingctl wallet top-up 5.00");
  if (!parse_amount (self->operands[0], 1, &amount_micros))
    return FAR_EXIT_USAGE;
  far_market_client_begin_topup_async (self->market, amount_micros, key, NULL, far_wait_done,
                                       &wait);
  checkout = far_market_client_begin_topup_finish (self->market, far_wait_for (&wait), &error);
  return visit (self, checkout, error);
}

/* A test method by its name, or the provider's page. */
static int
run_method (Wallet *self)
{
  g_auto (FarWait) wait = { 0 };
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FarCheckout) checkout = NULL;

  if (self->operands[0] != NULL)
    {
      far_market_client_add_method_async (self->market, self->operands[0], key, NULL,
                                          far_wait_done, &wait);
      if (!far_market_client_add_method_finish (self->market, far_wait_for (&wait), &error))
        return far_terminal_fail (error);
      return run_status (self);
    }
  far_market_client_begin_setup_async (self->market, key, NULL, far_wait_done, &wait);
  checkout = far_market_client_begin_setup_finish (self->market, far_wait_for (&wait), &error);
  return visit (self, checkout, error);
}

static int
run_visit (Wallet *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarCheckout) checkout = NULL;

  if (self->operands[0] == NULL)
    return far_terminal_usage ("name the visit, as top-up or method printed it: farthingctl wallet "
                               "visit ID");
  checkout = ask_checkout (self, self->operands[0], &error);
  return visit (self, checkout, error);
}

/* ---- refund, caps ---- */

static int
run_refund (Wallet *self)
{
  g_auto (FarWait) wait = { 0 };
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = load_wallet (self, &error);
  g_autoptr (FarWalletRefund) refund = NULL;

  if (wallet == NULL)
    return far_terminal_fail (error);
  far_market_client_refund_wallet_async (self->market, key, NULL, far_wait_done, &wait);
  refund = far_market_client_refund_wallet_finish (self->market, far_wait_for (&wait), &error);
  if (refund == NULL)
    return far_terminal_fail (error);
  if (self->terminal->json)
    far_money_print_refund_json (refund, wallet->currency, self->reader);
  else
    far_money_print_refund (refund, wallet->currency);
  return refund->failed_micros > 0 ? FAR_EXIT_FAILED : FAR_EXIT_OK;
}

/* "none" is no cap; without the option it stays as it is. */
static gboolean
parse_cap (const char *text, gint64 now_micros, gint64 *ret_micros)
{
  *ret_micros = now_micros;
  if (text == NULL)
    return TRUE;
  *ret_micros = -1;
  return strcmp (text, "none") == 0 || parse_amount (text, 0, ret_micros);
}

static int
run_caps (Wallet *self)
{
  g_auto (FarWait) wait = { 0 };
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = load_wallet (self, &error);
  g_autoptr (FarCaps) caps = NULL;
  gint64 day_micros, month_micros;

  if (wallet == NULL)
    return far_terminal_fail (error);
  if (!parse_cap (self->day, wallet->caps != NULL ? wallet->caps->day_micros : -1, &day_micros)
      || !parse_cap (self->month, wallet->caps != NULL ? wallet->caps->month_micros : -1,
                     &month_micros))
    return FAR_EXIT_USAGE;
  if (self->day == NULL && self->month == NULL && wallet->caps != NULL)
    caps = far_caps_ref (wallet->caps);
  else
    {
      far_market_client_set_caps_async (self->market, day_micros, month_micros, key, NULL,
                                        far_wait_done, &wait);
      caps = far_market_client_set_caps_finish (self->market, far_wait_for (&wait), &error);
    }
  if (caps == NULL)
    return far_terminal_fail (error);
  if (self->terminal->json)
    far_money_print_caps_json (caps, wallet->currency, self->reader);
  else
    far_money_print_caps (caps, wallet->currency);
  return FAR_EXIT_OK;
}

/* ---- history, export, delete ---- */

static int
run_history (Wallet *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = load_wallet (self, &error);
  g_autoptr (GPtrArray) pages = g_ptr_array_new_with_free_func ((GDestroyNotify) far_history_unref);
  const char *before = NULL;
  int left = self->limit;

  if (wallet == NULL)
    return far_terminal_fail (error);
  while (left > 0 && (before == NULL || *before != '\0'))
    {
      g_auto (FarWait) wait = { 0 };
      FarHistory *page;

      far_market_client_get_history_async (self->market, before, (guint) MIN (left, HISTORY_MAX),
                                           NULL, far_wait_done, &wait);
      page = far_market_client_get_history_finish (self->market, far_wait_for (&wait), &error);
      if (page == NULL)
        return far_terminal_fail (error);
      g_ptr_array_add (pages, page);
      left -= (int) page->entries->len;
      before = page->next;
    }
  far_money_print_history (self->terminal, pages, wallet->currency, self->reader);
  return FAR_EXIT_OK;
}

/* To the file that is named, 0600, or to stdout. */
static int
run_export (Wallet *self)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *data;
  gsize n;

  far_market_client_export_async (self->market, NULL, far_wait_done, &wait);
  bytes = far_market_client_export_finish (self->market, far_wait_for (&wait), &error);
  if (bytes == NULL)
    return far_terminal_fail (error);
  data = g_bytes_get_data (bytes, &n);
  if (self->operands[0] == NULL)
    {
      fwrite (data, 1, n, stdout);
      putchar ('\n');
      return FAR_EXIT_OK;
    }
  if (!g_file_set_contents_full (self->operands[0], data, (gssize) n,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    return far_terminal_fail (error);
  if (self->terminal->json)
    {
      g_auto (FarJsonWriter) w = { 0 };

      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "reader", self->reader);
      far_json_add_string (&w, "file", self->operands[0]);
      far_json_add_int (&w, "bytes", (gint64) n);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
    }
  far_terminal_say (self->terminal, "Everything that is held on %s stands in %s.", self->reader,
                    self->operands[0]);
  return FAR_EXIT_OK;
}

static int
run_delete (Wallet *self)
{
  g_auto (FarWait) wait = { 0 };
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FarDeletion) deletion = NULL;

  if (!self->yes)
    return far_terminal_usage ("this cannot be undone; say so: farthingctl wallet delete --yes");
  far_market_client_delete_reader_async (self->market, key, NULL, far_wait_done, &wait);
  deletion = far_market_client_delete_reader_finish (self->market, far_wait_for (&wait), &error);
  if (deletion == NULL)
    return far_terminal_fail (error);
  if (self->terminal->json)
    far_money_print_deletion_json (deletion, self->reader);
  else
    far_money_print_deletion (deletion);
  return FAR_EXIT_OK;
}

/* ---- the command ---- */

static const struct {
  const char *name;
  int (*run) (Wallet *self);
} actions[] = {
  { "status", run_status },   { "top-up", run_top_up }, { "method", run_method },
  { "visit", run_visit },     { "refund", run_refund }, { "caps", run_caps },
  { "history", run_history }, { "export", run_export }, { "delete", run_delete },
};

int
far_command_wallet (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *reader = NULL;
  g_autofree char *outcome = NULL;
  g_autofree char *day = NULL;
  g_autofree char *month = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  Wallet wallet = { .terminal = self, .limit = HISTORY_DEFAULT };
  const GOptionEntry entries[] = {
    { "reader", 0, 0, G_OPTION_ARG_STRING, &reader, "Whose (default: me)", "NAME" },
    { "outcome", 0, 0, G_OPTION_ARG_STRING, &outcome,
      "Test money: press this button of the page (succeeds, declines, authenticate, processing, "
      "insufficient_funds, times_out, disputed, refund_fails, cancel; then yes or no)", "NAME" },
    { "day", 0, 0, G_OPTION_ARG_STRING, &day, "caps: at most so much a day, or none", "AMOUNT" },
    { "month", 0, 0, G_OPTION_ARG_STRING, &month, "caps: at most so much a month, or none",
      "AMOUNT" },
    { "limit", 0, 0, G_OPTION_ARG_INT, &wallet.limit, "history: so many entries (default: 20)",
      "N" },
    { "yes", 0, 0, G_OPTION_ARG_NONE, &wallet.yes, "delete: really", NULL },
    G_OPTION_ENTRY_NULL
  };
  const char *action;
  int code;

  if (!far_terminal_parse (self, far_command_find ("wallet"), entries, &argc, &argv, &code))
    return code;
  action = argc > 1 ? argv[1] : "status";
  if (outcome != NULL && !g_strv_contains (outcomes, outcome))
    return far_terminal_usage ("there is no button “%s” on the page; see farthingctl wallet --help",
                               outcome);
  if (wallet.limit < 1)
    return far_terminal_usage ("--limit is 1 or more");
  if (argc > 3)
    return far_terminal_usage ("see farthingctl wallet --help");
  wallet.reader = reader != NULL ? reader : (char *) FAR_READER_NAME_DEFAULT;
  wallet.outcome = outcome;
  wallet.day = day;
  wallet.month = month;
  wallet.operands = argv + MIN (argc, 2);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (strcmp (actions[i].name, action) == 0)
      {
        if (far_terminal_connect (self, FALSE, &error) == NULL
            || (market = far_terminal_market (self, wallet.reader, &error)) == NULL)
          return far_terminal_fail (error);
        wallet.market = market;
        return actions[i].run (&wallet);
      }
  return far_terminal_usage ("“%s” is none of status, top-up, method, visit, refund, caps, "
                             "history, export, delete; see farthingctl wallet --help", action);
}
