/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets of this platform's own functions. A variable whose value is
 * "{{resolve:secretsmanager:NAME}}" (CloudFormation's dynamic reference, which AWS resolves where
 * the template is deployed) is replaced when the function's sandbox is made; templates, registry
 * and APIs keep and show the reference alone. Kept as deployments' secrets are
 * (far-deployment-secrets.h), under the name of the local one: a credential of systemd's
 * "farthing.local.NAME", DATA/secrets/local (0600, a JSON object), or the session's Secret Service;
 * put there by /v1/secrets of the control API (farthingctl secret). Main thread. */
#pragma once

#include "platform/far-deployment-secrets.h"

G_BEGIN_DECLS

#define FAR_LOCAL_SECRET_NAME_MAX 64 /* a-z 0-9 - */

typedef struct _FarLocalSecrets FarLocalSecrets;

FarLocalSecrets *far_local_secrets_new  (const char *data_dir);
void             far_local_secrets_free (FarLocalSecrets *self);

/* Where they are kept, under FAR_DEPLOYMENT_LOCAL. Returns: (transfer none) */
FarSecrets      *far_local_secrets_get_store (FarLocalSecrets *self);
gboolean         far_local_secrets_is_name   (const char *name);
/* What the Secret Service was just given; text: (nullable): it has this one no more. */
void             far_local_secrets_learn     (FarLocalSecrets *self, const char *name,
                                              const char *text);
/* Whether a variable of environment refers to name; and the names of all, with the value NULL,
 * into a table of g_free() keys that may know them already. */
gboolean         far_local_secrets_refers    (const char *const *environment, const char *name);
void             far_local_secrets_add_names (const char *const *environment, GHashTable *names);
/* What is wrong with a variable's value as a reference. Returns: (nullable): NULL: nothing, or it
 * is none */
const char      *far_local_secrets_refuses (const char *value);
/* environment: (nullable): "NAME=value". Returns: (transfer full) (nullable): it with every secret
 * in its place; NULL with FAR_PLATFORM_ERROR_START for one that is not there, or not yet. */
char           **far_local_secrets_resolve (FarLocalSecrets *self, const char *const *environment,
                                            GError **error);

G_END_DECLS
