/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of the shell that is the same on every libadwaita: its properties. The frame below it
 * owns sidebar and content. */
#include "desktop/shell/far-shell.h"

#include "desktop/shell/far-shell-frame.h"

struct _FarShell
{
  AdwBin parent_instance;

  GtkWidget *frame;
  GtkWidget *sidebar;
  GtkWidget *content;
};

enum { PROP_0, PROP_SIDEBAR, PROP_CONTENT, PROP_FOLDED, PROP_SHOW_CONTENT, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarShell, far_shell, ADW_TYPE_BIN)

/* A frame speaks up while it is taken apart, too, when there is no shell to speak for. */
static void
folded_changed (gpointer shell)
{
  if (FAR_SHELL (shell)->frame != NULL)
    g_object_notify_by_pspec (G_OBJECT (shell), properties[PROP_FOLDED]);
}

static void
show_content_changed (gpointer shell)
{
  if (FAR_SHELL (shell)->frame != NULL)
    g_object_notify_by_pspec (G_OBJECT (shell), properties[PROP_SHOW_CONTENT]);
}

static void
set_sidebar (FarShell *self, GtkWidget *sidebar)
{
  g_return_if_fail (self->sidebar == NULL);

  self->sidebar = sidebar;
  far_shell_frame_set_sidebar (self->frame, sidebar);
}

static void
set_content (FarShell *self, GtkWidget *content)
{
  g_return_if_fail (self->content == NULL);

  self->content = content;
  far_shell_frame_set_content (self->frame, content);
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

  self->frame = NULL;
  self->sidebar = NULL;
  self->content = NULL;

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
  self->frame = far_shell_frame_new (folded_changed, show_content_changed, self);
  adw_bin_set_child (ADW_BIN (self), self->frame);
}

/* Returns: whether only one of sidebar and content is shown */
gboolean
far_shell_get_folded (FarShell *self)
{
  g_return_val_if_fail (FAR_IS_SHELL (self), FALSE);

  return self->frame != NULL && far_shell_frame_get_folded (self->frame);
}

gboolean
far_shell_get_show_content (FarShell *self)
{
  g_return_val_if_fail (FAR_IS_SHELL (self), FALSE);

  return self->frame != NULL && far_shell_frame_get_show_content (self->frame);
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

  far_shell_frame_set_show_content (self->frame, show_content);
}
