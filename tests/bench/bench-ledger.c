/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's figures, one JSON object a line, both sides where they compare:
 *
 *   durable commits: one transfer a commit, groups of commands a commit, and bare SQLite with one
 *   row a commit at synchronous=FULL, in turns, so that they share whatever the disk is doing;
 *   batches; verification; balances as of a random time; proofs.
 *
 * bench-ledger [--rows N] [--accounts N] [--seconds S] [--directory D] */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/far-random.h"
#include "ledger/far-ledger.h"
#include "store/far-db.h"

#define BATCH 4096
#define GROUP 64      /* commands a group commit */
#define ROUNDS 6      /* of turns between the sides that compare */

static int rows_wanted = 400000;
static int accounts_wanted = 10000;
static double seconds_wanted = 3;
static char *parent;

static const GOptionEntry entries[] = {
  { "rows", 0, 0, G_OPTION_ARG_INT, &rows_wanted, "Rows to fill the ledger with", "N" },
  { "accounts", 0, 0, G_OPTION_ARG_INT, &accounts_wanted, "Readers' accounts", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds_wanted, "For each side of commits", "S" },
  { "directory", 0, 0, G_OPTION_ARG_FILENAME, &parent, "Where to write", "D" },
  { NULL },
};

typedef struct {
  char      *directory;
  FarClock  *clock;
  FarLedger *ledger;
  FarDb     *bare;
  FarRng     rng;
  FarId     *accounts;
  FarId      publisher;
  FarId      fee;
} Bench;

static void
check (gboolean ok, GError *error)
{
  if (!ok)
    g_error ("%s", error != NULL ? error->message : "failed");
}

static double
now_s (void)
{
  return (double) g_get_monotonic_time () / 1e6;
}

static FarId
open_account (Bench *b, FarAccountKind kind)
{
  FarAccount account = { .kind = kind, .flags = far_account_kind_flags (kind), .currency = "USD" };
  FarAccountResult result;
  GError *error = NULL;

  far_id_init (&account.id, b->clock);
  check (far_ledger_open_account (b->ledger, &account, &result, &error), error);
  g_assert (result == FAR_ACCOUNT_OK);
  return account.id;
}

static void
set_up (Bench *b)
{
  static const char *const migrations[] = {
    "CREATE TABLE bare (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, note BLOB NOT NULL)"
    " STRICT",
    NULL,
  };
  FarDbOptions options = {
    .mode = FAR_DB_MODE_CREATE, .sync = FAR_DB_SYNC_FULL, .migrations = migrations,
    .application_id = FAR_DB_APPLICATION_ID ('b', 'a', 'r', 'e'),
  };
  g_autofree char *template = g_build_filename (parent != NULL ? parent : g_get_tmp_dir (),
                                                "farthing-bench-XXXXXX", NULL);
  g_autofree char *money = NULL;
  g_autofree char *bare = NULL;
  GError *error = NULL;

  b->directory = g_strdup (g_mkdtemp (template));
  g_assert (b->directory != NULL);
  money = g_build_filename (b->directory, "money", NULL);
  bare = g_build_filename (b->directory, "bare.db", NULL);
  b->clock = far_clock_new_system ();
  far_rng_init (&b->rng, 1, 1);
  b->ledger = far_ledger_open_dir (money, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, b->clock,
                                   &error);
  check (b->ledger != NULL, error);
  b->bare = far_db_open (bare, &options, &error);
  check (b->bare != NULL, error);

  b->accounts = g_new (FarId, accounts_wanted);
  check (far_ledger_begin (b->ledger, &error), error);
  for (int i = 0; i < accounts_wanted; i++)
    b->accounts[i] = open_account (b, FAR_ACCOUNT_READER_TAB);
  b->publisher = open_account (b, FAR_ACCOUNT_PUBLISHER_ESTIMATED);
  b->fee = open_account (b, FAR_ACCOUNT_FEE_ESTIMATED);
  check (far_ledger_commit (b->ledger, &error), error);
}

static FarTransfer
make_transfer (Bench *b)
{
  FarTransfer t = { .code = 1, .currency = "USD" };

  far_id_init (&t.id, b->clock);
  t.debit = b->accounts[far_rng_below (&b->rng, (guint32) accounts_wanted)];
  t.credit = far_rng_below (&b->rng, 2) == 0 ? b->publisher : b->fee;
  t.amount_micros = 15000 + far_rng_below (&b->rng, 35000);
  return t;
}

static void
post (Bench *b, const FarTransfer *transfers, guint n)
{
  static FarTransferResult results[BATCH];
  GError *error = NULL;

  check (far_ledger_post (b->ledger, transfers, n, results, &error), error);
  for (guint i = 0; i < n; i++)
    g_assert (results[i] == FAR_TRANSFER_OK);
}

/* ---- durable commits ---- */

static guint64
single_commits (Bench *b, double until_s)
{
  GError *error = NULL;
  guint64 n = 0;

  for (; now_s () < until_s; n++)
    {
      FarTransfer t = make_transfer (b);

      check (far_ledger_begin (b->ledger, &error), error);
      post (b, &t, 1);
      check (far_ledger_commit (b->ledger, &error), error);
    }
  return n;
}

/* As the bookkeeper does: each command in a savepoint, many in a commit. */
static guint64
group_commits (Bench *b, double until_s)
{
  GError *error = NULL;
  guint64 n = 0;

  while (now_s () < until_s)
    {
      check (far_ledger_begin (b->ledger, &error), error);
      for (guint i = 0; i < GROUP; i++)
        {
          FarTransfer t[2] = { make_transfer (b), make_transfer (b) };

          t[0].flags = FAR_TRANSFER_LINKED;
          check (far_ledger_savepoint (b->ledger, &error), error);
          post (b, t, 2);
          check (far_ledger_release (b->ledger, &error), error);
        }
      check (far_ledger_commit (b->ledger, &error), error);
      n += GROUP;
    }
  return n;
}

static guint64
bare_commits (Bench *b, double until_s)
{
  static const guint8 note[64];
  GError *error = NULL;
  guint64 n = 0;

  for (; now_s () < until_s; n++)
    {
      FarStatement *insert = far_db_prepare (b->bare, "INSERT INTO bare (amount, note)"
                                             " VALUES (?1, ?2)", &error);

      check (insert != NULL && far_db_begin (b->bare, &error), error);
      far_statement_bind_int (insert, 1, 15000);
      far_statement_bind_blob (insert, 2, note, sizeof note);
      check (far_db_run (b->bare, insert, &error), error);
      check (far_db_commit (b->bare, &error), error);
    }
  return n;
}

static void
bench_commits (Bench *b)
{
  const double turn_s = seconds_wanted / ROUNDS;
  guint64 n_single = 0, n_group = 0, n_bare = 0;
  double single, group, bare;

  for (guint i = 0; i < ROUNDS; i++)
    {
      n_bare += bare_commits (b, now_s () + turn_s);
      n_single += single_commits (b, now_s () + turn_s);
      n_group += group_commits (b, now_s () + turn_s);
    }
  single = (double) n_single / seconds_wanted;
  group = (double) n_group / seconds_wanted;
  bare = (double) n_bare / seconds_wanted;
  g_print ("{\"name\":\"ledger_commits\",\"single_per_second\":%.0f,\"group_of\":%d,"
           "\"grouped_commands_per_second\":%.0f,\"bare_sqlite_per_second\":%.0f,"
           "\"single_to_bare\":%.2f,\"grouped_to_bare\":%.2f}\n",
           single, GROUP, group, bare, single / bare, group / bare);
}

/* ---- batches ---- */

static void
bench_batches (Bench *b)
{
  g_autofree FarTransfer *batch = g_new (FarTransfer, BATCH);
  const guint64 n_before = far_ledger_transfers (b->ledger);
  GError *error = NULL;
  double making_s = 0;
  double start_s = now_s ();
  double tenth_s = start_s;
  double tenth_making_s = 0;
  double last_per_second = 0;
  const guint64 tenth = MAX (rows_wanted / 10, BATCH);
  guint64 tenth_n = 0;
  guint64 n = 0;

  while (n < (guint64) rows_wanted)
    {
      const guint64 tenth_before = n / tenth;
      double made_s = now_s ();

      for (guint i = 0; i < BATCH; i++)
        batch[i] = make_transfer (b);
      making_s += now_s () - made_s;
      check (far_ledger_begin (b->ledger, &error), error);
      post (b, batch, BATCH);
      check (far_ledger_commit (b->ledger, &error), error);
      n += BATCH;
      if (n / tenth != tenth_before)
        {
          last_per_second = (double) (n - tenth_n) /
                            (now_s () - tenth_s - (making_s - tenth_making_s));
          tenth_s = now_s ();
          tenth_making_s = making_s;
          tenth_n = n;
        }
    }
  g_print ("{\"name\":\"ledger_batches\",\"batch\":%d,\"accounts\":%d,\"rows_before\":%"
           G_GUINT64_FORMAT ",\"transfers\":%" G_GUINT64_FORMAT ",\"transfers_per_second\":%.0f,"
           "\"last_tenth_per_second\":%.0f}\n",
           BATCH, accounts_wanted, n_before, n,
           (double) n / (now_s () - start_s - making_s), last_per_second);
}

/* ---- reading ---- */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double *x = a;
  const double *y = b;

  return *x < *y ? -1 : *x > *y;
}

static void
print_times (const char *name, guint64 rows, double *times_us, guint n)
{
  qsort (times_us, n, sizeof *times_us, compare_doubles);
  g_print ("{\"name\":\"%s\",\"rows\":%" G_GUINT64_FORMAT ",\"p50_us\":%.1f,\"p99_us\":%.1f,"
           "\"max_us\":%.1f}\n",
           name, rows, times_us[n / 2], times_us[n * 99 / 100], times_us[n - 1]);
}

static void
bench_balances (Bench *b)
{
  const guint n = 2000;
  g_autofree double *times_us = g_new (double, n);
  FarTransfer first;
  guint n_found;
  gint64 from_us, to_us;
  GError *error = NULL;

  check (far_ledger_history (b->ledger, &b->publisher, G_MAXUINT64, &first, 1, &n_found, &error),
         error);
  to_us = first.time_us;
  from_us = to_us - 60 * G_USEC_PER_SEC;
  for (guint i = 0; i < n; i++)
    {
      const FarId *account = i % 2 == 0 ? &b->publisher
                                        : &b->accounts[far_rng_below (&b->rng,
                                                                      (guint32) accounts_wanted)];
      gint64 at_us = from_us + (gint64) (far_rng_unit (&b->rng) * (double) (to_us - from_us));
      double start_s = now_s ();
      FarBalance balance;

      check (far_ledger_balance_at (b->ledger, account, at_us, &balance, &error), error);
      times_us[i] = (now_s () - start_s) * 1e6;
    }
  print_times ("ledger_balance_at", far_ledger_size (b->ledger), times_us, n);
}

static void
bench_proofs (Bench *b)
{
  const guint n = 500;
  g_autofree double *times_us = g_new (double, n);
  const guint64 size = far_ledger_size (b->ledger);
  GError *error = NULL;

  for (guint i = 0; i < n; i++)
    {
      guint64 seq = (guint64) (far_rng_unit (&b->rng) * (double) size);
      double start_s = now_s ();
      FarMerkleProof proof;

      check (far_ledger_prove_inclusion (b->ledger, seq, size, &proof, &error), error);
      times_us[i] = (now_s () - start_s) * 1e6;
    }
  print_times ("ledger_inclusion_proof", size, times_us, n);
}

static void
bench_verify (Bench *b)
{
  g_autofree char *money = g_build_filename (b->directory, "money", NULL);
  g_auto (FarLedgerReport) report = { 0 };
  GError *error = NULL;
  double start_s;

  check (far_ledger_checkpoint (b->ledger, &error), error);
  start_s = now_s ();
  check (far_ledger_verify_dir (money, NULL, NULL, &report, &error), error);
  g_assert (report.ok);
  g_print ("{\"name\":\"ledger_verify\",\"rows\":%" G_GUINT64_FORMAT ",\"rows_per_second\":%.0f}\n",
           report.rows, (double) report.rows / (now_s () - start_s));
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_remove (path);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- figures of the ledger");
  Bench b = { 0 };
  GError *error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  check (g_option_context_parse (context, &argc, &argv, &error), error);
  g_assert (rows_wanted > 0 && accounts_wanted > 0 && seconds_wanted > 0);
  set_up (&b);
  bench_batches (&b);
  bench_commits (&b);
  bench_balances (&b);
  bench_proofs (&b);
  bench_verify (&b);

  far_ledger_close (b.ledger);
  far_db_close (b.bare);
  far_clock_unref (b.clock);
  remove_all (b.directory);
  g_free (b.directory);
  g_free (b.accounts);
  return 0;
}
