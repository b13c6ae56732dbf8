/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What matters, in one look. */
#pragma once

#include "desktop/shell/far-page.h"

G_BEGIN_DECLS

#define FAR_TYPE_OVERVIEW_PAGE (far_overview_page_get_type ())
G_DECLARE_FINAL_TYPE (FarOverviewPage, far_overview_page, FAR, OVERVIEW_PAGE, FarPage)

G_END_DECLS
