/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the table of routes and the two documents that describe them. No state. */
#include "platform/far-control-routes.h"

#include <string.h>

#include "far-api-resources.h"

#define PLACEHOLDER "{name}"
#define RESOURCES "/io/github/farthing/platform/"

static void
send_document (FarControlRequest *request, const char *name)
{
  g_autofree char *path = g_strconcat (RESOURCES, name, NULL);
  g_autoptr (GBytes) text = g_resource_lookup_data (far_api_get_resource (), path,
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_assert (text != NULL);
  far_control_text (request, "application/yaml", text);
}

static void
get_openapi (FarControlRequest *request)
{
  send_document (request, "control.yaml");
}

static void
get_market (FarControlRequest *request)
{
  send_document (request, "market.yaml");
}

static const char *const no_query[] = { NULL };
static const char *const deployment_query[] = { "deployment", NULL };
static const char *const otlp_query[] = { "from_us", "to_us", "limit", NULL };
static const char *const limit_query[] = { "limit", NULL };
static const char *const functions_query[] = { "deployment", "window_s", "to_us", NULL };
static const char *const series_query[] = { "deployment", "function", "metrics", "from_us",
                                            "to_us", "step_us", "pixels", "bands", "split",
                                            NULL };
static const char *const export_query[] = { "deployment", "view", "format", "function", "from_us",
                                            "to_us", "zone", "pixels", "limit", NULL };
static const char *const heatmap_query[] = { "deployment", "function", "metric", "from_us",
                                             "to_us", "step_us", "columns", "rows", NULL };
static const char *const summary_query[] = { "deployment", "function", "group", "from_us",
                                             "to_us", "sort", "order", "limit",
                                             "compare_from_us", "compare_to_us", NULL };
static const char *const invocations_query[] = { "deployment", "function", "outcome", "limit",
                                                 "from_us", "to_us", "cold", "duration_min_us",
                                                 "duration_max_us", "request_id", "trace_id",
                                                 "version", "route", "error_type", "sort",
                                                 "before", "after",
                                                 "behind_after", NULL };
static const char *const annotations_query[] = { "deployment", "from_us", "to_us", "limit",
                                                 "kind", "subject", NULL };
static const char *const traces_query[] = { "deployment", "function", "from_us", "to_us",
                                            "errors", "duration_min_us", "limit", NULL };
static const char *const logs_query[] = { "deployment", "function", "follow", "limit", "level",
                                          "contains", "request_id", "from_us", "to_us",
                                          "platform", NULL };
static const char *const margin_query[] = { "deployment", "from_us", "to_us", "group", "limit",
                                            "usd_micros", NULL };
static const char *const events_query[] = { "after", NULL };
static const char *const faults_query[] = { "id", NULL };
static const char *const invoke_query[] = { "deployment", "type", "client_context", NULL };
static const char *const lambda_query[] = { "method", "path", NULL };

static const char *const journal_query[] = { "from", NULL };
static const char *const trace_query[] = { "pledge", "transfer", "article", "limit", NULL };
static const char *const statement_query[] = { "month", NULL };

static const FarControlRoute routes[] = {
  { "GET", "/healthz", FAR_CONTROL_BODY_NONE, no_query, far_control_get_health },
  { "GET", "/readyz", FAR_CONTROL_BODY_NONE, no_query, far_control_get_readiness },
  { "GET", "/v1/tokens", FAR_CONTROL_BODY_NONE, no_query, far_control_get_tokens },
  { "POST", "/v1/tokens", FAR_CONTROL_BODY_OBJECT, no_query, far_control_add_token },
  { "DELETE", "/v1/tokens/" PLACEHOLDER, FAR_CONTROL_BODY_NONE, no_query,
    far_control_delete_token },
  { "GET", "/v1/secrets", FAR_CONTROL_BODY_NONE, no_query, far_control_get_secrets },
  { "PUT", "/v1/secrets/" PLACEHOLDER, FAR_CONTROL_BODY_OBJECT, no_query, far_control_put_secret },
  { "DELETE", "/v1/secrets/" PLACEHOLDER, FAR_CONTROL_BODY_NONE, no_query,
    far_control_delete_secret },
  { "GET", "/v1/status", FAR_CONTROL_BODY_NONE, deployment_query, far_control_get_status,
    far_control_remote_status },
  { "GET", "/v1/functions", FAR_CONTROL_BODY_NONE, functions_query, far_control_get_functions,
    far_control_remote_functions },
  { "GET", "/v1/series", FAR_CONTROL_BODY_NONE, series_query, far_control_get_series,
    far_control_remote_series },
  { "GET", "/v1/heatmap", FAR_CONTROL_BODY_NONE, heatmap_query, far_control_get_heatmap,
    far_control_remote_heatmap },
  { "GET", "/v1/summary", FAR_CONTROL_BODY_NONE, summary_query, far_control_get_summary,
    far_control_remote_summary },
  { "GET", "/v1/margin", FAR_CONTROL_BODY_NONE, margin_query, far_control_get_margin },
  { "GET", "/v1/prices", FAR_CONTROL_BODY_NONE, no_query, far_control_get_prices },
  { "GET", "/v1/invocations", FAR_CONTROL_BODY_NONE, invocations_query,
    far_control_get_invocations },
  { "GET", "/v1/annotations", FAR_CONTROL_BODY_NONE, annotations_query,
    far_control_get_annotations },
  { "POST", "/v1/annotations", FAR_CONTROL_BODY_OBJECT, no_query, far_control_add_annotation },
  { "GET", "/v1/traces", FAR_CONTROL_BODY_NONE, traces_query, far_control_get_traces },
  { "GET", "/v1/traces/" PLACEHOLDER, FAR_CONTROL_BODY_NONE, deployment_query,
    far_control_get_trace },
  { "GET", "/v1/export", FAR_CONTROL_BODY_NONE, export_query, far_control_get_export,
    far_control_remote_export },
  { "GET", "/metrics", FAR_CONTROL_BODY_NONE, no_query, far_control_get_metrics },
  { "POST", "/v1/traces", FAR_CONTROL_BODY_EVENT, no_query, far_control_take_traces },
  { "POST", "/v1/metrics", FAR_CONTROL_BODY_EVENT, no_query, far_control_take_metrics },
  { "GET", "/v1/otlp/traces", FAR_CONTROL_BODY_NONE, otlp_query, far_control_give_traces },
  { "GET", "/v1/otlp/metrics", FAR_CONTROL_BODY_NONE, no_query, far_control_give_metrics },
  { "GET", "/v1/otlp/push", FAR_CONTROL_BODY_NONE, no_query, far_control_get_push },
  { "PUT", "/v1/otlp/push", FAR_CONTROL_BODY_OBJECT, no_query, far_control_put_push },
  { "DELETE", "/v1/otlp/push", FAR_CONTROL_BODY_NONE, no_query, far_control_delete_push },
  { "GET", "/v1/otlp/received", FAR_CONTROL_BODY_NONE, no_query, far_control_get_received },
  { "GET", "/v1/alarms", FAR_CONTROL_BODY_NONE, no_query, far_control_get_alarms },
  { "POST", "/v1/alarms", FAR_CONTROL_BODY_OBJECT, no_query, far_control_add_alarm_rule },
  { "PUT", "/v1/alarms/" PLACEHOLDER, FAR_CONTROL_BODY_OBJECT, no_query, far_control_put_alarm },
  { "DELETE", "/v1/alarms/" PLACEHOLDER, FAR_CONTROL_BODY_NONE, no_query,
    far_control_delete_alarm },
  { "POST", "/v1/alarms/" PLACEHOLDER "/test", FAR_CONTROL_BODY_NONE, no_query,
    far_control_test_alarm },
  { "GET", "/v1/alarms/" PLACEHOLDER "/history", FAR_CONTROL_BODY_NONE, limit_query,
    far_control_get_alarm_history },
  { "GET", "/v1/logs", FAR_CONTROL_BODY_NONE, logs_query, far_control_get_logs,
    far_control_remote_logs },
  { "GET", "/v1/events", FAR_CONTROL_BODY_NONE, events_query, far_control_get_events },
  { "POST", "/v1/functions/" PLACEHOLDER "/invocations", FAR_CONTROL_BODY_EVENT, invoke_query,
    far_control_invoke, far_control_remote_invoke },
  { "GET", "/v1/deployments", FAR_CONTROL_BODY_NONE, no_query, far_control_get_deployments },
  { "POST", "/v1/deployments", FAR_CONTROL_BODY_OBJECT, no_query, far_control_add_deployment },
  { "POST", "/v1/deployments/test", FAR_CONTROL_BODY_OBJECT, no_query,
    far_control_try_deployment },
  { "POST", "/v1/deployments/" PLACEHOLDER "/test", FAR_CONTROL_BODY_NONE, no_query,
    far_control_test_deployment },
  { "DELETE", "/v1/deployments/" PLACEHOLDER, FAR_CONTROL_BODY_NONE, no_query,
    far_control_delete_deployment },
  { "GET", "/v1/deployments/" PLACEHOLDER "/earnings", FAR_CONTROL_BODY_NONE, no_query,
    far_control_remote_earnings },
  { "GET", "/v1/deployments/" PLACEHOLDER "/journal", FAR_CONTROL_BODY_NONE, journal_query,
    far_control_remote_journal },
  { "GET", "/v1/deployments/" PLACEHOLDER "/payouts", FAR_CONTROL_BODY_NONE, no_query,
    far_control_remote_payouts },
  { "GET", "/v1/deployments/" PLACEHOLDER "/trace", FAR_CONTROL_BODY_NONE, trace_query,
    far_control_remote_trace },
  { "GET", "/v1/deployments/" PLACEHOLDER "/statement", FAR_CONTROL_BODY_NONE, statement_query,
    far_control_remote_statement },
  { "GET", "/v1/journal", FAR_CONTROL_BODY_NONE, journal_query, far_control_get_journal },
  { "GET", "/v1/traffic", FAR_CONTROL_BODY_NONE, no_query, far_control_get_traffic },
  { "PUT", "/v1/traffic", FAR_CONTROL_BODY_OBJECT, no_query, far_control_put_traffic },
  { "DELETE", "/v1/traffic", FAR_CONTROL_BODY_NONE, no_query, far_control_delete_traffic },
  { "GET", "/v1/faults", FAR_CONTROL_BODY_NONE, no_query, far_control_get_faults },
  { "POST", "/v1/faults", FAR_CONTROL_BODY_OBJECT, no_query, far_control_add_fault },
  { "DELETE", "/v1/faults", FAR_CONTROL_BODY_NONE, faults_query, far_control_delete_faults },
  { "POST", "/v1/lambda", FAR_CONTROL_BODY_UPLOAD, lambda_query, far_control_lambda },
  { "GET", "/v1/queues", FAR_CONTROL_BODY_NONE, no_query, far_control_get_queues },
  { "GET", "/v1/queues/" PLACEHOLDER "/messages", FAR_CONTROL_BODY_NONE, limit_query,
    far_control_get_messages },
  { "POST", "/v1/queues/" PLACEHOLDER "/messages", FAR_CONTROL_BODY_OBJECT, no_query,
    far_control_send_message },
  { "DELETE", "/v1/queues/" PLACEHOLDER "/messages", FAR_CONTROL_BODY_NONE, no_query,
    far_control_purge_messages },
  { "POST", "/v1/queues/" PLACEHOLDER "/redrive", FAR_CONTROL_BODY_OBJECT, no_query,
    far_control_redrive_messages },
  { "GET", "/v1/watch", FAR_CONTROL_BODY_NONE, no_query, far_control_watch },
  { "POST", "/v1/ledger/verify", FAR_CONTROL_BODY_NONE, no_query, far_control_verify_ledger },
  { "GET", "/v1/ledger/progress", FAR_CONTROL_BODY_NONE, no_query, far_control_ledger_progress },
  { "POST", "/v1/money/" PLACEHOLDER, FAR_CONTROL_BODY_OBJECT, no_query, far_control_money },
  { "POST", "/v1/clock", FAR_CONTROL_BODY_OBJECT, no_query, far_control_advance_clock },
  { "POST", "/v1/shutdown", FAR_CONTROL_BODY_NONE, no_query, far_control_shutdown },
  { "GET", "/v1/openapi.yaml", FAR_CONTROL_BODY_NONE, no_query, get_openapi },
  { "GET", "/v1/market.yaml", FAR_CONTROL_BODY_NONE, no_query, get_market },
};

guint
far_control_n_routes (void)
{
  return G_N_ELEMENTS (routes);
}

const FarControlRoute *
far_control_nth_route (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (routes), NULL);

  return &routes[index];
}

/* ret_name: what stands for the placeholder, NULL without one. */
static gboolean
path_matches (const char *pattern, const char *path, const char **ret_name, gsize *ret_length)
{
  const char *placeholder = strstr (pattern, PLACEHOLDER);
  gsize before = placeholder != NULL ? (gsize) (placeholder - pattern) : 0;
  const char *end;

  *ret_name = NULL;
  *ret_length = 0;
  if (placeholder == NULL)
    return strcmp (pattern, path) == 0;
  if (strncmp (pattern, path, before) != 0)
    return FALSE;
  *ret_name = path + before;
  end = strchrnul (*ret_name, '/');
  *ret_length = (gsize) (end - *ret_name);
  return *ret_length > 0 && strcmp (end, placeholder + strlen (PLACEHOLDER)) == 0;
}

const FarControlRoute *
far_control_find_route (const char *method, const char *path, char **ret_name,
                        gboolean *ret_known)
{
  guint i;

  *ret_known = FALSE;
  for (i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      const char *name;
      gsize length;

      if (!path_matches (routes[i].path, path, &name, &length))
        continue;
      *ret_known = TRUE;
      if (strcmp (routes[i].method, method) != 0)
        continue;
      if (ret_name != NULL && name != NULL)
        *ret_name = g_strndup (name, length);
      return &routes[i];
    }
  return NULL;
}
