/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state machine of a view (see the header). The states from RESERVED to COMPLETED are numbered
 * in order, and event n leads from state n to state n + 1. */
#include "market/far-view.h"

#include <string.h>

#include "base/far-money.h"

G_STATIC_ASSERT ((int) FAR_VIEW_EVENT_START == (int) FAR_VIEW_RESERVED);
G_STATIC_ASSERT ((int) FAR_VIEW_EVENT_COMPLETE + 1 == (int) FAR_VIEW_COMPLETED);

static const char *const state_names[] = {
  "reserved", "started", "firstQuartile", "midpoint", "thirdQuartile",
  "completed", "abandoned", "expired", "replaced",
};
G_STATIC_ASSERT (G_N_ELEMENTS (state_names) == FAR_VIEW_STATE_MAX + 1);

static const char *const event_names[] = {
  "start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "abandon",
};
G_STATIC_ASSERT (G_N_ELEMENTS (event_names) == FAR_VIEW_EVENT_ABANDON + 1);

const char *
far_view_state_to_text (FarViewState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_names), NULL);

  return state_names[state];
}

gboolean
far_view_event_parse (const char   *text,
                      FarViewEvent *ret_event)
{
  g_return_val_if_fail (text != NULL && ret_event != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (event_names); i++)
    if (strcmp (event_names[i], text) == 0)
      {
        *ret_event = (FarViewEvent) i;
        return TRUE;
      }
  return FALSE;
}

gboolean
far_view_is_open (FarViewState state)
{
  return state < FAR_VIEW_COMPLETED;
}

gint64
far_view_tolerance_us (gint64 duration_us)
{
  g_return_val_if_fail (duration_us > 0, 0);

  return MIN (FAR_VIEW_TOLERANCE_US + duration_us * FAR_VIEW_TOLERANCE_BPS / FAR_BASIS_POINTS,
              duration_us / 8);
}

void
far_view_init (FarView *view,
               gint64   duration_ms,
               gint64   total_bytes,
               gint64   now_us)
{
  g_return_if_fail (view != NULL);
  g_return_if_fail (duration_ms >= FAR_VIEW_DURATION_MS_MIN &&
                    duration_ms <= FAR_VIEW_DURATION_MS_MAX);
  g_return_if_fail (total_bytes >= 1 && total_bytes <= FAR_VIEW_BYTES_MAX);

  memset (view, 0, sizeof *view);
  view->state = FAR_VIEW_RESERVED;
  view->duration_us = duration_ms * 1000;
  view->total_bytes = total_bytes;
  view->expires_us = now_us + view->duration_us + FAR_VIEW_GRACE_US;
}

/* When the event that leads out of the present state may come. */
static gint64
next_due_us (const FarView *view)
{
  gint64 tolerance_us = far_view_tolerance_us (view->duration_us);
  gint64 since_start_us, since_last_us;

  if (view->state == FAR_VIEW_RESERVED)
    return G_MININT64;
  g_assert (far_view_is_open (view->state));
  g_assert (view->last_us >= view->started_us);
  since_start_us = view->started_us + view->duration_us * view->state / 4 - tolerance_us;
  since_last_us = view->last_us + view->duration_us / 4 - tolerance_us;
  return MAX (since_start_us, since_last_us);
}

gint64
far_view_wait_us (const FarView *view,
                  gint64         now_us)
{
  gint64 due_us;

  g_return_val_if_fail (view != NULL, 0);

  if (!far_view_is_open (view->state))
    return 0;
  due_us = next_due_us (view);
  return due_us > now_us ? due_us - now_us : 0;
}

/* Whether an event that is not the next one repeats the last one that was taken. */
static gboolean
repeats_last (const FarView *view,
              FarViewEvent   event)
{
  if (event == FAR_VIEW_EVENT_ABANDON)
    return view->state == FAR_VIEW_ABANDONED;
  return (int) view->state <= (int) FAR_VIEW_COMPLETED && (int) event + 1 == (int) view->state;
}

FarViewResult
far_view_apply (FarView      *view,
                FarViewEvent  event,
                gint64        now_us)
{
  g_return_val_if_fail (view != NULL, FAR_VIEW_CLOSED);
  g_return_val_if_fail ((guint) event <= FAR_VIEW_EVENT_ABANDON, FAR_VIEW_OUT_OF_ORDER);

  if (repeats_last (view, event))
    return FAR_VIEW_SAME;
  if (!far_view_is_open (view->state))
    return FAR_VIEW_CLOSED;
  if (now_us >= view->expires_us)
    return FAR_VIEW_OVER;
  if (event == FAR_VIEW_EVENT_ABANDON)
    {
      view->state = FAR_VIEW_ABANDONED;
      view->last_us = MAX (view->last_us, now_us);
      return FAR_VIEW_TAKEN;
    }
  if ((int) event != (int) view->state)
    return FAR_VIEW_OUT_OF_ORDER;
  if (now_us < next_due_us (view))
    return FAR_VIEW_TOO_SOON;
  if (event == FAR_VIEW_EVENT_COMPLETE && view->fetched_bytes < view->total_bytes)
    return FAR_VIEW_NOT_FETCHED;

  if (event == FAR_VIEW_EVENT_START)
    view->started_us = now_us;
  view->state = (FarViewState) (event + 1);
  view->last_us = MAX (view->last_us, now_us);
  return FAR_VIEW_TAKEN;
}

FarViewResult
far_view_fetch (FarView *view,
                gint64   n_bytes,
                gint64   now_us)
{
  g_return_val_if_fail (view != NULL && n_bytes > 0, FAR_VIEW_CLOSED);

  if (!far_view_is_open (view->state))
    return FAR_VIEW_CLOSED;
  if (now_us >= view->expires_us)
    return FAR_VIEW_OVER;
  g_assert (view->fetched_bytes >= 0 && view->fetched_bytes <= view->total_bytes);
  view->fetched_bytes += MIN (n_bytes, view->total_bytes - view->fetched_bytes);
  return FAR_VIEW_TAKEN;
}
