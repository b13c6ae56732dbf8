/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system calls each profile may make, as tables, and their way to BPF.
 *
 * An allow list: what is not named is refused. EPERM, or ENOSYS for the calls that C libraries try
 * first and replace (clone3 hides its flags from a filter, so it must look absent). Calls for
 * another architecture kill. Not on any list, on purpose: ptrace, process_vm_*, pidfd_getfd,
 * keyctl, bpf, perf_event_open, io_uring_*, userfaultfd, mount and its kin but move_mount,
 * setns, chroot, memfd_* (memory that no limit counts), shared memory and queues of System V and
 * POSIX. Nor may a file get the set-user-ID or set-group-ID bit: what is in a store belongs to
 * the store's owner, who may be root, and outside of a sandbox the bit counts.
 *
 * Thread: any; no state. */
#include "sandbox/far-filter.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read and write what is open, memory, time, threads, signals among themselves. */
static const char *const common_calls[] = {
  "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
  "pwritev2", "close", "close_range", "lseek", "fstat", "stat", "lstat", "newfstatat", "statx",
  "access", "faccessat", "faccessat2", "getdents64", "getdents",
  "readlink", "readlinkat", "statfs", "fstatfs", "getcwd", "chdir", "fchdir", "umask", "rename",
  "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link", "linkat", "unlink", "unlinkat",
  "symlink", "symlinkat", "truncate", "ftruncate",
  "fallocate", "fadvise64", "fsync", "fdatasync", "sync_file_range", "flock", "fcntl", "utime",
  "utimes", "utimensat", "futimesat", "copy_file_range", "sendfile", "splice", "tee", "dup", "dup2",
  "dup3", "pipe", "pipe2", "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1",
  "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "timerfd_create",
  "timerfd_settime", "timerfd_gettime", "signalfd4", "inotify_init1", "inotify_add_watch",
  "inotify_rm_watch", "mprotect", "munmap", "brk", "mremap", "msync", "mincore", "madvise",
  "membarrier", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending",
  "rt_sigtimedwait", "rt_sigsuspend", "sigaltstack", "pause", "alarm", "setitimer", "getitimer",
  "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete",
  "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "times",
  "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
  "sched_get_priority_max", "sched_get_priority_min", "getcpu", "getpid", "getppid", "gettid",
  "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getpgrp",
  "getpgid", "getsid", "getrlimit", "getrusage", "getpriority", "uname", "sysinfo", "futex",
  "set_tid_address", "set_robust_list", "get_robust_list", "rseq", "arch_prctl", "exit",
  "exit_group", "restart_syscall", "wait4", "waitid", "getrandom", "sendto",
  "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown", "getsockname",
  "getpeername", "getsockopt", "setsockopt", "fork", "vfork", "capget",
};

/* What a fork server does to make an instance; the instance profile takes it away. */
static const char *const fork_server_calls[] = {
  "capset", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
  "pidfd_open", "seccomp",
};

/* What interpreters and foreign runtimes need besides. */
static const char *const program_calls[] = {
  "connect", "bind", "listen", "accept", "accept4", "execve", "execveat", "setpgid",
  "setsid", "ioctl", "mlock", "munlock", "mlock2", "setpriority", "sched_setaffinity",
  "sched_setscheduler", "sched_setparam", "sched_setattr", "sched_getattr", "ioprio_get",
  "chown", "fchown", "lchown", "fchownat", "getxattr", "lgetxattr", "fgetxattr",
  "listxattr", "llistxattr", "flistxattr", "setrlimit", "pkey_alloc", "pkey_free",
  "pkey_mprotect", "signalfd", "inotify_init", "readahead", "rt_sigqueueinfo",
  "rt_tgsigqueueinfo", "kill", "tkill", "tgkill", "pidfd_open", "pidfd_send_signal", "seccomp",
  "mmap", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "capset",
};

/* What an instance loses. */
static const char *const instance_losses[] = {
  "fork", "vfork", "unshare", "move_mount", "execve", "execveat", "capset", "seccomp",
  "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "pidfd_open",
};

static const guint32 prctl_options[] = {
  PR_SET_NAME, PR_GET_NAME, PR_SET_DUMPABLE, PR_GET_DUMPABLE, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG,
  PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_GET_SECCOMP, PR_CAPBSET_READ,
  PR_SET_VMA, PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_SET_THP_DISABLE, PR_GET_THP_DISABLE,
};

static const guint32 ioctl_requests[] = { TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX,
                                          FIONCLEX };

#define NAMESPACE_FLAGS \
  (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | \
   CLONE_NEWCGROUP | 0x00000080 /* CLONE_NEWTIME */)
#define NESTED_FLAGS (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC)
#define LOW32 G_GUINT64_CONSTANT (0xffffffff)

/* A call that this architecture does not have is no error. */
static int
call_number (const char *name)
{
  int number = seccomp_syscall_resolve_name (name);

  return number == __NR_SCMP_ERROR ? -1 : number;
}

static int
add_names (scmp_filter_ctx    context,
           guint32            action,
           const char *const *names,
           gsize              n_names)
{
  int status = 0;

  for (gsize i = 0; i < n_names && status == 0; i++)
    if (call_number (names[i]) >= 0)
      status = seccomp_rule_add (context, action, call_number (names[i]), 0);
  return status;
}

/* The kernel looks at the low 32 bits of an int argument only, and so must the filter. */
static int
add_values (scmp_filter_ctx context,
            const char     *name,
            guint           argument,
            const guint32  *values,
            gsize           n_values)
{
  int status = 0;

  for (gsize i = 0; i < n_values && status == 0; i++)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, call_number (name), 1,
                               SCMP_CMP (argument, SCMP_CMP_MASKED_EQ, LOW32, values[i]));
  return status;
}

/* Calls that give a file its mode, and which argument it is. Of openat2 a filter sees no mode. */
static int
add_mode_rules (scmp_filter_ctx context)
{
  static const struct {
    const char *name;
    guint       mode;
    gboolean    opens; /* the argument before it are flags: without those that make a file there is
                          no mode */
  } calls[] = {
    { "chmod", 1, FALSE }, { "fchmod", 1, FALSE }, { "fchmodat", 2, FALSE },
    { "fchmodat2", 2, FALSE }, { "open", 2, TRUE }, { "openat", 3, TRUE },
  };
  int status = seccomp_rule_add (context, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (openat2), 0);

  for (gsize i = 0; i < G_N_ELEMENTS (calls) && status == 0; i++)
    {
      if (call_number (calls[i].name) < 0)
        continue;
      status = seccomp_rule_add (context, SCMP_ACT_ALLOW, call_number (calls[i].name), 1,
                                 SCMP_CMP (calls[i].mode, SCMP_CMP_MASKED_EQ, S_ISUID | S_ISGID,
                                           0));
      if (status == 0 && calls[i].opens)
        status = seccomp_rule_add (context, SCMP_ACT_ALLOW, call_number (calls[i].name), 1,
                                   SCMP_CMP (calls[i].mode - 1, SCMP_CMP_MASKED_EQ,
                                             O_CREAT | (O_TMPFILE & ~O_DIRECTORY), 0));
    }
  return status;
}

static int
add_shared_rules (scmp_filter_ctx context)
{
  static const guint32 unix_only[] = { AF_UNIX };
  int status;

  status = seccomp_rule_add (context, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0);
  if (status == 0)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, SCMP_SYS (clone), 1,
                               SCMP_CMP (0, SCMP_CMP_MASKED_EQ, NAMESPACE_FLAGS, 0));
  if (status == 0)
    status = add_values (context, "prctl", 0, prctl_options, G_N_ELEMENTS (prctl_options));
  if (status == 0)
    status = add_values (context, "socketpair", 0, unix_only, 1);
  /* Limits of oneself only; raising them is up to the kernel. */
  if (status == 0)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, SCMP_SYS (prlimit64), 1,
                               SCMP_CMP (0, SCMP_CMP_MASKED_EQ, LOW32, 0));
  return status;
}

/* Signals to any process but the first of its namespace, which is its keeper: Landlock keeps those
 * in only from Linux 6.12 on. Not 1 is 0, or any higher bit. */
static int
add_signal_rules (scmp_filter_ctx context)
{
  static const int calls[] = { SCMP_SYS (kill), SCMP_SYS (tgkill) };
  int status = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (calls) && status == 0; i++)
    {
      status = seccomp_rule_add (context, SCMP_ACT_ALLOW, calls[i], 1,
                                 SCMP_CMP (0, SCMP_CMP_MASKED_EQ, LOW32, 0));
      for (guint bit = 1; bit < 32 && status == 0; bit++)
        status = seccomp_rule_add (context, SCMP_ACT_ALLOW, calls[i], 1,
                                   SCMP_CMP (0, SCMP_CMP_MASKED_EQ, 1u << bit, 1u << bit));
    }
  return status;
}

static int
add_fork_server_rules (scmp_filter_ctx context,
                       gboolean        namespaces)
{
  int status;

  status = add_names (context, SCMP_ACT_ALLOW, fork_server_calls,
                      G_N_ELEMENTS (fork_server_calls));
  if (status == 0)
    status = add_signal_rules (context);
  if (status == 0)
    status = add_values (context, "ioctl", 1, ioctl_requests, G_N_ELEMENTS (ioctl_requests));
  /* Anonymous shared memory is counted by no limit; files have that of their file system. */
  if (status == 0)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1,
                               SCMP_CMP (3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0));
  if (status == 0)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1,
                               SCMP_CMP (3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS | MAP_TYPE,
                                         MAP_ANONYMOUS | MAP_PRIVATE));
  if (status == 0)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, SCMP_SYS (execveat), 2,
                               SCMP_CMP (0, SCMP_CMP_MASKED_EQ, LOW32, FAR_FILTER_EXEC_FD),
                               SCMP_CMP (4, SCMP_CMP_MASKED_EQ, LOW32, AT_EMPTY_PATH));
  if (status == 0 && namespaces)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, SCMP_SYS (unshare), 1,
                               SCMP_CMP (0, SCMP_CMP_EQ, NESTED_FLAGS));
  if (status == 0 && namespaces)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, call_number ("move_mount"), 1,
                               SCMP_CMP (4, SCMP_CMP_EQ, MOVE_MOUNT_F_EMPTY_PATH));
  return status;
}

static int
add_program_rules (scmp_filter_ctx context)
{
  static const guint32 families[] = { AF_UNIX, AF_INET, AF_INET6 };
  int status;

  status = add_names (context, SCMP_ACT_ALLOW, program_calls, G_N_ELEMENTS (program_calls));
  if (status == 0 && call_number ("mknod") >= 0)
    status = seccomp_rule_add (context, SCMP_ACT_ALLOW, SCMP_SYS (mknod), 1,
                               SCMP_CMP (1, SCMP_CMP_MASKED_EQ, S_ISUID | S_ISGID, 0));
  return status == 0 ? add_values (context, "socket", 0, families, G_N_ELEMENTS (families))
                     : status;
}

static int
add_instance_rules (scmp_filter_ctx context)
{
  int status;

  status = add_names (context, SCMP_ACT_ERRNO (EPERM), instance_losses,
                      G_N_ELEMENTS (instance_losses));
  if (status == 0)
    status = seccomp_rule_add (context, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                               SCMP_CMP (0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  return status;
}

static int
add_rules (scmp_filter_ctx  context,
           FarFilterProfile profile,
           gboolean         namespaces)
{
  int status;

  if (profile == FAR_FILTER_INSTANCE)
    return add_instance_rules (context);

  status = add_names (context, SCMP_ACT_ALLOW, common_calls, G_N_ELEMENTS (common_calls));
  if (status == 0)
    status = add_mode_rules (context);
  if (status == 0)
    status = add_shared_rules (context);
  if (status == 0 && profile == FAR_FILTER_FORK_SERVER)
    status = add_fork_server_rules (context, namespaces);
  else if (status == 0)
    status = add_program_rules (context);
  return status;
}

static FarFilter *
export_filter (scmp_filter_ctx context,
               GError        **error)
{
  int fd = memfd_create ("filter", MFD_CLOEXEC);
  int status = fd < 0 ? -errno : seccomp_export_bpf (context, fd);
  FarFilter *filter = NULL;

  if (status < 0)
    g_set_error (error, FAR_FILTER_ERROR, FAR_FILTER_ERROR_COMPILE,
                 "Cannot export the system call filter: %s", g_strerror (-status));
  else
    filter = far_filter_read (fd, error);
  if (fd >= 0)
    close (fd);
  return filter;
}

FarFilter *
far_filter_compile (FarFilterProfile profile,
                    gboolean         namespaces,
                    GError         **error)
{
  guint32 others = profile == FAR_FILTER_INSTANCE ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO (EPERM);
  scmp_filter_ctx context;
  FarFilter *filter = NULL;
  int status;

  context = seccomp_init (others);
  status = context == NULL ? -ENOMEM
                           : seccomp_attr_set (context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (status == 0)
    status = add_rules (context, profile, namespaces);
  if (status == 0)
    filter = export_filter (context, error);
  else
    g_set_error (error, FAR_FILTER_ERROR, FAR_FILTER_ERROR_COMPILE,
                 "Cannot compile the system call filter: %s", g_strerror (-status));
  if (context)
    seccomp_release (context);
  return filter;
}
