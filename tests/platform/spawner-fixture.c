/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the tests of the spawner (see the header). */
#include "spawner-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/far-json.h"

static Stage *stage;

void
set_up (Fixture      *self,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->harness = harness_new (&error);
  g_assert_no_error (error);
  harness_spec_init (&self->spec, stage->guest);
  self->spec.fork_server = GPOINTER_TO_INT (data);
}

void
tear_down (Fixture      *self,
           gconstpointer data)
{
  harness_free (self->harness);
}

HarnessSandbox *
prepare (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  HarnessSandbox *sandbox = harness_prepare (self->harness, &self->spec, &error);

  g_assert_no_error (error);
  return sandbox;
}

void
end (Fixture         *self,
     HarnessInstance *instance)
{
  if (!instance->exited)
    far_instance_kill (instance->instance);
  harness_wait (self->harness, &instance->exited, "exit");
  harness_instance_free (instance);
}

JsonNode *
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

const char *
member (JsonNode   *node,
        const char *name)
{
  return json_object_get_string_member (json_node_get_object (node), name);
}

void
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

void
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
  /* The answer and the news of the start come on different channels. */
  while (!instance->started)
    harness_turn (self->harness);
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

int
run_spawner_tests (int    argc,
                   char **argv,
                   void (*add) (void))
{
  gboolean as_user = FALSE;
  int status;

  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    {
      if (g_str_has_prefix (argv[i], "--at-most="))
        g_setenv (FAR_ENV_ISOLATION_MAX, argv[i] + strlen ("--at-most="), TRUE);
      else if (strcmp (argv[i], "--user") == 0)
        as_user = TRUE;
    }
  stage = stage_new (as_user);
  add ();
  status = g_test_run ();
  stage_free (stage);
  return status;
}
