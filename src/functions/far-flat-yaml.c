/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line scanner for flat YAML (see the header). A value is kept as text with the line it stands
 * in, so that what is wrong with it can be said at the place where it must be mended. */
#include "functions/far-flat-yaml.h"

#include <string.h>

#include "base/far-clock.h"
#include "base/far-money.h"

G_DEFINE_QUARK (far-publication-error-quark, far_publication_error)

typedef struct {
  char    *key;
  char    *value; /* NULL for a list */
  char   **list;
  guint    line;
  gboolean taken;
} Entry;

struct _FarFlatYaml {
  char   *file;
  guint   last_line;
  GArray *entries; /* (element-type Entry) */
};

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_free (entry->key);
  g_free (entry->value);
  g_strfreev (entry->list);
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

static Entry *
find (FarFlatYaml *self,
      const char  *key)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      if (g_str_equal (entry->key, key))
        return entry;
    }
  return NULL;
}

/* A double-quoted scalar, with \" and \\ as its only escapes. text points behind the quote. */
static char *
parse_quoted (const char  *text,
              const char  *file,
              guint        line,
              GError     **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *p = text;

  for (; *p != '\0' && *p != '"'; p++)
    {
      if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
        p++;
      else if (*p == '\\')
        {
          g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                       "%s:%u: \"\\%c\" means nothing here; write \\\\ for a backslash", file, line,
                       p[1]);
          return NULL;
        }
      g_string_append_c (out, *p);
    }
  if (*p != '"' || p[1 + strspn (p + 1, " ")] != '\0')
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                   "%s:%u: the quote does not end with the line; close it with \"", file, line);
      return NULL;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* A plain scalar: nothing that YAML would read as something else. */
static char *
parse_plain (const char  *text,
             const char  *file,
             guint        line,
             GError     **error)
{
  const char *why = NULL;

  if (strchr ("[]{}&*!|>'%@`\"#,?-", *text) != NULL &&
      !(*text == '-' && g_ascii_isdigit (text[1])))
    why = "begins with a character that YAML keeps for itself";
  else if (strstr (text, ": ") != NULL || g_str_has_suffix (text, ":"))
    why = "has a colon in it";
  else if (strstr (text, " #") != NULL)
    why = "has \" #\" in it, which begins a comment";
  if (why != NULL)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                   "%s:%u: this value %s; put it in double quotes", file, line, why);
      return NULL;
    }
  return g_strchomp (g_strdup (text));
}

static char **
parse_list (const char  *text,
            const char  *file,
            guint        line,
            GError     **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = NULL;
  g_autofree char *inner = g_strchomp (g_strdup (text + 1));
  gsize length = strlen (inner);

  if (length == 0 || inner[length - 1] != ']')
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                   "%s:%u: the list does not end with the line; close it with ]", file, line);
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
          g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                       "%s:%u: a list is one to %d items with commas between them", file, line,
                       FAR_FLAT_YAML_LIST_MAX);
          return NULL;
        }
      item = parse_plain (parts[i], file, line, error);
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

static gboolean
parse_line (FarFlatYaml  *self,
            const char   *line,
            guint         number,
            GError      **error)
{
  Entry entry = { .line = number };
  gsize n = key_length (line);
  const char *value;

  if (n == 0)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                   "%s:%u: expected \"key: value\", with the key at the start of the line",
                   self->file, number);
      return FALSE;
    }
  value = line + n + 1 + strspn (line + n + 1, " ");
  entry.key = g_strndup (line, n);
  if (find (self, entry.key) != NULL)
    g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                 "%s:%u: \"%s\" stands here twice; keep one of them", self->file, number,
                 entry.key);
  else if (*value == '\0')
    g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                 "%s:%u: \"%s\" has no value; write one behind the colon, on the same line",
                 self->file, number, entry.key);
  else if (strlen (value) > FAR_FLAT_YAML_VALUE_MAX ||
           self->entries->len >= FAR_FLAT_YAML_KEYS_MAX)
    g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                 "%s:%u: more than %d bytes in a value or %d keys in a file", self->file, number,
                 FAR_FLAT_YAML_VALUE_MAX, FAR_FLAT_YAML_KEYS_MAX);
  else if (*value == '"')
    entry.value = parse_quoted (value + 1, self->file, number, error);
  else if (*value == '[')
    entry.list = parse_list (value, self->file, number, error);
  else
    entry.value = parse_plain (value, self->file, number, error);
  if (entry.value == NULL && entry.list == NULL)
    {
      entry_clear (&entry);
      return FALSE;
    }
  g_array_append_val (self->entries, entry);
  return TRUE;
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

  self = g_new0 (FarFlatYaml, 1);
  self->file = g_strdup (file);
  self->last_line = first_line;
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);
  if (!g_utf8_validate_len (text, n_bytes, &bad))
    {
      guint line = first_line;

      for (const char *p = text; p < bad; p++)
        line += *p == '\n';
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                   "%s:%u: not UTF-8; save the file as UTF-8 text", file, line);
      return NULL;
    }
  copy = g_strndup (text, n_bytes);
  lines = g_strsplit (copy, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint number = first_line + i;

      if (lines[i + 1] != NULL || *lines[i] != '\0')
        self->last_line = number;
      if (strchr (lines[i], '\t') != NULL || strchr (lines[i], '\r') != NULL)
        {
          g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                       "%s:%u: a tab or a carriage return; use spaces and plain line ends", file,
                       number);
          return NULL;
        }
      if (lines[i][strspn (lines[i], " ")] == '\0' || lines[i][0] == '#')
        continue;
      if (!parse_line (self, lines[i], number, error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

guint
far_flat_yaml_get_line (FarFlatYaml *self,
                        const char  *key)
{
  Entry *entry;

  g_return_val_if_fail (self != NULL && key != NULL, 0);

  entry = find (self, key);
  return entry != NULL ? entry->line : self->last_line;
}

gboolean
far_flat_yaml_has (FarFlatYaml *self,
                   const char  *key)
{
  g_return_val_if_fail (self != NULL && key != NULL, FALSE);

  return find (self, key) != NULL;
}

/* Finds a key that must be there, as a scalar or as a list. */
static Entry *
take (FarFlatYaml  *self,
      const char   *key,
      gboolean      list,
      GError      **error)
{
  Entry *entry = find (self, key);

  if (entry == NULL)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_MISSING,
                   "%s:%u: \"%s\" is missing; add a line \"%s: %s\"", self->file, self->last_line,
                   key, key, list ? "[…]" : "…");
      return NULL;
    }
  if (list != (entry->list != NULL))
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s:%u: \"%s\" is %s", self->file, entry->line, key,
                   list ? "a list; write it as [a, b]" : "one value, not a list");
      return NULL;
    }
  entry->taken = TRUE;
  return entry;
}

static gboolean
refuse (FarFlatYaml  *self,
        const Entry  *entry,
        GError      **error,
        const char   *wanted)
{
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
               "%s:%u: %s is \"%s\"; write %s", self->file, entry->line, entry->key, entry->value,
               wanted);
  return FALSE;
}

gboolean
far_flat_yaml_take_string (FarFlatYaml  *self,
                           const char   *key,
                           char        **ret_value,
                           GError      **error)
{
  Entry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, FALSE, error);
  if (entry == NULL)
    return FALSE;
  if (*entry->value == '\0')
    return refuse (self, entry, error, "some text");
  *ret_value = g_strdup (entry->value);
  return TRUE;
}

gboolean
far_flat_yaml_take_int (FarFlatYaml  *self,
                        const char   *key,
                        gint64        min,
                        gint64        max,
                        gint64       *ret_value,
                        GError      **error)
{
  Entry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, FALSE, error);
  if (entry == NULL)
    return FALSE;
  if (!g_ascii_string_to_signed (entry->value, 10, min, max, ret_value, NULL))
    {
      g_autofree char *wanted = g_strdup_printf ("a whole number from %" G_GINT64_FORMAT " to %"
                                                 G_GINT64_FORMAT, min, max);

      return refuse (self, entry, error, wanted);
    }
  return TRUE;
}

gboolean
far_flat_yaml_take_amount (FarFlatYaml  *self,
                           const char   *key,
                           gint64        max_micros,
                           gint64       *ret_micros,
                           GError      **error)
{
  gint64 micros;
  Entry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_micros != NULL, FALSE);

  entry = take (self, key, FALSE, error);
  if (entry == NULL)
    return FALSE;
  if (!far_micros_parse_decimal (entry->value, &micros, NULL) || micros < 1 ||
      micros > max_micros)
    {
      g_autofree char *most = far_micros_to_decimal (max_micros, "USD");
      g_autofree char *wanted = g_strdup_printf ("an amount such as 0.05, above 0 and at most %s",
                                                 most);

      return refuse (self, entry, error, wanted);
    }
  *ret_micros = micros;
  return TRUE;
}

gboolean
far_flat_yaml_take_date (FarFlatYaml  *self,
                         const char   *key,
                         char        **ret_value,
                         GError      **error)
{
  g_autofree char *full = NULL;
  gint64 time_us = 0;
  Entry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, FALSE, error);
  if (entry == NULL)
    return FALSE;
  full = g_strdup_printf ("%sT00:00:00Z", entry->value);
  if (strlen (entry->value) != strlen ("2026-11-23") ||
      !far_time_parse_rfc3339 (full, &time_us))
    return refuse (self, entry, error, "a day that exists, as in 2026-11-23");
  *ret_value = g_strdup (entry->value);
  return TRUE;
}

gboolean
far_flat_yaml_take_list (FarFlatYaml   *self,
                         const char    *key,
                         char        ***ret_value,
                         GError       **error)
{
  Entry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, TRUE, error);
  if (entry == NULL)
    return FALSE;
  *ret_value = g_strdupv (entry->list);
  return TRUE;
}

gboolean
far_flat_yaml_finish (FarFlatYaml  *self,
                      GError      **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  const Entry *unknown = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->taken)
        g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", entry->key);
      else if (unknown == NULL)
        unknown = entry;
    }
  if (unknown == NULL)
    return TRUE;
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_UNKNOWN,
               "%s:%u: \"%s\" is not a key of this file; remove it or mend its spelling "
               "(beside it stand %s)", self->file, unknown->line, unknown->key, known->str);
  return FALSE;
}
