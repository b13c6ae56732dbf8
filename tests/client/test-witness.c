/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client remembers of a ledger: growth is accepted, and rewriting, cutting off, exchanging
 * and stolen keys raise an alarm, at every later contact too. */
#include <string.h>

#include <glib/gstdio.h>

#include "client/far-witness.h"
#include "ledger-world.h"

/* A contact: the file is read anew. */
static gboolean
meet (LedgerWorld *world, const char *deployment, FarWitnessFinding *ret_finding, GError **error)
{
  g_autoptr (FarWitness) witness = far_witness_open (deployment, error);
  g_autoptr (JsonNode) answer = NULL;

  if (witness == NULL)
    return FALSE;
  answer = ledger_world_show (world, far_witness_size (witness));
  return far_witness_take (witness, json_node_get_object (answer), ret_finding, error);
}

static void
expect (LedgerWorld *world, const char *deployment, FarWitnessFinding expected)
{
  g_autoptr (GError) error = NULL;
  FarWitnessFinding finding;

  meet (world, deployment, &finding, &error);
  g_assert_no_error (error);
  g_assert_cmpint (finding, ==, expected);
}

/* The alarm does not go away by asking again. */
static void
expect_alarm (LedgerWorld *world, const char *deployment, FarWitnessError code)
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
  LedgerWorld world = { 0 };

  ledger_world_open (&world, FAR_LEDGER_MONEY_TEST);
  expect (&world, "growth", FAR_WITNESS_FIRST);
  expect (&world, "growth", FAR_WITNESS_SAME);
  for (guint i = 0; i < 20; i++)
    {
      ledger_world_grow (&world, 1 + i);
      if (i % 5 == 2)
        g_assert_true (far_ledger_rotate_key (world.ledger, NULL));
      expect (&world, "growth", FAR_WITNESS_GROWN);
    }
  expect (&world, "another name", FAR_WITNESS_FIRST);
  ledger_world_close (&world);
}

/* The operator holds the key, and begins the same ledger again with other rows. */
static void
test_rewritten (void)
{
  static const char *const names[] = { "ledger.db", "checkpoints", "keys" };
  LedgerWorld world = { 0 };
  char *bytes[3];
  gsize n[3];
  g_autoptr (GError) error = NULL;

  ledger_world_open (&world, FAR_LEDGER_MONEY_LIVE);
  ledger_world_grow (&world, 1);
  g_clear_pointer (&world.ledger, far_ledger_close);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *path = g_build_filename (world.dir, names[i], NULL);

      g_assert_true (g_file_get_contents (path, &bytes[i], &n[i], &error));
    }
  world.ledger = far_ledger_open_dir (world.dir, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_LIVE,
                                      world.clock, &error);
  ledger_world_grow (&world, 50000);
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
  ledger_world_grow (&world, 40000);
  expect_alarm (&world, "rewritten", FAR_WITNESS_ERROR_REWRITTEN); /* the same size, other rows */
  ledger_world_grow (&world, 40000);
  expect_alarm (&world, "rewritten", FAR_WITNESS_ERROR_REWRITTEN); /* longer */
  ledger_world_close (&world);
}

static void
test_exchanged (void)
{
  LedgerWorld live = { 0 }, other = { 0 }, test = { 0 }, fresh = { 0 };

  ledger_world_open (&live, FAR_LEDGER_MONEY_LIVE);
  ledger_world_open (&other, FAR_LEDGER_MONEY_LIVE);
  ledger_world_open (&test, FAR_LEDGER_MONEY_TEST);
  ledger_world_open (&fresh, FAR_LEDGER_MONEY_TEST);
  expect (&live, "exchanged", FAR_WITNESS_FIRST);
  expect_alarm (&other, "exchanged", FAR_WITNESS_ERROR_OTHER_LEDGER);
  expect_alarm (&test, "exchanged", FAR_WITNESS_ERROR_OTHER_LEDGER);
  expect (&live, "exchanged", FAR_WITNESS_SAME);
  /* With test money one may begin again. */
  expect (&test, "begun again", FAR_WITNESS_FIRST);
  expect (&fresh, "begun again", FAR_WITNESS_REPLACED);
  expect (&fresh, "begun again", FAR_WITNESS_SAME);
  expect_alarm (&live, "begun again", FAR_WITNESS_ERROR_OTHER_LEDGER);
  ledger_world_close (&live);
  ledger_world_close (&other);
  ledger_world_close (&test);
  ledger_world_close (&fresh);
}

static void
test_receipts (void)
{
  LedgerWorld world = { 0 };
  FarTransfer old, transfer;
  FarCheckpoint checkpoint;
  g_autofree char *old_receipt = NULL, *receipt = NULL;
  g_autoptr (FarWitness) nobody = far_witness_open ("nobody", NULL);
  g_autoptr (FarWitness) witness = NULL;
  g_autoptr (GError) error = NULL;

  ledger_world_open (&world, FAR_LEDGER_MONEY_LIVE);
  old = ledger_world_grow (&world, 50000);
  old_receipt = far_ledger_receipt (world.ledger, &old.id, &error);
  g_assert_true (far_ledger_rotate_key (world.ledger, &error));
  old = ledger_world_grow (&world, 60000);
  receipt = far_ledger_receipt (world.ledger, &old.id, &error);
  expect (&world, "receipts", FAR_WITNESS_FIRST);
  witness = far_witness_open ("receipts", &error);
  g_assert_true (far_witness_check_receipt (witness, old_receipt, strlen (old_receipt), &transfer,
                                            &checkpoint, NULL, &error));
  g_assert_cmpint (transfer.amount_micros, ==, 50000);
  g_assert_true (far_witness_check_receipt (witness, receipt, strlen (receipt), &transfer,
                                            &checkpoint, NULL, &error));
  g_assert_cmpint (transfer.amount_micros, ==, 60000);
  receipt[strlen ("c2sp.org/tlog-proof@v1\nextra ") + 60] ^= 3;
  g_assert_false (far_witness_check_receipt (witness, receipt, strlen (receipt), &transfer,
                                             &checkpoint, NULL, &error));
  g_assert_nonnull (error);
  g_assert_false (far_witness_check_receipt (nobody, old_receipt, strlen (old_receipt), &transfer,
                                             &checkpoint, NULL, NULL));
  ledger_world_close (&world);
}

static void
test_hostile (void)
{
  static const char *const answers[] = {
    "{}", "{\"key\":1}",
    "{\"key\":\"x\",\"money\":\"test\",\"checkpoint\":\"\",\"rotations\":[],\"proof\":[]}",
    "{\"key\":\"x\",\"money\":\"test\",\"checkpoint\":\"\",\"rotations\":[1],\"proof\":[[]]}",
  };
  LedgerWorld world = { 0 };
  g_autoptr (FarWitness) witness = far_witness_open ("hostile", NULL);
  g_autoptr (JsonNode) answer = NULL;
  g_autofree char *path = NULL;
  FarWitnessFinding finding;

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (answers[i], NULL);

      g_assert_false (far_witness_take (witness, json_node_get_object (node), &finding, NULL));
    }
  ledger_world_open (&world, FAR_LEDGER_MONEY_TEST);
  answer = ledger_world_show (&world, 0);
  json_array_add_object_element (json_object_get_array_member (json_node_get_object (answer),
                                                               "rotations"), json_object_new ());
  g_assert_false (far_witness_take (witness, json_node_get_object (answer), &finding, NULL));
  expect (&world, "hostile", FAR_WITNESS_FIRST);

  path = g_strdup (witness->path);
  g_assert_true (g_file_set_contents (path, "farthing witness 1 test\nx\n\ny", -1, NULL));
  expect_alarm (&world, "hostile", FAR_WITNESS_ERROR_FILE);
  ledger_world_close (&world);
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
