/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settlement: what it asks of the books, in which order, and what it makes of the provider's
 * answers. The provider is the real one, through HTTP; the books say what the test tells them. */
#include <string.h>

#include "functions/far-provider-client.h"
#include "lambda/far-bookkeeper-client.h"
#include "provider-gateway.h"

#define OK "{\"ok\":true}"
#define INTENT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define INTENT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

typedef struct {
  ProviderGateway *gateway;
  Harness         *harness;
  char            *customer, *method;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  const char *name = data;
  g_autofree char *folder = harness_demo ();
  g_autoptr (FarProviderClient) client = NULL;

  fixture->gateway = provider_gateway_new ();
  client = far_provider_client_new (NULL, NULL);
  g_assert_true (far_provider_client_save_method (client, "k", name, &fixture->customer,
                                                  &fixture->method, NULL));
  fixture->harness = harness_new (&far_settle_function, folder, -1);
  harness_expect (fixture->harness, OK); /* property.ensure */
  harness_expect (fixture->harness, OK); /* campaign.ensure */
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  harness_free (fixture->harness);
  provider_gateway_free (fixture->gateway);
  g_free (fixture->customer);
  g_free (fixture->method);
}

/* {members…,"intent","amount_micros","currency","customer","payment_method"} */
static char *
charge_json (Fixture    *fixture,
             const char *members,
             const char *intent,
             const char *amount_micros)
{
  return g_strdup_printf ("{%s\"intent\":\"%s\",\"amount_micros\":\"%s\",\"currency\":\"USD\","
                          "\"customer\":\"%s\",\"payment_method\":\"%s\"}",
                          members, intent, amount_micros, fixture->customer, fixture->method);
}

static void
expect_due (Fixture    *fixture,
            const char *tab,
            const char *open)
{
  g_autofree char *answer =
    g_strdup_printf ("{\"ok\":true,\"tabs\":[%s],\"open\":[%s]}",
                     tab != NULL ? "{\"tab\":\"cccccccccccccccccccccccccccccccc\","
                                   "\"amount_micros\":\"5230000\",\"currency\":\"USD\","
                                   "\"items\":105,\"reason\":\"threshold\"}" : "",
                     open != NULL ? open : "");

  harness_expect (fixture->harness, answer);
}

/* After the tabs: refunds.open and checkouts.open. */
static void
expect_rest (Fixture *fixture)
{
  harness_expect (fixture->harness, "{\"ok\":true,\"refunds\":[]}");
  harness_expect (fixture->harness, "{\"ok\":true,\"checkouts\":[]}");
}

static JsonObject *
asked (Fixture    *fixture,
       guint       i,
       const char *command)
{
  JsonObject *object = harness_asked (fixture->harness, i);

  g_assert_cmpstr (json_object_get_string_member (object, "command"), ==, command);
  return object;
}

static JsonObject *
run (Fixture   *fixture,
     JsonNode **ret_node)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *result =
    harness_event (fixture->harness, "{\"detail-type\":\"Scheduled Event\",\"detail\":{}}", &error);

  g_assert_no_error (error);
  *ret_node = far_json_parse_object (result, strlen (result), 4096, &error);
  g_assert_no_error (error);
  return json_node_get_object (*ret_node);
}

static void
test_nothing (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (JsonNode) node = NULL;
  guint before = provider_gateway_n_requests (fixture->gateway);

  expect_due (fixture, NULL, NULL);
  expect_rest (fixture);
  run (fixture, &node);
  asked (fixture, 0, "property.ensure");
  asked (fixture, 1, "campaign.ensure");
  asked (fixture, 2, "tabs.due");
  asked (fixture, 3, "refunds.open");
  asked (fixture, 4, "checkouts.open");
  g_assert_cmpuint (harness_n_asked (fixture->harness), ==, 5);
  /* One request: an instance that begins asks for disputes. */
  g_assert_cmpuint (provider_gateway_n_requests (fixture->gateway), ==, before + 1);
}

static void
test_due (Fixture       *fixture,
          gconstpointer  data)
{
  g_autofree char *begun = charge_json (fixture, "\"ok\":true,", INTENT_A, "5230000");
  g_autoptr (JsonNode) node = NULL;
  JsonObject *result, *finish;

  expect_due (fixture, "one", NULL);
  harness_expect (fixture->harness, begun);
  harness_expect (fixture->harness, OK);
  expect_rest (fixture);
  result = run (fixture, &node);
  asked (fixture, 3, "charge.begin");
  finish = asked (fixture, 4, "charge.finish");
  g_assert_cmpstr (json_object_get_string_member (finish, "intent"), ==, INTENT_A);
  g_assert_cmpstr (json_object_get_string_member (finish, "outcome"), ==, "succeeded");
  g_assert_cmpstr (json_object_get_string_member (finish, "fee_micros"), ==, "450000");
  g_assert_true (g_str_has_prefix (json_object_get_string_member (finish, "provider_id"), "pi_"));
  g_assert_cmpint (json_object_get_int_member (result, "succeeded"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (result, "succeeded_micros"), ==, "5230000");
}

/* Killed between the provider's answer and the books': the next run finds the same charge. */
static void
test_killed_between (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *open =
    charge_json (fixture, "\"state\":\"begun\",\"created_us\":1795406340000000,",
                 INTENT_A, "5230000");
  g_autoptr (FarProviderClient) client =
    far_provider_client_new (NULL, NULL);
  FarProviderCharge charge = { .intent = INTENT_A, .amount_micros = 5230000, .currency = "USD",
                               .customer = fixture->customer, .method = fixture->method };
  g_auto (FarProviderResult) before = { 0 };
  g_autoptr (JsonNode) node = NULL;
  JsonObject *finish;

  far_provider_client_charge (client, &charge, &before);
  g_assert_cmpint (before.outcome, ==, FAR_PROVIDER_SUCCEEDED);
  expect_due (fixture, NULL, open);
  harness_expect (fixture->harness, OK);
  expect_rest (fixture);
  run (fixture, &node);
  finish = asked (fixture, 3, "charge.finish");
  g_assert_cmpstr (json_object_get_string_member (finish, "outcome"), ==, "succeeded");
  g_assert_cmpstr (json_object_get_string_member (finish, "provider_id"), ==, before.id);
}

static void
test_declined (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *begun = charge_json (fixture, "\"ok\":true,", INTENT_A, "5000000");
  g_autofree char *logs = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *finish;

  expect_due (fixture, "one", NULL);
  harness_expect (fixture->harness, begun);
  harness_expect (fixture->harness, OK);
  expect_rest (fixture);
  run (fixture, &node);
  finish = asked (fixture, 4, "charge.finish");
  g_assert_cmpstr (json_object_get_string_member (finish, "outcome"), ==, "failed");
  g_assert_false (json_object_has_member (finish, "fee_micros"));
  logs = harness_logs (fixture->harness);
  g_assert_nonnull (strstr (logs, "declined"));
}

/* A time-out is unknown now, and found out a run later. */
static void
test_timeout (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *begun = charge_json (fixture, "\"ok\":true,", INTENT_A, "5000000");
  g_autofree char *open =
    charge_json (fixture, "\"state\":\"unknown\",\"created_us\":1795406340000000,",
                 INTENT_A, "5000000");
  g_autoptr (JsonNode) first = NULL;
  g_autoptr (JsonNode) second = NULL;

  expect_due (fixture, "one", NULL);
  harness_expect (fixture->harness, begun);
  harness_expect (fixture->harness, OK);
  expect_rest (fixture);
  run (fixture, &first);
  g_assert_cmpstr (json_object_get_string_member (asked (fixture, 4, "charge.finish"), "outcome"),
                   ==, "unknown");
  harness_expect (fixture->harness, OK);
  harness_expect (fixture->harness, OK);
  expect_due (fixture, NULL, open);
  harness_expect (fixture->harness, OK);
  expect_rest (fixture);
  run (fixture, &second);
  g_assert_cmpstr (json_object_get_string_member (asked (fixture, 10, "charge.finish"), "outcome"),
                   ==, "succeeded");
}

/* A refund between tabs.due and charge.begin: nothing to do, nothing asked of the provider. */
static void
test_refunded_meanwhile (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autoptr (JsonNode) node = NULL;
  guint before = provider_gateway_n_requests (fixture->gateway);

  expect_due (fixture, "one", NULL);
  harness_expect (fixture->harness, "{\"error\":{\"code\":\"nothing_due\",\"message\":\"-\"}}");
  expect_rest (fixture);
  run (fixture, &node);
  g_assert_cmpuint (provider_gateway_n_requests (fixture->gateway), ==, before + 1);
}

/* The books hold live money and the key is for test money: the provider is not asked for anything,
 * and nothing is told to the books. */
static void
test_wrong_money (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *begun =
    charge_json (fixture, "\"ok\":true,\"money\":\"live\",", INTENT_B, "5000000");
  g_autoptr (GError) error = NULL;
  g_autofree char *result = NULL;
  guint before = provider_gateway_n_requests (fixture->gateway);

  expect_due (fixture, "one", NULL);
  harness_expect (fixture->harness, begun);
  result = harness_event (fixture->harness, "{}", &error);
  g_assert_null (result);
  g_assert_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "live money"));
  g_assert_cmpuint (harness_n_asked (fixture->harness), ==, 4);
  g_assert_cmpuint (provider_gateway_n_requests (fixture->gateway), ==, before);
}

/* One charge that the books do not take as the provider tells it stops no other, nor what comes
 * after; it is told. */
static void
test_one_stuck (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *first = charge_json (fixture, "\"state\":\"unknown\",", INTENT_A, "5230000");
  g_autofree char *second = charge_json (fixture, "\"state\":\"unknown\",", INTENT_B, "6000000");
  g_autofree char *open = g_strconcat (first, ",", second, NULL);
  g_autofree char *logs = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *result;

  expect_due (fixture, NULL, open);
  harness_expect (fixture->harness, "{\"error\":{\"code\":\"conflict\",\"message\":\"it is failed "
                  "already\"}}");
  harness_expect (fixture->harness, OK);
  expect_rest (fixture);
  result = run (fixture, &node);
  g_assert_cmpint (json_object_get_int_member (result, "stuck"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (result, "succeeded"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (asked (fixture, 4, "charge.finish"), "intent"),
                   ==, INTENT_B);
  asked (fixture, 6, "checkouts.open");
  logs = harness_logs (fixture->harness);
  g_assert_nonnull (strstr (logs, "it is failed already"));
}

/* The books are lost between begin and finish: the run fails, and says so. */
static void
test_books_lost (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree char *begun = charge_json (fixture, "\"ok\":true,", INTENT_B, "5000000");
  g_autoptr (GError) error = NULL;
  g_autofree char *result = NULL;

  expect_due (fixture, "one", NULL);
  harness_expect (fixture->harness, begun);
  harness_expect (fixture->harness, NULL);
  result = harness_event (fixture->harness, "{}", &error);
  g_assert_null (result);
  g_assert_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNKNOWN);
}

int
main (int    argc,
      char **argv)
{
  static const struct {
    const char *name, *method;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/settle/nothing", "pm_card_visa", test_nothing },
    { "/settle/due", "pm_card_visa", test_due },
    { "/settle/killed-between", "pm_card_visa", test_killed_between },
    { "/settle/declined", "pm_card_chargeCustomerFail", test_declined },
    { "/settle/timeout", "pm_card_timeout", test_timeout },
    { "/settle/refunded-meanwhile", "pm_card_visa", test_refunded_meanwhile },
    { "/settle/one-stuck", "pm_card_visa", test_one_stuck },
    { "/settle/books-lost", "pm_card_visa", test_books_lost },
    { "/settle/wrong-money", "pm_card_visa", test_wrong_money },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, tests[i].method, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
