/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /earnings: the publisher's figures, to whoever holds the publisher's token. Only its hash
 * goes on from here; the bookkeeper compares it with those it knows. */
#include "functions/far-functions.h"
#include "functions/far-market-http.h"

#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"

#define TOKEN_MAX 512 /* bytes of a bearer token */

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

static gboolean
earnings (const FarLambdaContext  *context,
          FarLambdaRequest        *request,
          FarLambdaResponse       *response,
          GError                 **error)
{
  FarMarket *market = context->state;
  const char *days_text = far_lambda_request_get_query (request, "days");
  g_auto (FarJsonWriter) command = { NULL };
  g_autofree char *token = NULL;
  gint64 days = 0;

  far_market_refresh (market);
  token = need_token (request, response);
  if (token == NULL)
    return TRUE;
  if (days_text != NULL && !g_ascii_string_to_signed (days_text, 10, 1, 366, &days, NULL))
    {
      far_lambda_response_set_error (response, 400, "bad_request",
                                     "days is a whole number from 1 to 366");
      return TRUE;
    }
  far_bookkeeper_client_begin (&command, "earnings");
  far_json_add_string (&command, "token", token);
  far_json_add_string (&command, "property", market->publication->id);
  if (days > 0)
    far_json_add_int (&command, "days", days);
  far_market_answer (market, &command, NULL, response);
  return TRUE;
}

const FarLambdaFunction far_earnings_function = {
  .init = far_market_init,
  .start = far_market_start,
  .http = earnings,
  .finish = far_market_finish,
};
