/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/export: a view as a file. What it needs is asked one after the other, then written:
 * HTML by far-report, CSV and JSON here. Every file says range, zone and query; readers' keys are
 * taken out of texts, and a cell cannot be a formula. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-price.h"
#include "telemetry/far-query.h"
#include "telemetry/far-report.h"

#define SLOWEST_MAX 20
#define ANNOTATIONS_MAX 500

static const FarMetric columns[] = {
  FAR_METRIC_INVOCATIONS, FAR_METRIC_ERRORS, FAR_METRIC_THROTTLES, FAR_METRIC_COLD_STARTS,
  FAR_METRIC_P50,         FAR_METRIC_P90,    FAR_METRIC_P99,       FAR_METRIC_MEMORY_MAX,
  FAR_METRIC_MB_MS,
};

typedef struct {
  FarControlRequest *request;
  FarControlExportAsked asked;
  char       *function; /* nullable */
  guint       reported; /* FAR_METRIC_MASK… */
  FarSeries  *series;
  FarSummary *summary;
  GPtrArray  *annotations;
  GArray     *invocations;
} Export;

static void
export_free (Export *self)
{
  g_clear_pointer (&self->asked.zone, g_time_zone_unref);
  g_clear_pointer (&self->series, far_series_free);
  g_clear_pointer (&self->summary, far_summary_free);
  g_clear_pointer (&self->annotations, g_ptr_array_unref);
  g_clear_pointer (&self->invocations, g_array_unref);
  g_free (self->function);
  g_free (self);
}

/* ---- CSV (RFC 4180) ---- */

/* What is not known or not reported is an empty cell. */
static void
add_metrics (GString *csv, const Export *self, const FarAggregate *aggregate, gint64 at_us)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      double value = far_aggregate_metric (aggregate, columns[i]);

      g_string_append_c (csv, ',');
      if (!isnan (value) && (self->reported & FAR_METRIC_MASK (columns[i])) != 0)
        g_string_append_printf (csv, "%" G_GINT64_FORMAT, (gint64) llround (value));
    }
  if ((self->reported & FAR_METRIC_MASK (FAR_METRIC_COST)) != 0)
    g_string_append_printf (csv, ",%" G_GINT64_FORMAT "\r\n",
                            far_price_cost (far_price_at (at_us), aggregate->mb_ms,
                                            far_aggregate_invocations (aggregate)));
  else
    g_string_append (csv, ",\r\n");
}

static void
add_metric_titles (GString *csv)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (csv, ",%s", far_metric_to_string (columns[i]));
  g_string_append (csv, ",cost_picodollars\r\n");
}

static void
write_csv_series (GString *csv, const Export *self)
{
  guint i;

  g_string_append (csv, "time,time_us");
  add_metric_titles (csv);
  for (i = 0; i < self->series->n_points; i++)
    {
      gint64 at_us = self->series->from_us + i * self->series->step_us;

      /* What is not known has no row: it is not zero. */
      if (!self->series->known[i])
        continue;
      far_control_export_time (csv, &self->asked, at_us);
      add_metrics (csv, self, &self->series->points[i], at_us);
    }
}

static void
write_csv_functions (GString *csv, const Export *self)
{
  guint i;

  g_string_append (csv, "function");
  add_metric_titles (csv);
  for (i = 0; i < self->summary->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (self->summary->groups, i);

      far_control_export_cell (csv, group->key);
      add_metrics (csv, self, &group->aggregate, self->summary->from_us);
    }
}

static void
write_csv_invocations (GString *csv, const Export *self)
{
  guint i;

  g_string_append (csv, "time,time_us,function,version,route,outcome,error_type,cold,queue_us,"
                   "start_us,init_us,duration_us,overhead_us,memory_mb,memory_max_kb,billed_ms,"
                   "request_id,trace_id\r\n");
  for (i = 0; i < self->invocations->len; i++)
    {
      const FarInvocation *row = &g_array_index (self->invocations, FarInvocation, i);
      const char *const texts[] = { row->function, row->version, row->route,
                                    far_invocation_outcome_to_string (row->outcome),
                                    row->error_type };
      const gint64 numbers[] = { row->cold, row->queue_us, row->start_us, row->init_us,
                                 row->duration_us, row->overhead_us, row->memory_mb,
                                 row->memory_max_kb, far_invocation_billed_ms (row) };
      char id[FAR_UUID_LEN + 1], trace[FAR_ID_HEX_LEN + 1];
      guint k;

      far_control_export_time (csv, &self->asked, row->arrival_us);
      for (k = 0; k < G_N_ELEMENTS (texts); k++)
        {
          g_string_append_c (csv, ',');
          far_control_export_cell (csv, texts[k]);
        }
      for (k = 0; k < G_N_ELEMENTS (numbers); k++)
        g_string_append_printf (csv, ",%" G_GINT64_FORMAT, numbers[k]);
      far_id_to_uuid (&row->request_id, id);
      far_id_to_hex (&row->trace_id, trace);
      g_string_append_printf (csv, ",%s,%s\r\n", id, trace);
    }
}

static char *
write_csv (gconstpointer collected, const char *query)
{
  const Export *self = collected;
  GString *csv = g_string_new (NULL);

  far_control_export_head (csv, &self->asked, query, NULL);
  if (self->asked.view == FAR_EXPORT_SERIES)
    write_csv_series (csv, self);
  else if (self->asked.view == FAR_EXPORT_FUNCTIONS)
    write_csv_functions (csv, self);
  else
    write_csv_invocations (csv, self);
  return g_string_free (csv, FALSE);
}

/* ---- JSON ---- */

static void
write_json_series (FarJsonWriter *writer, const Export *self)
{
  guint i;

  far_json_add_int (writer, "step_us", self->series->step_us);
  far_json_begin_array (writer, "series");
  for (i = 0; i < self->series->n_points; i++)
    {
      gint64 at_us = self->series->from_us + i * self->series->step_us;

      if (!self->series->known[i])
        continue;
      far_json_begin_object (writer, NULL);
      far_json_add_int (writer, "time_us", at_us);
      far_control_add_figures (writer, &self->series->points[i], at_us, at_us, self->reported);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

static void
write_json_functions (FarJsonWriter *writer, const Export *self)
{
  const FarSummary *summary = self->summary;
  guint i;

  far_json_begin_array (writer, "functions");
  for (i = 0; i < summary->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (summary->groups, i);

      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "function", group->key);
      far_control_add_figures (writer, &group->aggregate, summary->from_us, summary->to_us,
                               self->reported);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

static char *
write_json (gconstpointer collected, const char *query)
{
  const Export *self = collected;
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "view", far_control_export_view (&self->asked));
  far_json_add_string (&writer, "query", query);
  far_json_add_string (&writer, "zone", g_time_zone_get_identifier (self->asked.zone));
  far_json_add_int (&writer, "from_us", self->asked.from_us);
  far_json_add_int (&writer, "to_us", self->asked.to_us);
  if (self->series != NULL)
    write_json_series (&writer, self);
  if (self->summary != NULL)
    write_json_functions (&writer, self);
  if (self->annotations != NULL)
    {
      far_json_begin_array (&writer, "annotations");
      for (i = 0; i < self->annotations->len; i++)
        {
          const FarAnnotationRecord *record = g_ptr_array_index (self->annotations, i);
          g_autofree char *text = far_report_clean (record->text);

          far_json_begin_object (&writer, NULL);
          far_json_add_int (&writer, "time_us", record->time_us);
          far_json_add_string (&writer, "kind", record->kind);
          far_json_add_string (&writer, "function", record->function);
          far_json_add_string (&writer, "text", text);
          far_json_end_object (&writer);
        }
      far_json_end_array (&writer);
    }
  if (self->invocations != NULL)
    {
      far_json_begin_array (&writer, "invocations");
      for (i = 0; i < self->invocations->len; i++)
        far_control_add_invocation (&writer,
                                    &g_array_index (self->invocations, FarInvocation, i));
      far_json_end_array (&writer);
    }
  far_json_end_object (&writer);
  return far_report_remove_keys (writer.text->str);
}

/* ---- HTML ---- */

static char *
write_html (gconstpointer collected, const char *query)
{
  const Export *self = collected;
  FarControlRequest *request = self->request;
  FarControl *control = request->control;
  const FarReport report = {
    .title = request->deployment != NULL ? request->deployment->name : control->title,
    .deployment = request->deployment != NULL ? request->deployment->id : "this machine",
    .function = self->function,
    .query = query,
    .zone = self->asked.zone,
    .now_us = far_clock_now_us (control->clock),
    .series = self->series,
    .summary = self->summary,
    .annotations = self->annotations,
    .slowest = self->invocations,
    .reported = self->reported,
    .n_dropped = far_telemetry_n_dropped (request->telemetry),
  };

  return far_report_to_html (&report);
}

static void
answer (Export *self)
{
  static const FarControlExportWriters writers = { write_csv, write_json, write_html };

  far_control_answer_export (self->request, &self->asked, &writers, self);
  export_free (self);
}

/* ---- Asking, step by step ---- */

static void go_on (Export *self);

/* FALSE: it is over. */
static gboolean
take (Export *self, gpointer result, GError *error)
{
  if (far_control_take (self->request, result != NULL, error))
    return TRUE;
  export_free (self);
  return FALSE;
}

static void
on_series (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Export *self = user_data;
  GError *error = NULL;

  self->series = far_telemetry_series_finish (NULL, result, &error);
  if (take (self, self->series, error))
    go_on (self);
}

static void
on_summary (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Export *self = user_data;
  GError *error = NULL;

  self->summary = far_telemetry_summary_finish (NULL, result, &error);
  if (take (self, self->summary, error))
    go_on (self);
}

static void
on_annotations (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Export *self = user_data;
  GError *error = NULL;

  self->annotations = far_telemetry_annotations_finish (NULL, result, &error);
  if (take (self, self->annotations, error))
    go_on (self);
}

static void
on_invocations (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Export *self = user_data;
  GError *error = NULL;

  self->invocations = far_telemetry_invocations_finish (NULL, result, &error);
  if (take (self, self->invocations, error))
    go_on (self);
}

static void
ask_series (Export *self)
{
  const FarSeriesQuery query = { self->function, self->asked.from_us, self->asked.to_us,
                                 far_query_step_for (self->asked.from_us, self->asked.to_us,
                                                     (guint) self->asked.pixels) };

  far_telemetry_series_async (self->request->telemetry, &query, self->request->cancellable,
                              on_series, self);
}

static void
ask_summary (Export *self)
{
  const FarSummaryQuery query = { self->function, self->asked.from_us, self->asked.to_us,
                                  FAR_GROUP_FUNCTION };

  far_telemetry_summary_async (self->request->telemetry, &query, self->request->cancellable,
                               on_summary, self);
}

static void
ask_annotations (Export *self)
{
  const FarAnnotationQuery query = { .from_us = self->asked.from_us, .to_us = self->asked.to_us,
                                     .limit = ANNOTATIONS_MAX };

  far_telemetry_annotations_async (self->request->telemetry, &query, self->request->cancellable,
                                   on_annotations, self);
}

static void
ask_invocations (Export *self)
{
  const FarInvocationQuery query = {
    .function = self->function,
    .from_us = self->asked.from_us,
    .to_us = self->asked.to_us,
    .slowest = self->asked.view == FAR_EXPORT_OVERVIEW,
    .limit = self->asked.view == FAR_EXPORT_OVERVIEW ? SLOWEST_MAX : (guint) self->asked.limit,
  };

  far_telemetry_invocations_async (self->request->telemetry, &query, self->request->cancellable,
                                   on_invocations, self);
}

static gboolean
wants (const Export *self, FarControlExportView view)
{
  return self->asked.view == FAR_EXPORT_OVERVIEW || self->asked.view == view;
}

static gboolean
is_short (const FarControlExportAsked *asked)
{
  return asked->to_us - asked->from_us <= G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;
}

static void
go_on (Export *self)
{
  if (self->series == NULL && wants (self, FAR_EXPORT_SERIES))
    ask_series (self);
  else if (self->summary == NULL && wants (self, FAR_EXPORT_FUNCTIONS))
    ask_summary (self);
  else if (self->annotations == NULL && self->asked.view == FAR_EXPORT_OVERVIEW)
    ask_annotations (self);
  /* The longest of a long range would mean reading every row of it. */
  else if (self->invocations == NULL &&
           (self->asked.view == FAR_EXPORT_INVOCATIONS ||
            (self->asked.view == FAR_EXPORT_OVERVIEW && is_short (&self->asked))))
    ask_invocations (self);
  else
    answer (self);
}

void
far_control_get_export (FarControlRequest *request)
{
  Export *self = g_new0 (Export, 1);
  const char *function;

  self->request = request;
  self->reported = far_control_reported (request);
  if (!far_control_read_export (request, &self->asked) ||
      !far_control_query_function (request, &function))
    {
      export_free (self);
      return;
    }
  self->function = g_strdup (function);
  far_control_request_pause (request);
  go_on (self);
}
