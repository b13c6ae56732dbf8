/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stacked bars: what readers paid and what ads brought, by hour or by day. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* More bars than fit a screen would be lines. */
#define FAR_BAR_CHART_BARS_MAX 92

typedef struct {
  char    *label; /* as shown under the bar */
  gint64   pay_micros;
  gint64   ad_micros;
  gboolean ahead; /* of a time that is still to come: nothing is said of it */
} FarBar;

#define FAR_TYPE_BAR_CHART (far_bar_chart_get_type ())
G_DECLARE_FINAL_TYPE (FarBarChart, far_bar_chart, FAR, BAR_CHART, GtkWidget)

GtkWidget *far_bar_chart_new      (void);
void       far_bar_chart_set_bars (FarBarChart  *self,
                                   const char   *currency,
                                   const FarBar *bars,
                                   guint         n_bars);
char      *far_bar_chart_describe (FarBarChart  *self);

G_END_DECLS
