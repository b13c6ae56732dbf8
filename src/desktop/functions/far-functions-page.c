/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table: the platform's functions → filter → sort → no selection, its cells bound by
 * expressions in the .ui file. In a narrow window only the columns that tell a sick function from a
 * well one stay. The sparklines have a feed for each function, refreshed while the table is on
 * screen. */
#include "farthing-config.h"

#include "desktop/functions/far-functions-page.h"

#include <glib/gi18n.h>

#include <math.h>

#include "desktop/charts/far-sparkline.h"
#include "desktop/far-format.h"
#include "desktop/functions/far-function-detail.h"
#include "desktop/functions/far-table.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-range-picker.h"
#include "desktop/shell/far-state-view.h"
#include "desktop/shell/far-title.h"

/* Below these widths of the table, in digits of its font, columns are left out. */
#define DIGITS_FOR_ALL 117
#define DIGITS_FOR_MOST 95
#define DIGITS_FOR_SOME 67
#define DIGITS_FOR_COUNTS 36
/* A sparkline's samples are so far apart. */
#define REFRESH_S 5

struct _FarFunctionsPage
{
  FarPage parent_instance;

  FarTitle            *title;
  GtkWidget           *back;
  GtkToggleButton     *search_button;
  GtkWidget           *range;
  GtkWidget           *export;
  GtkSearchBar        *search_bar;
  GtkEditable         *search_entry;
  GtkStack            *stack;
  GtkStack            *list_stack;
  AdwStatusPage       *empty;
  GtkScrolledWindow   *scroller;
  GtkColumnView       *table;
  GtkColumnViewColumn *name_column;
  GtkColumnViewColumn *invocations_column;
  GtkColumnViewColumn *errors_column;
  GtkColumnViewColumn *throttles_column;
  GtkColumnViewColumn *cold_column;
  GtkColumnViewColumn *p50_column;
  GtkColumnViewColumn *p99_column;
  GtkColumnViewColumn *concurrency_column;
  GtkColumnViewColumn *cost_column;
  GtkColumnViewColumn *recent_column;
  FarFunctionDetail   *detail;

  FarSession          *session;
  GtkStringFilter     *filter;
  GListModel          *functions; /* all of them; the client's */
  GListModel          *found;     /* after search */
  GHashTable          *feeds; /* function name → FarFeed, behind the sparklines */
  guint                refresh_id;
  guint                narrow_id;
};

G_DEFINE_FINAL_TYPE (FarFunctionsPage, far_functions_page, FAR_TYPE_PAGE)

static gboolean far_functions_page_back (FarPage *page);
static void width_changed_cb (FarFunctionsPage *self);

static char *
count_cb (gpointer item, gint64 count)
{
  return far_format_count (count);
}

static double
cold_fraction_cb (gpointer item, gint64 cold_starts, gint64 invocations)
{
  return invocations > 0 && cold_starts >= 0 ? (double) cold_starts / (double) invocations : NAN;
}

static char *
cold_cb (gpointer item, gint64 cold_starts, gint64 invocations)
{
  return far_format_fraction (cold_fraction_cb (item, cold_starts, invocations));
}

static double
known (gint64 figure)
{
  return figure != FAR_FIGURE_UNKNOWN ? (double) figure : NAN;
}

/* Before the first invocation there is no percentile, though the figure is zero. */
static char *
duration_cb (gpointer item, gint64 duration_us, gint64 low_us, gint64 high_us, gint64 invocations)
{
  return far_format_band (invocations != 0 ? known (duration_us) : NAN, known (low_us),
                          known (high_us));
}

static char *
cost_cb (gpointer item, gint64 picodollars)
{
  return far_format_cost (picodollars);
}

static gboolean
in_detail (FarFunctionsPage *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "detail") == 0;
}

static FarFeed *
ensure_feed (FarFunctionsPage *self, const char *function)
{
  FarFeed *feed = g_hash_table_lookup (self->feeds, function);

  if (feed == NULL)
    {
      feed = far_feed_new (function);
      g_hash_table_insert (self->feeds, g_strdup (function), feed);
    }
  return feed;
}

static void
refresh_feed (FarFunctionsPage *self, FarFeed *feed)
{
  FarSession *session = far_page_get_session (FAR_PAGE (self));

  if (session == NULL || far_session_get_client (session) == NULL)
    return;
  far_feed_set_range (feed, far_session_get_range (session));
  far_feed_refresh (feed, far_session_get_client (session), far_session_now_us (session));
}

/* Figures change while the table shows them, and a sorted list does not watch its items. */
static void
sort_anew (FarFunctionsPage *self)
{
  gtk_sorter_changed (gtk_column_view_get_sorter (self->table), GTK_SORTER_CHANGE_DIFFERENT);
}

static gboolean
refresh_feeds_cb (gpointer user_data)
{
  FarFunctionsPage *self = user_data;
  GHashTableIter iter;
  gpointer feed;

  if (in_detail (self))
    return G_SOURCE_CONTINUE;
  sort_anew (self);
  width_changed_cb (self);
  g_hash_table_iter_init (&iter, self->feeds);
  while (g_hash_table_iter_next (&iter, NULL, &feed))
    refresh_feed (self, feed);
  return G_SOURCE_CONTINUE;
}

static void
setup_recent_cb (FarFunctionsPage *self, GtkListItem *list_item)
{
  gtk_list_item_set_child (list_item, far_sparkline_new ());
}

static void
bind_recent_cb (FarFunctionsPage *self, GtkListItem *list_item)
{
  FarFunctionInfo *function = gtk_list_item_get_item (list_item);
  FarFeed *feed = ensure_feed (self, far_function_info_get_name (function));
  FarSparkline *sparkline = FAR_SPARKLINE (gtk_list_item_get_child (list_item));

  far_sparkline_set_series (sparkline, far_feed_get_series (feed, FAR_METRIC_INVOCATIONS));
  refresh_feed (self, feed);
}

static void
unbind_recent_cb (FarFunctionsPage *self, GtkListItem *list_item)
{
  far_sparkline_set_series (FAR_SPARKLINE (gtk_list_item_get_child (list_item)), NULL);
}

static void
update_header (FarFunctionsPage *self)
{
  gboolean detail = in_detail (self);
  gboolean folded;

  g_object_get (self, "folded", &folded, NULL);
  gtk_widget_set_visible (self->back, detail || folded);
  gtk_widget_set_visible (GTK_WIDGET (self->search_button), !detail);
  /* The page of a function has one of its own; a narrow header bar no room. */
  gtk_widget_set_visible (self->range, !detail && !folded);
  gtk_widget_set_visible (self->export, detail);
  if (!detail)
    g_object_set (self->title, "title", far_page_get_title (FAR_PAGE (self)), NULL);
}

static void
update_list_stack (FarFunctionsPage *self)
{
  const char *name = "table";
  gboolean remote = FALSE;

  if (self->session != NULL)
    g_object_get (self->session, "remote", &remote, NULL);
  adw_status_page_set_description (self->empty, remote
                                                ? _("Nothing is known of its functions yet.")
                                                : _("The template of this publication names no "
                                                    "function."));
  if (self->functions == NULL || g_list_model_get_n_items (self->functions) == 0)
    name = "empty";
  else if (g_list_model_get_n_items (self->found) == 0)
    name = "nothing-found";
  gtk_stack_set_visible_child_name (self->list_stack, name);
  width_changed_cb (self);
}

/* Whether any function has that figure: a column of dashes tells nothing, and takes the room of the
 * names. */
static gboolean
is_reported (FarFunctionsPage *self, gsize figure_offset)
{
  guint n = self->functions != NULL ? g_list_model_get_n_items (self->functions) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FarFunctionInfo) function = g_list_model_get_item (self->functions, i);
      const FarFunctionFigures *figures = far_function_info_get_figures (function);

      if (G_STRUCT_MEMBER (gint64, figures, figure_offset) != FAR_FIGURE_UNKNOWN)
        return TRUE;
    }
  return n == 0;
}

#define IS_REPORTED(self, figure) is_reported (self, G_STRUCT_OFFSET (FarFunctionFigures, figure))

static gboolean
update_columns_cb (gpointer user_data)
{
  FarFunctionsPage *self = user_data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (self->scroller);
  double digits = gtk_adjustment_get_page_size (adjustment) /
                  far_table_get_digit_width (self->table);
  gboolean all = digits >= DIGITS_FOR_ALL;
  gboolean most = digits >= DIGITS_FOR_MOST;
  gboolean some = digits >= DIGITS_FOR_SOME;

  self->narrow_id = 0;
  /* Not on screen yet: then its width is nothing to go by, and what goes now only comes back. */
  if (digits < 1)
    return G_SOURCE_REMOVE;
  gtk_column_view_column_set_visible (self->throttles_column,
                                      all && IS_REPORTED (self, throttles));
  gtk_column_view_column_set_visible (self->concurrency_column,
                                      all && IS_REPORTED (self, concurrency));
  gtk_column_view_column_set_visible (self->cost_column,
                                      most && IS_REPORTED (self, cost_picodollars));
  gtk_column_view_column_set_visible (self->recent_column, most);
  gtk_column_view_column_set_visible (self->cold_column, some && IS_REPORTED (self, cold_starts));
  gtk_column_view_column_set_visible (self->p50_column, some);
  gtk_column_view_column_set_visible (self->invocations_column, digits >= DIGITS_FOR_COUNTS);
  return G_SOURCE_REMOVE;
}

/* Comes while widgets are being allocated, when nothing may be resized. */
static void
width_changed_cb (FarFunctionsPage *self)
{
  if (self->narrow_id == 0)
    self->narrow_id = g_idle_add (update_columns_cb, self);
}

static void
activate_cb (FarFunctionsPage *self, guint position)
{
  g_autoptr (FarFunctionInfo) function = NULL;

  function = g_list_model_get_item (G_LIST_MODEL (gtk_column_view_get_model (self->table)),
                                    position);
  if (function != NULL)
    far_functions_page_open (self, far_function_info_get_name (function));
}

static void
set_functions (FarFunctionsPage *self, GListModel *functions)
{
  GtkFilterListModel *filtered;
  GtkSortListModel *sorted;
  g_autoptr (GtkSelectionModel) selection = NULL;

  if (self->functions != NULL)
    g_signal_handlers_disconnect_by_func (self->functions, update_list_stack, self);
  if (self->found != NULL)
    g_signal_handlers_disconnect_by_func (self->found, update_list_stack, self);
  gtk_column_view_set_model (self->table, NULL);
  g_clear_object (&self->found);
  g_set_object (&self->functions, functions);
  if (functions == NULL)
    return;

  filtered = gtk_filter_list_model_new (g_object_ref (functions),
                                        g_object_ref (GTK_FILTER (self->filter)));
  self->found = g_object_ref (G_LIST_MODEL (filtered));
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (filtered),
                                    g_object_ref (gtk_column_view_get_sorter (self->table)));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (sorted)));
  gtk_column_view_set_model (self->table, selection);
  g_signal_connect_swapped (functions, "items-changed", G_CALLBACK (update_list_stack), self);
  g_signal_connect_swapped (self->found, "items-changed", G_CALLBACK (update_list_stack), self);
}

static void
client_changed_cb (FarFunctionsPage *self)
{
  FarSession *session = far_page_get_session (FAR_PAGE (self));
  FarPlatformClient *client = session != NULL ? far_session_get_client (session) : NULL;

  /* Functions of another deployment may have the same names. */
  g_hash_table_remove_all (self->feeds);
  far_functions_page_back (FAR_PAGE (self));
  set_functions (self, client != NULL ? far_platform_client_get_functions (client) : NULL);
  update_list_stack (self);
}

static void
far_functions_page_session_changed (FarPage *page, FarSession *session)
{
  FarFunctionsPage *self = FAR_FUNCTIONS_PAGE (page);

  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->session, client_changed_cb, self);
      g_signal_handlers_disconnect_by_func (self->session, refresh_feeds_cb, self);
    }
  g_set_object (&self->session, session);
  if (session != NULL)
    {
      g_signal_connect_swapped (session, "notify::client", G_CALLBACK (client_changed_cb), self);
      g_signal_connect_swapped (session, "notify::range", G_CALLBACK (refresh_feeds_cb), self);
    }
  client_changed_cb (self);
  far_function_detail_set_session (self->detail, session);
}

static void
far_functions_page_shown (FarPage *page, gboolean shown)
{
  FarFunctionsPage *self = FAR_FUNCTIONS_PAGE (page);

  g_clear_handle_id (&self->refresh_id, g_source_remove);
  if (!shown)
    return;
  refresh_feeds_cb (self);
  self->refresh_id = g_timeout_add_seconds (REFRESH_S, refresh_feeds_cb, self);
}

static gboolean
far_functions_page_back (FarPage *page)
{
  FarFunctionsPage *self = FAR_FUNCTIONS_PAGE (page);

  if (!in_detail (self))
    return FALSE;
  far_function_detail_set_function (self->detail, NULL);
  gtk_stack_set_visible_child_name (self->stack, "list");
  return TRUE;
}

static void
far_functions_page_open_one (FarPage *page, const char *id)
{
  far_functions_page_open (FAR_FUNCTIONS_PAGE (page), id);
}

static gboolean
far_functions_page_search (FarPage *page)
{
  FarFunctionsPage *self = FAR_FUNCTIONS_PAGE (page);

  if (in_detail (self))
    return FALSE;
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
  return TRUE;
}

static void
far_functions_page_dispose (GObject *object)
{
  FarFunctionsPage *self = FAR_FUNCTIONS_PAGE (object);

  g_object_set (self, "session", NULL, NULL);
  g_clear_handle_id (&self->narrow_id, g_source_remove);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  g_clear_pointer (&self->feeds, g_hash_table_unref);
  g_clear_object (&self->filter);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_FUNCTIONS_PAGE);

  G_OBJECT_CLASS (far_functions_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, title);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, back);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, search_button);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, range);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, export);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, list_stack);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, empty);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, table);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, name_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, invocations_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, errors_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, throttles_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, cold_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, p50_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, p99_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, concurrency_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, cost_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, recent_column);
  gtk_widget_class_bind_template_child (widget_class, FarFunctionsPage, detail);
}

static void
far_functions_page_class_init (FarFunctionsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  FarPageClass *page_class = FAR_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_functions_page_dispose;
  page_class->session_changed = far_functions_page_session_changed;
  page_class->shown = far_functions_page_shown;
  page_class->back = far_functions_page_back;
  page_class->search = far_functions_page_search;
  page_class->open = far_functions_page_open_one;

  g_type_ensure (FAR_TYPE_FUNCTION_DETAIL);
  g_type_ensure (FAR_TYPE_FUNCTION_INFO);
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  g_type_ensure (FAR_TYPE_RANGE_PICKER);
  g_type_ensure (FAR_TYPE_SPARKLINE);
  g_type_ensure (FAR_TYPE_STATE_VIEW);
  g_type_ensure (FAR_TYPE_TITLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/functions/"
                                               "far-functions-page.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, count_cb);
  gtk_widget_class_bind_template_callback (widget_class, cold_fraction_cb);
  gtk_widget_class_bind_template_callback (widget_class, cold_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_recent_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_recent_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_recent_cb);
  gtk_widget_class_bind_template_callback (widget_class, duration_cb);
  gtk_widget_class_bind_template_callback (widget_class, cost_cb);
}

static void
align_titles (FarFunctionsPage *self)
{
  GtkColumnViewColumn *numeric[] = {
    self->invocations_column, self->errors_column, self->throttles_column, self->cold_column,
    self->p50_column, self->p99_column, self->concurrency_column, self->cost_column,
  };
  const char *titles[G_N_ELEMENTS (numeric) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (numeric); i++)
    titles[i] = gtk_column_view_column_get_title (numeric[i]);
  far_table_align_titles (self->table, titles);
}

static void
far_functions_page_init (FarFunctionsPage *self)
{
  GtkExpression *name = gtk_property_expression_new (FAR_TYPE_FUNCTION_INFO, NULL, "name");

  self->filter = gtk_string_filter_new (name);
  self->feeds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (self->search_entry, "text", self->filter, "search",
                          G_BINDING_SYNC_CREATE);
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (self->scroller), "changed",
                           G_CALLBACK (width_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->stack, "notify::visible-child", G_CALLBACK (update_header),
                            self);
  g_signal_connect (self, "notify::folded", G_CALLBACK (update_header), NULL);
  gtk_column_view_sort_by_column (self->table, self->invocations_column, GTK_SORT_DESCENDING);
  align_titles (self);
  update_header (self);
  update_list_stack (self);
}

static FarFunctionInfo *
find_function (FarFunctionsPage *self, const char *name)
{
  for (guint i = 0; self->functions != NULL && i < g_list_model_get_n_items (self->functions); i++)
    {
      g_autoptr (FarFunctionInfo) function = g_list_model_get_item (self->functions, i);

      if (g_strcmp0 (far_function_info_get_name (function), name) == 0)
        return g_steal_pointer (&function);
    }
  return NULL;
}

/**
 * far_functions_page_open:
 * @name: of a function; ignored if the deployment has none of that name
 */
void
far_functions_page_open (FarFunctionsPage *self, const char *name)
{
  g_autoptr (FarFunctionInfo) function = NULL;

  g_return_if_fail (FAR_IS_FUNCTIONS_PAGE (self));

  function = find_function (self, name);
  if (function == NULL)
    return;
  far_function_detail_set_function (self->detail, function);
  gtk_stack_set_visible_child_name (self->stack, "detail");
  g_object_set (self->title, "title", name, NULL);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->export), "s", name);
}
