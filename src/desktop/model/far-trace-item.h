/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One trace, as the list of recent ones shows it. */
#pragma once

#include "client/far-telemetry-types.h"
#include "desktop/model/far-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_TRACE_ITEM (far_trace_item_get_type ())
G_DECLARE_FINAL_TYPE (FarTraceItem, far_trace_item, FAR, TRACE_ITEM, FarItem)

FarTraceItem *far_trace_item_new    (const FarTraceHead *head);
const char   *far_trace_item_get_id (FarTraceItem       *self);

G_END_DECLS
