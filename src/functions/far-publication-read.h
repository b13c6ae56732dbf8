/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads one article or one campaign from its text, checked against the publication's settings. Only
 * far-publication.c uses it. Pure but for looking whether a picture is there. */
#pragma once

#include "functions/far-publication.h"

G_BEGIN_DECLS

void         far_article_free  (FarArticle           *self);
void         far_campaign_free (FarCampaign          *self);
/* file is how errors call it; publication has its settings already. */
FarArticle  *far_article_read  (const FarPublication *publication,
                                const char           *id,
                                const char           *file,
                                const char           *text,
                                gsize                 n_bytes,
                                GError              **error);
FarCampaign *far_campaign_read (const FarPublication *publication,
                                const char           *id,
                                const char           *file,
                                const char           *text,
                                gsize                 n_bytes,
                                GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarArticle, far_article_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarCampaign, far_campaign_free)

G_END_DECLS
