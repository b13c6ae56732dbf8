/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks where to, writes, and tells the window that it is done, or why not: a dialog's toast appears
 * in the window before which the dialog stands. Main thread; the writing is GIO's. */
#include "farthing-config.h"

#include "desktop/shell/far-save.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct {
  GtkFileChooserNative *chooser;
  GtkWidget            *widget;
  char                 *text;
} Save;

static void
save_free (gpointer data, GClosure *closure)
{
  Save *save = data;

  g_clear_weak_pointer (&save->widget);
  g_free (save->text);
  g_free (save);
}

static void
tell (GtkWidget *widget, const char *text)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (widget));

  while (window != NULL && gtk_window_get_transient_for (window) != NULL)
    window = gtk_window_get_transient_for (window);
  if (window != NULL)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.toast", "s", text);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_file_get_basename (G_FILE (source));
  g_autofree char *shown = g_filename_display_name (name);
  g_autofree char *text = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    /* Translators: %s is the name of a file */
    text = g_strdup_printf (_("“%s” is saved"), shown);
  else
    /* Translators: the name of a file, and why */
    text = g_strdup_printf (_("“%s” was not saved: %s"), shown, error->message);
  tell (widget, text);
}

/**
 * far_save_text_to:
 * @widget: whose window is told
 * @file: replaced
 * @text: UTF-8
 */
void
far_save_text_to (GtkWidget *widget, GFile *file, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE,
                                       G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                       NULL, written_cb, g_object_ref (widget));
}

static void
chosen_cb (GtkFileChooserNative *chooser, int response, Save *save)
{
  if (response == GTK_RESPONSE_ACCEPT && save->widget != NULL)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

      far_save_text_to (save->widget, file, save->text);
    }
  g_object_unref (chooser);
}

/**
 * far_save_text:
 * @widget: before whose window the question stands
 * @title: of the question
 * @name: of the file, for a beginning
 * @text: what is saved, UTF-8
 */
void
far_save_text (GtkWidget *widget, const char *title, const char *name, const char *text)
{
  GtkFileChooserNative *chooser =
    gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (widget)),
                                 GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  Save *save = g_new0 (Save, 1);

  g_set_weak_pointer (&save->widget, widget);
  save->text = g_strdup (text);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  g_signal_connect_data (chooser, "response", G_CALLBACK (chosen_cb), save, save_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
