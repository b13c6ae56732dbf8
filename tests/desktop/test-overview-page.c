/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/charts/far-time-plot.h"
#include "desktop/overview/far-event-row.h"
#include "desktop/overview/far-overview-page.h"
#include "desktop/overview/far-readers-card.h"
#include "desktop/overview/far-stat-tile.h"
#include "far-fake-platform.h"

/* More than there are things to focus. */
#define TABS_MAX 24

static void
test_page (void)
{
  FarSession *session = far_test_session_new ();
  FarDeployment *deployment = far_session_get_deployment (session);
  g_autoptr (FarEarnings) earnings = far_test_earnings ();
  g_autoptr (FarEventItem) event = far_event_item_new (G_GINT64_CONSTANT (1795521600000000),
                                                       "far-error-symbolic", "Pledge: 2 errors",
                                                       NULL);
  GtkWidget *page = g_object_new (FAR_TYPE_OVERVIEW_PAGE, "title", "Overview", NULL);
  GtkWidget *window;

  g_object_ref_sink (page);
  g_object_set (page, "session", session, NULL);
  window = far_test_show (page, 1000, 900);
  g_assert_true (far_test_has_text (page, "Starting the Publication"));

  far_test_session_go_live (session);
  far_test_wait_until (far_test_has_text (page, "Recent Events"));
  g_assert_true (far_test_has_text (page, "Nothing has happened since the window was opened"));
  far_books_apply_earnings (far_session_get_books (session), earnings);
  far_deployment_add_event (deployment, event);
  far_test_wait_until (far_test_has_text (page, "Pledge: 2 errors"));
  g_assert_true (far_test_has_text (page, "12:00:00"));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (far_test_find (page, FAR_TYPE_EVENT_ROW,
                                                                      NULL)),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "Pledge: 2 errors, 12:00:00");
  /* The day of the reading: 40.000001 + 10 − 0.035. */
  g_assert_true (far_test_has_text (page, "$49.965001"));
  g_assert_true (far_test_has_text (page, "$123.456789 in all"));

  /* The tier in force, and what keeps a stronger one from being it. */
  g_assert_true (far_test_has_text (page, "Isolation of functions: full"));
  far_deployment_set_isolation (deployment, "none", "full: no namespaces here");
  far_test_wait_until (far_test_has_text (page, "Isolation of functions: none"));
  g_assert_true (far_test_has_text (page, "Full: no namespaces here"));
  far_deployment_set_isolation (deployment, NULL, NULL);
  far_test_wait_until (!far_test_has_text (page, "Full: no namespaces here"));

  /* With live money nobody is simulated, and nobody is offered it. */
  g_assert_true (far_test_has_text (page, "Nobody is reading"));
  far_deployment_set_identity (deployment, "The Ropewalk", "the platform on this computer", "live");
  far_test_wait_until (!far_test_has_text (page, "Nobody is reading"));

  far_test_close (window, page);
  g_assert_finalize_object (session);
}

#define HQ \
  "{\"id\":\"hq\",\"kind\":\"prometheus\",\"name\":\"Head office\",\"url\":\"http://hq\"," \
  "\"money\":\"none\",\"state\":\"ok\",\"message\":\"\",\"quantiles\":\"bucket\",\"counts\":\"\"," \
  "\"reports\":[\"invocations\",\"p50_us\",\"p99_us\"],\"missing\":[{\"what\":\"concurrency\"," \
  "\"reason\":\"there is no gauge of it\"}],\"sample_us\":1795521600000000,\"age_us\":1000000," \
  "\"functions\":1}"

/* What is watched says what it cannot report, and how exact the rest is; margins say which of them
 * are not known. */
static void
test_gaps (void)
{
  g_autoptr (FarFakePlatform) platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  FarWatchList *watched = far_session_get_watched (session);
  GtkWidget *page = g_object_new (FAR_TYPE_OVERVIEW_PAGE, "title", "Overview", NULL);
  GtkWidget *window;

  far_fake_platform_answer (platform, "GET /v1/deployments", "{\"deployments\":[" HQ "]}");
  far_fake_platform_answer (platform, "GET /v1/margin",
                            "{\"from_us\":1,\"to_us\":2,\"group\":\"article\",\"currency\":"
                            "\"USD\",\"money\":\"test\",\"money_reason\":null,\"price\":{},"
                            "\"rows\":[{\"key\":\"rope\",\"invocations\":5,"
                            "\"cost_picodollars\":2000000,\"earned_micros\":\"50000\","
                            "\"net_picodollars\":\"49998000000\",\"reported\":true,"
                            "\"reason\":null},{\"key\":\"bread\",\"invocations\":1,"
                            "\"cost_picodollars\":1000000,\"earned_micros\":null,"
                            "\"net_picodollars\":null,\"reported\":false,\"reason\":\"no\"}],"
                            "\"n_rows\":2,\"total\":{\"invocations\":6,\"cost_picodollars\":"
                            "3000000,\"earned_micros\":\"50000\",\"net_picodollars\":null,"
                            "\"reported\":false,\"reason\":\"no\"},\"unattributed\":"
                            "{\"invocations\":0,\"cost_picodollars\":0,\"earned_micros\":null}}");
  g_object_ref_sink (page);
  g_object_set (page, "session", session, NULL);
  window = far_test_show (page, 1000, 900);
  far_session_start (session);
  far_test_wait_until (far_test_has_text (page, "Which way is tight"));
  g_assert_true (far_test_has_text (page, "$0.0499"));
  g_assert_true (far_test_has_text (page, "not reported"));
  far_test_wait_until (far_watch_list_get_all (watched)->len == 1);
  g_assert_false (far_test_has_text (page, "Most in the last minute") &&
                  far_test_has_text (page, "Not reported by Head office"));

  /* Where margins are not reported, those of the deployment before are gone. */
  far_fake_platform_refuse (platform, "GET /v1/margin", G_MAXUINT, 501, "not_reported");
  far_watch_list_choose (watched, "hq");
  far_test_wait_until (!far_test_has_text (page, "Margin by Article"));
  far_test_wait_until (far_test_has_text (page, "Concurrency: there is no gauge of it\n"
                                                "Percentiles are as fine as the buckets of the "
                                                "source: the truth lies in the range that is "
                                                "shown.\nCounts of functions are those of the "
                                                "time range."));
  far_test_wait_until (far_test_has_text (page, "Not reported by Head office"));
  g_assert_false (far_test_has_text (page, "130 in all"));
  /* Functions are asked for of the one time range of all pages, and the tile says of which. */
  far_test_wait_until (strstr (far_fake_platform_last_body (platform, "GET /v1/functions"),
                               "window_s=300&") != NULL);
  far_test_wait_until (far_test_has_text (page, "In the last 5 minutes: 130"));
  far_session_set_range (session, FAR_RANGE_DAY);
  far_test_wait_until (strstr (far_fake_platform_last_body (platform, "GET /v1/functions"),
                               "window_s=86400&") != NULL);
  far_test_wait_until (far_test_has_text (page, "In the last day: 130"));

  far_test_close (window, page);
  far_test_session_stop (session);
  g_assert_finalize_object (session);
}

/* What was dropped under load is said, with how much it was. */
static void
test_dropped (void)
{
  g_autoptr (FarFakePlatform) platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  GtkWidget *page = g_object_new (FAR_TYPE_OVERVIEW_PAGE, "title", "Overview", NULL);
  GtkWidget *window;

  far_fake_platform_set_dropped (platform, 1234);
  g_object_ref_sink (page);
  g_object_set (page, "session", session, NULL);
  window = far_test_show (page, 1000, 900);
  far_session_start (session);
  far_test_wait_until (far_test_has_text (page, "Not all telemetry was kept"));
  g_assert_true (far_test_has_text (page, "1234 records and lines were dropped under load."));
  far_test_close (window, page);
  far_test_session_stop (session);
  g_assert_finalize_object (session);
}

static void
test_tile (void)
{
  /* Not in the assertion itself, whose text GTK takes for a format. */
  static const char name[] = "Errors: 1.2%, Throttled 0%";
  FarStatTile *tile = g_object_new (FAR_TYPE_STAT_TILE, "title", "Errors", NULL);
  GtkWidget *window;

  g_object_ref_sink (tile);
  window = far_test_show (GTK_WIDGET (tile), 300, 120);
  g_assert_true (far_test_has_text (GTK_WIDGET (tile), "—"));
  far_stat_tile_set_figure (tile, "1.2%", "Throttled 0%");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (tile), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       name);
  far_test_close (window, tile);
}

static void
test_readers_card (void)
{
  g_autoptr (GSettings) settings = g_settings_new ("io.github.farthing.Farthing");
  FarReaders *readers = far_readers_new (settings);
  FarReadersCard *card = g_object_new (FAR_TYPE_READERS_CARD, NULL);
  GtkWidget *scale;
  GtkWidget *window;

  g_object_ref_sink (card);
  far_readers_set_rate (readers, 12);
  far_readers_card_set_readers (card, readers);
  window = far_test_show (GTK_WIDGET (card), 400, 300);
  g_assert_true (far_test_has_text (GTK_WIDGET (card), "12/s"));
  g_assert_true (far_test_has_text (GTK_WIDGET (card), "Nobody is reading"));
  g_assert_nonnull (far_test_find (GTK_WIDGET (card), GTK_TYPE_BUTTON, "Start"));

  scale = far_test_find (GTK_WIDGET (card), GTK_TYPE_SCALE, NULL);
  gtk_range_set_value (GTK_RANGE (scale), 40);
  g_assert_true (far_test_has_text (GTK_WIDGET (card), "40/s"));
  g_assert_cmpint (g_settings_get_int (settings, "readers-per-second"), ==, 40);

  far_test_close (window, card);
  g_assert_finalize_object (readers);
}

/* Whether the Tab key, pressed often enough, comes by a widget of that type. */
static gboolean
tab_reaches (GtkWidget *window, GtkDirectionType direction, GType type)
{
  for (guint i = 0; i < TABS_MAX; i++)
    {
      GtkWidget *focus;

      gtk_widget_child_focus (window, direction);
      focus = gtk_window_get_focus (GTK_WINDOW (window));
      if (focus != NULL && g_type_is_a (G_OBJECT_TYPE (focus), type))
        return TRUE;
    }
  return FALSE;
}

/* Past the tiles, which hold nothing to focus, through charts and cards, and back. */
static void
test_keyboard (void)
{
  FarSession *session = far_test_session_new ();
  GtkWidget *page = g_object_new (FAR_TYPE_OVERVIEW_PAGE, "title", "Overview", NULL);
  GtkWidget *window;

  g_object_ref_sink (page);
  g_object_set (page, "session", session, NULL);
  window = far_test_show (page, 1000, 900);
  far_test_session_go_live (session);
  far_test_wait_until (far_test_has_text (page, "Recent Events"));

  g_assert_true (tab_reaches (window, GTK_DIR_TAB_FORWARD, FAR_TYPE_TIME_PLOT));
  g_assert_true (tab_reaches (window, GTK_DIR_TAB_FORWARD, GTK_TYPE_SCALE));
  g_assert_true (tab_reaches (window, GTK_DIR_TAB_BACKWARD, FAR_TYPE_TIME_PLOT));
  g_assert_true (tab_reaches (window, GTK_DIR_TAB_BACKWARD, GTK_TYPE_TOGGLE_BUTTON));

  far_test_close (window, page);
  g_assert_finalize_object (session);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/overview-page/states", test_page);
  g_test_add_func ("/overview-page/gaps", test_gaps);
  g_test_add_func ("/overview-page/dropped", test_dropped);
  g_test_add_func ("/overview-page/keyboard", test_keyboard);
  g_test_add_func ("/stat-tile/name", test_tile);
  g_test_add_func ("/readers-card/rate", test_readers_card);
  return g_test_run ();
}
