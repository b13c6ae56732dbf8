/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that is known of one span. */
#pragma once

#include <adwaita.h>

#include "client/far-function-info.h"
#include "desktop/traces/far-span-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_SPAN_DETAILS (far_span_details_get_type ())
G_DECLARE_FINAL_TYPE (FarSpanDetails, far_span_details, FAR, SPAN_DETAILS, AdwBin)

void far_span_details_set_functions (FarSpanDetails *self,
                                     GListModel     *functions);
void far_span_details_set_item      (FarSpanDetails *self,
                                     FarSpanItem    *item);
void far_span_details_set_beside    (FarSpanDetails *self,
                                     gboolean        beside);

G_END_DECLS
