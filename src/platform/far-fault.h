/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One fault on demand: what it hits, what it does, how often, for how long. Pure; any thread. */
#pragma once

#include <glib.h>

#include "base/far-random.h"

G_BEGIN_DECLS

#define FAR_FAULT_ERROR (far_fault_error_quark ())
GQuark far_fault_error_quark (void);
typedef enum {
  FAR_FAULT_ERROR_VALUE,
} FarFaultError;

#define FAR_FAULT_DELAY_MAX_US (900 * G_USEC_PER_SEC) /* Lambda's longest time-out */
#define FAR_FAULT_DURATION_MAX_S (7 * 86400)
#define FAR_FAULT_ALWAYS_PPM 1000000
#define FAR_FAULT_TARGET_MAX 256 /* bytes */

/**
 * FarFaultKind:
 * @FAR_FAULT_LATENCY: an event reaches its instance later; the time counts as the call's
 * @FAR_FAULT_ERROR_ANSWER: a function error instead of the function
 * @FAR_FAULT_THROTTLE: refused as too many
 * @FAR_FAULT_CRASH: the instance is killed as it takes the event
 * @FAR_FAULT_OUTAGE: refused as unavailable
 * @FAR_FAULT_SLOW_START: a new instance is ready later
 */
typedef enum {
  FAR_FAULT_LATENCY,
  FAR_FAULT_ERROR_ANSWER,
  FAR_FAULT_THROTTLE,
  FAR_FAULT_CRASH,
  FAR_FAULT_OUTAGE,
  FAR_FAULT_SLOW_START,
} FarFaultKind;
#define FAR_FAULT_N_KINDS (FAR_FAULT_SLOW_START + 1)

/* What a and b are: */
typedef enum {
  FAR_FAULT_CONSTANT,    /* a */
  FAR_FAULT_UNIFORM,     /* from a to b */
  FAR_FAULT_EXPONENTIAL, /* mean a */
  FAR_FAULT_NORMAL,      /* mean a, standard deviation b; never below 0 */
  FAR_FAULT_LOGNORMAL,   /* median a, 99th percentile b */
} FarFaultShape;

typedef struct {
  FarFaultShape shape;
  gint64        a_us;
  gint64        b_us;
} FarFaultDelay;

typedef struct {
  FarFaultKind  kind;
  char         *target;          /* "platform", "provider", "function:NAME", "route:GET /path" */
  guint         probability_ppm; /* of each call, or start */
  FarFaultDelay delay;           /* latency and slow start */
  guint64       seed;            /* the same calls in the same order are hit */
  gint64        duration_s;      /* 0 = until it is cleared */
} FarFaultSpec;

const char *far_fault_kind_to_string (FarFaultKind kind); /* "latency", "slow-start", … */
gboolean    far_fault_kind_parse     (const char *text, FarFaultKind *ret_kind, GError **error);
/* "20ms", "uniform(5ms,50ms)", "exponential(20ms)", "normal(50ms,10ms)", "lognormal(20ms,200ms)";
 * units us, ms, s. */
gboolean    far_fault_delay_parse    (const char *text, FarFaultDelay *ret_delay, GError **error);
/* Returns: (transfer full): as above */
char       *far_fault_delay_to_string (const FarFaultDelay *delay);
/* 0 … FAR_FAULT_DELAY_MAX_US */
gint64      far_fault_delay_draw     (const FarFaultDelay *delay, FarRng *rng);

/* Members kept, text copied. FALSE if they do not fit together. */
gboolean    far_fault_spec_check     (const FarFaultSpec *spec, GError **error);
FarFaultSpec *far_fault_spec_copy    (const FarFaultSpec *spec);
void        far_fault_spec_free      (FarFaultSpec *spec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarFaultSpec, far_fault_spec_free)

G_END_DECLS
