/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /ledger/checkpoint and GET /receipts/{article}: what the books prove. The first is anybody's:
 * who keeps a checkpoint may ask that the log has only grown since. A receipt is its reader's. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

#include <string.h>

static gboolean
checkpoint (FarMarket         *market,
            FarLambdaRequest  *request,
            FarLambdaResponse *response)
{
  const char *from_text = far_lambda_request_get_query (request, "from");
  g_auto (FarJsonWriter) command = { NULL };
  gint64 from = 0;

  if (from_text != NULL &&
      !g_ascii_string_to_signed (from_text, 10, 0, G_GINT64_CONSTANT (1) << 53, &from, NULL))
    {
      far_lambda_response_set_error (response, 400, "bad_request",
                                     "from is the number of rows of a checkpoint that you hold");
      return TRUE;
    }
  far_bookkeeper_client_begin (&command, "ledger.checkpoint");
  far_json_add_int (&command, "from", from);
  far_market_answer (market, &command, response);
  return TRUE;
}

static gboolean
receipts (FarMarket              *market,
          const FarLambdaContext *context,
          FarLambdaRequest       *request,
          FarLambdaResponse      *response)
{
  g_auto (FarJsonWriter) command = { NULL };
  const FarArticle *article;
  char reader[FAR_READER_LEN + 1];

  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  article = far_market_need_article (market,
                                     far_lambda_request_get_path_parameter (request, "article"),
                                     response);
  if (article == NULL)
    return TRUE;
  far_bookkeeper_client_begin (&command, "receipts");
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_json_add_string (&command, "article", article->id);
  far_market_answer (market, &command, response);
  return TRUE;
}

static gboolean
ledger (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        FarLambdaResponse       *response,
        GError                 **error)
{
  FarMarket *market = context->state;

  far_market_refresh (market);
  if (far_lambda_request_get_path_parameter (request, "article") != NULL)
    return receipts (market, context, request, response);
  return checkpoint (market, request, response);
}

const FarLambdaFunction far_ledger_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = ledger,
  .finish = far_market_finish,
};
