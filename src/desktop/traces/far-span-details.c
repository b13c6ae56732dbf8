/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A grid of names and values, made anew for each span. Values are plain text that can be selected.
 * "Show Function" is there only where the deployment has that function: a trace goes through other
 * systems too, whose services have no page here. */
#include "farthing-config.h"

#include "desktop/traces/far-span-details.h"

#include <glib/gi18n.h>
#include <string.h>

#include "desktop/far-format.h"

#define WIDTH_BESIDE 280
#define HEIGHT_BELOW 190
#define NAME_CHARS_MAX 14
#define VALUE_CHARS_MAX 26
#define ATTRIBUTES_MAX 64
/* What functions tell of themselves is told with this in front. */
#define OWN_PREFIX "app."

struct _FarSpanDetails
{
  AdwBin parent_instance;

  GtkWidget *scroller;
  GtkWidget *title;
  GtkWidget *open;
  GtkWidget *grid;
  int        n_rows;

  GListModel *functions; /* (element-type FarFunctionInfo): which have a page */
  char       *function;  /* of the span; "" where there is none */
};

G_DEFINE_FINAL_TYPE (FarSpanDetails, far_span_details, ADW_TYPE_BIN)

static gboolean
has_page (FarSpanDetails *self)
{
  for (guint i = 0; self->functions != NULL && i < g_list_model_get_n_items (self->functions); i++)
    {
      g_autoptr (FarFunctionInfo) function = g_list_model_get_item (self->functions, i);

      if (g_strcmp0 (far_function_info_get_name (function), self->function) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
update_open (FarSpanDetails *self)
{
  gtk_widget_set_visible (self->open, has_page (self));
}

static void
far_span_details_dispose (GObject *object)
{
  FarSpanDetails *self = FAR_SPAN_DETAILS (object);

  far_span_details_set_functions (self, NULL);
  g_clear_pointer (&self->function, g_free);

  G_OBJECT_CLASS (far_span_details_parent_class)->dispose (object);
}

static void
far_span_details_class_init (FarSpanDetailsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_span_details_dispose;
}

/* Beside the spans it wants one width whatever it says, so that they do not move; but it takes
 * less. */
static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
         int *minimum_baseline, int *natural_baseline)
{
  FarSpanDetails *self = FAR_SPAN_DETAILS (widget);

  gtk_widget_measure (self->scroller, orientation, for_size, minimum, natural, minimum_baseline,
                      natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = MAX (*minimum, WIDTH_BESIDE);
}

static void
allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (FAR_SPAN_DETAILS (widget)->scroller, width, height, baseline, NULL);
}

static void
far_span_details_init (FarSpanDetails *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->title = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_label_set_wrap (GTK_LABEL (self->title), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->title), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->title, "heading");
  self->grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 6);
  self->open = gtk_button_new_with_mnemonic (_("Show _Function"));
  gtk_widget_set_halign (self->open, GTK_ALIGN_START);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->open), "s", "");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->open), "win.show-function");
  gtk_box_append (GTK_BOX (box), self->title);
  gtk_box_append (GTK_BOX (box), self->grid);
  gtk_box_append (GTK_BOX (box), self->open);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), box);
  adw_bin_set_child (ADW_BIN (self), self->scroller);
  gtk_widget_set_layout_manager (GTK_WIDGET (self), gtk_custom_layout_new (NULL, measure,
                                                                          allocate));
  gtk_widget_set_hexpand (GTK_WIDGET (self), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Details of the span"), -1);
  gtk_widget_add_css_class (GTK_WIDGET (self), "span-details");
  far_span_details_set_beside (self, TRUE);
}

/* Takes the value. */
static void
add (FarSpanDetails *self, const char *name, char *value)
{
  GtkWidget *key = gtk_label_new (name);
  GtkWidget *label = gtk_label_new (value);

  gtk_label_set_xalign (GTK_LABEL (key), 0);
  gtk_label_set_yalign (GTK_LABEL (key), 0);
  gtk_label_set_wrap (GTK_LABEL (key), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (key), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (key), NAME_CHARS_MAX);
  gtk_widget_add_css_class (key, "dim-label");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), NAME_CHARS_MAX / 2);
  gtk_label_set_max_width_chars (GTK_LABEL (label), VALUE_CHARS_MAX);
  gtk_widget_add_css_class (label, "numeric");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_RELATION_LABELLED_BY, key,
                                  NULL, -1);
  gtk_grid_attach (GTK_GRID (self->grid), key, 0, self->n_rows, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), label, 1, self->n_rows, 1, 1);
  self->n_rows++;
  g_free (value);
}

static char *
attribute_text (JsonNode *node)
{
  g_autofree char *text = NULL;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    text = json_node_dup_string (node);
  else
    text = json_to_string (node, FALSE);
  return far_format_plain (text);
}

static void
add_attributes (FarSpanDetails *self, JsonObject *attributes)
{
  g_autoptr (GList) names = json_object_get_members (attributes);
  guint n = 0;

  names = g_list_sort (names, (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL && n < ATTRIBUTES_MAX; l = l->next, n++)
    {
      const char *name = l->data;
      g_autofree char *plain = far_format_plain (g_str_has_prefix (name, OWN_PREFIX)
                                                 ? name + strlen (OWN_PREFIX) : name);

      add (self, plain, attribute_text (json_object_get_member (attributes, name)));
    }
}

static void
add_times (FarSpanDetails *self, FarSpanItem *item)
{
  const FarWaterfallRow *row = far_span_item_get_row (item);
  const FarWaterfall *waterfall = far_span_item_get_waterfall (item);

  add (self, _("Began after"), far_format_duration ((double) (row->span->start_us -
                                                              waterfall->from_us)));
  add (self, _("Took"), far_format_duration ((double) row->span->duration_us));
  if (row->first_child != FAR_WATERFALL_NONE)
    add (self, _("Of its own"), far_format_duration ((double) row->own_us));
  if (row->skew_us > 0)
    {
      g_autofree char *skew = far_format_duration ((double) row->skew_us);

      /* Translators: %s is a duration */
      add (self, _("Clocks"), g_strdup_printf (_("begins %s before its parent"), skew));
    }
  if (row->is_orphan)
    add (self, _("Parent"), g_strdup_printf (_("%s, which is missing"), row->span->parent_id));
}

/**
 * far_span_details_set_item:
 * @item: (nullable): whose details are shown from now on
 */
void
far_span_details_set_item (FarSpanDetails *self, FarSpanItem *item)
{
  g_autofree char *title = NULL;
  const FarSpanInfo *span;
  GtkWidget *child;

  g_return_if_fail (FAR_IS_SPAN_DETAILS (self));

  while ((child = gtk_widget_get_first_child (self->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (self->grid), child);
  self->n_rows = 0;
  gtk_widget_set_visible (GTK_WIDGET (self), item != NULL);
  if (item == NULL)
    return;
  span = far_span_item_get_row (item)->span;
  title = far_span_item_get_title (item);
  gtk_label_set_label (GTK_LABEL (self->title), title);
  add (self, _("Kind"), g_strdup (far_span_kind_get_title (span->kind)));
  if (g_str_equal (span->status, "error"))
    add (self, _("Result"), span->outcome[0] != '\0'
         ? g_strdup_printf (_("failed (%s)"), span->outcome) : g_strdup (_("failed")));
  if (span->function[0] != '\0')
    add (self, _("Function"), far_format_plain (span->function));
  add_times (self, item);
  if (span->request_id[0] != '\0')
    add (self, _("Request"), g_strdup (span->request_id));
  add_attributes (self, span->attributes);
  g_free (self->function);
  self->function = g_strdup (span->function);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->open), "s", span->function);
  update_open (self);
}

/**
 * far_span_details_set_functions:
 * @functions: (nullable) (element-type FarFunctionInfo): those of the deployment, as they come and
 *   go; NULL: none has a page
 */
void
far_span_details_set_functions (FarSpanDetails *self, GListModel *functions)
{
  g_return_if_fail (FAR_IS_SPAN_DETAILS (self));

  if (self->functions != NULL)
    g_signal_handlers_disconnect_by_func (self->functions, update_open, self);
  g_set_object (&self->functions, functions);
  if (functions == NULL)
    return;
  g_signal_connect_swapped (functions, "items-changed", G_CALLBACK (update_open), self);
  update_open (self);
}

/**
 * far_span_details_set_beside:
 * @beside: whether it stands beside the spans, or below them
 */
void
far_span_details_set_beside (FarSpanDetails *self, gboolean beside)
{
  g_return_if_fail (FAR_IS_SPAN_DETAILS (self));

  gtk_widget_set_size_request (self->scroller, -1, beside ? -1 : HEIGHT_BELOW);
  gtk_widget_set_vexpand (self->scroller, beside);
  if (beside)
    gtk_widget_remove_css_class (GTK_WIDGET (self), "below");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self), "below");
}
