/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kill -9 of a process that writes to the ledger, on a real file system: each time after a random
 * number of acknowledged commits, wherever the process is then. The next process finds the lock
 * free, the ledger whole and everything acknowledged; group commits, checkpoints and SQLite's own
 * checkpoints go on all the while. (This shows recovery, not durability: the kernel survives. For
 * the rest there is test-power-loss.c.) */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-random.h"
#include "ledger/far-ledger.h"
#include "store/far-db.h"

#define KILLS 25
#define ACKNOWLEDGEMENTS_MAX 60
#define GROUP 5

typedef struct {
  char     *directory;
  FarClock *clock;
  FarRng    rng;
  FarId     accounts[2];
  GArray   *acknowledged; /* FarId */
} World;

static FarLedger *
open_ledger (World *w)
{
  g_autoptr (GError) error = NULL;
  FarLedger *ledger = far_ledger_open_dir (w->directory, FAR_LEDGER_READ_WRITE,
                                           FAR_LEDGER_MONEY_TEST, w->clock, &error);

  g_assert_no_error (error);
  return ledger;
}

/* ---- the process that is killed ---- */

static void
must (gboolean ok)
{
  if (!ok)
    _exit (3);
}

static void
write_forever (World *w, int fd)
{
  FarLedger *ledger = open_ledger (w);

  far_db_exec (far_ledger_db (ledger), "PRAGMA wal_autocheckpoint = 40", NULL);
  for (guint n = 0;; n++)
    {
      FarId ids[GROUP];

      must (far_ledger_begin (ledger, NULL));
      for (guint i = 0; i < GROUP; i++)
        {
          FarTransfer t = { .code = 1, .currency = "USD", .amount_micros = 5,
                            .debit = w->accounts[0], .credit = w->accounts[1] };
          FarTransferResult result;

          far_id_init (&t.id, w->clock);
          ids[i] = t.id;
          must (far_ledger_savepoint (ledger, NULL));
          must (far_ledger_post (ledger, &t, 1, &result, NULL) && result == FAR_TRANSFER_OK);
          must (far_ledger_release (ledger, NULL));
        }
      must (far_ledger_commit (ledger, NULL));
      must (write (fd, ids, sizeof ids) == sizeof ids);
      if (n % 7 == 0)
        must (far_ledger_checkpoint (ledger, NULL));
    }
}

/* ---- the one that kills ---- */

/* FALSE at the end of the pipe. */
static gboolean
read_acknowledgement (World *w, int fd)
{
  FarId ids[GROUP];
  gsize n = 0;

  while (n < sizeof ids)
    {
      gssize got = read (fd, (char *) ids + n, sizeof ids - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      n += (gsize) got;
    }
  g_array_append_vals (w->acknowledged, ids, GROUP);
  return TRUE;
}

static void
run_and_kill (World *w)
{
  guint n = 1 + far_rng_below (&w->rng, ACKNOWLEDGEMENTS_MAX);
  int fds[2], status;
  pid_t child;

  g_assert_cmpint (pipe (fds), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      close (fds[0]);
      write_forever (w, fds[1]);
    }
  close (fds[1]);
  for (guint i = 0; i < n; i++)
    g_assert_true (read_acknowledgement (w, fds[0]));
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  /* What it acknowledged before it noticed. */
  while (read_acknowledgement (w, fds[0]))
    continue;
  close (fds[0]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

static void
check (World *w)
{
  g_autoptr (FarLedger) ledger = open_ledger (w);
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < w->acknowledged->len; i++)
    {
      FarTransfer found;

      far_ledger_transfer (ledger, &g_array_index (w->acknowledged, FarId, i), &found, &error);
      g_assert_no_error (error);
    }
  /* Whole groups, and at most one that was not acknowledged a kill. */
  g_assert_cmpuint (far_ledger_transfers (ledger) % GROUP, ==, 0);
  g_assert_cmpuint (far_ledger_transfers (ledger), >=, w->acknowledged->len);
  g_assert_cmpuint (far_ledger_transfers (ledger), <=, w->acknowledged->len + GROUP * KILLS);
  far_ledger_verify_dir (w->directory, NULL, NULL, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (report.reason, ==, NULL);
}

static void
set_up (World *w, gconstpointer unused)
{
  FarLedger *ledger;
  g_autoptr (GError) error = NULL;

  w->directory = g_dir_make_tmp ("farthing-kill-XXXXXX", NULL);
  w->clock = far_clock_new_system ();
  w->acknowledged = g_array_new (FALSE, FALSE, sizeof (FarId));
  far_rng_init (&w->rng, 3, 3);
  ledger = open_ledger (w);
  g_assert_true (far_ledger_begin (ledger, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (w->accounts); i++)
    {
      FarAccount account = { .kind = FAR_ACCOUNT_BANK, .currency = "USD" };
      FarAccountResult result;

      far_id_init_random (&account.id);
      w->accounts[i] = account.id;
      g_assert_true (far_ledger_open_account (ledger, &account, &result, NULL));
    }
  g_assert_true (far_ledger_commit (ledger, NULL));
  far_ledger_close (ledger);
}

static void
tear_down (World *w, gconstpointer unused)
{
  static const char *const names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm", "checkpoints",
                                       "keys" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (w->directory, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (w->directory), ==, 0);
  g_free (w->directory);
  g_array_unref (w->acknowledged);
  far_clock_unref (w->clock);
}

static void
test_kill (World *w, gconstpointer unused)
{
  for (guint i = 0; i < KILLS; i++)
    {
      run_and_kill (w);
      check (w);
    }
  g_test_message ("%u transfers acknowledged over %d kills", w->acknowledged->len, KILLS);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/faults/kill", World, NULL, set_up, test_kill, tear_down);
  return g_test_run ();
}
