/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the pictures of reports, SVG without a script. Coordinates are whole numbers, so that the
 * same data makes the same bytes. */
#include "telemetry/far-report-private.h"

#include <math.h>

#include "telemetry/far-heatmap.h"

#define WIDTH 960
#define HEIGHT 180
#define LEFT 64
#define LABEL_HEIGHT 14
#define HEAT_ROWS 32

static guint
n_points (const FarReport *report)
{
  return report->figures != NULL ? report->figures->n_points : report->series->n_points;
}

/* NaN: not known. */
static double
get_point (const FarReport *report, FarMetric metric, guint index)
{
  const FarReportFigures *figures = report->figures;

  if (!far_report_is_reported (report, metric))
    return NAN;
  if (figures != NULL)
    return figures->values[metric] != NULL ? figures->values[metric][index] : NAN;
  return report->series->known[index]
    ? far_aggregate_metric (&report->series->points[index], metric) : NAN;
}

static gint64
first_us (const FarReport *report)
{
  return report->figures != NULL ? report->figures->start_us : report->series->from_us;
}

static gint64
step_us (const FarReport *report)
{
  return report->figures != NULL ? report->figures->step_us : report->series->step_us;
}

/* Of n_columns. */
static int
x_of (guint index, guint n_columns)
{
  return LEFT + (int) ((gint64) index * (WIDTH - LEFT) / MAX (n_columns, 1));
}

static int
column_x (const FarReport *report, guint index)
{
  return x_of (index, n_points (report));
}

static int
value_y (double value, double max)
{
  return HEIGHT - (int) (fmin (value, max) * (HEIGHT - 8) / max);
}

static void
add_rect (GString *html, int x, int y, int width, int height, const char *fill)
{
  g_string_append_printf (html, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s/>", x, y,
                          width, height, fill);
}

/* What is not known, from one column to before another. */
static void
add_gap (GString *html, guint from, guint end, guint n_columns)
{
  add_rect (html, x_of (from, n_columns), 0, x_of (end, n_columns) - x_of (from, n_columns),
            HEIGHT, "fill=\"var(--line)\" opacity=\".4\"");
}

static void
begin_chart (GString *html, const char *id, const char *title, const char *description)
{
  g_string_append_printf (html, "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" "
                          "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title>"
                          "<desc id=\"%s-d\">%s</desc>", WIDTH, HEIGHT + 24, id, id, id, title, id,
                          description);
}

/* Takes caption. */
static void
end_chart (GString *html, const FarReport *report, gint64 from_us, gint64 to_us, char *caption)
{
  g_autofree char *from = far_report_moment (from_us, report->zone);
  g_autofree char *to = far_report_moment (to_us, report->zone);
  g_autofree char *taken = caption;

  g_string_append_printf (html, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
                          "stroke=\"var(--line)\"/><text x=\"%d\" y=\"%d\">%s</text>"
                          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text></svg>"
                          "<figcaption>%s</figcaption></figure>", LEFT, HEIGHT, WIDTH, HEIGHT,
                          LEFT, HEIGHT + 16, from, WIDTH, HEIGHT + 16, to, taken);
}

static void
end_series_chart (GString *html, const FarReport *report, char *caption)
{
  end_chart (html, report, first_us (report),
             first_us (report) + n_points (report) * step_us (report), caption);
}

static char *
describe_step (const FarReport *report)
{
  gint64 step_s = step_us (report) / G_USEC_PER_SEC;
  static const struct { gint64 seconds; const char *name; } units[] = {
    { 86400, "d" }, { 3600, "h" }, { 60, "min" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (units); i++)
    if (step_s >= units[i].seconds && step_s % units[i].seconds == 0)
      return g_strdup_printf ("%" G_GINT64_FORMAT "\302\240%s", step_s / units[i].seconds,
                              units[i].name);
  return g_strdup_printf ("%" G_GINT64_FORMAT "\302\240s", step_s);
}

/* Where metric is not known. */
static void
add_gaps (GString *html, const FarReport *report, FarMetric metric)
{
  guint n = n_points (report), i, end;

  for (i = 0; i < n; i = end + 1)
    {
      for (end = i; end < n && isnan (get_point (report, metric, end)); end++)
        ;
      if (end > i)
        add_gap (html, i, end, n);
    }
}

static void
add_bars (GString *html, const FarReport *report)
{
  g_autofree char *step = describe_step (report);
  double max = 1;
  guint i;

  if (!far_report_is_reported (report, FAR_METRIC_INVOCATIONS))
    {
      g_string_append (html, "<p>Not reported</p>");
      return;
    }
  for (i = 0; i < n_points (report); i++)
    max = fmax (max, get_point (report, FAR_METRIC_INVOCATIONS, i));
  begin_chart (html, "inv", "Invocations",
               "Invocations over time, failed ones in red; the table of "
               "functions has the sums.");
  add_gaps (html, report, FAR_METRIC_INVOCATIONS);
  for (i = 0; i < n_points (report); i++)
    {
      double n = get_point (report, FAR_METRIC_INVOCATIONS, i);
      double errors = get_point (report, FAR_METRIC_ERRORS, i);
      int x = column_x (report, i), w = MAX (column_x (report, i + 1) - x, 1);
      int h = isnan (n) ? 0 : (int) (n * (HEIGHT - 8) / max);
      int bad = isnan (errors) ? 0 : (int) ceil (errors * (HEIGHT - 8) / max);

      if (h > 0)
        add_rect (html, x, HEIGHT - h, w, h, "fill=\"var(--bar)\"");
      if (bad > 0)
        add_rect (html, x, HEIGHT - bad, w, bad, "fill=\"var(--bad)\"");
    }
  g_string_append_printf (html, "<text x=\"%d\" y=\"12\" text-anchor=\"end\">%.0f</text>", LEFT - 6,
                          max);
  end_series_chart (html, report, g_strdup_printf (
    far_report_is_reported (report, FAR_METRIC_ERRORS)
      ? "Invocations in each %s (blue) and failed ones (red); grey: not known"
      : "Invocations in each %s (failed ones are not reported); grey: not known", step));
}

/* A line that breaks where there is no sample. */
static void
add_line (GString *html, const FarReport *report, FarMetric metric, const char *colour,
          double max)
{
  gboolean open = FALSE;
  guint i;

  g_string_append_printf (html, "<path fill=\"none\" stroke=\"var(%s)\" stroke-width=\"1.5\" d=\"",
                          colour);
  for (i = 0; i < n_points (report); i++)
    {
      double value = get_point (report, metric, i);
      int x = (column_x (report, i) + column_x (report, i + 1)) / 2;

      if (isnan (value))
        {
          open = FALSE;
          continue;
        }
      g_string_append_printf (html, "%c%d %d", open ? 'L' : 'M', x, value_y (value, max));
      /* A point alone is a dot. */
      if (!open)
        g_string_append (html, "h1");
      open = TRUE;
    }
  g_string_append (html, "\"/>");
}

/* Between its limits: what is drawn as a line is anywhere in there. */
static void
add_area (GString *html, const FarReport *report, FarMetric metric, const char *colour, double max)
{
  const FarReportFigures *figures = report->figures;
  guint n = n_points (report), i, end;

  if (figures == NULL || figures->high[metric] == NULL || !far_report_is_reported (report, metric))
    return;
  for (i = 0; i < n; i = end)
    {
      double low = fmax (figures->low[metric] != NULL ? figures->low[metric][i] : 0, 0);
      double high = figures->high[metric][i];
      int top, bottom;

      /* Equal ones are one area. */
      for (end = i + 1; end < n && figures->high[metric][end] == high &&
           fmax (figures->low[metric] != NULL ? figures->low[metric][end] : 0, 0) == low; end++)
        ;
      if (isnan (get_point (report, metric, i)) || (isnan (high) && low <= 0))
        continue;
      top = isnan (high) ? 0 : value_y (high, max);
      bottom = value_y (low, max);
      if (bottom > top + 1)
        {
          g_autofree char *fill = g_strdup_printf ("fill=\"var(%s)\" opacity=\".14\"", colour);

          add_rect (html, column_x (report, i), top, column_x (report, end) - column_x (report, i),
                    bottom - top, fill);
        }
    }
}

static double
highest (const FarReport *report)
{
  const double *high = report->figures != NULL ? report->figures->high[FAR_METRIC_P99] : NULL;
  double max = 1;
  guint i;

  for (i = 0; i < n_points (report); i++)
    {
      max = fmax (max, get_point (report, FAR_METRIC_P99, i));
      if (high != NULL && !isnan (get_point (report, FAR_METRIC_P99, i)))
        max = fmax (max, high[i]);
    }
  return max;
}

static void
add_latency (GString *html, const FarReport *report)
{
  static const struct { FarMetric metric; const char *colour; } lines[] = {
    { FAR_METRIC_P99, "--p99" }, { FAR_METRIC_P90, "--p90" }, { FAR_METRIC_P50, "--p50" },
  };
  double max = highest (report);
  guint i;

  if (!far_report_is_reported (report, FAR_METRIC_P50) &&
      !far_report_is_reported (report, FAR_METRIC_P99))
    {
      g_string_append (html, "<p>Not reported</p>");
      return;
    }
  begin_chart (html, "lat", "Duration",
               "Percentiles of the time in the handler over time; the table "
               "of functions has them over the whole range.");
  add_gaps (html, report, far_report_is_reported (report, FAR_METRIC_INVOCATIONS)
                            ? FAR_METRIC_INVOCATIONS : FAR_METRIC_P99);
  for (i = 0; i < G_N_ELEMENTS (lines); i++)
    add_area (html, report, lines[i].metric, lines[i].colour, max);
  for (i = 0; i < G_N_ELEMENTS (lines); i++)
    add_line (html, report, lines[i].metric, lines[i].colour, max);
  g_string_append_printf (html, "<text x=\"%d\" y=\"12\" text-anchor=\"end\">", LEFT - 6);
  far_report_add_duration (html, max);
  g_string_append (html, "</text>");
  end_series_chart (html, report, g_strdup (report->figures != NULL
    ? "p50 (green), p90 (amber), p99 (violet); each lies somewhere in its shaded area"
    : "p50 (green), p90 (amber), p99 (violet); exact to 0.55 %"));
}

/* Limits of rows, as many as have room; the row above the last one has none. */
static void
add_edges (GString *html, const FarReportHeat *heat)
{
  guint every = (LABEL_HEIGHT * heat->n_rows + HEIGHT - 1) / HEIGHT, i;
  guint last = heat->open_top ? heat->n_rows - 1 : heat->n_rows;
  int before = HEIGHT + LABEL_HEIGHT;

  every = MAX (every, 1);
  for (i = 0; i <= last; i++)
    {
      int y = CLAMP (HEIGHT - (int) (i * HEIGHT / heat->n_rows) + 4, 10, HEIGHT);

      if (i % every != 0 || before - y < LABEL_HEIGHT)
        continue;
      before = y;
      g_string_append_printf (html, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 6,
                              y);
      far_report_add_duration (html, heat->edges[i]);
      g_string_append (html, "</text>");
    }
}

static gboolean
is_gap (const FarReportHeat *heat, guint column)
{
  return isnan (heat->counts[(gsize) column * heat->n_rows]);
}

static void
add_column (GString *html, const FarReportHeat *heat, guint column, double max)
{
  int x = x_of (column, heat->n_columns);
  int w = MAX (x_of (column + 1, heat->n_columns) - x, 1);
  guint row;

  for (row = 0; row < heat->n_rows; row++)
    {
      double count = heat->counts[(gsize) column * heat->n_rows + row];
      int y = HEIGHT - (int) ((row + 1) * HEIGHT / heat->n_rows);
      int h = HEIGHT - (int) (row * HEIGHT / heat->n_rows) - y;
      g_autofree char *fill = NULL;

      /* What a source computes of counters is no whole number: half a call is none. */
      if (!(count >= 0.5))
        continue;
      fill = g_strdup_printf ("fill=\"var(--bar)\" opacity=\".%02d\"",
                              15 + (int) (84 * log1p (count) / log1p (max)));
      add_rect (html, x, y, w, h, fill);
    }
}

static void
draw_heat (GString *html, const FarReport *report, const FarReportHeat *heat)
{
  double max = 1;
  guint column, end;
  gsize i;

  for (i = 0; i < (gsize) heat->n_columns * heat->n_rows; i++)
    max = fmax (max, heat->counts[i]);
  begin_chart (html, "heat", "Heat map",
               "How many invocations took how long, over time: the stronger the colour, "
               "the more.");
  for (column = 0; column < heat->n_columns; column = end + 1)
    {
      for (end = column; end < heat->n_columns && is_gap (heat, end); end++)
        ;
      if (end > column)
        add_gap (html, column, end, heat->n_columns);
    }
  for (column = 0; column < heat->n_columns; column++)
    if (!is_gap (heat, column))
      add_column (html, heat, column, max);
  add_edges (html, heat);
  end_chart (html, report, heat->start_us, heat->start_us + heat->n_columns * heat->step_us,
             g_strdup (report->figures != NULL
                       ? "The stronger the colour, the more; each row is a bucket of the source; "
                         "grey: not known"
                       : "The stronger the colour, the more"));
}

/* Of single records. */
static void
add_exact_heat (GString *html, const FarReport *report)
{
  g_auto (FarHeatmap) map = { 0 };
  g_autofree double *counts = NULL;
  FarReportHeat heat = { .start_us = first_us (report), .step_us = step_us (report) };
  gsize i;

  far_heatmap_init (&map, report->series, HEAT_ROWS, FALSE);
  if (map.n_rows == 0)
    {
      g_string_append (html, "<p>Nothing was called</p>");
      return;
    }
  heat.n_columns = map.n_columns;
  heat.n_rows = map.n_rows;
  heat.edges = map.edges;
  heat.counts = counts = g_new (double, (gsize) map.n_columns * map.n_rows);
  for (i = 0; i < (gsize) map.n_columns * map.n_rows; i++)
    counts[i] = report->series->known[i / map.n_rows] ? (double) map.counts[i] : NAN;
  draw_heat (html, report, &heat);
}

void
far_report_add_charts (GString *html, const FarReport *report)
{
  const FarReportFigures *figures = report->figures;

  g_string_append (html, "<h2>Invocations</h2>");
  add_bars (html, report);
  g_string_append (html, "<h2>Duration</h2>");
  add_latency (html, report);
  g_string_append (html, "<h2>How many took how long</h2>");
  if (figures == NULL)
    add_exact_heat (html, report);
  else if (figures->heat == NULL)
    g_string_append (html, "<p>Not reported</p>");
  else if (figures->heat->n_rows == 0)
    g_string_append (html, "<p>Nothing was called</p>");
  else
    draw_heat (html, report, figures->heat);
}
