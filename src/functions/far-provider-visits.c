/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checkout, refunds, disputes and customers of the provider's client. */
#include "functions/far-provider-client-private.h"

#include "base/far-json.h"
#include "market/far-provider-units.h"

#define EXPAND_VISIT                                                    \
  "?expand%5B%5D=payment_intent.latest_charge.balance_transaction"      \
  "&expand%5B%5D=setup_intent"

/* The customer of a setup, made where there is none. Returns: (transfer full) (nullable) */
static char *
ensure_customer (FarProviderClient       *self,
                 const FarProviderVisit  *visit,
                 GError                 **error)
{
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  g_autofree char *key = g_strconcat (visit->checkout, "-customer", NULL);

  if (visit->customer != NULL)
    return g_strdup (visit->customer);
  far_provider_form_add (form, "description", "A reader of the publication");
  return far_provider_client_need_id (self, "/v1/customers", form, key, error);
}

static gboolean
add_payment (FarProviderForm         *form,
             const FarProviderVisit  *visit,
             GError                 **error)
{
  gint64 units, taken_micros;

  if (!far_provider_units_floor (visit->currency, FAR_PROVIDER_CHARGE, visit->amount_micros,
                                 &units, &taken_micros, error))
    return FALSE;
  far_provider_form_add (form, "line_items[0][quantity]", "1");
  far_provider_form_add_int (form, "line_items[0][price_data][unit_amount]", units);
  far_provider_client_add_currency (form, "line_items[0][price_data][currency]",
                                    visit->currency);
  far_provider_form_add (form, "line_items[0][price_data][product_data][name]", "Wallet");
  far_provider_form_add (form, "payment_intent_data[metadata][" FAR_PROVIDER_META_KIND "]",
                         "topup");
  far_provider_form_add (form, "payment_intent_data[metadata][" FAR_PROVIDER_META_ID "]",
                         visit->checkout);
  return TRUE;
}

gboolean
far_provider_client_begin_visit (FarProviderClient       *self,
                                 const FarProviderVisit  *visit,
                                 FarProviderSession      *ret_session,
                                 GError                 **error)
{
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  g_autofree char *customer = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_return_val_if_fail (self != NULL && visit != NULL && ret_session != NULL, FALSE);

  far_provider_form_add (form, "mode", visit->setup ? "setup" : "payment");
  far_provider_form_add (form, "success_url", visit->return_url);
  far_provider_form_add (form, "cancel_url", visit->return_url);
  far_provider_form_add (form, "client_reference_id", visit->checkout);
  far_provider_form_add (form, "metadata[" FAR_PROVIDER_META_KIND "]",
                         visit->setup ? "setup" : "topup");
  far_provider_form_add (form, "metadata[" FAR_PROVIDER_META_ID "]", visit->checkout);
  if (visit->setup)
    {
      customer = ensure_customer (self, visit, error);
      if (customer == NULL)
        return FALSE;
      far_provider_client_add_currency (form, "currency", visit->currency);
    }
  else if (!add_payment (form, visit, error))
    return FALSE;
  far_provider_form_add (form, "customer", customer != NULL ? customer : visit->customer);
  node = far_provider_client_need (self, "POST", "/v1/checkout/sessions", form, visit->checkout,
                                   error);
  return node != NULL &&
         far_provider_session_parse (json_node_get_object (node), ret_session, error);
}

gboolean
far_provider_client_get_visit (FarProviderClient   *self,
                               const char          *session,
                               FarProviderSession  *ret_session,
                               GError             **error)
{
  g_autofree char *path = far_provider_client_path ("/v1/checkout/sessions/", session,
                                                    EXPAND_VISIT);
  g_autoptr (JsonNode) node = far_provider_client_need (self, "GET", path, NULL, NULL, error);

  return node != NULL &&
         far_provider_session_parse (json_node_get_object (node), ret_session, error);
}

/* ---- refunds ---- */

static void
take_refund (const FarProviderRefund *refund,
             FarProviderResult       *result)
{
  g_free (result->id);
  result->id = g_strdup (refund->id);
  if (refund->state == FAR_PROVIDER_REFUND_SUCCEEDED)
    far_provider_result_set (result, FAR_PROVIDER_SUCCEEDED, NULL, NULL);
  else if (refund->state == FAR_PROVIDER_REFUND_FAILED)
    far_provider_result_set (result, FAR_PROVIDER_FAILED, "refund_failed", "the bank refused it");
  else
    far_provider_result_set (result, FAR_PROVIDER_PENDING, "processing",
                             "the bank is still processing it");
}

/* Whether the provider has this refund already: its key may be forgotten. TRUE with the answer in
 * the result. */
static gboolean
find_refund (FarProviderClient *self,
             const char        *ref,
             const char        *payment,
             FarProviderResult *result)
{
  g_autofree char *path = far_provider_client_path ("/v1/refunds?limit=100&payment_intent=",
                                                    payment, "");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_provider_client_need (self, "GET", path, NULL, NULL, &error);
  JsonArray *data;

  if (node == NULL ||
      !far_json_get_array (json_node_get_object (node), "data", 100, &data, &error))
    {
      far_provider_result_set (result, FAR_PROVIDER_PENDING, "unknown", error->message);
      return TRUE;
    }
  for (guint i = 0; i < json_array_get_length (data); i++)
    {
      g_auto (FarProviderRefund) refund = { NULL };

      if (JSON_NODE_HOLDS_OBJECT (json_array_get_element (data, i)) &&
          far_provider_refund_parse (json_array_get_object_element (data, i), &refund, NULL) &&
          g_strcmp0 (refund.ref, ref) == 0)
        {
          take_refund (&refund, result);
          return TRUE;
        }
    }
  return FALSE;
}

void
far_provider_client_refund (FarProviderClient *self,
                            const char        *ref,
                            const char        *payment,
                            gint64             amount_micros,
                            const char        *currency,
                            FarProviderResult *ret_result)
{
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  g_auto (FarProviderRefund) refund = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  gint64 units, taken_micros;

  g_return_if_fail (self != NULL && ref != NULL && payment != NULL && ret_result != NULL);

  *ret_result = (FarProviderResult){ .outcome = FAR_PROVIDER_PENDING };
  if (!far_provider_units_floor (currency, FAR_PROVIDER_CHARGE, amount_micros, &units,
                                 &taken_micros, &error) || taken_micros != amount_micros)
    {
      far_provider_result_set (ret_result, FAR_PROVIDER_FAILED, "amount",
                               "the amount is no whole unit of the currency");
      return;
    }
  if (find_refund (self, ref, payment, ret_result))
    return;
  far_provider_form_add (form, "payment_intent", payment);
  far_provider_form_add_int (form, "amount", units);
  far_provider_form_add (form, "reason", "requested_by_customer");
  far_provider_form_add (form, "metadata[" FAR_PROVIDER_META_KIND "]", "refund");
  far_provider_form_add (form, "metadata[" FAR_PROVIDER_META_ID "]", ref);
  node = far_provider_client_need (self, "POST", "/v1/refunds", form, ref, &error);
  if (node != NULL && far_provider_refund_parse (json_node_get_object (node), &refund, &error))
    take_refund (&refund, ret_result);
  else if (g_error_matches (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED))
    far_provider_result_set (ret_result, FAR_PROVIDER_FAILED, "refused", error->message);
  else
    far_provider_result_set (ret_result, FAR_PROVIDER_PENDING, "timeout", error->message);
}

gboolean
far_provider_client_get_refund (FarProviderClient  *self,
                                const char         *id,
                                FarProviderRefund  *ret_refund,
                                GError            **error)
{
  g_autofree char *path = far_provider_client_path ("/v1/refunds/", id, "");
  g_autoptr (JsonNode) node = far_provider_client_need (self, "GET", path, NULL, NULL, error);

  return node != NULL &&
         far_provider_refund_parse (json_node_get_object (node), ret_refund, error);
}

/* ---- disputes and customers ---- */

gboolean
far_provider_client_get_dispute (FarProviderClient   *self,
                                 const char          *id,
                                 FarProviderDispute  *ret_dispute,
                                 GError             **error)
{
  g_autofree char *path = far_provider_client_path ("/v1/disputes/", id, "");
  g_autoptr (JsonNode) node = far_provider_client_need (self, "GET", path, NULL, NULL, error);

  return node != NULL &&
         far_provider_dispute_parse (json_node_get_object (node), ret_dispute, error);
}

gboolean
far_provider_client_forget (FarProviderClient  *self,
                            const char         *customer,
                            GError            **error)
{
  g_autofree char *path = far_provider_client_path ("/v1/customers/", customer, "");
  g_autoptr (JsonNode) node = NULL;
  guint status;

  g_return_val_if_fail (self != NULL && customer != NULL, FALSE);

  node = far_provider_client_call (self, "DELETE", path, NULL, NULL, &status, error);
  if (node == NULL)
    return FALSE;
  if (status == 200 || status == 404)
    return TRUE;
  g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
               "The payment provider answered %u", status);
  return FALSE;
}
