/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checked members of an operation's body. Refusals are worded as Lambda words them: a type that is
 * wrong is a SerializationException, a value that cannot be a ValidationException, and something
 * that Lambda has and this platform has not an InvalidParameterValueException. */
#include "platform/far-lambda-private.h"

#include <string.h>

#define PAGE_MAX 50

static gboolean
refuse_type (FarLambdaOp *op, const char *name, const char *wanted)
{
  far_lambda_op_error (op, 400, "SerializationException", "%s must be %s", name, wanted);
  return FALSE;
}

/* Null, "", [] and {} say nothing; nor does an object of such. */
static gboolean
is_empty (JsonNode *node)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_array_get_length (json_node_get_array (node)) == 0;
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, &name, &member))
        if (!is_empty (member))
          return FALSE;
      return TRUE;
    }
  return json_node_get_value_type (node) == G_TYPE_STRING && *json_node_get_string (node) == '\0';
}

gboolean
far_lambda_read_only (FarLambdaOp *op, const char *const *known)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, op->body);
  while (json_object_iter_next (&iter, &name, &node))
    if (!g_strv_contains (known, name) && !is_empty (node))
      {
        far_lambda_op_error (op, 400, "InvalidParameterValueException",
                             "%s is not supported by this platform; leave it out", name);
        return FALSE;
      }
  return TRUE;
}

static JsonNode *
find (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static GType
type_of (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;
}

gboolean
far_lambda_read_text (FarLambdaOp *op, JsonObject *object, const char *name, gsize len_max,
                      char **ret_text)
{
  JsonNode *node = find (object, name);
  const char *text;

  if (node == NULL)
    return TRUE;
  if (type_of (node) != G_TYPE_STRING)
    return refuse_type (op, name, "a string");
  text = json_node_get_string (node);
  if (strlen (text) > len_max)
    {
      far_lambda_op_error (op, 400, "ValidationException",
                           "1 validation error detected: Value at '%s' failed to satisfy "
                           "constraint: Member must have length less than or equal to %"
                           G_GSIZE_FORMAT, name, len_max);
      return FALSE;
    }
  g_free (*ret_text);
  *ret_text = *text != '\0' ? g_strdup (text) : NULL;
  return TRUE;
}

gboolean
far_lambda_read_int (FarLambdaOp *op, JsonObject *object, const char *name, gint64 min,
                     gint64 max, gint64 *ret_value)
{
  JsonNode *node = find (object, name);
  gint64 value;

  if (node == NULL)
    return TRUE;
  if (type_of (node) != G_TYPE_INT64)
    return refuse_type (op, name, "a whole number");
  value = json_node_get_int (node);
  if (value < min || value > max)
    {
      far_lambda_op_error (op, 400, "ValidationException",
                           "1 validation error detected: Value '%" G_GINT64_FORMAT "' at '%s' "
                           "failed to satisfy constraint: Member must have value %s than or equal "
                           "to %" G_GINT64_FORMAT, value, name, value < min ? "greater" : "less",
                           value < min ? min : max);
      return FALSE;
    }
  *ret_value = value;
  return TRUE;
}

gboolean
far_lambda_read_bool (FarLambdaOp *op, JsonObject *object, const char *name, gboolean *ret_value)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return TRUE;
  if (type_of (node) != G_TYPE_BOOLEAN)
    return refuse_type (op, name, "true or false");
  *ret_value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
far_lambda_read_object (FarLambdaOp *op, JsonObject *object, const char *name,
                        JsonObject **ret_object)
{
  JsonNode *node = find (object, name);

  *ret_object = NULL;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse_type (op, name, "an object");
  *ret_object = json_node_get_object (node);
  return TRUE;
}

gboolean
far_lambda_read_word (FarLambdaOp *op, JsonObject *object, const char *name,
                      const char *const *words, guint *ret_index)
{
  g_autofree char *text = NULL;
  g_autofree char *all = NULL;
  guint i;

  if (!far_lambda_read_text (op, object, name, 256, &text))
    return FALSE;
  if (text == NULL)
    return TRUE;
  for (i = 0; words[i] != NULL; i++)
    if (strcmp (words[i], text) == 0)
      {
        *ret_index = i;
        return TRUE;
      }
  all = g_strjoinv (", ", (char **) words);
  far_lambda_op_error (op, 400, "ValidationException",
                       "1 validation error detected: Value '%s' at '%s' failed to satisfy "
                       "constraint: Member must satisfy enum value set: [%s]", text, name, all);
  return FALSE;
}

gboolean
far_lambda_read_inner (FarLambdaOp *op, JsonObject *object, const char *name, const char *inner,
                       char **ret_text)
{
  JsonObject *holder;

  if (!far_lambda_read_object (op, object, name, &holder))
    return FALSE;
  if (holder == NULL)
    return TRUE;
  if (find (holder, inner) == NULL)
    g_clear_pointer (ret_text, g_free);
  return far_lambda_read_text (op, holder, inner, 350, ret_text);
}

gboolean
far_lambda_read_page (FarLambdaOp *op, guint *ret_first, guint *ret_max)
{
  g_autofree char *marker = far_lambda_query_value (op->query, "Marker");
  g_autofree char *items = far_lambda_query_value (op->query, "MaxItems");
  guint64 value;

  *ret_first = 0;
  *ret_max = PAGE_MAX;
  if (marker != NULL && *marker != '\0')
    {
      if (!g_ascii_string_to_unsigned (marker, 10, 0, G_MAXINT, &value, NULL))
        {
          far_lambda_op_error (op, 400, "InvalidParameterValueException", "Invalid Marker");
          return FALSE;
        }
      *ret_first = (guint) value;
    }
  if (items != NULL && *items != '\0')
    {
      if (!g_ascii_string_to_unsigned (items, 10, 1, 10000, &value, NULL))
        {
          far_lambda_op_error (op, 400, "ValidationException", "1 validation error detected: Value "
                               "at 'maxItems' failed to satisfy constraint: Member must be from 1 "
                               "to 10000");
          return FALSE;
        }
      *ret_max = (guint) MIN (value, PAGE_MAX);
    }
  return TRUE;
}

void
far_lambda_add_time (FarJsonWriter *writer, const char *name, gint64 time_us)
{
  g_autofree char *rfc3339 = far_time_to_rfc3339 (time_us);
  g_autofree char *text = g_strdup_printf ("%.23s+0000", rfc3339);

  far_json_add_string (writer, name, text);
}

void
far_lambda_add_epoch (FarJsonWriter *writer, const char *name, gint64 time_us)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT ".%03d", time_us / G_USEC_PER_SEC,
                                           (int) (time_us % G_USEC_PER_SEC / 1000));

  far_json_add_raw (writer, name, text, -1);
}
