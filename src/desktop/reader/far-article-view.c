/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is locked is not here: the paid text is asked for again after the market has opened the
 * article, and came with no byte before. A refund keeps the text until the reader leaves.
 *
 * A pledge whose answer did not come keeps its key, so that trying again cannot pay twice. Answers
 * that come after the reader has left, or is reading something else, are dropped. */
#include "farthing-config.h"

#include "desktop/reader/far-article-view.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/reader/far-ad-player.h"
#include "desktop/reader/far-article-body.h"
#include "desktop/reader/far-gate.h"
#include "desktop/reader/far-remote-picture.h"

/* What the market's own test provider calls a card that works. */
#define TEST_METHOD "pm_card_visa"

struct _FarArticleView
{
  AdwBin parent_instance;

  GtkScrolledWindow *scroller;
  GtkLabel          *category;
  GtkLabel          *title;
  GtkLabel          *byline;
  FarRemotePicture  *picture;
  FarArticleBody    *free_body;
  GtkWidget         *rest;        /* has one visible child */
  AdwStatusPage     *failed;
  FarGate           *gate;
  FarAdPlayer       *player;
  FarArticleBody    *paid_body;
  GtkRevealer       *receipt;
  GtkImage          *receipt_icon;
  GtkLabel          *receipt_label;
  GtkWidget         *refund;

  FarSession        *session;
  FarArticleSummary *summary;     /* NULL while nothing is open */
  FarOffer          *offer;
  GCancellable      *cancellable; /* of all calls for the open article */
  char              *pledge_key;  /* of a pledge with no answer yet */
};

enum { PAID, SET_UP, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarArticleView, far_article_view, ADW_TYPE_BIN)

static void reload (FarArticleView *self);

/* A call for the article that was open when it was made. */
typedef struct {
  FarArticleView *view;
  GCancellable   *cancellable;
} Call;

static Call *
call_new (FarArticleView *self)
{
  Call *call = g_new0 (Call, 1);

  call->view = g_object_ref (self);
  call->cancellable = g_object_ref (self->cancellable);
  return call;
}

static void
call_free (Call *call)
{
  g_object_unref (call->view);
  g_object_unref (call->cancellable);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

/* Whether the reader is still where the call was made. */
static gboolean
still_there (const Call *call)
{
  return call->cancellable == call->view->cancellable;
}

static FarMarketClient *
get_market (FarArticleView *self)
{
  return self->session != NULL ? far_session_get_market (self->session) : NULL;
}

/* Not a stack: one of those takes the width its widest child needs at its lowest height. */
static void
show_rest (FarArticleView *self, const char *name)
{
  for (GtkWidget *child = gtk_widget_get_first_child (self->rest); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_visible (child, g_strcmp0 (gtk_widget_get_name (child), name) == 0);
}

static void
show_receipt (FarArticleView *self, const char *icon_name, const char *text, gboolean refundable)
{
  gtk_image_set_from_icon_name (self->receipt_icon, icon_name);
  gtk_label_set_label (self->receipt_label, text);
  gtk_widget_set_visible (self->refund, refundable);
  gtk_widget_set_sensitive (self->refund, TRUE);
  gtk_revealer_set_reveal_child (self->receipt, TRUE);
}

static void
show_entitlement (FarArticleView *self, const FarEntitlement *entitlement)
{
  gint64 now_us = far_session_now_us (self->session);
  gboolean refundable = entitlement->refundable_until_us > now_us;
  g_autofree char *price = far_format_money (self->summary->price_micros,
                                             self->summary->currency);
  g_autofree char *until = NULL;
  g_autofree char *text = NULL;

  if (g_str_equal (entitlement->by, "ad"))
    {
      show_receipt (self, "far-ad-symbolic", _("Opened with an ad"), FALSE);
      return;
    }
  if (refundable)
    {
      until = far_format_moment (entitlement->refundable_until_us, now_us);
      /* Translators: an amount of money, and a moment */
      text = g_strdup_printf (_("Paid %s · can be taken back until %s"), price, until);
    }
  else
    text = g_strdup_printf (_("Paid %s"), price);
  show_receipt (self, "far-coin-symbolic", text, refundable);
}

static void
entitlement_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (FarEntitlement) entitlement = NULL;

  entitlement = far_market_client_get_entitlement_finish (FAR_MARKET_CLIENT (source), result,
                                                          NULL);
  /* Without an answer there is no receipt to show; the text is there all the same. */
  if (still_there (call) && entitlement != NULL && entitlement->entitled)
    show_entitlement (call->view, entitlement);
}

static void
show_failure (FarArticleView *self, const GError *error)
{
  g_autofree char *escaped = g_markup_escape_text (error->message, -1);

  adw_status_page_set_description (self->failed, escaped);
  show_rest (self, "failed");
}

static gboolean
is_test_money (FarArticleView *self)
{
  FarDeployment *deployment = far_session_get_deployment (self->session);

  return g_strcmp0 (far_deployment_get_money (deployment), "test") == 0;
}

static void
offer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarOffer) offer = NULL;
  FarArticleView *self = call->view;

  offer = far_market_client_get_offer_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (!still_there (call))
    return;
  if (offer == NULL)
    {
      show_failure (self, error);
      return;
    }
  g_clear_pointer (&self->offer, far_offer_unref);
  self->offer = g_steal_pointer (&offer);
  far_gate_set_offer (self->gate, self->offer, is_test_money (self));
  far_gate_set_busy (self->gate, FALSE);
  show_rest (self, "gate");
}

static void
show_article (FarArticleView *self, FarArticle *article)
{
  FarMediaCache *media = far_session_get_media (self->session);
  FarMarketClient *market = get_market (self);

  far_article_body_set_blocks (self->free_body, article->free_blocks, media);
  if (article->entitled)
    {
      far_article_body_set_blocks (self->paid_body, article->paid_blocks, media);
      show_rest (self, "text");
      far_market_client_get_entitlement_async (market, self->summary->id, self->cancellable,
                                               entitlement_cb, call_new (self));
    }
  else
    far_market_client_get_offer_async (market, self->summary->id, self->cancellable, offer_cb,
                                       call_new (self));
}

static void
article_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarArticle) article = NULL;

  article = far_market_client_get_article_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (!still_there (call))
    return;
  if (article != NULL)
    show_article (call->view, article);
  else
    show_failure (call->view, error);
}

static void
reload (FarArticleView *self)
{
  FarMarketClient *market = get_market (self);

  if (market == NULL || self->summary == NULL)
    return;
  far_market_client_get_article_async (market, self->summary->id, self->cancellable, article_cb,
                                       call_new (self));
}

static void
opened (FarArticleView *self)
{
  g_signal_emit (self, signals[PAID], 0);
  reload (self);
}

static void
pledge_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPledge) pledge = NULL;
  FarArticleView *self = call->view;

  pledge = far_market_client_pledge_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (!still_there (call))
    return;
  if (pledge != NULL)
    {
      g_clear_pointer (&self->pledge_key, g_free);
      opened (self);
      return;
    }
  far_gate_set_busy (self->gate, FALSE);
  far_session_report (self->session, _("The pledge was not made"), error);
  /* Only where nobody knows what became of it does the key live on. */
  if (!g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_TIMEOUT) &&
      !g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_SERVER))
    {
      g_clear_pointer (&self->pledge_key, g_free);
      reload (self); /* the offer has changed: a limit was reached, or it is open already */
    }
}

static void
pledge_cb (FarArticleView *self)
{
  FarMarketClient *market = get_market (self);

  if (market == NULL || self->offer == NULL)
    return;
  if (self->pledge_key == NULL)
    self->pledge_key = far_market_client_new_key ();
  far_gate_set_busy (self->gate, TRUE);
  far_market_client_pledge_async (market, self->summary->id, self->offer->price_micros,
                                  self->pledge_key, self->cancellable, pledge_done_cb,
                                  call_new (self));
}

static void
decision_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarAdDecision) decision = NULL;
  FarArticleView *self = call->view;

  decision = far_market_client_decide_ad_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (!still_there (call))
    return;
  far_gate_set_busy (self->gate, FALSE);
  if (decision == NULL)
    {
      far_session_report (self->session, _("There is no ad now"), error);
      return;
    }
  if (decision->view[0] == '\0' || decision->duration_ms <= 0)
    {
      far_gate_set_no_ad (self->gate, _("No advertiser has an ad for you at this moment. A pledge "
                                        "opens the article; or try the ad again later."));
      return;
    }
  show_rest (self, "ad");
  far_ad_player_play (self->player, FAR_MARKET_CLIENT (source), decision);
  /* The focus was on the gate, which is gone; and what has it comes into view. */
  gtk_widget_child_focus (GTK_WIDGET (self->player), GTK_DIR_TAB_FORWARD);
}

static void
watch_cb (FarArticleView *self)
{
  FarMarketClient *market = get_market (self);
  g_autofree char *key = far_market_client_new_key ();

  if (market == NULL)
    return;
  far_gate_set_busy (self->gate, TRUE);
  far_market_client_decide_ad_async (market, self->summary->id, key, self->cancellable,
                                     decision_cb, call_new (self));
}

static void
ad_finished_cb (FarArticleView *self)
{
  opened (self);
}

static void
ad_cancelled_cb (FarArticleView *self)
{
  show_rest (self, "gate");
}

static void
ad_failed_cb (FarArticleView *self, const char *text)
{
  show_rest (self, "gate");
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static void
method_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  gboolean added;

  added = far_market_client_add_method_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (!still_there (call))
    return;
  far_gate_set_busy (call->view->gate, FALSE);
  if (!added)
    far_session_report (call->view->session, _("The card was not added"), error);
  g_signal_emit (call->view, signals[PAID], 0);
  reload (call->view);
}

static void
add_method_cb (FarArticleView *self)
{
  FarMarketClient *market = get_market (self);
  g_autofree char *key = far_market_client_new_key ();

  if (market == NULL)
    return;
  if (!is_test_money (self))
    {
      g_signal_emit (self, signals[SET_UP], 0);
      return;
    }
  far_gate_set_busy (self->gate, TRUE);
  far_market_client_add_method_async (market, TEST_METHOD, key, self->cancellable,
                                      method_added_cb, call_new (self));
}

static void
refunded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarRefund) refund = NULL;
  g_autofree char *amount = NULL;
  g_autofree char *text = NULL;
  FarArticleView *self = call->view;

  refund = far_market_client_refund_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (!still_there (call))
    return;
  if (refund == NULL)
    {
      gtk_widget_set_sensitive (self->refund, TRUE);
      far_session_report (self->session, _("Nothing was given back"), error);
      return;
    }
  amount = far_format_money (refund->refunded_micros, self->summary->currency);
  /* Translators: an amount of money */
  text = g_strdup_printf (_("%s given back · the text stays until you leave it"), amount);
  show_receipt (self, "edit-undo-symbolic", text, FALSE);
  g_signal_emit (self, signals[PAID], 0);
}

static void
refund_cb (FarArticleView *self)
{
  FarMarketClient *market = get_market (self);
  g_autofree char *key = far_market_client_new_key ();

  if (market == NULL)
    return;
  gtk_widget_set_sensitive (self->refund, FALSE);
  far_market_client_refund_async (market, self->summary->id, key, self->cancellable, refunded_cb,
                                  call_new (self));
}

/* Escape stops an ad, and from anywhere else leaves the article: the gate holds nobody. */
static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  FarArticleView *self = FAR_ARTICLE_VIEW (widget);

  if (gtk_widget_get_visible (GTK_WIDGET (self->player)))
    {
      far_ad_player_stop (self->player);
      show_rest (self, "gate");
    }
  else
    gtk_widget_activate_action (widget, "win.back", NULL);
  return GDK_EVENT_STOP;
}

static void
far_article_view_dispose (GObject *object)
{
  FarArticleView *self = FAR_ARTICLE_VIEW (object);

  if (self->player != NULL)
    far_article_view_leave (self);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_ARTICLE_VIEW);

  G_OBJECT_CLASS (far_article_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, scroller);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, category);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, title);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, byline);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, picture);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, free_body);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, rest);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, failed);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, gate);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, player);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, paid_body);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, receipt);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, receipt_icon);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, receipt_label);
  gtk_widget_class_bind_template_child (widget_class, FarArticleView, refund);
}

static void
far_article_view_class_init (FarArticleViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_article_view_dispose;

  signals[PAID] =
    g_signal_new ("paid", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SET_UP] =
    g_signal_new ("set-up", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (FAR_TYPE_AD_PLAYER);
  g_type_ensure (FAR_TYPE_ARTICLE_BODY);
  g_type_ensure (FAR_TYPE_GATE);
  g_type_ensure (FAR_TYPE_REMOTE_PICTURE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/reader/"
                                               "far-article-view.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, reload);
  gtk_widget_class_bind_template_callback (widget_class, pledge_cb);
  gtk_widget_class_bind_template_callback (widget_class, watch_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_method_cb);
  gtk_widget_class_bind_template_callback (widget_class, ad_finished_cb);
  gtk_widget_class_bind_template_callback (widget_class, ad_cancelled_cb);
  gtk_widget_class_bind_template_callback (widget_class, ad_failed_cb);
  gtk_widget_class_bind_template_callback (widget_class, refund_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

static void
far_article_view_init (FarArticleView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_article_view_set_session:
 * @session: (nullable): whose market is asked; another one leaves the open article
 */
void
far_article_view_set_session (FarArticleView *self, FarSession *session)
{
  g_return_if_fail (FAR_IS_ARTICLE_VIEW (self));

  if (self->session == session)
    return;
  far_article_view_leave (self);
  g_set_object (&self->session, session);
}

/**
 * far_article_view_open:
 * @summary: the article; its text is fetched
 */
void
far_article_view_open (FarArticleView *self, FarArticleSummary *summary)
{
  g_autofree char *day = NULL;
  g_autofree char *byline = NULL;

  g_return_if_fail (FAR_IS_ARTICLE_VIEW (self));
  g_return_if_fail (self->session != NULL);

  far_article_view_leave (self);
  self->summary = far_article_summary_ref (summary);
  self->cancellable = g_cancellable_new ();
  day = far_format_day (summary->date, far_session_now_us (self->session));
  /* Translators: an author and a date */
  byline = g_strdup_printf (_("By %s, %s"), summary->author, day);
  gtk_label_set_label (self->category, summary->category);
  gtk_label_set_label (self->title, summary->title);
  gtk_label_set_label (self->byline, byline);
  gtk_widget_set_visible (GTK_WIDGET (self->picture), summary->picture[0] != '\0');
  far_remote_picture_load (self->picture, far_session_get_media (self->session),
                           summary->picture, summary->picture_alt);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
  show_rest (self, "loading");
  gtk_widget_grab_focus (GTK_WIDGET (self->scroller));
  reload (self);
}

/* Gives up what is under way and forgets the text. */
void
far_article_view_leave (FarArticleView *self)
{
  g_return_if_fail (FAR_IS_ARTICLE_VIEW (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  far_ad_player_stop (self->player);
  far_article_body_set_blocks (self->free_body, NULL, NULL);
  far_article_body_set_blocks (self->paid_body, NULL, NULL);
  far_gate_set_offer (self->gate, NULL, FALSE);
  far_gate_set_busy (self->gate, FALSE);
  gtk_revealer_set_reveal_child (self->receipt, FALSE);
  g_clear_pointer (&self->offer, far_offer_unref);
  g_clear_pointer (&self->summary, far_article_summary_unref);
  g_clear_pointer (&self->pledge_key, g_free);
}
