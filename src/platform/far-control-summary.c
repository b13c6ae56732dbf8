/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/summary: a range added up, by group, beside another range if one is given. The two
 * questions follow each other; a group of one range only has null in the other. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-price.h"

#define DEFAULT_RANGE_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct {
  FarControlRequest *request;
  FarSummaryQuery    query;
  char              *function; /* nullable */
  FarControlSummaryAsked asked;
  FarSummary        *summary;
} Request;

static void
request_free (Request *self)
{
  far_summary_free (self->summary);
  g_free (self->function);
  g_free (self);
}

/* ---- Figures ---- */

guint
far_control_reported (FarControlRequest *request)
{
  static const struct { FarMetric metric, base; } derived[] = {
    { FAR_METRIC_MEAN, FAR_METRIC_P50 },
    { FAR_METRIC_MIN, FAR_METRIC_P50 },
    { FAR_METRIC_MAX, FAR_METRIC_P50 },
    { FAR_METRIC_ERROR_PPM, FAR_METRIC_ERRORS },
    { FAR_METRIC_COLD_PPM, FAR_METRIC_COLD_STARTS },
    { FAR_METRIC_THROTTLE_PPM, FAR_METRIC_THROTTLES },
  };
  FarSourceAbilities abilities;
  guint i;

  if (request->deployment == NULL || request->deployment->source == NULL)
    return G_MAXUINT;
  /* Before something was received nobody knows what happens there. */
  if (request->deployment->sample_us == 0 && far_source_tell (request->deployment->source, 0))
    return 0;
  far_source_describe (request->deployment->source, &abilities);
  for (i = 0; i < G_N_ELEMENTS (derived); i++)
    if ((abilities.metrics & FAR_METRIC_MASK (derived[i].base)) != 0)
      abilities.metrics |= FAR_METRIC_MASK (derived[i].metric);
  return abilities.metrics;
}

static void
add_quantile (FarJsonWriter *writer, const FarAggregate *aggregate, FarMetric metric,
              guint reported)
{
  const char *name = far_metric_to_string (metric);
  double low, high;

  if ((reported & FAR_METRIC_MASK (metric)) == 0 ||
      !far_aggregate_metric_band (aggregate, metric, &low, &high))
    {
      far_json_add_null (writer, name);
      return;
    }
  far_json_begin_object (writer, name);
  far_json_add_int (writer, "value", (gint64) llround (far_aggregate_metric (aggregate, metric)));
  far_json_add_int (writer, "low", (gint64) floor (low));
  far_json_add_int (writer, "high", (gint64) ceil (high));
  far_json_end_object (writer);
}

static void
add_outcomes (FarJsonWriter *writer, const FarAggregate *aggregate)
{
  guint i;

  far_json_begin_object (writer, "outcomes");
  for (i = 0; i < FAR_INVOCATION_N_OUTCOMES; i++)
    far_json_add_int (writer, far_invocation_outcome_to_string (i),
                      (gint64) aggregate->outcomes[i]);
  far_json_end_object (writer);
}

void
far_control_add_figures (FarJsonWriter *writer, const FarAggregate *aggregate, gint64 from_us,
                         gint64 to_us, guint reported)
{
  static const FarMetric numbers[] = {
    FAR_METRIC_INVOCATIONS, FAR_METRIC_ERRORS,      FAR_METRIC_THROTTLES, FAR_METRIC_COLD_STARTS,
    FAR_METRIC_ERROR_PPM,   FAR_METRIC_COLD_PPM,    FAR_METRIC_THROTTLE_PPM, FAR_METRIC_MEAN,
    FAR_METRIC_MIN,         FAR_METRIC_MAX,         FAR_METRIC_COLD_N, FAR_METRIC_CONCURRENCY,
    FAR_METRIC_MEMORY_MAX,  FAR_METRIC_MB_MS,
  };
  static const FarMetric quantiles[] = {
    FAR_METRIC_P50, FAR_METRIC_P90, FAR_METRIC_P99, FAR_METRIC_COLD_P50, FAR_METRIC_COLD_P99,
  };
  guint i;

  far_json_add_int (writer, "n", (gint64) aggregate->duration.count);
  for (i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      double value = far_aggregate_metric (aggregate, numbers[i]);

      if (isnan (value) || (reported & FAR_METRIC_MASK (numbers[i])) == 0)
        far_json_add_null (writer, far_metric_to_string (numbers[i]));
      else
        far_json_add_int (writer, far_metric_to_string (numbers[i]), (gint64) llround (value));
    }
  for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
    add_quantile (writer, aggregate, quantiles[i], reported);
  if ((reported & FAR_METRIC_MASK (FAR_METRIC_COST)) == 0)
    far_json_add_null (writer, "cost_picodollars");
  else
    far_json_add_int (writer, "cost_picodollars",
                      far_price_cost (far_price_at (from_us + (to_us - from_us) / 2),
                                      aggregate->mb_ms, far_aggregate_invocations (aggregate)));
  add_outcomes (writer, aggregate);
}

static void
add_group_figures (FarJsonWriter *writer, const char *name, const FarAggregate *aggregate,
                   const FarSummary *of, guint reported)
{
  if (aggregate == NULL)
    {
      far_json_add_null (writer, name);
      return;
    }
  far_json_begin_object (writer, name);
  far_control_add_figures (writer, aggregate, of->from_us, of->to_us, reported);
  far_json_end_object (writer);
}

/* ---- Groups ---- */

static double
sort_value (const Request *self, const FarSummaryGroup *group)
{
  double value = self->asked.sort == FAR_METRIC_COST
    ? (double) far_price_cost (far_price_at (self->summary->from_us), group->aggregate.mb_ms,
                               far_aggregate_invocations (&group->aggregate))
    : far_aggregate_metric (&group->aggregate, self->asked.sort);

  return isnan (value) ? -1 : value;
}

static int
compare_groups (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Request *self = user_data;
  double x = sort_value (self, *(const FarSummaryGroup *const *) a);
  double y = sort_value (self, *(const FarSummaryGroup *const *) b);
  int order = (x > y) - (x < y);

  return self->asked.ascending ? order : -order;
}

static const FarAggregate *
find_in (FarSummary *summary, const FarSummaryGroup *wanted)
{
  guint i;

  for (i = 0; summary != NULL && i < summary->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (summary->groups, i);

      if (strcmp (group->key, wanted->key) == 0 &&
          g_strcmp0 (group->function, wanted->function) == 0)
        return &group->aggregate;
    }
  return NULL;
}

static void
add_groups (FarJsonWriter *writer, const Request *self, FarSummary *baseline)
{
  guint reported = far_control_reported (self->request), i;

  far_json_begin_array (writer, "groups");
  for (i = 0; i < self->summary->groups->len && i < self->asked.limit; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (self->summary->groups, i);

      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "key", group->key);
      far_json_add_string (writer, "function", group->function);
      far_control_add_figures (writer, &group->aggregate, self->summary->from_us,
                               self->summary->to_us, reported);
      add_group_figures (writer, "baseline", find_in (baseline, group), baseline, reported);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

static void
answer (Request *self, FarSummary *baseline)
{
  FarSummary *summary = self->summary;
  guint reported = far_control_reported (self->request);
  const FarPrice *price = far_price_at (summary->from_us);
  g_auto (FarJsonWriter) writer = { 0 };

  if (self->asked.sorted)
    g_ptr_array_sort_with_data (summary->groups, compare_groups, self);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "from_us", summary->from_us);
  far_json_add_int (&writer, "to_us", summary->to_us);
  far_json_add_int (&writer, "now_us", summary->now_us);
  far_json_add_int (&writer, "known_us", summary->known_us);
  far_control_add_price (&writer, "price", price);
  add_group_figures (&writer, "total", &summary->total, summary, reported);
  far_json_add_int (&writer, "n_groups", summary->groups->len);
  add_groups (&writer, self, baseline);
  if (baseline == NULL)
    far_json_add_null (&writer, "baseline");
  else
    {
      far_json_begin_object (&writer, "baseline");
      far_json_add_int (&writer, "from_us", baseline->from_us);
      far_json_add_int (&writer, "to_us", baseline->to_us);
      far_json_add_int (&writer, "known_us", baseline->known_us);
      add_group_figures (&writer, "total", &baseline->total, baseline, reported);
      far_json_end_object (&writer);
    }
  far_json_end_object (&writer);
  far_control_answer (self->request, SOUP_STATUS_OK, &writer);
}

static void
on_baseline (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  GError *error = NULL;
  g_autoptr (FarSummary) baseline = far_telemetry_summary_finish (NULL, result, &error);

  if (far_control_take (self->request, baseline != NULL, error))
    answer (self, baseline);
  request_free (self);
}

static void
on_summary (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  GError *error = NULL;

  self->summary = far_telemetry_summary_finish (NULL, result, &error);
  if (!far_control_take (self->request, self->summary != NULL, error))
    {
      request_free (self);
      return;
    }
  if (self->asked.compare_to_us == 0)
    {
      answer (self, NULL);
      request_free (self);
      return;
    }
  self->query.from_us = self->asked.compare_from_us;
  self->query.to_us = self->asked.compare_to_us;
  far_telemetry_summary_async (self->request->telemetry, &self->query, self->request->cancellable,
                               on_baseline, self);
}

/* ---- The question ---- */

static gboolean
refuse (FarControlRequest *request, const char *name)
{
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "%s is “%s”; /v1/openapi.yaml says what is taken", name,
                     (const char *) g_hash_table_lookup (request->query, name));
  return FALSE;
}

static gboolean
refuse_sort (FarControlRequest *request)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint i;

  for (i = 0; i < FAR_METRIC_N; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", far_metric_to_string (i));
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "sort is “%s”; it is one of %s",
                     (const char *) g_hash_table_lookup (request->query, "sort"), names->str);
  return FALSE;
}

static gboolean
read_order (FarControlRequest *request, FarControlSummaryAsked *asked)
{
  const char *group = g_hash_table_lookup (request->query, "group");
  const char *sort = g_hash_table_lookup (request->query, "sort");
  const char *order = g_hash_table_lookup (request->query, "order");

  if (group != NULL && !far_group_from_string (group, &asked->group))
    return refuse (request, "group");
  asked->sorted = sort != NULL;
  if (sort != NULL && !far_metric_from_string (sort, &asked->sort))
    return refuse_sort (request);
  asked->ascending = g_strcmp0 (order, "asc") == 0;
  if (order != NULL && !asked->ascending && strcmp (order, "desc") != 0)
    return refuse (request, "order");
  return TRUE;
}

static gboolean
read_ranges (FarControlRequest *request, FarControlSummaryAsked *asked)
{
  gint64 now_us = far_clock_now_us (request->control->clock);
  gint64 limit;

  if (!far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us,
                              &asked->to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (asked->to_us - DEFAULT_RANGE_US, 0), &asked->from_us) ||
      !far_control_query_int (request, "compare_from_us", 0, FAR_CONTROL_TIME_MAX_US, 0,
                              &asked->compare_from_us) ||
      !far_control_query_int (request, "compare_to_us", 0, FAR_CONTROL_TIME_MAX_US, 0,
                              &asked->compare_to_us) ||
      !far_control_query_int (request, "limit", 1, FAR_QUERY_GROUPS_MAX, FAR_CONTROL_LIMIT_MAX,
                              &limit))
    return FALSE;
  asked->limit = (guint) limit;
  if (asked->from_us < asked->to_us &&
      (asked->compare_to_us == 0 || asked->compare_from_us < asked->compare_to_us))
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                     "The range must end after it begins");
  return FALSE;
}

gboolean
far_control_read_summary (FarControlRequest *request, FarControlSummaryAsked *asked)
{
  return read_ranges (request, asked) && read_order (request, asked);
}

void
far_control_get_summary (FarControlRequest *request)
{
  Request *self = g_new0 (Request, 1);
  const char *function;

  self->request = request;
  if (!far_control_query_function (request, &function) ||
      !far_control_read_summary (request, &self->asked))
    {
      request_free (self);
      return;
    }
  self->function = g_strdup (function);
  self->query.function = self->function;
  self->query.group = self->asked.group;
  self->query.from_us = self->asked.from_us;
  self->query.to_us = self->asked.to_us;
  far_control_request_pause (request);
  far_telemetry_summary_async (request->telemetry, &self->query, request->cancellable, on_summary,
                               self);
}
