/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/earnings/far-earnings-page.h"
#include "desktop/earnings/far-ledger-card.h"
#include "desktop/earnings/far-trace-dialog.h"
#include "far-fake-platform.h"

/* Who does not see the figure hears it with the row. */
static void
assert_row_says (GtkWidget *page, const char *title, const char *amount)
{
  GtkWidget *row = far_test_find (page, ADW_TYPE_ACTION_ROW, title);

  g_assert_nonnull (row);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       amount);
}

static void
test_figures (void)
{
  FarSession *session = far_test_session_new ();
  g_autoptr (FarEarnings) earnings = far_test_earnings ();
  g_autoptr (GPtrArray) articles = far_test_articles ();
  GtkWidget *page = g_object_new (FAR_TYPE_EARNINGS_PAGE, "title", "Earnings", NULL);
  GtkWidget *window;

  g_object_ref_sink (page);
  far_test_session_go_live (session);
  g_object_set (page, "session", session, NULL);
  window = far_test_show (page, 900, 1400);
  far_test_wait_until (far_test_has_text (page, "Reading the Ledger"));

  far_catalog_fill (far_session_get_catalog (session), articles);
  far_books_apply_earnings (far_session_get_books (session), earnings);
  far_test_wait_until (far_test_has_text (page, "$123.456789"));
  g_assert_true (far_test_has_text (page, "$100.000001"));
  g_assert_true (far_test_has_text (page, "$23.491788"));
  g_assert_true (far_test_has_text (page, "$52.910052"));
  assert_row_says (page, "Estimated", "$3.456789");
  g_assert_true (far_test_has_text (page, "Which way is tight"));
  g_assert_true (far_test_has_text (page, "$70.00 from 2000 payments · $20.00 from 1000 ads · "
                                          "$0.035 given back"));

  far_test_close (window, page);
  g_assert_finalize_object (session);
}

/* Where nothing is reported, asking again brings nothing; where the answer was lost, it may. */
static void
test_absence (void)
{
  FarFakePlatform *platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  FarBooks *books = far_session_get_books (session);
  GtkWidget *page = g_object_new (FAR_TYPE_EARNINGS_PAGE, "title", "Earnings", NULL);
  g_autofree char *token = g_build_filename (far_test_data_dir (), "token", NULL);
  g_autoptr (FarEarnings) earnings = far_test_earnings ();
  g_autoptr (FarPublisher) publisher = NULL;
  GtkWidget *window;

  g_object_ref_sink (page);
  far_session_start (session);
  far_test_wait_until (far_session_get_market (session) != NULL);
  g_assert_true (g_file_set_contents (token, "secret", -1, NULL));
  publisher = far_publisher_new (far_session_get_market (session), token);
  far_fake_platform_refuse (platform, "GET /earnings", G_MAXUINT, 501, "not_reported");
  g_object_set (page, "session", session, NULL);
  window = far_test_show (page, 900, 700);
  far_books_set_source (books, far_session_get_client (session), publisher);
  far_books_refresh (books);
  far_test_wait_until (far_test_has_text (page, "No Earnings Are Reported"));
  g_assert_false (far_test_has_text (page, "Try _Again"));

  far_fake_platform_refuse (platform, "GET /earnings", G_MAXUINT, 403, "forbidden");
  far_books_refresh (books);
  far_test_wait_until (far_test_has_text (page, "Earnings Cannot Be Read"));
  g_assert_true (far_test_has_text (page, "Try _Again"));

  /* What was read before stays, and says that it is old. */
  far_books_apply_earnings (books, earnings);
  far_books_refresh (books);
  far_test_wait_until (far_test_has_text (page, "These figures are old; they cannot be read now. "
                                                "Refused: forbidden."));
  g_assert_true (far_test_has_text (page, "$123.456789"));

  far_test_close (window, page);
  far_test_session_stop (session);
  g_assert_finalize_object (session);
  far_fake_platform_free (platform);
}

/* Only here, and for test money, there are simulated readers to be started. */
static void
test_nothing_earned (void)
{
  FarSession *session = far_test_session_new ();
  g_autoptr (FarEarnings) earnings = far_test_earnings ();
  GtkWidget *page = g_object_new (FAR_TYPE_EARNINGS_PAGE, "title", "Earnings", NULL);
  GtkWidget *window;

  g_object_ref_sink (page);
  far_test_session_go_live (session);
  g_ptr_array_set_size (earnings->articles, 0);
  g_object_set (page, "session", session, NULL);
  window = far_test_show (page, 900, 1400);
  far_books_apply_earnings (far_session_get_books (session), earnings);
  far_test_wait_until (far_test_has_text (page, "Nothing earned yet. Start the simulated readers "
                                                "on the Overview, or read an article yourself."));
  far_deployment_set_identity (far_session_get_deployment (session), "Ropewalk", "this", "live");
  far_books_apply_earnings (far_session_get_books (session), earnings);
  far_test_wait_until (far_test_has_text (page, "Nothing earned yet."));

  far_test_close (window, page);
  g_assert_finalize_object (session);
}

static void
test_ledger (void)
{
  FarBooks *books = far_books_new ();
  FarLedgerCard *card = g_object_new (FAR_TYPE_LEDGER_CARD, NULL);
  FarLedgerVerdict *verdict = g_rc_box_new0 (FarLedgerVerdict);
  GtkWidget *window;

  g_object_ref_sink (card);
  far_ledger_card_set_books (card, books);
  window = far_test_show (GTK_WIDGET (card), 600, 300);
  g_assert_nonnull (far_test_find (GTK_WIDGET (card), ADW_TYPE_ACTION_ROW, "Not checked yet"));

  verdict->ok = TRUE;
  verdict->transfers = 12;
  verdict->checkpoints = 3;
  verdict->root = g_strdup ("00112233445566778899aabbccddeeff");
  verdict->message = g_strdup ("");
  verdict->first_bad = -1;
  far_books_apply_report (books, verdict);
  g_assert_nonnull (far_test_find (GTK_WIDGET (card), ADW_TYPE_ACTION_ROW, "The ledger holds"));
  g_assert_true (far_test_has_text (GTK_WIDGET (card), "12 transfers, 3 signed checkpoints, root "
                                                       "0011223344556677…"));

  verdict->ok = FALSE;
  verdict->first_bad = 7;
  g_free (verdict->message);
  verdict->message = g_strdup ("Its hash is another.");
  far_books_apply_report (books, verdict);
  g_assert_nonnull (far_test_find (GTK_WIDGET (card), ADW_TYPE_ACTION_ROW,
                                   "The ledger has been changed"));
  g_assert_true (far_test_has_text (GTK_WIDGET (card), "Row 7 is the first that is wrong. Its "
                                                       "hash is another."));

  far_test_close (window, card);
  g_assert_finalize_object (books);
  far_ledger_verdict_unref (verdict);
}

static const char traced[] =
  "{\"pledges\":[{\"pledge\":\"00112233445566778899aabbccddeeff\",\"property\":\"ropewalk\","
  "\"article\":\"rope\",\"currency\":\"USD\",\"price_micros\":\"50000\","
  "\"publisher_micros\":\"34999\",\"fee_micros\":\"15001\",\"fee_bps\":3000,"
  "\"fee_receiver\":\"Farthing Co-op\",\"state\":\"settled\",\"time_us\":1700000000000000,"
  "\"steps\":[{\"kind\":\"pledged\",\"time_us\":1700000000000000,\"to\":\"publisher\","
  "\"micros\":\"34999\",\"transfer\":\"aa\",\"seq\":1204},"
  "{\"kind\":\"charged\",\"time_us\":1700000000000000,\"intent\":\"bb\","
  "\"charge_micros\":\"10000000\",\"seq\":1300},"
  "{\"kind\":\"paid_out\",\"time_us\":1700000000000000,\"to\":\"publisher\","
  "\"micros\":\"34999\",\"payout\":\"0123456789abcdef0123456789abcdef\","
  "\"state\":\"paid\"}]}]}";

/* "Where did my 5 ¢ go", to the micro. */
static void
test_trace (void)
{
  FarFakePlatform *platform = far_fake_platform_new (far_test_data_dir ());
  FarSession *session = far_test_session_new ();
  g_autofree char *token = g_build_filename (far_test_data_dir (), "token", NULL);
  g_autoptr (FarPublisher) publisher = NULL;
  GtkWidget *dialog;

  far_session_start (session);
  far_test_wait_until (far_session_get_market (session) != NULL);
  g_assert_true (g_file_set_contents (token, "secret", -1, NULL));
  publisher = far_publisher_new (far_session_get_market (session), token);
  far_books_set_source (far_session_get_books (session), far_session_get_client (session),
                        publisher);
  far_fake_platform_answer (platform, "GET /earnings/trace", traced);
  dialog = far_trace_dialog_new (NULL, session, "rope", "Which way is tight");
  gtk_window_present (GTK_WINDOW (dialog));
  far_test_wait_until (far_test_has_text (dialog, "Settled, final"));
  g_assert_true (far_test_has_text (dialog, "Which way is tight"));
  g_assert_true (far_test_has_text (dialog, "5 ¢"));
  g_assert_true (far_test_has_text (dialog, "$0.034999"));
  g_assert_true (far_test_has_text (dialog, "−$0.015001"));
  g_assert_true (far_test_has_text (dialog, "30.00% to Farthing Co-op"));
  g_assert_true (far_test_has_text (dialog, "Fee and share are the price, to the micro"));
  g_assert_true (far_test_has_text (dialog, "14 Nov 2023, 22:13 · entry 1204"));
  g_assert_true (far_test_has_text (dialog, "14 Nov 2023, 22:13 · payout 01234567: Paid"));
  gtk_window_destroy (GTK_WINDOW (dialog));

  /* What only ads have paid for has no pledge; that is no failure. */
  far_fake_platform_refuse (platform, "GET /earnings/trace", 1, 404, "not_found");
  dialog = far_trace_dialog_new (NULL, session, "rope", "Which way is tight");
  gtk_window_present (GTK_WINDOW (dialog));
  far_test_wait_until (far_test_has_text (dialog, "There Is Nothing to Follow"));
  gtk_window_destroy (GTK_WINDOW (dialog));
  far_test_settle ();
  far_test_session_stop (session);
  g_assert_finalize_object (session);
  far_fake_platform_free (platform);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/earnings-page/figures", test_figures);
  g_test_add_func ("/earnings-page/absence", test_absence);
  g_test_add_func ("/earnings-page/nothing-earned", test_nothing_earned);
  g_test_add_func ("/ledger-card/verdicts", test_ledger);
  g_test_add_func ("/trace-dialog/steps", test_trace);
  return g_test_run ();
}
