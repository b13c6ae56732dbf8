/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Immutable once made. */
#include "desktop/model/far-event-item.h"

struct _FarEventItem
{
  FarItem parent_instance;

  gint64 time_us;
  char  *icon_name;
  char  *title;
  char  *detail;
};

enum { TIME, ICON_NAME, TITLE, DETAIL, N_FIELDS };

#define FIELD(kind, name, member) \
  { name, FAR_FIELD_##kind, G_STRUCT_OFFSET (FarEventItem, member) }

static const FarField fields[N_FIELDS] = {
  [TIME] = FIELD (INT64, "time", time_us),
  [ICON_NAME] = FIELD (STRING, "icon-name", icon_name),
  [TITLE] = FIELD (STRING, "title", title),
  [DETAIL] = FIELD (STRING, "detail", detail),
};

G_DEFINE_FINAL_TYPE (FarEventItem, far_event_item, FAR_TYPE_ITEM)

static void
far_event_item_class_init (FarEventItemClass *klass)
{
  far_item_class_install (FAR_ITEM_CLASS (klass), fields, N_FIELDS);
}

static void
far_event_item_init (FarEventItem *self)
{
}

/**
 * far_event_item_new:
 * @time_us: µs since the epoch
 * @icon_name: a symbolic icon that says its kind
 * @title: what happened, in the user's language
 * @detail: (nullable): more of it
 */
FarEventItem *
far_event_item_new (gint64 time_us, const char *icon_name, const char *title, const char *detail)
{
  FarEventItem *self = g_object_new (FAR_TYPE_EVENT_ITEM, NULL);

  self->time_us = time_us;
  self->icon_name = g_strdup (icon_name);
  self->title = g_strdup (title);
  self->detail = g_strdup (detail);
  return self;
}
