/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each minute: makes sure that the books know the publication and its campaigns, finds out about
 * charges, refunds and visits to the provider's page that were left unknown, and charges the tabs
 * that are due. Each hour: asks for disputes, of which a webhook may never have come.
 *
 * The event {"check":"provider"} does none of this (far-provider-check.h).
 *
 * The intent is on the disk before the provider is asked, and its id is the provider's idempotency
 * key. So a run that dies anywhere is finished by the next one, and no tab is charged twice: what a
 * call came to is either read from its answer or asked for again, never assumed. */
#include <string.h>

#include "functions/far-functions.h"
#include "functions/far-provider-check.h"
#include "functions/far-till.h"

#define TABS_MAX 50 /* in one run; the rest a minute later */
/* No charge is begun when less is left of the invocation. */
#define RESERVE_US (FAR_PROVIDER_TIMEOUT_US + FAR_BOOKKEEPER_TIMEOUT_US)
/* A visit is asked for when the reader, or a webhook, should have told long ago. */
#define VISIT_PATIENCE_US (2 * 60 * G_USEC_PER_SEC)
/* A bank may take a payment back for four months, and some for longer. */
#define DISPUTES_SINCE_US (200 * 24 * G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define DISPUTES_EACH_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* A page that was never made is given up when nobody can pay on it any more. */
#define VISIT_LOST_US (25 * G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct {
  const FarLambdaContext *context;
  FarTill                 till;
  guint                   n_succeeded, n_failed, n_unknown, n_disputes, n_stuck;
  gint64                  succeeded_micros;
} Run;

static gboolean
time_left (const Run *run)
{
  return far_clock_now_us (run->context->clock) + RESERVE_US < run->context->deadline_us;
}

/* Sends a command without members. Returns: (transfer full) (nullable) */
static JsonNode *
ask (Run         *run,
     const char  *name,
     GError     **error)
{
  g_auto (FarJsonWriter) command = { NULL };

  far_bookkeeper_client_begin (&command, name);
  return far_market_call (run->till.market, &command, error);
}

/* What went wrong may be about this one charge, refund or reader: then the others go on, and it is
 * told. FALSE: the books or the key are to blame, and nothing more can be done in this run. */
static gboolean
pass_over (Run         *run,
           const char  *what,
           GError      *reason,
           GError     **error)
{
  static const int away[] = { FAR_BOOKKEEPER_ERROR_UNKNOWN, FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
                              FAR_BOOKKEEPER_ERROR_PROTOCOL, FAR_BOOKKEEPER_ERROR_BUSY,
                              FAR_BOOKKEEPER_ERROR_NOT_ALLOWED };
  gboolean ends = reason->domain == FAR_PROVIDER_ERROR;

  for (guint i = 0; i < G_N_ELEMENTS (away); i++)
    ends |= g_error_matches (reason, FAR_BOOKKEEPER_ERROR, away[i]);
  if (ends)
    {
      g_propagate_error (error, reason);
      return FALSE;
    }
  far_lambda_log (FAR_LAMBDA_LOG_ERROR, "%s cannot be booked: %s", what, reason->message);
  run->n_stuck++;
  g_error_free (reason);
  return TRUE;
}

static gboolean
carry_out (Run         *run,
           JsonObject  *begun,
           GError     **error)
{
  g_auto (FarProviderResult) result = { FAR_PROVIDER_PENDING };
  GError *reason = NULL;
  gint64 amount_micros;

  if (!far_json_get_micros (begun, "amount_micros", &amount_micros, error))
    return FALSE;
  if (!far_till_charge (&run->till, begun, NULL, &result, &reason))
    return pass_over (run, "a charge", reason, error);
  run->n_succeeded += result.outcome == FAR_PROVIDER_SUCCEEDED;
  run->n_failed += result.outcome == FAR_PROVIDER_FAILED;
  run->n_unknown += result.outcome == FAR_PROVIDER_PENDING;
  if (result.outcome == FAR_PROVIDER_SUCCEEDED)
    run->succeeded_micros += amount_micros;
  return TRUE;
}

static gboolean
charge_tab (Run         *run,
            JsonObject  *due,
            GError     **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) begun = NULL;
  GError *refused = NULL;
  const char *tab;

  if (!far_json_get_string (due, "tab", 64, &tab, error))
    return FALSE;
  far_bookkeeper_client_begin (&command, "charge.begin");
  far_json_add_string (&command, "key", run->context->request_id);
  far_json_add_string (&command, "tab", tab);
  begun = far_market_call (run->till.market, &command, &refused);
  if (begun == NULL && (g_error_matches (refused, FAR_BOOKKEEPER_ERROR,
                                         FAR_BOOKKEEPER_ERROR_NOTHING_DUE) ||
                        g_error_matches (refused, FAR_BOOKKEEPER_ERROR,
                                         FAR_BOOKKEEPER_ERROR_CHARGE_IN_FLIGHT)))
    {
      g_error_free (refused);
      return TRUE; /* a refund came between, or another run */
    }
  if (begun == NULL)
    return pass_over (run, "a tab that is due", refused, error);
  return carry_out (run, json_node_get_object (begun), error);
}

static gboolean
settle_tabs (Run     *run,
             GError **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  JsonArray *open, *tabs;

  far_bookkeeper_client_begin (&command, "tabs.due");
  far_json_add_int (&command, "limit", TABS_MAX);
  answer = far_market_call (run->till.market, &command, error);
  if (answer == NULL ||
      !far_json_get_array (json_node_get_object (answer), "open", 10000, &open, error) ||
      !far_json_get_array (json_node_get_object (answer), "tabs", 10000, &tabs, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (open) && time_left (run); i++)
    if (!carry_out (run, json_array_get_object_element (open, i), error))
      return FALSE;
  for (guint i = 0; i < json_array_get_length (tabs) && time_left (run); i++)
    if (!charge_tab (run, json_array_get_object_element (tabs, i), error))
      return FALSE;
  return TRUE;
}

/* ---- refunds and visits ---- */

static gboolean
settle_refunds (Run     *run,
                GError **error)
{
  g_autoptr (JsonNode) answer = ask (run, "refunds.open", error);
  const char *state;
  JsonArray *open;

  if (answer == NULL ||
      !far_json_get_array (json_node_get_object (answer), "refunds", 10000, &open, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (open) && time_left (run); i++)
    {
      GError *reason = NULL;

      if (!far_till_refund (&run->till, json_array_get_object_element (open, i), &state, &reason) &&
          !pass_over (run, "a refund", reason, error))
        return FALSE;
    }
  return TRUE;
}

/* One whose page was never heard of again: nobody has its address, so nobody can pay on it. */
static gboolean
give_up_visit (Run         *run,
               const char  *checkout,
               GError     **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;

  far_bookkeeper_client_begin (&command, "checkout.finish");
  far_json_add_string (&command, "checkout", checkout);
  far_json_add_string (&command, "outcome", "expired");
  answer = far_market_call (run->till.market, &command, error);
  return answer != NULL;
}

static gboolean
settle_visit (Run         *run,
              JsonObject  *visit,
              GError     **error)
{
  g_autoptr (JsonNode) finished = NULL;
  g_autoptr (GError) reason = NULL;
  const char *checkout, *session;
  gint64 begun_us;

  if (!far_json_get_string (visit, "checkout", 64, &checkout, error) ||
      !far_json_get_int (visit, "begun_us", 0, G_MAXINT64, &begun_us, error))
    return FALSE;
  if (!far_json_has (visit, "session"))
    return far_clock_now_us (run->context->clock) - begun_us < VISIT_LOST_US ||
           give_up_visit (run, checkout, error);
  if (!far_json_get_string (visit, "session", FAR_PROVIDER_WORD_MAX, &session, error))
    return FALSE;
  if (!far_till_resolve_visit (&run->till, checkout, session, &finished, &reason) ||
      !far_till_pay_first (&run->till, finished, &reason))
    far_lambda_log (FAR_LAMBDA_LOG_WARN, "checkout %s is not known yet: %s", checkout,
                    reason->message);
  return TRUE;
}

static gboolean
settle_visits (Run     *run,
               GError **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  JsonArray *open;

  far_bookkeeper_client_begin (&command, "checkouts.open");
  far_json_add_int (&command, "before_us",
                    far_clock_now_us (run->context->clock) - VISIT_PATIENCE_US);
  answer = far_market_call (run->till.market, &command, error);
  if (answer == NULL ||
      !far_json_get_array (json_node_get_object (answer), "checkouts", 10000, &open, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (open) && time_left (run); i++)
    if (!settle_visit (run, json_array_get_object_element (open, i), error))
      return FALSE;
  return TRUE;
}

/* An instance asks when it begins, and then each hour. */
static gboolean
settle_disputes (Run     *run,
                 GError **error)
{
  FarMarket *market = run->till.market;
  gint64 now_us = far_clock_now_us (run->context->clock);

  if (market->disputes_asked_us > 0 && now_us - market->disputes_asked_us < DISPUTES_EACH_US)
    return TRUE;
  if (!far_till_find_disputes (&run->till, now_us - DISPUTES_SINCE_US, &run->n_disputes, error))
    return FALSE;
  market->disputes_asked_us = now_us;
  return TRUE;
}

static gboolean
settle (const FarLambdaContext  *context,
        const char              *event,
        gsize                    n_bytes,
        GString                 *result,
        GError                 **error)
{
  FarMarket *market = context->state;
  Run run = { .context = context };
  g_auto (FarJsonWriter) writer = { NULL };
  g_autofree char *text = NULL;
  gboolean done;

  if (far_provider_check_is_asked (event, n_bytes))
    {
      far_provider_check_answer (context, result);
      return TRUE;
    }
  far_market_refresh (market);
  done = far_till_open (&run.till, market, context->clock, NULL, error) &&
         far_market_register (market, TRUE, error) && settle_tabs (&run, error) &&
         settle_refunds (&run, error) && settle_visits (&run, error) &&
         settle_disputes (&run, error);
  far_till_close (&run.till);
  if (!done)
    return FALSE;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "succeeded", run.n_succeeded);
  far_json_add_int (&writer, "failed", run.n_failed);
  far_json_add_int (&writer, "unknown", run.n_unknown);
  far_json_add_int (&writer, "disputes", run.n_disputes);
  far_json_add_int (&writer, "stuck", run.n_stuck);
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
