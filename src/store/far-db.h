/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQLite connections as Farthing uses them: one writer process a database, WAL, STRICT tables,
 * write transactions that begin IMMEDIATE, statements prepared once, and a file that is missing,
 * corrupt, foreign or from a newer version is reported and left as it is.
 *
 * A FarDb and its statements belong to the thread that opened it. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

#define FAR_DB_ERROR (far_db_error_quark ())
GQuark far_db_error_quark (void);
typedef enum {
  FAR_DB_ERROR_MISSING,    /* the file is not there, and was not to be made */
  FAR_DB_ERROR_CORRUPT,    /* not a database, empty, or damaged */
  FAR_DB_ERROR_FOREIGN,    /* a database of another application */
  FAR_DB_ERROR_NEWER,      /* written by a newer Farthing */
  FAR_DB_ERROR_OLDER,      /* opened read-only before the writer has migrated it */
  FAR_DB_ERROR_BUSY,
  FAR_DB_ERROR_FULL,       /* no space left */
  FAR_DB_ERROR_CONSTRAINT, /* CHECK, UNIQUE, NOT NULL, foreign key, STRICT type */
  FAR_DB_ERROR_READ_ONLY,
  FAR_DB_ERROR_IO,
  FAR_DB_ERROR_FAILED,
} FarDbError;

typedef enum {
  FAR_DB_MODE_READ_ONLY,
  FAR_DB_MODE_READ_WRITE, /* FAR_DB_ERROR_MISSING if it is not there */
  FAR_DB_MODE_CREATE,     /* as READ_WRITE, and made (0600) if it is not there */
} FarDbMode;

typedef enum {
  FAR_DB_SYNC_FULL,   /* a commit is on disk when it returns: money */
  FAR_DB_SYNC_NORMAL, /* a power cut may lose the last commits, never the database: telemetry */
  FAR_DB_SYNC_OFF,    /* for tests that prove that tests notice */
} FarDbSync;

#define FAR_DB_BUSY_TIMEOUT_MS 5000
#define FAR_DB_MIGRATIONS_MAX 1000

typedef struct {
  FarDbMode mode;
  FarDbSync sync;
  /* Four characters as a big-endian integer, by FAR_DB_APPLICATION_ID ('F','L','d','g'). */
  gint32 application_id;
  /* (array zero-terminated=1): entry i is the SQL that takes user_version from i to i + 1. Entries
   * are never changed or removed once released. All that are due run in one transaction. */
  const char *const *migrations;
  /* Runs PRAGMA quick_check: reads the whole file. Not the index consistency of integrity_check. */
  gboolean quick_check;
  /* (nullable): a registered VFS; the file is then made in place instead of beside and renamed. */
  const char *vfs;
} FarDbOptions;

#define FAR_DB_APPLICATION_ID(a, b, c, d) \
  ((gint32) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (guint32) (d)))

typedef struct _FarDb FarDb;
/* A prepared statement: sqlite3_column_* and sqlite3_bind_* may be used on it too. */
typedef struct sqlite3_stmt FarStatement;

FarDb        *far_db_open             (const char *path, const FarDbOptions *options,
                                       GError **error);
/* Rolls back what is open, finalizes the statements, closes. */
void          far_db_close            (FarDb *db);
const char   *far_db_get_path         (FarDb *db);
/* Returns: (transfer none): for what this interface leaves out */
sqlite3      *far_db_get_handle       (FarDb *db);
/* Moves the write-ahead log into the database file and empties it. */
gboolean      far_db_checkpoint       (FarDb *db, GError **error);
/* Runs all statements of a text, without results: schema and pragmas, not the hot path. */
gboolean      far_db_exec             (FarDb *db, const char *sql, GError **error);

/* ---- Statements ----
 *
 *   g_autoptr (FarStatement) find = far_db_prepare (db, "SELECT … WHERE id = ?1", error);
 *   if (find == NULL)
 *     return FALSE;
 *   far_statement_bind_int (find, 1, id);
 *   switch (far_db_step (db, find, error)) …
 */

/* sql must be a string literal (or live as long as db): its address is the key of the cache, and a
 * second call allocates nothing. Comes reset and without bindings; must not be in use.
 * Returns: (transfer none): reset it when done, which g_autoptr does */
FarStatement *far_db_prepare          (FarDb *db, const char *sql, GError **error);
void          far_statement_reset     (FarStatement *statement);

typedef enum {
  FAR_STEP_ERROR = -1,
  FAR_STEP_DONE = 0,
  FAR_STEP_ROW = 1,
} FarStep;

/* On DONE and ERROR the statement is reset; its bindings stay for another run. */
FarStep       far_db_step             (FarDb *db, FarStatement *statement, GError **error);
/* Steps a statement that gives no rows. TRUE on DONE. */
gboolean      far_db_run              (FarDb *db, FarStatement *statement, GError **error);
/* The first column of the only row of a query without parameters. */
gboolean      far_db_query_int        (FarDb *db, const char *sql, gint64 *ret_value,
                                       GError **error);

/* Parameters count from 1. Texts and blobs are not copied: they must stay until the statement has
 * been stepped for the last time. */
void          far_statement_bind_int  (FarStatement *statement, int parameter, gint64 value);
void          far_statement_bind_text (FarStatement *statement, int parameter, const char *value);
void          far_statement_bind_text_len (FarStatement *statement, int parameter,
                                           const char *value, gsize n_bytes);
void          far_statement_bind_blob (FarStatement *statement, int parameter,
                                       const void *data, gsize n_bytes);
void          far_statement_bind_double (FarStatement *statement, int parameter, double value);
void          far_statement_bind_null (FarStatement *statement, int parameter);

/* Columns count from 0. Valid after ROW; what they borrow lives until the next step or reset. */
gint64        far_statement_get_int   (FarStatement *statement, int column);
double        far_statement_get_double (FarStatement *statement, int column);
gboolean      far_statement_is_null   (FarStatement *statement, int column);
/* NULL for SQL NULL. */
const char   *far_statement_get_text  (FarStatement *statement, int column);
/* NULL for SQL NULL and for an empty blob. */
const guint8 *far_statement_get_blob  (FarStatement *statement, int column, gsize *ret_n_bytes);
/* Copies a blob of exactly n_bytes; FALSE (and ret_data untouched) if it has another length. */
gboolean      far_statement_copy_blob (FarStatement *statement, int column,
                                       void *ret_data, gsize n_bytes);

/* ---- Transactions ----
 * A savepoint needs a transaction around it; savepoints nest. */

gboolean      far_db_begin            (FarDb *db, GError **error); /* IMMEDIATE */
/* After FALSE nothing is open any more, and what was in it may or may not be on disk: "unknown". */
gboolean      far_db_commit           (FarDb *db, GError **error);
/* Does nothing where nothing is open. */
void          far_db_rollback         (FarDb *db);
gboolean      far_db_in_transaction   (FarDb *db);

gboolean      far_db_savepoint        (FarDb *db, GError **error);
/* Keeps what was done since the innermost savepoint. */
gboolean      far_db_release          (FarDb *db, GError **error);
/* Undoes and ends the innermost savepoint. */
gboolean      far_db_undo             (FarDb *db, GError **error);

/* Rows that the last INSERT, UPDATE or DELETE changed. */
gint64        far_db_get_changes      (FarDb *db);
/* Rows changed since the connection was opened, also those that were undone. */
gint64        far_db_get_total_changes (FarDb *db);
gint64        far_db_get_last_rowid   (FarDb *db);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarDb, far_db_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarStatement, far_statement_reset)

G_END_DECLS
