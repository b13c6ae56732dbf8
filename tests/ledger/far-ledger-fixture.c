/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/far-ledger-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

void
fixture_set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  fixture->directory = g_dir_make_tmp ("farthing-ledger-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->clock = far_clock_new_manual (FIXTURE_START_US);
  fixture_reopen (fixture);
}

void
fixture_reopen (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->ledger, far_ledger_close);
  fixture->ledger = far_ledger_open_dir (fixture->directory, FAR_LEDGER_READ_WRITE,
                                         FAR_LEDGER_MONEY_TEST, fixture->clock, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->ledger);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_clear_pointer (&fixture->ledger, far_ledger_close);
  dir = g_dir_open (fixture->directory, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = fixture_path (fixture, name);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_clear_pointer (&fixture->directory, g_free);
  g_clear_pointer (&fixture->clock, far_clock_unref);
}

char *
fixture_path (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->directory, name, NULL);
}

void
fixture_begin (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  far_ledger_begin (fixture->ledger, &error);
  g_assert_no_error (error);
}

void
fixture_commit (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  far_ledger_commit (fixture->ledger, &error);
  g_assert_no_error (error);
}

FarId
fixture_flagged (Fixture *fixture, FarAccountKind kind, FarAccountFlags flags,
                 const char *currency)
{
  FarAccount account = { .kind = kind, .flags = flags };
  FarAccountResult result;
  g_autoptr (GError) error = NULL;

  far_id_init_random (&account.id);
  g_strlcpy (account.currency, currency, sizeof account.currency);
  far_ledger_open_account (fixture->ledger, &account, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (far_account_result_to_string (result), ==, "ok");
  return account.id;
}

FarId
fixture_account (Fixture *fixture, FarAccountKind kind, const char *currency)
{
  return fixture_flagged (fixture, kind, far_account_kind_flags (kind), currency);
}

FarTransfer
fixture_transfer (Fixture *fixture, const FarId *debit, const FarId *credit, gint64 amount_micros)
{
  FarTransfer transfer = { .code = 1, .currency = "USD" };

  far_id_init (&transfer.id, fixture->clock);
  transfer.debit = *debit;
  transfer.credit = *credit;
  transfer.amount_micros = amount_micros;
  return transfer;
}

FarTransferResult
fixture_post (Fixture *fixture, const FarTransfer *transfer)
{
  FarTransferResult result;
  g_autoptr (GError) error = NULL;

  far_ledger_post (fixture->ledger, transfer, 1, &result, &error);
  g_assert_no_error (error);
  return result;
}

FarTransferResult
fixture_resolve (Fixture *fixture, FarTransferKind kind, const FarTransfer *pending,
                 gint64 amount_micros, FarTransfer *ret_sent)
{
  FarTransfer transfer = { .kind = kind, .code = 2 };

  far_id_init (&transfer.id, fixture->clock);
  transfer.pending_id = pending->id;
  transfer.amount_micros = amount_micros;
  if (ret_sent != NULL)
    *ret_sent = transfer;
  return fixture_post (fixture, &transfer);
}

FarBalance
fixture_balance (Fixture *fixture, const FarId *account)
{
  FarBalance balance;
  g_autoptr (GError) error = NULL;

  far_ledger_balance (fixture->ledger, account, &balance, &error);
  g_assert_no_error (error);
  return balance;
}

static void
verify (Fixture *fixture, FarLedgerReport *report)
{
  g_autoptr (GError) error = NULL;

  far_ledger_verify_dir (fixture->directory, NULL, NULL, report, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (report->reason, ==, NULL);
  g_assert_true (report->ok);
}

void
fixture_assert_whole_at (Fixture *fixture)
{
  g_auto (FarLedgerReport) report = { 0 };

  verify (fixture, &report);
}

void
fixture_assert_whole (Fixture *fixture)
{
  g_auto (FarLedgerReport) report = { 0 };

  verify (fixture, &report);
  g_assert_cmpuint (report.rows, ==, far_ledger_size (fixture->ledger));
  g_assert_cmpuint (report.transfers, ==, far_ledger_transfers (fixture->ledger));
}
