/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns questions for traces. Runs on the query thread between far_query_start() and its callback.
 *
 * A trace id with its second in front is looked for among the invocations of the hour behind it,
 * any other by the index of foreign ones. */
#include "telemetry/far-query-private.h"

#include <string.h>

#define SKEW_US (60 * G_USEC_PER_SEC) /* a caller's clock may be ahead that much */
#define INDEXED_AT 10              /* the index of foreign ids holds what follows this byte */
#define CANDIDATES_PER_TRACE 64

void
far_trace_free (FarTrace *trace)
{
  if (trace == NULL)
    return;
  g_ptr_array_unref (trace->spans);
  g_free (trace);
}

/* ---- One trace ---- */

static gboolean
read_invocations (FarDb *db, FarNames *names, FarStatement *find, FarTrace *trace, GError **error)
{
  FarStep step;

  while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      g_autofree char *notes = NULL;
      FarInvocation invocation;
      FarRow row;

      if (trace->spans->len >= FAR_TRACE_SPANS_MAX)
        {
          trace->complete = FALSE;
          return TRUE;
        }
      far_query_read_row (find, &row);
      far_row_unpack (&row, names, &invocation);
      if (!far_query_read_note (db, far_statement_get_int (find, 0), &notes, error))
        return FALSE;
      invocation.notes = notes;
      far_span_append_invocation (trace->spans, &invocation);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
read_dated (FarDb *db, FarNames *names, FarTrace *trace, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db,
    "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation "
    "WHERE at >= ?1 AND at < ?2 AND trace = ?3 AND flags < 16", error);
  gint64 time_us = far_trace_id_time_us (&trace->trace_id);

  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, time_us - SKEW_US);
  far_statement_bind_int (find, 2, time_us + FAR_TRACE_SPAN_US + FAR_QUERY_LATE_US);
  far_statement_bind_blob (find, 3, trace->trace_id.bytes, FAR_ID_LEN);
  return read_invocations (db, names, find, trace, error);
}

static gboolean
read_foreign (FarDb *db, FarNames *names, FarTrace *trace, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db,
    "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation "
    "WHERE substr (trace, 11) = ?2 AND trace = ?1 AND flags >= 16", error);

  if (find == NULL)
    return FALSE;
  far_statement_bind_blob (find, 1, trace->trace_id.bytes, FAR_ID_LEN);
  far_statement_bind_blob (find, 2, trace->trace_id.bytes + INDEXED_AT, FAR_ID_LEN - INDEXED_AT);
  return read_invocations (db, names, find, trace, error);
}

static guint64
read_span_id (FarStatement *find, int column)
{
  guint64 id;

  return far_statement_copy_blob (find, column, &id, sizeof id) ? GUINT64_FROM_BE (id) : 0;
}

static gboolean
read_remote (FarDb *db, FarTrace *trace, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db,
    "SELECT at, late, id, parent, service, name, duration_us, status, attributes FROM span "
    "WHERE trace = ?1", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  far_statement_bind_blob (find, 1, trace->trace_id.bytes, FAR_ID_LEN);
  while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      FarSpan *span;

      if (trace->spans->len >= FAR_TRACE_SPANS_MAX)
        {
          trace->complete = FALSE;
          return TRUE;
        }
      span = g_new0 (FarSpan, 1);
      span->trace_id = trace->trace_id;
      span->start_us = far_statement_get_int (find, 0) - far_statement_get_int (find, 1);
      span->id = read_span_id (find, 2);
      span->parent = read_span_id (find, 3);
      span->function = g_strdup (far_statement_get_text (find, 4));
      span->name = g_strdup (far_statement_get_text (find, 5));
      span->duration_us = far_statement_get_int (find, 6);
      span->status = (FarSpanStatus) CLAMP (far_statement_get_int (find, 7), 0, FAR_SPAN_ERROR);
      span->attributes = g_strdup (far_statement_get_text (find, 8));
      span->kind = g_strdup ("remote");
      g_ptr_array_add (trace->spans, span);
    }
  return step == FAR_STEP_DONE;
}

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  const FarSpan *x = *(const FarSpan *const *) a, *y = *(const FarSpan *const *) b;

  return (x->start_us > y->start_us) - (x->start_us < y->start_us);
}

static guint
hash_span (gconstpointer key)
{
  guint64 id = *(const guint64 *) key;

  return (guint) (id ^ id >> 32);
}

static gboolean
equal_spans (gconstpointer a, gconstpointer b)
{
  return *(const guint64 *) a == *(const guint64 *) b;
}

typedef struct {
  GHashTable *children; /* parent's id → GPtrArray of spans, by start */
  GPtrArray  *ordered;
} Order;

/* A chain of parents that bites its own tail never gets here: only roots are entered. */
static void
put_with_children (Order *order, FarSpan *span, guint depth)
{
  g_autoptr (GPtrArray) children = NULL;
  gpointer stolen_key = NULL, stolen = NULL;
  guint i;

  g_ptr_array_add (order->ordered, span);
  if (depth < FAR_TRACE_SPANS_MAX / 8 &&
      g_hash_table_steal_extended (order->children, &span->id, &stolen_key, &stolen))
    children = stolen;
  for (i = 0; children != NULL && i < children->len; i++)
    put_with_children (order, g_ptr_array_index (children, i), depth + 1);
}

static void
put_left (gpointer key, gpointer value, gpointer user_data)
{
  GPtrArray *children = value, *ordered = user_data;
  guint i;

  for (i = 0; i < children->len; i++)
    g_ptr_array_add (ordered, g_ptr_array_index (children, i));
}

/* Parents first; a span whose parent is not here is a root. */
static void
order_spans (FarTrace *trace)
{
  g_autoptr (GHashTable) known = g_hash_table_new (hash_span, equal_spans);
  Order order = { g_hash_table_new_full (hash_span, equal_spans, NULL,
                                         (GDestroyNotify) g_ptr_array_unref),
                  g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free) };
  guint i;

  g_ptr_array_sort (trace->spans, compare_starts);
  for (i = 0; i < trace->spans->len; i++)
    g_hash_table_add (known, &((FarSpan *) g_ptr_array_index (trace->spans, i))->id);
  for (i = 0; i < trace->spans->len; i++)
    {
      FarSpan *span = g_ptr_array_index (trace->spans, i);
      GPtrArray *children;

      if (!g_hash_table_contains (known, &span->parent) || span->parent == span->id)
        continue;
      children = g_hash_table_lookup (order.children, &span->parent);
      if (children == NULL)
        {
          children = g_ptr_array_new ();
          g_hash_table_insert (order.children, &span->parent, children);
        }
      g_ptr_array_add (children, span);
    }
  for (i = 0; i < trace->spans->len; i++)
    {
      FarSpan *span = g_ptr_array_index (trace->spans, i);

      if (!g_hash_table_contains (known, &span->parent) || span->parent == span->id)
        put_with_children (&order, span, 0);
    }
  g_hash_table_foreach (order.children, put_left, order.ordered);
  g_hash_table_unref (order.children);
  g_ptr_array_set_free_func (trace->spans, NULL);
  g_ptr_array_unref (trace->spans);
  trace->spans = order.ordered;
}

static void
measure (FarTrace *trace)
{
  gint64 end_us = 0;
  guint i;

  for (i = 0; i < trace->spans->len; i++)
    {
      const FarSpan *span = g_ptr_array_index (trace->spans, i);

      if (i == 0 || span->start_us < trace->start_us)
        trace->start_us = span->start_us;
      end_us = MAX (end_us, span->start_us + span->duration_us);
    }
  trace->duration_us = trace->spans->len > 0 ? end_us - trace->start_us : 0;
}

static gboolean
run_trace (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result, GError **error)
{
  g_autoptr (FarTrace) trace = g_new0 (FarTrace, 1);

  trace->trace_id = *(const FarId *) user_data;
  trace->complete = TRUE;
  trace->spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
  if (db != NULL &&
      (!read_dated (db, names, trace, error) || !read_foreign (db, names, trace, error) ||
       !read_remote (db, trace, error)))
    return FALSE;
  order_spans (trace);
  measure (trace);
  *ret_result = g_steal_pointer (&trace);
  return TRUE;
}

void
far_telemetry_trace_async (FarTelemetry *self, const FarId *trace_id, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  far_query_start (self, far_telemetry_trace_async, run_trace,
                   g_memdup2 (trace_id, sizeof *trace_id), g_free,
                   (GDestroyNotify) far_trace_free, cancellable, callback, user_data);
}

FarTrace *
far_telemetry_trace_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_trace_async, error);
}

/* ---- Lists ---- */

typedef struct {
  FarTraceQuery query;
  guint         id;
  gboolean      empty;
} Traces;

static guint
hash_id (gconstpointer key)
{
  const FarId *id = key;
  guint32 hash;

  /* The end of a trace id is random in every form. */
  memcpy (&hash, id->bytes + FAR_ID_LEN - sizeof hash, sizeof hash);
  return hash;
}

static gboolean
equal_ids (gconstpointer a, gconstpointer b)
{
  return far_id_compare (a, b) == 0;
}

static gint64
total_us (const FarInvocation *invocation)
{
  return far_invocation_end_us (invocation) - invocation->arrival_us;
}

/* The traces of the newest invocations that match; their figures follow. */
static GArray *
find_candidates (FarDb *db, FarNames *names, const Traces *job, GHashTable *known, GError **error)
{
  const FarInvocationQuery query = {
    .outcomes = FAR_OUTCOME_MASK_ALL &
                ~(job->query.errors_only ? FAR_OUTCOME_MASK (FAR_INVOCATION_OK) : 0u),
    .from_us = job->query.from_us,
    .to_us = job->query.to_us,
    .limit = MIN (job->query.limit * CANDIDATES_PER_TRACE, FAR_QUERY_ROWS_MAX),
  };
  g_autoptr (GArray) rows = far_query_invocations (db, names, &query, job->id, error);
  GArray *found;
  guint i;

  if (rows == NULL)
    return NULL;
  found = g_array_sized_new (FALSE, TRUE, sizeof (FarTraceSummary), job->query.limit);
  for (i = 0; i < rows->len && found->len < job->query.limit; i++)
    {
      const FarInvocation *row = &g_array_index (rows, FarInvocation, i);
      FarTraceSummary summary = { .trace_id = row->trace_id, .start_us = row->arrival_us,
                                  .end_us = far_invocation_end_us (row) };

      if (far_id_is_zero (&row->trace_id) || total_us (row) < job->query.duration_min_us ||
          g_hash_table_contains (known, &row->trace_id))
        continue;
      g_array_append_val (found, summary);
      g_hash_table_insert (known, &g_array_index (found, FarTraceSummary, found->len - 1).trace_id,
                           GUINT_TO_POINTER (found->len));
    }
  return found;
}

static void
add_to_summary (FarTraceSummary *summary, const FarInvocation *invocation)
{
  if (summary->name == NULL || invocation->arrival_us < summary->start_us ||
      invocation->parent_span == 0)
    {
      summary->name = invocation->route != NULL ? invocation->route : invocation->function;
      summary->function = invocation->function;
    }
  summary->start_us = MIN (summary->start_us, invocation->arrival_us);
  summary->end_us = MAX (summary->end_us, far_invocation_end_us (invocation));
  summary->invocations++;
  summary->errors += invocation->outcome != FAR_INVOCATION_OK;
}

/* All invocations of the candidates, among all that ended around them. */
static gboolean
complete_summaries (FarDb *db, FarNames *names, GArray *found, GHashTable *known, GError **error)
{
  g_autoptr (FarStatement) find = far_db_prepare (db,
    "SELECT " FAR_QUERY_ROW_COLUMNS " FROM invocation WHERE at >= ?1 AND at < ?2", error);
  gint64 from_us = G_MAXINT64, to_us = 0;
  FarStep step;
  guint i;

  if (find == NULL)
    return FALSE;
  for (i = 0; i < found->len; i++)
    {
      const FarTraceSummary *summary = &g_array_index (found, FarTraceSummary, i);

      from_us = MIN (from_us, summary->start_us - SKEW_US);
      to_us = MAX (to_us, summary->end_us + SKEW_US);
    }
  far_statement_bind_int (find, 1, from_us);
  far_statement_bind_int (find, 2, to_us);
  while ((step = far_db_step (db, find, error)) == FAR_STEP_ROW)
    {
      FarInvocation invocation;
      FarRow row;
      guint at;

      far_query_read_row (find, &row);
      at = GPOINTER_TO_UINT (g_hash_table_lookup (known, &row.trace_id));
      if (at == 0)
        continue;
      far_row_unpack (&row, names, &invocation);
      add_to_summary (&g_array_index (found, FarTraceSummary, at - 1), &invocation);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
run_traces (FarDb *db, FarNames *names, gpointer user_data, gpointer *ret_result, GError **error)
{
  Traces *job = user_data;
  g_autoptr (GHashTable) known = g_hash_table_new (hash_id, equal_ids);
  g_autoptr (GArray) found = NULL;

  if (db == NULL || job->empty)
    found = g_array_new (FALSE, FALSE, sizeof (FarTraceSummary));
  else
    found = find_candidates (db, names, job, known, error);
  if (found == NULL ||
      (found->len > 0 && !complete_summaries (db, names, found, known, error)))
    return FALSE;
  *ret_result = g_steal_pointer (&found);
  return TRUE;
}

void
far_telemetry_traces_async (FarTelemetry *self, const FarTraceQuery *query,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Traces *job = g_new0 (Traces, 1);

  job->query = *query;
  job->query.limit = CLAMP (query->limit, 1, FAR_QUERY_ROWS_MAX);
  if (query->function != NULL)
    {
      job->id = far_names_find (self->names, FAR_NAME_FUNCTION, query->function);
      job->empty = job->id == 0;
    }
  job->query.function = NULL;
  far_query_start (self, far_telemetry_traces_async, run_traces, job, g_free,
                   (GDestroyNotify) g_array_unref, cancellable, callback, user_data);
}

GArray *
far_telemetry_traces_finish (FarTelemetry *self, GAsyncResult *result, GError **error)
{
  return far_query_finish (result, far_telemetry_traces_async, error);
}
