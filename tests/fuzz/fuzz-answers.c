/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any JSON object as every answer of the market and control APIs: read or refused, never half; and
 * the markup of an article is well-formed whatever the spans say. */
#include "fuzz-driver.h"

#include <string.h>

#include "client/far-market-private.h"
#include "client/far-platform-private.h"
#include "client/far-telemetry-types.h"

static void
check_markup (GPtrArray *blocks)
{
  static const GMarkupParser none;
  guint i;

  for (i = 0; i < blocks->len; i++)
    {
      const FarBlock *block = g_ptr_array_index (blocks, i);
      g_autoptr (GMarkupParseContext) parser = g_markup_parse_context_new (&none, 0, NULL, NULL);
      g_autofree char *text = g_strconcat ("<x>", block->markup, "</x>", NULL);
      g_autoptr (GError) error = NULL;

      /* Control characters are JSON text, and no XML. */
      if (strpbrk (block->text, "\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f") != NULL)
        continue;
      g_markup_parse_context_parse (parser, text, -1, &error);
      g_assert_no_error (error);
      g_assert_true (g_markup_parse_context_end_parse (parser, NULL));
    }
}

static void
read_market (JsonObject *object)
{
  g_autoptr (GPtrArray) articles = far_market_parse_articles (object, NULL);
  g_autoptr (FarArticle) article = far_market_parse_article (object, NULL);
  g_autoptr (FarOffer) offer = far_market_parse_offer (object, NULL);
  g_autoptr (FarPledge) pledge = far_market_parse_pledge (object, NULL);
  g_autoptr (FarAdDecision) decision = far_market_parse_ad_decision (object, NULL);
  g_autoptr (FarAdProgress) progress = far_market_parse_ad_progress (object, NULL);
  g_autoptr (FarEntitlement) entitlement = far_market_parse_entitlement (object, NULL);
  g_autoptr (FarRefund) refund = far_market_parse_refund (object, NULL);
  g_autoptr (FarWallet) wallet = far_market_parse_wallet (object, NULL);
  g_autoptr (FarEarnings) earnings = far_market_parse_earnings (object, NULL);
  g_autoptr (FarTabPayment) payment = far_market_parse_tab_payment (object, NULL);
  g_autoptr (FarCheckout) checkout = far_market_parse_checkout (object, NULL);
  g_autoptr (FarWalletRefund) wallet_refund = far_market_parse_wallet_refund (object, NULL);
  g_autoptr (FarCaps) caps = far_market_parse_caps (object, NULL);
  g_autoptr (FarHistory) history = far_market_parse_history (object, NULL);
  g_autoptr (FarDeletion) deletion = far_market_parse_deletion (object, NULL);

  if (article != NULL)
    {
      check_markup (article->free_blocks);
      check_markup (article->paid_blocks);
      g_assert_true (article->entitled || article->paid_blocks->len == 0);
    }
}

static void
read_platform (JsonObject *object)
{
  g_autoptr (FarPlatformStatus) status = far_platform_status_parse (object);
  g_autoptr (FarPlatformStatus) copy = far_platform_status_copy (status);
  g_autoptr (FarTraffic) traffic = far_traffic_parse (object);
  g_autoptr (FarLogLine) line = far_log_line_parse (object);
  g_autoptr (FarInvokeResult) invoked = far_invoke_result_parse (object);
  g_autoptr (FarLedgerVerdict) verdict = far_ledger_verdict_parse (object);
  g_autoptr (FarFunctionInfo) function = far_function_info_parse (object);
  g_autoptr (FarSeriesSet) series = far_series_set_parse (object, NULL);
  g_autoptr (GPtrArray) invocations = far_invocations_parse (object, NULL);
  g_autoptr (FarSummaryInfo) summary = far_summary_info_parse (object, NULL);
  g_autoptr (FarHeatmapInfo) heatmap = far_heatmap_info_parse (object, NULL);
  g_autoptr (FarTraceInfo) trace = far_trace_info_parse (object, NULL);
  g_autoptr (GPtrArray) traces = far_trace_heads_parse (object, NULL);
  g_autoptr (GPtrArray) annotations = far_annotations_parse (object, NULL);
  g_autoptr (GPtrArray) alarms = far_alarms_parse (object, NULL);

  g_assert_cmpstr (copy->state, ==, status->state);
  if (series != NULL && series->n_series > 0)
    g_assert_nonnull (far_series_set_find (series, series->series[0].function,
                                           series->series[0].metric));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = (const char *) data;
  g_autoptr (JsonNode) root = far_json_parse_object (text, size, 64 * 1024, NULL);
  g_autoptr (GError) error = far_client_error_from_answer (400, text, size);

  g_assert_true (error->domain == FAR_CLIENT_ERROR && *error->message != '\0');
  if (root == NULL)
    return 0;
  read_market (json_node_get_object (root));
  read_platform (json_node_get_object (root));
  return 0;
}
