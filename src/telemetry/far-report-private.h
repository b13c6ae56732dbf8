/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to reports: what their texts and their charts share. */
#pragma once

#include "telemetry/far-report.h"

G_BEGIN_DECLS

gboolean far_report_is_reported  (const FarReport *report, FarMetric metric);
/* "813 µs", "1.98 ms", "1 s"; NaN: a dash */
void     far_report_add_duration (GString *html, double us);
/* As far_report_time(), without thousandths where there are none. Returns: (transfer full) */
char    *far_report_moment       (gint64 time_us, GTimeZone *zone);
/* Invocations, durations and the heat map, each with its heading. */
void     far_report_add_charts   (GString *html, const FarReport *report);

G_END_DECLS
