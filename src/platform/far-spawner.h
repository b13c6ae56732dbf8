/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform's side of farthing-spawner: starts it, prepares sandboxes, starts instances.
 *
 *   FarSpawner    the process farthing-spawner and the channel to it
 *   FarSandbox    one version of one function: its code, limits and grants, and for functions
 *                 with a fork server the prepared process that instances fork from
 *   FarInstance   one running instance
 *
 * All calls and callbacks happen on the loop's thread; nothing blocks but far_spawner_new() itself
 * (a few ms). Callbacks never run
 * inside the call that causes them. Objects may be let go in a callback. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "platform/far-loop.h"
#include "sandbox/far-isolation.h"

G_BEGIN_DECLS

#define FAR_SPAWNER_ERROR (far_spawner_error_quark ())
GQuark far_spawner_error_quark (void);
typedef enum {
  FAR_SPAWNER_ERROR_START,   /* farthing-spawner cannot be started */
  FAR_SPAWNER_ERROR_GONE,    /* farthing-spawner has died; make a new one */
  FAR_SPAWNER_ERROR_SPEC,    /* the specification breaks a limit or names what is not there */
  FAR_SPAWNER_ERROR_BUILD,   /* the sandbox cannot be built; text names the step */
  FAR_SPAWNER_ERROR_INIT,    /* the function's own init failed or exited */
  FAR_SPAWNER_ERROR_BUSY,    /* too many starts under way in this sandbox: throttle */
} FarSpawnerError;

#define FAR_SANDBOX_SERVICES_MAX 8
#define FAR_SANDBOX_STORES_MAX 8
#define FAR_SANDBOX_ENVIRONMENT_MAX (16 * 1024) /* bytes, all variables together */
#define FAR_SANDBOX_MEMORY_MIN_MB 64
#define FAR_SANDBOX_MEMORY_MAX_MB 10240
#define FAR_SANDBOX_TMP_MAX_MB 10240
#define FAR_SANDBOX_INIT_MS_MAX 10000  /* as on Lambda */
#define FAR_INSTANCE_START_MS_MAX 5000 /* from START, or READY if that is later, to STARTED */

/* Environment of farthingd: not more isolation than this ("flatpak", "none"), for tests. */
#define FAR_ENV_ISOLATION_MAX "FARTHING_ISOLATION_MAX"
/* "1" in the environment of what stands by. */
#define FAR_ENV_STANDBY "FARTHING_STANDBY"

typedef struct {
  const char *name;      /* [a-z0-9-]; FARTHING_STORE_<NAME>=path inside (A-Z, '-' as '_') */
  const char *host_path; /* absolute, a directory */
  const char *mount;     /* absolute, below /mnt; the path inside where the tier has mounts */
  gboolean    writable;
} FarSandboxStore;

typedef struct {
  const char              *function;    /* name, as in AWS_LAMBDA_FUNCTION_NAME */
  const char              *code_dir;    /* absolute; /var/task inside */
  const char              *handler;     /* _HANDLER */
  const char              *execution_env; /* (nullable): "nodejs22.x", for AWS_EXECUTION_ENV */
  const char *const       *command;     /* program and arguments, as paths of the machine: the
                                         * program below /usr, lang_dir or runtime_dir; NULL =
                                         * code_dir/bootstrap */
  const char              *runtime_dir; /* (nullable): a bootstrap's folder; /var/runtime inside */
  const char              *lang_dir;    /* (nullable): an interpreter's; /var/lang inside */
  gboolean                 egress;      /* programs: it has a way out (far-egress.h) */
  gboolean                 standby;     /* its instances wait for far_instance_adopt(); no code_dir,
                                         * stores or services. Only where the tier is full */
  const char *const       *environment; /* "NAME=value" of the template; the Lambda contract's own
                                         * variables (_HANDLER, AWS_LAMBDA_*, LAMBDA_TASK_ROOT,
                                         * TZ, LANG, PATH, AWS_REGION…) are added where absent */
  guint                    memory_mb;
  guint                    tmp_mb;      /* 0 = 512 */
  guint                    instances_max; /* most instances at a time; 0 = 1000 */
  gboolean                 fork_server;
  gboolean                 provisioned; /* for AWS_LAMBDA_INITIALIZATION_TYPE */
  const char *const       *services;    /* names, in the order of FarInstanceFds.services */
  const FarSandboxStore   *stores;
  gsize                    n_stores;
  int                      clock_fd;    /* FARTHING_TEST_CLOCK; -1 for none; not taken over */
  int                      log_fd;      /* stdout and stderr of the fork server; not taken over */
} FarSandboxSpec;

typedef struct _FarSpawner FarSpawner;
typedef struct _FarSandbox FarSandbox;
typedef struct _FarInstance FarInstance;

typedef struct {
  int wait_status;         /* as of waitpid(2) */
  gboolean out_of_memory;  /* it was killed for going over its memory */
  gint64 max_rss_bytes;
  gint64 cpu_us;           /* user and system */
  const char *reason;      /* why it could not be started, for people; NULL if it was */
} FarInstanceExit;

/**
 * FarSandboxEvents:
 * @ready: instances can be started without waiting; called once (at once for exec functions)
 * @ended: the sandbox could not be built, its init failed, or it died later; called once, after
 *   @exited of each of its instances. Not called after far_sandbox_close().
 */
typedef struct {
  void (*ready) (FarSandbox *sandbox, gpointer user_data);
  void (*ended) (FarSandbox *sandbox, const GError *error, gpointer user_data);
} FarSandboxEvents;

/**
 * FarInstanceEvents:
 * @adopted: far_instance_adopt() is done: code and stores are in their places
 * @started: the instance's process exists. @listen_fd is a listening TCP socket, at 127.0.0.1:9001
 *   as the instance sees it (transfer full), for functions without fork server; -1 for others.
 * @exited: last call for this instance. Comes after each far_sandbox_start_instance() that
 *   succeeded, also if @started never came (wait_status is then that of SIGKILL).
 */
typedef struct {
  void (*started) (FarInstance *instance, int listen_fd, gpointer user_data);
  void (*exited)  (FarInstance *instance, const FarInstanceExit *exit, gpointer user_data);
  void (*adopted) (FarInstance *instance, gpointer user_data);
} FarInstanceEvents;

/* Descriptors of one instance. far_sandbox_start_instance() takes all of them over, also when it
 * fails. */
typedef struct {
  int runtime;  /* HTTP runtime API stream; -1 for functions without fork server */
  int log;      /* its stdout and stderr */
  int services[FAR_SANDBOX_SERVICES_MAX]; /* as many as the specification names */
} FarInstanceFds;

typedef void (*FarSpawnerGone) (FarSpawner *spawner, gpointer user_data);

/**
 * far_spawner_new:
 * @loop: (transfer none): outlives the spawner
 * @gone: called once if farthing-spawner dies by itself; by then every sandbox has been ended
 *
 * Starts farthing-spawner and waits until it has found its tier. Call it from the main thread: the
 * kernel kills farthing-spawner when the thread that started it ends.
 *
 * Returns: (transfer full) (nullable)
 */
FarSpawner  *far_spawner_new           (FarLoop       *loop,
                                        FarSpawnerGone gone,
                                        gpointer       user_data,
                                        GError       **error);
/* Kills it and everything it started. No callback runs any more; its sandboxes and instances are
 * gone with it. */
void         far_spawner_free          (FarSpawner *spawner);
pid_t        far_spawner_get_pid       (FarSpawner *spawner);
FarIsolation far_spawner_get_isolation (FarSpawner *spawner);
/* What the tier in force lacks and why, for people; "" if nothing. */
const char  *far_spawner_get_notes     (FarSpawner *spawner);

/* Returns: (transfer full) (nullable): FAR_SPAWNER_ERROR_SPEC or _GONE. */
FarSandbox  *far_spawner_prepare       (FarSpawner             *spawner,
                                        const FarSandboxSpec   *spec,
                                        const FarSandboxEvents *events,
                                        gpointer                user_data,
                                        GError                **error);
/* Kills its instances (their @exited still comes) and its fork server, and gives the reference
 * back: once for each sandbox, also after @ended (which does not come any more). */
void         far_sandbox_close         (FarSandbox *sandbox);
gboolean     far_sandbox_is_ready      (FarSandbox *sandbox);
guint        far_sandbox_get_n_instances (FarSandbox *sandbox);

/**
 * far_sandbox_start_instance:
 * @fds: taken over
 *
 * May be called before @ready: the start then waits for the function's init.
 *
 * Returns: (transfer none) (nullable): valid until @exited has returned. FAR_SPAWNER_ERROR_BUSY
 *   when instances_max are there, FAR_SPAWNER_ERROR_GONE when the sandbox has ended.
 */
FarInstance *far_sandbox_start_instance (FarSandbox              *sandbox,
                                         FarInstanceFds          *fds,
                                         const FarInstanceEvents *events,
                                         gpointer                 user_data,
                                         GError                 **error);
/**
 * far_instance_adopt:
 * @self: one that stands by and has started
 * @sandbox: a function's without fork server and services, with the same interpreter
 *
 * Makes it an instance of that function: it counts among the sandbox's and is closed with it.
 * @adopted follows, or @exited. Only once for an instance.
 */
gboolean      far_instance_adopt       (FarInstance *self, FarSandbox *sandbox, GError **error);
/* Kills it with all its processes; @exited follows. */
void         far_instance_kill         (FarInstance *instance);
/* In or after @started: the listening socket of its way out, at 127.0.0.1:9002 as the instance sees
 * it; -1 without. Returns: (transfer full) */
int           far_instance_take_egress (FarInstance *instance);
/* Stops all its processes where they are, or lets them go on. Does nothing before @started. */
void          far_instance_set_frozen  (FarInstance *instance, gboolean frozen);
/* Host pid, verified by the kernel; 0 before @started. */
pid_t        far_instance_get_pid      (FarInstance *instance);
/* While busy its memory is watched (every FAR_INSTANCE_WATCH_MS) and it is killed when it goes
 * over memory_mb. Instances begin busy. */
void         far_instance_set_busy     (FarInstance *instance, gboolean busy);
/* Resident bytes now; 0 before @started. One pread(2). */
gint64       far_instance_get_rss      (FarInstance *instance);
/* The most seen so far, behind a call: of calls that follow each other within FAR_INSTANCE_LOOK_US
 * not each is looked at. */
gint64       far_instance_get_max_rss  (FarInstance *instance);

#define FAR_INSTANCE_WATCH_MS 50
#define FAR_INSTANCE_LOOK_US 5000

/* The environment that an instance of this specification has: "NAME=value".
 * Returns: (transfer full) */
char        **far_sandbox_environment   (const FarSandboxSpec *spec, FarIsolation isolation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSpawner, far_spawner_free)

G_END_DECLS
