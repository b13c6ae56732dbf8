/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well the platform on this computer keeps its functions in: the tier in force, what that is,
 * and what keeps a stronger one from being in force. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define FAR_TYPE_ISOLATION_CARD (far_isolation_card_get_type ())
G_DECLARE_FINAL_TYPE (FarIsolationCard, far_isolation_card, FAR, ISOLATION_CARD, AdwBin)

/* tier: (nullable): it hides itself while that is not known. detail: (nullable). */
void far_isolation_card_set (FarIsolationCard *self,
                             const char       *tier,
                             const char       *detail);

G_END_DECLS
