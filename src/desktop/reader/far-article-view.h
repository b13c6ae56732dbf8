/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One article: its free beginning, then the gate, an ad, or the rest. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_ARTICLE_VIEW (far_article_view_get_type ())
G_DECLARE_FINAL_TYPE (FarArticleView, far_article_view, FAR, ARTICLE_VIEW, AdwBin)

/* Signals: "paid", the reader's tab or entitlements have changed; "set-up", the reader wants to go
 * on with a payment method, which is set up elsewhere. */

void far_article_view_set_session (FarArticleView    *self,
                                   FarSession        *session);
void far_article_view_open        (FarArticleView    *self,
                                   FarArticleSummary *summary);
void far_article_view_leave       (FarArticleView    *self);

G_END_DECLS
