/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Immutable. Names come from functions and from other systems: they are plain text, without control
 * characters. */
#include "farthing-config.h"

#include "desktop/traces/far-span-item.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

struct _FarSpanItem
{
  GObject parent_instance;

  FarWaterfall *waterfall;
  guint         index;
};

G_DEFINE_FINAL_TYPE (FarSpanItem, far_span_item, G_TYPE_OBJECT)

static void
far_span_item_finalize (GObject *object)
{
  g_clear_pointer (&FAR_SPAN_ITEM (object)->waterfall, far_waterfall_unref);

  G_OBJECT_CLASS (far_span_item_parent_class)->finalize (object);
}

static void
far_span_item_class_init (FarSpanItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_span_item_finalize;
}

static void
far_span_item_init (FarSpanItem *self)
{
}

/**
 * far_span_item_new:
 * @index: of its row
 */
FarSpanItem *
far_span_item_new (FarWaterfall *waterfall, guint index)
{
  FarSpanItem *self = g_object_new (FAR_TYPE_SPAN_ITEM, NULL);

  g_return_val_if_fail (index < waterfall->n_rows, NULL);

  self->waterfall = far_waterfall_ref (waterfall);
  self->index = index;
  return self;
}

/* Returns: (transfer none) */
FarWaterfall *
far_span_item_get_waterfall (FarSpanItem *self)
{
  g_return_val_if_fail (FAR_IS_SPAN_ITEM (self), NULL);

  return self->waterfall;
}

/* Returns: (transfer none) */
const FarWaterfallRow *
far_span_item_get_row (FarSpanItem *self)
{
  g_return_val_if_fail (FAR_IS_SPAN_ITEM (self), NULL);

  return &self->waterfall->rows[self->index];
}

/* Returns: (transfer none): what a kind of span is, in the user's language; the kind itself if it
 *   is not known */
const char *
far_span_kind_get_title (const char *kind)
{
  static const struct {
    const char *kind;
    const char *title;
  } kinds[] = {
    { "gateway", N_("Request") },
    { "invoke", N_("Invocation") },
    { "schedule", N_("Schedule") },
    { "queue", N_("Waiting") },
    { "cold", N_("Cold start") },
    { "spawn", N_("Process start") },
    { "init", N_("Initialisation") },
    { "handler", N_("Handler") },
    { "bookkeeper", N_("Bookkeeper") },
    { "call", N_("Call") },
    { "overhead", N_("Overhead") },
    { "remote", N_("Another system") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kind, kinds[i].kind) == 0)
      return _(kinds[i].title);
  return kind;
}

/* Phases are known by their kind; everything else has a name. */
static gboolean
is_phase (const FarSpanInfo *span)
{
  static const char *const phases[] = { "queue", "cold", "spawn", "init", "handler", "overhead",
                                        NULL };

  return g_strv_contains (phases, span->kind);
}

/* Returns: (transfer full): one line */
char *
far_span_item_get_title (FarSpanItem *self)
{
  const FarSpanInfo *span = far_span_item_get_row (self)->span;
  g_autofree char *text = NULL;

  if (is_phase (span) || span->name[0] == '\0')
    text = g_strdup (far_span_kind_get_title (span->kind));
  else if (g_str_equal (span->kind, "bookkeeper") || g_str_equal (span->kind, "call"))
    text = g_strdup_printf ("%s: %s", far_span_kind_get_title (span->kind), span->name);
  else if (span->function[0] != '\0' && !g_str_equal (span->function, span->name))
    text = g_strdup_printf ("%s · %s", span->name, span->function);
  else
    text = g_strdup (span->name);
  return far_format_plain (text);
}

/* Returns: (transfer full): the whole row in words, for who does not see the bar */
char *
far_span_item_describe (FarSpanItem *self)
{
  const FarWaterfallRow *row = far_span_item_get_row (self);
  g_autofree char *title = far_span_item_get_title (self);
  g_autofree char *took = far_format_duration ((double) row->span->duration_us);
  g_autofree char *after = far_format_duration ((double) (row->span->start_us -
                                                          self->waterfall->from_us));
  GString *text = g_string_new (NULL);

  /* Translators: a span of a trace: its name, how long it took, how long after the trace's
   * beginning it began, and how deep it is nested */
  g_string_append_printf (text, _("%s, %s, after %s, level %u"), title, took, after,
                          row->depth + 1);
  if (g_str_equal (row->span->status, "error"))
    g_string_append_printf (text, ", %s", _("failed"));
  if (row->skew_us > 0)
    g_string_append_printf (text, ", %s", _("begins before its parent"));
  if (row->is_orphan)
    g_string_append_printf (text, ", %s", _("its parent is missing"));
  return g_string_free (text, FALSE);
}
