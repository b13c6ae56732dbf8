/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened to the chosen deployment within the chosen range, for all charts. */
#pragma once

#include "client/far-platform-client.h"
#include "client/far-telemetry-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_HAPPENINGS (far_happenings_get_type ())
G_DECLARE_FINAL_TYPE (FarHappenings, far_happenings, FAR, HAPPENINGS, GObject)

/* Signal "changed" (). */

FarHappenings *far_happenings_new     (void);
void           far_happenings_refresh (FarHappenings     *self,
                                       FarPlatformClient *client,
                                       gint64             from_us);
void           far_happenings_forget  (FarHappenings     *self);
GPtrArray     *far_happenings_get     (FarHappenings     *self,
                                       const char        *function);

G_END_DECLS
