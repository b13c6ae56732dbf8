/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GetMetricData: which points are missing, in as few queries as there can be, over its pages.
 * Main thread. */
#include "sources/far-aws-private.h"

#include <string.h>

#include "base/far-json.h"

typedef struct {
  GArray *asked;     /* (element-type FarAwsWanted): those of this round */
  GArray *rest;      /* still to be asked for */
  gint64  from_us, to_us, period_us;
  gint64  start_us;  /* of this round */
  gboolean partial[FAR_AWS_QUERIES_MAX]; /* of those asked: it is not all there */
  guint   pages;
} Metrics;

static void
metrics_free (gpointer data)
{
  Metrics *metrics = data;

  g_array_unref (metrics->asked);
  g_array_unref (metrics->rest);
  g_free (metrics);
}

FarAwsSeries *
far_aws_need_series (FarAws *self, const char *function, const char *metric,
                     const char *statistic, gint64 first_us, gint64 period_us, gint64 fresh_us)
{
  g_autofree char *key = g_strdup_printf ("%s|%s|%s|%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT,
                                          function != NULL ? function : "", metric, statistic,
                                          period_us, first_us % period_us);

  return far_aws_cache_need (self->cache, key, fresh_us);
}

static void
wanted_clear (gpointer data)
{
  g_free (((FarAwsWanted *) data)->function);
  far_aws_series_unref (((FarAwsWanted *) data)->series);
}

GArray *
far_aws_wanted_new (void)
{
  GArray *wanted = g_array_new (FALSE, FALSE, sizeof (FarAwsWanted));

  g_array_set_clear_func (wanted, wanted_clear);
  return wanted;
}

void
far_aws_wanted_add (GArray *wanted, const char *function, const char *metric,
                    const char *statistic, FarAwsSeries *series)
{
  FarAwsWanted one = { g_strdup (function), metric, statistic, far_aws_series_ref (series) };

  g_array_append_val (wanted, one);
}

static void
add_query (FarJsonWriter *writer, const Metrics *metrics, guint index)
{
  const FarAwsWanted *wanted = &g_array_index (metrics->asked, FarAwsWanted, index);
  g_autofree char *id = g_strdup_printf ("m%u", index);

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "Id", id);
  far_json_begin_object (writer, "MetricStat");
  far_json_begin_object (writer, "Metric");
  far_json_add_string (writer, "Namespace", "AWS/Lambda");
  far_json_add_string (writer, "MetricName", wanted->metric);
  far_json_begin_array (writer, "Dimensions");
  if (wanted->function != NULL)
    {
      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "Name", "FunctionName");
      far_json_add_string (writer, "Value", wanted->function);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
  far_json_end_object (writer);
  far_json_add_int (writer, "Period", metrics->period_us / G_USEC_PER_SEC);
  far_json_add_string (writer, "Stat", wanted->statistic);
  far_json_end_object (writer);
  far_json_add_bool (writer, "ReturnData", TRUE);
  far_json_end_object (writer);
}

static void ask_page (GTask *task, const char *token);
static void ask_round (GTask *task);

static void
take_point (guint query, gint64 time_us, double value, gpointer user_data)
{
  Metrics *metrics = user_data;

  far_aws_series_put (g_array_index (metrics->asked, FarAwsWanted, query).series, time_us, value);
}

static void
on_page (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarAws *self = FAR_AWS (object);
  Metrics *metrics = g_task_get_task_data (task);
  gint64 now_us = far_source_now_us (FAR_SOURCE (self));
  g_autoptr (GError) wrong = NULL;
  GError *error = NULL;
  g_autoptr (JsonNode) root = far_aws_call_finish (self, result, &error);
  g_autofree char *token = NULL;
  guint i;

  if (root != NULL &&
      !far_aws_parse_metrics (json_node_get_object (root), metrics->asked->len, take_point,
                              metrics, metrics->partial, &token, &wrong))
    error = far_source_error (FAR_SOURCE (self), wrong->code, "%s", wrong->message);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (token != NULL && ++metrics->pages < FAR_AWS_PAGES_MAX)
    {
      ask_page (g_object_ref (task), token);
      return;
    }
  for (i = 0; i < metrics->asked->len; i++)
    {
      FarAwsSeries *series = g_array_index (metrics->asked, FarAwsWanted, i).series;

      /* What is only part of the truth is asked for again, but not at once. */
      if (metrics->partial[i] || token != NULL)
        far_aws_series_tried (series, metrics->start_us, now_us);
      else
        far_aws_series_told (series, metrics->start_us, MIN (metrics->to_us, now_us),
                             metrics->period_us, now_us);
    }
  ask_round (g_object_ref (task));
}

/* Takes task. */
static void
ask_page (GTask *task, const char *token)
{
  FarAws *self = g_task_get_source_object (task);
  Metrics *metrics = g_task_get_task_data (task);
  g_auto (FarJsonWriter) writer = { 0 };
  GError *error = NULL;
  guint i;

  if (!far_aws_spend (self, metrics->asked->len, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "StartTime", metrics->start_us / G_USEC_PER_SEC);
  far_json_add_int (&writer, "EndTime",
                    (metrics->to_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
  far_json_add_string (&writer, "ScanBy", "TimestampAscending");
  far_json_begin_array (&writer, "MetricDataQueries");
  for (i = 0; i < metrics->asked->len; i++)
    add_query (&writer, metrics, i);
  far_json_end_array (&writer);
  if (token != NULL)
    far_json_add_string (&writer, "NextToken", token);
  far_json_end_object (&writer);
  far_aws_call_async (self, FAR_AWS_MONITORING, "GetMetricData",
                      far_json_writer_steal (&writer, NULL), g_task_get_cancellable (task),
                      on_page, task);
}

/* Those that miss the same range go together: 500 at most, and so that their points fit. Takes
 * task. */
static void
ask_round (GTask *task)
{
  FarAws *self = g_task_get_source_object (task);
  Metrics *metrics = g_task_get_task_data (task);
  gint64 now_us = far_source_now_us (FAR_SOURCE (self));
  guint max = FAR_AWS_QUERIES_MAX, i = 0;

  g_array_set_size (metrics->asked, 0);
  while (i < metrics->rest->len && metrics->asked->len < max)
    {
      FarAwsWanted wanted = g_array_index (metrics->rest, FarAwsWanted, i);
      gint64 start_us; /* the array holds the series */

      if (!far_aws_series_missing (wanted.series, metrics->from_us, metrics->to_us,
                                   metrics->period_us, now_us, &start_us))
        {
          g_array_remove_index (metrics->rest, i);
          continue;
        }
      if (metrics->asked->len == 0)
        {
          gint64 n = (metrics->to_us - start_us) / metrics->period_us + 1;

          metrics->start_us = start_us;
          max = (guint) CLAMP (FAR_AWS_POINTS_MAX / n, 1, FAR_AWS_QUERIES_MAX);
        }
      if (start_us != metrics->start_us)
        {
          i++;
          continue;
        }
      far_aws_wanted_add (metrics->asked, wanted.function, wanted.metric, wanted.statistic,
                          wanted.series);
      g_array_remove_index (metrics->rest, i);
    }
  memset (metrics->partial, 0, sizeof metrics->partial);
  metrics->pages = 0;
  if (metrics->asked->len > 0)
    {
      ask_page (task, NULL);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
far_aws_metrics_async (FarAws *self, GArray *wanted, gint64 from_us, gint64 to_us,
                       gint64 period_us, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Metrics *metrics = g_new0 (Metrics, 1);

  metrics->asked = far_aws_wanted_new ();
  metrics->rest = far_aws_wanted_new ();
  for (guint i = 0; i < wanted->len; i++)
    {
      const FarAwsWanted *one = &g_array_index (wanted, FarAwsWanted, i);

      far_aws_wanted_add (metrics->rest, one->function, one->metric, one->statistic, one->series);
    }
  metrics->from_us = from_us;
  metrics->to_us = to_us;
  metrics->period_us = period_us;
  g_task_set_task_data (task, metrics, metrics_free);
  ask_round (task);
}

gboolean
far_aws_metrics_finish (FarAws *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
