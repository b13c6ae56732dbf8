/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered of a ledger (see the header). The file: a line that names the format and the
 * kind of money, a line a key, an empty line, and the last checkpoint as it was signed. */
#include "client/far-witness.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/far-id.h"
#include "base/far-json.h"

G_DEFINE_QUARK (far-witness-error-quark, far_witness_error)

#define FORMAT "farthing witness 1 "
#define FILE_MAX (64 * 1024)
#define NAME_HEX 32

static gboolean
fail (FarWitnessError code, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (FarWitnessError code, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (FAR_WITNESS_ERROR, (int) code, format, args);
  va_end (args);
  return FALSE;
}

/* ---- the file ---- */

static char *
path_of (const char *deployment)
{
  guint8 digest[FAR_SHA256_LEN];
  g_autofree char *hex = NULL;

  far_sha256 (deployment, strlen (deployment), digest);
  hex = far_hex_encode (digest, NAME_HEX / 2);
  return g_build_filename (g_get_user_state_dir (), "farthing", "witness", hex, NULL);
}

static gboolean
parse_file (FarWitness *witness, const char *text)
{
  const char *gap = strstr (text, "\n\n");
  g_autofree char *head = gap != NULL ? g_strndup (text, (gsize) (gap - text)) : NULL;
  g_auto (GStrv) lines = NULL;

  if (head == NULL || !g_str_has_prefix (head, FORMAT))
    return FALSE;
  witness->live = g_str_has_prefix (head + strlen (FORMAT), "live");
  lines = g_strsplit (head, "\n", FAR_WITNESS_KEYS_MAX + 2);
  for (guint i = 1; lines[i] != NULL; i++)
    {
      FarCheckpointKey key;

      if (i > FAR_WITNESS_KEYS_MAX || !far_checkpoint_key_parse (lines[i], &key, NULL))
        return FALSE;
      g_array_append_val (witness->keys, key);
    }
  witness->note = g_strdup (gap + 2);
  return witness->keys->len > 0 &&
         far_checkpoint_open (witness->note, strlen (witness->note),
                              &g_array_index (witness->keys, FarCheckpointKey,
                                              witness->keys->len - 1),
                              &witness->checkpoint, NULL);
}

FarWitness *
far_witness_open (const char *deployment, GError **error)
{
  g_autoptr (FarWitness) witness = g_new0 (FarWitness, 1);
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = NULL;
  gsize n = 0;

  g_return_val_if_fail (deployment != NULL, NULL);

  witness->path = path_of (deployment);
  witness->keys = g_array_new (FALSE, FALSE, sizeof (FarCheckpointKey));
  if (!g_file_get_contents (witness->path, &text, &n, &reason))
    {
      if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&witness);
      fail (FAR_WITNESS_ERROR_FILE, error, "%s", reason->message);
      return NULL;
    }
  if (n <= FILE_MAX && strlen (text) == n && parse_file (witness, text))
    return g_steal_pointer (&witness);
  fail (FAR_WITNESS_ERROR_FILE, error, "%s is damaged: what was known of this ledger is lost. "
        "Remove the file to begin again", witness->path);
  return NULL;
}

void
far_witness_free (FarWitness *witness)
{
  if (witness == NULL)
    return;
  g_clear_pointer (&witness->keys, g_array_unref);
  g_free (witness->note);
  g_free (witness->path);
  g_free (witness);
}

guint64
far_witness_size (const FarWitness *witness)
{
  g_return_val_if_fail (witness != NULL, 0);

  return witness->checkpoint.size;
}

/* Somebody else of this user may have met the same ledger a moment ago, and seen more of it. */
static gboolean
is_overtaken (const FarWitness *witness)
{
  g_autofree char *text = NULL;
  FarWitness kept = { .keys = g_array_new (FALSE, FALSE, sizeof (FarCheckpointKey)) };
  gsize n = 0;
  gboolean overtaken = g_file_get_contents (witness->path, &text, &n, NULL) && n <= FILE_MAX &&
                       parse_file (&kept, text) &&
                       kept.checkpoint.size > witness->checkpoint.size &&
                       strcmp (kept.checkpoint.origin, witness->checkpoint.origin) == 0;

  g_array_unref (kept.keys);
  g_free (kept.note);
  return overtaken;
}

static gboolean
save (const FarWitness *witness, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (witness->path);
  g_autoptr (GString) text = g_string_new (FORMAT);
  g_autoptr (GError) reason = NULL;

  if (is_overtaken (witness))
    return TRUE;
  g_string_append (text, witness->live ? "live\n" : "test\n");
  for (guint i = 0; i < witness->keys->len; i++)
    {
      g_autofree char *key =
        far_checkpoint_key_to_string (&g_array_index (witness->keys, FarCheckpointKey, i));

      g_string_append_printf (text, "%s\n", key);
    }
  g_string_append_printf (text, "\n%s", witness->note);
  if (g_mkdir_with_parents (directory, 0700) != 0)
    return fail (FAR_WITNESS_ERROR_FILE, error, "cannot make %s: %s", directory,
                 g_strerror (errno));
  if (!g_file_set_contents_full (witness->path, text->str, (gssize) text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &reason))
    return fail (FAR_WITNESS_ERROR_FILE, error, "%s", reason->message);
  return TRUE;
}

/* ---- an answer ---- */

typedef struct {
  const char       *note;
  gboolean          live;
  GArray           *keys; /* FarCheckpointKey: the first one, and whom the notes hand on to */
  FarCheckpoint     checkpoint;
  gboolean          has_proof;
  FarMerkleProof    proof;
} Shown;

static void
shown_clear (Shown *shown)
{
  g_clear_pointer (&shown->keys, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Shown, shown_clear)

/* The whole succession from the first key, so that it can be compared with the known one. */
static gboolean
follow (JsonArray *rotations, Shown *shown, GError **error)
{
  FarCheckpointKey key = g_array_index (shown->keys, FarCheckpointKey, 0);

  for (guint i = 0; i < json_array_get_length (rotations); i++)
    {
      JsonNode *element = json_array_get_element (rotations, i);
      const char *note = json_node_get_value_type (element) == G_TYPE_STRING
                           ? json_node_get_string (element) : NULL;
      FarCheckpoint checkpoint;

      if (note == NULL || !far_checkpoint_follow (note, strlen (note), &key, &checkpoint, NULL) ||
          !checkpoint.rotates)
        return fail (FAR_WITNESS_ERROR_SIGNATURE, error, "the ledger shows a change of its signing "
                     "key that the key before did not sign");
      g_array_append_val (shown->keys, key);
    }
  return TRUE;
}

static gboolean
read_proof (JsonObject *answer, Shown *shown)
{
  JsonNode *node = json_object_get_member (answer, "proof");
  JsonArray *hashes;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return node != NULL && JSON_NODE_HOLDS_NULL (node);
  hashes = json_node_get_array (node);
  if (json_array_get_length (hashes) > FAR_MERKLE_PROOF_MAX)
    return FALSE;
  shown->has_proof = TRUE;
  shown->proof.n_hashes = json_array_get_length (hashes);
  for (guint i = 0; i < shown->proof.n_hashes; i++)
    {
      JsonNode *element = json_array_get_element (hashes, i);

      if (json_node_get_value_type (element) != G_TYPE_STRING ||
          !far_hex_decode (json_node_get_string (element), shown->proof.hashes[i].bytes,
                           FAR_SHA256_LEN))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_answer (JsonObject *answer, Shown *shown, GError **error)
{
  const char *key_text, *money;
  FarCheckpointKey key;
  JsonArray *rotations;
  g_autoptr (GError) wrong = NULL;

  shown->keys = g_array_new (FALSE, FALSE, sizeof (FarCheckpointKey));
  if (!far_json_get_string (answer, "key", FAR_CHECKPOINT_NOTE_MAX, &key_text, &wrong) ||
      !far_json_get_string (answer, "money", 16, &money, &wrong) ||
      !far_json_get_string (answer, "checkpoint", FAR_CHECKPOINT_NOTE_MAX, &shown->note, &wrong) ||
      !far_json_get_array (answer, "rotations", FAR_WITNESS_KEYS_MAX, &rotations, &wrong) ||
      !far_checkpoint_key_parse (key_text, &key, &wrong))
    return fail (FAR_WITNESS_ERROR_PROTOCOL, error, "the ledger's answer cannot be understood: %s",
                 wrong->message);
  if (!read_proof (answer, shown))
    return fail (FAR_WITNESS_ERROR_PROTOCOL, error, "the ledger's proof cannot be understood");
  shown->live = strcmp (money, "live") == 0;
  g_array_append_val (shown->keys, key);
  if (!follow (rotations, shown, error))
    return FALSE;
  key = g_array_index (shown->keys, FarCheckpointKey, shown->keys->len - 1);
  if (!far_checkpoint_open (shown->note, strlen (shown->note), &key, &shown->checkpoint, &wrong))
    return fail (FAR_WITNESS_ERROR_SIGNATURE, error, "the ledger's checkpoint does not hold: %s",
                 wrong->message);
  return TRUE;
}

/* ---- comparing ---- */

/* The known keys are the beginning of those that are shown. */
static gboolean
keeps_keys (const FarWitness *witness, const Shown *shown)
{
  if (witness->keys->len > shown->keys->len)
    return FALSE;
  for (guint i = 0; i < witness->keys->len; i++)
    {
      const FarCheckpointKey *known = &g_array_index (witness->keys, FarCheckpointKey, i);
      const FarCheckpointKey *key = &g_array_index (shown->keys, FarCheckpointKey, i);

      if (strcmp (known->name, key->name) != 0 ||
          memcmp (known->public_key, key->public_key, sizeof key->public_key) != 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
compare (const FarWitness *witness, const Shown *shown, FarWitnessFinding *ret_finding,
         GError **error)
{
  const FarCheckpoint *old = &witness->checkpoint;
  const FarCheckpoint *new = &shown->checkpoint;

  if (strcmp (old->origin, new->origin) != 0)
    {
      *ret_finding = FAR_WITNESS_REPLACED;
      return (!witness->live && !shown->live) ||
             fail (FAR_WITNESS_ERROR_OTHER_LEDGER, error,
                   "THIS IS ANOTHER LEDGER: %s was here, now it is %s. Ask the operator; the last "
                   "checkpoint that you were shown is in %s", old->origin, new->origin,
                   witness->path);
    }
  if (!keeps_keys (witness, shown))
    return fail (FAR_WITNESS_ERROR_SIGNATURE, error,
                 "THE LEDGER'S KEYS ARE NOT THOSE THAT YOU WERE SHOWN BEFORE. Ask the operator; "
                 "what you were shown is in %s", witness->path);
  if (new->size < old->size || !shown->has_proof ||
      !far_merkle_verify_consistency (old->size, new->size, &old->root, &new->root,
                                      &shown->proof))
    return fail (FAR_WITNESS_ERROR_REWRITTEN, error,
                 "THE LEDGER WAS REWRITTEN: you were shown one of %" G_GUINT64_FORMAT " rows, and "
                 "the one of %" G_GUINT64_FORMAT " rows that is there now does not begin with it. "
                 "Rows were changed or cut off, or an old copy was put in place. The signed "
                 "checkpoint that proves it is in %s", old->size, new->size, witness->path);
  *ret_finding = new->size == old->size ? FAR_WITNESS_SAME : FAR_WITNESS_GROWN;
  return TRUE;
}

gboolean
far_witness_take (FarWitness *witness, JsonObject *answer, FarWitnessFinding *ret_finding,
                  GError **error)
{
  g_auto (Shown) shown = { 0 };

  g_return_val_if_fail (witness != NULL && answer != NULL && ret_finding != NULL, FALSE);

  *ret_finding = FAR_WITNESS_FIRST;
  if (!read_answer (answer, &shown, error) ||
      (witness->keys->len > 0 && !compare (witness, &shown, ret_finding, error)))
    return FALSE;
  g_array_unref (witness->keys);
  witness->keys = g_steal_pointer (&shown.keys);
  g_free (witness->note);
  witness->note = g_strdup (shown.note);
  witness->checkpoint = shown.checkpoint;
  witness->live = shown.live;
  return save (witness, error);
}

FarLedgerContact *
far_witness_meet (FarWitness *witness, JsonObject *answer, GError **error)
{
  g_autofree FarLedgerContact *contact = g_new0 (FarLedgerContact, 1);
  const guint64 before = far_witness_size (witness);

  if (!far_witness_take (witness, answer, &contact->finding, error))
    return NULL;
  contact->size = witness->checkpoint.size;
  contact->grown = contact->finding == FAR_WITNESS_GROWN ? contact->size - before : 0;
  contact->time_us = witness->checkpoint.time_us;
  contact->live = witness->live;
  contact->root = witness->checkpoint.root;
  g_strlcpy (contact->origin, witness->checkpoint.origin, sizeof contact->origin);
  return g_steal_pointer (&contact);
}

gboolean
far_witness_error_is_alarm (const GError *error)
{
  return g_error_matches (error, FAR_WITNESS_ERROR, FAR_WITNESS_ERROR_REWRITTEN) ||
         g_error_matches (error, FAR_WITNESS_ERROR, FAR_WITNESS_ERROR_OTHER_LEDGER) ||
         g_error_matches (error, FAR_WITNESS_ERROR, FAR_WITNESS_ERROR_SIGNATURE);
}

/* ---- checkpoints of receipts ---- */

static gboolean
is_known (const FarWitness *witness, const FarCheckpoint *checkpoint)
{
  return checkpoint->size == witness->checkpoint.size &&
         far_merkle_hash_equal (&checkpoint->root, &witness->checkpoint.root);
}

gboolean
far_witness_contains (const FarWitness *witness, const FarCheckpoint *checkpoint,
                      JsonObject *answer, GError **error)
{
  g_auto (Shown) shown = { 0 };
  const FarCheckpoint *known = &witness->checkpoint;

  g_return_val_if_fail (witness != NULL && checkpoint != NULL, FALSE);

  if (strcmp (checkpoint->origin, known->origin) != 0)
    return fail (FAR_WITNESS_ERROR_OTHER_LEDGER, error, "it is of another ledger, %s",
                 checkpoint->origin);
  if (is_known (witness, checkpoint))
    return TRUE;
  if (answer == NULL || checkpoint->size > known->size)
    return fail (FAR_WITNESS_ERROR_BEHIND, error, "the ledger was not asked yet");
  if (!read_answer (answer, &shown, error))
    return FALSE;
  if (shown.checkpoint.size > known->size)
    return fail (FAR_WITNESS_ERROR_BEHIND, error, "the ledger has grown meanwhile");
  if (is_known (witness, &shown.checkpoint) && shown.has_proof &&
      far_merkle_verify_consistency (checkpoint->size, known->size, &checkpoint->root,
                                     &known->root, &shown.proof))
    return TRUE;
  return fail (FAR_WITNESS_ERROR_REWRITTEN, error,
               "THE LEDGER WAS REWRITTEN: this leads to one of %" G_GUINT64_FORMAT " rows, and the "
               "one of %" G_GUINT64_FORMAT " rows that is there now does not begin with it",
               checkpoint->size, known->size);
}

gboolean
far_witness_check_receipt (const FarWitness *witness, const char *text, gsize n_bytes,
                           FarTransfer *ret_transfer, FarCheckpoint *ret_checkpoint,
                           FarCheckpointKey *ret_key, GError **error)
{
  g_return_val_if_fail (witness != NULL && text != NULL, FALSE);

  if (witness->keys->len == 0)
    return fail (FAR_WITNESS_ERROR_FILE, error, "no key of this ledger is known yet: ask it once "
                 "for its checkpoint");
  /* An old receipt is signed by an old key. The newest one says what is wrong. */
  for (guint i = witness->keys->len; i > 0; i--)
    {
      const FarCheckpointKey *key = &g_array_index (witness->keys, FarCheckpointKey, i - 1);

      if (far_receipt_check (text, n_bytes, key, ret_transfer, ret_checkpoint,
                             i == witness->keys->len ? error : NULL))
        {
          g_clear_error (error);
          if (ret_key != NULL)
            *ret_key = *key;
          return TRUE;
        }
    }
  return FALSE;
}
