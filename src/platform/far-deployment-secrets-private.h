/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between far-deployment-secrets.c, which keeps a deployment's secrets as a whole, and
 * far-secret-one.c, which changes a single one. */
#pragma once

#include <libsecret/secret.h>

#include "platform/far-deployment-secrets.h"

G_BEGIN_DECLS

struct _FarSecrets {
  char    *data_dir;
  char    *folder;
  gboolean service; /* there is a session bus, and nobody said otherwise */
};

extern const SecretSchema far_secrets_schema;

/* What is under way, one secret after the other; the data of its task. */
typedef struct {
  FarSecrets *secrets;
  char       *id;
  char      **names;
  guint       next;  /* of names */
  GHashTable *texts; /* name → text: to keep, or found */
} FarSecretsWork;

/* names: (nullable): copied. Returns: (transfer full) */
GTask      *far_secrets_task_new  (FarSecrets *self, const char *id, const char *const *names,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);

/* Returns: (transfer full): name → text, wiped when it goes */
GHashTable *far_secrets_table_new (void);
/* Returns: (transfer full) */
char       *far_secrets_file_of   (FarSecrets *self, const char *id);
/* Adds those that are there. A file that others may read is not used. */
gboolean    far_secrets_read_file (FarSecrets *self, const char *id, GHashTable *found,
                                   GError **error);
/* The whole file anew. */
gboolean    far_secrets_keep_file (FarSecrets *self, const char *id, GHashTable *secrets,
                                   GError **error);

G_END_DECLS
