/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An article of the catalogue, for list models. */
#pragma once

#include "client/far-market-types.h"
#include "desktop/model/far-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_ARTICLE_ITEM (far_article_item_get_type ())
G_DECLARE_FINAL_TYPE (FarArticleItem, far_article_item, FAR, ARTICLE_ITEM, FarItem)

FarArticleItem    *far_article_item_new         (FarArticleSummary *summary);
FarArticleSummary *far_article_item_get_summary (FarArticleItem    *self);

G_END_DECLS
