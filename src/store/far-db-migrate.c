/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Migrations: user_version counts the steps that have run. All that are due run in one IMMEDIATE
 * transaction together with the new user_version and the application_id, so a database is at one
 * version or another, never between two. Afterwards every table must be STRICT. */
#include "farthing-config.h"

#include "store/far-db-private.h"

guint
far_db_n_migrations (const FarDbOptions *options)
{
  guint n = 0;

  while (options->migrations[n] != NULL)
    n++;
  g_assert (n <= FAR_DB_MIGRATIONS_MAX);
  return n;
}

/* A column without STRICT takes any type: a text where money is expected would be stored. */
static gboolean
check_strict (FarDb   *db,
              GError **error)
{
  g_autoptr (FarStatement) lax = far_db_prepare (
    db,
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1", error);
  FarStep step;

  if (lax == NULL)
    return FALSE;
  step = far_db_step (db, lax, error);
  if (step == FAR_STEP_ROW)
    g_set_error (error, FAR_DB_ERROR, FAR_DB_ERROR_FAILED,
                 "The table %s of the database %s is not STRICT; mend its migration",
                 far_statement_get_text (lax, 0), db->path);
  return step == FAR_STEP_DONE;
}

gboolean
far_db_migrate (FarDb               *db,
                const FarDbOptions  *options,
                gint64               from_version,
                GError             **error)
{
  guint n = far_db_n_migrations (options);
  g_autofree char *finish = NULL;
  gint64 version;

  g_assert (from_version >= 0 && from_version <= n);

  if (from_version == n && n > 0)
    return TRUE;
  if (!far_db_begin (db, error))
    return FALSE;

  /* Another process may have migrated between our look and our lock. */
  if (!far_db_query_int (db, "PRAGMA user_version", &version, error))
    goto fail;
  for (gint64 i = version; i < n; i++)
    if (!far_db_exec (db, options->migrations[i], error))
      {
        g_prefix_error (error, "Migration %" G_GINT64_FORMAT ": ", i);
        goto fail;
      }
  finish = g_strdup_printf ("PRAGMA user_version = %u; PRAGMA application_id = %d", n,
                            options->application_id);
  if (!far_db_exec (db, finish, error) || !check_strict (db, error))
    goto fail;
  return far_db_commit (db, error);

fail:
  far_db_rollback (db);
  return FALSE;
}
