/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-title.h"

static void
test_title (void)
{
  g_autoptr (FarDeployment) deployment = far_deployment_new ();
  GtkWidget *title = g_object_new (FAR_TYPE_TITLE, "title", "Overview",
                                   "deployment", deployment, NULL);
  GtkWidget *window;

  g_object_ref_sink (title);
  window = far_test_show (title, 400, 60);
  g_assert_true (far_test_has_text (title, "Overview"));
  g_assert_true (far_test_has_text (title, "starting"));

  far_deployment_set_identity (deployment, "The Ropewalk", "here", "test");
  far_deployment_set_sample (deployment, 1, g_get_monotonic_time ());
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LIVE, NULL);
  g_assert_true (far_test_has_text (title, "The Ropewalk"));
  g_assert_true (far_test_has_text (title, "live, just now"));

  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LOST, NULL);
  g_assert_true (far_test_has_text (title, "offline, just now"));
  far_test_close (window, title);
}

/* Neither word is claimed before it is known. */
static void
test_badge (void)
{
  GtkWidget *badge = g_object_new (FAR_TYPE_MONEY_BADGE, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *window;

  g_object_ref_sink (badge);
  gtk_box_append (GTK_BOX (box), badge);
  window = far_test_show (box, 400, 60);
  g_assert_false (gtk_widget_get_visible (badge));
  g_object_set (badge, "money", "test", NULL);
  g_assert_true (far_test_has_text (badge, "Test money"));
  g_object_set (badge, "money", "live", NULL);
  g_assert_true (far_test_has_text (badge, "Live money"));
  g_object_set (badge, "money", "test", "compact", TRUE, NULL);
  g_assert_true (far_test_has_text (badge, "Test"));
  g_object_set (badge, "money", NULL, NULL);
  g_assert_false (gtk_widget_get_visible (badge));
  far_test_close (window, badge);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/title/states", test_title);
  g_test_add_func ("/money-badge/words", test_badge);
  return g_test_run ();
}
