/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the control API answers about telemetry, as immutable, reference-counted structs (boxed
 * types), made of the objects that far_platform_client_request_async() brings. Lenient: what is
 * missing reads as nothing. Strings are never NULL unless marked; times are µs since the Unix
 * epoch. */
#pragma once

#include "client/far-platform-types.h"

G_BEGIN_DECLS

/* "PATH?name=value&…" of pairs that end with NULL; a value of NULL or "" is left out.
 * Returns: (transfer full) */
char *far_platform_url (const char *path, const char *name, ...) G_GNUC_NULL_TERMINATED;

/* ---- GET /v1/summary ---- */

/* The truth lies between low and high; G_MININT64 and G_MAXINT64: no limit on that side. */
typedef struct {
  gboolean known; /* FALSE: there was no sample */
  gint64   value;
  gint64   low;
  gint64   high;
} FarQuantile;

/* -1 = not reported: the platform itself reports every count. */
typedef struct {
  gint64 n;            /* samples of the time in the handler; -1 = not reported */
  gint64 invocations;
  gint64 errors;
  gint64 throttles;
  gint64 cold_starts;
  gint64 cold_n;
  gint64 error_ppm;    /* -1 = nothing to take a share of; the same with the next two */
  gint64 cold_ppm;
  gint64 throttle_ppm;
  gint64 mean_us;      /* -1 = no sample; the same with the next two */
  gint64 min_us;
  gint64 max_us;
  gint64 concurrency;
  gint64 memory_max_kb; /* -1 = not measured */
  gint64 mb_ms;
  gint64 cost_picodollars;
  FarQuantile p50_us;
  FarQuantile p90_us;
  FarQuantile p99_us;
  FarQuantile cold_p50_us;
  FarQuantile cold_p99_us;
} FarFigures;

typedef struct {
  char      *key;
  char      *function;     /* whose version or article; "" */
  FarFigures figures;
  gboolean   has_baseline; /* it is in the other range too */
  FarFigures baseline;
} FarFiguresGroup;

typedef struct {
  gint64 from_us;
  gint64 to_us;
  gint64 now_us;
  gint64 known_us;
  char  *price_since;
  FarFigures total;
  guint  n_groups;
  FarFiguresGroup *groups;
  gboolean has_baseline;
  gint64 baseline_from_us;
  gint64 baseline_to_us;
  FarFigures baseline;
} FarSummaryInfo;
FAR_DECLARE_RC_BOXED (FarSummaryInfo, far_summary_info)
#define FAR_TYPE_SUMMARY_INFO (far_summary_info_get_type ())

/* NULL with FAR_CLIENT_ERROR_PROTOCOL, like all of these. Returns: (transfer full) */
FarSummaryInfo *far_summary_info_parse (JsonObject *object, GError **error);

/* ---- GET /v1/margin ---- */

typedef struct {
  char    *key;           /* the article, or the function; "" in the total */
  gint64   invocations;
  gint64   cost_picodollars;
  gboolean has_earned;
  gint64   earned_micros; /* the publisher's share by the ledger; may be negative */
  gboolean reported;      /* net_picodollars holds; else reason says why not */
  gint64   net_picodollars;
  char    *reason;        /* "" = reported */
} FarMarginRow;

typedef struct {
  gint64 from_us;
  gint64 to_us;
  gboolean by_function;
  char  *currency;        /* "" = no money is known, money_reason says why */
  char  *money;           /* "test" "live" "" */
  char  *money_reason;
  char  *price_region;
  char  *price_architecture;
  char  *price_since;
  char  *price_source;
  guint  n_rows;
  FarMarginRow *rows;     /* those that earned most first */
  gint64 n_all_rows;      /* before the limit */
  FarMarginRow total;
  gint64 rest_invocations; /* which no row has */
  gint64 rest_cost_picodollars;
  gboolean has_rest_earned;
  gint64 rest_earned_micros;
} FarMarginInfo;
FAR_DECLARE_RC_BOXED (FarMarginInfo, far_margin_info)
#define FAR_TYPE_MARGIN_INFO (far_margin_info_get_type ())

FarMarginInfo *far_margin_info_parse (JsonObject *object, GError **error);

/* ---- GET /v1/heatmap ---- */

typedef struct {
  gint64   from_us;
  gint64   to_us;
  gint64   step_us;
  gint64   now_us;
  guint    n_columns;
  guint    n_rows;
  double  *edges;  /* n_rows + 1, µs, ascending */
  gint64  *counts; /* a column after the other: [column · n_rows + row]; -1 = not known */
  gint64   max;
  gint64   n;
} FarHeatmapInfo;
FAR_DECLARE_RC_BOXED (FarHeatmapInfo, far_heatmap_info)
#define FAR_TYPE_HEATMAP_INFO (far_heatmap_info_get_type ())

FarHeatmapInfo *far_heatmap_info_parse (JsonObject *object, GError **error);

/* ---- GET /v1/traces and /v1/traces/{id} ---- */

typedef struct {
  char  *trace_id;
  char  *name;
  char  *function;
  gint64 start_us;
  gint64 duration_us;
  gint64 invocations;
  gint64 errors;
} FarTraceHead;
FAR_DECLARE_RC_BOXED (FarTraceHead, far_trace_head)
#define FAR_TYPE_TRACE_HEAD (far_trace_head_get_type ())

/* Returns: (transfer full) (element-type FarTraceHead) */
GPtrArray *far_trace_heads_parse (JsonObject *object, GError **error);

typedef struct {
  char  *span_id;
  char  *parent_id;  /* "" = none */
  char  *kind;
  char  *name;
  char  *function;   /* "" = none */
  char  *status;     /* "unset" "ok" "error" */
  char  *outcome;    /* of an invocation; "" */
  char  *request_id; /* of an invocation; "" */
  gint64 start_us;
  gint64 duration_us;
  guint  depth;      /* 0 = a root */
  JsonObject *attributes;
} FarSpanInfo;

typedef struct {
  char        *trace_id;
  gint64       start_us;
  gint64       duration_us;
  gboolean     complete;
  guint        n_spans;
  FarSpanInfo *spans; /* parents before children */
} FarTraceInfo;
FAR_DECLARE_RC_BOXED (FarTraceInfo, far_trace_info)
#define FAR_TYPE_TRACE_INFO (far_trace_info_get_type ())

FarTraceInfo *far_trace_info_parse (JsonObject *object, GError **error);

/* ---- GET /v1/annotations ---- */

typedef struct {
  gint64 id;
  gint64 time_us;
  gint64 end_us;   /* 0 = a moment */
  char  *kind;
  char  *function; /* "" = none */
  char  *subject;  /* "" = none */
  char  *text;
} FarAnnotationInfo;
FAR_DECLARE_RC_BOXED (FarAnnotationInfo, far_annotation_info)
#define FAR_TYPE_ANNOTATION_INFO (far_annotation_info_get_type ())

/* Returns: (transfer full) (element-type FarAnnotationInfo) */
GPtrArray *far_annotations_parse (JsonObject *object, GError **error);

/* ---- GET /v1/alarms ---- */

typedef struct {
  char    *id;
  char    *name;
  char    *metric;
  char    *function;  /* "" = all */
  char    *compare;   /* "above" "below" */
  char    *no_data;   /* what no data means: "no_data" "ok" "alarm" "keep" */
  char    *webhook;   /* "" = none */
  char    *state;     /* "ok" "alarm" "no_data" */
  char    *text;      /* for people */
  char    *unit;      /* "us" "ppm" "bytes" "micros" "count" "s" … */
  gint64   window_s;
  gint64   threshold;
  gint64   clear;     /* back to ok beyond it; threshold if there is no hysteresis */
  gint64   for_s;
  gint64   clear_for_s;
  gint64   n_min;
  gint64   since_us;
  gint64   n;
  gboolean enabled;
  gboolean builtin;
  gboolean pending;   /* the condition holds, but not yet for long enough */
  gboolean has_value;
  gint64   value;
} FarAlarmInfo;
FAR_DECLARE_RC_BOXED (FarAlarmInfo, far_alarm_info)
#define FAR_TYPE_ALARM_INFO (far_alarm_info_get_type ())

/* One alarm's object, as in lists and in the event stream. */
FarAlarmInfo *far_alarm_info_parse (JsonObject *object);
/* Returns: (transfer full) (element-type FarAlarmInfo) */
GPtrArray    *far_alarms_parse     (JsonObject *object, GError **error);

/* What an alarm can be about. */
typedef struct {
  char    *name;
  char    *unit;        /* as of FarAlarmInfo */
  char    *description; /* for people, in English */
  gboolean of_functions;
} FarAlarmMetricInfo;
FAR_DECLARE_RC_BOXED (FarAlarmMetricInfo, far_alarm_metric_info)
#define FAR_TYPE_ALARM_METRIC_INFO (far_alarm_metric_info_get_type ())

/* Of the same answer. Returns: (transfer full) (element-type FarAlarmMetricInfo) */
GPtrArray *far_alarm_metrics_parse (JsonObject *object, GError **error);

/* GET /v1/alarms/{id}/history: one change. */
typedef struct {
  gint64 time_us;
  char  *state;
  char  *text;
} FarAlarmChange;
FAR_DECLARE_RC_BOXED (FarAlarmChange, far_alarm_change)
#define FAR_TYPE_ALARM_CHANGE (far_alarm_change_get_type ())

/* Returns: (transfer full) (element-type FarAlarmChange): newest first */
GPtrArray *far_alarm_changes_parse (JsonObject *object, GError **error);

G_END_DECLS
