/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The slider sets the rate for the next start; while readers run it changes theirs, a moment after
 * it has come to rest. What the card says is what the platform reports, not what was asked for. */
#include "farthing-config.h"

#include "desktop/overview/far-readers-card.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

/* Dragging the slider must not restart the readers at every pixel. */
#define SETTLE_MS 400

struct _FarReadersCard
{
  GtkWidget parent_instance;

  GtkAdjustment *rate;
  GtkScale      *scale;
  GtkLabel      *rate_label;
  GtkButton     *toggle;
  GtkLabel      *outcome;

  FarSession    *session;
  gulong         notify_id;
  guint          settle_id;
};

G_DEFINE_FINAL_TYPE (FarReadersCard, far_readers_card, GTK_TYPE_WIDGET)

static void
append_count (GString *text, const char *name, gint64 count)
{
  g_autofree char *figure = far_format_count (count);

  g_string_append_printf (text, "%s%s %s", text->len > 0 ? " · " : "", name, figure);
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

static gboolean
readers_running (FarReadersCard *self)
{
  FarTraffic *traffic = self->session != NULL ? far_session_get_traffic (self->session) : NULL;

  return traffic != NULL && traffic->running;
}

static void
update (FarReadersCard *self)
{
  FarTraffic *traffic = self->session != NULL ? far_session_get_traffic (self->session) : NULL;
  gboolean running = readers_running (self);
  g_autofree char *outcome = NULL;

  gtk_button_set_label (self->toggle, running ? _("Stop") : _("Start"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  running ? _("Stop the simulated readers")
                                          : _("Start the simulated readers"), -1);
  if (running)
    gtk_widget_remove_css_class (GTK_WIDGET (self->toggle), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->toggle), "suggested-action");
  gtk_widget_set_sensitive (GTK_WIDGET (self->toggle), self->session != NULL);

  outcome = traffic != NULL ? describe_outcome (traffic) : g_strdup (_("Nobody is reading"));
  gtk_label_set_label (self->outcome, outcome);
}

static void
update_rate_label (FarReadersCard *self)
{
  g_autofree char *rate = g_strdup_printf (_("%d/s"), (int) gtk_adjustment_get_value (self->rate));

  gtk_label_set_label (self->rate_label, rate);
}

static gboolean
settled_cb (gpointer user_data)
{
  FarReadersCard *self = user_data;

  self->settle_id = 0;
  if (readers_running (self))
    far_session_start_traffic (self->session, (int) gtk_adjustment_get_value (self->rate));
  return G_SOURCE_REMOVE;
}

static void
rate_changed_cb (FarReadersCard *self)
{
  update_rate_label (self);
  if (self->session == NULL)
    return;
  far_session_set_readers_rate (self->session, (int) gtk_adjustment_get_value (self->rate));
  g_clear_handle_id (&self->settle_id, g_source_remove);
  self->settle_id = g_timeout_add (SETTLE_MS, settled_cb, self);
}

static void
toggle_cb (FarReadersCard *self)
{
  g_assert (self->session != NULL);

  g_clear_handle_id (&self->settle_id, g_source_remove);
  if (readers_running (self))
    far_session_stop_traffic (self->session);
  else
    far_session_start_traffic (self->session, (int) gtk_adjustment_get_value (self->rate));
}

static void
far_readers_card_dispose (GObject *object)
{
  FarReadersCard *self = FAR_READERS_CARD (object);
  GtkWidget *child;

  g_clear_handle_id (&self->settle_id, g_source_remove);
  far_readers_card_set_session (self, NULL);
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
  update_rate_label (self);
  update (self);
}

/**
 * far_readers_card_set_session:
 * @session: (nullable): whose readers they are
 */
void
far_readers_card_set_session (FarReadersCard *self, FarSession *session)
{
  g_return_if_fail (FAR_IS_READERS_CARD (self));

  if (self->session == session)
    return;
  g_clear_handle_id (&self->settle_id, g_source_remove);
  if (self->session != NULL)
    g_clear_signal_handler (&self->notify_id, self->session);
  /* Moving the slider while there is no session asks for nothing. */
  g_clear_object (&self->session);
  if (session != NULL)
    gtk_adjustment_set_value (self->rate, far_session_get_readers_rate (session));

  g_set_object (&self->session, session);
  if (session != NULL)
    self->notify_id = g_signal_connect_swapped (session, "notify::traffic", G_CALLBACK (update),
                                                self);
  update (self);
}
