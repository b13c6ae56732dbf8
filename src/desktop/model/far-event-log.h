/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells from changing figures what happened, in words: errors, throttles, readers coming and going,
 * money moving. */
#pragma once

#include "client/far-market-types.h"
#include "client/far-platform-client.h"
#include "desktop/model/far-deployment.h"

G_BEGIN_DECLS

#define FAR_TYPE_EVENT_LOG (far_event_log_get_type ())
G_DECLARE_FINAL_TYPE (FarEventLog, far_event_log, FAR, EVENT_LOG, GObject)

FarEventLog *far_event_log_new            (FarDeployment   *deployment);
void         far_event_log_add            (FarEventLog     *self,
                                           gint64           time_us,
                                           const char      *icon_name,
                                           const char      *title);
void         far_event_log_take_function  (FarEventLog     *self,
                                           FarFunctionInfo *function,
                                           gint64           time_us);
void         far_event_log_take_traffic   (FarEventLog     *self,
                                           FarTraffic      *traffic,
                                           gint64           time_us);
void         far_event_log_take_earnings  (FarEventLog     *self,
                                           FarEarnings     *earnings,
                                           gint64           time_us);
void         far_event_log_expect_readers (FarEventLog     *self,
                                           gboolean         running);
void         far_event_log_forget         (FarEventLog     *self);

G_END_DECLS
