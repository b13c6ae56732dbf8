/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the calls about deployments themselves: list, add, test, remove; and which of them a request
 * asks about. Secrets go in here and never out. */
#include "platform/far-control-private.h"

#include <string.h>

#include "platform/far-deployment-file.h"

#define SETTING_NAME_MAX 64

gboolean
far_control_pick_deployment (FarControlRequest *request)
{
  const char *id = g_hash_table_lookup (request->query, "deployment");
  FarDeployment *deployment = NULL;

  if (id == NULL || strcmp (id, FAR_DEPLOYMENT_LOCAL) == 0)
    return TRUE;
  if (request->control->deployments != NULL)
    deployment = far_deployments_find (request->control->deployments, id);
  if (deployment == NULL)
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_deployment",
                         "There is no deployment “%s”; GET /v1/deployments lists them", id);
      return FALSE;
    }
  request->deployment = far_deployment_ref (deployment);
  request->telemetry = deployment->telemetry;
  return TRUE;
}

/* ---- What one is ---- */

static void
add_time_or_null (FarJsonWriter *writer, const char *name, gint64 time_us)
{
  if (time_us > 0)
    far_json_add_int (writer, name, time_us);
  else
    far_json_add_null (writer, name);
}

static void
add_state (FarJsonWriter *writer, FarControl *control, FarDeployment *deployment)
{
  gint64 now_us = far_clock_now_us (control->clock);

  far_json_add_string (writer, "kind", deployment->kind);
  far_json_add_string (writer, "name", deployment->name);
  far_json_add_string (writer, "money", deployment->money);
  far_json_add_string (writer, "state", far_deployment_state_to_string (
                                          far_deployment_get_state (deployment, now_us)));
  add_time_or_null (writer, "sample_us", deployment->sample_us);
  if (deployment->sample_us > 0)
    far_json_add_int (writer, "age_us", MAX (now_us - deployment->sample_us, 0));
  else
    far_json_add_null (writer, "age_us");
  far_json_add_string (writer, "message", deployment->message);
}

void
far_control_add_source (FarJsonWriter *writer, FarControlRequest *request)
{
  if (request->deployment == NULL)
    return;
  far_json_begin_object (writer, "source");
  far_json_add_string (writer, "deployment", request->deployment->id);
  add_state (writer, request->control, request->deployment);
  far_json_end_object (writer);
}

static void
add_abilities (FarJsonWriter *writer, const FarSourceAbilities *abilities)
{
  guint i;

  far_json_begin_array (writer, "reports");
  for (i = 0; i < FAR_METRIC_N; i++)
    if ((abilities->metrics & FAR_METRIC_MASK (i)) != 0)
      far_json_add_string (writer, NULL, far_metric_to_string (i));
  far_json_end_array (writer);
  far_json_begin_array (writer, "missing");
  for (i = 0; i < FAR_SOURCE_MISSING_MAX && abilities->missing[i].what != NULL; i++)
    {
      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "what", abilities->missing[i].what);
      far_json_add_string (writer, "reason", abilities->missing[i].reason);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
  far_json_add_string (writer, "quantiles", far_exactness_to_string (abilities->quantiles));
  far_json_add_string (writer, "counts", abilities->counts);
  far_json_add_bool (writer, "cursor", abilities->cursor);
  far_json_add_bool (writer, "logs", abilities->logs);
  far_json_add_bool (writer, "invoke", abilities->invoke);
  far_json_add_bool (writer, "records", abilities->records);
}

static void
add_cost (FarJsonWriter *writer, FarSource *source)
{
  gint64 spent, budget;

  if (source != NULL && far_source_get_cost (source, &spent, &budget))
    {
      far_json_add_int (writer, "cost_picodollars", spent);
      far_json_add_int (writer, "budget_picodollars", budget);
      return;
    }
  far_json_add_null (writer, "cost_picodollars");
  far_json_add_null (writer, "budget_picodollars");
}

static void
add_settings (FarJsonWriter *writer, FarDeployment *deployment)
{
  GHashTableIter iter;
  gpointer name, value;
  guint i;

  far_json_begin_object (writer, "settings");
  g_hash_table_iter_init (&iter, deployment->settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    far_json_add_string (writer, name, value);
  far_json_end_object (writer);
  far_json_begin_array (writer, "secrets");
  for (i = 0; deployment->secret_names[i] != NULL; i++)
    far_json_add_string (writer, NULL, deployment->secret_names[i]);
  far_json_end_array (writer);
}

static void
add_deployment (FarJsonWriter *writer, FarControl *control, FarDeployment *deployment)
{
  FarSourceAbilities abilities = { 0 };

  if (deployment->source != NULL)
    far_source_describe (deployment->source, &abilities);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "id", deployment->id);
  add_state (writer, control, deployment);
  far_json_add_int (writer, "added_us", deployment->added_us);
  far_json_add_int (writer, "functions", deployment->n_functions);
  far_json_add_string (writer, "url", g_hash_table_lookup (deployment->settings, "url"));
  add_abilities (writer, &abilities);
  add_cost (writer, deployment->source);
  add_settings (writer, deployment);
  far_json_end_object (writer);
}

/* The platform itself, in the same words. */
static void
add_local (FarJsonWriter *writer, FarControl *control)
{
  static const FarSourceAbilities abilities = {
    .metrics = (1u << FAR_METRIC_N) - 1, .quantiles = FAR_EXACTNESS_SKETCH, .cursor = TRUE,
    .logs = TRUE, .invoke = TRUE, .records = TRUE,
  };
  gint64 now_us = far_clock_now_us (control->clock);
  FarPlatformStatus status;

  far_platform_get_status (control->platform, &status);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "id", FAR_DEPLOYMENT_LOCAL);
  far_json_add_string (writer, "kind", "local");
  far_json_add_string (writer, "name", control->title != NULL ? control->title : "This machine");
  far_json_add_string (writer, "money", status.money);
  far_json_add_string (writer, "state", "ok");
  far_json_add_int (writer, "sample_us", now_us);
  far_json_add_int (writer, "age_us", 0);
  far_json_add_null (writer, "message");
  far_json_add_int (writer, "added_us", status.started_us);
  far_json_add_int (writer, "functions", status.n_functions);
  far_json_add_string (writer, "url", status.gateway_url);
  add_abilities (writer, &abilities);
  add_cost (writer, NULL);
  far_json_begin_object (writer, "settings");
  far_json_end_object (writer);
  far_json_begin_array (writer, "secrets");
  far_json_end_array (writer);
  far_json_end_object (writer);
}

void
far_control_add_deployments (FarJsonWriter *writer, FarControl *control)
{
  guint i;

  far_json_begin_array (writer, "deployments");
  add_local (writer, control);
  for (i = 0; control->deployments != NULL && i < far_deployments_n (control->deployments); i++)
    add_deployment (writer, control, far_deployments_nth (control->deployments, i));
  far_json_end_array (writer);
}

void
far_control_get_deployments (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_control_add_deployments (&writer, request->control);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* ---- What is asked for ---- */

typedef struct {
  FarDeploymentRequest request;
  GHashTable *settings;
  GHashTable *secrets;
} Wanted;

static void
wipe (gpointer text)
{
  memset (text, 0, strlen (text));
  g_free (text);
}

static void
wanted_clear (Wanted *wanted)
{
  g_clear_pointer (&wanted->settings, g_hash_table_unref);
  g_clear_pointer (&wanted->secrets, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, wanted_clear)

static gboolean
read_strings (JsonObject *object, const char *name, gsize length_max, guint n_max,
              GHashTable *table, GError **error)
{
  g_autoptr (GList) members = NULL;
  JsonObject *strings;
  GList *link;

  if (!far_json_has (object, name))
    return TRUE;
  if (!far_json_get_object (object, name, &strings, error))
    return FALSE;
  members = json_object_get_members (strings);
  for (link = members; link != NULL; link = link->next)
    {
      const char *value;

      if (strlen (link->data) > SETTING_NAME_MAX || g_hash_table_size (table) >= n_max)
        {
          g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                       "“%s” has too many members", name);
          return FALSE;
        }
      if (!far_json_get_string (strings, link->data, length_max, &value, error))
        return FALSE;
      if (*value != '\0')
        g_hash_table_insert (table, g_strdup (link->data), g_strdup (value));
    }
  return TRUE;
}

static gboolean
read_wanted (JsonObject *object, Wanted *wanted, GError **error)
{
  FarDeploymentRequest *request = &wanted->request;

  wanted->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  wanted->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
  request->settings = wanted->settings;
  request->secrets = wanted->secrets;
  if (!far_json_get_string (object, "id", FAR_DEPLOYMENT_ID_MAX * 2, &request->id, error) ||
      !far_json_get_string (object, "kind", SETTING_NAME_MAX, &request->kind, error) ||
      (far_json_has (object, "name") &&
       !far_json_get_string (object, "name", FAR_DEPLOYMENT_NAME_MAX, &request->name, error)) ||
      (far_json_has (object, "money") &&
       !far_json_get_string (object, "money", SETTING_NAME_MAX, &request->money, error)))
    return FALSE;
  if (request->money != NULL && strcmp (request->money, "test") != 0 &&
      strcmp (request->money, "live") != 0 && strcmp (request->money, "none") != 0)
    {
      g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                   "money is “%s”; it is test, live or none", request->money);
      return FALSE;
    }
  return read_strings (object, "settings", FAR_SOURCE_FUNCTIONS_MAX, 32, wanted->settings,
                       error) &&
         read_strings (object, "secrets", FAR_SECRET_MAX, FAR_SECRETS_MAX, wanted->secrets, error);
}

static gboolean
read_request (FarControlRequest *request, Wanted *wanted)
{
  g_autoptr (GError) error = NULL;

  if (request->control->deployments == NULL)
    {
      far_control_error (request, SOUP_STATUS_NOT_IMPLEMENTED, "not_reported",
                         "This platform watches no deployments");
      return FALSE;
    }
  if (read_wanted (json_node_get_object (request->body), wanted, &error))
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
  return FALSE;
}

/* ---- Add, remove ---- */

static void
answer_refusal (FarControlRequest *request, const GError *error)
{
  guint status = SOUP_STATUS_INTERNAL_SERVER_ERROR;
  const char *code = "internal";

  if (g_error_matches (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_EXISTS))
    status = SOUP_STATUS_CONFLICT, code = "exists";
  else if (g_error_matches (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_FULL))
    status = SOUP_STATUS_CONFLICT, code = "too_many";
  else if (error->domain == FAR_SOURCE_ERROR ||
           g_error_matches (error, FAR_DEPLOYMENT_ERROR, FAR_DEPLOYMENT_ERROR_ID))
    status = SOUP_STATUS_BAD_REQUEST, code = "bad_request";
  far_control_error (request, status, code, "%s", error->message);
}

static void
on_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  FarDeployment *deployment = far_deployments_add_finish (NULL, result, &error);

  far_json_writer_init (&writer);
  if (request->control == NULL)
    far_control_request_free (request);
  else if (deployment == NULL)
    answer_refusal (request, error);
  else
    {
      add_deployment (&writer, request->control, deployment);
      far_control_answer (request, SOUP_STATUS_CREATED, &writer);
    }
}

void
far_control_add_deployment (FarControlRequest *request)
{
  g_auto (Wanted) wanted = { 0 };

  if (!read_request (request, &wanted))
    return;
  far_control_request_pause (request);
  far_deployments_add_async (request->control->deployments, &wanted.request, on_added, request);
}

void
far_control_delete_deployment (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;

  far_json_writer_init (&writer);
  if (request->control->deployments != NULL &&
      far_deployments_remove (request->control->deployments, request->name, &error))
    {
      far_json_begin_object (&writer, NULL);
      far_json_end_object (&writer);
      far_control_answer (request, SOUP_STATUS_OK, &writer);
    }
  else if (error != NULL)
    answer_refusal (request, error);
  else
    far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_deployment",
                       "There is no deployment “%s” that could be removed", request->name);
}

/* ---- Test ---- */

static void
write_probe (FarJsonWriter *writer, const FarSourceProbe *probe, const GError *error)
{
  gboolean ok = probe != NULL;
  guint i;

  for (i = 0; probe != NULL && i < probe->checks->len; i++)
    ok = ok && ((FarSourceCheck *) g_ptr_array_index (probe->checks, i))->ok;
  far_json_begin_object (writer, NULL);
  far_json_add_bool (writer, "ok", ok);
  far_json_add_string (writer, "message", error != NULL ? error->message : NULL);
  far_json_add_int (writer, "functions", probe != NULL ? probe->n_functions : 0);
  add_time_or_null (writer, "sample_us", probe != NULL ? probe->sample_us : 0);
  far_json_begin_array (writer, "checks");
  for (i = 0; probe != NULL && i < probe->checks->len; i++)
    {
      const FarSourceCheck *check = g_ptr_array_index (probe->checks, i);

      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "name", check->what);
      far_json_add_bool (writer, "ok", check->ok);
      far_json_add_string (writer, "message", check->message);
      far_json_add_int (writer, "took_us", check->took_us);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
  far_json_end_object (writer);
}

/* That a system does not answer is the answer to a test. */
static void
on_tested (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSourceProbe) probe = far_source_probe_finish (FAR_SOURCE (object), result, &error);

  far_json_writer_init (&writer);
  if (request->control == NULL)
    {
      far_control_request_free (request);
      return;
    }
  write_probe (&writer, probe, error);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_try_deployment (FarControlRequest *request)
{
  g_auto (Wanted) wanted = { 0 };
  g_autoptr (FarSource) source = NULL;
  g_autoptr (GError) error = NULL;

  if (!read_request (request, &wanted))
    return;
  source = far_deployments_try (request->control->deployments, &wanted.request, &error);
  if (source == NULL)
    {
      answer_refusal (request, error);
      return;
    }
  far_control_request_pause (request);
  far_source_probe_async (source, request->cancellable, on_tested, request);
}

void
far_control_test_deployment (FarControlRequest *request)
{
  FarDeployment *deployment = request->control->deployments != NULL
    ? far_deployments_find (request->control->deployments, request->name) : NULL;

  if (deployment == NULL)
    far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_deployment",
                       "There is no deployment “%s”; GET /v1/deployments lists them",
                       request->name);
  else if (deployment->source == NULL)
    far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "not_ready", "%s",
                       deployment->message != NULL ? deployment->message : "Not ready yet");
  else
    {
      far_control_request_pause (request);
      far_source_probe_async (deployment->source, request->cancellable, on_tested, request);
      far_deployment_poke (deployment);
    }
}
