/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarHttpPhases: three queues and one deadline. The deadline is armed for the earliest entry there
 * was when it was armed; when that one has left, it fires early, and finds the next. */
#include "platform/far-http-phase.h"

struct _FarHttpPhases {
  FarLoop        *loop;
  FarLoopDeadline deadline;
  gint64          limits_us[FAR_HTTP_N_PHASES];
  GQueue          queues[FAR_HTTP_N_PHASES];
  FarHttpExpired  expired;
  gpointer        user_data;
};

static void on_deadline (gpointer user_data);

static void
arm (FarHttpPhases *self, gint64 when_us)
{
  if (self->deadline.index == 0 || when_us < self->deadline.when_us)
    far_loop_arm (self->loop, &self->deadline, when_us, on_deadline, self);
}

static void
on_deadline (gpointer user_data)
{
  FarHttpPhases *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  guint phase;

  for (phase = 0; phase < FAR_HTTP_N_PHASES; phase++)
    while (self->queues[phase].head != NULL)
      {
        FarHttpTimed *timed = self->queues[phase].head->data;
        gint64 due_us = timed->since_us + self->limits_us[phase];

        if (due_us > now_us)
          {
            arm (self, due_us);
            break;
          }
        g_queue_unlink (&self->queues[phase], &timed->link);
        timed->link.data = NULL;
        self->expired (timed, phase, self->user_data);
      }
}

FarHttpPhases *
far_http_phases_new (FarLoop *loop, const gint64 limits_us[FAR_HTTP_N_PHASES],
                     FarHttpExpired expired, gpointer user_data)
{
  FarHttpPhases *self = g_new0 (FarHttpPhases, 1);
  guint i;

  self->loop = loop;
  self->expired = expired;
  self->user_data = user_data;
  for (i = 0; i < FAR_HTTP_N_PHASES; i++)
    {
      self->limits_us[i] = limits_us[i];
      g_queue_init (&self->queues[i]);
    }
  return self;
}

void
far_http_phases_free (FarHttpPhases *self)
{
  far_loop_disarm (self->loop, &self->deadline);
  g_free (self);
}

void
far_http_phases_enter (FarHttpPhases *self, FarHttpTimed *timed, FarHttpPhase phase)
{
  if (timed->link.data != NULL)
    g_queue_unlink (&self->queues[timed->phase], &timed->link);
  timed->link.data = NULL;
  timed->phase = phase;
  if (phase == FAR_HTTP_PHASE_HELD || self->limits_us[phase] == 0)
    return;
  timed->since_us = g_get_monotonic_time ();
  timed->link.data = timed;
  g_queue_push_tail_link (&self->queues[phase], &timed->link);
  arm (self, timed->since_us + self->limits_us[phase]);
}
