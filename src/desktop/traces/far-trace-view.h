/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One trace: its waterfall, and the details of the chosen span. */
#pragma once

#include <adwaita.h>

#include "client/far-platform-client.h"
#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_TRACE_VIEW (far_trace_view_get_type ())
G_DECLARE_FINAL_TYPE (FarTraceView, far_trace_view, FAR, TRACE_VIEW, AdwBin)

void far_trace_view_show (FarTraceView      *self,
                          FarPlatformClient *client,
                          const char        *trace_id);
void far_trace_view_fill (FarTraceView      *self,
                          FarTraceInfo      *trace);

G_END_DECLS
