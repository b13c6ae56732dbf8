/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the calls about deployments and their types. Secrets are in the request alone, which is
 * overwritten once it was sent. The client's main context. */
#include "client/far-deployments.h"

#include <string.h>

#include "client/far-boxed-private.h"
#include "client/far-platform-private.h"

#define TEST_TIMEOUT_US G_GINT64_CONSTANT (120000000)

/* ---- Types ---- */

static void
gap_free (gpointer data)
{
  FarDeploymentGap *gap = data;

  g_free (gap->what);
  g_free (gap->reason);
  g_free (gap);
}

static void
far_deployment_info_clear (FarDeploymentInfo *self)
{
  g_free (self->id);
  g_free (self->kind);
  g_free (self->name);
  g_free (self->url);
  g_free (self->money);
  g_free (self->state);
  g_free (self->message);
  g_free (self->quantiles);
  g_free (self->counts);
  g_strfreev (self->reports);
  g_ptr_array_unref (self->missing);
}

FAR_DEFINE_RC_BOXED (FarDeploymentInfo, far_deployment_info, far_deployment_info_clear)

static void
check_free (gpointer data)
{
  FarDeploymentCheck *check = data;

  g_free (check->name);
  g_free (check->message);
  g_free (check);
}

static void
far_deployment_test_clear (FarDeploymentTest *self)
{
  g_free (self->message);
  g_ptr_array_unref (self->checks);
}

FAR_DEFINE_RC_BOXED (FarDeploymentTest, far_deployment_test, far_deployment_test_clear)

/* ---- Reading ---- */

static JsonObject *
element (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static guint
n_elements (JsonArray *array)
{
  return array != NULL ? MIN (json_array_get_length (array), FAR_DEPLOYMENTS_LISTED_MAX) : 0;
}

static char **
read_reports (JsonArray *array)
{
  GPtrArray *names = g_ptr_array_new ();
  guint i;

  for (i = 0; i < n_elements (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        g_ptr_array_add (names, g_strdup (json_node_get_string (node)));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static GPtrArray *
read_missing (JsonArray *array)
{
  GPtrArray *missing = g_ptr_array_new_with_free_func (gap_free);
  guint i;

  for (i = 0; i < n_elements (array); i++)
    {
      JsonObject *object = element (array, i);
      FarDeploymentGap *gap;

      if (object == NULL)
        continue;
      gap = g_new0 (FarDeploymentGap, 1);
      gap->what = far_client_dup_string (object, "what");
      gap->reason = far_client_dup_string (object, "reason");
      g_ptr_array_add (missing, gap);
    }
  return missing;
}

FarDeploymentInfo *
far_deployment_info_parse (JsonObject *object)
{
  FarDeploymentInfo *self = g_rc_box_new0 (FarDeploymentInfo);

  self->id = far_client_dup_string (object, "id");
  self->kind = far_client_dup_string (object, "kind");
  self->name = far_client_dup_string (object, "name");
  self->url = far_client_dup_string (object, "url");
  self->money = far_client_dup_string (object, "money");
  self->state = far_client_dup_string (object, "state");
  self->message = far_client_dup_string (object, "message");
  self->quantiles = far_client_dup_string (object, "quantiles");
  self->counts = far_client_dup_string (object, "counts");
  self->reports = read_reports (far_client_get_array (object, "reports"));
  self->missing = read_missing (far_client_get_array (object, "missing"));
  self->sample_us = far_client_get_int (object, "sample_us", 0);
  self->age_us = far_client_get_int (object, "age_us", -1);
  self->functions = far_client_get_int (object, "functions", 0);
  self->cost_picodollars = far_client_get_int (object, "cost_picodollars", -1);
  self->budget_picodollars = far_client_get_int (object, "budget_picodollars", -1);
  self->cursor = far_client_get_bool (object, "cursor");
  self->logs = far_client_get_bool (object, "logs");
  self->invoke = far_client_get_bool (object, "invoke");
  self->records = far_client_get_bool (object, "records");
  return self;
}

FarDeploymentTest *
far_deployment_test_parse (JsonObject *object)
{
  FarDeploymentTest *self = g_rc_box_new0 (FarDeploymentTest);
  JsonArray *checks = far_client_get_array (object, "checks");
  guint i;

  self->ok = far_client_get_bool (object, "ok");
  self->message = far_client_dup_string (object, "message");
  self->functions = far_client_get_int (object, "functions", 0);
  self->sample_us = far_client_get_int (object, "sample_us", 0);
  self->checks = g_ptr_array_new_with_free_func (check_free);
  for (i = 0; i < n_elements (checks); i++)
    {
      JsonObject *one = element (checks, i);
      FarDeploymentCheck *check;

      if (one == NULL)
        continue;
      check = g_new0 (FarDeploymentCheck, 1);
      check->name = far_client_dup_string (one, "name");
      check->message = far_client_dup_string (one, "message");
      check->ok = far_client_get_bool (one, "ok");
      g_ptr_array_add (self->checks, check);
    }
  return self;
}

/* ---- Calls ---- */

static gpointer
parse_list (FarPlatformClient *self, JsonObject *object, GError **error)
{
  JsonArray *array = far_client_get_array (object, "deployments");
  GPtrArray *list;
  guint i;

  if (array == NULL)
    {
      g_set_error_literal (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
                           "The answer has no deployments; is the platform of another version?");
      return NULL;
    }
  list = g_ptr_array_new_with_free_func ((GDestroyNotify) far_deployment_info_unref);
  for (i = 0; i < n_elements (array); i++)
    if (element (array, i) != NULL)
      g_ptr_array_add (list, far_deployment_info_parse (element (array, i)));
  return list;
}

/**
 * far_platform_client_load_deployments_async:
 * @self: a client
 * @cancellable: (nullable): gives up
 * @callback: when the list is here
 * @user_data: for @callback
 */
void
far_platform_client_load_deployments_async (FarPlatformClient *self, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data)
{
  FarHttpCall call = { .method = "GET", .url = "/v1/deployments", .idempotent = TRUE };

  far_call_start (self, &call, parse_list, (GDestroyNotify) g_ptr_array_unref, cancellable,
                  callback, user_data, far_platform_client_load_deployments_async);
}

/**
 * far_platform_client_load_deployments_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type FarDeploymentInfo): the platform itself first
 */
GPtrArray *
far_platform_client_load_deployments_finish (FarPlatformClient *self, GAsyncResult *result,
                                             GError **error)
{
  return far_call_finish (self, result, error);
}

static void
add_table (FarJsonWriter *writer, const char *name, GHashTable *table)
{
  GHashTableIter iter;
  gpointer key, value;

  far_json_begin_object (writer, name);
  if (table != NULL)
    {
      g_hash_table_iter_init (&iter, table);
      while (g_hash_table_iter_next (&iter, &key, &value))
        far_json_add_string (writer, key, value);
    }
  far_json_end_object (writer);
}

static void
wipe (gpointer text)
{
  memset (text, 0, strlen (text));
  g_free (text);
}

static GBytes *
write_spec (const FarDeploymentSpec *spec)
{
  g_auto (FarJsonWriter) writer = { 0 };
  gsize length;
  char *text;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "id", spec->id);
  far_json_add_string (&writer, "kind", spec->kind);
  if (spec->name != NULL)
    far_json_add_string (&writer, "name", spec->name);
  if (spec->money != NULL)
    far_json_add_string (&writer, "money", spec->money);
  add_table (&writer, "settings", spec->settings);
  add_table (&writer, "secrets", spec->secrets);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &length);
  return g_bytes_new_with_free_func (text, length, wipe, text);
}

static gpointer
parse_info (FarPlatformClient *self, JsonObject *object, GError **error)
{
  return far_deployment_info_parse (object);
}

/**
 * far_platform_client_add_deployment_async:
 * @self: a client
 * @spec: what is to be watched
 * @cancellable: (nullable): gives up waiting
 * @callback: when it is watched
 * @user_data: for @callback
 */
void
far_platform_client_add_deployment_async (FarPlatformClient *self, const FarDeploymentSpec *spec,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data)
{
  g_autoptr (GBytes) body = write_spec (spec);
  FarHttpCall call = { .method = "POST", .url = "/v1/deployments", .body = body };

  far_call_start (self, &call, parse_info, (GDestroyNotify) far_deployment_info_unref,
                  cancellable, callback, user_data, far_platform_client_add_deployment_async);
}

/**
 * far_platform_client_add_deployment_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the deployment
 */
FarDeploymentInfo *
far_platform_client_add_deployment_finish (FarPlatformClient *self, GAsyncResult *result,
                                           GError **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_test (FarPlatformClient *self, JsonObject *object, GError **error)
{
  return far_deployment_test_parse (object);
}

static char *
path_of (const char *id, const char *end)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);

  return g_strconcat ("/v1/deployments/", escaped, end, NULL);
}

/**
 * far_platform_client_test_deployment_async:
 * @self: a client
 * @spec: what is to be tested; with an id alone one that is watched already
 * @cancellable: (nullable): gives up
 * @callback: when it has been asked
 * @user_data: for @callback
 */
void
far_platform_client_test_deployment_async (FarPlatformClient *self, const FarDeploymentSpec *spec,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GBytes) body = spec->kind != NULL ? write_spec (spec) : NULL;
  g_autofree char *url = spec->kind != NULL ? g_strdup ("/v1/deployments/test")
                                            : path_of (spec->id, "/test");
  FarHttpCall call = { .method = "POST", .url = url, .body = body,
                       .timeout_us = TEST_TIMEOUT_US };

  far_call_start (self, &call, parse_test, (GDestroyNotify) far_deployment_test_unref,
                  cancellable, callback, user_data, far_platform_client_test_deployment_async);
}

/**
 * far_platform_client_test_deployment_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): what was found
 */
FarDeploymentTest *
far_platform_client_test_deployment_finish (FarPlatformClient *self, GAsyncResult *result,
                                            GError **error)
{
  return far_call_finish (self, result, error);
}

static gpointer
parse_gone (FarPlatformClient *self, JsonObject *object, GError **error)
{
  return GINT_TO_POINTER (TRUE);
}

/**
 * far_platform_client_remove_deployment_async:
 * @self: a client
 * @id: of the deployment
 * @cancellable: (nullable): gives up waiting
 * @callback: when it is gone
 * @user_data: for @callback
 */
void
far_platform_client_remove_deployment_async (FarPlatformClient *self, const char *id,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *url = path_of (id, "");
  FarHttpCall call = { .method = "DELETE", .url = url };

  far_call_start (self, &call, parse_gone, NULL, cancellable, callback, user_data,
                  far_platform_client_remove_deployment_async);
}

/**
 * far_platform_client_remove_deployment_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: TRUE once it is gone
 */
gboolean
far_platform_client_remove_deployment_finish (FarPlatformClient *self, GAsyncResult *result,
                                              GError **error)
{
  return far_call_finish (self, result, error) != NULL;
}
