/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of a log. */
#pragma once

#include "desktop/model/far-item.h"

G_BEGIN_DECLS

typedef struct {
  gint64     time_us; /* µs since the epoch */
  const char *level; /* nullable */
  const char *request_id; /* nullable */
  const char *message;
} FarLogItemValues;

#define FAR_TYPE_LOG_ITEM (far_log_item_get_type ())
G_DECLARE_FINAL_TYPE (FarLogItem, far_log_item, FAR, LOG_ITEM, FarItem)

FarLogItem *far_log_item_new (const FarLogItemValues *values);

G_END_DECLS
