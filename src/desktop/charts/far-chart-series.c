/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of one metric, and their reduction to what a given number of pixel columns can show.
 *
 * The reduction is M4 (Jugel et al., VLDB 2014): of every column the first, lowest, highest and
 * last sample are kept, at their own times. Drawn as a line, that is the same picture as drawing
 * every sample, and no spike is ever averaged away. A sample that is missing is NaN and lifts the
 * line: missing is not zero.
 *
 * Reduction happens when samples or the width change, never while drawing. */
#include "desktop/charts/far-chart-series.h"

#include <math.h>

struct _FarChartSeries
{
  GObject parent_instance;

  char   *title;
  double *values;
  double *low;      /* (nullable): n_values of them, as is the next */
  double *high;
  guint   n_values;
  gint64  from_us;
  gint64  step_us;
};

enum { PROP_0, PROP_TITLE, N_PROPS };
enum { CHANGED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarChartSeries, far_chart_series, G_TYPE_OBJECT)

/* A sample chosen for drawing; missing_before counts the missing samples in front of it, so that
 * two neighbours with different counts have a gap between them. */
typedef struct {
  guint index;
  guint missing_before;
} Pick;

typedef struct {
  Pick first;
  Pick lowest;
  Pick highest;
  Pick last;
} Column;

static void
far_chart_series_finalize (GObject *object)
{
  FarChartSeries *self = FAR_CHART_SERIES (object);

  g_free (self->title);
  g_free (self->values);
  g_free (self->low);
  g_free (self->high);

  G_OBJECT_CLASS (far_chart_series_parent_class)->finalize (object);
}

static void
far_chart_series_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarChartSeries *self = FAR_CHART_SERIES (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_chart_series_set_property (GObject *object, guint prop_id, const GValue *value,
                               GParamSpec *pspec)
{
  FarChartSeries *self = FAR_CHART_SERIES (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      self->title = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_chart_series_class_init (FarChartSeriesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = far_chart_series_finalize;
  object_class->get_property = far_chart_series_get_property;
  object_class->set_property = far_chart_series_set_property;

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[CHANGED] =
    g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_chart_series_init (FarChartSeries *self)
{
  self->step_us = G_USEC_PER_SEC;
}

/**
 * far_chart_series_new:
 * @title: what the line shows, as its legend says it
 *
 * Returns: (transfer full): an empty series
 */
FarChartSeries *
far_chart_series_new (const char *title)
{
  g_return_val_if_fail (title != NULL, NULL);

  return g_object_new (FAR_TYPE_CHART_SERIES, "title", title, NULL);
}

const char *
far_chart_series_get_title (FarChartSeries *self)
{
  g_return_val_if_fail (FAR_IS_CHART_SERIES (self), NULL);

  return self->title;
}

/**
 * far_chart_series_set_samples:
 * @from_us: time of the first sample, µs since the epoch
 * @step_us: distance of two samples in µs, > 0
 * @values: (array length=n_values) (nullable): the samples; NaN where none is known
 * @n_values: at most FAR_CHART_SAMPLES_MAX
 *
 * Replaces all samples, takes their band away, and emits #FarChartSeries::changed.
 */
void
far_chart_series_set_samples (FarChartSeries *self, gint64 from_us, gint64 step_us,
                              const double *values, guint n_values)
{
  g_return_if_fail (FAR_IS_CHART_SERIES (self));
  g_return_if_fail (step_us > 0);
  g_return_if_fail (n_values <= FAR_CHART_SAMPLES_MAX);
  g_return_if_fail (values != NULL || n_values == 0);

  g_free (self->values);
  g_clear_pointer (&self->low, g_free);
  g_clear_pointer (&self->high, g_free);
  self->values = g_memdup2 (values, n_values * sizeof (double));
  self->n_values = n_values;
  self->from_us = from_us;
  self->step_us = step_us;
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * far_chart_series_set_band:
 * @low: (nullable): of each sample, what the truth is not below; NaN: see far_format_band()
 * @high: (nullable): nor above
 *
 * Emits #FarChartSeries::changed.
 */
void
far_chart_series_set_band (FarChartSeries *self, const double *low, const double *high)
{
  gsize size;

  g_return_if_fail (FAR_IS_CHART_SERIES (self));
  g_return_if_fail ((low == NULL) == (high == NULL));

  size = self->n_values * sizeof (double);
  g_free (self->low);
  g_free (self->high);
  self->low = g_memdup2 (low, size);
  self->high = g_memdup2 (high, size);
  for (guint i = 0; low != NULL && i < self->n_values; i++)
    if (isnan (low[i]) && !isnan (high[i]))
      self->low[i] = 0;
    else if (isnan (high[i]) && !isnan (low[i]))
      self->high[i] = INFINITY;
  g_signal_emit (self, signals[CHANGED], 0);
}

gboolean
far_chart_series_has_band (FarChartSeries *self)
{
  g_return_val_if_fail (FAR_IS_CHART_SERIES (self), FALSE);

  return self->low != NULL;
}

guint
far_chart_series_get_n_samples (FarChartSeries *self)
{
  g_return_val_if_fail (FAR_IS_CHART_SERIES (self), 0);

  return self->n_values;
}

/* Returns: µs between two samples */
gint64
far_chart_series_get_step (FarChartSeries *self)
{
  g_return_val_if_fail (FAR_IS_CHART_SERIES (self), 0);

  return self->step_us;
}

/**
 * far_chart_series_get_extent:
 * @ret_from_us: (out): time of the first sample
 * @ret_to_us: (out): time of the last one; the first one's if there is none
 */
void
far_chart_series_get_extent (FarChartSeries *self, gint64 *ret_from_us, gint64 *ret_to_us)
{
  g_return_if_fail (FAR_IS_CHART_SERIES (self));

  *ret_from_us = self->from_us;
  *ret_to_us = self->from_us + self->step_us * (gint64) (MAX (self->n_values, 1) - 1);
}

static gboolean
find_index (FarChartSeries *self, gint64 time_us, guint *ret_index)
{
  gint64 offset_us = time_us - self->from_us + self->step_us / 2;

  if (offset_us < 0 || offset_us / self->step_us >= self->n_values)
    return FALSE;
  *ret_index = (guint) (offset_us / self->step_us);
  return TRUE;
}

/**
 * far_chart_series_value_at:
 * @time_us: µs since the epoch
 *
 * Returns: the sample nearest to that time, or NaN if it is missing or half a step away
 */
double
far_chart_series_value_at (FarChartSeries *self, gint64 time_us)
{
  guint index;

  g_return_val_if_fail (FAR_IS_CHART_SERIES (self), NAN);

  return find_index (self, time_us, &index) ? self->values[index] : NAN;
}

/**
 * far_chart_series_band_at:
 * @time_us: µs since the epoch
 * @ret_low: (out): the truth of the sample nearest to that time is not below; NaN if it is known
 *   exactly, or not at all
 * @ret_high: (out): nor above
 */
void
far_chart_series_band_at (FarChartSeries *self, gint64 time_us, double *ret_low, double *ret_high)
{
  guint index;

  g_return_if_fail (FAR_IS_CHART_SERIES (self));

  *ret_low = *ret_high = NAN;
  if (self->low == NULL || !find_index (self, time_us, &index))
    return;
  *ret_low = self->low[index];
  *ret_high = self->high[index];
}

/* The half-open range of sample indices whose times lie in [from_us, to_us]. */
static void
find_range (FarChartSeries *self, gint64 from_us, gint64 to_us, guint *ret_begin, guint *ret_end)
{
  gint64 begin = 0;
  gint64 end = 0;

  if (from_us > self->from_us)
    begin = (from_us - self->from_us + self->step_us - 1) / self->step_us;
  if (to_us >= self->from_us)
    end = (to_us - self->from_us) / self->step_us + 1;

  *ret_end = (guint) CLAMP (end, 0, (gint64) self->n_values);
  *ret_begin = (guint) CLAMP (begin, 0, (gint64) *ret_end);
}

/**
 * far_chart_series_summarize:
 * @ret_summary: (out): figures of the samples between the two times, both included
 *
 * What a text equivalent of the line is made of; the lowest and the highest are those of its band.
 */
void
far_chart_series_summarize (FarChartSeries *self, gint64 from_us, gint64 to_us,
                            FarChartSummary *ret_summary)
{
  guint begin;
  guint end;

  g_return_if_fail (FAR_IS_CHART_SERIES (self));
  g_return_if_fail (ret_summary != NULL);

  find_range (self, from_us, to_us, &begin, &end);
  *ret_summary = (FarChartSummary) { end - begin, 0, NAN, NAN, NAN, NAN, NAN };
  for (guint i = begin; i < end; i++)
    {
      double value = self->values[i];

      if (isnan (value))
        ret_summary->n_missing++;
      ret_summary->min = fmin (ret_summary->min, value);
      ret_summary->max = fmax (ret_summary->max, value);
      ret_summary->last = value;
      if (self->low == NULL)
        continue;
      ret_summary->low = self->low[i];
      ret_summary->high = self->high[i];
      ret_summary->min = fmin (ret_summary->min, self->low[i]);
      if (isfinite (self->high[i]))
        ret_summary->max = fmax (ret_summary->max, self->high[i]);
    }
}

static void
emit (FarChartSeries *self, GArray *vertices, Pick pick, Pick *previous)
{
  FarChartVertex vertex = {
    .time_us = self->from_us + (gint64) pick.index * self->step_us,
    .value = self->values[pick.index],
    .starts = vertices->len == 0 || pick.missing_before != previous->missing_before,
  };

  if (vertices->len > 0 && pick.index == previous->index)
    return;
  g_array_append_val (vertices, vertex);
  *previous = pick;
}

static void
emit_column (FarChartSeries *self, GArray *vertices, const Column *column, Pick *previous)
{
  gboolean falls = column->highest.index < column->lowest.index;

  emit (self, vertices, column->first, previous);
  emit (self, vertices, falls ? column->highest : column->lowest, previous);
  emit (self, vertices, falls ? column->lowest : column->highest, previous);
  emit (self, vertices, column->last, previous);
}

static void
column_add (FarChartSeries *self, Column *column, Pick pick, gboolean is_first)
{
  double value = self->values[pick.index];

  if (is_first)
    {
      *column = (Column) { pick, pick, pick, pick };
      return;
    }
  if (value < self->values[column->lowest.index])
    column->lowest = pick;
  if (value > self->values[column->highest.index])
    column->highest = pick;
  column->last = pick;
}

/**
 * far_chart_series_reduce:
 * @from_us: left edge of the picture
 * @to_us: right edge, > @from_us
 * @n_columns: pixel columns, 1 to FAR_CHART_COLUMNS_MAX
 * @ret_vertices: (element-type FarChartVertex): emptied, then filled with at most four vertices a
 *   column, in order of time
 */
void
far_chart_series_reduce (FarChartSeries *self, gint64 from_us, gint64 to_us, guint n_columns,
                         GArray *ret_vertices)
{
  double column_width_us = (double) (to_us - from_us) / n_columns;
  Pick previous = { 0, 0 };
  Column column;
  guint column_index = G_MAXUINT;
  guint missing = 0;
  guint begin;
  guint end;

  g_return_if_fail (FAR_IS_CHART_SERIES (self));
  g_return_if_fail (to_us > from_us);
  g_return_if_fail (n_columns > 0 && n_columns <= FAR_CHART_COLUMNS_MAX);
  g_return_if_fail (g_array_get_element_size (ret_vertices) == sizeof (FarChartVertex));

  g_array_set_size (ret_vertices, 0);
  find_range (self, from_us, to_us, &begin, &end);
  for (guint i = begin; i < end; i++)
    {
      gint64 offset_us = self->from_us + (gint64) i * self->step_us - from_us;
      guint here = MIN ((guint) ((double) offset_us / column_width_us), n_columns - 1);

      if (isnan (self->values[i]))
        {
          missing++;
          continue;
        }
      if (here != column_index && column_index != G_MAXUINT)
        emit_column (self, ret_vertices, &column, &previous);
      column_add (self, &column, (Pick) { i, missing }, here != column_index);
      column_index = here;
    }
  if (column_index != G_MAXUINT)
    emit_column (self, ret_vertices, &column, &previous);
}
