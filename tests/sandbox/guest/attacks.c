/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The attacks, one function each: TRUE means that it worked. Thread: any one. */
#include "attacks.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_MAX 20000
#define MIB (1 << 20)

static gboolean
verdict (gboolean    got_through,
         GString    *detail,
         const char *what)
{
  g_string_append_printf (detail, "%s: %s", what,
                          got_through ? "worked" : g_strerror (errno));
  return got_through;
}

static int
number (const char *argument)
{
  return g_ascii_strtoll (argument, NULL, 10);
}

static gboolean
read_file (const char *path,
           GString    *detail)
{
  char text[256];
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize n_bytes = fd >= 0 ? read (fd, text, sizeof text) : -1;

  verdict (n_bytes > 0, detail, path);
  if (fd >= 0)
    close (fd);
  return n_bytes > 0;
}

/* Other entries than . and .. */
static gboolean
list_folder (const char *path,
             GString    *detail)
{
  DIR *folder = opendir (path);
  struct dirent *entry;
  guint n = 0;

  while (folder != NULL && (entry = readdir (folder)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      {
        g_string_append_printf (detail, "%s ", entry->d_name);
        n++;
      }
  if (folder != NULL)
    closedir (folder);
  return n > 0;
}

static gboolean
write_file (const char *path,
            GString    *detail)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  gboolean ok = fd >= 0 && write (fd, "x", 1) == 1;

  verdict (ok, detail, path);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* A process that is neither oneself nor named as allowed. */
static gboolean
see_processes (const char *argument,
               GString    *detail)
{
  DIR *folder = opendir ("/proc");
  struct dirent *entry;
  char self[32] = "";
  gboolean seen = FALSE;

  if (readlink ("/proc/self", self, sizeof self - 1) < 0)
    self[0] = '\0';
  while (folder != NULL && (entry = readdir (folder)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]) && strcmp (entry->d_name, self) != 0)
      {
        g_string_append_printf (detail, "%s ", entry->d_name);
        seen = TRUE;
      }
  if (folder != NULL)
    closedir (folder);
  return seen;
}

static gboolean
signal_process (const char *argument,
                GString    *detail)
{
  return verdict (kill (number (argument), 0) == 0, detail, "kill");
}

static gboolean
trace_process (const char *argument,
               GString    *detail)
{
  gboolean ok = ptrace (PTRACE_SEIZE, number (argument), NULL, NULL) == 0;

  verdict (ok, detail, "ptrace");
  if (ok)
    ptrace (PTRACE_DETACH, number (argument), NULL, NULL);
  return ok;
}

static gboolean
trace_me (const char *argument,
          GString    *detail)
{
  return verdict (ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0, detail, "ptrace");
}

static gboolean
read_memory (const char *argument,
             GString    *detail)
{
  static char here[16];
  struct iovec vector = { here, sizeof here };

  return verdict (process_vm_readv (number (argument), &vector, 1, &vector, 1, 0) > 0, detail,
                  "process_vm_readv");
}

static gboolean
open_socket (int         family,
             int         type,
             int         protocol,
             GString    *detail)
{
  int fd = socket (family, type, protocol);

  verdict (fd >= 0, detail, "socket");
  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static gboolean
socket_inet (const char *argument,
             GString    *detail)
{
  return open_socket (AF_INET, SOCK_STREAM, 0, detail);
}

static gboolean
socket_udp (const char *argument,
            GString    *detail)
{
  return open_socket (AF_INET6, SOCK_DGRAM, 0, detail);
}

static gboolean
socket_netlink (const char *argument,
                GString    *detail)
{
  return open_socket (AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, detail);
}

static gboolean
connect_unix (const char *argument,
              GString    *detail)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  gboolean ok;

  g_strlcpy (address.sun_path, argument, sizeof address.sun_path);
  ok = fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  verdict (ok, detail, "connect");
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
connect_abstract (const char *argument,
                  GString    *detail)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  gboolean ok;

  g_strlcpy (address.sun_path + 1, argument, sizeof address.sun_path - 1);
  ok = fd >= 0 && connect (fd, (struct sockaddr *) &address,
                           G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 +
                           strlen (argument)) == 0;
  verdict (ok, detail, "connect");
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
connect_tcp (const char *argument,
             GString    *detail)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (number (argument)),
    .sin_addr = { htonl (INADDR_LOOPBACK) },
  };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  gboolean ok = fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0;

  verdict (ok, detail, "connect");
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
mount_tmpfs (const char *argument,
             GString    *detail)
{
  return verdict (mount ("none", "/tmp", "tmpfs", 0, NULL) == 0, detail, "mount");
}

static gboolean
new_mount (const char *argument,
           GString    *detail)
{
  return verdict (fsopen ("tmpfs", 0) >= 0, detail, "fsopen");
}

static gboolean
remount (const char *argument,
         GString    *detail)
{
  return verdict (mount (NULL, argument, NULL, MS_REMOUNT | MS_BIND, NULL) == 0, detail,
                  "remount");
}

static gboolean
unmount (const char *argument,
         GString    *detail)
{
  return verdict (umount2 (argument, MNT_DETACH) == 0, detail, "umount2");
}

static gboolean
change_root (const char *argument,
             GString    *detail)
{
  return verdict (chroot ("/tmp") == 0, detail, "chroot");
}

/* In a child, so that a control does not change the test itself. */
static gboolean
unshare_flags (int         flags,
               GString    *detail)
{
  int status = 0;
  pid_t pid = fork ();

  if (pid == 0)
    _exit (unshare (flags) == 0 ? 0 : errno);
  if (pid < 0)
    {
      status = unshare (flags);
      return verdict (status == 0, detail, "unshare");
    }
  waitpid (pid, &status, 0);
  errno = WEXITSTATUS (status);
  return verdict (WIFEXITED (status) && errno == 0, detail, "unshare");
}

static gboolean
unshare_user (const char *argument,
              GString    *detail)
{
  return unshare_flags (CLONE_NEWUSER, detail);
}

static gboolean
unshare_net (const char *argument,
             GString    *detail)
{
  return unshare_flags (CLONE_NEWUSER | CLONE_NEWNET, detail);
}

static gboolean
join_namespace (const char *argument,
                GString    *detail)
{
  int fd = open ("/proc/self/ns/user", O_RDONLY);

  /* One's own is refused with EINVAL by a kernel that lets the call through. */
  if (setns (fd, CLONE_NEWUSER) < 0 && errno == EINVAL && fd >= 0)
    errno = 0;
  return verdict (errno == 0, detail, "setns");
}

static gboolean
keys (const char *argument,
      GString    *detail)
{
  return verdict (syscall (SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1) >= 0,
                  detail, "keyctl");
}

static gboolean
bpf_program (const char *argument,
             GString    *detail)
{
  /* BPF_MAP_CREATE with nonsense: EINVAL means that the call is reachable. */
  char attributes[128] = { 0 };
  long status = syscall (SYS_bpf, 0, attributes, sizeof attributes);

  return verdict (status >= 0 || errno == EINVAL, detail, "bpf");
}

static gboolean
uring (const char *argument,
       GString    *detail)
{
  char parameters[256] = { 0 };

  return verdict (syscall (SYS_io_uring_setup, 4, parameters) >= 0, detail, "io_uring_setup");
}

static gboolean
fault_handler (const char *argument,
               GString    *detail)
{
  return verdict (syscall (SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */) >= 0, detail,
                  "userfaultfd");
}

static gboolean
memory_file (const char *argument,
             GString    *detail)
{
  return verdict (memfd_create ("x", 0) >= 0, detail, "memfd_create");
}

static gboolean
shared_memory (const char *argument,
               GString    *detail)
{
  int id = shmget (IPC_PRIVATE, 4096, IPC_CREAT | 0600);

  verdict (id >= 0, detail, "shmget");
  if (id >= 0)
    shmctl (id, IPC_RMID, NULL);
  return id >= 0;
}

static gboolean
shared_anonymous (const char *argument,
                  GString    *detail)
{
  return verdict (mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
                    MAP_FAILED, detail, "mmap");
}

static gboolean
become_root (const char *argument,
             GString    *detail)
{
  return verdict (setuid (0) == 0, detail, "setuid");
}

static gboolean
change_user (const char *argument,
             GString    *detail)
{
  return verdict (setresuid (1, 1, 1) == 0, detail, "setresuid");
}

static gboolean
capabilities (const char *argument,
              GString    *detail)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

  if (syscall (SYS_capget, &header, sets) < 0)
    return verdict (FALSE, detail, "capget");
  g_string_append_printf (detail, "effective %08x%08x permitted %08x%08x", sets[1].effective,
                          sets[0].effective, sets[1].permitted, sets[0].permitted);
  return (sets[0].effective | sets[1].effective | sets[0].permitted | sets[1].permitted) != 0;
}

static gboolean
new_privileges (const char *argument,
                GString    *detail)
{
  return verdict (prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0, detail, "no_new_privs is off");
}

static gboolean
execute (const char *argument,
         GString    *detail)
{
  char *argv[] = { (char *) argument, NULL };
  char *none[] = { NULL };
  int status = 0;
  pid_t pid = fork ();

  if (pid == 0)
    {
      execve (argument, argv, none);
      _exit (errno);
    }
  if (pid < 0)
    {
      execve (argument, argv, none);
      return verdict (FALSE, detail, "execve");
    }
  waitpid (pid, &status, 0);
  errno = WEXITSTATUS (status);
  return verdict (WIFEXITED (status) && errno == 0, detail, argument);
}

static gboolean
fork_once (const char *argument,
           GString    *detail)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  return verdict (pid > 0, detail, "fork");
}

/* How many processes at a time? More than argument is too many. */
static gboolean
fork_bomb (const char *argument,
           GString    *detail)
{
  int allowed = number (argument);
  int n = 0;
  pid_t pid = 0;

  while (n <= allowed && (pid = fork ()) > 0)
    n++;
  if (pid == 0 && n <= allowed)
    for (;;)
      pause ();
  g_string_append_printf (detail, "%d processes", n);
  return n > allowed;
}

static void *
idle_thread (void *data)
{
  for (;;)
    pause ();
  return NULL;
}

static gboolean
thread_bomb (const char *argument,
             GString    *detail)
{
  int allowed = number (argument);
  int n = 0;
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, 64 * 1024);
  while (n <= allowed && pthread_create (&thread, &attributes, idle_thread, NULL) == 0)
    n++;
  g_string_append_printf (detail, "%d threads", n);
  return n > allowed;
}

static gboolean
descriptors (const char *argument,
             GString    *detail)
{
  int allowed = number (argument);
  int n = 0;

  while (n <= allowed && open ("/dev/null", O_RDONLY) >= 0)
    n++;
  g_string_append_printf (detail, "%d descriptors", n);
  for (int fd = 3; fd < allowed + 64; fd++)
    if (n > allowed)
      close (fd);
  return n > allowed;
}

/* Allocates and touches, in MiB; more than argument is too much. */
static gboolean
memory (const char *argument,
        GString    *detail)
{
  int allowed = number (argument);
  int n = 0;

  while (n <= allowed)
    {
      char *block = mmap (NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      if (block == MAP_FAILED)
        break;
      memset (block, 1, MIB);
      n++;
    }
  g_string_append_printf (detail, "%d MiB", n);
  return n > allowed;
}

static gboolean
disk (const char *argument,
      GString    *detail)
{
  g_autofree char *block = g_malloc0 (MIB);
  int allowed = number (argument);
  int n = 0;
  int fd = -1;

  /* Several files, so that no limit of one file hides that of the disk. */
  while (n <= allowed)
    {
      if (n % 8 == 0)
        {
          g_autofree char *path = g_strdup_printf ("/tmp/far-disk-%d-%d", getpid (), n);

          if (fd >= 0)
            close (fd);
          fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
          unlink (path);
        }
      if (fd < 0 || write (fd, block, MIB) != MIB)
        break;
      n++;
      if (n % 8 == 0)
        fd = dup (fd); /* keeps the unlinked file and its blocks */
    }
  g_string_append_printf (detail, "%d MiB", n);
  return n > allowed;
}

static gboolean
inodes (const char *argument,
        GString    *detail)
{
  int allowed = number (argument);
  int n = 0;

  for (; n <= allowed; n++)
    {
      g_autofree char *path = g_strdup_printf ("/tmp/far-inode-%d-%d", getpid (), n);
      int fd = open (path, O_WRONLY | O_CREAT, 0600);

      if (fd < 0)
        break;
      close (fd);
    }
  g_string_append_printf (detail, "%d files", n);
  for (int i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/tmp/far-inode-%d-%d", getpid (), i);

      unlink (path);
    }
  return n > allowed;
}

static gboolean
terminal_input (const char *argument,
                GString    *detail)
{
  int fd = open ("/dev/tty", O_RDWR);

  return verdict (fd >= 0 && ioctl (fd, TIOCSTI, "x") == 0, detail, "TIOCSTI");
}

static gboolean
set_host_name (const char *argument,
               GString    *detail)
{
  return verdict (sethostname ("owned", 5) == 0, detail, "sethostname");
}

static gboolean
make_device (const char *argument,
             GString    *detail)
{
  return verdict (mknod ("/tmp/device", S_IFBLK | 0600, 0x0800) == 0, detail, "mknod");
}

static gboolean
make_setuid (const char *argument,
             GString    *detail)
{
  return verdict (setxattr ("/tmp", "security.capability", "x", 1, 0) == 0, detail, "setxattr");
}

static const struct {
  const char *name;
  gboolean  (*run) (const char *argument, GString *detail);
} attacks[] = {
  { "read", read_file },
  { "list", list_folder },
  { "write", write_file },
  { "see-processes", see_processes },
  { "signal", signal_process },
  { "trace", trace_process },
  { "trace-me", trace_me },
  { "read-memory", read_memory },
  { "socket-inet", socket_inet },
  { "socket-udp", socket_udp },
  { "socket-netlink", socket_netlink },
  { "connect-unix", connect_unix },
  { "connect-abstract", connect_abstract },
  { "connect-tcp", connect_tcp },
  { "mount", mount_tmpfs },
  { "fsopen", new_mount },
  { "remount", remount },
  { "unmount", unmount },
  { "chroot", change_root },
  { "unshare-user", unshare_user },
  { "unshare-net", unshare_net },
  { "setns", join_namespace },
  { "keyctl", keys },
  { "bpf", bpf_program },
  { "io-uring", uring },
  { "userfaultfd", fault_handler },
  { "memfd", memory_file },
  { "shm", shared_memory },
  { "shared-anonymous", shared_anonymous },
  { "setuid", become_root },
  { "setresuid", change_user },
  { "capabilities", capabilities },
  { "new-privileges", new_privileges },
  { "execute", execute },
  { "fork", fork_once },
  { "fork-bomb", fork_bomb },
  { "thread-bomb", thread_bomb },
  { "descriptors", descriptors },
  { "memory", memory },
  { "disk", disk },
  { "inodes", inodes },
  { "terminal-input", terminal_input },
  { "sethostname", set_host_name },
  { "mknod", make_device },
  { "setxattr", make_setuid },
};

gboolean
attack_run (const char *name,
            const char *argument,
            GString    *detail)
{
  for (guint i = 0; i < G_N_ELEMENTS (attacks); i++)
    if (strcmp (attacks[i].name, name) == 0)
      {
        errno = 0;
        return attacks[i].run (argument, detail);
      }
  g_error ("No attack is called %s", name);
}
