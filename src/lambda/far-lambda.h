/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function written in C links: its main is
 *
 *   static const FarLambdaFunction function = { .init = …, .http = … };
 *   int main (int argc, char **argv) { return far_lambda_main (argc, argv, &function); }
 *
 * far_lambda_main() is a fork server on Farthing, a plain Runtime API client on Lambda
 * (AWS_LAMBDA_RUNTIME_API) and anywhere else that speaks that API. One thread; the process serves
 * one invocation at a time. */
#pragma once

#include <json-glib/json-glib.h>

#include "base/far-clock.h"
#include "base/far-json.h"
#include "base/far-trace.h"

G_BEGIN_DECLS

#define FAR_LAMBDA_ERROR (far_lambda_error_quark ())
GQuark far_lambda_error_quark (void);
typedef enum {
  FAR_LAMBDA_ERROR_ENVIRONMENT, /* a variable of the contract is missing or malformed */
  FAR_LAMBDA_ERROR_PROTOCOL,    /* the Runtime API answered what it must not */
  FAR_LAMBDA_ERROR_CLOSED,      /* the platform has closed the channel: exit quietly */
  FAR_LAMBDA_ERROR_EVENT,       /* the event is not of the expected form */
  FAR_LAMBDA_ERROR_SERVICE,     /* a service was not granted or cannot be reached */
} FarLambdaError;

#define FAR_LAMBDA_EVENT_MAX (6 * 1024 * 1024)
#define FAR_LAMBDA_RESPONSE_MAX (6 * 1024 * 1024)
#define FAR_LAMBDA_LOG_LINE_MAX (64 * 1024)

typedef struct {
  const char *request_id;
  const char *function_arn;
  const char *trace_id;       /* X-Ray header, or NULL */
  const char *client_context; /* JSON, or NULL */
  gint64      deadline_us;    /* µs since the epoch, on the clock below */
  FarClock   *clock;          /* the system's, or the platform's test clock */
  gpointer    state;          /* what init made */
} FarLambdaContext;

/* An HTTP API event (payload format 2.0). Valid during the call; strings are borrowed. */
typedef struct _FarLambdaRequest FarLambdaRequest;

const char *far_lambda_request_get_method         (FarLambdaRequest *request);
/* The raw path, still percent-encoded. */
const char *far_lambda_request_get_path           (FarLambdaRequest *request);
/* "GET /articles/{id}" */
const char *far_lambda_request_get_route_key      (FarLambdaRequest *request);
/* The raw query string, "" if none. */
const char *far_lambda_request_get_raw_query      (FarLambdaRequest *request);
/* Decoded; NULL if absent. */
const char *far_lambda_request_get_path_parameter (FarLambdaRequest *request, const char *name);
const char *far_lambda_request_get_query          (FarLambdaRequest *request, const char *name);
/* name in lower case; NULL if absent. */
const char *far_lambda_request_get_header         (FarLambdaRequest *request, const char *name);
const char *far_lambda_request_get_source_ip      (FarLambdaRequest *request);
/* The decoded body with a NUL behind it; "" and 0 if none. */
const char *far_lambda_request_get_body           (FarLambdaRequest *request, gsize *ret_n_bytes);
/* The body as a JSON object, checked strictly. Returns: (transfer none) (nullable) */
JsonObject *far_lambda_request_get_json           (FarLambdaRequest *request, GError **error);

typedef struct _FarLambdaResponse FarLambdaResponse;

/* 200 unless set. */
void far_lambda_response_set_status (FarLambdaResponse *response, guint status);
/* Names go out in lower case; a name or value that HTTP forbids is a programming error. */
void far_lambda_response_set_header (FarLambdaResponse *response, const char *name,
                                     const char *value);
/* Takes the writer's text: content-type application/json. The writer is cleared. */
void far_lambda_response_set_json   (FarLambdaResponse *response, FarJsonWriter *writer);
void far_lambda_response_set_text   (FarLambdaResponse *response, const char *content_type,
                                     const char *text);
/* Sent as base64. */
void far_lambda_response_set_bytes  (FarLambdaResponse *response, const char *content_type,
                                     const guint8 *bytes, gsize n_bytes);
/* {"error":{"code":code,"message":message}} with that status. */
void far_lambda_response_set_error  (FarLambdaResponse *response, guint status, const char *code,
                                     const char *message_format, ...) G_GNUC_PRINTF (4, 5);

/**
 * FarLambdaFunction:
 * @init: (nullable): runs once, before any instance exists, in the fork server: parse files here.
 *   It must leave no thread, main context, database, TLS state, socket or used random generator.
 *   FALSE with an error is reported as the init error of the function.
 * @start: (nullable): runs in each new instance before its first event (services are there now)
 * @http: (nullable): an HTTP API event; set the response. FALSE with an error is a function error
 *   (the caller gets 500), so answer bad input with far_lambda_response_set_error() and TRUE.
 * @event: (nullable): every other event, and HTTP ones where @http is NULL. Append the JSON result
 *   to @result (nothing appended = null).
 * @finish: (nullable): runs when the platform has closed the instance's channel
 */
typedef struct {
  gboolean (*init)   (gpointer *ret_state, GError **error);
  gboolean (*start)  (gpointer state, GError **error);
  gboolean (*http)   (const FarLambdaContext *context, FarLambdaRequest *request,
                      FarLambdaResponse *response, GError **error);
  gboolean (*event)  (const FarLambdaContext *context, const char *event, gsize n_bytes,
                      GString *result, GError **error);
  void     (*finish) (gpointer state);
} FarLambdaFunction;

/* Returns: the exit status for main. */
int far_lambda_main (int argc, char **argv, const FarLambdaFunction *function);

/**
 * far_lambda_service_fd:
 * @name: as granted in the template ("bookkeeper", "gateway")
 *
 * Reads FARTHING_SERVICE_<NAME>: fd:N (an inherited stream), unix:PATH or HOST:PORT (connects).
 * In instances only, never in init.
 *
 * Returns: a connected stream descriptor that the caller closes, close-on-exec. Descriptors of an
 *   inherited stream all share that one stream. -1 with FAR_LAMBDA_ERROR_SERVICE.
 */
int far_lambda_service_fd (const char *name, GError **error);

/* Where a granted store lies: FARTHING_STORE_<NAME>, set by the platform; on Lambda set it to the
 * file system's mount. Returns: (transfer none) (nullable): NULL with FAR_LAMBDA_ERROR_SERVICE. */
const char *far_lambda_store_path (const char *name, GError **error);

/* ---- Notes for the trace ----
 * On Farthing they leave with the answer and show in the trace of this invocation; elsewhere they
 * are nothing. Outside an invocation they do nothing. */

#define FAR_LAMBDA_NOTES_MAX 2048 /* bytes of all together; what does not fit is left out */
#define FAR_LAMBDA_SPANS_MAX 16
#define FAR_LAMBDA_ATTRIBUTES_MAX 4
#define FAR_LAMBDA_VALUE_MAX 128

typedef enum {
  FAR_LAMBDA_SPAN_UNSET,
  FAR_LAMBDA_SPAN_OK,
  FAR_LAMBDA_SPAN_ERROR,
} FarLambdaSpanStatus;

typedef struct {
  guint64     id; /* 0: there is no trace */
  gint64      begin_us;
  const char *kind;
} FarLambdaSpan;

/* key: of [a-z_]; value: no reader's id, and nothing else that names a person. */
void     far_lambda_note       (const char *key, const char *value);
/* kind: a literal, "bookkeeper" or "call". Returns: its id, to be passed on; 0 without a trace */
guint64  far_lambda_span_begin (FarLambdaSpan *span, const char *kind);
void     far_lambda_span_end   (const FarLambdaSpan *span, const char *name,
                                FarLambdaSpanStatus status);
/* The W3C header for a call that span_id stands for (0: the invocation itself). FALSE without a
 * trace. */
gboolean far_lambda_get_traceparent (guint64 span_id, char ret_text[FAR_TRACEPARENT_LEN + 1]);

typedef enum {
  FAR_LAMBDA_LOG_DEBUG,
  FAR_LAMBDA_LOG_INFO,
  FAR_LAMBDA_LOG_WARN,
  FAR_LAMBDA_LOG_ERROR,
} FarLambdaLogLevel;

/* One JSON line on stdout, as Lambda's JSON log format has it:
 * {"timestamp","level","requestId" (during an invocation),"message"}. */
void far_lambda_log (FarLambdaLogLevel level, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
