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
 * library's. Policy 0 is SCHED_OTHER. */
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

void
far_turns_make_short (int nice)
{
  SchedAttr attr = { .size = sizeof attr, .flags = RESET_ON_FORK, .nice = nice,
                     .runtime_ns = SLICE_NS };

  if (syscall (SYS_sched_setattr, 0, &attr, 0) != 0)
    setpriority (PRIO_PROCESS, 0, nice);
}

void
far_turns_make_patient (void)
{
  const struct sched_param none = { 0 };

  if (sched_setscheduler (0, SCHED_IDLE | SCHED_RESET_ON_FORK, &none) != 0)
    setpriority (PRIO_PROCESS, 0, LEAST_SHARE);
}
