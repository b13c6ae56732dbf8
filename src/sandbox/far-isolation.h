/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tiers of isolation, and which of them this machine gives. A tier is found by building a
 * sandbox of it and looking, never by reading version numbers. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FarIsolation:
 * @FAR_ISOLATION_NONE: resource limits and no_new_privs only
 * @FAR_ISOLATION_FLATPAK: Landlock, seccomp and resource limits; one shared process space
 * @FAR_ISOLATION_FULL: namespaces, a root of its own, Landlock where the kernel has it, seccomp,
 *   resource limits, cgroup v2 where delegated
 */
typedef enum {
  FAR_ISOLATION_NONE,
  FAR_ISOLATION_FLATPAK,
  FAR_ISOLATION_FULL,
} FarIsolation;

/* "none", "flatpak", "full" */
const char *far_isolation_to_string (FarIsolation isolation);
/* What a tier does not hold against hostile code that "full" does, for people; "" for that. */
const char *far_isolation_gaps      (FarIsolation isolation);
gboolean    far_isolation_parse     (const char *text, FarIsolation *ret_isolation);

G_END_DECLS
