/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are bound to the settings; there is nothing to apply. */
#include "desktop/far-preferences-window.h"

struct _FarPreferencesWindow
{
  AdwPreferencesWindow parent_instance;

  GtkSwitch *background;
};

G_DEFINE_FINAL_TYPE (FarPreferencesWindow, far_preferences_window, ADW_TYPE_PREFERENCES_WINDOW)

static void
far_preferences_window_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), FAR_TYPE_PREFERENCES_WINDOW);

  G_OBJECT_CLASS (far_preferences_window_parent_class)->dispose (object);
}

static void
far_preferences_window_class_init (FarPreferencesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_preferences_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/"
                                               "far-preferences-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FarPreferencesWindow, background);
}

static void
far_preferences_window_init (FarPreferencesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_preferences_window_new:
 * @parent: the window it stands before
 * @settings: of the application's schema
 */
GtkWidget *
far_preferences_window_new (GtkWindow *parent, GSettings *settings)
{
  FarPreferencesWindow *self = g_object_new (FAR_TYPE_PREFERENCES_WINDOW,
                                             "transient-for", parent, NULL);

  g_return_val_if_fail (G_IS_SETTINGS (settings), NULL);

  g_settings_bind (settings, "run-in-background", self->background, "active",
                   G_SETTINGS_BIND_DEFAULT);
  return GTK_WIDGET (self);
}
