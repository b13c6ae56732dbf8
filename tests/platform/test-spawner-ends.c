/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spawner's client against the real spawner: failures, limits, lies, and what must die with
 * what. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawner-fixture.h"

static void
test_limit (Fixture      *self,
            gconstpointer data)
{
  static const FarInstanceEvents events = { .exited = (gpointer) abort };
  g_autoptr (GError) error = NULL;
  FarInstanceFds fds = { .runtime = -1 };
  HarnessSandbox *sandbox;
  HarnessInstance *instance;
  int ends[2];

  self->spec.instances_max = 1;
  sandbox = prepare (self);
  instance = harness_start (sandbox, 0);
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  fds.log = ends[0];
  if (self->spec.fork_server)
    fds.runtime = ends[1];
  else
    close (ends[1]);
  g_assert_null (far_sandbox_start_instance (sandbox->sandbox, &fds, &events, NULL, &error));
  g_assert_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_BUSY);
  end (self, instance);
  harness_sandbox_free (sandbox);
}

/* Closing a sandbox ends all its instances, those too that have not started yet. */
static void
test_close (Fixture      *self,
            gconstpointer data)
{
  HarnessSandbox *sandbox = prepare (self);
  HarnessInstance *instances[20];
  g_autofree char *answer = NULL;
  pid_t pid;

  for (guint i = 0; i < G_N_ELEMENTS (instances); i++)
    instances[i] = harness_start (sandbox, 0);
  answer = harness_invoke (self->harness, instances[0], "{}", NULL);
  g_assert_cmpstr (answer, ==, "{}");
  harness_wait_alive (self->harness, instances[0], &instances[0]->started, "start");
  pid = far_instance_get_pid (instances[0]->instance);
  harness_sandbox_free (sandbox);
  for (guint i = 0; i < G_N_ELEMENTS (instances); i++)
    end (self, instances[i]);
  wait_gone (self, pid);
}

static void
test_kill_early (Fixture      *self,
                 gconstpointer data)
{
  HarnessSandbox *sandbox = prepare (self);
  HarnessInstance *instances[100];

  for (guint i = 0; i < G_N_ELEMENTS (instances); i++)
    instances[i] = harness_start (sandbox, 0);
  for (guint i = 0; i < G_N_ELEMENTS (instances); i++)
    far_instance_kill (instances[i]->instance);
  for (guint i = 0; i < G_N_ELEMENTS (instances); i++)
    end (self, instances[i]);
  harness_sandbox_free (sandbox);
}

/* Which descriptors of a process are inotify instances; NULL: may not be asked. */
static char *
list_inotify (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int) pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  g_autoptr (GString) found = g_string_new (NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *link = g_build_filename (path, name, NULL);
      g_autofree char *target = g_file_read_link (link, NULL);

      if (g_strcmp0 (target, "anon_inode:inotify") == 0)
        g_string_append_printf (found, "%s ", name);
    }
  return folder != NULL ? g_string_free (g_steal_pointer (&found), FALSE) : NULL;
}

static gboolean
is_keeper_of (const char *pid,
              pid_t       spawner)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *text = NULL;
  int parent = 0;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, "(farthing-keeper)") &&
         sscanf (strrchr (text, ')'), ") %*c %d", &parent) == 1 && parent == spawner;
}

/* The kernel grants a user few: one for the spawner, and no more, however many functions. */
static void
test_inotify (Fixture      *self,
              gconstpointer data)
{
  pid_t spawner = far_spawner_get_pid (self->harness->spawner);
  HarnessSandbox *sandboxes[4];
  g_autoptr (GDir) folder = g_dir_open ("/proc", 0, NULL);
  g_autofree char *own = NULL;
  const char *name;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sandboxes); i++)
    sandboxes[i] = prepare (self);
  own = list_inotify (spawner);
  g_assert_nonnull (own);
  g_assert_cmpstr (strchr (own, ' '), ==, " ");
  while ((name = g_dir_read_name (folder)) != NULL)
    if (is_keeper_of (name, spawner))
      {
        g_autofree char *inherited = list_inotify (g_ascii_strtoll (name, NULL, 10));

        n++;
        if (inherited != NULL) /* only root may ask */
          g_assert_cmpstr (inherited, ==, own);
      }
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (sandboxes));
  for (guint i = 0; i < G_N_ELEMENTS (sandboxes); i++)
    harness_sandbox_free (sandboxes[i]);
}

static void
expect_failure (Fixture        *self,
                FarSpawnerError code,
                const char     *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (harness_prepare (self->harness, &self->spec, &error));
  g_assert_error (error, FAR_SPAWNER_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_init_failures (Fixture      *self,
                    gconstpointer data)
{
  const char *environment[] = { "GUEST_INIT=fail", NULL };

  self->spec.environment = environment;
  expect_failure (self, FAR_SPAWNER_ERROR_INIT, "The guest was told to fail");
  environment[0] = "GUEST_INIT=exit";
  expect_failure (self, FAR_SPAWNER_ERROR_INIT, "status 7");
}

static void
test_bad_specs (Fixture      *self,
                gconstpointer data)
{
  FarSandboxStore store = { "x", "/nowhere/at/all", "/mnt/x", FALSE };

  self->spec.stores = &store;
  self->spec.n_stores = 1;
  if (far_spawner_get_isolation (self->harness->spawner) == FAR_ISOLATION_FULL)
    expect_failure (self, FAR_SPAWNER_ERROR_BUILD, "/nowhere/at/all");
  store.mount = "/etc/x";
  expect_failure (self, FAR_SPAWNER_ERROR_SPEC, "/mnt/");
  store.mount = "/mnt/../etc";
  expect_failure (self, FAR_SPAWNER_ERROR_SPEC, "..");
  self->spec.n_stores = 0;
  self->spec.code_dir = "relative";
  expect_failure (self, FAR_SPAWNER_ERROR_SPEC, "absolute");
  self->spec.code_dir = "/usr/share";
  expect_failure (self, FAR_SPAWNER_ERROR_BUILD, "bootstrap");
  self->spec.code_dir = "/nowhere";
  expect_failure (self, FAR_SPAWNER_ERROR_BUILD, "/nowhere");
}

static void
test_missing_program (Fixture      *self,
                      gconstpointer data)
{
  HarnessSandbox *sandbox;
  HarnessInstance *instance;

  self->spec.code_dir = "/usr/share";
  sandbox = prepare (self);
  instance = harness_start (sandbox, 0);
  harness_wait (self->harness, &instance->exited, "exit");
  g_assert_false (instance->started);
  g_assert_nonnull (instance->exit.reason);
  g_assert_nonnull (strstr (instance->exit.reason, "bootstrap"));
  harness_instance_free (instance);
  harness_sandbox_free (sandbox);
}

/* A daemon that ignores every signal dies with its instance all the same. */
static void
test_no_outliving (Fixture      *self,
                   gconstpointer data)
{
  static const char *const services[] = { "held", NULL };
  HarnessSandbox *sandbox;
  HarnessInstance *instance;
  struct pollfd wait = { .events = POLLIN };
  g_autofree char *answer = NULL;
  char byte;

  self->spec.services = services;
  sandbox = prepare (self);
  instance = harness_start (sandbox, 1);
  answer = harness_invoke (self->harness, instance, "{\"do\":\"daemon\"}", NULL);
  g_assert_cmpstr (answer, ==, "{}");
  wait.fd = instance->services[0];
  end (self, instance);
  /* Its copy of the service's descriptor was the last one. */
  g_assert_cmpint (poll (&wait, 1, HARNESS_DEADLINE_MS), ==, 1);
  g_assert_cmpint (read (wait.fd, &byte, 1), <=, 0);
  close (wait.fd);
  harness_sandbox_free (sandbox);
}

static void
test_forgeries (Fixture      *self,
                gconstpointer data)
{
  static const char *const kinds[] = { "forge", "forge-no-pidfd", "forge-file", "forge-other",
                                       "forge-exited", "forge-hello" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *variable = g_strconcat ("GUEST_CONSTRUCTOR=", kinds[i], NULL);
      const char *const environment[] = { variable, NULL };
      g_autoptr (GError) error = NULL;

      /* The sandbox goes, the platform does not even notice. */
      self->spec.environment = environment;
      g_assert_null (harness_prepare (self->harness, &self->spec, &error));
      g_test_message ("%s: %s", kinds[i], error->message);
      g_assert_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE);
    }
  self->spec.environment = NULL;
  test_invoke (self, data);
}

/* A process that a constructor leaves behind takes its whole sandbox with it. */
static void
test_stray (Fixture      *self,
            gconstpointer data)
{
  static const char *const environment[] = { "GUEST_CONSTRUCTOR=stray", NULL };
  gint64 deadline = g_get_monotonic_time () + HARNESS_DEADLINE_MS * G_TIME_SPAN_MILLISECOND;
  HarnessSandbox *sandbox;

  if (far_spawner_get_isolation (self->harness->spawner) != FAR_ISOLATION_FULL)
    {
      g_test_skip ("only the full tier counts the processes of a sandbox");
      return;
    }
  self->spec.environment = environment;
  sandbox = prepare (self);
  while (sandbox->ended == NULL && g_get_monotonic_time () < deadline)
    harness_turn (self->harness);
  g_assert_error (sandbox->ended, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE);
  g_assert_nonnull (strstr (sandbox->ended->message, "no instances"));
  harness_sandbox_free (sandbox);
}

static void
test_spawner_dies (Fixture      *self,
                   gconstpointer data)
{
  HarnessSandbox *sandbox = prepare (self);
  HarnessInstance *instance = harness_start (sandbox, 0);
  g_autofree char *answer = harness_invoke (self->harness, instance, "{}", NULL);
  g_autoptr (GError) error = NULL;
  pid_t pid;

  g_assert_cmpstr (answer, ==, "{}");
  harness_wait_alive (self->harness, instance, &instance->started, "start");
  pid = far_instance_get_pid (instance->instance);
  kill (far_spawner_get_pid (self->harness->spawner), SIGKILL);
  harness_wait (self->harness, &self->harness->gone, "the news of the spawner's death");
  g_assert_true (instance->exited);
  g_assert_error (sandbox->ended, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE);
  wait_gone (self, pid);
  g_assert_null (far_spawner_prepare (self->harness->spawner, &self->spec,
                                      &(FarSandboxEvents) { NULL }, NULL, &error));
  g_assert_error (error, FAR_SPAWNER_ERROR, FAR_SPAWNER_ERROR_GONE);
  harness_instance_free (instance);
  harness_sandbox_free (sandbox);
  /* And another one takes its place. */
  harness_free (self->harness);
  g_clear_error (&error);
  self->harness = harness_new (&error);
  g_assert_no_error (error);
  test_invoke (self, data);
}

/* The platform, killed in a process of its own with an instance under way. */
static void
test_platform_dies (Fixture      *self,
                    gconstpointer data)
{
  int ends[2];
  pid_t instance_pid = 0;
  pid_t platform;

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  platform = fork ();
  if (platform == 0)
    {
      Fixture own = { 0 };
      HarnessSandbox *sandbox;
      HarnessInstance *instance;
      pid_t pid;

      set_up (&own, data);
      sandbox = prepare (&own);
      instance = harness_start (sandbox, 0);
      g_free (harness_invoke (own.harness, instance, "{}", NULL));
      harness_wait (own.harness, &instance->started, "start");
      pid = far_instance_get_pid (instance->instance);
      g_assert_cmpint (write (ends[1], &pid, sizeof pid), ==, sizeof pid);
      kill (getpid (), SIGKILL);
    }
  close (ends[1]);
  g_assert_cmpint (read (ends[0], &instance_pid, sizeof instance_pid), ==, sizeof instance_pid);
  waitpid (platform, NULL, 0);
  wait_gone (self, instance_pid);
  close (ends[0]);
}

static void
add (void)
{
  ADD_BOTH ("limit", test_limit);
  ADD_BOTH ("close", test_close);
  ADD_BOTH ("kill-early", test_kill_early);
  ADD ("fork/inotify", TRUE, test_inotify);
  ADD ("fork/init-failures", TRUE, test_init_failures);
  ADD ("fork/bad-specs", TRUE, test_bad_specs);
  ADD ("exec/missing-program", FALSE, test_missing_program);
  ADD ("exec/no-outliving", FALSE, test_no_outliving);
  ADD ("fork/forgeries", TRUE, test_forgeries);
  ADD ("fork/stray", TRUE, test_stray);
  ADD_BOTH ("spawner-dies", test_spawner_dies);
  ADD_BOTH ("platform-dies", test_platform_dies);
}

int
main (int    argc,
      char **argv)
{
  return run_spawner_tests (argc, argv, add);
}
