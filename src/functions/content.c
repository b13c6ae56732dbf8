/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /articles and GET /articles/{id}: the list, and one article. Everyone gets the free
 * beginning; what stands behind the lock is written only after the bookkeeper has said, for this
 * reader and this article, that they are entitled. When it cannot be asked the beginning is served
 * all the same, with the reason beside it. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

static void
list_articles (FarMarket         *market,
               gint64             now_us,
               FarLambdaResponse *response)
{
  const FarPublication *publication = market->publication;
  g_auto (FarJsonWriter) writer = { NULL };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "publication");
  far_json_add_string (&writer, "id", publication->id);
  far_json_add_string (&writer, "title", publication->title);
  far_json_add_string (&writer, "tagline", publication->tagline);
  far_json_add_string (&writer, "about", publication->about);
  far_json_add_string (&writer, "currency", publication->currency);
  far_json_add_string (&writer, "support", publication->support);
  far_json_begin_array (&writer, "categories");
  for (guint i = 0; publication->categories[i] != NULL; i++)
    far_json_add_string (&writer, NULL, publication->categories[i]);
  far_json_end_array (&writer);
  far_json_add_string (&writer, "publisher", publication->publisher_name);
  far_json_add_string (&writer, "fee_receiver", publication->fee_receiver);
  far_json_end_object (&writer);
  far_json_begin_array (&writer, "articles");
  for (guint i = 0; i < publication->articles->len; i++)
    {
      far_json_begin_object (&writer, NULL);
      far_article_write_head (g_ptr_array_index (publication->articles, i), publication, now_us,
                              &writer);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_lambda_response_set_header (response, "cache-control", "no-cache");
  far_lambda_response_set_json (response, &writer);
}

/* Asks whether the reader is entitled, and writes what they may know of it. */
static gboolean
write_entitlement (FarMarket        *market,
                   const FarArticle *article,
                   const char       *reader,
                   FarJsonWriter    *writer)
{
  g_autoptr (GError) error = NULL;
  const char *code, *message;
  gboolean entitled = FALSE;
  guint status;

  if (*reader == '\0')
    {
      far_json_add_bool (writer, "entitled", FALSE);
      return FALSE;
    }
  if (far_market_add_entitlement (market, reader, article, writer, &entitled, &error))
    return entitled;
  message = far_market_explain (error, &code, &status);
  far_json_add_bool (writer, "entitled", FALSE);
  far_json_begin_object (writer, "entitlement_error");
  far_json_add_string (writer, "code", code);
  far_json_add_string (writer, "message", message);
  far_json_end_object (writer);
  return FALSE;
}

static void
read_article (FarMarket         *market,
              const FarArticle  *article,
              const char        *reader,
              gint64             now_us,
              FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) writer = { NULL };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_article_write_head (article, market->publication, now_us, &writer);
  far_article_write_free (article, &writer);
  if (write_entitlement (market, article, reader, &writer))
    far_article_write_body (article, &writer);
  far_json_end_object (&writer);
  far_market_set_private (response, &writer);
}

static gboolean
content (const FarLambdaContext  *context,
         FarLambdaRequest        *request,
         FarLambdaResponse       *response,
         GError                 **error)
{
  FarMarket *market = context->state;
  const char *id = far_lambda_request_get_path_parameter (request, "id");
  gint64 now_us = far_clock_now_us (context->clock);
  const FarArticle *article;
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (id == NULL)
    {
      list_articles (market, now_us, response);
      return TRUE;
    }
  if (!far_market_may_reader (context, request, response, reader))
    return TRUE;
  article = far_market_need_article (market, id, response);
  if (article != NULL)
    read_article (market, article, reader, now_us, response);
  return TRUE;
}

const FarLambdaFunction far_content_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = content,
  .finish = far_market_finish,
};
