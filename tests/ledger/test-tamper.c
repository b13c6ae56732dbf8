/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever changes the ledger behind its back is found out: every column of every table, rows taken
 * out, doubled, swapped and cut off, indexes and constraints. The first wrong row is named wherever
 * one can be. */
#include <string.h>

#include "base/far-random.h"
#include "ledger/far-ledger-crime.h"

#define SAMPLES 12 /* rows of each table whose every column is changed */

/* Every column of samples of a table. Rows are named by the SQL expression seq_of. */
static void
change_every_column (Crime *c, const char *table, const char *const *columns, const char *seq_of)
{
  g_autofree char *count_sql = g_strdup_printf ("SELECT count (*) FROM %s", table);
  gint64 n;

  crime_fresh_copy (c);
  n = crime_ask (c, count_sql);
  for (gint64 i = 0; i < SAMPLES; i++)
    {
      g_autofree char *rowid_sql = g_strdup_printf ("SELECT rowid FROM %s LIMIT 1 OFFSET %d", table,
                                                    (int) ((n - 1) * i / (SAMPLES - 1)));
      g_autofree char *seq_sql = NULL;
      gint64 rowid, seq;

      crime_fresh_copy (c);
      rowid = crime_ask (c, rowid_sql);
      seq_sql = g_strdup_printf ("SELECT %s FROM %s WHERE rowid = %" G_GINT64_FORMAT, seq_of,
                                 table, rowid);
      seq = crime_ask (c, seq_sql);
      for (guint k = 0; columns[k] != NULL; k++)
        {
          g_autofree char *what = g_strdup_printf ("%s.%s of row %" G_GINT64_FORMAT, table,
                                                   columns[k], rowid);

          crime_fresh_copy (c);
          crime_change_cell (c, table, columns[k], rowid);
          crime_assert_found_out (c, seq, what);
        }
    }
}

static void
test_transfer (Crime *c, gconstpointer unused)
{
  static const char *const columns[] = {
    "seq", "id", "time_us", "kind", "flags", "debit", "credit", "amount_micros", "code", "pending",
    "deadline_us", "reference", "salt", "tag", "history", NULL,
  };

  change_every_column (c, "ledger_transfer", columns, "seq");
}

static void
test_account (Crime *c, gconstpointer unused)
{
  static const char *const columns[] = {
    "seq", "no", "time_us", "id", "kind", "flags", "currency", "reference", "tag", NULL,
  };

  change_every_column (c, "ledger_account", columns, "seq");
}

static void
test_balance (Crime *c, gconstpointer unused)
{
  static const char *const columns[] = {
    "no", "flags", "closed", "debits_posted", "credits_posted", "debits_pending", "credits_pending",
    "n_rows", "roots", NULL,
  };

  change_every_column (c, "ledger_balance", columns,
                       "(SELECT seq FROM ledger_account a WHERE a.no = ledger_balance.no)");
  crime_fresh_copy (c);
  crime_run_sql (c, "DELETE FROM ledger_balance WHERE no = 3");
  crime_assert_found_out (c, 3, "a balance less");
  crime_fresh_copy (c);
  crime_run_sql (c, "DELETE FROM ledger_balance WHERE no = 6");
  crime_assert_found_out (c, 6, "the last balance less");
  crime_fresh_copy (c);
  crime_run_sql (c, "INSERT INTO ledger_balance (no, flags) VALUES (99, 0)");
  crime_assert_found_out (c, -1, "a balance more");
}

static void
test_closing_pending (Crime *c, gconstpointer unused)
{
  static const char *const closing[] = { "seq", "time_us", "account", "closed", "tag", NULL };
  static const char *const pending[] = { "seq", "deadline_us", "state", "resolved_by", NULL };

  change_every_column (c, "ledger_closing", closing, "seq");
  change_every_column (c, "ledger_pending", pending, "seq");
}

static void
test_first_row (Crime *c, gconstpointer unused)
{
  static const char *const columns[] = { "time_us", "ledger_id", "public_key", "money", "format",
                                         "seq", NULL };

  for (guint i = 0; columns[i] != NULL; i++)
    {
      crime_fresh_copy (c);
      crime_change_cell (c, "ledger_genesis", columns[i], 0);
      crime_assert_found_out (c, strcmp (columns[i], "time_us") == 0 ? ANY_ROW : 0,
                              columns[i]);
    }
  crime_fresh_copy (c);
  crime_run_sql (c, "DELETE FROM ledger_genesis");
  crime_assert_found_out (c, 0, "no first row");
}

static void
test_head (Crime *c, gconstpointer unused)
{
  static const char *const columns[] = { "n_rows", "n_transfers", "n_accounts", "last_time_us",
                                         "frontier", "checkpoints", "checkpoint_bytes", NULL };

  for (guint i = 0; columns[i] != NULL; i++)
    {
      crime_fresh_copy (c);
      crime_change_cell (c, "ledger_head", columns[i], 1);
      crime_assert_found_out (c, ANY_ROW, columns[i]);
    }
  crime_fresh_copy (c);
  crime_run_sql (c, "DELETE FROM ledger_head");
  crime_assert_found_out (c, -1, "no head");
}

static void
test_nodes (Crime *c, gconstpointer unused)
{
  crime_fresh_copy (c);
  crime_run_sql (c, "UPDATE ledger_node SET hash = (SELECT hash FROM ledger_node WHERE level = 8"
                 " AND number = 0) WHERE level = 8 AND number = 1");
  crime_assert_found_out (c, 256, "a node's hash");
  crime_fresh_copy (c);
  crime_run_sql (c, "DELETE FROM ledger_node WHERE level = 9 AND number = 0");
  crime_assert_found_out (c, 0, "a node less");
  crime_fresh_copy (c);
  crime_run_sql (c, "INSERT INTO ledger_node VALUES (8, 99, zeroblob (32))");
  crime_assert_found_out (c, -1, "a node more");
}

/* ---- rows as a whole ---- */

static void
test_rows (Crime *c, gconstpointer unused)
{
  FarRng rng;
  gint64 last;

  far_rng_init (&rng, 5, 5);
  crime_fresh_copy (c);
  last = crime_ask (c, "SELECT max (seq) FROM ledger_transfer");
  for (guint i = 0; i < 20; i++)
    {
      gint64 a = 20 + far_rng_below (&rng, (guint32) last - 40);
      g_autofree char *find = NULL;
      g_autofree char *sql = NULL;
      gint64 b;

      crime_fresh_copy (c);
      find = g_strdup_printf ("SELECT max (seq) FROM ledger_transfer WHERE seq <= %d", (int) a);
      a = crime_ask (c, find);
      g_free (find);
      find = g_strdup_printf ("SELECT min (seq) FROM ledger_transfer WHERE seq > %d", (int) a);
      b = crime_ask (c, find);

      sql = g_strdup_printf ("DELETE FROM ledger_transfer WHERE seq = %d", (int) a);
      crime_run_sql (c, sql);
      crime_assert_found_out (c, a, "a row less");

      /* Swapped, with everything they hold. */
      crime_fresh_copy (c);
      g_free (sql);
      sql = g_strdup_printf ("UPDATE ledger_transfer SET seq = -1 WHERE seq = %d;"
                             "UPDATE ledger_transfer SET seq = %d WHERE seq = %d;"
                             "UPDATE ledger_transfer SET seq = %d WHERE seq = -1",
                             (int) a, (int) a, (int) b, (int) b);
      crime_run_sql (c, sql);
      crime_assert_found_out (c, a, "two rows swapped");

      /* Cut off here, the head left alone. */
      crime_fresh_copy (c);
      g_free (sql);
      sql = g_strdup_printf ("DELETE FROM ledger_transfer WHERE seq >= %d;"
                             "DELETE FROM ledger_closing WHERE seq >= %d;"
                             "DELETE FROM ledger_pending WHERE seq >= %d", (int) a, (int) a,
                             (int) a);
      crime_run_sql (c, sql);
      crime_assert_found_out (c, ANY_ROW, "cut off");
    }
}

static void
test_rows_more (Crime *c, gconstpointer unused)
{
  gint64 last;
  g_autofree char *sql = NULL;

  crime_fresh_copy (c);
  last = 1 + crime_ask (c, "SELECT max (seq) FROM (SELECT seq FROM ledger_transfer UNION"
                  " SELECT seq FROM ledger_closing)");
  sql = g_strdup_printf ("INSERT INTO ledger_transfer SELECT %d, randomblob (16),"
                         " time_us + 1000000, kind, flags, debit, credit, amount_micros, code,"
                         " pending, deadline_us,"
                         " reference, salt, tag, history FROM ledger_transfer WHERE seq = 100",
                         (int) last);
  crime_run_sql (c, sql);
  crime_assert_found_out (c, last, "a row more");

  crime_fresh_copy (c);
  crime_run_sql (c, "INSERT INTO ledger_closing SELECT max (seq), 1, 1, 0, 0 FROM ledger_transfer"
           " WHERE seq < 300");
  crime_assert_found_out (c, ANY_ROW, "a number twice");
  crime_fresh_copy (c);
  crime_run_sql (c, "INSERT INTO ledger_pending (seq, deadline_us) VALUES (1, 5)");
  crime_assert_found_out (c, 1, "a pending state of nothing");
  crime_fresh_copy (c);
  crime_run_sql (c, "INSERT INTO ledger_pending (seq, deadline_us) VALUES (10000000, 5)");
  crime_assert_found_out (c, 10000000, "a pending state behind the end");
}

/* An index that does not know a row would let its id be used again. */
static void
test_id_index (Crime *c, gconstpointer unused)
{
  crime_fresh_copy (c);
  crime_run_sql (c, "PRAGMA writable_schema = ON;"
           "UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX ledger_transfer_id ON"
           " ledger_transfer (id) WHERE code = 77' WHERE name = 'ledger_transfer_id'");
  crime_run_sql (c, "REINDEX ledger_transfer_id");
  crime_run_sql (c, "PRAGMA writable_schema = ON;"
           "UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX ledger_transfer_id ON"
           " ledger_transfer (id)' WHERE name = 'ledger_transfer_id'");
  crime_assert_found_out (c, -1, "an index without its rows");

  crime_fresh_copy (c);
  crime_run_sql (c, "PRAGMA writable_schema = ON;"
           "UPDATE sqlite_schema SET sql = replace (sql, 'WHERE state = 0', 'WHERE state = 9')"
           " WHERE name = 'ledger_pending_deadline'");
  crime_run_sql (c, "REINDEX ledger_pending_deadline");
  crime_run_sql (c, "PRAGMA writable_schema = ON;"
           "UPDATE sqlite_schema SET sql = replace (sql, 'WHERE state = 9', 'WHERE state = 0')"
           " WHERE name = 'ledger_pending_deadline'");
  crime_assert_found_out (c, -1, "deadlines that no sweep finds");
}

static void
test_schema (Crime *c, gconstpointer unused)
{
  crime_fresh_copy (c);
  crime_run_sql (c, "DROP INDEX ledger_pending_deadline");
  crime_assert_found_out (c, -1, "an index less");
  crime_fresh_copy (c);
  crime_run_sql (c, "CREATE TRIGGER ledger_x AFTER INSERT ON ledger_pending BEGIN SELECT 1; END");
  crime_assert_found_out (c, -1, "a trigger more");
  crime_fresh_copy (c);
  crime_run_sql (c, "PRAGMA writable_schema = ON;"
           "UPDATE sqlite_schema SET sql = replace (sql, 'CHECK (amount_micros > 0)', '')"
           " WHERE name = 'ledger_transfer'");
  crime_assert_found_out (c, -1, "a constraint less");
}

#define ADD(path, test) g_test_add ("/ledger/tamper/" path, Crime, NULL, crime_set_up, test, \
                                   crime_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("transfer", test_transfer);
  ADD ("account", test_account);
  ADD ("balance", test_balance);
  ADD ("closing-pending", test_closing_pending);
  ADD ("first-row", test_first_row);
  ADD ("head", test_head);
  ADD ("nodes", test_nodes);
  ADD ("rows", test_rows);
  ADD ("rows-more", test_rows_more);
  ADD ("id-index", test_id_index);
  ADD ("schema", test_schema);
  return g_test_run ();
}
