/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The payment provider as settlement uses it, in Stripe's wire format: forms in, JSON out, an
 * Idempotency-Key on whatever moves something. What cannot be known is unknown, never failed: the
 * same call with the same key finds out. Through the gateway to the bundled test provider; the key
 * comes from the environment variable PROVIDER_KEY. No card data passes here. One thread. */
#pragma once

#include "base/far-clock.h"
#include "functions/far-gateway-client.h"

G_BEGIN_DECLS

#define FAR_PROVIDER_ERROR (far_provider_error_quark ())
GQuark far_provider_error_quark (void);
typedef enum {
  FAR_PROVIDER_ERROR_CONFIG,   /* no key */
  FAR_PROVIDER_ERROR_REFUSED,  /* the provider says no, and why */
  FAR_PROVIDER_ERROR_UNKNOWN,  /* no answer that can be relied on: ask again with the same key */
} FarProviderError;

#define FAR_PROVIDER_KEY_ENV "PROVIDER_KEY"
#define FAR_PROVIDER_PATH "/provider/v1"
#define FAR_PROVIDER_TIMEOUT_US (8 * G_USEC_PER_SEC)

typedef struct _FarProviderClient FarProviderClient;

FarProviderClient *far_provider_client_new  (FarGatewayClient   *gateway, /* (transfer full) */
                                             GError            **error);
void               far_provider_client_free (FarProviderClient  *self);

/* Makes a customer and attaches a payment method to it, as the provider names the method
 * ("pm_card_visa"). Both are found again under the same key.
 * ret_customer, ret_method: (out) (transfer full) */
gboolean           far_provider_client_save_method (FarProviderClient  *self,
                                                    const char         *key,
                                                    const char         *method,
                                                    char              **ret_customer,
                                                    char              **ret_method,
                                                    GError            **error);

typedef enum {
  FAR_PROVIDER_SUCCEEDED,
  FAR_PROVIDER_FAILED,
  FAR_PROVIDER_PENDING, /* not decided, or not known */
} FarProviderOutcome;

typedef struct {
  const char *intent;     /* the idempotency key */
  gint64      amount_micros;
  const char *currency;
  const char *customer;
  const char *method;
} FarProviderCharge;

typedef struct {
  FarProviderOutcome outcome;
  char              *id;      /* the provider's; NULL if there is none */
  gint64             fee_micros;
  char              *reason;  /* of a failure or of not knowing; NULL on success */
} FarProviderResult;

/* Charges off session. The amount must be what far_provider_units_floor() left: whole units. Never
 * fails: what went wrong is in the result. */
void               far_provider_client_charge (FarProviderClient       *self,
                                               const FarProviderCharge *charge,
                                               FarProviderResult       *ret_result);
void               far_provider_result_clear  (FarProviderResult       *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarProviderClient, far_provider_client_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderResult, far_provider_result_clear)

G_END_DECLS
