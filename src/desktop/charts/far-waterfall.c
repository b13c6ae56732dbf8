/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spans are whatever somebody sent: a parent may be missing, come later, be the span itself or one
 * of its own descendants; two may have one id; a child may begin before its parent, because two
 * machines' clocks differ. Each span gets exactly one row all the same. Of two with one id the
 * first has the children; who would be his own ancestor becomes a root.
 *
 * The extent goes from the earliest beginning to the latest end of any span, whatever the trace
 * says of itself. */
#include "desktop/charts/far-waterfall.h"

#include "client/far-boxed-private.h"

typedef struct {
  const FarTraceInfo *trace;
  int     *parents;  /* of each span: another span's index, or NONE */
  GArray **children; /* of each span: indices, by beginning */
  GArray  *roots;
} Family;

static void
waterfall_clear (FarWaterfall *self)
{
  g_clear_pointer (&self->trace, far_trace_info_unref);
  g_free (self->rows);
}

FAR_DEFINE_RC_BOXED (FarWaterfall, far_waterfall, waterfall_clear)

static int
compare_spans (gconstpointer a, gconstpointer b, gpointer trace)
{
  const FarSpanInfo *spans = ((const FarTraceInfo *) trace)->spans;
  int left = *(const int *) a;
  int right = *(const int *) b;

  if (spans[left].start_us != spans[right].start_us)
    return spans[left].start_us < spans[right].start_us ? -1 : 1;
  return left - right;
}

static void
find_parents (Family *family)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = family->trace->n_spans;

  for (guint i = 0; i < n; i++)
    if (!g_hash_table_contains (by_id, family->trace->spans[i].span_id))
      g_hash_table_insert (by_id, family->trace->spans[i].span_id, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < n; i++)
    family->parents[i] = GPOINTER_TO_INT (g_hash_table_lookup (by_id,
                                                               family->trace->spans[i].parent_id)) -
                         1;
}

/* Whoever comes back to himself on the way up loses his parent. */
static void
break_circles (Family *family)
{
  guint n = family->trace->n_spans;
  g_autofree guint *seen = g_new0 (guint, n + 1);

  for (guint i = 0; i < n; i++)
    {
      int at = (int) i;

      while (at != FAR_WATERFALL_NONE && seen[at] == 0)
        {
          seen[at] = i + 1;
          if (family->parents[at] != FAR_WATERFALL_NONE && seen[family->parents[at]] == i + 1)
            family->parents[at] = FAR_WATERFALL_NONE;
          at = family->parents[at];
        }
    }
}

static void
find_children (Family *family)
{
  guint n = family->trace->n_spans;

  for (guint i = 0; i < n; i++)
    {
      int parent = family->parents[i];
      int index = (int) i;

      if (parent == FAR_WATERFALL_NONE)
        g_array_append_val (family->roots, index);
      else
        {
          if (family->children[parent] == NULL)
            family->children[parent] = g_array_new (FALSE, FALSE, sizeof (int));
          g_array_append_val (family->children[parent], index);
        }
    }
  g_array_sort_with_data (family->roots, compare_spans, (gpointer) family->trace);
  for (guint i = 0; i < n; i++)
    if (family->children[i] != NULL)
      g_array_sort_with_data (family->children[i], compare_spans, (gpointer) family->trace);
}

/* Its time without what children cover; they are in order of their beginning. */
static gint64
own_time (const Family *family, const FarSpanInfo *span, const GArray *children)
{
  gint64 end_us = span->start_us + span->duration_us;
  gint64 at_us = span->start_us;
  gint64 own_us = 0;

  for (guint i = 0; children != NULL && i < children->len; i++)
    {
      const FarSpanInfo *child = &family->trace->spans[g_array_index (children, int, i)];
      gint64 from_us = CLAMP (child->start_us, at_us, end_us);

      own_us += from_us - at_us;
      at_us = CLAMP (child->start_us + child->duration_us, from_us, end_us);
    }
  return own_us + end_us - at_us;
}

static void
add_row (FarWaterfall *self, const Family *family, int index, int parent)
{
  const FarSpanInfo *span = &family->trace->spans[index];
  FarWaterfallRow *row = &self->rows[self->n_rows];
  double extent_us = (double) (self->to_us - self->from_us);

  *row = (FarWaterfallRow) {
    .span = span,
    .parent = parent,
    .first_child = family->children[index] != NULL ? (int) self->n_rows + 1 : FAR_WATERFALL_NONE,
    .depth = parent != FAR_WATERFALL_NONE ? self->rows[parent].depth + 1 : 0,
    .from = (double) (span->start_us - self->from_us) / extent_us,
    .to = (double) (span->start_us - self->from_us + span->duration_us) / extent_us,
    .own_us = own_time (family, span, family->children[index]),
    .is_orphan = parent == FAR_WATERFALL_NONE && span->parent_id[0] != '\0',
  };
  if (parent != FAR_WATERFALL_NONE)
    row->skew_us = MAX (self->rows[parent].span->start_us - span->start_us, 0);
  self->n_rows++;
  self->n_errors += g_str_equal (span->status, "error");
  self->n_orphans += row->is_orphan;
  self->n_skewed += row->skew_us > 0;
}

/* Depth first, with a stack of our own: a chain may be as long as the trace. */
static void
add_rows (FarWaterfall *self, const Family *family)
{
  typedef struct {
    int index;
    int parent; /* row */
  } Step;
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Step));

  for (guint i = family->roots->len; i-- > 0;)
    {
      Step step = { g_array_index (family->roots, int, i), FAR_WATERFALL_NONE };

      g_array_append_val (stack, step);
    }
  while (stack->len > 0)
    {
      Step step = g_array_index (stack, Step, stack->len - 1);
      const GArray *children = family->children[step.index];
      int row = (int) self->n_rows;

      g_array_set_size (stack, stack->len - 1);
      add_row (self, family, step.index, step.parent);
      for (guint i = children != NULL ? children->len : 0; i-- > 0;)
        {
          Step next = { g_array_index (children, int, i), row };

          g_array_append_val (stack, next);
        }
    }
}

static void
measure_extent (FarWaterfall *self)
{
  const FarTraceInfo *trace = self->trace;

  self->from_us = trace->n_spans > 0 ? trace->spans[0].start_us : trace->start_us;
  self->to_us = self->from_us;
  for (guint i = 0; i < trace->n_spans; i++)
    {
      const FarSpanInfo *span = &trace->spans[i];

      self->from_us = MIN (self->from_us, span->start_us);
      self->to_us = MAX (self->to_us, span->start_us + span->duration_us);
    }
  self->to_us = MAX (self->to_us, self->from_us + 1);
}

/**
 * far_waterfall_new:
 * @trace: its spans may come in any order
 */
FarWaterfall *
far_waterfall_new (FarTraceInfo *trace)
{
  FarWaterfall *self = g_rc_box_new0 (FarWaterfall);
  guint n = trace->n_spans;
  Family family = {
    .trace = trace,
    .parents = g_new (int, n + 1),
    .children = g_new0 (GArray *, n + 1),
    .roots = g_array_new (FALSE, FALSE, sizeof (int)),
  };

  self->trace = far_trace_info_ref (trace);
  self->rows = g_new0 (FarWaterfallRow, n + 1);
  measure_extent (self);
  find_parents (&family);
  break_circles (&family);
  find_children (&family);
  add_rows (self, &family);
  g_assert (self->n_rows == n);

  for (guint i = 0; i < n; i++)
    g_clear_pointer (&family.children[i], g_array_unref);
  g_free (family.children);
  g_free (family.parents);
  g_array_unref (family.roots);
  return self;
}
