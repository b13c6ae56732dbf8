/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seccomp filters, compiled once and loaded often. Building one with libseccomp costs over 1 ms,
 * so the spawner compiles each profile at its start and the rest only loads BPF.
 *
 * The outer profile stands before any of the function's code runs, and is an allow list. The
 * inner one is put on top of it in each instance; it only takes away, so it is small and quick to
 * load. far-filter.c loads and needs no library; far-filter-compile.c knows libseccomp. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_FILTER_ERROR (far_filter_error_quark ())
GQuark far_filter_error_quark (void);
typedef enum {
  FAR_FILTER_ERROR_COMPILE,
  FAR_FILTER_ERROR_LOAD,
} FarFilterError;

#define FAR_FILTER_BYTES_MAX (32 * 1024) /* BPF_MAXINSNS × 8 */

/**
 * FarFilterProfile:
 * @FAR_FILTER_FORK_SERVER: a fork server of C code and what it forks: no socket, no program but
 *   its own, one way to make namespaces and one to attach /tmp
 * @FAR_FILTER_INSTANCE: on top of that, in an instance: no process, program, namespace or mount
 * @FAR_FILTER_PROGRAM: any executable of its own namespaces: TCP, threads, children
 */
typedef enum {
  FAR_FILTER_FORK_SERVER,
  FAR_FILTER_INSTANCE,
  FAR_FILTER_PROGRAM,
} FarFilterProfile;

/* The one descriptor that a fork server may be executed from: it closes at that exec, and
 * FAR_LIMIT_FDS keeps a number that high from ever being used again. */
#define FAR_FILTER_EXEC_FD 1023
#define FAR_LIMIT_FDS 1000

typedef struct {
  guint16 n_instructions;
  void   *instructions;
} FarFilter;

/* namespaces: the tier has them (FAR_FILTER_FORK_SERVER then allows the nested ones). */
FarFilter *far_filter_compile (FarFilterProfile profile, gboolean namespaces, GError **error);
FarFilter *far_filter_read    (int fd, GError **error);
gboolean   far_filter_write   (const FarFilter *filter, int fd, GError **error);
/* Binds the calling thread and what it becomes; needs no_new_privs. */
gboolean   far_filter_load    (const FarFilter *filter, GError **error);
void       far_filter_free    (FarFilter *filter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarFilter, far_filter_free)

G_END_DECLS
