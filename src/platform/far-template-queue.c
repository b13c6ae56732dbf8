/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of AWS::SQS::Queue, of what names a queue or a function by its ARN, and of what
 * becomes of a function's asynchronous events. No state. */
#include "platform/far-template-private.h"

#include <string.h>

#include "platform/far-cors.h"
#include "platform/far-queue.h"

#define QUEUE_TYPE "AWS::SQS::Queue"
#define FUNCTION_TYPE "AWS::Serverless::Function"
#define FUNCTION_ARN_PREFIX "arn:aws:lambda:us-east-1:000000000000:function:"
#define NAME_LEN_MAX 80
#define ARN_LEN_MAX 350

/* ---- ARNs ---- */

static const char *
type_of (FarTemplateReader *reader, const char *id)
{
  const FarYamlNode *type = far_yaml_get (far_yaml_get (reader->resources, id), "Type");

  return type != NULL && type->kind == FAR_YAML_SCALAR ? type->text : "";
}

/* Its QueueName, else its id. */
static const char *
queue_name (FarTemplateReader *reader, const char *id)
{
  const FarYamlNode *resource = far_yaml_get (reader->resources, id);
  const FarYamlNode *name = far_yaml_get (far_yaml_get (resource, "Properties"), "QueueName");

  return name != NULL && name->kind == FAR_YAML_SCALAR ? name->text : id;
}

/* The id in "!GetAtt Id.Arn" or {"Fn::GetAtt": [Id, Arn]}; NULL if it is neither. */
static char *
attribute_of (const FarYamlNode *node)
{
  const FarYamlNode *list = node->kind == FAR_YAML_MAPPING && far_yaml_n (node) == 1
                                ? far_yaml_get (node, "Fn::GetAtt")
                                : NULL;

  if (node->tag != NULL && strcmp (node->tag, "!GetAtt") == 0 && node->kind == FAR_YAML_SCALAR
      && g_str_has_suffix (node->text, ".Arn"))
    return g_strndup (node->text, strlen (node->text) - strlen (".Arn"));
  if (list != NULL && list->kind == FAR_YAML_SCALAR && g_str_has_suffix (list->text, ".Arn"))
    return g_strndup (list->text, strlen (list->text) - strlen (".Arn"));
  if (list == NULL || list->kind != FAR_YAML_SEQUENCE || far_yaml_n (list) != 2
      || far_yaml_item (list, 0)->kind != FAR_YAML_SCALAR
      || far_yaml_item (list, 1)->kind != FAR_YAML_SCALAR
      || strcmp (far_yaml_item (list, 1)->text, "Arn") != 0)
    return NULL;
  return g_strdup (far_yaml_item (list, 0)->text);
}

gboolean
far_template_read_arn (FarTemplateReader *reader, const FarYamlNode *node, const char *what,
                       gboolean functions_too, char **ret_arn)
{
  g_autofree char *id = attribute_of (node);
  const char *text;

  if (id == NULL)
    {
      if (!far_template_read_text (reader, node, what, ARN_LEN_MAX, &text))
        return FALSE;
      if (!g_str_has_prefix (text, FAR_QUEUE_ARN_PREFIX)
          && !(functions_too && g_str_has_prefix (text, FUNCTION_ARN_PREFIX)))
        return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                  "%s “%s” is not on this platform; write !GetAtt ID.Arn with the "
                                  "id of a queue%s of this template", what, text,
                                  functions_too ? " or function" : "");
      *ret_arn = g_strdup (text);
      return TRUE;
    }
  if (strcmp (type_of (reader, id), QUEUE_TYPE) == 0)
    *ret_arn = g_strconcat (FAR_QUEUE_ARN_PREFIX, queue_name (reader, id), NULL);
  else if (functions_too && strcmp (type_of (reader, id), FUNCTION_TYPE) == 0)
    *ret_arn = g_strconcat (FUNCTION_ARN_PREFIX, id, NULL);
  else
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "%s names “%s”, which is no queue%s of this template", what, id,
                              functions_too ? " or function" : "");
  return TRUE;
}

gboolean
far_template_read_queue_name (FarTemplateReader *reader, const FarYamlNode *node,
                              const char *what, char **ret_name)
{
  g_autofree char *arn = NULL;

  if (!far_template_read_arn (reader, node, what, FALSE, &arn))
    return FALSE;
  *ret_name = g_strdup (arn + strlen (FAR_QUEUE_ARN_PREFIX));
  return TRUE;
}

/* ---- Queues ---- */

static gboolean
read_redrive (FarTemplateReader *reader, const FarYamlNode *node, FarQueueSpec *spec)
{
  static const char *const keys[] = { "deadLetterTargetArn", "maxReceiveCount", NULL };
  const FarYamlNode *target, *count;

  if (!far_template_check_keys (reader, node, "RedrivePolicy", keys))
    return FALSE;
  target = far_template_need (reader, node, "RedrivePolicy", "deadLetterTargetArn");
  count = target != NULL ? far_template_need (reader, node, "RedrivePolicy", "maxReceiveCount")
                         : NULL;
  if (count == NULL
      || !far_template_read_queue_name (reader, target, "deadLetterTargetArn", &spec->dead_letter)
      || !far_template_read_uint (reader, count, "maxReceiveCount", 1, FAR_QUEUE_RECEIVES_MAX,
                                  &spec->receives_max))
    return FALSE;
  if (strcmp (spec->dead_letter, spec->name) == 0)
    return far_template_fail (reader, target, FAR_TEMPLATE_ERROR_VALUE,
                              "a queue cannot be its own dead letter queue; name another");
  return TRUE;
}

static gboolean
read_number (FarTemplateReader *reader, const FarYamlNode *properties, const char *key, guint min,
             guint max, guint *ret_value)
{
  const FarYamlNode *node = far_yaml_get (properties, key);

  return node == NULL || far_template_read_uint (reader, node, key, min, max, ret_value);
}

static gboolean
check_name (FarTemplateReader *reader, const FarYamlNode *node, const char *name)
{
  const char *at = name;

  while (g_ascii_isalnum (*at) || *at == '-' || *at == '_')
    at++;
  return (*at == '\0' && at - name <= NAME_LEN_MAX)
         || far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                               "QueueName is “%s”; use 1 to %d letters, digits, - and _ (queues "
                               "that keep the order, .fifo, are not run here)", name, NAME_LEN_MAX);
}

FarQueueSpec *
far_template_read_queue (FarTemplateReader *reader, const FarYamlNode *id,
                         const FarYamlNode *resource)
{
  static const char *const resource_keys[] = { "Type", "Properties", NULL };
  static const char *const keys[] = { "QueueName", "VisibilityTimeout", "MessageRetentionPeriod",
                                      "DelaySeconds", "RedrivePolicy", NULL };
  const FarYamlNode *properties = far_yaml_get (resource, "Properties");
  const FarYamlNode *node;
  FarQueueSpec *spec;
  const char *text = id->text;

  if (!far_template_check_keys (reader, resource, id->text, resource_keys)
      || (properties != NULL
          && !far_template_check_keys (reader, properties, "a queue's Properties", keys)))
    return NULL;
  node = far_yaml_get (properties, "QueueName");
  if (node != NULL && (!far_template_read_text (reader, node, "QueueName", 256, &text)
                       || !check_name (reader, node, text)))
    return NULL;
  spec = g_new0 (FarQueueSpec, 1);
  spec->name = g_strdup (text);
  spec->visibility_s = FAR_QUEUE_VISIBILITY_S;
  spec->retention_s = FAR_QUEUE_RETENTION_S;
  node = far_yaml_get (properties, "RedrivePolicy");
  if (read_number (reader, properties, "VisibilityTimeout", 0, FAR_QUEUE_VISIBILITY_MAX_S,
                   &spec->visibility_s)
      && read_number (reader, properties, "MessageRetentionPeriod", FAR_QUEUE_RETENTION_MIN_S,
                      FAR_QUEUE_RETENTION_MAX_S, &spec->retention_s)
      && read_number (reader, properties, "DelaySeconds", 0, FAR_QUEUE_DELAY_MAX_S, &spec->delay_s)
      && (node == NULL || read_redrive (reader, node, spec)))
    return spec;
  far_queue_spec_free (spec);
  return NULL;
}

/* ---- A function's asynchronous events ---- */

gboolean
far_template_read_dead_letter (FarTemplateReader *reader, const FarYamlNode *node,
                               FarTemplateFunction *function)
{
  static const char *const keys[] = { "Type", "TargetArn", NULL };
  const FarYamlNode *type, *target;
  const char *text;

  if (!far_template_check_keys (reader, node, "DeadLetterQueue", keys))
    return FALSE;
  type = far_template_need (reader, node, "DeadLetterQueue", "Type");
  target = type != NULL ? far_template_need (reader, node, "DeadLetterQueue", "TargetArn") : NULL;
  if (target == NULL || !far_template_read_text (reader, type, "Type", 16, &text))
    return FALSE;
  if (strcmp (text, "SQS") != 0)
    return far_template_fail (reader, type, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                              "dead letters of type %s are not delivered here; write SQS", text);
  return far_template_read_arn (reader, target, "TargetArn", FALSE, &function->dead_letter);
}

static gboolean
read_destination (FarTemplateReader *reader, const FarYamlNode *config, const char *key,
                  char **ret_arn)
{
  static const char *const keys[] = { "Type", "Destination", NULL };
  const FarYamlNode *node = far_yaml_get (config, key), *type, *target;
  const char *text;

  if (node == NULL)
    return TRUE;
  if (!far_template_check_keys (reader, node, key, keys))
    return FALSE;
  type = far_yaml_get (node, "Type");
  if (type != NULL && !far_template_read_text (reader, type, "Type", 32, &text))
    return FALSE;
  if (type != NULL && strcmp (text, "SQS") != 0 && strcmp (text, "Lambda") != 0)
    return far_template_fail (reader, type, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                              "destinations of type %s are not run here; write SQS or Lambda",
                              text);
  target = far_template_need (reader, node, key, "Destination");
  return target != NULL && far_template_read_arn (reader, target, "Destination", TRUE, ret_arn);
}

gboolean
far_template_read_async (FarTemplateReader *reader, const FarYamlNode *node,
                         FarTemplateFunction *function)
{
  static const char *const keys[] = { "MaximumEventAgeInSeconds", "MaximumRetryAttempts",
                                      "DestinationConfig", NULL };
  static const char *const config_keys[] = { "OnSuccess", "OnFailure", NULL };
  const FarYamlNode *config;
  guint retries = 0, age_s = 0;

  if (!far_template_check_keys (reader, node, "EventInvokeConfig", keys)
      || !read_number (reader, node, "MaximumEventAgeInSeconds", 60, 21600, &age_s)
      || !read_number (reader, node, "MaximumRetryAttempts", 0, 2, &retries))
    return FALSE;
  function->async.set = TRUE;
  function->async.age_s = (int) age_s;
  if (far_yaml_get (node, "MaximumRetryAttempts") != NULL)
    function->async.retries = (int) retries;
  config = far_yaml_get (node, "DestinationConfig");
  return config == NULL
         || (far_template_check_keys (reader, config, "DestinationConfig", config_keys)
             && read_destination (reader, config, "OnSuccess", &function->async.on_success)
             && read_destination (reader, config, "OnFailure", &function->async.on_failure));
}

/* ---- Function URLs and provisioned concurrency ---- */

static gboolean
read_word (FarTemplateReader *reader, const FarYamlNode *node, const char *what, const char *no,
           const char *yes, gboolean *ret_yes)
{
  const char *text;

  if (!far_template_read_text (reader, node, what, 32, &text))
    return FALSE;
  *ret_yes = strcmp (text, yes) == 0;
  return *ret_yes || strcmp (text, no) == 0
         || far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                               "%s is “%s”; write %s or %s", what, text, no, yes);
}

static gboolean
read_cors_member (FarTemplateReader *reader, const FarYamlNode *node, const char *name,
                  JsonObject *cors)
{
  g_autoptr (JsonArray) list = NULL;
  const char *text;
  gboolean yes;
  guint i, age_s;

  if (strcmp (name, "MaxAge") == 0)
    {
      if (!far_template_read_uint (reader, node, name, 0, FAR_CORS_AGE_MAX_S, &age_s))
        return FALSE;
      json_object_set_int_member (cors, name, age_s);
      return TRUE;
    }
  if (strcmp (name, "AllowCredentials") == 0)
    {
      if (!far_template_read_bool (reader, node, name, &yes))
        return FALSE;
      json_object_set_boolean_member (cors, name, yes);
      return TRUE;
    }
  if (!far_template_check_kind (reader, node, name, FAR_YAML_SEQUENCE))
    return FALSE;
  list = json_array_new ();
  for (i = 0; i < far_yaml_n (node); i++)
    {
      if (!far_template_read_text (reader, far_yaml_item (node, i), name, FAR_CORS_TEXT_MAX, &text))
        return FALSE;
      json_array_add_string_element (list, text);
    }
  json_object_set_array_member (cors, name, g_steal_pointer (&list));
  return TRUE;
}

static gboolean
read_cors (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateFunction *function)
{
  static const char *const keys[] = { "AllowCredentials", "AllowHeaders",  "AllowMethods",
                                      "AllowOrigins",     "ExposeHeaders", "MaxAge",
                                      NULL };
  g_autoptr (JsonObject) cors = json_object_new ();
  g_autoptr (GError) error = NULL;
  guint i;

  if (!far_template_check_keys (reader, node, "Cors", keys))
    return FALSE;
  for (i = 0; keys[i] != NULL; i++)
    if (far_yaml_get (node, keys[i]) != NULL
        && !read_cors_member (reader, far_yaml_get (node, keys[i]), keys[i], cors))
      return FALSE;
  function->url.cors = far_cors_read (cors, &error);
  return function->url.cors != NULL
         || far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE, "%s", error->message);
}

gboolean
far_template_read_url (FarTemplateReader *reader, const FarYamlNode *node,
                       FarTemplateFunction *function)
{
  static const char *const keys[] = { "AuthType", "Cors", "InvokeMode", NULL };
  const FarYamlNode *auth, *cors, *mode;

  if (!far_template_check_keys (reader, node, "FunctionUrlConfig", keys))
    return FALSE;
  cors = far_yaml_get (node, "Cors");
  if (cors != NULL && !read_cors (reader, cors, function))
    return FALSE;
  auth = far_template_need (reader, node, "FunctionUrlConfig", "AuthType");
  mode = far_yaml_get (node, "InvokeMode");
  function->url.set = TRUE;
  return auth != NULL
         && read_word (reader, auth, "AuthType", "NONE", "AWS_IAM", &function->url.iam)
         && (mode == NULL || read_word (reader, mode, "InvokeMode", "BUFFERED", "RESPONSE_STREAM",
                                        &function->url.stream));
}

gboolean
far_template_read_provisioned (FarTemplateReader *reader, const FarYamlNode *node,
                               FarTemplateFunction *function)
{
  static const char *const keys[] = { "ProvisionedConcurrentExecutions", NULL };
  const FarYamlNode *value;

  if (!far_template_check_keys (reader, node, "ProvisionedConcurrencyConfig", keys))
    return FALSE;
  value = far_template_need (reader, node, "ProvisionedConcurrencyConfig", keys[0]);
  if (value == NULL
      || !far_template_read_uint (reader, value, keys[0], 1, FAR_TEMPLATE_CONCURRENCY_MAX,
                                  &function->provisioned))
    return FALSE;
  if (function->reserved_concurrency < 0
      || function->provisioned <= (guint) function->reserved_concurrency)
    return TRUE;
  return far_template_fail (reader, value, FAR_TEMPLATE_ERROR_VALUE,
                            "%u provisioned instances are more than the %d that are reserved; "
                            "reserve more", function->provisioned, function->reserved_concurrency);
}
