/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An article in the list: picture, category, title, summary, price. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/model/far-article-item.h"
#include "desktop/model/far-media-cache.h"

G_BEGIN_DECLS

#define FAR_TYPE_ARTICLE_CARD (far_article_card_get_type ())
G_DECLARE_FINAL_TYPE (FarArticleCard, far_article_card, FAR, ARTICLE_CARD, GtkFlowBoxChild)

GtkWidget      *far_article_card_new         (FarArticleItem *article,
                                              FarMediaCache  *media);
FarArticleItem *far_article_card_get_article (FarArticleCard *self);

G_END_DECLS
