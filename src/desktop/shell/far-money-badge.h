/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says which kind of money a screen is about. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_MONEY_BADGE (far_money_badge_get_type ())
G_DECLARE_FINAL_TYPE (FarMoneyBadge, far_money_badge, FAR, MONEY_BADGE, AdwBin)

G_END_DECLS
