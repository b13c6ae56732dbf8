/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl ledger: verify, on the platform that runs on the data directory or on its files as
 * they lie there, which are only read; rotate-key; checkpoint, held against the one that was kept;
 * receipt and check-receipt. */
#include <stdio.h>
#include <string.h>

#include "base/far-id.h"
#include "client/far-receipt-check.h"
#include "ledger/far-ledger.h"
#include "terminal/far-money-call.h"

#define PROGRESS_MS 500
#define RECEIPT_TRIES 40
#define RECEIPT_WAIT_MS 250

/* ---- verify ---- */

typedef struct {
  FarTerminal *self;
  gboolean     asked;
  gboolean     shown;
} Progress;

static void
on_progress (GObject *source, GAsyncResult *result, gpointer data)
{
  Progress *progress = data;
  g_autoptr (JsonObject) answer = far_platform_client_money_finish (FAR_PLATFORM_CLIENT (source),
                                                                    result, NULL);

  progress->asked = FALSE;
  if (answer == NULL || far_answer_int (answer, "total") == 0)
    return;
  fprintf (stderr, "\r%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " rows …",
           far_answer_int (answer, "rows"), far_answer_int (answer, "total"));
  progress->shown = TRUE;
}

static gboolean
ask_progress (gpointer data)
{
  Progress *progress = data;

  if (!progress->asked)
    far_platform_client_load_progress_async (progress->self->platform, NULL, on_progress, data);
  progress->asked = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Long ledgers take their time: a person is told how far it is. */
static FarLedgerVerdict *
verify_running (FarTerminal *self, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  Progress progress = { .self = self };
  guint timer = self->json ? 0 : g_timeout_add (PROGRESS_MS, ask_progress, &progress);
  FarLedgerVerdict *answer;

  far_platform_client_verify_ledger_async (self->platform, NULL, far_wait_done, &wait);
  answer = far_platform_client_verify_ledger_finish (self->platform, far_wait_for (&wait), error);
  if (timer != 0)
    g_source_remove (timer);
  while (progress.asked)
    g_main_context_iteration (NULL, TRUE);
  if (progress.shown)
    fputs ("\r\033[K", stderr);
  return answer;
}

/* By the bookkeeper's own program, which checks the tables too. */
static JsonNode *
verify_files (FarTerminal *self, GError **error)
{
  const char *const arguments[] = { "--data-dir", self->data_dir, "--verify", NULL };
  g_autoptr (JsonNode) answer = NULL;
  gboolean ok;

  answer = far_terminal_bookkeeper (arguments, &ok, error);
  if (answer == NULL || !json_object_has_member (json_node_get_object (answer), "newer"))
    return g_steal_pointer (&answer);
  g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_CONFLICT, "The books were not checked. %s",
               far_answer_text (json_node_get_object (answer), "newer"));
  return NULL;
}

static void
print_verdict (FarTerminal *self, JsonObject *verdict, gboolean offline)
{
  const gboolean ok = json_object_get_boolean_member (verdict, "ok");
  const gboolean row = !json_object_get_null_member (verdict, "first_bad");
  g_autofree char *reason = far_terminal_clean (far_answer_text (verdict, "message"));

  if (self->json)
    {
      g_auto (FarJsonWriter) w = { 0 };
      g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

      json_node_set_object (node, verdict);
      far_json_writer_init (&w);
      far_json_add_node (&w, NULL, node);
      far_terminal_print_json (&w);
      return;
    }
  printf ("%s: %" G_GINT64_FORMAT " transfers, %" G_GINT64_FORMAT " checkpoints%s\n",
          ok ? "The books are right" : "THE BOOKS ARE NOT RIGHT",
          far_answer_int (verdict, "transfers"), far_answer_int (verdict, "checkpoints"),
          offline ? " (no platform runs; read from its files)" : "");
  printf ("  root %s\n", far_answer_text (verdict, "root"));
  if (!ok && row)
    printf ("  first wrong row %" G_GINT64_FORMAT "\n", far_answer_int (verdict, "first_bad"));
  if (!ok)
    printf ("  %s\n", reason);
}

static JsonObject *
verdict_to_object (const FarLedgerVerdict *answer)
{
  JsonObject *verdict = json_object_new ();

  json_object_set_boolean_member (verdict, "ok", answer->ok);
  json_object_set_int_member (verdict, "transfers", answer->transfers);
  json_object_set_string_member (verdict, "root", answer->root);
  json_object_set_int_member (verdict, "checkpoints", answer->checkpoints);
  if (answer->first_bad >= 0)
    json_object_set_int_member (verdict, "first_bad", answer->first_bad);
  else
    json_object_set_null_member (verdict, "first_bad");
  if (!answer->ok)
    json_object_set_string_member (verdict, "message", answer->message);
  return verdict;
}

static int
run_verify (FarTerminal *self)
{
  g_autofree char *money_dir = g_build_filename (self->data_dir, "money", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarLedgerVerdict) answer = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (JsonObject) verdict = NULL;
  gboolean offline = FALSE;

  if (far_terminal_connect (self, FALSE, &error) != NULL)
    {
      answer = verify_running (self, &error);
      if (answer == NULL)
        return far_terminal_fail (error);
      verdict = verdict_to_object (answer);
    }
  else if (g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING))
    {
      g_clear_error (&error);
      if (!g_file_test (money_dir, G_FILE_TEST_IS_DIR))
        {
          fprintf (stderr, "farthingctl: There are no books in %s: no money/ledger.db. Name the "
                   "data directory that has them by --data-dir\n", self->data_dir);
          return FAR_EXIT_NO_INPUT;
        }
      offline = TRUE;
      node = verify_files (self, &error);
      if (node == NULL)
        return far_terminal_fail (error);
      verdict = json_object_ref (json_node_get_object (node));
    }
  else
    return far_terminal_fail (error);
  print_verdict (self, verdict, offline);
  return json_object_get_boolean_member (verdict, "ok") ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}

/* ---- checkpoint ---- */

static const char *
finding_text (FarWitnessFinding finding)
{
  switch (finding)
    {
    case FAR_WITNESS_FIRST:
      return "first";
    case FAR_WITNESS_SAME:
      return "same";
    case FAR_WITNESS_GROWN:
      return "grown";
    case FAR_WITNESS_REPLACED:
    default:
      return "replaced";
    }
}

static void
print_contact (FarTerminal *self, const FarLedgerContact *contact)
{
  g_auto (FarJsonWriter) w = { 0 };

  if (self->json)
    {
      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "finding", finding_text (contact->finding));
      far_json_add_string (&w, "origin", contact->origin);
      far_json_add_string (&w, "money", contact->live ? "live" : "test");
      far_json_add_int (&w, "size", (gint64) contact->size);
      far_json_add_int (&w, "grown", (gint64) contact->grown);
      far_json_add_time (&w, "time", contact->time_us);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
      return;
    }
  switch (contact->finding)
    {
    case FAR_WITNESS_FIRST:
      puts ("This ledger was not known here; its key and its checkpoint are kept from now on");
      break;
    case FAR_WITNESS_SAME:
      puts ("The ledger is the one that was shown before");
      break;
    case FAR_WITNESS_GROWN:
      printf ("The ledger has grown by %" G_GUINT64_FORMAT " rows, and begins with what was shown "
              "before\n", contact->grown);
      break;
    case FAR_WITNESS_REPLACED:
    default:
      puts ("ANOTHER LEDGER IS HERE than before. Both hold test money: it is kept from now on");
      break;
    }
  printf ("  %s\n  %" G_GUINT64_FORMAT " rows, %s money\n", contact->origin, contact->size,
          contact->live ? "live" : "test");
}

static FarLedgerContact *
meet (FarTerminal *self, FarMarketClient *market, GError **error)
{
  g_auto (FarWait) wait = { 0 };

  far_market_client_check_ledger_async (market, self->data_dir, NULL, far_wait_done, &wait);
  return far_market_client_check_ledger_finish (market, far_wait_for (&wait), error);
}

static int
run_checkpoint (FarTerminal *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  g_autofree FarLedgerContact *contact = NULL;

  if (far_terminal_connect (self, FALSE, &error) == NULL ||
      (market = far_terminal_market (self, NULL, &error)) == NULL ||
      (contact = meet (self, market, &error)) == NULL)
    return far_terminal_fail (error);
  print_contact (self, contact);
  return FAR_EXIT_OK;
}

/* ---- rotate-key ---- */

static int
run_rotate_key (FarTerminal *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = far_terminal_money (self, "ledger.rotate_key", NULL, &error);

  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    printf ("The old key has signed the new one, and is gone. From row %" G_GINT64_FORMAT
            " on this one signs:\n  %s\nBackups made before hold the old key; make a new one.\n",
            far_answer_int (answer, "size"), far_answer_text (answer, "key"));
  return FAR_EXIT_OK;
}

/* ---- receipts ---- */

static gboolean
wake (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
pause_a_little (void)
{
  gboolean woken = FALSE;

  g_timeout_add (RECEIPT_WAIT_MS, wake, &woken);
  while (!woken)
    g_main_context_iteration (NULL, TRUE);
}

/* What was paid a moment ago is signed within a second. */
static GPtrArray *
get_receipts (FarMarketClient *market, const char *article, GError **error)
{
  for (guint i = 0;; i++)
    {
      g_auto (FarWait) wait = { 0 };
      g_autoptr (GError) reason = NULL;
      GPtrArray *receipts;

      far_market_client_get_receipts_async (market, article, NULL, far_wait_done, &wait);
      receipts = far_market_client_get_receipts_finish (market, far_wait_for (&wait), &reason);
      if (receipts != NULL)
        return receipts;
      if (i == RECEIPT_TRIES ||
          strcmp (far_client_error_get_code (reason), "not_checkpointed_yet") != 0)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
      pause_a_little ();
    }
}

/* The texts go to stdout, one behind the other, so that they can be led into a file. */
static int
run_receipt (FarTerminal *self, const char *article, const char *reader)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  g_autofree FarLedgerContact *contact = NULL;
  g_autoptr (GPtrArray) receipts = NULL;
  g_auto (FarJsonWriter) w = { 0 };

  if (far_terminal_connect (self, FALSE, &error) == NULL ||
      (market = far_terminal_market (self, reader, &error)) == NULL ||
      (contact = meet (self, market, &error)) == NULL ||
      (receipts = get_receipts (market, article, &error)) == NULL)
    return far_terminal_fail (error);
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_begin_array (&w, "receipts");
  for (guint i = 0; i < receipts->len; i++)
    {
      const FarReceipt *receipt = g_ptr_array_index (receipts, i);

      if (!self->json)
        fputs (receipt->text, stdout);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "what", receipt->what);
      far_json_add_micros (&w, "amount_micros", receipt->amount_micros);
      far_json_add_string (&w, "currency", receipt->currency);
      far_json_add_time (&w, "time", receipt->time_us);
      far_json_add_string (&w, "receipt", receipt->text);
      far_json_end_object (&w);
    }
  far_json_end_array (&w);
  far_json_end_object (&w);
  if (self->json)
    far_terminal_print_json (&w);
  return FAR_EXIT_OK;
}

/* What of a purchase a row is, for people. */
static const char *
part_of (const char *what)
{
  static const char *const words[][2] = {
    { "pledge", "to the publisher" },         { "fee", "to the fee's receiver" },
    { "refund", "back from the publisher" },  { "refund_fee", "back from the fee's receiver" },
    { "write_off", "written off" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i][0], what) == 0)
      return words[i][1];
  return "moved";
}

static void
add_finding (FarTerminal *self, FarJsonWriter *w, const FarReceiptFinding *finding)
{
  g_autofree char *amount = NULL;
  g_autofree char *time = NULL;

  far_json_begin_object (w, NULL);
  far_json_add_bool (w, "ok", finding->ok);
  if (finding->ok)
    {
      amount = far_micros_to_decimal (finding->amount_micros, finding->currency);
      time = far_time_to_rfc3339 (finding->time_us);
      far_json_add_string (w, "what", finding->what);
      far_json_add_micros (w, "amount_micros", finding->amount_micros);
      far_json_add_string (w, "currency", finding->currency);
      far_json_add_int (w, "seq", (gint64) finding->seq);
      far_json_add_time (w, "time", finding->time_us);
      far_json_add_int (w, "log_size", (gint64) finding->size);
      far_json_add_string (w, "root", finding->root);
      far_json_add_string (w, "origin", finding->origin);
      far_json_add_string (w, "key", finding->key);
      if (!self->json)
        printf ("Right: %s %s %s, booked %s as row %" G_GUINT64_FORMAT " of %s\n", amount,
                finding->currency, part_of (finding->what), time, finding->seq, finding->origin);
    }
  else
    {
      far_json_add_string (w, "message", finding->message);
      if (!self->json)
        printf ("NOT RIGHT: %s\n", finding->message);
    }
  far_json_end_object (w);
}

/* Without any server: with the keys that are known of this platform's ledger. */
static int
run_check_receipt (FarTerminal *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWitness) witness = far_witness_open (self->data_dir, &error);
  g_autoptr (GPtrArray) texts = NULL;
  g_autofree char *text = NULL;
  g_auto (FarJsonWriter) w = { 0 };
  gboolean all_ok = TRUE;
  gsize n = 0;

  if (witness == NULL || !g_file_get_contents (path, &text, &n, &error) ||
      (texts = far_receipts_split (text, n, &error)) == NULL)
    {
      far_terminal_fail (error);
      return FAR_EXIT_NO_INPUT;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_begin_array (&w, "receipts");
  for (guint i = 0; i < texts->len; i++)
    {
      FarCheckpoint checkpoint;
      g_autoptr (FarReceiptFinding) finding =
        far_receipt_judge (witness, g_ptr_array_index (texts, i), NULL, &checkpoint);

      all_ok &= finding->ok;
      add_finding (self, &w, finding);
    }
  far_json_end_array (&w);
  far_json_add_bool (&w, "ok", all_ok);
  far_json_end_object (&w);
  if (self->json)
    far_terminal_print_json (&w);
  return all_ok ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}

int
far_command_ledger (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *reader = NULL;
  const GOptionEntry entries[] = {
    { "reader", 0, 0, G_OPTION_ARG_STRING, &reader, "Whose receipt (me)", "NAME" },
    G_OPTION_ENTRY_NULL
  };
  const char *what;
  int code;

  if (!far_terminal_parse (self, far_command_find ("ledger"), entries, &argc, &argv, &code))
    return code;
  what = argc > 1 ? argv[1] : "";
  if (argc == 2 && strcmp (what, "verify") == 0)
    return run_verify (self);
  if (argc == 2 && strcmp (what, "checkpoint") == 0)
    return run_checkpoint (self);
  if (argc == 2 && strcmp (what, "rotate-key") == 0)
    return run_rotate_key (self);
  if (argc == 3 && strcmp (what, "receipt") == 0)
    return run_receipt (self, argv[2], reader != NULL ? reader : "me");
  if (argc == 3 && strcmp (what, "check-receipt") == 0)
    return run_check_receipt (self, argv[2]);
  return far_terminal_usage ("say what to do with the ledger: verify, checkpoint, rotate-key, "
                             "receipt ARTICLE or check-receipt FILE");
}
