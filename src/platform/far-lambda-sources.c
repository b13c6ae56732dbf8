/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on event source mappings. The only sources here are queues. */
#include <string.h>

#include "platform/far-lambda-private.h"

static const char *const create_members[] = {
  "EventSourceArn", "FunctionName", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds",
  "ScalingConfig", "FunctionResponseTypes", NULL,
};
static const char *const update_members[] = {
  "FunctionName", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds", "ScalingConfig",
  "FunctionResponseTypes", NULL,
};

static void
add_source (FarJsonWriter *writer, const char *name, FarLambdaOp *op, FarEventSource *source,
            const char *state)
{
  const FarEventSourceSpec *spec = far_event_source_get_spec (source);
  FarFunction *function = far_dispatcher_find (op->control->dispatcher, spec->function);
  g_autofree char *arn = g_strconcat (FAR_QUEUE_ARN_PREFIX, spec->queue, NULL);

  far_json_begin_object (writer, name);
  far_json_add_string (writer, "UUID", spec->uuid);
  far_json_add_int (writer, "BatchSize", spec->batch_size);
  far_json_add_int (writer, "MaximumBatchingWindowInSeconds", spec->window_s);
  far_json_add_string (writer, "EventSourceArn", arn);
  if (function != NULL)
    far_json_add_string (writer, "FunctionArn", function->arn);
  far_lambda_add_epoch (writer, "LastModified", spec->modified_us);
  far_json_add_string (writer, "LastProcessingResult", far_event_source_get_result (source));
  far_json_add_string (writer, "State",
                       state != NULL ? state : spec->enabled ? "Enabled" : "Disabled");
  far_json_add_string (writer, "StateTransitionReason",
                       spec->from_template ? "The template" : "USER_INITIATED");
  far_json_begin_array (writer, "FunctionResponseTypes");
  if (spec->report_failures)
    far_json_add_string (writer, NULL, "ReportBatchItemFailures");
  far_json_end_array (writer);
  if (spec->concurrency_max > 0)
    {
      far_json_begin_object (writer, "ScalingConfig");
      far_json_add_int (writer, "MaximumConcurrency", spec->concurrency_max);
      far_json_end_object (writer);
    }
  far_json_end_object (writer);
}

static FarEventSource *
source_of (FarLambdaOp *op)
{
  FarEventSource *source = far_event_sources_find (op->control->sources, op->name);

  if (source == NULL)
    far_lambda_op_error (op, 404, "ResourceNotFoundException",
                         "The resource you requested does not exist.");
  return source;
}

static void
keep (FarLambdaOp *op, FarEventSource *source, const char *state)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  add_source (&writer, NULL, op, source, state);
  far_lambda_op_keep (op, 202, &writer);
}

/* ---- Members ---- */

static gboolean
read_responses (FarLambdaOp *op, FarEventSourceSpec *spec)
{
  JsonNode *node = json_object_get_member (op->body, "FunctionResponseTypes");
  JsonArray *types;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  types = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (types != NULL && json_array_get_length (types) == 0)
    {
      spec->report_failures = FALSE;
      return TRUE;
    }
  if (types != NULL && json_array_get_length (types) == 1
      && JSON_NODE_HOLDS_VALUE (json_array_get_element (types, 0))
      && g_strcmp0 (json_array_get_string_element (types, 0), "ReportBatchItemFailures") == 0)
    {
      spec->report_failures = TRUE;
      return TRUE;
    }
  far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value at "
                       "'functionResponseTypes' failed to satisfy constraint: Member must satisfy "
                       "enum value set: [ReportBatchItemFailures]");
  return FALSE;
}

static gboolean
read_function (FarLambdaOp *op, FarEventSourceSpec *spec)
{
  g_autofree char *text = NULL;
  FarFunction *function;

  if (!far_lambda_read_text (op, op->body, "FunctionName", 170, &text))
    return FALSE;
  if (text == NULL)
    return TRUE;
  function = far_lambda_find_function (op->control->dispatcher, text, "");
  if (function == NULL)
    {
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "Function does not exist: %s", text);
      return FALSE;
    }
  g_free (spec->function);
  spec->function = g_strdup (function->name);
  return TRUE;
}

static gboolean
read_spec (FarLambdaOp *op, FarEventSourceSpec *spec)
{
  JsonObject *scaling;
  gint64 batch_size = spec->batch_size;
  gint64 window_s = spec->window_s;
  gint64 concurrency = 0;

  if (!read_function (op, spec) || !read_responses (op, spec)
      || !far_lambda_read_bool (op, op->body, "Enabled", &spec->enabled)
      || !far_lambda_read_int (op, op->body, "BatchSize", 1, FAR_EVENT_BATCH_MAX, &batch_size)
      || !far_lambda_read_int (op, op->body, "MaximumBatchingWindowInSeconds", 0,
                               FAR_EVENT_SOURCE_WINDOW_MAX_S, &window_s)
      || !far_lambda_read_object (op, op->body, "ScalingConfig", &scaling)
      || !far_lambda_read_int (op, scaling, "MaximumConcurrency", FAR_EVENT_SOURCE_CONCURRENCY_MIN,
                               FAR_EVENT_SOURCE_CONCURRENCY_MAX, &concurrency))
    return FALSE;
  if (batch_size > FAR_EVENT_SOURCE_BATCH && window_s == 0)
    {
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "Maximum batch window in seconds must be greater than 0 if maximum "
                           "batch size is greater than %d", FAR_EVENT_SOURCE_BATCH);
      return FALSE;
    }
  spec->batch_size = (guint) batch_size;
  spec->window_s = (guint) window_s;
  if (scaling != NULL)
    spec->concurrency_max = (guint) concurrency;
  spec->modified_us = far_lambda_op_now_us (op);
  return TRUE;
}

/* ---- Operations ---- */

static gboolean
has_mapping (FarLambdaOp *op, const FarEventSourceSpec *spec)
{
  guint i;

  for (i = 0; i < far_event_sources_n (op->control->sources); i++)
    {
      FarEventSource *source = far_event_sources_nth (op->control->sources, i);
      const FarEventSourceSpec *other = far_event_source_get_spec (source);

      if (strcmp (other->queue, spec->queue) == 0 && strcmp (other->function, spec->function) == 0)
        {
          far_lambda_op_error (op, 409, "ResourceConflictException",
                               "An event source mapping with SQS arn (\" %s%s \") and function "
                               "(\" %s \") already exists. Please update or delete the existing "
                               "mapping with UUID %s", FAR_QUEUE_ARN_PREFIX, spec->queue,
                               spec->function, other->uuid);
          return TRUE;
        }
    }
  return FALSE;
}

void
far_lambda_create_source (FarLambdaOp *op)
{
  FarEventSourceSpec *spec = g_new0 (FarEventSourceSpec, 1);
  g_autofree char *arn = NULL;
  FarEventSource *source;
  FarQueue *queue = NULL;
  char uuid[FAR_UUID_LEN + 1];
  gboolean good = FALSE;
  FarId id;

  far_id_init (&id, far_dispatcher_get_clock (op->control->dispatcher));
  far_id_to_uuid (&id, uuid);
  spec->uuid = g_strdup (uuid);
  spec->batch_size = FAR_EVENT_SOURCE_BATCH;
  spec->enabled = TRUE;
  if (far_lambda_read_only (op, create_members)
      && far_lambda_read_text (op, op->body, "EventSourceArn", 350, &arn) && read_spec (op, spec))
    {
      queue = arn != NULL && g_str_has_prefix (arn, "arn:")
                  ? far_queues_find (op->control->queues, arn)
                  : NULL;
      if (spec->function == NULL)
        far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value "
                             "null at 'functionName' failed to satisfy constraint: Member must not "
                             "be null");
      else if (queue == NULL)
        far_lambda_op_error (op, 400, "InvalidParameterValueException",
                             "Unrecognized event source, must be a queue of this platform: %s",
                             arn != NULL ? arn : "null");
      else
        {
          spec->queue = g_strdup (far_queue_get_spec (queue)->name);
          good = !has_mapping (op, spec);
        }
    }
  if (!good)
    {
      far_event_source_spec_free (spec);
      return;
    }
  source = far_event_sources_add (op->control->sources, spec, far_lambda_op_stored, op);
  if (source != NULL)
    keep (op, source, "Creating");
  else
    far_lambda_op_error (op, 400, "InvalidParameterValueException",
                         "There are %d event source mappings already; delete one",
                         FAR_EVENT_SOURCES_MAX);
}

void
far_lambda_get_source (FarLambdaOp *op)
{
  FarEventSource *source = source_of (op);
  g_auto (FarJsonWriter) writer = { 0 };

  if (source == NULL)
    return;
  far_json_writer_init (&writer);
  add_source (&writer, NULL, op, source, NULL);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_update_source (FarLambdaOp *op)
{
  FarEventSource *source = source_of (op);
  FarEventSourceSpec *spec;

  if (source == NULL || !far_lambda_read_only (op, update_members))
    return;
  spec = far_event_source_spec_copy (far_event_source_get_spec (source));
  if (!read_spec (op, spec))
    {
      far_event_source_spec_free (spec);
      return;
    }
  far_event_sources_update (op->control->sources, source, spec, far_lambda_op_stored, op);
  keep (op, source, "Updating");
}

void
far_lambda_delete_source (FarLambdaOp *op)
{
  FarEventSource *source = source_of (op);

  if (source == NULL)
    return;
  if (far_event_source_get_spec (source)->from_template)
    {
      far_lambda_op_error (op, 409, "ResourceConflictException",
                           "The mapping stands in the template that this platform runs; remove it "
                           "there, or disable it");
      return;
    }
  keep (op, source, "Deleting");
  far_event_sources_remove (op->control->sources, source, far_lambda_op_stored, op);
}

/* Of a query's FunctionName and EventSourceArn. */
static gboolean
is_wanted (const FarEventSourceSpec *spec, const char *function, const char *arn)
{
  g_autofree char *qualifier = NULL;
  g_autofree char *name = function != NULL ? far_lambda_parse_name (function, &qualifier) : NULL;

  return (function == NULL || g_strcmp0 (spec->function, name) == 0)
         && (arn == NULL || (g_str_has_prefix (arn, FAR_QUEUE_ARN_PREFIX)
                             && strcmp (arn + strlen (FAR_QUEUE_ARN_PREFIX), spec->queue) == 0));
}

void
far_lambda_list_sources (FarLambdaOp *op)
{
  g_autofree char *function = far_lambda_query_value (op->query, "FunctionName");
  g_autofree char *arn = far_lambda_query_value (op->query, "EventSourceArn");
  g_auto (FarJsonWriter) writer = { 0 };
  guint n = far_event_sources_n (op->control->sources);
  guint first, max, i;
  guint n_listed = 0;

  if (!far_lambda_read_page (op, &first, &max))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "EventSourceMappings");
  for (i = first; i < n && n_listed < max; i++)
    {
      FarEventSource *source = far_event_sources_nth (op->control->sources, i);

      if (!is_wanted (far_event_source_get_spec (source), function, arn))
        continue;
      add_source (&writer, NULL, op, source, NULL);
      n_listed++;
    }
  far_json_end_array (&writer);
  if (i < n)
    {
      g_autofree char *marker = g_strdup_printf ("%u", i);

      far_json_add_string (&writer, "NextMarker", marker);
    }
  far_json_end_object (&writer);
  far_lambda_op_answer (op, 200, &writer);
}
