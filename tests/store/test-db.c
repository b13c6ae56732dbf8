/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening: what is made, what is refused, and that a refused file keeps its every byte. */
#include "store/far-db.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION FAR_DB_APPLICATION_ID ('T', 'e', 's', 't')

static const char *const version_1[] = {
  "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;"
  "INSERT INTO item VALUES (1, 'one')",
  NULL,
};

static const char *const version_2[] = {
  "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;"
  "INSERT INTO item VALUES (1, 'one')",
  "ALTER TABLE item ADD COLUMN price INTEGER NOT NULL DEFAULT 7",
  NULL,
};

static const FarDbOptions create_options = {
  .mode = FAR_DB_MODE_CREATE, .application_id = APPLICATION, .migrations = version_1,
};

typedef struct {
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("far-db-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "test.db", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) folder = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static FarDb *
open_ok (const char         *path,
         const FarDbOptions *options)
{
  g_autoptr (GError) error = NULL;
  FarDb *db = far_db_open (path, options, &error);

  g_assert_no_error (error);
  return db;
}

static gint64
query (FarDb      *db,
       const char *sql)
{
  g_autoptr (GError) error = NULL;
  gint64 value = -42;

  g_assert_true (far_db_query_int (db, sql, &value, &error));
  g_assert_no_error (error);
  return value;
}

static void
make_database (const char *path)
{
  far_db_close (open_ok (path, &create_options));
}

/* Opens in every mode, sees the same error each time, and the same bytes as before. */
static void
assert_refused (const char         *path,
                const FarDbOptions *options,
                FarDbError          expected)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize n_before = 0, n_after = 0;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &before, &n_before, NULL));
  g_assert_null (far_db_open (path, options, &error));
  g_assert_error (error, FAR_DB_ERROR, (int) expected);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_true (g_file_get_contents (path, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
}

static void
test_create (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FarDb) db = open_ok (fixture->path, &create_options);
  g_autofree char *new_path = g_strconcat (fixture->path, "-new", NULL);
  g_autoptr (FarStatement) mode = NULL;
  struct stat status;

  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_false (g_file_test (new_path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (query (db, "PRAGMA application_id"), ==, APPLICATION);
  g_assert_cmpint (query (db, "PRAGMA user_version"), ==, 1);
  g_assert_cmpint (query (db, "PRAGMA foreign_keys"), ==, 1);
  g_assert_cmpint (query (db, "SELECT count(*) FROM item"), ==, 1);
  mode = far_db_prepare (db, "PRAGMA journal_mode", NULL);
  g_assert_cmpint (far_db_step (db, mode, NULL), ==, FAR_STEP_ROW);
  g_assert_cmpstr (far_statement_get_text (mode, 0), ==, "wal");
  g_assert_cmpstr (far_db_get_path (db), ==, fixture->path);
}

static void
test_sync_levels (Fixture       *fixture,
                  gconstpointer  data)
{
  static const struct { FarDbSync sync; gint64 pragma; } levels[] = {
    { FAR_DB_SYNC_FULL, 2 }, { FAR_DB_SYNC_NORMAL, 1 }, { FAR_DB_SYNC_OFF, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      FarDbOptions options = create_options;
      g_autoptr (FarDb) db = NULL;

      options.sync = levels[i].sync;
      db = open_ok (fixture->path, &options);
      g_assert_cmpint (query (db, "PRAGMA synchronous"), ==, levels[i].pragma);
    }
}

static void
test_interrupted_creation (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autofree char *new_path = g_strconcat (fixture->path, "-new", NULL);
  g_autoptr (FarDb) db = NULL;

  /* What a kill in the middle of an earlier start leaves. */
  g_assert_true (g_file_set_contents (new_path, "half", 4, NULL));
  db = open_ok (fixture->path, &create_options);
  g_assert_cmpint (query (db, "SELECT count(*) FROM item"), ==, 1);
  g_assert_false (g_file_test (new_path, G_FILE_TEST_EXISTS));
}

static void
test_missing (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *wal_path = g_strconcat (fixture->path, "-wal", NULL);
  g_autoptr (GError) error = NULL;
  FarDbOptions options = create_options;

  options.mode = FAR_DB_MODE_READ_WRITE;
  g_assert_null (far_db_open (fixture->path, &options, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_MISSING);
  g_clear_error (&error);
  options.mode = FAR_DB_MODE_READ_ONLY;
  g_assert_null (far_db_open (fixture->path, &options, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_MISSING);
  g_clear_error (&error);

  /* A log that outlived its database is no reason to begin again. */
  g_assert_true (g_file_set_contents (wal_path, "log", 3, NULL));
  g_assert_null (far_db_open (fixture->path, &create_options, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_MISSING);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_not_a_database (Fixture       *fixture,
                     gconstpointer  data)
{
  FarDbOptions read_only = create_options;
  g_autofree char *noise = g_strnfill (8192, 'x');

  read_only.mode = FAR_DB_MODE_READ_ONLY;
  g_assert_true (g_file_set_contents (fixture->path, "", 0, NULL));
  assert_refused (fixture->path, &create_options, FAR_DB_ERROR_CORRUPT);
  assert_refused (fixture->path, &read_only, FAR_DB_ERROR_CORRUPT);
  g_assert_true (g_file_set_contents (fixture->path, noise, 8192, NULL));
  assert_refused (fixture->path, &create_options, FAR_DB_ERROR_CORRUPT);
  assert_refused (fixture->path, &read_only, FAR_DB_ERROR_CORRUPT);
}

/* Whichever page is overwritten, the check finds it. */
static void
test_damaged_pages (Fixture       *fixture,
                    gconstpointer  data)
{
  FarDbOptions options = create_options;
  g_autofree char *whole = NULL;
  gsize n_bytes = 0;
  FarDb *db = open_ok (fixture->path, &options);

  g_assert_true (far_db_exec (db, "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n "
                                  "WHERE i < 2000) INSERT INTO item SELECT i, 'name ' || i FROM n",
                              NULL));
  g_assert_true (far_db_checkpoint (db, NULL));
  far_db_close (db);
  g_assert_true (g_file_get_contents (fixture->path, &whole, &n_bytes, NULL));
  g_assert_cmpuint (n_bytes, >, 8 * 4096);

  options.quick_check = TRUE;
  far_db_close (open_ok (fixture->path, &options));
  for (gsize page = 1; page < n_bytes / 4096; page++)
    {
      g_autofree char *damaged = g_memdup2 (whole, n_bytes);

      memset (damaged + page * 4096, 0xa5, 512);
      g_assert_true (g_file_set_contents (fixture->path, damaged, (gssize) n_bytes, NULL));
      assert_refused (fixture->path, &options, FAR_DB_ERROR_CORRUPT);
    }
}

static void
test_foreign (Fixture       *fixture,
              gconstpointer  data)
{
  FarDbOptions other = create_options;
  sqlite3 *handle = NULL;

  make_database (fixture->path);
  other.application_id = FAR_DB_APPLICATION_ID ('O', 't', 'h', 'r');
  assert_refused (fixture->path, &other, FAR_DB_ERROR_FOREIGN);

  /* A database of no application at all, with something in it. */
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  g_assert_cmpint (sqlite3_open (fixture->path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, "CREATE TABLE t (a)", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (handle);
  assert_refused (fixture->path, &create_options, FAR_DB_ERROR_FOREIGN);
}

static void
test_versions (Fixture       *fixture,
               gconstpointer  data)
{
  FarDbOptions newer = create_options;
  FarDbOptions newer_read_only = create_options;
  FarDb *db;

  newer.migrations = newer_read_only.migrations = version_2;
  newer_read_only.mode = FAR_DB_MODE_READ_ONLY;
  make_database (fixture->path);
  assert_refused (fixture->path, &newer_read_only, FAR_DB_ERROR_OLDER);

  db = open_ok (fixture->path, &newer);
  g_assert_cmpint (query (db, "PRAGMA user_version"), ==, 2);
  g_assert_cmpint (query (db, "SELECT price FROM item WHERE id = 1"), ==, 7);
  far_db_close (db);
  /* A second opening does not run them again. */
  far_db_close (open_ok (fixture->path, &newer));
  far_db_close (open_ok (fixture->path, &newer_read_only));

  assert_refused (fixture->path, &create_options, FAR_DB_ERROR_NEWER);
}

static void
test_failed_migration (Fixture       *fixture,
                       gconstpointer  data)
{
  static const char *const broken[] = {
    "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
    "CREATE TABLE more (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1)",
    NULL,
  };
  static const char *const lax[] = { "CREATE TABLE item (id INTEGER, name TEXT)", NULL };
  FarDbOptions options = create_options;
  g_autoptr (GError) error = NULL;
  FarDb *db;

  make_database (fixture->path);
  options.migrations = broken;
  g_assert_null (far_db_open (fixture->path, &options, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FAILED);
  g_assert_true (g_str_has_prefix (error->message, "Migration 1: "));
  g_clear_error (&error);
  db = open_ok (fixture->path, &create_options);
  g_assert_cmpint (query (db, "PRAGMA user_version"), ==, 1);
  g_assert_cmpint (query (db, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), ==, 0);
  far_db_close (db);

  /* Nothing stays at the place of a database that could not be made. */
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  options.migrations = lax;
  g_assert_null (far_db_open (fixture->path, &options, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "STRICT"));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_read_only (Fixture       *fixture,
                gconstpointer  data)
{
  FarDbOptions options = create_options;
  g_autoptr (FarDb) writer = open_ok (fixture->path, &create_options);
  g_autoptr (FarDb) reader = NULL;
  g_autoptr (GError) error = NULL;

  options.mode = FAR_DB_MODE_READ_ONLY;
  reader = open_ok (fixture->path, &options);
  g_assert_false (far_db_exec (reader, "DELETE FROM item", &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_READ_ONLY);
  g_assert_true (far_db_exec (writer, "INSERT INTO item VALUES (2, 'two')", NULL));
  g_assert_cmpint (query (reader, "SELECT count(*) FROM item"), ==, 2);
}

static void
test_folder_missing (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "none", "test.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (far_db_open (path, &create_options, &error));
  g_assert_error (error, FAR_DB_ERROR, FAR_DB_ERROR_IO);
}

/* With a VFS of its own the file is made in place; SQLite's default one by name will do here. */
static void
test_vfs (Fixture       *fixture,
          gconstpointer  data)
{
  FarDbOptions options = create_options;
  FarDb *db;

  options.vfs = "unix-excl";
  db = open_ok (fixture->path, &options);
  g_assert_cmpint (query (db, "SELECT count(*) FROM item"), ==, 1);
  far_db_close (db);
  options.mode = FAR_DB_MODE_READ_WRITE;
  far_db_close (open_ok (fixture->path, &options));
}

#define ADD(name, function) \
  g_test_add ("/store/db/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("create", test_create);
  ADD ("sync-levels", test_sync_levels);
  ADD ("interrupted-creation", test_interrupted_creation);
  ADD ("missing", test_missing);
  ADD ("not-a-database", test_not_a_database);
  ADD ("damaged-pages", test_damaged_pages);
  ADD ("foreign", test_foreign);
  ADD ("versions", test_versions);
  ADD ("failed-migration", test_failed_migration);
  ADD ("read-only", test_read_only);
  ADD ("folder-missing", test_folder_missing);
  ADD ("vfs", test_vfs);
  return g_test_run ();
}
