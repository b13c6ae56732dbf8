/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions, their instances, and which call goes to which.
 *
 *   FarFunction    a function of the template: its sandbox, its instances, calls that wait
 *   FarWorker      one instance as the platform uses it (far-worker.h)
 *   FarCall        one invocation (far-call.h)
 *
 * A call goes to the instance that was idle last, so that others can be let go; without one it
 * waits for an instance that is started for it, and takes whichever is free first. Admission is by
 * concurrency (calls waiting and running, until they are answered): a function with a reserve up
 * to its reserve, all others together up to the account's rest, each beyond what is provisioned for
 * it. Beside that, as Lambda documents them: ten requests a second of each unit of concurrency, and
 * FAR_SCALING_BURST new instances of a function every ten seconds. Invariants: a function's
 * in_flight = pending + busy; the sum of in_flight never passes the account's. Thread: the
 * loop's. */
#pragma once

#include "platform/far-call.h"
#include "platform/far-function.h"
#include "platform/far-http-server.h"
#include "platform/far-local-secrets.h"
#include "platform/far-platform.h"
#include "platform/far-spawner.h"

G_BEGIN_DECLS

/* Processes on this machine; the one idle longest makes room. */
#define FAR_INSTANCES_MAX 1000
#define FAR_IDLE_TIMEOUT_S 300
/* Lambda's limit of the init phase. */
#define FAR_INIT_TIMEOUT_S 10
/* Starts of one function under way at a time. */
#define FAR_STARTS_MAX 10
/* How long a call waits for an instance that has answered its last before one is started. */
#define FAR_SOON_FREE_US 2000
/* Lambda: 1,000 new environments of a function every 10 s. */
#define FAR_SCALING_BURST 1000
#define FAR_SCALING_PER_S 100
/* A provisioned instance that could not be started is tried again after this long. */
#define FAR_REFILL_S 1
/* Made by the API, beside those of the template. */
#define FAR_FUNCTIONS_MAX 1000
/* A call that found no instance in that time is answered as unavailable. */
#define FAR_QUEUE_TIMEOUT_S 15


typedef struct _FarStandby FarStandby;
typedef struct _FarFaults FarFaults;

typedef struct {
  /* Descriptors for the services of an instance. Returns: -1 with FAR_PLATFORM_ERROR_BOOKKEEPER
   * when it should be tried again soon, or another error. */
  int  (*open_service) (FarFunction *function, const FarTemplateService *service,
                        gpointer user_data, GError **error);
  void (*invocation)   (const FarInvocation *record, gpointer user_data);
  void (*log_line)     (const FarTelemetryLine *line, gpointer user_data);
  void (*annotation)   (const FarAnnotation *annotation, gpointer user_data);
  void (*changed)      (gpointer user_data);
} FarDispatcherHooks;

/* data_dir: where stores that functions write to are. clock_fd: of the test clock, or -1; stays the
 * caller's. */
FarDispatcher *far_dispatcher_new  (FarLoop *loop, FarClock *clock, FarTemplate *tmpl,
                                    const char *data_dir, int clock_fd,
                                    const FarDispatcherHooks *hooks, gpointer user_data);
/* No instance may be left: far_dispatcher_detach() first. */
void           far_dispatcher_free (FarDispatcher *self);

/* Where instances' Runtime API connections go (far_runtime_api_new()); before the first attach. */
void           far_dispatcher_set_runtime (FarDispatcher *self, FarHttpServer *runtime);
/* A spawner is there: prepares every function's sandbox. */
void           far_dispatcher_attach      (FarDispatcher *self, FarSpawner *spawner);
/* The spawner has gone or was freed: forgets its sandboxes and instances; their calls fail. */
void           far_dispatcher_detach      (FarDispatcher *self);

/* Takes the call. done may be called from here. */
void           far_dispatcher_submit      (FarDispatcher *self, FarCall *call);
/* Instances that were given the service end: idle ones now, busy ones after their call. */
void           far_dispatcher_retire      (FarDispatcher *self, const char *service);
/* A service can be opened (again): calls that waited for it go on. */
void           far_dispatcher_wake        (FarDispatcher *self);
/* From now on every call is refused as unavailable. */
void           far_dispatcher_stop        (FarDispatcher *self);

/* spec: copied. NULL when there are FAR_FUNCTIONS_MAX, or one of that name. */
FarFunction   *far_dispatcher_add         (FarDispatcher *self, const FarTemplateFunction *spec);
/* spec: taken; of the same name. renew: its sandbox has to be made anew. */
void           far_dispatcher_update      (FarDispatcher *self, FarFunction *function,
                                           FarTemplateFunction *spec, gboolean renew);
/* Its code has changed: the next call gets an instance that has the new one. */
void           far_dispatcher_reload      (FarDispatcher *self, FarFunction *function);
/* Nobody finds it any more; it goes with its last call and instance. */
void           far_dispatcher_remove      (FarDispatcher *self, FarFunction *function);

FarFunction   *far_dispatcher_find        (FarDispatcher *self, const char *name);
guint          far_dispatcher_n_functions (FarDispatcher *self);
FarFunction   *far_dispatcher_nth         (FarDispatcher *self, guint index);
guint          far_dispatcher_n_instances (FarDispatcher *self);
/* Submitted and not finished. */
guint          far_dispatcher_n_calls     (FarDispatcher *self);
guint64        far_dispatcher_n_invocations (FarDispatcher *self);
/* What functions without a reserve may have in flight together. */
guint          far_dispatcher_get_unreserved_max (FarDispatcher *self);
guint          far_dispatcher_get_account_max    (FarDispatcher *self);
/* What the account would have left unreserved if function had this reserve (-1 = none) and so much
 * provisioned. */
int            far_dispatcher_would_leave (FarDispatcher *self, FarFunction *function,
                                           int reserved, guint provisioned);

/* For far-worker.c and far-function.c. */
FarLoop       *far_dispatcher_get_loop    (FarDispatcher *self);
FarClock      *far_dispatcher_get_clock   (FarDispatcher *self);
FarHttpServer *far_dispatcher_get_runtime (FarDispatcher *self);
const char    *far_dispatcher_get_data_dir (FarDispatcher *self);
/* Of its functions. Returns: (transfer none) */
FarLocalSecrets *far_dispatcher_get_secrets (FarDispatcher *self);
/* far_local_secrets_resolve() */
char         **far_dispatcher_resolve_secrets (FarDispatcher *self,
                                               const char *const *environment, GError **error);
FarFaults     *far_dispatcher_get_faults   (FarDispatcher *self);
FarStandby    *far_dispatcher_get_standby  (FarDispatcher *self);
int            far_dispatcher_get_clock_fd (FarDispatcher *self);
int            far_dispatcher_open_service (FarDispatcher *self, FarFunction *function,
                                            const FarTemplateService *service, GError **error);
void           far_dispatcher_log         (FarDispatcher *self, FarFunction *function,
                                           FarCall *call, FarLogLevel level, const char *text,
                                           gsize n_bytes);
void           far_dispatcher_annotate    (FarDispatcher *self, FarFunction *function,
                                           const char *kind, const char *text);
/* The worker asked for its first event; or again, after a call. */
void           far_dispatcher_worker_idle (FarDispatcher *self, FarWorker *worker);
void           far_dispatcher_worker_gone (FarDispatcher *self, FarWorker *worker,
                                           const char *why);
/* It makes no sense any more: kills it, and gives it no other call. */
void           far_dispatcher_worker_broken (FarDispatcher *self, FarWorker *worker);
/* It was killed, alone or with the spawner: calls that wait get another at again_us, µs of
 * g_get_monotonic_time(), or as soon as there is a spawner. */
void           far_dispatcher_sandbox_gone   (FarDispatcher *self, FarFunction *function,
                                              gint64 again_us);
void           far_dispatcher_sandbox_failed (FarDispatcher *self, FarFunction *function,
                                              const char *text);
/* The answer stands in the call: hands it out, once. */
void           far_dispatcher_answer      (FarDispatcher *self, FarCall *call);
/* The call is over and answered: records and frees it. */
void           far_dispatcher_finish      (FarDispatcher *self, FarCall *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarDispatcher, far_dispatcher_free)

G_END_DECLS
