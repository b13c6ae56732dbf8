/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A view, honestly: time counts only while the ad is on screen, running, and the window has the
 * focus; otherwise it stands still and says so. There is no sound until it is asked for, and no
 * seeking. Events go to the market one after the other; one that is taken as too soon (its clock
 * decides, not ours) is sent again a moment later.
 *
 * GTK cannot play a stream, so the creative is a private file in the cache folder, capped by the
 * client and deleted when the view ends. A film is opened when it is first to run (far-ad-view.c
 * says why). */
#include "farthing-config.h"

#include "desktop/reader/far-ad-player.h"

#include <glib/gi18n.h>

#include "desktop/reader/far-ad-view.h"

#define RETRY_MS 300
#define RETRIES_MAX 40

struct _FarAdPlayer
{
  AdwBin parent_instance;

  GtkPicture      *screen;
  GtkLabel        *notice;
  GtkSpinner      *spinner;
  GtkProgressBar  *progress;
  GtkLabel        *sponsor;
  GtkLabel        *left;
  GtkToggleButton *sound;
  GtkWidget       *cancel;

  FarMarketClient *market;
  FarAdDecision   *decision;
  GFile           *file;
  GCancellable    *cancellable;
  FarAdView        view;
  gboolean         ready; /* there is something to see */
  guint            tick_id;
  gboolean         sending;
  guint            n_retries;
  guint            retry_id;
};

enum { FINISHED, CANCELLED, FAILED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarAdPlayer, far_ad_player, ADW_TYPE_BIN)

static void send_due_event (FarAdPlayer *self);

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* One that cannot be deleted is the cache folder's to clean up. */
  g_file_delete_finish (G_FILE (source), result, NULL);
}

static void
reset (FarAdPlayer *self)
{
  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick_id);
  self->tick_id = 0;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->view.film != NULL)
    g_signal_handlers_disconnect_by_data (self->view.film, self);
  far_ad_view_clear (&self->view);
  if (self->screen != NULL)
    gtk_picture_set_paintable (self->screen, NULL);
  if (self->file != NULL)
    g_file_delete_async (self->file, G_PRIORITY_LOW, NULL, deleted_cb, NULL);
  g_clear_object (&self->file);
  g_clear_pointer (&self->decision, far_ad_decision_unref);
  g_clear_object (&self->market);
  self->ready = FALSE;
  self->sending = FALSE;
  self->n_retries = 0;
}

static void
abandoned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* A courtesy: unheard, the reservation runs out by itself. */
  g_autoptr (FarAdProgress) progress =
    far_market_client_send_ad_event_finish (FAR_MARKET_CLIENT (source), result, NULL);
}

static void
abandon (FarAdPlayer *self)
{
  guint n_sent = self->view.clock.n_sent;

  if (self->decision != NULL && n_sent > 0 && n_sent < FAR_AD_EVENTS)
    far_market_client_send_ad_event_async (self->market, self->decision->view, "abandon",
                                           self->view.clock.seen_us / 1000,
                                           !gtk_toggle_button_get_active (self->sound), NULL,
                                           abandoned_cb, NULL);
}

static void
fail (FarAdPlayer *self, const char *message)
{
  g_autofree char *text = g_strdup_printf (_("The ad stopped: %s"), message);

  abandon (self);
  reset (self);
  g_signal_emit (self, signals[FAILED], 0, text);
}

static gboolean
retry_cb (gpointer user_data)
{
  FarAdPlayer *self = user_data;

  self->retry_id = 0;
  send_due_event (self);
  return G_SOURCE_REMOVE;
}

static void
event_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarAdPlayer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarAdProgress) progress = NULL;

  progress = far_market_client_send_ad_event_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->decision == NULL)
    return;

  self->sending = FALSE;
  if (progress != NULL)
    {
      self->n_retries = 0;
      far_ad_clock_sent (&self->view.clock);
      if (progress->entitled)
        {
          reset (self);
          g_signal_emit (self, signals[FINISHED], 0);
          return;
        }
      send_due_event (self);
      return;
    }
  if (g_str_equal (far_client_error_get_code (error), "too_soon") &&
      self->n_retries++ < RETRIES_MAX)
    self->retry_id = g_timeout_add (RETRY_MS, retry_cb, self);
  else
    fail (self, error->message);
}

static void
send_due_event (FarAdPlayer *self)
{
  const char *event = far_ad_clock_next_event (&self->view.clock);

  if (event == NULL || self->sending || self->retry_id != 0)
    return;
  self->sending = TRUE;
  far_market_client_send_ad_event_async (self->market, self->decision->view, event,
                                         self->view.clock.seen_us / 1000,
                                         !gtk_toggle_button_get_active (self->sound),
                                         self->cancellable, event_sent_cb, g_object_ref (self));
}

static gboolean
window_has_focus (FarAdPlayer *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return GTK_IS_WINDOW (root) && gtk_window_is_active (GTK_WINDOW (root));
}

static void
show_notice (FarAdPlayer *self, const char *text)
{
  gtk_label_set_label (self->notice, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->notice), text != NULL);
}

static void
update_left (FarAdPlayer *self)
{
  int seconds = far_ad_clock_get_seconds_left (&self->view.clock);
  g_autofree char *text = NULL;

  if (seconds > 0)
    text = g_strdup_printf (g_dngettext (NULL, "The article opens in %d second",
                                         "The article opens in %d seconds", (gulong) seconds),
                            seconds);
  else
    text = g_strdup (_("Opening the article"));
  gtk_label_set_label (self->left, text);
  gtk_progress_bar_set_fraction (self->progress, far_ad_clock_get_progress (&self->view.clock));
}

static void
film_error_cb (FarAdPlayer *self, GParamSpec *pspec, GtkMediaStream *film)
{
  const GError *error = gtk_media_stream_get_error (film);

  if (error != NULL)
    fail (self, error->message);
}

static void
open_film (FarAdPlayer *self)
{
  g_autoptr (GtkMediaStream) film = gtk_media_file_new_for_file (self->file);

  gtk_media_stream_set_muted (film, !gtk_toggle_button_get_active (self->sound));
  g_signal_connect_swapped (film, "notify::error", G_CALLBACK (film_error_cb), self);
  gtk_picture_set_paintable (self->screen, GDK_PAINTABLE (film));
  far_ad_view_open (&self->view, g_object_ref (film));
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *frame_clock, gpointer user_data)
{
  FarAdPlayer *self = FAR_AD_PLAYER (widget);
  gboolean focus = window_has_focus (self);
  gboolean begun = self->ready && far_ad_view_has_begun (&self->view);

  if (self->ready && !far_ad_view_has_ended (&self->view))
    show_notice (self, focus ? NULL : _("Paused while you are elsewhere"));
  if (self->ready && focus && self->view.is_film && self->view.film == NULL)
    open_film (self);
  gtk_spinner_set_spinning (self->spinner, !begun && (focus || !self->ready));
  if (self->ready &&
      far_ad_view_frame (&self->view, gdk_frame_clock_get_frame_time (frame_clock), focus))
    {
      update_left (self);
      send_due_event (self);
    }
  return G_SOURCE_CONTINUE;
}

static void
decode (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  GdkTexture *texture = gdk_texture_new_from_file (task_data, &error);

  if (texture != NULL)
    g_task_return_pointer (task, texture, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
decoded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarAdPlayer *self = FAR_AD_PLAYER (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->decision == NULL)
    return;
  if (texture == NULL)
    {
      fail (self, error->message);
      return;
    }
  gtk_picture_set_paintable (self->screen, GDK_PAINTABLE (texture));
  self->ready = TRUE;
}

static void
show_creative (FarAdPlayer *self)
{
  g_autoptr (GTask) decoding = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->sound), self->view.is_film);
  if (self->view.is_film)
    {
      self->ready = TRUE;
      return;
    }
  decoding = g_task_new (self, self->cancellable, decoded_cb, NULL);
  g_task_set_task_data (decoding, g_object_ref (self->file), g_object_unref);
  g_task_run_in_thread (decoding, decode);
}

static void
downloaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarAdPlayer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = NULL;

  file = far_market_client_download_creative_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->decision == NULL)
    return;
  if (file == NULL)
    {
      fail (self, error->message);
      return;
    }
  self->file = g_steal_pointer (&file);
  show_creative (self);
}

static void
sound_cb (FarAdPlayer *self)
{
  gboolean on = gtk_toggle_button_get_active (self->sound);

  gtk_button_set_icon_name (GTK_BUTTON (self->sound), on ? "audio-volume-high-symbolic"
                                                         : "audio-volume-muted-symbolic");
  if (self->view.film != NULL)
    gtk_media_stream_set_muted (self->view.film, !on);
}

static void
cancel_cb (FarAdPlayer *self)
{
  far_ad_player_stop (self);
  g_signal_emit (self, signals[CANCELLED], 0);
}

static void
far_ad_player_dispose (GObject *object)
{
  FarAdPlayer *self = FAR_AD_PLAYER (object);

  reset (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_AD_PLAYER);

  G_OBJECT_CLASS (far_ad_player_parent_class)->dispose (object);
}

static void
far_ad_player_unroot (GtkWidget *widget)
{
  far_ad_player_stop (FAR_AD_PLAYER (widget));
  GTK_WIDGET_CLASS (far_ad_player_parent_class)->unroot (widget);
}

static void
far_ad_player_class_init (FarAdPlayerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_ad_player_dispose;
  widget_class->unroot = far_ad_player_unroot;

  signals[FINISHED] =
    g_signal_new ("finished", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CANCELLED] =
    g_signal_new ("cancelled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] =
    g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/reader/"
                                               "far-ad-player.ui");
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, screen);
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, notice);
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, progress);
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, sponsor);
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, left);
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, sound);
  gtk_widget_class_bind_template_child (widget_class, FarAdPlayer, cancel);
  gtk_widget_class_bind_template_callback (widget_class, sound_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
}

static void
far_ad_player_init (FarAdPlayer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_ad_player_play:
 * @market: whom events go to
 * @decision: the view; a view under way is abandoned
 */
void
far_ad_player_play (FarAdPlayer *self, FarMarketClient *market, FarAdDecision *decision)
{
  g_autofree char *sponsor = NULL;

  g_return_if_fail (FAR_IS_AD_PLAYER (self));
  g_return_if_fail (decision->view[0] != '\0' && decision->duration_ms > 0);

  far_ad_player_stop (self);
  self->market = g_object_ref (market);
  self->decision = far_ad_decision_ref (decision);
  self->cancellable = g_cancellable_new ();
  far_ad_view_init (&self->view, decision->duration_ms * 1000,
                    g_str_has_prefix (decision->media_type, "video/"));

  /* Translators: who pays for the ad */
  sponsor = g_strdup_printf (_("Ad by %s"), decision->advertiser);
  gtk_label_set_label (self->sponsor, sponsor);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->screen), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  decision->title, -1);
  gtk_toggle_button_set_active (self->sound, FALSE);
  show_notice (self, NULL);
  update_left (self);
  self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
  far_market_client_download_creative_async (market, decision->view, decision->media_type,
                                             self->cancellable, downloaded_cb,
                                             g_object_ref (self));
}

/* Ends the view without a signal; the market hears that it was abandoned. */
void
far_ad_player_stop (FarAdPlayer *self)
{
  g_return_if_fail (FAR_IS_AD_PLAYER (self));

  abandon (self);
  reset (self);
}
