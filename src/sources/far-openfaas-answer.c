/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of an OpenFaaS gateway's JSON (docs.openfaas.com, reference of the REST API). */
#include "sources/far-openfaas-answer.h"

#include <math.h>
#include <string.h>

#include "base/far-json.h"
#include "sources/far-source-private.h"

#define MEMORY_MB_MAX (1024 * 1024)

void
far_openfaas_function_free (FarOpenfaasFunction *function)
{
  g_free (function->name);
  g_free (function);
}

static void
wrong (GError **error, const char *what)
{
  g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_ANSWER,
               "the answer is not that of an OpenFaaS gateway: %s", what);
}

static double
read_number (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : 0;
  double value = type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double (node) : 0;

  return isfinite (value) && value >= 0 ? value : 0;
}

/* A Kubernetes quantity: "128Mi", "1Gi", "64000Ki", "134217728"; 0 for what is none. */
static gint64
read_memory (JsonObject *object)
{
  static const struct { const char *unit; double bytes; } units[] = {
    { "", 1 },           { "Ki", 1024.0 },   { "Mi", 1048576.0 }, { "Gi", 1073741824.0 },
    { "k", 1e3 },        { "M", 1e6 },       { "G", 1e9 },
  };
  JsonObject *limits;
  const char *text;
  char *end;
  double value;
  guint i;

  if (!far_json_get_object (object, "limits", &limits, NULL) ||
      !far_json_get_string (limits, "memory", 32, &text, NULL))
    return 0;
  value = g_ascii_strtod (text, &end);
  for (i = 0; i < G_N_ELEMENTS (units); i++)
    if (end != text && strcmp (units[i].unit, end) == 0 && value > 0 &&
        value * units[i].bytes < MEMORY_MB_MAX * 1048576.0)
      return (gint64) (value * units[i].bytes / 1048576.0);
  return 0;
}

static FarOpenfaasFunction *
read_function (JsonObject *object)
{
  const char *name, *namespace;
  FarOpenfaasFunction *function;

  if (!far_json_get_string (object, "name", FAR_SOURCE_NAME_MAX / 2, &name, NULL) || *name == '\0')
    return NULL;
  if (!far_json_has (object, "namespace") ||
      !far_json_get_string (object, "namespace", FAR_SOURCE_NAME_MAX / 2 - 1, &namespace, NULL))
    namespace = "";
  function = g_new0 (FarOpenfaasFunction, 1);
  function->name = *namespace != '\0' ? g_strconcat (name, ".", namespace, NULL)
                                      : g_strdup (name);
  function->invocations = read_number (object, "invocationCount");
  function->replicas = (gint64) MIN (read_number (object, "availableReplicas"), G_MAXINT);
  function->memory_mb = read_memory (object);
  return function;
}

GPtrArray *
far_openfaas_parse_functions (const char *data, gsize n_bytes, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) root = far_json_parse (data, n_bytes, FAR_SOURCE_REPLY_MAX, &why);
  JsonArray *array;
  guint i;

  if (root == NULL || !JSON_NODE_HOLDS_ARRAY (root))
    {
      wrong (error, why != NULL ? why->message : "no list of functions");
      return NULL;
    }
  array = json_node_get_array (root);
  if (json_array_get_length (array) > FAR_SOURCE_FUNCTIONS_MAX)
    {
      wrong (error, "more functions than can be watched");
      return NULL;
    }
  found = g_ptr_array_new_with_free_func ((GDestroyNotify) far_openfaas_function_free);
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      FarOpenfaasFunction *function = JSON_NODE_HOLDS_OBJECT (node)
                                        ? read_function (json_node_get_object (node)) : NULL;

      if (function == NULL)
        {
          wrong (error, "a function without a name");
          return NULL;
        }
      g_ptr_array_add (found, function);
    }
  return g_steal_pointer (&found);
}

/* "2021-02-17T15:38:31.123456789Z": Go prints up to nanoseconds, and offsets other than Z. */
static gboolean
read_time (const char *text, gint64 *ret_time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  if (time == NULL)
    return FALSE;
  *ret_time_us = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return *ret_time_us >= 0;
}

FarSourceLogLine *
far_openfaas_parse_line (const char *text, gsize n_bytes)
{
  g_autoptr (JsonNode) root = far_json_parse_object (text, n_bytes, 16 * FAR_SOURCE_LOG_LINE_MAX,
                                                     NULL);
  const char *time, *message, *name;
  FarSourceLogLine *line;
  JsonObject *object;
  gint64 time_us;

  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  if (!far_json_get_string (object, "timestamp", 64, &time, NULL) ||
      !read_time (time, &time_us) ||
      !far_json_get_string (object, "text", 8 * FAR_SOURCE_LOG_LINE_MAX, &message, NULL))
    return NULL;
  line = g_new0 (FarSourceLogLine, 1);
  line->time_us = time_us;
  line->message = g_strchomp (g_utf8_make_valid (message,
                                                 (gssize) MIN (strlen (message),
                                                               FAR_SOURCE_LOG_LINE_MAX)));
  line->level = far_log_level_of_line (line->message, strlen (line->message));
  if (far_json_has (object, "name") &&
      far_json_get_string (object, "name", FAR_SOURCE_NAME_MAX, &name, NULL))
    line->function = g_utf8_make_valid (name, -1);
  return line;
}
