/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the control API answers, as immutable, reference-counted structs (boxed types). Strings are
 * never NULL unless marked; times are µs since the Unix epoch. */
#pragma once

#include <gio/gio.h>

#include "base/far-clock.h"
#include "base/far-json.h"

G_BEGIN_DECLS

/* Declares FarX's boxed type, ref, unref and g_autoptr. */
#define FAR_DECLARE_RC_BOXED(Type, prefix) \
  GType prefix##_get_type (void) G_GNUC_CONST; \
  Type *prefix##_ref (Type *self); \
  void  prefix##_unref (Type *self); \
  G_DEFINE_AUTOPTR_CLEANUP_FUNC (Type, prefix##_unref)

/* GET /v1/status */
typedef struct {
  char *state;     /* "starting" "running" "stopping" "failed" */
  char *isolation; /* "full" "flatpak" "none" */
  char *gateway;   /* URLs */
  char *lambda;
  char *metrics;
  char *control;   /* path of the socket */
  char *credentials;     /* path */
  char *publisher_token; /* path */
  char *money;     /* "test" "live" */
  char *publication_title;
  char *template_path;
  char *version;
  char *isolation_detail;  /* why it is not "full"; "" */
  char *telemetry_problem; /* why telemetry is not kept; "" */
  gint64 functions;
  gint64 instances;
  gint64 invocations;
  gint64 dropped;  /* telemetry that was lost */
  gint64 pid;
  gint64 started_us;
  gint64 now_us;   /* the platform's clock */
  gint64 transfers; /* rows of the journal; -1 = not known yet */
  gint64 seq;      /* of the event stream */
  gboolean test_clock;
  gboolean traffic_running;
  double traffic_readers_per_second;
} FarPlatformStatus;
FAR_DECLARE_RC_BOXED (FarPlatformStatus, far_platform_status)

/* The clock that requests to it are signed by: with a test clock the platform's own, which may be
 * days ahead of this machine's. data_dir: the platform's. Returns: (transfer full) (nullable): NULL
 * with FAR_CLOCK_ERROR_OPEN */
FarClock *far_platform_status_open_clock (const FarPlatformStatus *status, const char *data_dir,
                                          GError **error);

#define FAR_TYPE_PLATFORM_STATUS (far_platform_status_get_type ())

/* GET /v1/series: one function (or all together) over time. */
typedef struct {
  char *function; /* "" = all together */
  char *metric;
  double *points; /* n_points; NaN where there is nothing to show */
  double *low;    /* (nullable): of a percentile asked for with bands=1: the truth lies between */
  double *high;   /* (nullable) */
} FarSeries;

typedef struct {
  gint64 from_us;
  gint64 step_us;
  gint64 now_us;  /* the platform's clock: where the chart's right edge is */
  guint n_points;
  guint n_series;
  FarSeries *series;
  double *n;      /* n_points: invocations, whatever the metrics are */
} FarSeriesSet;
FAR_DECLARE_RC_BOXED (FarSeriesSet, far_series_set)
#define FAR_TYPE_SERIES_SET (far_series_set_get_type ())

/* Returns: (transfer none) (nullable): the points of a series; function "" = all together */
const double *far_series_set_find (FarSeriesSet *self, const char *function, const char *metric);

/* Returns: NULL with FAR_CLIENT_ERROR_PROTOCOL */
FarSeriesSet *far_series_set_parse (JsonObject *object, GError **error);

/* GET /v1/invocations: one record. */
typedef struct {
  char *request_id;
  char *function;
  char *route;      /* "" = invoked through the API */
  char *outcome;    /* "ok" "function_error" "timeout" "crash" "init_error" "throttle" */
  char *error_type; /* "" = none */
  gint64 arrival_us;
  gint64 queue_us;
  gint64 start_us;
  gint64 init_us;
  gint64 duration_us;
  gint64 overhead_us;
  gint64 memory_mb;
  gint64 memory_max_kb;
  gboolean cold;
  char *version;    /* "" = none */
  char *trace_id;   /* 32 hex; "" = none */
  char *span_id;    /* 16 hex */
  char *parent_span_id; /* "" = it began the trace */
  char *article;    /* as the function told; "" */
  gint64 spawn_us;  /* part of init_us; 0 = not measured */
  gint64 billed_ms;
  gint64 at;        /* for "before" */
} FarInvocationInfo;
FAR_DECLARE_RC_BOXED (FarInvocationInfo, far_invocation_info)
#define FAR_TYPE_INVOCATION_INFO (far_invocation_info_get_type ())

/* Returns: (transfer full) (element-type FarInvocationInfo): NULL with FAR_CLIENT_ERROR_PROTOCOL */
GPtrArray *far_invocations_parse (JsonObject *object, GError **error);

/* POST /v1/functions/{name}/invocations */
typedef struct {
  gint64 status;        /* as Lambda's: 200, 202, 204 */
  char *function_error; /* "" = none */
  char *payload;        /* as the function sent it */
  char *log;            /* its last 4 KiB */
  char *request_id;
} FarInvokeResult;
FAR_DECLARE_RC_BOXED (FarInvokeResult, far_invoke_result)
#define FAR_TYPE_INVOKE_RESULT (far_invoke_result_get_type ())

/* POST /v1/ledger/verify */
typedef struct {
  gboolean ok;
  gint64 transfers;
  char *root;        /* hex */
  gint64 checkpoints;
  gint64 first_bad;  /* -1 = none */
  char *message;     /* why not, for people; "" */
} FarLedgerVerdict;
FAR_DECLARE_RC_BOXED (FarLedgerVerdict, far_ledger_verdict)
#define FAR_TYPE_LEDGER_VERDICT (far_ledger_verdict_get_type ())

/* GET /v1/traffic, and the progress of farthing-readers */
typedef struct {
  gboolean running;
  gboolean stopping; /* no more arrivals; open visits end */
  double readers_per_second;
  char *problem;     /* why the last run ended badly; "" */
  char *first_error; /* of the errors that are counted below; "" */
  gint64 arrivals;
  gint64 pledges;
  gint64 ads;
  gint64 left;
  gint64 refunds;
  gint64 errors;
  gint64 throttles;
  gint64 acknowledged;
  gint64 unfilled;   /* visits that wanted an ad and got none */
  gint64 shed;       /* arrivals that were not begun: too many visits were open */
  gint64 p50_us; /* from arrival to the end of the reader's visit's requests */
  gint64 p99_us;
} FarTraffic;
FAR_DECLARE_RC_BOXED (FarTraffic, far_traffic)
#define FAR_TYPE_TRAFFIC (far_traffic_get_type ())

/* GET /v1/logs: one line */
typedef struct {
  gint64 time_us;
  char *function;
  char *request_id; /* "" = none */
  char *level;
  char *message;
} FarLogLine;
FAR_DECLARE_RC_BOXED (FarLogLine, far_log_line)
#define FAR_TYPE_LOG_LINE (far_log_line_get_type ())

G_END_DECLS
