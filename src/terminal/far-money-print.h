/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How money is said: sentences for people, each whole by itself so that it can be read
 * aloud, and objects for programs (amounts are strings of micros, times …_us). Prints on stdout. */
#pragma once

#include "base/far-money.h"
#include "terminal/far-terminal.h"

G_BEGIN_DECLS

void far_money_print_wallet        (const FarWallet *wallet, gint64 now_us);
void far_money_print_wallet_json   (const FarWallet *wallet, const char *reader);
/* now_us: the platform's clock */
void far_money_print_tab           (const FarWallet *wallet, gint64 now_us);
void far_money_print_tab_json      (const FarWallet *wallet, const char *reader);
void far_money_print_payment       (const FarTabPayment *payment, const char *currency);
void far_money_print_payment_json  (const FarTabPayment *payment, const char *currency,
                                    const char *reader);
void far_money_print_checkout      (const FarCheckout *checkout);
void far_money_print_checkout_json (const FarCheckout *checkout, const char *reader);
void far_money_print_refund        (const FarWalletRefund *refund, const char *currency);
void far_money_print_refund_json   (const FarWalletRefund *refund, const char *currency,
                                    const char *reader);
void far_money_print_caps          (const FarCaps *caps, const char *currency);
void far_money_print_caps_json     (const FarCaps *caps, const char *currency,
                                    const char *reader);
/* pages: (element-type FarHistory). A table, or JSON where the terminal wants that. */
void far_money_print_history       (FarTerminal *terminal, GPtrArray *pages,
                                    const char *currency, const char *reader);
void far_money_print_deletion      (const FarDeletion *deletion);
void far_money_print_deletion_json (const FarDeletion *deletion, const char *reader);
void far_money_print_earnings_json (const FarEarnings *earnings);

G_END_DECLS
