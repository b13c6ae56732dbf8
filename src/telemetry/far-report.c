/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the writing of reports: texts and tables. The same data makes the same bytes. */
#include "telemetry/far-report-private.h"

#include <math.h>
#include <string.h>

#include "telemetry/far-price.h"

#define KEY_LEN 64 /* of a reader, in hex */
#define BAND_SHOWN 0.05 /* of the value */

static const char style[] =
  ":root{color-scheme:light dark;--ink:#1c1c22;--soft:#5f5f6b;--line:#d8d8e0;--bar:#3f6fb5;"
  "--bad:#c0392b;--p50:#2d8a5f;--p90:#b7791f;--p99:#8e44ad;--page:#fff}"
  "@media (prefers-color-scheme:dark){:root{--ink:#ececf1;--soft:#a5a5b2;--line:#3a3a44;"
  "--bar:#7aa7e8;--bad:#ff7b6b;--p50:#63c79a;--p90:#e6b45c;--p99:#c59ae0;--page:#1e1e24}}"
  "body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--page);"
  "max-width:1040px;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}"
  "h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.25rem 0}"
  "p.sub,figcaption,dt{color:var(--soft)}figcaption{font-size:13px}.wide{overflow-x:auto}"
  "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
  "th,td{text-align:right;white-space:nowrap;padding:.25rem .4rem;"
  "border-bottom:1px solid var(--line)}table.texts td,table.texts th,"
  "th:first-child,td:first-child{text-align:left}tr.sum td{font-weight:600}"
  "th{white-space:normal}td.long{white-space:normal}"
  "td.none,tr.sum td.none{color:var(--soft);font-size:13px;font-weight:400}"
  "figure{margin:0;overflow-x:auto}svg{width:100%;min-width:40rem;height:auto;display:block}"
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

char *
far_report_moment (gint64 time_us, GTimeZone *zone)
{
  static const char none[] = ".000 ";
  g_autofree char *text = far_report_time (time_us, zone);
  const char *fraction = strstr (text, none);

  if (fraction == NULL)
    return g_steal_pointer (&text);
  return g_strdup_printf ("%.*s%s", (int) (fraction - text), text, fraction + strlen (none) - 1);
}

gboolean
far_report_is_reported (const FarReport *report, FarMetric metric)
{
  return (report->reported & 1u << metric) != 0;
}

/* Three digits, or as many as there are before the point; none behind it that is nothing. */
static void
add_number (GString *html, double value, const char *unit)
{
  int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  int scale = digits == 2 ? 100 : digits == 1 ? 10 : 1;
  gint64 scaled = (gint64) (value * scale + 0.5);

  while (digits > 0 && scaled % 10 == 0)
    {
      scaled /= 10;
      scale /= 10;
      digits--;
    }
  g_string_append_printf (html, "%" G_GINT64_FORMAT, scaled / scale);
  if (digits > 0)
    g_string_append_printf (html, ".%0*d", digits, (int) (scaled % scale));
  g_string_append_printf (html, "\302\240%s", unit);
}

void
far_report_add_duration (GString *html, double us)
{
  if (isnan (us))
    g_string_append (html, "–");
  else if (us < 1000)
    add_number (html, floor (us), "µs");
  else if (us < 1e6)
    add_number (html, us / 1000, "ms");
  else
    add_number (html, us / 1e6, "s");
}

/* No more than is known of a percentile. */
static void
add_band (GString *html, double us, double low, double high)
{
  if (isnan (us) || (isnan (low) && isnan (high)) || high - low <= BAND_SHOWN * fmax (us, 1))
    {
      far_report_add_duration (html, us);
      return;
    }
  if (isnan (low) || low <= 0)
    g_string_append (html, "&lt; ");
  else if (isnan (high))
    g_string_append (html, "&gt; ");
  if (low > 0)
    far_report_add_duration (html, low);
  if (low > 0 && !isnan (high))
    g_string_append (html, " to ");
  if (!isnan (high))
    far_report_add_duration (html, high);
}

static void
add_dollars (GString *html, gint64 picodollars)
{
  /* Hundred-thousandths of a cent are fine enough for a table. */
  gint64 tenth_micros = picodollars / 100000;

  g_string_append_printf (html, "$%" G_GINT64_FORMAT ".%07d", tenth_micros / 10000000,
                          (int) (tenth_micros % 10000000));
}

/* ---- Tables ---- */

/* What is not reported is no dash: that stands for nothing to report. */
static gboolean
begin_cell (GString *html, const FarReport *report, FarMetric metric, double value)
{
  if (!far_report_is_reported (report, metric))
    g_string_append (html, "</td><td class=\"none\">not reported");
  else if (isnan (value))
    g_string_append (html, "</td><td class=\"none\">–");
  else
    g_string_append (html, "</td><td>");
  return far_report_is_reported (report, metric) && !isnan (value);
}

static void
add_row (GString *html, const FarReport *report, const FarReportRow *row, double n, gboolean sum)
{
  static const FarMetric counts[] = { FAR_METRIC_INVOCATIONS, FAR_METRIC_ERRORS,
                                      FAR_METRIC_THROTTLES, FAR_METRIC_COLD_STARTS };
  static const FarMetric durations[] = { FAR_METRIC_P50, FAR_METRIC_P90, FAR_METRIC_P99 };
  double cost = row->values[FAR_METRIC_COST];
  guint i;

  g_string_append (html, sum ? "<tr class=\"sum\"><td>" : "<tr><td>");
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
               const FarAggregate *aggregate, gboolean sum)
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
  add_row (html, report, &row, (double) aggregate->duration.count, sum);
}

static void
add_functions (GString *html, const FarReport *report)
{
  const FarReportFigures *figures = report->figures;
  guint i;

  g_string_append (html, "<h2>Functions</h2><div class=\"wide\"><table><thead><tr>"
                   "<th>Function</th><th>Invocations</th><th>Failed</th><th>Throttled</th>"
                   "<th>Cold</th><th>p50</th><th>p90</th><th>p99</th><th>n</th>"
                   "<th>Cost on Lambda</th></tr></thead><tbody>");
  for (i = 0; figures != NULL && i < figures->functions->len; i++)
    {
      const FarReportRow *row = &g_array_index (figures->functions, FarReportRow, i);

      add_row (html, report, row, row->values[FAR_METRIC_INVOCATIONS], FALSE);
    }
  for (i = 0; figures == NULL && i < report->summary->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (report->summary->groups, i);

      add_aggregate (html, report, group->key, &group->aggregate, FALSE);
    }
  if (figures != NULL)
    add_row (html, report, &figures->total, figures->total.values[FAR_METRIC_INVOCATIONS],
             TRUE);
  else
    add_aggregate (html, report, "All together", &report->summary->total, TRUE);
  g_string_append (html, "</tbody></table></div>");
}

static void
add_annotations (GString *html, const FarReport *report)
{
  guint i;

  if (report->annotations == NULL || report->annotations->len == 0)
    return;
  g_string_append (html, "<h2>What happened</h2><div class=\"wide\"><table class=\"texts\">"
                   "<thead><tr><th>Time</th><th>Kind</th><th>Function</th><th>What</th></tr>"
                   "</thead><tbody>");
  for (i = 0; i < report->annotations->len; i++)
    {
      const FarAnnotationRecord *record = g_ptr_array_index (report->annotations, i);
      g_autofree char *time = far_report_time (record->time_us, report->zone);

      g_string_append_printf (html, "<tr><td>%s</td><td>", time);
      add_text (html, record->kind);
      g_string_append (html, "</td><td>");
      add_text (html, record->function);
      g_string_append (html, "</td><td class=\"long\">");
      add_text (html, record->text);
      g_string_append (html, "</td></tr>");
    }
  g_string_append (html, "</tbody></table></div>");
}

static void
add_slowest (GString *html, const FarReport *report)
{
  guint i;

  if (report->slowest == NULL || report->slowest->len == 0)
    return;
  g_string_append (html, "<h2>The longest</h2><div class=\"wide\"><table class=\"texts\">"
                   "<thead><tr><th>Time</th><th>Function</th><th>Outcome</th><th>Duration</th>"
                   "<th>Memory</th><th>Trace</th></tr></thead><tbody>");
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
      far_report_add_duration (html, (double) row->duration_us);
      if (row->memory_max_kb > 0)
        g_string_append_printf (html, "</td><td>%u MB", (row->memory_max_kb + 1023) / 1024);
      else
        g_string_append (html, "</td><td>–");
      g_string_append_printf (html, "</td><td><code>%s</code></td></tr>", trace);
    }
  g_string_append (html, "</tbody></table></div>");
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

  if (!far_report_is_reported (report, FAR_METRIC_COST) || price == NULL)
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
    {
      add_term (html, "Percentiles", figures->exactness);
      add_term (html, "Heat map", figures->heat != NULL
                ? "Rows are the buckets of the source" : figures->heat_missing);
      add_term (html, "A dash", "Not known: where nothing was called, and of percentiles that "
                                "cannot be put together");
    }
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
  g_autofree char *from = far_report_moment (figures != NULL ? figures->from_us
                                                             : report->summary->from_us,
                                             report->zone);
  g_autofree char *to = far_report_moment (figures != NULL ? figures->to_us
                                                           : report->summary->to_us,
                                           report->zone);

  add_text (html, title);
  g_string_append_printf (html, "</title><style>%s</style></head><body><h1>", style);
  add_text (html, report->function != NULL ? report->function : title);
  g_string_append_printf (html, "</h1><p class=\"sub\">%s to %s</p>", from, to);
  far_report_add_charts (html, report);
  add_functions (html, report);
  add_annotations (html, report);
  add_slowest (html, report);
  add_query (html, report, from, to);
  g_string_append (html, "</body></html>\n");
  return g_string_free (html, FALSE);
}
