/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checking and comparing requests by their table of fields (see the header). */
#include "bookkeeper/far-request.h"

#include <string.h>

#include "base/far-money.h"
#include "bookkeeper/far-commands.h"

#define TEXT_MAX 1024

static gboolean
wrong (const char  *name,
       const char  *wanted,
       GError     **error)
{
  g_set_error (error, FAR_COMMAND_ERROR, FAR_COMMAND_ERROR_BAD_REQUEST, "\"%.64s\" must be %s",
               name, wanted);
  return FALSE;
}

static gboolean
wrong_length (const FarField  *field,
              const char      *what,
              GError         **error)
{
  g_autofree char *wanted = g_strdup_printf ("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " %s",
                                             field->min, field->max, what);

  return wrong (field->name, wanted, error);
}

static gboolean
is_name (const char *text)
{
  gsize n = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-");

  return n >= 1 && n <= FAR_FIELD_NAME_MAX && text[n] == '\0';
}

static gboolean
is_printable (const char *text,
              gboolean    with_space,
              gsize       min,
              gsize       max)
{
  gsize n = 0;

  for (; text[n] != '\0'; n++)
    if (n == max || text[n] < (with_space ? ' ' : '!') || text[n] > '~')
      return FALSE;
  return n >= min;
}

/* What came through the JSON reader is valid UTF-8 already. */
static gboolean
is_plain (const char *text,
          gsize       min,
          gsize       max)
{
  gsize n = strlen (text);

  if (n < min || n > max)
    return FALSE;
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (g_unichar_iscntrl (g_utf8_get_char (text)) ||
        g_unichar_type (g_utf8_get_char (text)) == G_UNICODE_FORMAT)
      return FALSE;
  return TRUE;
}


static gboolean
check_text (const FarField  *field,
            const char      *text,
            GError         **error)
{
  guint8 bytes[FAR_READER_LEN];
  guint exponent;
  gint64 micros;
  FarId id;

  switch (field->type)
    {
    case FAR_FIELD_KEY:
      return is_printable (text, FALSE, 1, FAR_FIELD_NAME_MAX) ||
             wrong (field->name, "1 to 128 printable ASCII characters without space", error);
    case FAR_FIELD_READER:
    case FAR_FIELD_HASH:
      return (strlen (text) == 2 * sizeof bytes && far_hex_decode (text, bytes, sizeof bytes)) ||
             wrong (field->name, "64 lower-case hex digits", error);
    case FAR_FIELD_NAME:
      return is_name (text) ||
             wrong (field->name, "1 to 128 characters of A-Z a-z 0-9 . _ : / -", error);
    case FAR_FIELD_ID:
      return (strlen (text) == FAR_ID_HEX_LEN && far_id_parse (text, &id)) ||
             wrong (field->name, "32 lower-case hex digits", error);
    case FAR_FIELD_CURRENCY:
      return far_currency_exponent (text, &exponent, NULL) ||
             wrong (field->name, "the code of a currency by ISO 4217, such as USD",
                    error);
    case FAR_FIELD_MICROS:
    case FAR_FIELD_MICROS_OR_ZERO:
      if (far_micros_parse (text, &micros, NULL) && micros <= FAR_MICROS_MAX &&
          micros >= (field->type == FAR_FIELD_MICROS ? 1 : 0))
        return TRUE;
      return wrong (field->name, field->type == FAR_FIELD_MICROS
                                   ? "micros above 0 as a string of digits"
                                   : "micros as a string of digits", error);
    case FAR_FIELD_WORD:
      return is_printable (text, TRUE, (gsize) field->min, (gsize) field->max) ||
             wrong_length (field, "printable ASCII characters", error);
    case FAR_FIELD_TEXT:
      return is_plain (text, (gsize) field->min, (gsize) field->max) ||
             wrong_length (field, "bytes of text in one line", error);
    case FAR_FIELD_INT:
    case FAR_FIELD_BOOL:
    case FAR_FIELD_OBJECT:
    case FAR_FIELD_ARRAY:
    default:
      g_assert_not_reached ();
    }
}

static gboolean
check_array (JsonArray       *array,
             const FarField  *field,
             GError         **error)
{
  guint n = json_array_get_length (array);

  if (n < field->min || n > field->max)
    {
      g_autofree char *wanted = g_strdup_printf ("an array of %" G_GINT64_FORMAT " to %"
                                                 G_GINT64_FORMAT " objects",
                                                 field->min, field->max);

      return wrong (field->name, wanted, error);
    }
  for (guint i = 0; i < n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_OBJECT (element))
        return wrong (field->name, "an array of objects", error);
      if (!far_request_check (json_node_get_object (element), field->members, NULL, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_member (JsonObject      *object,
              const FarField  *field,
              GError         **error)
{
  JsonNode *node = json_object_get_member (object, field->name);
  const char *text;
  gboolean flag;
  gint64 number;

  switch (field->type)
    {
    case FAR_FIELD_INT:
      if (!far_json_get_int (object, field->name, field->min, field->max, &number, NULL))
        {
          g_autofree char *wanted = g_strdup_printf ("an integer from %" G_GINT64_FORMAT " to %"
                                                     G_GINT64_FORMAT, field->min, field->max);

          return wrong (field->name, wanted, error);
        }
      return TRUE;
    case FAR_FIELD_BOOL:
      return far_json_get_bool (object, field->name, &flag, NULL) ||
             wrong (field->name, "true or false", error);
    case FAR_FIELD_OBJECT:
      if (!JSON_NODE_HOLDS_OBJECT (node))
        return wrong (field->name, "an object", error);
      return far_request_check (json_node_get_object (node), field->members, NULL, error);
    case FAR_FIELD_ARRAY:
      if (!JSON_NODE_HOLDS_ARRAY (node))
        return wrong (field->name, "an array", error);
      return check_array (json_node_get_array (node), field, error);
    case FAR_FIELD_KEY:
    case FAR_FIELD_READER:
    case FAR_FIELD_HASH:
    case FAR_FIELD_NAME:
    case FAR_FIELD_ID:
    case FAR_FIELD_CURRENCY:
    case FAR_FIELD_MICROS:
    case FAR_FIELD_MICROS_OR_ZERO:
    case FAR_FIELD_WORD:
    case FAR_FIELD_TEXT:
    default:
      if (!far_json_get_string (object, field->name, TEXT_MAX, &text, NULL))
        return wrong (field->name, "a string of an allowed length", error);
      return check_text (field, text, error);
    }
}

gboolean
far_request_check (JsonObject      *object,
                   const FarField  *fields,
                   const char      *also,
                   GError         **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  g_return_val_if_fail (object != NULL && fields != NULL, FALSE);

  for (const FarField *field = fields; field->name != NULL; field++)
    {
      if (json_object_has_member (object, field->name))
        {
          if (!check_member (object, field, error))
            return FALSE;
        }
      else if (!(field->flags & FAR_FIELD_OPTIONAL))
        return wrong (field->name, "there", error);
    }

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      const FarField *field = fields;

      while (field->name != NULL && strcmp (field->name, name) != 0)
        field++;
      if (field->name == NULL && g_strcmp0 (name, also) != 0)
        return wrong (name, "left out: this command has no such member", error);
    }
  return TRUE;
}

/* Each value as its type, its length and its text, so that no two different requests give the same
 * bytes. */
static void
append_canonical (GString        *text,
                  JsonObject     *object,
                  const FarField *fields)
{
  for (const FarField *field = fields; field->name != NULL; field++)
    {
      if (field->flags & FAR_FIELD_NOT_COMPARED)
        continue;
      if (!json_object_has_member (object, field->name))
        g_string_append (text, "-;");
      else if (field->type == FAR_FIELD_INT)
        g_string_append_printf (text, "i%" G_GINT64_FORMAT ";",
                                json_object_get_int_member (object, field->name));
      else if (field->type == FAR_FIELD_BOOL)
        g_string_append (text, json_object_get_boolean_member (object, field->name) ? "t;" : "f;");
      else if (field->type == FAR_FIELD_OBJECT)
        {
          g_string_append_c (text, '{');
          append_canonical (text, json_object_get_object_member (object, field->name),
                            field->members);
          g_string_append_c (text, '}');
        }
      else if (field->type == FAR_FIELD_ARRAY)
        {
          JsonArray *array = json_object_get_array_member (object, field->name);
          guint n = json_array_get_length (array);

          g_string_append_printf (text, "[%u:", n);
          for (guint i = 0; i < n; i++)
            append_canonical (text, json_array_get_object_element (array, i), field->members);
          g_string_append_c (text, ']');
        }
      else
        {
          const char *value = json_object_get_string_member (object, field->name);

          g_string_append_printf (text, "s%" G_GSIZE_FORMAT ":%s;", strlen (value), value);
        }
    }
}

void
far_request_digest (JsonObject     *object,
                    const FarField *fields,
                    guint8          ret_digest[FAR_SHA256_LEN])
{
  g_autoptr (GString) text = g_string_sized_new (512);

  append_canonical (text, object, fields);
  far_sha256 (text->str, text->len, ret_digest);
}

const char *
far_request_text (JsonObject *object,
                  const char *name)
{
  if (!json_object_has_member (object, name))
    return NULL;
  return json_object_get_string_member (object, name);
}

gint64
far_request_micros (JsonObject *object,
                    const char *name)
{
  gint64 micros = 0;

  if (!json_object_has_member (object, name))
    return 0;
  if (!far_micros_parse (json_object_get_string_member (object, name), &micros, NULL))
    g_assert_not_reached ();
  return micros;
}

gint64
far_request_int (JsonObject *object,
                 const char *name,
                 gint64      if_absent)
{
  if (!json_object_has_member (object, name))
    return if_absent;
  return json_object_get_int_member (object, name);
}

FarId
far_request_id (JsonObject *object,
                const char *name)
{
  FarId id;

  if (!far_id_parse (json_object_get_string_member (object, name), &id))
    g_assert_not_reached ();
  return id;
}
