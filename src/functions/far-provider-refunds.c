/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refunds and disputes of the test provider. Invariant: of a charge no more is refunded than was
 * paid, and one that is disputed is not refunded. As with Stripe the fee of a refunded charge stays
 * lost. A dispute takes its amount and a fee at once; one that is won brings the amount back. As on
 * Stripe's test mode it is won by the evidence "winning_evidence" and lost by another. */
#include "functions/far-provider-private.h"

#include <string.h>

#include "market/far-provider-units.h"

#define DISPUTE_FEE_MINIMUMS 30 /* least charges: $15 */

/* The charge that a form names, directly or by its intent; *ret_charge NULL has refused. */
static gboolean
find_charge (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             JsonObject            **ret_charge,
             GError                **error)
{
  const char *charge = far_provider_field (call, "charge");
  const char *intent_id = far_provider_field (call, "payment_intent");
  g_autoptr (JsonObject) intent = NULL;

  *ret_charge = NULL;
  if ((charge == NULL) == (intent_id == NULL))
    return far_provider_refuse (answer, 400, "parameter_missing",
                                "One of charge and payment_intent must be given");
  if (intent_id != NULL)
    {
      if (!far_provider_need (call, intent_id, "payment_intent", answer, &intent, error))
        return FALSE;
      if (intent == NULL)
        return TRUE;
      charge = far_provider_member (intent, "latest_charge");
      if (charge == NULL)
        return far_provider_refuse (answer, 400, "payment_intent_unexpected_state",
                                    "This PaymentIntent does not have a successful charge to "
                                    "refund.");
    }
  return far_provider_need (call, charge, "charge", answer, ret_charge, error);
}

/* What is to be refunded of a charge; FALSE has refused. */
static gboolean
take_refund_amount (const FarProviderCall *call,
                    JsonObject            *charge,
                    gint64                *ret_units,
                    FarProviderAnswer     *answer)
{
  const char *amount = far_provider_field (call, "amount");
  gint64 left = far_provider_member_int (charge, "amount") -
                far_provider_member_int (charge, "amount_refunded");

  if (!json_object_get_boolean_member_with_default (charge, "paid", FALSE))
    return !far_provider_refuse (answer, 400, "payment_intent_unexpected_state",
                                 "This charge was not paid; there is nothing to refund");
  if (json_object_get_boolean_member_with_default (charge, "disputed", FALSE))
    return !far_provider_refuse (answer, 400, "charge_disputed",
                                 "This charge has been charged back, and cannot be refunded");
  if (left <= 0)
    return !far_provider_refuse (answer, 400, "charge_already_refunded",
                                 "This charge has already been refunded.");
  *ret_units = left;
  if (amount != NULL && !g_ascii_string_to_signed (amount, 10, 1, left, ret_units, NULL))
    return !far_provider_refuse (answer, 400, "parameter_invalid_integer",
                                 "amount is a whole number of units, no more than is left of the "
                                 "charge");
  return TRUE;
}

static gboolean
put_refunded (const FarProviderCall  *call,
              JsonObject             *charge,
              gint64                  units,
              GError                **error)
{
  gint64 refunded = far_provider_member_int (charge, "amount_refunded") + units;

  json_object_set_int_member (charge, "amount_refunded", refunded);
  json_object_set_boolean_member (charge, "refunded",
                                  refunded == far_provider_member_int (charge, "amount"));
  return far_provider_books_put (call->db, charge, error);
}

static gboolean
post_refund (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  g_autoptr (JsonObject) charge = NULL;
  g_autoptr (JsonObject) method = NULL;
  g_autoptr (JsonObject) refund = far_provider_document_new (call, "re", "refund");
  g_autofree char *booked = NULL;
  const char *method_id, *currency;
  FarTestOutcome outcome = FAR_TEST_SUCCEEDS;
  gint64 units;

  if (!find_charge (call, answer, &charge, error))
    return FALSE;
  if (charge == NULL || !take_refund_amount (call, charge, &units, answer) ||
      !far_provider_take_metadata (call, NULL, refund, answer))
    return TRUE;
  method_id = far_provider_member (charge, "payment_method");
  if (method_id != NULL &&
      !far_provider_books_find (call->db, method_id, "payment_method", &method, error))
    return FALSE;
  if (method != NULL)
    far_test_method_outcome (far_provider_member (method, "_outcome"), &outcome);
  currency = far_provider_member (charge, "currency");
  if (!far_provider_book (call, "refund", far_provider_member (refund, "id"), -units, 0, currency,
                          &booked, error))
    return FALSE;
  json_object_set_int_member (refund, "amount", units);
  json_object_set_string_member (refund, "balance_transaction", booked);
  json_object_set_string_member (refund, "charge", far_provider_member (charge, "id"));
  json_object_set_string_member (refund, "currency", currency);
  json_object_set_string_member (refund, "payment_intent",
                                 far_provider_member (charge, "payment_intent"));
  far_provider_set_string (refund, "reason", far_provider_field (call, "reason"));
  json_object_set_string_member (refund, "status", "succeeded");
  far_provider_set_string (refund, "_webhooks", far_provider_member (charge, "_webhooks"));
  if (outcome == FAR_TEST_REFUND_PENDING || outcome == FAR_TEST_REFUND_FAILS)
    {
      json_object_set_string_member (refund, "status", "pending");
      json_object_set_boolean_member (refund, "_fails", outcome == FAR_TEST_REFUND_FAILS);
      json_object_set_int_member (refund, "_wake_us", call->now_us + FAR_TEST_WAIT_US);
    }
  return far_provider_books_put (call->db, refund, error) &&
         put_refunded (call, charge, units, error) &&
         far_provider_emit (call, "refund.created", refund, error) &&
         far_provider_emit (call, "charge.refunded", charge, error) &&
         far_provider_answer_document (call, answer, refund, error);
}

gboolean
far_provider_refund_wake (const FarProviderCall  *call,
                          JsonObject             *refund,
                          GError                **error)
{
  gboolean fails = json_object_get_boolean_member_with_default (refund, "_fails", FALSE);
  gint64 units = far_provider_member_int (refund, "amount");
  g_autoptr (JsonObject) charge = NULL;

  json_object_set_string_member (refund, "status", fails ? "failed" : "succeeded");
  if (!fails)
    return far_provider_books_put (call->db, refund, error) &&
           far_provider_emit (call, "refund.updated", refund, error);
  json_object_set_string_member (refund, "failure_reason", "expired_or_canceled_card");
  return far_provider_book (call, "refund_failure", far_provider_member (refund, "id"), units, 0,
                            far_provider_member (refund, "currency"), NULL, error) &&
         far_provider_books_put (call->db, refund, error) &&
         far_provider_books_find (call->db, far_provider_member (refund, "charge"), "charge",
                                  &charge, error) &&
         put_refunded (call, charge, -units, error) &&
         far_provider_emit (call, "refund.failed", refund, error);
}

static gboolean
get_refund (const FarProviderCall  *call,
            FarProviderAnswer      *answer,
            GError                **error)
{
  return far_provider_answer_get (call, answer, "refund", error);
}

static gboolean
list_refunds (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  return far_provider_answer_list (call, answer, "refund", error);
}

/* ---- disputes ---- */

static gint64
dispute_fee (const char *currency)
{
  g_autofree char *code = g_ascii_strup (currency, -1);
  gint64 minimum_micros = 0, one_micros = 1;

  if (!far_provider_minimum (code, &minimum_micros, NULL) ||
      !far_provider_units_to_micros (code, 1, &one_micros, NULL))
    g_assert_not_reached ();
  return minimum_micros / one_micros * DISPUTE_FEE_MINIMUMS;
}

/* Adds a balance transaction to those of a dispute. */
static gboolean
book_dispute (const FarProviderCall  *call,
              JsonObject             *dispute,
              gint64                  units,
              gint64                  fee,
              GError                **error)
{
  g_autofree char *booked = NULL;
  g_autoptr (JsonObject) document = NULL;

  if (!far_provider_book (call, "adjustment", far_provider_member (dispute, "id"), units, fee,
                          far_provider_member (dispute, "currency"), &booked, error) ||
      !far_provider_books_find (call->db, booked, NULL, &document, error))
    return FALSE;
  json_array_add_object_element (json_object_get_array_member (dispute, "balance_transactions"),
                                 g_steal_pointer (&document));
  return TRUE;
}

gboolean
far_provider_dispute (const FarProviderCall  *call,
                      JsonObject             *charge,
                      GError                **error)
{
  g_autoptr (JsonObject) dispute = far_provider_document_new (call, "dp", "dispute");
  const char *currency = far_provider_member (charge, "currency");
  gint64 units = far_provider_member_int (charge, "amount");

  json_object_set_int_member (dispute, "amount", units);
  json_object_set_array_member (dispute, "balance_transactions", json_array_new ());
  json_object_set_string_member (dispute, "charge", far_provider_member (charge, "id"));
  json_object_set_string_member (dispute, "currency", currency);
  json_object_set_boolean_member (dispute, "is_charge_refundable", FALSE);
  json_object_set_string_member (dispute, "payment_intent",
                                 far_provider_member (charge, "payment_intent"));
  json_object_set_string_member (dispute, "reason", "fraudulent");
  json_object_set_string_member (dispute, "status", "needs_response");
  json_object_set_object_member (dispute, "metadata", json_object_new ());
  far_provider_set_string (dispute, "_webhooks", far_provider_member (charge, "_webhooks"));
  json_object_set_boolean_member (charge, "disputed", TRUE);
  return book_dispute (call, dispute, -units, dispute_fee (currency), error) &&
         far_provider_books_put (call->db, dispute, error) &&
         far_provider_books_put (call->db, charge, error) &&
         far_provider_emit (call, "charge.dispute.created", dispute, error) &&
         far_provider_emit (call, "charge.dispute.funds_withdrawn", dispute, error);
}

static gboolean
close_dispute (const FarProviderCall  *call,
               JsonObject             *dispute,
               gboolean                won,
               GError                **error)
{
  json_object_set_string_member (dispute, "status", won ? "won" : "lost");
  if (won && !book_dispute (call, dispute, far_provider_member_int (dispute, "amount"), 0, error))
    return FALSE;
  return far_provider_books_put (call->db, dispute, error) &&
         (!won || far_provider_emit (call, "charge.dispute.funds_reinstated", dispute, error)) &&
         far_provider_emit (call, "charge.dispute.closed", dispute, error);
}

static gboolean
need_open_dispute (const FarProviderCall  *call,
                   FarProviderAnswer      *answer,
                   JsonObject            **ret_dispute,
                   GError                **error)
{
  if (!far_provider_need (call, call->id, "dispute", answer, ret_dispute, error))
    return FALSE;
  if (*ret_dispute != NULL &&
      g_strcmp0 (far_provider_member (*ret_dispute, "status"), "needs_response") != 0)
    {
      g_clear_pointer (ret_dispute, json_object_unref);
      return far_provider_refuse (answer, 400, "dispute_unexpected_state",
                                  "This dispute is already closed");
    }
  return TRUE;
}

static gboolean
update_dispute (const FarProviderCall  *call,
                FarProviderAnswer      *answer,
                GError                **error)
{
  const char *evidence = far_provider_field (call, "evidence[uncategorized_text]");
  g_autoptr (JsonObject) dispute = NULL;

  if (!need_open_dispute (call, answer, &dispute, error))
    return FALSE;
  if (dispute == NULL || !far_provider_take_metadata (call, NULL, dispute, answer))
    return TRUE;
  if (evidence != NULL && g_strcmp0 (far_provider_field (call, "submit"), "false") != 0)
    {
      if (!close_dispute (call, dispute, strcmp (evidence, "winning_evidence") == 0, error))
        return FALSE;
    }
  else if (!far_provider_books_put (call->db, dispute, error))
    return FALSE;
  return far_provider_answer_document (call, answer, dispute, error);
}

static gboolean
post_close (const FarProviderCall  *call,
            FarProviderAnswer      *answer,
            GError                **error)
{
  g_autoptr (JsonObject) dispute = NULL;

  if (!need_open_dispute (call, answer, &dispute, error))
    return FALSE;
  return dispute == NULL || (close_dispute (call, dispute, FALSE, error) &&
                             far_provider_answer_document (call, answer, dispute, error));
}

static gboolean
get_dispute (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  return far_provider_answer_get (call, answer, "dispute", error);
}

static gboolean
list_disputes (const FarProviderCall  *call,
               FarProviderAnswer      *answer,
               GError                **error)
{
  return far_provider_answer_list (call, answer, "dispute", error);
}

const FarProviderRoute far_provider_routes_refunds[] = {
  { "POST", "refunds", post_refund },
  { "GET", "refunds", list_refunds },
  { "GET", "refunds/{}", get_refund },
  { "GET", "disputes", list_disputes },
  { "GET", "disputes/{}", get_dispute },
  { "POST", "disputes/{}", update_dispute },
  { "POST", "disputes/{}/close", post_close },
  { NULL, NULL, NULL },
};
