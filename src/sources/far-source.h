/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source: where the figures of a deployment that is not the local platform come from.
 *
 * All kinds answer the same few questions: is it there and how old is its newest sample; which
 * functions has it and what did they do between two instants; one function's metrics at equal
 * steps; its logs; an invocation; and, where single records can be had with a cursor, the next
 * batch of them. What a kind cannot report it says once, in its abilities, with the reason, and
 * leaves as NaN in answers: missing is never zero.
 *
 * Questions are asynchronous, on the main context of the thread that made the source; several may
 * be under way. Errors are FAR_SOURCE_ERROR and their text begins with the deployment's name.
 * Secrets stay inside: no error, description or setting shows them. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "base/far-clock.h"
#include "telemetry/far-aggregate.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

#define FAR_SOURCE_ERROR (far_source_error_quark ())
GQuark far_source_error_quark (void);
typedef enum {
  FAR_SOURCE_ERROR_SETTINGS,    /* one is missing, unknown or impossible */
  FAR_SOURCE_ERROR_UNREACHABLE, /* nobody answers, or not in time */
  FAR_SOURCE_ERROR_CERTIFICATE, /* somebody else answers */
  FAR_SOURCE_ERROR_REFUSED,     /* the credentials do not open it */
  FAR_SOURCE_ERROR_ANSWER,      /* not what such a system answers: HTML, too much, broken */
  FAR_SOURCE_ERROR_QUERY,       /* it says that the question is wrong */
  FAR_SOURCE_ERROR_UNSUPPORTED, /* this kind has nothing of it */
  FAR_SOURCE_ERROR_BUDGET,      /* asking would cost more than it may */
} FarSourceError;

#define FAR_SOURCE_FUNCTIONS_MAX 1000
#define FAR_SOURCE_POINTS_MAX 4096
#define FAR_SOURCE_NAME_MAX 256   /* bytes of a function's name */
#define FAR_SOURCE_LOGS_MAX 1000
#define FAR_SOURCE_LOG_LINE_MAX FAR_TELEMETRY_LOG_LINE_MAX
/* A clock that differs by more than this is said. */
#define FAR_SOURCE_SKEW_US_MAX (G_GINT64_CONSTANT (30) * G_USEC_PER_SEC)

#define FAR_METRIC_MASK(metric) (1u << (metric))

/* ---- What a source can and cannot ---- */

typedef enum {
  FAR_EXACTNESS_NONE,      /* no quantiles */
  FAR_EXACTNESS_SKETCH,    /* of single records, within 0.55 % */
  FAR_EXACTNESS_BUCKET,    /* as fine as the histogram's buckets: a band */
  FAR_EXACTNESS_PROVIDER,  /* computed by the provider for this step; cannot be put together */
} FarExactness;

const char *far_exactness_to_string (FarExactness exactness);

#define FAR_SOURCE_MISSING_MAX 12
typedef struct {
  const char *what;   /* a metric's name, "logs", "invocations", "earnings", … */
  const char *reason; /* a sentence without its full stop */
} FarSourceMissing;

typedef struct {
  guint        metrics;      /* FAR_METRIC_MASK…: those it reports */
  FarExactness quantiles;
  const char  *counts;       /* nullable: how exact they are, if not exactly */
  gboolean     cursor;       /* catches up by a cursor, without gaps or doubles */
  gboolean     logs;
  gboolean     invoke;
  gboolean     records;      /* single invocations: far_source_pull_async() */
  FarSourceMissing missing[FAR_SOURCE_MISSING_MAX]; /* ends at what = NULL */
} FarSourceAbilities;

/* ---- Answers ---- */

typedef struct {
  char    *what;
  gboolean ok;
  char    *message;
  gint64   took_us;
} FarSourceCheck;

typedef struct {
  gint64     sample_us;   /* of the newest sample; 0 = it has none */
  guint      n_functions;
  GPtrArray *checks;      /* (element-type FarSourceCheck), in the order in which they were made */
  gint64     skew_us;     /* its clock − ours, as far as it says */
} FarSourceProbe;

typedef struct {
  char  *name;
  char  *runtime;         /* nullable: not reported */
  gint64 memory_mb;       /* 0 = not reported */
  gboolean arm;           /* its processors, which have a price of their own */
  gint64 timeout_s;       /* 0 = not reported */
  gint64 instances;       /* −1 = not reported */
  gint64 counted_from_us; /* what was before is not known: counts are of since then; 0 = of all that
                           * was asked for */
  double values[FAR_METRIC_N]; /* NaN = not reported */
  double low[FAR_METRIC_N];    /* band of a quantile; NaN = open */
  double high[FAR_METRIC_N];
} FarSourceFunction;

typedef struct {
  gint64       from_us;
  gint64       step_us;
  gint64       now_us;
  guint        n_points;
  guint        reported;  /* FAR_METRIC_MASK…: those that were asked for and can be had */
  double      *values[FAR_METRIC_N]; /* nullable; NaN = nothing known: a gap */
  double      *low[FAR_METRIC_N];    /* nullable; NaN = open below: the truth is under high */
  double      *high[FAR_METRIC_N];
  gboolean     arm;       /* see FarSourceFunction */
  gint64       provisional_from_us;  /* what lies behind may still change; G_MAXINT64 = nothing */
} FarSourceSeries;

/* How many took how long, over time, from a histogram of fixed buckets. */
typedef struct {
  gint64   from_us;
  gint64   step_us;
  gint64   now_us;
  guint    n_columns;
  guint    n_rows;
  double  *edges;    /* n_rows + 1, µs, ascending */
  double  *counts;   /* n_columns × n_rows, a column after the other, the shortest first; NaN in
                      * all of a column: a gap */
  gboolean open_top; /* the last row is what was over the last limit; its upper edge means
                      * nothing */
} FarSourceHeat;

typedef struct {
  gint64      time_us;
  char       *function;
  char       *message;  /* any bytes made valid UTF-8 */
  FarId       request_id;
  FarLogLevel level;
} FarSourceLogLine;

typedef struct {
  guint    status;         /* HTTP */
  char    *function_error; /* nullable */
  GBytes  *payload;
  char    *request_id;     /* nullable */
} FarSourceInvoked;

typedef struct {
  GArray    *records;  /* (element-type FarInvocation); strings are kept by the batch */
  GPtrArray *lines;    /* (element-type FarSourceLogLine) */
  GStringChunk *strings;
  char      *cursor;   /* where the next batch begins */
  gboolean   more;     /* ask again at once */
  gint64     rows_from_us; /* older ones are not kept there any more; 0 = all are */
} FarSourceBatch;

void far_source_check_free    (FarSourceCheck *check);
void far_source_probe_free    (FarSourceProbe *probe);
void far_source_probe_add     (FarSourceProbe *probe, const char *what, gboolean ok, gint64 took_us,
                               const char *format, ...) G_GNUC_PRINTF (5, 6);
FarSourceProbe *far_source_probe_new (void);
/* Everything not reported. */
FarSourceFunction *far_source_function_new (const char *name);
void far_source_function_free (FarSourceFunction *function);
/* Every point of what is in metrics is NaN. The range is widened to whole steps. */
FarSourceSeries *far_source_series_new (gint64 from_us, gint64 to_us, gint64 step_us,
                                        gint64 now_us, guint metrics);
void far_source_series_free   (FarSourceSeries *series);
void far_source_heat_free     (FarSourceHeat *heat);
void far_source_log_line_free (FarSourceLogLine *line);
void far_source_invoked_free  (FarSourceInvoked *invoked);
FarSourceBatch *far_source_batch_new (void);
void far_source_batch_free    (FarSourceBatch *batch);

/* ---- Sources ---- */

typedef struct {
  const char *function; /* nullable: all together */
  guint       metrics;  /* FAR_METRIC_MASK… */
  gint64      from_us;
  gint64      to_us;
  gint64      step_us;
} FarSourceSeriesQuery;

typedef struct {
  const char *function; /* nullable: all, where the kind can */
  const char *contains; /* nullable: text, any case (ASCII) */
  gint64      from_us;
  gint64      to_us;
  guint       limit;
} FarSourceLogQuery;

/* Borrowed for the call. settings and secrets: string → string. */
typedef struct {
  const char *kind;
  const char *id;
  GHashTable *settings;
  GHashTable *secrets;
  FarClock   *clock;
  const char *state_path; /* nullable: a file in which the source may remember a little */
} FarSourceConfig;

typedef enum {
  FAR_SOURCE_EARNINGS, /* the market's GET /earnings */
  FAR_SOURCE_JOURNAL,  /* the last signed checkpoint, and a proof from an earlier one */
  FAR_SOURCE_MARGIN,   /* what was earned less what it cost: GET /v1/margin */
  FAR_SOURCE_PAYOUTS,  /* the market's GET /payouts */
  FAR_SOURCE_TRACE,    /* the market's GET /earnings/trace */
  FAR_SOURCE_STATEMENT, /* the market's GET /statements/{month} */
} FarSourceMoney;

#define FAR_TYPE_SOURCE (far_source_get_type ())
G_DECLARE_DERIVABLE_TYPE (FarSource, far_source, FAR, SOURCE, GObject)

/* The virtual functions own the task they get, and end it; its cancellable is the caller's. NULL:
 * the kind cannot. */
struct _FarSourceClass {
  GObjectClass parent_class;

  void (*describe)  (FarSource *self, FarSourceAbilities *ret_abilities);
  void (*probe)     (FarSource *self, GTask *task);
  void (*functions) (FarSource *self, const char *function, gint64 from_us, gint64 to_us,
                     GTask *task);
  void (*series)    (FarSource *self, const FarSourceSeriesQuery *query, GTask *task);
  void (*heat)      (FarSource *self, const FarSourceSeriesQuery *query, GTask *task);
  void (*logs)      (FarSource *self, const FarSourceLogQuery *query, GTask *task);
  void (*invoke)    (FarSource *self, const char *function, GBytes *payload, gboolean async,
                     GTask *task);
  void (*pull)      (FarSource *self, const char *cursor, GTask *task);
  /* A JsonNode as it came: whoever asks verifies it. query: see far_source_money_async() */
  void (*money)     (FarSource *self, FarSourceMoney what, const char *query, GTask *task);
  /* Picodollars its own questions have cost this month, and what they may; FALSE: they are free. */
  gboolean (*get_cost) (FarSource *self, gint64 *ret_spent, gint64 *ret_budget);
};

/* A source that is told rather than asked ("otlp"): something was received, of that time. FALSE for
 * any other. */
gboolean    far_source_tell     (FarSource *self, gint64 sample_us);
/* (nullable): whose spans it takes; NULL = anybody's */
const char *far_source_get_service (FarSource *self);

/* Names of the kinds, NULL-terminated. */
const char *const *far_source_kinds (void);
/* Checks every setting and secret; nothing is asked of the network yet. Returns: (transfer full)
 * (nullable) with FAR_SOURCE_ERROR_SETTINGS */
FarSource  *far_source_new      (const FarSourceConfig *config, GError **error);
const char *far_source_get_id   (FarSource *self);
const char *far_source_get_kind (FarSource *self);
FarClock   *far_source_get_clock (FarSource *self);
void        far_source_describe (FarSource *self, FarSourceAbilities *ret_abilities);
gboolean    far_source_get_cost (FarSource *self, gint64 *ret_spent_picodollars,
                                 gint64 *ret_budget_picodollars);

void            far_source_probe_async      (FarSource *self, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
FarSourceProbe *far_source_probe_finish     (FarSource *self, GAsyncResult *result,
                                             GError **error);
/* function: (nullable): of this one only, which costs less than all */
void            far_source_functions_async  (FarSource *self, const char *function,
                                             gint64 from_us, gint64 to_us,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* (element-type FarSourceFunction), by name */
GPtrArray      *far_source_functions_finish (FarSource *self, GAsyncResult *result,
                                             GError **error);
void            far_source_series_async     (FarSource *self, const FarSourceSeriesQuery *query,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
FarSourceSeries *far_source_series_finish   (FarSource *self, GAsyncResult *result,
                                             GError **error);
/* metrics of the query mean nothing. Returns by _finish: (transfer full) */
void            far_source_heat_async       (FarSource *self, const FarSourceSeriesQuery *query,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
FarSourceHeat  *far_source_heat_finish      (FarSource *self, GAsyncResult *result,
                                             GError **error);
void            far_source_logs_async       (FarSource *self, const FarSourceLogQuery *query,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* (element-type FarSourceLogLine), oldest first */
GPtrArray      *far_source_logs_finish      (FarSource *self, GAsyncResult *result,
                                             GError **error);
void            far_source_invoke_async     (FarSource *self, const char *function,
                                             GBytes *payload, gboolean async,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
FarSourceInvoked *far_source_invoke_finish  (FarSource *self, GAsyncResult *result,
                                             GError **error);
/* cursor: (nullable): from the beginning of what is kept there */
void            far_source_pull_async       (FarSource *self, const char *cursor,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
FarSourceBatch *far_source_pull_finish      (FarSource *self, GAsyncResult *result,
                                             GError **error);

/* query: (nullable): "from=ROWS" of a journal, the whole query of a margin or a trace, the month of
 * a statement */
void            far_source_money_async      (FarSource *self, FarSourceMoney what,
                                             const char *query,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full): an object */
JsonNode       *far_source_money_finish     (FarSource *self, GAsyncResult *result,
                                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSourceProbe, far_source_probe_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSourceFunction, far_source_function_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSourceSeries, far_source_series_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSourceHeat, far_source_heat_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSourceLogLine, far_source_log_line_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSourceInvoked, far_source_invoked_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSourceBatch, far_source_batch_free)

G_END_DECLS
