/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A single secret among those of an id: kept, taken away, and where each is. Places and their order
 * are far-deployment-secrets.h's. Nothing here reads a secret out. Main thread. */
#pragma once

#include "platform/far-deployment-secrets.h"

G_BEGIN_DECLS

#define FAR_SECRETS_FILE_MAX 64 /* in one file */

/* The names of places, for people and APIs. */
#define FAR_SECRET_PLACE_KEYRING "keyring"
#define FAR_SECRET_PLACE_FILE "file"
#define FAR_SECRET_PLACE_CREDENTIAL "credential"

/* Keeps it instead of the one of that name; others stay. text: at most FAR_SECRET_MAX bytes. */
void        far_secret_put_async   (FarSecrets *self, const char *id, const char *name,
                                    const char *text, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (nullable): the place that has it now; NULL with FAR_SECRETS_ERROR */
const char *far_secret_put_finish  (GAsyncResult *result, GError **error);

/* Takes it away from file and Secret Service. A credential stays with who hands it over. A keyring
 * that is locked keeps it: FAR_SECRETS_ERROR_LOCKED. */
void        far_secret_drop_async  (FarSecrets *self, const char *id, const char *name,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean    far_secret_drop_finish (GAsyncResult *result, GError **error);

void        far_secret_list_async  (FarSecrets *self, const char *id, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable): name → the place that is used */
GHashTable *far_secret_list_finish (GAsyncResult *result, GError **error);

/* Whether the service manager hands it over: what is kept beside that is not used. */
gboolean    far_secret_is_credential (const char *id, const char *name);

G_END_DECLS
