/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asked for when shown, when the range changes, and every REFRESH_S after that; one call at a time.
 * An answer that fails leaves the picture: the title says how old figures are. What the deployment
 * does not report it says itself, in place of the picture. */
#include "farthing-config.h"

#include "desktop/functions/far-heat-card.h"

#include <glib/gi18n.h>

#include "client/far-telemetry-types.h"
#include "desktop/charts/far-heat-map.h"
#include "desktop/shell/far-drop-down.h"

#define REFRESH_S 5
#define COLUMNS "60"
#define ROWS "24"

struct _FarHeatCard
{
  AdwBin parent_instance;

  GtkDropDown  *metric;
  FarHeatMap   *map;
  GtkLabel     *note;

  FarSession   *session;
  char         *function;
  GCancellable *cancellable; /* of the call under way */
  guint         refresh_id;
};

G_DEFINE_FINAL_TYPE (FarHeatCard, far_heat_card, ADW_TYPE_BIN)

typedef struct {
  FarHeatCard  *card;
  GCancellable *cancellable; /* another than the card's by now: given up */
} Request;

/* (nullable): why there is no picture */
static void
show_note (FarHeatCard *self, const char *note)
{
  gtk_label_set_label (self->note, note != NULL ? note : "");
  gtk_widget_set_visible (GTK_WIDGET (self->note), note != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->map), note == NULL);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Request *request = user_data;
  g_autoptr (FarHeatCard) self = request->card;
  g_autoptr (GCancellable) cancellable = request->cancellable;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (FarHeatmapInfo) info = NULL;

  node = far_platform_client_request_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (cancellable != self->cancellable)
    return;
  g_clear_object (&self->cancellable);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    info = far_heatmap_info_parse (json_node_get_object (node), NULL);
  if (info != NULL)
    {
      far_heat_map_set_info (self->map, info);
      show_note (self, NULL);
    }
  else if (error != NULL && g_str_equal (far_client_error_get_code (error), "not_reported"))
    {
      far_heat_map_set_info (self->map, NULL);
      show_note (self, error->message);
    }
}

static void
refresh (FarHeatCard *self)
{
  FarPlatformClient *client = self->session != NULL ? far_session_get_client (self->session) : NULL;
  FarRange range;
  gint64 step_us;
  gint64 to_us;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  g_autofree char *url = NULL;
  Request *request;

  if (client == NULL || self->cancellable != NULL)
    return;
  range = far_session_get_range (self->session);
  step_us = far_range_get_step (range);
  to_us = far_session_now_us (self->session) / step_us * step_us;
  from = g_strdup_printf ("%" G_GINT64_FORMAT, to_us - far_range_get_length (range));
  to = g_strdup_printf ("%" G_GINT64_FORMAT, to_us);
  url = far_platform_url ("/v1/heatmap", "function", self->function, "from_us", from, "to_us", to,
                          "columns", COLUMNS, "rows", ROWS, "metric",
                          gtk_drop_down_get_selected (self->metric) == 0 ? "duration" : "cold",
                          NULL);
  self->cancellable = g_cancellable_new ();
  request = g_new (Request, 1);
  *request = (Request) { g_object_ref (self), g_object_ref (self->cancellable) };
  far_platform_client_request_async (client, "GET", url, NULL, self->cancellable, loaded_cb,
                                     request);
}

static gboolean
refresh_cb (gpointer user_data)
{
  refresh (user_data);
  return G_SOURCE_CONTINUE;
}

static void
give_up (FarHeatCard *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
chosen_cb (FarHeatCard *self)
{
  if (self->session == NULL)
    return;
  give_up (self);
  refresh (self);
}

static void
far_heat_card_dispose (GObject *object)
{
  FarHeatCard *self = FAR_HEAT_CARD (object);

  if (self->map != NULL)
    far_heat_card_show (self, NULL, NULL);
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_HEAT_CARD);

  G_OBJECT_CLASS (far_heat_card_parent_class)->dispose (object);
}

static void
far_heat_card_class_init (FarHeatCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_heat_card_dispose;
  g_type_ensure (FAR_TYPE_HEAT_MAP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/functions/"
                                               "far-heat-card.ui");
  gtk_widget_class_bind_template_child (widget_class, FarHeatCard, metric);
  gtk_widget_class_bind_template_child (widget_class, FarHeatCard, map);
  gtk_widget_class_bind_template_child (widget_class, FarHeatCard, note);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
}

static void
far_heat_card_init (FarHeatCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  far_drop_down_set_name (self->metric, _("What is shown"));
}

/**
 * far_heat_card_show:
 * @session: (nullable): whom to ask; NULL stops
 * @function: (nullable): whose durations; NULL for all together
 */
void
far_heat_card_show (FarHeatCard *self, FarSession *session, const char *function)
{
  gboolean other = g_strcmp0 (self->function, function) != 0;

  g_return_if_fail (FAR_IS_HEAT_CARD (self));

  if (!other && self->session == session)
    return;
  give_up (self);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_func (self->session, chosen_cb, self);
  g_set_object (&self->session, session);
  g_free (self->function);
  self->function = g_strdup (function);
  if (other && self->map != NULL)
    {
      far_heat_map_set_info (self->map, NULL);
      show_note (self, NULL);
    }
  if (session == NULL)
    return;
  g_signal_connect_swapped (session, "notify::range", G_CALLBACK (chosen_cb), self);
  self->refresh_id = g_timeout_add_seconds (REFRESH_S, refresh_cb, self);
  refresh (self);
}
