/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All articles of the publication, and its categories. */
#pragma once

#include <gtk/gtk.h>

#include "client/far-market-client.h"
#include "desktop/model/far-article-item.h"

G_BEGIN_DECLS

typedef enum {
  FAR_CATALOG_LOADING,
  FAR_CATALOG_READY,
  FAR_CATALOG_FAILED,
} FarCatalogState;

#define FAR_TYPE_CATALOG (far_catalog_get_type ())
G_DECLARE_FINAL_TYPE (FarCatalog, far_catalog, FAR, CATALOG, GObject)

/* Signal "changed": after a load has ended either way. */

FarCatalog     *far_catalog_new            (void);
void            far_catalog_load           (FarCatalog      *self,
                                            FarMarketClient *market);
FarCatalogState far_catalog_get_state      (FarCatalog      *self);
const char     *far_catalog_get_message    (FarCatalog      *self);
GListModel     *far_catalog_get_articles   (FarCatalog      *self);
GPtrArray      *far_catalog_get_categories (FarCatalog      *self);
FarArticleItem *far_catalog_find           (FarCatalog      *self,
                                            const char      *article);
void            far_catalog_fill           (FarCatalog      *self,
                                            GPtrArray       *summaries);

G_END_DECLS
