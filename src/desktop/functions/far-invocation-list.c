/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read again every two seconds while it has a client, and at once when a condition changes. Rows
 * are replaced only when there are new ones, so that scrolling is not disturbed by a function that
 * nobody calls. A row that belongs to a trace opens it. */
#include "farthing-config.h"

#include "desktop/functions/far-invocation-list.h"

#include <glib/gi18n.h>

#include "client/far-telemetry-types.h"
#include "desktop/far-format.h"
#include "desktop/functions/far-table.h"
#include "desktop/model/far-inquiry.h"
#include "desktop/model/far-invocation-item.h"
#include "desktop/shell/far-drop-down.h"
#include "desktop/shell/far-flow.h"

#define REFRESH_S 2
/* Widths in digits, so that large text leaves columns out, too. */
#define DIGITS_FOR_ALL 76
#define DIGITS_FOR_SOME 50
#define REQUEST_ID_SHOWN 8
#define BYTES_PER_KB 1024

struct _FarInvocationList
{
  AdwBin parent_instance;

  GtkDropDown         *outcome;
  GtkDropDown         *slower;
  GtkToggleButton     *cold;
  GtkStack            *stack;
  AdwStatusPage       *empty;
  AdwStatusPage       *problem;
  GtkScrolledWindow   *scroller;
  GtkColumnView       *table;
  GtkColumnViewColumn *start_column;
  GtkColumnViewColumn *duration_column;
  GtkColumnViewColumn *memory_column;
  GtkColumnViewColumn *request_column;

  GListStore          *items; /* of FarInvocationItem */
  char                *newest; /* request id of the first row */
  FarInquiry           inquiry;
  FarPlatformClient   *client;
  char                *function;
  guint                refresh_id;
  guint                width_id;
};

G_DEFINE_FINAL_TYPE (FarInvocationList, far_invocation_list, ADW_TYPE_BIN)

/* In the order of the rows in the .ui file. */
static const char *const outcomes[] = {
  NULL, "error", "ok", "function_error", "timeout", "crash", "init_error", "throttle",
};
static const char *const slower_us[] = { NULL, "10000", "100000", "1000000", "10000000" };

static char *
time_cb (gpointer list_item, gint64 time_us)
{
  return far_format_moment (time_us, g_get_real_time ());
}

static gboolean
has_trace_cb (gpointer list_item, const char *trace_id)
{
  return trace_id != NULL && trace_id[0] != '\0';
}

/* Returns: (transfer full): of the button's action */
static GVariant *
trace_target_cb (gpointer list_item, const char *trace_id)
{
  return g_variant_ref_sink (g_variant_new_string (trace_id != NULL ? trace_id : ""));
}

static char *
outcome_cb (gpointer list_item, const char *outcome, const char *error_type)
{
  static const struct {
    const char *outcome;
    const char *text;
  } texts[] = {
    { "ok", N_("OK") },
    { "function_error", N_("Function error") },
    { "timeout", N_("Timed out") },
    { "crash", N_("Crashed") },
    { "init_error", N_("Did not start") },
    { "throttle", N_("Throttled") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      if (g_strcmp0 (outcome, texts[i].outcome) != 0)
        continue;
      if (error_type != NULL && error_type[0] != '\0')
        return g_strdup_printf ("%s (%s)", _(texts[i].text), error_type);
      return g_strdup (_(texts[i].text));
    }
  return g_strdup (outcome);
}

static char *
start_cb (gpointer list_item, gboolean cold, gint64 init_us)
{
  g_autofree char *init = NULL;

  if (!cold)
    return g_strdup (_("Warm"));
  init = far_format_duration ((double) init_us);
  /* Translators: a cold start, and how long the instance took to come up */
  return g_strdup_printf (_("Cold, %s"), init);
}

static char *
duration_cb (gpointer list_item, gint64 duration_us)
{
  return far_format_duration ((double) duration_us);
}

static char *
memory_cb (gpointer list_item, gint64 memory_max_kb)
{
  if (memory_max_kb <= 0)
    return g_strdup (FAR_FORMAT_UNKNOWN);
  return far_format_bytes ((guint64) memory_max_kb * BYTES_PER_KB);
}

static char *
request_cb (gpointer list_item, const char *request_id)
{
  return request_id != NULL ? g_strndup (request_id, REQUEST_ID_SHOWN) : NULL;
}

static gboolean
is_filtered (FarInvocationList *self)
{
  return gtk_drop_down_get_selected (self->outcome) > 0 ||
         gtk_drop_down_get_selected (self->slower) > 0 ||
         gtk_toggle_button_get_active (self->cold);
}

/* Why there is nothing to see. */
static void
update_empty (FarInvocationList *self)
{
  gboolean filtered = is_filtered (self);

  adw_status_page_set_title (self->empty, filtered ? _("No Invocation Like That")
                                                   : _("No Invocations Yet"));
  adw_status_page_set_description (self->empty, filtered ? _("Choose fewer conditions.")
                                                         : _("Each call of the function appears "
                                                             "here when it has ended."));
}

static void
answered_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarInvocationList *self = owner;
  g_autoptr (GPtrArray) records = NULL;

  if (answer != NULL)
    records = far_invocations_parse (answer, NULL);
  if (records != NULL)
    far_invocation_list_fill (self, records);
  else if (error != NULL && g_str_equal (far_client_error_get_code (error), "not_reported"))
    {
      g_autofree char *escaped = g_markup_escape_text (error->message, -1);

      adw_status_page_set_description (self->problem, escaped);
      gtk_stack_set_visible_child_name (self->stack, "not-reported");
    }
  /* Any other failure leaves what is there; the page's banner tells that the platform is away. */
}

static void
ask (FarInvocationList *self)
{
  g_autofree char *limit = g_strdup_printf ("%d", FAR_INVOCATION_LIST_MAX);
  g_autofree char *url = NULL;
  guint outcome = gtk_drop_down_get_selected (self->outcome);
  guint slower = gtk_drop_down_get_selected (self->slower);

  url = far_platform_url ("/v1/invocations", "function", self->function, "outcome",
                          outcome < G_N_ELEMENTS (outcomes) ? outcomes[outcome] : NULL,
                          "duration_min_us",
                          slower < G_N_ELEMENTS (slower_us) ? slower_us[slower] : NULL, "cold",
                          gtk_toggle_button_get_active (self->cold) ? "1" : NULL, "limit", limit,
                          NULL);
  far_inquiry_send (&self->inquiry, self, self->client, "GET", url, NULL, answered_cb);
}

static gboolean
refresh_cb (gpointer user_data)
{
  FarInvocationList *self = user_data;

  if (!far_inquiry_is_pending (&self->inquiry))
    ask (self);
  return G_SOURCE_CONTINUE;
}

static void
filter_changed_cb (FarInvocationList *self)
{
  if (self->client != NULL && self->function != NULL)
    ask (self);
}

static void
activate_cb (FarInvocationList *self, guint position)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->items), position);
  g_autofree char *trace_id = NULL;

  if (item != NULL)
    g_object_get (item, "trace-id", &trace_id, NULL);
  if (trace_id != NULL && trace_id[0] != '\0')
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-trace", "s", trace_id);
}

static gboolean
update_columns_cb (gpointer user_data)
{
  FarInvocationList *self = user_data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (self->scroller);
  double digits = gtk_adjustment_get_page_size (adjustment) /
                  far_table_get_digit_width (self->table);
  gboolean all = digits >= DIGITS_FOR_ALL;

  self->width_id = 0;
  gtk_column_view_column_set_visible (self->start_column, digits >= DIGITS_FOR_SOME);
  gtk_column_view_column_set_visible (self->memory_column, all);
  gtk_column_view_column_set_visible (self->request_column, all);
  return G_SOURCE_REMOVE;
}

static void
width_changed_cb (FarInvocationList *self)
{
  if (self->width_id == 0)
    self->width_id = g_idle_add (update_columns_cb, self);
}

static void
far_invocation_list_dispose (GObject *object)
{
  FarInvocationList *self = FAR_INVOCATION_LIST (object);

  if (self->table != NULL)
    {
      far_invocation_list_show (self, NULL, NULL);
      gtk_column_view_set_model (self->table, NULL);
    }
  g_clear_handle_id (&self->width_id, g_source_remove);
  g_clear_object (&self->items);
  g_clear_pointer (&self->newest, g_free);
  /* Disposing the template unparents the stack behind the bin's back. */
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_INVOCATION_LIST);

  G_OBJECT_CLASS (far_invocation_list_parent_class)->dispose (object);
}

static void
far_invocation_list_class_init (FarInvocationListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_invocation_list_dispose;

  g_type_ensure (FAR_TYPE_FLOW);
  g_type_ensure (FAR_TYPE_INVOCATION_ITEM);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/functions/"
                                               "far-invocation-list.ui");
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, outcome);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, slower);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, cold);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, stack);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, empty);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, problem);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, scroller);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, table);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, start_column);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, duration_column);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, memory_column);
  gtk_widget_class_bind_template_child (widget_class, FarInvocationList, request_column);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, has_trace_cb);
  gtk_widget_class_bind_template_callback (widget_class, time_cb);
  gtk_widget_class_bind_template_callback (widget_class, trace_target_cb);
  gtk_widget_class_bind_template_callback (widget_class, outcome_cb);
  gtk_widget_class_bind_template_callback (widget_class, start_cb);
  gtk_widget_class_bind_template_callback (widget_class, duration_cb);
  gtk_widget_class_bind_template_callback (widget_class, memory_cb);
  gtk_widget_class_bind_template_callback (widget_class, request_cb);
}

static void
far_invocation_list_init (FarInvocationList *self)
{
  g_autoptr (GtkSelectionModel) selection = NULL;
  const char *right_aligned[] = { NULL, NULL, NULL };

  gtk_widget_init_template (GTK_WIDGET (self));
  right_aligned[0] = gtk_column_view_column_get_title (self->duration_column);
  right_aligned[1] = gtk_column_view_column_get_title (self->memory_column);
  far_table_align_titles (self->table, right_aligned);
  far_drop_down_set_name (self->outcome, _("Outcome"));
  far_drop_down_set_name (self->slower, _("How long at least"));
  self->items = g_list_store_new (FAR_TYPE_INVOCATION_ITEM);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref
                                                         (G_LIST_MODEL (self->items))));
  gtk_column_view_set_model (self->table, selection);
  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (self->scroller), "changed",
                           G_CALLBACK (width_changed_cb), self, G_CONNECT_SWAPPED);
}

/**
 * far_invocation_list_show:
 * @client: (nullable): whom to ask; NULL to ask nobody
 * @function: (nullable): its name; another one empties the list
 */
void
far_invocation_list_show (FarInvocationList *self, FarPlatformClient *client, const char *function)
{
  g_return_if_fail (FAR_IS_INVOCATION_LIST (self));

  if (self->client == client && g_strcmp0 (self->function, function) == 0)
    return;

  g_clear_handle_id (&self->refresh_id, g_source_remove);
  far_inquiry_cancel (&self->inquiry);
  if (g_strcmp0 (self->function, function) != 0)
    {
      g_list_store_remove_all (self->items);
      /* Nothing is known yet, which is another thing than that there is nothing. */
      gtk_stack_set_visible_child_name (self->stack, "loading");
      g_clear_pointer (&self->newest, g_free);
      g_free (self->function);
      self->function = g_strdup (function);
    }
  g_set_object (&self->client, client);
  if (client == NULL || function == NULL)
    return;

  ask (self);
  self->refresh_id = g_timeout_add_seconds (REFRESH_S, refresh_cb, self);
}

static FarInvocationItem *
create_item (const FarInvocationInfo *record)
{
  FarInvocationItemValues values = {
    .time_us = record->arrival_us,
    .request_id = record->request_id,
    .route = record->route,
    .outcome = record->outcome,
    .error_type = record->error_type,
    .cold = record->cold,
    .init_us = record->init_us,
    .duration_us = record->duration_us,
    .memory_max_kb = record->memory_max_kb,
    .trace_id = record->trace_id,
  };

  return far_invocation_item_new (&values);
}

/**
 * far_invocation_list_fill:
 * @records: (element-type FarInvocationInfo): newest first
 */
void
far_invocation_list_fill (FarInvocationList *self, GPtrArray *records)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  const char *newest = NULL;

  g_return_if_fail (FAR_IS_INVOCATION_LIST (self));

  if (records->len > 0)
    newest = ((const FarInvocationInfo *) g_ptr_array_index (records, 0))->request_id;
  update_empty (self);
  gtk_stack_set_visible_child_name (self->stack, newest != NULL ? "table" : "empty");
  if (g_strcmp0 (newest, self->newest) == 0 &&
      g_list_model_get_n_items (G_LIST_MODEL (self->items)) ==
      MIN (records->len, FAR_INVOCATION_LIST_MAX))
    return;

  g_free (self->newest);
  self->newest = g_strdup (newest);
  for (guint i = 0; i < MIN (records->len, FAR_INVOCATION_LIST_MAX); i++)
    g_ptr_array_add (items, create_item (g_ptr_array_index (records, i)));
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)),
                       items->pdata, items->len);
}
