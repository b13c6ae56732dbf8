/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of an ad, film or picture, was shown to somebody who looked. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/reader/far-ad-clock.h"

G_BEGIN_DECLS

/* How late a film may tell where it is: no more than this is counted ahead of its place. */
#define FAR_AD_FILM_LAG_US (300 * 1000)

typedef struct {
  FarAdClock      clock;
  gboolean        is_film;
  GtkMediaStream *film; /* owned; NULL for a picture, and until a film is first to run */
  gint64          last_frame_us;
} FarAdView;

void     far_ad_view_init      (FarAdView      *view,
                                gint64          duration_us,
                                gboolean        is_film);
void     far_ad_view_clear     (FarAdView      *view);
void     far_ad_view_open      (FarAdView      *view,
                                GtkMediaStream *film);
gboolean far_ad_view_has_ended (FarAdView      *view);
gboolean far_ad_view_has_begun (FarAdView      *view);
gboolean far_ad_view_frame     (FarAdView      *view,
                                gint64          now_us,
                                gboolean        looked_at);

G_END_DECLS
