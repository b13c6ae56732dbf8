/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/help/far-shortcuts-window.h"

/* What the application has set stands there, what it has not does not, and it fits a phone. */
static void
test_shortcuts (void)
{
  static const char *const keys[] = { "<Control>f", NULL };
  g_autoptr (GtkApplication) application = gtk_application_new (NULL, G_APPLICATION_NON_UNIQUE);
  g_autoptr (GError) error = NULL;
  GtkWidget *window;
  GtkWidget *row;
  GtkWidget *label;
  int minimum;

  g_assert_true (g_application_register (G_APPLICATION (application), NULL, &error));
  g_assert_no_error (error);
  gtk_application_set_accels_for_action (application, "win.search", keys);
  window = g_object_ref (far_shortcuts_window_new (NULL, application));
  gtk_window_present (GTK_WINDOW (window));
  far_test_wait_until (gtk_widget_get_mapped (window));

  row = far_test_find (window, ADW_TYPE_ACTION_ROW, "Search");
  g_assert_nonnull (row);
  label = far_test_find (row, GTK_TYPE_SHORTCUT_LABEL, NULL);
  g_assert_cmpstr (gtk_shortcut_label_get_accelerator (GTK_SHORTCUT_LABEL (label)), ==,
                   "<Control>f");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "Ctrl+F");
  g_assert_nonnull (far_test_find (window, ADW_TYPE_ACTION_ROW, "Put the cursor away"));
  g_assert_null (far_test_find (window, ADW_TYPE_ACTION_ROW, "Overview"));
  /* Without what is drawn around the window. */
  gtk_widget_measure (gtk_widget_get_first_child (window), GTK_ORIENTATION_HORIZONTAL, -1, &minimum,
                      NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  far_test_close (window, window);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/shortcuts/list", test_shortcuts);
  return g_test_run ();
}
