/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many took how long, over time: darker where there were more. Durations grow by equal factors
 * from row to row. */
#pragma once

#include <gtk/gtk.h>

#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_HEAT_MAP (far_heat_map_get_type ())
G_DECLARE_FINAL_TYPE (FarHeatMap, far_heat_map, FAR, HEAT_MAP, GtkWidget)

void  far_heat_map_set_info (FarHeatMap     *self,
                             FarHeatmapInfo *info);
char *far_heat_map_describe (FarHeatMap     *self);

G_END_DECLS
