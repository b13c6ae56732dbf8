/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader's own books: what is on the tab, how it is paid, what was read for it. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_TAB_VIEW (far_tab_view_get_type ())
G_DECLARE_FINAL_TYPE (FarTabView, far_tab_view, FAR, TAB_VIEW, AdwBin)

/* Property "summary" (string, read-only, notifies): the tab in a word, for a button. */

void far_tab_view_set_session (FarTabView *self,
                               FarSession *session);
void far_tab_view_refresh     (FarTabView *self);

G_END_DECLS
