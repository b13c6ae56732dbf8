/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a publication says to prove itself: checkpoints with their keys and their growth, receipts.
 * Whatever the bytes, nothing is taken that the ledger of the corpus has not signed: its one
 * checkpoint, and the rows of the receipts in it. */
#include "fuzz-driver.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/far-json.h"
#include "client/far-receipt-check.h"
#include "client/far-witness.h"

/* A first contact with the ledger of the corpus. */
static const char known_answer[] =
  "{\"origin\":\"io.github.farthing/ledger/2b8084b607e4c912abdc960e2d4cfd09\",\"money\""
  ":\"test\",\"key\":\"io.github.farthing/ledger/2b8084b607e4c912abdc960e2d4cfd09+6e47a"
  "e45+AXVBMA3EG06vb78PJwbyFYOBD/gVPzVHOpw5LupkwqbV\",\"rotations\":[\"io.github.farthi"
  "ng/ledger/2b8084b607e4c912abdc960e2d4cfd09\\n10\\njjUeIwHu8Fa61XJ8jxyRm9j30RdenCGej0"
  "dpuxFtW/4=\\ntime 1795438051133240\\nnext io.github.farthing/ledger/2b8084b607e4c912"
  "abdc960e2d4cfd09+3f17edef+ARwlIOUomrLAtsrpMWZsOTtueUBviKgeGizEBr6SsX1k\\n\\n— io.git"
  "hub.farthing/ledger/2b8084b607e4c912abdc960e2d4cfd09 bkeuRcqx9tXiFYacDIVWO0APW4gYnep"
  "2BSmtDLajlvFJovbOX5ohb9PbnzKPGCrHpQWMvpq+eRM4QcEueNAlLrbQew8=\\n— io.github.farthing"
  "/ledger/2b8084b607e4c912abdc960e2d4cfd09 Pxft7+X+gZX2RbhoimMtXn/QSgMd8JAnbazp8RDuuQu"
  "VBxTJ9tmFyYsuqEUMLMzjKGETtQiacBZDo4Mp0DhznL9tRwQ=\\n\"],\"checkpoint\":\"io.github.f"
  "arthing/ledger/2b8084b607e4c912abdc960e2d4cfd09\\n10\\njjUeIwHu8Fa61XJ8jxyRm9j30Rden"
  "CGej0dpuxFtW/4=\\ntime 1795438051133240\\nnext io.github.farthing/ledger/2b8084b607e"
  "4c912abdc960e2d4cfd09+3f17edef+ARwlIOUomrLAtsrpMWZsOTtueUBviKgeGizEBr6SsX1k\\n\\n— i"
  "o.github.farthing/ledger/2b8084b607e4c912abdc960e2d4cfd09 bkeuRcqx9tXiFYacDIVWO0APW4"
  "gYnep2BSmtDLajlvFJovbOX5ohb9PbnzKPGCrHpQWMvpq+eRM4QcEueNAlLrbQew8=\\n— io.github.far"
  "thing/ledger/2b8084b607e4c912abdc960e2d4cfd09 Pxft7+X+gZX2RbhoimMtXn/QSgMd8JAnbazp8R"
  "DuuQuVBxTJ9tmFyYsuqEUMLMzjKGETtQiacBZDo4Mp0DhznL9tRwQ=\\n\",\"size\":10,\"root\":\"8"
  "e351e2301eef056bad5727c8f1c919bd8f7d1175e9c219e8f4769bb116d5bfe\",\"from\":0,\"proof"
  "\":[]}";
#define KNOWN_SIZE 10
#define KNOWN_ROOT "8e351e2301eef056bad5727c8f1c919bd8f7d1175e9c219e8f4769bb116d5bfe"

static char *state_dir;

static void
remove_state (void)
{
  g_autofree char *farthing = g_build_filename (state_dir, "farthing", NULL);
  g_autofree char *folder = g_build_filename (farthing, "witness", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
  g_rmdir (farthing);
  g_rmdir (state_dir);
}

static void
expect_root (const FarMerkleHash *root, guint64 size)
{
  g_autofree char *hex = far_hex_encode (root->bytes, FAR_SHA256_LEN);

  g_assert_cmpuint (size, ==, KNOWN_SIZE);
  g_assert_cmpstr (hex, ==, KNOWN_ROOT);
}

/* One who knows the ledger already. Returns: (transfer none) */
static FarWitness *
known_witness (void)
{
  static FarWitness *witness;

  if (witness == NULL)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node =
        far_json_parse_object (known_answer, strlen (known_answer), FAR_JSON_SIZE_MAX, &error);
      FarWitnessFinding finding;

      g_assert_no_error (error);
      state_dir = g_dir_make_tmp ("far-fuzz-XXXXXX", &error);
      g_assert_no_error (error);
      g_setenv ("XDG_STATE_HOME", state_dir, TRUE);
      atexit (remove_state);
      witness = far_witness_open ("known", &error);
      g_assert_no_error (error);
      g_assert_true (far_witness_take (witness, json_node_get_object (node), &finding, &error));
      g_assert_no_error (error);
    }
  return witness;
}

static void
try_answer (JsonObject *answer)
{
  g_autoptr (FarWitness) fresh = far_witness_open ("fresh", NULL);
  FarWitnessFinding finding;

  g_assert_nonnull (fresh);
  if (far_witness_take (fresh, answer, &finding, NULL))
    {
      g_assert_cmpint (finding, ==, FAR_WITNESS_FIRST);
      expect_root (&fresh->checkpoint.root, far_witness_size (fresh));
      g_unlink (fresh->path);
    }
  if (far_witness_take (known_witness (), answer, &finding, NULL))
    g_assert_cmpint (finding, ==, FAR_WITNESS_SAME);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  FarWitness *witness = known_witness ();
  g_autoptr (JsonNode) node =
    far_json_parse_object ((const char *) data, size, FAR_JSON_SIZE_MAX, NULL);
  FarTransfer transfer;
  FarCheckpoint checkpoint;
  FarCheckpointKey key;

  if (node != NULL)
    try_answer (json_node_get_object (node));
  if (far_witness_check_receipt (witness, text, strlen (text), &transfer, &checkpoint, &key, NULL))
    {
      expect_root (&checkpoint.root, checkpoint.size);
      g_assert_true (transfer.amount_micros == 15000 || transfer.amount_micros == 35000);
    }
  return 0;
}
