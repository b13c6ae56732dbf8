/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns retention: what is too old or too much is deleted in bounded steps, and since when what is
 * left is complete is written down with it. */
#include "telemetry/far-telemetry-db-private.h"

/* Deletes up to FAR_TELEMETRY_EXPIRE_ROWS_MAX rows older than before and counts them. */
static gboolean
delete_some (FarTelemetryDb *self, const char *sql, gint64 before, gint64 *n_deleted,
             GError **error)
{
  g_autoptr (FarStatement) statement = far_db_prepare (self->db, sql, error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_int (statement, 1, before);
  far_statement_bind_int (statement, 2, FAR_TELEMETRY_EXPIRE_ROWS_MAX);
  if (!far_db_run (self->db, statement, error))
    return FALSE;
  *n_deleted += far_db_get_changes (self->db);
  return TRUE;
}

#define DELETE_OLD(table, key) \
  "DELETE FROM " table " WHERE at < ?1 AND " key " IN " \
  "(SELECT " key " FROM " table " ORDER BY at LIMIT ?2)"

/* Above the size, the oldest invocations and lines go first. */
static gboolean
expire_size (FarTelemetryDb *self, gint64 size_max, gint64 *n_deleted, GError **error)
{
  gint64 pages, free_pages, page_size;

  if (!far_db_query_int (self->db, "PRAGMA page_count", &pages, error) ||
      !far_db_query_int (self->db, "PRAGMA freelist_count", &free_pages, error) ||
      !far_db_query_int (self->db, "PRAGMA page_size", &page_size, error))
    return FALSE;
  if ((pages - free_pages) * page_size <= size_max)
    return TRUE;
  return delete_some (self, DELETE_OLD ("invocation", "at"), G_MAXINT64, n_deleted, error) &&
         delete_some (self, DELETE_OLD ("span", "at"), G_MAXINT64, n_deleted, error) &&
         delete_some (self, DELETE_OLD ("log", "at"), G_MAXINT64, n_deleted, error);
}

static gboolean
expire_rollups (FarTelemetryDb *self, gint64 period_s, gint64 before_s, gint64 *n_deleted,
                GError **error)
{
  g_autoptr (FarStatement) statement = far_db_prepare (self->db,
    "DELETE FROM rollup WHERE period_s = ?1 AND start_s < ?2 AND (function, start_s) IN "
    "(SELECT function, start_s FROM rollup WHERE period_s = ?1 AND start_s < ?2 LIMIT ?3)",
    error);

  if (statement == NULL)
    return FALSE;
  far_statement_bind_int (statement, 1, period_s);
  far_statement_bind_int (statement, 2, before_s);
  far_statement_bind_int (statement, 3, FAR_TELEMETRY_EXPIRE_ROWS_MAX);
  if (!far_db_run (self->db, statement, error))
    return FALSE;
  *n_deleted += far_db_get_changes (self->db);
  return TRUE;
}

/* Single rows go by age, then by size, and what is left says since when they are all there. */
static gboolean
expire_rows (FarTelemetryDb *self, const FarRetention *retention, gint64 now_us,
             gint64 *n_deleted, GError **error)
{
  gint64 n_rows = 0, kept_from_us;

  if (!delete_some (self, DELETE_OLD ("invocation", "at"), now_us - retention->raw_us, &n_rows,
                    error) ||
      !delete_some (self, DELETE_OLD ("span", "at"), now_us - retention->raw_us, &n_rows, error) ||
      !delete_some (self, DELETE_OLD ("log", "at"), now_us - retention->log_us, &n_rows, error) ||
      !delete_some (self, DELETE_OLD ("annotation", "id"), now_us - retention->hour_us, &n_rows,
                    error) ||
      !expire_size (self, retention->size_max, &n_rows, error))
    return FALSE;
  *n_deleted += n_rows;
  if (n_rows == 0)
    return TRUE;
  if (!far_db_query_int (self->db, "SELECT coalesce (min (at), 0) FROM invocation",
                         &kept_from_us, error) ||
      !delete_some (self, DELETE_OLD ("note", "at"), kept_from_us == 0 ? G_MAXINT64
                                                                       : kept_from_us,
                    n_deleted, error) ||
      !delete_some (self, DELETE_OLD ("behind", "n"), kept_from_us == 0 ? G_MAXINT64
                                                                        : kept_from_us,
                    n_deleted, error) ||
      !far_telemetry_db_set (self, FAR_STATE_HIGHEST_AT, self->highest_at, error))
    return FALSE;
  self->rows_from_us = kept_from_us == 0 ? now_us : kept_from_us;
  return far_telemetry_db_set (self, FAR_STATE_ROWS_FROM_US, self->rows_from_us, error);
}

gint64
far_telemetry_db_get_rows_from_us (const FarTelemetryDb *self)
{
  return self->rows_from_us;
}

static gboolean
expire_levels (FarTelemetryDb *self, const FarRetention *retention, gint64 now_us,
               gint64 *n_deleted, GError **error)
{
  gint64 fine_us = now_us - retention->fine_us, hour_us = now_us - retention->hour_us;
  gint64 n_fine = 0, n_hours = 0;

  if (!expire_rollups (self, far_rollup_periods_s[0], fine_us / G_USEC_PER_SEC, &n_fine, error) ||
      !expire_rollups (self, far_rollup_periods_s[1], hour_us / G_USEC_PER_SEC, &n_hours, error))
    return FALSE;
  *n_deleted += n_fine + n_hours;
  return (n_fine == 0 || far_telemetry_db_set (self, FAR_STATE_FINE_FROM_US, fine_us, error)) &&
         (n_hours == 0 || far_telemetry_db_set (self, FAR_STATE_HOURS_FROM_US, hour_us, error));
}

gboolean
far_telemetry_db_expire (FarTelemetryDb *self, const FarRetention *retention, gint64 now_us,
                         gboolean *ret_more, GError **error)
{
  gint64 n_deleted = 0;

  if (!far_db_begin (self->db, error))
    return FALSE;
  if (!expire_rows (self, retention, now_us, &n_deleted, error) ||
      !expire_levels (self, retention, now_us, &n_deleted, error) ||
      !far_db_commit (self->db, error))
    {
      far_db_rollback (self->db);
      return FALSE;
    }
  /* Deleted periods must not come back from the cache. */
  if (n_deleted > 0)
    far_rollups_forget (self->rollups);
  *ret_more = n_deleted > 0;
  return TRUE;
}
