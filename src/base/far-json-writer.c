/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON out, onto one growing string. Whether a comma is due is a single flag: it is cleared by
 * every opening bracket and set by every value and closing bracket. The caller pairs the brackets;
 * everything else (escapes, UTF-8, numbers) comes out valid whatever goes in. */
#include "farthing-config.h"

#include "base/far-json.h"

#include <math.h>
#include <string.h>

#include "base/far-clock.h"

#define INITIAL_SIZE 256
#define PIECE 512    /* bytes of a string */
#define ESCAPE_LEN 6 /* the longest, \u001f */

static const char hex_digits[] = "0123456789abcdef";

/**
 * far_json_writer_init:
 * @writer: (out caller-allocates): becomes an empty writer; clear or steal it
 */
void
far_json_writer_init (FarJsonWriter *writer)
{
  g_return_if_fail (writer != NULL);

  writer->text = g_string_sized_new (INITIAL_SIZE);
  writer->need_comma = FALSE;
}

/**
 * far_json_writer_clear:
 * @writer: a writer, also one that was stolen from or is all zeros
 */
void
far_json_writer_clear (FarJsonWriter *writer)
{
  g_return_if_fail (writer != NULL);

  if (writer->text != NULL)
    g_string_free (writer->text, TRUE);
  writer->text = NULL;
  writer->need_comma = FALSE;
}

/**
 * far_json_writer_steal:
 * @writer: a writer
 * @ret_length: (out) (optional): bytes of the text
 *
 * Returns: (transfer full): the text; the writer is cleared
 */
char *
far_json_writer_steal (FarJsonWriter *writer,
                       gsize         *ret_length)
{
  char *text;

  g_return_val_if_fail (writer != NULL && writer->text != NULL, NULL);

  if (ret_length != NULL)
    *ret_length = writer->text->len;
  text = g_string_free (writer->text, FALSE);
  writer->text = NULL;
  writer->need_comma = FALSE;
  return text;
}

/* Returns: where the next byte goes */
static char *
write_escape (char   *out,
              guchar  c)
{
  static const char short_forms[][2] = {
    { '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' },
  };

  *out++ = '\\';
  for (guint i = 0; i < G_N_ELEMENTS (short_forms); i++)
    if ((guchar) short_forms[i][0] == c)
      {
        *out++ = short_forms[i][1];
        return out;
      }
  memcpy (out, "u00", 3);
  out[3] = hex_digits[c >> 4];
  out[4] = hex_digits[c & 15];
  return out + 5;
}

/* Valid UTF-8 in, a quoted string out, written in place with room for the worst. */
static void
append_quoted_valid (GString    *text,
                     const char *value,
                     gsize       n_bytes)
{
  const char *end = value + n_bytes;

  g_string_append_c (text, '"');
  while (value < end)
    {
      const char *stop = value + MIN ((gsize) (end - value), PIECE);
      gsize at = text->len;
      char *out;

      g_string_set_size (text, at + ESCAPE_LEN * (gsize) (stop - value));
      out = text->str + at;
      for (; value < stop; value++)
        {
          guchar c = (guchar) *value;

          if (c >= 0x20 && c != '"' && c != '\\')
            *out++ = *value;
          else
            out = write_escape (out, c);
        }
      g_string_set_size (text, (gsize) (out - text->str));
    }
  g_string_append_c (text, '"');
}

static void
append_quoted (GString    *text,
               const char *value,
               gsize       n_bytes)
{
  g_autofree char *mended = NULL;

  /* Refuses NUL bytes too, which become U+FFFD like other invalid ones. */
  if (g_utf8_validate_len (value, n_bytes, NULL))
    {
      append_quoted_valid (text, value, n_bytes);
      return;
    }
  mended = g_utf8_make_valid (value, (gssize) n_bytes);
  append_quoted_valid (text, mended, strlen (mended));
}

/* What goes before any value: the comma, and the name inside objects. */
static GString *
begin_value (FarJsonWriter *writer,
             const char    *name)
{
  g_assert (writer != NULL && writer->text != NULL);

  if (writer->need_comma)
    g_string_append_c (writer->text, ',');
  writer->need_comma = TRUE;
  if (name != NULL)
    {
      append_quoted (writer->text, name, strlen (name));
      g_string_append_c (writer->text, ':');
    }
  return writer->text;
}

static void
open_bracket (FarJsonWriter *writer,
              const char    *name,
              char           bracket)
{
  g_string_append_c (begin_value (writer, name), bracket);
  writer->need_comma = FALSE;
}

static void
close_bracket (FarJsonWriter *writer,
               char           bracket)
{
  g_assert (writer != NULL && writer->text != NULL && writer->text->len > 0);

  g_string_append_c (writer->text, bracket);
  writer->need_comma = TRUE;
}

/**
 * far_json_begin_object:
 * @writer: a writer
 * @name: (nullable): name of the member; NULL inside arrays and at the root
 */
void
far_json_begin_object (FarJsonWriter *writer,
                       const char    *name)
{
  open_bracket (writer, name, '{');
}

/**
 * far_json_end_object:
 * @writer: a writer inside an object
 */
void
far_json_end_object (FarJsonWriter *writer)
{
  close_bracket (writer, '}');
}

/**
 * far_json_begin_array:
 * @writer: a writer
 * @name: (nullable): name of the member; NULL inside arrays and at the root
 */
void
far_json_begin_array (FarJsonWriter *writer,
                      const char    *name)
{
  open_bracket (writer, name, '[');
}

/**
 * far_json_end_array:
 * @writer: a writer inside an array
 */
void
far_json_end_array (FarJsonWriter *writer)
{
  close_bracket (writer, ']');
}

/**
 * far_json_add_string:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @value: (nullable): text; NULL prints null, invalid UTF-8 becomes U+FFFD
 */
void
far_json_add_string (FarJsonWriter *writer,
                     const char    *name,
                     const char    *value)
{
  if (value == NULL)
    far_json_add_null (writer, name);
  else
    far_json_add_string_len (writer, name, value, strlen (value));
}

/**
 * far_json_add_string_len:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @value: (array length=n_bytes): text; invalid UTF-8 and NUL bytes become U+FFFD
 * @n_bytes: its length
 */
void
far_json_add_string_len (FarJsonWriter *writer,
                         const char    *name,
                         const char    *value,
                         gsize          n_bytes)
{
  append_quoted (begin_value (writer, name), n_bytes > 0 ? value : "", n_bytes);
}

/**
 * far_json_add_int:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @value: an integer; beyond ±2⁵³ other readers may lose digits, so send those as strings
 */
void
far_json_add_int (FarJsonWriter *writer,
                  const char    *name,
                  gint64         value)
{
  g_string_append_printf (begin_value (writer, name), "%" G_GINT64_FORMAT, value);
}

/**
 * far_json_add_micros:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @micros: micros, printed as a string
 */
void
far_json_add_micros (FarJsonWriter *writer,
                     const char    *name,
                     gint64         micros)
{
  g_string_append_printf (begin_value (writer, name), "\"%" G_GINT64_FORMAT "\"", micros);
}

/**
 * far_json_add_time:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @time_us: µs since the Unix epoch, printed as RFC 3339
 */
void
far_json_add_time (FarJsonWriter *writer,
                   const char    *name,
                   gint64         time_us)
{
  g_autofree char *text = far_time_to_rfc3339 (time_us);

  far_json_add_string (writer, name, text);
}

/**
 * far_json_add_bool:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @value: a truth value
 */
void
far_json_add_bool (FarJsonWriter *writer,
                   const char    *name,
                   gboolean       value)
{
  g_string_append (begin_value (writer, name), value ? "true" : "false");
}

/**
 * far_json_add_null:
 * @writer: a writer
 * @name: (nullable): name of the member
 */
void
far_json_add_null (FarJsonWriter *writer,
                   const char    *name)
{
  g_string_append (begin_value (writer, name), "null");
}

/**
 * far_json_add_double:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @value: never money; NaN and infinities print null
 *
 * Prints the fewest digits that read back as @value, whatever the locale.
 */
void
far_json_add_double (FarJsonWriter *writer,
                     const char    *name,
                     double         value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      far_json_add_null (writer, name);
      return;
    }
  for (int precision = 15; precision <= 17; precision++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", precision);
      g_ascii_formatd (digits, sizeof digits, format, value);
      if (g_ascii_strtod (digits, NULL) == value)
        break;
    }
  /* "-0" would read back as the integer 0. */
  g_string_append (begin_value (writer, name),
                   value == 0 && signbit (value) ? "-0.0" : digits);
}

/**
 * far_json_add_raw:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @json: (array length=n_bytes): text that is known to be one valid JSON value
 * @n_bytes: its length, -1 if it ends in a NUL
 */
void
far_json_add_raw (FarJsonWriter *writer,
                  const char    *name,
                  const char    *json,
                  gssize         n_bytes)
{
  g_return_if_fail (json != NULL);

  g_string_append_len (begin_value (writer, name), json, n_bytes);
}

static void
add_value (FarJsonWriter *writer,
           const char    *name,
           JsonNode      *node)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    far_json_add_string (writer, name, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    far_json_add_bool (writer, name, json_node_get_boolean (node));
  else if (type == G_TYPE_INT64)
    far_json_add_int (writer, name, json_node_get_int (node));
  else
    far_json_add_double (writer, name, json_node_get_double (node));
}

/**
 * far_json_add_node:
 * @writer: a writer
 * @name: (nullable): name of the member
 * @node: (nullable): a tree, at most %FAR_JSON_DEPTH_MAX deep; NULL prints null
 */
void
far_json_add_node (FarJsonWriter *writer,
                   const char    *name,
                   JsonNode      *node)
{
  JsonObjectIter members;
  const char *member;
  JsonNode *value;
  JsonArray *array;

  switch (node != NULL ? json_node_get_node_type (node) : JSON_NODE_NULL)
    {
    case JSON_NODE_OBJECT:
      far_json_begin_object (writer, name);
      json_object_iter_init_ordered (&members, json_node_get_object (node));
      while (json_object_iter_next_ordered (&members, &member, &value))
        far_json_add_node (writer, member, value);
      far_json_end_object (writer);
      break;
    case JSON_NODE_ARRAY:
      array = json_node_get_array (node);
      far_json_begin_array (writer, name);
      for (guint i = 0; i < json_array_get_length (array); i++)
        far_json_add_node (writer, NULL, json_array_get_element (array, i));
      far_json_end_array (writer);
      break;
    case JSON_NODE_VALUE:
      add_value (writer, name, node);
      break;
    case JSON_NODE_NULL:
    default:
      far_json_add_null (writer, name);
      break;
    }
}
