/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarFaults: each fault draws from a generator of its own, once for every call it matches, so that
 * one fault's presence does not move another's draws. Where there are none, a call costs one
 * comparison. */
#include "platform/far-faults.h"

#include <string.h>

G_DEFINE_QUARK (far-faults-error-quark, far_faults_error)

/* The publication's payment provider is a function of that name. */
#define PROVIDER "Provider"

typedef struct {
  FarFaultState state;
  FarFaultSpec *spec;
  FarRng        rng;
  gint64        until_us; /* g_get_monotonic_time(); 0 = until it is cleared */
} Fault;

struct _FarFaults {
  FarLoop        *loop;
  FarFaultsNote   note;
  gpointer        user_data;
  GPtrArray      *faults;
  FarLoopDeadline deadline; /* of the one that ends first */
  guint           last_id;
  gboolean        live;
};

static void on_deadline (gpointer user_data);

static void
fault_free (gpointer data)
{
  Fault *fault = data;

  far_fault_spec_free (fault->spec);
  g_free (fault);
}

FarFaults *
far_faults_new (FarLoop *loop, FarFaultsNote note, gpointer user_data)
{
  FarFaults *self = g_new0 (FarFaults, 1);

  self->loop = loop;
  self->note = note;
  self->user_data = user_data;
  self->faults = g_ptr_array_new_with_free_func (fault_free);
  return self;
}

void
far_faults_free (FarFaults *self)
{
  far_loop_disarm (self->loop, &self->deadline);
  g_ptr_array_unref (self->faults);
  g_free (self);
}

/* (nullable): its name, where it hits one function alone. */
static const char *
function_of (const FarFaultSpec *spec)
{
  if (strcmp (spec->target, "provider") == 0)
    return PROVIDER;
  return g_str_has_prefix (spec->target, "function:") ? spec->target + strlen ("function:") : NULL;
}

static void
tell (FarFaults *self, const Fault *fault, gboolean begins)
{
  const FarFaultSpec *spec = fault->spec;
  g_autofree char *delay = far_fault_delay_to_string (&spec->delay);
  gboolean delays = spec->delay.a_us > 0 || spec->delay.b_us > 0;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "Fault %u %s: %s%s%s on %s", fault->state.id, begins ? "began" : "ended",
                   far_fault_kind_to_string (spec->kind), delays ? " " : "", delays ? delay : "",
                   spec->target);
  if (spec->probability_ppm < FAR_FAULT_ALWAYS_PPM)
    g_string_append_printf (text, ", %u in 1,000,000", spec->probability_ppm);
  if (begins && spec->duration_s > 0)
    g_string_append_printf (text, ", for %" G_GINT64_FORMAT " s", spec->duration_s);
  if (begins)
    g_string_append_printf (text, ", seed %" G_GUINT64_FORMAT, spec->seed);
  else
    g_string_append_printf (text, "; it hit %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                            fault->state.injected, fault->state.matched);
  self->note (function_of (spec), text->str, self->user_data);
}

static void
arm_next (FarFaults *self)
{
  gint64 next_us = G_MAXINT64;
  guint i;

  for (i = 0; i < self->faults->len; i++)
    {
      const Fault *fault = g_ptr_array_index (self->faults, i);

      if (fault->until_us > 0)
        next_us = MIN (next_us, fault->until_us);
    }
  far_loop_disarm (self->loop, &self->deadline);
  if (next_us < G_MAXINT64)
    far_loop_arm (self->loop, &self->deadline, next_us, on_deadline, self);
}

static void
end_fault (FarFaults *self, guint index)
{
  tell (self, g_ptr_array_index (self->faults, index), FALSE);
  g_ptr_array_remove_index (self->faults, index);
}

static void
on_deadline (gpointer user_data)
{
  FarFaults *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  guint i = self->faults->len;

  while (i-- > 0)
    {
      const Fault *fault = g_ptr_array_index (self->faults, i);

      if (fault->until_us > 0 && fault->until_us <= now_us)
        end_fault (self, i);
    }
  arm_next (self);
}

guint
far_faults_add (FarFaults *self, const FarFaultSpec *spec, GError **error)
{
  Fault *fault;

  if (!far_fault_spec_check (spec, error))
    return 0;
  if (self->live || self->faults->len >= FAR_FAULTS_MAX)
    {
      g_set_error (error, FAR_FAULTS_ERROR,
                   self->live ? FAR_FAULTS_ERROR_LIVE : FAR_FAULTS_ERROR_LIMIT,
                   self->live ? "Live money moves here, so there are no faults on demand; try them "
                                "on a platform with test money"
                              : "There are %d faults already; clear one first", FAR_FAULTS_MAX);
      return 0;
    }
  fault = g_new0 (Fault, 1);
  fault->spec = far_fault_spec_copy (spec);
  fault->state.spec = fault->spec;
  fault->state.id = ++self->last_id;
  far_rng_init (&fault->rng, spec->seed, spec->kind);
  if (spec->duration_s > 0)
    fault->until_us = g_get_monotonic_time () + spec->duration_s * G_USEC_PER_SEC;
  g_ptr_array_add (self->faults, fault);
  tell (self, fault, TRUE);
  arm_next (self);
  return fault->state.id;
}

gboolean
far_faults_remove (FarFaults *self, guint id)
{
  guint i;

  for (i = 0; i < self->faults->len; i++)
    if (((Fault *) g_ptr_array_index (self->faults, i))->state.id == id)
      {
        end_fault (self, i);
        arm_next (self);
        return TRUE;
      }
  return FALSE;
}

void
far_faults_clear (FarFaults *self)
{
  while (self->faults->len > 0)
    end_fault (self, 0);
  arm_next (self);
}

void
far_faults_set_live (FarFaults *self, gboolean live)
{
  self->live = live;
  if (live)
    far_faults_clear (self);
}

void
far_faults_foreach (FarFaults *self, FarFaultsVisitor visitor, gpointer user_data)
{
  gint64 now_us = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < self->faults->len; i++)
    {
      const Fault *fault = g_ptr_array_index (self->faults, i);
      FarFaultState state = fault->state;

      state.left_s = -1;
      if (fault->until_us > 0)
        state.left_s = (MAX (fault->until_us - now_us, 0) + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
      visitor (&state, user_data);
    }
}

/* route: (nullable) */
static gboolean
matches (const Fault *fault, const char *function, const char *route)
{
  const char *target = fault->spec->target;
  const char *only = function_of (fault->spec);

  if (only != NULL)
    return strcmp (only, function) == 0;
  if (g_str_has_prefix (target, "route:"))
    return g_strcmp0 (target + strlen ("route:"), route) == 0;
  return TRUE;
}

static gboolean
hits (Fault *fault, const char *function, const char *route)
{
  if (!matches (fault, function, route))
    return FALSE;
  fault->state.matched++;
  if (far_rng_below (&fault->rng, FAR_FAULT_ALWAYS_PPM) >= fault->spec->probability_ppm)
    return FALSE;
  fault->state.injected++;
  return TRUE;
}

gboolean
far_faults_refuse (FarFaults *self, FarCall *call, FarFaultKind *ret_kind)
{
  guint i;

  for (i = 0; i < self->faults->len; i++)
    {
      Fault *fault = g_ptr_array_index (self->faults, i);

      if ((fault->spec->kind == FAR_FAULT_THROTTLE || fault->spec->kind == FAR_FAULT_OUTAGE)
          && hits (fault, call->function->spec->name, call->route))
        {
          *ret_kind = fault->spec->kind;
          return TRUE;
        }
    }
  return FALSE;
}

gint64
far_faults_enter (FarFaults *self, FarCall *call, FarFaultKind *ret_kind)
{
  gint64 us = 0;
  guint i;

  *ret_kind = FAR_FAULT_LATENCY;
  for (i = 0; i < self->faults->len; i++)
    {
      Fault *fault = g_ptr_array_index (self->faults, i);
      FarFaultKind kind = fault->spec->kind;

      if ((kind != FAR_FAULT_LATENCY && kind != FAR_FAULT_ERROR_ANSWER && kind != FAR_FAULT_CRASH)
          || !hits (fault, call->function->spec->name, call->route))
        continue;
      if (kind == FAR_FAULT_LATENCY)
        us += far_fault_delay_draw (&fault->spec->delay, &fault->rng);
      else if (*ret_kind != FAR_FAULT_CRASH)
        *ret_kind = kind;
    }
  return us;
}

gint64
far_faults_start (FarFaults *self, const char *function)
{
  gint64 us = 0;
  guint i;

  for (i = 0; i < self->faults->len; i++)
    {
      Fault *fault = g_ptr_array_index (self->faults, i);

      if (fault->spec->kind == FAR_FAULT_SLOW_START && hits (fault, function, NULL))
        us += far_fault_delay_draw (&fault->spec->delay, &fault->rng);
    }
  return us;
}
