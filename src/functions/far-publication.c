/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading a publication's folder, and finding out whether it has changed.
 *
 * Whether it has changed is told by the folders' and files' times and sizes: a folder's time
 * changes when a name comes or goes, a file's when it is written in place. */
#include "functions/far-publication.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/far-money.h"
#include "functions/far-publication-read.h"
#include "market/far-payout-file.h"
#include "market/far-provider-units.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME_MAX_BYTES 64 /* of a property or publisher */

typedef struct {
  char           *path;
  struct timespec changed;
  gint64          size;
  guint64         inode;
} Source;

static void
source_clear (gpointer data)
{
  g_free (((Source *) data)->path);
}

static gboolean
look (const char *path,
      Source     *source)
{
  struct stat info;

  if (stat (path, &info) != 0)
    return FALSE;
  source->changed = info.st_mtim;
  source->size = S_ISDIR (info.st_mode) ? 0 : info.st_size;
  source->inode = info.st_ino;
  return TRUE;
}

/* Remembers a path as it is now, before it is read: what changes meanwhile is seen next time. */
static void
remember (FarPublication *self,
          const char     *path)
{
  Source source = { .path = g_strdup (path) };

  look (path, &source);
  g_array_append_val (self->sources, source);
}

gboolean
far_publication_is_current (FarPublication *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  for (guint i = 0; i < self->sources->len; i++)
    {
      const Source *source = &g_array_index (self->sources, Source, i);
      Source now = { NULL };

      if (!look (source->path, &now) || now.inode != source->inode || now.size != source->size ||
          now.changed.tv_sec != source->changed.tv_sec ||
          now.changed.tv_nsec != source->changed.tv_nsec)
        return FALSE;
    }
  return TRUE;
}

void
far_publication_free (FarPublication *self)
{
  if (self == NULL)
    return;
  g_free (self->folder);
  g_free (self->id);
  g_free (self->title);
  g_free (self->tagline);
  g_free (self->about);
  g_free (self->currency);
  g_free (self->support);
  g_strfreev (self->categories);
  g_strfreev (self->tags);
  g_free (self->publisher);
  g_free (self->publisher_name);
  g_free (self->fee_receiver);
  g_clear_pointer (&self->price_rules, g_ptr_array_unref);
  g_clear_pointer (&self->articles, g_ptr_array_unref);
  g_clear_pointer (&self->campaigns, g_ptr_array_unref);
  g_clear_pointer (&self->sources, g_array_unref);
  g_free (self);
}

static char *
read_text (FarPublication  *self,
           const char      *name,
           gsize           *ret_n_bytes,
           GError         **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;
  struct stat info;

  remember (self, path);
  if (stat (path, &info) == 0 && info.st_size > FAR_PUBLICATION_TEXT_MAX)
    g_set_error (&reason, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_READ,
                 "larger than %d KiB; split it", FAR_PUBLICATION_TEXT_MAX / 1024);
  else
    g_file_get_contents (path, &text, ret_n_bytes, &reason);
  if (reason != NULL)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_READ, "%s:1: %s", path,
                   reason->message);
      return NULL;
    }
  return g_steal_pointer (&text);
}

/* The currency, and what a price in it may be at most. */
static gboolean
take_currency (FarPublication  *self,
               FarFlatYaml     *yaml,
               GError         **error)
{
  gint64 minimum_micros;

  if (!far_flat_yaml_take_string (yaml, "currency", &self->currency, error))
    return FALSE;
  if (!far_provider_minimum (self->currency, &minimum_micros, NULL))
    return far_flat_yaml_refuse (yaml, "currency", error,
                                 "currency is \"%s\"; write an ISO 4217 code such as USD",
                                 self->currency);
  self->price_max_micros = minimum_micros * FAR_PUBLICATION_PRICE_MINIMUMS_MAX;
  return TRUE;
}

/* The least that a card is charged, where it is not what the provider asks. */
static gboolean
take_least_charge (FarPublication  *self,
                   FarFlatYaml     *yaml,
                   GError         **error)
{
  gint64 provider_micros;
  g_autofree char *least = NULL;

  if (!far_provider_minimum (self->currency, &provider_micros, error))
    return FALSE;
  least = far_micros_to_display (provider_micros, self->currency);
  if (far_flat_yaml_has (yaml, "least_charge_own_risk"))
    {
      g_autofree char *risk = NULL;

      if (!far_flat_yaml_take_string (yaml, "least_charge_own_risk", &risk, error))
        return FALSE;
      self->least_charge_own_risk = strcmp (risk, "true") == 0;
      if (!self->least_charge_own_risk && strcmp (risk, "false") != 0)
        return far_flat_yaml_refuse (yaml, "least_charge_own_risk", error,
                                     "least_charge_own_risk is true or false");
    }
  if (!far_flat_yaml_has (yaml, "least_charge"))
    return TRUE;
  if (!far_flat_yaml_take_amount (yaml, "least_charge", FAR_MICROS_MAX,
                                  &self->least_charge_micros, error))
    return FALSE;
  if (self->least_charge_micros < provider_micros && !self->least_charge_own_risk)
    return far_flat_yaml_refuse (yaml, "least_charge", error,
                                 "least_charge is less than %s, which the payment provider asks; "
                                 "raise it, or add \"least_charge_own_risk: true\": what the "
                                 "provider refuses is carried forward", least);
  if (self->tab_cap_micros >= 0 && self->least_charge_micros > self->tab_cap_micros)
    return far_flat_yaml_refuse (yaml, "least_charge", error,
                                 "least_charge is more than tab_cap: no tab would ever be "
                                 "charged");
  return TRUE;
}

/* What may be owed; each may be left out. */
static gboolean
take_caps (FarPublication  *self,
           FarFlatYaml     *yaml,
           GError         **error)
{
  const struct {
    const char *key;
    gint64     *micros;
  } caps[] = {
    { "reader_cap", &self->reader_cap_micros },
    { "tab_cap", &self->tab_cap_micros },
    { "hour_cap", &self->hour_cap_micros },
  };

  for (guint i = 0; i < G_N_ELEMENTS (caps); i++)
    {
      *caps[i].micros = -1;
      if (far_flat_yaml_has (yaml, caps[i].key) &&
          !far_flat_yaml_take_amount (yaml, caps[i].key, FAR_MICROS_MAX, caps[i].micros, error))
        return FALSE;
    }
  if (!take_least_charge (self, yaml, error))
    return FALSE;
  self->network_cap = -1;
  return !far_flat_yaml_has (yaml, "new_readers_per_network") ||
         far_flat_yaml_take_int (yaml, "new_readers_per_network", 0, 1000000, &self->network_cap,
                                 error);
}

/* Who is paid. The books know publisher and property by these names for good, so they are made of
 * letters that survive every file and address. */
static gboolean
take_parties (FarPublication  *self,
              FarFlatYaml     *yaml,
              GError         **error)
{
  const struct {
    const char *key;
    char      **name;
  } names[] = { { "id", &self->id }, { "publisher", &self->publisher } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (!far_flat_yaml_take_string (yaml, names[i].key, names[i].name, error))
        return FALSE;
      if (strlen (*names[i].name) > NAME_MAX_BYTES || !g_ascii_isalnum (**names[i].name) ||
          strspn (*names[i].name, NAME_LETTERS) != strlen (*names[i].name))
        return far_flat_yaml_refuse (yaml, names[i].key, error,
                                     "%s is \"%s\"; write at most %d of a-z, 0-9 and \"-\", a "
                                     "letter or digit first", names[i].key, *names[i].name,
                                     NAME_MAX_BYTES);
    }
  if (!far_flat_yaml_take_string (yaml, "publisher_name", &self->publisher_name, error))
    return FALSE;
  if (strlen (self->publisher_name) > FAR_PAYOUT_NAME_MAX)
    return far_flat_yaml_refuse (yaml, "publisher_name", error,
                                 "publisher_name is longer than the %d bytes that a payment to it "
                                 "can carry; shorten it", FAR_PAYOUT_NAME_MAX);
  return TRUE;
}

/* Categories, tags, and what an article costs that names no price; tags, default and rules may be
 * left out. */
static gboolean
take_prices (FarPublication  *self,
             FarFlatYaml     *yaml,
             GError         **error)
{
  if (!far_flat_yaml_take_list (yaml, "categories", &self->categories, error) ||
      (far_flat_yaml_has (yaml, "tags") &&
       !far_flat_yaml_take_list (yaml, "tags", &self->tags, error)) ||
      (far_flat_yaml_has (yaml, "price") &&
       !far_flat_yaml_take_amount (yaml, "price", self->price_max_micros, &self->price_micros,
                                   error)))
    return FALSE;
  if (!far_flat_yaml_has (yaml, "price_rules"))
    return TRUE;
  self->price_rules = far_price_rules_read (yaml, (const char *const *) self->categories,
                                            (const char *const *) self->tags,
                                            self->price_max_micros, error);
  return self->price_rules != NULL;
}

static gboolean
read_settings (FarPublication  *self,
               GError         **error)
{
  g_autofree char *text = NULL;
  g_autoptr (FarFlatYaml) yaml = NULL;
  gsize n_bytes;
  gint64 fee_bps, free_pledges, hours;

  text = read_text (self, "publication.yaml", &n_bytes, error);
  if (text == NULL)
    return FALSE;
  yaml = far_flat_yaml_parse (text, n_bytes, "publication.yaml", 1, error);
  if (yaml == NULL || !take_currency (self, yaml, error) ||
      !take_parties (self, yaml, error) ||
      !far_flat_yaml_take_string (yaml, "title", &self->title, error) ||
      !far_flat_yaml_take_string (yaml, "tagline", &self->tagline, error) ||
      !far_flat_yaml_take_string (yaml, "about", &self->about, error) ||
      !far_flat_yaml_take_string (yaml, "support", &self->support, error) ||
      !take_prices (self, yaml, error) ||
      !far_flat_yaml_take_amount (yaml, "ad_floor", self->price_max_micros,
                                  &self->ad_floor_micros, error) ||
      !far_flat_yaml_take_int (yaml, "fee_bps", 0, FAR_BASIS_POINTS, &fee_bps, error) ||
      !far_flat_yaml_take_string (yaml, "fee_receiver", &self->fee_receiver, error) ||
      !far_flat_yaml_take_int (yaml, "free_pledges", 0, 1000, &free_pledges, error) ||
      !far_flat_yaml_take_int (yaml, "refund_window_hours", 0, 8760, &hours, error) ||
      !take_caps (self, yaml, error) ||
      !far_flat_yaml_finish (yaml, error))
    return FALSE;
  self->fee_bps = fee_bps;
  self->free_pledges = free_pledges;
  self->refund_window_s = hours * 3600;
  return TRUE;
}

static int
by_name (gconstpointer a,
         gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in a folder with that suffix, in order. Returns: (transfer full) */
static GPtrArray *
list_folder (FarPublication  *self,
             const char      *folder,
             const char      *suffix,
             guint            n_max,
             GError         **error)
{
  g_autofree char *path = g_build_filename (self->folder, folder, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  remember (self, path);
  dir = g_dir_open (path, 0, NULL);
  if (dir == NULL)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_READ,
                   "%s:1: the folder cannot be read; a publication has articles/, campaigns/ and "
                   "media/", path);
      return NULL;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, suffix))
      g_ptr_array_add (names, g_strdup (name));
  if (names->len > n_max)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_READ,
                   "%s:1: %u files, and %u are the most; remove some", path, names->len, n_max);
      return NULL;
    }
  g_ptr_array_sort (names, by_name);
  return g_steal_pointer (&names);
}

/* An id is a file's name without its suffix, in the letters that may stand in a path. */
static char *
make_id (const char  *folder,
         const char  *name,
         const char  *suffix,
         GError     **error)
{
  g_autofree char *id = g_strndup (name, strlen (name) - strlen (suffix));

  if (*id == '\0' || strlen (id) > 80 ||
      strspn (id, NAME_LETTERS) != strlen (id))
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_VALUE,
                   "%s/%s:1: the name is the id; rename it to at most 80 of a-z, 0-9 and \"-\"",
                   folder, name);
      return NULL;
    }
  return g_steal_pointer (&id);
}

static gboolean
read_articles (FarPublication  *self,
               GError         **error)
{
  g_autoptr (GPtrArray) names =
    list_folder (self, "articles", ".md", FAR_PUBLICATION_ARTICLES_MAX, error);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *file = g_build_filename ("articles", name, NULL);
      g_autofree char *id = make_id ("articles", name, ".md", error);
      g_autofree char *text = NULL;
      FarArticle *article;
      gsize n_bytes;

      text = id != NULL ? read_text (self, file, &n_bytes, error) : NULL;
      article = text != NULL ? far_article_read (self, id, file, text, n_bytes, error) : NULL;
      if (article == NULL)
        return FALSE;
      g_ptr_array_add (self->articles, article);
    }
  if (names != NULL && names->len == 0)
    {
      g_set_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_READ,
                   "%s/articles:1: there is no article; write one as NAME.md", self->folder);
      return FALSE;
    }
  return names != NULL;
}

static gboolean
read_campaigns (FarPublication  *self,
                GError         **error)
{
  g_autoptr (GPtrArray) names =
    list_folder (self, "campaigns", ".yaml", FAR_PUBLICATION_CAMPAIGNS_MAX, error);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *file = g_build_filename ("campaigns", name, NULL);
      g_autofree char *id = make_id ("campaigns", name, ".yaml", error);
      g_autofree char *text = NULL;
      g_autofree char *creative = NULL;
      FarCampaign *campaign;
      gsize n_bytes;

      text = id != NULL ? read_text (self, file, &n_bytes, error) : NULL;
      campaign = text != NULL ? far_campaign_read (self, id, file, text, n_bytes, error) : NULL;
      if (campaign == NULL)
        return FALSE;
      g_ptr_array_add (self->campaigns, campaign);
      creative = g_build_filename (self->folder, "media", campaign->creative, NULL);
      remember (self, creative);
    }
  return names != NULL;
}

static int
newest_first (gconstpointer a,
              gconstpointer b)
{
  const FarArticle *left = *(const FarArticle *const *) a;
  const FarArticle *right = *(const FarArticle *const *) b;
  int order = strcmp (right->date, left->date);

  return order != 0 ? order : strcmp (left->id, right->id);
}

/**
 * far_publication_load:
 * @folder: the publication's folder
 *
 * Returns: (transfer full): the publication, or %NULL with %FAR_PUBLICATION_ERROR: the message
 *   names file, line, reason and what to do
 */
FarPublication *
far_publication_load (const char  *folder,
                      GError     **error)
{
  g_autoptr (FarPublication) self = g_new0 (FarPublication, 1);
  g_autofree char *media = NULL;

  g_return_val_if_fail (folder != NULL, NULL);

  self->folder = g_strdup (folder);
  self->articles = g_ptr_array_new_with_free_func ((GDestroyNotify) far_article_free);
  self->campaigns = g_ptr_array_new_with_free_func ((GDestroyNotify) far_campaign_free);
  self->sources = g_array_new (FALSE, FALSE, sizeof (Source));
  g_array_set_clear_func (self->sources, source_clear);
  media = g_build_filename (folder, "media", NULL);
  remember (self, media);
  if (!read_settings (self, error) || !read_articles (self, error) ||
      !read_campaigns (self, error))
    return NULL;
  g_ptr_array_sort (self->articles, newest_first);
  return g_steal_pointer (&self);
}

const FarArticle *
far_publication_find_article (FarPublication *self,
                              const char     *id)
{
  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; id != NULL && i < self->articles->len; i++)
    {
      const FarArticle *article = g_ptr_array_index (self->articles, i);

      if (g_str_equal (article->id, id))
        return article;
    }
  return NULL;
}

const FarCampaign *
far_publication_find_campaign (FarPublication *self,
                               const char     *id)
{
  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; id != NULL && i < self->campaigns->len; i++)
    {
      const FarCampaign *campaign = g_ptr_array_index (self->campaigns, i);

      if (g_str_equal (campaign->id, id))
        return campaign;
    }
  return NULL;
}

FarPrice
far_publication_price (const FarPublication *self,
                       const FarArticle     *article,
                       gint64                now_us)
{
  FarPriceSubject subject;

  g_return_val_if_fail (self != NULL && article != NULL, (FarPrice) { 0 });

  subject = (FarPriceSubject) {
    .own_micros = article->own_price_micros,
    .category = article->category,
    .tags = article->tags,
    .day = article->day,
  };
  return far_price_choose (self->price_rules, self->price_micros, &subject, now_us);
}

/* Whether a block of the article from the one to before the other shows this picture. */
static gboolean
shows (const FarArticle *article,
       guint             from,
       guint             to,
       const char       *file)
{
  for (guint i = from; i < to; i++)
    {
      const FarBlock *block = g_ptr_array_index (article->blocks, i);

      if (g_strcmp0 (block->picture, file) == 0)
        return TRUE;
    }
  return FALSE;
}

const FarArticle *
far_publication_find_picture (FarPublication *self,
                              const char     *file,
                              gboolean       *ret_locked)
{
  const FarArticle *found = NULL;

  g_return_val_if_fail (self != NULL && file != NULL && ret_locked != NULL, NULL);

  for (guint i = 0; i < self->articles->len; i++)
    {
      const FarArticle *article = g_ptr_array_index (self->articles, i);

      if (g_str_equal (article->picture, file) || shows (article, 0, article->n_free, file))
        {
          *ret_locked = FALSE;
          return article;
        }
      if (found == NULL && shows (article, article->n_free, article->blocks->len, file))
        found = article;
    }
  if (found != NULL)
    *ret_locked = TRUE;
  return found;
}

GBytes *
far_publication_read_media (FarPublication  *self,
                            const char      *file,
                            GError         **error)
{
  g_autofree char *path = NULL;
  char *data;
  gsize n_bytes;

  g_return_val_if_fail (self != NULL && file != NULL && strchr (file, '/') == NULL, NULL);

  path = g_build_filename (self->folder, "media", file, NULL);
  if (!g_file_get_contents (path, &data, &n_bytes, error))
    return NULL;
  return g_bytes_new_take (data, n_bytes);
}

const char *
far_media_content_type (const char *file)
{
  g_return_val_if_fail (file != NULL, NULL);

  if (g_str_has_suffix (file, ".png"))
    return "image/png";
  if (g_str_has_suffix (file, ".jpg"))
    return "image/jpeg";
  if (g_str_has_suffix (file, ".webm"))
    return "video/webm";
  return NULL;
}
