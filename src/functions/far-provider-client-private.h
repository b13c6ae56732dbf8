/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the provider's client share. */
#pragma once

#include "functions/far-provider-client.h"
#include "market/far-provider-form.h"

G_BEGIN_DECLS

/* Never to be logged. */
const char *far_provider_client_key (FarProviderClient *self);
/* One call. form NULL: no body. A 429 was not heard at all and is tried again. Returns: (transfer
 * full) (nullable): whatever the status; NULL with FAR_PROVIDER_ERROR_UNKNOWN */
JsonNode *far_provider_client_call       (FarProviderClient *self, const char *method,
                                          const char *path, const FarProviderForm *form,
                                          const char *idempotency_key, guint *ret_status,
                                          GError **error);
/* One that must be answered 200. */
JsonNode *far_provider_client_need       (FarProviderClient *self, const char *method,
                                          const char *path, const FarProviderForm *form,
                                          const char *idempotency_key, GError **error);
/* A POST of which only the id is wanted. Returns: (transfer full) (nullable) */
char     *far_provider_client_need_id    (FarProviderClient *self, const char *path,
                                          const FarProviderForm *form,
                                          const char *idempotency_key, GError **error);
/* The provider has heard and says no: nothing happened. */
gboolean  far_provider_client_is_refusal (guint status);
/* As the provider writes it: in small letters. */
void      far_provider_client_add_currency (FarProviderForm *form, const char *name,
                                            const char *currency);
/* prefix, the id escaped, suffix. Returns: (transfer full) */
char     *far_provider_client_path       (const char *prefix, const char *id, const char *suffix);
void      far_provider_result_set        (FarProviderResult *result, FarProviderOutcome outcome,
                                          const char *reason, const char *detail);

G_END_DECLS
