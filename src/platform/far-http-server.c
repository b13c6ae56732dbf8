/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarHttpServer on libmicrohttpd: its connections, their requests and their time limits. What may
 * come in is checked in far-http-check.c; answers are made in far-http-response.c.
 *
 * The library runs in external epoll mode without a listening socket: sockets are accepted here
 * (our backlog, our cap) and given to it, and its epoll descriptor stands in the FarLoop. One
 * thread throughout, so suspending needs none of the library's inter-thread signalling; after a
 * resume the server defers itself, and the answer leaves before the thread sleeps.
 *
 * The library's own timeouts are off: they count from the last byte, which a slow client can go on
 * sending. far-http-phase.c counts from a request's beginning.
 *
 * A request belongs to the library's connection, except while HELD: then far_http_request_respond()
 * or _drop() ends it. Thread: the loop's. */
#include "platform/far-http-server.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "platform/far-http-check.h"
#include "platform/far-http-door.h"
#include "platform/far-http-linger.h"
#include "platform/far-http-listener.h"
#include "platform/far-http-private.h"

G_DEFINE_QUARK (far-http-error-quark, far_http_error)

#define BODY_FIRST_MAX (64 * 1024)
/* The library from 1.0 on has to be told that it has one thread to itself, or it keeps a connection
 * that it is given until its next run, when nobody knows any more which endpoint accepted it. */
#if MHD_VERSION >= 0x00097707
#define ONE_THREAD MHD_USE_NO_THREAD_SAFETY
#else
#define ONE_THREAD 0
#endif
/* Of the library, before other work gets its turn. */
#define RUN_ROUNDS_MAX 4

struct _FarHttpEndpoint {
  FarHttpServer *server;
  GList          link;
  gpointer       data;
  char         **hosts;
  GPtrArray     *listeners;
  GQueue         connections;
  guint          n_guests; /* at the door */
};

struct _FarHttpServer {
  FarHttpServerOptions options;
  FarLoop             *loop;
  struct MHD_Daemon   *daemon;
  FarLoopWatch         watch;
  FarLoopTask          run_task;
  FarHttpPhases       *phases;
  GQueue               endpoints;
  FarHttpLingers      *lingers;
  FarHttpDoor         *door;
  FarHttpEndpoint     *adopting; /* whose connection is being given to the library */
  guint                n_connections;
  gsize                n_waiting; /* bytes of answers that wait to be sent */
  gboolean             paused;
  gboolean             stopping;
};

/* A whole answer past the library, for a connection that it cannot answer any more. */
static void
send_raw (FarHttpConnection *connection, guint status, const char *message)
{
  far_http_send_raw (connection->fd, connection->server->options.error_body, status,
                     MHD_get_reason_phrase_for (status), message);
}

/* A time limit has passed. What is half-sent is told why; an idle connection just ends. */
static void
on_expired (FarHttpTimed *timed, FarHttpPhase phase, gpointer user_data)
{
  FarHttpConnection *connection = timed->owner;

  if (phase == FAR_HTTP_PHASE_BODY || (phase == FAR_HTTP_PHASE_HEAD && !connection->used))
    send_raw (connection, 408, "The request did not arrive whole in time.");
  shutdown (connection->fd, SHUT_RDWR);
}

void
far_http_connection_enter (FarHttpConnection *connection, FarHttpPhase phase)
{
  if (connection->trusted)
    phase = FAR_HTTP_PHASE_HELD;
  far_http_phases_enter (connection->server->phases, &connection->timed, phase);
}

gboolean
far_http_server_count (FarHttpServer *self, gssize n)
{
  self->n_waiting += (gsize) n;
  return self->n_waiting <= self->options.waiting_max;
}

static void
server_run (gpointer user_data)
{
  FarHttpServer *self = user_data;
  MHD_UNSIGNED_LONG_LONG timeout_ms;
  gboolean more;
  guint round = 0;

  /* A resumed connection takes it several rounds to write, and to find nothing more to read. */
  do
    {
      MHD_run (self->daemon);
      more = MHD_get_timeout (self->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0;
    }
  while (more && ++round < RUN_ROUNDS_MAX);
  if (more)
    far_loop_defer (self->loop, &self->run_task, server_run, self);
}

static void
on_epoll (guint32 events, gpointer user_data)
{
  server_run (user_data);
}

void
far_http_connection_kick (FarHttpConnection *connection)
{
  FarHttpServer *self = connection->server;

  far_loop_defer (self->loop, &self->run_task, server_run, self);
}

static void
request_free (FarHttpRequest *request)
{
  far_http_head_clear (&request->head);
  if (request->body != NULL)
    g_string_free (request->body, TRUE);
  if (request->answer_headers != NULL)
    g_ptr_array_unref (request->answer_headers);
  g_free (request);
}

/* The library has parsed a first line; it unescapes and splits its copy next. */
static void *
on_uri (void *cls, const char *uri, struct MHD_Connection *mhd)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  FarHttpConnection *connection = info->socket_context;
  gsize n = uri != NULL ? strlen (uri) : 0;
  FarHttpRequest *request = g_malloc (sizeof *request + n + 1);
  char *mark;

  memset (request, 0, sizeof *request);
  request->connection = connection;
  memcpy (request->target, uri != NULL ? uri : "", n + 1);
  request->head.target_bytes = n;
  mark = memchr (request->target, '?', n);
  if (mark != NULL)
    *mark = '\0';
  request->query = mark != NULL ? mark + 1 : request->target + n;
  connection->request = request;
  return request;
}

static size_t
keep_escapes (void *cls, struct MHD_Connection *mhd, char *text)
{
  return strlen (text);
}

static enum MHD_Result
on_header (void *cls, enum MHD_ValueKind kind, const char *name, size_t n_name, const char *value,
           size_t n_value)
{
  return far_http_head_add (cls, name, n_name, value, n_value) ? MHD_YES : MHD_NO;
}

FarHttpResponse *
far_http_server_new_error (FarHttpServer *server, guint status, const char *message)
{
  const FarHttpServerOptions *options = &server->options;
  g_autoptr (GString) body = g_string_new (NULL);
  FarHttpResponse *response;

  options->error_body (status, message, body);
  response = far_http_response_new_copy (body->str, body->len);
  far_http_response_add_header (response, "Content-Type", "application/json");
  if (options->error_type != NULL)
    far_http_response_add_header (response, "x-amzn-ErrorType", options->error_type (status));
  return response;
}

/* Answers before the body has come; the connection closes behind it. */
static void
refuse (FarHttpRequest *request, guint status, const char *message)
{
  FarHttpConnection *connection = request->connection;

  if (request->head.has_body)
    far_http_lingers_add (connection->server->lingers, connection->fd);
  request->state = REQUEST_HANDLING;
  far_http_request_respond (request, status,
                            far_http_server_new_error (connection->server, status, message));
}

static enum MHD_Result
take_head (FarHttpRequest *request, struct MHD_Connection *mhd, const char *method,
           const char *version)
{
  FarHttpConnection *connection = request->connection;
  FarHttpServer *self = connection->server;
  const union MHD_ConnectionInfo *info;
  const char *message;
  guint status;

  request->arrival_us = g_get_monotonic_time ();
  request->method = method;
  request->version = version;
  connection->used = TRUE;
  info = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  request->head.n_bytes = info->header_size;
  MHD_get_connection_values_n (mhd, MHD_HEADER_KIND, on_header, &request->head);
  request->body_max = self->options.body_limit != NULL
                          ? self->options.body_limit (method, request->target)
                          : self->options.body_max;
  if (self->options.takes_origin != NULL && request->head.n_fields <= FAR_HTTP_HEADERS_MAX)
    {
      const char *origin = far_http_head_find (&request->head, "Origin");

      request->head.takes_origin
          = origin != NULL
            && self->options.takes_origin (request->target, origin, self->options.user_data);
    }
  status = far_http_head_check (&request->head, request->target, version,
                                (const char *const *) connection->endpoint->hosts,
                                request->body_max, &message);
  if (status != 0)
    {
      refuse (request, status, message);
      return MHD_YES;
    }
  request->state = REQUEST_BODY;
  request->in_parts = self->options.begin != NULL
                      && self->options.begin (request, connection->endpoint->data,
                                              self->options.user_data);
  far_http_connection_enter (connection, request->head.has_body ? FAR_HTTP_PHASE_BODY
                                                                 : FAR_HTTP_PHASE_HELD);
  return MHD_YES;
}

static enum MHD_Result
take_body (FarHttpRequest *request, const char *data, size_t *n_data)
{
  FarHttpConnection *connection = request->connection;
  gsize max = request->body_max;

  if (request->in_parts)
    {
      connection->server->options.part (request, data, *n_data, connection->endpoint->data,
                                        connection->server->options.user_data);
      *n_data = 0;
      return MHD_YES;
    }
  if (request->body == NULL)
    request->body = g_string_sized_new (MIN (request->head.content_length, BODY_FIRST_MAX));
  if (*n_data > max - request->body->len)
    {
      send_raw (connection, 413, "The body is larger than this API takes.");
      far_http_lingers_add (connection->server->lingers, connection->fd);
      request->state = REQUEST_DROPPED;
      return MHD_NO;
    }
  g_string_append_len (request->body, data, *n_data);
  *n_data = 0;
  return MHD_YES;
}

static enum MHD_Result
handle (FarHttpRequest *request)
{
  FarHttpConnection *connection = request->connection;
  FarHttpServer *self = connection->server;

  request->state = REQUEST_HANDLING;
  far_http_connection_enter (connection, FAR_HTTP_PHASE_HELD);
  self->options.handler (request, connection->endpoint->data, self->options.user_data);
  if (request->state == REQUEST_DROPPED)
    return MHD_NO;
  if (request->state == REQUEST_HANDLING)
    {
      request->state = REQUEST_HELD;
      MHD_suspend_connection (connection->mhd);
    }
  return MHD_YES;
}

static enum MHD_Result
on_access (void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
           const char *version, const char *data, size_t *n_data, void **context)
{
  FarHttpRequest *request = *context;

  if (request == NULL || request->connection->endpoint == NULL)
    return MHD_NO;
  switch (request->state)
    {
    case REQUEST_HEAD:
      return take_head (request, mhd, method, version);
    case REQUEST_BODY:
      return *n_data > 0 ? take_body (request, data, n_data) : handle (request);
    case REQUEST_DONE:
      *n_data = 0;
      return MHD_YES;
    case REQUEST_HANDLING:
    case REQUEST_HELD:
    case REQUEST_DROPPED:
    default:
      return MHD_NO;
    }
}

static void
on_completed (void *cls, struct MHD_Connection *mhd, void **context,
              enum MHD_RequestTerminationCode code)
{
  FarHttpRequest *request = *context;
  FarHttpConnection *connection;

  if (request == NULL)
    return;
  *context = NULL;
  connection = request->connection;
  connection->request = NULL;
  far_http_server_count (connection->server, -(gssize) connection->n_waiting);
  connection->n_waiting = 0;
  far_http_connection_enter (connection, FAR_HTTP_PHASE_HEAD);
  g_assert (request->state != REQUEST_HELD);
  request_free (request);
}

static void
set_paused (FarHttpServer *self, gboolean paused)
{
  GList *link;
  guint i;

  if (self->paused == paused || self->stopping)
    return;
  self->paused = paused;
  for (link = self->endpoints.head; link != NULL; link = link->next)
    {
      FarHttpEndpoint *endpoint = link->data;

      for (i = 0; i < endpoint->listeners->len; i++)
        far_http_listener_set_paused (g_ptr_array_index (endpoint->listeners, i), paused);
    }
}

static void
on_connection (void *cls, struct MHD_Connection *mhd, void **context,
               enum MHD_ConnectionNotificationCode code)
{
  FarHttpServer *self = cls;
  FarHttpConnection *connection = *context;

  if (code == MHD_CONNECTION_NOTIFY_STARTED)
    {
      const union MHD_ConnectionInfo *info
          = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

      g_assert (self->adopting != NULL);
      connection = g_new0 (FarHttpConnection, 1);
      connection->server = self;
      connection->endpoint = self->adopting;
      connection->mhd = mhd;
      connection->fd = info->connect_fd;
      info = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
      connection->address = info->client_addr;
      connection->link.data = connection;
      connection->timed.owner = connection;
      g_queue_push_tail_link (&self->adopting->connections, &connection->link);
      connection->trusted = self->adopting->hosts == NULL;
      self->n_connections += !connection->trusted;
      *context = connection;
      far_http_connection_enter (connection, FAR_HTTP_PHASE_HEAD);
      return;
    }
  *context = NULL;
  far_http_stream_detach (connection);
  far_http_connection_enter (connection, FAR_HTTP_PHASE_HELD);
  if (connection->endpoint != NULL)
    g_queue_unlink (&connection->endpoint->connections, &connection->link);
  self->n_connections -= !connection->trusted;
  g_free (connection);
  if (self->paused)
    set_paused (self, FALSE);
}

static gboolean
give_connection (FarHttpEndpoint *self, int fd, const struct sockaddr *address, socklen_t n)
{
  FarHttpServer *server = self->server;
  enum MHD_Result result;

  server->adopting = self;
  result = MHD_add_connection (server->daemon, fd, address, n);
  server->adopting = NULL;
  if (result == MHD_YES)
    far_loop_defer (server->loop, &server->run_task, server_run, server);
  return result == MHD_YES; /* fd is closed if not */
}

static void
on_door_open (int fd, const struct sockaddr *address, socklen_t n_address, gpointer endpoint,
              gpointer user_data)
{
  give_connection (endpoint, fd, address, n_address);
}

static void
on_door_count (int n, gpointer endpoint, gpointer user_data)
{
  FarHttpServer *self = user_data;

  ((FarHttpEndpoint *) endpoint)->n_guests += (guint) n;
  self->n_connections += ((FarHttpEndpoint *) endpoint)->hosts != NULL ? (guint) n : 0;
  if (n < 0 && self->paused)
    set_paused (self, FALSE);
}

static const FarHttpDoorEvents door_events = { on_door_open, on_door_count };

static void
on_accepted (int fd, const struct sockaddr *address, socklen_t n_address, gpointer user_data)
{
  FarHttpEndpoint *endpoint = user_data;
  guint max = endpoint->server->options.endpoint_max;

  if (max > 0 && endpoint->connections.length + endpoint->n_guests >= max)
    {
      close (fd);
      return;
    }
  far_http_door_enter (endpoint->server->door, fd, address, n_address, endpoint);
  if (endpoint->server->n_connections >= endpoint->server->options.connections_max)
    set_paused (endpoint->server, TRUE);
}

FarHttpEndpoint *
far_http_endpoint_new (FarHttpServer *server, const char *const *hosts, gpointer endpoint_data)
{
  FarHttpEndpoint *self = g_new0 (FarHttpEndpoint, 1);

  self->server = server;
  self->data = endpoint_data;
  self->hosts = g_strdupv ((char **) hosts);
  self->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) far_http_listener_free);
  g_queue_init (&self->connections);
  self->link.data = self;
  g_queue_push_tail_link (&server->endpoints, &self->link);
  return self;
}

gboolean
far_http_endpoint_listen (FarHttpEndpoint *self, int fd, GError **error)
{
  FarHttpListener *listener
      = far_http_listener_new (self->server->loop, fd, on_accepted, self, error);

  if (listener == NULL)
    return FALSE;
  far_http_listener_set_paused (listener, self->server->paused);
  g_ptr_array_add (self->listeners, listener);
  return TRUE;
}

gboolean
far_http_endpoint_adopt (FarHttpEndpoint *self, int fd, GError **error)
{
  const struct sockaddr address = { .sa_family = AF_UNIX };

  if (give_connection (self, fd, &address, sizeof address))
    return TRUE;
  g_set_error (error, FAR_HTTP_ERROR, FAR_HTTP_ERROR_START,
               "A connection cannot be taken over: %s", g_strerror (errno));
  return FALSE;
}

void
far_http_endpoint_quiesce (FarHttpEndpoint *self)
{
  g_ptr_array_set_size (self->listeners, 0);
}

void
far_http_endpoint_close (FarHttpEndpoint *self)
{
  GList *link;

  far_http_endpoint_quiesce (self);
  far_http_door_close (self->server->door, self);
  while ((link = g_queue_pop_head_link (&self->connections)) != NULL)
    {
      FarHttpConnection *connection = link->data;

      connection->endpoint = NULL;
      if (connection->request != NULL && connection->request->state == REQUEST_HELD)
        far_http_request_drop (connection->request);
      else
        {
          shutdown (connection->fd, SHUT_RDWR);
          far_http_stream_abandon (connection);
        }
    }
  g_queue_unlink (&self->server->endpoints, &self->link);
  g_ptr_array_unref (self->listeners);
  g_strfreev (self->hosts);
  g_free (self);
}

FarHttpServer *
far_http_server_new (FarLoop *loop, const FarHttpServerOptions *options, GError **error)
{
  FarHttpServer *self = g_new0 (FarHttpServer, 1);
  gint64 limits_us[FAR_HTTP_N_PHASES];
  const union MHD_DaemonInfo *info;

  self->options = *options;
  if (options->waiting_max == 0)
    self->options.waiting_max = FAR_HTTP_WAITING_MAX;
  self->loop = loop;
  /* Trusted connections and those that wait to be closed come on top of the cap. */
  self->daemon = MHD_start_daemon (
      MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | ONE_THREAD, 0,
      NULL, NULL, on_access, self, MHD_OPTION_URI_LOG_CALLBACK, on_uri, self,
      MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, self,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, self, MHD_OPTION_CONNECTION_LIMIT,
      2 * options->connections_max + FAR_HTTP_BACKLOG_MAX, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory, MHD_OPTION_END);
  if (self->daemon == NULL)
    {
      g_set_error (error, FAR_HTTP_ERROR, FAR_HTTP_ERROR_START,
                   "The HTTP server does not start: %s", g_strerror (errno));
      g_free (self);
      return NULL;
    }
  self->lingers = far_http_lingers_new (loop);
  self->door = far_http_door_new (loop, options->idle_timeout_s, options->error_body,
                                  self->lingers, &door_events, self);
  limits_us[FAR_HTTP_PHASE_HEAD] = options->idle_timeout_s * G_USEC_PER_SEC;
  limits_us[FAR_HTTP_PHASE_BODY] = options->body_timeout_s * G_USEC_PER_SEC;
  limits_us[FAR_HTTP_PHASE_SEND] = options->idle_timeout_s * G_USEC_PER_SEC;
  self->phases = far_http_phases_new (loop, limits_us, on_expired, self);
  info = MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  if (!far_loop_add (loop, &self->watch, info->epoll_fd, EPOLLIN, on_epoll, self, error))
    {
      far_http_server_free (self);
      return NULL;
    }
  return self;
}

void
far_http_server_free (FarHttpServer *self)
{
  g_return_if_fail (self != NULL);

  self->stopping = TRUE;
  MHD_run (self->daemon); /* what was answered just now goes out */
  while (self->endpoints.head != NULL)
    far_http_endpoint_close (self->endpoints.head->data);
  MHD_run (self->daemon); /* what was dropped is resumed, and closed */
  far_loop_remove (self->loop, &self->watch);
  MHD_stop_daemon (self->daemon);
  far_http_door_free (self->door);
  far_http_lingers_free (self->lingers);
  far_loop_cancel (self->loop, &self->run_task);
  far_http_phases_free (self->phases);
  g_free (self);
}

guint
far_http_server_n_connections (FarHttpServer *self)
{
  return self->n_connections;
}

const char *
far_http_request_get_trailer (FarHttpRequest *self, const char *name)
{
  return MHD_lookup_connection_value (self->connection->mhd, MHD_FOOTER_KIND, name);
}
