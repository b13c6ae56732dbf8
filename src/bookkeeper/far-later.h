/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that are not over with their commit: what reads much runs beside the writer, on a thread
 * with connections of its own, read-only, so that a long journal holds up no reader; what must not
 * run inside a transaction runs right after it.
 *
 * One run beside the writer at a time. */
#pragma once

#include <glib.h>

#include "base/far-clock.h"
#include "bookkeeper/far-books.h"

G_BEGIN_DECLS

/* What the last command executed still wants, NULL for nothing: then its answer is not to be sent,
 * and far_later_run() gives the one that is. A constant of the program's. */
typedef struct _FarCommand FarLater;
const FarLater *far_books_later       (FarBooks       *books);
/* Beside the books, by far_beside_start(); else right after the commit, by far_later_run(). */
gboolean        far_later_is_beside   (const FarLater *later);
const char     *far_later_name        (const FarLater *later);

/* How far a run is: written by its thread, read by any. */
typedef struct {
  guint64 rows;
  guint64 total;
} FarProgress;

/**
 * far_later_run:
 * @books: (nullable): for what runs after the commit; NULL for what runs beside
 * @request: (array length=n_request): the command as it was executed
 * @progress: (nullable): kept up to date
 *
 * Returns: (transfer full): the answer, whatever happened
 */
char           *far_later_run         (const FarLater *later,
                                       FarBooks       *books,
                                       const char     *data_dir,
                                       FarClock       *clock,
                                       const char     *request,
                                       gsize           n_request,
                                       FarProgress    *progress,
                                       gsize          *ret_n_answer);

typedef struct _FarBeside FarBeside;

/* done_fd: an eventfd that is raised when a run has ended. */
FarBeside      *far_beside_new        (const char     *data_dir,
                                       FarClock       *clock,
                                       int             done_fd);
/* Does not wait for a run that is under way: its thread ends by itself, or with the process. */
void            far_beside_free       (FarBeside      *beside);
/* NULL: none. */
const FarLater *far_beside_running    (FarBeside      *beside,
                                       FarProgress    *ret_progress);
/* Whether the run is this very request: its answer will do for both. */
gboolean        far_beside_is_running (FarBeside      *beside,
                                       const char     *request,
                                       gsize           n_request);
void            far_beside_start      (FarBeside      *beside,
                                       const FarLater *later,
                                       const char     *request,
                                       gsize           n_request);
/* After done_fd was raised. Returns: (transfer full): the answer */
char           *far_beside_finish     (FarBeside      *beside,
                                       gsize          *ret_n_answer);

/* The verification itself, in the calling thread: the ledger's own, then the tables against the
 * journal. Returns: (transfer full): the answer to ledger.verify, whatever it found */
char           *far_verify            (const char     *data_dir,
                                       FarClock       *clock,
                                       FarProgress    *progress,
                                       gsize          *ret_n_bytes);

G_END_DECLS
