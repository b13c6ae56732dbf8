/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /pledges {article, price_micros, key}: promises the article's price and opens it, in one
 * command. The price is the publication's. The one in the request is what the reader was shown: if
 * it is another, nothing happens and they are told; but a price that the article's age has changed
 * a moment ago still holds for who was shown it, so that a pledge which is sent again after
 * midnight finds itself done. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/far-money.h"
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

static void
refuse_price (const FarPublication *publication,
              const FarPrice       *price,
              FarLambdaResponse    *response)
{
  g_auto (FarJsonWriter) writer = { NULL };
  g_autofree char *amount = far_micros_to_decimal (price->micros, publication->currency);
  g_autofree char *message =
    g_strdup_printf ("The price of this article is %s %s now; show it and ask again", amount,
                     publication->currency);

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "error");
  far_json_add_string (&writer, "code", "price_changed");
  far_json_add_string (&writer, "message", message);
  far_price_write (price, &writer);
  far_json_add_string (&writer, "currency", publication->currency);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  far_lambda_response_set_status (response, 409);
  far_market_set_private (response, &writer);
}

/* The prefix that new readers are counted by: what one customer of a network commonly has. This
 * machine itself is no network: its readers are simulated, or come through a proxy of the
 * operator's, who must then pass on where they come from. */
static char *
network_of (FarLambdaRequest *request)
{
  const char *address = far_lambda_request_get_source_ip (request);
  char text[INET6_ADDRSTRLEN];
  struct in6_addr v6;
  struct in_addr v4;

  if (inet_pton (AF_INET, address, &v4) == 1)
    {
      guint32 host = g_ntohl (v4.s_addr);

      if (host >> 24 == IN_LOOPBACKNET)
        return NULL;
      v4.s_addr = g_htonl (host & 0xffffff00);
      return g_strdup_printf ("%s/24", inet_ntop (AF_INET, &v4, text, sizeof text));
    }
  if (inet_pton (AF_INET6, address, &v6) != 1 || IN6_IS_ADDR_LOOPBACK (&v6))
    return NULL;
  memset (&v6.s6_addr[6], 0, sizeof v6.s6_addr - 6);
  return g_strdup_printf ("%s/48", inet_ntop (AF_INET6, &v6, text, sizeof text));
}

/* The price to pledge: the one that was shown, if it is the article's now or was a moment ago. */
static gboolean
settle_price (const FarPublication *publication,
              const FarArticle     *article,
              gint64                shown_micros,
              gint64                now_us,
              FarLambdaResponse    *response)
{
  FarPrice now = far_publication_price (publication, article, now_us);
  FarPrice before = far_publication_price (publication, article, now_us - FAR_PRICE_GRACE_US);

  if (shown_micros == now.micros || shown_micros == before.micros)
    return TRUE;
  refuse_price (publication, &now, response);
  return FALSE;
}

static gboolean
pledge (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        FarLambdaResponse       *response,
        GError                 **error)
{
  FarMarket *market = context->state;
  g_auto (FarJsonWriter) command = { NULL };
  g_autofree char *network = network_of (request);
  g_autoptr (GError) refused = NULL;
  const FarArticle *article;
  const char *id, *key;
  JsonObject *body;
  gint64 shown_micros;
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  body = far_market_need_body (request, response, "article", "price_micros", "key", NULL);
  id = body != NULL ? far_market_need_string (body, "article", 128, response) : NULL;
  key = id != NULL ? far_market_need_string (body, "key", 128, response) : NULL;
  if (key == NULL)
    return TRUE;
  if (!far_json_get_micros (body, "price_micros", &shown_micros, &refused))
    {
      far_lambda_response_set_error (response, 400, "bad_request", "%s", refused->message);
      return TRUE;
    }
  article = far_market_need_article (market, id, response);
  if (article == NULL ||
      !settle_price (market->publication, article, shown_micros,
                     far_clock_now_us (context->clock), response))
    return TRUE;
  far_bookkeeper_client_begin (&command, "pledge");
  far_json_add_string (&command, "key", key);
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_json_add_string (&command, "article", article->id);
  far_json_add_micros (&command, "price_micros", shown_micros);
  far_json_add_string (&command, "currency", market->publication->currency);
  if (network != NULL)
    far_json_add_string (&command, "network", network);
  far_market_answer (market, &command, response);
  return TRUE;
}

const FarLambdaFunction far_pledge_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = pledge,
  .finish = far_market_finish,
};
