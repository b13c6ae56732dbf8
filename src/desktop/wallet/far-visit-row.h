/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A visit to the payment provider's page, while it is waited for. */
#pragma once

#include <adwaita.h>

#include "client/far-market-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_VISIT_ROW (far_visit_row_get_type ())
G_DECLARE_FINAL_TYPE (FarVisitRow, far_visit_row, FAR, VISIT_ROW, AdwPreferencesGroup)

/* Signal "ended": the user does not want to wait any longer. */

void far_visit_row_show (FarVisitRow *self,
                         FarCheckout *visit);

G_END_DECLS
