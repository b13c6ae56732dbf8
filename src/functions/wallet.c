/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader owes, holds and did, and what they ask of themselves; nothing here reaches the
 * payment provider. GET /wallet, GET /wallet/history, GET /wallet/export (all that is held on this
 * reader), POST /wallet/caps {key, day_micros?, month_micros?}. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

#include <string.h>

#define PAGES_MAX 100000
#define EXPORT_BYTES_MAX (5 * 1024 * 1024)

static void
answer_wallet (FarMarket         *market,
               const char        *reader,
               FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) command = { NULL };

  far_bookkeeper_client_begin (&command, "wallet");
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_market_answer (market, &command, response);
}

static void
answer_history (FarMarket         *market,
                FarLambdaRequest  *request,
                const char        *reader,
                FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) command = { NULL };
  const char *limit = far_lambda_request_get_query (request, "limit");
  const char *before = far_lambda_request_get_query (request, "before");
  gint64 n = 100;

  if ((limit != NULL && !g_ascii_string_to_signed (limit, 10, 1, 100, &n, NULL)) ||
      (before != NULL && strspn (before, "0123456789.") != strlen (before)))
    {
      far_lambda_response_set_error (response, 400, "bad_request",
                                     "limit is 1 to 100, before is the \"next\" of another page");
      return;
    }
  far_bookkeeper_client_begin (&command, "history");
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  far_json_add_int (&command, "limit", n);
  if (before != NULL)
    far_json_add_string (&command, "before", before);
  far_market_answer (market, &command, response);
}

/* ---- caps ---- */

/* Copies an amount of the body; absent or null is none. FALSE has answered. */
static gboolean
add_cap (JsonObject        *body,
         const char        *name,
         FarJsonWriter     *command,
         FarLambdaResponse *response)
{
  g_autoptr (GError) error = NULL;
  gint64 micros;

  if (!far_json_has (body, name))
    return TRUE;
  if (!far_json_get_micros (body, name, &micros, &error))
    {
      far_lambda_response_set_error (response, 400, "bad_request", "%s", error->message);
      return FALSE;
    }
  far_json_add_micros (command, name, micros);
  return TRUE;
}

static void
set_caps (FarMarket         *market,
          FarLambdaRequest  *request,
          const char        *reader,
          FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) command = { NULL };
  JsonObject *body = far_market_need_body (request, response, "key", "day_micros", "month_micros",
                                           NULL);
  const char *key = body != NULL ? far_market_need_string (body, "key", 128, response) : NULL;

  if (key == NULL)
    return;
  far_bookkeeper_client_begin (&command, "caps.set");
  far_json_add_string (&command, "key", key);
  far_json_add_string (&command, "reader", reader);
  far_json_add_string (&command, "property", market->publication->id);
  if (add_cap (body, "day_micros", &command, response) &&
      add_cap (body, "month_micros", &command, response))
    far_market_answer (market, &command, response);
}

/* ---- export ---- */

typedef struct {
  char  *section; /* the one in hand; NULL: the first */
  gint64 after;
} Place;

/* Asks for one page and appends its rows. place->section is NULL after the last one. */
static gboolean
export_page (FarMarket      *market,
             const char     *reader,
             Place          *place,
             gboolean       *begun,
             FarJsonWriter  *writer,
             GError        **error)
{
  g_auto (FarJsonWriter) command = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  const char *section, *next_section = NULL;
  JsonObject *object;
  JsonArray *rows;

  far_bookkeeper_client_begin (&command, "reader.export");
  far_json_add_string (&command, "reader", reader);
  if (place->section != NULL)
    far_json_add_string (&command, "section", place->section);
  if (place->after > 0)
    far_json_add_int (&command, "after", place->after);
  answer = far_market_call (market, &command, error);
  if (answer == NULL)
    return FALSE;
  object = json_node_get_object (answer);
  if (!far_json_get_string (object, "section", 64, &section, error) ||
      !far_json_get_array (object, "rows", 1000, &rows, error) ||
      !far_json_get_int (object, "next", 0, G_MAXINT64, &place->after, error) ||
      (far_json_has (object, "next_section") &&
       !far_json_get_string (object, "next_section", 64, &next_section, error)))
    return FALSE;
  if (!*begun)
    far_json_begin_array (writer, section);
  *begun = TRUE;
  for (guint i = 0; i < json_array_get_length (rows); i++)
    far_json_add_node (writer, NULL, json_array_get_element (rows, i));
  if (place->after == 0)
    {
      far_json_end_array (writer);
      *begun = FALSE;
    }
  g_free (place->section);
  place->section = g_strdup (place->after > 0 ? section : next_section);
  return TRUE;
}

static void
export_reader (const FarLambdaContext *context,
               FarMarket              *market,
               const char             *reader,
               FarLambdaResponse      *response)
{
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (GError) error = NULL;
  Place place = { NULL, 0 };
  gboolean begun = FALSE;
  guint n_pages = 0;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "about",
                       "Everything that this publication's books hold on the reader who asked. The "
                       "payment provider keeps its own records under the customer named here. "
                       "Answers to requests are kept for 30 days under a hash of their key, views "
                       "of ads are counted under a key that is destroyed each day: neither can be "
                       "found by reader.");
  far_json_add_string (&writer, "publication", market->publication->id);
  far_json_add_string (&writer, "reader_key", reader);
  far_json_add_time (&writer, "as_of", far_clock_now_us (context->clock));
  do
    {
      if (!export_page (market, reader, &place, &begun, &writer, &error))
        {
          g_free (place.section);
          far_market_refuse (response, error);
          return;
        }
    }
  while (place.section != NULL && ++n_pages < PAGES_MAX && writer.text->len < EXPORT_BYTES_MAX);
  if (begun)
    far_json_end_array (&writer);
  far_json_add_bool (&writer, "whole", place.section == NULL);
  g_free (place.section);
  far_json_end_object (&writer);
  far_lambda_response_set_header (response, "content-disposition",
                                  "attachment; filename=\"farthing-reader.json\"");
  far_market_set_private (response, &writer);
}

static gboolean
wallet (const FarLambdaContext  *context,
        FarLambdaRequest        *request,
        FarLambdaResponse       *response,
        GError                 **error)
{
  FarMarket *market = context->state;
  const char *route = far_lambda_request_get_route_key (request);
  char reader[FAR_READER_LEN + 1];

  far_market_refresh (market);
  if (!far_market_need_reader (context, request, response, reader))
    return TRUE;
  if (g_str_has_suffix (route, "/history"))
    answer_history (market, request, reader, response);
  else if (g_str_has_suffix (route, "/export"))
    export_reader (context, market, reader, response);
  else if (g_str_has_suffix (route, "/caps"))
    set_caps (market, request, reader, response);
  else
    answer_wallet (market, reader, response);
  return TRUE;
}

const FarLambdaFunction far_wallet_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = wallet,
  .finish = far_market_finish,
};
