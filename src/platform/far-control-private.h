/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the control API. All on the main context's thread. */
#pragma once

#include <libsoup/soup.h>

#include "base/far-json.h"
#include "platform/far-control-stream.h"
#include "platform/far-control-tokens.h"
#include "platform/far-control.h"
#include "platform/far-deployment.h"
#include "platform/far-traffic.h"
#include "telemetry/far-price.h"
#include "telemetry/far-query.h"

G_BEGIN_DECLS

typedef struct _FarControlEvents FarControlEvents;
typedef struct _FarControlLogs FarControlLogs;
typedef struct _FarControlDoor FarControlDoor;
typedef struct _FarControlVigil FarControlVigil;
typedef struct _FarControlPush FarControlPush;

struct _FarControl {
  FarPlatform      *platform;
  FarTelemetry     *telemetry;
  FarScheduler     *scheduler; /* nullable */
  FarDeployments   *deployments; /* nullable */
  FarAlarms        *alarms;      /* nullable */
  GHashTable       *received;    /* nullable: points of far-control-otlp.c */
  FarTokens        *tokens;      /* nullable */
  FarControlDoor   *door;        /* nullable */
  FarControlVigil  *vigil;       /* nullable */
  FarControlPush   *push;        /* nullable */
  gboolean          draining;
  FarClock         *clock;
  char             *socket_path;
  SoupServer       *server;
  GSocketService   *service;
  GHashTable       *connections; /* set of GSocketConnection, no references */
  GHashTable       *requests;    /* set of FarControlRequest */
  guint            *n_unsent;    /* answers on their way (g_rc_box) */
  FarTraffic       *traffic;
  FarControlEvents *events;
  FarControlLogs   *logs;
  guint             observer;
  guint             n_streams;
  GPtrArray        *watchers; /* streams of far-control-watch.c */
  char             *title; /* of the publication */
};

/* ---- One request ----
 *
 * Lives from its handler until it is answered (or its stream is over). Handlers that answer later
 * hold it through far_control_request_pause(). */
typedef struct {
  FarControl        *control; /* NULL once it has gone */
  FarTelemetry      *telemetry; /* of what is asked about: the platform, or a deployment */
  FarDeployment     *deployment; /* nullable: the platform itself; held */
  SoupServerMessage *msg;
  char              *name;  /* of the function in the path; nullable */
  GHashTable        *query; /* string → string */
  JsonNode          *body;  /* nullable: an object */
  GCancellable      *cancellable; /* the client has gone, or the control API is closed */
  GSource           *hangup;      /* nullable */
  FarControlStream  *stream;      /* nullable */
  gboolean           paused;
} FarControlRequest;

/* Answers and frees it. Takes writer's text. */
void far_control_answer  (FarControlRequest *request, guint status, FarJsonWriter *writer);
void far_control_error   (FarControlRequest *request, guint status, const char *code,
                          const char *format, ...) G_GNUC_PRINTF (4, 5);
void far_control_text    (FarControlRequest *request, const char *content_type, GBytes *text);
/* Says what went wrong in the answer; takes error. */
void far_control_failed  (FarControlRequest *request, GError *error);

/* The answer comes later; client gone = request->cancellable is cancelled. */
void far_control_request_pause (FarControlRequest *request);
/* Makes it a stream; closed runs before the request is freed. NULL (and answered) if there are too
 * many. */
FarControlStream *far_control_request_stream (FarControlRequest *request,
                                              FarControlStreamClosed closed, gpointer user_data);
void far_control_request_free  (FarControlRequest *request);

/* Parameters of the query. FALSE: the error has been answered. */
gboolean far_control_query_int      (FarControlRequest *request, const char *name, gint64 min,
                                     gint64 max, gint64 otherwise, gint64 *ret_value);
/* "1" or "0" */
gboolean far_control_query_bool     (FarControlRequest *request, const char *name,
                                     gboolean otherwise, gboolean *ret_value);
/* All zero if absent. */
gboolean far_control_query_id       (FarControlRequest *request, const char *name, FarId *ret_id);
/* NULL if absent; a function that the template has or the telemetry knows. */
gboolean far_control_query_function (FarControlRequest *request, const char **ret_name);

/* The latest time taken, µs: the year 10000. */
#define FAR_CONTROL_TIME_MAX_US (G_GINT64_CONSTANT (253402300800) * G_USEC_PER_SEC)
/* from_us and to_us; to_us 0 = without end. */
gboolean far_control_query_range    (FarControlRequest *request, gint64 *ret_from_us,
                                     gint64 *ret_to_us);
/* The end of a question to the telemetry or to a deployment. TRUE: answer it. FALSE: it has been
 * answered with error (taken), or there is nobody left to answer, and the request is gone. */
gboolean far_control_take           (FarControlRequest *request, gboolean ok, GError *error);

/* ---- Handlers, by file ---- */

typedef void (*FarControlHandler) (FarControlRequest *request);

/* far-control-figures.c */
void far_control_get_status      (FarControlRequest *request);
void far_control_get_functions   (FarControlRequest *request);
/* far-control-series.c */
void far_control_get_series      (FarControlRequest *request);
void far_control_get_heatmap     (FarControlRequest *request);
/* far-control-summary.c */
/* What is asked of a summary, wherever its figures come from. */
typedef struct {
  FarGroup  group;
  FarMetric sort;
  gboolean  sorted;
  gboolean  ascending;
  guint     limit; /* groups */
  gint64    from_us, to_us;
  gint64    compare_from_us, compare_to_us; /* 0 = no comparison */
} FarControlSummaryAsked;

/* FALSE: refused, and answered. */
gboolean far_control_read_summary (FarControlRequest *request, FarControlSummaryAsked *asked);
void far_control_get_summary     (FarControlRequest *request);
/* far-control-rows.c */
void far_control_get_invocations (FarControlRequest *request);
void far_control_get_annotations (FarControlRequest *request);
void far_control_add_annotation  (FarControlRequest *request);
/* far-control-traces.c */
void far_control_get_traces      (FarControlRequest *request);
void far_control_get_trace       (FarControlRequest *request);
/* far-control-otlp.c */
void far_control_take_traces     (FarControlRequest *request);
void far_control_take_metrics    (FarControlRequest *request);
void far_control_give_traces     (FarControlRequest *request);
void far_control_give_metrics    (FarControlRequest *request);
void far_control_get_received    (FarControlRequest *request);
void far_control_get_metrics     (FarControlRequest *request);
/* far-control-push.c */
void far_control_get_push        (FarControlRequest *request);
void far_control_put_push        (FarControlRequest *request);
void far_control_delete_push     (FarControlRequest *request);
/* far-control-secrets.c */
void far_control_get_secrets     (FarControlRequest *request);
void far_control_put_secret      (FarControlRequest *request);
void far_control_delete_secret   (FarControlRequest *request);
/* far-control-export.c */
void far_control_get_export      (FarControlRequest *request);
/* far-control-export-file.c */
typedef enum {
  FAR_EXPORT_OVERVIEW, /* all there is below */
  FAR_EXPORT_SERIES,
  FAR_EXPORT_FUNCTIONS,
  FAR_EXPORT_INVOCATIONS,
} FarControlExportView;

typedef enum {
  FAR_EXPORT_HTML,
  FAR_EXPORT_CSV,
  FAR_EXPORT_JSON,
} FarControlExportFormat;

typedef struct {
  FarControlExportView   view;
  FarControlExportFormat format;
  gint64     from_us, to_us;
  gint64     limit;  /* invocations */
  gint64     pixels; /* points of a series */
  GTimeZone *zone;   /* the caller's */
} FarControlExportAsked;

/* FALSE: refused, and answered; a zone may be there to be freed. */
gboolean    far_control_read_export  (FarControlRequest *request, FarControlExportAsked *asked);
const char *far_control_export_view  (const FarControlExportAsked *asked);
/* Each returns: (transfer full): of what was collected; query: the question as text */
typedef struct {
  char *(*csv)  (gconstpointer collected, const char *query);
  char *(*json) (gconstpointer collected, const char *query);
  char *(*html) (gconstpointer collected, const char *query);
} FarControlExportWriters;
/* What a CSV file is made of. deployment: (nullable): of one that does not report everything */
void far_control_export_head     (GString *csv, const FarControlExportAsked *asked,
                                  const char *query, const char *deployment);
void far_control_export_cell     (GString *csv, const char *text);
void far_control_export_time     (GString *csv, const FarControlExportAsked *asked,
                                  gint64 time_us);
void far_control_answer_export   (FarControlRequest *request, const FarControlExportAsked *asked,
                                  const FarControlExportWriters *writers,
                                  gconstpointer collected);
/* far-control-alarms.c */
void far_control_get_alarms      (FarControlRequest *request);
void far_control_add_alarm_rule  (FarControlRequest *request);
void far_control_put_alarm       (FarControlRequest *request);
void far_control_delete_alarm    (FarControlRequest *request);
void far_control_test_alarm      (FarControlRequest *request);
void far_control_get_alarm_history (FarControlRequest *request);
/* far-control-logs.c */
void far_control_get_logs        (FarControlRequest *request);
/* far-control-events.c */
void far_control_get_events      (FarControlRequest *request);
/* far-control-watch.c */
void far_control_watch           (FarControlRequest *request);
/* The platform goes: nothing is watched any more. */
void far_control_end_watches     (FarControl *control);
/* far-control-faults.c */
void far_control_get_faults      (FarControlRequest *request);
void far_control_add_fault       (FarControlRequest *request);
void far_control_get_queues       (FarControlRequest *request);
void far_control_get_messages     (FarControlRequest *request);
void far_control_send_message     (FarControlRequest *request);
void far_control_purge_messages   (FarControlRequest *request);
void far_control_redrive_messages (FarControlRequest *request);
void far_control_lambda           (FarControlRequest *request);
void far_control_delete_faults   (FarControlRequest *request);
/* far-control-access.c */
void far_control_get_health      (FarControlRequest *request);
void far_control_get_readiness   (FarControlRequest *request);
void far_control_get_tokens      (FarControlRequest *request);
void far_control_add_token       (FarControlRequest *request);
void far_control_delete_token    (FarControlRequest *request);
/* far-control-money.c */
void far_control_get_journal     (FarControlRequest *request);
/* Asks the bookkeeper a command (a constant) with the members of fields (nullable: an object) as
 * the operator. FALSE with error: callback is not called. */
gboolean  far_control_books_ask    (FarControl *control, const char *command, JsonNode *fields,
                                    GAsyncReadyCallback callback, gpointer user_data,
                                    GError **error);
/* What it answered, a refusal too. Returns: (transfer full): an object */
JsonNode *far_control_books_answer (GAsyncResult *result, GError **error);
/* far-control-margin.c */
void far_control_get_margin      (FarControlRequest *request);
void far_control_get_prices      (FarControlRequest *request);
/* "price": where the costs of a range come from. */
void far_control_add_price       (FarJsonWriter *writer, const char *name, const FarPrice *price);
/* far-control-deployments.c */
void far_control_get_deployments   (FarControlRequest *request);
void far_control_add_deployment    (FarControlRequest *request);
void far_control_try_deployment    (FarControlRequest *request);
void far_control_test_deployment   (FarControlRequest *request);
void far_control_delete_deployment (FarControlRequest *request);
/* Finds the deployment that is asked about. FALSE: the error has been answered. */
gboolean far_control_pick_deployment (FarControlRequest *request);
/* far-control-remote.c: the same questions to a deployment that has no single records */
void far_control_remote_status     (FarControlRequest *request);
void far_control_remote_functions  (FarControlRequest *request);
void far_control_remote_series     (FarControlRequest *request);
/* What a deployment's region charges; NULL where the tables do not have it: cost is not known. */
const FarPrice *far_control_remote_price (FarControlRequest *request, gboolean arm, gint64 at_us);
/* Picodollars; NaN where something of it is not known. price: (nullable) */
double far_control_remote_cost     (const FarPrice *price, double mb_ms, double invocations);
/* As a whole number, null where it is NaN. */
void   far_control_add_cost        (FarJsonWriter *writer, const char *name, double picodollars);
/* far-control-remote-summary.c, far-control-remote-heat.c */
void far_control_remote_summary    (FarControlRequest *request);
/* Fills in what follows from what was told: shares, and cost by the price of that time. */
void far_control_remote_derive     (FarControlRequest *request, FarSourceFunction *function,
                                    gint64 at_us);
/* (element-type FarSourceFunction), derived already. Returns: (transfer full) */
FarSourceFunction *far_control_remote_total (FarControlRequest *request, GPtrArray *functions,
                                             gint64 at_us);
/* Members of an object, as far_control_add_figures() writes them. */
void far_control_remote_add_figures (FarJsonWriter *writer, const FarSourceFunction *function);
/* far-control-remote-export.c */
void far_control_remote_export     (FarControlRequest *request);
void far_control_remote_heatmap    (FarControlRequest *request);
void far_control_remote_logs       (FarControlRequest *request);
/* Whether there is a source to ask. FALSE: the error has been answered. */
gboolean far_control_remote_is_ready (FarControlRequest *request);
/* Takes error, of a source. */
void far_control_remote_failed     (FarControlRequest *request, GError *error);
/* far-control-remote-acts.c */
/* Asks request->deployment, and answers with what it said. */
void far_control_remote_money      (FarControlRequest *request, FarSourceMoney what,
                                    const char *query);
void far_control_remote_earnings   (FarControlRequest *request);
void far_control_remote_journal    (FarControlRequest *request);
void far_control_remote_payouts    (FarControlRequest *request);
void far_control_remote_trace      (FarControlRequest *request);
void far_control_remote_statement  (FarControlRequest *request);
void far_control_remote_invoke     (FarControlRequest *request);
/* far-control-act.c */
void far_control_invoke          (FarControlRequest *request);
void far_control_get_traffic     (FarControlRequest *request);
void far_control_put_traffic     (FarControlRequest *request);
void far_control_delete_traffic  (FarControlRequest *request);
void far_control_advance_clock   (FarControlRequest *request);
void far_control_shutdown        (FarControlRequest *request);
/* far-control-money.c */
void far_control_verify_ledger   (FarControlRequest *request);
void far_control_ledger_progress (FarControlRequest *request);
void far_control_money           (FarControlRequest *request);

/* ---- Values ---- */

/* An object under name (NULL = at the root or in an array). */
void far_control_add_status     (FarJsonWriter *writer, const char *name, FarControl *control);
/* Percentiles are those of the last window_s seconds, counts are of all time. */
void far_control_add_function   (FarJsonWriter *writer, FarControl *control,
                                 const FarFunctionState *state, guint window_s);
void far_control_add_functions  (FarJsonWriter *writer, const char *name, FarControl *control,
                                 guint window_s);
/* Members of an object: counts, quantiles with their bands, cost by the price of the middle of the
 * range. */
/* FAR_METRIC_MASK…: what can be told of single records: of our own everything, of a deployment what
 * it reports and what follows from that. */
guint far_control_reported      (FarControlRequest *request);
/* reported: as above; what is not in it is null. */
void far_control_add_figures    (FarJsonWriter *writer, const FarAggregate *aggregate,
                                 gint64 from_us, gint64 to_us, guint reported);
void far_control_add_invocation (FarJsonWriter *writer, const FarInvocation *invocation);
void far_control_add_alarm      (FarJsonWriter *writer, const char *name, const FarAlarm *alarm);
void far_control_add_traffic    (FarJsonWriter *writer, FarControl *control, gboolean whole);
/* "source": where figures come from and how old they are. Nothing for the platform itself. */
void far_control_add_source     (FarJsonWriter *writer, FarControlRequest *request);
/* "deployments": all of them, the platform first. */
void far_control_add_deployments (FarJsonWriter *writer, FarControl *control);
void far_control_add_uuid       (FarJsonWriter *writer, const char *name, const FarId *id);
/* 32 hex digits, of a trace; 16, of a span. null for zero. */
void far_control_add_id         (FarJsonWriter *writer, const char *name, const FarId *id);
void far_control_add_span       (FarJsonWriter *writer, const char *name, guint64 span);

/* ---- Events ---- */

FarControlEvents *far_control_events_new  (FarControl *control);
void   far_control_events_free      (FarControlEvents *self);
gint64 far_control_events_get_seq   (FarControlEvents *self);
/* Something about functions or platform may have changed; told within the interval. */
void   far_control_events_touch     (FarControlEvents *self);
void   far_control_events_journal   (FarControlEvents *self, gint64 transfers);
void   far_control_events_traffic   (FarControlEvents *self);
void   far_control_events_deployments (FarControlEvents *self);
void   far_control_events_alarm     (FarControlEvents *self, const FarAlarm *alarm,
                                     FarAlarmState from);
void   far_control_events_annotate  (FarControlEvents *self, const FarAnnotation *annotation);

/* ---- Looking after the books ---- */

#define FAR_CONTROL_VIGIL_S 30

/* control has alarms. */
FarControlVigil *far_control_vigil_new (FarControl *control);
void   far_control_vigil_free       (FarControlVigil *self);
/* For tests: from now on only when told. */
void   far_control_vigil_hold       (FarControlVigil *self);
/* Now, instead of at the next time; the second is the whole log. */
void   far_control_vigil_look       (FarControlVigil *self);
void   far_control_vigil_verify     (FarControlVigil *self);

/* ---- Followed logs ---- */

FarControlLogs *far_control_logs_new  (void);
void   far_control_logs_free        (FarControlLogs *self);
void   far_control_logs_line        (FarControlLogs *self, const FarTelemetryLine *line);
void   far_control_logs_record      (FarControlLogs *self, const FarInvocation *invocation);

G_END_DECLS
