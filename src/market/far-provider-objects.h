/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a payment provider says, in Stripe's JSON ("API reference", read 2026-11), as far as the
 * market acts on it: intents, sessions, refunds, disputes, events, errors. Read strictly; members
 * that are not looked at may be anything. What we told the provider to remember comes back in
 * "metadata": farthing_kind and farthing_id. Pure; thread-safe. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define FAR_PROVIDER_WORD_MAX 255 /* bytes of an id or a code */
#define FAR_PROVIDER_URL_MAX 2000
#define FAR_PROVIDER_META_KIND "farthing_kind"
#define FAR_PROVIDER_META_ID "farthing_id"

typedef enum {
  FAR_PROVIDER_INTENT_WAITS, /* for a method: it was declined, or nobody has tried */
  FAR_PROVIDER_INTENT_ACTION, /* for the customer, whom the bank wants to see */
  FAR_PROVIDER_INTENT_PROCESSING,
  FAR_PROVIDER_INTENT_SUCCEEDED,
  FAR_PROVIDER_INTENT_CANCELED,
} FarProviderIntentState;

/* A PaymentIntent. Strings may be NULL unless said otherwise. */
typedef struct {
  char                  *id; /* never NULL */
  FarProviderIntentState state;
  gint64                 units;
  char                   currency[4]; /* upper case */
  gint64                 fee_units;   /* −1: not known (yet, or not expanded) */
  char                   fee_currency[4]; /* of the account, which may be another; "": not told */
  char                  *customer;
  char                  *action_url;
  char                  *reason;      /* code of the last error, a word */
  char                  *kind, *ref;  /* from the metadata */
} FarProviderIntent;

/* A Checkout Session. */
typedef struct {
  char             *id;  /* never NULL */
  char             *url;
  gboolean          open, complete; /* neither: expired */
  gboolean          setup;
  gboolean          paid;
  gint64            expires_s;
  char             *customer;
  char             *method;      /* of its setup intent, once that has succeeded */
  gboolean          has_intent;
  FarProviderIntent intent;      /* if it was expanded */
  char             *kind, *ref;
} FarProviderSession;

typedef enum {
  FAR_PROVIDER_REFUND_PENDING,
  FAR_PROVIDER_REFUND_SUCCEEDED,
  FAR_PROVIDER_REFUND_FAILED,
} FarProviderRefundState;

typedef struct {
  char                  *id; /* never NULL */
  FarProviderRefundState state;
  char                  *kind, *ref;
} FarProviderRefund;

typedef enum {
  FAR_PROVIDER_DISPUTE_OPENED,
  FAR_PROVIDER_DISPUTE_WON,
  FAR_PROVIDER_DISPUTE_LOST,
} FarProviderDisputeState;

typedef struct {
  char                   *id;      /* never NULL */
  char                   *payment; /* of the intent; NULL: of a payment that had none */
  FarProviderDisputeState state;
  gint64                  units, fee_units;
  char                    currency[4];
  char                    fee_currency[4]; /* as of an intent */
} FarProviderDispute;

/* An event: only what it is about. How it stands now is asked for. */
typedef struct {
  char *id, *type;              /* never NULL */
  char *object_kind, *object_id;
  gboolean tells_money, live;   /* whose money it is about, where it says so */
} FarProviderEvent;

/* {"error":{…}} */
typedef struct {
  char             *type;    /* "card_error" */
  char             *reason;  /* decline_code, else code, a word; "" if there is none */
  char             *message; /* in the provider's words */
  gboolean          has_intent;
  FarProviderIntent intent;
} FarProviderFault;

/* Each fails with FAR_JSON_ERROR, which names the member, and leaves *ret_… cleared. */
gboolean far_provider_intent_parse  (JsonObject *object, FarProviderIntent *ret_intent,
                                     GError **error);
gboolean far_provider_session_parse (JsonObject *object, FarProviderSession *ret_session,
                                     GError **error);
gboolean far_provider_refund_parse  (JsonObject *object, FarProviderRefund *ret_refund,
                                     GError **error);
gboolean far_provider_dispute_parse (JsonObject *object, FarProviderDispute *ret_dispute,
                                     GError **error);
gboolean far_provider_event_parse   (JsonObject *object, FarProviderEvent *ret_event,
                                     GError **error);
gboolean far_provider_fault_parse   (JsonObject *object, FarProviderFault *ret_fault,
                                     GError **error);
void     far_provider_intent_clear  (FarProviderIntent *intent);
void     far_provider_session_clear (FarProviderSession *session);
void     far_provider_refund_clear  (FarProviderRefund *refund);
void     far_provider_dispute_clear (FarProviderDispute *dispute);
void     far_provider_event_clear   (FarProviderEvent *event);
void     far_provider_fault_clear   (FarProviderFault *fault);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderIntent, far_provider_intent_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderSession, far_provider_session_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderRefund, far_provider_refund_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderDispute, far_provider_dispute_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderEvent, far_provider_event_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderFault, far_provider_fault_clear)

G_END_DECLS
