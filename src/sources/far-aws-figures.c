/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what CloudWatch's metrics and REPORT lines become: functions, and series of one or of all.
 *
 * Lambda reports a metric only for minutes in which a function was called: a minute that was
 * answered without a point is a minute without calls. Percentiles are CloudWatch's own for the step
 * and cannot be put together to longer ones. Main thread. */
#include "sources/far-aws-private.h"

#include <math.h>
#include <string.h>

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
/* In text and in Lambda's JSON format. */
#define COLD_FILTER "?\"Init Duration\" ?initDurationMs"

typedef struct {
  FarMetric   metric;
  const char *name;
  const char *statistic;
  double      scale;
  gboolean    counts; /* nothing is none */
} Known;

static const Known known[] = {
  { FAR_METRIC_INVOCATIONS, "Invocations", "Sum", 1, TRUE },
  { FAR_METRIC_ERRORS, "Errors", "Sum", 1, TRUE },
  { FAR_METRIC_THROTTLES, "Throttles", "Sum", 1, TRUE },
  { FAR_METRIC_P50, "Duration", "p50", 1000, FALSE },
  { FAR_METRIC_P90, "Duration", "p90", 1000, FALSE },
  { FAR_METRIC_P99, "Duration", "p99", 1000, FALSE },
  { FAR_METRIC_CONCURRENCY, "ConcurrentExecutions", "Maximum", 1, TRUE },
  /* Milliseconds in all; times the memory that is configured now. */
  { FAR_METRIC_MB_MS, "Duration", "Sum", 1, TRUE },
};

static guint
wanted_mask (guint metrics)
{
  guint mask = metrics | FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS);

  if ((mask & FAR_METRIC_MASK (FAR_METRIC_COST)) != 0)
    mask |= FAR_METRIC_MASK (FAR_METRIC_MB_MS);
  return mask;
}

static void
add_wanted (FarAws *self, GArray *wanted, const char *function, guint mask, gint64 first_us,
            gint64 period_us, gint64 fresh_us)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (known); i++)
    if ((mask & FAR_METRIC_MASK (known[i].metric)) != 0)
      far_aws_wanted_add (wanted, function, known[i].name, known[i].statistic,
                          far_aws_need_series (self, function, known[i].name, known[i].statistic,
                                               first_us, period_us, fresh_us));
}

static const FarAwsFunction *
find_function (FarAws *self, const char *name)
{
  guint i;

  for (i = 0; self->functions != NULL && name != NULL && i < self->functions->len; i++)
    if (strcmp (((FarAwsFunction *) g_ptr_array_index (self->functions, i))->name, name) == 0)
      return g_ptr_array_index (self->functions, i);
  return NULL;
}

/* CloudWatch keeps minutes for 15 days, five minutes for 63 days, hours for 455 days. */
static gint64
unit_for (gint64 from_us, gint64 now_us)
{
  gint64 age_us = now_us - from_us;

  return age_us > 63 * DAY_US ? 60 * MINUTE_US : age_us > 15 * DAY_US ? 5 * MINUTE_US : MINUTE_US;
}

static gint64
period_for (gint64 step_us, gint64 from_us, gint64 now_us)
{
  gint64 unit_us = unit_for (from_us, now_us);

  return MAX ((step_us + unit_us - 1) / unit_us, 1) * unit_us;
}

/* ---- Functions ---- */

typedef struct {
  char   *function; /* nullable: all */
  gint64  from_us, to_us, period_us;
  GArray *wanted;
} FunctionsAsked;

static void
functions_asked_free (gpointer data)
{
  FunctionsAsked *asked = data;

  g_free (asked->function);
  g_array_unref (asked->wanted);
  g_free (asked);
}

static gboolean
is_asked_for (const FunctionsAsked *asked, const FarAwsFunction *function)
{
  return asked->function == NULL || strcmp (asked->function, function->name) == 0;
}

static FarSourceFunction *
make_function (FarAws *self, const FarAwsFunction *aws, const FunctionsAsked *asked)
{
  FarSourceFunction *function = far_source_function_new (aws->name);
  guint i;

  function->runtime = g_strdup (aws->runtime);
  function->memory_mb = aws->memory_mb;
  function->arm = aws->arm;
  function->timeout_s = aws->timeout_s;
  for (i = 0; i < G_N_ELEMENTS (known); i++)
    {
      const FarAwsSeries *series = far_aws_need_series (self, aws->name, known[i].name,
                                                        known[i].statistic, asked->from_us,
                                                        asked->period_us, FAR_AWS_REST_US);
      double value = far_aws_series_get (series, asked->from_us, known[i].counts ? 0 : NAN);

      if (known[i].metric == FAR_METRIC_MB_MS)
        value *= (double) aws->memory_mb;
      function->values[known[i].metric] = value * known[i].scale;
    }
  return function;
}

static void
on_function_metrics (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarAws *self = FAR_AWS (object);
  FunctionsAsked *asked = g_task_get_task_data (task);
  GPtrArray *found;
  GError *error = NULL;
  guint i;

  if (!far_aws_metrics_finish (self, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  found = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_function_free);
  for (i = 0; self->functions != NULL && i < self->functions->len; i++)
    if (is_asked_for (asked, g_ptr_array_index (self->functions, i)))
      g_ptr_array_add (found, make_function (self, g_ptr_array_index (self->functions, i), asked));
  g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
}

static void
on_listed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  FarAws *self = FAR_AWS (object);
  FunctionsAsked *asked = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) functions = far_aws_list_finish (self, result, &error);
  guint i;

  if (functions == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  for (i = 0; i < functions->len; i++)
    if (is_asked_for (asked, g_ptr_array_index (functions, i)))
      add_wanted (self, asked->wanted, ((FarAwsFunction *) g_ptr_array_index (functions, i))->name,
                  G_MAXUINT, asked->from_us, asked->period_us, FAR_AWS_REST_US);
  far_aws_metrics_async (self, asked->wanted, asked->from_us, asked->to_us, asked->period_us,
                         g_task_get_cancellable (task), on_function_metrics, task);
}

/* One point a function: the window is its period. One that ends now, and the one before it, with
 * which it is compared, move on every five minutes, so that they are asked for no more often. */
void
far_aws_functions (FarSource *source, const char *function, gint64 from_us, gint64 to_us,
                   GTask *task)
{
  FunctionsAsked *asked = g_new0 (FunctionsAsked, 1);
  gint64 now_us = far_source_now_us (source);
  gint64 unit_us = unit_for (from_us, now_us);

  if (now_us - to_us < to_us - from_us + FAR_AWS_REST_US)
    unit_us = MAX (unit_us, FAR_AWS_REST_US);
  asked->period_us = period_for (to_us - from_us, from_us, now_us);
  asked->to_us = to_us - to_us % unit_us;
  asked->from_us = asked->to_us - asked->period_us;
  asked->function = g_strdup (function);
  asked->wanted = far_aws_wanted_new ();
  g_task_set_task_data (task, asked, functions_asked_free);
  far_aws_list_async (FAR_AWS (source), g_task_get_cancellable (task), on_listed, task);
}

/* ---- Series ---- */

typedef struct {
  char   *function; /* nullable */
  guint   mask;
  gint64  from_us, to_us, period_us;
  GArray *wanted;
} SeriesAsked;

static void
series_asked_free (gpointer data)
{
  SeriesAsked *asked = data;

  g_free (asked->function);
  g_array_unref (asked->wanted);
  g_free (asked);
}

static FarSourceSeries *
build_series (FarAws *self, const SeriesAsked *asked)
{
  gint64 now_us = far_source_now_us (FAR_SOURCE (self));
  const FarAwsFunction *function = find_function (self, asked->function);
  FarSourceSeries *series;
  guint mask = asked->mask, i, k;

  /* Of all together memory differs. */
  if (function == NULL || function->memory_mb == 0)
    mask &= ~(FAR_METRIC_MASK (FAR_METRIC_MB_MS) | FAR_METRIC_MASK (FAR_METRIC_COST));
  series = far_source_series_new (asked->from_us, asked->to_us, asked->period_us, now_us, mask);
  series->arm = function != NULL && function->arm;
  for (i = 0; i < G_N_ELEMENTS (known); i++)
    {
      double *values = series->values[known[i].metric];
      double scale = known[i].scale;
      const FarAwsSeries *told;

      if (values == NULL)
        continue;
      if (known[i].metric == FAR_METRIC_MB_MS)
        scale *= (double) function->memory_mb;
      told = far_aws_need_series (self, asked->function, known[i].name, known[i].statistic,
                                  asked->from_us, asked->period_us, FAR_AWS_VISIBLE_US);
      for (k = 0; k < series->n_points; k++)
        values[k] = scale * far_aws_series_get (told, series->from_us + k * asked->period_us,
                                                known[i].counts ? 0 : NAN);
    }
  series->provisional_from_us = now_us - FAR_AWS_SETTLE_US;
  series->provisional_from_us -= series->provisional_from_us % asked->period_us;
  return series;
}

/* Cold starts have no metric; their REPORT lines say how long the start took. */
static void
count_cold (FarSourceSeries *series, GPtrArray *lines)
{
  double *values = series->values[FAR_METRIC_COLD_STARTS];
  const double *n = series->values[FAR_METRIC_INVOCATIONS];
  guint i;

  for (i = 0; i < series->n_points; i++)
    values[i] = isnan (n[i]) ? NAN : 0;
  for (i = 0; i < lines->len; i++)
    {
      const FarSourceLogLine *line = g_ptr_array_index (lines, i);
      gint64 index = (line->time_us - series->from_us) / series->step_us;
      FarAwsReport report;

      if (line->time_us >= series->from_us && index < series->n_points &&
          far_aws_parse_report (line->message, &report) && report.init_us > 0)
        values[index] = isnan (values[index]) ? 1 : values[index] + 1;
    }
}

static void
on_cold_lines (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarAws *self = FAR_AWS (object);
  gboolean complete;
  GError *error = NULL;
  g_autoptr (GPtrArray) lines = far_aws_events_finish (self, result, &complete, &error);
  FarSourceSeries *series;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }
  /* Who may not read logs has the metrics nevertheless. */
  g_clear_error (&error);
  series = build_series (self, g_task_get_task_data (task));
  /* Those that were not read to their end are not counted: a number too small would be wrong. */
  if (lines != NULL && complete)
    count_cold (series, lines);
  g_task_return_pointer (task, series, (GDestroyNotify) far_source_series_free);
}

static void
on_series_metrics (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  FarAws *self = FAR_AWS (object);
  SeriesAsked *asked = g_task_get_task_data (task);
  GError *error = NULL;

  if (!far_aws_metrics_finish (self, result, &error))
    g_task_return_error (task, error);
  else if ((asked->mask & FAR_METRIC_MASK (FAR_METRIC_COLD_STARTS)) != 0 &&
           asked->function != NULL)
    {
      far_aws_events_async (self, asked->function, COLD_FILTER, asked->from_us, asked->to_us,
                            FAR_AWS_EVENTS_MAX, g_task_get_cancellable (task), on_cold_lines, task);
      return;
    }
  else
    g_task_return_pointer (task, build_series (self, asked),
                           (GDestroyNotify) far_source_series_free);
  g_object_unref (task);
}

static void
on_series_listed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  FarAws *self = FAR_AWS (object);
  SeriesAsked *asked = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) functions = far_aws_list_finish (self, result, &error);

  if (functions == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  add_wanted (self, asked->wanted, asked->function, asked->mask, asked->from_us, asked->period_us,
              FAR_AWS_VISIBLE_US);
  far_aws_metrics_async (self, asked->wanted, asked->from_us, asked->to_us, asked->period_us,
                         g_task_get_cancellable (task), on_series_metrics, task);
}

void
far_aws_series (FarSource *source, const FarSourceSeriesQuery *query, GTask *task)
{
  FarAws *self = FAR_AWS (source);
  SeriesAsked *asked = g_new0 (SeriesAsked, 1);

  asked->function = g_strdup (query->function);
  asked->mask = wanted_mask (query->metrics);
  if (asked->function == NULL)
    asked->mask &= ~(FAR_METRIC_MASK (FAR_METRIC_COLD_STARTS) |
                     FAR_METRIC_MASK (FAR_METRIC_MB_MS) | FAR_METRIC_MASK (FAR_METRIC_COST));
  asked->period_us = period_for (query->step_us, query->from_us, far_source_now_us (source));
  asked->from_us = query->from_us - query->from_us % asked->period_us;
  asked->to_us = query->to_us;
  asked->wanted = far_aws_wanted_new ();
  g_task_set_task_data (task, asked, series_asked_free);
  far_aws_list_async (self, g_task_get_cancellable (task), on_series_listed, task);
}
