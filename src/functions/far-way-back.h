/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the provider's page leads readers back to: PUBLIC_URL, which is how they reach this
 * publication, else as the request in hand came. One thread; no state. */
#pragma once

#include "functions/far-provider-client.h"
#include "lambda/far-lambda.h"

G_BEGIN_DECLS

#define FAR_PUBLIC_URL_ENV "PUBLIC_URL"

/* Returns: (transfer full) */
char    *far_way_back_url    (FarLambdaRequest *request);
/* FALSE with FAR_PROVIDER_ERROR_CONFIG: with live money a provider takes no other way than TLS. */
gboolean far_way_back_check  (FarProviderClient *provider, const char *url, GError **error);
/* The page that readers come back to. */
void     far_way_back_answer (FarLambdaResponse *response);

G_END_DECLS
