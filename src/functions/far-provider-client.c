/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms to the provider, its JSON read strictly (see the header). Names of fields, states and error
 * codes are Stripe's ("API reference", read 2026-11). Checkout stands in far-provider-visits.c. */
#include "functions/far-provider-client-private.h"

#include <string.h>

#include "base/far-json.h"
#include "base/far-money.h"
#include "lambda/far-lambda.h"
#include "market/far-provider-units.h"

G_DEFINE_QUARK (far-provider-error-quark, far_provider_error)

#define BUSY_TRIES 4 /* of a call that was refused unheard (429) */
#define FEE_WAIT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define ACTION_WAIT_US (24 * G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define FOUND_MAX 100
#define EXPAND_FEE "latest_charge.balance_transaction"

struct _FarProviderClient {
  FarProviderTransport *transport;
  char                 *key;
};

FarProviderClient *
far_provider_client_new (const char  *host,
                         GError     **error)
{
  const char *key = g_getenv (FAR_PROVIDER_KEY_ENV);
  const char *url = g_getenv (FAR_PROVIDER_URL_ENV);
  FarProviderTransport *transport;
  FarProviderClient *self;

  if (key == NULL || *key == '\0' || strpbrk (key, " \r\n") != NULL)
    {
      g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG,
                           "Set " FAR_PROVIDER_KEY_ENV " to the payment provider's secret key");
      return NULL;
    }
  /* It is worth what the account holds: nobody on the way reads it, and no program that plays. */
  if (strstr (key, FAR_PROVIDER_LIVE_MARK) != NULL &&
      (url == NULL || !g_str_has_prefix (url, "https://")))
    {
      g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG,
                   FAR_PROVIDER_KEY_ENV " is a key for live money, and " FAR_PROVIDER_URL_ENV
                   " is \"%s\": such a key goes to an https:// address alone. Set the provider's",
                   url != NULL ? url : FAR_PROVIDER_URL_DEFAULT);
      return NULL;
    }
  transport = far_provider_transport_new (url != NULL ? url : FAR_PROVIDER_URL_DEFAULT, host,
                                          error);
  if (transport == NULL)
    return NULL;
  self = g_new0 (FarProviderClient, 1);
  self->transport = transport;
  self->key = g_strdup (key);
  return self;
}

void
far_provider_client_free (FarProviderClient *self)
{
  if (self == NULL)
    return;
  far_provider_transport_free (self->transport);
  g_free (self->key);
  g_free (self);
}

const char *
far_provider_client_key (FarProviderClient *self)
{
  return self->key;
}

/* An answer about the other kind of money than the key's is never booked: it is as if none came. */
static gboolean
is_of_our_money (FarProviderClient  *self,
                 JsonObject         *answer,
                 GError            **error)
{
  FarProviderMoney money = far_provider_client_get_money (self);
  gboolean live;

  if (money == FAR_PROVIDER_MONEY_UNTOLD ||
      !far_json_has (answer, "livemode") ||
      !far_json_get_bool (answer, "livemode", &live, NULL) ||
      live == (money == FAR_PROVIDER_MONEY_LIVE))
    return TRUE;
  g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
               "The payment provider answers about %s money, and " FAR_PROVIDER_KEY_ENV
               " is a key for %s money: nothing of it is booked", live ? "live" : "test",
               live ? "test" : "live");
  return FALSE;
}

JsonNode *
far_provider_client_call (FarProviderClient     *self,
                          const char            *method,
                          const char            *path,
                          const FarProviderForm *form,
                          const char            *idempotency_key,
                          guint                 *ret_status,
                          GError               **error)
{
  g_autofree char *text = form != NULL ? far_provider_form_encode (form) : NULL;
  g_autoptr (GString) body = NULL;
  FarProviderRequest request = { .method = method, .path = path, .key = self->key,
                                 .idempotency_key = idempotency_key, .form = text };
  JsonNode *node;

  for (guint tries = 0; body == NULL; tries++)
    {
      body = far_provider_transport_call (self->transport, &request, ret_status, error);
      if (body == NULL)
        return NULL;
      if (*ret_status != 429 || tries >= BUSY_TRIES)
        break;
      g_string_free (g_steal_pointer (&body), TRUE);
      g_usleep (50000u << tries);
    }
  node = far_json_parse_object (body->str, body->len, FAR_PROVIDER_REPLY_MAX, NULL);
  if (node == NULL)
    g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
                 "The payment provider, or what is before it, answered %u and no JSON object",
                 *ret_status);
  else if (!is_of_our_money (self, json_node_get_object (node), error))
    g_clear_pointer (&node, json_node_unref);
  return node;
}

gboolean
far_provider_client_is_refusal (guint status)
{
  return status == 400 || status == 402 || status == 404;
}

JsonNode *
far_provider_client_need (FarProviderClient     *self,
                          const char            *method,
                          const char            *path,
                          const FarProviderForm *form,
                          const char            *idempotency_key,
                          GError               **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_auto (FarProviderFault) fault = { NULL };
  const char *message = "no reason was given";
  guint status;

  node = far_provider_client_call (self, method, path, form, idempotency_key, &status, error);
  if (node == NULL || status == 200)
    return g_steal_pointer (&node);
  if (far_provider_fault_parse (json_node_get_object (node), &fault, NULL))
    message = fault.message;
  if (far_provider_client_is_refusal (status))
    {
      /* Of a card it speaks to its holder; of anything else, to whoever wrote the request. */
      gboolean card = g_strcmp0 (fault.type, "card_error") == 0;

      if (!card)
        far_lambda_log (FAR_LAMBDA_LOG_WARN, "provider: %s", message);
      g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED,
                           card ? message : "The payment provider does not take this");
    }
  else
    g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
                 "The payment provider answered %u: %s", status, message);
  return NULL;
}

char *
far_provider_client_need_id (FarProviderClient     *self,
                             const char            *path,
                             const FarProviderForm *form,
                             const char            *idempotency_key,
                             GError               **error)
{
  g_autoptr (JsonNode) node = far_provider_client_need (self, "POST", path, form, idempotency_key,
                                                        error);
  const char *id;

  if (node == NULL)
    return NULL;
  if (far_json_get_string (json_node_get_object (node), "id", FAR_PROVIDER_WORD_MAX, &id, NULL))
    return g_strdup (id);
  g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
                       "The payment provider's answer has no id");
  return NULL;
}

void
far_provider_client_add_currency (FarProviderForm *form,
                                  const char      *name,
                                  const char      *currency)
{
  g_autofree char *small = g_ascii_strdown (currency, -1);

  far_provider_form_add (form, name, small);
}

char *
far_provider_client_path (const char *prefix,
                          const char *id,
                          const char *suffix)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);

  return g_strconcat (prefix, escaped, suffix, NULL);
}

gboolean
far_provider_client_save_method (FarProviderClient  *self,
                                 const char         *key,
                                 const char         *method,
                                 char              **ret_customer,
                                 char              **ret_method,
                                 GError            **error)
{
  g_autoptr (FarProviderForm) customer_form = far_provider_form_new ();
  g_autoptr (FarProviderForm) attach_form = far_provider_form_new ();
  g_autofree char *customer_key = g_strconcat (key, "-customer", NULL);
  g_autofree char *attach_key = g_strconcat (key, "-attach", NULL);
  g_autofree char *path = far_provider_client_path ("/v1/payment_methods/", method, "/attach");
  g_autofree char *customer = NULL;
  char *attached;

  g_return_val_if_fail (self != NULL && ret_customer != NULL && ret_method != NULL, FALSE);

  far_provider_form_add (customer_form, "description", "A reader of the publication");
  customer = far_provider_client_need_id (self, "/v1/customers", customer_form, customer_key,
                                          error);
  if (customer == NULL)
    return FALSE;
  far_provider_form_add (attach_form, "customer", customer);
  attached = far_provider_client_need_id (self, path, attach_form, attach_key, error);
  if (attached == NULL)
    return FALSE;
  *ret_customer = g_steal_pointer (&customer);
  *ret_method = attached;
  return TRUE;
}

/* ---- charges ---- */

void
far_provider_result_clear (FarProviderResult *result)
{
  g_clear_pointer (&result->id, g_free);
  g_clear_pointer (&result->reason, g_free);
  g_clear_pointer (&result->detail, g_free);
  g_clear_pointer (&result->action_url, g_free);
}

void
far_provider_result_set (FarProviderResult  *result,
                         FarProviderOutcome  outcome,
                         const char         *reason,
                         const char         *detail)
{
  g_autofree char *why = g_strdup (reason);
  g_autofree char *words = g_strdup (detail);

  result->outcome = outcome;
  g_free (result->reason);
  g_free (result->detail);
  result->reason = g_steal_pointer (&why);
  result->detail = g_steal_pointer (&words);
}

/* Ends an intent that has come to nothing, so that it cannot succeed when nobody expects it. FALSE
 * if it has not ended, as far as is known: the reader may have answered their bank this very
 * moment, and then it is paid. Without a key: a refusal that was kept would be given for ever. */
static gboolean
cancel (FarProviderClient *self,
        const char        *id)
{
  g_autofree char *path = far_provider_client_path ("/v1/payment_intents/", id, "/cancel");
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  g_auto (FarProviderIntent) intent = { NULL };
  g_autoptr (JsonNode) node = NULL;
  guint status;

  node = far_provider_client_call (self, "POST", path, form, NULL, &status, NULL);
  if (node == NULL || status != 200)
    return far_provider_client_get_intent (self, id, &intent, NULL) &&
           intent.state == FAR_PROVIDER_INTENT_CANCELED;
  return far_provider_intent_parse (json_node_get_object (node), &intent, NULL) &&
         intent.state == FAR_PROVIDER_INTENT_CANCELED;
}

/* An intent that has come to nothing has failed once it has ended; until then it is unknown. */
static void
give_up (FarProviderClient       *self,
         const FarProviderIntent *intent,
         const char              *reason,
         const char              *detail,
         FarProviderResult       *result)
{
  if (cancel (self, intent->id))
    far_provider_result_set (result, FAR_PROVIDER_FAILED, reason, detail);
  else
    far_provider_result_set (result, FAR_PROVIDER_PENDING, "not_cancelled",
                             "it has come to nothing, but the provider has not ended it");
}

/* What a succeeded intent cost. A provider may know that a little later. */
static void
take_success (const FarProviderCharge *charge,
              const FarProviderIntent *intent,
              FarProviderResult       *result)
{
  gint64 age_us = charge->created_us > 0 ? charge->now_us - charge->created_us : 0;

  if (intent->fee_units < 0 && age_us < FEE_WAIT_US)
    {
      far_provider_result_set (result, FAR_PROVIDER_PENDING, "fee_pending",
                               "it was paid; what it cost is not known yet");
      return;
    }
  if (intent->fee_units > 0 &&
      !far_provider_units_to_micros (*intent->fee_currency != '\0' ? intent->fee_currency
                                                                   : charge->currency,
                                     intent->fee_units, &result->fee_micros, NULL))
    result->fee_micros = 0;
  g_strlcpy (result->fee_currency, intent->fee_currency, sizeof result->fee_currency);
  far_provider_result_set (result, FAR_PROVIDER_SUCCEEDED, NULL, NULL);
}

void
far_provider_client_take_intent (FarProviderClient       *self,
                                 const FarProviderCharge *charge,
                                 const FarProviderIntent *intent,
                                 FarProviderResult       *result)
{
  gint64 age_us = charge->created_us > 0 ? charge->now_us - charge->created_us : 0;
  const char *reason = intent->reason != NULL ? intent->reason : "declined";

  g_free (result->id);
  result->id = g_strdup (intent->id);
  g_clear_pointer (&result->action_url, g_free);
  switch (intent->state)
    {
    case FAR_PROVIDER_INTENT_SUCCEEDED:
      take_success (charge, intent, result);
      break;
    case FAR_PROVIDER_INTENT_PROCESSING:
      far_provider_result_set (result, FAR_PROVIDER_PENDING, "processing",
                               "the bank is still processing it");
      break;
    case FAR_PROVIDER_INTENT_ACTION:
      if (age_us < ACTION_WAIT_US)
        {
          result->action_url = g_strdup (intent->action_url);
          far_provider_result_set (result, FAR_PROVIDER_PENDING, "requires_action",
                                   "the bank wants to see the reader");
          break;
        }
      give_up (self, intent, "authentication_required",
               "the reader did not answer their bank for a day", result);
      break;
    case FAR_PROVIDER_INTENT_WAITS:
      /* Without an error it was not tried yet: a message can be here before the request that it is
       * about has an answer. */
      if (intent->reason == NULL && age_us < ACTION_WAIT_US)
        far_provider_result_set (result, FAR_PROVIDER_PENDING, "not_confirmed",
                                 "it is made and not confirmed yet");
      else
        give_up (self, intent, reason, reason, result);
      break;
    case FAR_PROVIDER_INTENT_CANCELED:
    default:
      far_provider_result_set (result, FAR_PROVIDER_FAILED,
                               intent->reason != NULL ? reason : "canceled", "it was cancelled");
      break;
    }
}

gboolean
far_provider_client_get_intent (FarProviderClient  *self,
                                const char         *id,
                                FarProviderIntent  *ret_intent,
                                GError            **error)
{
  g_autofree char *path = far_provider_client_path ("/v1/payment_intents/", id,
                                                    "?expand%5B%5D=" EXPAND_FEE);
  g_autoptr (JsonNode) node = far_provider_client_need (self, "GET", path, NULL, NULL, error);

  return node != NULL &&
         far_provider_intent_parse (json_node_get_object (node), ret_intent, error);
}

/* Asks how an intent stands now: a repeat with the same key only answers what was answered then. */
static void
ask_again (FarProviderClient       *self,
           const FarProviderCharge *charge,
           FarProviderResult       *result)
{
  g_auto (FarProviderIntent) intent = { NULL };
  g_autofree char *id = g_strdup (result->id);

  if (far_provider_client_get_intent (self, id, &intent, NULL))
    far_provider_client_take_intent (self, charge, &intent, result);
}

/* Looks for an intent of a customer that carries our reference: the key may be forgotten by now,
 * and the same call would charge a second time. */
static void
find_charge (FarProviderClient       *self,
             const FarProviderCharge *charge,
             FarProviderResult       *result)
{
  g_autofree char *customer = g_uri_escape_string (charge->customer, NULL, FALSE);
  g_autofree char *path =
    g_strdup_printf ("/v1/payment_intents?customer=%s&limit=%d&created%%5Bgte%%5D=%" G_GINT64_FORMAT
                     "&expand%%5B%%5D=data." EXPAND_FEE, customer, FOUND_MAX,
                     charge->created_us / G_USEC_PER_SEC - 60);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_provider_client_need (self, "GET", path, NULL, NULL, &error);
  gboolean more = TRUE;
  JsonArray *data;

  if (node == NULL || !far_json_get_array (json_node_get_object (node), "data", FOUND_MAX, &data,
                                           &error))
    {
      far_provider_result_set (result, FAR_PROVIDER_PENDING, "unknown", error->message);
      return;
    }
  for (guint i = 0; i < json_array_get_length (data); i++)
    {
      g_auto (FarProviderIntent) intent = { NULL };

      if (JSON_NODE_HOLDS_OBJECT (json_array_get_element (data, i)) &&
          far_provider_intent_parse (json_array_get_object_element (data, i), &intent, NULL) &&
          g_strcmp0 (intent.ref, charge->intent) == 0)
        {
          far_provider_client_take_intent (self, charge, &intent, result);
          return;
        }
    }
  /* Where the key says that it was used, and the list does not show it yet, it may come. */
  if (charge->now_us - charge->created_us >= FEE_WAIT_US &&
      far_json_get_bool (json_node_get_object (node), "has_more", &more, NULL) && !more)
    far_provider_result_set (result, FAR_PROVIDER_FAILED, "never_made",
                             "the provider knows of no such charge");
  else
    far_provider_result_set (result, FAR_PROVIDER_PENDING, "unknown",
                             "the list of the customer's charges does not show it, or not yet");
}

static void
send_charge (FarProviderClient       *self,
             const FarProviderCharge *charge,
             gint64                   units,
             FarProviderResult       *result)
{
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  g_auto (FarProviderIntent) intent = { NULL };
  g_auto (FarProviderFault) fault = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  guint status;

  far_provider_form_add_int (form, "amount", units);
  far_provider_client_add_currency (form, "currency", charge->currency);
  far_provider_form_add (form, "customer", charge->customer);
  far_provider_form_add (form, "payment_method", charge->method);
  far_provider_form_add (form, "confirm", "true");
  far_provider_form_add (form, charge->return_url != NULL ? "return_url" : "off_session",
                         charge->return_url != NULL ? charge->return_url : "true");
  far_provider_form_add (form, "metadata[" FAR_PROVIDER_META_KIND "]", "charge");
  far_provider_form_add (form, "metadata[" FAR_PROVIDER_META_ID "]", charge->intent);
  far_provider_form_add (form, "expand[]", EXPAND_FEE);
  node = far_provider_client_call (self, "POST", "/v1/payment_intents", form, charge->intent,
                                   &status, &error);
  if (node == NULL)
    far_provider_result_set (result, FAR_PROVIDER_PENDING, "timeout", error->message);
  else if (status == 200 &&
           far_provider_intent_parse (json_node_get_object (node), &intent, &error))
    far_provider_client_take_intent (self, charge, &intent, result);
  else if (status == 200)
    far_provider_result_set (result, FAR_PROVIDER_PENDING, "unknown", error->message);
  else if (!far_provider_fault_parse (json_node_get_object (node), &fault, NULL))
    far_provider_result_set (result, FAR_PROVIDER_PENDING, "unknown",
                             "its answer does not say what went wrong");
  else if (g_strcmp0 (fault.type, "idempotency_error") == 0)
    find_charge (self, charge, result); /* the same intent with other words: it is there */
  else if (far_provider_client_is_refusal (status))
    {
      result->outcome = FAR_PROVIDER_FAILED;
      if (fault.has_intent)
        far_provider_client_take_intent (self, charge, &fault.intent, result);
      if (result->outcome == FAR_PROVIDER_FAILED)
        far_provider_result_set (result, FAR_PROVIDER_FAILED,
                                 *fault.reason != '\0' ? fault.reason : "refused", fault.message);
    }
  else /* a wrong key, too many requests, a fault of theirs: none says what became of it */
    far_provider_result_set (result, FAR_PROVIDER_PENDING, "unknown", fault.message);
}

void
far_provider_client_charge (FarProviderClient       *self,
                            const FarProviderCharge *charge,
                            FarProviderResult       *ret_result)
{
  g_autoptr (GError) error = NULL;
  gint64 units, taken_micros;

  g_return_if_fail (self != NULL && charge != NULL && ret_result != NULL);

  *ret_result = (FarProviderResult){ .outcome = FAR_PROVIDER_PENDING };
  if (!far_provider_units_floor (charge->currency, FAR_PROVIDER_CHARGE, charge->amount_micros,
                                 &units, &taken_micros, &error) ||
      taken_micros != charge->amount_micros)
    {
      far_provider_result_set (ret_result, FAR_PROVIDER_FAILED, "amount",
                               "the amount is no whole unit of the currency");
      return;
    }
  if (charge->created_us > 0 && charge->now_us - charge->created_us > FAR_PROVIDER_KEY_KEPT_US)
    {
      find_charge (self, charge, ret_result);
      return;
    }
  send_charge (self, charge, units, ret_result);
  if (ret_result->outcome == FAR_PROVIDER_PENDING && ret_result->id != NULL)
    ask_again (self, charge, ret_result);
}
