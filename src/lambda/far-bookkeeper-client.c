/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The blocking client of a bookkeeper (see the header). fd is -1 while there is no connection;
 * address is NULL for a descriptor that was given. */
#include "lambda/far-bookkeeper-client.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "lambda/far-lambda.h"

#define CONNECT_TIMEOUT_MS 2000
#define MESSAGE_MAX 4096

G_DEFINE_QUARK (far-bookkeeper-error-quark, far_bookkeeper_error)

struct _FarBookkeeperClient {
  int   fd;
  char *address; /* "unix:PATH" or "HOST:PORT" */
};

typedef struct {
  const char *code;
  guint       status;
} Outcome;

static const Outcome outcomes[] = {
  [FAR_BOOKKEEPER_ERROR_UNKNOWN] = { "unknown", 503 },
  [FAR_BOOKKEEPER_ERROR_UNAVAILABLE] = { "unavailable", 503 },
  [FAR_BOOKKEEPER_ERROR_PROTOCOL] = { "protocol", 502 },
  [FAR_BOOKKEEPER_ERROR_BAD_REQUEST] = { "bad_request", 400 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_COMMAND] = { "unknown_command", 500 },
  [FAR_BOOKKEEPER_ERROR_NOT_ALLOWED] = { "not_allowed", 500 },
  [FAR_BOOKKEEPER_ERROR_UNAUTHORIZED] = { "unauthorized", 401 },
  [FAR_BOOKKEEPER_ERROR_BUSY] = { "busy", 503 },
  [FAR_BOOKKEEPER_ERROR_INTERNAL] = { "internal", 500 },
  [FAR_BOOKKEEPER_ERROR_IDEMPOTENCY_MISMATCH] = { "idempotency_mismatch", 422 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_PROPERTY] = { "unknown_property", 404 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_CAMPAIGN] = { "unknown_campaign", 404 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_VIEW] = { "unknown_view", 404 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_TAB] = { "unknown_tab", 404 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_INTENT] = { "unknown_intent", 404 },
  [FAR_BOOKKEEPER_ERROR_WRONG_CURRENCY] = { "wrong_currency", 422 },
  [FAR_BOOKKEEPER_ERROR_PAYMENT_METHOD_REQUIRED] = { "payment_method_required", 402 },
  [FAR_BOOKKEEPER_ERROR_EXPOSURE_LIMIT] = { "exposure_limit", 402 },
  [FAR_BOOKKEEPER_ERROR_CAP_REACHED] = { "cap_reached", 402 },
  [FAR_BOOKKEEPER_ERROR_UNDER_MINIMUM] = { "under_minimum", 409 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_CHECKOUT] = { "unknown_checkout", 404 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_REFUND] = { "unknown_refund", 404 },
  [FAR_BOOKKEEPER_ERROR_WALLET_EMPTY] = { "wallet_empty", 409 },
  [FAR_BOOKKEEPER_ERROR_NOT_SETTLED] = { "not_settled", 409 },
  [FAR_BOOKKEEPER_ERROR_ALREADY_ENTITLED] = { "already_entitled", 409 },
  [FAR_BOOKKEEPER_ERROR_NOT_ENTITLED] = { "not_entitled", 404 },
  [FAR_BOOKKEEPER_ERROR_NOT_REFUNDABLE] = { "not_refundable", 409 },
  [FAR_BOOKKEEPER_ERROR_WINDOW_OVER] = { "window_over", 409 },
  [FAR_BOOKKEEPER_ERROR_REFUND_LIMIT] = { "refund_limit", 429 },
  [FAR_BOOKKEEPER_ERROR_TOO_MANY_VIEWS] = { "too_many_views", 429 },
  [FAR_BOOKKEEPER_ERROR_TOO_SOON] = { "too_soon", 409 },
  [FAR_BOOKKEEPER_ERROR_OUT_OF_ORDER] = { "out_of_order", 409 },
  [FAR_BOOKKEEPER_ERROR_NOT_FETCHED] = { "not_fetched", 409 },
  [FAR_BOOKKEEPER_ERROR_VIEW_EXPIRED] = { "view_expired", 410 },
  [FAR_BOOKKEEPER_ERROR_VIEW_CLOSED] = { "view_closed", 409 },
  [FAR_BOOKKEEPER_ERROR_CHARGE_IN_FLIGHT] = { "charge_in_flight", 409 },
  [FAR_BOOKKEEPER_ERROR_NOTHING_DUE] = { "nothing_due", 409 },
  [FAR_BOOKKEEPER_ERROR_CONFLICT] = { "conflict", 409 },
  [FAR_BOOKKEEPER_ERROR_INSUFFICIENT_FUNDS] = { "insufficient_funds", 402 },
  [FAR_BOOKKEEPER_ERROR_LIVE_MONEY] = { "live_money", 403 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_PUBLISHER] = { "unknown_publisher", 404 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_PAYOUT] = { "unknown_payout", 404 },
  [FAR_BOOKKEEPER_ERROR_UNKNOWN_BATCH] = { "unknown_batch", 404 },
  [FAR_BOOKKEEPER_ERROR_BAD_ACCOUNT] = { "bad_account", 400 },
  [FAR_BOOKKEEPER_ERROR_NOT_FOUND] = { "not_found", 404 },
  [FAR_BOOKKEEPER_ERROR_NOT_CHECKPOINTED] = { "not_checkpointed_yet", 409 },
  [FAR_BOOKKEEPER_ERROR_OVERFLOW] = { "overflow", 422 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (outcomes) == FAR_BOOKKEEPER_N_ERRORS);

const char *
far_bookkeeper_error_code (const GError *error)
{
  if (error == NULL || error->domain != FAR_BOOKKEEPER_ERROR || error->code < 0 ||
      error->code >= FAR_BOOKKEEPER_N_ERRORS)
    return "internal";
  return outcomes[error->code].code;
}

guint
far_bookkeeper_error_status (const GError *error)
{
  if (error == NULL || error->domain != FAR_BOOKKEEPER_ERROR || error->code < 0 ||
      error->code >= FAR_BOOKKEEPER_N_ERRORS)
    return 500;
  return outcomes[error->code].status;
}

static FarBookkeeperClient *
client_new (int         fd,
            const char *address)
{
  FarBookkeeperClient *self = g_new0 (FarBookkeeperClient, 1);

  self->fd = fd;
  self->address = g_strdup (address);
  return self;
}

FarBookkeeperClient *
far_bookkeeper_client_new_for_fd (int fd)
{
  g_return_val_if_fail (fd >= 0, NULL);

  return client_new (fd, NULL);
}

FarBookkeeperClient *
far_bookkeeper_client_new_from_env (GError **error)
{
  const char *value = g_getenv (FAR_BOOKKEEPER_ENV);
  guint64 fd;

  if (value == NULL || *value == '\0')
    {
      g_set_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
                   "%s is not set; give the function the service \"bookkeeper\" in its template",
                   FAR_BOOKKEEPER_ENV);
      return NULL;
    }
  if (!g_str_has_prefix (value, "fd:"))
    {
      if (g_str_has_prefix (value, "unix:") ? value[5] == '/' : strrchr (value, ':') != NULL)
        return client_new (-1, value);
    }
  else if (g_ascii_string_to_unsigned (value + 3, 10, 3, G_MAXINT, &fd, NULL) &&
           fcntl ((int) fd, F_GETFD) >= 0)
    return client_new ((int) fd, NULL);

  g_set_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
               "%s is \"%s\"; give \"fd:N\" of an open descriptor, \"unix:/PATH\" or "
               "\"HOST:PORT\"", FAR_BOOKKEEPER_ENV, value);
  return NULL;
}

static void
client_close (FarBookkeeperClient *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

void
far_bookkeeper_client_free (FarBookkeeperClient *client)
{
  if (client == NULL)
    return;
  client_close (client);
  g_free (client->address);
  g_free (client);
}

/* Connects without blocking for longer than CONNECT_TIMEOUT_MS. Returns: the descriptor, or -1 with
 * errno. */
static int
connect_within (const struct sockaddr *address,
                socklen_t              n_address)
{
  int fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int saved_errno = 0;
  socklen_t n_errno = sizeof saved_errno;
  struct pollfd ready = { .fd = fd, .events = POLLOUT };

  if (fd < 0)
    return -1;
  if (connect (fd, address, n_address) == 0)
    return fd;
  if (errno != EINPROGRESS)
    saved_errno = errno;
  else if (poll (&ready, 1, CONNECT_TIMEOUT_MS) != 1)
    saved_errno = ETIMEDOUT;
  else if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &saved_errno, &n_errno) != 0)
    saved_errno = errno;
  if (saved_errno == 0)
    return fd;
  close (fd);
  errno = saved_errno;
  return -1;
}

static int
connect_unix (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  return connect_within ((struct sockaddr *) &address, sizeof address);
}

static int
connect_host (const char *host_and_port)
{
  const char *colon = strrchr (host_and_port, ':');
  g_autofree char *host = g_strndup (host_and_port, (gsize) (colon - host_and_port));
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  int fd = -1;

  errno = EHOSTUNREACH;
  if (getaddrinfo (host, colon + 1, &hints, &found) != 0)
    return -1;
  for (struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
    fd = connect_within (at->ai_addr, at->ai_addrlen);
  freeaddrinfo (found);
  return fd;
}

static gboolean
client_open (FarBookkeeperClient  *self,
             GError              **error)
{
  if (self->fd >= 0)
    return TRUE;
  if (self->address == NULL)
    {
      g_set_error_literal (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
                           "the connection to the bookkeeper is gone; let this instance end, a new "
                           "one gets a new connection");
      return FALSE;
    }
  self->fd = g_str_has_prefix (self->address, "unix:") ? connect_unix (self->address + 5)
                                                       : connect_host (self->address);
  if (self->fd >= 0)
    return TRUE;
  g_set_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
               "cannot reach the bookkeeper at %s: %s; check that it runs", self->address,
               g_strerror (errno));
  return FALSE;
}

void
far_bookkeeper_client_begin (FarJsonWriter *request,
                             const char    *command)
{
  g_return_if_fail (request != NULL && command != NULL);

  far_json_writer_init (request);
  far_json_begin_object (request, NULL);
  far_json_add_string (request, "command", command);
}

static FarBookkeeperError
error_from_code (const char *code)
{
  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    if (strcmp (outcomes[i].code, code) == 0)
      return (FarBookkeeperError) i;
  return FAR_BOOKKEEPER_ERROR_PROTOCOL;
}

/* What {"error":{"code":…,"message":…}} says; FALSE where it says nothing of the kind. */
static gboolean
read_refusal (const char  *text,
              gsize        n_bytes,
              GError     **error)
{
  g_autoptr (JsonNode) root = far_json_parse_object (text, n_bytes, FAR_FRAME_MAX, NULL);
  const char *code, *message;
  JsonObject *refusal;

  if (root == NULL ||
      !far_json_get_object (json_node_get_object (root), "error", &refusal, NULL) ||
      !far_json_get_string (refusal, "code", MESSAGE_MAX, &code, NULL) ||
      !far_json_get_string (refusal, "message", MESSAGE_MAX, &message, NULL))
    return FALSE;
  g_set_error_literal (error, FAR_BOOKKEEPER_ERROR, (int) error_from_code (code), message);
  return TRUE;
}

/* An answer is {"ok":true, …} or a refusal; anything else is no answer. */
static gboolean
check_answer (const char  *text,
              gsize        n_bytes,
              GError     **error)
{
  FarJsonSpan rest = { text, n_bytes }, name, value;
  gboolean ok = FALSE, failed = FALSE;

  if (far_json_check (text, n_bytes, FAR_FRAME_MAX, NULL))
    while (far_json_walk (&rest, &name, &value))
      {
        if (far_json_span_is (name, "ok"))
          ok = value.text[0] == 't' || value.text[0] == 'f';
        else if (far_json_span_is (name, "error"))
          failed = TRUE;
      }
  if (ok && !failed)
    return TRUE;
  if (!read_refusal (text, n_bytes, error))
    g_set_error_literal (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_PROTOCOL,
                         "the bookkeeper's answer was not understood; ask again with the same key");
  return FALSE;
}

static char *
ask (FarBookkeeperClient  *client,
     FarJsonWriter        *request,
     gint64                timeout_us,
     gsize                *ret_n_bytes,
     GError              **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *sent = NULL;
  g_autofree char *received = NULL;
  gsize n_sent;
  gint64 deadline_us;

  far_json_end_object (request);
  sent = far_json_writer_steal (request, &n_sent);
  if (n_sent > FAR_FRAME_MAX)
    {
      g_set_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_BAD_REQUEST,
                   "the request has %" G_GSIZE_FORMAT " bytes; send at most %d", n_sent,
                   FAR_FRAME_MAX);
      return NULL;
    }
  deadline_us = g_get_monotonic_time () + timeout_us;
  if (!client_open (client, error))
    return NULL;

  if (!far_frame_write (client->fd, sent, n_sent, timeout_us, &local_error) ||
      (received = far_frame_read (client->fd, ret_n_bytes,
                                  MAX (1, deadline_us - g_get_monotonic_time ()),
                                  &local_error)) == NULL)
    {
      /* Part of it may have arrived: only the bookkeeper knows. */
      client_close (client);
      g_set_error (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNKNOWN,
                   "the outcome is unknown (%s); ask again with the same key",
                   local_error->message);
      return NULL;
    }

  if (check_answer (received, *ret_n_bytes, &local_error))
    return g_steal_pointer (&received);
  if (local_error->code == FAR_BOOKKEEPER_ERROR_PROTOCOL)
    client_close (client);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* As far_bookkeeper_client_begin() wrote it. */
static char *
command_of (const FarJsonWriter *request)
{
  static const char front[] = "{\"command\":\"";
  const char *name = request->text->str + strlen (front);

  if (!g_str_has_prefix (request->text->str, front))
    return g_strdup ("command");
  return g_strndup (name, strcspn (name, "\""));
}

char *
far_bookkeeper_client_ask (FarBookkeeperClient  *client,
                           FarJsonWriter        *request,
                           gint64                timeout_us,
                           gsize                *ret_n_bytes,
                           GError              **error)
{
  g_autofree char *command = NULL;
  FarLambdaSpan span;
  char *answer;

  g_return_val_if_fail (client != NULL && request != NULL && timeout_us > 0, NULL);
  g_return_val_if_fail (ret_n_bytes != NULL, NULL);

  command = command_of (request);
  far_lambda_span_begin (&span, "bookkeeper");
  answer = ask (client, request, timeout_us, ret_n_bytes, error);
  far_lambda_span_end (&span, command,
                       answer != NULL ? FAR_LAMBDA_SPAN_OK : FAR_LAMBDA_SPAN_ERROR);
  return answer;
}

JsonNode *
far_bookkeeper_client_call (FarBookkeeperClient  *client,
                            FarJsonWriter        *request,
                            gint64                timeout_us,
                            GError              **error)
{
  gsize n_bytes;
  g_autofree char *answer = far_bookkeeper_client_ask (client, request, timeout_us, &n_bytes,
                                                       error);

  return answer != NULL ? far_json_parse_object (answer, n_bytes, FAR_FRAME_MAX, error) : NULL;
}
