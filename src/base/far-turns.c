/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The call sched_setattr(2), for which the C library has no function before 2.41. */
#include "base/far-turns.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLICE_NS 100000
#define LEAST_SHARE 19 /* nice */
#define RESET_ON_FORK 1 /* SCHED_FLAG_RESET_ON_FORK */

/* The kernel's struct sched_attr in its first size, whose header cannot stand beside the C
 * library's. */
typedef struct {
  guint32 size;
  guint32 policy;
  guint64 flags;
  gint32  nice;
  guint32 priority;
  guint64 runtime_ns;
  guint64 deadline_ns;
  guint64 period_ns;
} SchedAttr;

G_STATIC_ASSERT (sizeof (SchedAttr) == 48);

/* Of the calling thread. FALSE where it is forbidden. */
static gboolean
set_attr (guint32 policy, int nice, guint64 runtime_ns)
{
  SchedAttr attr = { .size = sizeof attr, .policy = policy, .flags = RESET_ON_FORK, .nice = nice,
                     .runtime_ns = runtime_ns };

  return syscall (SYS_sched_setattr, 0, &attr, 0) == 0;
}

void
far_turns_make_short (int nice)
{
  if (!set_attr (SCHED_OTHER, nice, SLICE_NS))
    setpriority (PRIO_PROCESS, 0, nice);
}

void
far_turns_make_patient (void)
{
  if (!set_attr (SCHED_IDLE, 0, 0))
    setpriority (PRIO_PROCESS, 0, LEAST_SHARE);
}
