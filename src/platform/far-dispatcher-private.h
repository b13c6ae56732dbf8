/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What far-dispatcher.c and far-dispatcher-parts.c share. */
#pragma once

#include "platform/far-dispatcher.h"

G_BEGIN_DECLS

struct _FarDispatcher {
  FarLoop           *loop;
  FarClock          *clock;
  FarTemplate       *tmpl;
  FarHttpServer     *runtime;
  FarSpawner        *spawner; /* NULL while there is none */
  FarStandby        *standby;
  char              *data_dir;
  int                clock_fd;
  FarDispatcherHooks hooks;
  gpointer           user_data;
  GPtrArray         *functions;
  GHashTable        *by_name;
  GQueue             all_idle;      /* idle longest last */
  FarLoopDeadline    idle_deadline;
  guint              n_instances;
  guint              n_calls;       /* submitted and not finished */
  guint              in_flight;     /* admitted and not answered, of all functions */
  guint              unreserved;    /* in flight, of those without a reserve */
  guint              unreserved_max;
  guint64            n_invocations;
  gboolean           stopping;
};

G_END_DECLS
