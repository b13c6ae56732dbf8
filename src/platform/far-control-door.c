/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the network's way in: a listener, handshakes with a deadline, tokens, and who has guessed
 * how often. A connection counts from before its handshake, so that half-open ones are bounded. */
#include "platform/far-control-door.h"

#include <string.h>

#include "platform/far-control-private.h"

#define BACKLOG 128
#define STATUS_TOO_MANY_REQUESTS 429
#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

struct _FarControlDoor {
  SoupServer      *server;
  FarTokens       *tokens;
  FarClock        *clock;
  GTlsCertificate *certificate; /* nullable: plain, on loopback */
  GSocketService  *service;
  GSocketAddress  *local;
  char            *url;
  GPtrArray       *proxies;  /* (element-type GInetAddressMask) */
  GHashTable      *guesses;  /* address → number of false tokens in this minute */
  gint64           minute;
  GHashTable      *connections; /* set of GSocketConnection, no references */
  GPtrArray       *handshakes;  /* (element-type Handshake), no ownership */
  guint            head_s;
};

#define TIMER "far-timer" /* a message's, while it is read */

/* ---- Connections ---- */

static void
on_connection_gone (gpointer user_data, GObject *connection)
{
  g_hash_table_remove (user_data, connection);
}

/* The address is a fresh one, by which messages are traced back to their connection. */
static void
hand_over (FarControlDoor *self, GSocketConnection *connection, GIOStream *stream)
{
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GSocketAddress) mine = NULL;

  if (remote == NULL || !G_IS_INET_SOCKET_ADDRESS (remote))
    return;
  mine = g_inet_socket_address_new (
    g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)),
    g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (remote)));
  g_object_set_data (G_OBJECT (mine), "far-connection", connection);
  soup_server_accept_iostream (self->server, stream, self->local, mine, NULL);
}

typedef struct {
  FarControlDoor    *door; /* NULL once it is not wanted any more */
  GSocketConnection *connection;
  GIOStream         *stream;
  GCancellable      *cancellable;
  guint              timer;
} Handshake;

static void
give_up (Handshake *shake)
{
  shake->door = NULL;
  g_clear_handle_id (&shake->timer, g_source_remove);
  g_cancellable_cancel (shake->cancellable);
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Handshake *shake = user_data;
  gboolean done = g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, NULL);

  g_clear_handle_id (&shake->timer, g_source_remove);
  if (shake->door != NULL)
    {
      g_ptr_array_remove_fast (shake->door->handshakes, shake);
      if (done)
        hand_over (shake->door, shake->connection, shake->stream);
    }
  g_object_unref (shake->stream);
  g_object_unref (shake->connection);
  g_object_unref (shake->cancellable);
  g_free (shake);
}

static gboolean
on_handshake_late (gpointer user_data)
{
  Handshake *shake = user_data;

  shake->timer = 0;
  g_ptr_array_remove_fast (shake->door->handshakes, shake);
  give_up (shake);
  return G_SOURCE_REMOVE;
}

static void
begin_handshake (FarControlDoor *self, GSocketConnection *connection)
{
  g_autoptr (GIOStream) stream = g_tls_server_connection_new (G_IO_STREAM (connection),
                                                              self->certificate, NULL);
  Handshake *shake;

  if (stream == NULL)
    return;
  shake = g_new0 (Handshake, 1);
  shake->door = self;
  shake->connection = g_object_ref (connection);
  shake->stream = g_object_ref (stream);
  shake->cancellable = g_cancellable_new ();
  shake->timer = g_timeout_add_seconds (FAR_DOOR_HANDSHAKE_S, on_handshake_late, shake);
  g_ptr_array_add (self->handshakes, shake);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (stream), G_PRIORITY_DEFAULT,
                                    shake->cancellable, on_handshake, shake);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source,
             gpointer user_data)
{
  FarControlDoor *self = user_data;

  if (g_hash_table_size (self->connections) >= FAR_DOOR_CONNECTIONS_MAX)
    return TRUE;
  g_socket_set_timeout (g_socket_connection_get_socket (connection), FAR_CONTROL_IDLE_TIMEOUT_S);
  g_hash_table_add (self->connections, connection);
  g_object_weak_ref (G_OBJECT (connection), on_connection_gone, self->connections);
  if (self->certificate != NULL)
    begin_handshake (self, connection);
  else
    hand_over (self, connection, G_IO_STREAM (connection));
  return TRUE;
}

/* ---- Requests that do not come whole ---- */

/* The time counts from a request's beginning: whoever sends a byte now and then is cut off too. */

static void
stop_timer (gpointer id)
{
  g_source_remove (GPOINTER_TO_UINT (id));
}

static gboolean
on_late (gpointer user_data)
{
  SoupServerMessage *msg = user_data;
  GSocketAddress *remote = soup_server_message_get_remote_address (msg);
  GSocketConnection *connection = g_object_get_data (G_OBJECT (remote), "far-connection");

  g_object_steal_data (G_OBJECT (msg), TIMER);
  g_socket_shutdown (g_socket_connection_get_socket (connection), TRUE, TRUE, NULL);
  return G_SOURCE_REMOVE;
}

static void
arm (SoupServerMessage *msg, guint seconds)
{
  g_object_set_data_full (G_OBJECT (msg), TIMER,
                          GUINT_TO_POINTER (g_timeout_add_seconds (seconds, on_late, msg)),
                          stop_timer);
}

static void
disarm (SoupServerMessage *msg)
{
  g_object_set_data (G_OBJECT (msg), TIMER, NULL);
}

static void
on_got_headers (SoupServerMessage *msg, gpointer user_data)
{
  arm (msg, FAR_DOOR_BODY_S);
}

static void
on_request_started (SoupServer *server, SoupServerMessage *msg, gpointer user_data)
{
  FarControlDoor *self = user_data;

  if (!far_control_door_is_remote (msg))
    return;
  arm (msg, self->head_s);
  g_signal_connect (msg, "got-headers", G_CALLBACK (on_got_headers), NULL);
  g_signal_connect (msg, "got-body", G_CALLBACK (disarm), NULL);
}

static void
on_request_over (SoupServer *server, SoupServerMessage *msg, gpointer user_data)
{
  disarm (msg);
}

static void
watch_requests (FarControlDoor *self)
{
  g_signal_connect (self->server, "request-started", G_CALLBACK (on_request_started), self);
  g_signal_connect (self->server, "request-finished", G_CALLBACK (on_request_over), self);
  g_signal_connect (self->server, "request-aborted", G_CALLBACK (on_request_over), self);
}

/* ---- Who asks ---- */

gboolean
far_control_door_is_remote (SoupServerMessage *msg)
{
  return G_IS_INET_SOCKET_ADDRESS (soup_server_message_get_remote_address (msg));
}

static gboolean
is_trusted (FarControlDoor *self, GInetAddress *address)
{
  guint i;

  for (i = 0; i < self->proxies->len; i++)
    if (g_inet_address_mask_matches (g_ptr_array_index (self->proxies, i), address))
      return TRUE;
  return FALSE;
}

/* Of trusted proxies, the nearest that they name and that is none of them; else the peer. */
static char *
client_address (FarControlDoor *self, SoupServerMessage *msg)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (msg);
  const char *list = soup_message_headers_get_list (soup_server_message_get_request_headers (msg),
                                                    "X-Forwarded-For");
  g_autoptr (GInetAddress) address =
    g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  g_auto (GStrv) hops = g_strsplit (list != NULL ? list : "", ",", -1);
  guint i = g_strv_length (hops);

  while (i-- > 0 && is_trusted (self, address))
    {
      GInetAddress *next = g_inet_address_new_from_string (g_strstrip (hops[i]));

      if (next == NULL)
        break;
      g_object_unref (address);
      address = next;
    }
  return g_inet_address_to_string (address);
}

static guint
n_guesses (FarControlDoor *self, const char *address)
{
  gint64 minute = far_clock_now_us (self->clock) / MINUTE_US;

  if (minute != self->minute)
    {
      self->minute = minute;
      g_hash_table_remove_all (self->guesses);
    }
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->guesses, address));
}

static void
count_guess (FarControlDoor *self, const char *address)
{
  guint n = n_guesses (self, address);

  if (n > 0 || g_hash_table_size (self->guesses) < FAR_DOOR_ADDRESSES_MAX)
    g_hash_table_replace (self->guesses, g_strdup (address), GUINT_TO_POINTER (n + 1));
}

static guint
presented_scopes (FarControlDoor *self, SoupServerMessage *msg, gboolean *ret_presented)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  const char *value = soup_message_headers_get_one (headers, "Authorization");

  *ret_presented = value != NULL;
  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", 7) != 0)
    return 0;
  return far_tokens_check (self->tokens, value + 7);
}

gboolean
far_control_door_admits (FarControlDoor *self, SoupServerMessage *msg,
                         const FarControlRoute *route, guint *ret_status, const char **ret_code,
                         const char **ret_message)
{
  FarScope scope = far_scope_of_route (route->method, route->path);
  g_autofree char *address = NULL;
  gboolean presented;
  guint scopes;

  if (scope == FAR_SCOPE_OPEN)
    return TRUE;
  address = client_address (self, msg);
  *ret_status = SOUP_STATUS_FORBIDDEN;
  *ret_code = "not_allowed";
  *ret_message = "The token has not the scope for this";
  if (n_guesses (self, address) >= FAR_DOOR_GUESSES_MAX)
    {
      *ret_status = STATUS_TOO_MANY_REQUESTS;
      *ret_code = "too_many";
      *ret_message = "Too many false tokens from this address; try again in a minute";
      return FALSE;
    }
  scopes = presented_scopes (self, msg, &presented);
  if (scopes == 0)
    {
      if (presented)
        count_guess (self, address);
      *ret_status = SOUP_STATUS_UNAUTHORIZED;
      *ret_code = "unauthorized";
      *ret_message = "Send Authorization: Bearer with a token of farthingctl token add";
      return FALSE;
    }
  if (scope == FAR_SCOPE_LOCAL)
    *ret_message = "This is answered on the control socket of the machine only";
  return (scopes & scope) != 0;
}

/* ---- Life ---- */

static gboolean
fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, FAR_CONTROL_ERROR, FAR_CONTROL_ERROR_LISTEN, text);
  return FALSE;
}

static gboolean
read_certificate (FarControlDoor *self, const FarControlListen *listen, GInetAddress *address,
                  GError **error)
{
  g_autoptr (GError) why = NULL;

  if (listen->tls_cert == NULL && listen->tls_key == NULL)
    return g_inet_address_get_is_loopback (address) ||
           fail (error, "--listen %s is not on loopback: give --tls-cert and --tls-key, or listen "
                 "on 127.0.0.1 behind a proxy that speaks TLS", listen->address);
  if (listen->tls_cert == NULL || listen->tls_key == NULL)
    return fail (error, "--tls-cert and --tls-key go together");
  self->certificate = g_tls_certificate_new_from_files (listen->tls_cert, listen->tls_key, &why);
  return self->certificate != NULL ||
         fail (error, "The certificate %s with the key %s cannot be used: %s", listen->tls_cert,
               listen->tls_key, why->message);
}

static gboolean
read_proxies (FarControlDoor *self, const FarControlListen *listen, GError **error)
{
  guint i;

  for (i = 0; listen->proxies != NULL && listen->proxies[i] != NULL; i++)
    {
      GInetAddressMask *mask = g_inet_address_mask_new_from_string (listen->proxies[i], NULL);

      if (mask == NULL || i >= FAR_DOOR_PROXIES_MAX)
        {
          g_clear_object (&mask);
          return fail (error, "--trusted-proxy %s: give at most %d addresses or ranges, such as "
                       "10.0.0.0/8", listen->proxies[i], FAR_DOOR_PROXIES_MAX);
        }
      g_ptr_array_add (self->proxies, mask);
    }
  return TRUE;
}

static gboolean
start (FarControlDoor *self, GSocketAddress *wanted, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) why = NULL;
  g_autofree char *text = NULL;
  GInetAddress *address;

  socket = g_socket_new (g_socket_address_get_family (wanted), G_SOCKET_TYPE_STREAM,
                         G_SOCKET_PROTOCOL_TCP, &why);
  if (socket != NULL)
    g_socket_set_listen_backlog (socket, BACKLOG);
  if (socket == NULL || !g_socket_bind (socket, wanted, TRUE, &why) ||
      !g_socket_listen (socket, &why) ||
      !g_socket_listener_add_socket (G_SOCKET_LISTENER (self->service), socket, NULL, &why))
    return fail (error, "Cannot listen: %s", why->message);
  self->local = g_socket_get_local_address (socket, NULL);
  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (self->local));
  text = g_inet_address_to_string (address);
  self->url = g_strdup_printf (strchr (text, ':') != NULL ? "%s://[%s]:%u" : "%s://%s:%u",
                               self->certificate != NULL ? "https" : "http", text,
                               g_inet_socket_address_get_port (
                                 G_INET_SOCKET_ADDRESS (self->local)));
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  g_socket_service_start (self->service);
  return TRUE;
}

/* "127.0.0.1:8443", "[::1]:8443", "0.0.0.0:0" */
static GSocketAddress *
parse_address (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : NULL;
  GSocketAddress *address = NULL;
  gsize length = host != NULL ? strlen (host) : 0;
  guint64 port;

  if (colon != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    {
      if (length > 2 && host[0] == '[' && host[length - 1] == ']')
        {
          host[length - 1] = '\0';
          address = g_inet_socket_address_new_from_string (host + 1, (guint) port);
        }
      else
        address = g_inet_socket_address_new_from_string (host, (guint) port);
    }
  if (address == NULL)
    fail (error, "--listen %s: give an address and a port, such as 0.0.0.0:8443 or [::]:8443",
          text);
  return address;
}

FarControlDoor *
far_control_door_new (SoupServer *server, FarTokens *tokens, FarClock *clock,
                      const FarControlListen *listen, GError **error)
{
  g_autoptr (GSocketAddress) wanted = parse_address (listen->address, error);
  FarControlDoor *self;

  if (wanted == NULL)
    return NULL;
  self = g_new0 (FarControlDoor, 1);
  self->server = g_object_ref (server);
  self->tokens = tokens;
  self->clock = far_clock_ref (clock);
  self->proxies = g_ptr_array_new_with_free_func (g_object_unref);
  self->guesses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->connections = g_hash_table_new (NULL, NULL);
  self->handshakes = g_ptr_array_new ();
  self->service = g_socket_service_new ();
  self->head_s = listen->head_s > 0 ? listen->head_s : FAR_DOOR_HEAD_S;
  watch_requests (self);
  if (read_certificate (self, listen,
                        g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (wanted)),
                        error) &&
      read_proxies (self, listen, error) && start (self, wanted, error))
    return self;
  far_control_door_free (self);
  return NULL;
}

const char *
far_control_door_get_url (FarControlDoor *self)
{
  return self->url;
}

void
far_control_door_close (FarControlDoor *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
}

void
far_control_door_free (FarControlDoor *self)
{
  GHashTableIter iter;
  gpointer connection;
  guint i;

  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->server, self);
  far_control_door_close (self);
  for (i = 0; i < self->handshakes->len; i++)
    give_up (g_ptr_array_index (self->handshakes, i));
  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    g_object_weak_unref (connection, on_connection_gone, self->connections);
  g_hash_table_unref (self->connections);
  g_hash_table_unref (self->guesses);
  g_ptr_array_unref (self->proxies);
  g_ptr_array_unref (self->handshakes);
  g_object_unref (self->service);
  g_object_unref (self->server);
  g_clear_object (&self->certificate);
  g_clear_object (&self->local);
  far_clock_unref (self->clock);
  g_free (self->url);
  g_free (self);
}
