/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms to the provider, its JSON read strictly (see the header). Names of fields, states and error
 * codes are Stripe's ("API reference", read 2026-11). */
#include "functions/far-provider-client.h"

#include <string.h>

#include "base/far-json.h"
#include "base/far-money.h"
#include "market/far-provider-units.h"

G_DEFINE_QUARK (far-provider-error-quark, far_provider_error)

#define BUSY_TRIES 4 /* of a call that was refused unheard (429) */

struct _FarProviderClient {
  FarGatewayClient *gateway;
  char             *key;
};

FarProviderClient *
far_provider_client_new (FarGatewayClient  *gateway,
                         GError           **error)
{
  const char *key = g_getenv (FAR_PROVIDER_KEY_ENV);
  FarProviderClient *self;

  g_return_val_if_fail (gateway != NULL, NULL);

  if (key == NULL || *key == '\0' || strpbrk (key, " \r\n") != NULL)
    {
      far_gateway_client_free (gateway);
      g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG,
                           "Set " FAR_PROVIDER_KEY_ENV " to the payment provider's secret key");
      return NULL;
    }
  self = g_new0 (FarProviderClient, 1);
  self->gateway = gateway;
  self->key = g_strdup (key);
  return self;
}

void
far_provider_client_free (FarProviderClient *self)
{
  if (self == NULL)
    return;
  far_gateway_client_free (self->gateway);
  g_free (self->key);
  g_free (self);
}

static void
add_field (GString    *form,
           const char *name,
           const char *value)
{
  if (form->len > 0)
    g_string_append_c (form, '&');
  g_string_append_uri_escaped (form, name, NULL, FALSE);
  g_string_append_c (form, '=');
  g_string_append_uri_escaped (form, value, NULL, FALSE);
}

static gboolean
unknown (GError     **error,
         const char  *what)
{
  g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN, "%s", what);
  return FALSE;
}

/* One call. form NULL is a GET. A 429 was not heard at all and is tried again. */
static JsonNode *
call (FarProviderClient  *self,
      const char         *path,
      const GString      *form,
      const char         *idempotency_key,
      guint              *ret_status,
      GError            **error)
{
  g_autoptr (GString) headers = g_string_new (NULL);
  g_autoptr (GString) body = NULL;
  g_autoptr (GError) reason = NULL;
  JsonNode *node;
  FarGatewayRequest request = { .method = form != NULL ? "POST" : "GET", .path = path };

  g_string_append_printf (headers, "Authorization: Bearer %s\r\n", self->key);
  if (idempotency_key != NULL)
    g_string_append_printf (headers, "Idempotency-Key: %s\r\n", idempotency_key);
  if (form != NULL)
    {
      g_string_append (headers, "Content-Type: application/x-www-form-urlencoded\r\n");
      request.body = form->str;
      request.n_body = form->len;
    }
  request.headers = headers->str;
  for (guint tries = 0; body == NULL; tries++)
    {
      body = far_gateway_client_call (self->gateway, &request, FAR_PROVIDER_TIMEOUT_US, ret_status,
                                      &reason);
      if (body == NULL)
        {
          unknown (error, reason->message);
          return NULL;
        }
      if (*ret_status != 429 || tries >= BUSY_TRIES)
        break;
      g_string_free (g_steal_pointer (&body), TRUE);
      g_usleep (50000u << tries);
    }
  node = far_json_parse_object (body->str, body->len, FAR_GATEWAY_BODY_MAX, NULL);
  if (node == NULL)
    unknown (error, "The payment provider's answer is no JSON object");
  return node;
}

/* The message of {"error":{"message"}}; some text in any case. */
static const char *
error_message (JsonNode *node)
{
  JsonObject *inner;
  const char *message;

  if (far_json_get_object (json_node_get_object (node), "error", &inner, NULL) &&
      far_json_get_string (inner, "message", 4096, &message, NULL))
    return message;
  return "no reason was given";
}

/* A call that must be answered 200 with an "id". Returns: (transfer full) (nullable): the id */
static char *
call_for_id (FarProviderClient  *self,
             const char         *path,
             const GString      *form,
             const char         *idempotency_key,
             GError            **error)
{
  g_autoptr (JsonNode) node = NULL;
  const char *id;
  guint status;

  node = call (self, path, form, idempotency_key, &status, error);
  if (node == NULL)
    return NULL;
  if (status == 200 && far_json_get_string (json_node_get_object (node), "id", 255, &id, NULL))
    return g_strdup (id);
  if (status == 400 || status == 402 || status == 404)
    g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED,
                         error_message (node));
  else
    g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
                 "The payment provider answered %u: %s", status, error_message (node));
  return NULL;
}

gboolean
far_provider_client_save_method (FarProviderClient  *self,
                                 const char         *key,
                                 const char         *method,
                                 char              **ret_customer,
                                 char              **ret_method,
                                 GError            **error)
{
  g_autoptr (GString) customer_form = g_string_new (NULL);
  g_autoptr (GString) attach_form = g_string_new (NULL);
  g_autofree char *customer_key = g_strconcat (key, "-customer", NULL);
  g_autofree char *attach_key = g_strconcat (key, "-attach", NULL);
  g_autofree char *escaped = g_uri_escape_string (method, NULL, FALSE);
  g_autofree char *path =
    g_strconcat (FAR_PROVIDER_PATH "/payment_methods/", escaped, "/attach", NULL);
  g_autofree char *customer = NULL;
  char *attached;

  g_return_val_if_fail (self != NULL && ret_customer != NULL && ret_method != NULL, FALSE);

  add_field (customer_form, "description", "A reader of the publication");
  customer = call_for_id (self, FAR_PROVIDER_PATH "/customers", customer_form, customer_key, error);
  if (customer == NULL)
    return FALSE;
  add_field (attach_form, "customer", customer);
  attached = call_for_id (self, path, attach_form, attach_key, error);
  if (attached == NULL)
    return FALSE;
  *ret_customer = g_steal_pointer (&customer);
  *ret_method = attached;
  return TRUE;
}

void
far_provider_result_clear (FarProviderResult *result)
{
  g_clear_pointer (&result->id, g_free);
  g_clear_pointer (&result->reason, g_free);
}

static void
set_result (FarProviderResult  *result,
            FarProviderOutcome  outcome,
            const char         *reason)
{
  result->outcome = outcome;
  g_free (result->reason);
  result->reason = g_strdup (reason);
}

/* latest_charge.balance_transaction.fee, expanded; 0 where it is not there yet. */
static gint64
read_fee (JsonObject *intent,
          const char *currency)
{
  JsonObject *charge, *transaction;
  gint64 units, micros = 0;

  if (far_json_get_object (intent, "latest_charge", &charge, NULL) &&
      far_json_get_object (charge, "balance_transaction", &transaction, NULL) &&
      far_json_get_int (transaction, "fee", 0, G_MAXINT32, &units, NULL))
    far_provider_units_to_micros (currency, units, &micros, NULL);
  return micros;
}

/* What a PaymentIntent, or the refusal of one, says of the charge. */
static void
read_intent (FarProviderResult *result,
             guint              status,
             JsonNode          *node,
             const char        *currency)
{
  JsonObject *object = json_node_get_object (node);
  JsonObject *failed, *refused;
  const char *id, *state;

  if (status == 200 && far_json_get_string (object, "id", 255, &id, NULL) &&
      far_json_get_string (object, "status", 64, &state, NULL))
    {
      g_free (result->id);
      result->id = g_strdup (id);
      if (g_str_equal (state, "succeeded"))
        {
          set_result (result, FAR_PROVIDER_SUCCEEDED, NULL);
          result->fee_micros = read_fee (object, currency);
        }
      else if (g_str_equal (state, "processing"))
        set_result (result, FAR_PROVIDER_PENDING, "the bank is still processing it");
      else
        set_result (result, FAR_PROVIDER_FAILED, state);
      return;
    }
  if (status == 402 || status == 400 || status == 404)
    {
      set_result (result, FAR_PROVIDER_FAILED, error_message (node));
      if (far_json_get_object (object, "error", &failed, NULL) &&
          far_json_get_object (failed, "payment_intent", &refused, NULL) &&
          far_json_get_string (refused, "id", 255, &id, NULL))
        result->id = g_strdup (id);
      return;
    }
  /* A wrong key, a conflict, too many requests, a fault of theirs: none says what became of it. */
  set_result (result, FAR_PROVIDER_PENDING, error_message (node));
}

/* Asks again about one that was being processed when it was made: a repeat with the same key only
 * answers what was answered then. */
static void
ask_again (FarProviderClient *self,
           FarProviderResult *result,
           const char        *currency)
{
  g_autofree char *path = g_strconcat (FAR_PROVIDER_PATH "/payment_intents/", result->id,
                                       "?expand%5B%5D=latest_charge.balance_transaction", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  guint status;

  node = call (self, path, NULL, NULL, &status, &error);
  if (node != NULL && status == 200)
    read_intent (result, status, node, currency);
}

void
far_provider_client_charge (FarProviderClient       *self,
                            const FarProviderCharge *charge,
                            FarProviderResult       *ret_result)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *amount = NULL;
  gint64 units, taken_micros;
  guint status;

  g_return_if_fail (self != NULL && charge != NULL && ret_result != NULL);

  *ret_result = (FarProviderResult){ .outcome = FAR_PROVIDER_PENDING };
  if (!far_provider_units_floor (charge->currency, FAR_PROVIDER_CHARGE, charge->amount_micros,
                                 &units, &taken_micros, &error) ||
      taken_micros != charge->amount_micros)
    {
      set_result (ret_result, FAR_PROVIDER_FAILED, "the amount is no whole unit of the currency");
      return;
    }
  amount = g_strdup_printf ("%" G_GINT64_FORMAT, units);
  add_field (form, "amount", amount);
  add_field (form, "currency", charge->currency);
  add_field (form, "customer", charge->customer);
  add_field (form, "payment_method", charge->method);
  add_field (form, "off_session", "true");
  add_field (form, "confirm", "true");
  add_field (form, "expand[]", "latest_charge.balance_transaction");
  node = call (self, FAR_PROVIDER_PATH "/payment_intents", form, charge->intent, &status, &error);
  if (node == NULL)
    {
      set_result (ret_result, FAR_PROVIDER_PENDING, error->message);
      return;
    }
  read_intent (ret_result, status, node, charge->currency);
  if (ret_result->outcome == FAR_PROVIDER_PENDING && ret_result->id != NULL)
    ask_again (self, ret_result, charge->currency);
}
