/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks where to, and whether really; what follows is others' work. */
#include "farthing-config.h"

#include "desktop/wallet/far-data-group.h"

#include <glib/gi18n.h>

#define FORGET "forget"
#define KEEP "keep"

struct _FarDataGroup
{
  AdwPreferencesGroup parent_instance;

  GtkWidget            *export_row;
  GtkWidget            *forget_row;
  GtkFileChooserNative *chooser;
};

enum { EXPORT, FORGOTTEN, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarDataGroup, far_data_group, ADW_TYPE_PREFERENCES_GROUP)

static GtkWindow *
get_window (FarDataGroup *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
chosen_cb (FarDataGroup *self, int response)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_clear_object (&self->chooser);
  if (file != NULL)
    g_signal_emit (self, signals[EXPORT], 0, file);
}

static void
export_cb (FarDataGroup *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_("Save What Is Kept of You"), get_window (self),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), "farthing-reader.json");
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
answered_cb (FarDataGroup *self, const char *response)
{
  if (g_str_equal (response, FORGET))
    g_signal_emit (self, signals[FORGOTTEN], 0);
}

static void
forget_cb (FarDataGroup *self)
{
  GtkWidget *dialog = adw_message_dialog_new (get_window (self), _("Forget You?"), NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);

  adw_message_dialog_set_body (message,
                               _("What you read and paid can no longer be found under your name, "
                                 "and articles you opened lock again. The amounts stay in the "
                                 "books, without you. The tab must be paid and the wallet empty."));
  adw_message_dialog_add_responses (message, KEEP, _("_Keep"), FORGET, _("_Forget Me"), NULL);
  adw_message_dialog_set_response_appearance (message, FORGET, ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (message, KEEP);
  adw_message_dialog_set_close_response (message, KEEP);
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
far_data_group_dispose (GObject *object)
{
  FarDataGroup *self = FAR_DATA_GROUP (object);
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (self);

  g_clear_object (&self->chooser);
  if (self->export_row != NULL)
    {
      adw_preferences_group_remove (group, self->export_row);
      adw_preferences_group_remove (group, self->forget_row);
    }
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_DATA_GROUP);

  G_OBJECT_CLASS (far_data_group_parent_class)->dispose (object);
}

static void
far_data_group_class_init (FarDataGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_data_group_dispose;
  signals[EXPORT] = g_signal_new ("export", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_FILE);
  signals[FORGOTTEN] = g_signal_new ("forget", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/wallet/"
                                               "far-data-group.ui");
  gtk_widget_class_bind_template_child (widget_class, FarDataGroup, export_row);
  gtk_widget_class_bind_template_child (widget_class, FarDataGroup, forget_row);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_bind_template_callback (widget_class, forget_cb);
}

static void
far_data_group_init (FarDataGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
