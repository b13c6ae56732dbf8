/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a FarPlatform, for the files that build it up and take it down. */
#pragma once

#include "platform/far-async-queue.h"
#include "platform/far-bookkeeper-link.h"
#include "platform/far-dispatcher.h"
#include "platform/far-event-source.h"
#include "platform/far-gateway.h"
#include "platform/far-lambda-api.h"
#include "platform/far-metrics.h"
#include "platform/far-platform.h"

G_BEGIN_DECLS

/* A spawner that dies is started again after this long. */
#define FAR_SPAWNER_RESTART_MS 50
#define FAR_SPAWNER_RESTART_MAX_MS 800
/* How long calls may take to finish after a stop was asked for. */
#define FAR_PLATFORM_STOP_S 10
#define FAR_PLATFORM_OBSERVERS_MAX 8

struct _FarPlatform {
  FarLoop            *loop;
  FarClock           *clock;
  int                 clock_fd;
  FarTemplate        *tmpl;
  char               *data_dir;
  FarSpawner         *spawner;
  FarDispatcher      *dispatcher;
  FarHttpServer      *runtime;
  FarGateway         *gateway;
  FarAsyncQueue      *queue;
  FarEventSources    *sources;
  FarPlatformStore   *store;
  FarQueues          *queues;
  FarRegistry        *registry;
  FarLambdaControl   *control;
  FarLambdaApi       *lambda;
  FarMetrics         *metrics;
  FarBookkeeperLink  *bookkeeper; /* NULL where no function uses it */
  FarLoopDeadline     spawner_restart;
  guint               spawner_restart_ms;
  FarLoopDeadline     stop_deadline;
  FarLoopTask         stop_task;
  FarPlatformState    state;
  FarIsolation        isolation;
  char               *isolation_notes;
  char               *gateway_url;
  char               *lambda_url;
  char               *metrics_url;
  char               *control_path;
  char               *failure; /* nullable: why it stops by itself */
  int                 lock_fd;
  gint64              started_us;
  struct {
    const FarPlatformObserver *observer;
    gpointer                   user_data;
  } observers[FAR_PLATFORM_OBSERVERS_MAX];
  FarPlatformStopped  stopped;
  gpointer            stopped_data;
};

/* far-platform-data.c. Closing waits until all is on the disk; calls of queues must be over. */
gboolean far_platform_open_data  (FarPlatform *self, GError **error);
void     far_platform_close_data (FarPlatform *self);

G_END_DECLS
