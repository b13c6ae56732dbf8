/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One exchange is one Exchange: a task, a private cancellable that both the caller's cancellable
 * and the deadline's timer pull, and the message of the current hop. Whoever pulls first decides
 * the error. The body is read in chunks and counted, so that a server cannot make us hold more than
 * the cap. libsoup itself follows no redirect. One thread: that of the client's main context. */
#include "farthing-config.h"

#include "net/far-http-client.h"

#include <libsoup/soup.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "net/far-http-lines-private.h"
#include "net/far-http-reply-private.h"
#include "net/far-http-trust-private.h"

#define CHUNK_BYTES (32 * 1024)
#define IDLE_TIMEOUT_S 30
/* The name that stands in Host on a Unix socket. */
#define UNIX_ORIGIN "http://localhost"

struct _FarHttpClient {
  GObject parent_instance;
  SoupSession *session;
  gboolean is_unix;
  FarHttpTrustCheck *trust; /* nullable: the machine's authorities decide */
};

G_DEFINE_FINAL_TYPE (FarHttpClient, far_http_client, G_TYPE_OBJECT)
G_DEFINE_QUARK (far-http-client-error-quark, far_http_client_error)

#define REFUSED "far-address-refused" /* on a message: it led where it may not */

typedef struct {
  GCancellable *outer;       /* nullable: the caller's */
  gulong outer_id;
  GCancellable *inner;
  GSource *deadline;         /* nullable */
  gboolean timed_out;
  gboolean follow;
  char **headers;            /* nullable: to be repeated at the next hop */
  gboolean lines;
  guint n_redirects;
  gsize reply_max;
  SoupMessage *message;
  GInputStream *stream;
  GByteArray *body;
} Exchange;

static void
far_http_client_finalize (GObject *object)
{
  FarHttpClient *self = FAR_HTTP_CLIENT (object);

  soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_pointer (&self->trust, far_http_trust_check_free);
  G_OBJECT_CLASS (far_http_client_parent_class)->finalize (object);
}

static void
far_http_client_class_init (FarHttpClientClass *class)
{
  G_OBJECT_CLASS (class)->finalize = far_http_client_finalize;
}

static void
far_http_client_init (FarHttpClient *self)
{
}

static FarHttpClient *
client_new (GSocketAddress *address,
            guint           connections_max)
{
  FarHttpClient *self = g_object_new (FAR_TYPE_HTTP_CLIENT, NULL);
  guint n = connections_max != 0 ? MIN (connections_max, FAR_HTTP_CONNECTIONS_MAX) : 10;

  self->is_unix = address != NULL;
  /* A proxy from the environment would see, or break, what is meant for this machine. */
  self->session = g_object_new (SOUP_TYPE_SESSION,
                                "remote-connectable", address,
                                "proxy-resolver", NULL,
                                "max-conns", (int) n,
                                "max-conns-per-host", (int) n,
                                "idle-timeout", IDLE_TIMEOUT_S,
                                "timeout", 0,
                                "user-agent", "farthing/" FAR_VERSION,
                                NULL);
  return self;
}

/**
 * far_http_client_new:
 * @connections_max: connections at once, 0 for a few
 *
 * Returns: (transfer full): a client for http and https URLs; no proxy is used
 */
FarHttpClient *
far_http_client_new (guint connections_max)
{
  return client_new (NULL, connections_max);
}

/**
 * far_http_client_new_trusting:
 * @connections_max: connections at once, 0 for a few
 * @trust: whom an https server must prove to be
 * @error: FAR_HTTP_CLIENT_ERROR_CERTIFICATE
 *
 * Returns: (transfer full) (nullable): a client for http and https URLs
 */
FarHttpClient *
far_http_client_new_trusting (guint                connections_max,
                              const FarHttpTrust  *trust,
                              GError             **error)
{
  g_autoptr (FarHttpClient) self = NULL;
  FarHttpTrustCheck *check;

  g_return_val_if_fail (trust != NULL, NULL);

  if (trust->ca_file == NULL && trust->spki_pin == NULL)
    return client_new (NULL, connections_max);
  check = far_http_trust_check_new (trust, error);
  if (check == NULL)
    return NULL;
  self = client_new (NULL, connections_max);
  self->trust = check;
  g_object_set (self->session, "tls-database", far_http_trust_check_get_database (check), NULL);
  return g_steal_pointer (&self);
}

void
far_http_client_set_proxy (FarHttpClient      *self,
                           const char         *proxy,
                           const char *const  *except)
{
  g_autoptr (GProxyResolver) resolver = NULL;

  g_return_if_fail (FAR_IS_HTTP_CLIENT (self) && !self->is_unix && proxy != NULL);

  resolver = g_simple_proxy_resolver_new (proxy, (char **) except);
  g_object_set (self->session, "proxy-resolver", resolver, NULL);
}

/**
 * far_http_client_new_unix:
 * @socket_path: path of a listening Unix socket
 *
 * Returns: (transfer full): a client whose every call goes there
 */
FarHttpClient *
far_http_client_new_unix (const char *socket_path)
{
  g_autoptr (GSocketAddress) address = NULL;

  g_return_val_if_fail (socket_path != NULL, NULL);

  address = g_unix_socket_address_new (socket_path);
  return client_new (address, 0);
}

/* ---- The life of an exchange ---- */

static void
exchange_free (gpointer data)
{
  Exchange *exchange = data;

  g_cancellable_disconnect (exchange->outer, exchange->outer_id);
  g_clear_object (&exchange->outer);
  g_clear_object (&exchange->inner);
  if (exchange->deadline != NULL)
    g_source_destroy (exchange->deadline);
  g_clear_pointer (&exchange->deadline, g_source_unref);
  g_clear_object (&exchange->message);
  g_clear_object (&exchange->stream);
  g_clear_pointer (&exchange->headers, g_strfreev);
  g_clear_pointer (&exchange->body, g_byte_array_unref);
  g_free (exchange);
}

static gboolean
deadline_passed (gpointer data)
{
  Exchange *exchange = data;

  exchange->timed_out = TRUE;
  g_cancellable_cancel (exchange->inner);
  return G_SOURCE_REMOVE;
}

static void
outer_cancelled (GCancellable *outer,
                 gpointer      inner)
{
  g_cancellable_cancel (inner);
}

static gboolean
is_connect_error (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE) ||
         error->domain == G_RESOLVER_ERROR;
}

/* Takes error and ends the task with ours. */
static void
return_error (GTask  *task,
              GError *error)
{
  Exchange *exchange = g_task_get_task_data (task);

  if (exchange->timed_out)
    g_task_return_new_error (task, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_TIMEOUT,
                             "No answer in time; try again");
  else if (exchange->message != NULL &&
           g_object_get_data (G_OBJECT (exchange->message), REFUSED) != NULL)
    g_task_return_new_error (task, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_ADDRESS,
                             "The address leads into a private network; give a public one");
  else if (error->domain == FAR_HTTP_CLIENT_ERROR ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }
  else if (error->domain == G_TLS_ERROR)
    {
      g_autofree char *why = far_http_trust_explain (exchange->message, error);

      g_task_return_new_error (task, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_CERTIFICATE,
                               "%s", why);
    }
  else if (is_connect_error (error))
    g_task_return_new_error (task, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_CONNECT,
                             "Nobody answers: %s", error->message);
  else
    g_task_return_new_error (task, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_IO,
                             "The connection broke: %s", error->message);
  g_error_free (error);
}

/* ---- Reading the answer ---- */

static void read_chunk (GTask *task);

static void
finish_reply (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);
  GBytes *body = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->body));

  g_task_return_pointer (task, far_http_reply_new (exchange->message, body),
                         (GDestroyNotify) far_http_reply_free);
}

static void
chunk_read (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result,
                                                               &error);
  gsize n_bytes;

  if (chunk == NULL)
    {
      return_error (task, error);
      return;
    }
  n_bytes = g_bytes_get_size (chunk);
  if (n_bytes > exchange->reply_max - exchange->body->len)
    {
      g_set_error (&error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_SIZE,
                   "The answer has more than %" G_GSIZE_FORMAT " bytes", exchange->reply_max);
      /* Else the session would go on reading to keep the connection. */
      g_cancellable_cancel (exchange->inner);
      return_error (task, error);
      return;
    }
  if (n_bytes == 0)
    {
      finish_reply (task);
      return;
    }
  g_byte_array_append (exchange->body, g_bytes_get_data (chunk, NULL), (guint) n_bytes);
  read_chunk (task);
}

static void
read_chunk (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (exchange->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT,
                                   exchange->inner, chunk_read, g_object_ref (task));
}

/* ---- Sending, hop by hop ---- */

static void send_message (GTask *task);

static gboolean
is_redirect (guint status)
{
  return status == SOUP_STATUS_MOVED_PERMANENTLY || status == SOUP_STATUS_FOUND ||
         status == SOUP_STATUS_SEE_OTHER || status == SOUP_STATUS_TEMPORARY_REDIRECT ||
         status == SOUP_STATUS_PERMANENT_REDIRECT;
}

static gboolean
same_origin (GUri *a,
             GUri *b)
{
  return g_strcmp0 (g_uri_get_scheme (a), g_uri_get_scheme (b)) == 0 &&
         g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b)) == 0 &&
         g_uri_get_port (a) == g_uri_get_port (b);
}

/* Where a redirect leads, if it may lead there. */
static GUri *
check_redirect (Exchange  *exchange,
                GError   **error)
{
  GUri *from = soup_message_get_uri (exchange->message);
  const char *location =
    soup_message_headers_get_one (soup_message_get_response_headers (exchange->message),
                                  "Location");
  g_autoptr (GUri) to = NULL;

  if (location != NULL)
    to = g_uri_parse_relative (from, location, SOUP_HTTP_URI_FLAGS, NULL);
  if (to == NULL || g_uri_get_host (to) == NULL || !same_origin (from, to) ||
      ++exchange->n_redirects > FAR_HTTP_REDIRECTS_MAX)
    {
      g_set_error (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_REDIRECT,
                   "%s leads to another place or in circles; use the final address",
                   g_uri_get_path (from));
      return NULL;
    }
  return g_steal_pointer (&to);
}

/* The connection stands, and nothing has been sent over it: it is closed if it leads elsewhere. */
static void
check_address (SoupMessage        *message,
               GSocketClientEvent  event,
               GIOStream          *connection,
               gpointer            user_data)
{
  g_autoptr (GSocketAddress) remote = NULL;

  if (event != G_SOCKET_CLIENT_CONNECTED || !G_IS_SOCKET_CONNECTION (connection))
    return;
  remote = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (connection), NULL);
  if (G_IS_INET_SOCKET_ADDRESS (remote) &&
      far_address_allowed (GPOINTER_TO_INT (user_data),
                           g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote))))
    return;
  g_object_set_data (G_OBJECT (message), REFUSED, (gpointer) REFUSED);
  g_io_stream_close (connection, NULL, NULL);
}

static SoupMessage *
make_message (FarHttpClient      *self,
              const FarHttpCall  *call,
              GError            **error)
{
  g_autofree char *url = g_strconcat (self->is_unix && *call->url == '/' ? UNIX_ORIGIN : "",
                                      call->url, NULL);
  g_autoptr (SoupMessage) message = NULL;
  SoupMessageHeaders *headers;
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0' ||
      (strcmp (g_uri_get_scheme (uri), "http") != 0 &&
       strcmp (g_uri_get_scheme (uri), "https") != 0))
    {
      g_set_error (error, FAR_HTTP_CLIENT_ERROR, FAR_HTTP_CLIENT_ERROR_URL,
                   "\"%.200s\" is no http or https address", url);
      return NULL;
    }

  message = soup_message_new_from_uri (call->method, uri);
  /* A request with a body gets a connection of its own: libsoup 3.2 may send it again on a kept one
   * that turns out to be closed, and then without the body, which it has read already. So does one
   * of another method than GET: of those it reports the closed connection instead. */
  soup_message_set_flags (message, SOUP_MESSAGE_NO_REDIRECT |
                                   (call->idempotent ? SOUP_MESSAGE_IDEMPOTENT : 0) |
                                   (call->body != NULL || strcmp (call->method, "GET") != 0
                                      ? SOUP_MESSAGE_NEW_CONNECTION : 0));
  if (self->trust != NULL)
    g_signal_connect (message, "accept-certificate", G_CALLBACK (far_http_trust_accept),
                      self->trust);
  if (call->addresses != FAR_ADDRESS_ANY)
    g_signal_connect (message, "network-event", G_CALLBACK (check_address),
                      GINT_TO_POINTER (call->addresses));
  headers = soup_message_get_request_headers (message);
  for (gsize i = 0; call->headers != NULL && call->headers[i] != NULL; i += 2)
    {
      g_assert (call->headers[i + 1] != NULL);
      soup_message_headers_append (headers, call->headers[i], call->headers[i + 1]);
    }
  if (call->body != NULL)
    soup_message_set_request_body_from_bytes (
      message, call->content_type != NULL ? call->content_type : "application/json", call->body);
  return g_steal_pointer (&message);
}

/* A new message, as one that has been sent cannot be sent again. */
static void
redirect (GTask *task)
{
  FarHttpClient *self = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GUri) to = check_redirect (exchange, &error);
  g_autofree char *url = to != NULL ? g_uri_to_string (to) : NULL;
  FarHttpCall call = { .method = "GET", .url = url,
                       .headers = (const char *const *) exchange->headers };
  SoupMessage *message = to != NULL ? make_message (self, &call, &error) : NULL;

  if (message == NULL)
    {
      return_error (task, error);
      return;
    }
  g_clear_object (&exchange->stream);
  g_set_object (&exchange->message, message);
  g_object_unref (message);
  send_message (task);
}

static void
head_received (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  GError *error = NULL;

  exchange->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (exchange->stream == NULL)
    return_error (task, error);
  else if (exchange->follow && is_redirect (soup_message_get_status (exchange->message)))
    redirect (task);
  else if (exchange->lines)
    g_task_return_pointer (task,
                           far_http_lines_new (exchange->stream,
                                               soup_message_get_status (exchange->message)),
                           g_object_unref);
  else
    {
      exchange->body = g_byte_array_new ();
      read_chunk (task);
    }
}

static void
send_message (GTask *task)
{
  FarHttpClient *self = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);

  soup_session_send_async (self->session, exchange->message, G_PRIORITY_DEFAULT, exchange->inner,
                           head_received, g_object_ref (task));
}

static void
start (FarHttpClient       *self,
       const FarHttpCall   *call,
       gboolean             lines,
       GCancellable        *cancellable,
       GAsyncReadyCallback  callback,
       gpointer             user_data,
       gpointer             tag)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Exchange *exchange = g_new0 (Exchange, 1);
  gint64 timeout_us = call->timeout_us != 0 ? call->timeout_us : FAR_HTTP_TIMEOUT_US_DEFAULT;
  GError *error = NULL;

  g_assert (call->method != NULL && call->url != NULL);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, exchange, exchange_free);
  exchange->lines = lines;
  exchange->follow = call->follow && strcmp (call->method, "GET") == 0;
  exchange->headers = exchange->follow ? g_strdupv ((char **) call->headers) : NULL;
  exchange->reply_max = call->reply_max != 0 ? call->reply_max : FAR_HTTP_REPLY_MAX_DEFAULT;
  exchange->inner = g_cancellable_new ();
  exchange->message = make_message (self, call, &error);
  if (exchange->message == NULL)
    {
      return_error (task, error);
      return;
    }

  if (cancellable != NULL)
    {
      exchange->outer = g_object_ref (cancellable);
      exchange->outer_id = g_cancellable_connect (cancellable, G_CALLBACK (outer_cancelled),
                                                  g_object_ref (exchange->inner), g_object_unref);
    }
  if (timeout_us > 0)
    {
      exchange->deadline = g_timeout_source_new ((guint) MIN ((timeout_us + 999) / 1000,
                                                              G_MAXINT));
      g_source_set_callback (exchange->deadline, deadline_passed, exchange, NULL);
      g_source_attach (exchange->deadline, g_main_context_get_thread_default ());
    }
  send_message (task);
}

/**
 * far_http_client_send_async:
 * @self: a client
 * @call: what to send
 * @cancellable: (nullable): gives the exchange up
 * @callback: when the whole answer is here
 * @user_data: for @callback
 */
void
far_http_client_send_async (FarHttpClient       *self,
                            const FarHttpCall   *call,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (FAR_IS_HTTP_CLIENT (self) && call != NULL);

  start (self, call, FALSE, cancellable, callback, user_data, far_http_client_send_async);
}

/**
 * far_http_client_send_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_HTTP_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the answer, whatever its status
 */
FarHttpReply *
far_http_client_send_finish (FarHttpClient  *self,
                             GAsyncResult   *result,
                             GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * far_http_client_open_lines_async:
 * @self: a client
 * @call: what to send; its reply_max does not count
 * @cancellable: (nullable): gives up, until the head is here
 * @callback: when the head is here
 * @user_data: for @callback
 */
void
far_http_client_open_lines_async (FarHttpClient       *self,
                                  const FarHttpCall   *call,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (FAR_IS_HTTP_CLIENT (self) && call != NULL);

  start (self, call, TRUE, cancellable, callback, user_data, far_http_client_open_lines_async);
}

/**
 * far_http_client_open_lines_finish:
 * @self: a client
 * @result: what the callback got
 * @error: FAR_HTTP_CLIENT_ERROR or G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the stream, whatever its status
 */
FarHttpLines *
far_http_client_open_lines_finish (FarHttpClient  *self,
                                   GAsyncResult   *result,
                                   GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
