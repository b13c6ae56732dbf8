/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Customers, payment methods and payment intents of the test provider (see the header).
 *
 * A charge costs 2.9 % and 30 of the currency's units, as on Stripe's list for cards; the fee is in
 * the balance transaction. How it ends is in the method's name. */
#include "functions/far-provider-api.h"

#include <string.h>

#define PROCESSING_US (60 * G_USEC_PER_SEC)
#define UNITS_MAX 99999999
#define FEE_PER_MILLE 29
#define FEE_FIXED_UNITS 30

void
far_provider_answer_clear (FarProviderAnswer *answer)
{
  g_clear_pointer (&answer->body, g_free);
}

static void
answer_json (FarProviderAnswer *answer,
             guint              status,
             FarJsonWriter     *writer)
{
  g_free (answer->body);
  answer->status = status;
  answer->body = far_json_writer_steal (writer, NULL);
}

static void
begin_error (FarJsonWriter *writer,
             const char    *type,
             const char    *code,
             const char    *message)
{
  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
  far_json_begin_object (writer, "error");
  far_json_add_string (writer, "type", type);
  if (code != NULL)
    far_json_add_string (writer, "code", code);
  far_json_add_string (writer, "message", message);
}

void
far_provider_answer_error (FarProviderAnswer *answer,
                           guint              status,
                           const char        *type,
                           const char        *code,
                           const char        *message)
{
  g_auto (FarJsonWriter) writer = { NULL };

  begin_error (&writer, type, code, message);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  answer_json (answer, status, &writer);
}

static gboolean
refuse (FarProviderAnswer *answer,
        guint              status,
        const char        *code,
        const char        *message)
{
  far_provider_answer_error (answer, status, "invalid_request_error", code, message);
  return TRUE;
}

static void
add_object (FarJsonWriter         *writer,
            const char            *name,
            const char            *id,
            const char            *kind,
            gint64                 created_us)
{
  far_json_begin_object (writer, name);
  far_json_add_string (writer, "id", id);
  far_json_add_string (writer, "object", kind);
  far_json_add_int (writer, "created", created_us / G_USEC_PER_SEC);
  far_json_add_bool (writer, "livemode", FALSE);
}

static const char *
field (const FarProviderCall *call,
       const char            *name)
{
  const char *value = g_hash_table_lookup (call->fields, name);

  return value != NULL && strlen (value) <= 500 ? value : NULL;
}

/* ---- Customers and payment methods ---- */

static gboolean
post_customer (const FarProviderCall  *call,
               FarProviderAnswer      *answer,
               GError                **error)
{
  const char *description = field (call, "description");
  g_auto (FarJsonWriter) writer = { NULL };
  char id[FAR_PROVIDER_ID_MAX + 1];

  far_provider_books_new_id (id, "cus");
  if (!far_provider_books_add_customer (call->db, id, description != NULL ? description : "",
                                        call->now_us, error))
    return FALSE;
  far_json_writer_init (&writer);
  add_object (&writer, NULL, id, "customer", call->now_us);
  far_json_add_string (&writer, "description", description);
  far_json_end_object (&writer);
  answer_json (answer, 200, &writer);
  return TRUE;
}

static gboolean
attach_method (const FarProviderCall  *call,
               const char             *name,
               FarProviderAnswer      *answer,
               GError                **error)
{
  const char *customer = field (call, "customer");
  g_auto (FarJsonWriter) writer = { NULL };
  char id[FAR_PROVIDER_ID_MAX + 1];
  FarTestOutcome outcome;
  gboolean found = FALSE;

  if (!far_test_method_outcome (name, &outcome))
    return refuse (answer, 404, "resource_missing",
                   "No such payment method. This is a test provider: use pm_card_visa or another");
  if (customer != NULL &&
      !far_provider_books_has_customer (call->db, customer, &found, error))
    return FALSE;
  if (!found)
    return refuse (answer, customer != NULL ? 404 : 400, "resource_missing", "No such customer");
  if (outcome == FAR_TEST_DECLINES_ATTACH)
    {
      far_provider_answer_error (answer, 402, "card_error", "card_declined",
                                 "Your card was declined.");
      return TRUE;
    }
  far_provider_books_new_id (id, "pm");
  if (!far_provider_books_add_method (call->db, id, name, customer, call->now_us, error))
    return FALSE;
  far_json_writer_init (&writer);
  add_object (&writer, NULL, id, "payment_method", call->now_us);
  far_json_add_string (&writer, "customer", customer);
  far_json_add_string (&writer, "type", "card");
  far_json_end_object (&writer);
  answer_json (answer, 200, &writer);
  return TRUE;
}

/* ---- Payment intents ---- */

static void
add_charge (FarJsonWriter           *writer,
            const FarProviderIntent *intent,
            gboolean                 expand)
{
  if (*intent->charge == '\0')
    {
      far_json_add_null (writer, "latest_charge");
      return;
    }
  if (!expand)
    {
      far_json_add_string (writer, "latest_charge", intent->charge);
      return;
    }
  add_object (writer, "latest_charge", intent->charge, "charge", intent->created_us);
  far_json_add_int (writer, "amount", intent->units);
  far_json_add_string (writer, "currency", intent->currency);
  far_json_add_string (writer, "payment_intent", intent->id);
  far_json_add_bool (writer, "paid", *intent->transaction != '\0');
  if (*intent->transaction == '\0')
    far_json_add_null (writer, "balance_transaction");
  else
    {
      add_object (writer, "balance_transaction", intent->transaction, "balance_transaction",
                  intent->created_us);
      far_json_add_int (writer, "amount", intent->units);
      far_json_add_string (writer, "currency", intent->currency);
      far_json_add_int (writer, "fee", intent->fee_units);
      far_json_add_int (writer, "net", intent->units - intent->fee_units);
      far_json_add_string (writer, "type", "charge");
      far_json_end_object (writer);
    }
  far_json_end_object (writer);
}

static void
add_intent (FarJsonWriter           *writer,
            const char              *name,
            const FarProviderIntent *intent,
            gboolean                 expand)
{
  add_object (writer, name, intent->id, "payment_intent", intent->created_us);
  far_json_add_int (writer, "amount", intent->units);
  far_json_add_int (writer, "amount_received", *intent->transaction != '\0' ? intent->units : 0);
  far_json_add_string (writer, "currency", intent->currency);
  far_json_add_string (writer, "customer", intent->customer);
  far_json_add_string (writer, "payment_method", intent->method);
  far_json_add_string (writer, "status", intent->status);
  add_charge (writer, intent, expand);
  far_json_end_object (writer);
}

static void
succeed (FarProviderIntent *intent)
{
  g_strlcpy (intent->status, "succeeded", sizeof intent->status);
  far_provider_books_new_id (intent->transaction, "txn");
  intent->fee_units =
    MIN (intent->units, (intent->units * FEE_PER_MILLE + 500) / 1000 + FEE_FIXED_UNITS);
}

static void
decline (FarProviderIntent *intent,
         const char        *status,
         const char        *code)
{
  g_strlcpy (intent->status, status, sizeof intent->status);
  g_strlcpy (intent->decline, code, sizeof intent->decline);
}

static void
confirm (FarProviderIntent *intent,
         FarTestOutcome     outcome)
{
  far_provider_books_new_id (intent->charge, "ch");
  switch (outcome)
    {
    case FAR_TEST_SUCCEEDS:
    case FAR_TEST_TIMES_OUT:
      succeed (intent);
      break;
    case FAR_TEST_PROCESSING:
      g_strlcpy (intent->status, "processing", sizeof intent->status);
      intent->settles_us = intent->created_us + PROCESSING_US;
      break;
    case FAR_TEST_INSUFFICIENT_FUNDS:
      decline (intent, "requires_payment_method", "insufficient_funds");
      break;
    case FAR_TEST_AUTHENTICATION_REQUIRED:
      decline (intent, "requires_payment_method", "authentication_required");
      break;
    case FAR_TEST_DECLINES:
    case FAR_TEST_DECLINES_ATTACH:
    default:
      decline (intent, "requires_payment_method", "generic_decline");
      break;
    }
}

static void
answer_intent (const FarProviderCall   *call,
               const FarProviderIntent *intent,
               gboolean                 created,
               FarProviderAnswer       *answer)
{
  gboolean expand = field (call, "expand[]") != NULL || field (call, "expand[0]") != NULL;
  gboolean authenticate = strcmp (intent->decline, "authentication_required") == 0;
  g_auto (FarJsonWriter) writer = { NULL };

  if (!created || *intent->decline == '\0')
    {
      far_json_writer_init (&writer);
      add_intent (&writer, NULL, intent, expand);
      answer_json (answer, 200, &writer);
      return;
    }
  begin_error (&writer, "card_error", authenticate ? "authentication_required" : "card_declined",
               authenticate ? "Your card was declined. This transaction requires authentication."
                            : "Your card was declined.");
  far_json_add_string (&writer, "decline_code", intent->decline);
  add_intent (&writer, "payment_intent", intent, expand);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  answer_json (answer, 402, &writer);
}

/* Fills in what the form says; FALSE has answered. */
static gboolean
read_intent_form (const FarProviderCall *call,
                  FarProviderIntent     *intent,
                  FarProviderAnswer     *answer)
{
  const char *amount = field (call, "amount");
  const char *currency = field (call, "currency");
  const char *customer = field (call, "customer");
  const char *method = field (call, "payment_method");
  const char *wrong = NULL;

  if (amount == NULL ||
      !g_ascii_string_to_signed (amount, 10, 1, UNITS_MAX, &intent->units, NULL))
    wrong = "amount is a whole number of the currency's smallest unit, from 1 to 99999999";
  else if (currency == NULL || strlen (currency) != 3)
    wrong = "currency is a code of three letters";
  else if (customer == NULL || method == NULL)
    wrong = "customer and payment_method are needed: this provider charges saved methods only";
  else if (g_strcmp0 (field (call, "confirm"), "true") != 0 ||
           g_strcmp0 (field (call, "off_session"), "true") != 0)
    wrong = "confirm and off_session are true here";
  if (wrong != NULL)
    {
      refuse (answer, 400, "parameter_invalid", wrong);
      return FALSE;
    }
  g_strlcpy (intent->customer, customer, sizeof intent->customer);
  g_strlcpy (intent->method, method, sizeof intent->method);
  for (guint i = 0; i < 3; i++)
    intent->currency[i] = g_ascii_tolower (currency[i]);
  return TRUE;
}

static gboolean
post_intent (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  FarProviderIntent intent = { .created_us = call->now_us };
  FarTestOutcome outcome = FAR_TEST_DECLINES;
  char name[FAR_PROVIDER_ID_MAX + 1], owner[FAR_PROVIDER_ID_MAX + 1];

  if (!read_intent_form (call, &intent, answer))
    return TRUE;
  if (!far_provider_books_find_method (call->db, intent.method, name, owner, error))
    return FALSE;
  if (*name == '\0' || strcmp (owner, intent.customer) != 0)
    return refuse (answer, 400, "resource_missing",
                   "The customer does not have a payment method with this id");
  far_test_method_outcome (name, &outcome);
  far_provider_books_new_id (intent.id, "pi");
  confirm (&intent, outcome);
  if (!far_provider_books_put_intent (call->db, &intent, error))
    return FALSE;
  answer_intent (call, &intent, TRUE, answer);
  answer->lose = outcome == FAR_TEST_TIMES_OUT;
  return TRUE;
}

static gboolean
get_intent (const FarProviderCall  *call,
            const char             *id,
            FarProviderAnswer      *answer,
            GError                **error)
{
  FarProviderIntent intent;

  if (!far_provider_books_find_intent (call->db, id, &intent, error))
    return FALSE;
  if (*intent.id == '\0')
    return refuse (answer, 404, "resource_missing", "No such payment_intent");
  if (intent.settles_us != 0 && call->now_us >= intent.settles_us)
    {
      intent.settles_us = 0;
      succeed (&intent);
      if (!far_provider_books_put_intent (call->db, &intent, error))
        return FALSE;
    }
  answer_intent (call, &intent, FALSE, answer);
  return TRUE;
}

gboolean
far_provider_api_call (const FarProviderCall  *call,
                       FarProviderAnswer      *ret_answer,
                       GError                **error)
{
  guint n = g_strv_length (call->path);
  gboolean post = strcmp (call->method, "POST") == 0;
  const char *what = n > 0 ? call->path[0] : "";

  if (post && n == 1 && strcmp (what, "customers") == 0)
    return post_customer (call, ret_answer, error);
  if (post && n == 3 && strcmp (what, "payment_methods") == 0 &&
      strcmp (call->path[2], "attach") == 0)
    return attach_method (call, call->path[1], ret_answer, error);
  if (post && n == 1 && strcmp (what, "payment_intents") == 0)
    return post_intent (call, ret_answer, error);
  if (!post && n == 2 && strcmp (what, "payment_intents") == 0)
    return get_intent (call, call->path[1], ret_answer, error);
  return refuse (ret_answer, 404, NULL,
                 "Unrecognized request URL. This test provider knows customers, payment_methods "
                 "and payment_intents");
}
