/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl tab: what a reader owes, and paying it now. */
#include <string.h>

#include "terminal/far-money-print.h"

static int
show (FarTerminal *self, FarMarketClient *market, const char *reader)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = NULL;

  far_market_client_get_wallet_async (market, NULL, far_wait_done, &wait);
  wallet = far_market_client_get_wallet_finish (market, far_wait_for (&wait), &error);
  if (wallet == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_money_print_tab_json (wallet, reader);
  else
    far_money_print_tab (wallet, far_terminal_now_us (self));
  return FAR_EXIT_OK;
}

static int
pay (FarTerminal *self, FarMarketClient *market, const char *reader)
{
  g_auto (FarWait) looked = { 0 };
  g_auto (FarWait) paid = { 0 };
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = NULL;
  g_autoptr (FarTabPayment) payment = NULL;

  far_market_client_get_wallet_async (market, NULL, far_wait_done, &looked);
  wallet = far_market_client_get_wallet_finish (market, far_wait_for (&looked), &error);
  if (wallet == NULL)
    return far_terminal_fail (error);
  far_market_client_pay_tab_async (market, key, NULL, far_wait_done, &paid);
  payment = far_market_client_pay_tab_finish (market, far_wait_for (&paid), &error);
  if (payment == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_money_print_payment_json (payment, wallet->currency, reader);
  else
    far_money_print_payment (payment, wallet->currency);
  if (payment->charge == NULL || strcmp (payment->charge->state, "succeeded") == 0)
    return FAR_EXIT_OK;
  return strcmp (payment->charge->state, "failed") == 0 ? FAR_EXIT_FAILED : FAR_EXIT_TEMPORARY;
}

int
far_command_tab (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *reader = NULL;
  const GOptionEntry entries[] = {
    { "reader", 0, 0, G_OPTION_ARG_STRING, &reader, "Whose (default: me)", "NAME" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  const char *action;
  int code;

  if (!far_terminal_parse (self, far_command_find ("tab"), entries, &argc, &argv, &code))
    return code;
  action = argc > 1 ? argv[1] : "status";
  if (argc > 2 || (strcmp (action, "status") != 0 && strcmp (action, "pay") != 0))
    return far_terminal_usage ("say status or pay: farthingctl tab pay");
  if (reader == NULL)
    reader = g_strdup (FAR_READER_NAME_DEFAULT);
  if (far_terminal_connect (self, FALSE, &error) == NULL
      || (market = far_terminal_market (self, reader, &error)) == NULL)
    return far_terminal_fail (error);
  return strcmp (action, "pay") == 0 ? pay (self, market, reader) : show (self, market, reader);
}
