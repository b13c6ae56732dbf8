/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file system a function sees: a read-only root of its own with the machine's programs and
 * libraries, its code, its stores, a private /tmp, five devices, and a /proc of its own. */
#pragma once

#include <glib.h>

#include "sandbox/far-namespaces.h"
#include "sandbox/far-plan.h"

G_BEGIN_DECLS

#define FAR_ROOT_ERROR (far_root_error_quark ())
GQuark far_root_error_quark (void);
typedef enum {
  FAR_ROOT_ERROR_OPEN,  /* code or a store is not there */
  FAR_ROOT_ERROR_MOUNT,
} FarRootError;

/* Detached copies of what the plan grants; -1 = not opened yet, or not there. */
typedef struct {
  int code;
  int runtime;
  int lang;
  int stores[FAR_PLAN_STORES_MAX];
  gboolean opened;
} FarRootTrees;

/* As root, opens what the plan grants before its rights are gone, owned by the identity inside.
 * Otherwise does nothing: far_root_build() opens it within the user's own rights. */
gboolean far_root_open_trees  (const FarPlan *plan, const FarIdentity *identity,
                               FarRootTrees *ret_trees, GError **error);
/* The same in a short-lived process of the user's, for a sandbox that stands by: joins its user
 * namespace (a descriptor) with the machine's mounts in view, and opens. */
gboolean far_root_open_trees_for (const FarPlan *plan, int user_namespace,
                                  FarRootTrees *ret_trees, GError **error);
/* As process 1, in a root that stands: puts code, stores and a /tmp of the plan's size into their
 * places. Takes the trees. */
gboolean far_root_add_grants  (const FarPlan *plan, FarRootTrees *trees, GError **error);
/* As process 1 of fresh namespaces: builds the root and moves into it. Takes the trees. */
gboolean far_root_build       (const FarPlan *plan, FarRootTrees *trees, GError **error);
/* A detached, empty tmpfs for /tmp. Returns: a descriptor, or -1. */
int      far_root_new_tmp     (guint size_mb, gboolean executable, GError **error);
/* Puts it over /tmp and closes it. */
gboolean far_root_attach_tmp  (int tmp_fd, GError **error);

G_END_DECLS
