/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform: one object that owns functions, instances, requests and their counters, and starts
 * and supervises the helper programs. Gateway, Lambda APIs, schedules and control API are its
 * faces; each works through this header.
 *
 * Everything here happens on the thread of the main context the platform was made on, and nothing
 * blocks. Observers are called in the middle of a request: they copy what they keep and return. */
#pragma once

#include <gio/gio.h>

#include "base/far-clock.h"
#include "base/far-id.h"
#include "platform/far-guard.h"
#include "platform/far-loop.h"
#include "platform/far-template.h"
#include "telemetry/far-invocation.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

#define FAR_PLATFORM_ERROR (far_platform_error_quark ())
GQuark far_platform_error_quark (void);
typedef enum {
  FAR_PLATFORM_ERROR_LOCKED,     /* another farthingd has the data directory */
  FAR_PLATFORM_ERROR_START,      /* a helper program does not start */
  FAR_PLATFORM_ERROR_TEMPLATE,   /* a function's code or store is not there */
  FAR_PLATFORM_ERROR_NOT_FOUND,  /* no such function */
  FAR_PLATFORM_ERROR_BOOKKEEPER, /* a helper program is not running just now; try again */
} FarPlatformError;

/* Lambda's limits. */
#define FAR_PAYLOAD_SYNC_MAX (6 * 1024 * 1024)
#define FAR_PAYLOAD_STREAM_MAX (20 * 1024 * 1024)
#define FAR_PAYLOAD_ASYNC_MAX (1024 * 1024)
#define FAR_CONCURRENCY_ACCOUNT 1000
#define FAR_CONCURRENCY_UNRESERVED_MIN 100
#define FAR_LOG_TAIL_MAX 4096
/* Longer lines of a function's output are cut. */
#define FAR_LOG_LINE_MAX (16 * 1024)

typedef struct _FarPlatform FarPlatform;

/* Counters of this run; the telemetry keeps the history. */
typedef struct {
  const FarTemplateFunction *spec;
  guint   n_routes;
  guint   instances;    /* alive: starting, idle or busy */
  guint   idle;
  guint   starting;
  guint   in_flight;    /* invocations running or waiting for an instance that starts */
  guint   async_queued; /* events accepted and not yet done */
  guint64 invocations;
  guint64 errors;
  guint64 throttles;
  guint64 cold_starts;
} FarFunctionState;

typedef enum {
  FAR_PLATFORM_STARTING,
  FAR_PLATFORM_RUNNING,
  FAR_PLATFORM_DEGRADED, /* a helper program is being restarted */
  FAR_PLATFORM_STOPPING,
} FarPlatformState;

typedef struct {
  FarPlatformState state;
  const char *isolation;        /* "full", "flatpak" or "none" */
  const char *isolation_detail; /* nullable: why not a stronger one */
  const char *gateway_url;
  const char *lambda_url;
  const char *metrics_url;
  const char *control_path;
  const char *credentials_path;
  const char *publisher_token_path; /* "" until the bookkeeper is ready */
  const char *money;                /* "test", "live", or "none" without bookkeeper */
  gint64  transfers;                /* in the journal, as last told; -1 = not known */
  gint64  started_us;               /* since the Unix epoch */
  guint   n_functions;
  guint   n_instances;
  guint   n_standing_by; /* interpreters that wait for a function (far-standby.h) */
  guint64 n_invocations;
} FarPlatformStatus;

typedef struct {
  /* Exactly once for each finished or throttled invocation. */
  void (*invocation) (const FarInvocation *invocation, gpointer user_data);
  /* What functions write. START, END and REPORT follow from the record. */
  void (*log_line)   (const FarTelemetryLine *line, gpointer user_data);
  void (*annotation) (const FarAnnotation *annotation, gpointer user_data);
  /* The state, the number of instances, or a helper program changed. */
  void (*state)      (gpointer user_data);
  /* The bookkeeper's journal grew. */
  void (*journal)    (gint64 transfers, gpointer user_data);
} FarPlatformObserver;

typedef struct {
  const char *data_dir;   /* absolute, there, ours: 0700 */
  const char *template_path;
  guint16     port;       /* gateway; lambda and metrics on the next two. 0 = three free ones */
  gboolean    test_clock; /* one clock for all processes, in a file of data_dir */
  gboolean    live;       /* the books hold live money, from their first row on */
  FarGuard   *guard;      /* (nullable): keeps what is listened on (far-guard.h) */
} FarPlatformOptions;

typedef struct _FarFaults FarFaults;
typedef struct _FarDispatcher FarDispatcher;

typedef void (*FarPlatformStopped) (FarPlatform *self, gpointer user_data);

/**
 * far_platform_new:
 * @stopped: called once, after far_platform_request_stop(): free it then
 *
 * Takes the data directory's lock, reads the template, starts farthing-spawner and
 * farthing-bookkeeper, listens. Call it before there is any other thread. Blocks for a few ms.
 * It is ready for use when far_platform_get_status() says FAR_PLATFORM_RUNNING; until then it is
 * FAR_PLATFORM_STARTING, and @stopped is called instead if the bookkeeper cannot start.
 *
 * Returns: (transfer full) (nullable)
 */
FarPlatform *far_platform_new  (const FarPlatformOptions *options, FarPlatformStopped stopped,
                                gpointer user_data, GError **error);
/* Ends everything it started; blocks until the bookkeeper has finished. */
void         far_platform_free (FarPlatform *self);
/* Returns: one more descriptor of the data directory's lock, the caller's; the lock is held until
 * it is closed as well. -1 where there is none */
int          far_platform_dup_lock (FarPlatform *self);

/* Why it stopped by itself, or NULL. */
const char  *far_platform_get_failure (FarPlatform *self);
FarLoop     *far_platform_get_loop    (FarPlatform *self);
/* For what watches code (far-watch.h). */
FarDispatcher *far_platform_get_dispatcher (FarPlatform *self);
/* Faults on demand (far-faults.h). */
FarFaults   *far_platform_get_faults  (FarPlatform *self);

/* The metrics listener's text, appended by whoever keeps the figures. */
typedef void (*FarMetricsText) (GString *text, gpointer user_data);
void         far_platform_set_metrics (FarPlatform *self, FarMetricsText text,
                                       gpointer user_data);

/* Any member may be NULL; the struct itself must outlive the subscription. */
guint far_platform_observe   (FarPlatform *self, const FarPlatformObserver *observer,
                              gpointer user_data);
void  far_platform_unobserve (FarPlatform *self, guint id);

FarClock    *far_platform_get_clock      (FarPlatform *self);
FarTemplate *far_platform_get_template   (FarPlatform *self);
const char  *far_platform_get_data_dir   (FarPlatform *self);
void         far_platform_get_status     (FarPlatform *self, FarPlatformStatus *ret_status);
const char  *far_platform_state_to_string (FarPlatformState state);

typedef void (*FarFunctionVisitor) (const FarFunctionState *state, gpointer user_data);
void     far_platform_foreach_function (FarPlatform *self, FarFunctionVisitor visitor,
                                        gpointer user_data);
gboolean far_platform_get_function     (FarPlatform *self, const char *name,
                                        FarFunctionState *ret_state);

typedef enum {
  FAR_INVOKE_REQUEST_RESPONSE,
  FAR_INVOKE_EVENT,   /* queued; the callback comes once it is accepted */
  FAR_INVOKE_DRY_RUN, /* only checks that it could */
} FarInvokeType;

/* What the Invoke API answers. Strings are borrowed for the callback. */
typedef struct {
  guint       status;         /* 200, 202, 204; 404, 413, 429, 500, 503 */
  const char *function_error; /* nullable: "Unhandled" */
  const char *error_type;     /* nullable, with a status from 400: "TooManyRequestsException" */
  const char *reason;         /* nullable: of a throttle */
  const char *payload;        /* the function's answer, or JSON that says why there is none */
  gsize       n_payload;
  const char *log_tail;       /* the last FAR_LOG_TAIL_MAX bytes of this invocation's log */
  gsize       n_log_tail;
  const FarId *request_id;
} FarInvokeResult;
typedef void (*FarInvokeCallback) (const FarInvokeResult *result, gpointer user_data);

/**
 * far_platform_invoke:
 * @function: its name
 * @payload: the event, JSON
 * @route: (nullable): what the record is to name as its source: "schedule"; NULL = the API
 * @client_context: (nullable): JSON on one line, for the function's context
 * @callback: (nullable): called once, from here or later
 *
 * An Invoke with the semantics of the API. A payload that is too large, a name that is not known
 * and a throttle all arrive in the callback.
 */
void far_platform_invoke (FarPlatform      *self,
                          const char       *function,
                          FarInvokeType     type,
                          GBytes           *payload,
                          const char       *route,
                          const char       *client_context,
                          FarInvokeCallback callback,
                          gpointer          user_data);

/* How far the bookkeeper's last long command was; what: its name, "" for none. */
void far_platform_get_progress (FarPlatform *self, const char **ret_what, gint64 *ret_rows,
                                gint64 *ret_total);
/* A fresh connection to the bookkeeper (frames of base/far-frame.h) that may send the given
 * commands. Returns: a descriptor the caller owns, or -1. */
int  far_platform_connect_bookkeeper (FarPlatform *self, const char *principal,
                                      const char *const *commands, GError **error);

/* Moves the test clock on, and with it what waits for a time. FAR_CLOCK_ERROR where the clock is
 * the system's. */
gboolean far_platform_advance_clock (FarPlatform *self, gint64 delta_us, GError **error);

/* For the control API: queues, and the control plane of Lambda's API (far-lambda-control.h). */
struct _FarQueues        *far_platform_get_queues (FarPlatform *self);
struct _FarLambdaControl *far_platform_get_lambda (FarPlatform *self);

/* Asks for a graceful stop, as SIGTERM does. */
void far_platform_request_stop (FarPlatform *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarPlatform, far_platform_free)

G_END_DECLS
