/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets of this platform's own functions. A variable whose value is
 * "{{resolve:secretsmanager:NAME}}" (CloudFormation's dynamic reference, which AWS resolves where
 * the template is deployed) is replaced when the function's sandbox is made; templates, registry
 * and APIs keep and show the reference alone. Kept as deployments' secrets are
 * (far-deployment-secrets.h), under the name of the local one: a credential of systemd's
 * "farthing.local.NAME", DATA/secrets/local (0600, a JSON object), or the session's Secret Service.
 * Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_LOCAL_SECRET_NAME_MAX 64 /* a-z 0-9 - */

typedef struct _FarLocalSecrets FarLocalSecrets;

FarLocalSecrets *far_local_secrets_new  (const char *data_dir);
void             far_local_secrets_free (FarLocalSecrets *self);

/* What is wrong with a variable's value as a reference. Returns: (nullable): NULL: nothing, or it
 * is none */
const char      *far_local_secrets_refuses (const char *value);
/* environment: (nullable): "NAME=value". Returns: (transfer full) (nullable): it with every secret
 * in its place; NULL with FAR_PLATFORM_ERROR_START for one that is not there, or not yet. */
char           **far_local_secrets_resolve (FarLocalSecrets *self, const char *const *environment,
                                            GError **error);

G_END_DECLS
