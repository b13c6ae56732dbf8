/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three places: the list, an article, the tab. Back goes from the tab to where it was opened, and
 * from the article to the list; that is leaving the article. */
#include "farthing-config.h"

#include "desktop/reader/far-reader-page.h"

#include <glib/gi18n.h>

#include "desktop/reader/far-article-list.h"
#include "desktop/reader/far-article-view.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-state-view.h"
#include "desktop/shell/far-title.h"
#include "desktop/wallet/far-tab-view.h"

struct _FarReaderPage
{
  FarPage parent_instance;

  FarTitle       *title;
  GtkWidget      *back;
  GtkWidget      *search_button;
  GtkWidget      *tab_button;
  GtkStack       *stack;
  FarArticleList *list;
  FarArticleView *article;
  FarTabView     *tab;

  char           *behind_tab; /* where the tab was opened from */
};

G_DEFINE_FINAL_TYPE (FarReaderPage, far_reader_page, FAR_TYPE_PAGE)

static gboolean
is_at (FarReaderPage *self, const char *name)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), name) == 0;
}

static void
update_header (FarReaderPage *self)
{
  gboolean folded;

  g_object_get (self, "folded", &folded, NULL);
  gtk_widget_set_visible (self->back, folded || !is_at (self, "list"));
  gtk_widget_set_visible (self->search_button, is_at (self, "list"));
  gtk_widget_set_visible (self->tab_button, !is_at (self, "tab"));
  g_object_set (self->title, "title", is_at (self, "tab") ? _("Your Tab") : _("Reader"), NULL);
}

static void
opened_cb (FarReaderPage *self, FarArticleItem *item)
{
  gtk_stack_set_visible_child_name (self->stack, "article");
  far_article_view_open (self->article, far_article_item_get_summary (item));
  far_tab_view_refresh (self->tab);
}

static void
paid_cb (FarReaderPage *self)
{
  far_tab_view_refresh (self->tab);
}

static void
tab_cb (FarReaderPage *self)
{
  g_free (self->behind_tab);
  self->behind_tab = g_strdup (gtk_stack_get_visible_child_name (self->stack));
  gtk_stack_set_visible_child_name (self->stack, "tab");
}

/* The provider's page is opened from where the reader sees what became of it. */
static void
set_up_cb (FarReaderPage *self)
{
  tab_cb (self);
  far_purse_begin_setup (far_session_get_purse (far_page_get_session (FAR_PAGE (self))));
}

static gboolean
far_reader_page_back (FarPage *page)
{
  FarReaderPage *self = FAR_READER_PAGE (page);

  if (is_at (self, "list"))
    return FALSE;
  if (is_at (self, "tab"))
    {
      gtk_stack_set_visible_child_name (self->stack, self->behind_tab);
      return TRUE;
    }
  gtk_stack_set_visible_child_name (self->stack, "list");
  far_article_view_leave (self->article);
  return TRUE;
}

static gboolean
far_reader_page_search (FarPage *page)
{
  FarReaderPage *self = FAR_READER_PAGE (page);

  if (!is_at (self, "list"))
    return FALSE;
  far_article_list_start_search (self->list);
  return TRUE;
}

static void
far_reader_page_session_changed (FarPage *page, FarSession *session)
{
  FarReaderPage *self = FAR_READER_PAGE (page);

  far_article_list_set_session (self->list, session);
  far_article_view_set_session (self->article, session);
  far_tab_view_set_session (self->tab, session);
}

/* The same reader may have bought something elsewhere. */
static void
far_reader_page_shown (FarPage *page, gboolean shown)
{
  if (shown)
    far_tab_view_refresh (FAR_READER_PAGE (page)->tab);
}

static void
far_reader_page_dispose (GObject *object)
{
  FarReaderPage *self = FAR_READER_PAGE (object);

  g_object_set (self, "session", NULL, NULL);
  g_clear_pointer (&self->behind_tab, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_READER_PAGE);

  G_OBJECT_CLASS (far_reader_page_parent_class)->dispose (object);
}

static void
far_reader_page_class_init (FarReaderPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  FarPageClass *page_class = FAR_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_reader_page_dispose;
  page_class->session_changed = far_reader_page_session_changed;
  page_class->back = far_reader_page_back;
  page_class->shown = far_reader_page_shown;
  page_class->search = far_reader_page_search;

  g_type_ensure (FAR_TYPE_ARTICLE_LIST);
  g_type_ensure (FAR_TYPE_ARTICLE_VIEW);
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  g_type_ensure (FAR_TYPE_STATE_VIEW);
  g_type_ensure (FAR_TYPE_TAB_VIEW);
  g_type_ensure (FAR_TYPE_TITLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/reader/"
                                               "far-reader-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, title);
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, back);
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, search_button);
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, tab_button);
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, list);
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, article);
  gtk_widget_class_bind_template_child (widget_class, FarReaderPage, tab);
  gtk_widget_class_bind_template_callback (widget_class, opened_cb);
  gtk_widget_class_bind_template_callback (widget_class, paid_cb);
  gtk_widget_class_bind_template_callback (widget_class, tab_cb);
  gtk_widget_class_bind_template_callback (widget_class, set_up_cb);
}

static void
far_reader_page_init (FarReaderPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->stack, "notify::visible-child", G_CALLBACK (update_header), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::folded", G_CALLBACK (update_header), NULL);
  update_header (self);
}
