/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HttpLoad: epoll over non-blocking connections; answers are measured by Content-Length, or by
 * their last chunk. */
#include "http-load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX (64 * 1024)

typedef struct {
  int    fd;
  gint64 sent_us;
  gsize  n_read;
  char   token[24];
  char   buffer[ANSWER_MAX + 1];
} Client;

/* What is sent, and when there has been enough of it. */
typedef struct {
  const char   *target;   /* or: */
  char *const  *requests;
  const char   *expected; /* in each answer; NULL: the request's own token */
  guint64       n_max;    /* 0 = no limit */
  gint64        duration_us;
} Job;

static void
send_text (Client *client, const char *request)
{
  client->n_read = 0;
  client->sent_us = g_get_monotonic_time ();
  if (send (client->fd, request, strlen (request), MSG_NOSIGNAL) < 0)
    g_error ("A request cannot be sent");
}

static void
client_send (Client *client, const char *target)
{
  static guint64 n_sent;
  char request[512];

  g_snprintf (client->token, sizeof client->token, "t=%08x%08" G_GINT64_MODIFIER "x",
              (guint) getpid (), ++n_sent);
  g_snprintf (request, sizeof request, "GET %s?%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", target,
              client->token);
  send_text (client, request);
}

static void
send_of_job (Client *client, const Job *job, guint64 number)
{
  if (job->requests != NULL)
    send_text (client, job->requests[number]);
  else
    client_send (client, job->target);
}

static void
client_connect (Client *client, guint16 port)
{
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons (port) };
  int one = 1;

  where.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  client->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (client->fd, (struct sockaddr *) &where, sizeof where) != 0)
    g_error ("Nothing listens on port %u", port);
  setsockopt (client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* Whole: by the head's own word. */
static gboolean
is_whole (const Client *client)
{
  const char *end = strstr (client->buffer, "\r\n\r\n");
  const char *length = strcasestr (client->buffer, "\r\ncontent-length: ");

  if (end == NULL)
    return FALSE;
  if (length == NULL || length > end)
    return client->n_read > 5 && strcmp (client->buffer + client->n_read - 5, "0\r\n\r\n") == 0;
  return client->n_read >= (gsize) (end + 4 - client->buffer)
                               + g_ascii_strtoull (length + 18, NULL, 10);
}

/* -1: more to come; else the status, 0 for a connection that broke, 1 for a foreign answer. */
static int
client_read (Client *client, const char *expected)
{
  ssize_t n = recv (client->fd, client->buffer + client->n_read, ANSWER_MAX - client->n_read,
                    MSG_DONTWAIT);

  if (n <= 0)
    return 0;
  client->n_read += n;
  client->buffer[client->n_read] = '\0';
  if (!is_whole (client))
    return -1;
  if (strstr (client->buffer, expected != NULL ? expected : client->token) == NULL)
    return 1;
  return (int) g_ascii_strtoull (client->buffer + 9, NULL, 10);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 two = *(const gint64 *) b;

  return one < two ? -1 : one > two;
}

void
http_load_sort (GArray *values)
{
  g_array_sort (values, compare);
}

static HttpLoad *
run (guint16 port, guint n_connections, const Job *job)
{
  HttpLoad *self = g_new0 (HttpLoad, 1);
  g_autofree Client *clients = g_new0 (Client, n_connections);
  g_autofree struct epoll_event *events = g_new0 (struct epoll_event, n_connections);
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  gint64 start_us = g_get_monotonic_time ();
  gint64 end_us = job->duration_us > 0 ? start_us + job->duration_us : G_MAXINT64;
  guint64 n_sent;
  guint in_flight;
  guint i;

  self->latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (i = 0; i < n_connections; i++)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &clients[i] };

      client_connect (&clients[i], port);
      epoll_ctl (epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &event);
    }
  start_us = g_get_monotonic_time ();
  for (n_sent = 0; n_sent < n_connections && (job->n_max == 0 || n_sent < job->n_max); n_sent++)
    send_of_job (&clients[n_sent], job, n_sent);
  in_flight = (guint) n_sent;
  while (in_flight > 0)
    {
      int n = epoll_wait (epoll_fd, events, n_connections, -1);
      gint64 now_us = g_get_monotonic_time ();

      for (i = 0; (int) i < n; i++)
        {
          Client *client = events[i].data.ptr;
          gint64 latency_us = now_us - client->sent_us;
          int status = client_read (client, job->expected);

          if (status < 0)
            continue;
          self->n_requests++;
          self->n_failed += status != 200 && status != 201;
          g_array_append_val (self->latencies, latency_us);
          in_flight--;
          if (status == 0)
            epoll_ctl (epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
          else if (now_us < end_us && (job->n_max == 0 || n_sent < job->n_max))
            {
              in_flight++;
              send_of_job (client, job, n_sent++);
            }
        }
    }
  self->taken_us = g_get_monotonic_time () - start_us;
  for (i = 0; i < n_connections; i++)
    close (clients[i].fd);
  close (epoll_fd);
  http_load_sort (self->latencies);
  return self;
}

HttpLoad *
http_load_run (guint16 port, const char *target, guint n_connections, guint64 n_requests_max,
               gint64 duration_us)
{
  Job job = { .target = target, .n_max = n_requests_max, .duration_us = duration_us };

  return run (port, n_connections, &job);
}

HttpLoad *
http_load_requests (guint16 port, char *const *requests, guint64 n_requests, guint n_connections,
                    const char *expected)
{
  Job job = { .requests = requests, .n_max = n_requests, .expected = expected };

  return run (port, n_connections, &job);
}

/* Requests whose time has come, on connections that are free. */
static void
send_due (Client *clients, guint n_connections, const char *target, gint64 start_us,
          double interval_us, guint64 n_all, guint64 *n_sent)
{
  gint64 now_us = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < n_connections && *n_sent < n_all; i++)
    {
      gint64 due_us = start_us + (gint64) ((double) *n_sent * interval_us);

      if (clients[i].sent_us != 0)
        continue;
      if (due_us > now_us)
        return;
      client_send (&clients[i], target);
      clients[i].sent_us = due_us;
      (*n_sent)++;
    }
}

HttpLoad *
http_load_paced (guint16 port, const char *target, guint n_connections,
                 guint requests_per_second, gint64 duration_us)
{
  HttpLoad *self = g_new0 (HttpLoad, 1);
  g_autofree Client *clients = g_new0 (Client, n_connections);
  g_autofree struct epoll_event *events = g_new0 (struct epoll_event, n_connections);
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  guint64 n_all = (guint64) requests_per_second * (guint64) duration_us / G_USEC_PER_SEC;
  double interval_us = (double) G_USEC_PER_SEC / requests_per_second;
  gint64 start_us;
  guint64 n_sent = 0;
  guint i;

  self->latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (i = 0; i < n_connections; i++)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &clients[i] };

      client_connect (&clients[i], port);
      epoll_ctl (epoll_fd, EPOLL_CTL_ADD, clients[i].fd, &event);
    }
  start_us = g_get_monotonic_time ();
  while (self->n_requests < n_all)
    {
      int n;

      send_due (clients, n_connections, target, start_us, interval_us, n_all, &n_sent);
      n = epoll_wait (epoll_fd, events, (int) n_connections, n_sent < n_all ? 1 : -1);
      for (i = 0; (int) i < n; i++)
        {
          Client *client = events[i].data.ptr;
          gint64 latency_us = g_get_monotonic_time () - client->sent_us;
          int status = client_read (client, NULL);

          if (status < 0)
            continue;
          if (status == 0)
            g_error ("A connection broke");
          self->n_requests++;
          self->n_failed += status != 200 && status != 201;
          g_array_append_val (self->latencies, latency_us);
          client->sent_us = 0;
        }
    }
  self->taken_us = g_get_monotonic_time () - start_us;
  for (i = 0; i < n_connections; i++)
    close (clients[i].fd);
  close (epoll_fd);
  http_load_sort (self->latencies);
  return self;
}

void
http_load_free (HttpLoad *self)
{
  g_array_unref (self->latencies);
  g_free (self);
}

gint64
http_load_percentile (const GArray *sorted, guint per_mille)
{
  if (sorted->len == 0)
    return 0;
  return g_array_index (sorted, gint64,
                        MIN (sorted->len - 1, (guint) ((guint64) sorted->len * per_mille / 1000)));
}
