/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens for whoever asks a platform over the network. */
#pragma once

#include "client/far-platform-client.h"

G_BEGIN_DECLS

/* Strings are never NULL. */
typedef struct {
  char *name;
  char *scopes; /* with commas */
  gint64 created_us;
} FarTokenInfo;

void far_token_info_free (FarTokenInfo *info);

/* → (element-type FarTokenInfo) */
void far_platform_client_load_tokens_async (FarPlatformClient *self, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *far_platform_client_load_tokens_finish (FarPlatformClient *self, GAsyncResult *result,
                                                   GError **error);
/* scopes: with commas. → the token, shown this once */
void far_platform_client_add_token_async (FarPlatformClient *self, const char *name,
                                          const char *scopes, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
char *far_platform_client_add_token_finish (FarPlatformClient *self, GAsyncResult *result,
                                            GError **error);
void far_platform_client_remove_token_async (FarPlatformClient *self, const char *name,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
gboolean far_platform_client_remove_token_finish (FarPlatformClient *self, GAsyncResult *result,
                                                  GError **error);

G_END_DECLS
