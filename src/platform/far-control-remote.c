/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answers for deployments that have no single records here: their source is asked, and
 * what comes is written in the words of the platform's own answers. What is not reported is
 * null. */
#include "farthing-config.h"

#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-price.h"
#include "telemetry/far-query.h"

#define STEP_MAX_US (G_GINT64_CONSTANT (366) * 86400 * G_USEC_PER_SEC)
#define POINTS_DEFAULT 120
#define WINDOW_S_DEFAULT G_GINT64_CONSTANT (3600)
#define WINDOW_S_MAX (G_GINT64_CONSTANT (400) * 86400)
#define VALUE_MAX 9e15 /* whole numbers of JSON */
#define COST_MAX 9.2e18 /* whole numbers of 64 bits */

gboolean
far_control_remote_is_ready (FarControlRequest *request)
{
  FarDeployment *deployment = request->deployment;

  if (deployment->source != NULL)
    return TRUE;
  far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "not_ready", "%s",
                     deployment->message != NULL ? deployment->message
                                                 : "The deployment is not ready yet; try again");
  return FALSE;
}

void
far_control_remote_failed (FarControlRequest *request, GError *error)
{
  g_autoptr (GError) taken = error;
  guint status = SOUP_STATUS_BAD_GATEWAY;
  const char *code = "deployment_failed";

  if (g_error_matches (taken, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_UNSUPPORTED))
    status = SOUP_STATUS_NOT_IMPLEMENTED, code = "not_reported";
  else if (g_error_matches (taken, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_QUERY))
    status = SOUP_STATUS_BAD_REQUEST, code = "bad_request";
  else if (g_error_matches (taken, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_BUDGET))
    status = SOUP_STATUS_SERVICE_UNAVAILABLE, code = "budget";
  else if (g_error_matches (taken, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    status = SOUP_STATUS_SERVICE_UNAVAILABLE, code = "cancelled";
  far_control_error (request, status, code, "%s", taken->message);
}

static void
add_value (FarJsonWriter *writer, const char *name, double value)
{
  if (isfinite (value) && fabs (value) < VALUE_MAX)
    far_json_add_int (writer, name, (gint64) llround (value));
  else
    far_json_add_null (writer, name);
}

/* ---- Status ---- */

void
far_control_remote_status (FarControlRequest *request)
{
  static const char *const nulls[] = { "isolation", "gateway", "lambda", "metrics", "credentials",
                                       "publisher_token", "instances", "invocations", "dropped" };
  FarDeployment *deployment = request->deployment;
  gint64 now_us = far_clock_now_us (request->control->clock);
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "state", far_deployment_state_to_string (
                                           far_deployment_get_state (deployment, now_us)));
  far_json_add_string (&writer, "version", FAR_VERSION);
  for (i = 0; i < G_N_ELEMENTS (nulls); i++)
    far_json_add_null (&writer, nulls[i]);
  far_json_add_int (&writer, "functions", deployment->n_functions);
  far_json_add_string (&writer, "money", deployment->money);
  far_json_add_int (&writer, "now_us", now_us);
  far_json_begin_object (&writer, "publication");
  far_json_add_string (&writer, "title", deployment->name);
  far_json_add_null (&writer, "template");
  far_json_end_object (&writer);
  far_control_add_source (&writer, request);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* ---- Functions ---- */

const FarPrice *
far_control_remote_price (FarControlRequest *request, gboolean arm, gint64 at_us)
{
  FarDeployment *deployment = request->deployment;
  const char *region = strcmp (deployment->kind, "aws") == 0
    ? g_hash_table_lookup (deployment->settings, "region") : NULL;

  return far_price_find (region != NULL ? region : FAR_PRICE_REGION,
                         arm ? "arm64" : FAR_PRICE_ARCHITECTURE, at_us);
}

double
far_control_remote_cost (const FarPrice *price, double mb_ms, double invocations)
{
  if (price == NULL || !(mb_ms >= 0 && mb_ms < VALUE_MAX && invocations >= 0 &&
                         invocations < VALUE_MAX))
    return NAN;
  return (double) far_price_cost (price, (guint64) llround (mb_ms),
                                  (guint64) llround (invocations));
}

/* Larger than other numbers: a cent is ten thousand millions of them. */
void
far_control_add_cost (FarJsonWriter *writer, const char *name, double picodollars)
{
  if (picodollars >= 0 && picodollars < COST_MAX)
    far_json_add_int (writer, name, (gint64) llround (picodollars));
  else
    far_json_add_null (writer, name);
}

static void
add_positive (FarJsonWriter *writer, const char *name, gint64 value)
{
  if (value > 0)
    far_json_add_int (writer, name, value);
  else
    far_json_add_null (writer, name);
}

static void
add_band (FarJsonWriter *writer, const FarSourceFunction *function)
{
  static const FarMetric metrics[] = { FAR_METRIC_P50, FAR_METRIC_P90, FAR_METRIC_P99 };
  guint i;

  far_json_begin_object (writer, "bands");
  for (i = 0; i < G_N_ELEMENTS (metrics); i++)
    {
      far_json_begin_object (writer, far_metric_to_string (metrics[i]));
      add_value (writer, "low", function->low[metrics[i]]);
      add_value (writer, "high", function->high[metrics[i]]);
      far_json_end_object (writer);
    }
  far_json_end_object (writer);
}

static void
add_function (FarJsonWriter *writer, FarControlRequest *request,
              const FarSourceFunction *function, gint64 at_us)
{
  const FarPrice *price = far_control_remote_price (request, function->arm, at_us);
  guint i;

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "name", function->name);
  far_json_add_string (writer, "runtime", function->runtime);
  add_positive (writer, "memory_mb", function->memory_mb);
  add_positive (writer, "timeout_s", function->timeout_s);
  for (i = 0; i < FAR_METRIC_N; i++)
    if (i != FAR_METRIC_COST)
      add_value (writer, far_metric_to_string (i), function->values[i]);
  far_control_add_cost (writer, "cost_picodollars",
                        far_control_remote_cost (price, function->values[FAR_METRIC_MB_MS],
                                                 function->values[FAR_METRIC_INVOCATIONS]));
  if (function->instances >= 0)
    far_json_add_int (writer, "instances", function->instances);
  else
    far_json_add_null (writer, "instances");
  far_json_add_null (writer, "async_queued");
  far_json_add_null (writer, "route_count");
  far_json_add_null (writer, "reserved_concurrency");
  add_band (writer, function);
  far_json_end_object (writer);
}

/* The window that ends at to_us, or now. FALSE: the error has been answered. */
static gboolean
read_window (FarControlRequest *request, gint64 *ret_from_us, gint64 *ret_to_us)
{
  gint64 now_us = far_clock_now_us (request->control->clock);
  gint64 window_s;

  if (!far_control_query_int (request, "window_s", 1, WINDOW_S_MAX, WINDOW_S_DEFAULT, &window_s) ||
      !far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us, ret_to_us))
    return FALSE;
  *ret_from_us = MAX (*ret_to_us - window_s * G_USEC_PER_SEC, 0);
  return TRUE;
}

static void
on_functions (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) functions = far_source_functions_finish (FAR_SOURCE (object), result,
                                                                 &error);
  gint64 from_us, to_us;
  guint i;

  far_json_writer_init (&writer);
  if (!far_control_take (request, functions != NULL, g_steal_pointer (&error)))
    return;
  if (!read_window (request, &from_us, &to_us))
    return;
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "functions");
  for (i = 0; i < functions->len; i++)
    add_function (&writer, request, g_ptr_array_index (functions, i), to_us);
  far_json_end_array (&writer);
  /* Single records were counted from their beginning. */
  if (request->telemetry != NULL)
    far_json_add_null (&writer, "window_us");
  else
    far_json_add_int (&writer, "window_us", to_us - from_us);
  far_json_add_int (&writer, "to_us", to_us);
  far_control_add_source (&writer, request);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* Those of a deployment that tells nothing but records: what they add up to. */
static void
answer_recorded (FarControlRequest *request)
{
  g_auto (GStrv) names = far_telemetry_dup_functions (request->telemetry);
  g_auto (FarJsonWriter) writer = { 0 };
  guint i, m;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "functions");
  for (i = 0; names[i] != NULL; i++)
    {
      const FarAggregate *aggregate = far_telemetry_peek (request->telemetry, names[i]);
      g_autoptr (FarSourceFunction) function = far_source_function_new (names[i]);
      FarSourceAbilities abilities;

      far_source_describe (request->deployment->source, &abilities);
      for (m = 0; m < FAR_METRIC_N && aggregate != NULL; m++)
        if ((abilities.metrics & FAR_METRIC_MASK (m)) != 0)
          function->values[m] = far_aggregate_metric (aggregate, m);
      add_function (&writer, request, function, far_clock_now_us (request->control->clock));
    }
  far_json_end_array (&writer);
  far_json_add_null (&writer, "window_us");
  far_control_add_source (&writer, request);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_remote_functions (FarControlRequest *request)
{
  gint64 from_us, to_us;

  if (!far_control_remote_is_ready (request) || !read_window (request, &from_us, &to_us))
    return;
  if (request->telemetry != NULL && far_source_tell (request->deployment->source, 0))
    {
      answer_recorded (request);
      return;
    }
  far_control_request_pause (request);
  far_source_functions_async (request->deployment->source, NULL, from_us, to_us,
                              request->cancellable, on_functions, request);
}

/* ---- Series ---- */

typedef struct {
  FarControlRequest *request;
  char     *function; /* nullable */
  FarMetric metrics[FAR_METRIC_N];
  guint     n_metrics;
} SeriesRequest;

static void
series_request_free (SeriesRequest *self)
{
  g_free (self->function);
  g_free (self);
}

static void
add_points (FarJsonWriter *writer, const char *name, const FarSourceSeries *series,
            const double *values, gboolean cost)
{
  guint i;

  far_json_begin_array (writer, name);
  for (i = 0; i < series->n_points; i++)
    {
      gboolean due = series->from_us + i * series->step_us <= series->now_us;

      (cost ? far_control_add_cost : add_value) (writer, NULL,
                                                 values != NULL && due ? values[i] : NAN);
    }
  far_json_end_array (writer);
}

/* Shares are counted from what was counted. */
static const struct { FarMetric share, of; } shares[] = {
  { FAR_METRIC_ERROR_PPM, FAR_METRIC_ERRORS },
  { FAR_METRIC_COLD_PPM, FAR_METRIC_COLD_STARTS },
  { FAR_METRIC_THROTTLE_PPM, FAR_METRIC_THROTTLES },
};

static void
fill_shares (FarSourceSeries *series)
{
  const double *n = series->values[FAR_METRIC_INVOCATIONS];
  guint s, i;

  for (s = 0; s < G_N_ELEMENTS (shares); s++)
    {
      const double *of = series->values[shares[s].of];
      gboolean throttles = shares[s].of == FAR_METRIC_THROTTLES;

      if (n == NULL || of == NULL || series->values[shares[s].share] != NULL)
        continue;
      series->values[shares[s].share] = g_new (double, series->n_points);
      for (i = 0; i < series->n_points; i++)
        {
          double all = throttles ? n[i] + of[i] : n[i];

          series->values[shares[s].share][i] = all > 0 ? of[i] / all * 1e6 : NAN;
        }
    }
}

static double *
cost_points (FarControlRequest *request, const FarSourceSeries *series)
{
  double *points = g_new (double, series->n_points);
  const double *mb_ms = series->values[FAR_METRIC_MB_MS];
  const double *n = series->values[FAR_METRIC_INVOCATIONS];
  guint i;

  for (i = 0; i < series->n_points; i++)
    {
      const FarPrice *price = far_control_remote_price (request, series->arm,
                                                        series->from_us + i * series->step_us);

      points[i] = mb_ms != NULL && n != NULL
                    ? far_control_remote_cost (price, mb_ms[i], n[i]) : NAN;
    }
  return points;
}

static void
write_series (FarJsonWriter *writer, SeriesRequest *self, const FarSourceSeries *series)
{
  g_autofree double *cost = cost_points (self->request, series);
  FarSourceAbilities abilities;
  guint i;

  far_source_describe (self->request->deployment->source, &abilities);
  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "from_us", series->from_us);
  far_json_add_int (writer, "step_us", series->step_us);
  far_json_add_int (writer, "now_us", series->now_us);
  far_json_begin_array (writer, "series");
  for (i = 0; i < self->n_metrics; i++)
    {
      FarMetric metric = self->metrics[i];

      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "function", self->function);
      far_json_add_string (writer, "metric", far_metric_to_string (metric));
      add_points (writer, "points", series,
                  metric == FAR_METRIC_COST ? cost : series->values[metric],
                  metric == FAR_METRIC_COST);
      if (series->low[metric] != NULL)
        {
          add_points (writer, "low", series, series->low[metric], FALSE);
          add_points (writer, "high", series, series->high[metric], FALSE);
        }
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
  add_points (writer, "n", series, series->values[FAR_METRIC_INVOCATIONS], FALSE);
  far_json_add_string (writer, "exactness", far_exactness_to_string (abilities.quantiles));
  if (series->provisional_from_us < series->now_us)
    far_json_add_int (writer, "provisional_from_us", series->provisional_from_us);
  else
    far_json_add_null (writer, "provisional_from_us");
  far_control_add_source (writer, self->request);
  far_json_end_object (writer);
}

static void
on_series (GObject *object, GAsyncResult *result, gpointer user_data)
{
  SeriesRequest *self = user_data;
  FarControlRequest *request = self->request;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSourceSeries) series = far_source_series_finish (FAR_SOURCE (object), result,
                                                                 &error);

  far_json_writer_init (&writer);
  if (far_control_take (request, series != NULL, g_steal_pointer (&error)))
    {
      fill_shares (series);
      write_series (&writer, self, series);
      far_control_answer (request, SOUP_STATUS_OK, &writer);
    }
  series_request_free (self);
}

static gboolean
read_metrics (FarControlRequest *request, SeriesRequest *self, guint *ret_mask)
{
  const char *text = g_hash_table_lookup (request->query, "metrics");
  g_auto (GStrv) names = g_strsplit (text != NULL ? text : "invocations", ",", FAR_METRIC_N + 1);
  guint i, s;

  *ret_mask = 0;
  for (i = 0; names[i] != NULL; i++)
    {
      if (i == FAR_METRIC_N || !far_metric_from_string (names[i], &self->metrics[i]))
        {
          far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                             "There is no metric “%s”; /v1/openapi.yaml lists them", names[i]);
          return FALSE;
        }
      *ret_mask |= FAR_METRIC_MASK (self->metrics[i]);
      for (s = 0; s < G_N_ELEMENTS (shares); s++)
        if (shares[s].share == self->metrics[i])
          *ret_mask |= FAR_METRIC_MASK (shares[s].of);
      self->n_metrics++;
    }
  return TRUE;
}

/* One series of all together, or of one function: a series each of all would be a hundred
 * questions to somebody else's system. */
static gboolean
reports_split (FarControlRequest *request)
{
  if (!g_hash_table_contains (request->query, "split"))
    return TRUE;
  far_control_error (request, SOUP_STATUS_NOT_IMPLEMENTED, "not_reported",
                     "%s: ask for the functions one by one", request->deployment->id);
  return FALSE;
}

void
far_control_remote_series (FarControlRequest *request)
{
  SeriesRequest *self = g_new0 (SeriesRequest, 1);
  gint64 now_us = far_clock_now_us (request->control->clock);
  const char *function = g_hash_table_lookup (request->query, "function");
  FarSourceSeriesQuery query = { 0 };
  gint64 pixels;

  self->request = request;
  if (!far_control_remote_is_ready (request) || !reports_split (request) ||
      !far_control_query_int (request, "pixels", 2, FAR_QUERY_POINTS_MAX, 0, &pixels) ||
      !far_control_query_int (request, "step_us", G_USEC_PER_SEC, STEP_MAX_US, 60 * G_USEC_PER_SEC,
                              &query.step_us) ||
      !far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us, &query.to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (query.to_us - POINTS_DEFAULT * query.step_us, 0),
                              &query.from_us) ||
      !read_metrics (request, self, &query.metrics))
    {
      series_request_free (self);
      return;
    }
  if (pixels > 0 && !g_hash_table_contains (request->query, "step_us"))
    query.step_us = far_query_step_for (query.from_us, query.to_us, (guint) pixels);
  query.step_us -= query.step_us % G_USEC_PER_SEC;
  self->function = function != NULL && *function != '\0' ? g_strdup (function) : NULL;
  query.function = self->function;
  far_control_request_pause (request);
  far_source_series_async (request->deployment->source, &query, request->cancellable, on_series,
                           self);
}
