/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API of one farthingd, over its Unix socket. Everything is asynchronous on the main
 * context that made the client; nothing here blocks. Errors are FAR_CLIENT_ERROR or
 * G_IO_ERROR_CANCELLED. */
#pragma once

#include <json-glib/json-glib.h>

#include "client/far-client-error.h"
#include "client/far-function-info.h"
#include "client/far-platform-types.h"

G_BEGIN_DECLS

#define FAR_EVENTS_PER_SECOND_MAX 10

#define FAR_TYPE_PLATFORM_CLIENT (far_platform_client_get_type ())
G_DECLARE_FINAL_TYPE (FarPlatformClient, far_platform_client, FAR, PLATFORM_CLIENT, GObject)

/* socket_path: that of far_paths_control_socket(), or "control" of the ready line. */
FarPlatformClient *far_platform_client_new             (const char *socket_path);
const char        *far_platform_client_get_socket_path (FarPlatformClient *self);

/* ---- Watching: the event stream ----
 *
 * Follows GET /v1/events, resumes after the last seq, and tries again with a growing pause while
 * the platform is away. Meanwhile:
 *   property "connected" (gboolean): events are coming
 *   property "status" (FarPlatformStatus, nullable): the latest; kept when the connection is lost
 *   property "traffic" (FarTraffic, nullable)
 *   property "transfers" (gint64): rows of the journal, the sign that earnings have changed
 *   signal "alarm" (FarAlarmInfo): an alarm was raised or has ended, or has no data any more
 *   signal "functions-changed" (): at most FAR_EVENTS_PER_SECOND_MAX a second, after the rows of
 *     the list below have been updated
 */
void        far_platform_client_watch         (FarPlatformClient *self);
void        far_platform_client_unwatch       (FarPlatformClient *self);
gboolean    far_platform_client_get_connected (FarPlatformClient *self);
/* Returns: (transfer none) (nullable) */
FarPlatformStatus *far_platform_client_get_status  (FarPlatformClient *self);
FarTraffic        *far_platform_client_get_traffic (FarPlatformClient *self);
gint64             far_platform_client_get_transfers (FarPlatformClient *self);
/* A live list of FarFunctionInfo, one object for the life of the client; filled and kept up to date
 * while watching and by each far_platform_client_load_functions_async().
 * Returns: (transfer none) */
GListModel        *far_platform_client_get_functions (FarPlatformClient *self);

/* ---- Calls ---- */

/* → FarPlatformStatus; also updates the property "status" */
void far_platform_client_load_status_async (FarPlatformClient *self, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
FarPlatformStatus *far_platform_client_load_status_finish (FarPlatformClient *self,
                                                           GAsyncResult *result, GError **error);

/* Brings the list of functions up to date. */
void far_platform_client_load_functions_async (FarPlatformClient *self, gint64 window_s,
                                               gint64 to_us, GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
gboolean far_platform_client_load_functions_finish (FarPlatformClient *self,
                                                    GAsyncResult *result, GError **error);

/* Of how many microseconds the figures are that load_functions brought last: counts and percentiles
 * of a deployment that tells figures only; else only percentiles, or 0 = not told. */
gint64   far_platform_client_get_window (FarPlatformClient *self);

/* id: of a deployment that the platform watches, whose telemetry all calls of functions, series,
 * heat maps, summaries, invocations, traces and logs ask for from now on; NULL (and "local"): the
 * platform's own. The list of functions is emptied, and then filled by load_functions only, except
 * for the platform's own, which the event stream keeps up to date. */
void        far_platform_client_set_deployment (FarPlatformClient *self, const char *id);
/* NULL: the platform's own. */
const char *far_platform_client_get_deployment (FarPlatformClient *self);

/* function: NULL or "" = all together. metrics: "invocations,p99_us"; of invocations errors
 * throttles cold_starts p50_us p90_us p99_us concurrency cost_picodollars. */
void far_platform_client_load_series_async (FarPlatformClient *self, const char *function,
                                            const char *metrics, gint64 from_us, gint64 to_us,
                                            gint64 step_us, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
FarSeriesSet *far_platform_client_load_series_finish (FarPlatformClient *self,
                                                      GAsyncResult *result, GError **error);

/* Newest first. function and outcome may be NULL: any. → (element-type FarInvocationInfo) */
void far_platform_client_load_invocations_async (FarPlatformClient *self, const char *function,
                                                 const char *outcome, guint limit,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
GPtrArray *far_platform_client_load_invocations_finish (FarPlatformClient *self,
                                                        GAsyncResult *result, GError **error);

/* type: "RequestResponse" "Event" "DryRun". event: JSON. */
void far_platform_client_invoke_async (FarPlatformClient *self, const char *function,
                                       const char *type,
                                       const char *client_context, GBytes *event,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
FarInvokeResult *far_platform_client_invoke_finish (FarPlatformClient *self,
                                                    GAsyncResult *result, GError **error);

typedef void (*FarLogLineFunc) (FarLogLine *line, gpointer user_data);
/* Calls func for each line, oldest first, until the end (follow FALSE), an error or the
 * cancellable. function NULL: all. func's user_data is freed with destroy once it is done. */
void far_platform_client_read_logs_async (FarPlatformClient *self, const char *function,
                                          guint limit, gboolean follow, FarLogLineFunc func,
                                          gpointer func_data, GDestroyNotify destroy,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
void far_platform_client_read_log_url_async (FarPlatformClient *self, const char *url,
                                             FarLogLineFunc func, gpointer func_data,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
void far_platform_client_watch_code_async (FarPlatformClient *self, FarLogLineFunc func,
                                           gpointer func_data, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
gboolean far_platform_client_read_logs_finish (FarPlatformClient *self, GAsyncResult *result,
                                               GError **error);

/* Simulated readers. duration_s 0 = until stopped. → FarTraffic */
void far_platform_client_load_traffic_async (FarPlatformClient *self, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
void far_platform_client_start_traffic_async (FarPlatformClient *self, double readers_per_second,
                                              guint duration_s, guint64 seed,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
void far_platform_client_stop_traffic_async (FarPlatformClient *self, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
/* Finishes any of the three. */
FarTraffic *far_platform_client_traffic_finish (FarPlatformClient *self, GAsyncResult *result,
                                                GError **error);

void far_platform_client_verify_ledger_async (FarPlatformClient *self, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
FarLedgerVerdict *far_platform_client_verify_ledger_finish (FarPlatformClient *self,
                                                           GAsyncResult *result, GError **error);

/* One of the operator's commands of the bookkeeper (bookkeeper/far-commands.h): "payout.list",
 * "statement", "token.create", … with its fields (nullable) → its answer's object */
void far_platform_client_money_async (FarPlatformClient *self, const char *command,
                                      JsonObject *fields, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
JsonObject *far_platform_client_money_finish (FarPlatformClient *self, GAsyncResult *result,
                                              GError **error);
/* How far the last verification or backup is: what, rows, total. Finished as the one above. */
void far_platform_client_load_progress_async (FarPlatformClient *self, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);

/* Only a platform with --test-clock does this. delta_us > 0. */
void far_platform_client_advance_clock_async (FarPlatformClient *self, gint64 delta_us,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
gboolean far_platform_client_advance_clock_finish (FarPlatformClient *self,
                                                   GAsyncResult *result, GError **error);

/* Any call: JSON there (nullable) and back. */
void far_platform_client_request_async (FarPlatformClient *self, const char *method,
                                        const char *url, GBytes *body, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
JsonNode *far_platform_client_request_finish (FarPlatformClient *self, GAsyncResult *result,
                                              GError **error);

/* Any call that answers with a file: GET /v1/export. */
void far_platform_client_fetch_async (FarPlatformClient *self, const char *url,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Returns: (transfer full) */
GBytes *far_platform_client_fetch_finish (FarPlatformClient *self, GAsyncResult *result,
                                          GError **error);

void far_platform_client_shutdown_async (FarPlatformClient *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
gboolean far_platform_client_shutdown_finish (FarPlatformClient *self, GAsyncResult *result,
                                              GError **error);

G_END_DECLS
