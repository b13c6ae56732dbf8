/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A heat map of a function's durations, kept up to date while it is on screen. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_HEAT_CARD (far_heat_card_get_type ())
G_DECLARE_FINAL_TYPE (FarHeatCard, far_heat_card, FAR, HEAT_CARD, AdwBin)

void far_heat_card_show (FarHeatCard *self,
                         FarSession  *session,
                         const char  *function);

G_END_DECLS
