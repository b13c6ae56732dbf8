/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated readers from the terminal's side: asks the platform for them, shows how they get on,
 * and waits for their report. Main context. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

#define FAR_TRAFFIC_RATE_MAX 1000
#define FAR_TRAFFIC_DURATION_S_MAX 86400

typedef struct {
  double readers_per_second;
  int    duration_s;
  gint64 seed;
} FarTrafficPlan;

/* G_OPTION_ERROR_BAD_VALUE naming the option. */
gboolean    far_traffic_plan_check (const FarTrafficPlan *plan, GError **error);
/* Ctrl+C stops the readers early; the report is of those who came. Returns: (transfer full) */
FarTraffic *far_traffic_run        (FarTerminal *self, const FarTrafficPlan *plan,
                                    GError **error);

G_END_DECLS
