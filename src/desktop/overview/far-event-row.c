/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An event does not change, so the row is filled once. */
#include "desktop/overview/far-event-row.h"

#include "desktop/far-format.h"

struct _FarEventRow
{
  GtkListBoxRow parent_instance;

  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *time;
};

G_DEFINE_FINAL_TYPE (FarEventRow, far_event_row, GTK_TYPE_LIST_BOX_ROW)

static void
far_event_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), FAR_TYPE_EVENT_ROW);

  G_OBJECT_CLASS (far_event_row_parent_class)->dispose (object);
}

static void
far_event_row_class_init (FarEventRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_event_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/overview/"
                                               "far-event-row.ui");
  gtk_widget_class_bind_template_child (widget_class, FarEventRow, icon);
  gtk_widget_class_bind_template_child (widget_class, FarEventRow, title);
  gtk_widget_class_bind_template_child (widget_class, FarEventRow, time);
}

static void
far_event_row_init (FarEventRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
far_event_row_new (FarEventItem *event)
{
  FarEventRow *self = g_object_new (FAR_TYPE_EVENT_ROW, NULL);
  g_autofree char *icon_name = NULL;
  g_autofree char *title = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *clock = NULL;
  g_autofree char *name = NULL;
  gint64 time_us;

  g_object_get (event, "time", &time_us, "icon-name", &icon_name, "title", &title,
                "detail", &detail, NULL);
  clock = far_format_clock (time_us);
  name = g_strdup_printf ("%s, %s", title, clock);
  gtk_image_set_from_icon_name (self->icon, icon_name);
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->time, clock);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), detail != NULL ? detail : title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return GTK_WIDGET (self);
}
