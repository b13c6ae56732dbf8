/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows are made anew when there are other deployments than before. Otherwise they are only
 * written anew (their ages change), so that focus and a click under way stay with their row. */
#include "farthing-config.h"

#include "desktop/deployments/far-deployment-switcher.h"

#include <glib/gi18n.h>

#include "desktop/deployments/far-deployment-dialog.h"
#include "desktop/far-format.h"
#include "desktop/far-session.h"
#include "desktop/shell/far-icon.h"

#define REMOVE "remove"
#define KEEP "keep"

struct _FarDeploymentSwitcher
{
  AdwBin parent_instance;

  GtkMenuButton *button;
  GtkLabel      *name;
  GtkLabel      *detail;
  GtkPopover    *popover;
  GtkListBox    *list;

  FarSession    *session;
  char          *removing; /* the id that is asked about */
};

enum { PROP_0, PROP_SESSION, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarDeploymentSwitcher, far_deployment_switcher, ADW_TYPE_BIN)

static const char *
describe_money (const char *money)
{
  if (g_strcmp0 (money, "test") == 0)
    return _("Test money");
  if (g_strcmp0 (money, "live") == 0)
    return _("Live money");
  return _("No money");
}

static const char *
describe_kind (const char *kind)
{
  if (g_str_equal (kind, "local"))
    return _("This computer");
  if (g_str_equal (kind, "farthingd"))
    return _("Another Farthing");
  if (g_str_equal (kind, "prometheus"))
    return _("Prometheus");
  if (g_str_equal (kind, "openfaas"))
    return _("OpenFaaS");
  if (g_str_equal (kind, "aws"))
    return _("AWS Lambda");
  if (g_str_equal (kind, "otlp"))
    return _("OpenTelemetry");
  return kind;
}

static char *
describe (const FarDeploymentInfo *info)
{
  g_autofree char *age = far_format_age (info->age_us);

  if (g_str_equal (info->state, "failing"))
    /* Translators: a deployment's kind, and what is wrong with it */
    return g_strdup_printf (_("%s · %s"), describe_kind (info->kind),
                            far_format_reason (info->id, info->message));
  /* Translators: a deployment's kind, its kind of money, the age of its newest sample */
  return g_strdup_printf (_("%s · %s · %s"), describe_kind (info->kind),
                          describe_money (info->money), age);
}

static GtkWidget *
create_label (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (css_class != NULL)
    {
      gtk_widget_add_css_class (label, css_class);
      gtk_widget_add_css_class (label, "dim-label");
    }
  return label;
}

static void
answered_cb (FarDeploymentSwitcher *self, const char *response)
{
  g_autofree char *id = g_steal_pointer (&self->removing);

  if (self->session != NULL && id != NULL && g_str_equal (response, REMOVE))
    far_watch_list_remove (far_session_get_watched (self->session), id);
}

static void
remove_cb (FarDeploymentSwitcher *self, GtkWidget *button)
{
  const char *name = g_object_get_data (G_OBJECT (button), "name");
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkWidget *dialog;
  AdwMessageDialog *message;

  gtk_popover_popdown (self->popover);
  g_free (self->removing);
  self->removing = g_strdup (g_object_get_data (G_OBJECT (button), "id"));
  dialog = adw_message_dialog_new (window, NULL, NULL);
  message = ADW_MESSAGE_DIALOG (dialog);
  /* Translators: %s is a deployment's name */
  adw_message_dialog_format_heading (message, _("Stop Watching “%s”?"), name);
  adw_message_dialog_set_body (message, _("What was collected of it, and its keys, are forgotten. "
                                          "The deployment itself goes on."));
  adw_message_dialog_add_responses (message, KEEP, _("_Keep"), REMOVE, _("_Stop Watching"), NULL);
  adw_message_dialog_set_response_appearance (message, REMOVE, ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (message, KEEP);
  adw_message_dialog_set_close_response (message, KEEP);
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static GtkWidget *
create_remove_button (FarDeploymentSwitcher *self, const FarDeploymentInfo *info)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  /* Translators: %s is a deployment's name */
  g_autofree char *name = g_strdup_printf (_("Stop watching %s"), info->name);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
  g_object_set_data_full (G_OBJECT (button), "id", g_strdup (info->id), g_free);
  g_object_set_data_full (G_OBJECT (button), "name", g_strdup (info->name), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_cb), self, G_CONNECT_SWAPPED);
  return button;
}

typedef struct {
  char      *id;
  GtkLabel  *name;
  GtkLabel  *detail;
  GtkWidget *check;
} RowParts; /* the widgets are the row's own */

static void
row_parts_free (gpointer data)
{
  RowParts *parts = data;

  g_free (parts->id);
  g_free (parts);
}

static RowParts *
get_parts (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "parts");
}

static void
write_row (GtkListBoxRow *row, const FarDeploymentInfo *info, gboolean chosen)
{
  RowParts *parts = get_parts (row);
  g_autofree char *detail = describe (info);
  g_autofree char *name = g_strdup_printf ("%s, %s", info->name, detail);

  gtk_label_set_label (parts->name, info->name);
  gtk_label_set_label (parts->detail, detail);
  gtk_widget_set_opacity (parts->check, chosen ? 1 : 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_SELECTED, chosen, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (parts->detail), name);
}

static GtkWidget *
create_row (FarDeploymentSwitcher *self, const FarDeploymentInfo *info)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *labels = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *check = far_icon_new ("object-select-symbolic");
  RowParts *parts = g_new0 (RowParts, 1);

  *parts = (RowParts) {
    .id = g_strdup (info->id),
    .name = GTK_LABEL (create_label (NULL, NULL)),
    .detail = GTK_LABEL (create_label (NULL, "caption")),
    .check = check,
  };
  gtk_box_append (GTK_BOX (labels), GTK_WIDGET (parts->name));
  gtk_box_append (GTK_BOX (labels), GTK_WIDGET (parts->detail));
  gtk_widget_set_hexpand (labels, TRUE);
  gtk_box_append (GTK_BOX (box), labels);
  if (!g_str_equal (info->id, FAR_WATCH_LIST_LOCAL))
    gtk_box_append (GTK_BOX (box), create_remove_button (self, info));
  gtk_box_append (GTK_BOX (box), check);
  gtk_widget_add_css_class (box, "deployment-row");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "parts", parts, row_parts_free);
  return row;
}

static gboolean
rows_are_of (FarDeploymentSwitcher *self, GPtrArray *all)
{
  for (guint i = 0; i < all->len; i++)
    {
      const FarDeploymentInfo *info = g_ptr_array_index (all, i);
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int) i);

      if (row == NULL || !g_str_equal (get_parts (row)->id, info->id))
        return FALSE;
    }
  return gtk_list_box_get_row_at_index (self->list, (int) all->len) == NULL;
}

static void
update_list (FarDeploymentSwitcher *self)
{
  FarWatchList *watched = far_session_get_watched (self->session);
  GPtrArray *all = far_watch_list_get_all (watched);
  gboolean same = rows_are_of (self, all);
  GtkListBoxRow *row;

  while (!same && (row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < all->len; i++)
    {
      const FarDeploymentInfo *info = g_ptr_array_index (all, i);

      if (!same)
        gtk_list_box_append (self->list, create_row (self, info));
      write_row (gtk_list_box_get_row_at_index (self->list, (int) i), info,
                 g_str_equal (info->id, far_watch_list_get_chosen (watched)));
    }
}

static void
update (FarDeploymentSwitcher *self)
{
  FarDeployment *deployment = far_session_get_deployment (self->session);
  FarWatchList *watched = far_session_get_watched (self->session);
  const char *title = far_deployment_get_title (deployment);
  const char *money = far_deployment_get_money (deployment);
  g_autofree char *detail = NULL;
  g_autofree char *name = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self), title != NULL);
  if (title == NULL)
    return;
  detail = g_strdup_printf ("%s · %s", far_watch_list_is_remote (watched)
                                       ? _("Watched") : _("This computer"),
                            describe_money (money));
  gtk_label_set_label (self->name, title);
  gtk_label_set_label (self->detail, detail);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), title);
  /* Translators: a deployment's name */
  name = g_strdup_printf (_("Deployment: %s"), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
  if (gtk_widget_get_mapped (GTK_WIDGET (self->popover)))
    update_list (self);
}

static void
popover_shown_cb (FarDeploymentSwitcher *self)
{
  if (self->session == NULL)
    return;
  update_list (self);
  far_watch_list_refresh (far_session_get_watched (self->session));
}

static void
row_activated_cb (FarDeploymentSwitcher *self, GtkListBoxRow *row)
{
  g_autofree char *id = g_strdup (get_parts (row)->id);

  gtk_popover_popdown (self->popover);
  far_watch_list_choose (far_session_get_watched (self->session), id);
}

static void
add_cb (FarDeploymentSwitcher *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_popover_popdown (self->popover);
  if (far_session_get_client (self->session) != NULL)
    gtk_window_present (GTK_WINDOW (far_deployment_dialog_new (window, self->session)));
}

static void
set_session (FarDeploymentSwitcher *self, FarSession *session)
{
  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_func (far_session_get_watched (self->session), update, self);
      g_signal_handlers_disconnect_by_func (far_session_get_deployment (self->session), update,
                                            self);
    }
  g_set_object (&self->session, session);
  if (session == NULL)
    return;
  g_signal_connect_swapped (far_session_get_watched (session), "changed", G_CALLBACK (update),
                            self);
  g_signal_connect_swapped (far_session_get_deployment (session), "notify::title",
                            G_CALLBACK (update), self);
  update (self);
}

static void
far_deployment_switcher_dispose (GObject *object)
{
  FarDeploymentSwitcher *self = FAR_DEPLOYMENT_SWITCHER (object);

  set_session (self, NULL);
  g_clear_pointer (&self->removing, g_free);
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_DEPLOYMENT_SWITCHER);

  G_OBJECT_CLASS (far_deployment_switcher_parent_class)->dispose (object);
}

static void
far_deployment_switcher_set_property (GObject *object, guint prop_id, const GValue *value,
                                      GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SESSION:
      set_session (FAR_DEPLOYMENT_SWITCHER (object), g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_deployment_switcher_class_init (FarDeploymentSwitcherClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_deployment_switcher_dispose;
  object_class->set_property = far_deployment_switcher_set_property;
  properties[PROP_SESSION] =
    g_param_spec_object ("session", NULL, NULL, FAR_TYPE_SESSION,
                         G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/deployments/"
                                               "far-deployment-switcher.ui");
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentSwitcher, button);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentSwitcher, name);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentSwitcher, detail);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentSwitcher, popover);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentSwitcher, list);
  gtk_widget_class_bind_template_callback (widget_class, popover_shown_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
}

static void
far_deployment_switcher_init (FarDeploymentSwitcher *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* A menu button puts what is in it into its middle. */
  for (GtkWidget *widget = gtk_menu_button_get_child (self->button);
       widget != NULL && widget != GTK_WIDGET (self->button);
       widget = gtk_widget_get_parent (widget))
    gtk_widget_set_halign (widget, GTK_ALIGN_FILL);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
