/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How farthingctl prints: JSON for programs, aligned tables for people, tab-separated columns with
 * --plain. Text that came from elsewhere cannot drive the terminal. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terminal/far-terminal.h"

#define TABLE_COLUMNS_MAX 16
#define GAP 2
#define BAND_SHOWN 20 /* a band wider than this part of its value is worth showing */

struct _FarTable {
  char      *format;
  guint      n_columns;
  GPtrArray *cells; /* row after row, titles first */
};

void
far_terminal_print_json (FarJsonWriter *writer)
{
  gsize n;
  g_autofree char *text = far_json_writer_steal (writer, &n);

  fwrite (text, 1, n, stdout);
  putchar ('\n');
}

char *
far_terminal_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_sized_new (strlen (valid));
  const char *p;

  for (p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);
      /* Bidirectional overrides and other format characters can forge what a line says. */
      gboolean bad = (g_unichar_iscntrl (c) && c != '\n' && c != '\t')
                     || (type == G_UNICODE_FORMAT && c != 0x200d && c != 0x00ad)
                     || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;

      g_string_append_unichar (clean, bad ? 0xfffd : c);
    }
  return g_string_free (clean, FALSE);
}

char *
far_terminal_duration (gint64 us)
{
  if (us < 0)
    return g_strdup ("–");
  if (us < 1000)
    return g_strdup_printf ("%d µs", (int) us);
  if (us < 10 * 1000)
    return g_strdup_printf ("%d.%02d ms", (int) (us / 1000), (int) (us % 1000 / 10));
  if (us < 1000 * 1000)
    return g_strdup_printf ("%d.%d ms", (int) (us / 1000), (int) (us % 1000 / 100));
  return g_strdup_printf ("%" G_GINT64_FORMAT ".%02d s", us / 1000000,
                          (int) (us % 1000000 / 10000));
}

char *
far_terminal_band (gint64 us, gint64 low_us, gint64 high_us)
{
  g_autofree char *low = NULL;
  g_autofree char *high = NULL;

  low_us = MAX (low_us, 0);
  if (us < 0 || high_us - low_us <= MAX (us, 1) / BAND_SHOWN)
    return far_terminal_duration (us);
  low = far_terminal_duration (low_us);
  high = far_terminal_duration (high_us);
  if (low_us == 0)
    return g_strdup_printf ("< %s", high);
  if (high_us == G_MAXINT64)
    return g_strdup_printf ("> %s", low);
  return g_strdup_printf ("%s to %s", low, high);
}

char *
far_terminal_picodollars (gint64 picodollars)
{
  guint64 magnitude = picodollars < 0 ? -(guint64) picodollars : (guint64) picodollars;
  char *text = g_strdup_printf ("%s$%" G_GUINT64_FORMAT ".%012" G_GUINT64_FORMAT,
                                picodollars < 0 ? "-" : "",
                                magnitude / G_GUINT64_CONSTANT (1000000000000),
                                magnitude % G_GUINT64_CONSTANT (1000000000000));
  char *end = text + strlen (text);

  /* Exact to the last digit that is not zero, with two at least. */
  while (end[-1] == '0' && end[-3] != '.')
    *--end = '\0';
  return text;
}

FarTable *
far_table_new (const char *format, const char *const *titles)
{
  FarTable *self = g_new0 (FarTable, 1);
  guint i;

  self->format = g_strdup (format);
  self->n_columns = strlen (format);
  g_assert (self->n_columns > 0 && self->n_columns <= TABLE_COLUMNS_MAX);
  self->cells = g_ptr_array_new_with_free_func (g_free);
  for (i = 0; i < self->n_columns; i++)
    g_ptr_array_add (self->cells, g_strdup (titles[i]));
  return self;
}

void
far_table_add (FarTable *self, ...)
{
  va_list args;
  guint i;

  va_start (args, self);
  for (i = 0; i < self->n_columns; i++)
    {
      g_autofree char *cell = va_arg (args, char *);

      g_ptr_array_add (self->cells, far_terminal_clean (cell));
    }
  va_end (args);
}

int
far_terminal_columns (const char *text)
{
  int n = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      if (!g_unichar_iszerowidth (c))
        n += g_unichar_iswide (c) ? 2 : 1;
    }
  return n;
}

char *
far_terminal_fit (const char *text, int width, FarColumn column)
{
  GString *out = g_string_new (NULL);
  int n = 0;

  if (far_terminal_columns (text) <= width)
    {
      int pad = width - far_terminal_columns (text);

      g_string_printf (out, "%*s%s%*s", column == FAR_COLUMN_RIGHT ? pad : 0, "", text,
                       column == FAR_COLUMN_LEFT ? pad : 0, "");
      return g_string_free (out, FALSE);
    }
  for (; *text != '\0' && width > 0; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);
      int w = g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;

      if (n + w > width - 1)
        break;
      g_string_append_unichar (out, c);
      n += w;
    }
  for (; n < width - 1; n++)
    g_string_append_c (out, ' ');
  if (width > 0)
    g_string_append (out, "…");
  return g_string_free (out, FALSE);
}

static void
print_cell (const char *text, int width, gboolean right, gboolean last)
{
  int pad = MAX (0, width - far_terminal_columns (text));

  if (right)
    printf ("%*s%s", pad, "", text);
  else if (last)
    fputs (text, stdout);
  else
    printf ("%s%*s", text, pad, "");
  if (!last)
    printf ("%*s", GAP, "");
}

void
far_table_print (FarTable *self, FarTerminal *terminal)
{
  int widths[TABLE_COLUMNS_MAX] = { 0 };
  guint n_rows = self->cells->len / self->n_columns;
  guint row, column;

  for (row = 0; row < n_rows && !terminal->plain; row++)
    for (column = 0; column < self->n_columns; column++)
      {
        const char *cell = g_ptr_array_index (self->cells, row * self->n_columns + column);

        widths[column] = MAX (widths[column], far_terminal_columns (cell));
      }
  for (row = 0; row < n_rows; row++)
    {
      if (row == 0 && terminal->colour)
        fputs ("\033[1m", stdout);
      for (column = 0; column < self->n_columns; column++)
        {
          const char *cell = g_ptr_array_index (self->cells, row * self->n_columns + column);
          gboolean last = column + 1 == self->n_columns;

          if (terminal->plain)
            printf ("%s%s", cell, last ? "" : "\t");
          else
            print_cell (cell, widths[column], self->format[column] == 'r', last);
        }
      fputs (row == 0 && terminal->colour ? "\033[0m\n" : "\n", stdout);
    }
  g_ptr_array_unref (self->cells);
  g_free (self->format);
  g_free (self);
}

char *
far_terminal_time (gint64 time_us)
{
  char *text = far_time_to_rfc3339 (time_us);

  text[strlen ("2026-11-23T12:00")] = '\0';
  text[strlen ("2026-11-23")] = ' ';
  return text;
}
