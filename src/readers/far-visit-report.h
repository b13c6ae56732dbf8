/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the simulated readers did and how long they waited: counters and a latency histogram with
 * 64 steps an octave (below 1.6 % error), printed as one line of JSON. Single thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_LATENCY_STEPS 64
#define FAR_LATENCY_OCTAVES 34 /* up to 2⁴⁰ µs */

typedef struct {
  guint64 arrivals;
  guint64 returned;     /* were entitled already and just read */
  guint64 pledges;      /* chose to pledge */
  guint64 acknowledged; /* pledges the server has acknowledged as new */
  gint64  acknowledged_micros;
  guint64 ads;          /* watched an ad to its end */
  guint64 unfilled;     /* wanted an ad, and there was none */
  guint64 left;
  guint64 refunds;
  guint64 errors;       /* answers no reader should ever get, and none at all */
  guint64 throttles;
  guint64 shed;         /* arrivals dropped because too many visits were open here */
  guint64 requests;
  guint64 latency[FAR_LATENCY_STEPS * FAR_LATENCY_OCTAVES];
  char    first_error[256];
} FarVisitReport;

/* latency_us counts from when the request was due, not from when it was sent. */
void  far_visit_report_add_latency (FarVisitReport *self, gint64 latency_us);
/* 0 when there is nothing yet. quantile: 0 to 1 */
gint64 far_visit_report_quantile_us (const FarVisitReport *self, double quantile);
/* Keeps the first one's text. */
void  far_visit_report_add_error   (FarVisitReport *self, const char *format, ...)
  G_GNUC_PRINTF (2, 3);
/* type: "progress" or "report". Returns: (transfer full): one line without its end */
char *far_visit_report_to_json     (const FarVisitReport *self, const char *type, guint open);

G_END_DECLS
