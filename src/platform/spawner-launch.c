/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last steps before foreign code runs. Their order matters: descriptors while paths still
 * work, limits before rights, rights before the filter, and the filter last, for it forbids most of
 * what comes before. A step that fails writes its reason into a pipe that closes at exec, so the
 * keeper learns from one read whether the program runs.
 *
 * Thread: a forked child of the keeper. */
#include "platform/spawner-launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/far-fork-server.h"
#include "sandbox/far-landlock.h"
#include "sandbox/far-limits.h"
#include "sandbox/far-sandbox-messages.h"

/* Processes and threads of an exec function's instance, and what a fork server may have beside
 * its instances. */
#define PROGRAM_PROCESSES_MAX 256
#define FORK_SERVER_PROCESSES_MAX 32
/* Descriptors in the making stand above every fixed place and below FAR_FILTER_EXEC_FD. */
#define ASIDE 64

typedef struct {
  int from;
  int to;
} Place;

static gboolean
fail (GError    **error,
      const char *what)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", what,
               g_strerror (errno));
  return FALSE;
}

/* Everything aside first, so that no place is taken while its future content still stands in
 * another. The places survive exec, all else closes. */
static gboolean
place_descriptors (Place   *places,
                   gsize    n_places,
                   int     *error_fd,
                   GError **error)
{
  for (gsize i = 0; i < n_places; i++)
    {
      places[i].from = fcntl (places[i].from, F_DUPFD_CLOEXEC, ASIDE);
      if (places[i].from < 0)
        return fail (error, "Cannot set a descriptor aside");
    }
  *error_fd = fcntl (*error_fd, F_DUPFD_CLOEXEC, ASIDE);
  if (*error_fd < 0)
    return fail (error, "Cannot set a descriptor aside");
  close_range (0, ASIDE - 1, 0);
  for (gsize i = 0; i < n_places; i++)
    if (dup2 (places[i].from, places[i].to) < 0)
      return fail (error, "Cannot place a descriptor");
  return TRUE;
}

static gboolean
place_all (const KeeperTask *task,
           int               tmp_fd,
           int              *error_fd,
           GError          **error)
{
  Place places[8 + FAR_PLAN_SERVICES_MAX];
  gsize n = 0;
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  if (null < 0)
    return fail (error, "Cannot open /dev/null");
  places[n++] = (Place) { null, STDIN_FILENO };
  places[n++] = (Place) { task->log >= 0 ? task->log : null, STDOUT_FILENO };
  places[n++] = (Place) { task->log >= 0 ? task->log : null, STDERR_FILENO };
  if (task->plan->fork_server)
    {
      places[n++] = (Place) { task->control, FAR_FD_CONTROL };
      places[n++] = (Place) { task->kit->instance_filter_fd, FAR_FD_FILTER };
      if (tmp_fd >= 0)
        places[n++] = (Place) { tmp_fd, FAR_FD_TMP };
    }
  for (guint i = 0; i < task->n_services; i++)
    places[n++] = (Place) { task->services[i], FAR_FD_SERVICES + (int) i };
  if (task->clock >= 0)
    places[n++] = (Place) { task->clock, FAR_FD_CLOCK };
  return place_descriptors (places, n, error_fd, error);
}

/* Lesser tiers share the machine's files: Landlock alone says which. */
static gboolean
restrict_shared_files (const FarPlan *plan,
                       GError       **error)
{
  static const char *const readable[] = { "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin",
                                          "/app", "/etc/ld.so.cache", "/etc/ssl/certs",
                                          "/etc/ssl/openssl.cnf", "/etc/localtime",
                                          "/etc/alternatives", "/proc/self" };
  static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                         "/dev/urandom" };
  FarLandlockPath paths[FAR_LANDLOCK_PATHS_MAX];
  gsize n = 0;

  G_STATIC_ASSERT (G_N_ELEMENTS (readable) + G_N_ELEMENTS (devices) + FAR_PLAN_STORES_MAX + 3 <=
                   FAR_LANDLOCK_PATHS_MAX);

  for (guint i = 0; i < G_N_ELEMENTS (readable); i++)
    paths[n++] = (FarLandlockPath) { readable[i], FAR_LANDLOCK_EXECUTE };
  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    paths[n++] = (FarLandlockPath) { devices[i], FAR_LANDLOCK_WRITE };
  paths[n++] = (FarLandlockPath) { plan->code_dir, FAR_LANDLOCK_EXECUTE };
  if (plan->runtime_dir[0] != '\0')
    paths[n++] = (FarLandlockPath) { plan->runtime_dir, FAR_LANDLOCK_EXECUTE };
  if (plan->lang_dir[0] != '\0')
    paths[n++] = (FarLandlockPath) { plan->lang_dir, FAR_LANDLOCK_EXECUTE };
  for (guint i = 0; i < plan->n_stores; i++)
    paths[n++] = (FarLandlockPath) { plan->stores[i].host_path,
                                     plan->stores[i].writable ? FAR_LANDLOCK_WRITE
                                                              : FAR_LANDLOCK_READ };
  return far_landlock_restrict_files (paths, n, error);
}

/* Without a user namespace the ids are changed themselves: no function runs as root in any tier. */
static gboolean
take_identity (const FarIdentity *identity,
               GError           **error)
{
  uid_t uid = identity->uid;
  gid_t gid = identity->gid;

  if (!identity->privileged)
    return TRUE;
  if (setgroups (0, NULL) < 0 || setresgid (gid, gid, gid) < 0 || setresuid (uid, uid, uid) < 0)
    return fail (error, "Cannot take an unprivileged id");
  /* A change of ids clears it. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  return TRUE;
}

static gboolean
restrict_self (const KeeperTask *task,
               GError          **error)
{
  const FarPlan *plan = task->plan;
  gboolean full = task->kit->isolation == FAR_ISOLATION_FULL;
  FarLimits limits = {
    .memory_mb = plan->memory_mb,
    .file_mb = plan->tmp_mb,
    .program = !plan->fork_server,
  };

  /* Each instance is two processes for a moment, and all its threads. */
  if (full)
    limits.processes = plan->fork_server
                         ? FORK_SERVER_PROCESSES_MAX +
                           plan->instances_max * (1 + FAR_FORK_SERVER_THREADS_MAX)
                         : PROGRAM_PROCESSES_MAX;
  if (!far_limits_apply (&limits, error) ||
      (!full && !take_identity (&task->identity, error)) || !far_limits_drop_privileges (error))
    return FALSE;
  return far_landlock_restrict_reach (!plan->fork_server, error) &&
         (full || restrict_shared_files (plan, error)) &&
         far_filter_load (plan->fork_server ? task->kit->fork_server_filter
                                            : task->kit->program_filter, error);
}

/* The plan's, and where the platform listens as far as only the keeper knows. Borrows all but the
 * last. */
static char **
complete_environment (const KeeperTask *task)
{
  static const char *const proxies[] = { "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy" };
  guint n = g_strv_length (task->plan->environment);
  char **environment = g_new0 (char *, n + 2 + G_N_ELEMENTS (proxies));

  memcpy (environment, task->plan->environment, n * sizeof *environment);
  if (task->runtime_port != 0)
    environment[n++] = g_strdup_printf ("AWS_LAMBDA_RUNTIME_API=127.0.0.1:%u",
                                        task->runtime_port);
  for (guint i = 0; task->plan->egress && i < G_N_ELEMENTS (proxies); i++)
    environment[n++] = g_strdup_printf ("%s=http://127.0.0.1:%u", proxies[i], task->egress_port);
  return environment;
}

static void
execute (const KeeperTask *task,
         int               tmp_fd,
         int               error_fd,
         GError          **error)
{
  const char *folder = task->kit->isolation == FAR_ISOLATION_FULL ? FAR_PLAN_CODE
                                                                  : task->plan->code_dir;
  char **command = task->plan->command;
  g_autofree char *path = command[0] ? g_strdup (command[0])
                                     : g_build_filename (folder, FAR_PLAN_PROGRAM, NULL);
  char **environment = complete_environment (task);
  char *alone[] = { path, NULL };
  char **argv = command[0] ? command : alone;
  int program;

  if (chdir (folder) < 0)
    {
      fail (error, folder);
      return;
    }
  program = open (path, O_PATH | O_CLOEXEC);
  if (program < 0 || dup3 (program, FAR_FILTER_EXEC_FD, O_CLOEXEC) < 0)
    {
      fail (error, path);
      return;
    }
  close (program);
  if (!restrict_self (task, error))
    return;
  if (task->plan->fork_server)
    execveat (FAR_FILTER_EXEC_FD, "", argv, environment, AT_EMPTY_PATH);
  else
    execve (path, argv, environment);
  fail (error, path);
}

static void G_GNUC_NORETURN
run_child (const KeeperTask *task,
           int               tmp_fd,
           int               error_fd)
{
  g_autoptr (GError) error = NULL;
  gssize written = 0;
  sigset_t none;

  /* Where there is no pid namespace to die with. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++)
    signal (number, SIG_DFL);
  setsid ();
  if (place_all (task, tmp_fd, &error_fd, &error))
    execute (task, tmp_fd, error_fd, &error);
  written = write (error_fd, error->message, strlen (error->message));
  _exit (written < 0 ? 126 : 127);
}

/* Until exec closes the pipe, or the child says what went wrong. */
static gboolean
wait_for_exec (pid_t    pid,
               int      error_fd,
               GError **error)
{
  char text[FAR_MESSAGE_TEXT_MAX];
  gssize n_bytes;

  do
    n_bytes = read (error_fd, text, sizeof text - 1);
  while (n_bytes < 0 && errno == EINTR);
  if (n_bytes == 0)
    return TRUE;
  text[MAX (n_bytes, 0)] = '\0';
  waitpid (pid, NULL, 0);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, FAR_PLAN_NO_PROGRAM ": %s", text);
  return FALSE;
}

pid_t
launch_program (const KeeperTask *task,
                int               tmp_fd,
                GError          **error)
{
  int ends[2];
  pid_t pid;
  gboolean ok;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      fail (error, "Cannot make a pipe");
      return -1;
    }
  pid = fork ();
  if (pid == 0)
    run_child (task, tmp_fd, ends[1]);
  close (ends[1]);
  ok = pid > 0 ? wait_for_exec (pid, ends[0], error) : fail (error, "Cannot fork");
  close (ends[0]);
  return ok ? pid : -1;
}
