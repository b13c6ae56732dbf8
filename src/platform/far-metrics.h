/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metrics listener: GET /metrics answers whatever text the owner appends, in Prometheus'
 * exposition format. Thread: the loop's. */
#pragma once

#include "platform/far-http-server.h"
#include "platform/far-platform.h"

G_BEGIN_DECLS

#define FAR_METRICS_CONNECTIONS_MAX 32
#define FAR_METRICS_TIMEOUT_S 15

typedef struct _FarMetrics FarMetrics;

/* listen_fd: taken. */
FarMetrics *far_metrics_new      (FarLoop *loop, int listen_fd, GError **error);
void        far_metrics_free     (FarMetrics *self);
void        far_metrics_set_text (FarMetrics *self, FarMetricsText text, gpointer user_data);

G_END_DECLS
