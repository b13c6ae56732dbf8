/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reduction must hold for any series: it keeps to its bound, shows only samples that are
 * there, hides no extreme of any column, and joins nothing across a gap. */
#include "desktop/charts/far-chart-series.h"

#include <math.h>

#include "base/far-random.h"

#define ROUNDS 300
#define STEP_US 1000
#define ORIGIN_US G_GINT64_CONSTANT (1700000000000000)

typedef struct {
  FarChartSeries *series;
  double         *values;
  guint           n_values;
  gint64          from_us;
  gint64          to_us;
  guint           n_columns;
  GArray         *vertices;
} Case;

static void
case_init (Case *c, FarRng *rng)
{
  double missing = far_rng_unit (rng) < 0.5 ? 0 : far_rng_unit (rng);

  c->n_values = far_rng_below (rng, 2000);
  c->values = g_new (double, c->n_values + 1);
  for (guint i = 0; i < c->n_values; i++)
    c->values[i] = far_rng_unit (rng) < missing ? NAN : far_rng_normal (rng) * 100;
  c->series = far_chart_series_new ("line");
  far_chart_series_set_samples (c->series, ORIGIN_US, STEP_US, c->values, c->n_values);
  c->from_us = ORIGIN_US - 50 * STEP_US + (gint64) far_rng_below (rng, 1000 * STEP_US);
  c->to_us = c->from_us + 1 + (gint64) far_rng_below (rng, 2500 * STEP_US);
  c->n_columns = 1 + far_rng_below (rng, 400);
  c->vertices = g_array_new (FALSE, FALSE, sizeof (FarChartVertex));
  far_chart_series_reduce (c->series, c->from_us, c->to_us, c->n_columns, c->vertices);
}

static void
case_clear (Case *c)
{
  g_array_unref (c->vertices);
  g_free (c->values);
  g_assert_finalize_object (c->series);
}

static gint64
time_of (guint index)
{
  return ORIGIN_US + (gint64) index * STEP_US;
}

static guint
column_of (const Case *c, guint index)
{
  double width = (double) (c->to_us - c->from_us) / c->n_columns;

  return MIN ((guint) ((double) (time_of (index) - c->from_us) / width), c->n_columns - 1);
}

static gboolean
in_range (const Case *c, guint index)
{
  return time_of (index) >= c->from_us && time_of (index) <= c->to_us;
}

static gboolean
has_vertex (const Case *c, gint64 time_us)
{
  for (guint i = 0; i < c->vertices->len; i++)
    if (g_array_index (c->vertices, FarChartVertex, i).time_us == time_us)
      return TRUE;
  return FALSE;
}

static void
check_vertices (const Case *c)
{
  gint64 last_us = G_MININT64;

  g_assert_cmpuint (c->vertices->len, <=, 4 * c->n_columns);
  for (guint i = 0; i < c->vertices->len; i++)
    {
      FarChartVertex *vertex = &g_array_index (c->vertices, FarChartVertex, i);
      gint64 offset_us = vertex->time_us - ORIGIN_US;

      g_assert_cmpint (vertex->time_us, >, last_us);
      g_assert_cmpint (vertex->time_us, >=, c->from_us);
      g_assert_cmpint (vertex->time_us, <=, c->to_us);
      g_assert_cmpint (offset_us % STEP_US, ==, 0);
      g_assert_true (c->values[offset_us / STEP_US] == vertex->value);
      last_us = vertex->time_us;
    }
}

/* Of each column the first, the last, a lowest and a highest value are shown. */
static void
check_columns (const Case *c)
{
  for (guint i = 0; i < c->n_values;)
    {
      guint column = in_range (c, i) ? column_of (c, i) : 0;
      double low = NAN;
      double high = NAN;
      double shown_low = NAN;
      double shown_high = NAN;
      gint64 first_us = -1;
      gint64 last_us = -1;

      if (!in_range (c, i))
        {
          i++;
          continue;
        }
      for (; i < c->n_values && in_range (c, i) && column_of (c, i) == column; i++)
        {
          if (isnan (c->values[i]))
            continue;
          low = fmin (low, c->values[i]);
          high = fmax (high, c->values[i]);
          if (first_us < 0)
            first_us = time_of (i);
          last_us = time_of (i);
          if (has_vertex (c, time_of (i)))
            {
              shown_low = fmin (shown_low, c->values[i]);
              shown_high = fmax (shown_high, c->values[i]);
            }
        }
      if (first_us < 0)
        continue;
      g_assert_true (has_vertex (c, first_us));
      g_assert_true (has_vertex (c, last_us));
      g_assert_true (shown_low == low);
      g_assert_true (shown_high == high);
    }
}

/* The line is lifted exactly where a sample is missing between two vertices. */
static void
check_gaps (const Case *c)
{
  for (guint i = 0; i < c->vertices->len; i++)
    {
      FarChartVertex *vertex = &g_array_index (c->vertices, FarChartVertex, i);
      gboolean gap = i == 0;

      if (i > 0)
        for (gint64 t = (vertex - 1)->time_us; t < vertex->time_us; t += STEP_US)
          gap |= isnan (c->values[(t - ORIGIN_US) / STEP_US]);
      g_assert_cmpint (vertex->starts, ==, gap);
    }
}

static void
test_reduce (void)
{
  FarRng rng;

  far_rng_init (&rng, 20261123, 1);
  for (guint round = 0; round < ROUNDS; round++)
    {
      Case c;

      case_init (&c, &rng);
      check_vertices (&c);
      check_columns (&c);
      check_gaps (&c);
      case_clear (&c);
    }
}

static void
test_spike (void)
{
  g_autoptr (FarChartSeries) series = far_chart_series_new ("line");
  g_autoptr (GArray) vertices = g_array_new (FALSE, FALSE, sizeof (FarChartVertex));
  g_autofree double *values = g_new0 (double, 1000000);
  double highest = 0;

  values[123456] = 7;
  far_chart_series_set_samples (series, 0, 1, values, 1000000);
  far_chart_series_reduce (series, 0, 999999, 100, vertices);
  for (guint i = 0; i < vertices->len; i++)
    highest = fmax (highest, g_array_index (vertices, FarChartVertex, i).value);
  g_assert_true (highest == 7);
}

static void
test_missing (void)
{
  g_autoptr (FarChartSeries) series = far_chart_series_new ("line");
  g_autoptr (GArray) vertices = g_array_new (FALSE, FALSE, sizeof (FarChartVertex));
  const double values[] = { 1, NAN, 3, 4 };
  FarChartSummary summary;

  far_chart_series_set_samples (series, 100, 10, values, G_N_ELEMENTS (values));
  far_chart_series_summarize (series, 0, 1000, &summary);
  g_assert_cmpuint (summary.n_samples, ==, 4);
  g_assert_cmpuint (summary.n_missing, ==, 1);
  g_assert_true (summary.min == 1 && summary.max == 4 && summary.last == 4);

  g_assert_true (isnan (far_chart_series_value_at (series, 110)));
  g_assert_true (far_chart_series_value_at (series, 104) == 1);
  g_assert_true (isnan (far_chart_series_value_at (series, 106)));
  g_assert_true (isnan (far_chart_series_value_at (series, 94)));
  g_assert_true (far_chart_series_value_at (series, 134) == 4);
  g_assert_true (isnan (far_chart_series_value_at (series, 135)));

  far_chart_series_reduce (series, 100, 130, 1000, vertices);
  g_assert_cmpuint (vertices->len, ==, 3);
  g_assert_true (g_array_index (vertices, FarChartVertex, 0).starts);
  g_assert_true (g_array_index (vertices, FarChartVertex, 1).starts);
  g_assert_false (g_array_index (vertices, FarChartVertex, 2).starts);

  far_chart_series_summarize (series, 105, 115, &summary);
  g_assert_cmpuint (summary.n_samples, ==, 1);
  g_assert_true (isnan (summary.last));
}

static void
test_empty (void)
{
  g_autoptr (FarChartSeries) series = far_chart_series_new ("line");
  g_autoptr (GArray) vertices = g_array_new (FALSE, FALSE, sizeof (FarChartVertex));
  FarChartSummary summary;

  far_chart_series_reduce (series, 0, 1, 1, vertices);
  g_assert_cmpuint (vertices->len, ==, 0);
  far_chart_series_summarize (series, G_MININT64, G_MAXINT64, &summary);
  g_assert_cmpuint (summary.n_samples, ==, 0);
  g_assert_true (isnan (summary.max));
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_changed (void)
{
  g_autoptr (FarChartSeries) series = far_chart_series_new ("line");
  double value = 1;
  guint n = 0;

  g_signal_connect_swapped (series, "changed", G_CALLBACK (count_cb), &n);
  far_chart_series_set_samples (series, 0, 1, &value, 1);
  g_assert_cmpuint (n, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart-series/reduce", test_reduce);
  g_test_add_func ("/chart-series/spike", test_spike);
  g_test_add_func ("/chart-series/missing", test_missing);
  g_test_add_func ("/chart-series/empty", test_empty);
  g_test_add_func ("/chart-series/changed", test_changed);
  return g_test_run ();
}
