/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One invocation, as the list of recent ones shows it. */
#pragma once

#include "desktop/model/far-item.h"

G_BEGIN_DECLS

typedef struct {
  gint64     time_us; /* arrival, µs since the epoch */
  const char *request_id;
  const char *route; /* nullable */
  const char *outcome; /* "ok", "function_error", "timeout", "crash", "init_error", "throttle" */
  const char *error_type; /* nullable */
  gboolean   cold;
  gint64     init_us; /* cold only */
  gint64     duration_us;
  gint64     memory_max_kb; /* 0 if it was not measured */
  const char *trace_id; /* "" if it is not known */
} FarInvocationItemValues;

#define FAR_TYPE_INVOCATION_ITEM (far_invocation_item_get_type ())
G_DECLARE_FINAL_TYPE (FarInvocationItem, far_invocation_item, FAR, INVOCATION_ITEM, FarItem)

FarInvocationItem *far_invocation_item_new (const FarInvocationItemValues *values);

G_END_DECLS
