/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the secrets of deployments are kept: in the session's Secret Service where there is one;
 * else in DATA/secrets/ID (0600, in a folder that is 0700). A credential that the service manager
 * hands over ($CREDENTIALS_DIRECTORY/farthing.ID.NAME) goes before both and is never written.
 *
 * FARTHING_SECRETS=file keeps away from the Secret Service. Main thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define FAR_SECRETS_ERROR (far_secrets_error_quark ())
GQuark far_secrets_error_quark (void);
typedef enum {
  FAR_SECRETS_ERROR_KEEP, /* cannot be kept */
  FAR_SECRETS_ERROR_READ, /* cannot be read back */
  FAR_SECRETS_ERROR_LOCKED, /* cannot be taken away: the keyring is locked */
} FarSecretsError;

#define FAR_SECRET_MAX 4096 /* bytes */
#define FAR_SECRETS_MAX 4   /* of one deployment */

typedef struct _FarSecrets FarSecrets;

FarSecrets *far_secrets_new  (const char *data_dir);
void        far_secrets_free (FarSecrets *self);

/* One that is among the credentials or in the file, without asking the Secret Service. Returns:
 * (transfer full) (nullable): NULL without an error: it is in neither */
char       *far_secrets_peek        (FarSecrets *self, const char *id, const char *name,
                                     GError **error);
gboolean    far_secrets_has_service (FarSecrets *self);
/* secrets: name → text. */
void        far_secrets_keep_async   (FarSecrets *self, const char *id, GHashTable *secrets,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean    far_secrets_keep_finish  (FarSecrets *self, GAsyncResult *result, GError **error);
/* names: those that must be there. */
void        far_secrets_read_async   (FarSecrets *self, const char *id, const char *const *names,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Returns: (transfer full): name → text */
GHashTable *far_secrets_read_finish  (FarSecrets *self, GAsyncResult *result, GError **error);
/* Wherever they are, but for a keyring that is locked; does not wait. */
void        far_secrets_forget       (FarSecrets *self, const char *id,
                                      const char *const *names);

G_END_DECLS
