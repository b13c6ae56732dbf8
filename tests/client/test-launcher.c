/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting a platform, with scripts in farthingd's place that fail, hang, find their port taken or
 * come up: what the launcher passes on, what it says, and that nothing is left running. */
#include "client/far-launcher.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fake-server.h"

typedef struct {
  char *folder;   /* with the script */
  char *data_dir;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("far-launch-XXXXXX", NULL);
  fixture->data_dir = g_build_filename (fixture->folder, "data", NULL);
  g_setenv ("FARTHING_LIBEXECDIR", fixture->folder, TRUE);
  g_setenv ("XDG_RUNTIME_DIR", fixture->folder, TRUE);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  const char *const remove[] = { "/bin/rm", "-rf", fixture->folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (fixture->folder);
  g_free (fixture->data_dir);
}

static void
write_script (Fixture    *fixture,
              const char *body)
{
  g_autofree char *path = g_build_filename (fixture->folder, "farthingd", NULL);
  g_autofree char *text = g_strconcat ("#!/bin/sh\necho $$ >> ", fixture->folder, "/pids\n"
                                       "echo \"$@\" >> ", fixture->folder, "/arguments\n",
                                       body, "\n", NULL);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0700,
                                           NULL));
}

static char *
read_file (Fixture    *fixture,
           const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static FarLauncher *
make_launcher (Fixture  *fixture,
               int       port,
               gboolean  start)
{
  FarLaunchOptions options = { .data_dir = fixture->data_dir, .template_path = "/t.yaml",
                               .port = port, .test_clock = TRUE, .start = start };

  return far_launcher_new (&options);
}

static FarPlatformClient *
run (Fixture       *fixture,
     FarLauncher   *launcher,
     GCancellable  *cancellable,
     GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  far_launcher_run_async (launcher, cancellable, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  return far_launcher_run_finish (launcher, result, error);
}

static gboolean
is_running (Fixture *fixture)
{
  g_autofree char *pids = read_file (fixture, "pids");

  return kill ((pid_t) g_ascii_strtoll (pids, NULL, 10), 0) == 0;
}

static void
test_join_only (Fixture       *fixture,
                gconstpointer  data)
{
  FarLauncher *launcher = make_launcher (fixture, 0, FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_null (run (fixture, launcher, NULL, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_RUNNING);
  g_assert_nonnull (strstr (error->message, fixture->data_dir));
  g_assert_finalize_object (launcher);
}

static void
test_not_installed (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  FarLauncher *launcher = make_launcher (fixture, 0, TRUE);
  g_autoptr (GError) error = NULL;

  g_setenv ("PATH", fixture->folder, TRUE);
  g_assert_null (run (fixture, launcher, NULL, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH);
  g_setenv ("PATH", path, TRUE);
  g_assert_finalize_object (launcher);
}

static void
test_start_and_stop (Fixture       *fixture,
                     gconstpointer  data)
{
  FarLauncher *launcher = make_launcher (fixture, 0, TRUE);
  g_autoptr (FarPlatformClient) client = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *arguments = NULL;
  g_autofree char *expected = NULL;

  write_script (fixture, "echo '{\"gateway\":\"http://127.0.0.1:1\"}'\nexec sleep 1000");
  client = run (fixture, launcher, NULL, NULL);
  g_assert_nonnull (client);
  g_assert_true (far_launcher_get_started (launcher));
  g_assert_true (is_running (fixture));
  arguments = read_file (fixture, "arguments");
  expected = g_strdup_printf ("--data-dir %s --guard --port 0 --template /t.yaml --test-clock\n",
                              fixture->data_dir);
  g_assert_cmpstr (arguments, ==, expected);

  far_launcher_stop_async (launcher, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  g_assert_true (far_launcher_stop_finish (launcher, result, NULL));
  g_clear_object (&result);
  g_assert_false (far_launcher_get_started (launcher));
  g_assert_false (is_running (fixture));
  g_assert_finalize_object (launcher);
}

/* "Keep running in background" */
static void
test_disown (Fixture       *fixture,
             gconstpointer  data)
{
  FarLauncher *launcher = make_launcher (fixture, 0, TRUE);
  g_autoptr (FarPlatformClient) client = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *pids = NULL;

  write_script (fixture, "echo '{}'\nexec sleep 1000");
  client = run (fixture, launcher, NULL, NULL);
  far_launcher_disown (launcher);
  g_assert_false (far_launcher_get_started (launcher));
  far_launcher_stop_now (launcher);
  far_launcher_stop_async (launcher, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  g_assert_true (far_launcher_stop_finish (launcher, result, NULL));
  g_clear_object (&result);
  g_assert_true (is_running (fixture));
  g_assert_finalize_object (launcher);
  g_assert_true (is_running (fixture));

  pids = read_file (fixture, "pids");
  g_assert_cmpint (kill ((pid_t) g_ascii_strtoll (pids, NULL, 10), SIGKILL), ==, 0);
}

/* What it said on the way down is the message; what an earlier one said is not. */
static void
test_failure (Fixture       *fixture,
              gconstpointer  data)
{
  FarLauncher *launcher = make_launcher (fixture, 0, TRUE);
  g_autofree char *log = g_build_filename (fixture->data_dir, "farthingd.log", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (fixture->data_dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (log, "an older trouble\n", -1, NULL));
  write_script (fixture, "echo 'template.yaml:3:1: no such key' >&2\nexit 65");
  g_assert_null (run (fixture, launcher, NULL, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH);
  g_assert_nonnull (strstr (error->message, "template.yaml:3:1: no such key"));
  g_assert_null (strstr (error->message, "older"));
  g_assert_false (far_launcher_get_started (launcher));
  g_assert_finalize_object (launcher);
}

static void
test_not_ready_line (Fixture       *fixture,
                     gconstpointer  data)
{
  FarLauncher *launcher = make_launcher (fixture, 0, TRUE);
  g_autoptr (GError) error = NULL;

  write_script (fixture, "echo 'hello'\nexec sleep 1000");
  g_assert_null (run (fixture, launcher, NULL, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH);
  /* It was told to go, and goes. */
  while (is_running (fixture))
    g_main_context_iteration (NULL, FALSE);
  g_assert_finalize_object (launcher);
}

/* The default port, where something else has it: then any. A chosen port is chosen. */
static void
test_port_taken (Fixture       *fixture,
                 gconstpointer  data)
{
  FarLauncher *any = make_launcher (fixture, -1, TRUE);
  FarLauncher *chosen = make_launcher (fixture, 8787, TRUE);
  g_autoptr (FarPlatformClient) client = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *arguments = NULL;

  write_script (fixture, "case \"$*\" in *'--port 0'*) echo '{}'; exec sleep 1000;; esac\n"
                         "echo 'Port 8787 is in use' >&2; exit 1");
  client = run (fixture, any, NULL, &error);
  g_assert_no_error (error);
  arguments = read_file (fixture, "arguments");
  g_assert_nonnull (strstr (arguments, "--port 8787"));
  g_assert_nonnull (strstr (arguments, "--port 0"));
  far_launcher_stop_async (any, NULL, fake_take_result, &fixture->result);
  result = fake_wait (&fixture->result);
  g_assert_true (far_launcher_stop_finish (any, result, NULL));
  g_clear_object (&result);
  g_assert_finalize_object (any);

  g_assert_null (run (fixture, chosen, NULL, &error));
  g_assert_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_LAUNCH);
  g_assert_finalize_object (chosen);
}

static void
test_cancel (Fixture       *fixture,
             gconstpointer  data)
{
  FarLauncher *launcher = make_launcher (fixture, 0, TRUE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *pids = g_build_filename (fixture->folder, "pids", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  write_script (fixture, "exec sleep 1000");
  far_launcher_run_async (launcher, cancellable, fake_take_result, &fixture->result);
  while (!g_file_test (pids, G_FILE_TEST_EXISTS))
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  result = fake_wait (&fixture->result);
  g_assert_null (far_launcher_run_finish (launcher, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&result);
  while (is_running (fixture))
    g_main_context_iteration (NULL, FALSE);
  g_assert_finalize_object (launcher);
}

#define ADD(name, function) \
  g_test_add ("/client/launcher/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("join-only", test_join_only);
  ADD ("not-installed", test_not_installed);
  ADD ("start-and-stop", test_start_and_stop);
  ADD ("disown", test_disown);
  ADD ("failure", test_failure);
  ADD ("not-ready-line", test_not_ready_line);
  ADD ("port-taken", test_port_taken);
  ADD ("cancel", test_cancel);
  return g_test_run ();
}
