/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sandbox holds: made by the platform, carried to the spawner, carried out by the keeper.
 * On the wire it is a GVariant in normal form, so that a message cannot be half understood. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_PLAN_ERROR (far_plan_error_quark ())
GQuark far_plan_error_quark (void);
typedef enum {
  FAR_PLAN_ERROR_INVALID,
} FarPlanError;

#define FAR_PLAN_STORES_MAX 8
#define FAR_PLAN_SERVICES_MAX 8
#define FAR_PLAN_ENVIRONMENT_MAX 256 /* variables */

/* Where things lie inside a full sandbox. */
#define FAR_PLAN_CODE "/var/task"
#define FAR_PLAN_TMP "/tmp"
#define FAR_PLAN_PROGRAM "bootstrap"
/* Begins the reason why a program could not be executed. */
#define FAR_PLAN_NO_PROGRAM "Cannot start the function"
#define FAR_PLAN_RUNTIME "/var/runtime" /* our bootstraps of interpreted languages */
#define FAR_PLAN_LANG "/var/lang"       /* an interpreter that is not the machine's own */
#define FAR_PLAN_COMMAND_MAX 8
#define FAR_PLAN_EGRESS_PORT 9002 /* of 127.0.0.1, in a network of its own */

typedef struct {
  char    *host_path;
  char    *mount;    /* absolute path inside */
  gboolean writable;
} FarPlanStore;

typedef struct {
  char         *function;
  char         *code_dir;
  char        **command;     /* program and arguments, as paths inside; empty: the bootstrap in
                              * code_dir */
  char         *runtime_dir; /* "" or a folder of the machine, read-only at FAR_PLAN_RUNTIME */
  char         *lang_dir;    /* "" or one at FAR_PLAN_LANG */
  char        **environment;
  FarPlanStore  stores[FAR_PLAN_STORES_MAX];
  guint         n_stores;
  guint         n_services;
  guint         memory_mb;
  guint         tmp_mb;
  guint         instances_max;
  gboolean      fork_server;
  gboolean      has_clock; /* a descriptor of the test clock comes along */
  gboolean      egress;   /* a second listening socket, for the platform's proxy */
  gboolean      standby;   /* a program that waits, without code, for a function to be given to it;
                            * code_dir is "" */
} FarPlan;

FarPlan  *far_plan_new      (void);
void      far_plan_free     (FarPlan *plan);
/* Returns: (transfer full): floating */
GVariant *far_plan_to_bytes (const FarPlan *plan);
/* Returns: (transfer full) (nullable): checked: lengths, absolute paths without "..", limits. */
FarPlan  *far_plan_parse    (const void *data, gsize n_bytes, GError **error);
gboolean  far_plan_check    (const FarPlan *plan, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarPlan, far_plan_free)

G_END_DECLS
