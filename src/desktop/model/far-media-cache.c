/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps at most FAR_MEDIA_CACHE_MAX textures; the one unused longest goes first. Two loads of one
 * path at the same time fetch it twice, which is harmless. */
#include "desktop/model/far-media-cache.h"

struct _FarMediaCache
{
  GObject parent_instance;

  FarMarketClient *market;
  GHashTable      *textures; /* path → GdkTexture */
  GQueue           used;     /* of path, owned by the table; the newest first */
};

G_DEFINE_FINAL_TYPE (FarMediaCache, far_media_cache, G_TYPE_OBJECT)

static void
far_media_cache_finalize (GObject *object)
{
  FarMediaCache *self = FAR_MEDIA_CACHE (object);

  g_queue_clear (&self->used);
  g_hash_table_unref (self->textures);
  g_clear_object (&self->market);

  G_OBJECT_CLASS (far_media_cache_parent_class)->finalize (object);
}

static void
far_media_cache_class_init (FarMediaCacheClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_media_cache_finalize;
}

static void
far_media_cache_init (FarMediaCache *self)
{
  self->textures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_queue_init (&self->used);
}

FarMediaCache *
far_media_cache_new (FarMarketClient *market)
{
  FarMediaCache *self = g_object_new (FAR_TYPE_MEDIA_CACHE, NULL);

  self->market = g_object_ref (market);
  return self;
}

static void
touch (FarMediaCache *self, const char *path)
{
  GList *link = g_queue_find_custom (&self->used, path, (GCompareFunc) g_strcmp0);

  g_assert (link != NULL);
  g_queue_unlink (&self->used, link);
  g_queue_push_head_link (&self->used, link);
}

static void
keep (FarMediaCache *self, const char *path, GdkTexture *texture)
{
  char *key;

  if (g_hash_table_contains (self->textures, path))
    {
      touch (self, path);
      return;
    }
  key = g_strdup (path);
  g_hash_table_insert (self->textures, key, g_object_ref (texture));
  g_queue_push_head (&self->used, key);
  if (g_queue_get_length (&self->used) > FAR_MEDIA_CACHE_MAX)
    g_hash_table_remove (self->textures, g_queue_pop_tail (&self->used));
}

static void
decode (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  GdkTexture *texture = gdk_texture_new_from_bytes (task_data, &error);

  if (texture != NULL)
    g_task_return_pointer (task, texture, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
decoded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarMediaCache *self = FAR_MEDIA_CACHE (source);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GdkTexture) texture = NULL;
  GError *error = NULL;

  texture = g_task_propagate_pointer (G_TASK (result), &error);
  if (texture == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  keep (self, g_task_get_task_data (task), texture);
  g_task_return_pointer (task, g_steal_pointer (&texture), g_object_unref);
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GTask) decoding = NULL;
  GError *error = NULL;
  GBytes *bytes = far_market_client_get_media_finish (FAR_MARKET_CLIENT (source), result, &error);

  if (bytes == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  decoding = g_task_new (g_task_get_source_object (task), g_task_get_cancellable (task),
                         decoded_cb, g_object_ref (task));
  g_task_set_task_data (decoding, bytes, (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (decoding, decode);
}

/**
 * far_media_cache_load_async:
 * @path: below the gateway, "/media/…"
 */
void
far_media_cache_load_async (FarMediaCache *self, const char *path, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;
  GdkTexture *texture;

  g_return_if_fail (FAR_IS_MEDIA_CACHE (self));
  g_return_if_fail (path != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_task_data (task, g_strdup (path), g_free);
  texture = g_hash_table_lookup (self->textures, path);
  if (texture != NULL)
    {
      touch (self, path);
      g_task_return_pointer (task, g_object_ref (texture), g_object_unref);
      g_object_unref (task);
      return;
    }
  far_market_client_get_media_async (self->market, path, cancellable, fetched_cb, task);
}

/* Returns: (transfer full) */
GdkTexture *
far_media_cache_load_finish (FarMediaCache *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
