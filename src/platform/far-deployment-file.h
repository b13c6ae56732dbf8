/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to deployments: DATA/deployments.json, and making and ending one. */
#pragma once

#include "platform/far-deployment.h"

G_BEGIN_DECLS

struct _FarDeployments {
  char       *data_dir;
  FarClock   *clock;
  FarSecrets *secrets;
  GPtrArray  *list; /* (element-type FarDeployment), in the order in which they were added */
  GPtrArray  *adding; /* whose secrets are being kept; no references */
  FarDeploymentsChanged changed;
  gpointer    changed_data;
};

/* Takes the strings' copies; not on the list yet. */
FarDeployment *far_deployment_new   (FarDeployments *owner, const FarDeploymentRequest *request,
                                     gint64 added_us);
FarDeployment *far_deployment_ref   (FarDeployment *self);
void           far_deployment_unref (FarDeployment *self);
/* Reads its secrets, makes its source, begins to watch. */
void           far_deployment_start (FarDeployment *self);
/* Ends what is under way; owner is NULL after it. */
void           far_deployment_stop  (FarDeployment *self);

/* Its state and what is wrong, from whoever asks it. */
void           far_deployment_set_failing (FarDeployment *self, const char *message);

/* far-deployment-pull.c: single records into its own telemetry. */
void           far_deployment_pull_start  (FarDeployment *deployment);
/* It answered, and its clock is known. */
void           far_deployment_pull_probed (FarDeployment *deployment);
void           far_deployment_pull_stop   (FarDeployment *deployment);
/* What tells a record from all others. (transfer full) */
char          *far_deployment_record_key  (const FarInvocation *record);
/* far-deployment-otlp.c: a telemetry that spans are written to as they come. */
void           far_deployment_otlp_start  (FarDeployment *deployment);
/* Where what is collected of it lies; there. (transfer full) */
char          *far_deployment_folder      (const char *data_dir, const char *id);
/* Deletes what was collected; its telemetry must be closed. */
void           far_deployment_pull_forget (const char *data_dir, const char *id);

/* In which a source may remember a little; its folder is there. (transfer full) */
char          *far_deployment_state_path  (const char *data_dir, const char *id);

/* Empty where there is no file. */
gboolean far_deployments_file_read  (FarDeployments *self, GError **error);
gboolean far_deployments_file_write (FarDeployments *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarDeployment, far_deployment_unref)

G_END_DECLS
