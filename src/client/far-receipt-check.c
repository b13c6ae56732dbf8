/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps: meet the ledger (main context), judge each receipt (worker), and, for each that holds,
 * ask for the proof that its checkpoint is the beginning of the known one (main context). A ledger
 * that grows between two questions is met again, at most ROUNDS_MAX times. */
#include "client/far-receipt-check.h"

#include <string.h>

#include "base/far-id.h"
#include "base/far-money.h"
#include "client/far-market-private.h"

#define HEADER "c2sp.org/tlog-proof@v1\n"
#define ROUNDS_MAX 16

/* ---- what is told ---- */

void
far_receipt_finding_free (FarReceiptFinding *finding)
{
  if (finding == NULL)
    return;
  g_free (finding->message);
  g_free (finding->transfer);
  g_free (finding->debit);
  g_free (finding->credit);
  g_free (finding->root);
  g_free (finding->origin);
  g_free (finding->key);
  g_free (finding);
}

void
far_receipt_report_free (FarReceiptReport *report)
{
  if (report == NULL)
    return;
  g_free (report->message);
  g_clear_pointer (&report->findings, g_ptr_array_unref);
  g_free (report);
}

/* The codes are in the log and never change (bookkeeper, FarCode). */
static const char *
what_of (guint16 code)
{
  static const char *const names[] = {
    [1] = "pledge", [2] = "fee", [3] = "pledge", [4] = "fee", [5] = "refund", [6] = "refund_fee",
    [7] = "refund", [8] = "refund_fee", [14] = "write_off", [15] = "write_off",
  };

  return code < G_N_ELEMENTS (names) && names[code] != NULL ? names[code] : "other";
}

static char *
hex_of (const FarId *id)
{
  char hex[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (id, hex);
  return g_strdup (hex);
}

/* ---- files ---- */

GPtrArray *
far_receipts_split (const char *text, gsize n_bytes, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  const char *end = text + n_bytes;

  if (n_bytes > FAR_RECEIPTS_BYTES_MAX || memchr (text, '\0', n_bytes) != NULL ||
      !g_str_has_prefix (text, HEADER))
    {
      g_set_error_literal (error, FAR_RECEIPT_ERROR, FAR_RECEIPT_ERROR_SYNTAX,
                           "This is no receipt: it does not begin with " HEADER);
      return NULL;
    }
  for (const char *at = text; at < end;)
    {
      const char *next = strstr (at + 1, HEADER);
      gsize len = (gsize) ((next != NULL ? next : end) - at);

      if (texts->len == FAR_RECEIPTS_MAX)
        {
          g_set_error (error, FAR_RECEIPT_ERROR, FAR_RECEIPT_ERROR_SYNTAX,
                       "There are more than %d receipts in one file: cut it in two",
                       FAR_RECEIPTS_MAX);
          return NULL;
        }
      g_ptr_array_add (texts, g_strndup (at, len));
      at += len;
    }
  return g_steal_pointer (&texts);
}

char *
far_receipts_join (GPtrArray *receipts)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < receipts->len; i++)
    g_string_append (text, ((const FarReceipt *) g_ptr_array_index (receipts, i))->text);
  return g_string_free (text, FALSE);
}

/* ---- one receipt ---- */

/* The publication's list and the row that is proven must tell the same. Returns: (nullable) */
static char *
contradiction (const FarReceipt *claimed, const FarReceiptFinding *finding)
{
  if (strcmp (claimed->transfer, finding->transfer) != 0)
    return g_strdup_printf ("The publication says that this is about entry %s, and it is about %s",
                            claimed->transfer, finding->transfer);
  if (claimed->amount_micros != finding->amount_micros ||
      strcmp (claimed->currency, finding->currency) != 0)
    {
      g_autofree char *said = far_micros_to_display (claimed->amount_micros, claimed->currency);
      g_autofree char *proven = far_micros_to_display (finding->amount_micros, finding->currency);

      return g_strdup_printf ("The publication says %s, and the ledger's entry says %s", said,
                              proven);
    }
  if (strcmp (claimed->what, finding->what) != 0)
    return g_strdup_printf ("The publication calls it “%s”, and the ledger's entry is “%s”",
                            claimed->what, finding->what);
  if (claimed->time_us != finding->time_us)
    return g_strdup ("The publication tells another time than the ledger's entry");
  return NULL;
}

FarReceiptFinding *
far_receipt_judge (const FarWitness *witness, const char *text, const FarReceipt *claimed,
                   FarCheckpoint *ret_checkpoint)
{
  FarReceiptFinding *finding = g_new0 (FarReceiptFinding, 1);
  g_autoptr (GError) error = NULL;
  FarTransfer row;
  FarCheckpoint checkpoint;
  FarCheckpointKey key;

  finding->what = "other";
  finding->ok = far_witness_check_receipt (witness, text, strlen (text), &row, &checkpoint, &key,
                                           &error);
  if (!finding->ok)
    {
      finding->message = g_strdup (error->message);
      finding->transfer = g_strdup ("");
      finding->debit = g_strdup ("");
      finding->credit = g_strdup ("");
      finding->root = g_strdup ("");
      finding->origin = g_strdup ("");
      finding->key = g_strdup ("");
      return finding;
    }
  finding->what = what_of (row.code);
  finding->amount_micros = row.amount_micros;
  g_strlcpy (finding->currency, row.currency, sizeof finding->currency);
  finding->time_us = row.time_us;
  finding->seq = row.seq;
  finding->size = checkpoint.size;
  finding->transfer = hex_of (&row.id);
  finding->debit = hex_of (&row.debit);
  finding->credit = hex_of (&row.credit);
  finding->root = far_hex_encode (checkpoint.root.bytes, FAR_SHA256_LEN);
  finding->origin = g_strdup (checkpoint.origin);
  finding->key = far_checkpoint_key_to_string (&key);
  finding->message = claimed != NULL ? contradiction (claimed, finding) : NULL;
  finding->ok = finding->message == NULL;
  if (finding->message == NULL)
    finding->message = g_strdup ("");
  *ret_checkpoint = checkpoint;
  return finding;
}

/* ---- the whole check ---- */

typedef struct {
  char             *deployment;
  GPtrArray        *texts;
  GPtrArray        *claimed; /* nullable */
  FarReceiptReport *report;
  GArray           *checkpoints; /* FarCheckpoint, as the texts */
  guint             at;          /* whose checkpoint is being compared */
  guint             rounds;
} Check;

static void
check_free (gpointer data)
{
  Check *check = data;

  g_free (check->deployment);
  g_ptr_array_unref (check->texts);
  g_clear_pointer (&check->claimed, g_ptr_array_unref);
  far_receipt_report_free (check->report);
  g_array_unref (check->checkpoints);
  g_free (check);
}

static void meet (GTask *task);
static void compare_next (GTask *task);

static void
finish (GTask *task)
{
  Check *check = g_task_get_task_data (task);
  FarReceiptReport *report = check->report;

  report->ok = report->findings->len > 0;
  for (guint i = 0; i < report->findings->len; i++)
    report->ok &= ((FarReceiptFinding *) g_ptr_array_index (report->findings, i))->ok;
  check->report = NULL;
  g_task_return_pointer (task, report, (GDestroyNotify) far_receipt_report_free);
  g_object_unref (task);
}

/* Judged without the ledger; that it could not be asked is said. */
static void
leave_uncompared (GTask *task, const char *why)
{
  Check *check = g_task_get_task_data (task);

  g_free (check->report->message);
  check->report->message = g_strdup (why);
  check->report->compared = FALSE;
  finish (task);
}

static void
on_proof (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Check *check = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr (FarWitness) witness = NULL;
  FarReceiptFinding *finding = g_ptr_array_index (check->report->findings, check->at);

  if (answer == NULL)
    {
      leave_uncompared (task, error->message);
      return;
    }
  witness = far_witness_open (check->deployment, &error);
  if (witness == NULL ||
      !far_witness_contains (witness,
                             &g_array_index (check->checkpoints, FarCheckpoint, check->at),
                             answer, &error))
    {
      if (g_error_matches (error, FAR_WITNESS_ERROR, FAR_WITNESS_ERROR_BEHIND))
        {
          meet (task);
          return;
        }
      finding->ok = FALSE;
      g_free (finding->message);
      finding->message = g_strdup (error->message);
    }
  check->at++;
  compare_next (task);
}

/* Most receipts lead to the checkpoint that is known: nothing is asked for them. */
static void
compare_next (GTask *task)
{
  Check *check = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWitness) witness = far_witness_open (check->deployment, &error);

  for (; witness != NULL && check->at < check->texts->len; check->at++)
    {
      const FarReceiptFinding *finding = g_ptr_array_index (check->report->findings, check->at);
      const FarCheckpoint *checkpoint = &g_array_index (check->checkpoints, FarCheckpoint,
                                                        check->at);
      g_autofree char *target = NULL;

      if (!finding->ok || far_witness_contains (witness, checkpoint, NULL, NULL))
        continue;
      target = g_strdup_printf ("/ledger/checkpoint?from=%" G_GUINT64_FORMAT, checkpoint->size);
      far_market_client_call_object (g_task_get_source_object (task), compare_next, "GET", target,
                                     NULL, far_market_take_object,
                                     (GDestroyNotify) json_object_unref,
                                     g_task_get_cancellable (task), on_proof, task);
      return;
    }
  if (witness == NULL)
    {
      leave_uncompared (task, error->message);
      return;
    }
  check->report->compared = TRUE;
  check->report->size = far_witness_size (witness);
  finish (task);
}

static void
judge_all (GTask *job, gpointer source, gpointer data, GCancellable *cancellable)
{
  Check *check = data;
  g_autoptr (FarWitness) witness = NULL;
  GError *error = NULL;

  witness = far_witness_open (check->deployment, &error);
  if (witness == NULL)
    {
      g_task_return_error (job, error);
      return;
    }
  for (guint i = 0; i < check->texts->len; i++)
    {
      const FarReceipt *claimed = check->claimed != NULL ? g_ptr_array_index (check->claimed, i)
                                                         : NULL;
      FarCheckpoint checkpoint = { 0 };

      g_ptr_array_add (check->report->findings,
                       far_receipt_judge (witness, g_ptr_array_index (check->texts, i), claimed,
                                          &checkpoint));
      g_array_append_val (check->checkpoints, checkpoint);
    }
  g_task_return_boolean (job, TRUE);
}

static void
on_judged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Check *check = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (check->report->message[0] != '\0')
    finish (task);
  else
    compare_next (task);
}

static void
judge (GTask *task)
{
  g_autoptr (GTask) job = g_task_new (g_task_get_source_object (task),
                                      g_task_get_cancellable (task), on_judged, task);

  g_task_set_task_data (job, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (job, judge_all);
}

static void
on_met (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Check *check = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree FarLedgerContact *contact =
    far_market_client_check_ledger_finish (FAR_MARKET_CLIENT (source), result, &error);

  if (contact == NULL &&
      (far_witness_error_is_alarm (error) ||
       g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (contact == NULL)
    {
      g_free (check->report->message);
      check->report->message = g_strdup (error->message);
      g_error_free (error);
    }
  if (check->report->findings->len == 0)
    judge (task);
  else if (contact == NULL)
    finish (task);
  else
    compare_next (task);
}

static void
meet (GTask *task)
{
  Check *check = g_task_get_task_data (task);

  if (check->rounds++ == ROUNDS_MAX)
    {
      leave_uncompared (task, "the ledger grows faster than it can be compared: try again");
      return;
    }
  far_market_client_check_ledger_async (g_task_get_source_object (task), check->deployment,
                                        g_task_get_cancellable (task), on_met, task);
}

void
far_market_client_check_receipts_async (FarMarketClient *self, const char *deployment,
                                        GPtrArray *texts, GPtrArray *claimed,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Check *check = g_new0 (Check, 1);

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self) && deployment != NULL);
  g_return_if_fail (texts != NULL && texts->len <= FAR_RECEIPTS_MAX);
  g_return_if_fail (claimed == NULL || claimed->len == texts->len);

  g_task_set_source_tag (task, far_market_client_check_receipts_async);
  check->deployment = g_strdup (deployment);
  check->texts = g_ptr_array_ref (texts);
  check->claimed = claimed != NULL ? g_ptr_array_ref (claimed) : NULL;
  check->checkpoints = g_array_new (FALSE, FALSE, sizeof (FarCheckpoint));
  check->report = g_new0 (FarReceiptReport, 1);
  check->report->message = g_strdup ("");
  check->report->findings =
    g_ptr_array_new_with_free_func ((GDestroyNotify) far_receipt_finding_free);
  g_task_set_task_data (task, check, check_free);
  meet (task);
}

FarReceiptReport *
far_market_client_check_receipts_finish (FarMarketClient *self, GAsyncResult *result,
                                         GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
