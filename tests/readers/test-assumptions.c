/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The assumptions file, the draws, and above all the promise that price and ad length change what
 * readers do. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "readers/far-assumptions.h"

#define SEED 7
#define CROWD 20000

typedef struct {
  guint pledged;
  guint watched;
  guint left;
} Crowd;

static Crowd
ask (gint64 price_micros, gint64 ad_duration_ms)
{
  FarAssumptions assumptions;
  g_autoptr (GError) error = NULL;
  Crowd crowd = { 0 };
  FarRng rng;
  guint i;

  g_assert_true (far_assumptions_load (&assumptions, NULL, &error));
  g_assert_no_error (error);
  far_rng_init (&rng, SEED, 0);
  for (i = 0; i < CROWD; i++)
    {
      FarGateOffer offer = { .price_micros = price_micros, .pledge = TRUE,
                             .ad = ad_duration_ms > 0, .ad_duration_ms = ad_duration_ms };
      FarReaderTraits traits;

      far_reader_traits_draw (&traits, &assumptions, SEED, i);
      switch (far_reader_choose (&traits, &offer, far_assumptions_draw_worth (&assumptions, &rng)))
        {
        case FAR_CHOICE_PLEDGE: crowd.pledged++; break;
        case FAR_CHOICE_WATCH: crowd.watched++; break;
        case FAR_CHOICE_LEAVE:
        default: crowd.left++; break;
        }
    }
  g_assert_cmpuint (crowd.pledged + crowd.watched + crowd.left, ==, CROWD);
  return crowd;
}

static void
test_price_moves_readers (void)
{
  Crowd cheap = ask (20000, 3000);
  Crowd usual = ask (50000, 3000);
  Crowd dear = ask (200000, 3000);

  g_assert_cmpuint (cheap.pledged, >, usual.pledged);
  g_assert_cmpuint (usual.pledged, >, dear.pledged);
  g_assert_cmpuint (usual.watched, >, cheap.watched);
  g_assert_cmpuint (dear.left, >=, usual.left);
  /* A publication lives on all three: none of them is nearly nobody at the usual price. */
  g_assert_cmpuint (usual.pledged, >, CROWD / 20);
  g_assert_cmpuint (usual.watched, >, CROWD / 20);
  g_assert_cmpuint (usual.left, >, CROWD / 20);
}

static void
test_ad_length_moves_readers (void)
{
  Crowd brief = ask (50000, 2000);
  Crowd lengthy = ask (50000, 15000);
  Crowd none = ask (50000, 0);

  g_assert_cmpuint (brief.watched, >, lengthy.watched);
  g_assert_cmpuint (lengthy.pledged, >, brief.pledged);
  g_assert_cmpuint (lengthy.left, >, brief.left);
  g_assert_cmpuint (none.watched, ==, 0);
}

static void
test_same_seed_same_reader (void)
{
  FarAssumptions assumptions;
  FarReaderTraits a, b, other, elsewhere;

  g_assert_true (far_assumptions_load (&assumptions, NULL, NULL));
  memset (&a, 0, sizeof a);
  memset (&b, 0, sizeof b);
  far_reader_traits_draw (&a, &assumptions, 1, 42);
  far_reader_traits_draw (&b, &assumptions, 1, 42);
  far_reader_traits_draw (&other, &assumptions, 1, 43);
  far_reader_traits_draw (&elsewhere, &assumptions, 2, 42);
  g_assert_cmpmem (&a, sizeof a, &b, sizeof b);
  g_assert_cmpint (memcmp (a.public_key, other.public_key, sizeof a.public_key), !=, 0);
  g_assert_cmpint (memcmp (a.public_key, elsewhere.public_key, sizeof a.public_key), !=, 0);
}

static void
test_never_means_never (void)
{
  FarReaderTraits traits = { .never_pays = TRUE, .never_watches = TRUE, .patience_ms = 60000 };
  FarGateOffer offer = { .price_micros = 1, .pledge = TRUE, .ad = TRUE, .ad_duration_ms = 1 };

  g_assert_cmpint (far_reader_choose (&traits, &offer, G_MAXINT64 - 1), ==, FAR_CHOICE_LEAVE);
  traits.never_watches = FALSE;
  g_assert_cmpint (far_reader_choose (&traits, &offer, 1000), ==, FAR_CHOICE_WATCH);
  offer.ad_duration_ms = 60001; /* longer than anyone this patient sits through */
  g_assert_cmpint (far_reader_choose (&traits, &offer, 1000), ==, FAR_CHOICE_LEAVE);
}

static void
test_bad_files_are_named (void)
{
  const struct {
    const char *from;
    const char *to;
    const char *names;
  } cases[] = {
    { "returning=0.35", "returning=1.5", "[Readers] returning=1.5" },
    { "returning=0.35", "returning=much", "[Readers] returning=much" },
    { "returning=0.35", "returning=nan", "[Readers] returning=nan" },
    { "returning=0.35", "", "[Readers] returning is missing" },
    { "median_micros=70000", "median_micros=-1", "[Worth] median_micros=-1" },
    { "[Worth]", "Worth", "not a file of assumptions" },
  };
  g_autofree char *good = far_assumptions_bundled_text ();
  g_autofree char *path = NULL;
  guint i;
  int fd = g_file_open_tmp ("assumptions-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) text = g_string_new (good);
      g_autoptr (GError) error = NULL;
      FarAssumptions untouched = { .returning = 0.125 };

      g_assert_cmpuint (g_string_replace (text, cases[i].from, cases[i].to, 1), ==, 1);
      g_assert_true (g_file_set_contents (path, text->str, text->len, NULL));
      g_assert_false (far_assumptions_load (&untouched, path, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, cases[i].names));
      g_assert_cmpfloat (untouched.returning, ==, 0.125);
    }
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readers/assumptions/price", test_price_moves_readers);
  g_test_add_func ("/readers/assumptions/ad-length", test_ad_length_moves_readers);
  g_test_add_func ("/readers/assumptions/seed", test_same_seed_same_reader);
  g_test_add_func ("/readers/assumptions/never", test_never_means_never);
  g_test_add_func ("/readers/assumptions/bad-files", test_bad_files_are_named);
  return g_test_run ();
}
