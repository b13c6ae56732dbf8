/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every amount is the ledger's own, shown to the last micro that is not zero; nothing is summed up
 * or rounded here, save an article's own balance. */
#include "farthing-config.h"

#include "desktop/earnings/far-earnings-page.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>

#include "base/far-money.h"
#include "desktop/charts/far-bar-chart.h"
#include "desktop/charts/far-series-key.h"
#include "desktop/earnings/far-article-earnings-row.h"
#include "desktop/earnings/far-earnings-bars.h"
#include "desktop/earnings/far-ledger-card.h"
#include "desktop/earnings/far-payouts-group.h"
#include "desktop/earnings/far-trace-dialog.h"
#include "desktop/far-format.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-range-picker.h"
#include "desktop/shell/far-state-view.h"
#include "desktop/shell/far-title.h"
#include "desktop/shell/far-value.h"

struct _FarEarningsPage
{
  FarPage parent_instance;

  GtkStack      *stack;
  AdwStatusPage *unreported;
  GtkWidget     *retry;
  GtkRevealer   *old;
  GtkLabel      *old_text;
  GtkLabel      *total;
  GtkLabel      *as_of;
  GtkLabel      *span;
  FarBarChart   *bars;
  GtkLabel      *pay;
  GtkLabel      *ad;
  GtkLabel      *refund;
  GtkLabel      *write_off;
  GtkWidget     *disputed_row;
  GtkLabel      *disputed;
  GtkLabel      *estimated;
  GtkLabel      *final;
  GtkLabel      *fee;
  AdwActionRow  *fee_row;
  GtkListBox    *articles;
  GtkLabel      *nothing;
  FarPayoutsGroup *payouts;
  FarLedgerCard *ledger;

  FarSession    *session;
  gboolean       watching;
};

G_DEFINE_FINAL_TYPE (FarEarningsPage, far_earnings_page, FAR_TYPE_PAGE)

static void
set_amount (GtkLabel *label, gint64 micros, const char *currency)
{
  g_autofree char *text = far_format_money (micros, currency);

  far_value_set (label, text);
}

/* What is below the currency's smallest coin stands smaller: exact, and still read at a glance. */
static void
set_headline (GtkLabel *label, gint64 micros, const char *currency)
{
  g_autofree char *text = far_format_money (micros, currency);
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_autofree char *markup = NULL;
  const char *decimal_point = localeconv ()->decimal_point;
  const char *point = strstr (escaped, decimal_point);
  guint exponent = 0;

  if (point == NULL || !far_currency_exponent (currency, &exponent, NULL) ||
      strlen (point + strlen (decimal_point)) <= exponent)
    {
      gtk_label_set_markup (label, escaped);
      return;
    }
  markup = g_strdup_printf ("%.*s<span size=\"60%%\" alpha=\"65%%\">%s</span>",
                            (int) (point - escaped + (int) strlen (decimal_point)) +
                            (int) exponent, escaped, point + strlen (decimal_point) + exponent);
  gtk_label_set_markup (label, markup);
}

static void
update_bars (FarEarningsPage *self, const FarEarnings *earnings)
{
  FarRange range = far_session_get_range (self->session);
  g_autoptr (GArray) bars = far_earnings_bars_new (earnings, range);

  far_bar_chart_set_bars (self->bars, earnings->currency, (FarBar *) (void *) bars->data,
                          bars->len);
  gtk_label_set_label (self->span, far_earnings_bars_are_hours (range) ? _("Today, by hour")
                                                                       : _("By day"));
}

/* The catalog is the platform's own: of another publication's articles only the names are known. */
static const char *
get_title (FarEarningsPage *self, const char *article)
{
  gboolean remote = far_watch_list_is_remote (far_session_get_watched (self->session));
  FarArticleItem *item = far_catalog_find (far_session_get_catalog (self->session), article);

  return item != NULL && !remote ? far_article_item_get_summary (item)->title : article;
}

static void
article_activated_cb (FarEarningsPage *self, GtkListBoxRow *row)
{
  const char *article = far_article_earnings_row_get_article (FAR_ARTICLE_EARNINGS_ROW (row));
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_window_present (GTK_WINDOW (far_trace_dialog_new (window, self->session, article,
                                                        get_title (self, article))));
}

/* There are simulated readers, and a page to read on, only here and for test money. */
static void
update_nothing (FarEarningsPage *self)
{
  FarDeployment *deployment = far_session_get_deployment (self->session);
  gboolean remote = far_watch_list_is_remote (far_session_get_watched (self->session));
  gboolean is_test = g_strcmp0 (far_deployment_get_money (deployment), "test") == 0;

  gtk_label_set_label (self->nothing, remote || !is_test
                       ? _("Nothing earned yet.")
                       : _("Nothing earned yet. Start the simulated readers on the Overview, or "
                           "read an article yourself."));
}

static void
update_articles (FarEarningsPage *self, const FarEarnings *earnings)
{
  gint64 longest_micros = 0;
  GtkListBoxRow *row;
  guint i;

  update_nothing (self);
  for (i = 0; i < earnings->articles->len; i++)
    {
      const FarEarningsRow *article = g_ptr_array_index (earnings->articles, i);

      longest_micros = MAX (longest_micros, article->pay_micros + article->ad_micros);
    }
  for (i = 0; i < earnings->articles->len; i++)
    {
      const FarEarningsRow *article = g_ptr_array_index (earnings->articles, i);

      row = gtk_list_box_get_row_at_index (self->articles, (int) i);
      if (row == NULL)
        {
          row = GTK_LIST_BOX_ROW (far_article_earnings_row_new ());
          gtk_list_box_append (self->articles, GTK_WIDGET (row));
        }
      far_article_earnings_row_show (FAR_ARTICLE_EARNINGS_ROW (row), article,
                                     get_title (self, article->label), earnings->currency,
                                     longest_micros);
    }
  while ((row = gtk_list_box_get_row_at_index (self->articles, (int) i)) != NULL)
    gtk_list_box_remove (self->articles, GTK_WIDGET (row));
}

/* Figures that could not be read anew are old, and say so. */
static void
update_age (FarEarningsPage *self)
{
  FarBooks *books = far_session_get_books (self->session);
  const char *message = far_books_get_earnings (books) != NULL ? far_books_get_message (books)
                                                               : NULL;
  g_autofree char *text = NULL;

  gtk_revealer_set_reveal_child (self->old, message != NULL);
  if (message == NULL)
    return;
  /* Translators: %s is why */
  text = g_strdup_printf (_("These figures are old; they cannot be read now. %s"), message);
  gtk_label_set_label (self->old_text, text);
}

/* Nothing to show: not yet, or never from here, or it cannot be had. What is never told of is not
 * told of when it is asked for again. */
static void
update_absence (FarEarningsPage *self)
{
  FarBooks *books = far_session_get_books (self->session);
  const char *message = far_books_get_message (books);
  gboolean reported = far_books_get_reported (books);
  g_autofree char *escaped = message != NULL ? g_markup_escape_text (message, -1) : NULL;

  adw_status_page_set_title (self->unreported, reported ? _("Earnings Cannot Be Read")
                                                        : _("No Earnings Are Reported"));
  gtk_widget_set_visible (self->retry, reported);
  adw_status_page_set_description (self->unreported, escaped);
  gtk_stack_set_visible_child_name (self->stack, message != NULL ? "unreported" : "loading");
}

static void
update_account (FarEarningsPage *self, const FarEarnings *earnings)
{
  gboolean named = earnings->fee_receiver != NULL && earnings->fee_receiver[0] != '\0';
  /* Translators: %s is who gets the fee */
  g_autofree char *fee = named ? g_strdup_printf (_("Kept by %s, beside your share"),
                                                  earnings->fee_receiver)
                               : g_strdup (_("Kept by the network, beside your share"));

  adw_action_row_set_subtitle (self->fee_row, fee);
  gtk_widget_set_visible (self->disputed_row, earnings->disputed_micros != 0);
  set_amount (self->disputed, -earnings->disputed_micros, earnings->currency);
  far_payouts_group_show (self->payouts, self->session);
}

static void
update (FarEarningsPage *self)
{
  FarEarnings *earnings = far_books_get_earnings (far_session_get_books (self->session));
  g_autofree char *clock = NULL;
  g_autofree char *as_of = NULL;

  update_age (self);
  if (earnings == NULL)
    {
      update_absence (self);
      return;
    }
  gtk_stack_set_visible_child_name (self->stack, "content");

  clock = far_format_moment (earnings->as_of_us, far_session_now_us (self->session));
  /* Translators: %s is a time of day */
  as_of = g_strdup_printf (_("As the ledger stood at %s"), clock);
  gtk_label_set_label (self->as_of, as_of);
  set_headline (self->total, earnings->publisher_micros, earnings->currency);
  set_amount (self->pay, earnings->pay_micros, earnings->currency);
  set_amount (self->ad, earnings->ad_micros, earnings->currency);
  set_amount (self->refund, -earnings->refund_micros, earnings->currency);
  set_amount (self->write_off, -earnings->write_off_micros, earnings->currency);
  set_amount (self->estimated, earnings->estimated_micros, earnings->currency);
  set_amount (self->final, earnings->final_micros, earnings->currency);
  set_amount (self->fee, earnings->fee_micros, earnings->currency);
  update_account (self, earnings);
  update_bars (self, earnings);
  update_articles (self, earnings);
}

static void
reread_cb (FarEarningsPage *self)
{
  far_books_refresh (far_session_get_books (self->session));
}

static void
watch (FarEarningsPage *self, gboolean on)
{
  if (self->session == NULL || self->watching == on)
    return;
  self->watching = on;
  far_books_watch (far_session_get_books (self->session), on);
}

static void
release_session (FarEarningsPage *self)
{
  watch (self, FALSE);
  g_signal_handlers_disconnect_by_func (far_session_get_books (self->session), update, self);
  g_signal_handlers_disconnect_by_func (far_session_get_catalog (self->session), update, self);
  g_signal_handlers_disconnect_by_func (self->session, update, self);
  far_ledger_card_set_session (self->ledger, NULL);
  g_clear_object (&self->session);
}

static void
far_earnings_page_session_changed (FarPage *page, FarSession *session)
{
  FarEarningsPage *self = FAR_EARNINGS_PAGE (page);

  if (self->session != NULL)
    release_session (self);
  if (session == NULL)
    return;

  self->session = g_object_ref (session);
  g_signal_connect_swapped (far_session_get_books (session), "changed", G_CALLBACK (update),
                            self);
  g_signal_connect_swapped (far_session_get_catalog (session), "changed", G_CALLBACK (update),
                            self);
  g_signal_connect_swapped (session, "notify::range", G_CALLBACK (update), self);
  far_ledger_card_set_session (self->ledger, session);
  update (self);
  watch (self, gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
far_earnings_page_shown (FarPage *page, gboolean shown)
{
  watch (FAR_EARNINGS_PAGE (page), shown);
}

static void
far_earnings_page_dispose (GObject *object)
{
  FarEarningsPage *self = FAR_EARNINGS_PAGE (object);

  g_object_set (self, "session", NULL, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_EARNINGS_PAGE);

  G_OBJECT_CLASS (far_earnings_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, unreported);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, retry);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, old);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, old_text);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, total);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, as_of);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, span);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, bars);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, pay);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, ad);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, refund);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, write_off);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, disputed_row);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, disputed);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, estimated);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, final);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, fee);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, fee_row);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, articles);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, nothing);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, payouts);
  gtk_widget_class_bind_template_child (widget_class, FarEarningsPage, ledger);
}

static void
far_earnings_page_class_init (FarEarningsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  FarPageClass *page_class = FAR_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_earnings_page_dispose;
  page_class->session_changed = far_earnings_page_session_changed;
  page_class->shown = far_earnings_page_shown;

  g_type_ensure (FAR_TYPE_BAR_CHART);
  g_type_ensure (FAR_TYPE_LEDGER_CARD);
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  g_type_ensure (FAR_TYPE_PAYOUTS_GROUP);
  g_type_ensure (FAR_TYPE_RANGE_PICKER);
  g_type_ensure (FAR_TYPE_SERIES_KEY);
  g_type_ensure (FAR_TYPE_STATE_VIEW);
  g_type_ensure (FAR_TYPE_TITLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/earnings/"
                                               "far-earnings-page.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, article_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, reread_cb);
}

static void
far_earnings_page_init (FarEarningsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
