/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One figure: its name, the figure, and what has to be known to read it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FAR_TYPE_STAT_TILE (far_stat_tile_get_type ())
G_DECLARE_FINAL_TYPE (FarStatTile, far_stat_tile, FAR, STAT_TILE, GtkWidget)

void far_stat_tile_set_figure (FarStatTile *self,
                               const char  *figure,
                               const char  *detail);

G_END_DECLS
