/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power goes at a seeded operation while the ledger works on a disk that then drops, tears and
 * reorders what was not synced (far-power-disk.h), and comes back; three times a seed. What must
 * hold then stands in far-ledger-world.h.
 *
 * The same with synchronous=OFF, with synchronous=NORMAL (which loses the last commits and nothing
 * else), and with a checkpoint file that is not synced must lose something, or the harness would
 * see nothing.
 * A seed that fails replays with FARTHING_TEST_SEED=N; FARTHING_TEST_SEEDS=N runs as many. */
#include <glib/gstdio.h>
#include <string.h>

#include "far-ledger-world.h"

#define SEEDS 300
#define SEEDS_WEAK 60
#define CUTS 3
#define OPS_MAX 260

static void
work_until_cut (World *w)
{
  gboolean ok = w->ledger != NULL || world_open (w, NULL);

  if (ok && !w->accounts_known)
    ok = world_open_accounts (w);
  while (ok && w->problem->len == 0)
    ok = world_work_once (w);
  if (!power_disk_is_cut ())
    world_problem (w, "something failed while the power was on");
  g_clear_pointer (&w->ledger, far_ledger_close);
}

/* Returns: what went wrong, or NULL */
static char *
run_seed (guint64 seed, const char *directory, Weakness weakness)
{
  World w;

  power_disk_format ();
  world_init (&w, seed, directory, weakness);
  for (guint i = 0; i < CUTS && w.problem->len == 0; i++)
    {
      power_disk_cut_at (1 + world_below (&w, OPS_MAX), seed * CUTS + i);
      work_until_cut (&w);
      if (w.problem->len > 0)
        break;
      power_disk_reboot ();
      world_recover (&w);
    }
  power_disk_cut_at (0, 0);
  return world_clear (&w);
}

typedef struct {
  char *directory;
} Place;

static void
set_up (Place *place, gconstpointer unused)
{
  power_disk_init ();
  place->directory = g_dir_make_tmp ("farthing-power-XXXXXX", NULL);
}

static void
tear_down (Place *place, gconstpointer unused)
{
  g_assert_cmpint (g_rmdir (place->directory), ==, 0);
  g_free (place->directory);
}

static void
test_sound (Place *place, gconstpointer unused)
{
  const char *only = g_getenv ("FARTHING_TEST_SEED");
  const char *more = g_getenv ("FARTHING_TEST_SEEDS");
  guint64 first = only != NULL ? g_ascii_strtoull (only, NULL, 10) : 1;
  guint64 last = more != NULL ? g_ascii_strtoull (more, NULL, 10) : SEEDS;

  for (guint64 seed = first; seed <= (only != NULL ? first : last); seed++)
    {
      g_autofree char *found = run_seed (seed, place->directory, SOUND);

      if (found != NULL)
        g_error ("seed %" G_GUINT64_FORMAT ": %s", seed, found);
    }
}

/* Counts the seeds that show a loss, and those that show it by these words. */
static void
count_losses (Place *place, Weakness weakness, const char *words, guint *ret_n, guint *ret_n_words)
{
  *ret_n = *ret_n_words = 0;
  for (guint64 seed = 1; seed <= SEEDS_WEAK; seed++)
    {
      g_autofree char *found = run_seed (seed, place->directory, weakness);

      *ret_n += found != NULL;
      *ret_n_words += found != NULL && strstr (found, words) != NULL;
    }
  g_test_message ("%u of %u seeds show a loss, %u of them \"%s\"", *ret_n, SEEDS_WEAK,
                  *ret_n_words, words);
}

static void
test_no_sync (Place *place, gconstpointer unused)
{
  guint n, n_words;

  count_losses (place, NO_SYNC, "", &n, &n_words);
  g_assert_cmpuint (n, >, SEEDS_WEAK * 3 / 4);
}

static void
test_normal_sync (Place *place, gconstpointer unused)
{
  guint n, n_words;

  count_losses (place, NORMAL_SYNC, "acknowledged transfer", &n, &n_words);
  g_assert_cmpuint (n, >, SEEDS_WEAK / 2);
  g_assert_cmpuint (n_words, >, SEEDS_WEAK / 4);
}

static void
test_no_checkpoint_sync (Place *place, gconstpointer unused)
{
  guint n, n_words;

  count_losses (place, NO_CHECKPOINT_SYNC, "checkpoint", &n, &n_words);
  g_assert_cmpuint (n_words, >, SEEDS_WEAK / 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/faults/power-loss/sound", Place, NULL, set_up, test_sound, tear_down);
  g_test_add ("/faults/power-loss/no-sync", Place, NULL, set_up, test_no_sync, tear_down);
  g_test_add ("/faults/power-loss/normal-sync", Place, NULL, set_up, test_normal_sync, tear_down);
  g_test_add ("/faults/power-loss/no-checkpoint-sync", Place, NULL, set_up,
              test_no_checkpoint_sync, tear_down);
  return g_test_run ();
}
