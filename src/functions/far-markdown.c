/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block structure: lines are gathered until a blank one or the begin of another kind of block, then
 * parsed as what their first line says they are. Indented code, HTML, tables, nested lists and
 * setext headings are refused by name. */
#include "functions/far-markdown.h"

#include <string.h>

#include "functions/far-markdown-inline.h"

typedef struct {
  const char *file;
  guint       first_line;
  char      **lines;
  guint       i; /* the next line */
} Reader;

static void
item_clear (gpointer data)
{
  far_text_clear (data);
}

static void
block_free (gpointer data)
{
  FarBlock *block = data;

  far_text_clear (&block->text);
  g_clear_pointer (&block->items, g_array_unref);
  g_free (block->picture);
  g_free (block);
}

static gboolean
is_blank (const char *line)
{
  return line[strspn (line, " ")] == '\0';
}

/* The length of "- " or "12. " at the start of a line, 0 if it is no list item. */
static gsize
marker_length (const char *line,
               gboolean   *ret_ordered)
{
  gsize n = strspn (line, "0123456789");

  *ret_ordered = n > 0;
  if (n == 0 && (line[0] == '-' || line[0] == '+') && line[1] == ' ')
    return 2;
  if (n > 0 && n < 4 && line[n] == '.' && line[n + 1] == ' ')
    return n + 2;
  return 0;
}

static gboolean
refuse (const Reader *reader,
        guint         at,
        GError      **error,
        const char   *reason)
{
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX, "%s:%u: %s",
               reader->file, reader->first_line + at, reason);
  return FALSE;
}

/* What a line must not begin with, whatever block it stands in. */
static gboolean
check_line (const Reader  *reader,
            guint          at,
            GError       **error)
{
  const char *line = reader->lines[at];

  if (strchr (line, '\t') != NULL || strchr (line, '\r') != NULL)
    return refuse (reader, at, error, "a tab or a carriage return; use spaces and plain line ends");
  if (g_str_has_prefix (line, "    "))
    return refuse (reader, at, error, "indented code is not taken; begin the line at its start");
  if (g_str_has_prefix (line, "```") || g_str_has_prefix (line, "~~~"))
    return refuse (reader, at, error, "code blocks are not taken; use `code` inside a paragraph");
  if (line[0] == '|')
    return refuse (reader, at, error, "tables are not taken; use a list");
  if (g_str_has_prefix (line, "# "))
    return refuse (reader, at, error, "the title stands in the front matter; begin with ##");
  if (line[0] == '#' && !g_str_has_prefix (line, "## ") && !g_str_has_prefix (line, "### "))
    return refuse (reader, at, error, "a heading is \"## words\" or \"### words\"");
  if (strlen (line) >= 3 && strspn (line, "=-") == strlen (line))
    return refuse (reader, at, error, "rules and underlined headings are not taken; use ##");
  return TRUE;
}

/* Whether a line begins a block of its own even without a blank line before it. */
static gboolean
begins_block (const char *line)
{
  gboolean ordered;

  return is_blank (line) || line[0] == '#' || line[0] == '>' || g_str_has_prefix (line, "![") ||
         marker_length (line, &ordered) > 0;
}

/* Joins the lines that belong to the one at reader->i, from which skip bytes are left out; prefix
 * is what each of them must begin with ("" for a paragraph). */
static char *
gather (Reader      *reader,
        gsize        skip,
        const char  *prefix,
        GError     **error)
{
  g_autoptr (GString) joined = g_string_new (reader->lines[reader->i++] + skip);

  g_strchomp (joined->str);
  g_string_set_size (joined, strlen (joined->str));
  for (; reader->lines[reader->i] != NULL; reader->i++)
    {
      const char *line = reader->lines[reader->i];
      const char *rest = line;

      if (*prefix != '\0' && g_str_has_prefix (line, prefix))
        rest = line + strlen (prefix);
      else if (begins_block (line))
        break;
      if (!check_line (reader, reader->i, error))
        return NULL;
      rest += strspn (rest, " ");
      g_string_append_printf (joined, " %s", rest);
      g_strchomp (joined->str);
      g_string_set_size (joined, strlen (joined->str));
    }
  return g_string_free (g_steal_pointer (&joined), FALSE);
}

static gboolean
read_text (Reader      *reader,
           gsize        skip,
           const char  *prefix,
           FarText     *text,
           GError     **error)
{
  guint line = reader->first_line + reader->i;
  g_autofree char *source = gather (reader, skip, prefix, error);

  if (source == NULL)
    return FALSE;
  if (*source == '\0')
    return refuse (reader, line - reader->first_line, error, "nothing stands behind this mark");
  return far_text_parse (text, source, reader->file, line, error);
}

static gboolean
read_list (Reader    *reader,
           FarBlock  *block,
           GError   **error)
{
  block->kind = FAR_BLOCK_LIST;
  block->items = g_array_new (FALSE, TRUE, sizeof (FarText));
  g_array_set_clear_func (block->items, item_clear);
  marker_length (reader->lines[reader->i], &block->ordered);
  while (reader->lines[reader->i] != NULL)
    {
      gboolean ordered;
      gsize n = marker_length (reader->lines[reader->i], &ordered);
      FarText item = { NULL };

      if (n == 0 || ordered != block->ordered)
        break;
      if (block->items->len >= FAR_MARKDOWN_ITEMS_MAX)
        return refuse (reader, reader->i, error, "a list of more than 100 items; split it");
      if (!read_text (reader, n, "", &item, error))
        return FALSE;
      g_array_append_val (block->items, item);
    }
  return TRUE;
}

/* ![what it shows](file.png) */
static gboolean
read_picture (Reader    *reader,
              FarBlock  *block,
              GError   **error)
{
  const char *line = reader->lines[reader->i];
  const char *end = strstr (line, "](");
  const char *close = end != NULL ? strchr (end, ')') : NULL;

  block->kind = FAR_BLOCK_PICTURE;
  if (close == NULL || !is_blank (close + 1))
    return refuse (reader, reader->i, error,
                   "a picture stands alone on its line: ![what it shows](file.png)");
  if (end == line + 2)
    return refuse (reader, reader->i, error,
                   "the picture has no description; say in the brackets what it shows");
  block->text.text = g_strndup (line + 2, end - line - 2);
  block->picture = g_strndup (end + 2, close - end - 2);
  reader->i++;
  return TRUE;
}

static gboolean
read_block (Reader    *reader,
            FarBlock  *block,
            GError   **error)
{
  const char *line = reader->lines[reader->i];
  gboolean ordered;

  block->line = reader->first_line + reader->i;
  if (!check_line (reader, reader->i, error))
    return FALSE;
  if (line[0] == '#')
    {
      block->kind = FAR_BLOCK_HEADING;
      block->level = line[2] == '#' ? 3 : 2;
      block->text.text = g_strstrip (g_strdup (line + block->level + 1));
      reader->i++;
      if (*block->text.text == '\0' || strpbrk (block->text.text, "*`[<") != NULL)
        return refuse (reader, reader->i - 1, error, "a heading is plain words, without marks");
      return TRUE;
    }
  if (line[0] == '>')
    {
      block->kind = FAR_BLOCK_QUOTE;
      return read_text (reader, line[1] == ' ' ? 2 : 1, ">", &block->text, error);
    }
  if (g_str_has_prefix (line, "!["))
    return read_picture (reader, block, error);
  if (marker_length (line, &ordered) > 0)
    return read_list (reader, block, error);
  block->kind = FAR_BLOCK_TEXT;
  return read_text (reader, 0, "", &block->text, error);
}

/**
 * far_markdown_parse:
 * @text: an article's body
 * @n_bytes: its length
 * @file: how errors call the file
 * @first_line: the line of the file that @text begins with
 *
 * Returns: (transfer full) (element-type FarBlock): the blocks, or %NULL with
 *   %FAR_PUBLICATION_ERROR_SYNTAX
 */
GPtrArray *
far_markdown_parse (const char  *text,
                    gsize        n_bytes,
                    const char  *file,
                    guint        first_line,
                    GError     **error)
{
  g_autoptr (GPtrArray) blocks = g_ptr_array_new_with_free_func (block_free);
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;
  const char *bad = NULL;
  Reader reader = { file, first_line, NULL, 0 };

  g_return_val_if_fail (text != NULL && file != NULL, NULL);

  if (!g_utf8_validate_len (text, n_bytes, &bad))
    {
      for (const char *p = text; p < bad; p++)
        reader.i += *p == '\n';
      refuse (&reader, reader.i, error, "not UTF-8; save the file as UTF-8 text");
      return NULL;
    }
  copy = g_strndup (text, n_bytes);
  lines = g_strsplit (copy, "\n", -1);
  reader.lines = lines;
  while (lines[reader.i] != NULL)
    {
      FarBlock *block;

      if (is_blank (lines[reader.i]))
        {
          reader.i++;
          continue;
        }
      if (blocks->len >= FAR_MARKDOWN_BLOCKS_MAX)
        {
          refuse (&reader, reader.i, error, "an article of more than 500 blocks; split it");
          return NULL;
        }
      block = g_new0 (FarBlock, 1);
      g_ptr_array_add (blocks, block);
      if (!read_block (&reader, block, error))
        return NULL;
    }
  if (blocks->len == 0)
    {
      refuse (&reader, 0, error, "there is no text below the front matter");
      return NULL;
    }
  return g_steal_pointer (&blocks);
}

static guint
count_words (const char *text)
{
  guint n = 0;
  gboolean inside = FALSE;

  for (const char *p = text; p != NULL && *p != '\0'; p++)
    {
      gboolean space = g_ascii_isspace (*p);

      n += !space && !inside;
      inside = !space;
    }
  return n;
}

guint
far_block_count_words (const FarBlock *block)
{
  guint n = block->kind == FAR_BLOCK_PICTURE ? 0 : count_words (block->text.text);

  for (guint i = 0; block->items != NULL && i < block->items->len; i++)
    n += count_words (g_array_index (block->items, FarText, i).text);
  return n;
}

void
far_block_write (const FarBlock *block,
                 FarJsonWriter  *writer)
{
  static const char *const kinds[] = { "text", "heading", "quote", "list", "picture" };

  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "kind", kinds[block->kind]);
  if (block->kind == FAR_BLOCK_HEADING)
    far_json_add_int (writer, "level", block->level);
  if (block->kind == FAR_BLOCK_PICTURE)
    {
      g_autofree char *path = g_strconcat (FAR_MEDIA_PATH, block->picture, NULL);

      far_json_add_string (writer, "picture", path);
    }
  if (block->kind == FAR_BLOCK_LIST)
    {
      far_json_add_bool (writer, "ordered", block->ordered);
      far_json_begin_array (writer, "items");
      for (guint i = 0; i < block->items->len; i++)
        {
          far_json_begin_object (writer, NULL);
          far_text_write_members (&g_array_index (block->items, FarText, i), writer);
          far_json_end_object (writer);
        }
      far_json_end_array (writer);
    }
  else
    far_text_write_members (&block->text, writer);
  far_json_end_object (writer);
}
