/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the test provider share. Only for far-provider-*.c of the provider's side. */
#pragma once

#include "functions/far-provider-api.h"

G_BEGIN_DECLS

/* How charges of a test method end. */
typedef enum {
  FAR_TEST_SUCCEEDS,
  FAR_TEST_DECLINES_ATTACH,         /* already when it is attached */
  FAR_TEST_DECLINES,
  FAR_TEST_INSUFFICIENT_FUNDS,
  FAR_TEST_AUTHENTICATION_REQUIRED, /* each time the customer is not there */
  FAR_TEST_PROCESSING,              /* for a minute, then succeeds */
  FAR_TEST_TIMES_OUT,               /* succeeds, and the answer is lost */
  FAR_TEST_DISPUTED,                /* succeeds, and is disputed at once */
  FAR_TEST_REFUND_PENDING,          /* succeeds; refunds take a minute */
  FAR_TEST_REFUND_FAILS,            /* succeeds; refunds fail after a minute */
} FarTestOutcome;

#define FAR_TEST_WAIT_US (60 * G_USEC_PER_SEC)

/* FALSE if there is no such test name ("pm_card_visa"). */
gboolean    far_test_method_outcome     (const char *name, FarTestOutcome *ret_outcome);
/* The name of a page's button ("succeeds") → the test method that ends so. */
const char *far_test_method_of_button   (const char *button);

typedef gboolean (*FarProviderHandler) (const FarProviderCall *call, FarProviderAnswer *answer,
                                        GError **error);

typedef struct {
  const char        *method;
  const char        *path; /* "payment_intents/{}/confirm" */
  FarProviderHandler handler;
} FarProviderRoute;

/* (array zero-terminated=1) each */
extern const FarProviderRoute far_provider_routes_customers[];
extern const FarProviderRoute far_provider_routes_payments[];
extern const FarProviderRoute far_provider_routes_refunds[];
extern const FarProviderRoute far_provider_routes_checkout[];
extern const FarProviderRoute far_provider_routes_events[];

/* ---- answers ---- */

/* Answers and returns TRUE: a request of which a parameter is wrong. */
gboolean far_provider_refuse            (FarProviderAnswer *answer, guint status, const char *code,
                                         const char *message);
gboolean far_provider_refuse_missing    (FarProviderAnswer *answer, const char *kind,
                                         const char *id);
/* Answers 200 with a document, expanded as the request asks. */
gboolean far_provider_answer_document   (const FarProviderCall *call, FarProviderAnswer *answer,
                                         JsonObject *document, GError **error);
/* 402 {"error":{"type":"card_error",…,"payment_intent":{…}}} */
gboolean far_provider_answer_declined   (const FarProviderCall *call, FarProviderAnswer *answer,
                                         JsonObject *error_object, JsonObject *intent,
                                         GError **error);
/* Answers with {"object":"list",…} of a kind, as the form's limit, starting_after, customer,
 * payment_intent and created[gte] narrow it. */
gboolean far_provider_answer_list       (const FarProviderCall *call, FarProviderAnswer *answer,
                                         const char *kind, GError **error);
/* GET of one document of a kind. */
gboolean far_provider_answer_get        (const FarProviderCall *call, FarProviderAnswer *answer,
                                         const char *kind, GError **error);
/* As text for a webhook: without what is the provider's own. Returns: (transfer full) */
char    *far_provider_document_text     (JsonObject *document);

/* ---- documents ---- */

const char *far_provider_field          (const FarProviderCall *call, const char *name);
/* "id", "object", "created", "livemode". Returns: (transfer full) */
JsonObject *far_provider_document_new   (const FarProviderCall *call, const char *prefix,
                                         const char *kind);
/* A string member; NULL if it is none. */
const char *far_provider_member         (JsonObject *document, const char *name);
gint64      far_provider_member_int     (JsonObject *document, const char *name);
/* NULL sets null. */
void        far_provider_set_string     (JsonObject *document, const char *name,
                                         const char *value);
/* Merges prefix[metadata][…] or metadata[…] (prefix NULL) into the member "metadata"; an empty
 * value removes a name. FALSE has refused. */
gboolean    far_provider_take_metadata  (const FarProviderCall *call, const char *prefix,
                                         JsonObject *document, FarProviderAnswer *answer);
/* Finds what the path names; *ret_document NULL has refused. */
gboolean    far_provider_need           (const FarProviderCall *call, const char *id,
                                         const char *kind, FarProviderAnswer *answer,
                                         JsonObject **ret_document, GError **error);
/* A whole number of a currency's smallest unit; checks the least charge and the last digit of
 * currencies with three decimals. FALSE has refused. */
gboolean    far_provider_take_amount    (const char *amount, const char *currency,
                                         gint64 *ret_units, FarProviderAnswer *answer);

/* ---- what happens ---- */

/* Stores an event and queues its webhooks. */
gboolean far_provider_emit              (const FarProviderCall *call, const char *type,
                                         JsonObject *object, GError **error);
/* Makes a method of a test name, of a customer. *ret_method NULL has refused. */
gboolean far_provider_make_method       (const FarProviderCall *call, const char *name,
                                         const char *customer, FarProviderAnswer *answer,
                                         JsonObject **ret_method, GError **error);
/* Makes a document of an intent that waits for its method. */
JsonObject *far_provider_new_intent     (const FarProviderCall *call, gint64 units,
                                         const char *currency, const char *customer);
/* Confirms an intent with a method and stores what came of it; says so by its events. The intent's
 * status and "last_payment_error" say how it went. */
gboolean far_provider_confirm           (const FarProviderCall *call, JsonObject *intent,
                                         JsonObject *method, gboolean off_session,
                                         gboolean *ret_lose, GError **error);
/* Ends an intent of requires_action, or one that was processing. */
gboolean far_provider_settle            (const FarProviderCall *call, JsonObject *intent,
                                         gboolean succeeds, GError **error);
/* An intent of which a Checkout Session waits has ended. */
gboolean far_provider_session_paid      (const FarProviderCall *call, JsonObject *intent,
                                         gboolean succeeded, GError **error);
gboolean far_provider_refund_wake       (const FarProviderCall *call, JsonObject *refund,
                                         GError **error);
gboolean far_provider_session_expire    (const FarProviderCall *call, JsonObject *session,
                                         GError **error);
gboolean far_provider_dispute           (const FarProviderCall *call, JsonObject *charge,
                                         GError **error);
/* A balance transaction. fee_units ≥ 0; units < 0 for money that goes back. */
gboolean far_provider_book              (const FarProviderCall *call, const char *type,
                                         const char *source, gint64 units, gint64 fee_units,
                                         const char *currency, char **ret_id, GError **error);

G_END_DECLS
