/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening and closing. Order of the checks, so that nothing is written to a file that is not ours:
 * is it there → does SQLite read it → is it ours (application_id) → do we know its version
 * (user_version) → is it whole (quick_check, when asked) → only then WAL mode and migrations.
 *
 * A new database is made beside its place as PATH-new, whole and synced, and then renamed: so an
 * empty or half-made file at PATH is damage, never a leftover of ours, and is reported as such. */
#include "farthing-config.h"

#include "store/far-db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/far-db-private.h"

#define NEW_SUFFIX "-new"

G_DEFINE_QUARK (far-db-error-quark, far_db_error)

static FarDbError
error_from_code (int code)
{
  switch (code & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return FAR_DB_ERROR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return FAR_DB_ERROR_CORRUPT;
    case SQLITE_FULL:
      return FAR_DB_ERROR_FULL;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return FAR_DB_ERROR_CONSTRAINT;
    case SQLITE_READONLY:
      return FAR_DB_ERROR_READ_ONLY;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return FAR_DB_ERROR_IO;
    default:
      return FAR_DB_ERROR_FAILED;
    }
}

static const char *
advice_for (FarDbError code)
{
  switch (code)
    {
    case FAR_DB_ERROR_CORRUPT:
      return "; it was left as it is: restore it from a backup";
    case FAR_DB_ERROR_BUSY:
      return "; another program holds it: try again";
    case FAR_DB_ERROR_FULL:
      return "; make room on the disk and try again";
    case FAR_DB_ERROR_READ_ONLY:
    case FAR_DB_ERROR_IO:
      return "; check the folder's owner, permissions and disk";
    case FAR_DB_ERROR_MISSING:
    case FAR_DB_ERROR_FOREIGN:
    case FAR_DB_ERROR_NEWER:
    case FAR_DB_ERROR_OLDER:
    case FAR_DB_ERROR_CONSTRAINT:
    case FAR_DB_ERROR_FAILED:
    default:
      return "";
    }
}

gboolean
far_db_fail (FarDb   *db,
             int      code,
             GError **error)
{
  FarDbError mapped = error_from_code (code);
  const char *reason = sqlite3_errstr (code);

  /* The connection's text says more, but only about its own last call. */
  if (db->handle != NULL && (sqlite3_errcode (db->handle) & 0xff) == (code & 0xff))
    reason = sqlite3_errmsg (db->handle);
  g_set_error (error, FAR_DB_ERROR, mapped, "The database %s: %s%s", db->path, reason,
               advice_for (mapped));
  return FALSE;
}

/* ---- What is there ---- */

static gboolean
file_exists (const char *path,
             const char *vfs_name)
{
  sqlite3_vfs *vfs = vfs_name != NULL ? sqlite3_vfs_find (vfs_name) : NULL;
  int exists = 0;

  if (vfs == NULL)
    return g_file_test (path, G_FILE_TEST_EXISTS);
  return vfs->xAccess (vfs, path, SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK && exists != 0;
}

static gboolean
fail_missing (const char  *path,
              const char  *why,
              GError     **error)
{
  g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_MISSING,
               "The database %s is not there%s; restore it from a backup or choose another data "
               "directory", path, why);
  return FALSE;
}

/* A log without its database means that the database has gone, and may hold its last commits. */
static gboolean
check_may_create (const char          *path,
                  const FarDbOptions  *options,
                  GError             **error)
{
  g_autofree char *wal_path = g_strconcat (path, "-wal", NULL);

  if (options->mode != FAR_DB_MODE_CREATE)
    return fail_missing (path, "", error);
  if (file_exists (wal_path, options->vfs))
    return fail_missing (path, ", but its write-ahead log is", error);
  return TRUE;
}

/* ---- The connection ---- */

/* Nobody asks how much memory SQLite has: counting it takes a lock at every allocation. In vain
 * where something else of the process has used SQLite before. */
static gpointer
configure_library (gpointer data)
{
  (void) sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0);
  return NULL;
}

static gboolean
connect_handle (FarDb               *db,
                const FarDbOptions  *options,
                gboolean             in_place,
                GError             **error)
{
  static GOnce configured = G_ONCE_INIT;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code;

  g_once (&configured, configure_library, NULL);
  flags |= options->mode == FAR_DB_MODE_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (in_place)
    flags |= SQLITE_OPEN_CREATE;
  code = sqlite3_open_v2 (db->path, &db->handle, flags, options->vfs);
  if (code != SQLITE_OK)
    return far_db_fail (db, code, error);

  sqlite3_busy_timeout (db->handle, FAR_DB_BUSY_TIMEOUT_MS);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);

  if (options->mode != FAR_DB_MODE_READ_ONLY && sqlite3_db_readonly (db->handle, "main") == 1)
    return far_db_fail (db, SQLITE_READONLY, error);
  return TRUE;
}

static gboolean
check_whole (FarDb   *db,
             GError **error)
{
  g_autoptr (FarStatement) check = far_db_prepare (db, "PRAGMA quick_check (1)", error);
  const char *finding;

  if (check == NULL || far_db_step (db, check, error) != FAR_STEP_ROW)
    return FALSE;
  finding = far_statement_get_text (check, 0);
  if (g_strcmp0 (finding, "ok") == 0)
    return TRUE;
  g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_CORRUPT, "The database %s is damaged: %s%s",
               db->path, finding, advice_for (FAR_DB_ERROR_CORRUPT));
  return FALSE;
}

/* Reads only. A fresh file that was made in place a moment ago has no schema at all. */
static gboolean
check_identity (FarDb               *db,
                const FarDbOptions  *options,
                gint64              *ret_version,
                GError             **error)
{
  gint64 application_id, schema_version, version;
  struct stat status;
  gint64 n_known = far_db_n_migrations (options);

  if (options->vfs == NULL && stat (db->path, &status) == 0 && status.st_size == 0)
    {
      g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_CORRUPT, "The database %s is empty%s",
                   db->path, advice_for (FAR_DB_ERROR_CORRUPT));
      return FALSE;
    }
  if (!far_db_query_int (db, "PRAGMA application_id", &application_id, error) ||
      !far_db_query_int (db, "PRAGMA schema_version", &schema_version, error) ||
      !far_db_query_int (db, "PRAGMA user_version", &version, error))
    return FALSE;

  if (application_id != options->application_id && (application_id != 0 || schema_version != 0))
    {
      g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FOREIGN,
                   "The database %s is not the one that belongs there (application id %08x); move "
                   "it away or choose another data directory", db->path, (guint) application_id);
      return FALSE;
    }
  if (version < 0 || version > n_known)
    {
      g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_NEWER,
                   "The database %s has version %" G_GINT64_FORMAT ", and this Farthing knows %"
                   G_GINT64_FORMAT "; use a newer Farthing", db->path, version, n_known);
      return FALSE;
    }
  if (version < n_known && options->mode == FAR_DB_MODE_READ_ONLY)
    {
      g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_OLDER,
                   "The database %s has the older version %" G_GINT64_FORMAT "; start farthingd "
                   "on it once", db->path, version);
      return FALSE;
    }

  *ret_version = version;
  return TRUE;
}

static gboolean
set_durability (FarDb               *db,
                const FarDbOptions  *options,
                GError             **error)
{
  g_autoptr (FarStatement) wal = far_db_prepare (db, "PRAGMA journal_mode = WAL", error);
  const char *synchronous = "PRAGMA synchronous = FULL";

  if (wal == NULL || far_db_step (db, wal, error) != FAR_STEP_ROW)
    return FALSE;
  if (g_strcmp0 (far_statement_get_text (wal, 0), "wal") != 0)
    {
      g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_IO,
                   "The database %s cannot keep a write-ahead log here; choose a data directory on "
                   "a local file system", db->path);
      return FALSE;
    }
  far_statement_reset (wal);

  if (options->sync == FAR_DB_SYNC_NORMAL)
    synchronous = "PRAGMA synchronous = NORMAL";
  else if (options->sync == FAR_DB_SYNC_OFF)
    synchronous = "PRAGMA synchronous = OFF";
  return far_db_exec (db, synchronous, error);
}

/* ---- Making a new one ---- */

static gboolean
fail_file (const char  *path,
           const char  *action,
           GError     **error)
{
  int saved_errno = errno;

  g_set_error (error, FAR_DB_ERROR,
               saved_errno == ENOSPC ? FAR_DB_ERROR_FULL : FAR_DB_ERROR_IO,
               "Cannot %s the database %s: %s", action, path, g_strerror (saved_errno));
  return FALSE;
}

static void
remove_leftovers (const char *new_path)
{
  static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (new_path, suffixes[i], NULL);

      /* That there is none is the usual case; one that stays makes the O_EXCL below fail. */
      (void) unlink (path);
    }
}

static gboolean
sync_folder_of (const char  *path,
                GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (!ok)
    fail_file (path, "make", error);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Never replaces what came into the place meanwhile. */
static gboolean
move_into_place (const char  *new_path,
                 const char  *path,
                 GError     **error)
{
  if (renameat2 (AT_FDCWD, new_path, AT_FDCWD, path, RENAME_NOREPLACE) != 0 &&
      (errno != EINVAL || link (new_path, path) != 0 || unlink (new_path) != 0))
    return fail_file (path, "make", error);
  return sync_folder_of (path, error);
}

static gboolean
make_beside (const char          *path,
             const FarDbOptions  *options,
             GError             **error)
{
  g_autofree char *new_path = g_strconcat (path, NEW_SUFFIX, NULL);
  FarDb *db;
  gboolean ok;
  int fd;

  remove_leftovers (new_path);
  fd = open (new_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_file (new_path, "make", error);
  close (fd);

  db = g_new0 (FarDb, 1);
  db->path = g_strdup (new_path);
  /* The rollback journal, not WAL: the file is then complete by itself when closed. */
  ok = connect_handle (db, options, FALSE, error) && far_db_migrate (db, options, 0, error);
  far_db_close (db);
  return ok && move_into_place (new_path, path, error);
}

/**
 * far_db_open:
 * @path: the database file
 * @options: how; its `migrations` must outlive the call only
 * @error: any FarDbError; the file is then as it was
 *
 * The file comment says in which order things are checked. Blocks for up to
 * %FAR_DB_BUSY_TIMEOUT_MS while another connection holds the database.
 *
 * Returns: (transfer full): a connection for this thread
 */
FarDb *
far_db_open (const char          *path,
             const FarDbOptions  *options,
             GError             **error)
{
  g_autoptr (FarDb) db = NULL;
  gboolean in_place = FALSE;
  gint64 version = 0;

  g_return_val_if_fail (path != NULL && options != NULL, NULL);
  g_return_val_if_fail (options->migrations != NULL && options->application_id != 0, NULL);

  if (!file_exists (path, options->vfs))
    {
      if (!check_may_create (path, options, error))
        return NULL;
      in_place = options->vfs != NULL;
      if (!in_place && !make_beside (path, options, error))
        return NULL;
    }

  db = g_new0 (FarDb, 1);
  db->path = g_strdup (path);
  if (!connect_handle (db, options, in_place, error) ||
      !check_identity (db, options, &version, error) ||
      (options->quick_check && !check_whole (db, error)))
    return NULL;
  if (options->mode != FAR_DB_MODE_READ_ONLY &&
      (!set_durability (db, options, error) || !far_db_migrate (db, options, version, error)))
    return NULL;

  return g_steal_pointer (&db);
}

/**
 * far_db_close:
 * @db: (transfer full): a connection
 */
void
far_db_close (FarDb *db)
{
  g_return_if_fail (db != NULL);

  if (db->handle != NULL)
    far_db_rollback (db);
  g_clear_pointer (&db->statements, g_hash_table_unref);
  /* Every statement of ours is finalized, so this cannot be refused; a foreign one makes a zombie
   * that dies with its last statement. */
  sqlite3_close_v2 (db->handle);
  g_free (db->path);
  g_free (db);
}

/**
 * far_db_get_path:
 * @db: a connection
 *
 * Returns: (transfer none): the file, as it was given to far_db_open()
 */
const char *
far_db_get_path (FarDb *db)
{
  g_return_val_if_fail (db != NULL, NULL);

  return db->path;
}

/**
 * far_db_get_handle:
 * @db: a connection
 *
 * Returns: (transfer none): SQLite's own handle
 */
sqlite3 *
far_db_get_handle (FarDb *db)
{
  g_return_val_if_fail (db != NULL, NULL);

  return db->handle;
}

/**
 * far_db_checkpoint:
 * @db: a connection that may write, outside a transaction
 * @error: FAR_DB_ERROR_BUSY if readers keep the log in use
 *
 * Returns: TRUE if the write-ahead log is empty now
 */
gboolean
far_db_checkpoint (FarDb   *db,
                   GError **error)
{
  int code;

  g_return_val_if_fail (db != NULL && !far_db_in_transaction (db), FALSE);

  code = sqlite3_wal_checkpoint_v2 (db->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  return code == SQLITE_OK || far_db_fail (db, code, error);
}
