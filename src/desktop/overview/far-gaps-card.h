/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deployment that is only watched cannot report, why, and how exact its figures are. */
#pragma once

#include <adwaita.h>

#include "client/far-deployments.h"

G_BEGIN_DECLS

#define FAR_TYPE_GAPS_CARD (far_gaps_card_get_type ())
G_DECLARE_FINAL_TYPE (FarGapsCard, far_gaps_card, FAR, GAPS_CARD, AdwBin)

/* It hides itself where there is nothing to say; info may be NULL. */
void far_gaps_card_set_info (FarGapsCard       *self,
                             FarDeploymentInfo *info);

G_END_DECLS
