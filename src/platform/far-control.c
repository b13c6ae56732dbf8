/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the control API's socket, its connections and the way of a request to its handler.
 *
 * Connections are accepted here and handed to libsoup, so that their number, their owner and their
 * silence are checked before any HTTP is. A request is refused as early as its head is known; a
 * body is counted as it comes. Paths are compared whole. */
#include "platform/far-control-private.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/far-control-door.h"
#include "platform/far-control-push.h"
#include "platform/far-control-routes.h"
#include "platform/far-lambda-control.h"
#include "platform/far-yaml.h"

#define BACKLOG 128
#define TITLE_FILE "publication.yaml"

G_DEFINE_QUARK (far-control-error-quark, far_control_error)

/* ---- Connections ---- */

static void
on_connection_gone (gpointer user_data, GObject *connection)
{
  g_hash_table_remove (user_data, connection);
}

/* The same user, or root. Asked of the kernel and not of GLib, which knows nobody without a process
 * id: a process in another of the app's Flatpak sandboxes has none here. */
static gboolean
is_allowed (GSocketConnection *connection)
{
  struct ucred peer;
  socklen_t size = sizeof peer;

  return getsockopt (g_socket_get_fd (g_socket_connection_get_socket (connection)), SOL_SOCKET,
                     SO_PEERCRED, &peer, &size) == 0 &&
         size == sizeof peer && peer.uid != (uid_t) -1 &&
         (peer.uid == geteuid () || peer.uid == 0);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source,
             gpointer user_data)
{
  FarControl *self = user_data;
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GSocketAddress) remote = NULL;

  if (!is_allowed (connection) ||
      g_hash_table_size (self->connections) >= FAR_CONTROL_CONNECTIONS_MAX)
    return TRUE;
  g_socket_set_timeout (g_socket_connection_get_socket (connection), FAR_CONTROL_IDLE_TIMEOUT_S);
  local = g_unix_socket_address_new (self->socket_path);
  /* One of its own for each connection: messages are traced back by it. */
  remote = g_unix_socket_address_new_with_type ("", 0, G_UNIX_SOCKET_ADDRESS_ANONYMOUS);
  g_object_set_data (G_OBJECT (remote), "far-connection", connection);
  g_hash_table_add (self->connections, connection);
  g_object_weak_ref (G_OBJECT (connection), on_connection_gone, self->connections);
  soup_server_accept_iostream (self->server, G_IO_STREAM (connection), local, remote, NULL);
  return TRUE;
}

/* What still waits for an answer is left to its own callback, which finds nobody to tell. */
static void
forget_requests (FarControl *self)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->requests);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      FarControlRequest *request = key;

      request->control = NULL;
      g_cancellable_cancel (request->cancellable);
    }
  g_hash_table_unref (self->requests);
}

static void
forget_connections (FarControl *self)
{
  GHashTableIter iter;
  gpointer connection;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    g_object_weak_unref (connection, on_connection_gone, self->connections);
  g_hash_table_remove_all (self->connections);
}

/* ---- From head to handler ---- */

static void
refuse (SoupServerMessage *msg, guint status, const char *code, const char *message)
{
  g_auto (FarJsonWriter) writer = { 0 };
  char *text;
  gsize length;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "error");
  far_json_add_string (&writer, "code", code);
  far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &length);
  /* What comes of the body is read and forgotten. */
  soup_message_body_set_accumulate (soup_server_message_get_request_body (msg), FALSE);
  soup_server_message_set_status (msg, status, NULL);
  soup_server_message_set_response (msg, "application/json", SOUP_MEMORY_TAKE, text, length);
}

static gsize
body_max (const FarControlRoute *route)
{
  switch (route->body)
    {
    case FAR_CONTROL_BODY_NONE:
      return 0;
    case FAR_CONTROL_BODY_EVENT:
      return FAR_CONTROL_EVENT_MAX;
    case FAR_CONTROL_BODY_UPLOAD:
      return FAR_LAMBDA_CONTROL_BODY_MAX;
    case FAR_CONTROL_BODY_OBJECT:
    default:
      return FAR_CONTROL_BODY_MAX;
    }
}

static void
on_chunk (SoupServerMessage *msg, GBytes *chunk, gpointer user_data)
{
  const FarControlRoute *route = user_data;
  gsize n = GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (msg), "far-body-bytes"));

  n += g_bytes_get_size (chunk);
  g_object_set_data (G_OBJECT (msg), "far-body-bytes", GSIZE_TO_POINTER (n));
  if (n > body_max (route) && soup_server_message_get_status (msg) == 0)
    {
      soup_message_body_truncate (soup_server_message_get_request_body (msg));
      refuse (msg, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "too_large",
              "The body is too large; see /v1/openapi.yaml for what is taken here");
    }
}

/* A page in a browser can send simple requests anywhere; it cannot set a JSON content type or leave
 * these headers out. */
static gboolean
check_origin (SoupServerMessage *msg, const FarControlRoute *route)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  gboolean has_body = soup_message_headers_get_content_length (headers) > 0 ||
                      soup_message_headers_get_one (headers, "Transfer-Encoding") != NULL;

  if (soup_message_headers_get_one (headers, "Origin") != NULL ||
      soup_message_headers_get_one (headers, "Sec-Fetch-Site") != NULL)
    {
      refuse (msg, SOUP_STATUS_FORBIDDEN, "not_for_browsers",
              "The control API does not answer browsers");
      return FALSE;
    }
  if (soup_message_headers_get_one (headers, "Transfer-Encoding") != NULL &&
      soup_message_headers_get_one (headers, "Content-Length") != NULL)
    {
      refuse (msg, SOUP_STATUS_BAD_REQUEST, "ambiguous_length",
              "Send Content-Length or Transfer-Encoding, not both");
      return FALSE;
    }
  if (has_body && (type == NULL || g_ascii_strcasecmp (type, "application/json") != 0))
    {
      refuse (msg, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, "not_json",
              "Send the body as Content-Type: application/json");
      return FALSE;
    }
  return TRUE;
}

static void
on_early (SoupServer *server, SoupServerMessage *msg, const char *path, GHashTable *query,
          gpointer user_data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  const FarControlRoute *route;
  const char *code, *message;
  gboolean known;
  guint status;

  /* libsoup keeps only connections that it has accepted itself, and does not say so: a client that
   * sends its next request on one loses it. */
  soup_message_headers_replace (soup_server_message_get_response_headers (msg), "Connection",
                                "close");
  route = far_control_find_route (soup_server_message_get_method (msg),
                                  g_uri_get_path (soup_server_message_get_uri (msg)), NULL,
                                  &known);
  if (route != NULL && far_control_door_is_remote (msg) &&
      !far_control_door_admits (((FarControl *) user_data)->door, msg, route, &status, &code,
                                &message))
    refuse (msg, status, code, message);
  else if (route == NULL && known)
    refuse (msg, SOUP_STATUS_METHOD_NOT_ALLOWED, "method_not_allowed",
            "This path is there, but not with this method; see /v1/openapi.yaml");
  else if (route == NULL)
    refuse (msg, SOUP_STATUS_NOT_FOUND, "not_found",
            "There is no such path; see /v1/openapi.yaml");
  else if (check_origin (msg, route))
    {
      if (soup_message_headers_get_content_length (headers) > (goffset) body_max (route))
        refuse (msg, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "too_large",
                "The body is too large; see /v1/openapi.yaml for what is taken here");
      else
        g_signal_connect (msg, "got-chunk", G_CALLBACK (on_chunk), (gpointer) route);
    }
}

static gboolean
read_body (FarControlRequest *request, const FarControlRoute *route)
{
  SoupMessageBody *body = soup_server_message_get_request_body (request->msg);
  g_autoptr (GError) error = NULL;

  if (route->body != FAR_CONTROL_BODY_OBJECT)
    return TRUE;
  if (body->length == 0)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "A JSON object is needed as the body; see /v1/openapi.yaml");
      return FALSE;
    }
  request->body = far_json_parse_object (body->data, body->length, FAR_CONTROL_BODY_MAX, &error);
  if (request->body != NULL)
    return TRUE;
  far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "The body: %s",
                     error->message);
  return FALSE;
}

/* Names and values are decoded; a name that the route does not take, or that comes twice, is an
 * error rather than silently something else. */
static gboolean
read_query (FarControlRequest *request, const FarControlRoute *route)
{
  const char *text = g_uri_get_query (soup_server_message_get_uri (request->msg));
  g_autoptr (GError) error = NULL;
  GUriParamsIter iter;
  char *name, *value;

  request->query = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (text == NULL)
    return TRUE;
  g_uri_params_iter_init (&iter, text, -1, "&", G_URI_PARAMS_WWW_FORM);
  while (g_uri_params_iter_next (&iter, &name, &value, &error))
    {
      gboolean taken = g_strv_contains (route->query, name);
      gboolean twice = g_hash_table_contains (request->query, name);
      g_autofree char *copy = g_strdup (name);

      g_hash_table_replace (request->query, name, value);
      if (taken && !twice)
        continue;
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         twice ? "The parameter “%s” stands twice; send it once"
                               : "There is no parameter “%s” here; see /v1/openapi.yaml", copy);
      return FALSE;
    }
  if (error != NULL)
    far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                       "The query cannot be read: %s", error->message);
  return error == NULL;
}

/* Figures come from single records where there are any; the rest is asked of the deployment. */
static gboolean
takes_records (const FarControlRoute *route)
{
  return route->remote == NULL || route->remote == far_control_remote_series ||
         route->remote == far_control_remote_summary ||
         route->remote == far_control_remote_heatmap ||
         route->remote == far_control_remote_export;
}

static void
on_request (SoupServer *server, SoupServerMessage *msg, const char *path, GHashTable *query,
            gpointer user_data)
{
  FarControlRequest *request = g_new0 (FarControlRequest, 1);
  const FarControlRoute *route;
  gboolean known;

  request->control = user_data;
  request->telemetry = request->control->telemetry;
  request->msg = g_object_ref (msg);
  request->cancellable = g_cancellable_new ();
  g_hash_table_add (request->control->requests, request);
  route = far_control_find_route (soup_server_message_get_method (msg),
                                  g_uri_get_path (soup_server_message_get_uri (msg)),
                                  &request->name, &known);
  g_assert (route != NULL);
  if (!read_query (request, route) || !read_body (request, route) ||
      !far_control_pick_deployment (request))
    return;
  if (request->deployment == NULL || (request->telemetry != NULL && takes_records (route)))
    route->handler (request);
  else if (route->remote != NULL)
    route->remote (request);
  else
    far_control_error (request, SOUP_STATUS_NOT_IMPLEMENTED, "not_reported",
                       "%s: a deployment of the kind %s does not report this",
                       request->deployment->id, request->deployment->kind);
}

/* ---- What is told ---- */

static void
on_record (const FarInvocation *invocation, gpointer user_data)
{
  FarControl *self = user_data;

  far_control_events_touch (self->events);
  far_control_logs_record (self->logs, invocation);
  if (self->push != NULL)
    far_control_push_record (self->push, invocation);
}

static void
on_line (const FarTelemetryLine *line, gpointer user_data)
{
  far_control_logs_line (((FarControl *) user_data)->logs, line);
}

static void
on_annotation (const FarAnnotation *annotation, gpointer user_data)
{
  far_control_events_annotate (((FarControl *) user_data)->events, annotation);
}

static void
on_state (gpointer user_data)
{
  far_control_events_touch (((FarControl *) user_data)->events);
}

static void
on_journal (gint64 transfers, gpointer user_data)
{
  far_control_events_journal (((FarControl *) user_data)->events, transfers);
}

static void
on_deployments (gpointer user_data)
{
  far_control_events_deployments (((FarControl *) user_data)->events);
}

static void
on_alarm (const FarAlarm *alarm, FarAlarmState from, gpointer user_data)
{
  far_control_events_alarm (((FarControl *) user_data)->events, alarm, from);
}

void
far_control_set_alarms (FarControl *self, FarAlarms *alarms)
{
  self->alarms = alarms;
  far_alarms_observe (alarms, on_alarm, self);
  far_control_vigil_free (self->vigil);
  self->vigil = far_control_vigil_new (self);
}

void
far_control_set_deployments (FarControl *self, FarDeployments *deployments)
{
  self->deployments = deployments;
  far_deployments_set_listener (deployments, on_deployments, self);
}

static void
on_traffic (FarTraffic *traffic, gpointer user_data)
{
  far_control_events_traffic (((FarControl *) user_data)->events);
}

/* ---- Life ---- */

/* The publication's own title, else the template's description. */
static char *
read_title (FarPlatform *platform)
{
  FarTemplate *tmpl = far_platform_get_template (platform);
  g_autofree char *path = g_build_filename (far_template_get_base_dir (tmpl), TITLE_FILE, NULL);
  g_autofree char *text = NULL;
  g_autoptr (FarYamlNode) root = NULL;
  FarYamlNode *title = NULL;
  gsize length;

  if (g_file_get_contents (path, &text, &length, NULL))
    root = far_yaml_parse (text, length, path, NULL);
  if (root != NULL)
    title = far_yaml_get (root, "title");
  if (title != NULL && title->kind == FAR_YAML_SCALAR && *title->text != '\0')
    return g_strdup (title->text);
  return g_strdup (far_template_get_description (tmpl));
}

static GSocket *
bind_socket (const char *path, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  GStatBuf status;

  if (socket == NULL)
    return NULL;
  if (g_lstat (path, &status) == 0 && S_ISSOCK (status.st_mode))
    g_unlink (path);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, FALSE, error))
    return NULL;
  if (g_chmod (path, 0600) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s", g_strerror (errno));
      return NULL;
    }
  return g_socket_listen (socket, error) ? g_steal_pointer (&socket) : NULL;
}

static gboolean
start_listening (FarControl *self, GError **error)
{
  g_autoptr (GError) socket_error = NULL;
  g_autoptr (GSocket) socket = bind_socket (self->socket_path, &socket_error);

  if (socket == NULL ||
      !g_socket_listener_add_socket (G_SOCKET_LISTENER (self->service), socket, NULL,
                                     &socket_error))
    {
      g_set_error (error, FAR_CONTROL_ERROR, FAR_CONTROL_ERROR_LISTEN,
                   "The control socket %s cannot be opened: %s", self->socket_path,
                   socket_error->message);
      return FALSE;
    }
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  g_socket_service_start (self->service);
  return TRUE;
}

FarControl *
far_control_new (FarPlatform *platform, FarTelemetry *telemetry, FarScheduler *scheduler,
                 const char *socket_path, GError **error)
{
  static const FarTelemetryListener listener = { on_record, on_line, on_annotation };
  static const FarPlatformObserver observer = { .state = on_state, .journal = on_journal };
  FarControl *self = g_new0 (FarControl, 1);

  self->platform = platform;
  self->telemetry = telemetry;
  self->scheduler = scheduler;
  self->clock = far_clock_ref (far_platform_get_clock (platform));
  self->socket_path = g_strdup (socket_path);
  self->connections = g_hash_table_new (NULL, NULL);
  self->requests = g_hash_table_new (NULL, NULL);
  self->n_unsent = g_rc_box_new0 (guint);
  self->watchers = g_ptr_array_new ();
  self->title = read_title (platform);
  self->traffic = far_traffic_new (on_traffic, self);
  self->events = far_control_events_new (self);
  self->logs = far_control_logs_new ();
  self->server = soup_server_new ("raw-paths", TRUE, "server-header", "farthingd", NULL);
  soup_server_add_early_handler (self->server, NULL, on_early, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  self->service = g_socket_service_new ();
  if (!start_listening (self, error))
    {
      far_control_free (self);
      return NULL;
    }
  self->observer = far_platform_observe (platform, &observer, self);
  far_telemetry_set_listener (telemetry, &listener, self);
  return self;
}

void
far_control_free (FarControl *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->vigil, far_control_vigil_free);
  g_clear_pointer (&self->push, far_control_push_free);
  if (self->deployments != NULL)
    far_deployments_set_listener (self->deployments, NULL, NULL);
  if (self->door != NULL)
    far_control_door_close (self->door);
  if (self->observer != 0)
    {
      far_telemetry_set_listener (self->telemetry, NULL, NULL);
      far_platform_unobserve (self->platform, self->observer);
      g_unlink (self->socket_path);
    }
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_clear_pointer (&self->traffic, far_traffic_free);
  soup_server_disconnect (self->server);
  far_control_end_watches (self);
  forget_requests (self);
  g_ptr_array_unref (self->watchers);
  far_control_events_free (self->events);
  far_control_logs_free (self->logs);
  g_object_unref (self->server);
  g_object_unref (self->service);
  forget_connections (self);
  far_control_door_free (self->door);
  far_tokens_free (self->tokens);
  g_hash_table_unref (self->connections);
  g_rc_box_release (self->n_unsent);
  far_clock_unref (self->clock);
  g_free (self->socket_path);
  g_clear_pointer (&self->received, g_hash_table_unref);
  g_free (self->title);
  g_free (self);
}
