/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every function of the publication. Each stands in a file of its name and is linked into a program
 * of its own by function-main.c; tests call them in their own process. */
#pragma once

#include "lambda/far-lambda.h"

G_BEGIN_DECLS

extern const FarLambdaFunction far_ad_creative_function;
extern const FarLambdaFunction far_ad_decision_function;
extern const FarLambdaFunction far_ad_events_function;
extern const FarLambdaFunction far_cashier_function;
extern const FarLambdaFunction far_content_function;
extern const FarLambdaFunction far_courier_function;
extern const FarLambdaFunction far_earnings_function;
extern const FarLambdaFunction far_entitlement_function;
extern const FarLambdaFunction far_ledger_function;
extern const FarLambdaFunction far_media_function;
extern const FarLambdaFunction far_offer_function;
extern const FarLambdaFunction far_pledge_function;
extern const FarLambdaFunction far_provider_function;
extern const FarLambdaFunction far_refund_function;
extern const FarLambdaFunction far_settle_function;
extern const FarLambdaFunction far_wallet_function;
extern const FarLambdaFunction far_webhook_function;

G_END_DECLS
