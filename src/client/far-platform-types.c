/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API's answers: from JSON to immutable structs. A member that is missing, null or of
 * another type reads as 0 or "", so that client and platform need not be of one version; what would
 * make a chart or a list lie (rows that are none, lengths that differ) is an error instead. */
#include "farthing-config.h"

#include "client/far-platform-private.h"

#include <math.h>
#include <string.h>

#include "client/far-boxed-private.h"

/* ---- Status ---- */

static void
platform_status_clear (FarPlatformStatus *self)
{
  g_free (self->state);
  g_free (self->isolation);
  g_free (self->gateway);
  g_free (self->lambda);
  g_free (self->metrics);
  g_free (self->control);
  g_free (self->credentials);
  g_free (self->publisher_token);
  g_free (self->money);
  g_free (self->publication_title);
  g_free (self->template_path);
  g_free (self->version);
  g_free (self->isolation_detail);
  g_free (self->telemetry_problem);
}

FAR_DEFINE_RC_BOXED (FarPlatformStatus, far_platform_status, platform_status_clear)

FarClock *
far_platform_status_open_clock (const FarPlatformStatus *status, const char *data_dir,
                                GError **error)
{
  g_autofree char *path = g_build_filename (data_dir, FAR_CLOCK_FILE, NULL);

  if (status->test_clock && g_file_test (path, G_FILE_TEST_EXISTS))
    return far_clock_new_following (path, error);
  return far_clock_new_from_env (error);
}

FarPlatformStatus *
far_platform_status_parse (JsonObject *object)
{
  FarPlatformStatus *self = g_rc_box_new0 (FarPlatformStatus);
  JsonObject *publication = far_client_get_object (object, "publication");
  JsonObject *traffic = far_client_get_object (object, "traffic");

  self->state = far_client_dup_string (object, "state");
  self->isolation = far_client_dup_string (object, "isolation");
  self->gateway = far_client_dup_string (object, "gateway");
  self->lambda = far_client_dup_string (object, "lambda");
  self->metrics = far_client_dup_string (object, "metrics");
  self->control = far_client_dup_string (object, "control");
  self->credentials = far_client_dup_string (object, "credentials");
  self->publisher_token = far_client_dup_string (object, "publisher_token");
  self->money = far_client_dup_string (object, "money");
  self->version = far_client_dup_string (object, "version");
  self->isolation_detail = far_client_dup_string (object, "isolation_detail");
  self->telemetry_problem = far_client_dup_string (object, "telemetry_problem");
  self->publication_title =
    publication != NULL ? far_client_dup_string (publication, "title") : g_strdup ("");
  self->template_path =
    publication != NULL ? far_client_dup_string (publication, "template") : g_strdup ("");
  self->functions = far_client_get_int (object, "functions", 0);
  self->instances = far_client_get_int (object, "instances", 0);
  self->invocations = far_client_get_int (object, "invocations", 0);
  self->dropped = far_client_get_int (object, "dropped", 0);
  self->pid = far_client_get_int (object, "pid", 0);
  self->started_us = far_client_get_time_us (object, "started_us");
  self->now_us = far_client_get_time_us (object, "now_us");
  self->transfers = far_client_get_int (object, "transfers", -1);
  self->seq = far_client_get_int (object, "seq", 0);
  self->test_clock = far_client_get_bool (object, "test_clock");
  if (traffic != NULL)
    {
      self->traffic_running = far_client_get_bool (traffic, "running");
      self->traffic_readers_per_second = far_client_get_double (traffic, "readers_per_second", 0);
    }
  return self;
}

FarPlatformStatus *
far_platform_status_copy (FarPlatformStatus *from)
{
  FarPlatformStatus *self = g_rc_box_dup (sizeof *from, from);

  self->state = g_strdup (from->state);
  self->isolation = g_strdup (from->isolation);
  self->gateway = g_strdup (from->gateway);
  self->lambda = g_strdup (from->lambda);
  self->metrics = g_strdup (from->metrics);
  self->control = g_strdup (from->control);
  self->credentials = g_strdup (from->credentials);
  self->publisher_token = g_strdup (from->publisher_token);
  self->money = g_strdup (from->money);
  self->publication_title = g_strdup (from->publication_title);
  self->template_path = g_strdup (from->template_path);
  self->version = g_strdup (from->version);
  self->isolation_detail = g_strdup (from->isolation_detail);
  self->telemetry_problem = g_strdup (from->telemetry_problem);
  return self;
}

/* ---- Functions ---- */

/* null: the deployment does not report it, which is not the same as none. */
static gint64
take_figure (JsonObject *object,
             const char *name)
{
  return far_client_get_int (object, name,
                             json_object_has_member (object, name) ? FAR_FIGURE_UNKNOWN : 0);
}

/* Limits of a percentile; null on one side only: it is open there. */
static void
take_band (JsonObject *bands,
           const char *name,
           gint64     *ret_low,
           gint64     *ret_high)
{
  JsonObject *band = bands != NULL ? far_client_get_object (bands, name) : NULL;

  *ret_low = band != NULL ? far_client_get_int (band, "low", FAR_FIGURE_UNKNOWN)
                          : FAR_FIGURE_UNKNOWN;
  *ret_high = band != NULL ? far_client_get_int (band, "high", FAR_FIGURE_UNKNOWN)
                           : FAR_FIGURE_UNKNOWN;
}

void
far_function_figures_parse (JsonObject         *object,
                            FarFunctionFigures *figures)
{
  JsonObject *bands = far_client_get_object (object, "bands");

  *figures = (FarFunctionFigures) {
    .memory_mb = (guint) CLAMP (far_client_get_int (object, "memory_mb", 0), 0, G_MAXUINT),
    .timeout_s = (guint) CLAMP (far_client_get_int (object, "timeout_s", 0), 0, G_MAXUINT),
    .invocations = take_figure (object, "invocations"),
    .errors = take_figure (object, "errors"),
    .throttles = take_figure (object, "throttles"),
    .cold_starts = take_figure (object, "cold_starts"),
    .p50_us = take_figure (object, "p50_us"),
    .p90_us = take_figure (object, "p90_us"),
    .p99_us = take_figure (object, "p99_us"),
    .concurrency = take_figure (object, "concurrency"),
    .mb_ms = take_figure (object, "mb_ms"),
    .cost_picodollars = take_figure (object, "cost_picodollars"),
    .instances = take_figure (object, "instances"),
    .route_count = take_figure (object, "route_count"),
    .reserved_concurrency = far_client_get_int (object, "reserved_concurrency", -1),
  };
  take_band (bands, "p50_us", &figures->p50_low_us, &figures->p50_high_us);
  take_band (bands, "p99_us", &figures->p99_low_us, &figures->p99_high_us);
}

FarFunctionInfo *
far_function_info_parse (JsonObject *object)
{
  FarFunctionFigures figures;

  far_function_figures_parse (object, &figures);
  return far_function_info_new (far_client_peek_string (object, "name"),
                                far_client_peek_string (object, "runtime"), &figures);
}

/* ---- Series ---- */

static void
series_set_clear (FarSeriesSet *self)
{
  for (guint i = 0; i < self->n_series; i++)
    {
      g_free (self->series[i].function);
      g_free (self->series[i].metric);
      g_free (self->series[i].points);
      g_free (self->series[i].low);
      g_free (self->series[i].high);
    }
  g_free (self->series);
  g_free (self->n);
}

FAR_DEFINE_RC_BOXED (FarSeriesSet, far_series_set, series_set_clear)

static gboolean
fail_protocol (GError     **error,
               const char  *what)
{
  g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
               "The answer's %s cannot be understood; is the platform of another version?", what);
  return FALSE;
}

/* Numbers, and NaN for null. NULL if there are not n_points of them. */
static double *
parse_points (JsonObject *object,
              const char *name,
              guint       n_points)
{
  JsonArray *array = far_client_get_array (object, name);
  double *points;

  if (array == NULL || json_array_get_length (array) != n_points)
    return NULL;
  points = g_new (double, MAX (n_points, 1));
  for (guint i = 0; i < n_points; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

      points[i] = type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double (node) : NAN;
    }
  return points;
}

static gboolean
parse_one_series (JsonArray *array,
                  guint      index,
                  guint      n_points,
                  FarSeries *series)
{
  JsonNode *node = json_array_get_element (array, index);
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object == NULL)
    return FALSE;
  series->function = far_client_dup_string (object, "function");
  series->metric = far_client_dup_string (object, "metric");
  series->points = parse_points (object, "points", n_points);
  series->low = parse_points (object, "low", n_points);
  series->high = parse_points (object, "high", n_points);
  return series->points != NULL;
}

FarSeriesSet *
far_series_set_parse (JsonObject  *object,
                      GError     **error)
{
  g_autoptr (FarSeriesSet) self = g_rc_box_new0 (FarSeriesSet);
  JsonArray *series = far_client_get_array (object, "series");
  JsonArray *n = far_client_get_array (object, "n");
  guint n_series = series != NULL ? json_array_get_length (series) : 0;

  self->from_us = far_client_get_int (object, "from_us", 0);
  self->step_us = far_client_get_int (object, "step_us", 0);
  self->now_us = far_client_get_int (object, "now_us", 0);
  if (series == NULL || n == NULL || n_series > FAR_FUNCTIONS_MAX || self->step_us <= 0 ||
      json_array_get_length (n) > FAR_SERIES_POINTS_MAX)
    {
      fail_protocol (error, "series");
      return NULL;
    }

  self->n_points = json_array_get_length (n);
  self->n = parse_points (object, "n", self->n_points);
  self->series = g_new0 (FarSeries, MAX (n_series, 1));
  for (guint i = 0; i < n_series; i++)
    {
      /* Counted first, so that a half-read one is freed too. */
      self->n_series++;
      if (!parse_one_series (series, i, self->n_points, &self->series[i]))
        {
          fail_protocol (error, "series");
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

/**
 * far_series_set_find:
 * @self: a set
 * @function: (nullable): name; NULL or "" = all together
 * @metric: name
 *
 * Returns: (transfer none) (nullable): n_points numbers, NaN where there is nothing to show
 */
const double *
far_series_set_find (FarSeriesSet *self,
                     const char   *function,
                     const char   *metric)
{
  g_return_val_if_fail (self != NULL && metric != NULL, NULL);

  if (function == NULL)
    function = "";
  for (guint i = 0; i < self->n_series; i++)
    if (strcmp (self->series[i].function, function) == 0 &&
        strcmp (self->series[i].metric, metric) == 0)
      return self->series[i].points;
  return NULL;
}

/* ---- Invocations ---- */

static void
invocation_info_clear (FarInvocationInfo *self)
{
  g_free (self->request_id);
  g_free (self->function);
  g_free (self->route);
  g_free (self->outcome);
  g_free (self->error_type);
  g_free (self->version);
  g_free (self->trace_id);
  g_free (self->span_id);
  g_free (self->parent_span_id);
  g_free (self->article);
}

FAR_DEFINE_RC_BOXED (FarInvocationInfo, far_invocation_info, invocation_info_clear)

static FarInvocationInfo *
parse_invocation (JsonObject *object)
{
  FarInvocationInfo *self = g_rc_box_new0 (FarInvocationInfo);
  JsonObject *attributes = far_client_get_object (object, "attributes");

  self->request_id = far_client_dup_string (object, "request_id");
  self->function = far_client_dup_string (object, "function");
  self->route = far_client_dup_string (object, "route");
  self->outcome = far_client_dup_string (object, "outcome");
  self->error_type = far_client_dup_string (object, "error_type");
  self->arrival_us = far_client_get_int (object, "arrival_us", 0);
  self->queue_us = far_client_get_int (object, "queue_us", 0);
  self->start_us = far_client_get_int (object, "start_us", 0);
  self->init_us = far_client_get_int (object, "init_us", 0);
  self->duration_us = far_client_get_int (object, "duration_us", 0);
  self->overhead_us = far_client_get_int (object, "overhead_us", 0);
  self->memory_mb = far_client_get_int (object, "memory_mb", 0);
  self->memory_max_kb = far_client_get_int (object, "memory_max_kb", 0);
  self->cold = far_client_get_bool (object, "cold");
  self->version = far_client_dup_string (object, "version");
  self->trace_id = far_client_dup_string (object, "trace_id");
  self->span_id = far_client_dup_string (object, "span_id");
  self->parent_span_id = far_client_dup_string (object, "parent_span_id");
  self->article = attributes != NULL ? far_client_dup_string (attributes, "article")
                                     : g_strdup ("");
  self->spawn_us = far_client_get_int (object, "spawn_us", 0);
  self->billed_ms = far_client_get_int (object, "billed_ms", 0);
  self->at = far_client_get_int (object, "at", 0);
  return self;
}

GPtrArray *
far_invocations_parse (JsonObject  *object,
                       GError     **error)
{
  g_autoptr (GPtrArray) rows =
    g_ptr_array_new_with_free_func ((GDestroyNotify) far_invocation_info_unref);
  JsonArray *array = far_client_get_array (object, "invocations");
  guint n = array != NULL ? json_array_get_length (array) : 0;

  if (array == NULL || n > FAR_INVOCATIONS_MAX)
    {
      fail_protocol (error, "invocations");
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          fail_protocol (error, "invocations");
          return NULL;
        }
      g_ptr_array_add (rows, parse_invocation (json_node_get_object (node)));
    }
  return g_steal_pointer (&rows);
}

/* ---- Answers of a few fields ---- */

static void
invoke_result_clear (FarInvokeResult *self)
{
  g_free (self->function_error);
  g_free (self->payload);
  g_free (self->log);
  g_free (self->request_id);
}

FAR_DEFINE_RC_BOXED (FarInvokeResult, far_invoke_result, invoke_result_clear)

FarInvokeResult *
far_invoke_result_parse (JsonObject *object)
{
  FarInvokeResult *self = g_rc_box_new0 (FarInvokeResult);

  self->status = far_client_get_int (object, "status", 0);
  self->function_error = far_client_dup_string (object, "function_error");
  self->payload = far_client_dup_string (object, "payload");
  self->log = far_client_dup_string (object, "log");
  self->request_id = far_client_dup_string (object, "request_id");
  return self;
}

static void
ledger_verdict_clear (FarLedgerVerdict *self)
{
  g_free (self->root);
  g_free (self->message);
}

FAR_DEFINE_RC_BOXED (FarLedgerVerdict, far_ledger_verdict, ledger_verdict_clear)

FarLedgerVerdict *
far_ledger_verdict_parse (JsonObject *object)
{
  FarLedgerVerdict *self = g_rc_box_new0 (FarLedgerVerdict);

  self->ok = far_client_get_bool (object, "ok");
  self->transfers = far_client_get_int (object, "transfers", 0);
  self->root = far_client_dup_string (object, "root");
  self->checkpoints = far_client_get_int (object, "checkpoints", 0);
  self->first_bad = far_client_get_int (object, "first_bad", -1);
  self->message = far_client_dup_string (object, "message");
  return self;
}

static void
traffic_clear (FarTraffic *self)
{
  g_free (self->problem);
  g_free (self->first_error);
}

FAR_DEFINE_RC_BOXED (FarTraffic, far_traffic, traffic_clear)

FarTraffic *
far_traffic_parse (JsonObject *object)
{
  FarTraffic *self = g_rc_box_new0 (FarTraffic);
  JsonObject *report = far_client_get_object (object, "report");

  self->running = far_client_get_bool (object, "running");
  self->stopping = far_client_get_bool (object, "stopping");
  self->readers_per_second = far_client_get_double (object, "readers_per_second", 0);
  self->problem = far_client_dup_string (object, "problem");
  if (report == NULL)
    {
      self->first_error = g_strdup ("");
      return self;
    }
  self->first_error = far_client_dup_string (report, "first_error");
  self->unfilled = far_client_get_int (report, "unfilled", 0);
  self->shed = far_client_get_int (report, "shed", 0);
  self->arrivals = far_client_get_int (report, "arrivals", 0);
  self->pledges = far_client_get_int (report, "pledges", 0);
  self->ads = far_client_get_int (report, "ads", 0);
  self->left = far_client_get_int (report, "left", 0);
  self->refunds = far_client_get_int (report, "refunds", 0);
  self->errors = far_client_get_int (report, "errors", 0);
  self->throttles = far_client_get_int (report, "throttles", 0);
  self->acknowledged = far_client_get_int (report, "acknowledged", 0);
  self->p50_us = far_client_get_int (report, "p50_us", 0);
  self->p99_us = far_client_get_int (report, "p99_us", 0);
  return self;
}

static void
log_line_clear (FarLogLine *self)
{
  g_free (self->function);
  g_free (self->request_id);
  g_free (self->level);
  g_free (self->message);
}

FAR_DEFINE_RC_BOXED (FarLogLine, far_log_line, log_line_clear)

FarLogLine *
far_log_line_parse (JsonObject *object)
{
  FarLogLine *self = g_rc_box_new0 (FarLogLine);

  self->time_us = far_client_get_time_us (object, "time");
  self->function = far_client_dup_string (object, "function");
  self->request_id = far_client_dup_string (object, "request_id");
  self->level = far_client_dup_string (object, "level");
  self->message = far_client_dup_string (object, "message");
  return self;
}
