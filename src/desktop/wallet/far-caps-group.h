/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reader will not spend more than, a day and a month. */
#pragma once

#include <adwaita.h>

#include "client/far-market-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_CAPS_GROUP (far_caps_group_get_type ())
G_DECLARE_FINAL_TYPE (FarCapsGroup, far_caps_group, FAR, CAPS_GROUP, AdwPreferencesGroup)

/* Signal "set" (gint64 day, gint64 month): micros; -1 for no limit. */

void far_caps_group_show (FarCapsGroup    *self,
                          const FarWallet *wallet,
                          gboolean         busy);

G_END_DECLS
