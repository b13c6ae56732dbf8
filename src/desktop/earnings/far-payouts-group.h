/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is on the publisher's account, what was paid out of it, and the months' statements. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_PAYOUTS_GROUP (far_payouts_group_get_type ())
G_DECLARE_FINAL_TYPE (FarPayoutsGroup, far_payouts_group, FAR, PAYOUTS_GROUP, AdwBin)

void far_payouts_group_show (FarPayoutsGroup *self,
                             FarSession      *session);

const char *far_payout_describe_state (const char *state);

G_END_DECLS
