/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control groups (version 2), where one is delegated to us: a group for each sandbox, with its
 * memory, processes and share of the processors. */
#pragma once

#include "sandbox/far-plan.h"

G_BEGIN_DECLS

/* A delegated group that is not the process's own; for service managers, and tests. */
#define FAR_ENV_CGROUP "FARTHING_CGROUP"
/* Lambda: so much memory comes with one whole processor. */
#define CGROUP_MB_PER_CPU 1769

typedef struct {
  char *root; /* NULL: none is delegated */
} SpawnerCgroup;

/**
 * cgroup_open:
 *
 * Finds the group that is ours and lets it have children. What is in it (the platform and this
 * process) moves to a child of its own, since a group with controllers holds no processes itself.
 *
 * Returns: (transfer full) (nullable): what is not limited by groups, and why, for people
 */
char    *cgroup_open   (SpawnerCgroup *self);
/* Makes or changes the group of that name, "s1-2", to what the plan grants. */
gboolean cgroup_limit  (const SpawnerCgroup *self, const char *name, const FarPlan *plan);
/* Of a fork server's group, whose instances have a share each. Returns: a descriptor, or -1 */
int      cgroup_open_weight (const SpawnerCgroup *self, const char *name);
void     cgroup_set_weight  (int fd, const FarPlan *plan, guint n_instances);
/* Of a program's group: what became of its memory. Returns: a descriptor, or -1 */
int      cgroup_open_events (const SpawnerCgroup *self, const char *name);
/* Has the kernel killed one of its processes for want of memory? */
gboolean cgroup_ran_out     (int fd);
/* Moves the calling process there; what it forks is born there. */
gboolean cgroup_enter  (const SpawnerCgroup *self, const char *name);
/* Removes those groups that nobody is in any more. */
void     cgroup_sweep  (const SpawnerCgroup *self);

G_END_DECLS
