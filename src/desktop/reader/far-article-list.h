/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publication's front page: its articles, by category, with a search. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_ARTICLE_LIST (far_article_list_get_type ())
G_DECLARE_FINAL_TYPE (FarArticleList, far_article_list, FAR, ARTICLE_LIST, AdwBin)

/* Property "search-mode". Signal "opened" (FarArticleItem): the reader chose an article. */

void far_article_list_set_session  (FarArticleList *self,
                                    FarSession     *session);
void far_article_list_start_search (FarArticleList *self);

G_END_DECLS
