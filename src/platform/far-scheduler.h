/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fires the template's Schedule events through the platform's own invoke.
 *
 * Times are those of the platform's clock. A rate counts from when the scheduler was made, and from
 * up to FAR_SCHEDULER_SPREAD_S later, in the template's order: functions of equal rates would begin
 * in the same instant and be in each other's way (EventBridge promises the minute, not the second).
 * A cron expression is met exactly. What was
 * missed while the machine slept, or was jumped over by a test clock, fires once, not as often as
 * it was missed. A firing is an asynchronous event: throttled or failed ones are tried again as
 * Lambda does. Thread: the platform's main context. */
#pragma once

#include "platform/far-platform.h"

G_BEGIN_DECLS

#define FAR_SCHEDULER_SLEEP_MAX_S 30 /* so that a clock set forward is noticed */
#define FAR_SCHEDULER_SPREAD_S 60    /* the shortest period that a rate can have */

typedef struct _FarScheduler FarScheduler;

/* platform must outlive it. */
FarScheduler *far_scheduler_new  (FarPlatform *platform);
void          far_scheduler_free (FarScheduler *self);
/* The clock was moved: fires at once what is due. */
void          far_scheduler_poke (FarScheduler *self);

/* The event that EventBridge sends. id is a UUID. Returns: (transfer full) */
char         *far_scheduler_event (const char *id, gint64 time_us, const char *rule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarScheduler, far_scheduler_free)

G_END_DECLS
