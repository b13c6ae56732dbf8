/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random histories, against the plain model of far-ledger-model.h: transfers of every kind, right
 * and wrong, chains, repeats, expiry, closing, savepoints, rollbacks, reopening. Every answer,
 * every balance now and as of any time, and every account's list of transfers must be the model's;
 * at the end the ledger must verify. A seed that fails replays with FARTHING_TEST_SEED=N. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/far-random.h"
#include "ledger/far-ledger-fixture.h"
#include "ledger/far-ledger-model.h"

#define SEEDS 80
#define STEPS 500
#define ACCOUNTS_MAX 9

typedef struct {
  Fixture f;
  FarRng  rng;
  Model  *model;      /* as of now */
  Model  *committed;
  Model  *saved;      /* at the savepoint, or NULL */
  gboolean open;
  GArray *sent;       /* FarTransfer: every request, also refused ones, to repeat some */
} World;

static guint seen[FAR_TRANSFER_PENDING_EXPIRED + 1]; /* answers, over all seeds */

static guint
below (World *w, guint bound)
{
  return far_rng_below (&w->rng, bound);
}

static gint64
now_us (World *w)
{
  return far_clock_now_us (w->f.clock);
}

static void
replace (Model **model, Model *by)
{
  if (*model != NULL)
    model_free (*model);
  *model = by;
}

/* ---- requests ---- */

static void
some_id (World *w, FarId *id)
{
  /* Mostly time-ordered, sometimes below what is there: so both ways of looking up are used. */
  far_id_init (id, w->f.clock);
  for (guint i = 8; i < FAR_ID_LEN; i++)
    id->bytes[i] = (guint8) below (w, 256);
  if (below (w, 4) == 0)
    id->bytes[0] = (guint8) below (w, 2);
}

static FarId
some_account (World *w)
{
  FarId id = { { 0 } };

  if (w->model->accounts->len == 0 || below (w, 40) == 0)
    some_id (w, &id);
  else
    id = g_array_index (w->model->accounts, ModelAccount,
                        below (w, w->model->accounts->len)).account.id;
  return id;
}

static gint64
some_amount (World *w)
{
  if (below (w, 30) == 0)
    return FAR_MICROS_MAX - below (w, 3);
  return 1 + below (w, below (w, 2) == 0 ? 10 : 1000);
}

static FarTransfer
new_transfer (World *w)
{
  FarTransfer t = { .kind = below (w, 3) == 0 ? FAR_TRANSFER_PENDING : FAR_TRANSFER_POSTED };
  const ModelAccount *account;

  some_id (w, &t.id);
  t.code = (guint16) (1 + below (w, 3));
  t.debit = some_account (w);
  t.credit = some_account (w);
  t.amount_micros = some_amount (w);
  account = &g_array_index (w->model->accounts, ModelAccount, below (w, w->model->accounts->len));
  g_strlcpy (t.currency, below (w, 20) == 0 ? account->account.currency : "USD",
             sizeof t.currency);
  if (t.kind == FAR_TRANSFER_PENDING && below (w, 2) == 0)
    t.deadline_us = now_us (w) + below (w, 400);
  return t;
}

static FarTransfer
new_resolution (World *w)
{
  const FarTransfer *target =
    &g_array_index (w->model->transfers, FarTransfer, below (w, w->model->transfers->len));
  FarTransfer t = { .kind = below (w, 2) == 0 ? FAR_TRANSFER_POST : FAR_TRANSFER_VOID, .code = 1 };

  /* Look for one that is open, most of the time. */
  for (guint i = 0; i < w->model->transfers->len && below (w, 8) != 0; i++)
    {
      const FarTransfer *other = &g_array_index (w->model->transfers, FarTransfer, i);

      if (model_is_open_pending (w->model, other))
        target = other;
    }
  some_id (w, &t.id);
  /* The ids of expiry rows are the ledger's own. */
  t.pending_id = target->kind == FAR_TRANSFER_EXPIRE ? target->pending_id : target->id;
  if (below (w, 3) == 0)
    t.amount_micros = MAX (1, target->amount_micros - below (w, 3) + 1);
  t.amount_micros = MIN (t.amount_micros, FAR_MICROS_MAX);
  if (below (w, 4) == 0)
    {
      t.debit = below (w, 8) == 0 ? some_account (w) : target->debit;
      t.credit = target->credit;
      memcpy (t.currency, target->currency, sizeof t.currency);
    }
  return t;
}

static FarTransfer
repeated (World *w)
{
  FarTransfer t = g_array_index (w->sent, FarTransfer, below (w, w->sent->len));
  const gboolean resolves = t.kind == FAR_TRANSFER_POST || t.kind == FAR_TRANSFER_VOID;

  switch (below (w, 20))
    {
    case 0:
      t.amount_micros = MIN (t.amount_micros + 1, FAR_MICROS_MAX);
      break;
    case 1:
      t.code++;
      break;
    case 2:
      t.reference.bytes[0] ^= 1;
      break;
    case 3:
      t.debit = some_account (w);
      break;
    case 4:
      t.credit = some_account (w);
      break;
    case 5:
      memcpy (t.currency, "EUR", 4);
      break;
    case 6:
      if (resolves)
        t.pending_id.bytes[9] ^= 1;
      break;
    case 7:
      if (t.kind == FAR_TRANSFER_PENDING)
        t.deadline_us++;
      break;
    case 8:
      t.kind = resolves ? FAR_TRANSFER_POST : FAR_TRANSFER_PENDING;
      break;
    default:
      break;
    }
  return t;
}

static FarTransfer
some_transfer (World *w)
{
  if (w->sent->len > 0 && below (w, 8) == 0)
    return repeated (w);
  if (w->model->transfers->len > 0 && below (w, 3) == 0)
    return new_resolution (w);
  return new_transfer (w);
}

/* ---- steps ---- */

static void
step_post (World *w)
{
  FarTransfer batch[6];
  FarTransferResult results[6], expected[6];
  guint n = below (w, 3) == 0 ? 1 + below (w, 6) : 1;
  guint first_sent = w->sent->len;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    {
      batch[i] = some_transfer (w);
      batch[i].flags = 0;
      if (n > 1 && below (w, 2) == 0 && (i + 1 < n || below (w, 8) == 0))
        batch[i].flags = FAR_TRANSFER_LINKED;
      g_array_append_val (w->sent, batch[i]);
    }
  if (below (w, 6) == 0 && w->sent->len > first_sent + n)
    g_array_set_size (w->sent, first_sent);
  model_post (w->model, batch, n, now_us (w), expected);
  far_ledger_post (w->f.ledger, batch, n, results, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      assert_result (results[i], expected[i]);
      seen[results[i]]++;
    }
}

/* The whole of an earlier batch again, which is how a chain is retried. */
static void
step_repeat_chain (World *w)
{
  FarTransferResult results[6], expected[6];
  guint n = 1 + below (w, 6);
  guint at;
  const FarTransfer *batch;
  g_autoptr (GError) error = NULL;

  if (w->sent->len < n)
    return;
  at = below (w, w->sent->len - n + 1);
  batch = &g_array_index (w->sent, FarTransfer, at);
  model_post (w->model, batch, n, now_us (w), expected);
  far_ledger_post (w->f.ledger, batch, n, results, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    assert_result (results[i], expected[i]);
}

static void
step_account (World *w)
{
  static const FarAccountFlags flags[] = { 0, 0, 1, 2 };
  FarAccount account = { .kind = (FarAccountKind) (1 + below (w, FAR_ACCOUNT_KIND_MAX)) };
  FarAccountResult result;
  g_autoptr (GError) error = NULL;

  if (w->model->accounts->len >= ACCOUNTS_MAX)
    return;
  some_id (w, &account.id);
  account.flags = flags[below (w, G_N_ELEMENTS (flags))];
  g_strlcpy (account.currency, below (w, 8) == 0 ? "EUR" : "USD", sizeof account.currency);
  far_ledger_open_account (w->f.ledger, &account, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (result, ==, model_open (w->model, &account, now_us (w)));
}

static void
step_close_account (World *w)
{
  FarId id = some_account (w);
  gboolean closed = below (w, 3) == 0;
  FarAccountResult result;
  g_autoptr (GError) error = NULL;

  far_ledger_set_closed (w->f.ledger, &id, closed, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (result, ==, model_close (w->model, &id, closed, now_us (w)));
}

static void
step_expire (World *w)
{
  g_autoptr (GError) error = NULL;
  guint n;

  far_ledger_expire (w->f.ledger, G_MAXUINT, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, model_expire (w->model, now_us (w)));
}

static void
step_savepoint (World *w)
{
  g_autoptr (GError) error = NULL;

  if (w->saved == NULL)
    {
      far_ledger_savepoint (w->f.ledger, &error);
      w->saved = model_copy (w->model);
    }
  else if (below (w, 2) == 0)
    {
      far_ledger_release (w->f.ledger, &error);
      replace (&w->saved, NULL);
    }
  else
    {
      far_ledger_rollback_to (w->f.ledger, &error);
      replace (&w->model, g_steal_pointer (&w->saved));
    }
  g_assert_no_error (error);
}

static void
step_end (World *w)
{
  if (below (w, 4) == 0)
    {
      far_ledger_rollback (w->f.ledger);
      replace (&w->saved, NULL);
      replace (&w->model, model_copy (w->committed));
    }
  else
    {
      if (w->saved != NULL)
        step_savepoint (w);
      fixture_commit (&w->f);
      replace (&w->committed, model_copy (w->model));
    }
  w->open = FALSE;
}

static void
step_between (World *w)
{
  g_autoptr (GError) error = NULL;

  switch (below (w, 6))
    {
    case 0:
      far_ledger_checkpoint (w->f.ledger, &error);
      g_assert_no_error (error);
      break;
    case 1:
      fixture_reopen (&w->f);
      break;
    default:
      break;
    }
  fixture_begin (&w->f);
  w->open = TRUE;
}

static void
take_step (World *w)
{
  guint what = below (w, 20);

  if (below (w, 3) == 0)
    far_clock_advance (w->f.clock, 1 + below (w, 150), NULL);
  if (!w->open)
    step_between (w);
  if (w->model->accounts->len < 3 || what == 0)
    step_account (w);
  else if (what == 1)
    step_close_account (w);
  else if (what == 2)
    step_expire (w);
  else if (what == 3)
    step_repeat_chain (w);
  else if (what < 6)
    step_savepoint (w);
  else if (what == 6)
    step_end (w);
  else
    step_post (w);
}

/* ---- comparing ---- */

static void
compare_account (World *w, const FarId *id)
{
  gint64 times_us[3] = { G_MAXINT64, w->model->last_time_us - below (w, 2000), 0 };
  FarBalance found, expected;
  g_autoptr (GError) error = NULL;

  if (w->model->transfers->len > 0)
    times_us[2] = g_array_index (w->model->transfers, FarTransfer,
                                 below (w, w->model->transfers->len)).time_us;
  far_ledger_balance (w->f.ledger, id, &found, &error);
  g_assert_no_error (error);
  expected = model_balance (w->model, id, G_MAXINT64);
  g_assert_cmpmem (&found, sizeof found, &expected, sizeof expected);
  for (guint i = 0; i < G_N_ELEMENTS (times_us); i++)
    {
      far_ledger_balance_at (w->f.ledger, id, times_us[i], &found, &error);
      g_assert_no_error (error);
      expected = model_balance (w->model, id, times_us[i]);
      g_assert_cmpmem (&found, sizeof found, &expected, sizeof expected);
    }
}

static void
compare_history (World *w, const FarId *id)
{
  g_autofree FarTransfer *found = g_new (FarTransfer, STEPS * 6);
  guint64 before = below (w, 2) == 0 ? G_MAXUINT64 : below (w, (guint) w->model->n_rows + 1);
  g_autoptr (GError) error = NULL;
  guint n, at = 0;

  far_ledger_history (w->f.ledger, id, before, found, STEPS * 6, &n, &error);
  g_assert_no_error (error);
  for (guint i = w->model->transfers->len; i > 0; i--)
    {
      const FarTransfer *t = &g_array_index (w->model->transfers, FarTransfer, i - 1);

      if (t->seq >= before || (memcmp (&t->debit, id, FAR_ID_LEN) != 0 &&
                               memcmp (&t->credit, id, FAR_ID_LEN) != 0))
        continue;
      g_assert_cmpuint (at, <, n);
      g_assert_cmpuint (found[at].seq, ==, t->seq);
      g_assert_cmpint (found[at].time_us, ==, t->time_us);
      g_assert_cmpint (found[at].amount_micros, ==, t->amount_micros);
      g_assert_cmpint (found[at].kind, ==, t->kind);
      at++;
    }
  g_assert_cmpuint (at, ==, n);
}

static void
compare (World *w)
{
  for (guint i = 0; i < w->model->accounts->len; i++)
    compare_account (w, &g_array_index (w->model->accounts, ModelAccount, i).account.id);
  if (w->model->accounts->len > 0)
    compare_history (w, &g_array_index (w->model->accounts, ModelAccount,
                                        below (w, w->model->accounts->len)).account.id);
}

static void
run_seed (guint64 seed)
{
  World w = { 0 };

  g_test_message ("seed %" G_GUINT64_FORMAT, seed);
  fixture_set_up (&w.f, NULL);
  far_rng_init (&w.rng, seed, 1);
  w.model = model_new ();
  w.model->n_rows = 1; /* the first row */
  w.model->last_time_us = FIXTURE_START_US;
  w.committed = model_copy (w.model);
  w.sent = g_array_new (FALSE, FALSE, sizeof (FarTransfer));
  for (guint i = 0; i < STEPS; i++)
    {
      take_step (&w);
      if (i % 8 == 0)
        compare (&w);
    }
  if (w.open)
    step_end (&w);
  fixture_reopen (&w.f);
  compare (&w);
  g_assert_cmpuint (far_ledger_size (w.f.ledger), ==, w.model->n_rows);
  fixture_assert_whole (&w.f);
  replace (&w.model, NULL);
  replace (&w.committed, NULL);
  replace (&w.saved, NULL);
  g_array_unref (w.sent);
  fixture_tear_down (&w.f, NULL);
}

/* Those that no well-formed request can get, and overflow, which takes a thousand of the largest
 * transfers: test-transfers.c has them. */
static gboolean
is_elsewhere (FarTransferResult result)
{
  return result == FAR_TRANSFER_OVERFLOW || (result >= FAR_TRANSFER_UNKNOWN_KIND &&
                                             result <= FAR_TRANSFER_DEADLINE_MUST_BE_ZERO);
}

static void
test_seeds (void)
{
  const char *only = g_getenv ("FARTHING_TEST_SEED");

  if (only != NULL)
    {
      run_seed (g_ascii_strtoull (only, NULL, 10));
      return;
    }
  for (guint64 seed = 1; seed <= SEEDS; seed++)
    run_seed (seed);
  /* A history that never meets a rule shows nothing about it. */
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    if (seen[i] == 0 && !is_elsewhere (i))
      g_error ("No history met %s", far_transfer_result_to_string (i));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/model/seeds", test_seeds);
  return g_test_run ();
}
