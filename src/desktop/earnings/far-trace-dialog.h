/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Where did my 5 ¢ go": the way of what readers paid for one article, from gross to payout. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_TRACE_DIALOG (far_trace_dialog_get_type ())
G_DECLARE_FINAL_TYPE (FarTraceDialog, far_trace_dialog, FAR, TRACE_DIALOG, AdwWindow)

GtkWidget *far_trace_dialog_new (GtkWindow  *parent,
                                 FarSession *session,
                                 const char *article,
                                 const char *title);

G_END_DECLS
