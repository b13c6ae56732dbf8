/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Immutable: a trace is listed when its first invocation has ended. */
#include "desktop/model/far-trace-item.h"

#include "desktop/far-format.h"

struct _FarTraceItem
{
  FarItem parent_instance;

  char  *id;
  char  *name;
  char  *function;
  gint64 time_us;
  gint64 duration_us;
  gint64 invocations;
  gint64 errors;
};

enum { ID, NAME, FUNCTION, TIME, DURATION, INVOCATIONS, ERRORS, N_FIELDS };

#define FIELD(kind, name, member) \
  { name, FAR_FIELD_##kind, G_STRUCT_OFFSET (FarTraceItem, member) }

static const FarField fields[N_FIELDS] = {
  [ID] = FIELD (STRING, "id", id),
  [NAME] = FIELD (STRING, "name", name),
  [FUNCTION] = FIELD (STRING, "function", function),
  [TIME] = FIELD (INT64, "time", time_us),
  [DURATION] = FIELD (INT64, "duration", duration_us),
  [INVOCATIONS] = FIELD (INT64, "invocations", invocations),
  [ERRORS] = FIELD (INT64, "errors", errors),
};

G_DEFINE_FINAL_TYPE (FarTraceItem, far_trace_item, FAR_TYPE_ITEM)

static void
far_trace_item_class_init (FarTraceItemClass *klass)
{
  far_item_class_install (FAR_ITEM_CLASS (klass), fields, N_FIELDS);
}

static void
far_trace_item_init (FarTraceItem *self)
{
}

/**
 * far_trace_item_new:
 * @head: copied
 */
FarTraceItem *
far_trace_item_new (const FarTraceHead *head)
{
  FarTraceItem *self = g_object_new (FAR_TYPE_TRACE_ITEM, NULL);

  self->id = g_strdup (head->trace_id);
  self->name = far_format_plain (head->name);
  self->function = far_format_plain (head->function);
  self->time_us = head->start_us;
  self->duration_us = head->duration_us;
  self->invocations = head->invocations;
  self->errors = head->errors;
  return self;
}

/* Returns: (transfer none): 32 hex digits */
const char *
far_trace_item_get_id (FarTraceItem *self)
{
  g_return_val_if_fail (FAR_IS_TRACE_ITEM (self), NULL);

  return self->id;
}
