/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reader opened and paid, newest first. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_HISTORY_GROUP (far_history_group_get_type ())
G_DECLARE_FINAL_TYPE (FarHistoryGroup, far_history_group, FAR, HISTORY_GROUP, AdwBin)

void far_history_group_show (FarHistoryGroup *self,
                             FarSession      *session);

G_END_DECLS
