/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/series and GET /v1/heatmap: figures over time. With split the functions are asked
 * about one after the other; the answer is written when the last is here. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-heatmap.h"
#include "telemetry/far-price.h"
#include "telemetry/far-query.h"

#define POINTS_DEFAULT 120
#define STEP_MAX_US (G_GINT64_CONSTANT (366) * 86400 * G_USEC_PER_SEC)
#define VALUES_MAX 400000 /* numbers in one answer */
#define COLUMNS_DEFAULT 240
#define ROWS_DEFAULT 48

typedef struct {
  FarControlRequest *request;
  FarSeriesQuery     query;
  GStrv              functions; /* NULL-terminated; (nullable): all together */
  guint              at;        /* the next to be asked about */
  GPtrArray         *answers;   /* (element-type FarSeries) */
  FarMetric          metrics[FAR_METRIC_N];
  guint              n_metrics;
  gboolean           bands;
  guint              reported;  /* FAR_METRIC_MASK… */
  gint64             n_rows;    /* of a heat map */
  gboolean           cold;
} Request;

static void
request_free (Request *self)
{
  g_strfreev (self->functions);
  g_ptr_array_unref (self->answers);
  g_free (self);
}

static Request *
request_new (FarControlRequest *request)
{
  Request *self = g_new0 (Request, 1);

  self->request = request;
  self->reported = far_control_reported (request);
  self->answers = g_ptr_array_new_with_free_func ((GDestroyNotify) far_series_free);
  return self;
}

/* ---- Reading ---- */

static gboolean
read_metrics (FarControlRequest *request, Request *self)
{
  const char *text = g_hash_table_lookup (request->query, "metrics");
  g_auto (GStrv) names = g_strsplit (text != NULL ? text : "invocations", ",", FAR_METRIC_N + 1);
  guint i;

  for (i = 0; names[i] != NULL; i++)
    {
      if (i == FAR_METRIC_N || !far_metric_from_string (names[i], &self->metrics[i]))
        {
          far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                             "There is no metric “%s”; /v1/openapi.yaml lists them", names[i]);
          return FALSE;
        }
      self->n_metrics++;
    }
  return TRUE;
}

/* A step, or pixels that make one. */
static gboolean
read_range (FarControlRequest *request, Request *self, const char *pixels_name,
            gint64 pixels_default)
{
  gint64 now_us = far_clock_now_us (request->control->clock);
  FarSeriesQuery *query = &self->query;
  gint64 pixels;

  if (!far_control_query_int (request, "step_us", G_USEC_PER_SEC, STEP_MAX_US, G_USEC_PER_SEC,
                              &query->step_us) ||
      !far_control_query_int (request, pixels_name, 2, FAR_QUERY_POINTS_MAX, pixels_default,
                              &pixels) ||
      !far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us,
                              &query->to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (query->to_us - POINTS_DEFAULT * query->step_us, 0),
                              &query->from_us))
    return FALSE;
  if (g_hash_table_contains (request->query, "step_us") &&
      !g_hash_table_contains (request->query, pixels_name))
    pixels = 0;
  if (pixels > 0)
    query->step_us = far_query_step_for (query->from_us, query->to_us, (guint) pixels);
  return TRUE;
}

/* NULL-terminated; NULL with split as all there are. */
static gboolean
read_functions (FarControlRequest *request, Request *self)
{
  const char *split = g_hash_table_lookup (request->query, "split");
  const char *function;
  g_autoptr (GStrvBuilder) builder = NULL;

  if (!far_control_query_function (request, &function))
    return FALSE;
  if (split != NULL && strcmp (split, "function") != 0)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "split is “%s”; send function, or leave it out", split);
      return FALSE;
    }
  if (split != NULL && function == NULL)
    self->functions = far_telemetry_dup_functions (request->telemetry);
  else if (function != NULL)
    {
      builder = g_strv_builder_new ();
      g_strv_builder_add (builder, function);
      self->functions = g_strv_builder_end (builder);
    }
  return TRUE;
}

/* ---- Writing a series ---- */

typedef enum {
  VALUE,
  LOW,
  HIGH,
} Which;

static void
add_point (FarJsonWriter *writer, const FarSeries *series, guint index, FarMetric metric,
           Which which)
{
  const FarAggregate *point = &series->points[index];
  gint64 at_us = series->from_us + index * series->step_us;
  double value, low, high;

  if (series->known[index] && metric == FAR_METRIC_COST)
    {
      far_json_add_int (writer, NULL, far_price_cost (far_price_at (at_us), point->mb_ms,
                                                      far_aggregate_invocations (point)));
      return;
    }
  value = series->known[index] ? far_aggregate_metric (point, metric) : NAN;
  if (isnan (value) || (which != VALUE && !far_aggregate_metric_band (point, metric, &low, &high)))
    far_json_add_null (writer, NULL);
  else if (which == VALUE)
    far_json_add_int (writer, NULL, (gint64) llround (value));
  else
    far_json_add_int (writer, NULL, (gint64) (which == LOW ? floor (low) : ceil (high)));
}

static void
add_points (FarJsonWriter *writer, const Request *self, guint index, FarMetric metric, Which which)
{
  static const char *const names[] = { "points", "low", "high" };
  const FarSeries *series = g_ptr_array_index (self->answers, index);
  guint i;

  far_json_begin_array (writer, names[which]);
  for (i = 0; i < series->n_points; i++)
    if ((self->reported & FAR_METRIC_MASK (metric)) != 0)
      add_point (writer, series, i, metric, which);
    else
      far_json_add_null (writer, NULL);
  far_json_end_array (writer);
}

static gboolean
has_band (FarMetric metric)
{
  return metric == FAR_METRIC_P50 || metric == FAR_METRIC_P90 || metric == FAR_METRIC_P99 ||
         metric == FAR_METRIC_COLD_P50 || metric == FAR_METRIC_COLD_P99;
}

static void
add_series (FarJsonWriter *writer, const Request *self, guint index)
{
  const char *function = self->functions != NULL ? self->functions[index] : NULL;
  guint m;

  for (m = 0; m < self->n_metrics; m++)
    {
      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "function", function);
      far_json_add_string (writer, "metric", far_metric_to_string (self->metrics[m]));
      add_points (writer, self, index, self->metrics[m], VALUE);
      if (self->bands && has_band (self->metrics[m]))
        {
          add_points (writer, self, index, self->metrics[m], LOW);
          add_points (writer, self, index, self->metrics[m], HIGH);
        }
      far_json_end_object (writer);
    }
}

/* Of all functions in the answer together. */
static void
add_counts (FarJsonWriter *writer, const Request *self)
{
  const FarSeries *first = g_ptr_array_index (self->answers, 0);
  guint i, s;

  far_json_begin_array (writer, "n");
  for (i = 0; i < first->n_points; i++)
    {
      guint64 n = 0;

      for (s = 0; s < self->answers->len; s++)
        n += far_aggregate_invocations (&((FarSeries *) g_ptr_array_index (self->answers, s))
                                           ->points[i]);
      if (first->known[i])
        far_json_add_int (writer, NULL, (gint64) n);
      else
        far_json_add_null (writer, NULL);
    }
  far_json_end_array (writer);
}

static void
answer_series (Request *self)
{
  const FarSeries *first = g_ptr_array_index (self->answers, 0);
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "from_us", first->from_us);
  far_json_add_int (&writer, "step_us", first->step_us);
  far_json_add_int (&writer, "now_us", first->now_us);
  far_json_begin_array (&writer, "series");
  /* Without any function there is one series nevertheless, of nothing. */
  for (i = 0; i < self->answers->len; i++)
    add_series (&writer, self, i);
  far_json_end_array (&writer);
  add_counts (&writer, self);
  far_json_end_object (&writer);
  far_control_answer (self->request, SOUP_STATUS_OK, &writer);
}

/* ---- Asking ---- */

static void on_series (GObject *source, GAsyncResult *result, gpointer user_data);

static void
ask_next (Request *self)
{
  self->query.function = self->functions != NULL ? self->functions[self->at] : NULL;
  self->at++;
  far_telemetry_series_async (self->request->telemetry, &self->query, self->request->cancellable,
                              on_series, self);
}

static void
on_series (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  GError *error = NULL;
  FarSeries *series = far_telemetry_series_finish (NULL, result, &error);

  if (series != NULL)
    g_ptr_array_add (self->answers, series);
  if (!far_control_take (self->request, series != NULL, error))
    {
      request_free (self);
      return;
    }
  if (self->functions != NULL && self->functions[self->at] != NULL)
    {
      ask_next (self);
      return;
    }
  answer_series (self);
  request_free (self);
}

static gboolean
check_size (Request *self)
{
  gint64 n_points = (self->query.to_us - self->query.from_us) / self->query.step_us + 2;
  gint64 n_functions = self->functions != NULL ? g_strv_length (self->functions) : 1;

  if (n_points * n_functions * self->n_metrics * (self->bands ? 3 : 1) <= VALUES_MAX)
    return TRUE;
  far_control_error (self->request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "More than %d numbers; ask for a larger step, or for fewer metrics",
                     VALUES_MAX);
  return FALSE;
}

void
far_control_get_series (FarControlRequest *request)
{
  Request *self = request_new (request);

  if (!read_range (request, self, "pixels", 0) || !read_functions (request, self) ||
      !far_control_query_bool (request, "bands", FALSE, &self->bands) ||
      !read_metrics (request, self) || !check_size (self))
    {
      request_free (self);
      return;
    }
  if (self->functions != NULL && self->functions[0] == NULL)
    g_clear_pointer (&self->functions, g_strfreev);
  far_control_request_pause (request);
  ask_next (self);
}

/* ---- Heat map ---- */

static void
add_column (FarJsonWriter *writer, const FarHeatmap *map, guint column)
{
  const guint64 *counts = map->counts + (gsize) column * map->n_rows;
  guint first = 0, end = map->n_rows, row;

  while (first < end && counts[first] == 0)
    first++;
  while (end > first && counts[end - 1] == 0)
    end--;
  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "first", first < map->n_rows ? first : 0);
  far_json_begin_array (writer, "counts");
  for (row = first; row < end; row++)
    far_json_add_int (writer, NULL, (gint64) counts[row]);
  far_json_end_array (writer);
  far_json_end_object (writer);
}

static void
answer_heatmap (Request *self, const FarSeries *series)
{
  g_auto (FarHeatmap) map = { 0 };
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_heatmap_init (&map, series, (guint) self->n_rows, self->cold);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "from_us", series->from_us);
  far_json_add_int (&writer, "to_us", series->from_us + series->n_points * series->step_us);
  far_json_add_int (&writer, "step_us", series->step_us);
  far_json_add_int (&writer, "now_us", series->now_us);
  far_json_add_int (&writer, "n_columns", map.n_columns);
  far_json_begin_array (&writer, "row_us");
  for (i = 0; map.n_rows > 0 && i <= map.n_rows; i++)
    far_json_add_double (&writer, NULL, map.edges[i]);
  far_json_end_array (&writer);
  far_json_begin_array (&writer, "columns");
  for (i = 0; i < map.n_columns; i++)
    if (series->known[i])
      add_column (&writer, &map, i);
    else
      far_json_add_null (&writer, NULL);
  far_json_end_array (&writer);
  far_json_add_int (&writer, "max", (gint64) map.max);
  far_json_add_int (&writer, "n", (gint64) map.n);
  far_json_end_object (&writer);
  far_control_answer (self->request, SOUP_STATUS_OK, &writer);
}

static void
on_heatmap (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  GError *error = NULL;
  g_autoptr (FarSeries) series = far_telemetry_series_finish (NULL, result, &error);

  if (far_control_take (self->request, series != NULL, error))
    answer_heatmap (self, series);
  request_free (self);
}

void
far_control_get_heatmap (FarControlRequest *request)
{
  const char *metric = g_hash_table_lookup (request->query, "metric");
  Request *self = request_new (request);

  self->cold = g_strcmp0 (metric, "cold") == 0;
  if (metric != NULL && !self->cold && strcmp (metric, "duration") != 0)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "metric is “%s”; send duration or cold", metric);
      request_free (self);
      return;
    }
  if (!read_range (request, self, "columns", COLUMNS_DEFAULT) || !read_functions (request, self) ||
      !far_control_query_int (request, "rows", 2, FAR_HEATMAP_ROWS_MAX, ROWS_DEFAULT,
                              &self->n_rows))
    {
      request_free (self);
      return;
    }
  self->query.function = self->functions != NULL ? self->functions[0] : NULL;
  far_control_request_pause (request);
  far_telemetry_series_async (request->telemetry, &self->query, request->cancellable, on_heatmap,
                              self);
}
