/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prometheus' text format 0.0.4: metric families with escaped labels, and the telemetry's own
 * families. Owning thread of the telemetry. */
#pragma once

#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

/* "# HELP" and "# TYPE" of a family; type: "counter", "gauge", "histogram". */
void far_exposition_family (GString *text, const char *name, const char *type, const char *help);
/* One sample; label NULL for none. */
void far_exposition_sample (GString *text, const char *name, const char *label,
                            const char *value_of, double value);

/* Counters and the duration histogram of the given functions (NULL-terminated), and what was
 * dropped. A function never seen has zeros: a counter that appears with its first event hides that
 * event from rate(). */
void far_exposition_append (GString *text, FarTelemetry *telemetry, const char *const *functions);

G_END_DECLS
