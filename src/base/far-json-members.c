/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Typed access to the members of a JSON object: each call checks that the member is there, has the
 * type and lies within the bounds, and names it where not. Out-parameters are untouched on failure;
 * what they borrow lives as long as the object. */
#include "farthing-config.h"

#include "base/far-json.h"

#include <string.h>

#include "base/far-money.h"

static gboolean
fail_member (GError       **error,
             FarJsonError   code,
             const char    *name,
             const char    *wanted)
{
  g_set_error (error, FAR_JSON_ERROR, code, "\"%s\" %s %s", name,
               code == FAR_JSON_ERROR_MISSING ? "is missing; it must be" : "must be", wanted);
  return FALSE;
}

static JsonNode *
find_member (JsonObject  *object,
             const char  *name,
             const char  *wanted,
             GError     **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL)
    fail_member (error, FAR_JSON_ERROR_MISSING, name, wanted);
  return node;
}

/* A member that holds a value of exactly this GType; NULL with an error otherwise. */
static JsonNode *
find_value (JsonObject  *object,
            const char  *name,
            GType        type,
            const char  *wanted,
            GError     **error)
{
  JsonNode *node = find_member (object, name, wanted, error);

  if (node != NULL && (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type))
    {
      fail_member (error, FAR_JSON_ERROR_TYPE, name, wanted);
      return NULL;
    }
  return node;
}

/**
 * far_json_get_string:
 * @object: an object
 * @name: name of the member
 * @len_max: how many bytes are accepted
 * @ret_value: (out) (transfer none): the string
 * @error: MISSING, TYPE or SIZE of %FAR_JSON_ERROR
 *
 * Returns: TRUE on success
 */
gboolean
far_json_get_string (JsonObject  *object,
                     const char  *name,
                     gsize        len_max,
                     const char **ret_value,
                     GError     **error)
{
  JsonNode *node;
  const char *value;

  g_return_val_if_fail (object != NULL && name != NULL && ret_value != NULL, FALSE);

  node = find_value (object, name, G_TYPE_STRING, "a string", error);
  if (node == NULL)
    return FALSE;
  value = json_node_get_string (node);
  if (strlen (value) > len_max)
    {
      g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE,
                   "\"%s\" is too long; send at most %" G_GSIZE_FORMAT " bytes", name, len_max);
      return FALSE;
    }

  *ret_value = value;
  return TRUE;
}

/**
 * far_json_get_int:
 * @object: an object
 * @name: name of the member
 * @min: smallest value accepted
 * @max: largest value accepted
 * @ret_value: (out): the integer
 * @error: MISSING, TYPE or RANGE of %FAR_JSON_ERROR
 *
 * Returns: TRUE on success; "1.0" and "1e0" are no integers
 */
gboolean
far_json_get_int (JsonObject  *object,
                  const char  *name,
                  gint64       min,
                  gint64       max,
                  gint64      *ret_value,
                  GError     **error)
{
  JsonNode *node;
  gint64 value;

  g_return_val_if_fail (object != NULL && name != NULL && ret_value != NULL, FALSE);
  g_return_val_if_fail (min <= max, FALSE);

  node = find_value (object, name, G_TYPE_INT64, "an integer", error);
  if (node == NULL)
    return FALSE;
  value = json_node_get_int (node);
  if (value < min || value > max)
    {
      g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_RANGE,
                   "\"%s\" must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, name, min, max);
      return FALSE;
    }

  *ret_value = value;
  return TRUE;
}

/**
 * far_json_get_bool:
 * @object: an object
 * @name: name of the member
 * @ret_value: (out): the value
 * @error: MISSING or TYPE of %FAR_JSON_ERROR
 *
 * Returns: TRUE on success
 */
gboolean
far_json_get_bool (JsonObject  *object,
                   const char  *name,
                   gboolean    *ret_value,
                   GError     **error)
{
  JsonNode *node;

  g_return_val_if_fail (object != NULL && name != NULL && ret_value != NULL, FALSE);

  node = find_value (object, name, G_TYPE_BOOLEAN, "true or false", error);
  if (node == NULL)
    return FALSE;
  *ret_value = json_node_get_boolean (node);
  return TRUE;
}

/**
 * far_json_get_micros:
 * @object: an object
 * @name: name of the member, a string of micros
 * @ret_micros: (out): 0 to %FAR_MICROS_MAX micros
 * @error: MISSING, TYPE or RANGE of %FAR_JSON_ERROR
 *
 * Returns: TRUE on success
 */
gboolean
far_json_get_micros (JsonObject  *object,
                     const char  *name,
                     gint64      *ret_micros,
                     GError     **error)
{
  const char *wanted = "a string of micros such as \"50000\"";
  g_autoptr (GError) wrong = NULL;
  JsonNode *node;
  gint64 micros = -1;

  g_return_val_if_fail (object != NULL && name != NULL && ret_micros != NULL, FALSE);

  node = find_value (object, name, G_TYPE_STRING, wanted, error);
  if (node == NULL)
    return FALSE;
  if (!far_micros_parse (json_node_get_string (node), &micros, &wrong) &&
      !g_error_matches (wrong, FAR_MONEY_ERROR, FAR_MONEY_ERROR_OVERFLOW))
    return fail_member (error, FAR_JSON_ERROR_TYPE, name, wanted);
  if (micros < 0 || micros > FAR_MICROS_MAX)
    {
      g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_RANGE,
                   "\"%s\" must be from 0 to %" G_GINT64_FORMAT " micros", name, FAR_MICROS_MAX);
      return FALSE;
    }

  *ret_micros = micros;
  return TRUE;
}

/**
 * far_json_get_object:
 * @object: an object
 * @name: name of the member
 * @ret_value: (out) (transfer none): the inner object
 * @error: MISSING or TYPE of %FAR_JSON_ERROR
 *
 * Returns: TRUE on success
 */
gboolean
far_json_get_object (JsonObject  *object,
                     const char  *name,
                     JsonObject **ret_value,
                     GError     **error)
{
  JsonNode *node;

  g_return_val_if_fail (object != NULL && name != NULL && ret_value != NULL, FALSE);

  node = find_member (object, name, "an object", error);
  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail_member (error, FAR_JSON_ERROR_TYPE, name, "an object");
  *ret_value = json_node_get_object (node);
  return TRUE;
}

/**
 * far_json_get_array:
 * @object: an object
 * @name: name of the member
 * @n_max: how many elements are accepted
 * @ret_value: (out) (transfer none): the array
 * @error: MISSING, TYPE or SIZE of %FAR_JSON_ERROR
 *
 * Returns: TRUE on success
 */
gboolean
far_json_get_array (JsonObject  *object,
                    const char  *name,
                    gsize        n_max,
                    JsonArray  **ret_value,
                    GError     **error)
{
  JsonNode *node;

  g_return_val_if_fail (object != NULL && name != NULL && ret_value != NULL, FALSE);

  node = find_member (object, name, "an array", error);
  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return fail_member (error, FAR_JSON_ERROR_TYPE, name, "an array");
  if (json_array_get_length (json_node_get_array (node)) > n_max)
    {
      g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_SIZE,
                   "\"%s\" has too many elements; send at most %" G_GSIZE_FORMAT, name, n_max);
      return FALSE;
    }

  *ret_value = json_node_get_array (node);
  return TRUE;
}

/**
 * far_json_has:
 * @object: an object
 * @name: name of a member
 *
 * Returns: TRUE if it is there and not null
 */
gboolean
far_json_has (JsonObject *object,
              const char *name)
{
  g_return_val_if_fail (object != NULL && name != NULL, FALSE);

  return json_object_has_member (object, name) && !json_object_get_null_member (object, name);
}
