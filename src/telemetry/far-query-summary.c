/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns summaries: a range added up, as one or by group. Runs on the query thread between
 * far_query_start() and its callback.
 *
 * A range over an hour is rounded out to the finest rollups that are still kept from then, and put
 * together of days, and of hours and five minutes at its ends. A shorter one, and groups that have
 * no rollups, are added up from single rows. Sums are merged sketches: never a mean of
 * percentiles. */
#include "telemetry/far-query-private.h"

#include <string.h>

#include "telemetry/far-rollup.h"

#define NO_KEY "(none)"

typedef struct {
  FarSummaryQuery query;
  guint           id;    /* of the function; 0 = all */
  gboolean        empty;
  gint64          now_us;
  gint64          session_us;
} Job;

typedef struct {
  FarDb      *db;
  FarNames   *names;
  const Job  *job;
  FarSummary *summary;
  GHashTable *by_id; /* group's number → FarSummaryGroup; the rows' way */
} Run;

gboolean
far_group_from_string (const char *text, FarGroup *ret_group)
{
  static const char *const names[FAR_GROUP_N] = { "none",  "function", "version",   "article",
                                                  "route", "outcome",  "error_type" };
  guint i;

  for (i = 0; i < FAR_GROUP_N; i++)
    if (g_strcmp0 (text, names[i]) == 0)
      {
        *ret_group = i;
        return TRUE;
      }
  return FALSE;
}

static void
group_free (FarSummaryGroup *group)
{
  g_free (group->key);
  g_free (group->function);
  far_aggregate_clear (&group->aggregate);
  g_free (group);
}

void
far_summary_free (FarSummary *summary)
{
  if (summary == NULL)
    return;
  far_aggregate_clear (&summary->total);
  g_ptr_array_unref (summary->groups);
  g_free (summary);
}

static FarSummaryGroup *
add_group (FarSummary *summary, const char *key, const char *function)
{
  FarSummaryGroup *group = g_new0 (FarSummaryGroup, 1);

  group->key = g_strdup (key);
  group->function = g_strdup (function);
  g_ptr_array_add (summary->groups, group);
  return group;
}

static gint64
floor_to (gint64 value, gint64 unit)
{
  return value - value % unit;
}

static gint64
ceil_to (gint64 value, gint64 unit)
{
  return floor_to (value + unit - 1, unit);
}

/* ---- By rollups ---- */

static gboolean
merge_rollup (gint64 start_s, const FarAggregate *aggregate, gpointer user_data)
{
  far_aggregate_merge (user_data, aggregate);
  return TRUE;
}

/* Adds [from_s, to_s), both multiples of the finest level's period: the coarsest periods that fit,
 * and what is left at the ends from the level below. */
static gboolean
add_levels (FarDb *db, guint id, gint64 from_s, gint64 to_s, int level, int finest,
            FarAggregate *sum, GError **error)
{
  gint64 period_s = far_rollup_periods_s[level];
  gint64 inner_from_s = ceil_to (from_s, period_s), inner_to_s = floor_to (to_s, period_s);

  if (from_s >= to_s)
    return TRUE;
  if (inner_from_s >= inner_to_s)
    return level > finest && add_levels (db, id, from_s, to_s, level - 1, finest, sum, error);
  if (!far_rollup_read (db, period_s, id, inner_from_s, inner_to_s, merge_rollup, sum, error))
    return FALSE;
  return level == finest ||
         (add_levels (db, id, from_s, inner_from_s, level - 1, finest, sum, error) &&
          add_levels (db, id, inner_to_s, to_s, level - 1, finest, sum, error));
}

/* The finest level that is kept from time_us on. */
static gboolean
find_finest (FarDb *db, gint64 time_us, int coarsest_first, int *ret_level, GError **error)
{
  int level;

  for (level = coarsest_first; level < FAR_ROLLUP_N_LEVELS; level++)
    {
      gint64 kept_us;

      if (!far_query_find_kept (db, far_rollup_periods_s[level], &kept_us, error))
        return FALSE;
      if (kept_us <= time_us)
        break;
    }
  *ret_level = MIN (level, FAR_ROLLUP_N_LEVELS - 1);
  return TRUE;
}

/* "v/FUNCTION/VERSION": its function, if it is of this kind and asked for. */
static const char *
match_scope (Run *run, guint id, char kind, char **ret_function)
{
  const char *text = far_names_get (run->names, (guint16) id);
  const char *wanted = far_names_get (run->names, (guint16) run->job->id);
  const char *slash;

  if (text[0] != kind || text[1] != '/' || (slash = strchr (text + 2, '/')) == NULL)
    return NULL;
  *ret_function = g_strndup (text + 2, (gsize) (slash - text - 2));
  if (wanted == NULL || strcmp (wanted, *ret_function) == 0)
    return slash + 1;
  g_clear_pointer (ret_function, g_free);
  return NULL;
}

static gboolean
add_rollups_of (Run *run, guint id, int finest, FarAggregate *sum, GError **error)
{
  return add_levels (run->db, id, run->summary->from_us / G_USEC_PER_SEC,
                     run->summary->to_us / G_USEC_PER_SEC, FAR_ROLLUP_N_LEVELS - 1, finest, sum,
                     error);
}

static gboolean
add_function (Run *run, guint id, int finest, GError **error)
{
  g_auto (FarAggregate) sum = FAR_AGGREGATE_INIT;
  FarGroup group = run->job->query.group;

  if (!add_rollups_of (run, id, finest, &sum, error))
    return FALSE;
  if (group == FAR_GROUP_FUNCTION && !far_aggregate_is_empty (&sum))
    far_aggregate_merge (&add_group (run->summary, far_names_get (run->names, (guint16) id),
                                     NULL)->aggregate, &sum);
  far_aggregate_merge (&run->summary->total, &sum);
  return TRUE;
}

static gboolean
add_scope (Run *run, guint id, char kind, int finest, GError **error)
{
  g_autofree char *function = NULL;
  const char *part = match_scope (run, id, kind, &function);
  FarSummaryGroup *group;

  if (part == NULL || run->summary->groups->len >= FAR_QUERY_GROUPS_MAX)
    return TRUE;
  group = add_group (run->summary, part, function);
  if (!add_rollups_of (run, id, finest, &group->aggregate, error))
    return FALSE;
  if (far_aggregate_is_empty (&group->aggregate))
    g_ptr_array_set_size (run->summary->groups, (int) run->summary->groups->len - 1);
  return TRUE;
}

static gboolean
add_by_rollups (Run *run, int finest, GError **error)
{
  FarGroup group = run->job->query.group;
  char kind = group == FAR_GROUP_VERSION   ? FAR_NAMES_SCOPE_VERSION
              : group == FAR_GROUP_ARTICLE ? FAR_NAMES_SCOPE_ARTICLE
                                           : '\0';
  guint end = far_names_end (run->names), id;
  gint64 all_from_us;

  if (group == FAR_GROUP_NONE && run->job->id == 0)
    {
      if (!far_query_find_all (run->db, run->names, &id, &all_from_us, error))
        return FALSE;
      if (run->summary->from_us >= all_from_us)
        return add_rollups_of (run, id, finest, &run->summary->total, error);
    }
  for (id = 1; id < end; id++)
    switch (far_names_kind (run->names, (guint16) id))
      {
      case FAR_NAME_FUNCTION:
        if ((run->job->id == 0 || run->job->id == id) && !add_function (run, id, finest, error))
          return FALSE;
        break;
      case FAR_NAME_SCOPE:
        if (kind != '\0' && !add_scope (run, id, kind, finest, error))
          return FALSE;
        break;
      case FAR_NAME_ROUTE:
      case FAR_NAME_VERSION:
      case FAR_NAME_ERROR_TYPE:
      default:
        break;
      }
  return TRUE;
}

/* ---- By rows ---- */

static guint
group_id (FarGroup group, const FarRow *row)
{
  switch (group)
    {
    case FAR_GROUP_FUNCTION:
      return row->function;
    case FAR_GROUP_VERSION:
      return (guint) row->function << 16 | row->version;
    case FAR_GROUP_ROUTE:
      return row->route;
    case FAR_GROUP_OUTCOME:
      return row->outcome;
    case FAR_GROUP_ERROR_TYPE:
      return row->error_type;
    case FAR_GROUP_ARTICLE:
    case FAR_GROUP_NONE:
    default:
      return 0;
    }
}

static FarSummaryGroup *
need_row_group (Run *run, const FarRow *row)
{
  FarGroup kind = run->job->query.group;
  guint id = group_id (kind, row);
  FarSummaryGroup *group = g_hash_table_lookup (run->by_id, GUINT_TO_POINTER (id));
  const char *key, *function = NULL;

  if (group != NULL)
    return group;
  if (kind == FAR_GROUP_OUTCOME)
    key = far_invocation_outcome_to_string (row->outcome);
  else
    key = far_names_get (run->names, (guint16) (id & G_MAXUINT16));
  if (kind == FAR_GROUP_VERSION)
    function = far_names_get (run->names, row->function);
  group = add_group (run->summary, key != NULL ? key : NO_KEY, function);
  g_hash_table_insert (run->by_id, GUINT_TO_POINTER (id), group);
  return group;
}

static gboolean
add_by_rows (Run *run, GError **error)
{
  const Job *job = run->job;
  FarSummary *summary = run->summary;
  FarStatement *find = job->id == 0
    ? far_db_prepare (run->db, "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation "
                      "WHERE at >= ?1 AND at < ?2", error)
    : far_db_prepare (run->db, "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation "
                      "WHERE function = ?3 AND at >= ?1 AND at < ?2", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, summary->from_us);
  far_statement_bind_int (find, 2, summary->to_us + FAR_QUERY_LATE_US);
  if (job->id != 0)
    far_statement_bind_int (find, 3, job->id);
  while ((step = far_db_step (run->db, find, error)) == FAR_STEP_ROW)
    {
      FarInvocation invocation;
      FarRow row;

      far_query_read_row (find, &row);
      if (row.end_us < summary->from_us || row.end_us >= summary->to_us)
        continue;
      far_row_unpack (&row, run->names, &invocation);
      far_aggregate_add (&summary->total, &invocation);
      if (job->query.group != FAR_GROUP_NONE)
        far_aggregate_add (&need_row_group (run, &row)->aggregate, &invocation);
    }
  return step == FAR_STEP_DONE;
}

/* ---- Both ---- */

static gboolean
find_known (Run *run, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (run->db,
    "SELECT start_us, end_us FROM session WHERE end_us >= ?1 AND start_us < ?2", error);
  FarSummary *summary = run->summary;
  FarStep step;

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, summary->from_us);
  far_statement_bind_int (find, 2, summary->to_us);
  while ((step = far_db_step (run->db, find, error)) == FAR_STEP_ROW)
    {
      gint64 start_us = far_statement_get_int (find, 0), end_us = far_statement_get_int (find, 1);

      /* The session that goes on is as long as its last beat. */
      if (start_us == run->job->session_us)
        end_us = summary->now_us;
      end_us = MIN (end_us, summary->to_us);
      summary->known_us += MAX (0, end_us - MAX (start_us, summary->from_us));
    }
  return step == FAR_STEP_DONE;
}

static gboolean
add_all (Run *run, GError **error)
{
  const FarSummaryQuery *query = &run->job->query;
  gint64 range_us = query->to_us - query->from_us;
  int finest;

  /* Versions and articles have no rollups below the hour. */
  if (query->group == FAR_GROUP_ARTICLE ||
      (query->group < FAR_GROUP_ROUTE && range_us > FAR_QUERY_ROWS_RANGE_US))
    {
      gint64 period_us;

      if (!find_finest (run->db, query->from_us,
                        query->group == FAR_GROUP_VERSION || query->group == FAR_GROUP_ARTICLE,
                        &finest, error))
        return FALSE;
      period_us = far_rollup_periods_s[finest] * G_USEC_PER_SEC;
      run->summary->from_us = floor_to (query->from_us, period_us);
      run->summary->to_us = ceil_to (query->to_us, period_us);
      return add_by_rollups (run, finest, error) && find_known (run, error);
    }
  return add_by_rows (run, error) && find_known (run, error);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const FarSummaryGroup *x = *(const FarSummaryGroup *const *) a;
  const FarSummaryGroup *y = *(const FarSummaryGroup *const *) b;
  int order = g_strcmp0 (x->function, y->function);

  return order != 0 ? order : strcmp (x->key, y->key);
}

static gboolean
run_summary (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result, GError **error)
{
  Job *job = user_data;
  g_autoptr (FarSummary) summary = g_new0 (FarSummary, 1);
  g_autoptr (GHashTable) by_id = g_hash_table_new (NULL, NULL);
  Run run = { db, names, job, summary, by_id };

  summary->from_us = job->query.from_us;
  summary->to_us = job->query.to_us;
  summary->now_us = job->now_us;
  summary->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) group_free);
  if (db != NULL && !job->empty && !add_all (&run, error))
    return FALSE;
  g_ptr_array_sort (summary->groups, compare_keys);
  *ret_result = g_steal_pointer (&summary);
  return TRUE;
}

void
far_telemetry_summary_async (FarTelemetry *self, const FarSummaryQuery *query,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  Job *job;

  if (query->from_us < 0 || query->to_us <= query->from_us || query->to_us > G_MAXINT64 / 4)
    {
      g_task_report_new_error (NULL, callback, user_data, far_telemetry_summary_async,
                               FAR_TELEMETRY_ERROR, FAR_TELEMETRY_ERROR_QUERY,
                               "The range must begin after 1970 and end after it begins");
      return;
    }
  job = g_new0 (Job, 1);
  job->query = *query;
  job->query.function = NULL;
  job->now_us = far_clock_now_us (self->clock);
  job->session_us = self->opened_us;
  if (query->function != NULL)
    {
      job->id = far_names_find (self->names, FAR_NAME_FUNCTION, query->function);
      job->empty = job->id == 0;
    }
  far_query_start (self, far_telemetry_summary_async, run_summary, job, g_free,
                   (GDestroyNotify) far_summary_free, cancellable, callback, user_data);
}

FarSummary *
far_telemetry_summary_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_summary_async, error);
}
