/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one article earned: pay and ads as a bar and as amounts. */
#pragma once

#include <gtk/gtk.h>

#include "client/far-market-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_ARTICLE_EARNINGS_ROW (far_article_earnings_row_get_type ())
G_DECLARE_FINAL_TYPE (FarArticleEarningsRow, far_article_earnings_row, FAR, ARTICLE_EARNINGS_ROW,
                      GtkListBoxRow)

GtkWidget  *far_article_earnings_row_new         (void);
void        far_article_earnings_row_show        (FarArticleEarningsRow *self,
                                                  const FarEarningsRow  *earnings,
                                                  const char            *title,
                                                  const char            *currency,
                                                  gint64                 longest_micros);
const char *far_article_earnings_row_get_article (FarArticleEarningsRow *self);

G_END_DECLS
