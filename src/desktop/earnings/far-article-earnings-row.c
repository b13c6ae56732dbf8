/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New figures are put into the row that is there, so that it keeps focus and press. */
#include "farthing-config.h"

#include "desktop/earnings/far-article-earnings-row.h"

#include <glib/gi18n.h>

#include "desktop/charts/far-share-bar.h"
#include "desktop/far-format.h"

struct _FarArticleEarningsRow
{
  GtkListBoxRow parent_instance;

  GtkLabel    *title;
  GtkLabel    *total;
  FarShareBar *bar;
  GtkLabel    *detail;
  char        *article;
};

G_DEFINE_FINAL_TYPE (FarArticleEarningsRow, far_article_earnings_row, GTK_TYPE_LIST_BOX_ROW)

static void
far_article_earnings_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), FAR_TYPE_ARTICLE_EARNINGS_ROW);

  G_OBJECT_CLASS (far_article_earnings_row_parent_class)->dispose (object);
}

static void
far_article_earnings_row_finalize (GObject *object)
{
  g_free (FAR_ARTICLE_EARNINGS_ROW (object)->article);

  G_OBJECT_CLASS (far_article_earnings_row_parent_class)->finalize (object);
}

static void
far_article_earnings_row_class_init (FarArticleEarningsRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_article_earnings_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = far_article_earnings_row_finalize;

  g_type_ensure (FAR_TYPE_SHARE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/earnings/"
                                               "far-article-earnings-row.ui");
  gtk_widget_class_bind_template_child (widget_class, FarArticleEarningsRow, title);
  gtk_widget_class_bind_template_child (widget_class, FarArticleEarningsRow, total);
  gtk_widget_class_bind_template_child (widget_class, FarArticleEarningsRow, bar);
  gtk_widget_class_bind_template_child (widget_class, FarArticleEarningsRow, detail);
}

static void
far_article_earnings_row_init (FarArticleEarningsRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static char *
describe (const FarEarningsRow *earnings, const char *currency)
{
  g_autofree char *pay = far_format_money (earnings->pay_micros, currency);
  g_autofree char *ad = far_format_money (earnings->ad_micros, currency);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, g_dngettext (NULL, "%s from %d payment", "%s from %d payments",
                                             (gulong) earnings->pledges),
                          pay, (int) earnings->pledges);
  g_string_append (text, " · ");
  g_string_append_printf (text, g_dngettext (NULL, "%s from %d ad", "%s from %d ads",
                                             (gulong) earnings->views),
                          ad, (int) earnings->views);
  if (earnings->refund_micros > 0)
    {
      g_autofree char *refund = far_format_money (earnings->refund_micros, currency);

      g_string_append (text, " · ");
      /* Translators: an amount of money */
      g_string_append_printf (text, _("%s given back"), refund);
    }
  return g_string_free (text, FALSE);
}

GtkWidget *
far_article_earnings_row_new (void)
{
  return g_object_new (FAR_TYPE_ARTICLE_EARNINGS_ROW, NULL);
}

/**
 * far_article_earnings_row_show:
 * @title: the article's title, or its id where the title is not known
 * @longest_micros: what the whole width of the bar stands for
 */
void
far_article_earnings_row_show (FarArticleEarningsRow *self, const FarEarningsRow *earnings,
                               const char *title, const char *currency, gint64 longest_micros)
{
  gint64 total_micros = earnings->pay_micros + earnings->ad_micros - earnings->refund_micros;
  g_autofree char *total = far_format_money (total_micros, currency);
  g_autofree char *detail = describe (earnings, currency);
  g_autofree char *name = g_strdup_printf ("%s: %s, %s", title, total, detail);

  g_return_if_fail (FAR_IS_ARTICLE_EARNINGS_ROW (self));

  g_free (self->article);
  self->article = g_strdup (earnings->label);
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->total, total);
  gtk_label_set_label (self->detail, detail);
  far_share_bar_set_shares (self->bar, earnings->pay_micros, earnings->ad_micros,
                            longest_micros);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* Returns: the article's id */
const char *
far_article_earnings_row_get_article (FarArticleEarningsRow *self)
{
  g_return_val_if_fail (FAR_IS_ARTICLE_EARNINGS_ROW (self), NULL);

  return self->article;
}
