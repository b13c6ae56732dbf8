/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger.status, ledger.verify, ledger.checkpoint, ledger.rotate_key and receipts: what the books
 * prove about themselves, and to whom. */
#include "bookkeeper/far-backup.h"
#include "bookkeeper/far-books-private.h"

#include <string.h>

#include "ledger/far-checkpoint.h"
#include "ledger/far-receipt.h"

#define MESSAGE_MAX 2000
/* Transfers on a reader's tab and wallet that are looked through for one article. */
#define RECEIPT_HISTORY_MAX 4000
/* Of an answer: a frame holds FAR_FRAME_MAX bytes. */
#define RECEIPTS_TEXT_MAX (44 * 1024)

/* ---- ledger.status and ledger.verify ---- */

static gboolean
run_status (FarCall  *call,
            GError  **error)
{
  FarMerkleHash root;
  g_autofree char *root_hex = NULL;

  far_ledger_root (call->books->ledger, &root);
  root_hex = far_hex_encode (root.bytes, sizeof root.bytes);
  far_json_add_int (call->answer, "transfers", (gint64) far_ledger_transfers (call->books->ledger));
  far_json_add_string (call->answer, "root", root_hex);
  far_json_add_int (call->answer, "checkpoints",
                    (gint64) far_ledger_checkpoints (call->books->ledger));
  far_json_add_string (call->answer, "money", call->books->live ? "live" : "test");
  return TRUE;
}

static gboolean
check_tables (const char  *data_dir,
              FarClock    *clock,
              GError     **error)
{
  g_autoptr (FarBooks) books = far_books_open_to_read (data_dir, clock, error);

  return books != NULL && far_books_check (books, error);
}

static void
keep_progress (guint64  rows,
               guint64  total,
               gpointer data)
{
  FarProgress *progress = data;

  __atomic_store_n (&progress->rows, rows, __ATOMIC_RELAXED);
  __atomic_store_n (&progress->total, total, __ATOMIC_RELAXED);
}

static void
write_verdict (FarJsonWriter *answer,
               const char    *data_dir,
               FarClock      *clock,
               FarProgress   *progress)
{
  g_autofree char *money_dir = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, NULL);
  g_autofree char *root = NULL;
  g_autofree char *message = NULL;
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean ok;

  ok = far_ledger_verify_dir (money_dir, progress != NULL ? keep_progress : NULL, progress,
                              &report, &error) &&
       report.ok && check_tables (data_dir, clock, &error);
  message = g_strndup (error ? error->message : report.reason ? report.reason : "", MESSAGE_MAX);
  root = far_hex_encode (report.root.bytes, sizeof report.root.bytes);

  far_json_add_bool (answer, "ok", ok);
  far_json_add_int (answer, "transfers", (gint64) report.transfers);
  far_json_add_int (answer, "rows", (gint64) report.rows);
  far_json_add_int (answer, "accounts", (gint64) report.accounts);
  far_json_add_string (answer, "root", root);
  far_json_add_int (answer, "checkpoints", (gint64) report.checkpoints);
  if (!ok && error == NULL && report.first_bad >= 0)
    far_json_add_int (answer, "first_bad", report.first_bad);
  else
    far_json_add_null (answer, "first_bad");
  if (!ok)
    far_json_add_string (answer, "message", message);
}

char *
far_verify (const char  *data_dir,
            FarClock    *clock,
            FarProgress *progress,
            gsize       *ret_n_bytes)
{
  g_auto (FarJsonWriter) writer;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  write_verdict (&writer, data_dir, clock, progress);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, ret_n_bytes);
}

static gboolean
verify_beside (FarCall  *call,
               GError  **error)
{
  write_verdict (call->answer, call->data_dir, call->clock, call->progress);
  return TRUE;
}

/* ---- ledger.checkpoint ---- */

static char *
key_string (FarLedger *ledger,
            gboolean   first)
{
  FarCheckpointKey key;

  g_strlcpy (key.name, far_ledger_origin (ledger), sizeof key.name);
  if (first)
    far_ledger_first_key (ledger, key.public_key);
  else
    far_ledger_public_key (ledger, key.public_key);
  return far_checkpoint_key_to_string (&key);
}

static void
write_rotations (FarJsonWriter *answer,
                 const char    *rotations)
{
  gsize n = strlen (rotations);
  gsize len;

  far_json_begin_array (answer, "rotations");
  for (; (len = far_checkpoint_note_length (rotations, n)) > 0; rotations += len, n -= len)
    far_json_add_string_len (answer, NULL, rotations, len);
  far_json_end_array (answer);
}

static gboolean
write_consistency (FarCall  *call,
                   guint64   from,
                   guint64   size,
                   GError  **error)
{
  FarMerkleProof proof;

  far_json_add_int (call->answer, "from", (gint64) from);
  if (from > size)
    {
      far_json_add_null (call->answer, "proof");
      return TRUE;
    }
  if (!far_ledger_prove_consistency (call->books->ledger, from, size, &proof, error))
    return FALSE;
  far_json_begin_array (call->answer, "proof");
  for (guint i = 0; i < proof.n_hashes; i++)
    {
      g_autofree char *hex = far_hex_encode (proof.hashes[i].bytes, FAR_SHA256_LEN);

      far_json_add_string (call->answer, NULL, hex);
    }
  far_json_end_array (call->answer);
  return TRUE;
}

static gboolean
run_checkpoint (FarCall  *call,
                GError  **error)
{
  FarLedger *ledger = call->books->ledger;
  g_autofree char *note = far_ledger_last_checkpoint (ledger, error);
  g_autofree char *rotations = note != NULL ? far_ledger_rotations (ledger, error) : NULL;
  g_autofree char *key = NULL;
  g_autofree char *root = NULL;
  FarCheckpoint checkpoint;

  if (rotations == NULL || !far_checkpoint_parse (note, strlen (note), &checkpoint, error))
    return FALSE;
  key = key_string (ledger, TRUE);
  root = far_hex_encode (checkpoint.root.bytes, FAR_SHA256_LEN);
  far_json_add_string (call->answer, "origin", far_ledger_origin (ledger));
  far_json_add_string (call->answer, "money", call->books->live ? "live" : "test");
  far_json_add_string (call->answer, "key", key);
  write_rotations (call->answer, rotations);
  far_json_add_string (call->answer, "checkpoint", note);
  far_json_add_int (call->answer, "size", (gint64) checkpoint.size);
  far_json_add_string (call->answer, "root", root);
  return write_consistency (call, (guint64) far_request_int (call->request, "from", 0),
                            checkpoint.size, error);
}

/* ---- ledger.rotate_key ---- */

static gboolean
rotate_after (FarCall  *call,
              GError  **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *key = NULL;

  if (!far_ledger_rotate_key (call->books->ledger, &reason))
    return far_refuse (error,
                       g_error_matches (reason, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_LIMIT)
                         ? FAR_COMMAND_ERROR_CONFLICT : FAR_COMMAND_ERROR_UNKNOWN,
                       "the signing key was not replaced: %s", reason->message);
  key = key_string (call->books->ledger, FALSE);
  far_json_add_string (call->answer, "key", key);
  far_json_add_int (call->answer, "size", (gint64) far_ledger_size (call->books->ledger));
  return TRUE;
}

/* ---- receipts ---- */

static const char *
receipt_kind (guint16 code)
{
  switch (code)
    {
    case FAR_CODE_PLEDGE:
    case FAR_CODE_WALLET_PLEDGE:
      return "pledge";
    case FAR_CODE_PLEDGE_FEE:
    case FAR_CODE_WALLET_PLEDGE_FEE:
      return "fee";
    case FAR_CODE_REFUND:
    case FAR_CODE_REFUND_FINAL:
      return "refund";
    case FAR_CODE_REFUND_FEE:
    case FAR_CODE_REFUND_FINAL_FEE:
      return "refund_fee";
    case FAR_CODE_WRITE_OFF:
    case FAR_CODE_WRITE_OFF_FEE:
      return "write_off";
    default:
      return "other";
    }
}

static gboolean
write_receipt (FarCall            *call,
               const FarTransfer  *transfer,
               gsize              *n_text,
               guint              *n_left_off,
               GError            **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *receipt = far_ledger_receipt (call->books->ledger, &transfer->id, &reason);
  char hex[FAR_ID_HEX_LEN + 1];

  if (receipt == NULL && g_error_matches (reason, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND))
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_CHECKPOINTED,
                       "the payment is booked, and the checkpoint that proves it is signed within "
                       "a second: ask again then");
  if (receipt == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (*n_text + strlen (receipt) > RECEIPTS_TEXT_MAX)
    {
      (*n_left_off)++;
      return TRUE;
    }
  *n_text += strlen (receipt);
  far_id_to_hex (&transfer->id, hex);
  far_json_begin_object (call->answer, NULL);
  far_json_add_string (call->answer, "what", receipt_kind (transfer->code));
  far_json_add_string (call->answer, "transfer", hex);
  far_json_add_int (call->answer, "seq", (gint64) transfer->seq);
  far_json_add_micros (call->answer, "amount_micros", transfer->amount_micros);
  far_json_add_string (call->answer, "currency", transfer->currency);
  far_json_add_int (call->answer, "time_us", transfer->time_us);
  far_json_add_string (call->answer, "receipt", receipt);
  far_json_end_object (call->answer);
  return TRUE;
}

/* What was booked on one of the reader's accounts for the pledge, newest first. */
static gboolean
write_receipts_of (FarCall      *call,
                   const FarId  *account,
                   const FarId  *pledge,
                   gsize        *n_text,
                   guint        *n_left_off,
                   GError      **error)
{
  g_autofree FarTransfer *rows = g_new (FarTransfer, RECEIPT_HISTORY_MAX);
  guint n;

  if (!far_ledger_history (call->books->ledger, account, G_MAXUINT64, rows, RECEIPT_HISTORY_MAX, &n,
                           error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (memcmp (&rows[i].reference, pledge, sizeof *pledge) == 0 &&
        !write_receipt (call, &rows[i], n_text, n_left_off, error))
      return FALSE;
  return TRUE;
}

static gboolean
find_last_pledge (FarBooks           *books,
                  const FarReader    *reader,
                  const FarProperty  *property,
                  const char         *article,
                  FarId              *ret_pledge,
                  GError            **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT id FROM pledges WHERE reader = ?1 AND property = ?2"
                                " AND article = ?3 ORDER BY pledge DESC LIMIT 1",
                                far_sql_int (reader->reader), far_sql_int (property->property),
                                far_sql_text (article));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_FOUND,
                       "nothing was paid for this article, so there is no receipt");
  return far_statement_copy_blob (row, 0, ret_pledge, FAR_ID_LEN);
}

static gboolean
run_receipts (FarCall  *call,
              GError  **error)
{
  FarBooks *books = call->books;
  FarProperty property;
  FarReader reader;
  FarTab tab;
  FarId pledge;
  gsize n_text = 0;
  guint n_left_off = 0;

  if (!far_property_find (books, far_request_text (call->request, "property"), &property, error) ||
      !far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !find_last_pledge (books, &reader, &property, far_request_text (call->request, "article"),
                         &pledge, error) ||
      !far_tab_find (books, reader.reader, property.terms.currency, &tab, error))
    return FALSE;
  far_json_begin_array (call->answer, "receipts");
  if (!write_receipts_of (call, &tab.id, &pledge, &n_text, &n_left_off, error) ||
      (tab.has_wallet &&
       !write_receipts_of (call, &tab.wallet, &pledge, &n_text, &n_left_off, error)))
    return FALSE;
  far_json_end_array (call->answer);
  far_json_add_int (call->answer, "left_off", n_left_off);
  return TRUE;
}

/* ---- ledger.backup ---- */

static gboolean
backup_beside (FarCall  *call,
               GError  **error)
{
  g_auto (FarBackupReport) report = { 0 };
  g_autoptr (GError) reason = NULL;

  if (!far_books_backup (call->data_dir, far_request_text (call->request, "directory"),
                         call->clock, call->progress, &report, &reason))
    return far_refuse (error,
                       g_error_matches (reason, FAR_BACKUP_ERROR, FAR_BACKUP_ERROR_EXISTS)
                         ? FAR_COMMAND_ERROR_CONFLICT : FAR_COMMAND_ERROR_INTERNAL,
                       "%s", reason->message);
  far_json_add_string (call->answer, "directory", report.directory);
  far_json_add_int (call->answer, "transfers", (gint64) report.transfers);
  far_json_add_int (call->answer, "rows", (gint64) report.rows);
  far_json_add_string (call->answer, "root", report.root);
  far_json_add_int (call->answer, "checkpoints", (gint64) report.checkpoints);
  far_json_add_int (call->answer, "bytes", (gint64) report.n_bytes);
  return TRUE;
}

static const FarField backup_fields[] = {
  { "directory", FAR_FIELD_TEXT, 0, 1, 1024 },
  { NULL },
};

static const FarField no_fields[] = { { NULL } };

static const FarField checkpoint_fields[] = {
  { "from", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, G_GINT64_CONSTANT (1) << 53 },
  { NULL },
};

static const FarField receipts_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "article", FAR_FIELD_NAME },
  { NULL },
};

const FarCommand far_commands_ledger[] = {
  { "ledger.status", no_fields, run_status },
  { "ledger.verify", no_fields, .beside = verify_beside, .own_ok = TRUE },
  { "ledger.checkpoint", checkpoint_fields, run_checkpoint },
  { "ledger.rotate_key", no_fields, .after = rotate_after },
  { "ledger.backup", backup_fields, .beside = backup_beside },
  { "receipts", receipts_fields, run_receipts },
  { NULL },
};
