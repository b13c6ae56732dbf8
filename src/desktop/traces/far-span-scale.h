/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time axis above a waterfall, and where all rows of one width have their bars. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/charts/far-axis.h"
#include "desktop/charts/far-waterfall.h"

G_BEGIN_DECLS

/* A row narrower than this has its bar below its name. */
#define FAR_SPAN_WIDE 520

#define FAR_TYPE_SPAN_SCALE (far_span_scale_get_type ())
G_DECLARE_FINAL_TYPE (FarSpanScale, far_span_scale, FAR, SPAN_SCALE, GtkWidget)

void far_span_scale_set_waterfall (FarSpanScale       *self,
                                   FarWaterfall       *waterfall);

void far_span_scale_init_axis     (FarValueAxis       *axis,
                                   const FarWaterfall *waterfall,
                                   double              width);
void far_span_scale_place         (int                 width,
                                   double             *ret_x,
                                   double             *ret_width);

G_END_DECLS
