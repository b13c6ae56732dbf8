/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way back from the provider's page (see the header). */
#include "functions/far-way-back.h"

char *
far_way_back_url (FarLambdaRequest *request)
{
  const char *public_url = g_getenv (FAR_PUBLIC_URL_ENV);
  const char *scheme = far_lambda_request_get_header (request, "x-forwarded-proto");
  const char *host = far_lambda_request_get_header (request, "host");

  if (public_url != NULL && *public_url != '\0')
    return g_strconcat (public_url, g_str_has_suffix (public_url, "/") ? "" : "/",
                        "wallet/return", NULL);
  return g_strdup_printf ("%s://%s/wallet/return",
                          g_strcmp0 (scheme, "https") == 0 ? "https" : "http",
                          host != NULL ? host : "localhost");
}

gboolean
far_way_back_check (FarProviderClient  *provider,
                    const char         *url,
                    GError            **error)
{
  if (far_provider_client_get_money (provider) != FAR_PROVIDER_MONEY_LIVE ||
      g_str_has_prefix (url, "https://"))
    return TRUE;
  g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG,
                       "With live money the provider leads readers back over https:// alone. Set "
                       FAR_PUBLIC_URL_ENV " of Cashier to where readers reach this publication");
  return FALSE;
}

void
far_way_back_answer (FarLambdaResponse *response)
{
  far_lambda_response_set_header (response, "cache-control", "no-store");
  far_lambda_response_set_header (response, "content-security-policy", "default-src 'none'");
  far_lambda_response_set_text (response, "text/html; charset=utf-8",
                                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                                "<title>Back to Farthing</title><h1>You may close this page</h1>"
                                "<p>Farthing asks the payment provider how it went, and shows it "
                                "on your reader's page.</p></html>");
}
