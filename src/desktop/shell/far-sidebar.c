/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row for each page of the stack, made once; the rows follow the stack's selection and move
 * it. */
#include "farthing-config.h"

#include "desktop/shell/far-sidebar.h"

#include <glib/gi18n.h>

#include "desktop/deployments/far-deployment-switcher.h"
#include "desktop/far-session.h"
#include "desktop/shell/far-icon.h"
#include "desktop/shell/far-page.h"

struct _FarSidebar
{
  AdwBin parent_instance;

  GtkListBox        *list;

  GtkSelectionModel *pages;
  gulong             selection_id;
  gboolean           folded;
  FarSession        *session;
};

enum { PROP_0, PROP_PAGES, PROP_FOLDED, PROP_SESSION, N_PROPS };
enum { ACTIVATED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarSidebar, far_sidebar, ADW_TYPE_BIN)

static void
row_activated_cb (FarSidebar *self, GtkListBoxRow *row)
{
  gtk_selection_model_select_item (self->pages, (guint) gtk_list_box_row_get_index (row), TRUE);
  g_signal_emit (self, signals[ACTIVATED], 0);
}

static void
selection_changed_cb (FarSidebar *self)
{
  guint n_pages = g_list_model_get_n_items (G_LIST_MODEL (self->pages));

  for (guint i = 0; i < n_pages; i++)
    if (gtk_selection_model_is_selected (self->pages, i))
      gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, (int) i));
}

/* What the row is called says what the badge shows. */
static void
badge_changed_cb (GtkListBoxRow *row, GParamSpec *pspec, FarPage *page)
{
  GtkWidget *badge = gtk_widget_get_last_child (gtk_list_box_row_get_child (row));
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;
  guint n;

  g_object_get (page, "badge", &n, NULL);
  text = g_strdup_printf ("%u", n);
  gtk_label_set_label (GTK_LABEL (badge), text);
  gtk_widget_set_visible (badge, n > 0);
  /* Translators: a page of the app, and how many alarms on it are raised */
  name = n > 0 ? g_strdup_printf (g_dngettext (NULL, "%s, %u raised", "%s, %u raised", n),
                                  far_page_get_title (page), n)
               : g_strdup (far_page_get_title (page));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
add_badge (GtkWidget *row, GtkWidget *box, FarPage *page)
{
  GtkWidget *badge = gtk_label_new (NULL);

  gtk_widget_add_css_class (badge, "count-badge");
  gtk_widget_add_css_class (badge, "numeric");
  gtk_widget_set_hexpand (badge, TRUE);
  gtk_widget_set_halign (badge, GTK_ALIGN_END);
  gtk_widget_set_valign (badge, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), badge);
  g_signal_connect_object (page, "notify::badge", G_CALLBACK (badge_changed_cb), row,
                           G_CONNECT_SWAPPED);
  badge_changed_cb (GTK_LIST_BOX_ROW (row), NULL, page);
}

static GtkWidget *
create_row (GtkStackPage *page)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon = far_icon_new (NULL);
  GtkWidget *label = gtk_label_new (NULL);
  GtkWidget *row = gtk_list_box_row_new ();

  g_object_bind_property (page, "icon-name", icon, "icon-name", G_BINDING_SYNC_CREATE);
  g_object_bind_property (page, "title", label, "label", G_BINDING_SYNC_CREATE);
  g_object_bind_property (page, "visible", row, "visible", G_BINDING_SYNC_CREATE);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_stack_page_get_title (page), -1);
  if (FAR_IS_PAGE (gtk_stack_page_get_child (page)))
    add_badge (row, box, FAR_PAGE (gtk_stack_page_get_child (page)));
  return row;
}

static void
set_pages (FarSidebar *self, GtkSelectionModel *pages)
{
  if (self->pages != NULL)
    g_clear_signal_handler (&self->selection_id, self->pages);
  if (!g_set_object (&self->pages, pages) || pages == NULL)
    return;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (pages)); i++)
    {
      g_autoptr (GObject) page = g_list_model_get_item (G_LIST_MODEL (pages), i);

      gtk_list_box_append (self->list, create_row (GTK_STACK_PAGE (page)));
    }
  self->selection_id = g_signal_connect_swapped (pages, "selection-changed",
                                                 G_CALLBACK (selection_changed_cb), self);
  selection_changed_cb (self);
}

/* On the page that is chosen, so that the arrow keys lead to its neighbours. */
static gboolean
far_sidebar_grab_focus (GtkWidget *widget)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (FAR_SIDEBAR (widget)->list);

  return row != NULL && gtk_widget_grab_focus (GTK_WIDGET (row));
}

static void
far_sidebar_dispose (GObject *object)
{
  FarSidebar *self = FAR_SIDEBAR (object);

  set_pages (self, NULL);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_SIDEBAR);

  G_OBJECT_CLASS (far_sidebar_parent_class)->dispose (object);
}

static void
far_sidebar_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarSidebar *self = FAR_SIDEBAR (object);

  switch (prop_id)
    {
    case PROP_PAGES:
      g_value_set_object (value, self->pages);
      break;
    case PROP_SESSION:
      g_value_set_object (value, self->session);
      break;
    case PROP_FOLDED:
      g_value_set_boolean (value, self->folded);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_sidebar_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  FarSidebar *self = FAR_SIDEBAR (object);

  switch (prop_id)
    {
    case PROP_PAGES:
      set_pages (self, g_value_get_object (value));
      break;
    case PROP_SESSION:
      g_set_object (&self->session, g_value_get_object (value));
      break;
    case PROP_FOLDED:
      self->folded = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_sidebar_class_init (FarSidebarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_sidebar_dispose;
  object_class->get_property = far_sidebar_get_property;
  object_class->set_property = far_sidebar_set_property;
  widget_class->grab_focus = far_sidebar_grab_focus;

  properties[PROP_PAGES] =
    g_param_spec_object ("pages", NULL, NULL, GTK_TYPE_SELECTION_MODEL,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FOLDED] =
    g_param_spec_boolean ("folded", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SESSION] =
    g_param_spec_object ("session", NULL, NULL, FAR_TYPE_SESSION,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[ACTIVATED] =
    g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (FAR_TYPE_DEPLOYMENT_SWITCHER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/shell/"
                                               "far-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, FarSidebar, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
far_sidebar_init (FarSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
