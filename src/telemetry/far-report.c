/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the writing of reports: texts, tables and SVG charts. Coordinates are whole numbers, so that
 * the same data makes the same bytes. */
#include "telemetry/far-report.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-heatmap.h"
#include "telemetry/far-price.h"

#define WIDTH 960
#define HEIGHT 180
#define LEFT 64
#define KEY_LEN 64 /* of a reader, in hex */
#define HEAT_ROWS 32
#define BAND_SHOWN 0.05 /* of the value */

static const char style[] =
  ":root{color-scheme:light dark;--ink:#1c1c22;--soft:#5f5f6b;--line:#d8d8e0;--bar:#3f6fb5;"
  "--bad:#c0392b;--p50:#2d8a5f;--p90:#b7791f;--p99:#8e44ad;--page:#fff}"
  "@media (prefers-color-scheme:dark){:root{--ink:#ececf1;--soft:#a5a5b2;--line:#3a3a44;"
  "--bar:#7aa7e8;--bad:#ff7b6b;--p50:#63c79a;--p90:#e6b45c;--p99:#c59ae0;--page:#1e1e24}}"
  "body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--page);"
  "max-width:1040px;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}"
  "h2{font-size:1.1rem;margin:2rem 0 .5rem}p.sub,figcaption,dt{color:var(--soft)}"
  "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
  "th,td{text-align:right;padding:.25rem .5rem;border-bottom:1px solid var(--line)}"
  "th:first-child,td:first-child{text-align:left}figure{margin:0}svg{width:100%;height:auto}"
  "svg text{fill:var(--soft);font-size:11px}dl{display:grid;grid-template-columns:10rem 1fr;"
  "gap:.15rem 1rem}dd{margin:0;overflow-wrap:anywhere}";

/* ---- Texts ---- */

static gboolean
is_key_at (const char *text)
{
  gsize n = strspn (text, "0123456789abcdefABCDEF");

  return n >= KEY_LEN;
}

char *
far_report_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_sized_new (strlen (valid));
  const char *at = valid;

  while (*at != '\0')
    {
      gunichar c = g_utf8_get_char (at);
      GUnicodeType type = g_unichar_type (c);

      if (is_key_at (at))
        {
          g_string_append (clean, "[reader]");
          at += strspn (at, "0123456789abcdefABCDEF");
          continue;
        }
      /* Format characters can turn the direction of what follows. */
      if ((g_unichar_iscntrl (c) && c != '\n' && c != '\t') || type == G_UNICODE_FORMAT ||
          type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR)
        g_string_append (clean, "\357\277\275");
      else
        g_string_append_unichar (clean, c);
      at = g_utf8_next_char (at);
    }
  return g_string_free (clean, FALSE);
}

char *
far_report_remove_keys (const char *text)
{
  GString *clean = g_string_sized_new (strlen (text));

  while (*text != '\0')
    {
      gsize n = strspn (text, "0123456789abcdefABCDEF");

      if (n >= KEY_LEN)
        g_string_append (clean, "[reader]");
      else
        g_string_append_len (clean, text, (gssize) MAX (n, 1));
      text += MAX (n, 1);
    }
  return g_string_free (clean, FALSE);
}

static void
add_text (GString *html, const char *text)
{
  g_autofree char *clean = far_report_clean (text != NULL ? text : "–");
  g_autofree char *escaped = g_markup_escape_text (clean, -1);

  g_string_append (html, escaped);
}

char *
far_report_time (gint64 time_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  g_autofree char *front = NULL;
  g_autofree char *offset = NULL;

  if (local == NULL)
    return g_strdup ("–");
  front = g_date_time_format (local, "%Y-%m-%d %H:%M:%S");
  offset = g_date_time_format (local, "%:z");
  return g_strdup_printf ("%s.%03d %s", front, (int) (time_us % G_USEC_PER_SEC / 1000), offset);
}

static void
add_duration (GString *html, double us)
{
  if (isnan (us))
    g_string_append (html, "–");
  else if (us < 1000)
    g_string_append_printf (html, "%d µs", (int) us);
  else if (us < 1e6)
    g_string_append_printf (html, "%d.%02d ms", (int) (us / 1000), (int) us % 1000 / 10);
  else
    g_string_append_printf (html, "%d.%02d s", (int) (us / 1e6), (int) (fmod (us, 1e6) / 1e4));
}

/* No more than is known of a percentile. */
static void
add_band (GString *html, double us, double low, double high)
{
  if (isnan (us) || (isnan (low) && isnan (high)) || high - low <= BAND_SHOWN * fmax (us, 1))
    {
      add_duration (html, us);
      return;
    }
  if (isnan (low) || low <= 0)
    g_string_append (html, "&lt; ");
  else if (isnan (high))
    g_string_append (html, "&gt; ");
  if (low > 0)
    add_duration (html, low);
  if (low > 0 && !isnan (high))
    g_string_append (html, " to ");
  if (!isnan (high))
    add_duration (html, high);
}

static void
add_dollars (GString *html, gint64 picodollars)
{
  /* Hundred-thousandths of a cent are fine enough for a table. */
  gint64 tenth_micros = picodollars / 100000;

  g_string_append_printf (html, "$%" G_GINT64_FORMAT ".%07d", tenth_micros / 10000000,
                          (int) (tenth_micros % 10000000));
}

/* ---- Charts ---- */

static gboolean
is_reported (const FarReport *report, FarMetric metric)
{
  return (report->reported & 1u << metric) != 0;
}

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

  if (!is_reported (report, metric))
    return NAN;
  if (figures != NULL)
    return figures->values[metric] != NULL ? figures->values[metric][index] : NAN;
  return report->series->known[index]
    ? far_aggregate_metric (&report->series->points[index], metric) : NAN;
}

static int
column_x (const FarReport *report, guint index)
{
  return LEFT + (int) ((gint64) index * (WIDTH - LEFT) / MAX (n_points (report), 1));
}

static void
begin_chart (GString *html, const char *id, const char *title, const char *description)
{
  g_string_append_printf (html, "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" "
                          "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title>"
                          "<desc id=\"%s-d\">%s</desc>", WIDTH, HEIGHT + 24, id, id, id, title, id,
                          description);
}

static void
end_chart (GString *html, const FarReport *report, const char *caption)
{
  const FarReportFigures *figures = report->figures;
  gint64 start_us = figures != NULL ? figures->start_us : report->series->from_us;
  gint64 step_us = figures != NULL ? figures->step_us : report->series->step_us;
  g_autofree char *from = far_report_time (start_us, report->zone);
  g_autofree char *to = far_report_time (start_us + n_points (report) * step_us, report->zone);

  g_string_append_printf (html, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
                          "stroke=\"var(--line)\"/><text x=\"%d\" y=\"%d\">%s</text>"
                          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text></svg>"
                          "<figcaption>%s</figcaption></figure>", LEFT, HEIGHT, WIDTH, HEIGHT,
                          LEFT, HEIGHT + 16, from, WIDTH, HEIGHT + 16, to, caption);
}

static void
add_bars (GString *html, const FarReport *report)
{
  double max = 1;
  guint i;

  for (i = 0; i < n_points (report); i++)
    max = fmax (max, get_point (report, FAR_METRIC_INVOCATIONS, i));
  begin_chart (html, "inv", "Invocations",
               "Invocations over time, failed ones in red; the table of "
               "functions has the sums.");
  for (i = 0; i < n_points (report); i++)
    {
      double n = get_point (report, FAR_METRIC_INVOCATIONS, i);
      double errors = get_point (report, FAR_METRIC_ERRORS, i);
      int x = column_x (report, i), w = MAX (column_x (report, i + 1) - x, 1);
      int h = isnan (n) ? 0 : (int) (n * (HEIGHT - 8) / max);
      int bad = isnan (errors) ? 0 : (int) ceil (errors * (HEIGHT - 8) / max);

      if (isnan (n))
        g_string_append_printf (html, "<rect x=\"%d\" y=\"0\" width=\"%d\" height=\"%d\" "
                                "fill=\"var(--line)\" opacity=\".4\"/>", x, w, HEIGHT);
      if (h > 0)
        g_string_append_printf (html, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                                "fill=\"var(--bar)\"/>", x, HEIGHT - h, w, h);
      if (bad > 0)
        g_string_append_printf (html, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                                "fill=\"var(--bad)\"/>", x, HEIGHT - bad, w, bad);
    }
  g_string_append_printf (html, "<text x=\"%d\" y=\"12\" text-anchor=\"end\">%.0f</text>", LEFT - 6,
                          max);
  end_chart (html, report, is_reported (report, FAR_METRIC_ERRORS)
             ? "Invocations (blue) and failed ones (red); grey: not known"
             : "Invocations (failed ones are not reported); grey: not known");
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
      g_string_append_printf (html, "%c%d %d", open ? 'L' : 'M', x,
                              HEIGHT - (int) (value * (HEIGHT - 8) / max));
      /* A point alone is a dot. */
      if (!open)
        g_string_append (html, "h1");
      open = TRUE;
    }
  g_string_append (html, "\"/>");
}

static void
add_latency (GString *html, const FarReport *report)
{
  double max = 1;
  guint i;

  if (!is_reported (report, FAR_METRIC_P50) && !is_reported (report, FAR_METRIC_P99))
    {
      g_string_append (html, "<p>Not reported</p>");
      return;
    }
  for (i = 0; i < n_points (report); i++)
    max = fmax (max, get_point (report, FAR_METRIC_P99, i));
  begin_chart (html, "lat", "Duration",
               "Percentiles of the time in the handler over time; the table "
               "of functions has them over the whole range.");
  add_line (html, report, FAR_METRIC_P50, "--p50", max);
  add_line (html, report, FAR_METRIC_P90, "--p90", max);
  add_line (html, report, FAR_METRIC_P99, "--p99", max);
  g_string_append_printf (html, "<text x=\"%d\" y=\"12\" text-anchor=\"end\">", LEFT - 6);
  add_duration (html, max);
  g_string_append (html, "</text>");
  end_chart (html, report, report->figures != NULL
             ? "p50 (green), p90 (amber), p99 (violet); as exact as the system tells them"
             : "p50 (green), p90 (amber), p99 (violet); exact to 0.55 %");
}

static void
add_heat (GString *html, const FarReport *report)
{
  g_auto (FarHeatmap) map = { 0 };
  guint column, row;

  far_heatmap_init (&map, report->series, HEAT_ROWS, FALSE);
  if (map.n_rows == 0)
    return;
  begin_chart (html, "heat", "Heat map",
               "How many invocations took how long, over time: the darker, "
               "the more.");
  for (column = 0; column < map.n_columns; column++)
    for (row = 0; row < map.n_rows; row++)
      {
        guint64 count = map.counts[(gsize) column * map.n_rows + row];
        int x = column_x (report, column);
        int w = MAX (column_x (report, column + 1) - x, 1);
        int y = HEIGHT - (int) ((row + 1) * HEIGHT / map.n_rows);
        int h = HEIGHT - (int) (row * HEIGHT / map.n_rows) - y;

        if (count > 0)
          g_string_append_printf (html, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                                  "fill=\"var(--bar)\" opacity=\".%02d\"/>", x, y, w, h,
                                  15 + (int) (84 * log1p ((double) count) /
                                              log1p ((double) map.max)));
      }
  g_string_append_printf (html, "<text x=\"%d\" y=\"12\" text-anchor=\"end\">", LEFT - 6);
  add_duration (html, map.edges[map.n_rows]);
  g_string_append_printf (html, "</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 6,
                          HEIGHT);
  add_duration (html, map.edges[0]);
  g_string_append (html, "</text>");
  end_chart (html, report, "How many took how long");
}

/* ---- Tables ---- */

/* What is not reported is no dash: that stands for nothing to report. */
static gboolean
begin_cell (GString *html, const FarReport *report, FarMetric metric, double value)
{
  g_string_append (html, "</td><td>");
  if (!is_reported (report, metric))
    g_string_append (html, "not reported");
  else if (isnan (value))
    g_string_append (html, "–");
  return is_reported (report, metric) && !isnan (value);
}

static void
add_row (GString *html, const FarReport *report, const FarReportRow *row, double n)
{
  static const FarMetric counts[] = { FAR_METRIC_INVOCATIONS, FAR_METRIC_ERRORS,
                                      FAR_METRIC_THROTTLES, FAR_METRIC_COLD_STARTS };
  static const FarMetric durations[] = { FAR_METRIC_P50, FAR_METRIC_P90, FAR_METRIC_P99 };
  double cost = row->values[FAR_METRIC_COST];
  guint i;

  g_string_append (html, "<tr><td>");
  add_text (html, row->name);
  for (i = 0; i < G_N_ELEMENTS (counts); i++)
    if (begin_cell (html, report, counts[i], row->values[counts[i]]))
      g_string_append_printf (html, "%.0f", row->values[counts[i]]);
  for (i = 0; i < G_N_ELEMENTS (durations); i++)
    if (begin_cell (html, report, durations[i], row->values[durations[i]]))
      add_band (html, row->values[durations[i]], row->low[durations[i]],
                row->high[durations[i]]);
  if (begin_cell (html, report, FAR_METRIC_INVOCATIONS, n))
    g_string_append_printf (html, "%.0f", n);
  if (begin_cell (html, report, FAR_METRIC_COST, cost) && cost < G_MAXINT64)
    add_dollars (html, (gint64) cost);
  g_string_append (html, "</td></tr>");
}

/* Its percentiles are exact enough to have no limits. */
static void
add_aggregate (GString *html, const FarReport *report, const char *name,
               const FarAggregate *aggregate)
{
  double values[FAR_METRIC_N], open[FAR_METRIC_N];
  const FarReportRow row = { name, values, open, open };
  guint i;

  for (i = 0; i < FAR_METRIC_N; i++)
    {
      values[i] = i != FAR_METRIC_COST ? far_aggregate_metric (aggregate, i) : NAN;
      open[i] = NAN;
    }
  values[FAR_METRIC_COST] =
    (double) far_price_cost (far_price_at (report->summary->from_us), aggregate->mb_ms,
                             far_aggregate_invocations (aggregate));
  add_row (html, report, &row, (double) aggregate->duration.count);
}

static void
add_functions (GString *html, const FarReport *report)
{
  const FarReportFigures *figures = report->figures;
  guint i;

  g_string_append (html, "<h2>Functions</h2><table><thead><tr><th>Function</th><th>Invocations</th>"
                   "<th>Failed</th><th>Throttled</th><th>Cold</th><th>p50</th><th>p90</th>"
                   "<th>p99</th><th>n</th><th>Cost on Lambda</th></tr></thead><tbody>");
  for (i = 0; figures != NULL && i < figures->functions->len; i++)
    {
      const FarReportRow *row = &g_array_index (figures->functions, FarReportRow, i);

      add_row (html, report, row, row->values[FAR_METRIC_INVOCATIONS]);
    }
  for (i = 0; figures == NULL && i < report->summary->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (report->summary->groups, i);

      add_aggregate (html, report, group->key, &group->aggregate);
    }
  if (figures != NULL)
    add_row (html, report, &figures->total, figures->total.values[FAR_METRIC_INVOCATIONS]);
  else
    add_aggregate (html, report, "All together", &report->summary->total);
  g_string_append (html, "</tbody></table>");
}

static void
add_annotations (GString *html, const FarReport *report)
{
  guint i;

  if (report->annotations == NULL || report->annotations->len == 0)
    return;
  g_string_append (html, "<h2>What happened</h2><table><thead><tr><th>Time</th><th>Kind</th>"
                   "<th>Function</th><th>What</th></tr></thead><tbody>");
  for (i = 0; i < report->annotations->len; i++)
    {
      const FarAnnotationRecord *record = g_ptr_array_index (report->annotations, i);
      g_autofree char *time = far_report_time (record->time_us, report->zone);

      g_string_append_printf (html, "<tr><td>%s</td><td>", time);
      add_text (html, record->kind);
      g_string_append (html, "</td><td>");
      add_text (html, record->function);
      g_string_append (html, "</td><td>");
      add_text (html, record->text);
      g_string_append (html, "</td></tr>");
    }
  g_string_append (html, "</tbody></table>");
}

static void
add_slowest (GString *html, const FarReport *report)
{
  guint i;

  if (report->slowest == NULL || report->slowest->len == 0)
    return;
  g_string_append (html, "<h2>The longest</h2><table><thead><tr><th>Time</th><th>Function</th>"
                   "<th>Outcome</th><th>Duration</th><th>Memory</th><th>Trace</th></tr></thead>"
                   "<tbody>");
  for (i = 0; i < report->slowest->len; i++)
    {
      const FarInvocation *row = &g_array_index (report->slowest, FarInvocation, i);
      g_autofree char *time = far_report_time (row->arrival_us, report->zone);
      char trace[FAR_ID_HEX_LEN + 1];

      far_id_to_hex (&row->trace_id, trace);
      g_string_append_printf (html, "<tr><td>%s</td><td>", time);
      add_text (html, row->function);
      g_string_append_printf (html, "</td><td>%s</td><td>",
                              far_invocation_outcome_to_string (row->outcome));
      add_duration (html, (double) row->duration_us);
      if (row->memory_max_kb > 0)
        g_string_append_printf (html, "</td><td>%u MB", (row->memory_max_kb + 1023) / 1024);
      else
        g_string_append (html, "</td><td>–");
      g_string_append_printf (html, "</td><td><code>%s</code></td></tr>", trace);
    }
  g_string_append (html, "</tbody></table>");
}

static void
add_term (GString *html, const char *term, const char *text)
{
  g_string_append_printf (html, "<dt>%s</dt><dd>", term);
  add_text (html, text);
  g_string_append (html, "</dd>");
}

static char *
describe_cost (const FarReport *report)
{
  const FarPrice *price = report->figures != NULL ? report->figures->price
                                                  : far_price_at (report->summary->from_us);

  if (!is_reported (report, FAR_METRIC_COST) || price == NULL)
    return g_strdup ("Not reported");
  return g_strdup_printf ("List price of AWS Lambda (%s, %s) since %s, %s", price->region,
                          strcmp (price->architecture, "x86_64") == 0 ? "x86"
                                                                     : price->architecture,
                          price->since, price->source);
}

static void
add_query (GString *html, const FarReport *report, const char *from, const char *to)
{
  const FarReportFigures *figures = report->figures;
  gint64 step_us = figures != NULL ? figures->step_us : report->series->step_us;
  g_autofree char *now = far_report_time (report->now_us, report->zone);
  g_autofree char *step = g_strdup_printf ("%" G_GINT64_FORMAT " s", step_us / G_USEC_PER_SEC);
  g_autofree char *cost = describe_cost (report);
  g_autofree char *dropped = g_strdup_printf ("%" G_GUINT64_FORMAT " records and lines, dropped "
                                              "under load since the telemetry began",
                                              report->n_dropped);

  g_string_append (html, "<h2>What was asked</h2><dl>");
  add_term (html, "Deployment", report->deployment);
  add_term (html, "Function", report->function != NULL ? report->function : "all");
  add_term (html, "From", from);
  add_term (html, "To", to);
  add_term (html, "Time zone", g_time_zone_get_identifier (report->zone));
  add_term (html, "Step", step);
  add_term (html, "Made", now);
  add_term (html, "Query", report->query);
  add_term (html, "Cost", cost);
  if (figures != NULL)
    add_term (html, "Percentiles", figures->exactness);
  add_term (html, "Left out", "Readers' keys; money, which stands in the ledger alone");
  if (report->n_dropped > 0)
    add_term (html, "Not kept", dropped);
  g_string_append (html, "</dl>");
}

char *
far_report_to_html (const FarReport *report)
{
  const FarReportFigures *figures = report->figures;
  GString *html = g_string_new ("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                                "<meta name=\"viewport\" content=\"width=device-width\">"
                                "<meta http-equiv=\"Content-Security-Policy\" content=\""
                                "default-src 'none'; style-src 'unsafe-inline'\"><title>");
  const char *title = report->title != NULL ? report->title : "Farthing";
  g_autofree char *from = far_report_time (figures != NULL ? figures->from_us
                                                           : report->summary->from_us,
                                           report->zone);
  g_autofree char *to = far_report_time (figures != NULL ? figures->to_us
                                                         : report->summary->to_us, report->zone);

  add_text (html, title);
  g_string_append_printf (html, "</title><style>%s</style></head><body><h1>", style);
  add_text (html, report->function != NULL ? report->function : title);
  g_string_append_printf (html, "</h1><p class=\"sub\">%s to %s</p><h2>Invocations</h2>", from, to);
  add_bars (html, report);
  g_string_append (html, "<h2>Duration</h2>");
  add_latency (html, report);
  if (figures == NULL)
    add_heat (html, report);
  add_functions (html, report);
  add_annotations (html, report);
  add_slowest (html, report);
  add_query (html, report, from, to);
  g_string_append (html, "</body></html>\n");
  return g_string_free (html, FALSE);
}
