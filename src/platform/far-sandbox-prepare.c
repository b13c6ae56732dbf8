/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a specification to a sandbox that is being built: checks it, makes its channels, sends the
 * plan to the spawner. What happens on the channels after that is in far-sandbox.c.
 * Thread: the loop's. */
#include "platform/far-spawner-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
on_init_overdue (gpointer user_data)
{
  far_sandbox_fail (user_data, FAR_SPAWNER_ERROR_INIT, "Its init did not finish within 10 seconds");
}

static void
on_exec_ready (gpointer user_data)
{
  far_sandbox_become_ready (user_data);
}

/* The path that a path of the machine has inside: below a folder that is mounted elsewhere. */
static char *
inside (const char  *path,
        const char  *folder,
        const char  *mount,
        FarIsolation isolation)
{
  gsize length = folder ? strlen (folder) : 0;

  if (isolation == FAR_ISOLATION_FULL && length > 0 && strncmp (path, folder, length) == 0 &&
      path[length] == '/')
    return g_strconcat (mount, path + length, NULL);
  return NULL;
}

static char **
command_from_spec (const FarSandboxSpec *spec,
                   FarIsolation          isolation)
{
  GPtrArray *words = g_ptr_array_new ();

  for (guint i = 0; spec->command && spec->command[i]; i++)
    {
      char *word = inside (spec->command[i], spec->lang_dir, FAR_PLAN_LANG, isolation);

      if (word == NULL)
        word = inside (spec->command[i], spec->runtime_dir, FAR_PLAN_RUNTIME, isolation);
      g_ptr_array_add (words, word ? word : g_strdup (spec->command[i]));
    }
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

static FarPlan *
plan_from_spec (const FarSandboxSpec *spec,
                FarIsolation          isolation,
                GError              **error)
{
  g_autoptr (FarPlan) plan = far_plan_new ();
  g_autoptr (GError) local = NULL;

  plan->function = g_strdup (spec->function);
  plan->code_dir = g_strdup (spec->standby ? "" : spec->code_dir);
  plan->command = command_from_spec (spec, isolation);
  plan->runtime_dir = g_strdup (spec->runtime_dir ? spec->runtime_dir : "");
  plan->lang_dir = g_strdup (spec->lang_dir ? spec->lang_dir : "");
  plan->standby = spec->standby;
  plan->egress = spec->egress;
  plan->environment = far_sandbox_environment (spec, isolation);
  plan->memory_mb = CLAMP (spec->memory_mb, FAR_SANDBOX_MEMORY_MIN_MB, FAR_SANDBOX_MEMORY_MAX_MB);
  plan->tmp_mb = spec->tmp_mb == 0 ? 512 : MIN (spec->tmp_mb, FAR_SANDBOX_TMP_MAX_MB);
  plan->instances_max = spec->instances_max == 0 ? 1000 : spec->instances_max;
  plan->fork_server = spec->fork_server;
  plan->has_clock = spec->clock_fd >= 0;
  plan->n_services = spec->services ? g_strv_length ((char **) spec->services) : 0;
  if (spec->n_stores > FAR_PLAN_STORES_MAX)
    {
      g_set_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_SPEC,
                   "Function %s: at most 8 stores may be granted", spec->function);
      return NULL;
    }
  for (; plan->n_stores < spec->n_stores; plan->n_stores++)
    {
      const FarSandboxStore *store = &spec->stores[plan->n_stores];

      plan->stores[plan->n_stores] = (FarPlanStore) { g_strdup (store->host_path),
                                                      g_strdup (store->mount), store->writable };
    }
  if (!far_plan_check (plan, &local))
    {
      g_set_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_SPEC, "Function %s: %s",
                   spec->function, local->message);
      return NULL;
    }
  return g_steal_pointer (&plan);
}

static gboolean
send_prepare (FarSandbox *self,
              const int  *fds,
              guint       n_fds,
              GError    **error)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (far_plan_to_bytes (self->plan));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  FarMessage message = { .type = FAR_MESSAGE_PREPARE, .id = self->id };

  g_byte_array_append (bytes, (const guint8 *) &message, sizeof message);
  g_byte_array_append (bytes, g_variant_get_data (variant), g_variant_get_size (variant));
  if (bytes->len > FAR_CHANNEL_MESSAGE_MAX)
    {
      g_set_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_SPEC,
                   "Function %s: environment and stores are too long; shorten them to 60 KB",
                   self->plan->function);
      return FALSE;
    }
  return far_channel_send (self->spawner->channel.fd, bytes->data, bytes->len, fds, n_fds, 0,
                           error);
}

/* A page to count instances on. Returns: its descriptor, to be given to the keeper, or -1. */
static int
make_census (FarSandbox *self,
             GError    **error)
{
  int fd = memfd_create ("census", MFD_CLOEXEC);
  void *page = MAP_FAILED;

  if (fd >= 0 && ftruncate (fd, sizeof (FarSandboxCensus)) == 0)
    page = mmap (NULL, sizeof (FarSandboxCensus), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page != MAP_FAILED)
    {
      self->census = page;
      return fd;
    }
  g_set_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_BUILD, "Cannot share a page: %s",
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
prepare_fork_server (FarSandbox           *self,
                     const FarSandboxSpec *spec,
                     GError              **error)
{
  FarSpawner *spawner = self->spawner;
  int keeper[2], control[2];
  int fds[5];
  int null = -1;
  gboolean ok;

  if (!far_channel_new_pair (keeper, error))
    return FALSE;
  self->keeper.fd = keeper[0];
  if (!far_channel_new_pair (control, error))
    {
      close (keeper[1]);
      return FALSE;
    }
  self->control.fd = control[0];
  if (spec->log_fd < 0)
    null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  fds[0] = keeper[1];
  fds[1] = control[1];
  fds[2] = spec->log_fd >= 0 ? spec->log_fd : null;
  fds[3] = make_census (self, error);
  fds[4] = spec->clock_fd;
  ok = fds[3] >= 0 && send_prepare (self, fds, spec->clock_fd >= 0 ? 5 : 4, error);
  if (fds[3] >= 0)
    close (fds[3]);
  close (keeper[1]);
  close (control[1]);
  if (null >= 0)
    close (null);
  if (!ok || !far_spawner_watch (spawner, &self->keeper, far_sandbox_on_keeper, self, error) ||
      !far_spawner_watch (spawner, &self->control, far_sandbox_on_control, self, error))
    return FALSE;
  far_loop_arm (spawner->loop, &self->deadline,
                g_get_monotonic_time () + FAR_SANDBOX_INIT_MS_MAX * G_TIME_SPAN_MILLISECOND,
                on_init_overdue, self);
  return TRUE;
}

static gboolean
prepare_program (FarSandbox           *self,
                 const FarSandboxSpec *spec,
                 GError              **error)
{
  if (!send_prepare (self, &spec->clock_fd, spec->clock_fd >= 0 ? 1 : 0, error))
    return FALSE;
  far_loop_defer (self->spawner->loop, &self->task, on_exec_ready, self);
  return TRUE;
}

FarSandbox *
far_spawner_prepare (FarSpawner             *spawner,
                     const FarSandboxSpec   *spec,
                     const FarSandboxEvents *events,
                     gpointer                user_data,
                     GError                **error)
{
  g_autoptr (FarPlan) plan = NULL;
  FarSandbox *self;

  g_return_val_if_fail (spawner != NULL && spec != NULL && events != NULL, NULL);

  if (spawner->channel.fd < 0)
    {
      g_set_error_literal (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE,
                           "farthing-spawner has died");
      return NULL;
    }
  plan = plan_from_spec (spec, spawner->isolation, error);
  if (plan == NULL)
    return NULL;
  self = g_new0 (FarSandbox, 1);
  self->spawner = spawner;
  self->id = spawner->next_id++;
  self->plan = g_steal_pointer (&plan);
  self->events = *events;
  self->user_data = user_data;
  self->keeper.fd = -1;
  self->control.fd = -1;
  self->next_instance = 1;
  self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->by_pid = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->waiting);
  g_hash_table_add (spawner->sandboxes, self);
  if (!(spec->fork_server ? prepare_fork_server (self, spec, error)
                          : prepare_program (self, spec, error)))
    {
      far_sandbox_free (self);
      return NULL;
    }
  return self;
}
