/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of articles, fetched once and decoded off the main thread. */
#pragma once

#include <gtk/gtk.h>

#include "client/far-market-client.h"

G_BEGIN_DECLS

#define FAR_MEDIA_CACHE_MAX 64

#define FAR_TYPE_MEDIA_CACHE (far_media_cache_get_type ())
G_DECLARE_FINAL_TYPE (FarMediaCache, far_media_cache, FAR, MEDIA_CACHE, GObject)

FarMediaCache *far_media_cache_new         (FarMarketClient    *market);
void           far_media_cache_load_async  (FarMediaCache      *self,
                                            const char         *path,
                                            GCancellable       *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer            user_data);
GdkTexture    *far_media_cache_load_finish (FarMediaCache      *self,
                                            GAsyncResult       *result,
                                            GError            **error);

G_END_DECLS
