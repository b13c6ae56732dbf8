/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prepared statements, their parameters and columns.
 *
 * A statement is prepared once a connection and found again by the address of its SQL literal: no
 * hashing of text and no allocation on the second use. Bound texts and blobs are borrowed
 * (SQLITE_STATIC). That a bind fails means a wrong parameter number or one bound in the middle of a
 * run: an error of the program, hence it ends there. */
#include "farthing-config.h"

#include <string.h>

#include "store/far-db-private.h"

static void
finalize_statement (gpointer statement)
{
  /* Repeats the code of a failed step, which was reported then. */
  (void) sqlite3_finalize (statement);
}

/**
 * far_db_prepare:
 * @db: a connection
 * @sql: one statement; a string literal, as its address is the key
 * @error: FAR_DB_ERROR_FAILED for SQL that the schema does not know, FAR_DB_ERROR_CORRUPT
 *
 * Returns: (transfer none): the statement, reset and without bindings; belongs to @db
 */
FarStatement *
far_db_prepare (FarDb       *db,
                const char  *sql,
                GError     **error)
{
  FarStatement *statement;
  int code;

  g_return_val_if_fail (db != NULL && sql != NULL, NULL);

  if (db->statements == NULL)
    db->statements = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL,
                                            finalize_statement);
  statement = g_hash_table_lookup (db->statements, sql);
  if (statement != NULL)
    {
      g_assert (!sqlite3_stmt_busy (statement));
      sqlite3_clear_bindings (statement);
      return statement;
    }

  code = sqlite3_prepare_v3 (db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (code != SQLITE_OK)
    {
      far_db_fail (db, code, error);
      return NULL;
    }
  g_assert (statement != NULL);
  g_hash_table_insert (db->statements, (gpointer) sql, statement);
  return statement;
}

/**
 * far_statement_reset:
 * @statement: a statement; its read lock and what it borrowed are let go
 */
void
far_statement_reset (FarStatement *statement)
{
  g_return_if_fail (statement != NULL);

  /* Repeats the code of a failed step, which was reported then. */
  (void) sqlite3_reset (statement);
}

/**
 * far_db_step:
 * @db: a connection
 * @statement: one of its statements
 * @error: any FarDbError that a statement can give
 *
 * Returns: ROW with a row to read; DONE or ERROR with the statement reset
 */
FarStep
far_db_step (FarDb         *db,
             FarStatement  *statement,
             GError       **error)
{
  int code;

  g_return_val_if_fail (db != NULL && statement != NULL, FAR_STEP_ERROR);
  g_assert (sqlite3_db_handle (statement) == db->handle);

  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    return FAR_STEP_ROW;
  if (code != SQLITE_DONE)
    far_db_fail (db, code, error);
  far_statement_reset (statement);
  return code == SQLITE_DONE ? FAR_STEP_DONE : FAR_STEP_ERROR;
}

/**
 * far_db_run:
 * @db: a connection
 * @statement: one of its statements, which gives no rows
 * @error: any FarDbError that a statement can give
 *
 * Returns: TRUE if it ran to its end; it is reset in any case
 */
gboolean
far_db_run (FarDb         *db,
            FarStatement  *statement,
            GError       **error)
{
  FarStep step = far_db_step (db, statement, error);

  g_assert (step != FAR_STEP_ROW);
  return step == FAR_STEP_DONE;
}

/**
 * far_db_query_int:
 * @db: a connection
 * @sql: a string literal without parameters
 * @ret_value: (out): first column of the first row; untouched on failure
 * @error: any FarDbError that a statement can give; FAR_DB_ERROR_FAILED if there is no row
 *
 * Returns: TRUE on success
 */
gboolean
far_db_query_int (FarDb       *db,
                  const char  *sql,
                  gint64      *ret_value,
                  GError     **error)
{
  g_autoptr (FarStatement) statement = far_db_prepare (db, sql, error);

  g_return_val_if_fail (ret_value != NULL, FALSE);

  if (statement == NULL)
    return FALSE;
  switch (far_db_step (db, statement, error))
    {
    case FAR_STEP_ROW:
      *ret_value = sqlite3_column_int64 (statement, 0);
      return TRUE;
    case FAR_STEP_DONE:
      g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FAILED,
                   "The database %s has no row for: %s", db->path, sql);
      return FALSE;
    case FAR_STEP_ERROR:
    default:
      return FALSE;
    }
}

/**
 * far_db_exec:
 * @db: a connection
 * @sql: any number of statements; rows are thrown away
 * @error: any FarDbError that a statement can give
 *
 * Returns: TRUE if all of them ran
 */
gboolean
far_db_exec (FarDb       *db,
             const char  *sql,
             GError     **error)
{
  int code;

  g_return_val_if_fail (db != NULL && sql != NULL, FALSE);

  code = sqlite3_exec (db->handle, sql, NULL, NULL, NULL);
  return code == SQLITE_OK || far_db_fail (db, code, error);
}

/* ---- Parameters ---- */

static void
assert_bound (int code)
{
  if (G_UNLIKELY (code != SQLITE_OK))
    g_error ("A statement's parameter cannot be bound: %s", sqlite3_errstr (code));
}

/**
 * far_statement_bind_int:
 * @statement: a reset statement
 * @parameter: its number, from 1
 * @value: an integer
 */
void
far_statement_bind_int (FarStatement *statement,
                        int           parameter,
                        gint64        value)
{
  assert_bound (sqlite3_bind_int64 (statement, parameter, value));
}

/**
 * far_statement_bind_text:
 * @statement: a reset statement
 * @parameter: its number, from 1
 * @value: (nullable): UTF-8, borrowed until the last step; NULL binds SQL NULL
 */
void
far_statement_bind_text (FarStatement *statement,
                         int           parameter,
                         const char   *value)
{
  assert_bound (sqlite3_bind_text (statement, parameter, value, -1, SQLITE_STATIC));
}

/**
 * far_statement_bind_text_len:
 * @statement: a reset statement
 * @parameter: its number, from 1
 * @value: (array length=n_bytes): UTF-8 without NUL, borrowed until the last step
 * @n_bytes: its length
 */
void
far_statement_bind_text_len (FarStatement *statement,
                             int           parameter,
                             const char   *value,
                             gsize         n_bytes)
{
  assert_bound (sqlite3_bind_text64 (statement, parameter, n_bytes > 0 ? value : "", n_bytes,
                                     SQLITE_STATIC, SQLITE_UTF8));
}

/**
 * far_statement_bind_blob:
 * @statement: a reset statement
 * @parameter: its number, from 1
 * @data: (array length=n_bytes) (nullable): bytes, borrowed until the last step
 * @n_bytes: their number; 0 binds an empty blob, not SQL NULL
 */
void
far_statement_bind_blob (FarStatement *statement,
                         int           parameter,
                         const void   *data,
                         gsize         n_bytes)
{
  g_return_if_fail (data != NULL || n_bytes == 0);

  assert_bound (sqlite3_bind_blob64 (statement, parameter, n_bytes > 0 ? data : "", n_bytes,
                                     SQLITE_STATIC));
}

/**
 * far_statement_bind_double:
 * @statement: a reset statement
 * @parameter: its number, from 1
 * @value: a measure, never money
 */
void
far_statement_bind_double (FarStatement *statement,
                           int           parameter,
                           double        value)
{
  assert_bound (sqlite3_bind_double (statement, parameter, value));
}

/**
 * far_statement_bind_null:
 * @statement: a reset statement
 * @parameter: its number, from 1
 */
void
far_statement_bind_null (FarStatement *statement,
                         int           parameter)
{
  assert_bound (sqlite3_bind_null (statement, parameter));
}

/* ---- Columns ---- */

/**
 * far_statement_get_int:
 * @statement: a statement on a row
 * @column: its number, from 0
 *
 * Returns: the integer; 0 for SQL NULL
 */
gint64
far_statement_get_int (FarStatement *statement,
                       int           column)
{
  return sqlite3_column_int64 (statement, column);
}

/**
 * far_statement_get_double:
 * @statement: a statement on a row
 * @column: its number, from 0
 *
 * Returns: the measure; 0 for SQL NULL
 */
double
far_statement_get_double (FarStatement *statement,
                          int           column)
{
  return sqlite3_column_double (statement, column);
}

/**
 * far_statement_is_null:
 * @statement: a statement on a row
 * @column: its number, from 0
 *
 * Returns: TRUE for SQL NULL
 */
gboolean
far_statement_is_null (FarStatement *statement,
                       int           column)
{
  return sqlite3_column_type (statement, column) == SQLITE_NULL;
}

/**
 * far_statement_get_text:
 * @statement: a statement on a row
 * @column: its number, from 0
 *
 * Returns: (transfer none) (nullable): the text, until the next step or reset
 */
const char *
far_statement_get_text (FarStatement *statement,
                        int           column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

/**
 * far_statement_get_blob:
 * @statement: a statement on a row
 * @column: its number, from 0
 * @ret_n_bytes: (out): length of the blob
 *
 * Returns: (transfer none) (nullable): the bytes, until the next step or reset
 */
const guint8 *
far_statement_get_blob (FarStatement *statement,
                        int           column,
                        gsize        *ret_n_bytes)
{
  const guint8 *data = sqlite3_column_blob (statement, column);

  g_return_val_if_fail (ret_n_bytes != NULL, NULL);

  *ret_n_bytes = (gsize) sqlite3_column_bytes (statement, column);
  return data;
}

/**
 * far_statement_copy_blob:
 * @statement: a statement on a row
 * @column: its number, from 0
 * @ret_data: (out caller-allocates) (array length=n_bytes): where to
 * @n_bytes: the length that it must have, above 0
 *
 * Returns: TRUE if the blob had just that length
 */
gboolean
far_statement_copy_blob (FarStatement *statement,
                         int           column,
                         void         *ret_data,
                         gsize         n_bytes)
{
  gsize n_found;
  const guint8 *data = far_statement_get_blob (statement, column, &n_found);

  g_return_val_if_fail (ret_data != NULL && n_bytes > 0, FALSE);

  if (data == NULL || n_found != n_bytes)
    return FALSE;
  memcpy (ret_data, data, n_bytes);
  return TRUE;
}

/**
 * far_db_get_changes:
 * @db: a connection
 *
 * Returns: rows that the last INSERT, UPDATE or DELETE changed
 */
gint64
far_db_get_changes (FarDb *db)
{
  return sqlite3_changes64 (db->handle);
}

/**
 * far_db_get_total_changes:
 * @db: a connection
 *
 * Returns: rows that were changed since the connection was opened, also those that were undone
 *   since: where it has not moved, nothing was written
 */
gint64
far_db_get_total_changes (FarDb *db)
{
  return sqlite3_total_changes64 (db->handle);
}

/**
 * far_db_get_last_rowid:
 * @db: a connection
 *
 * Returns: rowid of the last row inserted
 */
gint64
far_db_get_last_rowid (FarDb *db)
{
  return sqlite3_last_insert_rowid (db->handle);
}
