/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session joins what runs, notices when it goes, and comes back to it. */
#include "far-desktop-test.h"

#include "far-fake-platform.h"

#define state_of(session) far_deployment_get_state (far_session_get_deployment (session))

static void
test_life (void)
{
  g_autoptr (FarFakePlatform) platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  FarDeployment *deployment = far_session_get_deployment (session);

  g_assert_cmpint (state_of (session), ==, FAR_DEPLOYMENT_STARTING);
  far_session_start (session);
  far_test_wait_until (state_of (session) == FAR_DEPLOYMENT_LIVE);
  g_assert_cmpstr (far_deployment_get_title (deployment), ==, "The Ropewalk");
  g_assert_cmpstr (far_deployment_get_money (deployment), ==, "test");
  g_assert_true (far_deployment_is_current (deployment, g_get_monotonic_time ()));
  far_test_wait_until (far_session_get_cost (session) == 3000000);
  g_assert_cmpint (far_session_get_invocations (session), ==, 130);
  far_test_wait_until (far_catalog_get_state (far_session_get_catalog (session)) ==
                       FAR_CATALOG_READY);

  far_fake_platform_die (platform);
  far_test_wait_until (state_of (session) == FAR_DEPLOYMENT_LOST);
  g_clear_pointer (&platform, far_fake_platform_free);
  platform = far_fake_platform_new (far_test_data_dir ());
  far_test_wait_until (state_of (session) == FAR_DEPLOYMENT_LIVE);

  /* It was only joined, so it is left alone. */
  far_test_session_stop (session);
  g_assert_cmpuint (far_fake_platform_count (platform, "POST /v1/shutdown"), ==, 0);
  g_assert_finalize_object (session);
}

static void
store_cb (char **ret, const char *text)
{
  g_free (*ret);
  *ret = g_strdup (text);
}

/* The event log: what rose since the first sight, readers coming and going. */
static void
test_events (void)
{
  g_autoptr (FarFakePlatform) platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  GListModel *events = far_deployment_get_events (far_session_get_deployment (session));
  g_autofree char *traffic = g_strdup_printf (FAR_FAKE_TRAFFIC, "true", 5);
  g_autoptr (FarEventItem) event = NULL;
  g_autofree char *title = NULL;

  far_session_start (session);
  far_test_wait_until (state_of (session) == FAR_DEPLOYMENT_LIVE);
  g_assert_cmpuint (g_list_model_get_n_items (events), ==, 0);

  far_fake_platform_send (platform, "\"type\":\"functions\",\"functions\":[{\"name\":\"Pledge\","
                                    "\"runtime\":\"provided.al2023\",\"invocations\":95,"
                                    "\"errors\":3,\"throttles\":4}]");
  far_test_wait_until (g_list_model_get_n_items (events) == 1);
  event = g_list_model_get_item (events, 0);
  g_object_get (event, "title", &title, NULL);
  g_assert_cmpstr (title, ==, "Pledge: 2 errors");

  far_fake_platform_send (platform, traffic);
  far_test_wait_until (g_list_model_get_n_items (events) == 2);
  g_assert_true (far_readers_get_running (far_session_get_readers (session)));
  g_assert_cmpint (far_readers_get_traffic (far_session_get_readers (session))->arrivals, ==, 7);

  far_test_session_stop (session);
  g_assert_finalize_object (session);
}

/* What fails at the user's request is told, with the server's own words. */
static void
test_problem (void)
{
  g_autoptr (FarFakePlatform) platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  g_autofree char *problem = NULL;

  g_signal_connect_swapped (session, "problem", G_CALLBACK (store_cb), &problem);
  far_session_start (session);
  far_test_wait_until (state_of (session) == FAR_DEPLOYMENT_LIVE);
  far_fake_platform_refuse (platform, "PUT /v1/traffic", 1, 409, "busy");
  far_readers_start (far_session_get_readers (session));
  far_test_wait_until (problem != NULL);
  g_assert_cmpstr (problem, ==, "The simulated readers did not obey: Refused: busy.");

  far_test_session_stop (session);
  g_assert_finalize_object (session);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/session/life", test_life);
  g_test_add_func ("/session/events", test_events);
  g_test_add_func ("/session/problem", test_problem);
  return g_test_run ();
}
