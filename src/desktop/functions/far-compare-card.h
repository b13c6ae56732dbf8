/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function's figures beside those of the time before, and its versions side by side. */
#pragma once

#include <adwaita.h>

#include "client/far-telemetry-types.h"
#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_COMPARE_CARD (far_compare_card_get_type ())
G_DECLARE_FINAL_TYPE (FarCompareCard, far_compare_card, FAR, COMPARE_CARD, AdwBin)

void far_compare_card_show (FarCompareCard *self,
                            FarSession     *session,
                            const char     *function);
void far_compare_card_fill (FarCompareCard *self,
                            FarSummaryInfo *summary);

G_END_DECLS
