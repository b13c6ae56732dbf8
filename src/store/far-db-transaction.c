/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transactions and savepoints. Every transaction begins IMMEDIATE: a deferred one that reads and
 * then writes fails with BUSY_SNAPSHOT at once, whatever the time-out. Savepoints all have one
 * name: SQLite matches the innermost, which makes them a stack. */
#include "farthing-config.h"

#include "store/far-db-private.h"

/* SQLite itself rolls back after some errors (disk full, I/O); this is how one sees it. */
gboolean
far_db_in_transaction (FarDb *db)
{
  g_return_val_if_fail (db != NULL, FALSE);

  return !sqlite3_get_autocommit (db->handle);
}

static gboolean
run_literal (FarDb       *db,
             const char  *sql,
             GError     **error)
{
  FarStatement *statement = far_db_prepare (db, sql, error);

  return statement != NULL && far_db_run (db, statement, error);
}

/**
 * far_db_begin:
 * @db: a connection without an open transaction
 * @error: FAR_DB_ERROR_BUSY after %FAR_DB_BUSY_TIMEOUT_MS; others as for any statement
 *
 * Returns: TRUE if this connection is now the one that writes
 */
gboolean
far_db_begin (FarDb   *db,
              GError **error)
{
  g_return_val_if_fail (db != NULL && !far_db_in_transaction (db), FALSE);

  return run_literal (db, "BEGIN IMMEDIATE", error);
}

/**
 * far_db_commit:
 * @db: a connection with an open transaction
 * @error: FAR_DB_ERROR_FULL, FAR_DB_ERROR_IO and others; whether the transaction will be there
 *   after a restart is then unknown
 *
 * Returns: TRUE if it is committed, and with %FAR_DB_SYNC_FULL on disk
 */
gboolean
far_db_commit (FarDb   *db,
               GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);

  /* Without this, the COMMIT of a transaction that SQLite has already rolled back would be an
   * unclear "no transaction is active". */
  if (!far_db_in_transaction (db))
    {
      g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_IO,
                   "The database %s has rolled the transaction back after an error; try again",
                   db->path);
      return FALSE;
    }
  if (run_literal (db, "COMMIT", error))
    return TRUE;
  far_db_rollback (db);
  return FALSE;
}

/**
 * far_db_rollback:
 * @db: a connection
 */
void
far_db_rollback (FarDb *db)
{
  g_return_if_fail (db != NULL);

  /* A rollback fails only where SQLite has done it already. */
  if (far_db_in_transaction (db))
    (void) run_literal (db, "ROLLBACK", NULL);
}

/**
 * far_db_savepoint:
 * @db: a connection with an open transaction
 * @error: as for any statement
 *
 * Returns: TRUE if far_db_undo() can now come back to here
 */
gboolean
far_db_savepoint (FarDb   *db,
                  GError **error)
{
  g_return_val_if_fail (db != NULL && far_db_in_transaction (db), FALSE);

  return run_literal (db, "SAVEPOINT far", error);
}

/**
 * far_db_release:
 * @db: a connection with a savepoint
 * @error: as for any statement
 *
 * Returns: TRUE if what was done since the savepoint is now part of what is around it
 */
gboolean
far_db_release (FarDb   *db,
                GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);

  return run_literal (db, "RELEASE far", error);
}

/**
 * far_db_undo:
 * @db: a connection with a savepoint
 * @error: as for any statement; the whole transaction is then lost
 *
 * Returns: TRUE if all is as it was at the savepoint, which has ended
 */
gboolean
far_db_undo (FarDb   *db,
             GError **error)
{
  g_return_val_if_fail (db != NULL, FALSE);

  return run_literal (db, "ROLLBACK TO far", error) && run_literal (db, "RELEASE far", error);
}
