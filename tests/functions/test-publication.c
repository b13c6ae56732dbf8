/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The demo publication as it stands in the tree, and what is said about broken ones. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/far-random.h"
#include "functions/far-publication.h"

static char *
demo_folder (void)
{
  return g_build_filename (g_getenv ("FARTHING_SOURCE_ROOT"), "data", "publication", NULL);
}

static char *
body_json (const FarArticle *article)
{
  g_auto (FarJsonWriter) writer = { NULL };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_article_write_body (article, &writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

#define NOW_US (G_GINT64_CONSTANT (1795392000) * G_USEC_PER_SEC) /* 2026-11-23 */

/* What anyone may have: list and free beginning. */
static char *
open_json (const FarArticle     *article,
           const FarPublication *publication)
{
  g_auto (FarJsonWriter) writer = { NULL };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_article_write_head (article, publication, NOW_US, &writer);
  far_article_write_free (article, &writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

/* "…*Rogue's yarn: WORD.*" at the end of an article. Returns: (transfer full): the word */
static char *
marker_of (const FarArticle *article)
{
  const FarBlock *last = g_ptr_array_index (article->blocks, article->blocks->len - 1);
  const char *text = last->text.text;

  g_assert_true (g_str_has_prefix (text, "Rogue's yarn: "));
  g_assert_true (g_str_has_suffix (text, "."));
  return g_strndup (text + strlen ("Rogue's yarn: "), strlen (text) - strlen ("Rogue's yarn: ."));
}

static void
test_demo (void)
{
  g_autofree char *folder = demo_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPublication) publication = far_publication_load (folder, &error);
  g_autoptr (GHashTable) categories = g_hash_table_new (g_str_hash, g_str_equal);
  const char *before = "9999";
  guint reasons = 0;
  FarPrice price;

  g_assert_no_error (error);
  g_assert_cmpstr (publication->title, ==, "The Ropewalk");
  g_assert_cmpuint (publication->articles->len, >=, 12);
  for (guint i = 0; i < publication->articles->len; i++)
    {
      const FarArticle *article = g_ptr_array_index (publication->articles, i);

      g_hash_table_add (categories, article->category);
      g_assert_cmpint (strcmp (article->date, before), <=, 0);
      before = article->date;
      price = far_publication_price (publication, article, NOW_US);
      g_assert_cmpint (price.micros, >=, 30000);
      g_assert_cmpint (price.micros, <=, 120000);
      reasons |= 1u << price.from;
      g_assert_cmpuint (article->n_words, >=, 500);
      g_assert_cmpuint (article->n_words, <=, 900);
      g_assert_cmpuint (article->n_free, >, 0);
      g_assert_cmpuint (article->n_words_locked * 2, >, article->n_words);
      g_assert_true (far_publication_find_article (publication, article->id) == article);
    }
  g_assert_cmpuint (reasons, ==, 7); /* some price of each kind is there to be seen */
  g_assert_cmpuint (g_hash_table_size (categories), >=, 4);
  g_assert_null (far_publication_find_article (publication, "../publication"));
}

static void
test_campaigns (void)
{
  g_autofree char *folder = demo_folder ();
  g_autoptr (FarPublication) publication = far_publication_load (folder, NULL);
  g_autoptr (GHashTable) advertisers = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_videos = 0;
  gboolean locked;

  g_assert_nonnull (publication);
  g_assert_cmpuint (publication->campaigns->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      const FarCampaign *campaign = g_ptr_array_index (publication->campaigns, i);
      g_autoptr (GBytes) media =
        far_publication_read_media (publication, campaign->creative, NULL);

      g_assert_nonnull (media);
      g_assert_cmpint (g_bytes_get_size (media), ==, campaign->total_bytes);
      g_assert_cmpint (campaign->total_bytes, <=, campaign->video ? 150 * 1024 : 60 * 1024);
      g_assert_cmpuint (campaign->duration_ms, <=, 3000);
      g_assert_cmpint (campaign->bid_micros, >, publication->ad_floor_micros);
      g_hash_table_add (advertisers, campaign->advertiser);
      n_videos += campaign->video;
      /* A creative is only to be had for a view. */
      g_assert_null (far_publication_find_picture (publication, campaign->creative, &locked));
    }
  g_assert_cmpuint (n_videos, ==, 2);
  g_assert_cmpuint (g_hash_table_size (advertisers), ==, 2);
}

/* Each marker stands once in its own locked part, and in nothing that is open in any article. */
static void
test_markers (void)
{
  g_autofree char *folder = demo_folder ();
  g_autoptr (FarPublication) publication = far_publication_load (folder, NULL);

  g_assert_nonnull (publication);
  for (guint i = 0; i < publication->articles->len; i++)
    {
      const FarArticle *article = g_ptr_array_index (publication->articles, i);
      g_autofree char *marker = marker_of (article);

      g_assert_cmpuint (strlen (marker), >=, 8);
      for (const char *p = marker; *p != '\0'; p++)
        g_assert_true (g_ascii_islower (*p));
      for (guint k = 0; k < publication->articles->len; k++)
        {
          const FarArticle *other = g_ptr_array_index (publication->articles, k);
          g_autofree char *open = open_json (other, publication);
          g_autofree char *body = body_json (other);

          g_assert_null (strstr (open, marker));
          g_assert_cmpint (strstr (body, marker) != NULL, ==, i == k);
        }
    }
}

/* A copy of the demo, so that it can be broken. */
typedef struct {
  char *folder;
} Copy;

static void
copy_folder (const char *from,
             const char *to)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  g_assert_cmpint (g_mkdir (to, 0700), ==, 0);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);
      g_autofree char *data = NULL;
      gsize n_bytes;

      if (g_file_test (source, G_FILE_TEST_IS_DIR))
        continue;
      g_assert_true (g_file_get_contents (source, &data, &n_bytes, NULL));
      g_assert_true (g_file_set_contents (target, data, n_bytes, NULL));
    }
}

static void
copy_set_up (Copy          *copy,
             gconstpointer  data)
{
  g_autofree char *demo = demo_folder ();
  g_autofree char *parent = g_dir_make_tmp ("far-publication-XXXXXX", NULL);
  const char *folders[] = { "", "articles", "campaigns", "media" };

  copy->folder = g_build_filename (parent, "copy", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *from = g_build_filename (demo, folders[i], NULL);
      g_autofree char *to = g_build_filename (copy->folder, folders[i], NULL);

      copy_folder (from, to);
    }
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      if (g_file_test (inner, G_FILE_TEST_IS_DIR))
        remove_folder (inner);
      else
        g_unlink (inner);
    }
  g_rmdir (path);
}

static void
copy_tear_down (Copy          *copy,
                gconstpointer  data)
{
  g_autofree char *parent = g_path_get_dirname (copy->folder);

  remove_folder (parent);
  g_free (copy->folder);
}

/* Replaces the first occurrence of a text in a file of the copy. */
static void
edit (Copy       *copy,
      const char *file,
      const char *before,
      const char *after)
{
  g_autofree char *path = g_build_filename (copy->folder, file, NULL);
  g_autofree char *text = NULL;
  g_autofree char *changed = NULL;
  char *at;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  at = strstr (text, before);
  g_assert_nonnull (at);
  *at = '\0';
  changed = g_strconcat (text, after, at + strlen (before), NULL);
  g_assert_true (g_file_set_contents (path, changed, -1, NULL));
}

static FarPrice
price_of (FarPublication *publication,
          const char     *id,
          gint64          now_us)
{
  const FarArticle *article = far_publication_find_article (publication, id);

  g_assert_nonnull (article);
  return far_publication_price (publication, article, now_us);
}

#define SETTINGS "publication.yaml"
#define RULE "  - {name: archive, older_than_days: 1825, price: 0.02}"
#define RULES SETTINGS ":20:"
#define ROPE "articles/three-strands.md"
#define TIN "campaigns/brackwater-tin.yaml"

/* What is broken → what the message must name. */
static const struct {
  const char *file, *before, *after, *place, *reason;
} broken[] = {
  { ROPE, "---\n", "", ROPE ":1:", "begins with front matter" },
  { ROPE, "---\nComb", "Comb", ROPE ":1:", "does not end" },
  { ROPE, "price: 0.05", "price: 0,05", ROPE ":6:", "an amount such as 0.05" },
  { ROPE, "price: 0.05", "price: 0", ROPE ":6:", "above 0" },
  { ROPE, "price: 0.05", "price: -0.05", ROPE ":6:", "above 0" },
  { ROPE, "price: 0.05", "prize: 0.05", ROPE ":6:8:", "not a key of this file" },
  { ROPE, "price: 0.05", "price: 0.05\nprice: 0.04", ROPE ":7:", "twice" },
  { ROPE, "price: 0.05", "price:", ROPE ":6:", "has no value" },
  { ROPE, "price: 0.05", "price: 0.05\nsponsor: me", ROPE ":7:", "not a key of this file" },
  { ROPE, "price: 0.05", "price: 0.05\n  nested: me", ROPE ":7:", "key: value" },
  { ROPE, "date: 2026-11-16", "date: 2026-02-30", ROPE ":4:", "a day that exists" },
  { ROPE, "category: Workshop", "category: Workshops", ROPE ":5:", "not a category" },
  { ROPE, "title: Three", "title: Rope: three", ROPE ":2:", "double quotes" },
  { ROPE, "title: Three", "title: \"Three", ROPE ":2:", "close it" },
  { ROPE, "free_paragraphs: 3", "free_paragraphs: 99", ROPE ":7:", "no paragraph to pay for" },
  { ROPE, "free_paragraphs: 3", "free_paragraphs: some", ROPE ":7:", "whole number" },
  { ROPE, "picture: three-strands.png", "picture: ../publication.yaml", ROPE ":8:", "media/" },
  { ROPE, "picture: three-strands.png", "picture: rope.png", ROPE ":8:", "is not there" },
  { ROPE, "## Two wrongs", "# Two wrongs", ROPE ":18:", "the title stands in the front matter" },
  { ROPE, "## Two wrongs", "<b>Two</b> wrongs", ROPE ":18:", "HTML" },
  { ROPE, "## Two wrongs", "Two **wrongs", ROPE ":18:", "not closed" },
  { ROPE, "## Two wrongs", "![](three-strands.png)", ROPE ":18:", "no description" },
  { ROPE, "## Two wrongs", "[wrongs](javascript:alert)", ROPE ":18:", "https://" },
  { ROPE, "## Two wrongs", "```", ROPE ":18:", "code blocks" },
  { ROPE, "## Two wrongs", "| a | b |", ROPE ":18:", "tables" },
  { ROPE, "## Two wrongs", "\xff", ROPE ":18:", "UTF-8" },
  { TIN, "bid: 0.0090", "bid: 0.00900001", TIN ":11:", "an amount" },
  { TIN, "kind: picture", "kind: video", TIN ":6:", "write video for a .webm" },
  { TIN, "currency: USD", "currency: EUR", TIN ":13:", "never converted" },
  { TIN, "duration_ms: 3000", "duration_ms: 10", TIN ":9:", "1000 to 120000" },
  { TIN, "categories: [Workshop", "categories: [Ads", TIN ":10:", "not a category" },
  { TIN, "categories: [", "categories: [[", TIN ":10:", "double quotes" },
  { SETTINGS, "fee_bps: 3000", "fee_bps: 10001", SETTINGS ":27:10:", "0 to 10000" },
  { SETTINGS, "currency: USD", "currency: BIT", SETTINGS ":12:11:", "ISO 4217" },
  { SETTINGS, "publisher: ropewalk", "publisher: The Ropewalk", SETTINGS ":7:12:", "a-z" },
  { SETTINGS, "publisher: ropewalk", "", SETTINGS ":", "\"publisher\" is missing" },
  { SETTINGS, "categories: [Workshop", "price_rules: 3\ncategories: [Workshop", SETTINGS ":",
    "twice" },
  { SETTINGS, RULE, "  - archive", RULES "5:", "in braces" },
  { SETTINGS, RULE, "  - {name: archive", RULES "5:", "close it with }" },
  { SETTINGS, RULE, RULE " and more", RULES "56:", "behind the row" },
  { SETTINGS, RULE, RULE "\n - {name: b, older_than_days: 1, price: 0.02}", SETTINGS ":21:2:",
    "under one another" },
  { SETTINGS, RULE, "  - {name: archive, price: 0.02}", RULES "5:", "has no condition" },
  { SETTINGS, RULE, "  - {older_than_days: 1, price: 0.02}", RULES "5:", "\"name\" is missing" },
  { SETTINGS, RULE, "  - {name: archive, older_than_days: 1}", RULES "5:", "\"price\" is missing" },
  { SETTINGS, RULE, "  - {name: long reads, older_than_days: 1, price: 0.02}", SETTINGS ":22:12:",
    "two rules are called" },
  { SETTINGS, RULE, "  - {name: archive, older_than_days: -1, price: 0.02}", RULES "38:",
    "from 0 to" },
  { SETTINGS, RULE, "  - {name: archive, older_than_days: 1, price: free}", RULES "48:",
    "an amount" },
  { SETTINGS, RULE, "  - {name: archive, older_than: 1, price: 0.02}", RULES "33:",
    "not a key of this row" },
  { SETTINGS, RULE, "  - {name: archive, categories: [Sports], price: 0.02}", RULES "33:",
    "not among the publication's categories" },
  { SETTINGS, RULE, "  - {name: archive, tags: [knot], price: 0.02}", RULES "27:",
    "not among the publication's tags" },
  { SETTINGS, RULE, "  - {name: archive, older_than_days: 9, newer_than_days: 10, price: 0.02}",
    RULES "58:", "no article is older" },
  { SETTINGS, RULE, "  - {name: archive older_than_days: 9, price: 0.02}", RULES "12:", "colon" },
  { SETTINGS, RULE, "  - {name: archive, older_than_days:, price: 0.02}", RULES "21:", "no value" },
  { SETTINGS, "# least_charge: 1.00", "least_charge: 0.49", SETTINGS ":", "which the payment" },
  { SETTINGS, "# least_charge: 1.00", "least_charge: 20.01", SETTINGS ":", "more than tab_cap" },
  { SETTINGS, "# least_charge: 1.00", "least_charge: 0.49\nleast_charge_own_risk: yes",
    SETTINGS ":", "is true or false" },
  { "articles/which-way-is-tight.md", "tags: [knots]", "tags: [nots]",
    "articles/which-way-is-tight.md:6:7:", "among the tags" },
};

static void
test_broken (Copy          *copy,
             gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autofree char *path = g_build_filename (copy->folder, broken[i].file, NULL);
      g_autofree char *whole = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (FarPublication) publication = NULL;

      g_assert_true (g_file_get_contents (path, &whole, NULL, NULL));
      edit (copy, broken[i].file, broken[i].before, broken[i].after);
      publication = far_publication_load (copy->folder, &error);
      g_assert_null (publication);
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      if (!g_str_has_prefix (error->message, broken[i].place) ||
          strstr (error->message, broken[i].reason) == NULL)
        g_error ("case %u (%s): \"%s\" names neither %s nor “%s”", i, broken[i].after,
                 error->message, broken[i].place, broken[i].reason);
      g_assert_true (g_file_set_contents (path, whole, -1, NULL));
    }
}

/* Random damage to the front matter: read or refused by file and line. */
static void
test_damage (Copy          *copy,
             gconstpointer  data)
{
  static const char marks[] = ":\"[]{}#-,\\\n\t 0.\xff|&*";
  g_autofree char *path = g_build_filename (copy->folder, ROPE, NULL);
  g_autofree char *text = NULL;
  FarRng rng;
  gsize n_bytes, n_front;
  guint n_refused = 0;

  g_assert_true (g_file_get_contents (path, &text, &n_bytes, NULL));
  n_front = strstr (text + 3, "\n---\n") + 5 - text;
  far_rng_init (&rng, 7, 1);
  for (guint i = 0; i < 400; i++)
    {
      g_autofree char *damaged = g_memdup2 (text, n_bytes);
      g_autoptr (GError) error = NULL;
      g_autoptr (FarPublication) publication = NULL;

      damaged[far_rng_below (&rng, n_front)] = marks[far_rng_below (&rng, sizeof marks - 1)];
      g_assert_true (g_file_set_contents (path, damaged, n_bytes, NULL));
      publication = far_publication_load (copy->folder, &error);
      if (publication != NULL)
        continue;
      n_refused++;
      g_assert_true (g_str_has_prefix (error->message, ROPE ":"));
      g_assert_true (g_ascii_isdigit (error->message[strlen (ROPE ":")]));
    }
  g_assert_cmpuint (n_refused, >, 20);
}

static void
test_least_charge (Copy          *copy,
                   gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPublication) publication = far_publication_load (copy->folder, &error);

  g_assert_no_error (error);
  g_assert_cmpint (publication->least_charge_micros, ==, 0);
  far_publication_free (publication);
  edit (copy, SETTINGS, "# least_charge: 1.00",
        "least_charge: 0.20\nleast_charge_own_risk: true");
  publication = far_publication_load (copy->folder, &error);
  g_assert_no_error (error);
  g_assert_cmpint (publication->least_charge_micros, ==, 200000);
  g_assert_true (publication->least_charge_own_risk);
}

/* Which price wins: the article's own, the first rule that fits, the default; and at which moment
 * an article's age changes it. Three strands is of 2026-11-16. */
static void
test_prices (Copy          *copy,
             gconstpointer  data)
{
  static const struct {
    const char *rule;
    gint64      days; /* after its date */
    gint64      micros;
    const char *name;
  } cases[] = {
    { "older_than_days: 7", 7, 50000, NULL },
    { "older_than_days: 7", 8, 20000, "archive" },
    { "newer_than_days: 7", 6, 20000, "archive" },
    { "newer_than_days: 7", 7, 50000, NULL },
    { "newer_than_days: 7", -3, 20000, "archive" },
    { "older_than_days: 7, newer_than_days: 9", 8, 20000, "archive" },
    { "older_than_days: 7, newer_than_days: 9", 9, 50000, NULL },
    { "categories: [Workshop]", 0, 20000, "archive" },
    { "categories: [Kitchen, Sea and sky]", 0, 50000, NULL },
    { "categories: [Workshop], tags: [knots]", 0, 50000, NULL },
    { "categories: [Workshop], older_than_days: 0", 0, 50000, NULL },
    { "categories: [Workshop], older_than_days: 0", 1, 20000, "archive" },
  };
  const gint64 day_us = 24 * G_TIME_SPAN_HOUR;
  const gint64 date_us = G_GINT64_CONSTANT (1794787200) * G_USEC_PER_SEC;
  g_autoptr (FarPublication) owned = far_publication_load (copy->folder, NULL);

  g_assert_nonnull (owned);
  g_assert_cmpint (price_of (owned, "three-strands", date_us + 4000 * day_us).from, ==,
                   FAR_PRICE_FROM_ARTICLE);
  g_assert_cmpint (price_of (owned, "which-way-is-tight", date_us).micros, ==, 60000);
  g_assert_cmpint (price_of (owned, "which-way-is-tight", date_us + 4000 * day_us).micros, ==,
                   20000); /* the archive stands before the long reads */
  edit (copy, ROPE, "price: 0.05\n", "");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_build_filename (copy->folder, SETTINGS, NULL);
      g_autofree char *rule = g_strdup_printf ("  - {name: archive, %s, price: 0.02}",
                                               cases[i].rule);
      g_autofree char *whole = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (FarPublication) publication = NULL;
      FarPrice price;

      g_assert_true (g_file_get_contents (path, &whole, NULL, NULL));
      edit (copy, SETTINGS, RULE, rule);
      publication = far_publication_load (copy->folder, &error);
      g_assert_no_error (error);
      for (guint second = 0; second < 2; second++) /* the first and the last of the day */
        {
          price = price_of (publication, "three-strands",
                            date_us + cases[i].days * day_us + (second ? day_us - 1 : 0));
          g_test_message ("case %u: %" G_GINT64_FORMAT, i, price.micros);
          g_assert_cmpint (price.micros, ==, cases[i].micros);
          g_assert_cmpstr (price.rule, ==, cases[i].name);
        }
      g_assert_true (g_file_set_contents (path, whole, -1, NULL));
    }
}

static void
test_missing (Copy          *copy,
              gconstpointer  data)
{
  g_autofree char *articles = g_build_filename (copy->folder, "articles", NULL);
  g_autofree char *settings = g_build_filename (copy->folder, "publication.yaml", NULL);
  g_autoptr (GError) error = NULL;

  remove_folder (articles);
  g_assert_null (far_publication_load (copy->folder, &error));
  g_assert_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_READ);
  g_clear_error (&error);
  g_assert_cmpint (g_mkdir (articles, 0700), ==, 0);
  g_assert_null (far_publication_load (copy->folder, &error));
  g_assert_nonnull (strstr (error->message, "there is no article"));
  g_clear_error (&error);
  g_unlink (settings);
  g_assert_null (far_publication_load (copy->folder, &error));
  g_assert_nonnull (strstr (error->message, "publication.yaml"));
}

/* In place, by rename, by adding and by removing a file. */
static void
test_changed (Copy          *copy,
              gconstpointer  data)
{
  g_autofree char *path = g_build_filename (copy->folder, ROPE, NULL);
  g_autofree char *more = g_build_filename (copy->folder, "articles", "more.md", NULL);
  g_autofree char *text = NULL;
  g_autoptr (FarPublication) publication = far_publication_load (copy->folder, NULL);
  FILE *file;

  g_assert_true (far_publication_is_current (publication));
  file = fopen (path, "a");
  g_assert_cmpint (fputs ("\nOne more line.\n", file), >=, 0);
  fclose (file);
  g_assert_false (far_publication_is_current (publication));

  far_publication_free (publication);
  publication = far_publication_load (copy->folder, NULL);
  g_assert_true (far_publication_is_current (publication));
  edit (copy, ROPE, "price: 0.05", "price: 0.06");
  g_assert_false (far_publication_is_current (publication));

  far_publication_free (publication);
  publication = far_publication_load (copy->folder, NULL);
  g_assert_cmpint (price_of (publication, "three-strands", NOW_US).micros, ==, 60000);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_file_set_contents (more, text, -1, NULL));
  g_assert_false (far_publication_is_current (publication));

  far_publication_free (publication);
  publication = far_publication_load (copy->folder, NULL);
  g_assert_nonnull (far_publication_find_article (publication, "more"));
  g_unlink (more);
  g_assert_false (far_publication_is_current (publication));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/publication/demo", test_demo);
  g_test_add_func ("/publication/campaigns", test_campaigns);
  g_test_add_func ("/publication/markers", test_markers);
  g_test_add ("/publication/broken", Copy, NULL, copy_set_up, test_broken, copy_tear_down);
  g_test_add ("/publication/least-charge", Copy, NULL, copy_set_up, test_least_charge,
              copy_tear_down);
  g_test_add ("/publication/prices", Copy, NULL, copy_set_up, test_prices, copy_tear_down);
  g_test_add ("/publication/damage", Copy, NULL, copy_set_up, test_damage, copy_tear_down);
  g_test_add ("/publication/missing", Copy, NULL, copy_set_up, test_missing, copy_tear_down);
  g_test_add ("/publication/changed", Copy, NULL, copy_set_up, test_changed, copy_tear_down);
  return g_test_run ();
}
