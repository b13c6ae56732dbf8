/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Immutable. The message is data: shown as it is, never read as markup. */
#include "desktop/model/far-log-item.h"

struct _FarLogItem
{
  FarItem parent_instance;

  gint64 time_us;
  char   *level;
  char   *request_id;
  char   *message;
};

enum {
  TIME, LEVEL, REQUEST_ID, MESSAGE, N_FIELDS,
};

#define FIELD(kind, name, member) \
  { name, FAR_FIELD_##kind, G_STRUCT_OFFSET (FarLogItem, member) }

static const FarField fields[N_FIELDS] = {
  [TIME] = FIELD (INT64, "time", time_us),
  [LEVEL] = FIELD (STRING, "level", level),
  [REQUEST_ID] = FIELD (STRING, "request-id", request_id),
  [MESSAGE] = FIELD (STRING, "message", message),
};

G_DEFINE_FINAL_TYPE (FarLogItem, far_log_item, FAR_TYPE_ITEM)

static void
far_log_item_class_init (FarLogItemClass *klass)
{
  far_item_class_install (FAR_ITEM_CLASS (klass), fields, N_FIELDS);
}

static void
far_log_item_init (FarLogItem *self)
{
}

/**
 * far_log_item_new:
 * @values: copied
 */
FarLogItem *
far_log_item_new (const FarLogItemValues *values)
{
  FarLogItem *self = g_object_new (FAR_TYPE_LOG_ITEM, NULL);

  self->time_us = values->time_us;
  self->level = g_strdup (values->level);
  self->request_id = g_strdup (values->request_id);
  self->message = g_strdup (values->message);
  return self;
}
