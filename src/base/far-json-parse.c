/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict JSON reader for foreign bytes (RFC 8259, and I-JSON, RFC 7493, where that is stricter).
 *
 * One recursive descent both checks and, when asked, builds the tree of json-glib's types, so that
 * what was checked and what is used cannot differ. Refused beyond the grammar: more than size_max
 * bytes, FAR_JSON_DEPTH_MAX levels or FAR_JSON_MEMBERS_MAX members of one object; invalid UTF-8;
 * lone surrogates and U+0000 (C strings would end there); two members of one name; integers beyond
 * int64 and numbers beyond a double. Errors give the byte where the reader stopped.
 *
 * Names of the open objects lie on one stack, as spans of the input where they have no
 * escapes. An object's names are compared when it ends: pairwise while few, sorted when many, so
 * no input makes it quadratic. No state outside the call; any thread. */
#include "farthing-config.h"

#include "base/far-json.h"

#include <stdlib.h>
#include <string.h>

#include "base/far-json-scanner.h"

/* json-glib hashes names with a function that an attacker can aim at; this bounds the damage. */
#define FAR_JSON_MEMBERS_MAX 4096
#define NAMES_INLINE 32
#define PAIRWISE_MAX 12
#define COPY_INLINE 512

G_DEFINE_QUARK (far-json-error-quark, far_json_error)

typedef struct {
  FarJsonScanner scanner;
  FarJsonSpan inline_names[NAMES_INLINE];
  FarJsonSpan *names;   /* inline_names, or allocated when they do not suffice */
  gsize n_names;
  gsize names_size;
  GPtrArray *unescaped; /* owns the text of names that had escapes */
} Parser;

static gboolean scan_value (Parser *parser, guint depth, JsonNode **ret_node);

/* The span with a NUL behind it, for json-glib, which copies what it keeps: in buffer if it fits,
 * else in *ret_long, which is the caller's to free. */
static const char *
terminate (const FarJsonSpan *span,
           char               buffer[COPY_INLINE],
           char             **ret_long)
{
  if (span->n_bytes >= COPY_INLINE)
    return *ret_long = g_strndup (span->text, span->n_bytes);
  memcpy (buffer, span->text, span->n_bytes);
  buffer[span->n_bytes] = '\0';
  return buffer;
}

static gboolean
scan_string_value (Parser    *parser,
                   JsonNode **ret_node)
{
  gboolean in_scratch;
  FarJsonSpan string;

  if (!far_json_scan_string (&parser->scanner, &string, &in_scratch))
    return FALSE;
  if (ret_node != NULL)
    {
      g_autofree char *long_copy = NULL;
      char copy[COPY_INLINE];

      *ret_node = json_node_init_string (json_node_alloc (),
                                         terminate (&string, copy, &long_copy));
    }
  return TRUE;
}

static gboolean
scan_number_value (Parser    *parser,
                   JsonNode **ret_node)
{
  FarJsonNumber number;

  if (!far_json_scan_number (&parser->scanner, &number))
    return FALSE;
  if (ret_node != NULL)
    *ret_node = number.is_integer ? json_node_init_int (json_node_alloc (), number.integer)
                                  : json_node_init_double (json_node_alloc (), number.real);
  return TRUE;
}

/* ---- objects and arrays ---- */

static void
push_name (Parser      *parser,
           FarJsonSpan  name,
           gboolean     in_scratch)
{
  if (in_scratch)
    {
      char *copy = g_memdup2 (name.text, name.n_bytes + 1);

      if (parser->unescaped == NULL)
        parser->unescaped = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (parser->unescaped, copy);
      name.text = copy;
    }
  if (parser->n_names == parser->names_size)
    {
      FarJsonSpan *grown = g_new (FarJsonSpan, parser->names_size * 2);

      memcpy (grown, parser->names, parser->n_names * sizeof (FarJsonSpan));
      if (parser->names != parser->inline_names)
        g_free (parser->names);
      parser->names = grown;
      parser->names_size *= 2;
    }
  parser->names[parser->n_names++] = name;
}

static int
compare_names (const void *a,
               const void *b)
{
  const FarJsonSpan *one = a;
  const FarJsonSpan *other = b;

  if (one->n_bytes != other->n_bytes)
    return one->n_bytes < other->n_bytes ? -1 : 1;
  return memcmp (one->text, other->text, one->n_bytes);
}

static gboolean
fail_duplicate (Parser            *parser,
                const FarJsonSpan *name)
{
  return far_json_fail (&parser->scanner, FAR_JSON_ERROR_DUPLICATE,
                        "the member \"%.*s\" is there twice", (int) MIN (name->n_bytes, 64),
                        name->text);
}

/* Looks at the names pushed since `first`, and takes them off the stack. */
static gboolean
pop_names (Parser *parser,
           gsize   first)
{
  FarJsonSpan *names = parser->names + first;
  gsize n = parser->n_names - first;

  parser->n_names = first;
  if (n > PAIRWISE_MAX)
    {
      qsort (names, n, sizeof (FarJsonSpan), compare_names);
      for (gsize i = 1; i < n; i++)
        if (compare_names (&names[i - 1], &names[i]) == 0)
          return fail_duplicate (parser, &names[i]);
      return TRUE;
    }
  for (gsize i = 1; i < n; i++)
    for (gsize j = 0; j < i; j++)
      if (compare_names (&names[j], &names[i]) == 0)
        return fail_duplicate (parser, &names[i]);
  return TRUE;
}

static void
set_member (JsonObject        *object,
            const FarJsonSpan *name,
            JsonNode          *value)
{
  g_autofree char *long_copy = NULL;
  char copy[COPY_INLINE];

  json_object_set_member (object, terminate (name, copy, &long_copy), value);
}

static gboolean
scan_member (Parser     *parser,
             guint       depth,
             JsonObject *object)
{
  gsize place = parser->n_names;
  JsonNode *value = NULL;
  gboolean in_scratch;
  FarJsonSpan name;

  if (!far_json_scan_string (&parser->scanner, &name, &in_scratch))
    return FALSE;
  push_name (parser, name, in_scratch);

  far_json_skip_space (&parser->scanner);
  if (!far_json_take (&parser->scanner, ':'))
    return far_json_fail_expected (&parser->scanner, "\":\"");
  if (!scan_value (parser, depth, object != NULL ? &value : NULL))
    return FALSE;
  if (object != NULL)
    set_member (object, &parser->names[place], value); /* its span, wherever the stack is by now */
  return TRUE;
}

/* From behind the opening brace. */
static gboolean
scan_object (Parser    *parser,
             guint      depth,
             JsonNode **ret_node)
{
  g_autoptr (JsonObject) object = ret_node != NULL ? json_object_new () : NULL;
  gsize first_name = parser->n_names;
  gsize n_members = 0;

  far_json_skip_space (&parser->scanner);
  if (!far_json_take (&parser->scanner, '}'))
    {
      do
        {
          if (++n_members > FAR_JSON_MEMBERS_MAX)
            return far_json_fail (&parser->scanner, FAR_JSON_ERROR_SIZE,
                                  "an object has more than %d members", FAR_JSON_MEMBERS_MAX);
          far_json_skip_space (&parser->scanner);
          if (!scan_member (parser, depth, object))
            return FALSE;
          far_json_skip_space (&parser->scanner);
        }
      while (far_json_take (&parser->scanner, ','));
      if (!far_json_take (&parser->scanner, '}'))
        return far_json_fail_expected (&parser->scanner, "\",\" or \"}\"");
    }
  if (!pop_names (parser, first_name))
    return FALSE;

  if (ret_node != NULL)
    {
      *ret_node = json_node_alloc ();
      json_node_init_object (*ret_node, object);
    }
  return TRUE;
}

/* From behind the opening bracket. */
static gboolean
scan_array (Parser    *parser,
            guint      depth,
            JsonNode **ret_node)
{
  g_autoptr (JsonArray) array = ret_node != NULL ? json_array_new () : NULL;

  far_json_skip_space (&parser->scanner);
  if (!far_json_take (&parser->scanner, ']'))
    {
      do
        {
          JsonNode *element = NULL;

          if (!scan_value (parser, depth, array != NULL ? &element : NULL))
            return FALSE;
          if (array != NULL)
            json_array_add_element (array, element);
        }
      while (far_json_take (&parser->scanner, ','));
      if (!far_json_take (&parser->scanner, ']'))
        return far_json_fail_expected (&parser->scanner, "\",\" or \"]\"");
    }

  if (ret_node != NULL)
    {
      *ret_node = json_node_alloc ();
      json_node_init_array (*ret_node, array);
    }
  return TRUE;
}

/* One value with the space around it. The node is set only on success. */
static gboolean
scan_value (Parser    *parser,
            guint      depth,
            JsonNode **ret_node)
{
  gboolean is_true;
  gboolean ok;

  far_json_skip_space (&parser->scanner);
  switch (far_json_peek (&parser->scanner))
    {
    case '{':
    case '[':
      if (depth == FAR_JSON_DEPTH_MAX)
        return far_json_fail (&parser->scanner, FAR_JSON_ERROR_DEPTH, "more than %d levels",
                              FAR_JSON_DEPTH_MAX);
      ok = far_json_take (&parser->scanner, '{')
             ? scan_object (parser, depth + 1, ret_node)
             : far_json_take (&parser->scanner, '[') && scan_array (parser, depth + 1, ret_node);
      break;
    case '"':
      ok = scan_string_value (parser, ret_node);
      break;
    case 't':
    case 'f':
      is_true = far_json_peek (&parser->scanner) == 't';
      ok = far_json_scan_word (&parser->scanner, is_true ? "true" : "false");
      if (ok && ret_node != NULL)
        *ret_node = json_node_init_boolean (json_node_alloc (), is_true);
      break;
    case 'n':
      ok = far_json_scan_word (&parser->scanner, "null");
      if (ok && ret_node != NULL)
        *ret_node = json_node_init_null (json_node_alloc ());
      break;
    default:
      ok = scan_number_value (parser, ret_node);
      break;
    }
  if (ok)
    far_json_skip_space (&parser->scanner);
  return ok;
}

static gboolean
scan_text (const char  *data,
           gsize        n_bytes,
           gsize        size_max,
           JsonNode   **ret_node,
           GError     **error)
{
  Parser parser = { .names_size = NAMES_INLINE };
  FarJsonScanner *scanner = &parser.scanner;
  JsonNode *root = NULL;
  gboolean ok;

  far_json_scanner_init (scanner, data, n_bytes, error);
  parser.names = parser.inline_names;

  if (n_bytes > size_max)
    ok = far_json_fail (scanner, FAR_JSON_ERROR_SIZE,
                        "%" G_GSIZE_FORMAT " bytes are too many; send at most %" G_GSIZE_FORMAT,
                        n_bytes, size_max);
  else
    ok = scan_value (&parser, 0, ret_node != NULL ? &root : NULL);
  if (ok && scanner->next != scanner->end)
    ok = far_json_fail_expected (scanner, "the end");

  if (ok && ret_node != NULL)
    *ret_node = g_steal_pointer (&root);
  g_clear_pointer (&root, json_node_unref);
  if (parser.names != parser.inline_names)
    g_free (parser.names);
  g_clear_pointer (&parser.unescaped, g_ptr_array_unref);
  far_json_scanner_clear (scanner);
  return ok;
}

/**
 * far_json_check:
 * @data: (array length=n_bytes) (nullable): foreign bytes; they need not end in a NUL
 * @n_bytes: their number
 * @size_max: how many bytes are accepted, such as %FAR_JSON_SIZE_MAX
 * @error: SIZE, DEPTH, SYNTAX, DUPLICATE or RANGE of %FAR_JSON_ERROR
 *
 * Returns: TRUE if it is one JSON value as the file comment says
 */
gboolean
far_json_check (const char  *data,
                gsize        n_bytes,
                gsize        size_max,
                GError     **error)
{
  g_return_val_if_fail (data != NULL || n_bytes == 0, FALSE);

  return scan_text (data, n_bytes, size_max, NULL, error);
}

/**
 * far_json_parse:
 * @data: (array length=n_bytes) (nullable): foreign bytes; they need not end in a NUL
 * @n_bytes: their number
 * @size_max: how many bytes are accepted, such as %FAR_JSON_SIZE_MAX
 * @error: SIZE, DEPTH, SYNTAX, DUPLICATE or RANGE of %FAR_JSON_ERROR
 *
 * Returns: (transfer full): the value's tree; NULL on error
 */
JsonNode *
far_json_parse (const char  *data,
                gsize        n_bytes,
                gsize        size_max,
                GError     **error)
{
  JsonNode *root = NULL;

  g_return_val_if_fail (data != NULL || n_bytes == 0, NULL);

  return scan_text (data, n_bytes, size_max, &root, error) ? root : NULL;
}

/**
 * far_json_parse_object:
 * @data: (array length=n_bytes) (nullable): foreign bytes; they need not end in a NUL
 * @n_bytes: their number
 * @size_max: how many bytes are accepted, such as %FAR_JSON_SIZE_MAX
 * @error: as far_json_parse(), and TYPE where the value is no object
 *
 * Returns: (transfer full): a node that holds an object; NULL on error
 */
JsonNode *
far_json_parse_object (const char  *data,
                       gsize        n_bytes,
                       gsize        size_max,
                       GError     **error)
{
  g_autoptr (JsonNode) root = far_json_parse (data, n_bytes, size_max, error);

  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE,
                           "JSON: an object was expected; begin with \"{\"");
      return NULL;
    }
  return g_steal_pointer (&root);
}
