/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform's figures as Prometheus text: the telemetry's counters and the gauges of now. */
#pragma once

#include "platform/far-platform.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

/* Appends the exposition (text format 0.0.4). Labels are function names of the template only. */
void far_figures_append (GString *text, FarPlatform *platform, FarTelemetry *telemetry);

G_END_DECLS
