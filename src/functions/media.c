/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /media/{file}: the pictures of articles. Only a file that an article names is served, so that
 * no path leads out of the folder, and creatives are to be had for a view alone. A picture that
 * stands only behind a lock is sent to who is entitled to the article. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

/* Whether the reader who signed is entitled to the article: 401, 403, or the bookkeeper's. */
static gboolean
check_entitled (const FarLambdaContext *context,
                FarLambdaRequest       *request,
                FarLambdaResponse      *response,
                const FarArticle       *article)
{
  g_auto (FarJsonWriter) unused = { NULL };
  g_autoptr (GError) error = NULL;
  char reader[FAR_READER_LEN + 1];
  gboolean entitled;

  if (!far_market_need_reader (context, request, response, reader))
    return FALSE;
  far_json_writer_init (&unused);
  if (!far_market_add_entitlement (context->state, reader, article, &unused, &entitled, &error))
    {
      far_market_refuse (response, error);
      return FALSE;
    }
  if (!entitled)
    far_lambda_response_set_error (response, 403, "not_entitled",
                                   "This picture belongs to the locked part of an article; pledge "
                                   "for the article or watch an ad first");
  return entitled;
}

static gboolean
media (const FarLambdaContext  *context,
       FarLambdaRequest        *request,
       FarLambdaResponse       *response,
       GError                 **error)
{
  FarMarket *market = context->state;
  const char *file = far_lambda_request_get_path_parameter (request, "file");
  const FarArticle *article;
  g_autoptr (GBytes) bytes = NULL;
  gboolean locked = FALSE;

  far_market_refresh (market);
  article = file != NULL ? far_publication_find_picture (market->publication, file, &locked) : NULL;
  if (article == NULL)
    {
      far_lambda_response_set_error (response, 404, "unknown_picture",
                                     "No article shows a picture of this name");
      return TRUE;
    }
  if (locked && !check_entitled (context, request, response, article))
    return TRUE;
  bytes = far_publication_read_media (market->publication, file, error);
  if (bytes == NULL)
    return FALSE;
  far_lambda_response_set_header (response, "cache-control",
                                  locked ? "no-store" : "public, max-age=300");
  far_lambda_response_set_bytes (response, far_media_content_type (file),
                                 g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return TRUE;
}

const FarLambdaFunction far_media_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = media,
  .finish = far_market_finish,
};
