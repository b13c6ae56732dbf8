/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader's own money where the payment provider has a part in it: POST /wallet/methods (test
 * names), POST /wallet/setups and /wallet/topups (a page of the provider's), GET
 * /wallet/checkouts/{checkout} (how that went), POST /tab/payments, POST /wallet/refunds, POST
 * /wallet/deletion; GET /wallet/return is where the provider's page leads back to. A method is
 * named, never described: no card number passes through here, and there is no field that would
 * take one. */
#include "functions/far-deletion.h"
#include "functions/far-functions.h"
#include "functions/far-market-http.h"
#include "functions/far-provider-check.h"
#include "functions/far-till.h"
#include "functions/far-way-back.h"

#include <string.h>

#define PARTS_MAX 100
#define CURRENCIES_MAX 200
#define VISIT_US (24 * G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct {
  const FarLambdaContext *context;
  FarMarket              *market;
  FarTill                 till;
  FarLambdaRequest       *request;
  FarLambdaResponse      *response;
  char                    reader[FAR_READER_LEN + 1];
  char                   *return_url;
} Visit;

/* Answers that the provider could not be asked; a REFUSED of its own is answered as code. */
static void
refuse_provider (Visit        *visit,
                 const char   *code,
                 const GError *error)
{
  if (error->domain != FAR_PROVIDER_ERROR)
    far_market_refuse (visit->response, error);
  else if (g_error_matches (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED))
    far_lambda_response_set_error (visit->response, 422, code, "%s", error->message);
  else if (g_error_matches (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG))
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "provider: %s", error->message);
      far_lambda_response_set_error (visit->response, 503, "payments_not_set_up",
                                     "This publication cannot take payments yet");
    }
  else
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "provider: %s", error->message);
      far_lambda_response_set_header (visit->response, "retry-after", "1");
      far_lambda_response_set_error (visit->response, 503, "provider_unavailable",
                                     "The payment provider did not answer. Try again with the "
                                     "same key");
    }
}

/* Begins a command with what nearly all of them have. */
static void
begin_command (Visit         *visit,
               FarJsonWriter *command,
               const char    *name,
               const char    *key)
{
  far_bookkeeper_client_begin (command, name);
  if (key != NULL)
    far_json_add_string (command, "key", key);
  far_json_add_string (command, "reader", visit->reader);
  far_json_add_string (command, "property", visit->market->publication->id);
}

/* ---- paying the tab ---- */

/* Charges what is owed, if it can be charged, and writes the member "charge": null where it cannot
 * be. key is the request's; the books know a refusal by it as well as a charge. */
static gboolean
pay_tab (Visit          *visit,
         const char     *key,
         gboolean        must,
         FarJsonWriter  *writer,
         GError        **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_auto (FarProviderResult) result = { FAR_PROVIDER_PENDING };
  g_autoptr (JsonNode) begun = NULL;
  g_autoptr (GError) refused = NULL;
  gint64 amount_micros;

  begin_command (visit, &command, "tab.pay", key);
  begun = far_market_call (visit->market, &command, &refused);
  if (begun == NULL && !must &&
      (g_error_matches (refused, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_NOTHING_DUE) ||
       g_error_matches (refused, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNDER_MINIMUM) ||
       g_error_matches (refused, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_CHARGE_IN_FLIGHT)))
    {
      far_json_add_null (writer, "charge");
      return TRUE;
    }
  if (begun == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  if (!far_json_get_micros (json_node_get_object (begun), "amount_micros", &amount_micros,
                            error) ||
      !far_till_charge (&visit->till, json_node_get_object (begun), visit->return_url, &result,
                        error))
    return FALSE;
  far_till_add_charge (writer, &result, amount_micros, far_clock_now_us (visit->context->clock));
  return TRUE;
}

/* What the tab and the wallet hold now. */
static gboolean
add_balances (Visit          *visit,
              FarJsonWriter  *writer,
              GError        **error)
{
  static const char *const members[] = { "tab_micros", "wallet_micros" };
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;

  begin_command (visit, &command, "wallet", NULL);
  answer = far_market_call (visit->market, &command, error);
  for (guint i = 0; answer != NULL && i < G_N_ELEMENTS (members); i++)
    far_json_add_node (writer, members[i],
                       json_object_get_member (json_node_get_object (answer), members[i]));
  return answer != NULL;
}

static void
answer_payment (Visit      *visit,
                const char *key)
{
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (GError) error = NULL;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (!pay_tab (visit, key, TRUE, &writer, &error) || !add_balances (visit, &writer, &error))
    {
      refuse_provider (visit, "payment_refused", error);
      return;
    }
  far_json_end_object (&writer);
  far_market_set_private (visit->response, &writer);
}

/* ---- methods by their test names ---- */

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

static void
add_method (Visit      *visit,
            JsonObject *body,
            const char *key)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_auto (FarJsonWriter) writer = { NULL };
  g_autofree char *theirs = provider_key (visit->reader, key);
  g_autofree char *customer = NULL;
  g_autofree char *saved = NULL;
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) error = NULL;
  const char *method = far_market_need_string (body, "method", 64, visit->response);

  if (method == NULL)
    return;
  if (!is_method_name (method))
    {
      far_lambda_response_set_error (visit->response, 400, "bad_request",
                                     "method is the provider's name of a payment method, such as "
                                     "pm_card_visa; card details are never sent here");
      return;
    }
  if (!far_provider_client_save_method (visit->till.provider, theirs, method, &customer, &saved,
                                        &error))
    {
      refuse_provider (visit, "method_refused", error);
      return;
    }
  far_bookkeeper_client_begin (&command, "method.set");
  far_json_add_string (&command, "key", key);
  far_json_add_string (&command, "reader", visit->reader);
  far_json_add_string (&command, "customer", customer);
  far_json_add_string (&command, "payment_method", saved);
  answer = far_market_call (visit->market, &command, &error);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (answer != NULL)
    far_market_add_members (&writer, answer);
  if (answer == NULL || !pay_tab (visit, key, FALSE, &writer, &error))
    {
      refuse_provider (visit, "payment_refused", error);
      return;
    }
  far_json_end_object (&writer);
  far_market_set_private (visit->response, &writer);
}

/* ---- the provider's page ---- */

/* Answers with a checkout as the books know it. A new method pays at once. */
static void
answer_checkout (Visit      *visit,
                 JsonObject *checkout)
{
  static const char *const members[] = {
    "checkout", "kind", "state", "url", "amount_micros", "currency", "method", "tab_micros",
    "wallet_micros",
  };
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (GError) error = NULL;
  gint64 begun_us;
  const char *state, *id;

  if (!far_json_get_string (checkout, "checkout", 64, &id, &error) ||
      !far_json_get_string (checkout, "state", 64, &state, &error) ||
      !far_json_get_int (checkout, "begun_us", 0, G_MAXINT64, &begun_us, &error))
    {
      refuse_provider (visit, "internal", error);
      return;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (json_object_has_member (checkout, members[i]))
      far_json_add_node (&writer, members[i], json_object_get_member (checkout, members[i]));
  far_json_add_int (&writer, "expires_us", begun_us + VISIT_US);
  if (strcmp (state, "succeeded") == 0 && far_json_has (checkout, "chargeable_tab"))
    {
      if (!pay_tab (visit, id, FALSE, &writer, &error))
        {
          refuse_provider (visit, "payment_refused", error);
          return;
        }
    }
  else
    far_json_add_null (&writer, "charge");
  far_json_end_object (&writer);
  far_market_set_private (visit->response, &writer);
}

/* Returns: (transfer full) (nullable): what the books know of a checkout of this reader */
static JsonNode *
get_checkout (Visit       *visit,
              const char  *checkout,
              GError     **error)
{
  g_auto (FarJsonWriter) command = { NULL };

  far_bookkeeper_client_begin (&command, "checkout.get");
  far_json_add_string (&command, "reader", visit->reader);
  far_json_add_string (&command, "checkout", checkout);
  return far_market_call (visit->market, &command, error);
}

/* Asks the provider for a page and puts it on the books. */
static gboolean
make_page (Visit       *visit,
           JsonObject  *begun,
           GError     **error)
{
  g_auto (FarProviderSession) session = { NULL };
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  FarProviderVisit wanted = { .return_url = visit->return_url };
  const char *kind;

  if (!far_till_check_money (&visit->till, begun, error) ||
      !far_json_get_string (begun, "checkout", 64, &wanted.checkout, error) ||
      !far_json_get_string (begun, "kind", 16, &kind, error) ||
      !far_json_get_micros (begun, "amount_micros", &wanted.amount_micros, error) ||
      !far_json_get_string (begun, "currency", 3, &wanted.currency, error) ||
      (far_json_has (begun, "customer") &&
       !far_json_get_string (begun, "customer", FAR_PROVIDER_WORD_MAX, &wanted.customer, error)))
    return FALSE;
  wanted.setup = strcmp (kind, "setup") == 0;
  if (!far_provider_client_begin_visit (visit->till.provider, &wanted, &session, error))
    return FALSE;
  far_bookkeeper_client_begin (&command, "checkout.session");
  far_json_add_string (&command, "checkout", wanted.checkout);
  far_json_add_string (&command, "session", session.id);
  far_json_add_string (&command, "url", session.url != NULL ? session.url : "about:blank");
  answer = far_market_call (visit->market, &command, error);
  return answer != NULL;
}

static void
begin_checkout (Visit      *visit,
                JsonObject *body,
                const char *key,
                const char *kind)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) begun = NULL;
  g_autoptr (JsonNode) checkout = NULL;
  g_autoptr (GError) error = NULL;
  gint64 amount_micros;
  const char *id;

  begin_command (visit, &command, "checkout.begin", key);
  far_json_add_string (&command, "kind", kind);
  if (strcmp (kind, "topup") == 0)
    {
      if (!far_json_get_micros (body, "amount_micros", &amount_micros, &error) ||
          amount_micros == 0)
        {
          far_lambda_response_set_error (visit->response, 400, "bad_request", "%s",
                                         error != NULL ? error->message
                                                       : "amount_micros is more than nothing");
          return;
        }
      far_json_add_micros (&command, "amount_micros", amount_micros);
    }
  begun = far_market_call (visit->market, &command, &error);
  if (begun == NULL ||
      !far_json_get_string (json_node_get_object (begun), "checkout", 64, &id, &error) ||
      (checkout = get_checkout (visit, id, &error)) == NULL)
    {
      refuse_provider (visit, "internal", error);
      return;
    }
  /* The same key again: the page is there already. */
  if (!far_json_has (json_node_get_object (checkout), "session"))
    {
      g_clear_pointer (&checkout, json_node_unref);
      if (!make_page (visit, json_node_get_object (begun), &error) ||
          (checkout = get_checkout (visit, id, &error)) == NULL)
        {
          refuse_provider (visit, "checkout_refused", error);
          return;
        }
    }
  answer_checkout (visit, json_node_get_object (checkout));
}

static void
answer_visit (Visit *visit)
{
  const char *id = far_lambda_request_get_path_parameter (visit->request, "checkout");
  g_autoptr (JsonNode) checkout = NULL;
  g_autoptr (JsonNode) finished = NULL;
  g_autoptr (GError) error = NULL;
  const char *session, *state;
  JsonObject *object;

  if (id == NULL || strlen (id) != 32 || strspn (id, "0123456789abcdef") != 32)
    {
      far_lambda_response_set_error (visit->response, 404, "unknown_checkout",
                                     "There is no such checkout");
      return;
    }
  checkout = get_checkout (visit, id, &error);
  if (checkout == NULL)
    {
      refuse_provider (visit, "internal", error);
      return;
    }
  object = json_node_get_object (checkout);
  if (far_json_get_string (object, "state", 64, &state, NULL) &&
      (strcmp (state, "open") == 0 || strcmp (state, "processing") == 0) &&
      far_json_has (object, "session") &&
      far_json_get_string (object, "session", FAR_PROVIDER_WORD_MAX, &session, NULL))
    {
      if (!far_till_resolve_visit (&visit->till, id, session, &finished, &error))
        {
          refuse_provider (visit, "checkout_refused", error);
          return;
        }
      if (finished != NULL)
        object = json_node_get_object (finished);
    }
  answer_checkout (visit, object);
}

/* ---- the rest of the wallet ---- */

static void
refund_wallet (Visit      *visit,
               const char *key)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (JsonNode) begun = NULL;
  g_autoptr (GError) error = NULL;
  gint64 sums[3] = { 0, 0, 0 }; /* succeeded, unknown, failed */
  JsonArray *parts;

  begin_command (visit, &command, "wallet.refund.begin", key);
  begun = far_market_call (visit->market, &command, &error);
  if (begun == NULL || !far_json_get_array (json_node_get_object (begun), "refunds", PARTS_MAX,
                                            &parts, &error))
    {
      refuse_provider (visit, "internal", error);
      return;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "parts");
  for (guint i = 0; i < json_array_get_length (parts); i++)
    {
      JsonObject *part = json_array_get_object_element (parts, i);
      const char *state;
      gint64 amount_micros;

      if (!far_json_get_micros (part, "amount_micros", &amount_micros, &error) ||
          !far_till_refund (&visit->till, part, &state, &error))
        {
          refuse_provider (visit, "refund_refused", error);
          return;
        }
      sums[state[0] == 's' ? 0 : state[0] == 'u' ? 1 : 2] += amount_micros;
      far_json_begin_object (&writer, NULL);
      far_json_add_micros (&writer, "amount_micros", amount_micros);
      far_json_add_string (&writer, "state", state);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_add_micros (&writer, "refunded_micros", sums[0]);
  far_json_add_micros (&writer, "pending_micros", sums[1]);
  far_json_add_micros (&writer, "failed_micros", sums[2]);
  if (!add_balances (visit, &writer, &error))
    {
      refuse_provider (visit, "internal", error);
      return;
    }
  far_json_end_object (&writer);
  far_market_set_private (visit->response, &writer);
}

/* ---- deletion ---- */

static JsonNode *
delete_in_books (Visit     *visit,
                 gboolean   confirm,
                 GError   **error)
{
  g_auto (FarJsonWriter) command = { NULL };

  far_bookkeeper_client_begin (&command, "reader.delete");
  far_json_add_string (&command, "reader", visit->reader);
  far_json_add_bool (&command, "confirm", confirm);
  return far_market_call (visit->market, &command, error);
}

/* First whether the books allow it, then the provider forgets, then the books: a failure between
 * the two leaves the books knowing whom to have forgotten, and the request is repeated. */
static void
delete_reader (Visit *visit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) could = delete_in_books (visit, FALSE, &error);
  g_autoptr (JsonNode) done = NULL;
  g_auto (FarJsonWriter) writer = { NULL };
  const char *customer = NULL;
  JsonArray *left;
  gboolean known;

  if (could == NULL ||
      !far_json_get_array (json_node_get_object (could), "left", CURRENCIES_MAX, &left, &error) ||
      !far_json_get_bool (json_node_get_object (could), "known", &known, &error) ||
      (far_json_has (json_node_get_object (could), "customer") &&
       (!far_json_get_string (json_node_get_object (could), "customer", FAR_PROVIDER_WORD_MAX,
                              &customer, &error) ||
        !far_provider_client_forget (visit->till.provider, customer, &error))) ||
      (done = delete_in_books (visit, TRUE, &error)) == NULL)
    {
      refuse_provider (visit, "internal", error);
      return;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_bool (&writer, "deleted", TRUE);
  far_json_add_bool (&writer, "known", known);
  far_deletion_write (&writer, json_object_get_member (json_node_get_object (could), "left"));
  far_json_end_object (&writer);
  far_market_set_private (visit->response, &writer);
}

/* ---- requests ---- */

static void
act (Visit      *visit,
     const char *route)
{
  JsonObject *body;
  const char *key;

  if (g_str_has_prefix (route, "GET "))
    {
      answer_visit (visit);
      return;
    }
  if (g_str_has_suffix (route, "/methods"))
    body = far_market_need_body (visit->request, visit->response, "method", "key", NULL);
  else if (g_str_has_suffix (route, "/topups"))
    body = far_market_need_body (visit->request, visit->response, "key", "amount_micros", NULL);
  else
    body = far_market_need_body (visit->request, visit->response, "key", NULL);
  key = body != NULL ? far_market_need_string (body, "key", 128, visit->response) : NULL;
  if (key == NULL)
    return;
  if (g_str_has_suffix (route, "/methods"))
    add_method (visit, body, key);
  else if (g_str_has_suffix (route, "/setups"))
    begin_checkout (visit, body, key, "setup");
  else if (g_str_has_suffix (route, "/topups"))
    begin_checkout (visit, body, key, "topup");
  else if (g_str_has_suffix (route, "/payments"))
    answer_payment (visit, key);
  else if (g_str_has_suffix (route, "/refunds"))
    refund_wallet (visit, key);
  else
    delete_reader (visit);
}

static gboolean
cashier (const FarLambdaContext  *context,
         FarLambdaRequest        *request,
         FarLambdaResponse       *response,
         GError                 **error)
{
  const char *route = far_lambda_request_get_route_key (request);
  const char *host = far_lambda_request_get_header (request, "host");
  Visit visit = { .context = context, .market = context->state, .request = request,
                  .response = response };
  g_autoptr (GError) reason = NULL;

  if (g_str_has_suffix (route, "/return"))
    {
      far_way_back_answer (response);
      return TRUE;
    }
  far_market_refresh (visit.market);
  if (!far_market_need_reader (context, request, response, visit.reader))
    return TRUE;
  visit.return_url = far_way_back_url (request);
  if (far_till_open (&visit.till, visit.market, context->clock, host, &reason) &&
      far_way_back_check (visit.till.provider, visit.return_url, &reason))
    act (&visit, route);
  else
    refuse_provider (&visit, "internal", reason);
  far_till_close (&visit.till);
  g_free (visit.return_url);
  return TRUE;
}

const FarLambdaFunction far_cashier_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = cashier,
  .event = far_provider_check_event,
  .finish = far_market_finish,
};
