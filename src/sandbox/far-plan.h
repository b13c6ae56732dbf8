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

typedef struct {
  char    *host_path;
  char    *mount;    /* absolute path inside */
  gboolean writable;
} FarPlanStore;

typedef struct {
  char         *function;
  char         *code_dir;
  char        **environment;
  FarPlanStore  stores[FAR_PLAN_STORES_MAX];
  guint         n_stores;
  guint         n_services;
  guint         memory_mb;
  guint         tmp_mb;
  guint         instances_max;
  gboolean      fork_server;
  gboolean      has_clock; /* a descriptor of the test clock comes along */
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
