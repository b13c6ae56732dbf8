/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the ticks of an axis stand: round values for figures, round times of day for time. Pure
 * functions; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_AXIS_TICKS_MAX 32

typedef struct {
  double low;
  double high;
  double step;
  guint  n_ticks; /* low, low + step, … high */
} FarValueAxis;

typedef struct {
  gint64 ticks_us[FAR_AXIS_TICKS_MAX];
  guint  n_ticks;
  gint64 step_us;
} FarTimeAxis;

void  far_value_axis_init  (FarValueAxis      *axis,
                            double             max,
                            guint              n_ticks_max,
                            gboolean           whole_numbers);
void  far_time_axis_init   (FarTimeAxis       *axis,
                            gint64             from_us,
                            gint64             to_us,
                            guint              n_ticks_max,
                            GTimeZone         *zone);
char *far_time_axis_format (const FarTimeAxis *axis,
                            guint              index,
                            GTimeZone         *zone);

G_END_DECLS
