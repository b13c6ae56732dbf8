/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interpreters that are started, and sandboxed, before anybody needs them: a cold start of a
 * Node.js or Python function is then the handing over of its code, not the start of Node.js.
 *
 * They are generic: what stands by has run nothing but our bootstrap and becomes any function of
 * its runtime, once (spawner-adopt.c says how its code gets in). Only in the tier full, and only
 * for functions without services and without variables that an interpreter reads at its own start;
 * all others are started the long way. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"
#include "platform/far-interpreters.h"
#include "platform/far-worker.h"

G_BEGIN_DECLS

/* Of one runtime, ready. */
#define FAR_STANDBY_READY_MAX 2
/* How long after one was taken the next is started: its start would slow down the taken one's. */
#define FAR_STANDBY_PAUSE_MS 50
/* After one that failed to start. */
#define FAR_STANDBY_RETRY_S 5

FarStandby *far_standby_new    (FarDispatcher *dispatcher);
/* After far_standby_detach(). */
void        far_standby_free   (FarStandby *self);
void        far_standby_attach (FarStandby *self, FarSpawner *spawner);
/* The spawner has gone, or goes. */
void        far_standby_detach (FarStandby *self);

/* The interpreter for a managed runtime, remembered; the first to ask for a runtime also has some
 * of it stand by. Returns: (transfer none) (nullable) */
const FarInterpreter *far_standby_find_interpreter (FarStandby *self, const char *runtime,
                                                    GError **error);
/* One that is ready for a function, or NULL. It is the caller's, and makes room for another. */
FarWorker  *far_standby_take    (FarStandby *self, FarFunction *function);
guint       far_standby_n_ready (FarStandby *self); /* of all runtimes */

/* What workers say of themselves: it waits now; it has ended. */
void        far_standby_worker_ready (FarStandby *self, FarWorker *worker);
void        far_standby_worker_gone  (FarStandby *self, FarWorker *worker, const char *why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarStandby, far_standby_free)

G_END_DECLS
