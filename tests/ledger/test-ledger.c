/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening and what it refuses, transactions and savepoints, module tables, the checkpoint file. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/far-ledger-fixture.h"
#include "store/far-db.h"

static FarTransfer
post_new (Fixture *f, const FarId *debit, const FarId *credit, gint64 amount_micros)
{
  FarTransfer t = fixture_transfer (f, debit, credit, amount_micros);

  assert_result (fixture_post (f, &t), FAR_TRANSFER_OK);
  return t;
}

static void
two_accounts (Fixture *f, FarId *a, FarId *b)
{
  *a = fixture_account (f, FAR_ACCOUNT_BANK, "USD");
  *b = fixture_account (f, FAR_ACCOUNT_FEE_EARNED, "USD");
}

/* ---- opening ---- */

static void
assert_open_fails (Fixture *f, FarLedgerMode mode, FarLedgerMoney money, FarLedgerError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (far_ledger_open_dir (f->directory, mode, money, f->clock, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, (int) code);
}

static char *
contents (Fixture *f, const char *name, gsize *ret_n)
{
  g_autofree char *path = fixture_path (f, name);
  char *bytes = NULL;

  return g_file_get_contents (path, &bytes, ret_n, NULL) ? bytes : NULL;
}

static void
put_back (Fixture *f, const char *name, const char *bytes, gsize n)
{
  g_autofree char *path = fixture_path (f, name);

  g_unlink (path); /* GLib writes over what is there and does not cut it off */
  g_assert_true (g_file_set_contents_full (path, bytes, (gssize) n, G_FILE_SET_CONTENTS_NONE, 0600,
                                           NULL));
}

static void
take_away (Fixture *f, const char *name)
{
  g_autofree char *path = fixture_path (f, name);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_create (Fixture *f, gconstpointer unused)
{
  g_autofree char *keys = fixture_path (f, "keys");
  g_autofree char *new_keys = fixture_path (f, "keys.new");
  g_autofree char *origin = g_strdup (far_ledger_origin (f->ledger));
  struct stat info;

  g_assert_cmpint (stat (keys, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_false (g_file_test (new_keys, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (far_ledger_size (f->ledger), ==, 1);
  g_assert_cmpuint (far_ledger_checkpoints (f->ledger), ==, 1);
  g_assert_true (g_str_has_prefix (origin, "io.github.farthing/ledger/"));
  fixture_reopen (f);
  g_assert_cmpstr (far_ledger_origin (f->ledger), ==, origin);
  fixture_assert_whole (f);
}

static void
test_missing (Fixture *f, gconstpointer unused)
{
  static const char *const names[] = { "ledger.db", "checkpoints", "keys" };
  static const FarLedgerError codes[] = { FAR_LEDGER_ERROR_MISSING, FAR_LEDGER_ERROR_MISSING,
                                          FAR_LEDGER_ERROR_KEY };
  FarId a, b;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  fixture_commit (f);
  g_clear_pointer (&f->ledger, far_ledger_close);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gsize n;
      g_autofree char *bytes = contents (f, names[i], &n);
      g_autofree char *path = fixture_path (f, names[i]);

      take_away (f, names[i]);
      assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, codes[i]);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS)); /* nothing was put in its place */
      put_back (f, names[i], bytes, n);
    }
  fixture_reopen (f);
  fixture_assert_whole (f);
}

static void
test_corrupt (Fixture *f, gconstpointer unused)
{
  static const char *const wrecks[] = { "", "not a database, not by far", };
  gsize n;
  g_autofree char *bytes = NULL;

  g_clear_pointer (&f->ledger, far_ledger_close);
  bytes = contents (f, "ledger.db", &n);
  for (guint i = 0; i < G_N_ELEMENTS (wrecks); i++)
    {
      gsize n_after;
      g_autofree char *after = NULL;

      put_back (f, "ledger.db", wrecks[i], strlen (wrecks[i]));
      assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST,
                         FAR_LEDGER_ERROR_CORRUPT);
      after = contents (f, "ledger.db", &n_after);
      g_assert_cmpmem (after, n_after, wrecks[i], strlen (wrecks[i]));
    }
  put_back (f, "ledger.db", bytes, n);
  fixture_reopen (f);
}

/* A database of another application, in our place. */
static void
test_foreign (Fixture *f, gconstpointer unused)
{
  static const char *const migrations[] = { "CREATE TABLE x (y INTEGER) STRICT", NULL };
  FarDbOptions options = { .mode = FAR_DB_MODE_CREATE, .application_id = 77,
                           .migrations = migrations };
  g_autofree char *path = fixture_path (f, "ledger.db");
  FarDb *db;

  g_clear_pointer (&f->ledger, far_ledger_close);
  take_away (f, "ledger.db");
  db = far_db_open (path, &options, NULL);
  g_assert_nonnull (db);
  far_db_close (db);
  assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, FAR_LEDGER_ERROR_CORRUPT);
}

static void
test_rolled_back (Fixture *f, gconstpointer unused)
{
  gsize n, n_new, n_notes;
  g_autofree char *old = NULL;
  g_autofree char *newer = NULL;
  g_autofree char *notes = NULL;
  g_auto (FarLedgerReport) report = { 0 };
  FarId a, b;

  g_clear_pointer (&f->ledger, far_ledger_close);
  old = contents (f, "ledger.db", &n);
  fixture_reopen (f);
  fixture_begin (f);
  two_accounts (f, &a, &b);
  fixture_commit (f);
  g_assert_true (far_ledger_checkpoint (f->ledger, NULL));
  g_clear_pointer (&f->ledger, far_ledger_close);
  newer = contents (f, "ledger.db", &n_new);

  /* An old copy of the database beside newer checkpoints. */
  put_back (f, "ledger.db", old, n);
  assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST,
                     FAR_LEDGER_ERROR_ROLLED_BACK);
  g_assert_true (far_ledger_verify_dir (f->directory, NULL, NULL, &report, NULL));
  g_assert_false (report.ok);
  g_assert_cmpint (report.first_bad, ==, 1);

  /* Checkpoints cut off under the database. */
  put_back (f, "ledger.db", newer, n_new);
  notes = contents (f, "checkpoints", &n_notes);
  put_back (f, "checkpoints", notes, 10);
  assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, FAR_LEDGER_ERROR_CORRUPT);
}

/* Also the last one, signed before the ledger was closed. */
static void
test_last_checkpoint (Fixture *f, gconstpointer unused)
{
  gsize n, n_first;
  g_autofree char *notes = NULL;
  g_auto (FarLedgerReport) report = { 0 };
  FarId a, b;

  notes = contents (f, "checkpoints", &n_first);
  fixture_begin (f);
  two_accounts (f, &a, &b);
  fixture_commit (f);
  g_assert_true (far_ledger_checkpoint (f->ledger, NULL));
  g_clear_pointer (&f->ledger, far_ledger_close);
  g_free (notes);
  notes = contents (f, "checkpoints", &n);
  g_assert_cmpuint (n, >, n_first);

  put_back (f, "checkpoints", notes, n_first);
  assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, FAR_LEDGER_ERROR_CORRUPT);
  g_assert_true (far_ledger_verify_dir (f->directory, NULL, NULL, &report, NULL));
  g_assert_false (report.ok);
}

/* A crash in the middle of appending a checkpoint. */
static void
test_torn_checkpoint (Fixture *f, gconstpointer unused)
{
  gsize n, n_after;
  g_autofree char *notes = NULL;
  g_autofree char *after = NULL;
  g_autofree char *torn = NULL;
  FarId a, b;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  fixture_commit (f);
  g_assert_true (far_ledger_checkpoint (f->ledger, NULL));
  g_clear_pointer (&f->ledger, far_ledger_close);
  notes = contents (f, "checkpoints", &n);

  torn = g_malloc0 (n + 100);
  memcpy (torn, notes, n);
  memcpy (torn + n, notes, 100);
  put_back (f, "checkpoints", torn, n + 100);
  fixture_assert_whole_at (f);
  fixture_reopen (f);
  g_assert_cmpuint (far_ledger_checkpoints (f->ledger), ==, 2);
  g_clear_pointer (&f->ledger, far_ledger_close);
  after = contents (f, "checkpoints", &n_after);
  g_assert_cmpmem (after, n_after, notes, n);
}

static void
test_keys (Fixture *f, gconstpointer unused)
{
  g_autofree char *path = fixture_path (f, "keys");
  gsize n;
  g_autofree char *key = contents (f, "keys", &n);

  g_clear_pointer (&f->ledger, far_ledger_close);
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, FAR_LEDGER_ERROR_KEY);
  put_back (f, "keys", "PRIVATE+KEY+rubbish\n", 20);
  assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, FAR_LEDGER_ERROR_KEY);

  {
    Fixture other = { 0 };
    gsize n_other;
    g_autofree char *other_key = NULL;
    g_auto (FarLedgerReport) report = { 0 };

    fixture_set_up (&other, NULL);
    other_key = contents (&other, "keys", &n_other);
    put_back (f, "keys", other_key, n_other);
    assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, FAR_LEDGER_ERROR_KEY);
    g_assert_true (far_ledger_verify_dir (f->directory, NULL, NULL, &report, NULL));
    g_assert_false (report.ok);
    fixture_tear_down (&other, NULL);
  }
  put_back (f, "keys", key, n);
  fixture_reopen (f);
}

static void
test_money (Fixture *f, gconstpointer unused)
{
  g_assert_cmpint (far_ledger_money (f->ledger), ==, FAR_LEDGER_MONEY_TEST);
  g_clear_pointer (&f->ledger, far_ledger_close);
  assert_open_fails (f, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_LIVE, FAR_LEDGER_ERROR_MONEY);
  fixture_reopen (f);
}

static void
test_read_only (Fixture *f, gconstpointer unused)
{
  FarLedger *reader;
  FarBalance balance;
  FarId a, b;
  g_autoptr (GError) error = NULL;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  post_new (f, &a, &b, 5);
  fixture_commit (f);
  reader = far_ledger_open_dir (f->directory, FAR_LEDGER_READ_ONLY, 0, f->clock, &error);
  g_assert_no_error (error);

  /* A snapshot: the writer goes on, the reader stays. */
  fixture_begin (f);
  post_new (f, &a, &b, 6);
  fixture_commit (f);
  g_assert_true (far_ledger_balance (reader, &a, &balance, NULL));
  g_assert_cmpint (balance.debits_posted_micros, ==, 5);
  g_assert_false (far_ledger_begin (reader, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_assert_false (far_ledger_checkpoint (reader, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_PROTOCOL);
  far_ledger_close (reader);
}

static void
test_nothing_there (void)
{
  g_autofree char *directory = g_dir_make_tmp ("farthing-none-XXXXXX", NULL);
  g_autoptr (FarClock) clock = far_clock_new_manual (1);
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_null (far_ledger_open_dir (directory, FAR_LEDGER_READ_ONLY, 0, clock, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_MISSING);
  g_clear_error (&error);
  g_assert_false (far_ledger_verify_dir (directory, NULL, NULL, &report, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (g_rmdir (directory), ==, 0); /* still empty */
}

/* ---- transactions ---- */

#define assert_protocol(call)                                                \
  G_STMT_START {                                                             \
    g_autoptr (GError) error_ = NULL;                                        \
    GError **error = &error_;                                                \
    g_assert_false (call);                                                   \
    g_assert_error (error_, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_PROTOCOL);    \
  } G_STMT_END

static void
test_protocol (Fixture *f, gconstpointer unused)
{
  FarTransfer t = { .code = 1 };
  FarTransferResult result;

  assert_protocol (far_ledger_commit (f->ledger, error));
  assert_protocol (far_ledger_savepoint (f->ledger, error));
  assert_protocol (far_ledger_release (f->ledger, error));
  assert_protocol (far_ledger_rollback_to (f->ledger, error));
  assert_protocol (far_ledger_post (f->ledger, &t, 1, &result, error));
  fixture_begin (f);
  assert_protocol (far_ledger_begin (f->ledger, error));
  assert_protocol (far_ledger_checkpoint (f->ledger, error));
  assert_protocol (far_ledger_migrate (f->ledger, "x", NULL, 0, error));
  assert_protocol (far_ledger_rollback_to (f->ledger, error));
  g_assert_true (far_ledger_savepoint (f->ledger, NULL));
  assert_protocol (far_ledger_savepoint (f->ledger, error));
  assert_protocol (far_ledger_commit (f->ledger, error));
  g_assert_true (far_ledger_release (f->ledger, NULL));
  fixture_commit (f);
}

static void
test_savepoint (Fixture *f, gconstpointer unused)
{
  FarId a, b, c;
  FarTransfer kept, undone, pending;
  FarTransfer found;
  FarAccount account;
  g_autoptr (GError) error = NULL;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  kept = post_new (f, &a, &b, 5);
  pending = fixture_transfer (f, &a, &b, 40);
  pending.kind = FAR_TRANSFER_PENDING;
  assert_result (fixture_post (f, &pending), FAR_TRANSFER_OK);

  g_assert_true (far_ledger_savepoint (f->ledger, NULL));
  c = fixture_account (f, FAR_ACCOUNT_BANK, "USD");
  undone = post_new (f, &a, &b, 7);
  post_new (f, &a, &c, 8);
  assert_result (fixture_resolve (f, FAR_TRANSFER_POST, &pending, 0, NULL), FAR_TRANSFER_OK);
  assert_balance (f, &a, 60, 0, 0, 0);
  g_assert_true (far_ledger_rollback_to (f->ledger, &error));
  g_assert_no_error (error);

  assert_balance (f, &a, 5, 0, 40, 0);
  g_assert_false (far_ledger_account (f->ledger, &c, &account, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (far_ledger_transfer (f->ledger, &undone.id, &found, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND);
  assert_result (fixture_post (f, &kept), FAR_TRANSFER_EXISTS);
  assert_result (fixture_post (f, &undone), FAR_TRANSFER_OK);
  assert_result (fixture_resolve (f, FAR_TRANSFER_VOID, &pending, 0, NULL), FAR_TRANSFER_OK);
  fixture_commit (f);
  assert_balance (f, &a, 12, 0, 0, 0);
  fixture_assert_whole (f);
}

static void
test_rollback (Fixture *f, gconstpointer unused)
{
  FarId a, b;
  guint64 size;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  post_new (f, &a, &b, 5);
  fixture_commit (f);
  size = far_ledger_size (f->ledger);
  fixture_begin (f);
  post_new (f, &a, &b, 6);
  assert_balance (f, &a, 11, 0, 0, 0);
  far_ledger_rollback (f->ledger);
  assert_balance (f, &a, 5, 0, 0, 0);
  g_assert_cmpuint (far_ledger_size (f->ledger), ==, size);
  fixture_begin (f);
  post_new (f, &a, &b, 1);
  fixture_commit (f);
  fixture_assert_whole (f);
}

/* Ledger time rises whatever the clock does. */
static void
test_time (Fixture *f, gconstpointer unused)
{
  FarId a, b;
  FarTransfer t, found;
  gint64 last_us = 0;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  for (guint i = 0; i < 100; i++)
    {
      t = post_new (f, &a, &b, 1);
      g_assert_true (far_ledger_transfer (f->ledger, &t.id, &found, NULL));
      g_assert_cmpint (found.time_us, >, last_us);
      last_us = found.time_us;
    }
  g_assert_cmpint (last_us, ==, FIXTURE_START_US + 102); /* one clock reading, one µs a row */
  far_clock_advance (f->clock, 1000000, NULL);
  t = post_new (f, &a, &b, 1);
  g_assert_true (far_ledger_transfer (f->ledger, &t.id, &found, NULL));
  g_assert_cmpint (found.time_us, ==, FIXTURE_START_US + 1000000);
  fixture_commit (f);
}

static void
test_module (Fixture *f, gconstpointer unused)
{
  static const char *const steps[] = {
    "CREATE TABLE m_a (x INTEGER NOT NULL) STRICT",
    "CREATE TABLE m_b (x INTEGER NOT NULL) STRICT; INSERT INTO m_b VALUES (7)",
    "CREATE TABLE m_bad (",
  };
  gint64 value;
  g_autoptr (GError) error = NULL;

  g_assert_true (far_ledger_migrate (f->ledger, "m", steps, 1, &error));
  g_assert_true (far_ledger_migrate (f->ledger, "m", steps, 2, &error));
  g_assert_true (far_ledger_migrate (f->ledger, "m", steps, 2, &error));
  g_assert_true (far_db_query_int (far_ledger_db (f->ledger), "SELECT x FROM m_b", &value, NULL));
  g_assert_cmpint (value, ==, 7);
  g_assert_false (far_ledger_migrate (f->ledger, "m", steps, 3, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (far_ledger_migrate (f->ledger, "m", steps, 1, &error)); /* newer than we know */
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NEWER);
  g_clear_error (&error);
  g_assert_false (far_ledger_knows (f->ledger, "m", 1, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NEWER);
  g_clear_error (&error);
  g_assert_true (far_ledger_knows (f->ledger, "m", 2, &error));
  g_assert_true (far_ledger_knows (f->ledger, "of nobody", 1, &error));

  /* Its rows share the money's savepoints. */
  fixture_begin (f);
  g_assert_true (far_ledger_savepoint (f->ledger, NULL));
  g_assert_true (far_db_exec (far_ledger_db (f->ledger), "INSERT INTO m_a VALUES (1)", NULL));
  g_assert_true (far_ledger_rollback_to (f->ledger, NULL));
  fixture_commit (f);
  g_assert_true (far_db_query_int (far_ledger_db (f->ledger), "SELECT count (*) FROM m_a", &value,
                                   NULL));
  g_assert_cmpint (value, ==, 0);
  fixture_assert_whole (f);
}

#define ADD(path, test) \
  g_test_add ("/ledger/ledger/" path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("create", test_create);
  ADD ("missing", test_missing);
  ADD ("corrupt", test_corrupt);
  ADD ("foreign", test_foreign);
  ADD ("rolled-back", test_rolled_back);
  ADD ("last-checkpoint", test_last_checkpoint);
  ADD ("torn-checkpoint", test_torn_checkpoint);
  ADD ("keys", test_keys);
  ADD ("money", test_money);
  ADD ("read-only", test_read_only);
  g_test_add_func ("/ledger/ledger/nothing-there", test_nothing_there);
  ADD ("protocol", test_protocol);
  ADD ("savepoint", test_savepoint);
  ADD ("rollback", test_rollback);
  ADD ("time", test_time);
  ADD ("module", test_module);
  return g_test_run ();
}
