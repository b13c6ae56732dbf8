/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification beside the writer: a thread with connections of its own, read-only, so that a long
 * journal does not hold up readers. One at a time. */
#pragma once

#include <glib.h>

#include "base/far-clock.h"

G_BEGIN_DECLS

typedef struct _FarVerifier FarVerifier;

/* done_fd: an eventfd that is raised when a run has ended. */
FarVerifier *far_verifier_new        (const char  *data_dir,
                                      FarClock    *clock,
                                      int          done_fd);
/* Does not wait for a run that is under way: its thread ends by itself, or with the process. */
void         far_verifier_free       (FarVerifier *verifier);
gboolean     far_verifier_is_running (FarVerifier *verifier);
void         far_verifier_start      (FarVerifier *verifier);
/* After done_fd was raised. Returns: (transfer full): the answer to ledger.verify */
char        *far_verifier_finish     (FarVerifier *verifier,
                                      gsize       *ret_n_bytes);

/* The verification itself, in the calling thread: the ledger's own, then the tables against the
 * journal. Returns: (transfer full): the answer to ledger.verify, whatever it found */
char        *far_verify              (const char  *data_dir,
                                      FarClock    *clock,
                                      gsize       *ret_n_bytes);

G_END_DECLS
