/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform makes the file, of the chosen deployment and the range of all pages, in the user's
 * time zone. While it does, the dialog says so, and "Cancel" gives it up. A long one takes a while:
 * only then is asked where to save it. */
#include "farthing-config.h"

#include "desktop/export/far-export-dialog.h"

#include <glib/gi18n.h>

#include "client/far-telemetry-types.h"

struct _FarExportDialog
{
  AdwWindow parent_instance;

  GtkWidget     *export;
  AdwComboRow   *view;
  AdwComboRow   *function;
  AdwActionRow  *range;
  GtkWidget     *form;
  GtkWidget     *progress;
  GtkSpinner    *spinner;
  GtkLabel      *problem;

  FarSession    *session;
  GtkStringList *functions; /* after "all" */
  GCancellable  *cancellable; /* of the call under way */
};

enum { READY, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarExportDialog, far_export_dialog, ADW_TYPE_WINDOW)

/* In the order of the rows in the .ui file. */
static const struct {
  const char *view;
  const char *format;
} choices[] = {
  { "overview", "html" },
  { "series", "csv" },
  { "functions", "csv" },
  { "invocations", "csv" },
  { "overview", "json" },
};

static void
update (FarExportDialog *self, const char *problem)
{
  gboolean busy = self->cancellable != NULL;

  gtk_widget_set_sensitive (self->form, !busy);
  gtk_widget_set_sensitive (self->export, !busy);
  gtk_widget_set_visible (self->progress, busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_label_set_label (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
}

static void
give_up (FarExportDialog *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* "farthing-invocations-2026-11-23.csv" */
static char *
make_name (FarExportDialog *self)
{
  guint choice = adw_combo_row_get_selected (self->view);
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (far_session_now_us (self->session) /
                                                               G_USEC_PER_SEC);
  g_autofree char *day = g_date_time_format (now, "%F");

  return g_strdup_printf ("farthing-%s-%s.%s", choices[choice].view, day, choices[choice].format);
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarExportDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  bytes = far_platform_client_fetch_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (self->cancellable == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  update (self, error != NULL ? error->message : NULL);
  if (bytes == NULL)
    return;
  name = make_name (self);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_signal_emit (self, signals[READY], 0, name, text);
  gtk_window_close (GTK_WINDOW (self));
}

static char *
make_url (FarExportDialog *self)
{
  guint choice = adw_combo_row_get_selected (self->view);
  guint selected = adw_combo_row_get_selected (self->function);
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  gint64 to_us = far_session_now_us (self->session);
  gint64 length_us = far_range_get_length (far_session_get_range (self->session));
  g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, to_us - length_us);
  g_autofree char *to = g_strdup_printf ("%" G_GINT64_FORMAT, to_us);

  return far_platform_url ("/v1/export", "view", choices[choice].view, "format",
                           choices[choice].format, "function",
                           selected > 0 ? gtk_string_list_get_string (self->functions, selected)
                                        : NULL,
                           "from_us", from, "to_us", to, "zone",
                           g_time_zone_get_identifier (zone), NULL);
}

static void
export_cb (FarExportDialog *self)
{
  FarPlatformClient *client = far_session_get_client (self->session);
  g_autofree char *url = NULL;

  if (client == NULL || self->cancellable != NULL ||
      adw_combo_row_get_selected (self->view) >= G_N_ELEMENTS (choices))
    return;
  url = make_url (self);
  self->cancellable = g_cancellable_new ();
  update (self, NULL);
  far_platform_client_fetch_async (client, url, self->cancellable, fetched_cb,
                                   g_object_ref (self));
}

static gboolean
close_request_cb (FarExportDialog *self)
{
  give_up (self);
  return GDK_EVENT_PROPAGATE;
}

static void
far_export_dialog_dispose (GObject *object)
{
  FarExportDialog *self = FAR_EXPORT_DIALOG (object);

  give_up (self);
  g_clear_object (&self->session);
  g_clear_object (&self->functions);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_EXPORT_DIALOG);

  G_OBJECT_CLASS (far_export_dialog_parent_class)->dispose (object);
}

static void
far_export_dialog_class_init (FarExportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_export_dialog_dispose;
  signals[READY] = g_signal_new ("ready", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/export/"
                                               "far-export-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, export);
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, view);
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, function);
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, range);
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, form);
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, progress);
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarExportDialog, problem);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_request_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
far_export_dialog_init (FarExportDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
fill_functions (FarExportDialog *self, const char *chosen)
{
  FarPlatformClient *client = far_session_get_client (self->session);
  GListModel *functions = client != NULL ? far_platform_client_get_functions (client) : NULL;
  guint selected = 0;

  self->functions = gtk_string_list_new (NULL);
  gtk_string_list_append (self->functions, _("All functions"));
  for (guint i = 0; functions != NULL && i < g_list_model_get_n_items (functions); i++)
    {
      g_autoptr (FarFunctionInfo) function = g_list_model_get_item (functions, i);

      gtk_string_list_append (self->functions, far_function_info_get_name (function));
      if (g_strcmp0 (far_function_info_get_name (function), chosen) == 0)
        selected = i + 1;
    }
  adw_combo_row_set_model (self->function, G_LIST_MODEL (self->functions));
  adw_combo_row_set_selected (self->function, selected);
}

/**
 * far_export_dialog_new:
 * @parent: (nullable): the window it stands before
 * @session: whose deployment and range are exported
 * @function: (nullable): the function to begin with; NULL for all of them
 */
GtkWidget *
far_export_dialog_new (GtkWindow *parent, FarSession *session, const char *function)
{
  FarExportDialog *self = g_object_new (FAR_TYPE_EXPORT_DIALOG, "transient-for", parent, NULL);

  g_return_val_if_fail (FAR_IS_SESSION (session), NULL);

  self->session = g_object_ref (session);
  fill_functions (self, function);
  adw_action_row_set_subtitle (self->range, far_range_get_title (far_session_get_range (session)));
  update (self, NULL);
  /* GtkWindow:focus-widget is forgotten before the window is shown; Enter would cancel. */
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
  return GTK_WIDGET (self);
}
