/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filled once. Named after the article's title, so that a screen reader (and a test) finds it. */
#include "farthing-config.h"

#include "desktop/reader/far-article-card.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/reader/far-remote-picture.h"

struct _FarArticleCard
{
  GtkFlowBoxChild parent_instance;

  FarRemotePicture *picture;
  GtkLabel         *category;
  GtkLabel         *title;
  GtkLabel         *summary;
  GtkLabel         *byline;
  GtkLabel         *price;

  FarArticleItem   *article;
};

G_DEFINE_FINAL_TYPE (FarArticleCard, far_article_card, GTK_TYPE_FLOW_BOX_CHILD)

static void
far_article_card_dispose (GObject *object)
{
  g_clear_object (&FAR_ARTICLE_CARD (object)->article);
  gtk_widget_dispose_template (GTK_WIDGET (object), FAR_TYPE_ARTICLE_CARD);

  G_OBJECT_CLASS (far_article_card_parent_class)->dispose (object);
}

static void
far_article_card_class_init (FarArticleCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_article_card_dispose;

  g_type_ensure (FAR_TYPE_REMOTE_PICTURE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/reader/"
                                               "far-article-card.ui");
  gtk_widget_class_bind_template_child (widget_class, FarArticleCard, picture);
  gtk_widget_class_bind_template_child (widget_class, FarArticleCard, category);
  gtk_widget_class_bind_template_child (widget_class, FarArticleCard, title);
  gtk_widget_class_bind_template_child (widget_class, FarArticleCard, summary);
  gtk_widget_class_bind_template_child (widget_class, FarArticleCard, byline);
  gtk_widget_class_bind_template_child (widget_class, FarArticleCard, price);
}

static void
far_article_card_init (FarArticleCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_article_card_new:
 * @media: (nullable): where its picture comes from
 */
GtkWidget *
far_article_card_new (FarArticleItem *article, FarMediaCache *media)
{
  FarArticleCard *self = g_object_new (FAR_TYPE_ARTICLE_CARD, NULL);
  FarArticleSummary *summary = far_article_item_get_summary (article);
  g_autofree char *price = far_format_money (summary->price_micros, summary->currency);
  g_autofree char *day = far_format_day (summary->date, g_get_real_time ());
  g_autofree char *byline = g_strdup_printf ("%s · %s", summary->author, day);

  self->article = g_object_ref (article);
  gtk_label_set_label (self->category, summary->category);
  gtk_label_set_label (self->title, summary->title);
  gtk_label_set_label (self->summary, summary->summary);
  gtk_label_set_label (self->byline, byline);
  gtk_label_set_label (self->price, price);
  far_remote_picture_load (self->picture, media, summary->picture, summary->picture_alt);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, summary->title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, summary->summary, -1);
  return GTK_WIDGET (self);
}

/* Returns: (transfer none) */
FarArticleItem *
far_article_card_get_article (FarArticleCard *self)
{
  g_return_val_if_fail (FAR_IS_ARTICLE_CARD (self), NULL);

  return self->article;
}
