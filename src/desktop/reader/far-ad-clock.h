/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far an ad has been seen, and which events are due. Pure; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_AD_EVENTS 5 /* start firstQuartile midpoint thirdQuartile complete */

typedef struct {
  gint64 duration_us;
  gint64 seen_us;
  guint  n_sent;
} FarAdClock;

void        far_ad_clock_init             (FarAdClock       *clock,
                                           gint64            duration_us);
void        far_ad_clock_advance          (FarAdClock       *clock,
                                           gint64            delta_us);
const char *far_ad_clock_next_event       (const FarAdClock *clock);
void        far_ad_clock_sent             (FarAdClock       *clock);
double      far_ad_clock_get_progress     (const FarAdClock *clock);
int         far_ad_clock_get_seconds_left (const FarAdClock *clock);

G_END_DECLS
