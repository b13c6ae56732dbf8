/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows one ad, video or picture, and tells the market how far it was seen. */
#pragma once

#include <adwaita.h>

#include "client/far-market-client.h"

G_BEGIN_DECLS

#define FAR_TYPE_AD_PLAYER (far_ad_player_get_type ())
G_DECLARE_FINAL_TYPE (FarAdPlayer, far_ad_player, FAR, AD_PLAYER, AdwBin)

/* Signals "finished" (the market has opened the article), "cancelled" (the reader stopped it) and
 * "failed" (text: why, and what to do). Each ends the view. */

void far_ad_player_play (FarAdPlayer     *self,
                         FarMarketClient *market,
                         FarAdDecision   *decision);
void far_ad_player_stop (FarAdPlayer     *self);

G_END_DECLS
