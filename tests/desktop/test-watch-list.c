/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another deployment than the platform itself is chosen, and all pages follow. */
#include "far-desktop-test.h"

#include "desktop/deployments/far-deployment-dialog.h"
#include "desktop/far-window.h"
#include "far-fake-platform.h"

#define ONE(id, kind, name, money, age) \
  "{\"id\":\"" id "\",\"kind\":\"" kind "\",\"name\":\"" name "\",\"money\":\"" money "\"," \
  "\"state\":\"ok\",\"sample_us\":1795419060000000,\"age_us\":" age ",\"url\":\"https://hq\"}"
#define LOCAL ONE ("local", "local", "The Ropewalk", "test", "0")
#define HQ ONE ("hq", "farthingd", "Head office", "live", "7000000")

typedef struct {
  FarFakePlatform *platform;
  FarSession      *session;
  GtkWidget       *window;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->platform = far_fake_platform_new (far_test_data_dir ());
  far_fake_platform_answer (fixture->platform, "GET /v1/deployments",
                            "{\"deployments\":[" LOCAL "," HQ "]}");
  fixture->session = far_test_session_new ();
  fixture->window = g_object_ref (far_window_new (NULL, fixture->session));
  gtk_window_present (GTK_WINDOW (fixture->window));
  far_session_start (fixture->session);
  far_test_wait_until (far_watch_list_get_all (far_session_get_watched (fixture->session))->len ==
                       2);
  far_test_wait_until (far_session_get_market (fixture->session) != NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  far_test_close (fixture->window, fixture->window);
  far_test_session_stop (fixture->session);
  g_assert_finalize_object (fixture->session);
  far_fake_platform_free (fixture->platform);
}

static void
test_choose (Fixture *fixture, gconstpointer data)
{
  FarWatchList *watched = far_session_get_watched (fixture->session);
  FarDeployment *deployment = far_session_get_deployment (fixture->session);
  g_autofree char *age = NULL;

  far_window_show_page (FAR_WINDOW (fixture->window), "earnings");
  far_watch_list_choose (watched, "hq");
  g_assert_true (far_watch_list_is_remote (watched));
  g_assert_cmpstr (far_deployment_get_title (deployment), ==, "Head office");
  g_assert_cmpstr (far_deployment_get_money (deployment), ==, "live");
  g_assert_cmpstr (far_platform_client_get_deployment (far_session_get_client (fixture->session)),
                   ==, "hq");
  age = far_deployment_describe_age (deployment, g_get_monotonic_time ());
  g_assert_cmpstr (age, ==, "live, 7 s ago");
  /* Its money is watched by nobody here: no ledger, no reader, no page of theirs. */
  g_assert_null (far_session_get_market (fixture->session));
  g_assert_null (far_test_find (fixture->window, GTK_TYPE_LIST_BOX_ROW, "Earnings"));
  g_assert_false (far_test_has_text (fixture->window, "Simulated readers"));

  far_watch_list_choose (watched, FAR_WATCH_LIST_LOCAL);
  far_test_wait_until (far_session_get_market (fixture->session) != NULL);
  far_test_wait_until (g_strcmp0 (far_deployment_get_title (deployment), "The Ropewalk") == 0);
  g_assert_true (far_test_has_text (fixture->window, "Simulated readers"));
}

/* One that goes away while it is shown gives way to the platform itself. */
static void
test_remove (Fixture *fixture, gconstpointer data)
{
  FarWatchList *watched = far_session_get_watched (fixture->session);

  far_watch_list_choose (watched, "hq");
  far_fake_platform_answer (fixture->platform, "GET /v1/deployments",
                            "{\"deployments\":[" LOCAL "]}");
  far_test_wait_until (!far_watch_list_is_remote (watched));
  far_test_wait_until (far_session_get_market (fixture->session) != NULL);
}

static void
test_dialog (Fixture *fixture, gconstpointer data)
{
  GtkWidget *dialog = far_deployment_dialog_new (GTK_WINDOW (fixture->window), fixture->session);
  const char *sent;

  gtk_window_present (GTK_WINDOW (dialog));
  far_test_wait_until (gtk_widget_get_mapped (dialog));
  g_assert_false (gtk_widget_is_sensitive (far_test_find (dialog, GTK_TYPE_BUTTON, "_Test")));
  gtk_editable_set_text (GTK_EDITABLE (far_test_find (dialog, ADW_TYPE_ENTRY_ROW, "Name")),
                         "Head Office (2)");
  gtk_editable_set_text (GTK_EDITABLE (far_test_find (dialog, ADW_TYPE_ENTRY_ROW,
                                                      "Address (https://…)")), "https://hq:8443");
  gtk_editable_set_text (GTK_EDITABLE (far_test_find (dialog, ADW_TYPE_PASSWORD_ENTRY_ROW,
                                                      "Token")), "secret");
  far_fake_platform_answer (fixture->platform, "POST /v1/deployments/test",
                            "{\"ok\":true,\"functions\":3,\"checks\":[{\"name\":\"Certificate\","
                            "\"message\":\"It is the one that was pinned\",\"ok\":true}]}");
  far_test_click (dialog, "_Test");
  far_test_wait_until (far_test_has_text (dialog, "It answers, and reports 3 functions."));
  g_assert_nonnull (far_test_find (dialog, ADW_TYPE_ACTION_ROW, "Certificate"));
  sent = far_fake_platform_last_body (fixture->platform, "POST /v1/deployments/test");
  g_assert_nonnull (strstr (sent, "\"head-office-2\""));
  g_assert_nonnull (strstr (sent, "\"secret\""));

  /* What was found out is of another form once that changes. */
  gtk_editable_set_text (GTK_EDITABLE (far_test_find (dialog, ADW_TYPE_ENTRY_ROW, "Name")), "HQ");
  g_assert_false (far_test_has_text (dialog, "It answers, and reports 3 functions."));
  far_fake_platform_refuse (fixture->platform, "POST /v1/deployments", 1, 409, "exists");
  far_test_click (dialog, "_Add");
  far_test_wait_until (far_test_has_text (dialog, "Refused: exists."));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add ("/watch-list/choose", Fixture, NULL, set_up, test_choose, tear_down);
  g_test_add ("/watch-list/remove", Fixture, NULL, set_up, test_remove, tear_down);
  g_test_add ("/watch-list/dialog", Fixture, NULL, set_up, test_dialog, tear_down);
  return g_test_run ();
}
