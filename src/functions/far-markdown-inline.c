/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inline marks: one pass over the source, text out, a span for each mark that was opened and
 * closed. Marks do not nest: an article that wants bold italics says so in words. */
#include "functions/far-markdown-inline.h"

#include <string.h>

typedef struct {
  const char *file;
  guint       line;
  GString    *out;
  GArray     *spans;
} Scan;

static void
span_clear (gpointer data)
{
  g_free (((FarSpan *) data)->url);
}

void
far_text_clear (FarText *text)
{
  g_clear_pointer (&text->text, g_free);
  g_clear_pointer (&text->spans, g_array_unref);
}

static gboolean
refuse (const Scan  *scan,
        GError     **error,
        const char  *reason)
{
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX, "%s:%u: %s", scan->file,
               scan->line, reason);
  return FALSE;
}

static gboolean
add_span (Scan         *scan,
          const char   *content,
          gsize         length,
          FarSpanStyle  style,
          const char   *url,
          gsize         url_length,
          GError      **error)
{
  FarSpan span = { .start = scan->out->len, .length = length, .style = style };

  if (length == 0)
    return refuse (scan, error, "a mark with nothing in it; remove it, or put \\ before it");
  if (scan->spans->len >= FAR_MARKDOWN_SPANS_MAX)
    return refuse (scan, error, "more than 200 marks in one paragraph; split it");
  if (style != FAR_SPAN_CODE && memchr (content, '*', length) != NULL)
    return refuse (scan, error, "marks inside marks are not taken; use one of them");
  span.url = url != NULL ? g_strndup (url, url_length) : NULL;
  g_string_append_len (scan->out, content, length);
  g_array_append_val (scan->spans, span);
  return TRUE;
}

/* [words](https://…) */
static const char *
take_link (Scan        *scan,
           const char  *p,
           GError     **error)
{
  const char *end = strchr (p, ']');
  const char *close = end != NULL && end[1] == '(' ? strchr (end, ')') : NULL;
  const char *url = close != NULL ? end + 2 : NULL;

  if (close == NULL)
    {
      refuse (scan, error, "\"[\" begins a link [words](https://…); write \\[ for a bracket");
      return NULL;
    }
  if (!g_str_has_prefix (url, "https://") || strcspn (url, " <>\"") < (gsize) (close - url))
    {
      refuse (scan, error, "a link leads to https://…, without spaces or quotes in it");
      return NULL;
    }
  if (!add_span (scan, p + 1, end - p - 1, FAR_SPAN_LINK, url, close - url, error))
    return NULL;
  return close + 1;
}

/* Emphasis, strong or code: from p, which stands on the mark, to the same mark again. */
static const char *
take_mark (Scan         *scan,
           const char   *p,
           const char   *mark,
           FarSpanStyle  style,
           GError      **error)
{
  gsize n = strlen (mark);
  const char *content = p + n;
  const char *end = strstr (content, mark);

  if (end == NULL || (style != FAR_SPAN_CODE && (*content == ' ' || end[-1] == ' ')))
    {
      g_autofree char *reason =
        g_strdup_printf ("\"%s\" is not closed, or has a space beside it; close it with \"%s\" in "
                         "the same paragraph, or write \\%s", mark, mark, mark);

      refuse (scan, error, reason);
      return NULL;
    }
  if (!add_span (scan, content, end - content, style, NULL, 0, error))
    return NULL;
  return end + n;
}

gboolean
far_text_parse (FarText     *text,
                const char  *source,
                const char  *file,
                guint        line,
                GError     **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (FarSpan));
  Scan scan = { file, line, out, spans };
  const char *p = source;

  g_array_set_clear_func (spans, span_clear);
  while (p != NULL && *p != '\0')
    {
      if (*p == '\\' && p[1] != '\0' && strchr ("\\*`[]#<>-_|!", p[1]) != NULL)
        {
          g_string_append_c (out, p[1]);
          p += 2;
        }
      else if (g_str_has_prefix (p, "**"))
        p = take_mark (&scan, p, "**", FAR_SPAN_STRONG, error);
      else if (*p == '*')
        p = take_mark (&scan, p, "*", FAR_SPAN_EMPHASIS, error);
      else if (*p == '`')
        p = take_mark (&scan, p, "`", FAR_SPAN_CODE, error);
      else if (*p == '[')
        p = take_link (&scan, p, error);
      else if (*p == '<')
        return refuse (&scan, error, "HTML is not taken; write \\< for a less-than sign");
      else
        g_string_append_c (out, *p++);
    }
  if (p == NULL)
    return FALSE;
  text->text = g_string_free (g_steal_pointer (&out), FALSE);
  text->spans = spans->len > 0 ? g_steal_pointer (&spans) : NULL;
  return TRUE;
}

void
far_text_write_members (const FarText *text,
                        FarJsonWriter *writer)
{
  static const char *const names[] = { "emphasis", "strong", "code", "link" };

  far_json_add_string (writer, "text", text->text);
  if (text->spans == NULL)
    return;
  far_json_begin_array (writer, "spans");
  for (guint i = 0; i < text->spans->len; i++)
    {
      const FarSpan *span = &g_array_index (text->spans, FarSpan, i);
      const char *start = text->text + span->start;

      far_json_begin_object (writer, NULL);
      far_json_add_int (writer, "start", g_utf8_pointer_to_offset (text->text, start));
      far_json_add_int (writer, "length", g_utf8_pointer_to_offset (start, start + span->length));
      far_json_add_string (writer, "style", names[span->style]);
      if (span->url != NULL)
        far_json_add_string (writer, "url", span->url);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}
