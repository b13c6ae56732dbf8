/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says what a choice costs before it is made: that a pledge goes on a tab and can be taken back,
 * that an ad cannot. While a choice is being carried out neither can be made again. Leaving is the
 * article's business (Escape). */
#include "farthing-config.h"

#include "desktop/reader/far-gate.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/shell/far-flow.h"

#define US_PER_HOUR (3600 * (gint64) G_USEC_PER_SEC)
#define US_PER_MINUTE (60 * (gint64) G_USEC_PER_SEC)
#define MS_PER_S 1000

struct _FarGate
{
  AdwBin parent_instance;

  GtkWidget        *pledge;
  AdwButtonContent *pledge_content;
  GtkLabel         *pledge_text;
  GtkWidget        *method;
  GtkWidget        *watch;
  GtkLabel         *watch_text;
  GtkSpinner       *spinner;
  GtkLabel         *note;

  FarOffer         *offer;
  gboolean          busy;
  gboolean          no_ad;
};

enum { PLEDGE, WATCH, ADD_METHOD, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarGate, far_gate, ADW_TYPE_BIN)

static void
pledge_cb (FarGate *self)
{
  g_signal_emit (self, signals[PLEDGE], 0);
}

static void
watch_cb (FarGate *self)
{
  g_signal_emit (self, signals[WATCH], 0);
}

static void
method_cb (FarGate *self)
{
  g_signal_emit (self, signals[ADD_METHOD], 0);
}

/* Returns: (transfer full): where the money comes from. The books take it from the wallet where
 * that has the whole price, and put it on the tab where it has not. */
static char *
describe_pledge (const FarOffer *offer, const char *refund)
{
  gboolean from_wallet = offer->wallet_micros >= offer->price_micros;
  g_autofree char *amount = far_format_money (from_wallet ? offer->wallet_micros
                                                          : offer->tab_micros, offer->currency);

  if (from_wallet)
    /* Translators: an amount of money, and a span of time */
    return g_strdup_printf (_("Paid from your wallet, which holds %s. For %s you can take it "
                              "back."), amount, refund);
  /* Translators: an amount of money, and a span of time */
  return g_strdup_printf (_("Goes on your tab, which stands at %s. Nothing is charged now, and for "
                            "%s you can take it back."), amount, refund);
}

static void
update_pledge_text (FarGate *self)
{
  int hours = (int) (self->offer->refund_window_us / US_PER_HOUR);
  int minutes = (int) (self->offer->refund_window_us / US_PER_MINUTE);
  g_autofree char *refund = NULL;
  g_autofree char *text = NULL;

  if (!self->offer->pledge && !self->offer->method_required)
    {
      gtk_label_set_label (self->pledge_text, _("This article cannot be pledged for."));
      return;
    }
  if (self->offer->method_required)
    {
      gtk_label_set_label (self->pledge_text,
                           _("Your free pledges are used up. With a payment method you can go on; "
                             "the ad needs none."));
      return;
    }
  if (hours == 0)
    refund = g_strdup_printf (g_dngettext (NULL, "%d minute", "%d minutes", (gulong) minutes),
                              minutes);
  else
    refund = g_strdup_printf (g_dngettext (NULL, "%d hour", "%d hours", (gulong) hours), hours);
  text = describe_pledge (self->offer, refund);
  gtk_label_set_label (self->pledge_text, text);
}

static void
update_watch_text (FarGate *self)
{
  int seconds = (int) ((self->offer->ad_duration_ms + MS_PER_S - 1) / MS_PER_S);
  g_autofree char *text = NULL;

  if (!self->offer->ad)
    text = g_strdup (_("No ad opens this article."));
  else if (seconds > 0)
    text = g_strdup_printf (g_dngettext (NULL,
                                         "%d second, without sound unless you turn it on. The "
                                         "advertiser pays. There is no refund.",
                                         "%d seconds, without sound unless you turn it on. The "
                                         "advertiser pays. There is no refund.",
                                         (gulong) seconds), seconds);
  else
    text = g_strdup (_("Less than a minute, without sound unless you turn it on. The advertiser "
                       "pays. There is no refund."));
  gtk_label_set_label (self->watch_text, text);
}

static void
update (FarGate *self)
{
  gboolean may_pledge = self->offer != NULL && self->offer->pledge &&
                        !self->offer->method_required;
  gboolean may_watch = self->offer != NULL && self->offer->ad && !self->no_ad;

  gtk_widget_set_sensitive (self->pledge, may_pledge && !self->busy);
  gtk_widget_set_sensitive (self->watch, may_watch && !self->busy);
  gtk_widget_set_sensitive (self->method, !self->busy);
  gtk_widget_set_visible (self->method, self->offer != NULL && self->offer->method_required);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), self->busy);
  gtk_spinner_set_spinning (self->spinner, self->busy);
}

static void
far_gate_dispose (GObject *object)
{
  g_clear_pointer (&FAR_GATE (object)->offer, far_offer_unref);
  gtk_widget_dispose_template (GTK_WIDGET (object), FAR_TYPE_GATE);

  G_OBJECT_CLASS (far_gate_parent_class)->dispose (object);
}

static guint
add_signal (FarGateClass *klass, const char *name)
{
  return g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_gate_class_init (FarGateClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_gate_dispose;

  signals[PLEDGE] = add_signal (klass, "pledge");
  signals[WATCH] = add_signal (klass, "watch");
  signals[ADD_METHOD] = add_signal (klass, "add-method");

  g_type_ensure (FAR_TYPE_FLOW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/reader/far-gate.ui");
  gtk_widget_class_bind_template_child (widget_class, FarGate, pledge);
  gtk_widget_class_bind_template_child (widget_class, FarGate, pledge_content);
  gtk_widget_class_bind_template_child (widget_class, FarGate, pledge_text);
  gtk_widget_class_bind_template_child (widget_class, FarGate, method);
  gtk_widget_class_bind_template_child (widget_class, FarGate, watch);
  gtk_widget_class_bind_template_child (widget_class, FarGate, watch_text);
  gtk_widget_class_bind_template_child (widget_class, FarGate, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarGate, note);
  gtk_widget_class_bind_template_callback (widget_class, pledge_cb);
  gtk_widget_class_bind_template_callback (widget_class, watch_cb);
  gtk_widget_class_bind_template_callback (widget_class, method_cb);
}

static void
far_gate_init (FarGate *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}

/**
 * far_gate_set_offer:
 * @offer: (nullable): NULL while it is not known; then nothing can be chosen
 * @test_money: whether to say that nothing is really charged
 */
void
far_gate_set_offer (FarGate *self, FarOffer *offer, gboolean test_money)
{
  g_autofree char *price = NULL;
  g_autofree char *label = NULL;
  g_autofree char *name = NULL;

  g_return_if_fail (FAR_IS_GATE (self));

  if (offer != NULL)
    far_offer_ref (offer);
  g_clear_pointer (&self->offer, far_offer_unref);
  self->offer = offer;
  self->no_ad = FALSE;
  if (offer != NULL)
    {
      price = far_format_money (offer->price_micros, offer->currency);
      /* Translators: an amount of money; the letter after the underscore is the mnemonic */
      label = g_strdup_printf (_("_Pledge %s"), price);
      adw_button_content_set_use_underline (self->pledge_content, TRUE);
      adw_button_content_set_label (self->pledge_content, label);
      name = g_strdup_printf (_("Pledge %s"), price);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->pledge), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      name, -1);
      update_pledge_text (self);
      update_watch_text (self);
    }
  /* A card is typed in nowhere but on the provider's page; test money has cards of its own. */
  gtk_button_set_label (GTK_BUTTON (self->method), test_money ? _("Add a _Test Card")
                                                              : _("Set Up _Payment…"));
  gtk_label_set_label (self->note, test_money ? _("Test money: nothing here is really charged.")
                                              : "");
  update (self);
}

/**
 * far_gate_set_busy:
 * @busy: whether a choice is being carried out
 */
void
far_gate_set_busy (FarGate *self, gboolean busy)
{
  g_return_if_fail (FAR_IS_GATE (self));

  self->busy = busy;
  update (self);
}

/**
 * far_gate_set_no_ad:
 * @reason: why there is none, in words that the reader may see
 *
 * Takes the ad away as a choice, and says what is left.
 */
void
far_gate_set_no_ad (FarGate *self, const char *reason)
{
  g_return_if_fail (FAR_IS_GATE (self));

  self->no_ad = TRUE;
  gtk_label_set_label (self->watch_text, reason);
  update (self);
}
