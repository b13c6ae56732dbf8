/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One value with change notification; charts that share the object point together. */
#include "desktop/charts/far-chart-cursor.h"

struct _FarChartCursor
{
  GObject parent_instance;

  gint64 time_us;
};

enum { PROP_0, PROP_TIME, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarChartCursor, far_chart_cursor, G_TYPE_OBJECT)

static void
far_chart_cursor_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarChartCursor *self = FAR_CHART_CURSOR (object);

  switch (prop_id)
    {
    case PROP_TIME:
      g_value_set_int64 (value, self->time_us);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_chart_cursor_set_property (GObject *object, guint prop_id, const GValue *value,
                               GParamSpec *pspec)
{
  FarChartCursor *self = FAR_CHART_CURSOR (object);

  switch (prop_id)
    {
    case PROP_TIME:
      far_chart_cursor_set_time (self, g_value_get_int64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_chart_cursor_class_init (FarChartCursorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = far_chart_cursor_get_property;
  object_class->set_property = far_chart_cursor_set_property;

  properties[PROP_TIME] =
    g_param_spec_int64 ("time", NULL, NULL, FAR_CHART_CURSOR_NONE, G_MAXINT64,
                        FAR_CHART_CURSOR_NONE,
                        G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
far_chart_cursor_init (FarChartCursor *self)
{
  self->time_us = FAR_CHART_CURSOR_NONE;
}

FarChartCursor *
far_chart_cursor_new (void)
{
  return g_object_new (FAR_TYPE_CHART_CURSOR, NULL);
}

/* Returns: µs since the epoch, or FAR_CHART_CURSOR_NONE while nobody points anywhere */
gint64
far_chart_cursor_get_time (FarChartCursor *self)
{
  g_return_val_if_fail (FAR_IS_CHART_CURSOR (self), FAR_CHART_CURSOR_NONE);

  return self->time_us;
}

void
far_chart_cursor_set_time (FarChartCursor *self, gint64 time_us)
{
  g_return_if_fail (FAR_IS_CHART_CURSOR (self));

  if (self->time_us == time_us)
    return;
  self->time_us = time_us;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIME]);
}
