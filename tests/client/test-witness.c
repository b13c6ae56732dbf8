/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client remembers of a ledger: growth is accepted, and rewriting, cutting off, exchanging
 * and stolen keys raise an alarm, at every later contact too. */
#include <string.h>

#include <glib/gstdio.h>

#include "base/far-json.h"
#include "client/far-witness.h"
#include "ledger/far-ledger.h"

typedef struct {
  char      *dir;
  FarClock  *clock;
  FarLedger *ledger;
  FarId      a, b;
} World;

static void
open_ledger (World *world, FarLedgerMoney money)
{
  g_autoptr (GError) error = NULL;

  world->dir = g_dir_make_tmp ("far-witness-XXXXXX", &error);
  world->clock = far_clock_new_manual (G_GINT64_CONSTANT (1790000000000000));
  world->ledger = far_ledger_open_dir (world->dir, FAR_LEDGER_READ_WRITE, money, world->clock,
                                       &error);
  g_assert_no_error (error);
}

static void
close_ledger (World *world)
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

static FarTransfer
grow (World *world, gint64 amount_micros)
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

/* As the bookkeeper answers. */
static JsonNode *
show (World *world, guint64 from)
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

/* A contact: the file is read anew. */
static gboolean
meet (World *world, const char *deployment, FarWitnessFinding *ret_finding, GError **error)
{
  g_autoptr (FarWitness) witness = far_witness_open (deployment, error);
  g_autoptr (JsonNode) answer = NULL;

  if (witness == NULL)
    return FALSE;
  answer = show (world, far_witness_size (witness));
  return far_witness_take (witness, json_node_get_object (answer), ret_finding, error);
}

static void
expect (World *world, const char *deployment, FarWitnessFinding expected)
{
  g_autoptr (GError) error = NULL;
  FarWitnessFinding finding;

  meet (world, deployment, &finding, &error);
  g_assert_no_error (error);
  g_assert_cmpint (finding, ==, expected);
}

/* The alarm does not go away by asking again. */
static void
expect_alarm (World *world, const char *deployment, FarWitnessError code)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      FarWitnessFinding finding;

      g_assert_false (meet (world, deployment, &finding, &error));
      g_assert_error (error, FAR_WITNESS_ERROR, (int) code);
    }
}

static void
test_growth (void)
{
  World world = { 0 };

  open_ledger (&world, FAR_LEDGER_MONEY_TEST);
  expect (&world, "growth", FAR_WITNESS_FIRST);
  expect (&world, "growth", FAR_WITNESS_SAME);
  for (guint i = 0; i < 20; i++)
    {
      grow (&world, 1 + i);
      if (i % 5 == 2)
        g_assert_true (far_ledger_rotate_key (world.ledger, NULL));
      expect (&world, "growth", FAR_WITNESS_GROWN);
    }
  expect (&world, "another name", FAR_WITNESS_FIRST);
  close_ledger (&world);
}

/* The operator holds the key, and begins the same ledger again with other rows. */
static void
test_rewritten (void)
{
  static const char *const names[] = { "ledger.db", "checkpoints", "keys" };
  World world = { 0 };
  char *bytes[3];
  gsize n[3];
  g_autoptr (GError) error = NULL;

  open_ledger (&world, FAR_LEDGER_MONEY_LIVE);
  grow (&world, 1);
  g_clear_pointer (&world.ledger, far_ledger_close);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *path = g_build_filename (world.dir, names[i], NULL);

      g_assert_true (g_file_get_contents (path, &bytes[i], &n[i], &error));
    }
  world.ledger = far_ledger_open_dir (world.dir, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_LIVE,
                                      world.clock, &error);
  grow (&world, 50000);
  expect (&world, "rewritten", FAR_WITNESS_FIRST);
  g_clear_pointer (&world.ledger, far_ledger_close);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *path = g_build_filename (world.dir, names[i], NULL);

      g_assert_true (g_file_set_contents_full (path, bytes[i], (gssize) n[i],
                                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error));
      g_free (bytes[i]);
    }
  world.ledger = far_ledger_open_dir (world.dir, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_LIVE,
                                      world.clock, &error);
  g_assert_no_error (error);
  expect_alarm (&world, "rewritten", FAR_WITNESS_ERROR_REWRITTEN); /* cut off */
  grow (&world, 40000);
  expect_alarm (&world, "rewritten", FAR_WITNESS_ERROR_REWRITTEN); /* the same size, other rows */
  grow (&world, 40000);
  expect_alarm (&world, "rewritten", FAR_WITNESS_ERROR_REWRITTEN); /* longer */
  close_ledger (&world);
}

static void
test_exchanged (void)
{
  World live = { 0 }, other = { 0 }, test = { 0 }, fresh = { 0 };

  open_ledger (&live, FAR_LEDGER_MONEY_LIVE);
  open_ledger (&other, FAR_LEDGER_MONEY_LIVE);
  open_ledger (&test, FAR_LEDGER_MONEY_TEST);
  open_ledger (&fresh, FAR_LEDGER_MONEY_TEST);
  expect (&live, "exchanged", FAR_WITNESS_FIRST);
  expect_alarm (&other, "exchanged", FAR_WITNESS_ERROR_OTHER_LEDGER);
  expect_alarm (&test, "exchanged", FAR_WITNESS_ERROR_OTHER_LEDGER);
  expect (&live, "exchanged", FAR_WITNESS_SAME);
  /* With test money one may begin again. */
  expect (&test, "begun again", FAR_WITNESS_FIRST);
  expect (&fresh, "begun again", FAR_WITNESS_REPLACED);
  expect (&fresh, "begun again", FAR_WITNESS_SAME);
  expect_alarm (&live, "begun again", FAR_WITNESS_ERROR_OTHER_LEDGER);
  close_ledger (&live);
  close_ledger (&other);
  close_ledger (&test);
  close_ledger (&fresh);
}

static void
test_receipts (void)
{
  World world = { 0 };
  FarTransfer old, transfer;
  FarCheckpoint checkpoint;
  g_autofree char *old_receipt = NULL, *receipt = NULL;
  g_autoptr (FarWitness) nobody = far_witness_open ("nobody", NULL);
  g_autoptr (FarWitness) witness = NULL;
  g_autoptr (GError) error = NULL;

  open_ledger (&world, FAR_LEDGER_MONEY_LIVE);
  old = grow (&world, 50000);
  old_receipt = far_ledger_receipt (world.ledger, &old.id, &error);
  g_assert_true (far_ledger_rotate_key (world.ledger, &error));
  old = grow (&world, 60000);
  receipt = far_ledger_receipt (world.ledger, &old.id, &error);
  expect (&world, "receipts", FAR_WITNESS_FIRST);
  witness = far_witness_open ("receipts", &error);
  g_assert_true (far_witness_check_receipt (witness, old_receipt, strlen (old_receipt), &transfer,
                                            &checkpoint, &error));
  g_assert_cmpint (transfer.amount_micros, ==, 50000);
  g_assert_true (far_witness_check_receipt (witness, receipt, strlen (receipt), &transfer,
                                            &checkpoint, &error));
  g_assert_cmpint (transfer.amount_micros, ==, 60000);
  receipt[strlen ("c2sp.org/tlog-proof@v1\nextra ") + 60] ^= 3;
  g_assert_false (far_witness_check_receipt (witness, receipt, strlen (receipt), &transfer,
                                             &checkpoint, &error));
  g_assert_nonnull (error);
  g_assert_false (far_witness_check_receipt (nobody, old_receipt, strlen (old_receipt), &transfer,
                                             &checkpoint, NULL));
  close_ledger (&world);
}

static void
test_hostile (void)
{
  static const char *const answers[] = {
    "{}", "{\"key\":1}",
    "{\"key\":\"x\",\"money\":\"test\",\"checkpoint\":\"\",\"rotations\":[],\"proof\":[]}",
    "{\"key\":\"x\",\"money\":\"test\",\"checkpoint\":\"\",\"rotations\":[1],\"proof\":[[]]}",
  };
  World world = { 0 };
  g_autoptr (FarWitness) witness = far_witness_open ("hostile", NULL);
  g_autoptr (JsonNode) answer = NULL;
  g_autofree char *path = NULL;
  FarWitnessFinding finding;

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (answers[i], NULL);

      g_assert_false (far_witness_take (witness, json_node_get_object (node), &finding, NULL));
    }
  open_ledger (&world, FAR_LEDGER_MONEY_TEST);
  answer = show (&world, 0);
  json_array_add_object_element (json_object_get_array_member (json_node_get_object (answer),
                                                               "rotations"), json_object_new ());
  g_assert_false (far_witness_take (witness, json_node_get_object (answer), &finding, NULL));
  expect (&world, "hostile", FAR_WITNESS_FIRST);

  path = g_strdup (witness->path);
  g_assert_true (g_file_set_contents (path, "farthing witness 1 test\nx\n\ny", -1, NULL));
  expect_alarm (&world, "hostile", FAR_WITNESS_ERROR_FILE);
  close_ledger (&world);
}

int
main (int argc, char *argv[])
{
  g_autofree char *state = g_dir_make_tmp ("far-state-XXXXXX", NULL);
  g_autofree char *clean = g_strdup_printf ("rm -r '%s'", state);
  int failed;

  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/witness/growth", test_growth);
  g_test_add_func ("/client/witness/rewritten", test_rewritten);
  g_test_add_func ("/client/witness/exchanged", test_exchanged);
  g_test_add_func ("/client/witness/receipts", test_receipts);
  g_test_add_func ("/client/witness/hostile", test_hostile);
  failed = g_test_run ();
  g_assert_true (g_spawn_command_line_sync (clean, NULL, NULL, NULL, NULL));
  return failed;
}
