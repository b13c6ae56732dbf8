/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of notes. */
#include "telemetry/far-notes.h"

#include <string.h>

#define SPAN_FIELDS 6

static gboolean
take_word (const char *text, gsize n_bytes, char *ret_word, gsize len_max)
{
  gsize i;

  if (n_bytes == 0 || n_bytes > len_max)
    return FALSE;
  for (i = 0; i < n_bytes; i++)
    if (!g_ascii_islower (text[i]) && text[i] != '_' && text[i] != '.')
      return FALSE;
  memcpy (ret_word, text, n_bytes);
  ret_word[n_bytes] = '\0';
  return TRUE;
}

/* Percent-encoded UTF-8 without control characters, cut where it would be too long. */
static gboolean
take_text (const char *text, gsize n_bytes, char *ret_text)
{
  g_autofree char *decoded = g_uri_unescape_segment (text, text + n_bytes, NULL);
  const char *at;

  if (decoded == NULL || *decoded == '\0' || strlen (decoded) > FAR_NOTES_VALUE_MAX ||
      !g_utf8_validate (decoded, -1, NULL))
    return FALSE;
  for (at = decoded; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return FALSE;
  g_strlcpy (ret_text, decoded, FAR_NOTES_VALUE_MAX + 1);
  return TRUE;
}

static gboolean
take_attribute (FarNotes *notes, const char *text, gsize n_bytes)
{
  const char *equals = memchr (text, '=', n_bytes);
  FarNotesAttribute *attribute = &notes->attributes[notes->n_attributes];

  if (equals == NULL || notes->n_attributes >= FAR_NOTES_ATTRIBUTES_MAX ||
      !take_word (text, (gsize) (equals - text), attribute->key, FAR_NOTES_KEY_MAX) ||
      !take_text (equals + 1, n_bytes - (gsize) (equals + 1 - text), attribute->value))
    return FALSE;
  if (far_notes_attribute (notes, attribute->key) != NULL)
    return FALSE;
  notes->n_attributes++;
  return TRUE;
}

static gboolean
take_number (const char *text, guint base, guint64 max, guint64 *ret_value)
{
  return g_ascii_string_to_unsigned (text, base, 0, max, ret_value, NULL);
}

static gboolean
take_span (FarNotes *notes, const char *text, gsize n_bytes)
{
  g_autofree char *copy = g_strndup (text, n_bytes);
  g_auto (GStrv) fields = g_strsplit (copy, ",", SPAN_FIELDS);
  FarNotesSpan *span = &notes->spans[notes->n_spans];
  guint64 offset, duration, status;

  if (notes->n_spans >= FAR_NOTES_SPANS_MAX || g_strv_length (fields) != SPAN_FIELDS ||
      strlen (fields[0]) != 16 || !take_number (fields[0], 16, G_MAXUINT64, &span->id) ||
      span->id == 0 ||
      !take_word (fields[1], strlen (fields[1]), span->kind, FAR_NOTES_KIND_MAX) ||
      !take_number (fields[2], 10, FAR_NOTES_SPAN_US_MAX, &offset) ||
      !take_number (fields[3], 10, FAR_NOTES_SPAN_US_MAX, &duration) ||
      !take_number (fields[4], 10, 2, &status) ||
      !take_text (fields[5], strlen (fields[5]), span->name))
    return FALSE;
  span->offset_us = (gint64) offset;
  span->duration_us = (gint64) duration;
  span->status = (guint) status;
  notes->n_spans++;
  return TRUE;
}

gboolean
far_notes_parse (const char *text, FarNotes *ret_notes)
{
  gsize n_bytes = strnlen (text, FAR_NOTES_MAX + 1);

  ret_notes->n_spans = ret_notes->n_attributes = 0;
  if (n_bytes == 0 || n_bytes > FAR_NOTES_MAX)
    return FALSE;
  while (*text != '\0')
    {
      gsize n = strcspn (text, ";");

      if (n < 3 || text[1] != ':' ||
          !(text[0] == 'a' ? take_attribute (ret_notes, text + 2, n - 2)
                           : text[0] == 's' && take_span (ret_notes, text + 2, n - 2)))
        return FALSE;
      text += n;
      if (*text == ';' && text[1] == '\0')
        return FALSE;
      text += *text == ';';
    }
  return TRUE;
}

const char *
far_notes_attribute (const FarNotes *notes, const char *key)
{
  guint i;

  for (i = 0; i < notes->n_attributes; i++)
    if (strcmp (notes->attributes[i].key, key) == 0)
      return notes->attributes[i].value;
  return NULL;
}
