/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting and failed hide the content. When the connection is lost the content stays, dimmed,
 * below a banner with the time it is from. A deployment that is only watched, and does not answer,
 * has its name and its reason there; the platform asks it again by itself. An alarm about a ledger
 * stands above everything. */
#include "farthing-config.h"

#include "desktop/shell/far-state-view.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/model/far-deployment.h"

struct _FarStateView
{
  AdwBin parent_instance;

  GtkStack      *stack;
  AdwStatusPage *starting;
  GtkSpinner    *spinner;
  AdwStatusPage *failed;
  GtkRevealer   *alarm;
  GtkLabel      *alarm_label;
  GtkRevealer   *banner;
  GtkLabel      *banner_label;
  GtkWidget     *reconnect;
  AdwBin        *holder;

  FarDeployment *deployment;
  gulong         notify_id;
  gulong         message_id;
  gulong         alarm_id;
};

enum { PROP_0, PROP_DEPLOYMENT, PROP_CONTENT, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarStateView, far_state_view, ADW_TYPE_BIN)

static void
show_lost (FarStateView *self)
{
  const char *message = far_deployment_get_message (self->deployment);
  const char *name = far_deployment_get_title (self->deployment);
  gint64 time_us = far_deployment_get_sample_time (self->deployment);
  g_autofree char *clock = far_format_moment (time_us, g_get_real_time ());
  g_autoptr (GString) text = g_string_new (NULL);

  if (message != NULL)
    /* Translators: the name of a deployment, and why it does not answer */
    g_string_append_printf (text, _("%s cannot be watched: %s"), name != NULL ? name : "", message);
  else
    g_string_append (text, _("The platform does not answer."));
  if (time_us > 0)
    {
      g_string_append_c (text, ' ');
      /* Translators: %s is a time, of today or of another day */
      g_string_append_printf (text, _("What you see is from %s."), clock);
    }
  gtk_label_set_label (self->banner_label, text->str);
  gtk_widget_set_visible (self->reconnect, message == NULL);
}

static void
set_description (AdwStatusPage *page, const char *message)
{
  g_autofree char *escaped = message != NULL ? g_markup_escape_text (message, -1) : NULL;

  adw_status_page_set_description (page, escaped);
}

static void
update (FarStateView *self)
{
  FarDeploymentState state = FAR_DEPLOYMENT_STARTING;
  gboolean lost;

  if (self->deployment != NULL)
    {
      state = far_deployment_get_state (self->deployment);
      set_description (self->starting, far_deployment_get_message (self->deployment));
      set_description (self->failed, far_deployment_get_message (self->deployment));
    }

  lost = state == FAR_DEPLOYMENT_LOST;
  if (lost)
    show_lost (self);
  gtk_revealer_set_reveal_child (self->banner, lost);
  if (lost)
    gtk_widget_add_css_class (GTK_WIDGET (self->holder), "stale");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->holder), "stale");

  gtk_spinner_set_spinning (self->spinner, state == FAR_DEPLOYMENT_STARTING);
  if (state == FAR_DEPLOYMENT_STARTING)
    gtk_stack_set_visible_child_name (self->stack, "starting");
  else if (state == FAR_DEPLOYMENT_FAILED)
    gtk_stack_set_visible_child_name (self->stack, "failed");
  else
    gtk_stack_set_visible_child_name (self->stack, "content");
}

static void
update_alarm (FarStateView *self)
{
  const char *alarm = self->deployment != NULL ? far_deployment_get_alarm (self->deployment)
                                               : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->alarm), alarm != NULL);
  gtk_revealer_set_reveal_child (self->alarm, alarm != NULL);
  if (alarm != NULL)
    gtk_label_set_label (self->alarm_label, alarm);
}

static void
set_deployment (FarStateView *self, FarDeployment *deployment)
{
  if (self->deployment != NULL)
    {
      g_clear_signal_handler (&self->notify_id, self->deployment);
      g_clear_signal_handler (&self->message_id, self->deployment);
      g_clear_signal_handler (&self->alarm_id, self->deployment);
    }
  g_set_object (&self->deployment, deployment);
  if (deployment == NULL)
    return;
  self->notify_id = g_signal_connect_swapped (deployment, "notify::state", G_CALLBACK (update),
                                              self);
  self->message_id = g_signal_connect_swapped (deployment, "notify::message", G_CALLBACK (update),
                                               self);
  self->alarm_id = g_signal_connect_swapped (deployment, "notify::alarm",
                                             G_CALLBACK (update_alarm), self);
}

static void
far_state_view_dispose (GObject *object)
{
  FarStateView *self = FAR_STATE_VIEW (object);

  set_deployment (self, NULL);
  /* Disposing the template unparents the stack behind the bin's back. */
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_STATE_VIEW);

  G_OBJECT_CLASS (far_state_view_parent_class)->dispose (object);
}

static void
far_state_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarStateView *self = FAR_STATE_VIEW (object);

  switch (prop_id)
    {
    case PROP_DEPLOYMENT:
      g_value_set_object (value, self->deployment);
      break;
    case PROP_CONTENT:
      g_value_set_object (value, adw_bin_get_child (self->holder));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_state_view_set_property (GObject *object, guint prop_id, const GValue *value,
                             GParamSpec *pspec)
{
  FarStateView *self = FAR_STATE_VIEW (object);

  switch (prop_id)
    {
    case PROP_DEPLOYMENT:
      set_deployment (self, g_value_get_object (value));
      update (self);
      update_alarm (self);
      break;
    case PROP_CONTENT:
      adw_bin_set_child (self->holder, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_state_view_class_init (FarStateViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_state_view_dispose;
  object_class->get_property = far_state_view_get_property;
  object_class->set_property = far_state_view_set_property;

  properties[PROP_DEPLOYMENT] =
    g_param_spec_object ("deployment", NULL, NULL, FAR_TYPE_DEPLOYMENT,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CONTENT] =
    g_param_spec_object ("content", NULL, NULL, GTK_TYPE_WIDGET,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/shell/"
                                               "far-state-view.ui");
  gtk_widget_class_bind_template_child (widget_class, FarStateView, stack);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, starting);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, failed);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, alarm);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, alarm_label);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, banner);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, banner_label);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, reconnect);
  gtk_widget_class_bind_template_child (widget_class, FarStateView, holder);
}

static void
far_state_view_init (FarStateView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
