/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An icon, a word and a colour say the state, each by itself. */
#include "desktop/alarms/far-alarm-row.h"

#include "desktop/alarms/far-alarm-format.h"
#include "desktop/shell/far-icon.h"

struct _FarAlarmRow
{
  AdwActionRow parent_instance;

  GtkWidget    *icon;
  GtkWidget    *state;
  FarAlarmItem *item;
};

G_DEFINE_FINAL_TYPE (FarAlarmRow, far_alarm_row, ADW_TYPE_ACTION_ROW)

static void
update (FarAlarmRow *self)
{
  const FarAlarmInfo *info = far_alarm_item_get_info (self->item);
  const char *classes[] = { far_alarm_get_css_class (info), NULL };
  g_autofree char *name = far_alarm_format_name (info);
  g_autofree char *rule = far_alarm_describe (info);
  g_autofree char *state = far_alarm_describe_state (info, g_get_real_time ());
  gboolean shows_value = info->enabled && info->has_value;
  g_autofree char *value = shows_value ? far_alarm_format_value (info->unit, info->value) : NULL;
  g_autofree char *brief = g_strjoin ("\n", far_alarm_get_state_title (info), value, NULL);
  g_autofree char *words = g_strdup_printf ("%s, %s, %s", name, state, rule);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), rule);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), far_alarm_get_icon_name (info));
  gtk_widget_set_css_classes (self->icon, classes);
  gtk_label_set_label (GTK_LABEL (self->state), brief);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

static void
far_alarm_row_dispose (GObject *object)
{
  FarAlarmRow *self = FAR_ALARM_ROW (object);

  g_clear_object (&self->item);

  G_OBJECT_CLASS (far_alarm_row_parent_class)->dispose (object);
}

static void
far_alarm_row_class_init (FarAlarmRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_alarm_row_dispose;
}

static void
far_alarm_row_init (FarAlarmRow *self)
{
  GtkWidget *next = far_icon_new ("go-next-symbolic");

  self->icon = far_icon_new (NULL);
  self->state = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->state), 1);
  gtk_label_set_justify (GTK_LABEL (self->state), GTK_JUSTIFY_RIGHT);
  gtk_widget_add_css_class (self->state, "dim-label");
  gtk_widget_add_css_class (self->state, "numeric");
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), self->icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->state);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), next);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), TRUE);
}

GtkWidget *
far_alarm_row_new (FarAlarmItem *item)
{
  FarAlarmRow *self = g_object_new (FAR_TYPE_ALARM_ROW, NULL);

  self->item = g_object_ref (item);
  g_signal_connect_object (item, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

/* Returns: (transfer none) */
FarAlarmItem *
far_alarm_row_get_item (FarAlarmRow *self)
{
  g_return_val_if_fail (FAR_IS_ALARM_ROW (self), NULL);

  return self->item;
}
