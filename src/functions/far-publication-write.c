/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Articles and prices as JSON: what everybody may see, and what is behind the lock. */
#include "functions/far-publication.h"

void
far_price_write (const FarPrice *self,
                 FarJsonWriter  *writer)
{
  far_json_add_micros (writer, "price_micros", self->micros);
  far_json_add_string (writer, "price_from", far_price_from_to_name (self->from));
  if (self->rule != NULL)
    far_json_add_string (writer, "price_rule", self->rule);
}

void
far_article_write_head (const FarArticle     *self,
                        const FarPublication *publication,
                        gint64                now_us,
                        FarJsonWriter        *writer)
{
  FarPrice price = far_publication_price (publication, self, now_us);
  g_autofree char *picture = NULL;

  far_json_add_string (writer, "id", self->id);
  far_json_add_string (writer, "title", self->title);
  far_json_add_string (writer, "author", self->author);
  far_json_add_string (writer, "date", self->date);
  far_json_add_string (writer, "category", self->category);
  far_json_add_string (writer, "summary", self->summary);
  picture = g_strconcat (FAR_MEDIA_PATH, self->picture, NULL);
  far_json_add_string (writer, "picture", picture);
  far_json_add_string (writer, "picture_alt", self->picture_alt);
  far_json_begin_array (writer, "tags");
  for (guint i = 0; self->tags != NULL && self->tags[i] != NULL; i++)
    far_json_add_string (writer, NULL, self->tags[i]);
  far_json_end_array (writer);
  far_price_write (&price, writer);
  far_json_add_string (writer, "currency", publication->currency);
  far_json_add_int (writer, "words", self->n_words);
  far_json_add_int (writer, "words_locked", self->n_words_locked);
}

static void
write_blocks (const FarArticle *self,
              const char       *name,
              guint             from,
              guint             to,
              FarJsonWriter    *writer)
{
  far_json_begin_array (writer, name);
  for (guint i = from; i < to; i++)
    far_block_write (g_ptr_array_index (self->blocks, i), writer);
  far_json_end_array (writer);
}

void
far_article_write_free (const FarArticle *self,
                        FarJsonWriter    *writer)
{
  write_blocks (self, "free", 0, self->n_free, writer);
}

void
far_article_write_body (const FarArticle *self,
                        FarJsonWriter    *writer)
{
  write_blocks (self, "body", self->n_free, self->blocks->len, writer);
}
