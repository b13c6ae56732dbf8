/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says which deployment the pages show, and lets the user choose another, add one or remove one. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_DEPLOYMENT_SWITCHER (far_deployment_switcher_get_type ())
G_DECLARE_FINAL_TYPE (FarDeploymentSwitcher, far_deployment_switcher, FAR, DEPLOYMENT_SWITCHER,
                      AdwBin)

/* Property "session" (FarSession, nullable). */

G_END_DECLS
