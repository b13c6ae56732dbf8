/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the provider and the bookkeeper must both be told: each step is on the books before the
 * provider is asked, and what the provider says is booked by asking it how things stand, never by
 * what a message claimed. So it does not matter who asks (the reader who waits, a webhook, the
 * scheduled function), how often, or in which order. One thread. */
#pragma once

#include "functions/far-market.h"
#include "functions/far-provider-client.h"

G_BEGIN_DECLS

typedef struct {
  FarMarket         *market;
  FarProviderClient *provider; /* owned */
  FarClock          *clock;
} FarTill;

/* host: (nullable): as which host the request in hand came. */
gboolean  far_till_open            (FarTill *till, FarMarket *market, FarClock *clock,
                                    const char *host, GError **error);
void      far_till_close           (FarTill *till);

/* What the books have begun is carried out with the key for their kind of money ("money" of the
 * answer), or not at all: FALSE with FAR_PROVIDER_ERROR_CONFIG. */
gboolean  far_till_check_money     (FarTill *till, JsonObject *begun, GError **error);
/* Makes a charge that charge.begin, tab.pay or tabs.due has described, or finds out about it, and
 * books what came of it. return_url: (nullable): the reader is there. */
gboolean  far_till_charge          (FarTill *till, JsonObject *begun, const char *return_url,
                                    FarProviderResult *ret_result, GError **error);
/* Asks how a visit to the provider's page stands and books it.
 * ret_checkout: (out) (transfer full): what checkout.finish answered, or NULL: it goes on */
gboolean  far_till_resolve_visit   (FarTill *till, const char *checkout, const char *session,
                                    JsonNode **ret_checkout, GError **error);
/* Charges what was owed before a method was saved, if the checkout that has just been booked is a
 * setup that succeeded: adding a method pays at once, whoever hears of it first. checkout:
 * (nullable): as far_till_resolve_visit() gave it. */
gboolean  far_till_pay_first       (FarTill *till, JsonNode *checkout, GError **error);
/* Makes a refund of the wallet that wallet.refund.begin or refunds.open has described, or finds out
 * about it. ret_state: "unknown" "succeeded" "failed" (static) */
gboolean  far_till_refund          (FarTill *till, JsonObject *begun, const char **ret_state,
                                    GError **error);

/* ---- by what the provider names: for webhooks ---- */

gboolean  far_till_hear_session    (FarTill *till, const char *session, GError **error);
gboolean  far_till_hear_intent     (FarTill *till, const char *intent, GError **error);
gboolean  far_till_hear_refund     (FarTill *till, const char *refund, GError **error);
gboolean  far_till_hear_dispute    (FarTill *till, const char *dispute, GError **error);

/* Asks for all disputes that were opened since then and books where each stands: those of which no
 * webhook came are found so. One that cannot be booked now is logged. ret_n: booked */
gboolean  far_till_find_disputes   (FarTill *till, gint64 since_us, guint *ret_n, GError **error);

/* "charge":{"state","amount_micros","time_us","reason","url"} */
void      far_till_add_charge      (FarJsonWriter *writer, const FarProviderResult *result,
                                    gint64 amount_micros, gint64 now_us);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarTill, far_till_close)

G_END_DECLS
