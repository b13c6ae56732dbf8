/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened (deploys, faults, restarts, alarms), drawn into charts. */
#pragma once

#include "client/far-telemetry-types.h"
#include "desktop/charts/far-chart-paint.h"

G_BEGIN_DECLS

/* So many are drawn, the newest; and so many are said in words. */
#define FAR_CHART_MARKS_MAX 200
#define FAR_CHART_MARKS_SAID_MAX 5

void  far_chart_marks_paint    (GtkWidget           *widget,
                                GtkSnapshot         *snapshot,
                                const FarChartFrame *frame,
                                GPtrArray           *marks);
char *far_chart_marks_describe (GPtrArray           *marks,
                                gint64               from_us,
                                gint64               to_us);
char *far_chart_marks_at       (GPtrArray           *marks,
                                const FarChartFrame *frame,
                                double               x);

G_END_DECLS
