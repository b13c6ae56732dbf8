/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /ads/events {view, event, visible_ms?, muted?}: what the reader's device says of a view. The
 * bookkeeper holds order and time against its own clock; visibility and sound are what the client
 * reports, kept apart and trusted with nothing. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

#define VISIBLE_MS_MAX (24 * 3600 * 1000)

/* The client's own report. FALSE has answered. */
static gboolean
add_report (JsonObject        *body,
            FarJsonWriter     *command,
            FarLambdaResponse *response)
{
  g_autoptr (GError) error = NULL;
  gint64 visible_ms;
  gboolean muted;

  if (far_json_has (body, "visible_ms"))
    {
      if (!far_json_get_int (body, "visible_ms", 0, VISIBLE_MS_MAX, &visible_ms, &error))
        goto refuse;
      far_json_add_int (command, "visible_ms", visible_ms);
    }
  if (far_json_has (body, "muted"))
    {
      if (!far_json_get_bool (body, "muted", &muted, &error))
        goto refuse;
      far_json_add_bool (command, "muted", muted);
    }
  return TRUE;

refuse:
  far_lambda_response_set_error (response, 400, "bad_request", "%s", error->message);
  return FALSE;
}

static gboolean
report (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        FarLambdaResponse       *response,
        GError                 **error)
{
  FarMarket *market = context->state;
  g_auto (FarJsonWriter) command = { NULL };
  const char *view, *event;
  JsonObject *body;
  char reader[FAR_READER_LEN + 1];

  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  body = far_market_need_body (request, response, "view", "event", "visible_ms", "muted", NULL);
  view = body != NULL ? far_market_need_string (body, "view", 64, response) : NULL;
  event = view != NULL ? far_market_need_string (body, "event", 32, response) : NULL;
  if (event == NULL)
    return TRUE;
  far_bookkeeper_client_begin (&command, "view.event");
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "view", view);
  far_json_add_string (&command, "event", event);
  if (add_report (body, &command, response))
    far_market_answer (market, &command, response);
  return TRUE;
}

const FarLambdaFunction far_ad_events_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = report,
  .finish = far_market_finish,
};
