/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client against the real thing: a farthingd of its own with the demo publication and a test
 * clock. One reader pledges, takes the money back, watches an ad; the publisher looks at it from
 * the other side; and at the end nothing is left running. One platform serves all tests, in order,
 * as a start is the slow part. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "client/far-launcher.h"
#include "client/far-market-client.h"
#include "fake-server.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)

typedef struct {
  char *folder;
  FarLauncher *launcher;
  FarPlatformClient *client;
  FarMarketClient *market;
  GPtrArray *articles; /* (element-type FarArticleSummary) */
  GAsyncResult *result;
} Live;

static Live live;

#define START(call, ...) \
  call##_async (__VA_ARGS__, NULL, fake_take_result, &live.result)

static void
test_start (void)
{
  g_autofree char *data_dir = g_build_filename (live.folder, "data", NULL);
  FarLaunchOptions options = { .data_dir = data_dir, .port = 0, .test_clock = TRUE,
                               .start = TRUE };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  live.launcher = far_launcher_new (&options);
  START (far_launcher_run, live.launcher);
  result = fake_wait (&live.result);
  live.client = far_launcher_run_finish (live.launcher, result, &error);
  g_assert_no_error (error);
  g_assert_true (far_launcher_get_started (live.launcher));
}

/* A second one joins, and leaves what it did not start. */
static void
test_join (void)
{
  FarLaunchOptions options = { .data_dir = far_launcher_get_data_dir (live.launcher), .port = 0,
                               .start = TRUE };
  FarLauncher *second = far_launcher_new (&options);
  g_autoptr (FarPlatformClient) client = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  START (far_launcher_run, second);
  result = fake_wait (&live.result);
  client = far_launcher_run_finish (second, result, NULL);
  g_assert_false (far_launcher_get_started (second));
  g_clear_object (&result);
  START (far_launcher_stop, second);
  result = fake_wait (&live.result);
  g_assert_true (far_launcher_stop_finish (second, result, NULL));
  g_clear_object (&result);

  START (far_platform_client_load_status, client);
  result = fake_wait (&live.result);
  status = far_platform_client_load_status_finish (client, result, NULL);
  g_assert_cmpstr (status->state, ==, "running");
  g_clear_object (&result);
  g_assert_finalize_object (second);
}

static void
test_watch (void)
{
  FarPlatformStatus *status;

  far_platform_client_watch (live.client);
  FAKE_WAIT_UNTIL (far_platform_client_get_connected (live.client));
  FAKE_WAIT_UNTIL (far_platform_client_get_status (live.client) != NULL &&
                   strcmp (far_platform_client_get_status (live.client)->money, "test") == 0);
  status = far_platform_client_get_status (live.client);
  g_assert_true (status->test_clock);
  g_assert_cmpstr (status->publication_title, !=, "");
  g_assert_true (g_str_has_prefix (status->gateway, "http://127.0.0.1:"));
  FAKE_WAIT_UNTIL (g_list_model_get_n_items (
                     far_platform_client_get_functions (live.client)) ==
                   (guint) far_platform_client_get_status (live.client)->functions);
}

static void
test_articles (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *clock_path =
    g_build_filename (far_launcher_get_data_dir (live.launcher), "test-clock", NULL);
  g_autoptr (FarClock) clock = NULL;
  FarReaderKey *key = far_reader_key_load (far_launcher_get_data_dir (live.launcher), "me", NULL);

  g_setenv (FAR_CLOCK_ENV, clock_path, TRUE);
  clock = far_clock_new_from_env (&error);
  g_assert_no_error (error);
  live.market = far_market_client_new (far_platform_client_get_status (live.client)->gateway, key,
                                       clock);
  START (far_market_client_list_articles, live.market);
  result = fake_wait (&live.result);
  live.articles = far_market_client_list_articles_finish (live.market, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (live.articles->len, >=, 12);
}

static const char *
nth_article (guint index)
{
  return ((FarArticleSummary *) g_ptr_array_index (live.articles, index))->id;
}

static FarArticle *
get_article (const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  FarArticle *article;

  START (far_market_client_get_article, live.market, id);
  result = fake_wait (&live.result);
  article = far_market_client_get_article_finish (live.market, result, &error);
  g_assert_no_error (error);
  return article;
}

static FarEarnings *
get_earnings (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  FarEarnings *earnings;

  START (far_market_client_get_earnings, live.market,
         far_platform_client_get_status (live.client)->publisher_token);
  result = fake_wait (&live.result);
  earnings = far_market_client_get_earnings_finish (live.market, result, &error);
  g_assert_no_error (error);
  return earnings;
}

static FarPledge *
pledge (guint        index,
        gint64       price_micros,
        const char  *key,
        GError     **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  START (far_market_client_pledge, live.market, nth_article (index), price_micros, key);
  result = fake_wait (&live.result);
  return far_market_client_pledge_finish (live.market, result, error);
}

static void
test_pledge (void)
{
  FarArticleSummary *summary = g_ptr_array_index (live.articles, 0);
  g_autoptr (FarArticle) before = get_article (summary->id);
  g_autoptr (FarEarnings) earned_before = get_earnings ();
  gint64 transfers_before = far_platform_client_get_transfers (live.client);
  g_autofree char *key = far_market_client_new_key ();
  g_autofree char *other_key = far_market_client_new_key ();
  g_autoptr (FarPledge) first = NULL;
  g_autoptr (FarPledge) repeated = NULL;
  g_autoptr (FarPledge) again = NULL;
  g_autoptr (FarArticle) after = NULL;
  g_autoptr (FarEarnings) earned_after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (before->entitled);
  g_assert_cmpuint (before->free_blocks->len, >, 0);
  g_assert_cmpuint (before->paid_blocks->len, ==, 0);

  first = pledge (0, summary->price_micros, key, &error);
  g_assert_no_error (error);
  g_assert_cmpint (first->moved_micros, ==, summary->price_micros);
  /* The event stream tells of it by itself. */
  FAKE_WAIT_UNTIL (far_platform_client_get_transfers (live.client) > transfers_before);

  repeated = pledge (0, summary->price_micros, key, &error);
  g_assert_no_error (error);
  again = pledge (0, summary->price_micros, other_key, &error);
  g_assert_no_error (error);
  g_assert_cmpint (again->moved_micros, ==, 0);
  g_assert_true (again->existing);

  after = get_article (summary->id);
  g_assert_true (after->entitled);
  g_assert_cmpuint (after->paid_blocks->len, >, 0);
  g_assert_cmpint (after->text_bytes, >, before->text_bytes);

  earned_after = get_earnings ();
  g_assert_cmpint (earned_after->pledges, ==, earned_before->pledges + 1);
  g_assert_cmpint (earned_after->pay_micros + earned_after->fee_micros, ==,
                   earned_before->pay_micros + earned_before->fee_micros + summary->price_micros);
}

static void
test_refused (void)
{
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  /* Not the price of the article. */
  g_assert_null (pledge (1, 1, key, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_CONFLICT);
  g_assert_cmpstr (far_client_error_get_code (error), !=, "");
  g_clear_error (&error);

  START (far_market_client_get_article, live.market, "no-such-article");
  result = fake_wait (&live.result);
  g_assert_null (far_market_client_get_article_finish (live.market, result, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_FOUND);
  g_assert_cmpstr (far_client_error_get_code (error), ==, "unknown_article");
}

static void
test_refund (void)
{
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarRefund) refund = NULL;
  g_autoptr (FarWallet) wallet = NULL;
  g_autoptr (FarEarnings) earnings = NULL;
  g_autoptr (GError) error = NULL;

  START (far_market_client_refund, live.market, nth_article (0), key);
  result = fake_wait (&live.result);
  refund = far_market_client_refund_finish (live.market, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (refund->refunded_micros, >, 0);
  g_assert_cmpint (refund->tab_micros, ==, 0);
  g_clear_object (&result);

  START (far_market_client_get_wallet, live.market);
  result = fake_wait (&live.result);
  wallet = far_market_client_get_wallet_finish (live.market, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wallet->tab_micros, ==, 0);
  g_assert_cmpuint (wallet->history->len, ==, 2);
  g_assert_cmpstr (((FarWalletEntry *) wallet->history->pdata[0])->kind, ==, "refund");

  earnings = get_earnings ();
  g_assert_cmpint (earnings->publisher_micros, ==, 0);
  g_assert_cmpint (earnings->refunds, ==, 1);
}

static void
advance (gint64 delta_us)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  START (far_platform_client_advance_clock, live.client, delta_us);
  result = fake_wait (&live.result);
  far_platform_client_advance_clock_finish (live.client, result, &error);
  g_assert_no_error (error);
}

static FarAdProgress *
send_event (const char *view,
            const char *event)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  FarAdProgress *progress;

  START (far_market_client_send_ad_event, live.market, view, event, (gint64) 1000, TRUE);
  result = fake_wait (&live.result);
  progress = far_market_client_send_ad_event_finish (live.market, result, &error);
  g_assert_no_error (error);
  return progress;
}

static void
test_ad (void)
{
  static const char *const events[] = { "start", "firstQuartile", "midpoint", "thirdQuartile",
                                        "complete" };
  g_autofree char *key = far_market_client_new_key ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarAdDecision) decision = NULL;
  g_autoptr (FarArticle) article = NULL;
  g_autoptr (FarEarnings) earnings = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) error = NULL;
  gboolean entitled = FALSE;

  START (far_market_client_decide_ad, live.market, nth_article (0), key);
  result = fake_wait (&live.result);
  decision = far_market_client_decide_ad_finish (live.market, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (decision->view), ==, 32);
  g_clear_object (&result);

  START (far_market_client_download_creative, live.market, decision->view, decision->media_type);
  result = fake_wait (&live.result);
  file = far_market_client_download_creative_finish (live.market, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (g_file_peek_path (file)), ==, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autoptr (FarAdProgress) progress = send_event (decision->view, events[i]);

      g_assert_cmpint (progress->entitled, ==, i == G_N_ELEMENTS (events) - 1);
      entitled = progress->entitled;
      advance (decision->duration_ms * 1000 / 4 + SECOND_US);
    }
  g_assert_true (entitled);
  article = get_article (nth_article (0));
  g_assert_true (article->entitled);
  earnings = get_earnings ();
  g_assert_cmpint (earnings->views, ==, 1);
  g_assert_cmpint (earnings->ad_micros, >, 0);
}

static void
test_functions_seen (void)
{
  GListModel *functions = far_platform_client_get_functions (live.client);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarSeriesSet) series = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  FarPlatformStatus *status;
  gint64 n_listed = 0;
  double n_in_series = 0;

  START (far_platform_client_load_functions, live.client, 0, 0);
  result = fake_wait (&live.result);
  g_assert_true (far_platform_client_load_functions_finish (live.client, result, NULL));
  g_clear_object (&result);
  for (guint i = 0; i < g_list_model_get_n_items (functions); i++)
    {
      g_autoptr (FarFunctionInfo) info = g_list_model_get_item (functions, i);
      const FarFunctionFigures *figures = far_function_info_get_figures (info);

      n_listed += figures->invocations;
      g_assert_cmpint (figures->errors, ==, 0);
      if (figures->invocations > 0)
        g_assert_cmpint (figures->p50_us, >, 0);
    }
  g_assert_cmpint (n_listed, >=, 15);

  START (far_platform_client_load_invocations, live.client, NULL, NULL, 1000u);
  result = fake_wait (&live.result);
  rows = far_platform_client_load_invocations_finish (live.client, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, >=, 15);
  g_assert_cmpstr (((FarInvocationInfo *) rows->pdata[0])->outcome, ==, "ok");
  g_clear_object (&result);

  status = far_platform_client_get_status (live.client); /* until the next one comes */
  START (far_platform_client_load_series, live.client, NULL, "invocations,p99_us",
         status->started_us - 60 * SECOND_US, status->now_us + 3600 * SECOND_US, 60 * SECOND_US);
  result = fake_wait (&live.result);
  series = far_platform_client_load_series_finish (live.client, result, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < series->n_points; i++)
    if (!isnan (series->n[i]))
      n_in_series += series->n[i];
  g_assert_cmpfloat (n_in_series, >=, 15);
  g_assert_nonnull (far_series_set_find (series, NULL, "p99_us"));
}

static void
count_line (FarLogLine *line,
            gpointer    count)
{
  g_assert_cmpstr (line->function, !=, "");
  g_assert_cmpint (line->time_us, >, 0);
  (*(guint *) count)++;
}

static void
test_logs (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint n_lines = 0;

  far_platform_client_read_logs_async (live.client, NULL, 50, FALSE, count_line, &n_lines, NULL,
                                       NULL, fake_take_result, &live.result);
  result = fake_wait (&live.result);
  g_assert_true (far_platform_client_read_logs_finish (live.client, result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_lines, >=, 1);
  g_assert_cmpuint (n_lines, <=, 50);
}

static FarInvokeResult *
invoke (const char  *function,
        const char  *type,
        GError     **error)
{
  g_autoptr (GBytes) event = g_bytes_new_static ("{}", 2);
  g_autoptr (GAsyncResult) result = NULL;

  START (far_platform_client_invoke, live.client, function, type, NULL, event);
  result = fake_wait (&live.result);
  return far_platform_client_invoke_finish (live.client, result, error);
}

static void
test_invoke (void)
{
  g_autoptr (FarFunctionInfo) first =
    g_list_model_get_item (far_platform_client_get_functions (live.client), 0);
  g_autoptr (FarInvokeResult) dry = NULL;
  g_autoptr (FarInvokeResult) real = NULL;
  g_autoptr (GError) error = NULL;

  dry = invoke (far_function_info_get_name (first), "DryRun", &error);
  g_assert_no_error (error);
  g_assert_cmpint (dry->status, ==, 204);
  real = invoke (far_function_info_get_name (first), "RequestResponse", &error);
  g_assert_no_error (error);
  g_assert_cmpint (real->status, ==, 200);
  g_assert_cmpuint (strlen (real->request_id), ==, 36);
  g_assert_null (invoke ("no/such function", "RequestResponse", &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (invoke (far_function_info_get_name (first), "Nonsense", &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_BAD_REQUEST);
}

static void
test_traffic (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarTraffic) started = NULL;
  g_autoptr (FarTraffic) stopped = NULL;
  g_autoptr (GError) error = NULL;

  START (far_platform_client_start_traffic, live.client, 4.0, 0u, (guint64) 3);
  result = fake_wait (&live.result);
  started = far_platform_client_traffic_finish (live.client, result, &error);
  g_assert_no_error (error);
  g_assert_true (started->running);
  g_clear_object (&result);
  FAKE_WAIT_UNTIL (far_platform_client_get_traffic (live.client)->arrivals > 0);

  START (far_platform_client_stop_traffic, live.client);
  result = fake_wait (&live.result);
  stopped = far_platform_client_traffic_finish (live.client, result, &error);
  g_assert_no_error (error);
  FAKE_WAIT_UNTIL (!far_platform_client_get_traffic (live.client)->running);
  g_assert_cmpstr (far_platform_client_get_traffic (live.client)->problem, ==, "");
}

static void
test_verify (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarLedgerVerdict) verdict = NULL;
  g_autoptr (GError) error = NULL;

  START (far_platform_client_verify_ledger, live.client);
  result = fake_wait (&live.result);
  verdict = far_platform_client_verify_ledger_finish (live.client, result, &error);
  g_assert_no_error (error);
  g_assert_true (verdict->ok);
  g_assert_cmpint (verdict->first_bad, ==, -1);
  g_assert_cmpint (verdict->transfers, >=, 3);
  g_assert_cmpuint (strlen (verdict->root), ==, 64);
}

static void
test_stop (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  START (far_launcher_stop, live.launcher);
  result = fake_wait (&live.result);
  g_assert_true (far_launcher_stop_finish (live.launcher, result, &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  FAKE_WAIT_UNTIL (!far_platform_client_get_connected (live.client));
  /* What was known is kept to be looked at. */
  g_assert_nonnull (far_platform_client_get_status (live.client));

  START (far_platform_client_load_status, live.client);
  result = fake_wait (&live.result);
  g_assert_null (far_platform_client_load_status_finish (live.client, result, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING);
  g_clear_object (&result);
  far_platform_client_unwatch (live.client);
  g_assert_finalize_object (live.launcher);
  g_assert_finalize_object (live.client);
  g_assert_finalize_object (live.market);
  g_ptr_array_unref (live.articles);
}

int
main (int    argc,
      char **argv)
{
  const char *const remove[] = { "/bin/rm", "-rf", NULL, NULL };
  const char *arguments[G_N_ELEMENTS (remove)];
  int status;

  g_test_init (&argc, &argv, NULL);
  live.folder = g_dir_make_tmp ("far-live-XXXXXX", NULL);
  g_setenv ("XDG_RUNTIME_DIR", live.folder, TRUE);
  g_setenv ("XDG_CACHE_HOME", live.folder, TRUE);
  g_test_add_func ("/client/live/00-start", test_start);
  g_test_add_func ("/client/live/01-join", test_join);
  g_test_add_func ("/client/live/02-watch", test_watch);
  g_test_add_func ("/client/live/03-articles", test_articles);
  g_test_add_func ("/client/live/04-pledge", test_pledge);
  g_test_add_func ("/client/live/05-refused", test_refused);
  g_test_add_func ("/client/live/06-refund", test_refund);
  g_test_add_func ("/client/live/07-ad", test_ad);
  g_test_add_func ("/client/live/08-functions", test_functions_seen);
  g_test_add_func ("/client/live/09-logs", test_logs);
  g_test_add_func ("/client/live/10-invoke", test_invoke);
  g_test_add_func ("/client/live/11-traffic", test_traffic);
  g_test_add_func ("/client/live/12-verify", test_verify);
  g_test_add_func ("/client/live/13-stop", test_stop);
  status = g_test_run ();

  memcpy (arguments, remove, sizeof remove);
  arguments[2] = live.folder;
  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, NULL,
                NULL);
  g_free (live.folder);
  return status;
}
