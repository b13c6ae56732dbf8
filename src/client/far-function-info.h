/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function of the platform, as rows of lists bind to it. Figures change in place while the
 * client watches: each changed property notifies. Main thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a deployment does not report, or had no sample for. */
#define FAR_FIGURE_UNKNOWN (-1)

/* Counters are since the platform's data directory was made, unless a unit says otherwise;
 * FAR_FIGURE_UNKNOWN where there is none. */
typedef struct {
  guint  memory_mb;
  guint  timeout_s;
  gint64 invocations;
  gint64 errors;
  gint64 throttles;
  gint64 cold_starts;
  gint64 p50_us; /* of the handler's duration */
  gint64 p90_us;
  gint64 p99_us;
  gint64 p50_low_us; /* the truth is not below; FAR_FIGURE_UNKNOWN where p50 is exact */
  gint64 p50_high_us;
  gint64 p99_low_us;
  gint64 p99_high_us;
  gint64 concurrency; /* most at once */
  gint64 mb_ms;
  gint64 cost_picodollars;
  gint64 instances;   /* now */
  gint64 route_count;
  gint64 reserved_concurrency; /* -1 where none is reserved */
} FarFunctionFigures;

#define FAR_TYPE_FUNCTION_INFO (far_function_info_get_type ())
G_DECLARE_FINAL_TYPE (FarFunctionInfo, far_function_info, FAR, FUNCTION_INFO, GObject)

/* Properties, read-only: "name" and "runtime" (string), and each figure under its name with
 * hyphens ("memory-mb", "p99-us", "cost-picodollars", …) as gint64. Signal "changed" after any. */
FarFunctionInfo          *far_function_info_new         (const char *name, const char *runtime,
                                                         const FarFunctionFigures *figures);
const char               *far_function_info_get_name    (FarFunctionInfo *self);
const char               *far_function_info_get_runtime (FarFunctionInfo *self);
const FarFunctionFigures *far_function_info_get_figures (FarFunctionInfo *self);
void                      far_function_info_update      (FarFunctionInfo *self,
                                                         const FarFunctionFigures *figures);

G_END_DECLS
