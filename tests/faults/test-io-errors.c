/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that is full for a while, or whose writes and syncs fail for a while: nothing acknowledged
 * is lost, nothing half-done stays, and the ledger either goes on or says that it must be opened
 * again; then what far-ledger-world.h says must hold, also when the power goes afterwards.
 * FARTHING_TEST_SEED=N replays one seed, FARTHING_TEST_SEEDS=N runs as many. */
#include <glib/gstdio.h>
#include <string.h>

#include "far-ledger-world.h"

#define SEEDS 200
#define ROUNDS 4
#define STEPS_MAX 60
#define OPS_MAX 150

static guint n_failed;   /* seeds that met an error */
static guint n_broken;   /* ledgers that said they must be opened again */
static guint n_went_on;  /* ledgers that went on by themselves */

/* After an error: goes on with the same ledger if it lets itself be used. */
static void
go_on (World *w)
{
  g_autoptr (GError) error = NULL;

  if (w->ledger == NULL)
    return;
  far_ledger_rollback (w->ledger);
  if (far_ledger_begin (w->ledger, &error))
    {
      far_ledger_rollback (w->ledger);
      n_went_on++;
      if (world_below (w, 2) == 0)
        return;
    }
  else
    {
      if (!g_error_matches (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_BROKEN))
        world_problem (w, "begin: %s", error->message);
      n_broken++;
    }
  /* The process ends, in an orderly way or not. */
  if (world_below (w, 2) == 0)
    power_disk_kill ();
  g_clear_pointer (&w->ledger, far_ledger_close);
  if (power_disk_is_cut ())
    power_disk_revive ();
}

static void
run_round (World *w, guint64 seed)
{
  const int code = world_below (w, 2) == 0 ? SQLITE_FULL : SQLITE_IOERR;
  const guint64 failures = power_disk_failures ();
  gboolean ok = w->ledger != NULL || world_open (w, NULL);

  power_disk_fail_at (1 + world_below (w, OPS_MAX), 1 + world_below (w, 4), code, seed);
  if (ok && !w->accounts_known)
    ok = world_open_accounts (w);
  for (guint i = 0; i < STEPS_MAX && ok && w->problem->len == 0; i++)
    ok = world_work_once (w);
  if (!ok && power_disk_failures () == failures)
    world_problem (w, "something failed on a sound disk");
  if (!ok)
    go_on (w);
  power_disk_fail_at (1, 0, SQLITE_OK, seed);
  if (w->ledger != NULL)
    {
      world_check (w);
      return;
    }
  /* Perhaps the power goes while it is being opened again, or just before. */
  if (world_below (w, 2) == 0)
    {
      power_disk_cut_at (1 + world_below (w, 8), seed);
      if (world_open (w, NULL))
        world_check (w);
      if (!power_disk_is_cut ())
        power_disk_kill ();
      else
        g_string_truncate (w->problem, 0); /* that is what it found, and rightly */
      g_clear_pointer (&w->ledger, far_ledger_close);
      power_disk_reboot ();
    }
  world_recover (w);
}

static char *
run_seed (guint64 seed, const char *directory)
{
  World w;

  power_disk_format ();
  world_init (&w, seed, directory, SOUND);
  for (guint i = 0; i < ROUNDS && w.problem->len == 0; i++)
    {
      run_round (&w, seed * ROUNDS + i);
      if (w.problem->len > 0 || world_below (&w, 3) != 0)
        continue;
      power_disk_cut_at (1, seed * ROUNDS + i);
      while (!power_disk_is_cut ())
        world_work_once (&w);
      g_clear_pointer (&w.ledger, far_ledger_close);
      power_disk_reboot ();
      world_recover (&w);
    }
  n_failed += power_disk_failures () > 0;
  power_disk_cut_at (0, 0);
  return world_clear (&w);
}

static void
test_errors (void)
{
  g_autofree char *directory = g_dir_make_tmp ("farthing-errors-XXXXXX", NULL);
  const char *only = g_getenv ("FARTHING_TEST_SEED");
  const char *more = g_getenv ("FARTHING_TEST_SEEDS");
  guint64 first = only != NULL ? g_ascii_strtoull (only, NULL, 10) : 1;
  guint64 last = more != NULL ? g_ascii_strtoull (more, NULL, 10) : SEEDS;

  power_disk_init ();
  for (guint64 seed = first; seed <= (only != NULL ? first : last); seed++)
    {
      g_autofree char *found = run_seed (seed, directory);

      if (found != NULL)
        g_error ("seed %" G_GUINT64_FORMAT ": %s", seed, found);
    }
  g_test_message ("%u seeds met errors; %u times the ledger had to be opened again, %u it went on",
                  n_failed, n_broken, n_went_on);
  g_assert_true (only != NULL || (n_failed > SEEDS / 2 && n_broken > 0 && n_went_on > 0));
  g_assert_cmpint (g_rmdir (directory), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/faults/io-errors", test_errors);
  return g_test_run ();
}
