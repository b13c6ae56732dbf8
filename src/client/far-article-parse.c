/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Articles from JSON: summaries, blocks, and inline styles as Pango markup.
 *
 * The text is a server's: markup is made here from offsets and style names, every character of the
 * text itself is escaped, and a link keeps only http and https. */
#include "client/far-boxed-private.h"
#include "client/far-market-private.h"

#include <string.h>

#define SPANS_MAX 1000

static void
summary_clear (FarArticleSummary *self)
{
  g_free (self->id);
  g_free (self->title);
  g_free (self->author);
  g_free (self->category);
  g_free (self->date);
  g_free (self->summary);
  g_free (self->picture);
  g_free (self->picture_alt);
  g_free (self->currency);
  g_free (self->price_from);
  g_free (self->price_rule);
}

static void
article_clear (FarArticle *self)
{
  g_clear_pointer (&self->summary, far_article_summary_unref);
  g_clear_pointer (&self->free_blocks, g_ptr_array_unref);
  g_clear_pointer (&self->paid_blocks, g_ptr_array_unref);
}

FAR_DEFINE_RC_BOXED (FarArticleSummary, far_article_summary, summary_clear)
FAR_DEFINE_RC_BOXED (FarArticle, far_article, article_clear)

static void
block_free (gpointer data)
{
  FarBlock *block = data;

  g_free (block->text);
  g_free (block->markup);
  g_free (block->picture);
  g_free (block);
}

static gboolean
take_string (JsonObject *object, const char *name, char **ret, GError **error)
{
  const char *value;

  if (!far_json_get_string (object, name, FAR_MARKET_TEXT_MAX, &value, error))
    return FALSE;
  *ret = g_strdup (value);
  return TRUE;
}

static gboolean
take_optional (JsonObject *object, const char *name, char **ret, GError **error)
{
  if (far_json_has (object, name))
    return take_string (object, name, ret, error);
  *ret = g_strdup ("");
  return TRUE;
}

static FarArticleSummary *
parse_summary (JsonObject *object, GError **error)
{
  g_autoptr (FarArticleSummary) self = g_rc_box_new0 (FarArticleSummary);

  if (!take_string (object, "id", &self->id, error)
      || !take_string (object, "title", &self->title, error)
      || !take_string (object, "author", &self->author, error)
      || !take_string (object, "category", &self->category, error)
      || !take_string (object, "date", &self->date, error)
      || !take_string (object, "summary", &self->summary, error)
      || !take_string (object, "picture", &self->picture, error)
      || !take_string (object, "picture_alt", &self->picture_alt, error)
      || !take_string (object, "currency", &self->currency, error)
      || !far_json_get_micros (object, "price_micros", &self->price_micros, error)
      || !take_optional (object, "price_from", &self->price_from, error)
      || !take_optional (object, "price_rule", &self->price_rule, error))
    return NULL;
  return g_steal_pointer (&self);
}

GPtrArray *
far_market_parse_articles (JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) articles
      = g_ptr_array_new_with_free_func ((GDestroyNotify) far_article_summary_unref);
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, "articles", FAR_MARKET_ARTICLES_MAX, &array, error))
    return NULL;
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      FarArticleSummary *summary;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE,
                       "“articles” holds something that is no article");
          return NULL;
        }
      summary = parse_summary (json_node_get_object (node), error);
      if (summary == NULL)
        return NULL;
      g_ptr_array_add (articles, summary);
    }
  return g_steal_pointer (&articles);
}

/* ---- text with styles ---- */

static void
append_tag (GString *markup, const char *style, const char *url, gboolean open)
{
  if (g_str_equal (style, "emphasis"))
    g_string_append (markup, open ? "<i>" : "</i>");
  else if (g_str_equal (style, "strong"))
    g_string_append (markup, open ? "<b>" : "</b>");
  else if (g_str_equal (style, "code"))
    g_string_append (markup, open ? "<tt>" : "</tt>");
  else if (g_str_equal (style, "link") && url != NULL
           && (g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://")))
    {
      g_autofree char *escaped = g_markup_escape_text (url, -1);

      if (open)
        g_string_append_printf (markup, "<a href=\"%s\">", escaped);
      else
        g_string_append (markup, "</a>");
    }
}

static void
append_text (GString *markup, const char *from, const char *to)
{
  g_autofree char *escaped = g_markup_escape_text (from, to - from);

  g_string_append (markup, escaped);
}

/* Spans come in order and do not overlap; one that does, or leaves the text, is left out. */
static char *
make_markup (const char *text, JsonArray *spans)
{
  GString *markup = g_string_new (NULL);
  glong length = g_utf8_strlen (text, -1);
  const char *done = text;
  glong at = 0;
  guint i;

  for (i = 0; spans != NULL && i < json_array_get_length (spans); i++)
    {
      JsonNode *node = json_array_get_element (spans, i);
      const char *style, *url = NULL;
      gint64 start, n;
      const char *from, *to;

      if (!JSON_NODE_HOLDS_OBJECT (node)
          || !far_json_get_int (json_node_get_object (node), "start", at, length, &start, NULL)
          || !far_json_get_int (json_node_get_object (node), "length", 1, G_MAXINT, &n, NULL)
          || n > length - start
          || !far_json_get_string (json_node_get_object (node), "style", 32, &style, NULL))
        continue;
      far_json_get_string (json_node_get_object (node), "url", 2048, &url, NULL);
      from = g_utf8_offset_to_pointer (done, start - at);
      to = g_utf8_offset_to_pointer (from, n);
      append_text (markup, done, from);
      append_tag (markup, style, url, TRUE);
      append_text (markup, from, to);
      append_tag (markup, style, url, FALSE);
      done = to;
      at = start + n;
    }
  append_text (markup, done, done + strlen (done));
  return g_string_free (markup, FALSE);
}

static FarBlock *
parse_text (JsonObject *object, FarBlockKind kind, GError **error)
{
  FarBlock *block = g_new0 (FarBlock, 1);
  JsonArray *spans = NULL;

  block->kind = kind;
  if (!take_string (object, "text", &block->text, error)
      || (far_json_has (object, "spans")
          && !far_json_get_array (object, "spans", SPANS_MAX, &spans, error)))
    {
      block_free (block);
      return NULL;
    }
  block->markup = make_markup (block->text, spans);
  block->picture = g_strdup ("");
  return block;
}

static gboolean
parse_list (JsonObject *object, GPtrArray *blocks, GError **error)
{
  JsonArray *items;
  guint i;

  if (!far_json_get_array (object, "items", FAR_MARKET_BLOCKS_MAX, &items, error))
    return FALSE;
  for (i = 0; i < json_array_get_length (items); i++)
    {
      JsonNode *node = json_array_get_element (items, i);
      FarBlock *block;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        continue;
      block = parse_text (json_node_get_object (node), FAR_BLOCK_LIST_ITEM, error);
      if (block == NULL)
        return FALSE;
      g_ptr_array_add (blocks, block);
    }
  return TRUE;
}

static gboolean
parse_block (JsonObject *object, GPtrArray *blocks, GError **error)
{
  const char *kind;
  FarBlock *block;
  gint64 level = 0;

  if (!far_json_get_string (object, "kind", 32, &kind, error))
    return FALSE;
  if (g_str_equal (kind, "list"))
    return parse_list (object, blocks, error);
  block = parse_text (object,
                      g_str_equal (kind, "heading") ? FAR_BLOCK_HEADING
                      : g_str_equal (kind, "quote") ? FAR_BLOCK_QUOTE
                      : g_str_equal (kind, "picture") ? FAR_BLOCK_PICTURE
                      : g_str_equal (kind, "rule") ? FAR_BLOCK_RULE : FAR_BLOCK_PARAGRAPH,
                      error);
  if (block == NULL)
    return FALSE;
  g_ptr_array_add (blocks, block);
  if (block->kind == FAR_BLOCK_HEADING)
    {
      far_json_get_int (object, "level", 1, 6, &level, NULL);
      block->level = MAX (level, 1);
    }
  if (block->kind == FAR_BLOCK_PICTURE)
    {
      g_clear_pointer (&block->picture, g_free);
      return take_string (object, "picture", &block->picture, error);
    }
  return TRUE;
}

static GPtrArray *
parse_blocks (JsonObject *object, const char *name, gint64 *text_bytes, GError **error)
{
  g_autoptr (GPtrArray) blocks = g_ptr_array_new_with_free_func (block_free);
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, name, FAR_MARKET_BLOCKS_MAX, &array, error))
    return NULL;
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_OBJECT (node)
          && !parse_block (json_node_get_object (node), blocks, error))
        return NULL;
    }
  for (i = 0; i < blocks->len; i++)
    *text_bytes += strlen (((FarBlock *) g_ptr_array_index (blocks, i))->text);
  return g_steal_pointer (&blocks);
}

FarArticle *
far_market_parse_article (JsonObject *object, GError **error)
{
  g_autoptr (FarArticle) self = g_rc_box_new0 (FarArticle);

  self->summary = parse_summary (object, error);
  if (self->summary == NULL
      || !far_json_get_bool (object, "entitled", &self->entitled, error))
    return NULL;
  self->free_blocks = parse_blocks (object, "free", &self->text_bytes, error);
  if (self->free_blocks == NULL)
    return NULL;
  self->paid_blocks = self->entitled
                          ? parse_blocks (object, "body", &self->text_bytes, error)
                          : g_ptr_array_new_with_free_func (block_free);
  return self->paid_blocks != NULL ? g_steal_pointer (&self) : NULL;
}
