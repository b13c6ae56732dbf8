/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API's client: its properties and the live list of functions. Requests and streams
 * have connections of their own, so that two open streams never keep a request waiting. Main
 * context of the maker. */
#include "farthing-config.h"

#include "client/far-platform-client.h"

#include <string.h>

#include "client/far-platform-private.h"
#include "client/far-telemetry-types.h"

struct _FarPlatformClient {
  GObject parent_instance;
  char *socket_path;
  FarHttpClient *http;
  FarHttpClient *stream_http;
  FarPlatformWatch *watch; /* nullable */
  gboolean connected;
  FarPlatformStatus *status; /* nullable */
  FarTraffic *traffic;       /* nullable */
  gint64 transfers;
  GListStore *functions;
  gint64 window_us;
  char *deployment; /* whose telemetry is asked for; NULL = the platform's own */
};

G_DEFINE_FINAL_TYPE (FarPlatformClient, far_platform_client, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_CONNECTED,
  PROP_STATUS,
  PROP_TRAFFIC,
  PROP_TRANSFERS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
static guint functions_changed_signal;
static guint alarm_signal;

static void
far_platform_client_get_property (GObject    *object,
                                  guint       id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  FarPlatformClient *self = FAR_PLATFORM_CLIENT (object);

  switch (id)
    {
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->connected);
      break;
    case PROP_STATUS:
      g_value_set_boxed (value, self->status);
      break;
    case PROP_TRAFFIC:
      g_value_set_boxed (value, self->traffic);
      break;
    case PROP_TRANSFERS:
      g_value_set_int64 (value, self->transfers);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
far_platform_client_dispose (GObject *object)
{
  FarPlatformClient *self = FAR_PLATFORM_CLIENT (object);

  g_clear_pointer (&self->watch, far_platform_watch_stop);
  g_clear_object (&self->http);
  g_clear_object (&self->stream_http);
  g_clear_object (&self->functions);
  G_OBJECT_CLASS (far_platform_client_parent_class)->dispose (object);
}

static void
far_platform_client_finalize (GObject *object)
{
  FarPlatformClient *self = FAR_PLATFORM_CLIENT (object);

  g_clear_pointer (&self->status, far_platform_status_unref);
  g_clear_pointer (&self->traffic, far_traffic_unref);
  g_free (self->socket_path);
  g_free (self->deployment);
  G_OBJECT_CLASS (far_platform_client_parent_class)->finalize (object);
}

static void
far_platform_client_class_init (FarPlatformClientClass *class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = far_platform_client_get_property;
  object_class->dispose = far_platform_client_dispose;
  object_class->finalize = far_platform_client_finalize;

  properties[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE, flags);
  properties[PROP_STATUS] =
    g_param_spec_boxed ("status", NULL, NULL, FAR_TYPE_PLATFORM_STATUS, flags);
  properties[PROP_TRAFFIC] = g_param_spec_boxed ("traffic", NULL, NULL, FAR_TYPE_TRAFFIC, flags);
  properties[PROP_TRANSFERS] =
    g_param_spec_int64 ("transfers", NULL, NULL, -1, G_MAXINT64, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * FarPlatformClient::functions-changed:
   *
   * Rows of the list of functions have changed, come or gone; at most
   * %FAR_EVENTS_PER_SECOND_MAX times a second.
   */
  functions_changed_signal = g_signal_new ("functions-changed", FAR_TYPE_PLATFORM_CLIENT,
                                           G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * FarPlatformClient::alarm:
   * @alarm: (type FarAlarmInfo): as it is now
   *
   * The state of an alarm of the platform has changed.
   */
  alarm_signal = g_signal_new ("alarm", FAR_TYPE_PLATFORM_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, FAR_TYPE_ALARM_INFO);
}

static void
far_platform_client_init (FarPlatformClient *self)
{
  self->functions = g_list_store_new (FAR_TYPE_FUNCTION_INFO);
  self->transfers = -1;
}

/**
 * far_platform_client_new:
 * @socket_path: of the control API; nothing is connected yet
 *
 * Returns: (transfer full): a new client
 */
FarPlatformClient *
far_platform_client_new (const char *socket_path)
{
  FarPlatformClient *self = g_object_new (FAR_TYPE_PLATFORM_CLIENT, NULL);

  g_return_val_if_fail (socket_path != NULL, NULL);

  self->socket_path = g_strdup (socket_path);
  self->http = far_http_client_new_unix (socket_path);
  self->stream_http = far_http_client_new_unix (socket_path);
  return self;
}

/**
 * far_platform_client_get_socket_path:
 * @self: a client
 *
 * Returns: (transfer none): path of the control API's socket
 */
const char *
far_platform_client_get_socket_path (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), NULL);

  return self->socket_path;
}

FarHttpClient *
far_platform_client_get_http (FarPlatformClient *self)
{
  return self->http;
}

FarHttpClient *
far_platform_client_get_stream_http (FarPlatformClient *self)
{
  return self->stream_http;
}

/* ---- Watching ---- */

/**
 * far_platform_client_watch:
 * @self: a client
 *
 * Begins to follow the event stream; does nothing if it follows already.
 */
void
far_platform_client_watch (FarPlatformClient *self)
{
  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (self));

  if (self->watch == NULL)
    self->watch = far_platform_watch_new (self, self->stream_http);
}

/**
 * far_platform_client_unwatch:
 * @self: a client
 *
 * Stops following; what is known is kept.
 */
void
far_platform_client_unwatch (FarPlatformClient *self)
{
  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (self));

  g_clear_pointer (&self->watch, far_platform_watch_stop);
  far_platform_client_set_connected (self, FALSE);
}

/**
 * far_platform_client_get_connected:
 * @self: a client
 *
 * Returns: TRUE while events are coming
 */
gboolean
far_platform_client_get_connected (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), FALSE);

  return self->connected;
}

/**
 * far_platform_client_get_status:
 * @self: a client
 *
 * Returns: (transfer none) (nullable): the latest status
 */
FarPlatformStatus *
far_platform_client_get_status (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), NULL);

  return self->status;
}

/**
 * far_platform_client_get_traffic:
 * @self: a client
 *
 * Returns: (transfer none) (nullable): the simulated readers' latest report
 */
FarTraffic *
far_platform_client_get_traffic (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), NULL);

  return self->traffic;
}

/**
 * far_platform_client_get_transfers:
 * @self: a client
 *
 * Returns: rows of the journal, -1 while not known
 */
gint64
far_platform_client_get_transfers (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), -1);

  return self->transfers;
}

/**
 * far_platform_client_get_functions:
 * @self: a client
 *
 * Returns: (transfer none): the live list of FarFunctionInfo
 */
GListModel *
far_platform_client_get_functions (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), NULL);

  return G_LIST_MODEL (self->functions);
}

gint64
far_platform_client_get_window (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), 0);

  return self->window_us;
}

void
far_platform_client_set_window (FarPlatformClient *self,
                                gint64             window_us)
{
  self->window_us = window_us;
}

void
far_platform_client_set_connected (FarPlatformClient *self,
                                   gboolean           connected)
{
  if (self->connected == connected)
    return;
  self->connected = connected;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTED]);
}

void
far_platform_client_take_status (FarPlatformClient *self,
                                 FarPlatformStatus *status)
{
  g_clear_pointer (&self->status, far_platform_status_unref);
  self->status = status;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
  if (status->transfers >= 0)
    far_platform_client_set_transfers (self, status->transfers);
}

void
far_platform_client_tell_alarm (FarPlatformClient *self,
                                FarAlarmInfo      *alarm)
{
  g_signal_emit (self, alarm_signal, 0, alarm);
}

void
far_platform_client_take_traffic (FarPlatformClient *self,
                                  FarTraffic        *traffic)
{
  g_clear_pointer (&self->traffic, far_traffic_unref);
  self->traffic = traffic;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TRAFFIC]);
}

void
far_platform_client_set_transfers (FarPlatformClient *self,
                                   gint64             transfers)
{
  if (self->transfers == transfers)
    return;
  self->transfers = transfers;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TRANSFERS]);
}

/* ---- The list of functions ---- */

static FarFunctionInfo *
find_function (FarPlatformClient *self,
               const char        *name)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->functions));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (FarFunctionInfo) info = g_list_model_get_item (G_LIST_MODEL (self->functions), i);

      if (strcmp (far_function_info_get_name (info), name) == 0)
        return info; /* the store keeps it */
    }
  return NULL;
}

/* The same object for the same name and runtime, so that selections and bindings hold. */
static FarFunctionInfo *
keep_or_make (FarPlatformClient *self,
              JsonObject        *object)
{
  FarFunctionInfo *known = find_function (self, far_client_peek_string (object, "name"));
  FarFunctionFigures figures;

  if (known == NULL || strcmp (far_function_info_get_runtime (known),
                               far_client_peek_string (object, "runtime")) != 0)
    return far_function_info_parse (object);
  far_function_figures_parse (object, &figures);
  far_function_info_update (known, &figures);
  return g_object_ref (known);
}

static gboolean
is_same_list (FarPlatformClient *self,
              GPtrArray         *rows)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->functions));

  if (rows->len != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->functions), i);

      if (item != g_ptr_array_index (rows, i))
        return FALSE;
    }
  return TRUE;
}

void
far_platform_client_apply_functions (FarPlatformClient *self,
                                     JsonArray         *functions,
                                     gboolean           whole)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = MIN (json_array_get_length (functions), FAR_FUNCTIONS_MAX);

  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (functions, i);

      if (JSON_NODE_HOLDS_OBJECT (node))
        g_ptr_array_add (rows, keep_or_make (self, json_node_get_object (node)));
    }

  if (whole && !is_same_list (self, rows))
    g_list_store_splice (self->functions, 0,
                         g_list_model_get_n_items (G_LIST_MODEL (self->functions)), rows->pdata,
                         rows->len);
  for (guint i = 0; !whole && i < rows->len; i++)
    {
      FarFunctionInfo *row = g_ptr_array_index (rows, i);

      if (find_function (self, far_function_info_get_name (row)) == NULL)
        g_list_store_append (self->functions, row);
    }
  g_signal_emit (self, functions_changed_signal, 0);
}

void
far_platform_client_set_deployment (FarPlatformClient *self,
                                    const char        *id)
{
  g_autoptr (JsonArray) none = json_array_new ();

  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (self));

  if (g_strcmp0 (id, "local") == 0)
    id = NULL;
  if (g_strcmp0 (self->deployment, id) == 0)
    return;
  g_free (self->deployment);
  self->deployment = g_strdup (id);
  far_platform_client_apply_functions (self, none, TRUE);
}

const char *
far_platform_client_get_deployment (FarPlatformClient *self)
{
  g_return_val_if_fail (FAR_IS_PLATFORM_CLIENT (self), NULL);

  return self->deployment;
}
