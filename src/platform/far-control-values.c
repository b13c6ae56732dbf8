/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how the control API writes its values: status, function, invocation, traffic. No state. */
#include "farthing-config.h"

#include "platform/far-control-private.h"

#include <math.h>
#include <unistd.h>

#include "base/far-trace.h"
#include "telemetry/far-notes.h"
#include "telemetry/far-price.h"

void
far_control_add_uuid (FarJsonWriter *writer, const char *name, const FarId *id)
{
  static const FarId zero;
  char uuid[FAR_UUID_LEN + 1];

  if (far_id_compare (id, &zero) == 0)
    {
      far_json_add_null (writer, name);
      return;
    }
  far_id_to_uuid (id, uuid);
  far_json_add_string (writer, name, uuid);
}

/* µs are whole; what a sketch adds to that is not known. */
static void
add_rounded (FarJsonWriter *writer, const char *name, double value)
{
  if (isnan (value))
    far_json_add_null (writer, name);
  else
    far_json_add_int (writer, name, (gint64) llround (value));
}

void
far_control_add_status (FarJsonWriter *writer, const char *name, FarControl *control)
{
  g_autofree char *problem = far_telemetry_dup_problem (control->telemetry);
  FarTemplate *tmpl = far_platform_get_template (control->platform);
  FarPlatformStatus status;

  far_platform_get_status (control->platform, &status);
  far_json_begin_object (writer, name);
  far_json_add_string (writer, "state", far_platform_state_to_string (status.state));
  far_json_add_string (writer, "version", FAR_VERSION);
  far_json_add_string (writer, "isolation", status.isolation);
  far_json_add_string (writer, "isolation_detail", status.isolation_detail);
  far_json_add_string (writer, "gateway", status.gateway_url);
  far_json_add_string (writer, "lambda", status.lambda_url);
  far_json_add_string (writer, "metrics", status.metrics_url);
  far_json_add_string (writer, "control", status.control_path);
  far_json_add_string (writer, "credentials", status.credentials_path);
  far_json_add_string (writer, "publisher_token", status.publisher_token_path);
  far_json_add_int (writer, "functions", status.n_functions);
  far_json_add_int (writer, "instances", status.n_instances);
  far_json_add_int (writer, "standing_by", status.n_standing_by);
  far_json_add_int (writer, "invocations",
                    (gint64) far_telemetry_n_invocations (control->telemetry));
  far_json_add_int (writer, "dropped", (gint64) far_telemetry_n_dropped (control->telemetry));
  far_json_add_string (writer, "telemetry_problem", problem);
  far_json_add_string (writer, "money", status.money);
  if (status.transfers >= 0)
    far_json_add_int (writer, "transfers", status.transfers);
  else
    far_json_add_null (writer, "transfers");
  far_json_add_int (writer, "pid", getpid ());
  far_json_add_int (writer, "started_us", status.started_us);
  far_json_add_int (writer, "now_us", far_clock_now_us (control->clock));
  far_json_add_bool (writer, "test_clock", far_clock_is_test (control->clock));
  far_json_add_int (writer, "seq", far_control_events_get_seq (control->events));
  far_json_begin_object (writer, "publication");
  far_json_add_string (writer, "title", control->title);
  far_json_add_string (writer, "template", far_template_get_path (tmpl));
  far_json_end_object (writer);
  far_json_begin_object (writer, "traffic");
  far_control_add_traffic (writer, control, FALSE);
  far_json_end_object (writer);
  far_json_end_object (writer);
}

void
far_control_add_traffic (FarJsonWriter *writer, FarControl *control, gboolean whole)
{
  FarTraffic *traffic = control->traffic;
  gboolean running = traffic != NULL && far_traffic_is_running (traffic);

  far_json_add_bool (writer, "running", running);
  far_json_add_double (writer, "readers_per_second",
                       running ? far_traffic_get_readers_per_second (traffic) : 0);
  if (!whole)
    return;
  far_json_add_bool (writer, "stopping", running && far_traffic_is_stopping (traffic));
  far_json_add_string (writer, "problem", far_traffic_get_problem (traffic));
  if (far_traffic_get_report (traffic) != NULL)
    far_json_add_node (writer, "report", far_traffic_get_report (traffic));
  else
    far_json_add_null (writer, "report");
}

static void
add_metric (FarJsonWriter *writer, const FarAggregate *aggregate, FarMetric metric)
{
  add_rounded (writer, far_metric_to_string (metric), far_aggregate_metric (aggregate, metric));
}

static void
add_counters (FarJsonWriter *writer, FarControl *control, const char *function, guint window_s)
{
  static const FarMetric of_all_time[] = {
    FAR_METRIC_INVOCATIONS, FAR_METRIC_ERRORS, FAR_METRIC_THROTTLES, FAR_METRIC_COLD_STARTS,
    FAR_METRIC_MEMORY_MAX,  FAR_METRIC_MB_MS,
  };
  static const FarMetric of_window[] = {
    FAR_METRIC_P50, FAR_METRIC_P90, FAR_METRIC_P99, FAR_METRIC_COLD_P50, FAR_METRIC_COLD_P99,
  };
  static const FarAggregate none;
  const FarPrice *price = far_price_at (far_clock_now_us (control->clock));
  const FarAggregate *all = far_telemetry_peek (control->telemetry, function);
  g_auto (FarAggregate) recent = FAR_AGGREGATE_INIT;
  guint i;

  if (all == NULL)
    all = &none;
  far_telemetry_recent (control->telemetry, function, window_s, &recent);
  for (i = 0; i < G_N_ELEMENTS (of_all_time); i++)
    add_metric (writer, all, of_all_time[i]);
  for (i = 0; i < G_N_ELEMENTS (of_window); i++)
    add_metric (writer, &recent, of_window[i]);
  far_json_add_int (writer, "window_n", (gint64) recent.duration.count);
  far_json_add_int (writer, "cost_picodollars",
                    far_price_cost (price, all->mb_ms, far_aggregate_invocations (all)));
}

void
far_control_add_function (FarJsonWriter *writer, FarControl *control,
                          const FarFunctionState *state, guint window_s)
{
  const FarTemplateFunction *spec = state->spec;

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "name", spec->name);
  far_json_add_string (writer, "runtime", spec->runtime);
  far_json_add_int (writer, "memory_mb", spec->memory_mb);
  far_json_add_int (writer, "timeout_s", spec->timeout_s);
  add_counters (writer, control, spec->name, window_s);
  far_json_add_int (writer, "concurrency", state->in_flight);
  far_json_add_int (writer, "instances", state->instances);
  far_json_add_int (writer, "async_queued", state->async_queued);
  far_json_add_int (writer, "route_count", state->n_routes);
  if (spec->reserved_concurrency >= 0)
    far_json_add_int (writer, "reserved_concurrency", spec->reserved_concurrency);
  else
    far_json_add_null (writer, "reserved_concurrency");
  far_json_end_object (writer);
}

typedef struct {
  FarJsonWriter *writer;
  FarControl    *control;
  guint          window_s;
} Visit;

static void
visit_function (const FarFunctionState *state, gpointer user_data)
{
  Visit *visit = user_data;

  far_control_add_function (visit->writer, visit->control, state, visit->window_s);
}

void
far_control_add_functions (FarJsonWriter *writer, const char *name, FarControl *control,
                           guint window_s)
{
  Visit visit = { writer, control, window_s };

  far_json_begin_array (writer, name);
  far_platform_foreach_function (control->platform, visit_function, &visit);
  far_json_end_array (writer);
}

void
far_control_add_id (FarJsonWriter *writer, const char *name, const FarId *id)
{
  static const FarId zero;
  char hex[FAR_ID_HEX_LEN + 1];

  if (far_id_compare (id, &zero) == 0)
    {
      far_json_add_null (writer, name);
      return;
    }
  far_id_to_hex (id, hex);
  far_json_add_string (writer, name, hex);
}

void
far_control_add_span (FarJsonWriter *writer, const char *name, guint64 span)
{
  char hex[FAR_SPAN_ID_HEX_LEN + 1];

  if (span == 0)
    {
      far_json_add_null (writer, name);
      return;
    }
  far_trace_span_to_hex (span, hex);
  far_json_add_string (writer, name, hex);
}

static void
add_notes (FarJsonWriter *writer, const FarInvocation *invocation)
{
  FarNotes notes;
  guint i;

  far_json_begin_object (writer, "attributes");
  if (invocation->notes != NULL && far_notes_parse (invocation->notes, &notes))
    for (i = 0; i < notes.n_attributes; i++)
      far_json_add_string (writer, notes.attributes[i].key, notes.attributes[i].value);
  far_json_end_object (writer);
}

void
far_control_add_invocation (FarJsonWriter *writer, const FarInvocation *invocation)
{
  far_json_begin_object (writer, NULL);
  far_control_add_uuid (writer, "request_id", &invocation->request_id);
  far_json_add_string (writer, "function", invocation->function);
  far_json_add_string (writer, "version", invocation->version);
  far_json_add_string (writer, "route", invocation->route);
  far_json_add_string (writer, "outcome", far_invocation_outcome_to_string (invocation->outcome));
  far_json_add_string (writer, "error_type", invocation->error_type);
  far_json_add_int (writer, "arrival_us", invocation->arrival_us);
  far_json_add_int (writer, "queue_us", invocation->queue_us);
  far_json_add_int (writer, "start_us", invocation->start_us);
  far_json_add_int (writer, "init_us", invocation->init_us);
  far_json_add_int (writer, "duration_us", invocation->duration_us);
  far_json_add_int (writer, "overhead_us", invocation->overhead_us);
  far_json_add_int (writer, "memory_mb", invocation->memory_mb);
  if (invocation->memory_max_kb > 0)
    far_json_add_int (writer, "memory_max_kb", invocation->memory_max_kb);
  else
    far_json_add_null (writer, "memory_max_kb");
  far_json_add_int (writer, "concurrency", invocation->concurrency);
  far_json_add_bool (writer, "cold", invocation->cold);
  far_json_add_int (writer, "billed_ms", far_invocation_billed_ms (invocation));
  far_json_add_int (writer, "mb_ms", far_invocation_mb_ms (invocation));
  if (invocation->spawn_us > 0)
    far_json_add_int (writer, "spawn_us", invocation->spawn_us);
  else
    far_json_add_null (writer, "spawn_us");
  far_control_add_id (writer, "trace_id", &invocation->trace_id);
  far_control_add_span (writer, "span_id", far_trace_span_of (&invocation->request_id));
  far_control_add_span (writer, "parent_span_id", invocation->parent_span);
  add_notes (writer, invocation);
  far_json_add_int (writer, "at", invocation->at);
  far_json_end_object (writer);
}
