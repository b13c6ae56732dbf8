/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The access key of a platform's Lambda endpoints: an AWS profile file in the data directory, made
 * at first start, 0600. No state; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_CREDENTIALS_NAME "credentials"
#define FAR_CREDENTIALS_SIZE_MAX 4096

typedef struct {
  char *path;
  char *access_key_id;
  char *secret_access_key;
} FarCredentials;

/* Reads D/credentials, or makes it. FALSE with FAR_PLATFORM_ERROR_START if it is there and cannot
 * be used: it is never overwritten. */
gboolean far_credentials_load  (FarCredentials *self, const char *data_dir, GError **error);
void     far_credentials_clear (FarCredentials *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarCredentials, far_credentials_clear)

G_END_DECLS
