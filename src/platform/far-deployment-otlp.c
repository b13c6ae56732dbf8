/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how spans that were received become records of a deployment: those of an invocation, which
 * the semantic conventions for functions (faas.*) mark, and, without any mark, those that begin a
 * trace. Exporters send again what they are not sure of, also to a farthingd that was restarted: a
 * span is taken once. Main thread. */
#include "platform/far-deployment-file.h"

#include <string.h>

#include "base/far-json.h"
#include "telemetry/far-query.h"
#include "telemetry/far-span.h"

#define SPANS_KEPT_MAX 65536
#define MEMORY_KB_MAX G_MAXINT

/* What has arrived is its newest sample. */
static void
told (FarDeployment *deployment, const FarInvocation *record)
{
  far_source_tell (deployment->source, far_invocation_end_us (record));
  deployment->sample_us = MAX (deployment->sample_us, far_invocation_end_us (record));
}

/* Those of before the start. A deployment that has gone has cancelled it: there are no rows. */
static void
on_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarDeployment *deployment = user_data;
  g_autoptr (GArray) rows = far_telemetry_invocations_finish (NULL, result, NULL);
  guint i;

  for (i = 0; rows != NULL && i < rows->len; i++)
    {
      const FarInvocation *record = &g_array_index (rows, FarInvocation, i);

      g_hash_table_add (deployment->spans, far_deployment_record_key (record));
      told (deployment, record);
    }
  if (rows != NULL && rows->len > 0)
    far_deployment_poke (deployment);
}

void
far_deployment_otlp_start (FarDeployment *deployment)
{
  const FarInvocationQuery newest = { .limit = FAR_QUERY_ROWS_MAX };
  g_autofree char *folder = far_deployment_folder (deployment->owner->data_dir, deployment->id);
  g_autoptr (GError) error = NULL;

  deployment->telemetry = far_telemetry_open (folder, deployment->owner->clock, &error);
  deployment->spans = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (deployment->telemetry == NULL)
    far_deployment_set_failing (deployment, error->message);
  else
    far_telemetry_invocations_async (deployment->telemetry, &newest, deployment->cancellable,
                                     on_known, deployment);
}

/* ---- What a span says ---- */

static const char *
text_of (JsonObject *attributes, const char *name, gsize max)
{
  const char *text;

  return attributes != NULL && far_json_has (attributes, name) &&
         far_json_get_string (attributes, name, max, &text, NULL) && *text != '\0' ? text : NULL;
}

/* Attributes may have come as text, whatever they are. */
static gboolean
is_true (JsonObject *attributes, const char *name)
{
  gboolean value = FALSE;

  if (attributes == NULL || !far_json_has (attributes, name))
    return FALSE;
  return (far_json_get_bool (attributes, name, &value, NULL) && value) ||
         g_strcmp0 (text_of (attributes, name, 8), "true") == 0;
}

static gboolean
is_marked (JsonObject *attributes)
{
  static const char *const marks[] = { "faas.invocation_id", "faas.trigger", "faas.coldstart",
                                       "faas.name" };
  guint i;

  for (i = 0; attributes != NULL && i < G_N_ELEMENTS (marks); i++)
    if (far_json_has (attributes, marks[i]))
      return TRUE;
  return FALSE;
}

/* Two halves of what tells it apart from all others, where it has no id of its own. */
static void
read_request_id (const FarSpan *span, JsonObject *attributes, FarId *ret_id)
{
  const char *text = text_of (attributes, "faas.invocation_id", 64);
  guint64 half = GUINT64_TO_BE (span->id);

  if (text != NULL && far_id_parse (text, ret_id))
    return;
  memcpy (ret_id->bytes, span->trace_id.bytes, 8);
  memcpy (ret_id->bytes + 8, &half, 8);
}

static gboolean
read_span (const FarSpan *span, JsonObject *attributes, FarInvocation *record)
{
  gint64 memory;

  memset (record, 0, sizeof *record);
  if ((span->parent != 0 && !is_marked (attributes)) || span->start_us <= 0 ||
      span->duration_us < 0)
    return FALSE;
  record->function = text_of (attributes, "faas.name", FAR_FUNCTION_NAME_MAX);
  if (record->function == NULL)
    record->function = span->function != NULL && *span->function != '\0' ? span->function
                                                                          : span->name;
  if (record->function == NULL || *record->function == '\0')
    return FALSE;
  record->version = text_of (attributes, "faas.version", FAR_VERSION_MAX);
  record->route = text_of (attributes, "http.route", FAR_ROUTE_MAX);
  record->error_type = text_of (attributes, "error.type", FAR_ERROR_TYPE_MAX);
  record->trace_id = span->trace_id;
  record->parent_span = span->parent;
  record->arrival_us = span->start_us;
  record->duration_us = span->duration_us;
  record->cold = is_true (attributes, "faas.coldstart");
  record->outcome = span->status == FAR_SPAN_ERROR ? FAR_INVOCATION_FUNCTION_ERROR
                                                   : FAR_INVOCATION_OK;
  read_request_id (span, attributes, &record->request_id);
  /* Bytes. */
  if (attributes != NULL && far_json_has (attributes, "faas.max_memory") &&
      far_json_get_int (attributes, "faas.max_memory", 0, MEMORY_KB_MAX, &memory, NULL))
    record->memory_mb = (guint) (memory / (1024 * 1024));
  return TRUE;
}

/* ---- Who takes it ---- */

static gboolean
is_wanted (FarDeployment *deployment, const FarSpan *span)
{
  const char *service;

  if (deployment->telemetry == NULL || deployment->spans == NULL)
    return FALSE;
  service = far_source_get_service (deployment->source);
  return service == NULL || g_strcmp0 (service, span->function) == 0;
}

static gboolean
is_new (FarDeployment *deployment, const FarInvocation *record)
{
  if (g_hash_table_size (deployment->spans) >= SPANS_KEPT_MAX)
    g_hash_table_remove_all (deployment->spans);
  return g_hash_table_add (deployment->spans, far_deployment_record_key (record));
}

guint
far_deployments_take_spans (FarDeployments *self, GPtrArray *spans)
{
  guint n_taken = 0, i, j;

  for (i = 0; i < spans->len; i++)
    {
      const FarSpan *span = g_ptr_array_index (spans, i);
      g_autoptr (JsonNode) root = NULL;
      FarInvocation record;
      gboolean taken = FALSE;

      if (span->attributes != NULL)
        root = far_json_parse_object (span->attributes, strlen (span->attributes),
                                      FAR_JSON_SIZE_MAX, NULL);
      if (!read_span (span, root != NULL ? json_node_get_object (root) : NULL, &record))
        continue;
      for (j = 0; j < self->list->len; j++)
        {
          FarDeployment *deployment = far_deployments_nth (self, j);

          if (!is_wanted (deployment, span) || !is_new (deployment, &record))
            continue;
          far_telemetry_record (deployment->telemetry, &record);
          told (deployment, &record);
          taken = TRUE;
        }
      n_taken += taken;
    }
  return n_taken;
}
