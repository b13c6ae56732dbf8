/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations on what a function is run with: its configuration's members, reserved and provisioned
 * concurrency, what becomes of asynchronous events. */
#include <string.h>

#include "platform/far-lambda-private.h"
#include "platform/far-local-secrets.h"

#define ARN_QUEUE "arn:aws:sqs:"
#define ARN_FUNCTION "arn:aws:lambda:"
#define DESCRIPTION_MAX 256
#define ROLE_MAX 256
#define ROLE_PATTERN "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"
#define HANDLER_MAX 128
#define VARIABLES_MAX 1000

#if defined(__aarch64__)
#define ARCHITECTURE "arm64"
#else
#define ARCHITECTURE "x86_64"
#endif

/* ---- A spec's members ---- */

static gboolean
read_environment (FarLambdaOp *op, FarTemplateFunction *spec)
{
  g_autoptr (GPtrArray) env = g_ptr_array_new_with_free_func (g_free);
  JsonObject *environment, *variables;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (!far_lambda_read_object (op, op->body, "Environment", &environment)
      || !far_lambda_read_object (op, environment, "Variables", &variables))
    return FALSE;
  if (environment == NULL)
    return TRUE;
  if (variables != NULL)
    json_object_iter_init (&iter, variables);
  while (variables != NULL && json_object_iter_next (&iter, &name, &node))
    {
      const char *why = far_template_refuses_variable (name);
      const char *value = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

      if (why == NULL && value == NULL)
        why = "must have a string as its value";
      if (why == NULL)
        why = far_local_secrets_refuses (value);
      if (why == NULL && env->len >= VARIABLES_MAX)
        why = "is one variable too many";
      if (why != NULL)
        {
          far_lambda_op_error (op, 400, "InvalidParameterValueException",
                               "The environment variable “%s” %s", name, why);
          return FALSE;
        }
      g_ptr_array_add (env, g_strdup_printf ("%s=%s", name, value));
    }
  if (far_template_measure_env (env) > FAR_TEMPLATE_ENV_BYTES_MAX)
    {
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "Lambda was unable to configure your environment variables because the "
                           "environment variables you have provided exceeded the 4KB limit.");
      return FALSE;
    }
  g_ptr_array_add (env, NULL);
  g_strfreev (spec->env);
  spec->env = (char **) g_ptr_array_free (g_steal_pointer (&env), FALSE);
  return TRUE;
}

/* What has one value here, or is no more than asked for. */
static gboolean
read_constants (FarLambdaOp *op)
{
  static const char *const types[] = { "Zip", NULL };
  static const char *const tracing[] = { "PassThrough", "Active", NULL };
  static const char *const snap[] = { "None", NULL };
  static const char *const format[] = { "Text", NULL };
  JsonObject *object;
  JsonNode *node = json_object_get_member (op->body, "Architectures");
  guint index;

  if (!far_lambda_read_word (op, op->body, "PackageType", types, &index)
      || !far_lambda_read_object (op, op->body, "TracingConfig", &object)
      || !far_lambda_read_word (op, object, "Mode", tracing, &index)
      || !far_lambda_read_object (op, op->body, "SnapStart", &object)
      || !far_lambda_read_word (op, object, "ApplyOn", snap, &index)
      || !far_lambda_read_object (op, op->body, "LoggingConfig", &object)
      || !far_lambda_read_word (op, object, "LogFormat", format, &index))
    return FALSE;
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return TRUE;
  if (json_array_get_length (json_node_get_array (node)) == 1
      && JSON_NODE_HOLDS_VALUE (json_array_get_element (json_node_get_array (node), 0))
      && g_strcmp0 (json_array_get_string_element (json_node_get_array (node), 0), ARCHITECTURE)
             == 0)
    return TRUE;
  far_lambda_op_error (op, 400, "InvalidParameterValueException",
                       "This machine runs functions for [" ARCHITECTURE "] only");
  return FALSE;
}

/* function: (nullable): whose destination it is; others may be one, too. */
static gboolean
check_target (FarLambdaOp *op, const char *arn, const FarFunction *function)
{
  if (arn == NULL)
    return TRUE;
  if (function != NULL && g_str_has_prefix (arn, ARN_FUNCTION))
    {
      FarFunction *other = far_lambda_find_function (op->control->dispatcher, arn, "");

      if (other != NULL && other != function)
        return TRUE;
      if (other == NULL)
        far_lambda_op_error (op, 400, "InvalidParameterValueException",
                             "The destination ARN %s is invalid.", arn);
      else
        far_lambda_op_error (op, 400, "InvalidParameterValueException",
                             "You can't specify the function as a destination for itself.");
      return FALSE;
    }
  if (g_str_has_prefix (arn, ARN_QUEUE))
    {
      if (far_queues_find (op->control->queues, arn) != NULL)
        return TRUE;
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "%s is no queue of this platform; its queues stand in the template",
                           arn);
      return FALSE;
    }
  far_lambda_op_error (op, 400, "InvalidParameterValueException",
                       "%s is no target that this platform delivers to; name a queue%s by its ARN",
                       arn, function != NULL ? " or a function" : "");
  return FALSE;
}

/* A role grants nothing here; but what AWS would refuse is refused before it gets there. */
static gboolean
read_role (FarLambdaOp *op, FarTemplateFunction *spec)
{
  if (!far_lambda_read_text (op, op->body, "Role", ROLE_MAX, &spec->role))
    return FALSE;
  if (!json_object_has_member (op->body, "Role") || spec->role == NULL
      || g_regex_match_simple ("^(?:" ROLE_PATTERN ")$", spec->role, G_REGEX_DOLLAR_ENDONLY, 0))
    return TRUE;
  far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value '%s' at "
                       "'role' failed to satisfy constraint: Member must satisfy regular "
                       "expression pattern: " ROLE_PATTERN, spec->role);
  return FALSE;
}

gboolean
far_lambda_read_spec (FarLambdaOp *op, FarTemplateFunction *spec)
{
  gint64 memory_mb = spec->memory_mb;
  gint64 tmp_mb = spec->tmp_mb;
  gint64 timeout_s = spec->timeout_s;
  JsonObject *storage;

  if (!far_lambda_read_text (op, op->body, "Runtime", 64, &spec->runtime)
      || !far_lambda_read_text (op, op->body, "Handler", HANDLER_MAX, &spec->handler)
      || !far_lambda_read_text (op, op->body, "Description", DESCRIPTION_MAX, &spec->description)
      || !read_role (op, spec)
      || !far_lambda_read_int (op, op->body, "MemorySize", FAR_TEMPLATE_MEMORY_MB_MIN,
                               FAR_TEMPLATE_MEMORY_MB_MAX, &memory_mb)
      || !far_lambda_read_object (op, op->body, "EphemeralStorage", &storage)
      || !far_lambda_read_int (op, storage, "Size", FAR_TEMPLATE_TMP_MB_MIN,
                               FAR_TEMPLATE_TMP_MB_MAX, &tmp_mb)
      || !far_lambda_read_int (op, op->body, "Timeout", 1, FAR_TEMPLATE_TIMEOUT_S_MAX, &timeout_s)
      || !far_lambda_read_inner (op, op->body, "DeadLetterConfig", "TargetArn",
                                 &spec->dead_letter)
      || !check_target (op, spec->dead_letter, NULL) || !read_environment (op, spec)
      || !read_constants (op))
    return FALSE;
  if (spec->handler == NULL || strpbrk (spec->handler, " \t\r\n") != NULL)
    {
      far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value at "
                           "'handler' failed to satisfy constraint: Member must satisfy regular "
                           "expression pattern: [^\\s]+");
      return FALSE;
    }
  if (spec->runtime == NULL || !far_template_knows_runtime (spec->runtime))
    {
      far_lambda_op_error (op, 400, "InvalidParameterValueException",
                           "Value %s at 'runtime' failed to satisfy constraint: functions of this "
                           "runtime are not run by this platform",
                           spec->runtime != NULL ? spec->runtime : "null");
      return FALSE;
    }
  spec->memory_mb = (guint) memory_mb;
  spec->tmp_mb = (guint) tmp_mb;
  spec->timeout_s = (guint) timeout_s;
  return TRUE;
}

/* ---- Reserved concurrency ---- */

static void
answer_concurrency (FarLambdaOp *op, FarFunction *function, gboolean keep)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (function->spec->reserved_concurrency >= 0)
    far_json_add_int (&writer, "ReservedConcurrentExecutions",
                      function->spec->reserved_concurrency);
  far_json_end_object (&writer);
  if (keep)
    far_lambda_op_keep (op, 200, &writer);
  else
    far_lambda_op_answer (op, 200, &writer);
}

/* TRUE if the account has enough left over. which: of the two is set. */
static gboolean
check_left (FarLambdaOp *op, FarFunction *function, int reserved, guint provisioned,
            const char *which)
{
  FarDispatcher *dispatcher = op->control->dispatcher;

  if (far_dispatcher_would_leave (dispatcher, function, reserved, provisioned)
      >= FAR_CONCURRENCY_UNRESERVED_MIN)
    return TRUE;
  far_lambda_op_error (op, 400, "InvalidParameterValueException",
                       "Specified %s for function decreases account's "
                       "UnreservedConcurrentExecution below its minimum value of [%d].",
                       which, FAR_CONCURRENCY_UNRESERVED_MIN);
  return FALSE;
}

static void
set_reserved (FarLambdaOp *op, FarFunction *function, int reserved)
{
  FarTemplateFunction *spec = far_template_function_copy (function->spec);

  spec->reserved_concurrency = reserved;
  far_registry_update (op->control->registry, function, spec, FALSE, far_lambda_op_stored, op);
}

/* It is the function's, never a version's. */
static gboolean
check_unqualified (FarLambdaOp *op)
{
  g_autofree char *qualifier = NULL;
  g_autofree char *name = far_lambda_parse_name (op->name, &qualifier);

  if (qualifier == NULL)
    return TRUE;
  far_lambda_op_error (op, 400, "InvalidParameterValueException", "This operation is permitted on "
                       "Lambda functions only. Aliases and versions do not support this operation. "
                       "Please specify either a function name or an unqualified function ARN.");
  return FALSE;
}

void
far_lambda_put_concurrency (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  gint64 reserved = -1;

  if (function == NULL || !check_unqualified (op)
      || !far_lambda_read_int (op, op->body, "ReservedConcurrentExecutions", 0, G_MAXINT,
                               &reserved))
    return;
  if (reserved < 0)
    far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value null "
                         "at 'reservedConcurrentExecutions' failed to satisfy constraint: Member "
                         "must not be null");
  else if (reserved < function->spec->provisioned)
    far_lambda_op_error (op, 400, "InvalidParameterValueException",
                         "ReservedConcurrentExecutions must be greater than or equal to the total "
                         "requested ProvisionedConcurrentExecutions, which is %u",
                         function->spec->provisioned);
  else if (check_left (op, function, (int) reserved, function->spec->provisioned,
                       "ReservedConcurrentExecutions"))
    {
      set_reserved (op, function, (int) reserved);
      answer_concurrency (op, function, TRUE);
    }
}

void
far_lambda_get_concurrency (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);

  if (function != NULL)
    answer_concurrency (op, function, FALSE);
}

void
far_lambda_delete_concurrency (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);

  if (function == NULL)
    return;
  far_lambda_op_keep (op, 204, NULL);
  set_reserved (op, function, -1);
}

/* ---- Provisioned concurrency ---- */

static void
add_provisioned (FarJsonWriter *writer, FarLambdaOp *op, FarFunction *function)
{
  const FarFunctionState *state = &function->state;
  guint wanted = function->spec->provisioned;
  guint ready = MIN (state->instances - state->starting, wanted);

  far_json_add_int (writer, "RequestedProvisionedConcurrentExecutions", wanted);
  far_json_add_int (writer, "AvailableProvisionedConcurrentExecutions", MIN (state->idle, ready));
  far_json_add_int (writer, "AllocatedProvisionedConcurrentExecutions", ready);
  if (ready < wanted && function->init_error != NULL)
    {
      far_json_add_string (writer, "Status", "FAILED");
      far_json_add_string (writer, "StatusReason", function->init_error);
    }
  else
    far_json_add_string (writer, "Status", ready < wanted ? "IN_PROGRESS" : "READY");
  far_lambda_add_time (writer, "LastModified",
                       function->spec->modified_us > 0 ? function->spec->modified_us
                                                       : far_lambda_op_now_us (op));
}

static void
answer_provisioned (FarLambdaOp *op, FarFunction *function, guint status)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  add_provisioned (&writer, op, function);
  far_json_end_object (&writer);
  if (status == 202)
    far_lambda_op_keep (op, status, &writer);
  else
    far_lambda_op_answer (op, status, &writer);
}

static void
set_provisioned (FarLambdaOp *op, FarFunction *function, guint provisioned)
{
  FarTemplateFunction *spec = far_template_function_copy (function->spec);
  /* Instances are told how they came to be: AWS_LAMBDA_INITIALIZATION_TYPE. */
  gboolean renew = (provisioned > 0) != (spec->provisioned > 0);

  spec->provisioned = provisioned;
  spec->modified_us = far_lambda_op_now_us (op);
  far_registry_update (op->control->registry, function, spec, renew, far_lambda_op_stored, op);
}

void
far_lambda_put_provisioned (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  gint64 provisioned = 0;

  if (function == NULL
      || !far_lambda_read_int (op, op->body, "ProvisionedConcurrentExecutions", 1, G_MAXINT,
                               &provisioned))
    return;
  if (provisioned == 0)
    far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value null "
                         "at 'provisionedConcurrentExecutions' failed to satisfy constraint: "
                         "Member must not be null");
  else if (function->spec->reserved_concurrency >= 0
           && provisioned > function->spec->reserved_concurrency)
    far_lambda_op_error (op, 400, "InvalidParameterValueException",
                         "Requested Provisioned Concurrency should not be greater than the "
                         "reservedConcurrentExecution for function");
  else if (check_left (op, function, function->spec->reserved_concurrency, (guint) provisioned,
                       "ConcurrentExecutions"))
    {
      set_provisioned (op, function, (guint) provisioned);
      answer_provisioned (op, function, 202);
    }
}

void
far_lambda_get_provisioned (FarLambdaOp *op)
{
  g_autofree char *list = far_lambda_query_value (op->query, "List");
  FarFunction *function = far_lambda_op_function (op);

  if (function == NULL)
    return;
  if (list == NULL && function->spec->provisioned == 0)
    far_lambda_op_error (op, 404, "ProvisionedConcurrencyConfigNotFoundException",
                         "No Provisioned Concurrency Config found for this function");
  else if (list == NULL)
    answer_provisioned (op, function, 200);
  else
    {
      g_auto (FarJsonWriter) writer = { 0 };

      far_json_writer_init (&writer);
      far_json_begin_object (&writer, NULL);
      far_json_begin_array (&writer, "ProvisionedConcurrencyConfigs");
      if (function->spec->provisioned > 0)
        {
          far_json_begin_object (&writer, NULL);
          far_json_add_string (&writer, "FunctionArn", function->arn);
          add_provisioned (&writer, op, function);
          far_json_end_object (&writer);
        }
      far_json_end_array (&writer);
      far_json_end_object (&writer);
      far_lambda_op_answer (op, 200, &writer);
    }
}

void
far_lambda_delete_provisioned (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);

  if (function == NULL)
    return;
  far_lambda_op_keep (op, 204, NULL);
  set_provisioned (op, function, 0);
}

/* ---- Asynchronous events ---- */

static void
add_async (FarJsonWriter *writer, const char *name, FarFunction *function)
{
  const FarTemplateAsync *async = &function->spec->async;
  g_autofree char *arn = g_strconcat (function->arn, ":$LATEST", NULL);

  far_json_begin_object (writer, name);
  far_lambda_add_epoch (writer, "LastModified", async->modified_us);
  far_json_add_string (writer, "FunctionArn", arn);
  if (async->retries >= 0)
    far_json_add_int (writer, "MaximumRetryAttempts", async->retries);
  if (async->age_s > 0)
    far_json_add_int (writer, "MaximumEventAgeInSeconds", async->age_s);
  far_json_begin_object (writer, "DestinationConfig");
  far_json_begin_object (writer, "OnSuccess");
  if (async->on_success != NULL)
    far_json_add_string (writer, "Destination", async->on_success);
  far_json_end_object (writer);
  far_json_begin_object (writer, "OnFailure");
  if (async->on_failure != NULL)
    far_json_add_string (writer, "Destination", async->on_failure);
  far_json_end_object (writer);
  far_json_end_object (writer);
  far_json_end_object (writer);
}

static void
set_async (FarLambdaOp *op, gboolean from_nothing)
{
  FarFunction *function = far_lambda_op_function (op);
  g_autoptr (FarTemplateFunction) spec = NULL;
  g_auto (FarJsonWriter) writer = { 0 };
  JsonObject *destinations;
  gint64 retries;
  gint64 age_s;

  if (function == NULL)
    return;
  spec = far_template_function_copy (function->spec);
  if (from_nothing)
    {
      g_clear_pointer (&spec->async.on_success, g_free);
      g_clear_pointer (&spec->async.on_failure, g_free);
      spec->async = (FarTemplateAsync){ .retries = -1 };
    }
  retries = spec->async.retries;
  age_s = spec->async.age_s;
  if (!far_lambda_read_int (op, op->body, "MaximumRetryAttempts", 0, 2, &retries)
      || !far_lambda_read_int (op, op->body, "MaximumEventAgeInSeconds", 60, 21600, &age_s)
      || !far_lambda_read_object (op, op->body, "DestinationConfig", &destinations)
      || !far_lambda_read_inner (op, destinations, "OnSuccess", "Destination",
                                 &spec->async.on_success)
      || !far_lambda_read_inner (op, destinations, "OnFailure", "Destination",
                                 &spec->async.on_failure)
      || !check_target (op, spec->async.on_success, function)
      || !check_target (op, spec->async.on_failure, function))
    return;
  spec->async.set = TRUE;
  spec->async.retries = (int) retries;
  spec->async.age_s = (int) age_s;
  spec->async.modified_us = far_lambda_op_now_us (op);
  far_registry_update (op->control->registry, function, g_steal_pointer (&spec), FALSE,
                       far_lambda_op_stored, op);
  far_json_writer_init (&writer);
  add_async (&writer, NULL, function);
  far_lambda_op_keep (op, 200, &writer);
}

void
far_lambda_put_async (FarLambdaOp *op)
{
  if (far_lambda_op_function (op) == NULL)
    return;
  if (far_lambda_has (op, "MaximumRetryAttempts") || far_lambda_has (op, "MaximumEventAgeInSeconds")
      || far_lambda_has (op, "DestinationConfig"))
    set_async (op, TRUE);
  else
    far_lambda_op_error (op, 400, "InvalidParameterValueException",
                         "You must specify at least one of error handling or destination setting.");
}

static gboolean
check_async (FarLambdaOp *op, FarFunction *function)
{
  if (function->spec->async.set)
    return TRUE;
  far_lambda_op_error (op, 404, "ResourceNotFoundException",
                       "The function %s:$LATEST doesn't have an EventInvokeConfig", function->arn);
  return FALSE;
}

void
far_lambda_update_async (FarLambdaOp *op)
{
  FarFunction *function
      = far_lambda_find_function (op->control->dispatcher, op->name, op->query);

  if (function == NULL || check_async (op, function))
    set_async (op, FALSE);
}

void
far_lambda_get_async (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };

  if (function == NULL || !check_async (op, function))
    return;
  far_json_writer_init (&writer);
  add_async (&writer, NULL, function);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_list_async (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  g_auto (FarJsonWriter) writer = { 0 };

  if (function == NULL)
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "FunctionEventInvokeConfigs");
  if (function->spec->async.set)
    add_async (&writer, NULL, function);
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_lambda_op_answer (op, 200, &writer);
}

void
far_lambda_delete_async (FarLambdaOp *op)
{
  FarFunction *function = far_lambda_op_function (op);
  FarTemplateFunction *spec;

  if (function == NULL || !check_async (op, function))
    return;
  spec = far_template_function_copy (function->spec);
  g_clear_pointer (&spec->async.on_success, g_free);
  g_clear_pointer (&spec->async.on_failure, g_free);
  spec->async = (FarTemplateAsync){ .retries = -1 };
  far_lambda_op_keep (op, 204, NULL);
  far_registry_update (op->control->registry, function, spec, FALSE, far_lambda_op_stored, op);
}
