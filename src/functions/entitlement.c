/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /entitlements/{article}: whether the reader who asks may read the article, and since when.
 * Nobody can ask about somebody else: the reader is who signed. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

static gboolean
entitlement (const FarLambdaContext  *context,
             FarLambdaRequest        *request,
             FarLambdaResponse       *response,
             GError                 **error)
{
  FarMarket *market = context->state;
  g_auto (FarJsonWriter) command = { NULL };
  const FarArticle *article;
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  article = far_market_need_article (market,
                                     far_lambda_request_get_path_parameter (request, "article"),
                                     response);
  if (article == NULL)
    return TRUE;
  far_bookkeeper_client_begin (&command, "entitlement");
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_json_add_string (&command, "article", article->id);
  far_market_answer (market, &command, NULL, response);
  return TRUE;
}

const FarLambdaFunction far_entitlement_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = entitlement,
  .finish = far_market_finish,
};
