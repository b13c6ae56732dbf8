/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stands between a page and its figures: shows them only when there are any, and says so when they
 * are no longer live. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_STATE_VIEW (far_state_view_get_type ())
G_DECLARE_FINAL_TYPE (FarStateView, far_state_view, FAR, STATE_VIEW, AdwBin)

/* Properties "deployment" (FarDeployment) and "content" (GtkWidget). */

G_END_DECLS
