/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client has already turned the text into markup that is safe to set (FarBlock.markup). */
#include "desktop/reader/far-article-body.h"

#include "desktop/reader/far-remote-picture.h"

#define SPACING 14
#define LIST_INDENT 12
#define LEVEL_OF_SECTION 2

struct _FarArticleBody
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (FarArticleBody, far_article_body, GTK_TYPE_WIDGET)

static GtkWidget *
create_text (const FarBlock *block)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_markup (GTK_LABEL (label), block->markup);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (label), GTK_NATURAL_WRAP_NONE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  /* Selectable, but a reader who walks with Tab goes to what can be chosen. */
  gtk_widget_set_focusable (label, FALSE);
  return label;
}

static GtkWidget *
create_list_item (const FarBlock *block)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, LIST_INDENT);
  GtkWidget *bullet = gtk_label_new ("•");
  GtkWidget *text = create_text (block);

  gtk_widget_add_css_class (text, "article-text");
  gtk_widget_set_valign (bullet, GTK_ALIGN_START);
  gtk_widget_set_margin_start (bullet, LIST_INDENT);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_box_append (GTK_BOX (box), bullet);
  gtk_box_append (GTK_BOX (box), text);
  return box;
}

static GtkWidget *
create_picture (const FarBlock *block, FarMediaCache *media)
{
  GtkWidget *picture = g_object_new (FAR_TYPE_REMOTE_PICTURE, NULL);

  gtk_widget_add_css_class (picture, "rounded");
  far_remote_picture_load (FAR_REMOTE_PICTURE (picture), media, block->picture, block->text);
  return picture;
}

static GtkWidget *
create_block (const FarBlock *block, FarMediaCache *media)
{
  GtkWidget *widget;

  switch (block->kind)
    {
    case FAR_BLOCK_HEADING:
      widget = create_text (block);
      gtk_widget_add_css_class (widget, block->level <= LEVEL_OF_SECTION ? "title-2" : "title-4");
      gtk_widget_add_css_class (widget, "article-heading");
      return widget;
    case FAR_BLOCK_QUOTE:
      widget = create_text (block);
      gtk_widget_add_css_class (widget, "article-text");
      gtk_widget_add_css_class (widget, "article-quote");
      return widget;
    case FAR_BLOCK_LIST_ITEM:
      return create_list_item (block);
    case FAR_BLOCK_PICTURE:
      return create_picture (block, media);
    case FAR_BLOCK_RULE:
      return gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
    case FAR_BLOCK_PARAGRAPH:
    default:
      widget = create_text (block);
      gtk_widget_add_css_class (widget, "article-text");
      return widget;
    }
}

static void
remove_children (FarArticleBody *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
}

static void
far_article_body_dispose (GObject *object)
{
  remove_children (FAR_ARTICLE_BODY (object));

  G_OBJECT_CLASS (far_article_body_parent_class)->dispose (object);
}

static void
far_article_body_class_init (FarArticleBodyClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_article_body_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "articlebody");
}

static void
far_article_body_init (FarArticleBody *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), SPACING);
}

/**
 * far_article_body_set_blocks:
 * @blocks: (nullable) (element-type FarBlock): replace what is shown
 * @media: (nullable): where pictures come from
 */
void
far_article_body_set_blocks (FarArticleBody *self, GPtrArray *blocks, FarMediaCache *media)
{
  g_return_if_fail (FAR_IS_ARTICLE_BODY (self));

  remove_children (self);
  if (blocks == NULL)
    return;
  for (guint i = 0; i < MIN (blocks->len, FAR_ARTICLE_BLOCKS_MAX); i++)
    gtk_widget_set_parent (create_block (g_ptr_array_index (blocks, i), media),
                           GTK_WIDGET (self));
}
