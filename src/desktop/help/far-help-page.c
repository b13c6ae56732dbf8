/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a page of the help. Strict: an element that the window could not show is an error, so that
 * no page can use one. Knows no GTK; any thread. */
#include "desktop/help/far-help-page.h"

#include <string.h>

G_DEFINE_QUARK (far-help-error-quark, far_help_error)

typedef struct {
  GPtrArray *blocks;
  GString   *text;     /* (nullable): of the block that is open */
  GArray    *parents;  /* of FarHelpKind: what a paragraph here becomes */
  guint      step;
  guint      hidden;   /* levels below what is not shown */
} Reader;

static const struct {
  const char *name;
  const char *open;
  const char *close;
} inlines[] = {
  { "em", "<i>", "</i>" },
  { "gui", "<b>", "</b>" },
  { "key", "<b>", "</b>" },
  { "cmd", "<tt>", "</tt>" },
  { "code", "<tt>", "</tt>" },
  { "file", "<tt>", "</tt>" },
};

static const struct {
  const char *name;
  FarHelpKind inside; /* what a paragraph in it becomes */
} containers[] = {
  { "page", FAR_HELP_PARAGRAPH },
  { "section", FAR_HELP_PARAGRAPH },
  { "list", FAR_HELP_ITEM },
  { "steps", FAR_HELP_STEP },
  { "terms", FAR_HELP_TERM },
  { "note", FAR_HELP_NOTE },
};

static void
block_free (gpointer data)
{
  FarHelpBlock *block = data;

  g_free (block->markup);
  g_free (block);
}

static FarHelpKind
parent_kind (Reader *self)
{
  return self->parents->len == 0
             ? FAR_HELP_PARAGRAPH
             : g_array_index (self->parents, FarHelpKind, self->parents->len - 1);
}

static FarHelpKind
title_kind (Reader *self)
{
  if (parent_kind (self) == FAR_HELP_TERM)
    return FAR_HELP_TERM;
  return self->parents->len <= 1 ? FAR_HELP_TITLE : FAR_HELP_HEADING;
}

static void
open_block (Reader *self, FarHelpKind kind, GError **error)
{
  FarHelpBlock *block;

  if (self->blocks->len >= FAR_HELP_BLOCKS_MAX)
    {
      g_set_error (error, FAR_HELP_ERROR, FAR_HELP_ERROR_TOO_LONG,
                   "A page of the help has more than %d paragraphs; make two of it",
                   FAR_HELP_BLOCKS_MAX);
      return;
    }
  block = g_new0 (FarHelpBlock, 1);
  block->kind = kind;
  block->number = kind == FAR_HELP_STEP ? ++self->step : 0;
  g_ptr_array_add (self->blocks, block);
  self->text = g_string_new (NULL);
}

static void
open_link (Reader *self, const char **names, const char **values)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], "xref") == 0 || strcmp (names[i], "href") == 0)
      {
        g_autofree char *target = g_markup_escape_text (values[i], -1);

        g_string_append_printf (self->text, "<a href=\"%s%s\">",
                                names[i][0] == 'x' ? "help:" : "", target);
        return;
      }
  g_string_append (self->text, "<a href=\"help:index\">");
}

static gboolean
open_inline (Reader *self, const char *element, const char **names, const char **values)
{
  if (self->text == NULL)
    return FALSE;
  if (strcmp (element, "link") == 0)
    {
      open_link (self, names, values);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (inlines); i++)
    if (strcmp (element, inlines[i].name) == 0)
      {
        g_string_append (self->text, inlines[i].open);
        return TRUE;
      }
  return FALSE;
}

static void
on_start (GMarkupParseContext *context, const char *element, const char **names,
          const char **values, gpointer user_data, GError **error)
{
  Reader *self = user_data;

  if (self->hidden > 0 || strcmp (element, "info") == 0)
    {
      self->hidden++;
      return;
    }
  if (open_inline (self, element, names, values))
    return;
  for (guint i = 0; self->text == NULL && i < G_N_ELEMENTS (containers); i++)
    if (strcmp (element, containers[i].name) == 0)
      {
        g_array_append_val (self->parents, containers[i].inside);
        self->step = 0;
        return;
      }
  if (self->text == NULL && strcmp (element, "item") == 0)
    return;
  if (self->text == NULL && strcmp (element, "title") == 0)
    open_block (self, title_kind (self), error);
  else if (self->text == NULL && strcmp (element, "p") == 0)
    open_block (self, parent_kind (self) == FAR_HELP_TERM ? FAR_HELP_PARAGRAPH
                                                          : parent_kind (self), error);
  else
    g_set_error (error, FAR_HELP_ERROR, FAR_HELP_ERROR_ELEMENT,
                 "The help's window cannot show <%s> here", element);
}

/* The end of a block: its spaces and line breaks count as one space each. */
static void
close_block (Reader *self)
{
  FarHelpBlock *block = g_ptr_array_index (self->blocks, self->blocks->len - 1);
  g_auto (GStrv) words = g_strsplit_set (self->text->str, " \t\r\n", -1);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", words[i]);
  block->markup = g_string_free (g_steal_pointer (&text), FALSE);
  g_string_free (g_steal_pointer (&self->text), TRUE);
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer user_data, GError **error)
{
  Reader *self = user_data;

  if (self->hidden > 0)
    {
      self->hidden--;
      return;
    }
  if (self->text != NULL && (strcmp (element, "p") == 0 || strcmp (element, "title") == 0))
    {
      close_block (self);
      return;
    }
  if (self->text != NULL && strcmp (element, "link") == 0)
    g_string_append (self->text, "</a>");
  for (guint i = 0; self->text != NULL && i < G_N_ELEMENTS (inlines); i++)
    if (strcmp (element, inlines[i].name) == 0)
      g_string_append (self->text, inlines[i].close);
  for (guint i = 0; self->text == NULL && i < G_N_ELEMENTS (containers); i++)
    if (strcmp (element, containers[i].name) == 0)
      g_array_set_size (self->parents, self->parents->len - 1);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize n_bytes, gpointer user_data,
         GError **error)
{
  Reader *self = user_data;
  g_autofree char *escaped = NULL;

  if (self->text == NULL || self->hidden > 0)
    return;
  escaped = g_markup_escape_text (text, n_bytes);
  g_string_append (self->text, escaped);
}

/**
 * far_help_page_parse:
 * @text: (array length=n_bytes): a Mallard page, <https://projectmallard.org>
 * @error: a GMarkupError, or FAR_HELP_ERROR for what cannot be shown
 *
 * Returns: (transfer full) (element-type FarHelpBlock) (nullable): its blocks, in order
 */
GPtrArray *
far_help_page_parse (const char *text,
                     gsize       n_bytes,
                     GError    **error)
{
  static const GMarkupParser parser = { on_start, on_end, on_text, NULL, NULL };
  Reader self = { .blocks = g_ptr_array_new_with_free_func (block_free) };
  g_autoptr (GMarkupParseContext) context = NULL;
  gboolean ok;

  g_return_val_if_fail (text != NULL, NULL);

  self.parents = g_array_new (FALSE, FALSE, sizeof (FarHelpKind));
  context = g_markup_parse_context_new (&parser, 0, &self, NULL);
  ok = g_markup_parse_context_parse (context, text, n_bytes, error) &&
       g_markup_parse_context_end_parse (context, error);
  g_array_unref (self.parents);
  if (self.text != NULL)
    g_string_free (self.text, TRUE);
  if (!ok)
    g_clear_pointer (&self.blocks, g_ptr_array_unref);
  return self.blocks;
}
