/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the counters in memory.
 *
 * Invariants: a function's slot s % FAR_LIVE_SECONDS holds the second it names or is stale, and is
 * emptied when another second needs it, a later one or, after the clock was set back, an earlier
 * one; its memory is kept, so that a steady load allocates nothing after one round. window is the
 * sum of the FAR_LIVE_WINDOW_S - 1 seconds before window_s, or stale: a record for one of them,
 * late or after the clock was set back, makes it so. */
#include "telemetry/far-live.h"

typedef struct {
  gint64       second; /* since the epoch */
  FarAggregate aggregate;
} Slot;

typedef struct {
  FarAggregate total;
  guint64      serial;
  FarAggregate window;
  gint64       window_s; /* 0 = stale */
  Slot         slots[FAR_LIVE_SECONDS];
} Function;

struct _FarLive {
  GPtrArray *functions; /* (element-type Function) (nullable elements) by id */
};

static void
function_free (Function *function)
{
  guint i;

  if (function == NULL)
    return;
  far_aggregate_clear (&function->total);
  far_aggregate_clear (&function->window);
  for (i = 0; i < FAR_LIVE_SECONDS; i++)
    far_aggregate_clear (&function->slots[i].aggregate);
  g_free (function);
}

FarLive *
far_live_new (void)
{
  FarLive *self = g_new0 (FarLive, 1);

  self->functions = g_ptr_array_new_with_free_func ((GDestroyNotify) function_free);
  return self;
}

void
far_live_free (FarLive *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->functions);
  g_free (self);
}

static Function *
find_function (FarLive *self, guint id)
{
  return id < self->functions->len ? g_ptr_array_index (self->functions, id) : NULL;
}

static Function *
need_function (FarLive *self, guint id)
{
  Function *function = find_function (self, id);

  if (function != NULL)
    return function;
  if (id >= self->functions->len)
    g_ptr_array_set_size (self->functions, (int) id + 1);
  function = g_new0 (Function, 1);
  g_ptr_array_index (self->functions, id) = function;
  return function;
}

void
far_live_add (FarLive *self, guint id, const FarInvocation *invocation)
{
  Function *function = need_function (self, id);
  gint64 second = far_invocation_end_us (invocation) / G_USEC_PER_SEC;
  Slot *slot;

  g_return_if_fail (id > 0);

  far_aggregate_add (&function->total, invocation);
  function->serial++;
  slot = &function->slots[(guint64) second % FAR_LIVE_SECONDS];
  if (second != slot->second)
    {
      far_aggregate_reset (&slot->aggregate);
      slot->second = second;
    }
  far_aggregate_add (&slot->aggregate, invocation);
  if (second < function->window_s)
    function->window_s = 0;
}

void
far_live_restore (FarLive *self, guint id, const FarAggregate *aggregate)
{
  Function *function = need_function (self, id);

  g_return_if_fail (id > 0);

  far_aggregate_merge (&function->total, aggregate);
  function->serial++;
}

const FarAggregate *
far_live_total (FarLive *self, guint id)
{
  Function *function = find_function (self, id);

  return function != NULL ? &function->total : NULL;
}

guint64
far_live_serial (FarLive *self, guint id)
{
  Function *function = find_function (self, id);

  return function != NULL ? function->serial : 0;
}

guint
far_live_end (FarLive *self)
{
  return self->functions->len;
}

/* Adds the seconds [from, to). */
static void
add_seconds (Function *function, gint64 from, gint64 to, FarAggregate *ret_aggregate)
{
  guint i;

  for (i = 0; i < FAR_LIVE_SECONDS; i++)
    if (function->slots[i].second >= from && function->slots[i].second < to)
      far_aggregate_merge (ret_aggregate, &function->slots[i].aggregate);
}

static void
add_window (Function *function, gint64 now, guint window_s, FarAggregate *ret_aggregate)
{
  if (window_s != FAR_LIVE_WINDOW_S)
    {
      add_seconds (function, now - window_s + 1, now + 1, ret_aggregate);
      return;
    }
  if (function->window_s != now)
    {
      far_aggregate_reset (&function->window);
      add_seconds (function, now - FAR_LIVE_WINDOW_S + 1, now, &function->window);
      function->window_s = now;
    }
  far_aggregate_merge (ret_aggregate, &function->window);
  add_seconds (function, now, now + 1, ret_aggregate);
}

void
far_live_window (FarLive *self, guint id, gint64 now_us, guint window_s,
                 FarAggregate *ret_aggregate)
{
  guint i;

  g_return_if_fail (window_s > 0 && window_s <= FAR_LIVE_SECONDS - 20);

  for (i = 0; i < self->functions->len; i++)
    {
      Function *function = g_ptr_array_index (self->functions, i);

      if (function != NULL && (id == 0 || id == i))
        add_window (function, now_us / G_USEC_PER_SEC, window_s, ret_aggregate);
    }
}

static void
collect_function (Function *function, gint64 from, gint64 to, gint64 base_us, gint64 step_us,
                  FarAggregate *points, guint n_points)
{
  guint i;

  for (i = 0; i < FAR_LIVE_SECONDS; i++)
    {
      Slot *slot = &function->slots[i];
      gint64 at;

      if (slot->second < from || slot->second >= to)
        continue;
      at = (slot->second * G_USEC_PER_SEC - base_us) / step_us;
      if (at >= 0 && at < n_points)
        far_aggregate_merge (&points[at], &slot->aggregate);
    }
}

void
far_live_collect (FarLive *self, guint id, gint64 from_us, gint64 to_us, gint64 base_us,
                  gint64 step_us, FarAggregate *points, guint n_points)
{
  gint64 from = from_us / G_USEC_PER_SEC, to = to_us / G_USEC_PER_SEC;
  guint i;

  g_return_if_fail (step_us >= G_USEC_PER_SEC);

  for (i = 0; i < self->functions->len; i++)
    {
      Function *function = g_ptr_array_index (self->functions, i);

      if (function != NULL && (id == 0 || id == i))
        collect_function (function, from, to, base_us, step_us, points, n_points);
    }
}
