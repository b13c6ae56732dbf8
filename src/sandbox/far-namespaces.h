/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way into a sandbox's own namespaces, the same for root and for ordinary users: all of it
 * belongs to a user namespace that maps one inside id to one unprivileged id outside. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define FAR_NAMESPACES_ERROR (far_namespaces_error_quark ())
GQuark far_namespaces_error_quark (void);
typedef enum {
  FAR_NAMESPACES_ERROR_UNSHARE,
  FAR_NAMESPACES_ERROR_MAP,
} FarNamespacesError;

/* As on Lambda. */
#define FAR_NAMESPACES_UID 993
#define FAR_NAMESPACES_GID 990

typedef struct {
  uid_t    uid;        /* outside */
  gid_t    gid;
  gboolean privileged; /* root gives these ids away; else they are the caller's own */
} FarIdentity;

/* Identity number slot of this machine: as root an unprivileged one of its own, else oneself. */
void     far_identity_init    (FarIdentity *identity, guint slot);

/**
 * far_namespaces_enter:
 *
 * Makes user, mount, pid, ipc, uts, network and cgroup namespaces and goes on, as process 1 of
 * them, in a child of the caller's parent: the calling process ends. The child has every
 * capability within, none outside, and dies with its parent. Single-threaded callers only.
 * shared_pid: (nullable): on a page that the parent shares; the child's number there, before the
 * caller ends.
 *
 * Returns: TRUE in process 1; FALSE in the caller, which then still lives.
 */
gboolean far_namespaces_enter (const FarIdentity *identity, int *shared_pid, GError **error);
/* Waits until the parent, whose pidfd this is, has ended, closes it, and asks to be killed with the
 * process that has become the parent then. (Asked for earlier, it would fire at that very end.) */
void     far_namespaces_await_adoption (int pidfd);
/* Brings the loopback interface of the current network namespace up. */
gboolean far_namespaces_loopback_up (GError **error);
/* A user namespace that shows files of an owner as those of an identity, for idmapped mounts.
 * Root only. Returns: a descriptor, or -1. */
int      far_namespaces_open_mapping (uid_t owner, gid_t group, const FarIdentity *identity,
                                      GError **error);

G_END_DECLS
