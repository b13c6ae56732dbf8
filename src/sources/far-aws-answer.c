/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of the JSON of AWS, after the public API references of Lambda, CloudWatch and
 * CloudWatch Logs. No state; any thread. */
#include "sources/far-aws-answer.h"

#include <math.h>
#include <string.h>

#include "base/far-json.h"
#include "sources/far-source-private.h"

#define TOKEN_MAX 8192
#define EVENTS_MAX 10000
#define SAID_MAX 300
#define TIME_MAX_S 253402300800.0
#define VALUE_MAX 9e15

void
far_aws_function_free (FarAwsFunction *function)
{
  g_free (function->name);
  g_free (function->runtime);
  g_free (function->log_group);
  g_free (function);
}

static gboolean
wrong (GError **error, const char *what)
{
  g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_ANSWER,
               "the answer is not that of AWS: %s", what);
  return FALSE;
}

static char *
dup_token (JsonObject *object, const char *name)
{
  const char *text;

  return far_json_has (object, name) &&
         far_json_get_string (object, name, TOKEN_MAX, &text, NULL) && *text != '\0'
           ? g_strdup (text) : NULL;
}

static gint64
read_int (JsonObject *object, const char *name, gint64 max)
{
  gint64 value;

  return far_json_has (object, name) && far_json_get_int (object, name, 0, max, &value, NULL)
           ? value : 0;
}

/* One of "x86_64" and "arm64"; the first where it is not told, as Lambda has it. */
static gboolean
is_arm (JsonObject *function)
{
  JsonArray *array;
  JsonNode *first;

  if (!far_json_has (function, "Architectures") ||
      !far_json_get_array (function, "Architectures", 4, &array, NULL) ||
      json_array_get_length (array) == 0)
    return FALSE;
  first = json_array_get_element (array, 0);
  return JSON_NODE_HOLDS_VALUE (first) && json_node_get_value_type (first) == G_TYPE_STRING &&
         strcmp (json_node_get_string (first), "arm64") == 0;
}

static char *
dup_log_group (JsonObject *function)
{
  JsonObject *config;
  const char *group;

  return far_json_has (function, "LoggingConfig") &&
         far_json_get_object (function, "LoggingConfig", &config, NULL) &&
         far_json_has (config, "LogGroup") &&
         far_json_get_string (config, "LogGroup", 512, &group, NULL) && *group != '\0'
           ? g_strdup (group) : NULL;
}

/* ---- Lambda ---- */

gboolean
far_aws_parse_functions (JsonObject *object, GPtrArray *functions, char **ret_marker,
                         GError **error)
{
  JsonArray *array;
  guint i;

  *ret_marker = NULL;
  if (!far_json_get_array (object, "Functions", FAR_SOURCE_FUNCTIONS_MAX, &array, NULL))
    return wrong (error, "no list of functions");
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      FarAwsFunction *function;
      const char *name, *runtime;

      if (!JSON_NODE_HOLDS_OBJECT (node) ||
          !far_json_get_string (json_node_get_object (node), "FunctionName", FAR_SOURCE_NAME_MAX,
                                &name, NULL) || *name == '\0')
        return wrong (error, "a function without a name");
      function = g_new0 (FarAwsFunction, 1);
      function->name = g_strdup (name);
      if (far_json_has (json_node_get_object (node), "Runtime") &&
          far_json_get_string (json_node_get_object (node), "Runtime", 64, &runtime, NULL))
        function->runtime = g_strdup (runtime);
      function->memory_mb = read_int (json_node_get_object (node), "MemorySize", 1 << 20);
      function->timeout_s = read_int (json_node_get_object (node), "Timeout", 86400);
      function->arm = is_arm (json_node_get_object (node));
      function->log_group = dup_log_group (json_node_get_object (node));
      g_ptr_array_add (functions, function);
    }
  *ret_marker = dup_token (object, "NextMarker");
  return TRUE;
}

/* ---- CloudWatch ---- */

static gboolean
read_double (JsonNode *node, double *ret_value)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : 0;

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  *ret_value = json_node_get_double (node);
  return isfinite (*ret_value);
}

static gboolean
read_result (JsonObject *result, guint n_queries, FarAwsPointFunc func, gpointer user_data,
             gboolean *partial, GError **error)
{
  JsonArray *times, *values;
  const char *id, *status;
  guint64 query;
  guint i;

  if (!far_json_get_string (result, "Id", 16, &id, NULL) || *id != 'm' ||
      !g_ascii_string_to_unsigned (id + 1, 10, 0, n_queries - 1, &query, NULL) ||
      !far_json_get_array (result, "Timestamps", FAR_AWS_POINTS_MAX, &times, NULL) ||
      !far_json_get_array (result, "Values", FAR_AWS_POINTS_MAX, &values, NULL) ||
      json_array_get_length (times) != json_array_get_length (values))
    return wrong (error, "a metric without its times and values");
  if (!far_json_get_string (result, "StatusCode", 32, &status, NULL))
    status = "Complete";
  if (strcmp (status, "Forbidden") == 0)
    {
      g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_REFUSED,
                   "CloudWatch does not show these figures to the credentials; allow them "
                   "cloudwatch:GetMetricData");
      return FALSE;
    }
  partial[query] = strcmp (status, "Complete") != 0;
  for (i = 0; i < json_array_get_length (times); i++)
    {
      double time, value;

      if (!read_double (json_array_get_element (times, i), &time) || !(time >= 0) ||
          time >= TIME_MAX_S || !read_double (json_array_get_element (values, i), &value))
        return wrong (error, "a sample that is no pair of time and value");
      if (value >= 0 && value < VALUE_MAX)
        func ((guint) query, (gint64) llround (time) * G_USEC_PER_SEC, value, user_data);
    }
  return TRUE;
}

gboolean
far_aws_parse_metrics (JsonObject *object, guint n_queries, FarAwsPointFunc func,
                       gpointer user_data, gboolean *partial, char **ret_token,
                       GError **error)
{
  JsonArray *results;
  guint i;

  *ret_token = NULL;
  g_return_val_if_fail (n_queries > 0, FALSE);
  if (!far_json_get_array (object, "MetricDataResults", FAR_AWS_QUERIES_MAX * 2, &results, NULL))
    return wrong (error, "no results of metrics");
  for (i = 0; i < json_array_get_length (results); i++)
    {
      JsonNode *node = json_array_get_element (results, i);

      if (!JSON_NODE_HOLDS_OBJECT (node))
        return wrong (error, "a result that is no object");
      if (!read_result (json_node_get_object (node), n_queries, func, user_data, partial, error))
        return FALSE;
    }
  *ret_token = dup_token (object, "NextToken");
  return TRUE;
}

/* ---- Logs ---- */

/* What Lambda itself writes; the request's id stands behind some of it. */
static gboolean
is_platform_line (const char *message, const char **ret_id)
{
  static const char *const with_id[] = { "START RequestId: ", "END RequestId: " };
  static const char *const others[] = { "INIT_START ", "INIT_REPORT ", "RESTORE_START ",
                                        "RESTORE_REPORT ", "EXTENSION\t", "TELEMETRY\t" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (with_id); i++)
    if (g_str_has_prefix (message, with_id[i]))
      {
        *ret_id = message + strlen (with_id[i]);
        return TRUE;
      }
  for (i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_has_prefix (message, others[i]))
      return TRUE;
  return *message == '{' && strstr (message, "\"type\":\"platform.") != NULL;
}

static void
take_id (FarSourceLogLine *line, const char *text)
{
  g_autofree char *uuid = g_strndup (text, FAR_UUID_LEN);
  FarId id;

  if (far_id_parse (uuid, &id))
    line->request_id = id;
}

/* The fields that Lambda's runtimes put before a line: "TIME\tREQUEST\tLEVEL\t…" (Node.js) and
 * "[LEVEL]\tTIME\tREQUEST\t…" (Python, whose level every reader of lines knows). */
static void
take_head (FarSourceLogLine *line)
{
  g_auto (GStrv) fields = g_strsplit (line->message, "\t", 4);
  gint64 time_us;

  if (g_strv_length (fields) < 4)
    return;
  if (far_time_parse_rfc3339 (fields[0], &time_us))
    {
      take_id (line, fields[1]);
      line->level = far_log_level_of_line (fields[2], strlen (fields[2]));
    }
  else if (*fields[0] == '[' && far_time_parse_rfc3339 (fields[1], &time_us))
    take_id (line, fields[2]);
}

static FarSourceLogLine *
read_event (JsonObject *event, const char *function)
{
  const char *id = NULL;
  FarSourceLogLine *line;
  FarAwsReport report;
  const char *message;
  gint64 time_ms;

  if (!far_json_get_int (event, "timestamp", 0, (gint64) (TIME_MAX_S * 1000), &time_ms, NULL) ||
      !far_json_get_string (event, "message", 1024 * 1024, &message, NULL))
    return NULL;
  line = g_new0 (FarSourceLogLine, 1);
  line->time_us = time_ms * 1000;
  line->function = g_strdup (function);
  line->message = g_strchomp (g_utf8_make_valid (message, (gssize) MIN (strlen (message),
                                                                        FAR_SOURCE_LOG_LINE_MAX)));
  line->level = far_log_level_of_line (line->message, strlen (line->message));
  if (far_aws_parse_report (line->message, &report))
    {
      line->level = FAR_LOG_PLATFORM;
      line->request_id = report.request_id;
    }
  else if (is_platform_line (line->message, &id))
    {
      line->level = FAR_LOG_PLATFORM;
      if (id != NULL)
        take_id (line, id);
    }
  else
    take_head (line);
  return line;
}

gboolean
far_aws_parse_events (JsonObject *object, const char *function, GHashTable *seen,
                      GPtrArray *lines, char **ret_token, GError **error)
{
  JsonArray *events;
  guint i;

  *ret_token = NULL;
  if (!far_json_get_array (object, "events", EVENTS_MAX, &events, NULL))
    return wrong (error, "no list of log events");
  for (i = 0; i < json_array_get_length (events); i++)
    {
      JsonNode *node = json_array_get_element (events, i);
      FarSourceLogLine *line;
      const char *id;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        return wrong (error, "a log event that is no object");
      if (far_json_get_string (json_node_get_object (node), "eventId", 128, &id, NULL) &&
          !g_hash_table_add (seen, g_strdup (id)))
        continue;
      line = read_event (json_node_get_object (node), function);
      if (line == NULL)
        return wrong (error, "a log event without time or message");
      g_ptr_array_add (lines, line);
    }
  *ret_token = dup_token (object, "nextToken");
  return TRUE;
}

/* ---- Errors ---- */

/* Services name the same differently, with "Exception" behind it or without. */
static FarAwsAnswerError
kind_of_error (const char *name)
{
  static const struct { const char *name; FarAwsAnswerError kind; } kinds[] = {
    { "AccessDenied", FAR_AWS_ANSWER_REFUSED },
    { "AuthFailure", FAR_AWS_ANSWER_REFUSED },
    { "ExpiredToken", FAR_AWS_ANSWER_EXPIRED },
    { "IncompleteSignature", FAR_AWS_ANSWER_REFUSED },
    { "InternalFailure", FAR_AWS_ANSWER_LATER },
    { "InvalidClientTokenId", FAR_AWS_ANSWER_REFUSED },
    { "InvalidSignature", FAR_AWS_ANSWER_REFUSED },
    { "MissingAuthenticationToken", FAR_AWS_ANSWER_REFUSED },
    { "NotAuthorized", FAR_AWS_ANSWER_REFUSED },
    { "OptInRequired", FAR_AWS_ANSWER_REFUSED },
    { "RequestLimitExceeded", FAR_AWS_ANSWER_LATER },
    { "ServiceUnavailable", FAR_AWS_ANSWER_LATER },
    { "SignatureDoesNotMatch", FAR_AWS_ANSWER_REFUSED },
    { "Throttling", FAR_AWS_ANSWER_LATER },
    { "TooManyRequests", FAR_AWS_ANSWER_LATER },
    { "UnrecognizedClient", FAR_AWS_ANSWER_REFUSED },
  };
  gsize length = strlen (name);
  guint i;

  if (g_str_has_suffix (name, "Exception"))
    length -= strlen ("Exception");
  for (i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strlen (kinds[i].name) == length && strncmp (kinds[i].name, name, length) == 0)
      return kinds[i].kind;
  return FAR_AWS_ANSWER_OTHER;
}

char *
far_aws_parse_error (const char *data, gsize n_bytes, const char *type_header,
                     FarAwsAnswerError *ret_kind)
{
  g_autoptr (JsonNode) root = far_json_parse_object (data, n_bytes, FAR_SOURCE_REPLY_MAX, NULL);
  const char *type = type_header, *message = NULL, *mark;
  g_autofree char *said = NULL;
  g_autofree char *name = NULL;

  if (root != NULL)
    {
      JsonObject *object = json_node_get_object (root);

      if (type == NULL && !far_json_get_string (object, "__type", 256, &type, NULL))
        type = NULL;
      if (!far_json_get_string (object, "message", FAR_SOURCE_REPLY_MAX, &message, NULL) &&
          !far_json_get_string (object, "Message", FAR_SOURCE_REPLY_MAX, &message, NULL))
        message = NULL;
    }
  /* "com.amazonaws.x#Name", and in the header "Name:http://…" */
  mark = type != NULL ? strrchr (type, '#') : NULL;
  name = g_strdup (mark != NULL ? mark + 1 : type != NULL ? type : "an error without a name");
  g_strdelimit (name, ":", '\0');
  *ret_kind = kind_of_error (name);
  said = g_utf8_make_valid (message != NULL ? message : "",
                            (gssize) (message != NULL ? MIN (strlen (message), SAID_MAX) : 0));
  return g_strdup_printf ("AWS refuses (%.80s)%s%s", name, *said != '\0' ? ": " : "", said);
}

/* ---- REPORT lines ---- */

/* "Duration: 12.34 ms": the number behind a label at the start of a tab-separated field. */
static gboolean
find_number (const char *line, const char *label, const char *unit, double *ret_value)
{
  const char *field = line;

  while (field != NULL)
    {
      if (g_str_has_prefix (field, label))
        {
          char *end;
          double value = g_ascii_strtod (field + strlen (label), &end);

          *ret_value = value;
          return end != field + strlen (label) && value >= 0 && value < 1e12 &&
                 g_str_has_prefix (end, unit);
        }
      field = strchr (field, '\t');
      if (field != NULL)
        field++;
    }
  return FALSE;
}

static gboolean
take_report (FarAwsReport *report, const char *id, const double *figures)
{
  memset (report, 0, sizeof *report);
  report->duration_us = (gint64) llround (figures[0] * 1000);
  report->billed_ms = (gint64) figures[1];
  report->memory_mb = (gint64) figures[2];
  report->memory_max_mb = (gint64) figures[3];
  report->init_us = (gint64) llround (figures[4] * 1000);
  return far_id_parse (id, &report->request_id);
}

/* {"time":"…","type":"platform.report","record":{"requestId":"…","metrics":{…}}} */
static gboolean
parse_json_report (const char *line, FarAwsReport *ret_report)
{
  static const char *const names[] = { "durationMs", "billedDurationMs", "memorySizeMB",
                                       "maxMemoryUsedMB", "initDurationMs" };
  g_autoptr (JsonNode) root = far_json_parse_object (line, strlen (line), FAR_SOURCE_REPLY_MAX,
                                                     NULL);
  double figures[G_N_ELEMENTS (names)] = { 0 };
  JsonObject *record, *metrics;
  const char *type, *id;
  guint i;

  if (root == NULL ||
      !far_json_get_string (json_node_get_object (root), "type", 64, &type, NULL) ||
      strcmp (type, "platform.report") != 0 ||
      !far_json_get_object (json_node_get_object (root), "record", &record, NULL) ||
      !far_json_get_string (record, "requestId", FAR_UUID_LEN, &id, NULL) ||
      !far_json_get_object (record, "metrics", &metrics, NULL))
    return FALSE;
  for (i = 0; i < G_N_ELEMENTS (names); i++)
    if (far_json_has (metrics, names[i]) &&
        (!read_double (json_object_get_member (metrics, names[i]), &figures[i]) ||
         !(figures[i] >= 0 && figures[i] < 1e12)))
      return FALSE;
  return far_json_has (metrics, names[0]) && take_report (ret_report, id, figures);
}

gboolean
far_aws_parse_report (const char *line, FarAwsReport *ret_report)
{
  static const char prefix[] = "REPORT RequestId: ";
  double figures[5] = { 0 };
  char uuid[FAR_UUID_LEN + 1] = "";

  if (*line == '{')
    return parse_json_report (line, ret_report);
  if (!g_str_has_prefix (line, prefix) ||
      !find_number (line, "Duration: ", " ms", &figures[0]) ||
      !find_number (line, "Billed Duration: ", " ms", &figures[1]) ||
      !find_number (line, "Memory Size: ", " MB", &figures[2]) ||
      !find_number (line, "Max Memory Used: ", " MB", &figures[3]))
    return FALSE;
  if (!find_number (line, "Init Duration: ", " ms", &figures[4]))
    figures[4] = 0;
  g_strlcpy (uuid, line + strlen (prefix), sizeof uuid);
  return take_report (ret_report, uuid, figures);
}
