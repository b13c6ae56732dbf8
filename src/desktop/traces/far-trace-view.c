/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asked for once: a trace that is listed has ended. The arrow keys walk the rows; left goes to the
 * parent, right to the first child. Details stand beside the rows, or below where there is no
 * room. */
#include "farthing-config.h"

#include "desktop/traces/far-trace-view.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/model/far-inquiry.h"
#include "desktop/traces/far-span-details.h"
#include "desktop/traces/far-span-item.h"
#include "desktop/traces/far-span-row.h"
#include "desktop/traces/far-span-scale.h"

#define DETAILS_BESIDE 820

struct _FarTraceView
{
  AdwBin parent_instance;

  GtkStack           *stack;
  AdwStatusPage      *problem;
  GtkSpinner         *spinner;
  GtkLabel           *facts;
  GtkLabel           *doubts;
  FarSpanScale       *scale;
  GtkListView        *rows;
  GtkBox             *split;
  FarSpanDetails     *details;

  FarInquiry          inquiry;
  GListStore         *items; /* of FarSpanItem */
  GtkSingleSelection *selection;
  guint               width_id;
};

G_DEFINE_FINAL_TYPE (FarTraceView, far_trace_view, ADW_TYPE_BIN)

static void
setup_row_cb (FarTraceView *self, GtkListItem *list_item)
{
  gtk_list_item_set_child (list_item, far_span_row_new ());
}

static void
bind_row_cb (FarTraceView *self, GtkListItem *list_item)
{
  FarSpanItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item);
  g_autofree char *words = far_span_item_describe (item);

  far_span_row_set_item (FAR_SPAN_ROW (row), item);
  /* What has the focus is the list's own widget around the row. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (row)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

static void
unbind_row_cb (FarTraceView *self, GtkListItem *list_item)
{
  far_span_row_set_item (FAR_SPAN_ROW (gtk_list_item_get_child (list_item)), NULL);
}

static void
selected_cb (FarTraceView *self)
{
  if (self->details != NULL)
    far_span_details_set_item (self->details,
                               gtk_single_selection_get_selected_item (self->selection));
}

/* up: to the parent; otherwise to the first child. */
static gboolean
walk_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  FarTraceView *self = FAR_TRACE_VIEW (widget);
  FarSpanItem *item = gtk_single_selection_get_selected_item (self->selection);
  const FarWaterfallRow *row;
  int target;

  if (item == NULL || gtk_widget_get_focus_child (GTK_WIDGET (self->rows)) == NULL)
    return GDK_EVENT_PROPAGATE;
  row = far_span_item_get_row (item);
  target = g_variant_get_boolean (args) ? row->parent : row->first_child;
  if (target == FAR_WATERFALL_NONE)
    return GDK_EVENT_PROPAGATE;
  gtk_widget_activate_action (GTK_WIDGET (self->rows), "list.select-item", "(ubb)",
                              (guint) target, FALSE, FALSE);
  gtk_widget_activate_action (GTK_WIDGET (self->rows), "list.scroll-to-item", "u",
                              (guint) target);
  return GDK_EVENT_STOP;
}

static gboolean
update_split_cb (gpointer user_data)
{
  FarTraceView *self = user_data;
  gboolean beside = gtk_widget_get_width (GTK_WIDGET (self)) >= DETAILS_BESIDE;

  self->width_id = 0;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->split), beside
                                  ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL);
  far_span_details_set_beside (self->details, beside);
  return G_SOURCE_REMOVE;
}

/* Nothing may be resized while it is being allocated. */
static void
width_changed_cb (FarTraceView *self)
{
  if (self->width_id == 0)
    self->width_id = g_idle_add (update_split_cb, self);
}

static void
far_trace_view_dispose (GObject *object)
{
  FarTraceView *self = FAR_TRACE_VIEW (object);

  far_inquiry_cancel (&self->inquiry);
  g_clear_handle_id (&self->width_id, g_source_remove);
  if (self->rows != NULL)
    gtk_list_view_set_model (self->rows, NULL);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_func (self->selection, selected_cb, self);
  g_clear_object (&self->selection);
  g_clear_object (&self->items);
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_TRACE_VIEW);

  G_OBJECT_CLASS (far_trace_view_parent_class)->dispose (object);
}

static void
far_trace_view_class_init (FarTraceViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_trace_view_dispose;

  g_type_ensure (FAR_TYPE_SPAN_DETAILS);
  g_type_ensure (FAR_TYPE_SPAN_SCALE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/traces/"
                                               "far-trace-view.ui");
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, stack);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, problem);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, facts);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, doubts);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, scale);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, rows);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, split);
  gtk_widget_class_bind_template_child (widget_class, FarTraceView, details);
  gtk_widget_class_bind_template_callback (widget_class, setup_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, width_changed_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Left, 0, walk_cb, "b", TRUE);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Right, 0, walk_cb, "b", FALSE);
}

static void
far_trace_view_init (FarTraceView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->items = g_list_store_new (FAR_TYPE_SPAN_ITEM);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->items)));
  gtk_list_view_set_model (self->rows, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (selected_cb),
                            self);
}

static void
append_clause (GString *text, char *clause)
{
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, clause);
  g_free (clause);
}

static char *
describe_facts (const FarWaterfall *waterfall)
{
  GString *text = g_string_new (NULL);

  append_clause (text, far_format_moment (waterfall->from_us, g_get_real_time ()));
  append_clause (text, far_format_duration ((double) (waterfall->to_us - waterfall->from_us)));
  append_clause (text, g_strdup_printf (g_dngettext (NULL, "%u span", "%u spans",
                                                     waterfall->n_rows), waterfall->n_rows));
  if (waterfall->n_errors > 0)
    append_clause (text, g_strdup_printf (g_dngettext (NULL, "%u failed", "%u failed",
                                                       waterfall->n_errors),
                                          waterfall->n_errors));
  return g_string_free (text, FALSE);
}

/* What keeps the picture from being the whole truth. */
static char *
describe_doubts (const FarWaterfall *waterfall)
{
  GString *text = g_string_new (NULL);

  if (!waterfall->trace->complete)
    append_clause (text, g_strdup (_("There are more spans than are shown")));
  if (waterfall->n_orphans > 0)
    append_clause (text, g_strdup_printf (g_dngettext (NULL,
                                                       "The parent of %u span is missing",
                                                       "The parents of %u spans are missing",
                                                       waterfall->n_orphans),
                                          waterfall->n_orphans));
  if (waterfall->n_skewed > 0)
    append_clause (text, g_strdup_printf (g_dngettext (NULL,
                                                       "%u span begins before its parent: the "
                                                       "clocks of two machines differ",
                                                       "%u spans begin before their parents: the "
                                                       "clocks of two machines differ",
                                                       waterfall->n_skewed),
                                          waterfall->n_skewed));
  return g_string_free (text, FALSE);
}

/**
 * far_trace_view_fill:
 * @trace: shown from now on
 */
void
far_trace_view_fill (FarTraceView *self, FarTraceInfo *trace)
{
  g_autoptr (FarWaterfall) waterfall = far_waterfall_new (trace);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *facts = describe_facts (waterfall);
  g_autofree char *doubts = describe_doubts (waterfall);

  g_return_if_fail (FAR_IS_TRACE_VIEW (self));

  gtk_label_set_label (self->facts, facts);
  gtk_label_set_label (self->doubts, doubts);
  gtk_widget_set_visible (GTK_WIDGET (self->doubts), doubts[0] != '\0');
  far_span_scale_set_waterfall (self->scale, waterfall);
  for (guint i = 0; i < waterfall->n_rows; i++)
    g_ptr_array_add (items, far_span_item_new (waterfall, i));
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)),
                       items->pdata, items->len);
  gtk_stack_set_visible_child_name (self->stack, "trace");
  gtk_widget_grab_focus (GTK_WIDGET (self->rows));
}

static void
show_problem (FarTraceView *self, const char *title, const char *text)
{
  g_autofree char *escaped = text != NULL ? g_markup_escape_text (text, -1) : NULL;

  adw_status_page_set_title (self->problem, title);
  adw_status_page_set_description (self->problem, escaped);
  gtk_stack_set_visible_child_name (self->stack, "problem");
}

static void
answered_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarTraceView *self = owner;
  g_autoptr (GError) odd = NULL;
  g_autoptr (FarTraceInfo) trace = NULL;

  gtk_spinner_set_spinning (self->spinner, FALSE);
  if (answer != NULL)
    trace = far_trace_info_parse (answer, &odd);
  if (trace != NULL && trace->n_spans > 0)
    far_trace_view_fill (self, trace);
  else if (trace != NULL || g_error_matches (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_NOT_FOUND))
    show_problem (self, _("This Trace Is Not Kept Any Longer"),
                  _("Single invocations are kept for some days. Figures are kept for longer."));
  else
    show_problem (self, _("The Trace Cannot Be Shown"),
                  error != NULL ? error->message : odd->message);
}

/**
 * far_trace_view_show:
 * @client: (nullable): whom to ask; NULL gives up what is under way
 * @trace_id: (nullable): of the trace
 */
void
far_trace_view_show (FarTraceView *self, FarPlatformClient *client, const char *trace_id)
{
  g_autofree char *escaped = NULL;
  g_autofree char *url = NULL;

  g_return_if_fail (FAR_IS_TRACE_VIEW (self));

  far_inquiry_cancel (&self->inquiry);
  g_list_store_remove_all (self->items);
  far_span_details_set_functions (self->details, client != NULL
                                  ? far_platform_client_get_functions (client) : NULL);
  if (client == NULL || trace_id == NULL)
    return;
  escaped = g_uri_escape_string (trace_id, NULL, FALSE);
  url = g_strconcat ("/v1/traces/", escaped, NULL);
  gtk_stack_set_visible_child_name (self->stack, "loading");
  gtk_spinner_set_spinning (self->spinner, TRUE);
  far_inquiry_send (&self->inquiry, self, client, "GET", url, NULL, answered_cb);
}
