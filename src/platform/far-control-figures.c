/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answers about functions as a whole: status, functions, series. What comes from the
 * database is waited for with the request paused. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-price.h"
#include "telemetry/far-query.h"

#define SERIES_POINTS_DEFAULT 120
#define STEP_MAX_US (G_GINT64_CONSTANT (366) * 86400 * G_USEC_PER_SEC)

void
far_control_get_status (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_control_add_status (&writer, NULL, request->control);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_functions (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_control_add_functions (&writer, "functions", request->control);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* ---- Series ---- */

typedef struct {
  FarControlRequest *request;
  char              *function; /* nullable */
  FarMetric          metrics[FAR_METRIC_N];
  guint              n_metrics;
} SeriesRequest;

static void
series_request_free (SeriesRequest *self)
{
  g_free (self->function);
  g_free (self);
}

static gboolean
read_metrics (FarControlRequest *request, SeriesRequest *self)
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

static void
add_point (FarJsonWriter *writer, const FarSeries *series, guint index, FarMetric metric)
{
  const FarAggregate *point = &series->points[index];
  gint64 at_us = series->from_us + index * series->step_us;
  double value;

  if (!series->known[index])
    {
      far_json_add_null (writer, NULL);
      return;
    }
  if (metric == FAR_METRIC_COST)
    {
      far_json_add_int (writer, NULL, far_price_cost (far_price_at (at_us), point->mb_ms,
                                                      far_aggregate_invocations (point)));
      return;
    }
  value = far_aggregate_metric (point, metric);
  if (isnan (value))
    far_json_add_null (writer, NULL);
  else
    far_json_add_int (writer, NULL, (gint64) llround (value));
}

static void
write_series (FarJsonWriter *writer, const SeriesRequest *self, const FarSeries *series)
{
  guint m, i;

  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "from_us", series->from_us);
  far_json_add_int (writer, "step_us", series->step_us);
  far_json_add_int (writer, "now_us", series->now_us);
  far_json_begin_array (writer, "series");
  for (m = 0; m < self->n_metrics; m++)
    {
      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "function", self->function);
      far_json_add_string (writer, "metric", far_metric_to_string (self->metrics[m]));
      far_json_begin_array (writer, "points");
      for (i = 0; i < series->n_points; i++)
        add_point (writer, series, i, self->metrics[m]);
      far_json_end_array (writer);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
  far_json_begin_array (writer, "n");
  for (i = 0; i < series->n_points; i++)
    add_point (writer, series, i, FAR_METRIC_INVOCATIONS);
  far_json_end_array (writer);
  far_json_end_object (writer);
}

static void
on_series (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SeriesRequest *self = user_data;
  FarControlRequest *request = self->request;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSeries) series = far_telemetry_series_finish (NULL, result, &error);

  far_json_writer_init (&writer);
  if (request->control == NULL)
    far_control_request_free (request);
  else if (series == NULL)
    far_control_failed (request, g_steal_pointer (&error));
  else
    {
      write_series (&writer, self, series);
      far_control_answer (request, SOUP_STATUS_OK, &writer);
    }
  series_request_free (self);
}

void
far_control_get_series (FarControlRequest *request)
{
  FarControl *control = request->control;
  SeriesRequest *self = g_new0 (SeriesRequest, 1);
  gint64 now_us = far_clock_now_us (control->clock);
  FarSeriesQuery query;
  const char *function;

  self->request = request;
  if (!far_control_query_int (request, "step_us", G_USEC_PER_SEC, STEP_MAX_US, G_USEC_PER_SEC,
                              &query.step_us) ||
      !far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us, &query.to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (query.to_us - SERIES_POINTS_DEFAULT * query.step_us, 0),
                              &query.from_us) ||
      !far_control_query_function (request, &function) || !read_metrics (request, self))
    {
      series_request_free (self);
      return;
    }
  self->function = g_strdup (function);
  query.function = self->function;
  far_control_request_pause (request);
  far_telemetry_series_async (request->telemetry, &query, request->cancellable, on_series, self);
}
