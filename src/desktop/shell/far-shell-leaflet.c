/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell for libadwaita before 1.4: a leaflet that slides. */
#include "desktop/shell/far-shell.h"

struct _FarShell
{
  AdwBin parent_instance;

  AdwLeaflet *leaflet;
  GtkWidget  *separator;
  GtkWidget  *sidebar;
  GtkWidget  *content;
};

enum { PROP_0, PROP_SIDEBAR, PROP_CONTENT, PROP_FOLDED, PROP_SHOW_CONTENT, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarShell, far_shell, ADW_TYPE_BIN)

static void
notify_folded_cb (FarShell *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLDED]);
}

static void
notify_visible_child_cb (FarShell *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_CONTENT]);
}

static void
set_sidebar (FarShell *self, GtkWidget *sidebar)
{
  g_return_if_fail (self->sidebar == NULL);

  self->sidebar = sidebar;
  gtk_widget_set_hexpand (sidebar, FALSE);
  adw_leaflet_prepend (self->leaflet, sidebar);
}

static void
set_content (FarShell *self, GtkWidget *content)
{
  g_return_if_fail (self->content == NULL);

  self->content = content;
  gtk_widget_set_hexpand (content, TRUE);
  adw_leaflet_append (self->leaflet, content);
  adw_leaflet_set_visible_child (self->leaflet, content);
}

static void
far_shell_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarShell *self = FAR_SHELL (object);

  switch (prop_id)
    {
    case PROP_SIDEBAR:
      g_value_set_object (value, self->sidebar);
      break;
    case PROP_CONTENT:
      g_value_set_object (value, self->content);
      break;
    case PROP_FOLDED:
      g_value_set_boolean (value, far_shell_get_folded (self));
      break;
    case PROP_SHOW_CONTENT:
      g_value_set_boolean (value, far_shell_get_show_content (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_shell_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  FarShell *self = FAR_SHELL (object);

  switch (prop_id)
    {
    case PROP_SIDEBAR:
      set_sidebar (self, g_value_get_object (value));
      break;
    case PROP_CONTENT:
      set_content (self, g_value_get_object (value));
      break;
    case PROP_SHOW_CONTENT:
      far_shell_set_show_content (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_shell_dispose (GObject *object)
{
  FarShell *self = FAR_SHELL (object);

  if (self->leaflet != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->leaflet, self);
      self->leaflet = NULL;
      self->sidebar = NULL;
      self->content = NULL;
    }

  G_OBJECT_CLASS (far_shell_parent_class)->dispose (object);
}

static void
far_shell_class_init (FarShellClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = far_shell_dispose;
  object_class->get_property = far_shell_get_property;
  object_class->set_property = far_shell_set_property;

  properties[PROP_SIDEBAR] =
    g_param_spec_object ("sidebar", NULL, NULL, GTK_TYPE_WIDGET,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CONTENT] =
    g_param_spec_object ("content", NULL, NULL, GTK_TYPE_WIDGET,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FOLDED] =
    g_param_spec_boolean ("folded", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SHOW_CONTENT] =
    g_param_spec_boolean ("show-content", NULL, NULL, TRUE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
far_shell_init (FarShell *self)
{
  GtkWidget *leaflet = adw_leaflet_new ();
  GtkWidget *separator = gtk_separator_new (GTK_ORIENTATION_VERTICAL);

  self->leaflet = ADW_LEAFLET (leaflet);
  adw_leaflet_set_fold_threshold_policy (self->leaflet, ADW_FOLD_THRESHOLD_POLICY_MINIMUM);
  adw_leaflet_set_can_navigate_back (self->leaflet, TRUE);
  adw_leaflet_page_set_navigatable (adw_leaflet_append (self->leaflet, separator), FALSE);
  g_signal_connect_swapped (leaflet, "notify::folded", G_CALLBACK (notify_folded_cb), self);
  g_signal_connect_swapped (leaflet, "notify::visible-child",
                            G_CALLBACK (notify_visible_child_cb), self);
  adw_bin_set_child (ADW_BIN (self), leaflet);
}

/* Returns: whether only one of sidebar and content is shown */
gboolean
far_shell_get_folded (FarShell *self)
{
  g_return_val_if_fail (FAR_IS_SHELL (self), FALSE);

  return self->leaflet != NULL && adw_leaflet_get_folded (self->leaflet);
}

gboolean
far_shell_get_show_content (FarShell *self)
{
  g_return_val_if_fail (FAR_IS_SHELL (self), FALSE);

  return self->leaflet != NULL && adw_leaflet_get_visible_child (self->leaflet) == self->content;
}

/**
 * far_shell_set_show_content:
 * @show_content: TRUE for the content, FALSE for the sidebar; only seen while folded
 */
void
far_shell_set_show_content (FarShell *self, gboolean show_content)
{
  g_return_if_fail (FAR_IS_SHELL (self));
  g_return_if_fail (self->sidebar != NULL && self->content != NULL);

  adw_leaflet_set_visible_child (self->leaflet, show_content ? self->content : self->sidebar);
}
