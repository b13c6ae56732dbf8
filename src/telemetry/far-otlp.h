/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenTelemetry's OTLP over HTTP in its JSON form: traces and metrics in, traces and metrics out.
 *
 * In: bodies are foreign and bounded in everything. Ids are hex, or base64 as some exporters send
 * them. What cannot be used of a body (a span without ids, a NaN) is counted as rejected and the
 * rest is taken, as the protocol's partial success has it. Pure; any thread. */
#pragma once

#include "telemetry/far-aggregate.h"
#include "telemetry/far-span.h"

G_BEGIN_DECLS

#define FAR_OTLP_ERROR (far_otlp_error_quark ())
GQuark far_otlp_error_quark (void);
typedef enum {
  FAR_OTLP_ERROR_BODY, /* not JSON, or not of the form */
} FarOtlpError;

#define FAR_OTLP_BODY_MAX (4 * 1024 * 1024)
#define FAR_OTLP_SPANS_MAX 4096   /* of a body; more are rejected */
#define FAR_OTLP_POINTS_MAX 4096
#define FAR_OTLP_BUCKETS_MAX 4096 /* of a point */
#define FAR_OTLP_ATTRIBUTES_MAX 32
#define FAR_OTLP_TEXT_MAX 256

typedef enum {
  FAR_OTLP_GAUGE,
  FAR_OTLP_SUM,       /* cumulative or delta; monotonic or not */
  FAR_OTLP_HISTOGRAM, /* explicit or exponential */
} FarOtlpKind;

typedef struct {
  char       *service;    /* resource's service.name, or faas.name; "" */
  char       *name;
  char       *unit;       /* "" */
  char       *attributes; /* "key=value,key=value", sorted: with service and name it tells series
                           * apart */
  FarOtlpKind kind;
  gboolean    cumulative;
  gboolean    monotonic;
  gint64      start_us;   /* 0 = not told; another one than before is a reset */
  gint64      time_us;
  double      value;      /* of gauge and sum; of a histogram its sum, NaN if not told */
  guint64     count;      /* of a histogram */
  double      min;        /* NaN = not told */
  double      max;
  /* Upper limits and counts of the buckets that are not empty, ascending; the last may be
   * infinite. */
  guint       n_buckets;
  double     *limits;
  guint64    *counts;
} FarOtlpPoint;

void       far_otlp_point_free (FarOtlpPoint *point);
/* The bucket that quantile q lies in, as its limits; FALSE without samples. */
gboolean   far_otlp_point_quantile (const FarOtlpPoint *point, double q, double *ret_low,
                                    double *ret_high);

/* Returns: (transfer full) (element-type FarSpan): of kind "remote" */
GPtrArray *far_otlp_parse_traces  (const char *body, gsize n_bytes, guint *ret_rejected,
                                   GError **error);
/* Returns: (transfer full) (element-type FarOtlpPoint) */
GPtrArray *far_otlp_parse_metrics (const char *body, gsize n_bytes, guint *ret_rejected,
                                   GError **error);

/* An ExportTraceServiceRequest. spans: (element-type FarSpan). Returns: (transfer full) */
char      *far_otlp_write_traces  (GPtrArray *spans);
/* An ExportMetricsServiceRequest of what functions did since start_us: sums, and the durations as
 * an exponential histogram whose buckets are the sketch's own.
 * functions: (array zero-terminated=1), with as many aggregates. Returns: (transfer full) */
char      *far_otlp_write_metrics (const char *const *functions,
                                   const FarAggregate *const *aggregates, gint64 start_us,
                                   gint64 now_us);

G_END_DECLS
