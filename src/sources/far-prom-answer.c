/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of the JSON of a Prometheus HTTP API. No state; any thread. */
#include "sources/far-prom-answer.h"

#include <math.h>
#include <string.h>

#include "base/far-json.h"
#include "sources/far-source-private.h"

#define TIME_MAX_S 253402300800.0 /* year 10000 */
#define NUMBER_MAX 64             /* characters of a value */

static void
series_free (gpointer data)
{
  FarPromSeries *series = data;

  g_free (series->function);
  g_array_unref (series->points);
  g_free (series);
}

static gboolean
wrong (GError **error, const char *what)
{
  g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_ANSWER,
               "the answer is not that of a Prometheus API: %s", what);
  return FALSE;
}

/* "1.5", "NaN", "+Inf", "-Inf". */
static gboolean
read_number (const char *text, double *ret_value)
{
  char *end;

  if (*text == '\0' || strlen (text) > NUMBER_MAX || g_ascii_isspace (*text))
    return FALSE;
  *ret_value = g_ascii_strtod (text, &end);
  return *end == '\0';
}

/* [ seconds, "value" ] */
static gboolean
read_point (JsonNode *node, FarPromPoint *ret_point)
{
  JsonArray *pair;
  JsonNode *time, *value;
  double at;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  pair = json_node_get_array (node);
  if (json_array_get_length (pair) != 2)
    return FALSE;
  time = json_array_get_element (pair, 0);
  value = json_array_get_element (pair, 1);
  if (!JSON_NODE_HOLDS_VALUE (time) || !JSON_NODE_HOLDS_VALUE (value) ||
      json_node_get_value_type (value) != G_TYPE_STRING ||
      (json_node_get_value_type (time) != G_TYPE_INT64 &&
       json_node_get_value_type (time) != G_TYPE_DOUBLE))
    return FALSE;
  at = json_node_get_double (time);
  if (!(at >= 0 && at < TIME_MAX_S))
    return FALSE;
  ret_point->time_us = (gint64) llround (at * 1000) * 1000;
  return read_number (json_node_get_string (value), &ret_point->value);
}

static gboolean
read_labels (JsonObject *object, const char *label, FarPromSeries *series, GError **error)
{
  JsonObject *labels = NULL;
  const char *le;
  JsonNode *node;

  series->le = NAN;
  if (!far_json_get_object (object, "metric", &labels, NULL))
    return wrong (error, "a series without labels");
  node = json_object_get_member (labels, label);
  if (node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (node);

      series->function = g_utf8_make_valid (text, (gssize) MIN (strlen (text),
                                                                FAR_SOURCE_NAME_MAX));
    }
  node = json_object_get_member (labels, "le");
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return wrong (error, "a bucket's limit that is no text");
  le = json_node_get_string (node);
  /* VictoriaMetrics' own histograms have other labels; a limit that is no number is left out. */
  if (!read_number (le, &series->le))
    series->le = NAN;
  return TRUE;
}

static gboolean
read_points (JsonObject *object, gboolean matrix, FarPromSeries *series, guint *n_points,
             GError **error)
{
  JsonArray *values;
  FarPromPoint point;
  guint i;

  if (!matrix)
    {
      if (!json_object_has_member (object, "value") ||
          !read_point (json_object_get_member (object, "value"), &point))
        return wrong (error, "a sample that is no pair of time and value");
      g_array_append_val (series->points, point);
      return TRUE;
    }
  if (!far_json_get_array (object, "values", FAR_PROM_POINTS_MAX, &values, NULL))
    return wrong (error, "a series without values");
  *n_points += json_array_get_length (values);
  if (*n_points > FAR_PROM_POINTS_MAX)
    return wrong (error, "more points than were asked for");
  for (i = 0; i < json_array_get_length (values); i++)
    {
      if (!read_point (json_array_get_element (values, i), &point))
        return wrong (error, "a sample that is no pair of time and value");
      g_array_append_val (series->points, point);
    }
  return TRUE;
}

static gboolean
read_series (JsonNode *node, gboolean matrix, const char *label, GPtrArray *found,
             guint *n_points, GError **error)
{
  FarPromSeries *series;
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return wrong (error, "a series that is no object");
  object = json_node_get_object (node);
  series = g_new0 (FarPromSeries, 1);
  series->points = g_array_new (FALSE, FALSE, sizeof (FarPromPoint));
  g_ptr_array_add (found, series);
  return read_labels (object, label, series, error) &&
         read_points (object, matrix, series, n_points, error);
}

static gboolean
read_status (JsonObject *root, GError **error)
{
  const char *status, *type, *message;
  g_autofree char *said = NULL;

  if (!far_json_get_string (root, "status", 32, &status, NULL))
    return wrong (error, "no status");
  if (strcmp (status, "success") == 0)
    return TRUE;
  if (strcmp (status, "error") != 0)
    return wrong (error, "an unknown status");
  if (!far_json_get_string (root, "errorType", 64, &type, NULL))
    type = "";
  if (!far_json_get_string (root, "error", FAR_SOURCE_REPLY_MAX, &message, NULL))
    message = "it does not say why";
  said = g_utf8_make_valid (message, (gssize) MIN (strlen (message), FAR_PROM_SAID_MAX));
  g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_QUERY,
               "the query is refused (%s): %s", type, said);
  return FALSE;
}

GPtrArray *
far_prom_answer_parse (const char *data, gsize n_bytes, const char *label, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (series_free);
  g_autoptr (GError) json_error = NULL;
  g_autoptr (JsonNode) root = far_json_parse_object (data, n_bytes, FAR_SOURCE_REPLY_MAX,
                                                     &json_error);
  const char *type;
  JsonObject *answer;
  JsonArray *result;
  guint n_points = 0, i;

  if (root == NULL)
    {
      wrong (error, json_error->message);
      return NULL;
    }
  if (!read_status (json_node_get_object (root), error))
    return NULL;
  if (!far_json_get_object (json_node_get_object (root), "data", &answer, NULL) ||
      !far_json_get_string (answer, "resultType", 32, &type, NULL) ||
      !far_json_get_array (answer, "result", FAR_PROM_SERIES_MAX, &result, NULL))
    {
      wrong (error, "no result");
      return NULL;
    }
  if (strcmp (type, "matrix") != 0 && strcmp (type, "vector") != 0)
    {
      wrong (error, "a result that is neither matrix nor vector");
      return NULL;
    }
  for (i = 0; i < json_array_get_length (result); i++)
    if (!read_series (json_array_get_element (result, i), *type == 'm', label, found, &n_points,
                      error))
      return NULL;
  return g_steal_pointer (&found);
}
