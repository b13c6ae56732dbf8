/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What articles earned, less what the functions cost that served them. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_MARGIN_CARD (far_margin_card_get_type ())
G_DECLARE_FINAL_TYPE (FarMarginCard, far_margin_card, FAR, MARGIN_CARD, AdwBin)

/* session: whom to ask, while the card is on screen; NULL stops. */
void far_margin_card_show (FarMarginCard *self,
                           FarSession    *session);

G_END_DECLS
