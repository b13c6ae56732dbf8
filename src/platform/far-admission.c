/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which calls may run: concurrency of the account and of functions with a reserve, what is
 * provisioned, requests a second, and how fast instances may be added. The counters are the
 * dispatcher's; a call remembers in pooled whether it counts among those without a reserve, so that
 * a reserve that changes under it does not upset them. */
#include "platform/far-dispatcher-private.h"

static guint
rate_of (FarDispatcher *self, guint concurrency)
{
  guint64 rate = (guint64) concurrency * far_template_get_account_requests (self->tmpl);

  return (guint) MIN (rate, FAR_BUCKET_RATE_MAX);
}

static const char *
why_throttled (FarDispatcher *self, FarFunction *function, gboolean pooled)
{
  int reserved = function->spec->reserved_concurrency;
  gint64 now_us;

  if (reserved >= 0 && function->state.in_flight >= (guint) reserved)
    return "ReservedFunctionConcurrentInvocationLimitExceeded";
  if ((pooled && self->unreserved >= self->unreserved_max) || self->in_flight >= self->account_max)
    return "ConcurrentInvocationLimitExceeded";
  now_us = g_get_monotonic_time ();
  if (reserved >= 0)
    {
      guint rate = rate_of (self, (guint) reserved);

      return far_bucket_take (&function->requests, rate, rate, now_us)
                 ? NULL
                 : "ReservedFunctionInvocationRateLimitExceeded";
    }
  return far_bucket_take (&self->requests, rate_of (self, self->account_max),
                          rate_of (self, self->account_max), now_us)
             ? NULL
             : "FunctionInvocationRateLimitExceeded";
}

const char *
far_admission_admit (FarDispatcher *self, FarCall *call)
{
  FarFunction *function = call->function;
  gboolean pooled = function->spec->reserved_concurrency < 0
                    && function->state.in_flight >= function->spec->provisioned;
  const char *reason = why_throttled (self, function, pooled);

  if (reason != NULL)
    return reason;
  call->admitted = TRUE;
  call->pooled = pooled;
  call->concurrency = ++function->state.in_flight;
  self->in_flight++;
  self->unreserved += pooled;
  return NULL;
}

void
far_admission_release (FarDispatcher *self, FarCall *call)
{
  FarFunction *function = call->function;

  if (!call->admitted)
    return;
  call->admitted = FALSE;
  g_assert (function->state.in_flight > 0 && self->in_flight > 0);
  function->state.in_flight--;
  self->in_flight--;
  self->unreserved -= call->pooled;
}

gboolean
far_admission_start (FarFunction *function)
{
  return far_bucket_take (&function->starts, FAR_SCALING_PER_S, FAR_SCALING_BURST,
                          g_get_monotonic_time ());
}

/* A reserve has room for what is provisioned in it. */
static int
taken_by (int reserved, guint provisioned)
{
  return reserved >= 0 ? reserved : (int) provisioned;
}

int
far_dispatcher_would_leave (FarDispatcher *self, FarFunction *function, int reserved,
                            guint provisioned)
{
  int left = (int) self->account_max;
  guint i;

  for (i = 0; i < self->functions->len; i++)
    {
      FarFunction *other = g_ptr_array_index (self->functions, i);

      if (other == function)
        left -= taken_by (reserved, provisioned);
      else
        left -= taken_by (other->spec->reserved_concurrency, other->spec->provisioned);
    }
  return left;
}

void
far_admission_recount (FarDispatcher *self)
{
  int left = far_dispatcher_would_leave (self, NULL, -1, 0);

  self->unreserved_max = (guint) MAX (left, FAR_CONCURRENCY_UNRESERVED_MIN);
}
