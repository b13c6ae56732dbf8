/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The slider sets the rate for the next start, and that of readers who run. */
#include "farthing-config.h"

#include "desktop/overview/far-readers-card.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

struct _FarReadersCard
{
  GtkWidget parent_instance;

  GtkAdjustment *rate;
  GtkScale      *scale;
  GtkLabel      *rate_label;
  GtkButton     *toggle;
  GtkLabel      *outcome;

  FarReaders    *readers;
  gulong         changed_id;
};

G_DEFINE_FINAL_TYPE (FarReadersCard, far_readers_card, GTK_TYPE_WIDGET)

/* Who turns the wheel to go down the page does not mean the readers' rate. */
static void
leave_wheel_to_page (GtkWidget *scale)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (scale);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
}

static void
append_count (GString *text, const char *name, gint64 count)
{
  g_autofree char *figure = far_format_count (count);

  /* A figure does not go to the next line without what it counts. */
  g_string_append_printf (text, "%s%s\u00a0%s", text->len > 0 ? " · " : "", name, figure);
}

static char *
describe_outcome (FarTraffic *traffic)
{
  GString *text = g_string_new (NULL);

  if (traffic->arrivals == 0)
    {
      g_string_append (text, traffic->running ? _("Waiting for the first reader")
                                              : _("Nobody is reading"));
      return g_string_free (text, FALSE);
    }
  append_count (text, _("Arrived"), traffic->arrivals);
  append_count (text, _("pledged"), traffic->pledges);
  append_count (text, _("watched an ad"), traffic->ads);
  append_count (text, _("left"), traffic->left);
  append_count (text, _("refunded"), traffic->refunds);
  if (traffic->throttles > 0)
    append_count (text, _("throttled"), traffic->throttles);
  if (traffic->errors > 0)
    append_count (text, _("errors"), traffic->errors);
  return g_string_free (text, FALSE);
}

static void
update (FarReadersCard *self)
{
  FarTraffic *traffic = self->readers != NULL ? far_readers_get_traffic (self->readers) : NULL;
  gboolean running = traffic != NULL && traffic->running;
  g_autofree char *outcome = NULL;

  gtk_button_set_label (self->toggle, running ? _("Stop") : _("Start"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  running ? _("Stop the simulated readers")
                                          : _("Start the simulated readers"), -1);
  if (running)
    gtk_widget_remove_css_class (GTK_WIDGET (self->toggle), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->toggle), "suggested-action");
  gtk_widget_set_sensitive (GTK_WIDGET (self->toggle), self->readers != NULL);

  outcome = traffic != NULL ? describe_outcome (traffic) : g_strdup (_("Nobody is reading"));
  gtk_label_set_label (self->outcome, outcome);
}

static void
update_rate_label (FarReadersCard *self)
{
  g_autofree char *rate = g_strdup_printf (_("%d/s"), (int) gtk_adjustment_get_value (self->rate));

  gtk_label_set_label (self->rate_label, rate);
}

static void
rate_changed_cb (FarReadersCard *self)
{
  update_rate_label (self);
  if (self->readers != NULL)
    far_readers_set_rate (self->readers, (int) gtk_adjustment_get_value (self->rate));
}

static void
toggle_cb (FarReadersCard *self)
{
  g_assert (self->readers != NULL);

  if (far_readers_get_running (self->readers))
    far_readers_stop (self->readers);
  else
    far_readers_start (self->readers);
}

static void
far_readers_card_dispose (GObject *object)
{
  FarReadersCard *self = FAR_READERS_CARD (object);
  GtkWidget *child;

  if (self->toggle != NULL)
    far_readers_card_set_readers (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_READERS_CARD);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (far_readers_card_parent_class)->dispose (object);
}

static void
far_readers_card_class_init (FarReadersCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_readers_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/overview/"
                                               "far-readers-card.ui");
  gtk_widget_class_bind_template_child (widget_class, FarReadersCard, rate);
  gtk_widget_class_bind_template_child (widget_class, FarReadersCard, scale);
  gtk_widget_class_bind_template_child (widget_class, FarReadersCard, rate_label);
  gtk_widget_class_bind_template_child (widget_class, FarReadersCard, toggle);
  gtk_widget_class_bind_template_child (widget_class, FarReadersCard, outcome);
  gtk_widget_class_bind_template_callback (widget_class, rate_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, toggle_cb);
}

static void
far_readers_card_init (FarReadersCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  leave_wheel_to_page (GTK_WIDGET (self->scale));
  update_rate_label (self);
  update (self);
}

/**
 * far_readers_card_set_readers:
 * @readers: (nullable): who is started and stopped
 */
void
far_readers_card_set_readers (FarReadersCard *self, FarReaders *readers)
{
  g_return_if_fail (FAR_IS_READERS_CARD (self));

  if (self->readers == readers)
    return;
  if (self->readers != NULL)
    g_clear_signal_handler (&self->changed_id, self->readers);
  /* Moving the slider while there are none asks for nothing. */
  g_clear_object (&self->readers);
  if (readers != NULL)
    gtk_adjustment_set_value (self->rate, far_readers_get_rate (readers));

  g_set_object (&self->readers, readers);
  if (readers != NULL)
    self->changed_id = g_signal_connect_swapped (readers, "changed", G_CALLBACK (update), self);
  update (self);
}
