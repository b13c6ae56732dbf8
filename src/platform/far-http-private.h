/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What far-http-server.c and far-http-request.c share. */
#pragma once

#include "platform/far-http-check.h"
#include "platform/far-http-phase.h"
#include "platform/far-http-server.h"

G_BEGIN_DECLS

struct MHD_Connection;

typedef enum {
  REQUEST_HEAD,     /* only its first line has come */
  REQUEST_BODY,
  REQUEST_HANDLING, /* inside the handler */
  REQUEST_HELD,     /* the handler kept it; suspended */
  REQUEST_DROPPED,
  REQUEST_DONE,
} RequestState;

typedef struct {
  FarHttpServer         *server;
  FarHttpEndpoint       *endpoint; /* NULL once that is closed */
  struct MHD_Connection *mhd;
  FarHttpRequest        *request;
  FarHttpStream         *stream;     /* nullable: the answer that is being sent in parts */
  int                    fd;
  const struct sockaddr *address;    /* of the client; the library's */
  GList                  link;       /* in endpoint->connections */
  FarHttpTimed           timed;
  gboolean               trusted;    /* its endpoint takes any Host: no limits */
  gboolean               used;       /* a whole request has come before */
  gsize                  n_waiting;  /* bytes of the whole answer that is being sent */
} FarHttpConnection;

struct _FarHttpRequest {
  FarHttpConnection *connection;
  RequestState state;
  gint64       arrival_us;
  gpointer     data;
  const char  *method;
  const char  *version;
  const char  *query; /* behind path, in target */
  GString     *body;
  gsize        body_max;
  GPtrArray   *answer_headers; /* nullable: names and values that its answer gets beside its own */
  gboolean     in_parts; /* its body goes to options.part as it comes */
  FarHttpHead  head;
  char         target[];
};

/* Time limits of a phase begin. */
void far_http_connection_enter (FarHttpConnection *connection, FarHttpPhase phase);
/* Bytes of its answers that wait to be sent change by n. Returns: whether they are not too many. */
gboolean far_http_server_count (FarHttpServer *server, gssize n);
/* An answer of the server's own, in the words of its API. */
FarHttpResponse *far_http_server_new_error (FarHttpServer *server, guint status,
                                            const char *message);
/* There is something for the library to do. */
void far_http_connection_kick  (FarHttpConnection *connection);
/* The connection is freed. */
void far_http_stream_detach    (FarHttpConnection *connection);
/* The connection ends: its stream is not waited for any more. */
void far_http_stream_abandon   (FarHttpConnection *connection);

G_END_DECLS
