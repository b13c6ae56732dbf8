/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a class is static data of its own file; instances own their strings and objects.
 * A setter that changes nothing notifies nothing: ten updates a second must not redraw a table
 * that stayed the same. */
#include "desktop/model/far-item.h"

#include <math.h>

G_DEFINE_ABSTRACT_TYPE (FarItem, far_item, G_TYPE_OBJECT)

static gpointer
field_of (gpointer item, const FarField *field)
{
  return G_STRUCT_MEMBER_P (item, field->offset);
}

static const FarField *
check_field (gpointer item, guint index, FarFieldKind kind)
{
  FarItemClass *klass = FAR_ITEM_GET_CLASS (item);

  g_assert (index < klass->n_fields);
  g_assert (klass->fields[index].kind == kind);
  return &klass->fields[index];
}

static void
notify_field (gpointer item, guint index)
{
  g_object_notify_by_pspec (item, FAR_ITEM_GET_CLASS (item)->pspecs[index]);
}

static void
far_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarItemClass *klass = FAR_ITEM_GET_CLASS (object);
  const FarField *field;
  gpointer member;

  if (prop_id == 0 || prop_id > klass->n_fields)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }

  field = &klass->fields[prop_id - 1];
  member = field_of (object, field);
  switch (field->kind)
    {
    case FAR_FIELD_INT64:
      g_value_set_int64 (value, *(gint64 *) member);
      break;
    case FAR_FIELD_DOUBLE:
      g_value_set_double (value, *(double *) member);
      break;
    case FAR_FIELD_BOOLEAN:
      g_value_set_boolean (value, *(gboolean *) member);
      break;
    case FAR_FIELD_STRING:
      g_value_set_string (value, *(char **) member);
      break;
    case FAR_FIELD_OBJECT:
      g_value_set_object (value, *(gpointer *) member);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
far_item_finalize (GObject *object)
{
  FarItemClass *klass = FAR_ITEM_GET_CLASS (object);

  for (guint i = 0; i < klass->n_fields; i++)
    {
      gpointer member = field_of (object, &klass->fields[i]);

      if (klass->fields[i].kind == FAR_FIELD_STRING)
        g_clear_pointer ((char **) member, g_free);
      else if (klass->fields[i].kind == FAR_FIELD_OBJECT)
        g_clear_object ((GObject **) member);
    }

  G_OBJECT_CLASS (far_item_parent_class)->finalize (object);
}

static void
far_item_class_init (FarItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = far_item_finalize;
}

static void
far_item_init (FarItem *self)
{
}

static GParamSpec *
create_pspec (const FarField *field)
{
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  switch (field->kind)
    {
    case FAR_FIELD_INT64:
      return g_param_spec_int64 (field->name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case FAR_FIELD_DOUBLE:
      return g_param_spec_double (field->name, NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
    case FAR_FIELD_BOOLEAN:
      return g_param_spec_boolean (field->name, NULL, NULL, FALSE, flags);
    case FAR_FIELD_STRING:
      return g_param_spec_string (field->name, NULL, NULL, NULL, flags);
    case FAR_FIELD_OBJECT:
      return g_param_spec_object (field->name, NULL, NULL, G_TYPE_OBJECT, flags);
    default:
      g_assert_not_reached ();
    }
}

/**
 * far_item_class_install: (skip)
 * @fields: static, in the order of the setters' indices
 * @n_fields: at most FAR_ITEM_FIELDS_MAX
 *
 * Called once in the class_init of a subclass.
 */
void
far_item_class_install (FarItemClass *klass, const FarField *fields, guint n_fields)
{
  g_assert (klass->fields == NULL);
  g_assert (n_fields > 0 && n_fields <= FAR_ITEM_FIELDS_MAX);

  klass->fields = fields;
  klass->n_fields = n_fields;
  /* Not inherited: GObject asks the class that owns the property. */
  G_OBJECT_CLASS (klass)->get_property = far_item_get_property;
  for (guint i = 0; i < n_fields; i++)
    {
      klass->pspecs[i] = create_pspec (&fields[i]);
      g_object_class_install_property (G_OBJECT_CLASS (klass), i + 1, klass->pspecs[i]);
    }
}

void
far_item_set_int64 (gpointer item, guint index, gint64 value)
{
  gint64 *member = field_of (item, check_field (item, index, FAR_FIELD_INT64));

  if (*member == value)
    return;
  *member = value;
  notify_field (item, index);
}

void
far_item_set_double (gpointer item, guint index, double value)
{
  double *member = field_of (item, check_field (item, index, FAR_FIELD_DOUBLE));

  if (*member == value || (isnan (*member) && isnan (value)))
    return;
  *member = value;
  notify_field (item, index);
}

void
far_item_set_boolean (gpointer item, guint index, gboolean value)
{
  gboolean *member = field_of (item, check_field (item, index, FAR_FIELD_BOOLEAN));

  if (!*member == !value)
    return;
  *member = !!value;
  notify_field (item, index);
}

void
far_item_set_string (gpointer item, guint index, const char *value)
{
  char **member = field_of (item, check_field (item, index, FAR_FIELD_STRING));

  if (g_strcmp0 (*member, value) == 0)
    return;
  g_free (*member);
  *member = g_strdup (value);
  notify_field (item, index);
}

void
far_item_set_object (gpointer item, guint index, gpointer value)
{
  GObject **member = field_of (item, check_field (item, index, FAR_FIELD_OBJECT));

  if (g_set_object (member, value))
    notify_field (item, index);
}
