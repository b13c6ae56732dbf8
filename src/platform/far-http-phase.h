/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time limits of connections. One is always in one phase: HEAD (a request's head has not wholly
 * come), BODY, HELD (a handler has it: no limit) or SEND. Each phase has one constant limit, so a
 * queue in order of entry has the next one due at its head: entering and leaving cost the same
 * whatever the number of connections. Thread: the loop's. */
#pragma once

#include "platform/far-loop.h"

G_BEGIN_DECLS

typedef enum {
  FAR_HTTP_PHASE_HEAD,
  FAR_HTTP_PHASE_BODY,
  FAR_HTTP_PHASE_SEND,
  FAR_HTTP_PHASE_HELD,
} FarHttpPhase;
#define FAR_HTTP_N_PHASES FAR_HTTP_PHASE_HELD /* with a limit */

typedef struct {
  GList        link; /* link.data is set while it is in a queue */
  FarHttpPhase phase;
  gint64       since_us;
  gpointer     owner;
} FarHttpTimed;

typedef struct _FarHttpPhases FarHttpPhases;
/* Called once; the entry has left its phase. */
typedef void (*FarHttpExpired) (FarHttpTimed *timed, FarHttpPhase phase, gpointer user_data);

/* limits_us: 0 = none. */
FarHttpPhases *far_http_phases_new   (FarLoop *loop, const gint64 limits_us[FAR_HTTP_N_PHASES],
                                      FarHttpExpired expired, gpointer user_data);
void           far_http_phases_free  (FarHttpPhases *self);
void           far_http_phases_enter (FarHttpPhases *self, FarHttpTimed *timed,
                                      FarHttpPhase phase);

G_END_DECLS
