/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Articles and campaigns from text. The lock falls behind the paragraph that free_paragraphs names:
 * headings, lists, quotes and pictures before it are free with it. */
#include "functions/far-publication-read.h"

#include <string.h>
#include <sys/stat.h>

#include "base/far-money.h"

#define TITLE_MAX 120 /* bytes of titles, names and the like */

void
far_article_free (FarArticle *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->title);
  g_free (self->author);
  g_free (self->date);
  g_free (self->category);
  g_free (self->summary);
  g_free (self->picture);
  g_free (self->picture_alt);
  g_clear_pointer (&self->blocks, g_ptr_array_unref);
  g_free (self);
}

void
far_campaign_free (FarCampaign *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->advertiser);
  g_free (self->advertiser_name);
  g_free (self->title);
  g_free (self->creative);
  g_free (self->content_type);
  g_free (self->alt);
  g_free (self->link);
  g_strfreev (self->categories);
  g_free (self->currency);
  g_free (self);
}

static gboolean
take_title (FarFlatYaml  *yaml,
            const char   *file,
            const char   *key,
            char        **ret_value,
            GError      **error)
{
  g_autofree char *value = NULL;

  if (!far_flat_yaml_take_string (yaml, key, &value, error))
    return FALSE;
  if (strlen (value) > TITLE_MAX)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s:%u: %s is longer than %d bytes; shorten it", file,
                   far_flat_yaml_get_line (yaml, key), key, TITLE_MAX);
      return FALSE;
    }
  *ret_value = g_steal_pointer (&value);
  return TRUE;
}

/* A file in media/: a plain name, of a kind that is served, that is there. */
static gboolean
check_media (const FarPublication  *publication,
             const char            *name,
             const char            *file,
             guint                  line,
             gint64                *ret_size,
             GError               **error)
{
  g_autofree char *path = NULL;
  struct stat info;

  if (strchr (name, '/') != NULL || name[0] == '.' || far_media_content_type (name) == NULL)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s:%u: \"%s\" must be the name of a .png, .jpg or .webm file in media/", file,
                   line, name);
      return FALSE;
    }
  path = g_build_filename (publication->folder, "media", name, NULL);
  if (stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size < 1 ||
      info.st_size > FAR_PUBLICATION_MEDIA_MAX)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s:%u: media/%s is not there, empty, or larger than 4 MiB; put the file there",
                   file, line, name);
      return FALSE;
    }
  *ret_size = info.st_size;
  return TRUE;
}

static gboolean
check_category (const FarPublication  *publication,
                const char            *category,
                const char            *file,
                guint                  line,
                GError               **error)
{
  g_autofree char *known = NULL;

  if (g_strv_contains ((const char *const *) publication->categories, category))
    return TRUE;
  known = g_strjoinv (", ", publication->categories);
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
               "%s:%u: \"%s\" is not a category of this publication; it has %s", file, line,
               category, known);
  return FALSE;
}

/* Splits "---\nfront matter\n---\nbody". */
static gboolean
split_front_matter (const char   *text,
                    gsize         n_bytes,
                    const char   *file,
                    const char  **ret_body,
                    guint        *ret_body_line,
                    gsize        *ret_n_front,
                    GError      **error)
{
  const char *end;

  if (n_bytes < 4 || memcmp (text, "---\n", 4) != 0)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                   "%s:1: an article begins with front matter; write \"---\" on the first line",
                   file);
      return FALSE;
    }
  end = g_strstr_len (text + 3, n_bytes - 3, "\n---\n");
  if (end == NULL)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX,
                   "%s:1: the front matter does not end; write \"---\" on a line behind it", file);
      return FALSE;
    }
  *ret_n_front = end > text + 4 ? end - (text + 4) : 0;
  *ret_body = end + 5;
  *ret_body_line = 1;
  for (const char *p = text; p < *ret_body; p++)
    *ret_body_line += *p == '\n';
  return TRUE;
}

/* Puts the lock behind the paragraph number n_paragraphs. */
static gboolean
lock (FarArticle   *self,
      gint64        n_paragraphs,
      const char   *file,
      guint         line,
      GError      **error)
{
  gint64 seen = 0;
  gboolean text_behind = FALSE;

  for (guint i = 0; i < self->blocks->len; i++)
    {
      const FarBlock *block = g_ptr_array_index (self->blocks, i);
      guint words = far_block_count_words (block);

      self->n_words += words;
      if (seen >= n_paragraphs)
        {
          self->n_words_locked += words;
          text_behind |= block->kind == FAR_BLOCK_TEXT;
          continue;
        }
      seen += block->kind == FAR_BLOCK_TEXT;
      self->n_free = i + 1;
    }
  if (text_behind)
    return TRUE;
  g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
               "%s:%u: free_paragraphs is %" G_GINT64_FORMAT ", which leaves no paragraph to pay "
               "for; lower it or write on", file, line, n_paragraphs);
  return FALSE;
}

static gboolean
check_pictures (const FarPublication  *publication,
                const FarArticle      *self,
                const char            *file,
                GError               **error)
{
  for (guint i = 0; i < self->blocks->len; i++)
    {
      const FarBlock *block = g_ptr_array_index (self->blocks, i);
      gint64 size;

      if (block->picture != NULL &&
          !check_media (publication, block->picture, file, block->line, &size, error))
        return FALSE;
    }
  return TRUE;
}

FarArticle *
far_article_read (const FarPublication  *publication,
                  const char            *id,
                  const char            *file,
                  const char            *text,
                  gsize                  n_bytes,
                  GError               **error)
{
  g_autoptr (FarArticle) self = g_new0 (FarArticle, 1);
  g_autoptr (FarFlatYaml) yaml = NULL;
  const char *body;
  guint body_line;
  gsize n_front;
  gint64 n_paragraphs, size;

  self->id = g_strdup (id);
  if (!split_front_matter (text, n_bytes, file, &body, &body_line, &n_front, error))
    return NULL;
  yaml = far_flat_yaml_parse (text + 4, n_front, file, 2, error);
  if (yaml == NULL ||
      !take_title (yaml, file, "title", &self->title, error) ||
      !take_title (yaml, file, "author", &self->author, error) ||
      !far_flat_yaml_take_date (yaml, "date", &self->date, error) ||
      !take_title (yaml, file, "category", &self->category, error) ||
      !check_category (publication, self->category, file,
                       far_flat_yaml_get_line (yaml, "category"), error) ||
      !far_flat_yaml_take_amount (yaml, "price", publication->price_max_micros, &self->price_micros,
                                  error) ||
      !far_flat_yaml_take_int (yaml, "free_paragraphs", 0, 100, &n_paragraphs, error) ||
      !far_flat_yaml_take_string (yaml, "picture", &self->picture, error) ||
      !check_media (publication, self->picture, file, far_flat_yaml_get_line (yaml, "picture"),
                    &size, error) ||
      !far_flat_yaml_take_string (yaml, "picture_alt", &self->picture_alt, error) ||
      !far_flat_yaml_take_string (yaml, "summary", &self->summary, error) ||
      !far_flat_yaml_finish (yaml, error))
    return NULL;
  self->blocks = far_markdown_parse (body, text + n_bytes - body, file, body_line, error);
  if (self->blocks == NULL ||
      !lock (self, n_paragraphs, file, far_flat_yaml_get_line (yaml, "free_paragraphs"), error) ||
      !check_pictures (publication, self, file, error))
    return NULL;
  return g_steal_pointer (&self);
}

static gboolean
check_campaign (const FarPublication  *publication,
                FarCampaign           *self,
                const char            *kind,
                FarFlatYaml           *yaml,
                const char            *file,
                GError               **error)
{
  const char *type = far_media_content_type (self->creative);
  guint line = far_flat_yaml_get_line (yaml, "categories");

  self->video = g_str_equal (kind, "video");
  if ((!self->video && !g_str_equal (kind, "picture")) ||
      !g_str_has_prefix (type, self->video ? "video/" : "image/"))
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s:%u: kind is \"%s\" and the creative %s; write video for a .webm, picture "
                   "for a .png or .jpg", file, far_flat_yaml_get_line (yaml, "kind"), kind,
                   self->creative);
      return FALSE;
    }
  self->content_type = g_strdup (type);
  if (!g_str_equal (self->currency, publication->currency))
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s:%u: currency is \"%s\", but the publication's is %s; amounts are never "
                   "converted", file, far_flat_yaml_get_line (yaml, "currency"), self->currency,
                   publication->currency);
      return FALSE;
    }
  for (guint i = 0; self->categories[i] != NULL; i++)
    if (!check_category (publication, self->categories[i], file, line, error))
      return FALSE;
  return TRUE;
}

FarCampaign *
far_campaign_read (const FarPublication  *publication,
                   const char            *id,
                   const char            *file,
                   const char            *text,
                   gsize                  n_bytes,
                   GError               **error)
{
  g_autoptr (FarCampaign) self = g_new0 (FarCampaign, 1);
  g_autoptr (FarFlatYaml) yaml = far_flat_yaml_parse (text, n_bytes, file, 1, error);
  g_autofree char *kind = NULL;
  gint64 duration_ms;

  self->id = g_strdup (id);
  if (yaml == NULL ||
      !take_title (yaml, file, "advertiser", &self->advertiser, error) ||
      !take_title (yaml, file, "advertiser_name", &self->advertiser_name, error) ||
      !take_title (yaml, file, "title", &self->title, error) ||
      !far_flat_yaml_take_string (yaml, "creative", &self->creative, error) ||
      !check_media (publication, self->creative, file, far_flat_yaml_get_line (yaml, "creative"),
                    &self->total_bytes, error) ||
      !far_flat_yaml_take_string (yaml, "kind", &kind, error) ||
      !far_flat_yaml_take_string (yaml, "alt", &self->alt, error) ||
      !far_flat_yaml_take_string (yaml, "link", &self->link, error) ||
      !far_flat_yaml_take_int (yaml, "duration_ms", 1000, 120000, &duration_ms, error) ||
      !far_flat_yaml_take_list (yaml, "categories", &self->categories, error) ||
      !far_flat_yaml_take_amount (yaml, "bid", publication->price_max_micros, &self->bid_micros,
                                  error) ||
      !far_flat_yaml_take_amount (yaml, "budget", FAR_MICROS_MAX, &self->budget_micros, error) ||
      !far_flat_yaml_take_string (yaml, "currency", &self->currency, error) ||
      !far_flat_yaml_finish (yaml, error) ||
      !check_campaign (publication, self, kind, yaml, file, error))
    return NULL;
  self->duration_ms = duration_ms;
  return g_steal_pointer (&self);
}
