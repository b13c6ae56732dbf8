/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds a GtkFlowBox whose children are no choices but places for controls, and leads the keyboard
 * through these. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_FLOW (far_flow_get_type ())
G_DECLARE_FINAL_TYPE (FarFlow, far_flow, FAR, FLOW, AdwBin)

G_END_DECLS
