/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of the list of functions. One table says which figure is which property, so that reading,
 * comparing and notifying are each one loop. Main thread. */
#include "farthing-config.h"

#include "client/far-function-info.h"

struct _FarFunctionInfo {
  GObject parent_instance;
  char *name;
  char *runtime;
  FarFunctionFigures figures;
};

G_DEFINE_FINAL_TYPE (FarFunctionInfo, far_function_info, G_TYPE_OBJECT)

#define FIGURE(property, field) \
  { property, G_STRUCT_OFFSET (FarFunctionFigures, field), \
    sizeof (((FarFunctionFigures *) NULL)->field) == sizeof (gint64) }

static const struct {
  const char *property;
  glong offset;
  gboolean is_wide; /* gint64, else guint */
} figures[] = {
  FIGURE ("memory-mb", memory_mb),
  FIGURE ("timeout-s", timeout_s),
  FIGURE ("invocations", invocations),
  FIGURE ("errors", errors),
  FIGURE ("throttles", throttles),
  FIGURE ("cold-starts", cold_starts),
  FIGURE ("p50-us", p50_us),
  FIGURE ("p90-us", p90_us),
  FIGURE ("p99-us", p99_us),
  FIGURE ("p50-low-us", p50_low_us),
  FIGURE ("p50-high-us", p50_high_us),
  FIGURE ("p99-low-us", p99_low_us),
  FIGURE ("p99-high-us", p99_high_us),
  FIGURE ("concurrency", concurrency),
  FIGURE ("mb-ms", mb_ms),
  FIGURE ("cost-picodollars", cost_picodollars),
  FIGURE ("instances", instances),
  FIGURE ("route-count", route_count),
  FIGURE ("reserved-concurrency", reserved_concurrency),
};

enum {
  PROP_0,
  PROP_NAME,
  PROP_RUNTIME,
  PROP_FIRST_FIGURE,
  N_PROPS = PROP_FIRST_FIGURE + G_N_ELEMENTS (figures),
};

static GParamSpec *properties[N_PROPS];
static guint changed_signal;

static gint64
read_figure (const FarFunctionFigures *from,
             gsize                     i)
{
  if (figures[i].is_wide)
    return G_STRUCT_MEMBER (gint64, from, figures[i].offset);
  return G_STRUCT_MEMBER (guint, from, figures[i].offset);
}

static void
far_function_info_get_property (GObject    *object,
                                guint       id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  FarFunctionInfo *self = FAR_FUNCTION_INFO (object);

  if (id == PROP_NAME)
    g_value_set_string (value, self->name);
  else if (id == PROP_RUNTIME)
    g_value_set_string (value, self->runtime);
  else if (id >= PROP_FIRST_FIGURE && id < N_PROPS)
    g_value_set_int64 (value, read_figure (&self->figures, id - PROP_FIRST_FIGURE));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
far_function_info_finalize (GObject *object)
{
  FarFunctionInfo *self = FAR_FUNCTION_INFO (object);

  g_free (self->name);
  g_free (self->runtime);
  G_OBJECT_CLASS (far_function_info_parent_class)->finalize (object);
}

static void
far_function_info_class_init (FarFunctionInfoClass *class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = far_function_info_get_property;
  object_class->finalize = far_function_info_finalize;

  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_RUNTIME] = g_param_spec_string ("runtime", NULL, NULL, NULL, flags);
  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++)
    properties[PROP_FIRST_FIGURE + i] =
      g_param_spec_int64 (figures[i].property, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * FarFunctionInfo::changed:
   *
   * Some of the figures have changed; comes once behind all their notifications.
   */
  changed_signal = g_signal_new ("changed", FAR_TYPE_FUNCTION_INFO, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
far_function_info_init (FarFunctionInfo *self)
{
}

/**
 * far_function_info_new:
 * @name: of the function
 * @runtime: such as "provided.al2023"
 * @figures: (nullable): its figures; zeros if NULL
 *
 * Returns: (transfer full): a new row
 */
FarFunctionInfo *
far_function_info_new (const char               *name,
                       const char               *runtime,
                       const FarFunctionFigures *first_figures)
{
  FarFunctionInfo *self = g_object_new (FAR_TYPE_FUNCTION_INFO, NULL);

  g_return_val_if_fail (name != NULL && runtime != NULL, NULL);

  self->name = g_strdup (name);
  self->runtime = g_strdup (runtime);
  if (first_figures != NULL)
    self->figures = *first_figures;
  return self;
}

/**
 * far_function_info_get_name:
 * @self: a row
 *
 * Returns: (transfer none): the function's name
 */
const char *
far_function_info_get_name (FarFunctionInfo *self)
{
  g_return_val_if_fail (FAR_IS_FUNCTION_INFO (self), NULL);

  return self->name;
}

/**
 * far_function_info_get_runtime:
 * @self: a row
 *
 * Returns: (transfer none): the function's runtime
 */
const char *
far_function_info_get_runtime (FarFunctionInfo *self)
{
  g_return_val_if_fail (FAR_IS_FUNCTION_INFO (self), NULL);

  return self->runtime;
}

/**
 * far_function_info_get_figures:
 * @self: a row
 *
 * Returns: (transfer none): its figures, which change in place
 */
const FarFunctionFigures *
far_function_info_get_figures (FarFunctionInfo *self)
{
  g_return_val_if_fail (FAR_IS_FUNCTION_INFO (self), NULL);

  return &self->figures;
}

/**
 * far_function_info_update:
 * @self: a row
 * @figures: the new figures
 *
 * Notifies of each property that differs, and then emits "changed"; of nothing if none does.
 */
void
far_function_info_update (FarFunctionInfo          *self,
                          const FarFunctionFigures *new_figures)
{
  FarFunctionFigures old_figures;
  gboolean changed = FALSE;

  g_return_if_fail (FAR_IS_FUNCTION_INFO (self) && new_figures != NULL);

  old_figures = self->figures;
  self->figures = *new_figures;
  g_object_freeze_notify (G_OBJECT (self));
  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++)
    if (read_figure (&old_figures, i) != read_figure (new_figures, i))
      {
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIRST_FIGURE + i]);
        changed = TRUE;
      }
  g_object_thaw_notify (G_OBJECT (self));
  if (changed)
    g_signal_emit (self, changed_signal, 0);
}
