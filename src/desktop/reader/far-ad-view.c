/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time counts only while somebody looks and there is something to see: of a picture each frame, of
 * a film only as far as its place has come. What stands still, or has run dry, adds nothing.
 *
 * A film is not paused before it moved: one that was opened and held for N seconds stands still,
 * silent, for N more once it is played through GStreamer 1.22 to PulseAudio; one that has moved
 * goes on at once. */
#include "desktop/reader/far-ad-view.h"

/**
 * far_ad_view_init:
 * @duration_us: of the ad, > 0
 * @is_film: whether nothing is to be seen before a film is opened
 */
void
far_ad_view_init (FarAdView *view, gint64 duration_us, gboolean is_film)
{
  *view = (FarAdView) { .is_film = is_film };
  far_ad_clock_init (&view->clock, duration_us);
}

/* The film, if any, stops; what was seen stays known. */
void
far_ad_view_clear (FarAdView *view)
{
  if (view->film != NULL)
    gtk_media_stream_pause (view->film);
  g_clear_object (&view->film);
}

/**
 * far_ad_view_open:
 * @film: (transfer full): it is played from here on
 */
void
far_ad_view_open (FarAdView *view, GtkMediaStream *film)
{
  g_return_if_fail (view->is_film && view->film == NULL);

  view->film = film;
  gtk_media_stream_play (film);
}

/* Whether a film is through; its last picture stays. */
gboolean
far_ad_view_has_ended (FarAdView *view)
{
  return view->film != NULL && gtk_media_stream_get_ended (view->film);
}

/* Whether there is something to see: a film that was told to play moves only when its place does;
 * at its end that is 0 again. */
gboolean
far_ad_view_has_begun (FarAdView *view)
{
  if (!view->is_film || far_ad_view_has_ended (view))
    return TRUE;
  return view->film != NULL && gtk_media_stream_is_prepared (view->film) &&
         gtk_media_stream_get_timestamp (view->film) > 0;
}

/* How much of the last delta_us was seen. */
static gint64
get_seen_us (FarAdView *view, gint64 delta_us)
{
  if (!view->is_film || far_ad_view_has_ended (view))
    return delta_us;
  if (!gtk_media_stream_get_playing (view->film))
    return 0;
  return CLAMP (gtk_media_stream_get_timestamp (view->film) + FAR_AD_FILM_LAG_US -
                view->clock.seen_us, 0, delta_us);
}

/**
 * far_ad_view_frame:
 * @now_us: of the frame, never less than before
 * @looked_at: whether it is on screen and the window has the focus; a film runs only then
 *
 * Counts the time since the last frame, as far as it was seen.
 *
 * Returns: whether it runs before somebody's eyes
 */
gboolean
far_ad_view_frame (FarAdView *view, gint64 now_us, gboolean looked_at)
{
  gint64 delta_us = view->last_frame_us > 0 ? MAX (now_us - view->last_frame_us, 0) : 0;

  view->last_frame_us = now_us;
  if (view->film != NULL && !far_ad_view_has_ended (view) &&
      gtk_media_stream_get_playing (view->film) != looked_at &&
      (looked_at || far_ad_view_has_begun (view)))
    gtk_media_stream_set_playing (view->film, looked_at);
  if (!looked_at || !far_ad_view_has_begun (view))
    return FALSE;
  far_ad_clock_advance (&view->clock, get_seen_us (view, delta_us));
  return TRUE;
}
