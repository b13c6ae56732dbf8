/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/summary and /v1/heatmap of deployments that have no single records here: what their
 * functions report of a range, added up where it can be. Counts can; quantiles of several functions
 * cannot be put together and are null in the total. What is not reported is null, never zero. */
#include "platform/far-control-private.h"

#include <math.h>
#include <string.h>

#define VALUE_MAX 9e15

typedef struct {
  FarControlRequest *request;
  char      *function; /* nullable */
  FarControlSummaryAsked asked;
  GPtrArray *functions; /* (element-type FarSourceFunction): of the range */
} Request;

static void
request_free (Request *self)
{
  g_clear_pointer (&self->functions, g_ptr_array_unref);
  g_free (self->function);
  g_free (self);
}

/* ---- Figures ---- */

static void
add_value (FarJsonWriter *writer, const char *name, double value)
{
  if (isfinite (value) && fabs (value) < VALUE_MAX)
    far_json_add_int (writer, name, (gint64) llround (value));
  else
    far_json_add_null (writer, name);
}

static double
share (double of, double all)
{
  return all > 0 ? of / all * 1e6 : NAN;
}

/* What is derived is derived in one place, for functions and for what they add up to. */
void
far_control_remote_derive (FarControlRequest *request, FarSourceFunction *function, gint64 at_us)
{
  double n = function->values[FAR_METRIC_INVOCATIONS];
  double throttles = function->values[FAR_METRIC_THROTTLES];

  function->values[FAR_METRIC_ERROR_PPM] = share (function->values[FAR_METRIC_ERRORS], n);
  function->values[FAR_METRIC_COLD_PPM] = share (function->values[FAR_METRIC_COLD_STARTS], n);
  function->values[FAR_METRIC_THROTTLE_PPM] = share (throttles, n + throttles);
  function->values[FAR_METRIC_COST] =
    far_control_remote_cost (far_control_remote_price (request, function->arm, at_us),
                             function->values[FAR_METRIC_MB_MS], n);
}

static void
add_quantile (FarJsonWriter *writer, const FarSourceFunction *function, FarMetric metric)
{
  const char *name = far_metric_to_string (metric);

  if (isnan (function->values[metric]))
    {
      far_json_add_null (writer, name);
      return;
    }
  far_json_begin_object (writer, name);
  add_value (writer, "value", function->values[metric]);
  add_value (writer, "low", function->low[metric]);
  add_value (writer, "high", function->high[metric]);
  far_json_end_object (writer);
}

void
far_control_remote_add_figures (FarJsonWriter *writer, const FarSourceFunction *function)
{
  static const FarMetric quantiles[] = { FAR_METRIC_P50, FAR_METRIC_P90, FAR_METRIC_P99,
                                         FAR_METRIC_COLD_P50, FAR_METRIC_COLD_P99 };
  guint metric, i;

  add_value (writer, "n", function->values[FAR_METRIC_INVOCATIONS]);
  for (metric = 0; metric < FAR_METRIC_N; metric++)
    {
      for (i = 0; i < G_N_ELEMENTS (quantiles) && quantiles[i] != metric; i++)
        ;
      if (i < G_N_ELEMENTS (quantiles))
        add_quantile (writer, function, metric);
      else if (metric == FAR_METRIC_COST)
        far_control_add_cost (writer, far_metric_to_string (metric), function->values[metric]);
      else
        add_value (writer, far_metric_to_string (metric), function->values[metric]);
    }
  far_json_add_null (writer, "outcomes");
}

/* Counts are added up, of those that report them; one function's total is that function. */
FarSourceFunction *
far_control_remote_total (FarControlRequest *request, GPtrArray *functions, gint64 at_us)
{
  static const FarMetric sums[] = { FAR_METRIC_INVOCATIONS, FAR_METRIC_ERRORS,
                                    FAR_METRIC_THROTTLES, FAR_METRIC_COLD_STARTS,
                                    FAR_METRIC_MB_MS, FAR_METRIC_COST };
  FarSourceFunction *total = far_source_function_new ("");
  double cost;
  guint i, k;

  if (functions->len == 1)
    {
      const FarSourceFunction *only = g_ptr_array_index (functions, 0);

      memcpy (total->values, only->values, sizeof total->values);
      memcpy (total->low, only->low, sizeof total->low);
      memcpy (total->high, only->high, sizeof total->high);
      return total;
    }
  for (i = 0; i < functions->len; i++)
    for (k = 0; k < G_N_ELEMENTS (sums); k++)
      {
        double value = ((FarSourceFunction *) g_ptr_array_index (functions, i))->values[sums[k]];
        double *sum = &total->values[sums[k]];

        if (!isnan (value))
          *sum = isnan (*sum) ? value : *sum + value;
      }
  cost = total->values[FAR_METRIC_COST];
  far_control_remote_derive (request, total, at_us);
  /* Each at its own price. */
  total->values[FAR_METRIC_COST] = cost;
  return total;
}

static const FarSourceFunction *
find_in (GPtrArray *functions, const char *name)
{
  guint i;

  for (i = 0; functions != NULL && i < functions->len; i++)
    if (strcmp (((FarSourceFunction *) g_ptr_array_index (functions, i))->name, name) == 0)
      return g_ptr_array_index (functions, i);
  return NULL;
}

/* ---- The answer ---- */

static int
compare_functions (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Request *self = user_data;
  double x = (*(const FarSourceFunction *const *) a)->values[self->asked.sort];
  double y = (*(const FarSourceFunction *const *) b)->values[self->asked.sort];
  int order;

  x = isnan (x) ? -1 : x;
  y = isnan (y) ? -1 : y;
  order = (x > y) - (x < y);
  return self->asked.ascending ? order : -order;
}

static guint
n_groups (const Request *self)
{
  return self->asked.group == FAR_GROUP_FUNCTION ? self->functions->len : 0;
}

static void
add_groups (FarJsonWriter *writer, const Request *self, GPtrArray *baseline)
{
  guint i;

  far_json_begin_array (writer, "groups");
  for (i = 0; i < n_groups (self) && i < self->asked.limit; i++)
    {
      const FarSourceFunction *function = g_ptr_array_index (self->functions, i);
      const FarSourceFunction *before = find_in (baseline, function->name);

      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "key", function->name);
      far_json_add_null (writer, "function");
      far_control_remote_add_figures (writer, function);
      if (before == NULL)
        far_json_add_null (writer, "baseline");
      else
        {
          far_json_begin_object (writer, "baseline");
          far_control_remote_add_figures (writer, before);
          far_json_end_object (writer);
        }
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

static void
add_total (FarJsonWriter *writer, const Request *self, GPtrArray *functions, gint64 at_us)
{
  g_autoptr (FarSourceFunction) total = far_control_remote_total (self->request, functions, at_us);

  far_json_begin_object (writer, "total");
  far_control_remote_add_figures (writer, total);
  far_json_end_object (writer);
}

static void
answer (Request *self, GPtrArray *baseline)
{
  gint64 at_us = self->asked.from_us + (self->asked.to_us - self->asked.from_us) / 2;
  const FarPrice *price = far_control_remote_price (self->request, FALSE, at_us);
  g_auto (FarJsonWriter) writer = { 0 };

  if (self->asked.sorted)
    g_ptr_array_sort_with_data (self->functions, compare_functions, self);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "from_us", self->asked.from_us);
  far_json_add_int (&writer, "to_us", self->asked.to_us);
  far_json_add_int (&writer, "now_us", far_clock_now_us (self->request->control->clock));
  far_json_add_null (&writer, "known_us");
  if (price != NULL)
    far_control_add_price (&writer, "price", price);
  else
    far_json_add_null (&writer, "price");
  add_total (&writer, self, self->functions, at_us);
  far_json_add_int (&writer, "n_groups", n_groups (self));
  add_groups (&writer, self, baseline);
  if (baseline == NULL)
    far_json_add_null (&writer, "baseline");
  else
    {
      far_json_begin_object (&writer, "baseline");
      far_json_add_int (&writer, "from_us", self->asked.compare_from_us);
      far_json_add_int (&writer, "to_us", self->asked.compare_to_us);
      far_json_add_null (&writer, "known_us");
      add_total (&writer, self, baseline, self->asked.compare_from_us);
      far_json_end_object (&writer);
    }
  far_control_add_source (&writer, self->request);
  far_json_end_object (&writer);
  far_control_answer (self->request, SOUP_STATUS_OK, &writer);
}

/* ---- Asking ---- */

/* NULL: it has been answered, or there is nobody left to answer. */
static GPtrArray *
take (Request *self, GObject *object, GAsyncResult *result, gint64 at_us)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *functions = far_source_functions_finish (FAR_SOURCE (object), result, &error);
  guint i;

  if (!far_control_take (self->request, functions != NULL, g_steal_pointer (&error)))
    {
      g_clear_pointer (&functions, g_ptr_array_unref);
      return NULL;
    }
  for (i = 0; i < functions->len; i++)
    far_control_remote_derive (self->request, g_ptr_array_index (functions, i), at_us);
  return functions;
}

/* A part of a range beside the whole of another would look like a rise. */
static void
forget_parts (FarSourceFunction *function)
{
  guint metric;

  for (metric = 0; function->counted_from_us > 0 && metric < FAR_METRIC_N; metric++)
    function->values[metric] = NAN;
}

static void
on_baseline (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  g_autoptr (GPtrArray) baseline = take (self, object, result, self->asked.compare_from_us);
  guint i;

  for (i = 0; baseline != NULL && i < baseline->len; i++)
    forget_parts (g_ptr_array_index (baseline, i));
  if (baseline != NULL)
    answer (self, baseline);
  request_free (self);
}

static void
on_functions (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;

  self->functions = take (self, object, result,
                          self->asked.from_us + (self->asked.to_us - self->asked.from_us) / 2);
  if (self->functions != NULL && self->asked.compare_to_us > 0)
    {
      far_source_functions_async (self->request->deployment->source, self->function,
                                  self->asked.compare_from_us, self->asked.compare_to_us,
                                  self->request->cancellable, on_baseline, self);
      return;
    }
  if (self->functions != NULL)
    answer (self, NULL);
  request_free (self);
}

/* A deployment tells its functions apart, nothing else. */
static gboolean
knows_group (FarControlRequest *request, FarGroup group)
{
  if (group == FAR_GROUP_NONE || group == FAR_GROUP_FUNCTION)
    return TRUE;
  far_control_error (request, SOUP_STATUS_NOT_IMPLEMENTED, "not_reported",
                     "%s: a deployment of the kind %s tells functions apart, not their %s",
                     request->deployment->id, request->deployment->kind,
                     (const char *) g_hash_table_lookup (request->query, "group"));
  return FALSE;
}

void
far_control_remote_summary (FarControlRequest *request)
{
  const char *function = g_hash_table_lookup (request->query, "function");
  Request *self = g_new0 (Request, 1);

  self->request = request;
  if (!far_control_remote_is_ready (request) ||
      !far_control_read_summary (request, &self->asked) ||
      !knows_group (request, self->asked.group))
    {
      request_free (self);
      return;
    }
  self->function = function != NULL && *function != '\0' ? g_strdup (function) : NULL;
  far_control_request_pause (request);
  far_source_functions_async (request->deployment->source, self->function, self->asked.from_us,
                              self->asked.to_us, request->cancellable, on_functions, self);
}
