/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The payment provider as the market uses it, in Stripe's wire format: forms in, JSON out, an
 * Idempotency-Key on whatever moves something. What cannot be known is unknown, never failed: it is
 * found out by the same call with the same key, and, once a provider may have forgotten the key, by
 * looking for what we told it to remember. Where it is and the key come from the environment
 * variables PROVIDER_URL and PROVIDER_KEY: the bundled test provider or the real thing, the same
 * calls. No card data passes here. One thread. */
#pragma once

#include "base/far-clock.h"
#include "functions/far-provider-transport.h"
#include "market/far-provider-objects.h"

G_BEGIN_DECLS

#define FAR_PROVIDER_ERROR (far_provider_error_quark ())
GQuark far_provider_error_quark (void);
typedef enum {
  FAR_PROVIDER_ERROR_CONFIG,   /* no key, no address */
  FAR_PROVIDER_ERROR_REFUSED,  /* the provider says no, and why */
  FAR_PROVIDER_ERROR_UNKNOWN,  /* no answer that can be relied on: ask again with the same key */
} FarProviderError;

#define FAR_PROVIDER_KEY_ENV "PROVIDER_KEY"
#define FAR_PROVIDER_LIVE_MARK "_live_" /* in a key: sk_live_…, rk_live_… */
/* Stripe forgets idempotency keys after 24 hours at the earliest. */
#define FAR_PROVIDER_KEY_KEPT_US (20 * G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct _FarProviderClient FarProviderClient;

/* host: (nullable): as which host this deployment is reached, for the pages of a provider that is
 * bundled with it. */
FarProviderClient *far_provider_client_new  (const char *host, GError **error);
void               far_provider_client_free (FarProviderClient *self);

/* Makes a customer and attaches a payment method to it, as the provider names the method
 * ("pm_card_visa"). Both are found again under the same key.
 * ret_customer, ret_method: (out) (transfer full) */
gboolean           far_provider_client_save_method (FarProviderClient *self, const char *key,
                                                    const char *method, char **ret_customer,
                                                    char **ret_method, GError **error);

typedef enum {
  FAR_PROVIDER_SUCCEEDED,
  FAR_PROVIDER_FAILED,
  FAR_PROVIDER_PENDING, /* not decided, or not known */
} FarProviderOutcome;

typedef struct {
  const char *intent;     /* the idempotency key, and what the provider is told to remember */
  gint64      amount_micros;
  const char *currency;
  const char *customer;
  const char *method;
  gint64      created_us; /* 0: just now */
  gint64      now_us;
  const char *return_url; /* (nullable): the reader is there, and comes back here */
} FarProviderCharge;

typedef struct {
  FarProviderOutcome outcome;
  char              *id;      /* the provider's; NULL if there is none */
  gint64             fee_micros;
  char               fee_currency[4]; /* "": the charge's */
  char              *reason;  /* a word for a failure or for not knowing; NULL on success */
  char              *detail;  /* the same in the provider's words, for the log; NULL on success */
  char              *action_url; /* where the bank wants the reader; NULL: nowhere */
} FarProviderResult;

/* Charges. The amount must be what far_provider_units_floor() left: whole units. Never fails: what
 * went wrong is in the result. One that has failed is cancelled there, so that it stays so. */
void               far_provider_client_charge (FarProviderClient *self,
                                               const FarProviderCharge *charge,
                                               FarProviderResult *ret_result);
/* What an intent that was asked for says of a charge. An intent that has come to nothing is
 * cancelled. */
void               far_provider_client_take_intent (FarProviderClient *self,
                                                    const FarProviderCharge *charge,
                                                    const FarProviderIntent *intent,
                                                    FarProviderResult *result);
void               far_provider_result_clear  (FarProviderResult *result);

/* ---- Checkout ---- */

typedef struct {
  const char *checkout;      /* idempotency key and reference */
  gboolean    setup;
  gint64      amount_micros; /* of a payment */
  const char *currency;
  const char *customer;      /* (nullable) */
  const char *return_url;
} FarProviderVisit;

/* Makes a page (Checkout Session). ret_session: cleared by the caller */
gboolean           far_provider_client_begin_visit (FarProviderClient *self,
                                                    const FarProviderVisit *visit,
                                                    FarProviderSession *ret_session,
                                                    GError **error);
/* How it stands, with its intents. */
gboolean           far_provider_client_get_visit   (FarProviderClient *self, const char *session,
                                                    FarProviderSession *ret_session,
                                                    GError **error);

/* ---- refunds, disputes, customers ---- */

/* Refunds a part of a payment. As for charges, what went wrong is in the result; id is the
 * refund's. */
void               far_provider_client_refund (FarProviderClient *self, const char *refund,
                                               const char *payment, gint64 amount_micros,
                                               const char *currency,
                                               FarProviderResult *ret_result);
gboolean           far_provider_client_get_refund  (FarProviderClient *self, const char *id,
                                                    FarProviderRefund *ret_refund,
                                                    GError **error);
gboolean           far_provider_client_get_intent  (FarProviderClient *self, const char *id,
                                                    FarProviderIntent *ret_intent,
                                                    GError **error);
gboolean           far_provider_client_get_dispute (FarProviderClient *self, const char *id,
                                                    FarProviderDispute *ret_dispute,
                                                    GError **error);
/* Those that were opened since then, newest first. Returns: (element-type FarProviderDispute)
 * (transfer full) */
GPtrArray         *far_provider_client_list_disputes (FarProviderClient *self, gint64 since_us,
                                                      GError **error);
/* Lets the provider forget a customer and their methods. One who is gone already is a success. */
gboolean           far_provider_client_forget      (FarProviderClient *self, const char *customer,
                                                    GError **error);

/* ---- the account ---- */

/* Whose money the key moves, by its name. */
typedef enum {
  FAR_PROVIDER_MONEY_UNTOLD, /* a provider that names its keys otherwise */
  FAR_PROVIDER_MONEY_TEST,
  FAR_PROVIDER_MONEY_LIVE,
} FarProviderMoney;
FarProviderMoney   far_provider_client_get_money   (FarProviderClient *self);
/* books: "test" or "live". FALSE with FAR_PROVIDER_ERROR_CONFIG: the key is for the other. */
gboolean           far_provider_client_check_money (FarProviderClient *self, const char *books,
                                                    GError **error);
/* Asks the provider for the account's balance, which moves nothing: whether it is there, takes the
 * key, and moves real money with it. */
gboolean           far_provider_client_ask_account (FarProviderClient *self, gboolean *ret_live,
                                                    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarProviderClient, far_provider_client_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderResult, far_provider_result_clear)

G_END_DECLS
