/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-ledger-world.h"

#include <glib/gstdio.h>
#include <string.h>

#include "ledger/far-checkpoint.h"
#include "store/far-db.h"

#define START_US G_GINT64_CONSTANT (1790000000000000)

static const char *const app_steps[] = {
  "CREATE TABLE app_answer (id BLOB PRIMARY KEY, amount INTEGER NOT NULL) STRICT, WITHOUT ROWID",
};

guint
world_below (World *w, guint bound)
{
  return far_rng_below (&w->rng, bound);
}

static void
seeded_bytes (gpointer data, void *buffer, gsize n_bytes)
{
  World *w = data;

  for (gsize i = 0; i < n_bytes; i++)
    ((guint8 *) buffer)[i] = (guint8) world_below (w, 256);
}

gboolean
world_problem (World *w, const char *format, ...)
{
  va_list args;

  if (w->problem->len == 0)
    {
      va_start (args, format);
      g_string_append_vprintf (w->problem, format, args);
      va_end (args);
    }
  return FALSE;
}

/* ---- at work ---- */

gboolean
world_open (World *w, GError **error)
{
  g_assert_null (w->ledger);
  w->ledger = far_ledger_open (&w->options, w->clock, error);
  return w->ledger != NULL &&
         far_ledger_migrate (w->ledger, "app", app_steps, G_N_ELEMENTS (app_steps), error) &&
         (w->weakness != NORMAL_SYNC ||
          far_db_exec (far_ledger_db (w->ledger), "PRAGMA synchronous = NORMAL", error)) &&
         /* Small, so that checkpoints of SQLite's own fall into every run. */
         far_db_exec (far_ledger_db (w->ledger), "PRAGMA wal_autocheckpoint = 24", error);
}

gboolean
world_open_accounts (World *w)
{
  if (!far_ledger_begin (w->ledger, NULL))
    return FALSE;
  for (guint i = 0; i < WORLD_ACCOUNTS; i++)
    {
      FarAccount account = { .id = w->accounts[i], .kind = FAR_ACCOUNT_BANK, .currency = "USD" };
      FarAccountResult result;

      if (!far_ledger_open_account (w->ledger, &account, &result, NULL))
        return FALSE;
      g_assert_true (result == FAR_ACCOUNT_OK || result == FAR_ACCOUNT_EXISTS);
    }
  w->accounts_known = far_ledger_commit (w->ledger, NULL);
  return w->accounts_known;
}

static void
make_command (World *w)
{
  guint n = 1 + world_below (w, 3);

  for (guint i = 0; i < n; i++)
    {
      FarTransfer t = { .code = 1, .currency = "USD", .amount_micros = 1 + world_below (w, 1000) };
      guint debit = world_below (w, WORLD_ACCOUNTS);

      far_id_init (&t.id, w->clock);
      seeded_bytes (w, t.id.bytes + 8, 8);
      t.debit = w->accounts[debit];
      t.credit = w->accounts[(debit + 1 + world_below (w, WORLD_ACCOUNTS - 1)) % WORLD_ACCOUNTS];
      t.kind = world_below (w, 5) == 0 ? FAR_TRANSFER_PENDING : FAR_TRANSFER_POSTED;
      t.flags = i + 1 < n ? FAR_TRANSFER_LINKED : 0;
      g_array_append_val (w->in_flight, t);
    }
}

static gboolean
write_answer (World *w, const FarTransfer *t)
{
  FarDb *db = far_ledger_db (w->ledger);
  FarStatement *insert =
    far_db_prepare (db, "INSERT INTO app_answer VALUES (?1, ?2) ON CONFLICT DO NOTHING", NULL);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_blob (insert, 1, t->id.bytes, FAR_ID_LEN);
  far_statement_bind_int (insert, 2, t->amount_micros);
  return far_db_run (db, insert, NULL);
}

/* A command from first on: its chain and its answers, in a savepoint. */
static gboolean
run_command (World *w, guint first, guint n)
{
  FarTransfer *transfers = &g_array_index (w->in_flight, FarTransfer, first);
  FarTransferResult results[3];

  if (!far_ledger_savepoint (w->ledger, NULL) ||
      !far_ledger_post (w->ledger, transfers, n, results, NULL))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (results[i] != FAR_TRANSFER_OK && results[i] != FAR_TRANSFER_EXISTS)
        return world_problem (w, "a transfer was refused: %s",
                        far_transfer_result_to_string (results[i]));
      if (!write_answer (w, &transfers[i]))
        return FALSE;
    }
  return far_ledger_release (w->ledger, NULL);
}

gboolean
world_commit_in_flight (World *w)
{
  guint first = 0;

  if (!far_ledger_begin (w->ledger, NULL))
    return FALSE;
  for (guint i = 0; i < w->in_flight->len; i++)
    if ((g_array_index (w->in_flight, FarTransfer, i).flags & FAR_TRANSFER_LINKED) == 0)
      {
        if (!run_command (w, first, i + 1 - first))
          return FALSE;
        first = i + 1;
      }
  if (!far_ledger_commit (w->ledger, NULL))
    return FALSE;
  g_array_append_vals (w->acknowledged, w->in_flight->data, w->in_flight->len);
  g_array_set_size (w->in_flight, 0);
  return TRUE;
}

/* A command that the application takes back: none of it may ever be seen. */
static gboolean
take_back (World *w)
{
  gboolean ok;

  make_command (w);
  ok = far_ledger_begin (w->ledger, NULL) && run_command (w, 0, w->in_flight->len);
  g_array_set_size (w->in_flight, 0);
  far_ledger_rollback (w->ledger);
  return ok;
}

gboolean
world_work_once (World *w)
{
  guint64 size;

  far_clock_advance (w->clock, 1 + world_below (w, 5000), NULL);
  switch (world_below (w, 8))
    {
    case 0:
      size = far_ledger_size (w->ledger);
      if (!far_ledger_checkpoint (w->ledger, NULL))
        return FALSE;
      w->checkpoint_size = size;
      return TRUE;
    case 1:
      return take_back (w);
    case 2:
      if (world_below (w, 4) != 0)
        return TRUE;
      g_clear_pointer (&w->ledger, far_ledger_close);
      return world_open (w, NULL);
    default:
      for (guint n = 1 + world_below (w, 4); n > 0; n--)
        make_command (w);
      return world_commit_in_flight (w);
    }
}

/* ---- what must hold ---- */

static gboolean
same_content (const FarTransfer *a, const FarTransfer *b)
{
  return a->amount_micros == b->amount_micros && a->kind == b->kind && a->flags == b->flags &&
         memcmp (&a->debit, &b->debit, FAR_ID_LEN) == 0 &&
         memcmp (&a->credit, &b->credit, FAR_ID_LEN) == 0;
}

static gboolean
check_acknowledged (World *w)
{
  for (guint i = 0; i < w->acknowledged->len; i++)
    {
      const FarTransfer *t = &g_array_index (w->acknowledged, FarTransfer, i);
      FarTransfer found;

      if (!far_ledger_transfer (w->ledger, &t->id, &found, NULL))
        return world_problem (w, "acknowledged transfer %u of %u is lost", i, w->acknowledged->len);
      if (!same_content (t, &found))
        return world_problem (w, "acknowledged transfer %u is another now", i);
    }
  return TRUE;
}

/* Wholly or not at all, and nothing else than what was asked for. */
static gboolean
check_in_flight (World *w)
{
  gint64 n_answers, n_matching;
  guint n_found = 0;

  for (guint i = 0; i < w->in_flight->len; i++)
    {
      FarTransfer found;

      n_found += far_ledger_transfer (w->ledger,
                                      &g_array_index (w->in_flight, FarTransfer, i).id, &found,
                                      NULL);
    }
  if (n_found != 0 && n_found != w->in_flight->len)
    return world_problem (w, "%u of %u transfers of one commit are there", n_found,
                          w->in_flight->len);
  if (far_ledger_transfers (w->ledger) != w->acknowledged->len + n_found)
    return world_problem (w, "%u transfers were asked for, %u are there",
                    w->acknowledged->len + n_found, (guint) far_ledger_transfers (w->ledger));
  if (!far_db_query_int (far_ledger_db (w->ledger), "SELECT count (*) FROM app_answer", &n_answers,
                         NULL) ||
      !far_db_query_int (far_ledger_db (w->ledger), "SELECT count (*) FROM app_answer JOIN"
                         " ledger_transfer USING (id) WHERE amount = amount_micros", &n_matching,
                         NULL))
    return world_problem (w, "the application's answers cannot be read");
  if ((guint64) n_answers != far_ledger_transfers (w->ledger) || n_matching != n_answers)
    return world_problem (w, "%u transfers, and %u answers in the same commits",
                    (guint) far_ledger_transfers (w->ledger), (guint) n_answers);
  return TRUE;
}

static gboolean
check_whole (World *w)
{
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  if (!far_ledger_verify (&w->options, NULL, NULL, &report, &error))
    return world_problem (w, "verify: %s", error->message);
  return report.ok || world_problem (w, "row %d: %s", (int) report.first_bad, report.reason);
}

static gboolean
check_checkpoint (World *w)
{
  g_autofree char *note = NULL;
  FarCheckpoint last;

  if (w->checkpoint_size == 0)
    return TRUE;
  note = far_ledger_last_checkpoint (w->ledger, NULL);
  if (note == NULL || !far_checkpoint_parse (note, strlen (note), &last, NULL) ||
      last.size < w->checkpoint_size)
    return world_problem (w, "a checkpoint of %u rows was acknowledged and is lost",
                    (guint) w->checkpoint_size);
  return TRUE;
}

gboolean
world_check (World *w)
{
  if (!check_acknowledged (w) || !check_in_flight (w) || !check_whole (w) ||
      !check_checkpoint (w))
    return FALSE;
  /* What a client does that got no answer. */
  if (!w->accounts_known && !world_open_accounts (w))
    return world_problem (w, "accounts cannot be opened");
  return (w->in_flight->len == 0 || world_commit_in_flight (w) ||
          world_problem (w, "the retry failed")) &&
         check_in_flight (w);
}

gboolean
world_recover (World *w)
{
  g_autoptr (GError) error = NULL;

  if (!world_open (w, &error))
    return world_problem (w, "open: %s", error->message);
  return world_check (w);
}

void
world_init (World *w, guint64 seed, const char *directory, Weakness weakness)
{
  memset (w, 0, sizeof *w);
  w->weakness = weakness;
  far_rng_init (&w->rng, seed, 1);
  w->clock = far_clock_new_manual (START_US);
  w->keys_path = g_strdup_printf ("%s/keys-%d-%d", directory, (int) seed, weakness);
  w->options = (FarLedgerOptions) {
    .db_path = "/ledger.db", .checkpoints_path = "/checkpoints", .keys_path = w->keys_path,
    .vfs = power_disk_vfs (), .money = FAR_LEDGER_MONEY_TEST,
    .unsafe_no_sync = weakness == NO_SYNC, .fill_random = seeded_bytes, .random_data = w,
  };
  power_disk_ignore_syncs_of (weakness == NO_CHECKPOINT_SYNC ? "/checkpoints" : NULL);
  w->acknowledged = g_array_new (FALSE, FALSE, sizeof (FarTransfer));
  w->in_flight = g_array_new (FALSE, FALSE, sizeof (FarTransfer));
  w->problem = g_string_new (NULL);
  for (guint i = 0; i < WORLD_ACCOUNTS; i++)
    seeded_bytes (w, w->accounts[i].bytes, FAR_ID_LEN);
}

char *
world_clear (World *w)
{
  g_clear_pointer (&w->ledger, far_ledger_close);
  g_array_unref (w->acknowledged);
  g_array_unref (w->in_flight);
  far_clock_unref (w->clock);
  g_unlink (w->keys_path);
  g_free (w->keys_path);
  return g_string_free (w->problem, w->problem->len == 0);
}
