/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A FarHttpServer with one endpoint on a free port of 127.0.0.1, and sockets that connect to it.
 * Thread: one, but for http_connect(). */
#pragma once

#include "platform/far-http-server.h"

G_BEGIN_DECLS

typedef struct {
  FarLoop         *loop;
  FarHttpServer   *server;
  FarHttpEndpoint *endpoint; /* for "127.0.0.1" and "localhost" */
  guint16          port;
} HttpFixture;

/* endpoint_data: what the handler of options gets. */
void    http_fixture_init   (HttpFixture *self, const FarHttpServerOptions *options,
                             gpointer endpoint_data);
void    http_fixture_clear  (HttpFixture *self);
/* Returns: another port, at which endpoint is reached too */
guint16 http_fixture_listen (FarHttpEndpoint *endpoint);
/* Errors as these tests expect them: {"status":N,"message":"…"}. */
void    http_error_body     (guint status, const char *message, GString *body);
/* receive_bytes: how much the kernel may take over for this side, 0 for as much as it likes.
 * Returns: a connected socket */
int     http_connect        (guint16 port, int receive_bytes);

G_END_DECLS
