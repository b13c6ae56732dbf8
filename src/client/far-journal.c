/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the verification of a deployment's journal and the file of what was seen of it. */
#include "client/far-journal.h"

#include <string.h>

#include "base/far-id.h"
#include "client/far-platform-private.h"

#define FILE_MAX 16384
#define SIZE_MAX_ROWS (G_GINT64_CONSTANT (1) << 53)
#define HEX_LEN (2 * FAR_SHA256_LEN)

G_DEFINE_QUARK (far-journal-error-quark, far_journal_error)

void
far_journal_seen_clear (FarJournalSeen *seen)
{
  g_clear_pointer (&seen->key, g_free);
  g_clear_pointer (&seen->origin, g_free);
}

static gboolean
fail (GError **error, FarJournalError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (GError **error, FarJournalError code, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, FAR_JOURNAL_ERROR, code, text);
  return FALSE;
}

static gboolean
read_hash (const char *hex, FarMerkleHash *ret_hash)
{
  return strlen (hex) == HEX_LEN && far_hex_decode (hex, ret_hash->bytes, FAR_SHA256_LEN);
}

/* ---- What was seen ---- */

gboolean
far_journal_seen_read (const char *path, FarJournalSeen *seen, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) root = NULL;
  const char *key, *hex, *origin;
  JsonObject *object;
  gint64 size;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &why))
    return g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
           fail (error, FAR_JOURNAL_ERROR_FILE, "%s", why->message);
  root = far_json_parse_object (text, length, FILE_MAX, &why);
  if (root == NULL)
    return fail (error, FAR_JOURNAL_ERROR_FILE, "%s: %s", path, why->message);
  object = json_node_get_object (root);
  if (!far_json_get_string (object, "key", FAR_CHECKPOINT_NOTE_MAX, &key, &why) ||
      !far_json_get_string (object, "origin", FAR_CHECKPOINT_ORIGIN_MAX, &origin, &why) ||
      !far_json_get_int (object, "size", 0, SIZE_MAX_ROWS, &size, &why) ||
      !far_json_get_int (object, "time_us", 0, G_MAXINT64, &seen->time_us, &why) ||
      !far_json_get_string (object, "root", HEX_LEN, &hex, &why) ||
      !read_hash (hex, &seen->root))
    return fail (error, FAR_JOURNAL_ERROR_FILE, "What was seen before, in %s, cannot be read: %s",
                 path, why != NULL ? why->message : "its root is none");
  seen->key = g_strdup (key);
  seen->origin = g_strdup (origin);
  seen->size = (guint64) size;
  return TRUE;
}

gboolean
far_journal_seen_write (const char *path, const FarJournalSeen *seen, GError **error)
{
  g_autofree char *hex = far_hex_encode (seen->root.bytes, FAR_SHA256_LEN);
  g_autofree char *folder = g_path_get_dirname (path);
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) why = NULL;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "key", seen->key);
  far_json_add_string (&writer, "origin", seen->origin);
  far_json_add_int (&writer, "size", (gint64) seen->size);
  far_json_add_string (&writer, "root", hex);
  far_json_add_int (&writer, "time_us", seen->time_us);
  far_json_end_object (&writer);
  g_mkdir_with_parents (folder, 0700);
  return g_file_set_contents_full (path, writer.text->str, (gssize) writer.text->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, &why) ||
         fail (error, FAR_JOURNAL_ERROR_FILE, "%s", why->message);
}

/* ---- Checking ---- */

/* From the first key over every note that hands on to the next. */
static gboolean
follow_rotations (JsonObject *answer, FarCheckpointKey *key, GError **error)
{
  g_autoptr (GError) why = NULL;
  FarCheckpoint checkpoint;
  JsonArray *notes;
  guint i;

  if (!far_json_get_array (answer, "rotations", FAR_JOURNAL_ROTATIONS_MAX, &notes, &why))
    return fail (error, FAR_JOURNAL_ERROR_ANSWER, "%s", why->message);
  for (i = 0; i < json_array_get_length (notes); i++)
    {
      JsonNode *node = json_array_get_element (notes, i);
      const char *note = JSON_NODE_HOLDS_VALUE (node) &&
                             json_node_get_value_type (node) == G_TYPE_STRING
                           ? json_node_get_string (node) : "";

      if (!far_checkpoint_follow (note, strlen (note), key, &checkpoint, &why))
        return fail (error, FAR_JOURNAL_ERROR_SIGNATURE,
                     "The keys of the journal do not follow from each other: %s", why->message);
    }
  return TRUE;
}

static gboolean
read_proof (JsonObject *answer, FarMerkleProof *proof)
{
  JsonArray *hashes;
  guint i;

  proof->n_hashes = 0;
  if (!far_json_get_array (answer, "proof", FAR_MERKLE_PROOF_MAX, &hashes, NULL))
    return FALSE;
  for (i = 0; i < json_array_get_length (hashes); i++)
    {
      JsonNode *node = json_array_get_element (hashes, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING ||
          !read_hash (json_node_get_string (node), &proof->hashes[proof->n_hashes++]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_continues (const FarJournalSeen *seen, JsonObject *answer, const FarCheckpoint *checkpoint,
                 GError **error)
{
  FarMerkleProof proof;
  gint64 from;

  if (seen->size == 0)
    return TRUE;
  if (checkpoint->size < seen->size)
    return fail (error, FAR_JOURNAL_ERROR_REWRITTEN,
                 "The journal had %" G_GUINT64_FORMAT " rows and has %" G_GUINT64_FORMAT
                 " now: rows were taken away", seen->size, checkpoint->size);
  if (!far_json_get_int (answer, "from", 0, SIZE_MAX_ROWS, &from, NULL) ||
      (guint64) from != seen->size || !read_proof (answer, &proof))
    return fail (error, FAR_JOURNAL_ERROR_ANSWER,
                 "The answer has no proof for the %" G_GUINT64_FORMAT " rows that were seen",
                 seen->size);
  if (!far_merkle_verify_consistency (seen->size, checkpoint->size, &seen->root,
                                      &checkpoint->root, &proof))
    return fail (error, FAR_JOURNAL_ERROR_REWRITTEN,
                 "The first %" G_GUINT64_FORMAT " rows of the journal are not those that were "
                 "seen before: it was rewritten", seen->size);
  return TRUE;
}

gboolean
far_journal_check (FarJournalSeen *seen, JsonObject *answer, GError **error)
{
  g_autoptr (GError) why = NULL;
  const char *first, *note;
  FarCheckpoint checkpoint;
  FarCheckpointKey key;

  if (!far_json_get_string (answer, "key", FAR_CHECKPOINT_NOTE_MAX, &first, &why) ||
      !far_json_get_string (answer, "checkpoint", FAR_CHECKPOINT_NOTE_MAX, &note, &why) ||
      !far_checkpoint_key_parse (first, &key, &why))
    return fail (error, FAR_JOURNAL_ERROR_ANSWER, "The answer is not that of a journal: %s",
                 why->message);
  if (seen->key != NULL && strcmp (seen->key, first) != 0)
    return fail (error, FAR_JOURNAL_ERROR_KEY,
                 "The journal is signed with another key than before: it is another ledger, or "
                 "somebody began it anew");
  if (!follow_rotations (answer, &key, error))
    return FALSE;
  if (!far_checkpoint_open (note, strlen (note), &key, &checkpoint, &why))
    return fail (error, FAR_JOURNAL_ERROR_SIGNATURE, "The last checkpoint does not hold: %s",
                 why->message);
  if (!check_continues (seen, answer, &checkpoint, error))
    return FALSE;
  if (seen->key == NULL)
    seen->key = g_strdup (first);
  g_free (seen->origin);
  seen->origin = g_strdup (checkpoint.origin);
  seen->size = checkpoint.size;
  seen->root = checkpoint.root;
  seen->time_us = checkpoint.time_us;
  return TRUE;
}

/* ---- Calls ---- */

static gpointer
keep_object (FarPlatformClient *self, JsonObject *object, GError **error)
{
  return json_node_init_object (json_node_alloc (), object);
}

static void
load_money (FarPlatformClient *self, const char *id, const char *what, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *url = g_strdup_printf ("/v1/deployments/%s/%s", escaped, what);
  FarHttpCall call = { .method = "GET", .url = url, .idempotent = TRUE,
                       .reply_max = FAR_ANSWER_MAX };

  far_call_start (self, &call, keep_object, (GDestroyNotify) json_node_unref, cancellable,
                  callback, user_data, load_money);
}

/**
 * far_platform_client_load_journal_async:
 * @self: a client
 * @id: of a deployment
 * @from: rows that were verified before
 * @cancellable: (nullable): gives up
 * @callback: when it has been asked
 * @user_data: for @callback
 */
void
far_platform_client_load_journal_async (FarPlatformClient *self, const char *id, guint64 from,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autofree char *what = g_strdup_printf ("journal?from=%" G_GUINT64_FORMAT, from);

  load_money (self, id, what, cancellable, callback, user_data);
}

/**
 * far_platform_client_load_earnings_async:
 * @self: a client
 * @id: of a deployment
 * @cancellable: (nullable): gives up
 * @callback: when it has been asked
 * @user_data: for @callback
 */
void
far_platform_client_load_earnings_async (FarPlatformClient *self, const char *id,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  load_money (self, id, "earnings", cancellable, callback, user_data);
}

/**
 * far_platform_client_load_money_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the object as it came
 */
JsonNode *
far_platform_client_load_money_finish (FarPlatformClient *self, GAsyncResult *result,
                                       GError **error)
{
  return far_call_finish (self, result, error);
}
