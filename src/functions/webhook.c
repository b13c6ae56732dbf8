/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /webhooks/provider: the payment provider says that something happened. Who speaks is checked
 * by the signature before a byte of the body is read; what happened is then asked for, so an event
 * that comes late, twice or after its successor does the same as one that comes in time. What
 * cannot be booked now is answered 503, and comes again.
 *
 * PROVIDER_WEBHOOK_SECRET has the endpoint's secret; while one is rolled, both, with a comma. */
#include <string.h>

#include "functions/far-functions.h"
#include "functions/far-market-http.h"
#include "functions/far-provider-check.h"
#include "functions/far-till.h"
#include "market/far-provider-signature.h"

#define SECRET_ENV "PROVIDER_WEBHOOK_SECRET"
#define TEST_SECRET "whsec_test_"
#define EVENT_BYTES_MAX (512 * 1024)
#define SECRETS_MAX 4

static const char *
signature_code (const GError *error)
{
  switch ((FarProviderSignatureError) error->code)
    {
    case FAR_PROVIDER_SIGNATURE_ERROR_STALE:
      return "webhook_stale";
    case FAR_PROVIDER_SIGNATURE_ERROR_FORGED:
      return "webhook_forged";
    case FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX:
    default:
      return "webhook_unsigned";
    }
}

/* The secret of the template beside a key for live money. */
static gboolean
is_for_tests (const char *secret)
{
  const char *key = g_getenv (FAR_PROVIDER_KEY_ENV);

  return key != NULL && strstr (key, FAR_PROVIDER_LIVE_MARK) != NULL &&
         strstr (secret, TEST_SECRET) != NULL;
}

/* What is said of the other kind of money is none of ours. FALSE has answered. */
static gboolean
is_of_our_money (FarTill                *till,
                 const FarProviderEvent *event,
                 FarLambdaResponse      *response)
{
  FarProviderMoney money = far_provider_client_get_money (till->provider);

  if (!event->tells_money || money == FAR_PROVIDER_MONEY_UNTOLD ||
      event->live == (money == FAR_PROVIDER_MONEY_LIVE))
    return TRUE;
  far_lambda_log (FAR_LAMBDA_LOG_WARN, "event %s is about %s money", event->id,
                  event->live ? "live" : "test");
  far_lambda_response_set_error (response, 400, "webhook_other_money",
                                 "This is about %s money, and here is only %s money",
                                 event->live ? "live" : "test", event->live ? "test" : "live");
  return FALSE;
}

/* FALSE has answered. */
static gboolean
verify (const FarLambdaContext *context,
        FarLambdaRequest       *request,
        FarLambdaResponse      *response)
{
  const char *header = far_lambda_request_get_header (request, "stripe-signature");
  const char *configured = g_getenv (SECRET_ENV);
  g_auto (GStrv) secrets = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_body;
  const char *body = far_lambda_request_get_body (request, &n_body);

  if (configured == NULL || *configured == '\0')
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "Set " SECRET_ENV " to the webhook endpoint's secret");
      far_lambda_response_set_error (response, 503, "unavailable",
                                     "Webhooks are not set up here; send it again later");
      return FALSE;
    }
  if (is_for_tests (configured))
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, SECRET_ENV " is the test provider's, which everybody "
                      "knows: set it to the secret of the live endpoint");
      far_lambda_response_set_error (response, 503, "unavailable",
                                     "Webhooks are not set up here; send it again later");
      return FALSE;
    }
  secrets = g_strsplit (configured, ",", SECRETS_MAX);
  if (far_provider_signature_verify (header, (const char *const *) secrets, body, n_body,
                                     far_clock_now_us (context->clock) / G_USEC_PER_SEC, &error))
    return TRUE;
  far_lambda_log (FAR_LAMBDA_LOG_WARN, "webhook refused: %s", error->message);
  far_lambda_response_set_error (response, 400, signature_code (error), "%s", error->message);
  return FALSE;
}

/* Acts on an event; one that is about nothing of ours is taken and passed over. */
static gboolean
hear (FarTill                *till,
      const FarProviderEvent *event,
      GError                **error)
{
  static const struct {
    const char *prefix;
    gboolean (*hear) (FarTill *till, const char *id, GError **error);
  } kinds[] = {
    { "checkout.session.", far_till_hear_session },
    { "payment_intent.", far_till_hear_intent },
    { "refund.", far_till_hear_refund },
    { "charge.refund.", far_till_hear_refund },
    { "charge.dispute.", far_till_hear_dispute },
  };

  for (guint i = 0; event->object_id != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (event->type, kinds[i].prefix))
      return kinds[i].hear (till, event->object_id, error);
  return TRUE;
}

static gboolean
webhook (const FarLambdaContext  *context,
         FarLambdaRequest        *request,
         FarLambdaResponse       *response,
         GError                 **error)
{
  g_auto (FarProviderEvent) event = { NULL };
  g_auto (FarTill) till = { NULL };
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) reason = NULL;
  gsize n_body;
  const char *body;

  if (!verify (context, request, response))
    return TRUE;
  body = far_lambda_request_get_body (request, &n_body);
  node = far_json_parse_object (body, n_body, EVENT_BYTES_MAX, &reason);
  if (node == NULL || !far_provider_event_parse (json_node_get_object (node), &event, &reason))
    {
      far_lambda_response_set_error (response, 400, "bad_request", "%s", reason->message);
      return TRUE;
    }
  if (far_till_open (&till, context->state, context->clock, NULL, &reason) &&
      !is_of_our_money (&till, &event, response))
    return TRUE;
  if (reason != NULL || !hear (&till, &event, &reason))
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "event %s (%s): %s", event.id, event.type,
                      reason->message);
      far_lambda_response_set_header (response, "retry-after", "60");
      far_lambda_response_set_error (response, 503, "unavailable",
                                     "This could not be booked now; send it again later");
      return TRUE;
    }
  far_lambda_response_set_text (response, "application/json", "{\"received\":true}");
  return TRUE;
}

const FarLambdaFunction far_webhook_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = webhook,
  .event = far_provider_check_event,
  .finish = far_market_finish,
};
