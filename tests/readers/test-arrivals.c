/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Visits against a small market of the test's own that checks each request's signature, throttles,
 * asks for payment methods, says too_soon, and answers 500 once in a while. What the readers report
 * must be what the market saw. */
#include <libsoup/soup.h>
#include <string.h>

#include "base/far-json.h"
#include "net/far-http-signature.h"
#include "crowd-server.h"
#include "readers/far-arrivals.h"

/* Slow enough for a busy machine: readers who never get done cannot come back. */
#define RATE 30
#define ARRIVALS_MAX 4000

typedef struct {
  SoupServer *server;
  char       *url;
  GHashTable *unlocked; /* "reader article" */
  GHashTable *methods;  /* readers */
  GHashTable *keys;     /* idempotency key → "" */
  guint       n_views;
  guint       n_too_soon;
  guint       n_requests;
  guint       n_lost;   /* pledges that moved money and were answered 503 */
  guint       fail_every;
  guint       throttle_every;
  gboolean    no_ads;
} Market;

static char *
verified_reader (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  GUri *uri = soup_server_message_get_uri (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  FarHttpSignable request = {
    .method = soup_server_message_get_method (message),
    .path = g_uri_get_path (uri),
    .query = g_uri_get_query (uri),
    .body = body->data,
    .n_body = body->length,
  };
  FarHttpSignatureFields fields = {
    (char *) soup_message_headers_get_one (headers, "Signature-Input"),
    (char *) soup_message_headers_get_one (headers, "Signature"),
    (char *) soup_message_headers_get_one (headers, "Content-Digest"),
  };
  char reader[FAR_HTTP_KEYID_LEN + 1];
  g_autoptr (GError) error = NULL;

  far_http_signature_verify (&request, &fields, g_get_real_time (), reader, &error);
  g_assert_no_error (error);
  return g_strdup (reader);
}

static void
answer (SoupServerMessage *message, guint status, const char *body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, body,
                                    strlen (body));
}

static char *
member (SoupServerMessage *message, const char *name)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (JsonNode) node = far_json_parse_object (body->data, body->length, 4096, NULL);
  const char *value = NULL;

  g_assert_nonnull (node);
  g_assert_true (far_json_get_string (json_node_get_object (node), name, 200, &value, NULL));
  return g_strdup (value);
}

static void
pledge (Market *market, SoupServerMessage *message, const char *reader)
{
  g_autofree char *article = member (message, "article");
  g_autofree char *key = member (message, "key");
  char *who = g_strconcat (reader, " ", article, NULL);

  if (!g_hash_table_contains (market->methods, reader) && (reader[0] & 1))
    {
      g_free (who);
      answer (message, 402, "{\"error\":{\"code\":\"payment_method_required\",\"message\":\"\"}}");
      return;
    }
  if (g_hash_table_add (market->unlocked, who))
    {
      g_hash_table_add (market->keys, g_strdup (key));
      answer (message, 201, "{\"moved_micros\":\"50000\"}");
    }
  else
    answer (message, 200, "{\"moved_micros\":\"0\"}");
}

static void
ad_event (Market *market, SoupServerMessage *message, const char *reader)
{
  g_autofree char *event = member (message, "event");
  g_autofree char *view = member (message, "view");

  if (strcmp (event, "midpoint") == 0 && market->n_too_soon++ % 2 == 0)
    {
      answer (message, 409, "{\"error\":{\"code\":\"too_soon\",\"message\":\"\"}}");
      return;
    }
  if (strcmp (event, "complete") == 0)
    {
      market->n_views++;
      g_hash_table_add (market->unlocked, g_strconcat (reader, " the-article", NULL));
    }
  answer (message, 200, "{\"state\":\"started\",\"wait_ms\":1}");
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  Market *market = user_data;
  g_autofree char *reader = verified_reader (message);
  g_autofree char *who = g_strconcat (reader, " the-article", NULL);

  market->n_requests++;
  if (market->throttle_every > 0 && market->n_requests % market->throttle_every == 0)
    answer (message, 429, "{}");
  else if (strcmp (path, "/pledges") == 0 && market->fail_every > 0
           && market->n_requests % market->fail_every == 0)
    {
      /* The answer is lost after the money has moved. */
      guint n_moved = g_hash_table_size (market->keys);

      pledge (market, message, reader);
      market->n_lost += g_hash_table_size (market->keys) - n_moved;
      answer (message, 503, "{\"error\":{\"code\":\"unknown\",\"message\":\"\"}}");
    }
  else if (strcmp (path, "/articles/the-article") == 0)
    answer (message, 200, g_hash_table_contains (market->unlocked, who)
                              ? "{\"entitled\":true,\"body\":[]}" : "{\"entitled\":false}");
  else if (strcmp (path, "/offers/the-article") == 0)
    answer (message, 200, market->no_ads
            ? "{\"price_micros\":\"50000\",\"pledge\":true,\"ad\":true,\"ad_duration_ms\":2000,"
              "\"method_required\":false,\"tab_micros\":\"0\"}"
            : "{\"price_micros\":\"50000\",\"pledge\":true,\"ad\":true,\"ad_duration_ms\":2000}");
  else if (strcmp (path, "/pledges") == 0)
    pledge (market, message, reader);
  else if (strcmp (path, "/wallet/methods") == 0)
    {
      g_hash_table_add (market->methods, g_strdup (reader));
      answer (message, 201, "{}");
    }
  else if (strcmp (path, "/ads/decisions") == 0)
    answer (message, 200, market->no_ads ? "{\"view\":null,\"reason\":\"no_budget\"}"
                                         : "{\"view\":\"00112233445566778899aabbccddeeff\"}");
  else if (g_str_has_prefix (path, "/ads/creatives/"))
    soup_server_message_set_status (message, 200, NULL);
  else if (strcmp (path, "/ads/events") == 0)
    ad_event (market, message, reader);
  else if (strcmp (path, "/refunds") == 0)
    {
      g_hash_table_remove (market->unlocked, who);
      answer (message, 200, "{\"refunded_micros\":\"50000\"}");
    }
  else
    g_assert_not_reached ();
}

static void
market_init (Market *market)
{
  memset (market, 0, sizeof *market);
  market->unlocked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  market->methods = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  market->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  market->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (market->server, NULL, on_request, market, NULL);
  market->url = crowd_server_listen (market->server);
}

static void
market_clear (Market *market)
{
  soup_server_disconnect (market->server);
  g_object_unref (market->server);
  g_hash_table_unref (market->unlocked);
  g_hash_table_unref (market->methods);
  g_hash_table_unref (market->keys);
  g_free (market->url);
}

static gboolean
on_drained (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* What has to have happened before the readers stop coming; the order of answers decides who does
 * what. */
typedef gboolean (*Enough) (const Market *market, const FarVisitReport *report);

static gboolean
an_answer_was_lost (const Market *market, const FarVisitReport *report)
{
  return market->n_lost > 0;
}

static gboolean
some_were_turned_away (const Market *market, const FarVisitReport *report)
{
  return report->throttles > 0 && report->unfilled > 0;
}

static gboolean
all_was_done (const Market *market, const FarVisitReport *report)
{
  return report->pledges > 0 && report->ads > 0 && report->left > 0 && report->returned > 0
         && report->refunds > 0 && g_hash_table_size (market->methods) > 0;
}

/* Lets readers come until n_arrivals have and it is enough; then waits for the last to leave. */
static void
run_readers (Market *market, FarVisitReport *report, guint64 n_arrivals, Enough enough)
{
  const char *const articles[] = { "the-article", NULL };
  FarAssumptions assumptions;
  g_autoptr (FarClock) clock = far_clock_new_system ();
  FarVisitContext context = { &assumptions, NULL, report, clock };
  FarArrivals *arrivals;
  gboolean drained = FALSE;

  g_assert_true (far_assumptions_load (&assumptions, NULL, NULL));
  assumptions.think_mean_ms = 1;
  assumptions.refund = 0.2;
  context.http = far_reader_http_new (market->url, clock, report);
  arrivals = far_arrivals_new (&context, articles, RATE, 11);
  while (report->arrivals < n_arrivals
         || (!enough (market, report) && report->arrivals < ARRIVALS_MAX))
    g_main_context_iteration (NULL, TRUE);
  far_arrivals_stop (arrivals, on_drained, &drained);
  while (!drained)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (far_arrivals_open (arrivals), ==, 0);
  far_arrivals_free (arrivals);
  far_reader_http_free (context.http);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
test_visits (void)
{
  g_autofree FarVisitReport *report = g_new0 (FarVisitReport, 1);
  Market market;

  market_init (&market);
  run_readers (&market, report, 100, all_was_done);
  g_assert_cmpstr (report->first_error, ==, "");
  g_assert_cmpuint (report->errors, ==, 0);
  g_assert_cmpuint (report->acknowledged, ==, g_hash_table_size (market.keys));
  g_assert_cmpint (report->acknowledged_micros, ==, (gint64) report->acknowledged * 50000);
  g_assert_cmpuint (report->ads, ==, market.n_views);
  g_assert_cmpuint (report->pledges, >, 0);
  g_assert_cmpuint (report->ads, >, 0);
  g_assert_cmpuint (report->left, >, 0);
  g_assert_cmpuint (report->returned, >, 0);
  g_assert_cmpuint (report->refunds, >, 0);
  g_assert_cmpuint (g_hash_table_size (market.methods), >, 0);
  g_assert_cmpuint (report->requests, ==, market.n_requests);
  market_clear (&market);
}

/* An answer that was lost is asked for again with the same key; the market saw it once. */
static void
test_lost_answers (void)
{
  g_autofree FarVisitReport *report = g_new0 (FarVisitReport, 1);
  Market market;

  market_init (&market);
  market.fail_every = 5;
  run_readers (&market, report, 100, an_answer_was_lost);
  g_assert_cmpuint (report->errors, ==, 0);
  /* Those whose first answer was lost were told the second time that nothing moved. */
  g_assert_cmpuint (market.n_lost, >, 0);
  g_assert_cmpuint (report->acknowledged, ==, g_hash_table_size (market.keys) - market.n_lost);
  market_clear (&market);
}

static void
test_throttled_and_unfilled (void)
{
  g_autofree FarVisitReport *report = g_new0 (FarVisitReport, 1);
  Market market;

  market_init (&market);
  market.throttle_every = 10;
  market.no_ads = TRUE;
  run_readers (&market, report, 100, some_were_turned_away);
  g_assert_cmpuint (report->errors, ==, 0);
  g_assert_cmpuint (report->throttles, >, 0);
  g_assert_cmpuint (report->unfilled, >, 0);
  g_assert_cmpuint (report->ads, ==, 0);
  market_clear (&market);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readers/visits", test_visits);
  g_test_add_func ("/readers/lost-answers", test_lost_answers);
  g_test_add_func ("/readers/throttled-and-unfilled", test_throttled_and_unfilled);
  return g_test_run ();
}
