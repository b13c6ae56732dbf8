/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON of the market API → the structs of far-market-types.h. Each returns a new struct, or NULL
 * with a FAR_JSON_ERROR that names the member. */
#pragma once

#include "base/far-json.h"
#include "client/far-market-types.h"

G_BEGIN_DECLS

#define FAR_MARKET_ARTICLES_MAX 10000
#define FAR_MARKET_BLOCKS_MAX 10000
#define FAR_MARKET_TEXT_MAX (1024 * 1024)
#define FAR_MARKET_ROWS_MAX 1000

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

G_END_DECLS
