/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Immutable. Its properties are what the list is searched and filtered by: "text" is title, author
 * and summary together. */
#include "desktop/model/far-article-item.h"

struct _FarArticleItem
{
  FarItem parent_instance;

  FarArticleSummary *summary;
  char              *category;
  char              *text;
};

enum { CATEGORY, TEXT, N_FIELDS };

#define FIELD(kind, name, member) \
  { name, FAR_FIELD_##kind, G_STRUCT_OFFSET (FarArticleItem, member) }

static const FarField fields[N_FIELDS] = {
  [CATEGORY] = FIELD (STRING, "category", category),
  [TEXT] = FIELD (STRING, "text", text),
};

G_DEFINE_FINAL_TYPE (FarArticleItem, far_article_item, FAR_TYPE_ITEM)

static void
far_article_item_finalize (GObject *object)
{
  g_clear_pointer (&FAR_ARTICLE_ITEM (object)->summary, far_article_summary_unref);

  G_OBJECT_CLASS (far_article_item_parent_class)->finalize (object);
}

static void
far_article_item_class_init (FarArticleItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_article_item_finalize;
  far_item_class_install (FAR_ITEM_CLASS (klass), fields, N_FIELDS);
}

static void
far_article_item_init (FarArticleItem *self)
{
}

FarArticleItem *
far_article_item_new (FarArticleSummary *summary)
{
  FarArticleItem *self = g_object_new (FAR_TYPE_ARTICLE_ITEM, NULL);

  self->summary = far_article_summary_ref (summary);
  self->category = g_strdup (summary->category);
  self->text = g_strjoin ("\n", summary->title, summary->author, summary->summary, NULL);
  return self;
}

/* Returns: (transfer none) */
FarArticleSummary *
far_article_item_get_summary (FarArticleItem *self)
{
  g_return_val_if_fail (FAR_IS_ARTICLE_ITEM (self), NULL);

  return self->summary;
}
