/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spawner's client against the real spawner. */
#include "sandbox/harness.h"
#include <signal.h>
#include <sys/wait.h>

static char *
guest_dir (void)
{
  return g_build_filename (g_getenv ("FARTHING_BUILD_ROOT"), "tests", "sandbox", "guest", NULL);
}

static void
test_invoke (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Harness) harness = harness_new (&error);
  g_autofree char *code = guest_dir ();
  g_autofree char *answer = NULL;
  HarnessSandbox *sandbox;
  HarnessInstance *instance;
  FarSandboxSpec spec;

  g_assert_no_error (error);
  harness_spec_init (&spec, code);
  sandbox = harness_prepare (harness, &spec, &error);
  g_assert_no_error (error);
  instance = harness_start (sandbox, 0);
  answer = harness_invoke (harness, instance, "{\"a\":1}", NULL);
  g_assert_cmpstr (answer, ==, "{\"a\":1}");
  g_assert_true (instance->started);
  far_instance_kill (instance->instance);
  harness_wait (harness, &instance->exited, "exit");
  g_assert_true (WIFSIGNALED (instance->exit.wait_status));
  harness_instance_free (instance);
  harness_sandbox_free (sandbox);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spawner/invoke", test_invoke);
  return g_test_run ();
}
