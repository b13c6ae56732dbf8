/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control groups, on a folder that stands in for a delegated group: what the real spawner writes
 * there for functions, instances, and for one that stood by. */
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>

#include "sandbox/harness.h"
#include "sandbox/stage.h"

#define DEADLINE_S 60

typedef struct {
  Stage   *stage;
  Harness *harness;
  char    *group;
} Fixture;

static void
put (Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->group, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Returns: (transfer full) (nullable) */
static char *
get (Fixture *self, const char *child, const char *name)
{
  g_autofree char *path = g_build_filename (self->group, child, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* The only group of a function that is there. */
static char *
only_group (Fixture *self)
{
  g_autoptr (GDir) folder = g_dir_open (self->group, 0, NULL);
  char *found = NULL;
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL)
    if (name[0] == 's')
      {
        g_assert_null (found);
        found = g_strdup (name);
      }
  g_assert_nonnull (found);
  return found;
}

static void
assert_file (Fixture *self, const char *child, const char *name, const char *expected)
{
  g_autofree char *text = get (self, child, name);

  g_assert_cmpstr (text, ==, expected);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->stage = stage_new (FALSE);
  self->group = g_build_filename (self->stage->folder, "group", NULL);
  g_assert_cmpint (g_mkdir (self->group, 0755), ==, 0);
  put (self, "cgroup.controllers", data != NULL ? data : "cpuset cpu io memory pids\n");
  g_setenv ("FARTHING_CGROUP", self->group, TRUE);
  self->harness = harness_new (&error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  harness_free (self->harness);
  g_unsetenv ("FARTHING_CGROUP");
  stage_free (self->stage);
  g_free (self->group);
}

static HarnessSandbox *
prepare (Fixture *self, const FarSandboxSpec *spec)
{
  g_autoptr (GError) error = NULL;
  HarnessSandbox *sandbox = harness_prepare (self->harness, spec, &error);

  g_assert_no_error (error);
  return sandbox;
}

static HarnessInstance *
start (Fixture *self, HarnessSandbox *sandbox)
{
  HarnessInstance *instance = harness_start (sandbox, 0);

  harness_wait_alive (self->harness, instance, &instance->started, "STARTED");
  return instance;
}

static void
end (Fixture *self, HarnessInstance *instance)
{
  far_instance_kill (instance->instance);
  harness_wait (self->harness, &instance->exited, "exit");
  harness_instance_free (instance);
}

static void
test_program (Fixture *self, gconstpointer data)
{
  g_autoptr (HarnessSandbox) sandbox = NULL;
  g_autofree char *group = NULL;
  g_autofree char *procs = NULL;
  HarnessInstance *instance;
  FarSandboxSpec spec;

  harness_spec_init (&spec, self->stage->guest);
  spec.fork_server = FALSE;
  spec.memory_mb = 1769;
  sandbox = prepare (self, &spec);
  instance = start (self, sandbox);
  group = only_group (self);
  assert_file (self, group, "memory.max", "1888485376"); /* 1769 + 16 + 16 MiB */
  assert_file (self, group, "memory.swap.max", "0");
  assert_file (self, group, "pids.max", "320");
  assert_file (self, group, "cpu.weight", "100");
  procs = get (self, group, "cgroup.procs");
  g_assert_cmpint (g_ascii_strtoll (procs, NULL, 10), >, 0);
  end (self, instance);
}

static void
wait_for_weight (Fixture *self, const char *group, gint64 expected)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;
  gint64 weight;

  do
    {
      g_autofree char *text = get (self, group, "cpu.weight");

      g_main_context_iteration (NULL, FALSE);
      poll (NULL, 0, 10);
      weight = text != NULL ? g_ascii_strtoll (text, NULL, 10) : -1;
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
    }
  while (weight != expected);
}

static void
test_fork_server (Fixture *self, gconstpointer data)
{
  g_autoptr (HarnessSandbox) sandbox = NULL;
  g_autofree char *group = NULL;
  g_autofree char *memory = NULL;
  HarnessInstance *instance;
  FarSandboxSpec spec;

  harness_spec_init (&spec, self->stage->guest);
  sandbox = prepare (self, &spec);
  instance = start (self, sandbox);
  group = only_group (self);
  /* Its instances have their memory each; together they have what the machine has. */
  memory = get (self, group, "memory.max");
  g_assert_null (memory);
  assert_file (self, "", "cgroup.subtree_control", "+cpu"); /* each was written alone */
  assert_file (self, group, "pids.max", "264");
  assert_file (self, group, "cpu.weight", "7");
  if (far_spawner_get_isolation (self->harness->spawner) == FAR_ISOLATION_FULL)
    {
      /* Two have twice the share, as soon as their keeper looks. */
      HarnessInstance *second = start (self, sandbox);

      wait_for_weight (self, group, 14);
      end (self, second);
      wait_for_weight (self, group, 7);
    }
  end (self, instance);
}

/* What a group cannot give is said, and the rest is in force. */
static void
test_partial (Fixture *self, gconstpointer data)
{
  const char *notes = far_spawner_get_notes (self->harness->spawner);

  assert_file (self, "", "cgroup.subtree_control", "+pids");
  g_assert_nonnull (strstr (notes, "processors are not shared by memory: the control group "));
  g_assert_null (strstr (notes, "memory is limited by process"));
  test_program (self, NULL);
}

static void
test_none (Fixture *self, gconstpointer data)
{
  const char *notes = far_spawner_get_notes (self->harness->spawner);

  g_assert_nonnull (strstr (notes, "memory is limited by process and watched, "
                                   "processes are limited by user, processors are not shared by "
                                   "memory: the control group "));
  g_assert_nonnull (strstr (notes, "has no controllers to give"));
}

static void
test_standby (Fixture *self, gconstpointer data)
{
  g_autoptr (HarnessSandbox) standby = NULL;
  g_autoptr (HarnessSandbox) sandbox = NULL;
  g_autofree char *program = g_build_filename (self->stage->guest, "bootstrap", NULL);
  const char *const command[] = { program, NULL };
  g_autofree char *group = NULL;
  HarnessInstance *instance;
  FarSandboxSpec spec;

  if (far_spawner_get_isolation (self->harness->spawner) < FAR_ISOLATION_FULL)
    {
      g_test_skip ("nothing stands by in this tier");
      return;
    }
  harness_spec_init (&spec, self->stage->guest);
  spec.fork_server = FALSE;
  spec.command = command;
  spec.runtime_dir = self->stage->guest;
  sandbox = prepare (self, &spec);
  spec.standby = TRUE;
  spec.memory_mb = FAR_SANDBOX_MEMORY_MAX_MB;
  standby = prepare (self, &spec);
  instance = start (self, standby);
  group = only_group (self);
  assert_file (self, group, "cpu.weight", "578");
  harness_adopt (self->harness, instance, sandbox);
  assert_file (self, group, "cpu.weight", "7");
  assert_file (self, group, "memory.max", "167772160"); /* 128 + 16 + 16 MiB */
  end (self, instance);
}

/* In its place: whoever has the file open reads it. */
static void
put_events (Fixture *self, const char *group, const char *text)
{
  g_autofree char *folder = g_build_filename (self->group, group, NULL);
  g_autofree char *path = g_build_filename (folder, "memory.events", NULL);
  FILE *file;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  file = g_fopen (path, "w");
  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* The kernel kills one process of a group that is full; then all end, and it is told why. */
static void
test_out_of_memory (Fixture *self, gconstpointer data)
{
  g_autoptr (HarnessSandbox) sandbox = NULL;
  g_autofree char *first = NULL;
  g_autofree char *next = NULL;
  g_autofree char *procs = NULL;
  HarnessInstance *instance;
  FarSandboxSpec spec;
  guint64 id;

  if (far_spawner_get_isolation (self->harness->spawner) < FAR_ISOLATION_FULL)
    {
      g_test_skip ("keepers of this tier do not look");
      return;
    }
  harness_spec_init (&spec, self->stage->guest);
  spec.fork_server = FALSE;
  sandbox = prepare (self, &spec);
  instance = start (self, sandbox);
  first = only_group (self);
  end (self, instance);
  /* The file has to be there before its keeper is. */
  id = g_ascii_strtoull (strchr (first, '-') + 1, NULL, 10) + 1;
  next = g_strdup_printf ("%.*s-%" G_GUINT64_FORMAT, (int) strcspn (first, "-"), first, id);
  put_events (self, next, "low 0\nhigh 0\nmax 9\noom 0\noom_kill 0\noom_group_kill 0\n");
  instance = start (self, sandbox);
  procs = get (self, next, "cgroup.procs");
  g_assert_nonnull (procs);
  put_events (self, next, "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n");
  harness_wait (self->harness, &instance->exited, "the end of it all");
  g_assert_true (instance->exit.out_of_memory);
  harness_instance_free (instance);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cgroup/program", Fixture, NULL, set_up, test_program, tear_down);
  g_test_add ("/cgroup/partial", Fixture, "memory pids\n", set_up, test_partial, tear_down);
  g_test_add ("/cgroup/none", Fixture, "\n", set_up, test_none, tear_down);
  g_test_add ("/cgroup/fork-server", Fixture, NULL, set_up, test_fork_server, tear_down);
  g_test_add ("/cgroup/out-of-memory", Fixture, NULL, set_up, test_out_of_memory, tear_down);
  g_test_add ("/cgroup/standby", Fixture, NULL, set_up, test_standby, tear_down);
  return g_test_run ();
}
