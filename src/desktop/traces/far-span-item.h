/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of a waterfall in a list model, and what it says in words. */
#pragma once

#include <glib-object.h>

#include "desktop/charts/far-waterfall.h"

G_BEGIN_DECLS

#define FAR_TYPE_SPAN_ITEM (far_span_item_get_type ())
G_DECLARE_FINAL_TYPE (FarSpanItem, far_span_item, FAR, SPAN_ITEM, GObject)

FarSpanItem           *far_span_item_new           (FarWaterfall *waterfall,
                                                    guint         index);
FarWaterfall          *far_span_item_get_waterfall (FarSpanItem  *self);
const FarWaterfallRow *far_span_item_get_row       (FarSpanItem  *self);
char                  *far_span_item_get_title     (FarSpanItem  *self);
char                  *far_span_item_describe      (FarSpanItem  *self);
const char            *far_span_kind_get_title     (const char   *kind);

G_END_DECLS
