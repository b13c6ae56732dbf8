/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of another farthingd's JSON. A record is taken whole or not at all: one that
 * cannot be is an error of the batch, because leaving it out would be a gap nobody sees. */
#include "sources/far-farthing-answer.h"

#include <string.h>

#include "base/far-json.h"
#include "sources/far-source-private.h"

#define RECORDS_MAX 1000
#define TIME_MAX_US (G_GINT64_CONSTANT (253402300800) * G_USEC_PER_SEC)
#define SPAN_MAX_US (G_GINT64_CONSTANT (366) * 86400 * G_USEC_PER_SEC)
#define MEMORY_MB_MAX (1024 * 1024)

static gboolean
wrong (GError **error, const char *what)
{
  g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_ANSWER,
               "the answer is not that of a farthingd: %s", what);
  return FALSE;
}

/* NULL for null and for what is missing. */
static const char *
read_text (FarSourceBatch *batch, JsonObject *object, const char *name, gsize max)
{
  const char *text;

  if (!far_json_has (object, name) || !far_json_get_string (object, name, max, &text, NULL) ||
      !g_utf8_validate (text, -1, NULL))
    return NULL;
  return g_string_chunk_insert (batch->strings, text);
}

static gint64
read_int (JsonObject *object, const char *name, gint64 max)
{
  gint64 value;

  return far_json_has (object, name) && far_json_get_int (object, name, 0, max, &value, NULL)
           ? value : 0;
}

static gboolean
read_id (JsonObject *object, const char *name, FarId *ret_id)
{
  const char *text;

  memset (ret_id, 0, sizeof *ret_id);
  return !far_json_has (object, name) ||
         (far_json_get_string (object, name, 64, &text, NULL) && far_id_parse (text, ret_id));
}

static gboolean
read_span (JsonObject *object, const char *name, guint64 *ret_span)
{
  const char *text;

  *ret_span = 0;
  return !far_json_has (object, name) ||
         (far_json_get_string (object, name, 16, &text, NULL) &&
          g_ascii_string_to_unsigned (text, 16, 0, G_MAXUINT64, ret_span, NULL));
}

static gboolean
read_record (FarSourceBatch *batch, JsonNode *node, FarInvocation *record, GError **error)
{
  const char *outcome;
  JsonObject *object;

  memset (record, 0, sizeof *record);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return wrong (error, "a record that is no object");
  object = json_node_get_object (node);
  record->function = read_text (batch, object, "function", FAR_FUNCTION_NAME_MAX);
  if (record->function == NULL || *record->function == '\0' ||
      !far_json_get_string (object, "outcome", 32, &outcome, NULL) ||
      !far_invocation_outcome_from_string (outcome, &record->outcome) ||
      !far_json_get_int (object, "arrival_us", 1, TIME_MAX_US, &record->arrival_us, NULL) ||
      !far_json_get_int (object, "at", 1, TIME_MAX_US, &record->at, NULL) ||
      !read_id (object, "request_id", &record->request_id) ||
      !read_id (object, "trace_id", &record->trace_id) ||
      !read_span (object, "parent_span_id", &record->parent_span))
    return wrong (error, "a record without function, outcome, time or a proper id");
  record->version = read_text (batch, object, "version", FAR_VERSION_MAX);
  record->route = read_text (batch, object, "route", FAR_ROUTE_MAX);
  record->error_type = read_text (batch, object, "error_type", FAR_ERROR_TYPE_MAX);
  record->queue_us = read_int (object, "queue_us", SPAN_MAX_US);
  record->start_us = read_int (object, "start_us", SPAN_MAX_US);
  record->init_us = read_int (object, "init_us", SPAN_MAX_US);
  record->spawn_us = read_int (object, "spawn_us", SPAN_MAX_US);
  record->duration_us = read_int (object, "duration_us", SPAN_MAX_US);
  record->overhead_us = read_int (object, "overhead_us", SPAN_MAX_US);
  record->memory_mb = (guint) read_int (object, "memory_mb", MEMORY_MB_MAX);
  record->memory_max_kb = (guint) read_int (object, "memory_max_kb", G_MAXUINT);
  record->concurrency = (guint) read_int (object, "concurrency", G_MAXUINT);
  far_json_get_bool (object, "cold", &record->cold, NULL);
  return TRUE;
}

/* "AT.NUMBER": the newest in order, and the newest of those that came to lie behind others; the
 * latter may be missing. */
static void
read_cursor (const char *cursor, gint64 *ret_at, gint64 *ret_behind)
{
  char *end = NULL;

  *ret_at = cursor != NULL ? MAX (g_ascii_strtoll (cursor, &end, 10), 0) : 0;
  *ret_behind = end != NULL && *end == '.' ? MAX (g_ascii_strtoll (end + 1, NULL, 10), 0) : 0;
}

char *
far_farthing_cursor_to_query (const char *cursor, gboolean behind)
{
  gint64 at, number;

  read_cursor (cursor, &at, &number);
  return behind ? g_strdup_printf ("after=%" G_GINT64_FORMAT "&" FAR_FARTHING_BEHIND "=%"
                                   G_GINT64_FORMAT, at, number)
                : g_strdup_printf ("after=%" G_GINT64_FORMAT, at);
}

/* Those that came to lie behind others, if it knows of such. */
static gboolean
read_behind (JsonObject *object, FarSourceBatch *batch, GArray *records, gint64 *behind,
             GError **error)
{
  JsonArray *array;
  gint64 next;
  guint i;

  if (!far_json_has (object, "behind_next"))
    return TRUE;
  if (!far_json_get_int (object, "behind_next", *behind + 1, G_MAXINT64, &next, NULL) ||
      !far_json_get_array (object, "behind", RECORDS_MAX, &array, NULL))
    return wrong (error, "numbers that are not in order");
  for (i = 0; i < json_array_get_length (array); i++)
    {
      FarInvocation record;

      if (!read_record (batch, json_array_get_element (array, i), &record, error))
        return FALSE;
      g_array_append_val (records, record);
    }
  *behind = next;
  return TRUE;
}

gboolean
far_farthing_parse_records (JsonObject *object, FarSourceBatch *batch, GError **error)
{
  g_autoptr (GArray) records = g_array_new (FALSE, TRUE, sizeof (FarInvocation));
  JsonArray *array;
  gint64 last = 0, at, behind;
  guint i;

  if (!far_json_get_array (object, "invocations", RECORDS_MAX, &array, NULL))
    return wrong (error, "no list of invocations");
  for (i = 0; i < json_array_get_length (array); i++)
    {
      FarInvocation record;

      if (!read_record (batch, json_array_get_element (array, i), &record, error))
        return FALSE;
      if (record.at <= last)
        return wrong (error, "records that are not in order");
      last = record.at;
      g_array_append_val (records, record);
    }
  read_cursor (batch->cursor, &at, &behind);
  if (!read_behind (object, batch, records, &behind, error))
    return FALSE;
  g_array_append_vals (batch->records, records->data, records->len);
  batch->rows_from_us = read_int (object, "rows_from_us", TIME_MAX_US);
  if (records->len > 0)
    {
      g_free (batch->cursor);
      batch->cursor = g_strdup_printf ("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                                       MAX (last, at), behind);
    }
  return TRUE;
}

/* ---- Functions ---- */

static FarSourceFunction *
read_function (JsonObject *object)
{
  FarSourceFunction *function;
  const char *text;
  guint i;

  if (!far_json_get_string (object, "name", FAR_SOURCE_NAME_MAX, &text, NULL) || *text == '\0')
    return NULL;
  function = far_source_function_new (text);
  if (far_json_has (object, "runtime") &&
      far_json_get_string (object, "runtime", FAR_SOURCE_NAME_MAX, &text, NULL))
    function->runtime = g_strdup (text);
  function->memory_mb = read_int (object, "memory_mb", MEMORY_MB_MAX);
  function->timeout_s = read_int (object, "timeout_s", SPAN_MAX_US);
  if (far_json_has (object, "instances"))
    function->instances = read_int (object, "instances", G_MAXINT);
  for (i = 0; i < FAR_METRIC_N; i++)
    {
      const char *name = far_metric_to_string (i);
      gint64 value;

      if (far_json_has (object, name) &&
          far_json_get_int (object, name, 0, G_MAXINT64, &value, NULL))
        function->values[i] = (double) value;
    }
  return function;
}

GPtrArray *
far_farthing_parse_functions (JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, "functions", FAR_SOURCE_FUNCTIONS_MAX, &array, NULL))
    {
      wrong (error, "no list of functions");
      return NULL;
    }
  found = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_function_free);
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      FarSourceFunction *function = JSON_NODE_HOLDS_OBJECT (node)
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

/* ---- Logs ---- */

FarSourceLogLine *
far_farthing_parse_line (const char *text, gsize n_bytes)
{
  g_autoptr (JsonNode) root = far_json_parse_object (text, n_bytes, 16 * FAR_SOURCE_LOG_LINE_MAX,
                                                     NULL);
  const char *time, *message, *function, *level;
  FarSourceLogLine *line;
  JsonObject *object;
  gint64 time_us;

  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  if (!far_json_get_string (object, "time", 64, &time, NULL) ||
      !far_time_parse_rfc3339 (time, &time_us) ||
      !far_json_get_string (object, "message", 8 * FAR_SOURCE_LOG_LINE_MAX, &message, NULL))
    return NULL;
  line = g_new0 (FarSourceLogLine, 1);
  line->time_us = time_us;
  line->message = g_utf8_make_valid (message, -1);
  line->level = FAR_LOG_INFO;
  if (far_json_has (object, "function") &&
      far_json_get_string (object, "function", FAR_SOURCE_NAME_MAX, &function, NULL))
    line->function = g_utf8_make_valid (function, -1);
  if (far_json_has (object, "level") && far_json_get_string (object, "level", 16, &level, NULL))
    far_log_level_from_string (level, &line->level);
  read_id (object, "request_id", &line->request_id);
  return line;
}
