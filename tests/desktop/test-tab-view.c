/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader's own books, over a market that answers as the real one would. */
#include "far-desktop-test.h"

#include "desktop/wallet/far-tab-view.h"
#include "far-fake-platform.h"

/* A card on file, $6.05 on the tab, $2.50 in the wallet. */
#define WALLET(charge) \
  "{\"currency\":\"USD\",\"tab_micros\":\"6050000\",\"wallet_micros\":\"2500000\"," \
  "\"pledges\":121,\"free_limit\":\"2\",\"method\":true,\"method_required\":false," \
  "\"minimum_micros\":\"500000\",\"threshold_micros\":\"10000000\"," \
  "\"due_us\":1795996800000000,\"wallet_refundable_micros\":\"2500000\"," \
  "\"money\":\"test\",\"caps\":{\"day_micros\":\"500000\",\"month_micros\":null," \
  "\"day_spent_micros\":\"50000\",\"month_spent_micros\":\"1200000\"}," \
  "\"charge\":" charge ",\"history\":[{\"time_us\":1795419060000000,\"kind\":\"topup\"," \
  "\"article\":\"\",\"amount_micros\":\"5000000\"}]}"
#define CHECKOUT(state) \
  "{\"checkout\":\"00112233445566778899aabbccddeeff\",\"kind\":\"topup\"," \
  "\"state\":\"" state "\",\"url\":\"\",\"expires_us\":1795419060000000," \
  "\"amount_micros\":\"2000000\",\"currency\":\"USD\",\"wallet_micros\":\"4500000\"," \
  "\"tab_micros\":\"6050000\",\"method\":true,\"charge\":null}"

typedef struct {
  FarFakePlatform *platform;
  FarSession      *session;
  GtkWidget       *view;
  GtkWidget       *window;
  char            *told;
} Fixture;

static void
told_cb (Fixture *fixture, const char *text)
{
  g_free (fixture->told);
  fixture->told = g_strdup (text);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->platform = far_fake_platform_new (far_test_data_dir ());
  far_fake_platform_answer (fixture->platform, "GET /wallet", data);
  fixture->session = far_test_session_new ();
  g_signal_connect_swapped (fixture->session, "notice", G_CALLBACK (told_cb), fixture);
  g_signal_connect_swapped (fixture->session, "problem", G_CALLBACK (told_cb), fixture);
  far_session_start (fixture->session);
  fixture->view = g_object_ref_sink (g_object_new (FAR_TYPE_TAB_VIEW, NULL));
  far_tab_view_set_session (FAR_TAB_VIEW (fixture->view), fixture->session);
  fixture->window = far_test_show (fixture->view, 600, 1600);
  far_test_wait_until (far_test_has_text (fixture->view, "$6.05"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  far_test_close (fixture->window, fixture->view);
  far_test_session_stop (fixture->session);
  g_assert_finalize_object (fixture->session);
  far_fake_platform_free (fixture->platform);
  g_free (fixture->told);
}

static void
wait_told (Fixture *fixture, const char *text)
{
  far_test_wait_until (g_strcmp0 (fixture->told, text) == 0);
}

static void
test_shows (Fixture *fixture, gconstpointer data)
{
  GtkWidget *view = fixture->view;

  g_assert_true (far_test_has_text (view, "$2.50"));
  g_assert_true (far_test_has_text (view, "It is charged once: when it comes to $10.00, or on "
                                          "30 Nov, 00:00."));
  g_assert_true (far_test_has_text (view, "$6.05 could not be charged. The card was declined."));
  g_assert_true (far_test_has_text (view, "Spent today 5 ¢, this month $1.20. Empty means no "
                                          "limit."));
  g_assert_nonnull (far_test_find (view, ADW_TYPE_ACTION_ROW, "Paid into the wallet"));
  g_assert_null (far_test_find (view, GTK_TYPE_BUTTON, "Add a _Test Card"));
}

static void
test_pays (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_answer (fixture->platform, "POST /tab/payments",
                            "{\"charge\":{\"state\":\"succeeded\",\"amount_micros\":"
                            "\"6050000\",\"time_us\":1795419060000000,\"reason\":\"\","
                            "\"url\":\"\"},\"tab_micros\":\"0\","
                            "\"wallet_micros\":\"2500000\"}");
  far_test_click (fixture->view, "Pay _Now");
  wait_told (fixture, "Your tab is paid");
  g_assert_cmpuint (far_fake_platform_count (fixture->platform, "POST /tab/payments"), ==, 1);
}

/* The visit is asked about until it is over. */
static void
test_tops_up (Fixture *fixture, gconstpointer data)
{
  const char *get = "GET /wallet/checkouts/00112233445566778899aabbccddeeff";

  far_fake_platform_answer (fixture->platform, "POST /wallet/topups", CHECKOUT ("open"));
  far_fake_platform_answer (fixture->platform, get, CHECKOUT ("open"));
  far_test_click (fixture->view, "_Add…");
  far_test_wait_until (far_fake_platform_count (fixture->platform, get) > 0);
  g_assert_nonnull (strstr (far_fake_platform_last_body (fixture->platform, "POST /wallet/topups"),
                            "\"2000000\""));
  far_test_wait_until (far_test_find (fixture->view, ADW_TYPE_ACTION_ROW,
                                      "Go on in your browser") != NULL);
  far_fake_platform_answer (fixture->platform, get, CHECKOUT ("succeeded"));
  wait_told (fixture, "$2.00 is in your wallet");
  far_test_wait_until (far_test_find (fixture->view, ADW_TYPE_ACTION_ROW,
                                      "Go on in your browser") == NULL);
}

static void
test_stops_waiting (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_answer (fixture->platform, "POST /wallet/setups", CHECKOUT ("open"));
  far_test_click (fixture->view, "_Change…");
  far_test_wait_until (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Stop _Waiting") != NULL);
  far_test_click (fixture->view, "Stop _Waiting");
  far_test_wait_until (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Stop _Waiting") == NULL);
}

static void
test_caps (Fixture *fixture, gconstpointer data)
{
  GtkWidget *day = far_test_find (fixture->view, ADW_TYPE_ENTRY_ROW, "At most a day");
  GtkWidget *month = far_test_find (fixture->view, ADW_TYPE_ENTRY_ROW, "At most a month");

  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (day)), ==, "0.50");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (month)), ==, "");
  far_fake_platform_answer (fixture->platform, "POST /wallet/caps",
                            "{\"caps\":{\"day_micros\":null,\"month_micros\":\"3000000\","
                            "\"day_spent_micros\":\"0\",\"month_spent_micros\":\"0\"}}");
  gtk_editable_set_text (GTK_EDITABLE (month), "three");
  g_signal_emit_by_name (month, "apply");
  g_assert_true (gtk_widget_has_css_class (month, "error"));
  g_assert_cmpuint (far_fake_platform_count (fixture->platform, "POST /wallet/caps"), ==, 0);

  gtk_editable_set_text (GTK_EDITABLE (day), "");
  gtk_editable_set_text (GTK_EDITABLE (month), "3.00");
  g_signal_emit_by_name (month, "apply");
  wait_told (fixture, "Your limits are set");
  g_assert_nonnull (strstr (far_fake_platform_last_body (fixture->platform, "POST /wallet/caps"),
                            "\"month_micros\":\"3000000\""));
  g_assert_null (strstr (far_fake_platform_last_body (fixture->platform, "POST /wallet/caps"),
                         "day_micros"));
}

static void
test_gives_back (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_refuse (fixture->platform, "POST /wallet/refunds", 1, 409, "wallet_empty");
  far_test_click (fixture->view, "_Give Back");
  wait_told (fixture, "The wallet was not given back: Refused: wallet_empty.");
}

static void
test_older (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_answer (fixture->platform, "GET /wallet/history",
                            "{\"entries\":[{\"time_us\":1795419060000000,"
                            "\"kind\":\"pledge\",\"article\":\"rope\","
                            "\"amount_micros\":\"50000\"}],\"next\":null}");
  far_test_click (fixture->view, "Show _Older");
  far_test_wait_until (far_test_find (fixture->view, ADW_TYPE_ACTION_ROW, "Which way is tight") !=
                       NULL);
  g_assert_null (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Show _Older"));
}

#define DECLINED "{\"state\":\"failed\",\"amount_micros\":\"6050000\"," \
  "\"time_us\":1795419060000000,\"reason\":\"The card was declined.\",\"url\":\"\"}"
#define ADD(path, charge, test) g_test_add (path, Fixture, WALLET (charge), set_up, test, tear_down)

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  ADD ("/tab-view/shows", DECLINED, test_shows);
  ADD ("/tab-view/pays", "null", test_pays);
  ADD ("/tab-view/tops-up", "null", test_tops_up);
  ADD ("/tab-view/stops-waiting", "null", test_stops_waiting);
  ADD ("/tab-view/caps", "null", test_caps);
  ADD ("/tab-view/gives-back", "null", test_gives_back);
  ADD ("/tab-view/older", "null", test_older);
  return g_test_run ();
}
