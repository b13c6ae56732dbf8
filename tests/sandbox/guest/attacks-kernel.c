/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attacks that ask the kernel for more: mounts, namespaces, privileges, rarely watched calls.
 * Thread: any one. */
#include "attacks-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

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
be_root (const char *argument,
         GString    *detail)
{
  g_string_append_printf (detail, "uid %u gid %u", geteuid (), getegid ());
  return geteuid () == 0 || getegid () == 0;
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
  g_autofree char *path = g_strdup_printf ("/tmp/far-device-%d", getpid ());
  gboolean ok = mknod (path, S_IFBLK | 0600, 0x0800) == 0;

  verdict (ok, detail, "mknod");
  if (ok)
    unlink (path);
  return ok;
}

static gboolean
make_setuid (const char *argument,
             GString    *detail)
{
  return verdict (setxattr ("/tmp", "security.capability", "x", 1, 0) == 0, detail, "setxattr");
}

/* A file that runs as its owner outside, in one way after the other. */
static gboolean
make_set_user_id (const char *argument,
                  GString    *detail)
{
  const struct { guint64 flags, mode, resolve; } how = { O_WRONLY | O_CREAT, 04755, 0 };
  struct stat status = { 0 };
  int fd;

  for (int way = 0; way < 9; way++)
    {
      unlink (argument);
      if (way < 5)
        fd = open (argument, O_WRONLY | O_CREAT, 0755);
      else if (way == 5)
        fd = open (argument, O_WRONLY | O_CREAT, 04755);
      else if (way == 6)
        fd = syscall (SYS_openat2, AT_FDCWD, argument, &how, sizeof how);
#ifdef SYS_mknod
      else if (way == 7)
        fd = syscall (SYS_mknod, argument, S_IFREG | 06755, 0);
#endif
      else
        fd = mknodat (AT_FDCWD, argument, S_IFREG | 06755, 0);
      if (way == 0)
        chmod (argument, 04755);
      else if (way == 1)
        fchmod (fd, 02755);
      else if (way == 2)
        fchmodat (AT_FDCWD, argument, 04755, 0);
      else if (way == 3)
        syscall (SYS_fchmodat2, AT_FDCWD, argument, 04755, 0);
      else if (way == 4)
        syscall (SYS_fchmod, fd, (1ULL << 32) | 06755);
      if (fd > 0)
        close (fd);
      if (stat (argument, &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0)
        break;
    }
  unlink (argument);
  return verdict ((status.st_mode & (S_ISUID | S_ISGID)) != 0, detail, "set-user-ID");
}

/* The platform's, which all of its processes follow. */
static gboolean
move_clock (const char *argument,
            GString    *detail)
{
  const gint64 year_us = 365 * G_TIME_SPAN_DAY;
  int fd = open (argument, O_RDWR | O_CLOEXEC);
  void *page = MAP_FAILED;
  gboolean moved = fd >= 0 && (pwrite (fd, &year_us, sizeof year_us, 0) > 0 ||
                               ftruncate (fd, 0) == 0);

  if (fd >= 0)
    page = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return verdict (moved || page != MAP_FAILED, detail, "moving the clock");
}

const Attack attacks_kernel[] = {
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
  { "be-root", be_root },
  { "setuid", become_root },
  { "setresuid", change_user },
  { "capabilities", capabilities },
  { "new-privileges", new_privileges },
  { "execute", execute },
  { "terminal-input", terminal_input },
  { "sethostname", set_host_name },
  { "mknod", make_device },
  { "setxattr", make_setuid },
  { "set-user-id", make_set_user_id },
  { "move-clock", move_clock },
  { NULL, NULL },
};
