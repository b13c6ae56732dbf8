/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A page of the window: what the sidebar lists. Subclasses fill it from their .ui file. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_PAGE (far_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (FarPage, far_page, FAR, PAGE, AdwBin)

/**
 * FarPageClass:
 * @session_changed: the page has got its session, or (in dispose) lost it
 * @shown: the page came on screen or left it; refreshing belongs between the two
 * @back: goes one step back inside the page; FALSE if the page is at its beginning
 * @search: brings up the page's search; FALSE if it has none
 * @open: shows one thing of those that the page lists
 */
struct _FarPageClass
{
  AdwBinClass parent_class;

  void     (*session_changed) (FarPage    *self,
                               FarSession *session);
  void     (*shown)           (FarPage    *self,
                               gboolean    shown);
  gboolean (*back)            (FarPage    *self);
  gboolean (*search)          (FarPage    *self);
  void     (*open)            (FarPage    *self,
                               const char *id);
};

FarSession *far_page_get_session (FarPage *self);
const char *far_page_get_title   (FarPage *self);
gboolean    far_page_back        (FarPage *self);
gboolean    far_page_search      (FarPage *self);
void        far_page_open        (FarPage    *self,
                                  const char *id);
void        far_page_set_badge   (FarPage    *self,
                                  guint       n);

G_END_DECLS
