/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /earnings, /earnings/trace, /statements/{month} and /payouts: the publisher's figures, to
 * whoever holds a publisher's token. Only its hash goes on from here; the bookkeeper compares it
 * with those it knows, and with what each may see. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"

#define TOKEN_MAX 512 /* bytes of a bearer token */
#define DAYS_MAX 90
#define TRACE_MAX 50

/* Returns: (transfer full) (nullable): the SHA-256 of the token in hex; 401 without one. */
static char *
need_token (FarLambdaRequest  *request,
            FarLambdaResponse *response)
{
  const char *header = far_lambda_request_get_header (request, "authorization");
  guint8 digest[FAR_SHA256_LEN];

  if (header != NULL && g_ascii_strncasecmp (header, "Bearer ", 7) == 0)
    {
      const char *token = header + 7 + strspn (header + 7, " ");
      gsize length = strlen (token);

      if (length > 0 && length <= TOKEN_MAX)
        {
          far_sha256 (token, length, digest);
          return far_hex_encode (digest, sizeof digest);
        }
    }
  far_lambda_response_set_header (response, "www-authenticate", "Bearer");
  far_lambda_response_set_error (response, 401, "unauthorized",
                                 "These are the publisher's figures: send “Authorization: Bearer” "
                                 "with the publisher's token");
  return NULL;
}

/* A command about this property, for the holder of the token. */
static void
begin (FarJsonWriter   *command,
       const char      *name,
       const char      *token,
       const FarMarket *market)
{
  far_bookkeeper_client_begin (command, name);
  far_json_add_string (command, "token", token);
  far_json_add_string (command, "property", market->publication->id);
}

/* A whole number of the query, within bounds. FALSE: the answer says so. absent: 0 */
static gboolean
need_number (FarLambdaRequest  *request,
             FarLambdaResponse *response,
             const char        *name,
             gint64             max,
             gint64            *ret_number)
{
  const char *text = far_lambda_request_get_query (request, name);
  g_autofree char *message = NULL;

  *ret_number = 0;
  if (text == NULL || g_ascii_string_to_signed (text, 10, 1, max, ret_number, NULL))
    return TRUE;
  message = g_strdup_printf ("%s is a whole number from 1 to %" G_GINT64_FORMAT, name, max);
  far_lambda_response_set_error (response, 400, "bad_request", "%s", message);
  return FALSE;
}

static void
figures (FarMarket         *market,
         const char        *token,
         FarLambdaRequest  *request,
         FarLambdaResponse *response)
{
  g_auto (FarJsonWriter) command = { NULL };
  gint64 days;

  if (!need_number (request, response, "days", DAYS_MAX, &days))
    return;
  begin (&command, "earnings", token, market);
  if (days > 0)
    far_json_add_int (&command, "days", days);
  far_market_answer (market, &command, response);
}

static void
trace (FarMarket         *market,
       const char        *token,
       FarLambdaRequest  *request,
       FarLambdaResponse *response)
{
  static const char *const names[] = { "pledge", "transfer", "article" };
  g_auto (FarJsonWriter) command = { NULL };
  gint64 limit;

  if (!need_number (request, response, "limit", TRACE_MAX, &limit))
    return;
  begin (&command, "trace", token, market);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = far_lambda_request_get_query (request, names[i]);

      if (value != NULL)
        far_json_add_string (&command, names[i], value);
    }
  if (limit > 0)
    far_json_add_int (&command, "limit", limit);
  far_market_answer (market, &command, response);
}

static gboolean
publisher (const FarLambdaContext  *context,
           FarLambdaRequest        *request,
           FarLambdaResponse       *response,
           GError                 **error)
{
  FarMarket *market = context->state;
  const char *path = far_lambda_request_get_path (request);
  const char *month = far_lambda_request_get_path_parameter (request, "month");
  g_auto (FarJsonWriter) command = { NULL };
  g_autofree char *token = NULL;

  far_market_refresh (market);
  token = need_token (request, response);
  if (token == NULL)
    return TRUE;
  if (month != NULL)
    {
      begin (&command, "statement", token, market);
      far_json_add_string (&command, "month", month);
      far_market_answer (market, &command, response);
    }
  else if (g_str_has_suffix (path, "/payouts"))
    {
      begin (&command, "payout.list", token, market);
      far_market_answer (market, &command, response);
    }
  else if (g_str_has_suffix (path, "/trace"))
    trace (market, token, request, response);
  else
    figures (market, token, request, response);
  return TRUE;
}

const FarLambdaFunction far_earnings_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = publisher,
  .finish = far_market_finish,
};
