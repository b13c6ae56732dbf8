/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthing-bookkeeper --data-dir DIR --control-fd N [--money test|live]
 * farthing-bookkeeper --data-dir DIR --verify
 * farthing-bookkeeper --data-dir DIR --restore BACKUP [--replace [--lose-newer]]
 *
 * With --verify it only reads: the books as they lie there, whole or damaged, also beside the one
 * that runs; it prints the answer of ledger.verify and exits 0 if they are right, 1 if not. Books
 * of a newer version are not judged: the answer is {"newer": why}, and the exit 1.
 *
 * The only process that opens the money database. Started by farthingd, which holds the other end
 * of the control channel; it ends when that is closed or on SIGTERM, after finishing what is in
 * flight and writing a checkpoint (exit 0). Anything else is an error (exit 1), said on the control
 * channel and on standard error. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/far-json.h"
#include "bookkeeper/far-backup.h"
#include "bookkeeper/far-control.h"
#include "bookkeeper/far-later.h"
#include "bookkeeper/far-server.h"

static char *option_data_dir;
static char *option_money;
static int option_control_fd = -1;
static gboolean option_verify;
static char *option_restore;
static gboolean option_replace;
static gboolean option_lose_newer;

static const GOptionEntry entries[] = {
  { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &option_data_dir, "The data directory", "DIR" },
  { "control-fd", 0, 0, G_OPTION_ARG_INT, &option_control_fd,
    "The control channel, a SOCK_SEQPACKET socket", "N" },
  { "money", 0, 0, G_OPTION_ARG_STRING, &option_money, "test or live, fixed when the books begin",
    "KIND" },
  { "verify", 0, 0, G_OPTION_ARG_NONE, &option_verify, "Read and check the books, and end", NULL },
  { "restore", 0, 0, G_OPTION_ARG_FILENAME, &option_restore, "Bring a backup back, and end",
    "BACKUP" },
  { "replace", 0, 0, G_OPTION_ARG_NONE, &option_replace, "Put books that are there aside", NULL },
  { "lose-newer", 0, 0, G_OPTION_ARG_NONE, &option_lose_newer,
    "Even if they have rows that the backup has not", NULL },
  { NULL }
};

static gboolean
parse_options (int               argc,
               char             *argv[],
               FarServerOptions *options,
               GError          **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, "Keeps the books of a farthingd, which starts it.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (option_data_dir == NULL || argc > 1)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           "give --data-dir DIR and --control-fd N, and nothing else");
      return FALSE;
    }
  options->data_dir = option_data_dir;
  if (option_verify || option_restore != NULL)
    return TRUE;
  if (option_control_fd < 0 || fcntl (option_control_fd, F_SETFD, FD_CLOEXEC) != 0)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           "--control-fd must be an open descriptor; farthingd passes it");
      return FALSE;
    }
  if (option_money != NULL && strcmp (option_money, "test") != 0 &&
      strcmp (option_money, "live") != 0)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           "--money must be test or live");
      return FALSE;
    }
  options->control_fd = option_control_fd;
  options->money = g_strcmp0 (option_money, "live") == 0 ? FAR_LEDGER_MONEY_LIVE
                                                         : FAR_LEDGER_MONEY_TEST;
  return TRUE;
}

static int
block_signals (void)
{
  sigset_t signals;

  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN); /* a file at its limit is an error to handle, like a full disk */
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  return signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Live money on a clock that anybody may move would let every window and deadline be skipped. */
static gboolean
check_clock (const FarServerOptions *options,
             GError                **error)
{
  if (options->money != FAR_LEDGER_MONEY_LIVE || !far_clock_is_test (options->clock))
    return TRUE;
  g_set_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_CLOCK,
               "live money is not kept on a test clock; unset %s", FAR_CLOCK_ENV);
  return FALSE;
}

static int
verify (const char *data_dir)
{
  g_autoptr (FarClock) clock = far_clock_new_system ();
  g_autoptr (FarBooks) books = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;
  g_autoptr (JsonNode) root = NULL;
  gsize n_answer;

  /* What a newer version wrote cannot be judged here. */
  books = far_books_open_to_read (data_dir, clock, &error);
  if (g_error_matches (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NEWER))
    {
      g_auto (FarJsonWriter) writer = { 0 };

      far_json_writer_init (&writer);
      far_json_begin_object (&writer, NULL);
      far_json_add_string (&writer, "newer", error->message);
      far_json_end_object (&writer);
      printf ("%s\n", writer.text->str);
      return EXIT_FAILURE;
    }
  g_clear_pointer (&books, far_books_close);
  answer = far_verify (data_dir, clock, NULL, &n_answer);
  fwrite (answer, 1, n_answer, stdout);
  putchar ('\n');
  if (fflush (stdout) != 0)
    return EXIT_FAILURE;
  root = far_json_parse_object (answer, n_answer, FAR_JSON_SIZE_MAX, NULL);
  return root != NULL && json_object_get_boolean_member (json_node_get_object (root), "ok")
           ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Prints what was restored, or {"error"}. */
static int
restore (void)
{
  g_autoptr (FarClock) clock = far_clock_new_system ();
  g_auto (FarBackupReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto (FarJsonWriter) writer;
  gboolean ok;
  gsize n;

  ok = far_books_restore (option_restore, option_data_dir, option_replace, option_lose_newer, clock,
                          &report, &error);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_bool (&writer, "ok", ok);
  if (ok)
    {
      far_json_add_string (&writer, "directory", report.directory);
      far_json_add_int (&writer, "transfers", (gint64) report.transfers);
      far_json_add_int (&writer, "rows", (gint64) report.rows);
      far_json_add_string (&writer, "root", report.root);
      far_json_add_int (&writer, "checkpoints", (gint64) report.checkpoints);
      far_json_add_int (&writer, "bytes", (gint64) report.n_bytes);
      far_json_add_int (&writer, "lost_rows", (gint64) report.n_lost);
      far_json_add_string (&writer, "replaced", report.replaced);
    }
  else
    far_json_add_string (&writer, "message", error->message);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &n);
  puts (text);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarClock) clock = NULL;
  FarServerOptions options = { 0 };
  gboolean ok = FALSE;

  umask (0077);
  options.signal_fd = block_signals ();
  if (!parse_options (argc, argv, &options, &error))
    {
      g_printerr ("farthing-bookkeeper: %s\n", error->message);
      return EXIT_FAILURE;
    }
  if (option_verify)
    return verify (option_data_dir);
  if (option_restore != NULL)
    return restore ();
  clock = far_clock_new_from_env (&error);
  options.clock = clock;
  if (clock == NULL || !check_clock (&options, &error))
    far_control_failed (options.control_fd, error->message);
  else
    ok = far_server_run (&options, &error);

  if (!ok)
    g_printerr ("farthing-bookkeeper: %s\n", error->message);
  close (options.signal_fd);
  close (options.control_fd);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
