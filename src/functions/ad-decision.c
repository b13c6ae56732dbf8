/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /ads/decisions {article, key}: which ad would open this article. The campaigns that want the
 * article's category bid; the second price is what a view will cost; the first in rank that has
 * budget left and has not been shown to this reader too often is reserved. The context decides, not
 * the person: nothing of the reader but the cap bears on it. */
#include "base/far-money.h"
#include "functions/far-functions.h"
#include "functions/far-market-http.h"
#include "market/far-auction.h"

/* In-house campaigns have no measured completion rate of their own yet: all count as complete. */
#define COMPLETION_BPS FAR_BASIS_POINTS

/* Writes the ranked candidates as members of the command. */
static gboolean
add_candidates (const FarPublication  *publication,
                const FarArticle      *article,
                const char            *auction,
                FarJsonWriter         *command,
                GError               **error)
{
  FarBid bids[FAR_PUBLICATION_CAMPAIGNS_MAX];
  const FarCampaign *bidders[FAR_PUBLICATION_CAMPAIGNS_MAX];
  FarRanking rankings[FAR_AUCTION_BIDS_MAX];
  guint n_bids = 0, n_rankings = 0;

  for (guint i = 0; i < publication->campaigns->len; i++)
    {
      const FarCampaign *campaign = g_ptr_array_index (publication->campaigns, i);

      if (!g_strv_contains ((const char *const *) campaign->categories, article->category))
        continue;
      bidders[n_bids] = campaign;
      bids[n_bids++] = (FarBid){ .id = campaign->id,
                                 .kind = FAR_BID_COMPLETED_VIEW,
                                 .amount_micros = campaign->bid_micros,
                                 .completion_bps = COMPLETION_BPS };
    }
  if (!far_auction_rank (auction, FAR_AUCTION_SECOND_PRICE, publication->ad_floor_micros * 1000,
                         bids, n_bids, rankings, &n_rankings, error))
    return FALSE;
  far_json_begin_array (command, "candidates");
  for (guint i = 0; i < n_rankings; i++)
    {
      const FarCampaign *campaign = bidders[rankings[i].bid];

      far_json_begin_object (command, NULL);
      far_json_add_string (command, "campaign", campaign->id);
      far_json_add_string (command, "creative", campaign->creative);
      far_json_add_int (command, "duration_ms", campaign->duration_ms);
      far_json_add_int (command, "total_bytes", campaign->total_bytes);
      far_json_add_micros (command, "price_micros", rankings[i].price_micros);
      far_json_end_object (command);
    }
  far_json_end_array (command);
  return TRUE;
}

/* What a reader should be told where there is no ad: never a dead end. */
static const char *
explain (const char *reason)
{
  if (g_strcmp0 (reason, "frequency_cap") == 0)
    return "You have seen today's ads often enough; a pledge still opens this article";
  return "No advertiser wants this page just now; a pledge still opens this article";
}

/* Adds to the bookkeeper's answer what it does not know: the ad's title, and where it leads. */
static void
answer_decision (FarMarket         *market,
                 JsonNode          *answer,
                 FarLambdaResponse *response)
{
  JsonObject *object = json_node_get_object (answer);
  g_auto (FarJsonWriter) writer = { NULL };
  const FarCampaign *campaign = NULL;
  const char *id;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_market_add_members (&writer, answer);
  if (far_json_has (object, "view") && far_json_get_string (object, "campaign", 128, &id, NULL))
    campaign = far_publication_find_campaign (market->publication, id);
  if (campaign != NULL)
    {
      far_json_add_string (&writer, "advertiser", campaign->advertiser_name);
      far_json_add_string (&writer, "title", campaign->title);
      far_json_add_string (&writer, "description", campaign->alt);
      far_json_add_string (&writer, "landing_url", campaign->link);
      far_json_add_string (&writer, "media_type", campaign->content_type);
      far_json_add_int (&writer, "total_bytes", campaign->total_bytes);
      far_json_add_string (&writer, "currency", campaign->currency);
    }
  else
    far_json_add_string (&writer, "message",
                         explain (json_object_get_string_member_with_default (object, "reason",
                                                                              "no_candidates")));
  far_json_end_object (&writer);
  far_market_set_private (response, &writer);
}

static gboolean
decide (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        FarLambdaResponse       *response,
        GError                 **error)
{
  FarMarket *market = context->state;
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (GError) refused = NULL;
  g_autoptr (JsonNode) answer = NULL;
  const FarArticle *article;
  const char *id, *key;
  JsonObject *body;
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  body = far_market_need_body (request, response, "article", "key", NULL);
  id = body != NULL ? far_market_need_string (body, "article", 128, response) : NULL;
  key = id != NULL ? far_market_need_string (body, "key", 128, response) : NULL;
  article = key != NULL ? far_market_need_article (market, id, response) : NULL;
  if (article == NULL)
    return TRUE;
  far_bookkeeper_client_begin (&command, "view.reserve");
  far_json_add_string (&command, "key", key);
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_json_add_string (&command, "article", article->id);
  if (!add_candidates (market->publication, article, key, &command, error))
    return FALSE;
  answer = far_market_call (market, &command, &refused);
  if (answer == NULL)
    far_market_refuse (response, refused);
  else
    answer_decision (market, answer, response);
  return TRUE;
}

const FarLambdaFunction far_ad_decision_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = decide,
  .finish = far_market_finish,
};
