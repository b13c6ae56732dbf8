/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payment intents, charges and balance transactions of the test provider.
 *
 * A charge costs 2.9 % and three fifths of the currency's least charge (30 of a dollar's cents, as
 * on Stripe's list for cards); the fee is in the balance transaction. How it ends is in the
 * method's name. Invariant: an intent that has succeeded has one charge that was paid. */
#include "functions/far-provider-private.h"

#include <string.h>

#include "market/far-provider-units.h"

#define FEE_PER_MILLE 29
#define FEE_FIXED_NUMERATOR 3
#define FEE_FIXED_DENOMINATOR 5

static gint64
fee_units (const char *currency,
           gint64      units)
{
  g_autofree char *code = g_ascii_strup (currency, -1);
  gint64 minimum_micros = 0, one_micros = 1;
  gint64 fixed;

  if (!far_provider_minimum (code, &minimum_micros, NULL) ||
      !far_provider_units_to_micros (code, 1, &one_micros, NULL))
    g_assert_not_reached (); /* the currency was checked with the amount */
  fixed = minimum_micros / one_micros * FEE_FIXED_NUMERATOR / FEE_FIXED_DENOMINATOR;
  return MIN (units, (units * FEE_PER_MILLE + 500) / 1000 + fixed);
}

gboolean
far_provider_book (const FarProviderCall  *call,
                   const char             *type,
                   const char             *source,
                   gint64                  units,
                   gint64                  fee,
                   const char             *currency,
                   char                  **ret_id,
                   GError                **error)
{
  g_autoptr (JsonObject) booked = far_provider_document_new (call, "txn", "balance_transaction");

  json_object_set_int_member (booked, "amount", units);
  json_object_set_string_member (booked, "currency", currency);
  json_object_set_int_member (booked, "fee", fee);
  json_object_set_int_member (booked, "net", units - fee);
  json_object_set_string_member (booked, "source", source);
  json_object_set_string_member (booked, "status", "available");
  json_object_set_string_member (booked, "type", type);
  if (ret_id != NULL)
    *ret_id = g_strdup (far_provider_member (booked, "id"));
  return far_provider_books_put (call->db, booked, error);
}

/* ---- confirming ---- */

JsonObject *
far_provider_new_intent (const FarProviderCall *call,
                         gint64                 units,
                         const char            *currency,
                         const char            *customer)
{
  JsonObject *intent = far_provider_document_new (call, "pi", "payment_intent");
  g_autofree char *secret = far_provider_books_new_id (far_provider_member (intent, "id"));
  g_autofree char *lower = g_ascii_strdown (currency, -1);

  json_object_set_int_member (intent, "amount", units);
  json_object_set_int_member (intent, "amount_received", 0);
  json_object_set_string_member (intent, "capture_method", "automatic");
  json_object_set_string_member (intent, "client_secret", secret);
  json_object_set_string_member (intent, "currency", lower);
  far_provider_set_string (intent, "customer", customer);
  json_object_set_null_member (intent, "last_payment_error");
  json_object_set_null_member (intent, "latest_charge");
  json_object_set_null_member (intent, "next_action");
  json_object_set_null_member (intent, "payment_method");
  json_object_set_string_member (intent, "status", "requires_payment_method");
  json_object_set_object_member (intent, "metadata", json_object_new ());
  return intent;
}

static JsonObject *
new_charge (const FarProviderCall *call,
            JsonObject            *intent)
{
  JsonObject *charge = far_provider_document_new (call, "ch", "charge");

  json_object_set_int_member (charge, "amount", far_provider_member_int (intent, "amount"));
  json_object_set_int_member (charge, "amount_refunded", 0);
  json_object_set_null_member (charge, "balance_transaction");
  json_object_set_string_member (charge, "currency", far_provider_member (intent, "currency"));
  far_provider_set_string (charge, "customer", far_provider_member (intent, "customer"));
  json_object_set_boolean_member (charge, "disputed", FALSE);
  json_object_set_null_member (charge, "failure_code");
  json_object_set_boolean_member (charge, "paid", FALSE);
  json_object_set_string_member (charge, "payment_intent", far_provider_member (intent, "id"));
  far_provider_set_string (charge, "payment_method",
                           far_provider_member (intent, "payment_method"));
  json_object_set_boolean_member (charge, "refunded", FALSE);
  json_object_set_string_member (charge, "status", "pending");
  json_object_set_object_member (charge, "metadata", json_object_new ());
  far_provider_set_string (charge, "_webhooks", far_provider_member (intent, "_webhooks"));
  json_object_set_string_member (intent, "latest_charge", far_provider_member (charge, "id"));
  return charge;
}

static gboolean
pay (const FarProviderCall  *call,
     JsonObject             *intent,
     JsonObject             *charge,
     GError                **error)
{
  gint64 units = far_provider_member_int (intent, "amount");
  const char *currency = far_provider_member (intent, "currency");
  g_autofree char *booked = NULL;

  if (!far_provider_book (call, "charge", far_provider_member (charge, "id"), units,
                          fee_units (currency, units), currency, &booked, error))
    return FALSE;
  json_object_set_string_member (charge, "balance_transaction", booked);
  json_object_set_boolean_member (charge, "paid", TRUE);
  json_object_set_string_member (charge, "status", "succeeded");
  json_object_set_string_member (intent, "status", "succeeded");
  json_object_set_int_member (intent, "amount_received", units);
  json_object_set_null_member (intent, "next_action");
  json_object_remove_member (intent, "_wake_us");
  return far_provider_books_put (call->db, charge, error) &&
         far_provider_books_put (call->db, intent, error) &&
         far_provider_emit (call, "charge.succeeded", charge, error) &&
         far_provider_emit (call, "payment_intent.succeeded", intent, error) &&
         far_provider_session_paid (call, intent, TRUE, error);
}

static gboolean
decline (const FarProviderCall  *call,
         JsonObject             *intent,
         JsonObject             *charge,
         const char             *code,
         const char             *decline_code,
         GError                **error)
{
  JsonObject *reason = json_object_new ();
  gboolean authentication = strcmp (code, "authentication_required") == 0;

  json_object_set_string_member (reason, "type", "card_error");
  json_object_set_string_member (reason, "code", code);
  json_object_set_string_member (reason, "decline_code", decline_code);
  json_object_set_string_member (reason, "message",
                                 authentication
                                   ? "Your card was declined. This transaction requires "
                                     "authentication."
                                   : strcmp (decline_code, "insufficient_funds") == 0
                                     ? "Your card has insufficient funds."
                                     : "Your card was declined.");
  json_object_set_string_member (reason, "charge", far_provider_member (charge, "id"));
  json_object_set_string_member (charge, "status", "failed");
  json_object_set_string_member (charge, "failure_code", code);
  json_object_set_string_member (intent, "status", "requires_payment_method");
  json_object_set_null_member (intent, "payment_method");
  json_object_set_null_member (intent, "next_action");
  json_object_remove_member (intent, "_wake_us");
  json_object_set_object_member (intent, "last_payment_error", reason);
  return far_provider_books_put (call->db, charge, error) &&
         far_provider_books_put (call->db, intent, error) &&
         far_provider_emit (call, "charge.failed", charge, error) &&
         far_provider_emit (call, "payment_intent.payment_failed", intent, error) &&
         far_provider_session_paid (call, intent, FALSE, error);
}

/* The customer is there: their bank wants to see them. */
static gboolean
ask_to_authenticate (const FarProviderCall  *call,
                     JsonObject             *intent,
                     GError                **error)
{
  JsonObject *action = json_object_new ();
  JsonObject *redirect = json_object_new ();
  g_autofree char *url = g_strdup_printf ("%s/provider/authenticate/%s", call->origin,
                                          far_provider_member (intent, "id"));

  json_object_set_string_member (redirect, "url", url);
  far_provider_set_string (redirect, "return_url", far_provider_field (call, "return_url"));
  json_object_set_string_member (action, "type", "redirect_to_url");
  json_object_set_object_member (action, "redirect_to_url", redirect);
  json_object_set_string_member (intent, "status", "requires_action");
  json_object_set_object_member (intent, "next_action", action);
  return far_provider_books_put (call->db, intent, error) &&
         far_provider_emit (call, "payment_intent.requires_action", intent, error);
}

static gboolean
process (const FarProviderCall  *call,
         JsonObject             *intent,
         JsonObject             *charge,
         GError                **error)
{
  json_object_set_string_member (intent, "status", "processing");
  json_object_set_int_member (intent, "_wake_us", call->now_us + FAR_TEST_WAIT_US);
  return far_provider_books_put (call->db, charge, error) &&
         far_provider_books_put (call->db, intent, error) &&
         far_provider_emit (call, "payment_intent.processing", intent, error);
}

gboolean
far_provider_confirm (const FarProviderCall  *call,
                      JsonObject             *intent,
                      JsonObject             *method,
                      gboolean                off_session,
                      gboolean               *ret_lose,
                      GError                **error)
{
  g_autoptr (JsonObject) charge = NULL;
  FarTestOutcome outcome = FAR_TEST_DECLINES;

  *ret_lose = FALSE;
  far_test_method_outcome (far_provider_member (method, "_outcome"), &outcome);
  json_object_set_string_member (intent, "payment_method", far_provider_member (method, "id"));
  json_object_set_null_member (intent, "last_payment_error");
  if (outcome == FAR_TEST_AUTHENTICATION_REQUIRED && !off_session)
    return ask_to_authenticate (call, intent, error);
  charge = new_charge (call, intent);
  switch (outcome)
    {
    case FAR_TEST_TIMES_OUT:
      *ret_lose = TRUE;
      return pay (call, intent, charge, error);
    case FAR_TEST_SUCCEEDS:
    case FAR_TEST_REFUND_PENDING:
    case FAR_TEST_REFUND_FAILS:
      return pay (call, intent, charge, error);
    case FAR_TEST_DISPUTED:
      return pay (call, intent, charge, error) && far_provider_dispute (call, charge, error);
    case FAR_TEST_PROCESSING:
      return process (call, intent, charge, error);
    case FAR_TEST_INSUFFICIENT_FUNDS:
      return decline (call, intent, charge, "card_declined", "insufficient_funds", error);
    case FAR_TEST_AUTHENTICATION_REQUIRED:
      return decline (call, intent, charge, "authentication_required", "authentication_required",
                      error);
    case FAR_TEST_DECLINES:
    case FAR_TEST_DECLINES_ATTACH:
    default:
      return decline (call, intent, charge, "card_declined", "generic_decline", error);
    }
}

gboolean
far_provider_settle (const FarProviderCall  *call,
                     JsonObject             *intent,
                     gboolean                succeeds,
                     GError                **error)
{
  const char *status = far_provider_member (intent, "status");
  const char *id = far_provider_member (intent, "latest_charge");
  g_autoptr (JsonObject) charge = NULL;

  if (g_strcmp0 (status, "requires_action") == 0)
    charge = new_charge (call, intent);
  else if (g_strcmp0 (status, "processing") != 0)
    return far_provider_books_put (call->db, intent, error);
  else if (!far_provider_books_find (call->db, id, "charge", &charge, error) || charge == NULL)
    return FALSE;
  return succeeds ? pay (call, intent, charge, error)
                  : decline (call, intent, charge, "card_declined", "authentication_required",
                             error);
}

/* ---- routes ---- */

/* Confirms an intent as a request asks, and answers. */
static gboolean
confirm_and_answer (const FarProviderCall  *call,
                    JsonObject             *intent,
                    FarProviderAnswer      *answer,
                    GError                **error)
{
  const char *name = far_provider_field (call, "payment_method");
  const char *customer = far_provider_member (intent, "customer");
  gboolean off_session = g_strcmp0 (far_provider_field (call, "off_session"), "true") == 0;
  g_autoptr (JsonObject) method = NULL;
  JsonObject *reason;

  if (name == NULL)
    name = far_provider_member (intent, "payment_method");
  if (name == NULL)
    return far_provider_refuse (answer, 400, "parameter_missing",
                                "You must provide a payment method to confirm this PaymentIntent");
  if (!far_provider_books_find (call->db, name, "payment_method", &method, error))
    return FALSE;
  if (method == NULL && off_session)
    return far_provider_refuse_missing (answer, "payment_method", name);
  if (method == NULL && !far_provider_make_method (call, name, customer, answer, &method, error))
    return FALSE;
  if (method == NULL)
    return TRUE;
  if (g_strcmp0 (far_provider_member (method, "customer"), customer) != 0)
    return far_provider_refuse (answer, 400, "resource_missing",
                                "The customer does not have a payment method with this id");
  if (!far_provider_confirm (call, intent, method, off_session, &answer->lose, error))
    return FALSE;
  if (far_provider_member (intent, "payment_method") == NULL)
    {
      reason = json_object_get_object_member (intent, "last_payment_error");
      return far_provider_answer_declined (call, answer, reason, intent, error);
    }
  return far_provider_answer_document (call, answer, intent, error);
}

static gboolean
post_intent (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  const char *currency = far_provider_field (call, "currency");
  const char *customer_id = far_provider_field (call, "customer");
  const char *method = far_provider_field (call, "payment_method");
  g_autoptr (JsonObject) customer = NULL;
  g_autoptr (JsonObject) intent = NULL;
  gboolean confirm = g_strcmp0 (far_provider_field (call, "confirm"), "true") == 0;
  gint64 units;

  if (!far_provider_take_amount (far_provider_field (call, "amount"), currency, &units, answer))
    return TRUE;
  if (!confirm && far_provider_field (call, "off_session") != NULL)
    return far_provider_refuse (answer, 400, "parameter_invalid",
                                "off_session can only be given together with confirm=true");
  if (customer_id != NULL &&
      !far_provider_need (call, customer_id, "customer", answer, &customer, error))
    return FALSE;
  if (customer_id != NULL && customer == NULL)
    return TRUE;
  intent = far_provider_new_intent (call, units, currency, customer_id);
  far_provider_set_string (intent, "description", far_provider_field (call, "description"));
  if (!far_provider_take_metadata (call, NULL, intent, answer))
    return TRUE;
  far_provider_set_string (intent, "_webhooks",
                           far_provider_field (call, "metadata[test_webhooks]"));
  if (confirm)
    return confirm_and_answer (call, intent, answer, error);
  if (method != NULL)
    {
      json_object_set_string_member (intent, "payment_method", method);
      json_object_set_string_member (intent, "status", "requires_confirmation");
    }
  return far_provider_books_put (call->db, intent, error) &&
         far_provider_emit (call, "payment_intent.created", intent, error) &&
         far_provider_answer_document (call, answer, intent, error);
}

static gboolean
post_confirm (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  g_autoptr (JsonObject) intent = NULL;
  const char *status;

  if (!far_provider_need (call, call->id, "payment_intent", answer, &intent, error))
    return FALSE;
  if (intent == NULL)
    return TRUE;
  status = far_provider_member (intent, "status");
  if (g_strcmp0 (status, "requires_payment_method") != 0 &&
      g_strcmp0 (status, "requires_confirmation") != 0)
    return far_provider_refuse (answer, 400, "payment_intent_unexpected_state",
                                "This PaymentIntent cannot be confirmed in its state");
  return confirm_and_answer (call, intent, answer, error);
}

static gboolean
post_cancel (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  g_autoptr (JsonObject) intent = NULL;
  const char *status;

  if (!far_provider_need (call, call->id, "payment_intent", answer, &intent, error))
    return FALSE;
  if (intent == NULL)
    return TRUE;
  status = far_provider_member (intent, "status");
  if (g_strcmp0 (status, "succeeded") == 0 || g_strcmp0 (status, "canceled") == 0 ||
      g_strcmp0 (status, "processing") == 0)
    return far_provider_refuse (answer, 400, "payment_intent_unexpected_state",
                                "You cannot cancel this PaymentIntent because of its state");
  json_object_set_string_member (intent, "status", "canceled");
  json_object_set_int_member (intent, "canceled_at", call->now_us / G_USEC_PER_SEC);
  json_object_set_null_member (intent, "next_action");
  return far_provider_books_put (call->db, intent, error) &&
         far_provider_emit (call, "payment_intent.canceled", intent, error) &&
         far_provider_answer_document (call, answer, intent, error);
}

static gboolean
get_intent (const FarProviderCall  *call,
            FarProviderAnswer      *answer,
            GError                **error)
{
  return far_provider_answer_get (call, answer, "payment_intent", error);
}

static gboolean
list_intents (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  return far_provider_answer_list (call, answer, "payment_intent", error);
}

static gboolean
get_charge (const FarProviderCall  *call,
            FarProviderAnswer      *answer,
            GError                **error)
{
  return far_provider_answer_get (call, answer, "charge", error);
}

static gboolean
list_charges (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  return far_provider_answer_list (call, answer, "charge", error);
}

static gboolean
get_booked (const FarProviderCall  *call,
            FarProviderAnswer      *answer,
            GError                **error)
{
  return far_provider_answer_get (call, answer, "balance_transaction", error);
}

static gboolean
list_booked (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  return far_provider_answer_list (call, answer, "balance_transaction", error);
}

/* What all that was booked comes to, by currency; nothing here waits to be paid out. */
static gboolean
get_balance (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  g_autoptr (JsonObject) balance = json_object_new ();
  g_autoptr (FarStatement) row =
    far_db_prepare (call->db,
                    "SELECT json_extract (text, '$.currency'), sum (json_extract (text, '$.net'))"
                    " FROM documents WHERE kind = 'balance_transaction' GROUP BY 1 ORDER BY 1",
                    error);
  JsonArray *available = json_array_new ();
  FarStep step = FAR_STEP_ERROR;

  json_object_set_string_member (balance, "object", "balance");
  json_object_set_array_member (balance, "available", available);
  json_object_set_boolean_member (balance, "livemode", FALSE);
  json_object_set_array_member (balance, "pending", json_array_new ());
  while (row != NULL && (step = far_db_step (call->db, row, error)) == FAR_STEP_ROW)
    {
      JsonObject *sum = json_object_new ();

      json_object_set_int_member (sum, "amount", far_statement_get_int (row, 1));
      json_object_set_string_member (sum, "currency", far_statement_get_text (row, 0));
      json_array_add_object_element (available, sum);
    }
  return step == FAR_STEP_DONE && far_provider_answer_document (call, answer, balance, error);
}

const FarProviderRoute far_provider_routes_payments[] = {
  { "GET", "balance", get_balance },
  { "POST", "payment_intents", post_intent },
  { "GET", "payment_intents", list_intents },
  { "GET", "payment_intents/{}", get_intent },
  { "POST", "payment_intents/{}/confirm", post_confirm },
  { "POST", "payment_intents/{}/cancel", post_cancel },
  { "GET", "charges", list_charges },
  { "GET", "charges/{}", get_charge },
  { "GET", "balance_transactions", list_booked },
  { "GET", "balance_transactions/{}", get_booked },
  { NULL, NULL, NULL },
};
