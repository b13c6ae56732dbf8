/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the publication earned, to the micro, and whether the ledger holds. */
#pragma once

#include "desktop/shell/far-page.h"

G_BEGIN_DECLS

#define FAR_TYPE_EARNINGS_PAGE (far_earnings_page_get_type ())
G_DECLARE_FINAL_TYPE (FarEarningsPage, far_earnings_page, FAR, EARNINGS_PAGE, FarPage)

G_END_DECLS
