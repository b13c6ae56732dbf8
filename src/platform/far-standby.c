/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarStandby: a pool for each runtime that some function has. Each pool has one sandbox
 * specification and up to FAR_STANDBY_READY_MAX workers that wait; one is started at a time. */
#include "platform/far-standby.h"

typedef struct {
  FarStandby     *standby;
  char           *runtime;
  FarInterpreter *interpreter;
  FarSandbox     *sandbox;  /* NULL: not there */
  GQueue          ready;    /* FarWorker.idle_link */
  FarWorker      *starting; /* nullable */
  FarLoopDeadline refill;
} Pool;

struct _FarStandby {
  FarDispatcher *dispatcher;
  FarSpawner    *spawner; /* NULL while there is none */
  GHashTable    *pools;   /* runtime → Pool */
};

static void refill (gpointer user_data);

static void
pool_free (gpointer data)
{
  Pool *pool = data;

  g_assert (pool->ready.length == 0 && pool->starting == NULL);
  far_interpreter_free (pool->interpreter);
  g_free (pool->runtime);
  g_free (pool);
}

FarStandby *
far_standby_new (FarDispatcher *dispatcher)
{
  FarStandby *self = g_new0 (FarStandby, 1);

  self->dispatcher = dispatcher;
  self->pools = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, pool_free);
  return self;
}

void
far_standby_free (FarStandby *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->pools);
  g_free (self);
}

static void
refill_in (Pool *pool, gint64 us)
{
  far_loop_arm (far_dispatcher_get_loop (pool->standby->dispatcher), &pool->refill,
                g_get_monotonic_time () + us, refill, pool);
}

/* Its starts failed with it; the next tries again. */
static void
on_sandbox_ended (FarSandbox *sandbox, const GError *error, gpointer user_data)
{
  Pool *pool = user_data;

  pool->sandbox = NULL;
  far_sandbox_close (sandbox);
}

static gboolean
ensure_sandbox (Pool *pool)
{
  static const FarSandboxEvents events = { NULL, on_sandbox_ended };
  static const char *const no_services[] = { NULL };
  const FarSandboxSpec spec = {
    .function = pool->runtime,
    .handler = "",
    .execution_env = pool->runtime,
    .command = (const char *const *) pool->interpreter->command,
    .runtime_dir = pool->interpreter->runtime_dir,
    .lang_dir = pool->interpreter->lang_dir,
    .standby = TRUE,
    .memory_mb = FAR_SANDBOX_MEMORY_MAX_MB,
    .tmp_mb = FAR_SANDBOX_TMP_MAX_MB,
    .instances_max = FAR_INSTANCES_MAX,
    .services = no_services,
    .clock_fd = far_dispatcher_get_clock_fd (pool->standby->dispatcher),
    .log_fd = -1,
  };

  if (pool->sandbox == NULL)
    pool->sandbox = far_spawner_prepare (pool->standby->spawner, &spec, &events, pool, NULL);
  return pool->sandbox != NULL;
}

static void
refill (gpointer user_data)
{
  Pool *pool = user_data;

  if (pool->standby->spawner == NULL || pool->starting != NULL
      || pool->ready.length >= FAR_STANDBY_READY_MAX)
    return;
  if (ensure_sandbox (pool))
    pool->starting = far_worker_start_standby (pool->standby->dispatcher, pool->sandbox, NULL);
  if (pool->starting == NULL)
    refill_in (pool, FAR_STANDBY_RETRY_S * G_USEC_PER_SEC);
}

const FarInterpreter *
far_standby_find_interpreter (FarStandby *self, const char *runtime, GError **error)
{
  Pool *pool = g_hash_table_lookup (self->pools, runtime);
  FarInterpreter *interpreter;

  if (pool != NULL)
    return pool->interpreter;
  interpreter = far_interpreters_find (runtime, error);
  if (interpreter == NULL)
    return NULL;
  pool = g_new0 (Pool, 1);
  pool->standby = self;
  pool->runtime = g_strdup (runtime);
  pool->interpreter = interpreter;
  g_hash_table_insert (self->pools, pool->runtime, pool);
  if (self->spawner != NULL && far_spawner_get_isolation (self->spawner) == FAR_ISOLATION_FULL)
    refill_in (pool, 0);
  return interpreter;
}

void
far_standby_attach (FarStandby *self, FarSpawner *spawner)
{
  GHashTableIter iter;
  gpointer pool;

  self->spawner = spawner;
  g_hash_table_iter_init (&iter, self->pools);
  while (g_hash_table_iter_next (&iter, NULL, &pool))
    if (far_spawner_get_isolation (spawner) == FAR_ISOLATION_FULL)
      refill_in (pool, 0);
}

void
far_standby_detach (FarStandby *self)
{
  GHashTableIter iter;
  gpointer value;

  self->spawner = NULL;
  g_hash_table_iter_init (&iter, self->pools);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Pool *pool = value;

      pool->sandbox = NULL;
      far_loop_disarm (far_dispatcher_get_loop (self->dispatcher), &pool->refill);
      if (pool->starting != NULL)
        far_worker_abandon (pool->starting);
      while (pool->ready.head != NULL)
        far_worker_abandon (pool->ready.head->data);
      far_loop_disarm (far_dispatcher_get_loop (self->dispatcher), &pool->refill);
    }
}

/* Those that are read when the interpreter starts: it has. */
static gboolean
sets_interpreter (const FarTemplateFunction *spec)
{
  static const char *const prefixes[] = { "NODE_", "LD_", "UV_", "SSL_CERT", "OPENSSL_",
                                          "MALLOC_" };

  for (guint i = 0; spec->env[i] != NULL; i++)
    for (guint j = 0; j < G_N_ELEMENTS (prefixes); j++)
      if (g_str_has_prefix (spec->env[i], prefixes[j]))
        return TRUE;
  return FALSE;
}

FarWorker *
far_standby_take (FarStandby *self, FarFunction *function)
{
  const FarTemplateFunction *spec = function->spec;
  Pool *pool = g_hash_table_lookup (self->pools, spec->runtime);
  GList *link;

  if (pool == NULL || pool->ready.length == 0 || spec->fork_server || spec->services->len > 0
      || sets_interpreter (spec))
    return NULL;
  link = g_queue_pop_head_link (&pool->ready);
  refill_in (pool, FAR_STANDBY_PAUSE_MS * G_TIME_SPAN_MILLISECOND);
  return link->data;
}

guint
far_standby_n_ready (FarStandby *self)
{
  GHashTableIter iter;
  gpointer pool;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->pools);
  while (g_hash_table_iter_next (&iter, NULL, &pool))
    n += ((Pool *) pool)->ready.length;
  return n;
}

static Pool *
find_pool (FarStandby *self, FarWorker *worker)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->pools);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Pool *pool = value;

      if (pool->starting == worker || g_queue_find (&pool->ready, worker) != NULL)
        return pool;
    }
  return NULL;
}

void
far_standby_worker_ready (FarStandby *self, FarWorker *worker)
{
  Pool *pool = find_pool (self, worker);

  g_assert (pool != NULL && pool->starting == worker);

  pool->starting = NULL;
  g_queue_push_tail_link (&pool->ready, &worker->idle_link);
  refill (pool);
}

void
far_standby_worker_gone (FarStandby *self, FarWorker *worker, const char *why)
{
  Pool *pool = find_pool (self, worker);

  if (pool == NULL)
    return;
  if (pool->starting == worker)
    {
      g_autofree char *note = g_strdup_printf ("What stands by for %s cannot be started: %s",
                                               pool->runtime, why);

      pool->starting = NULL;
      if (self->spawner != NULL)
        far_dispatcher_annotate (self->dispatcher, NULL, "instance_crash", note);
    }
  else
    g_queue_unlink (&pool->ready, &worker->idle_link);
  refill_in (pool, FAR_STANDBY_RETRY_S * G_USEC_PER_SEC);
}
