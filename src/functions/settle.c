/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each minute: makes sure that the books know the publication and its campaigns, finds out about
 * charges that were left unknown, and charges the tabs that are due.
 *
 * The intent is on the disk before the provider is asked, and its id is the provider's idempotency
 * key. So a run that dies anywhere is finished by the next one, and no tab is charged twice: what a
 * call came to is either read from its answer or asked for again, never assumed. */
#include "functions/far-functions.h"
#include "functions/far-market.h"
#include "functions/far-provider-client.h"

#define TABS_MAX 50 /* in one run; the rest a minute later */
/* No charge is begun when less is left of the invocation. */
#define RESERVE_US (FAR_PROVIDER_TIMEOUT_US + FAR_BOOKKEEPER_TIMEOUT_US)

typedef struct {
  const FarLambdaContext *context;
  FarMarket              *market;
  FarProviderClient      *provider;
  guint                   n_succeeded, n_failed, n_unknown;
  gint64                  succeeded_micros;
} Run;

static gboolean
time_left (const Run *run)
{
  return far_clock_now_us (run->context->clock) + RESERVE_US < run->context->deadline_us;
}

/* Tells the bookkeeper what became of a charge. */
static gboolean
finish_charge (Run                      *run,
               const FarProviderCharge  *charge,
               const FarProviderResult  *result,
               GError                  **error)
{
  static const char *const outcomes[] = { "succeeded", "failed", "unknown" };
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;

  far_bookkeeper_client_begin (&command, "charge.finish");
  far_json_add_string (&command, "intent", charge->intent);
  far_json_add_string (&command, "outcome", outcomes[result->outcome]);
  if (result->id != NULL)
    far_json_add_string (&command, "provider_id", result->id);
  if (result->outcome == FAR_PROVIDER_SUCCEEDED)
    far_json_add_micros (&command, "fee_micros", result->fee_micros);
  answer = far_market_call (run->market, &command, error);
  return answer != NULL;
}

static gboolean
carry_out (Run                      *run,
           const FarProviderCharge  *charge,
           GError                  **error)
{
  g_auto (FarProviderResult) result = { FAR_PROVIDER_PENDING };

  far_provider_client_charge (run->provider, charge, &result);
  switch (result.outcome)
    {
    case FAR_PROVIDER_SUCCEEDED:
      run->n_succeeded++;
      run->succeeded_micros += charge->amount_micros;
      break;
    case FAR_PROVIDER_FAILED:
      run->n_failed++;
      far_lambda_log (FAR_LAMBDA_LOG_WARN, "charge %s failed: %s", charge->intent, result.reason);
      break;
    case FAR_PROVIDER_PENDING:
    default:
      run->n_unknown++;
      far_lambda_log (FAR_LAMBDA_LOG_WARN, "charge %s is not known yet: %s", charge->intent,
                      result.reason);
      break;
    }
  return finish_charge (run, charge, &result, error);
}

/* The members that charge.begin and tabs.due name alike. */
static gboolean
read_charge (JsonObject         *object,
             FarProviderCharge  *charge,
             GError            **error)
{
  return far_json_get_string (object, "intent", 64, &charge->intent, error) &&
         far_json_get_micros (object, "amount_micros", &charge->amount_micros, error) &&
         far_json_get_string (object, "currency", 3, &charge->currency, error) &&
         far_json_get_string (object, "customer", 255, &charge->customer, error) &&
         far_json_get_string (object, "payment_method", 255, &charge->method, error);
}

static gboolean
charge_tab (Run         *run,
            JsonObject  *due,
            GError     **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) begun = NULL;
  g_autoptr (GError) refused = NULL;
  FarProviderCharge charge;
  const char *tab;

  if (!far_json_get_string (due, "tab", 64, &tab, error))
    return FALSE;
  far_bookkeeper_client_begin (&command, "charge.begin");
  far_json_add_string (&command, "key", run->context->request_id);
  far_json_add_string (&command, "tab", tab);
  begun = far_market_call (run->market, &command, &refused);
  if (begun == NULL && (g_error_matches (refused, FAR_BOOKKEEPER_ERROR,
                                         FAR_BOOKKEEPER_ERROR_NOTHING_DUE) ||
                        g_error_matches (refused, FAR_BOOKKEEPER_ERROR,
                                         FAR_BOOKKEEPER_ERROR_CHARGE_IN_FLIGHT)))
    return TRUE; /* a refund came between, or another run */
  if (begun == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  return read_charge (json_node_get_object (begun), &charge, error) &&
         carry_out (run, &charge, error);
}

static gboolean
settle_all (Run     *run,
            GError **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  JsonArray *open, *tabs;

  far_bookkeeper_client_begin (&command, "tabs.due");
  far_json_add_int (&command, "limit", TABS_MAX);
  answer = far_market_call (run->market, &command, error);
  if (answer == NULL ||
      !far_json_get_array (json_node_get_object (answer), "open", 10000, &open, error) ||
      !far_json_get_array (json_node_get_object (answer), "tabs", 10000, &tabs, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (open) && time_left (run); i++)
    {
      FarProviderCharge charge;

      if (!read_charge (json_array_get_object_element (open, i), &charge, error) ||
          !carry_out (run, &charge, error))
        return FALSE;
    }
  for (guint i = 0; i < json_array_get_length (tabs) && time_left (run); i++)
    if (!charge_tab (run, json_array_get_object_element (tabs, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
settle (const FarLambdaContext  *context,
        const char              *event,
        gsize                    n_bytes,
        GString                 *result,
        GError                 **error)
{
  Run run = { .context = context, .market = context->state };
  g_autoptr (FarProviderClient) provider = NULL;
  g_auto (FarJsonWriter) writer = { NULL };
  g_autofree char *text = NULL;

  far_market_refresh (run.market);
  provider = far_provider_client_new (far_gateway_client_new (), error);
  run.provider = provider;
  if (provider == NULL || !far_market_register (run.market, TRUE, error) ||
      !settle_all (&run, error))
    return FALSE;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "succeeded", run.n_succeeded);
  far_json_add_int (&writer, "failed", run.n_failed);
  far_json_add_int (&writer, "unknown", run.n_unknown);
  far_json_add_micros (&writer, "succeeded_micros", run.succeeded_micros);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, NULL);
  g_string_append (result, text);
  return TRUE;
}

const FarLambdaFunction far_settle_function = {
  .init = far_market_init,
  .start = far_market_start,
  .event = settle,
  .finish = far_market_finish,
};
