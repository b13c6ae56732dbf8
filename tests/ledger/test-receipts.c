/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receipts: a row, its proof and a checkpoint, made by the ledger and checked without it. */
#include <string.h>

#include "ledger/far-checkpoint.h"
#include "ledger/far-ledger-fixture.h"
#include "ledger/far-ledger-row.h"
#include "ledger/far-receipt.h"

static FarTransfer
post_new (Fixture *f, const FarId *debit, const FarId *credit, gint64 amount_micros)
{
  FarTransfer t = fixture_transfer (f, debit, credit, amount_micros);

  assert_result (fixture_post (f, &t), FAR_TRANSFER_OK);
  return t;
}

static void
two_accounts (Fixture *f, FarId *a, FarId *b)
{
  *a = fixture_account (f, FAR_ACCOUNT_BANK, "USD");
  *b = fixture_account (f, FAR_ACCOUNT_FEE_EARNED, "USD");
}

static FarCheckpoint
last_checkpoint (Fixture *f)
{
  FarCheckpointKey key;
  FarCheckpoint checkpoint;
  g_autofree char *note = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (far_ledger_checkpoint (f->ledger, &error));
  note = far_ledger_last_checkpoint (f->ledger, &error);
  g_assert_no_error (error);
  g_strlcpy (key.name, far_ledger_origin (f->ledger), sizeof key.name);
  far_ledger_public_key (f->ledger, key.public_key);
  g_assert_true (far_checkpoint_open (note, strlen (note), &key, &checkpoint, &error));
  g_assert_no_error (error);
  return checkpoint;
}

/* What a reader's receipt is: the row, its proof, a checkpoint; checked without the database. */
static void
test_receipts (Fixture *f, gconstpointer unused)
{
  FarCheckpoint checkpoint, before;
  FarId a, b;
  g_autoptr (GError) error = NULL;

  before = last_checkpoint (f);
  fixture_begin (f);
  two_accounts (f, &a, &b);
  for (guint i = 0; i < 900; i++)
    post_new (f, &a, &b, 1 + i);
  fixture_commit (f);
  checkpoint = last_checkpoint (f);
  g_assert_cmpuint (checkpoint.size, ==, 903);

  for (guint64 seq = 0; seq < checkpoint.size; seq += 1 + seq / 16)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      FarMerkleProof proof;
      FarMerkleHash leaf;
      FarTransfer t;

      g_assert_true (far_ledger_row_bytes (f->ledger, seq, bytes, &error));
      g_assert_true (far_ledger_prove_inclusion (f->ledger, seq, checkpoint.size, &proof, &error));
      far_merkle_hash_leaf (bytes->data, bytes->len, &leaf);
      g_assert_true (far_merkle_verify_inclusion (seq, checkpoint.size, &leaf, &proof,
                                                  &checkpoint.root));
      if (seq >= 3)
        {
          g_assert_true (far_row_parse_transfer (bytes->data, bytes->len, &t));
          g_assert_cmpint (t.amount_micros, ==, 1 + (gint64) seq - 3);
        }
      bytes->data[bytes->len - 1] ^= 1;
      far_merkle_hash_leaf (bytes->data, bytes->len, &leaf);
      g_assert_false (far_merkle_verify_inclusion (seq, checkpoint.size, &leaf, &proof,
                                                   &checkpoint.root));
    }
  for (guint64 old = 1; old < checkpoint.size; old += 1 + old / 8)
    {
      FarMerkleProof proof;

      g_assert_true (far_ledger_prove_consistency (f->ledger, old, checkpoint.size, &proof,
                                                   &error));
      if (old == before.size)
        g_assert_true (far_merkle_verify_consistency (old, checkpoint.size, &before.root,
                                                      &checkpoint.root, &proof));
    }
  {
    FarMerkleProof proof;

    g_assert_false (far_ledger_prove_inclusion (f->ledger, 0, checkpoint.size + 1, &proof,
                                                &error));
    g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND);
  }
}

static void
test_row_bytes (Fixture *f, gconstpointer unused)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  FarGenesis genesis;
  FarAccount account;
  FarClosing closing;
  FarTransfer t;
  FarAccountResult result;
  FarId a, b;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  g_assert_true (far_ledger_set_closed (f->ledger, &a, TRUE, &result, NULL));
  fixture_commit (f);

  g_assert_true (far_ledger_row_bytes (f->ledger, 0, bytes, NULL));
  g_assert_true (far_row_parse_genesis (bytes->data, bytes->len, &genesis));
  g_assert_cmpint (genesis.money, ==, FAR_LEDGER_MONEY_TEST);
  g_byte_array_set_size (bytes, 0);
  g_assert_true (far_ledger_row_bytes (f->ledger, 2, bytes, NULL));
  g_assert_true (far_row_parse_account (bytes->data, bytes->len, &account));
  g_assert_cmpmem (&account.id, FAR_ID_LEN, &b, FAR_ID_LEN);
  g_byte_array_set_size (bytes, 0);
  g_assert_true (far_ledger_row_bytes (f->ledger, 3, bytes, NULL));
  g_assert_true (far_row_parse_closing (bytes->data, bytes->len, &closing));
  g_assert_cmpmem (&closing.account, FAR_ID_LEN, &a, FAR_ID_LEN);
  g_assert_true (closing.closed);
  g_assert_false (far_row_parse_transfer (bytes->data, bytes->len, &t));
  g_assert_false (far_row_parse_closing (bytes->data, bytes->len - 1, &closing));
}

/* ---- receipts as text ---- */

static FarCheckpointKey
key_of (Fixture *f)
{
  FarCheckpointKey key;

  g_strlcpy (key.name, far_ledger_origin (f->ledger), sizeof key.name);
  far_ledger_public_key (f->ledger, key.public_key);
  return key;
}

static void
test_text (Fixture *f, gconstpointer unused)
{
  FarTransfer t[40], found;
  FarCheckpoint checkpoint;
  FarCheckpointKey key = key_of (f);
  FarId a, b;
  g_autoptr (GError) error = NULL;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  for (guint i = 0; i < G_N_ELEMENTS (t); i++)
    t[i] = post_new (f, &a, &b, 1 + i);
  fixture_commit (f);
  g_assert_null (far_ledger_receipt (f->ledger, &t[0].id, &error)); /* nothing signs it yet */
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (far_ledger_checkpoint (f->ledger, NULL));

  for (guint i = 0; i < G_N_ELEMENTS (t); i++)
    {
      g_autofree char *receipt = far_ledger_receipt (f->ledger, &t[i].id, &error);

      g_assert_no_error (error);
      far_receipt_check (receipt, strlen (receipt), &key, &found, &checkpoint, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (&found.id, FAR_ID_LEN, &t[i].id, FAR_ID_LEN);
      g_assert_cmpint (found.amount_micros, ==, t[i].amount_micros);
      g_assert_cmpuint (checkpoint.size, ==, far_ledger_size (f->ledger));
    }
  g_assert_null (far_ledger_receipt (f->ledger, &a, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND);
}

/* Every bit, every length, and another ledger's receipt. */
static void
test_forged (Fixture *f, gconstpointer unused)
{
  FarTransfer t = { 0 };
  FarTransfer found;
  FarCheckpoint checkpoint;
  FarCheckpointKey key = key_of (f);
  FarId a, b;
  g_autofree char *receipt = NULL;
  gsize n;

  fixture_begin (f);
  two_accounts (f, &a, &b);
  for (guint i = 0; i < 5; i++)
    t = post_new (f, &a, &b, 7);
  fixture_commit (f);
  g_assert_true (far_ledger_checkpoint (f->ledger, NULL));
  receipt = far_ledger_receipt (f->ledger, &t.id, NULL);
  n = strlen (receipt);
  g_assert_true (far_receipt_check (receipt, n, &key, &found, &checkpoint, NULL));

  for (gsize i = 0; i < 8 * n; i++)
    {
      g_autoptr (GError) error = NULL;

      receipt[i / 8] ^= (char) (1 << (i % 8));
      g_assert_false (far_receipt_check (receipt, n, &key, &found, &checkpoint, &error));
      g_assert_nonnull (error);
      receipt[i / 8] ^= (char) (1 << (i % 8));
    }
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *exact = g_memdup2 (receipt, MAX (i, 1));

      g_assert_false (far_receipt_check (exact, i, &key, &found, &checkpoint, NULL));
    }
  key.public_key[0] ^= 1;
  g_assert_false (far_receipt_check (receipt, n, &key, &found, &checkpoint, NULL));
}

#define ADD(path, test) \
  g_test_add ("/ledger/receipts/" path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("receipts", test_receipts);
  ADD ("text", test_text);
  ADD ("forged", test_forged);
  ADD ("row-bytes", test_row_bytes);
  return g_test_run ();
}
