/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The age is written anew once a second while the title is on screen, and whenever the deployment's
 * state changes. An icon and a word say live or not; colour only agrees with them. "compact"
 * leaves the deployment's name to the tooltip. */
#include "farthing-config.h"

#include "desktop/shell/far-title.h"

#include <glib/gi18n.h>

#include "desktop/model/far-deployment.h"

#define SPACING 6
/* Every pixel counts at 360 of them, with the window's own three buttons in the same bar. */
#define COMPACT_SPACING 2

struct _FarTitle
{
  AdwBin parent_instance;

  GtkWidget     *status;
  GtkImage      *icon;
  GtkLabel      *name;
  GtkLabel      *age;

  char          *title;
  FarDeployment *deployment;
  gboolean       compact;
  gulong         notify_id;
  guint          tick_id;
};

enum { PROP_0, PROP_TITLE, PROP_DEPLOYMENT, PROP_COMPACT, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarTitle, far_title, ADW_TYPE_BIN)

static void
set_css_class (GtkWidget *widget, const char *css_class, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, css_class);
  else
    gtk_widget_remove_css_class (widget, css_class);
}

static void
update (FarTitle *self)
{
  g_autofree char *age = NULL;
  g_autofree char *tooltip = NULL;
  const char *name;
  const char *source;
  gboolean live;
  gint64 now_us = g_get_monotonic_time ();

  gtk_widget_set_visible (self->status, self->deployment != NULL);
  if (self->deployment == NULL)
    return;

  name = far_deployment_get_title (self->deployment);
  source = far_deployment_get_source (self->deployment);
  age = far_deployment_describe_age (self->deployment, now_us);
  live = far_deployment_is_current (self->deployment, now_us);

  gtk_label_set_label (self->name, name != NULL ? name : "");
  gtk_widget_set_visible (GTK_WIDGET (self->name), name != NULL && !self->compact);
  gtk_box_set_spacing (GTK_BOX (self->status), self->compact ? COMPACT_SPACING : SPACING);
  gtk_label_set_label (self->age, age);
  gtk_image_set_from_icon_name (self->icon, live ? "far-live-symbolic" : "far-offline-symbolic");
  set_css_class (GTK_WIDGET (self->icon), "success", live);
  set_css_class (GTK_WIDGET (self->icon), "warning", !live);

  if (name != NULL && source != NULL)
    /* Translators: the deployment's name, where its figures come from, and their age */
    tooltip = g_strdup_printf (_("%s, from %s: %s"), name, source, age);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->status), tooltip);
}

static gboolean
tick_cb (gpointer user_data)
{
  update (user_data);
  return G_SOURCE_CONTINUE;
}

static void
far_title_map (GtkWidget *widget)
{
  FarTitle *self = FAR_TITLE (widget);

  GTK_WIDGET_CLASS (far_title_parent_class)->map (widget);
  update (self);
  self->tick_id = g_timeout_add_seconds (1, tick_cb, self);
}

static void
far_title_unmap (GtkWidget *widget)
{
  FarTitle *self = FAR_TITLE (widget);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  GTK_WIDGET_CLASS (far_title_parent_class)->unmap (widget);
}

static void
set_deployment (FarTitle *self, FarDeployment *deployment)
{
  if (self->deployment != NULL)
    g_clear_signal_handler (&self->notify_id, self->deployment);
  g_set_object (&self->deployment, deployment);
  if (deployment != NULL)
    self->notify_id = g_signal_connect_swapped (deployment, "notify", G_CALLBACK (update), self);
}

static void
far_title_dispose (GObject *object)
{
  FarTitle *self = FAR_TITLE (object);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  set_deployment (self, NULL);
  g_clear_pointer (&self->title, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_TITLE);

  G_OBJECT_CLASS (far_title_parent_class)->dispose (object);
}

static void
far_title_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarTitle *self = FAR_TITLE (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_DEPLOYMENT:
      g_value_set_object (value, self->deployment);
      break;
    case PROP_COMPACT:
      g_value_set_boolean (value, self->compact);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_title_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  FarTitle *self = FAR_TITLE (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_free (self->title);
      self->title = g_value_dup_string (value);
      break;
    case PROP_DEPLOYMENT:
      set_deployment (self, g_value_get_object (value));
      update (self);
      break;
    case PROP_COMPACT:
      self->compact = g_value_get_boolean (value);
      update (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_title_class_init (FarTitleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_title_dispose;
  object_class->get_property = far_title_get_property;
  object_class->set_property = far_title_set_property;
  widget_class->map = far_title_map;
  widget_class->unmap = far_title_unmap;

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_DEPLOYMENT] =
    g_param_spec_object ("deployment", NULL, NULL, FAR_TYPE_DEPLOYMENT,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_COMPACT] =
    g_param_spec_boolean ("compact", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/shell/far-title.ui");
  gtk_widget_class_bind_template_child (widget_class, FarTitle, status);
  gtk_widget_class_bind_template_child (widget_class, FarTitle, icon);
  gtk_widget_class_bind_template_child (widget_class, FarTitle, name);
  gtk_widget_class_bind_template_child (widget_class, FarTitle, age);
}

static void
far_title_init (FarTitle *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
