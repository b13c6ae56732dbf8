/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to client: JSON of the control API → the structs of far-platform-types.h, and what the
 * files of FarPlatformClient share. */
#pragma once

#include "client/far-client-private.h"
#include "client/far-platform-client.h"
#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

#define FAR_FUNCTIONS_MAX 1000
#define FAR_SERIES_POINTS_MAX 100000
#define FAR_INVOCATIONS_MAX 10000

/* Lenient: what is missing reads as 0 or "". Returns: (transfer full) */
FarPlatformStatus *far_platform_status_parse  (JsonObject *object);
FarTraffic        *far_traffic_parse          (JsonObject *object);
FarLogLine        *far_log_line_parse         (JsonObject *object);
FarInvokeResult   *far_invoke_result_parse    (JsonObject *object);
FarLedgerVerdict  *far_ledger_verdict_parse   (JsonObject *object);
FarFunctionInfo   *far_function_info_parse    (JsonObject *object);
void               far_function_figures_parse (JsonObject *object, FarFunctionFigures *figures);

/* A copy to change before anybody else sees it. */
FarPlatformStatus *far_platform_status_copy   (FarPlatformStatus *self);

/* ---- A call: its answer's object is parsed to the result ---- */

typedef gpointer (*FarCallParse) (FarPlatformClient *self, JsonObject *object, GError **error);

/* free_result: NULL for a result that is only a truth value. */
void     far_call_start  (FarPlatformClient *self, const FarHttpCall *http_call,
                          FarCallParse parse, GDestroyNotify free_result,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data, gpointer tag);
gpointer far_call_finish (FarPlatformClient *self, GAsyncResult *result, GError **error);

/* ---- Between the client and its watch ---- */

typedef struct _FarPlatformWatch FarPlatformWatch;

FarPlatformWatch *far_platform_watch_new  (FarPlatformClient *client, FarHttpClient *http);
/* Cancels what is under way; nothing reaches the client any more. */
void              far_platform_watch_stop (FarPlatformWatch *watch);

void far_platform_client_set_connected   (FarPlatformClient *self, gboolean connected);
/* Take their argument. */
void far_platform_client_take_status     (FarPlatformClient *self, FarPlatformStatus *status);
void far_platform_client_take_traffic    (FarPlatformClient *self, FarTraffic *traffic);
void far_platform_client_tell_alarm      (FarPlatformClient *self, FarAlarmInfo *alarm);
void far_platform_client_set_transfers   (FarPlatformClient *self, gint64 transfers);
/* Of the list of functions that was loaded. */
void far_platform_client_set_window (FarPlatformClient *self, gint64 window_us);
/* functions: objects of GET /v1/functions. whole: those that are not among them have gone. */
void far_platform_client_apply_functions (FarPlatformClient *self, JsonArray *functions,
                                          gboolean whole);
/* The URL of a call of telemetry, with the deployment it is about. Returns: (transfer full) */
char *far_platform_client_address        (FarPlatformClient *self, const char *url);
FarHttpClient *far_platform_client_get_http        (FarPlatformClient *self);
FarHttpClient *far_platform_client_get_stream_http (FarPlatformClient *self);

G_END_DECLS
