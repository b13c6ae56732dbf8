/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns series: cutting a range into points and filling each from the coarsest source that fits.
 *
 * The newest part comes from the counters in memory, the rest from the database: rollups where the
 * step is a multiple of their period, else single rows. The seam between the two is a multiple of
 * the step and of the source's period, so that nothing counts twice; rows are told apart by the
 * instant they stand for, not by their key. A point is known if a platform was alive in some part
 * of it and its source is still kept. */
#include "telemetry/far-query-private.h"

#include <string.h>

#include "telemetry/far-rollup.h"
#include "telemetry/far-telemetry-db.h"

/* The ring's oldest second may be given up while the answer is on its way. */
#define RING_US ((FAR_LIVE_SECONDS - 5) * G_USEC_PER_SEC)
G_STATIC_ASSERT (FAR_LIVE_SECONDS - 5 > 300);

typedef struct {
  guint      id; /* of the function; 0 = all */
  gint64     seam_us;
  gint64     session_us;
  FarSeries *series; /* filled up to the seam; given away as the result */
  gboolean   empty;  /* the function was never seen */
} Query;

void
far_series_free (FarSeries *series)
{
  guint i;

  if (series == NULL)
    return;
  for (i = 0; i < series->n_points; i++)
    far_aggregate_clear (&series->points[i]);
  g_free (series->points);
  g_free (series->known);
  g_free (series);
}

static void
query_free (Query *query)
{
  far_series_free (query->series);
  g_free (query);
}

static gint64
align_down (gint64 value, gint64 unit)
{
  gint64 rest = value % unit;

  return value - (rest < 0 ? rest + unit : rest);
}

static gint64
align_up (gint64 value, gint64 unit)
{
  return align_down (value + unit - 1, unit);
}

/* The period of the rollups that answer this step; 0 = single rows. */
static gint64
source_period_s (gint64 step_us)
{
  gint64 step_s = step_us / G_USEC_PER_SEC;
  int level;

  for (level = FAR_ROLLUP_N_LEVELS - 1; level >= 0; level--)
    if (step_s % far_rollup_periods_s[level] == 0)
      return far_rollup_periods_s[level];
  return 0;
}

static FarAggregate *
point_at (FarSeries *series, gint64 time_us)
{
  gint64 index = (time_us - series->from_us) / series->step_us;

  if (time_us < series->from_us || index >= series->n_points)
    return NULL;
  return &series->points[index];
}

static void
mark_known (FarSeries *series, gint64 from_us, gint64 to_us)
{
  gint64 first = (align_down (from_us, series->step_us) - series->from_us) / series->step_us;
  gint64 last = (align_down (to_us, series->step_us) - series->from_us) / series->step_us;
  gint64 i;

  for (i = MAX (first, 0); i <= last && i < series->n_points; i++)
    series->known[i] = TRUE;
}

gboolean
far_query_find_kept (FarDb *db, gint64 period_s, gint64 *ret_kept_us, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db, "SELECT value FROM state WHERE key = ?1",
                                                  error);
  FarTelemetryState key = FAR_STATE_ROWS_FROM_US;
  FarStep step;

  *ret_kept_us = 0;
  if (find == NULL)
    return FALSE;
  if (period_s == far_rollup_periods_s[0])
    key = FAR_STATE_FINE_FROM_US;
  else if (period_s == far_rollup_periods_s[1])
    key = FAR_STATE_HOURS_FROM_US;
  else if (period_s != 0)
    return TRUE;
  far_statement_bind_int (find, 1, key);
  step = far_db_step (db, find, error);
  if (step == FAR_STEP_ROW)
    *ret_kept_us = far_statement_get_int (find, 0);
  return step != FAR_STEP_ERROR;
}

static gboolean
read_sessions (FarDb *db, Query *query, gint64 period_s, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db,
    "SELECT start_us, end_us FROM session WHERE end_us >= ?1 AND start_us < ?2 "
    "AND start_us <> ?3", error);
  FarSeries *series = query->series;
  gint64 kept_us;
  FarStep step;

  if (find == NULL || !far_query_find_kept (db, period_s, &kept_us, error))
    return FALSE;
  if (kept_us <= series->now_us)
    mark_known (series, MAX (query->session_us, kept_us), series->now_us);
  far_statement_bind_int (find, 1, series->from_us);
  far_statement_bind_int (find, 2, series->from_us + series->n_points * series->step_us);
  far_statement_bind_int (find, 3, query->session_us);
  while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      gint64 start = MAX (far_statement_get_int (find, 0), kept_us);
      gint64 end = far_statement_get_int (find, 1);

      if (start <= end)
        mark_known (series, start, end);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
visit_rollup (gint64 start_s, const FarAggregate *aggregate, gpointer user_data)
{
  FarAggregate *point = point_at (user_data, start_s * G_USEC_PER_SEC);

  if (point != NULL)
    far_aggregate_merge (point, aggregate);
  return TRUE;
}

gboolean
far_query_find_all (FarDb *db, FarNames *names, guint *ret_scope, gint64 *ret_from_us,
                    GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db, "SELECT value FROM state WHERE key = ?1",
                                                  error);
  guint end = far_names_end (names), id;
  FarStep step;

  *ret_scope = 0;
  *ret_from_us = G_MAXINT64;
  if (find == NULL)
    return FALSE;
  for (id = 1; id < end && *ret_scope == 0; id++)
    if (far_names_kind (names, (guint16) id) == FAR_NAME_SCOPE &&
        strcmp (far_names_get (names, (guint16) id), FAR_NAMES_SCOPE_ALL) == 0)
      *ret_scope = id;
  far_statement_bind_int (find, 1, FAR_STATE_ALL_FROM_US);
  step = far_db_step (db, find, error);
  if (step == FAR_STEP_ROW && *ret_scope != 0)
    *ret_from_us = far_statement_get_int (find, 0);
  return step != FAR_STEP_ERROR;
}

static gboolean
read_each (FarDb *db, FarNames *names, Query *query, gint64 period_s, gint64 from_s, gint64 to_s,
           GError **error)
{
  guint end = far_names_end (names), id;

  if (from_s >= to_s)
    return TRUE;
  for (id = 1; id < end; id++)
    if ((query->id == 0 || query->id == id) &&
        far_names_kind (names, (guint16) id) == FAR_NAME_FUNCTION &&
        !far_rollup_read (db, period_s, id, from_s, to_s, visit_rollup, query->series, error))
      return FALSE;
  return TRUE;
}

/* All together have rollups of their own, from some day on. */
static gboolean
read_rollups (FarDb *db, FarNames *names, Query *query, gint64 period_s, GError **error)
{
  gint64 from_s = query->series->from_us / G_USEC_PER_SEC;
  gint64 end_us = query->series->from_us + query->series->n_points * query->series->step_us;
  gint64 to_s = MIN (query->seam_us, end_us) / G_USEC_PER_SEC;
  gint64 all_from_us, all_from_s;
  guint all;

  if (query->id != 0)
    return read_each (db, names, query, period_s, from_s, to_s, error);
  if (!far_query_find_all (db, names, &all, &all_from_us, error))
    return FALSE;
  all_from_s = CLAMP (all_from_us / G_USEC_PER_SEC, from_s, MAX (from_s, to_s));
  return read_each (db, names, query, period_s, from_s, all_from_s, error) &&
         (all == 0 || all_from_s >= to_s ||
          far_rollup_read (db, period_s, all, all_from_s, to_s, visit_rollup, query->series,
                           error));
}

static gboolean
read_rows (FarDb *db, FarNames *names, Query *query, GError **error)
{
  FarStatement *find;
  FarSeries *series = query->series;
  gint64 end_us = MIN (query->seam_us, series->from_us + series->n_points * series->step_us);
  FarStep step;

  find = query->id == 0
    ? far_db_prepare (db, "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation "
                      "WHERE at >= ?1 AND at < ?2", error)
    : far_db_prepare (db, "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation "
                      "WHERE function = ?3 AND at >= ?1 AND at < ?2", error);
  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, series->from_us);
  far_statement_bind_int (find, 2, end_us + FAR_QUERY_LATE_US);
  if (query->id != 0)
    far_statement_bind_int (find, 3, query->id);
  while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      FarRow row;
      FarInvocation invocation;
      FarAggregate *point;

      far_query_read_row (find, &row);
      point = row.end_us < end_us ? point_at (series, row.end_us) : NULL;
      if (point == NULL)
        continue;
      far_row_unpack (&row, names, &invocation);
      far_aggregate_add (point, &invocation);
    }
  far_statement_reset (find);
  return step == FAR_STEP_DONE;
}

static gboolean
run_series (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result, GError **error)
{
  Query *query = user_data;
  gint64 period_s = source_period_s (query->series->step_us);

  if (db == NULL)
    mark_known (query->series, query->seam_us, query->series->now_us);
  else if (!read_sessions (db, query, period_s, error))
    return FALSE;
  if (db != NULL && query->seam_us > query->series->from_us)
    {
      if (!query->empty && period_s != 0 && !read_rollups (db, names, query, period_s, error))
        return FALSE;
      if (!query->empty && period_s == 0 && !read_rows (db, names, query, error))
        return FALSE;
    }
  *ret_result = g_steal_pointer (&query->series);
  return TRUE;
}

/* Where the counters in memory take over; G_MAXINT64 = they cannot. */
static gint64
find_seam (FarTelemetry *self, gint64 step_us, gint64 now_us)
{
  gint64 period_us = source_period_s (step_us) * G_USEC_PER_SEC;
  gint64 unit = MAX (step_us, period_us);
  gint64 seam;

  if (self->writer == NULL)
    return align_down (MAX (self->opened_us, now_us - RING_US), step_us);
  seam = align_up (MAX (self->opened_us, now_us - RING_US), unit);
  return seam <= now_us ? seam : G_MAXINT64;
}

gint64
far_query_step_for (gint64 from_us, gint64 to_us, guint pixels)
{
  static const gint64 steps_s[] = { 1, 2, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200,
                                    10800, 21600, 43200, 86400 };
  gint64 range_us = MAX (to_us - from_us, 1);
  guint i;

  pixels = CLAMP (pixels, 2, FAR_QUERY_POINTS_MAX - 2);
  for (i = 0; i < G_N_ELEMENTS (steps_s); i++)
    {
      gint64 step_us = steps_s[i] * G_USEC_PER_SEC;

      /* Single rows of a long range take too long to add up. */
      if (steps_s[i] < far_rollup_periods_s[0] && range_us > FAR_QUERY_ROWS_RANGE_US)
        continue;
      /* One more for the ends, which are rounded out. */
      if (range_us / step_us + 1 < pixels)
        return step_us;
    }
  return align_up (range_us / (pixels - 1) + 1, FAR_QUERY_DAY_US);
}

static gboolean
check_query (const FarSeriesQuery *query, GError **error)
{
  if (query->step_us < G_USEC_PER_SEC || query->step_us % G_USEC_PER_SEC != 0)
    g_set_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_QUERY,
                 "The step must be a whole number of seconds, at least one");
  else if (query->from_us < 0 || query->to_us <= query->from_us ||
           query->to_us > G_MAXINT64 / 4 || query->step_us > G_MAXINT64 / 4)
    g_set_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_QUERY,
                 "The range must begin after 1970 and end after it begins");
  else if ((query->to_us - query->from_us) / query->step_us >= FAR_QUERY_POINTS_MAX - 1)
    g_set_error (error, FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_QUERY,
                 "More than %d points; ask for a larger step", FAR_QUERY_POINTS_MAX);
  else
    return TRUE;
  return FALSE;
}

void
far_telemetry_series_async (FarTelemetry *self, const FarSeriesQuery *query,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  gint64 now_us = far_clock_now_us (self->clock);
  g_autoptr (GError) error = NULL;
  FarSeries *series;
  Query *job;

  if (!check_query (query, &error))
    {
      g_task_report_error (NULL, callback, user_data, far_telemetry_series_async,
                           g_steal_pointer (&error));
      return;
    }
  series = g_new0 (FarSeries, 1);
  series->step_us = query->step_us;
  series->from_us = align_down (query->from_us, query->step_us);
  series->now_us = now_us;
  series->n_points = (guint) ((align_up (query->to_us, query->step_us) - series->from_us) /
                              query->step_us);
  series->points = g_new0 (FarAggregate, series->n_points);
  series->known = g_new0 (gboolean, series->n_points);
  job = g_new0 (Query, 1);
  job->series = series;
  job->session_us = self->opened_us;
  job->seam_us = find_seam (self, query->step_us, now_us);
  if (query->function != NULL)
    {
      job->id = far_names_find (self->names, FAR_NAME_FUNCTION, query->function);
      job->empty = job->id == 0;
    }
  /* Memory's part now, before the thread has the series: the two never touch the same point. */
  if (job->seam_us != G_MAXINT64 && !job->empty)
    far_live_collect (self->live, job->id, job->seam_us, G_MAXINT64, series->from_us,
                      series->step_us, series->points, series->n_points);
  far_query_start (self, far_telemetry_series_async, run_series, job,
                   (GDestroyNotify) query_free, (GDestroyNotify) far_series_free, cancellable,
                   callback, user_data);
}

FarSeries *
far_telemetry_series_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_series_async, error);
}
