/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The payment provider's client over HTTP: by base URL and key alone, as it speaks to a provider in
 * the world. The provider is a server in this loop; the client blocks in a thread of its own. */
#include "fake-server.h"

#include <string.h>

#include "functions/far-provider-client.h"

#define INTENT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LISTED "/v1/payment_intents?customer=cus_1&limit=100&created%5Bgte%5D=940" \
               "&expand%5B%5D=data.latest_charge.balance_transaction"

typedef struct {
  FarProviderCharge charge;
  FarProviderResult result;
  gint              done; /* atomic */
} Work;

static gpointer
work (gpointer data)
{
  Work *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarProviderClient) client = far_provider_client_new (NULL, &error);

  g_assert_no_error (error);
  far_provider_client_charge (client, &self->charge, &self->result);
  g_atomic_int_set (&self->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
charge (Work *self)
{
  GThread *thread = g_thread_new ("client", work, self);

  FAKE_WAIT_UNTIL (g_atomic_int_get (&self->done));
  g_thread_join (thread);
}

static FakeServer *
set_up (Work *self)
{
  FakeServer *server = fake_server_new_tcp ();

  memset (self, 0, sizeof *self);
  self->charge = (FarProviderCharge){ .intent = INTENT, .amount_micros = 5230000,
                                      .currency = "USD", .customer = "cus_1", .method = "pm_1" };
  g_setenv (FAR_PROVIDER_URL_ENV, fake_server_get_url (server), TRUE);
  g_setenv (FAR_PROVIDER_KEY_ENV, "sk_test_of_the_tests", TRUE);
  return server;
}

#define PAID "{\"id\":\"pi_1\",\"amount\":523,\"currency\":\"usd\",\"status\":\"succeeded\"," \
             "\"metadata\":{\"farthing_id\":\"" INTENT "\"},"                                 \
             "\"latest_charge\":{\"balance_transaction\":{\"fee\":45}}}"

static void
test_charge (void)
{
  Work self;
  g_autoptr (FakeServer) server = set_up (&self);
  const FakeRequest *asked;
  g_autofree char *form = NULL;

  fake_server_queue (server, "POST", "/v1/payment_intents", 200, PAID);
  charge (&self);
  g_assert_cmpint (self.result.outcome, ==, FAR_PROVIDER_SUCCEEDED);
  g_assert_cmpint (self.result.fee_micros, ==, 450000);
  asked = fake_server_get_last (server);
  g_assert_cmpstr (g_hash_table_lookup (asked->headers, "authorization"), ==,
                   "Bearer sk_test_of_the_tests");
  g_assert_cmpstr (g_hash_table_lookup (asked->headers, "idempotency-key"), ==, INTENT);
  g_assert_cmpstr (g_hash_table_lookup (asked->headers, "content-type"), ==,
                   "application/x-www-form-urlencoded");
  form = g_strndup (g_bytes_get_data (asked->body, NULL), g_bytes_get_size (asked->body));
  g_assert_nonnull (strstr (form, "amount=523&currency=usd&customer=cus_1"));
  g_assert_nonnull (strstr (form, "off_session=true"));
  g_assert_nonnull (strstr (form, "metadata%5Bfarthing_id%5D=" INTENT));
  far_provider_result_clear (&self.result);
}

/* A key that the provider may have forgotten is not used again: what is there is looked for. */
static void
test_old (void)
{
  Work self;
  g_autoptr (FakeServer) server = set_up (&self);

  self.charge.created_us = 1000 * G_USEC_PER_SEC;
  self.charge.now_us = self.charge.created_us + FAR_PROVIDER_KEY_KEPT_US + 1;
  fake_server_queue (server, "GET", LISTED, 200,
                     "{\"object\":\"list\",\"has_more\":false,\"data\":[" PAID "]}");
  charge (&self);
  g_assert_cmpint (self.result.outcome, ==, FAR_PROVIDER_SUCCEEDED);
  g_assert_cmpstr (self.result.id, ==, "pi_1");
  g_assert_cmpuint (fake_server_n_requests (server), ==, 1);
  far_provider_result_clear (&self.result);
}

/* It is not there: it was never made. A list that goes on says nothing. */
static void
test_never_made (void)
{
  static const struct {
    const char        *more;
    FarProviderOutcome outcome;
  } cases[] = { { "false", FAR_PROVIDER_FAILED }, { "true", FAR_PROVIDER_PENDING } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Work self;
      g_autoptr (FakeServer) server = set_up (&self);
      g_autofree char *list =
        g_strdup_printf ("{\"object\":\"list\",\"has_more\":%s,\"data\":[]}", cases[i].more);

      self.charge.created_us = 1000 * G_USEC_PER_SEC;
      self.charge.now_us = self.charge.created_us + FAR_PROVIDER_KEY_KEPT_US + 1;
      fake_server_queue (server, "GET", LISTED, 200, list);
      charge (&self);
      g_assert_cmpint (self.result.outcome, ==, cases[i].outcome);
      far_provider_result_clear (&self.result);
    }
}

#define INTENT_IS(status) "{\"id\":\"pi_1\",\"amount\":523,\"currency\":\"usd\","    \
                          "\"status\":\"" status "\",\"metadata\":{\"farthing_id\":\"" \
                          INTENT "\"}}"
#define ASKED "/v1/payment_intents/pi_1?expand%5B%5D=latest_charge.balance_transaction"
#define CANCEL "/v1/payment_intents/pi_1/cancel"

/* A reader who lets their bank wait for a day has not paid, once the provider has ended it; but who
 * answers in that very moment has, and it is found out. */
static void
test_late_reader (void)
{
  static const struct {
    guint       cancelled;
    const char *answer, *after;
    FarProviderOutcome outcome;
  } cases[] = {
    { 200, INTENT_IS ("canceled"), NULL, FAR_PROVIDER_FAILED },
    { 400, "{\"error\":{\"type\":\"invalid_request_error\"}}", INTENT_IS ("canceled"),
      FAR_PROVIDER_FAILED },
    { 400, "{\"error\":{\"type\":\"invalid_request_error\"}}", PAID, FAR_PROVIDER_PENDING },
    { 500, "{}", INTENT_IS ("requires_action"), FAR_PROVIDER_PENDING },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Work self;
      g_autoptr (FakeServer) server = set_up (&self);

      self.charge.created_us = 1000 * G_USEC_PER_SEC;
      self.charge.now_us = self.charge.created_us + 25 * G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC;
      fake_server_queue (server, "GET", LISTED, 200,
                         "{\"object\":\"list\",\"has_more\":false,\"data\":["
                         INTENT_IS ("requires_action") "]}");
      fake_server_queue (server, "POST", CANCEL, cases[i].cancelled, cases[i].answer);
      if (cases[i].after != NULL)
        fake_server_queue (server, "GET", ASKED, 200, cases[i].after);
      charge (&self);
      g_assert_cmpint (self.result.outcome, ==, cases[i].outcome);
      g_assert_cmpstr (self.result.reason, ==, cases[i].outcome == FAR_PROVIDER_FAILED
                                                 ? "authentication_required" : "not_cancelled");
      far_provider_result_clear (&self.result);
    }
}

/* A message about an intent can be here before the request that makes it has an answer: it is left
 * alone. */
static void
test_not_confirmed (void)
{
  Work self;
  g_autoptr (FakeServer) server = set_up (&self);

  fake_server_queue (server, "POST", "/v1/payment_intents", 200,
                     INTENT_IS ("requires_payment_method"));
  fake_server_queue (server, "GET", ASKED, 200, INTENT_IS ("requires_confirmation"));
  charge (&self);
  g_assert_cmpint (self.result.outcome, ==, FAR_PROVIDER_PENDING);
  g_assert_cmpstr (self.result.reason, ==, "not_confirmed");
  g_assert_cmpuint (fake_server_n_requests (server), ==, 2); /* none of them a cancellation */
  far_provider_result_clear (&self.result);
}

/* What the provider takes is of the account's currency, whatever the reader paid in. */
static void
test_fee_currency (void)
{
  Work self;
  g_autoptr (FakeServer) server = set_up (&self);

  fake_server_queue (server, "POST", "/v1/payment_intents", 200,
                     "{\"id\":\"pi_1\",\"amount\":523,\"currency\":\"usd\",\"status\":"
                     "\"succeeded\",\"latest_charge\":{\"balance_transaction\":{\"fee\":45,"
                     "\"currency\":\"jpy\"}}}");
  charge (&self);
  g_assert_cmpint (self.result.outcome, ==, FAR_PROVIDER_SUCCEEDED);
  g_assert_cmpint (self.result.fee_micros, ==, 45000000);
  g_assert_cmpstr (self.result.fee_currency, ==, "JPY");
  far_provider_result_clear (&self.result);
}

/* Nobody answers: unknown, never failed. */
static void
test_away (void)
{
  Work self;
  g_autoptr (FakeServer) server = set_up (&self);

  fake_server_go_away (server);
  charge (&self);
  g_assert_cmpint (self.result.outcome, ==, FAR_PROVIDER_PENDING);
  g_assert_cmpstr (self.result.reason, ==, "timeout");
  far_provider_result_clear (&self.result);
}

static void
test_config (void)
{
  static const char *const wrong[] = { "", "http://example.com", "ftp://127.0.0.1", "provider",
                                       "http://127.0.0.1:1", "gateway:/provider" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_setenv (FAR_PROVIDER_URL_ENV, wrong[i], TRUE);
      g_setenv (FAR_PROVIDER_KEY_ENV, "sk_live_of_the_tests", TRUE);
      g_assert_null (far_provider_client_new (NULL, &error));
      g_assert_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/provider-http/charge", test_charge);
  g_test_add_func ("/provider-http/old", test_old);
  g_test_add_func ("/provider-http/never-made", test_never_made);
  g_test_add_func ("/provider-http/late-reader", test_late_reader);
  g_test_add_func ("/provider-http/not-confirmed", test_not_confirmed);
  g_test_add_func ("/provider-http/fee-currency", test_fee_currency);
  g_test_add_func ("/provider-http/away", test_away);
  g_test_add_func ("/provider-http/config", test_config);
  return g_test_run ();
}
