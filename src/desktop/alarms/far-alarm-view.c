/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The switch shows what the platform says, and asks it to change; until it has answered the switch
 * cannot be moved again. History is read anew with each change of state. */
#include "farthing-config.h"

#include "desktop/alarms/far-alarm-view.h"

#include <glib/gi18n.h>

#include "desktop/alarms/far-alarm-dialog.h"
#include "desktop/alarms/far-alarm-format.h"
#include "desktop/alarms/far-alarm-rule.h"
#include "desktop/far-format.h"
#include "desktop/model/far-inquiry.h"
#include "desktop/shell/far-icon.h"
#include "desktop/shell/far-value.h"

#define KEEP "keep"
#define REMOVE "remove"
#define HISTORY_LIMIT "50"

struct _FarAlarmView
{
  AdwBin parent_instance;

  GtkImage            *icon;
  GtkLabel            *name;
  GtkLabel            *state;
  GtkSwitch           *enabled;
  AdwActionRow        *rule;
  AdwActionRow        *clear;
  AdwActionRow        *delay;
  AdwActionRow        *no_data;
  AdwActionRow        *webhook;
  GtkWidget           *test;
  GtkWidget           *remove;
  AdwPreferencesGroup *history;
  GtkListBox          *changes;
  GtkWidget           *no_changes;

  FarSession          *session;
  FarAlarmItem        *item;
  char                *shown_state; /* whose history is shown */
  FarInquiry           acting;
  FarInquiry           reading;
  gboolean             updating; /* the switch is moved by us */
};

enum { GONE, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarAlarmView, far_alarm_view, ADW_TYPE_BIN)

static FarPlatformClient *
get_client (FarAlarmView *self)
{
  return self->session != NULL ? far_alarms_get_client (far_session_get_alarms (self->session))
                               : NULL;
}

static char *
make_url (FarAlarmView *self, const char *end)
{
  g_autofree char *id = g_uri_escape_string (far_alarm_item_get_info (self->item)->id, NULL, FALSE);

  return g_strconcat ("/v1/alarms/", id, end, NULL);
}

static GtkWidget *
create_change_row (const FarAlarmChange *change)
{
  GtkWidget *row = adw_action_row_new ();
  FarAlarmInfo as_then = { .enabled = TRUE, .state = change->state };
  GtkWidget *icon = far_icon_new (far_alarm_get_icon_name (&as_then));
  g_autofree char *text = far_format_plain (change->text);
  g_autofree char *when = far_format_moment (change->time_us, g_get_real_time ());

  gtk_widget_add_css_class (icon, far_alarm_get_css_class (&as_then));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 g_str_equal (change->state, "alarm") ? _("Raised")
                                 : g_str_equal (change->state, "no_data") ? _("No data")
                                 : _("Ended"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  far_value_add (ADW_ACTION_ROW (row), when, FALSE);
  return row;
}

static void
clear_changes (FarAlarmView *self)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->changes, 0)) != NULL)
    gtk_list_box_remove (self->changes, GTK_WIDGET (row));
}

static void
history_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarAlarmView *self = owner;
  g_autoptr (GPtrArray) changes = NULL;

  if (answer != NULL)
    changes = far_alarm_changes_parse (answer, NULL);
  if (changes == NULL)
    return;
  clear_changes (self);
  for (guint i = 0; i < changes->len; i++)
    gtk_list_box_append (self->changes, create_change_row (g_ptr_array_index (changes, i)));
  gtk_widget_set_visible (GTK_WIDGET (self->changes), changes->len > 0);
  gtk_widget_set_visible (self->no_changes, changes->len == 0);
}

static void
read_history (FarAlarmView *self)
{
  g_autofree char *url = make_url (self, "/history?limit=" HISTORY_LIMIT);

  if (get_client (self) != NULL)
    far_inquiry_send (&self->reading, self, get_client (self), "GET", url, NULL, history_cb);
}

static const char *
describe_no_data (const char *no_data)
{
  if (g_str_equal (no_data, "ok"))
    return _("All is well");
  if (g_str_equal (no_data, "alarm"))
    return _("Raises the alarm");
  return g_str_equal (no_data, "keep") ? _("Nothing changes") : _("Is said as such");
}

static void
update_rule (FarAlarmView *self, const FarAlarmInfo *info)
{
  g_autofree char *rule = far_alarm_describe (info);
  g_autofree char *clear = info->clear != info->threshold
    ? far_alarm_format_value (info->unit, info->clear) : g_strdup (_("At the limit"));
  g_autofree char *after = far_alarm_format_span (info->for_s);
  g_autofree char *end_after = far_alarm_format_span (info->clear_for_s);
  /* Translators: two durations */
  g_autofree char *delay = g_strdup_printf (_("Raised after %s, ended after %s"), after, end_after);
  g_autofree char *webhook = far_format_plain (info->webhook);

  adw_action_row_set_subtitle (self->rule, rule);
  adw_action_row_set_subtitle (self->clear, clear);
  adw_action_row_set_subtitle (self->delay, info->for_s == 0 && info->clear_for_s == 0
                                            ? _("Raised and ended at once") : delay);
  adw_action_row_set_subtitle (self->no_data, describe_no_data (info->no_data));
  adw_action_row_set_subtitle (self->webhook, webhook[0] != '\0' ? webhook : _("None"));
  gtk_widget_set_visible (self->test, webhook[0] != '\0');
  gtk_widget_set_visible (self->remove, !info->builtin);
}

static void
update (FarAlarmView *self)
{
  const FarAlarmInfo *info = far_alarm_item_get_info (self->item);
  const char *classes[] = { far_alarm_get_css_class (info), NULL };
  g_autofree char *name = far_alarm_format_name (info);
  g_autofree char *state = far_alarm_describe_state (info, g_get_real_time ());

  gtk_image_set_from_icon_name (self->icon, far_alarm_get_icon_name (info));
  gtk_widget_set_css_classes (GTK_WIDGET (self->icon), classes);
  gtk_label_set_label (self->name, name);
  gtk_label_set_label (self->state, state);
  self->updating = TRUE;
  gtk_switch_set_active (self->enabled, info->enabled);
  self->updating = FALSE;
  update_rule (self, info);
  if (g_strcmp0 (self->shown_state, info->state) == 0)
    return;
  g_free (self->shown_state);
  self->shown_state = g_strdup (info->state);
  read_history (self);
}

static void
report (FarAlarmView *self, const char *action, const GError *error)
{
  if (self->session != NULL && error != NULL)
    far_session_report (self->session, action, error);
}

static void
switched_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarAlarmView *self = owner;

  gtk_widget_set_sensitive (GTK_WIDGET (self->enabled), TRUE);
  report (self, _("The alarm was not changed"), error);
  if (self->item != NULL)
    update (self);
  if (self->session != NULL)
    far_alarms_refresh (far_session_get_alarms (self->session));
}

static void
enabled_cb (FarAlarmView *self)
{
  g_autoptr (GBytes) body = NULL;
  g_autofree char *url = NULL;
  FarAlarmRule rule;

  if (self->updating || self->item == NULL || get_client (self) == NULL)
    return;
  far_alarm_rule_init (&rule, far_alarm_item_get_info (self->item));
  rule.enabled = gtk_switch_get_active (self->enabled);
  body = far_alarm_rule_to_json (&rule);
  url = make_url (self, "");
  gtk_widget_set_sensitive (GTK_WIDGET (self->enabled), FALSE);
  far_inquiry_send (&self->acting, self, get_client (self), "PUT", url, body, switched_cb);
}

static void
tested_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarAlarmView *self = owner;

  report (self, _("No test message was sent"), error);
  if (error == NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                                _("A test message is on its way"));
}

static void
test_cb (FarAlarmView *self)
{
  g_autofree char *url = make_url (self, "/test");

  if (get_client (self) != NULL)
    far_inquiry_send (&self->acting, self, get_client (self), "POST", url, NULL, tested_cb);
}

static GtkWindow *
get_window (FarAlarmView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

static void
edit_cb (FarAlarmView *self)
{
  if (self->session != NULL && self->item != NULL)
    gtk_window_present (GTK_WINDOW (far_alarm_dialog_new (get_window (self), self->session,
                                                          self->item)));
}

static void
removed_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarAlarmView *self = owner;

  report (self, _("The alarm was not removed"), error);
  if (self->session != NULL)
    far_alarms_refresh (far_session_get_alarms (self->session));
  if (error == NULL)
    g_signal_emit (self, signals[GONE], 0);
}

static void
response_cb (FarAlarmView *self, const char *response)
{
  g_autofree char *url = NULL;

  if (!g_str_equal (response, REMOVE) || self->item == NULL || get_client (self) == NULL)
    return;
  url = make_url (self, "");
  far_inquiry_send (&self->acting, self, get_client (self), "DELETE", url, NULL, removed_cb);
}

static void
remove_cb (FarAlarmView *self)
{
  GtkWidget *dialog = adw_message_dialog_new (get_window (self), _("Remove the Alarm?"), NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);

  adw_message_dialog_set_body (message, _("It is not watched any longer, and its history goes "
                                          "with it."));
  adw_message_dialog_add_responses (message, KEEP, _("_Keep"), REMOVE, _("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (message, REMOVE, ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (message, KEEP);
  adw_message_dialog_set_close_response (message, KEEP);
  g_signal_connect_object (message, "response", G_CALLBACK (response_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
far_alarm_view_dispose (GObject *object)
{
  FarAlarmView *self = FAR_ALARM_VIEW (object);

  if (self->changes != NULL)
    far_alarm_view_show (self, NULL, NULL);
  g_clear_pointer (&self->shown_state, g_free);
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_ALARM_VIEW);

  G_OBJECT_CLASS (far_alarm_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, icon);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, name);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, state);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, enabled);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, rule);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, clear);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, delay);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, no_data);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, webhook);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, test);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, remove);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, history);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, changes);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmView, no_changes);
}

static void
far_alarm_view_class_init (FarAlarmViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_alarm_view_dispose;
  signals[GONE] = g_signal_new ("gone", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/alarms/"
                                               "far-alarm-view.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, enabled_cb);
  gtk_widget_class_bind_template_callback (widget_class, edit_cb);
  gtk_widget_class_bind_template_callback (widget_class, test_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
}

static void
far_alarm_view_init (FarAlarmView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_alarm_view_show:
 * @session: (nullable): whose alarm it is
 * @item: (nullable): shown from now on; NULL for none
 */
void
far_alarm_view_show (FarAlarmView *self, FarSession *session, FarAlarmItem *item)
{
  g_return_if_fail (FAR_IS_ALARM_VIEW (self));

  far_inquiry_cancel (&self->acting);
  far_inquiry_cancel (&self->reading);
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_func (self->item, update, self);
  g_set_object (&self->session, session);
  g_set_object (&self->item, item);
  g_clear_pointer (&self->shown_state, g_free);
  clear_changes (self);
  gtk_widget_set_sensitive (GTK_WIDGET (self->enabled), TRUE);
  if (item == NULL)
    return;
  g_signal_connect_swapped (item, "changed", G_CALLBACK (update), self);
  update (self);
}
