/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking the keys of flat YAML (see far-flat-yaml.h), each checked as what it should be. */
#include "functions/far-flat-yaml-private.h"

#include <stdarg.h>
#include <string.h>

#include "base/far-clock.h"
#include "base/far-money.h"

char *
far_flat_yaml_get_place (FarFlatYaml *self,
                         const char  *key)
{
  const FarFlatYamlEntry *entry;

  g_return_val_if_fail (self != NULL, NULL);

  entry = key != NULL ? far_flat_yaml_find (self, key) : NULL;
  if (entry == NULL)
    return g_strdup_printf ("%s:%u:%u", self->file, self->last_line, self->column);
  return g_strdup_printf ("%s:%u:%u", self->file, entry->line, entry->column);
}

gboolean
far_flat_yaml_refuse (FarFlatYaml  *self,
                      const char   *key,
                      GError      **error,
                      const char   *format,
                      ...)
{
  g_autofree char *place = far_flat_yaml_get_place (self, key);
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE, "%s: %s", place, reason);
  return FALSE;
}

gboolean
far_flat_yaml_has (FarFlatYaml *self,
                   const char  *key)
{
  g_return_val_if_fail (self != NULL && key != NULL, FALSE);

  return far_flat_yaml_find (self, key) != NULL;
}

typedef enum { VALUE, LIST, ROWS } Kind;

/* Finds a key that must be there, as a scalar, as a list or as rows. */
static FarFlatYamlEntry *
take (FarFlatYaml  *self,
      const char   *key,
      Kind          kind,
      GError      **error)
{
  static const char *const wanted[] = {
    "one value, on the line of its key", "a list; write it as [a, b]",
    "a list of rows; write each on a line of its own, as \"  - {key: value}\"",
  };
  static const char *const examples[] = {
    " …", " [a, b]", "\" and rows below it such as \"  - {…}",
  };
  FarFlatYamlEntry *entry = far_flat_yaml_find (self, key);
  Kind is;

  if (entry == NULL)
    {
      g_autofree char *place = far_flat_yaml_get_place (self, NULL);

      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_MISSING,
                   "%s: \"%s\" is missing; add \"%s:%s\"", place, key, key, examples[kind]);
      return NULL;
    }
  is = entry->rows != NULL ? ROWS : entry->list != NULL ? LIST : VALUE;
  if (is != kind)
    {
      far_flat_yaml_refuse (self, key, error, "\"%s\" is %s", key, wanted[kind]);
      return NULL;
    }
  entry->taken = TRUE;
  return entry;
}

static gboolean
refuse (FarFlatYaml             *self,
        const FarFlatYamlEntry  *entry,
        GError                 **error,
        const char              *wanted)
{
  return far_flat_yaml_refuse (self, entry->key, error, "%s is \"%s\"; write %s", entry->key,
                               entry->value, wanted);
}

gboolean
far_flat_yaml_take_string (FarFlatYaml  *self,
                           const char   *key,
                           char        **ret_value,
                           GError      **error)
{
  FarFlatYamlEntry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, VALUE, error);
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
  FarFlatYamlEntry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, VALUE, error);
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
  FarFlatYamlEntry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_micros != NULL, FALSE);

  entry = take (self, key, VALUE, error);
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
  FarFlatYamlEntry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, VALUE, error);
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
  FarFlatYamlEntry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_value != NULL, FALSE);

  entry = take (self, key, LIST, error);
  if (entry == NULL)
    return FALSE;
  *ret_value = g_strdupv (entry->list);
  return TRUE;
}

gboolean
far_flat_yaml_take_rows (FarFlatYaml  *self,
                         const char   *key,
                         GPtrArray   **ret_rows,
                         GError      **error)
{
  FarFlatYamlEntry *entry;

  g_return_val_if_fail (self != NULL && key != NULL && ret_rows != NULL, FALSE);

  entry = take (self, key, ROWS, error);
  if (entry == NULL)
    return FALSE;
  *ret_rows = g_ptr_array_ref (entry->rows);
  return TRUE;
}

gboolean
far_flat_yaml_finish (FarFlatYaml  *self,
                      GError      **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  const FarFlatYamlEntry *unknown = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  for (guint i = 0; i < self->entries->len; i++)
    {
      const FarFlatYamlEntry *entry = &g_array_index (self->entries, FarFlatYamlEntry, i);

      if (entry->taken)
        g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", entry->key);
      else if (unknown == NULL)
        unknown = entry;
    }
  if (unknown == NULL)
    return TRUE;
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_UNKNOWN,
               "%s:%u:%u: \"%s\" is not a key of this %s; remove it or mend its spelling "
               "(beside it stand %s)", self->file, unknown->line, unknown->column, unknown->key,
               self->column > 1 ? "row" : "file", known->str);
  return FALSE;
}
