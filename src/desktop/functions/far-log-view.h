/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of one function, followed live, with a search. */
#pragma once

#include <adwaita.h>

#include "client/far-platform-client.h"

G_BEGIN_DECLS

/* Older lines are dropped from the view (not from the platform). */
#define FAR_LOG_VIEW_LINES_MAX 1000

#define FAR_TYPE_LOG_VIEW (far_log_view_get_type ())
G_DECLARE_FINAL_TYPE (FarLogView, far_log_view, FAR, LOG_VIEW, AdwBin)

void far_log_view_show (FarLogView        *self,
                        FarPlatformClient *client,
                        const char        *function);
void far_log_view_add  (FarLogView        *self,
                        const FarLogLine  *line);

G_END_DECLS
