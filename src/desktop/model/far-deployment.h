/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of the deployment: how it is doing, where the figures come from and how old they
 * are. Pages show this and nothing else. */
#pragma once

#include <gio/gio.h>

#include "desktop/model/far-event-item.h"
#include "desktop/model/far-item.h"

G_BEGIN_DECLS

#define FAR_DEPLOYMENT_EVENTS_MAX 200
/* A live deployment is heard of every second; after this long its figures are called stale. */
#define FAR_DEPLOYMENT_STALE_US (5 * G_USEC_PER_SEC)

typedef enum {
  FAR_DEPLOYMENT_STARTING, /* nothing to show yet */
  FAR_DEPLOYMENT_LIVE,
  FAR_DEPLOYMENT_LOST,     /* was live; figures are of the time of the last sample */
  FAR_DEPLOYMENT_FAILED,   /* could not be started or joined; the message says why */
} FarDeploymentState;

#define FAR_TYPE_DEPLOYMENT (far_deployment_get_type ())
G_DECLARE_FINAL_TYPE (FarDeployment, far_deployment, FAR, DEPLOYMENT, FarItem)

FarDeployment     *far_deployment_new             (void);
FarDeploymentState far_deployment_get_state       (FarDeployment     *self);
void               far_deployment_set_state       (FarDeployment     *self,
                                                   FarDeploymentState state,
                                                   const char        *message);
const char        *far_deployment_get_message     (FarDeployment     *self);
const char        *far_deployment_get_title       (FarDeployment     *self);
const char        *far_deployment_get_source      (FarDeployment     *self);
void               far_deployment_set_identity    (FarDeployment     *self,
                                                   const char        *title,
                                                   const char        *source,
                                                   const char        *money);
const char        *far_deployment_get_money       (FarDeployment     *self);
void               far_deployment_set_isolation   (FarDeployment     *self,
                                                   const char        *tier,
                                                   const char        *detail);
const char        *far_deployment_get_isolation   (FarDeployment     *self);
const char        *far_deployment_get_isolation_detail (FarDeployment *self);
const char        *far_deployment_get_alarm       (FarDeployment     *self);
void               far_deployment_set_alarm       (FarDeployment     *self,
                                                   const char        *alarm);
gint64             far_deployment_get_sample_time (FarDeployment     *self);
void               far_deployment_set_sample      (FarDeployment     *self,
                                                   gint64             time_us,
                                                   gint64             monotonic_us);
void               far_deployment_set_stale_after (FarDeployment    *self,
                                                   gint64             age_us);
gint64             far_deployment_get_age         (FarDeployment     *self,
                                                   gint64             monotonic_us);
gboolean           far_deployment_is_current      (FarDeployment     *self,
                                                   gint64             monotonic_us);
GListModel        *far_deployment_get_events      (FarDeployment     *self);
void               far_deployment_add_event       (FarDeployment     *self,
                                                   FarEventItem      *event);
gboolean           far_deployment_remove_newest   (FarDeployment     *self,
                                                   FarEventItem      *event);
char              *far_deployment_describe_age    (FarDeployment     *self,
                                                   gint64             monotonic_us);

G_END_DECLS
