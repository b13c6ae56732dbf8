/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger-world.h"

#include <string.h>

#include <glib/gstdio.h>

#include "base/far-json.h"
#include "ledger/far-checkpoint.h"

void
ledger_world_open (LedgerWorld *world, FarLedgerMoney money)
{
  g_autoptr (GError) error = NULL;

  world->dir = g_dir_make_tmp ("far-witness-XXXXXX", &error);
  world->clock = far_clock_new_manual (G_GINT64_CONSTANT (1790000000000000));
  world->ledger = far_ledger_open_dir (world->dir, FAR_LEDGER_READ_WRITE, money, world->clock,
                                       &error);
  g_assert_no_error (error);
}

void
ledger_world_close (LedgerWorld *world)
{
  static const char *const names[] = {
    "ledger.db", "ledger.db-wal", "ledger.db-shm", "checkpoints", "keys",
  };

  g_clear_pointer (&world->ledger, far_ledger_close);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (world->dir, names[i], NULL);

      g_unlink (path);
    }
  g_rmdir (world->dir);
  g_clear_pointer (&world->dir, g_free);
  g_clear_pointer (&world->clock, far_clock_unref);
}

FarTransfer
ledger_world_grow (LedgerWorld *world, gint64 amount_micros)
{
  FarAccount account = { .kind = FAR_ACCOUNT_BANK, .currency = "USD" };
  FarTransfer transfer = { .amount_micros = amount_micros, .code = 1, .currency = "USD" };
  FarTransferResult result;
  FarAccountResult opened;

  g_assert_true (far_ledger_begin (world->ledger, NULL));
  far_id_init (&account.id, world->clock);
  transfer.debit = account.id;
  g_assert_true (far_ledger_open_account (world->ledger, &account, &opened, NULL));
  account.kind = FAR_ACCOUNT_FEE_EARNED;
  far_id_init (&account.id, world->clock);
  transfer.credit = account.id;
  g_assert_true (far_ledger_open_account (world->ledger, &account, &opened, NULL));
  far_id_init (&transfer.id, world->clock);
  g_assert_true (far_ledger_post (world->ledger, &transfer, 1, &result, NULL));
  g_assert_cmpint (result, ==, FAR_TRANSFER_OK);
  g_assert_true (far_ledger_commit (world->ledger, NULL));
  g_assert_true (far_ledger_checkpoint (world->ledger, NULL));
  return transfer;
}

static void
add_notes (FarJsonWriter *writer, const char *notes)
{
  gsize n = strlen (notes), len;

  far_json_begin_array (writer, "rotations");
  for (; (len = far_checkpoint_note_length (notes, n)) > 0; notes += len, n -= len)
    far_json_add_string_len (writer, NULL, notes, len);
  far_json_end_array (writer);
}

JsonNode *
ledger_world_show (LedgerWorld *world, guint64 from)
{
  g_auto (FarJsonWriter) writer;
  g_autofree char *note = far_ledger_last_checkpoint (world->ledger, NULL);
  g_autofree char *rotations = far_ledger_rotations (world->ledger, NULL);
  g_autofree char *key_text = NULL;
  g_autofree char *text = NULL;
  FarCheckpointKey key;
  FarMerkleProof proof = { 0 };
  guint64 size = far_ledger_size (world->ledger);
  gsize n;

  g_strlcpy (key.name, far_ledger_origin (world->ledger), sizeof key.name);
  far_ledger_first_key (world->ledger, key.public_key);
  key_text = far_checkpoint_key_to_string (&key);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "money",
                       far_ledger_money (world->ledger) == FAR_LEDGER_MONEY_LIVE ? "live" : "test");
  far_json_add_string (&writer, "key", key_text);
  add_notes (&writer, rotations);
  far_json_add_string (&writer, "checkpoint", note);
  if (from > size)
    far_json_add_null (&writer, "proof");
  else
    {
      g_assert_true (far_ledger_prove_consistency (world->ledger, from, size, &proof, NULL));
      far_json_begin_array (&writer, "proof");
      for (guint i = 0; i < proof.n_hashes; i++)
        {
          g_autofree char *hex = far_hex_encode (proof.hashes[i].bytes, FAR_SHA256_LEN);

          far_json_add_string (&writer, NULL, hex);
        }
      far_json_end_array (&writer);
    }
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &n);
  return json_from_string (text, NULL);
}

