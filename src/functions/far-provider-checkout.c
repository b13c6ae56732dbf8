/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checkout Sessions of the test provider, in payment and in setup mode. A session is open until its
 * hosted page (far-provider-page.c) ends it, or 24 hours have passed. In payment mode its intent is
 * made when the customer pays; one that is declined leaves the session open for another try. */
#include "functions/far-provider-private.h"
#include "functions/far-provider-sessions.h"

#include <string.h>

#define SESSION_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define LINE_ITEMS_MAX 20

/* The sum of line_items[i][price_data][unit_amount] × quantity in one currency. FALSE has
 * refused. */
static gboolean
take_line_items (const FarProviderCall  *call,
                 gint64                 *ret_units,
                 const char            **ret_currency,
                 FarProviderAnswer      *answer)
{
  gint64 total = 0;
  const char *currency = NULL;

  for (guint i = 0; i < LINE_ITEMS_MAX; i++)
    {
      g_autofree char *price = g_strdup_printf ("line_items[%u][price_data][unit_amount]", i);
      g_autofree char *code = g_strdup_printf ("line_items[%u][price_data][currency]", i);
      g_autofree char *count = g_strdup_printf ("line_items[%u][quantity]", i);
      const char *quantity = far_provider_field (call, count);
      gint64 units, n = 1;

      if (far_provider_field (call, price) == NULL)
        break;
      if (far_provider_field (call, code) == NULL ||
          (currency != NULL && strcmp (far_provider_field (call, code), currency) != 0) ||
          !g_ascii_string_to_signed (far_provider_field (call, price), 10, 1, 99999999, &units,
                                     NULL) ||
          (quantity != NULL && !g_ascii_string_to_signed (quantity, 10, 1, 1000, &n, NULL)))
        return !far_provider_refuse (answer, 400, "parameter_invalid",
                                     "line_items[i] take a quantity and price_data with "
                                     "unit_amount and one and the same currency");
      currency = far_provider_field (call, code);
      total += units * n;
    }
  if (currency == NULL)
    return !far_provider_refuse (answer, 400, "parameter_missing",
                                 "You must provide line_items with price_data in payment mode");
  *ret_currency = currency;
  {
    g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, total);

    return far_provider_take_amount (text, currency, ret_units, answer);
  }
}

/* Metadata that the intent to come is to carry, and who it is for. */
static gboolean
take_parts (const FarProviderCall *call,
            JsonObject            *session,
            gboolean               setup,
            FarProviderAnswer     *answer)
{
  JsonObject *theirs = json_object_new ();
  gboolean done;

  json_object_set_object_member (session, "_intent", theirs);
  done = far_provider_take_metadata (call, setup ? "setup_intent_data" : "payment_intent_data",
                                     theirs, answer) &&
         far_provider_take_metadata (call, NULL, session, answer);
  far_provider_set_string (session, "_webhooks",
                           far_provider_field (call, "metadata[test_webhooks]"));
  json_object_set_boolean_member (session, "_save",
                                  far_provider_field (
                                    call, "payment_intent_data[setup_future_usage]") != NULL);
  return done;
}

static void
fill_session (const FarProviderCall *call,
              JsonObject            *session,
              gboolean               setup,
              gint64                 units,
              const char            *currency)
{
  g_autofree char *lower = currency != NULL ? g_ascii_strdown (currency, -1) : NULL;
  g_autofree char *url = g_strdup_printf ("%s/provider/checkout/%s", call->origin,
                                          far_provider_member (session, "id"));

  if (setup)
    json_object_set_null_member (session, "amount_total");
  else
    json_object_set_int_member (session, "amount_total", units);
  far_provider_set_string (session, "cancel_url", far_provider_field (call, "cancel_url"));
  far_provider_set_string (session, "client_reference_id",
                           far_provider_field (call, "client_reference_id"));
  far_provider_set_string (session, "currency", lower);
  far_provider_set_string (session, "customer", far_provider_field (call, "customer"));
  json_object_set_int_member (session, "expires_at",
                              (call->now_us + SESSION_US) / G_USEC_PER_SEC);
  json_object_set_string_member (session, "mode", setup ? "setup" : "payment");
  json_object_set_null_member (session, "payment_intent");
  json_object_set_string_member (session, "payment_status",
                                 setup ? "no_payment_required" : "unpaid");
  json_object_set_null_member (session, "setup_intent");
  json_object_set_string_member (session, "status", "open");
  far_provider_set_string (session, "success_url", far_provider_field (call, "success_url"));
  json_object_set_string_member (session, "url", url);
  json_object_set_int_member (session, "_wake_us", call->now_us + SESSION_US);
}

static gboolean
post_session (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  const char *mode = far_provider_field (call, "mode");
  const char *customer_id = far_provider_field (call, "customer");
  const char *currency = far_provider_field (call, "currency");
  gboolean setup = g_strcmp0 (mode, "setup") == 0;
  g_autoptr (JsonObject) customer = NULL;
  g_autoptr (JsonObject) session = far_provider_document_new (call, "cs_test", "checkout.session");
  gint64 units = 0;

  if (!setup && g_strcmp0 (mode, "payment") != 0)
    return far_provider_refuse (answer, 400, "parameter_invalid",
                                "mode is payment or setup; there are no subscriptions here");
  if (far_provider_field (call, "success_url") == NULL)
    return far_provider_refuse (answer, 400, "parameter_missing",
                                "Missing required param: success_url.");
  if (!setup && !take_line_items (call, &units, &currency, answer))
    return TRUE;
  if (customer_id != NULL &&
      !far_provider_need (call, customer_id, "customer", answer, &customer, error))
    return FALSE;
  if (customer_id != NULL && customer == NULL)
    return TRUE;
  fill_session (call, session, setup, units, currency);
  if (!take_parts (call, session, setup, answer))
    return TRUE;
  return far_provider_books_put (call->db, session, error) &&
         far_provider_answer_document (call, answer, session, error);
}

/* ---- what ends a session ---- */

static gboolean
complete (const FarProviderCall  *call,
          JsonObject             *session,
          const char             *payment_status,
          GError                **error)
{
  json_object_set_string_member (session, "status", "complete");
  json_object_set_null_member (session, "url");
  json_object_remove_member (session, "_wake_us");
  if (payment_status != NULL)
    json_object_set_string_member (session, "payment_status", payment_status);
  return far_provider_books_put (call->db, session, error) &&
         far_provider_emit (call, "checkout.session.completed", session, error);
}

gboolean
far_provider_session_expire (const FarProviderCall  *call,
                             JsonObject             *session,
                             GError                **error)
{
  json_object_remove_member (session, "_wake_us");
  if (g_strcmp0 (far_provider_member (session, "status"), "open") != 0)
    return far_provider_books_put (call->db, session, error);
  json_object_set_string_member (session, "status", "expired");
  json_object_set_null_member (session, "url");
  return far_provider_books_put (call->db, session, error) &&
         far_provider_emit (call, "checkout.session.expired", session, error);
}

gboolean
far_provider_session_paid (const FarProviderCall  *call,
                           JsonObject             *intent,
                           gboolean                succeeded,
                           GError                **error)
{
  const char *id = far_provider_member (intent, "_session");
  g_autoptr (JsonObject) session = NULL;

  if (id == NULL)
    return TRUE;
  if (!far_provider_books_find (call->db, id, "checkout.session", &session, error) ||
      session == NULL)
    return FALSE;
  if (g_strcmp0 (far_provider_member (session, "status"), "complete") != 0)
    return !succeeded || complete (call, session, "paid", error);
  /* It had been processing. */
  if (succeeded)
    json_object_set_string_member (session, "payment_status", "paid");
  return far_provider_books_put (call->db, session, error) &&
         far_provider_emit (call,
                            succeeded ? "checkout.session.async_payment_succeeded"
                                      : "checkout.session.async_payment_failed",
                            session, error);
}

/* The customer of a session; one is made where the session has none. */
static gboolean
ensure_customer (const FarProviderCall  *call,
                 JsonObject             *session,
                 GError                **error)
{
  g_autoptr (JsonObject) customer = NULL;

  if (far_provider_member (session, "customer") != NULL)
    return TRUE;
  customer = far_provider_document_new (call, "cus", "customer");
  json_object_set_object_member (customer, "metadata", json_object_new ());
  json_object_set_string_member (session, "customer", far_provider_member (customer, "id"));
  return far_provider_books_put (call->db, customer, error);
}

static JsonObject *
copy_metadata (JsonObject *session)
{
  JsonNode *node = json_object_get_member (
    json_object_get_object_member (session, "_intent"), "metadata");
  g_autoptr (JsonNode) copy = json_node_copy (node);

  return json_object_ref (json_node_get_object (copy));
}

static gboolean
set_up (const FarProviderCall  *call,
        JsonObject             *session,
        JsonObject             *method,
        GError                **error)
{
  g_autoptr (JsonObject) setup = far_provider_document_new (call, "seti", "setup_intent");

  json_object_set_string_member (setup, "customer", far_provider_member (session, "customer"));
  json_object_set_string_member (setup, "payment_method", far_provider_member (method, "id"));
  json_object_set_string_member (setup, "status", "succeeded");
  json_object_set_string_member (setup, "usage", "off_session");
  json_object_set_object_member (setup, "metadata", copy_metadata (session));
  far_provider_set_string (setup, "_webhooks", far_provider_member (session, "_webhooks"));
  json_object_set_string_member (session, "setup_intent", far_provider_member (setup, "id"));
  return far_provider_books_put (call->db, setup, error) &&
         far_provider_emit (call, "setup_intent.succeeded", setup, error) &&
         complete (call, session, NULL, error);
}

static gboolean
pay (const FarProviderCall  *call,
     JsonObject             *session,
     JsonObject             *method,
     FarSessionStep         *ret_step,
     GError                **error)
{
  g_autoptr (JsonObject) intent =
    far_provider_new_intent (call, far_provider_member_int (session, "amount_total"),
                             far_provider_member (session, "currency"),
                             far_provider_member (session, "customer"));
  const char *status;
  gboolean lose;

  json_object_set_object_member (intent, "metadata", copy_metadata (session));
  json_object_set_string_member (intent, "_session", far_provider_member (session, "id"));
  far_provider_set_string (intent, "_webhooks", far_provider_member (session, "_webhooks"));
  json_object_set_string_member (session, "payment_intent", far_provider_member (intent, "id"));
  /* The session is stored first: the intent's end is told to the stored one. */
  if (!far_provider_books_put (call->db, session, error) ||
      !far_provider_confirm (call, intent, method, FALSE, &lose, error))
    return FALSE;
  status = far_provider_member (intent, "status");
  if (g_strcmp0 (status, "requires_action") == 0)
    *ret_step = FAR_SESSION_AUTHENTICATE;
  else if (g_strcmp0 (status, "requires_payment_method") == 0)
    *ret_step = FAR_SESSION_DECLINED;
  else
    *ret_step = lose ? FAR_SESSION_LOST : FAR_SESSION_DONE;
  if (g_strcmp0 (status, "processing") == 0)
    return complete (call, session, "unpaid", error);
  return TRUE;
}

gboolean
far_provider_session_press (const FarProviderCall  *call,
                            JsonObject             *session,
                            const char             *button,
                            FarSessionStep         *ret_step,
                            GError                **error)
{
  const char *name = far_test_method_of_button (button);
  gboolean setup = g_strcmp0 (far_provider_member (session, "mode"), "setup") == 0;
  g_autoptr (JsonObject) method = NULL;
  g_auto (FarProviderAnswer) answer = { 0 };

  *ret_step = FAR_SESSION_DECLINED;
  if (name == NULL)
    return TRUE;
  if (!ensure_customer (call, session, error) ||
      !far_provider_make_method (call, name,
                                 setup || json_object_get_boolean_member (session, "_save")
                                   ? far_provider_member (session, "customer") : NULL,
                                 &answer, &method, error))
    return FALSE;
  if (method == NULL)
    return TRUE;
  if (!setup)
    return pay (call, session, method, ret_step, error);
  *ret_step = FAR_SESSION_DONE;
  return set_up (call, session, method, error);
}

static gboolean
get_session (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  return far_provider_answer_get (call, answer, "checkout.session", error);
}

static gboolean
list_sessions (const FarProviderCall  *call,
               FarProviderAnswer      *answer,
               GError                **error)
{
  return far_provider_answer_list (call, answer, "checkout.session", error);
}

static gboolean
post_expire (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  g_autoptr (JsonObject) session = NULL;

  if (!far_provider_need (call, call->id, "checkout.session", answer, &session, error))
    return FALSE;
  if (session == NULL)
    return TRUE;
  if (g_strcmp0 (far_provider_member (session, "status"), "open") != 0)
    return far_provider_refuse (answer, 400, NULL,
                                "Only Checkout Sessions with status open can be expired");
  return far_provider_session_expire (call, session, error) &&
         far_provider_answer_document (call, answer, session, error);
}

const FarProviderRoute far_provider_routes_checkout[] = {
  { "POST", "checkout/sessions", post_session },
  { "GET", "checkout/sessions", list_sessions },
  { "GET", "checkout/sessions/{}", get_session },
  { "POST", "checkout/sessions/{}/expire", post_expire },
  { NULL, NULL, NULL },
};
