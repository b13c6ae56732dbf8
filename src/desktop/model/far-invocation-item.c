/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Immutable: an invocation is recorded when it has ended. */
#include "desktop/model/far-invocation-item.h"

struct _FarInvocationItem
{
  FarItem parent_instance;

  gint64   time_us;
  char     *request_id;
  char     *route;
  char     *outcome;
  char     *error_type;
  gboolean cold;
  gint64   init_us;
  gint64   duration_us;
  gint64   memory_max_kb;
  char     *trace_id;
};

enum {
  TIME, REQUEST_ID, ROUTE, OUTCOME, ERROR_TYPE, COLD, INIT, DURATION, MEMORY, TRACE_ID,
  N_FIELDS,
};

#define FIELD(kind, name, member) \
  { name, FAR_FIELD_##kind, G_STRUCT_OFFSET (FarInvocationItem, member) }

static const FarField fields[N_FIELDS] = {
  [TIME] = FIELD (INT64, "time", time_us),
  [REQUEST_ID] = FIELD (STRING, "request-id", request_id),
  [ROUTE] = FIELD (STRING, "route", route),
  [OUTCOME] = FIELD (STRING, "outcome", outcome),
  [ERROR_TYPE] = FIELD (STRING, "error-type", error_type),
  [COLD] = FIELD (BOOLEAN, "cold", cold),
  [INIT] = FIELD (INT64, "init", init_us),
  [DURATION] = FIELD (INT64, "duration", duration_us),
  [MEMORY] = FIELD (INT64, "memory", memory_max_kb),
  [TRACE_ID] = FIELD (STRING, "trace-id", trace_id),
};

G_DEFINE_FINAL_TYPE (FarInvocationItem, far_invocation_item, FAR_TYPE_ITEM)

static void
far_invocation_item_class_init (FarInvocationItemClass *klass)
{
  far_item_class_install (FAR_ITEM_CLASS (klass), fields, N_FIELDS);
}

static void
far_invocation_item_init (FarInvocationItem *self)
{
}

/**
 * far_invocation_item_new:
 * @values: copied
 */
FarInvocationItem *
far_invocation_item_new (const FarInvocationItemValues *values)
{
  FarInvocationItem *self = g_object_new (FAR_TYPE_INVOCATION_ITEM, NULL);

  self->time_us = values->time_us;
  self->request_id = g_strdup (values->request_id);
  self->route = g_strdup (values->route);
  self->outcome = g_strdup (values->outcome);
  self->error_type = g_strdup (values->error_type);
  self->cold = values->cold;
  self->init_us = values->init_us;
  self->duration_us = values->duration_us;
  self->memory_max_kb = values->memory_max_kb;
  self->trace_id = g_strdup (values->trace_id);
  return self;
}
