/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /offers/{article}: what would open this article, and on which terms. Without a signature the
 * terms are those of a reader nobody knows yet. An offer promises nothing: the pledge compares the
 * price again, and whether an ad can be shown is decided when one is asked for. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

/* The longest creative that could be shown here; 0 if there is none. */
static guint
longest_ad_ms (const FarPublication *publication,
               const FarArticle     *article)
{
  guint longest = 0;

  for (guint i = 0; i < publication->campaigns->len; i++)
    {
      const FarCampaign *campaign = g_ptr_array_index (publication->campaigns, i);

      if (g_strv_contains ((const char *const *) campaign->categories, article->category) &&
          campaign->bid_micros >= publication->ad_floor_micros)
        longest = MAX (longest, campaign->duration_ms);
    }
  return longest;
}

/* What the books say of this reader: the members of "wallet" that bear on an offer. */
static gboolean
add_reader (FarMarket      *market,
            const char     *reader,
            FarJsonWriter  *writer,
            GError        **error)
{
  static const char *const members[] = {
    "tab_micros", "wallet_micros", "pledges", "free_limit", "method", "method_required",
  };
  g_auto (FarJsonWriter) request = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *object;

  far_bookkeeper_client_begin (&request, "wallet");
  far_json_add_string (&request, "reader", reader);
  far_json_add_string (&request, "property", market->publication->id);
  answer = far_market_call (market, &request, error);
  if (answer == NULL)
    return FALSE;
  object = json_node_get_object (answer);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (json_object_has_member (object, members[i]))
      far_json_add_node (writer, members[i], json_object_get_member (object, members[i]));
  return TRUE;
}

static void
add_terms (const FarPublication *publication,
           const FarArticle     *article,
           gint64                now_us,
           FarJsonWriter        *writer)
{
  FarPrice price = far_publication_price (publication, article, now_us);
  guint ad_ms = longest_ad_ms (publication, article);

  far_json_add_string (writer, "article", article->id);
  far_json_add_string (writer, "title", article->title);
  far_json_add_string (writer, "currency", publication->currency);
  far_price_write (&price, writer);
  far_json_add_bool (writer, "pledge", TRUE);
  far_json_add_int (writer, "refund_window_us", publication->refund_window_s * G_USEC_PER_SEC);
  far_json_add_bool (writer, "ad", ad_ms > 0);
  far_json_add_int (writer, "ad_duration_ms", ad_ms);
}

static gboolean
offer (const FarLambdaContext  *context,
       FarLambdaRequest        *request,
       FarLambdaResponse       *response,
       GError                 **error)
{
  FarMarket *market = context->state;
  const FarArticle *article;
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (GError) refused = NULL;
  char reader[FAR_READER_LEN + 1];
  gboolean entitled;

  far_market_refresh (market);
  if (!far_market_may_reader (context, request, response, reader))
    return TRUE;
  article = far_market_need_article (market,
                                     far_lambda_request_get_path_parameter (request, "article"),
                                     response);
  if (article == NULL)
    return TRUE;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  add_terms (market->publication, article, far_clock_now_us (context->clock), &writer);
  if (*reader == '\0')
    {
      far_json_add_bool (&writer, "entitled", FALSE);
      far_json_add_micros (&writer, "tab_micros", 0);
      far_json_add_bool (&writer, "method_required", market->publication->free_pledges == 0);
    }
  else if (!far_market_add_entitlement (market, reader, article, &writer, &entitled, &refused) ||
           !add_reader (market, reader, &writer, &refused))
    {
      far_market_refuse (response, refused);
      return TRUE;
    }
  far_json_end_object (&writer);
  far_market_set_private (response, &writer);
  return TRUE;
}

const FarLambdaFunction far_offer_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = offer,
  .finish = far_market_finish,
};
