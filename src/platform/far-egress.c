/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarEgress: accepts from one instance, reads a head, judges it, connects, and joins both streams.
 *
 * What is judged is what is connected to: a name is resolved here, once, and only addresses that
 * the grant allows are tried. Each Tunnel holds itself by the asynchronous calls that it waits for;
 * when its FarEgress goes, its cancellable ends them. Thread: the loop's; resolving is GIO's. */
#include "platform/far-egress.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/far-address-policy.h"
#include "platform/far-dispatcher.h"

struct _FarEgress {
  FarFunction *function;
  int          fd;
  FarLoopWatch watch;
  GHashTable  *tunnels; /* set of Tunnel */
};

typedef struct {
  FarEgress         *egress; /* NULL once that has gone */
  GSocketConnection *client;
  GSocketConnection *server;
  GCancellable      *cancellable;
  GString           *head;   /* and what came behind it */
  GList             *addresses;
  FarEgressVerdict   verdict;
  char              *host;
  char              *method;
  char              *path;   /* nullable */
  guint16            port;
  guint              timer;
  char               buffer[4096];
} Tunnel;

static void read_head (Tunnel *self);
static void try_next_address (Tunnel *self);

static void
tunnel_free (Tunnel *self)
{
  if (self->egress != NULL)
    g_hash_table_remove (self->egress->tunnels, self);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_io_stream_close (G_IO_STREAM (self->client), NULL, NULL);
  g_object_unref (self->client);
  g_clear_object (&self->server);
  g_object_unref (self->cancellable);
  g_string_free (self->head, TRUE);
  g_resolver_free_addresses (self->addresses);
  g_free (self->host);
  g_free (self->method);
  g_free (self->path);
  g_free (self);
}

static void
on_refused (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  tunnel_free (user_data);
}

/* Answers, and ends. */
static void
refuse (Tunnel *self, const char *status, const char *code, const char *message)
{
  g_autofree char *body = g_strdup_printf ("{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code,
                                           message);

  g_string_printf (self->head, "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                               "Connection: close\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                   status, strlen (body), body);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->client)),
                                   self->head->str, self->head->len, G_PRIORITY_DEFAULT,
                                   self->cancellable, on_refused, self);
}

static void
deny (Tunnel *self)
{
  g_autofree char *line
      = g_strdup_printf ("egress to %s:%u is not granted; name it in Metadata.Farthing.Egress",
                         self->host, self->port);

  if (self->egress != NULL)
    far_dispatcher_log (self->egress->function->dispatcher, self->egress->function, NULL,
                        FAR_LOG_WARN, line, strlen (line));
  refuse (self, "403 Forbidden", "egress_denied",
          "This function was not granted this host; name it in Metadata.Farthing.Egress");
}

static void
on_joined (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_io_stream_splice_finish (result, NULL);
  tunnel_free (user_data);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Tunnel *self = user_data;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    {
      tunnel_free (self);
      return;
    }
  g_io_stream_splice_async (G_IO_STREAM (self->client), G_IO_STREAM (self->server),
                            G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2,
                            G_PRIORITY_DEFAULT, self->cancellable, on_joined, self);
}

static void
send_on (Tunnel *self)
{
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->server)),
                                   self->head->str, self->head->len, G_PRIORITY_DEFAULT,
                                   self->cancellable, on_sent, self);
}

/* The request as its server wants it: without the proxy's part, and the last of its connection. */
static void
rewrite_head (Tunnel *self)
{
  const char *end = strstr (self->head->str, "\r\n\r\n");
  g_autofree char *fields = g_strndup (self->head->str, end - self->head->str);
  g_auto (GStrv) lines = g_strsplit (fields, "\r\n", -1);
  GString *head = g_string_new (NULL);
  guint i;

  g_string_append_printf (head, "%s %s HTTP/1.1\r\n", self->method, self->path);
  for (i = 1; lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], "proxy-", 6) != 0 &&
        g_ascii_strncasecmp (lines[i], "connection:", 11) != 0)
      g_string_append_printf (head, "%s\r\n", lines[i]);
  g_string_append (head, "Connection: close\r\n\r\n");
  g_string_append_len (head, end + 4, self->head->len - (end + 4 - self->head->str));
  g_string_free (self->head, TRUE);
  self->head = head;
}

static void
on_greeted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Tunnel *self = user_data;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    send_on (self);
  else
    tunnel_free (self);
}

static void
connected (Tunnel *self)
{
  static const char greeting[] = "HTTP/1.1 200 Connection established\r\n\r\n";
  const char *end = strstr (self->head->str, "\r\n\r\n");

  if (self->path != NULL)
    {
      rewrite_head (self);
      send_on (self);
      return;
    }
  g_string_erase (self->head, 0, end + 4 - self->head->str);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->client)),
                                   greeting, strlen (greeting), G_PRIORITY_DEFAULT,
                                   self->cancellable, on_greeted, self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Tunnel *self = user_data;

  self->server = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, NULL);
  if (self->server != NULL)
    connected (self);
  else if (g_cancellable_is_cancelled (self->cancellable))
    tunnel_free (self);
  else
    try_next_address (self);
}

static gboolean
address_is_granted (const Tunnel *self, GInetAddress *address)
{
  return self->verdict == FAR_EGRESS_LOOPBACK ? g_inet_address_get_is_loopback (address)
                                              : far_address_is_public (address);
}

static void
try_next_address (Tunnel *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_timeout (client, FAR_EGRESS_CONNECT_S);
  g_socket_client_set_enable_proxy (client, FALSE);
  while (self->addresses != NULL)
    {
      g_autoptr (GInetAddress) address = self->addresses->data;
      g_autoptr (GSocketAddress) where = NULL;

      self->addresses = g_list_delete_link (self->addresses, self->addresses);
      if (!address_is_granted (self, address))
        continue;
      where = g_inet_socket_address_new (address, self->port);
      g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (where), self->cancellable,
                                     on_connected, self);
      return;
    }
  refuse (self, "502 Bad Gateway", "unreachable",
          "No address of this host that may be reached answers");
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Tunnel *self = user_data;

  self->addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, NULL);
  if (g_cancellable_is_cancelled (self->cancellable))
    tunnel_free (self);
  else
    try_next_address (self);
}

static GSocketConnection *
connection_of (int fd)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);

  if (socket != NULL)
    return g_socket_connection_factory_create_connection (socket);
  close (fd);
  return NULL;
}

static void
connect_platform (Tunnel *self)
{
  static char *no_commands[] = { NULL };
  const FarTemplateService gateway = { (char *) "gateway", no_commands };
  FarFunction *function = self->egress->function;
  int fd = far_dispatcher_open_service (function->dispatcher, function, &gateway, NULL);

  self->server = fd >= 0 ? connection_of (fd) : NULL;
  if (self->server != NULL)
    connected (self);
  else
    refuse (self, "502 Bad Gateway", "unreachable", "The gateway cannot be reached just now");
}

static void
take_head (Tunnel *self)
{
  const char *end = strstr (self->head->str, "\r\n");
  g_autofree char *line = g_strndup (self->head->str, end - self->head->str);
  g_autoptr (GResolver) resolver = NULL;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (!far_egress_parse_target (line, &self->host, &self->port, &self->method, &self->path))
    {
      refuse (self, "400 Bad Request", "bad_request",
              "This proxy takes CONNECT host:port, or a whole http:// URL");
      return;
    }
  self->verdict = far_egress_judge ((const char *const *) self->egress->function->spec->egress,
                                    self->host, self->port);
  if (self->verdict == FAR_EGRESS_DENIED)
    deny (self);
  else if (self->verdict == FAR_EGRESS_PLATFORM)
    connect_platform (self);
  else
    {
      resolver = g_resolver_get_default ();
      g_resolver_lookup_by_name_async (resolver, self->host, self->cancellable, on_resolved, self);
    }
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Tunnel *self = user_data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n <= 0 || self->egress == NULL)
    {
      tunnel_free (self);
      return;
    }
  g_string_append_len (self->head, self->buffer, n);
  if (strlen (self->head->str) == self->head->len && strstr (self->head->str, "\r\n\r\n") == NULL
      && self->head->len < FAR_EGRESS_HEAD_MAX)
    read_head (self);
  else if (strstr (self->head->str, "\r\n\r\n") != NULL)
    take_head (self);
  else
    refuse (self, "431 Request Header Fields Too Large", "bad_request",
            "The head of this request is too large, or no text");
}

static void
read_head (Tunnel *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->client)),
                             self->buffer, sizeof self->buffer, G_PRIORITY_DEFAULT,
                             self->cancellable, on_read, self);
}

static gboolean
on_head_overdue (gpointer user_data)
{
  Tunnel *self = user_data;

  self->timer = 0;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_incoming (guint32 events, gpointer user_data)
{
  FarEgress *self = user_data;
  int fd = accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  GSocketConnection *client;
  Tunnel *tunnel;

  if (fd < 0)
    return;
  if (g_hash_table_size (self->tunnels) >= FAR_EGRESS_CONNECTIONS_MAX)
    {
      close (fd);
      return;
    }
  client = connection_of (fd);
  if (client == NULL)
    return;
  tunnel = g_new0 (Tunnel, 1);
  tunnel->egress = self;
  tunnel->client = client;
  tunnel->cancellable = g_cancellable_new ();
  tunnel->head = g_string_new (NULL);
  tunnel->timer = g_timeout_add_seconds (FAR_EGRESS_HEAD_S, on_head_overdue, tunnel);
  g_hash_table_add (self->tunnels, tunnel);
  read_head (tunnel);
}

FarEgress *
far_egress_new (FarFunction *function, int listen_fd, GError **error)
{
  FarEgress *self = g_new0 (FarEgress, 1);

  self->function = function;
  self->fd = listen_fd;
  self->tunnels = g_hash_table_new (NULL, NULL);
  if (far_loop_add (far_dispatcher_get_loop (function->dispatcher), &self->watch, listen_fd,
                    EPOLLIN, on_incoming, self, error))
    return self;
  far_egress_free (self);
  return NULL;
}

void
far_egress_free (FarEgress *self)
{
  GHashTableIter iter;
  gpointer tunnel;

  if (self == NULL)
    return;
  far_loop_remove (far_dispatcher_get_loop (self->function->dispatcher), &self->watch);
  close (self->fd);
  g_hash_table_iter_init (&iter, self->tunnels);
  while (g_hash_table_iter_next (&iter, &tunnel, NULL))
    {
      ((Tunnel *) tunnel)->egress = NULL;
      g_cancellable_cancel (((Tunnel *) tunnel)->cancellable);
    }
  g_hash_table_unref (self->tunnels);
  g_free (self);
}
