/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a transfer may and may not do: each answer by name, and that a refusal moves nothing. */
#include "ledger/far-ledger-fixture.h"

#include <string.h>

#define HOUR_US G_GINT64_CONSTANT (3600000000)

typedef struct {
  Fixture f;
  FarId   tab;       /* asset: credits ≤ debits */
  FarId   wallet;    /* liability: debits ≤ credits */
  FarId   bank;      /* free */
  FarId   earned;    /* free */
  FarId   euros;     /* free, EUR */
} Books;

static void
set_up (Books *b, gconstpointer unused)
{
  fixture_set_up (&b->f, NULL);
  fixture_begin (&b->f);
  b->tab = fixture_account (&b->f, FAR_ACCOUNT_READER_TAB, "USD");
  b->wallet = fixture_account (&b->f, FAR_ACCOUNT_READER_WALLET, "USD");
  b->bank = fixture_account (&b->f, FAR_ACCOUNT_BANK, "USD");
  b->earned = fixture_account (&b->f, FAR_ACCOUNT_FEE_EARNED, "USD");
  b->euros = fixture_account (&b->f, FAR_ACCOUNT_BANK, "EUR");
}

static void
tear_down (Books *b, gconstpointer unused)
{
  fixture_commit (&b->f);
  fixture_assert_whole (&b->f);
  fixture_tear_down (&b->f, NULL);
}

static FarTransfer
make (Books *b, const FarId *debit, const FarId *credit, gint64 amount_micros)
{
  return fixture_transfer (&b->f, debit, credit, amount_micros);
}

static void
test_posted (Books *b, gconstpointer unused)
{
  FarTransfer t = make (b, &b->bank, &b->wallet, 70);
  FarTransfer found;
  g_autoptr (GError) error = NULL;

  memset (t.reference.bytes, 9, FAR_ID_LEN);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->bank, 70, 0, 0, 0);
  assert_balance (&b->f, &b->wallet, 0, 70, 0, 0);
  g_assert_true (far_ledger_transfer (b->f.ledger, &t.id, &found, &error));
  g_assert_cmpmem (&found.reference, FAR_ID_LEN, &t.reference, FAR_ID_LEN);
  g_assert_cmpmem (&found.debit, FAR_ID_LEN, &b->bank, FAR_ID_LEN);
  g_assert_cmpmem (&found.credit, FAR_ID_LEN, &b->wallet, FAR_ID_LEN);
  g_assert_cmpint (found.amount_micros, ==, 70);
  g_assert_cmpstr (found.currency, ==, "USD");
  g_assert_cmpuint (found.seq, ==, 6); /* behind the first row and five accounts */
}

static void
test_form (Books *b, gconstpointer unused)
{
  const FarTransfer good = make (b, &b->bank, &b->wallet, 5);
  FarTransfer t;
  static const FarId zero;

#define REFUSED(change, expected)                       \
  G_STMT_START {                                        \
    t = good;                                           \
    far_id_init (&t.id, b->f.clock);                    \
    change;                                             \
    assert_result (fixture_post (&b->f, &t), expected); \
  } G_STMT_END

  REFUSED (t.id = zero, FAR_TRANSFER_ID_MUST_NOT_BE_ZERO);
  REFUSED (t.kind = FAR_TRANSFER_EXPIRE, FAR_TRANSFER_UNKNOWN_KIND);
  REFUSED (t.kind = 17, FAR_TRANSFER_UNKNOWN_KIND);
  REFUSED (t.flags = 2, FAR_TRANSFER_UNKNOWN_FLAGS);
  REFUSED (t.code = 0, FAR_TRANSFER_CODE_MUST_NOT_BE_ZERO);
  REFUSED (t.amount_micros = 0, FAR_TRANSFER_AMOUNT_MUST_BE_POSITIVE);
  REFUSED (t.amount_micros = -1, FAR_TRANSFER_AMOUNT_MUST_BE_POSITIVE);
  REFUSED (t.amount_micros = G_MININT64, FAR_TRANSFER_AMOUNT_MUST_BE_POSITIVE);
  REFUSED (t.amount_micros = FAR_MICROS_MAX + 1, FAR_TRANSFER_AMOUNT_TOO_LARGE);
  REFUSED (t.pending_id = t.id, FAR_TRANSFER_PENDING_ID_MUST_BE_ZERO);
  REFUSED (t.kind = FAR_TRANSFER_POST, FAR_TRANSFER_PENDING_ID_MUST_NOT_BE_ZERO);
  REFUSED (t.deadline_us = 1, FAR_TRANSFER_DEADLINE_MUST_BE_ZERO);
  REFUSED (t.kind = FAR_TRANSFER_PENDING; t.deadline_us = -1, FAR_TRANSFER_DEADLINE_PASSED);
  REFUSED (t.kind = FAR_TRANSFER_PENDING; t.deadline_us = far_ledger_now_us (b->f.ledger),
           FAR_TRANSFER_DEADLINE_PASSED);
  REFUSED (t.debit.bytes[3] ^= 1, FAR_TRANSFER_DEBIT_ACCOUNT_NOT_FOUND);
  REFUSED (t.credit.bytes[3] ^= 1, FAR_TRANSFER_CREDIT_ACCOUNT_NOT_FOUND);
  REFUSED (t.credit = t.debit, FAR_TRANSFER_ACCOUNTS_MUST_DIFFER);
  REFUSED (t.credit = b->euros, FAR_TRANSFER_ACCOUNTS_HAVE_DIFFERENT_CURRENCIES);
  REFUSED (memcpy (t.currency, "EUR", 4), FAR_TRANSFER_WRONG_CURRENCY);
  REFUSED (memcpy (t.currency, "", 1), FAR_TRANSFER_WRONG_CURRENCY);
  REFUSED (memcpy (t.currency, "USDX", 4), FAR_TRANSFER_WRONG_CURRENCY);
  REFUSED (t.kind = FAR_TRANSFER_POST; t.pending_id = t.id, FAR_TRANSFER_PENDING_NOT_FOUND);
  g_assert_cmpuint (far_ledger_transfers (b->f.ledger), ==, 0);
  assert_balance (&b->f, &b->bank, 0, 0, 0, 0);
}

static void
test_limits (Books *b, gconstpointer unused)
{
  FarTransfer fund = make (b, &b->bank, &b->wallet, 100);
  FarTransfer t;

  /* A wallet never spends what it does not hold, pending amounts included. */
  t = make (b, &b->wallet, &b->earned, 1);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_EXCEEDS_CREDITS);
  assert_result (fixture_post (&b->f, &fund), FAR_TRANSFER_OK);
  t = make (b, &b->wallet, &b->earned, 60);
  t.kind = FAR_TRANSFER_PENDING;
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
  t = make (b, &b->wallet, &b->earned, 41);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_EXCEEDS_CREDITS);
  t = make (b, &b->wallet, &b->earned, 40);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->wallet, 40, 100, 60, 0);

  /* A tab never gets below zero. */
  t = make (b, &b->bank, &b->tab, 1);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_EXCEEDS_DEBITS);
  t = make (b, &b->tab, &b->earned, 10);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
  t = make (b, &b->bank, &b->tab, 11);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_EXCEEDS_DEBITS);
  t = make (b, &b->bank, &b->tab, 10);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->tab, 10, 10, 0, 0);
}

static void
test_overflow (Books *b, gconstpointer unused)
{
  const gint64 times = G_MAXINT64 / FAR_MICROS_MAX;
  FarTransfer t;

  for (gint64 i = 0; i < times; i++)
    {
      t = make (b, &b->bank, &b->earned, FAR_MICROS_MAX);
      if (i % 2 == 0)
        t.kind = FAR_TRANSFER_PENDING;
      assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
    }
  t = make (b, &b->bank, &b->earned, G_MAXINT64 - times * FAR_MICROS_MAX + 1);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OVERFLOW);
  t.kind = FAR_TRANSFER_PENDING;
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OVERFLOW);
  t.kind = FAR_TRANSFER_POSTED;
  t.amount_micros--;
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
}

static void
test_exists (Books *b, gconstpointer unused)
{
  FarTransfer t = make (b, &b->bank, &b->wallet, 100);
  FarTransfer other;
  FarTransfer pending = make (b, &b->bank, &b->wallet, 7);
  FarTransfer post;
  FarAccountResult closed;

#define DIFFERENT(change, expected)                         \
  G_STMT_START {                                            \
    other = t;                                              \
    change;                                                 \
    assert_result (fixture_post (&b->f, &other), expected); \
  } G_STMT_END

  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_EXISTS);
  DIFFERENT (other.amount_micros = 101, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_AMOUNT);
  DIFFERENT (other.debit = b->earned, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEBIT);
  DIFFERENT (other.credit = b->earned, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CREDIT);
  DIFFERENT (other.code = 3, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CODE);
  DIFFERENT (memcpy (other.currency, "EUR", 4), FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CURRENCY);
  DIFFERENT (other.reference.bytes[0] = 1, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_REFERENCE);
  DIFFERENT (other.kind = FAR_TRANSFER_PENDING, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_KIND);
  DIFFERENT (other.kind = FAR_TRANSFER_PENDING; other.deadline_us = 1,
             FAR_TRANSFER_EXISTS_WITH_DIFFERENT_KIND);
  assert_balance (&b->f, &b->wallet, 0, 100, 0, 0);

  pending.kind = FAR_TRANSFER_PENDING;
  pending.deadline_us = FIXTURE_START_US + HOUR_US;
  assert_result (fixture_post (&b->f, &pending), FAR_TRANSFER_OK);
  t = pending;
  DIFFERENT (other.deadline_us++, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEADLINE);

  /* A resolution that leaves out what it inherits is the same as one that repeats it. */
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &pending, 0, &post), FAR_TRANSFER_OK);
  t = post;
  DIFFERENT (other.amount_micros = 7, FAR_TRANSFER_EXISTS);
  DIFFERENT (other.debit = b->bank; other.credit = b->wallet, FAR_TRANSFER_EXISTS);
  DIFFERENT (memcpy (other.currency, "USD", 4), FAR_TRANSFER_EXISTS);
  DIFFERENT (other.amount_micros = 6, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_AMOUNT);
  DIFFERENT (other.debit = b->wallet, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEBIT);
  DIFFERENT (other.pending_id.bytes[0] ^= 1, FAR_TRANSFER_EXISTS_WITH_DIFFERENT_PENDING_ID);

  /* What was done stays done, whatever became of the account. */
  g_assert_true (far_ledger_set_closed (b->f.ledger, &b->wallet, TRUE, &closed, NULL));
  DIFFERENT ((void) 0, FAR_TRANSFER_EXISTS);
}

static void
test_resolve (Books *b, gconstpointer unused)
{
  FarTransfer p[5];
  FarTransfer wrong;

  for (guint i = 0; i < G_N_ELEMENTS (p); i++)
    {
      p[i] = make (b, &b->bank, &b->earned, 100);
      p[i].kind = FAR_TRANSFER_PENDING;
      p[i].deadline_us = FIXTURE_START_US + HOUR_US;
      assert_result (fixture_post (&b->f, &p[i]), FAR_TRANSFER_OK);
    }
  assert_balance (&b->f, &b->bank, 0, 0, 500, 0);
  assert_balance (&b->f, &b->earned, 0, 0, 0, 500);

  /* Wholly, partly with the rest released, and not at all. */
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[0], 0, NULL), FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->bank, 100, 0, 400, 0);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[1], 101, NULL),
                 FAR_TRANSFER_EXCEEDS_PENDING_AMOUNT);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[1], 30, NULL), FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->bank, 130, 0, 300, 0);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_VOID, &p[2], 99, NULL),
                 FAR_TRANSFER_PENDING_HAS_DIFFERENT_AMOUNT);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_VOID, &p[2], 100, NULL), FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->bank, 130, 0, 200, 0);
  assert_balance (&b->f, &b->earned, 0, 130, 0, 200);

  /* Once. */
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[0], 0, NULL),
                 FAR_TRANSFER_PENDING_ALREADY_POSTED);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_VOID, &p[1], 0, NULL),
                 FAR_TRANSFER_PENDING_ALREADY_POSTED);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[2], 0, NULL),
                 FAR_TRANSFER_PENDING_ALREADY_VOIDED);

  /* And only what it names. */
  wrong = make (b, &b->earned, &b->bank, 100);
  wrong.kind = FAR_TRANSFER_POST;
  wrong.pending_id = p[3].id;
  assert_result (fixture_post (&b->f, &wrong), FAR_TRANSFER_PENDING_HAS_DIFFERENT_DEBIT);
  wrong.debit = b->bank;
  assert_result (fixture_post (&b->f, &wrong), FAR_TRANSFER_PENDING_HAS_DIFFERENT_CREDIT);
  wrong.credit = b->earned;
  memcpy (wrong.currency, "EUR", 4);
  assert_result (fixture_post (&b->f, &wrong), FAR_TRANSFER_PENDING_HAS_DIFFERENT_CURRENCY);
  memcpy (wrong.currency, "USD", 4);
  wrong.pending_id.bytes[5] ^= 1;
  assert_result (fixture_post (&b->f, &wrong), FAR_TRANSFER_PENDING_NOT_FOUND);
  wrong = make (b, &b->bank, &b->earned, 1);
  assert_result (fixture_post (&b->f, &wrong), FAR_TRANSFER_OK);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &wrong, 0, NULL),
                 FAR_TRANSFER_NOT_PENDING);
  assert_balance (&b->f, &b->bank, 131, 0, 200, 0);
}

static void
test_deadline (Books *b, gconstpointer unused)
{
  FarTransfer p[3];
  g_autoptr (GError) error = NULL;
  guint n;

  for (guint i = 0; i < G_N_ELEMENTS (p); i++)
    {
      p[i] = make (b, &b->bank, &b->earned, 100);
      p[i].kind = FAR_TRANSFER_PENDING;
      p[i].deadline_us = i < 2 ? FIXTURE_START_US + (3 - (gint64) i) * HOUR_US : 0;
      assert_result (fixture_post (&b->f, &p[i]), FAR_TRANSFER_OK);
    }
  g_assert_true (far_ledger_expire (b->f.ledger, 100, &n, &error));
  g_assert_cmpuint (n, ==, 0);

  /* Past the deadline it cannot be posted, whether the sweep has run or not. */
  g_assert_true (far_clock_advance (b->f.clock, 3 * HOUR_US, &error));
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[0], 0, NULL),
                 FAR_TRANSFER_PENDING_EXPIRED);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_VOID, &p[1], 0, NULL),
                 FAR_TRANSFER_PENDING_EXPIRED);
  assert_balance (&b->f, &b->bank, 0, 0, 300, 0);

  g_assert_true (far_ledger_expire (b->f.ledger, 1, &n, &error));
  g_assert_cmpuint (n, ==, 1);
  assert_balance (&b->f, &b->bank, 0, 0, 200, 0);
  g_assert_true (far_ledger_expire (b->f.ledger, 100, &n, &error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (far_ledger_expire (b->f.ledger, 100, &n, &error));
  g_assert_cmpuint (n, ==, 0);
  assert_balance (&b->f, &b->bank, 0, 0, 100, 0);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[0], 0, NULL),
                 FAR_TRANSFER_PENDING_EXPIRED);

  /* Without one it stays. */
  g_assert_true (far_clock_advance (b->f.clock, 100000 * HOUR_US, &error));
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_POST, &p[2], 0, NULL), FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->bank, 100, 0, 0, 0);
}

static void
test_closed (Books *b, gconstpointer unused)
{
  FarTransfer fund = make (b, &b->bank, &b->wallet, 100);
  FarTransfer pending = make (b, &b->wallet, &b->earned, 10);
  FarTransfer t;
  FarAccount account;
  FarAccountResult result;
  g_autoptr (GError) error = NULL;

#define CLOSE(account_id, closed, expected)                                             \
  G_STMT_START {                                                                        \
    far_ledger_set_closed (b->f.ledger, account_id, closed, &result, &error);           \
    g_assert_no_error (error);                                                          \
    g_assert_cmpstr (far_account_result_to_string (result), ==,                         \
                     far_account_result_to_string (expected));                          \
  } G_STMT_END

  assert_result (fixture_post (&b->f, &fund), FAR_TRANSFER_OK);
  pending.kind = FAR_TRANSFER_PENDING;
  assert_result (fixture_post (&b->f, &pending), FAR_TRANSFER_OK);
  CLOSE (&b->wallet, TRUE, FAR_ACCOUNT_HAS_PENDING);
  CLOSE (&b->earned, TRUE, FAR_ACCOUNT_HAS_PENDING);
  CLOSE (&pending.id, TRUE, FAR_ACCOUNT_NOT_FOUND);
  assert_result (fixture_resolve (&b->f, FAR_TRANSFER_VOID, &pending, 0, NULL), FAR_TRANSFER_OK);
  CLOSE (&b->wallet, FALSE, FAR_ACCOUNT_EXISTS);
  CLOSE (&b->wallet, TRUE, FAR_ACCOUNT_OK);
  CLOSE (&b->wallet, TRUE, FAR_ACCOUNT_EXISTS);
  g_assert_true (far_ledger_account (b->f.ledger, &b->wallet, &account, &error));
  g_assert_cmpint (account.flags & FAR_ACCOUNT_CLOSED, !=, 0);

  t = make (b, &b->wallet, &b->earned, 1);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_DEBIT_ACCOUNT_CLOSED);
  t = make (b, &b->bank, &b->wallet, 1);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_CREDIT_ACCOUNT_CLOSED);
  CLOSE (&b->wallet, FALSE, FAR_ACCOUNT_OK);
  assert_result (fixture_post (&b->f, &t), FAR_TRANSFER_OK);
}

static void
test_accounts (Books *b, gconstpointer unused)
{
  FarAccount good = { .kind = FAR_ACCOUNT_READER_WALLET, .flags = 1, .currency = "USD" };
  FarAccount account;
  FarAccountResult result;
  g_autoptr (GError) error = NULL;

#define OPEN(change, expected)                                            \
  G_STMT_START {                                                          \
    account = good;                                                       \
    change;                                                               \
    far_ledger_open_account (b->f.ledger, &account, &result, &error);     \
    g_assert_no_error (error);                                            \
    g_assert_cmpstr (far_account_result_to_string (result), ==,           \
                     far_account_result_to_string (expected));            \
  } G_STMT_END

  OPEN ((void) 0, FAR_ACCOUNT_ID_MUST_NOT_BE_ZERO);
  far_id_init_random (&good.id);
  OPEN (account.kind = 0, FAR_ACCOUNT_UNKNOWN_KIND);
  OPEN (account.kind = FAR_ACCOUNT_KIND_MAX + 1, FAR_ACCOUNT_UNKNOWN_KIND);
  OPEN (account.flags = 3, FAR_ACCOUNT_FLAGS_ARE_MUTUALLY_EXCLUSIVE);
  OPEN (account.flags = FAR_ACCOUNT_CLOSED, FAR_ACCOUNT_UNKNOWN_FLAGS);
  OPEN (memcpy (account.currency, "usd", 4), FAR_ACCOUNT_UNKNOWN_CURRENCY);
  OPEN (memcpy (account.currency, "", 1), FAR_ACCOUNT_UNKNOWN_CURRENCY);
  OPEN (memcpy (account.currency, "QQQ", 4), FAR_ACCOUNT_UNKNOWN_CURRENCY);
  OPEN ((void) 0, FAR_ACCOUNT_OK);
  OPEN ((void) 0, FAR_ACCOUNT_EXISTS);
  OPEN (account.kind = FAR_ACCOUNT_BANK, FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_KIND);
  OPEN (account.flags = 0, FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_FLAGS);
  OPEN (memcpy (account.currency, "EUR", 4), FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_CURRENCY);
  OPEN (account.reference.bytes[0] = 1, FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_REFERENCE);
}

static void
test_chart (void)
{
  for (guint kind = 1; kind <= FAR_ACCOUNT_KIND_MAX; kind++)
    g_assert_nonnull (far_account_kind_to_string (kind));
  for (guint i = 0; i <= FAR_TRANSFER_PENDING_EXPIRED; i++)
    g_assert_nonnull (far_transfer_result_to_string (i));
  for (guint i = 0; i <= FAR_ACCOUNT_HAS_PENDING; i++)
    g_assert_nonnull (far_account_result_to_string (i));
  for (guint i = 0; i <= FAR_TRANSFER_EXPIRE; i++)
    g_assert_nonnull (far_transfer_kind_to_string (i));
  g_assert_cmpint (far_account_kind_flags (FAR_ACCOUNT_READER_TAB), ==,
                   FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS);
  g_assert_cmpint (far_account_kind_flags (FAR_ACCOUNT_CAMPAIGN_BUDGET), ==,
                   FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS);
  g_assert_cmpint (far_account_kind_flags (FAR_ACCOUNT_PUBLISHER_PAYABLE), ==, 0);
}

/* ---- chains ---- */

static void
post_many (Books *b, FarTransfer *transfers, guint n, FarTransferResult *results)
{
  g_autoptr (GError) error = NULL;

  far_ledger_post (b->f.ledger, transfers, n, results, &error);
  g_assert_no_error (error);
}

static void
test_linked (Books *b, gconstpointer unused)
{
  FarTransfer t[4];
  FarTransferResult r[4];

  for (guint i = 0; i < 4; i++)
    {
      t[i] = make (b, &b->bank, &b->earned, 10);
      t[i].flags = i < 2 ? FAR_TRANSFER_LINKED : 0;
    }
  t[2].debit = b->wallet; /* empty: this fails, and with it all three */
  post_many (b, t, 4, r);
  assert_result (r[0], FAR_TRANSFER_LINKED_FAILED);
  assert_result (r[1], FAR_TRANSFER_LINKED_FAILED);
  assert_result (r[2], FAR_TRANSFER_EXCEEDS_CREDITS);
  assert_result (r[3], FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->bank, 10, 0, 0, 0);

  t[2].debit = b->bank;
  post_many (b, t, 4, r);
  assert_result (r[0], FAR_TRANSFER_OK);
  assert_result (r[2], FAR_TRANSFER_OK);
  assert_result (r[3], FAR_TRANSFER_EXISTS);
  assert_balance (&b->f, &b->bank, 40, 0, 0, 0);

  /* The whole chain again; then one that only begins like it. */
  post_many (b, t, 3, r);
  for (guint i = 0; i < 3; i++)
    assert_result (r[i], FAR_TRANSFER_EXISTS);
  far_id_init (&t[1].id, b->f.clock);
  post_many (b, t, 3, r);
  assert_result (r[0], FAR_TRANSFER_EXISTS);
  assert_result (r[1], FAR_TRANSFER_LINKED_FAILED);
  far_id_init (&t[0].id, b->f.clock);
  post_many (b, t, 3, r);
  assert_result (r[0], FAR_TRANSFER_LINKED_FAILED);
  assert_result (r[2], FAR_TRANSFER_EXISTS);
  assert_balance (&b->f, &b->bank, 40, 0, 0, 0);

  /* A chain that the batch cuts off. */
  for (guint i = 0; i < 3; i++)
    {
      far_id_init (&t[i].id, b->f.clock);
      t[i].flags = FAR_TRANSFER_LINKED;
    }
  post_many (b, t, 3, r);
  assert_result (r[0], FAR_TRANSFER_LINKED_FAILED);
  assert_result (r[2], FAR_TRANSFER_CHAIN_OPEN);
  assert_balance (&b->f, &b->bank, 40, 0, 0, 0);
}

static void
test_linked_pending (Books *b, gconstpointer unused)
{
  FarTransfer pending = make (b, &b->bank, &b->earned, 10);
  FarTransfer t[3];
  FarTransferResult r[3];

  pending.kind = FAR_TRANSFER_PENDING;
  assert_result (fixture_post (&b->f, &pending), FAR_TRANSFER_OK);

  /* A chain that posts one pending transfer, makes another, posts that too, and then fails: all of
   * it must be as if it had never been, the pending state above all. */
  t[0] = (FarTransfer) { .kind = FAR_TRANSFER_POST, .code = 1, .pending_id = pending.id };
  far_id_init (&t[0].id, b->f.clock);
  t[1] = make (b, &b->bank, &b->earned, 5);
  t[1].kind = FAR_TRANSFER_PENDING;
  t[2] = (FarTransfer) { .kind = FAR_TRANSFER_POST, .code = 1, .pending_id = t[1].id,
                         .amount_micros = 6 };
  far_id_init (&t[2].id, b->f.clock);
  t[0].flags = t[1].flags = FAR_TRANSFER_LINKED;
  post_many (b, t, 3, r);
  assert_result (r[2], FAR_TRANSFER_EXCEEDS_PENDING_AMOUNT);
  assert_balance (&b->f, &b->bank, 0, 0, 10, 0);

  t[2].amount_micros = 5;
  post_many (b, t, 3, r);
  for (guint i = 0; i < 3; i++)
    assert_result (r[i], FAR_TRANSFER_OK);
  assert_balance (&b->f, &b->bank, 15, 0, 0, 0);
}

#define ADD(path, test) g_test_add ("/ledger/transfers/" path, Books, NULL, set_up, test, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("posted", test_posted);
  ADD ("form", test_form);
  ADD ("limits", test_limits);
  ADD ("overflow", test_overflow);
  ADD ("exists", test_exists);
  ADD ("resolve", test_resolve);
  ADD ("deadline", test_deadline);
  ADD ("closed", test_closed);
  ADD ("accounts", test_accounts);
  ADD ("linked", test_linked);
  ADD ("linked-pending", test_linked_pending);
  g_test_add_func ("/ledger/transfers/chart", test_chart);
  return g_test_run ();
}
