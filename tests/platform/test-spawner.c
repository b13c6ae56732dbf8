/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spawner's client against the real spawner: what an instance of either kind is given and what
 * comes of it. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-json.h"
#include "spawner-fixture.h"

#define STORM 300
#define IDS 1000

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
  /* A sanitizer turns the signal into an exit status of its own. */
  g_assert_null (harness_invoke (self->harness, instance, "{\"do\":\"crash\"}", NULL));
  g_assert_cmpint (instance->exit.wait_status, !=, 0);
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
  self->spec.provisioned = TRUE;
  sandbox = prepare (self);
  instance = harness_start (sandbox, 0);
  answer = ask (self, instance, "{\"do\":\"environment\"}");
  g_assert_cmpstr (member (answer, "GREETING"), ==, "hello world");
  g_assert_cmpstr (member (answer, "AWS_REGION"), ==, "eu-north-1");
  g_assert_cmpstr (member (answer, "AWS_LAMBDA_FUNCTION_NAME"), ==, "guest");
  g_assert_cmpstr (member (answer, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), ==, "128");
  g_assert_cmpstr (member (answer, "AWS_LAMBDA_FUNCTION_VERSION"), ==, "$LATEST");
  g_assert_cmpstr (member (answer, "TZ"), ==, ":UTC");
  g_assert_cmpstr (member (answer, "AWS_LAMBDA_INITIALIZATION_TYPE"), ==,
                   "provisioned-concurrency");
  g_assert_true (g_regex_match_simple ("^ASIA[A-Z2-7]{16}$", member (answer, "AWS_ACCESS_KEY_ID"),
                                       0, 0));
  g_assert_cmpuint (strlen (member (answer, "AWS_SECRET_ACCESS_KEY")), ==, 40);
  g_assert_cmpstr (member (answer, "AWS_SESSION_TOKEN"), !=, "");
  if (full)
    {
      g_assert_cmpstr (member (answer, "LAMBDA_TASK_ROOT"), ==, "/var/task");
      g_assert_cmpstr (member (answer, "LD_LIBRARY_PATH"), ==, "/var/task:/var/task/lib");
    }
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
  int ours[2];

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
  memcpy (ours, instance->services, sizeof ours);
  end (self, instance);
  for (int i = 0; i < 2; i++)
    {
      char byte;

      /* Nobody holds the other end any more. */
      g_assert_cmpint (read (ours[i], &byte, 1), <=, 0);
      close (ours[i]);
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
add (void)
{
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
}

int
main (int    argc,
      char **argv)
{
  return run_spawner_tests (argc, argv, add);
}
