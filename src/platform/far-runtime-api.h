/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's Runtime API (2018-06-01) for instances: the server whose endpoints are FarWorkers.
 * Every connection is bound to one instance: the socket it came in by says which. Thread: the
 * loop's. */
#pragma once

#include "platform/far-http-server.h"

G_BEGIN_DECLS

/* A larger response is refused in words (413); one larger than this by cutting the connection. */
#define FAR_RUNTIME_BODY_MAX (16 * 1024 * 1024)
#define FAR_RUNTIME_CONNECTIONS_MAX 2048
#define FAR_RUNTIME_INSTANCE_CONNECTIONS_MAX 32 /* of one instance */
#define FAR_RUNTIME_CONNECTION_MEMORY (16 * 1024)

FarHttpServer *far_runtime_api_new (FarLoop *loop, GError **error);

G_END_DECLS
