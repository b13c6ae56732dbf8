/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a call reaches the payment provider: by its base URL. "gateway:/provider" is the bundled test
 * provider, below the granted service "gateway"; "https://…" is any other, reached by the proxy
 * that Metadata.Farthing.Egress grants (HTTPS_PROXY) and known by the authorities this machine
 * trusts, or by those of PROVIDER_CA_FILE in the publication's folder. Blocking, with a deadline.
 * One thread; make it after the fork. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_PROVIDER_URL_ENV "PROVIDER_URL"
#define FAR_PROVIDER_URL_DEFAULT "gateway:/provider"
#define FAR_PROVIDER_CA_FILE_ENV "PROVIDER_CA_FILE"
#define FAR_PROVIDER_TIMEOUT_US (8 * G_USEC_PER_SEC)
#define FAR_PROVIDER_REPLY_MAX (1024 * 1024)

typedef struct _FarProviderTransport FarProviderTransport;

/* host: (nullable): as which host this deployment is reached, where it is its own provider.
 * Returns: (transfer full) (nullable): NULL with FAR_PROVIDER_ERROR_CONFIG for no URL */
FarProviderTransport *far_provider_transport_new  (const char *url, const char *host,
                                                   GError **error);
void                  far_provider_transport_free (FarProviderTransport *self);

typedef struct {
  const char *method;
  const char *path;            /* behind the base URL, with its query: "/v1/customers" */
  const char *key;             /* the secret key */
  const char *idempotency_key; /* (nullable) */
  const char *form;            /* (nullable): encoded */
} FarProviderRequest;

/* Returns: (transfer full) (nullable): the answer's body and its status; NULL with
 * FAR_PROVIDER_ERROR_UNKNOWN: what was sent may have taken effect */
GString              *far_provider_transport_call (FarProviderTransport *self,
                                                   const FarProviderRequest *request,
                                                   guint *ret_status, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarProviderTransport, far_provider_transport_free)

G_END_DECLS
