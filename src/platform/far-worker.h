/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One instance as the platform uses it: its Runtime API, its log, the call it works on.
 *
 *   STARTING ─ first /next ─▶ IDLE ─ call ─▶ BUSY ─ /response or /error ─▶ ANSWERED ─ /next ─▶ IDLE
 *        └──────────── killed, crashed, timed out, retired: DYING ─ exited ─▶ freed
 *
 * One that stands by is STARTING without a function, and given one when it is adopted.
 *
 * Invariants: asking exactly while IDLE or standing by (and while a fault holds its event back);
 * call is set exactly while BUSY or ANSWERED. A call that ends by a kill is answered at once, but
 * its worker stays until its process has gone.
 * Thread: the loop's. */
#pragma once

#include "base/far-runtime-frame.h"
#include "platform/far-dispatcher.h"
#include "platform/far-fault.h"
#include "platform/far-log-pipe.h"

G_BEGIN_DECLS

typedef struct _FarRuntimeStream FarRuntimeStream;

typedef enum {
  FAR_WORKER_STARTING,
  FAR_WORKER_IDLE,
  FAR_WORKER_BUSY,
  FAR_WORKER_ANSWERED,
  FAR_WORKER_DYING,
} FarWorkerState;

struct _FarWorker {
  FarDispatcher   *dispatcher;
  FarFunction     *function; /* NULL while it stands by for any (far-standby.h) */
  FarInstance     *instance;
  FarHttpEndpoint *endpoint;
  FarLogPipe      *log;
  struct _FarEgress *egress; /* nullable: its way out */
  FarWorkerState   state;
  FarRuntimeStream *stream; /* nullable: of a fork server's instance */
  gboolean         asking; /* its long poll is open */
  FarHttpRequest  *next;   /* nullable: it, where it came over HTTP */
  FarCall         *call;
  GList            link;      /* in function->workers */
  GList            idle_link; /* in function->idle */
  GList            all_idle;  /* in the dispatcher's, oldest last */
  gint64           ordered_us;
  gint64           init_us;
  gint64           spawn_us; /* part of it, until the process was there */
  gint64           idle_since_us;
  gboolean         ready;   /* has asked for its first event */
  gboolean         fresh;   /* has had no call yet */
  gboolean         retired;
  gboolean         frozen;
  gboolean         overdue; /* its init took too long */
  gboolean         adopting; /* stood by, and does not know its function yet */
  FarLoopDeadline  deadline; /* of its init */
  FarLoopDeadline  fault;    /* while one holds something back */
  FarFaultKind     fault_kind;
};

void       far_worker_set_state (FarWorker *self, FarWorkerState state);
/* Orders an instance. Returns: NULL with an error of FAR_SPAWNER_ERROR or FAR_PLATFORM_ERROR. */
FarWorker *far_worker_start (FarFunction *function, GError **error);
/* Starts an interpreter that waits for a function. */
FarWorker *far_worker_start_standby (FarDispatcher *dispatcher, FarSandbox *sandbox,
                                     GError **error);
/* Gives it a call; it must be idle. */
void       far_worker_enter (FarWorker *self, FarCall *call);
/* Its process has gone with the spawner, and nobody will say so. */
void       far_worker_abandon (FarWorker *self);
/* Its process is killed; the worker goes when that has ended. */
void       far_worker_kill  (FarWorker *self);

/* It stands by, and waits to be told for which function. Keeps the request; false: not it. */
gboolean   far_worker_take_standby (FarWorker *self, FarHttpRequest *request);
/* What the Runtime API heard from it. The first keeps the request (nullable: it came over its
 * stream); false: not in this state. */
gboolean   far_worker_take_next     (FarWorker *self, FarHttpRequest *request);
gboolean   far_worker_is_current    (FarWorker *self, const char *request_id, gsize n_bytes);
/* For the trace; what is not of their form is left out of the record. notes: (nullable) */
void       far_worker_take_notes    (FarWorker *self, const char *notes);
/* payload: (transfer full) */
void       far_worker_take_response (FarWorker *self, char *payload, gsize n_payload);
/* error_type: (nullable) */
void       far_worker_take_error    (FarWorker *self, const char *error_type, char *payload,
                                     gsize n_payload);
void       far_worker_take_oversize (FarWorker *self);
/* Its response comes in parts: FALSE if the caller, or this state, does not take those.
 * content_type: (nullable) */
gboolean   far_worker_begin_stream  (FarWorker *self, const char *content_type);
void       far_worker_take_part     (FarWorker *self, const char *data, gsize n_bytes);
void       far_worker_take_init_error (FarWorker *self, const char *error_type,
                                       const char *payload, gsize n_payload);

G_END_DECLS
