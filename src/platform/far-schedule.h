/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schedule expressions of EventBridge: rate(5 minutes), cron(0 12 ? * MON-FRI *), in UTC.
 *
 * An expression is parsed once and immutable; the next firing is a pure function of a time, so
 * that a test clock can replay it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_SCHEDULE_ERROR (far_schedule_error_quark ())
GQuark far_schedule_error_quark (void);
typedef enum {
  FAR_SCHEDULE_ERROR_SYNTAX,
  FAR_SCHEDULE_ERROR_NEVER, /* well-formed, and no such day exists */
} FarScheduleError;

#define FAR_SCHEDULE_TEXT_MAX 256
#define FAR_SCHEDULE_YEAR_MAX 2199

typedef struct _FarSchedule FarSchedule;

FarSchedule *far_schedule_parse   (const char *text, GError **error);
FarSchedule *far_schedule_copy    (FarSchedule *schedule);
void         far_schedule_free    (FarSchedule *schedule);
const char  *far_schedule_get_text (FarSchedule *schedule);

/* The first firing strictly after after_us; a rate counts from anchor_us (when the schedule was
 * put in force), a cron expression does not need it. G_MAXINT64 if there is none. µs since the
 * epoch. */
gint64       far_schedule_next    (FarSchedule *schedule, gint64 anchor_us, gint64 after_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarSchedule, far_schedule_free)

G_END_DECLS
