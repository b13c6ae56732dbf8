/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function as it runs: its sandbox, its instances, the calls that wait for one. The dispatcher
 * owns it and keeps its queues.
 *
 * What it is made of (spec) is its own copy and can be exchanged while it runs: what then needs
 * another sandbox (code, memory, environment …) gets one, instances of the old one finish the call
 * they have, and the old sandbox goes with the last of them. Thread: the loop's. */
#pragma once

#include "platform/far-bucket.h"
#include "platform/far-call.h"
#include "platform/far-code-look.h"
#include "platform/far-log-pipe.h"
#include "platform/far-platform.h"
#include "platform/far-spawner.h"

G_BEGIN_DECLS

#define FAR_AWS_REGION "us-east-1"
#define FAR_AWS_ACCOUNT "000000000000"
/* A function whose sandbox failed is tried again this much later. */
#define FAR_SANDBOX_RETRY_S 1

typedef struct _FarDispatcher FarDispatcher;

struct _FarFunction {
  FarDispatcher             *dispatcher;
  FarTemplateFunction       *spec;       /* exchanged by far_dispatcher_update() */
  char                      *name;       /* for as long as it lives */
  char                      *arn;
  FarSandbox                *sandbox;    /* NULL: not there */
  FarCodeLook                code;       /* when the sandbox was prepared; of fork servers */
  char                     **environment; /* of its instances, as of when it was prepared */
  FarLogPipe                *log;        /* of its fork server */
  gint64                     retry_us;   /* not before, after a failure */
  gboolean                   lacks_secret; /* that is why it was not prepared last */
  char                      *init_error; /* nullable: why its init or sandbox failed last */
  GPtrArray                 *old;        /* (element-type FarFunctionOld): finish their calls */
  gboolean                   leaving;    /* was deleted: goes with its last call and instance */
  guint                      n_calls;    /* submitted and not finished */
  FarBucket                  requests;   /* of its reserve: 10 a second each */
  FarBucket                  starts;     /* FAR_SCALING_PER_S */
  gboolean                   alone; /* its last handover failed: the next start is its own */
  FarLoopTask                reap;
  FarLoopTask                left;
  FarLoopDeadline            refill;     /* when provisioned instances are started again */
  GQueue                     idle;       /* newest first */
  GQueue                     workers;    /* all of them */
  GQueue                     pending;    /* calls without an instance, oldest first */
  guint                      n_answered; /* instances that have answered and not asked again */
  FarLoopDeadline            soon_free;  /* how long pending calls wait for those */
  FarFunctionState           state;
};

typedef struct {
  FarSandbox *sandbox;
  FarLogPipe *log;
} FarFunctionOld;

/* spec: copied. */
FarFunction *far_function_new  (FarDispatcher *dispatcher, const FarTemplateFunction *spec);
void         far_function_free (FarFunction *self);

/* A store granted for writing is the platform's own: D/stores/NAME, whatever its Path, so that two
 * platforms on one template never share one, and an installed template stays as it is.
 *
 * spawner: (nullable): NULL while it is being restarted. FALSE with FAR_PLATFORM_ERROR_BOOKKEEPER:
 * try again soon. */
gboolean     far_function_ensure_sandbox (FarFunction *self, FarSpawner *spawner,
                                          GError **error);
/* Its spawner has gone. */
void         far_function_forget_sandbox (FarFunction *self);
/* The next instance gets a sandbox of the spec as it is now; those that are there finish. */
void         far_function_renew_sandbox  (FarFunction *self);
/* Closes what renewed sandboxes left behind, once their instances have gone. */
void         far_function_reap           (FarFunction *self);
/* Closes it whatever runs there. */
void         far_function_close_old      (FarFunction *self);
void         far_function_set_init_error (FarFunction *self, const char *text);

G_END_DECLS
