/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The till (see the header). */
#include "functions/far-till.h"

#include <string.h>

#include "market/far-provider-units.h"

#define VISIT_S (24 * 3600) /* how long the provider's page is open */
#define FEE_WAIT_S 3600

gboolean
far_till_open (FarTill     *till,
               FarMarket   *market,
               FarClock    *clock,
               const char  *host,
               GError     **error)
{
  *till = (FarTill){ .market = market, .clock = clock };
  till->provider = far_provider_client_new (host, error);
  return till->provider != NULL;
}

void
far_till_close (FarTill *till)
{
  g_clear_pointer (&till->provider, far_provider_client_free);
}

gboolean
far_till_check_money (FarTill     *till,
                      JsonObject  *begun,
                      GError     **error)
{
  const char *books;

  if (!far_json_has (begun, "money"))
    return TRUE; /* books that do not say so */
  return far_json_get_string (begun, "money", 4, &books, error) &&
         far_provider_client_check_money (till->provider, books, error);
}

/* ---- charges ---- */

static const char *
outcome_text (FarProviderOutcome outcome)
{
  static const char *const outcomes[] = { "succeeded", "failed", "unknown" };

  return outcomes[outcome];
}

/* What the provider took, in the currency in which it took it. */
static void
add_fee (FarJsonWriter *command,
         gint64         fee_micros,
         const char    *currency)
{
  far_json_add_micros (command, "fee_micros", fee_micros);
  if (fee_micros > 0 && *currency != '\0')
    far_json_add_string (command, "fee_currency", currency);
}

/* Tells the bookkeeper what became of a charge. */
static gboolean
finish_charge (FarTill                  *till,
               const char               *intent,
               const FarProviderResult  *result,
               GError                  **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;

  far_bookkeeper_client_begin (&command, "charge.finish");
  far_json_add_string (&command, "intent", intent);
  far_json_add_string (&command, "outcome", outcome_text (result->outcome));
  if (result->id != NULL)
    far_json_add_string (&command, "provider_id", result->id);
  if (result->outcome == FAR_PROVIDER_SUCCEEDED)
    add_fee (&command, result->fee_micros, result->fee_currency);
  if (result->reason != NULL)
    far_json_add_string (&command, "reason", result->reason);
  if (result->action_url != NULL)
    far_json_add_string (&command, "action_url", result->action_url);
  answer = far_market_call (till->market, &command, error);
  return answer != NULL;
}

gboolean
far_till_charge (FarTill            *till,
                 JsonObject         *begun,
                 const char         *return_url,
                 FarProviderResult  *ret_result,
                 GError            **error)
{
  FarProviderCharge charge = { .now_us = far_clock_now_us (till->clock),
                               .return_url = return_url };

  *ret_result = (FarProviderResult){ FAR_PROVIDER_PENDING };
  if (!far_till_check_money (till, begun, error) ||
      !far_json_get_string (begun, "intent", 64, &charge.intent, error) ||
      !far_json_get_micros (begun, "amount_micros", &charge.amount_micros, error) ||
      !far_json_get_string (begun, "currency", 3, &charge.currency, error) ||
      !far_json_get_string (begun, "customer", FAR_PROVIDER_WORD_MAX, &charge.customer, error) ||
      !far_json_get_string (begun, "payment_method", FAR_PROVIDER_WORD_MAX, &charge.method,
                            error))
    return FALSE;
  if (far_json_has (begun, "created_us") &&
      !far_json_get_int (begun, "created_us", 0, G_MAXINT64, &charge.created_us, error))
    return FALSE;
  far_provider_client_charge (till->provider, &charge, ret_result);
  if (ret_result->outcome != FAR_PROVIDER_SUCCEEDED)
    far_lambda_log (FAR_LAMBDA_LOG_WARN, "charge %s %s: %s", charge.intent,
                    ret_result->outcome == FAR_PROVIDER_FAILED ? "failed" : "is not known yet",
                    ret_result->detail);
  return finish_charge (till, charge.intent, ret_result, error);
}

void
far_till_add_charge (FarJsonWriter           *writer,
                     const FarProviderResult *result,
                     gint64                   amount_micros,
                     gint64                   now_us)
{
  far_json_begin_object (writer, "charge");
  far_json_add_string (writer, "state", outcome_text (result->outcome));
  far_json_add_micros (writer, "amount_micros", amount_micros);
  far_json_add_int (writer, "time_us", now_us);
  far_json_add_string (writer, "reason", result->reason);
  far_json_add_string (writer, "url", result->action_url);
  far_json_end_object (writer);
}

/* ---- visits ---- */

/* Adds what a session that is over says: FALSE for one that goes on. */
static gboolean
add_visit (FarTill                  *till,
           FarJsonWriter            *command,
           const FarProviderSession *session)
{
  const FarProviderIntent *intent = &session->intent;
  /* A page is open for a day. What a payment cost may be known a little later than that it was
   * paid; a reader does not wait for it longer than an hour. */
  gboolean waits = intent->fee_units < 0 &&
                   far_clock_now_us (till->clock) / G_USEC_PER_SEC <
                     session->expires_s - (VISIT_S - FEE_WAIT_S);
  gint64 fee_micros = 0;

  if (session->open)
    return FALSE;
  if (!session->complete)
    far_json_add_string (command, "outcome", "expired");
  else if (session->setup)
    {
      far_json_add_string (command, "outcome",
                           session->method != NULL && session->customer != NULL ? "succeeded"
                                                                                : "processing");
      if (session->customer != NULL)
        far_json_add_string (command, "customer", session->customer);
      if (session->method != NULL)
        far_json_add_string (command, "payment_method", session->method);
    }
  else if (!session->has_intent)
    return FALSE;
  else if (intent->state == FAR_PROVIDER_INTENT_SUCCEEDED && !waits)
    {
      far_provider_units_to_micros (*intent->fee_currency != '\0' ? intent->fee_currency
                                                                  : intent->currency,
                                    MAX (intent->fee_units, 0), &fee_micros, NULL);
      far_json_add_string (command, "outcome", "succeeded");
      if (session->customer != NULL)
        far_json_add_string (command, "customer", session->customer);
      far_json_add_string (command, "provider_id", intent->id);
      add_fee (command, fee_micros, intent->fee_currency);
    }
  else if (intent->state == FAR_PROVIDER_INTENT_WAITS ||
           intent->state == FAR_PROVIDER_INTENT_CANCELED)
    far_json_add_string (command, "outcome", "failed");
  else
    far_json_add_string (command, "outcome", "processing");
  return TRUE;
}

/* A method that was saved for somebody who has been forgotten since is forgotten there too. */
static gboolean
forget_late (FarTill                   *till,
             const FarProviderSession  *session,
             JsonObject                *checkout,
             GError                   **error)
{
  const char *state;

  if (!session->setup || !session->complete || session->customer == NULL ||
      session->method == NULL)
    return TRUE;
  return far_json_get_string (checkout, "state", 64, &state, error) &&
         (strcmp (state, "expired") != 0 ||
          far_provider_client_forget (till->provider, session->customer, error));
}

static gboolean
book_visit (FarTill                   *till,
            const char                *checkout,
            const FarProviderSession  *session,
            JsonNode                 **ret_checkout,
            GError                   **error)
{
  g_auto (FarJsonWriter) command = { NULL };

  *ret_checkout = NULL;
  far_bookkeeper_client_begin (&command, "checkout.finish");
  far_json_add_string (&command, "checkout", checkout);
  if (!add_visit (till, &command, session))
    return TRUE;
  *ret_checkout = far_market_call (till->market, &command, error);
  return *ret_checkout != NULL &&
         forget_late (till, session, json_node_get_object (*ret_checkout), error);
}

gboolean
far_till_resolve_visit (FarTill     *till,
                        const char  *checkout,
                        const char  *session_id,
                        JsonNode   **ret_checkout,
                        GError     **error)
{
  g_auto (FarProviderSession) session = { NULL };

  *ret_checkout = NULL;
  if (!far_provider_client_get_visit (till->provider, session_id, &session, error))
    return FALSE;
  if (g_strcmp0 (session.ref, checkout) != 0)
    {
      g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED,
                           "The provider's page belongs to another checkout");
      return FALSE;
    }
  return book_visit (till, checkout, &session, ret_checkout, error);
}

gboolean
far_till_pay_first (FarTill   *till,
                    JsonNode  *checkout,
                    GError   **error)
{
  static const int none[] = { FAR_BOOKKEEPER_ERROR_NOTHING_DUE, FAR_BOOKKEEPER_ERROR_UNDER_MINIMUM,
                              FAR_BOOKKEEPER_ERROR_CHARGE_IN_FLIGHT };
  g_auto (FarJsonWriter) command = { NULL };
  g_auto (FarProviderResult) result = { FAR_PROVIDER_PENDING };
  g_autoptr (JsonNode) begun = NULL;
  g_autoptr (GError) refused = NULL;
  const char *state, *id, *tab;
  JsonObject *object;

  if (checkout == NULL)
    return TRUE;
  object = json_node_get_object (checkout);
  if (!far_json_has (object, "chargeable_tab"))
    return TRUE;
  if (!far_json_get_string (object, "state", 64, &state, error) ||
      !far_json_get_string (object, "checkout", 64, &id, error) ||
      !far_json_get_string (object, "chargeable_tab", 64, &tab, error))
    return FALSE;
  if (strcmp (state, "succeeded") != 0)
    return TRUE;
  far_bookkeeper_client_begin (&command, "charge.begin");
  far_json_add_string (&command, "key", id);
  far_json_add_string (&command, "tab", tab);
  far_json_add_bool (&command, "asked", TRUE);
  begun = far_market_call (till->market, &command, &refused);
  for (guint i = 0; begun == NULL && i < G_N_ELEMENTS (none); i++)
    if (g_error_matches (refused, FAR_BOOKKEEPER_ERROR, none[i]))
      return TRUE;
  if (begun == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  return far_till_charge (till, json_node_get_object (begun), NULL, &result, error);
}

/* ---- refunds ---- */

static gboolean
finish_refund (FarTill                  *till,
               const char               *refund,
               const FarProviderResult  *result,
               GError                  **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;

  far_bookkeeper_client_begin (&command, "wallet.refund.finish");
  far_json_add_string (&command, "refund", refund);
  far_json_add_string (&command, "outcome", outcome_text (result->outcome));
  if (result->id != NULL)
    far_json_add_string (&command, "provider_id", result->id);
  answer = far_market_call (till->market, &command, error);
  return answer != NULL;
}

gboolean
far_till_refund (FarTill      *till,
                 JsonObject   *begun,
                 const char  **ret_state,
                 GError      **error)
{
  g_auto (FarProviderResult) result = { FAR_PROVIDER_PENDING };
  const char *refund, *payment, *currency;
  gint64 amount_micros;

  if (!far_till_check_money (till, begun, error) ||
      !far_json_get_string (begun, "refund", 64, &refund, error) ||
      !far_json_get_string (begun, "payment", FAR_PROVIDER_WORD_MAX, &payment, error) ||
      !far_json_get_string (begun, "currency", 3, &currency, error) ||
      !far_json_get_micros (begun, "amount_micros", &amount_micros, error))
    return FALSE;
  far_provider_client_refund (till->provider, refund, payment, amount_micros, currency, &result);
  if (result.outcome != FAR_PROVIDER_SUCCEEDED)
    far_lambda_log (FAR_LAMBDA_LOG_WARN, "refund %s %s: %s", refund,
                    result.outcome == FAR_PROVIDER_FAILED ? "failed" : "is not known yet",
                    result.detail);
  *ret_state = outcome_text (result.outcome);
  return finish_refund (till, refund, &result, error);
}

/* ---- webhooks ---- */

/* Whether a reference is one of ours: 32 hex digits. */
static gboolean
is_ours (const char *kind,
         const char *wanted,
         const char *ref)
{
  return g_strcmp0 (kind, wanted) == 0 && ref != NULL && strlen (ref) == 32 &&
         strspn (ref, "0123456789abcdef") == 32;
}

/* An error that says "we have never heard of this" is no error: it is somebody else's. */
static gboolean
forgive (gboolean        done,
         GError         *reason,
         int             code,
         GError        **error)
{
  if (done)
    return TRUE;
  if (g_error_matches (reason, FAR_BOOKKEEPER_ERROR, code) ||
      g_error_matches (reason, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED))
    {
      far_lambda_log (FAR_LAMBDA_LOG_WARN, "passed over: %s", reason->message);
      g_error_free (reason);
      return TRUE;
    }
  g_propagate_error (error, reason);
  return FALSE;
}

gboolean
far_till_hear_session (FarTill     *till,
                       const char  *id,
                       GError     **error)
{
  g_auto (FarProviderSession) session = { NULL };
  g_autoptr (JsonNode) checkout = NULL;
  GError *reason = NULL;
  gboolean done = far_provider_client_get_visit (till->provider, id, &session, &reason);

  if (done && is_ours (session.kind, session.setup ? "setup" : "topup", session.ref))
    done = book_visit (till, session.ref, &session, &checkout, &reason) &&
           far_till_pay_first (till, checkout, &reason);
  return forgive (done, reason, FAR_BOOKKEEPER_ERROR_UNKNOWN_CHECKOUT, error);
}

gboolean
far_till_hear_intent (FarTill     *till,
                      const char  *id,
                      GError     **error)
{
  g_auto (FarProviderIntent) intent = { NULL };
  g_auto (FarProviderResult) result = { FAR_PROVIDER_PENDING };
  FarProviderCharge charge = { .now_us = far_clock_now_us (till->clock) };
  GError *reason = NULL;
  gboolean done = far_provider_client_get_intent (till->provider, id, &intent, &reason);

  if (!done || !is_ours (intent.kind, "charge", intent.ref))
    return forgive (done, reason, FAR_BOOKKEEPER_ERROR_UNKNOWN_INTENT, error);
  charge.intent = intent.ref;
  charge.currency = intent.currency;
  far_provider_client_take_intent (till->provider, &charge, &intent, &result);
  done = result.outcome == FAR_PROVIDER_PENDING ||
         finish_charge (till, intent.ref, &result, &reason);
  return forgive (done, reason, FAR_BOOKKEEPER_ERROR_UNKNOWN_INTENT, error);
}

gboolean
far_till_hear_refund (FarTill     *till,
                      const char  *id,
                      GError     **error)
{
  g_auto (FarProviderRefund) refund = { NULL };
  g_auto (FarProviderResult) result = { FAR_PROVIDER_PENDING };
  GError *reason = NULL;
  gboolean done = far_provider_client_get_refund (till->provider, id, &refund, &reason);

  if (done && is_ours (refund.kind, "refund", refund.ref))
    {
      result.id = g_strdup (refund.id);
      result.outcome = refund.state == FAR_PROVIDER_REFUND_SUCCEEDED ? FAR_PROVIDER_SUCCEEDED
                       : refund.state == FAR_PROVIDER_REFUND_FAILED  ? FAR_PROVIDER_FAILED
                                                                     : FAR_PROVIDER_PENDING;
      done = finish_refund (till, refund.ref, &result, &reason);
    }
  return forgive (done, reason, FAR_BOOKKEEPER_ERROR_UNKNOWN_REFUND, error);
}

/* Books where a dispute stands. One that is about no payment of ours is passed over. */
static gboolean
book_dispute (FarTill                   *till,
              const FarProviderDispute  *dispute,
              GError                   **error)
{
  static const char *const states[] = { "opened", "won", "lost" };
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  gint64 amount_micros = 0, fee_micros = 0;
  GError *reason = NULL;

  if (dispute->payment == NULL)
    return TRUE; /* we make no payments without an intent */
  if (!far_provider_units_to_micros (dispute->currency, dispute->units, &amount_micros, error) ||
      !far_provider_units_to_micros (*dispute->fee_currency != '\0' ? dispute->fee_currency
                                                                    : dispute->currency,
                                     dispute->fee_units, &fee_micros, error))
    return FALSE;
  far_bookkeeper_client_begin (&command, "dispute.apply");
  far_json_add_string (&command, "dispute", dispute->id);
  far_json_add_string (&command, "payment", dispute->payment);
  far_json_add_string (&command, "status", states[dispute->state]);
  far_json_add_micros (&command, "amount_micros", amount_micros);
  add_fee (&command, fee_micros, dispute->fee_currency);
  answer = far_market_call (till->market, &command, &reason);
  return forgive (answer != NULL, reason, FAR_BOOKKEEPER_ERROR_UNKNOWN_INTENT, error);
}

gboolean
far_till_hear_dispute (FarTill     *till,
                       const char  *id,
                       GError     **error)
{
  g_auto (FarProviderDispute) dispute = { NULL };
  GError *reason = NULL;

  if (!far_provider_client_get_dispute (till->provider, id, &dispute, &reason))
    return forgive (FALSE, reason, FAR_BOOKKEEPER_ERROR_NOT_FOUND, error);
  return book_dispute (till, &dispute, error);
}

gboolean
far_till_find_disputes (FarTill  *till,
                        gint64    since_us,
                        guint    *ret_n,
                        GError  **error)
{
  g_autoptr (GPtrArray) disputes =
    far_provider_client_list_disputes (till->provider, since_us, error);

  *ret_n = 0;
  if (disputes == NULL)
    return FALSE;
  /* The oldest first, as they came. */
  for (guint i = disputes->len; i > 0; i--)
    {
      const FarProviderDispute *dispute = g_ptr_array_index (disputes, i - 1);
      g_autoptr (GError) reason = NULL;

      if (book_dispute (till, dispute, &reason))
        (*ret_n)++;
      else
        far_lambda_log (FAR_LAMBDA_LOG_WARN, "dispute %s is not booked: %s", dispute->id,
                        reason->message);
    }
  return TRUE;
}
