/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell for libadwaita from 1.4 on: a split view that a breakpoint collapses. */

/* This file alone may use what came with 1.4. */
#undef ADW_VERSION_MAX_ALLOWED
#define ADW_VERSION_MAX_ALLOWED ADW_VERSION_1_4
#include "desktop/shell/far-shell.h"

#include <glib/gi18n.h>

#define FOLD_BELOW "max-width: 640sp"
#define SIDEBAR_WIDTH_SP 240
/* What the window may be made as small as; a breakpoint bin has no minimum of its own. */
#define MIN_WIDTH 360
#define MIN_HEIGHT 294

struct _FarShell
{
  AdwBin parent_instance;

  AdwNavigationSplitView *split;
  GtkWidget              *sidebar;
  GtkWidget              *content;
};

enum { PROP_0, PROP_SIDEBAR, PROP_CONTENT, PROP_FOLDED, PROP_SHOW_CONTENT, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarShell, far_shell, ADW_TYPE_BIN)

static void
notify_collapsed_cb (FarShell *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLDED]);
}

static void
notify_show_content_cb (FarShell *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_CONTENT]);
}

static void
set_sidebar (FarShell *self, GtkWidget *sidebar)
{
  self->sidebar = sidebar;
  adw_navigation_split_view_set_sidebar (self->split,
                                         adw_navigation_page_new (sidebar, _("Pages")));
}

static void
set_content (FarShell *self, GtkWidget *content)
{
  self->content = content;
  adw_navigation_split_view_set_content (self->split,
                                         adw_navigation_page_new (content, _("Content")));
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

  if (self->split != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->split, self);
      self->split = NULL;
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
  GtkWidget *split = adw_navigation_split_view_new ();
  GtkWidget *bin = adw_breakpoint_bin_new ();
  AdwBreakpoint *breakpoint =
    adw_breakpoint_new (adw_breakpoint_condition_parse (FOLD_BELOW));
  GValue collapsed = G_VALUE_INIT;

  self->split = ADW_NAVIGATION_SPLIT_VIEW (split);
  adw_navigation_split_view_set_min_sidebar_width (self->split, SIDEBAR_WIDTH_SP);
  adw_navigation_split_view_set_max_sidebar_width (self->split, SIDEBAR_WIDTH_SP);
  adw_navigation_split_view_set_show_content (self->split, TRUE);
  g_signal_connect_swapped (split, "notify::collapsed", G_CALLBACK (notify_collapsed_cb), self);
  g_signal_connect_swapped (split, "notify::show-content", G_CALLBACK (notify_show_content_cb),
                            self);

  g_value_init (&collapsed, G_TYPE_BOOLEAN);
  g_value_set_boolean (&collapsed, TRUE);
  adw_breakpoint_add_setter (breakpoint, G_OBJECT (split), "collapsed", &collapsed);
  g_value_unset (&collapsed);
  adw_breakpoint_bin_set_child (ADW_BREAKPOINT_BIN (bin), split);
  adw_breakpoint_bin_add_breakpoint (ADW_BREAKPOINT_BIN (bin), breakpoint);
  gtk_widget_set_size_request (bin, MIN_WIDTH, MIN_HEIGHT);
  adw_bin_set_child (ADW_BIN (self), bin);
}

gboolean
far_shell_get_folded (FarShell *self)
{
  g_return_val_if_fail (FAR_IS_SHELL (self), FALSE);

  return self->split != NULL && adw_navigation_split_view_get_collapsed (self->split);
}

gboolean
far_shell_get_show_content (FarShell *self)
{
  g_return_val_if_fail (FAR_IS_SHELL (self), FALSE);

  return self->split != NULL && adw_navigation_split_view_get_show_content (self->split);
}

void
far_shell_set_show_content (FarShell *self, gboolean show_content)
{
  g_return_if_fail (FAR_IS_SHELL (self));
  g_return_if_fail (self->split != NULL);

  adw_navigation_split_view_set_show_content (self->split, show_content);
}
