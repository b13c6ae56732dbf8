/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test payment provider: its wire format, its keys, and that nothing is done twice. */
#include <string.h>

#include "functions/far-provider-books.h"
#include "functions/far-provider-client.h"
#include "market/far-provider-form.h"
#include "provider-gateway.h"

static HarnessAnswer *
call (ProviderGateway *gateway,
      const char      *method,
      const char      *path,
      const char      *body,
      const char      *key)
{
  HarnessRequest request = {
    .method = method, .path = "/provider/v1/", .parameter = "proxy", .value = path, .body = body,
    .header = "authorization", .header_value = "Bearer " GATEWAY_KEY, .idempotency_key = key,
  };

  return harness_call (provider_gateway_harness (gateway), &request);
}

/* Returns: (transfer full): the "id" of an answer of 200 */
static char *
call_for_id (ProviderGateway *gateway,
             const char      *path,
             const char      *body)
{
  g_autoptr (HarnessAnswer) answer = call (gateway, "POST", path, body, NULL);

  g_assert_cmpuint (answer->status, ==, 200);
  return g_strdup (json_object_get_string_member (json_node_get_object (answer->json), "id"));
}

/* A form that charges a fresh customer with that test method. */
static char *
charge_form (ProviderGateway *gateway,
             const char      *method,
             const char      *units)
{
  g_autofree char *customer = call_for_id (gateway, "customers", "description=x");
  g_autofree char *attach = g_strconcat ("payment_methods/", method, "/attach", NULL);
  g_autofree char *form = g_strconcat ("customer=", customer, NULL);
  g_autofree char *saved = call_for_id (gateway, attach, form);

  g_assert_true (g_str_has_prefix (customer, "cus_"));
  g_assert_true (g_str_has_prefix (saved, "pm_"));
  return g_strdup_printf ("amount=%s&currency=USD&customer=%s&payment_method=%s&off_session=true&"
                          "confirm=true&expand%%5B%%5D=latest_charge.balance_transaction",
                          units, customer, saved);
}

static JsonObject *
object_of (HarnessAnswer *answer)
{
  g_assert_nonnull (answer->json);
  return json_node_get_object (answer->json);
}

static void
test_keys (void)
{
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  static const char *const keys[] = { "", "Bearer ", "Bearer sk_test_other", GATEWAY_KEY,
                                      "Bearer " GATEWAY_KEY "x" };
  g_autoptr (GError) error = NULL;
  gpointer state;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      HarnessRequest request = { .method = "POST", .path = "/x", .parameter = "proxy",
                                 .value = "customers", .body = "", .header = "authorization",
                                 .header_value = keys[i] };
      g_autoptr (HarnessAnswer) answer =
        harness_call (provider_gateway_harness (gateway), &request);

      g_assert_cmpuint (answer->status, ==, 401);
    }
  /* It never starts with a key that could move money. */
  g_setenv ("PROVIDER_KEY", "sk_live_1", TRUE);
  g_assert_false (far_provider_function.init (&state, &error));
  g_assert_nonnull (strstr (error->message, "sk_test_"));
  g_setenv ("PROVIDER_KEY", GATEWAY_KEY, TRUE);
}

static void
test_charge (void)
{
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  g_autofree char *form = charge_form (gateway, "pm_card_visa", "523");
  g_autoptr (HarnessAnswer) answer = call (gateway, "POST", "payment_intents", form, "key-1");
  JsonObject *intent = object_of (answer);
  JsonObject *charge, *transaction;
  g_autofree char *path = NULL;
  g_autoptr (HarnessAnswer) asked = NULL;

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (json_object_get_string_member (intent, "object"), ==, "payment_intent");
  g_assert_cmpstr (json_object_get_string_member (intent, "status"), ==, "succeeded");
  g_assert_cmpint (json_object_get_int_member (intent, "amount"), ==, 523);
  g_assert_cmpstr (json_object_get_string_member (intent, "currency"), ==, "usd");
  charge = json_object_get_object_member (intent, "latest_charge");
  transaction = json_object_get_object_member (charge, "balance_transaction");
  /* 2.9 % of 523 is 15.167. */
  g_assert_cmpint (json_object_get_int_member (transaction, "fee"), ==, 45);
  g_assert_cmpint (json_object_get_int_member (transaction, "net"), ==, 478);

  path = g_strconcat ("payment_intents/", json_object_get_string_member (intent, "id"), NULL);
  asked = call (gateway, "GET", path, NULL, NULL);
  g_assert_cmpuint (asked->status, ==, 200);
  g_assert_cmpstr (json_object_get_string_member (object_of (asked), "latest_charge"), ==,
                   json_object_get_string_member (charge, "id"));
}

static void
test_idempotency (void)
{
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  g_autofree char *form = charge_form (gateway, "pm_card_visa", "600");
  g_autofree char *other = charge_form (gateway, "pm_card_visa", "601");
  g_autoptr (HarnessAnswer) first = call (gateway, "POST", "payment_intents", form, "key-1");
  g_autoptr (HarnessAnswer) again = call (gateway, "POST", "payment_intents", form, "key-1");
  g_autoptr (HarnessAnswer) mismatch = call (gateway, "POST", "payment_intents", other, "key-1");
  g_autoptr (HarnessAnswer) fresh = call (gateway, "POST", "payment_intents", form, "key-2");
  g_autoptr (HarnessAnswer) later = NULL;

  g_assert_cmpstr (first->body, ==, again->body);
  g_assert_cmpuint (mismatch->status, ==, 400);
  g_assert_cmpstr (json_object_get_string_member (
                     json_object_get_object_member (object_of (mismatch), "error"), "type"),
                   ==, "idempotency_error");
  g_assert_cmpstr (first->body, !=, fresh->body);

  provider_gateway_restart (gateway);
  later = call (gateway, "POST", "payment_intents", form, "key-1");
  g_assert_cmpstr (first->body, ==, later->body);
}

/* A refused charge is remembered; a request that was not understood is not. */
static void
test_declines (void)
{
  static const struct {
    const char *method, *code, *decline;
  } cases[] = {
    { "pm_card_chargeCustomerFail", "card_declined", "generic_decline" },
    { "pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds" },
    { "pm_card_authenticationRequired", "authentication_required", "authentication_required" },
  };
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  g_autofree char *good = charge_form (gateway, "pm_card_visa", "700");
  g_autoptr (HarnessAnswer) refused = NULL;
  g_autoptr (HarnessAnswer) mended = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *form = charge_form (gateway, cases[i].method, "700");
      g_autoptr (HarnessAnswer) answer =
        call (gateway, "POST", "payment_intents", form, cases[i].method);
      g_autoptr (HarnessAnswer) again =
        call (gateway, "POST", "payment_intents", form, cases[i].method);
      JsonObject *error = json_object_get_object_member (object_of (answer), "error");

      g_assert_cmpuint (answer->status, ==, 402);
      g_assert_cmpstr (json_object_get_string_member (error, "type"), ==, "card_error");
      g_assert_cmpstr (json_object_get_string_member (error, "code"), ==, cases[i].code);
      g_assert_cmpstr (json_object_get_string_member (error, "decline_code"), ==,
                       cases[i].decline);
      g_assert_true (json_object_has_member (error, "payment_intent"));
      g_assert_cmpstr (answer->body, ==, again->body);
    }
  refused = call (gateway, "POST", "payment_intents", "amount=0", "key-9");
  g_assert_cmpuint (refused->status, ==, 400);
  mended = call (gateway, "POST", "payment_intents", good, "key-9");
  g_assert_cmpuint (mended->status, ==, 200);
}

static void
test_refused (void)
{
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  g_autofree char *mine = call_for_id (gateway, "customers", "description=me");
  g_autofree char *customer = g_strconcat ("customer=", mine, NULL);
  g_autofree char *form = charge_form (gateway, "pm_card_visa", "100");
  g_autofree char *big = g_strnfill (FAR_PROVIDER_FORM_BYTES_MAX + 1, 'a');
  g_auto (GStrv) parts = g_strsplit (form, "customer=", 2);
  g_autofree char *stolen =
    g_strdup_printf ("%scustomer=%s%s", parts[0], mine, strchr (parts[1], '&'));
  const struct {
    const char *method, *path, *body;
    guint status;
  } cases[] = {
    { "POST", "payment_methods/pm_card_visa/attach", "customer=cus_nobody", 404 },
    { "POST", "payment_methods/pm_card_visa/attach", "", 400 },
    { "POST", "payment_methods/4242424242424242/attach", customer, 404 },
    { "POST", "payment_methods/pm_card_chargeDeclined/attach", customer, 402 },
    { "POST", "payment_intents", stolen, 400 },
    { "POST", "payment_intents", "amount=12.5&currency=usd&customer=c&payment_method=p", 400 },
    { "POST", "payment_intents", "amount=100000000&currency=usd&customer=c&payment_method=p", 400 },
    { "POST", "payment_intents", "amount=5&currency=dollar&customer=c&payment_method=p", 400 },
    { "POST", "payment_intents", "amount=5&currency=usd", 400 },
    { "POST", "payment_intents", "%zz=1", 400 },
    { "POST", "payment_intents", big, 413 },
    { "POST", "payment_intents", "amount=%00", 400 },
    { "GET", "payment_intents/pi_nothing", NULL, 404 },
    { "GET", "customers/cus_nobody", NULL, 404 },
    { "DELETE", "customers", NULL, 405 },
    { "PUT", "customers", NULL, 405 },
    { "POST", "refunds", "", 400 },
    { "POST", "refunds", "charge=ch_nothing", 404 },
    { "POST", "refunds", "charge=ch_x&payment_intent=pi_x", 400 },
    { "POST", "payment_intents", "amount=49&currency=usd", 400 },
    { "POST", "payment_intents", "amount=5125&currency=kwd", 400 },
    { "POST", "checkout/sessions", "mode=payment&success_url=http://x/", 400 },
    { "POST", "checkout/sessions", "mode=setup", 400 },
    { "GET", "payment_intents?limit=0", NULL, 404 },
    { "POST", "webhook_endpoints", "url=http://x/", 400 },
    { "POST", "", "", 404 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HarnessAnswer) answer =
        call (gateway, cases[i].method, cases[i].path, cases[i].body, NULL);

      if (answer->status != cases[i].status)
        g_error ("case %u: %u instead of %u: %s", i, answer->status, cases[i].status, answer->body);
      g_assert_cmpuint (strlen (harness_answer_message (answer)), >, 5);
    }
}

/* A database that the first version wrote is read by this one: nothing that was paid is lost. */
static void
test_migration (void)
{
  static const char first[] =
    "CREATE TABLE customers (id TEXT PRIMARY KEY, description TEXT NOT NULL,"
    " created_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE methods (id TEXT PRIMARY KEY, name TEXT NOT NULL, customer TEXT NOT NULL"
    " REFERENCES customers, created_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE intents (id TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers,"
    " method TEXT NOT NULL REFERENCES methods, charge TEXT NOT NULL, balance TEXT NOT NULL,"
    " currency TEXT NOT NULL, status TEXT NOT NULL, decline TEXT NOT NULL,"
    " units INTEGER NOT NULL CHECK (units > 0), fee_units INTEGER NOT NULL CHECK (fee_units >= 0),"
    " created_us INTEGER NOT NULL, settles_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE answers (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL,"
    " status INTEGER NOT NULL, body TEXT NOT NULL, created_us INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX answers_by_age ON answers (created_us);"
    "INSERT INTO customers VALUES ('cus_1', 'a reader', 1000000);"
    "INSERT INTO methods VALUES ('pm_1', 'pm_card_visa', 'cus_1', 2000000);"
    "INSERT INTO intents VALUES ('pi_1', 'cus_1', 'pm_1', 'ch_1', 'txn_1', 'usd', 'succeeded', '',"
    " 523, 45, 3000000, 0), ('pi_2', 'cus_1', 'pm_1', 'ch_2', '', 'usd', 'processing', '', 700, 0,"
    " 4000000, 5000000);";
  const char *const migrations[] = { first, NULL };
  FarDbOptions options = { .mode = FAR_DB_MODE_CREATE, .sync = FAR_DB_SYNC_NORMAL,
                           .application_id = FAR_DB_APPLICATION_ID ('F', 'P', 'r', 'v'),
                           .migrations = migrations };
  g_autofree char *folder = g_dir_make_tmp ("far-provider-old-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "provider.db", NULL);
  g_autofree char *cleanup = g_strdup_printf ("rm -r '%s'", folder);
  g_autoptr (FarDb) db = far_db_open (path, &options, NULL);
  g_autoptr (JsonObject) intent = NULL;
  g_autoptr (JsonObject) method = NULL;
  g_autoptr (JsonObject) booked = NULL;
  g_autoptr (GPtrArray) awake = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (db);
  far_db_close (g_steal_pointer (&db));
  db = far_provider_books_open (folder, &error);
  g_assert_no_error (error);
  g_assert_true (far_provider_books_find (db, "pi_1", "payment_intent", &intent, &error));
  g_assert_cmpint (json_object_get_int_member (intent, "amount_received"), ==, 523);
  g_assert_cmpstr (json_object_get_string_member (intent, "latest_charge"), ==, "ch_1");
  g_assert_true (far_provider_books_find (db, "txn_1", "balance_transaction", &booked, &error));
  g_assert_cmpint (json_object_get_int_member (booked, "net"), ==, 478);
  g_assert_true (far_provider_books_find (db, "pm_1", "payment_method", &method, &error));
  g_assert_cmpstr (json_object_get_string_member (method, "_outcome"), ==, "pm_card_visa");
  g_assert_true (far_provider_books_list_awake (db, 5000000, &awake, &error));
  g_assert_cmpuint (awake->len, ==, 1);
  far_db_close (g_steal_pointer (&db));
  g_assert_true (g_spawn_command_line_sync (cleanup, NULL, NULL, NULL, NULL));
}

/* ---- The client that settlement uses, through HTTP ---- */

static FarProviderClient *
new_client (void)
{
  g_autoptr (GError) error = NULL;
  FarProviderClient *client = far_provider_client_new (NULL, &error);

  g_assert_no_error (error);
  return client;
}

typedef struct {
  char *customer, *method;
} Saved;

static void
saved_clear (Saved *saved)
{
  g_free (saved->customer);
  g_free (saved->method);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Saved, saved_clear)

static void
save (FarProviderClient *client,
      const char        *key,
      const char        *name,
      Saved             *saved)
{
  g_autoptr (GError) error = NULL;

  far_provider_client_save_method (client, key, name, &saved->customer, &saved->method, &error);
  g_assert_no_error (error);
}

static void
charge (FarProviderClient *client,
        const Saved       *saved,
        const char        *intent,
        gint64             amount_micros,
        FarProviderResult *ret_result)
{
  FarProviderCharge request = { .intent = intent, .amount_micros = amount_micros,
                                .currency = "USD", .customer = saved->customer,
                                .method = saved->method };

  far_provider_client_charge (client, &request, ret_result);
}

static void
test_client (void)
{
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  g_autoptr (FarProviderClient) client = new_client ();
  g_auto (Saved) saved = { NULL };
  g_auto (Saved) again = { NULL };
  g_auto (FarProviderResult) first = { 0 };
  g_auto (FarProviderResult) second = { 0 };
  g_auto (FarProviderResult) odd = { 0 };
  g_autoptr (GError) error = NULL;
  char *customer, *method;

  save (client, "k", "pm_card_visa", &saved);
  save (client, "k", "pm_card_visa", &again);
  g_assert_cmpstr (saved.customer, ==, again.customer);
  g_assert_cmpstr (saved.method, ==, again.method);
  g_assert_false (far_provider_client_save_method (client, "k2", "pm_card_chargeDeclined",
                                                   &customer, &method, &error));
  g_assert_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED);

  charge (client, &saved, "intent-1", 5230000, &first);
  g_assert_cmpint (first.outcome, ==, FAR_PROVIDER_SUCCEEDED);
  g_assert_cmpint (first.fee_micros, ==, 450000);
  charge (client, &saved, "intent-1", 5230000, &second);
  g_assert_cmpint (second.outcome, ==, FAR_PROVIDER_SUCCEEDED);
  g_assert_cmpstr (first.id, ==, second.id);
  /* A part of a cent cannot be charged; nothing is sent. */
  charge (client, &saved, "intent-2", 5230001, &odd);
  g_assert_cmpint (odd.outcome, ==, FAR_PROVIDER_FAILED);
  g_assert_null (odd.id);
}

static void
test_client_outcomes (void)
{
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  g_autoptr (FarProviderClient) client = new_client ();
  g_auto (Saved) declines = { NULL };
  g_auto (Saved) processes = { NULL };
  g_auto (Saved) times_out = { NULL };
  g_auto (FarProviderResult) result = { 0 };
  g_autofree char *id = NULL;

  save (client, "a", "pm_card_chargeCustomerFail", &declines);
  charge (client, &declines, "i-1", 5000000, &result);
  g_assert_cmpint (result.outcome, ==, FAR_PROVIDER_FAILED);
  g_assert_nonnull (result.id);
  g_assert_cmpstr (result.reason, ==, "generic_decline");
  g_assert_cmpstr (result.detail, ==, "Your card was declined.");
  far_provider_result_clear (&result);

  save (client, "b", "pm_card_processing", &processes);
  charge (client, &processes, "i-2", 5000000, &result);
  g_assert_cmpint (result.outcome, ==, FAR_PROVIDER_PENDING);
  id = g_strdup (result.id);
  far_provider_result_clear (&result);
  g_assert_true (far_clock_advance (harness_clock (provider_gateway_harness (gateway)),
                                    61 * G_USEC_PER_SEC, NULL));
  charge (client, &processes, "i-2", 5000000, &result);
  g_assert_cmpint (result.outcome, ==, FAR_PROVIDER_SUCCEEDED);
  g_assert_cmpstr (result.id, ==, id);
  g_assert_cmpint (result.fee_micros, ==, 450000);
  far_provider_result_clear (&result);

  /* The answer is lost, the charge is not; the same key finds it. */
  save (client, "c", "pm_card_timeout", &times_out);
  charge (client, &times_out, "i-3", 5000000, &result);
  g_assert_cmpint (result.outcome, ==, FAR_PROVIDER_PENDING);
  g_assert_null (result.id);
  far_provider_result_clear (&result);
  charge (client, &times_out, "i-3", 5000000, &result);
  g_assert_cmpint (result.outcome, ==, FAR_PROVIDER_SUCCEEDED);
}

/* Whatever is no plain yes or no is unknown. */
static void
test_client_broken (void)
{
  static const guint statuses[] = { 401, 409, 429, 500, 502, 503 };
  g_autoptr (ProviderGateway) gateway = provider_gateway_new ();
  g_autoptr (FarProviderClient) client = new_client ();
  g_auto (Saved) saved = { NULL };
  g_auto (FarProviderResult) result = { 0 };

  save (client, "k", "pm_card_visa", &saved);
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      provider_gateway_break (gateway, statuses[i]);
      charge (client, &saved, "i-1", 5000000, &result);
      g_assert_cmpint (result.outcome, ==, FAR_PROVIDER_PENDING);
      g_assert_nonnull (result.reason);
      far_provider_result_clear (&result);
    }
  provider_gateway_break (gateway, 0);
  charge (client, &saved, "i-1", 5000000, &result);
  g_assert_cmpint (result.outcome, ==, FAR_PROVIDER_SUCCEEDED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/provider/keys", test_keys);
  g_test_add_func ("/provider/charge", test_charge);
  g_test_add_func ("/provider/idempotency", test_idempotency);
  g_test_add_func ("/provider/declines", test_declines);
  g_test_add_func ("/provider/refused", test_refused);
  g_test_add_func ("/provider/migration", test_migration);
  g_test_add_func ("/provider/client", test_client);
  g_test_add_func ("/provider/client-outcomes", test_client_outcomes);
  g_test_add_func ("/provider/client-broken", test_client_broken);
  return g_test_run ();
}
