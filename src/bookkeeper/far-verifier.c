/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification beside the writer (see the header). A ledger that is open to be read stands on one
 * snapshot of the database, so the tables are compared with the journal of the same moment. */
#include "bookkeeper/far-verifier.h"

#include <errno.h>
#include <unistd.h>

#include "bookkeeper/far-books-private.h"

#define MESSAGE_MAX 2000

/* What a run needs and leaves: held by the verifier and by the thread, so that a server may end
 * without waiting for a long run. */
typedef struct {
  char     *data_dir;
  FarClock *clock;
  int       done_fd; /* a duplicate */
  char     *answer;  /* the thread's until done_fd is raised */
  gsize     n_answer;
} Run;

struct _FarVerifier {
  char     *data_dir;
  FarClock *clock;
  int       done_fd;
  GThread  *thread; /* NULL: none */
  Run      *run;
};

static gboolean
check_tables (const char  *data_dir,
              FarClock    *clock,
              GError     **error)
{
  g_autoptr (FarBooks) books = far_books_open_to_read (data_dir, clock, error);

  return books != NULL && far_books_check (books, error);
}

char *
far_verify (const char *data_dir,
            FarClock   *clock,
            gsize      *ret_n_bytes)
{
  g_autofree char *money_dir = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, NULL);
  g_autofree char *root = NULL;
  g_autofree char *message = NULL;
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  g_auto (FarJsonWriter) writer;
  gboolean ok;

  ok = far_ledger_verify_dir (money_dir, &report, &error) && report.ok &&
       check_tables (data_dir, clock, &error);
  message = g_strndup (error ? error->message : report.reason ? report.reason : "", MESSAGE_MAX);
  root = far_hex_encode (report.root.bytes, sizeof report.root.bytes);

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_bool (&writer, "ok", ok);
  far_json_add_int (&writer, "transfers", (gint64) report.transfers);
  far_json_add_string (&writer, "root", root);
  far_json_add_int (&writer, "checkpoints", (gint64) report.checkpoints);
  if (!ok && error == NULL && report.first_bad >= 0)
    far_json_add_int (&writer, "first_bad", report.first_bad);
  else
    far_json_add_null (&writer, "first_bad");
  if (!ok)
    far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, ret_n_bytes);
}

static void
run_clear (gpointer data)
{
  Run *run = data;

  far_clock_unref (run->clock);
  close (run->done_fd);
  g_free (run->data_dir);
  g_free (run->answer);
}

static gpointer
run_thread (gpointer data)
{
  Run *run = data;
  guint64 one = 1;
  ssize_t n;

  run->answer = far_verify (run->data_dir, run->clock, &run->n_answer);
  do
    n = write (run->done_fd, &one, sizeof one);
  while (n < 0 && errno == EINTR);
  g_atomic_rc_box_release_full (run, run_clear);
  return NULL;
}

FarVerifier *
far_verifier_new (const char *data_dir,
                  FarClock   *clock,
                  int         done_fd)
{
  FarVerifier *verifier = g_new0 (FarVerifier, 1);

  verifier->data_dir = g_strdup (data_dir);
  verifier->clock = far_clock_ref (clock);
  verifier->done_fd = done_fd;
  return verifier;
}

void
far_verifier_free (FarVerifier *verifier)
{
  if (verifier == NULL)
    return;
  if (verifier->thread != NULL)
    {
      g_thread_unref (verifier->thread);
      g_atomic_rc_box_release_full (verifier->run, run_clear);
    }
  far_clock_unref (verifier->clock);
  g_free (verifier->data_dir);
  g_free (verifier);
}

gboolean
far_verifier_is_running (FarVerifier *verifier)
{
  return verifier->thread != NULL;
}

void
far_verifier_start (FarVerifier *verifier)
{
  Run *run;

  g_assert (verifier->thread == NULL);

  run = g_atomic_rc_box_new0 (Run);
  run->data_dir = g_strdup (verifier->data_dir);
  run->clock = far_clock_ref (verifier->clock);
  run->done_fd = dup (verifier->done_fd);
  verifier->run = run;
  verifier->thread = g_thread_new ("verify", run_thread, g_atomic_rc_box_acquire (run));
}

char *
far_verifier_finish (FarVerifier *verifier,
                     gsize       *ret_n_bytes)
{
  char *answer;
  guint64 count;
  ssize_t n;

  g_assert (verifier->thread != NULL);

  g_thread_join (g_steal_pointer (&verifier->thread));
  do
    n = read (verifier->done_fd, &count, sizeof count);
  while (n < 0 && errno == EINTR);
  *ret_n_bytes = verifier->run->n_answer;
  answer = g_steal_pointer (&verifier->run->answer);
  g_atomic_rc_box_release_full (g_steal_pointer (&verifier->run), run_clear);
  return answer;
}
