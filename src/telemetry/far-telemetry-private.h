/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between far-telemetry.c, which takes in, and far-query*.c, which answer. */
#pragma once

#include "telemetry/far-live.h"
#include "telemetry/far-names.h"
#include "telemetry/far-telemetry.h"
#include "telemetry/far-writer.h"

G_BEGIN_DECLS

typedef struct _FarQueryThread FarQueryThread;

struct _FarTelemetry {
  FarClock            *clock;
  FarNames            *names;
  FarLive             *live;
  gint64               opened_us;
  guint64              n_invocations;
  char                *path;    /* nullable: in memory only */
  FarWriter           *writer;  /* nullable */
  FarQueryThread      *queries; /* nullable */
  FarTelemetryListener listener;
  gpointer             listener_data;
};

/* The thread that answers from the database, with a connection of its own. */
FarQueryThread *far_query_thread_new  (FarTelemetry *telemetry, GError **error);
/* What is under way is cancelled. */
void            far_query_thread_free (FarQueryThread *self);

G_END_DECLS
