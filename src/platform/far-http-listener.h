/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One listening socket: accepts in batches, stops while paused or while descriptors have run out.
 * Thread: the loop's. */
#pragma once

#include <sys/socket.h>

#include "platform/far-loop.h"

G_BEGIN_DECLS

typedef struct _FarHttpListener FarHttpListener;

/* fd is the callee's: connected, non-blocking, close-on-exec, TCP_NODELAY. */
typedef void (*FarHttpAccepted) (int fd, const struct sockaddr *address, socklen_t n_address,
                                 gpointer user_data);

/* Takes fd, also on failure. */
FarHttpListener *far_http_listener_new        (FarLoop *loop, int fd, FarHttpAccepted accepted,
                                               gpointer user_data, GError **error);
void             far_http_listener_free       (FarHttpListener *self);
/* Paused, connections wait in the backlog. The callback may pause its own listener. */
void             far_http_listener_set_paused (FarHttpListener *self, gboolean paused);

/* Of a listening TCP socket; 0 if it is none. */
guint16          far_http_listener_port       (int fd);

/* "192.0.2.1", "2001:db8::1"; "127.0.0.1" for a local socket. */
void             far_http_format_address      (const struct sockaddr *address, char *ret_text,
                                               gsize size);

G_END_DECLS
