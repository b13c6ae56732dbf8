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
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (GError) refused = NULL;
  const FarArticle *article;
  char reader[FAR_READER_LEN + 1];
  gboolean entitled;

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  article = far_market_need_article (market,
                                     far_lambda_request_get_path_parameter (request, "article"),
                                     response);
  if (article == NULL)
    return TRUE;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (!far_market_add_entitlement (market, reader, article, &writer, &entitled, &refused))
    {
      far_market_refuse (response, refused);
      return TRUE;
    }
  far_json_end_object (&writer);
  far_market_set_private (response, &writer);
  return TRUE;
}

const FarLambdaFunction far_entitlement_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = entitlement,
  .finish = far_market_finish,
};
