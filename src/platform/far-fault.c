/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of faults, and draws from their distributions. No state. */
#include "platform/far-fault.h"

#include <math.h>
#include <string.h>

G_DEFINE_QUARK (far-fault-error-quark, far_fault_error)

#define DELAY_TEXT_MAX 64
#define Z_99 2.3263478740408408 /* of the standard normal distribution */

static const char *const kinds[FAR_FAULT_N_KINDS] = {
  "latency", "error", "throttle", "crash", "outage", "slow-start",
};

static const struct {
  const char *name;
  guint       n_values;
} shapes[] = {
  [FAR_FAULT_CONSTANT] = { "constant", 1 },       [FAR_FAULT_UNIFORM] = { "uniform", 2 },
  [FAR_FAULT_EXPONENTIAL] = { "exponential", 1 }, [FAR_FAULT_NORMAL] = { "normal", 2 },
  [FAR_FAULT_LOGNORMAL] = { "lognormal", 2 },
};

static gboolean
fail (GError **error, const char *format, const char *text)
{
  g_autofree char *message = g_strdup_printf ("%s: “%.64s”", format, text);

  g_set_error_literal (error, FAR_FAULT_ERROR, FAR_FAULT_ERROR_VALUE, message);
  return FALSE;
}

const char *
far_fault_kind_to_string (FarFaultKind kind)
{
  g_return_val_if_fail (kind < FAR_FAULT_N_KINDS, NULL);

  return kinds[kind];
}

gboolean
far_fault_kind_parse (const char *text, FarFaultKind *ret_kind, GError **error)
{
  guint i;

  for (i = 0; i < FAR_FAULT_N_KINDS; i++)
    if (strcmp (kinds[i], text) == 0)
      {
        *ret_kind = i;
        return TRUE;
      }
  return fail (error, "A fault is latency, error, throttle, crash, outage or slow-start, not",
               text);
}

/* "20ms"; a whole number. */
static gboolean
parse_time (const char *text, gint64 *ret_us)
{
  char *unit;
  guint64 value = g_ascii_strtoull (text, &unit, 10);
  gint64 scale = strcmp (unit, "us") == 0  ? 1
                 : strcmp (unit, "ms") == 0 ? 1000
                 : strcmp (unit, "s") == 0  ? G_USEC_PER_SEC
                                            : 0;

  if (!g_ascii_isdigit (text[0]) || scale == 0 || value > (guint64) FAR_FAULT_DELAY_MAX_US / scale)
    return FALSE;
  *ret_us = (gint64) value * scale;
  return TRUE;
}

/* "name(a,b)" */
static gboolean
parse_shape (char *text, FarFaultDelay *delay)
{
  char *open = strchr (text, '(');
  gsize n = strlen (text);
  g_auto (GStrv) values = NULL;
  guint i;

  if (open == NULL || text[n - 1] != ')')
    return FALSE;
  text[n - 1] = '\0';
  *open = '\0';
  values = g_strsplit (open + 1, ",", 3);
  for (i = 0; i < G_N_ELEMENTS (shapes); i++)
    if (strcmp (shapes[i].name, text) == 0 && g_strv_length (values) == shapes[i].n_values)
      {
        delay->shape = i;
        delay->b_us = 0;
        return parse_time (g_strstrip (values[0]), &delay->a_us) &&
               (shapes[i].n_values == 1 || parse_time (g_strstrip (values[1]), &delay->b_us));
      }
  return FALSE;
}

gboolean
far_fault_delay_parse (const char *text, FarFaultDelay *ret_delay, GError **error)
{
  g_autofree char *copy = g_strndup (text, DELAY_TEXT_MAX);
  FarFaultDelay delay = { FAR_FAULT_CONSTANT, 0, 0 };

  if (!parse_time (copy, &delay.a_us) && !parse_shape (copy, &delay))
    return fail (error, "A delay is 20ms, uniform(5ms,50ms), exponential(20ms), normal(50ms,10ms) "
                        "or lognormal(20ms,200ms), up to 900s, not", text);
  if ((delay.shape == FAR_FAULT_UNIFORM || delay.shape == FAR_FAULT_LOGNORMAL) &&
      delay.b_us < delay.a_us)
    return fail (error, "The second time of this delay is the longer one", text);
  if ((delay.shape == FAR_FAULT_LOGNORMAL || delay.shape == FAR_FAULT_EXPONENTIAL) &&
      delay.a_us == 0)
    return fail (error, "This delay cannot be around 0", text);
  *ret_delay = delay;
  return TRUE;
}

static char *
time_to_string (gint64 us)
{
  if (us > 0 && us % G_USEC_PER_SEC == 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT "s", us / G_USEC_PER_SEC);
  if (us % 1000 == 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT "ms", us / 1000);
  return g_strdup_printf ("%" G_GINT64_FORMAT "us", us);
}

char *
far_fault_delay_to_string (const FarFaultDelay *delay)
{
  g_autofree char *a = time_to_string (delay->a_us);
  g_autofree char *b = time_to_string (delay->b_us);

  if (delay->shape == FAR_FAULT_CONSTANT)
    return g_steal_pointer (&a);
  if (shapes[delay->shape].n_values == 1)
    return g_strdup_printf ("%s(%s)", shapes[delay->shape].name, a);
  return g_strdup_printf ("%s(%s,%s)", shapes[delay->shape].name, a, b);
}

gint64
far_fault_delay_draw (const FarFaultDelay *delay, FarRng *rng)
{
  double a = delay->a_us;
  double b = delay->b_us;
  double us = a;

  switch (delay->shape)
    {
    case FAR_FAULT_UNIFORM:
      us = a + (b - a) * far_rng_unit (rng);
      break;
    case FAR_FAULT_EXPONENTIAL:
      us = far_rng_exponential (rng, a);
      break;
    case FAR_FAULT_NORMAL:
      us = a + b * far_rng_normal (rng);
      break;
    case FAR_FAULT_LOGNORMAL:
      us = a * exp (log (b / a) / Z_99 * far_rng_normal (rng));
      break;
    case FAR_FAULT_CONSTANT:
    default:
      break;
    }
  return (gint64) CLAMP (us, 0, (double) FAR_FAULT_DELAY_MAX_US);
}

static gboolean
target_is_known (const char *target)
{
  return strlen (target) <= FAR_FAULT_TARGET_MAX &&
         (strcmp (target, "platform") == 0 || strcmp (target, "provider") == 0 ||
          (g_str_has_prefix (target, "function:") && target[strlen ("function:")] != '\0') ||
          (g_str_has_prefix (target, "route:") && strstr (target, " /") != NULL) ||
          strcmp (target, "route:$default") == 0);
}

gboolean
far_fault_spec_check (const FarFaultSpec *spec, GError **error)
{
  gboolean delays = spec->kind == FAR_FAULT_LATENCY || spec->kind == FAR_FAULT_SLOW_START;

  if (spec->target == NULL || !target_is_known (spec->target))
    return fail (error, "A fault hits platform, provider, function:NAME or route:METHOD /path, not",
                 spec->target != NULL ? spec->target : "");
  if (spec->kind == FAR_FAULT_SLOW_START && g_str_has_prefix (spec->target, "route:"))
    return fail (error, "An instance starts for a function, not for a route", spec->target);
  if (spec->probability_ppm < 1 || spec->probability_ppm > FAR_FAULT_ALWAYS_PPM)
    return fail (error, "The probability of a fault is from 1 to 1000000 ppm", spec->target);
  if (spec->duration_s < 0 || spec->duration_s > FAR_FAULT_DURATION_MAX_S)
    return fail (error, "A fault lasts from 1 second to 7 days, or 0: until it is cleared",
                 spec->target);
  if (delays && spec->delay.a_us == 0 && spec->delay.b_us == 0)
    return fail (error, "This fault needs a delay, such as 20ms", kinds[spec->kind]);
  if (!delays && (spec->delay.a_us > 0 || spec->delay.b_us > 0))
    return fail (error, "A delay belongs to latency and slow-start, not to", kinds[spec->kind]);
  return TRUE;
}

FarFaultSpec *
far_fault_spec_copy (const FarFaultSpec *spec)
{
  FarFaultSpec *copy = g_memdup2 (spec, sizeof *spec);

  copy->target = g_strdup (spec->target);
  return copy;
}

void
far_fault_spec_free (FarFaultSpec *spec)
{
  if (spec == NULL)
    return;
  g_free (spec->target);
  g_free (spec);
}
