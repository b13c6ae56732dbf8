/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The attack suite. Each attack runs four times over: outside, as a control, where it must work
 * if the table says that it can; in an instance; in a constructor, before main and before anything
 * that the function's library does for it; and in a program that is executed as it is. Arguments:
 * --user (as an ordinary user), --at-most=TIER (a lesser tier on purpose: only what that one
 * promises is asked for). */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-json.h"
#include "guest/attacks.h"
#include "harness.h"
#include "stage.h"

typedef enum {
  NEVER = 0,         /* cannot be tried outside without harm, or fails there as well */
  AS_ROOT = 1 << 0,  /* works outside for root */
  AS_USER = 1 << 1,  /* and for an ordinary user */
  ANYBODY = AS_ROOT | AS_USER,
} Control;

typedef enum {
  IN_INSTANCE = 1 << 0,
  IN_CONSTRUCTOR = 1 << 1,
  IN_PROGRAM = 1 << 2, /* an exec function's instance */
  IN_C = IN_INSTANCE | IN_CONSTRUCTOR,
  EVERYWHERE = IN_C | IN_PROGRAM,
} Where;

/* %s in an argument is replaced by what its letter names: see fill_argument(). */
typedef struct {
  const char  *name;
  const char  *argument;
  Control      control;
  Where        where;
  FarIsolation least; /* the lowest tier that withstands it */
} Row;

/* 128 MB and the headroom of RLIMIT_DATA stop at the allocation itself. With AddressSanitizer there
 * can be no such limit: then the watch must stop it, later but long before this. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_MB "2048"
#else
#define MEMORY_MB "144"
#endif

#define FULL FAR_ISOLATION_FULL
#define FLATPAK FAR_ISOLATION_FLATPAK
#define NONE FAR_ISOLATION_NONE

static const Row rows[] = {
  { "inherited", "", NEVER, IN_CONSTRUCTOR, NONE }, /* first: others may leave some open */
  /* Files. */
  { "read", "{secret}", ANYBODY, EVERYWHERE, FLATPAK },
  { "read", "{other}/secret", ANYBODY, EVERYWHERE, FLATPAK },
  { "read", "/etc/shadow", AS_ROOT, EVERYWHERE, FLATPAK },
  { "read", "/etc/hostname", ANYBODY, EVERYWHERE, FLATPAK },
  { "list", "{folder}", ANYBODY, EVERYWHERE, FLATPAK },
  { "list", "/home", NEVER, EVERYWHERE, FLATPAK },
  { "list", "/root", AS_ROOT, EVERYWHERE, FLATPAK },
  { "list", "/sys", ANYBODY, EVERYWHERE, FLATPAK },
  { "list", "/run", ANYBODY, EVERYWHERE, FLATPAK },
  { "list", "/proc/sys", ANYBODY, EVERYWHERE, FLATPAK },
  { "read", "/proc/cmdline", ANYBODY, EVERYWHERE, FLATPAK },
  { "write", "/usr/far-attack", NEVER, EVERYWHERE, FLATPAK },
  { "write", "/etc/far-attack", NEVER, EVERYWHERE, FLATPAK },
  { "write", "/far-attack", NEVER, EVERYWHERE, FLATPAK },
  { "write", "/dev/far-attack", NEVER, EVERYWHERE, FLATPAK },
  { "write", "{guest}/far-attack", ANYBODY, EVERYWHERE, FLATPAK },
  { "write", "/var/task/far-attack", NEVER, EVERYWHERE, FULL },
  { "write", "/var/task/bootstrap", NEVER, EVERYWHERE, FULL },
  { "write", "{store-read}/far-attack", ANYBODY, EVERYWHERE, FLATPAK },
  { "write", "/mnt/read/far-attack", NEVER, EVERYWHERE, FULL },
  /* Processes. */
  { "see-processes", "", ANYBODY, IN_INSTANCE | IN_PROGRAM, FLATPAK },
  { "read", "/proc/{victim}/environ", ANYBODY, EVERYWHERE, FLATPAK },
  { "read", "/proc/{victim}/cmdline", ANYBODY, EVERYWHERE, FLATPAK },
  { "read", "/proc/1/status", ANYBODY, EVERYWHERE, FLATPAK },
  { "signal", "{victim}", ANYBODY, EVERYWHERE, FULL },
  { "trace", "{victim}", ANYBODY, EVERYWHERE, NONE },
  { "read-memory", "{victim}", ANYBODY, EVERYWHERE, NONE },
  { "trace-me", "", ANYBODY, EVERYWHERE, NONE },
  { "signal", "1", AS_ROOT, IN_CONSTRUCTOR, FULL },
  { "trace", "1", NEVER, EVERYWHERE, NONE },
  /* Sockets. */
  { "socket-inet", "", ANYBODY, IN_C, NONE },
  { "socket-udp", "", ANYBODY, IN_C, NONE },
  { "socket-netlink", "", ANYBODY, EVERYWHERE, NONE },
  { "connect-unix", "{socket}", ANYBODY, IN_C, NONE },
  { "connect-abstract", "{socket}", ANYBODY, IN_C, NONE },
  { "connect-tcp", "{port}", ANYBODY, IN_C, NONE },
  { "connect-unix", "{socket}", ANYBODY, IN_PROGRAM, FULL },
  { "connect-abstract", "{socket}", ANYBODY, IN_PROGRAM, FULL },
  { "connect-tcp", "{port}", ANYBODY, IN_PROGRAM, FULL },
  /* The kernel. */
  { "mount", "", AS_ROOT, EVERYWHERE, NONE },
  { "fsopen", "", AS_ROOT, EVERYWHERE, NONE },
  { "remount", "/usr", NEVER, EVERYWHERE, NONE },
  { "unmount", "/var/task", NEVER, EVERYWHERE, NONE },
  { "unmount", "/tmp", NEVER, EVERYWHERE, NONE },
  { "chroot", "", AS_ROOT, EVERYWHERE, NONE },
  { "unshare-user", "", ANYBODY, EVERYWHERE, NONE },
  { "unshare-net", "", ANYBODY, EVERYWHERE, NONE },
  { "setns", "", ANYBODY, EVERYWHERE, NONE },
  { "keyctl", "", ANYBODY, EVERYWHERE, NONE },
  { "bpf", "", AS_ROOT, EVERYWHERE, NONE },
  { "io-uring", "", NEVER, EVERYWHERE, NONE },
  { "userfaultfd", "", NEVER, EVERYWHERE, NONE },
  { "memfd", "", ANYBODY, IN_C, NONE },
  { "shm", "", ANYBODY, EVERYWHERE, NONE },
  { "shared-anonymous", "", ANYBODY, IN_C, NONE },
  { "be-root", "", AS_ROOT, EVERYWHERE, NONE },
  { "setuid", "", AS_ROOT, EVERYWHERE, NONE },
  { "setresuid", "", AS_ROOT, EVERYWHERE, NONE },
  { "capabilities", "", AS_ROOT, EVERYWHERE, NONE },
  { "new-privileges", "", ANYBODY, EVERYWHERE, NONE },
  { "execute", "/bin/true", ANYBODY, IN_C, NONE },
  { "execute", "/bin/su", NEVER, IN_C, NONE },
  { "fork", "", ANYBODY, IN_INSTANCE, NONE },
  { "terminal-input", "", NEVER, EVERYWHERE, NONE },
  { "sethostname", "", AS_ROOT, EVERYWHERE, NONE },
  { "mknod", "", AS_ROOT, EVERYWHERE, NONE },
  { "setxattr", "", NEVER, EVERYWHERE, NONE },
  { "set-user-id", "{store-write}/far-attack", ANYBODY, EVERYWHERE, NONE },
  { "set-user-id", "/mnt/write/far-attack", NEVER, EVERYWHERE, NONE },
  { "move-clock", "/proc/self/fd/23", NEVER, EVERYWHERE, NONE }, /* FAR_FD_CLOCK */
  { "move-clock", "{clock}", ANYBODY, EVERYWHERE, FLATPAK },
  /* Exhaustion: an argument is what it may have. */
  { "fork-bomb", "0", ANYBODY, IN_INSTANCE, NONE },
  { "thread-bomb", "64", ANYBODY, IN_INSTANCE, FULL },
  { "descriptors", "1000", ANYBODY, IN_INSTANCE | IN_PROGRAM, NONE },
  { "disk", "16", ANYBODY, IN_INSTANCE | IN_PROGRAM, FULL },
  { "inodes", "1040", ANYBODY, IN_INSTANCE | IN_PROGRAM, FULL },
  { "memory", MEMORY_MB, ANYBODY, IN_INSTANCE, NONE },
  { "memory", "2048", ANYBODY, IN_PROGRAM, NONE },
  { "children-memory", "160", ANYBODY, IN_PROGRAM, FULL },
  { "hoard-tmp", "104", NEVER, IN_CONSTRUCTOR, FULL }, /* instances_max, and a few */
  { "fork-bomb", "256", ANYBODY, IN_PROGRAM, FULL },
  { "thread-bomb", "256", ANYBODY, IN_PROGRAM, FULL },
};

typedef struct {
  Stage       *stage;
  Harness     *harness;
  FarIsolation tier;
  gboolean     capped; /* a lesser tier on purpose */
} Fixture;

static char *
fill_argument (Fixture    *self,
               const char *argument)
{
  g_autoptr (GString) text = g_string_new (argument);
  g_autofree char *victim = g_strdup_printf ("%d", (int) self->stage->victim);
  g_autofree char *port = g_strdup_printf ("%u", self->stage->port);
  const char *const words[][2] = {
    { "{secret}", self->stage->secret },
    { "{other}", self->stage->other },
    { "{folder}", self->stage->folder },
    { "{guest}", self->stage->guest },
    { "{store-read}", self->stage->store_read },
    { "{store-write}", self->stage->store_write },
    { "{victim}", victim },
    { "{socket}", self->stage->socket },
    { "{port}", port },
    { "{clock}", self->stage->clock_path },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_string_replace (text, words[i][0], words[i][1], 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Does this user get real namespaces from this kernel? Asked in another way than the spawner's. */
static gboolean
namespaces_work (void)
{
  int status = 0;
  pid_t pid = fork ();

  g_assert_no_errno (pid);
  if (pid == 0)
    {
      uid_t uid = geteuid ();
      g_autofree char *map = g_strdup_printf ("0 %u 1", uid);
      int fd;

      if (unshare (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) < 0)
        _exit (1);
      fd = open ("/proc/self/uid_map", O_WRONLY);
      if (fd < 0 || write (fd, map, strlen (map)) < 0)
        _exit (2);
      _exit (mount ("none", "/tmp", "tmpfs", 0, NULL) == 0 ? 0 : 3);
    }
  waitpid (pid, &status, 0);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
test_tier (gconstpointer data)
{
  const Fixture *self = data;
  int landlock = syscall (SYS_landlock_create_ruleset, NULL, 0, 1);

  g_test_message ("tier %s, notes: %s", far_isolation_to_string (self->tier),
                  far_spawner_get_notes (self->harness->spawner));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].least > self->tier)
      g_test_message ("this tier does not hold: %s %s", rows[i].name, rows[i].argument);
  /* Whoever chose a lesser tier is told what it lacks. */
  if (self->tier < FULL)
    g_assert_nonnull (strstr (far_spawner_get_notes (self->harness->spawner),
                              far_isolation_gaps (self->tier)));
  if (self->capped)
    return;
  if (namespaces_work ())
    g_assert_cmpint (self->tier, ==, FAR_ISOLATION_FULL);
  else if (landlock >= 1)
    g_assert_cmpint (self->tier, >=, FAR_ISOLATION_FLATPAK);
}

/* In a process group of its own that is killed afterwards; as root also in namespaces of its own,
 * so that what works harms nobody. */
static gboolean
run_control (const Row  *row,
             const char *argument)
{
  int status = 0;
  pid_t pid = fork ();

  g_assert_no_errno (pid);
  if (pid == 0)
    {
      g_autoptr (GString) detail = g_string_new (NULL);

      setpgid (0, 0);
      if (geteuid () == 0)
        {
          g_assert_no_errno (unshare (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC));
          g_assert_no_errno (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
        }
      _exit (attack_run (row->name, argument, detail) ? 0 : 1);
    }
  waitpid (pid, &status, 0);
  kill (-pid, SIGKILL);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
test_controls (gconstpointer data)
{
  Fixture *self = (Fixture *) data;
  Control mine = geteuid () == 0 ? AS_ROOT : AS_USER;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *argument = fill_argument (self, rows[i].argument);

      if ((rows[i].control & mine) != 0 && !run_control (&rows[i], argument))
        g_test_fail_printf ("The attack %s %s does not even work without a sandbox", rows[i].name,
                            argument);
    }
}

static void
init_spec (Fixture         *self,
           FarSandboxSpec  *spec,
           FarSandboxStore *stores)
{
  harness_spec_init (spec, self->stage->guest);
  stores[0] = (FarSandboxStore) { "read", self->stage->store_read, "/mnt/read", FALSE };
  stores[1] = (FarSandboxStore) { "write", self->stage->store_write, "/mnt/write", TRUE };
  spec->stores = stores;
  spec->n_stores = 2;
  spec->clock_fd = self->stage->clock_fd;
}

/* Did an answer {"got","detail"} say that it worked? */
static void
check_answer (Fixture    *self,
              JsonObject *answer,
              const Row  *row,
              const char *argument)
{
  gboolean got = TRUE;
  const char *detail = "";
  const char *name = "";

  g_assert_true (far_json_get_string (answer, "name", 64, &name, NULL));
  g_assert_cmpstr (name, ==, row->name);
  g_assert_true (far_json_get_bool (answer, "got", &got, NULL));
  g_assert_true (far_json_get_string (answer, "detail", 65536, &detail, NULL));
  g_test_message ("%s %s: %s", row->name, argument, detail);
  if (got && self->tier >= row->least)
    g_test_fail_printf ("The attack %s %s worked: %s", row->name, argument, detail);
}

static void
attack_instance (Fixture        *self,
                 HarnessSandbox *sandbox,
                 HarnessSandbox *standby, /* nullable: where it is started for sandbox */
                 const Row      *row)
{
  g_autofree char *argument = fill_argument (self, row->argument);
  g_autofree char *event = g_strdup_printf ("{\"attack\":\"%s\",\"argument\":\"%s\"}", row->name,
                                            argument);
  g_autoptr (JsonNode) answer = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  HarnessInstance *instance = harness_start (standby ? standby : sandbox, 0);

  if (standby != NULL)
    harness_adopt (self->harness, instance, sandbox);
  text = harness_invoke (self->harness, instance, event, NULL);
  if (text != NULL)
    {
      answer = far_json_parse_object (text, strlen (text), FAR_JSON_SIZE_MAX, &error);
      g_assert_no_error (error);
      check_answer (self, json_node_get_object (answer), row, argument);
    }
  else if (!g_str_has_suffix (row->name, "memory"))
    g_test_fail_printf ("The attack %s %s ended its instance with status %d", row->name, argument,
                        instance->exit.wait_status);
  else
    /* To be killed for it is to fail, too. */
    g_test_message ("%s %s: the instance was killed", row->name, argument);
  if (!instance->exited)
    far_instance_kill (instance->instance);
  harness_wait (self->harness, &instance->exited, "exit");
  harness_instance_free (instance);
}

static void
attack_instances (Fixture *self,
                  Where    where)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HarnessSandbox) sandbox = NULL;
  FarSandboxStore stores[2];
  FarSandboxSpec spec;

  init_spec (self, &spec, stores);
  spec.fork_server = where == IN_INSTANCE;
  sandbox = harness_prepare (self->harness, &spec, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if ((rows[i].where & where) != 0)
      attack_instance (self, sandbox, NULL, &rows[i]);
}

/* What stood by is no weaker than what was started for its function. */
static void
test_standby (gconstpointer data)
{
  Fixture *self = (Fixture *) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HarnessSandbox) standby = NULL;
  g_autoptr (HarnessSandbox) sandbox = NULL;
  g_autofree char *program = g_build_filename (self->stage->guest, "bootstrap", NULL);
  const char *const command[] = { program, NULL };
  FarSandboxStore stores[2];
  FarSandboxSpec spec;

  if (self->tier < FULL)
    {
      g_test_skip ("Nothing stands by in lesser tiers: they cannot show it a folder later");
      return;
    }
  init_spec (self, &spec, stores);
  spec.fork_server = FALSE;
  spec.command = command;
  spec.runtime_dir = self->stage->guest;
  sandbox = harness_prepare (self->harness, &spec, &error);
  g_assert_no_error (error);
  spec.standby = TRUE;
  spec.n_stores = 0;
  spec.memory_mb = FAR_SANDBOX_MEMORY_MAX_MB;
  spec.tmp_mb = FAR_SANDBOX_TMP_MAX_MB;
  standby = harness_prepare (self->harness, &spec, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if ((rows[i].where & IN_PROGRAM) != 0)
      attack_instance (self, sandbox, standby, &rows[i]);
}

static void
test_instance (gconstpointer data)
{
  attack_instances ((Fixture *) data, IN_INSTANCE);
}

static void
test_program (gconstpointer data)
{
  attack_instances ((Fixture *) data, IN_PROGRAM);
}

static char *
constructor_variable (Fixture *self)
{
  g_autoptr (GString) text = g_string_new ("GUEST_CONSTRUCTOR=");
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *argument = fill_argument (self, rows[i].argument);

      if ((rows[i].where & IN_CONSTRUCTOR) != 0)
        g_string_append_printf (text, "%s%s=%s", n++ > 0 ? ";" : "", rows[i].name, argument);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_constructor (gconstpointer data)
{
  Fixture *self = (Fixture *) data;
  g_autofree char *variable = constructor_variable (self);
  const char *const environment[] = { variable, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (HarnessSandbox) sandbox = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) answer = NULL;
  HarnessInstance *instance;
  FarSandboxStore stores[2];
  FarSandboxSpec spec;
  guint n = 0;

  init_spec (self, &spec, stores);
  spec.environment = environment;
  sandbox = harness_prepare (self->harness, &spec, &error);
  g_assert_no_error (error);
  instance = harness_start (sandbox, 0);
  text = harness_invoke (self->harness, instance, "{\"do\":\"constructor\"}", NULL);
  g_assert_nonnull (text);
  answer = far_json_parse (text, strlen (text), FAR_JSON_SIZE_MAX, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *argument = fill_argument (self, rows[i].argument);

      if ((rows[i].where & IN_CONSTRUCTOR) != 0)
        check_answer (self, json_array_get_object_element (json_node_get_array (answer), n++),
                      &rows[i], argument);
    }
  g_assert_cmpuint (n, ==, json_array_get_length (json_node_get_array (answer)));
  far_instance_kill (instance->instance);
  harness_wait (self->harness, &instance->exited, "exit");
  harness_instance_free (instance);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  Fixture fixture = { 0 };
  gboolean as_user = FALSE;

  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    {
      if (strcmp (argv[i], "--user") == 0)
        as_user = TRUE;
      else if (g_str_has_prefix (argv[i], "--at-most="))
        {
          fixture.capped = TRUE;
          g_setenv (FAR_ENV_ISOLATION_MAX, argv[i] + strlen ("--at-most="), TRUE);
        }
    }
  fixture.stage = stage_new (as_user);
  fixture.harness = harness_new (&error);
  g_assert_no_error (error);
  fixture.tier = far_spawner_get_isolation (fixture.harness->spawner);
  g_test_add_data_func ("/attacks/tier", &fixture, test_tier);
  g_test_add_data_func ("/attacks/controls", &fixture, test_controls);
  g_test_add_data_func ("/attacks/instance", &fixture, test_instance);
  g_test_add_data_func ("/attacks/constructor", &fixture, test_constructor);
  g_test_add_data_func ("/attacks/program", &fixture, test_program);
  g_test_add_data_func ("/attacks/standby", &fixture, test_standby);
  argc = g_test_run ();
  harness_free (fixture.harness);
  stage_free (fixture.stage);
  return argc;
}
