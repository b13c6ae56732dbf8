/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/export of deployments that have no single records here: their series, their
 * functions and what both say together, as the source reports them. What it does not report is
 * empty in CSV, null in JSON and said in HTML; a percentile goes with the limits between which it
 * lies. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-query.h"
#include "telemetry/far-report.h"

#define COST_MAX 9.2e18 /* whole numbers of 64 bits */
#define HEAT_PIXELS_MAX 240

static const FarMetric columns[] = {
  FAR_METRIC_INVOCATIONS, FAR_METRIC_ERRORS, FAR_METRIC_THROTTLES,  FAR_METRIC_COLD_STARTS,
  FAR_METRIC_P50,         FAR_METRIC_P90,    FAR_METRIC_P99,        FAR_METRIC_MEMORY_MAX,
  FAR_METRIC_MB_MS,       FAR_METRIC_COST,   FAR_METRIC_CONCURRENCY,
};
static const FarMetric quantiles[] = { FAR_METRIC_P50, FAR_METRIC_P90, FAR_METRIC_P99 };

typedef struct {
  FarControlRequest *request;
  FarControlExportAsked asked;
  char            *function; /* nullable */
  FarSourceSeries *series;
  GPtrArray       *points;    /* (element-type FarSourceFunction): of the series, up to now */
  GPtrArray       *functions; /* (element-type FarSourceFunction) */
  FarSourceHeat   *heat;      /* nullable: of an overview as HTML, where there is one */
  char            *heat_missing; /* nullable: why there is none */
} Export;

static void
export_free (Export *self)
{
  g_clear_pointer (&self->asked.zone, g_time_zone_unref);
  g_clear_pointer (&self->series, far_source_series_free);
  g_clear_pointer (&self->points, g_ptr_array_unref);
  g_clear_pointer (&self->functions, g_ptr_array_unref);
  g_clear_pointer (&self->heat, far_source_heat_free);
  g_free (self->heat_missing);
  g_free (self->function);
  g_free (self);
}

static gint64
point_us (const Export *self, guint index)
{
  return self->series->from_us + index * self->series->step_us;
}

static gboolean
is_known (const FarSourceFunction *figures)
{
  guint i;

  for (i = 0; i < FAR_METRIC_N; i++)
    if (!isnan (figures->values[i]))
      return TRUE;
  return FALSE;
}

/* ---- CSV ---- */

static void
add_number (GString *csv, double value)
{
  g_string_append_c (csv, ',');
  if (!isnan (value) && fabs (value) < COST_MAX)
    g_string_append_printf (csv, "%" G_GINT64_FORMAT, (gint64) llround (value));
}

static void
add_titles (GString *csv)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (csv, ",%s", far_metric_to_string (columns[i]));
  for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
    g_string_append_printf (csv, ",%s_low,%s_high", far_metric_to_string (quantiles[i]),
                            far_metric_to_string (quantiles[i]));
  g_string_append (csv, "\r\n");
}

static void
add_figures (GString *csv, const FarSourceFunction *figures)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (columns); i++)
    add_number (csv, figures->values[columns[i]]);
  for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
    {
      add_number (csv, figures->low[quantiles[i]]);
      add_number (csv, figures->high[quantiles[i]]);
    }
  g_string_append (csv, "\r\n");
}

static char *
write_csv (gconstpointer collected, const char *query)
{
  const Export *self = collected;
  GString *csv = g_string_new (NULL);
  guint i;

  far_control_export_head (csv, &self->asked, query, self->request->deployment->id);
  g_string_append (csv, self->points != NULL ? "time,time_us" : "function");
  add_titles (csv);
  for (i = 0; self->points != NULL && i < self->points->len; i++)
    {
      const FarSourceFunction *point = g_ptr_array_index (self->points, i);

      /* What is not known has no row: it is not zero. */
      if (!is_known (point))
        continue;
      far_control_export_time (csv, &self->asked, point_us (self, i));
      add_figures (csv, point);
    }
  for (i = 0; self->points == NULL && i < self->functions->len; i++)
    {
      const FarSourceFunction *function = g_ptr_array_index (self->functions, i);

      far_control_export_cell (csv, function->name);
      add_figures (csv, function);
    }
  return g_string_free (csv, FALSE);
}

/* ---- JSON ---- */

static void
write_json_series (FarJsonWriter *writer, const Export *self)
{
  guint i;

  far_json_add_int (writer, "step_us", self->series->step_us);
  far_json_begin_array (writer, "series");
  for (i = 0; i < self->points->len; i++)
    {
      const FarSourceFunction *point = g_ptr_array_index (self->points, i);

      if (!is_known (point))
        continue;
      far_json_begin_object (writer, NULL);
      far_json_add_int (writer, "time_us", point_us (self, i));
      far_control_remote_add_figures (writer, point);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

static void
write_json_functions (FarJsonWriter *writer, const Export *self)
{
  guint i;

  far_json_begin_array (writer, "functions");
  for (i = 0; i < self->functions->len; i++)
    {
      const FarSourceFunction *function = g_ptr_array_index (self->functions, i);

      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "function", function->name);
      far_control_remote_add_figures (writer, function);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

static char *
write_json (gconstpointer collected, const char *query)
{
  const Export *self = collected;
  g_auto (FarJsonWriter) writer = { 0 };
  FarSourceAbilities abilities;

  far_source_describe (self->request->deployment->source, &abilities);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "view", far_control_export_view (&self->asked));
  far_json_add_string (&writer, "query", query);
  far_json_add_string (&writer, "zone", g_time_zone_get_identifier (self->asked.zone));
  far_json_add_int (&writer, "from_us", self->asked.from_us);
  far_json_add_int (&writer, "to_us", self->asked.to_us);
  far_json_add_string (&writer, "exactness", far_exactness_to_string (abilities.quantiles));
  if (self->points != NULL)
    write_json_series (&writer, self);
  if (self->functions != NULL)
    write_json_functions (&writer, self);
  far_control_add_source (&writer, self->request);
  far_json_end_object (&writer);
  return far_report_remove_keys (writer.text->str);
}

/* ---- HTML ---- */

static const char *
describe_exactness (FarExactness exactness)
{
  static const char *const texts[] = {
    [FAR_EXACTNESS_NONE] = "Not reported",
    [FAR_EXACTNESS_SKETCH] = "Exact to 0.55 %",
    [FAR_EXACTNESS_BUCKET] = "As fine as the buckets of the source; the truth lies in the range "
                             "that is shown",
    [FAR_EXACTNESS_PROVIDER] = "As the provider computed them for each step; those of several "
                               "functions cannot be put together",
  };

  return texts[exactness];
}

static FarReportRow
make_row (const char *name, const FarSourceFunction *function)
{
  return (FarReportRow){ name, function->values, function->low, function->high };
}

/* A metric of all points in a row. Returns: (transfer full) (nullable) */
static double *
collect (const Export *self, FarMetric metric)
{
  double *values = g_new (double, self->points->len + 1);
  guint i;

  for (i = 0; i < self->points->len; i++)
    values[i] = ((FarSourceFunction *) g_ptr_array_index (self->points, i))->values[metric];
  return values;
}

/* What is behind now has not been. Returns: (nullable): heat */
static const FarReportHeat *
take_heat (const Export *self, FarReportHeat *heat)
{
  const FarSourceHeat *found = self->heat;

  if (found == NULL)
    return NULL;
  heat->start_us = found->from_us;
  heat->step_us = found->step_us;
  heat->n_rows = found->n_rows;
  heat->edges = found->edges;
  heat->counts = found->counts;
  heat->open_top = found->open_top;
  for (heat->n_columns = 0; heat->n_columns < found->n_columns &&
       found->from_us + heat->n_columns * found->step_us <= found->now_us;)
    heat->n_columns++;
  return heat;
}

static char *
write_html (gconstpointer collected, const char *query)
{
  const Export *self = collected;
  FarControlRequest *request = self->request;
  gint64 at_us = self->asked.from_us + (self->asked.to_us - self->asked.from_us) / 2;
  g_autoptr (FarSourceFunction) total = far_control_remote_total (request, self->functions, at_us);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (FarReportRow));
  FarSourceAbilities abilities;
  FarReportHeat heat = { 0 };
  FarReportFigures figures = {
    .from_us = self->asked.from_us,
    .to_us = self->asked.to_us,
    .start_us = self->series->from_us,
    .step_us = self->series->step_us,
    .n_points = self->points->len,
    .functions = rows,
    .total = make_row ("All together", total),
    .price = far_control_remote_price (request, FALSE, at_us),
    .heat = take_heat (self, &heat),
    .heat_missing = self->heat_missing,
  };
  const FarReport report = {
    .title = request->deployment->name,
    .deployment = request->deployment->id,
    .function = self->function,
    .query = query,
    .zone = self->asked.zone,
    .now_us = far_clock_now_us (request->control->clock),
    .figures = &figures,
    .reported = far_control_reported (request),
  };
  guint i;

  far_source_describe (request->deployment->source, &abilities);
  figures.exactness = describe_exactness (abilities.quantiles);
  for (i = 0; i < FAR_METRIC_N; i++)
    {
      double *values = collect (self, i);

      g_ptr_array_add (kept, values);
      figures.values[i] = values;
      figures.low[i] = self->series->low[i];
      figures.high[i] = self->series->high[i];
    }
  for (i = 0; i < self->functions->len; i++)
    {
      const FarSourceFunction *function = g_ptr_array_index (self->functions, i);
      const FarReportRow row = make_row (function->name, function);

      g_array_append_val (rows, row);
    }
  return far_report_to_html (&report);
}

/* ---- Asking: series, functions, then the heat map ---- */

static void
answer (Export *self)
{
  static const FarControlExportWriters writers = { write_csv, write_json, write_html };

  far_control_answer_export (self->request, &self->asked, &writers, self);
  export_free (self);
}

static void
on_heat (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Export *self = user_data;
  GError *error = NULL;

  self->heat = far_source_heat_finish (FAR_SOURCE (object), result, &error);
  /* What the source has no histogram of is said in its place. */
  if (self->request->control != NULL &&
      g_error_matches (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_UNSUPPORTED))
    {
      self->heat_missing = g_strdup (error->message);
      g_clear_error (&error);
    }
  if (far_control_take (self->request, error == NULL, error))
    answer (self);
  else
    export_free (self);
}

static void
ask_heat (Export *self)
{
  const guint pixels = (guint) MIN (self->asked.pixels, HEAT_PIXELS_MAX);
  FarSourceSeriesQuery query = {
    .function = self->function,
    .from_us = self->asked.from_us,
    .to_us = self->asked.to_us,
    .step_us = far_query_step_for (self->asked.from_us, self->asked.to_us, pixels),
  };

  query.step_us -= query.step_us % G_USEC_PER_SEC;
  far_source_heat_async (self->request->deployment->source, &query, self->request->cancellable,
                         on_heat, self);
}

static void
on_functions (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Export *self = user_data;
  gint64 at_us = self->asked.from_us + (self->asked.to_us - self->asked.from_us) / 2;
  GError *error = NULL;
  guint i;

  self->functions = far_source_functions_finish (FAR_SOURCE (object), result, &error);
  if (!far_control_take (self->request, self->functions != NULL, error))
    {
      export_free (self);
      return;
    }
  for (i = 0; i < self->functions->len; i++)
    far_control_remote_derive (self->request, g_ptr_array_index (self->functions, i), at_us);
  if (self->asked.format == FAR_EXPORT_HTML)
    ask_heat (self);
  else
    answer (self);
}

static void
ask_functions (Export *self)
{
  far_source_functions_async (self->request->deployment->source, self->function,
                              self->asked.from_us, self->asked.to_us, self->request->cancellable,
                              on_functions, self);
}

static FarSourceFunction *
make_point (Export *self, guint index)
{
  FarSourceFunction *point = far_source_function_new ("");
  guint i;

  point->arm = self->series->arm;
  for (i = 0; i < FAR_METRIC_N; i++)
    {
      if (self->series->values[i] != NULL)
        point->values[i] = self->series->values[i][index];
      if (self->series->low[i] != NULL)
        point->low[i] = self->series->low[i][index];
      if (self->series->high[i] != NULL)
        point->high[i] = self->series->high[i][index];
    }
  far_control_remote_derive (self->request, point, point_us (self, index));
  return point;
}

static void
on_series (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Export *self = user_data;
  GError *error = NULL;
  guint i;

  self->series = far_source_series_finish (FAR_SOURCE (object), result, &error);
  if (!far_control_take (self->request, self->series != NULL, error))
    {
      export_free (self);
      return;
    }
  self->points = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_function_free);
  for (i = 0; i < self->series->n_points && point_us (self, i) <= self->series->now_us; i++)
    g_ptr_array_add (self->points, make_point (self, i));
  if (self->asked.view == FAR_EXPORT_OVERVIEW)
    ask_functions (self);
  else
    answer (self);
}

static void
ask_series (Export *self)
{
  guint pixels = (guint) MIN (self->asked.pixels, FAR_SOURCE_POINTS_MAX / 2);
  FarSourceSeriesQuery query = {
    .function = self->function,
    .metrics = (1u << FAR_METRIC_N) - 1,
    .from_us = self->asked.from_us,
    .to_us = self->asked.to_us,
    .step_us = far_query_step_for (self->asked.from_us, self->asked.to_us, pixels),
  };

  query.step_us -= query.step_us % G_USEC_PER_SEC;
  far_source_series_async (self->request->deployment->source, &query, self->request->cancellable,
                           on_series, self);
}

static gboolean
reports_view (FarControlRequest *request, FarControlExportView view)
{
  if (view != FAR_EXPORT_INVOCATIONS)
    return TRUE;
  far_control_error (request, SOUP_STATUS_NOT_IMPLEMENTED, "not_reported",
                     "%s: a deployment of the kind %s does not report single invocations; export "
                     "its overview, series or functions", request->deployment->id,
                     request->deployment->kind);
  return FALSE;
}

void
far_control_remote_export (FarControlRequest *request)
{
  const char *function = g_hash_table_lookup (request->query, "function");
  Export *self = g_new0 (Export, 1);

  self->request = request;
  if (!far_control_remote_is_ready (request) || !far_control_read_export (request, &self->asked) ||
      !reports_view (request, self->asked.view))
    {
      export_free (self);
      return;
    }
  self->function = function != NULL && *function != '\0' ? g_strdup (function) : NULL;
  far_control_request_pause (request);
  if (self->asked.view == FAR_EXPORT_FUNCTIONS)
    ask_functions (self);
  else
    ask_series (self);
}
