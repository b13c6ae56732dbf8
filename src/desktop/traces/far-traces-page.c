/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list is asked for again every few seconds while it is on screen, and at once when a filter or
 * the range changes; rows are replaced only when there are other ones, so that scrolling is not
 * disturbed. What the deployment does not report it says itself. */
#include "farthing-config.h"

#include "desktop/traces/far-traces-page.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/functions/far-table.h"
#include "desktop/model/far-inquiry.h"
#include "desktop/model/far-trace-item.h"
#include "desktop/shell/far-drop-down.h"
#include "desktop/shell/far-flow.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-range-picker.h"
#include "desktop/shell/far-state-view.h"
#include "desktop/shell/far-title.h"
#include "desktop/traces/far-trace-view.h"

#define REFRESH_S 3
#define LIMIT "100"
/* Widths in digits, so that large text leaves columns out, too. */
#define DIGITS_FOR_ALL 76
#define DIGITS_FOR_SOME 36

struct _FarTracesPage
{
  FarPage parent_instance;

  FarTitle            *title;
  GtkWidget           *back;
  GtkStack            *stack;
  GtkDropDown         *function;
  GtkDropDown         *slower;
  GtkToggleButton     *failed;
  GtkStack            *list_stack;
  AdwStatusPage       *problem;
  GtkScrolledWindow   *scroller;
  GtkColumnView       *table;
  GtkColumnViewColumn *duration_column;
  GtkColumnViewColumn *calls_column;
  GtkColumnViewColumn *failed_column;
  FarTraceView        *trace;

  FarSession          *session;
  GListModel          *functions;
  GtkStringList       *names; /* after "all" */
  GListStore          *items; /* of FarTraceItem */
  FarInquiry           inquiry;
  guint                refresh_id;
  guint                width_id;
};

G_DEFINE_FINAL_TYPE (FarTracesPage, far_traces_page, FAR_TYPE_PAGE)

/* In the order of the rows in the .ui file. */
static const char *const slower_us[] = { NULL, "10000", "100000", "1000000", "10000000" };

static char *
time_cb (gpointer list_item, gint64 time_us)
{
  return far_format_moment (time_us, g_get_real_time ());
}

static char *
name_cb (gpointer list_item, const char *name, const char *function)
{
  if (function == NULL || function[0] == '\0' || g_strcmp0 (name, function) == 0)
    return g_strdup (name);
  return g_strdup_printf ("%s · %s", name, function);
}

static char *
duration_cb (gpointer list_item, gint64 duration_us)
{
  return far_format_duration ((double) duration_us);
}

static char *
count_cb (gpointer list_item, gint64 count)
{
  return far_format_count (count);
}

static gboolean
has_error_cb (gpointer list_item, gint64 errors)
{
  return errors > 0;
}

static gboolean
in_trace (FarTracesPage *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "trace") == 0;
}

static void
update_header (FarTracesPage *self)
{
  gboolean folded;

  g_object_get (self, "folded", &folded, NULL);
  gtk_widget_set_visible (self->back, in_trace (self) || folded);
  g_object_set (self->title, "title",
                in_trace (self) ? _("Trace") : far_page_get_title (FAR_PAGE (self)), NULL);
}

static gboolean
is_same (FarTracesPage *self, GPtrArray *heads)
{
  GListModel *model = G_LIST_MODEL (self->items);
  gboolean same = g_list_model_get_n_items (model) == heads->len;

  for (guint i = 0; same && i < heads->len; i++)
    {
      const FarTraceHead *head = g_ptr_array_index (heads, i);
      g_autoptr (FarTraceItem) item = g_list_model_get_item (model, i);
      gint64 invocations;

      g_object_get (item, "invocations", &invocations, NULL);
      same = g_str_equal (far_trace_item_get_id (item), head->trace_id) &&
             invocations == head->invocations;
    }
  return same;
}

static void
fill (FarTracesPage *self, GPtrArray *heads)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  gtk_stack_set_visible_child_name (self->list_stack, heads->len > 0 ? "table" : "empty");
  if (is_same (self, heads))
    return;
  for (guint i = 0; i < heads->len; i++)
    g_ptr_array_add (items, far_trace_item_new (g_ptr_array_index (heads, i)));
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)),
                       items->pdata, items->len);
}

/* A failure leaves what is there, which the title says is old; not so what is not reported. */
static void
answered_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarTracesPage *self = owner;
  g_autoptr (GPtrArray) heads = NULL;

  if (self->items == NULL)
    return;
  if (answer != NULL)
    heads = far_trace_heads_parse (answer, NULL);
  if (heads != NULL)
    fill (self, heads);
  else if (error != NULL && g_str_equal (far_client_error_get_code (error), "not_reported"))
    {
      g_autofree char *escaped = g_markup_escape_text (error->message, -1);

      g_list_store_remove_all (self->items);
      adw_status_page_set_description (self->problem, escaped);
      gtk_stack_set_visible_child_name (self->list_stack, "not-reported");
    }
}

static const char *
chosen_function (FarTracesPage *self)
{
  guint selected = gtk_drop_down_get_selected (self->function);

  if (selected == 0 || selected == GTK_INVALID_LIST_POSITION)
    return NULL;
  return gtk_string_list_get_string (self->names, selected);
}

static void
ask (FarTracesPage *self)
{
  FarPlatformClient *client = self->session != NULL ? far_session_get_client (self->session) : NULL;
  g_autofree char *from = NULL;
  g_autofree char *url = NULL;
  guint slower;

  if (client == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)) || in_trace (self))
    return;
  slower = gtk_drop_down_get_selected (self->slower);
  from = g_strdup_printf ("%" G_GINT64_FORMAT, far_session_now_us (self->session) -
                          far_range_get_length (far_session_get_range (self->session)));
  url = far_platform_url ("/v1/traces", "function", chosen_function (self), "from_us", from,
                          "errors", gtk_toggle_button_get_active (self->failed) ? "1" : NULL,
                          "duration_min_us",
                          slower < G_N_ELEMENTS (slower_us) ? slower_us[slower] : NULL,
                          "limit", LIMIT, NULL);
  far_inquiry_send (&self->inquiry, self, client, "GET", url, NULL, answered_cb);
}

static gboolean
refresh_cb (gpointer user_data)
{
  FarTracesPage *self = user_data;

  if (!far_inquiry_is_pending (&self->inquiry))
    ask (self);
  return G_SOURCE_CONTINUE;
}

static void
filter_changed_cb (FarTracesPage *self)
{
  if (self->trace != NULL)
    ask (self);
}

static void
functions_changed_cb (FarTracesPage *self)
{
  guint n = self->functions != NULL ? g_list_model_get_n_items (self->functions) : 0;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *chosen = g_strdup (chosen_function (self));
  guint selected = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FarFunctionInfo) function = g_list_model_get_item (self->functions, i);

      g_ptr_array_add (names, (gpointer) far_function_info_get_name (function));
      if (g_strcmp0 (chosen, far_function_info_get_name (function)) == 0)
        selected = i + 1;
    }
  g_ptr_array_add (names, NULL);
  gtk_string_list_splice (self->names, 1,
                          g_list_model_get_n_items (G_LIST_MODEL (self->names)) - 1,
                          (const char *const *) names->pdata);
  gtk_drop_down_set_selected (self->function, selected);
}

static void
set_functions (FarTracesPage *self, GListModel *functions)
{
  if (self->functions != NULL)
    g_signal_handlers_disconnect_by_func (self->functions, functions_changed_cb, self);
  g_set_object (&self->functions, functions);
  if (functions != NULL)
    g_signal_connect_swapped (functions, "items-changed", G_CALLBACK (functions_changed_cb), self);
  functions_changed_cb (self);
}

/* Another deployment has other traces. */
static void
client_changed_cb (FarTracesPage *self)
{
  FarPlatformClient *client = self->session != NULL ? far_session_get_client (self->session) : NULL;

  far_inquiry_cancel (&self->inquiry);
  far_page_back (FAR_PAGE (self));
  g_list_store_remove_all (self->items);
  /* Nothing is known yet, which is another thing than that there is nothing. */
  gtk_stack_set_visible_child_name (self->list_stack, "loading");
  set_functions (self, client != NULL ? far_platform_client_get_functions (client) : NULL);
  ask (self);
}

static void
far_traces_page_session_changed (FarPage *page, FarSession *session)
{
  FarTracesPage *self = FAR_TRACES_PAGE (page);

  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->session, client_changed_cb, self);
      g_signal_handlers_disconnect_by_func (self->session, filter_changed_cb, self);
    }
  g_set_object (&self->session, session);
  if (session != NULL)
    {
      g_signal_connect_swapped (session, "notify::client", G_CALLBACK (client_changed_cb), self);
      g_signal_connect_swapped (session, "notify::range", G_CALLBACK (filter_changed_cb), self);
    }
  client_changed_cb (self);
}

static void
far_traces_page_shown (FarPage *page, gboolean shown)
{
  FarTracesPage *self = FAR_TRACES_PAGE (page);

  g_clear_handle_id (&self->refresh_id, g_source_remove);
  if (!shown)
    return;
  ask (self);
  self->refresh_id = g_timeout_add_seconds (REFRESH_S, refresh_cb, self);
}

static gboolean
far_traces_page_back (FarPage *page)
{
  FarTracesPage *self = FAR_TRACES_PAGE (page);

  if (!in_trace (self))
    return FALSE;
  far_trace_view_show (self->trace, NULL, NULL);
  gtk_stack_set_visible_child_name (self->stack, "list");
  update_header (self);
  ask (self);
  return TRUE;
}

static void
far_traces_page_open_one (FarPage *page, const char *id)
{
  far_traces_page_open (FAR_TRACES_PAGE (page), id);
}

static void
activate_cb (FarTracesPage *self, guint position)
{
  g_autoptr (FarTraceItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), position);

  if (item != NULL)
    far_traces_page_open (self, far_trace_item_get_id (item));
}

static gboolean
update_columns_cb (gpointer user_data)
{
  FarTracesPage *self = user_data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (self->scroller);
  double digits = gtk_adjustment_get_page_size (adjustment) /
                  far_table_get_digit_width (self->table);

  self->width_id = 0;
  gtk_column_view_column_set_visible (self->calls_column, digits >= DIGITS_FOR_ALL);
  /* Which have failed can be asked for above. */
  gtk_column_view_column_set_visible (self->failed_column, digits >= DIGITS_FOR_SOME);
  return G_SOURCE_REMOVE;
}

static void
width_changed_cb (FarTracesPage *self)
{
  if (self->width_id == 0)
    self->width_id = g_idle_add (update_columns_cb, self);
}

static void
far_traces_page_dispose (GObject *object)
{
  FarTracesPage *self = FAR_TRACES_PAGE (object);

  g_object_set (self, "session", NULL, NULL);
  far_inquiry_cancel (&self->inquiry);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  g_clear_handle_id (&self->width_id, g_source_remove);
  if (self->table != NULL)
    gtk_column_view_set_model (self->table, NULL);
  g_clear_object (&self->items);
  self->trace = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_TRACES_PAGE);

  G_OBJECT_CLASS (far_traces_page_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, title);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, back);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, function);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, names);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, slower);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, failed);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, list_stack);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, problem);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, table);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, duration_column);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, calls_column);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, failed_column);
  gtk_widget_class_bind_template_child (widget_class, FarTracesPage, trace);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, time_cb);
  gtk_widget_class_bind_template_callback (widget_class, name_cb);
  gtk_widget_class_bind_template_callback (widget_class, duration_cb);
  gtk_widget_class_bind_template_callback (widget_class, count_cb);
  gtk_widget_class_bind_template_callback (widget_class, has_error_cb);
}

static void
far_traces_page_class_init (FarTracesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  FarPageClass *page_class = FAR_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_traces_page_dispose;
  page_class->session_changed = far_traces_page_session_changed;
  page_class->shown = far_traces_page_shown;
  page_class->back = far_traces_page_back;
  page_class->open = far_traces_page_open_one;

  g_type_ensure (FAR_TYPE_FLOW);
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  g_type_ensure (FAR_TYPE_RANGE_PICKER);
  g_type_ensure (FAR_TYPE_STATE_VIEW);
  g_type_ensure (FAR_TYPE_TITLE);
  g_type_ensure (FAR_TYPE_TRACE_ITEM);
  g_type_ensure (FAR_TYPE_TRACE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/traces/"
                                               "far-traces-page.ui");
  bind_template (widget_class);
}

static void
far_traces_page_init (FarTracesPage *self)
{
  g_autoptr (GtkSelectionModel) selection = NULL;
  const char *right_aligned[] = { NULL, NULL, NULL, NULL };

  self->items = g_list_store_new (FAR_TYPE_TRACE_ITEM);
  gtk_widget_init_template (GTK_WIDGET (self));
  right_aligned[0] = gtk_column_view_column_get_title (self->duration_column);
  right_aligned[1] = gtk_column_view_column_get_title (self->calls_column);
  right_aligned[2] = gtk_column_view_column_get_title (self->failed_column);
  far_table_align_titles (self->table, right_aligned);
  far_drop_down_set_name (self->function, _("Function"));
  far_drop_down_set_name (self->slower, _("How long at least"));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref
                                                         (G_LIST_MODEL (self->items))));
  gtk_column_view_set_model (self->table, selection);
  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (self->scroller), "changed",
                           G_CALLBACK (width_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::folded", G_CALLBACK (update_header), NULL);
  update_header (self);
}

/**
 * far_traces_page_open:
 * @trace_id: of the trace that is shown
 */
void
far_traces_page_open (FarTracesPage *self, const char *trace_id)
{
  g_return_if_fail (FAR_IS_TRACES_PAGE (self));
  g_return_if_fail (trace_id != NULL);

  if (self->session == NULL || far_session_get_client (self->session) == NULL)
    return;
  gtk_stack_set_visible_child_name (self->stack, "trace");
  update_header (self);
  far_trace_view_show (self->trace, far_session_get_client (self->session), trace_id);
}
