/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line scanner for flat YAML (see the header). A value is kept as text with the line and column
 * it stands in, so that what is wrong with it can be said at the place where it must be mended. */
#include "functions/far-flat-yaml-private.h"

#include <stdarg.h>
#include <string.h>

G_DEFINE_QUARK (far-publication-error-quark, far_publication_error)

static void
entry_clear (gpointer data)
{
  FarFlatYamlEntry *entry = data;

  g_free (entry->key);
  g_free (entry->value);
  g_strfreev (entry->list);
  g_clear_pointer (&entry->rows, g_ptr_array_unref);
}

void
far_flat_yaml_free (FarFlatYaml *self)
{
  if (self == NULL)
    return;
  g_free (self->file);
  g_array_unref (self->entries);
  g_free (self);
}

/* An empty document, or a row of one, whose first character stands at that place. */
static FarFlatYaml *
new_document (const char *file,
              guint       line,
              guint       column)
{
  FarFlatYaml *self = g_new0 (FarFlatYaml, 1);

  self->file = g_strdup (file);
  self->last_line = line;
  self->column = column;
  self->entries = g_array_new (FALSE, FALSE, sizeof (FarFlatYamlEntry));
  g_array_set_clear_func (self->entries, entry_clear);
  return self;
}

FarFlatYamlEntry *
far_flat_yaml_find (FarFlatYaml *self,
                    const char  *key)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      FarFlatYamlEntry *entry = &g_array_index (self->entries, FarFlatYamlEntry, i);

      if (g_str_equal (entry->key, key))
        return entry;
    }
  return NULL;
}

/* Sets a syntax error at a place. Returns: FALSE */
static gboolean G_GNUC_PRINTF (5, 6)
fail (const FarFlatYaml  *self,
      guint               line,
      guint               column,
      GError            **error,
      const char         *format,
      ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX, "%s:%u:%u: %s",
               self->file, line, column, reason);
  return FALSE;
}

/* The column, from 1, of a place in a line whose first character stands in column `first`. */
static guint
column_of (const char *line,
           const char *at,
           guint       first)
{
  return first + (guint) g_utf8_strlen (line, at - line);
}

/* A double-quoted scalar, with \" and \\ as its only escapes. text begins with the quote. */
static char *
parse_quoted (const FarFlatYaml       *self,
              const FarFlatYamlEntry  *at,
              const char              *text,
              GError                 **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *p = text + 1;

  for (; *p != '\0' && *p != '"'; p++)
    {
      if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
        p++;
      else if (*p == '\\')
        {
          fail (self, at->line, column_of (text, p, at->column), error,
                "\"\\%c\" means nothing here; write \\\\ for a backslash", p[1]);
          return NULL;
        }
      g_string_append_c (out, *p);
    }
  if (*p != '"' || p[1 + strspn (p + 1, " ")] != '\0')
    {
      fail (self, at->line, at->column, error,
            "the quote does not end with the value; close it with \"");
      return NULL;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* A plain scalar: nothing that YAML would read as something else. Within brackets or braces it
 * holds none of those either. */
static char *
parse_plain (const FarFlatYaml       *self,
             const FarFlatYamlEntry  *at,
             const char              *text,
             gboolean                 within,
             GError                 **error)
{
  const char *why = NULL;

  if (strchr ("[]{}&*!|>'%@`\"#,?-", *text) != NULL &&
      !(*text == '-' && g_ascii_isdigit (text[1])))
    why = "begins with a character that YAML keeps for itself";
  else if (strstr (text, ": ") != NULL || g_str_has_suffix (text, ":"))
    why = "has a colon in it";
  else if (strstr (text, " #") != NULL)
    why = "has \" #\" in it, which begins a comment";
  else if (within && strpbrk (text, "{}[]") != NULL)
    why = "has a bracket in it";
  if (why != NULL)
    {
      fail (self, at->line, at->column, error, "this value %s; put it in double quotes", why);
      return NULL;
    }
  return g_strchomp (g_strdup (text));
}

static char **
parse_list (const FarFlatYaml       *self,
            const FarFlatYamlEntry  *at,
            const char              *text,
            GError                 **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = NULL;
  g_autofree char *inner = g_strchomp (g_strdup (text + 1));
  gsize length = strlen (inner);

  if (length == 0 || inner[length - 1] != ']')
    {
      fail (self, at->line, at->column, error,
            "the list does not end with the line; close it with ]");
      return NULL;
    }
  inner[length - 1] = '\0';
  parts = g_strsplit (inner, ",", FAR_FLAT_YAML_LIST_MAX + 1);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *item;

      g_strstrip (parts[i]);
      if (*parts[i] == '\0' || i >= FAR_FLAT_YAML_LIST_MAX)
        {
          fail (self, at->line, at->column, error,
                "a list is one to %d items with commas between them", FAR_FLAT_YAML_LIST_MAX);
          return NULL;
        }
      item = parse_plain (self, at, parts[i], TRUE, error);
      if (item == NULL)
        return NULL;
      g_ptr_array_add (items, item);
    }
  g_ptr_array_add (items, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&items), FALSE);
}

/* The length of a key with a colon behind it, 0 if there is none. */
static gsize
key_length (const char *line)
{
  gsize n = strspn (line, "abcdefghijklmnopqrstuvwxyz0123456789_");

  if (n == 0 || n > 40 || line[n] != ':' || (line[n + 1] != '\0' && line[n + 1] != ' '))
    return 0;
  return n;
}

/* One "key: value", which ends with the text; within a row it cannot have rows of its own. */
static gboolean
parse_pair (FarFlatYaml  *self,
            const char   *text,
            guint         line,
            guint         column,
            gboolean      within,
            GError      **error)
{
  FarFlatYamlEntry entry = { .line = line, .column = column };
  gsize n = key_length (text);
  const char *value;

  if (n == 0)
    return fail (self, line, column, error, within
                 ? "expected \"key: value\" here, with a comma before the next"
                 : "expected \"key: value\", with the key at the start of the line");
  value = text + n + 1 + strspn (text + n + 1, " ");
  entry.key = g_strndup (text, n);
  if (far_flat_yaml_find (self, entry.key) != NULL)
    fail (self, line, column, error, "\"%s\" stands here twice; keep one of them", entry.key);
  else if (*value == '\0' && within)
    fail (self, line, column, error, "\"%s\" has no value; write one behind the colon", entry.key);
  else if (strlen (value) > FAR_FLAT_YAML_VALUE_MAX || self->entries->len >= FAR_FLAT_YAML_KEYS_MAX)
    fail (self, line, column, error, "more than %d bytes in a value or %d keys in a file",
          FAR_FLAT_YAML_VALUE_MAX, FAR_FLAT_YAML_KEYS_MAX);
  else
    {
      entry.column = column_of (text, value, column);
      if (*value == '\0') /* what follows is rows, or a mistake: need_rows() */
        entry.rows = g_ptr_array_new_with_free_func ((GDestroyNotify) far_flat_yaml_free);
      else if (*value == '"')
        entry.value = parse_quoted (self, &entry, value, error);
      else if (*value == '[')
        entry.list = parse_list (self, &entry, value, error);
      else
        entry.value = parse_plain (self, &entry, value, within, error);
    }
  if (entry.value == NULL && entry.list == NULL && entry.rows == NULL)
    {
      entry_clear (&entry);
      return FALSE;
    }
  g_array_append_val (self->entries, entry);
  return TRUE;
}

/* Where the part of a row that begins at p ends: at a comma or the closing brace that stands in no
 * quotes and no brackets, or at the end of the line. */
static const char *
find_part_end (const char *p)
{
  gboolean quoted = FALSE, listed = FALSE;

  for (; *p != '\0'; p++)
    {
      if (quoted && *p == '\\' && p[1] != '\0')
        p++;
      else if (*p == '"' && !listed)
        quoted = !quoted;
      else if (!quoted && (*p == '[' || *p == ']'))
        listed = *p == '[';
      else if (!quoted && !listed && (*p == ',' || *p == '}'))
        break;
    }
  return p;
}

/* "  - {key: value, key: value}": a row of the key above it. */
static gboolean
parse_row (FarFlatYaml       *self,
           FarFlatYamlEntry  *owner,
           const char        *line,
           guint              number,
           GError           **error)
{
  const char *open = line + strspn (line, " ");
  g_autoptr (FarFlatYaml) row = NULL;
  const char *p, *end;

  if (owner->rows->len > 0 && owner->indent != (guint) (open - line))
    return fail (self, number, column_of (line, open, 1), error,
                 "the rows of a list stand under one another; begin this one with %u spaces",
                 owner->indent);
  owner->indent = open - line;
  open++;
  open += strspn (open, " ");
  if (*open != '{')
    return fail (self, number, column_of (line, open, 1), error,
                 "write each row in braces on one line: - {key: value, key: value}");
  if (owner->rows->len >= FAR_FLAT_YAML_ROWS_MAX)
    return fail (self, number, 1, error, "more than %d rows; remove some", FAR_FLAT_YAML_ROWS_MAX);
  row = new_document (self->file, number, column_of (line, open, 1));
  for (p = open + 1; ; p = end + 1)
    {
      g_autofree char *part = NULL;

      p += strspn (p, " ");
      end = find_part_end (p);
      part = g_strchomp (g_strndup (p, end - p));
      if (*end == '\0')
        return fail (self, number, column_of (line, open, 1), error,
                     "the row does not end with the line; close it with }");
      if (!parse_pair (row, part, number, column_of (line, p, 1), TRUE, error))
        return FALSE;
      if (*end == '}')
        break;
    }
  end++;
  if (end[strspn (end, " ")] != '\0')
    return fail (self, number, column_of (line, end, 1), error,
                 "something stands behind the row; remove it");
  g_ptr_array_add (owner->rows, g_steal_pointer (&row));
  return TRUE;
}

/* The last key, if it had nothing behind its colon, must have got rows by now. */
static gboolean
need_rows (FarFlatYaml  *self,
           GError      **error)
{
  const FarFlatYamlEntry *last;

  if (self->entries->len == 0)
    return TRUE;
  last = &g_array_index (self->entries, FarFlatYamlEntry, self->entries->len - 1);
  return last->rows == NULL || last->rows->len > 0 ||
         fail (self, last->line, last->column, error,
               "\"%s\" has no value; write one behind the colon, on the same line", last->key);
}

static gboolean
parse_line (FarFlatYaml  *self,
            const char   *line,
            guint         number,
            GError      **error)
{
  const char *first = line + strspn (line, " ");
  FarFlatYamlEntry *last = NULL;

  if (self->entries->len > 0)
    last = &g_array_index (self->entries, FarFlatYamlEntry, self->entries->len - 1);
  if (last != NULL && last->rows != NULL && first[0] == '-' && first[1] == ' ')
    return parse_row (self, last, line, number, error);
  return need_rows (self, error) && parse_pair (self, line, number, 1, FALSE, error);
}

/**
 * far_flat_yaml_parse:
 * @text: the document
 * @n_bytes: its length
 * @file: how errors call it
 * @first_line: the line of the file that @text begins with
 *
 * Returns: (transfer full): the document, or %NULL with %FAR_PUBLICATION_ERROR
 */
FarFlatYaml *
far_flat_yaml_parse (const char  *text,
                     gsize        n_bytes,
                     const char  *file,
                     guint        first_line,
                     GError     **error)
{
  g_autoptr (FarFlatYaml) self = NULL;
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;
  const char *bad = NULL;

  g_return_val_if_fail (text != NULL && file != NULL, NULL);

  self = new_document (file, first_line, 1);
  if (!g_utf8_validate_len (text, n_bytes, &bad))
    {
      guint line = first_line;
      const char *begin = text;

      for (const char *p = text; p < bad; p++)
        if (*p == '\n')
          {
            line++;
            begin = p + 1;
          }
      fail (self, line, column_of (begin, bad, 1), error,
            "not UTF-8; save the file as UTF-8 text");
      return NULL;
    }
  copy = g_strndup (text, n_bytes);
  lines = g_strsplit (copy, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint number = first_line + i;

      if (lines[i + 1] != NULL || *lines[i] != '\0')
        self->last_line = number;
      if (strpbrk (lines[i], "\t\r") != NULL)
        {
          fail (self, number, column_of (lines[i], strpbrk (lines[i], "\t\r"), 1), error,
                "a tab or a carriage return; use spaces and plain line ends");
          return NULL;
        }
      if (strchr ("#", lines[i][strspn (lines[i], " ")]) != NULL) /* a comment, or nothing */
        continue;
      if (!parse_line (self, lines[i], number, error))
        return NULL;
    }
  if (!need_rows (self, error))
    return NULL;
  return g_steal_pointer (&self);
}
