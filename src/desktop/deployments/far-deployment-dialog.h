/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A form for one more deployment to watch: what it is, where it is, what opens it; tried before it
 * is added. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_DEPLOYMENT_DIALOG (far_deployment_dialog_get_type ())
G_DECLARE_FINAL_TYPE (FarDeploymentDialog, far_deployment_dialog, FAR, DEPLOYMENT_DIALOG,
                      AdwWindow)

GtkWidget *far_deployment_dialog_new (GtkWindow  *parent,
                                      FarSession *session);

G_END_DECLS
