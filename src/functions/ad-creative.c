/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /ads/creatives/{view}: the bytes of the creative that was reserved for this view, to the
 * reader it was reserved for. That they were sent is on the books before they leave, since a
 * function that has answered is over; what the network then loses counts as fetched. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

static void
begin_view (FarJsonWriter *command,
            const char    *name,
            const char    *reader,
            const char    *view)
{
  far_bookkeeper_client_begin (command, name);
  far_json_add_string (command, "reader", reader);
  far_json_add_string (command, "view", view);
}

/* The campaign's creative for a view of this reader. */
static const FarCampaign *
find_campaign (FarMarket   *market,
               const char  *reader,
               const char  *view,
               GError     **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  const FarCampaign *campaign;
  const char *id, *creative;
  JsonObject *object;

  begin_view (&command, "view.get", reader, view);
  answer = far_market_call (market, &command, error);
  if (answer == NULL)
    return NULL;
  object = json_node_get_object (answer);
  if (!far_json_get_string (object, "campaign", 128, &id, error) ||
      !far_json_get_string (object, "creative", 128, &creative, error))
    return NULL;
  campaign = far_publication_find_campaign (market->publication, id);
  if (campaign == NULL || !g_str_equal (campaign->creative, creative))
    {
      g_set_error_literal (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_VIEW_CLOSED,
                           "This ad has been withdrawn; ask for another");
      return NULL;
    }
  return campaign;
}

static gboolean
creative (const FarLambdaContext  *context,
          FarLambdaRequest        *request,
          FarLambdaResponse       *response,
          GError                 **error)
{
  FarMarket *market = context->state;
  const char *view = far_lambda_request_get_path_parameter (request, "view");
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) refused = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const FarCampaign *campaign;
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  campaign = find_campaign (market, reader, view != NULL ? view : "", &refused);
  if (campaign == NULL)
    {
      far_market_refuse (response, refused);
      return TRUE;
    }
  bytes = far_publication_read_media (market->publication, campaign->creative, error);
  if (bytes == NULL)
    return FALSE;
  begin_view (&command, "view.fetched", reader, view);
  far_json_add_int (&command, "bytes", g_bytes_get_size (bytes));
  answer = far_market_call (market, &command, &refused);
  if (answer == NULL)
    {
      far_market_refuse (response, refused);
      return TRUE;
    }
  far_lambda_response_set_header (response, "cache-control", "no-store");
  far_lambda_response_set_bytes (response, campaign->content_type, g_bytes_get_data (bytes, NULL),
                                 g_bytes_get_size (bytes));
  return TRUE;
}

const FarLambdaFunction far_ad_creative_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = creative,
  .finish = far_market_finish,
};
