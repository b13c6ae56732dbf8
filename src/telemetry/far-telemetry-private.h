/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between far-telemetry.c, which takes in, and far-query*.c, which answer. */
#pragma once

#include "telemetry/far-live.h"
#include "telemetry/far-names.h"
#include "telemetry/far-telemetry.h"
#include "telemetry/far-writer.h"

G_BEGIN_DECLS

typedef struct _FarQueryThreads FarQueryThreads;

struct _FarTelemetry {
  FarClock            *clock;
  FarNames            *names;
  FarLive             *live;
  gint64               opened_us;
  guint64              n_invocations;
  gboolean             off;     /* records nothing: for the benchmark of what recording costs */
  char                *path;    /* nullable: in memory only */
  FarWriter           *writer;  /* nullable */
  FarQueryThreads     *queries; /* nullable */
  FarTelemetryListener listener;
  gpointer             listener_data;
};

/* The threads that answer from the database, with connections of their own. */
FarQueryThreads *far_query_threads_new  (FarTelemetry *telemetry, GError **error);
/* What is under way is cancelled. */
void             far_query_threads_free (FarQueryThreads *self);

G_END_DECLS
