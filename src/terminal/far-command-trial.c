/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl trial: the publication under simulated readers, with one reader of its own who tries
 * every way through, and a verdict. It exits 0 only if every function with a route ran, nothing
 * failed that should not, and the ledger verifies. */
#include <stdio.h>
#include <string.h>

#include "base/far-money.h"
#include "base/far-random.h"
#include "client/far-market-proof.h"
#include "terminal/far-reading.h"
#include "terminal/far-traffic-run.h"

#define COURIER "Courier" /* the function that takes webhooks round */
#define VERDICT_REASONS_MAX 32

typedef struct {
  FarTerminal *terminal;
  GHashTable  *before;      /* function name → FarFunctionFigures */
  GPtrArray   *functions;   /* FarFunctionInfo, after */
  FarTraffic  *traffic;
  FarEarnings *earnings;
  FarLedgerVerdict *ledger;
  GPtrArray   *reasons;     /* why the verdict is no */
} Trial;

static void
trial_clear (Trial *trial)
{
  g_clear_pointer (&trial->before, g_hash_table_unref);
  g_clear_pointer (&trial->functions, g_ptr_array_unref);
  g_clear_pointer (&trial->traffic, far_traffic_unref);
  g_clear_pointer (&trial->earnings, far_earnings_unref);
  g_clear_pointer (&trial->ledger, far_ledger_verdict_unref);
  g_clear_pointer (&trial->reasons, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trial, trial_clear)

static void
because (Trial *trial, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
because (Trial *trial, const char *format, ...)
{
  va_list args;

  if (trial->reasons->len >= VERDICT_REASONS_MAX)
    return;
  va_start (args, format);
  g_ptr_array_add (trial->reasons, g_strdup_vprintf (format, args));
  va_end (args);
}

static gboolean
load_functions (Trial *trial, gboolean before, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  FarPlatformClient *platform = trial->terminal->platform;
  GListModel *list = far_platform_client_get_functions (platform);
  guint i;

  far_platform_client_load_functions_async (platform, 0, 0, NULL, far_wait_done, &wait);
  if (!far_platform_client_load_functions_finish (platform, far_wait_for (&wait), error))
    return FALSE;
  for (i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (FarFunctionInfo) info = g_list_model_get_item (list, i);

      if (before)
        g_hash_table_insert (trial->before, g_strdup (far_function_info_get_name (info)),
                             g_memdup2 (far_function_info_get_figures (info),
                                        sizeof (FarFunctionFigures)));
      else
        g_ptr_array_add (trial->functions, g_steal_pointer (&info));
    }
  return TRUE;
}

/* One stranger who reads in every way there is, so that each function with a route is met whatever
 * the simulated readers chose. */
static gboolean
tour (Trial *trial, GError **error)
{
  g_autoptr (FarPlatformStatus) status = far_terminal_status (trial->terminal, error);
  g_autoptr (FarMarketClient) market = NULL;
  g_autoptr (GPtrArray) articles = NULL;
  g_autofree char *key = far_market_client_new_key ();
  guint8 seed[FAR_ED25519_KEY_LEN];
  guint i;

  if (status == NULL)
    return FALSE;
  far_random_bytes (seed, sizeof seed);
  market = far_market_client_new (status->gateway, far_reader_key_new_from_seed (seed), NULL);
  {
    g_auto (FarWait) wait = { 0 };

    far_market_client_list_articles_async (market, NULL, far_wait_done, &wait);
    articles = far_market_client_list_articles_finish (market, far_wait_for (&wait), error);
    if (articles == NULL)
      return FALSE;
  }
  for (i = 0; i < MIN (articles->len, 4); i++)
    {
      g_auto (FarReading) reading = { 0 };
      const FarArticleSummary *article = g_ptr_array_index (articles, i);

      if (!far_reading_run (&reading, market, article->id,
                            i == 1 ? FAR_READING_WATCH : FAR_READING_PAY_ADDING_METHOD, error))
        return FALSE;
    }
  if (articles->len > 0)
    {
      const FarArticleSummary *first = g_ptr_array_index (articles, 0);
      g_auto (FarWait) refunded = { 0 };
      g_auto (FarWait) looked = { 0 };
      g_auto (FarWait) pictured = { 0 };
      g_autoptr (FarRefund) refund = NULL;
      g_autoptr (FarWallet) wallet = NULL;
      g_autoptr (GBytes) picture = NULL;

      far_market_client_refund_async (market, first->id, key, NULL, far_wait_done, &refunded);
      refund = far_market_client_refund_finish (market, far_wait_for (&refunded), error);
      if (refund == NULL)
        return FALSE;
      far_market_client_get_wallet_async (market, NULL, far_wait_done, &looked);
      wallet = far_market_client_get_wallet_finish (market, far_wait_for (&looked), error);
      if (wallet == NULL)
        return FALSE;
      far_market_client_get_media_async (market, first->picture, NULL, far_wait_done, &pictured);
      picture = far_market_client_get_media_finish (market, far_wait_for (&pictured), error);
      if (picture == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Brings the test provider's webhooks, which would else come within the minute. That another turn
 * of it is under way (a throttle) is as good. */
static gboolean
deliver_webhooks (Trial *trial, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GBytes) event = g_bytes_new_static ("{}", 2);
  g_autoptr (FarInvokeResult) result = NULL;

  if (!g_hash_table_contains (trial->before, COURIER))
    return TRUE;
  far_platform_client_invoke_async (trial->terminal->platform, COURIER, "RequestResponse", NULL,
                                    event, NULL, far_wait_done, &wait);
  result = far_platform_client_invoke_finish (trial->terminal->platform, far_wait_for (&wait),
                                              error);
  return result != NULL;
}

static gboolean
load_money (Trial *trial, GError **error)
{
  g_auto (FarWait) earned = { 0 };
  g_auto (FarWait) witnessed = { 0 };
  g_auto (FarWait) verified = { 0 };
  g_autofree FarLedgerContact *contact = NULL;
  g_autoptr (FarPlatformStatus) status = far_terminal_status (trial->terminal, error);
  g_autoptr (FarMarketClient) market = NULL;

  if (status == NULL)
    return FALSE;
  market = far_market_client_new (status->gateway, NULL, NULL);
  far_market_client_get_earnings_async (market, status->publisher_token, NULL, far_wait_done,
                                        &earned);
  trial->earnings
      = far_market_client_get_earnings_finish (market, far_wait_for (&earned), error);
  if (trial->earnings == NULL)
    return FALSE;
  far_market_client_check_ledger_async (market, trial->terminal->data_dir, NULL, far_wait_done,
                                        &witnessed);
  contact = far_market_client_check_ledger_finish (market, far_wait_for (&witnessed), error);
  if (contact == NULL)
    return FALSE;
  far_platform_client_verify_ledger_async (trial->terminal->platform, NULL, far_wait_done,
                                           &verified);
  trial->ledger = far_platform_client_verify_ledger_finish (trial->terminal->platform,
                                                            far_wait_for (&verified), error);
  return trial->ledger != NULL;
}

static void
judge (Trial *trial)
{
  guint i;

  for (i = 0; i < trial->functions->len; i++)
    {
      FarFunctionInfo *info = g_ptr_array_index (trial->functions, i);
      const char *name = far_function_info_get_name (info);
      const FarFunctionFigures *now = far_function_info_get_figures (info);
      const FarFunctionFigures *then = g_hash_table_lookup (trial->before, name);
      gint64 ran = now->invocations - (then != NULL ? then->invocations : 0);
      gint64 failed = now->errors - (then != NULL ? then->errors : 0);

      if (now->route_count > 0 && ran == 0)
        because (trial, "%s has a route and did not run", name);
      if (failed > 0)
        because (trial, "%s failed %" G_GINT64_FORMAT " times: see farthingctl logs %s", name,
                 failed, name);
    }
  if (trial->traffic->errors > 0)
    because (trial, "the readers met %" G_GINT64_FORMAT " errors; the first: %s",
             trial->traffic->errors, trial->traffic->first_error);
  if (trial->traffic->arrivals == 0)
    because (trial, "no reader came");
  if (!trial->ledger->ok)
    because (trial, "the ledger does not verify: %s", trial->ledger->message);
}

static void
add_functions_json (Trial *trial, FarJsonWriter *w)
{
  guint i;

  far_json_begin_array (w, "functions");
  for (i = 0; i < trial->functions->len; i++)
    {
      FarFunctionInfo *info = g_ptr_array_index (trial->functions, i);
      const FarFunctionFigures *f = far_function_info_get_figures (info);
      const FarFunctionFigures *then
          = g_hash_table_lookup (trial->before, far_function_info_get_name (info));

      far_json_begin_object (w, NULL);
      far_json_add_string (w, "name", far_function_info_get_name (info));
      far_json_add_int (w, "invocations", f->invocations - (then ? then->invocations : 0));
      far_json_add_int (w, "errors", f->errors - (then ? then->errors : 0));
      far_json_add_int (w, "cold_starts", f->cold_starts - (then ? then->cold_starts : 0));
      far_json_add_int (w, "p50_us", f->p50_us);
      far_json_add_int (w, "p99_us", f->p99_us);
      far_json_add_micros (w, "cost_picodollars",
                           f->cost_picodollars - (then ? then->cost_picodollars : 0));
      far_json_end_object (w);
    }
  far_json_end_array (w);
}

static void
print_trial_json (Trial *trial)
{
  g_auto (FarJsonWriter) w = { 0 };
  guint i;

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_bool (&w, "ok", trial->reasons->len == 0);
  far_json_begin_array (&w, "reasons");
  for (i = 0; i < trial->reasons->len; i++)
    far_json_add_string (&w, NULL, g_ptr_array_index (trial->reasons, i));
  far_json_end_array (&w);
  add_functions_json (trial, &w);
  far_json_begin_object (&w, "readers");
  far_json_add_int (&w, "arrivals", trial->traffic->arrivals);
  far_json_add_int (&w, "pledges", trial->traffic->pledges);
  far_json_add_int (&w, "acknowledged", trial->traffic->acknowledged);
  far_json_add_int (&w, "ads", trial->traffic->ads);
  far_json_add_int (&w, "left", trial->traffic->left);
  far_json_add_int (&w, "refunds", trial->traffic->refunds);
  far_json_add_int (&w, "errors", trial->traffic->errors);
  far_json_add_int (&w, "throttles", trial->traffic->throttles);
  far_json_add_int (&w, "p50_us", trial->traffic->p50_us);
  far_json_add_int (&w, "p99_us", trial->traffic->p99_us);
  far_json_end_object (&w);
  far_json_begin_object (&w, "earnings");
  far_json_add_string (&w, "currency", trial->earnings->currency);
  far_json_add_micros (&w, "publisher_micros", trial->earnings->publisher_micros);
  far_json_add_micros (&w, "pay_micros", trial->earnings->pay_micros);
  far_json_add_micros (&w, "ad_micros", trial->earnings->ad_micros);
  far_json_add_micros (&w, "fee_micros", trial->earnings->fee_micros);
  far_json_add_micros (&w, "refund_micros", trial->earnings->refund_micros);
  far_json_end_object (&w);
  far_json_begin_object (&w, "ledger");
  far_json_add_bool (&w, "ok", trial->ledger->ok);
  far_json_add_int (&w, "transfers", trial->ledger->transfers);
  far_json_add_int (&w, "checkpoints", trial->ledger->checkpoints);
  far_json_add_string (&w, "root", trial->ledger->root);
  far_json_end_object (&w);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

static void
print_functions (Trial *trial)
{
  const char *const titles[]
      = { "FUNCTION", "INVOCATIONS", "ERRORS", "COLD", "P50", "P99", "COST" };
  FarTable *table = far_table_new ("lrrrrrr", titles);
  gint64 invocations = 0, errors = 0, cold = 0, cost = 0;
  guint i;

  for (i = 0; i < trial->functions->len; i++)
    {
      FarFunctionInfo *info = g_ptr_array_index (trial->functions, i);
      const FarFunctionFigures *f = far_function_info_get_figures (info);
      const FarFunctionFigures none = { 0 };
      const FarFunctionFigures *then
          = g_hash_table_lookup (trial->before, far_function_info_get_name (info));
      gint64 ran;

      if (then == NULL)
        then = &none;
      ran = f->invocations - then->invocations;
      invocations += ran;
      errors += f->errors - then->errors;
      cold += f->cold_starts - then->cold_starts;
      cost += f->cost_picodollars - then->cost_picodollars;
      far_table_add (table, g_strdup (far_function_info_get_name (info)),
                     g_strdup_printf ("%" G_GINT64_FORMAT, ran),
                     g_strdup_printf ("%" G_GINT64_FORMAT, f->errors - then->errors),
                     g_strdup_printf ("%" G_GINT64_FORMAT, f->cold_starts - then->cold_starts),
                     far_terminal_duration (ran > 0 ? f->p50_us : -1),
                     far_terminal_duration (ran > 0 ? f->p99_us : -1),
                     far_terminal_picodollars (f->cost_picodollars - then->cost_picodollars));
    }
  far_table_add (table, g_strdup ("all"), g_strdup_printf ("%" G_GINT64_FORMAT, invocations),
                 g_strdup_printf ("%" G_GINT64_FORMAT, errors),
                 g_strdup_printf ("%" G_GINT64_FORMAT, cold), g_strdup (""), g_strdup (""),
                 far_terminal_picodollars (cost));
  far_table_print (table, trial->terminal);
}

static void
print_trial (Trial *trial)
{
  const FarTraffic *t = trial->traffic;
  const FarEarnings *e = trial->earnings;
  g_autofree char *earned = far_micros_to_decimal (e->publisher_micros, e->currency);
  g_autofree char *pay = far_micros_to_decimal (e->pay_micros, e->currency);
  g_autofree char *ads = far_micros_to_decimal (e->ad_micros, e->currency);
  g_autofree char *fees = far_micros_to_decimal (e->fee_micros, e->currency);
  g_autofree char *p50 = far_terminal_duration (t->p50_us);
  g_autofree char *p99 = far_terminal_duration (t->p99_us);
  guint i;

  print_functions (trial);
  printf ("\nReaders   %" G_GINT64_FORMAT " came; %" G_GINT64_FORMAT " pledged (%" G_GINT64_FORMAT
          " acknowledged), %" G_GINT64_FORMAT " watched an ad, %" G_GINT64_FORMAT " left, %"
          G_GINT64_FORMAT " took a refund\n",
          t->arrivals, t->pledges, t->acknowledged, t->ads, t->left, t->refunds);
  printf ("          %" G_GINT64_FORMAT " errors, %" G_GINT64_FORMAT " throttled; answers took %s "
          "(median), %s (p99)\n", t->errors, t->throttles, p50, p99);
  printf ("Earnings  %s %s: %s from payments, %s from ads; fees %s\n", earned, e->currency, pay,
          ads, fees);
  printf ("Ledger    %s: %" G_GINT64_FORMAT " transfers, %" G_GINT64_FORMAT " checkpoints\n",
          trial->ledger->ok ? "verifies" : "DOES NOT VERIFY", trial->ledger->transfers,
          trial->ledger->checkpoints);
  if (trial->reasons->len == 0)
    printf ("Verdict   all is well\n");
  for (i = 0; i < trial->reasons->len; i++)
    printf ("%s %s\n", i == 0 ? "Verdict   NOT WELL:" : "                   ",
            (const char *) g_ptr_array_index (trial->reasons, i));
}

static gboolean
run (Trial *trial, const FarTrafficPlan *plan, GError **error)
{
  if (far_terminal_connect (trial->terminal, TRUE, error) == NULL
      || !load_functions (trial, TRUE, error) || !tour (trial, error)
      || !deliver_webhooks (trial, error))
    return FALSE;
  trial->traffic = far_traffic_run (trial->terminal, plan, error);
  return trial->traffic != NULL && load_money (trial, error)
         && load_functions (trial, FALSE, error);
}

int
far_command_trial (FarTerminal *self, int argc, char **argv)
{
  FarTrafficPlan plan = { .readers_per_second = 10, .duration_s = 30, .seed = 1 };
  const GOptionEntry entries[] = {
    { "readers-per-second", 0, 0, G_OPTION_ARG_DOUBLE, &plan.readers_per_second,
      "How many come (default: 10)", "R" },
    { "duration", 0, 0, G_OPTION_ARG_INT, &plan.duration_s, "Seconds (default: 30)", "S" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &plan.seed, "The same seed, the same readers", "N" },
    { "template", 0, 0, G_OPTION_ARG_FILENAME, &self->template_path,
      "A SAM template instead of the demo", "FILE" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_auto (Trial) trial = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("trial"), entries, &argc, &argv, &code))
    return code;
  if (!far_traffic_plan_check (&plan, &error))
    return far_terminal_usage ("%s", error->message);
  trial.terminal = self;
  trial.before = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  trial.functions = g_ptr_array_new_with_free_func (g_object_unref);
  trial.reasons = g_ptr_array_new_with_free_func (g_free);
  if (!run (&trial, &plan, &error))
    return far_terminal_fail (error);
  judge (&trial);
  if (self->json)
    print_trial_json (&trial);
  else
    print_trial (&trial);
  return trial.reasons->len == 0 ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}
