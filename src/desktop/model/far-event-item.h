/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Something that happened, as the Overview lists it. */
#pragma once

#include "desktop/model/far-item.h"

G_BEGIN_DECLS

#define FAR_TYPE_EVENT_ITEM (far_event_item_get_type ())
G_DECLARE_FINAL_TYPE (FarEventItem, far_event_item, FAR, EVENT_ITEM, FarItem)

FarEventItem *far_event_item_new (gint64      time_us,
                                  const char *icon_name,
                                  const char *title,
                                  const char *detail);

G_END_DECLS
