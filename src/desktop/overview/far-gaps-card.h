/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deployment that is only watched cannot report, why, how exact its figures are and what
 * asking for them costs; of the platform on this computer, what of its telemetry it could not
 * keep. */
#pragma once

#include <adwaita.h>

#include "client/far-deployments.h"

G_BEGIN_DECLS

#define FAR_TYPE_GAPS_CARD (far_gaps_card_get_type ())
G_DECLARE_FINAL_TYPE (FarGapsCard, far_gaps_card, FAR, GAPS_CARD, AdwBin)

/* It hides itself where there is nothing to say; info may be NULL. */
void far_gaps_card_set_info (FarGapsCard       *self,
                             FarDeploymentInfo *info);

void far_gaps_card_set_kept (FarGapsCard       *self,
                             gint64             n_dropped,
                             const char        *problem);

G_END_DECLS
