/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/heatmap of deployments that have no single records here: their histogram's buckets
 * over time, in the words of the platform's own heat maps. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-query.h"

#define COLUMNS_DEFAULT 240
#define DEFAULT_RANGE_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define STEP_MAX_US (G_GINT64_CONSTANT (366) * 86400 * G_USEC_PER_SEC)
#define COUNT_MAX 9e15

static gint64
count_at (const FarSourceHeat *heat, guint column, guint row)
{
  double count = heat->counts[(gsize) column * heat->n_rows + row];

  return count >= 0 && count < COUNT_MAX ? (gint64) llround (count) : 0;
}

/* What is behind now has not been, and a gap is not known. */
static void
add_column (FarJsonWriter *writer, const FarSourceHeat *heat, guint column, gint64 *max, gint64 *n)
{
  guint first = 0, end = heat->n_rows, i;

  if (heat->n_rows == 0 || heat->from_us + column * heat->step_us > heat->now_us ||
      isnan (heat->counts[(gsize) column * heat->n_rows]))
    {
      far_json_add_null (writer, NULL);
      return;
    }
  while (first < end && count_at (heat, column, first) == 0)
    first++;
  while (end > first && count_at (heat, column, end - 1) == 0)
    end--;
  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "first", end > first ? first : 0);
  far_json_begin_array (writer, "counts");
  for (i = first; i < end; i++)
    {
      gint64 count = count_at (heat, column, i);

      far_json_add_int (writer, NULL, count);
      *max = MAX (*max, count);
      *n += count;
    }
  far_json_end_array (writer);
  far_json_end_object (writer);
}

static void
write_heat (FarJsonWriter *writer, FarControlRequest *request, const FarSourceHeat *heat)
{
  gint64 max = 0, n = 0;
  guint i;

  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "from_us", heat->from_us);
  far_json_add_int (writer, "to_us", heat->from_us + heat->n_columns * heat->step_us);
  far_json_add_int (writer, "step_us", heat->step_us);
  far_json_add_int (writer, "now_us", heat->now_us);
  far_json_add_int (writer, "n_columns", heat->n_columns);
  far_json_begin_array (writer, "row_us");
  for (i = 0; heat->n_rows > 0 && i <= heat->n_rows; i++)
    far_json_add_double (writer, NULL, heat->edges[i]);
  far_json_end_array (writer);
  far_json_begin_array (writer, "columns");
  for (i = 0; i < heat->n_columns; i++)
    add_column (writer, heat, i, &max, &n);
  far_json_end_array (writer);
  far_json_add_int (writer, "max", max);
  far_json_add_int (writer, "n", n);
  far_json_add_bool (writer, "open_top", heat->open_top);
  far_control_add_source (writer, request);
  far_json_end_object (writer);
}

static void
on_heat (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSourceHeat) heat = far_source_heat_finish (FAR_SOURCE (object), result, &error);

  if (!far_control_take (request, heat != NULL, g_steal_pointer (&error)))
    return;
  far_json_writer_init (&writer);
  write_heat (&writer, request, heat);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* FALSE: it has been answered. */
static gboolean
read_query (FarControlRequest *request, FarSourceSeriesQuery *query)
{
  const char *metric = g_hash_table_lookup (request->query, "metric");
  gint64 now_us = far_clock_now_us (request->control->clock);
  gint64 columns, rows;

  if (!far_control_query_int (request, "columns", 2, FAR_QUERY_POINTS_MAX, COLUMNS_DEFAULT,
                              &columns) ||
      !far_control_query_int (request, "rows", 2, 256, 48, &rows) ||
      !far_control_query_int (request, "step_us", G_USEC_PER_SEC, STEP_MAX_US, 0,
                              &query->step_us) ||
      !far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us,
                              &query->to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (query->to_us - DEFAULT_RANGE_US, 0), &query->from_us))
    return FALSE;
  if (metric != NULL && strcmp (metric, "duration") != 0)
    {
      gboolean cold = strcmp (metric, "cold") == 0;

      far_control_error (request, cold ? SOUP_STATUS_NOT_IMPLEMENTED : SOUP_STATUS_BAD_REQUEST,
                         cold ? "not_reported" : "bad_request",
                         cold ? "%s: there is no histogram of cold starts"
                              : "%s: metric is duration or cold", request->deployment->id);
      return FALSE;
    }
  if (query->step_us == 0)
    query->step_us = far_query_step_for (query->from_us, MAX (query->to_us, query->from_us + 1),
                                         (guint) columns);
  query->step_us -= query->step_us % G_USEC_PER_SEC;
  return TRUE;
}

void
far_control_remote_heatmap (FarControlRequest *request)
{
  const char *function = g_hash_table_lookup (request->query, "function");
  FarSourceSeriesQuery query = { .function = function != NULL && *function != '\0' ? function
                                                                                    : NULL };

  if (!far_control_remote_is_ready (request) || !read_query (request, &query))
    return;
  far_control_request_pause (request);
  far_source_heat_async (request->deployment->source, &query, request->cancellable, on_heat,
                         request);
}
