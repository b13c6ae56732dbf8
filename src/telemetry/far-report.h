/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A view as one HTML file that opens anywhere: styles and pictures are inside, there is no script
 * and nothing is fetched. It says what was asked, of which range, in which zone, and when.
 *
 * Whatever is not ours (names, texts) is escaped, control characters are taken out, and what looks
 * like a reader's key is removed. Charts have a table beside them. No state; any thread. */
#pragma once

#include "telemetry/far-price.h"
#include "telemetry/far-query.h"

G_BEGIN_DECLS

/* Figures of a function, or of all together; NaN: not known. Limits of a percentile: NaN = open. */
typedef struct {
  const char   *name;
  const double *values; /* FAR_METRIC_N, cost in picodollars */
  const double *low;
  const double *high;
} FarReportRow;

/* How many took how long. counts: n_columns × n_rows, a column after the other, the shortest first;
 * NaN in all of a column: not known. */
typedef struct {
  gint64        start_us;
  gint64        step_us;
  guint         n_columns;
  guint         n_rows;    /* 0: nothing was called */
  const double *edges;     /* n_rows + 1, µs, ascending */
  const double *counts;
  gboolean      open_top;  /* the last edge means nothing */
} FarReportHeat;

/* What a system tells that has no single records: instead of series and summary. */
typedef struct {
  gint64        from_us;   /* what was asked for */
  gint64        to_us;
  gint64        start_us;  /* of the points */
  gint64        step_us;
  guint         n_points;
  const double *values[FAR_METRIC_N]; /* nullable; NaN: not known */
  const double *low[FAR_METRIC_N];    /* nullable; NaN: open */
  const double *high[FAR_METRIC_N];
  const FarReportHeat *heat; /* nullable: */
  const char   *heat_missing; /* why, a sentence without its full stop */
  const GArray *functions; /* (element-type FarReportRow) */
  FarReportRow  total;
  const char   *exactness; /* of percentiles: a sentence without its full stop */
  const FarPrice *price;   /* nullable: not known */
} FarReportFigures;

typedef struct {
  const char       *title;      /* of the publication; nullable */
  const char       *deployment;
  const char       *function;   /* nullable: all */
  const char       *query;      /* the URL that was asked, as text */
  GTimeZone        *zone;
  gint64            now_us;
  const FarSeries  *series;
  const FarSummary *summary;    /* by function */
  const FarReportFigures *figures; /* nullable: else all of the two above */
  GPtrArray        *annotations; /* (element-type FarAnnotationRecord) */
  const GArray     *slowest;    /* (element-type FarInvocation) */
  guint             reported;   /* 1 << FarMetric: what is not among them is not known, not zero */
  guint64           n_dropped;  /* records and lines that could not be kept */
} FarReport;

/* Returns: (transfer full) */
char *far_report_to_html (const FarReport *report);

/* Text of others for people: valid UTF-8, no control characters, and 64 hexadecimal digits in a row
 * (a reader's key) replaced by "[reader]". Returns: (transfer full) */
char *far_report_clean   (const char *text);
/* Only the keys are taken out: for text that is clean otherwise. Returns: (transfer full) */
char *far_report_remove_keys (const char *text);
/* "2026-01-01 13:00:00.123 +01:00" Returns: (transfer full) */
char *far_report_time    (gint64 time_us, GTimeZone *zone);

G_END_DECLS
