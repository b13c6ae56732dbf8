/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Catalogue → filter (words and category) → cards. A publication has dozens of articles, not
 * thousands, so a flow box holds them all. */
#include "farthing-config.h"

#include "desktop/reader/far-article-list.h"

#include <glib/gi18n.h>

#include "desktop/reader/far-article-card.h"

struct _FarArticleList
{
  AdwBin parent_instance;

  GtkSearchBar       *search_bar;
  GtkEditable        *search_entry;
  GtkStack           *stack;
  AdwStatusPage      *failed;
  GtkBox             *categories;
  GtkFlowBox         *articles;

  FarSession         *session;
  FarCatalog         *catalog;
  gulong              changed_id;
  char               *category; /* NULL: all */
  GtkFilter          *filter;
  GtkFilterListModel *found;
};

enum { PROP_0, PROP_SEARCH_MODE, N_PROPS };
enum { OPENED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarArticleList, far_article_list, ADW_TYPE_BIN)

static gboolean
matches (gpointer item, gpointer user_data)
{
  FarArticleList *self = user_data;
  FarArticleSummary *summary = far_article_item_get_summary (item);
  const char *words = gtk_editable_get_text (self->search_entry);

  if (self->category != NULL && g_strcmp0 (self->category, summary->category) != 0)
    return FALSE;
  return words[0] == '\0' ||
         g_str_match_string (words, summary->title, TRUE) ||
         g_str_match_string (words, summary->author, TRUE) ||
         g_str_match_string (words, summary->summary, TRUE);
}

static void
update_stack (FarArticleList *self)
{
  GListModel *all = self->catalog != NULL ? far_catalog_get_articles (self->catalog) : NULL;
  FarCatalogState state = self->catalog != NULL ? far_catalog_get_state (self->catalog)
                                                : FAR_CATALOG_LOADING;
  const char *message = self->catalog != NULL ? far_catalog_get_message (self->catalog) : NULL;
  g_autofree char *escaped = message != NULL ? g_markup_escape_text (message, -1) : NULL;
  const char *name = "articles";

  adw_status_page_set_description (self->failed, escaped);
  if (all == NULL || g_list_model_get_n_items (all) == 0)
    {
      if (state == FAR_CATALOG_LOADING)
        name = "loading";
      else
        name = state == FAR_CATALOG_FAILED ? "failed" : "empty";
    }
  else if (g_list_model_get_n_items (G_LIST_MODEL (self->found)) == 0)
    name = "nothing-found";
  gtk_stack_set_visible_child_name (self->stack, name);
}

static void
refilter_cb (FarArticleList *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_stack (self);
}

/* Enter opens the first of what was found. */
static void
search_activated_cb (FarArticleList *self)
{
  g_autoptr (FarArticleItem) first = NULL;

  refilter_cb (self);
  first = g_list_model_get_item (G_LIST_MODEL (self->found), 0);
  if (first != NULL)
    g_signal_emit (self, signals[OPENED], 0, first);
}

static void
retry_cb (FarArticleList *self)
{
  FarMarketClient *market = self->session != NULL ? far_session_get_market (self->session) : NULL;

  if (market != NULL)
    far_catalog_load (self->catalog, market);
}

static void
child_activated_cb (FarArticleList *self, GtkFlowBoxChild *child)
{
  g_signal_emit (self, signals[OPENED], 0,
                 far_article_card_get_article (FAR_ARTICLE_CARD (child)));
}

static void
category_toggled_cb (FarArticleList *self, GtkToggleButton *button)
{
  if (!gtk_toggle_button_get_active (button))
    return;
  g_free (self->category);
  self->category = g_strdup (g_object_get_data (G_OBJECT (button), "category"));
  refilter_cb (self);
}

static GtkToggleButton *
add_category (FarArticleList *self, const char *category, GtkToggleButton *group)
{
  GtkWidget *button = gtk_toggle_button_new_with_label (category != NULL ? category : _("All"));

  gtk_widget_add_css_class (button, "category-chip");
  gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), group);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button),
                                g_strcmp0 (category, self->category) == 0);
  g_object_set_data_full (G_OBJECT (button), "category", g_strdup (category), g_free);
  g_signal_connect_object (button, "toggled", G_CALLBACK (category_toggled_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_box_append (self->categories, button);
  return GTK_TOGGLE_BUTTON (button);
}

static void
update_categories (FarArticleList *self)
{
  GPtrArray *categories = far_catalog_get_categories (self->catalog);
  GtkToggleButton *group;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->categories))) != NULL)
    gtk_box_remove (self->categories, child);
  if (self->category != NULL &&
      !g_ptr_array_find_with_equal_func (categories, self->category, g_str_equal, NULL))
    g_clear_pointer (&self->category, g_free);

  group = add_category (self, NULL, NULL);
  for (guint i = 0; i < categories->len; i++)
    add_category (self, g_ptr_array_index (categories, i), group);
}

static GtkWidget *
create_card (gpointer item, gpointer user_data)
{
  FarArticleList *self = user_data;

  return far_article_card_new (item, self->session != NULL
                                     ? far_session_get_media (self->session) : NULL);
}

static void
catalog_changed_cb (FarArticleList *self)
{
  update_categories (self);
  update_stack (self);
}

static void
far_article_list_dispose (GObject *object)
{
  FarArticleList *self = FAR_ARTICLE_LIST (object);

  if (self->articles != NULL)
    far_article_list_set_session (self, NULL);
  g_clear_object (&self->filter);
  g_clear_pointer (&self->category, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_ARTICLE_LIST);

  G_OBJECT_CLASS (far_article_list_parent_class)->dispose (object);
}

static void
far_article_list_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarArticleList *self = FAR_ARTICLE_LIST (object);

  switch (prop_id)
    {
    case PROP_SEARCH_MODE:
      g_value_set_boolean (value, gtk_search_bar_get_search_mode (self->search_bar));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_article_list_set_property (GObject *object, guint prop_id, const GValue *value,
                               GParamSpec *pspec)
{
  FarArticleList *self = FAR_ARTICLE_LIST (object);

  switch (prop_id)
    {
    case PROP_SEARCH_MODE:
      gtk_search_bar_set_search_mode (self->search_bar, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
notify_search_mode_cb (FarArticleList *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEARCH_MODE]);
}

static void
far_article_list_class_init (FarArticleListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_article_list_dispose;
  object_class->get_property = far_article_list_get_property;
  object_class->set_property = far_article_list_set_property;

  properties[PROP_SEARCH_MODE] =
    g_param_spec_boolean ("search-mode", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[OPENED] =
    g_signal_new ("opened", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 1, FAR_TYPE_ARTICLE_ITEM);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/reader/"
                                               "far-article-list.ui");
  gtk_widget_class_bind_template_child (widget_class, FarArticleList, search_bar);
  gtk_widget_class_bind_template_child (widget_class, FarArticleList, search_entry);
  gtk_widget_class_bind_template_child (widget_class, FarArticleList, stack);
  gtk_widget_class_bind_template_child (widget_class, FarArticleList, failed);
  gtk_widget_class_bind_template_child (widget_class, FarArticleList, categories);
  gtk_widget_class_bind_template_child (widget_class, FarArticleList, articles);
  gtk_widget_class_bind_template_callback (widget_class, refilter_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, retry_cb);
  gtk_widget_class_bind_template_callback (widget_class, child_activated_cb);
}

static void
far_article_list_init (FarArticleList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
  g_signal_connect_object (self->search_bar, "notify::search-mode-enabled",
                           G_CALLBACK (notify_search_mode_cb), self, G_CONNECT_SWAPPED);
}

/**
 * far_article_list_set_session:
 * @session: (nullable): whose articles are listed
 */
void
far_article_list_set_session (FarArticleList *self, FarSession *session)
{
  g_return_if_fail (FAR_IS_ARTICLE_LIST (self));

  if (self->session == session)
    return;
  if (self->catalog != NULL)
    {
      g_clear_signal_handler (&self->changed_id, self->catalog);
      gtk_flow_box_bind_model (self->articles, NULL, NULL, NULL, NULL);
      g_clear_object (&self->found);
      g_clear_object (&self->catalog);
    }
  g_set_object (&self->session, session);
  if (session == NULL)
    return;

  self->catalog = g_object_ref (far_session_get_catalog (session));
  self->found =
    gtk_filter_list_model_new (g_object_ref (far_catalog_get_articles (self->catalog)),
                               g_object_ref (self->filter));
  gtk_flow_box_bind_model (self->articles, G_LIST_MODEL (self->found), create_card, self, NULL);
  self->changed_id = g_signal_connect_swapped (self->catalog, "changed",
                                               G_CALLBACK (catalog_changed_cb), self);
  catalog_changed_cb (self);
}

void
far_article_list_start_search (FarArticleList *self)
{
  g_return_if_fail (FAR_IS_ARTICLE_LIST (self));

  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}
