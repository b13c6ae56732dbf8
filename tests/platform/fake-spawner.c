/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-spawner.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INSTANCES_MAX 2048

G_DEFINE_QUARK (far-spawner-error-quark, far_spawner_error)

struct _FarSpawner {
  int unused;
};

struct _FarSandbox {
  FarSandboxEvents events;
  gpointer         user_data;
  guint            n_services;
  guint            n_instances;
  gboolean         closed;
};

struct _FarInstance {
  FarSandbox       *sandbox;
  FarInstanceEvents events;
  gpointer          user_data;
  int               fd;
  int               log;
  int               services[FAR_SANDBOX_SERVICES_MAX];
  guint             n_services;
  gboolean          killed;
};

static FarInstance instances[INSTANCES_MAX];
static guint n_instances;
static gboolean refusing;
static FarSpawnerError refuse_code;
static GPtrArray *sandboxes;

guint
fake_n_instances (void)
{
  return n_instances;
}

int
fake_fd (guint index)
{
  return instances[index].fd;
}

gboolean
fake_was_killed (guint index)
{
  return instances[index].killed;
}

void
fake_log (guint index, const char *text)
{
  g_assert_cmpint (write (instances[index].log, text, strlen (text)), ==, (ssize_t) strlen (text));
}

static void
close_instance (FarInstance *self)
{
  guint i;

  close (self->fd);
  close (self->log);
  for (i = 0; i < self->n_services; i++)
    close (self->services[i]);
  self->fd = -1;
}

void
fake_end (guint index, int wait_status)
{
  FarInstance *self = &instances[index];
  FarInstanceExit status = { .wait_status = wait_status, .max_rss_bytes = 4096 * 1024 };

  g_assert_cmpint (self->fd, >=, 0);
  close_instance (self);
  self->sandbox->n_instances--;
  self->events.exited (self, &status, self->user_data);
}

void
fake_refuse (FarSpawnerError code, gboolean refuse)
{
  refusing = refuse;
  refuse_code = code;
}

void
fake_end_sandbox (guint index, FarSpawnerError code)
{
  FarSandbox *self = g_ptr_array_index (sandboxes, index);
  g_autoptr (GError) error = g_error_new_literal (FAR_SPAWNER_ERROR, code, "ended by the test");

  self->events.ended (self, error, self->user_data);
}

void
fake_reset (void)
{
  guint i;

  for (i = 0; i < n_instances; i++)
    if (instances[i].fd >= 0)
      close_instance (&instances[i]);
  n_instances = 0;
  refusing = FALSE;
  g_clear_pointer (&sandboxes, g_ptr_array_unref);
}

guint
fake_n_sandboxes (void)
{
  return sandboxes != NULL ? sandboxes->len : 0;
}

gboolean
fake_sandbox_is_closed (guint index)
{
  return ((FarSandbox *) g_ptr_array_index (sandboxes, index))->closed;
}

FarSpawner *
far_spawner_new (FarLoop *loop, FarSpawnerGone gone, gpointer user_data, GError **error)
{
  return g_new0 (FarSpawner, 1);
}

void
far_spawner_free (FarSpawner *spawner)
{
  g_free (spawner);
}

FarSandbox *
far_spawner_prepare (FarSpawner *spawner, const FarSandboxSpec *spec,
                     const FarSandboxEvents *events, gpointer user_data, GError **error)
{
  FarSandbox *self = g_new0 (FarSandbox, 1);

  self->events = *events;
  self->user_data = user_data;
  while (spec->services[self->n_services] != NULL)
    self->n_services++;
  if (sandboxes == NULL)
    sandboxes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (sandboxes, self);
  return self;
}

void
far_sandbox_close (FarSandbox *sandbox)
{
  sandbox->closed = TRUE;
}

guint
far_sandbox_get_n_instances (FarSandbox *sandbox)
{
  return sandbox->n_instances;
}

FarInstance *
far_sandbox_start_instance (FarSandbox *sandbox, FarInstanceFds *fds,
                            const FarInstanceEvents *events, gpointer user_data, GError **error)
{
  const struct timeval limit = { .tv_sec = 60 };
  FarInstance *self;

  if (refusing)
    {
      close (fds->runtime);
      close (fds->log);
      g_set_error_literal (error, FAR_SPAWNER_ERROR, refuse_code, "refused by the test");
      return NULL;
    }
  g_assert_cmpuint (n_instances, <, INSTANCES_MAX);
  self = &instances[n_instances++];
  sandbox->n_instances++;
  *self = (FarInstance){ .sandbox = sandbox,
                         .events = *events, .user_data = user_data, .fd = fds->runtime,
                         .log = fds->log, .n_services = sandbox->n_services };
  memcpy (self->services, fds->services, sizeof self->services);
  setsockopt (self->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return self;
}

gboolean
far_instance_adopt (FarInstance *self, FarSandbox *sandbox, GError **error)
{
  g_assert_not_reached (); /* nothing stands by in this tier */
}

FarIsolation
far_spawner_get_isolation (FarSpawner *spawner)
{
  return FAR_ISOLATION_NONE;
}

char **
far_sandbox_environment (const FarSandboxSpec *spec, FarIsolation isolation)
{
  return g_new0 (char *, 1);
}

void
far_instance_kill (FarInstance *instance)
{
  instance->killed = TRUE;
}

void
far_instance_set_frozen (FarInstance *instance, gboolean frozen)
{
}

int
far_instance_take_egress (FarInstance *instance)
{
  return -1;
}

void
far_instance_set_busy (FarInstance *instance, gboolean busy)
{
}

gint64
far_instance_get_max_rss (FarInstance *instance)
{
  return 2048 * 1024;
}
