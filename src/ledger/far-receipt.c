/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receipts to text and back. What is read is foreign: lengths are bounded first, and there is one
 * spelling of everything. Any thread. */
#include "ledger/far-receipt.h"

#include <string.h>

G_DEFINE_QUARK (far-receipt-error-quark, far_receipt_error)

#define HEADER "c2sp.org/tlog-proof@v1\n"
#define EXTRA "extra "
#define INDEX "index "
#define ROTATIONS_MAX 16

char *
far_receipt_format (guint64 index, const guint8 *row, gsize n_row, const FarMerkleProof *proof,
                    const char *checkpoint, const char *rotations)
{
  g_autofree char *extra = g_base64_encode (row, n_row);
  GString *text = g_string_new (HEADER EXTRA);

  g_assert (proof->n_hashes <= FAR_MERKLE_PROOF_MAX);
  g_string_append_printf (text, "%s\n" INDEX "%" G_GUINT64_FORMAT "\n", extra, index);
  for (guint i = 0; i < proof->n_hashes; i++)
    {
      g_autofree char *hash = g_base64_encode (proof->hashes[i].bytes, FAR_SHA256_LEN);

      g_string_append_printf (text, "%s\n", hash);
    }
  g_string_append_printf (text, "\n%s%s", checkpoint, rotations);
  g_assert (text->len <= FAR_RECEIPT_MAX);
  return g_string_free (text, FALSE);
}

/* ---- reading ---- */

static gboolean
malformed (const char *what, GError **error)
{
  g_set_error (error, FAR_RECEIPT_ERROR, FAR_RECEIPT_ERROR_SYNTAX,
               "Not a receipt: %s is missing or malformed", what);
  return FALSE;
}

/* Takes a line off the front as a string of its own. NULL at the end, or at a NUL. */
static char *
take_line (const char **at, const char *end)
{
  const char *stop = *at < end ? memchr (*at, '\n', (gsize) (end - *at)) : NULL;
  char *line;

  if (stop == NULL || memchr (*at, '\0', (gsize) (stop - *at)) != NULL)
    return NULL;
  line = g_strndup (*at, (gsize) (stop - *at));
  *at = stop + 1;
  return line;
}

/* At most n_max bytes, spelt as an encoder would. Returns how many, 0 if it is not that. */
static gsize
decode (const char *text, guint8 *ret_bytes, gsize n_max)
{
  g_autofree guint8 *bytes = NULL;
  g_autofree char *again = NULL;
  gsize n = 0;

  bytes = g_base64_decode (text, &n);
  if (n == 0 || n > n_max)
    return 0;
  again = g_base64_encode (bytes, n);
  if (strcmp (again, text) != 0)
    return 0;
  memcpy (ret_bytes, bytes, n);
  return n;
}

static gboolean
parse_index (const char *text, guint64 *ret_index)
{
  return (text[0] != '0' || text[1] == '\0') &&
         g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, ret_index, NULL);
}

typedef struct {
  guint8         row[FAR_ROW_MAX];
  gsize          n_row;
  guint64        index;
  FarMerkleProof proof;
  const char    *checkpoint;
  gsize          n_checkpoint;
} Parts;

static gboolean
parse (const char *text, gsize n_bytes, Parts *parts, GError **error)
{
  const char *at = text;
  const char *end = text + n_bytes;
  g_autofree char *extra = NULL;
  g_autofree char *index = NULL;

  if (n_bytes > FAR_RECEIPT_MAX || n_bytes < strlen (HEADER) ||
      memcmp (text, HEADER, strlen (HEADER)) != 0)
    return malformed ("its first line", error);
  at += strlen (HEADER);
  extra = take_line (&at, end);
  if (extra == NULL || !g_str_has_prefix (extra, EXTRA))
    return malformed ("the row", error);
  parts->n_row = decode (extra + strlen (EXTRA), parts->row, sizeof parts->row);
  if (parts->n_row == 0)
    return malformed ("the row", error);
  index = take_line (&at, end);
  if (index == NULL || !g_str_has_prefix (index, INDEX) ||
      !parse_index (index + strlen (INDEX), &parts->index))
    return malformed ("the index", error);

  for (parts->proof.n_hashes = 0;; parts->proof.n_hashes++)
    {
      g_autofree char *line = take_line (&at, end);

      if (line != NULL && line[0] == '\0')
        break;
      if (line == NULL || parts->proof.n_hashes == FAR_MERKLE_PROOF_MAX ||
          decode (line, parts->proof.hashes[parts->proof.n_hashes].bytes, FAR_SHA256_LEN) !=
            FAR_SHA256_LEN)
        return malformed ("the proof", error);
    }
  parts->checkpoint = at;
  parts->n_checkpoint = (gsize) (end - at);
  return TRUE;
}

/* Opens the checkpoint with the key, or with the one that the notes behind it lead to. Notes of
 * rotations before the key's time are passed over. */
static gboolean
open_checkpoint (const Parts *parts, const FarCheckpointKey *key, FarCheckpoint *ret_checkpoint,
                 GError **error)
{
  const char *end = parts->checkpoint + parts->n_checkpoint;
  gsize n_first = far_checkpoint_note_length (parts->checkpoint, parts->n_checkpoint);
  const char *at = parts->checkpoint + n_first;
  FarCheckpointKey current = *key;
  guint n = 0;

  while (n_first > 0 && at < end)
    {
      gsize len = far_checkpoint_note_length (at, (gsize) (end - at));
      FarCheckpoint rotation;

      if (len == 0 || ++n > ROTATIONS_MAX ||
          !far_checkpoint_parse (at, len, &rotation, NULL) || !rotation.rotates)
        return malformed ("a change of the signing key", error);
      far_checkpoint_follow (at, len, &current, &rotation, NULL);
      at += len;
    }
  /* A key that was replaced before the checkpoint was signed counts for nothing. */
  return far_checkpoint_open (parts->checkpoint, n_first > 0 ? n_first : parts->n_checkpoint,
                              &current, ret_checkpoint, error);
}

gboolean
far_receipt_check (const char *text, gsize n_bytes, const FarCheckpointKey *key,
                   FarTransfer *ret_transfer, FarCheckpoint *ret_checkpoint, GError **error)
{
  Parts parts;
  FarCheckpoint checkpoint;
  FarTransfer transfer;
  FarMerkleHash leaf;

  g_return_val_if_fail (text != NULL && key != NULL, FALSE);
  g_return_val_if_fail (ret_transfer != NULL && ret_checkpoint != NULL, FALSE);

  if (!parse (text, n_bytes, &parts, error) ||
      !open_checkpoint (&parts, key, &checkpoint, error))
    return FALSE;
  if (!far_row_parse_transfer (parts.row, parts.n_row, &transfer) || transfer.seq != parts.index)
    {
      g_set_error_literal (error, FAR_RECEIPT_ERROR, FAR_RECEIPT_ERROR_ROW,
                           "The receipt's row is not the transfer that it is said to be");
      return FALSE;
    }
  far_merkle_hash_leaf (parts.row, parts.n_row, &leaf);
  if (!far_merkle_verify_inclusion (parts.index, checkpoint.size, &leaf, &parts.proof,
                                    &checkpoint.root))
    {
      g_set_error_literal (error, FAR_RECEIPT_ERROR, FAR_RECEIPT_ERROR_PROOF,
                           "The receipt's row is not in the log that its checkpoint signs");
      return FALSE;
    }
  *ret_transfer = transfer;
  *ret_checkpoint = checkpoint;
  return TRUE;
}
