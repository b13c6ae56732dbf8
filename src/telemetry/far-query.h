/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to the telemetry: series, single invocations, logs, annotations.
 *
 * Each is asked and answered on the telemetry's own thread (the main loop's) and worked on by a
 * query thread in between, so that no disk operation ever holds up the loop.
 * An answer includes everything recorded before the question. A question can be cancelled while it
 * runs. With a telemetry kept in memory there are series of the last minutes only. */
#pragma once

#include "telemetry/far-aggregate.h"
#include "telemetry/far-span.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

#define FAR_QUERY_POINTS_MAX 4096
#define FAR_QUERY_ROWS_MAX 10000
#define FAR_QUERY_WAITING_MAX 64 /* more questions at once are refused */

/* ---- Series ---- */

typedef struct {
  const char *function; /* nullable: all together */
  gint64      from_us;  /* rounded down to step_us */
  gint64      to_us;    /* rounded up; what lies behind now has no value */
  gint64      step_us;  /* whole seconds; from a multiple of 5 minutes on, rollups answer */
} FarSeriesQuery;

typedef struct {
  gint64        from_us;
  gint64        step_us;
  gint64        now_us;
  guint         n_points;
  FarAggregate *points;
  gboolean     *known; /* FALSE: the platform was not running, or nothing is kept from then */
} FarSeries;

void       far_series_free (FarSeries *series);

void       far_telemetry_series_async  (FarTelemetry *self, const FarSeriesQuery *query,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Returns: (transfer full) */
FarSeries *far_telemetry_series_finish (FarTelemetry *self, GAsyncResult *result, GError **error);

/* The step, µs, that makes at most pixels points of a range: a round one, and one that is answered
 * fast. pixels: at least 2. */
gint64     far_query_step_for (gint64 from_us, gint64 to_us, guint pixels);

/* ---- Summaries: a range as one figure, or one a group ---- */

typedef enum {
  FAR_GROUP_NONE,
  FAR_GROUP_FUNCTION,
  FAR_GROUP_VERSION,    /* "function version" */
  FAR_GROUP_ARTICLE,    /* what functions told; what told none is not in it */
  FAR_GROUP_ROUTE,      /* from here on single rows are read: as far back as they are kept */
  FAR_GROUP_OUTCOME,
  FAR_GROUP_ERROR_TYPE,
} FarGroup;
#define FAR_GROUP_N 7
#define FAR_QUERY_GROUPS_MAX 10000

/* "none", "function", "version", "article", "route", "outcome", "error_type" */
gboolean   far_group_from_string (const char *text, FarGroup *ret_group);

typedef struct {
  const char *function; /* nullable: all */
  gint64      from_us;
  gint64      to_us;
  FarGroup    group;
} FarSummaryQuery;

typedef struct {
  char        *key;      /* "(none)" for rows without */
  char        *function; /* nullable; with FAR_GROUP_VERSION and _ARTICLE: whose */
  FarAggregate aggregate;
} FarSummaryGroup;

typedef struct {
  gint64       from_us;  /* as answered: a range over an hour is rounded out to what is kept */
  gint64       to_us;
  gint64       now_us;
  gint64       known_us; /* of it, how long a platform was alive */
  FarAggregate total;
  GPtrArray   *groups;   /* (element-type FarSummaryGroup), by key */
} FarSummary;

void        far_summary_free (FarSummary *summary);

void        far_telemetry_summary_async  (FarTelemetry *self, const FarSummaryQuery *query,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
/* Returns: (transfer full) */
FarSummary *far_telemetry_summary_finish (FarTelemetry *self, GAsyncResult *result,
                                          GError **error);

/* ---- Invocations ---- */

#define FAR_OUTCOME_MASK(outcome) (1u << (outcome))
#define FAR_OUTCOME_MASK_ALL ((1u << FAR_INVOCATION_N_OUTCOMES) - 1)
#define FAR_OUTCOME_MASK_ERRORS \
  (FAR_OUTCOME_MASK_ALL & ~FAR_OUTCOME_MASK (FAR_INVOCATION_OK) & \
   ~FAR_OUTCOME_MASK (FAR_INVOCATION_THROTTLE))

typedef struct {
  const char *function;        /* nullable */
  guint       outcomes;        /* FAR_OUTCOME_MASK…; 0 = all */
  gboolean    cold_only;
  gint64      from_us;         /* answered at or after */
  gint64      to_us;           /* answered before; 0 = without end */
  gint64      duration_min_us;
  gint64      duration_max_us; /* 0 = any */
  FarId       request_id;      /* all zero = any */
  FarId       trace_id;        /* all zero = any */
  const char *version;         /* nullable, like the next two */
  const char *route;
  const char *error_type;
  gint64      before;          /* only what is stored under an `at` below; 0 = any */
  gint64      after;           /* only what is stored under an `at` above, oldest first; −1 = any,
                                * oldest first; 0 = newest first */
  gint64      behind_after;    /* with after: what is stored under an `at` below an earlier one's
                                * comes behind all the others, by number, above this one; −1 =
                                * from the first; 0 = where its `at` is */
  gboolean    behind_only;     /* nothing but the newest of those, by number */
  gboolean    slowest;         /* the longest first, instead of the newest */
  guint       limit;           /* 1 … FAR_QUERY_ROWS_MAX */
} FarInvocationQuery;

void       far_telemetry_invocations_async  (FarTelemetry *self, const FarInvocationQuery *query,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* Newest first; their strings live as long as the telemetry, but notes, which are the array's.
 * Returns: (transfer full) (element-type FarInvocation) */
GArray    *far_telemetry_invocations_finish (FarTelemetry *self, GAsyncResult *result,
                                             GError **error);

/* ---- Logs ---- */

typedef struct {
  const char  *function;   /* nullable */
  FarId        request_id; /* all zero = any */
  FarLogLevel  level_min;
  const char  *contains;   /* nullable: text, any case (ASCII) */
  gint64       from_us;
  gint64       to_us;      /* 0 = without end */
  guint        limit;
  gboolean     platform;   /* with START, END and REPORT, derived from the records */
} FarLogQuery;

typedef struct {
  gint64      time_us;
  FarId       request_id;
  const char *function; /* lives as long as the telemetry */
  FarLogLevel level;
  char       *message;
} FarLogRecord;

void       far_log_record_free (FarLogRecord *record);

void       far_telemetry_logs_async  (FarTelemetry *self, const FarLogQuery *query,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
/* The newest of those that match, oldest first.
 * Returns: (transfer full) (element-type FarLogRecord) */
GPtrArray *far_telemetry_logs_finish (FarTelemetry *self, GAsyncResult *result, GError **error);

/* ---- Traces ---- */

#define FAR_TRACE_SPANS_MAX 2000

/* The spans of one trace, parents before children, else by their start; empty if it is not known.
 * A trace that has more than FAR_TRACE_SPANS_MAX is cut, and says so. */
typedef struct {
  FarId      trace_id;
  gint64     start_us;
  gint64     duration_us;
  gboolean   complete;
  GPtrArray *spans;    /* (element-type FarSpan) */
} FarTrace;

void       far_trace_free (FarTrace *trace);

void       far_telemetry_trace_async  (FarTelemetry *self, const FarId *trace_id,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
/* Returns: (transfer full) */
FarTrace  *far_telemetry_trace_finish (FarTelemetry *self, GAsyncResult *result, GError **error);

/* Traces in which an invocation matches. */
typedef struct {
  const char *function;        /* nullable */
  gint64      from_us;
  gint64      to_us;           /* 0 = without end */
  gboolean    errors_only;
  gint64      duration_min_us; /* of the invocation that matches, from arrival to answer */
  guint       limit;
} FarTraceQuery;

typedef struct {
  FarId       trace_id;
  const char *name;      /* route or function of its earliest invocation; lives as long as the
                          * telemetry */
  const char *function;
  gint64      start_us;
  gint64      end_us;
  guint       invocations;
  guint       errors;
} FarTraceSummary;

void       far_telemetry_traces_async  (FarTelemetry *self, const FarTraceQuery *query,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Newest first. Returns: (transfer full) (element-type FarTraceSummary) */
GArray    *far_telemetry_traces_finish (FarTelemetry *self, GAsyncResult *result, GError **error);

/* ---- Annotations ---- */

typedef struct {
  gint64      time_us;
  const char *function; /* nullable; lives as long as the telemetry */
  gint64      id;
  gint64      end_us;   /* 0 = a moment */
  char       *kind;
  char       *text;
  char       *subject;  /* nullable */
} FarAnnotationRecord;

void       far_annotation_record_free (FarAnnotationRecord *record);

typedef struct {
  gint64      from_us;
  gint64      to_us;   /* 0 = without end */
  const char *kind;    /* nullable */
  const char *subject; /* nullable */
  guint       limit;
} FarAnnotationQuery;

void       far_telemetry_annotations_async  (FarTelemetry *self, const FarAnnotationQuery *query,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* The newest, oldest first. Returns: (transfer full) (element-type FarAnnotationRecord) */
GPtrArray *far_telemetry_annotations_finish (FarTelemetry *self, GAsyncResult *result,
                                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSeries, far_series_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSummary, far_summary_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTrace, far_trace_free)

G_END_DECLS
