/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /wallet: what the reader owes, holds and did. POST /wallet/methods {method, key}: saves a
 * payment method with the provider and tells the bookkeeper its name there. A method is named,
 * never described: no card number passes through here, and there is no field that would take
 * one. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"
#include "functions/far-provider-client.h"

static void
answer_wallet (FarMarket         *market,
               const char        *reader,
               FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) command = { NULL };

  far_bookkeeper_client_begin (&command, "wallet");
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_market_answer (market, &command, NULL, response);
}

/* "pm_card_visa" and the like: the provider's names. */
static gboolean
is_method_name (const char *name)
{
  if (!g_str_has_prefix (name, "pm_"))
    return FALSE;
  for (; *name != '\0'; name++)
    if (!g_ascii_isalnum (*name) && *name != '_')
      return FALSE;
  return TRUE;
}

/* The provider sees a key of ours: two readers who chose the same key must not meet there. */
static char *
provider_key (const char *reader,
              const char *key)
{
  g_autofree char *both = g_strconcat (reader, " ", key, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);
}

static gboolean
save_method (const char         *reader,
             const char         *key,
             const char         *method,
             char              **ret_customer,
             char              **ret_method,
             FarLambdaResponse  *response)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *theirs = provider_key (reader, key);
  g_autoptr (FarProviderClient) provider =
    far_provider_client_new (far_gateway_client_new (), &error);

  if (provider != NULL &&
      far_provider_client_save_method (provider, theirs, method, ret_customer, ret_method, &error))
    return TRUE;
  if (g_error_matches (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED))
    far_lambda_response_set_error (response, 422, "method_refused", "%s", error->message);
  else
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "provider: %s", error->message);
      far_lambda_response_set_header (response, "retry-after", "1");
      far_lambda_response_set_error (response, 503, "provider_unavailable",
                                     "The payment provider did not answer; nothing was saved. Try "
                                     "again with the same key");
    }
  return FALSE;
}

static void
add_method (FarMarket         *market,
            FarLambdaRequest  *request,
            const char        *reader,
            FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autofree char *customer = NULL;
  g_autofree char *saved = NULL;
  const char *method, *key;
  JsonObject *body;

  body = far_market_need_body (request, response, "method", "key", NULL);
  method = body != NULL ? far_market_need_string (body, "method", 64, response) : NULL;
  key = method != NULL ? far_market_need_string (body, "key", 128, response) : NULL;
  if (key == NULL)
    return;
  if (!is_method_name (method))
    {
      far_lambda_response_set_error (response, 400, "bad_request",
                                     "method is the provider's name of a payment method, such as "
                                     "pm_card_visa; card details are never sent here");
      return;
    }
  if (!save_method (reader, key, method, &customer, &saved, response))
    return;
  far_bookkeeper_client_begin (&command, "method.set");
  far_json_add_string (&command, "key", key);
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "customer", customer);
  far_json_add_string (&command, "payment_method", saved);
  far_market_answer (market, &command, NULL, response);
}

static gboolean
wallet (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        FarLambdaResponse       *response,
        GError                 **error)
{
  FarMarket *market = context->state;
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  if (g_str_equal (far_lambda_request_get_method (request), "POST"))
    add_method (market, request, reader, response);
  else
    answer_wallet (market, reader, response);
  return TRUE;
}

const FarLambdaFunction far_wallet_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = wallet,
  .finish = far_market_finish,
};
