/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands do later than in their transaction (see the header). A ledger that is open to be
 * read stands on one snapshot of the database, so what a run reads is all of one moment. */
#include "bookkeeper/far-later.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "bookkeeper/far-books-private.h"

/* What a run needs and leaves: held by the owner and by the thread, so that a server may end
 * without waiting for a long run. */
typedef struct {
  const FarLater *later;
  char           *data_dir;
  FarClock       *clock;
  char           *request;
  gsize           n_request;
  int             done_fd; /* a duplicate */
  FarProgress     progress;
  char           *answer;  /* the thread's until done_fd is raised */
  gsize           n_answer;
} Run;

struct _FarBeside {
  char     *data_dir;
  FarClock *clock;
  int       done_fd;
  GThread  *thread; /* NULL: none */
  Run      *run;
};

/* ---- the run itself ---- */

gboolean
far_later_is_beside (const FarLater *later)
{
  g_return_val_if_fail (later != NULL, FALSE);

  return later->beside != NULL;
}

const char *
far_later_name (const FarLater *later)
{
  g_return_val_if_fail (later != NULL, NULL);

  return later->name;
}

static char *
run_with_answer (const FarLater  *later,
                 FarCall         *call,
                 gsize           *ret_n_answer,
                 GError         **error)
{
  g_auto (FarJsonWriter) writer;

  far_json_writer_init (&writer);
  call->answer = &writer;
  far_json_begin_object (&writer, NULL);
  /* A verification's "ok" is its verdict. */
  if (!later->own_ok)
    far_json_add_bool (&writer, "ok", TRUE);
  if (!(later->beside != NULL ? later->beside : later->after) (call, error))
    return NULL;
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, ret_n_answer);
}

char *
far_later_run (const FarLater *later,
               FarBooks       *books,
               const char     *data_dir,
               FarClock       *clock,
               const char     *request,
               gsize           n_request,
               FarProgress    *progress,
               gsize          *ret_n_answer)
{
  g_autoptr (JsonNode) root = far_json_parse_object (request, n_request, FAR_FRAME_MAX, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;
  FarCall call = {
    .books = books, .data_dir = data_dir, .clock = clock, .progress = progress,
    .now_us = books != NULL ? far_ledger_now_us (books->ledger) : far_clock_now_us (clock),
  };

  g_return_val_if_fail (later != NULL && ret_n_answer != NULL, NULL);
  g_return_val_if_fail (root != NULL, NULL); /* it was executed */

  call.request = json_node_get_object (root);
  answer = run_with_answer (later, &call, ret_n_answer, &error);
  if (answer != NULL && *ret_n_answer <= FAR_FRAME_MAX)
    return g_steal_pointer (&answer);
  if (answer != NULL)
    far_refuse (&error, FAR_COMMAND_ERROR_INTERNAL, "the answer is too long for one frame; ask "
                "for less");
  else if (error == NULL)
    far_refuse (&error, FAR_COMMAND_ERROR_INTERNAL, "a row that %s needs is missing or malformed; "
                "run `farthingctl ledger verify`", later->name);
  return far_books_refusal (error, ret_n_answer);
}

FarBooks *
far_call_open_books (FarCall  *call,
                     GError  **error)
{
  g_autoptr (GError) reason = NULL;
  FarBooks *books = far_books_open_to_read (call->data_dir, call->clock, &reason);

  if (books == NULL)
    far_refuse (error, FAR_COMMAND_ERROR_INTERNAL, "the books cannot be read: %s",
                reason->message);
  return books;
}

/* ---- beside the writer ---- */

static void
run_clear (gpointer data)
{
  Run *run = data;

  far_clock_unref (run->clock);
  close (run->done_fd);
  g_free (run->data_dir);
  g_free (run->request);
  g_free (run->answer);
}

static gpointer
run_thread (gpointer data)
{
  Run *run = data;
  guint64 one = 1;
  ssize_t n;

  run->answer = far_later_run (run->later, NULL, run->data_dir, run->clock, run->request,
                               run->n_request, &run->progress, &run->n_answer);
  do
    n = write (run->done_fd, &one, sizeof one);
  while (n < 0 && errno == EINTR);
  g_atomic_rc_box_release_full (run, run_clear);
  return NULL;
}

FarBeside *
far_beside_new (const char *data_dir,
                FarClock   *clock,
                int         done_fd)
{
  FarBeside *beside = g_new0 (FarBeside, 1);

  beside->data_dir = g_strdup (data_dir);
  beside->clock = far_clock_ref (clock);
  beside->done_fd = done_fd;
  return beside;
}

void
far_beside_free (FarBeside *beside)
{
  if (beside == NULL)
    return;
  if (beside->thread != NULL)
    {
      g_thread_unref (beside->thread);
      g_atomic_rc_box_release_full (beside->run, run_clear);
    }
  far_clock_unref (beside->clock);
  g_free (beside->data_dir);
  g_free (beside);
}

const FarLater *
far_beside_running (FarBeside   *beside,
                    FarProgress *ret_progress)
{
  if (beside->thread == NULL)
    return NULL;
  if (ret_progress != NULL)
    {
      ret_progress->rows = __atomic_load_n (&beside->run->progress.rows, __ATOMIC_RELAXED);
      ret_progress->total = __atomic_load_n (&beside->run->progress.total, __ATOMIC_RELAXED);
    }
  return beside->run->later;
}

gboolean
far_beside_is_running (FarBeside  *beside,
                       const char *request,
                       gsize       n_request)
{
  return beside->thread != NULL && beside->run->n_request == n_request &&
         memcmp (beside->run->request, request, n_request) == 0;
}

void
far_beside_start (FarBeside      *beside,
                  const FarLater *later,
                  const char     *request,
                  gsize           n_request)
{
  Run *run;

  g_assert (beside->thread == NULL);

  run = g_atomic_rc_box_new0 (Run);
  run->later = later;
  run->data_dir = g_strdup (beside->data_dir);
  run->clock = far_clock_ref (beside->clock);
  run->request = g_strndup (request, n_request);
  run->n_request = n_request;
  run->done_fd = dup (beside->done_fd);
  beside->run = run;
  beside->thread = g_thread_new ("beside", run_thread, g_atomic_rc_box_acquire (run));
}

char *
far_beside_finish (FarBeside *beside,
                   gsize     *ret_n_answer)
{
  char *answer;
  guint64 count;
  ssize_t n;

  g_assert (beside->thread != NULL);

  g_thread_join (g_steal_pointer (&beside->thread));
  do
    n = read (beside->done_fd, &count, sizeof count);
  while (n < 0 && errno == EINTR);
  *ret_n_answer = beside->run->n_answer;
  answer = g_steal_pointer (&beside->run->answer);
  g_atomic_rc_box_release_full (g_steal_pointer (&beside->run), run_clear);
  return answer;
}
