/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements and transactions: types there and back, the cache, errors by kind, savepoints,
 * a writer that is locked out, and a disk that is full. */
#include "store/far-db.h"

#include <glib/gstdio.h>
#include <malloc.h>
#include <string.h>

static const char *const schema[] = {
  "CREATE TABLE value (id INTEGER PRIMARY KEY, number INTEGER, text TEXT, data BLOB, measure REAL)"
  " STRICT;"
  "CREATE TABLE amount (id INTEGER PRIMARY KEY, micros INTEGER NOT NULL CHECK (micros >= 0),"
  " owner INTEGER REFERENCES value (id)) STRICT",
  NULL,
};

static const FarDbOptions options = {
  .mode = FAR_DB_MODE_CREATE, .sync = FAR_DB_SYNC_OFF,
  .application_id = FAR_DB_APPLICATION_ID ('T', 'e', 's', 't'), .migrations = schema,
};

typedef struct {
  char *folder;
  char *path;
  FarDb *db;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("far-statement-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "test.db", NULL);
  fixture->db = far_db_open (fixture->path, &options, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  far_db_close (fixture->db);
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static gint64
count_amounts (FarDb *db)
{
  gint64 count = -1;

  g_assert_true (far_db_query_int (db, "SELECT count(*) FROM amount", &count, NULL));
  return count;
}

static gboolean
add_amount (FarDb   *db,
            gint64   micros,
            GError **error)
{
  g_autoptr (FarStatement) insert =
    far_db_prepare (db, "INSERT INTO amount (micros) VALUES (?1)", error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_int (insert, 1, micros);
  return far_db_run (db, insert, error);
}

static void
test_types (Fixture       *fixture,
            gconstpointer  data)
{
  FarDb *db = fixture->db;
  g_autoptr (FarStatement) insert =
    far_db_prepare (db, "INSERT INTO value VALUES (?1, ?2, ?3, ?4, ?5)", NULL);
  g_autoptr (FarStatement) select = NULL;
  guint8 copy[3] = { 9, 9, 9 };
  gsize n_bytes = 9;

  far_statement_bind_int (insert, 1, 1);
  far_statement_bind_int (insert, 2, G_MININT64);
  far_statement_bind_text (insert, 3, "grüße");
  far_statement_bind_blob (insert, 4, "\0\1\2", 3);
  far_statement_bind_double (insert, 5, 0.1);
  g_assert_true (far_db_run (db, insert, NULL));
  g_assert_cmpint (far_db_get_changes (db), ==, 1);
  g_assert_cmpint (far_db_get_last_rowid (db), ==, 1);

  far_statement_bind_int (insert, 1, 2);
  far_statement_bind_null (insert, 2);
  far_statement_bind_text_len (insert, 3, "abcdef", 3);
  far_statement_bind_blob (insert, 4, NULL, 0);
  far_statement_bind_null (insert, 5);
  g_assert_true (far_db_run (db, insert, NULL));

  select = far_db_prepare (db, "SELECT * FROM value ORDER BY id", NULL);
  g_assert_cmpint (far_db_step (db, select, NULL), ==, FAR_STEP_ROW);
  g_assert_cmpint (far_statement_get_int (select, 1), ==, G_MININT64);
  g_assert_cmpstr (far_statement_get_text (select, 2), ==, "grüße");
  g_assert_false (far_statement_copy_blob (select, 3, copy, 2));
  g_assert_cmpint (copy[0], ==, 9);
  g_assert_true (far_statement_copy_blob (select, 3, copy, 3));
  g_assert_cmpmem (copy, 3, "\0\1\2", 3);
  g_assert_true (far_statement_get_double (select, 4) == 0.1);

  g_assert_cmpint (far_db_step (db, select, NULL), ==, FAR_STEP_ROW);
  g_assert_true (far_statement_is_null (select, 1));
  g_assert_cmpstr (far_statement_get_text (select, 2), ==, "abc");
  g_assert_null (far_statement_get_blob (select, 3, &n_bytes));
  g_assert_cmpuint (n_bytes, ==, 0);
  g_assert_false (far_statement_is_null (select, 3));
  g_assert_true (far_statement_is_null (select, 4));
  g_assert_cmpint (far_db_step (db, select, NULL), ==, FAR_STEP_DONE);
}

/* One address, one statement, without old bindings, and nothing allocated by us on the way. */
static void
test_cache (Fixture       *fixture,
            gconstpointer  data)
{
  static const char sql[] = "SELECT ?1";
  FarDb *db = fixture->db;
  FarStatement *first = far_db_prepare (db, sql, NULL);
  struct mallinfo2 before, after;
  FarStatement *second;

  far_statement_bind_int (first, 1, 5);
  g_assert_cmpint (far_db_step (db, first, NULL), ==, FAR_STEP_ROW);
  g_assert_cmpint (far_statement_get_int (first, 0), ==, 5);
  far_statement_reset (first);

  before = mallinfo2 ();
  second = far_db_prepare (db, sql, NULL);
  after = mallinfo2 ();
  g_assert_true (second == first);
  g_assert_cmpuint (after.uordblks, ==, before.uordblks);
  g_assert_cmpint (far_db_step (db, second, NULL), ==, FAR_STEP_ROW);
  g_assert_true (far_statement_is_null (second, 0));
  far_statement_reset (second);
}

static void
test_errors (Fixture       *fixture,
             gconstpointer  data)
{
  FarDb *db = fixture->db;
  g_autoptr (GError) error = NULL;
  gint64 value = 42;

  g_assert_false (add_amount (db, -1, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_CONSTRAINT);
  g_clear_error (&error);
  /* The cached statement serves again after its failure. */
  g_assert_true (add_amount (db, 1, &error));
  g_assert_false (far_db_exec (db, "INSERT INTO amount VALUES (9, 'five', NULL)", &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_CONSTRAINT);
  g_clear_error (&error);
  g_assert_false (far_db_exec (db, "INSERT INTO amount VALUES (9, 5, 77)", &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_CONSTRAINT);
  g_clear_error (&error);
  g_assert_null (far_db_prepare (db, "SELECT a FROM nowhere", &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "nowhere"));
  g_clear_error (&error);
  g_assert_false (far_db_query_int (db, "SELECT id FROM amount WHERE id = 99", &value, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FAILED);
  g_assert_cmpint (value, ==, 42);
  g_assert_cmpint (count_amounts (db), ==, 1);
}

static void
test_transaction (Fixture       *fixture,
                  gconstpointer  data)
{
  FarDb *db = fixture->db;

  g_assert_false (far_db_in_transaction (db));
  g_assert_true (far_db_begin (db, NULL));
  g_assert_true (far_db_in_transaction (db));
  g_assert_true (add_amount (db, 1, NULL));
  far_db_rollback (db);
  far_db_rollback (db);
  g_assert_false (far_db_in_transaction (db));
  g_assert_cmpint (count_amounts (db), ==, 0);

  g_assert_true (far_db_begin (db, NULL));
  g_assert_true (add_amount (db, 2, NULL));
  g_assert_true (far_db_commit (db, NULL));
  g_assert_cmpint (count_amounts (db), ==, 1);

  /* What is open at the end is not kept. */
  g_assert_true (far_db_begin (db, NULL));
  g_assert_true (add_amount (db, 3, NULL));
  far_db_close (db);
  fixture->db = far_db_open (fixture->path, &options, NULL);
  g_assert_cmpint (count_amounts (fixture->db), ==, 1);
}

static void
test_savepoints (Fixture       *fixture,
                 gconstpointer  data)
{
  FarDb *db = fixture->db;
  gint64 sum = 0;

  g_assert_true (far_db_begin (db, NULL));
  g_assert_true (add_amount (db, 1, NULL));
  g_assert_true (far_db_savepoint (db, NULL));
  g_assert_true (add_amount (db, 10, NULL));
  g_assert_true (far_db_savepoint (db, NULL));
  g_assert_true (add_amount (db, 100, NULL));
  g_assert_true (far_db_undo (db, NULL));
  g_assert_cmpint (count_amounts (db), ==, 2);
  g_assert_true (far_db_savepoint (db, NULL));
  g_assert_true (add_amount (db, 1000, NULL));
  g_assert_true (far_db_release (db, NULL));
  g_assert_true (far_db_release (db, NULL));
  g_assert_true (far_db_commit (db, NULL));
  g_assert_true (far_db_query_int (db, "SELECT sum(micros) FROM amount", &sum, NULL));
  g_assert_cmpint (sum, ==, 1011);

  /* An outer undo takes a released inner one with it. */
  g_assert_true (far_db_begin (db, NULL));
  g_assert_true (far_db_savepoint (db, NULL));
  g_assert_true (far_db_savepoint (db, NULL));
  g_assert_true (add_amount (db, 5, NULL));
  g_assert_true (far_db_release (db, NULL));
  g_assert_true (far_db_undo (db, NULL));
  g_assert_true (far_db_commit (db, NULL));
  g_assert_cmpint (count_amounts (db), ==, 3);
}

static void
test_busy (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (FarDb) other = far_db_open (fixture->path, &options, NULL);
  g_autoptr (GError) error = NULL;

  sqlite3_busy_timeout (far_db_get_handle (other), 0);
  g_assert_true (far_db_begin (fixture->db, NULL));
  g_assert_false (far_db_begin (other, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_BUSY);
  g_assert_false (far_db_in_transaction (other));
  g_assert_cmpint (count_amounts (other), ==, 0);
  far_db_rollback (fixture->db);
  g_assert_true (far_db_begin (other, NULL));
  far_db_rollback (other);
}

/* A full disk, as SQLite's page limit plays it: an error of its own kind, and nothing half done. */
static void
test_full (Fixture       *fixture,
           gconstpointer  data)
{
  FarDb *db = fixture->db;
  g_autoptr (GError) error = NULL;
  gboolean ok = TRUE;

  g_assert_true (add_amount (db, 1, NULL));
  g_assert_true (far_db_exec (db, "PRAGMA max_page_count = 8", NULL));
  g_assert_true (far_db_begin (db, NULL));
  for (guint i = 0; ok && i < 100000; i++)
    ok = add_amount (db, i, &error);
  g_assert_false (ok);
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FULL);
  g_clear_error (&error);
  if (!far_db_in_transaction (db))
    {
      g_assert_false (far_db_commit (db, &error));
      g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_IO);
    }
  far_db_rollback (db);
  g_assert_cmpint (count_amounts (db), ==, 1);
}

#define ADD(name, function) \
  g_test_add ("/store/statement/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("types", test_types);
  ADD ("cache", test_cache);
  ADD ("errors", test_errors);
  ADD ("transaction", test_transaction);
  ADD ("savepoints", test_savepoints);
  ADD ("busy", test_busy);
  ADD ("full", test_full);
  return g_test_run ();
}
