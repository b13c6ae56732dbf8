/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A view as one HTML file that opens anywhere: styles and pictures are inside, there is no script
 * and nothing is fetched. It says what was asked, of which range, in which zone, and when.
 *
 * Whatever is not ours (names, texts) is escaped, control characters are taken out, and what looks
 * like a reader's key is removed. Charts have a table beside them. No state; any thread. */
#pragma once

#include "telemetry/far-query.h"

G_BEGIN_DECLS

typedef struct {
  const char       *title;      /* of the publication; nullable */
  const char       *deployment;
  const char       *function;   /* nullable: all */
  const char       *query;      /* the URL that was asked, as text */
  GTimeZone        *zone;
  gint64            now_us;
  const FarSeries  *series;
  const FarSummary *summary;    /* by function */
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
