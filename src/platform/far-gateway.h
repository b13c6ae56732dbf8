/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gateway: HTTP requests to functions by the template's routes, as API Gateway's HTTP API with
 * payload format 2.0 does it, and their answers back. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"
#include "platform/far-http-server.h"
#include "platform/far-routes.h"

G_BEGIN_DECLS

#define FAR_GATEWAY_BODY_MAX FAR_PAYLOAD_SYNC_MAX
#define FAR_GATEWAY_CONNECTIONS_MAX 1024
#define FAR_GATEWAY_CONNECTION_MEMORY (32 * 1024)
#define FAR_GATEWAY_IDLE_TIMEOUT_S 60
#define FAR_GATEWAY_BODY_TIMEOUT_S 30

typedef struct _FarGateway FarGateway;

/* listen_fd: taken. */
FarGateway *far_gateway_new     (FarLoop *loop, FarDispatcher *dispatcher, FarTemplate *tmpl,
                                 int listen_fd, GError **error);
void        far_gateway_free    (FarGateway *self);
/* Accepts no more connections. */
void        far_gateway_quiesce (FarGateway *self);
/* One request to a function, answered when that has. path: as the function sees it; the route's key
 * outlives the call. stream: what is streamed goes on as it comes. */
void        far_gateway_forward (FarDispatcher *dispatcher, FarFunction *function,
                                 FarHttpRequest *request, const FarRouteMatch *match,
                                 const char *path, gboolean stream);
/* A connection for a function that may call routes. Returns: its end, the caller's; or -1. */
int         far_gateway_connect (FarGateway *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarGateway, far_gateway_free)

G_END_DECLS
