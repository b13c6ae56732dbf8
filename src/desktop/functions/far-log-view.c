/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines come in order of time and are shown so. What is searched for, and the least level, the
 * platform looks for in all that it keeps; then it goes on with new lines that match. The view
 * stays at the newest line for as long as the user has not scrolled away from it. Messages are
 * plain text: control characters (terminal escapes) are taken out, markup is not read.
 *
 * A stream that ends (the platform went away and came back) is asked for again after RETRY_S; its
 * first line replaces what the last one brought. */
#include "farthing-config.h"

#include "desktop/functions/far-log-view.h"

#include <glib/gi18n.h>

#include "client/far-telemetry-types.h"
#include "desktop/far-format.h"
#include "desktop/model/far-log-item.h"
#include "desktop/shell/far-drop-down.h"

#define BACKLOG "200"
/* Within so many pixels of the end counts as being there. */
#define AT_END_PX 24
#define STATUS_NOT_REPORTED 501
#define RETRY_S 2

struct _FarLogView
{
  AdwBin parent_instance;

  GtkEditable        *search;
  GtkDropDown        *level;
  GtkStack           *stack;
  AdwStatusPage      *problem;
  GtkScrolledWindow  *scroller;
  GtkListView        *lines;

  GListStore         *items; /* of FarLogItem */
  GtkStringFilter    *filter;
  GtkFilterListModel *found;
  gboolean            follow;
  gboolean            begins_anew; /* with the next line */
  guint               retry_id;
  char               *function;
  FarPlatformClient  *client;
  GCancellable       *cancellable;
};

G_DEFINE_FINAL_TYPE (FarLogView, far_log_view, ADW_TYPE_BIN)

/* In the order of the rows in the .ui file. */
static const char *const levels[] = { NULL, "info", "warn", "error" };

static char *
time_cb (gpointer list_item, gint64 time_us)
{
  return far_format_moment (time_us, g_get_real_time ());
}

static void
update_stack (FarLogView *self)
{
  const char *name = "lines";

  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) == 0)
    name = gtk_editable_get_text (self->search)[0] != '\0' ||
           gtk_drop_down_get_selected (self->level) > 0 ? "nothing-found" : "empty";
  else if (g_list_model_get_n_items (G_LIST_MODEL (self->found)) == 0)
    name = "nothing-found";
  gtk_stack_set_visible_child_name (self->stack, name);
}

/* The user moved, or there is more to show. */
static void
scrolled_cb (FarLogView *self, GtkAdjustment *adjustment)
{
  self->follow = gtk_adjustment_get_value (adjustment) >=
                 gtk_adjustment_get_upper (adjustment) -
                 gtk_adjustment_get_page_size (adjustment) - AT_END_PX;
}

static void
grown_cb (FarLogView *self, GParamSpec *pspec, GtkAdjustment *adjustment)
{
  if (self->follow)
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
}

static void
line_cb (FarLogLine *line, gpointer user_data)
{
  FarLogView *self = user_data;

  if (self->begins_anew && self->items != NULL)
    g_list_store_remove_all (self->items);
  self->begins_anew = FALSE;
  far_log_view_add (self, line);
}

static void ask (FarLogView *self);

static gboolean
retry_cb (gpointer user_data)
{
  FarLogView *self = user_data;

  self->retry_id = 0;
  self->begins_anew = TRUE;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarLogView) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *escaped = NULL;

  far_platform_client_read_logs_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->items == NULL ||
      self->client == NULL)
    return;
  if (error == NULL || far_client_error_get_status (error) != STATUS_NOT_REPORTED)
    {
      /* The stream ends when the platform goes; the page's banner tells that. */
      if (self->retry_id == 0)
        self->retry_id = g_timeout_add_seconds (RETRY_S, retry_cb, self);
      return;
    }
  escaped = g_markup_escape_text (error->message, -1);
  adw_status_page_set_description (self->problem, escaped);
  gtk_stack_set_visible_child_name (self->stack, "not-reported");
}

static void
stop (FarLogView *self)
{
  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
}

static void
ask (FarLogView *self)
{
  guint level = gtk_drop_down_get_selected (self->level);
  g_autofree char *url =
    far_platform_url ("/v1/logs", "function", self->function, "contains",
                      gtk_editable_get_text (self->search), "level",
                      level < G_N_ELEMENTS (levels) ? levels[level] : NULL, "limit", BACKLOG,
                      "follow", "1", "deployment",
                      far_platform_client_get_deployment (self->client), NULL);

  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  far_platform_client_read_log_url_async (self->client, url, line_cb, self, self->cancellable,
                                          ended_cb, g_object_ref (self));
}

static void
start (FarLogView *self)
{
  g_list_store_remove_all (self->items);
  update_stack (self);
  self->follow = TRUE;
  self->begins_anew = FALSE;
  ask (self);
}

/* Other lines are asked for. */
static void
conditions_changed_cb (FarLogView *self)
{
  if (self->client == NULL)
    return;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  start (self);
}

static void
far_log_view_dispose (GObject *object)
{
  FarLogView *self = FAR_LOG_VIEW (object);

  stop (self);
  if (self->lines != NULL)
    gtk_list_view_set_model (self->lines, NULL);
  if (self->found != NULL)
    g_signal_handlers_disconnect_by_func (self->found, update_stack, self);
  g_clear_object (&self->found);
  g_clear_object (&self->filter);
  g_clear_object (&self->items);
  g_clear_pointer (&self->function, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_LOG_VIEW);

  G_OBJECT_CLASS (far_log_view_parent_class)->dispose (object);
}

static void
far_log_view_class_init (FarLogViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_log_view_dispose;

  g_type_ensure (FAR_TYPE_LOG_ITEM);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/functions/"
                                               "far-log-view.ui");
  gtk_widget_class_bind_template_child (widget_class, FarLogView, search);
  gtk_widget_class_bind_template_child (widget_class, FarLogView, level);
  gtk_widget_class_bind_template_child (widget_class, FarLogView, problem);
  gtk_widget_class_bind_template_child (widget_class, FarLogView, stack);
  gtk_widget_class_bind_template_child (widget_class, FarLogView, scroller);
  gtk_widget_class_bind_template_child (widget_class, FarLogView, lines);
  gtk_widget_class_bind_template_callback (widget_class, conditions_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, time_cb);
}

static void
far_log_view_init (FarLogView *self)
{
  GtkExpression *message = gtk_property_expression_new (FAR_TYPE_LOG_ITEM, NULL, "message");
  g_autoptr (GtkSelectionModel) selection = NULL;
  GtkAdjustment *adjustment;

  gtk_widget_init_template (GTK_WIDGET (self));
  far_drop_down_set_name (self->level, _("The least level"));
  self->follow = TRUE;
  self->items = g_list_store_new (FAR_TYPE_LOG_ITEM);
  self->filter = gtk_string_filter_new (message);
  self->found = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->items)),
                                           g_object_ref (GTK_FILTER (self->filter)));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref
                                                         (G_LIST_MODEL (self->found))));
  gtk_list_view_set_model (self->lines, selection);
  g_object_bind_property (self->search, "text", self->filter, "search", G_BINDING_SYNC_CREATE);
  g_signal_connect_swapped (self->found, "items-changed", G_CALLBACK (update_stack), self);

  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "notify::upper", G_CALLBACK (grown_cb), self,
                           G_CONNECT_SWAPPED);
}

/**
 * far_log_view_show:
 * @client: (nullable): whose log is followed; NULL to follow none
 * @function: (nullable): its name; another one empties the view
 */
void
far_log_view_show (FarLogView *self, FarPlatformClient *client, const char *function)
{
  g_return_if_fail (FAR_IS_LOG_VIEW (self));

  if (self->client == client && g_strcmp0 (self->function, function) == 0)
    return;

  stop (self);
  g_free (self->function);
  self->function = g_strdup (function);
  if (client == NULL || function == NULL)
    return;

  self->client = g_object_ref (client);
  start (self);
}

/**
 * far_log_view_add:
 * @line: shown at the end
 */
void
far_log_view_add (FarLogView *self, const FarLogLine *line)
{
  g_autofree char *message = far_format_plain (line->message);
  FarLogItemValues values = {
    .time_us = line->time_us,
    .level = line->level,
    .request_id = line->request_id,
    .message = message,
  };
  g_autoptr (FarLogItem) item = NULL;

  g_return_if_fail (FAR_IS_LOG_VIEW (self));

  if (self->items == NULL)
    return; /* the last line of a stream that is being given up */
  item = far_log_item_new (&values);
  g_list_store_append (self->items, item);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) > FAR_LOG_VIEW_LINES_MAX)
    g_list_store_remove (self->items, 0);
}
