/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader's own books, over a market that answers as the real one would. */
#include "far-desktop-test.h"

#include "base/far-json.h"
#include "desktop/far-format.h"
#include "desktop/wallet/far-receipt-dialog.h"
#include "desktop/wallet/far-tab-view.h"
#include "far-fake-platform.h"
#include "../client/ledger-world.h"

#define DUE_US G_GINT64_CONSTANT (1795996800000000) /* as in WALLET */

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
  g_autofree char *day = far_format_date (DUE_US, g_get_real_time ());
  g_autofree char *due = g_strdup_printf ("It is charged once: when it comes to $10.00, or on %s.",
                                          day);

  g_assert_true (far_test_has_text (view, "$2.50"));
  g_assert_true (far_test_has_text (view, due));
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

/* Two cents that were due, and are too little; more in the wallet. */
static const char other_wallet[] =
  "{\"currency\":\"USD\",\"tab_micros\":\"20000\",\"wallet_micros\":\"7500000\","
  "\"pledges\":121,\"free_limit\":\"2\",\"method\":true,\"method_required\":false,"
  "\"minimum_micros\":\"500000\",\"threshold_micros\":\"10000000\","
  "\"due_us\":1000000,\"wallet_refundable_micros\":\"7500000\",\"money\":\"test\","
  "\"caps\":{\"day_micros\":\"500000\",\"month_micros\":null,\"day_spent_micros\":\"0\","
  "\"month_spent_micros\":\"0\"},\"charge\":null,\"history\":[]}";

/* What was charged and paid in meanwhile, in a terminal or a browser, is shown when the books grow;
 * what is being typed stays. */
static void
test_elsewhere (Fixture *fixture, gconstpointer data)
{
  FarPlatformClient *client = far_session_get_client (fixture->session);
  GtkWidget *month = far_test_find (fixture->view, ADW_TYPE_ENTRY_ROW,
                                    "At most a month, in USD");
  guint before;

  far_test_wait_until (far_platform_client_get_connected (client));
  gtk_editable_set_text (GTK_EDITABLE (month), "3.0");
  before = far_fake_platform_count (fixture->platform, "GET /wallet");
  far_fake_platform_send (fixture->platform, "\"type\":\"journal\",\"transfers\":1001");
  far_test_wait_until (far_fake_platform_count (fixture->platform, "GET /wallet") > before);
  far_fake_platform_answer (fixture->platform, "GET /wallet", other_wallet);
  far_fake_platform_send (fixture->platform, "\"type\":\"journal\",\"transfers\":1002");
  far_test_wait_until (far_test_has_text (fixture->view, "$7.50"));
  g_assert_true (far_test_has_text (fixture->view,
                                    "It is carried forward, and charged when it comes to 50 ¢."));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (month)), ==, "3.0");
}

#define ENTRY(time, kind, article) \
  "{\"time_us\":" time ",\"kind\":\"" kind "\",\"article\":\"" article "\"," \
  "\"amount_micros\":\"50000\"}"
#define WALLET_OF(history) \
  "{\"currency\":\"USD\",\"tab_micros\":\"6050000\",\"wallet_micros\":\"0\"," \
  "\"pledges\":1,\"free_limit\":\"2\",\"method\":true,\"method_required\":false," \
  "\"minimum_micros\":\"500000\",\"threshold_micros\":\"10000000\",\"due_us\":0," \
  "\"wallet_refundable_micros\":\"0\",\"money\":\"test\",\"caps\":null,\"charge\":null," \
  "\"history\":[" history "]}"

static const char one_entry[] = WALLET_OF (ENTRY ("1795419060000000", "pledge", "rope"));
static const char three_entries[] = WALLET_OF (ENTRY ("1795419062000000", "topup", "") ","
                                               ENTRY ("1795419061000000", "pledge", "bread") ","
                                               ENTRY ("1795419060000000", "pledge", "rope"));
static const char other_entry[] = WALLET_OF (ENTRY ("1795419061000000", "pledge", "bread"));

/* What comes new at the top takes the focus from nothing below; what is gone is gone. */
static void
test_focus_stays (Fixture *fixture, gconstpointer data)
{
  FarPurse *purse = far_session_get_purse (fixture->session);
  GtkWidget *receipt;

  /* A row is made anew once when its article's title comes. */
  far_test_wait_until (far_test_has_text (fixture->view, "Which way is tight"));
  receipt = far_test_find (fixture->view, GTK_TYPE_BUTTON, "Receipt");
  g_assert_true (gtk_widget_grab_focus (receipt));
  far_fake_platform_answer (fixture->platform, "GET /wallet", three_entries);
  far_purse_refresh (purse);
  far_test_wait_until (far_test_has_text (fixture->view, "Paid into the wallet"));
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (fixture->window)) == receipt);
  g_assert_true (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Receipt") != receipt);

  far_fake_platform_answer (fixture->platform, "GET /wallet", other_entry);
  far_purse_refresh (purse);
  far_test_wait_until (!far_test_has_text (fixture->view, "Which way is tight"));
  g_assert_false (far_test_has_text (fixture->view, "Paid into the wallet"));
  g_assert_nonnull (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Receipt"));
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
  GtkWidget *day = far_test_find (fixture->view, ADW_TYPE_ENTRY_ROW, "At most a day, in USD");
  GtkWidget *month = far_test_find (fixture->view, ADW_TYPE_ENTRY_ROW,
                                    "At most a month, in USD");

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
                            "\"amount_micros\":\"50000\"}],\"next\":\"1\"}");
  /* One entry is all there is, as far as the wallet knows. */
  g_assert_null (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Show _Older"));
  far_purse_load_older (far_session_get_purse (fixture->session));
  far_test_wait_until (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Show _Older") != NULL);
  far_fake_platform_answer (fixture->platform, "GET /wallet/history",
                            "{\"entries\":[{\"time_us\":1795419060000000,"
                            "\"kind\":\"pledge\",\"article\":\"rope\","
                            "\"amount_micros\":\"50000\"}],\"next\":null}");
  far_test_click (fixture->view, "Show _Older");
  far_test_wait_until (far_test_find (fixture->view, ADW_TYPE_ACTION_ROW, "Which way is tight") !=
                       NULL);
  far_test_wait_until (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Show _Older") == NULL);
}

/* ---- receipts ---- */

static const char paid_history[] =
  "{\"entries\":[{\"time_us\":1795419060000000,\"kind\":\"pledge\",\"article\":\"rope\","
  "\"amount_micros\":\"50000\"},{\"time_us\":1795419060000000,\"kind\":\"ad\","
  "\"article\":\"bread\",\"amount_micros\":\"6000\"}],\"next\":null}";

/* A ledger with one payment, and what the market tells of it. */
static void
serve_receipt (Fixture *fixture, LedgerWorld *world, const char *said_micros)
{
  g_autoptr (JsonNode) checkpoint = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *text = NULL;
  g_auto (FarJsonWriter) w = { 0 };
  char hex[FAR_ID_HEX_LEN + 1];
  FarTransfer paid;

  ledger_world_open (world, FAR_LEDGER_MONEY_TEST);
  paid = ledger_world_grow (world, 50000);
  g_assert_true (far_ledger_transfer (world->ledger, &paid.id, &paid, NULL));
  text = far_ledger_receipt (world->ledger, &paid.id, NULL);
  far_id_to_hex (&paid.id, hex);
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_begin_array (&w, "receipts");
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "what", "pledge");
  far_json_add_string (&w, "transfer", hex);
  far_json_add_string (&w, "amount_micros", said_micros);
  far_json_add_string (&w, "currency", "USD");
  far_json_add_int (&w, "time_us", paid.time_us);
  far_json_add_string (&w, "receipt", text);
  far_json_end_object (&w);
  far_json_end_array (&w);
  far_json_end_object (&w);
  far_fake_platform_answer (fixture->platform, "GET /receipts/rope", w.text->str);
  checkpoint = ledger_world_show (world, 0);
  shown = json_to_string (checkpoint, FALSE);
  far_fake_platform_answer (fixture->platform, "GET /ledger/checkpoint", shown);
}

static GtkWidget *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (FAR_IS_RECEIPT_DIALOG (window))
        return window;
    }
  return NULL;
}

static GtkWidget *
open_receipt (Fixture *fixture)
{
  GtkWidget *dialog;

  far_fake_platform_answer (fixture->platform, "GET /wallet/history", paid_history);
  far_purse_load_older (far_session_get_purse (fixture->session));
  far_test_wait_until (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Receipt") != NULL);
  far_test_click (fixture->view, "Receipt");
  dialog = find_dialog ();
  g_assert_nonnull (dialog);
  far_test_wait_until (far_test_has_text (dialog, "Not checked yet"));
  return dialog;
}

static void
test_receipt (Fixture *fixture, gconstpointer data)
{
  LedgerWorld world = { 0 };
  GtkWidget *dialog;

  serve_receipt (fixture, &world, "50000");
  dialog = open_receipt (fixture);
  g_assert_true (far_test_has_text (dialog, "Which way is tight"));
  g_assert_true (far_test_has_text (dialog, "To The Ropewalk"));
  far_test_click (dialog, "_Check Receipt");
  far_test_wait_until (far_test_has_text (dialog, "The receipt holds"));
  g_assert_nonnull (far_test_find (dialog, ADW_TYPE_EXPANDER_ROW, "Entry 3"));

  /* The log is cut off behind the reader's back. */
  ledger_world_close (&world);
  serve_receipt (fixture, &world, "50000");
  far_test_click (dialog, "_Check Again");
  far_test_wait_until (far_test_has_text (dialog, "The receipt does not hold"));
  ledger_world_close (&world);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
test_false_receipt (Fixture *fixture, gconstpointer data)
{
  LedgerWorld world = { 0 };
  GtkWidget *dialog;

  serve_receipt (fixture, &world, "40000");
  dialog = open_receipt (fixture);
  far_test_click (dialog, "_Check Receipt");
  far_test_wait_until (far_test_has_text (dialog, "The receipt does not hold"));
  g_assert_true (far_test_has_text (dialog, "The publication says 4 ¢, and the ledger's entry "
                                            "says 5 ¢"));
  ledger_world_close (&world);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
test_no_receipt (Fixture *fixture, gconstpointer data)
{
  GtkWidget *dialog;

  far_fake_platform_refuse (fixture->platform, "GET /receipts/rope", 1, 404, "not_found");
  far_fake_platform_answer (fixture->platform, "GET /wallet/history", paid_history);
  far_purse_load_older (far_session_get_purse (fixture->session));
  far_test_wait_until (far_test_find (fixture->view, GTK_TYPE_BUTTON, "Receipt") != NULL);
  far_test_click (fixture->view, "Receipt");
  dialog = find_dialog ();
  far_test_wait_until (far_test_has_text (dialog, "There Is No Receipt to Show"));
  g_assert_true (far_test_has_text (dialog, "Refused: not_found."));
  gtk_window_destroy (GTK_WINDOW (dialog));
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
  ADD ("/tab-view/elsewhere", "null", test_elsewhere);
  g_test_add ("/tab-view/focus-stays", Fixture, one_entry, set_up, test_focus_stays, tear_down);
  ADD ("/tab-view/tops-up", "null", test_tops_up);
  ADD ("/tab-view/stops-waiting", "null", test_stops_waiting);
  ADD ("/tab-view/caps", "null", test_caps);
  ADD ("/tab-view/gives-back", "null", test_gives_back);
  ADD ("/tab-view/older", "null", test_older);
  ADD ("/tab-view/receipt", "null", test_receipt);
  ADD ("/tab-view/false-receipt", "null", test_false_receipt);
  ADD ("/tab-view/no-receipt", "null", test_no_receipt);
  return g_test_run ();
}
