/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/shell/far-state-view.h"

static GtkWidget *
visible_page (GtkWidget *view)
{
  GtkWidget *stack = far_test_find (view, GTK_TYPE_STACK, NULL);

  return gtk_stack_get_visible_child (GTK_STACK (stack));
}

static void
test_states (void)
{
  g_autoptr (FarDeployment) deployment = far_deployment_new ();
  GtkWidget *content = gtk_label_new ("figures");
  GtkWidget *view = g_object_new (FAR_TYPE_STATE_VIEW, "deployment", deployment,
                                  "content", content, NULL);
  GtkWidget *banner;
  GtkWidget *window;

  g_object_ref_sink (view);
  window = far_test_show (view, 600, 400);
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_STARTING, "Wait <a little>.");
  g_assert_true (far_test_has_text (visible_page (view), "Starting the Publication"));
  g_assert_false (gtk_widget_get_mapped (content));

  far_deployment_set_state (deployment, FAR_DEPLOYMENT_FAILED, "The port is taken & kept.");
  g_assert_true (far_test_has_text (visible_page (view), "The Publication Is Not Running"));
  g_assert_nonnull (far_test_find (visible_page (view), GTK_TYPE_BUTTON, "Try _Again"));

  far_deployment_set_sample (deployment, G_GINT64_CONSTANT (1577966400000000), 1);
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LIVE, NULL);
  far_test_wait_until (gtk_widget_get_mapped (content));
  banner = far_test_find (visible_page (view), GTK_TYPE_REVEALER, NULL);
  g_assert_false (gtk_revealer_get_reveal_child (GTK_REVEALER (banner)));

  /* Lost: the figures stay, but not as if they were live. */
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LOST, NULL);
  g_assert_true (gtk_revealer_get_reveal_child (GTK_REVEALER (banner)));
  far_test_wait_until (far_test_has_text (banner, "The platform does not answer. What you see is "
                                                  "from 2 Jan 2020, 12:00."));
  g_assert_true (gtk_widget_has_css_class (gtk_widget_get_parent (content), "stale"));
  g_assert_true (gtk_widget_get_mapped (content));

  /* What is only watched has a name and a reason, and nobody to reconnect to. */
  far_deployment_set_identity (deployment, "Far & away", "https://example.net", "live");
  far_deployment_set_sample (deployment, 0, 1);
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LOST, "It answers in HTML.");
  far_test_wait_until (far_test_has_text (banner,
                                          "Far & away cannot be watched: It answers in HTML."));
  g_assert_null (far_test_find (banner, GTK_TYPE_BUTTON, "_Reconnect"));
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LOST, "Its certificate is another.");
  far_test_wait_until (far_test_has_text (banner, "Far & away cannot be watched: Its certificate "
                                                  "is another."));

  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LIVE, NULL);
  g_assert_false (gtk_widget_has_css_class (gtk_widget_get_parent (content), "stale"));
  far_test_close (window, view);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/state-view/states", test_states);
  return g_test_run ();
}
