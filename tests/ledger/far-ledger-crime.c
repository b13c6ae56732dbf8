/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/far-ledger-crime.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- a ledger with something of everything ---- */

static void
add_pending (Crime *c, guint i)
{
  FarTransfer t = fixture_transfer (&c->f, &c->accounts[0], &c->accounts[1 + i % 3], 10 + i);

  t.kind = FAR_TRANSFER_PENDING;
  t.deadline_us = i % 8 == 0 ? far_ledger_now_us (c->f.ledger) + 50 : 0;
  assert_result (fixture_post (&c->f, &t), FAR_TRANSFER_OK);
  if (i % 3 == 0)
    assert_result (fixture_resolve (&c->f, FAR_TRANSFER_POST, &t, 5, NULL), FAR_TRANSFER_OK);
  else if (i % 3 == 1)
    assert_result (fixture_resolve (&c->f, FAR_TRANSFER_VOID, &t, 0, NULL), FAR_TRANSFER_OK);
}

void
crime_add_rows (Crime *c, guint from, guint to, gint64 amount_micros)
{
  g_autoptr (GError) error = NULL;

  for (guint i = from; i < to; i++)
    {
      FarTransfer t = fixture_transfer (&c->f, &c->accounts[i % 2], &c->accounts[2 + i % 3],
                                        amount_micros + i);
      FarAccountResult result;
      guint n;

      assert_result (fixture_post (&c->f, &t), FAR_TRANSFER_OK);
      if (i % 4 == 0)
        add_pending (c, i);
      far_clock_advance (c->f.clock, 30, NULL);
      if (i % 50 == 0)
        {
          far_ledger_expire (c->f.ledger, 100, &n, &error);
          g_assert_no_error (error);
          far_ledger_set_closed (c->f.ledger, &c->accounts[5], i % 100 != 0, &result, &error);
          g_assert_no_error (error);
          fixture_commit (&c->f);
          far_ledger_checkpoint (c->f.ledger, &error);
          g_assert_no_error (error);
          fixture_begin (&c->f);
        }
    }
}

void
crime_set_up (Crime *c, gconstpointer unused)
{
  fixture_set_up (&c->f, NULL);
  fixture_begin (&c->f);
  for (guint i = 0; i < G_N_ELEMENTS (c->accounts); i++)
    c->accounts[i] = fixture_account (&c->f, FAR_ACCOUNT_BANK, "USD");
  crime_add_rows (c, 1, TRANSFERS, 10);
  fixture_commit (&c->f);
  fixture_assert_whole (&c->f);
  g_clear_pointer (&c->f.ledger, far_ledger_close);
}

static void
copy_files (const char *from, const char *to)
{
  static const char *const names[] = { "ledger.db", "checkpoints", "keys" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *source = g_build_filename (from, names[i], NULL);
      g_autofree char *target = g_build_filename (to, names[i], NULL);
      g_autofree char *bytes = NULL;
      g_autoptr (GError) error = NULL;
      gsize n;

      g_file_get_contents (source, &bytes, &n, &error);
      g_assert_no_error (error);
      g_unlink (target); /* GLib writes over what is there and does not cut it off */
      g_file_set_contents_full (target, bytes, (gssize) n, G_FILE_SET_CONTENTS_NONE, 0600, &error);
      g_assert_no_error (error);
    }
}

static void
remove_directory (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

void
crime_fresh_copy (Crime *c)
{
  if (c->copy == NULL)
    c->copy = g_dir_make_tmp ("farthing-tamper-XXXXXX", NULL);
  copy_files (c->f.directory, c->copy);
}

void
crime_tear_down (Crime *c, gconstpointer unused)
{
  if (c->copy != NULL)
    remove_directory (c->copy);
  g_clear_pointer (&c->copy, g_free);
  fixture_tear_down (&c->f, NULL);
}

/* ---- the crime ---- */

sqlite3 *
crime_open_raw (Crime *c)
{
  g_autofree char *path = g_build_filename (c->copy, "ledger.db", NULL);
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF", NULL, NULL,
                NULL);
  return db;
}

void
crime_run_sql (Crime *c, const char *sql)
{
  sqlite3 *db = crime_open_raw (c);
  char *message = NULL;

  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

gint64
crime_ask (Crime *c, const char *sql)
{
  sqlite3 *db = crime_open_raw (c);
  sqlite3_stmt *query;
  gint64 value;

  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &query, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (query), ==, SQLITE_ROW);
  value = sqlite3_column_int64 (query, 0);
  sqlite3_finalize (query);
  sqlite3_close (db);
  return value;
}

/* ---- finding out ---- */

void
crime_assert_found_out (Crime *c, gint64 first_bad, const char *what)
{
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  if (!far_ledger_verify_dir (c->copy, NULL, NULL, &report, &error))
    {
      g_assert_nonnull (error); /* not readable at all: reported */
      g_assert_cmpint (first_bad, ==, ANY_ROW);
      return;
    }
  if (report.ok)
    g_error ("Not found out: %s", what);
  g_assert_nonnull (report.reason);
  if (first_bad != ANY_ROW && report.first_bad != first_bad)
    g_error ("%s: row %" G_GINT64_FORMAT " was named (%s), not %" G_GINT64_FORMAT, what,
             report.first_bad, report.reason, first_bad);
}

/* Writes another value of the same type. */
void
crime_change_cell (Crime *c, const char *table, const char *column, gint64 rowid)
{
  g_autofree char *get_sql = g_strdup_printf ("SELECT %s FROM %s WHERE rowid = ?1", column, table);
  g_autofree char *set_sql = g_strdup_printf ("UPDATE %s SET %s = ?2 WHERE rowid = ?1", table,
                                              column);
  sqlite3 *db = crime_open_raw (c);
  sqlite3_stmt *get, *set;
  g_autofree guint8 *blob = NULL;
  int n;

  g_assert_cmpint (sqlite3_prepare_v2 (db, get_sql, -1, &get, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, set_sql, -1, &set, NULL), ==, SQLITE_OK);
  sqlite3_bind_int64 (get, 1, rowid);
  sqlite3_bind_int64 (set, 1, rowid);
  g_assert_cmpint (sqlite3_step (get), ==, SQLITE_ROW);
  n = sqlite3_column_bytes (get, 0);
  switch (sqlite3_column_type (get, 0))
    {
    case SQLITE_INTEGER:
      if (strcmp (column, "seq") == 0 || strcmp (column, "no") == 0)
        sqlite3_bind_int64 (set, 2, sqlite3_column_int64 (get, 0) + 1000000);
      else if (strcmp (column, "closed") == 0)
        sqlite3_bind_int64 (set, 2, 1 - sqlite3_column_int64 (get, 0));
      else
        sqlite3_bind_int64 (set, 2, sqlite3_column_int64 (get, 0) + 1);
      break;
    case SQLITE_TEXT:
      sqlite3_bind_text (set, 2, "EUR", -1, SQLITE_STATIC);
      break;
    default:
      blob = n > 0 ? g_memdup2 (sqlite3_column_blob (get, 0), (gsize) n) : g_malloc0 (1);
      if (n > 0)
        blob[n / 2] ^= 1;
      sqlite3_bind_blob (set, 2, blob, MAX (n, 1), SQLITE_STATIC);
      break;
    }
  sqlite3_finalize (get);
  g_assert_cmpint (sqlite3_step (set), ==, SQLITE_DONE);
  g_assert_cmpint (sqlite3_changes (db), ==, 1);
  sqlite3_finalize (set);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}
