/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Customers, payment methods and setup intents of the test provider. A method is one of Stripe's
 * test names; there is no field for a card, and one that is sent is refused unread. */
#include "functions/far-provider-private.h"

#include <string.h>

static const struct {
  const char    *name;
  FarTestOutcome outcome;
} methods[] = {
  { "pm_card_visa", FAR_TEST_SUCCEEDS },
  { "pm_card_mastercard", FAR_TEST_SUCCEEDS },
  { "pm_card_amex", FAR_TEST_SUCCEEDS },
  { "pm_card_authenticationRequiredOnSetup", FAR_TEST_SUCCEEDS },
  { "pm_card_chargeDeclined", FAR_TEST_DECLINES_ATTACH },
  { "pm_card_visa_chargeDeclined", FAR_TEST_DECLINES_ATTACH },
  { "pm_card_chargeCustomerFail", FAR_TEST_DECLINES },
  { "pm_card_chargeDeclinedInsufficientFunds", FAR_TEST_INSUFFICIENT_FUNDS },
  { "pm_card_visa_chargeDeclinedInsufficientFunds", FAR_TEST_INSUFFICIENT_FUNDS },
  { "pm_card_authenticationRequired", FAR_TEST_AUTHENTICATION_REQUIRED },
  { "pm_card_createDispute", FAR_TEST_DISPUTED },
  { "pm_card_pendingRefund", FAR_TEST_REFUND_PENDING },
  { "pm_card_refundFail", FAR_TEST_REFUND_FAILS },
  { "pm_card_processing", FAR_TEST_PROCESSING },
  { "pm_card_timeout", FAR_TEST_TIMES_OUT },
};

gboolean
far_test_method_outcome (const char     *name,
                         FarTestOutcome *ret_outcome)
{
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (methods); i++)
    if (strcmp (methods[i].name, name) == 0)
      {
        *ret_outcome = methods[i].outcome;
        return TRUE;
      }
  return FALSE;
}

const char *
far_test_method_of_button (const char *button)
{
  static const char *const buttons[][2] = {
    { "succeeds", "pm_card_visa" },
    { "declines", "pm_card_chargeCustomerFail" },
    { "insufficient_funds", "pm_card_chargeDeclinedInsufficientFunds" },
    { "authenticate", "pm_card_authenticationRequired" },
    { "processing", "pm_card_processing" },
    { "times_out", "pm_card_timeout" },
    { "disputed", "pm_card_createDispute" },
    { "refund_fails", "pm_card_refundFail" },
  };

  for (guint i = 0; button != NULL && i < G_N_ELEMENTS (buttons); i++)
    if (strcmp (buttons[i][0], button) == 0)
      return buttons[i][1];
  return NULL;
}

/* ---- customers ---- */

static gboolean
store_customer (const FarProviderCall  *call,
                JsonObject             *customer,
                FarProviderAnswer      *answer,
                GError                **error)
{
  static const char *const texts[] = { "name", "email", "description" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (far_provider_form_get (call->form, texts[i]) != NULL ||
        !json_object_has_member (customer, texts[i]))
      far_provider_set_string (customer, texts[i], far_provider_field (call, texts[i]));
  if (!far_provider_take_metadata (call, NULL, customer, answer))
    return TRUE;
  return far_provider_books_put (call->db, customer, error) &&
         far_provider_answer_document (call, answer, customer, error);
}

static gboolean
post_customer (const FarProviderCall  *call,
               FarProviderAnswer      *answer,
               GError                **error)
{
  g_autoptr (JsonObject) customer = far_provider_document_new (call, "cus", "customer");

  json_object_set_int_member (customer, "balance", 0);
  json_object_set_boolean_member (customer, "delinquent", FALSE);
  return store_customer (call, customer, answer, error);
}

/* One that was deleted is answered as {"deleted":true}, and takes nothing any more. */
static gboolean
get_customer (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  return far_provider_answer_get (call, answer, "customer", error);
}

static gboolean
need_living (const FarProviderCall  *call,
             const char             *id,
             FarProviderAnswer      *answer,
             JsonObject            **ret_customer,
             GError                **error)
{
  if (!far_provider_need (call, id, "customer", answer, ret_customer, error))
    return FALSE;
  if (*ret_customer != NULL &&
      json_object_get_boolean_member_with_default (*ret_customer, "deleted", FALSE))
    {
      g_clear_pointer (ret_customer, json_object_unref);
      far_provider_refuse_missing (answer, "customer", id);
    }
  return TRUE;
}

static gboolean
update_customer (const FarProviderCall  *call,
                 FarProviderAnswer      *answer,
                 GError                **error)
{
  g_autoptr (JsonObject) customer = NULL;

  if (!need_living (call, call->id, answer, &customer, error))
    return FALSE;
  return customer == NULL || store_customer (call, customer, answer, error);
}

/* Takes the method off its customer, or writes over all that is known of one who was deleted. */
static gboolean
detach (const FarProviderCall  *call,
        JsonObject             *method,
        GError                **error)
{
  json_object_set_null_member (method, "customer");
  return far_provider_books_put (call->db, method, error) &&
         far_provider_emit (call, "payment_method.detached", method, error);
}

static gboolean
delete_customer (const FarProviderCall  *call,
                 FarProviderAnswer      *answer,
                 GError                **error)
{
  g_autoptr (JsonObject) customer = NULL;
  g_autoptr (JsonObject) remains = json_object_new ();
  g_autoptr (GPtrArray) theirs = NULL;
  FarProviderQuery query = { .kind = "payment_method", .customer = call->id,
                             .limit = FAR_PROVIDER_LIST_MAX };
  gboolean has_more;

  if (!need_living (call, call->id, answer, &customer, error))
    return FALSE;
  if (customer == NULL)
    return TRUE;
  if (!far_provider_books_list (call->db, &query, &theirs, &has_more, error))
    return FALSE;
  for (guint i = 0; i < theirs->len; i++)
    if (!detach (call, g_ptr_array_index (theirs, i), error))
      return FALSE;
  json_object_set_string_member (remains, "id", call->id);
  json_object_set_string_member (remains, "object", "customer");
  json_object_set_boolean_member (remains, "deleted", TRUE);
  return far_provider_books_put (call->db, remains, error) &&
         far_provider_emit (call, "customer.deleted", customer, error) &&
         far_provider_answer_document (call, answer, remains, error);
}

static gboolean
list_customers (const FarProviderCall  *call,
                FarProviderAnswer      *answer,
                GError                **error)
{
  return far_provider_answer_list (call, answer, "customer", error);
}

/* ---- payment methods ---- */

gboolean
far_provider_make_method (const FarProviderCall  *call,
                          const char             *name,
                          const char             *customer,
                          FarProviderAnswer      *answer,
                          JsonObject            **ret_method,
                          GError                **error)
{
  g_autoptr (JsonObject) method = NULL;
  FarTestOutcome outcome;
  JsonObject *card;

  *ret_method = NULL;
  if (!far_test_method_outcome (name, &outcome))
    return far_provider_refuse_missing (answer, "payment_method", name);
  if (outcome == FAR_TEST_DECLINES_ATTACH)
    {
      far_provider_answer_error (answer, 402, "card_error", "card_declined",
                                 "Your card was declined.");
      return TRUE;
    }
  method = far_provider_document_new (call, "pm", "payment_method");
  card = json_object_new ();
  json_object_set_string_member (card, "brand", strstr (name, "amex") != NULL ? "amex"
                                                : strstr (name, "mastercard") != NULL
                                                  ? "mastercard" : "visa");
  json_object_set_string_member (card, "funding", "credit");
  json_object_set_string_member (method, "type", "card");
  json_object_set_object_member (method, "card", card);
  json_object_set_object_member (method, "metadata", json_object_new ());
  far_provider_set_string (method, "customer", customer);
  json_object_set_string_member (method, "_outcome", name);
  if (!far_provider_books_put (call->db, method, error))
    return FALSE;
  *ret_method = g_steal_pointer (&method);
  return TRUE;
}

static gboolean
attach_method (const FarProviderCall  *call,
               FarProviderAnswer      *answer,
               GError                **error)
{
  const char *id = far_provider_field (call, "customer");
  g_autoptr (JsonObject) customer = NULL;
  g_autoptr (JsonObject) method = NULL;

  if (id == NULL)
    return far_provider_refuse (answer, 400, "parameter_missing",
                                "Missing required param: customer.");
  if (!need_living (call, id, answer, &customer, error))
    return FALSE;
  if (customer == NULL)
    return TRUE;
  if (!far_provider_books_find (call->db, call->id, "payment_method", &method, error))
    return FALSE;
  if (method == NULL)
    {
      if (!far_provider_make_method (call, call->id, id, answer, &method, error))
        return FALSE;
      if (method == NULL)
        return TRUE;
    }
  else
    {
      if (g_strcmp0 (far_provider_member (method, "customer"), id) != 0 &&
          far_provider_member (method, "customer") != NULL)
        return far_provider_refuse (answer, 400, "payment_method_unexpected_state",
                                    "The payment method is attached to another customer already");
      json_object_set_string_member (method, "customer", id);
      if (!far_provider_books_put (call->db, method, error))
        return FALSE;
    }
  return far_provider_emit (call, "payment_method.attached", method, error) &&
         far_provider_answer_document (call, answer, method, error);
}

static gboolean
detach_method (const FarProviderCall  *call,
               FarProviderAnswer      *answer,
               GError                **error)
{
  g_autoptr (JsonObject) method = NULL;

  if (!far_provider_need (call, call->id, "payment_method", answer, &method, error))
    return FALSE;
  if (method == NULL)
    return TRUE;
  return detach (call, method, error) && far_provider_answer_document (call, answer, method, error);
}

static gboolean
get_method (const FarProviderCall  *call,
            FarProviderAnswer      *answer,
            GError                **error)
{
  return far_provider_answer_get (call, answer, "payment_method", error);
}

static gboolean
list_methods (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  return far_provider_answer_list (call, answer, "payment_method", error);
}

static gboolean
post_method (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  (void) call;
  (void) error;
  return far_provider_refuse (answer, 402, "parameter_unknown",
                              "Card details are never sent to this API: use Checkout, or attach a "
                              "test method such as pm_card_visa");
}

/* ---- setup intents ---- */

/* Confirms with a test method; one that needs its holder goes to requires_action. */
static gboolean
confirm_setup (const FarProviderCall  *call,
               JsonObject             *setup,
               FarProviderAnswer      *answer,
               GError                **error)
{
  const char *name = far_provider_field (call, "payment_method");
  const char *customer = far_provider_member (setup, "customer");
  g_autoptr (JsonObject) method = NULL;

  if (name == NULL)
    return far_provider_refuse (answer, 400, "parameter_missing",
                                "Missing required param: payment_method.");
  if (!far_provider_books_find (call->db, name, "payment_method", &method, error))
    return FALSE;
  if (method == NULL &&
      !far_provider_make_method (call, name, customer, answer, &method, error))
    return FALSE;
  if (method == NULL)
    return TRUE;
  far_provider_set_string (method, "customer", customer);
  json_object_set_string_member (setup, "payment_method", far_provider_member (method, "id"));
  json_object_set_string_member (setup, "status", "succeeded");
  return far_provider_books_put (call->db, method, error) &&
         far_provider_books_put (call->db, setup, error) &&
         far_provider_emit (call, "setup_intent.succeeded", setup, error) &&
         far_provider_answer_document (call, answer, setup, error);
}

static gboolean
post_setup (const FarProviderCall  *call,
            FarProviderAnswer      *answer,
            GError                **error)
{
  const char *id = far_provider_field (call, "customer");
  g_autoptr (JsonObject) setup = far_provider_document_new (call, "seti", "setup_intent");
  g_autoptr (JsonObject) customer = NULL;
  g_autofree char *secret = far_provider_books_new_id (far_provider_member (setup, "id"));

  if (id != NULL && !need_living (call, id, answer, &customer, error))
    return FALSE;
  if (id != NULL && customer == NULL)
    return TRUE;
  far_provider_set_string (setup, "customer", id);
  far_provider_set_string (setup, "payment_method", NULL);
  json_object_set_string_member (setup, "client_secret", secret);
  json_object_set_string_member (setup, "status", "requires_payment_method");
  json_object_set_string_member (setup, "usage", "off_session");
  if (!far_provider_take_metadata (call, NULL, setup, answer))
    return TRUE;
  if (g_strcmp0 (far_provider_field (call, "confirm"), "true") == 0)
    return confirm_setup (call, setup, answer, error);
  return far_provider_books_put (call->db, setup, error) &&
         far_provider_answer_document (call, answer, setup, error);
}

static gboolean
get_setup (const FarProviderCall  *call,
           FarProviderAnswer      *answer,
           GError                **error)
{
  return far_provider_answer_get (call, answer, "setup_intent", error);
}

static gboolean
post_setup_confirm (const FarProviderCall  *call,
                    FarProviderAnswer      *answer,
                    GError                **error)
{
  g_autoptr (JsonObject) setup = NULL;

  if (!far_provider_need (call, call->id, "setup_intent", answer, &setup, error))
    return FALSE;
  if (setup == NULL)
    return TRUE;
  if (g_strcmp0 (far_provider_member (setup, "status"), "requires_payment_method") != 0)
    return far_provider_refuse (answer, 400, "setup_intent_unexpected_state",
                                "This SetupIntent has been confirmed or canceled already");
  return confirm_setup (call, setup, answer, error);
}

static gboolean
list_customer_methods (const FarProviderCall  *call,
                       FarProviderAnswer      *answer,
                       GError                **error)
{
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  FarProviderCall narrowed = *call;

  for (guint i = 0; i < far_provider_form_length (call->form); i++)
    far_provider_form_add (form, far_provider_form_name (call->form, i),
                           far_provider_form_value (call->form, i));
  far_provider_form_add (form, "customer", call->id);
  narrowed.form = form;
  return far_provider_answer_list (&narrowed, answer, "payment_method", error);
}

const FarProviderRoute far_provider_routes_customers[] = {
  { "POST", "customers", post_customer },
  { "GET", "customers", list_customers },
  { "GET", "customers/{}", get_customer },
  { "POST", "customers/{}", update_customer },
  { "DELETE", "customers/{}", delete_customer },
  { "GET", "customers/{}/payment_methods", list_customer_methods },
  { "POST", "payment_methods", post_method },
  { "GET", "payment_methods", list_methods },
  { "GET", "payment_methods/{}", get_method },
  { "POST", "payment_methods/{}/attach", attach_method },
  { "POST", "payment_methods/{}/detach", detach_method },
  { "POST", "setup_intents", post_setup },
  { "GET", "setup_intents/{}", get_setup },
  { "POST", "setup_intents/{}/confirm", post_setup_confirm },
  { NULL, NULL, NULL },
};
