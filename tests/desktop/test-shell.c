/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What both implementations of the shell must do alike. */
#include "far-desktop-test.h"

#include "desktop/shell/far-shell.h"

static GtkWidget *
create_part (int width, const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_set_size_request (label, width, -1);
  return label;
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_wide (void)
{
  GtkWidget *shell = g_object_new (FAR_TYPE_SHELL, "sidebar", create_part (220, "pages"),
                                   "content", create_part (360, "content"), NULL);
  GtkWidget *window;

  g_object_ref_sink (shell);
  window = far_test_show (shell, 1000, 600);
  g_assert_false (far_shell_get_folded (FAR_SHELL (shell)));
  g_assert_true (gtk_widget_get_mapped (far_test_find (shell, GTK_TYPE_LABEL, "pages")));
  g_assert_true (gtk_widget_get_mapped (far_test_find (shell, GTK_TYPE_LABEL, "content")));
  far_test_close (window, shell);
}

static void
test_narrow (void)
{
  GtkWidget *shell = g_object_new (FAR_TYPE_SHELL, "sidebar", create_part (220, "pages"),
                                   "content", create_part (360, "content"), NULL);
  GtkWidget *content;
  GtkWidget *pages;
  GtkWidget *window;
  guint n_folded = 0;
  guint n_shown = 0;

  g_object_ref_sink (shell);
  g_signal_connect_swapped (shell, "notify::folded", G_CALLBACK (count_cb), &n_folded);
  g_signal_connect_swapped (shell, "notify::show-content", G_CALLBACK (count_cb), &n_shown);
  content = far_test_find (shell, GTK_TYPE_LABEL, "content");
  g_object_get (shell, "sidebar", &pages, NULL);
  window = far_test_show (shell, 400, 600);

  far_test_wait_until (far_shell_get_folded (FAR_SHELL (shell)));
  g_assert_cmpuint (n_folded, >, 0);
  g_assert_true (far_shell_get_show_content (FAR_SHELL (shell)));
  far_test_wait_until (gtk_widget_get_mapped (content) && !gtk_widget_get_mapped (pages));

  far_shell_set_show_content (FAR_SHELL (shell), FALSE);
  g_assert_cmpuint (n_shown, >, 0);
  g_assert_false (far_shell_get_show_content (FAR_SHELL (shell)));
  far_test_wait_until (gtk_widget_get_mapped (pages) && !gtk_widget_get_mapped (content));

  g_object_unref (pages);
  far_test_close (window, shell);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/shell/wide", test_wide);
  g_test_add_func ("/shell/narrow", test_narrow);
  return g_test_run ();
}
