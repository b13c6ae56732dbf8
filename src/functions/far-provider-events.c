/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events, webhook endpoints and deliveries of the test provider.
 *
 * An event is a snapshot of its object. Each endpoint that is enabled for its type gets a delivery;
 * the courier (courier.c) takes those that are due, posts them, and reports. What is not taken by
 * the endpoint is sent again, at growing distances, for three days. An object's "_webhooks" bends
 * this for tests: "late" (five minutes), "twice", "reversed" (what happened later is sent first),
 * "never". The two routes below test_helpers/ are ours: Stripe delivers by itself. */
#include "functions/far-provider-private.h"

#include <string.h>

#include "market/far-provider-signature.h"

#define ENDPOINTS_MAX 16
#define DELIVERIES_MAX 20
#define LATE_US (5 * 60 * G_USEC_PER_SEC)
#define LEASE_US (60 * G_USEC_PER_SEC)
#define RETRY_US (60 * G_USEC_PER_SEC)
#define ATTEMPTS_MAX 12
#define DEFAULT_ENDPOINT "we_publication"
#define DEFAULT_URL "/webhooks/provider"

/* The endpoint that is there from the start: the publication's own. */
static gboolean
list_endpoints (const FarProviderCall  *call,
                GPtrArray             **ret_endpoints,
                GError                **error)
{
  FarProviderQuery query = { .kind = "webhook_endpoint", .limit = ENDPOINTS_MAX };
  g_autoptr (JsonObject) own = NULL;
  gboolean has_more;

  if (!far_provider_books_list (call->db, &query, ret_endpoints, &has_more, error))
    return FALSE;
  if (call->webhook_secret == NULL)
    return TRUE;
  own = json_object_new ();
  json_object_set_string_member (own, "id", DEFAULT_ENDPOINT);
  json_object_set_string_member (own, "url", DEFAULT_URL);
  json_object_set_string_member (own, "status", "enabled");
  json_object_set_string_member (own, "_secret", call->webhook_secret);
  g_ptr_array_add (*ret_endpoints, g_steal_pointer (&own));
  return TRUE;
}

static gboolean
wants (JsonObject *endpoint,
       const char *type)
{
  JsonArray *types;

  if (g_strcmp0 (far_provider_member (endpoint, "status"), "enabled") != 0)
    return FALSE;
  if (!json_object_has_member (endpoint, "enabled_events"))
    return TRUE;
  types = json_object_get_array_member (endpoint, "enabled_events");
  for (guint i = 0; i < json_array_get_length (types); i++)
    if (g_strcmp0 (json_array_get_string_element (types, i), "*") == 0 ||
        g_strcmp0 (json_array_get_string_element (types, i), type) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
queue (const FarProviderCall  *call,
       const char             *event,
       const char             *endpoint,
       const char             *travels,
       gint64                  sequence,
       GError                **error)
{
  gint64 due_us = call->now_us;

  if (g_strcmp0 (travels, "never") == 0)
    return TRUE;
  if (g_strcmp0 (travels, "late") == 0)
    due_us += LATE_US;
  else if (g_strcmp0 (travels, "reversed") == 0)
    due_us -= sequence; /* due all the same, and the later the sooner */
  return far_provider_books_add_delivery (call->db, event, endpoint, due_us, error) &&
         (g_strcmp0 (travels, "twice") != 0 ||
          far_provider_books_add_delivery (call->db, event, endpoint, due_us, error));
}

gboolean
far_provider_emit (const FarProviderCall  *call,
                   const char             *type,
                   JsonObject             *object,
                   GError                **error)
{
  g_autoptr (JsonObject) event = far_provider_document_new (call, "evt", "event");
  g_autofree char *text = far_provider_document_text (object);
  g_autoptr (JsonNode) snapshot = far_json_parse_object (text, strlen (text), FAR_JSON_SIZE_MAX,
                                                         error);
  g_autoptr (GPtrArray) endpoints = NULL;
  JsonObject *data = json_object_new ();
  JsonObject *request = json_object_new ();

  json_object_set_string_member (event, "api_version", FAR_PROVIDER_API_VERSION);
  json_object_set_object_member (event, "data", data);
  json_object_set_object_member (event, "request", request);
  far_provider_set_string (request, "id", call->request_id);
  far_provider_set_string (request, "idempotency_key", call->idempotency_key);
  json_object_set_string_member (event, "type", type);
  if (snapshot == NULL)
    return FALSE;
  json_object_set_object_member (data, "object", json_object_ref (json_node_get_object (snapshot)));
  if (!list_endpoints (call, &endpoints, error))
    return FALSE;
  json_object_set_int_member (event, "pending_webhooks", endpoints->len);
  if (!far_provider_books_put (call->db, event, error))
    return FALSE;
  for (guint i = 0; i < endpoints->len; i++)
    {
      JsonObject *endpoint = g_ptr_array_index (endpoints, i);

      if (wants (endpoint, type) &&
          !queue (call, far_provider_member (event, "id"), far_provider_member (endpoint, "id"),
                  far_provider_member (object, "_webhooks"),
                  far_db_get_last_rowid (call->db), error))
        return FALSE;
    }
  return TRUE;
}

/* ---- deliveries ---- */

/* Adds one delivery to the list: where to, what, and how it is signed. */
static gboolean
add_delivery (const FarProviderCall      *call,
              const FarProviderDelivery  *delivery,
              GPtrArray                  *endpoints,
              JsonArray                  *data,
              GError                    **error)
{
  g_autoptr (JsonObject) event = NULL;
  g_autofree char *payload = NULL;
  g_autofree char *signature = NULL;
  JsonObject *endpoint = NULL;
  JsonObject *item;

  for (guint i = 0; i < endpoints->len; i++)
    if (g_strcmp0 (far_provider_member (g_ptr_array_index (endpoints, i), "id"),
                   delivery->endpoint) == 0)
      endpoint = g_ptr_array_index (endpoints, i);
  if (!far_provider_books_find (call->db, delivery->event, "event", &event, error))
    return FALSE;
  if (endpoint == NULL || event == NULL) /* the endpoint was deleted */
    return far_provider_books_end_delivery (call->db, delivery->delivery, FALSE, 0, error);
  payload = far_provider_document_text (event);
  signature = far_provider_signature_sign (far_provider_member (endpoint, "_secret"),
                                           call->now_us / G_USEC_PER_SEC, payload,
                                           strlen (payload));
  item = json_object_new ();
  json_object_set_int_member (item, "id", delivery->delivery);
  json_object_set_int_member (item, "attempt", delivery->attempts);
  json_object_set_string_member (item, "url", far_provider_member (endpoint, "url"));
  json_object_set_string_member (item, "stripe_signature", signature);
  json_object_set_string_member (item, "payload", payload);
  json_array_add_object_element (data, item);
  return TRUE;
}

static gboolean
take_deliveries (const FarProviderCall  *call,
                 FarProviderAnswer      *answer,
                 GError                **error)
{
  g_autoptr (GPtrArray) deliveries = NULL;
  g_autoptr (GPtrArray) endpoints = NULL;
  g_autoptr (JsonObject) list = json_object_new ();
  JsonArray *data = json_array_new ();

  json_object_set_string_member (list, "object", "list");
  json_object_set_array_member (list, "data", data);
  if (!list_endpoints (call, &endpoints, error) ||
      !far_provider_books_take_deliveries (call->db, call->now_us, call->now_us + LEASE_US,
                                           DELIVERIES_MAX, &deliveries, error))
    return FALSE;
  for (guint i = 0; i < deliveries->len; i++)
    if (!add_delivery (call, g_ptr_array_index (deliveries, i), endpoints, data, error))
      return FALSE;
  return far_provider_answer_document (call, answer, list, error);
}

static gboolean
end_delivery (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  gboolean delivered = g_strcmp0 (far_provider_field (call, "delivered"), "true") == 0;
  g_autoptr (JsonObject) done = json_object_new ();
  gint64 delivery, attempts, retry_us = 0;

  if (!g_ascii_string_to_signed (call->id, 10, 1, G_MAXINT64, &delivery, NULL))
    return far_provider_refuse_missing (answer, "delivery", call->id);
  if (!far_provider_books_find_delivery (call->db, delivery, &attempts, error))
    return FALSE;
  if (!delivered && attempts > 0 && attempts < ATTEMPTS_MAX)
    retry_us = call->now_us + (RETRY_US << (attempts - 1));
  json_object_set_boolean_member (done, "delivered", delivered);
  return (attempts == 0 ||
          far_provider_books_end_delivery (call->db, delivery, delivered, retry_us, error)) &&
         far_provider_answer_document (call, answer, done, error);
}

/* ---- endpoints and events ---- */

static gboolean
post_endpoint (const FarProviderCall  *call,
               FarProviderAnswer      *answer,
               GError                **error)
{
  const char *url = far_provider_field (call, "url");
  g_autoptr (JsonObject) endpoint = far_provider_document_new (call, "we", "webhook_endpoint");
  g_autofree char *secret = far_provider_books_new_id ("whsec");
  JsonArray *types = json_array_new ();

  for (guint i = 0; i < far_provider_form_length (call->form); i++)
    if (g_str_has_prefix (far_provider_form_name (call->form, i), "enabled_events["))
      json_array_add_string_element (types, far_provider_form_value (call->form, i));
  json_object_set_array_member (endpoint, "enabled_events", types);
  if (url == NULL || json_array_get_length (types) == 0)
    return far_provider_refuse (answer, 400, "parameter_missing",
                                "url and enabled_events are needed");
  json_object_set_string_member (endpoint, "url", url);
  json_object_set_string_member (endpoint, "status", "enabled");
  json_object_set_string_member (endpoint, "_secret", secret);
  if (!far_provider_books_put (call->db, endpoint, error))
    return FALSE;
  /* Shown this once, as Stripe does. */
  json_object_set_string_member (endpoint, "secret", secret);
  return far_provider_answer_document (call, answer, endpoint, error);
}

static gboolean
get_endpoint (const FarProviderCall  *call,
              FarProviderAnswer      *answer,
              GError                **error)
{
  return far_provider_answer_get (call, answer, "webhook_endpoint", error);
}

static gboolean
delete_endpoint (const FarProviderCall  *call,
                 FarProviderAnswer      *answer,
                 GError                **error)
{
  g_autoptr (JsonObject) endpoint = NULL;
  g_autoptr (JsonObject) remains = json_object_new ();

  if (!far_provider_need (call, call->id, "webhook_endpoint", answer, &endpoint, error))
    return FALSE;
  if (endpoint == NULL)
    return TRUE;
  json_object_set_string_member (endpoint, "status", "disabled");
  json_object_set_string_member (remains, "id", call->id);
  json_object_set_string_member (remains, "object", "webhook_endpoint");
  json_object_set_boolean_member (remains, "deleted", TRUE);
  return far_provider_books_put (call->db, endpoint, error) &&
         far_provider_answer_document (call, answer, remains, error);
}

static gboolean
list_webhook_endpoints (const FarProviderCall  *call,
                        FarProviderAnswer      *answer,
                        GError                **error)
{
  return far_provider_answer_list (call, answer, "webhook_endpoint", error);
}

static gboolean
get_event (const FarProviderCall  *call,
           FarProviderAnswer      *answer,
           GError                **error)
{
  return far_provider_answer_get (call, answer, "event", error);
}

static gboolean
list_events (const FarProviderCall  *call,
             FarProviderAnswer      *answer,
             GError                **error)
{
  return far_provider_answer_list (call, answer, "event", error);
}

const FarProviderRoute far_provider_routes_events[] = {
  { "GET", "events", list_events },
  { "GET", "events/{}", get_event },
  { "POST", "webhook_endpoints", post_endpoint },
  { "GET", "webhook_endpoints", list_webhook_endpoints },
  { "GET", "webhook_endpoints/{}", get_endpoint },
  { "DELETE", "webhook_endpoints/{}", delete_endpoint },
  { "POST", "test_helpers/webhook_deliveries", take_deliveries },
  { "POST", "test_helpers/webhook_deliveries/{}", end_delivery },
  { NULL, NULL, NULL },
};
