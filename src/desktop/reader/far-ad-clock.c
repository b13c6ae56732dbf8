/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events fall due in VAST's order, each once, when a quarter more of the ad has been seen. "Seen"
 * is what the caller adds: time in which the ad was on screen and running, nothing else. */
#include "desktop/reader/far-ad-clock.h"

static const char *const events[FAR_AD_EVENTS] = {
  "start", "firstQuartile", "midpoint", "thirdQuartile", "complete",
};

/* A frame that comes late (a suspended machine) must not count as time in which the ad was seen. */
#define DELTA_MAX_US (G_USEC_PER_SEC / 2)

/**
 * far_ad_clock_init:
 * @duration_us: of the ad, > 0
 */
void
far_ad_clock_init (FarAdClock *clock, gint64 duration_us)
{
  g_return_if_fail (duration_us > 0);

  *clock = (FarAdClock) { .duration_us = duration_us };
}

/**
 * far_ad_clock_advance:
 * @delta_us: time for which the ad was seen, ≥ 0; long pauses between frames are cut
 */
void
far_ad_clock_advance (FarAdClock *clock, gint64 delta_us)
{
  g_return_if_fail (delta_us >= 0);

  clock->seen_us = MIN (clock->seen_us + MIN (delta_us, DELTA_MAX_US), clock->duration_us);
}

/* Returns: (nullable): the event that is due and not yet sent */
const char *
far_ad_clock_next_event (const FarAdClock *clock)
{
  gint64 due_us;

  if (clock->n_sent >= FAR_AD_EVENTS)
    return NULL;
  due_us = clock->duration_us * clock->n_sent / (FAR_AD_EVENTS - 1);
  return clock->seen_us >= due_us ? events[clock->n_sent] : NULL;
}

/* The event that was due has been taken by the server. */
void
far_ad_clock_sent (FarAdClock *clock)
{
  g_return_if_fail (clock->n_sent < FAR_AD_EVENTS);

  clock->n_sent++;
}

/* Returns: 0 to 1 */
double
far_ad_clock_get_progress (const FarAdClock *clock)
{
  return clock->duration_us > 0 ? (double) clock->seen_us / (double) clock->duration_us : 0;
}

/* Returns: whole seconds, rounded up */
int
far_ad_clock_get_seconds_left (const FarAdClock *clock)
{
  return (int) ((clock->duration_us - clock->seen_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}
