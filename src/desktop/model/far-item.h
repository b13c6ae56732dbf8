/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of a list model: an object whose read-only properties are fields of its struct, named in a
 * table, so that expressions can bind them. Main thread. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define FAR_ITEM_FIELDS_MAX 32

typedef enum {
  FAR_FIELD_INT64,
  FAR_FIELD_DOUBLE,
  FAR_FIELD_BOOLEAN,
  FAR_FIELD_STRING, /* owned by the item */
  FAR_FIELD_OBJECT, /* owned by the item */
} FarFieldKind;

typedef struct {
  const char  *name; /* of the property */
  FarFieldKind kind;
  gsize        offset;
} FarField;

#define FAR_TYPE_ITEM (far_item_get_type ())
G_DECLARE_DERIVABLE_TYPE (FarItem, far_item, FAR, ITEM, GObject)

struct _FarItemClass
{
  GObjectClass parent_class;

  /*< private >*/
  const FarField *fields;
  guint           n_fields;
  GParamSpec     *pspecs[FAR_ITEM_FIELDS_MAX];
};

void far_item_class_install (FarItemClass   *klass,
                             const FarField *fields,
                             guint           n_fields);

/* For the item's own file: change a field, and notify if it did change. The index is that of the
 * field in its table. */
void far_item_set_int64   (gpointer    item,
                           guint       index,
                           gint64      value);
void far_item_set_double  (gpointer    item,
                           guint       index,
                           double      value);
void far_item_set_boolean (gpointer    item,
                           guint       index,
                           gboolean    value);
void far_item_set_string  (gpointer    item,
                           guint       index,
                           const char *value);
void far_item_set_object  (gpointer    item,
                           guint       index,
                           gpointer    value);

G_END_DECLS
