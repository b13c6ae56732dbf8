/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON of the market API → the structs of far-market-types.h. Each returns a new struct, or NULL
 * with a FAR_JSON_ERROR that names the member. */
#pragma once

#include "base/far-json.h"
#include "client/far-market-client.h"

G_BEGIN_DECLS

#define FAR_MARKET_ARTICLES_MAX 10000
#define FAR_MARKET_BLOCKS_MAX 10000
#define FAR_MARKET_TEXT_MAX (1024 * 1024)
#define FAR_MARKET_ROWS_MAX 1000

typedef gpointer (*FarMarketParse) (JsonObject *object, GError **error);
#define FAR_MARKET_PARSE(function) ((FarMarketParse) (GCallback) (function))

/* One exchange as the reader; the answer's object goes to parse, and what that returns is the
 * task's pointer. target: path and query, escaped. body: (nullable) (transfer full) */
void            far_market_client_call_object (FarMarketClient *self, gpointer tag,
                                               const char *method, const char *target, char *body,
                                               FarMarketParse parse, GDestroyNotify destroy,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
/* A GET with the publisher's token out of a file instead of the reader's signature. */
void            far_market_client_call_publisher (FarMarketClient *self, gpointer tag,
                                                  const char *target, const char *token_path,
                                                  FarMarketParse parse, GDestroyNotify destroy,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback,
                                                  gpointer user_data);
/* A GET whose answer's bytes (a GBytes) are the task's pointer. */
void            far_market_client_call_bytes  (FarMarketClient *self, gpointer tag,
                                               const char *target, gsize reply_max,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);

/* A FarMarketParse: the object itself, with a reference. */
gpointer        far_market_take_object       (JsonObject *object, GError **error);
/* (element-type FarArticleSummary) */
GPtrArray      *far_market_parse_articles    (JsonObject *object, GError **error);
FarArticle     *far_market_parse_article     (JsonObject *object, GError **error);
FarOffer       *far_market_parse_offer       (JsonObject *object, GError **error);
FarPledge      *far_market_parse_pledge      (JsonObject *object, GError **error);
FarAdDecision  *far_market_parse_ad_decision (JsonObject *object, GError **error);
FarAdProgress  *far_market_parse_ad_progress (JsonObject *object, GError **error);
FarEntitlement *far_market_parse_entitlement (JsonObject *object, GError **error);
FarRefund      *far_market_parse_refund      (JsonObject *object, GError **error);
FarWallet      *far_market_parse_wallet      (JsonObject *object, GError **error);
FarEarnings    *far_market_parse_earnings    (JsonObject *object, GError **error);

/* ---- far-market-wallet-types.c ---- */

FarCharge       *far_market_parse_charge        (JsonObject *object, GError **error);
FarTabPayment   *far_market_parse_tab_payment   (JsonObject *object, GError **error);
FarCheckout     *far_market_parse_checkout      (JsonObject *object, GError **error);
FarWalletRefund *far_market_parse_wallet_refund (JsonObject *object, GError **error);
FarCaps         *far_market_parse_caps          (JsonObject *object, GError **error);
FarHistory      *far_market_parse_history       (JsonObject *object, GError **error);
FarDeletion     *far_market_parse_deletion      (JsonObject *object, GError **error);
/* A member that may be missing or null: *ret is NULL then. */
gboolean         far_market_parse_charge_member (JsonObject *object, FarCharge **ret,
                                                 GError **error);
gboolean         far_market_parse_entries       (JsonObject *object, const char *name,
                                                 GPtrArray **ret, GError **error);

G_END_DECLS
