/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another deployment than the platform itself is chosen, and all pages follow. */
#include "far-desktop-test.h"

#include "desktop/deployments/far-deployment-dialog.h"
#include "desktop/far-window.h"
#include "far-fake-platform.h"
#include "../client/ledger-world.h"

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
  /* Nobody reads there from here; its earnings are asked for, and nothing of ours is shown. */
  g_assert_null (far_session_get_market (fixture->session));
  g_assert_false (far_test_has_text (fixture->window, "Reader"));
  g_assert_null (far_books_get_earnings (far_session_get_books (fixture->session)));
  g_assert_false (far_test_has_text (fixture->window, "Simulated Readers"));

  far_watch_list_choose (watched, FAR_WATCH_LIST_LOCAL);
  far_test_wait_until (far_session_get_market (fixture->session) != NULL);
  far_test_wait_until (g_strcmp0 (far_deployment_get_title (deployment), "The Ropewalk") == 0);
  g_assert_true (far_test_has_text (fixture->window, "Simulated Readers"));
}

#define EARNED "{\"currency\":\"EUR\",\"publisher_micros\":\"7350001\"," \
  "\"pay_micros\":\"7350001\",\"ad_micros\":\"0\",\"fee_micros\":\"1\"," \
  "\"refund_micros\":\"0\",\"write_off_micros\":\"0\"," \
  "\"estimated_micros\":\"350001\",\"final_micros\":\"7000000\",\"pledges\":3,\"views\":0," \
  "\"refunds\":0,\"as_of_us\":1795521600000000,\"articles\":[],\"days\":[],\"hours\":[]," \
  "\"publisher\":\"hq\",\"fee_receiver\":\"Farthing Co-op\",\"disputed_micros\":\"0\"," \
  "\"balance_micros\":\"-120000\",\"held_micros\":\"0\",\"payable_micros\":\"-120000\"," \
  "\"in_payout_micros\":\"5000000\",\"paid_out_micros\":\"2120000\"," \
  "\"threshold_micros\":\"20000000\"}"
#define PAID "{\"payouts\":[{\"payout\":\"00112233445566778899aabbccddeeff\"," \
  "\"batch\":\"00112233445566778899aabbccddee00\",\"publisher\":\"hq\",\"currency\":\"EUR\"," \
  "\"amount_micros\":\"2120000\",\"account\":\"DE89…3000\",\"state\":\"failed\"," \
  "\"made_us\":1700000000000000,\"ended_us\":1700000000000000,\"note\":\"closed\"}]}"

/* Another's earnings come through the platform; old ones are called old, absent ones absent. */
static void
test_earnings (Fixture *fixture, gconstpointer data)
{
  FarWatchList *watched = far_session_get_watched (fixture->session);
  FarBooks *books = far_session_get_books (fixture->session);

  far_fake_platform_answer (fixture->platform, "GET /v1/deployments/hq/earnings", EARNED);
  far_fake_platform_answer (fixture->platform, "GET /v1/deployments/hq/payouts", PAID);
  far_watch_list_choose (watched, "hq");
  far_window_show_page (FAR_WINDOW (fixture->window), "earnings");
  far_test_wait_until (far_test_has_text (fixture->window, "€7.350001"));
  far_test_wait_until (far_test_has_text (fixture->window, "Failed, on your account again · "
                                                           "14 Nov 2023, 22:13 · DE89…3000 · "
                                                           "closed"));
  g_assert_true (far_test_has_text (fixture->window, "Kept by Farthing Co-op, beside your share"));
  g_assert_true (far_test_has_text (fixture->window, "−€0.12"));

  far_fake_platform_refuse (fixture->platform, "GET /v1/deployments/hq/earnings", 1000, 502,
                            "deployment_failed");
  far_books_refresh (books);
  far_test_wait_until (far_test_has_text (fixture->window,
                                          "These figures are old; they cannot be read now. "
                                          "Refused: deployment_failed."));
  g_assert_true (far_test_has_text (fixture->window, "€7.350001"));

  far_watch_list_choose (watched, FAR_WATCH_LIST_LOCAL);
  far_test_wait_until (!far_test_has_text (fixture->window, "€7.350001"));
  far_fake_platform_refuse (fixture->platform, "GET /v1/deployments/hq/earnings", 1000, 501,
                            "not_reported");
  far_watch_list_choose (watched, "hq");
  far_test_wait_until (far_test_has_text (fixture->window, "No Earnings Are Reported"));
  g_assert_false (far_books_get_reported (books));
}

/* Whatever page is on screen says that a ledger is not what it was. */
static void
test_alarm (Fixture *fixture, gconstpointer data)
{
  FarLedgerWatch *ledgers = far_session_get_ledgers (fixture->session);
  LedgerWorld world = { 0 };
  LedgerWorld other = { 0 };
  g_autoptr (JsonNode) shown = NULL;
  g_autoptr (JsonNode) begun = NULL;
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;

  ledger_world_open (&world, FAR_LEDGER_MONEY_LIVE);
  ledger_world_open (&other, FAR_LEDGER_MONEY_LIVE);
  ledger_world_grow (&world, 1);
  shown = ledger_world_show (&world, 0);
  text = json_to_string (shown, FALSE);
  far_fake_platform_answer (fixture->platform, "GET /v1/deployments/hq/journal", text);
  far_ledger_watch_look (ledgers, "hq", "Head office", "https://hq");
  far_test_wait_until (far_ledger_watch_get_contact (ledgers, "hq") != NULL);
  g_assert_null (far_ledger_watch_get_alarm (ledgers));

  begun = ledger_world_show (&other, 0);
  again = json_to_string (begun, FALSE);
  far_fake_platform_answer (fixture->platform, "GET /v1/deployments/hq/journal", again);
  far_ledger_watch_look (ledgers, "hq", "Head office", "https://hq");
  far_test_wait_until (far_ledger_watch_get_alarm (ledgers) != NULL);
  g_assert_true (g_str_has_prefix (far_ledger_watch_get_alarm (ledgers),
                                   "Head office: THIS IS ANOTHER LEDGER"));
  far_test_wait_until (far_test_has_text (fixture->window,
                                          far_ledger_watch_get_alarm (ledgers)));

  /* The right one again. */
  far_fake_platform_answer (fixture->platform, "GET /v1/deployments/hq/journal", text);
  far_ledger_watch_look (ledgers, "hq", "Head office", "https://hq");
  far_test_wait_until (far_ledger_watch_get_alarm (ledgers) == NULL);
  ledger_world_close (&world);
  ledger_world_close (&other);
}

#define FIGURES_ONLY "{\"id\":\"%s\",\"kind\":\"prometheus\",\"name\":\"%s\"," \
  "\"money\":\"none\",\"state\":\"%s\",\"message\":\"%s: Nobody answers\"," \
  "\"records\":false,\"sample_us\":1795419060000000,\"age_us\":%s,\"url\":\"https://hq\"," \
  "\"reports\":[\"invocations\"]," \
  "\"missing\":[{\"what\":\"cold_starts\",\"reason\":\"no metric\"}]}"

/* Chosen while another page than Overview is on screen, nothing of the one before stays there; and
 * its reason is said once, without its id. */
static void
test_other (Fixture *fixture, gconstpointer data)
{
  FarWatchList *watched = far_session_get_watched (fixture->session);
  g_autofree char *well = g_strdup_printf (FIGURES_ONLY, "well", "Well", "ok", "well", "0");
  g_autofree char *gone = g_strdup_printf (FIGURES_ONLY, "gone", "Gone", "failing", "gone",
                                           "-1");
  g_autofree char *all = g_strdup_printf ("{\"deployments\":[" LOCAL ",%s,%s]}", well, gone);

  far_fake_platform_answer (fixture->platform, "GET /v1/deployments", all);
  far_watch_list_refresh (watched);
  far_test_wait_until (far_watch_list_get_all (watched)->len == 3);
  far_window_show_page (FAR_WINDOW (fixture->window), "overview");
  far_watch_list_choose (watched, "well");
  far_test_wait_until (far_test_has_text (fixture->window,
                                          "Not reported by Well, and how exact the rest is"));
  far_test_wait_until (far_test_has_text (fixture->window, "In the last 5 minutes: 130"));
  far_test_wait_until (far_test_has_text (fixture->window, "1/s"));

  far_fake_platform_refuse (fixture->platform, "GET /v1/series", 1000, 502, "deployment_failed");
  far_fake_platform_refuse (fixture->platform, "GET /v1/functions", 1000, 502,
                            "deployment_failed");
  far_window_show_page (FAR_WINDOW (fixture->window), "functions");
  far_test_wait_until (!far_test_has_text (fixture->window, "In the last 5 minutes: 130"));
  far_watch_list_choose (watched, "gone");
  far_test_wait_until (far_test_has_text (fixture->window,
                                          "Gone cannot be watched: Nobody answers"));
  far_window_show_page (FAR_WINDOW (fixture->window), "overview");
  far_test_wait_until (far_test_has_text (fixture->window,
                                          "Not reported by Gone, and how exact the rest is"));
  g_assert_false (far_test_has_text (fixture->window, "In the last 5 minutes: 130"));
  g_assert_false (far_test_has_text (fixture->window, "1/s"));
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

static GtkWidget *
open_dialog (Fixture *fixture)
{
  GtkWidget *dialog = far_deployment_dialog_new (GTK_WINDOW (fixture->window), fixture->session);

  gtk_window_present (GTK_WINDOW (dialog));
  far_test_wait_until (gtk_widget_get_mapped (dialog));
  return dialog;
}

static void
type_into (GtkWidget *dialog, const char *title, const char *text)
{
  GtkWidget *row = far_test_find (dialog, ADW_TYPE_ENTRY_ROW, title);

  g_assert_nonnull (row);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

/* Each kind asks for what it needs and sends no more. */
static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  GtkWidget *dialog = open_dialog (fixture);
  GtkWidget *kind;
  GtkWidget *add;
  const char *sent;

  kind = far_test_find (dialog, ADW_TYPE_COMBO_ROW, "Kind");
  add = far_test_find (dialog, GTK_TYPE_BUTTON, "_Add");
  type_into (dialog, "Name", "Cloud");
  adw_combo_row_set_selected (ADW_COMBO_ROW (kind), 4);
  g_assert_true (gtk_widget_is_sensitive (add));
  adw_combo_row_set_selected (ADW_COMBO_ROW (kind), 2);
  g_assert_false (gtk_widget_is_sensitive (add));
  adw_combo_row_set_selected (ADW_COMBO_ROW (kind), 3);
  g_assert_false (gtk_widget_is_sensitive (add));
  g_assert_null (far_test_find (dialog, ADW_TYPE_ENTRY_ROW, "Address (https://…)"));
  type_into (dialog, "Region", "eu-central-1");
  g_assert_true (gtk_widget_is_sensitive (add));
  g_assert_true (gtk_window_get_default_widget (GTK_WINDOW (dialog)) == add);

  far_fake_platform_answer (fixture->platform, "POST /v1/deployments/test",
                            "{\"ok\":false,\"message\":\"cloud: Nobody answers\"}");
  far_test_click (dialog, "_Test");
  far_test_wait_until (far_test_has_text (dialog, "Nobody answers"));
  g_assert_true (gtk_widget_is_sensitive (far_test_find (dialog, GTK_TYPE_BUTTON, "_Test")));
  far_test_wait_until (far_fake_platform_count (fixture->platform,
                                                "POST /v1/deployments/test") == 1);
  sent = far_fake_platform_last_body (fixture->platform, "POST /v1/deployments/test");
  g_assert_nonnull (strstr (sent, "\"kind\":\"aws\""));
  g_assert_nonnull (strstr (sent, "\"region\":\"eu-central-1\""));
  g_assert_null (strstr (sent, "\"url\""));
  g_assert_null (strstr (sent, "\"token\""));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* PromQL of one's own: asked for where it is chosen, sent as the settings have it. */
static void
test_queries (Fixture *fixture, gconstpointer data)
{
  GtkWidget *dialog = open_dialog (fixture);
  GtkWidget *add;
  const char *sent;

  add = far_test_find (dialog, GTK_TYPE_BUTTON, "_Add");
  type_into (dialog, "Name", "Own");
  adw_combo_row_set_selected (ADW_COMBO_ROW (far_test_find (dialog, ADW_TYPE_COMBO_ROW, "Kind")),
                              1);
  type_into (dialog, "Address (https://…)", "http://127.0.0.1:9");
  g_assert_true (gtk_widget_is_sensitive (add));
  g_assert_null (far_test_find (dialog, ADW_TYPE_ENTRY_ROW, "Invocations"));
  adw_combo_row_set_selected (
    ADW_COMBO_ROW (far_test_find (dialog, ADW_TYPE_COMBO_ROW, "What it measures")), 3);
  g_assert_false (gtk_widget_is_sensitive (add));
  type_into (dialog, "Label that names the function", "fn");
  g_assert_false (gtk_widget_is_sensitive (add));
  type_into (dialog, "Invocations", "calls_total{job=\"x\"}");
  g_assert_true (gtk_widget_is_sensitive (add));
  adw_combo_row_set_selected (
    ADW_COMBO_ROW (far_test_find (dialog, ADW_TYPE_COMBO_ROW, "Durations are in")), 1);

  far_fake_platform_answer (fixture->platform, "POST /v1/deployments/test",
                            "{\"ok\":false,\"message\":\"own: Nobody answers\"}");
  far_test_click (dialog, "_Test");
  far_test_wait_until (far_test_has_text (dialog, "Nobody answers"));
  sent = far_fake_platform_last_body (fixture->platform, "POST /v1/deployments/test");
  g_assert_nonnull (strstr (sent, "\"profile\":\"custom\""));
  g_assert_nonnull (strstr (sent, "\"function_label\":\"fn\""));
  g_assert_nonnull (strstr (sent, "\"invocations\":\"calls_total{job=\\\"x\\\"}\""));
  g_assert_nonnull (strstr (sent, "\"duration_unit\":\"ms\""));
  g_assert_null (strstr (sent, "\"errors\""));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* The form is typed with the keyboard alone: it begins at the name, and Enter ends it. A name in
 * any letters has an id. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const struct { const char *name; const char *id; } names[] = {
    { "Zürich (live)", "\"zurich-live\"" },
    { "\xd7\xa2\xd7\x99\xd7\xaa\xd7\x95\xd7\x9f", "\"deployment-" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GtkWidget *dialog = open_dialog (fixture);
      GtkWidget *focus;

      focus = gtk_window_get_focus (GTK_WINDOW (dialog));
      g_assert_nonnull (focus);
      g_assert_true (gtk_widget_is_ancestor (focus, far_test_find (dialog, ADW_TYPE_ENTRY_ROW,
                                                                   "Name")));
      type_into (dialog, "Name", names[i].name);
      type_into (dialog, "Address (https://…)", "https://hq:8443");
      far_fake_platform_refuse (fixture->platform, "POST /v1/deployments", 1, 409, "exists");
      gtk_widget_activate_default (focus);
      far_test_wait_until (far_test_has_text (dialog, "Refused: exists."));
      g_assert_nonnull (strstr (far_fake_platform_last_body (fixture->platform,
                                                             "POST /v1/deployments"),
                                names[i].id));
      gtk_window_destroy (GTK_WINDOW (dialog));
    }
}

static void
test_dialog (Fixture *fixture, gconstpointer data)
{
  GtkWidget *dialog = open_dialog (fixture);
  const char *sent;

  g_assert_false (gtk_widget_is_sensitive (far_test_find (dialog, GTK_TYPE_BUTTON, "_Test")));
  type_into (dialog, "Name", "Head Office (2)");
  type_into (dialog, "Address (https://…)", "https://hq:8443");
  gtk_editable_set_text (GTK_EDITABLE (far_test_find (dialog, ADW_TYPE_PASSWORD_ENTRY_ROW,
                                                      "Token")),
                         "secret");
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
  type_into (dialog, "Name", "HQ");
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
  g_test_add ("/watch-list/earnings", Fixture, NULL, set_up, test_earnings, tear_down);
  g_test_add ("/watch-list/alarm", Fixture, NULL, set_up, test_alarm, tear_down);
  g_test_add ("/watch-list/other", Fixture, NULL, set_up, test_other, tear_down);
  g_test_add ("/watch-list/remove", Fixture, NULL, set_up, test_remove, tear_down);
  g_test_add ("/watch-list/dialog", Fixture, NULL, set_up, test_dialog, tear_down);
  g_test_add ("/watch-list/kinds", Fixture, NULL, set_up, test_kinds, tear_down);
  g_test_add ("/watch-list/queries", Fixture, NULL, set_up, test_queries, tear_down);
  g_test_add ("/watch-list/names", Fixture, NULL, set_up, test_names, tear_down);
  return g_test_run ();
}
