/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Check receipt": what a ledger proves, against what the publication says, and against what the
 * ledger showed before. */
#include <string.h>

#include "base/far-json.h"
#include "client/far-receipt-check.h"
#include "ledger-world.h"
#include "market-fixture.h"

typedef struct {
  MarketFixture market;
  LedgerWorld   world;
  FarReceipt    claimed;
  GPtrArray    *texts;
  guint64       size; /* that the receipt leads to */
} Fixture;

/* A receipt over 5 cents, behind which the ledger has grown. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  FarTransfer paid;

  market_fixture_set_up (&fixture->market, NULL);
  ledger_world_open (&fixture->world, FAR_LEDGER_MONEY_TEST);
  paid = ledger_world_grow (&fixture->world, 50000);
  fixture->claimed = (FarReceipt) {
    .what = g_strdup ("pledge"), .transfer = g_malloc (FAR_ID_HEX_LEN + 1),
    .amount_micros = 50000, .currency = g_strdup ("USD"),
    .text = far_ledger_receipt (fixture->world.ledger, &paid.id, &error),
  };
  g_assert_no_error (error);
  far_id_to_hex (&paid.id, fixture->claimed.transfer);
  fixture->size = far_ledger_size (fixture->world.ledger);
  g_assert_true (far_ledger_transfer (fixture->world.ledger, &paid.id, &paid, &error));
  fixture->claimed.time_us = paid.time_us;
  fixture->texts = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (fixture->texts, g_strdup (fixture->claimed.text));
  ledger_world_grow (&fixture->world, 70000);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_ptr_array_unref (fixture->texts);
  g_free (fixture->claimed.what);
  g_free (fixture->claimed.transfer);
  g_free (fixture->claimed.currency);
  g_free (fixture->claimed.text);
  ledger_world_close (&fixture->world);
  market_fixture_tear_down (&fixture->market, NULL);
}

static void
serve (Fixture *fixture, guint64 asked, guint64 answered)
{
  g_autofree char *target = g_strdup_printf ("/ledger/checkpoint?from=%" G_GUINT64_FORMAT, asked);
  g_autoptr (JsonNode) node = ledger_world_show (&fixture->world, answered);
  g_autofree char *text = json_to_string (node, FALSE);

  expect (&fixture->market, "GET", target, text);
}

static FarReceiptReport *
check (Fixture *fixture, const char *deployment, GError **error)
{
  g_autoptr (GPtrArray) claimed = g_ptr_array_new ();
  g_autoptr (GAsyncResult) result = NULL;

  g_ptr_array_add (claimed, &fixture->claimed);
  far_market_client_check_receipts_async (fixture->market.client, deployment, fixture->texts,
                                          claimed, NULL, fake_take_result,
                                          &fixture->market.result);
  result = fake_wait (&fixture->market.result);
  fixture->market.result = NULL;
  return far_market_client_check_receipts_finish (fixture->market.client, result, error);
}

static void
test_holds (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FarReceiptReport) report = NULL;
  const FarReceiptFinding *finding;

  serve (fixture, 0, 0);
  serve (fixture, fixture->size, fixture->size);
  report = check (fixture, "check-holds", NULL);
  g_assert_true (report->ok);
  g_assert_true (report->compared);
  g_assert_cmpuint (report->size, ==, far_ledger_size (fixture->world.ledger));
  finding = g_ptr_array_index (report->findings, 0);
  g_assert_cmpstr (finding->what, ==, "pledge");
  g_assert_cmpint (finding->amount_micros, ==, 50000);
  g_assert_cmpstr (finding->currency, ==, "USD");
  g_assert_cmpuint (finding->size, ==, fixture->size);
  g_assert_cmpstr (finding->origin, ==, far_ledger_origin (fixture->world.ledger));
  g_assert_true (g_str_has_prefix (finding->key, finding->origin));
  g_assert_cmpuint (strlen (finding->root), ==, 64);
}

/* The publication's list says another amount than the row that it proves. */
static void
test_contradiction (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FarReceiptReport) report = NULL;
  const FarReceiptFinding *finding;

  serve (fixture, 0, 0);
  fixture->claimed.amount_micros = 40000;
  report = check (fixture, "check-contradiction", NULL);
  g_assert_false (report->ok);
  finding = g_ptr_array_index (report->findings, 0);
  g_assert_cmpstr (finding->message, ==,
                   "The publication says 4 ¢, and the ledger's entry says 5 ¢");
}

/* A log that signs the receipt's checkpoint and does not begin with it. */
static void
test_other_log (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FarReceiptReport) report = NULL;
  const FarReceiptFinding *finding;

  serve (fixture, 0, 0);
  serve (fixture, fixture->size, fixture->size - 1);
  report = check (fixture, "check-other-log", NULL);
  g_assert_false (report->ok);
  finding = g_ptr_array_index (report->findings, 0);
  g_assert_true (g_str_has_prefix (finding->message, "THE LEDGER WAS REWRITTEN"));
}

/* Growth between two questions is met again. */
static void
test_grows (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FarReceiptReport) report = NULL;
  guint64 met = far_ledger_size (fixture->world.ledger);

  serve (fixture, 0, 0);
  ledger_world_grow (&fixture->world, 1);
  serve (fixture, fixture->size, fixture->size);
  serve (fixture, met, met);
  report = check (fixture, "check-grows", NULL);
  g_assert_true (report->ok);
  g_assert_true (report->compared);
}

/* What is checked alone is said to be. */
static void
test_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FarReceiptReport) report = NULL;
  g_autofree char *again = g_strdup_printf ("/ledger/checkpoint?from=%" G_GUINT64_FORMAT,
                                            far_ledger_size (fixture->world.ledger));
  char *at;

  serve (fixture, 0, 0);
  serve (fixture, fixture->size, fixture->size);
  far_receipt_report_free (check (fixture, "check-alone", NULL));
  fake_server_queue (fixture->market.server, "GET", again, 503, "{}");
  report = check (fixture, "check-alone", NULL);
  g_assert_true (report->ok);
  g_assert_false (report->compared);
  g_assert_cmpstr (report->message, !=, "");

  g_clear_pointer (&report, far_receipt_report_free);
  at = strstr (g_ptr_array_index (fixture->texts, 0), "extra ") + 60;
  *at = *at == 'A' ? 'B' : 'A';
  report = check (fixture, "check-alone", NULL);
  g_assert_false (report->ok);
}

/* A ledger that was cut off since proves nothing any more. */
static void
test_rewritten (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FarReceiptReport) report = NULL;
  g_autoptr (GError) error = NULL;
  guint64 met = far_ledger_size (fixture->world.ledger);

  serve (fixture, 0, 0);
  serve (fixture, fixture->size, fixture->size);
  far_receipt_report_free (check (fixture, "check-rewritten", NULL));
  ledger_world_grow (&fixture->world, 1);
  serve (fixture, met, met - 1);
  report = check (fixture, "check-rewritten", &error);
  g_assert_null (report);
  g_assert_error (error, FAR_WITNESS_ERROR, (int) FAR_WITNESS_ERROR_REWRITTEN);
  g_assert_true (far_witness_error_is_alarm (error));
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) receipts = g_ptr_array_new ();
  g_autoptr (GPtrArray) texts = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;

  g_ptr_array_add (receipts, &fixture->claimed);
  g_ptr_array_add (receipts, &fixture->claimed);
  file = far_receipts_join (receipts);
  texts = far_receipts_split (file, strlen (file), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (texts->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (texts, 1), ==, fixture->claimed.text);
  g_assert_null (far_receipts_split ("", 0, NULL));
  g_assert_null (far_receipts_split (file, strlen (file) + 1, NULL));
  g_assert_null (far_receipts_split ("<html>", 6, &error));
  g_assert_error (error, FAR_RECEIPT_ERROR, (int) FAR_RECEIPT_ERROR_SYNTAX);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *state = g_dir_make_tmp ("far-state-XXXXXX", NULL);
  g_autofree char *clean = g_strdup_printf ("rm -r '%s'", state);
  int failed;

  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("/receipt-check/holds", test_holds);
  ADD ("/receipt-check/contradiction", test_contradiction);
  ADD ("/receipt-check/other-log", test_other_log);
  ADD ("/receipt-check/grows", test_grows);
  ADD ("/receipt-check/alone", test_alone);
  ADD ("/receipt-check/rewritten", test_rewritten);
  ADD ("/receipt-check/files", test_files);
  failed = g_test_run ();
  g_assert_true (g_spawn_command_line_sync (clean, NULL, NULL, NULL, NULL));
  return failed;
}
