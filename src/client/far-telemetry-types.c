/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the way from the control API's answers about telemetry to structs. */
#include "client/far-telemetry-types.h"

#include <stdarg.h>
#include <string.h>

#include "client/far-boxed-private.h"
#include "client/far-client-private.h"

#define GROUPS_MAX 10000
#define CELLS_MAX 2000000
#define SPANS_MAX 10000
/* So that a beginning and a duration can be added up, whatever somebody sent. */
#define SPAN_TIME_MAX (G_MAXINT64 / 4)
#define LIST_MAX 10000

char *
far_platform_url (const char *path,
                  const char *name,
                  ...)
{
  GString *url = g_string_new (path);
  char separator = '?';
  va_list pairs;

  va_start (pairs, name);
  for (; name != NULL; name = va_arg (pairs, const char *))
    {
      const char *value = va_arg (pairs, const char *);

      if (value == NULL || *value == '\0')
        continue;
      g_string_append_printf (url, "%c%s=", separator, name);
      g_string_append_uri_escaped (url, value, NULL, FALSE);
      separator = '&';
    }
  va_end (pairs);
  return g_string_free (url, FALSE);
}

static gpointer
fail (GError     **error,
      const char  *what)
{
  g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
               "The answer has no %s that can be read; is the platform of another version?", what);
  return NULL;
}

/* The objects of a list; NULL if it is none, or too long. */
static JsonArray *
take_list (JsonObject  *object,
           const char  *name,
           guint        n_max,
           GError     **error)
{
  JsonArray *array = far_client_get_array (object, name);

  if (array == NULL || json_array_get_length (array) > n_max)
    return fail (error, name);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)))
      return fail (error, name);
  return array;
}

/* ---- Summaries ---- */

static FarQuantile
parse_quantile (JsonObject *object,
                const char *name)
{
  JsonObject *quantile = far_client_get_object (object, name);
  FarQuantile self = { .known = quantile != NULL };

  if (quantile == NULL)
    return self;
  self.value = far_client_get_int (quantile, "value", 0);
  self.low = far_client_get_int (quantile, "low", G_MININT64);
  self.high = far_client_get_int (quantile, "high", G_MAXINT64);
  if (self.low == G_MININT64 && self.high == G_MAXINT64)
    self.low = self.high = self.value; /* nothing is said: it is exact */
  return self;
}

static FarFigures
parse_figures (JsonObject *object)
{
  FarFigures self = {
    .n = far_client_get_int (object, "n", -1),
    .invocations = far_client_get_int (object, "invocations", -1),
    .errors = far_client_get_int (object, "errors", -1),
    .throttles = far_client_get_int (object, "throttles", -1),
    .cold_starts = far_client_get_int (object, "cold_starts", -1),
    .cold_n = far_client_get_int (object, "cold_n", -1),
    .error_ppm = far_client_get_int (object, "error_ppm", -1),
    .cold_ppm = far_client_get_int (object, "cold_ppm", -1),
    .throttle_ppm = far_client_get_int (object, "throttle_ppm", -1),
    .mean_us = far_client_get_int (object, "mean_us", -1),
    .min_us = far_client_get_int (object, "min_us", -1),
    .max_us = far_client_get_int (object, "max_us", -1),
    .concurrency = far_client_get_int (object, "concurrency", -1),
    .memory_max_kb = far_client_get_int (object, "memory_max_kb", -1),
    .mb_ms = far_client_get_int (object, "mb_ms", -1),
    .cost_picodollars = far_client_get_int (object, "cost_picodollars", -1),
    .p50_us = parse_quantile (object, "p50_us"),
    .p90_us = parse_quantile (object, "p90_us"),
    .p99_us = parse_quantile (object, "p99_us"),
    .cold_p50_us = parse_quantile (object, "cold_p50_us"),
    .cold_p99_us = parse_quantile (object, "cold_p99_us"),
  };

  return self;
}

static void
summary_info_clear (FarSummaryInfo *self)
{
  for (guint i = 0; i < self->n_groups; i++)
    {
      g_free (self->groups[i].key);
      g_free (self->groups[i].function);
    }
  g_free (self->groups);
  g_free (self->price_since);
}

FAR_DEFINE_RC_BOXED (FarSummaryInfo, far_summary_info, summary_info_clear)

static void
parse_group (JsonObject      *object,
             FarFiguresGroup *group)
{
  JsonObject *baseline = far_client_get_object (object, "baseline");

  group->key = far_client_dup_string (object, "key");
  group->function = far_client_dup_string (object, "function");
  group->figures = parse_figures (object);
  group->has_baseline = baseline != NULL;
  if (baseline != NULL)
    group->baseline = parse_figures (baseline);
}

FarSummaryInfo *
far_summary_info_parse (JsonObject  *object,
                        GError     **error)
{
  g_autoptr (FarSummaryInfo) self = g_rc_box_new0 (FarSummaryInfo);
  JsonArray *groups = take_list (object, "groups", GROUPS_MAX, error);
  JsonObject *total = far_client_get_object (object, "total");
  JsonObject *price = far_client_get_object (object, "price");
  JsonObject *baseline = far_client_get_object (object, "baseline");

  if (groups == NULL)
    return NULL;
  if (total == NULL)
    return fail (error, "total");
  self->from_us = far_client_get_int (object, "from_us", 0);
  self->to_us = far_client_get_int (object, "to_us", 0);
  self->now_us = far_client_get_int (object, "now_us", 0);
  self->known_us = far_client_get_int (object, "known_us", 0);
  self->price_since = price != NULL ? far_client_dup_string (price, "since") : g_strdup ("");
  self->total = parse_figures (total);
  self->groups = g_new0 (FarFiguresGroup, json_array_get_length (groups) + 1);
  for (; self->n_groups < json_array_get_length (groups); self->n_groups++)
    parse_group (json_array_get_object_element (groups, self->n_groups),
                 &self->groups[self->n_groups]);
  total = baseline != NULL ? far_client_get_object (baseline, "total") : NULL;
  self->has_baseline = total != NULL;
  if (total != NULL)
    {
      self->baseline_from_us = far_client_get_int (baseline, "from_us", 0);
      self->baseline_to_us = far_client_get_int (baseline, "to_us", 0);
      self->baseline = parse_figures (total);
    }
  return g_steal_pointer (&self);
}

/* ---- Heat maps ---- */

static void
heatmap_info_clear (FarHeatmapInfo *self)
{
  g_free (self->edges);
  g_free (self->counts);
}

FAR_DEFINE_RC_BOXED (FarHeatmapInfo, far_heatmap_info, heatmap_info_clear)

/* FALSE for a column that does not fit the rows. */
static gboolean
parse_column (FarHeatmapInfo *self,
              guint           index,
              JsonNode       *node)
{
  gint64 *column = self->counts + (gsize) index * self->n_rows;
  JsonArray *counts;
  gint64 first;

  for (guint i = 0; i < self->n_rows; i++)
    column[i] = JSON_NODE_HOLDS_OBJECT (node) ? 0 : -1;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return JSON_NODE_HOLDS_NULL (node);
  counts = far_client_get_array (json_node_get_object (node), "counts");
  first = far_client_get_int (json_node_get_object (node), "first", -1);
  if (counts == NULL || first < 0 || first > self->n_rows ||
      json_array_get_length (counts) > self->n_rows - first)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (counts); i++)
    {
      JsonNode *count = json_array_get_element (counts, i);

      if (!JSON_NODE_HOLDS_VALUE (count))
        return FALSE;
      column[first + i] = MAX (json_node_get_int (count), 0);
    }
  return TRUE;
}

static gboolean
parse_edges (FarHeatmapInfo *self,
             JsonArray      *edges)
{
  guint n = json_array_get_length (edges);

  self->n_rows = n > 0 ? n - 1 : 0;
  self->edges = g_new0 (double, n + 1);
  for (guint i = 0; i < n; i++)
    {
      JsonNode *edge = json_array_get_element (edges, i);

      if (!JSON_NODE_HOLDS_VALUE (edge))
        return FALSE;
      self->edges[i] = json_node_get_double (edge);
      if (i > 0 && !(self->edges[i] > self->edges[i - 1]))
        return FALSE;
    }
  return n != 1;
}

FarHeatmapInfo *
far_heatmap_info_parse (JsonObject  *object,
                        GError     **error)
{
  g_autoptr (FarHeatmapInfo) self = g_rc_box_new0 (FarHeatmapInfo);
  JsonArray *edges = far_client_get_array (object, "row_us");
  JsonArray *columns = far_client_get_array (object, "columns");

  if (edges == NULL || columns == NULL || !parse_edges (self, edges))
    return fail (error, "heat map");
  self->n_columns = json_array_get_length (columns);
  if ((guint64) self->n_columns * self->n_rows > CELLS_MAX)
    return fail (error, "heat map");
  self->from_us = far_client_get_int (object, "from_us", 0);
  self->to_us = far_client_get_int (object, "to_us", 0);
  self->step_us = far_client_get_int (object, "step_us", 0);
  self->now_us = far_client_get_int (object, "now_us", 0);
  self->max = far_client_get_int (object, "max", 0);
  self->n = far_client_get_int (object, "n", 0);
  self->counts = g_new0 (gint64, (gsize) self->n_columns * self->n_rows + 1);
  for (guint i = 0; i < self->n_columns; i++)
    if (!parse_column (self, i, json_array_get_element (columns, i)))
      return fail (error, "heat map");
  return g_steal_pointer (&self);
}

/* ---- Traces ---- */

static void
trace_head_clear (FarTraceHead *self)
{
  g_free (self->trace_id);
  g_free (self->name);
  g_free (self->function);
}

FAR_DEFINE_RC_BOXED (FarTraceHead, far_trace_head, trace_head_clear)

GPtrArray *
far_trace_heads_parse (JsonObject  *object,
                       GError     **error)
{
  JsonArray *list = take_list (object, "traces", LIST_MAX, error);
  GPtrArray *heads;

  if (list == NULL)
    return NULL;
  heads = g_ptr_array_new_with_free_func ((GDestroyNotify) far_trace_head_unref);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *one = json_array_get_object_element (list, i);
      FarTraceHead *head = g_rc_box_new0 (FarTraceHead);

      head->trace_id = far_client_dup_string (one, "trace_id");
      head->name = far_client_dup_string (one, "name");
      head->function = far_client_dup_string (one, "function");
      head->start_us = far_client_get_int (one, "start_us", 0);
      head->duration_us = far_client_get_int (one, "duration_us", 0);
      head->invocations = far_client_get_int (one, "invocations", 0);
      head->errors = far_client_get_int (one, "errors", 0);
      g_ptr_array_add (heads, head);
    }
  return heads;
}

static void
trace_info_clear (FarTraceInfo *self)
{
  for (guint i = 0; i < self->n_spans; i++)
    {
      FarSpanInfo *span = &self->spans[i];

      g_free (span->span_id);
      g_free (span->parent_id);
      g_free (span->kind);
      g_free (span->name);
      g_free (span->function);
      g_free (span->status);
      g_free (span->outcome);
      g_free (span->request_id);
      json_object_unref (span->attributes);
    }
  g_free (self->spans);
  g_free (self->trace_id);
}

FAR_DEFINE_RC_BOXED (FarTraceInfo, far_trace_info, trace_info_clear)

static void
parse_span (JsonObject  *object,
            FarSpanInfo *span)
{
  JsonObject *attributes = far_client_get_object (object, "attributes");

  span->span_id = far_client_dup_string (object, "span_id");
  span->parent_id = far_client_dup_string (object, "parent_id");
  span->kind = far_client_dup_string (object, "kind");
  span->name = far_client_dup_string (object, "name");
  span->function = far_client_dup_string (object, "function");
  span->status = far_client_dup_string (object, "status");
  span->outcome = far_client_dup_string (object, "outcome");
  span->request_id = far_client_dup_string (object, "request_id");
  span->start_us = CLAMP (far_client_get_int (object, "start_us", 0), 0, SPAN_TIME_MAX);
  span->duration_us = CLAMP (far_client_get_int (object, "duration_us", 0), 0, SPAN_TIME_MAX);
  span->attributes = attributes != NULL ? json_object_ref (attributes) : json_object_new ();
}

FarTraceInfo *
far_trace_info_parse (JsonObject  *object,
                      GError     **error)
{
  JsonArray *list = take_list (object, "spans", SPANS_MAX, error);
  g_autoptr (GHashTable) depths = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (FarTraceInfo) self = NULL;

  if (list == NULL)
    return NULL;
  self = g_rc_box_new0 (FarTraceInfo);
  self->trace_id = far_client_dup_string (object, "trace_id");
  self->start_us = far_client_get_int (object, "start_us", 0);
  self->duration_us = far_client_get_int (object, "duration_us", 0);
  self->complete = far_client_get_bool (object, "complete");
  self->spans = g_new0 (FarSpanInfo, json_array_get_length (list) + 1);
  for (; self->n_spans < json_array_get_length (list); self->n_spans++)
    {
      FarSpanInfo *span = &self->spans[self->n_spans];

      parse_span (json_array_get_object_element (list, self->n_spans), span);
      /* Parents come first; one that is not here makes a root. */
      span->depth = GPOINTER_TO_UINT (g_hash_table_lookup (depths, span->parent_id));
      g_hash_table_insert (depths, span->span_id, GUINT_TO_POINTER (span->depth + 1));
    }
  return g_steal_pointer (&self);
}

/* ---- Annotations ---- */

static void
annotation_info_clear (FarAnnotationInfo *self)
{
  g_free (self->kind);
  g_free (self->function);
  g_free (self->subject);
  g_free (self->text);
}

FAR_DEFINE_RC_BOXED (FarAnnotationInfo, far_annotation_info, annotation_info_clear)

GPtrArray *
far_annotations_parse (JsonObject  *object,
                       GError     **error)
{
  JsonArray *list = take_list (object, "annotations", LIST_MAX, error);
  GPtrArray *found;

  if (list == NULL)
    return NULL;
  found = g_ptr_array_new_with_free_func ((GDestroyNotify) far_annotation_info_unref);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *one = json_array_get_object_element (list, i);
      FarAnnotationInfo *info = g_rc_box_new0 (FarAnnotationInfo);

      info->id = far_client_get_int (one, "id", 0);
      info->time_us = far_client_get_int (one, "time_us", 0);
      info->end_us = far_client_get_int (one, "end_us", 0);
      info->kind = far_client_dup_string (one, "kind");
      info->function = far_client_dup_string (one, "function");
      info->subject = far_client_dup_string (one, "subject");
      info->text = far_client_dup_string (one, "text");
      g_ptr_array_add (found, info);
    }
  return found;
}

/* ---- Alarms ---- */

static void
alarm_info_clear (FarAlarmInfo *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->metric);
  g_free (self->function);
  g_free (self->compare);
  g_free (self->no_data);
  g_free (self->webhook);
  g_free (self->state);
  g_free (self->text);
  g_free (self->unit);
}

FAR_DEFINE_RC_BOXED (FarAlarmInfo, far_alarm_info, alarm_info_clear)

FarAlarmInfo *
far_alarm_info_parse (JsonObject *object)
{
  FarAlarmInfo *self = g_rc_box_new0 (FarAlarmInfo);

  self->id = far_client_dup_string (object, "id");
  self->name = far_client_dup_string (object, "name");
  self->metric = far_client_dup_string (object, "metric");
  self->function = far_client_dup_string (object, "function");
  self->compare = far_client_dup_string (object, "compare");
  self->no_data = far_client_dup_string (object, "no_data");
  self->webhook = far_client_dup_string (object, "webhook");
  self->state = far_client_dup_string (object, "state");
  self->text = far_client_dup_string (object, "text");
  self->unit = far_client_dup_string (object, "unit");
  self->window_s = far_client_get_int (object, "window_s", 0);
  self->threshold = far_client_get_int (object, "threshold", 0);
  self->clear = far_client_get_int (object, "clear", self->threshold);
  self->for_s = far_client_get_int (object, "for_s", 0);
  self->clear_for_s = far_client_get_int (object, "clear_for_s", 0);
  self->n_min = far_client_get_int (object, "n_min", 0);
  self->since_us = far_client_get_int (object, "since_us", 0);
  self->n = far_client_get_int (object, "n", 0);
  self->enabled = far_client_get_bool (object, "enabled");
  self->builtin = far_client_get_bool (object, "builtin");
  self->pending = far_client_get_bool (object, "pending");
  self->has_value = json_object_has_member (object, "value") &&
                    JSON_NODE_HOLDS_VALUE (json_object_get_member (object, "value"));
  self->value = far_client_get_int (object, "value", 0);
  return self;
}

GPtrArray *
far_alarms_parse (JsonObject  *object,
                  GError     **error)
{
  JsonArray *list = take_list (object, "alarms", LIST_MAX, error);
  GPtrArray *alarms;

  if (list == NULL)
    return NULL;
  alarms = g_ptr_array_new_with_free_func ((GDestroyNotify) far_alarm_info_unref);
  for (guint i = 0; i < json_array_get_length (list); i++)
    g_ptr_array_add (alarms, far_alarm_info_parse (json_array_get_object_element (list, i)));
  return alarms;
}

static void
alarm_metric_info_clear (FarAlarmMetricInfo *self)
{
  g_free (self->name);
  g_free (self->unit);
  g_free (self->description);
}

FAR_DEFINE_RC_BOXED (FarAlarmMetricInfo, far_alarm_metric_info, alarm_metric_info_clear)

GPtrArray *
far_alarm_metrics_parse (JsonObject  *object,
                         GError     **error)
{
  JsonArray *list = take_list (object, "metrics", LIST_MAX, error);
  GPtrArray *metrics;

  if (list == NULL)
    return NULL;
  metrics = g_ptr_array_new_with_free_func ((GDestroyNotify) far_alarm_metric_info_unref);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *one = json_array_get_object_element (list, i);
      FarAlarmMetricInfo *metric = g_rc_box_new0 (FarAlarmMetricInfo);

      metric->name = far_client_dup_string (one, "name");
      metric->unit = far_client_dup_string (one, "unit");
      metric->description = far_client_dup_string (one, "description");
      metric->of_functions = g_str_equal (far_client_peek_string (one, "kind"), "function");
      g_ptr_array_add (metrics, metric);
    }
  return metrics;
}

static void
alarm_change_clear (FarAlarmChange *self)
{
  g_free (self->state);
  g_free (self->text);
}

FAR_DEFINE_RC_BOXED (FarAlarmChange, far_alarm_change, alarm_change_clear)

GPtrArray *
far_alarm_changes_parse (JsonObject  *object,
                         GError     **error)
{
  JsonArray *list = take_list (object, "history", LIST_MAX, error);
  GPtrArray *changes;

  if (list == NULL)
    return NULL;
  changes = g_ptr_array_new_with_free_func ((GDestroyNotify) far_alarm_change_unref);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *one = json_array_get_object_element (list, i);
      FarAlarmChange *change = g_rc_box_new0 (FarAlarmChange);

      change->time_us = far_client_get_int (one, "time_us", 0);
      change->state = far_client_dup_string (one, "state");
      change->text = far_client_dup_string (one, "text");
      g_ptr_array_add (changes, change);
    }
  return changes;
}
