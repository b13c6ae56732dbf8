/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Articles and campaigns from text. The lock falls behind the paragraph that free_paragraphs names:
 * headings, lists, quotes and pictures before it are free with it. */
#include "functions/far-publication-read.h"

#include <string.h>
#include <sys/stat.h>

#include "base/far-clock.h"
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
  g_strfreev (self->tags);
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
            const char   *key,
            char        **ret_value,
            GError      **error)
{
  g_autofree char *value = NULL;

  if (!far_flat_yaml_take_string (yaml, key, &value, error))
    return FALSE;
  if (strlen (value) > TITLE_MAX)
    return far_flat_yaml_refuse (yaml, key, error, "%s is longer than %d bytes; shorten it", key,
                                 TITLE_MAX);
  *ret_value = g_steal_pointer (&value);
  return TRUE;
}

/* A file in media/: a plain name, of a kind that is served, that is there. place is where it is
 * named, as errors have it. */
static gboolean
check_media (const FarPublication  *publication,
             const char            *name,
             const char            *place,
             gint64                *ret_size,
             GError               **error)
{
  g_autofree char *path = NULL;
  struct stat info;

  if (strchr (name, '/') != NULL || name[0] == '.' || far_media_content_type (name) == NULL)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s: \"%s\" must be the name of a .png, .jpg or .webm file in media/", place,
                   name);
      return FALSE;
    }
  path = g_build_filename (publication->folder, "media", name, NULL);
  if (stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size < 1 ||
      info.st_size > FAR_PUBLICATION_MEDIA_MAX)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s: media/%s is not there, empty, or larger than 4 MiB; put the file there",
                   place, name);
      return FALSE;
    }
  *ret_size = info.st_size;
  return TRUE;
}

static gboolean
check_category (const FarPublication  *publication,
                const char            *category,
                FarFlatYaml           *yaml,
                const char            *key,
                GError               **error)
{
  g_autofree char *known = NULL;

  if (g_strv_contains ((const char *const *) publication->categories, category))
    return TRUE;
  known = g_strjoinv (", ", publication->categories);
  return far_flat_yaml_refuse (yaml, key, error,
                               "\"%s\" is not a category of this publication; it has %s", category,
                               known);
}

/* The name of a file in media/ that the key holds, and how large the file is. */
static gboolean
take_media (const FarPublication  *publication,
            FarFlatYaml           *yaml,
            const char            *key,
            char                 **ret_name,
            gint64                *ret_size,
            GError               **error)
{
  g_autofree char *place = far_flat_yaml_get_place (yaml, key);

  return far_flat_yaml_take_string (yaml, key, ret_name, error) &&
         check_media (publication, *ret_name, place, ret_size, error);
}

/* Each tag must be the publication's, so that a misspelt one is not a dearer article. */
static gboolean
take_tags (const FarPublication  *publication,
           FarFlatYaml           *yaml,
           char                ***ret_tags,
           GError               **error)
{
  if (!far_flat_yaml_has (yaml, "tags"))
    return TRUE;
  if (!far_flat_yaml_take_list (yaml, "tags", ret_tags, error))
    return FALSE;
  for (guint i = 0; (*ret_tags)[i] != NULL; i++)
    if (publication->tags == NULL ||
        !g_strv_contains ((const char *const *) publication->tags, (*ret_tags)[i]))
      return far_flat_yaml_refuse (yaml, "tags", error,
                                   "\"%s\" is not among the tags of this publication; add it to "
                                   "\"tags\" in publication.yaml, or mend its spelling",
                                   (*ret_tags)[i]);
  return TRUE;
}

/* The article's date, also as a number of days. */
static gboolean
take_date (FarArticle   *self,
           FarFlatYaml  *yaml,
           GError      **error)
{
  g_autofree char *midnight = NULL;
  gint64 time_us = 0;

  if (!far_flat_yaml_take_date (yaml, "date", &self->date, error))
    return FALSE;
  midnight = g_strconcat (self->date, "T00:00:00Z", NULL);
  if (!far_time_parse_rfc3339 (midnight, &time_us))
    g_assert_not_reached (); /* the date was read so */
  self->day = time_us / (24 * G_TIME_SPAN_HOUR);
  return TRUE;
}

/* The article's own price, which a publication's default makes unnecessary. */
static gboolean
take_price (const FarPublication  *publication,
            FarArticle            *self,
            FarFlatYaml           *yaml,
            GError               **error)
{
  if (!far_flat_yaml_has (yaml, "price") && publication->price_micros > 0)
    return TRUE;
  return far_flat_yaml_take_amount (yaml, "price", publication->price_max_micros,
                                    &self->own_price_micros, error);
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
      FarFlatYaml  *yaml,
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
  return far_flat_yaml_refuse (yaml, "free_paragraphs", error,
                               "free_paragraphs is %" G_GINT64_FORMAT ", which leaves no paragraph "
                               "to pay for; lower it or write on", n_paragraphs);
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
      g_autofree char *place = g_strdup_printf ("%s:%u", file, block->line);
      gint64 size;

      if (block->picture != NULL &&
          !check_media (publication, block->picture, place, &size, error))
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
      !take_title (yaml, "title", &self->title, error) ||
      !take_title (yaml, "author", &self->author, error) ||
      !take_date (self, yaml, error) ||
      !take_title (yaml, "category", &self->category, error) ||
      !check_category (publication, self->category, yaml, "category", error) ||
      !take_tags (publication, yaml, &self->tags, error) ||
      !take_price (publication, self, yaml, error) ||
      !far_flat_yaml_take_int (yaml, "free_paragraphs", 0, 100, &n_paragraphs, error) ||
      !take_media (publication, yaml, "picture", &self->picture, &size, error) ||
      !far_flat_yaml_take_string (yaml, "picture_alt", &self->picture_alt, error) ||
      !far_flat_yaml_take_string (yaml, "summary", &self->summary, error) ||
      !far_flat_yaml_finish (yaml, error))
    return NULL;
  self->blocks = far_markdown_parse (body, text + n_bytes - body, file, body_line, error);
  if (self->blocks == NULL ||
      !lock (self, n_paragraphs, yaml, error) ||
      !check_pictures (publication, self, file, error))
    return NULL;
  return g_steal_pointer (&self);
}

static gboolean
check_campaign (const FarPublication  *publication,
                FarCampaign           *self,
                const char            *kind,
                FarFlatYaml           *yaml,
                GError               **error)
{
  const char *type = far_media_content_type (self->creative);

  self->video = g_str_equal (kind, "video");
  if ((!self->video && !g_str_equal (kind, "picture")) ||
      !g_str_has_prefix (type, self->video ? "video/" : "image/"))
    return far_flat_yaml_refuse (yaml, "kind", error,
                                 "kind is \"%s\" and the creative %s; write video for a .webm, "
                                 "picture for a .png or .jpg", kind, self->creative);
  self->content_type = g_strdup (type);
  if (!g_str_equal (self->currency, publication->currency))
    return far_flat_yaml_refuse (yaml, "currency", error,
                                 "currency is \"%s\", but the publication's is %s; amounts are "
                                 "never converted", self->currency, publication->currency);
  for (guint i = 0; self->categories[i] != NULL; i++)
    if (!check_category (publication, self->categories[i], yaml, "categories", error))
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
      !take_title (yaml, "advertiser", &self->advertiser, error) ||
      !take_title (yaml, "advertiser_name", &self->advertiser_name, error) ||
      !take_title (yaml, "title", &self->title, error) ||
      !take_media (publication, yaml, "creative", &self->creative, &self->total_bytes, error) ||
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
      !check_campaign (publication, self, kind, yaml, error))
    return NULL;
  self->duration_ms = duration_ms;
  return g_steal_pointer (&self);
}
