/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bars of the earnings' chart: one for each hour of the day, or for each of the last days, also
 * for those in which nothing was earned. */
#pragma once

#include "client/far-market-types.h"
#include "desktop/charts/far-bar-chart.h"
#include "desktop/model/far-range.h"

G_BEGIN_DECLS

gboolean far_earnings_bars_are_hours (FarRange           range);
GArray  *far_earnings_bars_new       (const FarEarnings *earnings,
                                      FarRange           range);

G_END_DECLS
