/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The deployments that the platform watches, itself first, and which of them the pages show. */
#pragma once

#include "client/far-deployments.h"
#include "desktop/model/far-deployment.h"
#include "desktop/model/far-range.h"

G_BEGIN_DECLS

/* The id of the platform itself. */
#define FAR_WATCH_LIST_LOCAL "local"

#define FAR_TYPE_WATCH_LIST (far_watch_list_get_type ())
G_DECLARE_FINAL_TYPE (FarWatchList, far_watch_list, FAR, WATCH_LIST, GObject)

/* Signals: "changed": what is known of them; "chosen": another one is shown from now on; "problem"
 * (GError): one could not be removed. */

FarWatchList      *far_watch_list_new        (FarDeployment     *deployment);
void               far_watch_list_set_client (FarWatchList      *self,
                                              FarPlatformClient *client);
void               far_watch_list_tick       (FarWatchList      *self);
void               far_watch_list_refresh    (FarWatchList      *self);
GPtrArray         *far_watch_list_get_all    (FarWatchList      *self);
FarDeploymentInfo *far_watch_list_get_shown  (FarWatchList      *self);
const char        *far_watch_list_get_chosen (FarWatchList      *self);
gboolean           far_watch_list_is_remote  (FarWatchList      *self);
void               far_watch_list_choose     (FarWatchList      *self,
                                              const char        *id);

void               far_watch_list_set_range  (FarWatchList      *self,
                                              FarRange           range);
FarRange           far_watch_list_get_counted (FarWatchList     *self);
void               far_watch_list_remove     (FarWatchList      *self,
                                              const char        *id);

G_END_DECLS
