/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl ledger verify: on the platform that runs on the data directory, or, where none does,
 * on its files as they lie there, which are only read. */
#include <stdio.h>
#include <string.h>

#include "base/far-id.h"
#include "ledger/far-ledger.h"
#include "terminal/far-terminal.h"

typedef struct {
  gboolean ok;
  gint64   transfers;
  gint64   checkpoints;
  gint64   first_bad; /* −1 = none */
  char    *root;
  char    *reason;    /* "" = none */
} Verdict;

static void
verdict_clear (Verdict *verdict)
{
  g_clear_pointer (&verdict->root, g_free);
  g_clear_pointer (&verdict->reason, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Verdict, verdict_clear)

static gboolean
verify_running (FarTerminal *self, Verdict *verdict, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (FarLedgerVerdict) answer = NULL;

  far_platform_client_verify_ledger_async (self->platform, NULL, far_wait_done, &wait);
  answer = far_platform_client_verify_ledger_finish (self->platform, far_wait_for (&wait), error);
  if (answer == NULL)
    return FALSE;
  verdict->ok = answer->ok;
  verdict->transfers = answer->transfers;
  verdict->checkpoints = answer->checkpoints;
  verdict->first_bad = answer->first_bad;
  verdict->root = g_strdup (answer->root);
  verdict->reason = g_strdup (answer->message);
  return TRUE;
}

static gboolean
verify_files (FarTerminal *self, Verdict *verdict, GError **error)
{
  g_autofree char *directory = g_build_filename (self->data_dir, "money", NULL);
  g_auto (FarLedgerReport) report = { 0 };

  if (!far_ledger_verify_dir (directory, NULL, NULL, &report, error))
    return FALSE;
  verdict->ok = report.ok;
  verdict->transfers = report.transfers;
  verdict->checkpoints = report.checkpoints;
  verdict->first_bad = report.first_bad;
  verdict->root = far_hex_encode ((const guint8 *) &report.root, sizeof report.root);
  verdict->reason = g_strdup (report.reason != NULL ? report.reason : "");
  return TRUE;
}

static void
print_verdict (FarTerminal *self, const Verdict *verdict, gboolean offline)
{
  g_auto (FarJsonWriter) w = { 0 };

  if (!self->json)
    {
      printf ("%s: %" G_GINT64_FORMAT " transfers, %" G_GINT64_FORMAT " checkpoints%s\n",
              verdict->ok ? "The books are right" : "THE BOOKS ARE NOT RIGHT", verdict->transfers,
              verdict->checkpoints, offline ? " (no platform runs; read from its files)" : "");
      printf ("  root %s\n", verdict->root);
      if (!verdict->ok && verdict->first_bad >= 0)
        printf ("  first wrong row %" G_GINT64_FORMAT "\n", verdict->first_bad);
      if (!verdict->ok)
        printf ("  %s\n", verdict->reason);
      return;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_bool (&w, "ok", verdict->ok);
  far_json_add_int (&w, "transfers", verdict->transfers);
  far_json_add_string (&w, "root", verdict->root);
  far_json_add_int (&w, "checkpoints", verdict->checkpoints);
  if (verdict->first_bad >= 0)
    far_json_add_int (&w, "first_bad", verdict->first_bad);
  else
    far_json_add_null (&w, "first_bad");
  if (!verdict->ok)
    far_json_add_string (&w, "reason", verdict->reason);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

int
far_command_ledger (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (Verdict) verdict = { 0 };
  gboolean offline = FALSE;
  gboolean read;
  int code;

  if (!far_terminal_parse (self, far_command_find ("ledger"), NULL, &argc, &argv, &code))
    return code;
  if (argc != 2 || strcmp (argv[1], "verify") != 0)
    return far_terminal_usage ("say what to do with the ledger: farthingctl ledger verify");
  if (far_terminal_connect (self, FALSE, &error) != NULL)
    read = verify_running (self, &verdict, &error);
  else if (g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING))
    {
      g_clear_error (&error);
      offline = TRUE;
      read = verify_files (self, &verdict, &error);
    }
  else
    read = FALSE;
  if (!read)
    return far_terminal_fail (error);
  print_verdict (self, &verdict, offline);
  return verdict.ok ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}
