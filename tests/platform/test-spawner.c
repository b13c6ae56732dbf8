/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spawner's client against the real spawner: instances of both kinds from start to end,
 * grants, failures, and what must die with what. Argument: --user (as an ordinary user). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-id.h"
#include "base/far-json.h"
#include "sandbox/harness.h"
#include "sandbox/stage.h"

#define STORM 300
#define IDS 1000

typedef struct {
  Harness       *harness;
  FarSandboxSpec spec;
} Fixture;

static Stage *stage;

static void
set_up (Fixture      *self,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->harness = harness_new (&error);
  g_assert_no_error (error);
  harness_spec_init (&self->spec, stage->guest);
  self->spec.fork_server = GPOINTER_TO_INT (data);
}

static void
tear_down (Fixture      *self,
           gconstpointer data)
{
  harness_free (self->harness);
}

static HarnessSandbox *
prepare (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  HarnessSandbox *sandbox = harness_prepare (self->harness, &self->spec, &error);

  g_assert_no_error (error);
  return sandbox;
}

static void
end (Fixture         *self,
     HarnessInstance *instance)
{
  if (!instance->exited)
    far_instance_kill (instance->instance);
  harness_wait (self->harness, &instance->exited, "exit");
  harness_instance_free (instance);
}

static JsonNode *
ask (Fixture         *self,
     HarnessInstance *instance,
     const char      *event)
{
  g_autofree char *text = harness_invoke (self->harness, instance, event, NULL);
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  g_assert_nonnull (text);
  node = far_json_parse_object (text, strlen (text), FAR_JSON_SIZE_MAX, &error);
  g_assert_no_error (error);
  return node;
}

static const char *
member (JsonNode   *node,
        const char *name)
{
  return json_object_get_string_member (json_node_get_object (node), name);
}

/* Until the process is not there any more, not even as a zombie. */
static void
wait_gone (Fixture *self,
           pid_t    pid)
{
  gboolean gone = FALSE;
  gint64 deadline = g_get_monotonic_time () + HARNESS_DEADLINE_MS * G_TIME_SPAN_MILLISECOND;

  while (!gone && g_get_monotonic_time () < deadline)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%d", (int) pid);

      gone = !g_file_test (path, G_FILE_TEST_EXISTS);
      harness_turn (self->harness);
    }
  g_assert_true (gone);
}

static void
test_invoke (Fixture      *self,
             gconstpointer data)
{
  HarnessSandbox *sandbox = prepare (self);
  HarnessInstance *instance = harness_start (sandbox, 0);
  gboolean failed = TRUE;

  for (int i = 0; i < 3; i++)
    {
      g_autofree char *answer = harness_invoke (self->harness, instance, "{\"a\":1}", &failed);

      g_assert_cmpstr (answer, ==, "{\"a\":1}");
      g_assert_false (failed);
    }
  g_assert_true (instance->started);
  g_assert_cmpint (far_instance_get_pid (instance->instance), >, 0);
  g_assert_cmpint (far_instance_get_rss (instance->instance), >, 100 * 1024);
  g_assert_cmpuint (far_sandbox_get_n_instances (sandbox->sandbox), ==, 1);
  far_instance_kill (instance->instance);
  harness_wait (self->harness, &instance->exited, "exit");
  g_assert_true (WIFSIGNALED (instance->exit.wait_status));
  g_assert_cmpint (WTERMSIG (instance->exit.wait_status), ==, SIGKILL);
  g_assert_false (instance->exit.out_of_memory);
  g_assert_cmpint (instance->exit.max_rss_bytes, >, 100 * 1024);
  g_assert_cmpuint (far_sandbox_get_n_instances (sandbox->sandbox), ==, 0);
  harness_instance_free (instance);
  harness_sandbox_free (sandbox);
}

static void
test_function_error (Fixture      *self,
                     gconstpointer data)
{
  HarnessSandbox *sandbox = prepare (self);
  HarnessInstance *instance = harness_start (sandbox, 0);
  gboolean failed = FALSE;
  g_autofree char *answer = harness_invoke (self->harness, instance, "{\"do\":\"nothing\"}",
                                            &failed);
  g_autofree char *after = NULL;

  g_assert_true (failed);
  g_assert_cmpstr (answer, ==, "{\"errorMessage\":\"The guest cannot nothing\","
                               "\"errorType\":\"Function.FarLambdaError3\",\"stackTrace\":[]}");
  after = harness_invoke (self->harness, instance, "{}", &failed);
  g_assert_cmpstr (after, ==, "{}");
  g_assert_false (failed);
  end (self, instance);
  harness_sandbox_free (sandbox);
}

static void
test_exits (Fixture      *self,
            gconstpointer data)
{
  HarnessSandbox *sandbox = prepare (self);
  HarnessInstance *instance = harness_start (sandbox, 0);

  g_assert_null (harness_invoke (self->harness, instance, "{\"do\":\"exit\"}", NULL));
  g_assert_true (WIFEXITED (instance->exit.wait_status));
  g_assert_cmpint (WEXITSTATUS (instance->exit.wait_status), ==, 3);
  end (self, instance);

  instance = harness_start (sandbox, 0);
  g_assert_null (harness_invoke (self->harness, instance, "{\"do\":\"crash\"}", NULL));
  g_assert_true (WIFSIGNALED (instance->exit.wait_status));
  end (self, instance);

  /* A closed stream is the order to leave. (A TCP connection would be opened again.) */
  if (self->spec.fork_server)
    {
      instance = harness_start (sandbox, 0);
      g_free (harness_invoke (self->harness, instance, "{}", NULL));
      g_assert_no_errno (shutdown (instance->runtime, SHUT_RDWR));
      harness_wait (self->harness, &instance->exited, "exit");
      g_assert_true (WIFEXITED (instance->exit.wait_status));
      g_assert_cmpint (WEXITSTATUS (instance->exit.wait_status), ==, 0);
      end (self, instance);
    }
  harness_sandbox_free (sandbox);
}

static void
test_environment (Fixture      *self,
                  gconstpointer data)
{
  static const char *const environment[] = {
    "GREETING=hello world", "AWS_REGION=eu-north-1", "FARTHING_SERVICE_STOLEN=fd:0",
    "AWS_LAMBDA_RUNTIME_API=evil:1", NULL,
  };
  HarnessSandbox *sandbox;
  HarnessInstance *instance;
  g_autoptr (JsonNode) answer = NULL;
  gboolean full = far_spawner_get_isolation (self->harness->spawner) == FAR_ISOLATION_FULL;

  self->spec.environment = environment;
  sandbox = prepare (self);
  instance = harness_start (sandbox, 0);
  answer = ask (self, instance, "{\"do\":\"environment\"}");
  g_assert_cmpstr (member (answer, "GREETING"), ==, "hello world");
  g_assert_cmpstr (member (answer, "AWS_REGION"), ==, "eu-north-1");
  g_assert_cmpstr (member (answer, "AWS_LAMBDA_FUNCTION_NAME"), ==, "guest");
  g_assert_cmpstr (member (answer, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), ==, "128");
  g_assert_cmpstr (member (answer, "AWS_LAMBDA_FUNCTION_VERSION"), ==, "$LATEST");
  g_assert_cmpstr (member (answer, "TZ"), ==, ":UTC");
  if (full)
    g_assert_cmpstr (member (answer, "LAMBDA_TASK_ROOT"), ==, "/var/task");
  g_assert_false (far_json_has (json_node_get_object (answer), "FARTHING_SERVICE_STOLEN"));
  if (self->spec.fork_server)
    g_assert_false (far_json_has (json_node_get_object (answer), "AWS_LAMBDA_RUNTIME_API"));
  else if (full)
    g_assert_cmpstr (member (answer, "AWS_LAMBDA_RUNTIME_API"), ==, "127.0.0.1:9001");
  /* Nothing of ours leaks in. */
  g_assert_false (far_json_has (json_node_get_object (answer), "FARTHING_BUILD_ROOT"));
  g_assert_false (far_json_has (json_node_get_object (answer), "HOME"));
  end (self, instance);
  harness_sandbox_free (sandbox);
}

static void
test_services (Fixture      *self,
               gconstpointer data)
{
  static const char *const services[] = { "book-keeper", "gateway", NULL };
  HarnessSandbox *sandbox;
  HarnessInstance *instance;

  self->spec.services = services;
  sandbox = prepare (self);
  instance = harness_start (sandbox, 2);
  for (int i = 0; i < 2; i++)
    {
      g_autofree char *event = g_strdup_printf ("{\"do\":\"service\",\"name\":\"%s\"}",
                                                services[i]);
      g_autoptr (JsonNode) answer = NULL;
      char text[64] = "";

      /* The answer waits in the socket before the question comes. */
      g_assert_cmpint (write (instance->services[i], services[1 - i], strlen (services[1 - i])),
                       >, 0);
      answer = ask (self, instance, event);
      g_assert_cmpint (read (instance->services[i], text, sizeof text - 1), >, 0);
      g_assert_cmpstr (text, ==, services[i]);
      g_assert_cmpstr (member (answer, "answer"), ==, services[1 - i]);
    }
  end (self, instance);
  for (int i = 0; i < 2; i++)
    {
      char byte;

      /* Nobody holds the other end any more. */
      g_assert_cmpint (read (instance->services[i], &byte, 1), <=, 0);
      close (instance->services[i]);
    }
  harness_sandbox_free (sandbox);
}

static void
test_stores (Fixture      *self,
             gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("far-store-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "new", NULL);
  FarSandboxStore store = { "the-files", folder, "/mnt/files", TRUE };
  g_autoptr (JsonNode) where = NULL;
  g_autoptr (JsonNode) written = NULL;
  g_autofree char *event = NULL;
  HarnessSandbox *sandbox;
  HarnessInstance *instance;

  self->spec.stores = &store;
  self->spec.n_stores = 1;
  sandbox = prepare (self);
  instance = harness_start (sandbox, 0);
  where = ask (self, instance, "{\"do\":\"store\",\"name\":\"the-files\"}");
  event = g_strdup_printf ("{\"attack\":\"write\",\"argument\":\"%s/new\"}",
                           member (where, "path"));
  written = ask (self, instance, event);
  g_test_message ("%s", member (written, "detail"));
  g_assert_true (json_object_get_boolean_member (json_node_get_object (written), "got"));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  if (far_spawner_get_isolation (self->harness->spawner) == FAR_ISOLATION_FULL)
    {
      struct stat status;

      /* It belongs to whom the folder belongs to, not to the sandbox's id. */
      g_assert_cmpstr (member (where, "path"), ==, "/mnt/files");
      g_assert_no_errno (stat (file, &status));
      g_assert_cmpuint (status.st_uid, ==, geteuid ());
    }
  end (self, instance);
  harness_sandbox_free (sandbox);
  unlink (file);
  rmdir (folder);
}

/* Instances of a fork server share nothing that they write. */
static void
test_private_tmp (Fixture      *self,
                  gconstpointer data)
{
  HarnessSandbox *sandbox;
  HarnessInstance *one, *two;
  g_autoptr (JsonNode) written = NULL;
  g_autoptr (JsonNode) seen = NULL;

  if (far_spawner_get_isolation (self->harness->spawner) != FAR_ISOLATION_FULL)
    {
      g_test_skip ("only the full tier has a /tmp for each instance");
      return;
    }
  sandbox = prepare (self);
  one = harness_start (sandbox, 0);
  two = harness_start (sandbox, 0);
  written = ask (self, one, "{\"attack\":\"write\",\"argument\":\"/tmp/mine\"}");
  g_assert_true (json_object_get_boolean_member (json_node_get_object (written), "got"));
  seen = ask (self, two, "{\"attack\":\"list\",\"argument\":\"/tmp\"}");
  g_assert_false (json_object_get_boolean_member (json_node_get_object (seen), "got"));
  end (self, one);
  end (self, two);
  harness_sandbox_free (sandbox);
}

static void
test_memory (Fixture      *self,
             gconstpointer data)
{
  HarnessSandbox *sandbox = prepare (self);
  HarnessInstance *instance = harness_start (sandbox, 0);
  g_autofree char *text = NULL;

  /* Within RLIMIT_DATA of either kind, and over memory_mb: only the watch can see it. */
  text = harness_invoke (self->harness, instance,
                         "{\"attack\":\"memory\",\"argument\":\"4000\"}", NULL);
  if (text == NULL)
    g_assert_true (instance->exit.out_of_memory ||
                   WIFSIGNALED (instance->exit.wait_status));
  else
    g_assert_nonnull (strstr (text, "\"got\":false"));
  end (self, instance);
  harness_sandbox_free (sandbox);
}

static void
test_storm (Fixture      *self,
            gconstpointer data)
{
  HarnessSandbox *sandbox;
  g_autoptr (GPtrArray) instances = g_ptr_array_new ();
  guint n = self->spec.fork_server ? STORM : STORM / 10;

  self->spec.instances_max = n;
  sandbox = prepare (self);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (instances, harness_start (sandbox, 0));
  for (guint i = 0; i < n; i++)
    {
      HarnessInstance *instance = g_ptr_array_index (instances, i);

      /* Half of them end by themselves at once. */
      if (i % 2 == 0)
        g_assert_null (harness_invoke (self->harness, instance, "{\"do\":\"exit\"}", NULL));
      else
        g_free (harness_invoke (self->harness, instance, "{}", NULL));
    }
  for (guint i = 0; i < n; i++)
    end (self, g_ptr_array_index (instances, i));
  g_assert_cmpuint (far_sandbox_get_n_instances (sandbox->sandbox), ==, 0);
  harness_sandbox_free (sandbox);
}

static void
test_ids_differ (Fixture      *self,
                 gconstpointer data)
{
  static const char *const kinds[] = { "random", "timed", "stream" };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *init = NULL;
  HarnessSandbox *sandbox = prepare (self);

  for (guint i = 0; i < IDS; i++)
    {
      HarnessInstance *instance = harness_start (sandbox, 0);
      g_autoptr (JsonNode) answer = ask (self, instance, "{\"do\":\"identity\"}");

      for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
        g_assert_true (g_hash_table_add (seen, g_strdup (member (answer, kinds[k]))));
      /* What init made is the same in all: they are forks of one process. */
      if (init == NULL)
        init = g_strdup (member (answer, "init"));
      g_assert_cmpstr (member (answer, "init"), ==, init);
      end (self, instance);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, IDS * G_N_ELEMENTS (kinds));
  harness_sandbox_free (sandbox);
}

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
  harness_wait (self->harness, &instances[0]->started, "start");
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
  harness_wait (self->harness, &instance->started, "start");
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

#define ADD(path, kind, func) \
  g_test_add ("/spawner/" path, Fixture, GINT_TO_POINTER (kind), set_up, func, tear_down)
#define ADD_BOTH(path, func) \
  do { ADD ("fork/" path, TRUE, func); ADD ("exec/" path, FALSE, func); } while (0)

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  stage = stage_new (argc > 1 && strcmp (argv[1], "--user") == 0);
  ADD_BOTH ("invoke", test_invoke);
  ADD_BOTH ("function-error", test_function_error);
  ADD_BOTH ("exits", test_exits);
  ADD_BOTH ("environment", test_environment);
  ADD_BOTH ("services", test_services);
  ADD_BOTH ("stores", test_stores);
  ADD_BOTH ("private-tmp", test_private_tmp);
  ADD_BOTH ("memory", test_memory);
  ADD_BOTH ("storm", test_storm);
  ADD ("fork/ids-differ", TRUE, test_ids_differ);
  ADD_BOTH ("limit", test_limit);
  ADD_BOTH ("close", test_close);
  ADD_BOTH ("kill-early", test_kill_early);
  ADD ("fork/init-failures", TRUE, test_init_failures);
  ADD ("fork/bad-specs", TRUE, test_bad_specs);
  ADD ("exec/missing-program", FALSE, test_missing_program);
  ADD ("exec/no-outliving", FALSE, test_no_outliving);
  ADD ("fork/forgeries", TRUE, test_forgeries);
  ADD_BOTH ("spawner-dies", test_spawner_dies);
  ADD_BOTH ("platform-dies", test_platform_dies);
  status = g_test_run ();
  stage_free (stage);
  return status;
}
