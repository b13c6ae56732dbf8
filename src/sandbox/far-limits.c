/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resource limits and the way down from privilege.
 *
 * RLIMIT_DATA stops a memory hog at the very allocation, which polling misses. It is not set in
 * builds with AddressSanitizer, whose shadow is terabytes of private mappings. Thread: any. */
#include "sandbox/far-limits.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/far-filter.h"

G_DEFINE_QUARK (far-limits-error-quark, far_limits_error)

#define MIB (G_GUINT64_CONSTANT (1) << 20)

static gboolean
fail (GError    **error,
      const char *what)
{
  g_set_error (error, FAR_LIMITS_ERROR, FAR_LIMITS_ERROR_SET, "Cannot set %s: %s", what,
               g_strerror (errno));
  return FALSE;
}

/* Never above what this process may have. */
static gboolean
set_limit (int         resource,
           guint64     value,
           const char *name,
           GError    **error)
{
  struct rlimit now;
  struct rlimit limit;

  if (getrlimit (resource, &now) < 0)
    return fail (error, name);
  limit.rlim_cur = limit.rlim_max = MIN ((rlim_t) value, now.rlim_max);
  if (setrlimit (resource, &limit) < 0)
    return fail (error, name);
  return TRUE;
}

#ifndef __SANITIZE_ADDRESS__
static guint64
data_limit (const FarLimits *limits)
{
  guint64 data = limits->memory_mb * MIB;

  return limits->program ? data * FAR_LIMITS_PROGRAM_FACTOR : data + FAR_LIMITS_HEADROOM_MB * MIB;
}
#endif

gboolean
far_limits_lower (pid_t            pid,
                  const FarLimits *limits,
                  GError         **error)
{
  struct rlimit file = { limits->file_mb * MIB, limits->file_mb * MIB };
#ifndef __SANITIZE_ADDRESS__
  struct rlimit data = { data_limit (limits), data_limit (limits) };

  if (prlimit (pid, RLIMIT_DATA, &data, NULL) < 0)
    return fail (error, "the memory limit");
#endif
  return prlimit (pid, RLIMIT_FSIZE, &file, NULL) == 0 || fail (error, "the file size");
}

gboolean
far_limits_apply (const FarLimits *limits,
                  GError         **error)
{
  g_return_val_if_fail (limits->memory_mb > 0, FALSE);

#ifndef __SANITIZE_ADDRESS__
  if (!set_limit (RLIMIT_DATA, data_limit (limits), "the memory limit", error))
    return FALSE;
#endif
  if (limits->processes > 0 &&
      !set_limit (RLIMIT_NPROC, limits->processes, "the process limit", error))
    return FALSE;
  return set_limit (RLIMIT_CORE, 0, "the core size", error) &&
         set_limit (RLIMIT_FSIZE, limits->file_mb * MIB, "the file size", error) &&
         set_limit (RLIMIT_NOFILE, FAR_LIMIT_FDS, "the descriptor limit", error) &&
         set_limit (RLIMIT_STACK, 8 * MIB, "the stack size", error) &&
         set_limit (RLIMIT_MEMLOCK, 64 * 1024, "the locked memory", error) &&
         set_limit (RLIMIT_MSGQUEUE, 0, "the message queues", error) &&
         set_limit (RLIMIT_SIGPENDING, 256, "the pending signals", error) &&
         set_limit (RLIMIT_RTPRIO, 0, "the realtime priority", error) &&
         set_limit (RLIMIT_NICE, 0, "the priority", error);
}

gboolean
far_limits_drop_capabilities (GError **error)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

  return syscall (SYS_capset, &header, none) == 0 || fail (error, "the empty capability sets");
}

gboolean
far_limits_drop_privileges (GError **error)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return fail (error, "no_new_privs");
  /* Both need CAP_SETPCAP and are only a second lock behind no_new_privs. */
  for (int cap = 0; prctl (PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
    prctl (PR_CAPBSET_DROP, cap, 0, 0, 0);
  prctl (PR_SET_SECUREBITS, SECURE_ALL_BITS | SECURE_ALL_LOCKS, 0, 0, 0);
  prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return far_limits_drop_capabilities (error);
}
