/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the books prove: checkpoints that grow consistently, receipts that are checked without the
 * books, across changes of the signing key; and verification as a command. */
#include <string.h>

#include "books-world.h"
#include "ledger/far-checkpoint.h"
#include "ledger/far-receipt.h"

#define RECEIPTS "{'command':'receipts','reader':'%s','property':'news','article':'%s'}"

static JsonNode *
checkpoint (World *world, gint64 from)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (far_ledger_checkpoint (far_books_ledger (world->books), &error));
  g_assert_no_error (error);
  return world_ask (world, "{'command':'ledger.checkpoint','from':%" G_GINT64_FORMAT "}", from);
}

static FarCheckpointKey
first_key (JsonNode *answer)
{
  g_autoptr (GError) error = NULL;
  FarCheckpointKey key;

  g_assert_true (far_checkpoint_key_parse (answer_text (answer, "key"), &key, &error));
  g_assert_no_error (error);
  return key;
}

static FarCheckpoint
open_answer (JsonNode *answer)
{
  JsonArray *rotations =
    json_object_get_array_member (json_node_get_object (answer), "rotations");
  const char *note = answer_text (answer, "checkpoint");
  FarCheckpointKey key = first_key (answer);
  g_autoptr (GError) error = NULL;
  FarCheckpoint found;

  for (guint i = 0; i < json_array_get_length (rotations); i++)
    {
      const char *rotation = json_array_get_string_element (rotations, i);

      g_assert_true (far_checkpoint_follow (rotation, strlen (rotation), &key, &found, &error));
    }
  g_assert_true (far_checkpoint_open (note, strlen (note), &key, &found, &error));
  g_assert_no_error (error);
  return found;
}

static gboolean
is_consistent (JsonNode *answer, const FarCheckpoint *old, const FarCheckpoint *new)
{
  JsonArray *hashes = json_object_get_array_member (json_node_get_object (answer), "proof");
  FarMerkleProof proof = { .n_hashes = json_array_get_length (hashes) };

  for (guint i = 0; i < proof.n_hashes; i++)
    g_assert_true (far_hex_decode (json_array_get_string_element (hashes, i),
                                   proof.hashes[i].bytes, FAR_SHA256_LEN));
  return far_merkle_verify_consistency (old->size, new->size, &old->root, &new->root, &proof);
}

static void
test_checkpoints (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) before = NULL;
  FarCheckpoint old, new;

  world_furnish (world, 1000000);
  before = checkpoint (world, 0);
  old = open_answer (before);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%u", i);
      g_autoptr (JsonNode) pledge = world_pledge (world, i + 1, "one", key);
      g_autoptr (JsonNode) after = NULL;

      if (i % 2 == 1)
        {
          g_autoptr (JsonNode) rotated = world_ask (world, "{'command':'ledger.rotate_key'}");

          g_assert_nonnull (strstr (answer_text (rotated, "key"), "io.github.farthing/ledger/"));
        }
      after = checkpoint (world, (gint64) old.size);
      new = open_answer (after);
      g_assert_cmpuint (new.size, >, old.size);
      g_assert_true (is_consistent (after, &old, &new));
      new.root.bytes[0] ^= 1;
      g_assert_false (is_consistent (after, &old, &new));
      new.root.bytes[0] ^= 1;
      old = new;
    }
  {
    g_autoptr (JsonNode) ahead = checkpoint (world, (gint64) old.size + 7);

    g_assert_true (json_object_get_null_member (json_node_get_object (ahead), "proof"));
  }
}

static void
check_receipts (JsonNode *answer, const FarCheckpointKey *key, gint64 expected_micros)
{
  JsonArray *receipts = json_object_get_array_member (json_node_get_object (answer), "receipts");
  gint64 sum_micros = 0;

  for (guint i = 0; i < json_array_get_length (receipts); i++)
    {
      JsonObject *receipt = json_array_get_object_element (receipts, i);
      const char *text = json_object_get_string_member (receipt, "receipt");
      g_autofree char *forged = g_strdup (text);
      g_autoptr (GError) error = NULL;
      FarTransfer transfer;
      FarCheckpoint found;

      g_assert_true (far_receipt_check (text, strlen (text), key, &transfer, &found, &error));
      g_assert_no_error (error);
      g_assert_cmpint (transfer.time_us, ==, json_object_get_int_member (receipt, "time_us"));
      if (g_str_has_prefix (json_object_get_string_member (receipt, "what"), "refund"))
        sum_micros -= transfer.amount_micros;
      else
        sum_micros += transfer.amount_micros;
      forged[strlen ("c2sp.org/tlog-proof@v1\nextra ") + 60] ^= 3;
      g_assert_false (far_receipt_check (forged, strlen (forged), key, &transfer, &found, NULL));
    }
  g_assert_cmpint (sum_micros, ==, expected_micros);
}

static void
test_receipts (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) start = NULL;
  g_autoptr (JsonNode) paid = NULL;
  g_autoptr (JsonNode) rotated = NULL;
  g_autoptr (JsonNode) refunded = NULL;
  FarCheckpointKey key;

  world_furnish (world, 1000000);
  start = checkpoint (world, 0);
  key = first_key (start);
  world_refused (world, "not_found", RECEIPTS, world_reader (1), "one");
  json_node_unref (world_pledge (world, 1, "one", "k1"));
  json_node_unref (world_pledge (world, 2, "one", "k2"));
  world_refused (world, "not_checkpointed_yet", RECEIPTS, world_reader (1), "one");
  json_node_unref (checkpoint (world, 0));
  paid = world_ask (world, RECEIPTS, world_reader (1), "one");
  check_receipts (paid, &key, 50000);

  rotated = world_ask (world, "{'command':'ledger.rotate_key'}");
  json_node_unref (world_ask (world, "{'command':'refund','key':'r1','reader':'%s',"
                              "'property':'news','article':'one'}", world_reader (1)));
  json_node_unref (checkpoint (world, 0));
  refunded = world_ask (world, RECEIPTS, world_reader (1), "one");
  check_receipts (refunded, &key, 0);
  check_receipts (paid, &key, 50000); /* the old one stays true */
  world_refused (world, "not_found", RECEIPTS, world_reader (3), "one");
}

static void
test_verify (void)
{
  g_autoptr (World) world = world_new (FAR_LEDGER_MONEY_TEST);
  g_autoptr (JsonNode) verdict = NULL;

  world_furnish (world, 1000000);
  json_node_unref (world_pledge (world, 1, "one", "k1"));
  verdict = world_ask (world, "{'command':'ledger.verify'}");
  g_assert_true (answer_bool (verdict, "ok"));
  g_assert_cmpint (answer_int (verdict, "rows"), >, answer_int (verdict, "transfers"));
  g_assert_cmpint (answer_int (verdict, "accounts"), >, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/books/proof/checkpoints", test_checkpoints);
  g_test_add_func ("/books/proof/receipts", test_receipts);
  g_test_add_func ("/books/proof/verify", test_verify);
  return g_test_run ();
}
