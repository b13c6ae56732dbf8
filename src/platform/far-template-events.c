/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of a function's events: HTTP API routes, schedules and queues. No state. */
#include "platform/far-template-private.h"

#include <string.h>

#include "base/far-json.h"
#include "platform/far-event-source.h"

#define PATH_LEN_MAX 256
#define INPUT_LEN_MAX 8192 /* EventBridge's, of a constant input */
#define DEFAULT_PATH "$default"

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
                                       "ANY", NULL };

/* What may stand in a literal segment of a path (RFC 3986 pchar without "%"). */
static gboolean
is_path_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("-._~!$&'()*+,;=:@", c) != NULL);
}

/* "{name}" or "{name+}"; FALSE if it is neither. */
static gboolean
split_parameter (const char *segment, char **ret_name, gboolean *ret_greedy)
{
  gsize length = strlen (segment), i;

  if (length < 3 || segment[0] != '{' || segment[length - 1] != '}')
    return FALSE;
  *ret_greedy = segment[length - 2] == '+';
  length -= *ret_greedy ? 3 : 2;
  for (i = 0; i < length; i++)
    if (!g_ascii_isalnum (segment[1 + i]) && strchr ("_-.", segment[1 + i]) == NULL)
      return FALSE;
  *ret_name = g_strndup (segment + 1, length);
  return length > 0;
}

static gboolean
check_segment (FarTemplateReader *reader, const FarYamlNode *node, const char *segment,
               gboolean is_last, GHashTable *names)
{
  g_autofree char *name = NULL;
  gboolean greedy;
  const char *at;

  if (*segment != '{')
    {
      for (at = segment; is_path_char (*at); at++)
        ;
      if (*at != '\0' || (*segment == '\0' && !is_last) || strcmp (segment, ".") == 0 ||
          strcmp (segment, "..") == 0)
        return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                  "the part “%s” of a Path cannot be matched; use letters, digits "
                                  "and -._~, or {name}", segment);
      return TRUE;
    }
  if (!split_parameter (segment, &name, &greedy))
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "“%s” is no parameter of a Path; write {name}, or {name+} for the "
                              "rest of the path", segment);
  if (greedy && !is_last)
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "“%s” takes the rest of the path; put it last", segment);
  if (!g_hash_table_add (names, g_steal_pointer (&name)))
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "the parameter “%s” stands twice in one Path; rename one", segment);
  return TRUE;
}

static gboolean
check_path (FarTemplateReader *reader, const FarYamlNode *node, const char *path)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) segments = NULL;
  guint i;

  if (*path != '/')
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "Path is “%s”; begin it with /", path);
  segments = g_strsplit (path + 1, "/", -1);
  for (i = 0; segments[i] != NULL; i++)
    if (!check_segment (reader, node, segments[i], segments[i + 1] == NULL, names))
      return FALSE;
  return TRUE;
}

static gboolean
read_http (FarTemplateReader *reader, const FarYamlNode *properties, FarTemplateEvent *event)
{
  static const char *const keys[] = { "Path", "Method", NULL };
  const FarYamlNode *path, *method;
  const char *text;

  event->kind = FAR_TEMPLATE_EVENT_HTTP;
  /* SAM: an HttpApi event without Path and Method takes every request that no other route does. */
  if (properties == NULL)
    {
      event->path = g_strdup (DEFAULT_PATH);
      event->method = g_strdup ("ANY");
      return TRUE;
    }
  if (!far_template_check_keys (reader, properties, "an HttpApi event's Properties", keys))
    return FALSE;
  path = far_template_need (reader, properties, event->name, "Path");
  if (path == NULL)
    return FALSE;
  method = far_template_need (reader, properties, event->name, "Method");
  if (method == NULL ||
      !far_template_read_text (reader, path, "Path", PATH_LEN_MAX, &text) ||
      !check_path (reader, path, text))
    return FALSE;
  event->path = g_strdup (text);
  if (!far_template_read_text (reader, method, "Method", 16, &text))
    return FALSE;
  event->method = g_ascii_strup (text, -1);
  if (!g_strv_contains (methods, event->method))
    {
      g_autofree char *known = g_strjoinv (", ", (char **) methods);

      return far_template_fail (reader, method, FAR_TEMPLATE_ERROR_VALUE,
                                "Method is “%s”; write one of %s", text, known);
    }
  return TRUE;
}

static gboolean
read_schedule (FarTemplateReader *reader, const FarYamlNode *node, const FarYamlNode *properties,
               FarTemplateEvent *event)
{
  static const char *const keys[] = { "Schedule", "Input", NULL };
  const FarYamlNode *schedule, *input;
  g_autoptr (GError) error = NULL;
  const char *text;

  event->kind = FAR_TEMPLATE_EVENT_SCHEDULE;
  if (properties == NULL)
    return far_template_need (reader, node, event->name, "Properties") != NULL;
  if (!far_template_check_keys (reader, properties, "a Schedule event's Properties", keys))
    return FALSE;
  schedule = far_template_need (reader, properties, event->name, "Schedule");
  if (schedule == NULL ||
      !far_template_read_text (reader, schedule, "Schedule", FAR_SCHEDULE_TEXT_MAX, &text))
    return FALSE;
  event->schedule = far_schedule_parse (text, &error);
  if (event->schedule == NULL)
    return far_template_fail (reader, schedule, FAR_TEMPLATE_ERROR_VALUE, "Schedule: %s",
                              error->message);
  input = far_yaml_get (properties, "Input");
  if (input == NULL)
    return TRUE;
  if (!far_template_read_text (reader, input, "Input", INPUT_LEN_MAX, &text))
    return FALSE;
  if (!far_json_check_grammar (text, strlen (text), &error))
    return far_template_fail (reader, input, FAR_TEMPLATE_ERROR_VALUE,
                              "Input is not JSON (%s); write it as a quoted JSON text",
                              error->message);
  event->input = g_strdup (text);
  return TRUE;
}

static gboolean
read_responses (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateEvent *event)
{
  const char *text;

  if (!far_template_check_kind (reader, node, "FunctionResponseTypes", FAR_YAML_SEQUENCE))
    return FALSE;
  if (far_yaml_n (node) != 1
      || !far_template_read_text (reader, far_yaml_item (node, 0), "a type", 64, &text)
      || strcmp (text, "ReportBatchItemFailures") != 0)
    return *reader->error == NULL
           && far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                 "FunctionResponseTypes has one type, ReportBatchItemFailures");
  event->report_failures = TRUE;
  return TRUE;
}

static gboolean
read_scaling (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateEvent *event)
{
  static const char *const keys[] = { "MaximumConcurrency", NULL };
  const FarYamlNode *max;

  if (!far_template_check_keys (reader, node, "ScalingConfig", keys))
    return FALSE;
  max = far_template_need (reader, node, "ScalingConfig", keys[0]);
  return max != NULL
         && far_template_read_uint (reader, max, keys[0], FAR_EVENT_SOURCE_CONCURRENCY_MIN,
                                    FAR_EVENT_SOURCE_CONCURRENCY_MAX, &event->concurrency_max);
}

static gboolean
read_queue (FarTemplateReader *reader, const FarYamlNode *node, const FarYamlNode *properties,
            FarTemplateEvent *event)
{
  static const char *const keys[] = { "Queue", "BatchSize", "MaximumBatchingWindowInSeconds",
                                      "FunctionResponseTypes", "ScalingConfig", "Enabled", NULL };
  const FarYamlNode *queue, *size, *window, *responses, *scaling, *enabled;

  event->kind = FAR_TEMPLATE_EVENT_QUEUE;
  event->batch_size = FAR_EVENT_SOURCE_BATCH;
  event->enabled = TRUE;
  if (properties == NULL)
    return far_template_need (reader, node, event->name, "Properties") != NULL;
  if (!far_template_check_keys (reader, properties, "an SQS event's Properties", keys))
    return FALSE;
  queue = far_template_need (reader, properties, event->name, "Queue");
  size = far_yaml_get (properties, "BatchSize");
  window = far_yaml_get (properties, "MaximumBatchingWindowInSeconds");
  responses = far_yaml_get (properties, "FunctionResponseTypes");
  scaling = far_yaml_get (properties, "ScalingConfig");
  enabled = far_yaml_get (properties, "Enabled");
  if (queue == NULL || !far_template_read_queue_name (reader, queue, "Queue", &event->queue)
      || (size != NULL && !far_template_read_uint (reader, size, "BatchSize", 1,
                                                   FAR_EVENT_BATCH_MAX, &event->batch_size))
      || (window != NULL
          && !far_template_read_uint (reader, window, "MaximumBatchingWindowInSeconds", 0,
                                      FAR_EVENT_SOURCE_WINDOW_MAX_S, &event->window_s))
      || (responses != NULL && !read_responses (reader, responses, event))
      || (scaling != NULL && !read_scaling (reader, scaling, event))
      || (enabled != NULL
          && !far_template_read_bool (reader, enabled, "Enabled", &event->enabled)))
    return FALSE;
  if (event->batch_size > FAR_EVENT_SOURCE_BATCH && event->window_s == 0)
    return far_template_fail (reader, size, FAR_TEMPLATE_ERROR_VALUE,
                              "a BatchSize of more than %d needs a "
                              "MaximumBatchingWindowInSeconds of at least 1",
                              FAR_EVENT_SOURCE_BATCH);
  return TRUE;
}

static gboolean
read_event (FarTemplateReader *reader, const FarYamlNode *key, const FarYamlNode *node,
            FarTemplateEvent *event)
{
  static const char *const keys[] = { "Type", "Properties", NULL };
  const FarYamlNode *type, *properties = far_yaml_get (node, "Properties");
  const char *text;

  event->name = g_strdup (key->text);
  if (!far_template_check_keys (reader, node, key->text, keys))
    return FALSE;
  type = far_template_need (reader, node, key->text, "Type");
  if (type == NULL || !far_template_read_text (reader, type, "Type", 64, &text))
    return FALSE;
  if (strcmp (text, "HttpApi") == 0)
    return read_http (reader, properties, event);
  if (strcmp (text, "Schedule") == 0)
    return read_schedule (reader, node, properties, event);
  if (strcmp (text, "SQS") == 0)
    return read_queue (reader, node, properties, event);
  return far_template_fail (reader, type, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                            "event type %s is not supported; use HttpApi, Schedule or SQS", text);
}

gboolean
far_template_read_events (FarTemplateReader *reader, const FarYamlNode *events, GPtrArray *result)
{
  guint i;

  if (!far_template_check_kind (reader, events, "Events", FAR_YAML_MAPPING))
    return FALSE;
  if (far_yaml_n (events) > FAR_TEMPLATE_EVENTS_MAX)
    return far_template_fail (reader, events, FAR_TEMPLATE_ERROR_VALUE,
                              "more than %d events; split the function", FAR_TEMPLATE_EVENTS_MAX);
  for (i = 0; i < far_yaml_n (events); i++)
    {
      FarTemplateEvent *event = g_new0 (FarTemplateEvent, 1);

      g_ptr_array_add (result, event);
      if (!read_event (reader, far_yaml_key (events, i), far_yaml_value (events, i), event))
        return FALSE;
    }
  return TRUE;
}

char *
far_template_event_shape (const FarTemplateEvent *event)
{
  GString *shape = g_string_new (event->method);
  const char *at;
  gboolean inside = FALSE;

  g_string_append_c (shape, ' ');
  for (at = event->path; *at != '\0'; at++)
    {
      if (!inside || *at == '}' || (*at == '+' && at[1] == '}'))
        g_string_append_c (shape, *at);
      inside = *at == '{' || (inside && *at != '}');
    }
  return g_string_free (shape, FALSE);
}
