/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desktop/model/far-deployment.h"

#define NOW_US (1000 * (gint64) G_USEC_PER_SEC)

#define CHECK_AGE(deployment, age_us, text) \
  G_STMT_START { \
    g_autofree char *got = far_deployment_describe_age (deployment, NOW_US + (age_us)); \
    g_assert_cmpstr (got, ==, text); \
  } G_STMT_END

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_age (void)
{
  FarDeployment *deployment = far_deployment_new ();

  CHECK_AGE (deployment, 0, "starting");
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LIVE, NULL);
  CHECK_AGE (deployment, 0, "no sample yet");
  g_assert_false (far_deployment_is_current (deployment, NOW_US));

  far_deployment_set_sample (deployment, 1, NOW_US);
  CHECK_AGE (deployment, 0, "live, just now");
  CHECK_AGE (deployment, 3 * G_USEC_PER_SEC, "live, 3 s ago");
  g_assert_true (far_deployment_is_current (deployment, NOW_US + 3 * G_USEC_PER_SEC));

  /* What is old is never called live, whatever the state says. */
  CHECK_AGE (deployment, 9 * G_USEC_PER_SEC, "stale, 9 s ago");
  g_assert_false (far_deployment_is_current (deployment, NOW_US + 9 * G_USEC_PER_SEC));
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LOST, NULL);
  CHECK_AGE (deployment, G_USEC_PER_SEC, "offline, 1 s ago");
  g_assert_false (far_deployment_is_current (deployment, NOW_US));
  g_assert_finalize_object (deployment);
}

static void
test_notify (void)
{
  FarDeployment *deployment = far_deployment_new ();
  guint n = 0;

  g_signal_connect_swapped (deployment, "notify", G_CALLBACK (count_cb), &n);
  far_deployment_set_identity (deployment, "The Ropewalk", "here", "test");
  g_assert_cmpuint (n, ==, 3);
  far_deployment_set_identity (deployment, "The Ropewalk", "here", "test");
  g_assert_cmpuint (n, ==, 3);
  far_deployment_set_identity (deployment, "The Ropewalk", "there", "test");
  g_assert_cmpuint (n, ==, 4);
  far_deployment_set_isolation (deployment, "full", "");
  far_deployment_set_isolation (deployment, "full", "");
  g_assert_cmpuint (n, ==, 6);
  g_assert_finalize_object (deployment);
}

static void
test_events (void)
{
  FarDeployment *deployment = far_deployment_new ();
  GListModel *events = far_deployment_get_events (deployment);

  for (gint64 i = 0; i < FAR_DEPLOYMENT_EVENTS_MAX + 10; i++)
    {
      g_autoptr (FarEventItem) event = far_event_item_new (i, "far-live-symbolic", "event", NULL);
      g_autoptr (FarEventItem) newest = NULL;

      far_deployment_add_event (deployment, event);
      newest = g_list_model_get_item (events, 0);
      g_assert_true (newest == event);
    }
  g_assert_cmpuint (g_list_model_get_n_items (events), ==, FAR_DEPLOYMENT_EVENTS_MAX);
  g_assert_finalize_object (deployment);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deployment/age", test_age);
  g_test_add_func ("/deployment/notify", test_notify);
  g_test_add_func ("/deployment/events", test_events);
  return g_test_run ();
}
