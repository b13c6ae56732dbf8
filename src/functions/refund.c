/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /refunds {article, key}: takes a pledge back within the window. The article need not be in
 * the publication any more: what was pledged for can be refunded. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

static gboolean
refund (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        FarLambdaResponse       *response,
        GError                 **error)
{
  FarMarket *market = context->state;
  g_auto (FarJsonWriter) command = { NULL };
  const char *article, *key;
  JsonObject *body;
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  body = far_market_need_body (request, response, "article", "key", NULL);
  article = body != NULL ? far_market_need_string (body, "article", 128, response) : NULL;
  key = article != NULL ? far_market_need_string (body, "key", 128, response) : NULL;
  if (key == NULL)
    return TRUE;
  /* What a client says is noted only if it is an article. */
  if (far_publication_find_article (market->publication, article) != NULL)
    far_lambda_note ("article", article);
  far_bookkeeper_client_begin (&command, "refund");
  far_json_add_string (&command, "key", key);
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_json_add_string (&command, "article", article);
  far_market_answer (market, &command, response);
  return TRUE;
}

const FarLambdaFunction far_refund_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = refund,
  .finish = far_market_finish,
};
