/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What far-dispatcher.c, far-dispatcher-parts.c and far-admission.c share. */
#pragma once

#include "platform/far-dispatcher.h"
#include "platform/far-local-secrets.h"

G_BEGIN_DECLS

struct _FarDispatcher {
  FarLoop           *loop;
  FarClock          *clock;
  FarTemplate       *tmpl;
  FarHttpServer     *runtime;
  FarSpawner        *spawner; /* NULL while there is none */
  FarStandby        *standby;
  FarFaults         *faults;
  FarLocalSecrets   *secrets;
  char              *data_dir;
  int                clock_fd;
  FarDispatcherHooks hooks;
  gpointer           user_data;
  GPtrArray         *functions;
  GPtrArray         *leaving;       /* deleted, with calls or instances left */
  GHashTable        *by_name;
  GQueue             all_idle;      /* idle longest last */
  FarLoopDeadline    idle_deadline;
  guint              n_instances;
  guint              n_calls;       /* submitted and not finished */
  guint              in_flight;     /* admitted and not answered, of all functions */
  guint              unreserved;    /* in flight, of those without a reserve */
  guint              unreserved_max;
  guint              account_max;   /* the account's concurrency */
  FarBucket          requests;      /* of functions without a reserve: 10 a second of each */
  guint64            n_invocations;
  gboolean           stopping;
};

/* far-admission.c. NULL if the call may go on; it then counts until far_admission_release(). Else
 * the reason of the throttle. */
const char *far_admission_admit   (FarDispatcher *self, FarCall *call);
void        far_admission_release (FarDispatcher *self, FarCall *call);
/* FALSE: the function has started as many instances as it may for now. */
gboolean    far_admission_start   (FarFunction *function);
/* Reserves or provisioned concurrency have changed. */
void        far_admission_recount (FarDispatcher *self);

/* far-dispatcher.c. Ends a call that never ran. */
void        far_dispatcher_refuse (FarDispatcher *self, FarCall *call);
/* FALSE with an error; one of FAR_PLATFORM_ERROR_BOOKKEEPER means: wait. */
gboolean    far_dispatcher_start_worker (FarDispatcher *self, FarFunction *function,
                                         GError **error);
void        far_dispatcher_start_pending (FarFunction *function);
/* Its idle instances end now, busy ones after their call. */
void        far_dispatcher_retire_all (FarDispatcher *self, FarFunction *function);

/* far-dispatcher-parts.c: starts instances until as many are there as are provisioned. */
void        far_dispatcher_fill   (FarFunction *function);
/* Frees a deleted function that has neither call nor instance left. */
void        far_dispatcher_settle (FarFunction *function);

G_END_DECLS
