/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader's side of the money: tab, wallet, payment method, caps and history, as the market
 * says, and what the reader can do about each. */
#pragma once

#include "client/far-market-client.h"

G_BEGIN_DECLS

#define FAR_TYPE_PURSE (far_purse_get_type ())
G_DECLARE_FINAL_TYPE (FarPurse, far_purse, FAR, PURSE, GObject)

/* Signals: "changed"; "problem" (text in the user's language, GError); "notice" (text): what was
 * asked for is done. */

/* How many entries a page of the history brings. */
#define FAR_PURSE_HISTORY_PAGE 100
/* How many of them the wallet itself tells; fewer are all there are. */
#define FAR_PURSE_WALLET_HISTORY 100
/* More are not kept. */
#define FAR_PURSE_HISTORY_MAX 2000

FarPurse     *far_purse_new           (void);
void          far_purse_set_market    (FarPurse        *self,
                                       FarMarketClient *market);
void          far_purse_refresh       (FarPurse        *self);
void          far_purse_look          (FarPurse        *self);
FarWallet    *far_purse_get_wallet    (FarPurse        *self);
const char   *far_purse_get_message   (FarPurse        *self);
GPtrArray    *far_purse_get_history   (FarPurse        *self);
gboolean      far_purse_get_has_older (FarPurse        *self);
FarCheckout  *far_purse_get_visit     (FarPurse        *self);
gboolean      far_purse_get_busy      (FarPurse        *self);

void          far_purse_add_test_card (FarPurse        *self);
void          far_purse_begin_setup   (FarPurse        *self);
void          far_purse_begin_topup   (FarPurse        *self,
                                       gint64           amount_micros);
void          far_purse_end_visit     (FarPurse        *self);
void          far_purse_pay_tab       (FarPurse        *self);
void          far_purse_give_back     (FarPurse        *self);
void          far_purse_set_caps      (FarPurse        *self,
                                       gint64           day_micros,
                                       gint64           month_micros);
void          far_purse_load_older    (FarPurse        *self);
void          far_purse_export        (FarPurse        *self,
                                       GFile           *file);
void          far_purse_delete_reader (FarPurse        *self);

G_END_DECLS
