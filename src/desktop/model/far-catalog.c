/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read once for each market; a failed load keeps what an earlier one brought. Categories stand in
 * the order in which the articles first name them. */
#include "desktop/model/far-catalog.h"

struct _FarCatalog
{
  GObject parent_instance;

  GListStore      *articles;   /* of FarArticleItem */
  GPtrArray       *categories; /* of char * */
  FarCatalogState  state;
  char            *message;
  FarMarketClient *market; /* the load under way */
};

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarCatalog, far_catalog, G_TYPE_OBJECT)

static void
far_catalog_finalize (GObject *object)
{
  FarCatalog *self = FAR_CATALOG (object);

  g_clear_object (&self->market);
  g_clear_object (&self->articles);
  g_clear_pointer (&self->categories, g_ptr_array_unref);
  g_clear_pointer (&self->message, g_free);

  G_OBJECT_CLASS (far_catalog_parent_class)->finalize (object);
}

static void
far_catalog_class_init (FarCatalogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_catalog_finalize;

  signals[CHANGED] =
    g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_catalog_init (FarCatalog *self)
{
  self->articles = g_list_store_new (FAR_TYPE_ARTICLE_ITEM);
  self->categories = g_ptr_array_new_with_free_func (g_free);
}

FarCatalog *
far_catalog_new (void)
{
  return g_object_new (FAR_TYPE_CATALOG, NULL);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarCatalog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) summaries = NULL;

  summaries = far_market_client_list_articles_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (FAR_MARKET_CLIENT (source) != self->market)
    return;
  g_clear_object (&self->market);
  if (summaries != NULL)
    {
      far_catalog_fill (self, summaries);
      return;
    }
  self->state = FAR_CATALOG_FAILED;
  g_free (self->message);
  self->message = g_strdup (error->message);
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * far_catalog_load:
 * @market: whom to ask; a load from another one that is under way is given up
 */
void
far_catalog_load (FarCatalog *self, FarMarketClient *market)
{
  g_return_if_fail (FAR_IS_CATALOG (self));
  g_return_if_fail (FAR_IS_MARKET_CLIENT (market));

  if (self->market == market)
    return;
  g_set_object (&self->market, market);
  if (self->state == FAR_CATALOG_FAILED)
    {
      self->state = FAR_CATALOG_LOADING;
      g_signal_emit (self, signals[CHANGED], 0);
    }
  far_market_client_list_articles_async (market, NULL, loaded_cb, g_object_ref (self));
}

FarCatalogState
far_catalog_get_state (FarCatalog *self)
{
  g_return_val_if_fail (FAR_IS_CATALOG (self), FAR_CATALOG_FAILED);

  return self->state;
}

/* Returns: (transfer none) (nullable): why the last load failed */
const char *
far_catalog_get_message (FarCatalog *self)
{
  g_return_val_if_fail (FAR_IS_CATALOG (self), NULL);

  return self->message;
}

/* Returns: (transfer none): of FarArticleItem */
GListModel *
far_catalog_get_articles (FarCatalog *self)
{
  g_return_val_if_fail (FAR_IS_CATALOG (self), NULL);

  return G_LIST_MODEL (self->articles);
}

/* Returns: (transfer none) (element-type utf8) */
GPtrArray *
far_catalog_get_categories (FarCatalog *self)
{
  g_return_val_if_fail (FAR_IS_CATALOG (self), NULL);

  return self->categories;
}

/* Returns: (transfer none) (nullable) */
FarArticleItem *
far_catalog_find (FarCatalog *self, const char *article)
{
  g_return_val_if_fail (FAR_IS_CATALOG (self), NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->articles)); i++)
    {
      g_autoptr (FarArticleItem) item = g_list_model_get_item (G_LIST_MODEL (self->articles), i);

      if (g_strcmp0 (far_article_item_get_summary (item)->id, article) == 0)
        return item;
    }
  return NULL;
}

/**
 * far_catalog_fill:
 * @summaries: (element-type FarArticleSummary): replaces all articles
 */
void
far_catalog_fill (FarCatalog *self, GPtrArray *summaries)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_if_fail (FAR_IS_CATALOG (self));

  g_ptr_array_set_size (self->categories, 0);
  for (guint i = 0; i < summaries->len; i++)
    {
      FarArticleSummary *summary = g_ptr_array_index (summaries, i);

      g_ptr_array_add (items, far_article_item_new (summary));
      if (!g_ptr_array_find_with_equal_func (self->categories, summary->category, g_str_equal,
                                             NULL))
        g_ptr_array_add (self->categories, g_strdup (summary->category));
    }
  g_list_store_splice (self->articles, 0,
                       g_list_model_get_n_items (G_LIST_MODEL (self->articles)),
                       items->pdata, items->len);
  self->state = FAR_CATALOG_READY;
  g_clear_pointer (&self->message, g_free);
  g_signal_emit (self, signals[CHANGED], 0);
}
