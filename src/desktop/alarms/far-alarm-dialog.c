/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new alarm, or one that is there; of one that is built in only limits and webhook change. What
 * is typed is read when it is saved; what the platform refuses is said below, in its words. */
#include "farthing-config.h"

#include "desktop/alarms/far-alarm-dialog.h"

#include <glib/gi18n.h>

#include "desktop/alarms/far-alarm-format.h"
#include "desktop/alarms/far-alarm-rule.h"
#include "desktop/far-format.h"
#include "desktop/model/far-inquiry.h"

struct _FarAlarmDialog
{
  AdwWindow parent_instance;

  GtkWidget     *save;
  AdwEntryRow   *name;
  AdwComboRow   *metric;
  AdwComboRow   *function;
  AdwComboRow   *compare;
  AdwEntryRow   *threshold;
  AdwEntryRow   *clear;
  AdwComboRow   *window;
  AdwEntryRow   *for_s;
  AdwEntryRow   *clear_for_s;
  AdwEntryRow   *n_min;
  AdwComboRow   *no_data;
  AdwEntryRow   *webhook;
  GtkLabel      *problem;

  FarSession    *session;
  FarAlarmItem  *item; /* NULL: a new one */
  GPtrArray     *metrics; /* of FarAlarmMetricInfo, as in the list */
  GtkStringList *functions;
  FarInquiry     inquiry;
};

G_DEFINE_FINAL_TYPE (FarAlarmDialog, far_alarm_dialog, ADW_TYPE_WINDOW)

/* In the order of the rows in the .ui file. */
static const gint64 windows_s[] = { 60, 300, 900, 3600, 86400 };
static const char *const no_datas[] = { "no_data", "ok", "alarm", "keep" };

static const char *
get_text (gpointer row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static void
set_number (gpointer row, const char *unit, gint64 value)
{
  g_autofree char *text = far_alarm_to_input (unit, value);

  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

static void
say (FarAlarmDialog *self, const char *text)
{
  gtk_label_set_label (self->problem, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), text != NULL);
}

/* Returns: (nullable) */
static const FarAlarmMetricInfo *
chosen_metric (FarAlarmDialog *self)
{
  guint selected = adw_combo_row_get_selected (self->metric);

  return selected < self->metrics->len ? g_ptr_array_index (self->metrics, selected) : NULL;
}

static void
set_title (gpointer row, const char *title, const char *unit)
{
  g_autofree char *text = unit[0] != '\0' ? g_strdup_printf ("%s (%s)", title, unit)
                                          : g_strdup (title);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
}

static void
metric_changed_cb (FarAlarmDialog *self)
{
  const FarAlarmMetricInfo *metric = self->metrics != NULL ? chosen_metric (self) : NULL;

  if (metric == NULL)
    return;
  set_title (self->threshold, _("Limit"), far_alarm_get_input_unit (metric->unit));
  set_title (self->clear, _("Ends only beyond, if not at the limit"),
             far_alarm_get_input_unit (metric->unit));
  gtk_widget_set_visible (GTK_WIDGET (self->function), metric->of_functions);
  gtk_widget_set_visible (GTK_WIDGET (self->window), metric->of_functions);
  gtk_widget_set_visible (GTK_WIDGET (self->n_min), metric->of_functions);
}

static void
changed_cb (FarAlarmDialog *self)
{
  if (self->metrics == NULL)
    return;
  say (self, NULL);
  gtk_widget_set_sensitive (self->save, !far_inquiry_is_pending (&self->inquiry) &&
                                        get_text (self->name)[0] != '\0' &&
                                        get_text (self->threshold)[0] != '\0');
}

static gboolean
read_number (FarAlarmDialog *self, gpointer row, const char *unit, gint64 if_empty, gint64 *ret)
{
  g_autofree char *text = NULL;

  if (get_text (row)[0] == '\0')
    {
      *ret = if_empty;
      return TRUE;
    }
  if (far_alarm_parse_input (unit, get_text (row), ret))
    return TRUE;
  /* Translators: the title of a field that holds no number */
  text = g_strdup_printf (_("“%s” must be a number."),
                          adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)));
  say (self, text);
  gtk_widget_grab_focus (GTK_WIDGET (row));
  return FALSE;
}

static const char *
chosen_function (FarAlarmDialog *self)
{
  guint selected = adw_combo_row_get_selected (self->function);

  return selected > 0 ? gtk_string_list_get_string (self->functions, selected) : "";
}

/* Returns: FALSE if something is no number, which has been said */
static gboolean
read_form (FarAlarmDialog *self, const FarAlarmMetricInfo *metric, FarAlarmRule *rule)
{
  guint window = adw_combo_row_get_selected (self->window);

  if (self->item != NULL)
    far_alarm_rule_init (rule, far_alarm_item_get_info (self->item));
  else
    *rule = (FarAlarmRule) { .enabled = TRUE };
  rule->name = get_text (self->name);
  rule->metric = metric->name;
  rule->function = metric->of_functions ? chosen_function (self) : "";
  rule->compare = adw_combo_row_get_selected (self->compare) == 0 ? "above" : "below";
  rule->no_data = no_datas[adw_combo_row_get_selected (self->no_data)];
  rule->webhook = get_text (self->webhook);
  if (!metric->of_functions)
    rule->window_s = 0;
  else if (window < G_N_ELEMENTS (windows_s))
    rule->window_s = windows_s[window];
  return read_number (self, self->threshold, metric->unit, 0, &rule->threshold) &&
         read_number (self, self->clear, metric->unit, rule->threshold, &rule->clear) &&
         read_number (self, self->for_s, "s", 0, &rule->for_s) &&
         read_number (self, self->clear_for_s, "s", 0, &rule->clear_for_s) &&
         read_number (self, self->n_min, "count", 0, &rule->n_min);
}

static void
saved_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarAlarmDialog *self = owner;

  if (error != NULL)
    {
      changed_cb (self);
      say (self, error->message);
      return;
    }
  far_alarms_refresh (far_session_get_alarms (self->session));
  gtk_window_close (GTK_WINDOW (self));
}

static void
save_cb (FarAlarmDialog *self)
{
  FarPlatformClient *client = far_alarms_get_client (far_session_get_alarms (self->session));
  const FarAlarmMetricInfo *metric = chosen_metric (self);
  g_autoptr (GBytes) body = NULL;
  g_autofree char *id = NULL;
  g_autofree char *url = NULL;
  FarAlarmRule rule;

  if (client == NULL || metric == NULL || !read_form (self, metric, &rule))
    return;
  body = far_alarm_rule_to_json (&rule);
  if (self->item != NULL)
    id = g_uri_escape_string (far_alarm_item_get_info (self->item)->id, NULL, FALSE);
  url = g_strconcat ("/v1/alarms", id != NULL ? "/" : NULL, id, NULL);
  far_inquiry_send (&self->inquiry, self, client, id != NULL ? "PUT" : "POST", url, body, saved_cb);
  gtk_widget_set_sensitive (self->save, FALSE);
}

static void
far_alarm_dialog_dispose (GObject *object)
{
  FarAlarmDialog *self = FAR_ALARM_DIALOG (object);

  far_inquiry_cancel (&self->inquiry);
  g_clear_object (&self->session);
  g_clear_object (&self->item);
  g_clear_object (&self->functions);
  g_clear_pointer (&self->metrics, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_ALARM_DIALOG);

  G_OBJECT_CLASS (far_alarm_dialog_parent_class)->dispose (object);
}

static void
far_alarm_dialog_class_init (FarAlarmDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_alarm_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/alarms/"
                                               "far-alarm-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, save);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, name);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, metric);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, function);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, compare);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, threshold);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, clear);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, window);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, for_s);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, clear_for_s);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, n_min);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, no_data);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, webhook);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmDialog, problem);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, metric_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
far_alarm_dialog_init (FarAlarmDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* Figures of functions before the system's, which have their alarms already. */
static void
fill_metrics (FarAlarmDialog *self)
{
  GPtrArray *all = far_alarms_get_metrics (far_session_get_alarms (self->session));
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  self->metrics = g_ptr_array_new_with_free_func ((GDestroyNotify) far_alarm_metric_info_unref);
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < all->len; i++)
      {
        FarAlarmMetricInfo *metric = g_ptr_array_index (all, i);

        if (metric->of_functions != (pass == 0))
          continue;
        g_ptr_array_add (self->metrics, far_alarm_metric_info_ref (metric));
        gtk_string_list_append (titles, far_alarm_metric_get_title (metric->name));
      }
  adw_combo_row_set_model (self->metric, G_LIST_MODEL (titles));
}

static void
fill_functions (FarAlarmDialog *self, const char *chosen)
{
  FarPlatformClient *client = far_alarms_get_client (far_session_get_alarms (self->session));
  GListModel *functions = NULL;
  guint selected = 0;

  /* Of another deployment's functions no alarm can be about. */
  if (client != NULL && far_platform_client_get_deployment (client) == NULL)
    functions = far_platform_client_get_functions (client);

  self->functions = gtk_string_list_new (NULL);
  gtk_string_list_append (self->functions, _("All functions"));
  for (guint i = 0; functions != NULL && i < g_list_model_get_n_items (functions); i++)
    {
      g_autoptr (FarFunctionInfo) function = g_list_model_get_item (functions, i);

      gtk_string_list_append (self->functions, far_function_info_get_name (function));
      if (g_strcmp0 (far_function_info_get_name (function), chosen) == 0)
        selected = i + 1;
    }
  /* It may be gone; the alarm on it is not. */
  if (chosen != NULL && chosen[0] != '\0' && selected == 0)
    {
      gtk_string_list_append (self->functions, chosen);
      selected = g_list_model_get_n_items (G_LIST_MODEL (self->functions)) - 1;
    }
  adw_combo_row_set_model (self->function, G_LIST_MODEL (self->functions));
  adw_combo_row_set_selected (self->function, selected);
}

static void
show_rule (FarAlarmDialog *self, const FarAlarmInfo *info)
{
  guint window = GTK_INVALID_LIST_POSITION; /* one that is not in the list stays as it is */

  for (guint i = 0; i < self->metrics->len; i++)
    if (g_str_equal (((FarAlarmMetricInfo *) g_ptr_array_index (self->metrics, i))->name,
                     info->metric))
      adw_combo_row_set_selected (self->metric, i);
  for (guint i = 0; i < G_N_ELEMENTS (windows_s); i++)
    if (windows_s[i] == info->window_s)
      window = i;
  for (guint i = 0; i < G_N_ELEMENTS (no_datas); i++)
    if (g_str_equal (no_datas[i], info->no_data))
      adw_combo_row_set_selected (self->no_data, i);
  gtk_editable_set_text (GTK_EDITABLE (self->name), info->name);
  gtk_editable_set_text (GTK_EDITABLE (self->webhook), info->webhook);
  adw_combo_row_set_selected (self->compare, g_str_equal (info->compare, "below"));
  adw_combo_row_set_selected (self->window, window);
  set_number (self->threshold, info->unit, info->threshold);
  if (info->clear != info->threshold)
    set_number (self->clear, info->unit, info->clear);
  set_number (self->for_s, "s", info->for_s);
  set_number (self->clear_for_s, "s", info->clear_for_s);
  set_number (self->n_min, "count", info->n_min);
  gtk_widget_set_sensitive (GTK_WIDGET (self->name), !info->builtin);
  gtk_widget_set_sensitive (GTK_WIDGET (self->metric), !info->builtin);
  gtk_widget_set_sensitive (GTK_WIDGET (self->function), !info->builtin);
}

/**
 * far_alarm_dialog_new:
 * @parent: (nullable): the window it stands before
 * @session: of the platform that watches
 * @item: (nullable): which is changed; NULL for a new one
 */
GtkWidget *
far_alarm_dialog_new (GtkWindow *parent, FarSession *session, FarAlarmItem *item)
{
  FarAlarmDialog *self = g_object_new (FAR_TYPE_ALARM_DIALOG, "transient-for", parent, NULL);

  g_return_val_if_fail (FAR_IS_SESSION (session), NULL);

  self->session = g_object_ref (session);
  g_set_object (&self->item, item);
  gtk_window_set_title (GTK_WINDOW (self), item != NULL ? _("Change Alarm") : _("Add Alarm"));
  gtk_button_set_label (GTK_BUTTON (self->save), item != NULL ? _("_Save") : _("_Add"));
  fill_metrics (self);
  fill_functions (self, item != NULL ? far_alarm_item_get_info (item)->function : NULL);
  adw_combo_row_set_selected (self->window, 1);
  if (item != NULL)
    show_rule (self, far_alarm_item_get_info (item));
  metric_changed_cb (self);
  changed_cb (self);
  /* GtkWindow:focus-widget would be the row, which nothing can be typed into. */
  gtk_widget_grab_focus (GTK_WIDGET (self->name));
  return GTK_WIDGET (self);
}
