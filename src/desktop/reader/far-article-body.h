/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run of an article's blocks as widgets: paragraphs, headings, quotes, lists, pictures. */
#pragma once

#include <gtk/gtk.h>

#include "client/far-market-types.h"
#include "desktop/model/far-media-cache.h"

G_BEGIN_DECLS

/* Longer articles are cut; nobody writes them. */
#define FAR_ARTICLE_BLOCKS_MAX 2000

#define FAR_TYPE_ARTICLE_BODY (far_article_body_get_type ())
G_DECLARE_FINAL_TYPE (FarArticleBody, far_article_body, FAR, ARTICLE_BODY, GtkWidget)

void far_article_body_set_blocks (FarArticleBody *self,
                                  GPtrArray      *blocks,
                                  FarMediaCache  *media);

G_END_DECLS
