/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/far-preferences-window.h"
#include "desktop/far-window.h"
#include "desktop/overview/far-overview-page.h"
#include "desktop/reader/far-reader-page.h"
#include "desktop/shell/far-shell.h"
#include "far-fake-platform.h"

/* Of text as it is, in the unit of the setting. */
#define DPI (96 * 1024)

static void
test_pages (void)
{
  FarSession *session = far_test_session_new ();
  GtkWidget *window = far_window_new (NULL, session);
  GtkWidget *shell;

  g_object_ref (window);
  gtk_window_present (GTK_WINDOW (window));
  far_test_wait_until (gtk_widget_get_mapped (window));
  far_test_session_go_live (session);
  shell = far_test_find (window, FAR_TYPE_SHELL, NULL);
  far_test_wait_until (far_test_find (window, FAR_TYPE_OVERVIEW_PAGE, NULL) != NULL);

  g_assert_true (gtk_widget_activate_action (window, "win.show-page", "s", "reader"));
  far_test_wait_until (far_test_find (window, FAR_TYPE_READER_PAGE, NULL) != NULL);
  g_assert_true (gtk_widget_activate_action (window, "win.show-page", "s", "nowhere"));
  g_assert_nonnull (far_test_find (window, FAR_TYPE_READER_PAGE, NULL));
  g_assert_true (far_shell_get_show_content (FAR_SHELL (shell)));

  /* The session speaks through toasts; its words are no markup. */
  g_signal_emit_by_name (session, "problem", "It broke: <b>& badly");
  far_test_wait_until (far_test_has_text (window, "It broke: <b>& badly"));

  far_test_close (window, window);
  g_assert_finalize_object (session);
}

/* Every page fits a phone held upright, also where a window has all its buttons. */
static void
check_narrow (const char *decoration_layout, double text)
{
  static const char *const names[] = { "overview", "functions", "traces", "alarms", "earnings",
                                       "reader" };
  FarSession *session = far_test_session_new ();
  GtkWidget *window;
  GtkWidget *shell;
  GtkWidget *pages = NULL;

  g_object_set (gtk_settings_get_default (), "gtk-decoration-layout", decoration_layout,
                "gtk-xft-dpi", (int) (text * DPI), NULL);
  window = far_window_new (NULL, session);
  g_object_ref (window);
  gtk_window_set_default_size (GTK_WINDOW (window), 360, 640);
  gtk_window_present (GTK_WINDOW (window));
  far_test_wait_until (gtk_widget_get_mapped (window));
  far_test_session_go_live (session);
  shell = far_test_find (window, FAR_TYPE_SHELL, NULL);
  g_object_get (shell, "content", &pages, NULL);
  far_test_wait_until (far_shell_get_folded (FAR_SHELL (shell)));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GtkWidget *page = gtk_stack_get_child_by_name (GTK_STACK (pages), names[i]);
      int minimum;

      gtk_widget_measure (page, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      g_test_message ("%s: %d", names[i], minimum);
      g_assert_cmpint (minimum, <=, 360);
    }
  g_assert_true (gtk_widget_activate_action (window, "win.back", NULL));
  g_assert_false (far_shell_get_show_content (FAR_SHELL (shell)));

  g_object_unref (pages);
  far_test_close (window, window);
  g_assert_finalize_object (session);
}

static void
test_narrow (void)
{
  check_narrow ("menu:minimize,maximize,close", 1);
  check_narrow ("appmenu:close", 1);
}

/* Also for who has made all text half as large again. */
static void
test_large_text (void)
{
  check_narrow ("menu:minimize,maximize,close", 1.5);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", DPI, NULL);
}

/* "Reconnect" and "Try Again" begin anew. */
static void
test_retry (void)
{
  g_autoptr (FarFakePlatform) platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  FarDeployment *deployment = far_session_get_deployment (session);
  GtkWidget *window = far_window_new (NULL, session);

  g_object_ref (window);
  gtk_window_present (GTK_WINDOW (window));
  far_test_wait_until (gtk_widget_get_mapped (window));
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_FAILED, "It did not start.");
  g_assert_true (gtk_widget_activate_action (window, "win.retry", NULL));
  far_test_wait_until (far_deployment_get_state (deployment) == FAR_DEPLOYMENT_LIVE);

  far_test_close (window, window);
  far_test_session_stop (session);
  g_assert_finalize_object (session);
}

static void
test_preferences (void)
{
  g_autoptr (GSettings) settings = g_settings_new ("io.github.farthing.Farthing");
  GtkWidget *parent = gtk_window_new ();
  GtkWidget *window = far_preferences_window_new (GTK_WINDOW (parent), settings);
  GtkWidget *control;

  g_object_ref (window);
  gtk_window_present (GTK_WINDOW (window));
  far_test_wait_until (gtk_widget_get_mapped (window));
  control = far_test_find (window, GTK_TYPE_SWITCH, NULL);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Keep running in background");
  g_assert_false (gtk_switch_get_active (GTK_SWITCH (control)));
  gtk_switch_set_active (GTK_SWITCH (control), TRUE);
  g_assert_true (g_settings_get_boolean (settings, "run-in-background"));
  g_settings_reset (settings, "run-in-background");
  g_assert_false (gtk_switch_get_active (GTK_SWITCH (control)));

  far_test_close (window, window);
  gtk_window_destroy (GTK_WINDOW (parent));
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/window/pages", test_pages);
  g_test_add_func ("/window/fits/narrow", test_narrow);
  g_test_add_func ("/window/fits/large-text", test_large_text);
  g_test_add_func ("/window/retry", test_retry);
  g_test_add_func ("/preferences-window/settings", test_preferences);
  return g_test_run ();
}
