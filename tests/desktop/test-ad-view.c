/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ad's seconds, frame by frame: the film is the test's own, and its place moves only when a test
 * moves it. */
#include "desktop/reader/far-ad-view.h"

#define FRAME_US 20000
#define AD_US (10 * (gint64) G_USEC_PER_SEC)

#define TEST_TYPE_FILM (test_film_get_type ())
G_DECLARE_FINAL_TYPE (TestFilm, test_film, TEST, FILM, GtkMediaStream)

struct _TestFilm
{
  GtkMediaStream parent_instance;
  guint          n_pauses;
};

static void
test_film_paintable_init (GdkPaintableInterface *iface)
{
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestFilm, test_film, GTK_TYPE_MEDIA_STREAM,
                               G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, test_film_paintable_init))

static gboolean
test_film_play (GtkMediaStream *stream)
{
  return TRUE;
}

static void
test_film_pause (GtkMediaStream *stream)
{
  TEST_FILM (stream)->n_pauses++;
}

static void
test_film_class_init (TestFilmClass *klass)
{
  GTK_MEDIA_STREAM_CLASS (klass)->play = test_film_play;
  GTK_MEDIA_STREAM_CLASS (klass)->pause = test_film_pause;
}

static void
test_film_init (TestFilm *self)
{
}

typedef struct {
  FarAdView view;
  TestFilm *film;
  gint64    now_us;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->now_us = G_USEC_PER_SEC;
  far_ad_view_init (&fixture->view, AD_US, TRUE);
  fixture->film = g_object_new (TEST_TYPE_FILM, NULL);
  far_ad_view_frame (&fixture->view, fixture->now_us, TRUE); /* from here on it is counted */
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  far_ad_view_clear (&fixture->view);
  g_assert_null (fixture->view.film);
  g_assert_finalize_object (fixture->film);
}

/* The player opens the film when it is first to run. */
static void
open_film (Fixture *fixture)
{
  far_ad_view_open (&fixture->view, GTK_MEDIA_STREAM (g_object_ref (fixture->film)));
  g_assert_true (gtk_media_stream_get_playing (fixture->view.film));
  gtk_media_stream_stream_prepared (fixture->view.film, TRUE, TRUE, TRUE, AD_US);
}

/* n frames, in each of which the film's place moves by so much. */
static void
frames (Fixture *fixture, guint n, gint64 moved_us, gboolean looked_at)
{
  for (guint i = 0; i < n; i++)
    {
      GtkMediaStream *film = fixture->view.film;

      fixture->now_us += FRAME_US;
      if (film != NULL && moved_us > 0)
        gtk_media_stream_update (film, gtk_media_stream_get_timestamp (film) + moved_us);
      far_ad_view_frame (&fixture->view, fixture->now_us, looked_at);
      if (film != NULL && !gtk_media_stream_get_ended (film))
        g_assert_cmpint (fixture->view.clock.seen_us, <=,
                         gtk_media_stream_get_timestamp (film) + FAR_AD_FILM_LAG_US);
    }
}

/* A minute without a film, and another with one that does not move yet, are no seconds of an ad. */
static void
test_beginning (Fixture *fixture, gconstpointer data)
{
  frames (fixture, 3000, 0, TRUE);
  g_assert_false (far_ad_view_has_begun (&fixture->view));
  open_film (fixture);
  frames (fixture, 3000, 0, TRUE);
  g_assert_false (far_ad_view_has_begun (&fixture->view));
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 0);

  /* Nor is the time until the first picture counted once it is there. */
  frames (fixture, 1, 1000, TRUE);
  g_assert_true (far_ad_view_has_begun (&fixture->view));
  g_assert_cmpint (fixture->view.clock.seen_us, <=, FRAME_US);
}

static void
test_running (Fixture *fixture, gconstpointer data)
{
  open_film (fixture);
  frames (fixture, 100, FRAME_US, TRUE);
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 100 * FRAME_US);

  /* Told in steps of a tenth of a second it is the same time. */
  for (guint i = 0; i < 20; i++)
    {
      frames (fixture, 1, 5 * FRAME_US, TRUE);
      frames (fixture, 4, 0, TRUE);
    }
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 200 * FRAME_US);
  g_assert_cmpint (far_ad_clock_get_seconds_left (&fixture->view.clock), ==, 6);
}

/* It says that it plays and stands still: a minute of that is no more than its lag, and when it
 * goes on, what it stood still is not made up for. */
static void
test_standing_still (Fixture *fixture, gconstpointer data)
{
  open_film (fixture);
  frames (fixture, 100, FRAME_US, TRUE);
  frames (fixture, 3000, 0, TRUE);
  g_assert_true (gtk_media_stream_get_playing (fixture->view.film));
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 100 * FRAME_US + FAR_AD_FILM_LAG_US);
  frames (fixture, 100, FRAME_US, TRUE);
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 200 * FRAME_US + FAR_AD_FILM_LAG_US);

  /* One that plays too slowly counts as slowly. */
  frames (fixture, 100, FRAME_US / 2, TRUE);
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 250 * FRAME_US + FAR_AD_FILM_LAG_US);
  g_assert_cmpstr (far_ad_clock_next_event (&fixture->view.clock), ==, "start");
}

static void
test_looking_away (Fixture *fixture, gconstpointer data)
{
  open_film (fixture);

  /* Before it moved it is not held: it would stand still for as long afterwards. */
  frames (fixture, 10, 0, FALSE);
  g_assert_true (gtk_media_stream_get_playing (fixture->view.film));
  g_assert_cmpuint (fixture->film->n_pauses, ==, 0);

  frames (fixture, 50, FRAME_US, TRUE);
  frames (fixture, 1, FRAME_US, FALSE);
  g_assert_false (gtk_media_stream_get_playing (fixture->view.film));
  g_assert_cmpuint (fixture->film->n_pauses, ==, 1);
  frames (fixture, 3000, 0, FALSE);
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 50 * FRAME_US);

  frames (fixture, 50, FRAME_US, TRUE);
  g_assert_true (gtk_media_stream_get_playing (fixture->view.film));
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 100 * FRAME_US);
}

/* A film that runs on unseen (one whose window is hidden gets no frames) has not been seen, however
 * far it has come. */
static void
test_unseen (Fixture *fixture, gconstpointer data)
{
  open_film (fixture);
  frames (fixture, 10, FRAME_US, TRUE);
  gtk_media_stream_update (fixture->view.film, AD_US - FRAME_US);
  fixture->now_us += AD_US;
  far_ad_view_frame (&fixture->view, fixture->now_us, TRUE);
  g_assert_cmpint (fixture->view.clock.seen_us, <=, 10 * FRAME_US + G_USEC_PER_SEC / 2);
}

/* A film shorter than the ad was said to be: its last picture stays, and is looked at. */
static void
test_end (Fixture *fixture, gconstpointer data)
{
  open_film (fixture);
  frames (fixture, 100, FRAME_US, TRUE);
  gtk_media_stream_stream_ended (fixture->view.film);
  g_assert_true (far_ad_view_has_ended (&fixture->view));
  g_assert_true (far_ad_view_has_begun (&fixture->view));
  frames (fixture, 100, 0, FALSE);
  g_assert_cmpint (fixture->view.clock.seen_us, ==, 100 * FRAME_US);
  frames (fixture, 600, 0, TRUE);
  g_assert_cmpint (fixture->view.clock.seen_us, ==, AD_US);
  g_assert_cmpfloat (far_ad_clock_get_progress (&fixture->view.clock), ==, 1);
}

static void
test_picture (void)
{
  FarAdView view;
  gint64 now_us = G_USEC_PER_SEC;

  far_ad_view_init (&view, AD_US, FALSE);
  g_assert_true (far_ad_view_has_begun (&view));
  g_assert_true (far_ad_view_frame (&view, now_us, TRUE));
  g_assert_cmpint (view.clock.seen_us, ==, 0);
  g_assert_true (far_ad_view_frame (&view, now_us += FRAME_US, TRUE));
  g_assert_cmpint (view.clock.seen_us, ==, FRAME_US);
  g_assert_false (far_ad_view_frame (&view, now_us += FRAME_US, FALSE));
  g_assert_cmpint (view.clock.seen_us, ==, FRAME_US);
  far_ad_view_clear (&view);
}

#define add(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/ad-view/beginning", test_beginning);
  add ("/ad-view/running", test_running);
  add ("/ad-view/standing-still", test_standing_still);
  add ("/ad-view/looking-away", test_looking_away);
  add ("/ad-view/unseen", test_unseen);
  add ("/ad-view/end", test_end);
  g_test_add_func ("/ad-view/picture", test_picture);
  return g_test_run ();
}
