/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP/1.1 for the platform's own faces: gateway, Lambda APIs, Runtime API, metrics.
 *
 * A server belongs to a FarLoop and runs on its thread, like every handler. A handler gets a whole
 * request (head, body, trailers) and answers it now or later; a request that is not answered keeps
 * its connection waiting. Whatever is refused before a handler sees it (wrong Host, ambiguous
 * length, too large, too slow) gets a JSON body that says why.
 *
 * Clients come in through endpoints: listening sockets and single connections that share one
 * pointer given to the handler, so that a request is bound to the instance it came from.
 *
 * Only far-http-server.c and -response.c know the library underneath (libmicrohttpd). */
#pragma once

#include <glib.h>
#include <sys/socket.h>

#include "platform/far-loop.h"

G_BEGIN_DECLS

#define FAR_HTTP_ERROR (far_http_error_quark ())
GQuark far_http_error_quark (void);
typedef enum {
  FAR_HTTP_ERROR_LISTEN,
  FAR_HTTP_ERROR_START,
} FarHttpError;

#define FAR_HTTP_BACKLOG_MAX 1024
#define FAR_HTTP_TARGET_MAX 8192         /* bytes of path and query: 414 */
#define FAR_HTTP_HEADERS_MAX 100         /* header fields of a request: 431 */
#define FAR_HTTP_HEAD_MAX (16 * 1024)    /* bytes of a request's head: 431 */
#define FAR_HTTP_RESPONSE_HEAD_MAX 10240 /* as API Gateway; a larger one is the caller's error */
/* Bytes of all answers of a server that wait for their clients: a stream that would be too much is
 * cut, of other answers those above FAR_HTTP_ANSWER_SMALL become a 503. */
#define FAR_HTTP_WAITING_MAX (256 * 1024 * 1024)
#define FAR_HTTP_ANSWER_SMALL (64 * 1024) /* always sent: what connections_max of them may hold */
#define FAR_HTTP_STREAM_PERIOD (1024 * 1024) /* taken at least in each idle_timeout_s, at its end */
#define FAR_HTTP_LINGER_MAX (64 * 1024 * 1024) /* read and dropped behind an early refusal */
#define FAR_HTTP_LINGER_S 5

typedef struct _FarHttpServer FarHttpServer;
typedef struct _FarHttpEndpoint FarHttpEndpoint;
typedef struct _FarHttpRequest FarHttpRequest;
typedef struct _FarHttpResponse FarHttpResponse;
typedef struct _FarHttpStream FarHttpStream;

typedef void (*FarHttpHandler) (FarHttpRequest *request, gpointer endpoint_data,
                                gpointer user_data);
/* Appends the JSON body of an early refusal in the words of the API. */
typedef void (*FarHttpErrorBody) (guint status, const char *message, GString *body);

/* A head has come. TRUE: its body goes to FarHttpPart as it comes, without body_max and without
 * time limit; the handler is called behind it, with trailers and no body. */
typedef gboolean (*FarHttpBegin) (FarHttpRequest *request, gpointer endpoint_data,
                                  gpointer user_data);
typedef void (*FarHttpPart) (FarHttpRequest *request, const char *data, gsize n_bytes,
                             gpointer endpoint_data, gpointer user_data);

typedef struct {
  FarHttpHandler   handler;
  FarHttpBegin     begin;             /* nullable, like part */
  FarHttpPart      part;
  FarHttpErrorBody error_body;
  const char    *(*error_type) (guint status); /* nullable: of early refusals, x-amzn-ErrorType */
  gpointer         user_data;
  /* nullable: whether pages of another origin may ask for this; else only the hosts' own may */
  gboolean       (*takes_origin) (const char *path, const char *origin, gpointer user_data);
  gsize            body_max;          /* larger: 413 */
  gsize          (*body_limit) (const char *method, const char *path); /* nullable: less of some */
  guint            connections_max;   /* more wait in the backlog */
  guint            endpoint_max;      /* of one endpoint; more are closed. 0 = no limit */
  guint            idle_timeout_s;    /* until a whole head has come; 0 = for ever */
  guint            body_timeout_s;    /* until the whole body has come; 0 = for ever */
  gsize            waiting_max;       /* 0 = FAR_HTTP_WAITING_MAX; G_MAXSIZE = no limit */
  gsize            connection_memory; /* bytes for a head and its answer's head */
} FarHttpServerOptions;

FarHttpServer   *far_http_server_new  (FarLoop *loop, const FarHttpServerOptions *options,
                                       GError **error);
/* Closes everything; held requests are dropped, their pointers dead. */
void             far_http_server_free (FarHttpServer *self);
/* Without trusted ones. */
guint            far_http_server_n_connections (FarHttpServer *self);

/* hosts: (nullable): host names (no port) that Host and Origin may carry. NULL for a way in that is
 * trusted, one of our own processes': any Host, no time limits, not counted. Copied. */
FarHttpEndpoint *far_http_endpoint_new    (FarHttpServer *server, const char *const *hosts,
                                           gpointer endpoint_data);
/* Takes fd, a listening stream socket; makes it non-blocking. */
gboolean         far_http_endpoint_listen (FarHttpEndpoint *self, int fd, GError **error);
/* Takes fd, a connected stream socket. */
gboolean         far_http_endpoint_adopt  (FarHttpEndpoint *self, int fd, GError **error);
/* Accepts no more; connections that stand go on. */
void             far_http_endpoint_quiesce (FarHttpEndpoint *self);
/* Cuts all its connections, drops their requests that wait for an answer, and frees it. */
void             far_http_endpoint_close  (FarHttpEndpoint *self);

/* A TCP socket on address ("127.0.0.1") and port (0 = any free), listening. Returns: fd or -1. */
int              far_http_listen_tcp      (const char *address, guint16 port,
                                           guint16 *ret_port, GError **error);

/* What was asked. All of it is borrowed and lives until the answer is given. */
const char *far_http_request_get_method   (FarHttpRequest *self);
/* The path as sent, not unescaped, without query. */
const char *far_http_request_get_path     (FarHttpRequest *self);
/* Behind the question mark as sent; "" without one. */
const char *far_http_request_get_query    (FarHttpRequest *self);
const char *far_http_request_get_version  (FarHttpRequest *self);
/* The first field of that name (in any case), or NULL. */
const char *far_http_request_get_header   (FarHttpRequest *self, const char *name);
guint       far_http_request_n_headers    (FarHttpRequest *self);
void        far_http_request_nth_header   (FarHttpRequest *self, guint index,
                                           const char **ret_name, const char **ret_value);
const char *far_http_request_get_trailer  (FarHttpRequest *self, const char *name);
/* NUL terminated behind n_bytes. */
const char *far_http_request_get_body     (FarHttpRequest *self, gsize *ret_n_bytes);
/* Returns: (transfer full): the body with a NUL behind it, g_free(); the request has none after. */
char       *far_http_request_steal_body   (FarHttpRequest *self, gsize *ret_n_bytes);
/* Numeric address of the client; "127.0.0.1" for an adopted one. */
void        far_http_request_get_client   (FarHttpRequest *self, char *ret_address, gsize size);
/* When its head had come, µs of g_get_monotonic_time(). */
gint64      far_http_request_get_arrival_us (FarHttpRequest *self);

/* For whoever holds the request. */
void        far_http_request_set_data     (FarHttpRequest *self, gpointer data);
gpointer    far_http_request_get_data     (FarHttpRequest *self);

/* An answer: body first, headers after. take: g_free() is called on it later. */
FarHttpResponse *far_http_response_new_take   (char *body, gsize n_bytes);
FarHttpResponse *far_http_response_new_copy   (const char *body, gsize n_bytes);
FarHttpResponse *far_http_response_new_static (const char *body, gsize n_bytes);
FarHttpResponse *far_http_response_new_bytes  (GBytes *body);
/* FALSE, and nothing added, if name or value may not stand in a header. */
gboolean         far_http_response_add_header (FarHttpResponse *self, const char *name,
                                               const char *value);
void             far_http_response_free       (FarHttpResponse *self);

/* For whatever answer it gets, in place of that one's own of this name, or beside it where a name
 * may stand twice (Vary). name and value may stand in a header. */
void        far_http_request_add_header   (FarHttpRequest *self, const char *name,
                                           const char *value);
/* Ends the request; both pointers are dead after. Takes response. If too much waits to be sent, the
 * client is told so (503) in its place. */
void        far_http_request_respond      (FarHttpRequest *self, guint status,
                                           FarHttpResponse *response);
/* A JSON body; text is taken. */
void        far_http_request_respond_json (FarHttpRequest *self, guint status, char *text,
                                           gsize n_bytes);
/* An answer whose body is written in parts. ret_stream: (transfer full): far_http_stream_end() */
FarHttpResponse *far_http_response_new_stream   (FarHttpStream **ret_stream);
/* As far_http_request_respond(), for that answer; with its headers. */
void        far_http_request_respond_stream (FarHttpRequest *self, guint status,
                                             FarHttpResponse *response, FarHttpStream *stream);
/* Nothing happens once the client has gone. What the client has not taken yet is kept: whoever
 * writes bounds it. */
void        far_http_stream_write         (FarHttpStream *self, const char *data, gsize n_bytes);
/* Lets go of it; not whole: the connection is cut, so that the client knows. */
void        far_http_stream_end           (FarHttpStream *self, gboolean whole);
gboolean    far_http_stream_is_gone       (FarHttpStream *self);
/* Cuts the connection without an answer. */
void        far_http_request_drop         (FarHttpRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarHttpServer, far_http_server_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarHttpResponse, far_http_response_free)

G_END_DECLS
